"""The format `csv`: rows of raw values under the keys of the JSON."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.common.errors import clean
from costcalc.common.table import Column, Table
from costcalc.common.units import shown_value
from costcalc.output.formats.values import written

PLAIN = frozenset({"int", "bytes", "number"})  # kinds of columns whose numbers are written as they are
NUMBERS = frozenset({int, float, type(None)})
# What a spreadsheet runs: full-width signs, blanks before it; a semicolon parts cells where a comma is the point.
FORMULA = re.compile(r"(\A|;)(?=\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")


def csv_lines(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the lines of a table as CSV, each when its row comes: raw integers, shares as fractions; no total row."""
    line = _Line()
    writer = csv.writer(line, lineterminator="\n")
    shown = written(Table(tuple(columns), ()))
    plain = len(shown) == len(columns) and all(column.kind in PLAIN for _, column in shown)
    writer.writerow([column.key for _, column in shown])
    yield line.text
    for row in rows:
        # most rows of a sweep, which has millions, hold numbers that are written as they are
        as_is = plain and {*map(type, row)} <= NUMBERS
        writer.writerow(row if as_is else [_raw(row[index], column) for index, column in shown])
        yield line.text


class _Line:
    """What a writer of CSV has written last."""

    text = ""

    def write(self, text: str) -> None:
        """Keep a line."""
        self.text = text


def _raw(value: Any, column: Column) -> Any:
    """Return a CSV cell: a text that a spreadsheet would run as a formula gets an apostrophe."""
    if isinstance(value, float) and column.kind != "number":
        return f"{value:.9g}" if column.kind in ("seconds", "decimal") else f"{value:.6f}"
    if isinstance(value, (str, bool, tuple)):
        text = clean(shown_value(value))
        return FORMULA.sub(r"\1'", text)
    return "" if value is None else value
