"""The format `csv`: rows of raw values under the keys of the JSON."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Table
from costcalc.common.units import shown_value
from costcalc.output.formats.values import Screen, rows_table, written

FORMULA = re.compile(r"(\A|;)(?=[=+\-@\t\r])")  # a semicolon parts cells where the decimal point is a comma


def to_csv(document: Document, screen: Screen) -> str:
    """Return the table's rows as CSV: keys as headers, raw integers, shares as fractions; no total row.

    Workings, where there are any, are the rows in its place.
    """
    table = rows_table(document)
    return "".join(csv_lines(table.columns, table.rows))


def csv_lines(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the lines of a table as CSV, each when its row comes."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    shown = written(Table(tuple(columns), ()))
    writer.writerow([column.key for _, column in shown])
    for row in rows:
        yield stream.getvalue()
        stream.seek(0)
        stream.truncate()
        writer.writerow([_raw(row[index], column) for index, column in shown])
    yield stream.getvalue()


def _raw(value: Any, column: Column) -> Any:
    """Return a CSV cell: a text that a spreadsheet would run as a formula gets an apostrophe."""
    if type(value) is int:  # most are: a sweep has millions
        return value
    if isinstance(value, float) and column.kind != "number":
        return f"{value:.9g}" if column.kind in ("seconds", "decimal") else f"{value:.6f}"
    if isinstance(value, (str, bool, tuple)):
        text = clean(shown_value(value))
        return FORMULA.sub(r"\1'", text)
    return "" if value is None else value
