"""The spec language: hard cases written inline, with totals worked out here by formulas of their own."""

import pickle
from textwrap import dedent

import pytest

import costcalc
from costcalc.analysis import api
from costcalc.analysis.lint import lint_source
from costcalc.common.errors import Source, SpecError
from costcalc.language.expr import MAX_CHARS
from costcalc.language.settings import overrides
from costcalc.network.traffic import traffic
from costcalc.specfile import examine, load_source
from costcalc.unfold.interpreter import MAX_LAYERS, build
from costcalc.unfold.static import static_problems

LEFT_OUT = {"name": "name: example", "input": "input: [3, 8, 8]"}


def load(text):
    """Return the spec of a text; a name and an input of 3x8x8 are added below it where it leaves them out."""
    text = dedent(text).strip("\n")
    said = {row.partition(":")[0] for row in text.splitlines()}
    added = [line for key, line in LEFT_OUT.items() if not {key, f"{key}s"} & said]
    return load_source(Source("net.yaml", "\n".join([text, *added]) + "\n"))


def net(text, **settings):
    return build(load(text), settings)


def error_of(text, **settings):
    """Return an error's sentence and the text that its caret stands under."""
    with pytest.raises(SpecError) as caught:
        net(text, **settings)
    mark = caught.value.mark
    shown = mark.source.line(mark.line)[mark.column - 1 :][: mark.width] if mark else None
    return caught.value.sentence, shown


def paths(network):
    return " ".join(layer.path for layer in network.layers)


def reads(network):
    return {layer.path: " ".join(network.reads(layer)) for layer in network.layers}


def outs(network):
    return [tuple(layer.out) for layer in network.layers]


def conv(k, c_in, c, g=1):
    """Return the weights of a convolution."""
    return k * k * c_in * c // g


# networks of papers


def test_an_inception_block():
    network = net("""
        input: [192, 28, 28]
        blocks:
          inception:
            args: [c1, r3, c3, r5, c5, pool]
            columns: [op, k, c]
            branches:
              - - [conv, 1, c1]
              - - [conv, 1, r3]
                - [conv, 3, c3]
              - - [conv, 1, r5]
                - [conv, 5, c5]
              - - [maxpool, 3, {s: 1, p: 1}]
                - [conv, 1, pool]
        columns: [name, op, c1, r3, c3, r5, c5, pool]
        layers:
          - [inception_3a, inception, 64, 96, 128, 16, 32, 32]
    """)
    weights = conv(1, 192, 64 + 96 + 16 + 32) + conv(3, 96, 128) + conv(5, 16, 32)
    assert (network.totals.params, network.totals.macs) == (weights, weights * 28 * 28)
    assert weights // 1024 == 159  # as the paper's table 1 prints it: 159K
    assert network.layers[-1].out == (64 + 128 + 32 + 32, 28, 28)
    assert reads(network) == {
        "inception_3a/0/0": "input",
        "inception_3a/1/0": "input",
        "inception_3a/1/1": "inception_3a/1/0",
        "inception_3a/2/0": "input",
        "inception_3a/2/1": "inception_3a/2/0",
        "inception_3a/3/0": "input",
        "inception_3a/3/1": "inception_3a/3/0",
        "inception_3a/join": "inception_3a/0/0 inception_3a/1/1 inception_3a/2/1 inception_3a/3/1",
    }


DENSE = """
    settings: {growth: 32, blocks: 6}
    input: [64, 56, 56]
    blocks:
      bn_relu_conv: {args: [k, c], layers: [{op: bn, act: relu}, {op: conv, k: k, c: c}]}
      dense:
        layers:
          - {op: bn_relu_conv, k: 1, c: 4 * growth}
          - {op: bn_relu_conv, k: 3, c: growth}
          - {op: concat, from: [x, -1]}
    layers:
      - {op: dense, n: blocks, name: dense1}
      - {op: bn_relu_conv, k: 1, c: dense1.c // 2}
"""


def test_a_densenet_layer_joins_what_it_reads():
    network = net(DENSE)
    read = [64 + 32 * i for i in range(6)]
    weights = sum(conv(1, c, 128) + conv(3, 128, 32) for c in read) + conv(1, 256, 128)
    norm = sum(2 * c + 2 * 128 for c in read) + 2 * 256
    totals = network.totals
    assert (totals.weights, totals.norm, totals.macs) == (weights, norm, weights * 56 * 56)
    assert totals.moved_elems == sum(c + 32 for c in read) * 56 * 56
    assert [layer.out.c for layer in network.layers if layer.op == "concat"] == [c + 32 for c in read]
    assert reads(network)["dense1#2/2"] == "dense1/2 dense1#2/1/1"


def test_a_densenet_of_430_layers():
    # 85 dense layers of five rows each, then five rows
    network = net(DENSE + "      - {op: gap}\n      - {op: fc, c: 1000}\n      - {op: softmax}\n", growth=12, blocks=85)
    assert len(network.layers) == 430 == 85 * 5 + 5
    read = [64 + 12 * i for i in range(85)]
    weights = sum(conv(1, c, 48) + conv(3, 48, 12) for c in read) + conv(1, 1084, 542) + 542 * 1000
    assert network.totals.weights == weights
    assert network.layers[-6].path == "dense1#85/2"
    assert network.layers[-1].out == (1000, 1, 1)


RESIDUAL = """
    input: [64, 56, 56]
    blocks:
      basic:
        args: [c, s=1]
        branches:
          - - {op: conv, k: 3, c: c, s: s}
            - {op: conv, k: 3, c: c}
          - - {op: conv, k: 1, c: c, s: s, when: s > 1 or x.c != c}
        join: {op: add, act: relu}
    layers:
      - {op: basic, c: C, s: S}
"""


