"""What unfolding gives: Layer and Network, frozen, with their totals and groups."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.errors import Mark
from costcalc.expr import Value
from costcalc.grouping import Grouped, group
from costcalc.metrics import Measure, Totals, total
from costcalc.ops import Cost
from costcalc.shape import Shape

INPUT = -1


class Layer(NamedTuple):
    """One layer of a network: where it stands, what it reads, what it costs.

    `number` counts from 0 in the order of execution; `path` is made of row names or indices from 0, `#2` for a second
    repeat; `inputs` are the numbers of the layers that it reads (-1 is the network's input), `ins` their shapes;
    `args` its columns after defaults; `blocks` the names of the blocks around it, outermost first.
    """

    number: int
    path: str
    op: str
    inputs: tuple[int, ...]
    ins: tuple[Shape, ...]
    args: Mapping[str, Any]
    cost: Cost
    mark: Mark
    stage: str = ""
    blocks: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The label that breakdowns group by, such as `Conv 3x3`."""
        return self.cost.kind

    @property
    def out(self) -> Shape:
        """The output shape (channels, height, width)."""
        return self.cost.out


class Network(NamedTuple):
    """A spec at some settings, unfolded into layers in the order of execution.

    `key` is the name it was asked for by, `title` and `source` are the spec's own, `input` is (channels, height,
    width).
    """

    key: str
    title: str
    source: str
    settings: Mapping[str, Value]
    input: Shape
    layers: tuple[Layer, ...]
    measure: Measure = Measure()

    @property
    def totals(self) -> Totals:
        """Sums over all layers: parameters, multiply-accumulates, elements, per sample."""
        return total(self.layers, self.measure)

    def by(self, what: str, depth: int = 1) -> tuple[Grouped, ...]:
        """Return the layers in groups of `layer`, `kind`, `stage` or `block` (path cut at `depth`), with totals."""
        return group(self.layers, what, depth, self.measure)

    def reads(self, layer: Layer) -> tuple[str, ...]:
        """Return the paths of the layers that a layer reads; `input` is the network's input."""
        return tuple("input" if number == INPUT else self.layers[number].path for number in layer.inputs)
