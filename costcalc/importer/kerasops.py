"""Keras' layers -> neutral calls: a rule for each class, in one table. Values have their channels first."""

# ruff: noqa: E501 - one layer a line

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from costcalc.importer.graph import NONE

if TYPE_CHECKING:
    from costcalc.importer.kerasreader import Config, LayerReader

Rule = Callable[["LayerReader", "Config", list[Any], str], Any]
ACTIVATIONS = {"relu": "relu", "relu6": "relu6", "sigmoid": "sigmoid", "tanh": "tanh", "swish": "silu", "silu": "silu", "gelu": "gelu", "hard_sigmoid": "hsigmoid", "hard_swish": "hswish", "hard_silu": "hswish", "elu": "elu", "selu": "selu", "softplus": "softplus", "mish": "mish", "leaky_relu": "leaky_relu"}  # fmt: skip
LINE = "1D"  # in the name of a layer of one side


def _window(config: "Config") -> dict[str, Any]:
    """Return the stride, dilation and padding of a window; one of one side is that of a map of one line."""
    padding = config.get("padding", "valid")
    pads: dict[str, Any] = {"auto": "same"} if padding == "same" else {"pads": (0, 0, 0, 0)}
    if padding == "causal":
        pads = {"pads": (0, 0, (_two(config["kernel_size"])[1] - 1) * _two(config.get("dilation_rate") or 1)[1], 0)}
    return {"stride": _two(config.get("strides") or 1), "dilation": _two(config.get("dilation_rate") or 1), **pads}


def _two(value: Any) -> tuple[int, int]:
    """Return a size of two sides."""
    sides = tuple(map(int, value)) if isinstance(value, (list, tuple)) else (int(value), int(value))
    if len(sides) == 1:
        return 1, sides[0]
    if len(sides) != 2:
        raise ValueError(f"a window of {len(sides)} sides")
    return sides[0], sides[1]


def _kernel(reader: "LayerReader", config: "Config") -> tuple[int, ...]:
    """Return the kernel's size: of one side in a layer of one."""
    return _two(config["kernel_size"])[-1 if LINE in reader.layer["class_name"] else 0 :]


def _conv(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    c, k, groups = config["filters"], _kernel(reader, config), config.get("groups") or 1
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv", [inputs[0], reader.held("kernel", c, -1, *k), bias], f"{out}/conv", groups=groups, **_window(config)
    )
    reader.act(config, made, out)


def _depthwise(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    k, m = _kernel(reader, config), config.get("depth_multiplier") or 1
    bias = reader.held("bias", -m) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv", [inputs[0], reader.held("kernel", -m, 1, *k), bias], f"{out}/conv", groups=0, **_window(config)
    )
    reader.act(config, made, out)


