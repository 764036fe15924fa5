"""Attention and other products of computed maps: queries times keys wait for the values, whatever is between."""

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importer import layout, positions
from costcalc.importer.graph import NONE, Call
from costcalc.importer.layout import Axes, Axis
from costcalc.importer.lower import Constant, Derived, Lowering, RefusedError, Scores, Value, Weight
from costcalc.importer.regroup import with_channels
from costcalc.ops.shape import Shape

Given = Any
WRITTEN_OUT = (
    "a number for each pair of places is added to scores: how many of them were learnt cannot be known from the file, "
    "since exporters write tables of relative positions out; import the model as `torch:package.module:factory`, or, "
    "where they are such tables, say so on import"
)


def matmul(low: Lowering, node: Call) -> Given:
    """Lower a product of two computed maps: queries and keys, or what they gave and values."""
    a, b = (found if isinstance(found := low.get(index), Scores) else low.queries(index) for index in (0, 1))
    return product(low, a, b)


def product(low: Lowering, a: Value | Scores, b: Value | Scores) -> Given:
    """Lower a product of two maps over the last axis of the first and the last but one of the second.

    Values times turned scores, as (c, m) x (m, n), are scores times turned values, turned.
    """
    if isinstance(a, Scores) and isinstance(b, Value):
        return attended(low, a, b)
    if isinstance(a, Value) and isinstance(b, Scores):
        made = attended(low, b, a._replace(axes=(*a.axes[:-2], a.axes[-1], a.axes[-2])))
        return made._replace(axes=(*made.axes[:-2], made.axes[-1], made.axes[-2]))
    if isinstance(a, Scores) or isinstance(b, Scores):
        raise RefusedError("scores of attention times scores")
    turned = (*b.axes[:-2], b.axes[-1], b.axes[-2])
    inner = a.axes[-1]
    if inner and {side for side, _, _ in inner} == {"c"} and inner == turned[-1]:
        return Scores(a, b._replace(axes=turned), (*layout.sizes(a.axes[:-1]), layout.sizes(b.axes)[-1]))
    if layout.is_whole(inner, low.shape(a), "hw") and layout.is_whole(a.axes[-2], low.shape(a), "c"):
        b = with_channels(low, b, len(b.axes) - 2)  # (a b)^T = b^T a^T, whose rows are the places of b
        made = low.emit("matmul", {}, [b, a], axes=a.axes)
        return made._replace(axes=(*a.axes[:-2], layout.whole("c", low.shape(made)), b.axes[-1]))
    places, width = b.axes[-2:]
    whole = layout.is_whole(places, low.shape(b), "hw") and layout.is_whole(width, low.shape(b), "c")
    if inner and whole and layout.is_whole(inner, low.shape(a), "c"):
        made = low.emit("matmul", {}, [a, b])
        return made._replace(axes=(*a.axes[:-1], layout.whole("c", low.shape(made))))
    raise RefusedError(
        "a product of two maps that is not of queries and keys; no layer type multiplies keys by values first"
    )


def einsum(low: Lowering, node: Call) -> Given:
    """Lower a sum of products that is a product of matrices: axes in another order, then `product`."""
    reads, _, out = node.attrs["equation"].replace(" ", "").partition("->")
    first, _, second = reads.partition(",")
    a, b = low.get(0), low.value(1)
    shared = [letter for letter in first if letter in second and letter in out]
    inner = [letter for letter in first if letter in second and letter not in out]
    rows, columns = ([letter for letter in side if letter not in (*shared, *inner)] for side in (first, second))
    if (len(inner), len(rows), len(columns), len(node.inputs)) != (1, 1, 1, 2) or len(set(first + second)) != len(
        shared
    ) + 3:
        raise RefusedError(f"an einsum {node.attrs['equation']}")
    if isinstance(a, Scores):
        made = product(
            low, a, b._replace(axes=layout.permute(b.axes, [second.index(x) for x in (*shared, *inner, *columns)]))
        )
    else:
        a = low.value(0)
        left = a._replace(axes=layout.permute(a.axes, [first.index(x) for x in (*shared, *rows, *inner)]))
        made = product(
            low, left, b._replace(axes=layout.permute(b.axes, [second.index(x) for x in (*shared, *inner, *columns)]))
        )
    order = [[*shared, *rows, *columns].index(letter) for letter in out]
    if isinstance(made, Scores):
        return made._replace(stated=tuple(made.stated[index] for index in order))
    return made._replace(axes=layout.permute(made.axes, order))


def attention(low: Lowering, node: Call) -> Given:
    """Lower scaled dot-product attention."""
    q, k, v = low.queries(0), low.queries(1), low.queries(2)
    scores = Scores(q, k, ())
    if node.inputs[3] != NONE and isinstance(low.get(3), Weight):
        scores = with_table(low, scores, low.held(3))
    return attended(low, scores, v)


