"""The totals of one network at many settings: `evaluate` for one of them, `sweep` for a grid."""

import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from operator import index, itemgetter
from typing import Any, NamedTuple

from costcalc.analysis.api import Spec
from costcalc.common.errors import SpecError
from costcalc.language import spec as tables
from costcalc.language.expr import Value
from costcalc.network.metrics import Measure
from costcalc.unfold.trace import Family, Traced, pinned_settings

MAX_PLANS = 64  # ways to call that are remembered, and
MAX_FAMILIES = 64  # specs with some settings fixed; the oldest goes first

Figures = tuple[int, ...]
Names = tuple[str, ...]
TOTALS = ("params", "macs", "activations")
EXACT = (int, float, bool, str, tuple)
DEFAULT = Measure()


class Evaluation(NamedTuple):
    """The totals of a network at some settings: parameters, multiply-accumulates and conv and fc outputs (elements)."""

    params: int
    macs: int
    activations: int


def evaluate(spec: Spec, settings: Mapping[str, Value] = tables.EMPTY, *, measure: Measure | None = None) -> Evaluation:
    """Return the totals of a spec at some settings: the same integers as `spec.build(**settings).totals`.

    The first call traces the network; calls at other values of the same settings run what it left. `measure` says what
    `params` and `macs` count, the default conventions unless given. Raises `costcalc.SpecError` as `build` does.
    """
    return Evaluation(*figures(spec, settings, TOTALS, measure or DEFAULT))


def sweep(
    spec: Spec,
    grid: Mapping[str, Iterable[Value]],
    *,
    measure: Measure | None = None,
    refused: Callable[[dict[str, Value], SpecError], object] | None = None,
) -> Iterator[tuple[dict[str, Value], Evaluation]]:
    """Yield (settings, totals) for every combination of a grid, such as `{"width": [0.5, 1.0], "res": [160, 224]}`.

    The last setting varies fastest; nothing but the current combination is held. A combination that the spec refuses
    raises `costcalc.SpecError`, unless `refused` is given: it is called with the settings and the error instead.
    """
    axes = {name: list(values) for name, values in grid.items()}
    measure = measure or DEFAULT
    one = all(len(set(map(type, values))) == 1 for values in axes.values())
    plan = _plan(spec, {name: values[0] for name, values in axes.items()}, TOTALS, measure) if one else None
    for values in product(*axes.values()):
        settings = dict(zip(axes, values, strict=True))
        try:
            found = plan({**spec.preset, **settings}) if plan else figures(spec, settings, TOTALS, measure)
        except SpecError as error:
            if refused is None:
                raise
            refused(settings, error)
        else:
            yield settings, Evaluation(*found)


def figures(
    spec: Spec, settings: Mapping[str, Value], names: Names, measure: Measure = DEFAULT, bits: int = 32
) -> Figures:
    """Return some traced figures of a spec at some settings, by name, of elements of so many bits."""
    return _plan(spec, settings, names, measure, bits)({**spec.preset, **settings})


def _plan(spec: Spec, settings: Mapping[str, Value], names: Names, measure: Measure, bits: int = 32) -> "_Plan":
    """Return how to evaluate a spec given settings of these names and types."""
    given = {**spec.preset, **settings}
    key = (id(spec.definition), id(measure), names, bits, tuple(given), tuple(map(type, given.values())))
    plan: _Plan = _plans.get(key) or _plans.put(key, _Plan(spec.definition, given, names, measure, bits))
    return plan


def forget() -> None:
    """Forget every trace of this process, as a benchmark or a long-lived service may want."""
    for table in (_plans, _families, _digests):
        table.clear()


class _Recent(dict[Any, Any]):
    """A table of bounded size: what was put first goes first. It is this process's own, and never pickled."""

    def __init__(self, most: int) -> None:
        self.most = most

    def put(self, key: Any, value: Any) -> Any:
        """Add an entry and return its value."""
        while len(self) >= self.most:
            del self[next(iter(self))]
        self[key] = value
        return value


_plans = _Recent(MAX_PLANS)
_families = _Recent(MAX_FAMILIES)
_digests = _Recent(MAX_PLANS)


class _Plan:
    """How to evaluate a spec given these settings, by name and type: which of them are free.

    It holds on to the spec and the measure, so that their ids in its key stay theirs.
    """

    def __init__(
        self, spec: tables.Definition, given: Mapping[str, Any], names: Names, measure: Measure, bits: int
    ) -> None:
        self.spec, self.names, self.measure, self.bits = spec, names, measure, bits
        may = spec.settings.keys() - pinned_settings(spec)
        self.exact = all(type(value) in EXACT for value in given.values())
        self.free = tuple(name for name, value in given.items() if type(value) in (int, float) and name in may)
        self.pinned = tuple(name for name in given if name not in self.free)
        self.values = _getter(self.free)
        self.fixed = _getter(self.pinned)
        self.traced: dict[str, Traced] = {}

    def __call__(self, given: Mapping[str, Any]) -> Figures:
        """Return the totals at the values of these settings."""
        if not self.exact:
            return self.rough(given)
        fixed = repr(self.fixed(given)) if self.pinned else ""  # which tells (1, 2) from (1.0, 2.0)
        traced = self.traced.get(fixed)
        if traced is None:
            if len(self.traced) >= MAX_FAMILIES:
                self.traced.clear()
            traced = self.traced[fixed] = self.family(given, fixed)
        return traced(self.values(given))

    def rough(self, given: Mapping[str, Any]) -> Figures:
        """Return the totals at values of other types, such as NumPy's numbers."""
        plain = {name: _exact(value) for name, value in given.items()}
        if all(type(value) in EXACT for value in plain.values()):
            return _Plan(self.spec, plain, self.names, self.measure, self.bits)(plain)
        return Family(self.spec, plain, (), self.names, self.measure, self.bits).plain(())

    def family(self, given: Mapping[str, Any], fixed: str) -> Traced:
        """Return the traces of a spec with these settings fixed, those of an equal spec if there are any."""
        types = tuple(type(given[name]) for name in self.free)
        key = (_digest(self.spec), _digest(self.measure), self.names, self.bits, self.pinned, fixed, self.free, types)
        if key in _families:
            known: Traced = _families[key]
            return known
        pinned = {name: given[name] for name in self.pinned}
        made: Traced = _families.put(
            key, Traced(Family(self.spec, pinned, self.free, self.names, self.measure, self.bits))
        )
        return made


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that picks the values of these names, as a tuple however many they are."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda given: (given[names[0]],)) if names else (lambda given: ())


def _exact(value: Any) -> Any:
    """Return a value as the plain type that it is a kind of: a NumPy integer as an int, a list as a size."""
    if type(value) in EXACT:
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, list):
        return tuple(map(_exact, value))
    return index(value) if hasattr(value, "__index__") else value


def _digest(value: Any) -> bytes:
    """Return what tells a spec or measure from any other by what is in it: a worker gets a new copy with each task."""
    if id(value) not in _digests:
        digest = hashlib.sha256(pickle.dumps(value)).digest()
        _digests.put(id(value), (value, digest))
    found: bytes = _digests[id(value)][1]
    return found