def _separable(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    k, m, c = _kernel(reader, config), config.get("depth_multiplier") or 1, config["filters"]
    first = reader.add(
        "conv", [inputs[0], reader.held("depthwise", -m, 1, *k), NONE], f"{out}/dw", groups=0, **_window(config)
    )
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.add(
        "conv",
        [first, reader.held("pointwise", c, -1, *(1 for _ in k)), bias],
        f"{out}/pw",
        groups=1,
        stride=(1, 1),
        dilation=(1, 1),
        pads=(0, 0, 0, 0),
    )
    reader.act(config, made, out)


def _dense(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    c = config["units"]
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    made = reader.last("linear", [inputs[0], reader.held("kernel", c, -1), bias], f"{out}/dense")
    reader.act(config, made, out)


def _norm(op: str) -> Rule:
    def norm(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        ends = {len(shape) - 1 for shape in reader.shapes()} or {3}
        if axis not in {-1, *ends}:
            reader.add("", inputs, out, said=f"{reader.layer['class_name']} of axis {axis}")
            return
        gamma = reader.held("gamma", -1) if config.get("scale", True) else NONE
        beta = reader.held("beta", -1) if config.get("center", True) else NONE
        groups = {"groups": config["groups"]} if "groups" in config else {}
        (reader.last if op == "layer_norm" else reader.add)(op, [inputs[0], gamma, beta], out, **groups)

    return norm


def _rms(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    if config.get("axis", -1) in (-1, [-1]):
        reader.last("layer_norm", [inputs[0], reader.held("scale", -1)], out, norm="rms")
    else:
        reader.add("", inputs, out, said=f"RMSNormalization of axis {config['axis']}")


def _pool(op: str) -> Rule:
    def pool(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
        k = _two(config["pool_size"])
        window = _window({**config, "strides": config.get("strides") or k})
        reader.add(op, inputs, out, k=k, s=window.pop("stride"), d=window.pop("dilation"), **window)

    return pool


def _global(op: str) -> Rule:
    return lambda reader, config, inputs, out: reader.add(
        op,
        inputs,
        out,
        axes=[2] if LINE in reader.layer["class_name"] else [2, 3],
        keep=bool(config.get("keepdims")),
    )


def _zero_padding(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    sides = config["padding"]
    line = LINE in reader.layer["class_name"]
    pairs = [sides] * (2 - line) if isinstance(sides, int) else [sides] if line else list(sides)
    ends = [end for side in reversed(pairs) for end in (side if isinstance(side, list) else [side, side])]
    if len(ends) != 4 - 2 * line:
        raise ValueError(f"padding of {len(ends) // 2} sides")
    sign = -1 if reader.layer["class_name"].startswith("Cropping") else 1
    reader.add("pad", inputs, out, pads=[sign * end for end in ends], mode="constant")


def _pad(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    batch, *sides, channels = config["pad_width"]
    plain = batch == [0, 0] and config.get("mode") == "constant"
    pads = [end for side in (*reversed(sides), channels) for end in side]
    reader.add(
        "pad" if plain else "", inputs[:1], out, said="Pad of the batch, or of a mode", pads=pads, mode="constant"
    )


def _relu(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    most, slope = config.get("max_value"), config.get("negative_slope") or config.get("alpha") or 0
    name = "leaky_relu" if slope else {None: "relu", 6: "relu6"}.get(most, "")
    reader.add("act" if name else "", inputs, out, said=f"ReLU up to {most}", name=name)


def _prelu(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    shared = sorted(config.get("shared_axes") or [])
    slopes = {(1, 2): -1, (1, 2, 3): 1}.get(tuple(shared))
    if slopes is None:
        reader.add("", inputs, out, said="PReLU with a slope for each element")
    else:
        reader.add("prelu", [*inputs, reader.held("alpha", slopes)], out)


def _binary(op: str) -> Rule:
    def binary(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
        numbers = [item for item in inputs if isinstance(item, (int, float))]
        values = [item for item in inputs if not isinstance(item, (int, float))]
        if numbers:
            reader.add("scalar", values[:1], out, kind=op, value=numbers[0], left=inputs[0] is numbers[0])
            return
        found = values[0]
        for index, other in enumerate(values[1:], 2):
            found = reader.add(op, [found, other], out if index == len(values) else f"{out}/{index}")

    return binary


def _concat(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    axis = config.get("axis", -1)
    values = [item for item in inputs if not isinstance(item, (int, float))]
    reader.add("concat" if axis in (-1, 3) else "", values, out, said=f"Concatenate of axis {axis}", axis=1)


def _layer_scale(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.add("mul", [inputs[0], reader.held("gamma", -1)], out)


def _same(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.add("same", inputs[:1], out)


def _preparing(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.add("scalar", inputs[:1], out, kind=reader.layer["class_name"], value=1, left=False)


def _flatten(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.last("flatten", inputs, out, first=1, last=-1)


def _reshape(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.last("reshape", inputs[:1], out, shape=[1, *config["target_shape"]])


def _permute(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.last("permute", inputs, out, order=[0, *config["dims"]])


def _item(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower `x[..., a:b]`: parts of axes, one after the other."""
    (rank,) = (len(shape) for shape in reader.shapes())
    items = reader.node["args"][1]
    items = list(items) if isinstance(items, list) else [items]
    dots = [at for at, item in enumerate(items) if isinstance(item, Mapping) and item["class_name"] == "__ellipsis__"]
    if dots:
        items[dots[0] : dots[0] + 1] = [None] * (rank - len(items) + 1)
    found, axis = inputs[0], 0
    for number, item in enumerate(items):
        if isinstance(item, int):
            found = reader.last("select", [found], f"{out}/{number}", axis=axis, index=item)
            continue
        part = item["config"] if item is not None else {}
        if any(part.get(end) is not None for end in ("start", "stop", "step")):
            start, step = part.get("start") or 0, part.get("step") or 1
            found = reader.last(
                "slice", [found], f"{out}/{number}", axis=axis, start=start, stop=part.get("stop"), step=step
            )
        axis += 1
    reader.add("same", [found], out)


def _attention(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower multi-head attention: three products, that of queries and keys, that of values, and the output's."""
    query, value, *key = inputs
    heads, biased = config["num_heads"], config.get("use_bias", True)
    k = config["key_dim"]
    v = config.get("value_dim") or k
    if config.get("attention_axes") not in (None, [1]) or config.get("output_shape") or len(key) > 1:
        reader.add("", inputs, out, said="MultiHeadAttention over axes, or to a shape")
        return
    parts = []
    for name, x, width in (("query", query, k), ("key", key[0] if key else value, k), ("value", value, v)):
        held = [
            reader.held(f"{name}/kernel", heads * width, -1),
            reader.held(f"{name}/bias", heads * width) if biased else NONE,
        ]
        places = reader.add("permute", [x], f"{out}/{name}/last", order=[0, 2, 1])
        made = reader.add("linear", [places, *held], f"{out}/{name}")
        split = reader.add("unflatten", [made], f"{out}/{name}/heads", axis=2, shape=[heads, width])
        parts.append(reader.add("permute", [split], f"{out}/{name}/first", order=[0, 2, 1, 3]))
    seen = reader.add("attention", [*parts, NONE], f"{out}/seen")
    turned = reader.add("permute", [seen], f"{out}/turned", order=[0, 2, 1, 3])
    flat = reader.add("flatten", [turned], f"{out}/flat", first=2, last=3)
    c = reader.shapes()[0][-1]
    held = [
        reader.held("attention_output/kernel", c, heads * v),
        reader.held("attention_output/bias", c) if biased else NONE,
    ]
    last = reader.add("linear", [flat, *held], f"{out}/output")
    reader.add("permute", [last], out, order=[0, 2, 1])


def _dot_attention(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower attention without weights: queries, values, and keys, which are the values where there are none."""
    if config.get("use_scale") or config.get("score_mode", "dot") != "dot" or not 2 <= len(inputs) <= 3:
        reader.add("", inputs, out, said="Attention with a learnt scale, or by other scores")
        return
    parts = [reader.add("permute", [x], f"{out}/{at}", order=[0, 2, 1]) for at, x in enumerate(inputs)]
    seen = reader.add("attention", [parts[0], parts[-1], parts[1], NONE], f"{out}/seen")
    reader.add("permute", [seen], out, order=[0, 2, 1])


def _each_step(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower a layer of features that runs at each step of a sequence, as it does by itself."""
    inner, outer = config["layer"], reader.layer
    if inner["class_name"] not in EACH_STEP or len(reader.shapes()[0]) != len(("batch", "steps", "features")):
        reader.add("", inputs, out, said=f"TimeDistributed of {inner['class_name']}")
        return
    reader.layer = inner
    LAYERS[inner["class_name"]](reader, inner["config"], inputs, out)
    reader.layer = outer


def _augmenting(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.add("elementwise", inputs[:1], out, name=f"{reader.layer['class_name']}, which is for training")


def _average(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    _binary("add")(reader, config, inputs, f"{out}/sum")
    reader.add("scalar", [f"{out}/sum"], out, kind="div", value=len(inputs), left=False)


def _transposed(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower a transposed convolution: `same` gives as many places as strides there are."""
    c, k, groups = config["filters"], _kernel(reader, config), config.get("groups") or 1
    attrs = _window(config)
    if config.get("output_padding") is not None or groups > 1:
        reader.add("", inputs, out, said=f"{reader.layer['class_name']} in groups, or with padding of its output")
        return
    sides = list(zip(_two(config["kernel_size"]), attrs["stride"], attrs["dilation"], strict=True))
    over = [d * (size - 1) + 1 - s for size, s, d in sides]
    cut = [max(0, more) if attrs.get("auto") else 0 for more in over]
    pads = tuple(end for more in cut for end in (more // 2, more - more // 2))
    bias = reader.held("bias", c) if config.get("use_bias", True) else NONE
    extra = tuple(max(0, -more) for more in over)
    made = reader.add(
        "conv_transpose",
        [inputs[0], reader.held("kernel", -1, c, *k), bias],
        f"{out}/conv",
        groups=1,
        stride=attrs["stride"],
        dilation=attrs["dilation"],
        pads=pads,
        extra=extra,
    )
    reader.act(config, made, out)


def _recurrent(kind: str) -> Rule:
    def recurrent(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
        both = reader.layer["class_name"] == "Bidirectional"
        inner = config["layer"]["config"] if both else config
        biases = (
            (1 + (kind == "gru" and inner.get("reset_after", True) is not False)) if inner.get("use_bias", True) else 0
        )
        state = not inner.get("return_sequences")
        if len(inputs) > 1 or inner.get("return_state") or (both and config.get("merge_mode") != "concat"):
            reader.add(
                "", inputs, out, said=f"{reader.layer['class_name']} with states, or of two ways not side by side"
            )
            return
        c, gates = inner["units"], {"lstm": 4, "gru": 3}[kind]
        held = [
            name
            for way in ("forward", "backward")[: 1 + both]
            for name in (
                reader.held(f"{way}/kernel", gates * c, -1),
                reader.held(f"{way}/recurrent", gates * c, c),
                *([reader.held(f"{way}/bias", biases, gates * c)] if biases else []),
            )
        ]
        attrs = {"kind": kind, "layers": 1, "directions": 1 + both, "biases": biases, "held": len(held), "state": state}
        reader.last("recurrent", [inputs[0], *held], out, **attrs)

    return recurrent


def _bidirectional(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    kind = str(config["layer"]["class_name"]).lower()
    if kind in ("lstm", "gru"):
        _recurrent(kind)(reader, config, inputs, out)
    else:
        reader.add("", inputs, out, said=f"Bidirectional of {config['layer']['class_name']}")


def _resizing(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    plain = not (config.get("crop_to_aspect_ratio") or config.get("pad_to_aspect_ratio"))
    size = [config["height"], config["width"]]
    reader.add(
        "resize" if plain else "", inputs, out, size=size, scale=None, mode=config.get("interpolation", "bilinear")
    )


def _own(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    """Lower a layer that `export` writes: learnt factors, summands or tokens, a local response norm."""
    kind = reader.layer["class_name"]
    if reader.layer.get("registered_name") != f"costcalc>{kind}":
        reader.add("", inputs, out, said=kind)
    elif kind == "LRN":
        reader.add("act", inputs, out, name="lrn")
    elif kind == "Tokens":
        reader.last("concat", [reader.held("learnt", 1, 1, config["extra"], -1), inputs[0]], out, axis=2)
    else:
        reader.last(
            "mul" if kind == "Scale" else "add",
            [inputs[0], reader.held("learnt", *_learnt(reader, config["per"]))],
            out,
        )


def _learnt(reader: "LayerReader", per: str) -> Sequence[int]:
    """Return the shape of what is learnt for each channel, for each element, or for all."""
    return {"channel": (-1,), "layer": (1,)}.get(per) or tuple(reader.shapes()[0][1:])


def _upsampling(reader: "LayerReader", config: "Config", inputs: list[Any], out: str) -> None:
    reader.add(
        "resize", inputs, out, scale=list(_two(config["size"])), size=None, mode=config.get("interpolation", "nearest")
    )


EACH_STEP = ("Dense", "Activation", "Dropout", "LayerNormalization")  # what a step is given that alone, or all at once
LAYERS: Mapping[str, Rule] = {
    **dict.fromkeys(("Conv1D", "Conv2D"), _conv),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose"), _transposed),
    "Dense": _dense,
    "BatchNormalization": _norm("batch_norm"),
    "LayerNormalization": _norm("layer_norm"),
    "RMSNormalization": _rms,
    "GroupNormalization": _norm("group_norm"),
    **dict.fromkeys(("MaxPooling1D", "MaxPooling2D"), _pool("maxpool")),
    **dict.fromkeys(("AveragePooling1D", "AveragePooling2D"), _pool("avgpool")),
    **dict.fromkeys(("GlobalAveragePooling1D", "GlobalAveragePooling2D"), _global("mean")),
    **dict.fromkeys(("GlobalMaxPooling1D", "GlobalMaxPooling2D"), _global("amax")),
    **dict.fromkeys(("ZeroPadding1D", "ZeroPadding2D"), _zero_padding),
    "Pad": _pad,
    "Activation": lambda reader, config, inputs, out: reader.act(config, inputs[0], out),
    "ReLU": _relu,
    "LeakyReLU": lambda reader, config, inputs, out: reader.add("act", inputs, out, name="leaky_relu"),
    "ELU": lambda reader, config, inputs, out: reader.add("act", inputs, out, name="elu"),
    "PReLU": _prelu,
    "Softmax": lambda reader, config, inputs, out: reader.add("softmax", inputs, out, axis=1),
    "Add": _binary("add"),
    "Multiply": _binary("mul"),
    "Subtract": _binary("sub"),
    "Maximum": _binary("maximum"),
    "Minimum": _binary("minimum"),
    "Average": _average,
    "Attention": _dot_attention,
    "TimeDistributed": _each_step,
    **dict.fromkeys(("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomContrast", "RandomBrightness"), _augmenting),
    **dict.fromkeys(("GaussianDropout", "AlphaDropout", "ActivityRegularization"), _same),
    "CustomScaleLayer": _binary("add"),  # of Keras' Inception-ResNet: x + 0.17 * y
    "Concatenate": _concat,
    "LayerScale": _layer_scale,
    **dict.fromkeys(("Dropout", "SpatialDropout1D", "SpatialDropout2D", "StochasticDepth", "GaussianNoise", "Identity"), _same),
    **dict.fromkeys(("Rescaling", "Normalization"), _preparing),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "GetItem": _item,
    "Matmul": lambda reader, config, inputs, out: reader.last("matmul", inputs, out),
    "MultiHeadAttention": _attention,
    "LSTM": _recurrent("lstm"),
    "GRU": _recurrent("gru"),
    "Bidirectional": _bidirectional,
    **dict.fromkeys(("UpSampling1D", "UpSampling2D"), _upsampling),
    "Resizing": _resizing,
    **dict.fromkeys(("Scale", "Offset", "Tokens", "LRN"), _own),
    **dict.fromkeys(("Cropping1D", "Cropping2D"), lambda reader, config, inputs, out: _zero_padding(reader, {**config, "padding": config["cropping"]}, inputs, out)),
}  # fmt: skip
