"""PyTorch's ATen operators -> neutral nodes: a table of signatures and of what each one is."""

# ruff: noqa: E501 - one operator a line

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from costcalc.importer.graph import NONE, Call, Graph, Param, Scope

Bound = dict[str, Any]
Neutral = tuple[str, list[Any], dict[str, Any]]


def _pair(value: Any, default: int = 1) -> tuple[int, ...]:
    """Return a size of two sides."""
    values = [default] if value is None or value == [] else value if isinstance(value, list) else [value]
    return tuple(values * 2) if len(values) == 1 else tuple(values)


def _sides(value: Any) -> tuple[int, int, int, int]:
    """Return padding of two sides as top, bottom, left, right."""
    h, w = _pair(value, 0)
    return h, h, w, w


def _conv(a: Bound) -> Neutral:
    same = a["padding"] == "same"
    pads = {"auto": "same"} if same else {"pads": _sides(0 if a["padding"] == "valid" else a["padding"])}
    attrs = {"stride": _pair(a["stride"]), "dilation": _pair(a["dilation"]), "groups": a["groups"] or 1, **pads}
    if a.get("transposed"):
        return "conv_transpose", [a["x"], a["w"], a["b"]], {**attrs, "extra": _pair(a["extra"], 0)}
    return "conv", [a["x"], a["w"], a["b"]], attrs


def _pool(kind: str) -> Callable[[Bound], Neutral]:
    def pool(a: Bound) -> Neutral:
        k = _pair(a["k"])
        attrs = {"k": k, "s": _pair(a["s"]) if a["s"] else k, "pads": _sides(a["p"]), "ceil": bool(a["ceil"])}
        return kind, [a["x"]], {**attrs, "d": _pair(a.get("d"))}

    return pool


def _adaptive(kind: str) -> Callable[[Bound], Neutral]:
    return lambda a: ("adaptive", [a["x"]], {"to": _pair(a["to"]), "kind": kind})


def _resize(mode: str) -> Callable[[Bound], Neutral]:
    return lambda a: ("resize", [a["x"]], {"size": a["size"], "scale": a["scale"], "mode": mode})


def _recurrent(kind: str) -> Callable[[Bound], Neutral]:
    """Return what reads recurrent layers."""

    def recurrent(a: Bound) -> Neutral:
        axis = 1 if a["first"] else 0  # of the steps
        states = a["state"] if isinstance(a["state"], list) else [a["state"]]
        more = {"biases": 2 * bool(a["biased"]), "held": len(a["held"]), "axis": axis}
        attrs = {"kind": kind, "layers": a["layers"], "directions": 1 + bool(a["both"]), **more}
        return "recurrent", [a["x"], *a["held"], *states], attrs

    return recurrent


def _act(name: str) -> Callable[[Bound], Neutral]:
    return lambda a: ("act", [a["x"]], {"name": name})


def _same(a: Bound) -> Neutral:
    return "same", [a["x"]], {}


def _clamp(a: Bound) -> Neutral:
    return "clamp", [a["x"]], {"min": a["min"], "max": a["max"]}


def _binary(kind: str) -> Callable[[Bound], Neutral]:
    def binary(a: Bound) -> Neutral:
        tensors = [item for item in (a["x"], a["y"]) if isinstance(item, dict)]
        if len(tensors) == 2:
            return kind, tensors, {}
        left = not isinstance(a["x"], dict)
        return "scalar", tensors, {"kind": kind, "value": a["x"] if left else a["y"], "left": left}

    return binary


def _elementwise(name: str) -> Callable[[Bound], Neutral]:
    return lambda a: ("elementwise", [a["x"]], {"name": name})


def _extreme(a: Bound) -> Neutral:
    """Return the larger of two maps, or the largest along an axis, whose place nothing may read."""
    if isinstance(a["y"], dict):
        return "maximum", [a["x"], a["y"]], {}
    return "largest", [a["x"]], {"axes": None if a["y"] is None else [a["y"]], "keep": bool(a["keep"])}


def _index(a: Bound) -> Neutral:
    return (
        "index",
        [a["x"], *(item for item in a["at"] if item is not None)],
        {"axes": [i for i, item in enumerate(a["at"]) if item is not None]},
    )


