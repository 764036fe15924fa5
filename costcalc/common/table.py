"""Results as data: Table, Chart, and Document (a heading, a table, notes, a chart). Knows no screen and no format."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Column(NamedTuple):
    """One column: its key (JSON, CSV), its title, and what its values are.

    `kind` is `text`, `int`, `change` (an integer with its sign), `number` (as it is), `decimal` (with two digits behind
    the point), `share` (a fraction of 1), `bytes`, `seconds` or `bar` (a share, drawn). Where a terminal is too narrow,
    columns of the highest `drop` go first; those of 0 stay.
    """

    key: str
    title: str
    kind: str = "text"
    drop: int = 0


class Table(NamedTuple):
    """Rows of raw values under columns; `total` is a last row that sums them, None where there is nothing to say."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: tuple[Any, ...] | None = None


class Series(NamedTuple):
    """Values of one sort in a chart: what they are, one for each name of the chart, and a text beside each if any.

    In a chart of points each stands at its value in `xs` instead; there, a series without labels is a line.
    """

    name: str
    values: tuple[float, ...]
    labels: tuple[str, ...] = ()
    xs: tuple[float, ...] = ()


class Chart(NamedTuple):
    """A picture as data: series of values by name. `form` says how it is drawn, `kind` what the values are.

    `kind` is that of a column (`share`, `bytes`, `int`), or `log` for an axis of powers of ten; `axes` are the titles
    of the names and of the values; `level` is the kind of what stands in place of names, in a chart of points.
    """

    form: str
    title: str
    words: tuple[str, ...]
    axes: tuple[str, str]
    names: tuple[str, ...]
    series: tuple[Series, ...]
    kind: str
    level: str = ""


class Working(NamedTuple):
    """A quantity worked out: its formula in symbols, with numbers put in (empty where that is the result), the result.

    `tex` is the name and both formulas as LaTeX; `also` the names of what comes about alike; `part` the heading that it
    stands under, `remark` what else there is to say of it.
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

    Workings stand above the table; CSV has them in its place.

    `data` gives the JSON of the same results, made only when it is asked for.
    """

    heading: tuple[tuple[str, ...], ...]
    table: Table
    notes: tuple[tuple[str, tuple[str, ...]], ...]
    data: Callable[[], Mapping[str, Any]]
    chart: Chart | None = None
    workings: tuple[Working, ...] = ()
