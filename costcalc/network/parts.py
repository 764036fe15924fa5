"""Parts of a network by the names that people have for them: a path, a block, a stage, a number."""

from costcalc.common.errors import listing, quote, suggest
from costcalc.network.figures import Part, whole
from costcalc.network.filters import filter_of
from costcalc.network.model import Layer, Network
from costcalc.ops import as_ops

NEAR = 6  # paths that an error shows


def size_of(part: Part, name: str) -> str:
    """Return the size `in` or `out` of some layers, or their `filter`, as papers print it."""
    if name == "in":
        return str(part.layers[0].ins[0])
    return str(part.layers[-1].out) if name == "out" else filter_of(part.layers)


def part_of(network: Network, path: str) -> Part:
    """Return the layers at a path, under it, and of its repeats; all of them for an empty path.

    Raises ValueError where the network has no such path.
    """
    if not path:
        return whole(network)
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
    return whole(network)._replace(layers=[layer for _, layer in found], repeats=len({name for name, _ in found}))


def named(network: Network, text: str) -> tuple[str, tuple[Layer, ...]]:
    """Return what a person calls some layers, spelt out, with the layers: one, or those of a block, group or stage.

    A path comes first, as reports print it; then a number in the order of execution (from 0), a stage, the last part
    of one path alone. Raises ValueError where nothing is called so, or more than one thing.
    """
    found = _at(network, text)
    if found:
        return text, found
    if text.isascii() and text.isdigit() and len(text) < 9 and int(text) < len(network.layers):
        layer = network.layers[int(text)]
        return layer.path, (layer,)
    stages = [layer for stage in network.by("stage") if stage.label == text for layer in stage.layers]
    if stages:
        return f"stage {text}", tuple(layer for layer in stages if isinstance(layer, Layer))
    paths = dict.fromkeys(path for layer in network.layers for path in _paths(layer) if path.split("/")[-1] == text)
    if len(paths) > 1:
        near = listing([*paths][:NEAR])
        raise ValueError(
            f"{quote(text)} matches {len(paths)} parts of {quote(network.key)}; give a longer path, such as {near}"
        )
    for path in paths:
        return path, _at(network, path)
    known = dict.fromkeys(path for layer in network.layers for path in _paths(layer))
    tops = dict.fromkeys(path.split("/")[0] for path in known)
    raise ValueError(
        f"{quote(network.key)} has no layer, block or stage {quote(text)}{suggest(text, as_ops(known))} "
        f"(paths are {listing([*tops][:NEAR])} and so on; numbers are 0 to {len(network.layers) - 1})"
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
    """Return a layer's path and those of what it is in."""
    parts = layer.path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
