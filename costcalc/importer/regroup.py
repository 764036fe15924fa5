"""Layouts that need a row of their own: places in place of channels, patches as channels, every second place."""

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importer import layout
from costcalc.importer.layout import Axis
from costcalc.importer.lower import Lowering, RefusedError, Strided, Value
from costcalc.ops.shape import Shape


def with_channels(low: Lowering, x: Value, at: int) -> Value:
    """Return a value whose axis `at` is the channels of a row: the places, or patches, become them where they are not.

    Raises RefusedError where the axis is something else.
    """
    shape, axis = low.shape(x), x.axes[at]
    if layout.covers(axis, shape, "c"):
        return x
    if layout.covers(axis, shape, "hw"):
        return _transposed(low, x, at)
    by = _patch(axis, shape)
    if by:
        return _patches(low, x, at, by)
    raise RefusedError(f"{layout.shown(x.axes)}: axis {at} is not the channels, nor all places")


def in_place(low: Lowering, x: Value) -> Value:
    """Return a map; places in the place of its channels, or channels in that of places, are a row of their own."""
    shape, axis = low.shape(x), x.axes[1]
    by = _cells(x, shape) if len(x.axes) == 4 else None
    if by:
        return low.emit("pixelshuffle", {"by": by[0] if by[0] == by[1] else by}, [x], axes=None)
    if len(x.axes) != 4 or not {"h", "w"} & {side for side, *_ in axis}:
        return x
    return with_channels(low, x, 1) if layout.covers(axis, shape, "hw") or _patch(axis, shape) else x


def _cells(x: Value, shape: Shape) -> tuple[int, int] | None:
    """Return the height and width of the cells whose places are channels, within the places of a map; or None."""
    by = []
    for side, axis in zip("hw", x.axes[2:], strict=True):
        whole = layout.whole(side, shape)
        inner = axis[len(whole) :]
        if axis[: len(whole)] != whole or {atom[0] for atom in inner} - {"c"}:
            return None
        by.append(prod(size for _, _, size in inner))
    alone = {atom[0] for atom in x.axes[1]} <= {"c"} and prod(layout.sizes(x.axes[1:2])) * by[0] * by[1] == shape.c
    return (by[0], by[1]) if alone and by != [1, 1] else None


def mapped(low: Lowering, x: Value) -> Value:
    """Return a value as a map: batch, channels, height, width. Raises RefusedError where it is not a map."""
    return low.map(in_place(low, x))


def _transposed(low: Lowering, x: Value, at: int) -> Value:
    """Return a value whose places, which are the axis `at`, are the channels of a `transpose`."""
    rest = [atom for index, axis in enumerate(x.axes) if index != at for atom in axis]
    if not layout.covers([atom for atom in rest if atom[0] != "n"], low.shape(x), "c"):
        raise RefusedError(f"places in the place of channels, laid out as {layout.shown(x.axes)}")
    made = low.emit("transpose", {}, [x])
    axes = [tuple(("w", *atom[1:]) if atom[0] == "c" else atom for atom in axis) for axis in x.axes]
    axes[at] = layout.whole("c", low.shape(made))
    return made._replace(axes=tuple(axes))


def _patch(axis: Axis, shape: Shape) -> tuple[int, int] | None:
    """Return the height and width of the patches whose places and channels an axis holds, or None."""
    inner = {side: size for side, stride, size in axis if side in "hw" and stride == 1}
    channels = [atom for atom in axis if atom[0] == "c"]
    if len(inner) + len(channels) != len(axis) or not layout.covers(channels, shape, "c"):
        return None
    by = inner.get("h", 1), inner.get("w", 1)
    return None if shape.h % by[0] or shape.w % by[1] else by


def _patches(low: Lowering, x: Value, at: int, by: tuple[int, int]) -> Value:
    """Return a value whose patches are the channels of an `unshuffle`."""
    steps = {"h": by[0], "w": by[1]}
    axes: list[Axis] = []
    for index, axis in enumerate(x.axes):
        if index != at and any(side in steps and stride % steps[side] for side, stride, _ in axis):
            raise RefusedError(f"patches laid out as {layout.shown(x.axes)}")
        axes.append(tuple((side, stride // steps.get(side, 1), size) for side, stride, size in axis))
    made = low.emit("unshuffle", {"by": by[0] if by[0] == by[1] else by}, [x])
    axes[at] = layout.whole("c", low.shape(made))
    return made._replace(axes=tuple(axes))


def every(low: Lowering, x: Value | Strided, at: int, start: int, step: int) -> Strided:
    """Return every `step`-th place of the height or width from `start` on, which waits for its neighbours."""
    found = x if isinstance(x, Strided) else Strided(x, x.axes, ())
    axis = found.axes[at]
    size = prod(length for _, _, length in axis)
    if len(axis) != 1 or axis[0][0] not in "hw" or axis[0][1] != 1 or size % step or not 0 <= start < step:
        raise RefusedError("a slice that skips places")
    side = axis[0][0]
    axes = (*found.axes[:at], ((side, step, size // step),), *found.axes[at + 1 :])
    return found._replace(axes=axes, taken=(*found.taken, (side, step, start)))


def gathered(low: Lowering, parts: Sequence[Any], at: int) -> Value:
    """Return the `unshuffle` that all parts of a map that skip places are, put together along its channels."""
    first = parts[0]
    steps = {side: step for side, step, _ in first.taken}
    alike = all(
        isinstance(part, Strided) and (part.value, part.axes) == (first.value, first.axes) and len(part.taken) <= 2
        for part in parts
    )
    if not alike or len({frozenset(part.taken) for part in parts}) != len(parts) or len(parts) != prod(steps.values()):
        raise RefusedError("a concatenation of places that are not all places of one map")
    if not layout.is_whole(first.axes[at], low.shape(first.value), "c"):
        raise RefusedError("a concatenation of another axis than the channels")
    by = steps.get("h", 1), steps.get("w", 1)
    made = low.emit("unshuffle", {"by": by[0] if by[0] == by[1] else by}, [first.value])
    axes = [tuple((side, stride // steps.get(side, 1), size) for side, stride, size in axis) for axis in first.axes]
    axes[at] = layout.whole("c", low.shape(made))
    return made._replace(axes=tuple(axes))


def met(low: Lowering, x: Value, y: Value) -> Value:
    """Return `y` with its axes where those of `x` are: channels at its channels, on a map of its size."""
    shape = low.shape(x)
    apart = len(y.axes) - len(x.axes)
    at = next((i for i, axis in enumerate(x.axes) if axis and layout.is_whole(axis, shape, "c")), None)
    if at is None or at + apart < 0 or not y.axes[at + apart]:
        return y
    other = low.shape(y)
    if not layout.covers(y.axes[at + apart], other, "c") and layout.covers(y.axes[at + apart], other, "hw"):
        y = with_channels(low, y, at + apart)
    there = low.shape(y)
    places = [i for i, axis in enumerate(x.axes) if axis and layout.is_whole(axis, shape, "hw")]
    if (there.h, there.w) != (shape.h, shape.w) and there.h * there.w == shape.h * shape.w and len(places) == 1:
        y = low.emit("grid", {"to": shape.h if shape.h == shape.w else (shape.h, shape.w)}, [y], axes=y.axes)
        y = y._replace(
            axes=tuple(x.axes[i - apart] if i == places[0] + apart else axis for i, axis in enumerate(y.axes))
        )
    return y
