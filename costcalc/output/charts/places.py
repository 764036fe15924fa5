"""Where the names of points go: next to their marks, none on another name, on a mark or out of the field."""

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from math import dist
from types import MappingProxyType

from costcalc.output.charts.page import RADIUS, SMALL, fitted, text, width_of

Spot = tuple[float, float]
Box = tuple[float, float, float, float]
ROOM = 230  # what a name may take
ABOVE, BELOW = 11.0, 3.5  # how far a small text reaches from its baseline
STEP = 6.0  # between the spots that stand for a line
# Where a name may be from its mark, best first: to the side, down, the end of the text that is nearest.
SIDES = (
    (9.0, 4.0, "start"),
    (-9.0, 4.0, "end"),
    (0.0, -9.0, "middle"),
    (0.0, 18.0, "middle"),
    (7.0, -7.0, "start"),
    (7.0, 15.0, "start"),
    (-7.0, -7.0, "end"),
    (-7.0, 15.0, "end"),
)
EMPTY: Mapping[Spot, float] = MappingProxyType({})
SHIFT = {"start": 0.0, "middle": 0.5, "end": 1.0}


def placed(
    names: Sequence[tuple[Spot, str]],
    marks: Sequence[Spot],
    lines: Sequence[Sequence[Spot]],
    field: Box,
    radii: Mapping[Spot, float] = EMPTY,
) -> list[str]:
    """Return the names that have room as texts: clear of the lines where that can be, else of all the rest.

    `radii` are those of marks that are not like the others.
    """
    taken = [_around(spot, radii.get(spot, RADIUS)) for spot in marks]
    crossed = [_around(spot, 1.0) for spot in chain.from_iterable(map(_spots, lines))]
    elements = []
    for spot, whole in names:
        # of a network with settings the colour says which network
        name = fitted(whole if width_of(whole, SMALL) <= ROOM else whole.partition(":")[2] or whole, ROOM, SMALL)
        sides = [_moved(side, radii.get(spot, RADIUS) - RADIUS) for side in SIDES]
        boxes = [(side, _box(spot, name, side)) for side in sides]
        free = [(side, box) for side, box in boxes if _inside(box, field) and not _meets(box, taken)]
        best = next((found for found in free if not _meets(found[1], crossed)), free[0] if free else None)
        if best:
            (right, down, anchor), box = best
            taken.append(box)
            elements.append(text(spot[0] + right, spot[1] + down, name, anchor=anchor, style="small"))
    return elements


def _moved(side: tuple[float, float, str], more: float) -> tuple[float, float, str]:
    """Return a place next to a larger mark: further out by what its radius is larger."""
    right, down, anchor = side
    across, along = {"start": more, "middle": 0.0, "end": -more}[anchor], 0.0 if down == SIDES[0][1] else more
    return right + across, down + (along if down > 0 else -along), anchor


def _around(spot: Spot, reach: float) -> Box:
    return spot[0] - reach, spot[1] - reach, spot[0] + reach, spot[1] + reach


def _spots(line: Sequence[Spot]) -> list[Spot]:
    """Return spots along a line, close enough that no name slips between them."""
    found = []
    for (x1, y1), (x2, y2) in pairwise(line):
        steps = max(1, int(dist((x1, y1), (x2, y2)) / STEP))
        found += [(x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps) for i in range(steps + 1)]
    return found


def _box(spot: Spot, name: str, side: tuple[float, float, str]) -> Box:
    """Return the box that a name takes next to a spot."""
    right, down, anchor = side
    width = width_of(name, SMALL)
    left, base = spot[0] + right - SHIFT[anchor] * width, spot[1] + down
    return left, base - ABOVE, left + width, base + BELOW


def _inside(box: Box, field: Box) -> bool:
    return box[0] >= field[0] and box[1] >= field[1] and box[2] <= field[2] and box[3] <= field[3]


def _meets(box: Box, others: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    return any(left < r and x < right and top < b and y < bottom for x, y, r, b in others)
