"""Every layer type: counts against a brute-force walk, sizes measured with PyTorch, labels, errors, schemas."""

import inspect
from itertools import product
from math import inf, nan
from typing import Annotated

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costcalc.common.errors import Name, Source
from costcalc.ops import COUNT_NAMES, NOTES, OPS, WORDS, Cost, OpError
from costcalc.ops.activation import ACTIVATIONS
from costcalc.ops.declare import NEITHER, NEW, NO_FILTER, layer_type
from costcalc.ops.schema import NORMS, Channels, Kernel, OneOf, Padded, Sides, Truth, Whole
from costcalc.ops.shape import Shape, WindowError
from costcalc.specfile import load_source
from costcalc.unfold.interpreter import build


def cost_of(op, *shapes, **cells):
    """Return the cost of an op with cells as a spec writes them: each goes through the type of its column."""
    columns = OPS[op].columns
    return OPS[op].run(shapes, {column: columns[column].read(cell) for column, cell in cells.items()})


def without_zeros(cost):
    return {name: count for name, count in zip(COUNT_NAMES, cost[2:], strict=True) if count}


def properties(**changes):
    # the same examples on every run: a gate that fails by chance is no gate
    return settings(**{"max_examples": 150, "database": None, "derandomize": True, **changes})


# A brute-force oracle: it walks, and shares no formula with costcalc.


def starts(size, k, s, d, before, after):
    """Return the first pixels of the windows whose taps all lie on the padded side; the input's start at 0."""
    sides = range(-before, size + after)
    return [at for at in sides[::s] if all(at + d * tap in sides for tap in range(k))]


def walk(x, c, g, k, s, d, pads):
    """Compute a convolution with numbers left out: (output elements, weights touched, multiplications)."""
    per_filter_group, per_channel_group = c // g, x.c // g
    outputs, weights, multiplications = set(), set(), 0
    rows, columns = starts(x.h, k[0], s[0], d[0], *pads[:2]), starts(x.w, k[1], s[1], d[1], *pads[2:])
    for o, y, z in product(range(c), rows, columns):
        outputs.add((o, y, z))
        for i in range(x.c):
            if i // per_channel_group == o // per_filter_group:  # the channels of the filter's own group
                for a, b in product(range(k[0]), range(k[1])):
                    weights.add((o, i, a, b))
                    multiplications += 1  # a tap on padding multiplies too: by zero
    return Shape(c, len(rows), len(columns)), len(weights), multiplications, len(outputs)


def check_walk(cost, walked):
    out, weights, multiplications, outputs = walked
    assert (cost.out, cost.weights, cost.conv_macs, cost.activations) == (out, weights, multiplications, outputs)


# Cells as a spec writes them, and the same as the walk reads them: k, s, d as pairs, padding as four sides.
WALKED = [
    pytest.param((1, 1, 1), {"k": 1, "c": 1}, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0), id="one pixel, one weight"),
    pytest.param((3, 5, 5), {"k": 3, "c": 4}, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), id="default padding"),
    pytest.param((3, 5, 6), {"k": 3, "c": 2, "s": 2}, (3, 3), (2, 2), (1, 1), (1, 1, 1, 1), id="default padding, s=2"),
    pytest.param((2, 4, 4), {"k": 5, "c": 2}, (5, 5), (1, 1), (1, 1), (2, 2, 2, 2), id="5x5"),
    pytest.param((2, 6, 6), {"k": 3, "c": 3, "p": 0}, (3, 3), (1, 1), (1, 1), (0, 0, 0, 0), id="p=0"),
    pytest.param((2, 6, 6), {"k": 3, "c": 3, "p": "valid"}, (3, 3), (1, 1), (1, 1), (0, 0, 0, 0), id="valid"),
    pytest.param((2, 6, 7), {"k": 3, "c": 3, "p": "same", "s": 2}, (3, 3), (2, 2), (1, 1), (0, 1, 1, 1), id="same"),
    pytest.param((2, 4, 4), {"k": 2, "c": 2, "p": "same"}, (2, 2), (1, 1), (1, 1), (0, 1, 0, 1), id="same, even"),
    pytest.param((2, 5, 5), {"k": 2, "c": 1, "p": 0, "s": 2}, (2, 2), (2, 2), (1, 1), (0, 0, 0, 0), id="even kernel"),
    pytest.param((4, 5, 5), {"k": 3, "c": 6, "g": 2}, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), id="two groups"),
    pytest.param((4, 3, 3), {"k": 3, "c": 4, "g": 4}, (3, 3), (1, 1), (1, 1), (1, 1, 1, 1), id="depthwise groups"),
    pytest.param((3, 3, 3), {"k": 1, "c": 6, "g": 3}, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0), id="multiplier 2"),
    pytest.param((2, 7, 7), {"k": 3, "c": 2, "d": 2}, (3, 3), (1, 1), (2, 2), (2, 2, 2, 2), id="dilation keeps"),
    pytest.param((2, 7, 7), {"k": 3, "c": 2, "d": 3, "p": 0}, (3, 3), (1, 1), (3, 3), (0, 0, 0, 0), id="dilation 3"),
    pytest.param((1, 4, 4), {"k": 2, "c": 1, "d": 2}, (2, 2), (1, 1), (2, 2), (1, 1, 1, 1), id="even, odd extent"),
    pytest.param((1, 4, 5), {"k": (2, 3), "c": 1, "d": (2, 1)}, (2, 3), (1, 1), (2, 1), (1, 1, 1, 1), id="even rows"),
    pytest.param(
        (1, 5, 4), {"k": (3, 2), "c": 1, "d": (1, 2)}, (3, 2), (1, 1), (1, 2), (1, 1, 1, 1), id="even columns"
    ),
    pytest.param((2, 5, 8), {"k": (1, 7), "c": 2}, (1, 7), (1, 1), (1, 1), (0, 0, 3, 3), id="1x7"),
    pytest.param((2, 8, 5), {"k": (7, 1), "c": 2}, (7, 1), (1, 1), (1, 1), (3, 3, 0, 0), id="7x1"),
    pytest.param((1, 8, 9), {"k": 3, "c": 1, "s": (2, 3)}, (3, 3), (2, 3), (1, 1), (1, 1, 1, 1), id="stride pair"),
    pytest.param((1, 9, 9), {"k": 3, "c": 1, "d": (1, 2)}, (3, 3), (1, 1), (1, 2), (1, 1, 2, 2), id="dilation pair"),
    pytest.param((1, 6, 6), {"k": 3, "c": 1, "p": (2, 0)}, (3, 3), (1, 1), (1, 1), (2, 2, 0, 0), id="padding pair"),
    pytest.param(
        (2, 5, 6), {"k": 3, "c": 1, "s": 2, "p": (0, 1, 2, 3)}, (3, 3), (2, 2), (1, 1), (0, 1, 2, 3), id="four sides"
    ),
    pytest.param((1, 3, 3), {"k": 1, "c": 2, "p": 2}, (1, 1), (1, 1), (1, 1), (2, 2, 2, 2), id="padding over kernel"),
    pytest.param((1, 7, 7), {"k": 2, "c": 1, "s": 3, "p": 0}, (2, 2), (3, 3), (1, 1), (0, 0, 0, 0), id="gaps"),
]


@pytest.mark.parametrize(("x", "cells", "k", "s", "d", "pads"), WALKED)
def test_conv_is_what_a_walk_counts(x, cells, k, s, d, pads):
    x = Shape(*x)
    check_walk(cost_of("conv", x, **cells), walk(x, cells["c"], cells.get("g", 1), k, s, d, pads))


@pytest.mark.parametrize(("x", "cells", "k", "s", "d", "pads"), WALKED)
@pytest.mark.parametrize("multiplier", [None, 1, 2, 3])
def test_dwconv_is_what_a_walk_with_a_group_for_each_channel_counts(x, cells, k, s, d, pads, multiplier):
    x = Shape(*x)
    shared = {name: cell for name, cell in cells.items() if name not in {"c", "g"}}
    c = x.c * (multiplier or 1)
    cost = cost_of("dwconv", x, **shared, **({"c": c} if multiplier else {}))
    check_walk(cost, walk(x, c, x.c, k, s, d, pads))


@pytest.mark.parametrize(("x", "c"), [((1, 1, 1), 1), ((3, 2, 4), 5), ((6, 1, 1), 2), ((1, 3, 3), 7)])
def test_fc_has_a_weight_for_each_pair_of_elements(x, c):
    pairs = {(o, i) for o in range(c) for i in product(*map(range, x))}
    cost = cost_of("fc", Shape(*x), c=c)
    assert (cost.out, cost.weights, cost.fc_macs) == ((c, 1, 1), len(pairs), len(pairs))
    # a convolution as large as its input is the same layer
    conv = cost_of("conv", Shape(*x), k=x[1:], c=c, p=0, bias=True)
    assert (conv.out, conv.weights, conv.conv_macs, conv.bias) == (cost.out, cost.weights, cost.fc_macs, cost.bias)


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def convolutions(draw):
    """Draw a tiny convolution that fits: the input, c, g, k, s, d and four sides of padding."""
    g, k, s, d = (
        draw(st.integers(1, 3)),
        draw(pairs),
        draw(pairs),
        draw(st.tuples(st.integers(1, 2), st.integers(1, 2))),
    )
    c_in, c = g * draw(st.integers(1, 3)), g * draw(st.integers(1, 3))
    pads = draw(st.tuples(*[st.integers(0, 3)] * 4))
    least = [max(1, d[i] * (k[i] - 1) + 1 - pads[2 * i] - pads[2 * i + 1]) for i in (0, 1)]
    h, w = (side + draw(st.integers(0, 3)) for side in least)
    return Shape(c_in, h, w), c, g, k, s, d, pads


@properties()
@given(convolutions())
def test_any_small_conv_is_what_a_walk_counts(drawn):
    x, c, g, k, s, d, pads = drawn
    check_walk(cost_of("conv", x, k=k, c=c, s=s, d=d, g=g, p=pads), walk(*drawn))


