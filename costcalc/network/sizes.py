"""Sizes of a network by the names that every command has for them: what each is, its unit, its function."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from costcalc.network.metrics import DTYPE_BITS

if TYPE_CHECKING:
    from costcalc.network.model import Network


BYTE_FIGURES = ("bytes", "features")  # sizes in bytes that printed figures state


class Size(NamedTuple):
    """A size of a network, for one image with elements of a type.

    `of` returns it by the network and the type's name; `kind` is that of a column. `typed` sizes depend on the type;
    `traced` ones are of whole numbers throughout, so that `trace` can write them as code.
    """

    title: str
    kind: str
    of: "Callable[[Network, str], int | float]"
    typed: bool = True
    traced: bool = True

    def heading(self, dtype: str) -> str:
        """Return the title of a column, with the type where it matters: `int8 peak memory`."""
        return f"{dtype} {self.title}" if self.typed else self.title


class Sized(NamedTuple):
    """A size that is asked for at a type, as counts are asked for by their names alone."""

    name: str
    dtype: str

    def of(self, network: "Network") -> "int | float":
        """Return it of a network."""
        return SIZES[self.name].of(network, self.dtype)


# What computes them is loaded when one is asked for: `report` knows their names, and starts without.


def _bytes(network: "Network", dtype: str) -> int:
    """Return the bytes of the parameters that the network's measure counts."""
    from costcalc.common.units import bytes_of

    return bytes_of(sum(map(network.measure.params.of, network.layers)), DTYPE_BITS[dtype])


def _features(network: "Network", dtype: str) -> int:
    """Return the bytes of a forward pass that never uses memory twice."""
    from costcalc.common.units import bytes_of
    from costcalc.network.memory import features

    return bytes_of(features(network.layers).total, DTYPE_BITS[dtype])


def _peak(network: "Network", dtype: str) -> int:
    """Return the inference peak in bytes under the default policy."""
    from costcalc.network.memory import peak

    return peak(network, dtype)


def _traffic(network: "Network", dtype: str) -> int:
    """Return the bytes that the layers move."""
    from costcalc.network.traffic import traffic

    return sum(traffic(layer, DTYPE_BITS[dtype]) for layer in network.layers)


def _intensity(network: "Network", dtype: str) -> float:
    """Return the FLOPs of conv and fc for each byte that the layers move."""
    from costcalc.network.traffic import flops, intensity

    return float(intensity(sum(map(flops, network.layers)), _traffic(network, dtype)))


def _kept(network: "Network", dtype: str) -> int:
    """Return the parameters that pruning to the spec's densities leaves."""
    from costcalc.network.quantities import kept

    return kept(network.layers)


SIZES: Mapping[str, Size] = {
    "bytes": Size("parameter memory", "bytes", _bytes),
    "features": Size("sum of features", "bytes", _features),
    "peak": Size("peak memory", "bytes", _peak),
    "traffic": Size("traffic", "bytes", _traffic),
    "intensity": Size("FLOPs/byte", "decimal", _intensity, traced=False),
    "kept": Size("kept parameters", "int", _kept, typed=False, traced=False),
}