@pytest.mark.parametrize(
    ("c", "s", "weights", "merged"),
    [
        (64, 1, 2 * conv(3, 64, 64), "0/0/1 input"),
        (64, 2, 2 * conv(3, 64, 64) + conv(1, 64, 64), "0/0/1 0/1/0"),
        (128, 1, conv(3, 64, 128) + conv(3, 128, 128) + conv(1, 64, 128), "0/0/1 0/1/0"),
        (128, 2, conv(3, 64, 128) + conv(3, 128, 128) + conv(1, 64, 128), "0/0/1 0/1/0"),
    ],
)
def test_a_residual_with_and_without_projection(c, s, weights, merged):
    network = net(RESIDUAL.replace("C", str(c)).replace("S", str(s)))
    assert (network.totals.weights, network.totals.macs) == (weights, weights * (56 // s) ** 2)
    assert reads(network)["0/join"] == merged
    assert network.totals.merge_elems == network.totals.act_elems == c * (56 // s) ** 2


SHUFFLE = """
    settings: {groups: 3}
    input: [240, 28, 28]
    blocks:
      unit:
        args: [c, s]
        layers:
          - {op: conv, k: 1, c: c / 4, g: groups}
          - {op: shuffle, g: groups}
          - {op: dwconv, k: 3, s: s}
          - {op: conv, k: 1, c: c if s == 1 else c - x.c, g: groups, name: main}
          - {op: avgpool, k: 3, s: 2, p: 1, from: x, name: shortcut, when: s == 2}
          - {op: add if s == 1 else concat, from: [shortcut, main], act: relu}
    columns: [op, c, s, n]
    layers:
      - [unit, C, S, N]
"""


def test_a_shuffle_unit_at_stride_1():
    network = net(SHUFFLE.replace("C, S, N", "240, 1, 1"))
    weights = conv(1, 240, 60, g=3) + 9 * 60 + conv(1, 60, 240, g=3)
    assert (network.totals.weights, network.totals.macs) == (weights, weights * 28 * 28)
    assert [layer.op for layer in network.layers] == ["conv", "shuffle", "dwconv", "conv", "add"]
    assert reads(network)["0/5"] == "input 0/main"


def test_a_shuffle_unit_at_stride_2_and_its_repeats():
    network = net(SHUFFLE.replace("C, S, N", "480, 2, 3"))
    first = conv(1, 240, 120, g=3), 9 * 120, conv(1, 120, 240, g=3)
    other = conv(1, 480, 120, g=3), 9 * 120, conv(1, 120, 480, g=3)
    assert network.totals.weights == sum(first) + 2 * sum(other)
    # only the first 1x1 still sees 28x28
    assert network.totals.macs == first[0] * 28 * 28 + (first[1] + first[2] + 2 * sum(other)) * 14 * 14
    assert [layer.op for layer in network.layers] == [
        *("conv", "shuffle", "dwconv", "conv", "avgpool", "concat"),
        *("conv", "shuffle", "dwconv", "conv", "add") * 2,
    ]
    assert reads(network)["0/5"] == "0/shortcut 0/main"
    assert reads(network)["0#2/5"] == "0/5 0#2/main"
    assert reads(network)["0#3/5"] == "0#2/5 0#3/main"


NASNET = """
    settings: {cells: 3}
    blocks:
      cell:
        args: [c]
        inputs: [x, prev]
        columns: [name, op, left, right, from]
        layers:
          - {name: p, op: fit, c: c, from: [prev, x]}
          - {name: h, op: conv, k: 1, c: c, from: x}
          - [a, pair, sep5, sep3, [h, p]]
          - [b, pair, sep3, identity, [p, p]]
          - {op: concat, from: [p, a, b]}
      pair:
        args: [left, right]
        inputs: [x, y]
        layers:
          - {name: l, op: left, from: x, when: left != identity}
          - {name: r, op: right, from: y, when: right != identity}
          - {op: add, from: [l, r]}
      fit:
        args: [c]
        inputs: [x, other]
        layers:
          - {op: avgpool, k: 1, s: 2, when: x.h != other.h}
          - {op: conv, k: 1, c: c}
      sep3: {layers: [{op: separable, k: 3, n: 2}]}
      sep5: {layers: [{op: separable, k: 5, n: 2}]}
      separable: {args: [k], layers: [{op: dwconv, k: k}, {op: conv, k: 1, c: x.c}]}
    layers:
      - {op: conv, k: 3, c: 6, s: 2, name: stem}
      - {op: cell, c: 4, n: cells, from: [-1, -2], name: cells_of_4}
"""


def test_a_nasnet_cell_reads_the_two_before_it():
    with pytest.raises(SpecError, match="`cells` is already defined here"):
        net(NASNET.replace("cells_of_4", "cells"))
    network = net(NASNET)

    def separable(k):
        return 2 * (k * k * 4 + conv(1, 4, 4))

    def cell(x, prev):
        return conv(1, prev, 4) + conv(1, x, 4) + separable(5) + 2 * separable(3)

    # each cell gives p, a, b of 4 channels; the first has the input before the stem as its second input
    weights = [cell(6, 3), cell(12, 6), cell(12, 12)]
    assert network.totals.weights == conv(3, 3, 6) + sum(weights)
    assert network.totals.macs == network.totals.weights * 4 * 4
    assert network.layers[-1].out == (12, 4, 4)
    found = reads(network)
    assert (found["cells_of_4/p/0"], found["cells_of_4/h"]) == ("input", "stem")
    assert (found["cells_of_4#2/p/1"], found["cells_of_4#2/h"]) == ("stem", "cells_of_4/4")
    assert (found["cells_of_4#3/p/1"], found["cells_of_4#3/h"]) == ("cells_of_4/4", "cells_of_4#2/4")
    assert found["cells_of_4/b/2"] == "cells_of_4/b/l/0#2/1 cells_of_4/p/1"
    assert "cells_of_4#2/p/0" not in found  # only the first cell's second input has another size


FAMILY = """
    settings: {depth: 18, unit: wide if depth >= 50 else thin, classes: 10}
    variants: {net18: {depth: 18}, net34: {depth: 34}, net50: {depth: 50}}
    blocks:
      thin: {args: [c, s], layers: [{op: conv, k: 3, c: c, s: s}]}
      wide: {args: [c, s], layers: [{op: conv, k: 1, c: c, s: s}, {op: conv, k: 1, c: 4 * c}]}
    columns: [name, out, op, c, s, {n, depth: [18, 34, 50]}]
    layers:
      - [conv1, 4x4, unit, 4, 2, 1, 2, 3]
      - [conv2, 2x2, unit, 8, 2, 2, 3, 1]
      - [fc, 1x1, fc, classes]
"""


@pytest.mark.parametrize(
    ("depth", "weights", "last"),
    [
        (18, conv(3, 3, 4) + conv(3, 4, 8) + conv(3, 8, 8) + 8 * 4 * 10, 8),
        (34, conv(3, 3, 4) + conv(3, 4, 4) + conv(3, 4, 8) + 2 * conv(3, 8, 8) + 8 * 4 * 10, 8),
        (50, 3 * 4 + 4 * 16 + 2 * (16 * 4 + 4 * 16) + 16 * 8 + 8 * 32 + 32 * 4 * 10, 32),
    ],
)
def test_a_family_has_a_column_for_each_member(depth, weights, last):
    spec = load(FAMILY)
    network = build(spec, overrides(spec, f"net{depth}", {}))
    assert network.totals.weights == weights
    assert network.layers[-2].out == (last, 2, 2)
    assert network == build(spec, {"depth": depth})._replace(key=network.key)


# settings


def test_settings_derive_from_those_above():
    text = """
        settings: {width: 1.0, stem: int(16 * width), head: "max(stem, 10)"}
        layers:
          - {op: conv, k: 3, c: stem}
          - {op: conv, k: 1, c: head}
    """
    assert dict(net(text).settings) == {"width": 1.0, "stem": 16, "head": 16}
    assert dict(net(text, width=0.5).settings) == {"width": 0.5, "stem": 8, "head": 10}
    assert dict(net(text, width=0.5, stem=20).settings) == {"width": 0.5, "stem": 20, "head": 20}
    assert net(text, head=4).totals.params == conv(3, 3, 16) + conv(1, 16, 4)


SORTS = """
    settings: {k: 3x5, wide: false, act: relu, width: 1.0, unit: thin}
    variants: {other: {act: hswish, unit: thick}}
    blocks:
      thin: {layers: [{op: identity}]}
      thick: {layers: [{op: conv, k: 1, c: 5}]}
    layers:
      - {op: conv, k: k, c: 8 * width if wide else 4 * width, act: act}
      - {op: unit}
"""


@pytest.mark.parametrize(
    ("given", "weights"),
    [
        ({}, 15 * 3 * 4),
        ({"k": (1, 3)}, 3 * 3 * 4),
        ({"k": (7, 1)}, 7 * 3 * 4),
        ({"wide": True}, 15 * 3 * 8),
        ({"width": 2}, 15 * 3 * 8),
        ({"width": 0.25}, 15 * 3 * 1),
        ({"act": "prelu"}, 15 * 3 * 4 + 4),
        ({"act": "hswish"}, 15 * 3 * 4),
        ({"act": "none"}, 15 * 3 * 4),
        ({"unit": "thick"}, 15 * 3 * 4 + 4 * 5),
        ({"unit": "gap"}, 15 * 3 * 4),
    ],
    ids=str,
)
def test_settings_of_every_sort(given, weights):
    assert net(SORTS, **given).totals.weights == weights


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"k": 3}, "setting `k` must be a size, such as the size 3x5, not 3"),
        ({"wide": 1}, "setting `wide` must be a truth, such as false, not 1"),
        ({"width": True}, "setting `width` must be a number, such as 1.0, not true"),
        ({"width": "relu"}, "setting `width` must be a number, such as 1.0, not the word `relu`"),
        ({"act": 3}, "setting `act` must be a word, such as `relu`, not 3"),
        ({"act": "hswihs"}, "setting `act` must be a word of this spec, not `hswihs`; did you mean `hswish`?"),
        ({"height": 3}, "`example` has no setting `height`; available: `k`, `wide`, `act`, `width`, `unit`"),
    ],
    ids=str,
)
def test_a_setting_of_another_sort_is_refused(given, sentence):
    assert error_of(SORTS, **given)[0].startswith(sentence)


# names and scope

SCOPE = {
    "a block sees no argument of its caller": (
        """
        blocks:
          inner: {layers: [{op: conv, k: 1, c: width}]}
          outer: {args: [width], layers: [{op: conv, k: 1, c: width}, {op: inner}]}
        layers: [{op: outer, width: 3}]
        """,
        ("unknown name `width`", "width"),
    ),
    "a block sees no row of its caller": (
        """
        blocks:
          inner: {layers: [{op: conv, k: 1, c: 3, from: stem}]}
        layers: [{op: relu, name: stem}, {op: inner}]
        """,
        ("no row or input named `stem` above this row", "stem"),
    ),
    "a block sees no row of its caller in an expression": (
        """
        blocks:
          inner: {layers: [{op: conv, k: 1, c: stem.c}]}
        layers: [{op: relu, name: stem}, {op: inner}]
        """,
        ("unknown row or input `stem`", "stem"),
    ),
    "a caller sees no row of a block": (
        """
        blocks:
          inner: {layers: [{op: relu, name: inside}]}
        layers: [{op: inner}, {op: gap, from: inside}]
        """,
        ("no row or input named `inside` above this row", "inside"),
    ),
    "a block does not see the network's input": (
        """
        blocks:
          inner: {layers: [{op: relu, from: input}]}
        layers: [{op: inner}]
        """,
        ("no row or input named `input` above this row", "input"),
    ),
    "defaults see no row": (
        """
        defaults: {conv: {c: stem.c}}
        layers: [{op: relu, name: stem}, {op: conv, k: 1}]
        """,
        ("unknown row or input `stem`", "stem"),
    ),
    "a header's rule sees no row": (
        """
        columns: [op, k, {c: c * stem.c}]
        layers: [{op: relu, name: stem}, [conv, 1, 4]]
        """,
        ("unknown row or input `stem`", "c"),
    ),
    "no row reads one below it": (
        "layers: [{op: relu, from: b, name: a}, {op: relu, name: b}]",
        ("no row or input named `b` above this row", "b"),
    ),
    "no setting reads one below it": (
        """
        settings: {stem: 2 * width, width: 1}
        layers: [{op: conv, k: stem, c: width}]
        """,
        ("unknown name `width`", "width"),
    ),
    "two rows of one name": (
        "layers: [{op: relu, name: a}, {op: relu, name: a}]",
        ("`a` is already defined here; choose another name", "a"),
    ),
    "a row and a setting": (
        "settings: {a: 3}\nlayers: [{op: conv, k: 1, c: a, name: a}]",
        ("`a` is already defined here; choose another name", "a"),
    ),
    "a row and the input": (
        "layers: [{op: relu, name: input}]",
        ("`input` is already defined here; choose another name", "input"),
    ),
    "a row and a group": (
        "layers: [{op: relu, name: a}, {repeat: 2, name: a, layers: [{op: relu}]}]",
        ("`a` is already defined here; choose another name", "a"),
    ),
    "an argument and a setting": (
        """
        settings: {c: 3}
        blocks: {b: {args: [c], layers: [{op: conv, k: 1, c: c}]}}
        layers: [{op: b, c: c}]
        """,
        ("`c` is already defined here; choose another name", "c"),
    ),
    "a row and an argument": (
        """
        blocks: {b: {args: [c], layers: [{op: conv, k: 1, c: c, name: c}]}}
        layers: [{op: b, c: 3}]
        """,
        ("`c` is already defined here; choose another name", "c"),
    ),
    "a row and a block's input": (
        "blocks: {b: {layers: [{op: relu, name: x}]}}\nlayers: [{op: b}]",
        ("`x` is already defined here; choose another name", "x"),
    ),
    "rows of two branches": (
        "blocks: {b: {branches: [[{op: relu, name: a}], [{op: relu, name: a}]]}}\nlayers: [{op: b}]",
        ("`a` is already defined here; choose another name", "a"),
    ),
    "a setting that nothing reads": (
        "settings: {width: 1.0}\nlayers: [{op: gap}]",
        ("nothing reads setting `width`", "width"),
    ),
    "an argument that nothing reads": (
        "blocks: {b: {args: [c], layers: [{op: gap}]}}\nlayers: [{op: b, c: 3}]",
        ("nothing reads argument `c` of block `b`", "c"),
    ),
    "a block that contains itself": (
        "blocks: {a: {layers: [{op: b}]}, b: {layers: [{op: a}]}}\nlayers: [{op: a}]",
        ("a block must not contain itself: `a -> b -> a`", "a"),
    ),
    "a misspelt word": (
        "layers: [{op: conv, k: 1, c: 2, act: rleu}]",
        ("unknown name `rleu`; did you mean `relu`?", "rleu"),
    ),
    "a misspelt word that a comparison reads": (
        "settings: {norm: none}\nlayers: [{op: relu, when: norm == noen}]",
        ("unknown name `noen`; did you mean `none`?", "noen"),
    ),
    "a misspelt op": (
        "layers: [{op: cnov, k: 1}]",
        ("unknown op or block `cnov`; did you mean `conv`?", "cnov"),
    ),
    "a misspelt column": (
        "columns: [op, k, c, sride]\nlayers: [[conv, 1, 4]]",
        ("nothing reads column `sride`: no op or block takes it, and `data:` does not keep it", "sride"),
    ),
}


