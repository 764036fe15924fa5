"""A question -> what is asked, computed: its layers, its right value, the mistakes that can be made."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.causes import Asked, Search, Side
from costcalc.causes.answers import EXACT, THREE_DIGITS, Key, Tolerance
from costcalc.causes.asked import every
from costcalc.causes.atsettings import Elsewhere
from costcalc.causes.wider import USUAL
from costcalc.common.errors import Mark, SpecError, offered, quote
from costcalc.language.expr import Value
from costcalc.language.settings import constant
from costcalc.language.spec import EMPTY, Definition
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.network.parts import named
from costcalc.ops.shape import Shape
from costcalc.teaching.asking import AskedFit, AskedHours, AskedStorage, AskedValue, Asking
from costcalc.teaching.assignments import Question, Target, filled
from costcalc.teaching.grading.asprinted import printed_of
from costcalc.teaching.grading.feedback import working
from costcalc.teaching.grading.worth import Worth, fitted, hours_of, stated_as, stored_as
from costcalc.unfold.interpreter import attempt

if TYPE_CHECKING:
    from costcalc.common.printed import Figure

# A bundled spec of a name such as `mobilenet_v1:width=0.5`: its table, the settings of that name, what it is called.
Find = Callable[[str], tuple[Definition, Mapping[str, Value], str]]


EACH = 4  # layers that what goes with those of a question takes as much memory as


class Posed:
    """A question as it is posed to a student: its text filled in, its right value, the search for mistakes.

    What is asked besides a figure of layers has its right value, and the working of it, from `stated`.
    """

    def __init__(
        self,
        question: Question,
        text: str,
        asked: Asked | None = None,
        search: Search | None = None,
        stated: Worth | None = None,
    ) -> None:
        self.question = question
        self.text = text
        self.asked = asked
        self.search = search
        self.stated = stated
        self.stem = ""
        self.printed: Figure | None = None  # what the source prints, where that is right too
        self.grades: dict[str, Any] = {}  # of the answers so far, by their text

    @cached_property
    def working(self) -> str:
        """How the right value comes about."""
        if self.asked is None:
            return self.stated.working if self.stated else ""
        return working(self.asked, self.key, self.question.dimension)

    @property
    def weight(self) -> int:
        """How many layers it takes as much memory as."""
        return EACH + sum(len(side.network.layers) for side in self.asked.sides) if self.asked else EACH

    @property
    def settings(self) -> Mapping[str, Value]:
        """The settings of the network that is asked about, if one is."""
        return self.asked.settings if self.asked else EMPTY

    @property
    def key(self) -> Key:
        """The right value."""
        if self.stated is not None:
            return self.stated.value
        assert self.search is not None
        return self.search.key

    @property
    def tolerance(self) -> Tolerance:
        """How far an answer may be off: the question's own, or exact for whole numbers and three digits for others."""
        asking = self.question.asking
        if isinstance(asking, (AskedFit, AskedValue)) and asking.dimension not in ("share", "ratio"):
            return self.question.tolerance or EXACT
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
    targets = (question.target, question.versus)
    read = {name: value for name, value in values.items() if name in question.reads}
    return [_settled(target, values, read, find) for target in targets if target and (target.own or target.name)]


def _settled(target: Target, values: Mapping[str, Value], read: Mapping[str, Value], find: Find) -> Settled:
    part, kind = (
        filled(text, values, target.places.get(key, target.mark))
        for key, text in (("part", target.part), ("kind", target.kind))
    )
    target = target._replace(part=part, kind=kind)
    if target.own:
        return Settled(target, target.own, read, target.own.name)
    with _placed(target.mark):
        spec, preset, key = find(filled(target.name, values, target.mark))
    cells = {name: constant(cell, values, spec.words) for name, cell in target.settings.items()}
    for name, cell in target.settings.items():
        if name not in spec.settings:
            raise SpecError(f"{quote(key)} has no setting {quote(name)}{offered(name, spec.settings)}", cell.mark)
    return Settled(target, spec, {**preset, **cells}, key)


