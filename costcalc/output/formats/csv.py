"""The format `csv`: rows of raw values under the keys of the JSON."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.common.errors import clean
from costcalc.common.table import Column, Table
from costcalc.common.units import shown_value
from costcalc.output.formats.values import written

FORMULA = re.compile(
    r"(\A|;)(?=\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])"
)  # a semicolon parts cells where the decimal point is a comma


def csv_lines(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the lines of a table as CSV, each when its row comes: raw integers, shares as fractions; no total row."""
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
