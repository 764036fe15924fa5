"""Part: some layers of a network under a name, and the figures that can be read of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from costcalc.common.errors import listing, quote, suggest
from costcalc.common.units import bytes_of
from costcalc.network.filters import filter_of
from costcalc.network.memory.features import features
from costcalc.network.metrics import (
    BY_ATTRIBUTE,
    CONVENTIONS,
    DEFAULT_MACS,
    DEFAULT_PARAMS,
    DTYPE_BITS,
    Convention,
    multiplies,
    total,
)
from costcalc.network.model import Layer, Network
from costcalc.network.quantities import DATA_SUMS, depth
from costcalc.ops import as_ops


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


def _kernel(part: Part) -> int:
    """Return the height of the first kernel, 1 where no layer has one."""
    return next((int(layer.args["k"][0]) for layer in part.layers if layer.args.get("k")), 1)


def _stride(part: Part) -> int:
    """Return the largest stride downwards: of a block, that of the layer in it which has one."""
    return max((int(layer.args["s"][0]) for layer in part.layers if layer.args.get("s")), default=1)


PARTS: Mapping[str, Callable[[Part], int]] = {
    "bytes": lambda part: bytes_of(part.figure("params"), DTYPE_BITS["fp32"]),
    **{name: lambda part, of=of: of(part.layers) for name, of in DATA_SUMS.items()},  # type: ignore[misc]
    "features": lambda part: bytes_of(features(part.layers).total, DTYPE_BITS["fp32"]),
    "depth": lambda part: depth(part.layers),
    "weighted": lambda part: sum(map(multiplies, part.layers)),
    "n": lambda part: part.repeats,
    "k": _kernel,
    "s": _stride,
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


def named(network: Network, text: str) -> tuple[str, tuple[Layer, ...]]:
    """Return what a person calls some layers, spelt out, with the layers: one, or those of a block, group or stage.

    A path comes first, as reports print it; then a stage, a name that stands in one path alone, a number in the order
    of execution (from 0). Raises ValueError where nothing is called so, or more than one thing.
    """
    found = _at(network, text)
    if found:
        return text, found
    stages = [layer for stage in network.by("stage") if stage.label == text for layer in stage.layers]
    if stages:
        return f"stage {text}", tuple(layer for layer in stages if isinstance(layer, Layer))
    paths = dict.fromkeys(path for layer in network.layers for path in _paths(layer) if path.split("/")[-1] == text)
    if len(paths) > 1:
        raise ValueError(f"{quote(text)} stands in {len(paths)} places of {quote(network.key)}: {listing(paths)}")
    for path in paths:
        return path, _at(network, path)
    if text.isascii() and text.isdigit() and len(text) < 9 and int(text) < len(network.layers):
        layer = network.layers[int(text)]
        return layer.path, (layer,)
    known = dict.fromkeys(path for layer in network.layers for path in _paths(layer))
    tops = dict.fromkeys(path.split("/")[0] for path in known)
    raise ValueError(
        f"{quote(network.key)} has no layer, block or stage {quote(text)}; it has {listing(tops)}, "
        f"and layers by number from 0 to {len(network.layers) - 1}{suggest(text, as_ops(known))}"
    )


def _at(network: Network, path: str) -> tuple[Layer, ...]:
    """Return the one layer at a path, or those under it and its repeats."""
    one = [layer for layer in network.layers if layer.path == path]
    if one or not path:
        return tuple(one)
    try:
        return tuple(part_of(network, path).layers)
    except ValueError:
        return ()


def _paths(layer: Layer) -> list[str]:
    """Return a layer's path and those of what it stands in."""
    parts = layer.path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
