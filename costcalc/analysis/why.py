"""Why one network costs more than another: causes in sentences, which add up exactly to the difference.

Three forms, the first that fits: a setting or the input, where nothing else differs; a replacement of layers by others,
where the alignment covers nearly all of both networks; else kinds of layers.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from costcalc.analysis.compare import Cause, Pair, aligned, by_label, matched, size
from costcalc.common.units import scaled, shown_shape, shown_value
from costcalc.network.metrics import Measure, Totals, multiplies, total
from costcalc.network.model import Layer, Network

NEARLY = Fraction(95, 100)  # of the MACs and of the parameters of both networks
LONGEST_UNIT = 3  # layers that one replacement names
MOST_UNITS = 3  # different replacements that still make a story
CLOSE = 1.005  # below it a ratio would read 1.00x


class Why(NamedTuple):
    """The causes of a difference, largest first; `by` is their form: `setting`, `replacement` or `kind`.

    `changed` are the settings (and the input) that differ, in words, where all else is alike.
    """

    by: str
    causes: tuple[Cause, ...]
    changed: tuple[str, ...] = ()


class Sums(NamedTuple):
    """What causes add, and what they take away, in MACs or in parameters."""

    added: int
    saved: int

    def part(self, number: int) -> float | None:
        """Return how much of what is added, or of what is saved, one cause makes: 0 to 1; None where it makes none."""
        return number / (self.added if number > 0 else self.saved) if number else None

    def weight(self, number: int) -> float:
        """Return how much of all that is added and saved one cause makes, 0 to 1."""
        return abs(number) / ((self.added - self.saved) or 1)


def why(before: Network, after: Network) -> Why:
    """Return why a network's costs differ from those of another: causes that add up to the difference."""
    for form in (_setting, _replacement, _kinds):
        found = form(before, after)
        if found is not None:
            return found._replace(causes=tuple(sorted(found.causes, key=size)))
    raise AssertionError


def sums(numbers: Sequence[int]) -> Sums:
    """Return what numbers add and what they take away."""
    return Sums(sum(number for number in numbers if number > 0), sum(number for number in numbers if number < 0))


def ratio(first: float, other: float, name: str) -> str:
    """Return how much the other has against the first, in words: `8.56x fewer MACs`."""
    if first == other:
        return f"as many {name}"
    if not first or not other:
        return f"no {name}" if not other else f"{name} only here".strip()
    more = other > first
    times = other / first if more else first / other
    told = f"{times:.2f}x" if times >= CLOSE else f"{100 * abs(other - first) / first:.2g} %"
    return f"{told} {'more' if more else 'fewer'} {name}"


# settings


def _setting(before: Network, after: Network) -> Why | None:
    """Return the causes where settings or the input differ and the layers are the same ones; None elsewhere."""
    if before.title != after.title or before.settings.keys() != after.settings.keys():
        return None
    inputs, chosen = _changed(before, after)
    pairs = _same(before, after)
    if not pairs or not (inputs or chosen):
        return None
    left, right = total(before.layers, before.measure), total(after.layers, before.measure)
    whole = [[layer.ins[0][1:] for layer in network.layers if layer.op == "flatten"] for network in (before, after)]
    maps = _maps(pairs, before.measure) if inputs and chosen and whole[0] == whole[1] else None
    if maps is None:
        words = ", ".join(filter(None, (*inputs, *chosen, _positions(pairs), _channels(pairs))))
        found = [Cause(words, right.macs - left.macs, right.params - left.params)]
    else:
        found = [
            Cause(", ".join(filter(None, (*inputs, _positions(pairs)))), maps, 0),
            Cause(
                ", ".join(filter(None, (*chosen, _channels(pairs)))),
                right.macs - left.macs - maps,
                right.params - left.params,
            ),
        ]
    return Why("setting", tuple(cause for cause in found if cause.macs or cause.params), (*inputs, *chosen))


