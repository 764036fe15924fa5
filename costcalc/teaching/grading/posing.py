"""Whether an assignment can be posed: each question built at what may be drawn for it, and at what was."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

from costcalc.common.errors import Mark, SpecError, quote
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.teaching.assignments import Assignment, Question
from costcalc.teaching.grading.grade import Grader
from costcalc.teaching.grading.keys import Find

EACH = 64  # combinations of drawn values at which one question is built; of more, the corners and some between
BETWEEN = 32  # values of one name between its ends, evenly apart, where there are more
MOST = 1_000  # of all questions
TOLD = 20  # errors of one question; the rest is alike

Values = dict[str, Value]


class Tried(NamedTuple):
    """Drawn values that a question was built at, and what is wrong there, if anything is."""

    values: Values
    error: SpecError | None


def unposed(assignment: Assignment, find: Find) -> Iterator[list[SpecError]]:
    """Yield, question by question, what keeps an assignment from being posed, each at its place.

    A template's questions are built at every combination of the values that they read, or at the corners and values
    between: one that fits together with no others is an error. A drawn assignment's are built at each student's values.
    """
    grader, left = Grader(assignment, find), MOST
    for question in assignment.questions:
        drawn = _drawn(assignment, question)
        combinations = drawn if drawn is not None else _combinations(assignment, question)
        tried = [_try(grader, question, values) for values in islice(combinations, max(left, 1))]
        left -= len(tried)
        yield list(islice(_wrong(question, tried, whole=drawn is not None), TOLD))
    yield list(_methods(grader))


def _drawn(assignment: Assignment, question: Question) -> Iterable[Values] | None:
    """Return the values that were drawn, as far as a question reads them, each once; None of a template."""
    rows: list[Mapping[str, Value]] = [*assignment.students.values(), *([assignment.given] if assignment.given else [])]
    if not rows:
        return None
    read = [{name: row[name] for name in sorted(question.reads) if name in row} for row in rows]
    return {tuple(values.items()): values for values in read}.values()


def _combinations(assignment: Assignment, question: Question) -> Iterator[Values]:
    """Yield the combinations of drawn values at which a question is built."""
    draws = {name: assignment.draws[name] for name in sorted(question.reads)}
    number = 1
    for values in draws.values():
        number *= len(values)
    if number <= EACH:
        yield from (dict(zip(draws, values, strict=True)) for values in product(*draws.values()))
        return
    ends = [dict.fromkeys((values[0], values[-1])) for values in draws.values()]
    yield from (dict(zip(draws, values, strict=True)) for values in islice(product(*ends), EACH))
    first = {name: values[0] for name, values in draws.items()}
    for name, values in draws.items():
        inner = values[1:-1]
        yield from ({**first, name: value} for value in inner[:: -(-len(inner) // BETWEEN) or 1])


def _try(grader: Grader, question: Question, values: Values) -> Tried:
    """Return whether a question can be posed at some values; those that it does not read do not matter."""
    rest = {name: found[0] for name, found in grader.assignment.draws.items()}
    try:
        grader.question(question, {**rest, **values})
    except SpecError as error:
        return Tried(values, error)
    except ValueError as error:
        return Tried(values, SpecError(str(error), question.mark))
    return Tried(values, None)


def _wrong(question: Question, tried: list[Tried], *, whole: bool) -> Iterator[SpecError]:
    """Yield what is wrong with a question: at any drawn student's values, or where no combination with a value fits."""
    failed = [one for one in tried if one.error]
    if whole or len(failed) == len(tried):
        yield from _once(_told(question, one) for one in (failed if whole else failed[:1]))
        return
    fits = {(name, value) for one in tried if not one.error for name, value in one.values.items()}
    for one in failed:
        lost = {name: value for name, value in one.values.items() if (name, value) not in fits}
        for name, value in lost.items():
            if (name, value) not in fits:
                fits.add((name, value))  # told once
                yield _told(question, one._replace(values={name: value}))


def _once(errors: Iterable[SpecError]) -> Iterator[SpecError]:
    seen = set()
    for error in errors:
        if (error.sentence, error.mark) not in seen:
            seen.add((error.sentence, error.mark))
            yield error


def _told(question: Question, one: Tried) -> SpecError:
    """Return an error in the assignment's own file, with the values at which it shows."""
    assert one.error is not None
    error, mark = one.error, one.error.mark
    values = ", ".join(f"{name} {shown_value(value)}" for name, value in one.values.items())
    notes = [f"at {values}"] if values else []
    if mark is None or mark.source.name != question.mark.source.name:
        where: Mark = question.target.mark or question.mark
        name = f"{quote(question.target.name)}: " if question.target.name else ""
        return SpecError(f"{name}{error.sentence}", where, [*notes, *([f"in {mark}"] if mark else [])])
    return SpecError(error.sentence, mark, [*error.notes, *notes])


def _methods(grader: Grader) -> Iterator[SpecError]:
    """Yield where a question does not follow from those before it as it says, at the first values that are drawn."""
    assignment = grader.assignment
    rows = [*assignment.students.values(), assignment.given]
    values = next(iter(filter(None, rows)), {name: found[0] for name, found in assignment.draws.items()})
    try:
        grader.questions(values)
    except SpecError as error:
        follows = [question for question in assignment.questions if question.follows]
        marks = [mark for question in follows for mark in (question.places.get("follows"), question.places.get("by"))]
        if error.mark in marks:
            yield error
    except ValueError:
        return
