"""Device: what a piece of hardware can do at most, as its file says it. Knows no YAML."""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import offered, quote

COUNTS: Mapping[str, int] = {"flops": 2, "macs": 1}  # what a multiply-accumulate is in each unit of `peak`


class Device(NamedTuple):
    """Peak operations a second by dtype, memory bandwidth in bytes a second, and power in watts where it is known.

    `counts` says what an operation is: `flops`, two for each multiply-accumulate, or `macs`.
    """

    key: str
    name: str
    source: str
    counts: str
    peak: Mapping[str, Fraction]
    bandwidth: Fraction
    watts: Fraction | None = None
    note: str = ""

    def dtype(self, name: str | None) -> str:
        """Return a dtype that the device has a peak for: the one asked for, or fp32, or its first.

        Raises ValueError for one that it has none for.
        """
        if name is None:
            return "fp32" if "fp32" in self.peak else next(iter(self.peak))
        if name not in self.peak:
            raise ValueError(f"device {quote(self.key)} has no peak for {quote(name)}{offered(name, self.peak)}")
        return name

    def flops(self, dtype: str) -> Fraction:
        """Return the peak in FLOPs a second, two for each multiply-accumulate."""
        return self.peak[dtype] * 2 / COUNTS[self.counts]
