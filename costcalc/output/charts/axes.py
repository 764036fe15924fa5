"""Axes of charts: steps that read well, scales, ticks with units, names thinned out until none meets another."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from costcalc.common.units import axis_unit
from costcalc.output.charts.page import FONT, LINE, SMALL, fitted, line, text, width_of

STEPS = (1, 2, 2.5, 5, 10)
NAME_ROOM = 120  # what a name below an axis may take, turned
NAME_LINE = 13.5
BELOW = 19  # from an axis to the base of its labels, below those of the other axis
FAR = 0.4  # of the largest value: where the smallest is above, an axis need not start at 0


class Scale(NamedTuple):
    """An axis of values: its ticks (value, label), its unit, and where on the page the first and the last tick lie.

    `of` is what lies evenly along it: a value itself, or its logarithm.
    """

    ticks: tuple[tuple[float, str], ...]
    unit: str
    start: float
    end: float
    of: Callable[[float], float] = float

    def at(self, value: float) -> float:
        """Return where a value lies."""
        first, last, value = (self.of(number) for number in (self.ticks[0][0], self.ticks[-1][0], value))
        return self.start + (self.end - self.start) * (value - first) / (last - first)


def scale(maximum: float, kind: str, start: float, end: float, most: int, minimum: float = 0) -> Scale:
    """Return the axis from 0 to the first tick that is not below a maximum, of about `most` ticks.

    Where all values are far from 0 it starts at the last tick that is not above the minimum. An axis of kind `log ...`
    has powers of ten around its values, which are above 0, or 1, 2 and 5 times them where there is room.
    """
    if kind.startswith("log"):
        return _powers(minimum, maximum, start, end, most, kind.partition(" ")[2] or "int")
    low = minimum if minimum > FAR * maximum else 0.0
    factor, unit = axis_unit(maximum, kind)
    step = step_of((maximum - low) / factor, most)
    first = math.floor(round(low / factor / step, 9))
    last = max(first + 1, math.ceil(round(maximum / factor / step, 9)))
    places = max(0, -math.floor(math.log10(step))) + (f"{step:e}".startswith("2.5") and step < 10)
    ticks = tuple((number * step * factor, f"{number * step:,.{places}f}") for number in range(first, last + 1))
    return Scale(ticks, unit, start, end)


def _powers(minimum: float, maximum: float, start: float, end: float, most: int, kind: str) -> Scale:
    """Return the axis of powers of ten around two values, or of 1, 2 and 5 times them."""
    low, high = math.floor(math.log10(minimum) + 1e-9), math.ceil(math.log10(maximum) - 1e-9)
    fine = [factor * 10.0**power for power in range(low, max(high, low + 1) + 1) for factor in (1, 2, 5)]
    first = max(number for number, value in enumerate(fine) if value <= minimum * (1 + 1e-9))
    last = next((number for number, value in enumerate(fine) if value >= maximum * (1 - 1e-9)), len(fine) - 1)
    values = fine[first : max(last, first + 1) + 1]
    if len(values) > most + 1:
        high = max(low + 1, high)
        every = math.ceil((high - low) / most)
        values = [10.0**power for power in range(low, low + every * math.ceil((high - low) / every) + 1, every)]
    return Scale(tuple((value, _power(value, kind)) for value in values), "", start, end, math.log10)


def _power(value: float, kind: str) -> str:
    """Return a tick as an axis of powers shows it: `100 G`, `0.01`, and far out `1e-9`."""
    power = math.floor(math.log10(value) + 1e-9)
    if not -4 < power < 21:
        return f"{value / 10.0**power:.0f}e{power}"
    if power < 0:
        return f"{value:.{-power}f}"
    factor, unit = axis_unit(value, kind)
    return f"{value / factor:,.0f} {unit}".strip()


def step_of(maximum: float, most: int) -> float:
    """Return the smallest of 1, 2, 2.5 or 5 times a power of ten that takes at most so many steps to a maximum."""
    if maximum <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(maximum / most))
    return next(step * power for step in STEPS if step * power * most >= maximum * (1 - 1e-9))


def titled(title: str, unit: str) -> str:
    """Return the title of an axis with its unit."""
    return f"{title}, {unit}" if unit else title


def upright(values: Scale, title: str, left: float, right: float) -> list[str]:
    """Return a vertical axis at the left: lines across, tick labels, its title turned."""
    elements = []
    for value, label in values.ticks:
        y = values.at(value)
        elements.append(line(left, y, right, y, "base" if value == values.ticks[0][0] else "grid"))
        elements.append(text(left - 6, y + 4, label, anchor="end", style="small"))
    middle = (values.start + values.end) / 2
    words = fitted(titled(title, values.unit), abs(values.end - values.start))
    return [*elements, text(FONT + 4, middle, words, anchor="middle", turned=True)]


def level(values: Scale, title: str, top: float, bottom: float) -> list[str]:
    """Return a horizontal axis of values at the bottom: lines across, tick labels, its title."""
    elements = []
    for value, label in values.ticks:
        x = values.at(value)
        elements.append(line(x, top, x, bottom, "base" if value == values.ticks[0][0] else "grid"))
        elements.append(text(x, bottom + BELOW, label, anchor="middle", style="small"))
    middle = (values.start + values.end) / 2
    return [
        *elements,
        text(
            middle,
            bottom + BELOW + LINE,
            fitted(titled(title, values.unit), values.end - values.start),
            anchor="middle",
        ),
    ]


def names_below(names: Sequence[str], title: str, left: float, right: float, y: float) -> tuple[list[str], float]:
    """Return names under their slots and where they end: level where all fit, else turned and thinned out."""
    slot = (right - left) / len(names)
    centres = [left + slot * (number + 0.5) for number in range(len(names))]
    if all(width_of(name, SMALL) + 6 <= slot for name in names):
        elements = [
            text(x, y + 15, name, anchor="middle", style="small") for x, name in zip(centres, names, strict=True)
        ]
        bottom = y + 15
    else:
        every = math.ceil(NAME_LINE / slot)
        shown = [(x, fitted(name, NAME_ROOM, SMALL)) for x, name in list(zip(centres, names, strict=True))[::every]]
        elements = [text(x + 4, y + 6, name, anchor="end", style="small", turned=True) for x, name in shown]
        bottom = y + 6 + max(width_of(name, SMALL) for _, name in shown)
    words = fitted(title, right - left)
    return [*elements, text((left + right) / 2, bottom + LINE, words, anchor="middle")], bottom + LINE
