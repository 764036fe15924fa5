"""A layer type is one declaration: an op added from outside is found wherever anybody asks about one."""

import json
from types import SimpleNamespace

import pytest
from running import CliRunner

from costcalc import ops
from costcalc.analysis.lint import lint_spec
from costcalc.causes.answers import read_answer
from costcalc.causes.asked import Asked, Side
from costcalc.causes.diagnosis import Search
from costcalc.cli import main
from costcalc.common.errors import Name, Source, SpecError
from costcalc.network.figures import Part
from costcalc.network.filters import filter_of
from costcalc.network.memory import Policy, peak, training
from costcalc.network.traffic import traffic
from costcalc.ops import OPS
from costcalc.ops.activation import Activation
from costcalc.ops.conv import conv_pads
from costcalc.ops.cost import Cost
from costcalc.ops.declare import (
    INPUT,
    NEITHER,
    NEW,
    NO_FILTER,
    WHOLE,
    WINDOW,
    Filter,
    Op,
    at_input,
    at_output,
    kernel_shown,
    layer_type,
    one,
)
from costcalc.ops.dress import dress, slopes
from costcalc.ops.schema import Channels, Flag, Groups, Kernel, Norm, Padding
from costcalc.ops.shape import Shape
from costcalc.specfile import load_source
from costcalc.unfold.interpreter import build


