"""A Keras model's configuration (`.keras`, `config.json`) -> a neutral graph: text alone is read, weights are sized by rules.

Tensors are taken as batch, channels, height, width; a layer that sees the channels last in a way that matters permutes.
"""

# ruff: noqa: E501 - one layer a line

import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

from costcalc.common.errors import SpecError, quote
from costcalc.importer.graph import NONE, Asked, Call, Graph, Param, Scope

MOST_BYTES = 64 * 1024**2  # of a configuration
MODELS = ("Functional", "Sequential", "Model")
TO_LAST, TO_FIRST = {"order": [0, 2, 3, 1]}, {"order": [0, 3, 1, 2]}
ACTIVATIONS = {"relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "swish": "silu", "silu": "silu", "gelu": "gelu", "hard_sigmoid": "hsigmoid", "hard_swish": "hswish", "hard_silu": "hswish", "elu": "elu", "selu": "selu", "softplus": "softplus", "mish": "mish", "leaky_relu": "leaky_relu"}  # fmt: skip
GROUP = re.compile(r"(.*?(?:block_?|expanded_conv_?|module_?|unit_?|stage_?)\d+[a-z]?(?:_block_?\d+[a-z]?)?)_")
Config = Mapping[str, Any]


def graph_of(data: bytes | BinaryIO, name: str, shape: Asked | None = None) -> Graph:
    """Return the neutral graph of a file; `shape` (channels, height, width), or several by name, is asked for.

    Raises SpecError for what is no Keras model, or one that a table of layers cannot say.
    """
    try:
        config = json.loads(_text(data, name))
        if config["class_name"] not in MODELS:
            raise SpecError(f"{quote(name)} is not a Keras model of layers: it is a {quote(config['class_name'])}")
        return LayerReader(config, shape).graph(os.path.splitext(os.path.basename(name))[0])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise SpecError(f"cannot read {quote(name)} as a Keras model: {type(error).__name__} at {error}") from None


def _text(data: bytes | BinaryIO, name: str) -> str:
    """Return the configuration: the file itself, or that in the archive, of which nothing else is read."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    archived = file.read(2) == b"PK"
    file.seek(0)
    if not archived:
        text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise SpecError(f"{quote(name)} has over {MOST_BYTES:,} bytes; a configuration has fewer")
        return text.decode("utf-8")
    try:
        with zipfile.ZipFile(file) as archive, archive.open("config.json") as stream:
            text = stream.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise SpecError(f"{quote(name)} is not a Keras file, or it is cut off: {error}") from None
    if len(text) > MOST_BYTES:
        raise SpecError(f"the configuration in {quote(name)} has over {MOST_BYTES:,} bytes")
    return text.decode("utf-8")


class LayerReader:
    """Layers as neutral calls; `made` gives the value of each tensor by (layer, call)."""

    def __init__(self, config: Config, shape: Asked | None) -> None:
        self.config = config
        self.given = shape
        self.inputs: dict[str, tuple[int, ...]] = {}
        self.params: dict[str, Param] = {}
        self.calls: list[Call] = []
        self.prefix = ""
        self.scope: Scope = ()
        self.layer: Config = {}
        self.stated: tuple[int, ...] | None = None

    def graph(self, title: str) -> Graph:
        """Return the graph."""
        config = self.config["config"]
        layers, last = config["layers"], NONE
        for layer in layers:
            last = self.read(layer, last)
        outputs = self.ends(config, last)
        return Graph(
            title,
            f"Keras, {self.config['class_name']} {config.get('name', '')}".strip(),
            self.inputs,
            self.params,
            tuple(self.calls),
            outputs,
        )

    def ends(self, config: Config, last: str) -> tuple[str, ...]:
        """Return the values that a model gives."""
        ends = config.get("output_layers") or []
        ends = [ends] if ends and isinstance(ends[0], str) else ends
        return tuple(self.value(end[0], end[1]) for end in ends) or (last,)

    def nested(self, name: str, inputs: list[Any], out: str) -> None:
        """Read a model that is a layer of another one."""
        config, around, outer = self.layer["config"], self.prefix, self.layer
        self.prefix, last, given = f"{around}{name}/", str(inputs[0]), iter(inputs)
        for layer in config["layers"]:
            if layer["class_name"] == "InputLayer":
                self.layer = layer
                last = self.add("same", [next(given)], self.value(layer["config"]["name"], 0))
            else:
                last = self.read(layer, last)
        (end,) = self.ends(config, last)
        self.prefix, self.layer = around, outer
        self.add("same", [end], out)

    def value(self, layer: str, call: int) -> str:
        """Return the name of a layer's output."""
        return f"{self.prefix}{layer}:{call}" if call else f"{self.prefix}{layer}"

    def read(self, layer: Config, above: str) -> str:
        """Read one layer with all its calls; return the value that it gives last."""
        kind, config = layer["class_name"], layer.get("config") or {}
        name = layer.get("name") or config["name"]
        self.layer, self.stated = layer, None
        match = GROUP.match(name)
        self.scope = ((match[1], re.sub(r"[\d_]+[a-z]?", "", match[1]) or "block"),) if match else ()
        if kind == "InputLayer":
            return self.input(name, config)
        if not self.inputs:
            self.input("input", config)
            above = "input"
        found = above
        for number, reads in enumerate(_nodes(layer) or [[above]]):
            inputs = [item if not isinstance(item, tuple) else self.value(*item) for item in reads]
            found = self.call(kind, name, inputs, self.value(name, number))
        return found

    def input(self, name: str, config: Config) -> str:
        """Read an input: batch, height, width and channels."""
        sides = (
            config.get("batch_shape") or config.get("batch_input_shape") or self.layer["build_config"]["input_shape"]
        )[1:]
        given = self.given.get(name) if isinstance(self.given, Mapping) else self.given
        if given:
            sides = [*given[1:], given[0]]
        if None in sides:
            words = "x".join("?" if side is None else str(side) for side in sides)
            raise SpecError(f"input {quote(name)} is {words}: give its size, such as 3x224x224, as the input")
        self.inputs[name] = (1, *sides[-1:], *sides[:-1])
        return name

    def call(self, kind: str, name: str, inputs: list[Any], out: str) -> str:
        """Append the calls of one call of a layer."""
        config = self.layer["config"]
        rule = LAYERS.get(kind)
        if config.get("data_format") == "channels_first":
            self.add("", inputs, out, said=f"{kind} with channels first")
        elif kind in MODELS:
            self.nested(name, inputs, out)
        elif rule is None:
            self.add("", inputs, out, said=kind)
        else:
            rule(self, config, inputs, out)
        return out

    def add(self, op: str, inputs: Sequence[Any], out: str, said: str = "", **attrs: Any) -> str:
        """Append one call."""
        said = said or str(self.layer["class_name"])
        self.calls.append(Call(out, op, said, tuple(map(str, inputs)), (out,), attrs, (None,), self.scope))
        return out

    def held(self, what: str, *shape: int, trained: bool = True) -> str:
        """Return the value of a weight; -m in its shape means m times the channels that are read."""
        config = self.layer["config"]
        name = f"{self.prefix}{config['name']}/{what}"
        self.params[name] = Param(name, shape, trained and config.get("trainable", True) is not False)
        return name

    def act(self, config: Config, value: str, out: str) -> str:
        """Append an activation where there is one; its value is `out`."""
        said = config.get("activation") or "linear"
        if isinstance(said, Mapping):
            said = (said.get("config") or {}).get("name") or said.get("class_name")
        name = str(said)
        if name == "linear":
            return self.add("same", [value], out)
        if name == "softmax":
            return self.add("softmax", [value], out, axis=1)
        return self.add(
            "act" if name in ACTIVATIONS else "", [value], out, said=f"activation {name}", name=ACTIVATIONS.get(name)
        )

    def last(self, inner: str, inputs: Sequence[str], out: str, **attrs: Any) -> str:
        """Append a call that sees the channels last, if it reads a map."""
        return self.add("channels_last", inputs, out, inner=inner, attrs=attrs)


def _nodes(layer: Config) -> list[list[Any]]:
    """Return what each call of a layer reads: (layer, call) or a number, by the format of Keras 3 or of Keras 2."""
    found = []
    for node in layer.get("inbound_nodes") or []:
        if isinstance(node, Mapping):
            found.append(_tensors([node.get("args"), node.get("kwargs")]))
        else:
            entries = node if isinstance(node[0], list) else [node]
            found.append([(str(entry[0]), int(entry[1])) for entry in entries])
    return found


def _tensors(item: Any) -> list[Any]:
    """Return the tensors and numbers in the arguments of a call, in order."""
    if isinstance(item, Mapping):
        if item.get("class_name") == "__keras_tensor__":
            layer, call, _ = item["config"]["keras_history"]
            return [(str(layer), int(call))]
        return [found for part in item.values() for found in _tensors(part)]
    if isinstance(item, list):
        return [found for part in item for found in _tensors(part)]
    return [item] if isinstance(item, (int, float)) and not isinstance(item, bool) else []


# layers

Rule = Callable[[LayerReader, Config, list[Any], str], Any]


def _window(config: Config) -> dict[str, Any]:
    """Return the stride, dilation and padding of a window."""
    padding = config.get("padding", "valid")
    pads = {"auto": "same"} if padding == "same" else {"pads": (0, 0, 0, 0)}
    return {"stride": _two(config.get("strides") or 1), "dilation": _two(config.get("dilation_rate") or 1), **pads}


def _two(value: Any) -> tuple[int, int]:
    """Return a size of two sides."""
    sides = tuple(map(int, value)) if isinstance(value, (list, tuple)) else (int(value), int(value))
    if len(sides) != 2:
        raise ValueError(f"a window of {len(sides)} sides")
    return sides[0], sides[1]


def _conv(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    c, k, groups = config["filters"], _two(config["kernel_size"]), config.get("groups") or 1
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv", [inputs[0], reader.held("kernel", c, -1, *k), bias], f"{out}/conv", groups=groups, **_window(config)
    )
    reader.act(config, made, out)


def _depthwise(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    k, m = _two(config["kernel_size"]), config.get("depth_multiplier") or 1
    bias = reader.held("bias", -m) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv", [inputs[0], reader.held("kernel", -m, 1, *k), bias], f"{out}/conv", groups=0, **_window(config)
    )
    reader.act(config, made, out)


def _separable(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    k, m, c = _two(config["kernel_size"]), config.get("depth_multiplier") or 1, config["filters"]
    first = reader.add(
        "conv", [inputs[0], reader.held("depthwise", -m, 1, *k), NONE], f"{out}/dw", groups=0, **_window(config)
    )
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv",
        [first, reader.held("pointwise", c, -1, 1, 1), bias],
        f"{out}/pw",
        groups=1,
        stride=(1, 1),
        dilation=(1, 1),
        pads=(0, 0, 0, 0),
    )
    reader.act(config, made, out)


def _dense(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    c = config["units"]
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.last("linear", [inputs[0], reader.held("kernel", c, -1), bias], f"{out}/dense")
    reader.act(config, made, out)


def _norm(op: str) -> Rule:
    def norm(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        if axis not in (-1, 3):
            reader.add("", inputs, out, said=f"{reader.layer['class_name']} of axis {axis}")
            return
        gamma = reader.held("gamma", -1) if config.get("scale", True) else NONE
        beta = reader.held("beta", -1) if config.get("center", True) else NONE
        groups = {"groups": config["groups"]} if "groups" in config else {}
        (reader.last if op == "layer_norm" else reader.add)(op, [inputs[0], gamma, beta], out, **groups)

    return norm


def _pool(op: str) -> Rule:
    def pool(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
        k = _two(config["pool_size"])
        window = _window({**config, "strides": config.get("strides") or k})
        reader.add(op, inputs, out, k=k, s=window.pop("stride"), d=window.pop("dilation"), **window)

    return pool


def _global(op: str) -> Rule:
    return lambda reader, config, inputs, out: reader.add(
        op, inputs, out, axes=[2, 3], keep=bool(config.get("keepdims"))
    )


def _zero_padding(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    sides = config["padding"]
    pairs = [sides, sides] if isinstance(sides, int) else list(sides)
    (top, bottom), (left, right) = (side if isinstance(side, list) else [side, side] for side in pairs)
    sign = -1 if reader.layer["class_name"] == "Cropping2D" else 1
    reader.add("pad", inputs, out, pads=[sign * side for side in (left, right, top, bottom)], mode="constant")


def _relu(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    most, slope = config.get("max_value"), config.get("negative_slope") or config.get("alpha") or 0
    name = "leaky_relu" if slope else {None: "relu", 6: "relu6"}.get(most, "")
    reader.add("act" if name else "", inputs, out, said=f"ReLU up to {most}", name=name)


def _prelu(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    shared = sorted(config.get("shared_axes") or [])
    slopes = {(1, 2): -1, (1, 2, 3): 1}.get(tuple(shared))
    if slopes is None:
        reader.add("", inputs, out, said="PReLU with a slope for each element")
    else:
        reader.add("prelu", [*inputs, reader.held("alpha", slopes)], out)


def _binary(op: str) -> Rule:
    def binary(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
        numbers = [item for item in inputs if isinstance(item, (int, float))]
        values = [item for item in inputs if not isinstance(item, (int, float))]
        if numbers:
            reader.add("scalar", values[:1], out, kind=op, value=numbers[0], left=inputs[0] is numbers[0])
            return
        found = values[0]
        for index, other in enumerate(values[1:], 2):
            found = reader.add(op, [found, other], out if index == len(values) else f"{out}/{index}")

    return binary


def _concat(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    axis = config.get("axis", -1)
    values = [item for item in inputs if not isinstance(item, (int, float))]
    reader.add("concat" if axis in (-1, 3) else "", values, out, said=f"Concatenate of axis {axis}", axis=1)


def _layer_scale(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    reader.add("mul", [inputs[0], reader.held("gamma", -1)], out)


def _same(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    reader.add("same", inputs[:1], out)


def _preparing(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    reader.add("scalar", inputs[:1], out, kind=reader.layer["class_name"], value=1, left=False)


def _flatten(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    reader.last("flatten", inputs, out, first=1, last=-1)


def _reshape(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    shape = config["target_shape"]
    if len(shape) == 3:
        reader.last("reshape", inputs[:1], out, shape=[1, *shape])
    else:
        reader.add(
            "reshape" if len(shape) == 1 else "",
            inputs[:1],
            out,
            said=f"Reshape to {len(shape)} axes",
            shape=[1, *shape],
        )


def _upsampling(reader: LayerReader, config: Config, inputs: list[Any], out: str) -> None:
    reader.add(
        "resize", inputs, out, scale=list(_two(config["size"])), size=None, mode=config.get("interpolation", "nearest")
    )


LAYERS: Mapping[str, Rule] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Dense": _dense,
    "BatchNormalization": _norm("batch_norm"),
    "LayerNormalization": _norm("layer_norm"),
    "GroupNormalization": _norm("group_norm"),
    "MaxPooling2D": _pool("maxpool"),
    "AveragePooling2D": _pool("avgpool"),
    "GlobalAveragePooling2D": _global("mean"),
    "GlobalMaxPooling2D": _global("amax"),
    "ZeroPadding2D": _zero_padding,
    "Activation": lambda reader, config, inputs, out: reader.act(config, inputs[0], out),
    "ReLU": _relu,
    "LeakyReLU": lambda reader, config, inputs, out: reader.add("act", inputs, out, name="leaky_relu"),
    "PReLU": _prelu,
    "Softmax": lambda reader, config, inputs, out: reader.add("softmax", inputs, out, axis=1),
    "Add": _binary("add"),
    "Multiply": _binary("mul"),
    "Subtract": _binary("sub"),
    "CustomScaleLayer": _binary("add"),  # of Keras' Inception-ResNet: x + 0.17 * y
    "Concatenate": _concat,
    "LayerScale": _layer_scale,
    **dict.fromkeys(("Dropout", "SpatialDropout2D", "StochasticDepth", "GaussianNoise", "Identity"), _same),
    **dict.fromkeys(("Rescaling", "Normalization"), _preparing),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "UpSampling2D": _upsampling,
    "Cropping2D": lambda reader, config, inputs, out: _zero_padding(
        reader, {**config, "padding": config["cropping"]}, inputs, out
    ),
}
