"""What each neutral operator is as rows: one function each, in one table."""

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from costcalc.importer import layout
from costcalc.importer.graph import NONE, Call
from costcalc.importer.layout import Axes
from costcalc.importer.lower import NO_PADS, Constant, Lowering, RefusedError, Scores, Value, Weight, _pads_cell
from costcalc.importer.products import attention, matmul, plus, reshaped
from costcalc.ops.shape import Pads, extent, same_pads

Given = Any
Rule = Callable[[Lowering, Call], Given]


def _size(pair: Sequence[int]) -> Any:
    """Return a pair as a cell has it."""
    return pair[0] if pair[0] == pair[1] else (pair[0], pair[1])


def _plus(a: Pads, b: Pads) -> Pads:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3])


def _axis(index: int, rank: int) -> int:
    return index + rank if index < 0 else index


# windows


def conv(low: Lowering, node: Call) -> Given:
    """Lower a convolution; padding that waits joins its own."""
    raw = low.raw()
    x = low.map(raw._replace(pads=NO_PADS))
    w, b = low.held(1), low.held(2)
    c_in = low.shape(x).c
    groups = node.attrs["groups"] or c_in
    low.size(c_in // groups if node.attrs["groups"] else c_in, w, b)
    sizes = low.param(w).shape
    if len(sizes) != 4:
        raise RefusedError(f"a convolution of {len(sizes) - 2} sides")
    k = sizes[2:]
    s, d = node.attrs["stride"], node.attrs["dilation"]
    cells: dict[str, Any] = {"k": _size(k)}
    depthwise = groups == c_in > 1
    if not depthwise or sizes[0] != c_in:
        cells["c"] = sizes[0]
    if tuple(s) != (1, 1):
        cells["s"] = _size(s)
    if tuple(d) != (1, 1):
        cells["d"] = _size(d)
    if not depthwise and groups > 1:
        cells["g"] = groups
    if node.attrs.get("auto") == "lower":
        node = node._replace(attrs={**node.attrs, "auto": "", "pads": _lower(low.shape(x)[1:], k, s, d)})
    cells |= _conv_pads(node, raw.pads, k, d, s)
    if b:
        cells["bias"] = True
    return low.emit("dwconv" if depthwise else "conv", cells, [x], [w, b], axes=None)


def _lower(sizes: Sequence[int], k: Sequence[int], s: Sequence[int], d: Sequence[int]) -> Pads:
    """Return `same` padding with the odd pixel before, as ONNX's SAME_LOWER has it."""
    (top, bottom), (left, right) = (same_pads(*side) for side in zip(sizes, k, s, d, strict=True))
    return bottom, top, right, left


def _conv_pads(node: Call, waiting: Pads, k: Sequence[int], d: Sequence[int], s: Sequence[int]) -> dict[str, Any]:
    """Return the padding cell of a convolution, where it is not what a row has by itself."""
    odd = all(extent(a, b) % 2 for a, b in zip(k, d, strict=True))
    halves = [b * (a - 1) // 2 for a, b in zip(k, d, strict=True)]
    default = (halves[0], halves[0], halves[1], halves[1])
    if node.attrs.get("auto") == "same":
        if waiting != NO_PADS:
            raise RefusedError("padding of its own and `same`")
        return {} if odd and tuple(s) == (1, 1) else {"p": "same"}
    pads = _plus(waiting, node.attrs["pads"])
    return {} if odd and pads == default else {"p": _pads_cell(pads)}


def pool(low: Lowering, node: Call) -> Given:
    """Lower a pool over windows."""
    raw, a = low.raw(), node.attrs
    pads = _plus(raw.pads, a.get("pads", NO_PADS))
    k, d = tuple(a["k"]), tuple(a.get("d", (1, 1)))
    if len(k) != 2:
        raise RefusedError(f"a pool of {len(k)} sides")
    if a.get("auto") == "lower":
        a = {**a, "auto": "", "pads": _lower(low.shape(raw)[1:], k, a["s"], d)}
        pads = _plus(raw.pads, a["pads"])
    if max(pads[:2]) >= extent(k[0], d[0]) or max(pads[2:]) >= extent(k[1], d[1]):
        raw, pads = low.padded(raw), a.get("pads", NO_PADS)
    x = low.map(raw._replace(pads=NO_PADS))
    cells: dict[str, Any] = {"k": _size(k), "s": _size(a["s"])}
    if a.get("auto") == "same":
        cells["p"] = "same"
    elif pads != NO_PADS:
        cells["p"] = _pads_cell(pads)
    if d != (1, 1):
        cells["d"] = _size(d)
    if a.get("ceil"):
        cells["ceil"] = True
    return low.emit(node.op, cells, [x], axes=None)


def adaptive(low: Lowering, node: Call) -> Given:
    """Lower an adaptive pool: over the whole map, or with `to`."""
    x = low.map(low.value())
    to, kind = tuple(node.attrs["to"]), node.attrs["kind"]
    if to == (1, 1):
        return low.emit("gap" if kind == "avgpool" else "gmp", {}, [x], axes=None)
    return low.emit(kind, {"to": _size(to)}, [x], axes=None)


def reduced(low: Lowering, node: Call) -> Given:
    """Lower a mean or maximum over axes: over the whole map it is a global pool."""
    x = low.value()
    rank, shape = len(x.axes), low.shape(x)
    given = node.attrs["axes"]
    chosen = {_axis(index, rank) for index in (range(rank) if given is None else given)}
    atoms = [atom for index in chosen for atom in x.axes[index]]
    if not layout.covers(atoms, shape, "hw") or (not atoms and rank < 3):
        raise RefusedError("a mean, sum or maximum that is not over the whole height and width")
    out = low.emit("gmp" if node.op == "amax" else "gap", {}, [x], axes=x.axes)
    axes: list[Any] = [() if index in chosen else axis for index, axis in enumerate(x.axes)]
    if not node.attrs["keep"]:
        axes = [axis for index, axis in enumerate(axes) if index not in chosen]
    if node.op == "sum":
        low.note("a sum over the map is written as `gap`")
    return out._replace(axes=tuple(axes))


def pad(low: Lowering, node: Call) -> Given:
    """Let padding of height and width wait for the window that takes it."""
    x, pads = low.raw(), node.attrs["pads"]
    if not any(pads):
        return x
    if any(pads[4:]):
        return _more_channels(low, pads)
    left, right, top, bottom = (*pads, 0, 0, 0, 0)[:4]
    four = (top, bottom, left, right)
    x = low.map(x)
    if min(four) < 0:
        x = low.padded(x) if x.pads != NO_PADS else x  # what waits comes before what is cut off
        cut = tuple(max(0, -side) for side in four)
        x = low.emit("crop", {"p": _pads_cell(cut)}, [x], axes=None)
    return x._replace(pads=_plus(x.pads, tuple(max(0, side) for side in four)))


def _more_channels(low: Lowering, pads: Sequence[int]) -> Value:
    """Lower padding of the channels alone, behind the last one."""
    before, after = pads[4:6]
    if before or any(pads[:4]) or any(pads[6:]):
        raise RefusedError("padding before the channels, or of several sides")
    x = low.map(low.value())
    return low.emit("pad", {"c": low.shape(x).c + after}, [x], axes=None)


def resize(low: Lowering, node: Call) -> Given:
    """Lower interpolation: by whole factors, or to a size."""
    x = low.map(low.value())
    shape, a = low.shape(x), node.attrs
    if "linear" not in a["mode"] and "nearest" not in a["mode"]:
        raise RefusedError(f"interpolation of mode {a['mode']}")
    scale = [float(side) for side in (a["scale"] or ())][-2:]
    to = list(a["size"] or ())[-2:] or [int(side * by) for side, by in zip(shape[1:], scale, strict=True)]
    mode = {} if "nearest" in a["mode"] else {"mode": "bilinear"}
    whole = not (to[0] % shape.h or to[1] % shape.w)
    size = {"by": _size((to[0] // shape.h, to[1] // shape.w))} if whole else {"to": (to[0], to[1])}
    return low.emit("upsample", size | mode, [x], axes=None)


def conv_transpose(low: Lowering, node: Call) -> Given:
    """Lower a transposed convolution."""
    x, a = low.map(low.value()), node.attrs
    w, b = low.held(1), low.held(2)
    sizes = low.param(w).shape
    if len(sizes) != 4 or a.get("auto") or a.get("shape"):
        raise RefusedError("a transposed convolution without its padding, or of other than two sides")
    cells: dict[str, Any] = {"k": _size(sizes[2:]), "c": sizes[1] * a["groups"], "s": _size(a["stride"])}
    cells |= {"p": _pads_cell(a["pads"]), "extra": _size(a["extra"])}
    if tuple(a["dilation"]) != (1, 1):
        cells["d"] = _size(a["dilation"])
    if a["groups"] > 1:
        cells["g"] = a["groups"]
    return low.emit("tconv", cells | ({"bias": True} if b else {}), [x], [w, b], axes=None)


def instance_norm(low: Lowering, node: Call) -> Given:
    """Lower an instance norm of the channels."""
    x = low.map(low.value())
    return low.emit("instance", _affine(low), [x], [low.held(1), low.held(2)], axes=None)


def _affine(low: Lowering) -> dict[str, Any]:
    """Return the cells of a norm that lacks gamma or beta."""
    return ({} if low.held(1) else {"gamma": False}) | ({} if low.held(2) else {"beta": False})


# products


def linear(low: Lowering, node: Call) -> Given:
    """Lower a product with a held matrix: over a flattened map, or at every place."""
    x = low.value()
    shape, w, b = low.shape(x), low.held(1), low.held(2)
    low.size(layout.sizes(x.axes)[-1], w)
    sizes = low.param(w).shape
    out = sizes[1] if node.attrs.get("turned") else sizes[0]
    last = x.axes[-1]
    if layout.covers(last, shape, "chw"):
        cells: dict[str, Any] = {"c": out} if b else {"c": out, "bias": False}
        made = low.emit("fc", cells, [x], [w, b], axes=x.axes)
        return made._replace(axes=(*x.axes[:-1], layout.whole("c", low.shape(made))))
    if layout.is_whole(last, shape, "c"):
        cells = {"c": out} if b else {"c": out, "bias": False}
        made = low.emit("linear", cells, [x], [w, b], axes=x.axes)
        return made._replace(axes=(*x.axes[:-1], layout.whole("c", low.shape(made))))
    raise RefusedError(f"a product over the last axis of {layout.sizes(x.axes)}, which is not the channels")


# norms and activations


def batch_norm(low: Lowering, node: Call) -> Given:
    """Lower a batch norm of the channels."""
    x = low.value()
    if len(x.axes) < 2 or not layout.covers(x.axes[1], low.shape(x), "c"):
        raise RefusedError("a batch norm of another axis than the channels")
    g, b = low.held(1), low.held(2)
    low.size(low.shape(x).c, g, b)
    cells = {} if g else {"gamma": False}
    return low.emit("bn", cells | ({} if b else {"beta": False}), [x], [g, b])


def layer_norm(low: Lowering, node: Call) -> Given:
    """Lower a layer norm of the channels at each place."""
    x = low.value()
    axes = (
        node.attrs.get("axes", 1) if "axis" not in node.attrs else -_axis(node.attrs["axis"], len(x.axes)) + len(x.axes)
    )
    if axes != 1 or not layout.covers(x.axes[-1], low.shape(x), "c"):
        raise RefusedError("a layer norm of another axis than the channels")
    g, b = low.held(1), low.held(2)
    low.size(low.shape(x).c, g, b)
    cells = {} if g else {"gamma": False}
    return low.emit("ln", cells | ({} if b else {"beta": False}), [x], [g, b])


def group_norm(low: Lowering, node: Call) -> Given:
    """Lower a group norm of the channels."""
    x = low.map(low.value())
    low.size(low.shape(x).c, low.held(1), low.held(2))
    return low.emit("gn", {"groups": node.attrs["groups"], **_affine(low)}, [x], [low.held(1), low.held(2)], axes=None)


def act(low: Lowering, node: Call) -> Given:
    """Lower an activation."""
    return low.emit(node.attrs["name"], {}, [low.value()])


def prelu(low: Lowering, node: Call) -> Given:
    """Lower a PReLU with a slope for each channel, or with one."""
    x, slope = low.value(), low.held(1)
    low.size(low.shape(x).c, slope)
    one = low.param(slope).size == 1 != low.shape(x).c
    return low.emit("prelu", {"slopes": 1} if one else {}, [x], [slope])


def softmax(low: Lowering, node: Call) -> Given:
    """Lower a softmax over the channels; that of scores belongs to their attention."""
    found = low.get(0)
    if isinstance(found, Scores):
        return found
    x = low.value()
    if not layout.covers(x.axes[_axis(node.attrs["axis"], len(x.axes))], low.shape(x), "c"):
        raise RefusedError("a softmax over another axis than the channels")
    return low.emit("softmax", {}, [x])


# arithmetic


def _broadcast(a: Value, b: Value) -> tuple[Axes, Axes]:
    """Return two layouts of one rank."""
    rank = max(len(a.axes), len(b.axes))
    left, right = (((),) * (rank - len(v.axes)) + v.axes for v in (a, b))
    return left, right


def merge(low: Lowering, node: Call) -> Given:
    """Lower a sum or a product of two computed maps, or of a map and a parameter."""
    a, b = low.get(0), low.get(1)
    for scores, other in ((a, b), (b, a)):
        if node.op == "add" and isinstance(scores, Scores):
            return plus(low, scores, other)
    if isinstance(a, Weight) or isinstance(b, Weight):
        return _learnt(low, node, a, b)
    if isinstance(a, Constant) or isinstance(b, Constant):
        low.note(f"{node.op} with a constant")
        return a if isinstance(b, Constant) else b
    x, y = low.value(0), low.value(1)
    left, right = _broadcast(x, y)
    if left != right and layout.sizes(left) == layout.sizes(right):
        x, y = low.map(x), low.map(y)
        left, right = _broadcast(x, y)
    if any(p != q and p and q for p, q in zip(left, right, strict=True)):
        raise RefusedError("two maps whose axes do not meet")
    big = x if low.shape(x).size >= low.shape(y).size else y
    if node.op == "sub":
        low.note("a difference is written as `add`")
    made = low.emit("mul" if node.op == "mul" else "add", {}, [big, y if big is x else x])
    return made._replace(axes=tuple(p or q for p, q in zip(left, right, strict=True)))


def divided(low: Lowering, node: Call) -> Given:
    """Leave out a division by a constant, and say so."""
    found, by = low.get(0), low.get(1)
    if not isinstance(by, Constant) or not isinstance(found, (Value, Scores)):
        raise RefusedError("a quotient of two maps")
    low.note("div with a constant")
    return found


def _learnt(low: Lowering, node: Call, a: Any, b: Any) -> Given:
    """Lower a learnt factor or summand."""
    x, held = (low.value(0), b) if isinstance(a, Value) else (low.value(1), a)
    if isinstance(x, Weight) or not isinstance(held, Weight):
        raise RefusedError("arithmetic of parameters alone")
    low.size(low.shape(x).c, held.name)
    size, shape = low.param(held.name).size, low.shape(x)
    by = "channel" if size == shape.c else "element" if size == shape.size else ""
    if not by:
        raise RefusedError(f"a learnt tensor of {size:,} elements on a map of {shape}")
    return low.emit("scale" if node.op == "mul" else "offset", {} if by == "channel" else {"per": by}, [x], [held.name])


def scalar(low: Lowering, node: Call) -> Given:
    """Leave out arithmetic with one number, and say so."""
    found = low.get(0)
    if not isinstance(found, (Value, Scores)):
        raise RefusedError("arithmetic with a parameter and a number")
    low.note(f"{node.attrs['kind']} with a number")
    return found


# moves


def same(low: Lowering, node: Call) -> Given:
    """Give what is read."""
    return low.get(0)


def _moved(found: Any, axes: Callable[[Axes], Axes], sizes: Callable[[Sequence[int]], Any]) -> Given:
    """Return a computed value or a parameter in another layout."""
    if isinstance(found, Scores):
        return reshaped(found, sizes(found.sizes))
    if isinstance(found, Value):
        if found.pads != NO_PADS:
            raise RefusedError("padding that no window takes")
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
    found = low.get(0)
    return _moved(found, lambda axes: layout.reshape(axes, target(layout.sizes(axes))), target)


def reshape(low: Lowering, node: Call) -> Given:
    """Look at the elements in another shape."""
    found = _reshaped(low, lambda sizes: _resolved(node.attrs["shape"], sizes))
    if isinstance(found, Value) and len(found.axes) == 4 and layout.shuffled(found.axes[1], low.shape(found)):
        return low.map(found)
    return found


def flatten(low: Lowering, node: Call) -> Given:
    """Put axes together."""

    def target(sizes: Sequence[int]) -> list[int]:
        first, last = _axis(node.attrs["first"], len(sizes)), _axis(node.attrs["last"], len(sizes))
        return [*sizes[:first], prod(sizes[first : last + 1]), *sizes[last + 1 :]]

    return _reshaped(low, target)


def unflatten(low: Lowering, node: Call) -> Given:
    """Split an axis."""

    def target(sizes: Sequence[int]) -> list[int]:
        at = _axis(node.attrs["axis"], len(sizes))
        return [*sizes[:at], *_resolved(node.attrs["shape"], [sizes[at]]), *sizes[at + 1 :]]

    return _reshaped(low, target)


def squeeze(low: Lowering, node: Call) -> Given:
    """Drop axes of 1."""

    def target(sizes: Sequence[int]) -> list[int]:
        chosen = node.attrs["axes"]
        at = range(len(sizes)) if chosen is None else [_axis(index, len(sizes)) for index in chosen]
        return [size for index, size in enumerate(sizes) if index not in at or size != 1]

    return _reshaped(low, target)


def unsqueeze(low: Lowering, node: Call) -> Given:
    """Add axes of 1."""

    def target(sizes: Sequence[int]) -> list[int]:
        shape = list(sizes)
        rank = len(shape) + len(node.attrs["axes"])
        for index in sorted(_axis(index, rank) for index in node.attrs["axes"]):
            shape.insert(index, 1)
        return shape

    return _reshaped(low, target)


def permute(low: Lowering, node: Call) -> Given:
    """Change the order of axes."""
    if node.attrs["order"] is None:
        raise RefusedError("axes in the reverse order")
    order = [_axis(index, len(node.attrs["order"])) for index in node.attrs["order"]]
    return _moved(low.get(0), lambda axes: layout.permute(axes, order), lambda sizes: [sizes[index] for index in order])


def swap(low: Lowering, node: Call) -> Given:
    """Let two axes change places."""

    def turned(items: Any) -> Any:
        order = list(range(len(items)))
        i, j = _axis(node.attrs["i"], len(items)), _axis(node.attrs["j"], len(items))
        order[i], order[j] = order[j], order[i]
        return tuple(items[index] for index in order)

    return _moved(low.get(0), turned, turned)


def flatten_onnx(low: Lowering, node: Call) -> Given:
    """Put axes together into two."""

    def target(sizes: Sequence[int]) -> list[int]:
        at = _axis(node.attrs["axis"], len(sizes))
        return [prod(sizes[:at]), prod(sizes[at:])]

    return _reshaped(low, target)


def pad_onnx(low: Lowering, node: Call) -> Given:
    """Let padding wait whose sides stand as first ends, then last ones."""
    pads = node.attrs["pads"]
    half = len(pads) // 2
    turned = [side for index in range(half - 1, -1, -1) for side in (pads[index], pads[half + index])]
    return pad(low, node._replace(attrs={**node.attrs, "pads": turned}))


def slices(low: Lowering, node: Call) -> Given:
    """Lower a part of one or several axes."""
    a, x = node.attrs, low.value()
    starts, stops = a["start"], a["stop"]
    chosen = range(len(starts)) if a["axes"] is None else a["axes"]
    steps = a["step"] or [1] * len(starts)
    for start, stop, index, step in zip(starts, stops, chosen, steps, strict=True):
        at = _axis(index, len(x.axes))
        size = layout.sizes(x.axes)[at]
        first, last = max(0, _axis(start, size)), min(size, _axis(stop, size))
        if step != 1:
            raise RefusedError("a slice that skips places")
        x = _cut(low, x, at, first, last - first)
    return x


def gather(low: Lowering, node: Call) -> Given:
    """Lower one place of an axis by a constant index, or places in a row."""
    index, x = node.attrs["index"], low.value()
    at = _axis(node.attrs["axis"], len(x.axes))
    if isinstance(index, list):
        if index != list(range(index[0], index[0] + len(index))):
            raise RefusedError("places of an axis in another order")
        return _cut(low, x, at, index[0], len(index))
    made = _cut(low, x, at, _axis(index, layout.sizes(x.axes)[at]), 1)
    return made._replace(axes=made.axes[:at] + made.axes[at + 1 :])


def shape_of(low: Lowering, node: Call) -> Given:
    """Give the shape of a value as a constant."""
    return Constant(list(low.value().sizes))


def index(low: Lowering, node: Call) -> Given:
    """Look up places of a held table by constant indices."""
    found = low.get(0)
    if not isinstance(found, Weight):
        raise RefusedError("places of a computed map by index")
    return found._replace(sizes=tuple(node.shapes[0] or ()) if node.shapes else ())


def masked(low: Lowering, node: Call) -> Given:
    """Give a constant that is made beside a computed map."""
    return Constant(None)


def channels_last(low: Lowering, node: Call) -> Given:
    """Lower an operator that sees the channels of a map last, and give its output with the channels first."""
    x, rank = low.value(), len(low.value().axes)
    first = node.inputs[0]
    low.values["channels last"] = x if rank != 4 else x._replace(axes=layout.permute(x.axes, (0, 2, 3, 1)))
    inner = node._replace(op=node.attrs["inner"], attrs=node.attrs["attrs"], inputs=("channels last", *node.inputs[1:]))
    low.node = inner
    made = RULES[inner.op](low, inner)
    low.node = node._replace(inputs=(first, *node.inputs[1:]))
    return made if len(made.axes) != 4 else made._replace(axes=layout.permute(made.axes, (0, 3, 1, 2)))


def expand(low: Lowering, node: Call) -> Given:
    """Leave a broadcast to the operator that reads it."""
    return low.get(0)


def concat(low: Lowering, node: Call) -> Given:
    """Lower a concatenation of channels."""
    found = [low.get(index) for index in range(len(node.inputs))]
    if isinstance(found[0], Weight) and isinstance(found[-1], Value):
        return _with_tokens(low, node, found)
    values = [low.value(index) for index in range(len(node.inputs))]
    if len(values) == 1:
        return values[0]
    at = _axis(node.attrs["axis"], len(values[0].axes))
    if any(not layout.is_whole(v.axes[at], low.shape(v), "c") for v in values):
        values = [low.map(v) for v in values]
    others = {v.axes[:at] + v.axes[at + 1 :] for v in values}
    if len(others) != 1 or not all(layout.is_whole(v.axes[at], low.shape(v), "c") for v in values):
        raise RefusedError("a concatenation of another axis than the channels")
    made = low.emit("concat", {}, values)
    return made._replace(axes=(*values[0].axes[:at], layout.whole("c", low.shape(made)), *values[0].axes[at + 1 :]))


def _with_tokens(low: Lowering, node: Call, found: Sequence[Any]) -> Given:
    """Lower learnt tokens before those of a map."""
    *learnt, x = found
    at, shape = _axis(node.attrs["axis"], len(x.axes)), low.shape(x)
    if not all(isinstance(item, Weight) for item in learnt) or not layout.is_whole(x.axes[at], shape, "hw"):
        raise RefusedError("a concatenation of parameters that are not tokens")
    size = sum(prod(item.sizes) for item in learnt)
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
    made = low.emit("crop", {"p": _pads_cell(p)}, [x])
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


def slice_(low: Lowering, node: Call) -> Given:
    """Lower a part of an axis."""
    a, x = node.attrs, low.value()
    at = _axis(a["axis"], len(x.axes))
    size = layout.sizes(x.axes)[at]
    start = max(0, _axis(a["start"], size))
    stop = size if a["stop"] is None else min(size, _axis(a["stop"], size))
    if a["step"] != 1:
        raise RefusedError("a slice that skips places")
    return _cut(low, x, at, start, stop - start)


def select(low: Lowering, node: Call) -> Given:
    """Lower one place of an axis."""
    x = low.value()
    at = _axis(node.attrs["axis"], len(x.axes))
    index = _axis(node.attrs["index"], layout.sizes(x.axes)[at])
    made = _cut(low, x, at, index, 1)
    return made._replace(axes=made.axes[:at] + made.axes[at + 1 :])


def _parts(attrs: Any, size: int, parts: int) -> list[int]:
    """Return the sizes of the parts that a split gives."""
    if isinstance(attrs.get("size"), (list, tuple)):
        return list(attrs["size"])
    if not attrs.get("size") and not attrs.get("count"):
        return [size // parts] * parts
    step = attrs["size"] if attrs.get("size") else -(-size // attrs["count"])
    return [min(step, size - start) for start in range(0, size, step)]


def split(low: Lowering, node: Call) -> Given:
    """Lower the parts of an axis that are read."""
    x = low.value()
    at = _axis(node.attrs["axis"], len(x.axes))
    found: list[Any] = []
    start = 0
    for name, length in zip(node.outputs, _parts(node.attrs, layout.sizes(x.axes)[at], len(node.outputs)), strict=True):
        found.append(_cut(low, x, at, start, length) if name != NONE else Constant(None))
        start += length
    return found


def unbind(low: Lowering, node: Call) -> Given:
    """Lower the places of an axis one by one."""
    x = low.value()
    at = _axis(node.attrs["axis"], len(x.axes))
    found: list[Any] = []
    for index, name in enumerate(node.outputs):
        made = _cut(low, x, at, index, 1) if name != NONE else x
        found.append(made._replace(axes=made.axes[:at] + made.axes[at + 1 :]))
    return found


def channel_shuffle(low: Lowering, node: Call) -> Given:
    """Lower a channel shuffle that is an operator of its own."""
    return low.emit("shuffle", {"g": node.attrs["groups"]}, [low.map(low.value())], axes=None)


RULES: dict[str, Rule] = {
    "conv": conv,
    "maxpool": pool,
    "avgpool": pool,
    "adaptive": adaptive,
    "mean": reduced,
    "amax": reduced,
    "sum": reduced,
    "pad": pad,
    "linear": linear,
    "matmul": matmul,
    "attention": attention,
    "resize": resize,
    "conv_transpose": conv_transpose,
    "instance_norm": instance_norm,
    "roll": same,
    "index": index,
    "masked": masked,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "act": act,
    "prelu": prelu,
    "softmax": softmax,
    "add": merge,
    "sub": merge,
    "div": divided,
    "mul": merge,
    "scalar": scalar,
    "same": same,
    "reshape": reshape,
    "flatten": flatten,
    "unflatten": unflatten,
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "permute": permute,
    "swap": swap,
    "expand": expand,
    "channels_last": channels_last,
    "flatten_onnx": flatten_onnx,
    "pad_onnx": pad_onnx,
    "slices": slices,
    "gather": gather,
    "shape": shape_of,
    "concat": concat,
    "slice": slice_,
    "select": select,
    "split": split,
    "unbind": unbind,
    "channel_shuffle": channel_shuffle,
}
