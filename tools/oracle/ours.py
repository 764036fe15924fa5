"""The same of a network as costcalc counts it: its layers as events in the order of execution."""

from typing import NamedTuple

from costcalc.network.memory import Policy, timeline
from costcalc.network.memory.training import kept
from costcalc.network.model import Layer, Network

POOLS = ("maxpool", "avgpool", "gap")
MERGES = ("add", "mul", "concat")


class Event(NamedTuple):
    """What a layer does: a product, norm, pool, attention or merge; its output's channels and elements, its counts."""

    kind: str
    c: int
    size: int
    params: int = 0
    stats: int = 0
    macs: int = 0


def plain(network: Network) -> Network:
    """Return a network without the softmax at its end, which implementations leave to the loss."""
    layers, read = list(network.layers), {number for layer in network.layers for number in layer.inputs}
    gone = {layer.number for layer in layers if layer.op == "softmax" and layer.number not in read}
    if not gone:
        return network
    kept_layers = tuple(layer for layer in layers if layer.number not in gone)
    names = {old.number: number for number, old in enumerate(kept_layers)}
    return network._replace(layers=tuple(moved(layer, names) for layer in kept_layers), outputs=())


def moved(layer: Layer, names: dict[int, int]) -> Layer:
    """Return a layer under another number, as are those that it reads."""
    return layer._replace(number=names[layer.number], inputs=tuple(names.get(i, i) for i in layer.inputs))


def events(network: Network) -> list[Event]:
    """Return what the layers of a network do, but for those that only activate or move."""
    return [event for layer in network.layers for event in layer_events(layer)]


def multiplied(network: Network) -> list[Event]:
    """Return the same without merges."""
    return [event for event in events(network) if event.kind not in MERGES]


def layer_events(layer: Layer) -> list[Event]:
    """Return what one layer does, in order."""
    cost, c, size = layer.cost, layer.out.c, layer.out.size
    counts = {**{name: getattr(cost, name) for name in ("weights", "bias", "norm", "stats", "other")}, **layer.shared}
    macs = cost.conv_macs + cost.fc_macs + cost.matmul_macs
    found = []
    if layer.op == "attention":
        own = counts["weights"] + counts["bias"]
        found.append(Event("attention", c, size, own, 0, macs))
    elif macs:
        found.append(Event("product", c, size, counts["weights"] + counts["bias"], 0, macs))
    if counts["norm"]:  # a frozen one is a factor and a summand
        found.append(Event("norm", c, size, counts["norm"], counts["stats"]))
    if layer.op in POOLS and not (layer.args.get("to") and layer.out == layer.ins[0]):
        found.append(Event("pool", c, size))
    if layer.op in MERGES:
        found += [Event(layer.op, c, size)] * (1 if layer.op == "concat" else len(layer.inputs) - 1)
    return found


def peak(network: Network) -> int:
    """Return the elements of the inference peak with activations in place, wherever they are."""
    return timeline(network, Policy(inplace_act=True)).peak


def saved(network: Network) -> int:
    """Return the elements that training keeps of one image."""
    return kept(network)


def activated(layer: Layer, old: str, new: str) -> Layer:
    """Return a layer that multiplies or normalises with another activation where it has a certain one."""
    found = layer.args.get("act") == old and (layer.args.get("norm") or layer.cost.conv_macs)
    return layer._replace(args={**layer.args, "act": new}) if found else layer
