"""Instances of one class -> a block: what is equal stays, what differs becomes an argument or an expression of one."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.importer.fuse import Fused, Item
from costcalc.ops import OPS

if TYPE_CHECKING:
    from costcalc.ops.shape import Shape

MOST_ABSENT = 3
MOST_ROWS = 24  # of a block: longer ones are told row by row
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
NO_PLAIN = object()


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


class Instance(NamedTuple):
    """Where a module stands: its items from `start` to `stop`, what it reads, with local wiring."""

    path: str
    start: int
    stop: int
    x: int
    items: tuple[Item, ...]
    wires: tuple[tuple[Any, ...], ...]


class Folding(NamedTuple):
    """Items of the top level, and the blocks that they call."""

    items: tuple[Item, ...]
    blocks: tuple[FoldedBlock, ...]


def fold(fused: Fused) -> Folding:
    """Fold classes from the innermost out."""
    items = list(fused.items)
    blocks: list[FoldedBlock] = []
    for kind in _classes(fused.items):
        calls: list[tuple[Instance, Item]] = []
        for form in _forms(_instances(items, kind, fused)):
            if not _shortens(form, fused):
                continue
            found = [instance for instance, _ in form]
            template = max(found, key=lambda instance: len(instance.items))
            unifier = Unifier(template, found, [lack for _, lack in form], fused)
            block, cells = unifier.block(_name(kind, {block.name for block in blocks}))
            blocks.append(block)
            calls += [
                (instance, _call(block.name, instance, given)) for instance, given in zip(found, cells, strict=True)
            ]
        for instance, call in sorted(calls, key=lambda pair: -pair[0].start):
            items[instance.start : instance.stop] = [call]
    used = _used(items, blocks)
    return Folding(tuple(items), tuple(block for block in blocks if block.name in used))


def _shortens(form: Sequence[tuple["Instance", frozenset[int]]], fused: Fused) -> bool:
    """Return whether a block makes a spec shorter: its own lines and a call for each instance."""
    now = sum(len(runs(instance.items, fused.outputs)) for instance, _ in form)
    return now > max(len(instance.items) for instance, _ in form) + 2 + len(form)


def _call(name: str, instance: "Instance", cells: Mapping[str, Any]) -> Item:
    """Return the item that calls a block in place of an instance."""
    inside = instance.items
    depth = [path for path, _ in inside[0].scope].index(instance.path)
    return Item(name, cells, (instance.x,), inside[0].first, inside[-1].last, inside[0].scope[:depth], instance.path)


def _used(items: Sequence[Item], blocks: Sequence[FoldedBlock]) -> set[str]:
    """Return the names of blocks that something calls."""
    used = {item.op for item in items}
    for block in reversed(blocks):
        if block.name in used:
            used |= {line.op for line in block.lines}
    return used


def _classes(items: Sequence[Item]) -> list[str]:
    """Return the classes of modules that may be blocks, the innermost first."""
    inside: dict[str, set[str]] = {}
    for item in items:
        kinds = [kind for _, kind in item.scope if not kind.startswith("torch.nn.")]
        for index, kind in enumerate(kinds):
            inside.setdefault(kind, set()).update(kinds[index + 1 :])
    height: dict[str, int] = {}

    def high(kind: str, around: tuple[str, ...]) -> int:
        if kind not in height:
            others = [high(other, (*around, kind)) for other in inside[kind] if other not in (*around, kind)]
            height[kind] = 1 + max(others, default=0)
        return height[kind]

    for kind in inside:
        high(kind, ())
    return sorted((kind for kind in inside if kind not in inside[kind]), key=lambda kind: height[kind])


def _name(kind: str, taken: set[str]) -> str:
    """Return a block's name, from that of a class: `InvertedResidual` is `inverted_residual`."""
    last = re.sub(r"\W", "_", kind.rpartition(".")[2])
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", last).lower().strip("_") or "block"
    name = name if not name[0].isdigit() else f"block_{name}"
    while name in taken or name in OPS or name in RESERVED:
        name += "_"
    return name


RESERVED = {"x", "c", "s", "k", "t", "n", "input", "res", "classes", "width", "same", "valid", "none"}


def _instances(items: Sequence[Item], kind: str, fused: Fused) -> list[Instance]:
    """Return the places of a class, if each is a run of items with one input and one output; else none."""
    spans: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        for path, name in item.scope:
            if name == kind:
                spans.setdefault(path, []).append(index)
    found = []
    for path, indices in spans.items():
        start, stop = indices[0], indices[-1] + 1
        if len(indices) != stop - start or not 2 <= len(indices) <= MOST_ROWS:
            continue
        instance = _instance(items, path, start, stop, fused)
        if instance is not None:
            found.append(instance)
    return sorted(found, key=lambda instance: instance.start)


def _instance(items: Sequence[Item], path: str, start: int, stop: int, fused: Fused) -> Instance | None:
    """Return a run of items as an instance, or None where it has several inputs or outputs."""
    inside = tuple(items[start:stop])
    first, last = inside[0].first, inside[-1].last
    outer = {read for item in inside for read in item.reads if not first <= read <= last}
    local = {item.last: index for index, item in enumerate(inside)}
    after = {read for item in items[stop:] for read in item.reads} | set(fused.outputs)
    if len(outer) != 1 or any(first <= row < last for row in after):
        return None
    x = outer.pop()
    wires = tuple(tuple(X if read == x else local[read] for read in item.reads) for item in inside)
    return Instance(path, start, stop, x, inside, wires)


