"""What one run on symbols leaves behind: unknowns with their bounds, and the comparisons that decided its way."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.unfold.trace.terms import (
    Atom,
    Cond,
    Literal,
    Mono,
    Operand,
    Poly,
    RealTerm,
    Terms,
    below_zero,
    frozen,
    is_zero,
    plus,
    terms_of,
    without,
)

MAX_ATOMS = 20_000
DIGITS = ".15g"
FORMS = {True: ("", ","), False: ("", DIGITS)}  # of whole numbers and of floats, in which a text may have a placeholder

Number = int | float
Bounds = tuple[Number, Number] | None  # least and largest value; None where nothing is known, not even that it is one

FLOAT_OPS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
ROUNDING: Mapping[str, Callable[[Any], int]] = {
    "int": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "round": round,
}
_GONE = object()


class TooLongError(Exception):
    """Raised where a trace would be too long to be worth its memory."""


class Path:
    """One run of a function whose ways are all walked: the outcomes to take, and the conditions met.

    What is met is (condition, outcome, whether the other outcome may be walked too).
    """

    def __init__(self, script: tuple[bool, ...]) -> None:
        self.script = script
        self.taken: list[tuple[Cond, bool, bool]] = []


class Guard(NamedTuple):
    """A condition that must have this outcome for the trace to hold."""

    cond: Cond
    outcome: bool


class Recorded(NamedTuple):
    """What is left of a run: its unknowns, each after those that it reads, and its guards."""

    atoms: list[Atom]
    guards: list[Guard]


class Recorder:
    """The record of one run: it numbers unknowns, knows what follows about them, and collects guards.

    Bounds follow from those of the inputs and from the guards so far: what they decide needs no guard of its own.
    They are sound for floats because rounding is monotone: an operation on the ends bounds it in between.
    With a `sign`, a symbol that is written into a text leaves a placeholder there, its number between two such signs,
    and what it stands for and its format in `texts`.
    """

    def __init__(self, sign: str = "") -> None:
        self.sign = sign
        self.texts: list[tuple[Operand, str]] = []
        self.atoms: list[Atom] = []
        self.numbers: dict[Atom, int] = {}
        self.guards: list[Guard] = []
        self.layers = 0  # that the run has reached
        self.path: Path | None = None
        self.strict = False  # whether a function whose ways cannot be joined raises, so that more is walked
        self.results: dict[Any, Any] = {}  # of functions whose ways were walked
        self._bounds: dict[Operand | int, Bounds] = {}
        self._facts: dict[Cond, bool] = {}
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []

    # unknowns

    def atom(self, op: str, args: tuple[Any, ...], *, whole: bool, bounds: Bounds = None) -> int:
        """Return the number of an unknown, the same one wherever it is the same operation on the same operands."""
        atom = Atom(op, args, whole)
        number = self.numbers.get(atom)
        if number is None:
            if len(self.atoms) >= MAX_ATOMS:
                raise TooLongError
            number = self.numbers[atom] = len(self.atoms)
            self.atoms.append(atom)
        if number not in self._bounds:
            self._set(self._bounds, number, bounds or self._derived(atom))
        return number

    def enclose(self, number: int, ends: tuple[Number, Number]) -> None:
        """Record as guards that an input lies within these bounds."""
        if self.atoms[number].whole:
            poly = Poly((((number,), 1),))
            self.assume(Cond("<", poly, frozen(terms_of(int(ends[0])))), outcome=False)
            self.assume(Cond("<", poly, frozen(terms_of(int(ends[1]) + 1))), outcome=True)
        else:
            self.assume(Cond("<=", Literal(repr(float(ends[0]))), RealTerm(number)), outcome=True)
            self.assume(Cond("<=", RealTerm(number), Literal(repr(float(ends[1])))), outcome=True)
        self._set(self._bounds, number, ends)

    def placeholder(self, operand: Operand, form: str) -> str | None:
        """Return what stands for a number in a text; None where its digits do, and are constants of the trace.

        That of 15 digits has a point, as what looks for one expects of a number that is not whole.
        """
        if not self.sign or form not in FORMS[isinstance(operand, Poly)]:
            return None
        self.texts.append((operand, form))
        return f"{self.sign}{len(self.texts) - 1}{'.' if form == DIGITS else ''}{self.sign}"

    def afresh(self, ends: Sequence[tuple[Number, Number]]) -> "Recorder":
        """Return a record of the same unknowns that knows nothing about them but the ends of the inputs."""
        other = Recorder()
        other.atoms = self.atoms
        for number, atom in enumerate(self.atoms):
            other._set(other._bounds, number, ends[atom.args[0]] if atom.op == "input" else other._derived(atom))
        return other

    # bounds

    def bounds(self, operand: Operand) -> Bounds:
        """Return the least and largest value of an operand, if they are known."""
        if isinstance(operand, Literal):
            value = float(operand.text)
            return None if math.isnan(value) else (value, value)
        if isinstance(operand, RealTerm):
            return self._of(operand.number)
        known = self._bounds.get(operand)
        return self.sum_bounds(operand.terms) if known is None else _meet(self.sum_bounds(operand.terms), known)

    def _of(self, number: int) -> Bounds:
        if number not in self._bounds:
            self._set(self._bounds, number, self._derived(self.atoms[number]))
        return self._bounds[number]

    def sum_bounds(self, terms: Iterable[tuple[Mono, int]]) -> Bounds:
        """Return the bounds of a sum, by those of its products."""
        least: Number = 0
        most: Number = 0
        for mono, factor in terms:
            low: Number = factor
            high: Number = factor
            for number in mono:
                ends = self._bounds.get(number) or self._of(number)
                if ends is None:
                    return None
                if low >= 0 and ends[0] >= 0:
                    low, high = low * ends[0], high * ends[1]
                else:
                    corners = (low * ends[0], low * ends[1], high * ends[0], high * ends[1])
                    low, high = min(corners), max(corners)
            least, most = least + low, most + high
        return least, most

    def _derived(self, atom: Atom) -> Bounds:
        """Return the bounds that an operation has from its operands."""
        if atom.op == "select":
            return join(*map(self.bounds, atom.args[1:]))
        if atom.op == "let":
            return self.bounds(atom.args[0])
        if atom.op in ROUNDING:
            ends = self.bounds(atom.args[0])
            return ends and (ROUNDING[atom.op](ends[0]), ROUNDING[atom.op](ends[1]))
        if atom.op in ("neg", "abs"):
            ends = self.bounds(atom.args[0])
            if ends is None or atom.op == "neg":
                return ends and (-ends[1], -ends[0])
            return (0 if ends[0] <= 0 <= ends[1] else min(map(abs, ends))), max(map(abs, ends))
        return self._binary(atom) if atom.op in FLOAT_OPS else None

    def _binary(self, atom: Atom) -> Bounds:
        left, right = map(self.bounds, atom.args)
        if left is None or right is None or (atom.op in ("/", "//", "%") and right[0] <= 0):
            return None
        if atom.op == "%":
            return (0, right[1] - 1) if atom.whole else None
        if atom.op == "**" or (atom.op == "//" and not atom.whole and right != (1, 1)):
            return None  # Python's own rounding of these need not be monotone
        return _corners(FLOAT_OPS[atom.op], left, right)

    # comparisons

    def truth(self, cond: Cond, concrete: bool, *, forkable: bool = True) -> bool:
        """Return the outcome of a comparison on this way, which is recorded unless it follows from what is known."""
        known = self._facts.get(cond)
        if known is None:
            known = self._decided(cond)
            if known is not None:
                self._set(self._facts, cond, known)
        if known is not None:
            return known
        outcome = concrete
        if self.path is None:
            self.guards.append(Guard(cond, outcome))
        else:
            met, script = len(self.path.taken), self.path.script
            outcome = script[met] if met < len(script) else concrete
            self.path.taken.append((cond, outcome, forkable))
        self._learn(cond, outcome)
        return outcome

    def below(self, difference: Terms, concrete: bool) -> bool:
        """Return whether a whole number is below 0."""
        ends = self.sum_bounds(difference.items())
        if ends and (ends[1] < 0 or ends[0] >= 0):  # as most checks of columns end: nothing to look up or to note
            return ends[1] < 0
        cond, holds = below_zero(self.reduced(difference))
        return holds if cond is None else self.truth(cond, concrete is holds) is holds

    def zero(self, difference: Terms, concrete: bool, *, forkable: bool = True) -> bool:
        """Return whether a whole number is 0."""
        ends = self.sum_bounds(difference.items())
        if ends and (ends[1] < 0 or ends[0] > 0):
            return False
        cond, holds = is_zero(self.reduced(difference))
        return holds if cond is None else self.truth(cond, concrete, forkable=forkable)

    def reduced(self, difference: Terms) -> Terms:
        """Return a sum without the unknowns above 0 that all its products share: areas, when channels are compared."""
        shared = set.intersection(*map(set, difference)) if difference else set()
        for number in shared:
            ends = self._of(number)
            while ends and ends[0] > 0 and all(number in mono for mono in difference):
                difference = {without(mono, number): factor for mono, factor in difference.items()}
        return difference

    def assume(self, cond: Cond, outcome: bool) -> None:
        """Record a guard that was met on a way walked before."""
        if self._facts.get(cond, self._decided(cond)) is not outcome:
            self.guards.append(Guard(cond, outcome))
            self._learn(cond, outcome)

    def _decided(self, cond: Cond) -> bool | None:
        """Return the outcome that the bounds leave, if they leave one."""
        left, right = self.bounds(cond.left), self.bounds(cond.right)
        if left is None or right is None:
            return None
        if cond.op == "==":
            if left[1] < right[0] or right[1] < left[0]:
                return False
            return True if left[0] == left[1] == right[0] == right[1] else None
        if left[1] < right[0] or (cond.op == "<=" and left[1] <= right[0]):
            return True
        return False if left[0] > right[1] or (cond.op == "<" and left[0] >= right[1]) else None

    def _learn(self, cond: Cond, outcome: bool) -> None:
        """Note an outcome and narrow the bounds of what was compared with a constant."""
        self._set(self._facts, cond, outcome)
        ends, by = self.bounds(cond.left), self.bounds(cond.right)
        if ends is None or by is None:
            return
        if cond.op == "==":
            if outcome:
                self._narrow(cond.left, by)
                self._narrow(cond.right, ends)
        elif outcome:
            whole = isinstance(cond.left, Poly) and isinstance(cond.right, Poly)
            self._narrow(cond.left, (ends[0], by[1] - 1 if whole else by[1]))
            self._narrow(cond.right, (ends[0], by[1]))
        else:
            self._narrow(cond.left, (by[0], ends[1]))
            self._narrow(cond.right, (by[0], ends[1]))

    def _narrow(self, operand: Operand, ends: tuple[Number, Number]) -> None:
        """Give an operand closer bounds; those of an unknown alone are the unknown's own."""
        if isinstance(operand, Literal) or not operand[0]:
            return
        key: Operand | int = operand
        if isinstance(operand, RealTerm):
            key = operand.number
        elif isinstance(operand, Poly) and len(operand.terms) == 1:
            (mono, factor), *_ = operand.terms
            key = mono[0] if len(mono) == 1 and factor == 1 else operand
        self._set(self._bounds, key, _meet(self._bounds.get(key), ends))

    # ways that are walked and left again

    def mark(self) -> int:
        """Return a point that `undo` goes back to."""
        return len(self._journal)

    def undo(self, mark: int) -> None:
        """Forget what was learnt since a mark."""
        while len(self._journal) > mark:
            table, key, old = self._journal.pop()
            if old is _GONE:
                del table[key]
            else:
                table[key] = old

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        if self.path is not None:
            self._journal.append((table, key, table.get(key, _GONE)))
        table[key] = value


def difference(left: Terms, right: Terms) -> Terms:
    """Return left - right."""
    return plus(left, right, -1)


def _corners(op: Callable[[Any, Any], Any], left: Bounds, right: Bounds) -> Bounds:
    """Return the bounds of a monotone operation: those of its values at the ends."""
    if left is None or right is None:
        return None
    try:
        values = [op(a, b) for a, b in product(left, right)]
    except ArithmeticError:
        return None
    return (min(values), max(values)) if all(-math.inf < value < math.inf for value in values) else None


def _meet(left: Bounds, right: Bounds) -> Bounds:
    if left is None or right is None:
        return left or right
    return max(left[0], right[0]), min(left[1], right[1])


def join(left: Bounds, right: Bounds) -> Bounds:
    """Return the bounds of a value that is one of two."""
    return None if left is None or right is None else (min(left[0], right[0]), max(left[1], right[1]))


__all__ = ["FLOAT_OPS", "Bounds", "Guard", "Path", "Recorded", "Recorder", "TooLongError", "difference", "join"]
