"""Tables as lines of text: which columns fit, how wide each is, how a row is aligned and styled."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from costcalc.common.colours import sort_of
from costcalc.common.errors import clean
from costcalc.common.table import Column, Table
from costcalc.output.formats.values import BLOCKS, NUMERIC, Screen, all_rows, texts_of

Piece = tuple[str, str]  # a text and the name of its style, which may be empty
Line = list[Piece]
GAP = 2
KINDS = ("kind", "label")  # keys of columns that name kinds of layers, in a table of its own or side by side
BROKEN = 18  # columns of a terminal that a text which wraps and stays keeps before another column goes
LEAST = 10  # columns of a terminal that a text keeps before it goes over lines
ASCII = frozenset(map(chr, range(128)))
MARKED = "live_bar"  # the column of bars whose longest is the peak
VERDICTS = {"failed": "bad", "wrong": "bad", "error": "bad", "warning": "warning", "right": "good", "exact": "good"}


class _Shown(NamedTuple):
    """A column that is shown: its texts, how wide the widest is and how wide it may be, the style of each text."""

    column: Column
    texts: list[str]
    widest: int
    size: int
    styles: Sequence[str] = ()

    @property
    def just(self) -> Callable[[str], str]:
        """What pads a text to the column's size."""
        numeric, size = self.column.kind in NUMERIC, self.size

        def pad(text: str) -> str:
            space = " " * (size - cells(text))
            return space + text if numeric else text + space

        return pad


def grid(table: Table, screen: Screen) -> tuple[list[Line], list[Column]]:
    """Return the lines of a table with the columns that the screen has room for, and those that it has not.

    Groups that have no room for their columns have a line each above their rows, which are indented.
    """
    groups = [column.key for column in table.columns if column.kind == "group"]
    header, rows, gone = _laid(table, screen)
    if not groups or not {column.key for column in gone}.intersection(groups):
        return [*header, *chain.from_iterable(rows)], gone
    inner = table.only(column.key for column in table.columns if column.key not in groups)
    header, rows, gone = _laid(inner, screen._replace(width=screen.width and screen.width - GAP))
    lines: list[Line] = [[(" " * GAP, ""), *line] for line in header]
    heads = [(" " * GAP).join(filter(None, row)) for row in all_rows(table.only(groups))]
    for place, (head, row) in enumerate(zip(heads, rows, strict=True)):
        if not place or head != heads[place - 1]:
            lines.append([(clean(head), "title")])
        lines += [[(" " * GAP, ""), *line] for line in row]
    return lines, gone


