"""The format `table`: aligned columns for a person, as many as the screen has room for, never cut."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from costcalc.common.errors import clean
from costcalc.common.table import Column, Document, Table, Working
from costcalc.output.formats.aligned import GAP, Line, grid
from costcalc.output.formats.values import Screen, bound, remark_of

RECEDING = ("more", "columns", "not shown", "policy")  # notes that nobody needs to read first


def to_table(document: Document, screen: Screen) -> str:
    """Return the document for a person, without colour: aligned columns, as many as there is room for, never cut."""
    lines = lines_of(document, screen._replace(colour=False))
    return "".join("".join([text for text, _ in line]) + "\n" for line in lines)


def lines_of(document: Document, screen: Screen) -> Iterator[Line]:
    """Yield the lines of a document, each in pieces: a text and the name of its style in the theme."""
    tables = (document.table, *document.below)
    grids, left_out = zip(*(grid(table, screen) for table in tables), strict=True)
    bars = [_bars_below(table, gone, screen) for table, gone in zip(tables, left_out, strict=True)]
    notes = [note for note in document.notes if any(note[1])]
    gone = [
        column
        for place, columns in enumerate(left_out)
        for column in columns
        if not column.below and (not place or column.kind != "bar")
    ]
    if gone:
        notes.append(("columns", (_gone(gone, screen.more if left_out[0] else ""),)))
    parts: list[list[Line]] = [
        _heading_lines(document, screen.width),
        _plot(document, screen),
        *(_working_lines(list(part), screen) for _, part in groupby(document.workings, lambda work: work.part)),
        *(lines for pair in zip(grids, bars, strict=True) for lines in pair),
        _note_lines(notes, screen.width),
    ]
    for number, lines in enumerate(filter(None, parts)):
        if number:
            yield []
        yield from lines


def _bars_below(table: Table, gone: Sequence[Column], screen: Screen) -> list[Line]:
    """Return the bars that a table has no room for next to its numbers, each behind the name of its row."""
    keys = [column.key for column in gone if column.below]
    return grid(table.only([table.columns[0].key, *keys])._replace(total=None), screen)[0] if keys else []


def _gone(columns: Sequence[Column], more: str) -> str:
    """Return which columns find no room, and what has them."""
    names = ", ".join(dict.fromkeys(column.key for column in columns))
    return f"not shown at this width: {names}" + (f" ({more})" if more else "")


def _plot(document: Document, screen: Screen) -> list[Line]:
    """Return the lines of a chart of points; other charts are in the bars of their tables."""
    if document.chart is None or document.chart.form != "points":
        return []
    from costcalc.output.formats.dots import plot_lines

    return plot_lines(document.chart, screen)


def _working_lines(workings: list[Working], screen: Screen) -> list[Line]:
    """Return the lines of one part: its name, then each formula, in one line or with a line for each step."""
    lines: list[Line] = [[(clean(workings[0].part), "head")]] if workings[0].part else []
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
            lines.append([(hang, "")] if number else [(f"{' ' * GAP}{work.name} ", "title")])
            lines[-1].append((f"= {first}", ""))
            lines += [[(f"{hang}  {piece}", "")] for piece in more]
        lines += [[(f"{hang}  {piece}", "note")] for piece in (_wrapped(remark, left) if left else ())]
    return lines


def _heading_lines(document: Document, width: int | None) -> list[Line]:
    """Return the heading; parts that find no room in a line have lines of their own."""
    lines: list[Line] = []
    for number, parts in enumerate(document.heading):
        texts = [clean(part) for part in parts if part]
        if not texts:
            continue
        joined = (GAP * 2 * " ").join(texts)
        for text in (
            [joined]
            if width is None or len(joined) <= width
            else [piece for part in texts for piece in _wrapped(part, width)]
        ):
            title = texts[0] if text.startswith(texts[0]) and number == 0 else ""
            lines.append([(title, "title")] * bool(title) + [(text[len(title) :].rstrip(), "heading")])
    return lines


def _note_lines(notes: Sequence[tuple[str, tuple[str, ...]]], width: int | None) -> list[Line]:
    """Return note lines, labels aligned; long ones are broken between words, a number kept with its unit.

    Labels that would leave less than half of the width are above their texts.
    """
    longest = max((len(label) for label, _ in notes), default=0)
    above = width is not None and longest + GAP > width // 2
    indent = GAP if above else longest + GAP
    lines: list[Line] = []
    for label, parts in notes:
        texts = [clean(part, None) for part in parts]
        text = (GAP * 2 * " ").join(texts)
        if width is not None and indent + len(text) > width:
            pieces = _wrapped("; ".join(texts), width - indent)
        else:
            pieces = [text]
        lines += [[(label, "label")]] if above and label else []
        style = "note" if label in RECEDING else ""
        named = "bad" if label == "over budget" else "label"
        for number, piece in enumerate(pieces):
            start = f"{label if not number and not above else '':<{indent}}"
            lines.append([(start, named), (piece.rstrip(), style)] if piece.strip() else [(start.rstrip(), "label")])
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """Return text in lines of at most `width`, broken between words but not behind a number or an option."""
    import textwrap

    return [
        line.replace("\u00a0", " ")
        for line in textwrap.wrap(bound(text), width, break_long_words=False, break_on_hyphens=False)
    ]
