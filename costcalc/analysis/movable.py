"""A network that moves: its figures at any values of its settings, as JavaScript that a page runs."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.analysis.api import Spec
from costcalc.analysis.sliders import Axis
from costcalc.common.errors import SpecError
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.network.memory import timeline
from costcalc.network.metrics import DTYPE_BITS, Measure, counted
from costcalc.network.model import Layer, Network
from costcalc.specfile.index import year_of
from costcalc.unfold.trace import Number
from costcalc.unfold.trace.covering import Slots, Span, SymbolRun, covering
from costcalc.unfold.trace.sizes import EXACT
from costcalc.unfold.trace.vocabulary import JAVASCRIPT

PRINTED = re.compile(r"\d+(\.\d+)?")


class Movable(NamedTuple):
    """What a page shows of a network: the settings that move, what is counted, and as which type memory is."""

    spec: Spec
    axes: tuple[Axis, ...]
    measure: Measure = Measure()
    dtype: str = "fp32"

    def script(self) -> str:
        """Return the network as JavaScript; raise SpecError for numbers that are too large for it."""
        tables = Tables(self.measure, DTYPE_BITS[self.dtype])
        runs = [
            tables.run(run, key, self.spans)
            for key, pinned in self.combinations()
            for run in covering(self.spec.definition, pinned, self.spans, self.start)
        ]
        parts = {**self.about(), **tables.data()}
        named = "".join(f"{name}:{shown(value)},\n" for name, value in parts.items())
        listed = ",\n".join(runs)
        return f"moving({{{named}runs:[\n{listed}\n]}})"

    @property
    def spans(self) -> tuple[Span, ...]:
        """The settings that move within a span."""
        return tuple(axis.span for axis in self.axes if axis.span)

    @property
    def start(self) -> tuple[Number, ...]:
        """Their values in the table."""
        values = [(axis.span, axis.value) for axis in self.axes if axis.span]
        return tuple(int(value) if span.whole else float(value) for span, value in values)  # type: ignore[arg-type]

    @property
    def choices(self) -> tuple[Axis, ...]:
        """The settings that move among values."""
        return tuple(axis for axis in self.axes if not axis.span)

    def combinations(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """Yield each combination of choices: as JavaScript would write it, and with all settings that do not move."""
        moved = {axis.name for axis in self.axes}
        still = {name: value for name, value in self.spec.preset.items() if name not in moved}
        for values in product(*(axis.values for axis in self.choices)):
            yield shown(values), {**still, **dict(zip((axis.name for axis in self.choices), values, strict=True))}

    def about(self) -> dict[str, Any]:
        """Return what a page says of the network and its settings."""
        network = self.spec.build()
        return {
            "key": self.spec.key,
            "name": network.heading,
            "source": self.spec.source,
            "year": year_of(self.spec.source),
            "settings": [setting(axis) for axis in self.axes],
            "kinds": list(dict.fromkeys(layer.kind for layer in network.layers)),
            "accuracy": list(accuracy(self.spec)),
            "columns": ["params", "macs", "activations", "alive"],
            "counts": {"macs": self.measure.macs.words, "params": self.measure.params.words},
            "spans": [[span.name, span.least, span.most, span.whole] for span in self.spans],
            "chosen": [axis.name for axis in self.choices],
            "bits": DTYPE_BITS[self.dtype],
        }


class Tables:
    """What the runs of a network share: names, labels, and how layers are laid out in the numbers of a run."""

    def __init__(self, measure: Measure, bits: int) -> None:
        self.measure, self.bits = measure, bits
        self.texts: dict[str, dict[str, int]] = {"ops": {}, "labels": {}, "blocks": {}}
        self.layouts: dict[str, int] = {}

    def data(self) -> dict[str, Any]:
        """Return the tables as data."""
        return {
            **{name: list(texts) for name, texts in self.texts.items()},
            "layouts": Written(f"[{','.join(self.layouts)}]"),
        }

    def place(self, table: str, text: str) -> int:
        """Return the place of a text in a table."""
        return self.texts[table].setdefault(text, len(self.texts[table]))

    def run(self, run: SymbolRun, key: str, spans: Sequence[Span]) -> str:
        """Return a run as JavaScript; raise SpecError where a number may be too large."""
        slots = Slots(run.recorder)
        parts: dict[str, Any] = {"key": key}
        if run.network is None:
            parts["refused"] = slots.text(run.refusal)
        else:
            names = shown(self.names(run.network, slots))
            parts |= {"layout": self.layouts.setdefault(names, len(self.layouts)), **self.numbers(run.network, slots)}
        real = [place for place, span in enumerate(run.spans) if not span.whole]
        whole = [place for place, span in enumerate(run.spans) if span.whole and not spans[place].whole]
        parts |= {"real": real} if real else {}
        parts |= {"whole": whole} if whole else {}
        check(run, slots, self.bits)
        named = ",".join(f"{name}:{shown(value)}" for name, value in parts.items())
        return f"{{{named},code:{run.code(slots, JAVASCRIPT)}}}"

    def names(self, network: Network, slots: Slots) -> dict[str, Any]:
        """Return where the names of each layer are in the tables, and what it reads: 0 for the layer before it."""
        layers = network.layers
        return {
            "path": [layer.path for layer in layers],
            "op": [self.place("ops", str(layer.op)) for layer in layers],
            "kind": [self.place("labels", slots.text(layer.kind)) for layer in layers],
            "block": [self.place("blocks", layer.calls[0].path if layer.calls else "") for layer in layers],
            "inputs": [
                0 if layer.inputs == (number - 1,) else list(layer.inputs) for number, layer in enumerate(layers)
            ],
        }

    def numbers(self, network: Network, slots: Slots) -> dict[str, Any]:
        """Return where the numbers of each layer are among those of a run, and the sides of the network's inputs."""
        live = timeline(network).live
        return {
            "starts": [[*map(slots.of, shape)] for shape in network.fed.values()],
            "out": [[*map(slots.of, layer.out)] for layer in network.layers],
            "counts": [[*map(slots.of, self.counts(layer, live[layer.number]))] for layer in network.layers],
        }

    def counts(self, layer: Layer, alive: int) -> tuple[int, ...]:
        """Return what a page has of a layer: parameters, MACs, its part of the activations, elements alive."""
        measure = self.measure
        return measure.params.of(layer), measure.macs.of(layer), counted((layer,), "activations"), alive