@pytest.mark.parametrize("case", SCOPE)
def test_scope_is_lexical_and_names_do_not_meet(case):
    text, expected = SCOPE[case]
    sentence, shown = error_of(text)
    assert (sentence[: len(expected[0])], shown) == expected


def test_one_name_may_stand_in_two_blocks_and_at_the_top():
    network = net("""
        blocks:
          a: {layers: [{op: conv, k: 1, c: 4, name: mid}, {op: add, from: [mid, -1]}]}
          b: {layers: [{op: conv, k: 1, c: 5, name: mid}, {op: a}, {op: conv, k: 1, c: mid.c}]}
        layers:
          - {op: relu, name: mid}
          - {op: b}
          - {op: conv, k: 1, c: mid.c}
    """)
    assert [layer.out.c for layer in network.layers] == [3, 5, 4, 4, 5, 3]
    assert reads(network)["1/1/1"] == "1/1/mid 1/1/mid"


def test_a_name_of_the_caller_hides_no_word_of_a_block_or_of_the_defaults():
    network = net("""
        blocks: {b: {layers: [{op: conv, k: 1, c: 4, act: relu}]}}
        defaults: {dwconv: {act: tanh}}
        layers: [{op: identity, name: relu}, {op: identity, name: tanh}, {op: b}, {op: dwconv, k: 3}]
    """)
    assert network.totals.act_elems == 2 * 4 * 64
    assert error_of("layers: [{op: identity, name: relu}, {op: conv, k: 1, c: 4, act: relu}]") == (
        "`relu` is a layer's output, not a value: read `relu.c`, `.h` or `.w`",
        "relu",
    )


def test_a_default_of_an_argument_sees_arguments_above_and_the_input():
    network = net("""
        blocks: {b: {args: [k=1, c=k + x.c], layers: [{op: conv, k: k, c: c}]}}
        layers: [{op: b}, {op: b, k: 3}, {op: b, k: 3, c: 2}]
    """)
    assert [layer.out.c for layer in network.layers] == [1 + 3, 3 + 4, 2]


BLAME = {
    "a word where a number is expected, in an expression of the block": (
        "blocks: {b: {args: [c], layers: [{op: conv, k: 1, c: c * 2}]}}\nlayers: [{op: b, c: same}]",
        ("a number is expected, not the word `same`", "same"),
    ),
    "a word where a number is expected, two blocks up": (
        """
        blocks:
          b: {args: [c], layers: [{op: a, c: c}]}
          a: {args: [c], layers: [{op: conv, k: 1, c: c}]}
        layers: [{op: b, c: same}]
        """,
        ("`c` must be a whole number, not the word `same`", "same"),
    ),
    "a number where a word is expected": (
        "blocks: {b: {args: [f], layers: [{op: f}]}}\nlayers: [{op: b, f: 33}]",
        ("unknown op or block 33", "33"),
    ),
    "a number in a setting where a word is expected": (
        "settings: {mode: 7}\nlayers: [{op: conv, k: 1, c: 3, act: mode}]",
        ("`act` must be one of `relu`,", "7"),
    ),
    "a word in the defaults of a block": (
        """
        blocks: {b: {args: [c], layers: [{op: conv, k: 1, c: c}]}}
        defaults: {b: {c: same}}
        layers: [{op: b}]
        """,
        ("`c` must be a whole number, not the word `same`", "same"),
    ),
    "a word in the default of an argument": (
        "blocks: {b: {args: [c=same], layers: [{op: conv, k: 1, c: c}]}}\nlayers: [{op: b}]",
        ("`c` must be a whole number, not the word `same`", "same"),
    ),
    "a truth where a number is expected": (
        "layers: [{op: conv, k: 1, c: true}]",
        ("`c` must be a whole number, not true", "true"),
    ),
    "a number where a truth is expected": (
        "layers: [{op: conv, k: 1, c: 3, bias: 1}]",
        ("`bias` must be true or false, not 1", "1"),
    ),
    "a number as a `when`": ("layers: [{op: relu, when: 1}]", ("`when` must be true or false, not 1", "1")),
    "a size as a condition": (
        "settings: {k: 3x5}\nlayers: [{op: conv, k: k, c: 3 if k == 3 else 4}]",
        ("a size cannot be compared with a number", "k"),
    ),
    "a row as a value": (
        "layers: [{op: relu, name: a}, {op: conv, k: 1, c: a}]",
        ("`a` is a layer's output, not a value: read `a.c`, `.h` or `.w`", "a"),
    ),
    "a count that is not whole": (
        "settings: {width: 0.3}\ncolumns: [op, k, {c: c * width}]\nlayers: [[conv, 1, 32]]",
        ("`c` must be a whole number, not 9.6 (say how to round: `int`, `round`, `divisible`)", "32"),
    ),
    "groups that do not divide": (
        "layers: [{op: conv, k: 1, c: 32, g: 2}]",
        ("groups of 2 do not divide the 3 input channels", "2"),
    ),
    "a block of two inputs that gets one": (
        "blocks: {b: {inputs: [x, y], layers: [{op: add, from: [x, y]}]}}\nlayers: [{op: b}]",
        ("`b` reads 2 inputs, not 1: name them in `from`", "b"),
    ),
}


@pytest.mark.parametrize("case", BLAME)
def test_an_error_stands_at_the_cell_that_wrote_the_value(case):
    text, expected = BLAME[case]
    sentence, shown = error_of(text)
    assert (sentence[: len(expected[0])], shown) == expected


# repeats


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("row", "layers: [{op: conv, k: 3, c: 4, s: 2, n: 3}]"),
        ("default", "defaults: {conv: {s: 2}}\nlayers: [{op: conv, k: 3, c: 4, n: 3}]"),
        (
            "block's argument",
            "blocks: {b: {args: [s], layers: [{op: conv, k: 3, c: 4, s: s}]}}\nlayers: [{op: b, s: 2, n: 3}]",
        ),
        (
            "default of the argument",
            "blocks: {b: {args: [s=2], layers: [{op: conv, k: 3, c: 4, s: s}]}}\nlayers: [{op: b, n: 3}]",
        ),
        (
            "default of the block",
            """
            blocks: {b: {args: [s], layers: [{op: conv, k: 3, c: 4, s: s}]}}
            defaults: {b: {s: 2}}
            layers: [{op: b, n: 3}]
            """,
        ),
        (
            "block in a block",
            """
            blocks:
              b: {args: [s], layers: [{op: a, s: s}]}
              a: {args: [s], layers: [{op: conv, k: 3, c: 4, s: s}]}
            layers: [{op: b, s: 2, n: 3}]
            """,
        ),
        ("variant column", "settings: {d: 1}\ncolumns: [op, k, c, {s, d: [1, 2]}, n]\nlayers: [[conv, 3, 4, 2, 1, 3]]"),
    ],
)
def test_a_stride_holds_for_the_first_repeat_wherever_it_comes_from(where, text):
    network = net(text)
    assert outs(network) == [(4, 4, 4)] * 3
    assert network.totals.macs == (conv(3, 3, 4) + 2 * conv(3, 4, 4)) * 16


def test_a_pools_own_stride_is_a_stride_too():
    # k 2 at stride 2: 8 -> 4; then k 2 at stride 1: 4 -> 3 -> 2
    assert outs(net("layers: [{op: maxpool, k: 2, n: 3}]")) == [(3, 4, 4), (3, 3, 3), (3, 2, 2)]


def test_a_group_keeps_its_strides():
    network = net("""
        layers:
          - repeat: 3
            name: body
            layers:
              - {op: dwconv, k: 3, s: 2}
              - {op: conv, k: 1, c: 4, name: mixed}
          - {op: mul, from: [mixed, body, -1]}
    """)
    assert paths(network) == "body/0 body/mixed body#2/0 body#2/mixed body#3/0 body#3/mixed 1"
    assert [layer.out.h for layer in network.layers] == [4, 4, 2, 2, 1, 1, 1]
    assert reads(network)["1"] == "body#3/mixed body#3/mixed body#3/mixed"


def test_a_name_is_that_of_the_last_repeat():
    network = net("""
        layers:
          - {op: conv, k: 1, c: 4, n: 3, name: a}
          - {op: relu}
          - {op: add, from: [-1, a]}
    """)
    assert paths(network) == "a a#2 a#3 1 2"
    assert reads(network)["2"] == "1 a#3"


