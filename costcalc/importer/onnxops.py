"""ONNX's operators -> neutral nodes: a table of what each one is, its inputs and attributes, those of quantised ones too."""

# ruff: noqa: E501 - one operator a line

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple


def number_of(value: Any) -> Any:
    """Return the only number that lists in lists hold, or None."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return None if isinstance(value, list) else value


class From(NamedTuple):
    """An attribute that an input gives by value."""

    place: int
    default: Any = None


class FileNode(NamedTuple):
    """A node of a file: its attributes by name, how many inputs it has, the version of the operators."""

    attrs: Mapping[str, Any]
    inputs: int
    version: int

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute."""
        return self.attrs.get(name, default)

    def either(self, name: str, index: int, default: Any = None) -> Any:
        """Return what an attribute gives in older versions and an input in newer ones."""
        return self.attrs[name] if name in self.attrs else From(index, default)


Meaning = tuple[str, Sequence[int], dict[str, Any]]  # neutral op, the inputs that it reads, its attributes


def _pads(op: FileNode) -> dict[str, Any]:
    """Return the padding of a window: top, bottom, left, right."""
    auto = op.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        return {"auto": "same" if auto == "SAME_UPPER" else "lower"}
    given = op.get("pads") or [0, 0, 0, 0]
    if len(given) == 2:
        return {"pads": tuple(given)}
    if len(given) == 6:
        return {"auto": "pads of three sides"}
    if len(given) != 4:
        raise ValueError("pads of no window")
    return {"pads": (given[0], given[2], given[1], given[3])}


def _conv(op: FileNode) -> Meaning:
    attrs = {
        "stride": tuple(op.get("strides") or (1, 1)),
        "dilation": tuple(op.get("dilations") or (1, 1)),
        "groups": op.get("group", 1),
    }
    return "conv", (0, 1, 2), attrs | _pads(op)


def _conv_transpose(op: FileNode) -> Meaning:
    extra = {"extra": tuple(op.get("output_padding") or (0, 0)), "shape": op.get("output_shape")}
    return "conv_transpose", (0, 1, 2), _conv(op)[2] | extra


def _pool(kind: str) -> Callable[[FileNode], Meaning]:
    def pool(op: FileNode) -> Meaning:
        k = tuple(op.get("kernel_shape") or ())
        attrs = {
            "k": k,
            "s": tuple(op.get("strides") or [1] * len(k)),
            "d": tuple(op.get("dilations") or (1, 1)),
            "ceil": bool(op.get("ceil_mode", 0)),
        }
        return kind, (0,), attrs | _pads(op)

    return pool


def _gemm(op: FileNode) -> Meaning:
    if op.get("transA", 0):
        return "transposed Gemm", (0,), {}
    return "linear", (0, 1, 2), {"turned": not op.get("transB", 0)}


def _reduce(kind: str) -> Callable[[FileNode], Meaning]:
    return lambda op: (kind, (0,), {"axes": op.either("axes", 1), "keep": bool(op.get("keepdims", 1))})


def _pair(kind: str) -> Callable[[FileNode], Meaning]:
    return lambda op: (kind, (0, 1), {})


def _one(kind: str) -> Callable[[FileNode], Meaning]:
    return lambda op: (kind, (0,), {})


def _act(name: str) -> Callable[[FileNode], Meaning]:
    return lambda op: ("act", (0,), {"name": name})


def _pad(op: FileNode) -> Meaning:
    return "pad_onnx", (0,), {"pads": op.either("pads", 1), "mode": op.get("mode", "constant")}


def _hard_sigmoid(op: FileNode) -> Meaning:
    sixth = abs(op.get("alpha", 0.2) - 1 / 6) < 1e-4
    return "act", (0,), {"name": "hsigmoid", "sixth": sixth}


def _resize(op: FileNode) -> Meaning:
    scale = From(1) if op.version < 11 and op.inputs == 2 else From(2)
    return (
        "resize",
        (0,),
        {
            "scale": op.get("scales") or scale,
            "size": From(3) if op.inputs > 3 else None,
            "mode": op.get("mode", "nearest"),
        },
    )


def _softmax(op: FileNode) -> Meaning:
    return "softmax", (0,), {"axis": op.get("axis", -1 if op.version >= 13 else 1)}


SCALES_OF_TWO = (1, 2, 4, 5, 6, 7)  # inputs of a quantised product that are scales and zero points
LAST: Meaning = ("channels last", (0,), {})

