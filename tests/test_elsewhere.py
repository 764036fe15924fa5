"""What people try that is no op: the whole message for each, and every error of a file at once."""

import pytest

from costcalc.analysis.lint import lint_source
from costcalc.common.errors import Source
from costcalc.specfile import examine


def found(text):
    return lint_source(*examine(Source("net.yaml", text)))


LARGE = (
    "`fc` flattens its input of 60x60x3, which makes 44,236,800 weights: `linear` and `conv` with `k: 1` have a matrix for "
    "all places"
)
NO = "unknown op or block"
SAYS = {
    "Conv2D": f"{NO} `Conv2D`; did you mean `conv`?",
    "Conv1d": f"{NO} `Conv1d`; did you mean `conv`?",
    "nn.Linear": f"{NO} `nn.Linear`; did you mean `linear`?",
    "BatchNorm2d": f"{NO} `BatchNorm2d`; did you mean `bn`?",
    "nn.LayerNorm": f"{NO} `nn.LayerNorm`; did you mean `ln`?",
    "GroupNorm": f"{NO} `GroupNorm`; did you mean `gn`?",
    "InstanceNorm2d": f"{NO} `InstanceNorm2d`; did you mean `instance`?",
    "nn.RMSNorm": f"{NO} `nn.RMSNorm`; did you mean `rms`?",
    "Dense": f"{NO} `Dense`: write `fc`, which flattens its input, or `linear`, at every place",
    "SeparableConv2D": f"{NO} `SeparableConv2D`: write `dwconv` and below it `conv` with `k: 1`",
    "DepthwiseConv2D": f"{NO} `DepthwiseConv2D`: write `dwconv`",
    "Conv2DTranspose": f"{NO} `Conv2DTranspose`; did you mean `tconv`?",
    "deconv": f"{NO} `deconv`; did you mean `tconv`?",
    "MultiheadAttention": f"{NO} `MultiheadAttention`; did you mean `attention`?",
    "attenton": f"{NO} `attenton`; did you mean `attention`?",
    "MaxPooling2D": f"{NO} `MaxPooling2D`: write `maxpool`",
    "GlobalAveragePooling2D": f"{NO} `GlobalAveragePooling2D`: write `gap`",
    "nn.AdaptiveAvgPool2d": f"{NO} `nn.AdaptiveAvgPool2d`: write `avgpool` with `to`, or `gap` to 1x1",
    "UpSampling2D": f"{NO} `UpSampling2D`; did you mean `upsample`?",
    "F.interpolate": f"{NO} `F.interpolate`; did you mean `upsample`?",
    "ZeroPadding2D": f"{NO} `ZeroPadding2D`; did you mean `pad`?",
    "Concatenate": f"{NO} `Concatenate`: write `concat`",
    "Einsum": f"{NO} `Einsum`: write `matmul`, with `transpose` where places and channels change sides, or `linear` for a "
    "learnt matrix",
    "SqueezeExcite": f"{NO} `SqueezeExcite`: write `gap`, two `linear` rows with `act`, and `mul` with the map",
    "DropPath": f"{NO} `DropPath`: write `identity`: it does nothing at inference",
    "Embedding": f"{NO} `Embedding`: write `tokens` with `extra`, or `offset` with `per: element` for positions",
    "SimpleRNN": "costcalc does not count `SimpleRNN`; nearest way to write it: `gru`, which has three gates for its one",
    "DeformConv2d": "costcalc does not count `DeformConv2d`; nearest way to write it: `conv`, without its offsets",
    "PixelShuffle": f"{NO} `PixelShuffle`; did you mean `pixelshuffle`?",
    "RoIAlign": "costcalc does not count `RoIAlign`; nearest way to write it: `avgpool` with `to`, of one region",
    "Conv3d": "costcalc does not count `Conv3d`: a map has a height and a width, and no third side; write the layers of one frame",
}


@pytest.mark.parametrize("name", SAYS)
def test_an_op_that_is_not_there_says_so(name):
    row = f"  - {{op: {name}, c: 4}}"
    (problem,) = found(f"name: n\ninput: [3, 8, 8]\nlayers:\n{row}\n")
    assert str(problem) == f"net.yaml:4:10: error: {SAYS[name]}\n  {row}\n  {' ' * 9}{'^' * len(name)}"


def test_a_guess_is_of_the_same_kind():
    (problem,) = found("name: n\ninput: [3, 8, 8]\nlayers: [{op: conv, k: 3, c: cc}]\n")
    assert problem.sentence == "unknown name `cc`"  # and not the op `fc`


def test_three_faults_of_three_kinds_are_found_at_once():
    text = "name: n\ninput: [3, 8, 8]\ncolumns: [op, k, c]\nlayers:\n  - {op: conv, k: 3, c: 4, strides: 2}\n"
    problems = found(text + "  - [relu, 3]\n  - {op: conv, k: 3, c: 4}\n  - {op: add, from: [input, -1]}\n")
    assert [(problem.mark.line, problem.sentence.partition(";")[0]) for problem in problems] == [
        (5, "a row has no key `strides`"),
        (6, "`relu` has no column `k`"),
        (8, "`add` needs sides that are equal or 1, not 8x8x3 and 8x8x4"),
    ]


@pytest.mark.parametrize(
    ("rows", "warnings"),
    [
        ("{op: fc, c: 4096}", [LARGE]),
        ("{op: fc, c: 900}", []),
        ("{op: conv, k: 1, c: 4, bias: true, norm: ln}", []),
        ("{op: conv, k: 1, c: 4, bias: true}, {op: ln}", []),
        ("{op: conv, k: 1, c: 4, bias: true, norm: bn}, {op: conv, k: 1, c: 4, bias: true, norm: bn}",
         ["a bias before a normalisation: its beta makes the bias redundant"]),
    ],
)  # fmt: skip
def test_what_lint_warns_of(rows, warnings):
    problems = found(f"name: n\ninput: [3, 60, 60]\nlayers: [{rows}]\n")
    assert [problem.sentence for problem in problems if problem.level == "warning"] == warnings


@pytest.mark.parametrize(
    ("text", "line", "sentences"),
    [
        ("blocks: {linear: {layers: [{op: relu}]}}\nlayers: [{op: linear}]", 3,
         ["block `linear` has the name of an op: rows mean the block"]),
        ("settings: {scale: conv}\nlayers:\n  - repeat: 2\n    layers: [{op: scale, k: 1, c: 4}]", 6,
         ["setting `scale` has the name of an op: rows mean the setting"]),
        ("blocks: {b: {args: [crop], layers: [{op: crop, k: 1, c: 4}]}}\nlayers: [{op: b, crop: conv}]", 3,
         ["argument `crop` has the name of an op: rows mean the argument"]),
        ("settings: {scale: 4}\nlayers: [{op: conv, k: 1, c: scale, name: linear}]", 4, []),
    ],
)  # fmt: skip
def test_lint_says_what_goes_before_an_op(text, line, sentences):
    problems = found(f"name: n\ninput: [3, 8, 8]\n{text}\n")
    assert [(problem.sentence, problem.level, problem.mark.line) for problem in problems] == [
        (sentence, "warning", line) for sentence in sentences
    ]
