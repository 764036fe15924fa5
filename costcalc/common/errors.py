"""Errors that know their place: Source, Mark, SpecError, and the did-you-mean that they share."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

LINE_SHOWN = 160  # of a longer source line only a window around the caret is printed
MAX_PROBLEMS = 100  # after so many, what is left of a file is not looked at
NOTES_SHOWN = 8  # of more notes those in the middle are counted
NAMES_SHOWN = 60  # of a longer list of names the rest is counted
NAMES_OFFERED = 12  # of a longer list of names to choose from, the nearest to a misspelt one are shown
NAMES_COMPARED = 300  # of more known names, those with the same first letter are searched for a near one

NUMBERS = re.compile(r"\d+")
ZERO = re.compile(r"(?<=\d)[oO]")
LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what ends a line for YAML, whose marks these are


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Return the lines of a text, of which many errors show one each."""
    return LINE_END.split(text)


class Source(NamedTuple):
    """A text that errors point into: `name` is what they print before the line number."""

    name: str
    text: str

    def __repr__(self) -> str:
        """Leave the text out: every mark of a spec holds it."""
        return f"Source({self.name!r})"

    def line(self, number: int) -> str:
        """Return line `number` (from 1) without its newline, or an empty string past the end."""
        lines = _lines(self.text)
        return lines[number - 1] if number <= len(lines) else ""


class Mark(NamedTuple):
    """A place in a source: line and column from 1, `width` characters long."""

    source: Source
    line: int
    column: int
    width: int = 1

    def part(self, offset: int, width: int) -> "Mark":
        """Return the mark of `width` characters that start `offset` characters into this one."""
        return Mark(self.source, self.line, self.column + offset, max(1, width))

    def __str__(self) -> str:
        return f"{clean(self.source.name)}:{self.line}:{self.column}"


class SpecError(Exception):
    """What is wrong with a spec, a setting or another input: one sentence and its place.

    `sentence` is lower case and has no full stop; `notes` are "while unfolding ..." lines, innermost first;
    `layers` are the layers counted before the error, so that a caller can still print them.
    """

    def __init__(
        self,
        sentence: str,
        mark: Mark | None = None,
        notes: Iterable[str] = (),
        level: str = "error",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.mark = mark
        self.notes = tuple(notes)
        self.level = level
        self.layers: Sequence[Any] = ()

    def noted(self, note: str) -> "SpecError":
        """Return this error with one more line about how its place was reached."""
        self.notes = (*self.notes, note)
        return self

    def reached(self, mark: Mark, note: str) -> "SpecError":
        """Return this error at the place that led to it: as its own if it has none, else in a line with `note`."""
        if self.mark is not None:
            return self.noted(f"{note} in {mark}")
        self.mark = mark
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.sentence, self.mark, self.notes, self.level))

    def __str__(self) -> str:
        place = f"{self.mark}: " if self.mark else ""
        lines = [f"{place}{self.level}: {self.sentence}"]
        if self.mark:
            lines += _excerpt(self.mark)
        notes, left = self.notes, len(self.notes) - NOTES_SHOWN
        if left > 0:
            notes = (*notes[: NOTES_SHOWN - 1], f"... ({left} more)", notes[-1])
        return "\n".join([*lines, *notes])


# What columns, settings and types are called elsewhere; of two, the first that is known where the name is is meant.
ELSEWHERE = {
    "act": ("activation",),
    "c": ("channels", "features", "filters", "out_channels", "out_features", "units"),
    "d": ("dilation",),
    "fp16": ("float16",),
    "fp32": ("float32",),
    "fp64": ("float64",),
    "g": ("groups",),
    "groups": ("groups",),
    "k": ("kernel", "kernel_size"),
    "n": ("repeat",),
    "norm": ("norm_layer",),
    "p": ("pad", "padding"),
    "res": ("resolution",),
    "s": ("stride", "strides"),
}


class Name(str):  # noqa: SLOT000 - a slot of a `str` would cost a reduce of its own
    """A name that knows what people call it elsewhere, in lower case, so that errors can suggest it."""

    elsewhere: tuple[str, ...]

    def __new__(cls, name: str, elsewhere: tuple[str, ...]) -> "Name":  # noqa: PYI034 - there are no names of another kind
        """Return a name."""
        self = super().__new__(cls, name)
        self.elsewhere = elsewhere
        return self

    def __getnewargs__(self) -> Any:
        return str(self), self.elsewhere


class TooManyError(Exception):
    """Raised to stop a search for errors that has found enough of them."""


class ArgumentError(ValueError):
    """What is wrong with an argument: its name, which the command line writes as an option, and what is said of it."""

    def __init__(self, about: str, rest: str) -> None:
        super().__init__(about, rest)
        self.about = about

    def __str__(self) -> str:
        return "".join(self.args)


class Problems:
    """What is wrong with a file, in the order found; the search goes on after each, until there are too many."""

    def __init__(self) -> None:
        self.found: list[SpecError] = []

    def add(self, sentence: str, mark: Mark | None) -> None:
        """Note an error and go on."""
        self.found.append(SpecError(sentence, mark))
        if len(self.found) == MAX_PROBLEMS:
            self.found.append(SpecError(f"{MAX_PROBLEMS} errors found; the rest was not checked", mark))
            raise TooManyError


