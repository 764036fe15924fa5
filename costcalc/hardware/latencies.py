"""Measured times of networks at some inputs, as a file says them, and how well a figure ranks them. Knows no YAML."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import Mark

Input = tuple[int, int, int]


class Measured(NamedTuple):
    """One measured time, in seconds, of a network (`name:settings`) at an input (channels, height, width)."""

    net: str
    input: Input
    seconds: Fraction
    mark: Mark


class Latencies(NamedTuple):
    """Times that one source measured on one device; speed-ups are against the network `baseline` at the same input.

    `marks` holds the places of `device` and, if it is given, `dtype` in the file.
    """

    name: str
    source: str
    device: str
    dtype: str | None
    baseline: str
    times: tuple[Measured, ...]
    marks: Mapping[str, Mark]


def ranks(values: Sequence[Fraction]) -> list[Fraction]:
    """Return the rank of each value from 1; equal ones share the mean of their ranks."""
    return [Fraction(rank, 2) for rank in _doubled_ranks(values)]


def _doubled_ranks(values: Sequence[Fraction]) -> list[int]:
    """Return twice the rank of each value, which is whole."""
    many, below, found = Counter(values), 0, {}
    for value in sorted(many):
        found[value] = 2 * below + many[value] + 1
        below += many[value]
    return [found[value] for value in values]


def rank_correlation(one: Sequence[Fraction], other: Sequence[Fraction]) -> float | None:
    """Return Spearman's rho of two rows of figures: the correlation of their ranks, None where one does not vary.

    Source: Spearman 1904, doi:10.2307/1412159; Kendall and Gibbons 1990, section 3.8, for ties.
    """
    if len(one) == 1 == len(other):
        return None
    pairs = list(zip(_doubled_ranks(one), _doubled_ranks(other), strict=True))
    mean = len(pairs) + 1
    product = sum((left - mean) * (right - mean) for left, right in pairs)
    spread = sum((left - mean) ** 2 for left, _ in pairs) * sum((right - mean) ** 2 for _, right in pairs)
    return float(product) / float(spread) ** 0.5 if spread else None
