"""The formulas of a layer whose sizes are symbols of a trace: trees that hold wherever the trace does."""

from collections.abc import Iterator
from typing import Any

from costcalc.network.metrics import Measure
from costcalc.network.model import PARAMETERS, Layer
from costcalc.teaching.explain import arranged, counts_of
from costcalc.teaching.explain.formula import Written

Tree = Any  # a number or symbol as it is, or (op, value, operands): ("name", value, its name)


class WrittenSymbol(Written):
    """A number that may be a symbol, and keeps the operations that led to it; what is compared is compared as symbols.

    It gives itself out as an int, as symbols do.
    """

    def __init__(self, value: Any, op: str, *args: Any) -> None:
        self.value = self.bare(value)
        self.op, self.args = op, args

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return int

    def made(self, value: Any, op: str, *args: Any) -> "WrittenSymbol":
        """Return a number of this kind."""
        return WrittenSymbol(value, op, *args)

    def bare(self, number: Any) -> Any:
        """Return a number without what it remembers."""
        return number.value if type(number) is WrittenSymbol else number

    def __mod__(self, other: Any) -> Any:
        return self.value % self.bare(other)

    def __rmod__(self, other: Any) -> Any:
        return other % self.value

    def __eq__(self, other: object) -> Any:
        return self.value == self.bare(other)

    def __ne__(self, other: object) -> Any:
        return self.value != self.bare(other)

    def __lt__(self, other: Any) -> Any:
        return self.value < self.bare(other)

    def __le__(self, other: Any) -> Any:
        return self.value <= self.bare(other)

    def __gt__(self, other: Any) -> Any:
        return self.value > self.bare(other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= self.bare(other)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __index__(self) -> int:
        return int(self.value.__index__())

    __int__ = __trunc__ = __index__


def lines_of(layer: Layer, measure: Measure) -> Iterator[tuple[str, str, Tree]]:
    """Yield (part, name, formula) of a layer's workings, as `explain` orders them; its numbers may be symbols."""
    cost = counts_of(layer.op, layer.ins, layer.args, WrittenSymbol)
    left = PARAMETERS if layer.shares else ()
    for part, name, value in arranged(layer, cost, measure, WrittenSymbol, left):
        defined = type(value) is WrittenSymbol and value.op == "name" and len(value.args) > 1
        yield part, name, tree_of(value.args[1] if defined else value)


def tree_of(value: Any) -> Tree:
    """Return how a value came about; what a name means is a line of its own."""
    if type(value) is not WrittenSymbol:
        return value
    operands = value.args[:1] if value.op == "name" else tuple(map(tree_of, value.args))
    return (value.op, value.value, *operands)
