"""The largest setting of a grid that stays within budgets, and the next one up that does not."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.analysis.search.points import Plan, Row
from costcalc.common.notation import read_figure
from costcalc.network.figures import FIGURES, chosen

SIZE = "macs"  # what makes one network larger than another
BEST = 5


BUDGETS: Mapping[str, tuple[str, str]] = {  # limits with names of their own: the figure, an example
    "macs": ("macs", "300M"),
    "params": ("params", "3.4M"),
    "activations": ("activations", "5M"),
    "memory": ("peak", "320KiB"),
}
# By the kind of a figure: what a limit on it is measured in, in words, an example.
LIMITS = {"int": ("count", "a count", "5M"), "bytes": ("bytes", "a size in bytes", "320KiB")}
LIMITS["decimal"] = ("count", "a number", "7.5")


def limited(name: str) -> str:
    """Return the name of the figure that a budget is on."""
    return BUDGETS[name][0] if name in BUDGETS else name


class Fit(NamedTuple):
    """The rows within all limits, largest first and the first few alone, and the next one up that is not.

    `within` of `counted` rows are; where none is, `smallest` is the row of the fewest MACs.
    """

    best: tuple[Row, ...]
    next: Row | None
    within: int
    counted: int
    smallest: Row | None


def read_limit(name: str, text: str) -> Fraction:
    """Return the limit of a budget that a text gives, such as 300M; raise ValueError with what is accepted."""
    chosen([limited(name)])
    dimension, words, example = LIMITS[FIGURES[limited(name)].kind]
    figure = read_figure(text.strip())
    if figure.dimension != dimension:
        example = BUDGETS.get(name, ("", example))[1]
        raise ValueError(f"{words} is expected, such as {example}, not {text.strip()}")
    return figure.value


def fit(plan: Plan, limits: Mapping[str, Fraction], rows: Callable[[], Iterable[Row]]) -> Fit:
    """Return the largest rows of a plan within limits, by the names of figures or in BUDGETS.

    Of two rows the larger has more MACs; if equal, more parameters; if equal again, the larger settings in the order
    of the axes. The next one up is the smallest that is larger than the best and exceeds a limit. Counts need not
    rise with a setting, so that every point is counted; `rows` is called twice, so that few need be held.
    """
    place = {key: number for number, key in enumerate(plan.keys)}
    bounds = [(place[limited(name)], limit) for name, limit in limits.items()]
    ranks = [place[SIZE], place["params"], *(place[name] for name in plan.axes)]

    def within(row: Row) -> bool:
        return all(row[index] <= limit for index, limit in bounds)

    def size(row: Row) -> tuple[object, ...]:
        return tuple(row[index] for index in ranks)

    best: list[Row] = []
    smallest, fitting, counted = None, 0, 0
    for row in rows():
        counted += 1
        smallest = row if smallest is None or size(row) < size(smallest) else smallest
        if within(row):
            fitting += 1
            best = heapq.nlargest(BEST, [*best, row], size)
    above = (row for row in rows() if not within(row) and (not best or size(row) > size(best[0])))
    return Fit(tuple(best), min(above, key=size, default=None) if best else None, fitting, counted, smallest)
