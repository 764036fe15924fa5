"""The format `table`: aligned columns for a person, as many as the screen has room for, never cut."""

from itertools import groupby, zip_longest

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Table, Working
from costcalc.output.formats.values import BLOCKS, NUMERIC, Screen, all_rows, remark_of, shown

GAP = 2
LEAST = 10  # columns of a terminal that a text keeps before it goes over lines
STYLES = {"bold": "\x1b[1m", "dim": "\x1b[2m", "cyan": "\x1b[36m"}
RESET = "\x1b[0m"


def to_table(document: Document, screen: Screen) -> str:
    """Return the document for a person: aligned columns, as many as the screen has room for, never cut."""
    grids, left_out = zip(*(_grid(table, screen) for table in (document.table, *document.below)), strict=True)
    notes = [note for note in document.notes if any(note[1])]
    gone = [*left_out[0], *(column for more in left_out[1:] for column in more if column.kind != "bar")]
    if gone:
        names = ", ".join(dict.fromkeys(column.key for column in gone))
        notes.append(
            (
                "columns",
                (f"not shown at this width: {names}" + (f" ({screen.more})" if screen.more and left_out[0] else ""),),
            )
        )
    parts = (
        [_styled(bold, "bold", screen) + plain for bold, plain in _heading_lines(document, screen.width)],
        _plot(document, screen),
        *(_working_lines(list(part), screen) for _, part in groupby(document.workings, lambda work: work.part)),
        *grids,
        _note_lines(notes, screen.width),
    )
    return "\n\n".join("\n".join(line.rstrip() for line in lines) for lines in parts if lines) + "\n"


def _once(rows: list[list[str]], index: int) -> None:
    """Blank a text that the row above has too."""
    texts = [row[index] for row in rows]
    for row, text, above in zip(rows[1:], texts[1:], texts, strict=False):
        row[index] = "" if text == above else text


def _plot(document: Document, screen: Screen) -> list[str]:
    """Return the lines of a chart of points; other charts are in the bars of their tables."""
    if document.chart is None or document.chart.form != "points":
        return []
    from costcalc.output.formats.dots import plot_lines

    return plot_lines(document.chart, screen)


def _working_lines(workings: list[Working], screen: Screen) -> list[str]:
    """Return the lines of one part: its name, then each formula, in one line or with a line for each step."""
    lines = [_styled(clean(workings[0].part), "dim", screen)] if workings[0].part else []
    room = None if screen.width is None else screen.width - GAP
    for work in workings:
        steps = [text for text in (work.formula, work.numbers, f"{work.value:,}") if text]
        if room is None or len(" = ".join([work.name, *steps])) <= room:
            steps = [" = ".join(steps)]
        remark = clean(remark_of(work))
        hang = " " * (GAP + len(work.name) + 1)
        left = None if room is None else max(20, room - len(work.name) - 3)
        if remark and (left is None or len(steps[-1]) + 2 * GAP + len(remark) <= left):
            steps[-1], remark = f"{steps[-1]}{' ' * 2 * GAP}{remark}", ""
        for number, step in enumerate(steps):
            first, *more = [step] if left is None or len(step) <= left else _wrapped(step, left)
            lines.append((hang if number else f"{' ' * GAP}{work.name} ") + f"= {first}")
            lines += [f"{hang}  {piece}" for piece in more]
        lines += [f"{hang}  {piece}" for piece in (_wrapped(remark, left) if left else ())]
    return lines


def _grid(table: Table, screen: Screen) -> tuple[list[str], list[Column]]:
    """Return the lines of a table with the columns that the screen has room for, and those that it has not."""
    rows = [
        [shown(value, column, screen) for value, column in zip(row, table.columns, strict=True)]
        for row in all_rows(table)
    ]
    for index, column in enumerate(table.columns):
        if column.kind == "group":
            _once(rows, index)
    keep, gone = _fitting(table.columns, rows, screen.width)
    last = len(rows) - 1 if table.total is not None else None
    return _rows([table.columns[index] for index in keep], [[row[i] for i in keep] for row in rows], last, screen), gone


