"""Networks of several inputs, and of signals: how rows read them, what commands show, what a caller may replace."""

import json

import pytest
from running import CliRunner
from test_language import load, net
from test_memory import Arena

from costcalc.analysis import api
from costcalc.analysis.lint import lint_spec
from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.network.memory import Policy, timeline
from costcalc.network.memory.training import kept
from costcalc.network.receptive import receptive_fields
from costcalc.unfold.interpreter import build

SIAMESE = """
name: Siamese
inputs: {left: [1, 105, 105], right: [1, 105, 105]}
blocks:
  tower:
    layers:
      - {op: conv, k: 10, c: 64, p: 0, bias: true, act: relu}
      - {op: maxpool, k: 2}
      - {op: conv, k: 7, c: 128, p: 0, bias: true, act: relu}
      - {op: maxpool, k: 2}
      - {op: conv, k: 4, c: 128, p: 0, bias: true, act: relu}
      - {op: maxpool, k: 2}
      - {op: conv, k: 4, c: 256, p: 0, bias: true, act: relu}
      - {op: fc, c: 4096, act: sigmoid}
layers:
  - {op: tower, name: one}
  - {op: tower, from: right, shares: one, name: two}
  - {op: add, from: [one, two]}
  - {op: fc, c: 1, act: sigmoid}
"""
TWO_STREAM = """
name: Two streams
inputs: {frame: [3, res, res], flow: [20, res, res]}
settings: {res: 64, classes: 10}
blocks:
  stream:
    layers:
      - {op: conv, k: 7, c: 8, s: 2, norm: bn, act: relu}
      - {op: conv, k: 3, c: 16, s: 2, norm: bn, act: relu}
      - {op: gap}
layers:
  - {op: stream, from: frame, name: look}
  - {op: stream, from: flow, name: move}
  - {op: concat, from: [look, move]}
  - {op: fc, c: classes}
"""
# Counted by hooks on the same networks in PyTorch: parameters, MACs of conv and fc, their outputs.
MEASURED = {
    SIAMESE: (38_951_745, 1_817_251_840, 1_740_801),
    TWO_STREAM: (11_746, 9_822_528, 24_586),
}


@pytest.mark.parametrize("text", MEASURED)
def test_networks_of_two_inputs_cost_what_a_framework_counts(text):
    sums = net(text).totals
    assert (sums.params, sums.macs, sums.activations) == MEASURED[text]


def test_rows_read_inputs_by_name_and_the_first_row_the_first_of_them():
    network = net(TWO_STREAM)
    assert (tuple(network.input), dict(network.inputs)) == ((3, 64, 64), {"frame": (3, 64, 64), "flow": (20, 64, 64)})
    assert [network.reads(network.layers[number]) for number in (0, 3)] == [("frame",), ("flow",)]
    assert net(SIAMESE).reads(net(SIAMESE).layers[0]) == ("left",)
    assert [layer.ins[0].c for layer in network.layers if layer.path.endswith("/0")] == [3, 20]


@pytest.mark.parametrize("text", MEASURED)
def test_memory_holds_every_input_until_its_last_reader(text):
    network = net(text)
    assert list(timeline(network).live) == Arena(network).run()
    without = timeline(network, Policy.named(["no-input"])).live
    assert without[0] == timeline(network).live[0] - sum(shape.size for shape in network.inputs.values())


def test_training_keeps_both_inputs():
    rows = "layers:\n  - {op: conv, k: 3, c: 2}\n  - {op: conv, k: 3, c: 2, from: b}\n  - {op: add, from: [-1, -2]}"
    assert kept(net(f"inputs: {{a: [3, 8, 8], b: [5, 8, 8]}}\n{rows}")) == (3 + 5) * 64


def test_a_field_spans_inputs_of_one_size_and_is_unknown_where_sizes_differ():
    fields = [field and field.size for field in receptive_fields(net(TWO_STREAM))]
    assert fields == [7, 11, 64, 7, 11, 64, 64, 64]
    other = build(load(TWO_STREAM), shape={"flow": (20, 32, 32)})
    assert [field and field.size for field in receptive_fields(other)] == [7, 11, 64, *[None] * 5]


def test_a_caller_replaces_some_inputs_by_name():
    network = build(load(TWO_STREAM), {"res": 96}, shape={"flow": (2, 32, 48)})
    assert dict(network.inputs) == {"frame": (3, 96, 96), "flow": (2, 32, 48)}


