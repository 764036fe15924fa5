"""An answer to a posed question -> a grade: verdict, points, and what there is to tell the student."""

import re
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from costcalc.causes import Found
from costcalc.causes.answers import Answer, Judged, Key, as_asked, judge, read_answers, read_as
from costcalc.causes.told import shown_key
from costcalc.causes.traced import Traces
from costcalc.causes.workings import compared
from costcalc.common.errors import Mark, SpecError, listing
from costcalc.common.printed import Figure
from costcalc.language.expr import Value
from costcalc.ops.shape import Shape
from costcalc.teaching.asking import AskedChoice, AskedHours, AskedNothing
from costcalc.teaching.assignments import Answers, Assignment, Given, Question, filled
from costcalc.teaching.grading.carry import amount, carried, check_method, credited, meant
from costcalc.teaching.grading.feedback import placed, told_of
from costcalc.teaching.grading.keys import Find, Posed, pose, settled

if TYPE_CHECKING:
    from costcalc.causes.atsettings import Elsewhere

NEARNESS = {"right": 0, "rounded": 1, "wrong": 3, "unit": 4}
HOURS = re.compile(r"\s*(?:h|hours?|hrs?)\.?\s*\Z", re.IGNORECASE)  # behind the hours of an epoch
OPTION = re.compile(r"\W*(?P<key>\w+)\W*(?:[.:)\]]|\Z)")  # a key in front of an answer to choose: `(b)`, `b: 75`
# Layers of the questions that are held at a time, so that a class in which each student has questions of their own
# takes no more memory.
MAX_HELD = 12_000


class Grade(NamedTuple):
    """One answer: `key` is the right value, `mistakes` the names of those that give the answer, of each way in turn.

    `mark` is its place; `cause` why it is wrong where no mistake of the catalogue fits.
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
    cause: str = ""


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
        self.last: tuple[Mapping[str, Value], tuple[Posed, ...]] | None = None  # a class may have one set of values
        self.held = 0
        self.elsewhere: dict[Hashable, Elsewhere] = {}
        self.traces: dict[str, Traces] = {}

    def questions(self, values: Mapping[str, Value]) -> tuple[Posed, ...]:
        """Return the questions at some drawn values; raise SpecError where one cannot be posed."""
        if self.last and self.last[0] == values:
            return self.last[1]
        posed = tuple(self.question(question, values) for question in self.assignment.questions)
        keys = {one.question.id: one.key for one in posed}
        for one in posed:
            check_method(one.question, one.key, keys, values)
        self.last = dict(values), posed
        return posed

    def question(self, question: Question, values: Mapping[str, Value]) -> Posed:
        """Return one question at some drawn values; it is posed anew only where they change it."""
        text = filled(question.text, values, question.places.get("text", question.mark))
        targets = settled(question, values, self.find)
        about = ((x.key, x.target.part, x.target.kind, tuple(x.given.items())) for x in targets)
        seen = tuple((name, values.get(name)) for name in sorted(question.reads)) if question.asking else ()
        key = question.id, text, seen, *about
        posed = self.posed.pop(key, None)
        if posed is None:
            posed = pose(question, text, targets, self.elsewhere, values)
            self.held += posed.weight
        if posed.search:
            if question.id not in self.traces:
                self.traces[question.id] = Traces(self.assignment.sets(question))
            posed.search.traces = self.traces[question.id]
        posed.stem = filled(question.stem, values, question.mark)
        self.posed[key] = posed  # behind all others: the first is the one that was not asked for the longest
        while self.held > MAX_HELD and len(self.posed) > len(self.assignment.questions):
            self.held -= self.posed.pop(next(iter(self.posed))).weight
        return posed

    def grade(self, answers: Answers) -> Graded:
        """Return the grades of one student; raise SpecError where no values were drawn for them."""
        try:
            values = self.assignment.drawn(answers.student)
            posed = self.questions(values)
        except ValueError as error:
            raise SpecError(str(error), answers.mark) from None
        except SpecError as error:
            raise error.noted(f"while grading {answers.mark}") from None
        grades = tuple(self.answer(question, answers.given.get(question.question.id)) for question in posed)
        if any(question.follows for question in self.assignment.questions):
            grades = followed(posed, grades, values)
        for question in posed:
            if question.search and self.traces[question.question.id].sets > 1:
                question.search.forget()
        return Graded(answers.student, answers.mark, grades)

    def answer(self, posed: Posed, given: Given | None) -> Grade:
        """Return the grade of one answer."""
        text = given.text.strip() if given else ""
        if text not in posed.grades:
            posed.grades[text] = judged(posed, text)
        grade: Grade = posed.grades[text]
        return grade._replace(mark=given.mark) if given else grade


def judged(posed: Posed, text: str) -> Grade:
    """Return the grade of an answer's text."""
    question, asking = posed.question, posed.question.asking
    grade = Grade(question.id, text, "missing", accepted=False, points=Fraction(0), key=posed.key, told="no answer")
    if isinstance(asking, AskedNothing):
        collected = grade._replace(verdict="collected", told="") if text else grade
        return collected._replace(accepted=True)
    if not text:
        return grade
    if isinstance(asking, AskedChoice):
        return chosen_option(grade, asking, question.points)
    try:
        answers = read_answers(HOURS.sub("", text) if isinstance(asking, AskedHours) else text)
    except ValueError as error:
        return grade._replace(verdict="unreadable", told=str(error))
    answer, result = chosen(posed, answers)
    found = Found(()) if result.accepted or result.verdict in ("rounded", "unit") else explained(posed, answers)
    if len(answers) > 1 and result.accepted and not isinstance(posed.key, Shape):
        told = f"read as {read_as(answer, question.ask)}"
        result = result._replace(told="; ".join(filter(None, (told, result.told))))
    told = message(posed, result, found)
    if result.verdict == "wrong" and isinstance(answer, Figure) and answer.factors and posed.asked:
        told = "; ".join(filter(None, (compared(posed.asked, answer.factors), told)))
    share = Fraction(1)
    if not result.accepted:
        share = credited(question.credit, question, answer, posed.key, result, found)
        told = "; ".join(filter(None, (told, f"{float(100 * share):g} % of the points" if share else "")))
    return grade._replace(
        verdict=result.verdict,
        accepted=result.accepted,
        points=question.points * share,
        told=told,
        mistakes=tuple(tuple(mistake.name for mistake in way.mistakes) for way in found.ways),
    )


