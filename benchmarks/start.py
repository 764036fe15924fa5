"""Cold starts: every command against a process that imports its libraries and exits, and against a bare interpreter."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import BARE, COLOUR, FLOOR, once, ranged, table

SPEC = "name: n\ninput: [3, 32, 32]\nlayers:\n  - {op: conv, k: 3, c: 8}\n  - {op: gap}\n  - {op: fc, c: 10}\n"
COMMANDS = (
    "--help",
    "report --help",
    "report mobilenet_v1",
    "report mobilenet_v1 --format json",
    "report mobilenet_v1 (in colour)",
    "report mobilenet_v2 --by layer",
    "report nasnet",
    "report net.yaml",
    "list",
    "show mobilenet_v1",
    "explain mobilenet_v1 2",
    "layer conv --k 3 --c 64 --in 3x32x32",
    "compare resnet50 mobilenet_v2",
    "memory mobilenet_v2",
    "roofline vgg16 --device a100",
    "compress alexnet --density 0.3 --bits 8",
    "sweep mobilenet_v1 --width 1,0.75,0.5",
    "fit mobilenet_v2 --macs 300M",
    "check mobilenet_v1 --macs 1.14G",
    "why mobilenet_v2 314M",
    "verify mobilenet_v2",
    "verify",
    "lint net.yaml",
    "export resnet50 --to torch",
)
SLOW = ("verify",)  # of which a few runs must do


def main() -> None:
    """Print a table: medians of ratios, pair by pair, with their ranges, and the difference in peak memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has costcalc")
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    python, rows = os.path.abspath(given.python), []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("net.yaml").write_text(SPEC, encoding="utf-8")
        for name in COMMANDS:
            arguments = ["-m", "costcalc", *name.removesuffix(" (in colour)").split()]
            more = COLOUR if name.endswith("colour)") else {}
            once(arguments, python, more)  # the first run of all may compile the modules
            runs = given.runs if name not in SLOW else 3
            rounds = [(once(arguments, python, more), once(FLOOR, python), once(BARE, python)) for _ in range(runs)]
            ratios = [ranged([ours[0] / row[of][0] for ours, *row in rounds]) for of in (0, 1)]
            memory = statistics.median(ours[1] - floor[1] for ours, floor, _ in rounds)
            line, colour, _ = name.partition(" (in colour)")
            rows.append((f"`{line}`{' in colour' if colour else ''}", *ratios, f"{memory:+.1f}"))
            print(name, *ratios, file=sys.stderr)
    table(("command", "in floors", "in bare interpreters", "peak beyond the floor's, MiB"), rows)
    imported = subprocess.run(
        [python, "-X", "importtime", "-m", "costcalc", "report", "mobilenet_v1", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    print(f"\n`report --format json` imports rich: {'yes' if '| rich' in imported or ' rich.' in imported else 'no'}.")


if __name__ == "__main__":
    main()