def with_table(low: Lowering, scores: Scores, name: str) -> Scores:
    """Return scores to which a learnt table of relative positions is added."""
    return scores._replace(tables=(*scores.tables, name))


def attended(low: Lowering, scores: Scores, v: Value) -> Value:
    """Return the row of an attention whose values are known."""
    heads, places = _parts(scores.q, low.shape(scores.q))
    if _parts(scores.k, low.shape(scores.k))[0] != heads or _parts(v, low.shape(v))[0] != heads:
        raise RefusedError("queries, keys and values of other heads")
    cells: dict[str, Any] = {"heads": heads, **_window(places, low.shape(scores.q))}
    part = cells.get("window") or cells.get("grid")
    if part is None and not all(layout.covers(_parts(x, low.shape(x))[1], low.shape(x), "hw") for x in (scores.k, v)):
        raise RefusedError("attention to a part of the places")
    whole = low.shape(scores.q)
    side = (whole.h, whole.w) if part is None else part
    scores = positions.learnt(low, scores, side, heads)
    if scores.tables:
        size = sum(low.param(name).size for name in scores.tables)
        if size == (side[0] * side[1]) ** 2 * heads:
            raise RefusedError(WRITTEN_OUT)
        if size != (2 * side[0] - 1) * (2 * side[1] - 1) * heads:
            raise RefusedError("a learnt tensor added to scores that is not a table of relative positions")
        cells["relative"] = "table"
    if scores.network:
        cells["relative"] = "mlp"
    if scores.cosine:
        cells["cosine"] = True
    learnt = (*scores.network, *scores.tables, *scores.cosine)
    made = low.emit("attention", cells, [scores.q, scores.k, v], learnt)
    return made._replace(axes=_like(scores.q.axes, v.axes))


def _parts(x: Value, shape: Shape) -> tuple[int, Axis]:
    """Return the heads of a map that is split into them, and the axis of its places."""
    *around, places, inner = x.axes
    outer = [axis for axis in around if any(side == "c" for side, _, _ in axis)]
    width = prod(size for _, _, size in inner)
    if not layout.covers((*inner, *(atom for axis in outer for atom in axis)), shape, "c") or len(outer) > 1:
        raise RefusedError(f"attention over {layout.shown(x.axes)}")
    if {side for side, _, _ in places} - {"h", "w"}:
        raise RefusedError(f"attention among {layout.shown((places,))}")
    return shape.c // width, places


def _window(places: Axis, shape: Shape) -> dict[str, Any]:
    """Return the window or the grid that parts a map; nothing where all places attend to each other."""
    if layout.covers(places, shape, "hw"):
        return {}
    sides = {side: (stride, size) for side, stride, size in places}
    (hs, h), (ws, w) = sides.get("h", (1, 1)), sides.get("w", (1, 1))
    if len(places) <= 2 and (hs, ws) == (1, 1) and not (shape.h % h or shape.w % w):
        return {"window": (h, w)}
    if len(places) == 2 and (hs * h, ws * w) == (shape.h, shape.w):
        return {"grid": (h, w)}
    raise RefusedError(f"attention among {layout.shown((places,))}")


def _like(q: Axes, v: Axes) -> Axes:
    """Return the layout of an output: places as queries have them, channels as values."""
    heads = next((axis for axis in v[:-2] if any(side == "c" for side, _, _ in axis)), ())
    return (*(heads if any(side == "c" for side, _, _ in axis) else axis for axis in q[:-1]), v[-1])


def reshaped(scores: Scores, target: Sequence[int]) -> Scores:
    """Return scores in another shape, which are not looked into."""
    return scores._replace(stated=tuple(target))


def plus(low: Lowering, scores: Scores, other: Any) -> Scores:
    """Return scores with something added: a mask is left out, a table of positions is learnt."""
    if isinstance(other, Weight) and low.param(other.name).trained:
        return with_table(low, scores, other.name)
    if isinstance(other, Derived) and other.held:
        return scores._replace(network=(*scores.network, *other.held))
    if isinstance(other, (Constant, Weight, Derived)):
        low.note("a mask of attention")
        return scores
    raise RefusedError("scores of attention with a computed map added")


def scaled(low: Lowering, scores: Scores, other: Any) -> Scores:
    """Return scores times something: a number is left out, learnt factors of heads are those of cosine attention."""
    if isinstance(other, Weight) and low.param(other.name).trained:
        return scores._replace(cosine=(*scores.cosine, other.name))
    if isinstance(other, Derived) and other.held:
        return scores._replace(cosine=(*scores.cosine, *other.held))
    if isinstance(other, (Constant, Weight, Derived)):
        low.note("mul with a constant")
        return scores
    raise RefusedError("scores of attention times a computed map")
