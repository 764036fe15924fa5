"""Instances of one class put together: a cell is what all have, an argument, or an expression of one."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.common.rounding import divisible
from costcalc.importer.fuse import Fused, Item
from costcalc.importer.rowtext import MIDDLE, ORDER
from costcalc.ops import OPS

if TYPE_CHECKING:
    from costcalc.ops.shape import Shape

# What a cell is where a row does not give it; a column without an entry must be given by all instances or by none.
PLAIN: Mapping[str, Any] = {
    "s": 1,
    "d": 1,
    "g": 1,
    "bias": False,
    "norm": "none",
    "act": "none",
    "ceil": False,
    "start": 0,
}
X = "x"
LONGEST = 40  # characters of a name, before what makes it the only one
NO_PLAIN = object()
REPEATED = "repeated.block"  # the class of what repeats without one of its own
PARTS = (2, 3, 4, 6, 8, 12, 16, 24)  # of channels, rounded to a multiple of 8


def plain_of(op: str, column: str) -> Any:
    """Return what a column is where a row does not give it; NO_PLAIN where that is not a constant, and for blocks."""
    if op not in OPS or (column == "s" and op in ("maxpool", "avgpool")):
        return NO_PLAIN
    return True if column == "bias" and op in ("fc", "linear") else PLAIN.get(column, NO_PLAIN)


class Formula(str):
    """An expression of a block's arguments, as a cell has it."""

    __slots__ = ()


class BlockRow(NamedTuple):
    """A row of a block: `reads` are `x` or indices of rows above it; `when` is the condition that it is there."""

    op: str
    cells: Mapping[str, Any]
    reads: tuple[Any, ...]
    when: str = ""
    label: str = ""


class FoldedBlock(NamedTuple):
    """A block that folding found."""

    name: str
    args: tuple[str, ...]
    lines: tuple[BlockRow, ...]
    flags: frozenset[str] = frozenset()


class Instance(NamedTuple):
    """Where a module is: its items from `start` to `stop`, what it reads, with local wiring."""

    path: str
    start: int
    stop: int
    x: int
    items: tuple[Item, ...]
    wires: tuple[tuple[Any, ...], ...]


