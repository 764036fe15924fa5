"""The view of `compare`: totals side by side with ratios that say their direction, kinds or pairs, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from typing import Any, NamedTuple

from costcalc.analysis.api import split_name
from costcalc.analysis.compare import QUANTITIES, Cause, aligned, by_label, causes, kinds_of
from costcalc.analysis.why import Sums, Why, ratio, sums, why
from costcalc.common.errors import counted
from costcalc.common.table import Chart, Column, Document, Notes, Series, Table
from costcalc.common.units import percent, share, shown_shape, signed
from costcalc.network.figures import FIGURES, Part, network_figures, whole
from costcalc.network.model import Network
from costcalc.output.views.heading import counted_by, schema

SHOWN = ("layers", *QUANTITIES, "peak")
PAIRED = ("macs", "params")
DETAIL = 6  # columns that go first: what pairs alone have
CAUSES = 5  # told in a line each
LITTLE = 0.01  # of all that is added and saved: causes below it share a line


class Beside(NamedTuple):
    """Some layers of each network, side by side."""

    label: str
    sides: Sequence[Sequence[Any]]
    reduction: int | None = None


def comparison(networks: Sequence[Network], labels: Sequence[str], by: str, shown: Sequence[str] = ()) -> Document:
    """Return networks side by side; with `by`, the first and each other one in pairs of kind, stage, block or layer.

    `shown` are the figures by name, the usual ones unless given.
    """
    first, *others = networks
    names, totals = short(labels), [_totals(network) for network in networks]
    reasons = [Why("", ()), *(why(first, other) for other in others)]
    kinds = _rows_table(networks, names, _kinds(networks), "kind", PAIRED)
    pairs = _rows_table(networks, names, _pairs(networks, by), by, shown or PAIRED) if by else None
    return Document(
        _heading(networks, labels),
        pairs or _totals_table(totals, names, shown or SHOWN),
        (*_reasons(labels, totals, reasons), *_ends(networks, labels)),
        lambda: {
            **schema("compare"),
            **counted_by(first.measure),
            "networks": list(map(_network, networks, labels, repeat(first), totals, repeat(totals[0]), reasons)),
            "kinds": kinds,
            **({"pairs": {"by": by, "rows": pairs}} if pairs else {}),
        },
        _chart(networks, labels, names, kinds) if len(networks) == 2 and not by else None,
        below=() if pairs else (kinds.only(column.key for column in kinds.columns if column.drop < DETAIL),),
    )


def short(labels: Sequence[str]) -> list[str]:
    """Return names for the heads of columns: files and models by their last part; settings where the rest is alike."""
    split = [split_name(label) for label in labels]
    bases = [re.split(r"[/\\:]", name)[-1].removesuffix(".yaml") or name for name, _ in split]
    names = [
        ",".join(pairs) if pairs and bases.count(base) > 1 else base
        for base, (_, pairs) in zip(bases, split, strict=True)
    ]
    return names if len({*names}) == len(names) else list(labels)


def _heading(networks: Sequence[Network], labels: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return what is compared, the names of the networks, and what is counted."""
    titles: dict[str, list[str]] = {}
    for label, network in zip(labels, networks, strict=True):
        titles.setdefault(network.title, []).append(label)
    named = [f"{', '.join(members)}: {title}" for title, members in titles.items()] if len(titles) > 1 else [*titles]
    return (f"{labels[0]} against {', '.join(labels[1:])}",), (*named, networks[0].measure.macs.words)


# why


def _reasons(labels: Sequence[str], totals: Sequence[Mapping[str, Any]], reasons: Sequence[Why]) -> Notes:
    """Return the ratios of each network to the first, and under them why."""
    notes: list[tuple[str, tuple[str, ...]]] = []
    for label, figures, found in list(zip(labels, totals, reasons, strict=True))[1:]:
        told = [ratio(totals[0][key], figures[key], FIGURES[key].title) for key in PAIRED]
        notes.append((label, (", ".join(told),)))
        named = "why" if len(labels) == 2 else f"why {label}"
        notes += [(named if not number else "", (line,)) for number, line in enumerate(_lines(found.causes))]
    return notes


def difference(first: Network, other: Network) -> tuple[str, ...]:
    """Return in what a network differs from the first: the ratios in one line, then the causes."""
    notes = _reasons(("", ""), [_totals(first), _totals(other)], [Why("", ()), why(first, other)])
    return tuple(line for _, lines in notes for line in lines)


