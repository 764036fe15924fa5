"""Several rows of one student: which of them counts, and what is taken off those that came late."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from costcalc.common.errors import Mark, SpecError, quote
from costcalc.teaching.assignments import Answers, Intake
from costcalc.teaching.late import Moment, read_time


def attempts(items: Iterable[Answers | SpecError], intake: Intake) -> Iterator[tuple[Answers, ...] | SpecError]:
    """Yield for each student the answers that may count: one, or all of them where the best does.

    Where the assignment does not say which counts, the first does, and another is an error.
    """
    if not intake.keep:
        yield from _single(items)
        return
    rows: dict[str, list[Answers]] = {}
    for item in items:
        if isinstance(item, SpecError):
            yield item
        else:
            rows.setdefault(item.student, []).append(item)
    for found in rows.values():
        if intake.keep == "best" or len(found) == 1:
            yield tuple(found)
            continue
        moments, problems = _moments(found, intake.dates)
        yield from problems
        yield (_CHOICES[intake.keep](found, moments),)


def _single(items: Iterable[Answers | SpecError]) -> Iterator[tuple[Answers, ...] | SpecError]:
    seen: dict[str, Mark] = {}
    for item in items:
        if isinstance(item, SpecError):
            yield item
        elif item.student in seen:
            sentence = f"student {quote(item.student)} appears twice: the answers at {seen[item.student]} are graded"
            yield SpecError(sentence, item.mark)
        else:
            seen[item.student] = item.mark
            yield (item,)


def _moments(found: Sequence[Answers], order: str) -> tuple[list[Moment], list[SpecError]]:
    """Return when some answers came; none of the times where one cannot be read: then the order of the rows counts."""
    moments: list[Moment] = []
    problems = []
    for answers in found:
        if answers.time is None:
            return [], []
        try:
            moments.append(read_time(answers.time.text, order))
        except ValueError as error:
            problems.append(SpecError(f"{error}; the order of the rows counts for this student", answers.time.mark))
    if problems or len({moment.zone is None for moment in moments}) > 1:
        return [], problems
    return moments, []


def _first(found: Sequence[Answers], moments: Sequence[Moment]) -> Answers:
    return found[min(range(len(found)), key=_age(moments))]


def _latest(found: Sequence[Answers], moments: Sequence[Moment]) -> Answers:
    return found[max(range(len(found)), key=_age(moments))]


def _age(moments: Sequence[Moment]) -> Callable[[int], tuple[Fraction, int]]:
    """Return the key that sorts answers by their time, then by their row."""
    if not moments:
        return lambda row: (Fraction(0), row)
    return lambda row: (Fraction(moments[row].since(moments[0]).total_seconds()), row)


_CHOICES = {"first": _first, "latest": _latest}


def lateness(answers: Answers, intake: Intake) -> tuple[Fraction, str, SpecError | None]:
    """Return the share of the points that is taken off, why, and what is wrong where the time cannot be read."""
    if intake.late is None:
        return Fraction(0), "", None
    if answers.time is None or not answers.time.text.strip():
        return Fraction(0), "", SpecError("no time, so nothing is taken off for being late", answers.mark)
    try:
        return *intake.late.taken(read_time(answers.time.text, intake.dates)), None
    except ValueError as error:
        problem = SpecError(f"{error}; nothing is taken off for being late", answers.time.mark)
        return Fraction(0), "", problem
