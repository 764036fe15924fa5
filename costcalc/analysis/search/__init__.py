"""Search: grids of settings -> rows of exact figures, filtered and ordered; the largest network under a budget.

`ranges` reads axes, `quantity` names what rows hold, `condition` reads conditions, `plan` puts a request together,
`points` and `jobs` count, `choose` keeps and orders, `fit` solves.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from costcalc.analysis.search.choose import Choice, Front, arranged
from costcalc.analysis.search.jobs import batches
from costcalc.analysis.search.points import Batch, Plan, Row

if TYPE_CHECKING:
    from costcalc.common.errors import SpecError


class SearchTally:
    """What became of the points of a search so far: how many were asked for, refused, left out for want of a figure.

    `first` is the first that was refused, in words, with its error; `lacking` lack a figure of the condition,
    `unranked` one of the Pareto front's; of `ranked` that took part `front` are on it.
    """

    def __init__(self) -> None:
        self.asked = self.refused = self.lacking = self.unranked = self.ranked = self.front = 0
        self.first: tuple[str, SpecError] | None = None

    def add(self, batch: Batch) -> None:
        """Count a batch in."""
        self.asked += batch.asked
        self.refused += batch.refused
        self.lacking += batch.lacking
        self.first = self.first or batch.first


Watch = Callable[[Iterator[Batch]], Iterable[Batch]]


def rows(plan: Plan, tally: SearchTally, *, jobs: int = 1, watch: Watch = iter) -> Iterator[Row]:
    """Yield the rows of a plan as they are counted, in order; `watch` sees each batch as it comes.

    Raises the error of the first point, once all are done, where every one was refused.
    """
    for batch in watch(batches(plan, jobs)):
        tally.add(batch)
        yield from batch.rows
    if tally.first and tally.refused == tally.asked:
        raise tally.first[1]


def chosen(found: Iterable[Row], keys: tuple[str, ...], choice: Choice, tally: SearchTally) -> Iterator[Row]:
    """Yield the rows that a choice keeps, in its order.

    A front holds itself alone, an order all rows or as many as its limit, anything else one row at a time.
    """
    if choice.pareto:
        front = Front([keys.index(q.key) for q in choice.pareto], [q.better for q in choice.pareto])
        for row in found:
            front.add(row)
        found = front.rows
        tally.unranked, tally.ranked, tally.front = front.lacking, front.taking, len(found)
    if choice.sort:
        found = arranged(found, keys.index(choice.sort.key), choice.limit, descending=choice.descending)
    yield from islice(found, choice.limit)
