"""What causes give, as code in the settings that vary from student to student: made once, run for each of them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

from costcalc.causes.answers import Answer, StatedSize
from costcalc.causes.asked import Asked, LayerTally, Side, content
from costcalc.causes.catalogue import slip_of
from costcalc.causes.diagnosis import (
    COMBINED,
    EXACT_FLOAT,
    MIXED,
    PAIRS,
    Index,
    Search,
    Way,
    is_near,
    unit_of,
)
from costcalc.causes.entry import Entry, Phase
from costcalc.causes.sums import Sum
from costcalc.common.units import bytes_of
from costcalc.language.expr import CELLS, Language, Value
from costcalc.network.figures import FIGURES
from costcalc.network.model import Layer, Network
from costcalc.unfold.trace import (
    Figures,
    Number,
    Recorder,
    Traced,
    named_sum,
    pinned_settings,
    tells,
    unfolded,
)

SHORT = 10
WORTH = {True: 8, False: 20}  # by whether there are few layers, the sets of values from which on code takes less time
MOST = 12  # traces of one question: where there are more, they hold for few values and take longer than they save
# Causes that are not functions of whole numbers, or take no time: what they give is found the plain way.
APART = frozenset(
    {
        "scaling-law",
        "kept-width-scaled",
        "setting-forgotten",
        "usual-setting",
        "other-quotient",
        "memory-term",
        "memory-size",
        "outputs-too",
        "pair-mixed",
    }
)
FIRSTS, RESULTS, TOOLS = "firsts", "results", "tools"
LISTS: tuple[int | str, ...] = (FIRSTS, RESULTS, 2, TOOLS, COMBINED, PAIRS, MIXED)


class Parts(NamedTuple):
    """A value whose parts may be symbols: `over`, a sum or the quotient of two, times a factor."""

    over: tuple[Any, ...]
    factor: Fraction


class SymbolTally(LayerTally):
    """Counts layers whose sizes may be symbols."""

    def value(self, asked: Asked) -> Any:
        """Return what is asked for as a Parts."""
        if asked.known is not None:
            return Parts((1,), asked.known)
        totals = tuple(named_sum(self.total(side.layers, asked)) for side in asked.sides)
        if asked.bits and not FIGURES[asked.quantity].typed:
            totals = tuple(bytes_of(number, asked.bits) for number in totals)
        return Parts(totals, asked.factor)

    def like(self, layer: Layer) -> Layer:
        """Return the first layer that counts as this one does, whatever the symbols are."""
        if id(layer) not in self.alike:
            self.alike[id(layer)] = layer, self.known.setdefault(tells(content(layer)), layer)
        return self.alike[id(layer)][1]

    def after(self, layers: tuple[Layer, ...], asked: Asked) -> int:
        """Return the sum of the counts after all changes: a difference of symbols is not shorter."""
        return self.sum(layers, asked)

    def same(self, one: Layer, other: Layer) -> bool:
        """Return whether a change gave back the layer itself: to compare symbols would pin them."""
        return one is other

    def count(self, layer: Layer, asked: Asked) -> int:
        """Return the count of one layer, named where it is a sum or a product."""
        counts = self.counts_of(asked)
        if id(layer) not in counts:
            super().count(layer, asked)
            counts[id(layer)] = layer, named_sum(counts[id(layer)][1])
        return counts[id(layer)][1]


class SymbolSearch(Search):
    """What every cause gives of layers whose sizes may be symbols; whether it changes anything is seen later."""

    tally_of = SymbolTally

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self.entries = [entry for entry in self.entries if entry.name not in APART]
        self.rarer = [entry for entry in self.rarer if entry.name not in APART]

    def indexed(self, ways: Sequence[Way | Sum]) -> Any:
        """Return ways as they are: symbols have no order."""
        return Index(ways)

    def ways(self, mistake: Entry, asked: Asked, before: Way | None = None) -> Iterator[Way]:
        """Yield what a mistake makes of what is asked."""
        mistakes = (*before.mistakes, mistake) if before else (mistake,)
        for _, wrong in mistake.ways(asked):
            if all(side.layers for side in wrong.sides):
                yield Way(mistakes, ("",) * len(mistakes), wrong, self.tally.value(wrong))

    items = ways

    def finished(self, way: Way, unit: str) -> Iterator[Way]:
        """Yield what mistakes in a finished result make of another one where they count elements for bytes."""
        for mistake, end in self.finishing:
            if end.bits != self.asked.bits:
                wrong = way.asked._replace(bits=end.bits, factor=way.asked.factor * end.factor)
                yield Way((*way.mistakes, mistake), (*way.places, ""), wrong, self.tally.value(wrong))

    def lists(self) -> dict[int | str, Sequence[Way]]:
        """Return the ways by the LISTS that they belong to."""
        common, rarer = self.all_singles(1).ways, self.all_singles(2).ways
        return {
            FIRSTS: [way for way in common if way.mistakes[0].phase != Phase.RESULT],
            RESULTS: [way for way in common if way.mistakes[0].phase == Phase.RESULT],
            2: rarer,
            TOOLS: [way for way in rarer if way.mistakes[0].name == "tool"],
            COMBINED: self.all_combined().ways,
            PAIRS: self.all_pairs().ways,
            MIXED: self.all_mixed().ways if len(self.asked.sides[0].layers) == 1 else [],
        }


class SymbolSpec:
    """A spec at settings that may be symbols, as Elsewhere is one at plain ones."""

    def __init__(self, side: Side, recorder: Recorder) -> None:
        self.spec = side.spec
        self.recorder = recorder
        self.labelled = False

    def picked(self, side: Side, given: Mapping[str, Any]) -> Side:
        """Return the side at these settings; layers have labels only where they are picked by them."""
        network = self.network(given, "")
        try:
            layers = side.pick(network)
        except ValueError:
            self.labelled = True
            network = self.network(given, "")
            layers = side.pick(network)
        known: Any = self
        return Side(network._replace(key=side.network.key), layers, side.pick, side.spec, given, known)

    def network(self, given: Mapping[str, Value], _key: str, language: Language = CELLS) -> Network:
        """Return the network at some settings."""
        return unfolded(self.spec, given, self.recorder, language, labelled=self.labelled)


class Causes:
    """What the causes of one question give, with the settings that do not vary: what a trace can hold for."""

    def __init__(self, asked: Asked, free: Sequence[tuple[int, str]]) -> None:
        self.asked = asked
        self.places = free
        self.free = tuple(f"{side}.{name}" for side, name in free)
        self.pinned: Mapping[str, Value] = {}

    def claimed(self) -> set[tuple[Any, ...]]:
        """Return nothing: whether a table's claims hold does not matter here."""
        return set()

    def plain(self, values: tuple[Number, ...]) -> Figures:
        """Return nothing: the search finds what causes give without code."""
        return ()

    def symbolic(self, given: Mapping[str, Any], recorder: Recorder) -> tuple[Any, ...]:
        """Return the divisor of all values, then for each of LISTS how many there are and their parts."""
        sides: list[Side] = []
        for number, side in enumerate(self.asked.sides):
            own = {**side.given, **{name: given[f"{at}.{name}"] for at, name in self.places if at == number}}
            if sides and side.network is self.asked.sides[0].network:  # as a share is of its whole
                sides.append(sides[0]._replace(layers=side.pick(sides[0].network), pick=side.pick))
            else:
                sides.append(SymbolSpec(side, recorder).picked(side, own))
        found = SymbolSearch(self.asked._replace(sides=tuple(sides))).lists()
        ratios: Any = [[way.value for way in found[name]] for name in LISTS]
        return _flat(ratios)


