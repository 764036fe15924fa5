"""What unfolding gives: Layer and Network, frozen, with their totals and groups."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.common.errors import Mark
from costcalc.language.expr import Value
from costcalc.language.spec import EMPTY, Misprint
from costcalc.network.grouping import Grouped, group
from costcalc.network.metrics import COUNTS, Measure, Totals, total
from costcalc.ops import Cost
from costcalc.ops.shape import Shape

INPUT = -1
PARAMETERS = ("weights", "bias", "norm", "stats", "other")  # counts of what a checkpoint holds


class Called(NamedTuple):
    """A block as a row calls it: its name, the row's path, the layers that it reads, the values of its arguments."""

    name: str
    path: str
    inputs: tuple[int, ...]
    args: Mapping[str, Any]


class Layer(NamedTuple):
    """One layer of a network: where it is, what it reads, what it costs.

    `number` counts from 0 in the order of execution; `path` is made of row names or indices from 0, `#2` for a second
    repeat; `inputs` are the numbers of the layers that it reads (-1, -2, ... are the network's inputs), `ins` their
    shapes; `args` all columns of its op; `blocks` the names of the blocks around it, outermost first, and `calls` what
    each was called with; `coding` how a program writes it (`module`, `function`, `mean`); `data` what the spec keeps
    about it for other commands; `shares` the path of the layer whose weights it reads too, which then has the counts
    `shared` of them.
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
    coding: str = "module"
    data: Mapping[str, Value] = EMPTY
    shares: str = ""
    shared: Mapping[str, int] = EMPTY
    calls: tuple[Called, ...] = ()

    def __repr__(self) -> str:
        """Return what identifies a layer; its fields have the rest."""
        return f"<Layer {self.path}: {self.kind}, {self.ins[0] if self.ins else ''} -> {self.out}>"

    @property
    def kind(self) -> str:
        """The label that breakdowns group by, such as `Conv 3x3`."""
        return self.cost.kind

    @property
    def out(self) -> Shape:
        """The output shape (channels, height, width)."""
        return self.cost.out


def without_parameters(cost: Cost) -> Cost:
    """Return the cost of a layer whose parameters are counted at another one."""
    return cost._replace(weights=0, bias=0, norm=0, stats=0, other=0)


class Checked(NamedTuple):
    """One claim of a table and what the layers give.

    `path` is that of its row (empty for a total), `column` what it is about; `printed_holds` whether what a declared
    misprint says was printed is right after all.
    """

    path: str
    column: str
    claimed: str
    computed: str
    holds: bool
    misprint: Misprint | None
    printed_holds: bool
    mark: Mark


class Network(NamedTuple):
    """A spec at some settings, unfolded into layers in the order of execution.

    `key` is the name it was asked for by, `variant` that name where it is one of a family's, `title` and `source` are
    the spec's own, `input` is (channels, height, width), of the first where there are several `inputs`; `claims` are
    those of the table that hold at these settings, checked; `outputs` are the numbers of the layers that it gives,
    where the spec names them, as it names several inputs.
    """

    key: str
    title: str
    source: str
    settings: Mapping[str, Value]
    input: Shape
    layers: tuple[Layer, ...]
    measure: Measure = Measure()
    claims: tuple[Checked, ...] = ()
    variant: str = ""
    outputs: tuple[int, ...] = ()
    inputs: Mapping[str, Shape] = EMPTY

    def __repr__(self) -> str:
        """Return the name, the settings and the main totals."""
        settings = ", ".join(f"{key}={value}" for key, value in self.settings.items())
        sums = self.totals
        return f"<Network {self.key}({settings}): {sums.params:,} parameters, {sums.macs:,} MACs>"

    def _repr_html_(self) -> str:
        """Return the report as a notebook shows it; what draws it is above, and imported only when one asks."""
        from importlib import import_module

        drawn: str = import_module("costcalc.output.data").html_of(self)
        return drawn

    def __rich__(self) -> Any:
        """Return the report as a console of rich draws it."""
        from importlib import import_module

        return import_module("costcalc.output.data").drawing_of(self)

    def records(self) -> list[dict[str, Any]]:
        """Return a flat dictionary for each layer: its place, shapes and counts, as `pandas.DataFrame` takes them."""
        return [
            {
                "number": layer.number,
                "path": layer.path,
                "op": str(layer.op),
                "kind": layer.kind,
                "stage": layer.stage,
                **{f"in_{side}": size for side, size in zip("chw", layer.ins[0], strict=True)},
                **{f"out_{side}": size for side, size in zip("chw", layer.out, strict=True)},
                "params": row.totals.params,
                "macs": row.totals.macs,
                **{name: row.totals.figure(name) for name in COUNTS},
                "activations": row.totals.activations,
            }
            for layer, row in zip(self.layers, self.by("layer"), strict=True)
        ]

    @property
    def heading(self) -> str:
        """The spec's own name, with the variant's where one was asked for: `ResNet: resnet50`."""
        return f"{self.title}: {self.variant}" if self.variant else self.title

    @property
    def totals(self) -> Totals:
        """Sums over all layers: parameters, multiply-accumulates, elements, per sample."""
        return total(self.layers, self.measure)

    def by(self, what: str, depth: int = 1) -> tuple[Grouped, ...]:
        """Return the layers in groups of `layer`, `kind`, `stage` or `block` (path cut at `depth`), with totals."""
        return group(self.layers, what, depth, self.measure)

    @property
    def fed(self) -> Mapping[int, Shape]:
        """The shape of each input by the number that layers read it by: -1 for the first, -2 for the second."""
        return {INPUT - place: shape for place, shape in enumerate(self.inputs.values() or (self.input,))}

    def called(self, number: int) -> str:
        """Return the path of a layer by its number, or the name of an input; an only one is `input`."""
        return self.layers[number].path if number > INPUT else [*(self.inputs or ("input",))][INPUT - number]

    def reads(self, layer: Layer) -> tuple[str, ...]:
        """Return the paths of the layers that a layer reads, and the names of inputs."""
        return tuple(map(self.called, layer.inputs))
