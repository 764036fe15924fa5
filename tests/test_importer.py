"""Models of others: programs of tiny modules, whose counts PyTorch gave (`tools/programs.py`), come in exact or are refused."""

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from running import CliRunner

from costcalc import load
from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.importer import aten
from costcalc.importer.assemble import assemble
from costcalc.importer.graph import Call, Graph, Param
from costcalc.importer.recognise import recognise

PROGRAMS = Path(__file__).parent / "programs"
REFUSED = {
    "tied": "aten.conv2d.default (1, first `conv2d_1` in `b`): parameter `a.weight` is shared with another node",
    "frozen": "aten.conv2d.default (1, first `conv2d` in `a`): parameter `a.weight` is frozen",
    "turned": "aten.conv2d.default (1, first `conv2d` in `a`): its input is laid out as 1, c3, w32, h32, "
    "not as batch, channels, height, width",
    "words": "aten.embedding.default (1, first `embedding` in `words`): an embedding looks words up, which no layer type "
    "does: let the module take words that are embedded, as length x width",
    "strange": "aten.fft_fft2.default (1, first `fft_fft2`): there is no rule for it",
}
EXACT = sorted({path.stem for path in PROGRAMS.glob("*.json")} - {*REFUSED})


def program(name):
    return json.loads((PROGRAMS / f"{name}.json").read_text(encoding="utf-8"))


def imported(name, **how):
    return assemble(recognise(aten.graph_of(program(name), name, "a test")), **how)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", EXACT)
def test_counts_are_those_of_pytorch(name, flat):
    totals = imported(name, flat=flat).network.totals
    counted = program(name)["counted"]
    left_out = 140 if name == "unread" else 0
    assert (totals.params + left_out, totals.macs) == (counted["params"], counted["macs"])


