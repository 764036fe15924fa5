"""The plots of a report: shares by kind, cumulative costs and sizes by layer, each a table and a chart."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from costcalc.common.table import Chart, Column, Document, Notes, Series, Table
from costcalc.common.units import bytes_of, decimal_bytes, percent, shown_shape
from costcalc.network.grouping import Grouped
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import Network
from costcalc.output.views.heading import about, caption, counted_by, heading
from costcalc.output.views.report import ReportOptions, checked, left_out, worth_showing

MEMORY = (
    Column("path", "layer"),
    Column("out", "output", "text", 2),
    Column("activation_bytes", "activations", "bytes", 1),
    Column("activation_bar", "", "bar"),
    Column("param_bytes", "parameters", "bytes", 1),
    Column("param_bar", "", "bar"),
)
Plot = tuple[Table, Notes, Chart]  # a chart that lacks its title and its names


def plot(network: Network, options: ReportOptions, name: str) -> Document:
    """Return a plot of a network by its name in PLOTS."""
    options = checked(options)
    table, left, chart = PLOTS[name](network, options)
    (title, source), words = heading(network, flops=options.flops)
    names, told = tuple(str(row[0]) for row in table.rows), (*chart.words, caption(words))
    return Document(
        ((title, source), words),
        table,
        (*left, ("more", (options.more,))),
        lambda: {**about(network, "plot"), **counted_by(network.measure), "plot": name, "rows": table},
        chart._replace(title=title, words=told, names=names),
    )


class CountShares(NamedTuple):
    """MACs (or FLOPs) or parameters of some rows: key and title of their columns, the counts, each as a share."""

    key: str
    title: str
    counts: tuple[int, ...]
    parts: tuple[float, ...]

    def columns(self, share: str, title: str) -> tuple[Column, ...]:
        """Return the columns of the counts: themselves, their shares, bars as long as the shares."""
        shares = Column(f"{self.key}_{share}", title, "share", 1)
        return Column(self.key, self.title, "int", 3), shares, Column(f"{self.key}_bar", "", "bar")


def _measured(rows: Sequence[Grouped], options: ReportOptions) -> tuple[CountShares, CountShares]:
    """Return the operations and the parameters of some rows."""
    title, factor = ("FLOPs", 2) if options.flops else ("MACs", 1)
    macs, params = tuple(factor * row.totals.macs for row in rows), tuple(row.totals.params for row in rows)
    return (
        CountShares("macs", title, macs, _fractions(macs, sum(macs))),
        CountShares("params", "parameters", params, _fractions(params, sum(params))),
    )


def _fractions(parts: Sequence[int], whole: int) -> tuple[float, ...]:
    """Return parts of a whole; all are 0 where there is none."""
    return tuple(part / whole if whole else 0.0 for part in parts)


def shares(network: Network, options: ReportOptions) -> Plot:
    """Return the share of each kind in the MACs and in the parameters."""
    groups = network.by("kind")
    shown = sorted(worth_showing(groups, options), key=lambda row: row.totals.macs, reverse=True)
    found = _measured(shown, options)
    cells = (cells for each in found for cells in (each.counts, each.parts, each.parts))
    columns = (Column("kind", "kind"), *(column for each in found for column in each.columns("share", "share")))
    kinds = tuple(str(row.label) for row in shown)
    series = tuple(Series(_summed(each), each.parts, _labels(each), kinds=kinds) for each in found)
    told = (f"Shares of {found[0].title} and of parameters by kind of layer",)
    return (
        Table(columns, tuple(zip([row.label for row in shown], *cells, strict=True))),
        left_out(groups, shown, options),
        Chart("bars", "", told, ("kind", "share of the network's total"), (), series, "share"),
    )


def _summed(measured: CountShares) -> str:
    return f"{measured.title} ({sum(measured.counts):,})"


def _labels(measured: CountShares) -> tuple[str, ...]:
    """Return what is next to bars: the share and the exact count."""
    return tuple(f"{percent(part)} ({count:,})" for count, part in zip(*measured[2:], strict=True))


def cumulative(network: Network, options: ReportOptions) -> Plot:
    """Return how much of the MACs and of the parameters the layers up to each one have."""
    groups = network.by("layer")
    found = _measured(groups, options)
    sums = [_fractions(list(accumulate(each.counts)), sum(each.counts)) for each in found]
    cells = (cells for each, parts in zip(found, sums, strict=True) for cells in (each.counts, parts, parts))
    columns = (column for each in found for column in each.columns("cum", "cum."))
    series = tuple(Series(_summed(each), parts) for each, parts in zip(found, sums, strict=True))
    told = (f"{found[0].title} and parameters, summed up layer by layer",)
    return (
        Table(
            (Column("path", "layer"), Column("kind", "kind", "text", 2), *columns),
            tuple(zip([row.label for row in groups], [row.what for row in groups], *cells, strict=True)),
        ),
        (),
        Chart("lines", "", told, (AXIS, "share of the network's total"), (), series, "share"),
    )


def memory(network: Network, options: ReportOptions) -> Plot:
    """Return the size of each layer's output and of its parameters."""
    groups = network.by("layer")
    bits = DTYPE_BITS[options.dtype]
    outputs = [bytes_of(row.layers[0].cost.activations, bits) for row in groups]
    params = [bytes_of(row.totals.params, bits) for row in groups]
    bars = [_fractions(sizes, max(sizes)) for sizes in (outputs, params)]
    largest = tuple(_largest(what, groups, sizes) for what, sizes in (("activations", outputs), ("parameters", params)))
    kinds = tuple(row.layers[0].kind for row in groups)
    series = tuple(
        Series(name, tuple(map(float, sizes)), kinds=kinds)
        for name, sizes in (("activations", outputs), ("parameters", params))
    )
    told = f"Sizes of each layer's output and of its parameters as {options.dtype}", f"largest {'; '.join(largest)}"
    places = [row.label for row in groups], [shown_shape(row.out) for row in groups]
    return (
        Table(MEMORY, tuple(zip(*places, outputs, bars[0], params, bars[1], strict=True))),
        (("largest", largest), ("sizes", (f"one image, elements of {options.dtype}",))),
        Chart("columns", "", told, (AXIS, "size"), (), series, "bytes"),
    )


def _largest(what: str, groups: Sequence[Grouped], sizes: Sequence[int]) -> str:
    """Return which layer has the largest of some sizes."""
    place = max(range(len(sizes)), key=sizes.__getitem__)
    return f"{what} {decimal_bytes(sizes[place])} at layer {groups[place].label}"


AXIS = "layer, in order of execution"
PLOTS: Mapping[str, Callable[[Network, ReportOptions], Plot]] = {
    "shares": shares,
    "cumulative": cumulative,
    "memory": memory,
}
