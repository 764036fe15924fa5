"""Spec + settings -> Network: blocks called, repeats written out, shapes propagated, every layer counted."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from costcalc.claims import check_row, check_totals
from costcalc.errors import Mark, SpecError, counted, describe, listing, quote, suggest
from costcalc.expr import ExprError, Value, evaluate
from costcalc.network import INPUT, Layer, Network
from costcalc.ops import OPS, Op, OpError
from costcalc.ops.schema import LARGEST, whole
from costcalc.settings import Resolved, constant, place, printed_at, resolve
from costcalc.shape import Shape, WindowError
from costcalc.spec import Block, Cell, Choice, Group, Ref, Row, Rows, Spec

MAX_LAYERS = 20_000
MAX_STEPS = 200_000  # rows visited and inputs read: bounds what absent rows and long `from` lists can cost
MAX_NESTING = 64


@dataclass(frozen=True, slots=True)
class Tensor:
    """What a row's name stands for: the layer that made it (-1 is the network's input) and its shape."""

    index: int
    shape: Shape


@dataclass(frozen=True, slots=True)
class Absent:
    """What the name of a row of several inputs stands for while its `when` is false."""

    name: str

    @property
    def shape(self) -> Shape:
        """Refuse: there is no such layer."""
        raise ExprError(f"row {quote(self.name)} is not there: its `when` is false")


@dataclass(slots=True)
class Frame:
    """Where rows are being unfolded: the names they see, the rows so far, and the path to here."""

    names: dict[str, Any]
    origins: dict[str, Mark]
    history: list[Tensor]
    path: str = ""
    blocks: tuple[str, ...] = ()
    stage: str = ""

    def inside(self, part: str, stage: str = "", history: list[Tensor] | None = None) -> "Frame":
        """Return this frame one path part deeper; names and, unless given, history are shared with it."""
        return replace(
            self,
            path=f"{self.path}{part}/",
            stage=stage or self.stage,
            history=self.history if history is None else history,
        )


def build(
    spec: Spec,
    given: Mapping[str, Value] | None = None,
    key: str = "",
    shape: Sequence[int] | None = None,
) -> Network:
    """Return the network of a spec at the given settings, every claim that holds there checked.

    `shape` replaces the spec's input (channels, height, width). Raises the first SpecError there is.
    """
    network, problems = attempt(spec, given, key, shape)
    if problems:
        raise problems[0]
    assert network is not None
    return network


def attempt(
    spec: Spec,
    given: Mapping[str, Value] | None = None,
    key: str = "",
    shape: Sequence[int] | None = None,
) -> tuple[Network | None, list[SpecError]]:
    """Return the network, or None where unfolding had to stop, and all that is wrong with it."""
    settings = resolve(spec, given or {})
    unfolder = Unfolder(spec, settings, claims=shape is None and printed_at(spec, settings.values))
    try:
        start = _input_shape(spec, settings, shape)
        unfolder.rows(
            spec.rows,
            Frame({**settings.values, "input": Tensor(INPUT, start)}, dict(settings.origins), [Tensor(INPUT, start)]),
        )
        if not unfolder.layers:
            raise SpecError("the network has no layers", spec.mark)
    except SpecError as error:
        error.layers = tuple(unfolder.layers)
        return None, [*unfolder.problems, error]
    network = Network(key or spec.name, spec.name, spec.source, settings.values, start, tuple(unfolder.layers))
    if shape is None:
        unfolder.problems += check_totals(spec, network)
    return network, unfolder.problems


def _input_shape(spec: Spec, settings: Resolved, shape: Sequence[int] | None) -> Shape:
    """Return the network's input: the one given, or the spec's at these settings."""
    if shape is not None:
        return Shape(*shape)
    sides = []
    for what, cell in zip(("channels", "height", "width"), spec.input, strict=True):
        value = constant(cell, settings.values, spec.words)
        try:
            sides.append(whole(value, 1))
        except ValueError as error:
            raise SpecError(f"the input's {what} {error}", cell.mark) from None
    return Shape(*sides)


@dataclass(slots=True)
class Unfolder:
    """The interpreter of rows: one walk over a spec, layers in the order of execution."""

    spec: Spec
    settings: Resolved
    claims: bool
    layers: list[Layer] = field(default_factory=list)
    problems: list[SpecError] = field(default_factory=list)
    steps: int = 0

    def rows(self, rows: Rows, frame: Frame, absent: bool = False) -> None:
        """Unfold rows one after the other; absent ones only give their names a meaning."""
        for index, row in enumerate(rows):
            part = row.name or str(index)
            if isinstance(row, Group):
                self.group(row, frame, part, absent)
            else:
                self.row(row, frame, part, absent)

    def group(self, group: Group, frame: Frame, part: str, absent: bool) -> None:
        """Unfold a group of rows as often as its `repeat` says."""
        absent = absent or not self.present(group.when, frame)
        for turn in range(1 if absent else self.times(group.repeat, frame, "repeat")):
            self.rows(group.rows, frame.inside(_turn(part, turn), group.stage), absent)
        if group.name:
            frame.names[group.name] = frame.history[-1]

    def row(self, row: Row, frame: Frame, part: str, absent: bool) -> None:
        """Unfold one row and its repeats, bind its name, and check what its claims say."""
        inputs = self.inputs(row, frame)
        op = self.op(row, frame)
        if absent or not self.present(row.when, frame) or not self.present_by_default(op):
            if row.name:
                frame.names[row.name] = inputs[0] if len(inputs) == 1 else Absent(row.name)
            return
        first, start = inputs, len(self.layers)
        for turn in range(self.times(row.repeat, frame, "n")):
            inputs = self.inputs(row, frame) if turn else inputs
            frame.history.append(self.place(row, op, inputs, frame, _turn(part, turn), turn))
        out = frame.history[-1]
        if row.name:
            frame.names[row.name] = out
        if self.claims and row.claims:
            self.problems += check_row(row, self.settings.values, _shapes(first), out.shape, self.layers[start:])

    def place(self, row: Row, op: str, inputs: list[Any], frame: Frame, part: str, turn: int) -> Tensor:
        """Return the value of one repeat of a row: a layer's output, or a block's."""
        for ref, tensor in zip((*row.refs, None), inputs, strict=False):
            if isinstance(tensor, Absent):
                raise SpecError(
                    f"row {quote(tensor.name)} is not there: its `when` is false", ref.mark if ref else row.mark
                )
        if op in self.spec.blocks:
            block = self.spec.blocks[op]
            with _noting(f"while unfolding {quote(op)} at {row.mark} ({frame.path}{part})"):
                return self.call(block, row, inputs, frame, part, turn)
        return self.layer(OPS[op], row, inputs, frame, part, turn)

    # what a row reads

    def inputs(self, row: Row, frame: Frame) -> list[Any]:
        """Return what a row reads: the rows that `from` names, or the row above."""
        self.step(row, 1 + len(row.refs))
        return [self.read(ref, frame) for ref in row.refs] or [frame.history[-1]]

    def read(self, ref: Ref, frame: Frame) -> Any:
        """Return the tensor that one entry of `from` names."""
        if not ref.name:
            if ref.back > len(frame.history):
                above = counted(len(frame.history), "value")
                raise SpecError(
                    f"`from: -{ref.back}` reaches past the start: there are {above} above this row", ref.mark
                )
            return frame.history[-ref.back]
        found = frame.names.get(ref.name)
        if not hasattr(type(found), "shape"):
            tensors = [name for name, value in frame.names.items() if isinstance(value, Tensor)]
            raise SpecError(
                f"{quote(ref.name)} is no row above this one and no input{suggest(ref.name, tensors)}", ref.mark
            )
        return found

    def present(self, when: Cell | None, frame: Frame) -> bool:
        """Return whether a `when` holds; a row without one is there."""
        return when is None or _truth(self.value(when, frame), when)

    def present_by_default(self, op: str) -> bool:
        """Return whether the `when` that the defaults give this op holds; it sees the settings alone."""
        when = self.spec.defaults.get(op, {}).get("when")
        return when is None or _truth(constant(when, self.settings.values, self.spec.words), when)

    def times(self, cell: Cell | Choice[Cell] | None, frame: Frame, column: str) -> int:
        """Return how often a row or group stands there."""
        cell = self.chosen(cell) if cell is not None else None
        return 1 if cell is None else int(self.typed(cell, frame, column, lambda value: whole(value, 1)))

    def op(self, row: Row, frame: Frame) -> str:
        """Return the name of the op or block that a row stands for; such a name means itself before any other."""
        name = row.op.expr.name if row.op.expr else None
        if name in OPS or name in self.spec.blocks:
            return str(name)
        value = self.value(row.op, frame)
        if not isinstance(value, str) or not (value in OPS or value in self.spec.blocks):
            raise SpecError(
                f"{describe(value)} is no op and no block here{suggest(str(value), {*OPS, *self.spec.blocks})}",
                self.blame(row.op, frame),
            )
        return value

    # cells

    def chosen(self, cell: Cell | Choice[Cell]) -> Cell | None:
        """Return the cell of a variant column that the setting selects; a plain cell is its own."""
        if isinstance(cell, Cell):
            return cell
        wanted = self.settings.values[cell.setting]
        for value, candidate in cell.cells:
            if value == wanted:
                return candidate
        there = ", ".join(describe(value) for value, _ in cell.cells)
        raise SpecError(f"the table has no column for {cell.setting} {describe(wanted)}; it has {there}", cell.mark)

    def value(self, cell: Cell, frame: Frame) -> Value:
        """Return a cell's value in a frame, the header's rule applied."""
        if cell.expr is None:
            return tuple(self.typed(item, frame, "a size", lambda value: whole(value, 0)) for item in cell.items)
        try:
            value = evaluate(cell.expr, frame.names, self.spec.words)
        except ExprError as error:
            origin = frame.origins.get(error.culprit or "")
            raise SpecError(str(error), origin or place(cell, error)) from None
        if cell.rule is None:
            return value
        try:
            return evaluate(cell.rule, {**self.settings.values, cell.column: value}, self.spec.words)
        except ExprError as error:
            raise SpecError(f"the rule of column {quote(cell.column)}: {error}", cell.mark) from None

    def typed(self, cell: Cell, frame: Frame, column: str, read: Any) -> Any:
        """Return a cell's value as its column takes it; the error stands where the value was written."""
        try:
            return read(self.value(cell, frame))
        except ValueError as error:
            name = column if column == "a size" else quote(column)
            raise SpecError(f"{name} {error}", self.blame(cell, frame)) from None

    def blame(self, cell: Cell, frame: Frame) -> Mark:
        """Return where a cell's value was written: at the call or setting, where the cell is one bare name."""
        return frame.origins.get((cell.expr and cell.expr.name) or "", cell.mark)

    def cells(self, row: Row, op: str, turn: int) -> Iterator[tuple[str, Cell, bool]]:
        """Yield (column, cell, own) of a row: its own cells, then the defaults of its op that it leaves."""
        own = {}
        for column, cell in row.cells.items():
            picked = self.chosen(cell)
            if picked is not None:
                own[column] = picked
                yield column, picked, True
        for column, picked in self.spec.defaults.get(op, {}).items():
            if column not in own and column != "when":
                yield column, picked, False

    # layers and blocks

    def layer(self, op: Op, row: Row, inputs: list[Tensor], frame: Frame, part: str, turn: int) -> Tensor:
        """Count one layer and return its output."""
        self.check_inputs(row, op.name, op.inputs, len(inputs))
        args: dict[str, Any] = {}
        marks: dict[str, Mark] = {}
        for column, cell, own in self.cells(row, op.name, turn):
            if column not in op.columns:
                takes = f"it takes {listing(op.columns)}" if op.columns else "it takes none"
                raise SpecError(
                    f"{quote(op.name)} takes no {quote(column)}; {takes}{suggest(column, op.columns)}", cell.mark
                )
            scope = frame if own else self.settings_frame(frame)
            args[column] = self.typed(cell, scope, column, op.columns[column].read)
            marks[column] = self.blame(cell, scope)
        missing = [column for column in op.columns if column in op.required and column not in args]
        if missing:
            raise SpecError(f"{quote(op.name)} needs {listing(missing)}", row.op.mark)
        if turn and "s" in op.columns:
            args["s"] = (1, 1)
        try:
            cost = op.function(*_shapes(inputs), **args)
        except (OpError, WindowError) as error:
            at = marks.get(error.column or "") or (
                row.refs[0].mark if error.column == "from" and row.refs else row.op.mark
            )
            raise SpecError(str(error), at) from None
        if max(cost.out) > LARGEST:
            raise SpecError("an output side of more than 10^18", row.mark)
        return self.add(
            row,
            Layer(
                len(self.layers),
                frame.path + part,
                op.name,
                tuple(t.index for t in inputs),
                _shapes(inputs),
                args,
                cost,
                row.mark,
                row.stage or frame.stage,
                frame.blocks,
            ),
        )

    def add(self, row: Row, layer: Layer) -> Tensor:
        """Append a layer, within the bound on layers."""
        if len(self.layers) >= MAX_LAYERS:
            raise SpecError(f"the network has more than {MAX_LAYERS:,} layers", row.mark)
        self.layers.append(layer)
        return Tensor(layer.index, layer.out)

    def call(self, block: Block, row: Row, inputs: list[Tensor], frame: Frame, part: str, turn: int) -> Tensor:
        """Unfold a block and return its value."""
        if block.name in frame.blocks:
            cycle = (*frame.blocks[frame.blocks.index(block.name) :], block.name)
            raise SpecError(f"a block that contains itself: {' -> '.join(map(quote, cycle))}", row.op.mark)
        if len(frame.blocks) >= MAX_NESTING:
            raise SpecError(f"blocks nested over {MAX_NESTING} deep", row.op.mark)
        self.check_inputs(row, block.name, len(block.inputs), len(inputs))
        inner = self.settings_frame(frame)
        inner.names.update(zip(block.inputs, inputs, strict=True))
        inner.path, inner.blocks, inner.stage = (
            f"{frame.path}{part}/",
            (*frame.blocks, block.name),
            row.stage or frame.stage,
        )
        inner.history = [inputs[0]]
        self.bind(block, row, frame, inner, turn)
        if not block.branches:
            self.rows(block.rows, inner)
            return inner.history[-1]
        ends: list[Any] = []
        for index, branch in enumerate(block.branches):
            frame_of_branch = inner.inside(str(index), history=[inputs[0]])
            self.rows(branch, frame_of_branch)
            ends.append(frame_of_branch.history[-1])
        assert block.join is not None
        return self.place(block.join, self.op(block.join, inner), ends, inner, "join", 0)

    def bind(self, block: Block, row: Row, frame: Frame, inner: Frame, turn: int) -> None:
        """Give a block's arguments their values: the row's cells, the defaults of the spec, those of the block."""
        known = {arg.name for arg in block.args}
        given: dict[str, tuple[Value, Mark]] = {}
        for column, cell, own in self.cells(row, block.name, turn):
            if column not in known:
                takes = f"it takes {listing(known)}" if known else "it takes none"
                raise SpecError(
                    f"block {quote(block.name)} takes no {quote(column)}; {takes}{suggest(column, known)}", cell.mark
                )
            scope = frame if own else self.settings_frame(frame)
            given[column] = self.value(cell, scope), self.blame(cell, scope)
        for arg in block.args:
            if arg.name in given:
                inner.names[arg.name], inner.origins[arg.name] = given[arg.name]
            elif arg.default is not None:
                value, origin = self.value(arg.default, inner), self.blame(arg.default, inner)
                inner.names[arg.name], inner.origins[arg.name] = value, origin
            else:
                raise SpecError(f"block {quote(block.name)} needs {quote(arg.name)}", row.op.mark)
            if turn and arg.name == "s":
                inner.names["s"] = 1

    def settings_frame(self, frame: Frame) -> Frame:
        """Return a frame that sees the settings and nothing of its caller."""
        return Frame(dict(self.settings.values), dict(self.settings.origins), [], frame.path, frame.blocks, frame.stage)

    def check_inputs(self, row: Row, name: str, due: int | None, given: int) -> None:
        """Raise for a number of inputs that an op or block does not take; None stands for two or more."""
        if (given < 2) if due is None else (given != due):
            needs = "two inputs or more" if due is None else counted(due, "input")
            raise SpecError(
                f"{quote(name)} reads {needs}, not {given}: name them in `from`",
                row.refs[0].mark if row.refs else row.op.mark,
            )

    def step(self, row: Row, steps: int) -> None:
        """Count work done, so that a spec of rows that are not there ends too."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise SpecError(f"unfolding takes more than {MAX_STEPS:,} steps", row.mark)


def _turn(part: str, turn: int) -> str:
    """Return a path part with `#2` and so on for a repeat after the first."""
    return f"{part}#{turn + 1}" if turn else part


def _shapes(inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
    return tuple(tensor.shape for tensor in inputs)


def _truth(value: Value, cell: Cell) -> bool:
    if not isinstance(value, bool):
        raise SpecError(f"`when` is true or false, not {describe(value)}", cell.mark)
    return value


@contextmanager
def _noting(note: str) -> Iterator[None]:
    """Add a line to every error from within: how its place was reached."""
    try:
        yield
    except SpecError as error:
        raise error.noted(note)
