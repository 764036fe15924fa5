"""Numbers that remember how they came about, as it was written."""

from typing import Any


class Written:
    """What a number keeps of the operations that led to it.

    `op` is `name` (args: the name and, where it has one, its definition), `+`, `-`, `*`, `//`, `ceil` (of a quotient)
    or `neg`; plain integers stand for themselves. What no operation here records (a remainder, a choice by `max`)
    leaves a value that is right and a formula that has it as a number.
    """

    op: str
    args: tuple[Any, ...]

    def made(self, value: Any, op: str, *args: Any) -> Any:
        """Return a number of this kind."""
        raise NotImplementedError

    def bare(self, number: Any) -> Any:
        """Return a number without what it remembers."""
        raise NotImplementedError

    def called(self, name: str) -> Any:
        """Return this value under a name that formulas show in place of its own formula."""
        return self.made(self, "name", name, self)

    def __add__(self, other: Any) -> Any:
        return self if _is(other, 0) else self.made(self.bare(self) + self.bare(other), "+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self if _is(other, 0) else self.made(self.bare(other) + self.bare(self), "+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self if _is(other, 0) else self.made(self.bare(self) - self.bare(other), "-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.made(self.bare(other) - self.bare(self), "-", other, self)

    def __mul__(self, other: Any) -> Any:
        return self.product(self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.product(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return self.made(self.bare(self) // self.bare(other), "//", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return self.made(self.bare(other) // self.bare(self), "//", other, self)

    def __neg__(self) -> Any:
        if self.op == "//" and getattr(self.args[0], "op", "") == "neg":  # -(-a // b) is a / b, rounded up
            return self.made(-self.bare(self), "ceil", self.args[0].args[0], self.args[1])
        return self.made(-self.bare(self), "neg", self)

    def product(self, left: Any, right: Any) -> Any:
        """Return left * right; a plain 1 leaves no trace, a plain 0 leaves nothing else."""
        if _is(left, 0) or _is(right, 0):
            return 0
        if _is(left, 1) or _is(right, 1):
            return right if _is(left, 1) else left
        return self.made(self.bare(left) * self.bare(right), "*", left, right)


class WrittenNumber(Written, int):
    """A whole number that computes, compares and prints like its value, and keeps the operations that led to it."""

    def __new__(cls, value: int, op: str, *args: Any) -> "WrittenNumber":  # noqa: PYI034 - there are no others
        """Return a number of a value."""
        symbol = super().__new__(cls, value)
        symbol.op, symbol.args = op, args
        return symbol

    def made(self, value: Any, op: str, *args: Any) -> "WrittenNumber":
        """Return a number of this kind."""
        return WrittenNumber(value, op, *args)

    def bare(self, number: Any) -> int:
        """Return a number without what it remembers."""
        return int(number)


def exact(symbol: Written) -> bool:
    """Return whether a quotient is one by construction: its numerator a name or a product, and nothing left over."""
    over, by = symbol.args
    return getattr(over, "op", "name") in ("name", "*") and int(over) % int(by) == 0


def _is(value: Any, number: int) -> bool:
    """Return whether a value is this number, without a formula of its own."""
    return not isinstance(value, Written) and bool(value == number)
