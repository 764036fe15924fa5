"""Mistakes about what is asked: at other settings, by a scaling law, another figure, another type, another share."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import islice

from costcalc.causes.asked import MAC_COUNTS, Asked, LayerTally, Side
from costcalc.causes.layers import rerun
from costcalc.causes.networks import counted_at, passed_on, read_at
from costcalc.common.errors import SpecError
from costcalc.common.units import bytes_of
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.network.memory import OPTIMIZERS, POLICIES, Policy, features, peak, training
from costcalc.network.metrics import DTYPE_BITS, multiplies
from costcalc.network.model import Layer, Network

Ways = Iterator[tuple[str, Asked]]

# What is usual, by the name of a setting: the settings that networks are published and used at.
USUAL: Mapping[str, tuple[Value, ...]] = {
    "res": (224, 256, 299, 192, 160, 128, 227, 32, 240, 260, 288, 300, 320, 384, 416, 448, 480, 512, 600, 608, 640),
    "width": (1.0, 0.5, 0.75, 0.25, 1.4, 1.3, 1.5, 2.0, 0.35),
    "classes": (1000, 10, 100, 1001),
    "groups": (1, 2, 3, 4, 8),
}
FEW, MOST_BUILT = 4, 3000  # settings that are tried at least, and layers that are built at most for them
OTHERS = {"params": "parameters", "macs": "MACs", "weights": "weights", "activations": "outputs", "flops": "FLOPs"}


def _one(asked: Asked) -> bool:
    return len(asked.sides) == 1 and asked.quantity != "out"


def _default(side: Side, name: str) -> Value:
    """Return a setting's value where nothing is said."""
    return resolve(side.spec, {key: value for key, value in side.given.items() if key != name}).values[name]


def forgotten_settings(asked: Asked) -> Ways:
    """Yield what is asked at the default of each setting that is another, and of the variants of the family."""
    if not _one(asked) or asked.sides[0].spec is None:
        return
    side = asked.sides[0]
    for name, value in side.network.settings.items():
        with suppress(SpecError, ValueError, KeyError):
            default = _default(side, name)
            if default != value and name in USUAL:
                yield from counted_at(asked, f"{name}={default}", {name: default})
    for variant in side.spec.variants:
        with suppress(SpecError, ValueError):
            settings = overrides(side.spec, variant, {})
            if settings.items() - side.network.settings.items():  # of the same settings is the same network
                yield from counted_at(asked, variant, settings)


