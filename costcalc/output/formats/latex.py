"""The format `latex`: a booktabs table to put into a paper; one longer than a page is a longtable."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Working
from costcalc.output.formats.values import NUMERIC, Screen, all_rows, notes_of, remark_of, shown, title_of, written

EQUATION = 56  # characters that fit on a line of a page
LONG = 28  # characters of a text before it may go over lines
LEAST = 60.0  # points that such a text has


class Size(NamedTuple):
    """A size of print: how wide a digit is, what is between two columns, in points, its commands."""

    digit: float
    gap: float
    commands: str = ""


class Page(NamedTuple):
    """A page of an article: points between its margins, and rows that fit on it, since a float is never broken."""

    width: float
    rows: int
    packages: str = ""


PORTRAIT = Page(345.0, 45)
LANDSCAPE = Page(550.0, 22, ",pdflscape")
SIZES = (
    Size(5.0, 12.0),
    Size(4.25, 6.0, r"\footnotesize\setlength{\tabcolsep}{3pt}"),
    Size(3.99, 4.0, r"\scriptsize\setlength{\tabcolsep}{2pt}"),
)
WIDE = {  # how wide characters are in Computer Modern, as parts of a digit
    **dict.fromkeys(".,:;|'!ijl", 0.56),
    **dict.fromkeys("-() frst", 0.79),
    **dict.fromkeys("ABCDEFGHIJKLMNOPQRSTUVWXYZ+=", 1.56),
    **dict.fromkeys("mwMW%@", 1.9),
    **dict.fromkeys("bdhknpquvxy", 1.12),
}
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
    """Return the document as LaTeX tables with a caption, its notes below the rows, its workings above them."""
    lines = [*_workings(document)] if document.workings else []
    page = LANDSCAPE if screen.landscape else PORTRAIT
    if document.table.rows or not lines:
        *before, last = (document.table, *document.below)
        for table in before:
            lines += [*_table(document._replace(table=table, notes=()), page), ""]
        lines += _table(document._replace(table=last), page)
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
    """Yield the lines of one equation, a step each unless it is short; a remark is behind the result."""
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


def _table(document: Document, page: Page) -> list[str]:
    """Return the lines of the document's table, which floats unless it is longer than a page."""
    rows = all_rows(document.table)
    texts = [[shown(row[index], column) for row in rows] for index, column in written(document.table)]
    columns = [column for _, column in written(document.table)]
    keep, size = _fitting(columns, texts, page)
    if len(keep) < len(columns):
        left = ", ".join(column.key for place, column in enumerate(columns) if place not in keep)
        document = document._replace(notes=(*document.notes, ("columns", (f"not shown at this width: {left}",))))
    columns = [columns[place] for place in keep]
    cells = list(zip(*([_cell(t, c) for t in texts[p]] for p, c in zip(keep, columns, strict=True)), strict=True))
    titles = [_title(column, texts[place]) for place, column in zip(keep, columns, strict=True)]
    sizes = [max(map(len, each)) for each in zip(titles, *cells, strict=True)]
    right = [column.kind in NUMERIC for column in columns]

    def line(texts: Sequence[str]) -> str:
        padded = (
            text.rjust(size) if side else text.ljust(size) for text, size, side in zip(texts, sizes, right, strict=True)
        )
        return "    " + " & ".join(padded) + r" \\"

    body = [line(row) for row in cells]
    if document.table.total is not None:
        body.insert(-1, r"    \midrule")
    spec = _spec(columns, [texts[place] for place in keep], size, page)
    long = len(document.table.rows) > page.rows
    needs, *lines = (_long if long else _short)(document, spec, line(titles), body)
    if size.commands:
        at = 2  # below \\centering
        lines = ["{" + size.commands, *lines, "}"] if long else [*lines[:at], f"  {size.commands}", *lines[at:]]
    if page is LANDSCAPE:
        lines = [r"\begin{landscape}", *lines, r"\end{landscape}"]
    return [needs.replace("}", f"{page.packages}}}"), *lines]


