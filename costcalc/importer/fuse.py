"""Rows put together: norms and activations into the row that they alone read, concatenations that grow one by one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importer.graph import Scope
from costcalc.importer.lower import INPUT, ImportedRow, Lowered
from costcalc.ops import COUNT_NAMES, OPS
from costcalc.ops.activation import ACTIVATIONS
from costcalc.ops.schema import NORMS, Padded, Sides
from costcalc.ops.shape import Shape

SIGNAL = ("channels", "length")
MOST_GROWN = 256  # inputs of a concatenation that a later one may begin with


class Item(NamedTuple):
    """A line of a spec in the making: a row, or a call of a block.

    `reads` are numbers of fused rows (-1, -2, ...: the inputs); it means the rows from `first` to `last`, which is its
    value. `shares` is the row whose parameters it has too, `owner` whether others have its own.
    """

    op: str
    cells: Mapping[str, Any]
    reads: tuple[int, ...]
    first: int
    last: int
    scope: Scope
    where: str
    shares: int | None = None
    owner: bool = False


class Fused(NamedTuple):
    """Rows after fusing, with the shapes of their outputs; `outputs` are the rows that the model gives.

    The inputs of a `signal` are channels and a length, along which numbers of its rows go.
    """

    items: tuple[Item, ...]
    shapes: tuple[Shape, ...]
    inputs: Mapping[str, Shape]
    outputs: tuple[int, ...]
    counts: Mapping[str, int]
    signal: bool = False

    def shape(self, row: int) -> Shape:
        """Return the output of a row, or the input."""
        return self.shapes[row] if row > INPUT else [*self.inputs.values()][INPUT - row]


def fuse(lowered: Lowered) -> Fused:
    """Return rows with norm and act where they belong; counts are the same."""
    readers = Counter(read for row in lowered.rows for read in row.reads)
    readers.update(lowered.outputs)
    apart = _apart(lowered.rows)
    owners = {row.shares for row in lowered.rows}
    new: list[Item] = []
    shapes: list[Shape] = []
    place = {INPUT - index: INPUT - index for index in range(len(lowered.inputs))}
    for number, row in enumerate(lowered.rows):
        column = "norm" if row.op in NORMS else "act" if row.op in ACTIVATIONS and not row.cells else ""
        before = place[row.reads[0]]
        if (
            column
            and before > INPUT
            and readers[row.reads[0]] == 1
            and number not in apart
            and _takes(new[before], column, row)
        ):
            new[before] = new[before]._replace(cells={**new[before].cells, column: row.op, **row.cells})
            place[number] = before
            continue
        place[number] = len(new)
        reads = tuple(place[read] for read in row.reads)
        shares = None if row.shares is None else place[row.shares]
        new.append(Item(row.op, row.cells, reads, len(new), len(new), row.scope, row.where, shares, number in owners))
        shapes.append(row.cost.out)
    outputs = tuple(place[row] for row in lowered.outputs)
    counts = {name: sum(getattr(row.cost, name) for row in lowered.rows) for name in COUNT_NAMES}
    signal = {len(lowered.graph.inputs[name]) for name in lowered.inputs} == {len(("batch", *SIGNAL))}
    if signal:
        new = [item._replace(cells=_along(item)) for item in new]
    return Fused(tuple(_growing(new)), tuple(shapes), lowered.inputs, outputs, counts, signal)


def _along(item: Item) -> dict[str, Any]:
    """Return the cells of a row of a signal: what goes along its length alone as a number."""
    cells: dict[str, Any] = {}
    for column, value in item.cells.items():
        kind = OPS[item.op].columns[column]
        across = kind.least if isinstance(kind, Sides) else 0 if isinstance(kind, Padded) else None
        pair = (value, value) if isinstance(value, int) and not isinstance(value, bool) else value
        cells[column] = value if across is None else pair[1] if pair[0] == across and len(pair) == len(SIGNAL) else pair
    return cells


def _apart(rows: Sequence[ImportedRow]) -> set[int]:
    """Return rows with parameters that no row takes in: those after shared rows, unless all of these share them too."""
    after = {row.reads[0]: number for number, row in enumerate(rows) if len(row.reads) == 1}
    groups: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        if row.shares is not None:
            groups.setdefault(row.shares, [row.shares]).append(number)
    found: set[int] = set()
    for owner, members in groups.items():
        dressed = [after.get(number, owner) for number in members]
        first = rows[dressed[0]]
        alike = first.held and all(rows[number].shares == dressed[0] for number in dressed[1:])
        if not alike:
            found.update(number for number in dressed if rows[number].held)
    return found


def _takes(item: Item, column: str, row: ImportedRow) -> bool:
    """Return whether a row can carry a norm, with the cells that it has, or an activation, after what it carries."""
    columns = OPS[item.op].columns
    return {column, *row.cells} <= columns.keys() and not {column, "act", *row.cells} & item.cells.keys()


def _growing(items: Sequence[Item]) -> list[Item]:
    """Return items where a concatenation that begins as an earlier one does reads that one instead.

    It belongs to the module whose output joins last, as DenseNet's layers do.
    """
    found: list[Item] = []
    known: dict[tuple[int, ...], int] = {}
    begun = {item.reads[:2] for item in items if item.op == "concat" and len(item.reads) > 2}
    for item in items:
        if item.op == "concat" and "act" not in item.cells:
            reads = item.reads
            for length in range(min(len(reads) - 1, MOST_GROWN), 1, -1):
                if reads[:length] in known:
                    item = item._replace(reads=(known[reads[:length]], *reads[length:]))  # noqa: PLW2901
                    break
            known[reads] = item.first
            last = item.reads[-1]
            grown = len(item.reads) == 2 and last == item.first - 1 and last > INPUT and len(reads) > 2
            if grown or (len(reads) == 2 and last == item.first - 1 > INPUT and reads in begun):
                item = item._replace(scope=items[last].scope[:-1] or item.scope)  # noqa: PLW2901
        found.append(item)
    return found
