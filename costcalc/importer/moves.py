"""Views and moves: reshapes, transposes, slices, splits, concatenations."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from costcalc.importer import layout
from costcalc.importer.graph import NONE, Call, Param
from costcalc.importer.layout import Axes
from costcalc.importer.lower import (
    EMBEDDED,
    Constant,
    Derived,
    Lowering,
    RefusedError,
    Scores,
    Stacked,
    States,
    Strided,
    Unit,
    Value,
    Weight,
    pads_cell,
)
from costcalc.importer.products import reshaped
from costcalc.importer.regroup import every, gathered
from costcalc.importer.windows import pad

Given = Any


def quantised(low: Lowering, node: Call) -> Given:
    """Give what is read: whole numbers for fractions change no count; the receipt names what scales them."""
    low.note("scales of quantisation")
    return [low.get(0), *(Constant(None) for _ in node.outputs[1:])]


def same(low: Lowering, node: Call) -> Given:
    """Give what is read."""
    return low.get(0)


def _seen(low: Lowering) -> Any:
    """Return what a view is of: padding that waits for a window becomes a row."""
    found = low.get(0)
    return low.value() if isinstance(found, Value) else found


def _moved(found: Any, axes: Callable[[Axes], Axes], sizes: Callable[[Sequence[int]], Any]) -> Given:
    """Return a computed value or a parameter in another layout."""
    if isinstance(found, Scores):
        return reshaped(found, sizes(found.sizes))
    if isinstance(found, Value):
        return found._replace(axes=axes(found.axes))
    return found._replace(sizes=tuple(sizes(found.sizes)))


def _resolved(target: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Return the shape that a reshape asks for, its -1 filled in; 0 keeps an axis."""
    shape = [sizes[index] if size == 0 else size for index, size in enumerate(target)]
    if -1 in shape:
        known = prod(size for size in shape if size != -1)
        shape[shape.index(-1)] = prod(sizes) // known if known else 0
    return shape


def _reshaped(low: Lowering, target: Callable[[Sequence[int]], Sequence[int]]) -> Given:
    found = _seen(low)
    return _moved(found, lambda axes: layout.reshape(axes, target(layout.sizes(axes))), target)


def reshape(low: Lowering, node: Call) -> Given:
    """Look at the elements in another shape."""
    shape: Sequence[int] = (node.shapes[0] or ()) if node.attrs["shape"] is None else node.attrs["shape"]
    found = _reshaped(low, lambda sizes: _resolved(shape, sizes))
    if isinstance(found, Value) and len(found.axes) == 4 and layout.shuffled(found.axes[1], low.shape(found)):
        return low.map(found)
    return found


def flatten(low: Lowering, node: Call) -> Given:
    """Put axes together."""

    def target(sizes: Sequence[int]) -> list[int]:
        first, last = layout.at(node.attrs["first"], len(sizes)), layout.at(node.attrs["last"], len(sizes))
        return [*sizes[:first], prod(sizes[first : last + 1]), *sizes[last + 1 :]]

    return _reshaped(low, target)


def unflatten(low: Lowering, node: Call) -> Given:
    """Split an axis."""

    def target(sizes: Sequence[int]) -> list[int]:
        at = layout.at(node.attrs["axis"], len(sizes))
        return [*sizes[:at], *_resolved(node.attrs["shape"], [sizes[at]]), *sizes[at + 1 :]]

    return _reshaped(low, target)


def squeeze(low: Lowering, node: Call) -> Given:
    """Drop axes of 1."""

    def target(sizes: Sequence[int]) -> list[int]:
        chosen = node.attrs["axes"]
        at = range(len(sizes)) if chosen is None else [layout.at(index, len(sizes)) for index in chosen]
        return [size for index, size in enumerate(sizes) if index not in at or size != 1]

    return _reshaped(low, target)