TABLE: Mapping[str, Callable[[FileNode], Meaning]] = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Gemm": _gemm,
    "MatMul": lambda op: ("matmul", (0, 1), {}),
    "BatchNormalization": lambda op: ("batch_norm", (0, 1, 2, 3, 4), {}),
    "LayerNormalization": lambda op: ("layer_norm", (0, 1, 2), {"axis": op.get("axis", -1)}),
    "RMSNormalization": lambda op: ("layer_norm", (0, 1), {"axis": op.get("axis", -1), "norm": "rms"}),
    "InstanceNormalization": lambda op: ("instance_norm", (0, 1, 2), {}),
    "GroupNormalization": lambda op: ("group_norm", (0, 1, 2), {"groups": op.get("num_groups")}),
    "LRN": _act("lrn"),
    **{name: _act(word) for name, word in {"Relu": "relu", "Sigmoid": "sigmoid", "Tanh": "tanh", "LeakyRelu": "leaky_relu", "HardSwish": "hswish", "Elu": "elu", "Selu": "selu", "Softplus": "softplus", "Mish": "mish", "Gelu": "gelu", "Erf": "erf", "Sqrt": "sqrt", "Exp": "exp"}.items()},
    "HardSigmoid": _hard_sigmoid,
    "PRelu": lambda op: ("prelu", (0, 1), {}),
    "Clip": lambda op: ("clamp", (0,), {"min": op.either("min", 1), "max": op.either("max", 2)}),
    "MaxPool": _pool("maxpool"),
    "AveragePool": _pool("avgpool"),
    "GlobalAveragePool": lambda op: ("adaptive", (0,), {"to": (1, 1), "kind": "avgpool"}),
    "GlobalMaxPool": lambda op: ("adaptive", (0,), {"to": (1, 1), "kind": "maxpool"}),
    "ReduceMean": _reduce("mean"),
    "ReduceSum": _reduce("sum"),
    "ReduceMax": _reduce("amax"),
    "ReduceL2": _reduce("lengths"),
    "ReduceProd": _reduce("prod"),
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Reshape": lambda op: ("reshape", (0,), {"shape": op.either("shape", 1)}),
    "Flatten": lambda op: ("flatten_onnx", (0,), {"axis": op.get("axis", 1)}),
    "Transpose": lambda op: ("permute", (0,), {"order": op.get("perm")}),
    "Squeeze": lambda op: ("squeeze", (0,), {"axes": op.either("axes", 1)}),
    "Unsqueeze": lambda op: ("unsqueeze", (0,), {"axes": op.either("axes", 1)}),
    "Concat": lambda op: ("concat", range(op.inputs), {"axis": op.get("axis", 1)}),
    "Split": lambda op: ("split", (0,), {"axis": op.get("axis", 0), "size": op.either("split", 1)}),
    "Slice": lambda op: ("slices", (0,), {"start": op.either("starts", 1), "stop": op.either("ends", 2), "axes": op.either("axes", 3), "step": From(4)}),
    "Gather": lambda op: ("gather", (0, 1), {"axis": op.get("axis", 0)}),
    "Expand": lambda op: ("expand", (0, 1), {}),
    "Pad": _pad,
    "Resize": _resize,
    "Upsample": _resize,
    "SpaceToDepth": lambda op: ("unshuffle", (0,), {"by": op.get("blocksize")}),
    "DepthToSpace": lambda op: ("pixel_shuffle", (0,), {"by": op.get("blocksize")}),
    "Shape": lambda op: ("shape", (0,), {"start": op.get("start", 0), "end": op.get("end")}),
    "Cast": lambda op: ("same", (0,), {"to": op.get("to")}),
    "CastLike": lambda op: ("same", (0,), {}),
    "Range": lambda op: ("range", (0, 1, 2), {}),
    "Where": lambda op: ("where", (0, 1, 2), {}),
    "ScatterND": lambda op: ("scatter", (0, 1, 2), {}),
    "ConstantOfShape": lambda op: ("filled", (0,), {"value": number_of(op.get("value", 0))}),
    "Einsum": lambda op: ("einsum", range(op.inputs), {"equation": op.get("equation", "")}),
    "GatherND": lambda op: ("index", (0,), {}),
    **{name: _one(kind) for name, kind in {"Ceil": "ceil", "Floor": "floor", "Not": "not", "Neg": "negative"}.items()},
    **{name: lambda op: ("same", (0,), {}) for name in ("Identity", "Dropout", "Contiguous")},
    **{name: _pair(kind) for name, kind in {"Add": "add", "Sub": "sub", "Mul": "mul", "Div": "div", "Pow": "pow", "Max": "maximum", "Min": "minimum", "Mod": "mod", "Equal": "equal", "Greater": "greater", "Less": "less", "And": "both", "Or": "either"}.items()},
    **{name: lambda op: ("control flow", range(op.inputs), {}) for name in ("If", "Loop", "Scan", "SequenceMap")},
    "QuantizeLinear": lambda op: ("quantised", range(op.inputs), {}),
    "DequantizeLinear": lambda op: ("quantised", range(op.inputs), {}),
    "DynamicQuantizeLinear": lambda op: ("quantised", (0,), {}),
    "ConvInteger": lambda op: ("conv", (0, 1, -1, 2, 3), _conv(op)[2]),
    "MatMulInteger": lambda op: ("matmul", (0, 1, 2, 3), {}),
    "QLinearConv": lambda op: ("conv", (0, 3, 8, *SCALES_OF_TWO), _conv(op)[2]),
    "QLinearMatMul": lambda op: ("matmul", (0, 3, *SCALES_OF_TWO), {}),
}  # fmt: skip
# What ONNX Runtime's quantisation writes besides, of its own domain.
QUANTISED: Mapping[str, Callable[[FileNode], Meaning]] = {
    "QLinearAdd": lambda op: ("add", (0, 3), {}),
    "QLinearMul": lambda op: ("mul", (0, 3), {}),
    "QLinearConcat": lambda op: ("concat", range(2, op.inputs, 3), {"axis": op.get("axis", 1)}),
    "QLinearSigmoid": _act("sigmoid"),
    "QLinearLeakyRelu": _act("leaky_relu"),
    "QLinearSoftmax": _softmax,
    "QLinearAveragePool": lambda op: LAST if op.get("channels_last") else _pool("avgpool")(op),
    "QLinearGlobalAveragePool": lambda op: LAST if op.get("channels_last") else TABLE["GlobalAveragePool"](op),
    "QGemm": lambda op: (_gemm(op)[0], (0, 3, 6, 1, 2, 4, 5, 7, 8), _gemm(op)[2]),
}
DOMAINS = {"": TABLE, "ai.onnx": TABLE, "com.microsoft": QUANTISED}
# Of operators whose weights may be whole numbers: the inputs that are weights.
WEIGHTS = {"DequantizeLinear": (0,), "QLinearConv": (3, 8), "QLinearMatMul": (3,), "QGemm": (3, 6), "ConvInteger": (1,), "MatMulInteger": (1,)}  # fmt: skip
