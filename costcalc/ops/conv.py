"""Layers with weights: conv, dwconv, fc."""

from costcalc.common.errors import Name
from costcalc.ops.activation import Activation
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import (
    INPUT,
    MAP,
    NEW,
    NO_FILTER,
    WINDOW,
    Filter,
    Memory,
    Ran,
    at_output,
    kernel_shown,
    layer_type,
    one,
)
from costcalc.ops.dress import dress, slopes
from costcalc.ops.schema import Channels, Flag, Groups, Kernel, Multiple, Norm, Padding
from costcalc.ops.shape import Pads, Pair, Shape, called, called_pads, extent, keep_pads, same_pads, window

# Written over its input channel by channel, where it is depthwise.
BY_CHANNEL = Memory(over="inplace_depthwise", by_channel=True)


def conv_pads(x: Shape, k: Pair, s: Pair, p: str | Pads | None, d: Pair) -> tuple[Pair, Pair]:
    """Return the padding of a convolution as ((top, bottom), (left, right)); without `p` it keeps ceil(size / s)."""
    if p == "same":
        return called_pads(same_pads(x.h, k[0], s[0], d[0]), same_pads(x.w, k[1], s[1], d[1]))
    if isinstance(p, tuple):
        return p[:2], p[2:]
    if not (extent(k[0], d[0]) % 2 and extent(k[1], d[1]) % 2):
        raise OpError(
            f"an even kernel ({k[0]}x{k[1]}) has no symmetric padding that keeps the size: "
            "say `p` (a number, `same` or `valid`)",
            "k",
        )
    return called_pads(keep_pads(k[0], d[0]), keep_pads(k[1], d[1]))


def _sides(x: Shape, k: Pair, s: Pair, p: str | Pads | None, d: Pair) -> Pair:
    """Return the output height and width of a convolution, its default padding included."""
    rows, columns = conv_pads(x, k, s, p, d)
    h, w = window(x.h, k[0], s[0], d[0], rows), window(x.w, k[1], s[1], d[1], columns)
    return called(h, "h'"), called(w, "w'")


def _cost(out: Shape, weights: int, bias: bool, norm: str | None, act: str | None) -> Cost:
    """Return the cost of a convolution with so many weights at each output pixel."""
    macs = weights * out.h * out.w
    return Cost(out, weights=weights + slopes(out, act), conv_macs=macs, **dress(out, bias, norm, act))


def _depthwise(layer: Ran) -> bool:
    """Return whether every channel of a convolution is a group; one that reads a single channel is dense."""
    return bool(1 != layer.args["g"] == layer.ins[0].c)


def _label(layer: Ran) -> str:
    """Return the label of a convolution: dense, depthwise, or grouped."""
    family = "Conv" if layer.args["g"] == 1 else "Conv DW" if _depthwise(layer) else "GConv"
    return f"{family} {kernel_shown(layer)}"


@layer_type(
    Name("conv", ("conv2d", "convolution", "pointwise")),
    label=_label,
    filter=Filter(
        shown=lambda layer: f"{kernel_shown(layer)}x{layer.ins[0].c // layer.args['g']}x{layer.cost.out.c}",
        pads=conv_pads,
        positions=at_output,
        groups=lambda layer: layer.args["g"],
        depthwise=_depthwise,
        sees=WINDOW,
    ),
    keeps=INPUT,
    memory=BY_CHANNEL,
)
def conv(
    x: Shape,
    /,
    *,
    k: Kernel,
    c: Channels,
    s: Kernel = (1, 1),
    p: Padding = None,
    d: Kernel = (1, 1),
    g: Groups = 1,
    bias: Flag = False,
    norm: Norm = None,
    act: Activation = None,
) -> Cost:
    """Convolution of `c` filters of size `k`, each over 1 / `g` of the input's channels.

    Shapes: (c_in, h, w) -> (c, h', w'), h' by the window formula; without `p`, h' = ceil(h / s).
    Counts: weights = k_h * k_w * (c_in / g) * c; conv_macs = weights * h' * w', taps on padding included.
    Errors: c_in or c that `g` does not divide; an even kernel without `p`; a window larger than its input.
    Source: Dumoulin and Visin 2016, arXiv:1603.07285; groups: Krizhevsky et al. 2012, section 3.5.
    """
    if x.c % g:
        raise OpError(f"groups of {g} do not divide the {x.c} input channels", "g")
    if c % g:
        raise OpError(f"groups of {g} do not divide the {c} output channels", "g")
    out = Shape(c, *_sides(x, k, s, p, d))
    return _cost(out, k[0] * k[1] * (x.c // g) * c, bias, norm, act)


@layer_type(
    Name("dwconv", ("depthwise", "dw")),
    label=lambda layer: f"Conv DW {kernel_shown(layer)}",
    filter=Filter(
        shown=lambda layer: f"{kernel_shown(layer)}x{layer.cost.out.c} dw",
        pads=conv_pads,
        positions=at_output,
        groups=lambda layer: layer.ins[0].c,
        depthwise=lambda layer: True,
        sees=WINDOW,
    ),
    keeps=INPUT,
    memory=BY_CHANNEL,
)
def dwconv(
    x: Shape,
    /,
    *,
    k: Kernel,
    c: Multiple = None,
    s: Kernel = (1, 1),
    p: Padding = None,
    d: Kernel = (1, 1),
    bias: Flag = False,
    norm: Norm = None,
    act: Activation = None,
) -> Cost:
    """Depthwise convolution: each input channel has filters of its own, one unless `c` is a multiple of c_in.

    Shapes: (c_in, h, w) -> (c, h', w') as for conv; `c` defaults to c_in, c / c_in is the channel multiplier.
    Counts: those of conv with a group for each channel: weights = k_h * k_w * (c_in / g) * c, g = c_in.
    Errors: those of conv; a `c` that is no multiple of c_in.
    Source: Howard et al. 2017, arXiv:1704.04861, section 3.1, equations 3 and 4.
    """
    c = called(x.c, "c_out") if c is None else c
    if c % x.c:
        raise OpError(f"{c} output channels must be a multiple of the {x.c} input channels", "c")
    out = Shape(c, *_sides(x, k, s, p, d))
    return _cost(out, k[0] * k[1] * (x.c // called(x.c, "g")) * c, bias, norm, act)


@layer_type(
    Name("fc", ("dense", "linear")),
    label="FC",
    filter=NO_FILTER._replace(shown=lambda layer: f"{layer.ins[0].size}x{layer.cost.out.c}", positions=one, sees=MAP),
    keeps=INPUT,
    memory=NEW,
)
def fc(x: Shape, /, *, c: Channels, bias: Flag = True, norm: Norm = None, act: Activation = None) -> Cost:
    """Fully connected layer over the flattened input.

    Shapes: (c_in, h, w) -> (c, 1, 1).
    Counts: weights = fc_macs = c_in * h * w * c; bias is on unless it is switched off.
    Errors: none of its own.
    Source: Goodfellow et al. 2016, Deep Learning, section 6.1.
    """
    out = Shape(c, 1, 1)
    weights = x.c * x.h * x.w * c
    return Cost(out, weights=weights + slopes(out, act), fc_macs=weights, **dress(out, bias, norm, act))
