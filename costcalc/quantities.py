"""Small pure functions of counts: bytes, pruned parameters, hours of an epoch, the longest chain of layers."""

from collections.abc import Sequence
from fractions import Fraction

from costcalc.metrics import Convention, multiplies
from costcalc.network import Layer


def parameter_bytes(layers: Sequence[Layer], convention: Convention, bits: int = 32) -> int:
    """Return the bytes of the parameters that a convention counts, at `bits` each, the last byte filled up."""
    return -(-sum(map(convention.of, layers)) * bits // 8)


def kept(layers: Sequence[Layer]) -> int:
    """Return the parameters that pruning leaves: ceil(sum of weights * density) and every bias.

    Source: Iandola et al. 2016, arXiv:1602.07360, Table 1, whose cells are rounded up. A layer's density is that of
    the spec's `density` data, 1 where it has none.
    """
    left = sum(layer.cost.weights * Fraction(str(layer.data.get("density", 1))) for layer in layers)
    return -(-left // 1) + sum(layer.cost.bias for layer in layers)


def hours(images: float, rate: float) -> float:
    """Return the hours that an epoch of `images` takes at `rate` images per second."""
    return images / rate / 3600


def depth(layers: Sequence[Layer]) -> int:
    """Return the number of layers that multiply on the longest chain of these layers."""
    longest: dict[int, int] = {}
    for layer in layers:
        before = max((longest.get(number, 0) for number in layer.inputs), default=0)
        longest[layer.number] = before + multiplies(layer)
    return max(longest.values(), default=0)
