"""A neutral graph -> rows of layer types: every value is a row with its layout, every row is counted by its own op."""

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from costcalc.common.errors import quote
from costcalc.importer import layout
from costcalc.importer.constants import CONSTANT, computed, size_of
from costcalc.importer.graph import NONE, ByValue, Call, Graph, Param, Scope, Sizes, times
from costcalc.importer.layout import Axes
from costcalc.network.model import without_parameters
from costcalc.ops import OPS, Cost, OpError
from costcalc.ops.schema import NORMS
from costcalc.ops.shape import Pads, Shape, WindowError
from costcalc.unfold.sharing import LAID

INPUT = -1
MOST_COMPUTED = 10_000_000  # numbers of constants that are read while a model is lowered
NORMED = "a weight norm counts as its layer, then a factor and a summand for each channel"
COMPUTED = "weights that are computed from a parameter count as that parameter"
QUERIES = "learnt rows are written as tokens before a map, which is cut off"
MERGED = "equal vectors that were merged count at each row that reads them"
STRANGE = "its attributes are not those of such a node"
ALONE = "it computes with a parameter or a constant alone: make that an input of the model"
UNKNOWN = {
    "control flow": "control flow, which a table of layers cannot say",
    "other attributes": STRANGE,
    "other domain": "an operator of another domain, which is not known",
}
SAMPLED = "it reads at computed places, which no layer type does; it has no parameters: leave it out of the module"
EMBEDDED = (
    "an embedding looks words up, which no layer type does: let the module take words that are embedded, "
    "as length x width"
)
CELL = "a cell runs step by step: write it as `nn.GRU` or `nn.LSTM` over the whole sequence"
HINTS = {  # operators without a rule, without `_` -> what to do
    **dict.fromkeys(("rnntanh", "rnnrelu", "rnn"), "no layer type has one gate: `gru` has three, `lstm` four"),
    **dict.fromkeys(("gridsampler", "gridsample", "affinegridgenerator", "affinegrid"), SAMPLED),
    **dict.fromkeys(("topk", "sort", "argsort", "argmax", "nonzero"), SAMPLED),
    **dict.fromkeys(("grucell", "lstmcell"), CELL),
    "lambda": "a function of Python, which a configuration does not hold: use layers of Keras, such as `Rescaling`",
    "embedding": EMBEDDED,
    "simplernn": "no layer type has one gate: `gru` has three, `lstm` four",
    **dict.fromkeys(
        ("additiveattention", "dot"), "no layer type scores so: `Attention` and `MultiHeadAttention` are read"
    ),
    "where": "a choice between computed maps, which no layer type makes: use a module of an activation",
}
NO_PADS: Pads = (0, 0, 0, 0)


class ImportedRow(NamedTuple):
    """One row: its op and cells, the numbers of the rows that it reads (-1, -2, ...: the inputs), what it costs.

    `where` is the node that made it, `scope` the modules around that, `held` the parameters that it counts; `shares` is
    the row that counts them in its place.
    """

    op: str
    cells: Mapping[str, Any]
    reads: tuple[int, ...]
    cost: Cost
    where: str
    scope: Scope = ()
    held: tuple[str, ...] = ()
    shares: int | None = None


class Value(NamedTuple):
    """A computed tensor: a row and the layout that it is seen in; `pads` wait for the window that takes them."""

    row: int
    axes: Axes
    pads: Pads = NO_PADS

    @property
    def sizes(self) -> Sizes:
        """The tensor's shape, pending padding included."""
        found = list(layout.sizes(self.axes))
        if self.pads != NO_PADS:
            found[-2] += self.pads[0] + self.pads[1]
            found[-1] += self.pads[2] + self.pads[3]
        return tuple(found)


class Weight(NamedTuple):
    """A parameter, or a view of one, as an operand."""

    name: str
    sizes: Sizes


class Derived(NamedTuple):
    """A tensor that is computed from parameters and constants alone: the parameters that it depends on, in order."""

    held: tuple[str, ...]
    sizes: Sizes


class Normed(NamedTuple):
    """Weights of a layer as directions `v` and a length `g` for each output channel, as a weight norm has them."""

    v: str
    g: str
    sizes: Sizes


