"""The format `html`: one page that needs nothing else; it sorts where scripts run and is whole where they do not."""

from collections.abc import Sequence
from typing import Any

from costcalc.common.colours import sort_of
from costcalc.common.table import Chart, Column, Document, Table
from costcalc.output.charts import to_svg as draw
from costcalc.output.formats.aligned import KINDS
from costcalc.output.formats.sheet import colours, escaped, page, part
from costcalc.output.formats.values import NUMERIC, Screen, bound, notes_of, shown, title_of, worked, written

FIGURE = '<figure role="region" aria-label="chart" tabindex="0">'
LONG = 28  # characters of a cell that may be broken into lines


def to_html(document: Document, screen: Screen) -> str:
    """Return the document as a page: heading, chart, table, notes."""
    title, rest = title_of(document)
    heading = [f"<h1>{escaped(title)}</h1>\n"] if title else []
    tables = [*([worked(document.workings)] if document.workings else []), document.table, *document.below]
    body = "".join(
        [
            *heading,
            *(f"<p>{escaped(part)}</p>\n" for part in rest),
            *([f"{FIGURE}\n{draw(_unsaid(document.chart, title, rest))}</figure>\n"] if document.chart else []),
            *(_table(table, number) for number, table in enumerate(tables, 1)),
            _notes(document),
        ]
    )
    style, script = part("look.css") + colours(), part("sort.js") + part("report.js")
    return page(title or "costcalc", style, f"<main>\n{body}</main>\n", script, attributes=True)


def _unsaid(chart: Chart, title: str, rest: Sequence[str]) -> Chart:
    """Return a chart without what the heading of its page says already; its first other words are its title then."""
    said = f"{title}, {', '.join(rest)}"
    words = [line for line in chart.words if not all(part in said for part in line.split(", "))]
    if chart.title == title and words:
        title, *words = words
        return chart._replace(title=title, words=tuple(words))
    return chart._replace(words=tuple(words))


def _table(table: Table, number: int) -> str:
    """Return a table: a header, the rows, the total as a foot that is not sorted; nothing for one without rows."""
    if not table.rows:
        return ""
    columns = written(table)
    head = "".join(f"{_opened('th', column)}{escaped(column.title)}</th>" for _, column in columns)
    kind = next((index for index, column in columns if column.key in KINDS), None)
    body = "".join(f"<tr{_sort(row, kind)}>{_cells(row, columns)}</tr>\n" for row in table.rows)
    foot = f"<tfoot>\n<tr>{_cells(table.total, columns)}</tr>\n</tfoot>\n" if table.total is not None else ""
    inner = f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n{foot}"
    box = f'<div class="wide" role="region" aria-label="table {number}" tabindex="0">'
    return f"{box}\n<table>\n{inner}</table>\n</div>\n"


def _sort(row: tuple[Any, ...], kind: int | None) -> str:
    """Return the class of a row: the colour of its kind of layer, for its bars and for a mark at the kind."""
    sort = "" if kind is None or row[kind] is None else sort_of(str(row[kind]))
    return f' class="{sort}"' if sort else ""


def _opened(tag: str, column: Column) -> str:
    """Return the opening tag of a header: its key tells apart what shares a title."""
    side = ' class="n"' if column.kind in NUMERIC else ""
    return f'<{tag} scope="col" title="{escaped(column.key)}"{side}>'


def _cells(row: tuple[Any, ...], columns: list[tuple[int, Column]]) -> str:
    """Return the cells of a row; a number keeps its exact value to be sorted by."""
    return "".join(
        f"<td{_attributes(row[index], column)}>{escaped(shown(row[index], column))}</td>" for index, column in columns
    )


def _attributes(value: Any, column: Column) -> str:
    """Return what a cell's tag says: its side or that it may wrap, the value itself, the length of its bar."""
    if column.key == "kind" or (column.key in KINDS and sort_of(str(value))):
        return ' class="kind"'
    if column.kind not in NUMERIC:
        return ' class="long"' if isinstance(value, str) and len(value) > LONG else ""
    if value is None:
        return ' class="n" data-v=""'
    if column.kind == "share":
        return f' class="n share" data-v="{value:.9f}" style="--p:{100 * min(max(value, 0), 1):.2f}%"'
    return f' class="n" data-v="{value}"'


def _notes(document: Document) -> str:
    """Return the notes: those with a label as a list of labels and texts."""
    notes = notes_of(document)
    lines = [(label, "<br>".join(_whole(escaped(text, None)) for text in texts)) for label, texts in notes]
    plain = "".join(f"<p>{text}</p>\n" for label, text in lines if not label)
    listed = "".join(f"<dt>{escaped(label)}</dt><dd>{text}</dd>\n" for label, text in lines if label)
    return plain + (f"<dl>\n{listed}</dl>\n" if listed else "")


def _whole(text: str) -> str:
    """Return a text that is not broken within an arrow, or between a number and its unit."""
    return bound(text).replace("-&gt;", '<span class="arrow">-&gt;</span>')
