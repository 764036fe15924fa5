"""The view of `compare`: totals side by side with ratios that say their direction, pairs of layers, causes."""

from collections.abc import Iterator, Sequence
from typing import Any

from costcalc.analysis.compare import QUANTITIES, Cause, Pair, aligned, by_label, causes
from costcalc.common.errors import counted
from costcalc.common.table import Column, Document, Table
from costcalc.common.units import percent, share, shown_shape, signed
from costcalc.network.figures import FIGURES, Part, network_figures, whole
from costcalc.network.model import Network

SCHEMA = "costcalc/compare/1"
DEFAULT = ("layers", *QUANTITIES, "peak")
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


def comparison(networks: Sequence[Network], labels: Sequence[str], by: str, figures: Sequence[str] = ()) -> Document:
    """Return networks side by side; with `by`, the first and each other one in pairs of kind, stage or layer.

    `figures` are the names of those to show, the usual ones unless given.
    """
    first, *others = networks
    notes: list[tuple[str, tuple[str, ...]]] = [
        (label, (", ".join(ratio(*_two(first, other, key), FIGURES[key].title) for key in ("macs", "params")),))
        for label, other in zip(labels[1:], others, strict=True)
    ]
    for label, other in zip(labels[1:], others, strict=True):
        why = causes(first, other)
        whole = other.totals.macs - first.totals.macs
        told = [_cause(cause, whole) for cause in why[:CAUSES]]
        if len(why) > CAUSES:
            rest = sum(cause.macs for cause in why[CAUSES:])
            told.append(f"{counted(len(why) - CAUSES, 'more cause')}: {signed(rest)} MACs")
        named = "why" if len(others) == 1 else f"why {label}"
        notes += [(named if not number else "", (line,)) for number, line in enumerate(told)]
    notes += _ends(networks, labels)
    measure = first.measure
    return Document(
        (
            tuple(f"{label}: {network.title}" for label, network in zip(labels, networks, strict=True)),
            (measure.macs.words,),
        ),
        _pairs_table(networks, labels, by, figures or PAIRED)
        if by
        else _totals_table(networks, labels, figures or DEFAULT),
        tuple(notes),
        lambda: document(networks, labels, by, figures or PAIRED),
    )


def _two(first: Network, other: Network, key: str) -> tuple[int, int]:
    return first.totals.figure(key), other.totals.figure(key)


def _cause(cause: Cause, whole: int) -> str:
    """Return one cause in a line, with its share of the whole difference in MACs."""
    part = share(cause.macs, whole) or 0.0  # what works against the whole is no share of it
    of_all = f", {percent(part)} of the {'saving' if whole < 0 else 'increase'}" if part > 0 else ""
    macs = f"{signed(cause.macs)} MACs{of_all}" if cause.macs else ""
    params = f"{signed(cause.params)} parameters" if cause.params else ""
    return f"{cause.words}: {'; '.join(filter(None, (macs, params)))}"


def _ends(networks: Sequence[Network], labels: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Return a note for the inputs, and one for the outputs, where the networks differ in them."""
    ends = {
        "inputs differ": [network.input for network in networks],
        "outputs differ": [network.layers[-1].out for network in networks],
    }
    return [
        (what, tuple(f"{shown_shape(shape)} {label}" for shape, label in zip(shapes, labels, strict=True)))
        for what, shapes in ends.items()
        if len(set(shapes)) > 1
    ]


def _totals_table(networks: Sequence[Network], labels: Sequence[str], figures: Sequence[str]) -> Table:
    """Return a row for each figure, a column for each network and for its ratio to the first."""
    columns = [Column("quantity", "total")]
    for number, label in enumerate(labels):
        columns.append(Column(f"value_{number}", label, "int"))
        if number:
            columns.append(Column(f"ratio_{number}", f"to {labels[0]}", "text", 1))
    parts = [whole(network) for network in networks]
    rows = []
    for name in figures:
        first, *others = (round(part.figure(name), 2) for part in parts)
        row: list[Any] = [_title(name), first]
        for value in others:
            row += [value, _times(first, value)]
        rows.append(tuple(row))
    return Table(tuple(columns), tuple(rows))


def _title(name: str) -> str:
    figure = FIGURES[name]
    return f"{name}, fp32 bytes" if figure.kind == "bytes" else figure.heading("fp32")


def _times(first: float, other: float) -> str:
    """Return a ratio with its direction, short: `8.56x fewer`."""
    return ratio(first, other, "").strip()


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
    if not layers:
        return ""
    return layers[0].path if len(layers) == 1 else f"{layers[0].path} .. {layers[-1].path}"


def document(networks: Sequence[Network], labels: Sequence[str], by: str, figures: Sequence[str]) -> dict[str, Any]:
    """Return the JSON of `compare` (schema costcalc/compare/1); keys are only ever added."""
    first = networks[0]
    data: dict[str, Any] = {
        "schema": SCHEMA,
        "convention": first.measure.macs.name,
        "params_convention": first.measure.params.name,
        "networks": [
            {
                "spec": label,
                "name": network.title,
                "settings": dict(network.settings),
                "input": list(network.input),
                "output": list(network.layers[-1].out),
                "totals": {key: part.figure(key) for key in (*DEFAULT, *network_figures())},
                "ratio": {key: share(network.totals.figure(key), first.totals.figure(key)) for key in QUANTITIES},
                "causes": [cause._asdict() for cause in causes(first, network)],
            }
            for label, network, part in zip(labels, networks, map(whole, networks), strict=True)
        ],
    }
    if by:
        table = _pairs_table(networks, labels, by, figures)
        keys = [column.key for column in table.columns]
        data["pairs"] = {"by": by, "rows": [dict(zip(keys, row, strict=True)) for row in table.rows]}
    return data
