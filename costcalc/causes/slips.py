"""Rarer slips in a layer: sizes off by one, sides, strides, groups, biases and norms counted otherwise."""

from math import prod
from typing import Any

from costcalc.causes.layers import MULTIPLIED, rerun, with_kernel
from costcalc.network.model import Layer
from costcalc.network.quantities import kernel
from costcalc.ops import OPS
from costcalc.ops.shape import Shape


def at_size(layer: Layer, h: int, w: int) -> Layer | None:
    """Return a layer whose output has another height and width; None where it has no map."""
    filtered = OPS[layer.op].filter
    if not filtered.reads_windows or h < 1 or w < 1:
        return None
    cost, out = layer.cost, Shape(layer.out.c, h, w)
    scale = h * w, layer.out.h * layer.out.w
    counts: dict[str, Any] = {
        name: getattr(cost, name) * scale[0] // scale[1]
        for name in (*MULTIPLIED, "bias_adds", "norm_elems", "act_elems")
        if getattr(cost, name)
    }
    return layer._replace(cost=cost._replace(out=out, activations=out.size, **counts))


def one_short(layer: Layer) -> Layer | None:
    """Forget the + 1 of the output's size."""
    return at_size(layer, layer.out.h - 1, layer.out.w - 1)


def one_more(layer: Layer) -> Layer | None:
    """Count one position too many on each side."""
    return at_size(layer, layer.out.h + 1, layer.out.w + 1)


