"""The totals of one network at some settings, by traces that are kept: `evaluate`."""

import hashlib
import pickle
from collections.abc import Callable, Mapping
from operator import index, itemgetter
from typing import Any, NamedTuple

from costcalc.analysis.api import Spec
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


def figures(
    spec: Spec, settings: Mapping[str, Value], names: Names, measure: Measure = DEFAULT, bits: int = 32
) -> Figures:
    """Return some traced figures of a spec at some settings, by name, of elements of so many bits."""
    return plan(spec, settings, names, measure, bits)({**spec.preset, **settings})


def plan(spec: Spec, settings: Mapping[str, Value], names: Names, measure: Measure, bits: int = 32) -> "PointPlan":
    """Return how to evaluate a spec given settings of these names and types."""
    given = {**spec.preset, **settings}
    key = (id(spec.definition), id(measure), names, bits, tuple(given), tuple(map(type, given.values())))
    found: PointPlan = _plans.get(key) or _plans.put(key, PointPlan(spec.definition, given, names, measure, bits))
    return found


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


class PointPlan:
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
        return self.traced_at(given)(self.values(given)) if self.exact else self.rough(given)

    def traced_at(self, given: Mapping[str, Any]) -> Traced:
        """Return the traces for the values of the settings that are fixed."""
        fixed = repr(self.fixed(given)) if self.pinned else ""  # which tells (1, 2) from (1.0, 2.0)
        traced = self.traced.get(fixed)
        if traced is None:
            if len(self.traced) >= MAX_FAMILIES:
                self.traced.clear()
            traced = self.traced[fixed] = self.family(given, fixed)
        return traced

    def rough(self, given: Mapping[str, Any]) -> Figures:
        """Return the totals at values of other types, such as NumPy's numbers."""
        plain = {name: exact(value) for name, value in given.items()}
        if all(type(value) in EXACT for value in plain.values()):
            return PointPlan(self.spec, plain, self.names, self.measure, self.bits)(plain)
        return Family(self.spec, plain, (), self.names, self.measure, self.bits).plain(())

    def family(self, given: Mapping[str, Any], fixed: str) -> Traced:
        """Return the traces of a spec with these settings fixed, those of an equal spec if there are any."""
        types = tuple(type(given[name]) for name in self.free)
        key = (Alike(self.spec), _digest(self.measure), self.names, self.bits, self.pinned, fixed, self.free, types)
        if key in _families:
            known: Traced = _families[key]
            return known
        pinned = {name: given[name] for name in self.pinned}
        made: Traced = _families.put(
            key, Traced(Family(self.spec, pinned, self.free, self.names, self.measure, self.bits))
        )
        return made


class Alike:
    """A spec as a key: any with the same in it is found, as a worker gets a new copy with each task."""

    def __init__(self, spec: tables.Definition) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return hash(self.spec.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike) and (self.spec is other.spec or _digest(self.spec) == _digest(other.spec))


def _getter(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return a function that picks the values of these names, as a tuple however many they are."""
    if len(names) > 1:
        return itemgetter(*names)
    return (lambda given: (given[names[0]],)) if names else (lambda given: ())


def exact(value: Any) -> Any:
    """Return a value as the plain type that it is a kind of: a NumPy integer as an int, a list as a size."""
    if type(value) in EXACT:
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, list):
        return tuple(map(exact, value))
    return index(value) if hasattr(value, "__index__") else value


def _digest(value: Any) -> bytes:
    """Return what tells a spec or measure from any other by what is in it: a worker gets a new copy with each task."""
    if id(value) not in _digests:
        digest = hashlib.sha256(pickle.dumps(value)).digest()
        _digests.put(id(value), (value, digest))
    found: bytes = _digests[id(value)][1]
    return found
