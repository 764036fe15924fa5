"""Pages that move: the bytes of a page, what writing it takes, and what a move of a slider takes in node."""

import gzip
import random
import sys
from pathlib import Path

from timing import seconds, table

from costcalc.analysis.movable import fitted
from costcalc.cli.page import model, movables
from costcalc.network.metrics import Measure
from costcalc.output.formats.moving import whole

sys.path.append(str(Path(__file__).parent.parent / "tools"))
from pages import drawn, in_node

NAMES = (
    "mobilenet_v1",
    "mobilenet_v2",
    "squeezenet",
    "resnet50",
    "resnet",
    "alexnet",
    "vgg",
    "unet",
    "darknet53",
    "ssd",
    "vit",
    "m5",
    "shufflenet_v1",
)
MOVES = 300


def row(name: str) -> list[str]:
    """Return the figures of a page."""
    made: list[str] = []

    def write() -> None:
        movable, script = fitted(movables([name], (), (), Measure(), "fp32")[0])
        told = {"convention": "", "dtype": "", "command": f"costcalc page {name}"}
        text = model([script], told)
        made[:] = text, whole(movable.spec.name, text)
        chance = random.Random(name)  # noqa: S311 - the same moves each time
        points[:] = [(drawn(movable, chance), ()) for _ in range(MOVES)]

    points: list[object] = []
    taken = seconds(write)
    page = made[1].encode()
    _, move = in_node(made[0], points)
    packed = len(gzip.compress(page, mtime=0))
    return [name, f"{len(page):,}", f"{packed:,}", f"{taken:.1f}", f"{move:.2f}"]


def main() -> None:
    """Print the table."""
    head = ("page", "bytes", "bytes, gzip", "to write, s", "a move, ms")
    table(head, map(row, NAMES))


if __name__ == "__main__":
    main()
