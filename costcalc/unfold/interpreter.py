"""Spec + settings -> Network: blocks called, repeats written out, shapes propagated, every layer counted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.common.budget import BUDGET, LAYER
from costcalc.common.errors import Mark, SpecError, counted, listing, not_taken, quote, suggest
from costcalc.language.expr import CELLS, Language, Value
from costcalc.language.settings import Claims, Resolved, claims_at, constant, resolve
from costcalc.language.spec import EMPTY, Block, Cell, Definition, Fed, Group, Ref, Row, Rows
from costcalc.network.model import INPUT, Called, Checked, Layer, Network
from costcalc.ops import OPS, Cost, Op, OpError, as_ops
from costcalc.ops.declare import Inputs, inputs_problem
from costcalc.ops.schema import LARGEST, ColumnType, Sides, along, whole
from costcalc.ops.shape import Shape, Signal, WindowError
from costcalc.unfold.again import Unfolded, key_of
from costcalc.unfold.claims import Figures, check_claims, check_totals, chosen_claims, problem
from costcalc.unfold.readings import Readings, RowRead, readings_of
from costcalc.unfold.scope import MAX_WORK, Absent, Cells, Frame, RowValue
from costcalc.unfold.sharing import sharing
from costcalc.unfold.static import input_settings, only_back

MAX_LAYERS = 20_000
MAX_STEPS = 200_000  # rows visited and inputs read: bounds what absent rows and long `from` lists can cost
STEP = 4  # units of work for a row that is visited
MAX_NESTING = 64
MAX_PARTS = 128  # of a path: blocks, branches and groups together, which Python's own stack has to hold


def build(
    spec: Definition,
    given: Mapping[str, Value] | None = None,
    key: str = "",
    shape: Fed | None = None,
) -> Network:
    """Return the network of a spec at the given settings, every claim that holds there checked.

    `shape` replaces the spec's input (channels, height, width), or by name some of its inputs. Raises the first
    SpecError there is.
    """
    network, problems = attempt(spec, given, key, shape)
    if problems:
        raise problems[0]
    assert network is not None
    return network


def attempt(
    spec: Definition,
    given: Mapping[str, Value] | None = None,
    key: str = "",
    shape: Fed | None = None,
    language: Language = CELLS,
) -> tuple[Network | None, list[SpecError]]:
    """Return the network, or None where unfolding had to stop, and all that is wrong with it.

    `language` has the functions that cells may call, where they are not the usual ones.
    """
    BUDGET.spend(LAYER, "the networks to build", spec.mark)
    settings = resolve(spec, given or {}, language=language)
    if shape is not None:
        settings = _without_input_settings(spec, settings, given or {}, shape)
    unfolder = Unfolder(spec, settings, Claims.NONE if shape is not None else claims_at(spec, settings.values))
    try:
        starts = input_shapes(spec, settings, shape)
        if language is CELLS and all(type(side) is int for start in starts.values() for side in start):
            unfolder.readings = readings_of(spec)
        unfolder.start(starts)
    except SpecError as error:
        error.layers = tuple(unfolder.layers)
        return None, [*_problems(unfolder.checked), error]
    finally:
        BUDGET.affords(unfolder.steps * STEP + unfolder.cells.work + len(unfolder.layers) * LAYER)
    start, named = next(iter(starts.values())), starts if spec.inputs else EMPTY
    network = Network(key or spec.name, spec.name, spec.source, settings.values, start, tuple(unfolder.layers))
    checked = (*unfolder.checked, *(check_totals(spec, network) if shape is None else ()))
    variant = key if key in spec.variants else ""
    return network._replace(claims=checked, variant=variant, outputs=unfolder.outputs, inputs=named), _problems(checked)


def _problems(checked: Sequence[Checked]) -> list[SpecError]:
    return [found for found in map(problem, checked) if found]


def without_sizes(spec: Definition, preset: Mapping[str, Value], shape: Fed) -> dict[str, Value]:
    """Return settings but for those that size nothing but the inputs that others replace."""
    idle = input_settings(spec, shape if isinstance(shape, Mapping) else spec.starts)
    return {name: value for name, value in preset.items() if name not in idle}


def _without_input_settings(spec: Definition, settings: Resolved, given: Mapping[str, Value], shape: Fed) -> Resolved:
    """Return the settings that still mean something where other inputs take the place of the spec's."""
    idle = input_settings(spec, shape if isinstance(shape, Mapping) else spec.starts)
    for name in idle & given.keys():
        raise SpecError(f"setting {quote(name)} sizes the input alone, which another input replaces: give one of them")
    return settings._replace(values={name: value for name, value in settings.values.items() if name not in idle})