def _lines(found: Sequence[Cause]) -> Iterator[str]:
    """Yield the first causes in a line each, and what the others make together: those that say little go with them."""
    macs, params = sums([cause.macs for cause in found]), sums([cause.params for cause in found])
    if macs.added and macs.saved:
        yield f"{signed(macs.saved)} MACs saved, {signed(macs.added)} added: {signed(macs.added + macs.saved)} in all"
    told = [cause for cause in found if macs.weight(cause.macs) > LITTLE or params.weight(cause.params) > LITTLE]
    told = told[:CAUSES] if len(told) < len(found) - 1 or len(told) > CAUSES else list(found)
    yield from (_line(cause, macs) for cause in told)
    rest = [cause for cause in found if cause not in told]
    if rest:
        parts = sums([cause.macs for cause in rest]), sums([cause.params for cause in rest])
        words = [
            " and ".join(signed(number) for number in part if number) + f" {name}"
            for part, name in zip(parts, ("MACs", "parameters"), strict=True)
            if any(part)
        ]
        yield f"{counted(len(rest), 'smaller cause')}: {'; '.join(words)}"


def _line(cause: Cause, macs: Sums) -> str:
    """Return one cause in a line, with its share of all that is saved or of all that is added."""
    told = []
    if cause.macs:
        part = macs.part(cause.macs) or 0.0
        of_all = "all that is" if part == 1 else f"{percent(part)} of what is"
        told.append(f"{signed(cause.macs)} MACs, {of_all} {'added' if cause.macs > 0 else 'saved'}")
    if cause.params:
        told.append(f"{signed(cause.params)} parameters")
    return f"{cause.words}: {'; '.join(told)}"


def _ends(networks: Sequence[Network], labels: Sequence[str]) -> Notes:
    """Return a note for the inputs, and one for the outputs, where the networks differ in them."""
    inputs = [" + ".join(map(shown_shape, network.fed.values())) for network in networks]
    outputs = [shown_shape(network.layers[-1].out) for network in networks]
    return [
        (f"{what} differ", tuple(f"{shape} {label}" for shape, label in zip(shapes, labels, strict=True)))
        for what, shapes in (("inputs", inputs), ("outputs", outputs))
        if len(set(shapes)) > 1
    ]


# tables


def _totals_table(totals: Sequence[Mapping[str, Any]], names: Sequence[str], shown: Sequence[str]) -> Table:
    """Return a row for each figure, a column for each network and for its ratio to the first."""
    columns = [Column("quantity", "total"), Column("value_0", names[0], "int", wraps=True)]
    for number, name in enumerate(names[1:], 1):
        columns.append(Column(f"value_{number}", name, "int", wraps=True))
        columns.append(Column(f"ratio_{number}", f"to {names[0]}", "text", 1))
    rows = []
    for key in shown:
        first, *others = (None if figures[key] is None else round(figures[key], 2) for figures in totals)
        words = f"{key}, fp32 bytes" if FIGURES[key].kind == "bytes" else FIGURES[key].heading("fp32")
        rows.append((words, first, *(cell for other in others for cell in (other, _ratio(first, other)))))
    return Table(tuple(columns), tuple(rows))


def _ratio(first: float | None, other: float | None) -> str:
    return "unknown" if first is None or other is None else ratio(first, other, "").strip()


def _kinds(networks: Sequence[Network]) -> list[Beside]:
    """Return the kinds of all networks, those with the most MACs in any of them first."""
    most = networks[0].measure.macs.total
    rows = [Beside(kind, sides) for kind, sides in kinds_of(networks).items()]
    return sorted(rows, key=lambda row: -max(map(most, row.sides)))


def _pairs(networks: Sequence[Network], by: str) -> list[Beside]:
    """Return the first network and the second in pairs."""
    first, second = networks[:2]
    pairs = aligned(first, second) if by == "layer" else by_label(first, second, by)
    return [Beside(pair.label, (pair.before, pair.after), pair.reduction) for pair in pairs]


def _rows_table(
    networks: Sequence[Network], names: Sequence[str], rows: Sequence[Beside], by: str, figures: Sequence[str]
) -> Table:
    """Return rows of layers side by side: figures of each network with their shares, and of two the difference."""
    parts = [whole(network)._replace(measure=networks[0].measure) for network in networks]
    of_parts = {name: [part.figure(name) for part in parts] for name in figures if FIGURES[name].adds_up}
    records: list[dict[str, Any]] = []
    for row in rows:
        values: dict[str, Any] = {f"path_{n}": _paths(side, by) for n, side in enumerate(row.sides)}
        for name in figures:
            values |= _figures(name, [part._replace(layers=side) for part, side in zip(parts, row.sides, strict=True)])
        values |= {
            f"{name}_share_{n}": share(values[f"{name}_{n}"], of_all)
            for name, wholes in of_parts.items()
            for n, of_all in enumerate(wholes)
        }
        records.append({"label": row.label, "reduction": row.reduction, **values})
    keys = [f"{name}_{end}" for name in figures for end in (*range(len(networks)), "change")]
    shown = [row for row in records if any(row.get(key) for key in keys)]
    added = {name for name in figures if FIGURES[name].sums and FIGURES[name].kind == "int"}
    total = {"label": "total", **{key: "" for key in records[0] if key.startswith("path_")}}
    total |= {
        key: sum(row[key] for row in shown) for key in keys if key.rpartition("_")[0] in added and key in records[0]
    }
    return Table.of(_columns(names, by, figures), _with_bars(shown, figures[0], len(networks)), total)


