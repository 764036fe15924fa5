"""Instances of one class -> a block: what is equal stays, what differs becomes an argument or an expression of one."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importer.fuse import Fused, Item
from costcalc.importer.matching import Form, forms_of, instance_of, last_readers
from costcalc.importer.repeats import marked
from costcalc.importer.unify import LONGEST, REPEATED, FoldedBlock, Instance, Unifier
from costcalc.ops import OPS

MOST_KINDS = 200  # classes of one model that are looked at


class Folding(NamedTuple):
    """Items of the top level, and the blocks that they call."""

    items: tuple[Item, ...]
    blocks: tuple[FoldedBlock, ...]


def fold(fused: Fused) -> Folding:
    """Fold classes from the innermost out; then what repeats without one."""
    items = list(fused.items)
    blocks: list[FoldedBlock] = []
    for kind in _classes(fused.items)[:MOST_KINDS]:
        _fold_kind(items, blocks, kind, fused)
    items = marked(items, fused, chains=not blocks)
    _fold_kind(items, blocks, REPEATED, fused)
    used = _used(items, blocks)
    return Folding(tuple(items), tuple(block for block in blocks if block.name in used))


def _fold_kind(items: list[Item], blocks: list[FoldedBlock], kind: str, fused: Fused) -> None:
    """Put blocks, and calls of them among the items, in place of the instances of one class."""
    calls: list[tuple[Instance, Item]] = []
    forms = [form for form in forms_of(_instances(items, kind, fused)) if _shortens(form, fused)]
    for form in forms:
        found = [instance for instance, _ in form]
        template = max(found, key=lambda instance: len(instance.items))
        unifier = Unifier(template, found, [lack for _, lack in form], fused)
        down = "_down" if _shrinks(form, fused) and not all(_shrinks(other, fused) for other in forms) else ""
        block, cells = unifier.block(_name(kind, down, {block.name for block in blocks}))
        blocks.append(block)
        calls += [(instance, _call(block.name, instance, given)) for instance, given in zip(found, cells, strict=True)]
    for instance, call in sorted(calls, key=lambda pair: -pair[0].start):
        items[instance.start : instance.stop] = [call]


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
    last = re.sub(r"\W", "_", kind.rpartition(".")[2], flags=re.ASCII)[:LONGEST]
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", last).lower().strip("_") or "block"
    name = (name if not name[0].isdigit() else f"block_{name}") + ending
    free, number = name, 2
    while free in taken or free in OPS or free in RESERVED:
        free, number = f"{name}_{number}", number + 1
    return free


WORDS = {"true", "false", "yes", "no", "on", "off", "none", "from", "and", "or", "not", "if", "else"}
RESERVED = {*WORDS, "x", "c", "s", "k", "t", "n", "input", "res", "classes", "width", "same", "valid"}


def _instances(items: Sequence[Item], kind: str, fused: Fused) -> list[Instance]:
    """Return the places of a class, if each is a run of items with one input and one output; else none."""
    spans: dict[str, list[int]] = {}
    for index, item in enumerate(items):
        for path, name in item.scope:
            if name == kind:
                spans.setdefault(path, []).append(index)
    found = []
    until = last_readers(items, fused)
    for path, indices in spans.items():
        start, stop = indices[0], indices[-1] + 1
        if len(indices) != stop - start:
            continue
        instance = instance_of(items, path, (start, stop), until)
        if instance is not None:
            found.append(instance)
    return sorted(found, key=lambda instance: instance.start)


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
