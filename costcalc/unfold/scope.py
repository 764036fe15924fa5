"""Where rows are unfolded: the names that cells see, and the values of cells there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from costcalc.common.errors import Mark, SpecError, describe, quote, sort_of, suggest
from costcalc.language.expr import Expr, ExprError, Value, evaluate, names_in
from costcalc.language.settings import Resolved, place
from costcalc.language.spec import EMPTY, Cell, Definition, Row, VariantCell
from costcalc.network.model import Called
from costcalc.ops import DATA, FIRST, OPS
from costcalc.ops.schema import whole
from costcalc.ops.shape import Shape

MAX_WORK = 2_500_000  # characters of cells evaluated, and a few for each cell: about a second's work
CELL_WORK = 4

T = TypeVar("T")


class RowValue(NamedTuple):
    """What a row's name is for: the layer that made it (-1 is the network's input) and its shape."""

    layer: int
    shape: Shape
    outputs: Mapping[str, Any] = EMPTY  # by name, where a block names several


class Absent(NamedTuple):
    """What the name of a row of several inputs means while its `when` is false."""

    name: str

    @property
    def shape(self) -> Shape:
        """Refuse: no such layer."""
        raise ExprError(f"row {quote(self.name)} is left out: its `when` is false")


class Frame:
    """Where rows are being unfolded: the names they see, the rows so far, and the path to here."""

    def __init__(
        self,
        names: dict[str, Any],
        origins: dict[str, Mark],
        history: list[RowValue],
        path: str = "",
        blocks: tuple[str, ...] = (),
        stage: str = "",
        data: Mapping[str, Value] = EMPTY,
        bound: dict[str, tuple[Mark, str]] | None = None,
        calls: tuple[Called, ...] = (),
    ) -> None:
        self.names = names
        self.origins = origins
        self.history = history
        self.path = path
        self.blocks = blocks
        self.stage = stage
        self.data = data
        self.spans: dict[str, tuple[int, int]] = {}  # by name of a row, the numbers of its layers
        self.bound = {} if bound is None else bound  # by name, the row that is there, and the path that it is under
        self.calls = calls

    def inside(self, part: str, stage: str = "", history: list[RowValue] | None = None) -> "Frame":
        """Return this frame one path part deeper; names and, unless given, history are shared with it."""
        rows = self.history if history is None else history
        path, stage = f"{self.path}{part}/", stage or self.stage
        frame = Frame(self.names, self.origins, rows, path, self.blocks, stage, self.data, self.bound, self.calls)
        frame.spans = self.spans
        return frame

    def bind(self, row: Row, value: "RowValue | Absent", *, there: bool) -> None:
        """Give a row's name its value; of several rows of one name at most one is there, and that one is meant."""
        if not row.name:
            return
        mark, path = self.bound.get(row.name, (row.mark, self.path))
        other = path == self.path and mark != row.mark
        if there and other:
            raise SpecError(f"two rows of the name {quote(row.name)} are there: at most one may be", row.name_mark)
        if there:
            self.bound[row.name] = (row.mark, self.path)
        if there or not other:
            self.names[row.name] = value

    def seen(self, expr: Expr) -> Mapping[str, Any]:
        """Return the names that an expression sees: `above` is the last row that is there, unless it is another's."""
        if "above" in self.names or not self.history:
            return self.names
        read = any(name == "above" and attribute for name, attribute, _ in names_in(expr))
        return {**self.names, "above": self.history[-1]} if read else self.names


