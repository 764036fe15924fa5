"""Layers with weights: conv, dwconv, fc, linear, tconv."""

from typing import Any

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
    at_input,
    at_output,
    kernel_shown,
    layer_type,
    one,
)
from costcalc.ops.dress import GROUPS, dress, slopes
from costcalc.ops.schema import Channels, Extra, Flag, Groups, Kernel, Multiple, Norm, Padding
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


def _cost(out: Shape, weights: int, act: str | None, **carried: Any) -> Cost:
    """Return the cost of a convolution with so many weights at each output pixel, and what it carries."""
    macs = weights * out.h * out.w
    return Cost(out, weights=weights + slopes(out, act), conv_macs=macs, **dress(out, act=act, **carried))


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
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    groups: Groups = GROUPS,
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
    weights = k[0] * k[1] * (x.c // g) * c
    return _cost(out, weights, act, bias=bias, norm=norm, gamma=gamma, beta=beta, frozen=frozen, groups=groups)


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
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    groups: Groups = GROUPS,
) -> Cost:
    """Depthwise convolution: each input channel has filters of its own, one unless `c` is a multiple of c_in.

    Shapes: (c_in, h, w) -> (c, h', w') as for conv; `c` defaults to c_in, c / c_in is the channel multiplier.
    Counts: those of conv with a group for each channel: weights = k_h * k_w * (c_in / g) * c, g = c_in.
    Errors: those of conv; a `c` that is not a multiple of c_in.
    Source: Howard et al. 2017, arXiv:1704.04861, section 3.1, equations 3 and 4.
    """
    c = called(x.c, "c_out") if c is None else c
    if c % x.c:
        raise OpError(f"{c} output channels must be a multiple of the {x.c} input channels", "c")
    out = Shape(c, *_sides(x, k, s, p, d))
    weights = k[0] * k[1] * (x.c // called(x.c, "g")) * c
    return _cost(out, weights, act, bias=bias, norm=norm, gamma=gamma, beta=beta, frozen=frozen, groups=groups)


@layer_type(
    Name("fc", ("dense",)),
    label="FC",
    filter=NO_FILTER._replace(shown=lambda layer: f"{layer.ins[0].size}x{layer.cost.out.c}", positions=one, sees=MAP),
    keeps=INPUT,
    memory=NEW,
)
def fc(
    x: Shape,
    /,
    *,
    c: Channels,
    bias: Flag = True,
    norm: Norm = None,
    act: Activation = None,
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    groups: Groups = GROUPS,
) -> Cost:
    """Fully connected layer over the flattened input.

    Shapes: (c_in, h, w) -> (c, 1, 1).
    Counts: weights = fc_macs = c_in * h * w * c; bias is on unless it is switched off.
    Errors: none of its own.
    Source: Goodfellow et al. 2016, Deep Learning, section 6.1.
    """
    out = Shape(c, 1, 1)
    weights = x.c * x.h * x.w * c
    counts = dress(out, bias, norm, act, gamma=gamma, beta=beta, frozen=frozen, groups=groups)
    return Cost(out, weights=weights + slopes(out, act), fc_macs=weights, **counts)


@layer_type(
    Name("linear", ("pointwise_linear",)),
    label="Linear",
    filter=NO_FILTER._replace(shown=lambda layer: f"{layer.ins[0].c}x{layer.cost.out.c}", positions=at_output),
    keeps=INPUT,
    memory=NEW,
)
def linear(
    x: Shape,
    /,
    *,
    c: Channels,
    bias: Flag = True,
    norm: Norm = None,
    act: Activation = None,
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    groups: Groups = GROUPS,
) -> Cost:
    """Dense layer at every place of a map: its channels through one matrix, as `nn.Linear` does on tokens.

    Shapes: (c_in, h, w) -> (c, h, w).
    Counts: weights = c_in * c; fc_macs = weights * h * w; bias is on unless it is switched off.
    Errors: none of its own.
    Source: PyTorch, `Linear`, on channels-last maps; Lin et al. 2013, arXiv:1312.4400, section 3.1.
    """
    out = Shape(c, x.h, x.w)
    weights = x.c * c
    counts = dress(out, bias, norm, act, gamma=gamma, beta=beta, frozen=frozen, groups=groups)
    return Cost(out, weights=weights + slopes(out, act), fc_macs=weights * x.h * x.w, **counts)


def tconv_pads(x: Shape, k: Pair, s: Pair, p: str | Pads | None, d: Pair) -> tuple[Pair, Pair]:
    """Return what a transposed convolution cuts off, as ((top, bottom), (left, right)); without `p`, h' = s * h."""
    if isinstance(p, tuple):
        return p[:2], p[2:]
    rows, columns = (_cut(k[side], s[side], d[side], same=p == "same") for side in (0, 1))
    return called_pads(rows[:2], columns[:2])


def _cut(k: int, s: int, d: int, *, same: bool) -> tuple[int, int, int]:
    """Return (before, after, extra) of one side whose output is `s` times its input.

    2 * p = d * (k - 1) + 1 - s + extra, with `extra` 0 or 1; TensorFlow's `same` cuts an odd pixel off the end instead,
    and fills a kernel smaller than its stride up with zeros.
    """
    over = extent(k, d) - s
    if same:
        return (over // 2, over - over // 2, 0) if over >= 0 else (0, 0, -over)
    if over < 0:
        raise OpError(
            f"a kernel of {extent(k, d)} is smaller than its stride of {s}: say `p` (a number or `same`)", "k"
        )
    return (over + 1) // 2, (over + 1) // 2, over % 2


def _spread(x: Shape, k: Pair, s: Pair, p: str | Pads | None, d: Pair, extra: Pair | None) -> Pair:
    """Return the output height and width of a transposed convolution."""
    pads = tconv_pads(x, k, s, p, d)
    sides = []
    for side, size in enumerate((x.h, x.w)):
        follows = 0 if isinstance(p, tuple) else _cut(k[side], s[side], d[side], same=p == "same")[2]
        if extra is not None and not isinstance(p, tuple):
            raise OpError("`extra` follows from the other columns where `p` is not given in numbers", "extra")
        more = follows if extra is None else extra[side]
        if extra is not None and more >= s[side] and more >= d[side]:
            raise OpError(f"`extra` of {more} must be smaller than the stride or the dilation", "extra")
        out = (size - 1) * s[side] + extent(k[side], d[side]) - pads[side][0] - pads[side][1] + more
        if out < 1:
            raise OpError(f"padding of {pads[side][0]} + {pads[side][1]} leaves nothing of the output", "p")
        sides.append(out)
    return called(sides[0], "h'"), called(sides[1], "w'")


@layer_type(
    Name("tconv", ("deconv", "convtranspose", "convtranspose2d", "conv2dtranspose", "conv_transpose", "deconvolution")),
    label=lambda layer: f"TConv {kernel_shown(layer)}",
    filter=Filter(
        shown=lambda layer: f"{kernel_shown(layer)}x{layer.ins[0].c // layer.args['g']}x{layer.cost.out.c}",
        pads=tconv_pads,
        positions=at_input,
        groups=lambda layer: layer.args["g"],
        depthwise=_depthwise,
        sees=WINDOW,
    ),
    keeps=INPUT,
    memory=NEW,
)
def tconv(
    x: Shape,
    /,
    *,
    k: Kernel,
    c: Channels,
    s: Kernel = (1, 1),
    p: Padding = None,
    d: Kernel = (1, 1),
    g: Groups = 1,
    extra: Extra = None,
    bias: Flag = False,
    norm: Norm = None,
    act: Activation = None,
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    groups: Groups = GROUPS,
) -> Cost:
    """Transposed convolution: each input pixel is spread by a kernel; `p` cuts off, `extra` adds rows at the end.

    Shapes: (c_in, h, w) -> (c, h', w'), h' = (h - 1) * s_h - p_top - p_bottom + d_h * (k_h - 1) + extra_h + 1; without
    `p`, h' = s_h * h, by 2 * p = d * (k - 1) + 1 - s + extra with `extra` 0 or 1.
    Counts: weights = k_h * k_w * (c_in / g) * c; conv_macs = weights * h * w, the kernel at each input place;
    spread_taps = weights * h' * w'.
    Errors: channels that `g` does not divide; a kernel smaller than its stride, or `extra`, without `p`; `extra` not
    smaller than the stride or the dilation; padding that leaves nothing.
    Source: Dumoulin and Visin 2016, arXiv:1603.07285, relationship 14; PyTorch, `ConvTranspose2d`; TensorFlow, `same`.
    """
    for channels, which in ((x.c, "input"), (c, "output")):
        if channels % g:
            raise OpError(f"groups of {g} do not divide the {channels} {which} channels", "g")
    out = Shape(c, *_spread(x, k, s, p, d, extra))
    weights = k[0] * k[1] * (x.c // g) * c
    counts = dress(out, bias, norm, act, gamma=gamma, beta=beta, frozen=frozen, groups=groups)
    counts |= {"conv_macs": weights * x.h * x.w, "spread_taps": weights * out.h * out.w}
    return Cost(out, weights=weights + slopes(out, act), **counts)
