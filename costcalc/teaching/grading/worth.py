"""Right values besides figures of layers: stated ones, hours of an epoch, a setting within a budget, stored bytes."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes.answers import Key
from costcalc.common.errors import SpecError, counted, quote
from costcalc.language.expr import Value
from costcalc.language.settings import constant
from costcalc.language.spec import Cell
from costcalc.network.compress import LAYOUTS, Scheme, compress, summed
from costcalc.network.figures import FIGURES, whole
from costcalc.network.model import Layer, Network
from costcalc.network.quantities import hours
from costcalc.ops.shape import Shape
from costcalc.teaching.asking import AskedFit, AskedHours, AskedStorage, AskedValue


class Worth(NamedTuple):
    """A right value, and how it comes about."""

    value: Key
    working: str = ""


def number(cell: Cell, values: Mapping[str, Value]) -> Fraction:
    """Return the number that a cell over drawn values gives; raise SpecError at its place where it gives none."""
    value = constant(cell, values, frozenset())
    if isinstance(value, (bool, str, tuple)):
        raise SpecError("a number is expected", cell.mark)
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def stated_as(asking: AskedValue, values: Mapping[str, Value]) -> Worth:
    """Return a value that the assignment states."""
    if asking.cell is None:
        assert asking.value is not None
        return Worth(asking.value, f"it is {asking.value}" if isinstance(asking.value, Shape) else "")
    value = constant(asking.cell, values, frozenset())
    if isinstance(value, tuple) and len(value) == 3:
        height, width, channels = map(int, value)
        return Worth(Shape(channels, height, width))
    found, text = number(asking.cell, values), asking.cell.expr.text if asking.cell.expr else ""
    return Worth(found, f"{text} = {float(found):,.12g}")


def hours_of(asking: AskedHours, values: Mapping[str, Value]) -> Worth:
    """Return the hours of an epoch: images / rate / 3600."""
    images, rate = number(asking.images, values), number(asking.rate, values)
    for amount, cell in ((images, asking.images), (rate, asking.rate)):
        if amount <= 0:
            raise SpecError("a number above 0 is expected", cell.mark)
    found = Fraction(hours(images, rate))
    return Worth(found, f"images / rate / 3600 = {float(images):,.12g} / {float(rate):g} / 3600 = {float(found):.6g}")


def stored_as(asking: AskedStorage, layers: Sequence[Layer]) -> Worth:
    """Return the bytes that a layout stores of layers; raise ValueError where it cannot."""
    layout = LAYOUTS[asking.layout]
    scheme = Scheme(layout._replace(bits=asking.bits or layout.bits), asking.density)
    sizes = summed(row.sizes for row in compress(layers, scheme))
    parts = {"values": sizes.value_bytes, "indices": sizes.index_bytes, "code books and counts": sizes.table_bytes}
    told = " + ".join(f"{size:,} B of {name}" for name, size in parts.items() if size)
    kept = f"{sizes.kept:,} of {sizes.params:,} parameters are kept"
    return Worth(Fraction(sizes.bytes), f"{kept}: {told} = {sizes.bytes:,} B")


def fitted(asking: AskedFit, network: Callable[[Value], Network]) -> Worth:
    """Return the largest value of a setting at which a network stays within a budget; every value is counted."""
    best: tuple[Fraction, dict[str, Fraction]] | None = None
    above: tuple[Fraction, dict[str, Fraction]] | None = None
    for value in asking.values:
        part = whole(network(value))
        found = Fraction(str(value)), {name: Fraction(part.exact(name)) for name in asking.budget}
        within = all(found[1][name] <= limit for name, limit in asking.budget.items())
        if within and (best is None or found[0] > best[0]):
            best = found
        if not within and (above is None or found[0] < above[0]):
            above = found
    if best is None:
        raise SpecError(f"no value of {quote(asking.over)} stays within the budget", asking.mark)
    told = [_counts(asking.over, *best), *([f"{_counts(asking.over, *above)}: too much"] if above else [])]
    return Worth(best[0], f"of {counted(len(asking.values), 'value')}, {'; '.join(told)}")


def _counts(over: str, value: Fraction, figures: Mapping[str, Fraction]) -> str:
    words = ", ".join(f"{float(amount):,.12g} {FIGURES[name].title}" for name, amount in figures.items())
    return f"{over} {float(value):g} has {words}"
