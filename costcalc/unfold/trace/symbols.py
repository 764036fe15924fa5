"""Symbolic numbers: they compute like the numbers that they carry, and note what was done to them."""

import math
import operator
from collections.abc import Callable
from typing import Any

from costcalc.unfold.trace.recorder import FLOAT_OPS, Bounds, Recorder, difference
from costcalc.unfold.trace.terms import (
    Cond,
    Literal,
    Operand,
    Poly,
    RealTerm,
    Terms,
    frozen,
    halves,
    leading,
    plus,
    terms_of,
    times,
)

MAX_POWER = 4  # of a whole unknown that is multiplied out
MAX_TERMS = 48  # of a product that is multiplied out; a longer one is an unknown of its own


class Symbol:
    """A number of this run and the expression it came from.

    It gives itself out as an int or a float (`__class__`), but is not a subclass of them: C code would read the value
    of a subclass in silence, and a plain float on the left would compute with it before it is asked. What asks for the
    plain value (an index, a hash, a text) gets it, and a guard holds the trace to that value.
    """

    __slots__ = ("recorder", "value")

    recorder: Recorder
    value: Any

    def operand(self) -> Operand:
        """Return the expression."""
        raise NotImplementedError

    def pinned(self) -> Any:
        """Return the plain value, which is a constant of this trace from here on."""
        raise NotImplementedError

    def __hash__(self) -> int:
        return hash(self.pinned())

    def __str__(self) -> str:
        return self.__format__("")

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        place = self.recorder.placeholder(self.operand(), spec)
        return format(self.pinned(), spec) if place is None else place

    def __float__(self) -> float:
        return float(self.pinned())

    def __int__(self) -> int:
        return int(self.pinned())

    def __eq__(self, other: object) -> Any:
        return compare("==", self, other)

    def __ne__(self, other: object) -> Any:
        same = compare("==", self, other)
        return same if same is NotImplemented else not same

    def __lt__(self, other: object) -> Any:
        return compare("<", self, other)

    def __le__(self, other: object) -> Any:
        return compare("<=", self, other)

    def __gt__(self, other: object) -> Any:
        return compare("<", other, self)

    def __ge__(self, other: object) -> Any:
        return compare("<=", other, self)

    def __bool__(self) -> bool:
        return not compare("==", self, 0)

    def __truediv__(self, other: Any) -> Any:
        return real("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return real("/", other, self)

    def __pos__(self) -> "Symbol":
        return self


class Integer(Symbol):
    """A symbolic int: a sum of products of unknowns."""

    __slots__ = ("known", "named", "terms")

    def __init__(self, recorder: Recorder, value: int, terms: Terms) -> None:
        self.recorder = recorder
        self.value = value
        self.terms = terms
        self.named: Operand | None = None
        self.known: Bounds = None  # bounds that hold whatever way is walked; closer ones may be known by now

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return int

    def operand(self) -> Operand:
        """Return the sum."""
        if self.named is None:
            self.named = frozen(self.terms)
        return self.named

    def pinned(self) -> Any:
        """Return the plain value, which is a constant of this trace from here on."""
        self.recorder.zero(difference(self.terms, terms_of(self.value)), concrete=True, forkable=False)
        return self.value

    def __index__(self) -> int:
        return int(self.pinned())

    @property
    def numerator(self) -> int:
        """The plain value: a fraction is made of constants."""
        return int(self.pinned())

    @property
    def denominator(self) -> int:
        """The divisor of a whole number."""
        return 1

    def settled(self, op: str, other: int) -> bool | None:
        """Return a comparison with a constant where the bounds settle it, as they do most checks of columns."""
        if self.known is None:
            ends = self.recorder.sum_bounds(self.terms.items())
            if self.recorder.path is None:
                self.known = ends
        else:
            ends = self.known
        if ends is None:
            return None
        if op == "==":
            return False if other < ends[0] or other > ends[1] else None
        if ends[1] < other or (op == "<=" and ends[1] == other):
            return True
        return False if ends[0] > other or (op == "<" and ends[0] == other) else None

    def __add__(self, other: Any) -> Any:
        if type(other) is int and not other:  # as every sum begins
            return self
        terms = terms_in(other)
        return real("+", self, other) if terms is None else self._sum(plain(other), terms, 1)

    def __radd__(self, other: Any) -> Any:
        return real("+", other, self) if terms_in(other) is None else self + other

    def __sub__(self, other: Any) -> Any:
        terms = terms_in(other)
        return real("-", self, other) if terms is None else self._sum(plain(other), terms, -1)

    def __rsub__(self, other: Any) -> Any:
        return real("-", other, self) if terms_in(other) is None else -self + other

    def __mul__(self, other: Any) -> Any:
        own = self.terms
        if type(other) is int and other:
            scaled = own if other == 1 else {mono: factor * other for mono, factor in own.items()}
            return Integer(self.recorder, self.value * other, scaled)
        terms = terms_in(other)
        if terms is None:
            return real("*", self, other)
        if len(own) * len(terms) > MAX_TERMS and len(own) > 1 and len(terms) > 1:
            own, terms = lone(self.recorder, own), lone(self.recorder, terms)
        return Integer(self.recorder, self.value * plain(other), times(own, terms))

    def __rmul__(self, other: Any) -> Any:
        return real("*", other, self) if terms_in(other) is None else self * other

    def __floordiv__(self, other: Any) -> Any:
        return real("//", self, other) if terms_in(other) is None else divided("//", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return real("//", other, self) if terms_in(other) is None else divided("//", other, self)

    def __mod__(self, other: Any) -> Any:
        return real("%", self, other) if terms_in(other) is None else divided("%", self, other)

    def __rmod__(self, other: Any) -> Any:
        return real("%", other, self) if terms_in(other) is None else divided("%", other, self)

    def __pow__(self, other: Any) -> Any:
        if type(other) is not int or not 0 <= other <= MAX_POWER:
            return self.pinned() ** unpinned(other)
        result: Any = 1
        for _ in range(other):
            result = self * result
        return result

    def __rpow__(self, other: Any) -> Any:
        return other ** self.pinned()

    def __neg__(self) -> "Integer":
        return Integer(self.recorder, -self.value, plus({}, self.terms, -1))

    def __abs__(self) -> "Integer":
        return -self if self < 0 else self

    def __trunc__(self) -> "Integer":
        return self

    def __floor__(self) -> "Integer":
        return self

    def __ceil__(self) -> "Integer":
        return self

    def __round__(self) -> "Integer":
        return self

    def _sum(self, value: int, terms: Terms, factor: int) -> "Integer":
        return Integer(self.recorder, self.value + factor * value, plus(self.terms, terms, factor))


class Real(Symbol):
    """A symbolic float: an unknown, since operations on floats may not change their order."""

    __slots__ = ("number",)

    def __init__(self, recorder: Recorder, value: float, number: int) -> None:
        self.recorder = recorder
        self.value = value
        self.number = number

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return float

    def operand(self) -> Operand:
        """Return the unknown."""
        return RealTerm(self.number)

    def pinned(self) -> Any:
        """Return the plain value, which is a constant of this trace from here on."""
        same = Cond("==", self.operand(), Literal(repr(self.value)))
        self.recorder.truth(same, concrete=True, forkable=False)
        return self.value

    def __add__(self, other: Any) -> Any:
        return real("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return real("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return real("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return real("-", other, self)

    def __mul__(self, other: Any) -> Any:
        return real("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return real("*", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return real("//", self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return real("//", other, self)

    def __mod__(self, other: Any) -> Any:
        return real("%", self, other)

    def __rmod__(self, other: Any) -> Any:
        return real("%", other, self)

    def __pow__(self, other: Any) -> Any:
        small = type(other) is int and 0 <= other <= MAX_POWER  # which a float takes to a float, whatever its sign
        return real("**", self, other) if small else self.pinned() ** unpinned(other)

    def __rpow__(self, other: Any) -> Any:
        return other ** self.pinned()

    def __neg__(self) -> "Real":
        return self._unary("neg", -self.value)

    def __abs__(self) -> "Real":
        return self._unary("abs", abs(self.value))

    def __trunc__(self) -> Integer:
        return self._rounded("int", math.trunc(self.value))

    def __floor__(self) -> Integer:
        return self._rounded("floor", math.floor(self.value))

    def __ceil__(self) -> Integer:
        return self._rounded("ceil", math.ceil(self.value))

    def __round__(self) -> Integer:
        return self._rounded("round", round(self.value))

    def _unary(self, op: str, value: float) -> "Real":
        return Real(self.recorder, value, self.recorder.atom(op, (self.operand(),), whole=False))

    def _rounded(self, op: str, value: int) -> Integer:
        return unknown(self.recorder, value, self.recorder.atom(op, (self.operand(),), whole=True))


def unknown(recorder: Recorder, value: int, number: int) -> Integer:
    """Return a symbolic int that is one unknown."""
    return Integer(recorder, value, {(number,): 1})


def is_symbol(value: object) -> bool:
    """Return whether a value is symbolic; `isinstance` would have the type that it gives itself out as."""
    return type(value) is Integer or type(value) is Real


def plain(value: Any) -> Any:
    """Return the number that a value has in this run."""
    return value.value if is_symbol(value) else value


def unpinned(value: Any) -> Any:
    """Return a value as a constant of this trace."""
    return value.pinned() if is_symbol(value) else value


def terms_in(value: Any) -> Terms | None:
    """Return the terms of a whole number, symbolic or not; None for any other value."""
    if type(value) is Integer:
        terms: Terms = value.terms
        return terms
    return terms_of(int(value)) if type(value) in (int, bool) else None


def operand_of(value: Any) -> Operand | None:
    """Return the expression of a number, symbolic or not; None for any other value."""
    if is_symbol(value):
        operand: Operand = value.operand()
        return operand
    if type(value) is float:
        return Literal(repr(value))
    return frozen(terms_of(int(value))) if type(value) in (int, bool) else None


def recorder_of(left: Any, right: Any) -> Recorder:
    """Return the recorder of the symbol among two numbers."""
    recorder: Recorder = (left if is_symbol(left) else right).recorder
    return recorder


def compare(op: str, left: Any, right: Any) -> Any:
    """Return the outcome of a comparison; NotImplemented with anything but a number."""
    if type(left) is Integer and type(right) is int:
        settled = left.settled(op, right)
        if settled is not None:
            return settled
    elif type(right) is Integer and type(left) is int:
        # turned round: less is not at most, and at most is not less
        settled = right.settled("<=" if op == "<" else "<" if op == "<=" else op, left)
        if settled is not None:
            return settled if op == "==" else not settled
    terms, others = terms_in(left), terms_in(right)
    if terms is None or others is None:
        expr, other = operand_of(left), operand_of(right)
        if expr is None or other is None:
            return NotImplemented
        concrete = bool(_COMPARE[op](plain(left), plain(right)))
        return recorder_of(left, right).truth(Cond(op, expr, other), concrete)
    recorder = recorder_of(left, right)
    concrete = bool(_COMPARE[op](plain(left), plain(right)))
    if op == "==":
        return recorder.zero(difference(terms, others), concrete)
    # among whole numbers a <= b is a < b + 1
    return recorder.below(difference(terms, plus(others, terms_of(1)) if op == "<=" else others), concrete)


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {"<": operator.lt, "<=": operator.le, "==": operator.eq}


def real(op: str, left: Any, right: Any) -> Any:
    """Return a float operation on two numbers; NotImplemented with anything else."""
    exprs = operand_of(left), operand_of(right)
    if exprs[0] is None or exprs[1] is None:
        return NotImplemented
    recorder = recorder_of(left, right)
    if op in ("/", "//", "%"):
        _refuse_zero(right)
    value = FLOAT_OPS[op](plain(left), plain(right))
    return Real(recorder, value, recorder.atom(op, exprs, whole=False))


def _refuse_zero(right: Any) -> None:
    """Raise where a divisor is 0 on this way: a quotient that nothing uses is not computed, and would not raise."""
    if right == 0:
        raise ZeroDivisionError


def divided(op: str, left: Any, right: Any) -> Any:
    """Return left // right or left % right of whole numbers, as simple as it can be said."""
    if type(right) is int and right == 1:
        return left if op == "//" else 0
    recorder = recorder_of(left, right)
    _refuse_zero(right)
    value = FLOAT_OPS[op](plain(left), plain(right))
    over, by = terms_in(left), terms_in(right)
    assert over is not None
    assert by is not None
    exact = ratio(over, by)
    if exact is not None:
        return exact if op == "//" else 0
    whole: Terms = {}
    if type(right) in (int, bool) and right > 0:
        whole, over = halves(over, int(right))
        if op == "//" and leading(over) < 0:  # -a // b = -((a + b - 1) // b), so that roundings up look alike
            turned = plus(terms_of(int(right) - 1), over, -1)
            more, over = halves(turned, int(right))
            return Integer(recorder, value, plus(whole, plus(more, _quotient(recorder, op, over, by)), -1))
    if op == "%":
        whole = {}
    return Integer(recorder, value, plus(whole, _quotient(recorder, op, over, by)))


def ratio(over: Terms, by: Terms) -> int | None:
    """Return over / by where that is one whole number, whatever the unknowns."""
    if over.keys() != by.keys():
        return None
    ratios = {divmod(over[mono], by[mono]) for mono in over}
    return ratios.pop()[0] if len(ratios) == 1 and next(iter(ratios))[1] == 0 else None


def _quotient(recorder: Recorder, op: str, over: Terms, by: Terms) -> Terms:
    """Return over // by or over % by, an unknown unless their bounds say what it is."""
    left, right = frozen(over), frozen(by)
    ends, least = recorder.bounds(left), recorder.bounds(right)
    if ends and least and least[0] > 0 and ends[0] >= 0 and ends[1] < least[0]:
        return over if op == "%" else {}
    return {(recorder.atom(op, (left, right), whole=True),): 1}


def lone(recorder: Recorder, terms: Terms) -> Terms:
    """Return terms as one unknown."""
    return {(recorder.atom("let", (frozen(terms),), whole=True),): 1}


def given(recorder: Recorder, value: float, number: int) -> Integer | Real:
    """Return the symbol of an unknown that has this value in this run."""
    return unknown(recorder, value, number) if isinstance(value, int) else Real(recorder, value, number)


__all__ = ["Integer", "Poly", "Real", "Symbol", "given", "is_symbol", "lone", "operand_of", "plain"]
