"""The views of `check`: one student's answers with a word on each, a class by questions, the results for Gradescope."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import repeat
from typing import Any

from costcalc.common.errors import SpecError, clean, counted
from costcalc.common.table import Column, Document, Table
from costcalc.output.views.heading import schema, settings_line
from costcalc.teaching.assignments import Assignment, Question
from costcalc.teaching.grading import Grade, Graded, at_level, feedback, results, right_value, shown_right, told

COLUMNS = (
    Column("question", "question"),
    Column("answer", "answer"),
    Column("right", "right value", drop=2),
    Column("verdict", "verdict"),
    Column("points", "points", drop=1),
)


def number(points: Fraction) -> int | float:
    """Return points as data: whole ones as an integer."""
    return int(points) if points.denominator == 1 else float(points)


def maximum(assignment: Assignment) -> Fraction:
    """Return the points that there are."""
    return sum((question.points for question in assignment.questions), Fraction(0))


def one(
    assignment: Assignment, student: Graded, spot: Mapping[str, object] | None = None, level: str = "key"
) -> Document:
    """Return one student's answers, with a note on each that is not simply right.

    `spot` are the settings that figures checked on the spot are about; below the level `key` no right value is shown.
    """
    student = at_level(student, assignment.questions, level)
    heading = (assignment.title, settings_line(spot or {}), student.student)
    rows = []
    notes = []
    for grade, question in zip(student.grades, assignment.questions, strict=True):
        right = shown_right(grade, question)
        points = f"{number(grade.points)} of {number(question.points)}"
        rows.append((grade.question, clean(grade.answer, 40), right, grade.verdict, points))
        placed = grade.verdict in ("missing", "unreadable") and grade.mark and spot is None
        notes.append((grade.question, (f"{grade.mark}: {grade.told}" if placed else grade.told,)))
    notes.append(("late", (student.why,)))
    sum_of = f"{number(student.points)} of {number(maximum(assignment))}"
    table = Table(COLUMNS, tuple(rows), ("total", "", "", "", sum_of))
    if spot is not None:  # nobody gives points there
        table = table.only(column.key for column in COLUMNS[:-1])._replace(total=None)
    if level != "key":
        table = table.only(column.key for column in table.columns if column.key != "right")
    return Document((heading,), table, notes, lambda: document(assignment, [student], (), level))


def roll(
    assignment: Assignment, students: Sequence[Graded], problems: Sequence[SpecError], level: str = "key"
) -> Document:
    """Return a class: students by questions with their points, and below what the class did in each question."""
    columns = (
        Column("student", "student"),
        *(Column(asked.id, asked.id, "int", drop=index) for index, asked in enumerate(assignment.questions, 2)),
        Column("points", "points", "int"),
        Column("max", "of", "int", drop=1),
    )
    most = number(maximum(assignment))
    rows = tuple(
        (student.student, *(number(grade.points) for grade in student.grades), number(student.points), most)
        for student in students
    )
    late = tuple(f"{clean(student.student)}: {student.why}" for student in students if student.why)
    left = counted(len(problems), "file or row") + ": the messages say why" if problems else ""
    notes = ((result.question, tuple(told(result, len(students)))) for result in results(students))
    return Document(
        ((assignment.title, counted(len(students), "student")),),
        Table(columns, rows),
        (*notes, ("late", late), ("not graded", (left,))),
        lambda: document(assignment, students, problems, level),
    )


def document(
    assignment: Assignment, students: Sequence[Graded], problems: Sequence[SpecError], level: str = "key"
) -> dict[str, Any]:
    """Return the JSON of `check` (schema costcalc/check/1); keys are only ever added."""
    shown = [at_level(student, assignment.questions, level) for student in students]
    return {
        **schema("check"),
        "title": assignment.title,
        "max_points": number(maximum(assignment)),
        "students": [
            {
                "student": student.student,
                "points": number(student.points),
                "late": number(student.late),
                "late_why": student.why,
                "answers": list(map(_answer, student.grades, assignment.questions, repeat(student), repeat(level))),
            }
            for student in shown
        ],
        "questions": [
            {
                "question": result.question,
                "accepted": result.accepted,
                "verdicts": result.verdicts,
                "mistakes": [{"mistakes": ways, "students": size} for ways, size in result.mistakes],
            }
            for result in results(students)
        ],
        "problems": [{"place": str(error.mark or ""), "message": error.sentence} for error in problems],
    }


def _answer(grade: Grade, question: Question, student: Graded, level: str) -> dict[str, Any]:
    mark = grade.mark or student.mark
    return {
        "question": grade.question,
        "answer": grade.answer,
        "right": right_value(grade, question) if level == "key" else None,
        "dimension": question.dimension,
        "verdict": grade.verdict,
        "accepted": grade.accepted,
        "points": number(grade.points),
        "max_points": number(question.points),
        "mistakes": grade.mistakes,
        "message": grade.told,
        "file": mark.source.name,
        "line": mark.line,
        "column": mark.column,
    }


def gradescope(
    assignment: Assignment, student: Graded | None, problems: Sequence[SpecError], level: str = "hint"
) -> Document:
    """Return the results.json of one submission, as Gradescope's autograder reads it; a broken file scores 0.

    The key shows when the grades are published. Source: Gradescope, "Autograder Specifications": `score`, `output`, and
    `tests` with a score, a message and a visibility each.
    """
    visibility = "after_published" if level == "key" else "visible"
    tests = [
        {
            "name": grade.question,
            "score": number(grade.points),
            "max_score": number(question.points),
            "status": "passed" if grade.accepted else "failed",
            "output": f"{clean(grade.answer) or 'no answer'}: {feedback(grade, question, level)}",
            "visibility": visibility,
        }
        for grade, question in (zip(student.grades, assignment.questions, strict=True) if student else ())
    ]
    score = number(student.points) if student else 0
    output = "\n".join([*map(str, problems), *([student.why] if student and student.why else [])])
    return Document((), Table((), ()), (), lambda: {"score": score, "output": output, "tests": tests})
