"""The order of a forward pass as statements: which variable holds what, and where one can take another's place."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from costcalc.importer.export.naming import Made
from costcalc.importer.export.shapes import Ref  # noqa: TC001 - as every other import here
from costcalc.importer.export.templates import Joined

BRANCH = re.compile(r"(\d+)/\d+\Z")
SPARE = ("y", "z", "a", "b", "c", "d", "e", "f", "g", "h")


class Action(NamedTuple):
    """One row of a forward pass: the variables that it gives and those that it reads; `kept` is what it is else."""

    row: Joined
    gives: tuple[str, ...]
    reads: tuple[str, ...]
    kept: str


def statements(made: Made, taken: Sequence[str] = ()) -> tuple[list[Action], tuple[str, ...]]:
    """Return the statements of a template, and the variables that it returns; none is called like one `taken`."""
    last: dict[Ref, int] = {}
    for index, row in enumerate(made.rows):
        last |= dict.fromkeys(row.reads, index)
    last |= dict.fromkeys(made.outputs, len(made.rows))  # what is returned right away needs no name of its own
    holds: dict[Ref, str] = {("", index): name for index, name in enumerate(made.inputs)}
    found = []
    for index, row in enumerate(made.rows):
        reads = tuple(holds[ref] for ref in row.reads)
        kept = reads[row.passes] if row.key in made.when else ""
        held = {ref: name for ref, name in holds.items() if last.get(ref, -1) > index}
        dying = [name for name in ([kept] if kept else []) + [*reads] if name not in held.values()]
        gives: list[str] = []
        for number in range(len(row.channels[row.there.index(True)] or ())):
            lasting = last.get((row.key, number), -1) > index + 1
            name = _name(made, row, lasting, dying, {*held.values(), *gives, *taken}, number)
            gives.append(name)
            held[row.key, number] = name
        holds = held
        found.append(Action(row, tuple(gives), reads, kept))
    return found, tuple(holds[ref] for ref in made.outputs)


def _name(made: Made, row: Joined, lasting: bool, dying: Sequence[str], busy: set[str], number: int) -> str:
    """Return the variable for what a row gives: its own name where it is read much later, else one that is free."""
    if lasting:
        branch = BRANCH.match(row.key) if made.branches else None
        own = f"branch{branch[1]}" if branch else made.attributes[row.key] + (f"_{number}" if number else "")
        if own not in busy:
            return own
    plain = (*made.inputs, *SPARE)  # a name that says what it holds goes on holding that
    return next((name for name in dying if name in plain and name not in busy), "") or next(_free(busy))


def _free(busy: set[str]) -> Iterator[str]:
    """Yield variables that hold nothing."""
    yield from (name for name in SPARE if name not in busy)
    number = 1
    while True:
        if f"v{number}" not in busy:
            yield f"v{number}"
        number += 1
