"""A class's answers, as forms and courses export them: a table with a header, row by row."""

import json
from collections.abc import Iterator, Sequence

from costcalc.common.errors import Mark, Source, SpecError, clean, counted, listing, quote, suggest
from costcalc.specfile.delimited import Datum, records
from costcalc.specfile.tree import FileKind
from costcalc.teaching.assignments import Answers, Assignment, Given, Intake
from costcalc.teaching.headers import STUDENT, ColumnRoles, columns_of, numbered

CLASS = FileKind("a class's answers", "", 4 * 1024 * 1024, hidden=True, foreign=True)
MAX_STUDENTS = 5_000
MAX_COLUMNS = 1_000
NOTHING = ("", "-")  # Moodle writes a dash for a missing answer


def read_class(source: Source, assignment: Assignment | None = None, who: str = "") -> Iterator[Answers | SpecError]:
    """Yield the answers of each row of a class's table, or what is wrong with the row.

    The first row names the columns; the assignment says what they are, or they are recognised, as it is said. `who`
    is the column that names the students without an assignment.
    """
    read = records(source)
    header = next(read, ())
    if isinstance(header, SpecError) or len(header) > MAX_COLUMNS:
        yield (
            header if isinstance(header, SpecError) else SpecError(f"more than {MAX_COLUMNS:,} columns", header[0].mark)
        )
        return
    if not any(cell.text.strip() for cell in header):
        sentence = "the header is empty: the first row names the columns, one of them `student`"
        yield SpecError(sentence, header[0].mark if header else Mark(source, 1, 1))
        return
    rows = list(_rows(read, source))
    questions = assignment.questions if assignment else ()
    listed = Intake(student=who if who in [cell.text.strip() for cell in header] else "")
    intake, drawn = (assignment.intake, assignment.students) if assignment else (listed, {})
    try:
        cells = [row for row in rows if not isinstance(row, SpecError)]
        columns = columns_of(header, cells, intake, questions, drawn)
    except SpecError as error:
        yield error
        return
    if assignment and rows:
        yield from _told(header, columns, assignment)
    for row in rows:
        yield row if isinstance(row, SpecError) else _answers(row, header, columns)
    if not rows:
        yield SpecError("no student below the header", header[0].mark)


def _rows(read: Iterator[tuple[Datum, ...] | SpecError], source: Source) -> Iterator[tuple[Datum, ...] | SpecError]:
    """Yield the rows below the header, at most MAX_STUDENTS."""
    for number, row in enumerate(read, 1):
        if number > MAX_STUDENTS:
            yield SpecError(
                f"more than {MAX_STUDENTS:,} students", row.mark if isinstance(row, SpecError) else row[0].mark
            )
            return
        yield row


def _answers(row: Sequence[Datum], header: Sequence[Datum], columns: ColumnRoles) -> Answers | SpecError:
    """Return one student's answers, or what is wrong with their row."""
    behind = row[len(header) :]
    if behind and not (len(behind) == 1 and not behind[0].text.strip()):  # some end each line with a comma
        sentence = f"a row of more than the header's {counted(len(header), 'cell')}"
        return SpecError(f"{sentence}: an answer with a comma needs quotes", behind[0].mark)
    cells = dict(enumerate(row))
    student = cells.get(columns.student)
    if student is None or not student.text.strip():
        return SpecError("a row without a student", row[0].mark._replace(column=1, width=1))
    given = {
        question: Given("" if cells[place].text.strip() in NOTHING else cells[place].text, cells[place].mark)
        for place, question in columns.answers.items()
        if place in cells
    }
    time = cells.get(columns.time) if columns.time is not None else None
    return Answers(student.text.strip(), student.mark, given, time and Given(*time))


def _told(header: Sequence[Datum], columns: ColumnRoles, assignment: Assignment) -> Iterator[SpecError]:
    """Yield what there is to say of the columns: how they are read, which are not, which questions have none."""
    if columns.guessed:
        roles = {columns.student: STUDENT, **columns.answers}
        pairs = [(header[place].text.strip(), roles.get(place, "time")) for place in columns.guessed]
        sentence = (
            f"the columns are read like this: {', '.join(f'{quote(name)} is {quote(role)}' for name, role in pairs)}"
        )
        yield SpecError(sentence, header[columns.guessed[0]].mark, _lines(header, columns), level="note")
    left = [question.id for question in assignment.questions if question.id not in columns.answers.values()]
    yield from columns.problems
    if columns.unread:
        names = [header[place].text.strip() for place in dict.fromkeys(columns.unread)]
        near = next(filter(None, (suggest(name, left) for name in names)), "") if left else ""
        noun, verb = ("column", "answers") if len(names) == 1 else ("columns", "answer")
        sentence = f"the {noun} {listing(dict.fromkeys(names))} {verb} no question{near}"
        yield SpecError(sentence, header[columns.unread[0]].mark, level="warning")
    if left and (columns.answers or columns.unread):  # a list of students alone has no answers to lose
        plural = "their" if len(left) > 1 else "its"
        yield SpecError(
            f"no column answers {listing(left)}: {plural} answers are missing", header[0].mark, level="warning"
        )


def _lines(header: Sequence[Datum], columns: ColumnRoles) -> list[str]:
    """Return the lines that say in an assignment how the columns are read."""
    lines = ["to fix this reading, add to the assignment:"]
    if columns.student in columns.guessed:
        lines.append(f"student: {_scalar(header[columns.student].text)}")
    if columns.time in columns.guessed and columns.time is not None:
        lines.append(f"time: {_scalar(header[columns.time].text)}")
    pairs = []
    for place in columns.guessed:
        if place in columns.answers:
            name = header[place].text.strip()
            rank, number = numbered(name)
            alike = [cell for cell in header if numbered(cell.text.strip()) == (rank, number)]
            pairs.append(f"{number if rank and len(alike) == 1 else _scalar(name)}: {columns.answers[place]}")
    return [*lines, *([f"columns: {{{', '.join(pairs)}}}"] if pairs else [])]


def _scalar(name: str) -> str:
    """Return a header as YAML reads it back."""
    name = clean(name.strip(), None)
    return name if name.replace(" ", "").isalnum() and not name[:1].isdigit() else json.dumps(name, ensure_ascii=False)