def _title(column: Column, texts: Sequence[str]) -> str:
    """Return the title of a column, a word below the other where it is wider than what is below it."""
    words = [escaped(word) for word in column.title.split(" ")]
    if len(words) == 1 or len(column.title) <= max(map(len, texts), default=0):
        return " ".join(words)
    side, stacked = "r" if column.kind in NUMERIC else "l", r" \\ ".join(words)
    return rf"\shortstack[{side}]{{{stacked}}}"


def _widths(columns: Sequence[Column], texts: Sequence[Sequence[str]], size: Size) -> list[float]:
    """Return how wide columns are at most, in points; texts that are long go over lines."""
    widest = [
        max(
            map(
                _digits,
                (*column.title.split(), *(text[:LONG] if column.kind not in NUMERIC else text for text in each)),
            )
        )
        for column, each in zip(columns, texts, strict=True)
    ]
    return [size.digit * digits + size.gap for digits in widest]


def _digits(text: str) -> float:
    """Return how many digits are as wide as a text."""
    return sum(WIDE.get(mark, 1.0) for mark in text)


def _fitting(columns: Sequence[Column], texts: Sequence[Sequence[str]], page: Page) -> tuple[list[int], Size]:
    """Return the places of the columns that a page has room for, and the size of the print."""
    keep = list(range(len(columns)))
    for size in SIZES:
        if sum(_widths(columns, texts, size)) <= page.width:
            return keep, size
    widths = _widths(columns, texts, SIZES[-1])
    while sum(widths[place] for place in keep) > page.width:
        last = max(keep, key=lambda place: (columns[place].drop, place))
        if not columns[last].drop:
            break
        keep.remove(last)
    return keep, SIZES[-1]


def _spec(columns: Sequence[Column], texts: Sequence[Sequence[str]], size: Size, page: Page) -> str:
    """Return the argument of the table: numbers to the right, texts to the left, long ones over lines of the rest."""
    widths = _widths(columns, texts, size)
    long = [
        c.kind not in NUMERIC and any(len(text) > LONG for text in each) for c, each in zip(columns, texts, strict=True)
    ]
    rest = page.width - sum(width for width, over in zip(widths, long, strict=True) if not over)
    each = max(rest / max(1, sum(long)) - size.gap, LEAST)
    sides = ["r" if column.kind in NUMERIC else "l" for column in columns]
    return "".join(rf"p{{{each:.0f}pt}}" if over else side for over, side in zip(long, sides, strict=True))


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
        *([r"", r"  \medskip\footnotesize\raggedright", *(rf"  {note}\par" for note in notes)] if notes else []),
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
        *([r"{\footnotesize\raggedright", *(rf"  {note}\par" for note in notes), r"}"] if notes else []),
    ]


def _caption(document: Document) -> str:
    """Return the heading as a caption."""
    title, rest = title_of(document)
    return escaped(". ".join([title, "; ".join(rest)] if rest else [title])) + "." if title else ""


def _notes(document: Document) -> list[str]:
    """Return the notes as paragraphs."""
    return [
        (escaped(f"{label}: ") if label else "") + r"\newline ".join(escaped(text, None) for text in texts)
        for label, texts in notes_of(document)
    ]


def _cell(text: str, column: Column) -> str:
    """Return a cell; a number below zero has a minus, which is longer than a hyphen."""
    whole = escaped(text)
    if column.kind in NUMERIC:
        return re.sub("^-", "$-$", whole)
    return re.sub(r"(/|:|\.|\\_)(?=\w)", r"\1\\allowbreak{}", whole) if len(text) > LONG else whole


def escaped(text: str, limit: int | None = 2000) -> str:
    """Return text that LaTeX sets as it is: a mark of its language is a command that prints the mark."""
    escaped = "".join(ESCAPES.get(mark, mark) for mark in clean(text, limit))
    return re.sub("-(?=-)", "-{}", escaped)  # two in a row would be a dash
