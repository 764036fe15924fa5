"""Layers in groups: by layer, kind, stage or block, each with its totals."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from costcalc.common.errors import listing, quote
from costcalc.network.metrics import Counted, Measure, Totals, total
from costcalc.ops.shape import Shape


class Placed(Counted, Protocol):
    """What grouping reads of a layer."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def stage(self) -> str: ...  # noqa: D102
    @property
    def blocks(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def out(self) -> Shape: ...  # noqa: D102


class Grouped(NamedTuple):
    """Some layers under a label, with their totals; `out` is the last one's output shape."""

    label: str
    what: str
    layers: tuple[Placed, ...]
    totals: Totals

    @property
    def out(self) -> Shape:
        """The output shape of the group's last layer."""
        return self.layers[-1].out


def group(layers: Sequence[Placed], what: str, depth: int, measure: Measure) -> tuple[Grouped, ...]:
    """Return the layers grouped; `kind` gathers equal labels, the others keep runs of neighbours apart."""
    if what not in GROUPINGS:
        raise ValueError(f"unknown grouping {quote(what)}; available: {listing(GROUPINGS)}")
    return tuple(
        Grouped(label, note, members, total(members, measure))
        for label, note, members in GROUPINGS[what](tuple(layers), depth)
    )


Parts = list[tuple[str, str, tuple[Placed, ...]]]


def _by_layer(layers: tuple[Placed, ...], depth: int) -> Parts:
    return [(layer.path, layer.kind, (layer,)) for layer in layers]


def _by_kind(layers: tuple[Placed, ...], depth: int) -> Parts:
    kinds: dict[str, list[Placed]] = {}
    for layer in layers:
        kinds.setdefault(layer.kind, []).append(layer)
    return [(kind, kind, tuple(members)) for kind, members in kinds.items()]


def _by_stage(layers: tuple[Placed, ...], depth: int) -> Parts:
    """Return maximal runs of rows at one output size, or under one `stage:`.

    A layer within a block belongs where the block ends: a squeeze to 1x1 amid a block opens no stage of its own.
    """
    ends = {row_of(layer): f"{layer.out.h}x{layer.out.w}" for layer in layers}  # the last layer of a row stays

    def key(layer: Placed) -> tuple[str, str]:
        return layer.stage, "" if layer.stage else ends[row_of(layer)]

    runs = [(stage or size, tuple(members)) for (stage, size), members in groupby(layers, key)]
    return [(label, f"{run[-1].out.h}x{run[-1].out.w}", run) for label, run in runs]


def row_of(layer: Placed) -> str:
    """Return the first part of a layer's path, its row at the top level; each turn of a group has rows of its own."""
    parts = layer.path.split("/")
    return parts[0] if layer.blocks else layer.path


def _by_block(layers: tuple[Placed, ...], depth: int) -> Parts:
    """Return runs of layers whose paths agree in their first `depth` parts."""

    def key(layer: Placed) -> str:
        return "/".join(layer.path.split("/")[:depth])

    runs = [(path, tuple(members)) for path, members in groupby(layers, key)]
    return [(path, _block_name(path, run), run) for path, run in runs]


def _block_name(path: str, run: tuple[Placed, ...]) -> str:
    """Return the block that a run of layers under one path comes from, or the layer's own kind."""
    return run[0].kind if len(run) == 1 or not run[0].blocks else run[0].blocks[0]


GROUPINGS: Mapping[str, Callable[[tuple[Placed, ...], int], Parts]] = {
    "layer": _by_layer,
    "kind": _by_kind,
    "stage": _by_stage,
    "block": _by_block,
}
