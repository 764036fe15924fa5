"""A network's layers in the blocks around them: rows and blocks in the order of execution, and what each reads."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from costcalc.network.model import Layer, Network

TURN = re.compile(r"#\d+\Z")  # of a path: the second repeat of a row and those after it


class Scope(NamedTuple):
    """The rows of one block as it is called once, or of the network: `inputs` and `outputs` are numbers of layers."""

    name: str
    path: str
    args: Mapping[str, Any]
    items: tuple["ScopeRow", ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class Chain(NamedTuple):
    """Repeats of one row, none of them such repeats itself, each of which reads the one before it alone."""

    path: str
    items: tuple["ScopeRow", ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """What the first one reads."""
        return reads(self.items[0])

    @property
    def outputs(self) -> tuple[int, ...]:
        """What the last one gives."""
        return gives(self.items[-1])


class ScopeRow(NamedTuple):
    """One row of a scope: its path there, and what it is."""

    key: str
    what: Layer | Scope | Chain


def reads(item: ScopeRow) -> tuple[int, ...]:
    """Return the numbers of the layers that a row reads."""
    return item.what.inputs


def gives(item: ScopeRow) -> tuple[int, ...]:
    """Return the numbers of the layers that a row gives."""
    return (item.what.number,) if isinstance(item.what, Layer) else item.what.outputs


def layers_in(item: ScopeRow) -> Iterable[Layer]:
    """Yield the layers of a row."""
    if isinstance(item.what, Layer):
        yield item.what
    else:
        for inner in item.what.items:
            yield from layers_in(inner)


def scope_of(network: Network) -> Scope:
    """Return the whole network as a scope; its outputs are those that the spec names, and all that nothing reads."""
    readers: dict[int, set[int]] = {}
    for layer in network.layers:
        for number in layer.inputs:
            readers.setdefault(number, set()).add(layer.number)
    ends = [layer.number for layer in network.layers if layer.number not in readers]
    outputs = tuple(dict.fromkeys((*network.outputs, *ends)))
    for number in outputs:
        readers.setdefault(number, set()).add(len(network.layers))
    items = _items(network.layers, 0, "", readers)
    return Scope("", "", {}, items, tuple(network.fed), outputs)


def _items(layers: Sequence[Layer], depth: int, path: str, readers: Mapping[int, set[int]]) -> tuple[ScopeRow, ...]:
    """Return the rows of a scope; layers of one block are together."""
    found = []
    for call, group in groupby(layers, key=lambda layer: layer.calls[depth : depth + 1]):
        inside = list(group)
        if call:
            found.append(_block(inside, depth, path, readers))
        else:
            found += [ScopeRow(layer.path.removeprefix(path), layer) for layer in inside]
    return _runs(found, readers)


def _block(layers: Sequence[Layer], depth: int, path: str, readers: Mapping[int, set[int]]) -> ScopeRow:
    """Return a block as it is called once."""
    call = layers[0].calls[depth]
    own = {layer.number for layer in layers}
    read = {number for layer in layers for number in layer.inputs} - own
    inputs = tuple(number for number in dict.fromkeys(call.inputs) if number in read)
    inputs += tuple(sorted(read - {*inputs}))
    outputs = tuple(number for number in sorted(own) if readers.get(number, set()) - own)
    items = _items(layers, depth + 1, f"{call.path}/", readers)
    return ScopeRow(call.path.removeprefix(path), Scope(call.name, call.path, call.args, items, inputs, outputs))


def _runs(items: Sequence[ScopeRow], readers: Mapping[int, set[int]]) -> tuple[ScopeRow, ...]:
    """Return the rows of a scope, repeats of one row that form a chain as one."""
    found: list[ScopeRow] = []
    for base, group in groupby(items, key=lambda item: TURN.sub("", item.key)):
        chain = list(group)
        found += [ScopeRow(base, Chain(base, tuple(chain)))] if len(chain) > 1 and _is_chain(chain, readers) else chain
    return tuple(found)


def _is_chain(items: Sequence[ScopeRow], readers: Mapping[int, set[int]]) -> bool:
    """Return whether each row reads the one before it alone, which nothing else reads."""
    if any(len(reads(item)) != 1 or len(gives(item)) != 1 for item in items):
        return False
    for item, after in pairwise(items):
        own = {layer.number for layer in layers_in(after)}
        if reads(after) != gives(item) or readers.get(gives(item)[0], set()) - own:
            return False
    return True
