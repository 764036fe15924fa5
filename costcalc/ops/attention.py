"""Products of two maps: attention, matmul."""

from typing import Annotated, Any

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import BOTH, INPUT, MOVED, NEW, Keeps, Ran, layer_type
from costcalc.ops.schema import Flag, Heads, OneOf, Whole, Window
from costcalc.ops.shape import Pair, Shape, called

Relative = Annotated[str | None, OneOf(("table", "mlp", "distance"))]
Shared = Annotated[int | None, Whole(1)]
MLP = 512  # hidden units of Swin V2's network of positions, which reads two coordinates


def _label(layer: Ran) -> str:
    """Return the label of attention, by how the map is parted."""
    return "Window attention" if layer.args["window"] else "Grid attention" if layer.args["grid"] else "Attention"


def _keeps(layer: Ran) -> Keeps:
    """Return what the gradient reads: queries, keys, values and what attention makes of them, before a projection."""
    if not layer.args["qkv"]:
        return BOTH
    q, k = layer.ins[0], layer.ins[1 if len(layer.ins) > 1 else 0]
    part = layer.args["window"] or layer.args["grid"]
    keys = q.c * (layer.args["kv_heads"] or layer.args["heads"]) // layer.args["heads"]
    return INPUT._replace(elements=2 * (q.c * _places(q, part) + keys * _places(k, part)))


