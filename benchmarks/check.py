"""Grading a class in 20 questions, five of them on whole networks: against a cold start and reading its answers.

All answers are wrong. Drawn are the layers' values for each student, and the widths of those networks that have one.
"""

import argparse
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from timing import FLOOR, once, ranged, table

NETWORKS = ("mobilenet_v1", "mobilenet_v2", "resnet50", "densenet121", "nasnet")
WIDE = ("mobilenet_v1", "mobilenet_v2")
WIDTHS = [round(0.3 + 0.05 * number, 2) for number in range(25)]
LAYERS = 15
RUNS = 2
FORMS = {"CSV": ("hw.yaml", False), "a YAML file each": ("hw.yaml", True), "CSV, values drawn": ("drawn.yaml", False)}
SIZES = {75: tuple(FORMS), 300: tuple(FORMS)}  # of a class, with the forms that its answers have


def homework(*, drawn: bool) -> str:
    """Return an assignment; each student has values of their own where they are drawn."""
    lines = ["title: Benchmark", "questions:"]
    if drawn:
        lines.insert(1, f"draw: {{c: {{from: 16, to: 128, by: 4}}, k: [3, 5, 7], s: [1, 2], w: {WIDTHS}}}")
    layer = "{op: conv, k: k, c: c, s: s}" if drawn else "{op: conv, k: 3, c: 32, s: 2}"
    lines += [f"  - {{id: layer{n}, ask: macs, layer: {layer}, in: {8 * (n + 1)}x56x56}}" for n in range(LAYERS)]
    for n, name in enumerate(NETWORKS):
        at = ", at: {width: w}" if drawn and name in WIDE else ""
        lines.append(f"  - {{id: net{n}, ask: macs, spec: {name}{at}}}")
    return "\n".join(lines) + "\n"


def answers(draw: random.Random) -> list[str]:
    """Return a student's answers, all but a few wrong: most differ from everybody else's, and fit no single mistake."""
    return [str(draw.randrange(10**6, 10**9)) for _ in range(LAYERS + len(NETWORKS))]


def write(folder: Path, size: int) -> list[str]:
    """Write a class: one CSV file, one YAML file for each student, and the assignments; return the YAML files."""
    draw = random.Random(1)  # noqa: S311 - the same class every time
    rows = [answers(draw) for _ in range(size)]
    ids = [*(f"layer{n}" for n in range(LAYERS)), *(f"net{n}" for n in range(len(NETWORKS)))]
    table = [",".join(["student", *ids]), *(",".join([f"s{n}", *row]) for n, row in enumerate(rows))]
    (folder / "class.csv").write_text("\n".join(table) + "\n")
    (folder / "hw.yaml").write_text(homework(drawn=False))
    (folder / "template.yaml").write_text(homework(drawn=True))
    files = []
    for n, row in enumerate(rows):
        given = "".join(f"  {name}: {text}\n" for name, text in zip(ids, row, strict=True))
        path = folder / f"s{n}.yaml"
        path.write_text(f"answers:\n{given}")
        files.append(str(path))
    return files


READING = (
    "import sys; from costcalc.teaching.answerfile import answers_of\nfor path in sys.argv[1:]: list(answers_of(path))"
)


def rows(python: str, folder: Path, size: int, forms: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for a class of a size in each of these forms."""
    files = write(folder, size)
    drawn = ("exercise", str(folder / "template.yaml"), "--seed", "1", "--for", str(folder / "class.csv"))
    once(("-m", "costcalc", *drawn, "--assignment", str(folder / "drawn.yaml")), python)
    for form in forms:
        assignment, given = FORMS[form][0], files if FORMS[form][1] else [str(folder / "class.csv")]
        command = ("-m", "costcalc", "check", str(folder / assignment), *given)
        rounds = [
            (once(command, python), once(("-c", READING, *given), python), once(FLOOR, python)) for _ in range(RUNS)
        ]
        ratios = [ranged([ours[0] / row[of][0] for ours, *row in rounds], 1) for of in (1, 0)]
        print(size, form, *ratios, file=sys.stderr)
        yield f"{size} students, {form}", *ratios, f"{max(ours[1] for ours, *_ in rounds):.0f}"


def main() -> None:
    """Print a table: medians of ratios with their ranges, and the peak memory, for classes of several sizes."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python", default=sys.executable, help="an interpreter that has costcalc")
    python, found = os.path.abspath(options.parse_args().python), []
    for size, forms in SIZES.items():
        with tempfile.TemporaryDirectory() as name:
            found += rows(python, Path(name), size, forms)
    table(("class", "in floors", "in readings of its answers", "peak, MiB"), found)


if __name__ == "__main__":
    main()
