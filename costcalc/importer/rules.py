"""What each neutral operator is as rows: a function each, in one table; norms, activations and arithmetic are here."""

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

from costcalc.importer import layout, moves, windows
from costcalc.importer.graph import NONE, Call
from costcalc.importer.layout import Axes
from costcalc.importer.lower import (
    NORMED,
    Constant,
    Derived,
    Lowering,
    Normed,
    RefusedError,
    Scores,
    Stacked,
    States,
    Unit,
    Value,
    Weight,
)
from costcalc.importer.products import attention, einsum, matmul, plus, scaled
from costcalc.importer.regroup import in_place, mapped, met, with_channels

Given = Any
Rule = Callable[[Lowering, Call], Given]


# products


def linear(low: Lowering, node: Call) -> Given:
    """Lower a product with a held matrix: over a flattened map, or at every place."""
    x = low.queries()
    shape, w, b = low.shape(x), low.held(1), low.held(2)
    low.size(layout.sizes(x.axes)[-1], w)
    sizes = low.param(w).shape
    out = sizes[1] if node.attrs.get("turned") else sizes[0]
    if layout.covers(x.axes[-1], shape, "chw"):
        cells: dict[str, Any] = {"c": out} if b else {"c": out, "bias": False}
        made = low.emit("fc", cells, [x], [w, b], axes=x.axes)
        return made._replace(axes=(*x.axes[:-1], layout.whole("c", low.shape(made))))
    x = with_channels(low, x, len(x.axes) - 1)
    cells = {"c": out} if b else {"c": out, "bias": False}
    made = low.emit("linear", cells, [x], [w, b], axes=x.axes)
    return made._replace(axes=(*x.axes[:-1], layout.whole("c", low.shape(made))))


def normed(rule: Rule) -> Rule:
    """Return the rule of a layer whose weights may be normed: the layer, then a learnt factor for each channel."""

    def lowered(low: Lowering, node: Call) -> Given:
        w = low.values.get(node.inputs[1])
        if not isinstance(w, Normed):
            return rule(low, node)
        bias, inner = low.held(2), node._replace(inputs=(node.inputs[0], w.v, NONE))
        low.node = inner
        made = rule(low, inner)
        low.node = node
        low.note(NORMED)
        at = next(i for i, axis in enumerate(made.axes) if layout.is_whole(axis, low.shape(made), "c") and i)
        for op, name in (("mul", w.g), ("add", bias)):
            if name:
                made = learnt(low, op, made, Weight(name, (low.shape(made).c, *(1,) * (len(made.axes) - 1 - at))))
        return made

    return lowered


def weight_norm(low: Lowering, node: Call) -> Given:
    """Let weights of a direction and a length for each output channel wait for their layer."""
    v, g = low.held(0), low.held(1)
    return [Normed(v, g, low.param(v).shape), *(Constant(None) for _ in node.outputs[1:])]


def baddbmm(low: Lowering, node: Call) -> Given:
    """Lower queries times keys, with a mask or a table that is added."""
    made = matmul(low, node)
    if not isinstance(made, Scores):
        raise RefusedError("a product with something added that is not of queries and keys")
    return plus(low, made, low.get(2))


def reduced(low: Lowering, node: Call) -> Given:
    """Lower a mean, sum or maximum over axes: over the whole map it is a global pool."""
    given, first = node.attrs["axes"], low.get(0)
    if isinstance(first, Scores):
        return Constant(None)  # the largest score, which a softmax by hand takes off
    if isinstance(first, Stacked) and node.op in ("sum", "mean") and list(given or ()) == [first.at]:
        if node.op == "mean":
            low.note("div with a number")
        return reduce(lambda x, y: joined(low, "add", x, y), first.parts)
    x = low.value()
    rank = len(x.axes)
    chosen = {layout.at(index, rank) for index in (range(rank) if given is None else given)}
    shape = low.shape(x)
    rest = [
        index for index, axis in enumerate(x.axes) if index not in chosen and {"h", "w"} & {side for side, *_ in axis}
    ]
    if len(chosen) == 1 and shape.c > 1 >= len(rest) and layout.covers(x.axes[min(chosen)], shape, "c"):
        x = with_channels(low, x, rest[0] if rest else x.axes.index(()))  # a mean of the channels of one place, or each
        shape = low.shape(x)
    if len(chosen) == 1 and len(rest) == 2 and layout.covers(x.axes[min(chosen)], shape, "c"):
        return _over_channels(low, node, x, min(chosen))
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


