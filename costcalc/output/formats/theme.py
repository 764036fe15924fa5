"""The looks of a terminal: one theme of named styles, and documents as renderables that rich's consoles draw."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from costcalc.common.colours import SERIES, SORTS
from costcalc.common.table import Document
from costcalc.output.formats.values import Screen

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.segment import Segment
    from rich.style import Style
    from rich.theme import Theme

PREFIX = "costcalc."
PAPER = "arXiv:"  # what sources write before the number of a paper
COLOURS = {sort.name: sort.terminal for sort in SORTS}
STYLES: Mapping[str, str] = {
    "title": "bold",
    "heading": "dim",
    "head": "dim",
    "label": "dim",
    "note": "dim",
    "total": "bold",
    "largest": "bold",
    "bar": "cyan",
    "good": "green",
    "bad": "bold red",
    "peak": "red",
    "warning": "yellow",
    "place": "bold",
    "caret": "bold red",
    "axis": "dim",
    **COLOURS,
    **{f"series{number}": COLOURS.get(name, "default") for number, name in enumerate(SERIES)},
}


def theme() -> "Theme":
    """Return the theme for a console; a style is found there as `costcalc.NAME`."""
    from rich.theme import Theme

    return Theme({f"{PREFIX}{name}": look for name, look in STYLES.items()})


def styles(console: "Console") -> dict[str, "Style"]:
    """Return each style by its name, as a console's own theme has it, else as here."""
    return {name: console.get_style(f"{PREFIX}{name}", default=look) for name, look in STYLES.items()}


def linking(console: "Console") -> bool:
    """Return whether a console shows links: a terminal, not a file that is sent to one later, with colours."""
    return console.color_system is not None and not console.legacy_windows and console.file.isatty()


def _linked(text: str, style: "Style | None") -> "Iterator[Segment]":
    """Yield the segments of a text whose papers are links: rich's own have a random number, which no two runs share."""
    from rich.segment import ControlType, Segment

    paper = False
    for piece in re.split(rf"({PAPER}\d{{4}}\.\d{{4,5}})", text):
        if paper:
            address = f"https://arxiv.org/abs/{piece.removeprefix(PAPER)}"
            yield Segment(f"\x1b]8;;{address}\x1b\\", None, [(ControlType.HOME,)])
        yield Segment(piece, style)
        if paper:
            yield Segment("\x1b]8;;\x1b\\", None, [(ControlType.HOME,)])
        paper = not paper


class Drawing:
    """A document as a renderable. Without a screen it is drawn for the console that shows it."""

    def __init__(self, document: Document, screen: Screen | None = None) -> None:
        self.document = document
        self.screen = screen

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """Yield a segment for each run of text of one style: a table of rich's own takes hundreds of times as long."""
        from rich.segment import Segment

        from costcalc.output.formats.text import lines_of

        screen = self.screen or Screen(options.max_width, colour=True, blocks=not options.ascii_only)
        known: dict[str, Style | None] = {**styles(console), "": None}
        links = linking(console)
        plain = ""  # what has no style goes on over the ends of lines: each segment costs
        for line in lines_of(self.document, screen):
            for text, name in line:
                linked = links and PAPER in text
                if not name and not linked:
                    plain += text
                    continue
                if plain:
                    yield Segment(plain)
                    plain = ""
                yield from _linked(text, known[name]) if linked else (Segment(text, known[name]),)
            plain += "\n"
        yield Segment(plain)
