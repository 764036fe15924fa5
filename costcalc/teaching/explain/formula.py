"""Symbol: a whole number that remembers how it came about, as it was written."""

from typing import Any


class WrittenNumber(int):
    """A whole number that computes, compares and prints like its value, and keeps the operations that led to it.

    `op` is `name` (args: the name and, where it has one, its definition), `+`, `-`, `*`, `//`, `ceil` (of a quotient)
    or `neg`; plain integers stand for themselves. What no operation here records (a remainder, a choice by `max`)
    leaves a value that is right and a formula that has it as a number.
    """

    op: str
    args: tuple[Any, ...]

    def __new__(cls, value: int, op: str, *args: Any) -> "WrittenNumber":  # noqa: PYI034 - there are no symbols of another kind
        """Return a symbol of a value."""
        symbol = super().__new__(cls, value)
        symbol.op, symbol.args = op, args
        return symbol

    def called(self, name: str) -> "WrittenNumber":
        """Return this value under a name that formulas show in place of its own formula."""
        return WrittenNumber(self, "name", name, self)

    def __add__(self, other: int) -> int:
        return self if _is(other, 0) else WrittenNumber(int(self) + int(other), "+", self, other)

    def __radd__(self, other: int) -> int:
        return self if _is(other, 0) else WrittenNumber(int(other) + int(self), "+", other, self)

    def __sub__(self, other: int) -> int:
        return self if _is(other, 0) else WrittenNumber(int(self) - int(other), "-", self, other)

    def __rsub__(self, other: int) -> int:
        return WrittenNumber(int(other) - int(self), "-", other, self)

    def __mul__(self, other: int) -> int:
        return _product(self, other)

    def __rmul__(self, other: int) -> int:
        return _product(other, self)

    def __floordiv__(self, other: int) -> int:
        return WrittenNumber(int(self) // int(other), "//", self, other)

    def __rfloordiv__(self, other: int) -> int:
        return WrittenNumber(int(other) // int(self), "//", other, self)

    def __neg__(self) -> "WrittenNumber":
        if self.op == "//" and getattr(self.args[0], "op", "") == "neg":  # -(-a // b) is a / b, rounded up
            return WrittenNumber(-int(self), "ceil", self.args[0].args[0], self.args[1])
        return WrittenNumber(-int(self), "neg", self)


def exact(symbol: WrittenNumber) -> bool:
    """Return whether a quotient is one by construction: its numerator a name or a product, and nothing left over."""
    over, by = symbol.args
    return getattr(over, "op", "name") in ("name", "*") and int(over) % int(by) == 0


def _is(value: int, number: int) -> bool:
    """Return whether a value is this number and no symbol."""
    return type(value) is int and value == number


def _product(left: int, right: int) -> int:
    """Return left * right; a plain 1 leaves no trace, a plain 0 leaves nothing else."""
    if _is(left, 0) or _is(right, 0):
        return 0
    if _is(left, 1) or _is(right, 1):
        return right if _is(left, 1) else left
    return WrittenNumber(int(left) * int(right), "*", left, right)
