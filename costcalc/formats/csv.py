"""The format `csv`: rows of raw values under the keys of the JSON."""

import csv
import io
from typing import Any

from costcalc.errors import clean
from costcalc.formats.values import Screen, worked, written
from costcalc.table import Document

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(document: Document, screen: Screen) -> str:
    """Return the table's rows as CSV: keys as headers, raw integers, shares as fractions; no total row.

    Workings, where there are any, are the rows in its place.
    """
    table = worked(document.workings) if document.workings else document.table
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = written(table)
    writer.writerow([column.key for _, column in columns])
    for row in table.rows:
        writer.writerow([_raw(row[index]) for index, _ in columns])
    return stream.getvalue()


def _raw(value: Any) -> Any:
    """Return a CSV cell: a text that a spreadsheet would run as a formula gets an apostrophe."""
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, str):
        text = clean(value)
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return "" if value is None else value
