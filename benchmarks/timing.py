"""What the benchmarks share: processor time of a process, pairs in turn, medians with their ranges."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

FLOOR = ("-c", "import click, yaml, rich.console, rich.table")
BARE = ("-c", "")
COLOUR = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


Run = tuple[float, float]


def once(arguments: Iterable[str], python: str = sys.executable, more: Mapping[str, str] | None = None) -> Run:
    """Return (seconds of the processor, peak MiB) of one run of an interpreter; raise where it fails to run."""
    quiet = subprocess.DEVNULL
    away = () if python == sys.executable else ("PYTHONPATH",)  # so that what is installed there runs
    environment = {key: value for key, value in ENVIRONMENT.items() if key not in away} | dict(more or {})
    process = subprocess.Popen([python, *arguments], stdout=quiet, stderr=quiet, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1 is a well-formed no
        raise RuntimeError(f"{python} {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one run of some work, which a busy machine stretches less than the clock's."""
    start = time.process_time()
    work()
    return time.process_time() - start


def ranged(values: Sequence[float], digits: int = 2) -> str:
    """Return a median with the least and the most: `1.15 (1.12 to 1.21)`."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as Markdown has it."""
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")
