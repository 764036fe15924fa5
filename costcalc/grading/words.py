"""What a student is told: the mistakes behind an answer, and the correct working of a question."""

from fractions import Fraction

from costcalc.answers import Key
from costcalc.mistakes import Asked, Found, Tally
from costcalc.mistakes.search import Probe
from costcalc.network import Layer
from costcalc.shape import Shape

LISTED = 6  # summands of a working; the rest are summed up
PROBE_WORDS = {"out": "output size", "weights": "weights", "params": "parameters", "macs": "MACs"}


def told_of(found: Found) -> str:
    """Return the mistakes that give an answer; where there are several, what would tell them apart."""
    if len(found.ways) == 1:
        way = found.ways[0]
        return f"you {way.did}: {'; '.join(mistake.formula for mistake in way.mistakes)}"
    dids = "; ".join(f"or you {way.did}" for way in found.ways).removeprefix("or ")
    return f"{len(found.ways)} mistakes give this figure: {dids}. {_told_apart(found.probe)}"


def _told_apart(probe: Probe | None) -> str:
    """Return the next figure to ask for, with what it is after each of the mistakes."""
    if probe is None:
        return "No figure on the way tells them apart here"
    name = PROBE_WORDS[probe.name] + (f" of layer {probe.path}" if probe.path else "")
    values = ", ".join(shown_key(value, "count") for value in probe.values)
    return f"Which one, your {name} would say: {values}, in this order"


def shown_key(key: Key, dimension: str) -> str:
    """Return a right value as a person reads it."""
    if isinstance(key, Shape):
        return str(key)
    if dimension == "share":
        return f"{float(100 * key):.4f} %"
    if dimension == "ratio":
        return f"{float(key):.6g}x"
    number = f"{int(key):,}" if key == int(key) else f"{float(key):,g}"
    return f"{number} B" if dimension == "bytes" else number


def exact_key(key: Key) -> int | float | list[int]:
    """Return a right value as data."""
    if isinstance(key, Shape):
        return list(key)
    return int(key) if key == Fraction(int(key)) else float(key)


def working(asked: Asked, key: Key, dimension: str) -> str:
    """Return how the right value comes about."""
    result = shown_key(key, dimension)
    if asked.quantity == "out":
        return f"{_window(asked.sides[0].layers[-1])} = {result}"
    sums = [_summed(asked._replace(sides=(side,))) for side in asked.sides]
    if len(sums) == 2:
        return f"({sums[0]}) / ({sums[1]}) = {result}"
    return f"{sums[0]} = {result}"


def _summed(asked: Asked) -> str:
    """Return the count of some layers as a sum over their kinds, or as the formula of a single one."""
    layers = asked.sides[0].layers
    if len(layers) == 1:
        return _formula(layers[0], asked)
    tally, kinds = Tally(), dict.fromkeys(layer.kind for layer in layers)
    parts = {kind: tally.total(tuple(layer for layer in layers if layer.kind == kind), asked) for kind in kinds}
    told = [(kind, number) for kind, number in sorted(parts.items(), key=lambda part: -part[1]) if number]
    shown = [f"{number:,} of {kind}" for kind, number in told[:LISTED]]
    rest = sum(number for _, number in told[LISTED:])
    return " + ".join([*shown, *([f"{rest:,} of the rest"] if rest else [])]) + _unit(asked)


def _formula(layer: Layer, asked: Asked) -> str:
    """Return the count of one layer with numbers put in."""
    cost, out = layer.cost, layer.out
    rows, columns = layer.args.get("k", (1, 1))
    deep = layer.ins[0].c // layer.args.get("g", 1) if layer.op == "conv" else 1
    weights = f"{rows} * {columns} * {deep} * {out.c}" if layer.op != "fc" else f"{layer.ins[0].size} * {out.c}"
    if asked.quantity in ("macs", "conv_macs", "fc_macs", "flops") and cost.conv_macs + cost.fc_macs:
        twice = "2 * " if asked.quantity == "flops" else ""
        return f"{twice}{weights} * {out.h} * {out.w}"
    if asked.quantity == "params" and cost.weights:
        terms = [
            weights,
            *(f"{number:,} {name}" for name, number in (("bias", cost.bias), ("norm", cost.norm)) if number),
        ]
        return " + ".join(terms) + _unit(asked)
    if asked.quantity == "weights" and cost.weights:
        return weights + _unit(asked)
    if asked.quantity == "activations":
        return f"{out.c} * {out.h} * {out.w}" + _unit(asked)
    return f"{Tally().total((layer,), asked):,}{_unit(asked)}"


def _unit(asked: Asked) -> str:
    return f", at {asked.bits} bits" if asked.bits else ""


def _window(layer: Layer) -> str:
    """Return what a layer's output size follows from."""
    columns = ", ".join(
        f"{name} {'x'.join(map(str, value)) if isinstance(value, tuple) else value}"
        for name, value in layer.args.items()
        if name in ("k", "s", "p", "d", "ceil")
    )
    return f"{layer.kind} on {layer.ins[0]}" + (f" ({columns})" if columns else "")
