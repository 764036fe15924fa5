"""What formats share: the screen, rows with their total, a value as a person reads it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Table, Working
from costcalc.common.units import decimal_bytes, percent, seconds, shown_value

BAR_WIDTH = 20
EIGHTHS = " ▏▎▍▌▋▊▉"
HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄"}
MARKED = {(True, True): ":", (True, False): "'", (False, True): "."}
BLOCKS = {*EIGHTHS, *HALVES.values()}
WAYS: Mapping[str, Callable[[Any], str]] = {
    "int": "{:,}".format,
    "share": percent,
    "bytes": decimal_bytes,
    "change": "{:+,}".format,
    "seconds": seconds,
    "decimal": "{:,.2f}".format,
}  # how the values of each kind of column are written; those of `number` as they are
NUMERIC = (*WAYS, "number")
PLAIN = (int, float)
WHOLE = 200  # characters that are shown of a text


class Screen(NamedTuple):
    """What a text goes to: its width (None is without end), whether it shows colour and block characters.

    `landscape` is whether a page is turned, `bars` how long the longest bar is.
    """

    width: int | None = None
    colour: bool = False
    blocks: bool = True
    more: str = ""  # what has the columns that it has no room for
    landscape: bool = False
    bars: int = BAR_WIDTH


def all_rows(table: Table) -> list[tuple[Any, ...]]:
    """Return the rows of a table, the total last."""
    return [*table.rows, *([table.total] if table.total is not None else [])]


def shown(value: Any, column: Column, screen: Screen | None = None) -> str:
    """Return one value as a person reads it."""
    if value is None:
        return ""
    if column.kind == "bar":
        screen = screen or Screen()
        return _bar(value, screen.blocks, screen.bars)
    if column.kind == "number" or isinstance(value, (bool, str, tuple)):
        return clean(shown_value(value))
    return WAYS.get(column.kind, "{:,}".format)(value)


def texts_of(values: Sequence[Any], column: Column, screen: Screen) -> list[str]:
    """Return the values of a column as a person reads them."""
    way = WAYS.get(column.kind)
    if column.kind == "bar":
        bars = _bars(screen.blocks, screen.bars)
        steps = len(bars) - 1
        return [
            bars[round(value * steps)] if value.__class__ is float and 0 <= value <= 1 else shown(value, column, screen)
            for value in values
        ]
    if way is None:
        return [
            value
            if value.__class__ is str and len(value) <= WHOLE and value.isprintable()
            else shown(value, column, screen)
            for value in values
        ]
    return [way(value) if value.__class__ in PLAIN else shown(value, column, screen) for value in values]


WORKED = (
    Column("part", "part"),
    Column("name", "name"),
    Column("formula", "formula"),
    Column("numbers", "with numbers"),
    Column("value", "value", "int"),
    Column("also", "likewise"),
    Column("remark", "remark"),
)


def worked(workings: tuple[Working, ...]) -> Table:
    """Return workings as the rows of a table."""
    return Table.of(WORKED, ({**work._asdict(), "also": ", ".join(work.also)} for work in workings))


def bound(text: str) -> str:
    """Return text with spaces that do not break: behind a number, an option, and the word `layer`."""
    kept = re.sub(r"(?<=\d) (?=[A-Za-z%])|(?<=\d [kMG]) (?=[A-Za-z])|(?<=\(layer) ", "\u00a0", text)
    return re.sub(r"(--[a-z-]+) (?=[a-z])", "\\1\u00a0", kept)


def rows_table(document: Document) -> Table:
    """Return what a format of rows alone holds of a document: its workings where there are any, else its table."""
    return worked(document.workings) if document.workings else document.table


def remark_of(work: Working) -> str:
    """Return what is said behind a working: what comes about alike, and what else there is to say."""
    alike = f"{', '.join(work.also)} likewise" if work.also else ""
    return "; ".join(filter(None, (alike, work.remark)))


def _bar(fraction: float | tuple[float, float], blocks: bool, width: int) -> str:
    """Return a share as a bar, in eighths of a character where the screen has them; two as one bar over the other."""
    if isinstance(fraction, tuple):
        upper, lower = (round(part * width) for part in fraction)
        marks = HALVES if blocks else MARKED
        return "".join(marks[place < upper, place < lower] for place in range(max(upper, lower)))
    if not blocks:
        return "#" * round(fraction * width)
    eighths = round(fraction * width * 8)
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).strip()


@cache
def _bars(blocks: bool, width: int) -> list[str]:
    """Return every bar there is, from none to the longest."""
    steps = width * (8 if blocks else 1)
    return [_bar(step / steps, blocks, width) for step in range(steps + 1)]


def written(table: Table) -> list[tuple[int, Column]]:
    """Return the columns that hold text, each with its index: all but bars."""
    return [(index, column) for index, column in enumerate(table.columns) if column.kind != "bar"]


def title_of(document: Document) -> tuple[str, list[str]]:
    """Return the title of a document and the other parts of its heading, as lists with commas."""
    parts = [part for line in document.heading for part in line]
    if document.title:
        parts = [document.title, *parts]
    # a terminal sets the members of a part apart with two spaces, which a page would run together
    return (parts[0], [part.replace("  ", ", ") for part in parts[1:] if part]) if parts else ("", [])


def notes_of(document: Document) -> list[tuple[str, list[str]]]:
    """Return the notes for a page of its own, without hints at other commands: a label and the lines under it.

    A note without a label goes on with the one above it, if that has a label.
    """
    notes: list[tuple[str, list[str]]] = []
    for label, parts in document.notes:
        text = "; ".join(filter(None, parts))
        if label == "more" or not text:
            continue
        if not label and notes and notes[-1][0]:
            notes[-1][1].append(text)
        else:
            notes.append((label, [text]))
    return notes
