"""The format `md`: a heading, a table and notes as Markdown."""

from costcalc.errors import clean
from costcalc.formats.values import NUMERIC, Screen, all_rows, notes_of, shown, title_of, written
from costcalc.table import Document


def to_md(document: Document, screen: Screen) -> str:
    """Return the document as Markdown: a heading, a table, notes as a list."""
    columns = written(document.table)
    title, rest = title_of(document)
    lines = [f"## {escaped(title)}", ""] if title else []
    lines += [escaped(" · ".join(rest)), ""] if rest else []
    lines.append("| " + " | ".join(escaped(column.title) for _, column in columns) + " |")
    lines.append("|" + "|".join(" ---: " if column.kind in NUMERIC else " --- " for _, column in columns) + "|")
    for row in all_rows(document.table):
        lines.append("| " + " | ".join(escaped(shown(row[index], column)) for index, column in columns) + " |")
    notes = notes_of(document)
    lines += (
        ["", *(f"- {label}: {escaped(text)}" if label else f"- {escaped(text)}" for label, text in notes)]
        if notes
        else []
    )
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    text = clean(text, 2000)
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text