def _same(before: Network, after: Network) -> list[Pair]:
    """Return the layers with costs in turn, where both networks have the same ones: their paths, their kinds."""
    left, right = ([layer for layer in network.layers if _costs(layer)] for network in (before, after))
    if [(layer.path, layer.kind) for layer in left] != [(layer.path, layer.kind) for layer in right]:
        return []
    return [Pair(a.kind, (a,), (b,)) for a, b in zip(left, right, strict=True)]


def _costs(layer: Layer) -> bool:
    return bool(multiplies(layer) or layer.cost.weights or layer.cost.bias or layer.cost.norm)


def _changed(before: Network, after: Network) -> tuple[list[str], list[str]]:
    """Return in words how the input differs, and which settings do, without that which is the input's side."""
    sides = [(network.input.h, network.input.w) for network in (before, after)]
    shown = [h if h == w else shown_shape((h, w)) for h, w in sides]
    inputs = [f"input {shown[0]} -> {shown[1]}"] if sides[0] != sides[1] else []
    if before.input.c != after.input.c:
        inputs = [f"input {shown_shape(before.input)} -> {shown_shape(after.input)}"]
    values = {key: (value, after.settings[key]) for key, value in before.settings.items()}
    return inputs, [
        f"{key} {shown_value(old)} -> {shown_value(new)}"
        for key, (old, new) in values.items()
        if old != new and not (inputs and (old, new) == (before.input.h, after.input.h))
    ]


def _maps(pairs: Sequence[Pair], measure: Measure) -> int | None:
    """Return what maps of other sizes make of the difference in MACs, at the channels of the first network.

    None where it is not a share of its own: a count that is not the same at every position, a layer that takes a whole
    map, other kernels at the same channels.
    """
    made = 0
    for (left,), (right,) in ((pair.before, pair.after) for pair in pairs):
        old, new = left.out.h * left.out.w, right.out.h * right.out.w
        macs = measure.macs.of(left)
        whole = left.op == "fc" and left.ins[0][1:] != right.ins[0][1:]
        alike = left.out.c == right.out.c and [shape.c for shape in left.ins] == [shape.c for shape in right.ins]
        if macs * new % old or whole or (alike and left.cost.weights != right.cost.weights):
            return None
        made += macs * new // old - macs
    return made


def _positions(pairs: Sequence[Pair]) -> str:
    """Return how many positions the maps have against those of the first network, in words."""
    ratios = {
        Fraction(right.out.h * right.out.w, left.out.h * left.out.w)
        for (left,), (right,) in ((pair.before, pair.after) for pair in pairs)
        if multiplies(left) and left.out.h * left.out.w > 1
    }
    return _times("positions of every map", "positions", ratios)


def _channels(pairs: Sequence[Pair]) -> str:
    """Return how many channels layers have against those of the first network, in words; the last layer's aside."""
    layers = [(pair.before[0], pair.after[0]) for pair in pairs if multiplies(pair.before[0])]
    return _times("every channel", "channels", {Fraction(right.out.c, left.out.c) for left, right in layers[:-1]})


def _times(every: str, some: str, ratios: set[Fraction]) -> str:
    """Return ratios in words: one that holds everywhere, or the smallest and the largest."""
    if ratios <= {1}:
        return ""
    low, high = (f"{float(ratio):.3g}" for ratio in (min(ratios), max(ratios)))
    return f"{every} x {low}" if low == high else f"{some} x {low} to {high}"


# replacements


class _Unit(NamedTuple):
    """Layers that replace others, so many times: `13 times Conv 3x3 became Conv DW 3x3 + Conv 1x1`."""

    times: int
    gone: tuple[str, ...]
    come: tuple[str, ...]