def _given_shape(shape: Sequence[int], *, signal: bool) -> Shape:
    """Return the input that a caller gives, if it is one: three whole numbers, or two of a signal."""
    try:
        sides = [whole(side, 1) for side in shape]
    except (TypeError, ValueError) as error:
        raise SpecError(f"the input {error}") from None
    if signal and len(sides) == 2:
        return Signal(sides[0], 1, sides[1])
    if len(sides) != 3:
        wanted = "(channels, length)" if signal else "(channels, height, width)"
        raise SpecError(f"the input is {wanted}, not {counted(len(sides), 'number')}")
    return _seen(Shape(*sides), signal=signal)


def input_shapes(spec: Definition, settings: Resolved, given: Fed | None) -> dict[str, Shape]:
    """Return the network's inputs by name: those given, and the spec's at these settings."""
    if given is not None and not isinstance(given, Mapping):
        if spec.inputs:
            raise SpecError(f"the network has several inputs, {listing(spec.inputs)}: an input needs the name of one")
        given = {"input": given}
    given = given or {}
    for name in given:
        if name not in spec.starts:
            raise SpecError(f"the network has no input {quote(name)}; it has {listing(spec.starts)}")
    return {
        name: _given_shape(given[name], signal=spec.signal) if name in given else _shape(spec, cells, settings)
        for name, cells in spec.starts.items()
    }


def _shape(spec: Definition, cells: Sequence[Cell], settings: Resolved) -> Shape:
    """Return the shape of an input at some settings."""
    sides = []
    names = ("channels", "length") if spec.signal else ("channels", "height", "width")
    for what, cell in zip(names, cells, strict=True):
        value = constant(cell, settings.values, spec.words, settings.language)
        try:
            sides.append(whole(value, 1))
        except ValueError as error:
            raise SpecError(f"the input's {what} {error}", cell.mark) from None
    return Signal(sides[0], 1, sides[1]) if spec.signal else Shape(*sides)


def _seen(shape: Shape, *, signal: bool) -> Shape:
    """Return a shape as its network shows it."""
    return Signal(*shape) if signal and shape.h == 1 else shape


class Site(NamedTuple):
    """One repeat of one row: what it reads, where it is, and which repeat it is (from 0)."""

    row: Row
    inputs: Sequence[RowValue]
    frame: Frame
    part: str
    turn: int = 0

    @property
    def path(self) -> str:
        """The path of the layer or block."""
        return self.frame.path + (f"{self.part}#{self.turn + 1}" if self.turn else self.part)

    @property
    def stage(self) -> str:
        """The row's own stage, or that of the rows around it."""
        return self.row.stage or self.frame.stage

    @property
    def from_mark(self) -> Mark:
        """Where the row says what it reads, or the row's op."""
        return self.row.refs[0].mark if self.row.refs else self.row.op.mark


