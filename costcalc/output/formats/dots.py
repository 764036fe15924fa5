"""A chart of points in characters, for a terminal or a text file."""

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from costcalc.common.colours import SERIES
from costcalc.common.errors import clean
from costcalc.common.table import Chart, Series
from costcalc.output.charts.axes import Scale, scale, titled
from costcalc.output.formats.aligned import Line, Piece, stripped
from costcalc.output.formats.values import Screen

WIDEST = 100  # characters
NARROWEST = 40
HEIGHT = 20  # lines
MARKS = "ox+#%@*&"
DOT = "."
Canvas = list[list[Piece]]  # a character in each place


class _Spot(NamedTuple):
    """A point on the canvas: its line and column, its mark and its style, its name."""

    row: int
    column: int
    mark: str
    style: str
    name: str


def plot_lines(chart: Chart, screen: Screen) -> list[Line]:
    """Return a chart of points as lines: marks at their values, a dotted front, the names that have room."""
    xs = [x for series in chart.series for x in series.xs]
    ys = [y for series in chart.series for y in series.values]
    up = scale(max(ys, default=0), chart.kind, HEIGHT - 1, 0, 5, min(ys, default=0))
    edge = max(len(label) for _, label in up.ticks) + 1
    columns = max(NARROWEST, min(screen.width or WIDEST, WIDEST)) - edge - 1
    across = scale(max(xs, default=0), chart.level, 0, columns - 1, max(2, columns // 12), min(xs, default=0))
    canvas: Canvas = [[(" ", "")] * columns for _ in range(HEIGHT)]
    spots = _drawn(chart, canvas, across, up)
    _name(spots, canvas)
    labels = {round(up.at(value)): label for value, label in up.ticks}
    body = [[(f"{labels.get(row, ''):>{edge - 1}} |", "axis"), *_runs(line)] for row, line in enumerate(canvas)]
    foot = clean(titled(chart.axes[0], across.unit))
    return [
        [(clean(titled(chart.axes[1], up.unit)), "axis")],
        *map(stripped, body),
        [(" " * edge + "+" + "-" * columns, "axis")],
        [((" " * edge + " " + _ticks(across, columns)).rstrip(), "axis")],
        [(f"{foot:>{edge + 1 + columns}}", "axis")],
        *_folded(list(map(_sample, range(len(chart.series)), chart.series)), edge + 1 + columns),
    ]


def _sample(number: int, series: Series) -> Line:
    """Return a series of the legend: its mark, or the dots of a line, and its name."""
    mark = (MARKS[number % len(MARKS)], f"series{number % len(SERIES)}") if series.labels else (DOT * 3, "axis")
    return [mark, (f" {clean(series.name)}", "")]


def _runs(line: Sequence[Piece]) -> Line:
    """Return characters as pieces of one style each."""
    grouped = groupby(line, lambda piece: piece[1])
    return [("".join([text for text, _ in pieces]), style) for style, pieces in grouped]


def _drawn(chart: Chart, canvas: Canvas, across: Scale, up: Scale) -> list[_Spot]:
    """Put lines, then marks on the canvas; return the marks, those that a line runs through first."""
    spots: list[_Spot] = []
    through = set()
    for number, series in enumerate(chart.series):
        at = [(round(up.at(y)), round(across.at(x))) for x, y in zip(series.xs, series.values, strict=True)]
        if series.labels:
            mark = MARKS[number % len(MARKS)]
            style = f"series{number % len(SERIES)}"
            spots += [_Spot(*place, mark, style, name) for place, name in zip(at, series.labels, strict=True)]
        else:
            through |= set(at)
            _dot(canvas, at)
    for spot in spots:
        canvas[spot.row][spot.column] = spot.mark, spot.style
    return sorted(spots, key=lambda spot: (spot.row, spot.column) not in through)


def _dot(canvas: Canvas, at: Sequence[tuple[int, int]]) -> None:
    """Put a dotted line from place to place."""
    for (row, column), (end, last) in pairwise(at):
        steps = max(abs(end - row), abs(last - column), 1)
        for step in range(0, steps + 1, 2):
            canvas[round(row + (end - row) * step / steps)][round(column + (last - column) * step / steps)] = (
                DOT,
                "axis",
            )


def _name(spots: Sequence[_Spot], canvas: Canvas) -> None:
    """Write the names that have room to the right or the left of their marks."""
    taken = {(spot.row, spot.column) for spot in spots}
    for spot in spots:
        words = clean(spot.name)
        for start in (spot.column + 2, spot.column - 1 - len(words)):
            room = {(spot.row, column) for column in range(start - 1, start + len(words) + 1)}
            if start >= 0 and start + len(words) <= len(canvas[0]) and not room - {(spot.row, spot.column)} & taken:
                canvas[spot.row][start : start + len(words)] = [(mark, "") for mark in words]
                taken |= room
                break


def _ticks(across: Scale, columns: int) -> str:
    """Return the labels below the canvas, each under its tick."""
    line = [" "] * columns
    for value, label in across.ticks:
        start = min(max(0, round(across.at(value)) - len(label) // 2), columns - len(label))
        line[start : start + len(label)] = label
    return "".join(line)


def _folded(parts: Sequence[Line], width: int) -> list[Line]:
    """Return parts next to each other, in as many lines as they need."""
    lines: list[Line] = [[]]
    taken = 0
    for part in parts:
        size = sum(len(text) for text, _ in part)
        if taken and taken + 3 + size > width:
            lines.append([])
            taken = 0
        lines[-1] += [("   ", "")] * bool(taken) + part
        taken += size + 3 * bool(taken)
    return lines
