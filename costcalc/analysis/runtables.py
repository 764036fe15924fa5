"""Runs on symbols as JavaScript: a function of settings for each, and tables of what they share."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.network.memory import timeline
from costcalc.network.metrics import Measure, counted
from costcalc.network.model import Layer, Network
from costcalc.unfold.trace import Number
from costcalc.unfold.trace.covering import Slots, Span, SymbolRun
from costcalc.unfold.trace.symbols import operand_of
from costcalc.unfold.trace.vocabulary import JAVASCRIPT

Lines = Callable[[Layer, Measure], Iterable[tuple[str, str, Any]]]  # part, name and tree of each formula of a layer


class Figured(NamedTuple):
    """A layer with what a page has of it: parameters, MACs, its part of the activations, elements alive; formulas."""

    layer: Layer
    counts: tuple[Any, ...]
    lines: tuple[tuple[str, str, Any], ...]


class PageReading(NamedTuple):
    """What a page reads of a network, under a measure; `lines` gives the formulas of a layer."""

    measure: Measure
    lines: Lines

    def of(self, network: Network) -> tuple[Figured, ...]:
        """Return what a page has of each layer; sizes may be symbols, and what is compared here parts runs too."""
        measure, live = self.measure, timeline(network).live
        return tuple(
            Figured(
                layer,
                (measure.params.of(layer), measure.macs.of(layer), counted((layer,), "activations"), elements),
                tuple(self.lines(layer, measure)),
            )
            for layer, elements in zip(network.layers, live, strict=True)
        )


class Ready(str):
    """A text that is JavaScript already."""

    __slots__ = ()


class Tables:
    """What the runs of a network share: names, how layers are laid out, their formulas, and the places of numbers."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.tables: dict[str, dict[str, int]] = {
            name: {} for name in ("ops", "labels", "blocks", "layouts", "formulas", "constants", "places")
        }

    def data(self) -> dict[str, Any]:
        """Return the tables as data."""
        return {name: Ready(f"[{','.join(texts)}]") for name, texts in self.tables.items()}

    @property
    def size(self) -> int:
        """The characters of the tables."""
        return sum(len(text) + 1 for texts in self.tables.values() for text in texts)

    def mark(self) -> dict[str, int]:
        """Return a point that `undo` goes back to."""
        return {name: len(texts) for name, texts in self.tables.items()}

    def undo(self, mark: Mapping[str, int]) -> None:
        """Forget what was added since a mark."""
        for name, texts in self.tables.items():
            for text in list(texts)[mark[name] :]:
                del texts[text]

    def place(self, table: str, value: Any) -> int:
        """Return the place of data in a table."""
        texts = self.tables[table]
        return texts.setdefault(shown(value), len(texts))

    def run(self, run: SymbolRun, key: str, spans: Sequence[Span]) -> tuple[str, Number]:
        """Return a run as JavaScript, and the largest whole number that it can meet."""
        slots, checked = Slots(run.recorder), list[Any]()
        parts: dict[str, Any] = {"key": key}
        if run.network is None:
            parts["refused"] = slots.text(run.refusal)
        else:
            parts["layout"] = self.place("layouts", self.names(run.network, run.found, slots))
            parts["places"] = self.place("places", self.numbers(run.network, run.found, slots, checked))
        real = [place for place, span in enumerate(run.spans) if not span.whole]
        whole = [place for place, span in enumerate(run.spans) if span.whole and not spans[place].whole]
        parts |= {name: places for name, places in (("real", real), ("whole", whole)) if places}
        named = ",".join(f"{name}:{shown(value)}" for name, value in parts.items())
        text = f"{{{named},code:{run.code(slots, JAVASCRIPT)}}}"
        return text, run.largest([*slots.numbers, *self.sums(run.found), *checked])

    def names(self, network: Network, found: Sequence[Figured], slots: Slots) -> dict[str, Any]:
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

    def numbers(self, network: Network, found: Sequence[Figured], slots: Slots, checked: list[Any]) -> dict[str, Any]:
        """Return where the numbers of each layer are among those of a run, and the sides of the network's inputs."""
        return {
            "starts": [[*map(slots.of, shape)] for shape in network.fed.values()],
            "out": [[*map(slots.of, layer.out)] for layer in network.layers],
            "counts": [[*map(slots.of, figured.counts)] for figured in found],
            "formulas": [self.formulas(figured, slots, checked) for figured in found],
        }

    def formulas(self, figured: Figured, slots: Slots, checked: list[Any]) -> list[int]:
        """Return the places of a layer's formulas and of their constants in the tables, and the slots of the rest.

        What the layer's own shapes say is left out.
        """
        given: dict[str, Any] = {}
        lines = [[part, name, self.tree(tree, given, slots, checked)] for part, name, tree in figured.lines]
        sides = known_sides(figured.layer)
        for name in {name for _, name, _ in lines} & given.keys():
            del given[name]
        constants = {name: value for name, value in given.items() if type(value) is int}
        names = [
            name
            for name, value in given.items()
            if name not in constants and not (name in sides and operand_of(sides[name]) == operand_of(value))
        ]
        formulas = self.place("formulas", {"names": names, "lines": lines})
        return [formulas, self.place("constants", constants), *(slots.of(given[name]) for name in names)]

    def tree(self, tree: Any, given: dict[str, Any], slots: Slots, checked: list[Any]) -> Any:
        """Return a formula as data: numbers, names as texts, operations as lists; `#` and a place have no name."""
        if not isinstance(tree, tuple):
            if type(tree) is int:
                return tree
            name = f"#{slots.of(tree)}"
            given[name] = tree
            return name
        op, value, *operands = tree
        if op == "name":
            given.setdefault(operands[0], value)
            return operands[0]
        checked.append(value)
        return [op, *(self.tree(operand, given, slots, checked) for operand in operands)]

    def sums(self, found: Sequence[Figured]) -> Iterator[Any]:
        """Yield the totals of a network, and the bits alive at each layer."""
        for column in list(zip(*(figured.counts for figured in found), strict=True))[:-1]:
            yield sum(column)
        for figured in found:
            yield self.bits * figured.counts[-1]


def known_sides(layer: Layer) -> dict[str, Any]:
    """Return what the names of shapes stand for in a layer's formulas, but where others say so."""
    sides = dict(zip(("c_in", "h", "w"), layer.ins[0], strict=True)) if len(layer.ins) == 1 else {}
    return {**sides, "c_out": layer.out.c}


def shown(value: Any) -> str:
    """Return data as JavaScript that a page can hold: JSON, in which nothing ends a script."""
    if isinstance(value, Ready):
        return str(value)
    return json.dumps(plain(value), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def plain(value: Any) -> Any:
    """Return data with the floats that are whole as JavaScript writes them, without a point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [*map(plain, value)] if isinstance(value, (list, tuple)) else value
