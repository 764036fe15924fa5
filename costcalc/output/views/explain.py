"""The view of `explain`: one layer with every formula worked out, or a block or stage as the sum of its layers."""

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.common.table import Column, Document, Notes, Table, Working
from costcalc.common.units import percent, share, shown_shape
from costcalc.network.metrics import Measure, Totals, total
from costcalc.network.model import INPUT, Layer, Network
from costcalc.output.views import worked
from costcalc.output.views.heading import about, heading, parameters
from costcalc.teaching.explain import LEFT_OUT, MEASURES

COLUMNS = (
    Column("path", "layer"),
    Column("kind", "kind"),
    Column("in", "input", drop=3),
    Column("out", "output", drop=2),
    Column("params", "parameters", "int"),
    Column("params_share", "of the network", "share", 1),
    Column("macs", "MACs", "int"),
    Column("macs_share", "of the network", "share", 1),
)

FORMULAS = (
    Column("path", "layer", "group"),
    Column("name", "quantity"),
    Column("formula", "formula", drop=2),
    Column("numbers", "with numbers", drop=1),
    Column("value", "result", "int"),
)


def explained(network: Network, layer: Layer) -> Document:
    """Return what `explain` shows of one layer: where it is, its workings, what other conventions count."""
    (name, settings), sums = heading(network), network.totals
    return Document(
        (
            (f"{network.title}, layer {layer.path}", layer.kind, name[1]),
            settings,
            (worked.shapes(layer), worked.columns_of(layer)),
        ),
        worked.conventions(layer),
        (*_place(network, layer), *worked.notes(layer)),
        lambda: {
            **about(network, "explain"),
            "layer": _where(network, layer),
            **worked.entries(layer),
            "shares": {key: _counts(sums, layer)[f"{key}_share"] for key in MEASURES},
        },
        workings=tuple(shared_out(sums, work) for work in worked.workings(layer)),
    )


def summed_up(network: Network, label: str, layers: Sequence[Layer]) -> Document:
    """Return what `explain` shows of a block or stage: its layers, and their sum."""
    name, settings = heading(network)
    sums, whole = total(layers), network.totals
    rows = [
        {"path": layer.path, "kind": layer.kind, "in": layer.ins, "out": layer.out, **_counts(whole, layer)}
        for layer in layers
    ]
    parts = {f"{key}_share": share(sums.figure(key), whole.figure(key)) for key in MEASURES}
    return Document(
        ((f"{network.title}, {label}", f"{len(layers)} of {len(network.layers)} layers", name[1]), settings),
        Table.of(COLUMNS, rows, {"path": "sum", "params": sums.params, "macs": sums.macs, **parts}),
        (
            ("parameters", (parameters(sums, Measure()),)),
            ("more", (f"name one of these layers to see what other conventions count: {layers[0].path}",)),
        ),
        lambda: {
            **about(network, "explain"),
            "part": label,
            "totals": {**{key: sums.figure(key) for key in ("layers", *MEASURES)}, **sums.counts},
            "layers": [
                {**_where(network, layer), **worked.entries(layer), **row}
                for layer, row in zip(layers, rows, strict=True)
            ],
        },
        below=(Table(FORMULAS, tuple(_formulas(layers))),),
    )


def _formulas(layers: Sequence[Layer]) -> Iterator[tuple[Any, ...]]:
    """Yield every formula of some layers that the default conventions read; of layers that are alike once."""
    alike: dict[tuple[tuple[Any, ...], ...], list[str]] = {}
    for layer in layers:
        read = (work for work in worked.workings(layer) if work.part != LEFT_OUT)
        key = tuple((work.name, work.formula, work.numbers, work.value) for work in read)
        alike.setdefault(key, []).append(layer.path)
    for rows, (first, *others) in alike.items():
        yield from ((f"{first}, {len(others)} alike" if others else first, *row) for row in rows)


def _place(network: Network, layer: Layer) -> Notes:
    """Return where a layer is: in the order of execution, in blocks, in the file; and what it reads."""
    inside = f"in {' > '.join(layer.blocks)}" if layer.blocks else ""
    place = tuple(filter(None, (f"number {layer.number}, counted from 0 to {len(network.layers) - 1}", inside)))
    mark = layer.mark
    file = mark.source.name.rpartition("/")[2]
    text = " ".join(mark.source.line(mark.line).split()).removeprefix("- ")
    reads = [
        f"{_read(network, number)} ({shown_shape(shape)})"
        for number, shape in zip(layer.inputs, layer.ins, strict=True)
    ]
    return (("place", place), ("row", (f"{file}, line {mark.line}", text)), ("reads", tuple(reads)))


def _read(network: Network, number: int) -> str:
    """Return what a layer reads, in words."""
    if number > INPUT:
        return f"layer {network.called(number)}"
    return f"input {network.called(number)}" if network.inputs else "the input"


def shared_out(sums: Totals, work: Working) -> Working:
    """Return a working, a total's with its share of the network's."""
    whole = {name: sums.figure(key) for key, name in MEASURES.items()}.get(work.name)
    return work._replace(remark=f"{percent(work.value / whole)} of the network's {whole:,}") if whole else work


def _counts(whole: Totals, layer: Layer) -> dict[str, int | float | None]:
    """Return a layer's parameters and MACs, each with its share of the network's."""
    counts = {key: worked.default_count(layer, key) for key in MEASURES}
    return {**counts, **{f"{key}_share": share(count, whole.figure(key)) for key, count in counts.items()}}


def _where(network: Network, layer: Layer) -> dict[str, Any]:
    """Return the JSON of a layer's place."""
    return {
        "path": layer.path,
        "number": layer.number,
        "blocks": layer.blocks,
        "inputs": network.reads(layer),
        "line": layer.mark.line,
    }
