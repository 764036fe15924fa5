"""The view of `lint`: findings with their places."""

from collections.abc import Sequence

from costcalc.common.errors import SpecError
from costcalc.common.table import Column, Document, Table
from costcalc.output.views.heading import schema

COLUMNS = tuple(Column(key, key) for key in ("file", "line", "column", "level", "message"))


def problems(found: Sequence[SpecError], words: str) -> Document:
    """Return findings as data, with a summary in words; `lint` prints their texts for a person."""
    rows = [(*_place(error), error.level, error.sentence) for error in found]
    table = Table(COLUMNS, tuple(rows))
    return Document(
        (),
        table,
        (("", (words,)),),
        lambda: {**schema("lint"), "problems": table},
        title="Errors and warnings",
    )


def _place(error: SpecError) -> tuple[str, int | None, int | None]:
    """Return the file, line and column of a finding."""
    return (error.mark.source.name, error.mark.line, error.mark.column) if error.mark else ("", None, None)
