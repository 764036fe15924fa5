"""Instances of one class -> a block: what is equal stays, what differs becomes an argument or an expression of one."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from costcalc.importer.fuse import Fused, Item
from costcalc.importer.unify import NO_PLAIN, FoldedBlock, Instance, Unifier, X, plain_of
from costcalc.ops import OPS

MOST_ABSENT = 3
MOST_ROWS = 24  # of a block: longer ones are told row by row


Form = Sequence[tuple[Instance, frozenset[int]]]  # instances, each with the rows of the longest that it lacks


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
        forms = [form for form in _forms(_instances(items, kind, fused)) if _shortens(form, fused)]
        for form in forms:
            found = [instance for instance, _ in form]
            template = max(found, key=lambda instance: len(instance.items))
            unifier = Unifier(template, found, [lack for _, lack in form], fused)
            down = "_down" if _shrinks(form, fused) and not all(_shrinks(other, fused) for other in forms) else ""
            block, cells = unifier.block(_name(kind, down, {block.name for block in blocks}))
            blocks.append(block)
            calls += [
                (instance, _call(block.name, instance, given)) for instance, given in zip(found, cells, strict=True)
            ]
        for instance, call in sorted(calls, key=lambda pair: -pair[0].start):
            items[instance.start : instance.stop] = [call]
    used = _used(items, blocks)
    return Folding(tuple(items), tuple(block for block in blocks if block.name in used))


def _shrinks(form: Form, fused: Fused) -> bool:
    """Return whether every instance gives a smaller map than it reads."""
    return all(fused.shape(found.x).h > fused.shape(found.items[-1].last).h for found, _ in form)


def _shortens(form: Form, fused: Fused) -> bool:
    """Return whether a block makes a spec shorter: its own lines and a call for each instance."""
    now = sum(len(runs(instance.items, fused.outputs)) for instance, _ in form)
    return now > max(len(instance.items) for instance, _ in form) + 2 + len(form)


def _call(name: str, instance: Instance, cells: Mapping[str, Any]) -> Item:
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


def _name(kind: str, ending: str, taken: set[str]) -> str:
    """Return a block's name, from that of a class: `InvertedResidual` is `inverted_residual`."""
    last = re.sub(r"\W", "_", kind.rpartition(".")[2])
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", last).lower().strip("_") or "block"
    name = (name if not name[0].isdigit() else f"block_{name}") + ending
    free, number = name, 2
    while free in taken or free in OPS or free in RESERVED:
        free, number = f"{name}_{number}", number + 1
    return free


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
    if any(item.owner or item.shares is not None for item in inside):
        return None
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
            alone = item.owner or head.owner or item.shares is not None or head.shares is not None
            chained = (
                not alone
                and item.reads == (before.last,)
                and before.last not in read_far
                and before.last not in outputs
            )
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
