"""Small pure functions of counts: pruned parameters, hours of an epoch, the longest chain of layers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from costcalc.network.metrics import DEFAULT_PARAMS, multiplies
from costcalc.network.model import Layer
from costcalc.ops.dress import slopes

if TYPE_CHECKING:
    from fractions import Fraction

FULL_BITS = 32  # of a parameter about which a spec says nothing


def datum(layer: Layer, name: str, missing: int) -> "Fraction | int":
    """Return a number that the spec keeps about a layer, as it was written: 0.33 is 33 / 100."""
    value = layer.data.get(name, missing)
    if isinstance(value, int):
        return value
    from fractions import Fraction  # a report that needs none starts faster

    return Fraction(str(value))


def kernel(layer: Layer) -> int:
    """Return the weights of a layer that pruning may take: all but the slopes of an activation."""
    if layer.op == "prelu":
        return 0
    return layer.cost.weights - slopes(layer.out, layer.args.get("act"))


def kept_of(layer: Layer) -> int:
    """Return the parameters of one layer that pruning leaves: ceil(weights * density), and all that is not a weight.

    A layer's density is that of the spec's `density` data, 1 where it has none. Biases, gamma, beta and slopes stay.
    Source: Iandola et al. 2016, arXiv:1602.07360, Table 1, whose cells are rounded up.
    """
    weights = kernel(layer)
    return -(-weights * datum(layer, "density", 1) // 1) + DEFAULT_PARAMS.of(layer) - weights


def kept(layers: Sequence[Layer]) -> int:
    """Return the parameters that pruning leaves of some layers, each rounded up by itself."""
    return sum(map(kept_of, layers))


def kept_bits(layers: Sequence[Layer]) -> int:
    """Return the bits of the parameters that pruning leaves, each as wide as the spec's `bits` data say, or 32."""
    return sum(kept_of(layer) * int(datum(layer, "bits", FULL_BITS)) for layer in layers)


def hours(images: "float | Fraction", rate: "float | Fraction") -> "float | Fraction":
    """Return the hours that an epoch of `images` takes at `rate` images per second."""
    return images / rate / 3600


def depth(layers: Sequence[Layer]) -> int:
    """Return the number of layers that multiply on the longest chain of these layers."""
    longest: dict[int, int] = {}
    for layer in layers:
        before = max((longest.get(number, 0) for number in layer.inputs), default=0)
        longest[layer.number] = before + multiplies(layer)
    return max(longest.values(), default=0)
