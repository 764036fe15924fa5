"""A question -> what is asked, computed: its layers, its right value, the mistakes that can be made."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.answers import EXACT, THREE_DIGITS, Key, Tolerance
from costcalc.errors import SpecError, listing, quote, suggest
from costcalc.expr import Value
from costcalc.homework import Question, Target, filled
from costcalc.metrics import Measure
from costcalc.mistakes import Asked, Search, Side
from costcalc.network import Layer, Network
from costcalc.parts import part_of
from costcalc.settings import constant
from costcalc.shape import Shape
from costcalc.spec import Spec
from costcalc.unfold import attempt

# A bundled spec of a name such as `mobilenet_v1:width=0.5`: its table, the settings of that name, what it is called.
Find = Callable[[str], tuple[Spec, Mapping[str, Value], str]]


class Posed(NamedTuple):
    """A question as it is posed to a student: its text filled in, its right value, the search for mistakes."""

    question: Question
    text: str
    asked: Asked
    search: Search

    @property
    def key(self) -> Key:
        """The right value."""
        return self.search.key

    @property
    def tolerance(self) -> Tolerance:
        """How far an answer may be off: the question's own, or exact for whole numbers and three digits for others."""
        whole = isinstance(self.key, Shape) or self.question.dimension in ("count", "bytes")
        return self.question.tolerance or (EXACT if whole else THREE_DIGITS)


def pose(question: Question, values: Mapping[str, Value], find: Find) -> Posed:
    """Return a question at some drawn values; raise SpecError where its layers do not fit together."""
    text = filled(question.text, values, question.mark)
    sides = [side_of(question.target, values, find)]
    if question.versus:
        sides.append(side_of(question.versus, values, find))
    if question.share:
        sides.append(sides[0]._replace(layers=sides[0].network.layers, pick=every))
    measure = Measure.named([question.convention] if question.convention else [])
    asked = Asked(question.ask, tuple(sides), measure, question.bits)
    search = Search(asked)
    if len(sides) == 2 and not search.tally.value(asked._replace(sides=tuple(sides[1:]), bits=0)):
        raise SpecError(f"what question {quote(question.id)} divides by is 0", question.mark)
    return Posed(question, text, asked, search)


def side_of(target: Target, values: Mapping[str, Value], find: Find) -> Side:
    """Return the layers of a target; raise SpecError, with the target's place where the error has none."""
    try:
        if target.own:
            spec, given, key = target.own, dict(values), target.own.name
        else:
            spec, preset, key = find(filled(target.name, values, target.mark))
            given = {**preset, **{name: constant(cell, values, spec.words) for name, cell in target.settings.items()}}
        network, problems = attempt(spec, given, key)
        if network is None:
            raise problems[-1]
        pick = picked(target)
        return Side(network, pick(network), pick, spec, given)
    except (SpecError, ValueError) as error:
        if isinstance(error, SpecError) and error.mark:
            raise
        raise SpecError(getattr(error, "sentence", str(error)), target.mark) from None


def picked(target: Target) -> Callable[[Network], tuple[Layer, ...]]:
    """Return what picks a target's layers out of a network; it raises ValueError where there are none."""
    if target.part:
        return lambda network: tuple(part_of(network, target.part).layers)
    for what, label in (("kind", target.kind), ("stage", target.stage)):
        if label:
            return lambda network, what=what, label=label: grouped(network, what, label)  # type: ignore[misc]
    return every


def every(network: Network) -> tuple[Layer, ...]:
    """Return all layers of a network."""
    return network.layers


def grouped(network: Network, what: str, label: str) -> tuple[Layer, ...]:
    """Return the layers of one kind or stage."""
    groups = network.by(what)
    layers = tuple(layer for group in groups if group.label == label for layer in group.layers)
    if not layers:
        known = dict.fromkeys(group.label for group in groups)
        raise ValueError(f"{network.key} has no {what} {quote(label)}; it has {listing(known)}{suggest(label, known)}")
    return layers  # type: ignore[return-value]


def shown_key(key: Key, dimension: str) -> str:
    """Return a right value as a person reads it."""
    if isinstance(key, Shape):
        return str(key)
    if dimension == "share":
        return f"{float(100 * key):.4f} %"
    if dimension == "ratio":
        return f"{float(key):.6g}x"
    number = f"{int(key):,}" if key == int(key) else f"{float(key):,g}"
    return f"{number} B" if dimension == "bytes" else number


def exact_key(key: Key) -> int | float | list[int]:
    """Return a right value as data."""
    if isinstance(key, Shape):
        return list(key)
    return int(key) if key == Fraction(int(key)) else float(key)
