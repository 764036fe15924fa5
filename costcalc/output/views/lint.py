"""The view of `lint`: findings with their places."""

from collections.abc import Sequence

from costcalc.common.errors import SpecError
from costcalc.common.table import Column, Document, Table

SCHEMA = "costcalc/lint/1"
COLUMNS = tuple(Column(key, key) for key in ("file", "line", "column", "level", "message"))


def problems(found: Sequence[SpecError]) -> Document:
    """Return findings as data; `lint` prints their texts for a person."""
    rows = [
        (
            error.mark.source.name if error.mark else "",
            error.mark.line if error.mark else None,
            error.mark.column if error.mark else None,
            error.level,
            error.sentence,
        )
        for error in found
    ]
    keys = [column.key for column in COLUMNS]
    data = {"schema": SCHEMA, "problems": [dict(zip(keys, row, strict=True)) for row in rows]}
    return Document((), Table(COLUMNS, tuple(rows)), (), lambda: data)
