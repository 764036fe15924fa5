"""An answer to a posed question -> a grade: verdict, points, and what there is to tell the student."""

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costcalc.causes import Found
from costcalc.causes.answers import Answer, Judged, Key, as_asked, judge, read_answers, read_as
from costcalc.causes.told import shown_key
from costcalc.causes.traced import Traces
from costcalc.causes.workings import compared
from costcalc.common.errors import Mark, SpecError
from costcalc.common.printed import Figure
from costcalc.language.expr import Value
from costcalc.ops.shape import Shape
from costcalc.teaching.assignments import Answers, Assignment, Given, Question, filled
from costcalc.teaching.grading.feedback import told_of
from costcalc.teaching.grading.keys import Find, Posed, pose, settled

if TYPE_CHECKING:
    from costcalc.causes.atsettings import Elsewhere

NEARNESS = {"right": 0, "rounded": 1, "wrong": 3, "unit": 4}
# Layers of the questions that are held at a time, each of which takes as much as some more, so that a class in which
# each student has questions of their own takes no more memory.
MAX_HELD, EACH = 12_000, 4


class Grade(NamedTuple):
    """One answer: `key` is the right value, `mistakes` the names of those that give the answer, of each way in turn.

    `mark` is where it stands.
    """

    question: str
    answer: str
    verdict: str
    accepted: bool
    points: Fraction
    key: Key
    told: str = ""
    mistakes: tuple[tuple[str, ...], ...] = ()
    mark: Mark | None = None


class Graded(NamedTuple):
    """One student's grades, in the order of the questions; `late` is the share taken off the sum, `why` its words."""

    student: str
    mark: Mark
    grades: tuple[Grade, ...]
    late: Fraction = Fraction(0)
    why: str = ""

    @property
    def points(self) -> Fraction:
        """The sum of the points, after what is taken off for being late."""
        return sum((grade.points for grade in self.grades), Fraction(0)) * (1 - self.late)

    @property
    def right(self) -> bool:
        """Whether every answer counts as right."""
        return all(grade.accepted for grade in self.grades)


class Grader:
    """Grades answers to one assignment. Each question is posed, and each text judged, once."""

    def __init__(self, assignment: Assignment, find: Find) -> None:
        self.assignment = assignment
        self.find = cache(find)
        self.posed: dict[Hashable, Posed] = {}
        self.held = 0
        self.elsewhere: dict[Hashable, Elsewhere] = {}
        self.traces = {question.id: Traces(assignment.sets(question)) for question in assignment.questions}

    def questions(self, values: Mapping[str, Value]) -> tuple[Posed, ...]:
        """Return the questions at some drawn values; raise SpecError where one cannot be posed."""
        return tuple(self.question(question, values) for question in self.assignment.questions)

    def question(self, question: Question, values: Mapping[str, Value]) -> Posed:
        """Return one question at some drawn values; it is posed anew only where they change it."""
        text, targets = filled(question.text, values, question.mark), settled(question, values, self.find)
        key = question.id, text, *((target.key, tuple(target.given.items())) for target in targets)
        posed = self.posed.pop(key, None)
        if posed is None:
            posed = pose(question, text, targets, self.elsewhere)
            posed.search.traces = self.traces[question.id]
            self.held += weight(posed)
        self.posed[key] = posed  # behind all others: the first is the one that was not asked for the longest
        while self.held > MAX_HELD and len(self.posed) > len(self.assignment.questions):
            self.held -= weight(self.posed.pop(next(iter(self.posed))))
        return posed

    def grade(self, answers: Answers) -> Graded:
        """Return the grades of one student; raise SpecError where no values were drawn for them."""
        try:
            posed = self.questions(self.assignment.drawn(answers.student))
        except ValueError as error:
            raise SpecError(str(error), answers.mark) from None
        except SpecError as error:
            raise error.noted(f"while grading {answers.mark}") from None
        grades = tuple(self.answer(question, answers.given.get(question.question.id)) for question in posed)
        for question in posed:
            if self.traces[question.question.id].sets > 1:
                question.search.forget()
        return Graded(answers.student, answers.mark, grades)

    def answer(self, posed: Posed, given: Given | None) -> Grade:
        """Return the grade of one answer."""
        text = given.text.strip() if given else ""
        if text not in posed.grades:
            posed.grades[text] = judged(posed, text)
        grade: Grade = posed.grades[text]
        return grade._replace(mark=given.mark) if given else grade


def weight(posed: Posed) -> int:
    """Return how many layers a question takes as much memory as."""
    return EACH + sum(len(side.network.layers) for side in posed.asked.sides)


def judged(posed: Posed, text: str) -> Grade:
    """Return the grade of an answer's text."""
    question = posed.question
    if not text:
        return Grade(question.id, "", "missing", accepted=False, points=Fraction(0), key=posed.key, told="no answer")
    try:
        answers = read_answers(text)
    except ValueError as error:
        return Grade(
            question.id, text, "unreadable", accepted=False, points=Fraction(0), key=posed.key, told=str(error)
        )
    answer, result = chosen(posed, answers)
    found = Found(()) if result.accepted or result.verdict in ("rounded", "unit") else explained(posed, answers)
    if len(answers) > 1 and result.accepted and not isinstance(posed.key, Shape):
        told = f"read as {read_as(answer, question.ask)}"
        result = result._replace(told="; ".join(filter(None, (told, result.told))))
    told = message(posed, result, found)
    if result.verdict == "wrong" and isinstance(answer, Figure) and answer.factors:
        told = "; ".join(filter(None, (compared(posed.asked, answer.factors), told)))
    return Grade(
        question.id,
        text,
        result.verdict,
        result.accepted,
        question.points if result.accepted else Fraction(0),
        posed.key,
        told,
        tuple(tuple(mistake.name for mistake in way.mistakes) for way in found.ways),
    )


def chosen(posed: Posed, answers: Sequence[Answer]) -> tuple[Answer, Judged]:
    """Return the reading of an answer that is right, else the one that is nearest to being so, and its verdict."""
    question = posed.question
    figure = "" if question.share or question.versus else question.ask
    judged = [(x, judge(x, posed.key, question.dimension, posed.tolerance, figure)) for x in answers]
    return min(judged, key=lambda pair: (not pair[1].accepted, NEARNESS[pair[1].verdict], not pair[1].told))


def explained(posed: Posed, answers: Sequence[Answer]) -> Found:
    """Return the mistakes that give an answer in its likeliest reading of which there are any."""
    figures = [as_asked(x, posed.question.ask) if isinstance(x, Figure) else x for x in answers]
    found = [posed.search.explain(answer) for answer in figures]
    return next((one for one in found if one.ways), found[0])


def message(posed: Posed, result: Judged, found: Found) -> str:
    """Return what a student reads about an answer."""
    if result.verdict == "rounded":
        return (
            f"{result.told}: {shown_key(posed.key, posed.question.dimension)}" if not result.accepted else result.told
        )
    if result.verdict != "wrong":
        return result.told
    if found.ways:
        return told_of(found)
    why = result.told or found.near or "no known mistake gives this"
    return f"{why}; the working: {posed.working}"
