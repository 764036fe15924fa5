"""Why a printed figure differs: every declared way of counting a network that gives it, simplest first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes.asked import LayerTally
from costcalc.common.errors import SpecError
from costcalc.common.printed import BYTE_UNITS, IN_BINARY, Figure
from costcalc.common.units import bytes_of
from costcalc.language.expr import Value
from costcalc.network.metrics import CONVENTIONS, DEFAULT_MACS, DEFAULT_PARAMS, Convention
from costcalc.network.model import Layer, Network

DEFAULTS = (DEFAULT_MACS, DEFAULT_PARAMS)
PARAMS = {"no-norm": "norm-forgotten", "weights": "other-figure"}  # the causes that conventions of parameters are
BITS = (32, 16, 8, 4)
NEAREST = 3
FAR = 2  # times a figure or less of it: nobody means such a count
MAX_COMBINED = 64  # networks built for one figure

Alternatives = tuple[str, ...]  # what a network departs in from the one that was asked for; nothing for that one


class Candidate(NamedTuple):
    """One way of counting: what is counted, under which convention, of which alternatives, in which unit and rounding.

    `value` is the exact count (bytes for sizes), `causes` the entries of the catalogue by which it departs from the
    count as asked for.
    """

    quantity: str
    value: int
    convention: Convention
    unit: str
    rounding: str
    alternatives: Alternatives
    causes: tuple[str, ...]
    scale: Fraction

    @property
    def steps(self) -> int:
        """How many choices depart from the default."""
        return len(self.causes)

    def distance(self, figure: Figure) -> Fraction:
        """Return how far the value is from a figure, as a share of it."""
        wanted = figure.number * self.scale
        return abs(self.value - wanted) / wanted if wanted else Fraction(self.value)

    def times(self, figure: Figure) -> Fraction:
        """Return how many times a figure the value is; 0 where the figure is."""
        wanted = figure.number * self.scale
        return self.value / wanted if wanted else Fraction(0)


class Reconciled(NamedTuple):
    """All ways that give a figure; where there are none, the nearest ones."""

    found: tuple[Candidate, ...]
    nearest: tuple[Candidate, ...]

    def within(self, figure: Figure) -> tuple[Candidate, ...]:
        """Return the nearest ways that are less than FAR times more or less than a figure."""
        return tuple(way for way in self.nearest if 1 < FAR * way.times(figure) < FAR**2)

    @property
    def minimal(self) -> tuple[Candidate, ...]:
        """The ways that need all of their alternatives: without one of them the figure would be another."""
        return tuple(way for way in self.found if not any(_needs_less(other, way) for other in self.found))


def combined(declared: Mapping[str, Mapping[str, Value]]) -> dict[Alternatives, dict[str, Value]]:
    """Return the settings of every combination of declared alternatives that can hold together, the smallest first.

    Two that give one setting different values cannot; of combinations that give the same settings the first stays.
    """
    order = [*declared]
    found: dict[Alternatives, dict[str, Value]] = {}
    level: dict[Alternatives, dict[str, Value]] = {(): {}}
    while level:  # each combination is one of a size less, which is there itself, and one alternative behind it
        larger: dict[Alternatives, dict[str, Value]] = {}
        for names, settings in level.items():
            for name in order[order.index(names[-1]) + 1 if names else 0 :]:
                both = {**settings, **declared[name]}
                agreed = all(both[key] == value for key, value in settings.items())
                if agreed and both not in found.values():
                    found[(*names, name)] = larger[(*names, name)] = both
                if len(found) == MAX_COMBINED:
                    return found
        level = larger
    return found


def alternatives_of(
    declared: Mapping[str, Mapping[str, Value]],
    settings: Mapping[str, Value],
    build: Callable[[Mapping[str, Value]], Network],
) -> dict[Alternatives, Network]:
    """Return the network asked for, and those of the alternatives that a spec declares, alone and in combination.

    A setting that is asked for stays; what does not fit together is left out.
    """
    networks: dict[Alternatives, Network] = {(): build(settings)}
    free = {name: values for name, values in declared.items() if not values.keys() & settings.keys()}
    for names, chosen in combined(free).items():
        with suppress(SpecError):
            network = build({**settings, **chosen})
            if all(network.settings != other.settings for other in networks.values()):
                networks[names] = network
    return networks


def reconcile(networks: Mapping[Alternatives, Network], figure: Figure, tally: LayerTally | None = None) -> Reconciled:
    """Return every way that gives a figure, among the network as asked for and those of its alternatives.

    `tally` keeps which of their layers are alike.
    """
    tally = tally or LayerTally()
    ways = [way for names, network in networks.items() for way in candidates(network, names, figure, tally)]
    found: dict[tuple[str, int, str, str, Alternatives], Candidate] = {}
    for way in ways:
        for rounding in ("rounded", "cut"):
            if _gives(figure, way, cut=rounding == "cut"):
                key = (way.quantity, way.value, way.convention.name, way.unit, way.alternatives)
                causes = (*way.causes, *(("digits-cut",) if rounding == "cut" else ()))
                found.setdefault(key, way._replace(rounding=rounding, causes=causes))
    ordered = sorted(found.values(), key=lambda way: (way.steps, way.rounding != "rounded"))
    near = [] if ordered else sorted(ways, key=lambda way: (way.distance(figure), way.steps))
    values = {(way.quantity, way.value): way for way in reversed(near)}  # the simplest of equal ones stays
    nearest = sorted(values.values(), key=lambda way: way.distance(figure))
    return Reconciled(tuple(ordered), tuple(nearest[:NEAREST]))


def candidates(network: Network, alternatives: Alternatives, figure: Figure, tally: LayerTally) -> Iterator[Candidate]:
    """Yield every way of counting a network in the dimension of a figure."""
    groups = tally.grouped(network.layers)
    for convention in CONVENTIONS.values():
        causes = (*(("other-reading",) * len(alternatives)), *_departure(convention))
        if figure.dimension == "bytes" and convention.measures == "params":
            yield from _sizes(_counted(convention, groups), convention, alternatives, figure, causes)
        elif figure.dimension == "count":
            value = _counted(convention, groups)
            quantity = "parameters" if convention.measures == "params" else "MACs"
            if convention.name == "flopcounter":  # it counts 2 for a MAC already
                quantity = "FLOPs"
            yield Candidate(quantity, value, convention, "", "", alternatives, causes, figure.scale)
            if quantity == "MACs":
                doubled = (*causes, "flops-for-macs")
                yield Candidate("FLOPs", 2 * value, convention, "x2", "", alternatives, doubled, figure.scale)


def _counted(convention: Convention, groups: Sequence[tuple[Layer, int]]) -> int:
    """Return what a convention counts for layers, each there so many times."""
    return sum([times * convention.of(layer) for layer, times in groups])


def _sizes(
    params: int, convention: Convention, alternatives: Alternatives, figure: Figure, causes: tuple[str, ...]
) -> Iterator[Candidate]:
    """Yield the bytes of so many parameters, in the printed unit and in the binary one that may be meant."""
    for bits in BITS:
        value = bytes_of(params, bits)
        for unit in dict.fromkeys((figure.unit, IN_BINARY.get(figure.unit, figure.unit))):
            more = [
                name for name, met in (("other-type", bits != BITS[0]), ("1024-for-1000", unit != figure.unit)) if met
            ]
            label = f"{unit} at {bits} bits"
            scale = Fraction(BYTE_UNITS[unit])
            yield Candidate("bytes", value, convention, label, "", alternatives, (*causes, *more), scale)


def _departure(convention: Convention) -> tuple[str, ...]:
    """Return the cause that a convention other than the default is."""
    if convention in DEFAULTS:
        return ()
    return (PARAMS.get(convention.name, "stats-counted") if convention.measures == "params" else "tool",)


def _needs_less(other: Candidate, way: Candidate) -> bool:
    """Return whether a way gives the figure as another does, of a network that departs in less."""
    same = (other.quantity, other.convention, other.unit) == (way.quantity, way.convention, way.unit)
    return same and set(other.alternatives) < set(way.alternatives)


def _gives(figure: Figure, way: Candidate, *, cut: bool) -> bool:
    """Return whether a value, in the candidate's unit, is printed as a figure."""
    return figure.rounds(Fraction(way.value) / way.scale * figure.scale, cut=cut)
