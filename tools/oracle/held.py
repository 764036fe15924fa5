"""A network held against a run of its implementation: what was compared, what is equal, what differs and why."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from torch import nn

from costcalc.network.model import Network

from . import ours, run, theirs
from .ours import Event

BATCH = 2  # of a training step: batch norm needs two values


class Held(NamedTuple):
    """What a comparison at one point gives: two figures of each kind, layers compared and equal, causes.

    `causes` has, for each figure or for `layers`, why it is not the same at first sight; `first` the first layer that
    differs.
    """

    figures: dict[str, tuple[int, int]]
    layers: int
    equal: int
    causes: dict[str, str]
    first: str = ""

    @property
    def unexplained(self) -> list[str]:
        """What differs without a cause."""
        figures = [key for key, (a, b) in self.figures.items() if a != b and key not in self.causes]
        return figures if self.equal == self.layers else [*figures, "layers"]


def ordered(network: Network, events: Sequence[Event]) -> Network:
    """Return a network with its layers in the order in which an implementation runs the same events.

    Layers wait until what they read is there, so that the order is one that the network allows. What cannot be found
    stays where it is.
    """
    own = {layer.number: ours.layer_events(layer) for layer in network.layers}
    waiting = [layer.number for layer in network.layers]
    placed: list[int] = []
    done = set(network.fed)
    queue = list(events)
    while waiting:
        found = next((n for n in waiting if _ready(network, n, done) and (not own[n] or _next(queue, own[n]))), None)
        if found is None:
            found = next(n for n in waiting if _ready(network, n, done))
        del queue[: len(own[found])]
        waiting.remove(found)
        placed.append(found)
        done.add(found)
    names = {old: number for number, old in enumerate(placed)}
    layers = tuple(ours.moved(network.layers[old], names) for old in placed)
    return network._replace(layers=layers, outputs=tuple(names[old] for old in network.outputs))


def _ready(network: Network, number: int, done: set[int]) -> bool:
    return done.issuperset(network.layers[number].inputs)


def _next(queue: Sequence[Event], own: Sequence[Event]) -> bool:
    """Return whether the next events of a run are those of a layer."""
    return list(queue[: len(own)]) == list(own)


def held(network: Network, module: nn.Module, found: run.Run, trained: run.Saved | None) -> Held:
    """Return how a network, without the softmax at its end, compares with a module, a run of it and a training step."""
    events, idle = theirs.events(found)
    causes = {"layers": "idle"} if idle else {}
    attention = any(layer.op == "attention" for layer in network.layers)
    if attention:  # whose masks and residual sums are among its own steps
        events = theirs.grouped([event for event in events if event.kind not in ours.MERGES], ours.multiplied(network))
    elif ours.events(network) != events:
        network = ordered(network, events)
        causes |= {"layers": "order"} if ours.events(network) == events else {}
    own = ours.multiplied(network) if attention else ours.events(network)
    equal = len(own) if own == events else (Counter(own) & Counter(events)).total()
    first = next((f"{a} | {b}" for a, b in zip(own, events, strict=False) if a != b), "")
    totals = network.totals
    figures = {
        "params": (totals.params, sum(p.numel() for p in module.parameters() if p.requires_grad)),
        "stats": (totals.figure("stats"), run.statistics(module)),
        "macs": (totals.figure("conv_macs") + totals.figure("fc_macs") + totals.figure("matmul_macs"), found.macs),
    }
    if not attention:
        figures["peak"] = ours.peak(network), run.peak(found)
    if not attention and trained is not None:
        figures["saved"] = ours.saved(network), trained.elements // BATCH
    for key, (a, b) in figures.items():
        if a != b:
            facts = Facts(b, sum(idle), trained)
            causes |= {key: cause for cause in CAUSES if CAUSES[cause](network, key, facts) == b - a}  # noqa: B035
    return Held(figures, max(len(own), len(events)), equal, causes, first)


# causes


class Facts(NamedTuple):
    """What causes look at: a figure of an implementation, elements of its pools that change nothing, its training."""

    figure: int
    idle: int
    trained: run.Saved | None


def _idle(network: Network, key: str, facts: Facts) -> int:
    """Return what an adaptive pool keeps that gives the map that it gets: the table has none there."""
    return facts.idle if key == "saved" else 0


def _dropout(network: Network, key: str, facts: Facts) -> int:
    """Return what dropouts make that the table does not have."""
    there = any(layer.op == "dropout" for layer in network.layers)
    return 0 if there or key != "saved" or not facts.trained else facts.trained.noise // BATCH


def _functions(network: Network, key: str, facts: Facts) -> int:
    """Return what a norm keeps that is written as functions: the quotient too, and two values a place."""
    norms = [layer.out for layer in network.layers if layer.op == "rms"]
    return sum(out.size + 2 * out.h * out.w for out in norms) if key == "saved" else 0


def _summed(network: Network, key: str, facts: Facts) -> int:
    """Return what means of rows keep, where an implementation has sums, whose gradient needs no input."""
    pools = [layer for layer in network.layers if layer.op == "avgpool" and layer.args["k"]]
    rows = sum(layer.ins[0].size for layer in pools if layer.args["k"] == (1, layer.ins[0].w))
    return -rows if key == "saved" else 0


def _joined(network: Network, key: str, facts: Facts) -> int:
    """Return what DenseNet takes where each layer joins all maps before it anew: these, their copy, and its norm."""
    norms = [layer.ins[0].size for layer in network.layers if layer.op == "bn" and "dense" in layer.blocks]
    return 3 * max(norms) - ours.peak(network) if norms and key == "peak" else 0


def _acts(old: str, new: str) -> Callable[[Network, str, Facts], int]:
    """Return what is kept besides where an implementation has another activation, or has it in place."""

    def more(network: Network, key: str, facts: Facts) -> int:
        layers = tuple(ours.activated(layer, old, new) for layer in network.layers)
        return ours.saved(network._replace(layers=layers)) - ours.saved(network) if key == "saved" else 0

    return more


CAUSES = {
    "relu6": _acts("relu", "relu6"),
    "in place": _acts("leaky_relu", "relu"),
    "idle": _idle,
    "dropout": _dropout,
    "functions": _functions,
    "joined": _joined,
    "summed": _summed,
}
