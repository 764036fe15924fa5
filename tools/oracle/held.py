"""A network held against a run of its implementation: what was compared, what is equal, what differs and why."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from costcalc.network.model import Network

from . import ours, run, theirs
from .ours import Event


class Held(NamedTuple):
    """What a comparison at one point gives: two figures of each kind, layers compared and equal, and causes."""

    figures: dict[str, tuple[int, int]]
    layers: int
    equal: int
    causes: tuple[str, ...] = ()
    first: str = ""


def ordered(network: Network, events: Sequence[Event]) -> Network:
    """Return a network with its layers in the order in which an implementation runs the same events.

    Layers wait until what they read is there, so that the order is one that the network allows. What cannot be found
    stays where it is.
    """
    own = {layer.number: ours.layer_events(layer) for layer in network.layers}
    waiting = [layer.number for layer in network.layers]
    placed: list[int] = []
    done: set[int] = {number for number in network.fed}
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


def held(network: Network, found: run.Run, saved: int | None) -> Held:
    """Return how a network, without the softmax at its end, compares with a run and with what training saved."""
    events, idle = theirs.events(found)
    causes = {"idle pool"} if idle else set()
    if any(layer.op == "attention" for layer in network.layers):
        events, memory = theirs.grouped(events, ours.events(network)), False
    else:
        memory = True
        if ours.events(network) != events:
            network = ordered(network, events)
            causes |= {"order"} if ours.events(network) == events else set()
    own = ours.events(network)
    equal = len(own) if own == events else (Counter(own) & Counter(events)).total()
    first = next((f"{a} | {b}" for a, b in zip(own, events, strict=False) if a != b), "")
    totals = network.totals
    figures = {
        "macs": (totals.figure("conv_macs") + totals.figure("fc_macs") + totals.figure("matmul_macs"), found.macs),
    }
    if memory:
        figures["peak"] = ours.peak(network), run.peak(found)
        if saved is not None:
            figures["saved"] = ours.saved(network), saved - sum(idle)
    return Held(figures, max(len(own), len(events)), equal, tuple(sorted(causes)), first)
