"""Keras configurations: two that Keras wrote, with the counts that it gives, and what is wrong with others."""

import io
import json
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import test_export
from running import CliRunner

from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.importer import kerasreader
from costcalc.importer.assemble import assemble
from costcalc.importer.recognise import recognise
from costcalc.unfold.interpreter import build

FILES = Path(__file__).parent / "keras"


def config(name):
    return json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))


def read(data, shape=None):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return assemble(kerasreader.graph_of(data, "net.json", shape))


def zipped(text):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", text)
    return stream.getvalue()


def layer(name, found):
    return next(layer for layer in found["config"]["layers"] if layer["name"] == name)


def test_counts_are_those_of_keras():
    totals = read(config("keras_small")).network.totals
    assert (totals.params, totals.macs, totals.params + totals.stats) == (5450, 273152, 5466)


def test_an_archive_is_its_configuration():
    text = json.dumps(config("keras_small"))
    assert read(zipped(text)).text == read(text.encode()).text


def test_the_input_can_be_given():
    found = config("keras_small")
    layer("input_layer", found)["config"]["batch_shape"] = [None, None, None, 3]
    with pytest.raises(SpecError) as error:
        read(found)
    assert error.value.sentence == "input `input_layer` is ?x?x3: give its size, such as 3x224x224, as the input"
    assert tuple(read(found, (3, 65, 64)).network.input) == (3, 65, 64)


@pytest.mark.parametrize(("side", "shown"), [([], "[]"), ("a", "the word `a`"), (0, "0"), (8.5, "8.5"), (True, "true")])
def test_a_side_of_the_input_is_a_whole_number(side, shown):
    found = config("keras_small")
    layer("input_layer", found)["config"]["batch_shape"] = [None, 8, side, 3]
    with pytest.raises(SpecError) as error:
        read(found)
    assert error.value.sentence == f"input `input_layer` has a side {shown}; a whole number is expected"


FORMS = json.loads((FILES / "forms.json").read_text(encoding="utf-8"))  # written by tools/kerasforms.py
MACS = {  # of models that no table was written from, by hand
    "a signal": 97 * 8 * 16 + 24 * (8 * 3 + 8 * 12) + 24 * 12 * 12 * 3 + 12 * 3,
    "a state": 20 * 4 * 6 * (4 + 6) + 20 * 3 * 5 * (6 + 5) + 10,
    "two ways": 10 * 6 * 4 + 10 * 2 * 4 * 3 * (4 + 3) + 10 * 10 * (6 + 6) + 10 * 2 * 3 * 2 * (6 + 2) + 4 * 2,
    "averaged": 2 * 36 * 27 * 4 + 4 * 2,
    "features": 20 * 8 + 8 * 3,
    "transposed": 12 * 12 * 4 * 4 * 4 + 36 * 36 * 16 * 4 * 6,
}


@pytest.mark.parametrize("name", FORMS)
def test_weights_are_those_that_keras_counts(name):
    network, told = read(FORMS[name]["model"]).network, FORMS[name]
    assert (network.totals.params, network.totals.stats) == (told["trained"], told["kept"])
    if name in MACS:
        assert network.totals.macs == MACS[name]
    else:
        table = build(test_export.spec({**test_export.FORMS, **test_export.MORE_FORMS}[name]))
        assert test_export.events(network) == test_export.events(table)
        assert network.totals.macs == table.totals.macs


