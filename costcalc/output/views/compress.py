"""The view of `compress`: each layer or group before and after, and what is stored of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.common.table import Column, Document, Notes, Table
from costcalc.common.units import both_bytes, bytes_of, percent, share
from costcalc.network.compress import Compressed, Scheme, Sizes, compress, summed
from costcalc.network.model import Network
from costcalc.network.quantities import FULL_BITS
from costcalc.output.views.heading import about, heading

COLUMNS = (
    Column("path", "layer"),
    Column("kind", "kind", drop=7),
    Column("density", "density", "share", 3),
    Column("bits", "bits", "int", 4),
    Column("rank", "rank", "int"),
    Column("params", "parameters", "int", 2),
    Column("kept", "kept", "int"),
    Column("macs", "MACs", "int", 5),
    Column("kept_macs", "MACs kept", "int", 2),
    Column("bit_ops", "bit operations", "int", 8),
    Column("value_bytes", "values", "bytes", 6),
    Column("index_bytes", "indices", "bytes", 5),
    Column("bytes", "stored", "bytes", 1),
)


def compression(network: Network, scheme: Scheme, by: str) -> Document:
    """Return a network's layers or groups before and after compression, with the totals."""
    layers = compress(network.layers, scheme)
    sums = summed(row.sizes for row in layers)
    rows, totals = [_row(*group) for group in _grouped(network, layers, by)], {**sums._asdict(), "bytes": sums.bytes}
    columns = (column._replace(title=by) if column.key == "path" else column for column in COLUMNS)
    table = Table.of(columns, rows, {"path": "total", **totals})
    return Document(
        heading(network),
        table.only(column.key for column in COLUMNS if column.key != "rank" or scheme.factor),
        _notes(sums, layers, scheme),
        lambda: {
            **about(network, "compress"),
            "by": by,
            "layout": {key: value for key, value in scheme.layout._asdict().items() if key != "words"},
            "act_bits": scheme.act_bits,
            "rows": rows,
            "totals": totals,
        },
    )


def _grouped(network: Network, layers: Sequence[Compressed], by: str) -> Iterator[tuple[str, str, list[Compressed]]]:
    """Yield (label, kind, layers) of each group that has a compressed layer."""
    found = {row.layer.number: row for row in layers}
    for group in network.by(by):
        members = [found[layer.number] for layer in group.layers if layer.number in found]  # type: ignore[attr-defined]
        if members:
            yield group.label, group.what, members


def _row(label: str, what: str, members: Sequence[Compressed]) -> dict[str, Any]:
    """Return the figures of one row; bits and rank where all of its layers have the same."""
    sizes = summed(row.sizes for row in members)
    bits, ranks = {row.bits for row in members}, {row.rank for row in members}
    return {
        "path": label,
        "kind": what,
        "density": float(members[0].density) if len(members) == 1 else share(sizes.kept_weights, sizes.weights),
        "bits": bits.pop() if len(bits) == 1 else None,
        "rank": ranks.pop() if len(ranks) == 1 else None,
        **sizes._asdict(),
        "bytes": sizes.bytes,
    }


def _times(before: int, after: int, noun: str) -> str:
    """Return how many times less there is, with the share that is left."""
    left = share(after, before)
    if not after or left is None:
        return "nothing left" if before else ""
    if after == before:
        return "as before"
    return f"{before / after:.2f}x {noun}, {percent(left)}" if after < before else f"{after / before:.2f}x as much"


def _notes(sums: Sizes, layers: Sequence[Compressed], scheme: Scheme) -> Notes:
    layout, dense, without = scheme.layout, bytes_of(sums.params, FULL_BITS), sums.bytes - sums.index_bytes
    low = ", ".join(f"{row.rank} for {row.layer.path}" for row in layers if row.rank) or "no fc layer has one"
    why = f"the largest that leave {float(scheme.factor or 1):g} times fewer weights of each fc layer"
    index = f"; {layout.index_bits} bits an index, no fillers counted" if layout.index_bits else ""
    tables = f"{sums.table_bytes:,} bytes of code books and counts, among those stored"
    return (
        ("parameters", (f"{sums.params:,} -> {sums.kept:,}", _times(sums.params, sums.kept, "fewer"))),
        ("MACs", (f"{sums.macs:,} -> {sums.kept_macs:,}", _times(sums.macs, sums.kept_macs, "fewer"))),
        ("as fp32", (f"{dense:,} bytes = {both_bytes(dense)}",)),
        ("stored", (f"{sums.bytes:,} bytes = {both_bytes(sums.bytes)}", _times(dense, sums.bytes, "smaller"))),
        ("no indices", (f"{without:,} bytes = {both_bytes(without)}", _times(dense, without, "smaller"))),
        ("tables", (tables,) if sums.table_bytes else ()),
        ("ranks", (low, why) if scheme.factor else ()),
        ("layout", tuple(filter(None, (layout.words + index, layout.source)))),
    )
