"""The view of `report`: a network's layers or groups with their counts, shares and totals."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from costcalc.common.errors import ArgumentError, listing, quote, unknown
from costcalc.common.table import Column, Document, Notes, Table
from costcalc.common.units import both_bytes, bytes_of, share, shown_shape, shown_value
from costcalc.network.figures import FIGURES, Part, field_of, whole
from costcalc.network.grouping import Grouped
from costcalc.network.metrics import COUNTS, DEFAULT_PARAMS, DTYPE_BITS, Totals, total
from costcalc.network.model import Layer, Network
from costcalc.ops import COUNT_NAMES
from costcalc.output.views.heading import about, counted_by, heading, parameters


class ReportOptions(NamedTuple):
    """What of a network a report shows: the grouping, its order and columns, and the units."""

    by: str = "kind"
    depth: int = 1
    sort: str = ""
    top: int | None = None
    columns: tuple[str, ...] = ()
    dtype: str = "fp32"
    flops: bool = False
    more: str = ""
    cut: str = ""  # how `top` was asked for
    resolution: str = ""  # what to say of it
    verification: str = ""


class Context(NamedTuple):
    """What a column's value can depend on besides its row; `part` is the whole network."""

    network: Network
    options: ReportOptions
    totals: Totals
    part: Part

    @property
    def factor(self) -> int:
        """What a MAC counts as: one, or two FLOPs."""
        return 2 if self.options.flops else 1


class Field(NamedTuple):
    """A column that a report can show, and where its values come from."""

    title: str
    kind: str
    value: Callable[[Grouped, Context], Any]
    drop: int = 0


def _total_share(name: str) -> Callable[[Grouped, Context], float | None]:
    return lambda row, context: share(row.totals.figure(name), context.totals.figure(name))


def _blank(row: Grouped, context: Context) -> None:
    """Stand for a value that depends on the rows above, which is filled in later."""


def _one(row: Grouped) -> Layer:
    """Return the last layer of a row: its only one in the view by layer."""
    layer = row.layers[-1]
    assert isinstance(layer, Layer)
    return layer


def _row_activations(row: Grouped, context: Context) -> int:
    """Return the activation memory of a row: a layer's output; of a group, the outputs of its convs and fcs."""
    by_layer = context.options.by == "layer"
    elements = _one(row).cost.activations if by_layer else row.totals.activations
    return bytes_of(elements, DTYPE_BITS[context.options.dtype])


def _figure(name: str) -> Callable[[Grouped, Context], Any]:
    """Return a function to a figure of a row's layers."""
    return lambda row, context: context.part._replace(layers=row.layers).figure(name)


# The columns of a row itself; every figure is a column too.
FIELDS: Mapping[str, Field] = {
    "path": Field("layer", "text", lambda row, context: row.label),
    "kind": Field("kind", "text", lambda row, context: row.what),
    "op": Field("op", "text", lambda row, context: _one(row).op, 5),
    "stage": Field("stage", "text", lambda row, context: _one(row).stage, 5),
    "in": Field("input", "text", lambda row, context: _one(row).ins, 5),
    "out": Field("output", "text", lambda row, context: row.out, 1),
    "params_share": Field("share", "share", _total_share("params"), 4),
    "params_cum": Field("cum.", "share", _blank, 5),
    "weights_share": Field("share", "share", _total_share("weights"), 4),
    "macs": Field("MACs", "int", lambda row, context: context.factor * row.totals.macs),
    "macs_share": Field("share", "share", _total_share("macs"), 3),
    "macs_cum": Field("cum.", "share", _blank, 5),
    "activation_bytes": Field("memory", "bytes", _row_activations, 2),
    "bar": Field("", "bar", _total_share("macs"), 6),
}

DROPS = {"weights": 0, "params": 0, "layers": 1, **dict.fromkeys(set(COUNTS) - {"weights"}, 6)}  # of other figures: 2


def columns_known() -> list[str]:
    """Return the keys of all columns that a report can show."""
    return list(dict.fromkeys((*FIELDS, *FIGURES)))


def _field(key: str) -> Field:
    """Return the column of a key."""
    if key in FIELDS:
        return FIELDS[key]
    return Field(FIGURES[key].title, FIGURES[key].kind, _figure(key), DROPS.get(key, 2))


