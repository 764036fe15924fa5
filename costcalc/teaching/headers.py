"""The header of an export -> which column names the student, the time, and answers which question."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from costcalc.common.errors import SpecError, listing, offered, quote, suggest
from costcalc.specfile.delimited import Datum
from costcalc.teaching.assignments import PLACEHOLDER, Intake, Question

STUDENT = "student"
# What columns that say whose an answer is are called in exports, the likeliest first; and those that say when. German,
# French and Spanish are of Moodle's language packs: `email`, `timecompleted`; below `responsex` and `rightanswerx`.
WHO = (
    STUDENT, "email address", "e-mail-adresse", "adresse de courriel", "dirección de correo", "email", "e-mail",
    "username", "user name", "login", "sis login id", "sis_id",
    "sis user id", "student id", "sid", "id number", "student number", "id", "name", "full name", "student name",
)  # fmt: skip
WHEN = (
    "timestamp",
    "submitted",
    "submission time",
    "submitted at",
    "completion time",
    "completed",
    "completed on",
    "finished",
    "beendet",
    "terminé",
    "finalizado",
)
# What is in front of a question's number: an answer to it, or the question too.
ANSWERS = ("response", "answer", "antwort", "réponse", "respuesta")
# ColumnRoles that grade a question or comment on it and do not answer it.
GRADED = re.compile(
    r"(\b(score|weight|graded\??|submitted at|feedback|comments?)\]?|\bpts?\)|/ ?[0-9.]+)\s*\Z"
    r"|\A(points|feedback|right answer|richtige antwort|réponse correcte|respuesta correcta)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"\s*(?P<number>[0-9]{1,3}(?:\.[0-9]{1,2}|[a-z])?)\s*[.:)\]-](?=\s|\Z)", re.ASCII)
NAMED = re.compile(
    rf"\s*(?P<word>q|question|{'|'.join(ANSWERS)})\s*[#.]?\s*(?P<number>[0-9]{{1,3}}(?:\.[0-9]{{1,2}}|[a-z])?)\b(?P<rest>.*)\Z",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)


class ColumnRoles(NamedTuple):
    """What the columns of an export are: the places of the student and the time, question ids by place.

    `guessed` are the places of columns that were recognised although their names are others; `unread` of those that
    nothing reads.
    """

    student: int
    time: int | None
    answers: Mapping[int, str]
    guessed: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    problems: tuple[SpecError, ...] = ()


def columns_of(
    header: Sequence[Datum],
    rows: Sequence[Sequence[Datum]],
    intake: Intake,
    questions: Sequence[Question],
    students: Mapping[str, object],
) -> ColumnRoles:
    """Return what the columns of a header are, by the assignment's own words or by how exports name them.

    Raises SpecError where no column says whose the answers are, or none answers a question.
    """
    names = [cell.text.strip() for cell in header]
    student = _student(header, names, rows, intake, students)
    time = _time(header, names, intake)
    said, problems = _said(header, names, intake)
    taken = {place for place in (student, time) if place is not None}
    free = {place: name for place, name in enumerate(names) if name and place not in taken and place not in said}
    left = [question for question in questions if question.id not in said.values()]
    found, clashing, clashes = _recognised(header, free, left)
    answers = {place: name for place, name in (*said.items(), *found.items()) if name}
    exact = {question.id for question in questions}
    guessed = [place for place in found if names[place] not in exact]
    guessed += [
        place
        for place in (student, time)
        if place is not None and names[place] not in (STUDENT, intake.student, intake.time)
    ]
    unread = tuple(place for place in free if place not in found and place not in clashing)
    if questions and not answers and clashes:
        raise clashes[0]
    if questions and not answers and unread:
        sentence = (
            f"no column answers a question; `columns` of the assignment says which do. The header has {listing(names)}"
        )
        raise SpecError(sentence, header[0].mark)
    return ColumnRoles(student, time, answers, tuple(sorted(guessed)), unread, (*problems, *clashes))


def _student(
    header: Sequence[Datum],
    names: Sequence[str],
    rows: Sequence[Sequence[Datum]],
    intake: Intake,
    students: Mapping[str, object],
) -> int:
    """Return the place of the column that says whose the answers are."""
    if intake.student:
        return _only(header, names, intake.student, "`student` of the assignment")
    if STUDENT in names:
        return _only(header, names, STUDENT, "")
    known = [place for word in WHO for place, name in enumerate(names) if name.casefold() == word]
    values = {place: [row[place].text.strip() if place < len(row) else "" for row in rows] for place in known}
    drawn = [place for place in known if any(value in students for value in values[place])]
    whole = [place for place in known if all(values[place])]
    for place in (*drawn, *whole, *known):
        return place
    sentence = (
        "no column says whose the answers are: name one `student`, or give its name as `student` in the assignment"
        f"; the header has {listing(names)}"
    )
    raise SpecError(sentence, header[0].mark)


def _time(header: Sequence[Datum], names: Sequence[str], intake: Intake) -> int | None:
    """Return the place of the column that says when the answers came, or None."""
    if intake.time:
        return _only(header, names, intake.time, "`time` of the assignment")
    return next((place for word in WHEN for place, name in enumerate(names) if name.casefold() == word), None)


def _only(header: Sequence[Datum], names: Sequence[str], name: str, asks: str) -> int:
    """Return the place of the one column of a name; raise SpecError where there is none, or there are several."""
    places = [place for place, other in enumerate(names) if other == name]
    if not places:
        raise SpecError(f"no column {quote(name)}, which {asks} names{offered(name, names)}", header[0].mark)
    if len(places) > 1:
        raise SpecError(f"column {quote(name)} is listed twice", header[places[1]].mark)
    return places[0]


def _said(header: Sequence[Datum], names: Sequence[str], intake: Intake) -> tuple[dict[int, str], list[SpecError]]:
    """Return the questions by the places of the columns that the assignment names; and what it names in vain."""
    found: dict[int, str] = {}
    problems = []
    for name, question in intake.columns.items():
        places = [place for place, other in enumerate(names) if other == name]
        if not places and name.isascii() and name[:1].isdigit():
            ranked = [
                (rank, place)
                for place, other in enumerate(names)
                for rank, number in [numbered(other)]
                if rank and number == name
            ]
            places = [place for rank, place in ranked if rank == min(ranked)[0]]
        if not places:
            left = [other for place, other in enumerate(names) if place not in found]
            problems.append(
                SpecError(
                    f"no column {quote(name)}, which `columns` of the assignment names{suggest(name, left)}",
                    header[0].mark,
                )
            )
        elif len(places) > 1:
            problems.append(
                SpecError(
                    f"two columns are {quote(name)}, which `columns` of the assignment names", header[places[1]].mark
                )
            )
        else:
            found[places[0]] = question
    return found, problems


@lru_cache(maxsize=2048)
def numbered(name: str) -> tuple[int, str]:
    """Return the number of a question that a header begins with, and how likely it has its answers: 1, 2, 3, or 0."""
    if GRADED.search(name):
        return 0, ""
    match = NAMED.match(name)
    if match:
        answers = match["word"].lower() in ANSWERS or "response" in match["rest"].lower()
        return 1 if answers else 3, match["number"]
    match = NUMBER.match(name)
    return (2, match["number"]) if match else (0, "")


def _recognised(
    header: Sequence[Datum], free: Mapping[int, str], questions: Sequence[Question]
) -> tuple[dict[int, str], set[int], list[SpecError]]:
    """Return the questions by the places of the columns that answer them, places that fit alike, and that as errors."""
    labels = _labels(free.values(), questions)
    found: dict[int, str] = {}
    clashing: set[int] = set()
    problems = []
    for question in questions:
        ranked = [
            (_rank(name, question, labels[question.id]), place) for place, name in free.items() if place not in found
        ]
        best = min((rank for rank, _ in ranked if rank), default=0)
        places = [place for rank, place in ranked if rank == best] if best else []
        if len(places) > 1:
            names = [free[place] for place in places]
            several = f"columns {listing(names)} may each answer {quote(question.id)}"
            sentence = f"{several}: say which in `columns` of the assignment"
            if len(set(names)) == 1:
                sentence = f"column {quote(names[0])} is listed twice"
            problems.append(SpecError(sentence, header[places[1]].mark))
            clashing.update(places)
        elif places:
            found[places[0]] = question.id
    return found, clashing, problems


def _rank(name: str, question: Question, number: str) -> int:
    """Return how surely a header is a question's, 1 most, 0 not: its id, its text, its id in front, its number."""
    if name == question.id:
        return 1
    plain, text = _plain(name), _plain(question.text)
    if plain == _plain(question.id):
        return 2
    if GRADED.search(name):
        return 0
    if text and _says(_bare(name), question.text):
        return 3
    if re.match(rf"\W*(?:[0-9]+\W+)?{re.escape(question.id)}\s*[.:)(\]-]", name):
        return 4
    rank, found = numbered(name)
    return 4 + rank if rank and found == number else 0


