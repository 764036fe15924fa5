"""Why a claim fails: the causes of its figure, the same that `check` and `why` give."""

from contextlib import suppress
from typing import NamedTuple

from costcalc.analysis.verify.verdict import Verdict
from costcalc.causes.asked import Asked, Side
from costcalc.causes.diagnosis import Search
from costcalc.causes.stated import counts_in, reasons
from costcalc.common.errors import SpecError
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.network.parts import part_of

BITS = 32


class Claimed(NamedTuple):
    """What a figure is said to be: a quantity of some layers, under the convention that is declared."""

    quantity: str
    side: Side
    convention: str = ""


def explained(verdict: Verdict, claimed: Claimed | None) -> Verdict:
    """Return the verdict on a claim that fails with the causes of its figure, where there are any."""
    if verdict.verdict != "failed" or claimed is None or claimed.quantity not in FIGURES:
        return verdict
    figure = FIGURES[claimed.quantity]
    bits = BITS if figure.typed or figure.kind == "bytes" else 0
    measure = Measure.named([claimed.convention] if claimed.convention else [])
    with suppress(SpecError, ValueError):  # what cannot be read or counted has no causes, and its own words
        quantity = figure.elements or claimed.quantity
        search = Search(Asked(quantity, (claimed.side,), measure, bits))
        for stated in counts_in(verdict.claimed):
            found = reasons({quantity: search}, stated).found
            if found:
                told = "; or ".join(str(reason) for reason in found)
                note = "; ".join(filter(None, (verdict.note, f"it would be {told}")))
                return verdict._replace(note=note, mistakes=tuple(reason.names for reason in found))
    return verdict


def of_path(side: Side, path: str) -> Side:
    """Return the layers at a path of a side's network, and of its repeats."""

    def pick(network: Network) -> tuple[Layer, ...]:
        return tuple(part_of(network, path).layers)

    return side._replace(layers=pick(side.network), pick=pick)
