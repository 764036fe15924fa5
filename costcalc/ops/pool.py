"""Pooling: maxpool, avgpool over windows or to a size; gap, gmp over the whole map."""

from collections.abc import Callable
from math import gcd

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import INPUT, MAP, NEITHER, NEW, NO_FILTER, WINDOW, Ran, kernel_shown, layer_type, sides_shown
from costcalc.ops.schema import Flag, Kernel, Padding, Size, Stride, Window
from costcalc.ops.shape import Pads, Pair, Shape, called, called_pads, extent, same_pads, window


def pool_pads(x: Shape, k: Pair, s: Pair, p: str | Pads | None, d: Pair) -> tuple[Pair, Pair]:
    """Return the padding of a pool as ((top, bottom), (left, right)); without `p` there is none."""
    if p == "same":
        return called_pads(same_pads(x.h, k[0], s[0], d[0]), same_pads(x.w, k[1], s[1], d[1]))
    return (p[:2], p[2:]) if isinstance(p, tuple) else ((0, 0), (0, 0))


def _shown(layer: Ran) -> str:
    """Return the window of a pool, or the size that it pools to."""
    return f"Pool {kernel_shown(layer)}" if layer.args["k"] else f"Pool to {sides_shown(layer, 'to')}"


POOL = NO_FILTER._replace(shown=_shown, pads=pool_pads, sees=WINDOW)
EITHER = ("k", "to")
GLOBAL = NO_FILTER._replace(shown=lambda layer: f"Pool {layer.ins[0].h}x{layer.ins[0].w}", sees=MAP)


def _label(name: str) -> Callable[[Ran], str]:
    """Return the label of a pool over windows, or to a size."""
    return lambda layer: name if layer.args["k"] else f"Adaptive {name.lower()}"


def _global(x: Shape) -> Cost:
    """Return the cost of a pool whose one window is the whole map."""
    out = Shape(x.c, 1, 1)
    return Cost(out, pool_inputs=x.size, pool_outputs=x.c, pool_taps=x.size, activations=x.c)


def _pooled(
    x: Shape, k: Pair | None, s: Pair | None, p: str | Pads | None, d: Pair, ceil: bool, to: Pair | None
) -> Cost:
    """Return the cost of a pool over windows or to a size; its kernel stays out of the label, as in breakdowns."""
    if to:
        for column, given in (("s", s), ("p", p not in (None, (0, 0, 0, 0))), ("d", d != (1, 1)), ("ceil", ceil)):
            if given:
                raise OpError(f"`to` sets the windows of a pool: `{column}` is not allowed with it", column)
        return _adaptive(x, Shape(x.c, called(to[0], "h'"), called(to[1], "w'")))
    assert k
    s = (called(k[0], "s_h"), called(k[1], "s_w")) if s is None else s
    rows, columns = pool_pads(x, k, s, p, d)
    for pads, size, dilation in ((rows, k[0], d[0]), (columns, k[1], d[1])):
        if max(pads) >= extent(size, dilation):
            raise OpError(f"padding of {max(pads)} is as large as the window of {extent(size, dilation)}", "p")
    h, w = window(x.h, k[0], s[0], d[0], rows, ceil), window(x.w, k[1], s[1], d[1], columns, ceil)
    out = Shape(x.c, called(h, "h'"), called(w, "w'"))
    return Cost(
        out,
        pool_inputs=x.size,
        pool_outputs=out.size,
        pool_strides=out.size * s[0] * s[1],
        pool_taps=out.size * k[0] * k[1],
        activations=out.size,
    )


def _adaptive(x: Shape, out: Shape) -> Cost:
    """Return the cost of a pool to a size, whose windows PyTorch has as floor(i * h / h') to ceil((i + 1) * h / h').

    The windows of one side have h + h' - gcd(h, h') taps in all: the sum of those ends less the sum of those starts.
    """
    taps = called(_taps(x.h, out.h), "taps_h") * called(_taps(x.w, out.w), "taps_w")
    return Cost(out, pool_inputs=x.size, pool_outputs=out.size, pool_taps=x.c * taps, activations=out.size)


