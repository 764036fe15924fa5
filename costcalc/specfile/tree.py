"""What every file of YAML is before and after it is parsed: its text, bounded, and a tree of nodes with marks."""

import codecs
import re
from contextlib import suppress
from typing import NamedTuple

from costcalc.common.errors import LINE_END, Mark, Source, SpecError, quote

MAX_BYTES = 256 * 1024
BREAKS = "\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029"  # they end a line for some programs and not for others
UTF_16_MARKED = "utf-16"
SPACED = {**dict.fromkeys(map(ord, BREAKS), " "), 0: "\ufffd"}  # nor a NUL, which not every csv module takes
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
NULLS = ("", "~", "null")


class Node(NamedTuple):
    """One YAML node: a scalar with its text, a list with `items`, or a map with `pairs`."""

    mark: Mark
    kind: str
    text: str = ""
    plain: bool = True
    flow: bool = False
    items: tuple["Node", ...] = ()
    pairs: tuple[tuple["Node", "Node"], ...] = ()
    size: int = 1
    length: int = 0

    @property
    def null(self) -> bool:
        """Whether this is an empty scalar, `~` or `null`."""
        return self.kind == "scalar" and self.plain and self.text in NULLS

    @property
    def blank(self) -> bool:
        """Whether this is a scalar with nothing to see in it."""
        return self.kind == "scalar" and not self.text.strip()


class FileKind(NamedTuple):
    """What a file is, in words, how many bytes it may have, and what it needs at least.

    `hidden` says whether it may have characters that show nothing, since its reader looks for them itself; `foreign`,
    whether another program wrote it: then it may be UTF-16 or Latin-1 too.
    """

    what: str
    needs: str
    most: int = MAX_BYTES
    hidden: bool = False
    foreign: bool = False

    def check_size(self, name: str, size: int) -> None:
        """Raise SpecError for a file of an unbearable size."""
        if size > self.most:
            bound = f"{self.most:,} ({self.most // 1024:,} KiB)"
            raise SpecError(f"{quote(name)} has {size:,} bytes; {self.what} has at most {bound}")


UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # what text of an older Windows starts with
SPEC = FileKind("a spec", "a spec needs `name`, `input` and `layers`")


def read_text(name: str, data: bytes, kind: FileKind = SPEC) -> Source:
    """Return the bytes of a file as a source; raise SpecError for what is not text of a bearable size."""
    kind.check_size(name, len(data))
    if kind.foreign:
        return Source(name, foreign_text(data))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wide = data[:2] in UTF_16
        found = "UTF-16 text" if wide else f"not UTF-8 text (byte {error.start})"
        source = Source(name, data.decode("utf-16" if wide else "utf-8-sig", "replace"))
        start = 0 if wide else len(data[: error.start].decode("utf-8-sig"))
        raise SpecError(f"{found}; save the file as UTF-8", _mark_at(source, start)) from None
    index = None if kind.hidden else hidden_in(text)
    if index is not None:
        source = Source(name, text)
        raise SpecError(f"not a text file: character U+{ord(text[index]):04X}", _mark_at(source, index))
    return Source(name, text)


def _mark_at(source: Source, index: int) -> Mark:
    """Return the place of a character of a text."""
    line = len(LINE_END.findall(source.text, 0, index)) + 1
    return Mark(source, line, index - max(source.text.rfind(end, 0, index) for end in "\n\r"))


def foreign_text(data: bytes) -> str:
    """Return the text that another program wrote: UTF-8, UTF-16 (with its mark, or by its zeros), else Latin-1.

    What ends a line for some programs alone is a space.
    """
    return data.decode(encoding_of(data)).translate(SPACED)


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text that another program wrote, with the mark in front if it has one."""
    start = data[:1000]
    marked = UTF_16_MARKED if data[:2] in UTF_16 else "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else ""
    if not marked and start.count(0) > len(start) // 4:
        marked = "utf-16-be" if start[::2].count(0) > start[1::2].count(0) else "utf-16-le"
    for encoding in filter(None, (marked, "utf-8", "cp1252")):
        with suppress(UnicodeDecodeError):
            data.decode(encoding)
            return encoding
    return "latin-1"


def hidden_in(text: str) -> int | None:
    """Return where a text has a character that shows nothing and does something: a control, a mark of direction."""
    if text.replace("\n", "").isprintable():  # nearly every text, at the speed of C
        return None
    plain = "\n\r\t"
    return next(
        (
            index
            for index, character in enumerate(text)
            if not (character.isprintable() or character in plain or character.isspace()) or character in BREAKS
        ),
        None,
    )