def unsqueeze(low: Lowering, node: Call) -> Given:
    """Add axes of 1."""

    def target(sizes: Sequence[int]) -> list[int]:
        shape = list(sizes)
        rank = len(shape) + len(node.attrs["axes"])
        for index in sorted(layout.at(index, rank) for index in node.attrs["axes"]):
            shape.insert(index, 1)
        return shape

    return _reshaped(low, target)


def permute(low: Lowering, node: Call) -> Given:
    """Change the order of axes."""
    if node.attrs["order"] is None:
        raise RefusedError("axes in the reverse order")
    order = [layout.at(index, len(node.attrs["order"])) for index in node.attrs["order"]]
    return _moved(_seen(low), lambda axes: layout.permute(axes, order), lambda sizes: [sizes[index] for index in order])


def swap(low: Lowering, node: Call) -> Given:
    """Let two axes change places."""

    def turned(items: Any) -> Any:
        order = list(range(len(items)))
        i, j = layout.at(node.attrs["i"], len(items)), layout.at(node.attrs["j"], len(items))
        order[i], order[j] = order[j], order[i]
        return tuple(items[index] for index in order)

    return _moved(_seen(low), turned, turned)


def flatten_onnx(low: Lowering, node: Call) -> Given:
    """Put axes together into two."""

    def target(sizes: Sequence[int]) -> list[int]:
        at = layout.at(node.attrs["axis"], len(sizes))
        return [prod(sizes[:at]), prod(sizes[at:])]

    return _reshaped(low, target)


def pad_onnx(low: Lowering, node: Call) -> Given:
    """Let padding wait whose sides are listed as first ends, then last ones."""
    pads = node.attrs["pads"]
    half = len(pads) // 2
    turned = [side for index in range(half - 1, -1, -1) for side in (pads[index], pads[half + index])]
    return pad(low, node._replace(attrs={**node.attrs, "pads": turned}))


def slices(low: Lowering, node: Call) -> Given:
    """Lower a part of one or several axes."""
    a, x = node.attrs, _sliced(low)
    starts, stops = a["start"], a["stop"]
    chosen = range(len(starts)) if a["axes"] is None else a["axes"]
    steps = a["step"] or [1] * len(starts)
    for start, stop, index, step in zip(starts, stops, chosen, steps, strict=True):
        at = layout.at(index, len(x.axes))
        size = layout.sizes(x.axes)[at]
        first, last = max(0, layout.at(start, size)), min(size, layout.at(stop, size))
        if step != 1 and last == size:
            x = every(low, x, at, first, step)
        elif step != 1 or isinstance(x, Strided):
            raise RefusedError("a slice that skips places")
        else:
            x = _cut(low, x, at, first, last - first)
    return x


def gather(low: Lowering, node: Call) -> Given:
    """Lower one place of an axis by a constant index, or places in a row; of a parameter, any places."""
    found, index = low.get(0), low.get(1)
    if isinstance(found, (Weight, Derived)):
        return found._replace(sizes=tuple(node.shapes[0] or ()) if node.shapes else ())
    x = low.value()
    stated = node.shapes[0] if node.shapes else None
    if isinstance(index, Constant) and index.value is None and stated and prod(stated) == prod(x.sizes):
        low.note("an order of places that is in another file")
        return x._replace(axes=layout.reshape(x.axes, stated))
    if not isinstance(index, Constant) or index.value is None:
        raise RefusedError("its `index` is computed from data, or is in another file")
    at = layout.at(node.attrs["axis"], len(x.axes))
    if not isinstance(index.value, list):
        return part(low, x, at, layout.at(index.value, layout.sizes(x.axes)[at]))
    shape, places = _flat(index.value)
    if places != list(range(places[0], places[0] + len(places))):
        raise RefusedError("places of an axis in another order")
    made = _cut(low, x, at, places[0], len(places))
    sizes = layout.sizes(made.axes)
    return made._replace(axes=layout.reshape(made.axes, (*sizes[:at], *shape, *sizes[at + 1 :])))


