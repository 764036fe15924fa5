"""Causes that are another sum over the layers of one side: all are counted at once, in words where one is met.

Of a network of hundreds of layers there are thousands, and an answer is near a few of them at most.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, overload

from costcalc.causes.asked import Asked, LayerTally

if TYPE_CHECKING:
    from costcalc.causes.diagnosis import Way
    from costcalc.causes.entry import Entry

Count = tuple[tuple[str, ...], int]  # the words for a place, in parts, and the sum that it gives
Counts = Iterator[Count]
Made = TypeVar("Made")


class OtherSums:
    """The ways of a cause that is another sum: called, it yields them; `of` gives the sums alone."""

    def __init__(self, counts: Callable[[Asked], Iterable[Count]]) -> None:
        self.counts = counts

    def __call__(self, asked: Asked) -> Iterator[tuple[str, Asked]]:
        """Yield what each sum makes of what is asked, with words for its place."""
        for words, count in self.of(asked):
            yield worded(words), summing(asked, count)

    def of(self, asked: Asked) -> list[Count]:
        """Return the sums, in elements, which are counted once for each quantity; FLOPs are twice the MACs."""
        if asked.quantity == "flops":
            return [(words, 2 * count) for words, count in self.of(asked._replace(quantity="macs"))]
        return kept(asked, self.counts, lambda: list(self.counts(asked)))


def kept(asked: Asked, name: object, make: Callable[[], Made]) -> Made:
    """Return what is made of what is asked, made once where its tally is kept."""
    tally = asked.tally or LayerTally()
    measure, of = asked.measure, tuple((id(side.layers), id(side.network)) for side in asked.sides)
    key = name, asked.quantity, asked.changes, measure.macs.name, measure.params.name, of
    if key not in tally.memo:
        tally.memo[key] = make(), asked.sides  # which keeps the layers, so that no id comes again
    made: Made = tally.memo[key][0]
    return made


def worded(words: tuple[str, ...]) -> str:
    """Return the words for a place."""
    return ": ".join(words)


def scale_of(asked: Asked) -> Fraction:
    """Return what a number of elements is multiplied by to be what is asked: in bytes, times the factor."""
    return asked.factor * Fraction(asked.bits, 8) if asked.bits else asked.factor


def summing(asked: Asked, count: int) -> Asked:
    """Return what is asked with so many elements as its value."""
    return asked._replace(known=scale_of(asked) * count)


class Sum(NamedTuple):
    """A way that is another sum, not yet put into words: its mistake, that before it if any, what was asked of it."""

    mistake: "Entry"
    before: "Way | None"
    asked: Asked
    words: tuple[str, ...]
    number: int
    scale: Fraction

    @property
    def value(self) -> Fraction | int:
        """Its value."""
        return self.number if self.scale == 1 else self.scale * self.number

    def way(self, make: "Callable[..., Way]") -> "Way":
        """Return it in words."""
        mistakes, places = (self.before.mistakes, self.before.places) if self.before else ((), ())
        wrong = summing(self.asked, self.number)
        return make((*mistakes, self.mistake), (*places, worded(self.words)), wrong, wrong.known)


class ManyWays(Sequence[Any]):
    """Ways, of which those that are sums are made when they are read."""

    def __init__(self, items: "Sequence[Way | Sum]", make: "Callable[..., Way]") -> None:
        self.items = items
        self.make = make

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.items)

    @overload
    def __getitem__(self, rank: int) -> "Way": ...
    @overload
    def __getitem__(self, rank: slice) -> "list[Way]": ...
    def __getitem__(self, rank: int | slice) -> "Way | list[Way]":
        """Return the way of a rank, or those of some."""
        if isinstance(rank, slice):
            return [self[number] for number in range(*rank.indices(len(self.items)))]
        item = self.items[rank]
        return item.way(self.make) if isinstance(item, Sum) else item
