"""A network as templates that have names, blocks inside blocks first: what every target that writes code starts from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.common.errors import SpecError, quote
from costcalc.exporter.fold import templates
from costcalc.exporter.forms import Form, Maker, Piece, Place, flat_layers
from costcalc.exporter.helpers import Helper, extracted
from costcalc.exporter.naming import Made, Namer, class_name, made
from costcalc.exporter.nodes import Call
from costcalc.exporter.scopes import Run, Scope, scope_of
from costcalc.language.spec import Definition
from costcalc.network.model import Layer, Network
from costcalc.ops.activation import ACTIVATION_OPS, GATE_OPS

ELEMENTWISE = frozenset(op.name for op in (*ACTIVATION_OPS, *GATE_OPS))


class Target(NamedTuple):
    """A framework that code is written for: its entry for each layer type, and what words of cells are there."""

    name: str
    table: Mapping[str, Callable[[Place], Piece]]
    words: Mapping[str, Call]
    labels: Mapping[str, str]
    named: Callable[[str], str] = class_name  # what a block is called
    infers: bool = False  # whether channels follow from what a layer reads


class Program(NamedTuple):
    """A network as code: helpers, the templates of blocks, those of blocks in them first, and the network's own."""

    name: str
    helpers: tuple[Helper, ...]
    blocks: tuple[Made, ...]
    whole: Made


def program_of(network: Network, definition: Definition, target: Target) -> Program:
    """Return a network as code for a target; raise SpecError for layers that it does not have, all of them named."""
    flat = flat_layers(network.layers, ELEMENTWISE)
    pieces, helpers = extracted(_pieces(network, flat, target), target.labels)
    maker = Maker(network, flat, pieces)
    root = scope_of(network)
    taken = {*(helper.name for helper in helpers), name_of(network)}
    blocks: list[Made] = []
    for name, scopes in _levels(root):
        forms: dict[Any, tuple[Form, list[str]]] = {}
        for scope in scopes:
            form = maker.form(scope)
            forms.setdefault(form.identity, (form, []))[1].append(scope.path)
        paths = {form.identity: of for form, of in forms.values()}
        for template in templates([form for form, _ in forms.values()]):
            own = _free(target.named(name), taken)
            taken.add(own)
            block = made(Namer(template, definition.blocks[name], network.settings, target.words), own, infers=target.infers)
            blocks.append(block)
            maker.calls |= {path: call for form, call in zip(template.forms, block.calls, strict=True) for path in paths[form.identity]}
    (top,) = templates([maker.form(root)])
    inputs = tuple(network.inputs) or ("x",)
    whole = made(Namer(top, None, network.settings, target.words, inputs), name_of(network), infers=target.infers)
    return Program(name_of(network), tuple(helpers), tuple(blocks), whole)


def _pieces(network: Network, flat: frozenset[int], target: Target) -> dict[int, Piece]:
    """Return the code of each layer."""
    found, refused = {}, []
    for layer in network.layers:
        try:
            found[layer.number] = piece_of(layer, flat, target)
        except SpecError as error:
            refused.append(error)
    if refused:
        raise refusals(refused)
    return found


def refusals(errors: Sequence[SpecError]) -> SpecError:
    """Return the first of several errors, with the sentences of the others as its notes."""
    first, *others = errors
    return SpecError(first.sentence, first.mark, [other.sentence for other in others])


def piece_of(layer: Layer, flat: frozenset[int], target: Target) -> Piece:
    """Return the code of a layer; raise SpecError where the target has none."""
    whole_input = layer.op in ("fc", "flatten")
    seen = layer.number in flat and (flat.issuperset(layer.inputs) or not whole_input)
    at = Place(layer, seen and flat.issuperset(layer.inputs))
    if layer.op not in target.table:
        raise at.refused(f"there is no {quote(layer.op)} in what is written for {target.name}")
    return target.table[layer.op](at)


def name_of(network: Network) -> str:
    """Return the name of a network's class: the title's letters where it is asked for by those of the title."""
    key, title = network.key, "".join(filter(str.isalnum, network.title))
    plain = "".join(filter(str.isalnum, key))
    if plain.lower() == title.lower():
        return class_name(title)
    if plain.lower().startswith(title.lower()):
        return class_name(title + plain[len(title) :])
    return class_name(key)


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

    def walk(scope: Scope | Run) -> int:
        height = 0
        for item in scope.items:
            if not isinstance(item.what, Layer):
                height = max(height, walk(item.what))
        if isinstance(scope, Run):
            return height
        if scope.name:
            found.setdefault(scope.name, []).append(scope)
            heights[scope.name] = max(heights.get(scope.name, 0), height)
        return height + 1

    walk(root)
    return sorted(found.items(), key=lambda entry: heights[entry[0]])