def largest(low: Lowering, node: Call) -> Given:
    """Lower the largest along an axis; where it is may not be read."""
    if low.reads(node.outputs[1:]):
        raise RefusedError("the place of the largest value")
    return [reduced(low, node._replace(op="amax")), *(Constant(None) for _ in node.outputs[1:])]


def _over_channels(low: Lowering, node: Call, x: Value, at: int) -> Value:
    """Lower a mean, sum or maximum over the channels of each place: these as places, pooled, and as a map again."""
    shape = low.shape(x)
    turned = low.emit("transpose", {}, [x], axes=None)
    pooled = low.emit("gmp" if node.op == "amax" else "gap", {}, [turned], axes=None)
    made = low.emit("pixelshuffle", {"by": shape.h if shape.h == shape.w else (shape.h, shape.w)}, [pooled], axes=None)
    if node.op == "sum":
        low.note("a sum over the channels is written as `gap`")
    kept = ((),) if node.attrs["keep"] else ()
    return made._replace(axes=(*x.axes[:at], *kept, *x.axes[at + 1 :]))


# norms and activations


def instance_norm(low: Lowering, node: Call) -> Given:
    """Lower an instance norm of the channels, or of groups of them: what a group norm is written as."""
    x = low.value()
    groups = layout.sizes(x.axes)[1]
    if len(x.axes) == 3 and groups < low.shape(x).c and low.shape(x).c % groups == 0:
        ones, zeros = (_flat(low.graph.constants.get(name)) for name in node.inputs[1:3])
        if set(ones) != {1} or set(zeros) != {0}:
            raise RefusedError("a norm of groups that learns a factor for each")
        return low.emit("gn", {"groups": groups, "gamma": False, "beta": False}, [x])
    x = low.map(x)
    return low.emit("instance", _affine(low), [x], [low.held(1), low.held(2)], axes=None)


