"""Errors carried forward, and credit for answers that are wrong in a known way or near the right value."""

from collections.abc import Mapping
from fractions import Fraction
from operator import add, mul, sub, truediv
from typing import Any

from costcalc.causes import Found
from costcalc.causes.answers import Answer, Judged, Key, StatedSize, as_asked
from costcalc.common.errors import SpecError, listing, quote
from costcalc.common.printed import Figure
from costcalc.language.expr import Value
from costcalc.language.settings import constant
from costcalc.ops.shape import Shape
from costcalc.teaching.assignments import Credit, Question

WAYS = (mul, add, truediv, sub)  # in which two values may give a third


def credited(credit: Credit, question: Question, answer: Answer, key: Key, result: Judged, found: Found) -> Fraction:
    """Return the share of the points for an answer that is not right: the largest that any word of `credit` gives.

    Of a way of two mistakes it is the product; bounds of digits and tolerances are included.
    """
    shares = [Fraction(0)]
    answer = meant(answer, question.dimension)
    if isinstance(answer, Figure) and isinstance(key, Fraction) and result.verdict in ("wrong", "rounded"):
        same = as_asked(answer, question.ask)
        shares += [share for tolerance, share in credit.near if tolerance.admits(same, key)]
    for way in found.ways:
        share = Fraction(1)
        for mistake in way.mistakes:
            share *= credit.mistakes.get(mistake.name, Fraction(0))
        shares.append(share)
    return max(shares)


def meant(answer: Answer, dimension: str) -> Answer:
    """Return an answer as it is meant: of a share, a bare number above 1 in per cent."""
    bare = isinstance(answer, Figure) and not answer.unit and answer.value > 1 and dimension == "share"
    return answer._replace(unit="%") if bare and isinstance(answer, Figure) else answer


def amount(value: "Answer | Key") -> Fraction:
    """Return a value as a number: of a size, its elements."""
    if isinstance(value, StatedSize):
        size = Fraction(1)
        for side in value.sides:
            size *= side
        return size
    return Fraction(value.size) if isinstance(value, Shape) else value.value if isinstance(value, Figure) else value


def carried(
    question: Question, key: Key, keys: Mapping[str, Key], own: Mapping[str, Fraction], values: Mapping[str, Value]
) -> Fraction:
    """Return what the method of a question gives on some values of the questions that it follows.

    `keys` are the right values, `own` those to start from. The method is `by`; without it the value is taken to be in
    proportion to the one that it follows, or the product, sum, quotient or difference of two.
    """
    follows = question.follows
    assert follows is not None
    if follows.cell is not None:
        names: dict[str, Any] = {name: int(x) if x.denominator == 1 else float(x) for name, x in own.items()}
        found = constant(follows.cell, {**values, **names}, frozenset())
        if isinstance(found, (bool, str, tuple)):
            raise SpecError("a number is expected", follows.cell.mark)
        return Fraction(str(found)) if isinstance(found, float) else Fraction(found)
    before = [amount(keys[name]) for name in follows.names]
    after = [own[name] for name in follows.names]
    if len(before) == 1:
        return amount(key) / before[0] * after[0]
    way = next(way for way in WAYS if _comes_to(way, before, amount(key)))
    return Fraction(0) if way is truediv and not after[1] else Fraction(way(*after))


def check_method(question: Question, key: Key, keys: Mapping[str, Key], values: Mapping[str, Value]) -> None:
    """Raise SpecError where the method of a question that follows others does not give its right value on theirs."""
    follows = question.follows
    if follows is None:
        return
    before = {name: amount(keys[name]) for name in follows.names}
    if follows.cell is not None:
        found = amount(carried(question, key, keys, before, values))
        if abs(found - amount(key)) > abs(amount(key)) / 10**9:
            sentence = f"`by` gives {float(found):,.12g} on the right values of {listing(follows.names)}"
            raise SpecError(f"{sentence}, and the right value is {float(amount(key)):,.12g}", follows.cell.mark)
        return
    numbers = list(before.values())
    if len(numbers) == 1:
        ratio = amount(key) / numbers[0] if numbers[0] else Fraction(1, 7)
        known = ratio and 1 in (ratio.denominator, ratio.numerator)
    else:
        known = any(_comes_to(way, numbers, amount(key)) for way in WAYS)
    if not known:
        sentence = f"how {quote(question.id)} follows from {listing(follows.names)} is not known: add `by`, such as"
        raise SpecError(f"{sentence} `by: {follows.names[0]} * 2`", follows.mark)


def _comes_to(way: Any, numbers: list[Fraction], key: Fraction) -> bool:
    return not (way is truediv and not numbers[1]) and Fraction(way(*numbers)) == key