def clean(text: object, limit: int | None = 200) -> str:
    """Return text from a spec as one safe line: no control characters or escapes, and no endless names.

    Without a limit it is whole: what a command says itself, such as which layers are over a budget, is never cut.
    """
    text = str(text)
    if text.isprintable() and (limit is None or len(text) <= limit):
        return text
    head = text if limit is None else text[: limit + 1]
    shown = "".join(ch if ch.isprintable() else f"\\x{ord(ch):02x}" for ch in head)
    return shown if limit is None or len(shown) <= limit else shown[: limit - 3] + "..."


def quote(name: object) -> str:
    """Return a name from a spec in backticks, as errors print it."""
    return f"`{clean(name, 60)}`"


def listing(names: Iterable[object]) -> str:
    """Return names as errors list them: each in backticks, with commas between."""
    names = list(names)
    more = f" and {len(names) - NAMES_SHOWN:,} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(quote(name) for name in names[:NAMES_SHOWN]) + more


def counted(number: int, noun: str) -> str:
    """Return `1 row`, `2 rows`: a number with its noun, as sentences need it."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def describe(value: object) -> str:
    """Return a value as an error names it: a number, a size, true or false, or a word in backticks."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"the size {'x'.join(map(str, value))}"
    return f"the word {quote(value)}" if isinstance(value, str) else clean(value)


def sort_of(value: object) -> str:
    """Return what sort a cell's value is of, as errors name it: truth, number, word or size."""
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    return "word" if isinstance(value, str) else "size"


def suggest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean `x`?` for the known name nearest to a misspelt one, or an empty string.

    A known name that is a `Name` is also suggested for what it is called elsewhere.
    """
    from difflib import get_close_matches

    from costcalc.common.budget import BUDGET, NAME

    names, low = sorted(set(known)), name.lower()
    ways = (other for other in names if low in getattr(other, "elsewhere", ELSEWHERE.get(other, ())))
    exact = {other.lower(): other for other in names}.get(low) or next(ways, None)
    if exact:
        return f"; did you mean {quote(exact)}?"
    if len(names) > NAMES_COMPARED:  # a stranger's file can hold thousands of names, and as many misspelt ones
        names = [other for other in names if other[:1] == name[:1]][:NAMES_COMPARED]
    alike = [other for other in names if _alike(name, other)]
    BUDGET.affords(len(alike) * NAME)
    near = get_close_matches(name[:60], alike, n=1, cutoff=0.65)
    return f"; did you mean {quote(near[0])}?" if near else ""


def _alike(name: str, other: str) -> bool:
    """Return whether a name may be another misspelt: numbers are not, and `a100` is not `v100`."""
    numbers = NUMBERS.findall(ZERO.sub("0", name))
    letters = {ch for ch in name.lower() if ch.isalpha()}
    return not numbers or (NUMBERS.findall(other) == numbers and not letters.isdisjoint(other.lower()))


def offered(name: str, known: Iterable[str]) -> str:
    """Return what follows an unknown name: the one that was meant, if one is near, and the names to choose from.

    Of a long list only the name that was meant is given, or those nearest to the unknown one, in the list's order.
    """
    names = sorted(known) if isinstance(known, (set, frozenset)) else list(dict.fromkeys(known))
    near = suggest(name, names)
    if not names:
        return ""
    if len(names) <= NAMES_OFFERED:
        return f"{near} Available: {listing(names)}" if near else f"; available: {listing(names)}"
    return near or f"; available: {listing(_nearest(name, names))} and {len(names) - NAMES_OFFERED:,} more"


def _nearest(name: str, names: Sequence[str]) -> list[str]:
    """Return the names of a long list that are most like another, in the list's order."""
    from difflib import SequenceMatcher

    ranked = sorted(names[:NAMES_COMPARED], key=lambda other: -SequenceMatcher(None, name[:60], other).ratio())
    return [other for other in names if other in ranked[:NAMES_OFFERED]]


def unknown(about: str, name: str, known: Iterable[str]) -> ArgumentError:
    """Return the error for a name that an argument does not have among its own."""
    return ArgumentError(about, f" does not know {quote(name)}{offered(name, known)}")


def not_taken(what: str, column: str, takes: Sequence[str]) -> str:
    """Return the sentence for a column that an op or block does not have."""
    return f"{what} has no column {quote(column)}{offered(column, takes) if takes else '; it takes no columns'}"


def in_order(problems: Iterable[SpecError]) -> list[SpecError]:
    """Return errors in the order of their places."""
    return sorted(problems, key=lambda error: (error.mark.line, error.mark.column) if error.mark else (0, 0))


def _excerpt(mark: Mark) -> list[str]:
    """Return the source line of a mark and the line with its caret, clipped to a window around it."""
    from costcalc.common.budget import BUDGET, EXCERPT

    BUDGET.affords(EXCERPT)
    line = mark.source.line(mark.line)
    start = min(mark.column - 1, len(line))
    first = 0 if len(line) <= LINE_SHOWN else max(0, min(start - LINE_SHOWN // 2, len(line) - LINE_SHOWN))
    shown = "".join(ch if ch.isprintable() else " " for ch in line[first : first + LINE_SHOWN])
    before, under = shown[: start - first], shown[start - first :][: mark.width]
    if not shown.strip() and mark.source.name.startswith("--"):  # an option without a text
        return []
    return [f"  {shown}" if shown.strip() else "", f"  {' ' * _columns(before)}{'^' * max(1, _columns(under))}"]


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide characters two, accents that join theirs none."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(ch) else 2 if east_asian_width(ch) in "WF" else 1 for ch in text)
