"""ONNX files made here node by node: right, or refused by name; and files that are none."""

import struct
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from running import CliRunner

from costcalc import importer
from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.importer import onnxreader
from costcalc.importer.assemble import assemble
from costcalc.importer.positions import OTHER
from costcalc.importer.products import WRITTEN_OUT
from costcalc.importer.recognise import recognise

onnx = pytest.importorskip("onnx")
helper, F, INT = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def weights(name, *dims):
    """An initialiser whose data is in another file, which nothing may open."""
    tensor = onnx.TensorProto(name=name, data_type=F, dims=dims, data_location=onnx.TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="nowhere.bin")
    return tensor


def ints(name, *values):
    return helper.make_tensor(name, INT, [len(values)], values)


def model(nodes, held, out="y", size=(1, 3, 9, 8), stated=None, opset=17):
    """A model of nodes `Op inputs -> output attrs`, from `x` to `out`."""
    made = [
        helper.make_node(op, reads.split(), gives.split(), name=f"n{i}", domain=more.pop("domain", ""), **more)
        for i, (op, reads, gives, more) in enumerate(nodes)
    ]
    graph = helper.make_graph(
        made,
        "g",
        [helper.make_tensor_value_info("x", F, size)],
        [helper.make_tensor_value_info(out, F, stated)],
        held,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)]).SerializeToString()


def read(data, shape=None):
    return assemble(recognise(onnxreader.graph_of(data, "net.onnx", shape)))


def conv(**attrs):
    return ("Conv", "x w", "y", {"kernel_shape": [3, 3], **attrs})


W = weights("w", 4, 3, 3, 3)
SHAPES = [  # attributes of a 3x3 convolution or pool on 9x8 -> the height and width that ONNX's formula gives
    (conv(), (7, 6)),
    (conv(pads=[0, 1, 2, 3]), (9, 10)),
    (conv(auto_pad="SAME_UPPER", strides=[2, 2]), (5, 4)),
    (conv(auto_pad="SAME_LOWER", strides=[2, 2]), (5, 4)),
    (conv(auto_pad="VALID", dilations=[2, 2]), (5, 4)),
    (conv(dilations=[2, 1], pads=[2, 1, 2, 1], strides=[1, 2]), (9, 4)),
    (("MaxPool", "x", "y", {"kernel_shape": [3, 3], "strides": [2, 2]}), (4, 3)),
    (("MaxPool", "x", "y", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}), (4, 4)),
    (("AveragePool", "x", "y", {"kernel_shape": [2, 2], "pads": [1, 1, 1, 1]}), (10, 9)),
    (("MaxPool", "x", "y", {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "SAME_LOWER"}), (5, 4)),
]


@pytest.mark.parametrize(("node", "out"), SHAPES)
def test_windows_follow_the_formula_of_onnx(node, out):
    channels = 4 if node[0] == "Conv" else 3
    network = read(model([node], [W], stated=(1, channels, *out))).network
    assert tuple(network.layers[-1].out) == (channels, *out)
    assert network.totals.macs == (108 * out[0] * out[1] if node[0] == "Conv" else 0)


def gemm(turned):
    flat = ("Flatten", "x", "f", {"axis": 1})
    return model(
        [flat, ("Gemm", "f w b", "y", {"transB": turned})],
        [weights("w", *((5, 216) if turned else (216, 5))), weights("b", 5)],
    )


