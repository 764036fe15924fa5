"""What can be counted and the conventions: every count in words, each convention by hand, totals and their names."""

import re
from types import SimpleNamespace

import pytest

from costcalc.network.metrics import (
    CONVENTIONS,
    COUNTS,
    DEFAULT_MACS,
    DEFAULT_PARAMS,
    DTYPE_BITS,
    Measure,
    multiplies,
    total,
)
from costcalc.ops import COUNT_NAMES, OPS, Cost
from costcalc.ops.shape import Shape

X = Shape(8, 6, 10)  # 480 elements

TOTAL_NAMES = ("layers", "params", "macs", *COUNTS)


def layer(op, *shapes, coding="module", **cells):
    """Return what a convention reads of a layer, counted by the op itself; without shapes it reads X."""
    args = OPS[op].filled({column: OPS[op].columns[column].read(cell) for column, cell in cells.items()})
    return SimpleNamespace(op=op, args=args, cost=OPS[op].run(shapes or (X,), args), coding=coding)


def digits(**changes):
    """Return a layer whose counts are 1, 10, 100, ...: a sum of some of them says which ones are in it."""
    counts = {name: 10**place for place, name in enumerate(COUNT_NAMES)}
    return SimpleNamespace(op="conv", args={}, cost=Cost(X, "Conv 1x1", **{**counts, **changes}), coding="module")


def of(*names):
    return sum(10 ** COUNT_NAMES.index(name) for name in names)


# The names of counts


def test_every_count_of_a_layer_is_said_in_words_and_the_other_way_round():
    assert tuple(COUNTS) == COUNT_NAMES == Cost._fields[2:]


@pytest.mark.parametrize("name", COUNTS)
def test_words_are_a_phrase_of_their_own(name):
    assert re.fullmatch(r"[a-z].*[^.]", COUNTS[name])
    assert [other for other, words in COUNTS.items() if words == COUNTS[name]] == [name]


def test_a_layer_that_says_nothing_counts_nothing():
    assert set(Cost(X, "nothing")[2:]) == {0}


@pytest.mark.parametrize(("dtype", "bits"), DTYPE_BITS.items())
def test_a_dtype_is_as_wide_as_its_name_says(dtype, bits):
    # tf32 too: it computes with fewer bits but is stored in 32
    assert bits == int(re.sub("[a-z]+", "", dtype))


# Parameters


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("trainable", ("weights", "bias", "other", "norm")),
        ("weights", ("weights",)),
        ("no-norm", ("weights", "bias", "other")),
        ("with-stats", ("weights", "bias", "other", "norm", "stats")),
        ("keras", ("weights", "bias", "other", "norm", "stats")),
    ],
)
def test_conventions_of_parameters_are_sums_of_these_counts(name, counts):
    assert CONVENTIONS[name].measures == "params"
    assert CONVENTIONS[name].of(digits()) == of(*counts)


def test_parameters_of_a_layer_by_hand():
    # 8 * 4 weights and 4 slopes; 4 biases; gamma, beta, mean and variance of 4 channels
    dressed = layer("conv", k=1, c=4, bias=True, norm="bn", act="prelu")
    found = {name: rule.of(dressed) for name, rule in CONVENTIONS.items() if rule.measures == "params"}
    assert found == {"trainable": 48, "weights": 36, "no-norm": 40, "with-stats": 56, "keras": 56}


# Multiply-accumulates: what each convention makes of one layer, by hand from the rules that its tool follows.


MACS = [name for name, rule in CONVENTIONS.items() if rule.measures == "macs"]
TWICE = {"flopcounter"}  # 2 for each MAC
BN = {"fvcore": 2, "torchprofile": 1, "thop": 4, "ptflops": 2, "timm": 2}  # for each element
BIASED = ("burden", "torchinfo", "ptflops", "ptflops-aten")  # one for a bias at every position


def macs(each, **more):
    """Return what every convention counts: `each` MACs, twice where it counts FLOPs, and some more."""
    return {name: each * (2 if name in TWICE else 1) + more.get(name.replace("-", "_"), 0) for name in MACS}


def biases(adds):
    return {name.replace("-", "_"): adds for name in BIASED}


def norms(elements, channels):
    return {**{name: factor * elements for name, factor in BN.items()}, "torchinfo": 2 * channels}