class Unifier:
    """Turns the cells of several instances into constants, arguments and expressions of arguments."""

    def __init__(
        self, template: Instance, found: Sequence[Instance], lacks: Sequence[frozenset[int]], fused: Fused
    ) -> None:
        self.template = template
        self.lacks = lacks
        self.ins: list[Shape] = [fused.shape(instance.x) for instance in found]
        self.outs: list[int] = [fused.shape(instance.items[-1].last).c for instance in found]
        self.args: dict[str, list[Any]] = {}
        self.grid: list[list[Item | None]] = []  # by row of the template: the item of each instance, if it has one
        for index in range(len(template.items)):
            self.grid.append([
                None if index in lack else instance.items[index - sum(gone < index for gone in lack)]
                for instance, lack in zip(found, lacks, strict=True)
            ])  # fmt: skip

    def block(self, name: str) -> tuple[FoldedBlock, list[dict[str, Any]]]:
        """Return the block, and the arguments of each instance."""
        self.base()
        cells = [self.cells(index) for index in range(len(self.grid))]
        whens = [self.when(index, cells[index]) for index in range(len(self.grid))]
        lines = [
            BlockRow(
                item.op, cells[index], self.template.wires[index], whens[index], label_of(item, self.template.path)
            )
            for index, item in enumerate(self.template.items)
        ]
        if any(value is None for values in self.args.values() for value in values):
            self.args = {
                arg: [self.filler(arg) if value is None else value for value in values]
                for arg, values in self.args.items()
            }
        flags = frozenset(arg for arg, values in self.args.items() if all(isinstance(value, bool) for value in values))
        args = sorted(self.args, key=lambda arg: _rank(arg, flags))
        calls = [
            {arg: self.args[arg][index] for arg in args if arg not in flags or self.args[arg][index]}
            for index in range(len(self.ins))
        ]
        return FoldedBlock(name, tuple(args), tuple(lines), flags), calls

    def filler(self, arg: str) -> Any:
        """Return what an argument is where no row reads it: the first value that it has elsewhere."""
        return next(value for value in self.args[arg] if value is not None)

    def vector(self, index: int, column: str) -> list[Any]:
        """Return a column of a row over all instances; None where the row is missing."""
        plain = plain_of(self.template.items[index].op, column)
        return [None if item is None else item.cells.get(column, plain) for item in self.grid[index]]

    def columns(self, index: int) -> list[str]:
        """Return the columns that some instance gives for a row."""
        return list(dict.fromkeys(column for item in self.grid[index] if item for column in item.cells))

    def base(self) -> None:
        """Choose the argument `c`: what the output's channels are, or are a multiple of."""
        vectors = [self.vector(i, "c") for i in range(len(self.grid)) if "c" in self.columns(i)]
        vectors = [v for v in vectors if None not in v and len(set(v)) > 1 and not _fits(v, self.widths())]
        narrow = [v for v in vectors if (m := _ratio(self.outs, v)) and m > 1]
        joined = self.template.items[-1].op in ("concat", "shuffle") and not _fits(self.outs, self.widths())
        if narrow and joined:
            self.args["c"] = list(self.outs)
        elif narrow:
            self.args["c"] = min(narrow)
        elif len(set(self.outs)) > 1 and not _fits(self.outs, self.widths()):
            given = [self.vector(i, "c") for i in range(len(self.grid)) if "c" in self.columns(i)]
            if any(_agree(self.outs, vector) for vector in given):
                self.args["c"] = list(self.outs)

    def widths(self) -> list[int]:
        """Return the channels that each instance reads."""
        return [shape.c for shape in self.ins]

    def cells(self, index: int) -> dict[str, Any]:
        """Return the cells of a row: constants, arguments, expressions."""
        found = {}
        for column in self.columns(index):
            vector = self.vector(index, column)
            value = self.value(column, vector)
            if isinstance(value, Formula) or value != plain_of(self.template.items[index].op, column):
                found[column] = value
        return found

    def value(self, column: str, vector: list[Any]) -> Any:
        """Return a constant, or an expression that gives a column's values."""
        known = {item for item in vector if item is not None}
        if len(known) == 1:
            return next(iter(known))
        if all(isinstance(item, int) and not isinstance(item, bool) for item in known):
            bases = self.bases(column)
            m = _steady(vector, self.widths()) if column == "c" and None in vector else 0
            if m and not any(words != "x.c" and _scaled(words, base, vector) for words, base in bases):
                return Formula(f"{self.arg('t', [1 if item is None else m for item in vector])} * x.c")
            bases = bases[1:] if m else bases
            for words, base in bases:
                if text := _scaled(words, base, vector):
                    return Formula(text)
            if column == "g" or column[0] == "c":
                return Formula(self.widened(column, vector))
        return Formula(self.arg(column, vector))

    def widened(self, column: str, vector: list[Any]) -> str:
        """Return channels as a rounded part of the input's or as a multiple of them, else as an argument."""
        pairs = [(item, width) for item, width in zip(vector, self.widths(), strict=True) if item is not None]
        for part in PARTS:
            if all(divisible(width / part) == item for item, width in pairs):
                return f"divisible(x.c / {part})"
        times = [1 if item is None else _times(item, width) for item, width in zip(vector, self.widths(), strict=True)]
        if 0 not in times and len({*times} - {1}) < len({item for item, _ in pairs}):
            return f"{self.arg('t', times)} * x.c"
        return self.arg(column, vector)

    def bases(self, column: str) -> list[tuple[str, list[Any]]]:
        """Return what a column's values may be multiples or parts of."""
        alike = [(arg, values) for arg, values in self.args.items() if arg.rstrip("0123456789") == column]
        return [("x.c", self.widths()), *alike] if column[0] == "c" or column in ("g", "start") else alike

    def arg(self, name: str, vector: list[Any]) -> str:
        """Return the name of an argument with these values: one that is there, or a new one."""
        for other, values in self.args.items():
            if other.rstrip("0123456789") == name.rstrip("0123456789") and _agree(values, vector):
                self.args[other] = [a if a is not None else b for a, b in zip(values, vector, strict=True)]
                return other
        number, free = 2, name
        while free in self.args:
            free, number = f"{name.rstrip('0123456789')}{number}", number + 1
        self.args[free] = list(vector)
        return free

    def when(self, index: int, cells: Mapping[str, Any]) -> str:
        """Return the condition under which a row is there, from a closed list; a flag where none of it is true."""
        there = [index not in lack for lack in self.lacks]
        if all(there):
            return ""
        for words, holds in self.conditions():
            if holds == there:
                return words
        own = [str(value) for value in cells.values() if str(value) in self.args and str(value) != "s"]
        for arg in own:
            numbers = all(value is None or type(value) is int for value in self.args[arg])
            if numbers and all((a is None) != present for a, present in zip(self.args[arg], there, strict=True)):
                self.args[arg] = [0 if value is None else value for value in self.args[arg]]
                return f"{arg} > 0"
        op = self.template.items[index].op
        return self.arg("SE" if op.startswith(("se_", "squeeze")) else f"has_{op}", there)

    def conditions(self) -> list[tuple[str, list[bool]]]:
        """Return the closed list of conditions with their truth at each instance."""
        s = self.args.get("s", [1] * len(self.ins))
        strides = [value == 1 for value in s]
        keeps = [a == b for a, b in zip(self.widths(), self.outs, strict=True)]
        out = self.out_words()
        found: list[tuple[str, list[bool]]] = []
        if "t" in self.args:
            found.append(("t != 1", [value != 1 for value in self.args["t"]]))
        if out and "s" in self.args:
            both = [one and kept for one, kept in zip(strides, keeps, strict=True)]
            found += [(f"s == 1 and x.c == {out}", both), (f"s != 1 or x.c != {out}", [not kept for kept in both])]
        if "s" in self.args:
            found += [("s == 1", strides), ("s != 1", [not one for one in strides])]
        if out:
            found += [(f"x.c == {out}", keeps), (f"x.c != {out}", [not kept for kept in keeps])]
        return found + [(arg, values) for arg, values in self.args.items() if arg.startswith(("has_", "SE"))]

    def out_words(self) -> str:
        """Return the output's channels as an expression of `c`, or of nothing where they are always the same."""
        if "c" in self.args:
            return _scaled("c", self.args["c"], self.outs)
        return str(self.outs[0]) if len(set(self.outs)) == 1 else ""