DEFAULT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "layers", "weights", "weights_share", "macs", "macs_share", "macs_cum", "bar"),
    "layer": ("path", "kind", "out", "params", "params_share", "macs", "macs_share", "macs_cum", "activation_bytes"),
    "stage": (
        *("path", "layers", "out", "params", "params_share"),
        *("macs", "macs_share", "macs_cum", "activation_bytes", "bar"),
    ),
    "block": ("path", "kind", "layers", "out", "params", "params_share", "macs", "macs_share", "macs_cum", "bar"),
}


def checked(options: ReportOptions) -> ReportOptions:
    """Return options with columns by their keys; raise ValueError for a column or a dtype that there is not."""
    if options.dtype not in DTYPE_BITS:
        raise unknown("dtype", options.dtype, DTYPE_BITS)
    columns = tuple(_key(name, "columns", options) for name in options.columns)
    return options._replace(columns=columns, sort=options.sort and _key(options.sort, "sort", options))


def _key(name: str, about: str, options: ReportOptions) -> str:
    """Return the key of the column that a user names by its key or else by its title, in any case."""
    folded = name.casefold()
    known = columns_known()
    if folded in known:
        return folded
    titles = {key: {_field(key).title, _column(key, options).title} for key in known}
    found = [key for key, names in titles.items() if folded in {text.casefold() for text in names}]
    if len(found) > 1:
        raise ArgumentError(about, f": {quote(name)} is the title of several columns; give one of {listing(found)}")
    if not found:
        raise unknown(about, name, known)
    return found[0]


def report(network: Network, options: ReportOptions) -> Document:
    """Return what `report` shows of a network.

    JSON has the rows that were chosen, in their order; unless some were, every group in the order of execution.
    """
    options = checked(options)
    context = Context(network, options, network.totals, whole(network, DTYPE_BITS[options.dtype]))
    groups = network.by(options.by, options.depth)
    shown = _ordered(worth_showing(groups, options), context)
    table, partial = _table(shown, context), options.top is not None and len(shown) < len(groups)
    chosen = shown if options.columns or options.sort or options.top else groups
    return Document(
        heading(network, flops=options.flops),
        table._replace(total=_total_row(table, shown, context, partial=partial)),
        (*left_out(groups, shown, options), *_notes(context)),
        lambda: {
            **about(network, "report"),
            **counted_by(network.measure),
            "totals": _figures(network.totals, options),
            "groups": {"by": options.by, "rows": _groups(chosen, context)},
            "layers": [_layer(row, context) for row in network.by("layer")],
        },
    )


def _table(shown: Sequence[Grouped], context: Context) -> Table:
    """Return the columns of some rows that were asked for, or else those of the view."""
    keys = context.options.columns or _default_columns(context.network, context.options)
    columns = [[_field(key).value(row, context) for row in shown] for key in keys]
    for column, key in zip(columns, keys, strict=True):
        if _field(key).value is _blank:
            name = key.removesuffix("_cum")
            parts = accumulate(row.totals.figure(name) for row in shown)
            column[:] = [share(part, context.totals.figure(name)) for part in parts]
    return Table(tuple(_column(key, context.options) for key in keys), tuple(zip(*columns, strict=True)))


def _default_columns(network: Network, options: ReportOptions) -> tuple[str, ...]:
    """Return the columns of a view; a chosen parameter convention takes the place of the weights."""
    columns = DEFAULT_COLUMNS[options.by]
    if network.measure.params is DEFAULT_PARAMS:
        return columns
    swap = {"weights": "params", "weights_share": "params_share"}
    return tuple(swap.get(key, key) for key in columns)


def _column(key: str, options: ReportOptions) -> Column:
    """Return a column with its title at these options."""
    field = _field(key)
    title = field.title
    if key == "path" and options.by != "layer":
        title = options.by
    elif key == "macs" and options.flops:
        title = "FLOPs"
    elif key == "activation_bytes":
        title = f"{options.dtype} {title}"
    elif key in FIGURES:
        title = FIGURES[key].heading(options.dtype)
    return Column(key, title, field.kind, field.drop)


def worth_showing(groups: Sequence[Grouped], options: ReportOptions) -> list[Grouped]:
    """Leave kinds without parameters and MACs out of the breakdown by kind; a note names them."""
    if options.by != "kind" or options.columns:
        return list(groups)
    return [row for row in groups if row.totals.params or row.totals.macs or row.totals.weights]


