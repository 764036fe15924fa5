"""Ratios of a single `why` to a cold start, in seconds of the processor: figures with a cause, and with none."""

import os
import subprocess
import sys
from statistics import median

FLOOR = ["-c", "import click, yaml, rich.console, rich.table"]
FIGURES = (
    ("resnet50", "4.13 GMac"),
    ("resnet50", "9.74G", "--res", "256"),
    ("resnet50", "9.74G"),
    ("mobilenet_v1", "186M"),
    ("mobilenet_v2", "320.19M"),
    ("resnet34", "21,810,472 params"),
    ("resnet50", "177.83MB"),
    ("vgg16", "131.95M"),
    ("alexnet", "4.2892G"),
    ("mobilenet_v1", "575.123M"),  # which nothing gives
    ("densenet121", "2,834,161,665"),
    ("nasnet", "1.234567G"),
)
RUNS = 5
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def once(arguments: list[str]) -> float:
    """Return the seconds that a process takes of its processor."""
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, *arguments], stdout=quiet, stderr=quiet, env=ENVIRONMENT)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print, for each figure, the ratio of the medians; runs take turns, so that a busy machine slows them alike."""
    floors, seconds = [], {figure: [] for figure in FIGURES}
    for _ in range(RUNS):
        for figure in FIGURES:
            floors.append(once(FLOOR))
            seconds[figure].append(once(["-m", "costcalc", "why", *figure]))
    for figure, found in seconds.items():
        print(f"{' '.join(figure):<36}{median(found) / median(floors):>8.2f} cold starts")


if __name__ == "__main__":
    main()
