"""Two networks side by side: layers, stages and blocks in pairs, and what changed put down to causes."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from math import log2
from typing import Any, NamedTuple, TypeVar

from costcalc.network.grouping import Grouped, row_of
from costcalc.network.metrics import Measure, Totals, multiplies, total
from costcalc.network.model import Layer, Network
from costcalc.ops.shape import Shape

MAX_ALIGNED = 1_500_000  # pairs of layers: a few seconds of looking for the runs that match
QUANTITIES = ("macs", "params", "activations")
Item = TypeVar("Item", bound=Any)
Layers = tuple[Layer, ...]


class Pair(NamedTuple):
    """Some layers of one network and those of the other in their place; either may be empty.

    `reduction` is the side of the input over that of their output, a power of 2, in pairs of stages; None elsewhere
    and for outputs of one position.
    """

    label: str
    before: Layers
    after: Layers
    reduction: int | None = None

    def totals(self, measure: Measure) -> tuple[Totals, Totals]:
        """Return the totals of both sides."""
        return total(self.before, measure), total(self.after, measure)


class Cause(NamedTuple):
    """What is in place of what, and the difference it makes (after less before)."""

    words: str
    macs: int
    params: int


def level(network: Network, shape: Shape) -> int | None:
    """Return how many times the input's height has been halved, about; None for an output of one position."""
    return None if shape.h == shape.w == 1 else round(log2(network.input.h / shape.h))


def aligned(before: Network, after: Network) -> list[Pair]:
    """Return the layers of two networks in pairs, by what they do and not by their number.

    Networks of the same kinds in the same order are paired in turn. Else layers are paired within a reduction, so that
    one at 16 never meets one at 8: equal runs of kinds are matched as `diff` matches lines, so that an inserted layer
    shifts nothing; a run that one network has in place of another's is one pair.
    """
    if [layer.kind for layer in before.layers] == [layer.kind for layer in after.layers]:
        return [Pair(a.kind, (a,), (b,)) for a, b in zip(before.layers, after.layers, strict=True)]
    pairs = []
    for _, left, right in _by_level(_leveled(before), _leveled(after)):
        for equal, gone, come in _runs(left, right, lambda layer: layer.kind):
            if equal:
                pairs += [Pair(a.kind, (a,), (b,)) for a, b in zip(gone, come, strict=True)]
            else:
                pairs.append(Pair(_exchange(gone, come), gone, come))
    return pairs


def _leveled(network: Network) -> list[tuple[int | None, Layer]]:
    """Return a network's layers, each with its level: that of its row's end where one position is amid a block."""
    ends = {row_of(layer): layer.out for layer in network.layers}
    levels = [(level(network, layer.out), layer) for layer in network.layers]
    return [(level(network, ends[row_of(layer)]) if own is None else own, layer) for own, layer in levels]


def _by_level(
    before: Iterable[tuple[int | None, Item]], after: Iterable[tuple[int | None, Item]]
) -> Iterator[tuple[int | None, tuple[Item, ...], tuple[Item, ...]]]:
    """Yield (level, items before, items after), the largest outputs first, those of one position last."""
    found: dict[int | None, tuple[list[Item], list[Item]]] = {}
    for side, items in enumerate((before, after)):
        for key, item in items:
            found.setdefault(key, ([], []))[side].append(item)
    for key in sorted(found, key=lambda key: (key is None, key or 0)):
        yield key, tuple(found[key][0]), tuple(found[key][1])


def _runs(
    before: tuple[Item, ...], after: tuple[Item, ...], key: Callable[[Item], Hashable]
) -> Iterator[tuple[bool, tuple[Item, ...], tuple[Item, ...]]]:
    """Yield (equal, items before, items after) in order: runs whose keys agree, and what is between them."""
    keys = [[key(item) for item in items] for items in (before, after)]
    if len(before) * len(after) > MAX_ALIGNED:
        yield from _in_turn(before, after, keys)
        return
    for tag, i, j, k, m in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        yield tag == "equal", before[i:j], after[k:m]


def _in_turn(
    before: tuple[Item, ...], after: tuple[Item, ...], keys: Sequence[Sequence[Hashable]]
) -> Iterator[tuple[bool, tuple[Item, ...], tuple[Item, ...]]]:
    """Yield the same for networks too long for that: the first of a key with the other's first, and so on."""
    found: dict[Hashable, tuple[list[Item], list[Item]]] = {}
    for side, items in enumerate((before, after)):
        for key, item in zip(keys[side], items, strict=True):
            found.setdefault(key, ([], []))[side].append(item)
    for left, right in found.values():
        both = min(len(left), len(right))
        yield True, tuple(left[:both]), tuple(right[:both])
        if len(left) != len(right):
            yield False, tuple(left[both:]), tuple(right[both:])


