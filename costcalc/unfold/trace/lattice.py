"""The points of a grid by one family's traces: what each trace makes of the inner settings is computed once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from costcalc.common.errors import SpecError
from costcalc.unfold.trace import Figures, Number, Trace, Traced, attempted
from costcalc.unfold.trace.staged import Columns, Staged, tabled

Point = tuple[Number, ...]
LIMIT = 2**63


class Covered(NamedTuple):
    """The inner points that a trace may hold for: their places, None for all of them, and the products of each.

    `columns` makes figures of the outer factors.
    """

    staged: Staged
    places: list[int] | None
    rows: list[tuple[int, ...]]
    columns: Columns | None


class Lattice:
    """The inner points of a family in a grid; `inner` are the places of their settings among the free ones.

    Each point has `width` figures. `numpy` is the module, where they should be arrays: of 64 bits, where every product
    is proven to fit.
    """

    def __init__(
        self, traced: Traced, inner: Sequence[int], points: Sequence[Point], width: int, numpy: Any = None
    ) -> None:
        self.traced = traced
        self.numpy = numpy
        self.width = range(width)
        self.inner = tuple(inner)
        self.points = points
        self.mask = sum(1 << place for place in inner)
        self.covered: dict[int, Covered | None] = {}  # by the number of the trace
        self.tables: dict[int, tuple[Any, list[int]] | None] = {}
        self.order: list[int] = []  # of traces, the one that held last first

    def figures(self, outer: Point) -> tuple[Sequence[list[Any]], dict[int, SpecError]]:
        """Return a list for each figure with its value at each inner point, and the error at each that is refused.

        `outer` has the values of all free settings; those of the inner ones are not read.
        """
        found = self.whole(outer)
        errors: dict[int, SpecError] = {}
        if found is None:
            found = self.mixed(outer, errors)
            again = self.whole(outer) if self.numpy else None  # by the trace that is there now, as arrays
            found = found if again is None else again
        if self.traced.claimed:
            self.check(outer, errors)
        return found, errors

    def whole(self, outer: Point) -> Sequence[list[Any]] | None:
        """Return the figures where one trace holds for all inner points."""
        for number in self.order:
            covered = self.covered[number]
            if covered is not None and covered.places is None:
                factors = attempted(covered.staged.outer, outer)
                if isinstance(factors, tuple):
                    return self.columns(number, covered, factors)
        return None

    def columns(self, number: int, covered: Covered, factors: tuple[int, ...]) -> Sequence[Any]:
        """Return the figures that one trace gives at all points that it holds for."""
        if self.numpy:
            if number not in self.tables:
                self.tables[number] = table(self.numpy, covered.rows)
            made: Sequence[Any] | None = product(self.numpy, covered.staged.sums, factors, self.tables[number])
            if made is not None:
                return made
        assert covered.columns is not None
        return covered.columns(factors)

    def mixed(self, outer: Point, errors: dict[int, SpecError]) -> Sequence[list[Any]]:
        """Return the figures by as many traces as it takes, by new ones, and by single points where no trace can."""
        columns: list[list[Any]] = [[None] * len(self.points) for _ in self.width]
        pending = dict.fromkeys(range(len(self.points)))
        for number in range(len(self.traced.known)):
            self.fill(number, outer, columns, pending)
        while pending:
            place = next(iter(pending))
            values = self.values(outer, place)
            if not self.known(values) and self.traced.grow(values) is not None:
                self.fill(len(self.traced.known) - 1, outer, columns, pending)
            if place in pending:
                del pending[place]
                self.single(values, place, columns, errors)
        return columns

    def known(self, values: Point) -> bool:
        """Return whether a trace that is not in two halves, or that ends in an error, holds at a point."""
        known = range(len(self.traced.known))
        return any(self.cover(number) is None for number in known) and self.traced.search(values, new=False) is not None

    def fill(self, number: int, outer: Point, columns: Sequence[list[Any]], pending: dict[int, None]) -> None:
        """Put in what one trace says of the points that are pending."""
        covered = self.cover(number)
        if covered is None or covered.columns is None or not pending:
            return
        factors = attempted(covered.staged.outer, outer)
        if not isinstance(factors, tuple):
            return
        made = covered.columns(factors)
        for index, place in enumerate(range(len(self.points)) if covered.places is None else covered.places):
            if place in pending:
                del pending[place]
                for column, figures in zip(columns, made, strict=True):
                    column[place] = figures[index]

    def cover(self, number: int) -> Covered | None:
        """Return what a trace makes of the inner points; None where one unknown reads outer and inner settings."""
        if number not in self.covered:
            halves = self.traced.known[number].staged(self.mask)
            self.covered[number] = halves and self.computed(halves)
            self.order.append(number)
        return self.covered[number]

    def computed(self, halves: Staged) -> Covered:
        """Return the products at each inner point where the guards that read it hold."""
        blank: list[Any] = [0] * len(self.traced.family.free)
        found = []
        for point in self.points:
            for place, value in zip(self.inner, point, strict=True):
                blank[place] = value
            found.append(attempted(halves.inner, tuple(blank)))
        places = [place for place, products in enumerate(found) if isinstance(products, tuple)]
        everywhere = len(places) == len(found)
        rows = found if everywhere else [found[at] for at in places]
        return Covered(halves, None if everywhere else places, rows, tabled(halves.sums, rows) if rows else None)

    def single(self, values: Point, place: int, columns: Sequence[list[Any]], errors: dict[int, SpecError]) -> None:
        """Put in the figures of one point, or its error."""
        try:
            figures: Figures = self.traced(values)
        except SpecError as error:
            errors[place] = error
        else:
            for column, figure in zip(columns, figures, strict=True):
                column[place] = figure

    def check(self, outer: Point, errors: dict[int, SpecError]) -> None:
        """Check the claims of the table at the points that they are about; one that fails is the point's error."""
        for values in list(self.traced.claimed):
            inner = tuple(values[at] for at in self.inner)
            if any(value != outer[at] for at, value in enumerate(values) if at not in self.inner):
                continue
            for place, point in enumerate(self.points):
                if point == inner:
                    try:
                        self.traced(values)
                    except SpecError as error:
                        errors[place] = error

    def values(self, outer: Point, place: int) -> Point:
        """Return the values of all free settings at an inner point."""
        values = list(outer)
        for at, value in zip(self.inner, self.points[place], strict=True):
            values[at] = value
        return tuple(values)


def table(numpy: Any, rows: Sequence[tuple[int, ...]]) -> tuple[Any, list[int]] | None:
    """Return products by column as an array, ones last, and the largest of each; None where one needs over 64 bits."""
    columns = [*map(list, zip(*rows, strict=True)), [1] * len(rows)]
    largest = [max(map(abs, column)) for column in columns]
    return (numpy.array(columns, dtype=numpy.int64), largest) if max(largest) < LIMIT else None


def product(
    numpy: Any, sums: Sequence[Sequence[tuple[int, int]]], factors: tuple[int, ...], made: tuple[Any, list[int]] | None
) -> Any:
    """Return totals as an array with a row for each; None where a sum of absolute values needs over 64 bits."""
    if made is None:
        return None
    columns, largest = made
    matrix = []
    for terms in sums:
        row = [0] * len(largest)
        for factor, at in terms:
            row[at] = factors[factor]
        if sum(abs(factor) * most for factor, most in zip(row, largest, strict=True)) >= LIMIT:
            return None
        matrix.append(row)
    return numpy.array(matrix, dtype=numpy.int64) @ columns


__all__ = ["Lattice", "Trace"]
