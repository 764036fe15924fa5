"""The view of `list`: the bundled networks by family, with totals, input, year, accuracy and source; units apart."""

from collections.abc import Sequence
from typing import Any

from costcalc.common.table import Column, Document, Table
from costcalc.output.views.heading import schema

COLUMNS = (
    Column("family", "family", "group", 4),
    Column("spec", "spec"),
    Column("params", "parameters", "int"),
    Column("macs", "MACs", "int"),
    Column("year", "year", "group", 4),
    Column("source", "source", "text", 5),
    Column("input", "input", "text", 2),
    Column("top1", "top-1", "number", 1),
    Column("top1_source", "top-1 in", "text", 3),
    Column("what", "what", "text", 3),
)
SHOWN = ("family", "year", "spec", "params", "macs", "input", "top1", "source")


def catalog(rows: Sequence[Sequence[Any]], *, apart: bool = True) -> Document:
    """Return the list of networks: a row for each, those of a family together, the units of networks behind them.

    Rows have the values of COLUMNS. With `apart`, units are a table of their own, without accuracies.
    """
    whole = Table(COLUMNS, tuple(map(tuple, rows)))
    networks, units = (
        whole._replace(rows=tuple(row for row in whole.rows if row[-1] == what)) for what in ("network", "unit")
    )
    parts = [part.only(SHOWN) for part in (networks, units) if part.rows]
    notes = [("counted", ("MACs of conv and fc, trainable parameters, at the settings of each source",))]
    if any(row[7] is not None for row in whole.rows):
        notes.append(("top-1", ("percent on ImageNet, as printed for these settings; blank where none is recorded",)))
    return Document(
        (),
        parts[0] if apart else whole,
        tuple(notes),
        lambda: {**schema("list"), "specs": whole},
        below=tuple(_titled(part) for part in parts[1:]) if apart else (),
        title="The bundled specs",
    )


def _titled(units: Table) -> Table:
    """Return the table of units, headed as such."""
    kept = units.only(key for key in SHOWN if key != "top1")
    titles = {"spec": "unit"}
    return kept._replace(columns=tuple(c._replace(title=titles.get(c.key, c.title)) for c in kept.columns))