def pose(
    question: Question,
    text: str,
    targets: Sequence[Settled],
    known: dict[Hashable, Elsewhere],
    values: Mapping[str, Value],
) -> Posed:
    """Return a question about settled targets; raise SpecError where their layers do not fit together.

    `known` keeps what is computed of their specs at other settings; `values` are those that are drawn.
    """
    if question.asking is not None:
        return Posed(question, text, stated=worth(question, question.asking, targets, values))
    sides = [side_of(target, known) for target in targets]
    if question.share:
        sides.append(sides[0]._replace(layers=sides[0].network.layers, pick=every))
    measure = Measure.named([question.convention] if question.convention else [])
    asked = Asked(quantity_of(question.ask), tuple(sides), measure, question.bits, policy=question.policy)
    search = Search(asked)
    if len(sides) == 2 and not search.tally.value(asked._replace(sides=tuple(sides[1:]), bits=0)):
        raise SpecError(f"what question {quote(question.id)} divides by is 0", question.mark)
    posed = Posed(question, text, asked, search)
    posed.printed = printed_of(question, sides[0]) if question.printed else None
    return posed


def worth(question: Question, asking: Asking, targets: Sequence[Settled], values: Mapping[str, Value]) -> Worth:
    """Return the right value of what is asked besides a figure of layers; raise SpecError where there is none."""
    if isinstance(asking, AskedFit):
        (target,) = targets
        return fitted(asking, lambda value: network_of(target._replace(given={**target.given, asking.over: value})))
    if isinstance(asking, AskedStorage):
        network = network_of(targets[0])
        with _placed(question.places.get("layout", question.mark)):
            return stored_as(asking, picked(targets[0].target)(network))
    if isinstance(asking, AskedHours):
        return hours_of(asking, values)
    return stated_as(asking, values) if isinstance(asking, AskedValue) else Worth(Fraction(0))


def quantity_of(ask: str) -> str:
    """Return what is counted for a figure: of the bytes of some elements, those elements."""
    return (FIGURES[ask].elements if ask in FIGURES else "") or ask


def side_of(settled: Settled, known: dict[Hashable, Elsewhere]) -> Side:
    """Return the layers of a target; raise SpecError, with the target's place where the error has none."""
    network, spec, target = network_of(settled), settled.spec, settled.target
    with _placed(target.places.get("part") or target.places.get("kind") or target.mark):
        at = spec.name, spec.mark, target.part, target.kind  # of one place, hence of one text
        elsewhere = known[at] = known.get(at) or Elsewhere(spec, picked(target), USUAL, len(network.layers))
        return Side(network, elsewhere.pick(network), elsewhere.pick, spec, settled.given, elsewhere)
    raise AssertionError


def network_of(settled: Settled) -> Network:
    """Return the network of a target; raise SpecError, with the target's place where the error has none."""
    with _placed(settled.target.mark):
        network, problems = attempt(settled.spec, settled.given, settled.key)
        if network is None:
            raise problems[-1]
        return network
    raise AssertionError


@contextmanager
def _placed(mark: Mark | None) -> Iterator[None]:
    """Give errors without a place that of what asks for it."""
    try:
        yield
    except (SpecError, ValueError) as error:
        if isinstance(error, SpecError) and error.mark:
            raise
        raise SpecError(getattr(error, "sentence", str(error)), mark) from None


def picked(target: Target) -> Callable[[Network], tuple[Layer, ...]]:
    """Return what picks a target's layers out of a network; it raises ValueError where there are none."""
    if target.part:
        return lambda network: named(network, target.part)[1]
    return (lambda network: of_kind(network, target.kind)) if target.kind else every


def of_kind(network: Network, kind: str) -> tuple[Layer, ...]:
    """Return the layers of one kind, such as `Conv 1x1`."""
    layers = tuple(layer for layer in network.layers if layer.kind == kind)
    if not layers:
        known = dict.fromkeys(layer.kind for layer in network.layers)
        raise ValueError(f"{network.key} has no kind {quote(kind)}{offered(kind, known)}")
    return layers
