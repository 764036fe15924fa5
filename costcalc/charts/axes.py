"""Axes of charts: steps that read well, scales, ticks with units, names thinned out until none meets another."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from costcalc.charts.page import FONT, LINE, SMALL, fitted, line, text, width_of
from costcalc.table import Chart
from costcalc.units import axis_unit

STEPS = (1, 2, 2.5, 5, 10)
NAME_ROOM = 120  # what a name below an axis may take, turned
NAME_LINE = 13.5


class Scale(NamedTuple):
    """An axis of values: its ticks (value, label), its unit, and where on the page 0 and the last tick lie."""

    ticks: tuple[tuple[float, str], ...]
    unit: str
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value lies."""
        return self.start + (self.end - self.start) * value / self.ticks[-1][0]


def scale(maximum: float, kind: str, start: float, end: float, most: int) -> Scale:
    """Return the axis from 0 to the first tick that is not below a maximum, of about `most` ticks."""
    factor, unit = axis_unit(maximum, kind)
    step = step_of(maximum / factor, most)
    count = max(1, math.ceil(round(maximum / factor / step, 9)))
    places = max(0, -math.floor(math.log10(step))) + (f"{step:e}".startswith("2.5") and step < 10)
    ticks = tuple((number * step * factor, f"{number * step:,.{places}f}") for number in range(count + 1))
    return Scale(ticks, unit, start, end)


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
        elements.append(line(left, y, right, y, "grid" if value else "base"))
        elements.append(text(left - 6, y + 4, label, anchor="end", style="small"))
    middle = (values.start + values.end) / 2
    words = fitted(titled(title, values.unit), abs(values.end - values.start))
    return [*elements, text(FONT + 4, middle, words, anchor="middle", turned=True)]


def level(values: Scale, title: str, top: float, bottom: float) -> list[str]:
    """Return a horizontal axis of values at the bottom: lines across, tick labels, its title."""
    elements = []
    for value, label in values.ticks:
        x = values.at(value)
        elements.append(line(x, top, x, bottom, "grid" if value else "base"))
        elements.append(text(x, bottom + 15, label, anchor="middle", style="small"))
    middle = (values.start + values.end) / 2
    return [
        *elements,
        text(
            middle, bottom + 15 + LINE, fitted(titled(title, values.unit), values.end - values.start), anchor="middle"
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


class Powers(NamedTuple):
    """An axis of powers of ten: the lowest and the highest exponent, and where they lie on the page."""

    low: int
    high: int
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value above 0 lies."""
        return self.start + (self.end - self.start) * (math.log10(value) - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Where powers of ten lie and how they are written, every one or as many as have room."""
        every = math.ceil((self.high - self.low) / MOST_POWERS)
        return [(self.at(10.0**power), _power(power)) for power in range(self.low, self.high + 1, every)]


MOST_POWERS = 12


def _power(power: int) -> str:
    """Return a power of ten as an axis shows it: `100 G`, `0.01`, and far out `1e-9`."""
    if not -4 < power < 21:
        return f"1e{power}"
    if power < 0:
        return f"{10.0**power:.{-power}f}"
    factor, unit = axis_unit(10.0**power, "int")
    return f"{10.0**power / factor:,.0f} {unit}".strip()


def places_of(chart: Chart) -> tuple[float, ...]:
    """Return the value of each name on the axis across; names without one stand at 1."""
    return chart.places or (1.0,) * len(chart.names)


def log_axes(chart: Chart, across: tuple[float, float], upward: tuple[float, float]) -> tuple[Powers, Powers]:
    """Return the axes of powers of ten that hold a chart's points and line, from and to these places."""
    xs = [*places_of(chart), *(x for x, _ in chart.line)]
    ys = [*(y for series in chart.series for y in series.values), *(y for _, y in chart.line)]
    return powers(xs, *across), powers(ys, *upward)


def powers(values: Sequence[float], start: float, end: float) -> Powers:
    """Return the axis of the powers of ten around values, those above 0 alone."""
    logs = [math.log10(value) for value in values if value > 0] or [0.0]
    low = math.floor(min(logs) + 1e-9)
    return Powers(low, max(math.ceil(max(logs) - 1e-9), low + 1), start, end)


def log_upright(values: Powers, title: str, left: float, right: float) -> list[str]:
    """Return a vertical axis of powers of ten at the left."""
    elements = []
    for y, label in values.ticks:
        elements += [line(left, y, right, y, "grid"), text(left - 6, y + 4, label, anchor="end", style="small")]
    words = fitted(title, abs(values.end - values.start))
    return [*elements, text(FONT + 4, (values.start + values.end) / 2, words, anchor="middle", turned=True)]


def log_level(values: Powers, title: str, top: float, bottom: float) -> list[str]:
    """Return a horizontal axis of powers of ten at the bottom."""
    elements = []
    for x, label in values.ticks:
        elements += [line(x, top, x, bottom, "grid"), text(x, bottom + 15, label, anchor="middle", style="small")]
    words = fitted(title, values.end - values.start)
    return [*elements, text((values.start + values.end) / 2, bottom + 15 + LINE, words, anchor="middle")]
