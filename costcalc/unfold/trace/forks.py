"""Functions that branch on symbols: every way is walked, and the results are joined into one `a if cond else b`."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from costcalc.ops import Cost
from costcalc.ops.shape import Shape
from costcalc.unfold.again import keyed
from costcalc.unfold.trace.recorder import Bounds, Path, Recorder, difference, join
from costcalc.unfold.trace.symbols import Integer, Real, operand_of, plain, ratio
from costcalc.unfold.trace.terms import Cond, Operand, Poly, RealTerm, frozen, terms_of

MAX_WAYS = 12  # walked through one call; where there are more, this run's way is held by guards


class ManyWaysError(Exception):
    """Raised where the ways through a function are too many, or their results are of different sorts."""


class ForkedField(NamedTuple):
    """One number of a result: its expression, and its bounds on the way that it was found on."""

    operand: Operand
    bounds: Bounds


class Leaf(NamedTuple):
    """The numbers at the end of a way."""

    fields: tuple[ForkedField, ...]


class Branch(NamedTuple):
    """A comparison that parts two ways."""

    cond: Cond
    true: Any
    false: Any


class Held(NamedTuple):
    """A comparison whose other outcome the function refuses: it must have this one."""

    cond: Cond
    outcome: bool
    rest: Any


class _Walk:
    """One call of a function on symbols."""

    def __init__(self, recorder: Recorder, call: Callable[[], Any]) -> None:
        self.recorder = recorder
        self.call = call
        self.ways = 0
        self.result: Any = None  # of the way that the numbers of this run take

    def joined(self) -> Any:
        """Return the result, joined over all ways."""
        tree = self.walk((), live=True)
        if tree is None:  # nothing was met
            return self.result
        while isinstance(tree, Held):  # those before the first fork hold for all ways
            self.recorder.assume(tree.cond, tree.outcome)
            tree = tree.rest
        tree = self.hold(tree)
        if isinstance(tree, Leaf):
            return self.result
        return rebuilt(self.recorder, self.result, self.merged(tree).fields)

    def walk(self, script: tuple[bool, ...], *, live: bool) -> Any:
        """Return the tree of ways that begin with these outcomes; None where one of them is refused, or there is one.

        `live` says that it is the way of this run's own numbers, where what is refused is met by guards.
        """
        self.ways += 1
        if self.ways > MAX_WAYS:
            raise ManyWaysError
        path, leaf, refused = self.run(script)
        if live and not path.taken and refused is None:
            self.result = leaf[1]
            return None
        if refused is not None:
            if not live:
                return None
            for cond, outcome, _ in path.taken:
                self.recorder.assume(cond, outcome)
            raise refused
        if live:
            self.result = leaf[1]
        tree: Any = leaf[0]
        outcomes = tuple(outcome for _, outcome, _ in path.taken)
        for index in range(len(path.taken) - 1, len(script) - 1, -1):
            cond, outcome, forkable = path.taken[index]
            other = self.walk((*outcomes[:index], not outcome), live=False) if forkable else None
            if other is not None:
                tree = Branch(cond, tree, other) if outcome else Branch(cond, other, tree)
            elif live:
                tree = Held(cond, outcome, tree)
            else:
                return None
        return tree

    def run(self, script: tuple[bool, ...]) -> tuple[Path, Any, Exception | None]:
        """Return one way: what it met, its (leaf, result), or what it raised."""
        recorder, path, mark = self.recorder, Path(script), self.recorder.mark()
        recorder.path = path
        try:
            result = self.call()
            return path, (self.leaf(result) if path.taken else None, result), None
        except (ValueError, ArithmeticError) as error:
            return path, None, error
        finally:
            recorder.undo(mark)
            recorder.path = None

    def leaf(self, result: Any) -> Leaf:
        """Return the numbers of a result with their bounds here."""
        fields = []
        for number in numbers(result):
            if type(number) is int:
                fields.append(constant(number))
                continue
            operand = operand_of(number)
            if operand is None or type(number) is bool:
                raise ManyWaysError
            fields.append(ForkedField(operand, self.recorder.bounds(operand)))
        return Leaf(tuple(fields))

    def hold(self, tree: Any) -> Any:
        """Guard what must hold further down the way of this run, and return the tree without it.

        The guard is stricter than it need be where a fork is before it: then another trace is made.
        """
        if isinstance(tree, Held):
            self.recorder.assume(tree.cond, tree.outcome)
            return self.hold(tree.rest)
        if isinstance(tree, Branch):
            return Branch(tree.cond, self.hold(tree.true), self.hold(tree.false))
        return tree

    def merged(self, tree: Any) -> Leaf:
        """Return the leaf that chooses among those of a tree."""
        if isinstance(tree, Leaf):
            return tree
        pairs = zip(self.merged(tree.true).fields, self.merged(tree.false).fields, strict=True)
        return Leaf(tuple(self.chosen(tree.cond, true, false) for true, false in pairs))

    def chosen(self, cond: Cond, true: ForkedField, false: ForkedField) -> ForkedField:
        """Return `true if cond else false`."""
        if true is false:
            return true
        if true.operand == false.operand or _equal_if(cond, true.operand, false.operand):
            return ForkedField(false.operand, join(true.bounds, false.bounds))
        whole = isinstance(true.operand, Poly)
        if whole is not isinstance(false.operand, Poly):
            raise ManyWaysError
        ends = join(true.bounds, false.bounds)
        args = (cond, true.operand, false.operand)
        number = self.recorder.atom("select", args, whole=whole, bounds=ends)
        return ForkedField(Poly((((number,), 1),)) if whole else RealTerm(number), ends)


@lru_cache(maxsize=256)
def constant(number: int) -> ForkedField:
    """Return a plain whole number of a result: most counts of most layers are 0."""
    return ForkedField(frozen(terms_of(number)), (number, number))


def _equal_if(cond: Cond, true: Operand, false: Operand) -> bool:
    """Return whether a condition says that two whole numbers are equal: then the one where it fails is both."""
    sides = (cond.left, cond.right, true, false)
    if cond.op != "==" or not all(isinstance(side, Poly) for side in sides):
        return False
    left, right, one, other = (dict(side.terms) for side in sides if isinstance(side, Poly))
    by = difference(left, right)
    return bool(by) and ratio(difference(one, other), by) is not None


def numbers(result: Any) -> tuple[Any, ...]:
    """Return the numbers of a result that a total may count, without the label of a cost."""
    return (*result.out, *result[2:]) if isinstance(result, Cost) else (result,)


def rebuilt(recorder: Recorder, result: Any, fields: tuple[ForkedField, ...]) -> Any:
    """Return a result like this one with other expressions, its numbers those of this run."""
    found = [symbol(recorder, plain(number), field) for number, field in zip(numbers(result), fields, strict=True)]
    return Cost(Shape(*found[:3]), result.kind, *found[3:]) if isinstance(result, Cost) else found[0]


def symbol(recorder: Recorder, value: Any, field: ForkedField) -> Any:
    """Return the number of this run with an expression; a constant stays plain."""
    operand = field.operand
    if isinstance(operand, RealTerm):
        return Real(recorder, value, operand.number)
    if isinstance(operand, Poly) and any(mono for mono, _ in operand.terms):
        return Integer(recorder, value, dict(operand.terms))
    return value


def forked(recorder: Recorder, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that walks every way through another where a symbol decides, once for each arguments."""

    def walk(*args: Any, **kwargs: Any) -> Any:
        if recorder.path is not None:
            return function(*args, **kwargs)
        key = (function, keyed(args), keyed(tuple(kwargs.values())), *kwargs)
        try:
            return walked(recorder, key, lambda: function(*args, **kwargs))
        except ManyWaysError:  # guards met so far hold on this run's way all the same
            if recorder.strict:
                raise
            result = recorder.results[key] = function(*args, **kwargs)
            return result

    return walk


def walked(recorder: Recorder, key: Any, call: Callable[[], Any]) -> Any:
    """Return the result of a call, joined over all its ways; found again under its key, unless that is None.

    Raises ManyWaysError where they are too many, or their results of different sorts.
    """
    if recorder.path is not None:
        return call()
    if key is None:
        return _Walk(recorder, call).joined()
    if key not in recorder.results:
        recorder.results[key] = _Walk(recorder, call).joined()
    return recorder.results[key]
