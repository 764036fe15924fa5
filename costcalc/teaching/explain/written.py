"""Formulas as text and as LaTeX: in symbols, or with numbers put in."""

import re
from collections.abc import Callable
from typing import NamedTuple

from costcalc.teaching.explain.formula import WrittenNumber, exact

SUM, QUOTIENT, PRODUCT, ATOM = range(4)  # how tightly a piece holds together


class Style(NamedTuple):
    """How a way of writing puts names, numbers and the parts of a formula; `over` says how tight a fraction is."""

    name: Callable[[str], str]
    number: Callable[[int], str]
    times: str
    fraction: str
    floor: str
    ceil: str
    parted: bool


def _tex_name(name: str) -> str:
    """Return a name in math: `k_h`, a longer index upright, a longer name as text."""
    stem, _, index = name.partition("_")
    if len(stem) > 1 and "'" not in stem:
        return rf"\text{{{name}}}".replace("_", r"\_")
    return f"{stem}_{{\\mathrm{{{index}}}}}" if len(index) > 1 else name


TEXT = Style(str, "{:,}".format, " * ", "{} / {}", "floor({} / {})", "ceil({} / {})", parted=True)
LATEX = Style(
    _tex_name,
    lambda number: f"{number:,}".replace(",", "{,}"),
    r" \cdot ",
    r"\frac{{{}}}{{{}}}",
    r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
    r"\left\lceil \frac{{{}}}{{{}}} \right\rceil",
    parted=False,
)


def formula(value: int, style: Style = TEXT, *, numbers: bool = False) -> str:
    """Return how a value came about, in symbols or with numbers put in; a name means its definition."""
    if isinstance(value, WrittenNumber) and value.op == "name":
        value = value.args[-1] if len(value.args) > 1 else value
    return _FormulaWriter(style, numbers).piece(value)[0]


class _FormulaWriter(NamedTuple):
    """Writes the pieces of one formula."""

    style: Style
    numbers: bool

    def piece(self, value: int) -> tuple[str, int]:
        """Return a value's text and how tightly it holds together."""
        if not isinstance(value, WrittenNumber):
            return self.style.number(value), ATOM if value >= 0 else SUM
        if value.op == "name":
            return self.style.number(int(value)) if self.numbers else self.style.name(value.args[0]), ATOM
        if value.op == "neg":
            return f"-{self.held(value.args[0], PRODUCT)}", SUM
        left, right = value.args
        if value.op == "*":
            return f"{self.factor(left)}{self.style.times}{self.factor(right)}", PRODUCT
        if value.op in ("+", "-"):
            # a - (b + c) keeps its parentheses, a + (b + c) needs none
            return f"{self.held(left, SUM)} {value.op} {self.held(right, QUOTIENT if value.op == '-' else SUM)}", SUM
        return self.quotient(value)

    def quotient(self, value: WrittenNumber) -> tuple[str, int]:
        """Return a division, rounded as it was; one without a rest is a plain fraction."""
        parted = self.style.parted
        over = self.held(value.args[0], PRODUCT if parted else SUM)
        by = self.held(value.args[1], ATOM if parted else SUM)
        if value.op == "ceil":
            return self.style.ceil.format(over, by), ATOM
        if exact(value):
            return self.style.fraction.format(over, by), QUOTIENT if parted else ATOM
        return self.style.floor.format(over, by), ATOM

    def factor(self, value: int) -> str:
        """Return a factor of a product; with numbers put in, a division by 1, or that gives 1, is its value."""
        divided = self.numbers and isinstance(value, WrittenNumber) and value.op == "//" and exact(value)
        if divided and 1 in (int(value), int(value.args[1])):  # type: ignore[attr-defined]
            return self.style.number(int(value))
        return self.held(value, PRODUCT)

    def held(self, value: int, least: int) -> str:
        """Return a piece, in parentheses unless it holds together tightly enough."""
        text, tight = self.piece(value)
        return text if tight >= least else f"({text})"


def plain(text: str) -> str:
    """Return a formula of the columns as that of the rows, so that the two can be compared."""
    turned = text.replace("_w", "_h").replace("p_left", "p_top").replace("p_right", "p_bottom")
    return re.sub(r"\bw\b", "h", turned)
