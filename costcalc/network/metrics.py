"""What can be counted, in words, and the conventions: named sums of counts, each with its source."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple, Protocol

from costcalc.common.errors import offered, quote
from costcalc.ops import COUNT_NAMES, Cost

COUNTS: Mapping[str, str] = {
    "weights": "trainable kernel and matrix elements (and PReLU slopes)",
    "bias": "trainable biases of conv, fc and recurrent layers",
    "norm": "trainable gamma and beta of normalisation",
    "stats": "running mean and variance of batch norm: kept, not trained",
    "other": "other trainable parameters: learnt factors and summands, extra tokens, tables of positions",
    "conv_macs": "multiply-accumulates of convolutions, taps on padding included",
    "fc_macs": "multiply-accumulates of matrices of weights: fully connected, recurrent, projections of attention",
    "matmul_macs": "multiply-accumulates of matrix products without weights",
    "spread_taps": "kernel elements of transposed convolutions, each at every output place",
    "bias_adds": "additions of a bias, one per output element",
    "norm_elems": "elements that pass normalisation",
    "act_elems": "elements that pass an activation function",
    "pool_inputs": "elements that pooling reads",
    "pool_outputs": "elements that pooling writes",
    "pool_strides": "elements that pooling writes, each times the area of the stride",
    "pool_taps": "elements in all windows of pooling, those on padding included",
    "merge_elems": "additions and multiplications element by element: `add`, `mul`, `scale`, `offset`, gates",
    "moved_elems": "elements that concat, shuffle and slice copy",
    "lrn_elems": "elements that pass local response normalisation",
    "softmax_elems": "elements that pass softmax",
    "interp_elems": "elements that upsampling interpolates or repeats",
    "inner_elems": "elements that products inside a layer put out before its output",
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

    `ops` are the op's names; `acts` the activation's, be it a column or an op of its own; `codings` how it is written;
    `given` what columns have to hold, a truth standing for all that is one. `but` are ops that are left out.
    """

    what: str
    factor: int = 1
    ops: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    norms: tuple[str, ...] = ()
    codings: tuple[str, ...] = ()
    given: tuple[tuple[str, str | bool], ...] = ()
    but: tuple[str, ...] = ()

    def of(self, layer: Counted) -> int:
        """Return what this term counts for one layer."""
        count: int = getattr(layer.cost, self.what)
        if type(count) is int and not count:  # as most are; a symbol is asked nothing
            return 0
        met = (
            (not self.ops or layer.op in self.ops)
            and (not self.acts or layer.args.get("act", layer.op) in self.acts)
            and (not self.norms or layer.args.get("norm", layer.op) in self.norms)
            and (not self.codings or layer.coding in self.codings)
            and layer.op not in self.but
            and all(_holds(layer.args.get(column), value) for column, value in self.given)
        )
        return self.factor * count if met else 0

    def total(self, layers: Sequence[Counted]) -> int:
        """Return what this term counts for some layers: without a condition, so many times the sum of its count."""
        return sum(map(self.of, layers)) if any(self[2:]) else self.factor * _summed(layers, self.what)


def _holds(found: Any, value: str | bool) -> bool:
    """Return whether a column holds a word, or is there and on."""
    return bool(found) is value if isinstance(value, bool) else bool(found == value)


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
        total = 0
        for term in self.terms:
            total += term.of(layer)
        return total

    def total(self, layers: Iterable[Counted]) -> int:
        """Return what this convention counts for some layers."""
        layers = tuple(layers)
        return sum(term.total(layers) for term in self.terms)


def _table(*rows: Convention) -> Mapping[str, Convention]:
    return {row.name: row for row in rows}


_POOLS = ("maxpool", "avgpool")
_GLOBAL_POOLS = ("gap", "gmp")
_MACS = (Term("conv_macs"), Term("fc_macs"), Term("matmul_macs"))
_PARAMS = (Term("weights"), Term("bias"), Term("other"))
_TRAINED, _AFFINE = (("frozen", False),), (("frozen", False), ("gamma", True))
_PLAIN = (("frozen", False), ("gamma", False))
_TO, _QKV = (("to", True),), (("qkv", True),)
_NEAREST, _BILINEAR = (("mode", "nearest"),), (("mode", "bilinear"),)
_BN, _NORMS = ("bn",), ("bn", "ln", "gn", "instance", "rms")
_MODULE, _FUNCTION, _CALLED = ("module",), ("function", "mean"), ("module", "function")
_TCONV, _LSTM, _GRU, _ATTENTION, _LINEAR = ("tconv",), ("lstm",), ("gru",), ("attention",), ("linear",)
_TWICE = ("relu", "prelu", "gelu")  # activations that ptflops counts as modules and as functions
_GATES = ("geglu", "reglu", "swiglu")  # which programs write as an activation and a product
_AT_OUTPUT = (Term("conv_macs", but=_TCONV), Term("spread_taps"))  # a transposed kernel at each output place


