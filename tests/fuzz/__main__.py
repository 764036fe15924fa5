"""`python -m tests.fuzz --minutes 10 --seed N`: mutates and runs, and prints what no input may do.

Inputs that reach new lines or new messages are mutated further. A failure is written into a folder and ends the run with
exit code 1 when the time is over. Runs of as many inputs (`--inputs`) and one seed are alike on one version of Python.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz import harness, inputs, models
from tests.fuzz.guide import Guide
from tests.fuzz.inputs import Case
from tests.fuzz.mutate import Mutator

TRIES = 20  # to find a graph that ONNX's parser takes
KEPT = 3_000  # inputs that reached something new; older ones make room
SHOWN = 30


def main() -> int:
    """Fuzz for some time, or for some inputs; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of the clock")
    parser.add_argument("--inputs", type=int, default=0, help="how many inputs, whatever time they take")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--failures", type=Path, default=Path(tempfile.gettempdir()) / "costcalc-fuzz", help="a folder")
    parser.add_argument("--slow", type=float, default=2.0, metavar="SECONDS", help="note inputs that take longer")
    parser.add_argument("--kind", choices=[*inputs.STARTS, "options"], help="of one kind of file alone")
    asked = parser.parse_args()
    asked.failures.mkdir(parents=True, exist_ok=True)
    asked.failures = asked.failures.resolve()
    with tempfile.TemporaryDirectory() as folder:
        return Run(asked, Path(folder)).all()


class Run:
    """One run: its inputs, its chance, what it has found."""

    def __init__(self, asked: argparse.Namespace, folder: Path) -> None:
        self.asked, self.folder = asked, folder
        self.rng = random.Random(asked.seed)  # noqa: S311 - chance that can be had again
        self.mutate, self.guide = Mutator(self.rng), Guide()
        self.pools: dict[str, list[bytes]] = {}
        for kind, data in inputs.starts():
            if asked.kind in (None, kind):
                self.pools.setdefault(kind, []).append(data)
        self.first = {kind: len(pool) for kind, pool in self.pools.items()}
        self.commands = {kind: inputs.commands_of(kind) for kind in self.pools if kind != "options"}
        self.failed: Counter[str] = Counter()
        self.codes: Counter[int] = Counter()
        self.slow, self.slowest = 0, 0.0
        self.memory = harness.Memory()

    def all(self) -> int:
        """Run until the time is over; return the exit code."""
        signal.signal(signal.SIGVTALRM, harness.stop)
        before = Path.cwd()
        for name, text in inputs.BESIDE.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        os.chdir(self.folder)
        started, done = time.monotonic(), 0
        self.guide.start()
        try:
            while not self.over(done, started):
                self.one()
                done += 1
                if done % 10_000 == 0:
                    print(self.summary(done, started), flush=True)  # noqa: T201
        finally:
            os.chdir(before)
        print(self.summary(done, started))  # noqa: T201
        return 1 if self.failed else 0

    def over(self, done: int, started: float) -> bool:
        """Return whether there were enough inputs, or time enough."""
        if self.asked.inputs:
            return done >= self.asked.inputs
        return time.monotonic() - started > 60 * self.asked.minutes

    def one(self) -> None:
        """Mutate and run one input."""
        kind = self.rng.choice([*self.pools])
        pool = self.pools[kind]
        data = next((made for made in self.mutated(kind) if kind != "graph" or models.binary(made)), b"")
        case = Case(kind, data, self.rng.choice(self.commands[kind]) if kind in self.commands else ())
        self.memory.begin()
        found = harness.run(case, self.folder)
        self.codes[found.code] += 1
        self.slowest = max(self.slowest, found.seconds)
        if found.seconds > self.asked.slow:
            self.slow += 1
            self.note(case, f"slow-{self.slow}", f"{found.seconds:.1f} s of the processor: {found.said}")
        if self.guide.is_new((case.args or ("",))[0], found.said) and len(data) < 6_000:
            pool.append(data)
            if len(pool) > KEPT:
                del pool[self.first[kind]]
        wrong = found.wrong or ("" if self.memory.end() <= harness.MEGABYTES else "memory")
        if wrong:
            self.fail(case, wrong)

    def mutated(self, kind: str) -> Iterator[bytes]:
        """Mutate inputs of one kind, each anew."""
        for _ in range(TRIES):
            other = self.rng.choice(self.pools[kind if self.rng.random() < 0.8 else self.rng.choice([*self.pools])])
            yield self.mutate(self.rng.choice(self.pools[kind]), other)

    def fail(self, case: Case, wrong: str) -> None:
        """Write a failure down, the first few of its sort."""
        sort = wrong.strip().split("\n")[-1][:90] if wrong.startswith("traceback") else wrong.partition(":")[0]
        if wrong.startswith("traceback"):
            sort = f"{wrong.strip().splitlines()[-3].strip()[-60:]} {sort}"
        self.failed[sort] += 1
        if self.failed[sort] <= 3 and len(self.failed) < 200:
            number = sum(self.failed.values())
            path = self.note(case, str(number), wrong)
            print(f"FAILED {path}: {' '.join(case.args)}\n{wrong[-1500:]}", flush=True)  # noqa: T201

    def note(self, case: Case, number: str, told: str) -> Path:
        """Write an input into the folder, and what is told of it into a file next to it; return the path of the input."""
        path = self.asked.failures / f"{case.kind}-{self.asked.seed}-{number}"
        path.write_bytes(case.data)
        path.with_suffix(".txt").write_text(f"{' '.join(case.args)}\n{told}\n", encoding="utf-8", errors="replace")
        return path

    def summary(self, done: int, started: float) -> str:
        """Return how far the run is."""
        rate = done / max(time.monotonic() - started, 1e-9)
        codes = ", ".join(f"exit {code}: {count:,}" for code, count in sorted(self.codes.items()))
        kept = sum(map(len, self.pools.values())) - sum(self.first.values())
        failed = f"{sum(self.failed.values()):,} failures of {len(self.failed)} sorts"
        used = f"slowest {self.slowest:.1f} s of the processor, {self.memory.most} MB"
        return f"seed {self.asked.seed}: {done:,} inputs, {rate:.0f} a second; {codes}; {kept:,} kept; {used}; {failed}"


if __name__ == "__main__":
    sys.exit(main())
