"""Drawing a table of 20,000 rows on a terminal: microseconds a row, and those of a console for plain lines."""

import io
import time
from collections.abc import Callable

from rich.console import Console
from rich.segment import Segment

from costcalc.common.table import Column, Document, Table
from costcalc.output.formats.text import to_table
from costcalc.output.formats.theme import Drawing, theme
from costcalc.output.formats.values import Screen

ROWS = 20_000
RUNS = 5
COLUMNS = (
    Column("path", "layer"),
    Column("kind", "kind"),
    Column("params", "parameters", "int"),
    Column("macs", "MACs", "int"),
    Column("macs_share", "share", "share"),
    Column("bar", "", "bar"),
)
KINDS = ("Conv 1x1", "Conv DW 3x3", "Conv 3x3", "FC", "ReLU")


class Plain:
    """Lines without a style, as the least that a renderable can yield."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: object) -> object:
        """Yield a segment for each line."""
        return (Segment(line) for line in self.lines)


def best(work: Callable[[], object]) -> float:
    """Return the least seconds of a processor that some runs take."""
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the times of the table in colour and without, and of the floor."""
    rows = tuple(
        (f"{row // 10}/{row % 10}", KINDS[row % 5], row * 37, row * 4_099, row / ROWS, row / ROWS)
        for row in range(ROWS)
    )
    document = Document((("A network",),), Table(COLUMNS, rows), (), dict)
    screen = Screen(120, colour=True)

    def show(renderable: object) -> None:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True, color_system="standard", theme=theme(), width=120)
        console.print(renderable, crop=False)

    lines = to_table(document, screen).splitlines(keepends=True)
    floor, colour = best(lambda: show(Plain(lines))), best(lambda: show(Drawing(document, screen)))
    plain = best(lambda: to_table(document, screen))
    for name, seconds in (("floor: plain lines", floor), ("without colour", plain), ("in colour", colour)):
        print(f"{name:<20}{1e6 * seconds / ROWS:>8.2f} us a row{seconds / floor:>8.2f} x the floor")


if __name__ == "__main__":
    main()