class States(NamedTuple):
    """The last states of recurrent layers, each direction of the last one within the outputs `made`."""

    made: Value
    steps: int
    layers: int
    directions: int
    sizes: Sizes


class Strided(NamedTuple):
    """Some places of a map, as (side, step, start): all of them put together are patches."""

    value: Value
    axes: Axes
    taken: tuple[tuple[str, int, int], ...]

    @property
    def sizes(self) -> Sizes:
        """The tensor's shape."""
        return layout.sizes(self.axes)


class Stacked(NamedTuple):
    """Maps of one size along an axis of their own, which a sum over that axis or a product with factors takes."""

    parts: tuple[Value, ...]
    at: int

    @property
    def sizes(self) -> Sizes:
        """The tensor's shape."""
        sizes = self.parts[0].sizes
        return (*sizes[: self.at], len(self.parts), *sizes[self.at :])


class Unit(NamedTuple):
    """The lengths of a map's vectors, which it is divided by."""

    of: Value
    sizes: Sizes


class Unknown(NamedTuple):
    """What a node gives that could not be lowered: it hides nothing, since its problem is reported."""

    sizes: Sizes = ()


class Constant(NamedTuple):
    """A small constant tensor by value."""

    value: Any
    sizes: Sizes = ()


class Scores(NamedTuple):
    """Queries times keys, which wait for the values; `stated` is their shape.

    What is learnt: `tables` that are added, `network` of positions, whose output is, factors of `cosine` attention.
    """

    q: Value
    k: Value
    stated: Sizes
    tables: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    cosine: tuple[str, ...] = ()

    @property
    def sizes(self) -> Sizes:
        """The tensor's shape."""
        return self.stated


Operand = Value | Weight | Derived | Normed | States | Strided | Stacked | Unit | Unknown | Constant | Scores


class RefusedError(Exception):
    """Why a node cannot be a row; `missing` names a layer type that the language lacks."""


class Problem(NamedTuple):
    """A node that could not be lowered, and why."""

    node: Call
    why: str


class Lowered(NamedTuple):
    """What lowering gives: rows in order, which rows are outputs, what was left out, what could not be said."""

    graph: Graph
    inputs: Mapping[str, Shape]
    batch: int
    rows: tuple[ImportedRow, ...]
    outputs: tuple[int, ...]
    problems: tuple[Problem, ...]
    notes: tuple[tuple[str, str], ...]
    agreed: int

    def shape(self, row: int) -> Shape:
        """Return the output of a row, or an input."""
        return self.rows[row].cost.out if row > INPUT else [*self.inputs.values()][INPUT - row]