def _flat(value: list[Any]) -> tuple[list[int], list[Any]]:
    """Return the shape of lists in lists, and what they hold."""
    shape: list[int] = []
    inner: Any = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    for _ in shape[1:]:
        value = [item for items in value for item in items]
    return shape, value


def shape_of(low: Lowering, node: Call) -> Given:
    """Give the shape of a value, or a part of it, as a constant."""
    found = low.get(0)
    if isinstance(found, (Constant, Unit)):
        raise RefusedError("the shape of what is not a map")
    return Constant(list(found.sizes)[slice(node.attrs.get("start", 0), node.attrs.get("end"))])


def index(low: Lowering, node: Call) -> Given:
    """Look up places of a held table by constant indices."""
    found = low.get(0)
    if not isinstance(found, (Weight, Derived)):
        raise RefusedError("places of a computed map by index")
    return found._replace(sizes=tuple(node.shapes[0] or ()) if node.shapes else ())


def looked_up(low: Lowering, node: Call) -> Given:
    """Look up places of a held table by constant indices; an embedding of what is computed is refused."""
    if isinstance(low.get(1), Value):
        raise RefusedError(EMBEDDED)
    return index(low, node)


def masked(low: Lowering, node: Call) -> Given:
    """Give a constant that is made next to a computed map."""
    return Constant(None)


def expand(low: Lowering, node: Call) -> Given:
    """Leave a broadcast to the operator that reads it."""
    return low.get(0)


def concat(low: Lowering, node: Call) -> Given:
    """Lower a concatenation of channels."""
    found = [low.get(index) for index in range(len(node.inputs))]
    if isinstance(found[0], Weight) and isinstance(found[-1], Value):
        return _with_tokens(low, node, found)
    if any(_is_constant(low, item) for item in found):
        return _with_constants(low, node, found)
    if isinstance(found[0], Strided):
        return gathered(low, found, layout.at(node.attrs["axis"], len(found[0].axes)))
    values = [low.value(index) for index in range(len(node.inputs))]
    if len(values) == 1:
        return values[0]
    at = layout.at(node.attrs["axis"], len(values[0].axes))
    if all(not value.axes[at] for value in values) and all(low.shape(value).c > 1 for value in values):
        return _stacked(low, [value._replace(axes=value.axes[:at] + value.axes[at + 1 :]) for value in values], at)
    if any(not layout.is_whole(v.axes[at], low.shape(v), "c") for v in values):
        values = [low.map(v) for v in values]
    others = {v.axes[:at] + v.axes[at + 1 :] for v in values}
    if len(others) != 1 or not all(layout.is_whole(v.axes[at], low.shape(v), "c") for v in values):
        raise RefusedError("a concatenation of another axis than the channels")
    made = low.emit("concat", {}, values)
    return made._replace(axes=(*values[0].axes[:at], layout.whole("c", low.shape(made)), *values[0].axes[at + 1 :]))


def _is_constant(low: Lowering, found: Any) -> bool:
    """Return whether a value is a constant, or computed from constants alone."""
    buffer = isinstance(found, Weight) and low.param(found.name).buffer
    return buffer or isinstance(found, Constant) or (isinstance(found, Derived) and not found.held)


def _with_constants(low: Lowering, node: Call, found: Sequence[Any]) -> Given:
    """Lower channels that are constants, such as coordinates, as those that a `pad` adds."""
    maps = [name for name, item in zip(node.inputs, found, strict=True) if not _is_constant(low, item)]
    stated = node.shapes[0] if node.shapes else None
    low.node = node._replace(inputs=tuple(maps))
    x = concat(low, low.node) if maps else None
    low.node = node
    at = layout.at(node.attrs["axis"], len(stated or ()))
    if not stated or not isinstance(x, Value) or not layout.is_whole(x.axes[at], low.shape(x), "c"):
        raise RefusedError("a concatenation with constants that are not channels")
    low.note("channels that are constants are written as `pad`")
    made = low.emit("pad", {"c": stated[at]}, [x])
    return made._replace(axes=(*x.axes[:at], layout.whole("c", low.shape(made)), *x.axes[at + 1 :]))


