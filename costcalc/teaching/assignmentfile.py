"""An assignment's file: its keys, the questions, and the values that are drawn for them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

from costcalc.causes.answers import Tolerance
from costcalc.common.errors import listing, offered, quote
from costcalc.common.notation import read_figure
from costcalc.common.units import shown_value
from costcalc.language.expr import ExprError, Value, evaluate, parse
from costcalc.language.spec import EMPTY, Cell, Definition, Rows, Setting
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.network.metrics import CONVENTIONS, DTYPE_BITS
from costcalc.ops import OPS, WORDS
from costcalc.specfile import ASSIGNMENTS, load_beside
from costcalc.specfile.cells import key_marks, keyed, name, shown, text
from costcalc.specfile.fields import (
    CELL,
    SHAPE,
    TRUTH,
    Form,
    Key,
    Kind,
    Record,
    mapping,
    one_of,
    parsed,
    several,
    unique,
)
from costcalc.specfile.rows import RowReader
from costcalc.specfile.tree import Node
from costcalc.teaching.assignments import KEPT, Assignment, Intake, Question, Target
from costcalc.teaching.late import ORDERS, PERIODS, Late, Moment, read_time

TOLERANCES = ("rel", "abs", "digits")
ELEMENTS = ("params", "weights", "bias", "norm", "stats", "activations")  # what takes memory, if its bytes are asked
MAX_QUESTIONS = 200
MAX_DRAWN = 1_000  # values of one name
MAX_DIGITS = 15
HOW_MANY = "{} must be a number such as 2 or 0.5"
NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?\Z", re.ASCII)


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


# the layers that a question is about


def _layer(node: Node, what: str, record: Record) -> Rows:
    """Read the layers that a question gives itself: one, or a list where each reads the one before."""
    rows = node if node.kind == "list" else node._replace(kind="list", items=(node,), pairs=())
    return RowReader(record, frozenset(), frozenset()).rows(rows, what)


def _target(record: Record) -> Target | None:
    """Return which layers are meant: `layer` and `in`, or `spec`, perhaps a part of it."""
    nodes, found = record.nodes, record.values
    if ("layer" in nodes) == ("spec" in nodes):
        sentence = "a question is about a `layer` with its input `in`, or about a `spec`: give one of them"
        record.add(sentence, record.mark)
        return None
    if "layer" in nodes and "in" not in nodes:
        sentence = "a `layer` needs `in`, its input: [channels, height, width]"
        record.add(sentence, nodes["layer"].mark)
        return None
    other = "at" if "layer" in nodes else "in"
    if other in nodes:
        record.add(
            f"{quote(other)} is only allowed with {quote('spec' if other == 'at' else 'layer')}", nodes[other].mark
        )
    picks = {key: found.get(key, "") for key in ("part", "kind")}
    if all(picks.values()):
        record.add(f"{listing(picks)} each say which layers are meant: give one", record.mark)
    if "layer" in nodes:
        words = {word for key in ("layer", "in") for word in _words(nodes[key])}
        return Target(record.mark, _own(record), **picks, reads=frozenset(words & record.file.values["draw"].keys()))
    return Target(nodes["spec"].mark, None, found["spec"], found.get("at", EMPTY), **picks)


def _own(record: Record) -> Definition:
    """Return a spec of the layers that a question gives itself, with what is drawn as its settings."""
    node, draws = record.nodes["layer"], record.file.values["draw"]
    marks = key_marks(record.file.nodes["draw"]) if draws else {}
    settings = {
        key: Setting(key, marks[key], Cell(marks[key], parse(shown_value(values[0])))) for key, values in draws.items()
    }
    return Definition(
        name="the layer" if node.kind == "map" else "the layers",
        mark=node.mark,
        input=record.values["in"],
        rows=record.values["layer"],
        settings=settings,
        words=WORDS | OPS.keys() | {value for values in draws.values() for value in values if type(value) is str},
    )


TARGET = (
    Key("layer", "a row of a spec, or a list where each reads the one before", Kind("rows", _layer)),
    Key("in", "the input of the layer: [channels, height, width]", SHAPE),
    Key("spec", "a bundled spec"),
    Key("at", "settings of the spec", mapping(CELL)),
    Key("part", "the layer or block that is meant, by its path"),
    Key("kind", "the kind of layer that is meant, such as FC"),
)
VERSUS = Form("`versus`", TARGET, _target)


# questions


def _amount(node: Node, what: str, record: Record) -> Fraction | None:
    """Read how far an answer may be off."""
    try:
        return read_figure(text(node, what, record)).value
    except ValueError as error:
        record.add(str(error), node.mark)
        return None


def _tolerance(record: Record) -> Tolerance | None:
    """Return how far an answer may be off."""
    kinds = [kind for kind in TOLERANCES if kind in record.nodes]
    if len(kinds) > 1:
        record.add(f"{listing(kinds)} are several tolerances: give one", record.nodes[kinds[0]].mark)
    if not kinds or kinds[0] not in record.values:
        return None
    kind, amount = kinds[0], record.values[kinds[0]]
    if kind == "digits" and not (amount.denominator == 1 and 1 <= amount <= MAX_DIGITS):
        node = record.nodes[kind]
        record.add(f"`digits` must be a whole number from 1 to {MAX_DIGITS}, not {shown(node)}", node.mark)
        return None
    return Tolerance(kind, amount)


def _question(record: Record) -> Question | None:
    """Return one question, which asks for what goes together."""
    nodes, found, target = record.nodes, record.values, _target(record)
    if target is None:
        return None
    fields = {**record.shared(Question), "mark": nodes["id"].mark, "target": target}
    figure = FIGURES.get(found["ask"])
    bits = DTYPE_BITS.get(found.get("dtype", "fp32" if figure and figure.typed else ""), 0)
    question = Question(**fields, bits=bits, tolerance=_tolerance(record))
    if question.target.name and not question.target.part and not_of_network(question.ask):
        record.add(f"{not_of_network(question.ask)}; add `part`", nodes["ask"].mark)
    if question.share and figure and (not figure.sums or figure.kind == "decimal"):
        record.add(f"`share` is not allowed for {quote(question.ask)}: it is not a sum over layers", nodes["ask"].mark)
    if question.share and question.versus:
        record.add("a question asks for a `share` or for a ratio (`versus`), not for both", nodes["ask"].mark)
    if question.ask == "out" and (question.share or question.versus or question.tolerance):
        record.add("an output size has no share, no ratio and no tolerance", nodes["ask"].mark)
    typed = [name for name, other in FIGURES.items() if other.typed]
    plain = question.ask not in ELEMENTS or question.share or question.versus
    if "dtype" in nodes and question.ask not in typed and plain:
        sentence = f"`dtype` asks for the bytes of elements: {listing(ELEMENTS)}; it goes with {listing(typed)} too"
        record.add(sentence, nodes["dtype"].mark)
    if question.convention:
        _check_convention(question, record)
    return question


def _check_convention(question: Question, record: Record) -> None:
    """Check that a convention counts what is asked."""
    counts = FIGURES[question.ask].follows if question.ask in FIGURES else ""
    known = [key for key, convention in CONVENTIONS.items() if convention.measures == counts]
    if question.convention not in known:
        there = offered(question.convention, known) if known else f"; {quote(question.ask)} has none"
        sentence = f"unknown convention {quote(question.convention)} for {quote(question.ask)}{there}"
        record.add(sentence, record.nodes["convention"].mark)


POINTS = parsed("number", lambda points: Fraction(points) if NUMBER.match(points) else None, HOW_MANY, Fraction(1))
ID = Kind("name", lambda node, what, record: name(node, "a question", record))
AMOUNT = Kind("figure", _amount)
QUESTION = Form(
    "a question",
    (
        Key("id", "what answers call the question", ID, required=True),
        Key("text", "the question in words; `{name}` is replaced by a drawn value", default=""),
        Key("points", "what the right answer is worth; 1 unless said", POINTS, default=Fraction(1)),
        Key("ask", "the figure that is asked for", one_of((*FIGURES, "out")), required=True),
        *TARGET,
        Key("share", "whether the part of the whole network is asked for", TRUTH),
        Key("versus", "other layers, which the figure is divided by", VERSUS),
        Key("convention", "the convention that the figure counts by"),
        Key("dtype", "the type of the elements whose bytes are asked for", one_of(DTYPE_BITS)),
        Key("rel", "how far an answer may be off, as a part of it", AMOUNT),
        Key("abs", "how far an answer may be off", AMOUNT),
        Key("digits", "to how many digits an answer must be right", AMOUNT),
    ),
    _question,
)


# the file


def _assignment(record: Record) -> Assignment:
    """Return the assignment, whose questions have an id each and read all that is drawn."""
    questions, draws = record.values["questions"], record.values["draw"]
    words = set(_words(record.nodes["questions"]))
    for key in draws:
        if key not in words:
            record.add(f"nothing reads the drawn value {quote(key)}", key_marks(record.nodes["draw"])[key])
    unique(questions, record)
    numbered = tuple(question._replace(label=str(number)) for number, question in enumerate(questions, 1))
    shared = {**record.shared(Assignment), "questions": numbered}
    return Assignment(**shared, mark=record.mark, draws=draws, intake=_intake(record))


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


def _words(node: Node) -> Iterator[str]:
    """Yield the words of every text and cell of a question."""
    yield from re.findall(r"\w+", node.text)
    for item in node.items + tuple(value for _, value in node.pairs):  # unpacked, they overflow the stack of mypy
        yield from _words(item)


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
QUESTIONS = several(QUESTION, f"a list of 1 to {MAX_QUESTIONS} questions", MAX_QUESTIONS)
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