@layer_type(
    Name("demo", ("transposed", "upscaler")),
    label=lambda layer: f"Up {kernel_shown(layer)}",
    filter=Filter(
        shown=lambda layer: f"{kernel_shown(layer)}x{layer.ins[0].c} up",
        pads=conv_pads,
        positions=at_input,
        groups=lambda layer: layer.args["g"],
        depthwise=lambda layer: 1 < layer.args["g"] == layer.ins[0].c,
        sees=WINDOW,
    ),
    keeps=INPUT,
    memory=NEW,
)
def demo(
    x: Shape,
    /,
    *,
    k: Kernel,
    c: Channels,
    s: Kernel = (1, 1),
    p: Padding = None,
    g: Groups = 1,
    bias: Flag = False,
    norm: Norm = None,
    act: Activation = None,
) -> Cost:
    """Spread every input pixel by a kernel, as a transposed convolution does: MACs = weights * h * w of the input."""
    out = Shape(c, x.h * s[0], x.w * s[1])
    weights = k[0] * k[1] * (x.c // g) * c
    return Cost(out, weights=weights + slopes(out, act), conv_macs=weights * x.h * x.w, **dress(out, bias, norm, act))


@layer_type(Name("peek", ()), label="Peek", filter=NO_FILTER, keeps=NEITHER, memory=WHOLE)
def peek(x: Shape, /) -> Cost:
    """Look at the input."""
    return Cost(x, activations=x.size)


@pytest.fixture(autouse=True)
def added(monkeypatch):
    """Add both as a file of ops would, for one test."""
    for op in (demo, peek):
        monkeypatch.setitem(ops._BY_NAME, op.name, op)


def spec(rows, top=""):
    return load_source(Source("net.yaml", f"name: N\n{top}input: [2, 5, 5]\nlayers:\n{rows}\n"))


def net(rows):
    return build(spec(rows))


def run(*args, code=0):
    done = CliRunner().invoke(main, list(args), env={"COLUMNS": "200"})
    assert done.exit_code == code, done.output
    return done.stdout if not code else done.stderr


ROW = "- {op: demo, k: 3, c: 5, s: 2}"  # 3 * 3 * 2 * 5 = 90 weights at 25 pixels, 5 maps of 10x10
MACS = 90 * 25


def test_report_counts_and_names_it(tmp_path):
    file = tmp_path / "net.yaml"
    file.write_text(f"name: N\ninput: [2, 5, 5]\nlayers:\n{ROW}\n- {{op: peek}}\n", encoding="utf-8")
    data = json.loads(run("report", str(file), "--format", "json"))
    assert (data["totals"]["macs"], data["totals"]["params"]) == (MACS, 90)
    assert [(layer["kind"], layer["out"]) for layer in data["layers"]] == [
        ("Up 3x3", [5, 10, 10]),
        ("Peek", [5, 10, 10]),
    ]
    text = run("explain", str(file), "0")
    assert "conv_macs = k_h * k_w * (c_in / g) * c_out * h * w = 3 * 3 * 2 * 5 * 5 * 5 = 2,250" in text
    assert "padding" not in text  # that of windows that it reads: it reads none


def test_layer_reads_its_columns_and_says_all_of_them():
    args = ("layer", "demo", "--k", "3", "--c", "5", "--s", "2", "--in", "2x5x5")
    (layer,) = json.loads(run(*args, "--format", "json"))["layers"]
    assert (layer["kind"], layer["macs"]) == ("Up 3x3", MACS)
    assert layer["args"] == {
        "k": [3, 3], "c": 5, "s": [2, 2], "p": None, "g": 1, "bias": False, "norm": None, "act": None,
    }  # fmt: skip
    assert run("layer", "demo", "--in", "2x5x5", code=2).endswith("Error: `demo` needs `k`, `c`\n")
    assert run("layer", "demo", "--d", "2", "--in", "2x5x5", code=2).endswith(
        "`demo` has no column `d`; available: `k`, `c`, `s`, `p`, `g`, `bias`, `norm`, `act`\n"
    )


@pytest.mark.parametrize("name", ["transposed", "upscaler", "UPSCALER"])
def test_what_it_is_called_elsewhere_is_suggested(name):
    with pytest.raises(SpecError, match="did you mean `demo`"):
        spec(f"- {{op: {name}, k: 3, c: 5}}")
    assert run("layer", name, "--in", "2x5x5", code=2).endswith("did you mean `demo`?\n")
    with pytest.raises(SpecError, match=r"setting `kind` must be a word of this spec, .*; did you mean `demo`"):
        build(spec("- {op: kind, k: 3, c: 5}", "settings: {kind: conv}\n"), {"kind": name})


def test_a_setting_can_name_it():
    assert build(spec("- {op: kind, k: 3, c: 5, s: 2}", "settings: {kind: demo}\n")).totals.macs == MACS


def test_its_filter_is_claimed_as_it_is_declared():
    assert filter_of(net(ROW).layers) == "3x3x2 up"
    assert filter_of(net("- {op: peek}").layers) == "no filter"
    assert net("- {op: demo, k: 3, c: 5, filter: 3x3x2 up}").claims[0].holds


def test_its_outputs_are_channels_and_a_view_has_none():
    assert Part(net(f"{ROW}\n- {{op: peek}}").layers).figure("channels") == 5


def test_memory_and_training_go_by_what_it_declares():
    both = net(f"{ROW}\n- {{op: peek}}\n- {{op: relu}}")
    assert peak(both) == 4 * (500 + 500)  # the view has no tensor, and is written over where it is in place
    assert peak(both, policy=Policy(inplace_act=True)) == 4 * (50 + 500)
    assert traffic(both.layers[1], 32) == 0
    assert training(both).kept == 50 + 500  # what the kernel reads, and the activation's output


def test_lint_warns_of_its_bias_and_knows_that_it_drops_no_pixels():
    row = "- {op: demo, k: 2, c: 5, s: 3, p: 0, bias: true, norm: bn}"
    assert [found.sentence for found in lint_spec(spec(row))] == [
        "a bias before a normalisation: its beta makes the bias redundant"
    ]


@pytest.mark.parametrize(
    ("row", "answer", "mistakes"),
    [
        (ROW, 3 * 2 * 5 * 25, {"k-not-squared"}),
        (ROW, 9 * 5 * 25, {"input-channels-forgotten"}),
        (ROW, 9 * 2 * 25, {"output-channels-forgotten"}),
        (ROW, MACS + 500, {"bias-added"}),
        (ROW, MACS * 25 // 100, set()),  # as if its kernel ran over its output
        ("- {op: demo, k: 3, c: 4, g: 2}", 9 * 2 * 4 * 25, {"depthwise-as-full", "flops-for-macs"}),
    ],
)
def test_mistakes_are_made_at_the_positions_of_its_kernel(row, answer, mistakes):
    definition = spec(row)
    network = build(definition)
    side = Side(network, network.layers, lambda network: network.layers, definition)
    found = Search(Asked("macs", (side,))).explain(read_answer(str(answer)))
    assert {mistake.name for way in found.ways for mistake in way.mistakes if len(way.mistakes) == 1} == mistakes


@pytest.mark.parametrize("missing", ["label", "filter", "keeps", "memory"])
def test_a_missing_entry_is_an_error_at_import(missing):
    said = {"label": "Demo", "filter": NO_FILTER, "keeps": NEITHER, "memory": NEW}
    del said[missing]
    with pytest.raises(TypeError, match=missing):
        layer_type(Name("demo", ()), **said)


@pytest.mark.parametrize("missing", Filter._fields)
def test_a_filter_says_all_of_it(missing):
    with pytest.raises(TypeError, match=missing):
        Filter(**dict.fromkeys(set(Filter._fields) - {missing}))
    with pytest.raises(TypeError, match="elsewhere"):
        Name("demo")


# An oracle for the declarations of today's ops: what a layer counts must follow from what it declares.
RUNS = [
    ("conv", {"k": (3, 5), "c": 8, "s": (2, 1), "g": 2}, at_output, 2, False),
    ("conv", {"k": (3, 3), "c": 8, "g": 4}, at_output, 4, True),
    ("dwconv", {"k": (3, 3), "c": 8, "s": (2, 2)}, at_output, 4, True),
    ("fc", {"c": 7}, one, 1, False),
    ("linear", {"c": 7}, at_output, 1, False),
    ("tconv", {"k": (3, 3), "c": 8, "s": (2, 2), "g": 2}, at_input, 2, False),
    ("demo", {"k": (3, 3), "c": 8, "s": (2, 2)}, at_input, 1, False),
]


@pytest.mark.parametrize(("name", "columns", "positions", "groups", "depthwise"), RUNS)
def test_macs_are_weights_times_positions(name, columns, positions, groups, depthwise):
    op = OPS[name]
    args = op.filled(columns)
    ins = (Shape(4, 6, 7),)
    layer = SimpleNamespace(ins=ins, args=args, cost=op.run(ins, columns))
    assert op.filter.positions is positions
    assert layer.cost.weights * positions(layer) == layer.cost.conv_macs + layer.cost.fc_macs
    assert (op.filter.groups(layer), op.filter.depthwise(layer)) == (groups, depthwise)


def test_one_channel_is_depthwise_only_where_the_op_says_so():
    def of(row):
        (layer,) = build(load_source(Source("net.yaml", f"name: N\ninput: [1, 5, 5]\nlayers: [{row}]\n"))).layers
        return layer.kind, OPS[layer.op].filter.depthwise(layer)

    assert of("{op: conv, k: 3, c: 6}") == ("Conv 3x3", False)  # of a grey image: dense, as papers have it
    assert of("{op: dwconv, k: 3, c: 6}") == ("Conv DW 3x3", True)


def test_every_op_is_declared():
    assert all(isinstance(op, Op) and op.name == name and isinstance(op.name, Name) for name, op in OPS.items())
    assert {name for name, op in OPS.items() if op.filter.positions} == {
        *("conv", "dwconv", "fc", "linear", "tconv", "demo"),
    }
    assert {name for name, op in OPS.items() if op.filter.convolves} == {"conv", "dwconv", "tconv", "demo"}
