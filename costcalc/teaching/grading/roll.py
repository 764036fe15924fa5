"""A class: answers graded one student after the other, and what the class did in each question."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from costcalc.causes import CATALOGUE
from costcalc.causes.answers import VERDICTS
from costcalc.common.budget import BUDGET, STUDENT
from costcalc.common.errors import Mark, SpecError, quote, suggest
from costcalc.teaching.assignments import Answers
from costcalc.teaching.grading.attempts import attempts, lateness
from costcalc.teaching.grading.grade import Grade, Graded, Grader

WAYS = 2  # of mistakes that give one figure; the rest is counted
PLACES = 5  # of missing and unreadable answers that are named; the rest is counted


def graded(grader: Grader, items: Iterable[Answers | SpecError]) -> Iterator[Graded | SpecError]:
    """Yield the grades of each student; what is wrong with one takes the place of theirs and stops none of the rest.

    A warning is yielded for an answer to a question that there is not, once for each file.
    """
    intake = grader.assignment.intake
    for found in attempts(_known(grader, items), intake):
        BUDGET.grant(STUDENT)
        if isinstance(found, SpecError):
            yield found
            continue
        try:
            rows = [grader.grade(answers) for answers in found]
        except SpecError as error:
            yield error
            continue
        taken = [lateness(answers, intake) for answers in found]
        yield from filter(None, (problem for _, _, problem in taken))
        late = (row._replace(late=share, why=why) for row, (share, why, _) in zip(rows, taken, strict=True))
        yield max(late, key=lambda row: row.points)


def _known(grader: Grader, items: Iterable[Answers | SpecError]) -> Iterator[Answers | SpecError]:
    """Yield items; before the first answer of a file to a question that there is not, a warning."""
    warned: set[tuple[str, str]] = set()
    ids = [question.id for question in grader.assignment.questions]
    known = set(ids)
    for item in items:
        for name, given in () if isinstance(item, SpecError) else item.given.items():
            if name not in known and (given.mark.source.name, name) not in warned:
                warned.add((given.mark.source.name, name))
                yield SpecError(f"unknown question {quote(name)}{suggest(name, ids)}", given.mark, level="warning")
        yield item


class Result(NamedTuple):
    """What a class did in one question: students by verdict, and by the mistakes that give their answer.

    `refused` are the rounded answers that do not count as right; `places` those of missing and unreadable ones.
    `credited` are the wrong answers that have points all the same, `reasons` why choices are wrong.
    """

    question: str
    accepted: int
    refused: int
    verdicts: dict[str, int]
    mistakes: tuple[tuple[tuple[tuple[str, ...], ...], int], ...]
    places: dict[str, tuple[Mark, ...]]
    credited: int = 0
    reasons: tuple[tuple[str, int], ...] = ()


def results(students: Sequence[Graded]) -> list[Result]:
    """Return what a class did, question by question; mistakes from the most frequent on."""
    return [_result(students, number) for number in range(len(students[0].grades))] if students else []


def _result(students: Sequence[Graded], number: int) -> Result:
    grades: list[tuple[Grade, Mark]] = [
        (student.grades[number], student.grades[number].mark or student.mark) for student in students
    ]
    verdicts = Counter(grade.verdict for grade, _ in grades)
    mistakes = Counter(grade.mistakes for grade, _ in grades if grade.verdict == "wrong" and not grade.cause)
    reasons = Counter(grade.cause for grade, _ in grades if grade.cause)
    return Result(
        grades[0][0].question,
        sum(grade.accepted for grade, _ in grades),
        sum(grade.verdict == "rounded" and not grade.accepted for grade, _ in grades),
        {verdict: verdicts[verdict] for verdict in VERDICTS if verdicts[verdict]},
        tuple(mistakes.most_common()),
        {
            verdict: tuple(mark for grade, mark in grades if grade.verdict == verdict)
            for verdict in ("missing", "unreadable")
            if verdicts[verdict]
        },
        sum(grade.points > 0 and not grade.accepted for grade, _ in grades),
        tuple(reasons.most_common()),
    )


def told(result: Result, size: int) -> list[str]:
    """Return what a class of some size did in one question, in sentences."""
    parts = [f"{result.accepted} of {size} right"]
    for ways, number in result.mistakes:
        dids = [" and ".join(CATALOGUE[name].did for name in names) for names in ways]
        more = f" or {len(dids) - WAYS} more" if len(dids) > WAYS else ""
        parts.append(f"{number} of {size} {' or '.join(dids[:WAYS]) or 'wrong in no known way'}{more}")
    parts += [f"{number} of {size} wrong: {why}" for why, number in result.reasons]
    refused = {
        "right to too few digits": result.refused,
        "in no unit that fits": result.verdicts.get("unit", 0),
        "right by their own value before": result.verdicts.get("carried", 0),
    }
    parts += [f"{number} of {size} {what}" for what, number in refused.items() if number]
    for verdict, places in result.places.items():
        more = f" and {len(places) - PLACES} more" if len(places) > PLACES else ""
        parts.append(f"{len(places)} of {size} {verdict} ({', '.join(map(str, places[:PLACES]))}{more})")
    return parts
