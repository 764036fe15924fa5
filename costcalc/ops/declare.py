"""The declaration of a layer type: `layer_type(...)` at its function says all that anybody asks of one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple, Protocol, TypeVar, get_args

from costcalc.common.errors import Name, counted, not_taken, quote
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.schema import NOTES, ColumnType
from costcalc.ops.shape import Pair, Shape

WINDOW, POINT, MAP, ELSE = "window", "point", "map", "else"
NOTHING = None  # what a declaration says of that which a layer type does not have

T = TypeVar("T")
Inputs = int | tuple[int, ...] | None  # how many shapes: so many, one of these numbers, or (None) two or more


class Ran(Protocol):
    """What a declaration reads of a layer: the shapes that it read, all its columns, its cost."""

    @property
    def ins(self) -> tuple[Shape, ...]: ...  # noqa: D102
    @property
    def args(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def cost(self) -> Cost: ...  # noqa: D102


class Filter(NamedTuple):
    """What a layer lays over its input.

    `shown` is the filter as tables of papers print it; `pads` the padding of its window in pixels, ((top, bottom),
    (left, right)), from (input, k, s, p, d); `positions` how often its weights are used, so that MACs = weights *
    positions. `groups` divide the input channels; `depthwise` says whether each of them has filters of its own.
    `sees` is what one output place reads of each input map: its WINDOW, the POINT at its own place, the whole
    MAP, or something ELSE.
    """

    shown: Callable[[Ran], str]
    pads: Callable[..., tuple[Pair, Pair]] | None
    positions: Callable[[Ran], int] | None
    groups: Callable[[Ran], int]
    depthwise: Callable[[Ran], bool]
    sees: str

    @property
    def convolves(self) -> bool:
        """Whether it has weights that slide over a map: what it puts out is counted among the `channels`."""
        return None not in (self.pads, self.positions)

    @property
    def reads_windows(self) -> bool:
        """Whether its window slides over the input; a kernel that each input pixel is spread by reads none."""
        return self.pads is not None and self.positions is not at_input


class Keeps(NamedTuple):
    """What the backward pass reads: a layer's inputs, its output, tensors of its own as large as its output.

    `elements` are those of tensors of its own that have another size.

    By what PyTorch's `tools/autograd/derivatives.yaml` saves. Masks of dropout and indices of pools are not features:
    they are left out, and so are statistics of one value a channel.
    """

    inputs: bool = False
    output: bool = False
    own: int = 0
    elements: int = 0


class Memory(NamedTuple):
    """Where an output lives, in a tensor of its own unless something else is said.

    A `view` looks at its input: at the `whole` of it or at a part, and only at inference where `trained` is false.
    `over` names the policy (a field of `Policy`) that writes it over an input; if `by_channel`, only where each output
    channel is made from the input channel of its own number, with one channel of scratch. What `joins` its inputs can
    have them made where it needs them.
    """

    view: bool = False
    whole: bool = False
    trained: bool = True
    over: str = ""
    by_channel: bool = False
    joins: bool = False


NEITHER, INPUT, OUTPUT, BOTH = Keeps(), Keeps(inputs=True), Keeps(output=True), Keeps(inputs=True, output=True)
NEW, PART, WHOLE = Memory(), Memory(view=True), Memory(view=True, whole=True)


class Op(NamedTuple):
    """A layer type: what it declares, its pure function, and the schema of a row, read from the function's signature.

    `label` is what breakdowns group by. `keeps` and `memory` may depend on the layer. `inputs` is how many shapes it
    takes: a number, one of several, or None for two or more. `defaults` are the values of its columns that a row may
    leave out; `alike` the columns that follow another one there, such as a pool's stride its kernel; of the columns
    `either`, a row gives exactly one.
    """

    name: Name
    label: str | Callable[[Ran], str]
    filter: Filter
    keeps: Keeps | Callable[[Ran], Keeps]
    memory: Memory | Callable[[Ran], Memory]
    function: Callable[..., Cost]
    inputs: Inputs
    columns: Mapping[str, ColumnType]
    required: frozenset[str]
    defaults: Mapping[str, Any]
    alike: Mapping[str, str]
    either: tuple[str, ...] = ()

    def kept(self, layer: Ran) -> Keeps:
        """Return what the backward pass of a layer reads."""
        return self.keeps(layer) if callable(self.keeps) else self.keeps

    def stored(self, layer: Ran) -> Memory:
        """Return where the output of a layer lives."""
        return self.memory(layer) if callable(self.memory) else self.memory

    def read(self, cells: Iterable[tuple[str, T]], typed: Callable[[str, T, ColumnType], Any]) -> dict[str, Any]:
        """Return the columns that a row's cells give, each as `typed` reads it by its type; notes are among them.

        Raises OpError for a column that the op does not take, and for one that it needs.
        """
        given = {}
        for column, cell in cells:
            kind = self.columns.get(column) or NOTES.get(column)
            if kind is None:
                raise OpError(not_taken(quote(self.name), column, list(self.columns)), column)
            given[column] = typed(column, cell, kind)
        if problem := self.unfit(given):
            raise OpError(problem)
        return given

    def unfit(self, given: Collection[str]) -> str:
        """Return the sentence for columns that the op cannot do without or that exclude each other, or nothing."""
        missing = self.required.difference(given)
        needs = [quote(column) for column in self.columns if column in missing] if missing else []
        chosen = [column for column in self.either if column in given]
        choice = " or ".join(map(quote, self.either)) if self.either else ""
        if len(chosen) > 1:
            return f"{quote(self.name)} takes {choice}, not both"
        if self.either and not chosen:
            needs.append(choice)
        return f"{quote(self.name)} needs {', '.join(needs)}" if needs else ""

    def filled(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of all columns, in the order of the signature: those given, defaults elsewhere."""
        args = {column: given[column] if column in given else self.defaults[column] for column in self.columns}
        for column, other in self.alike.items():
            if column not in given:
                args[column] = args[other]
        return args

    def run(self, ins: Sequence[Shape], given: Mapping[str, Any]) -> Cost:
        """Return the cost of a layer, with its label; raises what the function raises: OpError, WindowError."""
        cost = self.function(*ins, **given)
        if isinstance(self.label, str):
            return cost.labelled(self.label)
        args = given if len(given) == len(self.columns) else self.filled(given)
        return cost.labelled(self.label(SimpleNamespace(ins=ins, args=args, cost=cost)))


