"""Documents -> text: table (rich), JSON, CSV, Markdown. One function per format, and the table that names them."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from costcalc.errors import clean
from costcalc.table import Column, Document, Table
from costcalc.units import decimal_bytes, percent

BAR_WIDTH = 20
GAP = 2
EIGHTHS = " ▏▎▍▌▋▊▉"
NUMERIC = ("int", "share", "bytes")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Screen:
    """What a text goes to: its width (None is without end), whether it shows colour and block characters."""

    width: int | None = None
    colour: bool = False
    blocks: bool = True


def to_json(document: Document, screen: Screen) -> str:
    """Return the document's data as JSON, keys in their own order."""
    return json.dumps(document.data, indent=1, ensure_ascii=False) + "\n"


def to_csv(document: Document, screen: Screen) -> str:
    """Return the table's rows as CSV: keys as headers, raw integers, shares as fractions; no total row."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [(index, column) for index, column in enumerate(document.table.columns) if column.kind != "bar"]
    writer.writerow([column.key for _, column in columns])
    for row in document.table.rows:
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


def to_md(document: Document, screen: Screen) -> str:
    """Return the document as Markdown: a heading, a table, notes as a list."""
    columns = [(index, column) for index, column in enumerate(document.table.columns) if column.kind != "bar"]
    lines = [f"## {_escaped(document.heading[0][0])}", ""] if document.heading else []
    rest = (
        [*document.heading[0][1:], *(part for line in document.heading[1:] for part in line)]
        if document.heading
        else []
    )
    lines += [f"{_escaped(' · '.join(filter(None, rest)))}", ""] if any(rest) else []
    lines.append("| " + " | ".join(_escaped(column.title) for _, column in columns) + " |")
    lines.append("|" + "|".join(" ---: " if column.kind in NUMERIC else " --- " for _, column in columns) + "|")
    for row in _all_rows(document.table):
        lines.append("| " + " | ".join(_escaped(shown(row[index], column)) for index, column in columns) + " |")
    if document.notes:
        lines += [
            "",
            *(f"- {label}: {_escaped('; '.join(parts))}" for label, parts in document.notes if label != "more"),
        ]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    text = clean(text, 2000)
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text


def to_table(document: Document, screen: Screen) -> str:
    """Return the document for a person: aligned columns, as many as the screen has room for, never cut."""
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    cells = [
        [shown(value, column, screen) for value, column in zip(row, document.table.columns, strict=True)]
        for row in _all_rows(document.table)
    ]
    keep, gone = _fitting(document.table.columns, cells, screen.width)
    console = Console(
        file=io.StringIO(),
        width=10_000,
        force_terminal=screen.colour,
        no_color=not screen.colour,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for line in _heading_lines(document, screen.width):
        console.print(Text(line[0], style="bold"), Text(line[1]), sep="", soft_wrap=True)
    if keep:
        grid = RichTable(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim" if screen.colour else "")
        for index in keep:
            column = document.table.columns[index]
            grid.add_column(
                Text(clean(column.title)), justify="right" if column.kind in NUMERIC else "left", no_wrap=True
            )
        totalled = document.table.total is not None
        for number, row in enumerate(cells):
            style = "bold" if totalled and number == len(cells) - 1 else ""
            grid.add_row(*(_styled(Text(row[index]), document.table.columns[index]) for index in keep), style=style)
        console.print()
        console.print(grid)
        console.print()
    notes = [*document.notes]
    if gone:
        notes.append(
            ("columns", (f"not shown at this width: {', '.join(column.key for column in gone)} (--columns chooses)",))
        )
    for text in _note_lines(notes, screen.width):
        console.print(Text(text), soft_wrap=True)
    output = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in output.rstrip("\n").split("\n")) + "\n"


def _styled(text: Any, column: Column) -> Any:
    """Return a cell with its colour: bars alone have one."""
    if column.kind == "bar":
        text.stylize("cyan")
    return text


def _all_rows(table: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table, the total last."""
    return [*table.rows, *([table.total] if table.total is not None else [])]


def shown(value: Any, column: Column, screen: Screen | None = None) -> str:
    """Return one value as a person reads it."""
    if value is None:
        return ""
    if column.kind == "bar":
        return _bar(value, (screen or Screen()).blocks)
    if isinstance(value, (bool, str)):
        return clean(value)
    return {"share": percent, "bytes": decimal_bytes}.get(column.kind, "{:,}".format)(value)


def _bar(fraction: float, blocks: bool) -> str:
    """Return a share as a bar, in eighths of a character where the screen has them."""
    if not blocks:
        return "#" * round(fraction * BAR_WIDTH)
    eighths = round(fraction * BAR_WIDTH * 8)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).strip()


def _fitting(columns: tuple[Column, ...], cells: list[list[str]], width: int | None) -> tuple[list[int], list[Column]]:
    """Return the indices of the columns that fit a width, and the columns that had to go."""
    from rich.cells import cell_len

    sizes = [
        max([cell_len(column.title), *(cell_len(row[index]) for row in cells)]) for index, column in enumerate(columns)
    ]
    keep = list(range(len(columns)))
    gone: list[Column] = []
    while width is not None and sum(sizes[index] + GAP for index in keep) - GAP > width:
        last = max(keep, key=lambda index: (columns[index].drop, index))
        if not columns[last].drop:
            break
        keep.remove(last)
        gone.append(columns[last])
    return keep, gone


def _heading_lines(document: Document, width: int | None) -> list[tuple[str, str]]:
    """Return heading lines as (bold, plain); parts that do not fit beside each other go below."""
    lines = []
    for number, parts in enumerate(document.heading):
        texts = [clean(part) for part in parts if part]
        if not texts:
            continue
        joined = "    ".join(texts)
        for text in (
            [joined]
            if width is None or len(joined) <= width
            else [piece for part in texts for piece in _wrapped(part, width)]
        ):
            bold = text.startswith(texts[0]) and number == 0
            lines.append((texts[0], text[len(texts[0]) :]) if bold else ("", text))
    return lines


def _note_lines(notes: list[tuple[str, tuple[str, ...]]], width: int | None) -> list[str]:
    """Return note lines, labels aligned; long ones are broken between words, a number kept with its unit."""
    indent = max((len(label) for label, _ in notes), default=0) + GAP
    lines = []
    for label, parts in notes:
        text = "    ".join(map(clean, parts))
        if width is not None and indent + len(text) > width:
            pieces = _wrapped("; ".join(map(clean, parts)), max(20, width - indent))
        else:
            pieces = [text]
        lines += [f"{label if not number else '':<{indent}}{piece}" for number, piece in enumerate(pieces)]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width`, broken between words; a number stays with the word behind it."""
    import re
    import textwrap

    bound = re.sub(r"(?<=\d) (?=[A-Za-z%])", "\u00a0", text)
    return [
        line.replace("\u00a0", " ")
        for line in textwrap.wrap(bound, width, break_long_words=False, break_on_hyphens=False)
    ]


FORMATS: Mapping[str, Callable[[Document, Screen], str]] = {
    "table": to_table,
    "json": to_json,
    "csv": to_csv,
    "md": to_md,
}
SUFFIXES: Mapping[str, str] = {".json": "json", ".csv": "csv", ".md": "md", ".txt": "table"}
