"""What an entry of the catalogue is: its kind and words, when it is made, how common it is, what it makes of it."""

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import NamedTuple

from costcalc.causes.asked import Asked

Ways = Iterator[tuple[str, Asked]]


class Phase(IntEnum):
    """The order in which two mistakes are made, since the later one works on what the earlier one leaves."""

    NETWORK = 0  # another network in place of this one
    PART = 1  # some of its layers
    COLUMNS = 2  # other columns, the op run again
    COUNTS = 3  # other counts of each layer
    RESULT = 4


# What a cause changes, in the order of docs/mistakes.md.
KINDS = {
    "slip": "slips of arithmetic in a layer",
    "unit": "units, digits and other figures",
    "toggle": "toggles of the network",
    "structure": "structure: layers left out, twice, on other sides",
    "law": "scaling laws",
    "setting": "other settings",
    "counted": "counting what does not count",
    "convention": "conventions and versions of tools",
    "memory": "memory",
}


class Entry(NamedTuple):
    """One cause of a figure: its `kind` is one of KINDS, `did` completes "you ...", `formula` is what was counted.

    `where` says on what it shows. `equals` are the entries that give the same figure there, under the condition that it
    names. `ways` yields what the cause makes of what is asked, once for each place where it can be there, with words
    for that place. `tier` says how common it is: those of a rarer tier are looked at where none of a commoner one
    gives an answer.
    """

    name: str
    kind: str
    did: str
    formula: str
    where: str
    phase: Phase
    ways: Callable[[Asked], Ways]
    equals: tuple[str, ...] = ()
    tier: int = 1


class NearHit(NamedTuple):
    """A slip of the pen in a number that is written to its last digit: it is reported as near, not as a cause.

    `did` says what differs: so many `places` of two numbers of one length, of which `made` may ask more, or the numbers
    are `off` by so much.
    """

    name: str
    did: str
    formula: str
    places: int = 0
    off: int = 0
    made: Callable[[str, str], bool] | None = None