def kinds_of(networks: Sequence[Network]) -> dict[str, list[Layers]]:
    """Return the layers of each kind in every network, in the order in which kinds first appear."""
    sides = [{group.label: _layers(group) for group in network.by("kind")} for network in networks]
    return {kind: [side.get(kind, ()) for side in sides] for side in sides for kind in side}


def by_label(before: Network, after: Network, what: str) -> list[Pair]:
    """Return the groups of two networks in pairs: `kind`, `stage` or `block`.

    Kinds are paired by name, those of one network alone last; stages by their reduction, so that inputs of other sizes
    pair too; blocks in turn within a reduction, equal names first.
    """
    if what == "kind":
        return [Pair(kind, left, right) for kind, (left, right) in kinds_of((before, after)).items()]
    sides = [[(level(network, group.out), group) for group in network.by(what)] for network in (before, after)]
    pairs = []
    for key, left, right in _by_level(*sides):
        reduction = None if key is None or key < 0 else 2**key
        if what == "stage":
            label = " / ".join(dict.fromkeys(_span(side) for side in (left, right) if side))
            pairs.append(Pair(label, _layers(*left), _layers(*right), reduction))
        else:
            for _, some, others in _runs(left, right, lambda group: group.what):
                pairs += [_blocks(pair, reduction) for pair in _zipped(some, others)]
    return pairs


def _span(groups: Sequence[Grouped]) -> str:
    """Return the sizes of some stages: the first and the last."""
    return " .. ".join(dict.fromkeys((groups[0].label, groups[-1].label)))


def _layers(*groups: Grouped) -> Layers:
    return tuple(layer for group in groups for layer in group.layers if isinstance(layer, Layer))


def _zipped(left: Sequence[Item], right: Sequence[Item]) -> Iterator[tuple[list[Item], list[Item]]]:
    """Yield items of two runs in turn, each in a list; each item that only one run has makes a list of its own."""
    for number in range(max(len(left), len(right))):
        yield list(left[number : number + 1]), list(right[number : number + 1])


def _blocks(pair: tuple[list[Grouped], list[Grouped]], reduction: int | None) -> Pair:
    """Return two blocks as a pair: `basic -> bottleneck` where they have other names."""
    left, right = pair
    label = " -> ".join(dict.fromkeys(group.what for group in (*left, *right)))
    return Pair(label, _layers(*left), _layers(*right), reduction)


def causes(before: Network, after: Network) -> list[Cause]:
    """Return what changed layer by layer, largest difference in MACs first; they add up to those of the totals."""
    return sorted(_changes(aligned(before, after), before.measure), key=size)


def size(cause: Cause) -> tuple[int, int]:
    """Return what sorts causes: the largest differences in MACs, then in parameters, first."""
    return -abs(cause.macs), -abs(cause.params)


def _changes(pairs: Iterable[Pair], measure: Measure) -> list[Cause]:
    """Return what changed in pairs: those that match by kind, runs by what is in place of what, in any order."""
    words: dict[Hashable, str] = {}
    found: dict[str, list[int]] = {}
    for pair in pairs:
        left, right = pair.totals(measure)
        told = f"other sizes of {pair.label}" if matched(pair) else pair.label
        key = matched(pair), *map(frozenset, _exchanged(pair.before, pair.after))
        sums = found.setdefault(words.setdefault(key, told), [0, 0])
        sums[0] += right.macs - left.macs
        sums[1] += right.params - left.params
    return [Cause(words, macs, params) for words, (macs, params) in found.items() if macs or params]


def matched(pair: Pair) -> bool:
    """Return whether a pair is one layer and another of its kind."""
    return len(pair.before) == len(pair.after) == 1 and pair.before[0].kind == pair.after[0].kind


def _exchange(left: Layers, right: Layers) -> str:
    """Return in words what is in place of what."""
    gone, come = (" + ".join(kinds) for kinds in _exchanged(left, right))
    if gone and come:
        return f"{come} in place of {gone}"
    return f"{come} added" if come else f"{gone} left out"


def _exchanged(*sides: Layers) -> list[Iterable[str]]:
    """Return the kinds of two runs, each once: of layers that multiply or, where neither run has any, of all."""
    kinds = [dict.fromkeys(layer.kind for layer in side if multiplies(layer)) for side in sides]
    return [*kinds] if any(kinds) else [dict.fromkeys(layer.kind for layer in side) for side in sides]
