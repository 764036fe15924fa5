"""A recorded run split in two, for a grid: what some inputs decide alone, what the others do, and how both make totals.

Each total is a sum of products; the unknowns of each product are put into those that read the outer inputs and those
that read the inner ones: `sum_j K_j(outer) * M_j(inner)`. Whole numbers are exact, so that the order is free.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from costcalc.unfold.trace.emit import Code, compiled, function
from costcalc.unfold.trace.recorder import Guard, Recorded
from costcalc.unfold.trace.terms import Atom, Cond, Mono, Poly, RealTerm, Terms, frozen, plus, terms_of, times, without

MAX_PRODUCTS = 64  # of inner inputs; where there are more, a grid is not faster than its points
MAX_EXPANDED = 4096  # products of a total that is multiplied out

Columns = Callable[[tuple[int, ...]], tuple[list[int], ...]]


class Staged(NamedTuple):
    """The two halves of a trace.

    `outer` and `inner` take every input, of which each reads its own, and return whole numbers as a trace does.
    `sums` says, for each total, which number of `outer` is multiplied by which of `inner`, or by 1 (-1).
    """

    outer: Code
    inner: Code
    sums: tuple[tuple[tuple[int, int], ...], ...]


def staged(run: Recorded, outputs: Sequence[Poly], inputs: int, inner: int) -> Staged | None:
    """Return a run in two halves; None where a guard or a product reads inputs of both in one unknown.

    `inner` has a bit for each of the inputs that vary fastest.
    """
    split = _Split(run, inner)
    halves: list[list[Guard]] = [[], []]
    for guard in run.guards:
        side = split.side(split.reads(guard.cond))
        if side is None:
            return None
        halves[side].append(guard)
    factors: dict[Poly, int] = {}
    products: dict[Mono, int] = {}
    sums = []
    for output in outputs:
        found = split.factored(output)
        if found is None:
            return None
        sums.append(
            tuple(
                (factors.setdefault(factor, len(factors)), products.setdefault(mono, len(products)) if mono else -1)
                for mono, factor in found.items()
            )
        )
    if len(products) > MAX_PRODUCTS:
        return None
    outer = compiled(Recorded(split.atoms, halves[0]), inputs, list(factors))
    rows = compiled(Recorded(split.atoms, halves[1]), inputs, [Poly(((mono, 1),)) for mono in products])
    return Staged(outer, rows, tuple(sums))


class _Split:
    """Which inputs each unknown of a run reads: the outer ones, the inner ones, or both."""

    def __init__(self, run: Recorded, inner: int) -> None:
        self.atoms = list(run.atoms)
        self.numbers = {atom: number for number, atom in enumerate(self.atoms)}
        self.inner = inner
        self.masks: list[int] = []
        for atom in self.atoms:
            self.masks.append(1 << atom.args[0] if atom.op == "input" else self.reads(*atom.args))

    def reads(self, *items: Any) -> int:
        """Return a bit for each input that operands and conditions read."""
        mask = 0
        for item in items:
            if isinstance(item, Cond):
                mask |= self.reads(item.left, item.right)
            elif isinstance(item, RealTerm):
                mask |= self.masks[item.number]
            elif isinstance(item, Poly):
                for mono, _ in item.terms:
                    for number in mono:
                        mask |= self.masks[number]
        return mask

    def side(self, mask: int) -> int | None:
        """Return 1 for the inner inputs, 0 for the outer ones or none, None for both."""
        if not mask & self.inner:
            return 0
        return None if mask & ~self.inner else 1

    def factored(self, output: Poly) -> dict[Mono, Poly] | None:
        """Return a total as products of inner unknowns, each with its factor; None where that can't be said."""
        terms = self.expanded(dict(output.terms))
        if terms is None:
            return None
        found: dict[Mono, dict[Mono, int]] = {}
        for mono, factor in terms.items():
            within = tuple(number for number in mono if self.masks[number] & self.inner)
            rest = tuple(number for number in mono if not self.masks[number] & self.inner)
            found.setdefault(within, {})[rest] = factor
        return {within: frozen(factors) for within, factors in found.items()}

    def expanded(self, terms: Any) -> dict[Mono, int] | None:
        """Return a sum with each unknown that reads both multiplied out, where it is a sum or a choice of sums."""
        done: dict[Mono, int] = {}
        todo = dict(terms)
        while todo:
            mono, factor = todo.popitem()
            both = next((number for number in mono if self.side(self.masks[number]) is None), None)
            if both is None:
                done = dict(plus(done, {mono: factor}))
                continue
            inside = self.inside(self.atoms[both])
            if inside is None or len(done) + len(todo) > MAX_EXPANDED:
                return None
            todo = dict(plus(todo, times({without(mono, both): factor}, inside)))
        return done

    def inside(self, atom: Atom) -> Any:
        """Return the sum that an unknown is: its own, or `cond * a + (1 - cond) * b` of a choice; None for others."""
        if atom.op == "let":
            return dict(atom.args[0].terms)
        if atom.op != "select" or not atom.whole or self.side(self.reads(atom.args[0])) is None:
            return None
        cond, true, false = atom.args
        chosen: Terms = {
            (self.number(Atom("select", (cond, frozen(terms_of(1)), frozen(terms_of(0))), whole=True)),): 1
        }
        return plus(times(chosen, plus(dict(true.terms), dict(false.terms), -1)), dict(false.terms))

    def number(self, atom: Atom) -> int:
        """Return the number of an unknown, a new one if there is none."""
        if atom not in self.numbers:
            self.numbers[atom] = len(self.atoms)
            self.atoms.append(atom)
            self.masks.append(self.reads(*atom.args))
        return self.numbers[atom]


