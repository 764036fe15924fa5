"""A question -> what is asked, computed: its layers, its right value, the mistakes that can be made."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple

from costcalc.causes import Asked, Search, Side
from costcalc.causes.answers import EXACT, THREE_DIGITS, Key, Tolerance
from costcalc.causes.atsettings import Elsewhere
from costcalc.causes.wider import USUAL
from costcalc.common.errors import SpecError, offered, quote
from costcalc.language.expr import Value
from costcalc.language.settings import constant
from costcalc.language.spec import Definition
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.network.parts import named
from costcalc.ops.shape import Shape
from costcalc.teaching.assignments import Question, Target, filled
from costcalc.teaching.grading.feedback import working
from costcalc.unfold.interpreter import attempt

# A bundled spec of a name such as `mobilenet_v1:width=0.5`: its table, the settings of that name, what it is called.
Find = Callable[[str], tuple[Definition, Mapping[str, Value], str]]


class Posed:
    """A question as it is posed to a student: its text filled in, its right value, the search for mistakes."""

    def __init__(self, question: Question, text: str, asked: Asked, search: Search) -> None:
        self.question = question
        self.text = text
        self.asked = asked
        self.search = search
        self.grades: dict[str, Any] = {}  # of the answers so far, by their text

    @cached_property
    def working(self) -> str:
        """How the right value comes about."""
        return working(self.asked, self.key, self.question.dimension)

    @property
    def key(self) -> Key:
        """The right value."""
        return self.search.key

    @property
    def tolerance(self) -> Tolerance:
        """How far an answer may be off: the question's own, or exact for whole numbers and three digits for others."""
        whole = isinstance(self.key, Shape) or self.question.dimension in ("count", "bytes")
        return self.question.tolerance or (EXACT if whole else THREE_DIGITS)


class Settled(NamedTuple):
    """A target at some drawn values: the spec it is about, its settings, what it is called."""

    target: Target
    spec: Definition
    given: Mapping[str, Value]
    key: str


def settled(question: Question, values: Mapping[str, Value], find: Find) -> list[Settled]:
    """Return the targets of a question at some drawn values; raise SpecError where there is no such spec."""
    return [_settled(target, values, find) for target in (question.target, question.versus) if target]


def _settled(target: Target, values: Mapping[str, Value], find: Find) -> Settled:
    if target.own:
        read = {name: value for name, value in values.items() if name in target.reads}
        return Settled(target, target.own, read, target.own.name)
    with _placed(target):
        spec, preset, key = find(filled(target.name, values, target.mark))
        cells = {name: constant(cell, values, spec.words) for name, cell in target.settings.items()}
        return Settled(target, spec, {**preset, **cells}, key)


def pose(question: Question, text: str, targets: Sequence[Settled], known: dict[Hashable, Elsewhere]) -> Posed:
    """Return a question about settled targets; raise SpecError where their layers do not fit together.

    `known` keeps what is computed of their specs at other settings.
    """
    sides = [side_of(target, known) for target in targets]
    if question.share:
        sides.append(sides[0]._replace(layers=sides[0].network.layers, pick=every))
    measure = Measure.named([question.convention] if question.convention else [])
    asked = Asked(quantity_of(question.ask), tuple(sides), measure, question.bits)
    search = Search(asked)
    if len(sides) == 2 and not search.tally.value(asked._replace(sides=tuple(sides[1:]), bits=0)):
        raise SpecError(f"what question {quote(question.id)} divides by is 0", question.mark)
    return Posed(question, text, asked, search)


def quantity_of(ask: str) -> str:
    """Return what is counted for a figure: of the bytes of some elements, those elements."""
    return (FIGURES[ask].elements if ask in FIGURES else "") or ask


def side_of(settled: Settled, known: dict[Hashable, Elsewhere]) -> Side:
    """Return the layers of a target; raise SpecError, with the target's place where the error has none."""
    with _placed(settled.target):
        network, problems = attempt(settled.spec, settled.given, settled.key)
        if network is None:
            raise problems[-1]
        spec, target = settled.spec, settled.target
        at = spec.name, spec.mark, target.part, target.kind  # of one place, hence of one text
        elsewhere = known[at] = known.get(at) or Elsewhere(spec, picked(target), USUAL, len(network.layers))
        return Side(network, elsewhere.pick(network), elsewhere.pick, spec, settled.given, elsewhere)
    raise AssertionError


@contextmanager
def _placed(target: Target) -> Iterator[None]:
    """Give errors without a place that of the target which asks for it."""
    try:
        yield
    except (SpecError, ValueError) as error:
        if isinstance(error, SpecError) and error.mark:
            raise
        raise SpecError(getattr(error, "sentence", str(error)), target.mark) from None


def picked(target: Target) -> Callable[[Network], tuple[Layer, ...]]:
    """Return what picks a target's layers out of a network; it raises ValueError where there are none."""
    if target.part:
        return lambda network: named(network, target.part)[1]
    return (lambda network: of_kind(network, target.kind)) if target.kind else every


def every(network: Network) -> tuple[Layer, ...]:
    """Return all layers of a network."""
    return network.layers


def of_kind(network: Network, kind: str) -> tuple[Layer, ...]:
    """Return the layers of one kind, such as `Conv 1x1`."""
    layers = tuple(layer for layer in network.layers if layer.kind == kind)
    if not layers:
        known = dict.fromkeys(layer.kind for layer in network.layers)
        raise ValueError(f"{network.key} has no kind {quote(kind)}{offered(kind, known)}")
    return layers
