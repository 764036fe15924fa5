"""The ratio of two costs in closed form: both op runs as polynomials in sizes and channels, what they share cancelled.

Kernels, strides, padding and groups are put in as numbers; channels and the input's size stay names, as in
Howard et al. 2017, arXiv:1704.04861, section 3.1: M and N are the input and output channels, h and w the input's size.
"""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd, lcm
from typing import NamedTuple

from costcalc.common.table import Working
from costcalc.network.metrics import Convention
from costcalc.ops import OPS
from costcalc.ops.shape import Shape
from costcalc.teaching.explain.formula import WrittenNumber, exact
from costcalc.teaching.explain.single import Single
from costcalc.teaching.explain.written import formula

Mono = tuple[str, ...]  # the names that are multiplied, sorted
Poly = Mapping[Mono, Fraction]


class Ratio(NamedTuple):
    """Two polynomials without a common factor that is a number or a name, and what the names stand for."""

    over: Poly
    by: Poly
    values: Mapping[str, int]

    @property
    def value(self) -> Fraction:
        """The ratio at these values."""
        return _at(self.over, self.values) / _at(self.by, self.values)

    @property
    def limit(self) -> tuple[str, Fraction] | None:
        """The one name that there is, and the limit of the ratio as it grows; None where that is not the case."""
        names = {name for poly in (self.over, self.by) for mono in poly for name in mono}
        tops = [max(poly, key=len) for poly in (self.over, self.by)]
        if len(names) != 1 or len(tops[0]) != len(tops[1]):
            return None
        return names.pop(), self.over[tops[0]] / self.by[tops[1]]

    @property
    def closed(self) -> str:
        """The ratio in names, as text."""
        return _side(self, "{} / {}", None)

    def working(self, name: str) -> Working:
        """Return the ratio worked out under a name; a whole number has no formula, a fraction none in names."""
        value = self.value
        result = value.numerator if value.denominator == 1 else round(float(value), 4)
        title = rf"\text{{{name}}}"
        if not self.values and value.denominator == 1:
            return Working(name, "", "", result, (title, "", ""))
        tex = [_side(self, r"\frac{{{}}}{{{}}}", values, r" \cdot ") for values in (None, self.values)]
        numbers = _side(self, "{} / {}", self.values) if self.values else ""
        return Working(name, self.closed, numbers, result, (title, tex[0], tex[1] if self.values else ""))


def ratio(over: Sequence[Single], by: Sequence[Single], convention: Convention) -> Ratio | None:
    """Return what a convention counts for one chain of layers, divided by what it does for another.

    Both read the same input; each layer reads the one before. None where one of them counts nothing.
    """
    cs = sorted({layer.given["c"] for layer in (*over, *by) if "c" in layer.given})
    names = {c: "N" if len(cs) == 1 else f"N_{number}" for number, c in enumerate(cs, 1)}
    forms = _Forms()
    sums = [forms.poly(_total(chain, names, convention)) for chain in (over, by)]
    if not all(sums):
        return None
    left, right = _reduced(*sums)
    used = {name for poly in (left, right) for mono in poly for name in mono}
    return Ratio(left, right, {name: forms.values[name] for name in sorted(used)})


def _total(chain: Sequence[Single], names: Mapping[int, str], convention: Convention) -> int:
    """Return the sum over a chain of layers, whose channels and input size are symbols."""
    c, h, w = chain[0].ins[0]
    x = Shape(WrittenNumber(c, "name", "M"), WrittenNumber(h, "name", "h"), WrittenNumber(w, "name", "w"))
    total = 0
    for layer in chain:
        args = dict(layer.given)
        if "c" in args:
            args["c"] = WrittenNumber(args["c"], "name", names[args["c"]])
        cost = OPS[layer.op].run((x,), args)
        x, total = cost.out, total + convention.of(layer._replace(cost=cost))
    return total


