"""Write docs/performance.md: run the benchmarks one after the other, and put what they print under its heading."""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "docs" / "performance.md"
ORACLE = ("--oracle",)
HEAD = """\
# How fast

`python benchmarks/all.py` writes this page; each section is what its script prints. Times are those of a processor, not
of a clock, and what is compared runs in turn: a figure is the median of the ratios of some rounds, with the least and
the most. Made with {versions}; {cores} cores, on which other work ran too.

A **floor** is a process that imports click, yaml, rich.console and rich.table and exits. Sweeps are held against each
other before they are timed: the benchmark stops where two ways give different integers.
"""


class Part(NamedTuple):
    """A section: its heading, its words, its script with arguments, and whether that prints a table or plain lines."""

    title: str
    words: str
    script: str
    needs: Sequence[str] = ()
    plain: bool = False


PARTS = (
    Part(
        "Cold starts",
        """
        A whole process of each command, of an installation: bundled specs are read from data that is made with the
        wheel.""",
        "start.py",
        ("--python",),
    ),
    Part(
        "Next to other counters",
        """
        `report --format json` as a process, and `build` with its totals in one that runs, against five counters of
        PyTorch models: their time in units of ours. Theirs includes importing PyTorch and making the model, once; each
        further count does not. Why their counts differ is in [counting.md](counting.md).""",
        "others.py",
        ("--python", "--oracle"),
    ),
    Part(
        "Sweeps",
        """
        Parameters, multiply-accumulates and activations of MobileNet V2 over a grid of widths and resolutions: a point
        in units of what a hand-written loop over its 53 layers takes for it. `sweep_columns` gives the same integers
        block by block, as lists or as arrays of NumPy. The rows of the command have its effective width too.""",
        "sweep.py",
        ("--python",),
    ),
    Part("Growth", "Convolutions with their norms and activations.", "grow.py"),
    Part("Explaining a figure", "What one `why` takes in floors, the least of 5 runs each.", "why.py", plain=True),
    Part(
        "Grading a class",
        """
        Answers to 20 questions, five of them on whole networks, all wrong. Drawn are the layers' values for each
        student, and the widths of the networks that have one.""",
        "check.py",
        ("--python",),
    ),
    Part("Drawing", "A table of 20,000 rows on a terminal, the best of 5 runs.", "draw.py", plain=True),
    Part(
        "Pages that move",
        """
        The page of a network or family with all that it may move: its size, the processor's time to write it in a
        process that runs, and the median of 300 moves to random settings in node, by the clock. A move computes every
        figure of every layer.""",
        "moving.py",
    ),
    Part(
        "Importing",
        """
        What is read of a model against the export of PyTorch that wrote it, whose library is loaded, on one core.""",
        "importing.py",
        ORACLE,
    ),
)


def ran(part: Part, given: argparse.Namespace) -> str:
    """Return what a script prints; nothing where what it needs is missing."""
    python, arguments = sys.executable, []
    if "--oracle" in part.needs and not given.oracle:
        return ""
    if part.needs == ORACLE:
        python = given.oracle
    else:
        arguments = [f"{name}={getattr(given, name[2:])}" for name in part.needs]
    environment = os.environ | {"PYTHONPATH": str(FOLDER.parent)}
    print(f"{part.script} ...", file=sys.stderr)
    done = subprocess.run(
        [python, str(FOLDER / part.script), *arguments], stdout=subprocess.PIPE, text=True, env=environment, check=False
    )
    if done.returncode:
        print(f"{part.script} failed", file=sys.stderr)
        return ""
    return f"```text\n{done.stdout.rstrip()}\n```" if part.plain else done.stdout.rstrip()


def how(part: Part) -> str:
    """Return the line that runs a script again."""
    arguments = " ".join(f"{name} PYTHON" for name in part.needs) if part.needs != ORACLE else ""
    return f"`python benchmarks/{part.script}{' ' if arguments else ''}{arguments}`"


def main() -> None:
    """Run the scripts asked for, and write the page; sections of the others stay as they are."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has costcalc installed")
    options.add_argument("--oracle", help="an interpreter that has PyTorch, torchvision and their counters")
    options.add_argument("--only", default="", help="the scripts to run, such as start,sweep")
    given = options.parse_args()
    only = {f"{name}.py" for name in given.only.split(",") if name}
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    kept = {text.partition("\n")[0]: text.rstrip() for text in before.split("\n## ")[1:]}
    libraries = ", ".join(f"{name} {version(name)}" for name in ("click", "pyyaml", "rich", "numpy"))
    versions = f"Python {platform.python_version()}, {libraries}"
    text = HEAD.format(versions=versions, cores=os.cpu_count())
    for part in PARTS:
        printed = "" if only and part.script not in only else ran(part, given)
        section = (
            f"{part.title}\n\n{dedent(part.words).strip()}\n{how(part)} prints it again.\n\n{printed}"
            if printed
            else ""
        )
        section = section or kept.get(part.title, "")
        text += f"\n## {section}\n" if section else ""
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
