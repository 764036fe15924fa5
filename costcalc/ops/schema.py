"""The types of an op's columns."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from costcalc.common.errors import Name, describe, listing, offered, quote, suggest
from costcalc.ops.shape import Pads, Pair

LARGEST = 10**18  # no count of a real network comes near; it bounds what a stranger's spec can cost
NORMS = (
    Name("bn", ("batch_norm", "batchnorm")),
    Name("ln", ("layer_norm", "layernorm")),
    Name("gn", ("group_norm", "groupnorm")),
    Name("instance", ("instance_norm", "instancenorm")),
    Name("rms", ("rms_norm", "rmsnorm")),
)
CODINGS = ("module", "function", "mean")
OFF = "none"


def whole(value: object, least: int) -> int:
    """Return a cell's value as a whole number of at least `least`; raise ValueError with the reason."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"must be a whole number, not {describe(value)}")
    if isinstance(value, float):
        if value != value // 1:
            digits = f"{value:.15g}" if "." in f"{value:.15g}" else repr(value)
            raise ValueError(f"must be a whole number, not {digits} (say how to round: `int`, `round`, `divisible`)")
        if abs(value) > 2**53:
            raise ValueError(f"must be exact, not {value:.15g}: a floating point number is exact up to 2^53")
        value = value.__trunc__()
    shown = value if abs(value) < LARGEST**2 else "a number far beyond that"  # which may have too many digits to print
    if value < least:
        raise ValueError(f"must be at least {least}, not {shown}")
    if value > LARGEST:
        raise ValueError(f"must be at most 10^18, not {shown}")
    return value


class Whole(NamedTuple):
    """A whole number of at least `least`."""

    least: int
    words: tuple[str, ...] = ()

    def read(self, value: object) -> int:
        """Return the number, or raise ValueError."""
        return whole(value, self.least)


class Sides(NamedTuple):
    """A whole number for both sides, or a pair (height, width); `like` names the column that it follows by default.

    Where `of_rows` is true, the bare name of a row or input means its height and width.
    """

    least: int
    words: tuple[str, ...] = ()
    like: str = ""
    of_rows: bool = False

    def read(self, value: object) -> Pair:
        """Return (height, width), or raise ValueError."""
        if isinstance(value, tuple):
            if len(value) != 2:
                raise ValueError(f"takes one number or two (height, width), not {len(value)}")
            return whole(value[0], self.least), whole(value[1], self.least)
        side = whole(value, self.least)
        return side, side


class Padded(NamedTuple):
    """Padding: a number, a pair (height, width), four sides (top, bottom, left, right), `same` or `valid`."""

    words: tuple[str, ...] = ("same", "valid", OFF)

    def read(self, value: object) -> str | Pads:
        """Return `same` or the four sides, or raise ValueError."""
        if value is False or value == OFF:
            return (0, 0, 0, 0)
        if isinstance(value, str):
            if value not in self.words:
                raise ValueError(f"takes numbers, `same` or `valid`, not {quote(value)}{suggest(value, self.words)}")
            return value if value == "same" else (0, 0, 0, 0)
        sides = value if isinstance(value, tuple) else (value,)
        if len(sides) not in (1, 2, 4):
            raise ValueError(
                f"takes one number, two (height, width) or four (top, bottom, left, right), not {len(sides)}"
            )
        p = [whole(side, 0) for side in sides]
        return (p[0], p[1], p[2], p[3]) if len(p) == 4 else (p[0], p[0], p[-1], p[-1])


class Truth(NamedTuple):
    """`true` or `false`; `none` is false."""

    words: tuple[str, ...] = (OFF,)

    def read(self, value: object) -> bool:
        """Return the truth, or raise ValueError."""
        if value == OFF and isinstance(value, str):
            return False
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, not {describe(value)}")
        return value


class OneOf(NamedTuple):
    """One of a few words, or `none` (also `false`) for off, where `off` allows that."""

    choices: tuple[str, ...]
    off: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that the column takes."""
        return (*self.choices, OFF) if self.off else self.choices

    def read(self, value: object) -> str | None:
        """Return the word, or None where it is off; raise ValueError for any other value."""
        if self.off and (value is False or value == OFF):
            return None
        if not isinstance(value, str):
            takes = f"{listing(self.choices)}{' or `none`' if self.off else ''}"
            raise ValueError(f"must be one of {takes}, not {describe(value)}")
        if value not in self.choices:
            raise ValueError(f"cannot be {quote(value)}{offered(value, self.words)}")
        return str(value)


class Ranged(NamedTuple):
    """A number between two bounds, both allowed."""

    least: int
    most: int
    words: tuple[str, ...] = ()

    def read(self, value: object) -> float:
        """Return the number, or raise ValueError."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"must be a number from {self.least} to {self.most}, not {describe(value)}")
        if not self.least <= value <= self.most:
            raise ValueError(f"must be from {self.least} to {self.most}, not {describe(value)}")
        return value


class Bits(NamedTuple):
    """The width of a stored number in bits: a whole number from 1 to `most`."""

    most: int = 64
    words: tuple[str, ...] = ()

    def read(self, value: object) -> int:
        """Return the width, or raise ValueError."""
        bits = whole(value, 1)
        if bits > self.most:
            raise ValueError(f"must be from 1 to {self.most}, not {bits}")
        return bits


ColumnType = Whole | Sides | Padded | Truth | OneOf


def along(kind: ColumnType) -> Callable[[Any], Any]:
    """Return what reads a column of a layer on a signal, whose height is 1: a number goes along its length."""
    if not isinstance(kind, (Sides, Padded)):
        return kind.read
    across = kind.least if isinstance(kind, Sides) else 0

    def read(value: Any) -> Any:
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return kind.read((across, value) if number else value)

    return read


# Columns of every op that change no count, only what a tool that watches a program run makes of it: a pool or an
# activation written as a module, as a function call, or (a pool) as a mean over the tensor.
NOTES: Mapping[str, ColumnType] = {"coding": OneOf(CODINGS)}

# Columns that a spec keeps as `data` and other commands read: the share of the weights that pruning keeps, and the bits
# of a stored weight. Data under any other name may be anything.
DATA: Mapping[str, Ranged | Bits] = {"density": Ranged(0, 1), "bits": Bits()}

Channels = Annotated[int, Whole(1)]
Multiple = Annotated[int | None, Whole(1)]
Start = Annotated[int, Whole(0)]
Groups = Annotated[int, Whole(1)]
Kernel = Annotated[Pair, Sides(1)]
Window = Annotated[Pair | None, Sides(1)]
Extra = Annotated[Pair | None, Sides(0)]
Tokens = Annotated[int, Whole(0)]
Heads = Annotated[int, Whole(1)]
Size = Annotated[Pair | None, Sides(1, of_rows=True)]
Stride = Annotated[Pair | None, Sides(1, like="k")]
Padding = Annotated[str | Pads | None, Padded()]
Flag = Annotated[bool, Truth()]
Norm = Annotated[str | None, OneOf(NORMS)]
