"""Gradebooks as course systems take them: a column of their own file filled in, or points and comments."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.common.errors import Mark, SpecError, clean, listing, offered, quote
from costcalc.output.formats.csv import FORMULA
from costcalc.output.views.check import maximum
from costcalc.teaching.assignments import Assignment
from costcalc.teaching.grading import Graded, feedback

DECIMALS = 4  # of points, which seldom need any

Rows = Sequence[Sequence[str]]
Placed = Sequence[Sequence[tuple[str, Mark]]]  # the same with the place of each cell


class System(NamedTuple):
    """The file of a course system that grades go into.

    `needs` are the columns that its import asks for, `who` those that may name a student, `column` how an assignment's
    column is called, `comments` the column that students read. `source` says what this is known from.
    """

    needs: tuple[str, ...]
    who: tuple[str, ...]
    column: "re.Pattern[str]"
    comments: str
    source: str


SYSTEMS: Mapping[str, System] = {
    "canvas": System(
        ("Student", "ID"),
        ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Student"),
        re.compile(r"(?P<title>.*) \([0-9]+\)\Z", re.DOTALL),
        "",
        "lib/gradebook_exporter.rb and lib/gradebook_importer.rb of github.com/instructure/canvas-lms",
    ),
    "moodle": System(
        ("Identifier", "Grade", "Last modified (grade)"),
        ("Email address", "Username", "ID number", "Identifier", "Full name"),
        re.compile(r"(?P<title>Grade)\Z"),
        "Feedback comments",
        "mod/assign/feedback/offline/importgradeslib.php of github.com/moodle/moodle",
    ),
    "blackboard": System(
        ("Username",),
        ("Username", "Student ID"),
        re.compile(r"(?P<title>.*?) \[Total Pts: [^\]]*\] ?\|[0-9]+\Z", re.DOTALL),
        "",
        "Blackboard Help, Upload or Download Grade Center Items: a user name and a column's ID",
    ),
}


class Filled(NamedTuple):
    """A course system's file with grades in it, and what is wrong or worth a word."""

    rows: tuple[tuple[str, ...], ...]
    problems: tuple[SpecError, ...]


def plain(points: Fraction) -> str:
    """Return points as a gradebook has them, at most DECIMALS digits behind the point."""
    return f"{float(points):.{DECIMALS}f}".rstrip("0").rstrip(".")


def comment(student: Graded, assignment: Assignment, level: str) -> str:
    """Return what a student reads about all their answers, a sentence for each question."""
    lines = [
        f"{grade.question} ({plain(grade.points)} of {plain(question.points)}): {feedback(grade, question, level)}"
        for grade, question in zip(student.grades, assignment.questions, strict=True)
    ]
    return ". ".join([*lines, *([student.why] if student.why else [])])


def fill(
    name: str,
    cells: Placed,
    assignment: Assignment,
    students: Sequence[Graded],
    *,
    column: str,
    level: str,
) -> Filled:
    """Return a system's rows with the students' points in the assignment's column; all else stays as it is.

    `column` is the column's name, if it is not the assignment's title. Raises SpecError where the file is not the
    system's, or has no such column.
    """
    rows = [[text for text, _ in row] for row in cells]
    system, header = SYSTEMS[name], [cell.strip() for cell in rows[0]]
    missing = [needed for needed in system.needs if needed not in header]
    if missing:
        raise SpecError(
            f"not a file of {name.capitalize()}'s: it has no column {listing(missing)}; it has {listing(header)}"
        )
    place = _column(system, header, column or ("Grade" if name == "moodle" else assignment.title))
    remarks = header.index(system.comments) if system.comments in header else -1
    found, lost = _matched(system, header, rows, students)
    if not found:
        asked = listing(name for name in system.who if name in header)
        raise SpecError(f"none of the {len(students)} students is in the gradebook, by {asked}")
    filled = [list(row) for row in rows]
    for number, student in found.items():
        filled[number] += [""] * (len(header) - len(filled[number]))
        filled[number][place] = plain(student.points)
        if remarks >= 0:
            filled[number][remarks] = comment(student, assignment, level)
    problems = [
        SpecError(f"student {quote(who.student)} is not in the gradebook: no grade is written for them", who.mark)
        for who in lost
    ]
    return Filled(tuple(map(tuple, filled)), (*problems, *_possible(cells, place, maximum(assignment))))


