"""What a class did: how many made which mistake in each question, and whose points a corrected assignment changes."""

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.causes.catalogue import CATALOGUE
from costcalc.common.errors import SpecError, clean, counted
from costcalc.common.table import Chart, Column, Document, Series, Table
from costcalc.output.views.check import number
from costcalc.output.views.heading import schema
from costcalc.teaching.assignments import Assignment
from costcalc.teaching.grading import Grade, Graded, Result, results

SUMMARY = (
    Column("question", "question", "group"),
    Column("students", "students", "int"),
    Column("share", "share", "share"),
    Column("bar", "", "bar"),
    Column("what", "answers"),
)
CHANGES = (
    Column("student", "student", "group"),
    Column("question", "question"),
    Column("answer", "answer"),
    Column("before", "before", "number"),
    Column("after", "after", "number"),
    Column("total_before", "sum before", "number", drop=1),
    Column("total_after", "sum after", "number", drop=1),
)
OTHERWISE = {
    "carried": "right by their own value before",
    "collected": "collected",
    "unit": "in no unit that fits",
    "unreadable": "unreadable",
    "missing": "missing",
}


def summary(assignment: Assignment, students: Sequence[Graded], problems: Sequence[SpecError]) -> Document:
    """Return how many of a class made which mistake, question by question, as a table and as bars."""
    size = len(students)
    found = [(result.question, what, made) for result in results(students) for what, made in _made(result)]
    table = Table(SUMMARY, tuple((name, made, made / size, made / size, what) for name, what, made in found))
    firsts = [name for name, *_ in found]
    names = tuple("" if place and firsts[place - 1] == name else name for place, name in enumerate(firsts))
    labels = tuple(f"{made} {what}" for _, what, made in found)
    series = Series("students", tuple(made / size for *_, made in found), labels)
    left = counted(len(problems), "file or row") + ": the messages say why" if problems else ""
    words = (f"{counted(size, 'student')}",)
    return Document(
        ((assignment.title, counted(size, "student")),),
        table,
        (("not graded", (left,)),),
        lambda: {**schema("check"), "title": assignment.title, "size": size, "summary": table},
        Chart("bars", assignment.title, words, ("question", "share of the class"), names, (series,), "share"),
    )


def _made(result: Result) -> Iterator[tuple[str, int]]:
    """Yield what was done in one question, with how many did it: right ones first, then mistakes by number."""
    yield "right", result.accepted - result.verdicts.get("collected", 0)
    for ways, made in result.mistakes:
        dids = [" and ".join(CATALOGUE[name].did for name in names) for names in ways]
        yield " or ".join(dids) or "wrong in no known way", made
    yield from ((f"wrong: {why}", made) for why, made in result.reasons)
    if result.refused:
        yield "right to too few digits", result.refused
    yield from ((words, result.verdicts[verdict]) for verdict, words in OTHERWISE.items() if verdict in result.verdicts)


def regraded(assignment: Assignment, before: Sequence[Graded], after: Sequence[Graded]) -> Document:
    """Return whose points a corrected assignment changes, answer by answer."""
    old = {student.student: student for student in before}
    rows = [row for student in after for row in _changes(old.get(student.student), student)]
    changed = len({row[0] for row in rows})
    table = Table(CHANGES, tuple(rows))
    told = f"{changed} of {counted(len(after), 'student')}"
    return Document(
        ((assignment.title, "points that change"),),
        table,
        (("changed", (told,)),),
        lambda: {**schema("check"), "title": assignment.title, "size": len(after), "changes": table},
    )


def _changes(before: Graded | None, after: Graded) -> Iterator[tuple[Any, ...]]:
    """Yield the answers of a student whose points are not the same; None is a question that was not there."""
    old = {grade.question: grade for grade in before.grades} if before else {}
    new = {grade.question: grade for grade in after.grades}
    sums = number(before.points) if before else None, number(after.points)
    for question in dict.fromkeys([*new, *old]):
        points = tuple(_points(grades.get(question)) for grades in (old, new))
        if points[0] != points[1]:
            answer = (new.get(question) or old[question]).answer
            yield (after.student, question, clean(answer, 40), *points, *sums)


def _points(grade: Grade | None) -> int | float | None:
    return number(grade.points) if grade else None
