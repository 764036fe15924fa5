"""The neutral graph that readers fill and lowering reads: nodes, values, parameters with their sizes."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

Sizes = tuple[int, ...]
Asked = Sequence[int] | Mapping[str, Sequence[int]]  # (channels, height, width), or several by name
Scope = tuple[tuple[str, str], ...]
NONE = ""  # an input that a node could have and has not


class Param(NamedTuple):
    """A tensor that the model holds: its name in the source, its shape, whether training changes it.

    `same` is the name of the value that holds the very same tensor first: a shared module, tied weights. A `buffer` is
    a constant that the module keeps.
    """

    name: str
    shape: Sizes
    trained: bool = True
    same: str = ""
    buffer: bool = False

    @property
    def size(self) -> int:
        """Elements."""
        return prod(self.shape)


class Call(NamedTuple):
    """One call of an operator: what it reads and gives by the names of values, and what the source says about it.

    `op` is one of the neutral names that `lower` has rules for, `said` what the source calls it; `shapes` are those
    that the source states for the outputs (None: none stated); `scope` is the modules around it, outermost first,
    each as (path, class).
    """

    name: str
    op: str
    said: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any] = {}
    shapes: tuple[Sizes | None, ...] = ()
    scope: Scope = ()


class ByValue(NamedTuple):
    """An attribute that is the value of a computed constant."""

    name: str


class Graph(NamedTuple):
    """A model: its inputs with their shapes (batch included), what it holds, its nodes in order, its outputs.

    `unread` are parameters that the source has and no node reads; `constants` small integer tensors by value. What
    wrote the source `merges` equal tensors where that may have made one of two norms. `tables`: numbers for each pair
    of places are asked to count as tables of relative positions; `written` are those in the file, little-endian floats.
    """

    title: str
    source: str
    inputs: Mapping[str, Sizes]
    params: Mapping[str, Param]
    nodes: tuple[Call, ...]
    outputs: tuple[str, ...]
    unread: tuple[Param, ...] = ()
    constants: Mapping[str, Any] = {}
    notes: tuple[str, ...] = ()
    merges: bool = False
    tables: bool = False
    written: Mapping[str, bytes] = {}


def needed(graph: Graph) -> Graph:
    """Return the graph without nodes that no output depends on."""
    wanted, kept = set(graph.outputs), []
    for node in reversed(graph.nodes):
        if wanted.intersection(node.outputs):
            wanted.update(node.inputs)
            wanted.update(value.name for value in node.attrs.values() if isinstance(value, ByValue))
            kept.append(node)
    return graph._replace(nodes=tuple(reversed(kept)))


def times(sizes: Sequence[int]) -> str:
    """Return a shape as messages print it."""
    return "x".join(map(str, sizes)) or "a scalar"
