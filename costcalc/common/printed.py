"""Printed figures: text such as `727 M`, `~9x`, `133 M to 143 M` -> what it says, and whether a value is it."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import quote
from costcalc.common.units import BINARY, COUNTS, DECIMAL

READ = 5  # of the prefixes: nobody prints more, and an E may be an exponent


def _scales(names: Sequence[str], base: int) -> dict[str, int]:
    """Return what each unit stands for; a k may be printed as K."""
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

_NUMBER = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
_FIGURE = re.compile(rf"(?P<number>{_NUMBER})(?:[eE](?P<power>[+-]?[0-9]{{1,2}}))? ?(?P<unit>[A-Za-z%]*)\Z", re.ASCII)
_SIGNS = ("~", "<", ">")


class Figure(NamedTuple):
    """One printed number: its digits as an exact number of `unit`s, and how many decimals were printed."""

    number: Fraction
    decimals: int
    unit: str

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
        return self.number * self.scale

    @property
    def digits(self) -> int:
        """How many digits were printed, zeros in front of the first other one left out."""
        printed = self.number * Fraction(10) ** self.decimals
        return len(str(int(printed))) if printed else 0

    @property
    def step(self) -> Fraction:
        """What one more in the last printed digit would add to the value."""
        return self.scale / Fraction(10) ** self.decimals

    def rounds(self, value: Fraction | float, *, cut: bool = False) -> bool:
        """Return whether a value, rounded half up (or cut) to the printed digits, is this figure."""
        step = Fraction(10) ** -self.decimals
        steps = Fraction(value) / self.scale / step
        return (steps // 1 if cut else (steps + Fraction(1, 2)) // 1) * step == self.number


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


def read_printed(text: str, unit: str = "") -> Printed:
    """Return what a printed text says; raise ValueError with what is accepted.

    `unit` says what the printed unit really is: `MiB` where `MB` is printed.
    """
    sign = text.strip()[:1]
    rest = text.strip()[1:] if sign in _SIGNS else text.strip()
    parts = re.split(r" to |, ", rest)
    figures = tuple(read_figure(part.strip(), unit) for part in parts)
    units = {figure.unit for figure in figures} - {""}
    if len(units) == 1:  # `133 to 143 M`: the unit stands for all
        figures = tuple(figure._replace(unit=figure.unit or min(units)) for figure in figures)
    return Printed(text, sign if sign in _SIGNS else "", figures)


def read_figure(text: str, unit: str = "") -> Figure:
    """Return one number with its unit; raise ValueError with what is accepted."""
    match = _FIGURE.match(text)
    if not match:
        raise ValueError(
            f"cannot read {quote(text)} as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"
        )
    printed = match["unit"]
    if printed not in UNITS:
        known = ", ".join(filter(None, UNITS))
        raise ValueError(f"unknown unit {quote(printed)}; available: {known}")
    if unit and unit not in UNITS:
        raise ValueError(f"unknown unit {quote(unit)}")
    digits, power = match["number"].replace(",", ""), int(match["power"] or 0)
    decimals = len(digits.partition(".")[2]) - power
    return Figure(Fraction(digits) * Fraction(10) ** power, decimals, unit or printed)