CHANGES = {  # a layer, what is changed in its configuration -> what is said
    "frozen": ("shortcut", {"trainable": False}, "Conv2D (1, first `shortcut/conv`): parameter `shortcut/kernel` is frozen"),
    "another axis": ("stem_bn", {"axis": 1}, "BatchNormalization of axis 1 (1, first `stem_bn`): there is no rule for it"),
    "channels first": ("stem", {"data_format": "channels_first"}, "Conv2D with channels first (1, first `stem`): there is no rule for it"),
    "an activation of somebody's": ("sep", {"activation": "mine"}, "activation mine (1, first `sep`): there is no rule for it"),
    "slopes of elements": ("prelu", {"shared_axes": None}, "PReLU with a slope for each element (1, first `prelu`): there is no rule for it"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_cannot_be_rows_is_refused_by_name(what):
    name, change, line = CHANGES[what]
    found = config("keras_small")
    layer(name, found)["config"].update(change)
    with pytest.raises(SpecError) as error:
        read(found)
    assert line in error.value.notes


def test_a_number_without_bounds_is_a_number():
    found = config("keras_small")
    layers = [entry for entry in found["config"]["layers"] if entry["class_name"] == "Add"]
    layers[0]["inbound_nodes"] = [{"args": [layers[0]["inbound_nodes"][0]["args"][0][0], 10**400], "kwargs": {}}]
    with suppress(SpecError):
        recognise(kerasreader.graph_of(json.dumps(found).encode(), "net.json"))


def test_what_a_configuration_does_not_hold_says_what_to_do():
    found = config("keras_small")
    layer("drop", found)["class_name"] = "Lambda"
    with pytest.raises(SpecError) as error:
        read(found)
    what = "a function of Python, which a configuration does not hold: use layers of Keras, such as `Rescaling`"
    assert error.value.notes == (f"Lambda (1, first `drop`): {what}",)


def test_a_layer_that_is_not_known_is_refused():
    found = config("keras_small")
    layer("drop", found)["class_name"] = "MyLayer"
    with pytest.raises(SpecError) as error:
        read(found)
    assert error.value.notes == ("MyLayer (1, first `drop`): there is no rule for it",)


def test_files_that_are_cut_off_or_changed_are_errors_and_nothing_else():
    text = json.dumps(config("keras_small")).encode()
    for data in (text, zipped(text)):
        for end in range(0, len(data), 97):
            with suppress(SpecError):
                read(data[:end])
        for index in range(0, len(data), 211):
            with suppress(SpecError):
                read(data[:index] + bytes([data[index] ^ 0x15]) + data[index + 1 :])
    found = config("keras_small")
    others = (None, [], {}, "x", -1, [None], 10**9)
    for number, entry in enumerate(found["config"]["layers"]):
        for index, (key, value) in enumerate(list(entry["config"].items())):
            entry["config"][key] = others[(number + index) % len(others)]
            with suppress(SpecError):
                read(found)
            entry["config"][key] = value


OTHERS = {  # files that people bring -> what is said
    "net.prototxt": (b"layer {", "is a Caffe network: convert it to ONNX"),
    "net.pt": (b"PK", "is a pickle of PyTorch, which is not opened, since it can run code: export the model to ONNX, or import its code as `torch:package.module:factory`"),
    "net.tflite": (b"x", "is a TensorFlow Lite model: import the Keras model that it was made from, or convert it to ONNX"),
    "net.h5": (b"x", "is an HDF5 file: save the model as `.keras`, or its `to_json()` as config.json"),
    "net.gguf": (b"GGUF", "is a GGUF file, which holds tensors and no layers: export the model to ONNX, or import its code as `torch:package.module:factory`"),
    "llm.gguf": (
        b"GGUF" + struct.pack("<IQQ", 3, 2, 3)
        + struct.pack("<Q", 1) + b"a" + struct.pack("<IQ", 8, 2) + b"xy"
        + struct.pack("<Q", 1) + b"b" + struct.pack("<IIQ", 9, 4, 2) + struct.pack("<II", 5, 6)
        + struct.pack("<Q", 1) + b"c" + struct.pack("<If", 6, 0.5)
        + struct.pack("<Q", 1) + b"t" + struct.pack("<IQQIQ", 2, 4, 3, 0, 0)
        + struct.pack("<Q", 1) + b"u" + struct.pack("<IQIQ", 1, 5, 0, 0),
        "holds 17 numbers in 2 tensors, and no layers: export the model to ONNX, or import its code as `torch:package.module:factory`",
    ),
    "yolo.yaml": (b"nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - []\n", "is a model file of ultralytics: export that model to ONNX, and import it"),
    "net.csv": (b"Layer name, IFMAP Height, IFMAP Width,\n", "is a topology of SCALE-Sim, which lists layers without what they read: write its rows as a spec"),
    "net.safetensors": (
        b"\x3a\0\0\0\0\0\0\0" + b'{"w":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]}}'.ljust(58),
        "holds 12 numbers in 1 tensors, and no layers: export the model to ONNX, or import its code as `torch:package.module:factory`",
    ),
    "net.keras": (b"PK", "is not a Keras file, or it is cut off: File is not a zip file"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("command", ["report", "import"])
def test_other_files_are_known_for_what_they_are(name, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data, words = OTHERS[name]
    Path(name).write_bytes(data)
    result = CliRunner().invoke(main, [command, name])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: `{name}` {words}\n"
    assert Path(name).read_bytes() == data


def test_lint_says_that_a_model_has_no_rows_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.json").write_text(json.dumps(config("keras_small")), encoding="utf-8")
    Path("net.tflite").write_bytes(b"x")
    result = CliRunner().invoke(main, ["lint", "model.json", "net.tflite"])
    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout == (
        "error: `model.json` is a model: write its spec first, with `costcalc import`\n"
        "error: `net.tflite` is a TensorFlow Lite model: import the Keras model that it was made from, or convert it to ONNX\n"
        "2 files: 2 errors, 0 warnings\n"
    )


def test_a_spec_that_is_json_is_read_as_before(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text('{"name": "n", "input": [3, 8, 8], "layers": [{"op": "gap"}]}', encoding="utf-8")
    assert CliRunner().invoke(main, ["report", "net.json"]).exit_code == 0
    Path("model.json").write_text(json.dumps(config("keras_small")), encoding="utf-8")
    assert '"macs": 273152' in CliRunner().invoke(main, ["report", "model.json", "--format", "json"]).stdout


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("net.keras", zipped(" " * (64 * 1024**2 + 1)), "the configuration in `net.keras` has over 67,108,864 bytes"),
        ("net.json", b'{"class_name": ' + b"[" * 100_000, "cannot read `net.json` as a Keras model"),
        ("net.keras", b"PK" + bytes(100), "`net.keras` is not a Keras file, or it is cut off: File is not a zip file"),
    ],
)
def test_files_that_would_take_much_are_bounded(name, data, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(data)
    result = CliRunner().invoke(main, ["report", name])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")
