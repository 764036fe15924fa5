"""Ratios of 10,000 configurations of MobileNet V2: `sweep` against a hand-written loop over the layers and `build`."""

import math
import statistics
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec

import costcalc
from costcalc.analysis import grid
from costcalc.analysis.search import SearchTally, rows
from costcalc.analysis.search.plan import planned
from costcalc.analysis.search.plan import swept as members_of
from costcalc.network.metrics import Measure

WIDTHS = [step / 80 for step in range(20, 120)]  # 0.25 to 1.4875
SIZES = list(range(32, 332, 3))  # pixels
MILLION = {"width": [0.25 + step / 800 for step in range(1000)], "res": list(range(32, 1032))}
ROUNDS = 5
PLAIN_EVERY = 97  # of the configurations, so many are built the plain way too

Totals = tuple[int, int, int]


def divisible(value: float, by: int = 8) -> int:
    """Round to a multiple of 8 as the released code does: up again where that loses over 10 %."""
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded


BLOCKS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


def by_hand(width: float, res: int) -> Totals:
    """Return (params, macs, activations) by a loop over the 53 layers with weights, as one would write it."""
    area = math.ceil(res / 2) ** 2
    size = math.ceil(res / 2)
    x = divisible(32 * width)
    params = 27 * x + 2 * x
    macs = 27 * x * area
    activations = x * area
    for t, c, n, s in BLOCKS:
        c = divisible(c * width)  # noqa: PLW2901
        for turn in range(n):
            middle = t * x
            if t > 1:
                params += x * middle + 2 * middle
                macs += x * middle * area
                activations += middle * area
            if turn == 0 and s == 2:
                size = (size + 1) // 2
                area = size * size
            params += 9 * middle + 2 * middle + middle * c + 2 * c
            macs += (9 * middle + middle * c) * area
            activations += (middle + c) * area
            x = c
    last = divisible(1280 * max(1, width))
    params += x * last + 2 * last + last * 1000 + 1000
    macs += x * last * area + last * 1000
    return params, macs, activations + last * area + 1000


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of one run of some work, which a busy machine stretches less than the clock's."""
    start = time.process_time()
    work()
    return time.process_time() - start


def configurations() -> Iterator[tuple[float, int]]:
    """Yield each (width, res) of the grid."""
    return ((width, res) for width in WIDTHS for res in SIZES)


def cold(spec: costcalc.Spec) -> float:
    """Return the seconds of a sweep in a process that has traced nothing."""
    grid.forget()
    return seconds(lambda: swept(spec))


def swept(spec: costcalc.Spec) -> list[Totals]:
    """Return the totals of every configuration by `sweep`."""
    return [
        (totals.params, totals.macs, totals.activations)
        for _, totals in costcalc.sweep(spec, {"width": WIDTHS, "res": SIZES})
    ]


def by_column(spec: costcalc.Spec, *, arrays: bool) -> int:
    """Return how many of a million configurations `sweep_columns` gives."""
    return sum(len(block.macs) for block in costcalc.sweep_columns(spec, MILLION, arrays=arrays))


def one_by_one(spec: costcalc.Spec) -> int:
    """Return how many of a million configurations `sweep` gives."""
    return sum(1 for _ in costcalc.sweep(spec, MILLION))


def rows_of(spec: costcalc.Spec) -> int:
    """Return how many rows the `sweep` command has of every configuration, effective width and square law too."""
    axes = {"width": tuple(WIDTHS), "res": tuple(SIZES)}
    return sum(1 for _ in rows(planned(members_of([("", spec)], axes), axes, Measure()), SearchTally()))


def main() -> None:
    """Print medians of ratios, each of runs in turn; stop where two ways give different integers."""
    spec = costcalc.load("mobilenet_v2")
    found, asked = swept(spec), list(configurations())
    assert found == [by_hand(*case) for case in asked], "the hand-written loop counts something else"
    few = asked[::PLAIN_EVERY]
    assert found[::PLAIN_EVERY] == [spec.build(width=width, res=res).totals[:3] for width, res in few]
    rounds = []
    for _ in range(ROUNDS):
        hand = seconds(lambda: [by_hand(width, res) for width, res in configurations()])
        plain = seconds(lambda: [spec.build(width=width, res=res).totals for width, res in few])
        plain *= len(asked) / len(few)
        one = seconds(lambda: [costcalc.evaluate(spec, {"width": width, "res": res}) for width, res in asked])
        whole = seconds(lambda: rows_of(spec))
        times = 1_000_000 / len(asked)
        single = seconds(lambda: one_by_one(spec)) / times
        columns = seconds(lambda: by_column(spec, arrays=False)) / times
        arrays = seconds(lambda: by_column(spec, arrays=True)) / times if find_spec("numpy") else math.nan
        rounds.append((hand, plain, seconds(lambda: swept(spec)), one, cold(spec), whole, single, columns, arrays))
    print(f"mobilenet_v2, {len(asked):,} configurations, width and res free; the same integers each way")
    hand = statistics.median(row[0] for row in rounds)
    print(f"hand-written loop over 53 layers: {1e6 * hand / len(asked):.1f} us each")
    for name, column, to in (
        ("sweep, traced / by hand", 2, 0),
        ("sweep, tracing included / by hand", 4, 0),
        ("a million by sweep / by hand", 6, 0),
        ("a million by column / by hand", 7, 0),
        ("a million as arrays / by hand", 8, 0),
        ("evaluate, traced / by hand", 3, 0),
        ("rows of the command / by hand", 5, 0),
        ("plain way / by hand", 1, 0),
        ("plain way / sweep, traced", 1, 2),
    ):
        print(f"{name:<36}{statistics.median(row[column] / row[to] for row in rounds):>9.3f}")


if __name__ == "__main__":
    main()
