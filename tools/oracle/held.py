"""A network held against a run of its implementation: what was compared, what is equal, what differs and why."""

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import takewhile, zip_longest
from typing import NamedTuple

from costcalc.network.model import Network

from . import ours
from .ours import Event
from .theirs import Measured, grouped

AHEAD = 12  # events by which layers that do the same are told apart


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
        return [*figures, "layers"] if self.first else figures


def ordered(network: Network, events: Sequence[Event], kinds: Container[str]) -> Network:
    """Return a network with its layers in the order in which an implementation runs the same events.

    Layers wait until what they read is there, so that the order is one that the network allows. Of layers that do the
    same it is the one after which the layers go on as the run does. What cannot be found stays where it is.
    """
    own = {layer.number: [e for e in ours.layer_events(layer) if e.kind in kinds] for layer in network.layers}
    after = _chains(network, own)
    waiting = [layer.number for layer in network.layers]
    placed: list[int] = []
    done = set(network.fed)
    queue = deque(events)
    while waiting:
        ready = [n for n in waiting if done.issuperset(network.layers[n].inputs)]
        fit = [n for n in ready if not own[n] or _alike(queue, own[n]) == len(own[n])] or ready[:1]
        found = max((n for n in fit if own[n]), key=lambda n: _alike(queue, after[n])) if own[fit[0]] else fit[0]
        for _ in own[found] if queue else ():
            queue.popleft()
        waiting.remove(found)
        placed.append(found)
        done.add(found)
    names = {old: number for number, old in enumerate(placed)}
    layers = tuple(ours.moved(network.layers[old], names) for old in placed)
    return network._replace(layers=layers, outputs=tuple(names[old] for old in network.outputs))


def _without_sums(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.kind != "add"]


def _summed_as(network: Network, events: Sequence[Event]) -> Network:
    """Return a network in the order of a run that adds the same maps up in another order."""
    rest = _without_sums(events)
    return ordered(network, rest, {event.kind for event in rest})


def _chains(network: Network, own: dict[int, list[Event]]) -> dict[int, list[Event]]:
    """Return what each layer does with the layers after it that read it alone and that alone read it, a few of them."""
    readers: dict[int, list[int]] = {layer.number: [] for layer in network.layers}
    for layer in network.layers:
        for number in layer.inputs:
            readers.setdefault(number, []).append(layer.number)
    found: dict[int, list[Event]] = {}
    for layer in reversed(network.layers):
        only = [n for n in readers[layer.number] if len(network.layers[n].inputs) == 1]
        found[layer.number] = (own[layer.number] + (found[only[0]] if len(only) == 1 else []))[:AHEAD]
    return found


def _alike(queue: Iterable[Event], events: Iterable[Event]) -> int:
    """Return at how many places from the first one on two sequences of events are equal."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(queue, events, strict=False)))


def held(network: Network, theirs: Measured) -> Held:
    """Return how a network, without the softmax at its end, compares with what an implementation has."""
    events, causes = theirs.events, {"layers": "idle"} if theirs.idle else {}
    attention = any(layer.op == "attention" for layer in network.layers)
    count = ours.multiplied if attention else ours.events
    if attention:  # whose masks and residual sums are among its own steps
        events = grouped([event for event in events if event.kind not in ours.MERGES], count(network))
    if count(network) != events:
        network = ordered(network, events, {event.kind for event in events})
        causes["layers"] = "order"
    own = count(network)
    if own != events:
        causes.pop("layers", None)
        again = _summed_as(network, events) if Counter(own) == Counter(events) else network
        if again is not network and _without_sums(count(again)) == _without_sums(events):
            network, own, causes["layers"] = again, events, "sums"
    equal = len(own) if own == events else (Counter(own) & Counter(events)).total()
    first = next((f"{a} | {b}" for a, b in zip_longest(own, events) if a != b), "")
    figures = {
        key: (count(network), theirs.figures[key])
        for key, count in FIGURES.items()
        if key in theirs.figures and not (attention and key in WHOLE)
    }
    for key, (a, b) in figures.items():
        if a != b:
            causes |= {key: cause for cause in CAUSES if CAUSES[cause](network, key, theirs) == b - a}  # noqa: B035
    return Held(figures, max(len(own), len(events)), equal, causes, first)


def _macs(network: Network) -> int:
    totals = network.totals
    return totals.figure("conv_macs") + totals.figure("fc_macs") + totals.figure("matmul_macs")


FIGURES: dict[str, Callable[[Network], int]] = {
    "params": lambda network: network.totals.params,
    "stats": lambda network: network.totals.figure("stats"),
    "macs": _macs,
    "peak": ours.peak,
    "saved": ours.saved,
}
WHOLE = ("peak", "saved")  # which are not compared where an attention is one step


# causes


def _idle(network: Network, key: str, theirs: Measured) -> int:
    """Return what an adaptive pool keeps that gives the map that it gets: the table has none there."""
    return sum(theirs.idle) if key == "saved" else 0


def _dropout(network: Network, key: str, theirs: Measured) -> int:
    """Return what dropouts make that the table does not have."""
    there = any(layer.op == "dropout" for layer in network.layers)
    return 0 if there or key != "saved" or not theirs.trained else theirs.trained.noise


def _functions(network: Network, key: str, theirs: Measured) -> int:
    """Return what a norm keeps that is written as functions: the quotient too, and two values a place."""
    norms = [layer.out for layer in network.layers if layer.op == "rms"]
    return sum(out.size + 2 * out.h * out.w for out in norms) if key == "saved" else 0


def _summed(network: Network, key: str, theirs: Measured) -> int:
    """Return what means of rows keep, where an implementation has sums, whose gradient needs no input."""
    pools = [layer for layer in network.layers if layer.op == "avgpool" and layer.args["k"]]
    rows = sum(layer.ins[0].size for layer in pools if layer.args["k"] == (1, layer.ins[0].w))
    return -rows if key == "saved" else 0


def _joined(network: Network, key: str, theirs: Measured) -> int:
    """Return what DenseNet takes where each layer joins all maps before it anew: these, their copy, and its norm."""
    norms = [layer.ins[0].size for layer in network.layers if layer.op == "bn" and "dense" in layer.blocks]
    return 3 * max(norms) - ours.peak(network) if norms and key == "peak" else 0


def _shuffled(network: Network, key: str, theirs: Measured) -> int:
    """Return what ShuffleNet keeps that shuffles a map which nothing else keeps, and activates one part of a join."""
    parts = [layer.ins[-1] for layer in network.layers if layer.op == "concat" and layer.args.get("act")]
    shuffles = [layer.out for layer in network.layers if layer.op == "shuffle"]
    return sum(part.size for part in parts) - sum(out.size for out in shuffles) if key == "saved" and shuffles else 0


def _copied(network: Network, key: str, theirs: Measured) -> int:
    """Return what YOLOv3 keeps that copies a map before it goes on to a finer one."""
    before = [network.layers[layer.inputs[0]].ins[0] for layer in network.layers if layer.op == "upsample"]
    return sum(shape.size for shape in before) if key == "saved" else 0


def _acts(old: str, new: str) -> Callable[[Network, str, Measured], int]:
    """Return what is kept besides where an implementation has another activation, or has it in place."""

    def more(network: Network, key: str, theirs: Measured) -> int:
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
    "shuffled": _shuffled,
    "copied": _copied,
}