def _agree(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Return whether two vectors are equal wherever both have a value."""
    return all(p is None or q is None or p == q for p, q in zip(a, b, strict=True))


def _ratio(whole: Sequence[int], part: Sequence[int]) -> int:
    """Return m where whole = m * part throughout, or 0."""
    m = whole[0] // part[0] if part[0] else 0
    return m if m and all(a == m * b for a, b in zip(whole, part, strict=True)) else 0


def _steady(vector: Sequence[Any], widths: Sequence[int]) -> int:
    """Return m > 1 where a column is m times the input's channels wherever its row is there, or 0."""
    ratios = {item / width for item, width in zip(vector, widths, strict=True) if item is not None}
    m = ratios.pop()
    return int(m) if not ratios and m > 1 and m == int(m) else 0


def _fits(vector: Sequence[Any], base: Sequence[Any]) -> bool:
    """Return whether a vector is a base, a multiple or a part of it."""
    return bool(_scaled("x", list(base), list(vector)))


def _scaled(words: str, base: Sequence[Any], vector: Sequence[Any]) -> str:
    """Return `base`, `m * base` or `base // m` where that gives a vector's values, or an empty string."""
    pairs = [(a, b) for a, b in zip(base, vector, strict=True) if b is not None]
    if any(not isinstance(a, int) or isinstance(a, bool) or a < 1 or b < 1 for a, b in pairs):
        return ""
    if all(a == b for a, b in pairs):
        return words
    a, b = pairs[0]
    if b % a == 0 and all(q == p * (b // a) for p, q in pairs):
        return f"{b // a} * {words}"
    if a % b == 0 and all(p // (a // b) == q for p, q in pairs):
        return f"{words} {'//' if any(p % (a // b) for p, _ in pairs) else '/'} {a // b}"
    return ""


def _times(item: int, width: int) -> int | float:
    """Return the factor of at most two decimals that a width times it is exactly, or 0."""
    hundreds = 100 * item
    if hundreds % width:
        return 0
    return item // width if item % width == 0 else hundreds // width / 100


def _rank(arg: str, flags: frozenset[str]) -> int:
    """Return where an argument is, as in the bundled specs: kernel, factor, channels, flags, the rest, stride."""
    return 2 * ORDER.get(arg.rstrip("0123456789"), MIDDLE) - (arg in flags)


LABELS = {"add": "mixed", "mul": "scaled", "slice": "part", "concat": "joined", "gap": "pooled"}  # without a module


def label_of(item: Item, inside: str = "") -> str:
    """Return what a row may be called: the last parts of its module's path, inside another."""
    own = [path for path, kind in item.scope if kind != REPEATED]
    path = own[-1] if own and item.op in OPS else item.where
    within = bool(inside) and path.startswith(inside)
    parts = [part for part in re.split(r"\W+", path[len(inside) :] if within else path) if part]
    label = "_".join(parts if within else parts[-2:])
    label = re.sub(r"\W", "_", label, flags=re.ASCII)[-LONGEST:].strip("_") or LABELS.get(item.op, item.op)
    return label if not label[0].isdigit() else f"{item.op}_{label}"
