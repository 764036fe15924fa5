"""Attention and other products of computed maps: queries times keys wait for the values, whatever is between."""

from collections.abc import Sequence
from math import prod
from typing import Any

from costcalc.importer import layout
from costcalc.importer.graph import NONE, Call
from costcalc.importer.layout import Axes, Axis
from costcalc.importer.lower import Constant, Lowering, RefusedError, Scores, Value, Weight
from costcalc.ops.shape import Shape

Given = Any


def matmul(low: Lowering, node: Call) -> Given:
    """Lower a product of two computed maps: queries and keys, or what they gave and values."""
    a = low.get(0)
    if isinstance(a, Scores):
        return attended(low, a, low.value(1))
    q, k = low.value(0), low.value(1)
    turned = (*k.axes[:-2], k.axes[-1], k.axes[-2])
    inner = q.axes[-1]
    if not inner or {side for side, _, _ in inner} != {"c"} or inner != turned[-1]:
        raise RefusedError("a product of two maps that is not of queries and keys")
    return Scores(q, k._replace(axes=turned), (*layout.sizes(q.axes[:-1]), layout.sizes(k.axes)[-1]))


def attention(low: Lowering, node: Call) -> Given:
    """Lower scaled dot-product attention."""
    q, k, v = low.value(0), low.value(1), low.value(2)
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
    if scores.tables:
        side = tuple(low.shape(scores.q)[1:]) if part is None else part
        if sum(low.param(name).size for name in scores.tables) != (2 * side[0] - 1) * (2 * side[1] - 1) * heads:
            raise RefusedError("a learnt tensor added to scores that is not a table of relative positions")
        cells["relative"] = "table"
    made = low.emit("attention", cells, [scores.q, scores.k, v], scores.tables)
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
    if isinstance(other, (Constant, Weight)):
        low.note("a mask of attention")
        return scores
    raise RefusedError("scores of attention with a computed map added")
