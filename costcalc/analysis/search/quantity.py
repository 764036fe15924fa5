"""What a row can hold: settings, counts, what follows from both, what others reported. A name -> a Quantity."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from costcalc.analysis.api import Spec
from costcalc.common.errors import ArgumentError, quote, unknown
from costcalc.language.expr import Value
from costcalc.language.spec import MEASURED
from costcalc.network.figures import FIGURES, not_of_network

MEASURED_TITLES: Mapping[str, str] = {"top1": "top-1, %", "top5": "top-5, %", "map": "mAP, %", "latency": "latency, ms"}
# What follows from a point and from the network at its own width and resolution: a title, a kind.
DERIVED: Mapping[str, tuple[str, str]] = {
    "effective_width": ("effective", "number"),
    "square_law": ("square law", "int"),
}
Named = TypeVar("Named")
NUMBERS = ("int", "number", "bytes", "decimal")


class Quantity(NamedTuple):
    """What one place of a row holds: its name, where it comes from, its column's title and kind.

    `source` is `spec`, `setting`, `figure`, `derived` or `reported`; `better` is LESS where less of it is better
    (costs), MORE where more is (accuracies), 0 where neither is known.
    """

    key: str
    source: str
    title: str
    kind: str = "int"
    better: int = 0


def quantities(
    specs: Iterable[Spec], axes: Mapping[str, tuple[Value, ...]], dtype: str = "fp32"
) -> dict[str, Quantity]:
    """Return everything that a row of these specs on these axes can hold, figures as those of elements of `dtype`.

    A setting hides a figure of its name; a cost only where it is swept.
    """
    found: dict[str, Quantity] = {}
    for spec in specs:
        found |= {name: _setting(name, (value,)) for name, value in spec.settings.items()}
    for name, better in MEASURED.items():
        found[name] = Quantity(name, "reported", MEASURED_TITLES[name], "number", better)
    for name, figure in FIGURES.items():
        if figure.of_network and (figure.better or name not in found):
            found[name] = Quantity(name, "figure", figure.heading(dtype), figure.kind, figure.better)
    for name, (title, kind) in DERIVED.items():
        found[name] = Quantity(name, "derived", title, kind)
    found |= {name: _setting(name, values) for name, values in axes.items()}
    found["spec"] = Quantity("spec", "spec", "spec", "text")
    return found


def _setting(name: str, values: tuple[Value, ...]) -> Quantity:
    plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return Quantity(name, "setting", name, "number" if plain else "text")


def ranked(quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Return quantities that can be ranked; raise ValueError for one of which neither less nor more is better."""
    for quantity in quantities:
        if not quantity.better:
            sentence = f" cannot rank {quote(quantity.key)}: it is neither a cost nor an accuracy"
            raise ArgumentError("pareto", sentence)
    return tuple(quantities)


def numeric(quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Return quantities that are numbers; raise ValueError for one that is not."""
    for quantity in quantities:
        if quantity.kind not in NUMBERS:
            raise ArgumentError("plot", f" needs numbers: {quote(quantity.key)} is not a number")
    return tuple(quantities)


def named(known: Mapping[str, Named], name: str, about: str) -> Named:
    """Return what has the name that an argument gives; raise ArgumentError with those there are."""
    if name not in known:
        if not_of_network(name):
            raise ArgumentError(about, f": {not_of_network(name)}")
        raise unknown(about, name, known)
    return known[name]
