"""What a student reads: the mistakes behind an answer, and the correct working of a question."""

import re
from fractions import Fraction

from costcalc.causes import Asked, Found, LayerTally
from costcalc.causes.answers import Key
from costcalc.causes.told import shown_key, told_apart
from costcalc.common.errors import counted
from costcalc.common.table import Working
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import COUNTS, Convention
from costcalc.network.model import Layer
from costcalc.ops.shape import Shape
from costcalc.teaching.explain import summed, symbolic, worked
from costcalc.teaching.explain import working as working_of

LISTED = 6  # summands of a working; the rest are summed up
NAMES = {"params": "parameters", "macs": "MACs", "flops": "MACs"}  # of what a convention sums


def told_of(found: Found) -> str:
    """Return the mistakes that give an answer; where there are several, what would tell them apart."""
    if len(found.ways) == 1:
        way = found.ways[0]
        return f"you {way.did}: {'; '.join(mistake.formula for mistake in way.mistakes)}"
    dids = "; ".join(f"or you {way.did}" for way in found.ways).removeprefix("or ")
    return f"{len(found.ways)} mistakes give this figure: {dids}. {told_apart(found.probe)}"


def placed(found: Found, asked: Asked) -> str:
    """Return the working of the layers where the mistakes that give an answer were made, or an empty string."""
    layers = asked.sides[0].layers
    if len(layers) < 2 or asked.quantity not in (*NAMES, *COUNTS):
        return ""
    named = {word for way in found.ways for place in way.places for word in re.findall(r"[\w/#.]+", place)}
    wrong = [layer for layer in layers if layer.path in named][:LISTED]
    return "; ".join(f"{_called(layer)}: {_formula(layer, asked)}" for layer in wrong)


def exact_key(key: Key) -> int | float | list[int]:
    """Return a right value as data."""
    if isinstance(key, Shape):
        return list(key)
    return int(key) if key == Fraction(int(key)) else float(key)


def working(asked: Asked, key: Key, dimension: str) -> str:
    """Return how the right value comes about."""
    result, figure = shown_key(key, dimension), FIGURES.get(asked.quantity)
    if asked.quantity == "out":
        return f"{_window(asked.sides[0].layers[-1])}; output {result}"
    if figure and not figure.adds_up:
        return f"{figure.title} ({figure.words}) = {result}"
    sums = [_summed(asked._replace(sides=(side,))) for side in asked.sides]
    if len(sums) == 2:
        return f"{sums[0]}; divided by {sums[1]}; {result}"
    return f"{sums[0]}; {counted(asked.bits, 'bit')} each: {result}" if asked.bits else sums[0]


def _summed(asked: Asked) -> str:
    """Return the count of some layers: the formula of a single one, a few with their numbers, more by their kinds."""
    layers = asked.sides[0].layers
    formal = asked.quantity in (*NAMES, *COUNTS)
    if len(layers) == 1 and formal:
        return _formula(layers[0], asked)
    tally, kinds = LayerTally(), dict.fromkeys(layer.kind for layer in layers)
    counting = [layer for layer in layers if tally.total((layer,), asked)]
    if formal and 1 < len(counting) <= LISTED:
        each = "; ".join(f"{_called(layer)} {_numbers(layer, asked)}" for layer in counting)
        return f"{each}; in all {tally.total(layers, asked):,}"
    parts = {kind: tally.total(tuple(layer for layer in layers if layer.kind == kind), asked) for kind in kinds}
    told = [(kind, number) for kind, number in sorted(parts.items(), key=lambda part: -part[1]) if number]
    shown = [f"{number:,} of {kind}" for kind, number in told[:LISTED]]
    rest = sum(number for _, number in told[LISTED:])
    return f"{' + '.join([*shown, *([f'{rest:,} of the rest'] if rest else [])])} = {sum(parts.values()):,}"


def _called(layer: Layer) -> str:
    """Return what a working calls a layer: its path, with its kind where that is a number."""
    return f"{layer.kind} (layer {layer.path})" if layer.path.isdigit() else layer.path


def _numbers(layer: Layer, asked: Asked) -> str:
    """Return the count of one layer with numbers put in: `1 * 1 * 96 * 16 + 16 = 1,552`."""
    works, number = _works(layer, asked), LayerTally().total((layer,), asked)
    told = " + ".join(work.numbers or f"{work.value:,}" for work in works)
    if asked.quantity == "flops":
        told = f"2 * ({told})" if len(works) > 1 else f"2 * {told}"
    return f"{told} = {number:,}"


def _works(layer: Layer, asked: Asked) -> list[Working]:
    """Return the counts that are summed for what is asked of a layer, worked out."""
    cost, names = symbolic(layer.op, layer.ins, layer.args), [asked.quantity]
    if asked.quantity in NAMES:
        names = list(dict.fromkeys(term.what for term in _convention(asked).terms))
    return [working_of(name, value) for name in names if (value := getattr(cost, name))]


def _convention(asked: Asked) -> Convention:
    return {"params": asked.measure.params}.get(asked.quantity) or asked.measure.macs


def _formula(layer: Layer, asked: Asked) -> str:
    """Return the count of one layer as its op's own formulas give it, with numbers put in."""
    works = _works(layer, asked)
    if asked.quantity in NAMES and works:
        works.append(working_of(NAMES[asked.quantity], summed(_convention(asked), layer)))
    lines = [_line(work) for work in works]
    if asked.quantity == "flops":
        lines.append(f"FLOPs = 2 * MACs = {LayerTally().total((layer,), asked):,}")
    return "; ".join(lines) or "nothing of it here"


def _line(work: Working) -> str:
    return " = ".join(filter(None, (work.name, work.formula, work.numbers, f"{work.value:,}")))


def _window(layer: Layer) -> str:
    """Return what a layer's output size follows from."""
    steps = worked(layer.op, layer.ins, layer.args).steps
    return "; ".join(map(_line, steps)) or f"{layer.kind} on {layer.ins[0]}"
