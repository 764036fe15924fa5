"""How much a student learns about an answer: a place to look, the mistake, or the key."""

from collections.abc import Iterable

from costcalc.causes.catalogue import CATALOGUE
from costcalc.causes.entry import Phase
from costcalc.causes.told import shown_key
from costcalc.teaching.asking import AskedChoice, AskedNothing
from costcalc.teaching.assignments import Question
from costcalc.teaching.grading.feedback import exact_key
from costcalc.teaching.grading.grade import Grade, Graded

FEEDBACK = {
    "hint": "a place to look, never a number of the key",
    "cause": "the mistake",
    "key": "the mistake or the working, and the right value",
}
# Where to look after a mistake, by what it changes; no sentence here has a number.
PLACES = {
    Phase.NETWORK: "which network is asked about, with which blocks and settings",
    Phase.PART: "which layers are meant",
    Phase.COLUMNS: "the layer's kernel, stride, padding, groups and channels, and what size they give",
    Phase.COUNTS: "what is counted: the factors of each layer, biases, norm",
    Phase.RESULT: "the last step: unit, factor and digits",
}
UNKNOWN = {
    "count": "the formula, factor by factor",
    "bytes": "the number of elements, then the bytes of each",
    "share": "the part and the whole",
    "ratio": "what is divided by what",
    "size": "stride, padding and channels",
    "number": "the formula, factor by factor",
    "hours": "the images, the rate and the seconds of an hour",
}
VERDICTS = {
    "right": "right",
    "carried": "right by your own value of the question before",
    "collected": "collected, not graded",
    "unit": "look at the unit, and at what sort of figure is expected",
    "unreadable": "the answer cannot be read as a figure",
    "missing": "no answer",
}


def feedback(grade: Grade, question: Question, level: str) -> str:
    """Return what a student reads about an answer at a level of FEEDBACK."""
    if level == "key":
        chosen = isinstance(question.asking, (AskedChoice, AskedNothing))
        right = "" if grade.accepted or chosen else f"the right value is {shown_key(grade.key, question.dimension)}"
        return "; ".join(filter(None, (grade.told or grade.verdict, right)))
    if grade.verdict == "rounded":
        return "right" if grade.accepted else "right as far as it goes: more digits are expected"
    return _wrong(grade, question, level) if grade.verdict == "wrong" else VERDICTS[grade.verdict]


def _wrong(grade: Grade, question: Question, level: str) -> str:
    """Return what a student reads about a wrong answer, below the key."""
    if isinstance(question.asking, AskedChoice):
        return "; ".join(filter(None, ("wrong", grade.cause if level == "cause" else "another answer is right")))
    if not grade.mistakes:
        return f"{'wrong' if level == 'hint' else 'wrong in no known way'}: look at {UNKNOWN[question.dimension]}"
    if level == "hint":
        return f"wrong: look at {_or(PLACES[CATALOGUE[name].phase] for names in grade.mistakes for name in names)}"
    return f"you {_or(' and '.join(CATALOGUE[name].did for name in names) for names in grade.mistakes)}"


def _or(words: Iterable[str]) -> str:
    return "; or ".join(dict.fromkeys(words))


def at_level(student: Graded, questions: Iterable[Question], level: str) -> Graded:
    """Return a student's grades with what a level tells: below the key no working, in a hint no mistake."""
    if level == "key":
        return student
    grades = [
        grade._replace(told=feedback(grade, question, level), mistakes=() if level == "hint" else grade.mistakes)
        for grade, question in zip(student.grades, questions, strict=True)
    ]
    return student._replace(grades=tuple(grades))


def shown_right(grade: Grade, question: Question) -> str:
    """Return the right value of a question as a person reads it: of a choice, its key and words."""
    if isinstance(question.asking, AskedChoice):
        return f"{question.asking.right}: {question.asking.options[question.asking.right].text}"
    return "" if isinstance(question.asking, AskedNothing) else shown_key(grade.key, question.dimension)


def right_value(grade: Grade, question: Question) -> int | float | list[int] | str | None:
    """Return the right value of a question as data."""
    if isinstance(question.asking, AskedChoice):
        return question.asking.right
    return None if isinstance(question.asking, AskedNothing) else exact_key(grade.key)
