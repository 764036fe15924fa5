"""The view of `compare`: totals side by side with ratios that say their direction, pairs of layers, causes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from costcalc.analysis.compare import QUANTITIES, Cause, aligned, by_label, causes
from costcalc.common.errors import counted
from costcalc.common.table import Column, Document, Notes, Table
from costcalc.common.units import percent, share, shown_shape, signed
from costcalc.network.model import Network
from costcalc.network.sizes import SIZES
from costcalc.output.views.heading import counted_by, schema

NAMES = {"macs": "MACs", "params": "parameters", "activations": "activations"}
SUMS = ("macs", "params")
SHOWN = ("layers", *QUANTITIES, "peak")
CAUSES = 5
CLOSE = 1.005  # below it a ratio would read 1.00x


def ratio(first: int, other: int, name: str) -> str:
    """Return how much the other has against the first, in words: `8.56x fewer MACs`."""
    if first == other:
        return f"as many {name}"
    if not first or not other:
        return f"no {name}" if not other else f"{name} only here".strip()
    more = other > first
    times = other / first if more else first / other
    told = f"{times:.2f}x" if times >= CLOSE else f"{100 * abs(other - first) / first:.2g} %"
    return f"{told} {'more' if more else 'fewer'} {name}"


def comparison(networks: Sequence[Network], labels: Sequence[str], by: str) -> Document:
    """Return networks side by side; with `by`, the first and each other one in pairs of kind, stage or layer."""
    first, *others = networks
    why: list[Sequence[Cause]] = [(), *(causes(first, other) for other in others)]
    totals = [_totals(network) for network in networks]
    told = [
        (label, (", ".join(ratio(totals[0][key], figures[key], NAMES[key]) for key in SUMS),))
        for label, figures in zip(labels[1:], totals[1:], strict=True)
    ]
    for label, found, figures in zip(labels[1:], why[1:], totals[1:], strict=True):
        named = "why" if len(others) == 1 else f"why {label}"
        lines = _causes(found, figures["macs"] - totals[0]["macs"])
        told += [(named if not number else "", (line,)) for number, line in enumerate(lines)]
    table = _pairs_table(networks, labels, by) if by else _totals_table(totals, labels)
    titles = tuple(f"{label}: {network.title}" for label, network in zip(labels, networks, strict=True))
    return Document(
        (titles, (first.measure.macs.words,)),
        table,
        (*told, *_ends(networks, labels)),
        lambda: {
            **schema("compare"),
            **counted_by(first.measure),
            "networks": list(map(_network, networks, labels, why, totals, repeat(totals[0]))),
            **({"pairs": {"by": by, "rows": table}} if by else {}),
        },
    )


def _causes(found: Sequence[Cause], whole: int) -> Iterator[str]:
    """Yield the first causes in a line each, and what the others make together."""
    yield from (_cause(cause, whole) for cause in found[:CAUSES])
    if len(found) > CAUSES:
        rest = sum(cause.macs for cause in found[CAUSES:])
        yield f"{counted(len(found) - CAUSES, 'more cause')}: {signed(rest)} MACs"


def _cause(cause: Cause, whole: int) -> str:
    """Return one cause in a line, with its share of the whole difference in MACs."""
    part = share(cause.macs, whole) or 0.0  # what works against the whole is no share of it
    of_all = f", {percent(part)} of the {'saving' if whole < 0 else 'increase'}" if part > 0 else ""
    macs = f"{signed(cause.macs)} MACs{of_all}" if cause.macs else ""
    params = f"{signed(cause.params)} parameters" if cause.params else ""
    return f"{cause.words}: {'; '.join(filter(None, (macs, params)))}"


def _ends(networks: Sequence[Network], labels: Sequence[str]) -> Notes:
    """Return a note for the inputs, and one for the outputs, where the networks differ in them."""
    inputs, outputs = [network.input for network in networks], [network.layers[-1].out for network in networks]
    return [
        (f"{what} differ", tuple(f"{shown_shape(shape)} {label}" for shape, label in zip(shapes, labels, strict=True)))
        for what, shapes in (("inputs", inputs), ("outputs", outputs))
        if len(set(shapes)) > 1
    ]


def _totals_table(totals: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Table:
    """Return a row for each quantity, a column for each network and for its ratio to the first."""
    columns = [Column("quantity", "total"), Column("value_0", labels[0], "int")]
    for number, label in enumerate(labels[1:], 1):
        columns.append(Column(f"value_{number}", label, "int"))
        columns.append(Column(f"ratio_{number}", f"to {labels[0]}", "text", 1))
    rows = []
    for key in SHOWN:
        first, *others = (figures[key] for figures in totals)
        words = "peak, fp32 bytes" if key == "peak" else NAMES.get(key, key)
        rows.append((words, first, *(cell for other in others for cell in (other, ratio(first, other, "").strip()))))
    return Table(tuple(columns), tuple(rows))


def _pairs_table(networks: Sequence[Network], labels: Sequence[str], by: str) -> Table:
    """Return the pairs of the first network with the second: MACs and parameters of each, and the difference."""
    first, second = networks[0], networks[1]
    pairs = aligned(first, second) if by == "layer" else by_label(first, second, by)
    columns = (
        Column("label", by),
        Column("path_0", labels[0], drop=3),
        Column("path_1", labels[1], drop=3),
        Column("macs_0", f"MACs {labels[0]}", "int", 2),
        Column("macs_1", f"MACs {labels[1]}", "int", 2),
        Column("macs_change", "MACs change", "change"),
        Column("params_0", f"parameters {labels[0]}", "int", 4),
        Column("params_1", f"parameters {labels[1]}", "int", 4),
        Column("params_change", "parameters change", "change", 1),
    )
    rows: list[tuple[Any, ...]] = []
    for pair in pairs:
        counts = [[side.figure(key) for side in pair.totals(first.measure)] for key in SUMS]
        if any(map(any, counts)):
            cells = [(left, right, right - left) for left, right in counts]
            rows.append((pair.label, _paths(pair.before), _paths(pair.after), *chain(*cells)))
    sums = (sum(row[index] for row in rows) for index in range(3, len(columns)))
    return Table(columns, tuple(rows), ("total", "", "", *sums))


def _paths(layers: Sequence[Any]) -> str:
    """Return where some layers stand: a path, or the first and the last of several."""
    return " .. ".join(dict.fromkeys(layer.path for layer in (*layers[:1], *layers[-1:])))


def _totals(network: Network) -> dict[str, Any]:
    """Return the totals of a network by key."""
    counts = {key: network.totals.figure(key) for key in ("layers", *QUANTITIES)}
    return {**counts, **{key: size.of(network, "fp32") for key, size in SIZES.items()}}


def _network(
    network: Network, label: str, why: Sequence[Cause], totals: Mapping[str, Any], first: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the JSON of one network beside the first; `ratio` is what it has of each of the first's totals."""
    return {
        "spec": label,
        "name": network.title,
        "settings": network.settings,
        "input": network.input,
        "output": network.layers[-1].out,
        "totals": totals,
        "ratio": {key: share(totals[key], first[key]) for key in (*QUANTITIES, "layers", "peak")},
        "causes": [cause._asdict() for cause in why],
    }