def test_groups_in_groups_and_repeats_in_blocks_have_paths():
    network = net("""
        blocks: {b: {layers: [{op: relu, n: 2}, {repeat: 2, layers: [{op: gelu, name: g}]}]}}
        layers:
          - {repeat: 2, layers: [{repeat: 2, layers: [{op: tanh}]}]}
          - {op: b, n: 2, name: last}
    """)
    assert paths(network) == (
        "0/0/0 0/0#2/0 0#2/0/0 0#2/0#2/0 last/0 last/0#2 last/1/g last/1#2/g last#2/0 last#2/0#2 last#2/1/g last#2/1#2/g"
    )


def test_rows_back_count_repeats_and_skip_what_is_not_there():
    network = net("""
        settings: {on_top: false}
        layers:
          - {op: relu, n: 3, name: a}
          - {op: tanh, name: b, when: on_top}
          - {op: gelu, name: c}
          - {op: add, from: [-1, -2, -3, -4, -5]}
    """)
    assert reads(network)["3"] == "c a#3 a#2 a input"


def test_n_may_be_an_expression_and_a_header_may_scale_it():
    text = """
        settings: {depth: 1.0}
        columns: [op, {n: ceil(n * depth)}]
        layers: [[relu, 3], [relu]]
    """
    assert len(net(text).layers) == 4
    assert len(net(text, depth=1.5).layers) == 5 + 1


REPEAT_ERRORS = {
    "a row with n names what it reads": (
        "layers: [{op: relu, name: a}, {op: add, n: 2, from: [a, -1]}]",
        ("`from` of a row with `n` must be a number of rows back, such as `-1`, not `a`", "a"),
    ),
    "rows back past the start of a block": (
        "blocks: {b: {layers: [{op: relu, from: -2}]}}\nlayers: [{op: relu, n: 3}, {op: b}]",
        ("`from: -2` goes back too far: this row has 1 value above it", "-2"),
    ),
    "rows back past the start of a branch": (
        "blocks: {b: {branches: [[{op: relu}], [{op: relu, from: -2}]]}}\nlayers: [{op: relu, n: 3}, {op: b}]",
        ("`from: -2` goes back too far: this row has 1 value above it", "-2"),
    ),
    "n of 0": ("layers: [{op: relu, n: 0}]", ("`n` must be at least 1, not 0", "0")),
    "a word for n": ("layers: [{op: relu, n: same}]", ("`n` must be a whole number, not the word `same`", "same")),
    "too many layers": (
        "layers: [{repeat: 20001, layers: [{op: relu}]}]",
        (f"the network has more than {MAX_LAYERS:,} layers", "{"),
    ),
    "endless repeats of nothing": (
        "layers: [{repeat: 10**18, layers: []}, {op: relu}]",
        ("unfolding takes more than 200,000 steps", "{"),
    ),
}


@pytest.mark.parametrize("case", REPEAT_ERRORS)
def test_repeats_are_bounded(case):
    text, expected = REPEAT_ERRORS[case]
    sentence, shown = error_of(text)
    assert (sentence[: len(expected[0])], shown) == expected


# rows that are not there


@pytest.mark.parametrize(("aux", "there"), [(False, "0 3"), (True, "0 head/0 head#2/0 3")])
def test_a_group_takes_a_when(aux, there):
    network = net(
        """
        settings: {aux: false}
        layers:
          - {op: conv, k: 3, c: 4}
          - {repeat: 2, name: head, when: aux, layers: [{op: conv, k: 1, c: 4}]}
          - {op: relu, when: false}
          - {op: add, from: [head, -1]}
        """,
        aux=aux,
    )
    assert paths(network) == there
    assert network.totals.weights == conv(3, 3, 4) + (2 * conv(1, 4, 4) if aux else 0)
    assert reads(network)["3"] == ("head#2/0 head#2/0" if aux else "0 0")


def test_an_absent_row_stands_for_its_input():
    network = net("""
        settings: {v: false}
        layers:
          - {op: conv, k: 1, c: 5, name: a}
          - {op: relu, name: last}
          - {op: conv, k: 1, c: 9, name: b, from: a, when: v}
          - {op: conv, k: 1, c: b.c + 1, name: d, from: b, when: v}
          - {repeat: 2, when: v, layers: [{op: conv, k: 3, c: 2, name: e}, {op: gap, name: f, from: d}]}
          - {op: add, from: [a, b, d, f, e, -1]}
          - {op: conv, k: 1, c: d.c}
    """)
    # e reads the row above its group, which is `last`; f reads d, which stands for b, which stands for a
    assert reads(network)["5"] == "a a a a last last"
    assert network.layers[-1].out.c == 5


ABSENT = """
    settings: {v: false}
    layers:
      - {op: relu, name: a}
      - {op: add, from: [a, input], name: sum, when: v}
      - ROW
      - {op: gap}
"""


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ("{op: gelu, from: sum}", "sum"),
        ("{op: add, from: [a, sum]}", "sum"),
        ("{op: conv, k: 1, c: sum.c}", "sum.c"),
        ("{op: gelu, when: sum.h > 1}", "sum.h > 1"),
    ],
)
def test_naming_an_absent_row_of_several_inputs_is_an_error(row, shown):
    assert error_of(ABSENT.replace("ROW", row)) == ("row `sum` is left out: its `when` is false", shown)


def test_an_absent_row_may_read_an_absent_one():
    assert paths(net(ABSENT.replace("ROW", "{op: gelu, from: sum, name: c, when: v}"))) == "a 3"


def test_a_block_or_branch_with_no_row_has_the_value_of_its_input():
    network = net("""
        settings: {v: false}
        blocks:
          nothing: {layers: []}
          absent: {inputs: [x, y], layers: [{op: add, from: [x, y], when: v}]}
          fork: {branches: [[], [{op: relu, when: v}], [{op: absent, from: [x, x]}], [{op: nothing}]]}
        layers:
          - {op: nothing, name: a}
          - {op: conv, k: 1, c: 4, name: b}
          - {op: absent, from: [a, b], name: c}
          - {op: fork}
          - {op: add, from: [a, c, input]}
    """)
    assert paths(network) == "b 3/join 4"
    assert reads(network) == {"b": "input", "3/join": "input input input input", "4": "input input input"}
    assert network.layers[1].out.c == 4 * 3


def test_when_may_stand_in_defaults():
    text = """
        settings: {norm: none}
        blocks: {extra: {layers: [{op: conv, k: 1, c: 3}]}}
        defaults:
          lrn: {when: norm == none}
          extra: {when: norm == bn}
        layers: [{op: lrn, name: a}, {op: extra, name: b}, {op: add, from: [a, b]}]
    """
    assert paths(net(text)) == "a 2"
    assert paths(net(text, norm="bn")) == "b/0 2"
    assert reads(net(text, norm="bn"))["2"] == "input b/0"


# headers


RULED = """
    settings: {width: 1.0}
    columns: [op, k, {c: int(c * width)}]
    layers:
      - [conv, 3, 16]
      - {repeat: 2, layers: [[conv, 1, 32]]}
      - [conv, 1, 2 * 8]
      - {op: conv, k: 1, c: 2 * 5}
      - {op: conv, k: 1, c: ~, when: false}
"""


def test_a_rule_holds_on_list_rows_and_not_on_map_rows():
    text = RULED.replace("      - {op: conv, k: 1, c: ~, when: false}\n", "")
    assert [layer.out.c for layer in net(text).layers] == [16, 32, 32, 16, 10]
    assert [layer.out.c for layer in net(text, width=0.5).layers] == [8, 16, 16, 8, 10]


def test_a_rule_leaves_defaults_and_empty_cells_alone():
    text = """
        settings: {width: 1.0}
        defaults: {conv: {c: 7}}
        columns: [op, k, {c: int(c * width)}]
        layers: [[conv, 3], [conv, 1, ~], [dwconv, 3], [conv, 1, 10]]
    """
    assert [layer.out.c for layer in net(text, width=0.5).layers] == [7, 7, 7, 5]


@pytest.mark.parametrize("cell", ["32", "(32)", "1_000", "+32"])
def test_a_bare_number_for_a_ruled_column_is_an_error_in_a_map_row(cell):
    text = RULED.replace("c: ~, when: false", f"c: {cell}")
    assert error_of(text) == (
        f"the rule `int(c * width)` of column `c` does not apply to a row written as a map: write `{cell}` as an expression of the settings",
        cell,
    )


SPREAD = """
    settings: {groups: 3, width: 1.0}
    columns: [op, k, {c: int(c * width), groups: [1, 2, 3]}, act]
    layers:
      - [conv, 3, 144, 200, 240, relu]
      - [relu]
      - [conv, 1, 24, 24, 3 * groups, ~]
      - [fc, ~, ~, ~, ~, ~, {c: 10}]
"""


def test_a_column_for_each_value_of_a_setting():
    spec = load(SPREAD.replace(", {c: 10}", "").replace("[fc, ~, ~, ~, ~, ~]", "{op: fc, c: 10 + 0}"))
    for groups, (first, second) in {1: (144, 24), 2: (200, 24), 3: (240, 9)}.items():
        assert [layer.out.c for layer in build(spec, {"groups": groups}).layers] == [first, first, second, 10]
    assert [layer.out.c for layer in build(spec, {"width": 0.5}).layers] == [120, 120, 4, 10]


