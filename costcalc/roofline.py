"""The roofline: bytes that layers move, arithmetic intensity, and the least time that a device needs for them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.devices import Device
from costcalc.memory import VIEWS
from costcalc.metrics import DEFAULT_MACS, DEFAULT_PARAMS, DTYPE_BITS
from costcalc.network import Layer
from costcalc.units import bytes_of


def traffic(layer: Layer, bits: int, batch: int = 1) -> int:
    """Return the bytes that a layer moves at `bits` an element: its inputs and parameters read, its output written.

    Each is moved once, parameters once for the whole batch; what a row carries itself (normalisation, activation) moves
    nothing more, and a view moves nothing. Source: Williams et al. 2009, doi:10.1145/1498765.1498785, section 3.
    """
    if layer.op in VIEWS:
        return 0
    elements = sum(shape.size for shape in layer.ins) + layer.cost.activations
    return bytes_of(batch * elements + DEFAULT_PARAMS.of(layer), bits)


def flops(layer: Layer, batch: int = 1) -> int:
    """Return the FLOPs of a layer's conv or fc, two for each multiply-accumulate."""
    return 2 * batch * DEFAULT_MACS.of(layer)


def intensity(operations: int, moved: int) -> Fraction:
    """Return FLOPs for each byte moved; 0 where nothing is moved."""
    return Fraction(operations, moved) if moved else Fraction(0)


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
        """What the time is bound by: `compute` or `memory`; nothing where there is no time."""
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