COUNTS = {  # what a file holds -> parameters, MACs and the layers that it gives
    "Gemm transB": (gemm(1), 1085, 1080, ["fc"]),
    "Gemm": (gemm(0), 1085, 1080, ["fc"]),
    "MatMul and Add": (
        model([("Flatten", "x", "f", {}), ("MatMul", "f w", "m", {}), ("Add", "m b", "y", {})], [weights("w", 216, 5), weights("b", 5)]),
        1085, 1080, ["fc"],
    ),
    "silu": (model([conv(), ("Sigmoid", "y", "s", {}), ("Mul", "y s", "z", {})], [W], "z"), 108, 4536, ["conv"]),
    "hard swish written out": (
        model(
            [conv(), ("Add", "y three", "a", {}), ("Clip", "a low high", "c", {}), ("Mul", "y c", "m", {}), ("Div", "m six", "z", {})],
            [W, *(helper.make_tensor(n, F, [], [v]) for n, v in {"three": 3, "low": 0, "high": 6, "six": 6}.items())], "z",
        ),
        108, 4536, ["conv"],
    ),
    "gelu written out": (
        model(
            [conv(), ("Div", "y root", "d", {}), ("Erf", "d", "e", {}), ("Add", "e one", "a", {}), ("Mul", "y a", "m", {}), ("Mul", "m half", "z", {})],
            [W, *(helper.make_tensor(n, F, [], [v]) for n, v in {"root": 2**0.5, "one": 1, "half": 0.5}.items())], "z",
        ),
        108, 4536, ["conv"],
    ),
    "batch norm": (
        model([conv(), ("BatchNormalization", "y g b m v", "z", {})], [W, *(weights(n, 4) for n in "gbmv")], "z"), 116, 4536, ["conv"],
    ),
    "a shape computed": (
        model(
            [("Shape", "x", "s", {}), ("Gather", "s zero", "n", {"axis": 0}), ("Unsqueeze", "n zeros", "u", {}), ("Concat", "u rest", "t", {"axis": 0}), ("Reshape", "x t", "f", {}), ("Gemm", "f w", "y", {"transB": 1})],
            [helper.make_tensor("zero", INT, [], [0]), ints("zeros", 0), ints("rest", -1), weights("w", 5, 216)],
        ),
        1080, 1080, ["fc"],
    ),
    "one weight twice": (
        model([("Conv", "x w", "a", {"kernel_shape": [3, 3]}), ("Conv", "a w", "y", {"kernel_shape": [3, 3]})], [weights("w", 3, 3, 3, 3)]),
        81, 81 * (7 * 6 + 5 * 4), ["conv", "conv"],
    ),
    "one bias of two layers, which an exporter merged": (
        model([("Conv", "x w b", "a", {"kernel_shape": [3, 3]}), ("Conv", "a v b", "y", {"kernel_shape": [1, 1]})], [W, weights("v", 4, 4, 1, 1), weights("b", 4)]),
        108 + 4 + 16 + 4, 108 * 42 + 16 * 42, ["conv", "conv"],
    ),
    "a batch of 4": (model([conv()], [W], size=(4, 3, 9, 8), stated=(4, 4, 7, 6)), 108, 4536, ["conv"]),
    "weights of integers": (
        model([("DequantizeLinear", "q scale", "w", {}), conv()], [onnx.TensorProto(name="q", data_type=onnx.TensorProto.INT8, dims=(4, 3, 3, 3)), helper.make_tensor("scale", F, [], [0.1])]),
        108, 4536, ["conv"],
    ),
}  # fmt: skip


def int8(name, *dims):
    return onnx.TensorProto(name=name, data_type=onnx.TensorProto.INT8, dims=dims)


def int32(name, *values):
    return helper.make_tensor(name, onnx.TensorProto.INT32, [len(values)], values)


