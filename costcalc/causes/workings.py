"""An answer that is its own working: a product compared factor by factor with that of the layer's op."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

from costcalc.causes.asked import Asked
from costcalc.network.model import Layer
from costcalc.ops import OPS

# A factor of a product: its name, and its value.
Factor = tuple[str, int]


def factors_of(asked: Asked) -> list[Factor]:
    """Return the factors of what is asked of a convolution or fully connected layer; none where it is not a product."""
    layers = asked.sides[0].layers
    if len(asked.sides) != 1 or len(layers) != 1 or asked.bits or asked.quantity not in ("macs", "flops", "weights"):
        return []
    layer = layers[0]
    if OPS[layer.op].filter.reads_windows and OPS[layer.op].filter.convolves:
        found = _convolution(layer, with_map=asked.quantity != "weights")
    elif layer.cost.fc_macs:
        found = [("the inputs", layer.ins[0].size), ("the outputs", layer.out.c)]
    else:
        return []
    return [("operations of a MAC", 2), *found] if asked.quantity == "flops" else found


def _convolution(layer: Layer, *, with_map: bool) -> list[Factor]:
    kernel = layer.args["k"]
    found = [
        ("the kernel's height", kernel[0]),
        ("the kernel's width", kernel[1]),
        ("the input channels of a filter", layer.ins[0].c // OPS[layer.op].filter.groups(layer)),
        ("the output channels", layer.out.c),
    ]
    return found + ([("the output's height", layer.out.h), ("the output's width", layer.out.w)] if with_map else [])


def compared(asked: Asked, written: Sequence[Fraction]) -> str:
    """Return which factors of a written product are not those of the layer, or an empty string."""
    own = [factor for factor in factors_of(asked) if factor[1] != 1]
    if not own or not written or len(written) > len(own) + 3:
        return ""
    left, missing = _unmatched([factor for factor in written if factor != 1], own)
    if not left and not missing:
        return ""
    layer = asked.sides[0].layers[0]
    inside, outside = layer.ins[0], layer.out
    if sorted(left) == sorted((inside.h, inside.w)) and {name for name, _ in missing} == {
        "the output's height",
        "the output's width",
    }:
        return f"{inside.h} x {inside.w} is the input; the output is {outside.h} x {outside.w}"
    parts = [f"{name} {value:,} is missing" for name, value in missing]
    parts += [f"{float(value):,.12g} is not a factor of it" for value in left]
    return "; ".join(parts[:4])


def _unmatched(written: list[Fraction], own: list[Factor]) -> tuple[list[Fraction], list[Factor]]:
    """Return the factors that are in one product alone; a written one may be two or three of the layer's together."""
    left, missing = [], list(own)
    for value in sorted(written, reverse=True):
        match = next(
            (chosen for size in (1, 2, 3) for chosen in combinations(missing, size) if value == _product(chosen)),
            None,
        )
        if match is None:
            left.append(value)
        else:
            for factor in match:
                missing.remove(factor)
    return left, missing


def _product(factors: Sequence[Factor]) -> int:
    number = 1
    for _, value in factors:
        number *= value
    return number