def _flat(lists: list[list[Parts]]) -> tuple[Any, ...]:
    """Return lists of ratios as whole numbers: their divisor, and for each list its length and their parts."""
    divisor = lcm(*(value.factor.denominator for values in lists for value in values))
    flat: list[Any] = [divisor]
    for values in lists:
        flat.append(len(values))
        for value in values:
            flat.append(value.over[0] * (value.factor.numerator * (divisor // value.factor.denominator)))
            flat.append(value.over[1] if len(value.over) > 1 else 1)
    return tuple(flat)


class TracedNumbers:
    """What causes give at some settings, as numbers near enough to say which of them may give an answer."""

    def __init__(self, figures: Figures, search: Search) -> None:
        self.search = search
        divisor, place = figures[0], 1
        self.lists: dict[int | str, list[float]] = {}
        for name in LISTS:
            size = figures[place]
            pairs = figures[place + 1 : place + 1 + 2 * size]
            self.lists[name] = [over / (by * divisor) for over, by in zip(pairs[::2], pairs[1::2], strict=True) if by]
            place += 1 + 2 * size
        self.sorted: dict[Hashable, list[float]] = {}

    def may_give(self, stage: int | str, answer: Answer) -> bool:
        """Return whether a cause of a stage may give an answer; that none does is certain."""
        asked = self.search.asked
        apart = stage == MIXED and (asked.bits or len(asked.sides[0].layers) > 1)  # sizes, and slips in some layers
        if isinstance(answer, StatedSize) or apart or stage not in (1, 2, COMBINED, PAIRS, MIXED):
            return True
        key = stage, unit_of(answer)
        if key not in self.sorted:
            self.sorted[key] = sorted(self.of_stage(*key))
        return is_near(self.sorted[key], answer)

    def of_stage(self, stage: int | str, unit: str) -> list[float]:
        """Return what the causes of a stage give, for answers in a unit."""
        if stage == 1:
            return self.lists[FIRSTS] + self.lists[RESULTS]
        if stage == 2:
            return self.lists[2] + [float(way.value) for way in self.apart(2)]  # type: ignore[arg-type]
        if stage == MIXED:
            return self.lists[MIXED]
        ends = [end for _, end in self.search.finishing if not end.units or unit in end.units]
        factors = {float(end.factor) for end in ends if end.bits == self.search.asked.bits}
        first = self.lists[TOOLS if stage == COMBINED else FIRSTS]
        return self.lists[stage] + [factor * value for factor in factors for value in first]

    def apart(self, tier: int) -> Iterator[Way]:
        """Yield what the causes of a tier give that have no code."""
        for entry in self.search.rarer:
            if entry.tier == tier and entry.name in APART:
                yield from self.search.ways(entry, self.search.asked)

    def may_slip(self, written: int) -> bool:
        """Return whether a number may be but a slip of the pen away from what a common cause gives."""
        common = self.lists[FIRSTS] + self.lists[RESULTS]
        return written > EXACT_FLOAT or any(slip_of(written, round(value)) for value in common)


class Traces:
    """The code of one question that is posed at so many sets of values, which differ in the settings that vary."""

    def __init__(self, sets: int) -> None:
        self.sets = sets
        self.first: dict[tuple[int, str], Value] = {}
        self.varied: set[tuple[int, str]] = set()
        self.traced: dict[Hashable, Traced] = {}

    def numbers(self, search: Search) -> TracedNumbers | None:
        """Return what causes give of what is asked, where there is code for it."""
        asked = search.asked
        few = len(asked.sides[0].network.layers) <= SHORT
        if self.sets < WORTH[few] or asked.quantity == "out" or not FIGURES[asked.quantity].traced:
            return None
        given = {(at, name): value for at, side in enumerate(asked.sides) for name, value in side.given.items()}
        for place, value in given.items():
            if self.first.setdefault(place, value) != value:
                self.varied.add(place)
        free = [place for place in given if place in self.varied and self.may_vary(asked, *place)]
        if not free or not asked.adds_up or any(side.shape for side in asked.sides):
            return None
        pinned = [(place, value) for place, value in given.items() if place not in free]
        key = _told(pinned), tuple((place, type(given[place])) for place in free)
        if key not in self.traced:
            self.traced[key] = Traced(Causes(asked, free), MOST)
        values: Any = tuple(given[place] for place in free)
        figures = self.traced[key](values)
        return TracedNumbers(figures, search) if figures else None

    def may_vary(self, asked: Asked, at: int, name: str) -> bool:
        """Return whether a trace can hold for several values of a setting."""
        side = asked.sides[at]
        return type(side.given[name]) in (int, float) and name not in pinned_settings(side.spec)


def _told(items: Iterable[tuple[Any, Value]]) -> Hashable:
    return tuple((place, type(value), value) for place, value in items)
