"""Whole numbers as sums of products of unknowns, and the operands, conditions and unknowns that a trace is made of."""

from collections.abc import Mapping
from math import gcd
from typing import Any, NamedTuple

Mono = tuple[int, ...]  # the numbers of the unknowns that are multiplied, sorted; empty for the constant
Terms = Mapping[Mono, int]  # each product's factor; whole numbers are exact, so their sums may be put in any order
NOTHING: Terms = {}


class Poly(NamedTuple):
    """A whole-number operand: terms as a sorted tuple, so that equal ones are found again."""

    terms: tuple[tuple[Mono, int], ...]


class RealTerm(NamedTuple):
    """A floating-point operand: an unknown by its number."""

    number: int


class Literal(NamedTuple):
    """A floating-point operand: a constant, as text, so that -0.0 is not 0.0."""

    text: str


Operand = Poly | RealTerm | Literal


class Cond(NamedTuple):
    """A comparison: `op` is `<`, `<=` or `==`; of whole numbers `<` or `==`, the constant all on the right."""

    op: str
    left: Operand
    right: Operand


class Atom(NamedTuple):
    """An unknown: an input, or an operation that no sum of products can say; `whole` if it is an integer."""

    op: str
    args: tuple[Any, ...]
    whole: bool


def terms_of(number: int) -> Terms:
    """Return a constant as terms."""
    return {(): number} if number else NOTHING


def frozen(terms: Terms) -> Poly:
    """Return terms as an operand."""
    return Poly(tuple(sorted(terms.items())))


def without(mono: Mono, number: int) -> Mono:
    """Return a product without one factor of this number."""
    at = mono.index(number)
    return (*mono[:at], *mono[at + 1 :])


def plus(left: Terms, right: Terms, factor: int = 1) -> Terms:
    """Return left + factor * right."""
    total = dict(left)
    for mono, times_ in right.items():
        value = total.get(mono, 0) + factor * times_
        if value:
            total[mono] = value
        else:
            total.pop(mono, None)
    return total


def times(left: Terms, right: Terms) -> Terms:
    """Return the product, multiplied out."""
    total: dict[Mono, int] = {}
    for mono, factor in left.items():
        for other, factor_ in right.items():
            product = tuple(sorted(mono + other)) if mono and other else mono or other
            total[product] = total.get(product, 0) + factor * factor_
    return {mono: factor for mono, factor in total.items() if factor}


def halves(terms: Terms, by: int) -> tuple[Terms, Terms]:
    """Return (quotient, rest) with terms = by * quotient + rest, as much in the quotient as divides without a doubt.

    (by * q + r) // by = q + r // by and (by * q + r) % by = r % by hold for all whole numbers.
    """
    plain = {mono: factor for mono, factor in terms.items() if mono}
    constant = terms.get((), 0)
    if any(factor % by for factor in plain.values()):
        return terms_of(constant // by), plus(plain, terms_of(constant % by))
    whole = {mono: factor // by for mono, factor in plain.items()}
    return plus(whole, terms_of(constant // by)), terms_of(constant % by)


def leading(terms: Terms) -> int:
    """Return the sign of the first product's factor: 1, -1, or 0 where there are only constants."""
    first = min((mono for mono in terms if mono), default=None)
    return 0 if first is None else 1 if terms[first] > 0 else -1


def below_zero(terms: Terms) -> tuple[Cond | None, bool]:
    """Return `terms < 0` as (condition, whether it is to hold), in one form for all that say the same.

    Without products the truth is alone, without a condition.
    """
    sign = leading(terms)
    plain, constant = {mono: sign * factor for mono, factor in terms.items() if mono}, terms.get((), 0)
    if not plain:
        return None, constant < 0
    shared = gcd(*plain.values())
    plain = {mono: factor // shared for mono, factor in plain.items()}
    # shared * plain + constant < 0, or -shared * plain + constant < 0
    bound = -(constant // shared) if sign > 0 else constant // shared + 1
    return Cond("<", frozen(plain), frozen(terms_of(bound))), sign > 0


def is_zero(terms: Terms) -> tuple[Cond | None, bool]:
    """Return `terms == 0` as (condition, whether it is to hold), in one form for all that say the same."""
    sign = leading(terms)
    plain, constant = {mono: sign * factor for mono, factor in terms.items() if mono}, sign * terms.get((), 0)
    if not plain:
        return None, not terms
    shared = gcd(*plain.values())
    if constant % shared:
        return None, False
    plain = {mono: factor // shared for mono, factor in plain.items()}
    return Cond("==", frozen(plain), frozen(terms_of(-constant // shared))), True
