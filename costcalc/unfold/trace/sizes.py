"""How large the whole numbers of a run can get over a box of inputs, for a language that has no others than floats."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from costcalc.unfold.trace.recorder import FLOAT_OPS, Number, Recorder
from costcalc.unfold.trace.terms import Cond, Literal, Operand, Poly, RealTerm

EXACT = 2**53  # below it a float holds every whole number


class Magnitudes:
    """The largest absolute value of each unknown of a run while its inputs lie between these ends.

    What the guards of the run say is left aside: they are computed with the same numbers.
    """

    def __init__(self, recorder: Recorder, ends: Sequence[tuple[Number, Number]]) -> None:
        self.recorder = recorder.afresh(ends)
        self.ends = ends
        self.known: list[Number] = []
        for number, atom in enumerate(recorder.atoms):
            size = self.unknown(atom.op, atom.args, whole=atom.whole)
            least, most = self.recorder.bounds(RealTerm(number)) or (-size, size)
            self.known.append(min(size, max(abs(least), abs(most))))

    def largest(self, ends: Iterable[Any]) -> Number:
        """Return the largest whole number that is met on the way to these operands and conditions."""
        most: Number = 0
        for item in ends:
            for operand in (item.left, item.right) if isinstance(item, Cond) else (item,):
                most = max(most, self.of(operand))
        wholes = (size for size, atom in zip(self.known, self.recorder.atoms, strict=True) if atom.whole)
        return max([most, *wholes, *map(self.of, self.wholes())])

    def wholes(self) -> Iterable[Poly]:
        """Yield the sums that unknowns are computed from."""
        for atom in self.recorder.atoms:
            for arg in atom.args:
                if isinstance(arg, Poly):
                    yield arg
                elif isinstance(arg, Cond):
                    yield from (side for side in (arg.left, arg.right) if isinstance(side, Poly))

    def of(self, operand: Operand) -> Number:
        """Return the largest absolute value of an operand; of a sum, also of whatever is computed on the way to it."""
        if isinstance(operand, Literal):
            return abs(float(operand.text))
        if isinstance(operand, RealTerm):
            return self.known[operand.number]
        most: Number = 0
        for mono, factor in operand.terms:
            product: Number = abs(factor)
            for number in mono:
                product *= max(1, self.known[number])
            most += product
        return most

    def unknown(self, op: str, args: Sequence[Any], *, whole: bool) -> Number:
        """Return the largest absolute value of an operation; infinity where nothing is known of it."""
        if op == "input":
            least, most = self.ends[int(args[0])]
            return max(abs(least), abs(most))
        if op == "select":
            return max(self.of(args[1]), self.of(args[2]))
        sizes = list(map(self.of, args))
        if op in ("let", "neg", "abs"):
            return sizes[0]
        if op in FLOAT_OPS:
            return self.quotient(op, args, sizes, whole=whole)
        return sizes[0] + 1  # rounded

    def quotient(self, op: str, args: Sequence[Operand], sizes: Sequence[Number], *, whole: bool) -> Number:
        """Return the largest absolute value of an operation on two numbers."""
        left, right = sizes
        if op in ("+", "-"):
            return left + right
        if op == "*":
            return left * right
        if op == "%":
            return right
        if op == "//" and whole:  # by at least 1, or it has no result
            return left + 1
        least = self.recorder.bounds(args[1])
        return left / least[0] + 1 if op in ("/", "//") and least and least[0] > 0 else math.inf
