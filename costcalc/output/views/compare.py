"""The view of `compare`: totals side by side with ratios that say their direction, pairs of layers, causes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from costcalc.analysis.compare import QUANTITIES, Cause, Pair, aligned, by_label, causes
from costcalc.common.errors import counted
from costcalc.common.table import Column, Document, Notes, Table
from costcalc.common.units import percent, share, shown_shape, signed
from costcalc.network.figures import FIGURES, Part, network_figures, whole
from costcalc.network.model import Network
from costcalc.output.views.heading import counted_by, schema

SHOWN = ("layers", *QUANTITIES, "peak")
PAIRED = ("macs", "params")
CAUSES = 5
CLOSE = 1.005  # below it a ratio would read 1.00x


def ratio(first: float, other: float, name: str) -> str:
    """Return how much the other has against the first, in words: `8.56x fewer MACs`."""
    if first == other:
        return f"as many {name}"
    if not first or not other:
        return f"no {name}" if not other else f"{name} only here".strip()
    more = other > first
    times = other / first if more else first / other
    told = f"{times:.2f}x" if times >= CLOSE else f"{100 * abs(other - first) / first:.2g} %"
    return f"{told} {'more' if more else 'fewer'} {name}"


def comparison(networks: Sequence[Network], labels: Sequence[str], by: str, shown: Sequence[str] = ()) -> Document:
    """Return networks side by side; with `by`, the first and each other one in pairs of kind, stage or layer.

    `shown` are the figures by name, the usual ones unless given.
    """
    first, *others = networks
    why: list[Sequence[Cause]] = [(), *(causes(first, other) for other in others)]
    totals = [_totals(network) for network in networks]
    told = [
        (label, (", ".join(ratio(totals[0][key], figures[key], FIGURES[key].title) for key in PAIRED),))
        for label, figures in zip(labels[1:], totals[1:], strict=True)
    ]
    for label, found, figures in zip(labels[1:], why[1:], totals[1:], strict=True):
        named = "why" if len(others) == 1 else f"why {label}"
        lines = _causes(found, figures["macs"] - totals[0]["macs"])
        told += [(named if not number else "", (line,)) for number, line in enumerate(lines)]
    table = _pairs_table(networks, labels, by, shown or PAIRED) if by else _totals_table(totals, labels, shown or SHOWN)
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


def _totals_table(totals: Sequence[Mapping[str, Any]], labels: Sequence[str], shown: Sequence[str]) -> Table:
    """Return a row for each figure, a column for each network and for its ratio to the first."""
    columns = [Column("quantity", "total"), Column("value_0", labels[0], "int")]
    for number, label in enumerate(labels[1:], 1):
        columns.append(Column(f"value_{number}", label, "int"))
        columns.append(Column(f"ratio_{number}", f"to {labels[0]}", "text", 1))
    rows = []
    for key in shown:
        first, *others = (round(figures[key], 2) for figures in totals)
        words = f"{key}, fp32 bytes" if FIGURES[key].kind == "bytes" else FIGURES[key].heading("fp32")
        rows.append((words, first, *(cell for other in others for cell in (other, ratio(first, other, "").strip()))))
    return Table(tuple(columns), tuple(rows))


def _pairs_table(networks: Sequence[Network], labels: Sequence[str], by: str, figures: Sequence[str]) -> Table:
    """Return the pairs of the first network with the second: figures of each, and the difference."""
    first, second = networks[0], networks[1]
    pairs = aligned(first, second) if by == "layer" else by_label(first, second, by)
    columns = [Column("label", by), Column("path_0", labels[0], drop=3), Column("path_1", labels[1], drop=3)]
    for rank, name in enumerate(figures):
        title, kind = FIGURES[name].heading("fp32"), FIGURES[name].kind
        columns += [Column(f"{name}_{n}", f"{title} {label}", kind, 4 if rank else 2) for n, label in enumerate(labels)]
        columns.append(Column(f"{name}_change", f"{title} change", "change", 1 if rank else 0))
    wholes = whole(first), whole(second)._replace(measure=first.measure)
    rows = [(pair.label, _paths(pair.before), _paths(pair.after), *_changes(pair, wholes, figures)) for pair in pairs]
    shown = [row for row in rows if any(row[3:])]
    summed = [FIGURES[name].sums and FIGURES[name].kind == "int" for name in figures for _ in range(3)]
    sums = [sum(row[index] for row in shown) if adds else None for index, adds in enumerate(summed, 3)]
    return Table(tuple(columns), tuple(shown), ("total", "", "", *sums))


def _changes(pair: Pair, wholes: tuple[Part, Part], figures: Sequence[str]) -> Iterator[Any]:
    """Yield each figure of both sides of a pair, and the difference; where a side has no layers, 0 or nothing."""
    for name in figures:
        none = 0 if FIGURES[name].sums else None
        sides = zip(wholes, (pair.before, pair.after), strict=True)
        left, right = (part._replace(layers=side).figure(name) if side else none for part, side in sides)
        yield from (left, right, None if left is None or right is None else round(right - left, 4))


def _paths(layers: Sequence[Any]) -> str:
    """Return where some layers stand: a path, or the first and the last of several."""
    return " .. ".join(dict.fromkeys(layer.path for layer in (*layers[:1], *layers[-1:])))


def _totals(network: Network) -> dict[str, Any]:
    """Return the totals of a network by key."""
    part = whole(network)
    return {key: part.figure(key) for key in ("layers", *QUANTITIES, *network_figures())}


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
