"""What documents on one network open with: the heading, and the head of the JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.common.units import shown_shape, shown_value
from costcalc.network.metrics import DEFAULT_PARAMS, Measure, Totals
from costcalc.network.model import Network


def heading(network: Network, *, flops: bool = False) -> tuple[tuple[str, ...], ...]:
    """Return the heading: the name and its source; settings, input and convention."""
    return titled(network, unit(network.measure, flops=flops))


def titled(network: Network, words: str) -> tuple[tuple[str, ...], ...]:
    """Return the heading of a network, with words on the unit of what is below it."""
    lines = (settings_line(network.settings), _inputs(network), words)
    return (network.heading, network.source), tuple(filter(None, lines))


def _inputs(network: Network) -> str:
    """Return the input in words, or the inputs with their names."""
    named = ", ".join(f"{name} {shown_shape(shape)}" for name, shape in network.inputs.items())
    return f"inputs {named}" if named else f"input {shown_shape(network.input)}"


def unit(measure: Measure, *, flops: bool = False) -> str:
    """Return what is counted, in words: `MACs of conv and fc, per image`, and the parameters unless by default."""
    words = f"FLOPs = 2 x {measure.macs.words}, per image" if flops else f"{measure.macs.words}, per image"
    return words if measure.params is DEFAULT_PARAMS else f"{words}; {measure.params.words}"


def parameters(totals: Totals, measure: Measure) -> str:
    """Return the parameters, and what they are the sum of where that is several counts."""
    terms = [f"{count:,} {term.what}" for term in measure.params.terms if (count := totals.figure(term.what))]
    return f"{totals.params:,}" + (f" = {' + '.join(terms)}" if len(terms) > 1 else "")


def settings_line(settings: Mapping[str, object]) -> str:
    """Return settings in a line: `width 1.0  res 224`."""
    return "  ".join(f"{name} {shown_value(value)}" for name, value in settings.items())


def caption(words: Iterable[str]) -> str:
    """Return a line of a heading as a chart has it, with commas for columns."""
    return ", ".join(part.replace("  ", ", ") for part in words)


def about(network: Network, command: str) -> dict[str, Any]:
    """Return what opens the JSON of a command on one network: the schema, and which network at which settings."""
    return {
        **schema(command),
        "spec": network.key,
        "name": network.title,
        "settings": network.settings,
        "input": network.input,
        **({"inputs": network.inputs} if network.inputs else {}),
    }


def schema(command: str) -> dict[str, Any]:
    """Return what opens the JSON of a command: its schema, to which keys are only ever added."""
    return {"schema": f"costcalc/{command}/1"}


def counted_by(measure: Measure) -> dict[str, str]:
    """Return the JSON of what counts as MACs and as parameters."""
    return {"convention": measure.macs.name, "params_convention": measure.params.name}