def usual_settings(asked: Asked) -> Ways:
    """Yield what is asked at other usual settings; of a network of very many layers, at the most usual alone."""
    if _one(asked):
        yield from islice(_usual(asked), max(FEW, MOST_BUILT // len(asked.sides[0].network.layers)))


def _usual(asked: Asked) -> Ways:
    for name, value in asked.sides[0].network.settings.items():
        choices = [choice for choice in asked.sides[0].spec.choices.get(name, ()) if not isinstance(choice, tuple)]
        flipped = [not value] if isinstance(value, bool) else []
        for other in dict.fromkeys((*choices, *flipped, *USUAL.get(name, ()))):
            if other != value:
                yield from counted_at(asked, f"{name}={str(other).lower()}", {name: other})


def laws(asked: Asked) -> Ways:
    """Yield a count at the default width and resolution, times a power of what they are by."""
    if not _one(asked):
        return
    side, scaled = asked.sides[0], {}
    for name in ("width", "res"):
        value = side.network.settings.get(name)
        if isinstance(value, (int, float)):
            with suppress(SpecError, ValueError, ZeroDivisionError):
                default = _default(side, name)
                if default != value and isinstance(default, (int, float)):
                    scaled[name] = default, Fraction(str(value)) / Fraction(str(default))
    for names in ([name] for name in scaled):
        yield from _by_law(asked, {name: scaled[name] for name in names})
    if len(scaled) == 2:
        yield from _by_law(asked, scaled)


def _by_law(asked: Asked, scaled: Mapping[str, tuple[Value, Fraction]]) -> Ways:
    ratio = Fraction(1)
    for _, part in scaled.values():
        ratio *= part
    for _, base in read_at(asked, "", {name: default for name, (default, _) in scaled.items()}):
        for power, words in ((2, "with the square of"), (1, "with"), (3, "with the cube of")):
            changed = base._replace(factor=base.factor * ratio**power)
            yield f"{words} {' and '.join(scaled)}", changed
        yield from _law_without_fc(base, ratio, " and ".join(scaled))


def _law_without_fc(base: Asked, ratio: Fraction, names: str) -> Ways:
    """Yield the square law on all but the fully connected layers."""
    if base.quantity in MAC_COUNTS and not base.bits:
        tally = LayerTally()
        fc = base.over(lambda side: tuple(layer for layer in side.layers if layer.cost.fc_macs))
        whole, part = tally.value(base), tally.value(fc)
        if isinstance(whole, Fraction) and isinstance(part, Fraction) and part:
            yield f"with the square of {names}, fc as it is", base._replace(known=(whole - part) * ratio**2 + part)


def kept_widths(asked: Asked) -> Ways:
    """Yield the sum with the width multiplier on layers that keep their width, which the layers behind saw.

    The last layer aside, whose outputs are the classes.
    """
    side = asked.sides[0]
    width = side.network.settings.get("width")
    if not _one(asked) or not isinstance(width, (int, float)):
        return
    with suppress(SpecError, ValueError, ZeroDivisionError):
        default = _default(side, "width")
        ratio = Fraction(str(width)) / Fraction(str(default))
        usual = side.at({"width": default}) if ratio != 1 else None
        kept = _kept(side.network, usual) if usual else set()
        if kept:
            scaled = dict.fromkeys(kept, ratio)
            layers = passed_on(side.network.layers, lambda layer: _scaled(layer, scaled.get(layer.number)))
            meant = {layer.number for layer in side.layers}
            part = tuple(layer for layer in layers if layer.number in meant)
            yield "", asked._replace(sides=(side._replace(layers=part),))


def _kept(network: Network, usual: Network) -> set[int]:
    """Return the layers of a network that have the channels which they have at the default width, but the last."""
    wide = [layer for layer in network.layers if layer.args.get("c") and layer.cost.weights][:-1]
    channels = {layer.path: layer.out.c for layer in usual.layers}
    return {layer.number for layer in wide if channels.get(layer.path) == layer.out.c}


def _scaled(layer: Layer, ratio: Fraction | None) -> Layer | None:
    return rerun(layer, c=max(1, int(layer.out.c * ratio))) if ratio else None


def other_figure(asked: Asked) -> Ways:
    """Yield another figure of the same layers: MACs for parameters, outputs for weights."""
    if asked.quantity in OTHERS:
        for name, words in OTHERS.items():
            if name != asked.quantity and not (name == "flops" and asked.quantity in MAC_COUNTS):
                yield f"{words} for {OTHERS[asked.quantity]}", asked._replace(quantity=name)


def times_batch(asked: Asked) -> Ways:
    """Yield a count times what it is not asked for: three passes, a batch, twice or half."""
    if _one(asked) and not asked.bits:
        passes = ((3, "a forward and a backward pass"),) if asked.quantity in MAC_COUNTS else ()
        halves = ((Fraction(1, 2), "half"),) if asked.quantity in ("macs", "activations") else ((Fraction(2), "twice"),)
        batches = tuple((2**power, f"a batch of {2**power}") for power in (5, 6, 7, 8, 4, 3))
        for factor, words in (*passes, *halves, *batches):
            yield words, asked._replace(factor=asked.factor * factor)


def other_type(asked: Asked) -> Ways:
    """Yield the bytes of elements of another type."""
    if _one(asked) and asked.in_bytes:
        for bits in (16, 64, 32, 8, 4, 1, 2, 6):
            if bits != asked.bits:
                yield f"{bits} bits each", asked._replace(bits=bits)


def memory_terms(asked: Asked) -> Ways:
    """Yield sizes that hold more: the states of an optimiser, outputs of norms, gradients, as tools print them."""
    if not _one(asked) or not asked.in_bytes:
        return
    words = (
        "weights and momentum",
        "weights and the two moments of Adam",
        "weights, gradients and the moments of Adam",
    )
    if asked.quantity in ("params", "weights"):
        for factor, term in zip((2, 3, 4), words, strict=True):
            yield term, asked._replace(factor=asked.factor * factor)
    else:
        yield "each twice, with its gradient", asked._replace(factor=asked.factor * 2)
    tally = LayerTally()
    outputs = sum(layer.cost.activations for layer in asked.sides[0].layers if multiplies(layer))
    normed = sum(layer.cost.norm_elems for layer in asked.sides[0].layers)
    value = tally.value(asked)
    if isinstance(value, Fraction):
        width = Fraction(asked.bits, 8)
        if asked.quantity != "activations":
            yield "and the outputs of conv and fc", asked._replace(known=value + outputs * width)
        yield (
            "outputs of conv, fc and norm, twice, as torchinfo does",
            asked._replace(known=Fraction(8 * (outputs + normed))),
        )
        yield "outputs of conv, fc and norm", asked._replace(known=(outputs + normed) * width)


def memory_sizes(asked: Asked) -> Ways:
    """Yield the sizes of what runs: the peak under each policy, the sum of features, training with each optimiser."""
    if not _one(asked) or not asked.in_bytes or asked.sides[0].layers != asked.sides[0].network.layers:
        return
    seen: set[int] = set()
    for words, size in _sizes(asked.sides[0].network, asked.bits):
        if size not in seen:
            seen.add(size)
            yield words, asked._replace(known=Fraction(size))


def _sizes(network: Network, bits: int) -> Iterator[tuple[str, int]]:
    dtype = next((name for name, width in DTYPE_BITS.items() if width == bits), "")
    if dtype:
        yield "the peak of inference", peak(network, dtype)
        for name in POLICIES:
            yield f"the peak of inference under the policy {name}", peak(network, dtype, policy=Policy.named([name]))
    sizes = [(layer.out.size, sum(shape.size for shape in layer.ins)) for layer in network.layers]
    yield "the largest output alone", bytes_of(max(out for out, _ in sizes), bits)
    yield "the largest input and output of one layer", bytes_of(max(map(sum, sizes)), bits)
    yield "the sum of the layers' outputs", bytes_of(sum(out for out, _ in sizes), bits)
    yield "the outputs of conv and fc", bytes_of(sum(x.cost.activations for x in network.layers if multiplies(x)), bits)
    yield "the sum of all outputs", bytes_of(features(network.layers).total, bits)
    for name in OPTIMIZERS:
        yield f"training with {name}", bytes_of(training(network, name).total, bits)


def outputs_too(asked: Asked) -> Ways:
    """Yield a number of outputs with those of norms, of activations too, with the input."""
    if _one(asked) and asked.quantity == "activations" and not asked.bits:
        layers = asked.sides[0].layers
        value = Fraction(sum(layer.cost.activations for layer in layers if multiplies(layer)))
        normed, active = (sum(getattr(x.cost, name) for x in layers) for name in ("norm_elems", "act_elems"))
        yield "the outputs of norms too", asked._replace(known=value + normed)
        yield "the outputs of norms and activations too", asked._replace(known=value + normed + active)
        yield (
            "the input too",
            asked._replace(known=value + sum(shape.size for shape in asked.sides[0].network.fed.values())),
        )


def other_share(asked: Asked) -> Ways:
    """Yield another quotient of the same two: the inverse, the rest, what is saved, layers for counts."""
    if len(asked.sides) != 2:
        return
    value = LayerTally().value(asked)
    if not isinstance(value, Fraction) or not value:
        return
    yield "the inverse", asked._replace(known=1 / value)
    if value < 1:
        yield "the rest", asked._replace(known=1 - value)
        yield "to the rest, not to the whole", asked._replace(known=value / (1 - value))
    else:
        yield "what is saved", asked._replace(known=1 - 1 / value)
        yield "one less: how much more", asked._replace(known=value - 1)
        yield "FLOPs to MACs", asked._replace(known=value * 2)
        yield "what is saved, in per cent", asked._replace(known=100 * (1 - 1 / value))
    for name in ("params", "weights", "macs"):
        if name != asked.quantity and asked.quantity in ("params", "weights", *MAC_COUNTS):
            yield f"{OTHERS[name]} for {OTHERS.get(asked.quantity, 'MACs')}", asked._replace(quantity=name)
    yield "the number of layers", asked._replace(known=_layer_share(asked))
    whole, part = (side.layers for side in reversed(asked.sides))
    if len(whole) > len(part) and value < 1:
        counted = [layer for layer in whole if multiplies(layer)]
        inner, first = tuple(counted[1:-1]), part[:1]
        yield "to the whole without its first and last layer", _of_layers(asked, part, inner)
        yield "the first of them alone", _of_layers(asked, first, whole)
    for kind in dict.fromkeys(layer.kind for layer in whole if multiplies(layer)):
        layers = tuple(layer for layer in whole if layer.kind == kind)
        if len(whole) > len(part) and layers != part:
            yield f"the share of {kind}", _of_layers(asked, layers, whole)
            yield f"to {kind}, not to the whole", _of_layers(asked, part, layers)


def _of_layers(asked: Asked, *layers: tuple[Layer, ...]) -> Asked:
    sides = (side._replace(layers=found) for side, found in zip(asked.sides, layers, strict=True))
    return asked._replace(sides=tuple(sides))


def _layer_share(asked: Asked) -> Fraction:
    part, whole = (sum(map(_multiplies, side.layers)) for side in asked.sides)
    return Fraction(part, whole or 1)


def _multiplies(layer: Layer) -> int:
    return int(multiplies(layer))
