"""Mistakes in a network: read otherwise, a part left out or repeated, pools or widths rounded otherwise."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import partial
from math import floor, trunc
from operator import is_

from costcalc.causes.asked import Asked, Change, Side, finished
from costcalc.causes.declared import combined
from costcalc.causes.layers import rerun
from costcalc.causes.sums import kept
from costcalc.common.errors import SpecError
from costcalc.common.rounding import divisible
from costcalc.language.expr import CELLS, FUNCTIONS, Function, Value
from costcalc.language.settings import overrides
from costcalc.network.figures import FIGURES
from costcalc.network.model import Layer, Network
from costcalc.ops import OPS

Ways = Iterator[tuple[str, Asked]]  # a few words where one mistake can be made in several places, and what it makes

MAX_CARRIED = 10  # layers through which a wrong size is carried; a longer network's table prints the right ones

# Other ways to round a width, by the function of cells that they stand in for.
ROUNDINGS: tuple[tuple[str, Mapping[str, Function]], ...] = (
    ("cut to a whole number", {"divisible": (lambda value, by=8: floor(value), 1, 2)}),
    ("to the nearest whole number", {"int": (round, 1, 1), "divisible": (lambda value, by=8: round(value), 1, 2)}),
    ("to a multiple of 8", {"int": (divisible, 1, 1), "round": (divisible, 1, 1)}),
    ("to the nearest multiple of 8", {"divisible": (lambda value, by=8: max(by, floor(value / by + 0.5) * by), 1, 2)}),
    ("down to a multiple of 8", {"divisible": (lambda value, by=8: max(by, floor(value) // by * by), 1, 2)}),
)


# other readings of the spec


def alternatives(asked: Asked) -> Ways:
    """Yield what the spec's declared alternatives give."""
    names = dict.fromkeys(name for side in asked.sides for name in side.spec.alternatives)
    for name in names:
        yield from _read(asked, name, lambda side, name=name: _alternative(side, name))  # type: ignore[misc]


def alternatives_together(asked: Asked) -> Ways:
    """Yield what several of the spec's declared alternatives give together."""
    side = asked.sides[0]
    if len(asked.sides) == 1:
        declared = {name: overrides(side.spec, "", cells) for name, cells in side.spec.alternatives.items()}
        for names, settings in combined(declared).items():
            if len(names) > 1:
                yield from read_at(asked, " and ".join(names), settings)


def widths_rounded(asked: Asked) -> Ways:
    """Yield what other roundings of the widths give, at a width other than 1."""
    if asked.settings.get("width", 1) == 1:
        return
    for words, functions in ROUNDINGS:
        language = CELLS._replace(functions={**FUNCTIONS, **functions})
        yield from _read(asked, words, lambda side, language=language: side.at({}, language))  # type: ignore[misc]


def _read(asked: Asked, words: str, build: Callable[[Side], Network | None]) -> Ways:
    """Yield what is asked of other networks, where they can be built and have such layers."""
    sides = []
    for side in asked.sides:
        with suppress(SpecError, ValueError):
            network = build(side)
            if network:
                sides.append(side._replace(network=network, layers=side.pick(network)))
    if len(sides) == len(asked.sides):
        yield words, asked._replace(sides=tuple(sides))


def read_at(asked: Asked, words: str, settings: Mapping[str, Value]) -> Ways:
    """Yield what is asked at other settings, where the spec has them."""

    def build(side: Side) -> Network | None:
        if not set(settings) <= set(side.network.settings):
            return side.network
        return side.at(settings)

    yield from _read(asked, words, build)


def counted_at(asked: Asked, words: str, settings: Mapping[str, Value]) -> Ways:
    """Yield the same, the layers being built where somebody asks for them: most counts need none."""
    side = asked.sides[0]
    plain = len(asked.sides) > 1 or asked.changes or not FIGURES[asked.quantity].traced
    if plain or not side.elsewhere or not set(settings) <= set(side.network.settings):
        yield from read_at(asked, words, settings)
    elif (count := side.elsewhere.count({**side.given, **settings}, asked.quantity, asked.measure)) is not None:
        known = finished(asked, [Fraction(count)])
        yield words, asked._replace(known=known, read=lambda: next(read_at(asked, words, settings))[1])


def _alternative(side: Side, name: str) -> Network | None:
    cells = side.spec.alternatives.get(name)
    if cells is None:
        return side.network
    return side.at(overrides(side.spec, "", cells))


# parts of it


def fc_left_out(asked: Asked) -> Ways:
    """Yield the sum without the fully connected layers."""
    yield "", over(asked, "", lambda side: tuple(layer for layer in side.layers if not layer.cost.fc_macs))


