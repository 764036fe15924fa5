"""What an assignment and a file of answers say, as frozen data. Knows no YAML and no file."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.causes.answers import Tolerance
from costcalc.common.errors import Mark, SpecError, offered, quote, suggest
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.language.spec import EMPTY, Cell, Definition
from costcalc.network.figures import FIGURES
from costcalc.teaching.asking import Asking
from costcalc.teaching.late import Late

KEPT = ("latest", "first", "best")
PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


class Target(NamedTuple):
    """The layers that a question is about: a spec of its own (`layer:` with `in:`), or a bundled one by name.

    `settings` are cells over the drawn values; `part` (as `costcalc explain` takes it) or `kind` say which layers are
    meant; `places` are those of its keys. One without a mark is about no layers.
    """

    mark: Mark | None
    own: Definition | None = None
    name: str = ""
    settings: Mapping[str, Cell] = EMPTY
    part: str = ""
    kind: str = ""
    places: Mapping[str, Mark] = EMPTY


class Credit(NamedTuple):
    """The shares of a question's points for an answer that is not right: by mistake, and within tolerances."""

    mistakes: Mapping[str, Fraction] = EMPTY
    near: tuple[tuple[Tolerance, Fraction], ...] = ()


class Follows(NamedTuple):
    """The questions that one follows from, by their ids, and how, if that is not plain: a cell over their values."""

    names: tuple[str, ...]
    mark: Mark
    cell: Cell | None = None


class Question(NamedTuple):
    """One question: what is asked (a figure's name, or `out`) of which layers, and how far an answer may be off.

    `share` asks for the part of the whole network, `versus` for the quotient of two; `bits` are those of an element,
    where they matter; `label` is the number that a sheet prints, `stem` the text that the parts of a question share.
    `asking` is what is asked besides a figure of layers, `policy` what holds at a peak, `reads` the drawn values that
    it depends on, `places` are those of its keys; `credit` and `follows` say what a wrong answer may still get.
    One that is asked on the `spot` is in no gradebook; `printed` takes the figure that the source prints too.
    """

    id: str
    mark: Mark
    text: str
    points: Fraction
    ask: str
    target: Target
    versus: Target | None = None
    share: bool = False
    convention: str = ""
    bits: int = 0
    tolerance: Tolerance | None = None
    label: str = ""
    stem: str = ""
    asking: Asking | None = None
    policy: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    places: Mapping[str, Mark] = EMPTY
    credit: Credit = Credit()
    follows: Follows | None = None
    spot: bool = False
    printed: bool = False

    @property
    def dimension(self) -> str:
        """What an answer measures: one of `costcalc.causes.answers.DIMENSIONS`, or what `asking` has."""
        if self.asking:
            return self.asking.dimension
        if self.ask == "out":
            return "size"
        if self.share or self.versus:
            return "share" if self.share else "ratio"
        if FIGURES[self.ask].kind == "decimal":
            return "number"
        return "bytes" if self.bits else "count"


class Intake(NamedTuple):
    """How the answers of a class are read: the columns that name the student and the time, question ids by header.

    A header of `columns` may be the number that it begins with; an empty id is a column to leave out. `keep` says which
    of several rows of a student counts, `late` what is taken off, `dates` what is first in 3/5/2026.
    """

    columns: Mapping[str, str] = EMPTY
    student: str = ""
    time: str = ""
    keep: str = ""
    dates: str = ""
    late: Late | None = None


class Assignment(NamedTuple):
    """Questions, the values that an exercise draws for them, and those that were drawn: for all, or by student."""

    title: str
    mark: Mark
    questions: tuple[Question, ...]
    draws: Mapping[str, tuple[Value, ...]] = EMPTY
    given: Mapping[str, Value] = EMPTY
    students: Mapping[str, Mapping[str, Value]] = EMPTY
    intake: Intake = Intake()

    def drawn(self, student: str) -> Mapping[str, Value]:
        """Return the values drawn for a student; raise ValueError where there are none."""
        if not self.draws:
            return EMPTY
        if self.students:
            if student not in self.students:
                near = suggest(student, self.students)
                raise ValueError(f"the assignment has no values for student {quote(student)}{near}")
            return self.students[student]
        if not self.given:
            raise ValueError("the assignment is a template: `costcalc exercise` draws its values")
        return self.given

    def sets(self, question: Question) -> int:
        """Return how many sets of values a class has in a question."""
        names = sorted(question.reads & self.draws.keys())
        return len({tuple(values[name] for name in names) for values in self.students.values()}) or 1


class Given(NamedTuple):
    """One answer as it was given, and its place."""

    text: str
    mark: Mark


class Answers(NamedTuple):
    """One student's answers by the questions' ids, their places in the file, and when they came, as it is written."""

    student: str
    mark: Mark
    given: Mapping[str, Given]
    time: Given | None = None


def filled(text: str, values: Mapping[str, Value], mark: Mark | None) -> str:
    """Return a text with each `{name}` replaced by the value of that name; raise SpecError for any other."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            known = offered(found[1], values) if values else ": nothing is drawn here"
            raise SpecError(f"no value {quote(found[1])} to fill in{known}", mark)
        return shown_value(values[found[1]])

    return PLACEHOLDER.sub(value, text)
