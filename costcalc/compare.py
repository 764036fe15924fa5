"""Two networks side by side: layers aligned by what they do, and what changed put down to causes."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from costcalc.metrics import Measure, Totals, total
from costcalc.network import Layer, Network

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
    network has in place of another's is one pair.
    """
    kinds = [layer.kind for layer in before.layers], [layer.kind for layer in after.layers]
    pairs = []
    for tag, i, j, k, m in SequenceMatcher(None, *kinds, autojunk=False).get_opcodes():
        left, right = before.layers[i:j], after.layers[k:m]
        if tag == "equal":
            pairs += [Pair(a.kind, (a,), (b,)) for a, b in zip(left, right, strict=True)]
        else:
            pairs.append(Pair(_exchange(left, right), left, right))
    return pairs


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
    """Return what changed, largest difference in MACs first; the differences add up to those of the totals.

    Layers that match are put down by kind to their sizes; exchanged runs to what stands in place of what.
    """
    found: dict[str, list[int]] = {}
    for pair in aligned(before, after):
        left, right = pair.totals(before.measure)
        matched = len(pair.before) == len(pair.after) == 1 and pair.before[0].kind == pair.after[0].kind
        words = f"other sizes of {pair.label}" if matched else pair.label
        sums = found.setdefault(words, [0, 0])
        sums[0] += right.macs - left.macs
        sums[1] += right.params - left.params
    changed = [Cause(words, macs, params) for words, (macs, params) in found.items() if macs or params]
    return sorted(changed, key=lambda cause: (-abs(cause.macs), -abs(cause.params)))


def _exchange(left: Sequence[Layer], right: Sequence[Layer]) -> str:
    """Return in words what stands in place of what; layers that cost nothing go without saying."""
    gone, come = _names(left), _names(right)
    if gone and come:
        return f"{come} in place of {gone}"
    return f"{come} added" if come else f"{gone} left out"


def _names(layers: Sequence[Layer]) -> str:
    """Return the kinds of a run, each once, those that multiply alone if there are any."""
    kinds = dict.fromkeys(layer.kind for layer in layers if layer.cost.conv_macs or layer.cost.fc_macs)
    return " + ".join(kinds or dict.fromkeys(layer.kind for layer in layers))
