"""Mistakes in one layer: its op run with other columns, or its counts changed. None where a mistake does not apply."""

from typing import Any

from costcalc.network.model import Layer
from costcalc.ops import OPS, OpError
from costcalc.ops.shape import Shape, WindowError


def rerun(layer: Layer, op: str = "", **columns: Any) -> Layer | None:
    """Return a layer with other columns, or as another op, on the same inputs; None where it refuses them."""
    op = op or layer.op
    args = {**layer.args, **columns}
    try:
        cost = OPS[op].function(*layer.ins, **args)
    except (OpError, WindowError):
        return None
    return layer._replace(op=op, args=args, cost=cost)


# the window


def without_stride(layer: Layer) -> Layer | None:
    """Count a window at every position."""
    return rerun(layer, s=(1, 1)) if "s" in OPS[layer.op].columns else None


def valid(layer: Layer) -> Layer | None:
    """Leave the padding out."""
    return rerun(layer, p=(0, 0, 0, 0)) if "p" in OPS[layer.op].columns else None


def same(layer: Layer) -> Layer | None:
    """Pad so that ceil(size / stride) stay."""
    return rerun(layer, p="same") if "p" in OPS[layer.op].columns else None


def at_input_size(layer: Layer) -> Layer | None:
    """Count a convolution, or what a pool puts out, at the input's height and width."""
    if "s" not in OPS[layer.op].columns:
        return None
    x = layer.ins[0]
    out = Shape(layer.out.c, x.h, x.w)
    cost = layer.cost._replace(out=out, activations=out.size)
    return layer._replace(cost=cost._replace(conv_macs=kernel(layer) * x.h * x.w))


# the kernel


def kernel(layer: Layer) -> int:
    """Return the weights that a convolution uses at each position, or all of an fc; 0 for any other layer."""
    return layer.cost.fc_macs or layer.cost.conv_macs // (layer.out.h * layer.out.w)


def with_kernel(layer: Layer, weights: int) -> Layer | None:
    """Return a convolution or an fc with another number of weights at the same output size."""
    now, cost = kernel(layer), layer.cost
    if not now:
        return None
    cost = cost._replace(weights=cost.weights - now + weights)
    if cost.fc_macs:
        return layer._replace(cost=cost._replace(fc_macs=weights))
    return layer._replace(cost=cost._replace(conv_macs=weights * layer.out.h * layer.out.w))


def is_depthwise(layer: Layer) -> bool:
    """Return whether every input channel of a convolution has filters of its own."""
    return layer.op == "dwconv" or (layer.op == "conv" and layer.args.get("g", 1) == layer.ins[0].c > 1)


def without_groups(layer: Layer) -> Layer | None:
    """Let every filter of a grouped convolution see all input channels."""
    grouped = layer.op == "conv" and 1 < layer.args.get("g", 1) < layer.ins[0].c
    return rerun(layer, g=1) if grouped else None


def as_full(layer: Layer) -> Layer | None:
    """Let every filter of a depthwise convolution see all input channels."""
    if not is_depthwise(layer):
        return None
    return rerun(layer, "conv", g=1, c=layer.out.c)


def one_side(layer: Layer) -> Layer | None:
    """Take k in place of k * k."""
    rows, columns = layer.args.get("k", (1, 1))
    return with_kernel(layer, kernel(layer) // columns) if rows == columns and layer.op != "fc" else None


def without_input_channels(layer: Layer) -> Layer | None:
    """Take filters as one channel deep."""
    if layer.op not in ("conv", "fc"):
        return None
    return with_kernel(layer, kernel(layer) // (layer.ins[0].c // layer.args.get("g", 1)))


def without_output_channels(layer: Layer) -> Layer | None:
    """Count one filter."""
    return with_kernel(layer, kernel(layer) // layer.out.c)


# bias and norm


def multiplying(layer: Layer) -> bool:
    """Return whether a layer has weights that multiply: a conv or an fc."""
    return layer.op in ("conv", "dwconv", "fc")


def without_bias(layer: Layer) -> Layer | None:
    """Leave the biases out."""
    return layer._replace(cost=layer.cost._replace(bias=0, bias_adds=0)) if layer.cost.bias else None


def with_bias(layer: Layer) -> Layer | None:
    """Count one bias for each output channel, and its additions among the multiply-accumulates."""
    if not multiplying(layer):
        return None
    cost, out = layer.cost, layer.out
    return _more_macs(layer._replace(cost=cost._replace(bias=out.c, bias_adds=out.size)), out.size)


def without_norm(layer: Layer) -> Layer | None:
    """Leave gamma, beta and the running statistics out."""
    return layer._replace(cost=layer.cost._replace(norm=0, stats=0, norm_elems=0)) if layer.cost.norm else None


def with_norm(layer: Layer) -> Layer | None:
    """Count a gamma and a beta for each channel of a convolution that has none."""
    if layer.op not in ("conv", "dwconv") or layer.cost.norm:
        return None
    return layer._replace(cost=layer.cost._replace(norm=2 * layer.out.c, stats=2 * layer.out.c))


def norm_as_macs(layer: Layer) -> Layer | None:
    """Count one multiply-accumulate for each normalised element."""
    return _more_macs(layer, layer.cost.norm_elems) if layer.cost.norm_elems else None


def with_stats(layer: Layer) -> Layer | None:
    """Count the running mean and variance among the parameters."""
    cost = layer.cost
    return layer._replace(cost=cost._replace(norm=cost.norm + cost.stats)) if cost.stats else None


def sum_as_macs(layer: Layer) -> Layer | None:
    """Count one multiply-accumulate for each addition of a shortcut."""
    return _more_macs(layer, layer.cost.merge_elems) if layer.op == "add" else None


def _more_macs(layer: Layer, number: int) -> Layer:
    return layer._replace(cost=layer.cost._replace(conv_macs=layer.cost.conv_macs + number))
