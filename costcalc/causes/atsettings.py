"""A spec at other settings than those asked about: its counts by code that is made once, its networks kept by value."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

from costcalc.common.errors import SpecError
from costcalc.language.expr import CELLS, Language, Value, names_in
from costcalc.language.settings import resolve
from costcalc.language.spec import Definition
from costcalc.network.figures import Part
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.unfold.interpreter import attempt
from costcalc.unfold.resized import Resizing
from costcalc.unfold.trace import Number, Recorder, Traced, pinned_settings, unfolded

# Counts under one measure that are unfolded before code is made, which takes as long as two or three: of a network of
# so many layers it holds for fewer settings, and few are asked.
LONG, FEW, FEW_OF_LONG = 500, 1, 4
KEPT, KEPT_OF_ONE = 4, 16  # networks, and where one figure alone is asked about

Pick = Callable[[Network], tuple[Layer, ...]]


class CountAt(NamedTuple):
    """Counts over some layers of a spec, with the values of some settings and the names of those that vary."""

    spec: Definition
    pinned: Mapping[str, Value]
    free: tuple[str, ...]
    pick: Pick
    quantities: tuple[str, ...]
    measure: Measure

    def claimed(self) -> set[tuple[Any, ...]]:
        """Return nothing: whether a table's claims hold does not matter here."""
        return set()

    def plain(self, values: tuple[Number, ...]) -> tuple[int, ...]:
        """Return the counts by unfolding; raise SpecError for settings that are refused, or leave no such layer."""
        network, problems = attempt(self.spec, {**self.pinned, **dict(zip(self.free, values, strict=True))})
        if network is None:
            raise problems[-1]
        return self.counts(network)

    def symbolic(self, given: Mapping[str, Any], recorder: Recorder) -> tuple[Any, ...]:
        """Return the counts at settings that may be symbols."""
        return self.counts(unfolded(self.spec, given, recorder, labelled=True))

    def counts(self, network: Network) -> tuple[Any, ...]:
        """Return the counts of a network, whose sizes may be symbols."""
        try:
            return tuple(map(Part(self.pick(network), self.measure).exact, self.quantities))
        except ValueError as error:  # there are no such layers
            raise SpecError(str(error)) from None


class Elsewhere:
    """One spec, of about so many layers, at settings of all sorts; the `usual` ones vary though nobody gives them.

    Of the quantities that are asked for `together` all are counted when one is, and kept.
    """

    def __init__(
        self, spec: Definition, pick: Pick, usual: Iterable[str], layers: int, together: tuple[str, ...] = ()
    ) -> None:
        self.spec = spec
        self.together = together
        self.kept: dict[Hashable, tuple[int, ...] | None] = {}
        self.few = FEW if layers < LONG else FEW_OF_LONG
        self.pick = pick
        self.usual = [name for name in usual if name in spec.settings and _is_constant(spec, name)]
        self.pinned: frozenset[str] | None = None
        self.traces: dict[Hashable, Traced] = {}
        self.times: dict[Hashable, int] = {}
        self.networks: dict[Hashable, Network | None] = {}
        self.known: dict[Hashable, Network | None] = {}  # networks that were built before
        self.resizing: Resizing | None = None  # of the one network whose other sizes alone are asked for

    def knows(self, networks: Iterable[tuple[Mapping[str, Value], Network]]) -> None:
        """Take networks that were built before, with the settings given; other sizes are made of the first."""
        for given, network in networks:
            self.resizing = self.resizing or Resizing(self.spec, network)
            self.known[_keyed(given)] = network

    def count(self, given: Mapping[str, Value], quantity: str, measure: Measure) -> int | None:
        """Return a count at some settings; None where they are refused."""
        if self.pinned is None:
            self.pinned = pinned_settings(self.spec)
        try:
            default = resolve(self.spec, given).values
            values = {**{name: default[name] for name in self.usual}, **given}
            varied = {
                name: value for name, value in values.items() if type(value) in (int, float) and name not in self.pinned
            }
            pinned = {name: value for name, value in values.items() if name not in varied}
        except (SpecError, ValueError):
            return None
        names = self.together if quantity in self.together else (quantity,)
        if self.resizing and (_keyed(given) in self.known or self.resizing.fits(default)):
            return self._of_size(given, names, quantity, measure)
        family = CountAt(self.spec, pinned, tuple(varied), self.pick, names, measure)
        key = (_keyed(pinned), tuple((name, type(value)) for name, value in varied.items()), names, measure)
        numbers: Any = tuple(varied.values())
        at = key, numbers
        found = self.kept[at] if at in self.kept else self._figures(family, key, numbers)
        if self.together:
            self.kept[at] = found
        return int(found[names.index(quantity)]) if found else None

    def _of_size(
        self, given: Mapping[str, Value], names: tuple[str, ...], quantity: str, measure: Measure
    ) -> int | None:
        """Return a count of the one network at another size of its input; None where a layer refuses it."""
        at = _keyed(given), names, measure
        if at not in self.kept:
            network = self.network(given, "")
            self.kept[at] = None if network is None else tuple(map(Part(self.pick(network), measure).exact, names))
        found = self.kept[at]
        return int(found[names.index(quantity)]) if found else None

    def _figures(self, family: CountAt, key: Hashable, values: tuple[Number, ...]) -> tuple[int, ...] | None:
        """Return the counts of a family at some values; None where they are refused."""
        try:
            return self._counted(family, key, values)
        except (SpecError, ValueError):
            return None

    def _counted(self, family: CountAt, key: Hashable, values: tuple[Number, ...]) -> tuple[int, ...] | None:
        self.times[key] = self.times.get(key, 0) + 1
        if self.times[key] <= self.few:
            network = self.network({**family.pinned, **dict(zip(family.free, values, strict=True))}, "")
            return None if network is None else family.counts(network)
        if key not in self.traces:
            self.traces[key] = Traced(family)
        return self.traces[key](values)

    def network(self, given: Mapping[str, Value], key: str, language: Language = CELLS) -> Network | None:
        """Return the network at some settings, one of the last few if it is among them; None where it is refused."""
        if language is not CELLS:
            return attempt(self.spec, given, key, language=language)[0]
        at = _keyed(given)
        if at in self.known:
            return self.known[at]
        network = self.networks.pop(at) if at in self.networks else self._built(given, key)
        self.networks[at] = network
        if len(self.networks) > (KEPT_OF_ONE if self.resizing else KEPT):
            del self.networks[next(iter(self.networks))]
        return network

    def _built(self, given: Mapping[str, Value], key: str) -> Network | None:
        """Return the network at some settings, by running the layers of the one network again where that will do."""
        if self.resizing:
            settings = resolve(self.spec, given)
            if self.resizing.fits(settings.values):
                return self.resizing.at(settings)
        return attempt(self.spec, given, key)[0]


def _is_constant(spec: Definition, name: str) -> bool:
    """Return whether a setting's default is the same whatever the others are."""
    expr = spec.settings[name].default.expr
    return expr is not None and not any(names_in(expr))


def _keyed(given: Mapping[str, Value]) -> Hashable:
    return frozenset((name, type(value), value) for name, value in given.items())
