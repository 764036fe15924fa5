"""Mutants of the formulas: the program with one thing changed, each of which a test has to find.

`python tools/mutants.py` runs the tests of `TESTS` once, to see which lines each runs; then it changes one operator,
number, condition or side at a time in the modules of `MODULES`, in a copy of this process each, and runs the tests that
reach it until one fails. It prints what no test finds: what `tools/mutants.csv` does not prove to change nothing. It
takes a mutant a second or so; `--share 1/20` takes every twentieth. Changes outside of functions are left out.
"""

import argparse
import ast
import csv
import functools
import gc
import json
import os
import random
import signal
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PROOFS = Path(__file__).with_suffix(".csv")
MODULES = {
    "ops": "activation attention conv declare dress elementwise merge move norm pool recurrent schema shape",
    "network": "compress metrics quantities traffic",
    "network/memory": "features lifetimes timeline training",
    "hardware": "roofline",
    "unfold": "claims interpreter scope sharing",
}
TESTS = (
    *("formulas", "ops", "shape", "metrics", "memory", "hardware", "figures", "conventions", "compress", "inputs"),
    *("elsewhere", "declarations"),
)
SECONDS = 6.0  # of tests for one mutant, the shortest first
SWAPS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.Div: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
SIDES = {"h": "w", "w": "h"}
Change = tuple[Any, Any, Any, str]  # where (a node or a list), the name or index in it, the new value, in words


def negated(node: ast.expr) -> ast.expr:
    """Return a condition the other way round."""
    return ast.copy_location(ast.UnaryOp(ast.Not(), node), node)


def operators(node: ast.AST) -> Iterator[Change]:
    """Yield what else may stand for the operators of a node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for new in SWAPS.get(type(node.op), ()):
            yield node, "op", new(), f"{type(node.op).__name__} -> {new.__name__}"
    elif isinstance(node, ast.Compare):
        for index, op in enumerate(node.ops):
            for new in SWAPS[type(op)]:
                yield node.ops, index, new(), f"{type(op).__name__} -> {new.__name__}"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, "op", ast.UAdd(), "USub dropped"


def conditions(node: ast.AST) -> Iterator[Change]:
    """Yield conditions the other way round."""
    if isinstance(node, (ast.If, ast.IfExp)):
        yield node, "test", negated(node.test), "condition negated"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "operand", negated(node.operand), "Not dropped"
    elif isinstance(node, ast.comprehension):
        for index, test in enumerate(node.ifs):
            yield node.ifs, index, ast.copy_location(ast.Constant(value=True), test), "filter dropped"


def values(node: ast.AST) -> Iterator[Change]:
    """Yield other numbers, truths, names and sides."""
    if isinstance(node, ast.Constant) and type(node.value) in (bool, int):
        less = [node.value - 1] if type(node.value) is int and node.value > 1 else []
        for value in [not node.value] if isinstance(node.value, bool) else [node.value + 1, *less]:
            yield node, "value", value, f"{node.value} -> {value}"
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield node, "id", NAMES[node.id], f"{node.id} -> {NAMES[node.id]}"
    elif isinstance(node, ast.Attribute) and node.attr in SIDES:
        yield node, "attr", SIDES[node.attr], f".{node.attr} -> .{SIDES[node.attr]}"


def walk(node: ast.AST, *, inside: bool = False) -> Iterator[tuple[ast.AST, ast.AST, Change]]:
    """Yield (a node, its parent, a change) for all within functions; no message of an error, no type, no default."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns") or isinstance(value, ast.arguments):
            continue
        within = inside or (isinstance(node, (ast.FunctionDef, ast.Lambda)) and name != "decorator_list")
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(node, ast.Raise):
                continue
            if within:
                found = (*operators(child), *conditions(child), *values(child))
                yield from ((child, node, change) for change in found)
            yield from walk(child, inside=within)


class Mutant(NamedTuple):
    """One change: its module and line, the line's text, the change in words, and how to make it."""

    module: str
    lines: range
    text: str
    words: str
    tree: ast.Module
    where: Any
    key: Any
    new: Any

    @property
    def told(self) -> tuple[str, str, str]:
        """What names it in the list of proofs."""
        return self.module, self.text, self.words

    def switch(self) -> Callable[[], None]:
        """Make the change; return what undoes it."""
        if isinstance(self.where, list):
            old = self.where[self.key]
            self.where[self.key] = self.new
            return lambda: self.where.__setitem__(self.key, old)
        old = getattr(self.where, self.key)
        setattr(self.where, self.key, self.new)
        return lambda: setattr(self.where, self.key, old)


def paths() -> list[Path]:
    """Return the files of the modules."""
    return [ROOT / "costcalc" / wing / f"{name}.py" for wing, names in MODULES.items() for name in names.split()]


def mutants() -> list[Mutant]:
    """Return all mutants, in the order of the files."""
    found = []
    for path in paths():
        source = path.read_text(encoding="utf-8")
        tree, lines = ast.parse(source, str(path)), source.splitlines()
        module = str(path.relative_to(ROOT / "costcalc").with_suffix(""))
        for node, parent, (where, key, new, words) in walk(tree):
            at = node if hasattr(node, "lineno") else parent
            if not hasattr(at, "lineno"):  # a filter of a comprehension, whose own node has no line
                at = where[key] if isinstance(where, list) else parent
            span = range(at.lineno, at.end_lineno + 1)
            found.append(Mutant(module, span, lines[at.lineno - 1].strip(), words, tree, where, key, new))
    return found


def codes(code: types.CodeType, prefix: str = "") -> Iterator[tuple[str, types.CodeType]]:
    """Yield the code of each function within one, by the names and lines of those around it."""
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            key = f"{prefix}/{const.co_name}:{const.co_firstlineno}"
            yield key, const
            yield from codes(const, key)


