"""The paper charts are drawn on: SVG elements, how wide a text is, style, title, legend."""

import math
from collections.abc import Sequence
from html import escape

from costcalc.common.errors import clean
from costcalc.common.table import Chart

WIDTH = 960
MARGIN = 16
LINE = 18
FONT = 13
SMALL = 11
TITLE = 18
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
STYLE = """<style>
.chart { --paper: #fff; --ink: #1b1f24; --faint: #57606a; --grid: #d8dee4; --dark: #1d4f8f; --light: #f0c489;
  --stripe: #b4681a }
@media screen and (prefers-color-scheme: dark) {
  .chart { --paper: #15181c; --ink: #e6e8eb; --faint: #9aa4af; --grid: #333b45; --dark: #86b6f0; --light: #5c3d17;
    --stripe: #d99a4e }
}
.chart text { font: 13px system-ui, sans-serif; fill: var(--ink) }
.chart .paper { fill: var(--paper) }
.chart .title { font-size: 18px; font-weight: bold }
.chart .faint { fill: var(--faint) }
.chart .small { font-size: 11px; fill: var(--faint) }
.chart .grid { stroke: var(--grid) }
.chart .base { stroke: var(--ink) }
.chart .s0 { fill: var(--dark) }
.chart .s1 { fill: url(#stripes); stroke: var(--stripe) }
.chart .l0, .chart .l1 { fill: none; stroke: var(--dark); stroke-width: 2.5 }
.chart .l1 { stroke: var(--stripe); stroke-dasharray: 7 4 }
.chart .front { fill: none; stroke: var(--faint); stroke-width: 1.5; stroke-dasharray: 5 4 }
.chart .m0 { fill: var(--dark); stroke: var(--paper) }
.chart .m1 { fill: var(--light); stroke: var(--stripe); stroke-width: 1.5 }
</style>
<defs><pattern id="stripes" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="5" height="5" style="fill: var(--light)"/><rect width="2" height="5" style="fill: var(--stripe)"/>
</pattern></defs>
"""


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


def mark(x: float, y: float, number: int, words: str = "") -> str:
    """Return the mark of a series at a spot, with words for who points at it: shapes differ, then light and dark."""
    shape = MARKS[number % len(MARKS)]
    path = " ".join(f"{x + RADIUS * right:.1f},{y + RADIUS * down:.1f}" for right, down in shape)
    title = f"<title>{escape(clean(words))}</title>" if words else ""
    style = f"m{(number + number // len(MARKS)) % 2}"
    return f'<polygon points="{path}" class="{style}">{title}</polygon>'


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
    """Return a text that fits, its middle left out where it is too long: names differ at their ends."""
    words = clean(words)
    if width_of(words, size) <= room:
        return words
    keep = len(words)
    while keep > 2 and width_of(_middle(words, keep), size) > room:
        keep -= 1
    return _middle(words, keep)


def _middle(words: str, keep: int) -> str:
    return f"{words[: (keep + 1) // 2]}…{words[len(words) - keep // 2 :]}"


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
    for number, series in enumerate(chart.series):
        name = fitted(series.name, WIDTH - 2 * MARGIN - 36)
        if x > MARGIN and x + 36 + width_of(name) > WIDTH - MARGIN:
            x, y = MARGIN, y + LINE + 2
        if chart.form == "points":
            sample = mark(x + 14, y - 4, number) if series.labels else line(x, y - 4, x + 28, y - 4, "front")
            elements.append(sample)
        elif chart.form in LINES:
            elements.append(line(x, y - 4, x + 28, y - 4, f"l{number}"))
        else:
            elements.append(rect(x, y - 10, 28, 11, f"s{number}"))
        elements.append(text(x + 36, y, name))
        x += 36 + width_of(name) + 24
    return elements, y
