"""Points of a grid -> rows: what is counted, column by column, what is refused, what the condition leaves out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import compress, repeat
from math import prod
from typing import Any, NamedTuple

from costcalc.analysis import grid
from costcalc.analysis.api import Spec
from costcalc.analysis.columns import Axes, Grid, GridBlock, parts
from costcalc.analysis.search.condition import Condition
from costcalc.analysis.search.quantity import DERIVED, Quantity
from costcalc.common.errors import SpecError
from costcalc.common.notation import read_figure
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import EMPTY, MEASURED, ReportedFigure
from costcalc.network.figures import FIGURES, Part, whole
from costcalc.network.metrics import DTYPE_BITS, Measure

TASK = 500  # points that are counted before their rows are handed on
BASES = 4096  # networks at their own width and resolution that are remembered, of each spec
SCALES = ("width", "res")

Point = tuple[Value | None, ...]
Row = tuple[Any, ...]
Columns = dict[str, Sequence[Any]]
Task = tuple[int, Axes | Sequence[Point]]  # the number of a member, and a part of the grid or points of its own


class Member(NamedTuple):
    """A spec with some settings fixed and the label that its rows show; without `points` the whole grid is its."""

    label: str
    spec: Spec
    points: tuple[Point, ...] | None = None


class Plan(NamedTuple):
    """What is counted: members at the points of the grid that `axes` span, each row the values of `names` in order.

    Figures are those of elements of `dtype`. The last axis varies fastest. A point has None on an axis whose setting
    its spec does not have.
    """

    members: tuple[Member, ...]
    axes: Mapping[str, tuple[Value, ...]]
    names: tuple[Quantity, ...]
    measure: Measure
    where: Condition | None = None
    known: Mapping[str, Quantity] = EMPTY
    dtype: str = "fp32"

    @property
    def size(self) -> int:
        """The number of points."""
        grid_size = prod(map(len, self.axes.values()))
        return sum(grid_size if member.points is None else len(member.points) for member in self.members)

    @property
    def keys(self) -> tuple[str, ...]:
        """The names of what rows hold."""
        return tuple(quantity.key for quantity in self.names)

    @property
    def read(self) -> tuple[Quantity, ...]:
        """What is counted at each point: what rows hold and what the condition reads, in one order whoever asks."""
        asked = {*self.keys, *(self.where.names if self.where else ())}
        return tuple(self.known[name] for name in self.known if name in asked)

    def tasks(self) -> Iterator[Task]:
        """Yield the points in order, some at a time, with the number of their member."""
        for number, member in enumerate(self.members):
            found = parts(self.axes, TASK) if member.points is None else [member.points]
            for part in found:
                yield number, part


class Batch(NamedTuple):
    """The rows of one task; how many points were counted, refused, or lack a figure that the condition reads.

    `first` is the first that was refused, in words, with its error.
    """

    rows: list[Row]
    asked: int
    refused: int
    lacking: int
    first: tuple[str, SpecError] | None


class Worker:
    """Turns tasks of one plan into batches of rows."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.counters: dict[int, _Counter] = {}

    def __call__(self, task: Task) -> Batch:
        """Return the rows of some points, in their order."""
        number, points = task
        if number not in self.counters:
            self.counters[number] = _Counter(self.plan, self.plan.members[number])
        count = self.counters[number]
        rows: list[Row] = []
        asked = refused = lacking = 0
        first = None
        for block in count.blocks(points):
            asked += block.size
            refused += len(block.errors)
            if block.errors and first is None:
                place, error = next(iter(block.errors.items()))
                first = name_at(count.label, ((name, block.column(name)[place]) for name in self.plan.axes)), error
            if len(block.errors) < block.size:
                lacking += self.keep(block, count.columns(block), rows)
        return Batch(rows, asked, refused, lacking, first)

    def keep(self, block: GridBlock, columns: Columns, rows: list[Row]) -> int:
        """Add the rows that are not refused and that the condition holds for; return how many lack what it reads."""
        found: Iterable[Row] = zip(*(columns[key] for key in self.plan.keys), strict=True)
        where = self.plan.where
        if where:
            read = zip(*(columns[name] for name in where.names), strict=True) if where.names else repeat((), block.size)
            holds = [
                place not in block.errors and where.holds(dict(zip(where.names, values, strict=True)))
                for place, values in enumerate(read)
            ]
            rows += compress(found, holds)
            return holds.count(None)
        rows += found if not block.errors else (row for at, row in enumerate(found) if at not in block.errors)
        return 0


