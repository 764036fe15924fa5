"""The sum of features: every output of a forward pass that never reuses memory."""

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.network.memory.lifetimes import tensors_of
from costcalc.network.memory.policy import Policy
from costcalc.network.model import Layer, Network
from costcalc.ops import OPS


class Features(NamedTuple):
    """Elements of one sample: outputs of the layers, and what rows with a norm hold before it."""

    outputs: int
    before_norm: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.outputs + self.before_norm


def features(layers: Sequence[Layer]) -> Features:
    """Return the elements that a forward pass through layers writes if no memory is used twice, its input left out.

    Every layer but views writes its output; a row that carries a norm writes twice, before and after it; activations
    are in place. Source: Albanie, convnet-burden, `core/burden.m`, whose memory of features is this sum.
    """
    made = [layer for layer in layers if not OPS[layer.op].stored(layer).view]
    return Features(
        sum(layer.out.size for layer in made), sum(layer.out.size for layer in made if layer.args.get("norm"))
    )


def features_under(network: Network, policy: Policy, layers: Sequence[Layer]) -> Features:
    """Return the same sum over layers of a network under a policy.

    What is written over an input, or made where a concat will have it, takes no memory of its own; a depthwise
    convolution in place takes one channel more. The input and the parameters are left out, whatever it says.
    """
    numbers = {layer.number for layer in layers}
    taken = sum(
        tensor.elements for tensor in tensors_of(network, policy) if tensor.source in numbers and not tensor.over
    )
    return features(layers)._replace(outputs=taken)
