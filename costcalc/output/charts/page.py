"""The paper charts are drawn on: SVG elements, how wide a text is, style, title, legend."""

import math
import re
from collections.abc import Mapping, Sequence
from html import escape

from costcalc.common.colours import DARK, LIGHT, SERIES, SORTS, sort_of
from costcalc.common.errors import clean
from costcalc.common.table import Chart, Series

WIDTH = 960
MARGIN = 16
LINE = 18
FONT = 13
SMALL = 11
TITLE = 18
BARS = ("s0", "s1 striped")  # the classes of bars that are of no kind of layer
LINES = ("lines",)  # forms whose series are strokes
# How wide a character is in parts of the font's size, in the widest of the usual fonts.
WIDE, CAPITAL, PLAIN, NARROW, FULL = 1.0, 0.84, 0.66, 0.42, 1.1
BOLD = 1.2
RADIUS = 5.5  # of marks
CORNERS = ((1, 0.3), (0.3, 0.3), (0.3, 1))  # of a quarter of a cross
# Marks by their corners, in radii: circle, square, triangle, diamond, triangle upside down, cross.
MARKS = (
    tuple((0.9 * math.cos(turn * math.pi / 12), 0.9 * math.sin(turn * math.pi / 12)) for turn in range(24)),
    ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
    ((0, -1), (0.95, 0.75), (-0.95, 0.75)),
    ((0, -1), (0.9, 0), (0, 1), (-0.9, 0)),
    ((0, 1), (0.95, -0.75), (-0.95, -0.75)),
    tuple((x * a, y * b) for x, y in ((1, 1), (-1, 1), (-1, -1), (1, -1)) for a, b in CORNERS[:: x * y]),
)
# Series differ in lightness and pattern first: a grey print tells them apart.
SHAPE = """.chart text { font: 13px system-ui, sans-serif }
.chart .title { font-size: 18px; font-weight: bold }
.chart .small { font-size: 11px }
.chart .l0, .chart .l1, .chart .joined { fill: none; stroke-width: 2.5 }
.chart .l1 { stroke-dasharray: 7 4 }
.chart .joined { stroke-width: 1.5 }
.chart .front, .chart .limit { fill: none; stroke-width: 1.5; stroke-dasharray: 5 4 }
.chart .s1 { stroke-width: 1.5; fill-opacity: 0.25 }
.chart .striped { fill-opacity: 1 }
.chart .area { fill-opacity: 0.45 }
"""
PATTERN = """<defs><pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" \
patternTransform="rotate(45)">
<rect width="5" height="5" class="pale"/><rect width="2" height="5" class="stripe"/>
</pattern></defs>
"""


def _coloured(colours: Mapping[str, str]) -> str:
    """Return the rules that colour the elements of a picture, written out: many readers of SVG know no variable."""
    look = {
        "text": "fill: {ink}",
        ".paper": "fill: {paper}",
        "text.faint, .chart text.small": "fill: {faint}",
        "text.limit": "fill: {peak}",
        ".grid": "stroke: {grid}",
        ".base": "stroke: {ink}",
        ".front": "stroke: {faint}",
        "line.limit": "stroke: {peak}",
        ".pale": "fill: {pale}",
        ".stripe": "fill: {second}",
        ".s0": "fill: {first}",
        ".striped": "fill: url(#stripes); stroke: {second}",
        ".l0": "stroke: {first}",
        ".l1": "stroke: {second}",
        ".peak": "fill: {peak}",
        ".none": "fill: {faint}; stroke: {faint}",
        **{f".{sort.name}": f"fill: {{{sort.name}}}; stroke: {{{sort.name}}}" for sort in SORTS},
        **{f".m{number}": f"fill: {{{name}}}; stroke: {{paper}}" for number, name in enumerate(SERIES)},
        **{f".j{number}": f"stroke: {{{name}}}" for number, name in enumerate(SERIES)},
    }
    return "".join(f".chart {chosen} {{ {rule.format(**colours)} }}\n" for chosen, rule in look.items())


STYLE = (
    f"<style>\n{_coloured(LIGHT)}{SHAPE}@media screen and (prefers-color-scheme: dark) {{\n{_coloured(DARK)}}}\n"
    f"</style>\n{PATTERN}"
)


