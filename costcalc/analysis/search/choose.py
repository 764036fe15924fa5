"""Which rows are kept, and in which order: Pareto front, sort, limit."""

import heapq
from collections.abc import Iterable, Sequence
from operator import le
from typing import Any, NamedTuple

from costcalc.analysis.search.points import Row
from costcalc.analysis.search.quantity import Quantity


class Choice(NamedTuple):
    """What is kept of the rows: the front of some quantities, the first in an order, so many."""

    pareto: tuple[Quantity, ...] = ()
    sort: Quantity | None = None
    descending: bool = False
    limit: int | None = None


class Front:
    """The Pareto front of the rows that were added: those that no other beats in one quantity and equals in the rest.

    Equal rows are all on it. Only the front itself is held. `lacking` counts rows without one of the figures.
    """

    def __init__(self, places: Sequence[int], better: Sequence[int]) -> None:
        self.places, self.better = tuple(places), tuple(better)
        self.held: list[tuple[tuple[Any, ...], int, Row]] = []
        self.taking = self.lacking = 0

    def add(self, row: Row) -> None:
        """Take a row in, unless one of the front is better; let go of those that it beats."""
        values = tuple(row[place] for place in self.places)
        if None in values:
            self.lacking += 1
            return
        self.taking += 1
        costs = tuple(-value * better for value, better in zip(values, self.better, strict=True))
        for place, (other, _, _) in enumerate(self.held):
            if other != costs and _beats(other, costs):
                self.held.insert(0, self.held.pop(place))  # it may well beat the next one too
                return
        self.held = [held for held in self.held if held[0] == costs or not _beats(costs, held[0])]
        self.held.append((costs, self.taking, row))

    @property
    def rows(self) -> list[Row]:
        """The rows of the front in the order in which they were added."""
        return [row for _, _, row in sorted(self.held, key=lambda held: held[1])]


def _beats(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Return whether nothing of one is above that of another."""
    return all(map(le, one, other))


def arranged(rows: Iterable[Row], place: int, limit: int | None, *, descending: bool) -> list[Row]:
    """Return rows in the order of one of their values, equal ones as they came, those without it last.

    With a limit only so many rows are held at a time.
    """

    def key(row: Row) -> tuple[bool, tuple[Any, ...]]:
        value = row[place]
        if value is None:
            return not descending, ()
        return descending, (isinstance(value, str), isinstance(value, tuple), value)  # numbers, words, sizes

    if limit is None:
        return sorted(rows, key=key, reverse=descending)
    return (heapq.nlargest if descending else heapq.nsmallest)(limit, rows, key)
