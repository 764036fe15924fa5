"""Tables of cells that commas, semicolons or tabs part, as RFC 4180 has them -> records of cells with their places."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.common.errors import LINE_END, Mark, Source, SpecError

DELIMITERS = ",;\t"
MAX_LINES = 100  # of one record: a quote that is open for longer was never closed
MAX_CELLS = 1_001  # of one record
MAX_HEADER = 64 * 1024  # characters that are looked at for what parts the cells

_SEP = re.compile(r"sep=(.)\Z", re.IGNORECASE)  # the first line of files for Excel
_CLOSED = re.compile(r' *"(?:[^"\n]|"")*"')
_PLACES = {mark: re.compile(rf' *"(?:[^"]|"")*"[^{mark}]*|[^{mark}]*') for mark in DELIMITERS}
_QUOTED = {mark: re.compile(rf' *"(?:[^"]|"")*"(?={mark}|\n|\Z)|[^"{mark}\n][^{mark}\n]*|') for mark in DELIMITERS}


class Datum(NamedTuple):
    """The text of a cell, without quotes, and its place."""

    text: str
    mark: Mark


def delimiter_of(text: str) -> str:
    """Return what parts the cells of a file: of comma, semicolon and tab the most frequent in its header."""
    outside = "".join(text[:MAX_HEADER].split('"')[::2]).lstrip("\r\n")
    header = LINE_END.split(outside, 1)[0]
    return max(DELIMITERS, key=header.count)


def records(source: Source, *, exact: bool = False) -> Iterator[tuple[Datum, ...] | SpecError]:
    """Yield the records of a file that are not blank; in the place of one that is broken, what is wrong with it.

    Cells behind MAX_CELLS of a record are left out, and blanks in front of a cell, unless all is asked for as it is
    (`exact`). After a quote that does not close, the next line begins a record, so that no other is lost.
    """
    lines, at = LINE_END.split(source.text), 0
    told = _SEP.match(lines[0])
    mark, at = (told[1], 1) if told and told[1] in DELIMITERS else (delimiter_of(source.text), 0)
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        read, taken = _record(lines, at, mark, exact=exact)
        if read is None:
            yield _broken(source, lines, at, mark)
        else:
            yield tuple(_placed(source, lines[at : at + taken], at + 1, mark, read[:MAX_CELLS]))
        at += taken


def _record(lines: Sequence[str], at: int, mark: str, *, exact: bool) -> tuple[list[str] | None, int]:
    """Return the cells of the record that begins at a line, None where it is broken, and how many lines it takes."""
    fed = (f"{line}\n" for line in lines[at : at + MAX_LINES])
    reader = csv.reader(fed, delimiter=mark, strict=True, skipinitialspace=not exact)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return None, 1


def _placed(source: Source, lines: Sequence[str], first: int, mark: str, texts: Sequence[str]) -> Iterator[Datum]:
    """Yield the cells of a record with the place where each begins."""
    text, at, line, start = "\n".join(lines), 0, first, 0
    for cell in texts:
        found = _PLACES[mark].match(text, at)
        assert found is not None
        shown = found[0].partition("\n")[0]
        yield Datum(cell, Mark(source, line, at - start + 1, max(1, len(shown))))
        breaks = found[0].count("\n")
        if breaks:
            line, start = line + breaks, found.start() + found[0].rindex("\n") + 1
        at = min(found.end() + 1, len(text))


def _broken(source: Source, lines: Sequence[str], at: int, mark: str) -> SpecError:
    """Return what is wrong with a record: where a quote does not close, or is closed too early."""
    text, end = "\n".join(lines[at : at + MAX_LINES]), 0
    while True:
        found = _QUOTED[mark].match(text, end)
        assert found is not None
        if not text.startswith(mark, found.end()):
            break
        end = found.end() + 1
    line = at + 1 + text.count("\n", 0, end)
    place = Mark(source, line, end - (text.rfind("\n", 0, end) + 1) + 1)
    if _CLOSED.match(text, end):
        return SpecError("text behind a closing quote: a quote inside a cell is written twice", place)
    return SpecError("a quote that does not close", place)
