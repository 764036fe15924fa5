"""Filter shapes as the tables of papers print them."""

from collections.abc import Callable, Mapping, Sequence

from costcalc.network.model import Layer


def filter_of(layers: Sequence[Layer]) -> str:
    """Return a filter shape as papers print it: `3x3x3x32`, `3x3x32 dw`, `Pool 7x7`, `1024x1000`."""
    if len(layers) != 1:
        return f"{len(layers)} layers"
    return FILTERS.get(layers[0].op, _no_filter)(layers[0])


def _no_filter(layer: Layer) -> str:
    return "no filter"


def _kernel(layer: Layer) -> str:
    k = layer.args["k"]
    return f"{k[0]}x{k[1]}"


FILTERS: Mapping[str, Callable[[Layer], str]] = {
    "conv": lambda layer: f"{_kernel(layer)}x{layer.ins[0].c // layer.args['g']}x{layer.out.c}",
    "dwconv": lambda layer: f"{_kernel(layer)}x{layer.out.c} dw",
    "fc": lambda layer: f"{layer.ins[0].size}x{layer.out.c}",
    "maxpool": lambda layer: f"Pool {_kernel(layer)}",
    "avgpool": lambda layer: f"Pool {_kernel(layer)}",
    "gap": lambda layer: f"Pool {layer.ins[0].h}x{layer.ins[0].w}",
    "gmp": lambda layer: f"Pool {layer.ins[0].h}x{layer.ins[0].w}",
}
