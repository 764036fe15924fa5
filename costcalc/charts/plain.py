"""Charts drawn with characters, for a terminal: a form is a function here and its line in PLAIN."""

from collections.abc import Callable, Mapping

from costcalc.charts.axes import Powers, log_axes, places_of
from costcalc.errors import clean
from costcalc.table import Chart

MOST = 100  # characters across
TALL = 14
MARKS = "o*"  # of the first series and of the second


def loglog(chart: Chart, width: int | None) -> list[str]:
    """Return the lines of a chart on axes of powers of ten: dots for its line, a mark a series for points."""
    across, upward = log_axes(chart, (0, 1), (0, 1))
    labels = [label for _, label in upward.ticks]
    room = max(map(len, labels)) + 1
    columns = max(20, min(MOST, (width or MOST)) - room - 1)
    grid = [[" "] * columns for _ in range(TALL)]

    def put(x: float, y: float, mark: str) -> None:
        grid[TALL - 1 - round(upward.at(y) * (TALL - 1))][round(across.at(x) * (columns - 1))] = mark

    for (x, y), (further, higher) in zip(chart.line, chart.line[1:], strict=False):
        for step in range(columns + 1):
            put(x * (further / x) ** (step / columns), y * (higher / y) ** (step / columns), ".")
    for mark, series in zip(MARKS, chart.series, strict=False):
        for x, y in zip(places_of(chart), series.values, strict=True):
            if x > 0 and y > 0:
                put(x, y, mark)
    rows = _labelled(grid, upward, room)
    keys = [f"{mark} {clean(series.name)}" for mark, series in zip(MARKS, chart.series, strict=False)]
    return [
        f"{chart.axes[1]}    {'    '.join(keys)}",
        *rows,
        *_below(across, room, columns),
        f"{'':{room}} {chart.axes[0]}",
    ]


def _labelled(grid: list[list[str]], upward: Powers, room: int) -> list[str]:
    """Return the rows of a grid with the labels of the axis at their left."""
    labels = {TALL - 1 - round(place * (TALL - 1)): label for place, label in upward.ticks}
    return [f"{labels.get(number, ''):>{room}}|{''.join(row)}" for number, row in enumerate(grid)]


def _below(across: Powers, room: int, columns: int) -> list[str]:
    """Return the axis below a grid: its line and its labels, those left out that would meet."""
    line, labels, free = ["-"] * columns, [" "] * columns, 0
    for place, label in across.ticks:
        at = round(place * (columns - 1))
        line[at] = "+"
        start = max(0, min(at - len(label) // 2, columns - len(label)))
        if start >= free:
            labels[start : start + len(label)] = label
            free = start + len(label) + 1
    return [f"{'':{room}}+{''.join(line)}", f"{'':{room}} {''.join(labels)}"]


PLAIN: Mapping[str, Callable[[Chart, int | None], list[str]]] = {"loglog": loglog}
