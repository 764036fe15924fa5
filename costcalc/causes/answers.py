"""Answers: a text such as `10,800`, `568.7M` or `112x112x32`, and the right value -> a verdict."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import counted, quote
from costcalc.common.notation import readings
from costcalc.common.printed import UNITS, Figure
from costcalc.common.units import BINARY, COUNTS, DECIMAL
from costcalc.ops.shape import Shape

VERDICTS = ("right", "rounded", "carried", "collected", "wrong", "unit", "unreadable", "missing")
# Units that may be missing after a bare number.
LEFT_OUT: Mapping[str, tuple[str, ...]] = {"count": COUNTS[1:4], "bytes": (*DECIMAL[1:4], *BINARY[1:4])}
# What the word behind a figure says that it counts, and which figures that are asked are of that sort.
SORTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "macs": ("a count of MACs", ("macs", "conv_macs", "fc_macs", "matmul_macs")),
    "flops": ("a count of FLOPs", ("flops",)),
    "params": ("a parameter count", ("params", "weights", "bias", "norm", "stats")),
    "elements": ("a count of elements", ("activations",)),
    "ops": ("a count of operations", ()),
    "rate": ("a rate, per second", ()),
}
SORT_OF = {figure: sort for sort, (_, figures) in SORTS.items() for figure in figures}
SORT_NAMES = {"macs": "MACs", "flops": "FLOPs", "params": "parameters", "elements": "elements"}
OPERATIONS = {"macs": 1, "flops": 2}  # in a multiply-accumulate
# What is asked for, in words, and what an answer to it may be measured in.
DIMENSIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "count": ("a count", ("count",)),
    "number": ("a plain number", ("count",)),
    "hours": ("a number of hours", ("count",)),
    "bytes": ("a size in bytes (B, kB, MB, KiB, MiB)", ("bytes",)),
    "share": ("a share", ("share", "ratio")),
    "ratio": ("a ratio", ("ratio", "share")),
    "size": ("an output size such as 112x112x32", ("size",)),
}


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
        if self.kind == "exact":
            return answer.value == key
        off = abs(answer.value - key)
        if self.kind == "own":
            return not off or rounded_to(answer, key)
        if self.kind == "digits":
            return off <= last_place(key, int(self.amount)) / 2
        return off <= (self.amount if self.kind == "abs" else self.amount * abs(key))

    def __str__(self) -> str:
        if self.kind == "digits":
            return f"{counted(int(self.amount), 'digit')} asked for"
        if self.kind in ("rel", "abs"):
            amount, unit = (100 * self.amount, " %") if self.kind == "rel" else (self.amount, "")
            shown = f"{float(amount):,g}" if amount < MOST_OF_FLOATS else f"over 10^{len(str(int(amount))) - 2}"
            return f"{shown}{unit} off at most"
        return "the exact count was asked"


MOST_OF_FLOATS = 10**300
EXACT = Tolerance()
THREE_DIGITS = Tolerance("digits", Fraction(3))  # of a share or a ratio, which seldom ends


class Judged(NamedTuple):
    """What an answer is: one of VERDICTS, whether it counts as right, and what there is to say about its form."""

    verdict: str
    accepted: bool
    told: str = ""


def read_answers(text: str) -> tuple[Answer, ...]:
    """Return every reading of an answer, the likeliest first; raise ValueError with what can be read."""
    return tuple(StatedSize(found) if type(found) is tuple else found for found in readings(text.strip()))  # type: ignore[arg-type, misc]


def read_answer(text: str) -> Answer:
    """Return what an answer says, in its likeliest reading; raise ValueError with what can be read."""
    return read_answers(text)[0]


def judge(answer: Answer, key: Key, dimension: str, tolerance: Tolerance = EXACT, figure: str = "") -> Judged:
    """Return the verdict on an answer, given the right value and what was asked for.

    That is one of DIMENSIONS, and perhaps the name of the figure.
    """
    if isinstance(key, Shape):
        return _judged_size(answer, key)
    wrong = _misfit(answer, dimension, figure)
    if wrong or isinstance(answer, StatedSize):
        return Judged("unit", accepted=False, told=wrong)
    if dimension == "share" and not answer.unit:
        return _judged_share(answer, key, tolerance)
    told, same = "", as_asked(answer, figure)
    if same.value != answer.value or answer.what == "ops":
        sorted_ = _other_operations(answer, same, key, tolerance, figure)
        if sorted_.verdict == "unit":
            return sorted_
        told = sorted_.told
    if same.value and tolerance.kind != "abs":  # digits are those of what was written: 8.18 GFLOPs, not 4.09 G
        same, key = answer, key * answer.value / same.value
    return _judged_number(same, key, dimension, tolerance, told)


def _judged_number(answer: Figure, key: Fraction, dimension: str, tolerance: Tolerance, told: str = "") -> Judged:
    prefix_alone = dimension == "bytes" and bool(answer.unit) and answer.dimension == "count"
    accepted = tolerance.admits(answer, key) and not prefix_alone
    if answer.value != key and rounded_to(answer, key) and not prefix_alone:
        right = f"right to {counted(answer.digits, 'digit')}"
        return Judged(
            "rounded", accepted, "; ".join(filter(None, (told, right if accepted else f"{right}, {tolerance}")))
        )
    unit = "" if accepted or (answer.unit and not prefix_alone) else _left_out(answer, key, dimension, tolerance)
    if unit:
        return Judged("unit", accepted=False, told=f"the unit is missing: in {unit} it is right")
    if prefix_alone:
        return Judged("unit", accepted=False, told=f"{quote(answer.unit)} does not fit: {_asked(dimension)}")
    return Judged("right" if accepted else "wrong", accepted, told if accepted else "")


def _judged_share(answer: Figure, key: Fraction, tolerance: Tolerance) -> Judged:
    """Return the verdict on a number without a sign: a fraction, or a percentage, of which one may be right."""
    found = [_judged_number(figure, key, "share", tolerance) for figure in (answer, answer._replace(unit="%"))]
    for judged, words in zip(found, ("", f"read as {float(answer.number):g} %"), strict=True):
        if judged.accepted:
            return judged._replace(told="; ".join(filter(None, (words, judged.told))))
    return next((judged for judged in found if judged.verdict == "rounded"), found[0])


def as_asked(answer: Figure, figure: str) -> Figure:
    """Return a figure in what was asked: FLOPs as half as many MACs, MACs as twice as many FLOPs."""
    sort = SORT_OF.get(figure, "")
    if answer.what in OPERATIONS and sort in OPERATIONS and answer.what != sort:
        factor = Fraction(OPERATIONS[sort], OPERATIONS[answer.what])
        exact = answer.step <= 1 and (answer.value * factor).denominator == 1
        return answer._replace(number=answer.number * factor, decimals=answer.decimals + (not exact and factor < 1))
    return answer


def _other_operations(answer: Figure, same: Figure, key: Fraction, tolerance: Tolerance, figure: str) -> Judged:
    """Return what there is to say of FLOPs for MACs or the reverse, and of operations, which may be either."""
    sort, doubled = SORT_OF.get(figure, ""), {"macs": Fraction(1, 2), "flops": Fraction(2)}
    as_it_is = tolerance.admits(answer, key) or rounded_to(answer, key)
    if answer.what == "ops":
        twice = answer._replace(number=answer.number * Fraction(1, 2)) if sort == "macs" else answer
        if sort == "macs" and (as_it_is or tolerance.admits(twice, key)):
            meant = "MACs" if as_it_is else "FLOPs"
            return Judged("unit", accepted=False, told=f"operations may be MACs or FLOPs: as {meant} it is right")
        return Judged("right", accepted=True)
    if as_it_is and not tolerance.admits(same, key):
        said, asked = SORT_NAMES[answer.what], SORT_NAMES[sort]
        other = int(answer.value / doubled[sort])
        told = f"as {asked} it is right; {asked} are asked, and in {said} it is {other:,}"
        return Judged("unit", accepted=False, told=told)
    read = f"{int(answer.value):,} {SORT_NAMES[answer.what]} are {float(same.value):,.15g} {SORT_NAMES[sort]}"
    return Judged("right", accepted=True, told=read)


def read_as(answer: Answer, figure: str = "") -> str:
    """Return in words what was read: `568,700,000 MACs, 4 digits`."""
    if isinstance(answer, StatedSize):
        return "x".join(map(str, answer.sides))
    digits = counted(answer.digits, "digit")
    if answer.unit in ("%", "x"):
        return f"{float(answer.number):g} {answer.unit}, {digits}"
    number = f"{int(answer.value):,}" if answer.value.denominator == 1 else f"{float(answer.value):,.12g}"
    words = SORT_NAMES.get(answer.what or SORT_OF.get(figure, ""), "")
    words = "bytes" if answer.dimension == "bytes" else words
    return " ".join(filter(None, (number, words))) + f", {digits}"


def _left_out(answer: Figure, key: Fraction, dimension: str, tolerance: Tolerance) -> str:
    """Return the unit with which a bare number would count as right, or an empty string; one digit fits by chance."""
    units = LEFT_OUT.get(dimension, ()) if answer.digits > 1 else ()
    if dimension == "bytes" and answer.unit and not answer.what:  # `102M`
        units = tuple(unit for unit in units if unit[0] == answer.unit)
    if tolerance.kind in ("exact", "own"):  # then it is right to its two digits or more
        most = float(key) / float(answer.number) if answer.number else 0
        units = tuple(unit for unit in units if 0.9 < most / float(UNITS[unit][1]) < 1.1)
    meant = (answer._replace(unit=unit) for unit in units)
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
    """Return the verdict on an output size; `1000` means 1x1x1000."""
    if isinstance(answer, Figure):
        flat = key.h == key.w == 1 and answer.unit == ""
        right = flat and answer.value == key.c
        return Judged("right" if right else "wrong" if flat else "unit", right, "" if flat else _asked("size"))
    if len(answer.sides) == 2 and answer.sides == (key.h, key.w):
        return Judged("wrong", accepted=False, told="the channels are missing")
    right = answer.is_shape(key)
    other = not right and sorted(answer.sides) == sorted(key)
    told = "the order is height x width x channels, or channels first" if other else ""
    return Judged("right" if right else "wrong", right, told)


def _misfit(answer: Answer, dimension: str, figure: str = "") -> str:
    """Return why an answer is not what was asked for, or an empty string; a bare number fits any dimension."""
    if isinstance(answer, StatedSize):
        return _asked(dimension)
    sort = SORT_OF.get(figure, "") if dimension == "count" else ""
    if answer.what and answer.what != sort:
        both = sort in OPERATIONS and answer.what in (*OPERATIONS, "ops")
        wanted = f"{SORT_NAMES[sort]} are expected" if sort else _asked(dimension)
        return "" if both else f"that is {SORTS[answer.what][0]}: {wanted}"
    if not answer.unit or (dimension == "bytes" and answer.dimension == "count"):
        return ""
    if dimension == "share" and answer.unit == "x" and answer.value > 1:
        return f"that is a ratio: {_asked(dimension)}"
    fits = answer.dimension in DIMENSIONS[dimension][1]
    return "" if fits else f"{quote(answer.unit)} does not fit: {_asked(dimension)}"


def _asked(dimension: str) -> str:
    return f"{DIMENSIONS[dimension][0]} is expected"
