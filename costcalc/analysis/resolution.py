"""Whether the parameters of a network follow the size of its input, by building it at twice the size."""

import re
from collections.abc import Mapping

from costcalc.analysis.api import Spec
from costcalc.common.errors import SpecError
from costcalc.common.units import shown_shape
from costcalc.language.expr import Value, names_in
from costcalc.language.spec import Fed
from costcalc.network.model import Layer, Network

READS_SIZES = re.compile(r"\.[hw]\b")


def resolution(spec: Spec, settings: Mapping[str, Value], shape: Fed | None, network: Network) -> str:
    """Return in words that a network has other parameters at another resolution, with both counts, or nothing.

    `settings` and `shape` are what `network` was built with. Nothing is said where the table refuses twice the size.
    """
    if not (any(map(_by_size, network.layers)) or READS_SIZES.search(spec.definition.text)):
        return ""
    try:
        other = _doubled(spec, settings, shape, network)._replace(measure=network.measure)
    except SpecError:
        return ""
    counts = [f"{net.totals.params:,} at {shown_shape(net.input[1:])}" for net in (network, other)]
    return "" if network.totals.params == other.totals.params else f"parameters depend on it: {', '.join(counts)}"


def _by_size(layer: Layer) -> bool:
    """Return whether a layer may have weights, or give the next ones channels, by the size of its map."""
    flat = layer.op in ("fc", "flatten", "transpose") and layer.ins[0].h * layer.ins[0].w > 1
    return flat or layer.args.get("per") == "element" or bool(layer.args.get("relative"))


def _doubled(spec: Spec, settings: Mapping[str, Value], shape: Fed | None, network: Network) -> Network:
    """Return a network at twice the height and width: by the settings that size its inputs, or by inputs given."""
    cells = [cell for cells in spec.definition.starts.values() for cell in cells[1:]]
    sizes = {name for cell in cells if cell.expr for name, _, _ in names_in(cell.expr)}
    twice = {name: 2 * value for name in sizes if type(value := network.settings.get(name)) is int}
    if twice and shape is None:
        return spec.build(input=None, **{**settings, **twice})
    inputs = {name: (x.c, x.h if spec.definition.signal else 2 * x.h, 2 * x.w) for name, x in network.inputs.items()}
    only = (network.input.c, network.input.h if spec.definition.signal else 2 * network.input.h, 2 * network.input.w)
    return spec.build(input=inputs or only, **settings)