def depthwise_alone(asked: Asked) -> Ways:
    """Yield the sum without the 1x1 convolutions that follow depthwise ones."""
    yield from _half(asked, 0)


def pointwise_alone(asked: Asked) -> Ways:
    """Yield the sum without the depthwise convolutions that 1x1 ones follow."""
    yield from _half(asked, 1)


def _half(asked: Asked, half: int) -> Ways:
    """Yield the sum without the other half of such pairs, and that of the one half with no other layer."""
    rest = over(asked, half, lambda side: without(side, network_pairs(side.network)[1 - half]))
    yield "", rest
    alone = over(asked, half, lambda side: _among(side, network_pairs(side.network)[half]))
    if [_numbers(side.layers) for side in rest.sides] != [_numbers(side.layers) for side in alone.sides]:
        yield "and no other layer", alone


def over(asked: Asked, name: object, change: Callable[[Side], tuple[Layer, ...]]) -> Asked:
    """Return what is asked of other layers on each side: they are the same whatever is counted, and found once.

    `name` tells changes apart that one function makes.
    """
    at = getattr(change, "func", change).__code__, name
    return asked.of_layers(kept(asked._replace(quantity="", changes=()), at, lambda: [*map(change, asked.sides)]))


def _among(side: Side, numbers: set[int]) -> tuple[Layer, ...]:
    return tuple(layer for layer in side.layers if layer.number in numbers)


def _numbers(layers: tuple[Layer, ...]) -> list[int]:
    return [layer.number for layer in layers]


def projections_left_out(asked: Asked) -> Ways:
    """Yield the sum without the convolutions of shortcuts."""
    yield "", over(asked, "", lambda side: without(side, projections(side.network)))


def projections_added(asked: Asked) -> Ways:
    """Yield the sum with a convolution on the first shortcut that has none though its stage's others start with one."""
    added = [_first_projected(side.network) for side in asked.sides]
    if all(added) and all(len(side.layers) == len(side.network.layers) for side in asked.sides):
        yield "", asked.of_layers((*side.layers, new) for side, new in zip(asked.sides, added, strict=True) if new)


def _first_projected(network: Network) -> Layer | None:
    """Return the convolution that the first sum's shortcut would have, made as the first that there is."""
    known = projections(network)
    if not known:
        return None
    model = network.layers[min(known)]
    first = next(layer for layer in network.layers if layer.op == "add")
    if first.number > model.number or known & set(first.inputs):
        return None
    return rerun(model._replace(ins=(first.out,), number=len(network.layers)), s=(1, 1), c=first.out.c)


def classes_scaled(asked: Asked) -> Ways:
    """Yield the sum with the width multiplier on the last fully connected layer's outputs too."""
    width = asked.settings.get("width", 1)
    if isinstance(width, (int, float)) and width != 1:
        yield "", over(asked, "", lambda side: _last_scaled(side, width))


def without(side: Side, numbers: set[int]) -> tuple[Layer, ...]:
    """Return the layers of a side that do not have these numbers."""
    return tuple(layer for layer in side.layers if layer.number not in numbers)


def network_pairs(network: Network) -> tuple[set[int], set[int]]:
    """Return the depthwise convolutions that 1x1 ones follow, and those 1x1 ones."""
    deep = {layer.number for layer in network.layers if OPS[layer.op].filter.depthwise(layer)}
    found = [
        (number, layer.number)
        for layer in network.layers
        if layer.args.get("k") == (1, 1)
        for number in layer.inputs
        if number in deep and OPS[layer.op].filter.convolves and OPS[layer.op].filter.groups(layer) == 1
    ]
    return {depthwise for depthwise, _ in found}, {pointwise for _, pointwise in found}


def projections(network: Network) -> set[int]:
    """Return the convolutions of shortcuts: they feed a sum, and something else reads what they read."""
    readers: dict[int, int] = {}
    for layer in network.layers:
        for number in layer.inputs:
            readers[number] = readers.get(number, 0) + 1
    fed = {number for layer in network.layers if layer.op == "add" for number in layer.inputs if number >= 0}
    return {n for n in fed if network.layers[n].op == "conv" and readers[network.layers[n].inputs[0]] > 1}


def _last_scaled(side: Side, width: float) -> tuple[Layer, ...]:
    """Return a side's layers with the last fully connected layer's outputs scaled."""
    number = max((layer.number for layer in side.network.layers if layer.cost.fc_macs), default=-1)
    return tuple(
        rerun(layer, c=max(1, trunc(layer.out.c * width))) or layer if layer.number == number else layer
        for layer in side.layers
    )


# repeats


