"""The view of `latency`: measured times next to the bound, speed-ups, and what ranks the times."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.common.table import Column, Document, Table
from costcalc.common.units import shown_shape
from costcalc.hardware.devices import Device
from costcalc.hardware.latencies import Latencies, Measured, rank_correlation
from costcalc.hardware.roofline import Bound
from costcalc.output.views.heading import schema
from costcalc.output.views.roofline import FASTER

COLUMNS = (
    Column("net", "network"),
    Column("input", "input"),
    Column("macs", "MACs", "int", 3),
    Column("traffic", "traffic", "bytes", 4),
    Column("bound_seconds", "least time", "seconds", 2),
    Column("measured_seconds", "measured", "seconds"),
    Column("achieved", "achieved", "share", 1),
    Column("bound_speedup", "speed-up of bound", "decimal", 5),
    Column("speedup", "speed-up", "decimal"),
)


class Timed(NamedTuple):
    """One measured time and the bound of the same network at the same input."""

    measured: Measured
    bound: Bound


RANKED: Mapping[str, Callable[[Timed], Fraction]] = {
    "MACs": lambda row: Fraction(row.bound.flops),
    "bound": lambda row: row.bound.seconds,
    "traffic": lambda row: Fraction(row.bound.traffic),
}


def latency(table: Latencies, device: Device, dtype: str, rows: Sequence[Timed]) -> Document:
    """Return each measured time next to its bound, and the rank correlations of figures with the times."""
    base = {row.measured.input: row for row in rows if row.measured.net == table.baseline}
    figures = [_row(row, base[row.measured.input]) for row in rows]
    found = correlations(rows)
    return Document(
        ((table.name, table.source), (device.name, device.source)),
        Table.of(COLUMNS, figures),
        (
            *(
                (f"ranks, {where}", tuple(f"{name} {_rho(rho)}" for name, rho in ranks.items()))
                for where, ranks in found.items()
            ),
            ("ranks are", ("Spearman's correlation with the measured times, 1 for the same order",)),
            ("speed-up", (f"against {table.baseline} at the same input",)),
            ("least time", (f"as {dtype}, layer after layer: a bound, not a latency",)),
            ("above 100 %", (FASTER,) if any(row["achieved"] > 1 for row in figures) else ()),
            ("device", (device.note,)),
        ),
        lambda: {
            **schema("latency"),
            "name": table.name,
            "source": table.source,
            "device": device.key,
            "dtype": dtype,
            "baseline": table.baseline,
            "rows": figures,
            "rank_correlation": found,
        },
    )


def _row(row: Timed, base: Timed) -> dict[str, Any]:
    """Return the figures of one measured time; times in seconds."""
    seconds, least = row.measured.seconds, row.bound.seconds
    return {
        "net": row.measured.net,
        "input": shown_shape(row.measured.input),
        "macs": row.bound.flops // 2,
        "traffic": row.bound.traffic,
        "bound_seconds": float(least),
        "measured_seconds": float(seconds),
        "achieved": float(least / seconds),
        "bound_speedup": float(base.bound.seconds / least) if least else None,
        "speedup": float(base.measured.seconds / seconds),
    }


def correlations(rows: Sequence[Timed]) -> dict[str, dict[str, float | None]]:
    """Return the rank correlation of each figure with the measured time, at each input and over all."""
    groups: dict[str, list[Timed]] = {}
    for row in rows:
        groups.setdefault(shown_shape(row.measured.input), []).append(row)
    if len(groups) > 1:
        groups["all"] = list(rows)
    return {
        where: {
            name: rank_correlation([of(row) for row in members], [row.measured.seconds for row in members])
            for name, of in RANKED.items()
        }
        for where, members in groups.items()
    }


def _rho(rho: float | None) -> str:
    return "none" if rho is None else f"{rho:.3f}"
