"""Documents -> text: table, JSON, CSV, Markdown. One function per format, and the table that names them."""

import io
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from costcalc.errors import clean
from costcalc.table import Column, Document, Table
from costcalc.units import decimal_bytes, percent

BAR_WIDTH = 20
GAP = 2
EIGHTHS = " ▏▎▍▌▋▊▉"
BLOCKS = {*EIGHTHS, "█"}
STYLES = {"bold": "\x1b[1m", "dim": "\x1b[2m", "cyan": "\x1b[36m"}
RESET = "\x1b[0m"
NUMERIC = ("int", "share", "bytes", "change")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Screen(NamedTuple):
    """What a text goes to: its width (None is without end), whether it shows colour and block characters."""

    width: int | None = None
    colour: bool = False
    blocks: bool = True


def to_json(document: Document, screen: Screen) -> str:
    """Return the document's data as JSON, keys in their own order."""
    import json

    return json.dumps(document.data(), indent=1, ensure_ascii=False) + "\n"


def to_csv(document: Document, screen: Screen) -> str:
    """Return the table's rows as CSV: keys as headers, raw integers, shares as fractions; no total row."""
    import csv

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
    lines += [f"{_escaped(' · '.join(filter(None, rest)).replace('  ', ', '))}", ""] if any(rest) else []
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
    columns = document.table.columns
    rows = [
        [shown(value, column, screen) for value, column in zip(row, columns, strict=True)]
        for row in _all_rows(document.table)
    ]
    keep, gone = _fitting(columns, rows, screen.width)
    notes = [*document.notes]
    if gone:
        names = ", ".join(column.key for column in gone)
        notes.append(("columns", (f"not shown at this width: {names} (--format csv has them)",)))
    parts = (
        [_styled(bold, "bold", screen) + plain for bold, plain in _heading_lines(document, screen.width)],
        _grid([columns[index] for index in keep], [[row[index] for index in keep] for row in rows], document, screen),
        _note_lines(notes, screen.width),
    )
    return "\n\n".join("\n".join(line.rstrip() for line in lines) for lines in parts if lines) + "\n"


def _grid(columns: list[Column], rows: list[list[str]], document: Document, screen: Screen) -> list[str]:
    """Return the lines of a table: a header, the rows, the total last."""
    if not rows:
        return []
    titles = [clean(column.title) for column in columns]
    sizes = [max(_cells(row[index]) for row in (titles, *rows)) for index in range(len(columns))]
    last = len(rows) - 1 if document.table.total is not None else None

    def line(texts: list[str], style: str) -> str:
        padded = []
        for text, size, column in zip(texts, sizes, columns, strict=True):
            space = " " * (size - _cells(text))
            cell = _styled(text, "cyan" if column.kind == "bar" else style, screen)
            padded.append(space + cell if column.kind in NUMERIC else cell + space)
        return (" " * GAP).join(padded)

    return [line(titles, "dim"), *(line(row, "bold" if number == last else "") for number, row in enumerate(rows))]


def _styled(text: str, style: str, screen: Screen) -> str:
    """Return text in a style, where the screen shows colour."""
    return f"{STYLES[style]}{text}{RESET}" if screen.colour and style and text else text


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() or set(text) <= BLOCKS:
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


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
    return {"share": percent, "bytes": decimal_bytes, "change": "{:+,}".format}.get(column.kind, "{:,}".format)(value)


def _bar(fraction: float, blocks: bool) -> str:
    """Return a share as a bar, in eighths of a character where the screen has them."""
    if not blocks:
        return "#" * round(fraction * BAR_WIDTH)
    eighths = round(fraction * BAR_WIDTH * 8)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).strip()


def _fitting(columns: tuple[Column, ...], cells: list[list[str]], width: int | None) -> tuple[list[int], list[Column]]:
    """Return the indices of the columns that fit a width, and the columns that had to go."""
    sizes = [
        max([_cells(column.title), *(_cells(row[index]) for row in cells)]) for index, column in enumerate(columns)
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

    bound = re.sub(r"(?<=\d) (?=[A-Za-z%])|(?<=\(layer) ", "\u00a0", text)
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
