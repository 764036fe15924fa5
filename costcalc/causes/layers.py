"""Mistakes in one layer: its op run with other columns, or its counts changed. None where a mistake does not apply."""

from typing import Any

from costcalc.network.model import Layer, without_parameters
from costcalc.network.quantities import kernel
from costcalc.ops import OPS, OpError
from costcalc.ops.dress import dress
from costcalc.ops.shape import WindowError

MULTIPLIED = ("conv_macs", "fc_macs", "matmul_macs")


def rerun(layer: Layer, op: str = "", **columns: Any) -> Layer | None:
    """Return a layer with other columns, or as another op, on the same inputs; None where it refuses them."""
    op = op or layer.op
    args = {**layer.args, **columns}
    try:  # a layer that is run on symbols has no label, and gets none: it would pin them
        cost = OPS[op].run(layer.ins, args) if layer.kind else OPS[op].function(*layer.ins, **args)
        return layer._replace(op=op, args=args, cost=without_parameters(cost) if layer.shares else cost)
    except (OpError, WindowError):
        return None


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
    if not layer.args.get("s"):
        return None
    out = layer.ins[0]._replace(c=layer.out.c)
    moved = layer._replace(cost=layer.cost._replace(out=out, activations=out.size))
    return with_kernel(moved, kernel(moved)) or moved


# the kernel


def with_kernel(layer: Layer, weights: int) -> Layer | None:
    """Return a layer with another number of weights at the positions where it uses them; None where it has none."""
    positions, cost = OPS[layer.op].filter.positions, layer.cost
    if not positions or layer.shares:
        return None
    macs: dict[str, Any] = {name: weights * positions(layer) for name in MULTIPLIED if getattr(cost, name)}
    return layer._replace(cost=cost._replace(weights=cost.weights - kernel(layer) + weights, **macs))


def without_groups(layer: Layer) -> Layer | None:
    """Let every filter of a grouped convolution see all input channels."""
    return rerun(layer, g=1) if 1 < OPS[layer.op].filter.groups(layer) < layer.ins[0].c else None


def as_full(layer: Layer) -> Layer | None:
    """Let every filter of a depthwise convolution see all input channels."""
    if not OPS[layer.op].filter.depthwise(layer):
        return None
    return rerun(layer, layer.op if "g" in OPS[layer.op].columns else "conv", g=1, c=layer.out.c)


def one_side(layer: Layer) -> Layer | None:
    """Take k in place of k * k."""
    rows, columns = layer.args.get("k") or (1, 0)
    return with_kernel(layer, kernel(layer) // columns) if rows == columns else None


def without_input_channels(layer: Layer) -> Layer | None:
    """Take filters as one channel deep."""
    return with_kernel(layer, kernel(layer) // (layer.ins[0].c // OPS[layer.op].filter.groups(layer)))


def without_output_channels(layer: Layer) -> Layer | None:
    """Count one filter."""
    return with_kernel(layer, kernel(layer) // layer.out.c)


# bias and norm


def without_bias(layer: Layer) -> Layer | None:
    """Leave the biases out."""
    return layer._replace(cost=layer.cost._replace(bias=0, bias_adds=0)) if layer.cost.bias else None


def with_bias(layer: Layer) -> Layer | None:
    """Count one bias for each output channel, and its additions among the multiply-accumulates."""
    if not OPS[layer.op].filter.positions:
        return None
    cost = layer.cost._replace(**dress(layer.out, bias=True))
    return _more_macs(layer._replace(cost=cost), cost.bias_adds)


def without_norm(layer: Layer) -> Layer | None:
    """Leave gamma, beta and the running statistics out."""
    return layer._replace(cost=layer.cost._replace(norm=0, stats=0, norm_elems=0)) if layer.cost.norm else None


def with_norm(layer: Layer) -> Layer | None:
    """Count a gamma and a beta for each channel of a convolution that has none."""
    if not OPS[layer.op].filter.convolves or layer.cost.norm:
        return None
    return layer._replace(cost=layer.cost._replace(**dress(layer.out, norm="bn")))


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
