"""Exercises: values drawn for each student, the same for the same seed, whatever the machine or the Python."""

from collections.abc import Callable, Mapping
from hashlib import sha256

from costcalc.common.budget import BUDGET, STUDENT
from costcalc.common.errors import SpecError
from costcalc.language.expr import Value
from costcalc.teaching.assignments import Assignment

MAX_TRIES = 200  # draws before the ranges are taken as such that nothing fits together


def drawn(
    assignment: Assignment, seed: int, student: str, fits: Callable[[Mapping[str, Value]], object]
) -> dict[str, Value]:
    """Return a value for each name of `draw:`; drawn again while `fits` raises SpecError, whose last one is raised.

    Value number SHA-256(`seed/student/try/name`) mod n of a name's n values, try counting from 0: nothing else enters.
    """
    BUDGET.grant(STUDENT)
    for attempt in range(MAX_TRIES):
        values = {
            name: known[number(f"{seed}/{student}/{attempt}/{name}") % len(known)]
            for name, known in assignment.draws.items()
        }
        try:
            fits(values)
        except SpecError as error:
            last = error
        else:
            return values
        if not assignment.draws:
            break
    raise last


def number(text: str) -> int:
    """Return the number that a text is for: its SHA-256."""
    return int.from_bytes(sha256(text.encode()).digest(), "big")