# Operator -> the names of its arguments in order, and what it is.
TABLE: Mapping[str, tuple[str, Callable[[Bound], Neutral]]] = {
    **dict.fromkeys(("conv1d", "conv2d"), ("x w b stride padding dilation groups", _conv)),
    "convolution": ("x w b stride padding dilation transposed extra groups", _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d"), ("x w b stride padding extra groups dilation", lambda a: _conv({**a, "transposed": True}))),
    "linear": ("x w b", lambda a: ("linear", [a["x"], a["w"], a["b"]], {})),
    "addmm": ("b x w", lambda a: ("linear", [a["x"], a["w"], a["b"]], {"turned": True})),
    "batch_norm": ("x g b mean var training", lambda a: ("batch_norm", [a[key] for key in ("x", "g", "b", "mean", "var")], {})),
    "layer_norm": ("x sides g b", lambda a: ("layer_norm", [a["x"], a["g"], a["b"]], {"axes": len(a["sides"])})),
    "rms_norm": ("x sides g", lambda a: ("layer_norm", [a["x"], a["g"]], {"axes": len(a["sides"]), "norm": "rms"})),
    "group_norm": ("x groups g b", lambda a: ("group_norm", [a["x"], a["g"], a["b"]], {"groups": a["groups"]})),
    "instance_norm": ("x g b mean var", lambda a: ("instance_norm", [a["x"], a["g"], a["b"]], {})),
    **{name: ("x", _act(name)) for name in ("relu", "relu6", "silu", "sigmoid", "tanh", "leaky_relu", "gelu", "elu", "selu", "mish", "softplus")},
    "hardswish": ("x", _act("hswish")),
    "hardsigmoid": ("x", _act("hsigmoid")),
    "hardtanh": ("x min max", _clamp),
    "clamp": ("x min max", _clamp),
    "prelu": ("x slope", lambda a: ("prelu", [a["x"], a["slope"]], {})),
    "_prelu_kernel": ("x slope", lambda a: ("prelu", [a["x"], a["slope"]], {})),
    **dict.fromkeys(("max_pool1d", "max_pool2d"), ("x k s p d ceil", _pool("maxpool"))),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d"), ("x k s p ceil", _pool("avgpool"))),
    "avg_pool3d": ("x k s", lambda a: ("avgpool", [a["x"]], {"k": tuple(a["k"])})),  # of a local response norm
    **{f"adaptive_{kind}_pool{sides}d": ("x to", _adaptive(f"{kind}pool")) for kind in ("avg", "max") for sides in (1, 2)},
    "mean": ("x axes keep", lambda a: ("mean", [a["x"]], {"axes": a["axes"], "keep": bool(a["keep"])})),
    "sum": ("x axes keep", lambda a: ("sum", [a["x"]], {"axes": a["axes"], "keep": bool(a["keep"])})),
    "amax": ("x axes keep", lambda a: ("amax", [a["x"]], {"axes": a["axes"], "keep": bool(a["keep"])})),
    **dict.fromkeys(("softmax", "log_softmax"), ("x axis", lambda a: ("softmax", [a["x"]], {"axis": a["axis"]}))),
    **{name: ("x", _elementwise(name)) for name in ("abs", "exp", "log", "log1p", "sqrt", "rsqrt", "square", "sin", "cos", "neg", "reciprocal")},
    "max": ("x y keep", _extreme),
    "masked_fill": ("x mask fill", lambda a: ("filled_in", [a["x"], a["mask"]], {})),
    "repeat": ("x times", lambda a: ("same" if set(a["times"]) <= {1} else "", [a["x"]], {})),
    "embedding": ("w at", lambda a: ("looked_up", [a["w"], a["at"]], {})),
    "pairwise_distance": ("x y order eps keep", lambda a: ("distance", [a["x"], a["y"]], {"kind": "sub", "axis": -1})),
    "cosine_similarity": ("x y axis", lambda a: ("distance", [a["x"], a["y"]], {"kind": "mul", "axis": 1 if a["axis"] is None else a["axis"]})),
    **dict.fromkeys(("_weight_norm", "_weight_norm_interface"), ("v g axis", lambda a: ("" if a["axis"] else "weight_norm", [a["v"], a["g"]], {}))),
    **{name: ("x y", lambda a: ("compared", [item for item in (a["x"], a["y"]) if isinstance(item, dict)], {})) for name in ("eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not", "tril", "triu")},
    **{name: ("shape", lambda a: ("masked", [], {})) for name in ("arange", "linspace", "full", "ones", "scalar_tensor", "randn", "rand")},
    **{name: ("x shape", lambda a: ("reshape", [a["x"]], {"shape": a["shape"]})) for name in ("view", "reshape", "_unsafe_view")},
    **{name: ("x y", lambda a: ("reshape", [a["x"]], {"shape": None})) for name in ("view_as", "reshape_as")},
    "flatten": ("x first last", lambda a: ("flatten", [a["x"]], {"first": a["first"] or 0, "last": -1 if a["last"] is None else a["last"]})),
    "unflatten": ("x axis shape", lambda a: ("unflatten", [a["x"]], {"axis": a["axis"], "shape": a["shape"]})),
    "permute": ("x order", lambda a: ("permute", [a["x"]], {"order": a["order"]})),
    "transpose": ("x i j", lambda a: ("swap", [a["x"]], {"i": a["i"], "j": a["j"]})),
    "t": ("x", lambda a: ("swap", [a["x"]], {"i": 0, "j": 1})),
    "squeeze": ("x axes", lambda a: ("squeeze", [a["x"]], {"axes": a["axes"] if a["axes"] is None or isinstance(a["axes"], list) else [a["axes"]]})),
    "unsqueeze": ("x axis", lambda a: ("unsqueeze", [a["x"]], {"axes": [a["axis"]]})),
    "cat": ("xs axis", lambda a: ("concat", a["xs"], {"axis": a["axis"] or 0})),
    "stack": ("xs axis", lambda a: ("stack", a["xs"], {"axis": a["axis"] or 0})),
    "chunk": ("x count axis", lambda a: ("split", [a["x"]], {"count": a["count"], "axis": a["axis"] or 0})),
    "split": ("x size axis", lambda a: ("split", [a["x"]], {"size": a["size"], "axis": a["axis"] or 0})),
    "split_with_sizes": ("x size axis", lambda a: ("split", [a["x"]], {"size": a["size"], "axis": a["axis"] or 0})),
    "unbind": ("x axis", lambda a: ("unbind", [a["x"]], {"axis": a["axis"] or 0})),
    "slice": ("x axis start stop step", lambda a: ("slice", [a["x"]], {"axis": a["axis"] or 0, "start": a["start"] or 0, "stop": a["stop"], "step": a["step"] or 1})),
    "narrow": ("x axis start length", lambda a: ("slice", [a["x"]], {"axis": a["axis"], "start": a["start"], "stop": a["start"] + a["length"], "step": 1})),
    "select": ("x axis index", lambda a: ("select", [a["x"]], {"axis": a["axis"], "index": a["index"]})),
    "index": ("x at", _index),
    "expand": ("x shape", lambda a: ("expand", [a["x"]], {"shape": a["shape"]})),
    "expand_as": ("x y", lambda a: ("expand", [a["x"]], {"shape": None})),
    "pad": ("x pads mode", lambda a: ("pad", [a["x"]], {"pads": a["pads"], "mode": a["mode"] or "constant"})),
    "constant_pad_nd": ("x pads", lambda a: ("pad", [a["x"]], {"pads": a["pads"], "mode": "constant"})),
    **dict.fromkeys(("upsample_nearest1d", "upsample_nearest2d"), ("x size scale", _resize("nearest"))),
    **dict.fromkeys(("upsample_linear1d", "upsample_bilinear2d"), ("x size corners scale", _resize("bilinear"))),
    "pixel_shuffle": ("x by", lambda a: ("pixel_shuffle", [a["x"]], {"by": a["by"]})),
    "pixel_unshuffle": ("x by", lambda a: ("unshuffle", [a["x"]], {"by": a["by"]})),
    "glu": ("x axis", lambda a: ("glu", [a["x"]], {"axis": -1 if a["axis"] is None else a["axis"]})),
    **{kind: ("x state held biased layers rate training both first", _recurrent(kind)) for kind in ("lstm", "gru")},
    "channel_shuffle": ("x groups", lambda a: ("channel_shuffle", [a["x"]], {"groups": a["groups"]})),
    "addcmul": ("a b c", lambda a: ("addcmul", [a["a"], a["b"], a["c"]], {}) if a.get("fill") in (None, 1) else ("", [a["a"], a["b"], a["c"]], {})),
    "linalg_vector_norm": ("x order axes keep", lambda a: ("lengths" if a["order"] in (None, 2) else "", [a["x"]], {"axes": a["axes"], "keep": bool(a["keep"])})),
    "clamp_min": ("x min max", _clamp),
    "einsum": ("equation xs", lambda a: ("einsum", a["xs"], {"equation": a["equation"]})),
    "matmul": ("x y", lambda a: ("matmul", [a["x"], a["y"]], {})),
    "baddbmm": ("z x y", lambda a: ("baddbmm", [a["x"], a["y"], a["z"]], {})),
    "bmm": ("x y", lambda a: ("matmul", [a["x"], a["y"]], {})),
    "scaled_dot_product_attention": ("q k v mask", lambda a: ("attention", [a["q"], a["k"], a["v"], a["mask"]], {})),
    "zeros": ("shape", lambda a: ("masked", [], {})),
    **{name: ("x", lambda a: ("masked", [a["x"]], {})) for name in ("new_zeros", "new_ones", "new_full", "zeros_like", "ones_like", "randn_like", "rand_like")},
    "swapaxes": ("x i j", lambda a: ("swap", [a["x"]], {"i": a["i"], "j": a["j"]})),
    "roll": ("x by axes", lambda a: ("roll", [a["x"]], {})),
    **{name: ("x y", _binary(name)) for name in ("add", "sub", "mul", "div", "rsub", "pow", "maximum", "minimum")},
    **dict.fromkeys(("dropout", "feature_dropout", "contiguous", "clone", "detach", "alias", "to", "_to_copy", "lift_fresh_copy", "identity", "type_as"), ("x", _same)),
}  # fmt: skip
NAMES_OF_VIEWS = {"getitem"}


def graph_of(program: Mapping[str, Any], title: str, source: str) -> Graph:
    """Return the neutral graph of an exported program (`torchreader.program_of`)."""
    params = {}
    for kind in ("params", "buffers"):
        for entry in program[kind]:
            trained = kind == "params" and entry["trained"]
            same = "" if entry.get("same") == entry["name"] else entry.get("same", "")
            params[entry["name"]] = Param(entry["target"], tuple(entry["shape"]), trained, same, kind == "buffers")
    return Graph(
        title,
        source,
        {entry["name"]: tuple(entry["shape"]) for entry in program["inputs"]},
        params,
        tuple(_nodes(program["nodes"])),
        tuple(program["outputs"]),
        tuple(Param(e["target"], tuple(e["shape"]), e["trained"]) for e in program["unplaced"]),
    )


def _nodes(calls: list[dict[str, Any]]) -> list[Call]:
    """Return neutral nodes; the parts that `getitem` takes of a call become its outputs."""
    parts: dict[str, dict[int, str]] = {}
    for call in calls:
        if call["op"] == "getitem":
            parts.setdefault(call["args"][0]["value"], {})[call["args"][1]] = call["name"]
    return [_node(call, parts.get(call["name"])) for call in calls if call["op"] != "getitem"]


def _node(call: Mapping[str, Any], parts: Mapping[int, str] | None) -> Call:
    """Return the neutral node of one call; an operator without an entry keeps its own name."""
    outputs = [call["name"]]
    if parts is not None:
        outputs = [parts.get(index, NONE) for index in range(len(call["shapes"]))]
    shapes = tuple(None if shape is None else tuple(shape) for shape in call["shapes"])
    said = call["op"]
    base = said.split(".")[1] if said.startswith("aten.") else said
    scope: Scope = tuple((path, kind) for path, kind in call["scope"])
    entry = TABLE.get(base) or TABLE.get(base.rstrip("_"))
    op, values, attrs = entry[1](_bound(call, entry[0].split())) if entry else ("", _values(call), {})
    inputs = tuple(item["value"] if isinstance(item, dict) else NONE for item in values)
    return Call(call["name"], op, said, inputs, tuple(outputs), attrs, shapes, scope)


def _values(call: Mapping[str, Any]) -> list[Any]:
    """Return the values that a call reads, of an operator whose arguments have no names here."""
    return [
        item for arg in call["args"] for item in (arg if isinstance(arg, list) else [arg]) if isinstance(item, dict)
    ]


def _bound(call: Mapping[str, Any], names: list[str]) -> Bound:
    """Return a call's arguments by name; None for those that are not given."""
    bound: Bound = dict.fromkeys(names)
    bound |= dict(zip(names, call["args"], strict=False))
    known = {
        "input": "x",
        "self": "x",
        "other": "y",
        "dim": "axis" if "axis" in names else "axes",
        "keepdim": "keep",
        "ceil_mode": "ceil",
        "value": "fill",
    }
    bound |= {known.get(key, key): value for key, value in call["kwargs"].items()}
    return bound


def elements(node: Call) -> int:
    """Return the elements of a node's first output as the source states them, or 0."""
    return prod(node.shapes[0]) if node.shapes and node.shapes[0] else 0
