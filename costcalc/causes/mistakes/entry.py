"""What an entry of the catalogue is: its words, when it is made, how common it is, what it makes of what is asked."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

from costcalc.causes.mistakes.asked import Asked

Ways = Iterator[tuple[str, Asked]]


class Phase(IntEnum):
    """The order in which two mistakes are made, since the later one works on what the earlier one leaves."""

    NETWORK = 0  # another network in place of this one
    PART = 1  # some of its layers
    COLUMNS = 2  # other columns, the op run again
    COUNTS = 3  # other counts of each layer
    RESULT = 4


class Mistake(NamedTuple):
    """One entry: `did` completes "you ..."; `formula` is what was counted; `where` says on what it shows.

    `equals` are the entries that give the same figure there, under the condition that `where` names. `ways` yields what
    the mistake makes of what is asked, once for each place where it can be made, with words for that place. `tier` says
    how common it is: those of a rarer tier are looked at where none of a commoner one gives an answer.
    """

    name: str
    did: str
    formula: str
    where: str
    phase: Phase
    ways: Callable[[Asked], Ways]
    equals: tuple[str, ...] = ()
    tier: int = 1
