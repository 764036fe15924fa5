"""An assignment's file: its keys, the questions, and the values that are drawn for them."""

from contextlib import suppress
from fractions import Fraction

from costcalc.common.errors import listing, offered, quote
from costcalc.common.notation import read_figure
from costcalc.language.expr import ExprError, Value, evaluate, parse
from costcalc.language.spec import EMPTY
from costcalc.specfile import ASSIGNMENTS, load_beside
from costcalc.specfile.cells import key_marks, keyed, name, shown, text
from costcalc.specfile.fields import (
    Form,
    Key,
    Kind,
    Record,
    mapping,
    one_of,
    several,
    unique,
)
from costcalc.specfile.tree import Node
from costcalc.teaching.assignments import KEPT, Assignment, Intake
from costcalc.teaching.late import ORDERS, PERIODS, Late, Moment, read_time
from costcalc.teaching.questionfile import QUESTIONS, words_of

MAX_DRAWN = 1_000  # values of one name


def load_assignment(name: str) -> Assignment:
    """Return a bundled assignment by its name, or that of a file; raise its first SpecError."""
    assignment: Assignment = load_beside(name, ASSIGNMENTS)
    return assignment


# what is drawn


def _value(node: Node, what: str, record: Record) -> Value | None:
    """Read a plain value: a number, a size, a truth or a word."""
    try:
        expr = parse(node.text) if node.kind == "scalar" else None
        return None if expr is None else expr.name or evaluate(expr, {}, frozenset())
    except ExprError as error:
        record.add(str(error), node.mark)
        return None


def _range(record: Record) -> tuple[int, ...]:
    """Return a range of whole numbers, both ends included."""
    start, end, by = map(record.values.get, ("from", "to", "by"))
    if type(start) is not int or type(end) is not int or type(by) is not int or by < 1:
        return ()
    return tuple(range(start, min(end, start + by * MAX_DRAWN) + 1, by))


def _drawn(node: Node, what: str, record: Record) -> tuple[Value, ...] | None:
    """Read what a name is drawn from: a list of values, or a range `{from: 16, to: 128, by: 16}`."""
    values: tuple[Value, ...] = (RANGE if node.kind == "map" else VALUES).read(node, what, record)
    if values and len(node.items) <= len(values) <= MAX_DRAWN:
        return values
    sentence = f"{what} needs a list of 1 to {MAX_DRAWN:,} values, or `{{from: .., to: .., by: ..}}`"
    record.add(sentence, node.mark)
    return None


def _given(node: Node, what: str, record: Record) -> dict[str, Value]:
    """Read the values that were drawn: one for each name of `draw:`."""
    draws = record.file.values["draw"]
    found = keyed(node, what, draws, record)
    missing = [key for key in draws if key not in found]
    if missing:
        record.add(f"{what} lacks {listing(missing)}", node.mark)
    values = {key: _value(found[key], what, record) for key in draws if key in found}
    return {key: value for key, value in values.items() if value is not None}


VALUE = Kind("value", _value)
VALUES = several(VALUE)
RANGE = Form(
    "a range",
    (Key("from", "the first", VALUE), Key("to", "the last", VALUE), Key("by", "the step", VALUE, default=1)),
    _range,
)
DRAW = mapping(Kind("values", _drawn, of=VALUE), names="a drawn value")
GIVEN = Kind("map", _given, of=VALUE)


# the file


def _assignment(record: Record) -> Assignment:
    """Return the assignment, whose questions have an id each and read all that is drawn."""
    questions, draws = record.values["questions"], record.values["draw"]
    words = set(words_of(record.nodes["questions"]))
    for key in draws:
        if key not in words:
            record.add(f"nothing reads the drawn value {quote(key)}", key_marks(record.nodes["draw"])[key])
    unique(questions, record)
    return Assignment(**record.shared(Assignment), mark=record.mark, draws=draws, intake=_intake(record))


def _intake(record: Record) -> Intake:
    """Return how a class's answers are read, whose columns answer questions that there are."""
    ids = [question.id for question in record.values["questions"]]
    columns = record.values.get("columns", {})
    places = {key.text: value.mark for key, value in record.nodes["columns"].pairs} if columns else {}
    seen: set[str] = set()
    for header, answered in columns.items():
        if answered and answered not in ids:
            record.add(f"unknown question {quote(answered)}{offered(answered, ids)}", places[header])
        elif answered and answered in seen:
            record.add(f"two columns answer {quote(answered)}: name one", places[header])
        seen.add(answered)
    if record.values.get("late") and "time" not in record.values:
        record.add("`late` needs `time`, the column that says when the answers came", record.nodes["late"].mark)
    return Intake(**record.shared(Intake))


def _due(node: Node, what: str, record: Record) -> Moment | None:
    """Read a time."""
    try:
        return read_time(text(node, what, record), record.file.values.get("dates", ""))
    except ValueError as error:
        record.add(str(error), node.mark)
        return None


def _part(node: Node, what: str, record: Record) -> Fraction | None:
    """Read a share of the points, such as `10 %` or 0.1."""
    with suppress(ValueError):
        figure = read_figure(text(node, what, record))
        if figure.unit in ("", "%") and not figure.what and 0 <= figure.value <= 1:
            return figure.value
    record.add(f"{what} must be a share such as 10 % or 0.1, not {shown(node)}", node.mark)
    return None


def _late(record: Record) -> Late:
    """Return what is taken off late answers."""
    return Late(**record.shared(Late))


PART = Kind("figure", _part)
LATE = Form(
    "`late`",
    (
        Key("due", "the time until which answers are not late", Kind("text", _due), required=True),
        Key("off", "the share of the points that is taken off, such as 10 %", PART, required=True),
        Key("per", "for each day or hour that is begun, or once", one_of(PERIODS)),
        Key("most", "at most so much", PART),
    ),
    _late,
)
COLUMN = Kind("text", lambda node, what, record: "" if node.null else name(node, "a question", record))
FORM = Form(
    "an assignment",
    (
        Key("title", "the heading above the questions", required=True, default=""),
        Key("draw", "the values that an exercise draws from, by name", DRAW, default=EMPTY),
        Key("given", "the values that were drawn for all", GIVEN),
        Key("students", "the values that were drawn, by student", mapping(GIVEN, "student {}")),
        Key("questions", "what is asked", QUESTIONS, required=True),
        Key(
            "columns",
            "the question that each column answers, by its header or the number in front; ~ leaves it out",
            mapping(COLUMN),
        ),
        Key("student", "the column that says whose the answers are"),
        Key("time", "the column that says when the answers came"),
        Key("keep", "which of several rows of a student counts", one_of(KEPT)),
        Key("dates", "which of day and month is first in 3/5/2026: day-first or month-first", one_of(ORDERS)),
        Key("late", "what is taken off late answers", LATE),
    ),
    _assignment,
    most=1024 * 1024,
)