class Cells:
    """Reads the cells of one spec at its settings."""

    def __init__(self, spec: Definition, settings: Resolved) -> None:
        self.spec = spec
        self.settings = settings
        self.base = self.fresh()  # what defaults and headers see: the settings alone
        self.work = 0
        self.whens = {op: cells["when"] for op, cells in spec.defaults.items() if "when" in cells}

    def fresh(self) -> Frame:
        """Return a new frame that sees the settings and nothing else."""
        return Frame(dict(self.settings.values), dict(self.settings.origins), [])

    def present(self, when: Cell | None, frame: Frame) -> bool:
        """Return whether a `when` holds; a row without one is there."""
        return when is None or _truth(self.value(when, frame), when)

    def present_row(self, row: Row, op: str, frame: Frame) -> bool:
        """Return whether a row is there: by its own `when` or, without one, by that of the defaults of its op."""
        if row.when is not None:
            return self.present(row.when, frame)
        return op not in self.whens or self.present(self.whens[op], self.base)

    def times(self, cell: Cell | VariantCell | None, frame: Frame, column: str) -> int:
        """Return how often a row or group is there."""
        cell = self.chosen(cell) if cell is not None else None
        return 1 if cell is None else self.typed(cell, frame, column, lambda value: whole(value, 1))

    def op(self, row: Row, frame: Frame) -> str:
        """Return the name of the op or block that a row is for; such a name means itself before any other.

        A setting or argument comes before an op that is not among the first ones.
        """
        name = (row.op.expr.name if row.op.expr else "") or ""
        own = name in frame.names and name not in FIRST and sort_of(frame.names[name]) == "word"
        if name in self.spec.blocks or (name in OPS and not own):
            return name
        value = self.value(row.op, frame)
        if not isinstance(value, str) or not (value in OPS or value in self.spec.blocks):
            raise SpecError(
                f"unknown op or block {describe(value)}{suggest(str(value), {*OPS, *self.spec.blocks})}",
                self.blame(row.op, frame),
            )
        return value

    def chosen(self, cell: Cell | VariantCell) -> Cell | None:
        """Return the cell of a variant column that the setting selects; a plain cell is its own."""
        if isinstance(cell, Cell):
            return cell
        wanted = self.settings.values[cell.setting]
        for value, candidate in cell.cells:
            if sort_of(value) != sort_of(wanted):
                what = f"but setting {quote(cell.setting)} is {describe(wanted)}"
                raise SpecError(f"the header lists {describe(value)}, {what}", cell.mark)
            if value == wanted:
                found: Cell | None = candidate
                return found
        there = ", ".join(describe(value) for value, _ in cell.cells)
        raise SpecError(f"the table has no column for {cell.setting} {describe(wanted)}; it has {there}", cell.mark)

    def value(self, cell: Cell, frame: Frame) -> Value:
        """Return a cell's value in a frame, the header's rule applied."""
        value = self.unruled(cell, frame)
        if cell.rule is None:
            return value
        self.spend(cell.rule, cell.mark)
        try:
            names = {**self.settings.values, cell.column: value}
            return self.evaluated(cell.rule, names)
        except ExprError as error:
            raise SpecError(f"the rule of column {quote(cell.column)}: {error}", cell.mark) from None

    def unruled(self, cell: Cell, frame: Frame) -> Value:
        """Return a cell's value in a frame, as it is in the cell."""
        if cell.expr is None:
            return tuple(self.typed(item, frame, "a size", lambda value: whole(value, 0)) for item in cell.items)
        self.spend(cell.expr, cell.mark)
        try:
            return self.evaluated(cell.expr, frame.seen(cell.expr) if "above" in cell.expr.text else frame.names)
        except ExprError as error:
            origin = frame.origins.get(error.culprit or "")
            raise SpecError(str(error), origin or place(cell, error)) from None

    def evaluated(self, expr: Expr, names: Mapping[str, Any]) -> Value:
        """Return the value of an expression where these names have a meaning."""
        return evaluate(expr, names, self.spec.words, self.settings.language)

    def size_of_row(self, cell: Cell, frame: Frame) -> Value | None:
        """Return the height and width of the row or input that a cell is the bare name of, or None."""
        found = frame.names.get((cell.expr and cell.expr.name) or "")
        return (found.shape.h, found.shape.w) if isinstance(found, (RowValue, Absent)) else None

    def spend(self, expr: Expr, mark: Mark) -> None:
        """Count the work of an expression, so that long ones in many rows end too."""
        self.work += CELL_WORK + len(expr.text)
        if self.work > MAX_WORK:
            raise SpecError(f"unfolding reads more than {MAX_WORK:,} characters of cells", mark)

    def typed(self, cell: Cell, frame: Frame, column: str, read: Callable[[Value], T]) -> T:
        """Return a cell's value as its column takes it; the error is where the value was written."""
        try:
            return read(self.value(cell, frame))
        except ValueError as error:
            name = column if column == "a size" else quote(column)
            raise self.at(cell, frame, f"{name} {error}") from None

    def at(self, cell: Cell, frame: Frame, sentence: str) -> SpecError:
        """Return an error where a cell's value was written, with a note on where it is read if that is elsewhere."""
        mark = self.blame(cell, frame)
        return SpecError(sentence, mark, [] if mark == cell.mark else [f"read at {cell.mark}"])

    def blame(self, cell: Cell, frame: Frame) -> Mark:
        """Return where a cell's value was written: at the call or setting, where the cell is one bare name."""
        return frame.origins.get((cell.expr and cell.expr.name) or "", cell.mark)

    def data(self, row: Row, frame: Frame) -> Mapping[str, Value]:
        """Return what is kept about a row for other commands: its own data over that of the rows around it."""
        picked = {column: self.chosen(cell) for column, cell in row.data.items()}
        own = {column: self.datum(column, cell, frame) for column, cell in picked.items() if cell is not None}
        return {**frame.data, **own} if own else frame.data

    def datum(self, column: str, cell: Cell, frame: Frame) -> Value:
        """Return one value kept for other commands, as they take it."""
        return self.typed(cell, frame, column, DATA[column].read) if column in DATA else self.value(cell, frame)

    def given(self, row: Row, op: str, frame: Frame) -> Iterator[tuple[str, Cell, Frame]]:
        """Yield (column, cell, frame to read it in): a row's own cells, then the defaults of its op that it leaves."""
        own, usual = set(), self.spec.defaults.get(op)
        for column, cell in row.cells.items():
            picked = cell if isinstance(cell, Cell) else self.chosen(cell)
            if picked is not None:
                own.add(column)
                yield column, picked, frame
        if not usual:
            return
        either = () if op in self.spec.blocks else OPS[op].either
        if own.intersection(either):  # what a row says of them is alone
            own.update(either)
        for column, picked in usual.items():
            if column not in own and column != "when":
                yield column, picked, self.base


def _truth(value: Value, cell: Cell) -> bool:
    """Return the truth of a `when`, or refuse any other value."""
    if not isinstance(value, bool):
        raise SpecError(f"`when` must be true or false, not {describe(value)}", cell.mark)
    return value
