"""How the code of a trace is said in a language: Python, which runs here, and JavaScript, which a page runs."""

from collections.abc import Mapping
from typing import NamedTuple

PLAIN = -1  # what code returns where only the plain way can say the result


class UnsayableError(ValueError):
    """Raised for an operation that a language does not compute to the last bit as Python does."""


class Vocabulary(NamedTuple):
    """The words of a language: patterns for choices and cells, and what is between factors and between summands.

    `calls` are operations on one operand, `signs` those on two by (sign, whether the result is a whole number), None
    where the language cannot say them; those that are not here are written as in Python.
    """

    select: str
    cell: str
    times: str
    plus: str
    calls: Mapping[str, str]
    signs: Mapping[tuple[str, bool], str | None]

    def binary(self, op: str, left: str, right: str, *, whole: bool) -> str:
        """Return an operation on two operands; raise UnsayableError for one that would differ."""
        pattern = self.signs.get((op, whole), f"{{}} {op} {{}}")
        if pattern is None:
            raise UnsayableError(op)
        return pattern.format(left, right)

    def cell_in(self, text: str) -> int | None:
        """Return the cell that a text names, if that is all it does."""
        before, after = self.cell.split("{}")
        number = text.removeprefix(before).removesuffix(after)
        return int(number) if number.isdigit() and self.cell.format(number) == text else None


PYTHON = Vocabulary(
    select="{1} if {0} else {2}",
    cell="cell({})",
    times=" * ",
    plus=" + ",
    calls={
        "int": "int({})",
        "floor": "floor({})",
        "ceil": "ceil({})",
        "round": "round({})",
        "neg": "-{}",
        "abs": "abs({})",
    },
    signs={},
)

# `quotient` and `remainder` of whole numbers, `over` and `rest` of others and `even` are functions of `engine.js`: they
# divide and round as Python does. A float power is Python's own, and has no equal.
JAVASCRIPT = Vocabulary(
    select="{0}?{1}:{2}",
    cell="$({})",
    times="*",
    plus="+",
    calls={
        "int": "Math.trunc({})",
        "floor": "Math.floor({})",
        "ceil": "Math.ceil({})",
        "round": "even({})",
        "neg": "-{}",
        "abs": "Math.abs({})",
    },
    signs={
        ("//", True): "quotient({},{})",
        ("%", True): "remainder({},{})",
        ("//", False): "over({},{})",
        ("%", False): "rest({},{})",
        ("**", False): None,
        ("**", True): None,
        **{(sign, whole): f"{{}}{sign}{{}}" for sign in ("+", "-", "*", "/", "<", "<=") for whole in (True, False)},
        ("==", True): "{}==={}",
        ("==", False): "{}==={}",
    },
)
