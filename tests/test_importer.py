"""Models of others: programs of tiny modules, whose counts PyTorch gave (`tools/programs.py`), come in exact or are refused."""

import json
import sys
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.importer import aten
from costcalc.importer.assemble import assemble

PROGRAMS = Path(__file__).parent / "programs"
REFUSED = {
    "tied": "aten.conv2d.default (1, first `conv2d_1` in `b`): parameter `a.weight` is shared with another node",
    "frozen": "aten.conv2d.default (1, first `conv2d` in `a`): parameter `a.weight` is frozen",
    "turned": "aten.conv2d.default (1, first `conv2d` in `a`): its input is laid out as 1, c3, w32, h32, "
    "not as batch, channels, height, width",
    "strange": "aten.fft_fft2.default (1, first `fft_fft2`): there is no rule for it",
}
EXACT = sorted({path.stem for path in PROGRAMS.glob("*.json")} - {*REFUSED})


def program(name):
    return json.loads((PROGRAMS / f"{name}.json").read_text(encoding="utf-8"))


def imported(name, **how):
    return assemble(aten.graph_of(program(name), name, "a test"), **how)


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
        "error: cannot import `strange`: 4 of its 7 nodes cannot be written as rows\n"
        "aten.fft_fft2.default (1, first `fft_fft2`): there is no rule for it\n"
        "aten.abs.default (1, first `abs_1`): there is no rule for it\n"
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
            "Error: `net.pb` cannot be imported: *.onnx, *.keras, *.json and torch:package.module:factory can\n",
        ),
    ],
)
def test_a_source_that_cannot_be_read(source, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(main, ["import", source])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


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
