"""Training memory: weights, gradients, optimiser state, and the activations that the backward pass reads."""

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.network.memory.lifetimes import bases, sizes_of
from costcalc.network.model import Layer, Network
from costcalc.ops import OPS
from costcalc.ops.declare import Keeps

# Values that an optimiser keeps for each parameter: none, a velocity (Sutskever et al. 2013, section 2), two moments
# (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1).
OPTIMIZERS: Mapping[str, int] = {"sgd": 0, "momentum": 1, "adam": 2}


class Training(NamedTuple):
    """Elements in memory at the end of a forward pass of training; `kept` are those of the whole batch."""

    weights: int
    gradients: int
    state: int
    kept: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


def keeps(layer: Layer) -> Keeps:
    """Return what the backward pass of a row reads, that of its norm and its activation included.

    Frozen batch norm is a factor and a summand, whose backward pass reads nothing; other norms read their input anyway.
    """
    found, act, norm = OPS[layer.op].kept(layer), layer.args.get("act"), layer.args.get("norm")
    own = found.own + bool(norm and not (norm == "bn" and layer.args.get("frozen")))
    if not act:
        return found._replace(own=own)
    after = OPS[act].kept(layer)
    return found._replace(output=found.output or after.output, own=own + after.inputs)


def kept(network: Network) -> int:
    """Return the elements of one sample that the backward pass reads, each tensor once however many layers read it."""
    found = bases(network, trained=True)
    sizes = sizes_of(network)
    own, wanted = 0, set()
    for layer in network.layers:
        needs = keeps(layer)
        own += needs.own * layer.out.size + needs.elements
        wanted |= {found[value][0] for value in layer.inputs if needs.inputs}
        wanted |= {layer.number} if needs.output else set()
    return own + sum(sizes[value] for value in wanted)


def training(network: Network, optimizer: str = "sgd", batch: int = 1) -> Training:
    """Return what training holds: parameters, a gradient and the optimiser's state for each, and kept activations.

    Parameters are those that the network's measure counts. Left out: gradients of activations, which come and go in
    the backward pass, and the workspace of libraries. Raises KeyError for an unknown optimiser.
    """
    params = network.totals.params
    return Training(params, params, OPTIMIZERS[optimizer] * params, batch * kept(network))