def _flat(value: Any) -> list[Any]:
    """Return a constant as a list; an empty one where its numbers are not known."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _affine(low: Lowering, op: str = "") -> dict[str, Any]:
    """Return the cells of a norm that lacks gamma or beta, if its op has them."""
    return ({} if low.held(1) else {"gamma": False}) | ({} if low.held(2) or op == "rms" else {"beta": False})


def batch_norm(low: Lowering, node: Call) -> Given:
    """Lower a batch norm of the channels."""
    x = low.value()
    x = in_place(low, x) if len(x.axes) == 4 else x
    if len(x.axes) < 2 or not layout.covers(x.axes[1], low.shape(x), "c"):
        raise RefusedError("a batch norm of another axis than the channels")
    low.size(low.shape(x).c, low.held(1), low.held(2))
    return low.emit("bn", _affine(low), [x], [low.held(1), low.held(2)])


def layer_norm(low: Lowering, node: Call) -> Given:
    """Lower a layer norm, or a norm by the root mean square, of the channels at each place."""
    x, op = low.value(), node.attrs.get("norm", "ln")
    axes = (
        node.attrs.get("axes", 1)
        if "axis" not in node.attrs
        else -layout.at(node.attrs["axis"], len(x.axes)) + len(x.axes)
    )
    if axes != 1:
        raise RefusedError("a norm of another axis than the channels")
    x = with_channels(low, x, len(x.axes) - 1)
    low.size(low.shape(x).c, low.held(1), low.held(2))
    return low.emit(op, _affine(low, op), [x], [low.held(1), low.held(2)])


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
    at = layout.at(node.attrs["axis"], len(x.axes))
    inside = {side for side, _, _ in x.axes[at]} == {"c"}  # groups of channels: as many elements as of all
    return low.emit("softmax", {}, [x if inside else with_channels(low, x, at)])


# arithmetic


def _broadcast(a: Value, b: Value) -> tuple[Axes, Axes]:
    """Return two layouts of one rank."""
    rank = max(len(a.axes), len(b.axes))
    left, right = (((),) * (rank - len(v.axes)) + v.axes for v in (a, b))
    return left, right


def merge(low: Lowering, node: Call) -> Given:
    """Lower a sum or a product of two computed maps, or of a map and a parameter."""
    a, b = _operand(low, 0), _operand(low, 1)
    if isinstance(a, Scores) and isinstance(b, Constant) and node.op == "sub":
        low.note("sub of the largest score")
        return a
    for scores, other in ((a, b), (b, a)):
        if isinstance(scores, Scores) and node.op in ("add", "mul"):
            return (plus if node.op == "add" else scaled)(low, scores, other)
    for stacked, factors in ((a, b), (b, a)):
        if isinstance(stacked, Stacked) and isinstance(factors, Value) and node.op == "mul":
            return _weighed(low, stacked, factors)
    if isinstance(a, (Weight, Derived)) or isinstance(b, (Weight, Derived)):
        return _learnt(low, node, a, b)
    if isinstance(a, Constant) or isinstance(b, Constant):
        low.note(f"{node.op} with a constant")
        return a if isinstance(b, Constant) else b
    return joined(low, node.op, low.value(0), low.value(1))


def _operand(low: Lowering, index: int) -> Any:
    """Return an operand of arithmetic: a buffer is a constant; what is computed from one parameter counts as that."""
    found = low.get(index)
    if isinstance(found, Weight) and low.param(found.name).buffer:
        return Constant(None)
    if not isinstance(found, Derived) or len(found.held) > 1 or isinstance(low.get(1 - index), Scores):
        return found
    if not found.held:
        return Constant(None)
    if prod(found.sizes) != low.param(found.held[0]).size:
        return found
    low.note("arithmetic with a parameter")
    return Weight(found.held[0], found.sizes)


def _weighed(low: Lowering, stacked: Stacked, factors: Value) -> Stacked:
    """Lower maps along an axis of their own, each times its part of the factors."""
    if layout.sizes(factors.axes)[stacked.at] != len(stacked.parts):
        raise RefusedError("maps along an axis of their own times other than a factor each")
    each = [moves.part(low, factors, stacked.at, index) for index in range(len(stacked.parts))]
    return stacked._replace(
        parts=tuple(joined(low, "mul", x, factor) for x, factor in zip(stacked.parts, each, strict=True))
    )


def joined(low: Lowering, op: str, x: Value, y: Value) -> Value:
    """Lower a sum or a product of two computed maps."""
    y = met(low, x, y)
    x = met(low, y, x)
    left, right = _broadcast(x, y)
    if left != right and layout.sizes(left) == layout.sizes(right):
        x, y = low.map(x), low.map(y)
        left, right = _broadcast(x, y)
    if any(p != q and p and q for p, q in zip(left, right, strict=True)):
        raise RefusedError("two maps whose axes do not meet")
    big = x if low.shape(x).size >= low.shape(y).size else y
    written = {"sub": "a difference", "maximum": "a larger one", "minimum": "a smaller one"}
    if op in written:
        low.note(f"{written[op]} is written as `add`")
    made = low.emit("mul" if op == "mul" else "add", {}, [big, y if big is x else x])
    return made._replace(axes=tuple(p or q for p, q in zip(left, right, strict=True)))


def divided(low: Lowering, node: Call) -> Given:
    """Leave out a division by a constant or by the lengths of vectors, and say so."""
    found, by = low.get(0), low.get(1)
    if isinstance(by, Unit) and by.of == found:
        low.note("vectors are divided by their lengths")
        return found
    if isinstance(found, Value) and isinstance(by, Value):
        low.note("a quotient is written as `mul`")
        return joined(low, "mul", found, by)
    if not isinstance(by, Constant) or not isinstance(found, (Value, Scores)):
        raise RefusedError("a quotient of parameters or constants")
    low.note("div with a constant")
    return found


def _learnt(low: Lowering, node: Call, a: Any, b: Any) -> Given:
    """Lower a learnt factor or summand."""
    if isinstance(a, Derived) or isinstance(b, Derived):
        raise RefusedError("numbers that are computed from several parameters: hold one for each place and channel")
    x, held = (low.value(0), b) if isinstance(a, Value) else (low.value(1), a)
    if isinstance(x, Weight) or not isinstance(held, Weight):
        raise RefusedError("arithmetic of parameters alone")
    return learnt(low, node.op, x, held)


def learnt(low: Lowering, op: str, x: Value, held: Weight) -> Value:
    """Lower a learnt factor (`mul`) or summand: one for each channel, each element or all."""
    low.size(low.shape(x).c, held.name)
    long = [index - len(held.sizes) for index, side in enumerate(held.sizes) if side > 1]
    if len(long) == 1 and -long[0] <= len(x.axes) and x.axes[long[0]]:
        x = with_channels(low, x, len(x.axes) + long[0])
    size, shape = low.param(held.name).size, low.shape(x)
    by = {shape.c: "channel", shape.size: "element", 1: "layer"} | {shape.c: "channel"}
    if size not in by:
        places = f": it fits at {size // shape.c:,} places" if size > shape.size and not size % shape.c else ""
        raise RefusedError(f"a learnt tensor of {size:,} elements on a map of {shape}{places}")
    cells = {} if by[size] == "channel" else {"per": by[size]}
    return low.emit("scale" if op == "mul" else "offset", cells, [x], [held.name])


def glu(low: Lowering, node: Call) -> Given:
    """Lower half of the channels times a gate of the other half."""
    x = low.value()
    at = layout.at(node.attrs["axis"], len(x.axes))
    x = with_channels(low, x, at)
    made = low.emit("glu", {}, [x])
    return made._replace(axes=(*x.axes[:at], layout.whole("c", low.shape(made)), *x.axes[at + 1 :]))


def addcmul(low: Lowering, node: Call) -> Given:
    """Lower a + b * c, where some of the three are learnt."""
    a, b, c = low.get(0), low.get(1), low.get(2)
    product = [value for value in (b, c) if isinstance(value, Value)]
    weights = [value for value in (b, c) if isinstance(value, Weight)]
    if len(product) + len(weights) != 2 or not product or not isinstance(a, (Value, Weight)):
        raise RefusedError("a + b * c of other than maps and parameters")
    made = learnt(low, "mul", product[0], weights[0]) if weights else joined(low, "mul", product[0], product[1])
    return learnt(low, "add", made, a) if isinstance(a, Weight) else joined(low, "add", a, made)


def lengths(low: Lowering, node: Call) -> Given:
    """Lower the lengths of vectors: over the whole map they are a pool, else what a map is divided by next."""
    x, axes = low.value(), node.attrs["axes"]
    if layout.covers([atom for index in axes for atom in x.axes[index]], low.shape(x), "hw"):
        low.note("lengths over the map are written as `gap`")
        return reduced(low, node)
    return Unit(x, tuple(1 if index == layout.at(axes[0], len(x.axes)) else size for index, size in enumerate(x.sizes)))


def clamp(low: Lowering, node: Call) -> Given:
    """Leave out the least length that a vector is divided by."""
    found = low.get(0)
    if isinstance(found, Unit):
        return found
    raise RefusedError(f"a clamp to {node.attrs.get('min')} and {node.attrs.get('max')}")


def scalar(low: Lowering, node: Call) -> Given:
    """Leave out arithmetic with one number, and say so."""
    found = low.get(0)
    if not isinstance(found, (Value, Scores)):
        raise RefusedError("arithmetic with a parameter and a number")
    low.note(f"{node.attrs['kind']} with a number")
    return found


def elementwise(low: Lowering, node: Call) -> Given:
    """Leave out arithmetic at every element, and say so."""
    found = low.get(0)
    if not isinstance(found, (Value, Scores)):
        raise RefusedError("arithmetic with a parameter alone")
    low.note(node.attrs["name"])
    return found


def compared(low: Lowering, node: Call) -> Given:
    """Compare constants; what is computed from the input is refused."""
    if any(isinstance(low.get(index), (Value, Scores)) for index in range(len(node.inputs))):
        raise RefusedError("a comparison of computed values")
    return Constant(None)


def filled_in(low: Lowering, node: Call) -> Given:
    """Leave out constant places that are filled in, and say so: those of scores are a mask."""
    found, mask = low.get(0), low.get(1)
    if not isinstance(found, (Value, Scores)) or isinstance(mask, (Value, Scores)):
        raise RefusedError("places that are filled in by computed values")
    low.note("a mask of attention" if isinstance(found, Scores) else "places that are filled in")
    return found


def distance(low: Lowering, node: Call) -> Given:
    """Lower the sum over an axis of the differences, or the products, of two maps."""
    made = joined(low, node.attrs["kind"], low.value(0), low.value(1))
    low.values[node.name], before = made, low.node
    low.node = before._replace(op="sum", inputs=(node.name,), attrs={"axes": [node.attrs["axis"]], "keep": False})
    low.note("the lengths of a distance")
    return reduced(low, low.node)


def recurrent(low: Lowering, node: Call) -> Given:
    """Lower recurrent layers over all places of a row, whose channels are last; and the states of the last layer."""
    x, a = low.value(), node.attrs
    steps = a.get("axis", len(x.axes) - 2)
    if len(x.axes) == 3 and x.axes[1 - steps]:
        raise RefusedError("its steps are not where it reads them: `batch_first=True` may be missing")
    x = with_channels(low, x, len(x.axes) - 1)
    held = [low.held(index) for index in range(1, a["held"] + 1)]
    if not all(isinstance(low.get(index), Constant) for index in range(a["held"] + 1, len(node.inputs))):
        raise RefusedError("a first state that is computed or learnt")
    low.size(low.shape(x).c, *held)
    c = low.param(held[1]).shape[1]
    plain = {"layers": 1, "directions": 1, "biases": 2}
    cells = {"c": c, **{name: a[name] for name, value in plain.items() if a[name] != value}}
    made = low.emit(a["kind"], cells, [x], held)
    made = made._replace(axes=(*x.axes[:-1], layout.whole("c", low.shape(made))))
    if not (a.get("state") or low.reads(node.outputs[1:])):
        return made
    if low.reads(node.outputs[2:]):
        raise RefusedError("the last states of cells")
    if a["layers"] * a["directions"] > 1 and not a.get("state"):
        sizes = (a["layers"] * a["directions"], low.batch, c)
        return [made, States(made, steps, a["layers"], a["directions"], sizes)]
    if a["layers"] * a["directions"] > 1:
        states = States(made, steps, a["layers"], a["directions"], ())
        ways = [moves.state(low, states, way) for way in range(-a["directions"], 0)]
        made = low.emit("concat", {}, ways)
        return made._replace(axes=(*made.axes[:-1], layout.whole("c", low.shape(made))))
    last = made._replace(axes=((), *made.axes[-1:]))
    shape = low.shape(made)
    if shape.h * shape.w > 1:
        last = low.emit("crop", {"p": (shape.h - 1, 0, shape.w - 1, 0)}, [made], axes=last.axes)
    return last if a.get("state") else [made, last._replace(axes=((), *last.axes))]


def pixel_shuffle(low: Lowering, node: Call) -> Given:
    """Lower channels of each place that become places of a cell."""
    return low.emit("pixelshuffle", {"by": node.attrs["by"]}, [mapped(low, low.value())], axes=None)


def unshuffle(low: Lowering, node: Call) -> Given:
    """Lower places of each cell that become channels of one place."""
    return low.emit("unshuffle", {"by": node.attrs["by"]}, [mapped(low, low.value())], axes=None)


def channels_last(low: Lowering, node: Call) -> Given:
    """Lower an operator that sees the channels last, and give its output with the channels first."""
    inputs = []
    for index, name in enumerate(node.inputs):
        if name != NONE and isinstance(low.get(index), Value):
            x = low.value(index)
            rank = len(x.axes)
            name = f"{name}, channels last"  # noqa: PLW2901
            low.values[name] = x if rank < 3 else x._replace(axes=layout.permute(x.axes, (0, *range(2, rank), 1)))
        inputs.append(name)
    inner = node._replace(op=node.attrs["inner"], attrs=node.attrs["attrs"], inputs=tuple(inputs))
    low.node = inner
    made = RULES[inner.op](low, inner)
    low.node = node
    rank = len(made.axes)
    if rank < 3:
        return made
    made = made._replace(axes=layout.permute(made.axes, (0, rank - 1, *range(1, rank - 1))))
    if rank == 4 and layout.shuffled(made.axes[1], low.shape(made)):
        return low.map(made)
    return in_place(low, made)


RULES: dict[str, Rule] = {
    "conv": normed(windows.conv),
    "maxpool": windows.pool,
    "avgpool": windows.pool,
    "adaptive": windows.adaptive,
    "mean": reduced,
    "amax": reduced,
    "largest": largest,
    "sum": reduced,
    "pad": windows.pad,
    "linear": normed(linear),
    "matmul": matmul,
    "baddbmm": baddbmm,
    "weight_norm": weight_norm,
    "elementwise": elementwise,
    "compared": compared,
    "filled_in": filled_in,
    "distance": distance,
    "looked_up": moves.looked_up,
    "maximum": merge,
    "minimum": merge,
    "attention": attention,
    "resize": windows.resize,
    "conv_transpose": windows.conv_transpose,
    "instance_norm": instance_norm,
    "roll": moves.same,
    "index": moves.index,
    "masked": moves.masked,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
    "act": act,
    "prelu": prelu,
    "softmax": softmax,
    "add": merge,
    "sub": merge,
    "div": divided,
    "addcmul": addcmul,
    "lengths": lengths,
    "clamp": clamp,
    "einsum": einsum,
    "mul": merge,
    "scalar": scalar,
    "same": moves.same,
    "quantised": moves.quantised,
    "reshape": moves.reshape,
    "flatten": moves.flatten,
    "unflatten": moves.unflatten,
    "squeeze": moves.squeeze,
    "unsqueeze": moves.unsqueeze,
    "permute": moves.permute,
    "swap": moves.swap,
    "expand": moves.expand,
    "channels_last": channels_last,
    "glu": glu,
    "recurrent": recurrent,
    "unshuffle": unshuffle,
    "pixel_shuffle": pixel_shuffle,
    "flatten_onnx": moves.flatten_onnx,
    "pad_onnx": moves.pad_onnx,
    "slices": moves.slices,
    "gather": moves.gather,
    "shape": moves.shape_of,
    "concat": moves.concat,
    "stack": moves.stack,
    "slice": moves.slice_,
    "select": moves.select,
    "split": moves.split,
    "unbind": moves.unbind,
    "channel_shuffle": moves.channel_shuffle,
}