HEADER_ERRORS = {
    "a row that fills some": (
        "settings: {w: 1}\ncolumns: [op, k, {c, w: [1, 2]}]\nlayers: [[conv, 1, 4]]",
        {},
        ("column `c` has a cell for each of 2 values of `w`; this row fills 1", "4"),
    ),
    "a row with a gap": (
        "settings: {w: 1}\ncolumns: [op, k, {c, w: [1, 2]}]\nlayers: [[conv, 1, ~, 4]]",
        {},
        ("column `c` has a cell for each of 2 values of `w`; this row fills 1", "4"),
    ),
    "a value without a column": (
        "settings: {w: 1}\ncolumns: [op, k, {c, w: [1, 2]}]\nlayers: [[conv, 1, 4, 5]]",
        {"w": 3},
        ("the table has no column for w 3; it has 1, 2", "c"),
    ),
    "a column for no setting": (
        "columns: [op, k, {c, w: [1, 2]}]\nlayers: [[conv, 1, 4, 5]]",
        {},
        ("unknown setting `w`", "w"),
    ),
    "values that repeat": (
        "settings: {w: 1}\ncolumns: [op, k, {c, w: [1, 1.0]}]\nlayers: [[conv, 1, 4, 5]]",
        {},
        ("a variant column must list different values of its setting, such as `[18, 34]`", "["),
    ),
    "a rule that does not read its cells": (
        "settings: {w: 1}\ncolumns: [op, k, {c: 4 * w}]\nlayers: [[conv, 1, 4]]",
        {},
        ("the rule of column `c` must use the value of its cells", "c"),
    ),
    "a map that names a column": (
        "columns: [op, k, c]\nlayers: [[conv, 1, {c: 4}]]",
        {},
        ("`c` is a column of this table: write it in that column", "c"),
    ),
    "a row that is too long": (
        "columns: [op, k]\nlayers: [[maxpool, 2, 2]]",
        {},
        ("the row has 3 cells for 2 columns; `2` has no column", "2"),
    ),
    "a list row without a header": (
        "layers: [[conv, 1, 4]]",
        {},
        ("a list row needs `columns:` above it to name its cells", "["),
    ),
    "a list row under another table's header": (
        "columns: [op]\nblocks: {b: {layers: [[relu]]}}\nlayers: [[b]]",
        {},
        ("a list row needs `columns:` above it to name its cells", "["),
    ),
    "a column that stands twice": (
        "columns: [op, k, k]\nlayers: [[maxpool, 2, 2]]",
        {},
        ("column `k` is listed twice", "k"),
    ),
    "a column that the op does not take": (
        "columns: [op, k]\nlayers: [[relu, 2]]",
        {},
        ("`relu` has no column `k`; it takes no columns", "2"),
    ),
}


@pytest.mark.parametrize("case", HEADER_ERRORS)
def test_a_header_holds_its_rows_to_it(case):
    text, given, expected = HEADER_ERRORS[case]
    sentence, shown = error_of(text, **given)
    assert (sentence[: len(expected[0])], shown) == expected


# claims

CLAIM = "columns: [op, k, c, s, n, {}]\nlayers: [[conv, 3, 4, 2, 3, {}]]"
FILTERS = "columns: [op, k, c, filter]\nlayers: [[{}, {}]]"


@pytest.mark.parametrize(
    ("column", "right", "wrong", "given"),
    [
        ("in", "8x8x3", "4x4x4", "8x8x3"),  # of the first repeat
        ("in", "8x8x3", "8x8", "8x8x3"),
        ("out", "4x4x4", "4x4x3", "4x4x4"),  # of the last
        ("out", "4x4", "8x8", "4x4x4"),
        ("out", "4x4", "4", "4x4x4"),
        ("params", conv(3, 3, 4) + 2 * conv(3, 4, 4), conv(3, 3, 4), "396"),
        ("params", "396", "0.4K", "396"),
        ("macs", (conv(3, 3, 4) + 2 * conv(3, 4, 4)) * 16, 6337, "6,336"),
        ("macs", '"6,336"', "6k", "6,336"),
    ],
)
def test_a_claim_is_checked(column, right, wrong, given):
    net(CLAIM.format(column, right))
    sentence, shown = error_of(CLAIM.format(column, wrong))
    rounded = column in ("params", "macs") and not str(wrong).replace(",", "").isdigit()
    hint = "" if not rounded else " (a claim is exact; rounded figures go in `reported`)"
    assert sentence == f"`{column}` says `{wrong}`; the layers give {given}{hint}"
    assert shown == str(wrong)


@pytest.mark.parametrize(
    ("row", "right", "wrong"),
    [
        ("conv, 3, 4", "3x3x3x4", "3x3x4x3"),
        ("conv, 1x7, 4", "1x7x3x4", "7x1x3x4"),
        ("dwconv, 3, ~", "3x3x3 dw", "3x3x3"),
        ("dwconv, 3, 6", "3x3x6 dw", "3x3x3 dw"),
        ("fc, ~, 10", "192x10", "3x10"),
        ("maxpool, 2, ~", "Pool 2x2", "2x2"),
        ("avgpool, 3x2, ~", "Pool 3x2", "Pool 2x3"),
        ("gap, ~, ~", "Pool 8x8", "Pool 7x7"),
        ("gmp, ~, ~", "Pool 8x8", "Pool 7x7"),
    ],
)
def test_a_filter_is_written_as_papers_do(row, right, wrong):
    net(FILTERS.format(row, right))
    assert error_of(FILTERS.format(row, wrong)) == (f"`filter` says `{wrong}`; the layers give {right}", wrong)


def test_a_filter_of_a_grouped_conv_has_the_channels_of_one_group():
    net("layers: [{op: conv, k: 3, c: 6, g: 3, filter: 3x3x1x6}]")
    assert error_of("layers: [{op: conv, k: 3, c: 6, g: 3, filter: 3x3x3x6}]")[0].endswith("give 3x3x1x6")
    assert error_of("layers: [{op: relu, filter: 3x3}]")[0] == "`filter` says `3x3`; the layers give no filter"


def test_a_claim_of_a_block_is_the_sum_of_its_layers():
    text = """
        blocks: {b: {args: [c], layers: [{op: conv, k: 3, c: c, norm: bn}, {op: conv, k: 1, c: c, bias: true}]}}
        layers: [{op: b, c: 4, n: 2, in: 8x8x3, out: 8x8x4, params: PARAMS}]
    """
    weights = conv(3, 3, 4) + conv(3, 4, 4) + 2 * conv(1, 4, 4)
    net(text.replace("PARAMS", str(weights + 2 * 8 + 2 * 4)))
    assert error_of(text.replace("PARAMS", str(weights)))[0].endswith(f"the layers give {weights + 2 * 8 + 2 * 4}")


def test_a_claim_inside_a_block_is_checked_at_each_call():
    text = (
        "blocks: {b: {args: [c], layers: [{op: conv, k: 1, c: c, out: 8x8x4}]}}\nlayers: [{op: b, c: 4}, {op: b, c: C}]"
    )
    net(text.replace("C", "4"))
    assert error_of(text.replace("C", "5")) == ("`out` says `8x8x4`; the layers give 8x8x5", "8x8x4")


PRINTED = """
    settings: {width: 0.5, res: 8, depth: 1}
    printed: {width: 1}
    input: [3, res, res]
    columns: [op, k, {c: int(c * width)}, {n, depth: [1, 2]}, params, out]
    layers: [[conv, 3, 16, 1, 2, PARAMS, OUT]]
"""


@pytest.mark.parametrize(
    ("given", "checked"),
    [({}, False), ({"width": 1}, True), ({"width": 1, "res": 9}, False), ({"width": 0.5}, False)],
    ids=str,
)
def test_claims_hold_at_the_printed_settings_only(given, checked):
    spec = load(PRINTED.replace("PARAMS", "432").replace("OUT", "8x8x16"))
    assert build(spec, given).totals.params == conv(3, 3, int(16 * given.get("width", 0.5)))
    wrong = load(PRINTED.replace("PARAMS", "433").replace("OUT", "8x8x16"))
    if checked:
        with pytest.raises(SpecError, match="`params` says `433`; the layers give 432"):
            build(wrong, given)
    else:
        build(wrong, given)


def test_a_setting_with_columns_may_have_any_value_of_theirs():
    spec = load(PRINTED.replace("PARAMS", "~").replace("OUT", "8x8x15"))
    for depth in (1, 2):
        with pytest.raises(SpecError, match="`out` says `8x8x15`; the layers give 8x8x16"):
            build(spec, {"width": 1, "depth": depth})


def test_claims_in_columns_of_a_family_hold_for_each_member():
    text = """
        settings: {d: 1}
        columns: [op, k, {c, d: [1, 2]}, {params, d: [1, 2]}]
        layers: [[conv, 1, 4, 8, 12, PARAMS]]
    """
    for given, right in {1: 12, 2: 24}.items():
        assert net(text.replace("PARAMS", "24"), d=given).totals.params == right
    assert net(text.replace("PARAMS", "25")).totals.params == 12
    assert error_of(text.replace("PARAMS", "25"), d=2) == ("`params` says `25`; the layers give 24", "25")


def test_at_a_variants_own_settings_the_claims_in_columns_of_a_family_hold():
    text = """
        settings: {d: 1, width: 1}
        variants: {narrow: {d: 2, width: 0.5}}
        columns: [op, k, {c: int(c * width)}, {params, d: [1, 2]}, out]
        layers: [[conv, 1, 8, 24, PARAMS, 8x8x8]]
    """
    assert net(text.replace("PARAMS", "12"), d=2, width=0.5).totals.params == 12  # `out` is of width 1
    assert error_of(text.replace("PARAMS", "24"), d=2, width=0.5) == ("`params` says `24`; the layers give 12", "24")
    assert net(text.replace("PARAMS", "24"), d=2, width=0.25).totals.params == 6


MISPRINTS = {
    "right where the source is wrong": ("{op: relu, out: {is: 8x8, printed: 9x9, erratum: e}}", None),
    "wrong where the source is right": (
        "{op: relu, out: {is: 9x9, printed: 8x8, erratum: e}}",
        ("`out` says `9x9`; the layers give 8x8x3", "9x9"),
    ),
    "the source is right in other words": (
        "{op: relu, out: {is: 8x8, printed: 8x8x3, erratum: e}}",
        ("this is not an erratum: the printed value `8x8x3` is right", "8x8x3"),
    ),
    "a figure that the source has right": (
        '{op: conv, k: 3, c: 64, params: {is: 1728, printed: "1,728", erratum: e}}',
        ("this is not an erratum: the printed value `1,728` is right", "1,728"),
    ),
    "nothing is misprinted": (
        "{op: conv, k: {is: 3, printed: 3, erratum: e}, c: 4}",
        ("this is not an erratum: `is` and `printed` are both `3`", "3"),
    ),
    "no reason": (
        "{op: conv, k: {is: 3, printed: 5}, c: 4}",
        ("a misprint is `{is: .., printed: .., erratum: ..}`; `erratum` is missing", "{"),
    ),
    "in a cell": ("{op: {is: conv, printed: pool, erratum: e}, k: {is: 1, printed: 2, erratum: e}, c: 4}", None),
    "in n": ("{op: relu, n: {is: 1, printed: 2, erratum: e}}", None),
}


