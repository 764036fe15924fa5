"""Answers: a text such as `10,800`, `568.7M` or `112x112x32` beside the right value -> a verdict."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import counted, quote
from costcalc.common.printed import Figure, read_figure
from costcalc.common.units import BINARY, COUNTS, DECIMAL
from costcalc.ops.shape import Shape

VERDICTS = ("right", "rounded", "wrong", "unit", "unreadable", "missing")
# Units that may be missing after a bare number.
LEFT_OUT: Mapping[str, tuple[str, ...]] = {"count": COUNTS[1:4], "bytes": (*DECIMAL[1:4], *BINARY[1:4])}
MAX_CHARS = 100  # no figure is longer
# What is asked for, in words, and what an answer to it may be measured in.
DIMENSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "count": ("a count", ("count",)),
    "number": ("a plain number", ("count",)),
    "bytes": ("a size in bytes (B, kB, MB, KiB, MiB)", ("bytes",)),
    "share": ("a share", ("share", "ratio")),
    "ratio": ("a ratio", ("ratio", "share")),
    "size": ("an output size such as 112x112x32", ("size",)),
}

_SIZE = re.compile(r"[0-9]{1,9}(?: ?[x×] ?[0-9]{1,9}){1,2}\Z", re.ASCII)  # noqa: RUF001 - people write both


class StatedSize(NamedTuple):
    """An answer that is a size: two or three sides, channels first or last."""

    sides: tuple[int, ...]

    def is_shape(self, shape: Shape) -> bool:
        """Return whether these are the sides of a shape, written height x width x channels or channels first."""
        return self.sides in ((shape.h, shape.w, shape.c), tuple(shape))


Answer = Figure | StatedSize
Key = Fraction | Shape


class Tolerance(NamedTuple):
    """How far an answer may be off, bounds included.

    `exact`: not at all; `rel`: by a share of the right value; `abs`: by an amount; `digits`: right to so many digits;
    `own`: right to the digits that the answer has.
    """

    kind: str = "exact"
    amount: Fraction = Fraction(0)

    def admits(self, answer: Figure, key: Fraction) -> bool:
        """Return whether an answer is within this tolerance of the right value."""
        off = abs(answer.value - key)
        if self.kind == "own":
            return not off or rounded_to(answer, key)
        if self.kind == "digits":
            return off <= last_place(key, int(self.amount)) / 2
        return off <= {"exact": Fraction(0), "abs": self.amount}.get(self.kind, self.amount * abs(key))

    def __str__(self) -> str:
        if self.kind == "digits":
            return f"{counted(int(self.amount), 'digit')} asked for"
        if self.kind in ("rel", "abs"):
            amount = f"{float(100 * self.amount):g} %" if self.kind == "rel" else f"{float(self.amount):,g}"
            return f"{amount} off at most"
        return "the exact count was asked"


EXACT = Tolerance()
THREE_DIGITS = Tolerance("digits", Fraction(3))  # of a share or a ratio, which seldom ends


class Judged(NamedTuple):
    """What an answer is: one of VERDICTS, whether it counts as right, and what there is to say about its form."""

    verdict: str
    accepted: bool
    told: str = ""


def read_answer(text: str) -> Answer:
    """Return what an answer says; raise ValueError with what can be read."""
    text = text.strip()
    if len(text) > MAX_CHARS:
        raise ValueError(f"an answer of {len(text):,} characters is no figure")
    if _SIZE.match(text):
        return StatedSize(tuple(map(int, re.split(r" ?[x×] ?", text))))  # noqa: RUF001
    return read_figure(text)


def judge(answer: Answer, key: Key, dimension: str, tolerance: Tolerance = EXACT) -> Judged:
    """Return the verdict on an answer, given the right value and what was asked for (one of DIMENSIONS)."""
    if isinstance(key, Shape):
        return _judged_size(answer, key)
    wrong = _misfit(answer, dimension)
    if wrong or isinstance(answer, StatedSize):
        return Judged("unit", accepted=False, told=wrong)
    accepted = tolerance.admits(answer, key)
    if answer.value != key and rounded_to(answer, key):
        told = f"right to {counted(answer.digits, 'digit')}"
        return Judged("rounded", accepted, told if accepted else f"{told}, {tolerance}")
    unit = "" if accepted or answer.unit else _left_out(answer, key, dimension, tolerance)
    if unit:
        return Judged("unit", accepted=False, told=f"the unit is missing: in {unit} it is right")
    return Judged("right" if accepted else "wrong", accepted)


def _left_out(answer: Figure, key: Fraction, dimension: str, tolerance: Tolerance) -> str:
    """Return the unit with which a bare number would count as right, or an empty string; one digit fits by chance."""
    units = LEFT_OUT.get(dimension, ())
    meant = (answer._replace(unit=unit) for unit in units if answer.digits > 1)
    return next((figure.unit for figure in meant if tolerance.admits(figure, key) or rounded_to(figure, key)), "")


def rounded_to(answer: Figure, key: Fraction) -> bool:
    """Return whether an answer is a shortened form of a value: right to its own digits, which are fewer."""
    shortened = answer.step > 1 or key.denominator != 1
    return shortened and answer.digits > 0 and answer.rounds(key)


def last_place(key: Fraction, digits: int) -> Fraction:
    """Return what one more in the last of so many digits would add to a value."""
    if not key:
        return Fraction(0)
    power = len(str(int(abs(key)))) if abs(key) >= 1 else 1 - _zeros(abs(key))
    return Fraction(10) ** (power - digits)


def _zeros(key: Fraction) -> int:
    """Return the place of the first digit of a value below 1: 1 for 0.5, 3 for 0.005."""
    place = 1
    while key * 10**place < 1:
        place += 1
    return place


def _judged_size(answer: Answer, key: Shape) -> Judged:
    """Return the verdict on an output size; `1000` stands for 1x1x1000."""
    if isinstance(answer, Figure):
        flat = key.h == key.w == 1 and answer.unit == ""
        right = flat and answer.value == key.c
        return Judged("right" if right else "wrong" if flat else "unit", right, "" if flat else _asked("size"))
    if len(answer.sides) == 2 and answer.sides == (key.h, key.w):
        return Judged("wrong", accepted=False, told="the channels are missing")
    right = answer.is_shape(key)
    return Judged("right" if right else "wrong", right)


def _misfit(answer: Answer, dimension: str) -> str:
    """Return why an answer is not what was asked for, or an empty string; a bare number fits any dimension."""
    if isinstance(answer, StatedSize):
        return _asked(dimension)
    if not answer.unit:
        # a percentage without its sign is another number
        return "a share above 1: write `%` behind a percentage" if dimension == "share" and answer.value > 1 else ""
    fits = answer.dimension in DIMENSIONS[dimension][1]
    return "" if fits else f"{quote(answer.unit)} does not fit: {_asked(dimension)}"


def _asked(dimension: str) -> str:
    return f"{DIMENSIONS[dimension][0]} is asked"