def _column(system: System, header: Sequence[str], column: str) -> int:
    """Return the place of the assignment's column: by its name, or the title in it."""
    titles = {name: match["title"].strip() for name in header if (match := system.column.match(name))}
    places = [place for place, name in enumerate(header) if column in (name, titles.get(name))]
    if len(places) == 1:
        return places[0]
    if places:
        raise SpecError(f"{len(places)} columns are called {quote(column)}: name one with its number")
    raise SpecError(f"no column {quote(column)} in the gradebook: name the assignment's{offered(column, titles)}")


def _matched(
    system: System, header: Sequence[str], rows: Rows, students: Sequence[Graded]
) -> tuple[dict[int, Graded], list[Graded]]:
    """Return the students by their rows, by the column that names most of them, and those without a row."""
    best: dict[int, Graded] = {}
    lost = list(students)
    for place in (header.index(name) for name in system.who if name in header):
        numbers: dict[str, list[int]] = {}
        for number, row in enumerate(rows[1:], 1):
            if place < len(row) and row[place].strip():
                numbers.setdefault(row[place].strip().casefold(), []).append(number)
        pairs = [(numbers.get(student.student.casefold(), []), student) for student in students]
        found = {where[0]: student for where, student in pairs if len(where) == 1}
        if len(found) > len(best):
            best, lost = found, [student for where, student in pairs if len(where) != 1]
    return best, lost


def _possible(cells: Placed, place: int, most: Fraction) -> Iterable[SpecError]:
    """Yield a warning where Canvas' row of points possible has another number than the assignment."""
    for row in cells[1:4]:
        number, mark = row[place] if place < len(row) and row[0][0].strip() == "Points Possible" else ("", None)
        number = number.strip()
        if number and not re.fullmatch(rf"{re.escape(plain(most))}(\.0+)?", number):
            sentence = f"the gradebook has {number} points possible, and the assignment {plain(most)}"
            yield SpecError(sentence, mark, level="warning")


def written(rows: Iterable[Sequence[str]], delimiter: str = ",", end: str = "\n", *, quoted: bool = False) -> str:
    """Return rows as a text of cells that a delimiter parts."""
    stream = io.StringIO()
    options: Mapping[str, Any] = {"quoting": csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL}
    csv.writer(stream, delimiter=delimiter, lineterminator=end, **options).writerows(rows)
    return stream.getvalue()


def moodle(assignment: Assignment, students: Sequence[Graded], level: str) -> str:
    """Return a CSV for Moodle's import of grades: who, points, feedback; the import asks which item each column is."""
    who = assignment.intake.student or (
        "Email address" if all("@" in student.student for student in students) else "Username"
    )
    header = [who, assignment.title, f"{assignment.title} (feedback)"]
    rows = [[student.student, plain(student.points), comment(student, assignment, level)] for student in students]
    return written([_safe(row) for row in (header, *rows)])


def nbgrader(assignment: Assignment, students: Sequence[Graded], level: str) -> str:
    """Return points and a comment for each cell of nbgrader's, which is called as the question: a CSV of rows."""
    rows = [
        [
            student.student,
            grade.question,
            plain(grade.points * (1 - student.late)),
            plain(question.points),
            feedback(grade, question, level),
        ]
        for student in students
        for grade, question in zip(student.grades, assignment.questions, strict=True)
    ]
    return written([_safe(row) for row in (["student_id", "cell", "score", "max_score", "comment"], *rows)])


def _safe(row: Sequence[str]) -> list[str]:
    """Return cells that no spreadsheet runs as a formula."""
    return [FORMULA.sub(r"\1'", clean(cell, None)) for cell in row]


NEW = {"moodle": moodle, "nbgrader": nbgrader}  # those that need no file of the system
