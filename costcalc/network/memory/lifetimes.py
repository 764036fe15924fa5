"""Tensors with lifetimes: which layers make one, which look at another's, and how long each is needed."""

from typing import NamedTuple

from costcalc.network.memory.policy import Policy
from costcalc.network.model import INPUT, Layer, Network
from costcalc.ops import OPS


class Tensor(NamedTuple):
    """Memory for some elements (of one sample), alive from layer `first` to layer `last`, both included.

    A result of the network lives past its last layer: `last` is then the number of layers.
    `source` is the number of the layer whose output it holds (-1, -2, ... for the network's inputs). `over` are the
    sources of the tensors that it is written over: while its layer runs, it takes their place. `scratch` marks what
    only its layer needs.
    """

    source: int
    elements: int
    first: int
    last: int
    over: tuple[int, ...] = ()
    scratch: bool = False

    @property
    def counted_from(self) -> int:
        """The first layer during which it takes memory of its own."""
        return self.first + 1 if self.over else self.first


class Lives:
    """How long the value of each layer of a network is needed, and which tensors hold it under a policy.

    A view has no tensor of its own: whatever reads it reads what it looks at. What no layer reads is a result of the
    network and lives to its end.
    """

    def __init__(self, network: Network, policy: Policy) -> None:
        self.layers, self.policy = network.layers, policy
        self.sizes = sizes_of(network)
        self.bases = bases(network)
        self.needed = needed_until(network, self.bases)
        self.tensors: dict[int, Tensor] = {
            number: Tensor(number, shape.size, 0, self.needed.get(number, -1)) for number, shape in network.fed.items()
        }
        self.scratch: list[Tensor] = []
        self.held: dict[int, tuple[int, ...]] = {
            number: (number,) for number in network.fed
        }  # the sources of the tensors that hold a value
        for layer in network.layers:
            if not OPS[layer.op].stored(layer).view:
                self.make(layer)

    def make(self, layer: Layer) -> None:
        """Give the output of a layer its tensor, in place or next to the parts of a concat where the policy says so."""
        number, size, over = layer.number, layer.out.size, self.overwritten(layer)
        parts = self.joined(layer)
        for part in parts:
            size -= self.sizes[part]
            for source in self.held[part]:
                self.tensors[source] = self.tensors[source]._replace(last=self.needed[number])
        sources = tuple(source for part in parts for source in self.held[part])
        if size:
            self.tensors[number] = Tensor(number, size, number, self.needed[number], over)
            sources = (*sources, number)
        self.held[number] = sources
        if over and OPS[layer.op].stored(layer).by_channel:
            self.scratch.append(Tensor(number, layer.out.h * layer.out.w, number, number, scratch=True))

    def free(self, layer: Layer, value: int) -> bool:
        """Return whether a layer is the last to need a value, which is the network's own to write over."""
        base, whole = self.bases[value]
        mine = base > INPUT or not self.policy.no_input
        return whole and mine and self.needed[base] == layer.number

    def base(self, value: int) -> int:
        """Return the layer whose output a value is, or is a view of."""
        return self.bases[value][0]

    def overwritten(self, layer: Layer) -> tuple[int, ...]:
        """Return the sources of the tensors that a layer writes its output over; none where it makes a new one."""
        if not _in_place(layer, self.policy):
            return ()
        for value in layer.inputs:
            if self.free(layer, value) and self.sizes[value] >= layer.out.size:
                return self.held[self.base(value)]
        return ()

    def joined(self, layer: Layer) -> tuple[int, ...]:
        """Return the inputs that a concat need not copy: they are made where it will have them.

        Those are the ones that nothing else reads later, each once; the network's inputs are where its caller put them.
        """
        if not (OPS[layer.op].stored(layer).joins and self.policy.no_concat_copy) or layer.args.get("act"):
            return ()
        parts = dict.fromkeys(self.base(value) for value in layer.inputs if self.free(layer, value))
        return tuple(part for part in parts if part > INPUT)


def sizes_of(network: Network) -> dict[int, int]:
    """Return the elements of each input and of each layer's output, by number."""
    layers = {layer.number: layer.out.size for layer in network.layers}
    return {**{number: shape.size for number, shape in network.fed.items()}, **layers}


def bases(network: Network, *, trained: bool = False) -> dict[int, tuple[int, bool]]:
    """Return for each layer whose output its value is (its own unless it is a view), and whether it is all of that."""
    found = {number: (number, True) for number in network.fed}
    for layer in network.layers:
        found[layer.number] = (layer.number, True)
        memory = OPS[layer.op].stored(layer)
        if memory.view and (memory.trained or not trained):
            base, whole = found[layer.inputs[0]]
            found[layer.number] = (base, whole and memory.whole)
    return found


def needed_until(network: Network, found: dict[int, tuple[int, bool]]) -> dict[int, int]:
    """Return the last layer that needs each value, itself or by a view; for results the number of layers.

    Results are the outputs that the spec names, or else what no layer reads; what nobody wants is gone at once.
    """
    layers = network.layers
    needed: dict[int, int] = {}
    read = {value for layer in layers for value in layer.inputs}
    for layer in layers:
        for value in layer.inputs:
            needed[found[value][0]] = layer.number
    for layer in layers:
        if layer.number not in read:
            needed.setdefault(found[layer.number][0], layer.number)
    for number in network.outputs or [layer.number for layer in layers if layer.number not in read]:
        needed[found[number][0]] = len(layers)
    return needed


def _in_place(layer: Layer, policy: Policy) -> bool:
    """Return whether a policy lets a layer write over an input, which one by channel does only to that channel."""
    op = OPS[layer.op]
    memory = op.stored(layer)
    allowed = memory.over and getattr(policy, memory.over)
    return bool(allowed) and (not memory.by_channel or op.filter.groups(layer) == layer.ins[0].c == layer.out.c)


def tensors_of(network: Network, policy: Policy) -> tuple[Tensor, ...]:
    """Return every tensor of a network's run, by the layer that makes it."""
    lives = Lives(network, policy)
    made = [tensor for tensor in lives.tensors.values() if not (policy.no_input and tensor.source <= INPUT)]
    return tuple(sorted((*made, *lives.scratch), key=_made))


def _made(tensor: Tensor) -> tuple[int, bool, int, bool]:
    """Return what tensors are in order by: when they are made, inputs first."""
    return tensor.first, tensor.source > INPUT, abs(tensor.source), tensor.scratch
