"""Points of a grid -> rows: what is counted at each, what is refused, what the condition leaves out."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple

from costcalc.analysis import grid
from costcalc.analysis.api import Spec
from costcalc.analysis.search.condition import Condition
from costcalc.analysis.search.quantity import Quantity
from costcalc.common.errors import SpecError
from costcalc.common.notation import read_figure
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import EMPTY, MEASURED, ReportedFigure
from costcalc.network.figures import FIGURES, whole
from costcalc.network.metrics import DTYPE_BITS, Measure

TASK = 500  # points that are counted before their rows are handed on
BASES = 4096  # networks at their own width and resolution that are remembered, of each spec
SCALES = ("width", "res")

Point = tuple[Value | None, ...]
Row = tuple[Any, ...]
Task = tuple[int, list[Point]]


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
            points = iter(product(*self.axes.values()) if member.points is None else member.points)
            while some := list(islice(points, TASK)):
                yield number, some


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
        plan, where = self.plan, self.plan.where
        if number not in self.counters:
            self.counters[number] = _Counter(plan, plan.members[number])
        count = self.counters[number]
        keys = plan.keys
        rows: list[Row] = []
        refused = lacking = 0
        first = None
        for point in points:
            try:
                found = count(point)
            except SpecError as error:
                refused += 1
                at = zip(plan.axes, point, strict=True)
                first = first or (name_at(plan.members[number].label, at), error)
                continue
            holds = where.holds(found) if where else True
            lacking += holds is None
            if holds:
                rows.append(tuple(map(found.get, keys)))
        return Batch(rows, len(points), refused, lacking, first)


def name_at(label: str, settings: Iterable[tuple[str, Value | None]]) -> str:
    """Return a spec's label with settings on it, as commands take them: `shufflenet_v1:groups=8,width=0.31`."""
    riding = ",".join(f"{name}={shown_value(value)}" for name, value in settings if value is not None)
    return f"{label}{',' if ':' in label else ':'}{riding}" if riding else label


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
        self.base = lru_cache(BASES)(self.own_scale)

    def __call__(self, point: Point) -> dict[str, Any]:
        """Return what is known of a point by name; raise SpecError where its settings do not fit together."""
        found: dict[str, Any] = dict(zip(self.plan.axes, point, strict=True))
        settings = {name: value for name, value in found.items() if value is not None}
        counts = dict(
            zip(self.names, grid.figures(self.spec, settings, self.names, self.plan.measure, self.bits), strict=True)
        )
        if self.built:
            part = whole(self.spec.build(**settings), self.bits)._replace(measure=self.plan.measure)
            counts.update((name, part.figure(name)) for name in self.built)
        found = {**counts, **found}
        if self.derived:
            self.derive(found, counts, settings)
        if self.resolved:
            values = resolve(self.spec.definition, {**self.spec.preset, **settings}).values
            found.update((name, values.get(name)) for name in self.resolved)
        if point in self.printed:
            found.update(self.printed[point])
        found["spec"] = self.label
        return found

    def derive(self, found: dict[str, Any], counts: Mapping[str, Any], settings: Mapping[str, Value]) -> None:
        """Add what follows from the network at the spec's own width and resolution."""
        base = self.base(tuple((name, value) for name, value in settings.items() if name not in SCALES))
        if base is None:
            return
        channels, macs, own = base
        scales = {name: settings[name] / own[name] for name in SCALES if name in settings and own.get(name)}
        if channels and "width" in own:
            found["effective_width"] = round(counts["channels"] / channels * own["width"], 4)
        found["square_law"] = round(macs * prod(scale * scale for scale in scales.values()))

    def own_scale(self, others: tuple[tuple[str, Value], ...]) -> tuple[int, int, dict[str, Any]] | None:
        """Return the channels and MACs at the spec's own width and resolution, and those two; None where refused."""
        try:
            channels, macs = grid.figures(self.spec, dict(others), ("channels", "macs"), self.plan.measure)
            own = resolve(self.spec.definition, {**self.spec.preset, **dict(others)}).values
        except SpecError:
            return None
        return channels, macs, {name: own[name] for name in SCALES if name in own}


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
    """Return a measured figure as a number, in its column's unit; raise SpecError where its text is none."""
    text = figure.text.strip().removeprefix("~").removesuffix("%").removesuffix("ms").strip()
    try:
        return float(read_figure(text).value)
    except ValueError as error:
        raise SpecError(str(error), figure.mark) from None
