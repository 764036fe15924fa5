"""The timeline of a run: which tensors are alive while each layer runs, how much they take, and the peak."""

from collections import deque
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from costcalc.common.units import bytes_of
from costcalc.network.memory.lifetimes import Tensor, tensors_of
from costcalc.network.memory.policy import DEFAULT_POLICY, Policy
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import Layer, Network


class Timeline(NamedTuple):
    """Elements of one sample that are alive while each layer runs, in the order of the layers."""

    tensors: tuple[Tensor, ...]
    live: tuple[int, ...]

    @property
    def peak(self) -> int:
        """The most elements alive at once."""
        return max(self.live)

    @property
    def at(self) -> int:
        """The number of the first layer at the peak."""
        return self.live.index(self.peak)

    def alive(self, number: int) -> tuple[Tensor, ...]:
        """Return the tensors that are alive while a layer runs."""
        return tuple(tensor for tensor in self.tensors if tensor.first <= number <= tensor.last)

    def counts(self) -> tuple[int, ...]:
        """Return how many tensors are alive while each layer runs."""
        change = [0] * (len(self.live) + 2)
        for tensor in self.tensors:
            if tensor.first <= tensor.last:
                change[tensor.first] += 1
                change[tensor.last + 1] -= 1
        return tuple(accumulate(change[:-2]))

    def by_layer(self) -> Iterator[tuple[Tensor, ...]]:
        """Yield the tensors that are alive while each layer runs, in the order of the layers."""
        alive: list[Tensor] = []
        coming = deque(self.tensors)
        for number in range(len(self.live)):
            alive = [tensor for tensor in alive if tensor.last >= number]
            while coming and coming[0].first <= number:
                tensor = coming.popleft()
                alive += [tensor] if tensor.last >= number else []
            yield tuple(alive)


def timeline(network: Network, policy: Policy = DEFAULT_POLICY) -> Timeline:
    """Return what is alive when: a tensor lives from the layer that makes it to the last that reads it.

    The layers run in list order, each as one step; a norm or an activation that a row carries itself is part of that
    step. Elements are those of one sample.
    """
    tensors = tensors_of(network, policy)
    change = [0] * (len(network.layers) + 2)
    for tensor in tensors:
        if tensor.counted_from <= tensor.last:
            change[tensor.counted_from] += tensor.elements
            change[tensor.last + 1] -= tensor.elements
    return Timeline(tensors, tuple(accumulate(change[:-2])))


def resident(network: Network, policy: Policy) -> int:
    """Return the parameters that stay in memory all the time: those that the measure counts, if the policy does."""
    return network.totals.params if policy.weights else 0


def peak(network: Network, dtype: str = "fp32", batch: int = 1, policy: Policy = DEFAULT_POLICY) -> int:
    """Return the inference peak in bytes: the most that is alive while a layer runs, at a type and a batch.

    Equals ceil((batch * elements at the peak + parameters if the policy counts them) * bits / 8). Raises KeyError for
    an unknown type.
    """
    elements = batch * timeline(network, policy).peak + resident(network, policy)
    return bytes_of(elements, DTYPE_BITS[dtype])


def layer_of(network: Network, tensor: Tensor) -> Layer | None:
    """Return the layer whose output a tensor holds; None for the network's input."""
    return network.layers[tensor.source] if tensor.source >= 0 else None
