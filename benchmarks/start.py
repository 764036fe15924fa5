"""Ratios of whole processes: a cold `report` against a process that imports its libraries and exits, in turn."""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

FLOOR = [sys.executable, "-c", "import click, yaml, rich.console, rich.table"]
COMMANDS = {
    "report": ["report", "mobilenet_v1"],
    "report in colour": ["report", "mobilenet_v1"],
    "report --format json": ["report", "mobilenet_v1", "--format", "json"],
    "report --by layer": ["report", "mobilenet_v2", "--by", "layer"],
    "--help": ["--help"],
}
RUNS = 15
TERMINAL = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def once(command: Sequence[str], *, colour: bool = False) -> tuple[float, float]:
    """Return (seconds, peak MiB) of one run of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT | (TERMINAL if colour else {}))
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Print, for each command, the median ratio to the floor, pair by pair, and the difference in peak memory."""
    print(f"{'command':<24}{'time / floor':>14}{'peak - floor':>16}   median of {RUNS} pairs")
    for name, args in COMMANDS.items():
        command = [sys.executable, "-m", "costcalc", *args]
        colour = name.endswith("colour")
        once(command, colour=colour)  # the first run of all may compile the modules
        once(FLOOR)
        pairs = [(once(command, colour=colour), once(FLOOR)) for _ in range(RUNS)]
        ratio = statistics.median(ours[0] / floor[0] for ours, floor in pairs)
        memory = statistics.median(ours[1] - floor[1] for ours, floor in pairs)
        print(f"{name:<24}{ratio:>14.2f}{memory:>12.1f} MiB")
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "costcalc", "report", "mobilenet_v1", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    print(f"report --format json imports rich: {'yes' if 'rich' in imported else 'no'}")
    _unfolding()
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MiB")


def _unfolding() -> None:
    """Print how long a network of 425 layers takes to unfold, beside creating as many layers and nothing else."""
    import costcalc

    spec = costcalc.load("densenet169")
    network = spec.build()

    def best(work: Callable[[], object]) -> float:
        times = []
        for _ in range(30):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return min(times)

    unfold = best(spec.build)
    copies = best(lambda: [layer._replace(number=0) for layer in network.layers])
    ratio = unfold / copies
    print(f"densenet169: {len(network.layers)} layers unfold in {1000 * unfold:.1f} ms, {ratio:.0f} x copying them")


if __name__ == "__main__":
    main()
