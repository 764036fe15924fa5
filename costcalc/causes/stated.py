"""Why a stated figure of a network differs: the catalogue of causes, for every count and size that it may mean."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes import TIERS, Asked, Search, Side
from costcalc.causes.answers import as_asked
from costcalc.common.printed import Figure
from costcalc.language.expr import Value
from costcalc.language.spec import Definition
from costcalc.network.memory import POLICIES, Policy, features, peak, training
from costcalc.network.memory.training import OPTIMIZERS
from costcalc.network.model import Layer, Network

# What a figure may be a count of, by what it says that it counts.
MEANT: Mapping[str, tuple[str, ...]] = {
    "": ("macs", "flops", "params", "activations"),
    "macs": ("macs",),
    "flops": ("flops",),
    "ops": ("macs", "flops"),
    "params": ("params",),
    "elements": ("activations", "params"),
}
WORDS = {"macs": "MACs", "flops": "FLOPs", "params": "parameters", "activations": "outputs of conv and fc"}
BITS = 32
ASKED_FOR = 0.6  # of chance: who asks why sees all that fits, and accuses nobody
MOST = 5


class Reason(NamedTuple):
    """One cause that gives a figure: what it is a count of, the exact value, the cause in words and by its name."""

    quantity: str
    value: Fraction
    words: str
    names: tuple[str, ...]


def causes_of(
    networks: Iterable[Network], spec: Definition, given: Mapping[str, Value], figure: Figure
) -> tuple[Reason, ...]:
    """Return what gives a figure, simplest first: of the first of these networks, else of the next.

    The rarer causes, and two at once, are tried for the first network alone.
    """
    searches = [_searches(network, spec, given, figure) for network in networks]
    for rarest, tried in ((2, searches), (TIERS[-1], searches[:1])):
        for network, asked in tried:
            found = [*_sizes(network, figure), *_counts(asked, figure, rarest)]
            if found:
                return tuple(found[:MOST])
    return ()


def _searches(
    network: Network, spec: Definition, given: Mapping[str, Value], figure: Figure
) -> tuple[Network, dict[str, Search]]:
    """Return a network with a search of everything that a figure may be a count of."""
    side = Side(network, network.layers, _every, spec, {**given, **network.settings})
    bits = BITS if figure.dimension == "bytes" else 0
    quantities = ("params", "activations") if bits else MEANT[figure.what]
    return network, {name: Search(Asked(name, (side,), network.measure, bits)) for name in quantities}


def _counts(searches: Mapping[str, Search], figure: Figure, rarest: int) -> list[Reason]:
    """Return the causes of the fewest mistakes and the commonest tier, over everything that a figure may count."""
    found: list[tuple[tuple[int, int], Reason]] = []
    for quantity, search in searches.items():
        for way in search.explain(as_asked(figure, quantity), ASKED_FOR, rarest).ways:
            names = tuple(mistake.name for mistake in way.mistakes)
            words = "operations" if {"tool", "counted-too"} & set(names) else WORDS[quantity]
            words = f"bytes of the {words}" if search.asked.bits else words
            if isinstance(way.value, Fraction):
                rank = len(names), max(mistake.tier for mistake in way.mistakes)
                found.append((rank, Reason(words, way.value, way.did, names)))
    simplest = min((rank for rank, _ in found), default=(0, 0))
    return [cause for rank, cause in found if rank == simplest]


def _every(network: Network) -> tuple[Layer, ...]:
    return network.layers


def _sizes(network: Network, figure: Figure) -> Iterator[Reason]:
    """Yield the sizes in memory that are a figure: the peak under each policy, the sum of features, training."""
    if figure.dimension != "bytes":
        return
    sizes = {"took the peak of inference": peak(network)}
    for name in POLICIES:
        sizes[f"took the peak of inference under the policy {name}"] = peak(network, policy=Policy.named([name]))
    sizes["took the sum of all outputs"] = features(network.layers).total * BITS // 8
    for name in OPTIMIZERS:
        sizes[f"took the memory of training with {name}"] = training(network, name).total * BITS // 8
    for words, size in sizes.items():
        if figure.rounds(Fraction(size)) or figure.rounds(Fraction(size), cut=True):
            yield Reason("bytes", Fraction(size), words, ("memory",))
