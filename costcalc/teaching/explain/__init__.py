"""How a layer's counts come about: its op's own function, run on named symbols, writes the formulas."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.common.table import Working
from costcalc.network.metrics import Convention, Counted, Measure
from costcalc.ops import COUNT_NAMES, OPS, Cost
from costcalc.ops.shape import Shape
from costcalc.teaching.explain.formula import Written, WrittenNumber
from costcalc.teaching.explain.written import LATEX, TEXT, formula, plain

SHAPE, COUNTED, LEFT_OUT = "output size", "what is counted", "what the default leaves out"
MEASURES = {"params": "parameters", "macs": "MACs"}
SIDES = {2: ("h", "w"), 4: ("top", "bottom", "left", "right")}  # of a column that is a size


Number = Callable[..., Any]  # makes a number that remembers, of a value, an operation and its operands


class Worked(NamedTuple):
    """A layer worked out: its cost, what its formulas were given, the steps to its shape, and its counts.

    `given` are names and values; `steps` are the values that other formulas read, each below those that it reads;
    `counts` are those that are not zero, in the order of `Cost`.
    """

    cost: Cost
    given: tuple[tuple[str, int], ...]
    steps: tuple[Working, ...]
    counts: tuple[Working, ...]


def worked(op: str, ins: Sequence[Shape], args: Mapping[str, Any]) -> Worked:
    """Return how the counts of a layer come about: op's name, input shapes, its columns as it takes them.

    Raises what the op raises: OpError, WindowError.
    """
    cost = symbolic(op, ins, args)
    names, counts = _parts(cost)
    return Worked(
        cost,
        tuple((name, int(symbol)) for name, symbol in names.items() if len(symbol.args) == 1),
        tuple(gathered([working(name, symbol) for name, symbol in names.items() if len(symbol.args) > 1])),
        tuple(working(name, value) for name, value in counts),
    )


def symbolic(op: str, ins: Sequence[Shape], args: Mapping[str, Any]) -> Cost:
    """Return the cost of a layer whose numbers remember how they came about; raise what the op raises."""
    return counts_of(op, ins, args, WrittenNumber)


def counts_of(op: str, ins: Sequence[Shape], args: Mapping[str, Any], kind: Number) -> Cost:
    """Return the cost of a layer in numbers of a kind that remembers; raise what the op raises."""
    return OPS[op].run(named_shapes(ins, kind), named_columns(op, args, kind))


def arranged(
    layer: Counted, cost: Cost, measure: Measure, kind: Number, left: Sequence[str] = ()
) -> Iterator[tuple[str, str, Any]]:
    """Yield (part, name, value) of what a layer's cost is made of: sizes, what a measure counts, what it leaves out.

    Counts whose names are in `left` are counted at another layer.
    """
    names, found = _parts(cost)
    yield from ((SHAPE, name, symbol) for name, symbol in names.items() if len(symbol.args) > 1)
    counts = {name: value for name, value in found if name not in left}
    yield SHAPE, "activations", counts.pop("activations")
    for key, name in MEASURES.items():
        convention: Convention = getattr(measure, key)
        terms = [term.what for term in convention.terms if term.what in counts]
        if terms:
            yield from ((COUNTED, what, counts.pop(what)) for what in terms if what in counts)
            yield COUNTED, name, summed(convention, layer, kind)
    yield from ((LEFT_OUT, name, value) for name, value in counts.items())


def _parts(cost: Cost) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
    """Return the names that the formulas of a cost read, each with its number, and the counts that are not zero."""
    counts = [(name, getattr(cost, name)) for name in COUNT_NAMES if getattr(cost, name)]
    values = (*cost.out, *(value for _, value in counts))
    return {symbol.args[0]: symbol for value in values for symbol in _names(value)}, counts


def summed(convention: Convention, layer: Counted, kind: Number = WrittenNumber) -> int:
    """Return what a convention counts for a layer, as a symbol that has the counts as its names."""
    counts = {name: getattr(layer.cost, name) for name in COUNT_NAMES}
    named: dict[str, Any] = {name: kind(count, "name", name) for name, count in counts.items() if count}
    return convention.of(_Counted(layer.op, layer.args, layer.cost._replace(**named), layer.coding))


def working(name: str, value: int) -> Working:
    """Return a value worked out: in symbols, with numbers put in, and its result."""
    texts = [formula(value, TEXT), formula(value, TEXT, numbers=True)]
    tex = [LATEX.name(name), formula(value, LATEX), formula(value, LATEX, numbers=True)]
    if texts[1] == TEXT.number(int(value)):  # the result says it
        texts[1], tex[2] = "", ""
    return Working(name, texts[0], texts[1], int(value), (tex[0], tex[1], tex[2]))


def named_shapes(ins: Sequence[Shape], kind: Number = WrittenNumber) -> list[Shape]:
    """Return input shapes as symbols: c_in, h, w, or c_1, h_1, w_1 and so on where there are several."""
    if len(ins) == 1:
        c, h, w = ins[0]
        return [Shape(kind(c, "name", "c_in"), kind(h, "name", "h"), kind(w, "name", "w"))]
    return [
        Shape(*(kind(side, "name", f"{name}_{number}") for name, side in zip("chw", x, strict=True)))
        for number, x in enumerate(ins, 1)
    ]


def named_columns(op: str, args: Mapping[str, Any], kind: Number = WrittenNumber) -> dict[str, Any]:
    """Return an op's columns, defaults filled in, with each number as a symbol."""
    given = {**OPS[op].defaults, **args}
    return {column: _named("c_out" if column == "c" else column, value, kind) for column, value in given.items()}


class _Counted(NamedTuple):
    """What a convention reads of a layer."""

    op: str
    args: Mapping[str, Any]
    cost: Cost
    coding: str


def _named(name: str, value: Any, kind: Number) -> Any:
    """Return a column's value with its numbers as symbols."""
    if isinstance(value, tuple):
        sides = zip(SIDES[len(value)], value, strict=True)
        return tuple(kind(number, "name", f"{name}_{side}") for side, number in sides)
    return kind(value, "name", name) if isinstance(value, int) and not isinstance(value, bool) else value


def _names(value: Any) -> Iterator[Written]:
    """Yield the names in a value's formula, those in a definition before what it defines."""
    if isinstance(value, Written):
        for part in value.args:
            yield from _names(part)
        if value.op == "name":
            yield value


def gathered(steps: Sequence[Working]) -> Iterator[Working]:
    """Yield steps; one of the same formula as another, with the same numbers, goes with it."""
    alike: dict[tuple[Any, ...], list[Working]] = {}
    for step in steps:
        key = (plain(step.name)[0], plain(step.formula), step.numbers, step.value)
        alike.setdefault(key, []).append(step)
    for first, *others in alike.values():
        yield first._replace(also=tuple(other.name for other in others))
