"""The format `md`: a heading, a table and notes as Markdown."""

from itertools import groupby

from costcalc.common.errors import clean
from costcalc.common.table import Document, Table, Working
from costcalc.output.formats.values import NUMERIC, Screen, all_rows, notes_of, remark_of, shown, title_of, written


def to_md(document: Document, screen: Screen) -> str:
    """Return the document as Markdown: a heading, a table, notes as a list."""
    title, rest = title_of(document)
    lines = [f"## {escaped(title)}", ""] if title else []
    lines += [escaped(" · ".join(rest)), ""] if rest else []
    lines += _workings(document.workings)
    lines += _table(document.table) if document.table.columns else []
    lines += [line for table in document.below for line in ("", *_table(table))]
    notes = notes_of(document)
    lines += ["", *(line for label, texts in notes for line in _note(label, texts))] if notes else []
    return "\n".join(lines) + "\n"


def _note(label: str, texts: list[str]) -> list[str]:
    """Return a note as an item of a list, with items of its own for several lines."""
    whole = [escaped(text, None) for text in texts]
    if len(whole) == 1:
        return [f"- {label}: {whole[0]}" if label else f"- {whole[0]}"]
    return [f"- {label}:", *(f"  - {text}" for text in whole)]


def _table(table: Table) -> list[str]:
    """Return the lines of a table."""
    columns = written(table)
    lines = ["| " + " | ".join(escaped(column.title) for _, column in columns) + " |"]
    lines.append("|" + "|".join(" ---: " if column.kind in NUMERIC else " --- " for _, column in columns) + "|")
    cells = ([escaped(shown(row[index], column)) for index, column in columns] for row in all_rows(table))
    return [*lines, *(f"| {' | '.join(row)} |" for row in cells)]


def _workings(workings: tuple[Working, ...]) -> list[str]:
    """Return workings as lists of formulas, one under each part's name."""
    lines = []
    for part, members in groupby(workings, lambda work: work.part):
        lines += [f"**{escaped(part)}**", ""] if part else []
        for work in members:
            sides = filter(None, (work.name, work.formula, work.numbers, f"{work.value:,}"))
            remark = remark_of(work)
            lines.append(f"- `{' = '.join(sides)}`" + (f" ({escaped(remark)})" if remark else ""))
        lines.append("")
    return lines


def escaped(text: str, limit: int | None = 2000) -> str:
    """Return text that Markdown shows as it is."""
    text = clean(text, limit)
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text
