"""Part: some layers of a network under a name, and the figures that can be read of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from costcalc.claims import filter_of
from costcalc.memory.features import features
from costcalc.metrics import (
    BY_ATTRIBUTE,
    CONVENTIONS,
    DEFAULT_MACS,
    DEFAULT_PARAMS,
    DTYPE_BITS,
    Convention,
    multiplies,
    total,
)
from costcalc.network import Layer, Network
from costcalc.quantities import depth, kept, parameter_bytes
from costcalc.units import bytes_of


class Part(NamedTuple):
    """Some layers of a network under a name, whose figures values read."""

    layers: Sequence[Layer]
    macs: Convention = DEFAULT_MACS
    params: Convention = DEFAULT_PARAMS
    repeats: int = 1

    def under(self, name: str) -> "Part":
        """Return these layers counted under a convention, by its name; an empty name changes nothing."""
        if not name:
            return self
        convention = CONVENTIONS[name]
        return self._replace(macs=convention) if convention.measures == "macs" else self._replace(params=convention)

    def figure(self, name: str) -> int:
        """Return a figure of these layers: a total, a convention's, a size, or an argument."""
        if name in PARTS:
            return PARTS[name](self)
        if name in BY_ATTRIBUTE:
            return sum(map(CONVENTIONS[BY_ATTRIBUTE[name]].of, self.layers))
        if name in ("params", "macs"):
            return sum(map(self.params.of if name == "params" else self.macs.of, self.layers))
        return total(self.layers).figure(name)

    def text(self, name: str) -> str:
        """Return a size as papers print it."""
        if name == "in":
            return str(self.layers[0].ins[0])
        return str(self.layers[-1].out) if name == "out" else filter_of(self.layers)


def _argument(name: str) -> Callable[[Part], int]:
    """Return a reader of the first layer's argument that is there: the height of a kernel or stride."""

    def read(part: Part) -> int:
        found = next((layer.args[name] for layer in part.layers if name in layer.args), (1, 1))
        return int(found[0])

    return read


PARTS: Mapping[str, Callable[[Part], int]] = {
    "bytes": lambda part: parameter_bytes(part.layers, part.params),
    "features": lambda part: bytes_of(features(part.layers).total, DTYPE_BITS["fp32"]),
    "kept": lambda part: kept(part.layers),
    "depth": lambda part: depth(part.layers),
    "weighted": lambda part: sum(map(multiplies, part.layers)),
    "n": lambda part: part.repeats,
    "k": _argument("k"),
    "s": _argument("s"),
    "in_c": lambda part: part.layers[0].ins[0].c,
    "in_h": lambda part: part.layers[0].ins[0].h,
    "in_w": lambda part: part.layers[0].ins[0].w,
    "out_c": lambda part: part.layers[-1].out.c,
    "out_h": lambda part: part.layers[-1].out.h,
    "out_w": lambda part: part.layers[-1].out.w,
}


def part_of(network: Network, path: str) -> Part:
    """Return the layers at a path, under it, and of its repeats; all of them for an empty path.

    Raises ValueError where the network has no such path.
    """
    if not path:
        return Part(network.layers)
    wanted = path.split("/")
    found = []
    for layer in network.layers:
        parts = layer.path.split("/")
        same = parts[: len(wanted) - 1] == wanted[:-1] and len(parts) >= len(wanted)
        if same and parts[len(wanted) - 1].partition("#")[0] == wanted[-1].partition("#")[0]:
            found.append((parts[len(wanted) - 1], layer))
    if "#" in wanted[-1]:
        found = [(name, layer) for name, layer in found if name == wanted[-1]]
    if not found:
        raise ValueError(f"{network.key} has no layer `{path}`")
    return Part([layer for _, layer in found], repeats=len({name for name, _ in found}))