class _Forms:
    """Symbols as polynomials; anything else is an unknown, the same one where the same formula comes again."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.unknowns: dict[tuple[str, frozenset[tuple[Mono, Fraction]]], str] = {}

    def poly(self, value: int) -> Poly:
        """Return a value as a polynomial of names."""
        if not isinstance(value, WrittenNumber):
            return {(): Fraction(value)} if value else {}
        if value.op == "name":
            return self._name(value)
        if value.op == "neg":
            return _times({(): Fraction(-1)}, self.poly(value.args[0]))
        left, right = map(self.poly, value.args)
        if value.op == "*":
            return _times(left, right)
        if value.op in ("+", "-"):
            return _plus(left, right if value.op == "+" else _times({(): Fraction(-1)}, right))
        return self._quotient(value, left, right)

    def _name(self, value: WrittenNumber) -> Poly:
        """Return a name as itself or as its definition; an output side that is a sum is an unknown."""
        name = value.args[0]
        if len(value.args) == 1:
            self.values[name] = int(value)
            return {(name,): Fraction(1)}
        found = self.poly(value.args[1])
        sides = [part for mono in found for part in mono]
        plain = len(found) == 1 and not any("(" in part for part in sides)
        return found if plain or name not in ("h'", "w'") else self._unknown(name, value, found)

    def _quotient(self, value: WrittenNumber, over: Poly, by: Poly) -> Poly:
        """Return a division that leaves no rest whatever the names stand for, or an unknown."""
        (mono, factor), *more = by.items()
        if not more and (parts := [_without(term, mono) for term in over]) and None not in parts:
            divided = {part: times / factor for part, times in zip(parts, over.values(), strict=True)}
            if exact(value) or all(times.denominator == 1 for times in divided.values()):
                return divided  # type: ignore[return-value]
        key = _plus(over, {("/", *mono): factor for mono, factor in by.items()})
        return self._unknown(formula(value), value, key)

    def _unknown(self, name: str, value: WrittenNumber, key: Poly) -> Poly:
        """Return the unknown of a formula; a name that is taken gets a number."""
        known = (value.op, frozenset(key.items()))
        if known not in self.unknowns:
            taken = sum(other.startswith(name) for other in self.unknowns.values())
            self.unknowns[known] = f"{name}_{taken + 1}" if taken else name
            self.values[self.unknowns[known]] = int(value)
        return {(self.unknowns[known],): Fraction(1)}


def _plus(left: Poly, right: Poly) -> Poly:
    total = {mono: left.get(mono, Fraction(0)) + right.get(mono, Fraction(0)) for mono in {**left, **right}}
    return {mono: factor for mono, factor in total.items() if factor}


def _times(left: Poly, right: Poly) -> Poly:
    products = ({tuple(sorted(a + b)): left[a] * right[b]} for a in left for b in right)
    return reduce(_plus, products, {})


def _without(mono: Mono, names: Mono) -> Mono | None:
    """Return a product without some of its factors; None where it lacks one of them."""
    left = list(mono)
    for name in names:
        if name not in left:
            return None
        left.remove(name)
    return tuple(left)


def _reduced(over: Poly, by: Poly) -> tuple[Poly, Poly]:
    """Return both without the names and the whole number that divide every term of the two."""
    monos = [*over, *by]
    shared = [name for name in dict.fromkeys(monos[0]) for _ in range(min(mono.count(name) for mono in monos))]
    factors = [*over.values(), *by.values()]
    scale = Fraction(lcm(*(factor.denominator for factor in factors)), 1)
    scale /= gcd(*(int(factor * scale) for factor in factors))
    divided = [{_without(mono, tuple(shared)): scale * poly[mono] for mono in poly} for poly in (over, by)]
    return divided[0], divided[1]  # type: ignore[return-value]


def _at(poly: Poly, values: Mapping[str, int]) -> Fraction:
    """Return a polynomial's value."""
    terms = (reduce(lambda product, name: product * values[name], mono, factor) for mono, factor in poly.items())
    return sum(terms, Fraction(0))


def _side(ratio: Ratio, fraction: str, values: Mapping[str, int] | None, times: str = " * ") -> str:
    """Return a ratio as text, in names or with values put in."""
    over, by = (_sum(poly, values, times) for poly in (ratio.over, ratio.by))
    if by == "1":
        return over
    if "frac" not in fraction:
        over = f"({over})" if len(ratio.over) > 1 else over
        by = by if re.fullmatch(r"[A-Za-z][\w']*|[\d,]+", by) else f"({by})"
    return fraction.format(over, by)


def _sum(poly: Poly, values: Mapping[str, int] | None, times: str) -> str:
    """Return a polynomial as text, the shortest products first: `9 + N`."""
    terms = sorted(poly.items(), key=lambda term: (len(term[0]), term[0]))
    return " + ".join(_product(mono, factor, values, times) for mono, factor in terms).replace("+ -", "- ")


def _product(mono: Mono, factor: Fraction, values: Mapping[str, int] | None, times: str) -> str:
    """Return a product: `9N`, or `9 * 128` with values put in."""
    if values is not None:
        numbers = [*([int(factor)] if factor != 1 or not mono else []), *(values[name] for name in mono)]
        texts = [f"{number:,}" for number in numbers]
        return times.join(texts if times == " * " else [text.replace(",", "{,}") for text in texts])
    text = times.join(mono)
    return f"{factor}{text}" if factor != 1 or not mono else text
