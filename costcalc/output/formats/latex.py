"""The format `latex`: a booktabs table to put into a paper; one longer than a page is a longtable."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Working
from costcalc.output.formats.values import NUMERIC, Screen, notes_of, remark_of, shown, title_of, written

EQUATION = 56  # characters that stand beside each other on a line of a page
PAGE_ROWS = 45  # more do not fit on a page, and a float is never broken
ESCAPES = {
    **{mark: f"\\{mark}" for mark in "{}$&#_%"},
    **{mark: f"{{{mark}}}" for mark in "[*"},  # after the `\\` of a row, [ and * would be its arguments
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "`": r"\textasciigrave{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "·": r"\textperiodcentered{}",
}


def to_latex(document: Document, screen: Screen) -> str:
    """Return the document as LaTeX tables with a caption, its notes below the rows; above them stand its workings."""
    lines = [*_workings(document)] if document.workings else []
    if document.table.rows or not lines:
        *before, last = (document.table, *document.below)
        for table in before:
            lines += [*_table(document._replace(table=table, notes=())), ""]
        lines += _table(document._replace(table=last))
    else:
        lines += [rf"{note}\par" for note in _notes(document)]
    return "\n".join(lines) + "\n"


def _workings(document: Document) -> Iterator[str]:
    """Yield the lines of a title, and of each part's formulas as aligned equations."""
    yield r"% needs \usepackage{amsmath}"
    yield rf"\noindent\textbf{{{escaped(title_of(document)[0])}}}"
    for part, members in groupby(document.workings, lambda work: work.part):
        equations = list(members)
        yield from ["", rf"\noindent {escaped(part)}:"] if part else [""]
        yield r"\begin{align*}"
        for number, work in enumerate(equations, 1):
            yield from _equation(work, last=number == len(equations))
        yield r"\end{align*}"


def _equation(work: Working, *, last: bool) -> Iterator[str]:
    """Yield the lines of one equation, a step each unless it is short; a remark stands behind the result."""
    name, *steps = (*work.tex, f"{work.value:,}".replace(",", "{,}"))
    steps = [step for step in steps if step]
    remark = remark_of(work)
    if len(f"{work.formula}{work.numbers}{work.value}{remark}") <= EQUATION:
        steps = [" = ".join(steps)]
    if remark:
        steps[-1] += rf" \quad\text{{{escaped(remark)}}}"
    for number, step in enumerate(steps, 1):
        end = "" if last and number == len(steps) else r" \\"
        yield f"  {f'{name} ' if number == 1 else ''}&= {step}{end}"


def _table(document: Document) -> list[str]:
    """Return the lines of the document's table, which floats unless it is longer than a page."""
    columns = written(document.table)
    cells = [[_cell(row[index], column) for index, column in columns] for row in document.table.rows]
    total = [_cell(document.table.total[index], column) for index, column in columns] if document.table.total else []
    titles = [escaped(column.title) for _, column in columns]
    sizes = [max(map(len, texts)) for texts in zip(titles, *cells, *([total] if total else []), strict=True)]
    right = [column.kind in NUMERIC for _, column in columns]

    def line(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(size) if side else text.ljust(size) for text, size, side in zip(texts, sizes, right, strict=True)
        )
        return "    " + " & ".join(padded) + r" \\"

    body = [*map(line, cells), *([r"    \midrule", line(total)] if total else [])]
    spec = "".join("r" if side else "l" for side in right)
    long = len(cells) > PAGE_ROWS
    return (_long if long else _short)(document, spec, line(titles), body)


def _short(document: Document, spec: str, titles: str, body: Sequence[str]) -> list[str]:
    """Return the lines of a table that floats."""
    caption, notes = _caption(document), _notes(document)
    return [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        *([rf"  \caption{{{caption}}}"] if caption else []),
        rf"  \begin{{tabular}}{{{spec}}}",
        r"    \toprule",
        titles,
        r"    \midrule",
        *body,
        r"    \bottomrule",
        r"  \end{tabular}",
        *([r"", r"  \medskip\footnotesize", *(rf"  {note}\par" for note in notes)] if notes else []),
        r"\end{table}",
    ]


def _long(document: Document, spec: str, titles: str, body: Sequence[str]) -> list[str]:
    """Return the lines of a table that breaks across pages, its header on each."""
    caption, notes = _caption(document), _notes(document)
    head = [r"    \toprule", titles, r"    \midrule"]
    return [
        r"% needs \usepackage{booktabs,longtable}",
        rf"\begin{{longtable}}{{{spec}}}",
        *([rf"    \caption{{{caption}}} \\"] if caption else []),
        *head,
        r"    \endfirsthead",
        *head,
        r"    \endhead",
        r"    \bottomrule",
        r"    \endfoot",
        *body,
        r"\end{longtable}",
        *([r"{\footnotesize", *(rf"  {note}\par" for note in notes), r"}"] if notes else []),
    ]


def _caption(document: Document) -> str:
    """Return the heading as a caption."""
    title, rest = title_of(document)
    return escaped(". ".join([title, "; ".join(rest)] if rest else [title])) + "." if title else ""


def _notes(document: Document) -> list[str]:
    """Return the notes as paragraphs."""
    return [escaped(f"{label}: {text}" if label else text, None) for label, text in notes_of(document)]


def _cell(value: Any, column: Column) -> str:
    """Return a cell; a number below zero has a minus, which is longer than a hyphen."""
    text = escaped(shown(value, column))
    return re.sub("^-", "$-$", text) if column.kind in NUMERIC else text


def escaped(text: str, limit: int | None = 2000) -> str:
    """Return text that LaTeX sets as it is: a mark of its language is a command that prints the mark."""
    escaped = "".join(ESCAPES.get(mark, mark) for mark in clean(text, limit))
    return re.sub("-(?=-)", "-{}", escaped)  # two in a row would be a dash