@pytest.mark.parametrize(("name", "line"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_rows_is_refused_by_name(name, line):
    with pytest.raises(SpecError) as error:
        imported(name)
    assert line in error.value.notes


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(SpecError) as error:
        imported("strange")
    assert str(error.value) == (
        "error: cannot import `strange`: 3 of its 7 nodes cannot be written as rows\n"
        "aten.fft_fft2.default (1, first `fft_fft2`): there is no rule for it\n"
        "aten.cumsum.default (1, first `cumsum`): there is no rule for it\n"
        "aten.flip.default (1, first `flip`): there is no rule for it"
    )


def test_blocks_read_as_a_table():
    assert imported("inverted").text == (
        "# parameters: 25,130 in 56 tensors, each read once\n"
        "# nodes: 56, all of them mapped; 56 stated shapes agree\n"
        "# resolution: fixed, since one alone was read\n"
        "name: inverted\n"
        "source: a test\n"
        "settings: {classes: 10}\n"
        "input: [3, 32, 32]\n"
        "\n"
        "defaults:\n"
        "  conv: {norm: bn, act: relu}\n"
        "\n"
        "blocks:\n"
        "  inverted:\n"
        "    args: [t, c, s]\n"
        "    layers:\n"
        "      - {op: conv,   k: 1, c: t * x.c, when: t != 1}\n"
        "      - {op: dwconv, k: 3, s: s, norm: bn, act: relu}\n"
        "      - {op: conv,   k: 1, c: c, act: none}\n"
        "      - {op: add,    from: [x, -1], when: s == 1 and x.c == c}\n"
        "\n"
        "columns: [out, op, t, c, s, n]\n"
        "layers:\n"
        "  - [16x16, conv,     ~, 8,  2, {k: 3}]\n"
        "  - [16x16, inverted, 1, 8,  1]\n"
        "  - [8x8,   inverted, 6, 16, 2, 3]\n"
        "  - [4x4,   inverted, 6, 24, 2, 2]\n"
        "  - [1x1,   gap]\n"
        "  - [1x1,   fc,       ~, classes]\n"
        "\n"
        "totals: {layers: 24, params: 25130, macs: 1049584, activations: 62218, act_elems: 56320}\n"
    )


def test_sums_in_blocks_name_the_row_above_last():
    program_of_sums = program("inverted")
    for node in program_of_sums["nodes"]:
        if node["op"].startswith("aten.add"):
            node["args"].reverse()
    text = assemble(recognise(aten.graph_of(program_of_sums, "inverted", "a test"))).text
    assert text == imported("inverted").text


def test_a_second_resolution_makes_it_a_setting():
    first = aten.graph_of(program("inverted"), "net", "a test")
    assert "settings: {res: 32, classes: 10}\ninput: [3, res, res]\n" in assemble(first, [first]).text


def test_what_is_left_out_is_told():
    receipt = imported("unread").receipt
    assert "left out: 140 parameters in 2 tensors that the outputs do not depend on, first `b.weight`" in receipt
    assert "not counted: mul with a number (1)" in imported("scaled").receipt


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("torch:nowhere.at_all:net", "error: a source `torch:...` needs PyTorch: `pip install costcalc[torch]`\n"),
        (
            "net.pb",
            "Error: cannot import `net.pb`; SOURCE must be *.onnx, *.keras, *.json or torch:package.module:factory\n",
        ),
    ],
)
def test_a_source_that_cannot_be_read(source, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(main, ["import", source])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_what_is_kept_is_told():
    assert "frozen: 8 in 2 tensors, which are not trained, first `0.1.weight`" in imported("kept").receipt


@pytest.mark.parametrize(("name", "line"), {"signal": "input: [1, 400]", "features": "input: [20, 1, 1]"}.items())
def test_inputs_that_are_no_maps(name, line):
    assert f"\n{line}\n" in imported(name).text


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ("784", "error: a source `torch:...` needs PyTorch: `pip install costcalc[torch]`\n"),
        ("784x", "Error: --input must be channels x height x width, such as 3x480x640, not `784x`\n"),
    ],
)
def test_a_model_may_be_read_at_features(shape, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for command in ("import", "report"):
        result = CliRunner().invoke(main, [command, "torch:nowhere:net", "--input", shape])
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.endswith(message)


SHARED = {  # a net -> what its receipt says, and the rows that share
    "shared": ("shared: 1 row whose parameters are counted at another one, first `conv2d_1`", "shares: a}"),
    "shared_norm": ("shared: 2 rows whose parameters are counted at another one, first `conv2d_1`", "shares: a_0}"),
    "tied_whole": ("shared: 1 row whose parameters are counted at another one, first `conv2d_1`", "shares: a}"),
    "siamese": ("shared: 2 rows whose parameters are counted at another one, first `conv2d_1`", "from: right, shares: tower_0}"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHARED)
def test_what_is_shared_is_counted_once_and_told(name):
    told, row = SHARED[name]
    found = imported(name)
    assert told in found.receipt
    assert not [line for line in found.receipt if line.startswith("left out")]
    assert row in found.text


def test_several_inputs_have_their_names():
    assert "inputs: {left: [3, 32, 32], right: [3, 32, 32]}\n" in imported("siamese").text


def test_the_nearest_bundled_network_is_told_in_the_words_of_compare():
    told = import_module("costcalc.cli.import")._nearest
    same = ["nearest bundled network: resnet50", "to resnet50: as many MACs, as many parameters"]
    assert told(load("resnet50").build()) == same
    found = told(load("mobilenet_v2").build(classes=1100, res=192))
    assert found[:2] == [
        "nearest bundled network: mobilenet_v2",
        "to mobilenet_v2: 0.058 % more MACs, 1.04x more parameters",
    ]
    assert told(load("mobilenet_v1").build(width=0.1)) == ["nearest bundled network: none is near"]


def body(text):
    """Return a spec's blocks and rows."""
    return text[text.index("\nblocks:") : text.index("\ntotals:")]


def test_what_repeats_is_folded_without_classes_too():
    named, nameless = program("inverted"), program("inverted")
    for node in nameless["nodes"]:
        node["scope"] = []
    texts = [body(assemble(aten.graph_of(found, "net", "a test")).text) for found in (named, nameless)]
    assert texts[1].replace("block,", "inverted,").replace("block:", "inverted:").split() == texts[0].split()


CHAIN = """
blocks:
  block:
    args: [c, s]
    layers:
      - {op: dwconv, k: 3, s: s}
      - {op: conv,   k: 1, c: c}

columns: [out, op, c, s]
layers:
  - [4x4, block, 4,  2]
  - [4x4, block, 8,  1]
  - [2x2, block, 16, 2]
  - [2x2, block, 24, 1]
  - [2x2, block, 32, 1]
  - [2x2, block, 40, 1]
"""
TURNS = ((4, 2), (8, 1), (16, 2), (24, 1), (32, 1), (40, 1))  # channels and stride of each


@pytest.mark.parametrize(
    ("name", "called"), {"on": "on_2", "a" * 70: "a" * 40, "\u00e9": "conv_2", "3x3": "conv_3x3"}.items()
)
def test_names_of_a_source_that_a_spec_cannot_have(name, called):
    shape = (1, 3, 8, 8)
    nodes = [
        Call(name, "conv", "Conv", ("x", "w", ""), ("y",), {"stride": (1, 1), "dilation": (1, 1), "groups": 1, "pads": (0,) * 4}),
        Call("act", "act", "Relu", ("y",), ("z",), {"name": "sigmoid"}),
        Call("mul", "mul", "Mul", ("y", "z"), ("out",)),
    ]  # fmt: skip
    graph = Graph("net", "a test", {"x": shape}, {"w": Param("w", (3, 3, 1, 1))}, tuple(nodes), ("out",))
    assert f"name: {called}}}" in assemble(graph).text


def test_chains_that_come_in_turn_are_folded():
    nodes, params, above, width = [], {}, "x", 3
    for number, (c, s) in enumerate(TURNS):
        for kind, shape, stride, groups in (("dw", (width, 1, 3, 3), s, width), ("pw", (c, width, 1, 1), 1, 1)):
            name = f"{kind}{number}"
            params[f"{name}.w"] = Param(f"{name}.w", shape)
            pads = (shape[2] // 2,) * 4
            attrs = {"stride": (stride, stride), "dilation": (1, 1), "groups": groups, "pads": pads}
            nodes.append(Call(name, "conv", "conv", (above, f"{name}.w", ""), (name,), attrs))
            above = name
        width = c
    graph = Graph("net", "a test", {"x": (1, 3, 8, 8)}, params, tuple(nodes), (above,))
    assert body(assemble(graph).text) == CHAIN
