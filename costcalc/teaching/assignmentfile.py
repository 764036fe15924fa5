"""A tree of nodes -> Assignment: questions, and the values that are drawn for them."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction

from costcalc.causes.answers import Tolerance
from costcalc.common.errors import Mark, Problems, SpecError, TooManyError, listing, quote, suggest
from costcalc.common.figures import read_figure
from costcalc.common.units import shown_value
from costcalc.language.expr import ExprError, Value, evaluate, parse
from costcalc.language.spec import EMPTY, Cell, Definition, Setting
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.network.metrics import CONVENTIONS, DTYPE_BITS
from costcalc.ops import OPS, WORDS
from costcalc.specfile import ASSIGNMENTS, beside, kind_of, sound
from costcalc.specfile.cells import cell, key_marks, keyed, name, shape, shown, text, truth
from costcalc.specfile.rows import RowReader
from costcalc.specfile.tree import FileKind, Node, compose
from costcalc.teaching.assignments import Assignment, Question, Target

ASSIGNMENT = FileKind("an assignment", "an assignment needs `title` and `questions`", 1024 * 1024)
KEYS = ("title", "questions", "draw", "given", "students")
PICK_KEYS = ("part", "kind")
TARGET_KEYS = ("layer", "in", "spec", "at", *PICK_KEYS)
TOLERANCES = ("rel", "abs", "digits")
QUESTION_KEYS = (
    *("id", "text", "points", "ask", *TARGET_KEYS, "share", "versus"),
    *("convention", "dtype", *TOLERANCES),
)
RANGE_KEYS = ("from", "to", "by")
ELEMENTS = ("params", "weights", "bias", "norm", "stats", "activations")  # what takes memory, if its bytes are asked
MAX_QUESTIONS = 200
MAX_DRAWN = 1_000  # values of one name
MAX_DIGITS = 15
POINTS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?\Z", re.ASCII)


def load_assignment(name: str) -> Assignment:
    """Return a bundled assignment by its name, or that of a file; raise its first SpecError."""
    root = compose(beside(name, ASSIGNMENTS, "assignment", ASSIGNMENT), ASSIGNMENT)
    if kind_of(root) != ASSIGNMENTS:
        raise SpecError(f"{quote(name)} is no assignment: it has no `questions`", root.mark)
    return sound(read_assignment(root))


def read_assignment(root: Node) -> tuple[Assignment | None, list[SpecError]]:
    """Return the assignment of a file's tree, and all that is wrong with it."""
    problems = Problems()
    assignment = Assignment("", root.mark, ())
    with suppress(TooManyError):
        assignment = _read(root, problems)
    return assignment, problems.found


def _read(root: Node, problems: Problems) -> Assignment:
    """Read the sections of an assignment."""
    found = keyed(root, "an assignment", KEYS, problems)
    for key in ("title", "questions"):
        if key not in found:
            problems.add(f"an assignment needs {quote(key)}", root.mark)
    reader = _AssignmentReader(problems)
    if "draw" in found:
        reader.draw(found["draw"])
    given = reader.given(found["given"], "`given`") if "given" in found else EMPTY
    students = {
        student: reader.given(node, f"student {quote(student)}")
        for student, node in (
            keyed(found["students"], "`students`", None, problems) if "students" in found else {}
        ).items()
    }
    nodes = found["questions"].items if "questions" in found else ()
    if "questions" in found and not 0 < len(nodes) <= MAX_QUESTIONS:
        problems.add(f"`questions` is a list of 1 to {MAX_QUESTIONS} questions", found["questions"].mark)
        raise TooManyError
    questions = tuple(question for node in nodes if (question := reader.question(node)))
    words = {word for node in nodes for word in _words(node)}
    for key in reader.draws:
        if key not in words:
            problems.add(f"nothing reads the drawn value {quote(key)}", reader.marks[key])
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            problems.add(f"id {quote(question.id)} stands twice", question.mark)
        seen.add(question.id)
    title = text(found["title"], "`title`", problems) if "title" in found else ""
    return Assignment(title, root.mark, questions, reader.draws, given, students)


def _words(node: Node) -> Iterator[str]:
    """Yield the words of every text and cell of a question."""
    yield from re.findall(r"\w+", node.text)
    for item in node.items:
        yield from _words(item)
    for _, value in node.pairs:
        yield from _words(value)


def _typed(name: str) -> bool:
    """Return whether a figure depends on the type of an element."""
    return name in FIGURES and FIGURES[name].typed