@layer_type(
    Name("attention", ("multiheadattention", "mha", "self_attention", "selfattention", "sdpa", "msa")),
    label=_label,
    filter=MOVED,
    keeps=_keeps,
    memory=NEW,
    inputs=(1, 2, 3),
)
def attention(
    *xs: Shape,
    heads: Heads,
    qkv: Flag = False,
    window: Window = None,
    grid: Window = None,
    relative: Relative = None,
    cosine: Flag = False,
    bias: Flag = True,
    kv_heads: Shared = None,
) -> Cost:
    """Multi-head attention over the places of maps: queries, keys and values, or with `qkv: true` what it projects.

    One input with `qkv` is all three; of two, the second gives keys and values. `window` parts the map into windows of
    that size, shifted or not, `grid` into so many strided cells; a map that they do not divide is padded first.
    `kv_heads`: keys and values have so many heads, each of which heads / kv_heads heads of queries read.
    Shapes: (d, h, w), (d, h2, w2) and (c, h2, w2) for queries, keys and values -> (c, h, w); c = d with `qkv`; with
    `kv_heads` keys have d * kv_heads / heads channels, values c * kv_heads / heads.
    Counts: matmul_macs = n * m * (d + c) for n queries that read m keys each (those of a window: its places), all of
    the padded map; softmax_elems = heads * n * m. `qkv`: weights of four projections, fc_macs = weights at their places
    (4 * n * d^2 for one input), a bias each; inner_elems = what they put out before the output. `relative: table`:
    other = (2 * w_h - 1) * (2 * w_w - 1) * heads; `mlp`: a network of 2, 512 and `heads` units at each of those
    offsets; `distance`: other = h2 * w2 * heads, a summand for each distance down and across; `cosine`: other = heads.
    Errors: other than three inputs without `qkv`; heads that do not divide d and c; `kv_heads` that do not divide
    heads; queries, keys and values that do not fit; windows over two sizes; `window` with `grid`.
    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2; windows: Liu et al. 2021, arXiv:2103.14030; cosine, mlp:
    Liu et al. 2022, arXiv:2111.09883; grids: Tu et al. 2022, arXiv:2204.01697; distances: Graham et al. 2021,
    arXiv:2104.01136, section 4.2; shared keys and values: Shazeer 2019, arXiv:1911.02150.
    """
    shared = kv_heads or heads
    q, k, v = _read(xs, qkv, heads, shared)
    part = _parted(q, k, window, grid)
    n, m = called(_places(q, part), "n"), called(part[0] * part[1] if part else k.h * k.w, "m")
    learnt, positions = _positions(relative, part or ((k.h, k.w) if relative == "distance" else (q.h, q.w)), heads)
    projected = _projected(n, n if part else m, q, k, v, q.c * shared // heads, bias=bias) if qkv else {}
    extra = {name: projected.get(name, 0) + positions.get(name, 0) for name in {**projected, **positions}}
    return _attended(q, q.c if qkv else v.c * heads // shared, heads, n, m)._replace(
        other=learnt + (heads if cosine else 0), **extra
    )


def _attended(q: Shape, c: int, heads: int, n: int, m: int) -> Cost:
    """Return the cost of the two products and the softmax between them."""
    for channels in (q.c, c):
        if channels % heads:
            raise OpError(f"{heads} heads do not divide the {channels} channels", "heads")
    out = Shape(c, q.h, q.w)
    return Cost(out, matmul_macs=n * m * q.c + n * m * c, softmax_elems=heads * n * m, activations=out.size)


def _parted(q: Shape, k: Shape, window: Pair | None, grid: Pair | None) -> Pair | None:
    """Return the size of the windows that the maps are parted into, or None."""
    part = window or grid
    if window and grid:
        raise OpError("`window` and `grid` both part the map: give one of them", "grid")
    if part and q[1:] != k[1:]:
        raise OpError(f"windows part queries and keys of one size, not {q} and {k}", "from")
    return part


def _read(xs: tuple[Shape, ...], qkv: bool, heads: int, shared: int) -> tuple[Shape, Shape, Shape]:
    """Return what queries, keys and values come from; those of keys and values have `shared` heads."""
    if heads % shared:
        raise OpError(f"{shared} heads of keys and values do not divide the {heads} of queries", "kv_heads")
    if not qkv and len(xs) != 3:
        raise OpError(
            f"`attention` without `qkv: true` reads three inputs (queries, keys and values), not {len(xs)}", "from"
        )
    q, k, v = (xs * 3)[:3] if len(xs) == 1 else (xs[0], xs[1], xs[-1])
    if not qkv and q.c * shared != k.c * heads:
        alike = "the same channels" if shared == heads else f"the same channels a head, of {heads} and {shared}"
        raise OpError(f"queries and keys have {alike}, not {q} and {k}", "from")
    if k.h * k.w != v.h * v.w:
        raise OpError(f"keys and values have the same places, not {k} and {v}", "from")
    return q, k, v


def _places(x: Shape, part: Pair | None) -> int:
    """Return the places of a map, padded so that windows divide it."""
    if part is None:
        return x.h * x.w
    return -(-x.h // part[0]) * part[0] * (-(-x.w // part[1]) * part[1])


def _projected(n: int, m: int, q: Shape, k: Shape, v: Shape, c: int, *, bias: bool) -> dict[str, Any]:
    """Return the counts of the projections of n queries, of m keys and values to c channels, and of the output."""
    d = q.c
    macs = n * q.c * d + m * k.c * c + m * v.c * c + n * d * d
    made = n * d + m * c + m * c + n * d
    within = made - q.size
    counts = {"weights": q.c * d + k.c * c + v.c * c + d * d, "fc_macs": macs, "inner_elems": within}
    return {**counts, "bias": 2 * d + 2 * c, "bias_adds": made} if bias else counts


def _positions(relative: str | None, part: Pair, heads: int) -> tuple[int, dict[str, Any]]:
    """Return the learnt table of relative positions, and the counts of a network in its place."""
    if relative is None:
        return 0, {}
    if relative == "distance":
        return part[0] * part[1] * heads, {}
    offsets = (2 * part[0] - 1) * (2 * part[1] - 1)
    if relative == "table":
        return offsets * heads, {}
    weights = 2 * MLP + MLP * heads
    hidden = MLP * offsets
    return 0, {
        "weights": weights,
        "bias": MLP,
        "fc_macs": weights * offsets,
        "bias_adds": hidden,
        "act_elems": hidden + offsets * heads,  # a ReLU within, and a sigmoid of what it gives
        "inner_elems": hidden + offsets * heads,
    }


@layer_type(
    Name("matmul", ("bmm", "einsum", "dot", "outer")),
    label="Matmul",
    filter=MOVED,
    keeps=INPUT,
    memory=NEW,
    inputs=2,
)
def matmul(*xs: Shape) -> Cost:
    """Product of two maps as matrices: a row for each place, a column for each channel.

    Shapes: (k, h, w) and (c, h2, w2) with h2 * w2 = k -> (c, h, w). Counts: matmul_macs = h * w * k * c.
    Errors: channels of the first that are not the places of the second.
    Source: PyTorch, `matmul`; the product of transposed maps: `transpose`.
    """
    x, y = xs
    if x.c != y.h * y.w:
        raise OpError(f"the {x.c} channels of the first are not the {y.h * y.w} places of the second", "from")
    out = Shape(y.c, x.h, x.w)
    return Cost(out, matmul_macs=x.h * x.w * x.c * y.c, activations=out.size)
