"""Which runs of rows are one block: wired alike, some with rows that others lack."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations, islice
from typing import Any

from costcalc.importer.fuse import Fused, Item
from costcalc.importer.unify import NO_PLAIN, Instance, X, plain_of

MOST_ABSENT = 3
MOST_ROWS = 24  # of a block: longer ones are written row by row
MOST_TRIES = 300  # of leaving rows out, for one instance
MOST_PAIRS = 5000  # of an instance and a form of its class
Span = tuple[int, int]  # of items, from the first to that after the last
Form = Sequence[tuple[Instance, frozenset[int]]]  # instances, each with the rows of the longest that it lacks


def last_readers(items: Sequence[Item], fused: Fused) -> dict[int, int]:
    """Return the last item that reads each row or input; beyond them all for what the model gives."""
    found = {read: index for index, item in enumerate(items) for read in item.reads}
    return found | dict.fromkeys(fused.outputs, len(items))


def instance_of(items: Sequence[Item], path: str, span: Span, until: Mapping[int, int]) -> Instance | None:
    """Return a run of items as an instance, or None where it has several inputs or outputs."""
    start, stop = span
    if not 2 <= stop - start <= MOST_ROWS:
        return None
    inside = tuple(items[start:stop])
    first, last = inside[0].first, inside[-1].last
    outer = {read for item in inside for read in item.reads if not first <= read <= last}
    local = {item.last: index for index, item in enumerate(inside)}
    if any(item.owner or item.shares is not None for item in inside):
        return None
    if len(outer) != 1 or any(until.get(item.last, -1) >= stop for item in inside[:-1]):
        return None
    x = outer.pop()
    wires = tuple(tuple(X if read == x else local[read] for read in item.reads) for item in inside)
    return Instance(path, start, stop, x, inside, wires)


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


def absent_rows(template: Instance, other: Instance) -> frozenset[int] | None:
    """Return which rows of a template an instance lacks; None where it is not an instance of it."""
    want = [(_shape_of(item), wires) for item, wires in zip(other.items, other.wires, strict=True)]
    lacking = len(template.items) - len(other.items)
    spare = Counter(map(_shape_of, template.items))
    spare.subtract(shape for shape, _ in want)
    if not 0 <= lacking <= MOST_ABSENT or min(spare.values()) < 0:
        return None
    maybe = [index for index, item in enumerate(template.items) if spare[_shape_of(item)]]
    for chosen in islice(combinations(maybe, lacking), MOST_TRIES):
        if _contracted(template, frozenset(chosen)) == want:
            return frozenset(chosen)
    return None


def forms_of(found: Sequence[Instance]) -> list[list[tuple[Instance, frozenset[int]]]]:
    """Return instances by their form, each with the rows of the longest that it lacks, in the order of the items."""
    forms: list[list[tuple[Instance, frozenset[int]]]] = []
    pairs = 0
    for instance in sorted(found, key=lambda instance: -len(instance.items)):
        for form in forms if pairs < MOST_PAIRS else ():
            pairs += 1
            lack = absent_rows(form[0][0], instance)
            if lack is not None:
                form.append((instance, lack))
                break
        else:
            forms.append([(instance, frozenset())])
    return [sorted(form, key=lambda pair: pair[0].start) for form in forms]