def layer_type(
    name: Name,
    *,
    label: str | Callable[[Ran], str],
    filter: Filter,  # noqa: A002 - the name that tables have for it
    keeps: Keeps | Callable[[Ran], Keeps],
    memory: Memory | Callable[[Ran], Memory],
    inputs: Inputs = 0,
    either: tuple[str, ...] = (),
) -> Callable[[Callable[..., Cost]], Op]:
    """Return what makes an Op of a function `(*shapes, *, columns) -> Cost`, its columns in the order of the signature.

    All of it must be said, but for `inputs` that the signature says, and columns that are `either` one or other.
    """

    def declared(function: Callable[..., Cost]) -> Op:
        code, defaults = function.__code__, function.__kwdefaults__ or {}
        columns = {
            key: kind
            for key, hint in function.__annotations__.items()
            for kind in get_args(hint)[1:]
            if isinstance(kind, get_args(ColumnType))
        }
        return Op(
            name,
            label,
            filter,
            keeps,
            memory,
            function,
            inputs or (None if code.co_flags & 0x04 else code.co_argcount),
            MappingProxyType(columns),
            frozenset(columns) - frozenset(defaults),
            MappingProxyType(defaults),
            MappingProxyType({key: kind.like for key, kind in columns.items() if getattr(kind, "like", "")}),
            either,
        )

    return declared


def inputs_problem(name: str, due: Inputs, given: int) -> str:
    """Return the sentence for a number of inputs that an op or block does not take, or nothing; None: two or more."""
    if given == due or (given >= 2 if due is None else isinstance(due, tuple) and given in due):
        return ""
    if isinstance(due, tuple):
        takes = f"{', '.join(map(str, due[:-1]))} or {counted(due[-1], 'input')}"
    else:
        takes = "two inputs or more" if due is None else counted(due, "input")
    return f"{quote(name)} reads {takes}, not {given}"


# what filters of several layer types say


def kernel_shown(layer: Ran) -> str:
    """Return a kernel as tables print it: 3x3."""
    return sides_shown(layer, "k")


def sides_shown(layer: Ran, column: str) -> str:
    """Return a size that a column gives as tables print it: 3x3."""
    return "x".join(map(str, layer.args[column]))


def at_output(layer: Ran) -> int:
    """Return the positions of a kernel that is laid over the input once for each output pixel."""
    return layer.cost.out.h * layer.cost.out.w


def at_input(layer: Ran) -> int:
    """Return the positions of a kernel that each input pixel is spread by, as of a transposed convolution."""
    return layer.ins[0].h * layer.ins[0].w


def one(layer: Ran) -> int:
    """Return the positions of a matrix over the whole input, or the groups of what has none."""
    return 1


def never(layer: Ran) -> bool:
    """Say of a filter that it is not depthwise."""
    return False


NO_FILTER = Filter(lambda layer: "no filter", pads=NOTHING, positions=NOTHING, groups=one, depthwise=never, sees=POINT)
MOVED = NO_FILTER._replace(sees=ELSE)  # of what reads other places than its own
