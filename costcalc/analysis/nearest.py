"""The bundled network that is nearest to another one: by parameters and MACs, then by the kinds of its layers."""

import re
from contextlib import suppress
from math import log, prod

from costcalc import specfile
from costcalc.analysis.api import load
from costcalc.analysis.compare import kinds_of
from costcalc.common.errors import SpecError
from costcalc.network.metrics import total
from costcalc.network.model import Network
from costcalc.specfile.index import Listed

FARTHEST = log(1.5)  # beyond it no network is near
ALIKE = 0.1  # farther than the nearest by this, networks are compared by their kinds of layers
MOST_BUILT = 6


def nearest(network: Network) -> tuple[str, Network] | None:
    """Return the name of the nearest bundled network, and that at the same input; None where all are far.

    Far is half more parameters and MACs than one has, or half fewer. An input that the network does not take is left as
    its table has it.
    """
    totals = network.totals
    if not totals.params or not totals.macs:
        return None
    found = sorted(
        (_distance(member, network), member.name)
        for member in specfile.members()
        if member.params and member.macs and not member.unit
    )
    if found[0][0] > FARTHEST:
        return None
    close = [name for distance, name in found[:MOST_BUILT] if distance <= found[0][0] + ALIKE]
    return min(((name, _built(name, network)) for name in close), key=lambda pair: _apart(network, pair[1]))


def _distance(member: Listed, network: Network) -> float:
    """Return how far a bundled network's parameters are, and its MACs, which grow with the area of the input."""
    sides = [int(side) for side in re.findall(r"\d+", member.input)[1:3]]
    area = network.input.h * network.input.w / prod(sides) if len(sides) == 2 else 1
    mine, theirs = network.totals, (member.params or 1, (member.macs or 1) * area)
    return abs(log(mine.params / theirs[0])) + abs(log(mine.macs / theirs[1]))


def _built(name: str, network: Network) -> Network:
    """Return a bundled network, at the input of another one if it takes that."""
    spec = load(name)
    with suppress(SpecError):
        if not network.inputs:
            return spec.build(input=tuple(network.input))
    return spec.build()


def _apart(network: Network, other: Network) -> int:
    """Return the MACs of kinds of layers that one of two networks has more than the other, added up."""
    pairs = kinds_of((network, other)).values()
    return sum(abs(total(mine).macs - total(theirs).macs) for mine, theirs in pairs)
