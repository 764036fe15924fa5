"""The view of `list`: the bundled networks by family, with totals, year and source."""

from collections.abc import Sequence
from typing import Any

from costcalc.common.table import Column, Document, Table
from costcalc.output.views.heading import schema

COLUMNS = (
    Column("family", "family", "group", 1),
    Column("spec", "spec"),
    Column("params", "parameters", "int"),
    Column("macs", "MACs", "int"),
    Column("year", "year", "text", 2),
    Column("source", "source", "text", 3),
)


def catalog(rows: Sequence[tuple[Any, ...]]) -> Document:
    """Return the list of networks: rows of family, name, parameters, MACs, year and source, members of one together."""
    table = Table(COLUMNS, tuple(rows))
    notes = (("counted", ("MACs of conv and fc, trainable parameters, at the settings of each source",)),)
    return Document(
        (),
        table,
        notes,
        lambda: {**schema("list"), "specs": table},
        title="The bundled specs",
    )
