"""Sweeps of MobileNet V2, width and resolution free, against a hand-written loop over its layers, and NumPy by hand."""

import argparse
import math
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from itertools import product
from typing import Any

from timing import once, ranged, seconds, table

import costcalc
from costcalc.analysis import grid
from costcalc.analysis.search import SearchTally, rows
from costcalc.analysis.search.plan import planned
from costcalc.analysis.search.plan import swept as members_of
from costcalc.network.metrics import Measure

SIZES = {  # of a grid: its widths from 0.25 on, and its resolutions
    1_000: (25, 40),
    10_000: (100, 100),
    100_000: (250, 400),
    1_000_000: (1000, 1000),
}
BY_HAND = 10_000  # points of the loop that every time is divided by
ROUNDS = 5
PLAIN_EVERY = 97  # of the points, so many are built the plain way too
NUMPY = find_spec("numpy") is not None
SLOW, BY_COMMAND = "rows of the command", 100_000  # the largest grid of which the command writes rows here

Axes = Mapping[str, Sequence[Any]]

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


def by_numpy(widths: Sequence[float], sizes: Sequence[int]) -> list[Any]:
    """Return the same three totals of a grid as arrays, by the same loop over columns, as one would write it."""
    import numpy as np

    def round_to(values: Any) -> Any:
        rounded = np.maximum(8, (values + 4).astype(np.int64) // 8 * 8)
        return np.where(rounded < 0.9 * values, rounded + 8, rounded)

    width, size = np.array(widths)[:, None], (np.array(sizes, np.int64)[None, :] + 1) // 2
    area, x = size * size, round_to(32 * width)
    params, macs, activations = 29 * x, 27 * x * area, x * area
    for t, c, n, s in BLOCKS:
        made = round_to(c * width)
        for turn in range(n):
            middle = t * x
            if t > 1:
                params = params + x * middle + 2 * middle
                macs, activations = macs + x * middle * area, activations + middle * area
            if turn == 0 and s == 2:
                size = (size + 1) // 2
                area = size * size
            params = params + 11 * middle + middle * made + 2 * made
            macs = macs + (9 * middle + middle * made) * area
            activations = activations + (middle + made) * area
            x = made
    last = round_to(1280 * np.maximum(1, width))
    params = params + x * last + 2 * last + last * 1000 + 1000
    macs = macs + x * last * area + last * 1000
    return [np.broadcast_to(total, macs.shape).ravel() for total in (params, macs, activations + last * area + 1000)]


def grid_of(points: int) -> dict[str, list[Any]]:
    """Return the axes of a grid of so many points."""
    widths, sizes = SIZES[points]
    return {"width": [0.25 + step / 800 for step in range(widths)], "res": list(range(32, 32 + sizes))}


def columns(spec: costcalc.Spec, axes: Axes, *, arrays: bool) -> list[list[int]]:
    """Return the parameters, multiply-accumulates and activations of a grid by `sweep_columns`."""
    found: list[list[int]] = [[], [], []]
    for block in costcalc.sweep_columns(spec, axes, arrays=arrays):
        for column, values in zip(found, (block.params, block.macs, block.activations), strict=True):
            column.extend(map(int, values))
    return found


def rows_of(spec: costcalc.Spec, axes: Axes) -> int:
    """Return how many rows the `sweep` command has of a grid."""
    given = {name: tuple(values) for name, values in axes.items()}
    return sum(1 for _ in rows(planned(members_of([("", spec)], given), given, Measure()), SearchTally()))


def check(spec: costcalc.Spec) -> None:
    """Stop where two ways give different integers, on a grid of 10,000 points."""
    axes = grid_of(BY_HAND)
    found = [(totals.params, totals.macs, totals.activations) for _, totals in costcalc.sweep(spec, axes)]
    asked = list(product(*axes.values()))
    assert found == [by_hand(*case) for case in asked], "the hand-written loop counts something else"
    assert found[::PLAIN_EVERY] == [spec.build(width=width, res=res).totals[:3] for width, res in asked[::PLAIN_EVERY]]
    assert list(zip(*columns(spec, axes, arrays=False), strict=True)) == found
    if NUMPY:
        assert list(zip(*columns(spec, axes, arrays=True), strict=True)) == found
        assert list(zip(*(map(int, total) for total in by_numpy(*axes.values())), strict=True)) == found


def ways(spec: costcalc.Spec, axes: Axes) -> dict[str, Callable[[], object]]:
    """Return each way of summing a grid up by its name; none keeps what it has summed up."""

    def cold(work: Callable[[], object]) -> Callable[[], object]:
        def run() -> None:
            grid.forget()
            work()

        return run

    def points() -> None:
        deque(costcalc.sweep(spec, axes), maxlen=0)

    def blocks(*, arrays: bool) -> None:
        deque(costcalc.sweep_columns(spec, axes, arrays=arrays), maxlen=0)

    found: dict[str, Callable[[], object]] = {
        "`sweep`, tracing included": cold(points),
        "`sweep`, network traced before": points,
        "`sweep_columns`, tracing included": cold(lambda: blocks(arrays=False)),
        "`sweep_columns`, network traced before": lambda: blocks(arrays=False),
        "rows of the command": lambda: rows_of(spec, axes),
    }
    if NUMPY:
        found["`sweep_columns`, NumPy's arrays"] = lambda: blocks(arrays=True)
        found["NumPy written by hand"] = lambda: by_numpy(*axes.values())
    return found


def command(points: int, python: str) -> float:
    """Return the processor seconds of a whole process that writes a grid as CSV."""
    axes = grid_of(points)
    given = [f"--{name}={','.join(map(str, values))}" for name, values in axes.items()]
    return once(["-m", "costcalc", "sweep", "mobilenet_v2", *given, "--format", "csv"], python)[0]


def main() -> None:
    """Print what a point takes in units of the hand-written loop's, by the size of the grid."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--python", default=sys.executable, help="the interpreter of the command's process")
    options.add_argument("--most", type=int, default=1_000_000, help="the largest grid")
    given = options.parse_args()
    spec = costcalc.load("mobilenet_v2")
    check(spec)
    sizes = [points for points in SIZES if points <= given.most]
    hand_of = list(product(*grid_of(BY_HAND).values()))
    found: dict[str, dict[int, list[float]]] = {}
    loops = []
    for _ in range(ROUNDS):
        for points in sizes:
            axes = grid_of(points)
            loops.append(seconds(lambda: [by_hand(width, res) for width, res in hand_of]) / BY_HAND)
            works = ways(spec, axes)
            times = {name: seconds(work) for name, work in works.items() if name != SLOW or points <= BY_COMMAND}
            if points <= BY_COMMAND:
                times["the command as a process, CSV"] = command(points, given.python)
            for name, taken in times.items():
                found.setdefault(name, {}).setdefault(points, []).append(taken / points / loops[-1])
    print(f"The loop takes {ranged([1e6 * loop for loop in loops], 1)} us a point; the unit is its time.\n")
    table(
        ("way", *(f"{points:,} points" for points in sizes)),
        [(name, *(ranged(by[points], 3) if points in by else "" for points in sizes)) for name, by in found.items()],
    )


if __name__ == "__main__":
    main()