def test_an_input_takes_the_place_of_a_variant_s_own_size():
    spec = api.load("efficientnet_b1")  # a variant of res 240
    assert "res" not in spec.build(input=(3, 480, 640)).settings
    assert spec.build(input=(3, 240, 240)).totals == spec.build().totals
    with pytest.raises(SpecError, match="setting `res` sizes the input alone"):
        spec.build(input=(3, 240, 240), res=240)


@pytest.mark.parametrize(
    ("shape", "settings", "sentence"),
    [
        ((3, 8, 8), {}, "the network has several inputs, `frame`, `flow`: an input needs the name of one"),
        ({"flaw": (3, 8, 8)}, {}, "the network has no input `flaw`; it has `frame`, `flow`"),
        ({"flow": (3, 8)}, {}, "the input is (channels, height, width), not 2 numbers"),
        (
            {"flow": (3, 8, 8), "frame": (3, 8, 8)},
            {"res": 32},
            "setting `res` sizes the input alone, which another input replaces: give one of them",
        ),
    ],
)
def test_inputs_that_are_not_there_are_refused(shape, settings, sentence):
    with pytest.raises(SpecError) as caught:
        build(load(TWO_STREAM), settings, shape=shape)
    assert caught.value.sentence == sentence


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("{a: [3, 8, 8], b: [3, 8, 8]}", "net.yaml:2:28: error: nothing reads input `b`"),
        ("{a: [3, 8, 8], b: [2, 99]}", "net.yaml:2:9: error: `inputs` must be all maps or all signals: write a signal"),
        ("{}", "net.yaml:2:9: error: `inputs` must name the inputs, such as `{left: [3, 64, 64], right: [3, 64, 64]}`"),
        ("{a: 3, b: [3, 8, 8]}", "net.yaml:2:13: error: input `a` must be [channels, height, width]"),
        ("{input: [3, 8, 8]}", "net.yaml:2:10: error: `input` is a reserved word and cannot name an input"),
        ("{a: [3, 8, 0]}", "error: the input's width must be at least 1, not 0"),
    ],
)
def test_wrong_inputs_are_refused(tmp_path, monkeypatch, inputs, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(f"name: a\ninputs: {inputs}\nlayers: [{{op: relu}}]\n")
    done = CliRunner().invoke(main, ["report", "net.yaml"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("input: [3, 8, 8]\ninputs: {b: [3, 8, 8]}\n", "net.yaml:3:9: error: a spec has `input` or `inputs`, not both"),
        ("", "net.yaml:1:1: error: a spec needs `input`"),
        (
            "settings: {b: 1}\ninputs: {b: [b, 8, 8]}\n",
            "net.yaml:3:14: error: `b` is already defined here; choose another",
        ),
    ],
)
def test_a_spec_has_one_input_or_several(tmp_path, monkeypatch, keys, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(f"name: a\n{keys}layers: [{{op: relu}}]\n")
    done = CliRunner().invoke(main, ["report", "net.yaml"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_neither_input_nor_x_is_the_name_of_one_of_several():
    for name in ("input", "x"):
        with pytest.raises(SpecError) as caught:
            net(f"inputs: {{a: [3, 8, 8], b: [3, 8, 8]}}\nlayers: [{{op: add, from: [{name}, b]}}]")
        assert caught.value.sentence.startswith(f"no row or input named `{name}` above this row")


def test_lint_doubts_each_input():
    spec = load("inputs: {a: [3, 8, 8], b: [224, 224, 3]}\nlayers: [{op: relu}, {op: relu, from: b}]")
    told = [(found.mark.column, found.sentence) for found in lint_spec(spec)]
    assert (28, "the input is read as 224 channels, height 224, width 3; for an image write 3x224x224") in told


# commands


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.yaml").write_text(TWO_STREAM.lstrip())
    (tmp_path / "signal.yaml").write_text(M5.lstrip())
    return tmp_path


def out(*args, code=0):
    done = CliRunner().invoke(main, list(args))
    assert done.exit_code == code, done.output
    return done.stdout if not code else done.stderr


COMMANDS = (
    "report {} --by layer",
    "memory {} --training",
    "explain {} {layer}",
    "compare {} {}",
    "sweep {} --set {setting}",
    "lint {}",
    "roofline {} --device a100",
    "compress {}",
    "fit {} --over classes --set classes=10,20 --macs 100G",
    "why {} 5.0M",
)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("spec", "layer", "setting"), [("two.yaml", "move/0", "res=48,64"), ("signal.yaml", "0", "frames=8000,16000")]
)
def test_every_command_takes_several_inputs_and_signals(files, command, spec, layer, setting):
    done = CliRunner().invoke(main, command.format(spec, spec, layer=layer, setting=setting).split())
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    assert done.exit_code in ((0, 1) if command.startswith(("why", "lint")) else (0,)), done.output


def test_reports_name_the_inputs(files):
    shown = out("report", "two.yaml", "--input", "flow=2x32x48").splitlines()
    assert shown[1].startswith(
        "res 64  classes 10    inputs frame 3x64x64, flow 2x32x48    MACs of conv and fc, per image"
    )
    data = json.loads(out("report", "two.yaml", "--format", "json"))
    assert (data["input"], data["inputs"]) == ([3, 64, 64], {"frame": [3, 64, 64], "flow": [20, 64, 64]})
    assert "inputs" not in json.loads(out("report", "signal.yaml", "--format", "json"))
    assert "reads    input flow (20x64x64)" in out("explain", "two.yaml", "move/0")
    alive = next(line for line in out("memory", "two.yaml").splitlines() if line.startswith("alive there"))
    assert [part.strip() for part in alive.split("    ")[1:] if part] == [
        "frame 3x64x64: 49,152 bytes",
        "flow 20x64x64: 327,680 bytes",
        "look/0 8x32x32: 32,768 bytes",
    ]
    note = next(line for line in out("compare", "two.yaml", "two.yaml:res=48").splitlines() if "inputs differ" in line)
    assert " ".join(note.split()) == "inputs differ 3x64x64 + 20x64x64 two.yaml 3x48x48 + 20x48x48 two.yaml:res=48"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flow=2x32", "error: the input is (channels, height, width), not 2 numbers"),
        ("flow=2", "--input must be channels x height x width, such as 3x480x640, not `2`"),
        ("flow=2x8x8,flow=2x8x8", "--input gives `flow` twice"),
        ("2x8x8", "error: the network has several inputs, `frame`, `flow`: an input needs the name of one"),
    ],
)
def test_a_wrong_input_option_says_what_is_wrong(files, text, message):
    done = CliRunner().invoke(main, ["report", "two.yaml", "--input", text])
    assert done.exit_code == 2
    assert done.stderr.rstrip().endswith(message)


def test_sweeps_and_traces_see_every_input():
    spec = api.Spec(load(TWO_STREAM), "two")
    from costcalc.analysis.grid import evaluate

    for res in (32, 33, 64, 224):
        assert evaluate(spec, {"res": res})[:3] == tuple(
            getattr(spec.build(res=res).totals, name) for name in ("params", "macs", "activations")
        )


# signals

# Dai et al. 2017, arXiv:1610.00087, Table 1, as the tutorial of PyTorch on audio classification has it.
M5 = """
name: M5
input: [1, frames]
settings: {frames: 8000, width: 32, stride: 16, classes: 35}
columns: [op, k, c, s, p]
defaults:
  conv: {p: 0, bias: true, norm: bn, act: relu}
layers:
  - [conv, 80, width, stride]
  - [maxpool, 4]
  - [conv, 3, width]
  - [maxpool, 4]
  - [conv, 3, 2 * width]
  - [maxpool, 4]
  - [conv, 3, 2 * width]
  - [maxpool, 4]
  - [gap]
  - {op: fc, c: classes}
"""


@pytest.mark.parametrize(
    ("settings", "expected"),
    [  # by hooks on the tutorial's module, whose parameters it prints: 26,915
        ({}, (26_915, 1_880_256, 21_923)),
        ({"frames": 16000}, (26_915, 3_820_736, 44_355)),
        ({"width": 128, "stride": 4, "frames": 32000, "classes": 10}, (359_178, 252_432_896, 1_434_890)),
    ],
)
def test_m5_is_the_network_that_pytorch_builds(settings, expected):
    sums = net(M5, **settings).totals
    assert (sums.params, sums.macs, sums.activations) == expected


def test_text_shows_a_signal_as_channels_and_length_and_json_as_a_map(files):
    shown = out("report", "signal.yaml", "--by", "layer")
    assert "input 1x8000 " in shown
    assert "32x496 " in shown
    data = json.loads(out("report", "signal.yaml", "--by", "layer", "--format", "json"))
    assert (data["input"], data["groups"]["rows"][0]["out"]) == ([1, 1, 8000], [32, 1, 496])
    assert "1x8000 -> 32x496" in out("explain", "signal.yaml", "0")
    assert "input 1x8000: 32,000 bytes" in " ".join(out("memory", "signal.yaml").split())
    assert "input 1x16000 " in out("report", "signal.yaml", "--input", "1x16000")
    assert "input 1x16000 " in out("report", "signal.yaml", "--input", "1x1x16000")
    with pytest.raises(SpecError, match=r"the input is \(channels, length\), not 4 numbers"):
        build(load(M5), shape=(1, 2, 3, 4))
