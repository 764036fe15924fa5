"""A network as templates that have names, blocks inside blocks first: what a target that writes code starts from."""

import re
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

from costcalc.common.errors import SpecError, quote
from costcalc.importer.export.helpers import Helper, extracted
from costcalc.importer.export.naming import Made, Namer, class_name, made
from costcalc.importer.export.nodes import WIDE, Make
from costcalc.importer.export.scopes import Chain, Scope, scope_of
from costcalc.importer.export.shapes import BlockForm, Maker, Piece, Place, flat_layers
from costcalc.importer.export.templates import templates
from costcalc.network.model import Layer, Network
from costcalc.ops.activation import ACTIVATION_OPS, GATE_OPS
from costcalc.unfold.aspython import Told

ELEMENTWISE = frozenset(op.name for op in (*ACTIVATION_OPS, *GATE_OPS))


class Framework(NamedTuple):
    """A framework that code is written for: its entry for each layer type, and what words of cells are there."""

    name: str
    table: Mapping[str, Callable[[Place], Piece]]
    words: Mapping[str, Make]
    labels: Mapping[str, str]
    named: Callable[[str], str] = class_name  # what a block is called
    infers: bool = False  # whether channels follow from what a layer reads
    called: Callable[[Network], str] | None = None  # what a network is called, if not by its class


class Program(NamedTuple):
    """A network as code: helpers, the templates of blocks, those of blocks in them first, and the network's own."""

    name: str
    helpers: tuple[Helper, ...]
    blocks: tuple[Made, ...]
    whole: Made


def program_of(network: Network, blocks_told: Mapping[str, Told], target: Framework) -> Program:
    """Return a network as code for a target; raise SpecError for layers that it does not have, all of them named."""
    flat = flat_layers(network.layers, ELEMENTWISE)
    called = (target.called or name_of)(network)
    pieces, helpers = extracted(_pieces(network, flat, target), target.labels, target.words["none"])
    maker = Maker(network, flat, pieces)
    root = scope_of(network)
    taken = {*(helper.name for helper in helpers), called}
    blocks: list[Made] = []
    for name, scopes in _levels(root):
        forms: dict[Any, tuple[BlockForm, list[str]]] = {}
        for scope in scopes:
            form = maker.form(scope)
            forms.setdefault(form.identity, (form, []))[1].append(scope.path)
        paths = {form.identity: of for form, of in forms.values()}
        for template in templates([form for form, _ in forms.values()]):
            own = _free(target.named(name), taken)
            taken.add(own)
            block = made(Namer(template, blocks_told[name], network.settings, target.words), own, infers=target.infers)
            blocks.append(block)
            maker.calls |= {
                path: call
                for form, call in zip(template.forms, block.calls, strict=True)
                for path in paths[form.identity]
            }
    (top,) = templates([maker.form(root)])
    inputs = tuple(network.inputs) or ("x",)
    whole = made(Namer(top, None, network.settings, target.words, inputs), called, infers=target.infers)
    return Program(called, tuple(helpers), tuple(blocks), whole)


def _pieces(network: Network, flat: frozenset[int], target: Framework) -> dict[int, Piece]:
    """Return the code of each layer."""
    found = {layer.number: _tried(layer, flat, target) for layer in network.layers}
    if refused := [error for error in found.values() if isinstance(error, SpecError)]:
        raise refusals(refused)
    return {number: piece for number, piece in found.items() if isinstance(piece, Piece)}


def _tried(layer: Layer, flat: frozenset[int], target: Framework) -> Piece | SpecError:
    """Return the code of a layer, or the error that there is none."""
    try:
        return piece_of(layer, flat, target)
    except SpecError as error:
        return error


def refusals(errors: Sequence[SpecError]) -> SpecError:
    """Return the first of several errors, with the sentences of the others as its notes."""
    first, *others = errors
    return SpecError(first.sentence, first.mark, [other.sentence for other in others])


def piece_of(layer: Layer, flat: frozenset[int], target: Framework) -> Piece:
    """Return the code of a layer; raise SpecError where the target has none."""
    at = Place(layer, flat=layer.number in flat and flat.issuperset(layer.inputs))
    if layer.op not in target.table:
        raise at.refused(missing(layer.op, target.name))
    return target.table[layer.op](at)


def missing(op: str, target: str) -> str:
    """Return the reason for a layer type that a target has no entry for."""
    return f"no code of {target} is known for {quote(op)}: write the row with other ops"


def name_of(network: Network) -> str:
    """Return the name of a network's class: the title's letters where it is asked for by those of the title."""
    key, title = ("".join(filter(str.isalnum, text)) for text in (network.key, network.title))
    if key.lower().startswith(title.lower()):
        return class_name(network.title) + key[len(title) :]
    return class_name(network.key)


def docstring(network: Network) -> list[str]:
    """Return the docstring of a file: the network, its settings and what it costs."""
    totals = network.totals
    settings = ", ".join(f"{key} {value}" for key, value in network.settings.items())
    size = " and ".join("x".join(map(str, shape)) for shape in network.fed.values())
    source = wrap(f"Source: {network.source}", WIDE) if network.source else []
    return [
        f'"""{network.heading}, written by costcalc from its table.',
        "",
        *source,
        *(wrap(f"Settings: {settings}", WIDE) if settings else []),
        f"{totals.params:,} parameters; {totals.macs:,} MACs for one input of {size}",
        '"""',
    ]


def parts_used(text: str, known: Mapping[str, str]) -> list[str]:
    """Return the classes and functions that code uses, and those that they use, in the order of their table."""
    used: set[str] = set()
    texts = [text]
    while texts:
        now = texts.pop()
        for name, part in known.items():
            if name not in used and re.search(rf"\b{name}\b\(", now):
                used.add(name)
                texts.append(part)
    return [line for name, part in known.items() if name in used for line in (*part.strip().splitlines(), "", "")]


def _free(name: str, taken: set[str]) -> str:
    """Return a name, with a number where it is taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{number}"
    return found


def _levels(root: Scope) -> list[tuple[str, list[Scope]]]:
    """Return the blocks by name, each with all that it is called for, those of blocks in them first."""
    heights: dict[str, int] = {}
    found: dict[str, list[Scope]] = {}

    def walk(scope: Scope | Chain) -> int:
        height = 0
        for item in scope.items:
            if not isinstance(item.what, Layer):
                height = max(height, walk(item.what))
        if isinstance(scope, Chain):
            return height
        if scope.name:
            found.setdefault(scope.name, []).append(scope)
            heights[scope.name] = max(heights.get(scope.name, 0), height)
        return height + 1

    walk(root)
    return sorted(found.items(), key=lambda entry: heights[entry[0]])