class _AssignmentReader:
    """Reads questions; `draws` are the values that each drawn name may have."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.draws: dict[str, tuple[Value, ...]] = {}
        self.marks: Mapping[str, Mark] = EMPTY

    # what is drawn

    def draw(self, node: Node) -> None:
        """Read `draw:`: for each name a list of values, or a range `{from: 16, to: 128, by: 16}`."""
        self.marks = key_marks(node)
        for key, value in keyed(node, "`draw`", None, self.problems).items():
            name(Node(self.marks[key], "scalar", key), "a drawn value", self.problems)
            values = self.range(value) if value.kind == "map" else tuple(map(self.value, value.items))
            if not values or len(values) > MAX_DRAWN or None in values:
                sentence = f"{quote(key)} needs a list of 1 to {MAX_DRAWN:,} values, or `{{from: .., to: .., by: ..}}`"
                self.problems.add(sentence, value.mark)
            else:
                self.draws[key] = values  # type: ignore[assignment]

    def range(self, node: Node) -> tuple[int, ...]:
        """Read a range of whole numbers, both ends included."""
        found = keyed(node, "a range", RANGE_KEYS, self.problems)
        values = {key: self.value(item) for key, item in found.items()}
        start, end, by = values.get("from"), values.get("to"), values.get("by", 1)
        if type(start) is not int or type(end) is not int or type(by) is not int or by < 1:
            return ()
        return tuple(range(start, min(end, start + by * MAX_DRAWN) + 1, by))

    def value(self, node: Node) -> Value | None:
        """Read a plain value: a number, a size, a truth or a word."""
        try:
            expr = parse(node.text) if node.kind == "scalar" else None
            return None if expr is None else expr.name or evaluate(expr, {}, frozenset())
        except ExprError as error:
            self.problems.add(str(error), node.mark)
            return None

    def given(self, node: Node, what: str) -> dict[str, Value]:
        """Read the values that were drawn: one for each name of `draw:`."""
        found = keyed(node, what, self.draws, self.problems)
        missing = [key for key in self.draws if key not in found]
        if missing:
            self.problems.add(f"{what} lacks {listing(missing)}", node.mark)
        return {key: value for key in self.draws if key in found and (value := self.value(found[key])) is not None}

    # questions

    def question(self, node: Node) -> Question | None:
        """Read one question."""
        found = keyed(node, "a question", QUESTION_KEYS, self.problems)
        missing = [key for key in ("id", "ask") if key not in found]
        if missing:
            self.problems.add(f"a question needs {listing(missing)}", node.mark)
            return None
        texts = {
            key: text(found[key], quote(key), self.problems)
            for key in ("id", "text", "ask", "convention", "dtype")
            if key in found
        }
        target = self.target(found, node.mark)
        if target is None:
            return None
        question = Question(
            id=name(found["id"], "a question", self.problems),
            mark=found["id"].mark,
            text=texts.get("text", ""),
            points=self.points(found.get("points")),
            ask=texts["ask"],
            target=target,
            versus=self.versus(found.get("versus")),
            share="share" in found and truth(found["share"], "`share`", self.problems),
            convention=texts.get("convention", ""),
            bits=DTYPE_BITS.get(texts.get("dtype", "fp32" if _typed(texts["ask"]) else ""), 0),
            tolerance=self.tolerance(found),
        )
        self.check(question, found)
        return question

    def points(self, node: Node | None) -> Fraction:
        """Read `points:`; 1 unless said."""
        if node is None:
            return Fraction(1)
        if node.kind != "scalar" or not POINTS.match(node.text):
            self.problems.add(f"`points` is a number such as 2 or 0.5, not {shown(node)}", node.mark)
            return Fraction(1)
        return Fraction(node.text)

    def tolerance(self, found: Mapping[str, Node]) -> Tolerance | None:
        """Read how far an answer may be off."""
        kinds = [kind for kind in TOLERANCES if kind in found]
        if not kinds:
            return None
        kind, node = kinds[0], found[kinds[0]]
        if len(kinds) > 1:
            self.problems.add(f"{listing(kinds)} are several tolerances: give one", node.mark)
        try:
            amount = read_figure(text(node, quote(kind), self.problems)).value
        except ValueError as error:
            self.problems.add(str(error), node.mark)
            return None
        if kind == "digits" and not (amount.denominator == 1 and 1 <= amount <= MAX_DIGITS):
            self.problems.add(f"`digits` is a whole number from 1 to {MAX_DIGITS}, not {shown(node)}", node.mark)
            return None
        return Tolerance(kind, amount)

    def versus(self, node: Node | None) -> Target | None:
        """Read `versus:`, the layers that those of the question are divided by."""
        return None if node is None else self.target(keyed(node, "`versus`", TARGET_KEYS, self.problems), node.mark)

    def target(self, found: Mapping[str, Node], mark: Mark) -> Target | None:
        """Read which layers are meant: `layer` and `in`, or `spec`, perhaps a part of it."""
        problems = self.problems
        if ("layer" in found) == ("spec" in found):
            problems.add("a question is about a `layer` with its input `in`, or about a `spec`: give one of them", mark)
            return None
        needs, other = ("in", "at") if "layer" in found else ("", "in")
        if needs and needs not in found:
            problems.add("a `layer` needs `in`, its input: [channels, height, width]", found["layer"].mark)
            return None
        if other in found:
            problems.add(f"{quote(other)} goes with {quote('spec' if other == 'at' else 'layer')}", found[other].mark)
        picks = [text(found[key], quote(key), problems) if key in found else "" for key in PICK_KEYS]
        if sum(map(bool, picks)) > 1:
            problems.add(f"{listing(PICK_KEYS)} each say which layers are meant: give one", mark)
        if "layer" in found:
            return Target(mark, self.own(found["layer"], found["in"]), "", EMPTY, *picks)
        cells = {
            key: read
            for key, node in (keyed(found["at"], "`at`", None, problems) if "at" in found else {}).items()
            if (read := cell(node, problems))
        }
        return Target(found["spec"].mark, None, text(found["spec"], "`spec`", problems), cells, *picks)

    def own(self, node: Node, start: Node) -> Definition:
        """Return a spec of the layers that a question gives itself: one, or a list where each reads the one before."""
        rows = node if node.kind == "list" else node._replace(kind="list", items=(node,), pairs=())
        settings = {
            key: Setting(key, self.marks[key], Cell(self.marks[key], parse(shown_value(values[0]))))
            for key, values in self.draws.items()
        }
        return Definition(
            name="the layer" if node.kind == "map" else "the layers",
            mark=node.mark,
            input=shape(start, "`in`", self.problems),
            rows=RowReader(self.problems, frozenset(), frozenset()).rows(rows, "`layer`"),
            settings=settings,
            words=WORDS
            | OPS.keys()
            | {value for values in self.draws.values() for value in values if type(value) is str},
        )

    def check(self, question: Question, found: Mapping[str, Node]) -> None:
        """Check that what is asked goes together."""
        problems, mark = self.problems, found["ask"].mark
        asked = (*FIGURES, "out")
        if question.ask not in asked:
            near = suggest(question.ask, asked)
            problems.add(f"`ask` is one of {listing(asked)}, not {quote(question.ask)}{near}", mark)
            return
        if question.target.name and not question.target.part and not_of_network(question.ask):
            problems.add(f"{not_of_network(question.ask)}: say `part`", mark)
        figure = FIGURES.get(question.ask)
        if question.share and figure and (not figure.sums or figure.kind == "decimal"):
            problems.add(f"{quote(question.ask)} is not a sum over layers: it has no `share`", mark)
        if question.share and question.versus:
            problems.add("a question asks for a `share` or for a ratio (`versus`), not for both", mark)
        if question.ask == "out" and (question.share or question.versus or question.tolerance):
            problems.add("an output size has no share, no ratio and no tolerance", mark)
        if "dtype" in found:
            self.check_dtype(question, found["dtype"])
        if question.convention:
            self.check_convention(question, found["convention"].mark)

    def check_dtype(self, question: Question, node: Node) -> None:
        """Check the type of a size in bytes."""
        if not question.bits:
            near = suggest(node.text, DTYPE_BITS)
            self.problems.add(f"`dtype` is one of {listing(DTYPE_BITS)}, not {shown(node)}{near}", node.mark)
        typed = [name for name, figure in FIGURES.items() if figure.typed]
        if question.ask not in typed and (question.ask not in ELEMENTS or question.share or question.versus):
            sentence = f"`dtype` asks for the bytes of elements: {listing(ELEMENTS)}; it goes with {listing(typed)} too"
            self.problems.add(sentence, node.mark)

    def check_convention(self, question: Question, mark: Mark) -> None:
        """Check that a convention counts what is asked."""
        due = FIGURES[question.ask].follows if question.ask in FIGURES else ""
        known = [name for name, convention in CONVENTIONS.items() if convention.measures == due]
        if question.convention not in known:
            there = f"there are {listing(known)}" if known else f"{quote(question.ask)} has none"
            near = suggest(question.convention, known)
            self.problems.add(f"no convention {quote(question.convention)} for it; {there}{near}", mark)
