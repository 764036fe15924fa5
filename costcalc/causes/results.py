"""Mistakes in a finished count: its unit, its prefix, its digits, the pen."""

from collections.abc import Iterator
from fractions import Fraction

from costcalc.causes.asked import MAC_COUNTS, Asked
from costcalc.common.printed import BYTE_UNITS, COUNT_UNITS, READ

Ways = Iterator[tuple[str, Asked]]
ELEMENTS = ("params", "weights", "activations")
POWERS = {base**power: power for base in (1000, 1024) for power in range(1, READ)}


def doubled(asked: Asked) -> Ways:
    """Yield the operations, two for each multiply-accumulate."""
    if len(asked.sides) == 1 and asked.quantity in MAC_COUNTS and asked.quantity != "flops":
        yield "", times(asked, Fraction(2))


def halved(asked: Asked) -> Ways:
    """Yield the multiply-accumulates, half as many as operations."""
    if len(asked.sides) == 1 and asked.quantity == "flops":
        yield "", times(asked, Fraction(1, 2))


def as_bytes(asked: Asked) -> Ways:
    """Yield the bytes of elements at 32 bits."""
    if len(asked.sides) == 1 and not asked.bits and asked.quantity in ELEMENTS:
        yield "", times(asked, Fraction(4))


def as_elements(asked: Asked) -> Ways:
    """Yield the elements themselves where their bytes are asked for."""
    if len(asked.sides) == 1 and asked.in_bytes:
        yield "", asked._replace(bits=0)


def as_bits(asked: Asked) -> Ways:
    """Yield the bits."""
    if len(asked.sides) == 1 and asked.in_bytes:
        yield "", times(asked._replace(bits=0), Fraction(asked.bits))


def by_thousands(asked: Asked) -> Ways:
    """Yield what a size in KiB, MiB and so on says if it was divided by 1,000s."""
    if asked.in_bytes:
        for unit, scale in BYTE_UNITS.items():
            if "i" in unit:
                yield "", times(asked, Fraction(scale, 1000 ** POWERS[scale]))._replace(units=(unit,))


def by_1024s(asked: Asked) -> Ways:
    """Yield what a figure in k, M, kB, MB and so on says if it was divided by 1,024s."""
    if len(asked.sides) == 1 and asked.quantity != "out":
        for unit, scale in (BYTE_UNITS if asked.in_bytes else COUNT_UNITS).items():
            if scale in POWERS and "i" not in unit:
                yield "", times(asked, Fraction(scale, 1024 ** POWERS[scale]))._replace(units=(unit,))


def cut(asked: Asked) -> Ways:
    """Yield the same value, to be met by digits that are cut."""
    yield "", asked._replace(cut=True)


def times(asked: Asked, factor: Fraction) -> Asked:
    """Return what is asked times a factor."""
    return asked._replace(factor=asked.factor * factor)


def exchanged(one: str, other: str) -> bool:
    """Return whether the digits that differ are the same ones in reverse order."""
    places = [place for place, digit in enumerate(one) if digit != other[place]]
    return [one[place] for place in places] == [other[place] for place in reversed(places)]
