"""Which mistakes give an answer: every single one, pairs where none does, and what would tell several apart."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, cached_property
from typing import NamedTuple, Protocol

from costcalc.causes.answers import Answer, Key, StatedSize
from costcalc.causes.asked import Asked, LayerTally
from costcalc.causes.catalogue import CATALOGUE, slip_of
from costcalc.causes.entry import Entry, Phase
from costcalc.causes.sums import ManyWays, OtherSums, Sum, scale_of
from costcalc.common.budget import BUDGET, WAY
from costcalc.common.printed import Figure
from costcalc.network.model import Layer
from costcalc.ops.shape import Shape

MAX_PAIRS = 5
FIRST = 3  # ways of a tier that are shown, however likely chance is
PAIR_DIGITS = 3  # fewer digits of a shortened answer fit pairs by chance
RANKS = {name: rank for rank, name in enumerate(CATALOGUE)}
COMMON = [entry for entry in CATALOGUE.values() if entry.tier == 1]
TIERS = sorted({entry.tier for entry in CATALOGUE.values()})
COMBINED, PAIRS, MIXED, DOUBLED, RESIZED = "combined", "pairs", "mixed", "doubled", "resized"
# in which causes are looked for
STAGES: tuple[int | str, ...] = (*TIERS[:2], COMBINED, *TIERS[2:], PAIRS, MIXED, DOUBLED, RESIZED)
RESULTS = [entry for entry in COMMON if entry.phase == Phase.RESULT]
# How much of all numbers near an answer the ways up to one may cover, so that chance alone accuses nobody; a way that
# is beyond it is not told. Slips in a finished result are the likeliest; pairs are likely only where there are few.
CHANCE = 0.06
PAIR_CHANCE = 0.008
LIKELY = {"setting-forgotten"}  # as a slip in the result is
# Who asks why a figure differs sees these whatever chance there is: they accuse nobody.
HARMLESS = {"convention", "setting", "memory", "law", "unit"}
LARGEST = 16  # times a count of many layers that a slip in some of them makes of it
MIXED_DIGITS = 5
OPERATIONS = ("flops-for-macs", "macs-for-flops")
COMMON_VALUES = 200  # more than the commoner causes of a question give
FEW_LAYERS = 40  # of what has two causes, one of them in some layers alone
MIXING = ("bias-forgotten", "norm-forgotten", "fc-left-out", "groups-forgotten")
MANY = 5  # layers of what a tool is run on
COMBINED_DIGITS = 4  # fewer digits of a shortened answer fit a convention of an alternative by chance
# Of two at once these exclude each other: there cannot be one repeat too few and one too many.
CONTRARY = (
    {"repeat-left-out", "repeat-added"},
    {"bias-forgotten", "bias-added"},
    {"norm-forgotten", "norm-added", "stats-counted"},
    {"padding-valid", "padding-same"},
    {"depthwise-alone", "pointwise-alone"},
    {"shortcut-forgotten", "projection-added"},
    {"flops-for-macs", "macs-for-flops"},
    {"bytes-for-elements", "elements-for-bytes", "bits-for-bytes"},
    {"1000-for-1024", "1024-for-1000", "digits-cut"},
)
# Settings of a whole network that differ from one program to another: any two of them are met together.
TOGGLES = (
    "other-reading",
    "fc-left-out",
    "shortcut-forgotten",
    "projection-added",
    "bias-added",
    "norm-forgotten",
    "stats-counted",
)
SAME_SIZE = Fraction(4, 5)  # what a toggle leaves of a count at least, and a count of what one adds to it
NEAR_DIGITS = 6  # fewer are near something by chance
NEAR_CHANCE = 0.02
EXACT_FLOAT = 2**53  # up to it a float is every whole number
NEIGHBOURS = 80  # numbers of six digits that one of NEAR_HITS makes of one
PROBES = ("out", "weights", "params", "macs")  # figures that can tell mistakes apart, in the order a student finds them


class Way(NamedTuple):
    """One or two mistakes, the places where they are made (empty where there is but one), and their value."""

    mistakes: tuple[Entry, ...]
    places: tuple[str, ...]
    asked: Asked
    value: Key

    @property
    def did(self) -> str:
        """What was done, to complete "you ..."."""
        pairs = zip(self.mistakes, self.places, strict=True)
        return ", and ".join(mistake.did + (f" ({place})" if place else "") for mistake, place in pairs)


class Probe(NamedTuple):
    """The figure that would tell some ways apart: its name, the layer it is of (empty: all), its value in each.

    The name `digits` means what is asked itself, in more digits than the answer has.
    """

    name: str
    path: str
    values: tuple[Key, ...]


class Found(NamedTuple):
    """The ways that give an answer, simplest first, and what tells them apart where there are several.

    `near` says what an answer that nothing gives is but a slip of the pen away from.
    """

    ways: tuple[Way, ...]
    probe: Probe | None = None
    near: str = ""


class Index:
    """Ways, simplest first, and those whose value is near an answer: a class gives a question many answers."""

    def __init__(self, items: "Sequence[Way | Sum]") -> None:
        BUDGET.spend(len(items) * WAY, "the causes to try")
        self.items = items
        self.ways: Sequence[Way] = ManyWays(items, Way)
        self.places: dict[str, list[int]] = {}

    @cached_property
    def sizes(self) -> list[tuple[float, int]]:
        """The values that are numbers, sorted, each with the place of its way."""
        values = ((item.value, rank) for rank, item in enumerate(self.items))
        sizes = [(float(value), rank) for value, rank in values if not isinstance(value, Shape)]
        return sorted(sizes)

    @cached_property
    def wholes(self) -> list[tuple[int, int]]:
        """The whole numbers among the values, each after the place of its way; those of digits cut off left out."""
        kept = ((place, way.value) for place, way in enumerate(self.ways) if not way.asked.cut)
        return [(place, int(x)) for place, x in kept if isinstance(x, Fraction) and x.denominator == 1]

    def near(self, answer: Answer) -> list[int]:
        """Return the places of the ways that may give an answer, in their order."""
        if isinstance(answer, StatedSize):
            return [place for place, item in enumerate(self.items) if isinstance(item.value, Shape)]
        value, step = float(answer.value), float(answer.step)
        slack = step + value * 1e-12  # so that no rounding of a float leaves one out
        first, last = (
            bisect_left(self.sizes, (value - slack,)),
            bisect_right(self.sizes, (value + slack, len(self.items))),
        )
        return sorted(rank for _, rank in self.sizes[first:last])

    def up_to(self, unit: str) -> list[int]:
        """Return how many values there are up to each way, for answers in a unit: slips in a result come first."""
        if unit not in self.places:
            meant = [rank for rank, way in enumerate(self.items) if not way.asked.units or unit in way.asked.units]
            seen: set[Key | int] = set()
            counts = [0] * len(self.items)
            for rank in sorted(meant, key=lambda rank: (not likely(self.items[rank]), rank)):
                seen.add(self.items[rank].value)
                counts[rank] = len(seen)
            self.places[unit] = counts
        return self.places[unit]

    def size(self, unit: str, *, slips: bool) -> int:
        """Return how many values there are for answers in a unit: of slips in a result alone, or of all."""
        counts = self.up_to(unit)
        return max((n for n, way in zip(counts, self.items, strict=True) if not slips or likely(way)), default=0)


def is_in_layers(way: Way) -> bool:
    """Return whether a way is a mistake in layers, not in the whole network or in the result."""
    return all(mistake.phase not in (Phase.NETWORK, Phase.RESULT) for mistake in way.mistakes)


def likely(way: Way | Sum) -> bool:
    """Return whether a way is a slip in the result, which is likelier than one on the way there."""
    return not isinstance(way, Sum) and all(
        mistake.phase == Phase.RESULT or mistake.name in LIKELY for mistake in way.mistakes
    )


class KnownNumbers(Protocol):
    """What causes give as numbers, by which a search may be spared."""

    def may_give(self, stage: int | str, answer: Answer) -> bool:
        """Return whether a cause of one of STAGES may give an answer."""

    def may_slip(self, written: int) -> bool:
        """Return whether a number may be but a slip of the pen away from what a common cause gives."""


class Sparing(Protocol):
    """The code of one question at settings that vary."""

    def numbers(self, search: "Search") -> KnownNumbers | None:
        """Return what causes give of what is searched, where there is code for it."""


class Search:
    """The mistakes of one question: what each gives is counted once, however many answers are held against it."""

    tally_of = LayerTally
    traces: Sparing | None = None  # where there may be code for what they give

    def __init__(self, asked: Asked, tally: LayerTally | None = None) -> None:
        self.tally = tally or self.tally_of()
        self.asked = asked = asked._replace(tally=self.tally)
        self.key = self.tally.value(asked)
        self.singles: dict[int, Index] = {}
        self.pairs: dict[str, Index] = {}
        self.combined: dict[str, Index] = {}
        self.kept: dict[tuple[int | str, str], list[float]] = {}
        self.mixed: dict[str, Index] = {}
        self.together: dict[str, tuple[set[int | str], list[float]]] = {}
        layered = asked.adds_up
        self.entries = [x for x in COMMON if layered or x.phase in (Phase.NETWORK, Phase.RESULT)]
        self.rarer = [x for x in CATALOGUE.values() if x.tier > 1 and (layered or x.phase == Phase.RESULT)]
        self.finishing = [(entry, end) for entry in RESULTS for _, end in entry.ways(asked)]

    def explain(self, answer: Answer, *, asking: bool = False) -> Found:
        """Return the single causes that give an answer; where there is none, the first pairs that do.

        With `asking` somebody asks why and nobody is graded: what accuses nobody is said whatever chance there is.
        """
        stages = self.left(answer)
        ways = next(filter(None, (self.at(stage, answer, asking=asking) for stage in stages)), [])
        near = "" if ways else self.near(answer)
        return Found(tuple(ways), self.probe(ways) if len(ways) > 1 else None, near)

    def left(self, answer: Answer) -> Sequence[int | str]:
        """Return the STAGES that are to be searched: those whose ways were found before may all be far off."""
        if isinstance(answer, StatedSize):
            return STAGES
        unit = unit_of(answer)
        made = dict(self.made(unit))
        known = self.together.get(unit)
        if known is None or known[0] != made.keys():
            sizes = sorted(size for index in made.values() for size, _ in index.sizes)
            known = self.together[unit] = set(made), sizes
        return STAGES if is_near(known[1], answer) else [stage for stage in STAGES if stage not in made]

    def made(self, unit: str) -> Iterator[tuple[int | str, Index]]:
        """Yield the stages whose ways were found before, for answers in a unit, and the ways."""
        yield from self.singles.items()
        for stage, found in ((PAIRS, self.pairs), (COMBINED, self.combined), (MIXED, self.mixed)):
            if unit in found:
                yield stage, found[unit]

    def at(self, stage: int | str, answer: Answer, *, asking: bool = False) -> list[Way]:
        """Return the causes that give an answer at one of STAGES, those of one name in several places as one."""
        if isinstance(stage, int):
            return merged(self.given(answer, stage, asking=asking)) if self.may_give(stage, answer) else []
        if stage in (DOUBLED, RESIZED):
            ways = self.doubled(answer) if stage == DOUBLED else self.resized(answer) if asking else ()
            return merged(list(ways))[:MAX_PAIRS]
        enough, made = {
            COMBINED: (self.may_combine, self.all_combined),
            PAIRS: (self.says_enough, self.all_pairs),
            MIXED: (self.may_mix, self.all_mixed),
        }[stage]
        if not enough(answer):
            return []
        if not self.may_give(stage, answer):
            return []
        unit = unit_of(answer)
        index = made(unit)
        found = [index.ways[rank] for rank in index.near(answer) if self.gives(index.ways[rank], answer)]
        if (stage != COMBINED or not asking) and not self.meant(index, unit, answer):
            return []
        return merged(found)[:MAX_PAIRS]

    @cached_property
    def numbers(self) -> KnownNumbers | None:
        """What causes give, where that is known without the ways to it."""
        return self.traces.numbers(self) if self.traces else None

    def may_give(self, stage: int | str, answer: Answer) -> bool:
        """Return whether a cause of a stage may give an answer, as far as that is known without searching."""
        kept = self.kept.get((stage, "" if isinstance(stage, int) else unit_of(answer)))
        if kept is not None and not isinstance(answer, StatedSize):
            return is_near(kept, answer)
        return self.numbers is None or self.numbers.may_give(stage, answer)

    def forget(self) -> None:
        """Keep only the values of the ways that were found: where values vary, few are asked about again."""
        found: list[tuple[tuple[int | str, str], Index]] = [((tier, ""), index) for tier, index in self.singles.items()]
        found += [((PAIRS, unit), index) for unit, index in self.pairs.items()]
        found += [((COMBINED, unit), index) for unit, index in self.combined.items()]
        found += [((MIXED, unit), index) for unit, index in self.mixed.items()]
        for key, index in found:
            self.kept[key] = [size for size, _ in index.sizes]
        self.tally = self.tally_of()
        self.asked = self.asked._replace(tally=self.tally)
        self.singles, self.pairs, self.combined, self.mixed = {}, {}, {}, {}

    def meant(self, index: "Index", unit: str, answer: Answer) -> bool:
        """Return whether the first pair that gives an answer is among so few that chance does not explain it."""
        first = next((rank for rank in index.near(answer) if self.gives(index.ways[rank], answer)), None)
        return first is not None and by_chance(answer, index.up_to(unit)[first]) <= PAIR_CHANCE

    def given(self, answer: Answer, tier: int, *, asking: bool) -> list[Way]:
        """Return the ways of a tier that give an answer, those left out that chance alone would give as well."""
        if tier == TIERS[-1] and self.is_hopeless(answer):
            return []
        index, unit = self.all_singles(tier), unit_of(answer)
        found = [rank for rank in index.near(answer) if self.gives(index.ways[rank], answer)]
        if not found:
            return []
        counts = index.up_to(unit)
        commoner = [self.all_singles(level) for level in TIERS if level < tier]
        before = {slips: sum(known.size(unit, slips=slips) for known in commoner) for slips in (True, False)}
        return [
            index.ways[rank]
            for rank in found
            if by_chance(answer, counts[rank] + before[likely(index.ways[rank])]) <= CHANCE
            or (tier == 1 and self.is_plain(answer))
            or (
                asking
                and not self.is_coarse(answer)
                and all(cause.kind in HARMLESS for cause in index.ways[rank].mistakes)
            )
        ]

    def is_coarse(self, answer: Answer) -> bool:
        """Return whether an answer has one digit: causes of all sorts give that."""
        return not isinstance(answer, StatedSize) and answer.digits == 1

    def is_hopeless(self, answer: Answer) -> bool:
        """Return whether slips in some layers of many stay out: chance gives the answer already, or it is too large.

        That is known before any of them is counted, which takes the longest of all.
        """
        if isinstance(answer, StatedSize) or isinstance(self.key, Shape):
            return False
        large = len(self.asked.sides[0].layers) >= MANY and answer.value > LARGEST * abs(self.key)
        if large or (self.traces and by_chance(answer, COMMON_VALUES) <= CHANCE):
            return large
        commoner = [self.all_singles(level) for level in TIERS[:-1]]
        return by_chance(answer, sum(known.size(unit_of(answer), slips=False) for known in commoner)) > CHANCE

    def is_plain(self, answer: Answer) -> bool:
        """Return whether an answer is a whole count, or one digit as of a rule of thumb, as common mistakes give."""
        if isinstance(answer, StatedSize) or isinstance(self.key, Shape):
            return True
        return answer.digits == 1 or (answer.step <= 1 and self.key.denominator == 1)

    def near(self, answer: Answer) -> str:
        """Return what an answer given to the last digit is but a slip of the pen away from, or nothing."""
        if isinstance(answer, StatedSize) or answer.step != 1 or answer.digits < NEAR_DIGITS or answer.factors:
            return ""
        if isinstance(self.key, Fraction) and self.key.denominator == 1:
            slip = slip_of(int(answer.value), int(self.key))
            if slip:
                return f"near the right value: {slip}"
        if not self.may_slip(int(answer.value)):
            return ""
        index, written = self.all_singles(), int(answer.value)
        few = NEAR_CHANCE / by_chance(answer, NEIGHBOURS)  # more ways have neighbours near it by chance
        for place, whole in index.wholes:
            slip = slip_of(written, whole) if place <= few else ""
            if slip:
                return f"near {whole:,}, which it would be if you {index.ways[place].did}: {slip}"
        return ""

    def may_slip(self, written: int) -> bool:
        """Return whether a number may be but a slip of the pen away from what a common cause gives."""
        common = self.kept.get((1, ""))
        if common is None or written > EXACT_FLOAT:
            return self.numbers is None or self.numbers.may_slip(written)
        return any(slip_of(written, round(value)) for value in common)

    def may_combine(self, answer: Answer) -> bool:
        """Return whether a whole network is asked about, and an answer has digits enough for a convention and more."""
        (first, *others) = self.asked.sides
        whole = not others and len(first.layers) == len(first.network.layers) >= MANY
        return whole and not isinstance(answer, StatedSize) and answer.digits >= COMBINED_DIGITS

    def may_mix(self, answer: Answer) -> bool:
        """Return whether an answer is given to the last of many digits, of layers few enough to change each."""
        if isinstance(answer, StatedSize) or isinstance(self.key, Shape) or len(self.asked.sides) > 1:
            return False
        whole = answer.step <= 1 and answer.digits >= MIXED_DIGITS
        return (whole or bool(self.asked.in_bytes)) and (self.is_short or bool(self.kept_widths))

    @property
    def is_short(self) -> bool:
        """Whether layers are few enough to change each."""
        return len(self.asked.sides[0].layers) <= FEW_LAYERS

    @cached_property
    def kept_widths(self) -> list[Way]:
        """What scaling widths that stay gives: of long networks it is the one rarer cause that is met with others."""
        entries = [entry for entry in self.rarer if entry.name == "kept-width-scaled"]
        return [way for entry in entries for way in self.ways(entry, self.asked)]

    def says_enough(self, answer: Answer) -> bool:
        """Return whether an answer has digits enough that a pair of causes does not give it by chance."""
        if isinstance(answer, StatedSize) or isinstance(self.key, Shape) or answer.digits >= PAIR_DIGITS:
            return True
        return answer.step <= 1 and self.key.denominator == 1

    def ways(self, mistake: Entry, asked: Asked, before: Way | None = None) -> Iterator[Way]:
        """Yield what a mistake makes of what is asked, where that changes the value; after another one if given."""
        known = before.value if before else self.key
        for place, wrong in mistake.ways(asked):
            if not all(side.layers for side in wrong.sides):
                continue  # nothing is left to count
            value = self.tally.value(wrong)
            if value != known or wrong.cut:
                mistakes, places = (before.mistakes, before.places) if before else ((), ())
                yield Way((*mistakes, mistake), (*places, place), wrong, value)

    def items(self, mistake: Entry, asked: Asked, before: Way | None = None) -> "Iterator[Way | Sum]":
        """Yield the same, those that are sums without words: there may be thousands."""
        if not isinstance(mistake.ways, OtherSums):
            yield from self.ways(mistake, asked, before)
            return
        scale, known = scale_of(asked), before.value if before else self.key
        as_before = known / scale if isinstance(known, Fraction) else None
        for words, count in mistake.ways.of(asked):
            if count != as_before:
                yield Sum(mistake, before, asked, words, count, scale)

    def finished(self, way: Way, unit: str) -> Iterator[Way]:
        """Yield what mistakes in a finished result, as an answer in this unit may show them, make of another one."""
        for mistake, end in self.finishing:
            if (end.units and unit not in end.units) or not together(way.mistakes[-1], mistake):
                continue
            factor = way.asked.factor * end.factor
            bits = way.asked.bits if end.bits == self.asked.bits else end.bits
            wrong = way.asked._replace(bits=bits, factor=factor, units=end.units, cut=end.cut)
            if isinstance(way.value, Fraction) and bits == way.asked.bits:
                value: Key = way.value * end.factor  # nothing is counted again
            else:
                value = self.tally.value(wrong)
            if value != way.value or end.cut:
                yield Way((*way.mistakes, mistake), (*way.places, ""), wrong, value)

    def indexed(self, ways: "Sequence[Way | Sum]") -> Index:
        """Return ways as those of an answer are found among them."""
        return Index(ways)

    def all_singles(self, tier: int = 1) -> "Index":
        """Return what each mistake of a tier gives, simplest first; made when it is first asked for."""
        if tier not in self.singles:
            entries = self.entries if tier == 1 else [entry for entry in self.rarer if entry.tier == tier]
            self.singles[tier] = self.indexed([way for mistake in entries for way in self.items(mistake, self.asked)])
        return self.singles[tier]

    def all_pairs(self, unit: str = "") -> "Index":
        """Return every pair of mistakes for answers in a unit, simplest first; made when it is first asked for."""
        if unit not in self.pairs:
            firsts = [way for way in self.all_singles().ways if way.mistakes[0].phase != Phase.RESULT]
            pairs = ((way, x) for way in firsts for x in later(way.mistakes[0]) if x in self.entries)
            found = [both for way, other in pairs for both in self.ways(other, way.asked, way)]
            found += [both for way in firsts for both in self.finished(way, unit)]
            self.pairs[unit] = self.indexed([*sorted(found, key=plainness)])
        return self.pairs[unit]

    def all_combined(self, unit: str = "") -> "Index":
        """Return what conventions give of the alternatives that a spec declares, and in another unit or cut.

        These accuse nobody, and so they come before the causes of single layers.
        """
        if unit not in self.combined:
            tool, reading = CATALOGUE["tool"], CATALOGUE["other-reading"]
            readings = [x for x in self.all_singles().ways if x.mistakes == (reading,)]
            tools = [x for x in self.all_singles(tool.tier).ways if x.mistakes == (tool,)]
            readings += self.ways(CATALOGUE["other-readings"], self.asked)
            both = [way for first in readings for way in self.ways(tool, first.asked, first)]
            ended = [way for first in tools for way in self.finished(first, unit)]
            self.combined[unit] = self.indexed([*both, *ended, *self.toggled()])
        return self.combined[unit]

    def all_mixed(self, unit: str = "") -> "Index":
        """Return what a rarer cause gives after a toggle or a forgotten part, and a size of memory in another unit."""
        if unit not in self.mixed:
            rarer = [
                entry for entry in self.rarer if self.is_short and entry.phase not in (Phase.NETWORK, Phase.RESULT)
            ]
            forgotten = [entry for entry in self.entries if entry.name in MIXING]
            firsts = [way for entry in forgotten for way in self.ways(entry, self.asked)]
            pairs = ((way, x) for way in firsts for x in rarer if together(way.mistakes[0], x))
            both = [mixed for way, other in pairs for mixed in self.items(other, way.asked, way)]
            both += [x for way in self.kept_widths for entry in forgotten for x in self.ways(entry, way.asked, way)]
            sizes = [way for way in self.all_singles(2).ways if way.mistakes[0].kind == "memory"]
            self.mixed[unit] = self.indexed([*both, *(end for way in sizes for end in self.finished(way, unit))])
        return self.mixed[unit]

    def doubled(self, answer: Answer) -> list[Way]:
        """Return the rarer causes in a few layers that give an answer with FLOPs for MACs, or the reverse.

        They are found by half the answer, or twice it, among what the causes give alone.
        """
        if isinstance(answer, StatedSize) or self.asked.bits or not self.is_short or not self.may_mix(answer):
            return []
        alone = {end.factor for entry, end in self.finishing if entry.name in OPERATIONS}
        found, known = [], 0
        for figure in (answer._replace(number=answer.number / factor) for factor in alone):
            for tier in TIERS[1:]:
                if self.may_give(tier, figure) and not (tier == TIERS[-1] and self.is_hopeless(figure)):
                    index = self.all_singles(tier)
                    known += len(index.items)
                    found += [way for way in map(index.ways.__getitem__, index.near(figure)) if is_in_layers(way)]
        ways = [end for way in found for end in self.finished(way, unit_of(answer)) if self.gives(end, answer)]
        return ways if by_chance(answer, known) <= PAIR_CHANCE else []

    def toggled(self) -> Iterator[Way]:
        """Yield what two toggles of the network give together."""
        toggles = [CATALOGUE[name] for name in TOGGLES]
        singles = [way for tier in TIERS[:2] for way in self.all_singles(tier).ways]
        for first in (way for way in singles if way.mistakes[0] in toggles):
            done = first.mistakes[0]
            for other in toggles[toggles.index(done) + 1 :]:
                if together(done, other):
                    yield from self.ways(other, first.asked, first)

    def resized(self, answer: Answer) -> Iterator[Way]:
        """Yield the toggles and tools that give an answer at another usual resolution, which accuses nobody.

        Only at those where the count alone is of its size a network is built.
        """
        (first, *others) = self.asked.sides
        if isinstance(answer, StatedSize) or others or len(first.layers) < MANY or not self.says_enough(answer):
            return
        tools = ["tool"] if answer.what == "macs" or answer.digits >= COMBINED_DIGITS else []
        causes = [CATALOGUE[name] for name in (*TOGGLES, *tools)]
        for way in self.all_singles(CATALOGUE["usual-setting"].tier).ways:
            close = isinstance(way.value, Fraction) and SAME_SIZE * way.value < answer.value < way.value / SAME_SIZE
            if close and way.mistakes[0].name == "usual-setting" and way.places[0].startswith("res="):
                both = (one for cause in causes for one in self.ways(cause, way.asked.built, way))
                yield from (one for one in both if self.gives(one, answer))

    def gives(self, way: Way, answer: Answer) -> bool:
        """Return whether a way gives an answer, in its digits and its unit."""
        if isinstance(way.value, Shape):
            return isinstance(answer, StatedSize) and answer.is_shape(way.value)
        if isinstance(answer, StatedSize) or (way.asked.units and answer.unit not in way.asked.units):
            return False
        return answer.rounds(way.value, cut=way.asked.cut) and bool(answer.digits or not way.value)

    def probe(self, ways: list[Way]) -> Probe | None:
        """Return the first figure that differs between some ways: of the one layer, or of the first that differs."""
        layers = self.asked.sides[0].layers
        ways = [way._replace(asked=way.asked.built) for way in ways]
        known = [{layer.path: layer for layer in way.asked.sides[0].layers} for way in ways]
        for path in (layer.path for layer in layers):
            if not all(path in found for found in known):
                continue
            for name in PROBES:
                pairs = zip(ways, known, strict=True)
                values = tuple(self.of_layer(way, found[path], name) for way, found in pairs)
                if name != self.asked.quantity and len(set(values)) > 1:
                    return Probe(name, path if len(layers) > 1 else "", values)
        values = tuple(way.value for way in ways)
        return Probe("digits", "", values) if len(set(values)) > 1 else None

    def of_layer(self, way: Way, layer: Layer, name: str) -> Key:
        """Return a figure of one layer as a way has it."""
        side = way.asked.sides[0]._replace(layers=(layer,))
        return self.tally.value(way.asked._replace(quantity=name, sides=(side,), bits=0, factor=Fraction(1)))


def is_near(values: Sequence[float], answer: Figure) -> bool:
    """Return whether one of some sorted values may be what an answer is rounded from; that none is is certain."""
    value, step = float(answer.value), float(answer.step)
    slack = step + value * 1e-9  # so that no rounding of a float leaves one out
    first = bisect_left(values, value - slack)
    return first < len(values) and values[first] <= value + slack


def by_chance(answer: Answer, values: int) -> float:
    """Return which part of the numbers near an answer are rounded, in its digits, to one of so many values."""
    if isinstance(answer, StatedSize) or not answer.value:
        return 0
    return values * float(answer.step / answer.value)


def merged(ways: list[Way]) -> list[Way]:
    """Return ways with those that are one mistake in several places as one, its places named together."""
    found: dict[tuple[str, ...], Way] = {}
    for way in ways:
        names = tuple(mistake.name for mistake in way.mistakes)
        if names in found:
            both = zip(found[names].places, way.places, strict=True)
            places = tuple(one if not one or other in one.split(" or ") else f"{one} or {other}" for one, other in both)
            found[names] = found[names]._replace(places=places)
        else:
            found[names] = way
    return list(found.values())


@cache
def later(one: Entry) -> list[Entry]:
    """Return the mistakes that can be made after one, those in a finished result left out.

    They are of a later phase, or behind it in its own; two mistakes in the one network exclude each other.
    """
    entries = [entry for entry in COMMON if entry.phase != Phase.RESULT]
    alike = [entry for entry in entries if entry.phase == one.phase != Phase.NETWORK]
    found = [entry for entry in entries if entry.phase > one.phase] + alike[alike.index(one) + 1 if alike else 0 :]
    return [entry for entry in found if together(one, entry)]


def together(one: Entry, other: Entry) -> bool:
    """Return whether two mistakes can both be made."""
    return not any({one.name, other.name} <= contrary for contrary in CONTRARY)


def plainness(way: Way) -> tuple[int, ...]:
    """Return what orders ways: the sum of their mistakes' places in the catalogue, those of simple ones first."""
    ranks = sorted(RANKS[mistake.name] for mistake in way.mistakes)
    return sum(ranks), *ranks


def unit_of(answer: Answer) -> str:
    """Return the unit of an answer; a size has none."""
    return "" if isinstance(answer, StatedSize) else answer.unit
