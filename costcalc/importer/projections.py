"""Attention put together with the linear layers around it: what projects queries, keys and values, and the output."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importer.lower import INPUT, ImportedRow, Lowered
from costcalc.ops import OPS

SUMS = ("weights", "bias", "other", "fc_macs", "matmul_macs", "bias_adds", "softmax_elems")
Rows = Sequence[ImportedRow]


def projected(lowered: Lowered) -> Lowered:
    """Return the rows with `attention` that projects by itself, wherever its counts are those of the rows around it."""
    rows = _windowed(lowered)
    readers = Counter(read for row in rows for read in row.reads) + Counter(lowered.outputs)
    shared = {n for n, row in enumerate(rows) if row.shares is not None} | {row.shares for row in rows}
    after = {row.reads: number for number, row in enumerate(rows) if len(row.reads) == 1}
    becomes: dict[int, ImportedRow] = {}
    gone: set[int] = set()
    for number, row in enumerate(rows):
        if row.op == "attention":
            inside = _around(rows, number, after.get((number,)), readers)
            if inside and not shared.intersection((number, inside[0], *inside[1])):
                last, parts, read = inside
                whole = _whole(lowered, rows, [*parts, number, last], read)
                if whole:
                    becomes[last] = whole
                    gone |= {*parts, number}
    return _without(lowered._replace(rows=tuple(becomes.get(n, row) for n, row in enumerate(rows))), gone)


def _around(rows: Rows, number: int, last: int | None, readers: Mapping[int, int]) -> tuple[int, list[int], int] | None:
    """Return what projects an attention's output, the rows that give queries, keys and values, and what they read."""
    if last is None or readers[number] != 1 or not _plain(rows[last]):
        return None
    parts: list[int] = []
    for read in rows[number].reads:
        if read <= INPUT or readers[read] != 1:
            return None
        parts.append(read)
    if all(rows[part].op == "slice" for part in parts):
        sources = {rows[part].reads for part in parts}
        source = next(iter(sources))[0]
        if len(sources) != 1 or source <= INPUT or readers[source] != len(parts):
            return None
        parts.append(source)
    projections = [part for part in parts if rows[part].op != "slice"]
    reads = {rows[part].reads for part in projections}
    if len(reads) != 1 or not all(_plain(rows[part]) for part in projections):
        return None
    return last, parts, next(iter(reads))[0]


def _plain(row: ImportedRow) -> bool:
    """Return whether a row is a linear layer and nothing else."""
    return row.op == "linear" and not row.cells.keys() - {"c", "bias"}


def _whole(lowered: Lowered, rows: Rows, inside: Sequence[int], read: int) -> ImportedRow | None:
    """Return one row for those inside, or None where its counts would not be theirs."""
    number, last = inside[-2:]
    shape = lowered.shape(read)
    cells: dict[str, Any] = {**rows[number].cells, "qkv": True}
    if any(rows[n].cells.get("bias") is False for n in inside):
        cells["bias"] = False
    declared = OPS["attention"]
    given = {column: declared.columns[column].read(cell) for column, cell in cells.items()}
    cost = declared.run([shape], declared.filled(given))
    alike = all(getattr(cost, name) == sum(getattr(rows[n].cost, name) for n in inside) for name in SUMS)
    if not alike or cost.out != rows[last].cost.out:
        return None
    row = rows[number]
    held = tuple(name for n in inside for name in rows[n].held)
    return row._replace(cells=cells, reads=(read,), cost=cost, held=held, where=rows[last].where)


def _windowed(lowered: Lowered) -> list[ImportedRow]:
    """Return the rows with the window of others where attention among all places is attention in one such window."""
    windows = {row.cells["window"] for row in lowered.rows if row.op == "attention" and "window" in row.cells}
    if len(windows) != 1:
        return list(lowered.rows)
    window = windows.pop()

    def cells(row: ImportedRow) -> Mapping[str, Any]:
        at = lowered.shape(row.reads[0])
        whole = row.op == "attention" and not {"window", "grid"} & row.cells.keys() and tuple(at[1:]) == window
        return {**row.cells, "window": window} if whole else row.cells

    return [row._replace(cells=cells(row)) for row in lowered.rows]


def _without(lowered: Lowered, gone: set[int]) -> Lowered:
    """Return the rows but those that are gone, with new numbers."""
    place = {INPUT - index: INPUT - index for index in range(len(lowered.inputs))}
    kept: list[ImportedRow] = []
    for number, row in enumerate(lowered.rows):
        if number not in gone:
            place[number] = len(kept)
            shares = None if row.shares is None else place[row.shares]
            kept.append(row._replace(reads=tuple(place[read] for read in row.reads), shares=shares))
    return lowered._replace(rows=tuple(kept), outputs=tuple(place[row] for row in lowered.outputs))
