"""Printed figures: a number with its unit and decimals, whether a value is it, and what several together hold."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import quote
from costcalc.common.units import BINARY, COUNTS, DECIMAL

READ = 5  # of the prefixes: nobody prints more, and an E may be an exponent


def _scales(names: Sequence[str], base: int) -> dict[str, int]:
    """Return what each unit is for; a k may be printed as K."""
    return {
        spelt: base**power
        for power, name in enumerate(names[:READ])
        for spelt in dict.fromkeys((name, name.replace("k", "K")))
    }


COUNT_UNITS = _scales(COUNTS, 1000)
BYTE_UNITS = {**_scales(DECIMAL, 1000), **_scales(BINARY, 1024)}
OTHER_UNITS = {"%": ("share", Fraction(1, 100)), "x": ("ratio", Fraction(1)), "h": ("hours", Fraction(1))}
UNITS: dict[str, tuple[str, Fraction]] = {
    **{name: ("count", Fraction(scale)) for name, scale in COUNT_UNITS.items()},
    **{name: ("bytes", Fraction(scale)) for name, scale in BYTE_UNITS.items()},
    **OTHER_UNITS,
}
IN_BINARY = {**dict(zip(DECIMAL, BINARY, strict=True)), "KB": "KiB"}


class Figure(NamedTuple):
    """One printed number: its digits as an exact number of `unit`s, and how many decimals were printed.

    `what` is what the text says that it counts (`macs`, `flops`, `ops`, `params`, `elements`, `rate`), `factors` are
    those of a product that was written out.
    """

    number: Fraction
    decimals: int
    unit: str
    what: str = ""
    factors: tuple[Fraction, ...] = ()

    @property
    def dimension(self) -> str:
        """What is measured: count, bytes, share, ratio or hours."""
        return UNITS[self.unit][0]

    @property
    def scale(self) -> Fraction:
        """What one unit is."""
        return UNITS[self.unit][1]

    @property
    def value(self) -> Fraction:
        """The number without its unit."""
        return self.number * self.scale if self.unit else self.number

    @property
    def digits(self) -> int:
        """How many digits were printed, zeros in front of the first other one left out."""
        printed = _shifted(self.number, self.decimals)
        return len(str(int(printed))) if printed else 0

    @property
    def step(self) -> Fraction:
        """What one more in the last printed digit would add to the value."""
        return _shifted(self.scale, -self.decimals)

    def rounds(self, value: Fraction | float, *, cut: bool = False) -> bool:
        """Return whether a value, rounded half up (or cut) to the printed digits, is this figure."""
        steps = value if isinstance(value, Fraction) else Fraction(value)
        steps = _shifted(steps / self.scale if self.unit else steps, self.decimals)
        own = _shifted(self.number, self.decimals)  # an expression's may be no whole number of steps
        return _whole(steps, cut=cut) == _whole(own, cut=cut)


def _shifted(number: Fraction, places: int) -> Fraction:
    """Return a number times 10 to a power."""
    scale: int = 10 ** abs(places)
    return number if not places else number * scale if places > 0 else number / scale


def _whole(number: Fraction, *, cut: bool) -> int:
    """Return a number rounded half up, or cut."""
    above, below = number.numerator, number.denominator
    return above // below if cut else (2 * above + below) // (2 * below)


class Printed(NamedTuple):
    """A printed text: one figure with a sign (`~`, `<`, `>` or none), several figures, or a range of two."""

    text: str
    sign: str
    figures: tuple[Figure, ...]

    def holds(
        self, values: "tuple[Fraction | float, ...]", *, cut: bool = False, within: Fraction | None = None
    ) -> bool:
        """Return whether computed values are what is printed.

        `<` and `>` compare; any other figure is the value rounded half up to its printed digits, or cut, or lies
        within a share of it. A range, like a list, has a value for each of its ends.
        """
        if len(values) != len(self.figures):
            return False
        if self.sign in ("<", ">"):
            return values[0] < self.figures[0].value if self.sign == "<" else values[0] > self.figures[0].value
        if within is not None:
            pairs = zip(self.figures, values, strict=True)
            return all(abs(Fraction(value) - figure.value) <= within * figure.value for figure, value in pairs)
        return all(figure.rounds(value, cut=cut) for figure, value in zip(self.figures, values, strict=True))


def not_read(text: str) -> str:
    """Return that a text is not a figure, with what can be read."""
    return f"cannot read {quote(text)} as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"