class Lowering:
    """One walk over the nodes of a graph."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Sizes]) -> None:
        self.graph = graph
        self.batch = next(iter(shapes.values()))[0]
        self.inputs = {name: _sized(shape[1:]) for name, shape in shapes.items()}
        self.rows: list[ImportedRow] = []
        self.values: dict[str, Operand] = {name: Constant(value) for name, value in graph.constants.items()}
        self.values |= {name: Weight(name, param.shape) for name, param in graph.params.items()}
        for place, (name, shape) in enumerate(self.inputs.items()):
            axes = self.canonical(shape)
            kept = {2: axes[:2], 3: (*axes[:2], axes[3])}.get(len(shapes[name]), axes)
            self.values[name] = Value(INPUT - place, kept)
        self.problems: list[Problem] = []
        self.notes: list[tuple[str, str]] = []
        self.counted: dict[str, str] = {}  # a parameter -> the module that reads it first
        self.owners: dict[Any, int] = {}
        self.sized: dict[str, Param] = {}
        self.queried: dict[str, int] = {}  # a parameter -> the row that its own rows are
        self.parted: dict[str, list[str]] = {}  # a parameter -> its parts, which rows read in its place
        self.agreed = 0
        self.computed = 0
        self.node = graph.nodes[0] if graph.nodes else Call("", "", "", (), ())

    # what rules read

    def canonical(self, shape: Shape) -> Axes:
        """Return the layout batch, channels, height, width."""
        batch = (("n", 1, self.batch),) if self.batch > 1 else ()
        return (batch, *layout.canonical(shape)[1:])

    def shape(self, value: Value) -> Shape:
        """Return the size of the row that a value is seen in."""
        return self.rows[value.row].cost.out if value.row > INPUT else [*self.inputs.values()][INPUT - value.row]

    def get(self, index: int = 0) -> Operand:
        """Return an input of the node at hand; None of its inputs is a problem of its own."""
        name = self.node.inputs[index]
        found = self.values.get(name)
        if found is None:
            raise RefusedError(f"it reads {quote(name)}, which nothing gives")
        if isinstance(found, Unknown):
            raise _LostError
        if isinstance(found, Weight) and found.name in self.queried:
            return self.laid(self.queried[found.name], found.sizes)
        return found

    def laid(self, row: int, sizes: Sizes) -> Value:
        """Return learnt rows, each a place of a row, in the shape of their parameter."""
        shape = self.rows[row].cost.out
        if sizes[-1] != shape.c or prod(sizes) != shape.size or (shape.w > 1 and shape.w not in sizes[:-1]):
            raise RefusedError("learnt rows in another shape")
        places = layout.whole("w", shape)
        return Value(row, (*(places if size > 1 else () for size in sizes[:-1]), layout.whole("c", shape)))

    def value(self, index: int = 0) -> Value:
        """Return a computed input, its padding taken care of."""
        found = self.raw(index)
        return self.padded(found) if found.pads != NO_PADS else found

    def raw(self, index: int = 0) -> Value:
        """Return a computed input with the padding that waits for a window."""
        found = self.get(index)
        if isinstance(found, (Strided, Stacked)):
            skips = isinstance(found, Strided)
            raise RefusedError("a slice that skips places" if skips else "maps along an axis of their own")
        if not isinstance(found, Value):
            raise RefusedError(ALONE)
        return found

    def queries(self, index: int = 0) -> Value:
        """Return a computed input; learnt rows are tokens before a map of their width, which is cut off."""
        found = self.get(index)
        if not isinstance(found, Weight) or not self.param(found.name).trained or self.graph.merges:
            return self.value(index)
        *rows, c = found.sizes
        n = prod(rows)
        reads = (*range(len(self.rows) - 1, INPUT, -1), *(INPUT - place for place in range(len(self.inputs))))
        given = next((Value(row, ()) for row in reads if self.shape(Value(row, ())).c == c), None)
        if given is None or n not in rows or c == 1:
            raise RefusedError(ALONE)
        shape = self.shape(given)
        made = self.emit("tokens", {"extra": n}, [given], [found.name], axes=None)
        made = self.emit("crop", {"p": (0, 0, 0, shape.h * shape.w)}, [made], axes=None)
        self.note(QUERIES)
        self.queried[found.name] = made.row
        return self.laid(made.row, found.sizes)

    def padded(self, value: Value) -> Value:
        """Return a value whose padding no window takes: a row of its own."""
        p = value.pads
        return ranked(self.emit("pad", {"p": pads_cell(p)}, [value._replace(pads=NO_PADS)], axes=None), value)

    def held(self, index: int) -> str:
        """Return the name of a parameter that the node reads, or an empty string where it has none."""
        if index >= len(self.node.inputs) or self.node.inputs[index] == NONE:
            return NONE
        found = self.get(index)
        if isinstance(found, Derived) and len(found.held) == 1 and found.sizes == self.param(found.held[0]).shape:
            self.note(COMPUTED)
            return found.held[0]
        if not isinstance(found, Weight):
            raise RefusedError("its weights are computed, not held")
        return found.name

    def param(self, name: str) -> Param:
        """Return a parameter by the name of its value."""
        return self.sized.get(name) or self.graph.params[name]

    def size(self, width: int, *names: str) -> None:
        """Give parameters that the source has no shapes of their sizes: -m means m times `width`."""
        for name in filter(None, names):
            param = self.param(name)
            if min(param.shape, default=0) < 0:
                self.sized[name] = param._replace(shape=tuple(-m * width if m < 0 else m for m in param.shape))

    def map(self, value: Value) -> Value:
        """Return a value as a map: batch, channels, height, width; a channel shuffle becomes a row."""
        value = self.boxed(value)
        shape, axes = self.shape(value), value.axes
        if axes == self.canonical(shape):
            return value
        if len(axes) == 4 and axes[2:] == self.canonical(shape)[2:] and layout.shuffled(axes[1], shape):
            groups = layout.shuffled(axes[1], shape)
            return self.emit("shuffle", {"g": groups}, [value], axes=None)._replace(pads=value.pads)
        raise RefusedError(f"its input is laid out as {layout.shown(axes)}, not as batch, channels, height, width")

    def boxed(self, value: Value) -> Value:
        """Return a value of three axes, channels and length, with an axis for its height of 1; others as they are."""
        if len(value.axes) == 3 and value.axes[2] == layout.whole("w", self.shape(value)) and self.shape(value).h == 1:
            return value._replace(axes=(*value.axes[:2], (), value.axes[2]))
        return value

    # what rules give

    def emit(
        self,
        op: str,
        cells: Mapping[str, Any],
        reads: Sequence[Value],
        held: Sequence[str] = (),
        axes: Axes | None = (),
    ) -> Value:
        """Append a row and return its value: in canonical layout (None), or in that of its first input."""
        declared = OPS.get(op)
        if declared is None:
            raise RefusedError(f"the language has no layer type {quote(op)}")
        strange = [column for column in cells if column not in declared.columns]
        if strange:
            raise RefusedError(f"{quote(op)} has no column {quote(strange[0])}")
        if any(value.pads != NO_PADS for value in reads):
            raise RefusedError("padding that no window takes")
        ins = [self.shape(value) for value in reads]
        names = tuple(name for name in held if name)
        frozen = op in NORMS and bool(names) and not any(self.param(name).trained for name in names)
        cost = _cost(op, cells, ins)
        shares = self.check(op, cells, cost, names, frozen=frozen)
        if frozen:
            cells = {**cells, "frozen": True}
            cost = _cost(op, cells, ins)
        row = ImportedRow(
            op,
            dict(cells),
            tuple(value.row for value in reads),
            cost if shares is None else without_parameters(cost),
            self.node.name,
            self.node.scope,
            names,
            shares,
        )
        self.rows.append(row)
        return Value(len(self.rows) - 1, self.canonical(cost.out) if axes is None else axes or reads[0].axes)

    def check(self, op: str, cells: Mapping[str, Any], cost: Cost, names: Sequence[str], *, frozen: bool) -> int | None:
        """Refuse a row whose parameters are not those that the model holds; return the row that has the same ones."""
        params = [self.param(name) for name in names]
        for param in params:
            if not param.trained and not frozen:
                raise RefusedError(f"parameter {quote(param.name)} is frozen")
        has, counts = sum(param.size for param in params), cost.weights + cost.bias + cost.norm + cost.other
        if has != counts:
            raise RefusedError(f"it holds {has:,} parameters, and its row counts {counts:,}")
        laid = tuple((column, cells[column]) for column in sorted(cells.keys() - LAID))
        keys = tuple(param.same or name for param, name in zip(params, names, strict=True))
        twice = [key for index, key in enumerate(keys) if key in self.counted or key in keys[:index]]
        if not twice:
            self.counted.update(dict.fromkeys(keys, _module(self.node)))
            self.owners[op, keys, laid] = len(self.rows)
            return None
        if self.merged(op, params, keys, twice):
            self.note(MERGED)
            return None
        owner = self.owners.get((op, keys, laid))
        if owner is None or (self.graph.merges and all(len(param.shape) < 2 for param in params)):
            raise RefusedError(f"parameter {quote(self.param(twice[0]).name)} is shared with another node")
        return owner

    def merged(self, op: str, params: Sequence[Param], keys: Sequence[str], twice: Sequence[str]) -> bool:
        """Return whether what is read again are equal vectors that an exporter made one: of layers with other weights.

        Norms have nothing else: theirs are merged where they are of two modules, whose calls may be numbered.
        """
        shapes = [self.param(key).shape for key in twice]
        if op == "attention":  # whose factors of heads have sides of 1
            shapes = [tuple(side for side in shape if side > 1) for shape in shapes]
        if not self.graph.merges or any(len(shape) != 1 for shape in shapes):
            return False
        fresh = [key for key in keys if key not in self.counted]
        own = any(len(param.shape) > 1 and key in fresh for param, key in zip(params, keys, strict=True))
        here = _module(self.node)
        apart = not any(_again(self.counted.get(key, ""), here) for key in twice)
        self.counted.update(dict.fromkeys(fresh, here))
        return own or apart

    def reads(self, names: Sequence[str]) -> bool:
        """Return whether a node, or who asks for the outputs, reads one of some values."""
        return any({*names}.intersection(node.inputs) for node in self.graph.nodes) or bool(
            {*names}.intersection(self.graph.outputs)
        )

    def note(self, what: str) -> None:
        """Note what a row leaves out."""
        self.notes.append((what, self.node.name))

    # the walk

    def run(self, rules: Mapping[str, Any]) -> Lowered:
        """Lower every node; one error names all that cannot be lowered."""
        for node in self.graph.nodes:
            try:
                self.node = node = self.resolved(node)  # noqa: PLW2901 - with what its attributes are computed from
                given = self.given(rules, node)
                self.agree(node, given)
            except _LostError:
                given = []
            except RefusedError as error:
                self.problems.append(Problem(node, str(error)))
                given = []
            for index, name in enumerate(node.outputs):
                stated = node.shapes[index] if index < len(node.shapes) else None
                self.values[name] = given[index] if index < len(given) else Unknown(stated or ())
        return self.result()

    def resolved(self, node: Call) -> Call:
        """Return a node whose attributes are values, those that constants of the graph give too."""
        self.node = node
        attrs = dict(node.attrs)
        for key, value in node.attrs.items():
            if isinstance(value, ByValue):
                found = self.values.get(value.name)
                if isinstance(found, Unknown):
                    raise _LostError
                if isinstance(found, Constant) and found.value is not None:
                    attrs[key] = found.value
                elif self.graph.constants.get(value.name) is not None:
                    attrs[key] = self.graph.constants[value.name]
                else:
                    raise RefusedError(f"its {quote(key)} is computed from data, or is in another file")
        return node._replace(attrs=attrs)

    def given(self, rules: Mapping[str, Any], node: Call) -> Sequence[Operand]:
        """Return what a node gives by its rule."""
        read = [self.values.get(name) for name in node.inputs if name]
        if read and all(isinstance(value, Constant) for value in read):
            return self.constant(node, [value.value for value in read if isinstance(value, Constant)])
        if node.op in CONSTANT and node.op not in rules and any(isinstance(value, Unknown) for value in read):
            raise _LostError
        rule = rules.get(node.op)
        try:
            found = rule(self, node) if rule else unknown(node)
        except RefusedError:
            derived = self.derived(node, read)
            if derived is None:
                raise
            return derived
        except layout.LayoutError as error:
            raise RefusedError(str(error)) from None
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError):  # of a file that somebody changed
            raise RefusedError(STRANGE) from None
        return list(found) if isinstance(found, list) else [found]

    def constant(self, node: Call, values: Sequence[Any]) -> Sequence[Constant]:
        """Return what a node gives that reads constants alone: by value where it is known, else as one that is not."""
        if node.op not in CONSTANT or any(value is None for value in values):
            return [Constant(None) for _ in node.outputs]
        self.computed += sum(map(size_of, values))
        if self.computed > MOST_COMPUTED:
            raise RefusedError(f"over {MOST_COMPUTED:,} numbers are computed for shapes")
        try:
            return [Constant(computed(node.op, values, node.attrs))]
        except (ArithmeticError, AttributeError, ImportError, LookupError, MemoryError, TypeError, ValueError):
            raise RefusedError("its constants cannot be computed") from None

    def derived(self, node: Call, read: Sequence[Operand | None]) -> Sequence[Derived] | None:
        """Return what a node computes from parameters alone; None where it reads something else too."""
        if len(node.outputs) != 1 or not any(isinstance(value, (Weight, Derived)) for value in read):
            return None
        held: list[str] = []
        for value in read:
            if not isinstance(value, (Weight, Derived, Constant)):
                return None
            names = value.held if isinstance(value, Derived) else (value.name,) if isinstance(value, Weight) else ()
            held += [name for name in names if self.param(name).trained and name not in held]
        stated = node.shapes[0] if node.shapes else None
        return [Derived(tuple(held), stated or ())]

    def agree(self, node: Call, given: Sequence[Operand]) -> None:
        """Hold what the rules give to what the source states."""
        for stated, value in zip(node.shapes, given, strict=False):
            if node.op == "expand":
                continue  # whoever reads it spreads it
            if stated is None or not isinstance(value, (Value, Weight, Scores, Strided, Stacked)):
                continue
            if stated != value.sizes:
                raise RefusedError(f"the source states {times(stated)}, the operator gives {times(value.sizes)}")
            self.agreed += 1

    def result(self) -> Lowered:
        """Return the rows and what is to be said of them."""
        outputs = []
        for name in self.graph.outputs:
            value = self.values.get(name)
            if isinstance(value, Value):
                outputs.append(value.row)
            elif not self.problems:
                last = self.graph.nodes[-1]
                self.problems.append(Problem(last, f"output {quote(name)} is not computed from the input"))
        for name, parts in self.parted.items():
            if not self.problems and not {self.param(part).same or part for part in parts} <= self.counted.keys():
                why = f"a part of parameter {quote(self.param(name).name)} is read, and not the rest"
                self.problems.append(Problem(self.graph.nodes[-1], why))
        return Lowered(
            self.graph._replace(params={**self.graph.params, **self.sized}),
            self.inputs,
            self.batch,
            tuple(self.rows),
            tuple(outputs),
            tuple(self.problems),
            tuple(self.notes),
            self.agreed,
        )


def unknown(node: Call) -> Any:
    """Raise RefusedError for an operator without a rule: what it is, and what to do."""
    called = re.sub(r"^aten\.|\..*|_|(?<=.)[123]d$", "", node.said).lower()
    raise RefusedError(UNKNOWN.get(node.op) or HINTS.get(called, "there is no rule for it"))


def _module(node: Call) -> str:
    """Return the path of the module that a node is in."""
    return node.scope[-1][0] if node.scope else ""


def _again(first: str, path: str) -> bool:
    """Return whether a path may be a later call of a module, whose parts are numbered then: `a/b`, `a_1/b`."""
    if not first or not path:
        return True
    pairs = zip(re.split(r"\W", first), re.split(r"\W", path), strict=False)
    alike = all(part == known or re.fullmatch(r"_\d+", part.removeprefix(known)) for known, part in pairs)
    return alike and len(re.split(r"\W", first)) == len(re.split(r"\W", path))


class _LostError(Exception):
    """A node that reads what an earlier problem took away."""


def _sized(sides: Sequence[int]) -> Shape:
    """Return the size of an input: channels; channels and length; or channels, height and width."""
    return Shape(sides[0], *((1, 1, *sides[1:])[-2:]))


def ranked(made: Value, like: Value) -> Value:
    """Return a map with as many axes as another one: without that of its height where that is a line."""
    return made if len(like.axes) != 3 else made._replace(axes=(*made.axes[:2], made.axes[3]))


def _cost(op: str, cells: Mapping[str, Any], ins: Sequence[Shape]) -> Cost:
    """Return what a row costs; raise RefusedError where its layer type refuses it."""
    declared = OPS[op]
    try:
        given = {column: declared.columns[column].read(cell) for column, cell in cells.items()}
        return declared.run(ins, declared.filled(given))
    except (OpError, WindowError, ValueError) as error:
        raise RefusedError(str(error)) from None


def pads_cell(p: Pads) -> Any:
    """Return padding as a cell has it: one number, two, or four sides."""
    if p[0] == p[1] and p[2] == p[3]:
        return p[0] if p[0] == p[2] else (p[0], p[2])
    return p
