"""Results as data: Table, Chart, and Document (a heading, a table, notes, a chart). Knows no screen and no format."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Notes = Sequence[tuple[str, tuple[str, ...]]]  # lines under a table: a label and parts of text


class Column(NamedTuple):
    """One column: its key (JSON, CSV), its title, and what its values are.

    `kind` is `text`, `group` (a text that people see once where rows have it one after the other), `int`, `change` (an
    integer with its sign), `number` (as it is), `decimal` (with two digits behind the point), `share` (a fraction of
    1), `bytes`, `seconds` or `bar` (a share, drawn). Where a terminal is too narrow, columns of the highest `drop` go
    first; those of 0 stay. A column that `wraps` has its title broken into lines before a column goes for it, and its
    texts where it stays itself; its bars are half as long then. A bar that goes `below` is shown under the table where
    the table has no room for it.
    """

    key: str
    title: str
    kind: str = "text"
    drop: int = 0
    wraps: bool = False
    below: bool = False


class Table(NamedTuple):
    """Rows of raw values under columns; `total` is a last row that sums them, None where there is nothing to say.

    A result is one table of all that is known; what a person sees is a selection from it (`only`), and so is what JSON
    has of it (`records`).
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] | None = None

    @classmethod
    def of(
        cls, columns: Iterable[Column], rows: Iterable[Mapping[str, Any]], total: Mapping[str, Any] | None = None
    ) -> "Table":
        """Return the table of rows by key; a value that a row lacks is None."""
        columns = tuple(columns)
        found = [tuple(row.get(column.key) for column in columns) for row in (*rows, *([total] if total else []))]
        return cls(columns, tuple(found[: len(found) - bool(total)]), found[-1] if total else None)

    def only(self, keys: Iterable[str]) -> "Table":
        """Return the table with some of its columns, in the order of their keys."""
        places = [next(place for place, column in enumerate(self.columns) if column.key == key) for key in keys]
        rows = tuple(tuple(row[place] for place in places) for row in self.rows)
        total = None if self.total is None else tuple(self.total[place] for place in places)
        return Table(tuple(self.columns[place] for place in places), rows, total)

    @property
    def filled(self) -> list[str]:
        """The keys of the columns that are not blank in every row."""
        cells = zip(self.columns, zip(*self.rows, strict=True), strict=True) if self.rows else ()
        return [column.key for column, values in cells if any(value not in ("", None) for value in values)]

    @property
    def records(self) -> Iterator[dict[str, Any]]:
        """The rows as data."""
        return records(self.columns, self.rows)


def records(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Yield rows as data: each value under its column's key, without bars, which show what a share is already."""
    kept = [(place, column.key) for place, column in enumerate(columns) if column.kind != "bar"]
    return ({key: row[place] for place, key in kept} for row in rows)


class Series(NamedTuple):
    """Values of one sort in a chart: what they are, one for each name of the chart, and a text for each if any.

    In a chart of points each is at its value in `xs` instead; there, a series without labels is a line, and one that
    is `joined` has a line through its points. `kinds` are the kinds of layers whose colours the values have, `areas`
    the shares that the areas of points show, `peak` is the place of a value that is marked.
    """

    name: str
    values: tuple[float, ...]
    labels: tuple[str, ...] = ()
    xs: tuple[float, ...] = ()
    joined: bool = False
    kinds: tuple[str, ...] = ()
    areas: tuple[float, ...] = ()
    peak: int | None = None


class Chart(NamedTuple):
    """A picture as data: series of values by name. `form` says how it is drawn, `kind` what the values are.

    `kind` is that of a column (`share`, `bytes`, `int`), with `log ` before it for an axis of powers of ten; `axes` are
    the titles of the names and of the values; `level` is the kind of what is in place of names, in a chart of points.
    `limit` is a value that is marked with a line across, and its words.
    """

    form: str
    title: str
    words: tuple[str, ...]
    axes: tuple[str, str]
    names: tuple[str, ...]
    series: tuple[Series, ...]
    kind: str
    level: str = ""
    limit: tuple[float, str] | None = None


class Working(NamedTuple):
    """A quantity worked out: its formula in symbols, with numbers put in (empty where that is the result), the result.

    `tex` is the name and both formulas as LaTeX; `also` the names of what comes about alike; `part` the heading that it
    is under, `remark` what else there is to say of it.
    """

    name: str
    formula: str
    numbers: str
    value: int | float
    tex: tuple[str, str, str]
    also: tuple[str, ...] = ()
    part: str = ""
    remark: str = ""


class Document(NamedTuple):
    """What a command shows: heading lines (each a few parts), a table, notes (label, parts of text), perhaps a chart.

    Workings are above the table; CSV has them in its place. A note without text is left out. Tables `below` the first
    say more of the same; formats of rows alone leave them out. `title` is what a page is called; the first part of the
    heading where it is empty.

    `data` gives the JSON of the same results, made only when it is asked for: what is around the rows, and tables
    in their places, whose records the format writes.
    """

    heading: tuple[tuple[str, ...], ...]
    table: Table
    notes: Notes
    data: Callable[[], Mapping[str, Any]]
    chart: Chart | None = None
    workings: tuple[Working, ...] = ()
    below: tuple[Table, ...] = ()
    title: str = ""