def repeat_left_out(asked: Asked) -> Ways:
    """Yield the sum without the last repeat of one row or group that is repeated, for each of them."""
    for name, lasts in _lasts(asked).items():
        yield name, over(asked, lasts, partial(_without_under, paths=lasts))


def repeat_added(asked: Asked) -> Ways:
    """Yield the sum with the last repeat of one row or group twice, for each of them."""
    for name, lasts in _lasts(asked).items():
        yield name, over(asked, lasts, partial(_twice_under, paths=lasts))


def _lasts(asked: Asked) -> dict[str, tuple[str, ...]]:
    """Return the paths of the last repeats of each repeated row or group, and of all, by words for them."""
    found: dict[str, tuple[str, ...]] = {name: (last,) for name, last in repeats(asked).items()}
    return {**found, "of each": tuple(repeats(asked).values())} if len(found) > 1 else found


def _without_under(side: Side, paths: tuple[str, ...]) -> tuple[Layer, ...]:
    return tuple(layer for layer in side.layers if not _under(layer, paths))


def _twice_under(side: Side, paths: tuple[str, ...]) -> tuple[Layer, ...]:
    return side.layers + tuple(layer for layer in side.layers if _under(layer, paths))


def repeats(asked: Asked) -> dict[str, str]:
    """Return the path of the last repeat of each repeated row or group of the table, by the path of the first."""
    return kept(asked._replace(quantity="", changes=()), repeats, lambda: _repeats(asked))


def _repeats(asked: Asked) -> dict[str, str]:
    found: dict[str, str] = {}
    for side in asked.sides:
        for layer in side.layers:
            first = layer.path.partition("/")[0]
            if "#" in first:
                found[first.partition("#")[0]] = first  # layers come in order: the last one stays
    return found


def _under(layer: Layer, paths: tuple[str, ...]) -> bool:
    return any(layer.path == path or layer.path.startswith(f"{path}/") for path in paths)


# sizes


def carried(asked: Asked, change: Change) -> Ways:
    """Yield what is asked of a few layers with a change made in each, whose output sizes the layers behind it see."""
    if any(len(side.network.layers) > MAX_CARRIED for side in asked.sides):
        return
    passed = asked.over(lambda side: passed_on(side.layers, change))
    sizes = [[[layer.ins for layer in side.layers] for side in both.sides] for both in (asked, passed)]
    if sizes[0] != sizes[1]:
        yield "and the layers behind it saw that", passed


def passed_on(layers: tuple[Layer, ...], change: Change) -> tuple[Layer, ...]:
    """Return layers after a change, each on what those before it now put out; as they were where one refuses that."""
    now: dict[int, Layer] = {}
    for layer in layers:
        ins = tuple(now[n].out if n in now else x for n, x in zip(layer.inputs, layer.ins, strict=True))
        same = all(map(is_, ins, layer.ins))  # symbols are not compared: that would pin them
        fitted = layer if same else rerun(layer._replace(ins=ins))
        if fitted is None and layer.op == "add":  # by hand nobody sees that a shortcut no longer fits
            least = min(ins, key=lambda shape: shape.size)
            fitted = rerun(layer._replace(ins=(least,) * len(ins)))
        if fitted is None:
            return layers
        now[layer.number] = change(fitted) or fitted
    return tuple(now.values())


# pools


def pools_rounded(asked: Asked) -> Ways:
    """Yield what is asked with every window pool rounded the other way, which the layers behind it see."""
    if not any(_to_round(layer) for side in asked.sides for layer in side.network.layers):
        return
    made = kept(asked._replace(quantity="", changes=()), _rounded, lambda: _all_rounded(asked))
    yield from _read(asked, "", lambda side: made[id(side.network)])


def _all_rounded(asked: Asked) -> dict[int, Network]:
    """Return the networks of each side with their pools rounded otherwise, by the identity of the network."""
    return {id(x.network): x.network._replace(layers=_rounded(x.network)) for x in asked.sides}


def _to_round(layer: Layer) -> bool:
    return "ceil" in OPS[layer.op].columns and not layer.args["to"]


def _rounded(network: Network) -> tuple[Layer, ...]:
    """Return all layers, each on what the one before it now puts out; as they were where one refuses that."""
    layers: list[Layer] = []
    for layer in network.layers:
        ins = tuple(layers[n].out if n >= 0 else network.fed[n] for n in layer.inputs)
        now = layer if all(map(is_, ins, layer.ins)) else rerun(layer._replace(ins=ins))
        if now and _to_round(layer):
            now = rerun(now, ceil=not layer.args.get("ceil", False))
        if now is None:
            return network.layers
        layers.append(now)
    return tuple(layers)