def _replacement(before: Network, after: Network) -> Why | None:
    """Return the causes where layers were replaced by others and nearly all of both has its place; None elsewhere."""
    measure = before.measure
    pairs = aligned(before, after)
    units = [None if matched(pair) else _unit(pair) for pair in pairs]
    found = {unit[1:] for unit in units if unit}
    placed = [pair for pair, unit in zip(pairs, units, strict=True) if unit or matched(pair)]
    if not 0 < len(found) <= MOST_UNITS or not _covered(placed, before, after):
        return None
    groups: dict[str, list[tuple[Pair, _Unit | None]]] = {}
    for pair, unit in zip(pairs, units, strict=True):
        key = "".join(unit[1] + unit[2]) if unit else f"{matched(pair)}{pair.label}"
        groups.setdefault(key, []).append((pair, unit))
    causes = [_replaced(members, measure) for members in groups.values()]
    return Why("replacement", tuple(cause for cause in causes if cause.macs or cause.params))


def _covered(placed: Sequence[Pair], before: Network, after: Network) -> bool:
    """Return whether pairs hold nearly all MACs and nearly all parameters of both networks."""
    measure = before.measure
    for network, layers in (
        (before, [layer for pair in placed for layer in pair.before]),
        (after, [layer for pair in placed for layer in pair.after]),
    ):
        for convention in (measure.macs, measure.params):
            if convention.total(layers) < NEARLY * convention.total(network.layers):
                return False
    return True


def _unit(pair: Pair) -> _Unit | None:
    """Return what a run was replaced by and how often, where both are some layers, over and over; None elsewhere."""
    gone, come = (tuple(layer.kind for layer in side if multiplies(layer)) for side in (pair.before, pair.after))
    if not gone or not come:
        return None
    both = gcd(len(gone), len(come))
    for times in range(both, 0, -1):
        if both % times == 0 and all(side == side[: len(side) // times] * times for side in (gone, come)):
            unit = _Unit(times, gone[: len(gone) // times], come[: len(come) // times])
            return unit if max(len(unit.gone), len(unit.come)) <= LONGEST_UNIT else None
    return None


def _replaced(members: Sequence[tuple[Pair, _Unit | None]], measure: Measure) -> Cause:
    """Return the cause that some pairs are together."""
    pair, unit = members[0]
    left = total((layer for pair, _ in members for layer in pair.before), measure)
    right = total((layer for pair, _ in members for layer in pair.after), measure)
    words = f"{pair.label} of other sizes" if matched(pair) else pair.label
    if unit:
        times = sum(unit.times for _, unit in members if unit)
        often = f"{times} times " if times > 1 else ""
        words = f"{often}{' + '.join(unit.gone)} became {' + '.join(unit.come)}"
        words += f", {ratio(left.macs, right.macs, 'MACs')} there" if left.macs != right.macs else ""
    return Cause(words, right.macs - left.macs, right.params - left.params)


# kinds


def _kinds(before: Network, after: Network) -> Why:
    """Return a cause for each kind of layer."""
    causes = []
    for pair in by_label(before, after, "kind"):
        left, right = pair.totals(before.measure)
        cause = Cause(_kind(pair, left, right), right.macs - left.macs, right.params - left.params)
        causes += [cause] if cause.macs or cause.params else []
    return Why("kind", tuple(causes))


def _kind(pair: Pair, left: Totals, right: Totals) -> str:
    """Return in words how many layers of a kind there are, and how large they are on average."""
    old, new = left.layers, right.layers
    if not old or not new:
        return f"{pair.label}, {_layers(old + new)} {'added' if new else 'left out'}"
    if not left.macs or not right.macs:
        return f"{pair.label}, {_layers(old)}" if old == new else f"{pair.label}, {old} -> {_layers(new)}"
    average = [scaled(sums.macs / sums.layers, "").strip() for sums in (left, right)]
    if old == new:
        return f"{pair.label}, {_layers(old)} of {average[0]} -> {average[1]} MACs{' on average' if old > 1 else ''}"
    return f"{pair.label}, {_layers(old)} of {average[0]} -> {new} of {average[1]} MACs on average"


def _layers(number: int) -> str:
    return f"{number} layer{'s' if number != 1 else ''}"