LAYERS = {
    "conv": (layer("conv", k=1, c=4), macs(1920)),
    "dwconv": (layer("dwconv", k=3), macs(4320)),
    "conv with bias": (layer("conv", k=1, c=4, bias=True), macs(1920, **biases(240))),
    "conv with bn": (layer("conv", k=1, c=4, norm="bn"), macs(1920, **norms(240, 4))),
    "conv with ln": (
        layer("conv", k=1, c=4, norm="ln"),
        macs(1920, fvcore=1200, torchprofile=240, thop=960, torchinfo=8, ptflops=240, timm=1200),
    ),
    "conv with relu": (layer("conv", k=1, c=4, act="relu"), macs(1920, burden=480, ptflops=480)),
    "conv with a relu function": (
        layer("conv", k=1, c=4, act="relu", coding="function"), macs(1920, burden=480, ptflops=240),
    ),
    "conv with relu6": (layer("conv", k=1, c=4, act="relu6"), macs(1920, ptflops=240)),
    "conv with hswish": (layer("conv", k=1, c=4, act="hswish"), macs(1920)),
    "conv with act off": (layer("conv", k=1, c=4, act="none", norm="none"), macs(1920)),
    "fc": (layer("fc", c=10), macs(4800, **biases(10)) | {"conv": 0}),
    "fc without bias": (layer("fc", c=10, bias=False), macs(4800) | {"conv": 0}),
    "bn": (layer("bn"), macs(0, **norms(480, 8))),
    "bn with relu": (layer("bn", act="relu"), macs(0, **norms(480, 8) | {"burden": 960, "ptflops": 1920})),
    "ln": (layer("ln"), macs(0, fvcore=2400, torchprofile=480, thop=1920, torchinfo=16, ptflops=480, timm=2400)),
    "relu": (layer("relu"), macs(0, burden=960, ptflops=960)),
    "relu function": (layer("relu", coding="function"), macs(0, burden=960, ptflops=480)),
    # ptflops knows these by one hook each, however they are written; hard ones, sigmoid and tanh it does not
    **{act: (layer(act), macs(0, ptflops=480)) for act in ("relu6", "silu", "swish")},
    "leaky_relu": (layer("leaky_relu"), macs(0, torchprofile=480, ptflops=480)),
    "prelu": (layer("prelu"), macs(0, thop=480, torchinfo=8, ptflops=960)),
    "gelu": (layer("gelu"), macs(0, ptflops=960)),
    **{act: (layer(act), macs(0)) for act in ("hswish", "sigmoid", "hsigmoid", "tanh")},
    "relu6 function": (layer("relu6", coding="function"), macs(0, ptflops=480)),
    "hswish function": (layer("hswish", coding="function"), macs(0)),
    "maxpool": (layer("maxpool", k=3, s=2), macs(0, burden=2 * 64 * 4, ptflops=960)),
    "maxpool function": (layer("maxpool", k=3, s=2, coding="function"), macs(0, burden=2 * 64 * 4, ptflops=480)),
    "avgpool": (layer("avgpool", k=2), macs(0, burden=960, torchprofile=120, thop=120, ptflops=960)),
    "avgpool function": (
        layer("avgpool", k=2, coding="function"), macs(0, burden=960, torchprofile=120, ptflops=480),
    ),
    "gap": (layer("gap"), macs(0, burden=480, fvcore=480, torchprofile=8, thop=488, ptflops=960)),
    "gap function": (
        layer("gap", coding="function"), macs(0, burden=480, fvcore=480, torchprofile=8, ptflops=480),
    ),
    "gap mean": (layer("gap", coding="mean"), macs(0, burden=480, torchprofile=8)),
    "add": (layer("add", X, X), macs(0, burden=480)),
    "add with relu": (layer("add", X, X, act="relu"), macs(0, burden=480 + 960, ptflops=960)),
    "mul": (layer("mul", X, Shape(8, 1, 1)), macs(0, torchprofile=480)),
    "concat": (layer("concat", X, X), macs(0)),
    "lrn": (layer("lrn"), macs(0)),
    "softmax": (layer("softmax"), macs(0)),
    "shuffle": (layer("shuffle", g=2), macs(0)),
}  # fmt: skip


@pytest.mark.parametrize(("counted", "figures"), LAYERS.values(), ids=LAYERS)
def test_what_each_convention_counts_of_a_layer(counted, figures):
    assert {name: CONVENTIONS[name].of(counted) for name in MACS} == figures


@pytest.mark.parametrize("name", MACS)
def test_a_convention_of_macs_counts_matrix_products_and_all_of_a_conv(name):
    # conv alone leaves matrix products out, as it does the classifier
    # thop and torchinfo know no product but that of a module
    modules = ("conv_macs", "fc_macs")
    counts = (
        ("conv_macs",) if name == "conv" else modules if name in ("thop", "torchinfo") else (*modules, "matmul_macs")
    )
    per_place = [int(digit) for digit in reversed(str(CONVENTIONS[name].of(digits())))]
    found = {count: factor for count, factor in zip(COUNT_NAMES, per_place, strict=False) if factor}
    assert {count: found.get(count) for count in counts} == dict.fromkeys(counts, 2 if name in TWICE else 1)
    assert not {"weights", "bias", "other", "stats", "activations"} & found.keys()