def page(chart: Chart, elements: Sequence[str], height: float) -> str:
    """Return the whole picture."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}">\n'
        f"<title>{escape(clean(chart.title))}</title>\n<desc>{escape(clean('; '.join(chart.words), 2000))}</desc>\n"
        + STYLE
        + f'<rect width="{WIDTH}" height="{height:.0f}" class="paper"/>\n'
        + "\n".join(elements)
        + "\n</svg>\n"
    )


def text(x: float, y: float, words: str, *, anchor: str = "start", style: str = "", turned: bool = False) -> str:
    """Return a text at its baseline; a turned one reads upwards."""
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    named = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{named}{turn}>{escape(clean(words))}</text>'


def rect(x: float, y: float, width: float, height: float, style: str) -> str:
    """Return a rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}" class="{style}"/>'


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def polyline(spots: Sequence[tuple[float, float]], style: str) -> str:
    """Return a line from spot to spot."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    return f'<polyline points="{path}" class="{style}"/>'


def mark(x: float, y: float, number: int, words: str = "", *, size: float = RADIUS, kind: str | None = None) -> str:
    """Return the mark of a series at a spot, with words for who points at it: shapes differ, and colours.

    A mark of a kind of layer has the colour of the kind in place of that of its series.
    """
    shape = MARKS[(number + number // len(MARKS)) % len(MARKS) if kind is None else 0]
    path = " ".join(f"{x + size * right:.1f},{y + size * down:.1f}" for right, down in shape)
    title = f"<title>{escape(clean(words))}</title>" if words else ""
    style = f"m{number % len(SERIES)}" if kind is None else f"area {sort_of(kind) or 'none'}"
    return f'<polygon points="{path}" class="{style}">{title}</polygon>'


def filled(number: int, series: Series, place: int) -> str:
    """Return the classes of the bar of a series at a place: those of its kind of layer where it has one."""
    if place == series.peak:
        return f"s{number} peak"
    return f"s{number} {sort_of(series.kinds[place]) or 'none'}" if series.kinds else BARS[number % 2]


def width_of(words: str, size: float = FONT) -> float:
    """Return how wide a text is at most, in the units of the picture: no browser is here to measure it."""
    return size * sum(map(_char, clean(words)))


def _char(mark: str) -> float:
    """Return the width of a character in parts of the font's size."""
    if not mark.isascii():
        return FULL
    if mark in "mwMW@%":
        return WIDE
    if mark in "ijl.,:;|!'()[] /":
        return NARROW
    return CAPITAL if mark.isupper() or mark in "<>+=~&#^" else PLAIN


def fitted(words: str, room: float, size: float = FONT) -> str:
    """Return a text that fits, its middle left out where it is too long: names differ at their ends.

    It is cut between words and parts of names; only one that has too few of them is cut in a word.
    """
    words = clean(words)
    if width_of(words, size) <= room:
        return words
    parts = re.findall(r"[^\s:,;/]+[\s:,;/]*|[\s:,;/]+", words)
    for pieces in (parts, list(words)):
        for keep in range(len(pieces) - 1, 0, -1):
            shorter = f"{''.join(pieces[: keep // 2]).rstrip()}…{''.join(pieces[len(pieces) - (keep + 1) // 2 :])}"
            if width_of(shorter, size) <= room:
                return shorter
    return "…"


def wrapped(words: str, room: float, size: float = FONT) -> list[str]:
    """Return a text in lines that fit, broken between words."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(fitted(word, room, size))
    return [row for row in lines if row]


def header(chart: Chart) -> tuple[list[str], float]:
    """Return the title, the words below it and the legend, and where they end."""
    room = WIDTH - 2 * MARGIN
    elements, y = [], float(MARGIN)
    for row in wrapped(chart.title, room / BOLD, TITLE):
        y += LINE
        elements.append(text(MARGIN, y, row, style="title"))
    y += 4
    for words in chart.words:
        for row in wrapped(words, room):
            y += LINE
            elements.append(text(MARGIN, y, row, style="faint"))
    legend, y = _legend(chart, y + LINE + 6)
    return [*elements, *legend], y + 18


def _legend(chart: Chart, y: float) -> tuple[list[str], float]:
    """Return a sample of each series with its name, and where they end; one series needs none."""
    elements, x = [], float(MARGIN)
    alone = len(chart.series) == 1 and chart.series[0].kinds  # the axis names it, and the kinds its colours
    for number, series in enumerate(() if alone else chart.series):
        name = fitted(series.name, WIDTH - 2 * MARGIN - 36)
        if x > MARGIN and x + 36 + width_of(name) > WIDTH - MARGIN:
            x, y = MARGIN, y + LINE + 2
        if chart.form == "points":
            elements += _sample(x, y - 4, number, series)
        elif chart.form in LINES:
            elements.append(line(x, y - 4, x + 28, y - 4, f"l{number}"))
        else:
            elements.append(rect(x, y - 10, 28, 11, f"s{number} none" if series.kinds else BARS[number % 2]))
        elements.append(text(x + 36, y, name))
        x += 36 + width_of(name) + 24
    kinds = _kinds(chart)
    for place, (name, style) in enumerate(kinds):
        x, y = (MARGIN, y + LINE + 2) if not place and not alone else (x, y)
        elements += [rect(x, y - 10, 11, 11, style), text(x + 17, y, name)]
        x += 17 + width_of(name) + 24
    return elements, y


def _kinds(chart: Chart) -> list[tuple[str, str]]:
    """Return what the colours of layers mean: a name and a class each; bars have their kinds as names already."""
    found = {sort_of(kind) for series in chart.series for kind in series.kinds} if chart.form != "bars" else set()
    marked = [("peak", "peak")] if any(series.peak is not None for series in chart.series) else []
    plain = [("other layers", "none")] if "" in found else []
    return [*((sort.title, sort.name) for sort in SORTS if sort.name in found), *plain, *marked]


def _sample(x: float, y: float, number: int, series: Series) -> list[str]:
    """Return the sample of a series of points in the legend: its mark, the line through it, or the line alone."""
    if not series.labels:
        return [line(x, y, x + 28, y, "front")]
    joined = [polyline([(x, y), (x + 28, y)], f"joined j{number % len(SERIES)}")] if series.joined else []
    return [*joined, mark(x + 14, y, number, kind="" if series.kinds else None)]