def name_at(label: str, settings: Iterable[tuple[str, Value | None]]) -> str:
    """Return a spec's label with settings on it, as commands take them: `shufflenet_v1:groups=8,width=0.31`."""
    riding = ",".join(f"{name}={shown_value(value)}" for name, value in settings if value is not None)
    return f"{label}{',' if ':' in label else ':'}{riding}" if riding else label


class Base(NamedTuple):
    """A network at its own width and resolution: output channels, MACs, and those settings."""

    channels: int
    macs: int
    own: Mapping[str, Any]


class _Counter:
    """What a plan asks of one member, at any of its points."""

    def __init__(self, plan: Plan, member: Member) -> None:
        self.plan, self.spec, self.label = plan, member.spec, member.label
        self.bits = DTYPE_BITS[plan.dtype]
        wanted = plan.read
        figures = [q.key for q in wanted if q.source == "figure"]
        self.derived = any(q.source == "derived" for q in wanted)
        traced = [name for name in figures if FIGURES[name].traced] + (["macs", "channels"] if self.derived else [])
        # refused is refused, whatever is asked: something is always counted
        self.names: grid.Names = tuple(dict.fromkeys(traced)) or ("layers",)
        self.built = [name for name in figures if not FIGURES[name].traced]
        self.resolved = [q.key for q in wanted if q.source == "setting" and q.key not in plan.axes]
        self.printed = {
            point: {name: _number(figure) for name, figure in figures.items() if plan.known[name] in wanted}
            for point, figures in printed(member, tuple(plan.axes)).items()
        }
        self.wanted = [q.key for q in wanted]
        self.grid = Grid(self.spec, self.names, plan.axes, plan.measure, self.bits)
        self.base = lru_cache(BASES)(self.own_scale)

    def blocks(self, points: Axes | Sequence[Point]) -> Iterable[GridBlock]:
        """Return the figures of a part of the grid, or of points."""
        if isinstance(points, Mapping):
            return self.grid.blocks(points)
        axes = tuple(self.plan.axes)
        given = [
            {name: value for name, value in zip(axes, point, strict=True) if value is not None} for point in points
        ]
        columns = dict(zip(axes, zip(*points, strict=True), strict=True))
        return [GridBlock({}, columns, len(points), *self.grid.plainly(given))]

    def columns(self, block: GridBlock) -> Columns:
        """Return what is known of the points of a block, by name; anything where they are refused."""
        found: Columns = dict(zip(self.names, block.figures, strict=True))
        if self.built:
            parts = [self.part(block, place) for place in range(block.size)]
            found |= {name: [part and part.figure(name) for part in parts] for name in self.built}
        counts = dict(found)
        found |= {name: block.column(name) for name in self.plan.axes}
        if self.derived:
            found |= self.derive(block, counts)
        if self.resolved:
            values = [self.values(block, place) for place in range(block.size)]
            found |= {name: [point.get(name) for point in values] for name in self.resolved}
        points = zip(*map(block.column, self.plan.axes), strict=True) if self.plan.axes else repeat((), block.size)
        for place, point in enumerate(points if self.printed else ()):
            for name, figure in self.printed.get(point, {}).items():
                found.setdefault(name, [None] * block.size)[place] = figure  # type: ignore[index]
        blank = [None] * block.size
        found |= {name: blank for name in self.wanted if name not in found}
        return found | {"spec": [self.label] * block.size}

    def part(self, block: GridBlock, place: int) -> Part | None:
        """Return all layers of the network at one point; None where it is refused."""
        if place in block.errors:
            return None
        settings: dict[str, Any] = block.at(place)
        return whole(self.spec.build(**settings), self.bits)._replace(measure=self.plan.measure)

    def values(self, block: GridBlock, place: int) -> Mapping[str, Any]:
        """Return the values of all settings at one point."""
        if place in block.errors:
            return EMPTY
        return resolve(self.spec.definition, {**self.spec.preset, **block.at(place)}).values

    def derive(self, block: GridBlock, counts: Columns) -> Columns:
        """Return what follows from the network at the spec's own width and resolution."""
        names = [name for name in self.plan.axes if name not in SCALES]
        columns = counts["channels"], counts["macs"], *(block.column(name) for name in SCALES if name in self.plan.axes)
        if all(name in block.outer for name in names):
            return self.scaled({name: block.outer[name] for name in names}, columns)
        points = zip(*map(block.column, names), strict=True)
        found = [
            self.scaled(dict(zip(names, point, strict=True)), [[value] for value in values])
            for point, values in zip(points, zip(*columns, strict=True), strict=True)
        ]
        return {name: [value for one in found for value in one[name]] for name in DERIVED}

    def scaled(self, others: Mapping[str, Any], columns: Sequence[Sequence[Any]]) -> Columns:
        """Return what follows where the settings that scale nothing have these values.

        The columns are channels, MACs, and the values of each axis that scales.
        """
        base = self.base(tuple((name, value) for name, value in others.items() if value is not None))
        channels, macs, *scales = columns
        if base is None:
            return dict.fromkeys(DERIVED, [None] * len(macs))
        factors: Sequence[float] = [1] * len(macs)
        for name, values in zip((name for name in SCALES if name in self.plan.axes), scales, strict=True):
            own = base.own.get(name)
            squares = {value: (value / own) * (value / own) if own and value is not None else 1 for value in {*values}}
            factors = [factor * squares[value] for factor, value in zip(factors, values, strict=True)]
        width = base.own.get("width")
        known = {
            value: round(value / base.channels * width, 4) if width is not None and base.channels and value else None
            for value in {*channels}
        }
        return {
            "effective_width": [known[value] for value in channels],
            "square_law": [value and round(base.macs * factor) for value, factor in zip(macs, factors, strict=True)],
        }

    def own_scale(self, others: tuple[tuple[str, Value], ...]) -> Base | None:
        """Return the channels and MACs at the spec's own width and resolution, and those two; None where refused."""
        try:
            channels, macs = grid.figures(self.spec, dict(others), ("channels", "macs"), self.plan.measure)
            own = resolve(self.spec.definition, {**self.spec.preset, **dict(others)}).values
        except SpecError:
            return None
        return Base(channels, macs, {name: own[name] for name in SCALES if name in own})


def printed(member: Member, axes: tuple[str, ...]) -> dict[Point, dict[str, ReportedFigure]]:
    """Return what others measured of a member, by the point of these axes whose settings they measured it at."""
    found: dict[Point, dict[str, ReportedFigure]] = {}
    definition = member.spec.definition
    for entry in definition.reported:
        figures = {name: figure for name, figure in entry.figures.items() if name in MEASURED}
        values = resolve(definition, overrides(definition, entry.variant, entry.settings)).values
        point = tuple(values.get(name) for name in axes)
        given = {name: value for name, value in zip(axes, point, strict=True) if value is not None}
        if figures and resolve(definition, {**member.spec.preset, **given}).values == values:
            found.setdefault(point, {}).update(figures)
    return found


def _number(figure: ReportedFigure) -> float:
    """Return a measured figure as a number, in its column's unit; raise SpecError where its text is not a number."""
    text = figure.text.strip().removeprefix("~").removesuffix("%").removesuffix("ms").strip()
    try:
        return float(read_figure(text).value)
    except ValueError as error:
        raise SpecError(str(error), figure.mark) from None
