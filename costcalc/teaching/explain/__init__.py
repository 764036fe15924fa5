"""How a layer's counts come about: its op's own function, run on named symbols, writes the formulas."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.common.table import Working
from costcalc.network.metrics import Convention, Counted
from costcalc.ops import COUNT_NAMES, OPS, Cost
from costcalc.ops.shape import Shape
from costcalc.teaching.explain.formula import WrittenNumber
from costcalc.teaching.explain.written import LATEX, TEXT, formula, plain

SIDES = {2: ("h", "w"), 4: ("top", "bottom", "left", "right")}  # of a column that is a size


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
    counts = [(name, getattr(cost, name)) for name in COUNT_NAMES if getattr(cost, name)]
    values = (*cost.out, *(value for _, value in counts))
    names = {symbol.args[0]: symbol for value in values for symbol in _names(value)}
    steps = [working(name, symbol) for name, symbol in names.items() if len(symbol.args) > 1]
    return Worked(
        cost,
        tuple((name, int(symbol)) for name, symbol in names.items() if len(symbol.args) == 1),
        tuple(_gathered(steps)),
        tuple(working(name, value) for name, value in counts),
    )


def symbolic(op: str, ins: Sequence[Shape], args: Mapping[str, Any]) -> Cost:
    """Return the cost of a layer whose numbers remember how they came about; raise what the op raises."""
    return OPS[op].run(named_shapes(ins), named_columns(op, args))


def summed(convention: Convention, layer: Counted) -> int:
    """Return what a convention counts for a layer, as a symbol that has the counts as its names."""
    counts = {name: getattr(layer.cost, name) for name in COUNT_NAMES}
    named: dict[str, Any] = {name: WrittenNumber(count, "name", name) for name, count in counts.items() if count}
    return convention.of(_Counted(layer.op, layer.args, layer.cost._replace(**named), layer.coding))


def working(name: str, value: int) -> Working:
    """Return a value worked out: in symbols, with numbers put in, and its result."""
    texts = [formula(value, TEXT), formula(value, TEXT, numbers=True)]
    tex = [LATEX.name(name), formula(value, LATEX), formula(value, LATEX, numbers=True)]
    if texts[1] == TEXT.number(int(value)):  # the result says it
        texts[1], tex[2] = "", ""
    return Working(name, texts[0], texts[1], int(value), (tex[0], tex[1], tex[2]))


def named_shapes(ins: Sequence[Shape]) -> list[Shape]:
    """Return input shapes as symbols: c_in, h, w, or c_1, h_1, w_1 and so on where there are several."""
    if len(ins) == 1:
        c, h, w = ins[0]
        return [Shape(WrittenNumber(c, "name", "c_in"), WrittenNumber(h, "name", "h"), WrittenNumber(w, "name", "w"))]
    return [
        Shape(*(WrittenNumber(side, "name", f"{name}_{number}") for name, side in zip("chw", x, strict=True)))
        for number, x in enumerate(ins, 1)
    ]


def named_columns(op: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return an op's columns, defaults filled in, with each number as a symbol."""
    given = {**OPS[op].defaults, **args}
    return {column: _named("c_out" if column == "c" else column, value) for column, value in given.items()}


class _Counted(NamedTuple):
    """What a convention reads of a layer."""

    op: str
    args: Mapping[str, Any]
    cost: Cost
    coding: str


def _named(name: str, value: Any) -> Any:
    """Return a column's value with its numbers as symbols."""
    if isinstance(value, tuple):
        sides = zip(SIDES[len(value)], value, strict=True)
        return tuple(WrittenNumber(number, "name", f"{name}_{side}") for side, number in sides)
    return WrittenNumber(value, "name", name) if type(value) is int else value


def _names(value: int) -> Iterator[WrittenNumber]:
    """Yield the names in a value's formula, those in a definition before what it defines."""
    if isinstance(value, WrittenNumber):
        for part in value.args:
            yield from _names(part)
        if value.op == "name":
            yield value


def _gathered(steps: Sequence[Working]) -> Iterator[Working]:
    """Yield steps; one of the same formula as another, with the same numbers, goes with it."""
    alike: dict[tuple[Any, ...], list[Working]] = {}
    for step in steps:
        key = (plain(step.name)[0], plain(step.formula), step.numbers, step.value)
        alike.setdefault(key, []).append(step)
    for first, *others in alike.values():
        yield first._replace(also=tuple(other.name for other in others))
