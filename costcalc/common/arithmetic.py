"""Arithmetic in a stated figure, bounded: `3*3*3*32*112*112`, `2*(64+1)`, `15.47G/568.74M`."""

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

LARGEST = Fraction(10) ** 30
MOST_POWER = 64  # of a power's exponent
PREFIXES = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?P<prefix>[kKMGT]?)"
    r"(?![A-Za-z0-9.]*[A-WYZa-wyz.])|(?P<sign>\*\*|[-+*/^()xX]))",
    re.ASCII,
)
_SIGNS = {"x": "*", "X": "*", "**": "^"}


class Computed(NamedTuple):
    """What an expression gives, and its factors where it is one product."""

    value: Fraction
    factors: tuple[Fraction, ...]


class _Tokens:
    """The tokens of an expression, read from the left."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    def next(self, *wanted: str) -> "str | Fraction | None":
        """Return the next token, and pass it, if it is one of these signs; without any, a number."""
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        fits = token in wanted if wanted else isinstance(token, Fraction)
        self.place += fits
        return token if fits else None


def _tokens(text: str) -> Iterator[str | Fraction]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise ValueError(f"{text[place:]!r} cannot be computed")
        place = match.end()
        if match["sign"]:
            yield _SIGNS.get(match["sign"], match["sign"])
        else:
            yield Fraction(match["number"].replace(",", "")) * PREFIXES[match["prefix"]]


def compute(text: str) -> Computed:
    """Return what an expression gives; raise ValueError for anything else, or for a result that is too large."""
    if re.match(r"\s*0[xX]", text):
        raise ValueError("hexadecimal numbers are not read")
    tokens = _Tokens(text)
    value, factors = _sum(tokens)
    if tokens.place < len(tokens.tokens) or len(tokens.tokens) < 2:
        raise ValueError("not an expression")
    if value < 0:
        raise ValueError("a figure is not negative")
    return Computed(value, factors)


def _sum(tokens: _Tokens) -> tuple[Fraction, tuple[Fraction, ...]]:
    value, factors = _product(tokens)
    while sign := tokens.next("+", "-"):
        more = _product(tokens)[0]
        value, factors = _bounded(value + more if sign == "+" else value - more), ()
    return value, factors


def _product(tokens: _Tokens) -> tuple[Fraction, tuple[Fraction, ...]]:
    value, factors = _power(tokens)
    while sign := tokens.next("*", "/"):
        more, inner = _power(tokens)
        if sign == "/" and not more:
            raise ValueError("a division by 0")
        value = _bounded(value * more if sign == "*" else value / more)
        factors = (*factors, *inner) if sign == "*" and factors and inner else ()
    return value, factors


def _power(tokens: _Tokens) -> tuple[Fraction, tuple[Fraction, ...]]:
    base, factors = _atom(tokens)
    if not tokens.next("^"):
        return base, factors
    negative = bool(tokens.next("-"))
    exponent = _power(tokens)[0]
    if exponent.denominator != 1 or exponent > MOST_POWER or (negative and not base):
        raise ValueError("a power that is too large")
    size = int(exponent)
    if size * len(str(max(base.numerator, base.denominator))) > 2 * MOST_POWER:
        raise ValueError("a power that is too large")
    value = _bounded(base**size)
    return (1 / value, ()) if negative else (value, (base,) * size if 1 <= size <= 3 else (value,))


def _atom(tokens: _Tokens) -> tuple[Fraction, tuple[Fraction, ...]]:
    number = tokens.next()
    if isinstance(number, Fraction):
        return number, (number,)
    if not tokens.next("("):
        raise ValueError("a number is missing")
    value, factors = _sum(tokens)
    if not tokens.next(")"):
        raise ValueError("`)` is missing")
    return value, factors or (value,)


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > LARGEST:
        raise ValueError("a result that is too large")
    return value
