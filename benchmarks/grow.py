"""How reading, unfolding and tracing grow with the layers of a spec and with its settings; processor time, in turn."""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import ranged, seconds, table

import costcalc
from costcalc.analysis import grid

LAYERS = (10, 100, 1_000, 10_000, 20_000)
SETTINGS = (1, 10, 50, 100)
ROUNDS = 5
HEAD = """\
name: n
input: [8, 16, 16]
defaults: {conv: {k: 3, c: 8, norm: bn, act: relu}}
columns: [op]
"""
POINTS = 1_000


def written(count: int) -> str:
    """Return a spec of so many rows, each written out."""
    return f"{HEAD}layers:\n" + "- [conv]\n" * count


def repeated(count: int) -> str:
    """Return a spec of one row that is repeated so often."""
    return f"{HEAD}layers: [[conv, {{n: {count}}}]]\n"


def with_settings(count: int) -> str:
    """Return a spec of 100 rows and so many settings, each of which decides as many channels as the others."""
    settings = "".join(f"  s{number}: 8\n" for number in range(count))
    rows = "".join(f"  - {{op: conv, k: 3, c: s{number % count}}}\n" for number in range(100))
    return f"name: n\nsettings:\n{settings}input: [8, 16, 16]\nlayers:\n{rows}"


def load(text: str) -> costcalc.Spec:
    """Return the spec of a text, by a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(text, encoding="utf-8")
        return costcalc.load(str(path))


def read_and_built(text: str) -> Callable[[], object]:
    """Return work that reads a spec's text, unfolds it and sums it up."""
    return lambda: load(text).build().totals


def built(text: str) -> Callable[[], object]:
    """Return work that unfolds a spec that was read, and sums it up."""
    spec = load(text)
    return lambda: spec.build().totals


def swept(text: str) -> Callable[[], object]:
    """Return work that traces a spec that was read, and evaluates it at 1,000 values of its first setting."""
    spec = load(text)
    values = list(range(1, POINTS + 1))

    def run() -> int:
        grid.forget()
        return sum(1 for _ in costcalc.sweep(spec, {"s0": values}))

    return run


def measured(works: dict[tuple[str, int], Callable[[], object]]) -> dict[tuple[str, int], list[float]]:
    """Return the seconds of each work, the rounds in turn."""
    for work in works.values():
        work()
    rounds = [{key: seconds(work) for key, work in works.items()} for _ in range(ROUNDS)]
    return {key: [found[key] for found in rounds] for key in works}


def main() -> None:
    """Print microseconds a layer by the number of layers, and milliseconds by the number of settings."""
    ways = {
        "rows written out, read and unfolded": lambda count: read_and_built(written(count)),
        "rows written out, unfolded": lambda count: built(written(count)),
        "one row repeated, unfolded": lambda count: built(repeated(count)),
    }
    found = measured({(name, count): make(count) for name, make in ways.items() for count in LAYERS})
    print("Microseconds of the processor for each layer:\n")
    table(
        ("layers", *(f"{count:,}" for count in LAYERS)),
        [(name, *(ranged([1e6 * one / count for one in found[name, count]], 0) for count in LAYERS)) for name in ways],
    )
    kinds = {
        "read and unfolded": read_and_built,
        "unfolded": built,
        f"traced and swept over {POINTS:,} values of one": swept,
    }
    found = measured({(name, count): make(with_settings(count)) for name, make in kinds.items() for count in SETTINGS})
    print("\nMilliseconds for 100 layers, by the number of settings:\n")
    table(
        ("settings", *map(str, SETTINGS)),
        [(name, *(ranged([1e3 * one for one in found[name, count]], 1) for count in SETTINGS)) for name in kinds],
    )
    network = costcalc.load("densenet169").build()
    copies = [seconds(lambda: [layer._replace(number=0) for layer in network.layers]) for _ in range(30)]
    unfold = [seconds(costcalc.load("densenet169").build) for _ in range(30)]
    ratio = statistics.median(unfold) / statistics.median(copies)
    print(f"\nDenseNet-169: {len(network.layers)} layers unfold in {1e3 * statistics.median(unfold):.1f} ms,", end=" ")
    print(f"{ratio:.0f} times what copying them takes.")


if __name__ == "__main__":
    main()