# one block of several instances


def _shape_of(item: Item) -> tuple[Any, ...]:
    """Return what two items must share to be one row: the op, and the columns that have no plain value."""
    return item.op, tuple(sorted(column for column in item.cells if plain_of(item.op, column) is NO_PLAIN))


def _contracted(template: Instance, absent: frozenset[int]) -> list[tuple[Any, ...]] | None:
    """Return the rows of a template without some: (shape, wiring) each, or None where one that is read has no alias."""
    alias: dict[Any, Any] = {X: X}
    rows: list[tuple[Any, ...]] = []
    for index, (item, wires) in enumerate(zip(template.items, template.wires, strict=True)):
        if any(wire not in alias for wire in wires):
            return None
        reads = tuple(alias[wire] for wire in wires)
        if index in absent:
            if len(reads) == 1:
                alias[index] = reads[0]
            elif index != len(template.items) - 1:
                return None
            continue
        alias[index] = len(rows)
        rows.append((_shape_of(item), reads))
    return rows


def _absent(template: Instance, other: Instance) -> frozenset[int] | None:
    """Return which rows of a template an instance lacks; None where it is not an instance of it."""
    want = [(_shape_of(item), wires) for item, wires in zip(other.items, other.wires, strict=True)]
    lacking = len(template.items) - len(other.items)
    if not 0 <= lacking <= MOST_ABSENT:
        return None
    for chosen in combinations(range(len(template.items)), lacking):
        if _contracted(template, frozenset(chosen)) == want:
            return frozenset(chosen)
    return None


def _forms(found: Sequence[Instance]) -> list[list[tuple[Instance, frozenset[int]]]]:
    """Return instances by their form, each with the rows of the longest that it lacks, in the order of the items."""
    forms: list[list[tuple[Instance, frozenset[int]]]] = []
    for instance in sorted(found, key=lambda instance: -len(instance.items)):
        for form in forms:
            lack = _absent(form[0][0], instance)
            if lack is not None:
                form.append((instance, lack))
                break
        else:
            forms.append([(instance, frozenset())])
    return [sorted(form, key=lambda pair: pair[0].start) for form in forms]


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
        calls = [{arg: values[index] for arg, values in self.args.items()} for index in range(len(self.ins))]
        return FoldedBlock(name, tuple(self.args), tuple(lines)), calls

    def filler(self, arg: str) -> Any:
        """Return what an argument is where no row reads it: the first value that it has elsewhere."""
        return next(value for value in self.args[arg] if value is not None)

    def vector(self, index: int, column: str) -> list[Any]:
        """Return a column of a row over all instances; None where the row is not there."""
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
        if narrow:
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
            if column in ("c", "g") or column[0] == "c":
                times = [
                    None if item is None else item // width if item % width == 0 else 0
                    for item, width in zip(vector, self.widths(), strict=True)
                ]
                if 0 not in times and len({t for t in times if t}) < len(known):
                    return Formula(f"{self.arg('t', [1 if t is None else t for t in times])} * x.c")
        return Formula(self.arg(column, vector))

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
            if all((value is None) != present for value, present in zip(self.args[arg], there, strict=True)):
                self.args[arg] = [0 if value is None else value for value in self.args[arg]]
                return f"{arg} > 0"
        return self.arg(f"has_{self.template.items[index].op}", there)

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
        return found + [(arg, values) for arg, values in self.args.items() if arg.startswith("has_")]

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
        return f"{words} // {a // b}"
    return ""


def label_of(item: Item, inside: str = "") -> str:
    """Return what a row may be called: the last parts of its module's path, inside another."""
    path = item.scope[-1][0] if item.scope else item.where
    if item.op not in OPS:
        path = item.where
    rest = path[len(inside) :].strip(".") if inside and path.startswith(inside) else path
    parts = [part for part in re.split(r"\W+", rest) if part]
    label = "_".join(parts) if inside else "_".join(parts[-2:])
    label = re.sub(r"\W", "_", label).strip("_") or item.op
    return label if not label[0].isdigit() else f"{item.op}_{label}"


def runs(items: Sequence[Item], outputs: Sequence[int]) -> list[tuple[Item, int]]:
    """Return items with how often each is there: runs that differ at most in a first stride are one."""
    read_far = {
        read for index, item in enumerate(items) for read in item.reads if not (index and read == items[index - 1].last)
    }
    found: list[tuple[Item, int]] = []
    for index, item in enumerate(items):
        if found and index:
            head, times = found[-1]
            before = items[index - 1]
            chained = item.reads == (before.last,) and before.last not in read_far and before.last not in outputs
            if chained and item.op == head.op and len(head.reads) == 1 and _repeats(head.cells, item.cells):
                found[-1] = (head, times + 1)
                continue
        found.append((item, 1))
    return found


def _repeats(head: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Return whether a row with these cells can be a further repeat: equal but for the stride, which is 1."""
    strides = item.get("s", 1)
    rest = (
        {key: value for key, value in head.items() if key != "s"},
        {key: value for key, value in item.items() if key != "s"},
    )
    return rest[0] == rest[1] and strides == 1
