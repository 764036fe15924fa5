"""How charts are drawn: bars beside names, lines over a row of names, columns in a panel for each series."""

from collections.abc import Callable, Mapping

from costcalc.charts.axes import (
    level,
    log_axes,
    log_level,
    log_upright,
    names_below,
    places_of,
    scale,
    upright,
)
from costcalc.charts.page import MARGIN, SMALL, WIDTH, dot, fitted, rect, text, width_of
from costcalc.table import Chart

Drawn = tuple[list[str], float]
LABELS = 260  # what the labels behind bars may take
BAR = 13
GROUP_GAP = 10
NAMES = 260  # what names beside bars may take
LEFT = 76  # where an upright axis stands
TALL = 320
PANEL = 190
PANEL_GAP = 28


def bars(chart: Chart, top: float) -> Drawn:
    """Draw bars to the right of names, one for each series, with their labels at the end."""
    names = [fitted(name, NAMES) for name in chart.names]
    left = MARGIN + max(map(width_of, names), default=0) + 10
    labels = [[fitted(label, LABELS, SMALL) for label in series.labels] for series in chart.series]
    right = WIDTH - MARGIN - max((width_of(label, SMALL) for beside in labels for label in beside), default=0) - 8
    group = BAR * len(chart.series) + GROUP_GAP
    bottom = top + group * len(names)
    values = scale(_largest(chart), chart.kind, left, right, 10)
    elements = level(values, chart.axes[1], top, bottom)
    for row, name in enumerate(names):
        y = top + row * group + GROUP_GAP / 2
        elements.append(text(left - 8, y + (group - GROUP_GAP) / 2 + 5, name, anchor="end"))
        for number, series in enumerate(chart.series):
            end = values.at(series.values[row])
            if series.values[row]:
                elements.append(rect(left, y + number * BAR + 1, end - left, BAR - 2, f"s{number}"))
            if series.labels:
                elements.append(text(end + 6, y + number * BAR + BAR - 2.5, labels[number][row], style="small"))
    return elements, bottom + 50


def lines(chart: Chart, top: float) -> Drawn:
    """Draw a line for each series: a name is a slot, which a line crosses from the value before it to its own."""
    right, bottom = WIDTH - MARGIN, top + TALL
    values = scale(_largest(chart), chart.kind, bottom, top, 10)
    below, end = names_below(chart.names, chart.axes[0], LEFT, right, bottom)
    elements = [*upright(values, chart.axes[1], LEFT, right), *below]
    slot = (right - LEFT) / len(chart.names)
    for number, series in enumerate(chart.series):
        points = [(LEFT, bottom), *((LEFT + slot * (i + 1), values.at(v)) for i, v in enumerate(series.values))]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        elements.append(f'<polyline points="{path}" class="l{number}"/>')
    return elements, end + MARGIN


def columns(chart: Chart, top: float) -> Drawn:
    """Draw a panel for each series, one below the other over the same names, each with its own scale."""
    right = WIDTH - MARGIN
    slot = (right - LEFT) / len(chart.names)
    elements: list[str] = []
    bottom = top
    for number, series in enumerate(chart.series):
        start = top + number * (PANEL + PANEL_GAP)
        bottom = start + PANEL
        values = scale(max(series.values, default=0), chart.kind, bottom, start, 5)
        elements += upright(values, series.name, LEFT, right)
        for place, value in enumerate(series.values):
            if value:
                y = values.at(value)
                elements.append(rect(LEFT + slot * (place + 0.1), y, slot * 0.8, bottom - y, f"s{number}"))
    below, end = names_below(chart.names, chart.axes[0], LEFT, right, bottom)
    return [*elements, *below], end + MARGIN


def loglog(chart: Chart, top: float) -> Drawn:
    """Draw points at two values on axes of powers of ten, over the chart's line; what is not above 0 is not drawn."""
    right, bottom = WIDTH - MARGIN, top + TALL
    across, upward = log_axes(chart, (LEFT, right), (bottom, top))
    elements = [*log_upright(upward, chart.axes[1], LEFT, right), *log_level(across, chart.axes[0], top, bottom)]
    if chart.line:
        path = " ".join(f"{across.at(x):.1f},{upward.at(y):.1f}" for x, y in chart.line)
        elements.append(f'<polyline points="{path}" class="l0"/>')
    for number, series in enumerate(chart.series):
        for name, x, y in zip(chart.names, places_of(chart), series.values, strict=True):
            if x > 0 and y > 0:
                elements.append(dot(across.at(x), upward.at(y), f"s{number}", name))
    return elements, bottom + 50


def _largest(chart: Chart) -> float:
    """Return the largest value of a chart."""
    return max((value for series in chart.series for value in series.values), default=0)


FORMS: Mapping[str, Callable[[Chart, float], Drawn]] = {
    "bars": bars,
    "lines": lines,
    "columns": columns,
    "loglog": loglog,
}
