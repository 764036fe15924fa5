"""Windows: convolutions, pools, padding that waits for one of them, interpolation."""

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importer import layout
from costcalc.importer.graph import Call
from costcalc.importer.lower import NO_PADS, Lowering, RefusedError, Value, pads_cell, ranked
from costcalc.importer.regroup import in_place, mapped, with_channels
from costcalc.ops.shape import Pads, extent, same_pads

Given = Any


def _size(pair: Sequence[int]) -> Any:
    """Return a pair as a cell has it."""
    return pair[0] if pair[0] == pair[1] else (pair[0], pair[1])


def _plus(a: Pads, b: Pads) -> Pads:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3])


def conv(low: Lowering, node: Call) -> Given:
    """Lower a convolution, of one side as one over maps of one line; padding that waits joins its own."""
    raw, w, b = low.raw(), low.held(1), low.held(2)
    line = len(low.param(w).shape) == 3
    if line:
        raw, node = with_channels(low, raw, 1), node._replace(attrs=_lined(node.attrs))
    x = mapped(low, raw._replace(pads=NO_PADS))
    c_in = low.shape(x).c
    groups = node.attrs["groups"] or c_in
    low.size(c_in // groups if node.attrs["groups"] else c_in, w, b)
    sizes = low.param(w).shape
    if len(sizes) != len(raw.axes) or len(sizes) != 4 - line:
        raise RefusedError(f"a convolution of {len(sizes) - 2} sides over {layout.shown(raw.axes)}")
    k = (1, sizes[2]) if line else sizes[2:]
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
    return ranked(low.emit("dwconv" if depthwise else "conv", cells, [x], [w, b], axes=None), raw)


def _lined(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a window of one side as those of one over a map of one line."""
    found = dict(attrs)
    for name in ("stride", "dilation", "k", "s", "d"):
        if name in attrs:
            found[name] = (1, attrs[name][-1])
    if "extra" in attrs:
        found["extra"] = (0, attrs["extra"][-1])
    if "pads" in attrs:
        found["pads"] = (0, 0, *attrs["pads"][-2:])
    return found


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
    return {} if odd and pads == default else {"p": pads_cell(pads)}


def pool(low: Lowering, node: Call) -> Given:
    """Lower a pool over windows."""
    raw = low.raw()
    a = node.attrs if len(raw.axes) == 4 else _lined(node.attrs)
    pads = _plus(raw.pads, a.get("pads", NO_PADS))
    k, d = tuple(a["k"]), tuple(a.get("d", (1, 1)))
    if len(k) != 2:
        raise RefusedError(f"a pool of {len(k)} sides")
    if a.get("auto") == "lower":
        a = {**a, "auto": "", "pads": _lower(low.shape(raw)[1:], k, a["s"], d)}
        pads = _plus(raw.pads, a["pads"])
    if max(pads[:2]) >= extent(k[0], d[0]) or max(pads[2:]) >= extent(k[1], d[1]):
        raw, pads = low.padded(raw), a.get("pads", NO_PADS)
    x = mapped(low, raw._replace(pads=NO_PADS))
    cells: dict[str, Any] = {"k": _size(k), "s": _size(a["s"])}
    if a.get("auto") == "same":
        cells["p"] = "same"
    elif pads != NO_PADS:
        cells["p"] = pads_cell(pads)
    if d != (1, 1):
        cells["d"] = _size(d)
    if a.get("ceil"):
        cells["ceil"] = True
    return ranked(low.emit(node.op, cells, [x], axes=None), raw)


def adaptive(low: Lowering, node: Call) -> Given:
    """Lower an adaptive pool: over the whole map, or with `to`."""
    x, kind = low.value(), node.attrs["kind"]
    to = tuple(node.attrs["to"]) if len(x.axes) == 4 else (1, node.attrs["to"][-1])
    if (
        to == (1, 1)
        and len(x.axes) > 2
        and layout.covers([atom for axis in x.axes[2:] for atom in axis], low.shape(x), "hw")
    ):
        made = low.emit("gap" if kind == "avgpool" else "gmp", {}, [x])
        return made._replace(axes=(*x.axes[:2], *(() for _ in x.axes[2:])))
    return ranked(low.emit(kind, {"to": _size(to)}, [mapped(low, x)], axes=None), x)


def pad(low: Lowering, node: Call) -> Given:
    """Let padding of height and width wait for the window that takes it."""
    given, pads = low.raw(), list(node.attrs["pads"])
    if not any(pads):
        return given
    if len(given.axes) == 4:
        given = in_place(low, given)
    x = low.boxed(given)
    if x is not given:
        pads[2:2] = (0, 0)
    if x.axes != low.canonical(low.shape(x)) and not layout.shuffled(x.axes[1], low.shape(x)):
        return _pad_sides(low, low.value(), pads)
    if any(pads[4:]):
        return ranked(_more_channels(low, pads), given)
    left, right, top, bottom = (*pads, 0, 0, 0, 0)[:4]
    four = (top, bottom, left, right)
    x = mapped(low, x)
    if min(four) < 0:
        x = mapped(low, low.padded(x)) if x.pads != NO_PADS else x  # what waits comes before what is cut off
        cut = tuple(max(0, -side) for side in four)
        x = low.emit("crop", {"p": pads_cell(cut)}, [x], axes=None)
    return ranked(x._replace(pads=_plus(x.pads, tuple(max(0, side) for side in four))), given)


def _pad_sides(low: Lowering, x: Value, pads: Sequence[int]) -> Value:
    """Lower padding of a map whose axes are in another order, as a row of its own."""
    shape, given = low.shape(x), {"h": (0, 0), "w": (0, 0)}
    changed = [index for index in range(len(pads) // 2) if any(pads[2 * index : 2 * index + 2])]
    for index in changed:
        axis = x.axes[-1 - index]
        side = axis[0][0] if axis else ""
        if side not in given or axis != layout.whole(side, shape):
            raise RefusedError(f"padding of a map laid out as {layout.shown(x.axes)}")
        given[side] = (pads[2 * index], pads[2 * index + 1])
    made = low.emit("pad", {"p": pads_cell((*given["h"], *given["w"]))}, [x])
    axes = [layout.whole(axis[0][0], low.shape(made)) if axis and axis[0][0] in given else axis for axis in x.axes]
    return made._replace(axes=tuple(axes))


def _more_channels(low: Lowering, pads: Sequence[int]) -> Value:
    """Lower padding of the channels alone, behind the last one."""
    before, after = pads[4:6]
    if before or any(pads[:4]) or any(pads[6:]):
        raise RefusedError("padding before the channels, or of several sides")
    x = mapped(low, low.value())
    return low.emit("pad", {"c": low.shape(x).c + after}, [x], axes=None)


def resize(low: Lowering, node: Call) -> Given:
    """Lower interpolation: by whole factors, or to a size."""
    given, a = low.value(), node.attrs
    x = mapped(low, given)
    shape = low.shape(x)
    if "linear" not in a["mode"] and "nearest" not in a["mode"]:
        raise RefusedError(f"interpolation of mode {a['mode']}")
    sides = len(given.axes) - 2
    scale = [1.0, *(float(side) for side in (a["scale"] or ())[-sides:])][-2:]
    to = [shape.h, *(a["size"] or ())[-sides:]][-2:]
    if not a["size"]:
        to = [int(side * by) for side, by in zip(shape[1:], scale, strict=True)]
    mode = {} if "nearest" in a["mode"] else {"mode": "bilinear"}
    whole = not (to[0] % shape.h or to[1] % shape.w)
    size = {"by": _size((to[0] // shape.h, to[1] // shape.w))} if whole else {"to": (to[0], to[1])}
    return ranked(low.emit("upsample", size | mode, [x], axes=None), given)


def conv_transpose(low: Lowering, node: Call) -> Given:
    """Lower a transposed convolution."""
    given, a = low.value(), node.attrs
    x, w, b = mapped(low, given), low.held(1), low.held(2)
    low.size(low.shape(x).c, w)
    sizes = low.param(w).shape
    if len(sizes) == 3:
        sizes, a = (*sizes[:2], 1, sizes[2]), _lined(a)
    if len(sizes) != 4 or len(given.axes) != len(low.param(w).shape) or a.get("auto") or a.get("shape"):
        raise RefusedError("a transposed convolution without its padding, or of other than one or two sides")
    cells: dict[str, Any] = {"k": _size(sizes[2:]), "c": sizes[1] * a["groups"], "s": _size(a["stride"])}
    cells |= {"p": pads_cell(a["pads"]), "extra": _size(a["extra"])}
    if tuple(a["dilation"]) != (1, 1):
        cells["d"] = _size(a["dilation"])
    if a["groups"] > 1:
        cells["g"] = a["groups"]
    return ranked(low.emit("tconv", cells | ({"bias": True} if b else {}), [x], [w, b], axes=None), given)