@properties()
@given(convolutions())
def test_same_and_default_padding_keep_the_size_over_the_stride(drawn):
    x, c, g, k, s, d, _ = drawn
    sides = tuple(len(range(0, size, stride)) for size, stride in zip(x[1:], s, strict=True))
    assert cost_of("conv", x, k=k, c=c, s=s, d=d, g=g, p="same").out == (c, *sides)
    odd = (2 * k[0] - 1, 2 * k[1] - 1)
    assert cost_of("conv", x, k=odd, c=c, s=s, d=d, g=g).out == (c, *sides)


# Pools: windows enumerated, as PyTorch's notes on `ceil_mode` say which ones there are.


def pool_windows(size, k, s, d, before, after, *, ceil):
    """Return the pixels of the input under each window of one side; padding is not in them."""
    end = size + after + (s - 1 if ceil else 0)  # rounding up: an overhang of less than a stride
    found = []
    for at in range(-before, size + after, s):
        taps = [at + d * tap for tap in range(k)]
        if taps[-1] < end and not (ceil and at >= size):
            found.append([tap for tap in taps if 0 <= tap < size])
    return found


@st.composite
def pools(draw):
    k, s, d = (draw(st.tuples(st.integers(1, most), st.integers(1, most))) for most in (4, 4, 2))
    rows, columns = (st.integers(0, d[i] * (k[i] - 1)) for i in (0, 1))  # less than the window
    pads = draw(st.tuples(rows, rows, columns, columns))
    x = Shape(draw(st.integers(1, 3)), draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    return x, k, s, d, pads, draw(st.booleans())


@properties(max_examples=400)
@given(pools())
def test_any_small_pool_has_the_windows_that_there_are(drawn):
    x, k, s, d, pads, ceil = drawn
    sides = [pool_windows(x[1 + i], k[i], s[i], d[i], *pads[2 * i : 2 * i + 2], ceil=ceil) for i in (0, 1)]
    if not all(sides):
        with pytest.raises(WindowError):
            cost_of("maxpool", x, k=k, s=s, p=pads, d=d, ceil=ceil)
        return
    cost = cost_of("maxpool", x, k=k, s=s, p=pads, d=d, ceil=ceil)
    assert cost.out == (x.c, *map(len, sides))
    assert (cost.pool_inputs, cost.pool_outputs, cost.activations) == (x.size, cost.out.size, cost.out.size)
    assert (cost.pool_strides, cost.pool_taps) == (s[0] * s[1] * cost.out.size, k[0] * k[1] * cost.out.size)
    if d == (1, 1):  # dilated taps may all fall beside a tiny input
        assert all(all(side) for side in sides)
        assert cost_of("avgpool", x, k=k, s=s, p=pads, ceil=ceil) == cost._replace(kind="Avg pool")


@pytest.mark.parametrize(("k", "s"), list(product((1, 2, 3, 5), (1, 2, 3))))
@pytest.mark.parametrize("ceil", [False, True])
def test_same_pools_keep_the_size_over_the_stride(k, s, ceil):
    for size in range(1, 12):
        out = cost_of("maxpool", Shape(2, size, 7), k=k, s=s, p="same", ceil=ceil).out
        assert out == (2, len(range(0, size, s)), len(range(0, 7, s)))


@pytest.mark.parametrize(
    ("k", "s", "d"),
    [((2, 5), 1, 1), ((5, 2), 1, 1), (3, (1, 3), 1), (3, (3, 1), 1), (3, 1, (1, 3)), (3, 1, (3, 1)), (2, (2, 1), 2)],
)
def test_same_pools_pad_each_side_by_itself(k, s, d):
    steps = s if isinstance(s, tuple) else (s, s)
    for h, w in product(range(1, 9), repeat=2):
        out = cost_of("maxpool", Shape(1, h, w), k=k, s=s, d=d, p="same").out
        assert out == (1, len(range(0, h, steps[0])), len(range(0, w, steps[1])))


def test_pools_without_padding_and_with_none_are_the_same():
    for name in ("maxpool", "avgpool"):
        bare = cost_of(name, Shape(*X), k=3, s=2)
        assert OPS[name].run((Shape(*X),), {"k": (3, 3), "s": (2, 2), "p": None}) == bare
        assert cost_of(name, Shape(*X), k=3, s=2, p=0) == bare


# Output sizes measured with PyTorch 2.13.0 (CPU): input, kernel, stride, padding, dilation, output. Those of four
# sides were measured as `F.pad` and a convolution without padding; PyTorch has it as left, right, top, bottom.
CONV_SIZES = [
    ((224, 224), 3, 2, 1, 1, (112, 112)),
    ((224, 224), 7, 2, 3, 1, (112, 112)),
    ((227, 227), 11, 4, 0, 1, (55, 55)),
    ((224, 224), 11, 4, 2, 1, (55, 55)),
    ((224, 224), 11, 4, 0, 1, (54, 54)),
    ((227, 227), 7, 2, 0, 1, (111, 111)),
    ((299, 299), 3, 2, 0, 1, (149, 149)),
    ((7, 7), 1, 2, 0, 1, (4, 4)),
    ((8, 8), 1, 2, 0, 1, (4, 4)),
    ((113, 113), 3, 2, 1, 1, (57, 57)),
    ((5, 5), 5, 1, 0, 1, (1, 1)),
    ((7, 7), 2, 2, 0, 1, (3, 3)),
    ((7, 7), 2, 1, 1, 1, (8, 8)),
    ((32, 32), 4, 2, 1, 1, (16, 16)),
    ((10, 7), 4, 3, 1, 1, (3, 2)),
    ((28, 28), 3, 1, 2, 2, (28, 28)),
    ((28, 28), 3, 2, 2, 2, (14, 14)),
    ((28, 28), 3, 1, 0, 2, (24, 24)),
    ((33, 33), 3, 1, 12, 12, (33, 33)),
    ((17, 17), (1, 7), 1, (0, 3), 1, (17, 17)),
    ((480, 640), 3, 2, 1, 1, (240, 320)),
    ((9, 12), (3, 5), (2, 3), (1, 2), (1, 2), (5, 3)),
    ((1, 1), 3, 2, 1, 1, (1, 1)),
    ((2, 3), 3, 2, 1, 1, (1, 2)),
    ((5, 5), 3, 7, 0, 1, (1, 1)),
    ((4, 4), 1, 1, 3, 1, (10, 10)),
    ((8, 8), 3, 2, (0, 1, 0, 1), 1, (4, 4)),
    ((7, 9), 4, 2, (1, 2, 0, 3), 1, (4, 5)),
    ((6, 6), 2, 1, (0, 1, 1, 0), 1, (6, 6)),
    ((9, 5), (3, 2), (2, 1), (2, 0, 1, 1), (2, 1), (4, 6)),
    ((5, 5), 5, 3, (4, 0, 0, 4), 1, (2, 2)),
]


@pytest.mark.parametrize(("size", "k", "s", "p", "d", "out"), CONV_SIZES)
def test_conv_has_the_size_that_pytorch_gives(size, k, s, p, d, out):
    assert cost_of("conv", Shape(2, *size), k=k, c=5, s=s, p=p, d=d).out == (5, *out)
    assert cost_of("dwconv", Shape(2, *size), k=k, s=s, p=p, d=d).out == (2, *out)


# The same for MaxPool2d and AvgPool2d, which agree: input, kernel, stride, padding, ceil_mode, output.
POOL_SIZES = [
    ((112, 112), 3, 2, 1, False, (56, 56)),
    ((112, 112), 3, 2, 1, True, (57, 57)),
    ((112, 112), 3, 2, 0, False, (55, 55)),
    ((112, 112), 3, 2, 0, True, (56, 56)),
    ((111, 111), 3, 2, 0, False, (55, 55)),
    ((110, 110), 3, 2, 0, True, (55, 55)),
    ((109, 109), 3, 2, 0, True, (54, 54)),
    ((54, 54), 3, 2, 0, True, (27, 27)),
    ((13, 13), 3, 2, 0, False, (6, 6)),
    ((14, 14), 2, 2, 0, True, (7, 7)),
    ((7, 7), 2, 2, 0, False, (3, 3)),
    ((7, 7), 2, 2, 0, True, (4, 4)),
    ((28, 28), 3, 1, 1, True, (28, 28)),
    ((14, 14), 5, 3, 0, False, (4, 4)),
    ((14, 14), 5, 3, 0, True, (4, 4)),
    # the clip: rounded up, the last window would start in the padding, or past the input
    ((3, 3), 2, 2, 1, True, (2, 2)),
    ((4, 4), 2, 2, 1, True, (3, 3)),
    ((5, 5), 2, 3, 1, True, (2, 2)),
    ((6, 6), 2, 4, 1, True, (2, 2)),
    ((4, 4), 1, 2, 0, True, (2, 2)),
    ((4, 4), 1, 3, 0, True, (2, 2)),
    ((5, 5), 5, 5, 2, True, (2, 2)),
    ((8, 8), 3, 3, 1, True, (3, 3)),
    # the input is smaller than the window by less than a stride
    ((2, 2), 3, 2, 0, True, (1, 1)),
    ((1, 1), 2, 2, 0, True, (1, 1)),
    ((1, 1), 3, 3, 0, True, (1, 1)),
    ((1, 5), 3, 2, 1, True, (1, 3)),
    ((4, 7), 3, (2, 3), (1, 0), True, (3, 3)),
    ((4, 7), 3, (2, 3), (1, 0), False, (2, 2)),
    ((6, 9), (2, 3), (3, 2), (1, 1), True, (3, 5)),
]


@pytest.mark.parametrize(("size", "k", "s", "p", "ceil", "out"), POOL_SIZES)
@pytest.mark.parametrize("op", ["maxpool", "avgpool"])
def test_pools_have_the_size_that_pytorch_gives(op, size, k, s, p, ceil, out):
    assert cost_of(op, Shape(2, *size), k=k, s=s, p=p, ceil=ceil).out == (2, *out)


@pytest.mark.parametrize(
    ("size", "k", "s", "p", "d", "ceil", "out"),
    [  # measured likewise, MaxPool2d alone has a dilation
        ((9, 9), 3, 2, 0, 2, True, (3, 3)),
        ((10, 10), 3, 2, 0, 2, True, (4, 4)),
        ((10, 10), 3, 2, 0, 2, False, (3, 3)),
        ((4, 4), 3, 3, 0, 2, True, (1, 1)),
        ((10, 10), 3, 2, 1, (1, 3), True, (6, 4)),
    ],
)
def test_dilated_maxpools_have_the_size_that_pytorch_gives(size, k, s, p, d, ceil, out):
    assert cost_of("maxpool", Shape(2, *size), k=k, s=s, p=p, d=d, ceil=ceil).out == (2, *out)


# What PyTorch 2.13 refuses for its size ("Output size is too small") is an error here.
@pytest.mark.parametrize(("size", "s", "ceil"), [(2, 1, True), (1, 2, True), (2, 2, False)])
def test_pools_refuse_what_pytorch_refuses(size, s, ceil):
    with pytest.raises(WindowError):
        cost_of("maxpool", Shape(1, size, size), k=3, s=s, ceil=ceil)


# Every op: its cells, its label, its output, and each count that is not 0. X has 480 elements.

X = (8, 6, 10)
SAME = (X,)
COSTS = {
    "conv": ("conv", SAME, {"k": 3, "c": 16}, "Conv 3x3", (16, 6, 10), {"weights": 1152, "conv_macs": 69120}),
    "conv strided": (
        "conv", SAME, {"k": 3, "c": 16, "s": (2, 3)}, "Conv 3x3", (16, 3, 4), {"weights": 1152, "conv_macs": 13824},
    ),
    "conv 1x1": ("conv", SAME, {"k": 1, "c": 4}, "Conv 1x1", (4, 6, 10), {"weights": 32, "conv_macs": 1920}),
    "conv 1x7": ("conv", SAME, {"k": (1, 7), "c": 1}, "Conv 1x7", (1, 6, 10), {"weights": 56, "conv_macs": 3360}),
    "conv of one channel": (
        "conv", ((1, 6, 10),), {"k": 3, "c": 2}, "Conv 3x3", (2, 6, 10), {"weights": 18, "conv_macs": 1080},
    ),
    "conv of one channel and one group": (
        "conv", ((1, 6, 10),), {"k": 3, "c": 1, "g": 1}, "Conv 3x3", (1, 6, 10), {"weights": 9, "conv_macs": 540},
    ),
    "conv grouped": (
        "conv", SAME, {"k": 3, "c": 16, "g": 4}, "GConv 3x3", (16, 6, 10), {"weights": 288, "conv_macs": 17280},
    ),
    "conv grouped 1x1": (
        "conv", SAME, {"k": 1, "c": 16, "g": 2}, "GConv 1x1", (16, 6, 10), {"weights": 64, "conv_macs": 3840},
    ),
    "conv with a group for each filter, not each channel": (
        "conv", SAME, {"k": 1, "c": 4, "g": 4}, "GConv 1x1", (4, 6, 10), {"weights": 8, "conv_macs": 480},
    ),
    "conv with a group for each channel": (
        "conv", SAME, {"k": 3, "c": 8, "g": 8}, "Conv DW 3x3", (8, 6, 10), {"weights": 72, "conv_macs": 4320},
    ),
    "conv with two filters for each channel": (
        "conv", SAME, {"k": 3, "c": 16, "g": 8}, "Conv DW 3x3", (16, 6, 10), {"weights": 144, "conv_macs": 8640},
    ),
    "conv with bias, bn and relu": (
        "conv", SAME, {"k": 3, "c": 16, "bias": True, "norm": "bn", "act": "relu"}, "Conv 3x3", (16, 6, 10),
        {"weights": 1152, "bias": 16, "norm": 32, "stats": 32, "conv_macs": 69120, "bias_adds": 960,
         "norm_elems": 960, "act_elems": 960},
    ),
    "conv with ln": (
        "conv", SAME, {"k": 1, "c": 4, "norm": "ln"}, "Conv 1x1", (4, 6, 10),
        {"weights": 32, "norm": 8, "conv_macs": 1920, "norm_elems": 240},
    ),
    "conv with prelu": (  # a slope for each of the 4 output channels, which multiply nothing
        "conv", SAME, {"k": 1, "c": 4, "act": "prelu"}, "Conv 1x1", (4, 6, 10),
        {"weights": 36, "conv_macs": 1920, "act_elems": 240},
    ),
    "conv with all off": (
        "conv", SAME, {"k": 1, "c": 4, "bias": False, "norm": "none", "act": False}, "Conv 1x1", (4, 6, 10),
        {"weights": 32, "conv_macs": 1920},
    ),
    "dwconv": ("dwconv", SAME, {"k": 3}, "Conv DW 3x3", X, {"weights": 72, "conv_macs": 4320}),
    "dwconv 5x3 strided": (
        "dwconv", SAME, {"k": (5, 3), "s": 2}, "Conv DW 5x3", (8, 3, 5), {"weights": 120, "conv_macs": 1800},
    ),
    "dwconv of one channel": (
        "dwconv", ((1, 6, 10),), {"k": 3}, "Conv DW 3x3", (1, 6, 10), {"weights": 9, "conv_macs": 540},
    ),
    "dwconv with a multiplier": (
        "dwconv", SAME, {"k": 3, "c": 24}, "Conv DW 3x3", (24, 6, 10), {"weights": 216, "conv_macs": 12960},
    ),
    "dwconv with bias, bn and prelu": (
        "dwconv", SAME, {"k": 3, "c": 16, "bias": True, "norm": "bn", "act": "prelu"}, "Conv DW 3x3", (16, 6, 10),
        {"weights": 160, "bias": 16, "norm": 32, "stats": 32, "conv_macs": 8640, "bias_adds": 960,
         "norm_elems": 960, "act_elems": 960},
    ),
    "fc": ("fc", SAME, {"c": 10}, "FC", (10, 1, 1), {"weights": 4800, "bias": 10, "fc_macs": 4800, "bias_adds": 10}),
    "fc without bias": ("fc", SAME, {"c": 10, "bias": False}, "FC", (10, 1, 1), {"weights": 4800, "fc_macs": 4800}),
    "fc with bn and prelu": (
        "fc", SAME, {"c": 10, "bias": "none", "norm": "bn", "act": "prelu"}, "FC", (10, 1, 1),
        {"weights": 4810, "norm": 20, "stats": 20, "fc_macs": 4800, "norm_elems": 10, "act_elems": 10},
    ),
    "fc with ln and relu": (
        "fc", SAME, {"c": 10, "norm": "ln", "act": "relu"}, "FC", (10, 1, 1),
        {"weights": 4800, "bias": 10, "norm": 20, "fc_macs": 4800, "bias_adds": 10, "norm_elems": 10, "act_elems": 10},
    ),
    "maxpool": (
        "maxpool", SAME, {"k": 2}, "Max pool", (8, 3, 5),
        {"pool_inputs": 480, "pool_outputs": 120, "pool_strides": 480, "pool_taps": 480},
    ),
    "maxpool 3x3/2 has no padding": (
        "maxpool", SAME, {"k": 3, "s": 2}, "Max pool", (8, 2, 4),
        {"pool_inputs": 480, "pool_outputs": 64, "pool_strides": 256, "pool_taps": 576},
    ),
    "maxpool, stride from a kernel pair": (
        "maxpool", SAME, {"k": (2, 5)}, "Max pool", (8, 3, 2),
        {"pool_inputs": 480, "pool_outputs": 48, "pool_strides": 480, "pool_taps": 480},
    ),
    "maxpool same": (
        "maxpool", SAME, {"k": 3, "s": 2, "p": "same"}, "Max pool", (8, 3, 5),
        {"pool_inputs": 480, "pool_outputs": 120, "pool_strides": 480, "pool_taps": 1080},
    ),
    "maxpool valid, ceil": (
        "maxpool", SAME, {"k": 3, "s": 2, "p": "valid", "ceil": True}, "Max pool", (8, 3, 5),
        {"pool_inputs": 480, "pool_outputs": 120, "pool_strides": 480, "pool_taps": 1080},
    ),
    "avgpool": (
        "avgpool", SAME, {"k": 3, "s": 1, "p": 1}, "Avg pool", X,
        {"pool_inputs": 480, "pool_outputs": 480, "pool_strides": 480, "pool_taps": 4320},
    ),
    "avgpool 3x3/2 has no padding": (
        "avgpool", SAME, {"k": 3, "s": 2}, "Avg pool", (8, 2, 4),
        {"pool_inputs": 480, "pool_outputs": 64, "pool_strides": 256, "pool_taps": 576},
    ),
    "avgpool strided": (
        "avgpool", SAME, {"k": 2, "s": (2, 3)}, "Avg pool", (8, 3, 3),
        {"pool_inputs": 480, "pool_outputs": 72, "pool_strides": 432, "pool_taps": 288},
    ),
    "gap": ("gap", SAME, {}, "Global avg pool", (8, 1, 1), {"pool_inputs": 480, "pool_outputs": 8, "pool_taps": 480}),
    "gmp": ("gmp", SAME, {}, "Global max pool", (8, 1, 1), {"pool_inputs": 480, "pool_outputs": 8, "pool_taps": 480}),
    "bn": ("bn", SAME, {}, "Batch norm", X, {"norm": 16, "stats": 16, "norm_elems": 480}),
    "bn with relu": (
        "bn", SAME, {"act": "relu"}, "Batch norm", X, {"norm": 16, "stats": 16, "norm_elems": 480, "act_elems": 480},
    ),
    "bn with prelu": (
        "bn", SAME, {"act": "prelu"}, "Batch norm", X,
        {"weights": 8, "norm": 16, "stats": 16, "norm_elems": 480, "act_elems": 480},
    ),
    "ln": ("ln", SAME, {}, "Layer norm", X, {"norm": 16, "norm_elems": 480}),
    "ln with prelu": (
        "ln", SAME, {"act": "prelu"}, "Layer norm", X, {"weights": 8, "norm": 16, "norm_elems": 480, "act_elems": 480},
    ),
    "lrn": ("lrn", SAME, {}, "LRN", X, {"lrn_elems": 480}),
    "dropout": ("dropout", SAME, {}, "Dropout", X, {}),
    "softmax": ("softmax", SAME, {}, "Softmax", X, {"softmax_elems": 480}),
    "flatten": ("flatten", SAME, {}, "Flatten", (480, 1, 1), {}),
    "identity": ("identity", SAME, {}, "Identity", X, {}),
    "shuffle": ("shuffle", SAME, {"g": 4}, "Channel shuffle", X, {"moved_elems": 480}),
    "slice": ("slice", SAME, {"c": 3}, "Slice", (3, 6, 10), {"moved_elems": 180}),
    "slice from the middle to the end": ("slice", SAME, {"c": 5, "start": 3}, "Slice", (5, 6, 10), {"moved_elems": 300}),
    "slice of all": ("slice", SAME, {"c": 8, "start": 0}, "Slice", X, {"moved_elems": 480}),
    "add": ("add", (X, X), {}, "Add", X, {"merge_elems": 480}),
    "add of three": ("add", (X, X, X), {}, "Add", X, {"merge_elems": 960}),
    "add with relu": ("add", (X, X), {"act": "relu"}, "Add", X, {"merge_elems": 480, "act_elems": 480}),
    "add with prelu": (
        "add", (X, X), {"act": "prelu"}, "Add", X, {"weights": 8, "merge_elems": 480, "act_elems": 480},
    ),
    "mul": ("mul", (X, X), {}, "Mul", X, {"merge_elems": 480}),
    "mul by squeeze-and-excitation": ("mul", (X, (8, 1, 1)), {}, "Mul", X, {"merge_elems": 480}),
    "mul, the excitation first": ("mul", ((8, 1, 1), X), {}, "Mul", X, {"merge_elems": 480}),
    "mul of three": ("mul", ((8, 1, 1), X, X), {}, "Mul", X, {"merge_elems": 960}),
    "mul of 1x1s": ("mul", ((8, 1, 1), (8, 1, 1)), {}, "Mul", (8, 1, 1), {"merge_elems": 8}),
    "mul with prelu": (
        "mul", (X, X), {"act": "prelu"}, "Mul", X, {"weights": 8, "merge_elems": 480, "act_elems": 480},
    ),
    "concat": ("concat", (X, (4, 6, 10)), {}, "Concat", (12, 6, 10), {"moved_elems": 720}),
    "concat of three with prelu": (
        "concat", (X, X, X), {"act": "prelu"}, "Concat", (24, 6, 10),
        {"weights": 24, "moved_elems": 1440, "act_elems": 1440},
    ),
    "relu": ("relu", SAME, {}, "ReLU", X, {"act_elems": 480}),
    "relu6": ("relu6", SAME, {}, "ReLU6", X, {"act_elems": 480}),
    "leaky_relu": ("leaky_relu", SAME, {}, "Leaky ReLU", X, {"act_elems": 480}),
    "prelu": ("prelu", SAME, {}, "PReLU", X, {"weights": 8, "act_elems": 480}),
    "silu": ("silu", SAME, {}, "SiLU", X, {"act_elems": 480}),
    "swish": ("swish", SAME, {}, "SiLU", X, {"act_elems": 480}),
    "hswish": ("hswish", SAME, {}, "Hard swish", X, {"act_elems": 480}),
    "sigmoid": ("sigmoid", SAME, {}, "Sigmoid", X, {"act_elems": 480}),
    "hsigmoid": ("hsigmoid", SAME, {}, "Hard sigmoid", X, {"act_elems": 480}),
    "tanh": ("tanh", SAME, {}, "Tanh", X, {"act_elems": 480}),
    "gelu": ("gelu", SAME, {}, "GELU", X, {"act_elems": 480}),
    "add of a vector": ("add", (X, (8, 1, 1)), {}, "Add", X, {"merge_elems": 480}),
    "add that spreads both": ("add", ((1, 6, 1), (8, 1, 10)), {}, "Add", X, {"merge_elems": 480}),
    "mul by a spatial gate": ("mul", (X, (1, 6, 10)), {}, "Mul", X, {"merge_elems": 480}),
    "conv with half a norm": (
        "conv", SAME, {"k": 1, "c": 4, "norm": "bn", "gamma": False}, "Conv 1x1", (4, 6, 10),
        {"weights": 32, "norm": 4, "stats": 8, "conv_macs": 1920, "norm_elems": 240},
    ),
    "conv with a frozen norm": (  # gamma, beta, mean and variance of 4 channels, none trained
        "conv", SAME, {"k": 1, "c": 4, "norm": "bn", "frozen": True}, "Conv 1x1", (4, 6, 10),
        {"weights": 32, "stats": 16, "conv_macs": 1920, "norm_elems": 240},
    ),
    "conv with rms": (
        "conv", SAME, {"k": 1, "c": 4, "norm": "rms"}, "Conv 1x1", (4, 6, 10),
        {"weights": 32, "norm": 4, "conv_macs": 1920, "norm_elems": 240},
    ),
    "bn without statistics to train": ("bn", SAME, {"frozen": True}, "Batch norm", X, {"stats": 32, "norm_elems": 480}),
    "bn without gamma and beta": (
        "bn", SAME, {"gamma": False, "beta": False}, "Batch norm", X, {"stats": 16, "norm_elems": 480},
    ),
    "gn": ("gn", SAME, {"groups": 4}, "Group norm", X, {"norm": 16, "norm_elems": 480}),
    "instance": ("instance", SAME, {}, "Instance norm", X, {"norm": 16, "norm_elems": 480}),
    "instance as PyTorch has it": (
        "instance", SAME, {"gamma": False, "beta": False}, "Instance norm", X, {"norm_elems": 480},
    ),
    "rms": ("rms", SAME, {}, "RMS norm", X, {"norm": 8, "norm_elems": 480}),
    "linear": (
        "linear", SAME, {"c": 5}, "Linear", (5, 6, 10),
        {"weights": 40, "bias": 5, "fc_macs": 2400, "bias_adds": 300},
    ),
    "linear of a vector is fc": (
        "linear", ((8, 1, 1),), {"c": 5}, "Linear", (5, 1, 1),
        {"weights": 40, "bias": 5, "fc_macs": 40, "bias_adds": 5},
    ),
    "linear, dressed": (
        "linear", SAME, {"c": 5, "bias": False, "norm": "gn", "groups": 5, "act": "prelu"}, "Linear", (5, 6, 10),
        {"weights": 45, "norm": 10, "fc_macs": 2400, "norm_elems": 300, "act_elems": 300},
    ),
    "tconv": (  # 2 * 1 = 1 * (3 - 1) + 1 - 2 + 1: padding of 1, and 1 more at the end
        "tconv", SAME, {"k": 3, "c": 4, "s": 2}, "TConv 3x3", (4, 12, 20),
        {"weights": 288, "conv_macs": 17280, "spread_taps": 69120},
    ),
    "tconv, even kernel": (
        "tconv", SAME, {"k": 4, "c": 4, "s": 2}, "TConv 4x4", (4, 12, 20),
        {"weights": 512, "conv_macs": 30720, "spread_taps": 122880},
    ),
    "tconv, padding and more": (
        "tconv", SAME, {"k": 3, "c": 4, "s": 2, "p": 0, "extra": (1, 0), "g": 2, "bias": True}, "TConv 3x3", (4, 14, 21),
        {"weights": 144, "bias": 4, "conv_macs": 8640, "spread_taps": 42336, "bias_adds": 1176},
    ),
    "tconv same, a kernel below its stride": (
        "tconv", SAME, {"k": 2, "c": 1, "s": 3, "p": "same"}, "TConv 2x2", (1, 18, 30),
        {"weights": 32, "conv_macs": 1920, "spread_taps": 17280},
    ),
    "maxpool to": (  # windows of 6 rows to 4: 2, 3 (shared), ... 6 + 4 - 2 = 8 in all; of 10 columns to 3: 12
        "maxpool", SAME, {"to": (4, 3)}, "Adaptive max pool", (8, 4, 3),
        {"pool_inputs": 480, "pool_outputs": 96, "pool_taps": 768},
    ),
    "avgpool to what divides": (
        "avgpool", SAME, {"to": (3, 5)}, "Adaptive avg pool", (8, 3, 5),
        {"pool_inputs": 480, "pool_outputs": 120, "pool_taps": 480},
    ),
    "avgpool to more": (  # each pixel of 6 x 10 in 12 + 6 - 6 = 12 windows of a row, 20 of a column
        "avgpool", SAME, {"to": (12, 20)}, "Adaptive avg pool", (8, 12, 20),
        {"pool_inputs": 480, "pool_outputs": 1920, "pool_taps": 1920},
    ),
    "scale": ("scale", SAME, {}, "Scale", X, {"other": 8, "merge_elems": 480}),
    "scale by one": ("scale", SAME, {"per": "layer"}, "Scale", X, {"other": 1, "merge_elems": 480}),
    "offset": ("offset", SAME, {"per": "element"}, "Offset", X, {"other": 480, "merge_elems": 480}),
    "pad": ("pad", SAME, {"p": (1, 0, 2, 3), "c": 16}, "Pad", (16, 7, 15), {}),
    "crop": ("crop", SAME, {"p": (1, 0, 2, 3), "c": 2}, "Crop", (2, 5, 5), {}),
    "tokens": ("tokens", SAME, {}, "Tokens", (8, 1, 60), {}),
    "tokens behind two": ("tokens", SAME, {"extra": 2}, "Tokens", (8, 1, 62), {"other": 16}),
    "grid": ("grid", ((8, 1, 62),), {"to": (6, 10)}, "Grid", X, {}),
    "transpose": ("transpose", SAME, {}, "Transpose", (60, 1, 8), {}),
    "unshuffle": ("unshuffle", SAME, {"by": 2}, "Unshuffle", (32, 3, 5), {"moved_elems": 480}),
    "pixelshuffle": ("pixelshuffle", SAME, {"by": 2}, "Pixel shuffle", (2, 12, 20), {"moved_elems": 480}),
    "upsample": ("upsample", SAME, {"by": 2}, "Upsample", (8, 12, 20), {"interp_elems": 1920}),
    "upsample to": (
        "upsample", SAME, {"to": (9, 9), "mode": "bilinear"}, "Upsample", (8, 9, 9), {"interp_elems": 648},
    ),
    "matmul": ("matmul", (X, (5, 2, 4)), {}, "Matmul", (5, 6, 10), {"matmul_macs": 2400}),
    "attention of three": (  # 60 queries, 15 keys of 8 and values of 6 channels
        "attention", (X, (8, 3, 5), (6, 3, 5)), {"heads": 2}, "Attention", (6, 6, 10),
        {"matmul_macs": 60 * 15 * 14, "softmax_elems": 1800},
    ),
    "attention of one": (  # four 8x8 projections of 60 tokens; their outputs but the last are within
        "attention", SAME, {"heads": 2, "qkv": True}, "Attention", X,
        {"weights": 256, "bias": 32, "fc_macs": 15360, "matmul_macs": 57600, "bias_adds": 1920,
         "softmax_elems": 7200, "inner_elems": 1440},
    ),
    "attention of two": (
        "attention", (X, (5, 1, 7)), {"heads": 8, "qkv": True, "bias": False}, "Attention", X,
        {"weights": 64 + 40 + 40 + 64, "fc_macs": 60 * 64 * 2 + 7 * 80, "matmul_macs": 60 * 7 * 16,
         "softmax_elems": 3360, "inner_elems": 60 * 8 + 2 * 7 * 8},
    ),
    "attention in windows": (  # 6x10 is padded to 8x12: 96 places, each with the 16 of its window
        "attention", SAME, {"heads": 2, "qkv": True, "window": 4, "relative": "table"}, "Window attention", X,
        {"weights": 256, "bias": 32, "other": 98, "fc_macs": 96 * 256, "matmul_macs": 96 * 16 * 16,
         "bias_adds": 96 * 32, "softmax_elems": 96 * 16 * 2, "inner_elems": 96 * 32 - 480},
    ),
    "attention in windows of Swin V2": (  # 3 * 5 offsets through 2, 512 and 2 units
        "attention", SAME, {"heads": 2, "qkv": True, "window": (2, 3), "relative": "mlp", "cosine": True, "bias": False},
        "Window attention", X,
        {"weights": 256 + 2048, "bias": 512, "other": 2, "fc_macs": 72 * 256 + 15 * 2048, "matmul_macs": 72 * 6 * 16,
         "bias_adds": 15 * 512, "softmax_elems": 72 * 6 * 2, "act_elems": 15 * 514, "inner_elems": 72 * 32 + 15 * 514 - 480},
    ),
    "attention by distance": (  # 15 queries of 60 keys, each at one of 6 * 10 distances from them
        "attention", ((8, 3, 5), X, (16, 6, 10)), {"heads": 2, "relative": "distance"}, "Attention", (16, 3, 5),
        {"other": 120, "matmul_macs": 15 * 60 * 24, "softmax_elems": 1800},
    ),
    "attention in windows by distance": (
        "attention", SAME, {"heads": 2, "qkv": True, "window": (2, 3), "relative": "distance", "bias": False},
        "Window attention", X,
        {"weights": 256, "other": 12, "fc_macs": 72 * 256, "matmul_macs": 72 * 6 * 16, "softmax_elems": 72 * 6 * 2,
         "inner_elems": 72 * 32 - 480},
    ),
    "attention with one head of keys": (  # 4 heads of 2 channels read keys and values of 2 channels
        "attention", SAME, {"heads": 4, "kv_heads": 1, "qkv": True}, "Attention", X,
        {"weights": 64 + 16 + 16 + 64, "bias": 20, "fc_macs": 60 * 160, "matmul_macs": 57600, "bias_adds": 1200,
         "softmax_elems": 14400, "inner_elems": 720},
    ),
    "attention with shared keys of three": (
        "attention", (X, (4, 3, 5), (6, 3, 5)), {"heads": 4, "kv_heads": 2}, "Attention", (12, 6, 10),
        {"matmul_macs": 60 * 15 * 20, "softmax_elems": 3600},
    ),
    "attention in a grid": (
        "attention", (X, X, X), {"heads": 4, "grid": (3, 5)}, "Grid attention", X,
        {"matmul_macs": 60 * 15 * 16, "softmax_elems": 3600},
    ),
    "lstm": (  # 4 gates of 5 units on 8 + 5 inputs, 60 steps
        "lstm", SAME, {"c": 5}, "LSTM", (5, 6, 10),
        {"weights": 260, "bias": 40, "fc_macs": 15600, "bias_adds": 2400, "act_elems": 1500, "merge_elems": 1200},
    ),
    "lstm both ways, two layers, a bias as Keras": (
        "lstm", SAME, {"c": 5, "layers": 2, "directions": 2, "biases": 1}, "LSTM", (10, 6, 10),
        {"weights": 1120, "bias": 80, "fc_macs": 67200, "bias_adds": 4800, "act_elems": 6000, "merge_elems": 4800},
    ),
    "gru": (
        "gru", SAME, {"c": 5, "biases": 0}, "GRU", (5, 6, 10),
        {"weights": 195, "fc_macs": 11700, "act_elems": 900, "merge_elems": 1200},
    ),
    "prelu with one slope": ("prelu", SAME, {"slopes": 1}, "PReLU", X, {"weights": 1, "act_elems": 480}),
    "elu": ("elu", SAME, {}, "ELU", X, {"act_elems": 480}),
    "selu": ("selu", SAME, {}, "SELU", X, {"act_elems": 480}),
    "mish": ("mish", SAME, {}, "Mish", X, {"act_elems": 480}),
    "softplus": ("softplus", SAME, {}, "Softplus", X, {"act_elems": 480}),
    "glu": ("glu", SAME, {}, "GLU", (4, 6, 10), {"act_elems": 240, "merge_elems": 240}),
    "geglu": ("geglu", SAME, {}, "GEGLU", (4, 6, 10), {"act_elems": 240, "merge_elems": 240}),
    "reglu": ("reglu", SAME, {}, "ReGLU", (4, 6, 10), {"act_elems": 240, "merge_elems": 240}),
    "swiglu": ("swiglu", SAME, {}, "SwiGLU", (4, 6, 10), {"act_elems": 240, "merge_elems": 240}),
}  # fmt: skip


@pytest.mark.parametrize(("op", "shapes", "cells", "kind", "out", "counts"), COSTS.values(), ids=COSTS)
def test_every_count_of_every_op(op, shapes, cells, kind, out, counts):
    cost = cost_of(op, *(Shape(*shape) for shape in shapes), **cells)
    assert cost.kind == kind
    assert cost.out == out
    assert isinstance(cost.out, Shape)
    assert without_zeros(cost) == {**counts, "activations": cost.out.size}


def test_the_table_of_costs_has_every_op():
    assert {op for op, *_ in COSTS.values()} == set(OPS)


# Layers of published networks: weights and multiply-accumulates that their implementations have.
@pytest.mark.parametrize(
    ("op", "x", "cells", "weights", "macs"),
    [
        pytest.param("conv", (3, 224, 224), {"k": 3, "c": 32, "s": 2}, 864, 10_838_016, id="MobileNet stem"),
        pytest.param("dwconv", (32, 112, 112), {"k": 3}, 288, 3_612_672, id="MobileNet depthwise"),
        pytest.param("conv", (3, 224, 224), {"k": 7, "c": 64, "s": 2}, 9_408, 118_013_952, id="ResNet stem"),
        pytest.param("conv", (96, 27, 27), {"k": 5, "c": 256, "g": 2}, 307_200, 223_948_800, id="AlexNet conv2"),
        pytest.param("conv", (64, 224, 224), {"k": 3, "c": 64}, 36_864, 1_849_688_064, id="VGG conv1_2"),
        pytest.param("fc", (512, 7, 7), {"c": 4096}, 102_760_448, 102_760_448, id="VGG fc6"),
    ],
)
def test_published_layers(op, x, cells, weights, macs):
    cost = cost_of(op, Shape(*x), **cells)
    assert (cost.weights, cost.conv_macs + cost.fc_macs) == (weights, macs)


# Errors: the whole sentence, and the column that it blames.

ERRORS = {
    "conv, g and c_in": (
        "conv", ((6, 8, 8),), {"k": 3, "c": 8, "g": 4}, "g", "groups of 4 do not divide the 6 input channels",
    ),
    "conv, g and c": (
        "conv", ((8, 8, 8),), {"k": 3, "c": 6, "g": 4}, "g", "groups of 4 do not divide the 6 output channels",
    ),
    "conv, g over c_in": (
        "conv", ((4, 8, 8),), {"k": 3, "c": 8, "g": 8}, "g", "groups of 8 do not divide the 4 input channels",
    ),
    "conv, even kernel": (
        "conv", (X,), {"k": 2, "c": 8}, "k",
        "an even kernel (2x2) has no symmetric padding that keeps the size: say `p` (a number, `same` or `valid`)",
    ),
    "conv, even height": (
        "conv", (X,), {"k": (4, 3), "c": 8}, "k",
        "an even kernel (4x3) has no symmetric padding that keeps the size: say `p` (a number, `same` or `valid`)",
    ),
    "dwconv, even width": (
        "dwconv", (X,), {"k": (3, 2)}, "k",
        "an even kernel (3x2) has no symmetric padding that keeps the size: say `p` (a number, `same` or `valid`)",
    ),
    "conv, window over height": (
        "conv", ((3, 2, 8),), {"k": 3, "c": 8, "p": 0}, "k", "a window of 3 is larger than its input of 2",
    ),
    "conv, window over width": (
        "conv", ((3, 8, 1),), {"k": 3, "c": 8, "p": "valid"}, "k", "a window of 3 is larger than its input of 1",
    ),
    "conv, window over padded input": (
        "conv", ((3, 2, 2),), {"k": 5, "c": 8, "p": 1}, "k",
        "a window of 5 is larger than its input of 2 with 1 + 1 of padding",
    ),
    "dwconv, dilated window": (
        "dwconv", ((3, 6, 6),), {"k": 3, "d": 3, "p": (0, 0, 9, 9)}, "k", "a window of 7 is larger than its input of 6",
    ),
    "dwconv, c": (
        "dwconv", (X,), {"k": 3, "c": 12}, "c", "12 output channels must be a multiple of the 8 input channels",
    ),
    "dwconv, c below c_in": (
        "dwconv", (X,), {"k": 3, "c": 4}, "c", "4 output channels must be a multiple of the 8 input channels",
    ),
    "maxpool, padding": (
        "maxpool", (X,), {"k": 3, "p": 3}, "p", "padding of 3 is as large as the window of 3",
    ),
    "avgpool, padding after": (
        "avgpool", (X,), {"k": 2, "p": (0, 0, 0, 2)}, "p", "padding of 2 is as large as the window of 2",
    ),
    "maxpool, dilated padding": (
        "maxpool", (X,), {"k": 3, "d": 2, "p": (5, 0)}, "p", "padding of 5 is as large as the window of 5",
    ),
    "maxpool, window": ("maxpool", ((3, 2, 8),), {"k": 3}, "k", "a window of 3 is larger than its input of 2"),
    "avgpool, padded window": (
        "avgpool", ((3, 8, 2),), {"k": 5, "p": (0, 0, 1, 0)}, "k",
        "a window of 5 is larger than its input of 2 with 1 + 0 of padding",
    ),
    "maxpool, ceil does not help at stride 1": (
        "maxpool", ((3, 2, 2),), {"k": 3, "s": 1, "ceil": True}, "k", "a window of 3 is larger than its input of 2",
    ),
    "add, channels": (
        "add", ((16, 8, 4), (24, 8, 4)), {}, "from", "`add` needs sides that are equal or 1, not 8x4x16 and 8x4x24",
    ),
    "add, spread sides that then differ": (
        "add", ((16, 1, 1), (16, 8, 4), (16, 2, 1)), {}, "from",
        "`add` needs sides that are equal or 1, not 1x1x16 and 8x4x16 and 2x1x16",
    ),
    "add, the third": (
        "add", ((1, 2, 3), (1, 2, 3), (1, 3, 2)), {}, "from",
        "`add` needs sides that are equal or 1, not 2x3x1 and 2x3x1 and 3x2x1",
    ),
    "mul, channels": (
        "mul", ((16, 8, 4), (24, 1, 1)), {}, "from",
        "`mul` needs sides that are equal or 1, not 8x4x16 and 1x1x24",
    ),
    "mul, sizes": (
        "mul", ((16, 8, 4), (16, 4, 2)), {}, "from",
        "`mul` needs sides that are equal or 1, not 8x4x16 and 4x2x16",
    ),
    "mul, sizes of one area": (
        "mul", ((16, 8, 4), (16, 4, 8)), {}, "from",
        "`mul` needs sides that are equal or 1, not 8x4x16 and 4x8x16",
    ),
    "mul, a spatial gate of another height": (
        "mul", ((16, 8, 4), (1, 7, 4)), {}, "from",
        "`mul` needs sides that are equal or 1, not 8x4x16 and 7x4x1",
    ),
    "concat, height": (
        "concat", ((16, 8, 4), (16, 7, 4)), {}, "from", "`concat` needs equal heights and widths, not 8x4x16 and 7x4x16",
    ),
    "concat, width of the third": (
        "concat", ((1, 8, 4), (2, 8, 4), (3, 8, 5)), {}, "from",
        "`concat` needs equal heights and widths, not 8x4x1 and 8x4x2 and 8x5x3",
    ),
    "shuffle": ("shuffle", (X,), {"g": 3}, "g", "groups of 3 do not divide the 8 input channels"),
    "slice": ("slice", (X,), {"c": 9}, "c", "channels 0 to 8 end past the last input channel, 7"),
    "slice from a start": (
        "slice", (X,), {"c": 4, "start": 6}, "c", "channels 6 to 9 end past the last input channel, 7",
    ),
    "conv, groups of its norm": (
        "conv", (X,), {"k": 1, "c": 48, "norm": "gn"}, "groups", "groups of 32 do not divide the 48 channels",
    ),
    "gn": ("gn", (X,), {"groups": 3}, "groups", "groups of 3 do not divide the 8 channels"),
    "prelu": ("prelu", (X,), {"slopes": 3}, "slopes", "`slopes` is 1 or one for each of the 8 channels, not 3"),
    "glu": ("glu", ((7, 2, 2),), {}, "from", "`glu` halves the channels, which 7 do not allow"),
    "tconv, a small kernel": (
        "tconv", (X,), {"k": 2, "c": 4, "s": 3}, "k",
        "a kernel of 2 is smaller than its stride of 3: say `p` (a number or `same`)",
    ),
    "tconv, g": ("tconv", (X,), {"k": 3, "c": 4, "g": 3}, "g", "groups of 3 do not divide the 8 input channels"),
    "tconv, extra alone": (
        "tconv", (X,), {"k": 3, "c": 4, "s": 2, "extra": 1}, "extra",
        "`extra` follows from the other columns where `p` is not given in numbers",
    ),
    "tconv, much extra": (
        "tconv", (X,), {"k": 3, "c": 4, "s": 2, "p": 1, "extra": 2}, "extra",
        "`extra` of 2 must be smaller than the stride or the dilation",
    ),
    "tconv, nothing left": (
        "tconv", ((8, 1, 1),), {"k": 3, "c": 4, "p": 2}, "p", "padding of 2 + 2 leaves nothing of the output",
    ),
    "maxpool, a stride to a size": (
        "maxpool", (X,), {"to": 2, "s": 2}, "s", "`to` sets the windows of a pool: `s` is not allowed with it",
    ),
    "avgpool, padding to a size": (
        "avgpool", (X,), {"to": 2, "p": 1}, "p", "`to` sets the windows of a pool: `p` is not allowed with it",
    ),
    "pad, same": ("pad", (X,), {"p": "same"}, "p", "`pad` takes numbers for `p`, not `same`"),
    "pad, fewer channels": ("pad", (X,), {"c": 4}, "c", "padding to 4 channels is below the 8 that the input has"),
    "crop, all": ("crop", (X,), {"p": (0, 0, 5, 5)}, "p", "a crop of 5 + 5 leaves nothing of 10"),
    "crop, channels": ("crop", (X,), {"c": 9}, "c", "the input has 8 channels, not 9"),
    "grid": ("grid", ((8, 1, 9),), {"to": (2, 5)}, "to", "9 tokens are too few for a map of 2x5"),
    "matmul": (
        "matmul", (X, (5, 2, 3)), {}, "from", "the 8 channels of the first are not the 6 places of the second",
    ),
    "attention, inputs": (
        "attention", (X,), {"heads": 2}, "from",
        "`attention` without `qkv: true` reads three inputs (queries, keys and values), not 1",
    ),
    "attention, heads": ("attention", (X,), {"heads": 3, "qkv": True}, "heads", "3 heads do not divide the 8 channels"),
    "attention, heads of the values": (
        "attention", (X, X, (5, 6, 10)), {"heads": 2}, "heads", "2 heads do not divide the 5 channels",
    ),
    "attention, keys": (
        "attention", (X, (4, 6, 10), X), {"heads": 2}, "from",
        "queries and keys have the same channels, not 6x10x8 and 6x10x4",
    ),
    "attention, shared heads": (
        "attention", (X,), {"heads": 4, "kv_heads": 3, "qkv": True}, "kv_heads",
        "3 heads of keys and values do not divide the 4 of queries",
    ),
    "attention, shared keys": (
        "attention", (X, X, X), {"heads": 4, "kv_heads": 2}, "from",
        "queries and keys have the same channels a head, of 4 and 2, not 6x10x8 and 6x10x8",
    ),
    "attention, values": (
        "attention", (X, X, (8, 6, 9)), {"heads": 2}, "from",
        "keys and values have the same places, not 6x10x8 and 6x9x8",
    ),
    "attention, two parts": (
        "attention", (X,), {"heads": 2, "qkv": True, "window": 2, "grid": 2}, "grid",
        "`window` and `grid` both part the map: give one of them",
    ),
    "attention, windows of two sizes": (
        "attention", (X, (8, 3, 5)), {"heads": 2, "qkv": True, "window": 2}, "from",
        "windows part queries and keys of one size, not 6x10x8 and 3x5x8",
    ),
    "lstm": ("lstm", (X,), {"c": 2, "directions": 3}, "directions", "there are 1 or 2 directions, not 3"),
    "gru": ("gru", (X,), {"c": 2, "biases": 3}, "biases", "there are 0, 1 or 2 biases a gate, not 3"),
}  # fmt: skip


@pytest.mark.parametrize(("op", "shapes", "cells", "column", "sentence"), ERRORS.values(), ids=ERRORS)
def test_what_an_op_refuses(op, shapes, cells, column, sentence):
    with pytest.raises((OpError, WindowError)) as caught:
        cost_of(op, *(Shape(*shape) for shape in shapes), **cells)
    assert (caught.value.column, str(caught.value)) == (column, sentence)
    # an error blames a column that the op has, so that it can point at a cell
    assert column == "from" or column in OPS[op].columns


def test_an_op_error_may_blame_no_column():
    assert OpError("a sentence").column is None


# Properties of every op.

SIZES = st.integers(1, 8)
SHAPES = st.builds(Shape, SIZES, SIZES, SIZES)


def cells_of(kind):
    """Return the strategy of cells that a column of a type takes."""
    if isinstance(kind, Whole):
        return st.integers(kind.least, 8)
    if isinstance(kind, Sides):
        return st.integers(kind.least, 4) | st.tuples(st.integers(kind.least, 4), st.integers(kind.least, 4))
    if isinstance(kind, Padded):
        return st.sampled_from(kind.words) | st.integers(0, 3) | st.tuples(*[st.integers(0, 3)] * 4)
    return st.booleans() if isinstance(kind, Truth) else st.sampled_from(kind.words)


def numbers_of(inputs):
    """Return the numbers of inputs that an op takes."""
    return inputs if isinstance(inputs, tuple) else (inputs,) if inputs else (2, 3, 4)


@st.composite
def rows(draw, name):
    """Draw the inputs and the cells of a row of one op, which need not fit together."""
    op = OPS[name]
    first = draw(SHAPES)
    number = draw(st.sampled_from(numbers_of(op.inputs)))
    shapes = (first, *(draw(st.just(first) | SHAPES) for _ in range(number - 1)))
    chosen = draw(st.sampled_from(op.either)) if op.either else ""
    given_columns = [
        column
        for column in op.columns
        if column == chosen or column in op.required or (column not in op.either and draw(st.booleans()))
    ]
    return shapes, {column: draw(cells_of(op.columns[column])) for column in given_columns}


@pytest.mark.parametrize("name", OPS)
def test_counts_are_whole_and_never_negative(name):
    seen = []

    @properties(max_examples=80)
    @given(rows(name))
    def check(row):
        shapes, cells = row
        try:
            cost = cost_of(name, *shapes, **cells)
        except (OpError, WindowError) as error:
            assert error.column == "from" or error.column in OPS[name].columns  # noqa: PT017
            return
        seen.append(cost)
        assert all(type(count) is int and count >= 0 for count in cost[2:])
        assert all(type(side) is int and side >= 1 for side in cost.out)
        assert cost.activations == cost.out.size
        assert cost == cost_of(name, *shapes, **cells)
        # what a row carries is counted by its output alone
        assert cost.norm_elems in (0, cost.out.size)
        if name in ("attention", "lstm", "gru"):  # whose products are several
            return
        assert cost.bias_adds in (0, cost.out.size)
        assert cost.bias in (0, cost.out.c)
        c = cost.out.c
        assert cost.stats + cost.norm in (0, c, 2 * c, 3 * c, 4 * c)
        assert cost.norm in (0, c, 2 * c)
        if cells.get("frozen"):
            assert not cost.norm

    check()
    assert seen  # the errors have not eaten every example


@properties()
@given(
    convolutions(),
    st.booleans(),
    st.sampled_from((None, "bn", "ln", "instance", "rms")),
    st.sampled_from((None, "relu", "prelu")),
)
def test_a_grouped_conv_is_its_groups_side_by_side(drawn, bias, norm, act):
    x, c, g, k, s, d, p = drawn
    columns = {"k": k, "s": s, "d": d, "p": p, "bias": bias, "norm": norm, "act": act}
    whole = OPS["conv"].run((x,), {"c": c, "g": g, **columns})
    part = OPS["conv"].run((Shape(x.c // g, x.h, x.w),), {"c": c // g, **columns})
    assert whole[2:] == tuple(g * count for count in part[2:])
    assert (whole.out.c, whole.out[1:]) == (g * part.out.c, part.out[1:])


@properties()
@given(convolutions(), st.integers(1, 3), st.booleans(), st.sampled_from((None, "bn", "ln", "instance", "rms")))
def test_dwconv_is_conv_with_a_group_for_each_channel(drawn, multiplier, bias, norm):
    x, _, _, k, s, d, p = drawn
    columns = {"k": k, "c": multiplier * x.c, "s": s, "d": d, "p": p, "bias": bias, "norm": norm, "act": "prelu"}
    depthwise = OPS["dwconv"].run((x,), columns)
    grouped = OPS["conv"].run((x,), {"g": x.c, **columns})
    assert depthwise._replace(kind="") == grouped._replace(kind="")
    # with a single channel the two cannot be told apart by their numbers: the row's op says what it is called
    assert (depthwise.kind == grouped.kind) == (x.c > 1)


@properties()
@given(convolutions(), st.integers(1, 3), st.integers(1, 3))
def test_macs_scale_with_the_output_and_weights_do_not(drawn, taller, wider):
    x, c, g, k, s, d, _ = drawn
    columns = {"k": (2 * k[0] - 1, 2 * k[1] - 1), "c": c, "g": g, "d": d, "s": s}
    # a side that the stride divides: then taller inputs give outputs exactly as much taller
    small = OPS["conv"].run((Shape(x.c, x.h * s[0], x.w * s[1]),), columns)
    large = OPS["conv"].run((Shape(x.c, x.h * s[0] * taller, x.w * s[1] * wider),), columns)
    assert large.weights == small.weights
    assert large.conv_macs == taller * wider * small.conv_macs
    assert large.activations == taller * wider * small.activations
    assert small.conv_macs == small.weights * small.out.h * small.out.w


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_an_act_column_counts_as_the_activation_as_a_row_of_its_own(act):
    x = Shape(*X)
    bare, dressed = cost_of("conv", x, k=3, c=4), cost_of("conv", x, k=3, c=4, act=act)
    own = cost_of(act, bare.out)
    assert dressed.act_elems == own.act_elems == bare.out.size
    assert dressed.weights - bare.weights == own.weights


@pytest.mark.parametrize("norm", NORMS)
def test_a_norm_column_counts_as_the_norm_as_a_row_of_its_own(norm):
    x = Shape(*X)
    groups = {"groups": 2} if norm == "gn" else {}
    bare, dressed = cost_of("conv", x, k=3, c=4), cost_of("conv", x, k=3, c=4, norm=norm, **groups)
    own = cost_of(norm, bare.out, **groups)
    for count in ("norm", "stats", "norm_elems"):
        assert getattr(dressed, count) == getattr(own, count)
        assert getattr(bare, count) == 0


# The signature is the schema, and the docstring is the manual.

WHOLE, SIDES, PADDED, TRUTH = Whole(1), Sides(1), Padded(), Truth()
SIZE, SHIFT = Sides(1, of_rows=True), Sides(0)
AS_KERNEL = Sides(1, like="k")
NORM, ACT = OneOf(NORMS), OneOf(ACTIVATIONS)
AFFINE = {"gamma": TRUTH, "beta": TRUTH, "frozen": TRUTH}
DRESS = {"bias": TRUTH, "norm": NORM, "act": ACT, **AFFINE, "groups": WHOLE}
PER = OneOf(("channel", "element", "layer"), off=False)
SCHEMAS = {  # inputs (None: two or more), columns, those that a row must have
    "conv": (1, {"k": SIDES, "c": WHOLE, "s": SIDES, "p": PADDED, "d": SIDES, "g": WHOLE, **DRESS}, {"k", "c"}),
    "dwconv": (1, {"k": SIDES, "c": WHOLE, "s": SIDES, "p": PADDED, "d": SIDES, **DRESS}, {"k"}),
    "fc": (1, {"c": WHOLE, **DRESS}, {"c"}),
    "linear": (1, {"c": WHOLE, **DRESS}, {"c"}),
    "tconv": (
        1, {"k": SIDES, "c": WHOLE, "s": SIDES, "p": PADDED, "d": SIDES, "g": WHOLE, "extra": SHIFT, **DRESS}, {"k", "c"},
    ),
    "maxpool": (1, {"k": SIDES, "s": AS_KERNEL, "p": PADDED, "d": SIDES, "ceil": TRUTH, "to": SIZE}, set()),
    "avgpool": (1, {"k": SIDES, "s": AS_KERNEL, "p": PADDED, "ceil": TRUTH, "to": SIZE}, set()),
    **{name: (1, {}, set()) for name in ("gap", "gmp", "lrn", "dropout", "softmax", "flatten", "identity")},
    **{name: (1, {**AFFINE, "act": ACT}, set()) for name in ("bn", "ln", "instance")},
    "gn": (1, {"groups": WHOLE, **AFFINE, "act": ACT}, set()),
    "rms": (1, {"gamma": TRUTH, "frozen": TRUTH, "act": ACT}, set()),
    **{name: (1, {"per": PER}, set()) for name in ("scale", "offset")},
    **{name: (1, {"p": PADDED, "c": WHOLE}, set()) for name in ("pad", "crop")},
    "tokens": (1, {"extra": Whole(0)}, set()),
    "grid": (1, {"to": SIZE}, {"to"}),
    "unshuffle": (1, {"by": SIDES}, {"by"}),
    "pixelshuffle": (1, {"by": SIDES}, {"by"}),
    "upsample": (1, {"by": SIDES, "to": SIZE, "mode": OneOf(("nearest", "bilinear"), off=False)}, set()),
    "attention": (
        (1, 2, 3),
        {"heads": WHOLE, "qkv": TRUTH, "window": SIDES, "grid": SIDES, "relative": OneOf(("table", "mlp", "distance")),
         "cosine": TRUTH, "bias": TRUTH, "kv_heads": WHOLE},
        {"heads"},
    ),
    "matmul": (2, {}, set()),
    **{
        name: (1, {"c": WHOLE, "layers": WHOLE, "directions": WHOLE, "biases": Whole(0)}, {"c"})
        for name in ("lstm", "gru")
    },
    "prelu": (1, {"slopes": WHOLE}, set()),
    "shuffle": (1, {"g": WHOLE}, {"g"}),
    "slice": (1, {"c": WHOLE, "start": Whole(0)}, {"c"}),
    **{name: (None, {"act": ACT}, set()) for name in ("add", "mul", "concat")},
    **{
        name: (1, {}, set())
        for name in (
            "relu", "relu6", "leaky_relu", "silu", "swish", "hswish", "sigmoid", "hsigmoid", "tanh", "gelu", "elu", "selu",
            "mish", "softplus", "glu", "geglu", "reglu", "swiglu", "transpose",
        )
    },
}  # fmt: skip


def test_there_are_the_documented_ops_and_no_others():
    assert set(OPS) == set(SCHEMAS)
    assert all(op.name == name for name, op in OPS.items())


@pytest.mark.parametrize("name", SCHEMAS)
def test_columns_are_the_documented_ones(name):
    inputs, columns, required = SCHEMAS[name]
    op = OPS[name]
    assert (op.inputs, dict(op.columns), op.required) == (inputs, columns, required)
    assert all(type(op.columns[column]) is type(kind) for column, kind in columns.items())  # tuples compare by value


@pytest.mark.parametrize("name", OPS)
def test_every_parameter_of_the_signature_is_a_column(name):
    parameters = inspect.signature(OPS[name].function).parameters.values()
    columns = [parameter for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    assert [column.name for column in columns] == list(OPS[name].columns)
    assert {column.name for column in columns if column.default is column.empty} == OPS[name].required
    # shapes come first and have no name that a row could write
    shapes = [parameter.kind for parameter in parameters if parameter not in columns]
    assert shapes == (
        [inspect.Parameter.POSITIONAL_ONLY] if OPS[name].inputs == 1 else [inspect.Parameter.VAR_POSITIONAL]
    )


@pytest.mark.parametrize(
    ("row", "args"),
    [
        (
            "{op: conv, k: 3, c: 8, act: relu}",
            {
                "k": (3, 3),
                "c": 8,
                "s": (1, 1),
                "p": None,
                "d": (1, 1),
                "g": 1,
                "bias": False,
                "norm": None,
                "act": "relu",
                "gamma": True,
                "beta": True,
                "frozen": False,
                "groups": 32,
            },
        ),
        (
            "{op: maxpool, k: 2x1}",
            {"k": (2, 1), "s": (2, 1), "p": (0, 0, 0, 0), "d": (1, 1), "ceil": False, "to": None},
        ),
        (
            "{op: maxpool, k: 3, s: 2}",
            {"k": (3, 3), "s": (2, 2), "p": (0, 0, 0, 0), "d": (1, 1), "ceil": False, "to": None},
        ),
        ("{op: avgpool, k: 2, ceil: true}", {"k": (2, 2), "s": (2, 2), "p": (0, 0, 0, 0), "ceil": True, "to": None}),
        (
            "{op: fc, c: 10}",
            {
                "c": 10,
                "bias": True,
                "norm": None,
                "act": None,
                "gamma": True,
                "beta": True,
                "frozen": False,
                "groups": 32,
            },
        ),
        ("{op: slice, c: 2}", {"c": 2, "start": 0}),
        ("{op: relu, coding: function}", {}),
    ],
)
def test_a_layer_has_every_column_of_its_op(row, args):
    layer = build(load_source(Source("net.yaml", f"name: N\ninput: [4, 8, 8]\nlayers: [{row}]\n"))).layers[0]
    assert layer.args == args
    assert list(layer.args) == list(OPS[layer.op].columns)
    assert OPS[layer.op].run(layer.ins, layer.args) == layer.cost


@pytest.mark.parametrize("name", OPS)
def test_the_docstring_says_shapes_counts_errors_and_source(name):
    doc = inspect.getdoc(OPS[name].function)
    assert doc.splitlines()[0].endswith(".")
    assert [word for word in ("Shapes:", "Counts:", "Errors:", "Source:") if word not in doc] == []


def test_a_function_becomes_an_op_by_its_signature():
    def blur(x: Shape, /, *, k: Kernel, c: Channels = 1, note: Annotated[str, "of no column type"] = "") -> Cost:
        """Stand for an op that somebody adds."""

    def meet(*xs: Shape, c: Channels) -> Cost:
        """Stand for an op of several inputs."""

    said = {"label": "Blur", "filter": NO_FILTER, "keeps": NEITHER, "memory": NEW}
    op = layer_type(Name("blur", ()), **said)(blur)
    assert (op.name, op.function, op.inputs) == ("blur", blur, 1)
    assert (dict(op.columns), op.required) == ({"k": Sides(1), "c": Whole(1)}, {"k"})
    op = layer_type(Name("meet", ()), **said)(meet)
    assert (op.inputs, op.required) == (None, {"c"})


def test_ops_and_their_columns_cannot_be_changed():
    with pytest.raises(TypeError):
        OPS["conv"] = OPS["fc"]
    with pytest.raises(TypeError):
        OPS["conv"].columns["k"] = Truth()


def test_words_are_those_that_columns_take():
    assert {*ACTIVATIONS, *NORMS, "same", "valid", "none"} <= WORDS
    # a word that were an op's column or a truth could not be told from a name
    assert not WORDS & {"true", "false", *(column for op in OPS.values() for column in op.columns)}


def test_every_op_takes_a_note_on_how_a_program_writes_it():
    assert dict(NOTES) == {"coding": OneOf(("module", "function", "mean"))}
    assert set(NOTES["coding"].words) <= WORDS
    # a note changes no count, so no op has it among its own columns
    assert not [op.name for op in OPS.values() if NOTES.keys() & op.columns.keys()]


# Column types: what they read, and the whole sentence of what they refuse.

WHOLE_HINT = "(say how to round: `int`, `round`, `divisible`)"


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (Whole(1), 1, 1),
        (Whole(0), 0, 0),
        (Whole(1), 3.0, 3),
        (Whole(1), 10**18, 10**18),
        (Whole(1), float(2**53), 2**53),
        (Sides(1), 3, (3, 3)),
        (Sides(1), 3.0, (3, 3)),
        (Sides(1), (3, 5), (3, 5)),
        (Sides(0), (0, 2), (0, 2)),
        (Padded(), "same", "same"),
        (Padded(), "valid", (0, 0, 0, 0)),
        (Padded(), 0, (0, 0, 0, 0)),
        (Padded(), 2, (2, 2, 2, 2)),
        (Padded(), (2,), (2, 2, 2, 2)),
        (Padded(), (1, 2), (1, 1, 2, 2)),
        (Padded(), (1, 2, 3, 4), (1, 2, 3, 4)),
        (Truth(), True, True),
        (Padded(), False, (0, 0, 0, 0)),
        (Padded(), "none", (0, 0, 0, 0)),
        (Truth(), False, False),
        (Truth(), "none", False),
        (OneOf(("bn", "ln")), "ln", "ln"),
        (OneOf(("bn", "ln")), "none", None),
        (OneOf(("bn", "ln")), False, None),
    ],
    ids=repr,
)
def test_what_a_column_reads(kind, value, read):
    found = kind.read(value)
    assert found == read
    assert type(found) is type(read)  # 3.0 is read as 3, and 0 is not false


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Whole(1), 0, "must be at least 1, not 0"),
        (Whole(0), -1, "must be at least 0, not -1"),
        (Whole(1), -0.0, "must be at least 1, not 0"),
        (Whole(1), 224 * 1.1, f"must be a whole number, not 246.4 {WHOLE_HINT}"),
        (Whole(1), 2.5, f"must be a whole number, not 2.5 {WHOLE_HINT}"),
        (Whole(1), 31.999999999999996, f"must be a whole number, not 31.999999999999996 {WHOLE_HINT}"),
        (Whole(1), nan, f"must be a whole number, not nan {WHOLE_HINT}"),
        (Whole(1), inf, f"must be a whole number, not inf {WHOLE_HINT}"),
        (Whole(1), 1e17, "must be exact, not 1e+17: a floating point number is exact up to 2^53"),
        (
            Whole(1),
            float(2**53 + 2),
            "must be exact, not 9.00719925474099e+15: a floating point number is exact up to 2^53",
        ),
        (Whole(1), 10**18 + 1, "must be at most 10^18, not 1000000000000000001"),
        (Whole(1), 10**36 - 1, f"must be at most 10^18, not {'9' * 36}"),
        (Whole(1), 10**36, "must be at most 10^18, not a number far beyond that"),
        # Python refuses to print more than 4,300 digits, and to turn 10^400 into a float
        pytest.param(Whole(1), 10**5000, "must be at most 10^18, not a number far beyond that", id="endless"),
        pytest.param(Whole(1), -(10**5000), "must be at least 1, not a number far beyond that", id="endless, negative"),
        (Whole(1), True, "must be a whole number, not true"),
        (Whole(1), "relu", "must be a whole number, not the word `relu`"),
        (Whole(1), (3, 5), "must be a whole number, not the size 3x5"),
        (Sides(1), 0, "must be at least 1, not 0"),
        (Sides(1), (3, 0), "must be at least 1, not 0"),
        (Sides(1), (0, 3), "must be at least 1, not 0"),
        (Sides(1), (1, 2, 3), "takes one number or two (height, width), not 3"),
        (Sides(1), (3,), "takes one number or two (height, width), not 1"),
        (Sides(1), "same", "must be a whole number, not the word `same`"),
        (Sides(1), 1.5, f"must be a whole number, not 1.5 {WHOLE_HINT}"),
        (Padded(), "sane", "takes numbers, `same` or `valid`, not `sane`; did you mean `same`?"),
        (Padded(), "relu", "takes numbers, `same` or `valid`, not `relu`"),
        (Padded(), -1, "must be at least 0, not -1"),
        (Padded(), (0, 0, 0, -1), "must be at least 0, not -1"),
        (
            Padded(),
            (1, 2, 3),
            "takes one number, two (height, width) or four (top, bottom, left, right), not 3",
        ),
        (Truth(), 1, "must be true or false, not 1"),
        (Truth(), 0, "must be true or false, not 0"),
        (Truth(), "relu", "must be true or false, not the word `relu`"),
        (Truth(), (1, 1), "must be true or false, not the size 1x1"),
        (OneOf(("bn", "ln")), "bm", "cannot be `bm`; available: `bn`, `ln`, `none`"),
        (
            OneOf(("relu", "gelu")),
            "relu7",
            "cannot be `relu7`; available: `relu`, `gelu`, `none`",
        ),
        (OneOf(("bn", "ln")), "nonne", "cannot be `nonne`; did you mean `none`? Available: `bn`, `ln`, `none`"),
        (OneOf(("bn", "ln")), True, "must be one of `bn`, `ln` or `none`, not true"),
        (OneOf(("bn", "ln")), 0, "must be one of `bn`, `ln` or `none`, not 0"),
        (OneOf(("bn", "ln")), (1, 2), "must be one of `bn`, `ln` or `none`, not the size 1x2"),
    ],
)
def test_what_a_column_refuses(kind, value, sentence):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole sentence is compared below
        kind.read(value)
    assert str(caught.value) == sentence
