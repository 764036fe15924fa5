"""The view of `roofline`: each layer's traffic, intensity and least time on a device, and its place on the roof."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.common.table import Chart, Column, Document, Notes, Series, Table
from costcalc.common.units import percent, scaled, seconds
from costcalc.hardware.devices import Device
from costcalc.hardware.roofline import Bound, bound, in_turn
from costcalc.network.model import Network
from costcalc.output.views.heading import about, caption, heading

COLUMNS = (
    Column("path", "layer"),
    Column("kind", "kind", drop=3),
    Column("flops", "FLOPs", "int", 4),
    Column("traffic", "traffic", "bytes", 2),
    Column("intensity", "FLOPs/byte", "decimal"),
    Column("limit", "bound by"),
    Column("seconds", "least time", "seconds"),
    Column("share", "share", "share", 1),
)
FASTER = "faster than the bound: an assumption, or the device's file, is wrong"
AREAS = "the area of a point is the layer's share of the time"
STEPS = 1.5  # how far the roof goes on beyond the outermost layers


class RooflineOptions(NamedTuple):
    """What is asked of a network on a device: elements as `dtype`, images at a time, perhaps a measured time."""

    device: Device
    dtype: str
    batch: int = 1
    measured: Fraction | None = None


def roofline(network: Network, asked: RooflineOptions, *, plot: bool) -> Document:
    """Return the least time of each layer of a network, one after the other, and their sum."""
    bounds = [bound(layer, asked.device, asked.dtype, asked.batch) for layer in network.layers]
    whole = in_turn(bounds)
    rows = [
        {"path": layer.path, "kind": layer.kind, **_figures(row), "share": float(row.seconds / whole.seconds)}
        for layer, row in zip(network.layers, bounds, strict=True)
        if row.seconds
    ]
    (title, source), words = heading(network)
    words = (*words[:-1], f"FLOPs = 2 x MACs of conv and fc, batch {asked.batch}, {asked.dtype}")
    total = {**_figures(whole), "path": "total", "limit": None}
    device, peak = asked.device, asked.device.flops(asked.dtype)
    rates = {"flops_per_second": float(peak), "bytes_per_second": float(device.bandwidth)}
    return Document(
        ((title, source), words, (device.name, device.source)),
        Table.of(COLUMNS, rows, total),
        _notes(bounds, whole, asked),
        lambda: {
            **about(network, "roofline"),
            "device": {"key": device.key, "name": device.name, "source": device.source, **rates},
            "dtype": asked.dtype,
            "batch": asked.batch,
            "layers": rows,
            "totals": _figures(whole),
            **({} if asked.measured is None else {"measured": _achieved(whole, asked.measured)}),
        },
        _chart(title, words, rows, whole, asked) if plot else None,
    )


def _achieved(whole: Bound, measured: Fraction) -> dict[str, float]:
    """Return a measured time, and the share of the bound that it achieves."""
    return {"seconds": float(measured), "achieved": float(whole.seconds / measured)}


def _figures(row: Bound) -> dict[str, Any]:
    """Return a bound by key; times in seconds."""
    return {
        "flops": row.flops,
        "traffic": row.traffic,
        "intensity": float(row.intensity),
        "limit": row.limit,
        "compute_seconds": float(row.compute),
        "memory_seconds": float(row.memory),
        "seconds": float(row.seconds),
    }


def _notes(bounds: Sequence[Bound], whole: Bound, asked: RooflineOptions) -> Notes:
    """Return the roof, the bound and what it rests on, and the measured time next to it."""
    device, peak = asked.device, asked.device.flops(asked.dtype)
    by = {limit: [row for row in bounds if row.limit == limit] for limit in ("compute", "memory")}
    parts = {limit: percent(float(in_turn(rows).seconds / whole.seconds)) for limit, rows in by.items()}
    told = ", ".join(f"{len(rows)} by {limit} ({parts[limit]} of the time)" for limit, rows in by.items())
    rates = f"{scaled(float(peak), 'FLOP/s')} as {asked.dtype}", f"{scaled(float(device.bandwidth), 'B/s')}"
    times = f"arithmetic alone {seconds(float(whole.compute))}, traffic alone {seconds(float(whole.memory))}"
    return (
        ("roof", (*rates, f"they meet at {float(peak / device.bandwidth):,.2f} FLOPs a byte")),
        ("bound by", (told,)),
        ("least time", (f"{seconds(float(whole.seconds))}, layer after layer: a bound, not a latency", times)),
        ("assumed", ("each layer reads its inputs and parameters once and writes its output once",)),
        ("device", (device.note,)),
        ("measured", () if asked.measured is None else _told(whole, asked.measured)),
    )


def _told(whole: Bound, measured: Fraction) -> tuple[str, ...]:
    """Return how much of the bound a measured time achieves, in words."""
    time, fraction = _achieved(whole, measured).values()
    told = f"{seconds(time)}", f"{percent(fraction)} of the bound achieved"
    return *told, scaled(float(whole.flops / measured), "FLOP/s"), *([FASTER] if fraction > 1 else [])


def _chart(
    title: str, words: Sequence[str], rows: Sequence[dict[str, Any]], whole: Bound, asked: RooflineOptions
) -> Chart | None:
    """Return the roof with a point for each layer that multiplies, and one for the measured whole."""
    peak, bandwidth = float(asked.device.flops(asked.dtype)), float(asked.device.bandwidth)
    rows = [row for row in rows if row["flops"]]
    if not rows:
        return None
    paths, xs = tuple(row["path"] for row in rows), tuple(row["intensity"] for row in rows)
    low, ridge, high = min(*xs, peak / bandwidth) / STEPS, peak / bandwidth, max(*xs, peak / bandwidth) * STEPS
    series = [
        Series("the device's roof", (low * bandwidth, peak, peak), xs=(low, ridge, high)),
        Series(
            "a layer, at best",
            tuple(min(peak, x * bandwidth) for x in xs),
            paths,
            xs,
            kinds=tuple(row["kind"] for row in rows),
            areas=tuple(row["share"] for row in rows),
        ),
    ]
    if asked.measured is not None:
        rate = float(whole.flops / asked.measured)
        series.append(Series("the network, measured", (rate,), (title,), (float(whole.intensity),)))
    return Chart(
        "points",
        title,
        (f"Roofline of {asked.device.name} as {asked.dtype}", caption(words), AREAS),
        ("arithmetic intensity, FLOPs per byte", "FLOP/s"),
        (),
        tuple(series),
        "log",
        "log",
    )
