"""Runs on symbols as JavaScript: for each where it holds and what it has, and tables of what runs share."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from costcalc.network.memory import timeline
from costcalc.network.metrics import Measure, counted
from costcalc.network.model import Layer, Network
from costcalc.unfold.trace import Number
from costcalc.unfold.trace.covering import Slots, Span, SymbolRun
from costcalc.unfold.trace.symbols import operand_of

TABLES = ("cells", "texts", "layers", "formulas", "constants", "rows", "pieces", "lists")
Lines = Callable[[Layer, Measure], Iterable[tuple[str, str, Any]]]  # part, name and tree of each formula of a layer


class Figured(NamedTuple):
    """A layer with what a page has of it.

    That is its parameters, MACs and part of the activations; the elements alive; how many layers on its own output is
    needed, -1 of a view; its formulas.
    """

    layer: Layer
    counts: tuple[Any, ...]
    alive: Any
    needed: int
    lines: tuple[tuple[str, str, Any], ...]


class PageReading(NamedTuple):
    """What a page reads of a network, under a measure; `lines` gives the formulas of a layer."""

    measure: Measure
    lines: Lines

    def of(self, network: Network) -> tuple[Figured, ...]:
        """Return what a page has of each layer; sizes may be symbols, and what is compared here parts runs too."""
        measure, time = self.measure, timeline(network)
        last = {tensor.source: tensor.last for tensor in time.tensors}
        known: dict[Any, tuple[tuple[str, str, Any], ...]] = {}

        def lines(layer: Layer) -> tuple[tuple[str, str, Any], ...]:
            key = alike(layer)
            if key not in known:
                known[key] = tuple(self.lines(layer, measure))
            return known[key]

        return tuple(
            Figured(
                layer,
                (measure.params.of(layer), measure.macs.of(layer), counted((layer,), "activations")),
                elements,
                last.get(layer.number, layer.number - 1) - layer.number,
                lines(layer),
            )
            for layer, elements in zip(network.layers, time.live, strict=True)
        )


class Ready(str):
    """A text that is JavaScript already."""

    __slots__ = ()


class Tables:
    """What the runs of a network share: the cells of numbers, names, layers, their formulas and their figures."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.tables: dict[str, dict[str, int]] = {name: {} for name in TABLES}

    def data(self, inputs: int) -> dict[str, Any]:
        """Return the tables as data; the cells are functions that read as many inputs and, as `$`, each other."""
        texts = {name: Ready(f"[{','.join(texts)}]") for name, texts in self.tables.items()}
        names = ",".join(f"v{number}" for number in range(inputs))
        functions = ",".join(f"()=>{text}" for text in self.tables["cells"])
        head = f"let {names};" if names else ""
        return {**texts, "cells": Ready(f"($)=>{{{head}return[(...v)=>{{[{names}]=v}},[{functions}]]}}")}

    @property
    def size(self) -> int:
        """The characters of the tables."""
        return sum(len(text) + 1 for texts in self.tables.values() for text in texts) + 4 * len(self.tables["cells"])

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
        slots, checked = Slots(run.recorder, self.tables["cells"]), list[Any]()
        parts: dict[str, Any] = {"key": key, "guards": run.guards(slots)}
        if run.network is None:
            parts["refused"] = slots.text(run.refusal)
        else:
            layers, rows = self.layers(run.found, slots), self.rows(run.found, slots, checked)
            last = {tensor.source: tensor.last for tensor in timeline(run.network).tensors}
            starts = [[*map(slots.of, shape), last[number]] for number, shape in run.network.fed.items()]
            parts["layers"], parts["rows"] = (self.pieces(run.found, places) for places in (layers, rows))
            parts["starts"] = self.place("lists", starts)
        real = [place for place, span in enumerate(run.spans) if not span.whole]
        whole = [place for place, span in enumerate(run.spans) if span.whole and not spans[place].whole]
        parts |= {name: places for name, places in (("real", real), ("whole", whole)) if places}
        named = ",".join(f"{name}:{shown(value)}" for name, value in parts.items())
        return f"{{{named}}}", run.largest([*slots.numbers, *self.sums(run.found), *checked])

    def pieces(self, found: Sequence[Figured], places: Sequence[int]) -> int:
        """Return the place of a list of layers' places, those of one block in a piece: runs share many of those."""
        blocks = groupby(zip(found, places, strict=True), lambda pair: block_of(pair[0].layer))
        pieces = [self.place("pieces", ranged([place for _, place in members])) for _, members in blocks]
        return self.place("lists", ranged(pieces))

    def layers(self, found: Sequence[Figured], slots: Slots) -> list[int]:
        """Return the places of what is shown of each layer besides figures.

        That is its block, the rest of its path, its op and kind, how long its output is needed, and what it reads: by
        how many layers before it is, below 0 for an input of the network; nothing for the layer before.
        """
        places = []
        for figured in found:
            layer = figured.layer
            block = block_of(layer)
            names = (("texts", block), ("texts", layer.path.removeprefix(block)), ("texts", str(layer.op)))
            label = ("texts", slots.text(layer.kind))
            inputs = [layer.number - read if read >= 0 else read for read in layer.inputs]
            read = [] if inputs == [1] else inputs
            told = [self.place(*name) for name in (*names, label)]
            places.append(self.place("layers", [*told, figured.needed, *read]))
        return places

    def rows(self, found: Sequence[Figured], slots: Slots, checked: list[Any]) -> list[int]:
        """Return the places of each layer's figures: formulas, constants; cells of sides, counts and names."""
        known: dict[Any, int] = {}
        for figured in found:
            key = alike(figured.layer)
            if key not in known:
                formulas, constants, *named = self.formulas(figured, slots, checked)
                cells = map(slots.of, (*figured.layer.out, *figured.counts))
                known[key] = self.place("rows", [formulas, constants, *cells, *named])
        return [known[alike(figured.layer)] for figured in found]

    def formulas(self, figured: Figured, slots: Slots, checked: list[Any]) -> list[int]:
        """Return the places of a layer's formulas and of their constants in the tables, and the cells of the rest.

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
        for column in zip(*(figured.counts for figured in found), strict=True):
            yield sum(column)
        for figured in found:
            yield max(self.bits, 2) * figured.alive  # twice, for what ends and what begins at a layer


def alike(layer: Layer) -> Any:
    """Return a key that is the same for layers of a network that are alike but for their places.

    A block that is called again at the same shapes has the very objects of its first call.
    """
    return layer.op, id(layer.ins), id(layer.args), id(layer.cost), layer.coding, bool(layer.shares), len(layer.shared)


def block_of(layer: Layer) -> str:
    """Return the path of the outermost block that a layer is in, or nothing."""
    return layer.calls[0].path if layer.calls else ""


def known_sides(layer: Layer) -> dict[str, Any]:
    """Return what the names of shapes stand for in a layer's formulas, but where others say so."""
    sides = dict(zip(("c_in", "h", "w"), layer.ins[0], strict=True)) if len(layer.ins) == 1 else {}
    return {**sides, "c_out": layer.out.c}


def ranged(places: Sequence[int]) -> list[int]:
    """Return places with those that follow one by one as the first and, below 0, how many more."""
    found: list[int] = []
    for number, place in enumerate(places):
        if not number or place != places[number - 1] + 1:
            found.append(place)
        elif found[-1] < 0:
            found[-1] -= 1
        else:
            found.append(-1)
    return found


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
