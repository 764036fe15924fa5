"""A recorded run as straight-line code: guards in their order, each shared value computed once, the totals."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import Any

from costcalc.unfold.trace.recorder import Recorded, Recorder
from costcalc.unfold.trace.terms import Atom, Cond, Literal, Mono, Operand, Poly, RealTerm, terms_of, without
from costcalc.unfold.trace.vocabulary import PLAIN, PYTHON, Vocabulary

CHUNK = 40  # summands in one expression, and
NESTED = 12  # brackets within each other, so that no line is deep for Python's compiler

Code = Callable[..., Any]
Sum = tuple[tuple[Mono, int], ...]

_NAMES = {"int": int, "floor": math.floor, "ceil": math.ceil, "round": round, "abs": abs, "inf": math.inf}


def compiled(recorder: Recorder | Recorded, inputs: int, outputs: Sequence[Operand] | None) -> Code:
    """Return a recorded run as a function of its inputs.

    It returns the outputs as a tuple of ints; the number of a guard that fails, from 0; or `PLAIN` where the run ended
    in an error. It raises ArithmeticError or ValueError where an operation has no result.
    """
    return function(_Writer(recorder, inputs, outputs).source(), _NAMES)


def function(source: str, names: Mapping[str, Any]) -> Code:
    """Return the function `run` of a text that knows these names alone.

    Such texts are made here, of operators, numbers and names such as `a1` and `v0`: nothing of a spec's text is in it.
    """
    scope: dict[str, Any] = {"__builtins__": {}, **names}
    exec(compile(source, "<trace>", "exec"), scope)  # noqa: S102
    code: Code = scope["run"]
    return code


class Phrases:
    """How a run's conditions, sums and unknowns are said; who writes them says which of them have names."""

    def __init__(self, atoms: Sequence[Atom], words: Vocabulary) -> None:
        self.atoms = atoms
        self.words = words

    def atom(self, number: int) -> str:
        """Return an unknown as a name or number, or as text in brackets."""
        raise NotImplementedError

    def sum(self, poly: Poly) -> str:
        """Return a sum of products as a name or number, or as text in brackets."""
        raise NotImplementedError

    def below(self, *ends: Any, known: AbstractSet[Any] = frozenset()) -> set[Any]:
        """Return the conditions, operands and unknowns that these are computed from, and themselves; not the known."""
        found: set[Any] = set()
        todo: list[Any] = list(ends)
        while todo:
            item = todo.pop()
            if item in found or item in known:
                continue
            found.add(item)
            if isinstance(item, Cond):
                todo += [item.left, item.right]
            elif isinstance(item, Poly):
                todo += [RealTerm(number) for mono, _ in item.terms for number in mono]
            elif isinstance(item, RealTerm):
                todo += [arg for arg in self.atoms[item.number].args if isinstance(arg, (Cond, Poly, RealTerm))]
        return found

    def test(self, cond: Cond) -> str:
        """Return a comparison as text."""
        return f"({self.words.binary(cond.op, self.operand(cond.left), self.operand(cond.right), whole=True)})"

    def operand(self, operand: Operand) -> str:
        """Return an operand as text, in brackets unless it is one name or number."""
        if isinstance(operand, Literal):
            return f"({operand.text})"
        return self.atom(operand.number) if isinstance(operand, RealTerm) else self.sum(operand)

    def unknown(self, number: int) -> str:
        """Return what computes an unknown."""
        op, args, whole = self.atoms[number]
        if op == "input":
            return f"v{args[0]}"
        if op == "let":
            return self.sum(args[0])
        if op == "select":
            return self.words.select.format(self.test(args[0]), *map(self.operand, args[1:]))
        if op in self.words.calls:
            return self.words.calls[op].format(self.operand(args[0]))
        return self.words.binary(op, *map(self.operand, args), whole=whole)

    def factored(self, terms: Sum, depth: int) -> str:
        """Return a sum as text, with what most of its products share before brackets."""
        if len(terms) < 2:
            return self.summands(terms)
        counts = Counter(number for mono, _ in terms for number in set(mono))
        number, count = counts.most_common(1)[0] if counts else (0, 0)
        if count < 2 or depth > NESTED:
            return self.summands(terms)
        inside = tuple((without(mono, number), factor) for mono, factor in terms if number in mono)
        outside = tuple((mono, factor) for mono, factor in terms if number not in mono)
        words = self.words
        product = f"{self.atom(number)}{words.times}({self.factored(inside, depth + 1)})"
        if not outside:
            return product
        if depth > NESTED // 2:
            return f"{product}{words.plus}{self.summands(outside)}"
        return f"{product}{words.plus}{self.factored(outside, depth + 1)}"

    def cost(self, cond: Cond) -> int:
        """Return how much must be computed for a comparison: the cheap ones come first, for many runs end at them."""
        return len(self.below(cond))

    def summands(self, terms: Sum) -> str:
        """Return products with a sign between each two."""
        parts = [self.product(mono, factor) for mono, factor in terms] or ["0"]
        plus = self.words.plus
        if len(parts) <= CHUNK:
            return plus.join(parts)
        return plus.join(f"({plus.join(parts[at : at + CHUNK])})" for at in range(0, len(parts), CHUNK))

    def product(self, mono: Mono, factor: int) -> str:
        """Return a product as text."""
        names = [self.atom(number) for number in mono]
        return self.words.times.join([*([str(factor)] if factor != 1 or not names else []), *names])


