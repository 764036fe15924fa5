"""What a question may ask besides a figure of some layers: a choice, a stated value, hours, a setting, a size."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes.answers import Key
from costcalc.common.errors import Mark
from costcalc.language.expr import Value
from costcalc.language.spec import Cell


class Option(NamedTuple):
    """One answer to choose: its words, and why it is wrong."""

    text: str
    why: str = ""


class AskedChoice(NamedTuple):
    """One of some options, by its key."""

    options: Mapping[str, Option]
    right: str
    dimension: str = "choice"


class AskedValue(NamedTuple):
    """A value that the assignment states: a figure or a size, or an expression over what is drawn."""

    value: Key | None
    cell: Cell | None
    dimension: str = "number"


class AskedNothing(NamedTuple):
    """A text that is collected, and not graded."""

    dimension: str = "text"


class AskedHours(NamedTuple):
    """The hours of an epoch: its images, and how many are trained on in a second."""

    images: Cell
    rate: Cell
    dimension: str = "hours"


class AskedFit(NamedTuple):
    """The largest value of a setting at which a network stays within a budget: limits by the names of figures."""

    over: str
    values: tuple[Value, ...]
    budget: Mapping[str, Fraction]
    mark: Mark
    dimension: str = "number"


class AskedStorage(NamedTuple):
    """The bytes of a compressed network: its layout; density and bits of a weight, if not those of the spec's data."""

    layout: str = "plain"
    density: Fraction | None = None
    bits: int | None = None
    dimension: str = "bytes"


Asking = AskedChoice | AskedValue | AskedNothing | AskedHours | AskedFit | AskedStorage

# What is asked, with the keys that it takes, those that it needs first, and how many they are.
ASKS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "choice": (("choices", "right"), 2),
    "value": (("is",), 1),
    "text": ((), 0),
    "hours": (("images", "rate"), 2),
    "fit": (("over", "budget"), 2),
    "compressed": (("layout", "density", "bits"), 0),
}
OF_LAYERS = ("fit", "compressed")  # of those, what is asked of a network