def _laid(table: Table, screen: Screen) -> tuple[list[Line], Iterable[Sequence[Line]], list[Column]]:
    """Return the lines of a table's header, those of each row, and the columns that find no room."""
    rows = all_rows(table)
    values = [*zip(*rows, strict=True)] if rows else [()] * len(table.columns)
    texts = [texts_of(each, column, screen) for each, column in zip(values, table.columns, strict=True)]
    groups = [index for index, column in enumerate(table.columns) if column.kind == "group"]
    for index, each in zip(groups, _once([texts[index] for index in groups]), strict=True):
        texts[index] = each
    widest = [max(_cells_of(each), default=0) for each in texts]
    keep, gone = _fitting(table.columns, widest, screen.width)
    for index in (table.columns.index(column) for column in gone if column.kind == "bar" and column.wraps):
        texts[index] = texts_of(values[index], table.columns[index], screen._replace(bars=screen.bars // 2))
        widest[index] = max(_cells_of(texts[index]), default=0)
        keep, gone = _fitting(table.columns, widest, screen.width)
    if not rows:
        return [], (), gone
    looks = _looks(table, texts, len(rows)) if screen.colour else {}
    columns = [table.columns[index] for index in keep]
    sizes = _sizes(columns, [widest[index] for index in keep], screen.width)
    shown = [
        _Shown(column, texts[index], widest[index], size, looks.get(index, ()))
        for index, column, size in zip(keep, columns, sizes, strict=True)
    ]
    total = len(rows) - 1 if table.total is not None else None
    header = _over_lines([clean(column.title) for column in columns], shown, ["head"] * len(columns))
    return [*header], _body(shown, _emphasis(table, keep) if screen.colour else {}, total), gone


def _body(shown: Sequence[_Shown], bold: dict[int, set[int]], total: int | None) -> Iterator[Sequence[Line]]:
    """Yield the lines of the rows: most have a text for each run of columns of one style, a few go cell by cell."""
    slow = set(bold) | ({total} if total is not None else set())
    for each in shown:
        if each.size < each.widest:
            slow |= {row for row, text in enumerate(each.texts) if cells(text) > each.size}
    runs = _runs(shown)
    if len(runs) == 1 and not runs[0][1] and not slow:
        yield from ([[(text.rstrip(), "")]] for text in runs[0][0])
        return
    for row, texts in enumerate(zip(*(run for run, _ in runs), strict=True)):
        if row in slow:
            own = ["total" if row == total else ""] * len(shown)
            own = [_style(each, row) or own[place] for place, each in enumerate(shown)]
            for place in bold.get(row, ()):
                own[place] = "largest"
            yield [*_over_lines([each.texts[row] for each in shown], shown, own)]
        else:
            yield [
                stripped([(text, looks[row] if looks else "") for text, (_, looks) in zip(texts, runs, strict=True)])
            ]


def _runs(shown: Sequence[_Shown]) -> list[tuple[list[str], Sequence[str]]]:
    """Return the columns with those of no style joined: the texts of each run, and the styles where it has some."""
    runs: list[tuple[list[str], Sequence[str]]] = []
    for place, each in enumerate(shown):
        padded = _padded(each)
        if place:
            padded = [" " * GAP + text for text in padded]
        if runs and not runs[-1][1] and not each.styles:
            runs[-1] = ([left + right for left, right in zip(runs[-1][0], padded, strict=True)], ())
        else:
            runs.append((padded, each.styles))
    return runs


def _padded(each: _Shown) -> list[str]:
    """Return the texts of a column, each as wide as the column; of those that are wider nothing is cut."""
    numeric, size = each.column.kind in NUMERIC, each.size
    joined = "".join(each.texts)
    if joined.isascii() or set(joined) <= BLOCKS | ASCII:
        return [text.rjust(size) for text in each.texts] if numeric else [text.ljust(size) for text in each.texts]
    return list(map(each.just, each.texts))


def _over_lines(texts: Sequence[str], shown: Sequence[_Shown], styles: Sequence[str]) -> Iterator[Line]:
    """Yield the lines of one row, cell by cell; a text that is wider than its column goes over lines."""
    split = [
        [text] if cells(text) <= each.size else _broken(text, each.size)
        for text, each in zip(texts, shown, strict=True)
    ]
    for parts in zip_longest(*split, fillvalue=""):
        line: Line = []
        for place, (text, each, style) in enumerate(zip(parts, shown, styles, strict=True)):
            before, _, after = each.just(text).partition(text) if text else (" " * each.size, "", "")
            line += [(" " * GAP * bool(place) + before, ""), (text, style), (after, "")]
        yield stripped(line)


def stripped(line: Line) -> Line:
    """Return a line without blanks at its end and without empty pieces."""
    while line:
        text, style = line[-1]
        kept = text.rstrip()
        if kept:
            if kept != text:
                line[-1] = kept, style
            break
        line.pop()
    return line


def _looks(table: Table, texts: Sequence[list[str]], rows: int) -> dict[int, list[str]]:
    """Return the styles of columns that have some: kinds and bars in the colour of the kind of layer, verdicts."""
    keys = [column.key for column in table.columns]
    named = next((key for key in KINDS if key in keys), "")
    kinds = texts[keys.index(named)] if named else [""] * rows
    sorts = list(map(sort_of, kinds))
    looks: dict[int, list[str]] = {}
    for index, column in enumerate(table.columns):
        if column.kind == "bar":
            looks[index] = [sort or "bar" for sort in sorts]
            if column.key == MARKED:
                peaks = [row[index] == 1 for row in all_rows(table)]
                looks[index] = ["peak" if top else look for top, look in zip(peaks, looks[index], strict=True)]
        elif column.key == named and any(sorts):
            looks[index] = sorts
        elif column.key in ("verdict", "level", "result"):
            looks[index] = [VERDICTS.get(text, "") for text in texts[index]]
    return looks


def _emphasis(table: Table, keep: Sequence[int]) -> dict[int, set[int]]:
    """Return the largest share of each column of shares: the places of the cells by row."""
    found: dict[int, set[int]] = {}
    for place, index in enumerate(keep):
        column = table.columns[index]
        values = [row[index] for row in table.rows]
        if (
            column.kind == "share"
            and column.key.rstrip("_0123456789").endswith("share")
            and len(values) > 1
            and None not in values
        ):
            found.setdefault(max(range(len(values)), key=values.__getitem__), set()).add(place)
    return found


def _style(each: _Shown, row: int) -> str:
    return each.styles[row] if each.styles else ""


def _once(groups: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the texts of columns of groups with those blanked that are the same as the row above in all of them."""
    rows = [*zip(*groups, strict=True)]
    first = [not row or each != rows[row - 1] for row, each in enumerate(rows)]
    return [[text if shown else "" for text, shown in zip(each, first, strict=True)] for each in groups]


def _cells_of(texts: Sequence[str]) -> Iterable[int]:
    """Return how many columns of a terminal each text takes."""
    joined = "".join(texts)
    return map(len, texts) if joined.isascii() or set(joined) <= BLOCKS | ASCII else map(cells, texts)


def cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii() or set(text) <= BLOCKS:
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitting(columns: Sequence[Column], widest: Sequence[int], width: int | None) -> tuple[list[int], list[Column]]:
    """Return the indices of the columns that fit a width, and the columns that had to go."""
    titles = [min(cells(column.title), LEAST) if column.wraps else cells(column.title) for column in columns]
    texts = [
        min(size, BROKEN) if x.wraps and x.kind == "text" else size for x, size in zip(columns, widest, strict=True)
    ]
    sizes = list(map(max, titles, texts))
    keep = list(range(len(columns)))
    gone: list[Column] = []
    while width is not None and sum(sizes[index] + GAP for index in keep) - GAP > width:
        last = max(keep, key=lambda index: (columns[index].drop, index))
        if not columns[last].drop:
            break
        keep.remove(last)
        gone.append(columns[last])
    return keep, gone


def _sizes(columns: Sequence[Column], widest: Sequence[int], width: int | None) -> list[int]:
    """Return how wide each column is: as its widest text or, while that is too much, the widest that can be broken.

    Numbers and bars stay whole, their titles need not.
    """
    sizes = [max(cells(clean(column.title)), size) for column, size in zip(columns, widest, strict=True)]
    least = [
        min(size, max(LEAST, value if column.kind != "text" else 0))
        for column, size, value in zip(columns, sizes, widest, strict=True)
    ]
    while width is not None and sum(sizes) + GAP * (len(sizes) - 1) > width:
        place = max(
            range(len(sizes)),  # a title is broken before a text
            key=lambda at: (sizes[at] > max(least[at], widest[at]), sizes[at] > least[at], sizes[at]),
        )
        if sizes[place] == least[place]:
            break
        sizes[place] -= 1
    return sizes


def _broken(text: str, width: int) -> list[str]:
    """Return a cell's text in lines of at most `width`: between words, after a mark in a name, or where it must be."""
    import re

    parts = [text]
    for form in (r"\S*\s*", r"[^\s.:,=_/-]*(?:[.:,=_/-]+|\s+|$)", f".{{1,{width}}}"):
        split = ([part] if len(part.rstrip()) <= width else re.findall(form, part) for part in parts)
        parts = [*chain.from_iterable(split)]
    lines = [""]
    for part in parts:
        if len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip() for line in lines]
