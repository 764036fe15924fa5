"""Files of answers, which come from strangers: YAML of one student, or CSV of a class, row by row."""

import re
from collections.abc import Iterator

from costcalc.common.errors import LINE_END, Mark, Source, SpecError, counted, listing, quote
from costcalc.specfile import ANSWERS, load_as, refuse_pipe, source_of, stem
from costcalc.specfile.cells import shown
from costcalc.specfile.fields import Form, Key, Kind, Record, mapping
from costcalc.specfile.tree import FileKind, Node
from costcalc.teaching.assignments import Answers, Given

CLASS = FileKind("a class's answers", "", 4 * 1024 * 1024, hidden=True)
STUDENT = "student"  # the column of a class's answers that says whose they are
MAX_STUDENTS = 5_000
MAX_COLUMNS = 1_000

_CELLS = {  # by what parts them: a quoted cell, in which a quote is twice, or a plain one
    comma: re.compile(rf'\s*"(?P<quoted>(?:[^"]|"")*)"\s*(?={comma}|\Z)|(?P<plain>[^"{comma}]*)(?={comma}|\Z)')
    for comma in ",;"
}


def answers_of(name: str) -> Iterator[Answers | SpecError]:
    """Yield the answers in a file: those of a class from CSV, else one student's; what is wrong takes their place."""
    try:
        refuse_pipe(name)
        if name.lower().endswith(".csv"):
            yield from read_class(source_of(name, CLASS))
        else:
            answers = load_as(source_of(name, FORM.file), ANSWERS)
            yield answers._replace(student=answers.student or stem(name))
    except SpecError as error:
        yield error


def _answer(node: Node, what: str, record: Record) -> Given:
    """Read an answer as it is written; `[32, 112, 112]` is a size."""
    if node.kind == "list" and all(item.kind == "scalar" for item in node.items):
        return Given("x".join(item.text for item in node.items), node.mark)
    return Given("" if node.null else node.text if node.kind == "scalar" else shown(node), node.mark)


FORM = Form(
    "a file of answers",
    (
        Key("student", "whose answers these are; the file's name unless said"),
        Key("answers", "the questions' ids with an answer each", mapping(Kind("answer", _answer)), required=True),
    ),
    lambda record: Answers(
        record.values.get("student", ""),
        record.nodes.get("student", record).mark,
        record.values["answers"],
    ),
)


def read_class(source: Source) -> Iterator[Answers | SpecError]:
    """Yield the answers of each row of a class's CSV, or what is wrong with the row.

    The first row names the columns: `student`, and the questions' ids; commas part the cells, or semicolons.
    """
    lines = LINE_END.split(source.text)
    comma = ";" if ";" in lines[0] and "," not in lines[0] else ","
    try:
        header = [cell.text.strip() for cell in _cells(source, 1, lines[0], comma, MAX_COLUMNS)]
        _check_header(header, Mark(source, 1, 1))
    except SpecError as error:
        yield error
        return
    students = 0
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        students += 1
        if students > MAX_STUDENTS:
            yield SpecError(f"more than {MAX_STUDENTS:,} students", Mark(source, number, 1))
            return
        try:
            yield _row(source, number, header, _cells(source, number, line, comma, len(header)))
        except SpecError as error:
            yield error
    if not students:
        yield SpecError("no student below the header", Mark(source, 1, 1))


def _check_header(header: list[str], mark: Mark) -> None:
    """Raise SpecError for a header that does not say whose answers these are."""
    if header.count(STUDENT) != 1 or len(header) > MAX_COLUMNS:
        raise SpecError(
            f"a class's answers need exactly one column {quote(STUDENT)}; the header has {listing(header)}", mark
        )
    for name in header:
        if name and header.count(name) > 1:
            raise SpecError(f"column {quote(name)} is listed twice", mark)


def _row(source: Source, number: int, header: list[str], cells: list[Given]) -> Answers:
    """Return one student's answers."""
    if len(cells) > len(header):
        sentence = f"a row of more than the header's {counted(len(header), 'cell')}"
        raise SpecError(f"{sentence}: an answer with a comma needs quotes", cells[len(header)].mark)
    found = dict(zip(header, cells, strict=False))
    student = found.pop(STUDENT, None)
    if student is None or not student.text.strip():
        raise SpecError("a row without a student", Mark(source, number, 1))
    return Answers(student.text.strip(), student.mark, {name: given for name, given in found.items() if name})


def _cells(source: Source, number: int, line: str, comma: str, most: int) -> list[Given]:
    """Return the cells of a line with their places, at most one more than `most`; raise SpecError for an open quote."""
    cells: list[Given] = []
    at = 0
    while len(cells) <= most:
        match = _CELLS[comma].match(line, at)
        if match is None:
            raise SpecError("a quote that does not close on its line", Mark(source, number, at + 1))
        written = match["plain"] if match["quoted"] is None else match["quoted"].replace('""', '"')
        cells.append(Given(written, Mark(source, number, at + 1, max(1, len(match[0])))))
        if match.end() == len(line):
            break
        at = match.end() + 1
    return cells
