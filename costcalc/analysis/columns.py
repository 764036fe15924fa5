"""The totals of one network over a grid, block by block: `sweep` for its points, `sweep_columns` for whole columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import islice, product, repeat
from math import prod
from typing import Any, NamedTuple

from costcalc.analysis import grid as single
from costcalc.analysis.api import Spec
from costcalc.analysis.grid import DEFAULT, TOTALS, Evaluation, Names
from costcalc.common.errors import SpecError
from costcalc.language.expr import Value
from costcalc.network.metrics import Measure
from costcalc.unfold.trace import pinned_settings
from costcalc.unfold.trace.lattice import Lattice

BLOCK = 1000  # points whose figures are held at a time, at most
KEPT = 200_000  # inner points whose products are kept for the next outer ones

Axes = Mapping[str, Sequence[Value]]
Refused = Callable[[dict[str, Value], SpecError], object]
Point = tuple[Any, ...]


class GridBlock(NamedTuple):
    """Points of a grid in their order: those of `inner` at one value of each setting of `outer`.

    `figures` has a list for each figure; at a place in `errors` the spec refuses its settings.
    """

    outer: Mapping[str, Value]
    inner: Axes
    size: int
    figures: Sequence[Sequence[Any]]
    errors: Mapping[int, SpecError]

    def settings(self) -> list[dict[str, Value]]:
        """Return the settings of each point."""
        if len(self.inner) == 1:
            ((name, values),) = self.inner.items()
            return [{**self.outer, name: value} for value in values]
        points = zip(*self.inner.values(), strict=True) if self.inner else repeat((), self.size)
        return [{**self.outer, **dict(zip(self.inner, point, strict=True))} for point in points]

    def at(self, place: int) -> dict[str, Value]:
        """Return the settings of one point, without those that it has not."""
        found = {**self.outer, **{name: values[place] for name, values in self.inner.items()}}
        return {name: value for name, value in found.items() if value is not None}

    def column(self, name: str) -> Sequence[Value]:
        """Return the values of a setting."""
        return self.inner[name] if name in self.inner else [self.outer[name]] * self.size


class _Inner:
    """Some points of the inner settings, and for each sort of them a lattice by what the outer settings are."""

    def __init__(self, names: Sequence[str], points: Sequence[Point], pinned: frozenset[str]) -> None:
        self.size = len(points)
        self.columns: Axes = dict(zip(names, zip(*points, strict=True), strict=True))
        self.exact = [dict(zip(names, map(single.exact, point), strict=True)) for point in points]
        sorts: dict[Point, list[int]] = {}
        for place, settings in enumerate(self.exact):
            sorts.setdefault(_sort(settings, pinned), []).append(place)
        self.sorts = list(sorts.values())
        self.lattices: dict[Any, tuple[Lattice, Point] | None] = {}


class Grid:
    """One spec and the figures wanted of it, at the points of grids within `axes`.

    Traces are made for what lies between the ends of the axes. `numpy` is the module, where arrays are wanted.
    """

    def __init__(
        self, spec: Spec, names: Names, axes: Axes, measure: Measure = DEFAULT, bits: int = 32, numpy: Any = None
    ) -> None:
        self.spec, self.names, self.measure, self.bits, self.numpy = spec, names, measure, bits, numpy
        self.pinned = pinned_settings(spec.definition)
        self.ranges = {name: tuple(map(single.exact, values)) for name, values in axes.items()}
        self.kept: dict[Any, list[_Inner]] = {}

    def blocks(self, axes: Axes) -> Iterator[GridBlock]:
        """Yield the points of a grid in their order, the last setting varying fastest."""
        names = tuple(axes)
        at = _split([len(values) for values in axes.values()])
        parts: Iterable[_Inner] = self.parts({name: axes[name] for name in names[at:]})
        if at:
            key = names[at:], tuple(tuple(axes[name]) for name in names[at:])
            if key not in self.kept:
                if sum(part.size for some in self.kept.values() for part in some) > KEPT:
                    self.kept.clear()
                self.kept[key] = list(parts)
            parts = self.kept[key]
        for outer in product(*(axes[name] for name in names[:at])):
            for part in parts:
                yield self.block(dict(zip(names, outer, strict=False)), part)

    def parts(self, axes: Axes) -> Iterator[_Inner]:
        """Yield the points of the inner settings, some at a time."""
        points = product(*axes.values())
        while some := list(islice(points, BLOCK)):
            yield _Inner(tuple(axes), some, self.pinned)

    def block(self, outer: Mapping[str, Value], inner: _Inner) -> GridBlock:
        """Return the figures at some inner points, at one value of each outer setting."""
        exact = {name: single.exact(value) for name, value in outer.items()}
        sort = _sort(exact, self.pinned)
        if len(inner.sorts) == 1:
            return GridBlock(outer, inner.columns, inner.size, *self.figures(exact, sort, inner, 0))
        columns: list[list[Any]] = [[None] * inner.size for _ in self.names]
        errors: dict[int, SpecError] = {}
        for number, places in enumerate(inner.sorts):
            figures, refused = self.figures(exact, sort, inner, number)
            for column, found in zip(columns, figures, strict=True):
                for place, figure in zip(places, found, strict=True):
                    column[place] = figure
            errors |= {places[place]: error for place, error in refused.items()}
        return GridBlock(outer, inner.columns, inner.size, columns, dict(sorted(errors.items())))

    def figures(
        self, outer: Mapping[str, Any], sort: Point, inner: _Inner, number: int
    ) -> tuple[Sequence[Sequence[Any]], dict[int, SpecError]]:
        """Return the figures at the inner points of one sort, and the errors by their place among those."""
        key = number, sort
        if key not in inner.lattices:
            inner.lattices[key] = self.lattice(outer, [inner.exact[place] for place in inner.sorts[number]])
        found = inner.lattices[key]
        if found is None:
            return self.plainly([{**outer, **inner.exact[place]} for place in inner.sorts[number]])
        lattice, free = found
        return lattice.figures(tuple(outer[name] if value is None else value for name, value in free))

    def lattice(
        self, outer: Mapping[str, Any], points: Sequence[Mapping[str, Any]]
    ) -> tuple[Lattice, tuple[tuple[str, Any], ...]] | None:
        """Return the lattice of inner points, and its free settings, each with its value unless it is an outer one.

        Return None where a value is of a type that no trace takes.
        """
        given = {**self.spec.preset, **outer, **points[0]}
        plan = single.plan(self.spec, given, self.names, self.measure, self.bits)
        if not plan.exact:
            return None
        traced = plan.traced_at(given)
        traced.within({name: self.span(name, given[name]) for name in plan.free})
        varying = [name for name in plan.free if name in points[0]]
        values = [tuple(point[name] for name in varying) for point in points]
        free = tuple((name, None if name in outer and name not in points[0] else given[name]) for name in plan.free)
        return Lattice(traced, [plan.free.index(name) for name in varying], values, len(self.names), self.numpy), free

    def span(self, name: str, value: Any) -> tuple[Any, Any]:
        """Return the least and largest value of a setting in any grid, of those of the type of one."""
        values = [other for other in self.ranges.get(name, ()) if type(other) is type(value)] or [value]
        return min(values), max(values)

    def plainly(self, points: Iterable[dict[str, Any]]) -> tuple[Sequence[Sequence[Any]], dict[int, SpecError]]:
        """Return the figures point by point."""
        errors: dict[int, SpecError] = {}
        rows = [self.plain(place, settings, errors) for place, settings in enumerate(points)]
        return list(zip(*rows, strict=True)), errors

    def plain(self, place: int, settings: dict[str, Any], errors: dict[int, SpecError]) -> Sequence[Any]:
        """Return the figures of one point, or note its error."""
        try:
            return single.figures(self.spec, settings, self.names, self.measure, self.bits)
        except SpecError as error:
            errors[place] = error
            return [None] * len(self.names)


def _sort(settings: Mapping[str, Any], pinned: frozenset[str]) -> Point:
    """Return what tells settings apart that no trace has in common: types of numbers, and the values of the rest."""
    return tuple(
        type(value) if type(value) in (int, float) and name not in pinned else (type(value), value)
        for name, value in settings.items()
    )


def _split(sizes: Sequence[int]) -> int:
    """Return how many axes are outer ones, so that outer and inner points together are the fewest."""
    single = next((at for at, size in enumerate(sizes) if size != 1), len(sizes))  # those of one value are outer ones
    return min(range(single, len(sizes) + 1), key=lambda at: prod(sizes[:at]) + prod(sizes[at:]))


class Columns(NamedTuple):
    """Points of a grid by column: the values of each setting, and each total, in the order of the grid."""

    settings: Mapping[str, Sequence[Value]]
    params: Sequence[int]
    macs: Sequence[int]
    activations: Sequence[int]


def sweep(
    spec: Spec,
    grid: Mapping[str, Iterable[Value]],
    *,
    measure: Measure | None = None,
    refused: Refused | None = None,
) -> Iterator[tuple[dict[str, Value], Evaluation]]:
    """Yield (settings, totals) for every combination of a grid, such as `{"width": [0.5, 1.0], "res": [160, 224]}`.

    The last setting varies fastest; some thousand combinations at most are held. A combination that the spec refuses
    raises `costcalc.SpecError`, unless `refused` is given: it is called with the settings and the error instead.
    """
    for block in _blocks(spec, grid, measure, None):
        totals = map(tuple.__new__, repeat(Evaluation), zip(*block.figures, strict=True))
        if not block.errors:
            yield from zip(block.settings(), totals, strict=True)
            continue
        for place, (settings, found) in enumerate(zip(block.settings(), totals, strict=True)):
            if place not in block.errors:
                yield settings, found
            elif refused is None:
                raise block.errors[place]
            else:
                refused(settings, block.errors[place])


def sweep_columns(
    spec: Spec,
    grid: Mapping[str, Iterable[Value]],
    *,
    measure: Measure | None = None,
    refused: Refused | None = None,
    arrays: bool = False,
) -> Iterator[Columns]:
    """Yield the combinations of a grid by column, up to 1,000 at a time: what `sweep` yields, several times as fast.

    Totals are lists of whole numbers. With `arrays` they are NumPy's (extra `costcalc[numpy]`): of 64 bits where every
    product is proven to fit, else of Python's integers. What is refused is left out, or raises, as in `sweep`.
    """
    numpy: Any = import_module("numpy") if arrays else None
    for block in _blocks(spec, grid, measure, numpy):
        columns: list[Sequence[Any]] = [*(block.column(name) for name in grid), *block.figures]
        if block.errors:
            for place, settings in enumerate(block.settings()):
                if place in block.errors and refused is None:
                    raise block.errors[place]
                if place in block.errors and refused is not None:
                    refused(settings, block.errors[place])
            kept = [place for place in range(block.size) if place not in block.errors]
            columns = [[column[place] for place in kept] for column in columns]
        if numpy is not None:
            columns[-len(TOTALS) :] = [
                column if isinstance(column, numpy.ndarray) else numpy.array(column, dtype=object)
                for column in columns[-len(TOTALS) :]
            ]
        yield Columns(dict(zip(grid, columns, strict=False)), *columns[-len(TOTALS) :])


def _blocks(
    spec: Spec, grid: Mapping[str, Iterable[Value]], measure: Measure | None, numpy: Any
) -> Iterator[GridBlock]:
    axes = {name: tuple(values) for name, values in grid.items()}
    return Grid(spec, TOTALS, axes, measure or DEFAULT, numpy=numpy).blocks(axes)


def parts(grid: Mapping[str, Iterable[Value]], size: int) -> Iterator[dict[str, tuple[Value, ...]]]:
    """Yield grids of at most `size` combinations that in this order are one grid: each is a task for some process."""
    axes = {name: tuple(values) for name, values in grid.items()}
    total = prod(map(len, axes.values()))
    if total <= size:
        yield axes
        return
    first, values = next((name, values) for name, values in axes.items() if len(values) > 1)
    step = max(1, size * len(values) // total)
    for at in range(0, len(values), step):
        yield from parts({**axes, first: values[at : at + step]}, size)


__all__ = ["BLOCK", "Columns", "Grid", "GridBlock", "parts", "sweep", "sweep_columns"]