def check(run: SymbolRun, slots: Slots, bits: int) -> None:
    """Raise SpecError where a whole number of a run may reach 2^53 within its spans."""
    if run.largest(slots, run.spans) * bits < EXACT:
        return
    raise SpecError("too large")


def setting(axis: Axis) -> dict[str, Any]:
    """Return a setting that moves as a page has it."""
    span = axis.span
    between = {"from": span.least, "to": span.most, "step": span.step, "whole": span.whole} if span else {}
    among = {"values": list(axis.values)} if axis.values else {}
    return {"name": axis.name, "sort": axis.sort, "value": axis.value, **between, **among, "meaning": ""}


def accuracy(spec: Spec) -> Iterator[dict[str, Any]]:
    """Yield the accuracies that a spec reports, each with all of its settings."""
    table = spec.definition
    for entry in table.reported:
        settings = resolve(table, overrides(table, entry.variant, entry.settings)).values
        found = {
            name: float(entry.figures[name].text)
            for name in ("top1", "top5", "map")
            if name in entry.figures and PRINTED.fullmatch(entry.figures[name].text)
        }
        if found:
            yield {"settings": dict(settings), **found, "source": entry.where}


def plain(value: Any) -> Any:
    """Return data with the numbers of floats that are whole as JavaScript writes them, without a point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [*map(plain, value)] if isinstance(value, (list, tuple)) else value


class Written(str):
    """A text that is JSON already."""

    __slots__ = ()


def shown(value: Any) -> str:
    """Return data as JavaScript that may stand in a page: JSON, in which nothing ends a script."""
    if isinstance(value, Written):
        return str(value)
    text = json.dumps(plain(value), separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")