def _rows(columns: list[Column], rows: list[list[str]], last: int | None, screen: Screen) -> list[str]:
    """Return the lines of a table: a header, the rows, the total last; where it is too wide, texts go over lines."""
    if not rows:
        return []
    titles = [clean(column.title) for column in columns]
    sizes = _sizes(columns, titles, rows, screen.width)

    def lines(texts: list[str], style: str) -> list[str]:
        cells = [
            [text] if _cells(text) <= size else _broken(text, size) for text, size in zip(texts, sizes, strict=True)
        ]
        return [line(row, style) for row in zip_longest(*cells, fillvalue="")]

    def line(texts: tuple[str, ...], style: str) -> str:
        padded = []
        for text, size, column in zip(texts, sizes, columns, strict=True):
            space = " " * (size - _cells(text))
            cell = _styled(text, "cyan" if column.kind == "bar" else style, screen)
            padded.append(space + cell if column.kind in NUMERIC else cell + space)
        return (" " * GAP).join(padded)

    styled = [(titles, "dim"), *((row, "bold" if number == last else "") for number, row in enumerate(rows))]
    return [text for row, style in styled for text in lines(row, style)]


def _sizes(columns: list[Column], titles: list[str], rows: list[list[str]], width: int | None) -> list[int]:
    """Return how wide each column is: as its widest text or, while that is too much, the widest that can be broken.

    Numbers and bars stay whole, their titles need not.
    """
    values = [max(_cells(row[index]) for row in rows) for index in range(len(columns))]
    sizes = [max(_cells(title), value) for title, value in zip(titles, values, strict=True)]
    least = [
        min(size, max(LEAST, value if column.kind != "text" else 0))
        for column, size, value in zip(columns, sizes, values, strict=True)
    ]
    while width is not None and sum(sizes) + GAP * (len(sizes) - 1) > width:
        widest = max(range(len(sizes)), key=lambda index: (sizes[index] > least[index], sizes[index]))
        if sizes[widest] == least[widest]:
            break
        sizes[widest] -= 1
    return sizes


def _styled(text: str, style: str, screen: Screen) -> str:
    """Return text in a style, where the screen shows colour."""
    return f"{STYLES[style]}{text}{RESET}" if screen.colour and style and text else text


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() or set(text) <= BLOCKS:
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


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
    """Return note lines, labels aligned; long ones are broken between words, a number kept with its unit.

    Labels that would leave less than half of the width stand above their texts.
    """
    longest = max((len(label) for label, _ in notes), default=0)
    above = width is not None and longest + GAP > width // 2
    indent = GAP if above else longest + GAP
    lines = []
    for label, parts in notes:
        texts = [clean(part, None) for part in parts]
        text = "    ".join(texts)
        if width is not None and indent + len(text) > width:
            pieces = _wrapped("; ".join(texts), width - indent)
        else:
            pieces = [text]
        lines += [label] if above and label else []
        lines += [
            f"{label if not number and not above else '':<{indent}}{piece}" for number, piece in enumerate(pieces)
        ]
    return lines


def _broken(text: str, width: int) -> list[str]:
    """Return a cell's text in lines of at most `width`: between words, after a mark in a name, or where it must be."""
    import re

    lines = [""]
    for piece in re.findall(r"[^\s.:,=_/-]*(?:[.:,=_/-]+|\s+|$)", text):
        for part in (
            [piece] if len(piece.rstrip()) <= width else [piece[at : at + width] for at in range(0, len(piece), width)]
        ):
            if len((lines[-1] + part).rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]


def _wrapped(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width`, broken between words; a number stays with the word behind it."""
    import re
    import textwrap

    bound = re.sub(r"(?<=\d) (?=[A-Za-z%])|(?<=\d [kMG]) (?=[A-Za-z])|(?<=\(layer) ", "\u00a0", text)
    return [
        line.replace("\u00a0", " ")
        for line in textwrap.wrap(bound, width, break_long_words=False, break_on_hyphens=False)
    ]
