"""Sizes of a network by the names that other commands have for them, in bytes."""

from collections.abc import Callable, Mapping

from costcalc.memory.features import features
from costcalc.memory.timeline import peak
from costcalc.metrics import DTYPE_BITS
from costcalc.network import Network
from costcalc.units import bytes_of

# Each of a network at a type: one image, the default policy, parameters as the network's measure counts them.
SIZES: Mapping[str, Callable[[Network, str], int]] = {
    "bytes": lambda network, dtype: bytes_of(network.totals.params, DTYPE_BITS[dtype]),
    "features": lambda network, dtype: bytes_of(features(network.layers).total, DTYPE_BITS[dtype]),
    "peak": peak,
}