def _labels(names: Iterable[str], questions: Sequence[Question]) -> dict[str, str]:
    """Return the number of each question: as it is counted, or as an export numbers as many (`1.1`, `1.2`, `2.1`)."""
    labels = {question.id: question.label for question in questions}
    numbers = list(dict.fromkeys(number for rank, number in map(numbered, names) if rank == 1))
    if len(numbers) == len(questions) and all("." in number for number in numbers):
        labels = dict(zip(labels, numbers, strict=True))
    return labels


@lru_cache(maxsize=2048)
def _plain(text: str) -> str:
    """Return the words of a text in lower case, without marks and tags."""
    return " ".join(re.findall(r"\w+", re.sub(r"<[^<>]*>", " ", text).casefold()))


@lru_cache(maxsize=2048)
def _bare(name: str) -> str:
    """Return a header without the number in front."""
    return re.sub(r"\A\s*(?:q(?:uestion)?\s*)?[0-9.]+\s*[.:)\]-]\s+", "", name, flags=re.IGNORECASE)


def _says(name: str, text: str) -> bool:
    """Return whether a header has the words of a question's text, whatever was drawn where a value is filled in."""
    words, (first, *parts) = _plain(name), map(_plain, PLACEHOLDER.split(text)[::2])
    if not parts:
        return words == first
    if not words.startswith(first) or not words.endswith(parts[-1]):
        return False
    at = len(first)
    for part in parts[:-1]:
        at = words.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return at <= len(words) - len(parts[-1])
