"""Filter shapes as the tables of papers print them."""

from collections.abc import Sequence

from costcalc.network.model import Layer
from costcalc.ops import OPS


def filter_of(layers: Sequence[Layer]) -> str:
    """Return a filter shape as papers print it: `3x3x3x32`, `3x3x32 dw`, `Pool 7x7`, `1024x1000`."""
    if len(layers) != 1:
        return f"{len(layers)} layers"
    return OPS[layers[0].op].filter.shown(layers[0])