def _taps(size: int, to: int) -> int:
    """Return the pixels in all windows of one side of an adaptive pool."""
    return size if size % to == 0 else size + to - gcd(size, to)


@layer_type(
    Name("maxpool", ("max_pool", "adaptive_max_pool", "adaptivemaxpool")),
    label=_label("Max pool"),
    filter=POOL,
    keeps=INPUT,
    memory=NEW,
    either=EITHER,
)
def maxpool(
    x: Shape,
    /,
    *,
    k: Window = None,
    s: Stride = None,
    p: Padding = (0, 0, 0, 0),
    d: Kernel = (1, 1),
    ceil: Flag = False,
    to: Size = None,
) -> Cost:
    """Maximum over windows of size `k`, or over those that pool `to` a size, as PyTorch's adaptive pool has them.

    Shapes: (c, h, w) -> (c, h', w') by the window formula; `s` defaults to `k`, `p` to 0. `ceil` rounds up: the last
    window may overhang by less than a stride, and one that would start past the input is dropped.
    Counts: pool_inputs = c * h * w; pool_outputs = c * h' * w'; pool_strides = pool_outputs * s_h * s_w;
    pool_taps = pool_outputs * k_h * k_w. With `to`, no strides, and taps of h + h' - gcd(h, h') for each side.
    Errors: padding as large as the window; a window larger than its input (with `ceil`: by a stride or more); `to`
    with `s`, `p`, `d` or `ceil`.
    Source: PyTorch, `MaxPool2d`, `AdaptiveMaxPool2d`; Caffe, `pooling_layer.cpp` (which drops that window only where
    there is padding).
    """
    return _pooled(x, k, s, p, d, ceil, to)


@layer_type(
    Name("avgpool", ("average", "avg_pool", "adaptive_avg_pool")),
    label=_label("Avg pool"),
    filter=POOL,
    keeps=INPUT,
    memory=NEW,
    either=EITHER,
)
def avgpool(
    x: Shape,
    /,
    *,
    k: Window = None,
    s: Stride = None,
    p: Padding = (0, 0, 0, 0),
    ceil: Flag = False,
    to: Size = None,
) -> Cost:
    """Mean over windows of size `k`, or over those that pool `to` a size, as PyTorch's adaptive pool has them.

    Shapes: those of maxpool. Counts: those of maxpool. Errors: those of maxpool.
    Source: PyTorch, `AvgPool2d`, `AdaptiveAvgPool2d`; Caffe, `pooling_layer.cpp`.
    """
    return _pooled(x, k, s, p, (1, 1), ceil, to)


@layer_type(
    Name("gap", ("adaptiveavgpool", "global_avg_pool", "globalavgpool")),
    label="Global avg pool",
    filter=GLOBAL,
    keeps=NEITHER,
    memory=NEW,
)
def gap(x: Shape, /) -> Cost:
    """Global average pooling: the mean of each channel, whose gradient needs the map's size alone.

    Shapes: (c, h, w) -> (c, 1, 1). Counts: pool_inputs = pool_taps = c * h * w; pool_outputs = c. Errors: none.
    Source: Lin et al. 2013, arXiv:1312.4400, section 3.2.
    """
    return _global(x)


@layer_type(Name("gmp", ()), label="Global max pool", filter=GLOBAL, keeps=INPUT, memory=NEW)
def gmp(x: Shape, /) -> Cost:
    """Global max pooling: the largest element of each channel.

    Shapes: (c, h, w) -> (c, 1, 1). Counts: pool_inputs = pool_taps = c * h * w; pool_outputs = c. Errors: none.
    Source: Oquab et al. 2015, "Is object localization for free?", section 3.
    """
    return _global(x)