def by_name(tree: ast.Module, path: str) -> dict[tuple[str, int], types.CodeType]:
    """Return the code of all functions of a module by name; several at one line by their order."""
    seen: Counter[str] = Counter()
    found = {}
    for key, code in codes(compile(tree, path, "exec")):
        seen[key] += 1
        found[key, seen[key]] = code
    return found


class Watch:
    """A plugin of pytest: sees which lines each test runs, then runs the tests that reach each mutant."""

    def __init__(self, share: tuple[int, int]) -> None:
        self.share, self.failed = share, False
        self.files = {str(path) for path in paths()}
        self.reach: dict[tuple[str, int], set[str]] = {}
        self.cost: dict[str, float] = {}
        self.left: list[tuple[Mutant, str]] = []
        self.counts: dict[str, Counter[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure, and how long a test took."""
        self.failed |= report.failed
        self.cost[report.nodeid] = self.cost.get(report.nodeid, 0.0) + report.duration

    def trace(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Run a test and note the lines of the modules that it reaches."""
        hits: set[tuple[str, int]] = set()

        def line(frame: types.FrameType, event: str, arg: object) -> Any:
            hits.add((frame.f_code.co_filename, frame.f_lineno))
            return line

        sys.settrace(lambda frame, event, arg: line if frame.f_code.co_filename in self.files else None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        sys.settrace(None)
        for hit in hits:
            self.reach.setdefault(hit, set()).add(item.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all tests once, then some of them for each mutant."""
        items = {item.nodeid: item for item in session.items}
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            self.trace(item, after)
        if self.failed:
            raise pytest.UsageError("a test fails without a change")
        proven = {tuple(row[:3]) for row in csv.reader(PROOFS.read_text(encoding="utf-8").splitlines()[1:])}
        wanted = mutants()
        random.Random(16).shuffle(wanted)  # noqa: S311 - the same order every time
        wanted = wanted[self.share[0] - 1 :: self.share[1]]
        gc.collect()
        known = gc.get_objects()
        for mutant in wanted:
            path = str(ROOT / "costcalc" / f"{mutant.module}.py")
            reached = set().union(*(self.reach.get((path, number), set()) for number in mutant.lines))
            fate = self.fate(mutant, path, [items[name] for name in self.chosen(reached)], known)
            fate = "proven" if fate != "found" and mutant.told in proven else fate
            self.counts.setdefault(mutant.module.rpartition("/")[0], Counter())[fate] += 1
            if fate not in ("found", "proven"):
                print(fate, *mutant.told, sep=" | ", flush=True)
        return True

    def chosen(self, reached: set[str]) -> list[str]:
        """Return the shortest of some tests, in an order of no meaning, so that the one that fails comes soon."""
        spent, found = 0.0, []
        for name in sorted(reached, key=lambda name: (self.cost[name], name)):
            spent += self.cost[name]
            if found and spent > SECONDS:
                break
            found.append(name)
        return random.Random(16).sample(found, len(found))  # noqa: S311

    def fate(self, mutant: Mutant, path: str, items: list[pytest.Item], known: list[Any]) -> str:
        """Return whether a copy of this process with the change fails a test."""
        if not items:
            return "not reached"
        before = by_name(mutant.tree, path)
        undo = mutant.switch()
        child = os.fork()
        if not child:
            signal.alarm(int(20 * SECONDS))
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            try:
                self.changed(mutant, path, before, known)
                os._exit(self.fails(items))
            except BaseException:  # noqa: BLE001 - whatever the change breaks
                os._exit(1)
        undo()
        _, status = os.waitpid(child, 0)
        return "left" if os.waitstatus_to_exitcode(status) == 0 else "found"

    def changed(self, mutant: Mutant, path: str, before: dict[Any, types.CodeType], known: list[Any]) -> None:
        """Put the changed code into the functions that have the old one, and forget what was cached."""
        after = by_name(mutant.tree, path)
        new = {code: after[key] for key, code in before.items() if key in after and after[key] != code}
        for each in known:
            if isinstance(each, types.FunctionType) and each.__code__ in new:
                each.__code__ = new[each.__code__]
            elif type(each) is functools._lru_cache_wrapper:  # noqa: SLF001
                each.cache_clear()

    def fails(self, items: list[pytest.Item]) -> int:
        """Return 1 where a test fails, 0 where all pass."""
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return 1
        return 0


def main() -> int:
    """Run the mutants, print what is left and the counts of each part; 1 where any is left."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--share", default="1/1", help="which part of the mutants, such as 3/20")
    options.add_argument("--tests", default=",".join(TESTS), help="the test files to run, such as formulas,ops")
    options.add_argument("--json", help="a file for the counts")
    given = options.parse_args()
    first, of = map(int, given.share.split("/"))
    watch = Watch((first, of))
    tests = [str(ROOT / "tests" / f"test_{name}.py") for name in given.tests.split(",")]
    quiet = ("-q", "-s", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:xdist")
    os.chdir(ROOT)
    pytest.main([*quiet, *tests], plugins=[watch])
    rows = [
        {"part": part, "mutants": sum(fates.values()), "killed": fates["found"], "equivalent": fates["proven"]}
        for part, fates in sorted(watch.counts.items())
    ]
    rows = [{**row, "left": row["mutants"] - row["killed"] - row["equivalent"]} for row in rows]
    for row in rows:
        print("\n" + "  ".join(f"{name} {value}" for name, value in row.items()), end="")
    if given.json:
        Path(given.json).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return int(any(row["left"] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
