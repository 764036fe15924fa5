"""Two networks side by side: layers aligned by what they do, and what changed put down to causes."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from math import log2
from typing import NamedTuple

from costcalc.network.metrics import Measure, Totals, multiplies, total
from costcalc.network.model import Layer, Network

MAX_ALIGNED = 1_500_000  # pairs of layers: a few seconds of looking for the runs that match
QUANTITIES = ("macs", "params", "activations")


class Pair(NamedTuple):
    """Some layers of one network and those of the other that stand in their place; either may be none."""

    label: str
    before: tuple[Layer, ...]
    after: tuple[Layer, ...]

    def totals(self, measure: Measure) -> tuple[Totals, Totals]:
        """Return the totals of both sides."""
        return total(self.before, measure), total(self.after, measure)


class Cause(NamedTuple):
    """What stands in place of what, and the difference it makes (after less before)."""

    words: str
    macs: int
    params: int


def aligned(before: Network, after: Network) -> list[Pair]:
    """Return the layers of two networks in pairs, in order, by what they do and not by their number.

    Equal runs of kinds are matched as `diff` matches lines, so that an inserted layer shifts nothing; a run that one
    network has in place of another's is one pair. Networks of the same stages are matched stage by stage, so that a
    deeper stage stays itself, others by kind alone: whichever leaves fewer causes to tell.
    """
    staged, plain = (_staged(before), _staged(after)), (_kinds(before.layers), _kinds(after.layers))
    ways = [_pairs(before.layers, after.layers, keys) for keys in (staged, plain)]
    return min(ways, key=lambda pairs: len(_changes(pairs, before.measure)))


Layers = tuple[Layer, ...]


Keys = tuple[Sequence[Hashable], Sequence[Hashable]]


def _runs(before: Layers, after: Layers, keys: Keys) -> Iterator[tuple[bool, Layers, Layers]]:
    """Yield (equal, layers before, layers after) in order: runs whose keys agree, and what stands between them."""
    if len(before) * len(after) > MAX_ALIGNED:
        yield from _in_turn(before, after, keys)
        return
    for tag, i, j, k, m in SequenceMatcher(None, keys[0], keys[1], autojunk=False).get_opcodes():
        yield tag == "equal", before[i:j], after[k:m]


def _in_turn(before: Layers, after: Layers, keys: Keys) -> Iterator[tuple[bool, Layers, Layers]]:
    """Yield the same for networks too long for that: the first of a key with the other's first, and so on."""
    found: dict[Hashable, tuple[list[Layer], list[Layer]]] = {}
    for side, layers in enumerate((before, after)):
        for key, layer in zip(keys[side], layers, strict=True):
            found.setdefault(key, ([], []))[side].append(layer)
    for left, right in found.values():
        both = min(len(left), len(right))
        yield True, tuple(left[:both]), tuple(right[:both])
        if len(left) != len(right):
            yield False, tuple(left[both:]), tuple(right[both:])


def _pairs(before: Layers, after: Layers, keys: Keys) -> list[Pair]:
    """Return layers in pairs: by their keys and then, between those that match, by kind."""
    pairs = []
    for equal, left, right in _runs(before, after, keys):
        if equal:
            pairs += _one_by_one(left, right)
            continue
        for same, gone, come in _runs(left, right, (_kinds(left), _kinds(right))):
            pairs += _one_by_one(gone, come) if same else [Pair(_exchange(gone, come), gone, come)]
    return pairs


def _one_by_one(left: Layers, right: Layers) -> list[Pair]:
    """Return layers of the same kinds in pairs."""
    return [Pair(a.kind, (a,), (b,)) for a, b in zip(left, right, strict=True)]


def _kinds(layers: Layers) -> list[Hashable]:
    return [layer.kind for layer in layers]


def _staged(network: Network) -> list[Hashable]:
    """Return the kinds of a network's layers, each with how many times the input's height has been halved, about."""
    return [(layer.kind, round(log2(network.input.h / layer.out.h))) for layer in network.layers]


def by_label(before: Network, after: Network, what: str) -> list[Pair]:
    """Return groups of kind or stage of two networks in pairs, by their labels; those of one alone come last."""
    sides = [_gathered(network, what) for network in (before, after)]
    labels = list(dict.fromkeys([*sides[0], *sides[1]]))
    return [Pair(label, *(tuple(side.get(label, ())) for side in sides)) for label in labels]


def _gathered(network: Network, what: str) -> dict[str, list[Layer]]:
    """Return a network's layers by the label of their group; runs of one label are taken together."""
    found: dict[str, list[Layer]] = {}
    for group in network.by(what):
        found.setdefault(group.label, []).extend(layer for layer in group.layers if isinstance(layer, Layer))
    return found


def causes(before: Network, after: Network) -> list[Cause]:
    """Return what changed, largest difference in MACs first; the differences add up to those of the totals."""
    return sorted(
        _changes(aligned(before, after), before.measure), key=lambda cause: (-abs(cause.macs), -abs(cause.params))
    )


def _changes(pairs: Iterable[Pair], measure: Measure) -> list[Cause]:
    """Return what changed in pairs: those that match by kind, runs by what stands in place of what, in any order."""
    words: dict[Hashable, str] = {}
    found: dict[str, list[int]] = {}
    for pair in pairs:
        left, right = pair.totals(measure)
        matched = len(pair.before) == len(pair.after) == 1 and pair.before[0].kind == pair.after[0].kind
        told = f"other sizes of {pair.label}" if matched else pair.label
        key = matched, *map(frozenset, _exchanged(pair.before, pair.after))
        sums = found.setdefault(words.setdefault(key, told), [0, 0])
        sums[0] += right.macs - left.macs
        sums[1] += right.params - left.params
    return [Cause(words, macs, params) for words, (macs, params) in found.items() if macs or params]


def _exchange(left: Layers, right: Layers) -> str:
    """Return in words what stands in place of what."""
    gone, come = (" + ".join(kinds) for kinds in _exchanged(left, right))
    if gone and come:
        return f"{come} in place of {gone}"
    return f"{come} added" if come else f"{gone} left out"


def _exchanged(*sides: Layers) -> list[Iterable[str]]:
    """Return the kinds of two runs, each once: of layers that multiply or, where neither run has any, of all."""
    kinds = [dict.fromkeys(layer.kind for layer in side if multiplies(layer)) for side in sides]
    return [*kinds] if any(kinds) else [dict.fromkeys(layer.kind for layer in side) for side in sides]