def _ordered(rows: list[Grouped], context: Context) -> list[Grouped]:
    """Return rows in the order asked for: numbers from the largest, texts from A; kinds by MACs unless said."""
    key = context.options.sort or ("macs" if context.options.by == "kind" else "")
    if key:
        name = key.removesuffix("_cum")
        field = _field(name)
        numeric = field.kind != "text"

        def size(row: Grouped) -> Any:
            value = field.value(row, context)
            return value or 0 if numeric else shown_value(value)

        rows = sorted(rows, key=size, reverse=numeric)
    return rows[: context.options.top]


def _total_row(table: Table, shown: Sequence[Grouped], context: Context, *, partial: bool) -> tuple[Any, ...]:
    """Return the sums over the rows shown; shares and texts have none."""
    layers = tuple(layer for row in shown for layer in row.layers)
    sums = Grouped("total", "", layers, total(layers, context.network.measure))
    first = (f"these {len(shown)}" if partial else "total",) if table.columns[0].kind == "text" else ()
    return first + tuple(
        _field(column.key).value(sums, context)
        if layers and column.key in FIGURES and FIGURES[column.key].sums
        else None
        for column in table.columns[len(first) :]
    )


def left_out(groups: Sequence[Grouped], shown: Sequence[Grouped], options: ReportOptions) -> Notes:
    """Return a note on the groups that are not among the rows."""
    there = set(map(id, shown))  # to compare rows is to compare all of their layers
    hidden = [row for row in groups if id(row) not in there]
    if options.top is not None and hidden:
        cut = f" ({options.cut})" if options.cut else ""
        return (("not shown", (f"{len(hidden)} of {len(groups)} rows{cut}",)),)
    names = ", ".join(f"{row.label} ({len(row.layers)})" if len(row.layers) > 1 else row.label for row in hidden)
    return (("not shown", (f"{names}: no parameters, no MACs",)),) if hidden else ()


def largest(network: Network) -> Layer:
    """Return the layer with the largest output, the first of equals."""
    return max(network.layers, key=lambda layer: layer.cost.activations)


def _notes(context: Context) -> Notes:
    """Return the lines under the table: parameters, activations, and how to see more."""
    network, options, totals = context[:3]
    sizes = [
        f"{both_bytes(bytes_of(number, DTYPE_BITS[options.dtype]))} as {options.dtype}"
        for number in (totals.params, totals.activations)
    ]
    most = largest(network)
    outputs = f"{totals.activations:,} conv and fc outputs"
    return (
        ("parameters", (parameters(totals, network.measure), sizes[0])),
        ("activations", (outputs, sizes[1], f"largest {shown_shape(most.out)} (layer {most.path})")),
        ("resolution", (options.resolution,)),
        ("verification", (options.verification,)),
        ("more", (options.more,)),
    )


def _figures(totals: Totals, options: ReportOptions) -> dict[str, int]:
    """Return totals by key: parameters and MACs by the conventions, then every raw count."""
    flops = {"flops": 2 * totals.macs} if options.flops else {}
    return {"params": totals.params, "macs": totals.macs, **flops, **{key: totals.figure(key) for key in COUNT_NAMES}}


def _groups(rows: Sequence[Grouped], context: Context) -> Iterator[dict[str, Any]]:
    """Yield groups: the label under the grouping's name, the layers, the totals, and what else the table shows."""
    by = context.options.by
    label = {"layer": "path", "block": "path"}.get(by, by)
    for row, shown in zip(rows, _table(rows, context).records, strict=True):
        own = {label: row.label, "layers": len(row.layers), **_figures(row.totals, context.options)}
        yield own | {key: value for key, value in shown.items() if key not in own}


def _layer(row: Grouped, context: Context) -> dict[str, Any]:
    """Return one layer: its place, shapes, arguments, counts and receptive field."""
    layer, network = _one(row), context.network
    field = field_of(context.part._replace(layers=(layer,)))
    return {
        "path": layer.path,
        "op": layer.op,
        "kind": layer.kind,
        "inputs": network.reads(layer),
        "in": layer.ins,
        "out": layer.out,
        "args": layer.args,
        **_figures(row.totals, context.options),
        "activations": layer.cost.activations,
        "receptive_field": field and {"size": field.sides, "stride": field.stride, "offset": field.offset},
    }