@pytest.mark.parametrize("case", MISPRINTS)
def test_a_misprint_is_declared_and_checked_both_ways(case):
    row, expected = MISPRINTS[case]
    if expected is None:
        assert len(net(f"layers: [{row}]").layers) == 1
    else:
        assert error_of(f"layers: [{row}]") == expected


def test_a_misprint_in_the_last_cell_of_a_list_row_is_a_cell():
    network = net("columns: [op, k, c, s]\nlayers: [[conv, 3, 4, {is: 1, printed: 2, erratum: e}]]")
    assert outs(network) == [(4, 8, 8)]


def test_a_misprint_under_a_rule_and_in_a_column_of_a_family():
    text = """
        settings: {d: 1, width: 2}
        columns: [op, k, {c: c * width, d: [1, 2]}]
        layers: [[conv, 1, {is: 4, printed: 5, erratum: e}, 8]]
    """
    assert [net(text, d=d).layers[0].out.c for d in (1, 2)] == [8, 16]


# totals

TOTALS = """
    settings: {width: 1, wide: false}
    variants: {double: {width: 2}, wide_one: {wide: true}}
    layers: [{op: conv, k: 3, c: 4 * width + (1 if wide else 0)}]
    totals:
      - {layers: 1, params: 108, macs: 6912, weights: 108, bias: 0, activations: 256}
      - {variant: double, params: 216}
      - {variant: double, set: {wide: true}, params: 243}
      - {set: {width: 3}, params: 324}
"""


@pytest.mark.parametrize(
    ("at", "given"),
    [("108,", {}), ("216", {"width": 2}), ("243", {"width": 2, "wide": True}), ("324", {"width": 3})],
    ids=str,
)
def test_totals_are_checked_at_their_settings_alone(at, given):
    text = TOTALS.replace("params: 108,", "params: 108, ")
    for settings in ({}, {"width": 2}, {"width": 2, "wide": True}, {"width": 3}, {"wide": True}):
        net(text, **settings)
    right = int(at.rstrip(","))
    wrong = text.replace(f"params: {at}", f"params: {at.replace(str(right), str(right + 1))}")
    assert error_of(wrong, **given) == (f"`totals` says params {right + 1}; the layers give {right}", str(right + 1))
    for settings in ({}, {"width": 2}, {"width": 2, "wide": True}, {"width": 3}):
        if settings != given:
            net(wrong, **settings)


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ("{params: 3.4 M}", ("`totals` has exact integers, not `3.4 M`", "3.4 M")),
        ("{parms: 108}", ("`totals` has no key `parms`", "parms")),
        ("{variant: doubel, params: 108}", ("unknown variant `doubel`; did you mean `double`?", None)),
        ("{set: {widht: 2}, params: 108}", ("unknown setting `widht`; did you mean `width`?", None)),
    ],
)
def test_totals_name_what_there_is(totals, expected):
    text = f"settings: {{width: 1}}\nvariants: {{double: {{width: 2}}}}\nlayers: [{{op: conv, k: 3, c: 4 * width}}]\ntotals: {totals}"
    sentence, shown = error_of(text)
    assert sentence.startswith(expected[0])
    assert expected[1] in (None, shown)


def test_another_input_is_held_to_no_claim():
    spec = load("layers: [{op: conv, k: 3, c: 4, out: 8x8x4}]\ntotals: {macs: 6912}")
    assert build(spec).totals.macs == 108 * 64
    assert build(spec, shape=(3, 10, 20)).totals.macs == 108 * 200


# cells

VALUES = {
    "1e0": 1,
    "1_0": 10,
    '"10"': 10,
    "2 ** 3": 8,
    "7 // 2": 3,
    "7 % 4": 3,
    "-(-3)": 3,
    "6 / 2": 3,
    "int(9.6)": 9,
    "round(2.5)": 2,  # the even one in the middle
    "round(3.5)": 4,
    "floor(3.9)": 3,
    "ceil(3.1)": 4,
    '"min(7, 5, 6)"': 5,
    '"max(7, 5, 9)"': 9,
    "divisible(28.8)": 32,
    "divisible(44.8)": 48,
    "divisible(3)": 8,
    '"divisible(9, 4)"': 12,  # 8 would lose over 10 %
    "3 if 1 < 2 < 3 else 4": 3,
    "3 if not (1 > 2 or false) and true else 4": 3,
    "input.c + input.h * input.w": 67,
}


@pytest.mark.parametrize("text", VALUES)
def test_a_cell_is_an_expression(text):
    assert net(f"layers: [{{op: conv, k: 1, c: {text}}}]").layers[0].out.c == VALUES[text]


SIZES = {
    "3": (3, 3),
    "3x5": (3, 5),
    "[3, 5]": (3, 5),
    "[1 + 2, input.c + 2]": (3, 5),
    "[3x5, 5]": None,
    "3x5x7": None,
    "[3, 5, 7]": None,
}


@pytest.mark.parametrize("text", SIZES)
def test_a_size_is_a_number_or_two(text):
    spec = f"layers: [{{op: conv, k: {text}, c: 4}}]"
    if SIZES[text] is None:
        assert "size" in error_of(spec)[0] or "takes one number or two" in error_of(spec)[0]
    else:
        assert net(spec).totals.params == SIZES[text][0] * SIZES[text][1] * 12


