"""How tools count, version by version, besides the conventions that have a name: measured on the tools themselves."""

from collections.abc import Iterator

from costcalc.causes.asked import Asked
from costcalc.network.metrics import CONVENTIONS, COUNTS, Convention, Term

Ways = Iterator[tuple[str, Asked]]

_MACS = (Term("conv_macs"), Term("fc_macs"), Term("matmul_macs"))
_OPS = tuple(term._replace(factor=2) for term in _MACS)
_CONV = ("conv", "dwconv")
_FC = ("fc",)
_GAP = ("gap", "gmp")
_MODULE = ("module",)
_ACTS = ("relu", "relu6", "prelu", "leaky_relu")
_POOLS_READ = (
    Term("pool_outputs", ops=("avgpool", *_GAP), codings=_MODULE),
    Term("pool_inputs", ops=_GAP, codings=_MODULE),
)
_THOP = (*_MACS, Term("bias_adds", ops=_CONV), Term("norm_elems", 2, norms=("bn",)), *_POOLS_READ)
_PTFLOPS = (
    *_MACS,
    Term("bias_adds", ops=_CONV),
    Term("norm_elems", 2, norms=("bn",)),
    Term("act_elems", acts=_ACTS, codings=_MODULE),
    Term("act_elems", acts=("relu6",), codings=("function",)),
    Term("pool_inputs", codings=_MODULE),
)


def _version(name: str, words: str, terms: tuple[Term, ...], source: str) -> Convention:
    return Convention(name, "macs", words, terms, source)


# Formulas were recomputed from each tool's own figures; the source names the versions that were run.
VERSIONS = (
    _version(
        "thop 2020 to 2022", "as thop counts before 0.1", _THOP, "thop 0.0.31.post2004101309 to 0.0.5.post2110061705"
    ),
    _version(
        "thop of January 2020",
        "as thop 0.0.31 of January 2020 counts: fc twice",
        (*_THOP, Term("fc_macs")),
        "thop 0.0.31.post2001170342",
    ),
    _version(
        "thop 2019",
        "as thop of 2019 counts",
        (*_THOP, Term("norm_elems", 2, norms=("bn",)), Term("fc_macs"), Term("activations", -1, ops=_FC)),
        "thop 0.0.31.post1909021322",
    ),
    _version("ptflops to 0.6.2", "as ptflops counts up to 0.6.2: modules once, no bias of fc", _PTFLOPS, "ptflops 0.6"),
    _version(
        "ptflops 0.6.4 to 0.7",
        "as ptflops counts up to 0.7: modules once",
        (*_PTFLOPS, Term("bias_adds", ops=_FC)),
        "ptflops 0.6.4, 0.6.9, 0.7",
    ),
    _version(
        "calflops",
        "as calflops counts FLOPs",
        (
            *_OPS,
            Term("bias_adds", ops=_CONV),
            Term("norm_elems", 2, norms=("bn",)),
            Term("norm_elems", 5, norms=("ln",)),
            Term("act_elems", acts=("relu", "prelu", "leaky_relu", "silu", "gelu")),
            Term("pool_inputs"),
        ),
        "calflops 0.3.2",
    ),
    _version(
        "calflops, backward too",
        "as calflops counts the forward and the backward pass",
        (
            *(term._replace(factor=6) for term in _MACS),
            Term("bias_adds", 3, ops=_CONV),
            Term("norm_elems", 6, norms=("bn",)),
            Term("act_elems", 3, acts=("relu", "prelu", "leaky_relu", "silu", "gelu")),
            Term("pool_inputs", 3),
        ),
        "calflops 0.3.2, include_backPropagation; its README's AlexNet",
    ),
    _version(
        "condensenet",
        "as the counter of CondenseNet does: fc bias, activations, average pools",
        (
            *_MACS,
            Term("bias_adds", ops=_FC),
            Term("act_elems", acts=("relu", "relu6")),
            Term("pool_taps", ops=("avgpool",)),
            Term("pool_inputs", ops=_GAP),
        ),
        "CondenseNet, utils.py: measure_layer",
    ),
    _version(
        "textbook",
        "with one addition less than multiplications for each output",
        (*_OPS, Term("activations", -1, ops=(*_CONV, *_FC))),
        "Molchanov et al. 2017, arXiv:1611.06440, for fc: (2I - 1)O",
    ),
    _version(
        "bias as an addition",
        "with an addition of a bias for each output",
        (*_OPS, Term("activations", ops=(*_CONV, *_FC))),
        "",
    ),
    _version(
        "norms as modules",
        "with 2 for each normalised element and the bias of fc",
        (*_MACS, Term("norm_elems", 2), Term("bias_adds", ops=_FC)),
        "",
    ),
)
EXTRA = (
    "act_elems",
    "merge_elems",
    "pool_inputs",
    "pool_outputs",
    "moved_elems",
    "norm_elems",
    "bias_adds",
    "activations",
)


def tools(asked: Asked) -> Ways:
    """Yield what the conventions of tools give, in their versions."""
    if len(asked.sides) == 1 and asked.quantity in ("macs", "flops"):
        for convention in (*VERSIONS, *CONVENTIONS.values()):
            if convention.measures == "macs" and convention != asked.measure.macs:
                name = convention.words if convention in VERSIONS else convention.name
                yield name, _under(asked, convention)
                if asked.quantity == "flops" and convention.terms[0].factor == 1:
                    yield f"{name}, doubled", _under(asked, convention)._replace(quantity="flops")


def counted_too(asked: Asked) -> Ways:
    """Yield the count with something that is not in it: activations, pools, sums, shuffles, biases."""
    if len(asked.sides) == 1 and asked.quantity in ("macs", "flops"):
        for count in EXTRA:
            terms = (*(_MACS if asked.quantity == "macs" else _OPS), Term(count))
            yield COUNTS[count], _under(asked, Convention(f"with {count} {asked.quantity}", "macs", "", terms, ""))


def _under(asked: Asked, convention: Convention) -> Asked:
    return asked._replace(quantity="macs", measure=asked.measure._replace(macs=convention))
