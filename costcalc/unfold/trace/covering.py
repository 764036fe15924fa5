"""Runs of a spec that together cover a box of settings, for another language: networks on symbols, and refusals."""

import math
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.common.budget import BUDGET, TRACED
from costcalc.common.errors import SpecError
from costcalc.language.expr import Value
from costcalc.language.spec import Definition
from costcalc.network.model import Network
from costcalc.unfold.trace import Number, unfolded
from costcalc.unfold.trace.emit import Code, compiled
from costcalc.unfold.trace.recorder import DIGITS, Guard, Recorded, Recorder
from costcalc.unfold.trace.reused import Pool
from costcalc.unfold.trace.sizes import Magnitudes
from costcalc.unfold.trace.symbols import given, operand_of
from costcalc.unfold.trace.terms import Operand, Poly, RealTerm
from costcalc.unfold.trace.vocabulary import JAVASCRIPT

CUT = "..."
MOST = 64  # runs of one box; what none covers has no figures
LINE = 1_000  # points of a line through the start, at most
SAMPLED = 300  # points within the box that are looked at besides its lines
BETWEEN = 900  # of floats, more of them with values between two steps
SIGNS = "\u2e28\u2e29\u2e22\u2e23\u2e24\u2e25"  # brackets of old prints; one that a spec does not use
NUL = "\0"  # around a placeholder in what is given away, as no text of a spec has it


