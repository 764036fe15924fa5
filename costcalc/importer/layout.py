"""The layout of a tensor: each axis a list of atoms, pieces of the channels, height and width of a row.

An atom is (side, stride, size): `size` places, `stride` apart, of one side of a row. A reshape splits and merges atoms,
a transpose reorders axes; so a flatten, channels-last maps, a channel shuffle and attention's heads need no patterns.
"""

from collections.abc import Iterable, Sequence
from math import prod

from costcalc.ops.shape import Shape

Atom = tuple[str, int, int]
Axis = tuple[Atom, ...]
Axes = tuple[Axis, ...]
SIDES = ("c", "h", "w")


class LayoutError(ValueError):
    """A reshape that cuts across the sides of a row."""


def at(index: int, rank: int) -> int:
    """Return the place of an axis that may be counted from the end."""
    return index + rank if index < 0 else index


def whole(side: str, shape: Shape) -> Axis:
    """Return one side of a row as an axis; a side of 1 has no atoms."""
    size = getattr(shape, side)
    return ((side, 1, size),) if size > 1 else ()


def canonical(shape: Shape) -> Axes:
    """Return the layout batch, channels, height, width."""
    return ((), *(whole(side, shape) for side in SIDES))


def sizes(axes: Axes) -> tuple[int, ...]:
    """Return the sizes of a tensor's axes."""
    return tuple(prod(size for _, _, size in axis) for axis in axes)


def merged(atoms: Iterable[Atom]) -> Axis:
    """Return atoms with neighbours that continue each other put together."""
    found: list[Atom] = []
    for side, stride, size in atoms:
        if size == 1:
            continue
        if found and found[-1][0] == side and found[-1][1] == stride * size:
            found[-1] = (side, stride, found[-1][2] * size)
        else:
            found.append((side, stride, size))
    return tuple(found)


def reshape(axes: Axes, target: Sequence[int]) -> Axes:
    """Return the layout after a reshape; raise LayoutError where it cuts an atom at a place that does not divide it."""
    atoms = list(merged(atom for axis in axes for atom in axis))
    if prod(target) != prod(sizes(axes)):
        raise LayoutError(f"{'x'.join(map(str, sizes(axes)))} has not the elements of {'x'.join(map(str, target))}")
    found = []
    for size in target:
        axis: list[Atom] = []
        left = size
        while left > 1:
            side, stride, length = atoms.pop(0)
            if left >= length:
                if left % length:
                    raise LayoutError(f"an axis of {size} cuts across an axis of {length}")
                axis.append((side, stride, length))
                left //= length
            else:
                if length % left:
                    raise LayoutError(f"an axis of {size} cuts across an axis of {length}")
                inner = length // left
                axis.append((side, stride * inner, left))
                atoms.insert(0, (side, stride, inner))
                left = 1
        found.append(merged(axis))
    return tuple(found)


def permute(axes: Axes, order: Sequence[int]) -> Axes:
    """Return the layout after axes change places."""
    return tuple(axes[index] for index in order)


def covers(axis: Iterable[Atom], shape: Shape, sides: str) -> bool:
    """Return whether an axis holds all places of these sides of a row, in any order."""
    atoms = list(axis)
    return {side for side, _, _ in atoms} <= set(sides) and prod(size for _, _, size in atoms) == prod(
        getattr(shape, side) for side in sides
    )


def is_whole(axis: Axis, shape: Shape, sides: str) -> bool:
    """Return whether an axis is these sides of a row, in their order."""
    return axis == merged(atom for side in sides for atom in whole(side, shape))


def shuffled(axis: Axis, shape: Shape) -> int:
    """Return the groups of a channel shuffle that an axis is, or 0."""
    if len(axis) == 2 and {side for side, _, _ in axis} == {"c"}:
        (_, inner, size), (_, outer, groups) = axis
        if inner == 1 and outer == size and size * groups == shape.c:
            return groups
    return 0


def shown(axes: Axes) -> str:
    """Return a layout as messages print it: `1, c, h*w`."""
    return ", ".join("*".join(f"{side}{size}" for side, _, size in axis) or "1" for axis in axes)
