"""How charts are drawn: bars next to names, lines over a row of names, columns in panels, points with names."""

from collections.abc import Callable, Mapping, Sequence

from costcalc.common.colours import SERIES
from costcalc.common.table import Chart, Series
from costcalc.output.charts.axes import Scale, level, names_below, scale, upright
from costcalc.output.charts.page import (
    MARGIN,
    RADIUS,
    SMALL,
    WIDTH,
    filled,
    fitted,
    line,
    mark,
    polyline,
    rect,
    text,
    width_of,
)
from costcalc.output.charts.places import Spot, placed

Drawn = tuple[list[str], float]
LABELS = 260  # what the labels behind bars may take
BAR = 13
GROUP_GAP = 10
NAMES = 260  # what names next to bars may take
LEFT = 76  # where an upright axis is
TALL = 320
PANEL = 190
PANEL_GAP = 28
FIELD = 460  # the height of points
BESIDE = 110  # what is kept free for names to the right of points
WHOLE = 60  # the radius of a point that is all of the time
LEAST = 2.0  # that of the smallest
NAMED = 150  # of more points those on a line are named alone


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
                elements.append(rect(left, y + number * BAR + 1, end - left, BAR - 2, filled(number, series, row)))
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
        elements.append(polyline(points, f"l{number}"))
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
        values = scale(max(*series.values, *chart.limit[:1] if chart.limit else (), 0), chart.kind, bottom, start, 5)
        elements += upright(values, series.name, LEFT, right)
        for place, value in enumerate(series.values):
            if value:
                y, style = values.at(value), filled(number, series, place)
                elements.append(rect(LEFT + slot * (place + 0.1), y, slot * 0.8, bottom - y, style))
        elements += _limit(chart, values, right)
    below, end = names_below(chart.names, chart.axes[0], LEFT, right, bottom)
    return [*elements, *below], end + MARGIN


def points(chart: Chart, top: float) -> Drawn:
    """Draw series as marks at their two values, with the names that have room; those without labels as lines."""
    right, bottom = WIDTH - MARGIN - BESIDE, top + FIELD
    xs = [x for series in chart.series for x in series.xs]
    ys = [y for series in chart.series for y in series.values]
    across = scale(max(xs, default=0), chart.level, LEFT, right, 8, min(xs, default=0))
    up = scale(max(ys, default=0), chart.kind, bottom, top, 8, min(ys, default=0))
    elements = [*upright(up, chart.axes[1], LEFT, right), *level(across, chart.axes[0], top, bottom)]
    at = [[(across.at(x), up.at(y)) for x, y in zip(s.xs, s.values, strict=True)] for s in chart.series]
    lines = [spots for series, spots in zip(chart.series, at, strict=True) if not series.labels]
    marked = [(n, s, spots) for n, (s, spots) in enumerate(zip(chart.series, at, strict=True)) if s.labels]
    first = {spot for spots in lines for spot in spots}
    names = [(spot, name) for _, series, spots in marked for spot, name in zip(spots, series.labels, strict=True)]
    reaches: dict[Spot, float] = {}
    for _, series, spots in marked:
        for place, spot in enumerate(spots):
            reaches[spot] = max(reaches.get(spot, 0.0), _radius(series, place))
    names.sort(key=lambda name: (name[0] not in first, -reaches[name[0]]))  # those of a line, then of the largest
    elements += [polyline(spots, "front") for spots in lines]
    for number, series, spots in marked:
        elements += [polyline(spots, f"joined j{number % len(SERIES)}")] if series.joined else []
        elements += _marks(number, series, spots)
    if len(names) > NAMED:
        names = [name for name in names if name[0] in first]
    return [*elements, *placed(names, list(reaches), lines, (LEFT, top, WIDTH - MARGIN, bottom), reaches)], bottom + 50


def _marks(number: int, series: Series, spots: Sequence[Spot]) -> list[str]:
    """Return the marks of a series, the largest first, so that none hides another."""
    order = sorted(range(len(spots)), key=lambda place: -_radius(series, place))
    return [
        mark(
            *spots[place],
            number,
            f"{series.labels[place]}: {series.xs[place]:,.10g}, {series.values[place]:,.10g}",
            size=_radius(series, place),
            kind=series.kinds[place] if series.kinds else None,
        )
        for place in order
    ]


def _radius(series: Series, place: int) -> float:
    """Return the radius of a point, whose area is its share; a small one can still be seen."""
    return max(LEAST, WHOLE * max(series.areas[place], 0.0) ** 0.5) if series.areas else RADIUS


def _limit(chart: Chart, values: Scale, right: float) -> list[str]:
    """Return the line of a limit and its words above it, or below without room above."""
    if chart.limit is None:
        return []
    y = values.at(chart.limit[0])
    below = 14 if y - values.end < 16 else -5
    return [
        line(LEFT, y, right, y, "limit"),
        text(right, y + below, fitted(chart.limit[1], right - LEFT, SMALL), anchor="end", style="small limit"),
    ]


def _largest(chart: Chart) -> float:
    """Return the largest value of a chart."""
    return max((value for series in chart.series for value in series.values), default=0)


FORMS: Mapping[str, Callable[[Chart, float], Drawn]] = {
    "bars": bars,
    "lines": lines,
    "columns": columns,
    "points": points,
}
