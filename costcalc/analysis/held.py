"""Where a spec was held against an implementation (its `matches:`), and what of a network lies outside."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from costcalc.analysis.api import Spec
from costcalc.common.errors import SpecError, quote
from costcalc.common.units import shown_shape, shown_value
from costcalc.language.expr import Value, names_in
from costcalc.language.settings import constant, overrides, resolve
from costcalc.language.spec import Cell, Definition, Domain, Implementation
from costcalc.network.model import Network


class Outside(NamedTuple):
    """Something of a network that an implementation was not compared at: what it is, and where it was compared."""

    asked: str
    compared: str


def outside(spec: Spec, network: Network) -> str:
    """Return in words what of a network lies outside of what its spec was held against, or nothing.

    Of several implementations it is the one with the least outside, of equals that of the member asked for. Nothing is
    said of a member as it is by itself, whose counts the spec's `totals` have.
    """
    definition = spec.definition
    own = {name: value for name, value in spec.settings.items() if name in network.settings}
    if not definition.matches or (network.settings == own and _sized(definition, network)):
        return ""
    found = [
        (tuple(_outside(definition, match, variant, network)), variant != network.variant, model)
        for match in definition.matches
        for variant, model in match.models.items()
    ]
    least, _, model = min(found, key=lambda one: (len(one[0]), one[1]))
    asked, compared = (", ".join(words) for words in zip(*least, strict=True)) if least else ("", "")
    return f"none at {asked}: {model} was compared at {compared}" if asked else ""


def _outside(spec: Definition, match: Implementation, variant: str, network: Network) -> Iterator[Outside]:
    """Yield what of a network one implementation was not compared at."""
    asked = network.settings
    given = {**overrides(spec, variant, match.settings), **{name: asked[name] for name in match.over if name in asked}}
    base = resolve(spec, given).values
    for name, value in asked.items():
        if name in match.over and not match.over[name].holds(value):
            yield Outside(f"{name} {shown_value(value)}", f"{name} {shown_span(match.over[name])}")
        elif base[name] != value:
            yield Outside(f"{name} {shown_value(value)}", f"{name} {shown_value(base[name])}")
    if not _sized(spec, network) and not _fits(spec, match, network):
        yield Outside(f"input {shown_shape(network.input)}", "other sizes")


def _sized(spec: Definition, network: Network) -> bool:
    """Return whether a network's input is that of its settings, not one that was given."""
    if spec.inputs:
        return not network.settings.keys() < spec.settings.keys()
    values = resolve(spec, network.settings).values
    sides = tuple(constant(cell, values, spec.words) for cell in spec.input)
    return tuple(network.input) == ((sides[0], 1, sides[1]) if spec.signal else sides)


def _fits(spec: Definition, match: Implementation, network: Network) -> bool:
    """Return whether an input's sides are those over which an implementation was compared, each for itself.

    One that is built for its size takes squares only.
    """
    built = {name for cell in match.args.values() for name in _names(cell)}
    names = [(cell.expr and cell.expr.name) or "" for cell in spec.input[1:]]
    spans = [match.over[name] for name in names if name in match.over and name not in built]
    sides = network.input[3 - len(names) :]
    return (
        network.input.c == constant(spec.input[0], network.settings, spec.words)
        and len(spans) == len(names)
        and all(span.holds(side) for span, side in zip(spans, sides, strict=True))
    )


def _names(cell: Cell) -> Iterator[str]:
    """Yield the names that a cell reads."""
    for item in (cell, *cell.items):
        yield from (name for name, _, _ in names_in(item.expr)) if item.expr else ()


def shown_span(span: Domain) -> str:
    """Return values of a setting in words: `0.25 to 2.0`, `32 to 640 by 32`, `10, 1000`."""
    if span.ends:
        words = " to ".join(map(shown_value, span.values))
        return f"{words} by {span.step}" if span.step else words
    return ", ".join(map(shown_value, span.values))


def misfits(spec: Definition) -> Iterator[SpecError]:
    """Yield what is wrong with the settings of `matches`: values that a setting cannot have, or has already."""
    for match in spec.matches:
        for name, span in match.over.items():
            if name in match.settings:
                yield SpecError(f"setting {quote(name)} is in `set` and in `over`: leave it out of one", span.mark)
        known = {name: span for name, span in match.over.items() if name in spec.settings}
        for turn in range(max((len(span.values) for span in known.values()), default=0)):
            given = {name: span.values[turn] for name, span in known.items() if turn < len(span.values)}
            for name, value in given.items() if _refused(spec, given) else ():  # all at once: few are wrong
                sentence = _refused(spec, {name: value})
                if sentence:
                    yield SpecError(f"`over`: {sentence}", known[name].mark)


def _refused(spec: Definition, given: Mapping[str, Value]) -> str:
    """Return why settings cannot have these values, or nothing."""
    try:
        resolve(spec, given)
    except SpecError as error:
        return error.sentence
    return ""