def _columns(names: Sequence[str], by: str, figures: Sequence[str]) -> Iterator[Column]:
    """Yield the columns of rows side by side; the first figure is what the head of the rows names.

    Rows of blocks and layers have their bars next to them, for which shares and places make room.
    """
    many = by in ("block", "layer")
    yield Column("label", f"{FIGURES[figures[0]].heading('fp32')} by {by}", wraps=by == "layer")
    if by in ("stage", "block"):
        yield Column("reduction", "reduction", "number", 8 if many else 3)
    for n, name in enumerate(names):
        yield Column(f"path_{n}", f"in {name}", drop=5 if many else 8, wraps=True)
    for rank, key in enumerate(figures):
        figure = FIGURES[key]
        title = f"{figure.heading('fp32')} " if rank else ""
        for n, name in enumerate(names):
            yield Column(f"{key}_{n}", f"{title}{name}", figure.kind, 6 if rank else 1, wraps=True)
            if figure.adds_up:
                yield Column(f"{key}_share_{n}", "share", "share", 7 if rank else 6 if many else 2)
        if len(names) == 2:
            yield Column(f"{key}_change", f"{title}change", "change", 5 if rank else 0, wraps=True)
            if not rank:
                yield Column("bar", "first on top", "bar", 4, wraps=many, below=not many)


def _with_bars(rows: Sequence[dict[str, Any]], name: str, networks: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of two networks with both bars of each, all on one scale; of more as they are."""
    most = max((row[f"{name}_{n}"] or 0 for row in rows for n in range(networks)), default=0) or 1
    for row in rows:
        yield row | ({"bar": tuple((row[f"{name}_{n}"] or 0) / most for n in range(2))} if networks == 2 else {})


def _figures(name: str, sides: Sequence[Part]) -> dict[str, Any]:
    """Return a figure of each side and, of two, the difference; where a side has no layers, 0 or nothing."""
    none = 0 if FIGURES[name].sums else None
    values = [_value(part, name) if part.layers else none for part in sides]
    found = {f"{name}_{n}": value for n, value in enumerate(values)}
    if len(sides) == 2:
        left, right = values
        found[f"{name}_change"] = None if left is None or right is None else round(right - left, 4)
    return found


def _value(part: Part, name: str) -> Any:
    """Return a figure of some layers; None where they have none, such as a receptive field that no rule gives."""
    with suppress(ValueError):
        return part.figure(name)
    return None


def _paths(layers: Sequence[Any], by: str) -> str:
    """Return where some layers are: a path, or the first and the last of several; of a block, the block's own."""
    ends = (*layers[:1], *layers[-1:])
    return " .. ".join(dict.fromkeys(end.path.split("/")[0] if by == "block" else end.path for end in ends))


def _chart(networks: Sequence[Network], labels: Sequence[str], names: Sequence[str], kinds: Table) -> Chart:
    """Return the kinds of two networks as bars, both on one scale."""
    rows = [row for row in kinds.records if row["macs_0"] or row["macs_1"]]
    series = [
        Series(
            name,
            tuple(row[f"macs_{n}"] for row in rows),
            tuple(percent(row[f"macs_share_{n}"] or 0) if row[f"macs_{n}"] else "" for row in rows),
            kinds=tuple(row["label"] for row in rows),
        )
        for n, name in enumerate(names)
    ]
    (title,), words = _heading(networks, labels)
    shown = tuple(row["label"] for row in rows)
    return Chart(
        "bars", title, (*words, "Shares of each network's own total"), ("kind", "MACs"), shown, tuple(series), "int"
    )


# JSON


def _totals(network: Network) -> dict[str, Any]:
    """Return the totals of a network by key; None for one that it does not have."""
    part = whole(network)
    return {key: _value(part, key) for key in ("layers", *QUANTITIES, *network_figures())}


def _network(
    network: Network, label: str, first: Network, totals: Mapping[str, Any], firsts: Mapping[str, Any], found: Why
) -> dict[str, Any]:
    """Return the JSON of one network next to the first; `ratio` is what it has of each of the first's totals.

    `causes` are those of the layers as they are aligned, `why` those that a person is shown; both add up.
    """
    return {
        "spec": label,
        "name": network.title,
        "settings": network.settings,
        "input": network.input,
        **({"inputs": network.inputs} if network.inputs else {}),
        "output": network.layers[-1].out,
        "totals": totals,
        "ratio": {key: share(totals[key], firsts[key]) for key in (*QUANTITIES, "layers", "peak")},
        "causes": [cause._asdict() for cause in (causes(first, network) if network is not first else ())],
        "why": {
            "by": found.by,
            "changed": found.changed,
            "causes": [cause._asdict() for cause in found.causes],
        },
    }
