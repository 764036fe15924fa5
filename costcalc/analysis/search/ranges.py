"""Axes of a grid: texts such as `0.25:1.4:0.05`, `1,0.75` and `bn,none` -> values."""

import re
from fractions import Fraction

from costcalc.common.errors import Mark, Source, SpecError, quote
from costcalc.language.expr import ExprError, Value, literal

MAX_VALUES = 1_000_000  # of one axis
FORM = "first:last:step, such as 0.25:1.4:0.05"

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})\Z", re.ASCII)


def read_axis(source: Source) -> tuple[Value, ...]:
    """Return the values of `first:last:step`, of a value, or of several of both with commas between.

    A range has its last value where the steps meet it. They are counted in decimal and each value is converted once,
    so that the third step of 0.1 is 0.3. Raises SpecError with the place in the text.
    """
    text = source.text
    whole = Mark(source, 1, 1, len(text))
    values: list[Value] = []
    start = 0
    for written in text.split(","):
        part = written.strip()
        mark = whole.part(start + len(written) - len(written.lstrip()), len(part))
        start += len(written) + 1
        if not part:
            raise SpecError(f"a value is expected: one, a list such as 1,0.75, or a range {FORM}", mark)
        values += _range(part, mark) if ":" in part else [_value(part, mark)]
        if len(values) > MAX_VALUES:
            raise SpecError(f"more than {MAX_VALUES:,} values on one axis", whole)
    return tuple(values)


def _value(text: str, mark: Mark) -> Value:
    """Return one value of a list."""
    try:
        return literal(text)
    except ExprError as error:
        raise SpecError(str(error), mark.part(error.offset, error.width or mark.width)) from None


def _range(text: str, mark: Mark) -> list[Value]:
    """Return the values of a range: whole numbers where it is written in whole numbers."""
    pieces = text.split(":")
    if len(pieces) != 3:
        raise SpecError(f"a range must be {FORM}, not {quote(text)}", mark)
    numbers = []
    start = 0
    for piece in pieces:
        if not _NUMBER.match(piece.strip()):
            raise SpecError(
                f"cannot read {quote(piece)} as a number; a range is written {FORM}", mark.part(start, len(piece))
            )
        numbers.append(Fraction(piece.strip()))
        start += len(piece) + 1
    first, last, step = numbers
    end = mark.part(start - 1 - len(pieces[2]), len(pieces[2]))
    if not step:
        raise SpecError(f"a step of 0 does not lead from {pieces[0]} to {pieces[1]}", end)
    steps = (last - first) // step
    if steps < 0:
        raise SpecError(f"steps of {pieces[2]} do not lead from {pieces[0]} to {pieces[1]}", end)
    if steps >= MAX_VALUES:
        raise SpecError(f"{steps + 1:,} values; at most {MAX_VALUES:,} are allowed on one axis", mark)
    if "." in text:
        return [float(first + number * step) for number in range(steps + 1)]
    return list(range(int(first), int(last) + (1 if step > 0 else -1), int(step)))