def test_flops_are_twice_the_macs_of_conv_and_fc():
    for counted, _ in LAYERS.values():
        assert CONVENTIONS["flopcounter"].of(counted) == 2 * DEFAULT_MACS.of(counted)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_has_a_name_words_and_a_source(name):
    rule = CONVENTIONS[name]
    assert rule.name == name
    assert rule.measures in {"macs", "params"}
    assert rule.words
    assert rule.source
    assert rule.of(digits()) > 0


def test_the_defaults_are_what_the_design_says():
    assert (DEFAULT_MACS.name, DEFAULT_PARAMS.name) == ("conv+fc", "trainable")
    assert Measure() == Measure(DEFAULT_MACS, DEFAULT_PARAMS)


# Measures by name


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ((), ("conv+fc", "trainable")),
        (("conv",), ("conv", "trainable")),
        (("weights",), ("conv+fc", "weights")),
        (("no-norm", "thop"), ("thop", "no-norm")),
    ],
)
def test_a_measure_takes_names_in_any_order(names, chosen):
    measure = Measure.named(names)
    assert (measure.macs.name, measure.params.name) == chosen


LISTED = 12  # names that a message lists before it counts the rest
KNOWN = ", ".join(f"`{name}`" for name in [*CONVENTIONS][:LISTED]) + f" and {len(CONVENTIONS) - LISTED} more"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("conv+f",), "unknown convention `conv+f`; did you mean `conv+fc`?"),
        (("weights", "xyzzy"), f"unknown convention `xyzzy`; available: {KNOWN}"),
        (("conv", "conv+fc"), "conventions `conv` and `conv+fc` both say what macs are: give one"),
        (("weights", "conv", "no-norm"), "conventions `weights` and `no-norm` both say what params are: give one"),
        (("conv", "conv"), "conventions `conv` and `conv` both say what macs are: give one"),
    ],
)
def test_names_that_make_no_measure(names, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        Measure.named(names)


# Totals

NETWORK = (
    layer("conv", k=3, c=16, norm="bn", act="relu"),
    layer("maxpool", Shape(16, 6, 10), k=2),
    layer("gap", Shape(16, 3, 5)),
    layer("fc", Shape(16, 1, 1), c=10),
    layer("softmax", Shape(10, 1, 1)),
)


def test_totals_by_hand():
    found = total(NETWORK)
    assert (found.layers, found.params, found.macs) == (5, 1152 + 32 + 160 + 10, 69120 + 160)
    # conv and fc outputs alone: what a pool or a softmax writes is in its layer's own figure
    assert found.activations == 960 + 10
    assert (found.weights, found.bias, found.norm, found.stats) == (1312, 10, 32, 32)
    assert (found.pool_inputs, found.pool_outputs, found.softmax_elems) == (960 + 240, 240 + 16, 10)


@pytest.mark.parametrize("name", sorted(set(COUNT_NAMES) - {"activations"}))
def test_a_total_is_the_sum_over_layers(name):
    found = total(NETWORK)
    assert found.figure(name) == getattr(found, name) == sum(getattr(each.cost, name) for each in NETWORK)


@pytest.mark.parametrize("macs_rule", MACS)
@pytest.mark.parametrize("params_rule", ["trainable", "weights", "no-norm", "with-stats"])
def test_totals_under_a_measure(macs_rule, params_rule):
    measure = Measure.named([macs_rule, params_rule])
    found, default = total(NETWORK, measure), total(NETWORK)
    assert found.macs == sum(CONVENTIONS[macs_rule].of(each) for each in NETWORK)
    assert found.params == sum(CONVENTIONS[params_rule].of(each) for each in NETWORK)
    # a convention changes no raw count, and not what activations are
    assert (found.counts, found.activations) == (default.counts, default.activations)


def test_names_of_totals_are_those_that_a_total_has():
    found = total(NETWORK)
    assert {"params", "macs", "activations", "layers", *found.counts} == set(TOTAL_NAMES)
    assert all(type(found.figure(name)) is int for name in TOTAL_NAMES)
    with pytest.raises(AttributeError, match=r"^parms$"):
        found.figure("parms")


def test_totals_of_no_layers_are_zero():
    assert [total(()).figure(name) for name in TOTAL_NAMES] == [0] * len(TOTAL_NAMES)


def test_totals_read_their_layers_once():
    assert total(iter(NETWORK)) == total(NETWORK)


@pytest.mark.parametrize(
    ("op", "cells", "whether"),
    [
        ("conv", {"k": 1, "c": 1}, True),
        ("dwconv", {"k": 1}, True),
        ("fc", {"c": 1}, True),
        ("bn", {}, False),
        ("prelu", {}, False),
        ("gap", {}, False),
    ],
)
def test_what_multiplies(op, cells, whether):
    # of one pixel: a single multiply-accumulate is enough
    assert multiplies(layer(op, Shape(1, 1, 1), **cells)) is whether
