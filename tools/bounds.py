"""Doubles each list of each kind of file up to its bound, and prints what that takes: `python tools/bounds.py`.

The tests count calls, which do not see a loop in C; this sees all, and depends on the machine. A list grows until it is
refused, its file is too big, or a run takes SECONDS. Exit code 1 where twice the input takes over MOST times as long,
in the fastest of TIMES runs of both. Python's collector rests meanwhile: its rounds come in steps.
"""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from running import CliRunner  # noqa: E402
from test_scaling import HEAD, LISTS, ROW  # noqa: E402

from costcalc.cli import main  # noqa: E402
from costcalc.specfile.tree import MAX_BYTES  # noqa: E402

SECONDS = 2.0
LEAST = 0.5  # seconds of a run that is compared with one of half the input: shorter ones are noise
MOST = 3.0
TIMES = 4
Files = Callable[[int], Mapping[str, str]]


def timed(args: str, files: Mapping[str, str]) -> tuple[float, int]:
    """Return the seconds of the processor that a command takes, and its exit code."""
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    gc.collect()
    gc.disable()
    before = time.process_time()
    code = CliRunner().invoke(main, args.split()).exit_code
    seconds = time.process_time() - before
    gc.enable()
    return seconds, code


def grown(number: int, args: str, files: Files) -> tuple[int, float, float]:
    """Return how long a list became, the seconds that it took then, and how many times those of half of it."""
    seconds, code = timed(args, files(number))
    half = seconds
    while seconds < SECONDS and sum(map(len, files(2 * number).values())) <= MAX_BYTES:
        longer, found = timed(args, files(2 * number))
        if found != code:  # more than are allowed
            break
        number, half, seconds = 2 * number, seconds, longer
    if seconds > LEAST and seconds > MOST * half:  # others may have been at work
        half, seconds = (min(timed(args, files(size))[0] for _ in range(TIMES)) for size in (number // 2, number))
    return number, seconds, seconds / half


def run() -> int:
    """Print a line for each list; return the exit code."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        small = {"f.yaml": f"{HEAD}layers:\n{ROW}"}
        timed("report f.yaml", small)
        report = min(timed("report f.yaml", small)[0] for _ in range(TIMES))
        print(f"{'list':44}{'of':>8}{'seconds':>9}{'x small report':>16}{'x half of it':>14}")
        for name, number, args, files in LISTS:
            size, seconds, ratio = grown(number, args, files)
            over = seconds > LEAST and ratio > MOST
            wrong += over
            line = f"{name:44}{size:>8,}{seconds:>9.2f}{seconds / report:>16,.0f}{ratio:>14.2f}"
            print(line + ("  OVER" if over else ""), flush=True)
        os.chdir(ROOT)
    print(f"{len(LISTS)} lists, {wrong} over")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(run())