SCALES = [helper.make_tensor("s", F, [], [0.1]), helper.make_tensor("t", F, [4], [0.1] * 4), int8("z")]
BIAS = int32("b", 1, 2, 3, 4)
QUANTISED = {  # a conv with bias, an activation, a sum, a pool and an fc, quantised by pairs of nodes, or by its own operators
    "pairs of nodes": [
        ("QuantizeLinear", "x s z", "xq", {}), ("DequantizeLinear", "xq s z", "xf", {}),
        ("DequantizeLinear", "wq t z", "w", {"axis": 0}), ("DequantizeLinear", "b t", "bf", {"axis": 0}),
        ("Conv", "xf w bf", "c", {"kernel_shape": [3, 3]}), ("Relu", "c", "r", {}),
        ("QuantizeLinear", "r s z", "rq", {}), ("DequantizeLinear", "rq s z", "rf", {}), ("Add", "rf rf", "a", {}),
        ("GlobalAveragePool", "a", "g", {}), ("Flatten", "g", "f", {}), ("DequantizeLinear", "vq s z", "v", {}),
        ("DequantizeLinear", "b5 s", "b5f", {}), ("Gemm", "f v b5f", "y", {"transB": 1}),
    ],
    "products of matrices": [
        ("DequantizeLinear", "wq t z", "w", {"axis": 0}), ("DequantizeLinear", "b t", "bf", {"axis": 0}),
        ("Conv", "x w bf", "c", {"kernel_shape": [3, 3]}), ("Relu", "c", "r", {}), ("Add", "r r", "a", {}),
        ("GlobalAveragePool", "a", "g", {}), ("Flatten", "g", "f", {}), ("DequantizeLinear", "vq s z", "v", {}),
        ("Transpose", "v", "vt", {"perm": [1, 0]}), ("MatMul", "f vt", "m", {}),
        ("DequantizeLinear", "b5 s", "b5f", {}), ("Add", "m b5f", "y", {}),
    ],
    "own operators": [
        ("QuantizeLinear", "x s z", "xq", {}), ("QLinearConv", "xq s z wq t z s z b", "c", {"kernel_shape": [3, 3]}),
        ("Relu", "c", "r", {}), ("QLinearAdd", "r s z r s z s z", "a", {"domain": "com.microsoft"}),
        ("QLinearGlobalAveragePool", "a s z s z", "g", {"domain": "com.microsoft"}), ("Flatten", "g", "f", {}),
        ("QGemm", "f s z vq s z b5 s z", "q", {"domain": "com.microsoft", "transB": 1}), ("DequantizeLinear", "q s z", "y", {}),
    ],
    "while it runs": [
        ("DynamicQuantizeLinear", "x", "xq xs xz", {}), ("ConvInteger", "xq wq xz z", "c", {"kernel_shape": [3, 3]}),
        ("Cast", "c", "cf", {"to": 1}), ("Mul", "cf xs", "d", {}), ("DequantizeLinear", "b t", "bf", {"axis": 0}),
        ("Reshape", "bf shape", "bm", {}), ("Add", "d bm", "e", {}), ("Relu", "e", "r", {}), ("Add", "r r", "a", {}),
        ("GlobalAveragePool", "a", "g", {}), ("Flatten", "g", "f", {}), ("DequantizeLinear", "vq s z", "v", {}),
        ("DequantizeLinear", "b5 s", "b5f", {}), ("Gemm", "f v b5f", "y", {"transB": 1}),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", QUANTISED)
def test_quantised_models_count_as_those_that_they_were(name):
    held = [
        int8("wq", 4, 3, 3, 3),
        BIAS,
        int8("vq", 5, 4),
        int32("b5", 1, 2, 3, 4, 5),
        ints("shape", 1, 4, 1, 1),
        *SCALES,
    ]
    found = read(model(QUANTISED[name], held))
    totals = found.network.totals
    assert (totals.params, totals.macs) == (108 + 4 + 20 + 5, 108 * 42 + 20)
    assert not [line for line in found.receipt if line.startswith("left out")]
    assert "not counted: scales of quantisation" in " ".join(found.receipt)
    apart = ["offset", "relu"] if name == "while it runs" else []  # the bias comes after the scale
    assert [layer.op for layer in found.network.layers] == ["conv", *apart, "add", "gap", "fc"]


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    data, params, macs, ops = COUNTS[name]
    network = read(data).network
    assert (network.totals.params, network.totals.macs) == (params, macs)
    assert [layer.op for layer in network.layers] == ops


REFUSED = {
    "a stated shape that is wrong": (model([conv()], [W], stated=(1, 4, 8, 8)), "Conv (1, first `n0`): the source states 1x4x8x8, the operator gives 1x4x7x6"),
    "a custom domain": (model([("Fancy", "x", "y", {"domain": "com.acme"})], []), "com.acme.Fancy (1, first `n0`): an operator of another domain, which is not known"),
    "a shape in another file": (
        model([("Reshape", "x s", "y", {})], [onnx.TensorProto(name="s", data_type=INT, dims=[2], data_location=1)]),
        "Reshape (1, first `n0`): its `shape` is computed from data, or is in another file",
    ),
    "height and width turned": (
        model([("Transpose", "x", "t", {"perm": [0, 1, 3, 2]}), ("Conv", "t w", "y", {"kernel_shape": [3, 3]})], [W]),
        "Conv (1, first `n1`): its input is laid out as 1, c3, w8, h9, not as batch, channels, height, width",
    ),
    "one weight for two kinds of layers": (
        model([("Conv", "x w", "a", {"kernel_shape": [3, 3]}), ("ConvTranspose", "a w", "y", {"kernel_shape": [3, 3]})], [weights("w", 3, 3, 3, 3)]),
        "ConvTranspose (1, first `n1`): parameter `w` is shared with another node",
    ),
    "one norm for two": (
        model([conv(), ("BatchNormalization", "y g b m v", "z", {}), ("BatchNormalization", "z g b m v", "u", {})], [W, *(weights(n, 4) for n in "gbmv")], "u"),
        "BatchNormalization (1, first `n2`): parameter `g` is shared with another node",
    ),
    "control flow": (model([("Loop", "x x", "y", {})], []), "Loop (1, first `n0`): control flow, which a table of layers cannot say"),
    "a quantised product that is not known": (
        model([("QLinearReduceMean", "x s z", "y", {"domain": "com.microsoft"})], []),
        "com.microsoft.QLinearReduceMean (1, first `n0`): an operator of another domain, which is not known",
    ),
    "channels last, quantised": (
        model([("QLinearGlobalAveragePool", "x s z s z", "y", {"domain": "com.microsoft", "channels_last": 1})], []),
        "com.microsoft.QLinearGlobalAveragePool (1, first `n0`): there is no rule for it",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_rows_is_refused_by_name(name):
    data, line = REFUSED[name]
    with pytest.raises(SpecError) as error:
        read(data)
    assert line in error.value.notes


@pytest.mark.parametrize(
    ("second", "merged"), [("/b/norm/BatchNormalization", True), ("/a_1/norm/BatchNormalization", False)]
)
def test_norms_of_two_modules_are_two_and_those_of_one_called_again_are_refused(second, merged):
    data = model([conv(), ("BatchNormalization", "y g b m v", "z", {}), ("BatchNormalization", "z g b m v", "u", {})], [W, *(weights(n, 4) for n in "gbmv")], "u")  # fmt: skip
    found = onnx.ModelProto.FromString(data)
    found.graph.node[1].name, found.graph.node[2].name = "/a/norm/BatchNormalization", second
    if merged:
        assert read(found.SerializeToString()).network.totals.params == 108 + 8 + 8
        return
    with pytest.raises(SpecError) as error:
        read(found.SerializeToString())
    line = "BatchNormalization (1, first `/a_1/norm/BatchNormalization` in `a_1/norm`): parameter `g` is shared with another node"
    assert error.value.notes == (line,)


def test_what_an_exporter_merged_is_told():
    told = read(COUNTS["one bias of two layers, which an exporter merged"][0]).receipt
    assert told[:2] == ("parameters: 132 in 4 tensors, each read once", "nodes: 2, all of them mapped; 0 stated shapes agree")  # fmt: skip
    assert "equal vectors that were merged count at each row that reads them (1)" in told


def test_a_second_use_of_an_unread_initialiser_is_told():
    data = model([conv()], [W, weights("spare", 7, 2)])
    assert "left out: 14 parameters in 1 tensor that the outputs do not depend on, first `spare`" in read(data).receipt


def test_a_dynamic_shape_needs_an_input():
    data = model([conv()], [W], size=("n", 3, "h", "w"))
    with pytest.raises(SpecError) as error:
        onnxreader.graph_of(data, "net.onnx")
    assert error.value.sentence == "input `x` of `net.onnx` is ?x3x?x?: give its size, such as 3x224x224, as the input"
    assert read(data, (3, 9, 8)).network.totals.macs == 4536


@pytest.mark.parametrize("size", [(1,), (1, 3, 4, 9, 8)])
def test_an_input_of_another_rank_is_refused(size):
    with pytest.raises(SpecError) as error:
        read(model([conv()], [W], size=size))
    assert (
        error.value.sentence
        == f"input `x` has {len(size)} axes; two to four are expected: batch, channels, height, width"
    )


def test_a_value_that_is_computed_from_itself_ends():
    data = model([("Identity", "a", "a", {}), ("MatMul", "x a", "y", {})], [])
    with pytest.raises(SpecError) as error:
        read(data)
    assert error.value.notes == ("Identity (1, first `n0`): it reads `a`, which nothing gives",)


@pytest.mark.parametrize("attrs", [{"kernel_shape": 3}, {"kernel_shape": "3"}, {"kernel_shape": [3, 3], "pads": "0"}])
def test_attributes_of_another_kind_are_refused(attrs):
    with pytest.raises(SpecError) as error:
        read(model([("MaxPool", "x", "y", attrs)], []))
    assert error.value.notes[0].startswith("MaxPool (1, first `n0`): ")


def test_a_signal_reads_as_one():
    nodes = [
        ("Conv", "x w", "a", {"strides": [4]}),
        ("Relu", "a", "b", {}),
        ("MaxPool", "b", "c", {"kernel_shape": [4], "strides": [4]}),
        ("Conv", "c v", "y", {"pads": [1, 1], "group": 8}),
    ]
    found = read(model(nodes, [weights("w", 8, 1, 16), weights("v", 8, 1, 3)], size=(1, 1, 400), stated=(1, 8, 24)))
    assert (found.network.totals.params, found.network.totals.macs) == (152, 97 * 128 + 24 * 24)
    assert found.text[found.text.index("input:") :] == (
        "input: [1, 400]\n\n"
        "layers:\n"
        "  - {op: conv,    k: 16, c: 8, s: 4, p: 0, act: relu}\n"
        "  - {op: maxpool, k: 4}\n"
        "  - {op: dwconv,  k: 3}\n\n"
        "totals: {layers: 3, params: 152, macs: 12992, activations: 968, act_elems: 776}\n"
    )


def test_a_file_that_is_cut_off_anywhere_is_an_error_or_a_whole_model():
    data = model([conv(), ("Relu", "y", "z", {})], [W], "z", stated=(1, 4, 7, 6))
    for end in range(len(data)):
        with suppress(SpecError):
            read(data[:end])


def test_a_file_with_one_byte_changed_never_fails_otherwise():
    data = bytearray(model([conv(), ("Relu", "y", "z", {})], [W], "z", stated=(1, 4, 7, 6)))
    for index in range(len(data)):
        for bits in (1, 0x80, 0xFF):
            data[index] ^= bits
            with suppress(SpecError):
                read(bytes(data))
            data[index] ^= bits


def test_commands_take_the_file_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("net.onnx")
    path.write_bytes(model([conv()], [W], stated=(1, 4, 7, 6)))
    result = CliRunner().invoke(main, ["report", str(path), "--format", "json"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert '"macs": 4536' in result.stdout
    result = CliRunner().invoke(main, ["import", str(path)])
    assert result.exit_code == 0
    assert result.stderr == (
        "parameters: 108 in 1 tensor, each read once\n"
        "nodes: 1, all of them mapped; 1 stated shapes agree\n"
        "resolution: fixed, since one alone was read\n"
        "nearest bundled network: none is near\n"
    )
    path.write_bytes(b"prototxt {")
    result = CliRunner().invoke(main, ["report", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: `net.onnx` is not an ONNX file, or it is cut off\n"


def square(size):
    """A model whose rows hold at any size, and the ends of one whose rows do not."""
    pooled = ("GlobalAveragePool", "y", "p", {})
    return model([conv(), pooled, ("Flatten", "p", "f", {}), ("Gemm", "f v", "z", {})], [W, weights("v", 4, 5)], "z", (1, 3, size, size))  # fmt: skip


def flat(size):
    return model([conv(), ("Flatten", "y", "f", {}), ("Gemm", "f v", "z", {})], [W, weights("v", 4 * (size - 2) ** 2, 5)], "z", (1, 3, size, size))  # fmt: skip


RESOLUTIONS = [  # a file, a second one, what the receipt says, whether `res` is a setting
    (square(9), None, "`res`, since its operators were followed at another one too and gives the same rows", True),
    (flat(9), None, "fixed, since its operators were followed at another one too and gives other rows", False),
    (square(9), square(12), "`res`, since `second.onnx` has another one and gives the same rows", True),
    (square(9), flat(12), "fixed, since `second.onnx` has another one and gives other rows", False),
]


@pytest.mark.parametrize(("first", "second", "told", "setting"), RESOLUTIONS)
def test_a_resolution_is_a_setting_where_it_is_true(first, second, told, setting, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(first)
    Path("second.onnx").write_bytes(second or b"")
    more = ["--second", "second.onnx"] if second else []
    result = CliRunner().invoke(main, ["import", "net.onnx", "-o", "net.yaml", *more])
    assert result.exit_code == 0, result.stderr
    assert f"resolution: {told}\n" in result.stderr
    assert ("res: 9" in Path("net.yaml").read_text(encoding="utf-8")) is setting
    if setting:
        result = CliRunner().invoke(main, ["report", "net.yaml", "--set", "res=12", "--format", "json"])
        assert '"macs": 10820' in result.stdout  # 108 * 10 * 10 + 20


@pytest.mark.parametrize(
    ("source", "second", "message"),
    [
        ("net.onnx", "net.onnx", "error: `net.onnx` has the input of `net.onnx`: one of another size is expected\n"),
        ("net.json", "net.onnx", "error: a second file is allowed only with an ONNX file, not with `net.json`\n"),
    ],
)
def test_a_second_file_that_proves_nothing(source, second, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(square(9))
    Path("net.json").write_text('{"class_name": "Functional"}', encoding="utf-8")
    result = CliRunner().invoke(main, ["import", source, "--second", second])
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


def test_several_inputs():
    inputs = [helper.make_tensor_value_info(name, F, size) for name, size in {"a.1": (1, 3, 9, 9), "x": (1, 3, "h", "w"), "idle": (1, 1)}.items()]  # fmt: skip
    nodes = [helper.make_node("Conv", ["a.1", "w"], ["p"]), helper.make_node("Conv", ["x", "w"], ["q"]), helper.make_node("Add", ["p", "q"], ["y"])]  # fmt: skip
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("y", F, None)], [W])
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]).SerializeToString()
    with pytest.raises(SpecError) as error:
        read(data)
    assert error.value.sentence == "input `x` of `net.onnx` is 1x3x?x?: give its size, such as 3x224x224, as the input"
    with pytest.raises(SpecError) as error:
        read(data, (3, 9, 9))
    assert error.value.sentence == "`net.onnx` has 3 inputs: give each size by its name, such as a.1=3x9x9,..."
    with pytest.raises(SpecError) as error:
        read(data, {"y": (3, 9, 9)})
    assert error.value.sentence == "`net.onnx` has no input `y`"
    found = read(data, {"x": (3, 9, 9)})
    assert "inputs: {a_1: [3, 9, 9], x_2: [3, 9, 9]}" in found.text
    assert found.network.totals.params == 108
    assert found.network.totals.macs == 2 * 108 * 49
    assert "not read: input `idle`" in found.receipt


def test_the_example_of_the_help_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.onnx").write_bytes(square(9))
    text = CliRunner().invoke(main, ["import", "--help"]).stdout
    command = next(
        line.split() for line in text.splitlines() if line.split()[:3] == ["costcalc", "import", "model.onnx"]
    )
    assert command[3:] == ["-o", "net.yaml"]
    result = CliRunner().invoke(main, command[1:])
    assert (result.exit_code, result.stdout) == (0, "")
    assert '"params": 128' in CliRunner().invoke(main, ["report", "net.yaml", "--format", "json"]).stdout
    result = CliRunner().invoke(main, command[1:])
    assert result.exit_code == 2  # a file that is there is not replaced


def summed(number):
    """Sums of a constant with itself, read by a Reshape."""
    return [("Add", f"s{i} s{i}", f"s{i + 1}", {}) for i in range(number)] + [("Reshape", f"x s{number}", "y", {})]


BIG = ints("s0", *range(30_000))
HOSTILE = {  # what would take hours or all memory -> what is said instead
    "constants that double": (
        [("Concat", f"s{i} s{i}", f"s{i + 1}", {"axis": 0}) for i in range(60)] + [("Reshape", "x s60", "y", {})], [ints("s0", 1, 2)],
        "Reshape (1, first `n60`): its `shape` is computed from data, or is in another file",
    ),
    "constants that spread": (
        [("Reshape", "s0 c", "t", {}), ("Mul", "t s0", "u", {}), ("Reshape", "x u", "y", {})], [BIG, ints("c", -1, 1)],
        "Reshape (1, first `n2`): its `shape` is computed from data, or is in another file",
    ),
    "a long range": (
        [("Range", "a b c", "r", {}), ("Reshape", "x r", "y", {})],
        [helper.make_tensor(name, INT, [], [value]) for name, value in {"a": 0, "b": 2**62, "c": 1}.items()],
        "Reshape (1, first `n1`): its `shape` is computed from data, or is in another file",
    ),
    "a large fill": (
        [("ConstantOfShape", "i", "r", {}), ("Expand", "r i", "e", {}), ("Reshape", "x e", "y", {})], [ints("i", 2**30, 2**30)],
        "Reshape (1, first `n2`): its `shape` is computed from data, or is in another file",
    ),
    "many sums": (summed(400), [BIG], "Add (1, first `n166`): over 10,000,000 numbers are computed for shapes"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_constants_are_bounded(name):
    nodes, held, line = HOSTILE[name]
    with pytest.raises(SpecError) as error:
        read(model(nodes, held))
    assert error.value.notes == (line,)


def test_layers_and_nodes_are_bounded():
    relus = [("Relu", f"v{i - 1}" if i else "x", f"v{i}", {}) for i in range(20_001)]
    with pytest.raises(SpecError) as error:
        read(model(relus, [], "v20000"))
    assert error.value.sentence == "`net` has over 20,000 layers"
    found = onnx.ModelProto.FromString(model([conv()], [W]))
    found.graph.node.extend([found.graph.node[0]] * 100_000)
    with pytest.raises(SpecError) as error:
        onnxreader.graph_of(found.SerializeToString(), "net.onnx")
    assert error.value.sentence == "`net.onnx` has 100,001 nodes; at most 100,000 are read"


OPENED = []
sys.addaudithook(lambda event, args: OPENED.append(str(args[0])) if event == "open" else None)


def test_nothing_but_the_named_file_is_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.onnx").write_bytes(model([conv()], [W], stated=(1, 4, 7, 6)))
    Path("nowhere.bin").write_bytes(b"weights that nothing may read")
    importer.load("net.onnx")  # imports what it needs
    OPENED.clear()
    assert importer.load("net.onnx").network.totals.params == 108
    assert set(OPENED) == {"net.onnx"}


def attending(bias, *more):
    """Attention of two heads among 2x2 places, with tensors added to scores."""
    nodes = [
        ("Reshape", "x to", "f", {}),
        ("Transpose", "f", "q", {"perm": [0, 1, 3, 2]}),
        ("MatMul", "q f", "s", {}),
        ("Add", "s bias", "b" if not more else "bb", {}),
        *(("Add", "bb more", "b", {}) for _ in more),
        ("Softmax", "b", "a", {}),
        ("MatMul", "a q", "y", {}),
    ]
    return model(nodes, [ints("to", 1, 2, 4, 4), bias, *more], size=(1, 8, 2, 2))


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ((1, 2, 4, 4), WRITTEN_OUT),
        ((2, 1, 4), "a learnt tensor added to scores that is not a table of relative positions"),
    ],
)
def test_what_is_added_to_scores_and_is_no_table_is_refused(size, why):
    with pytest.raises(SpecError) as error:
        read(attending(weights("bias", *size)))
    assert error.value.notes == (f"MatMul (1, first `n5`): {why}",)


def pairs(name, shape, number):
    """A tensor with a number for each pair of 2x2 places, of each head or window."""
    places = [(y, x) for y in (0, 1) for x in (0, 1)]
    values = [number(i, q[0] - k[0], q[1] - k[1]) for i in range(shape[-3]) for q in places for k in places]
    return helper.make_tensor(name, F, shape, struct.pack(f"<{len(values)}f", *values), raw=True)


TABLE = pairs("bias", (1, 2, 4, 4), lambda head, y, x: head + y / 7 + y * y * x / 3)
MASK = pairs("more", (1, 4, 4), lambda window, y, x: -100.0 if y else 0.0)
EACH = iter(range(32))
NONE = pairs("bias", (1, 2, 4, 4), lambda head, y, x: next(EACH))


@pytest.mark.parametrize("held", [[weights("bias", 1, 2, 4, 4)], [TABLE], [TABLE, MASK]])
def test_numbers_of_pairs_count_as_a_table_of_relative_positions_where_that_is_asked(held):
    imported = assemble(recognise(onnxreader.graph_of(attending(*held), "net.onnx", tables=True)))
    assert imported.network.totals.params == (2 * 2 - 1) ** 2 * 2  # a number for each offset and head
    assert "numbers for each pair of places count as a table of relative positions, as asked (1)" in imported.receipt


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ([NONE], OTHER),
        (
            [TABLE, weights("more", 1, 4, 4)],
            "a learnt tensor added to scores that is not a table of relative positions",
        ),
    ],
)
def test_numbers_of_pairs_that_are_no_table_are_refused_though_asked(held, why):
    with pytest.raises(SpecError) as error:
        assemble(recognise(onnxreader.graph_of(attending(*held), "net.onnx", tables=True)))
    assert error.value.notes == (f"MatMul (1, first `n{4 + len(held)}`): {why}",)


def of_class(data, kind):
    """A file whose exporter says of which class the module of every node is."""
    found = onnx.ModelProto.FromString(data)
    for node in found.graph.node:
        for key, value in {"name_scopes": ["", "attn", "op"], "class_hierarchy": ["Net", kind, "aten.op"]}.items():
            node.metadata_props.add(key=f"pkg.torch.onnx.{key}", value=str(value))
    return found.SerializeToString()


SWIN = "torchvision.models.swin_transformer.ShiftedWindowAttention"
BY_NETWORK = model(  # the product of the positions with the first matrix is written out: 9 offsets of 512 units
    [
        ("Reshape", "x to", "f", {}), ("Transpose", "f", "q", {"perm": [0, 1, 3, 2]}), ("MatMul", "q f", "s", {}),
        ("Add", "first b", "h", {}), ("Relu", "h", "r", {}), ("MatMul", "r second", "n", {}), ("GatherND", "n at", "g", {}),
        ("Add", "s g", "t", {}), ("Softmax", "t", "a", {}), ("MatMul", "a q", "y", {}),
    ],
    [ints("to", 1, 2, 4, 4), weights("first", 1, 3, 3, 512), weights("b", 512), weights("second", 512, 2), ints("at", 0)],
    size=(1, 8, 2, 2),
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "params"),
    [
        (of_class(attending(weights("bias", 1, 2, 4, 4)), SWIN), 9 * 2),
        (of_class(attending(weights("bias", 9, 2)), SWIN), 9 * 2),
        (of_class(attending(weights("bias", 1, 2, 4, 4), weights("more", 3, 4, 4)), SWIN), 9 * 2),
        (of_class(BY_NETWORK, SWIN + "V2"), 2 * 512 + 512 + 512 * 2),
    ],
)
def test_positions_that_an_exporter_wrote_out_count_as_a_known_class_has_them(data, params):
    assert read(data).network.totals.params == params


def test_positions_of_a_class_that_is_not_known_are_refused():
    with pytest.raises(SpecError) as error:
        read(of_class(BY_NETWORK, "mine.Attention"))
    assert error.value.notes == (
        "MatMul (1, first `n9` in `attn`): it holds 6,144 parameters, and its row counts 2,560",
    )


def test_an_order_of_places_in_another_file_changes_no_count():
    order = onnx.TensorProto(name="order", data_type=INT, dims=(1, 4), data_location=onnx.TensorProto.EXTERNAL)
    nodes = [
        conv(), ("GlobalAveragePool", "y", "p", {}), ("Reshape", "p line", "l", {}),
        ("Gather", "l order", "g", {"axis": 0}), ("Gemm", "g fc", "z", {"transB": 1}),
    ]  # fmt: skip
    held = [W, ints("line", -1), order, weights("fc", 5, 4)]
    data = onnx.ModelProto.FromString(model(nodes, held, "z"))
    data.graph.value_info.append(helper.make_tensor_value_info("g", F, (1, 4)))
    imported = read(data.SerializeToString())
    assert (imported.network.totals.params, imported.network.layers[-1].out.c) == (108 + 20, 5)
    assert "not counted: an order of places that is in another file (1)" in imported.receipt


def test_a_roll_of_two_slices_is_no_row():
    held = [W, ints("two", 2), ints("end", 2**63 - 1), ints("zero", 0), ints("axis", 2)]
    nodes = [
        ("Slice", "x two end axis", "late", {}),
        ("Slice", "x zero two axis", "early", {}),
        ("Concat", "late early", "rolled", {"axis": 2}),
        ("Conv", "rolled w", "y", {"kernel_shape": [3, 3]}),
    ]
    assert [layer.op for layer in read(model(nodes, held)).network.layers] == ["conv"]
    held[2] = ints("end", 9)  # the size of the axis, of what a node with a stated shape gives
    relu = onnx.ModelProto.FromString(
        model([("Relu", "x", "r", {}), *((op, reads.replace("x ", "r "), *more) for op, reads, *more in nodes)], held)
    )
    relu.graph.value_info.append(helper.make_tensor_value_info("r", F, (1, 3, 9, 8)))
    assert [layer.op for layer in read(relu.SerializeToString()).network.layers] == ["relu", "conv"]
    nodes[2] = ("Concat", "late early", "rolled", {"axis": 3})
    with pytest.raises(SpecError):
        read(model(nodes, held))


@pytest.mark.parametrize(("updates", "exact"), [("zeros", True), ("mean", False)])
def test_a_bias_that_constants_replace_in_part_is_that_bias(updates, exact):
    nodes = [
        ("Flatten", "x", "f", {}),
        ("ReduceMean", "f", "mean", {"axes": [0, 1], "keepdims": 0}),
        ("ScatterND", f"b at {updates}", "c", {}),
        ("MatMul", "f w", "m", {}),
        ("Add", "c m", "y", {}),
    ]
    held = [
        weights("w", 216, 5),
        weights("b", 5),
        helper.make_tensor("at", INT, [2, 1], [1, 2]),
        helper.make_tensor("zeros", F, [2], [0, 0]),
    ]
    if exact:
        assert read(model(nodes, held)).network.totals.params == 1085
    else:
        with pytest.raises(SpecError):
            read(model(nodes, held))