TRAPS = {
    "on": ("`on` is not a truth value here: write `true`", "on"),
    "yes": ("`yes` is not a truth value here: write `true`", "yes"),
    "off": ("`off` is not a truth value here: write `false`", "off"),
    "no": ("`no` is not a truth value here: write `false`", "no"),
    "No": ("unknown name `No`", "No"),
    "010": ("`010` has a leading zero: write `10`", "010"),
    "3:20": ("`:` has no meaning in an expression", ":"),
    '"14,208"': ("`14,208` has thousands commas: write `14208` or `14_208`", "14,208"),
    "14,208": ("`208` is a key with no value: a number has no thousands commas here", "208"),
    "*w": ("`*w` is an unknown YAML alias; quote an expression that starts with `*`", "*"),
    "!x": ("not YAML: quote a text that starts with `!`", None),
    "!x 3": ("`!x` is a YAML tag, of which a spec has none: quote a text that starts with `!`", "!"),
    "__import__": ("unknown name `__import__`", "__import__"),
    "abs(3)": ("unknown function `abs`; available: `min`, `max`, `int`, `round`, `floor`,", "abs(3)"),
    "input.n": ("unknown attribute `.n`; available: `c`, `h`, `w`", "input.n"),
    "input.c.c": ("`input` has no output `c`", "input.c.c"),
    '"(lambda: 3)()"': ("`:` has no meaning in an expression", ":"),
    "input()": ("unknown function `input`; did you mean `int`?", "input()"),
    "-" * 400 + "1": ("an expression nested over 100 deep", None),
    "0x1F": ("`0x1F` is not allowed in a cell", "0x1F"),
    "1 / 0": ("a division by zero", "1 / 0"),
    "10 ** 19": ("an integer over 10^18 is not allowed", "10 ** 19"),
    "2 ** 65": ("an exponent over 64 is not allowed", "2 ** 65"),
    "1e999": ("the number is too large to compute with", "1e999"),
    "(0 - 8) ** 0.5": ("the power of a negative number is not a real number", "(0 - 8) ** 0.5"),
    "1+" * (MAX_CHARS // 2) + "1": (f"an expression of {MAX_CHARS + 1} characters; at most {MAX_CHARS}", None),
}


@pytest.mark.parametrize("text", TRAPS, ids=lambda text: text[:20])
def test_what_looks_like_something_else_is_an_error(text):
    sentence, shown = error_of(f"layers: [{{op: conv, k: 1, c: {text}}}]")
    assert sentence[: len(TRAPS[text][0])] == TRAPS[text][0]
    assert TRAPS[text][1] in (None, shown)


FILES = {
    "a key with no value": (
        "columns: [op, k]\nlayers: [[maxpool, 2, {p:1}]]",
        ("`p:1` is a key with no value: write `p: 1`, with a space", "p:1"),
    ),
    "a key twice": ("layers: [{op: conv, k: 1, k: 3, c: 4}]", ("duplicate key `k`", "k")),
    "an unknown key": ("layrs: [{op: gap}]", ("a spec has no key `layrs`; did you mean `layers`?", "layrs")),
    "an unknown column": ("layers: [{op: conv, kk: 3, c: 4}]", ("a row has no key `kk`; did you mean `k`?", "kk")),
    "a second document": ("layers: [{op: gap}]\n---\na: b", ("a second YAML document: a file holds one spec", "-")),
    "a colon in a text": (
        "source: Howard: MobileNet\nlayers: [{op: gap}]",
        ("not YAML: quote a text that has `: ` in it", ":"),
    ),
    "aliases that grow": (
        f"data: [&a [{'1, ' * 50}], &b [{'*a, ' * 50}], &c [{'*b, ' * 50}]]",
        ("aliases write out more than", "*"),
    ),
    "lists in lists": ("layers: " + "[" * 64 + "]" * 64, ("nested over 64 deep", "[")),
}


@pytest.mark.parametrize("case", FILES)
def test_yaml_without_its_traps(case):
    text, expected = FILES[case]
    sentence, shown = error_of(text)
    assert (sentence[: len(expected[0])], shown) == expected


def test_an_alias_is_its_anchors_text():
    network = net("layers: [{op: conv, k: &k 3, c: &c 2 + 2}, {op: conv, k: *k, c: *c}]")
    assert network.totals.params == conv(3, 3, 4) + conv(3, 4, 4)


def nested(deep):
    """Return blocks that call each other, `deep` in each other."""
    calls = "".join(f"  b{i}: {{layers: [{{op: b{i + 1}}}]}}\n" for i in range(deep - 1))
    return f"blocks:\n{calls}  b{deep - 1}: {{layers: [{{op: gap}}]}}\nlayers: [{{op: b0}}]\n"


def test_blocks_nest_to_64():
    assert paths(net(nested(64))) == "/".join(["0"] * 65)
    assert error_of(nested(65)) == ("blocks nested over 64 deep", "b64")


# padding


@pytest.mark.parametrize(
    ("row", "out"),
    [
        ("conv, 3, {c: 4, s: 2}", (5, 5)),  # ceil(9 / 2)
        ("conv, 3, {c: 4, s: 2, p: same}", (5, 5)),
        ("conv, 3, {c: 4, s: 2, p: valid}", (4, 4)),
        ("conv, 3, {c: 4, p: [0, 1]}", (7, 9)),
        ("conv, 2, {c: 4, p: [0, 1, 0, 1]}", (9, 9)),
        ("conv, 3, {c: 4, d: 2}", (9, 9)),
        ("conv, 3, {c: 4, d: 4, p: 0}", (1, 1)),
        ("dwconv, 5x3, {s: 3x1}", (3, 9)),
        ("maxpool, 2", (4, 4)),
        ("maxpool, 2, {ceil: true}", (5, 5)),
        ("maxpool, 3, {s: 2, p: same}", (5, 5)),
        ("avgpool, 2, {s: 3, p: 1, ceil: true}", (4, 4)),  # -1, 2, 5 and 8 begin windows
        ("avgpool, 2, {s: 5, p: 1, ceil: true}", (2, 2)),  # 9 would begin one past the input: dropped
    ],
)
def test_padding(row, out):
    assert net(f"input: [3, 9, 9]\ncolumns: [op, k]\nlayers: [[{row}]]").layers[0].out[1:] == out


def test_an_even_kernel_says_its_padding():
    assert error_of("layers: [{op: conv, k: 2, c: 4}]")[0].startswith("an even kernel (2x2) has no symmetric padding")


# what a row cannot leave out, and what a header cannot scale

FAULTS = {
    "a row without an op": (
        "layers: [{op: ~, k: 3}, {op: gap}]",
        ("a row needs `op`: a layer type, such as `conv`,", "{"),
    ),
    "an input with a gap": (
        "input: [3, ~, 8]\nlayers: [{op: gap}]",
        ("`input` must be [channels, height, width]", "["),
    ),
    "a rule under a list of sides": (
        "settings: {w: 2}\ncolumns: [op, {k: k * w}, c]\nlayers: [[conv, [3, 5], 4]]",
        ("the rule of column `k`: a number is expected, not the size 3x5", "["),
    ),
    "a rule for `op`": (
        "settings: {w: 2}\ncolumns: [{op: gap if w == 2 else op}]\nlayers: [[relu]]",
        ("column `op` takes neither a rule nor a cell for each value of a setting", "op"),
    ),
    "a name for each value": (
        "settings: {w: 2}\ncolumns: [{name, w: [1, 2]}, op]\nlayers: [[a, b, gap]]",
        ("column `name` takes neither a rule nor a cell for each value of a setting", "name"),
    ),
    "a rule for a claim": (
        "settings: {w: 2}\ncolumns: [op, {macs: macs * w}]\nlayers: [[relu, 0]]",
        ("column `macs` must not have a rule: it is checked, not read", "macs"),
    ),
    "a misprint in a map row under a rule": (
        """
        settings: {w: 2}
        columns: [op, k, {c: c * w}]
        layers: [[conv, 1, 4], {op: conv, k: 1, c: {is: 32, printed: 33, erratum: e}}]
        """,
        ("the rule `c * w` of column `c` does not apply to a row written as a map:", "{"),
    ),
    "data that would swallow a column": (
        "data: [s]\nlayers: [{op: maxpool, k: 3, s: 2}]",
        ("column `s` is read by a layer: `data` must list only columns that no layer reads", "s"),
    ),
    "data that is no list": (
        "data: density\nlayers: [{op: gap}]",
        ("`data` must be a list of names, such as `[c, s]`, not `density`", "density"),
    ),
    "arguments that are no list": (
        "blocks: {b: {args: {c: 4}, layers: [{op: conv, k: 1, c: c}]}}\nlayers: [{op: b}]",
        ("`args` must be a list of names, such as `[c, s]`, not a map", "{"),
    ),
    "two inputs of one name": (
        "blocks: {b: {inputs: [x, x], layers: [{op: add, from: [x, x]}]}}\nlayers: [{op: b, from: [input, input]}]",
        ("input `x` is listed twice; choose another name", "x"),
    ),
    "a printed setting of another sort": (
        "settings: {w: 1.0}\nprinted: {w: relu}\nlayers: [{op: conv, k: 1, c: 4 * w}]",
        ("setting `w` must be a number, such as 1.0, not the word `relu`", "relu"),
    ),
    "a setting named as a keyword": (
        "settings: {if: 3}\nlayers: [{op: conv, k: 1, c: if}]",
        ("`if` is a reserved word and cannot name a setting", "if"),
    ),
    "an unused column for no setting": (
        "columns: [op, {c, w: [1, 2]}]\nlayers: [[relu]]",
        ("unknown setting `w`", "w"),
    ),
    "a header's 0 for a setting's false": (
        "settings: {wide: false}\ncolumns: [op, k, {c, wide: [0, 1]}]\nlayers: [[conv, 1, 4, 5]]",
        ("the header lists 0, but setting `wide` is false", "c"),
    ),
    "an expression with a comma in a list row": (
        "columns: [op, k, c]\nlayers: [[conv, 1, max(8, 4)]]",
        ("the row has 4 cells for 3 columns; `4)` has no column: in a [ ] or { } row", "4)"),
    ),
    "an expression with a comma in a map row": (
        "layers: [{op: conv, k: 1, c: max(8, 4)}]",
        ("`4)` is a key with no value: in a [ ] or { } row an expression with a comma needs quotes", "4)"),
    ),
    "thousands in a list row": (
        "columns: [op, k, c, s]\nlayers: [[conv, 1, 14,208]]",
        ("`14,208` has thousands commas: write `14208`, or a space after the comma between two cells", "14,208"),
    ),
    "a row named none": (
        "layers: [{op: relu, name: none}, {op: conv, k: 1, c: 3, act: none}]",
        ("`none` is a reserved word", "none"),
    ),
    "a network whose rows are all absent": ("layers: [{op: relu, when: false}]", ("the network has no layers", None)),
}


@pytest.mark.parametrize("case", FAULTS)
def test_nothing_is_left_out_in_silence(case):
    text, expected = FAULTS[case]
    sentence, shown = error_of(text)
    assert sentence[: len(expected[0])] == expected[0]
    assert expected[1] in (None, shown)


# Rules that were once read otherwise.


def test_a_default_when_of_the_op_that_joins_is_an_error():
    text = """
        settings: {v: false}
        defaults: {add: {when: v}}
        blocks: {b: {branches: [[{op: relu}], []], join: add}}
        layers: [{op: b}]
    """
    assert "`when`" in error_of(text)[0]


def test_a_claim_of_the_input_of_a_row_with_two():
    assert error_of("layers: [{op: add, from: [input, input], in: anything}]")[1] == "anything"


def test_none_switches_padding_off():
    assert outs(net("layers: [{op: conv, k: 3, c: 4, p: none}]")) == [(4, 6, 6)]


def test_a_rows_own_when_takes_the_place_of_the_default():
    text = "settings: {v: false}\ndefaults: {relu: {when: v}}\nlayers: [{op: relu, when: true}, {op: gap}]"
    assert paths(net(text)) == "0 1"


def test_a_misprint_in_a_reported_figure():
    net("layers: [{op: gap}]\nreported: [{where: T1, macs: {is: 0, printed: 2, erratum: e}}]")


# data, stages, lint, pickling


def test_data_is_kept_and_changes_no_count():
    spec = load("data: [density]\ncolumns: [op, k, c, density]\nlayers: [[conv, 3, 4, 0.25], [relu]]")
    assert build(spec).totals.params == conv(3, 3, 4)
    assert [list(row.data) for row in spec.rows] == [["density"], []]


def test_a_stage_is_that_of_the_rows_around():
    network = net("""
        blocks: {b: {layers: [{op: relu}, {op: tanh, stage: own}]}}
        layers:
          - {op: relu}
          - {op: b, stage: body}
          - {repeat: 2, stage: head, layers: [{repeat: 1, layers: [{op: maxpool, k: 2}]}, {op: b}]}
    """)
    assert [layer.stage for layer in network.layers] == ["", "body", "own", *["head", "head", "own"] * 2]
    assert [group.label for group in network.by("stage")] == ["8x8", "body", "own", "head", "own", "head", "own"]


def test_every_error_is_found_in_the_order_of_the_file():
    text = """
name: example
settings: {unread: 1}
input: [3, 8, 8]
layers:
  - {op: cnov, k: 3}
  - {op: relu, name: a}
  - {op: relu, name: a}
  - {op: gap, from: b}
"""
    found = lint_source(*examine(Source("net.yaml", text)))
    assert [problem.mark.line for problem in found] == [3, 6, 8, 9]
    assert static_problems(load("layers: [{op: gap}]")) == []


@pytest.mark.parametrize(
    "text", [DENSE, NASNET, FAMILY, SORTS, SPREAD.replace("[fc, ~, ~, ~, ~, ~, {c: 10}]", "[gap]")]
)
def test_specs_and_networks_survive_pickling(text):
    spec = load(text)
    network = build(spec)
    again = pickle.loads(pickle.dumps(spec))  # noqa: S301
    assert build(again) == network
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301
    loaded = api.Spec(spec, "example", {})
    assert pickle.loads(pickle.dumps(loaded)).build() == loaded.build()  # noqa: S301


# What came later gives way to a spec's own names.


@pytest.mark.parametrize(
    ("text", "params"),
    [
        pytest.param(
            "blocks: {linear: {args: [c], layers: [{op: conv, k: 3, c: c}]}}\nlayers: [{op: linear, c: 4}]",
            108,
            id="a block",
        ),
        pytest.param("settings: {scale: conv}\nlayers: [{op: scale, k: 1, c: 4}]", 12, id="a setting that names an op"),
        pytest.param("settings: {scale: 4}\nlayers: [{op: conv, k: 1, c: scale}]", 12, id="a setting that is a number"),
        pytest.param(
            "blocks: {b: {args: [crop], layers: [{op: crop, k: 1, c: 4}]}}\nlayers: [{op: b, crop: conv}]",
            12,
            id="an argument",
        ),
        pytest.param("data: [heads]\nlayers: [{op: conv, k: 1, c: 4, heads: 3}]", 12, id="data"),
        pytest.param("layers: [{op: conv, k: 1, c: 2, name: pad}, {op: conv, k: 1, c: 3, from: pad}]", 12, id="a row"),
        pytest.param(
            "layers: [{op: conv, k: 1, c: 2, name: x}, {op: conv, k: 1, c: 1 + x.c, from: x}]", 12, id="a row x"
        ),
        pytest.param(
            "layers: [{op: conv, k: 1, c: 2, name: above}, {op: relu}, {op: conv, k: 1, c: above.c + 1}]",
            12,
            id="a row above",
        ),
        pytest.param("settings: {x: 4}\nlayers: [{op: conv, k: 1, c: x}]", 12, id="a setting x"),
        pytest.param("settings: {m: x}\nlayers: [{op: conv, k: 1, c: 4 if m == x else 5}]", 12, id="a word x"),
        pytest.param(
            "blocks: {b: {args: [fixed], layers: [{op: conv, k: 1, c: fixed}]}}\ncolumns: [op]\nlayers: [[b, {fixed: 4}]]",
            12,
            id="an argument fixed",
        ),
    ],
)
def test_a_name_of_the_specs_own_goes_before_what_came_later(text, params):
    assert net(f"name: n\ninput: [3, 8, 8]\n{text}\n").totals.params == params


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("layers: [{op: relu, name: 1e3}]", "a row must have a name of letters, digits and `_`, not `1e3`"),
        ("layers: [{op: relu, name: 3x3}]", "a row must have a name of letters, digits and `_`, not `3x3`"),
        (
            "layers: [{op: relu, name: a, when: x.c == 3}, {op: relu, name: a, when: x.c > 2}]",
            "two rows of the name `a` are there: at most one may be",
        ),
        (
            "layers: [{op: relu, name: a, when: x.c == 3}, {op: relu, name: a}]",
            "`a` is already defined here; choose another name",
        ),
        ("layers: [{repeat: 2, as: i, layers: [{op: relu}]}]", "nothing reads index `i`"),
        (
            "layers: [{op: relu, name: a}, {op: relu, n: 3 - 1, from: a}]",
            "`from` of a row with `n` must be a number of rows back, such as `-1`, not `a`",
        ),
        (
            "layers: [{branches: [[{op: relu}]]}]",
            "`branches` must be a list of two branches or more, each a list of rows",
        ),
    ],
)
def test_what_the_newer_ways_refuse(text, sentence):
    assert error_of(f"name: n\ninput: [3, 8, 8]\n{text}\n")[0] == sentence


