"""What can be counted, in words, and the conventions: named sums of counts, each with its source."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from costcalc.errors import listing, quote, suggest
from costcalc.ops import COUNT_NAMES, Cost

COUNTS: Mapping[str, str] = {
    "weights": "trainable kernel and matrix elements (and PReLU slopes)",
    "bias": "trainable biases of conv and fc",
    "norm": "trainable gamma and beta of normalisation",
    "stats": "running mean and variance of batch norm: kept, not trained",
    "conv_macs": "multiply-accumulates of convolutions, taps on padding included",
    "fc_macs": "multiply-accumulates of fully connected layers",
    "matmul_macs": "multiply-accumulates of matrix products without weights",
    "bias_adds": "additions of a bias, one per output element",
    "norm_elems": "elements that pass batch or layer normalisation",
    "act_elems": "elements that pass an activation function",
    "pool_inputs": "elements that pooling reads",
    "pool_outputs": "elements that pooling writes",
    "merge_elems": "additions of `add`, multiplications of `mul`",
    "moved_elems": "elements that concat, shuffle and slice copy",
    "lrn_elems": "elements that pass local response normalisation",
    "softmax_elems": "elements that pass softmax",
    "activations": "elements of the layer's output",
}

DTYPE_BITS: Mapping[str, int] = {
    "fp64": 64,
    "fp32": 32,
    "tf32": 32,
    "fp16": 16,
    "bf16": 16,
    "fp8": 8,
    "int32": 32,
    "int16": 16,
    "int8": 8,
    "int4": 4,
    "int1": 1,
}


class Counted(Protocol):
    """Anything with a cost: a layer."""

    @property
    def cost(self) -> Cost:
        """The layer's counts."""


class Convention(NamedTuple):
    """A named sum of counts: what somebody means by "MACs" or "parameters".

    `measures` is `macs` or `params`; `terms` are (count, factor) pairs; `words` says it in a heading.
    """

    name: str
    measures: str
    words: str
    terms: tuple[tuple[str, int], ...]
    source: str

    def of(self, layer: Counted) -> int:
        """Return what this convention counts for one layer."""
        cost = layer.cost
        return sum(factor * getattr(cost, count) for count, factor in self.terms)


def _table(*rows: Convention) -> Mapping[str, Convention]:
    return {row.name: row for row in rows}


CONVENTIONS = _table(
    Convention(
        "conv+fc",
        "macs",
        "MACs of conv and fc",
        (("conv_macs", 1), ("fc_macs", 1), ("matmul_macs", 1)),
        "Howard et al. 2017, arXiv:1704.04861, table 4: mult-adds",
    ),
    Convention(
        "conv",
        "macs",
        "MACs of conv",
        (("conv_macs", 1),),
        "Zhang et al. 2018, arXiv:1707.01083, table 1: the complexity row leaves the classifier out",
    ),
    Convention(
        "trainable",
        "params",
        "trainable parameters",
        (("weights", 1), ("bias", 1), ("norm", 1)),
        "PyTorch, `Module.parameters`",
    ),
    Convention(
        "weights",
        "params",
        "weights alone",
        (("weights", 1),),
        "Howard et al. 2017, arXiv:1704.04861, table 2: the share of 1x1 in the parameters",
    ),
    Convention(
        "no-norm",
        "params",
        "parameters without normalisation",
        (("weights", 1), ("bias", 1)),
        "Sandler et al. 2018, arXiv:1801.04381, table 4; batch norm folded into the convolution",
    ),
    Convention(
        "with-stats",
        "params",
        "parameters and running statistics",
        (("weights", 1), ("bias", 1), ("norm", 1), ("stats", 1)),
        "Keras, `Model.count_params`",
    ),
)
DEFAULT_MACS = CONVENTIONS["conv+fc"]
DEFAULT_PARAMS = CONVENTIONS["trainable"]


class Measure(NamedTuple):
    """The two conventions that decide what `macs` and `params` stand for."""

    macs: Convention = DEFAULT_MACS
    params: Convention = DEFAULT_PARAMS

    @classmethod
    def named(cls, names: Iterable[str]) -> "Measure":
        """Return the measure of these convention names, defaults elsewhere; raise ValueError for an unknown one."""
        chosen: dict[str, Convention] = {}
        for name in names:
            if name not in CONVENTIONS:
                raise ValueError(
                    f"no convention {quote(name)}; there are {listing(CONVENTIONS)}{suggest(name, CONVENTIONS)}"
                )
            convention = CONVENTIONS[name]
            if convention.measures in chosen:
                raise ValueError(
                    f"conventions {quote(chosen[convention.measures].name)} and {quote(name)} both say what "
                    f"{convention.measures} are: give one"
                )
            chosen[convention.measures] = convention
        return cls(**chosen)


class Totals(NamedTuple):
    """Sums over layers: `params` and `macs` by a measure, and each raw count under its own name.

    `activations` is the sum over the layers that multiply (conv and fc outputs, elements), not over all layers.
    """

    params: int
    macs: int
    activations: int
    layers: int
    counts: Mapping[str, int]

    def __getattr__(self, name: str) -> int:
        try:
            return self.counts[name]
        except KeyError:
            raise AttributeError(name) from None

    def figure(self, name: str) -> int:
        """Return the total that a key names: `params`, `macs`, `activations`, `layers` or a raw count."""
        return int(getattr(self, name))


TOTAL_NAMES = ("layers", "params", "macs", *COUNT_NAMES)


def multiplies(layer: Counted) -> bool:
    """Return whether a layer multiplies and accumulates: a conv, an fc or a matrix product."""
    return DEFAULT_MACS.of(layer) > 0


def total(layers: Iterable[Counted], measure: Measure | None = None) -> Totals:
    """Return the sums over layers under a measure (the default one unless given)."""
    measure = measure or Measure()
    layers = tuple(layers)
    counts = {name: sum(getattr(layer.cost, name) for layer in layers) for name in COUNT_NAMES}
    counts["activations"] = sum(layer.cost.activations for layer in layers if multiplies(layer))
    return Totals(
        params=sum(map(measure.params.of, layers)),
        macs=sum(map(measure.macs.of, layers)),
        activations=counts.pop("activations"),
        layers=len(layers),
        counts=counts,
    )


Quantity = Callable[[Counted], int]
