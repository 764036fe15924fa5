"""Ratios of grading a class of 300 in 20 questions, five on whole networks: to reading its files, to a cold start.

All answers are wrong. Drawn are the layers' values for each student, and the widths of those networks that have one.
"""

import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

NETWORKS = ("mobilenet_v1", "mobilenet_v2", "resnet50", "densenet121", "nasnet")
WIDE = ("mobilenet_v1", "mobilenet_v2")
WIDTHS = [round(0.3 + 0.05 * number, 2) for number in range(25)]
LAYERS = 15
RUNS = 3
SIZES = (75, 150, 300)


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


def once(*command: str) -> tuple[float, float]:
    """Return (seconds of the processor, peak MiB) of one run of a command."""
    import os

    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def best(*command: str) -> tuple[float, float]:
    """Return the fastest of a few runs."""
    return min(once(*command) for _ in range(RUNS))


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


def main() -> None:
    """Print the ratios, and the peak memory for classes of several sizes."""
    floor = best("-c", "import click, yaml, rich.console, rich.table")[0]
    print(f"{'class':<28}{'time / reading':>16}{'time / start':>14}{'peak':>12}")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            files = write(folder, size)
            drawn = ("exercise", str(folder / "template.yaml"), "--seed", "1", "--for", str(folder / "class.csv"))
            once("-m", "costcalc", *drawn, "--assignment", str(folder / "drawn.yaml"))
            for label, assignment, given in (
                ("CSV", "hw.yaml", [str(folder / "class.csv")]),
                ("YAML", "hw.yaml", files),
                ("CSV, values drawn", "drawn.yaml", [str(folder / "class.csv")]),
            ):
                seconds, peak = best("-m", "costcalc", "check", str(folder / assignment), *given)
                reading = best("-c", READING, *given)[0]
                print(f"{size} students, {label:<14}{seconds / reading:>14.1f}{seconds / floor:>14.1f}{peak:>8.1f} MiB")
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