def _normed(plain: int, affine: int, *norms: str) -> tuple[Term, ...]:
    """Return what a tool counts for an element of these norms, without gamma and with it; none if they are frozen."""
    if plain == affine:
        return (Term("norm_elems", plain, norms=norms, given=_TRAINED),)
    terms = ((affine, _AFFINE), (plain, _PLAIN))
    return tuple(Term("norm_elems", factor, norms=norms, given=given) for factor, given in terms if factor)


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
            Term("conv_macs"),
            Term("fc_macs", but=(*_LSTM, *_GRU)),
            Term("matmul_macs", but=_ATTENTION),
            Term("matmul_macs", ops=_ATTENTION, codings=_FUNCTION),
            *_normed(1, 2, "bn"),
            *_normed(5, 5, "ln", "gn"),
            *_normed(4, 5, "instance"),
            Term("pool_inputs", ops=("gap",), codings=_CALLED),
            Term("pool_inputs", ops=("avgpool",), given=_TO),
            Term("interp_elems", given=_NEAREST),
            Term("interp_elems", 4, given=_BILINEAR),
        ),
        "fvcore, FlopCountAnalysis: 2 for a batch-normalised element, 5 for one of layer, group and instance norm (of "
        "batch and instance norm one less without gamma), 4 for a bilinear one; a mean over the tensor, PyTorch's own "
        "attention (`coding: module`) and recurrent layers are not counted",
    ),
    Convention(
        "torchprofile",
        "macs",
        "MACs as torchprofile counts them",
        (
            *_AT_OUTPUT,
            Term("fc_macs", but=_GRU),
            Term("matmul_macs"),
            *_normed(0, 1, "bn", "ln", "gn", "instance"),
            Term("act_elems", acts=("leaky_relu",)),
            Term("pool_outputs", ops=("avgpool", "gap")),
            Term("merge_elems", ops=("mul", "scale", *_GATES)),
            Term("interp_elems", 4, given=_BILINEAR),
        ),
        "torchprofile, profile_macs: one for a normalised element that has gamma, for an output of an average, for a "
        "leaky ReLU and for a product, 4 for a bilinear element; a transposed kernel at each output place (as if it "
        "had no groups, which is not followed here); no GRU",
    ),
    Convention(
        "thop",
        "macs",
        "MACs as thop counts them",
        (
            *_AT_OUTPUT,
            Term("fc_macs", but=_ATTENTION),
            Term("fc_macs", ops=_ATTENTION, codings=_FUNCTION),
            *_normed(2, 4, "bn", "ln", "instance"),
            Term("act_elems", acts=("prelu",), codings=_MODULE),
            Term("pool_inputs", ops=("gap",), codings=_MODULE),
            Term("pool_inputs", ops=("avgpool",), codings=_MODULE, given=_TO),
            Term("pool_outputs", ops=("gap", "avgpool"), codings=_MODULE),
            Term("interp_elems", codings=_MODULE, given=_NEAREST),
            Term("interp_elems", 11, codings=_MODULE, given=_BILINEAR),
            Term("bias_adds", ops=(*_LSTM, *_GRU)),
            Term("merge_elems", 2, ops=_LSTM),
            Term("merge_elems", ops=_GRU),
            Term("act_elems", ops=_GRU),
        ),
        "thop, profile: 4 for a normalised element (2 without gamma, none for group norm), 1 for a PReLU, 11 for a "
        "bilinear element; average pools and upsampling only where they are modules; a transposed kernel at each "
        "output place; no bias but of recurrent layers, no matrix product but by a Linear",
    ),
    Convention(
        "torchinfo",
        "macs",
        "mult-adds as torchinfo counts them",
        (
            *_AT_OUTPUT,
            Term("fc_macs", but=(*_LINEAR, *_ATTENTION)),
            Term("bias_adds", but=(*_LINEAR, *_ATTENTION)),
            Term("weights", ops=_LINEAR),
            Term("bias", ops=_LINEAR),
            Term("weights", ops=_ATTENTION, codings=_FUNCTION),
            Term("bias", ops=_ATTENTION, codings=_FUNCTION),
            Term("norm", norms=_NORMS),
            Term("weights", ops=("prelu",)),
        ),
        "torchinfo, summary: a bias at every position; norms, a Linear on a map and a PReLU of its own row by their "
        "parameters; a transposed kernel at each output place; no matrix products",
    ),
    Convention(
        "ptflops",
        "macs",
        "MACs as ptflops counts them (pytorch backend)",
        (
            Term("conv_macs"),
            Term("fc_macs"),
            Term("matmul_macs", but=_ATTENTION),
            Term("matmul_macs", ops=_ATTENTION, codings=_FUNCTION),
            *(
                Term(what, ops=_ATTENTION, codings=_MODULE, given=_QKV)
                for what in ("matmul_macs", "softmax_elems", "activations")
            ),
            Term("bias_adds"),
            *_normed(1, 2, "bn", "gn", "instance"),
            *_normed(1, 1, "ln"),
            Term("act_elems", 2, acts=_TWICE, codings=_MODULE),
            Term("act_elems", acts=_TWICE, codings=("function",)),
            Term("act_elems", acts=("leaky_relu",), codings=_MODULE),
            Term("act_elems", 2, acts=("elu",), codings=_MODULE),
            Term("act_elems", acts=("relu6", "silu", "swish", *_GATES)),
            Term("pool_inputs", 2, codings=_MODULE),
            Term("pool_inputs", codings=("function",)),
            Term("interp_elems", 2, codings=_MODULE),
            Term("interp_elems", codings=("function",)),
            Term("act_elems", 2, ops=_LSTM),
            Term("act_elems", ops=_GRU),
            Term("merge_elems", ops=_GRU),
        ),
        "ptflops, pytorch backend: a ReLU, PReLU, GELU, pool or upsampling that is a module counts twice, once as its "
        "function; an ELU twice as a module alone; no sums and products, no hard swish, no sigmoid",
    ),
    Convention(
        "ptflops-aten",
        "macs",
        "MACs as ptflops counts them (aten backend)",
        (*_MACS, Term("bias_adds", but=(*_LINEAR, *_ATTENTION))),
        "ptflops, aten backend: a bias at every position, but of a Linear on a map",
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
        (
            *_MACS,
            Term("norm_elems", 2, norms=_BN),
            *_normed(5, 5, "ln", "gn"),
            Term("pool_inputs", ops=("avgpool",), given=_TO),
            Term("interp_elems"),
        ),
        "timm, the benchmark's results tables: 2 for a batch-normalised element, 5 for one of layer and group norm, "
        "one for an input of an adaptive pool and for an upsampled element",
    ),
    Convention(
        "trainable",
        "params",
        "trainable parameters",
        (*_PARAMS, Term("norm")),
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
        _PARAMS,
        "Sandler et al. 2018, arXiv:1801.04381, table 4; batch norm folded into the convolution",
    ),
    Convention(
        "with-stats",
        "params",
        "parameters and running statistics",
        (*_PARAMS, Term("norm"), Term("stats")),
        "the values that a checkpoint holds",
    ),
    Convention(
        "keras",
        "params",
        "parameters as Keras counts them",
        (*_PARAMS, Term("norm"), Term("stats")),
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
    """Return the sum of a raw count over layers; `activations` is that of convolutions and matrices of weights."""
    if name == "activations":
        return sum(map(_product_outputs, layers))
    return _summed(layers, name)


def _summed(layers: Iterable[Counted], name: str) -> int:
    return sum([getattr(layer.cost, name) for layer in layers])


def _product_outputs(layer: Counted) -> int:
    """Return the elements that the convolutions and matrices of weights of a layer put out, those within it too.

    What attention without projections puts out comes of a product without weights.
    """
    cost = layer.cost
    own = (cost.conv_macs or cost.fc_macs) and layer.args.get("qkv") is not False
    return cost.inner_elems + (cost.activations if own else 0)


def total(layers: Iterable[Counted], measure: Measure | None = None) -> Totals:
    """Return the sums over layers under a measure (the default one unless given)."""
    measure = measure or Measure()
    layers = tuple(layers)
    sums = map(sum, zip(*(layer.cost[2:] for layer in layers), strict=True)) if layers else repeat(0)
    counts: dict[str, int] = dict(zip(COUNT_NAMES, sums, strict=False))
    del counts["activations"]
    activations = counted(layers, "activations")
    return Totals(measure.params.total(layers), measure.macs.total(layers), activations, len(layers), counts)
