"""What can be counted, in words, and the conventions: named sums of counts, each with its source."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from costcalc.common.errors import offered, quote
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
    "pool_strides": "elements that pooling writes, each times the area of the stride",
    "pool_taps": "elements in all windows of pooling, those on padding included",
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
    """What a convention reads of a layer: its op, its activation and norm, its counts, how a program writes it."""

    @property
    def op(self) -> str: ...  # noqa: D102
    @property
    def args(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def cost(self) -> Cost: ...  # noqa: D102
    @property
    def coding(self) -> str: ...  # noqa: D102


class Term(NamedTuple):
    """One summand of a convention: a count (`what`) times a factor, for the layers that meet every condition given.

    `ops` are the op's names; `acts` the activation's, be it a column or an op of its own; `codings` how it is written.
    """

    what: str
    factor: int = 1
    ops: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    codings: tuple[str, ...] = ()

    def of(self, layer: Counted) -> int:
        """Return what this term counts for one layer."""
        met = (
            (not self.ops or layer.op in self.ops)
            and (not self.acts or layer.args.get("act", layer.op) in self.acts)
            and (not self.norms or layer.args.get("norm", layer.op) in self.norms)
            and (not self.codings or layer.coding in self.codings)
        )
        count: int = getattr(layer.cost, self.what)
        return self.factor * count if met else 0


class Convention(NamedTuple):
    """A named sum of counts: what somebody means by "MACs" or "parameters".

    `measures` is `macs` or `params`; `words` says it in a heading; `source` where it comes from and what it assumes.
    """

    name: str
    measures: str
    words: str
    terms: tuple[Term, ...]
    source: str

    def of(self, layer: Counted) -> int:
        """Return what this convention counts for one layer."""
        return sum(term.of(layer) for term in self.terms)

    def total(self, layers: Iterable[Counted]) -> int:
        """Return what this convention counts for some layers."""
        return sum(map(self.of, layers))


def _table(*rows: Convention) -> Mapping[str, Convention]:
    return {row.name: row for row in rows}


_POOLS = ("maxpool", "avgpool")
_GLOBAL_POOLS = ("gap", "gmp")
_MACS = (Term("conv_macs"), Term("fc_macs"), Term("matmul_macs"))
_BN, _LN = ("bn",), ("ln",)
_TWICE = ("relu", "prelu", "gelu")  # activations that ptflops counts as modules and as functions

CONVENTIONS = _table(
    Convention(
        "conv+fc", "macs", "MACs of conv and fc", _MACS, "Howard et al. 2017, arXiv:1704.04861, table 4: mult-adds"
    ),
    Convention(
        "conv",
        "macs",
        "MACs of conv",
        (Term("conv_macs"),),
        "Zhang et al. 2018, arXiv:1707.01083, table 1: the complexity row leaves the classifier out",
    ),
    Convention(
        "burden",
        "macs",
        "operations as the convnet-burden report counts them",
        (
            *_MACS,
            Term("bias_adds"),
            Term("act_elems", 2, acts=("relu",)),
            Term("pool_strides", 2, ops=_POOLS),
            Term("pool_inputs", ops=_GLOBAL_POOLS),
            Term("merge_elems", ops=("add",)),
        ),
        "Albanie, convnet-burden: one for a bias, 2 for a ReLU, 2 * stride^2 for a pool's output, one for each input "
        "of a global pool and for a residual sum; local response normalisation left out, as its AlexNet figure has it",
    ),
    Convention(
        "fvcore",
        "macs",
        "FLOPs as fvcore counts them",
        (
            *_MACS,
            Term("norm_elems", 2, norms=_BN),
            Term("norm_elems", 5, norms=_LN),
            Term("pool_inputs", ops=("gap",), codings=("module", "function")),
        ),
        "fvcore, FlopCountAnalysis: 2 for a batch-normalised element, 5 for a layer-normalised one; a mean over the "
        "tensor is not counted",
    ),
    Convention(
        "torchprofile",
        "macs",
        "MACs as torchprofile counts them",
        (
            *_MACS,
            Term("norm_elems", norms=(*_BN, *_LN)),
            Term("act_elems", acts=("leaky_relu",)),
            Term("pool_outputs", ops=("avgpool", "gap")),
            Term("merge_elems", ops=("mul",)),
        ),
        "torchprofile, profile_macs: one for a normalised element, for an output of an average and for a leaky ReLU",
    ),
    Convention(
        "thop",
        "macs",
        "MACs as thop counts them",
        (
            *_MACS,
            Term("norm_elems", 4, norms=(*_BN, *_LN)),
            Term("act_elems", acts=("prelu",), codings=("module",)),
            Term("pool_inputs", ops=("gap",), codings=("module",)),
            Term("pool_outputs", ops=("gap", "avgpool"), codings=("module",)),
        ),
        "thop, profile: 4 for a normalised element, 1 for a PReLU; average pools only where they are modules; no bias",
    ),
    Convention(
        "torchinfo",
        "macs",
        "mult-adds as torchinfo counts them",
        (*_MACS, Term("bias_adds"), Term("norm", norms=(*_BN, *_LN)), Term("weights", ops=("prelu",))),
        "torchinfo, summary: a bias at every position; norms, and a PReLU of its own row, by their parameters",
    ),
    Convention(
        "ptflops",
        "macs",
        "MACs as ptflops counts them (pytorch backend)",
        (
            *_MACS,
            Term("bias_adds"),
            Term("norm_elems", 2, norms=_BN),
            Term("norm_elems", norms=_LN),
            Term("act_elems", 2, acts=_TWICE, codings=("module",)),
            Term("act_elems", acts=_TWICE, codings=("function",)),
            Term("act_elems", acts=("leaky_relu",), codings=("module",)),
            Term("act_elems", acts=("relu6", "silu", "swish")),
            Term("pool_inputs", 2, codings=("module",)),
            Term("pool_inputs", codings=("function",)),
        ),
        "ptflops, pytorch backend: a ReLU, PReLU, GELU or pool that is a module counts twice, once as its function; "
        "no sums and products, no hard swish, no sigmoid",
    ),
    Convention(
        "ptflops-aten",
        "macs",
        "MACs as ptflops counts them (aten backend)",
        (*_MACS, Term("bias_adds")),
        "ptflops, aten backend: a bias at every position",
    ),
    Convention(
        "flopcounter",
        "macs",
        "FLOPs as torch.utils.flop_counter counts them",
        tuple(term._replace(factor=2) for term in _MACS),
        "PyTorch, FlopCounterMode: 2 for each MAC of convolutions and matrix products, nothing else",
    ),
    Convention(
        "timm",
        "macs",
        "GMACs as timm's results table has them",
        (*_MACS, Term("norm_elems", 2, norms=_BN)),
        "timm, the benchmark's results tables: 2 for a batch-normalised element",
    ),
    Convention(
        "trainable",
        "params",
        "trainable parameters",
        (Term("weights"), Term("bias"), Term("norm")),
        "PyTorch, `Module.parameters`",
    ),
    Convention(
        "weights",
        "params",
        "weights alone",
        (Term("weights"),),
        "Howard et al. 2017, arXiv:1704.04861, table 2: the share of 1x1 in the parameters",
    ),
    Convention(
        "no-norm",
        "params",
        "parameters without normalisation",
        (Term("weights"), Term("bias")),
        "Sandler et al. 2018, arXiv:1801.04381, table 4; batch norm folded into the convolution",
    ),
    Convention(
        "with-stats",
        "params",
        "parameters and running statistics",
        (Term("weights"), Term("bias"), Term("norm"), Term("stats")),
        "the values that a checkpoint holds",
    ),
    Convention(
        "keras",
        "params",
        "parameters as Keras counts them",
        (Term("weights"), Term("bias"), Term("norm"), Term("stats")),
        "Keras, `Model.count_params`: running statistics are weights that are not trained",
    ),
)
BY_ATTRIBUTE = {name.replace("-", "_"): name for name in CONVENTIONS}  # as expressions can spell them
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
                raise ValueError(f"unknown convention {quote(name)}{offered(name, CONVENTIONS)}")
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


def multiplies(layer: Counted) -> bool:
    """Return whether a layer multiplies and accumulates: a conv, an fc or a matrix product."""
    return DEFAULT_MACS.of(layer) > 0


def counted(layers: Iterable[Counted], name: str) -> int:
    """Return the sum of a raw count over layers; `activations` is that of the layers that multiply."""
    return sum(getattr(layer.cost, name) for layer in layers if name != "activations" or multiplies(layer))


def total(layers: Iterable[Counted], measure: Measure | None = None) -> Totals:
    """Return the sums over layers under a measure (the default one unless given)."""
    measure = measure or Measure()
    layers = tuple(layers)
    counts = {name: counted(layers, name) for name in COUNT_NAMES}
    activations = counts.pop("activations")
    return Totals(measure.params.total(layers), measure.macs.total(layers), activations, len(layers), counts)