def tabled(sums: Iterable[Sequence[tuple[int, int]]], rows: Sequence[tuple[int, ...]]) -> Columns:
    """Return a function of the outer factors to a list for each total, at the inner products of each row.

    Coarse maps have few sizes: what few rows tell apart is summed once for all rows that share it.
    """
    slow = _slow(rows)
    shared: dict[tuple[int, ...], int] = {}
    for row in rows:
        shared.setdefault(tuple(row[at] for at in slow), len(shared))
    fast = [at for at in range(len(rows[0])) if at not in slow]
    table = [(*(row[at] for at in fast), shared[tuple(row[at] for at in slow)]) for row in rows]
    lines, lists = [], []
    for number, terms in enumerate(sums):
        quick = [_term(*term) for term in terms if term[1] in fast]
        rest = " + ".join(_term(*term) for term in terms if term[1] not in fast) or "0"
        if any(at in slow for _, at in terms):
            lines.append(f" t{number} = [{rest} for {_names(slow)} in shared]\n")
            rest = f"t{number}[at]"
        elif not quick:
            lists.append(f"[{rest}] * len(rows)")
            continue
        lists.append(f"[{' + '.join([*quick, rest])} for {_names(fast)}at, in rows]")
    factors = max((factor for terms in sums for factor, _ in terms), default=-1) + 1
    head = f" {''.join(f'k{number}, ' for number in range(factors))} = factors\n" if factors else ""
    source = f"def run(factors):\n{head}{''.join(lines)} return ({''.join(f'{text}, ' for text in lists)})\n"
    return function(source, {"len": len, "rows": table, "shared": list(shared)})


def _slow(rows: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the products that together take at most a quarter as many values as there are rows."""
    columns = list(zip(*rows, strict=True))
    slow: list[int] = []
    for at in sorted(range(len(columns)), key=lambda at: len(set(columns[at]))):
        if len(set(zip(*(columns[number] for number in (*slow, at)), strict=True))) * 4 <= len(rows):
            slow.append(at)
    return slow


def _term(factor: int, product: int) -> str:
    return f"k{factor} * m{product}" if product >= 0 else f"k{factor}"


def _names(products: Iterable[int]) -> str:
    return "".join(f"m{number}, " for number in products)
