"""The largest setting of a grid that stays within budgets, and the next one up that does not."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.analysis.search.points import Plan, Row
from costcalc.common.printed import read_figure

SIZE = "macs"  # what makes one network larger than another
BEST = 5


class Budget(NamedTuple):
    """A quantity that can have a limit: its name in rows, what the limit is measured in, an example of one."""

    quantity: str
    dimension: str
    example: str


DUE = {"count": "a count", "bytes": "a size in bytes"}
BUDGETS: Mapping[str, Budget] = {
    "macs": Budget("macs", "count", "300M"),
    "params": Budget("params", "count", "3.4M"),
    "activations": Budget("activations", "count", "5M"),
    "memory": Budget("peak", "bytes", "320KiB"),
}


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
    budget = BUDGETS[name]
    figure = read_figure(text.strip())
    if figure.dimension != budget.dimension:
        raise ValueError(f"{DUE[budget.dimension]} is due, such as {budget.example}, not {text.strip()}")
    return figure.value


def fit(plan: Plan, limits: Mapping[str, Fraction], rows: Callable[[], Iterable[Row]]) -> Fit:
    """Return the largest rows of a plan within limits, by the names in BUDGETS.

    Of two rows the larger has more MACs; if equal, more parameters; if equal again, the larger settings in the order
    of the axes. The next one up is the smallest that is larger than the best and exceeds a limit. Counts need not
    rise with a setting, so that every point is counted; `rows` is called twice, so that few need be held.
    """
    place = {key: number for number, key in enumerate(plan.keys)}
    bounds = [(place[BUDGETS[name].quantity], limit) for name, limit in limits.items()]
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