def chosen_option(grade: Grade, asking: AskedChoice, points: Fraction) -> Grade:
    """Return the grade of a choice, by its key, with or without brackets or what follows, or by its words."""
    plain = grade.answer.strip().casefold()
    match = OPTION.match(plain)
    keys = {key.casefold(): key for key in asking.options}
    words = {option.text.strip().casefold(): key for key, option in asking.options.items()}
    key = keys.get(plain) or words.get(plain) or (keys.get(match["key"]) if match else None)
    if key is None:
        return grade._replace(verdict="unreadable", told=f"one of {listing(asking.options)} is expected")
    if key == asking.right:
        return grade._replace(verdict="right", accepted=True, points=points, told="")
    right = asking.options[asking.right].text
    told = "; ".join(filter(None, (asking.options[key].why, f"the right answer is {asking.right}: {right}")))
    return grade._replace(verdict="wrong", told=told, cause=asking.options[key].why)


def followed(posed: Sequence[Posed], grades: Sequence[Grade], values: Mapping[str, Value]) -> tuple[Grade, ...]:
    """Return grades in which the right method on one's own wrong value, of a question before, has its points."""
    keys = {one.question.id: one.key for one in posed}
    own: dict[str, Fraction] = {}
    right: dict[str, bool] = {}
    found = []
    for one, grade in zip(posed, grades, strict=True):
        follows, name = one.question.follows, one.question.id
        right[name] = grade.accepted
        answer = own_value(one, grade)
        if answer is not None:
            own[name] = amount(answer)
        if follows and answer is not None and not grade.accepted and own.keys() >= set(follows.names):
            key = carried(one.question, one.key, keys, own, values)
            same = judge(answer, key, one.question.dimension, one.tolerance).accepted
            wrong = not all(right[source] for source in follows.names)
            found.append(_carried(grade, one.question) if same and wrong else grade)
        else:
            found.append(grade)
    return tuple(found)


def _carried(grade: Grade, question: Question) -> Grade:
    """Return the grade of an answer that is right by the student's own values."""
    assert question.follows is not None
    told = f"right by your own {listing(question.follows.names)}"
    return grade._replace(verdict="carried", points=question.points, told=told, mistakes=())


def own_value(posed: Posed, grade: Grade) -> Answer | None:
    """Return what a student took for the value of a question, or None where that cannot be known."""
    if grade.verdict not in ("right", "rounded", "wrong") or isinstance(posed.question.asking, AskedChoice):
        return None
    asking = posed.question.asking
    answers = read_answers(HOURS.sub("", grade.answer) if isinstance(asking, AskedHours) else grade.answer)
    return meant(chosen(posed, answers)[0], posed.question.dimension)


def chosen(posed: Posed, answers: Sequence[Answer]) -> tuple[Answer, Judged]:
    """Return the reading of an answer that is right, else the one that is nearest to being so, and its verdict."""
    question = posed.question
    figure = "" if question.share or question.versus or question.asking else question.ask
    for answer in answers if posed.printed else ():
        if isinstance(answer, Figure) and posed.printed and as_asked(answer, figure).value == posed.printed.value:
            return answer, Judged("right", accepted=True, told="as the source prints it")
    judged = [(x, judge(x, posed.key, question.dimension, posed.tolerance, figure)) for x in answers]
    return min(judged, key=lambda pair: (not pair[1].accepted, NEARNESS[pair[1].verdict], not pair[1].told))


def explained(posed: Posed, answers: Sequence[Answer]) -> Found:
    """Return the mistakes that give an answer in its likeliest reading of which there are any."""
    if posed.search is None:
        return Found(())
    figures = [as_asked(x, posed.question.ask) if isinstance(x, Figure) else x for x in answers]
    found = [posed.search.explain(answer, asking=posed.question.spot) for answer in figures]
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
        return "; ".join(filter(None, (told_of(found), placed(found, posed.asked) if posed.asked else "")))
    why = result.told or found.near or "no known mistake gives this"
    return f"{why}; the working: {posed.working}" if posed.working else why
