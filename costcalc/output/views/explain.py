"""The view of `explain`: one layer with every formula worked out, or a block or stage as the sum of its layers."""

from collections.abc import Sequence
from typing import Any

from costcalc.common.table import Column, Document, Table, Working
from costcalc.common.units import percent, share, shown_shape
from costcalc.network.metrics import Measure, Totals, total
from costcalc.network.model import INPUT, Layer, Network
from costcalc.output.views.heading import about, heading
from costcalc.output.views.worked import columns_of, conventions, entries, notes, shapes, workings

SCHEMA = "costcalc/explain/1"
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


def explained(network: Network, layer: Layer) -> Document:
    """Return what `explain` shows of one layer: where it stands, its workings, what other conventions count."""
    name, settings = heading(network)
    return Document(
        ((f"{network.title}, layer {layer.path}", layer.kind, name[1]), settings, (shapes(layer), columns_of(layer))),
        conventions(layer),
        (*_place(network, layer), *notes(layer)),
        lambda: {
            **about(network, SCHEMA),
            "layer": _where(network, layer),
            **entries(layer),
            "shares": _shares(network, layer),
        },
        workings=tuple(_shared(network, work) for work in workings(layer)),
    )


def summed_up(network: Network, label: str, layers: Sequence[Layer]) -> Document:
    """Return what `explain` shows of a block or stage: its layers, and their sum."""
    name, settings = heading(network)
    sums = total(layers)
    whole = network.totals
    measure = Measure()
    rows = []
    for layer in layers:
        params, macs = measure.params.of(layer), measure.macs.of(layer)
        ends = (" ".join(map(shown_shape, layer.ins)), shown_shape(layer.out))
        row = (params, share(params, whole.params), macs, share(macs, whole.macs))
        rows.append((layer.path, layer.kind, *ends, *row))
    parts = (sums.params, share(sums.params, whole.params), sums.macs, share(sums.macs, whole.macs))
    table = Table(COLUMNS, tuple(rows), ("sum", None, None, None, *parts))
    terms = [f"{sums.figure(term.what):,} {term.what}" for term in measure.params.terms if sums.figure(term.what)]
    return Document(
        ((f"{network.title}, {label}", f"{len(layers)} of {len(network.layers)} layers", name[1]), settings),
        table,
        (
            ("parameters", (f"{sums.params:,}" + (f" = {' + '.join(terms)}" if len(terms) > 1 else ""),)),
            ("more", (f"name one of these layers to see its formulas: {layers[0].path}",)),
        ),
        lambda: _sum_data(network, label, layers, sums),
    )


def _place(network: Network, layer: Layer) -> list[tuple[str, tuple[str, ...]]]:
    """Return where a layer stands: in the order of execution, in blocks, in the file; and what it reads."""
    inside = f"in {' > '.join(layer.blocks)}" if layer.blocks else ""
    place = tuple(filter(None, (f"number {layer.number}, counted from 0 to {len(network.layers) - 1}", inside)))
    mark = layer.mark
    file = mark.source.name.rpartition("/")[2]
    text = " ".join(mark.source.line(mark.line).split()).removeprefix("- ")
    reads = [
        f"{'the input' if number == INPUT else f'layer {network.layers[number].path}'} ({shown_shape(shape)})"
        for number, shape in zip(layer.inputs, layer.ins, strict=True)
    ]
    return [("place", place), ("row", (f"{file}, line {mark.line}", text)), ("reads", tuple(reads))]


def _shared(network: Network, work: Working) -> Working:
    """Return a working, a total's with its share of the network's."""
    key = {"parameters": "params", "MACs": "macs"}.get(work.name)
    if key is None:
        return work
    whole = network.totals.figure(key)
    return work._replace(remark=f"{percent(work.value / whole)} of the network's {whole:,}")


def _shares(network: Network, layer: Layer) -> dict[str, float | None]:
    """Return a layer's part in the network's totals, as fractions."""
    counts = {key: getattr(Measure(), key).of(layer) for key in ("params", "macs")}
    return {key: share(count, network.totals.figure(key)) for key, count in counts.items()}


def _where(network: Network, layer: Layer) -> dict[str, Any]:
    """Return the JSON of a layer's place."""
    return {
        "path": layer.path,
        "number": layer.number,
        "blocks": list(layer.blocks),
        "inputs": list(network.reads(layer)),
        "line": layer.mark.line,
    }


def _sum_data(network: Network, label: str, layers: Sequence[Layer], sums: Totals) -> dict[str, Any]:
    """Return the JSON of a block or stage: its layers' workings and their sum."""
    figures = {key: sums.figure(key) for key in ("layers", "params", "macs")}
    members = [{**_where(network, layer), **entries(layer)} for layer in layers]
    return {**about(network, SCHEMA), "part": label, "totals": {**figures, **sums.counts}, "layers": members}
