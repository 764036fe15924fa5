"""The roofline: bytes that layers move, arithmetic intensity, and the least time that a device needs for them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.hardware.devices import Device
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import Layer
from costcalc.network.traffic import flops, intensity, traffic


class Bound(NamedTuple):
    """The least time that some layers take on a device, in seconds: the longer of arithmetic and traffic.

    No time that was measured: real programs come above it.
    """

    flops: int
    traffic: int
    compute: Fraction
    memory: Fraction
    seconds: Fraction

    @property
    def intensity(self) -> Fraction:
        """FLOPs for each byte."""
        return intensity(self.flops, self.traffic)

    @property
    def limit(self) -> str:
        """What the time is bound by: `compute` or `memory`; nothing without a time."""
        if not self.seconds:
            return ""
        return "compute" if self.compute >= self.memory else "memory"


def bound(layer: Layer, device: Device, dtype: str, batch: int = 1) -> Bound:
    """Return the bound of one layer: max(FLOPs / peak, bytes / bandwidth), which overlap at best."""
    operations, moved = flops(layer, batch), traffic(layer, DTYPE_BITS[dtype], batch)
    compute, memory = operations / device.flops(dtype), moved / device.bandwidth
    return Bound(operations, moved, compute, memory, max(compute, memory))


def in_turn(bounds: Iterable[Bound]) -> Bound:
    """Return the bound of layers that run one after the other: the sum of theirs."""
    rows: Sequence[Bound] = tuple(bounds)
    zero = Fraction(0)
    return Bound(
        sum(row.flops for row in rows),
        sum(row.traffic for row in rows),
        sum((row.compute for row in rows), zero),
        sum((row.memory for row in rows), zero),
        sum((row.seconds for row in rows), zero),
    )