def stride_twice(layer: Layer) -> Layer | None:
    """Apply a stride twice."""
    rows, columns = layer.args.get("s") or (1, 1)
    return at_size(layer, -(-layer.out.h // rows), -(-layer.out.w // columns)) if rows * columns > 1 else None


def stride_on_one_side(layer: Layer) -> Layer | None:
    """Apply a stride to one side alone."""
    return at_size(layer, layer.out.h, layer.ins[0].w) if (layer.args.get("s") or (1, 1)) != (1, 1) else None


def pooled(layer: Layer) -> Layer | None:
    """Halve a map that keeps its size, as a pool behind it does."""
    return at_size(layer, layer.out.h // 2, layer.out.w // 2) if layer.out.h > 1 else None


def strided_by_kernel(layer: Layer) -> Layer | None:
    """Take the kernel for the stride."""
    return rerun(layer, s=layer.args["k"]) if layer.args.get("k") and layer.args.get("s") else None


def rows_squared(layer: Layer) -> Layer | None:
    """Take h * h for h * w."""
    return at_size(layer, layer.out.h, layer.out.h) if layer.out.h != layer.out.w else None


def columns_squared(layer: Layer) -> Layer | None:
    """Take w * w for h * w."""
    return at_size(layer, layer.out.w, layer.out.w) if layer.out.h != layer.out.w else None


def undilated_padding(layer: Layer) -> Layer | None:
    """Pad as a kernel that is not dilated needs."""
    dilation, k = (layer.args.get("d") or (1, 1)), (layer.args.get("k") or (1, 1))
    if dilation == (1, 1):
        return None
    return at_size(layer, *(o - (d - 1) * (n - 1) for o, d, n in zip(layer.out[1:], dilation, k, strict=True)))


def extent_for_kernel(layer: Layer) -> Layer | None:
    """Take what a dilated kernel spans for the kernel."""
    dilation, k = (layer.args.get("d") or (1, 1)), (layer.args.get("k") or (1, 1))
    span = prod(d * (n - 1) + 1 for d, n in zip(dilation, k, strict=True))
    return with_kernel(layer, kernel(layer) // prod(k) * span) if dilation != (1, 1) else None


def square_kernel(layer: Layer) -> Layer | None:
    """Take a kernel of 1x7 as one of 7x7."""
    k = layer.args.get("k") or (1, 1)
    return with_kernel(layer, kernel(layer) // prod(k) * max(k) ** 2) if k[0] != k[1] else None


# channels and groups


def channels_kept(layer: Layer) -> Layer | None:
    """Put out as many channels as come in."""
    return rerun(layer, c=layer.ins[0].c) if layer.args.get("c") else None


def channels_multiplied(layer: Layer) -> Layer | None:
    """Put out the output's channels for each of the input's."""
    if not layer.args.get("c"):
        return None
    return layer._replace(cost=layer.cost._replace(out=layer.out._replace(c=layer.out.c * layer.ins[0].c)))


def one_channel(layer: Layer) -> Layer | None:
    """Count one channel of the output."""
    return layer._replace(cost=layer.cost._replace(activations=layer.out.h * layer.out.w)) if layer.out.h > 1 else None


def half_of_the_channels(layer: Layer) -> Layer | None:
    """Put out half of the channels, as one of two towers does."""
    return rerun(layer, c=layer.out.c // 2) if layer.args.get("c") and layer.out.c % 2 == 0 else None


def input_on_both_sides(layer: Layer) -> Layer | None:
    """Take the input's channels on both sides."""
    return with_kernel(layer, kernel(layer) // layer.out.c * layer.ins[0].c)


def _groups(layer: Layer) -> int:
    groups: int = OPS[layer.op].filter.groups(layer) if OPS[layer.op].filter.convolves else 1
    return groups


def groups_on_both_sides(layer: Layer) -> Layer | None:
    """Divide the channels of both sides by the groups."""
    groups = _groups(layer)
    return with_kernel(layer, kernel(layer) // groups) if 1 < groups < layer.ins[0].c else None


def groups_multiplied(layer: Layer) -> Layer | None:
    """Multiply by the groups."""
    groups = _groups(layer)
    return with_kernel(layer, kernel(layer) * groups**2) if 1 < groups < layer.ins[0].c else None


def groups_for_channels(layer: Layer) -> Layer | None:
    """Take the number of groups for the channels of one."""
    groups = _groups(layer)
    if not 1 < groups < layer.ins[0].c:
        return None
    return with_kernel(layer, kernel(layer) * groups * groups // layer.ins[0].c)


def as_depthwise(layer: Layer) -> Layer | None:
    """Take a grouped convolution as a depthwise one."""
    groups = _groups(layer)
    return with_kernel(layer, kernel(layer) * groups // layer.ins[0].c) if 1 < groups < layer.ins[0].c else None


def one_filter_for_all(layer: Layer) -> Layer | None:
    """Count one kernel for all channels of a depthwise convolution."""
    return with_kernel(layer, kernel(layer) // layer.out.c) if OPS[layer.op].filter.depthwise(layer) else None


def as_separable(layer: Layer) -> Layer | None:
    """Count a pointwise convolution behind a depthwise one."""
    more = layer.out.c * layer.ins[0].c
    return with_kernel(layer, kernel(layer) + more) if OPS[layer.op].filter.depthwise(layer) else None


def pool_as_kernel(layer: Layer) -> Layer | None:
    """Count a kernel of weights for each channel of a pool."""
    return _pool(layer, layer.out.c)


def pool_as_one_kernel(layer: Layer) -> Layer | None:
    """Count one kernel of weights for a pool."""
    return _pool(layer, 1)


def _pool(layer: Layer, times: int) -> Layer | None:
    if "ceil" not in OPS[layer.op].columns or not layer.args.get("k"):
        return None
    return layer._replace(cost=layer.cost._replace(weights=prod(layer.args["k"]) * times))


# fully connected layers


def map_lost(layer: Layer) -> Layer | None:
    """Flatten a map to its channels alone."""
    return rerun(layer._replace(ins=(layer.ins[0]._replace(h=1, w=1),))) if layer.cost.fc_macs else None


def one_side_of_map(layer: Layer) -> Layer | None:
    """Flatten a map to channels times height."""
    return rerun(layer._replace(ins=(layer.ins[0]._replace(w=1),))) if layer.cost.fc_macs else None


def map_put_out(layer: Layer) -> Layer | None:
    """Count the output of a fully connected layer at each place of its input."""
    cost = layer.cost
    return layer._replace(cost=cost._replace(fc_macs=cost.fc_macs * layer.ins[0].h * layer.ins[0].w))


# biases and norms


def _bias(layer: Layer, number: int) -> Layer | None:
    return layer._replace(cost=layer.cost._replace(bias=number)) if OPS[layer.op].filter.positions else None


def bias_for_inputs(layer: Layer) -> Layer | None:
    """Count a bias for each input."""
    return _bias(layer, layer.ins[0].size if layer.cost.fc_macs else layer.ins[0].c)


def bias_for_layer(layer: Layer) -> Layer | None:
    """Count one bias for the layer."""
    return _bias(layer, 1)


def bias_for_slices(layer: Layer) -> Layer | None:
    """Count a bias for every slice of a kernel."""
    return _bias(layer, layer.ins[0].c * layer.out.c // _groups(layer))


def bias_for_places(layer: Layer) -> Layer | None:
    """Count a bias for every output."""
    return _bias(layer, layer.out.size)


def bias_for_norm(layer: Layer) -> Layer | None:
    """Count a bias in place of batch norm."""
    if not layer.cost.norm:
        return None
    return layer._replace(cost=layer.cost._replace(norm=0, stats=0, bias=layer.out.c))


def norm_for_bias(layer: Layer) -> Layer | None:
    """Count batch norm in place of a bias."""
    if not layer.cost.bias or not OPS[layer.op].filter.convolves:
        return None
    return layer._replace(cost=layer.cost._replace(norm=2 * layer.out.c, bias=0))


def norm_too(layer: Layer) -> Layer | None:
    """Count batch norm as well as a bias."""
    if layer.cost.norm or not OPS[layer.op].filter.convolves:
        return None
    return layer._replace(cost=layer.cost._replace(norm=2 * layer.out.c))


def conv_bias(layer: Layer) -> Layer | None:
    """Count a bias in every convolution, as Keras' layers have."""
    if not OPS[layer.op].filter.convolves or layer.cost.bias:
        return None
    return layer._replace(cost=layer.cost._replace(bias=layer.out.c))


def conv_bias_and_stats(layer: Layer) -> Layer | None:
    """Count a bias in every convolution, and running statistics."""
    biased = conv_bias(layer) or layer
    return biased._replace(cost=biased.cost._replace(norm=biased.cost.norm + biased.cost.stats))


def fc_bias(layer: Layer) -> Layer | None:
    """Count the biases of fully connected layers where there are none, and none where there are."""
    cost = layer.cost
    return layer._replace(cost=cost._replace(bias=0 if cost.bias else layer.out.c)) if cost.fc_macs else None


def conv_bias_lost(layer: Layer) -> Layer | None:
    """Leave the biases of convolutions out."""
    return layer._replace(cost=layer.cost._replace(bias=0)) if layer.cost.bias and layer.cost.conv_macs else None


def gamma_alone(layer: Layer) -> Layer | None:
    """Count one parameter of a norm for each channel."""
    return layer._replace(cost=layer.cost._replace(norm=layer.cost.norm // 2)) if layer.cost.norm else None


def norm_for_places(layer: Layer) -> Layer | None:
    """Count a gamma and a beta for every element."""
    cost = layer.cost
    return layer._replace(cost=cost._replace(norm=cost.norm * layer.out.h * layer.out.w)) if cost.norm else None


def norm_of_inputs(layer: Layer) -> Layer | None:
    """Count a gamma and a beta for each input channel."""
    return layer._replace(cost=layer.cost._replace(norm=2 * layer.ins[0].c)) if layer.cost.norm else None