def test_a_block_that_only_choices_name_is_used():
    text = "settings: {kind: full}\nchoices: {kind: [full, dw]}\ninput: [64, 56, 56]\nname: n\nblocks:\n"
    text += "  full: {layers: [{op: conv, k: 3, c: 1}]}\n  dw: {layers: [{op: dwconv, k: 3}]}\nlayers: [{op: kind}]\n"
    assert (net(text).totals.params, net(text, kind="dw").totals.params) == (576, 576)


def test_a_file_has_variants_on_the_command_line(tmp_path):
    file = tmp_path / "my.yaml"
    file.write_text(
        "name: n\ninput: [3, 8, 8]\nsettings: {c: 1}\nvariants: {two: {c: 2}}\nlayers: [{op: conv, k: 1, c: c}]\n"
    )
    assert costcalc.load(f"{file}:two").build().totals.params == 6
    with pytest.raises(SpecError, match="has no variant `tow`; it has `two`; did you mean `two`"):
        costcalc.load(f"{file}:tow")


# Weights that are shared, outputs that have names.

HEADS = """
input: [4, 8, 8]
blocks:
  head: {args: [c], layers: [{op: conv, k: 3, c: x.c, norm: bn, act: prelu}, {op: conv, k: 1, c: c, bias: true}]}
layers:
  - {op: maxpool, k: 2, name: p4}
  - {op: head, c: 5, from: input, name: h3}
  - {op: head, c: 5, from: p4, shares: h3, name: h4}
  - {op: head, c: 5, from: p4, name: own}
"""


def test_shared_weights_multiply_and_count_once():
    network = net(HEADS)
    one = {"weights": 144 + 4 + 20, "bias": 5, "norm": 8, "stats": 8}
    assert {name: network.totals.figure(name) for name in one} == {name: 2 * count for name, count in one.items()}
    assert network.totals.macs == (144 + 20) * (64 + 16 + 16)
    shared = [layer for layer in network.layers if layer.shares]
    assert [(layer.path, layer.shares, layer.shared["weights"]) for layer in shared] == [
        ("h4/0", "h3/0", 148),
        ("h4/1", "h3/1", 20),
    ]
    alone = next(layer for layer in network.layers if layer.path == "own/0")
    assert traffic(shared[0], 32) == traffic(alone, 32)  # the weights are read once more


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "c: 5, from: p4, shares",
            "c: 6, from: p4, shares",
            "`h4/1` cannot share the weights of `h3/1`: they are not alike",
        ),
        (
            "{op: head, c: 5, from: p4, shares",
            "{op: conv, k: 3, c: 4, from: p4, shares",
            "`h3` has 2 layers, and this row has 1",
        ),
        ("shares: h3", "shares: h5", "no row named `h5` above this one"),
        ("shares: h3", "shares: own", "no row named `own` above this one"),
    ],
)
def test_what_cannot_be_shared(old, new, sentence):
    assert error_of(HEADS.replace(old, new))[0] == sentence


def test_outputs_are_what_the_network_gives():
    top = "input: [1, 4, 4]\noutputs: [a]\nlayers:\n  - {op: relu, name: a}\n  - {op: conv, k: 1, c: 1}\n"
    named = load(top)
    assert [f"{p.level}: {p.sentence}" for p in lint_source(named, [])] == [
        "error: nothing reads the output of `1`, and `outputs` does not name it"
    ]
    assert build(named).outputs == (0,)
    free = load(top.replace("outputs: [a]\n", "").replace("c: 1}", "c: 1}\n  - {op: relu, from: a}"))
    assert [f"{p.level}: {p.sentence}" for p in lint_source(free, [])] == ["warning: nothing reads the output of `1`"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("outputs: [b]\nlayers: [{op: relu, name: a}]", "unknown row `b`"),
        (
            "outputs: [c]\nlayers: [{op: relu, name: c}]",
            "`outputs` has names of rows; `c`, `h` and `w` are read of a size",
        ),
        ("outputs: [a, a]\nlayers: [{op: relu, name: a}]", "output `a` is listed twice"),
        ("layers: [{op: relu, name: a}, {op: relu, from: a.b}]", "`a` has no output `b`; it has none"),
        ("layers: [{op: relu, name: a}, {op: conv, k: 1, c: a.b.c}]", "`a` has no output `b`"),
    ],
)
def test_outputs_that_are_not_there(text, sentence):
    assert error_of(text)[0] == sentence


# M5 of Dai et al. 2016, arXiv:1610.00087, as PyTorch's tutorial on speech commands has it: 26,915 parameters.
M5 = """
input: [1, 8000]
defaults: {conv: {p: 0, bias: true, norm: bn, act: relu}}
columns: [op, k, c, s]
layers:
  - [conv, 80, 32, 16]
  - [maxpool, 4]
  - [conv, 3, 32]
  - [maxpool, 4]
  - [conv, 3, 64]
  - [maxpool, 4]
  - [conv, 3, 64]
  - [maxpool, 4]
  - [gap]
  - [fc, ~, 35]
"""


def test_a_signal_is_a_map_of_height_1():
    network = net(M5)
    assert network.input == (1, 1, 8000)
    assert network.totals.params == 26_915
    lengths = [496, 124, 122, 30, 28, 7, 5, 1, 1, 1]  # (8000 - 80) // 16 + 1 and so on, by hand
    assert [layer.out[1:] for layer in network.layers] == [(1, length) for length in lengths]
    macs = 80 * 32 * 496 + 3 * 32 * 32 * 122 + 3 * 32 * 64 * 28 + 3 * 64 * 64 * 5 + 64 * 35
    assert network.totals.macs == macs


def test_numbers_of_a_signal_go_along_it():
    text = "input: [4, 50]\nlayers:\n  - {op: dwconv, k: 9, s: 2}\n  - {op: tconv, k: 4, c: 4, s: 2}\n"
    text += "  - {op: avgpool, to: 10}\n  - {op: upsample, by: 3}\n  - {op: pad, p: 1}\n  - {op: conv, k: 5, c: 2, p: same}\n"
    assert [layer.out for layer in net(text).layers] == [
        (4, 1, 25), (4, 1, 50), (4, 1, 10), (4, 1, 30), (4, 1, 32), (2, 1, 32),
    ]  # fmt: skip