class Span(NamedTuple):
    """The values of a free setting: from `least` to `most` in steps; it is `whole` where no other values are meant."""

    name: str
    least: Number
    most: Number
    step: Number
    whole: bool

    def has(self, value: Any) -> bool:
        """Return whether a value is one of these, at a step or between two."""
        return bool(self.least <= value <= self.most)

    @property
    def steps(self) -> int:
        """The steps from the least value to the last."""
        return int((self.most - self.least) / self.step + 1e-9)

    def at(self, step: int) -> Number:
        """Return the value after so many steps, of the setting's type."""
        return self.least + step * self.step if self.whole else round(self.least + step * self.step, 9) + 0.0

    def between(self, chance: random.Random) -> Number:
        """Return any value of the span, of the setting's type."""
        if self.whole:
            return self.at(chance.randint(0, self.steps))
        return chance.uniform(self.least, self.most)

    @property
    def finer(self) -> "Span":
        """The same span with what is between two steps: people write other values too."""
        return self._replace(step=1 if self.whole else self.step / 2)

    def values(self, most: int) -> list[Number]:
        """Return values at steps: each, or so many of them, the first and the last among them."""
        if self.steps < most:
            return [*map(self.at, range(self.steps + 1))]
        return [self.at(place * self.steps // (most - 1)) for place in range(most)]


class Slots:
    """The cells of the numbers that a run gives: figures, and those in its texts."""

    def __init__(self, recorder: Recorder, table: dict[str, int]) -> None:
        self.recorder = recorder
        self.cells = Pool(recorder.atoms, JAVASCRIPT, table)
        self.numbers: dict[Operand, int] = {}

    def of(self, value: Any) -> int:
        """Return the cell of a number."""
        operand = operand_of(value)
        assert operand is not None
        return self.cell(operand)

    def cell(self, operand: Operand) -> int:
        """Return the cell of an operand."""
        if operand not in self.numbers:
            self.numbers[operand] = self.cells.place(operand)
        return self.numbers[operand]

    def guards(self, guards: Sequence[Guard]) -> list[int]:
        """Return the cells of comparisons that hold in a run, the cheap ones first; -1 - cell of one that must not."""
        ordered = sorted(guards, key=lambda guard: self.cells.cost(guard.cond))
        places = [(self.cells.place(cond), outcome) for cond, outcome in ordered]
        return [place if outcome else -1 - place for place, outcome in places]

    def text(self, text: str) -> str:
        """Return a text whose placeholders have the cell of their number and its form.

        That is `,` for digits in threes, `r` for a float as Python writes it, `g` for one of 15 digits.
        """
        sign, texts = self.recorder.sign, self.recorder.texts

        def placed(match: re.Match[str]) -> str:
            operand, form = texts[int(match[1])]
            number = self.cell(operand)
            shown = "g" if form == DIGITS else "r" if isinstance(operand, RealTerm) else form
            return f"{NUL}{number}{shown}{NUL}"

        return re.sub(rf"{sign}(\d+)\.?{sign}", placed, text) if sign else text


def sign_for(spec: Definition) -> str:
    """Return what placeholders may be put between: nothing where a spec may have any of it in a text of its own."""
    text = spec.mark.source.text
    return "" if "\\" in text else next((sign for sign in SIGNS if sign not in text), "")


class ReadSpec(NamedTuple):
    """A spec, and what is to be read of its networks, whose sizes are symbols: what that compares is held by guards."""

    spec: Definition
    read: Callable[[Network], Any]


class SymbolRun(NamedTuple):
    """One run on symbols: where it holds, and the network there or the sentence that refuses it, with placeholders."""

    recorder: Recorder
    own: int  # guards before these say but that the inputs are in the box
    spans: tuple[Span, ...]
    network: Network | None
    refusal: str
    found: Any  # what was read of the network
    holds: Code

    def covers(self, values: tuple[Number, ...]) -> bool:
        """Return whether the run holds at these values."""
        try:
            return isinstance(self.holds(*values), tuple)
        except (ArithmeticError, ValueError):
            return False

    def guards(self, slots: Slots) -> list[int]:
        """Return the comparisons that must hold for the run to, as cells."""
        return slots.guards(self.recorder.guards[self.own :])

    def largest(self, numbers: Iterable[Any], spans: Sequence[Span] = ()) -> Number:
        """Return the largest whole number that is met on the way to some while settings are within (other) spans."""
        conds = [guard.cond for guard in self.recorder.guards]
        ends = [(span.least, span.most) for span in spans or self.spans]
        operands = [number if isinstance(number, (Poly, RealTerm)) else operand_of(number) for number in numbers]
        return Magnitudes(self.recorder, ends).largest([*conds, *filter(None, operands)])


def run_at(
    table: ReadSpec, pinned: Mapping[str, Value], spans: tuple[Span, ...], values: Sequence[Number], sign: str
) -> SymbolRun:
    """Return the run of a spec at these values of free settings, on symbols that vary within their spans."""
    recorder = Recorder(sign)
    settings: dict[str, Any] = dict(pinned)
    for place, (span, value) in enumerate(zip(spans, values, strict=True)):
        number = recorder.atom("input", (place,), whole=span.whole)
        settings[span.name] = given(recorder, value, number)
        recorder.enclose(number, (span.least, span.most))
    own = len(recorder.guards)
    network, refusal, found = None, "", ()
    try:
        network = unfolded(table.spec, settings, recorder, labelled=True)
        found = table.read(network)
    except SpecError as error:
        refusal = error.sentence
        if CUT in refusal and sign:  # where a text is cut depends on its digits
            return run_at(table, pinned, spans, values, "")
    BUDGET.spend(TRACED * (1 + recorder.layers), "the runs of the page", table.spec.mark)
    holds = compiled(Recorded(recorder.atoms, recorder.guards), len(spans), [])
    return SymbolRun(recorder, own, spans, network, refusal, found, holds)


def points(spans: Sequence[Span], start: Sequence[Number]) -> Iterator[tuple[Number, ...]]:
    """Yield values of free settings: the start, the lines through it, the corners, and some between."""
    yield tuple(start)
    spans = [span.finer for span in spans]
    for place, span in enumerate(spans):
        for value in span.values(LINE):
            yield (*start[:place], value, *start[place + 1 :])
    yield from product(*(span.values(2) for span in spans))
    chance = random.Random(0)  # noqa: S311 - the same points each time
    for _ in range(SAMPLED if spans else 0):
        yield tuple(span.at(chance.randint(0, span.steps)) for span in spans)
    for _ in range(0 if all(span.whole for span in spans) else BETWEEN):
        yield tuple(span.between(chance) for span in spans)


def covering(
    table: ReadSpec, pinned: Mapping[str, Value], spans: tuple[Span, ...], start: Sequence[Number]
) -> list[SymbolRun]:
    """Return the runs that together hold at the points of a box that are looked at, as far as there are not too many.

    A whole value of a setting of floats computes as the float does, as long as both are exact; what refuses the float
    may take the whole number, so that there it gets runs of its own.
    """
    runs: list[SymbolRun] = []
    sign = sign_for(table.spec)
    for point in points(spans, start):
        ways = [(spans, point), *([as_whole(spans, point)] if any(map(_is_whole, point)) else [])]
        for typed, values in ways:
            found = next((run for run in runs if run.spans == typed and run.covers(values)), None)
            if found is None:
                if len(runs) >= MOST:
                    break
                found = run_at(table, pinned, typed, values, sign)
                runs.append(found)
            if found.network:
                break
    return runs


def as_whole(spans: Sequence[Span], point: Sequence[Number]) -> tuple[tuple[Span, ...], tuple[Number, ...]]:
    """Return spans and a point with the whole values among its floats as whole numbers."""
    pairs = [
        (span._replace(least=math.ceil(span.least), most=math.floor(span.most), step=1, whole=True), int(value))
        if _is_whole(value)
        else (span, value)
        for span, value in zip(spans, point, strict=True)
    ]
    typed, values = zip(*pairs, strict=True)
    return typed, values


def _is_whole(value: Number) -> bool:
    return isinstance(value, float) and value.is_integer()


__all__ = ["Slots", "Span", "SymbolRun", "covering"]
