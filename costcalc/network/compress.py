"""What pruning, quantisation and low rank leave of a network: parameters, MACs, bit operations, stored bytes."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from costcalc.common.errors import quote
from costcalc.common.units import bytes_of
from costcalc.network.metrics import DEFAULT_MACS, DEFAULT_PARAMS
from costcalc.network.model import Layer
from costcalc.network.quantities import FULL_BITS, datum, kernel

MAX_CODE = 16  # bits of a weight that a code book has values for


class Layout(NamedTuple):
    """How kept parameters are stored. Every part of a layer (weights, indices, the rest) starts at a byte.

    `bits` is the width of a kept weight, `rest_bits` that of biases, gamma, beta and slopes; None means the
    layer's own `bits` data, or 32. `index_bits` is what says which weight was kept; where `always` is false, only
    a layer that lost weights has indices. `codebook` gives each layer a table of 2^bits values of 4 bytes, `header` so
    many bytes.
    """

    words: str
    source: str = ""
    bits: int | None = None
    rest_bits: int | None = None
    index_bits: int = 4
    always: bool = False
    codebook: bool = False
    header: int = 0


LAYOUTS: Mapping[str, Layout] = {
    "plain": Layout("a layer's kept parameters at its bits, an index for each kept weight of a layer that lost some"),
    "deep-compression": Layout(
        "a count of 4 bytes a layer, a code book of 2^bits values of 4 bytes, biases of 4 bytes, a code and an index "
        "for each kept weight",
        "the released compressed SqueezeNet and its decoder, github.com/songhan/SqueezeNet-Deep-Compression",
        bits=8,
        rest_bits=32,
        always=True,
        codebook=True,
        header=4,
    ),
}


class Scheme(NamedTuple):
    """What is done to every layer; None leaves what the spec's data say, or the layer as it is.

    `density` is the share of the weights that is kept, `factor` how many times fewer weights a low rank has to leave
    of each fc layer, `act_bits` the width of an activation in bit operations. A low rank is another way than the one
    that a spec's data tell of: with a `factor` they do not hold.
    """

    layout: Layout = LAYOUTS["plain"]
    density: Fraction | None = None
    factor: Fraction | None = None
    act_bits: int = FULL_BITS


class Sizes(NamedTuple):
    """What some layers have before (`params`, `macs`, `dense_weights`) and after, all exact; sizes are in bytes."""

    params: int = 0
    kept: int = 0
    weights: int = 0
    kept_weights: int = 0
    macs: int = 0
    kept_macs: int = 0
    bit_ops: int = 0
    value_bytes: int = 0
    index_bytes: int = 0
    table_bytes: int = 0

    @property
    def bytes(self) -> int:
        """What is stored: values, indices, code books and headers."""
        return self.value_bytes + self.index_bytes + self.table_bytes


class Compressed(NamedTuple):
    """One layer compressed: its density, the bits of a weight, the rank that replaces its matrix (None: none)."""

    layer: Layer
    density: Fraction | int
    bits: int
    rank: int | None
    sizes: Sizes


def rank_for(rows: int, columns: int, factor: Fraction) -> int | None:
    """Return the largest rank r whose two factors, r * (rows + columns), have `factor` times fewer weights, or None.

    A matrix of rows x columns is replaced by rows x r and r x columns. Source: Denton et al. 2014, arXiv:1404.0736,
    section 3.2; Girshick 2015, arXiv:1504.08083, section 3.1.
    """
    rank = int(rows * columns / (factor * (rows + columns)))
    return rank if rank >= 1 and rank * (rows + columns) < rows * columns else None


def stored(kept_weights: int, rest: int, bits: int, layout: Layout, *, indexed: bool) -> tuple[int, int, int]:
    """Return the bytes of (values, indices, tables) of one layer with `kept_weights` of `bits` bits and a `rest`.

    `rest` counts its other parameters. No filler is counted: where an index is too short for a gap, files hold zeros
    that only the positions of the weights can tell.
    """
    values = bytes_of(kept_weights, bits) + bytes_of(rest, layout.rest_bits or bits)
    indices = bytes_of(kept_weights, layout.index_bits) if indexed else 0
    return values, indices, layout.header + (2**bits * 4 if layout.codebook else 0)


def compress(layers: Iterable[Layer], scheme: Scheme) -> tuple[Compressed, ...]:
    """Return the layers that have parameters or multiply, each compressed.

    Kept weights are ceil(weights * density); each multiplies at as many places as before. bit_ops = kept MACs * bits
    of a weight * bits of an activation. Raises ValueError for a code book of more than MAX_CODE bits.
    """
    return tuple(_compressed(layer, scheme) for layer in layers if DEFAULT_PARAMS.of(layer) or DEFAULT_MACS.of(layer))


def _compressed(layer: Layer, scheme: Scheme) -> Compressed:
    layout, params, macs, dense = scheme.layout, DEFAULT_PARAMS.of(layer), DEFAULT_MACS.of(layer), kernel(layer)
    told = layer._replace(data={}) if scheme.factor else layer
    density = datum(told, "density", 1) if scheme.density is None else scheme.density
    bits = layout.bits or int(datum(told, "bits", FULL_BITS))
    rank, weights = _factored(layer, scheme.factor) if layer.op == "fc" and scheme.factor else (None, dense)
    kept = -(-weights * density // 1)
    kept_macs = kept * macs // dense if dense else macs
    plain = layout if dense else layout._replace(codebook=False, header=0)
    if plain.codebook and bits > MAX_CODE:
        raise ValueError(f"a code book takes at most {MAX_CODE} bits, not the {bits} of layer {quote(layer.path)}")
    indexed = layout.always or kept < weights
    return Compressed(
        layer,
        density,
        bits,
        rank,
        Sizes(
            params,
            kept + params - dense,
            dense,
            kept,
            macs,
            kept_macs,
            kept_macs * bits * scheme.act_bits,
            *stored(kept, params - dense, bits, plain, indexed=indexed),
        ),
    )


def _factored(layer: Layer, factor: Fraction) -> tuple[int | None, int]:
    """Return the rank that replaces an fc layer's matrix, and the weights of its factors; None leaves the matrix."""
    rows, columns = layer.ins[0].size, layer.out.c
    rank = rank_for(rows, columns, factor)
    return rank, rank * (rows + columns) if rank else rows * columns


def summed(rows: Iterable[Sizes]) -> Sizes:
    """Return the sums of some sizes."""
    return Sizes(*map(sum, zip(Sizes(), *rows, strict=True)))
