"""Why a stated figure of a network differs: the catalogue of causes, for every count and size that it may mean."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes.answers import StatedSize, as_asked, read_answers
from costcalc.causes.asked import Asked, LayerTally, Side, every
from costcalc.causes.atsettings import Elsewhere
from costcalc.causes.declared import Alternatives, Reconciled, reconcile
from costcalc.causes.diagnosis import STAGES, Probe, Search, Way
from costcalc.causes.wider import USUAL
from costcalc.common.printed import Figure
from costcalc.language.expr import Value
from costcalc.language.settings import overrides
from costcalc.language.spec import Definition, Fed
from costcalc.network.model import Network

# What a figure may be a count of, by what it says that it counts.
MEANT: Mapping[str, tuple[str, ...]] = {
    "": ("macs", "flops", "params", "activations"),
    "macs": ("macs",),
    "flops": ("flops",),
    "ops": ("macs", "flops"),
    "params": ("params",),
    "elements": ("activations", "params"),
}
WORDS = {"macs": "MACs", "flops": "FLOPs", "params": "parameters", "activations": "outputs of conv and fc"}
TOOLS = {"tool", "counted-too"}  # causes that leave no MACs and no FLOPs, but what somebody calls so
BITS = 32
MOST = 5
SHORT = 20  # letters of a place that the first sentence has room for


class Reason(NamedTuple):
    """One cause that gives a figure: what it is a count of, the exact value, the cause in words and by its name.

    `short` are the words without long places.
    """

    quantity: str
    value: Fraction
    words: str
    names: tuple[str, ...]
    short: str

    def __str__(self) -> str:
        return f"{float(self.value):,.15g} {self.quantity}, if somebody {self.words}"

    @property
    def brief(self) -> str:
        """The same without long places."""
        return str(self._replace(words=self.short))


class Reasons(NamedTuple):
    """The causes that give a figure, simplest first, and the figure that would tell those of one count apart.

    `near` says what a figure that nothing gives is but a slip of the pen away from.
    """

    found: tuple[Reason, ...] = ()
    probe: Probe | None = None
    near: str = ""


class Stated(NamedTuple):
    """A figure as it was read, the declared ways of counting that give it, and the causes that do."""

    text: str
    figure: Figure
    declared: Reconciled
    reasons: Reasons


def why(
    networks: Mapping[Alternatives, Network],
    spec: Definition,
    given: Mapping[str, Value],
    text: str,
    shape: Fed | None = None,
) -> Stated:
    """Return why a stated figure differs, given the network as asked for and those of its alternatives.

    Raises ValueError for a text that is not a count or a size.
    """
    figures = counts_in(text)
    tally = LayerTally()
    tried = [(figure, reconcile(networks, figure, tally)) for figure in figures]
    figure, declared = next((pair for pair in tried if pair[1].found), tried[0])
    return Stated(text, figure, declared, reasons(searches_of(networks, spec, given, figure, shape, tally), figure))


def counts_in(text: str) -> list[Figure]:
    """Return the readings of a text as a count or a size; raise ValueError where there is none."""
    read = [found for found in read_answers(text) if not isinstance(found, StatedSize)]
    counts = [found for found in read if found.dimension in ("count", "bytes") and found.what != "rate"]
    if not counts:
        sort = f"a {read[0].dimension}" if read and read[0].what != "rate" else "a rate" if read else "an output size"
        raise ValueError(f"{sort} cannot be explained; give a count or a size in bytes")
    return counts


def searches_of(
    networks: Mapping[Alternatives, Network],
    spec: Definition,
    given: Mapping[str, Value],
    figure: Figure,
    shape: Fed | None = None,
    tally: LayerTally | None = None,
) -> dict[str, Search]:
    """Return a search for each count that a figure may be, of a network at some settings and perhaps another input.

    The networks of its alternatives are not built again.
    """
    network, tally = networks[()], tally or LayerTally()
    bits = BITS if figure.dimension == "bytes" else 0
    quantities = ("params", "activations") if bits else MEANT[figure.what]
    elsewhere = None if shape else Elsewhere(spec, every, USUAL, len(network.layers), quantities)
    own = {**given, **network.settings}
    side = Side(network, network.layers, every, spec, own, elsewhere, shape)
    if elsewhere:
        elsewhere.knows(_at_settings(networks, spec, own))
    return {name: Search(Asked(name, (side,), network.measure, bits), tally) for name in quantities}


def _at_settings(
    networks: Mapping[Alternatives, Network], spec: Definition, own: Mapping[str, Value]
) -> Iterator[tuple[Mapping[str, Value], Network]]:
    """Yield networks with the settings that they are asked for by, where those are of single alternatives."""
    for names, network in networks.items():
        chosen = [overrides(spec, "", spec.alternatives[name]) for name in names]
        yield {name: value for settings in (own, *chosen) for name, value in settings.items()}, network


def reasons(searches: Mapping[str, Search], figure: Figure) -> Reasons:
    """Return the causes of a figure over everything that it may count; none where it is right as one of them."""
    stated = {name: as_asked(figure, name) for name in searches}
    if any(stated[name].rounds(search.key) for name, search in searches.items() if isinstance(search.key, Fraction)):
        return Reasons()
    for stage in STAGES:
        found = {name: search.at(stage, stated[name], asking=True) for name, search in searches.items()}
        told = [_reason(name, searches[name], way) for name, ways in found.items() for way in ways]
        if told:
            several = next((name for name, ways in found.items() if len(ways) > 1), "")
            probe = searches[several].probe(found[several]) if several else None
            return Reasons(tuple(dict.fromkeys(told))[:MOST], probe)
    return Reasons(near=next(filter(None, (search.near(stated[name]) for name, search in searches.items())), ""))


def _reason(quantity: str, search: Search, way: Way) -> Reason:
    names = tuple(cause.name for cause in way.mistakes)
    words = "operations" if TOOLS & {*names} else WORDS.get(quantity, quantity)
    if search.asked.bits:
        words = "bytes" if way.mistakes[0].kind == "memory" else f"bytes of the {words}"
    # in another unit the figure is what was printed, and the count is what it should be
    value = search.tally.value(way.asked._replace(factor=search.asked.factor)) if way.asked.units else way.value
    short = way._replace(places=tuple(place if len(place) <= SHORT else "" for place in way.places)).did
    return Reason(words, Fraction(value), way.did, names, short)  # type: ignore[arg-type] # what adds up is a number