def stack(low: Lowering, node: Call) -> Given:
    """Put maps of one size along an axis of their own."""
    parts = [low.value(index) for index in range(len(node.inputs))]
    return _stacked(low, parts, layout.at(node.attrs["axis"], len(parts[0].axes) + 1))


def _stacked(low: Lowering, parts: Sequence[Value], at: int) -> Stacked:
    """Return maps along an axis of their own."""
    if len({(part.axes, low.shape(part)) for part in parts}) != 1:
        raise RefusedError("maps of several layouts along an axis of their own")
    return Stacked(tuple(parts), at)


def part(low: Lowering, x: Value, at: int, index: int) -> Value:
    """Return one place of an axis, without that axis."""
    made = _cut(low, x, at, index, 1)
    return made._replace(axes=made.axes[:at] + made.axes[at + 1 :])


def _with_tokens(low: Lowering, node: Call, found: Sequence[Any]) -> Given:
    """Lower learnt tokens before those of a map."""
    *learnt, x = found
    at, shape = layout.at(node.attrs["axis"], len(x.axes)), low.shape(x)
    if not all(isinstance(item, Weight) for item in learnt) or not layout.is_whole(x.axes[at], shape, "hw"):
        raise RefusedError("a concatenation of parameters that are not tokens")
    low.size(shape.c, *(item.name for item in learnt))
    size = sum(low.param(item.name).size for item in learnt)
    if size % shape.c:
        raise RefusedError("learnt tokens of other channels")
    made = low.emit("tokens", {"extra": size // shape.c}, [x], [item.name for item in learnt])
    return made._replace(axes=(*x.axes[:at], layout.whole("w", low.shape(made)), *x.axes[at + 1 :]))


def _crop(low: Lowering, x: Value, at: int, start: int, length: int) -> Value:
    """Return `length` places of the height or the width from `start` on, as a row."""
    shape, axis = low.shape(x), x.axes[at]
    side = axis[0][0]
    after = getattr(shape, side) - start - length
    p = (start, after, 0, 0) if side == "h" else (0, 0, start, after)
    made = low.emit("crop", {"p": pads_cell(p)}, [x])
    return made._replace(axes=(*x.axes[:at], layout.whole(side, low.shape(made)), *x.axes[at + 1 :]))


def _cut(low: Lowering, x: Value, at: int, start: int, length: int) -> Value:
    """Return `length` places of an axis from `start` on, as a row."""
    shape, size = low.shape(x), layout.sizes(x.axes)[at]
    if (start, length) == (0, size):
        return x
    axis = x.axes[at]
    if layout.shuffled(axis, shape):
        x = low.map(x)
        axis = x.axes[at]
    if len(axis) == 1 and axis[0][0] in "hw" and axis == layout.whole(axis[0][0], shape):
        return _crop(low, x, at, start, length)
    if len(axis) != 1 or axis[0][0] != "c" or axis[0][1] * axis[0][2] != shape.c:
        raise RefusedError("a part of another axis than the channels")
    _, stride, _ = axis[0]
    cells = {"c": length * stride} | ({"start": start * stride} if start else {})
    made = low.emit("slice", cells, [x])
    cut = layout.merged([("c", stride, length)])
    return made._replace(axes=(*x.axes[:at], cut, *x.axes[at + 1 :]))


def _sliced(low: Lowering) -> Value | Strided:
    """Return what a slice reads: a computed value, or some places of one already."""
    found = low.get(0)
    return found if isinstance(found, Strided) else low.value()


def slice_(low: Lowering, node: Call) -> Given:
    """Lower a part of an axis."""
    a, x = node.attrs, _sliced(low)
    at = layout.at(a["axis"], len(x.axes))
    size = layout.sizes(x.axes)[at]
    start = max(0, layout.at(a["start"], size))
    stop = size if a["stop"] is None else min(size, layout.at(a["stop"], size))
    if a["step"] != 1 and stop == size:
        return every(low, x, at, start, a["step"])
    if a["step"] != 1 or isinstance(x, Strided):
        if (start, stop, a["step"]) == (0, size, 1):
            return x
        raise RefusedError("a slice that skips places")
    return _cut(low, x, at, start, stop - start)


def state(low: Lowering, states: States, index: int) -> Value:
    """Return the last state of one direction of the last layer: its channels at the last place, or the first."""
    made, d = states.made, states.directions
    layer, direction = divmod(layout.at(index, states.layers * d), d)
    if layer != states.layers - 1:
        raise RefusedError("the last state of a layer that is not the last one")
    size = layout.sizes(made.axes)[states.steps]
    x = part(low, made, states.steps, 0 if direction else size - 1)
    c = low.shape(x).c // d
    return _cut(low, x, len(x.axes) - 1, direction * c, c)


def select(low: Lowering, node: Call) -> Given:
    """Lower one place of an axis."""
    found = low.get(0)
    if isinstance(found, States):
        if node.attrs["axis"] not in (0, -len(found.sizes)):
            raise RefusedError("a part of the last states of recurrent layers")
        return state(low, found, node.attrs["index"])
    x = low.value()
    at = layout.at(node.attrs["axis"], len(x.axes))
    return part(low, x, at, layout.at(node.attrs["index"], layout.sizes(x.axes)[at]))


def _parts(attrs: Any, size: int, parts: int) -> list[int]:
    """Return the sizes of the parts that a split gives."""
    if isinstance(attrs.get("size"), (list, tuple)):
        return list(attrs["size"])
    if not attrs.get("size") and not attrs.get("count"):
        return [size // parts] * parts
    step = attrs["size"] if attrs.get("size") else -(-size // attrs["count"])
    return [min(step, size - start) for start in range(0, size, step)]


def split(low: Lowering, node: Call) -> Given:
    """Lower the parts of an axis that are read; of a parameter, its rows."""
    whole = low.get(0)
    if isinstance(whole, Weight):
        return _rows(low, node, whole)
    x = low.value()
    at = layout.at(node.attrs["axis"], len(x.axes))
    found: list[Any] = []
    start = 0
    for name, length in zip(node.outputs, _parts(node.attrs, layout.sizes(x.axes)[at], len(node.outputs)), strict=True):
        found.append(_cut(low, x, at, start, length) if name != NONE else Constant(None))
        start += length
    return found


def _rows(low: Lowering, node: Call, whole: Weight) -> list[Weight]:
    """Return the parts of a parameter along its first axis, each a parameter of its own."""
    param, (size, *rest) = low.param(whole.name), whole.sizes
    if layout.at(node.attrs["axis"], len(whole.sizes)) or whole.sizes != param.shape or not param.trained:
        raise RefusedError("a part of a parameter along another axis than its first")
    found: list[Weight] = []
    start = 0
    for length in _parts(node.attrs, size, len(node.outputs)):
        name = f"{whole.name}, rows {start} to {start + length}"
        same = f"{param.same}, rows {start} to {start + length}" if param.same else ""
        low.sized[name] = Param(f"{param.name}, rows {start} to {start + length}", (length, *rest), same=same)
        low.parted.setdefault(whole.name, []).append(name)
        found.append(Weight(name, (length, *rest)))
        start += length
    return found


def unbind(low: Lowering, node: Call) -> Given:
    """Lower the places of an axis one by one."""
    x = low.value()
    at = layout.at(node.attrs["axis"], len(x.axes))
    return [part(low, x, at, index) if name != NONE else Constant(None) for index, name in enumerate(node.outputs)]


def channel_shuffle(low: Lowering, node: Call) -> Given:
    """Lower a channel shuffle that is an operator of its own."""
    return low.emit("shuffle", {"g": node.attrs["groups"]}, [low.map(low.value())], axes=None)
