"""The format `html`: one page that needs nothing else; it sorts where scripts run and is whole where they do not."""

from collections.abc import Sequence
from html import escape
from typing import Any

from costcalc.common.colours import DARK, LIGHT, SORTS, sort_of
from costcalc.common.errors import clean
from costcalc.common.table import Chart, Column, Document, Table
from costcalc.output.charts import to_svg as draw
from costcalc.output.formats.aligned import KINDS
from costcalc.output.formats.values import NUMERIC, Screen, bound, notes_of, shown, title_of, worked, written

LONG = 28  # characters of a cell that may be broken into lines
# The policy lets the page run its own lines and load nothing, whatever a spec wrote into it.
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" \
content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
"""
STYLE = """<style>
:root { --text: #1b1f24; --faint: #57606a; --line: #d0d7de; --page: #fff; --hover: #f3f5f8 }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --faint: #9aa4af; --line: #3a424c; --page: #15181c; --hover: #20252b }
}
body { margin: 1.5rem; color: var(--text); background: var(--page); font: 14px/1.45 system-ui, sans-serif }
h1 { margin: 0 0 .3rem; font-size: 1.5rem; line-height: 1.2 }
p { max-width: 60rem; margin: 0 0 .2rem; color: var(--faint) }
figure { max-width: 60rem; margin: 1.2rem 0 }
svg { max-width: 100%; height: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .22rem .5rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line) }
td { vertical-align: top }
th { position: sticky; top: 0; vertical-align: bottom; background: var(--page); border-bottom: 2px solid var(--text) }
.wide { margin: 1.2rem 0 }
.kind::before { content: ""; display: inline-block; width: .6em; height: .6em; margin-right: .45em; background: none }
tr[class] .kind::before { background: var(--sort) }
@media screen and (max-width: 62rem) {
  .wide, figure { overflow-x: auto }
  .wide td.long { min-width: 20rem }
  svg { max-width: none }
}
@media screen and (max-width: 40rem) {
  body { margin: 1rem }
  dl { display: block }
  dd { margin: 0 0 .4rem }
}
tbody tr:hover td { background-color: var(--hover) }
tfoot td { font-weight: bold; border: 0; border-top: 2px solid var(--text) }
.n { text-align: right }
td.long { min-width: 12rem; white-space: normal }
.arrow { white-space: nowrap }
.share { --tint: color-mix(in srgb, var(--sort, var(--first)) 28%, var(--page)) }
.share { min-width: 4.6rem; background: linear-gradient(var(--tint), var(--tint)) 0 50% / var(--p) 75% no-repeat }
th button { display: inline-flex; gap: .25em; padding: 0; color: inherit; background: none }
th button { border: 0; font: inherit; cursor: pointer }
th.n button { flex-direction: row-reverse }
th button::after { content: "\\2195"; color: var(--faint); font-weight: normal }
th[aria-sort=ascending] button::after { content: "\\2191"; color: inherit }
th[aria-sort=descending] button::after { content: "\\2193"; color: inherit }
dl { display: grid; grid-template-columns: max-content minmax(0, 55rem); gap: .15rem 1rem; margin: 0 }
dt { color: var(--faint) }
dd { grid-column: 2; margin: 0 }
@media print {
  body { margin: 0; font-size: 9pt }
  th { position: static }
  tfoot { display: table-row-group }
  tr, figure { break-inside: avoid }
  th button::after { content: none }
  .share { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
</style>
"""
COLOURS = (
    "<style>\n"
    f":root {{ --first: {LIGHT['first']} }}\n"
    + "".join(f".{sort.name} {{ --sort: {sort.light} }}\n" for sort in SORTS)
    + "@media screen and (prefers-color-scheme: dark) {\n"
    + f"  :root {{ --first: {DARK['first']} }}\n"
    + "".join(f"  .{sort.name} {{ --sort: {sort.dark} }}\n" for sort in SORTS)
    + "}\n</style>\n"
)
# A first click sorts numbers from the largest and texts from A, a second one the other way, a third one not at all.
SCRIPT = """<script>
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
  const value = (row, i) => row.cells[i].dataset.v ?? row.cells[i].textContent;
  heads.forEach((head, i) => {
    const number = head.classList.contains("n"), button = document.createElement("button");
    const order = number ? ["descending", "ascending"] : ["ascending", "descending"];
    const less = (a, b) => number ? (a === "") - (b === "") || a - b : a.localeCompare(b, "en", {numeric: true});
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const next = order[order.indexOf(head.ariaSort) + 1] ?? null;
      const sign = next === "descending" ? -1 : 1;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      if (next) head.setAttribute("aria-sort", next);
      body.append(...(next ? [...rows].sort((a, b) => sign * less(value(a, i), value(b, i))) : rows));
    });
  });
}
</script>
"""


def to_html(document: Document, screen: Screen) -> str:
    """Return the document as a page: heading, chart, table, notes."""
    title, rest = title_of(document)
    name = _escaped(title or "costcalc")
    heading = [f"<h1>{_escaped(title)}</h1>\n"] if title else []
    return "".join(
        [
            HEAD,
            f"<title>{name}</title>\n{STYLE}{COLOURS}</head>\n<body>\n",
            *heading,
            *(f"<p>{_escaped(part)}</p>\n" for part in rest),
            *([f"<figure>\n{draw(_unsaid(document.chart, title, rest))}</figure>\n"] if document.chart else []),
            *([_table(worked(document.workings))] if document.workings else []),
            *map(_table, (document.table, *document.below)),
            _notes(document),
            f"{SCRIPT}</body>\n</html>\n",
        ]
    )


def _unsaid(chart: Chart, title: str, rest: Sequence[str]) -> Chart:
    """Return a chart without what the heading of its page says already; its first other words are its title then."""
    said = f"{title}, {', '.join(rest)}"
    words = [line for line in chart.words if not all(part in said for part in line.split(", "))]
    if chart.title == title and words:
        title, *words = words
        return chart._replace(title=title, words=tuple(words))
    return chart._replace(words=tuple(words))


def _table(table: Table) -> str:
    """Return a table: a header, the rows, the total as a foot that is not sorted; nothing for one without rows."""
    if not table.rows:
        return ""
    columns = written(table)
    head = "".join(f"{_opened('th', column)}{_escaped(column.title)}</th>" for _, column in columns)
    kind = next((index for index, column in columns if column.key in KINDS), None)
    body = "".join(f"<tr{_sort(row, kind)}>{_cells(row, columns)}</tr>\n" for row in table.rows)
    foot = f"<tfoot>\n<tr>{_cells(table.total, columns)}</tr>\n</tfoot>\n" if table.total is not None else ""
    inner = f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n{foot}"
    return f'<div class="wide">\n<table>\n{inner}</table>\n</div>\n'


def _sort(row: tuple[Any, ...], kind: int | None) -> str:
    """Return the class of a row: the colour of its kind of layer, for its bars and for a mark at the kind."""
    sort = "" if kind is None or row[kind] is None else sort_of(str(row[kind]))
    return f' class="{sort}"' if sort else ""


def _opened(tag: str, column: Column) -> str:
    """Return the opening tag of a header: its key tells apart what shares a title."""
    side = ' class="n"' if column.kind in NUMERIC else ""
    return f'<{tag} scope="col" title="{_escaped(column.key)}"{side}>'


def _cells(row: tuple[Any, ...], columns: list[tuple[int, Column]]) -> str:
    """Return the cells of a row; a number keeps its exact value to be sorted by."""
    return "".join(
        f"<td{_attributes(row[index], column)}>{_escaped(shown(row[index], column))}</td>" for index, column in columns
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
    lines = [(label, "<br>".join(_whole(_escaped(text, None)) for text in texts)) for label, texts in notes]
    plain = "".join(f"<p>{text}</p>\n" for label, text in lines if not label)
    listed = "".join(f"<dt>{_escaped(label)}</dt><dd>{text}</dd>\n" for label, text in lines if label)
    return plain + (f"<dl>\n{listed}</dl>\n" if listed else "")


def _whole(text: str) -> str:
    """Return a text that is not broken within an arrow, or between a number and its unit."""
    return bound(text).replace("-&gt;", '<span class="arrow">-&gt;</span>')


def _escaped(text: str, limit: int | None = 2000) -> str:
    """Return text that HTML shows as it is, in an element or in quotes."""
    return escape(clean(text, limit))
