"""Weights that several rows share: counted at the first row, read by the others."""

from collections.abc import Sequence

from costcalc.common.errors import SpecError, quote
from costcalc.language.spec import Ref
from costcalc.network.model import PARAMETERS, Layer, without_parameters

# Columns that say how a kernel is laid, or what is done with what comes out, and change no weight.
LAID = frozenset({"s", "p", "d", "ceil", "to", "extra", "act", "window", "grid"})


def sharing(ref: Ref, first: Sequence[Layer], layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers of a row without the parameters that they share with those of another row.

    Raises SpecError where the two have not the same layers, or weights of other shapes.
    """
    if len(first) != len(layers):
        raise SpecError(f"{quote(ref.name)} has {len(first)} layers, and this row has {len(layers)}", ref.mark)
    return [_sharing(ref, of, layer) for of, layer in zip(first, layers, strict=True)]


def _sharing(ref: Ref, of: Layer, layer: Layer) -> Layer:
    """Return one layer that reads the parameters of another."""
    if of.op != layer.op or _weights(of) != _weights(layer):
        raise SpecError(
            f"{quote(layer.path)} cannot share the weights of {quote(of.path)}: they are not alike", ref.mark
        )
    own = {name: getattr(layer.cost, name) for name in PARAMETERS}
    return layer._replace(cost=without_parameters(layer.cost), shares=of.shares or of.path, shared=own)


def _weights(layer: Layer) -> tuple[object, ...]:
    """Return what the shapes of a layer's weights follow from."""
    counts = layer.shared or {name: getattr(layer.cost, name) for name in PARAMETERS}
    columns = tuple((name, value) for name, value in layer.args.items() if name not in LAID)
    return (*columns, *(counts[name] for name in PARAMETERS))