class Unfolder:
    """The interpreter of rows: one walk over a spec, layers in the order of execution."""

    def __init__(self, spec: Definition, settings: Resolved, claims: Claims) -> None:
        self.spec = spec
        self.cells = Cells(spec, settings)
        self.claims = claims
        self.layers: list[Layer] = []
        self.checked: list[Checked] = []
        self.steps = 0
        self.unfolded: dict[Any, Unfolded] = {}  # calls of blocks by all that they depend on
        self.outputs: tuple[int, ...] = ()
        self.readings: Readings | None = None  # of the spec's rows; none where values or shapes may be symbols

    def start(self, shapes: Mapping[str, Shape]) -> None:
        """Unfold the whole spec on its inputs."""
        frame = self.cells.fresh()
        values = {name: RowValue(INPUT - place, shape) for place, (name, shape) in enumerate(shapes.items())}
        frame.names.update(values)
        first = next(iter(values.values()))
        if not self.spec.inputs and "x" not in self.spec.words:  # a word of the spec's own is one there too
            frame.names.setdefault("x", first)
        frame.history = [first]
        self.rows(self.spec.rows, frame)
        if not self.layers:
            raise SpecError("the network has no layers", self.spec.mark)
        self.outputs = tuple(dict.fromkeys(self.output(ref, frame).layer for ref in self.spec.outputs))

    # rows

    def rows(self, rows: Rows, frame: Frame, *, absent: bool = False) -> None:
        """Unfold rows one after the other; absent ones only give their names a meaning."""
        for index, row in enumerate(rows):
            part = row.name or str(index)
            if isinstance(row, Group):
                self.group(row, frame, part, absent=absent)
            else:
                self.row(row, frame, part, absent=absent)

    def group(self, group: Group, frame: Frame, part: str, *, absent: bool) -> None:
        """Unfold a group of rows as often as its `repeat` says."""
        check_depth(frame, group.mark)
        absent = absent or not self.cells.present(group.when, frame)
        for turn in range(1 if absent else self.cells.times(group.repeat, frame, "repeat")):
            self.step(group.mark, 1)
            inner = frame.inside(f"{part}#{turn + 1}" if turn else part, group.stage)
            if group.counter:
                frame.names[group.counter] = turn
            if group.join:
                ends = self.branches(group.branches, inner, frame.history[-1], absent=absent)
                if not absent:
                    frame.history.append(self.joined(group.join, ends, inner))
            else:
                self.rows(group.rows, inner, absent=absent)
        frame.names.pop(group.counter, None)
        if group.name:
            frame.names[group.name] = frame.history[-1]

    def branches(
        self, branches: Sequence[Rows], frame: Frame, start: RowValue, *, absent: bool = False
    ) -> list[RowValue]:
        """Unfold branches that each start at one value; return what each gives."""
        ends = []
        for index, rows in enumerate(branches):
            branch = frame.inside(str(index), history=[start])
            self.rows(rows, branch, absent=absent)
            ends.append(branch.history[-1])
        return ends

    def joined(self, join: Row, ends: Sequence[RowValue], frame: Frame) -> RowValue:
        """Return the value of the row that joins branches."""
        op = self.cells.op(join, frame)
        if not self.cells.present_row(join, op, frame):
            raise SpecError(
                f"the `when` of the defaults takes {quote(op)} away, and nothing joins the branches", join.mark
            )
        return self.place(op, Site(join, ends, frame, "join"))

    def row(self, row: Row, frame: Frame, part: str, *, absent: bool) -> None:
        """Unfold one row and its repeats, bind its name, and check what its claims say."""
        inputs = self.inputs(row, frame)
        op = self.cells.op(row, frame)
        if absent or not self.cells.present_row(row, op, frame):
            frame.bind(row, inputs[0] if len(inputs) == 1 else Absent(row.name), there=False)
            return
        read, start = self.there(row, inputs), len(self.layers)
        first = read
        for turn in range(self.times(row, frame)):
            if turn:
                read = self.there(row, self.inputs(row, frame))
            frame.history.append(self.place(op, Site(row, read, frame, part, turn)))
        out = frame.history[-1]
        frame.bind(row, out, there=True)
        if row.shares:
            self.share(row.shares, start, frame)
        if row.name:
            frame.spans[row.name] = start, len(self.layers)
        if row.claims and self.claims is not Claims.NONE:
            claims = chosen_claims(row, self.cells.settings.values, spread_only=self.claims is Claims.SPREAD)
            self.checked += check_claims(
                claims, frame.path + part, Figures(_shapes(first), out.shape, self.layers[start:])
            )

    def share(self, ref: Ref, start: int, frame: Frame) -> None:
        """Take the parameters of the layers since one away that they share with those of another row."""
        if ref.name not in frame.spans:
            near = suggest(ref.name, frame.spans)
            raise SpecError(f"no row named {quote(ref.name)} above this one{near}", ref.mark)
        first = self.layers[slice(*frame.spans[ref.name])]
        self.layers[start:] = sharing(ref, first, self.layers[start:])

    def times(self, row: Row, frame: Frame) -> int:
        """Return how often a row is there; a name in `from` would be the same row for each repeat."""
        if row.repeat is None:
            return 1
        times = self.cells.times(row.repeat, frame, "n")
        named = next((ref for ref in row.refs if ref.name), None) if times > 1 else None
        if named:
            raise SpecError(only_back(named), named.mark)
        return times

    def place(self, op: str, site: Site) -> RowValue:
        """Return the value of one repeat of a row: a layer's output, or a block's."""
        if op not in self.spec.blocks:
            return self.layer(OPS[op], site)
        try:
            return self.call(self.spec.blocks[op], site)
        except SpecError as error:
            raise error.noted(f"while unfolding {quote(op)} at {site.row.mark} ({site.path})") from None

    # what a row reads

    def inputs(self, row: Row, frame: Frame) -> list[RowValue | Absent]:
        """Return what a row reads: the rows that `from` names, or the row above."""
        self.step(row.mark, 1 + len(row.refs))
        return [self.read(ref, frame) for ref in row.refs] if row.refs else [frame.history[-1]]

    def read(self, ref: Ref, frame: Frame) -> RowValue | Absent:
        """Return what one entry of `from` names."""
        if not ref.name:
            if ref.back > len(frame.history):
                above = counted(len(frame.history), "value")
                raise SpecError(f"`from: -{ref.back}` goes back too far: this row has {above} above it", ref.mark)
            return frame.history[-ref.back]
        found = frame.names.get(ref.name)
        if isinstance(found, RowValue) and ref.output:
            if ref.output not in found.outputs:
                has = f"it has {listing(found.outputs)}" if found.outputs else "it has none"
                near = suggest(ref.output, found.outputs)
                raise SpecError(f"{quote(ref.name)} has no output {quote(ref.output)}; {has}{near}", ref.mark)
            output: RowValue = found.outputs[ref.output]
            return output
        if not isinstance(found, (RowValue, Absent)):
            known = [name for name, value in frame.names.items() if isinstance(value, RowValue)]
            raise SpecError(
                f"no row or input named {quote(ref.name)} above this row{suggest(ref.name, as_ops(known))}", ref.mark
            )
        return found

    def there(self, row: Row, inputs: Sequence[RowValue | Absent]) -> list[RowValue]:
        """Return inputs that are all there; raise for a row that its `when` took away."""
        if Absent not in map(type, inputs):
            return inputs  # type: ignore[return-value]
        index, name = next((index, x.name) for index, x in enumerate(inputs) if isinstance(x, Absent))
        raise SpecError(
            f"row {quote(name)} is left out: its `when` is false", row.refs[index].mark if row.refs else row.mark
        )

    # layers and blocks

    def layer(self, op: Op, site: Site) -> RowValue:
        """Count one layer and return its output."""
        check_inputs(site, op.name, op.inputs)
        key = self.readings and self.readings.key_of(
            site.row, op.name, site.frame, self.cells.settings.values, again=bool(site.turn)
        )
        known = self.readings.known.get(key) if self.readings and key else None
        return (known and self.again(op, site, known)) or self.read_layer(op, site, key)

    def again(self, op: Op, site: Site, known: RowRead) -> RowValue | None:
        """Count a layer whose columns are known; None where it is refused: the usual way says why and where."""
        assert self.readings
        ins = _shapes(site.inputs)
        cost = known.costs.get(ins)
        if self.cells.work + known.work > MAX_WORK:
            return None
        if cost is None:
            try:
                cost = self.readings.cost(known, ins, op.run(ins, known.args))
            except (OpError, WindowError):
                return None
        self.cells.work += known.work
        return self.add(site, op.name, ins, known.args, cost, known.coding)

    def read_layer(self, op: Op, site: Site, key: Any) -> RowValue:
        """Read the columns of a layer, count it and return its output."""
        marks: dict[str, Mark] = {}
        work, ins = self.cells.work, _shapes(site.inputs)

        def cells() -> Iterator[tuple[str, tuple[Cell, Frame]]]:
            for column, cell, frame in self.cells.given(site.row, op.name, site.frame):
                marks[column] = cell.mark
                yield column, (cell, frame)

        def typed(column: str, cell: tuple[Cell, Frame], kind: ColumnType) -> Any:
            size = self.cells.size_of_row(*cell) if isinstance(kind, Sides) and kind.of_rows else None
            read = along(kind) if self.spec.signal else kind.read
            value = self.cells.typed(*cell, column, read) if size is None else size
            marks[column] = self.cells.blame(*cell)
            return value

        try:
            args = op.read(cells(), typed)
            if site.turn and "s" in op.columns and not args.get("to"):
                args["s"] = (1, 1)
            coding = args.pop("coding", None) or "module"
            args = op.filled(args)
            cost = op.run(ins, args)
        except (OpError, WindowError) as error:
            at = site.from_mark if error.column == "from" else marks.get(error.column or "", site.row.op.mark)
            raise SpecError(str(error), at) from None
        if self.readings and key:
            self.readings.keep(key, RowRead(args, coding, self.cells.work - work, {ins: cost}))
        return self.add(site, op.name, ins, args, cost, coding)

    def add(
        self, site: Site, op: str, ins: tuple[Shape, ...], args: Mapping[str, Any], cost: Cost, coding: str
    ) -> RowValue:
        """Append a layer, within the bounds on layers and on sides."""
        if len(self.layers) >= MAX_LAYERS:
            raise SpecError(f"the network has more than {MAX_LAYERS:,} layers", site.row.mark)
        c, h, w = cost.out
        if c > LARGEST or h > LARGEST or w > LARGEST:
            raise SpecError("an output side over 10^18 is not allowed", site.row.mark)
        if self.spec.signal:
            cost = cost._replace(out=_seen(cost.out, signal=True))
        number, row, frame = len(self.layers), site.row, site.frame
        read = tuple([tensor.layer for tensor in site.inputs])
        data = self.cells.data(row, frame) if row.data else frame.data
        where = (row.mark, site.stage, frame.blocks, coding, data)
        self.layers.append(Layer(number, site.path, op, read, ins, args, cost, *where, calls=frame.calls))
        return RowValue(number, cost.out)

    def call(self, block: Block, site: Site) -> RowValue:
        """Unfold a block and return its value."""
        around = site.frame.blocks
        if block.name in around:
            cycle = (*around[around.index(block.name) :], block.name)
            raise SpecError(f"a block must not contain itself: {quote(' -> '.join(cycle))}", site.row.op.mark)
        if len(around) >= MAX_NESTING:
            raise SpecError(f"blocks nested over {MAX_NESTING} deep", site.row.op.mark)
        check_depth(site.frame, site.row.op.mark)
        check_inputs(site, block.name, len(block.inputs))
        inner = self.cells.fresh()
        inner.names.update(zip(block.inputs, site.inputs, strict=True))
        inner.path, inner.stage, inner.blocks = f"{site.path}/", site.stage, (*around, block.name)
        inner.history = [site.inputs[0]]
        inner.data = self.cells.data(site.row, site.frame) if site.row.data else site.frame.data
        self.bind(block, site, inner)
        args = {arg.name: inner.names[arg.name] for arg in block.args}
        read = tuple(x.layer for x in site.inputs)
        inner.calls = (*site.frame.calls, Called(block.name, site.path, read, args))
        key = key_of(block, site.inputs, inner)
        known = self.unfolded.get(key)
        if known and self.fits(known):
            layers, value = known.moved(len(self.layers), inner, site.inputs)
            self.layers += layers
            return value
        first, steps, work, checked = len(self.layers), self.steps, self.cells.work, len(self.checked)
        value = self.within(block, inner, site.inputs)
        if key and len(self.checked) == checked:
            taken = self.steps - steps, self.cells.work - work
            made = Unfolded(self.layers[first:], first, inner.path, read, value, *taken)
            if made.apart:
                self.unfolded[key] = made
        return value

    def fits(self, known: Unfolded) -> bool:
        """Spend what a call of a block took, if all of it is within the bounds; return whether it is."""
        steps, work = self.steps + known.steps, self.cells.work + known.work
        if steps > MAX_STEPS or work > MAX_WORK or len(self.layers) + len(known.layers) > MAX_LAYERS:
            return False  # the usual way says where
        self.steps, self.cells.work = steps, work
        return True

    def within(self, block: Block, inner: Frame, inputs: Sequence[RowValue]) -> RowValue:
        """Unfold the rows or branches of a block in a frame of its own, and return its value."""
        if block.join:
            return self.joined(block.join, self.branches(block.branches, inner, inputs[0]), inner)
        self.rows(block.rows, inner)
        outputs = {ref.output or ref.name: self.output(ref, inner) for ref in block.outputs}
        return inner.history[-1]._replace(outputs=outputs) if outputs else inner.history[-1]

    def output(self, ref: Ref, frame: Frame) -> RowValue:
        """Return the value of a row that a network or block names among its outputs."""
        found = self.read(ref, frame)
        if isinstance(found, Absent):
            raise SpecError(f"row {quote(found.name)} is left out: its `when` is false", ref.mark)
        return found

    def bind(self, block: Block, site: Site, inner: Frame) -> None:
        """Give a block's arguments their values: the row's cells, the defaults of the spec, those of the block."""
        known = [arg.name for arg in block.args]
        given: dict[str, tuple[Cell, Frame]] = {}
        for column, cell, frame in self.cells.given(site.row, block.name, site.frame):
            if column not in known:
                raise SpecError(not_taken(f"block {quote(block.name)}", column, known), cell.mark)
            given[column] = cell, frame
        for arg in block.args:
            if arg.name not in given and arg.default is None:
                raise SpecError(f"block {quote(block.name)} needs {quote(arg.name)}", site.row.op.mark)
            cell, frame = given.get(arg.name) or (arg.default, inner)  # type: ignore[assignment]
            inner.names[arg.name] = self.cells.value(cell, frame)
            inner.origins[arg.name] = self.cells.blame(cell, frame)
        if site.turn and "s" in known:
            inner.names["s"] = 1

    def step(self, mark: Mark, steps: int) -> None:
        """Count work done, so that a spec of rows that are not there ends too."""
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise SpecError(f"unfolding takes more than {MAX_STEPS:,} steps", mark)


def check_depth(frame: Frame, mark: Mark) -> None:
    """Raise where blocks, branches and groups nest too deep for one more."""
    if frame.path.count("/") >= MAX_PARTS:
        raise SpecError(f"blocks, branches and groups nested over {MAX_PARTS} deep", mark)


def check_inputs(site: Site, name: str, due: Inputs) -> None:
    """Raise for a number of inputs that an op or block does not take; None means two or more."""
    problem = inputs_problem(name, due, len(site.inputs))
    if problem:
        raise SpecError(f"{problem}: name them in `from`", site.from_mark)


def _shapes(inputs: Sequence[RowValue]) -> tuple[Shape, ...]:
    return tuple([tensor.shape for tensor in inputs])