class _Writer(Phrases):
    """Writes one function of Python."""

    def __init__(self, recorder: Recorder | Recorded, inputs: int, outputs: Sequence[Operand] | None) -> None:
        super().__init__(recorder.atoms, PYTHON)
        self.guards = recorder.guards
        self.inputs = inputs
        self.outputs = outputs
        self.lines: list[str] = []
        self.named: dict[Any, str] = {}  # what has a name by now, and that name
        self.pairs: dict[int, tuple[int, int]] = {}  # products that several sums share, as numbers below 0
        self.sums: dict[Poly, Sum] = {
            item: item.terms
            for item in self.below(*(outputs or ()), *(guard.cond for guard in self.guards))
            if isinstance(item, Poly)
        }
        self.share()
        self.uses = self.counted()

    def source(self) -> str:
        """Return the text of the function."""
        for number, (cond, outcome) in sorted(enumerate(self.guards), key=lambda guard: self.cost(guard[1].cond)):
            self.lines.append(f" if {'not ' if outcome else ''}{self.test(cond)}: return {number}")
        if self.outputs is None:
            self.lines.append(f" return {PLAIN}")
        else:
            self.lines.append(f" return ({''.join(f'{self.operand(number)}, ' for number in self.outputs)})")
        head = f"def run({', '.join(f'v{number}' for number in range(self.inputs))}):"
        return "\n".join([head, *self.lines, ""])

    # what is computed at all

    def share(self) -> None:
        """Name the products of two that occur more than once, the most frequent first."""
        while True:
            counts = Counter(
                pair for terms in self.sums.values() for mono, _ in terms for pair in set(combinations(mono, 2))
            )
            taken: dict[tuple[int, int], int] = {}
            busy: set[int] = set()
            for pair, count in counts.most_common():
                if count < 2:
                    break
                if not busy & set(pair):
                    number = -1 - len(self.pairs)
                    self.pairs[number] = pair
                    taken[pair] = number
                    busy |= set(pair)
            if not taken:
                return
            self.sums = {
                poly: tuple((_replaced(mono, taken), factor) for mono, factor in terms)
                for poly, terms in self.sums.items()
            }

    def counted(self) -> "Counter[Any]":
        """Return how often each operand, unknown and shared product is read; what is read once needs no name."""
        conds: Counter[Cond] = Counter(guard.cond for guard in self.guards)
        uses: Counter[Any] = Counter(self.outputs or ())
        for item in self.below(*(self.outputs or ()), *conds):
            if isinstance(item, RealTerm):
                args = self.atoms[item.number].args
                conds.update(arg for arg in args if isinstance(arg, Cond))
                uses.update(_key(arg) for arg in args if isinstance(arg, (Poly, RealTerm)))
        for cond, count in conds.items():
            for side in (cond.left, cond.right):
                uses[_key(side)] += count
        for terms in self.sums.values():
            uses.update(number for mono, _ in terms for number in mono)
        for pair in self.pairs.values():
            uses.update(pair)
        return uses

    # expressions

    def atom(self, number: int) -> str:
        """Return an unknown or a shared product as a name, or as text in brackets where it is read once."""
        if number not in self.named:
            text, name = self.text(number), f"a{number}" if number >= 0 else f"m{-number}"
            if text.isidentifier() or text.isdigit():
                self.named[number] = text
            elif self.uses[number] < 2 and text.count("(") < NESTED:
                return f"({text})"
            else:
                self.lines.append(f" {name} = {text}")
                self.named[number] = name
        return self.named[number]

    def text(self, number: int) -> str:
        """Return what computes an unknown or a shared product."""
        if number < 0:
            return self.words.times.join(map(self.atom, self.pairs[number]))
        return self.unknown(number)

    def sum(self, poly: Poly) -> str:
        """Return a sum of products as a name or number, or as text in brackets where it is read once."""
        if poly not in self.named:
            terms = self.sums[poly]
            text = self.factored(terms, 0)
            if text.isidentifier() or text.isdigit():
                self.named[poly] = text
            elif not any(mono for mono, _ in terms) or (self.uses[poly] < 2 and text.count("(") < NESTED):
                return f"({text})"
            else:
                self.named[poly] = f"s{len(self.named)}"
                self.lines.append(f" {self.named[poly]} = {text}")
        return self.named[poly]


def _key(operand: Operand) -> Any:
    return operand.number if isinstance(operand, RealTerm) else operand


def _replaced(mono: Mono, taken: dict[tuple[int, int], int]) -> Mono:
    """Return a product with the numbers of shared pairs in place of what they multiply."""
    for pair in sorted(set(combinations(mono, 2)) & taken.keys()):
        while set(pair) <= set(mono) and (pair[0] != pair[1] or mono.count(pair[0]) > 1):
            mono = tuple(sorted((*without(without(mono, pair[0]), pair[1]), taken[pair])))
    return mono


__all__ = ["PLAIN", "Code", "Phrases", "compiled", "function", "terms_of"]
