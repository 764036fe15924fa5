"""Training memory: weights, gradients, optimiser state, and the activations that the backward pass reads."""

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.network.memory.lifetimes import bases
from costcalc.network.model import INPUT, Layer, Network
from costcalc.ops.schema import ACTIVATIONS

# Values that an optimiser keeps for each parameter: none, a velocity (Sutskever et al. 2013, section 2), two moments
# (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1).
OPTIMIZERS: Mapping[str, int] = {"sgd": 0, "momentum": 1, "adam": 2}


class Keeps(NamedTuple):
    """What the backward pass of an op reads: its inputs, its output, tensors of its own as large as its output."""

    inputs: bool = False
    output: bool = False
    own: int = 0


# By what PyTorch's `tools/autograd/derivatives.yaml` saves for each op; lrn as Caffe's `lrn_layer.cpp`, with its scale.
# Masks of dropout and indices of pools are no features, and left out; so are statistics of one value a channel.
KEEPS: Mapping[str, Keeps] = {
    "conv": Keeps(inputs=True),
    "dwconv": Keeps(inputs=True),
    "fc": Keeps(inputs=True),
    "maxpool": Keeps(inputs=True),
    "avgpool": Keeps(inputs=True),
    "gap": Keeps(),  # a mean over the map, whose gradient needs its size alone
    "gmp": Keeps(inputs=True),
    "bn": Keeps(inputs=True),
    "ln": Keeps(inputs=True),
    "lrn": Keeps(inputs=True, output=True, own=1),
    "dropout": Keeps(),
    "softmax": Keeps(output=True),
    "flatten": Keeps(),
    "add": Keeps(),
    "mul": Keeps(inputs=True),
    "concat": Keeps(),
    "shuffle": Keeps(),
    "slice": Keeps(),
    "identity": Keeps(),
}
BY_OUTPUT = (
    "relu",
    "sigmoid",
    "tanh",
)  # activations that are differentiated by their output, the others by their input
TRAINING_VIEWS = ("flatten", "identity", "slice")  # dropout makes a tensor of its own while it trains


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
    """Return what the backward pass of a row reads, that of its norm and its activation included."""
    if layer.op in ACTIVATIONS:
        return Keeps(inputs=layer.op not in BY_OUTPUT, output=layer.op in BY_OUTPUT)
    found = KEEPS[layer.op]
    own = found.own + bool(layer.args.get("norm"))
    act = layer.args.get("act")
    if not act:
        return found._replace(own=own)
    return found._replace(output=found.output or act in BY_OUTPUT, own=own + (act not in BY_OUTPUT))


def kept(network: Network) -> int:
    """Return the elements of one sample that the backward pass reads, each tensor once however many layers read it."""
    found = bases(network.layers, TRAINING_VIEWS)
    sizes = {INPUT: network.input.size, **{layer.number: layer.out.size for layer in network.layers}}
    own, wanted = 0, set()
    for layer in network.layers:
        needs = keeps(layer)
        own += needs.own * layer.out.size
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
