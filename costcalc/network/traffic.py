"""What layers move and compute: bytes of traffic, FLOPs, and arithmetic intensity, their ratio."""

from fractions import Fraction

from costcalc.common.units import bytes_of
from costcalc.network.metrics import DEFAULT_MACS, DEFAULT_PARAMS
from costcalc.network.model import Layer
from costcalc.ops import OPS


def traffic(layer: Layer, bits: int, batch: int = 1) -> int:
    """Return the bytes that a layer moves at `bits` an element: its inputs and parameters read, its output written.

    Each is moved once, an input that is read twice too, parameters once for the whole batch; what a row carries itself
    (normalisation, activation) moves nothing more, and a view moves nothing.
    Source: Williams et al. 2009, doi:10.1145/1498765.1498785, section 3.
    """
    if OPS[layer.op].stored(layer).view:
        return 0
    read = dict(zip(layer.inputs, layer.ins, strict=True)).values()
    elements = sum(shape.size for shape in read) + layer.cost.activations
    shared = sum(layer.shared[term.what] for term in DEFAULT_PARAMS.terms) if layer.shared else 0
    return bytes_of(batch * elements + DEFAULT_PARAMS.of(layer) + shared, bits)


def flops(layer: Layer, batch: int = 1) -> int:
    """Return the FLOPs of a layer's conv or fc, two for each multiply-accumulate."""
    return 2 * batch * DEFAULT_MACS.of(layer)


def intensity(operations: int, moved: int) -> Fraction:
    """Return FLOPs for each byte moved; 0 where nothing is moved."""
    return Fraction(operations, moved) if moved else Fraction(0)
