"""Every layer type as operators of ONNX, in opset 21: an entry each, which adds its nodes and parameters to a graph.

Source: onnx.ai, "ONNX Operators". Maps are batch, channels, height, width; a vector is batch, channels.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importer.export.shapes import Place
from costcalc.ops import OPS
from costcalc.ops.shape import Pair, extent

LAST = (0, 2, 3, 1)  # channels last
FIRST = (0, 3, 1, 2)


class OnnxNode(NamedTuple):
    """A call of an operator."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any]


class OnnxGraph:
    """Nodes and what they read: `held` are parameters by name with their sizes, `constants` the values of others."""

    def __init__(self) -> None:
        self.nodes: list[OnnxNode] = []
        self.held: dict[str, tuple[int, ...]] = {}
        self.constants: dict[str, tuple[tuple[int, ...], Sequence[Any]]] = {}
        self.outputs: list[tuple[str, int]] = []  # with the numbers of their layers
        self.path = ""
        self.home = ""  # the path of the layer that holds the parameters
        self.count = 0

    def at(self, path: str, home: str) -> "OnnxGraph":
        """Return the graph, so that what is added belongs to a layer."""
        self.path, self.home, self.count = path, home or path, 0
        return self

    def add(self, op: str, *inputs: str, outputs: int = 1, **attrs: Any) -> str:
        """Add a node, and return its first output."""
        name = f"{self.path}/{op}{f'_{self.count}' if self.count else ''}"
        self.count += 1
        given = tuple(name if not index else f"{name}.{index}" for index in range(outputs))
        self.nodes.append(OnnxNode(op, name, inputs, given, attrs))
        return given[0]

    def param(self, name: str, *sides: int) -> str:
        """Return the name of a parameter of the layer."""
        name = f"{self.home}.{name}"
        self.held[name] = sides
        return name

    def const(self, values: Sequence[Any], *sides: int) -> str:
        """Return the name of a constant: whole numbers, or floats; a list unless it is given other sides."""
        return self.constant(values, sides or (len(values),))

    def scalar(self, value: float) -> str:
        """Return the name of a constant that is one number."""
        return self.constant([value], ())

    def constant(self, values: Sequence[Any], sides: tuple[int, ...], name: str = "") -> str:
        """Return the name of a constant of some size."""
        name = f"{self.path}.{name}" if name else f"{self.path}/constant_{len(self.constants)}"
        self.constants[name] = (sides, values)
        return name

    def reshaped(self, x: str, *sides: int) -> str:
        """Add a reshape."""
        return self.add("Reshape", x, self.const(sides))

    def turned(self, x: str, *order: int) -> str:
        """Add a transpose."""
        return self.add("Transpose", x, perm=list(order))


Entry = Callable[[OnnxGraph, Place, Sequence[str]], str]


def _dressed(graph: OnnxGraph, at: Place, x: str) -> str:
    """Add the norm and the activation that a layer carries."""
    args = at.layer.args
    if args.get("norm"):
        x = _normed(graph, at, args["norm"], x, "norm.")
    return _acted(graph, args["act"], x, at.out.c, at.flat or at.layer.op == "fc") if args.get("act") else x


def _normed(graph: OnnxGraph, at: Place, norm: str, x: str, prefix: str = "") -> str:
    """Add a normalisation; a gamma or beta that there is not is a constant."""
    args, c, flat = at.layer.args, at.out.c, at.flat or at.layer.op == "fc"
    gamma = graph.param(f"{prefix}gamma", c) if args.get("gamma", True) else graph.const([1.0] * c)
    beta = graph.param(f"{prefix}beta", c) if args.get("beta", True) and norm != "rms" else graph.const([0.0] * c)
    if norm == "bn":
        return graph.add(
            "BatchNormalization", x, gamma, beta, graph.param(f"{prefix}mean", c), graph.param(f"{prefix}variance", c)
        )
    if norm == "gn":
        return graph.add("GroupNormalization", x, gamma, beta, num_groups=args["groups"])
    if norm == "instance":
        return graph.add("InstanceNormalization", x, gamma, beta)
    x = x if flat else graph.turned(x, *LAST)
    if norm == "ln":
        x = graph.add("LayerNormalization", x, gamma, beta, axis=-1)
    else:
        mean = graph.add("ReduceMean", graph.add("Mul", x, x), graph.const([-1]), keepdims=1)
        root = graph.add("Sqrt", graph.add("Add", mean, graph.scalar(1e-6)))
        x = graph.add("Mul", graph.add("Div", x, root), gamma)
    return x if flat else graph.turned(x, *FIRST)


ACTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "hswish": ("HardSwish", {}),
    "sigmoid": ("Sigmoid", {}),
    "hsigmoid": ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}),
    "tanh": ("Tanh", {}),
    "gelu": ("Gelu", {}),
    "elu": ("Elu", {}),
    "selu": ("Selu", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {}),
}
GATES: Mapping[str, str] = {"glu": "sigmoid", "geglu": "gelu", "reglu": "relu", "swiglu": "silu"}
WORDS = (*ACTS, "relu6", "silu", "swish", "prelu")


def _acted(graph: OnnxGraph, word: str, x: str, c: int, flat: bool) -> str:
    """Add an activation; `c` slopes of a prelu."""
    if word in ("silu", "swish"):
        return graph.add("Mul", x, graph.add("Sigmoid", x))
    if word == "relu6":
        return graph.add("Clip", x, graph.scalar(0.0), graph.scalar(6.0))
    if word == "prelu":
        return graph.add("PRelu", x, graph.param("slope", *((c,) if flat else (c, 1, 1))))
    op, attrs = ACTS[word]
    return graph.add(op, x, **attrs)


def _act(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    return _acted(graph, at.layer.op, ins[0], at.layer.args.get("slopes") or at.x.c, at.flat)


def _norm(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x = _normed(graph, at, at.layer.op, ins[0])
    return _acted(graph, at["act"], x, at.out.c, at.flat) if at["act"] else x


def _gate(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    kept = graph.add("Split", ins[0], axis=1, num_outputs=2, outputs=2)
    return graph.add("Mul", kept, _acted(graph, GATES[at.layer.op], f"{kept}.1", at.out.c, at.flat))


def _pads(at: Place) -> list[int]:
    """Return the padding of a window: before, then after; as ONNX lists it."""
    window = OPS[at.layer.op].filter.pads
    assert window
    (top, bottom), (left, right) = window(at.x, at["k"], at["s"], at["p"], at.layer.args.get("d", (1, 1)))
    return [top, left, bottom, right]


def _window(at: Place) -> dict[str, Any]:
    """Return the attributes that windows have in common."""
    return {"kernel_shape": [*at["k"]], "strides": [*at["s"]], "dilations": [*at.layer.args.get("d", (1, 1))]}


def _conv(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    g = at.layer.args.get("g", at.x.c)
    held = [graph.param("weight", at.out.c, at.x.c // g, *at["k"])]
    held += [graph.param("bias", at.out.c)] if at["bias"] else []
    return _dressed(graph, at, graph.add("Conv", ins[0], *held, group=g, pads=_pads(at), **_window(at)))


def _tconv(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    pads = _pads(at)
    held = [graph.param("weight", at.x.c, at.out.c // at["g"], *at["k"])]
    held += [graph.param("bias", at.out.c)] if at["bias"] else []
    extra = [
        out - ((size - 1) * s + extent(k, d) - pads[side] - pads[side + 2])
        for side, (out, size, s, k, d) in enumerate(zip(at.out[1:], at.x[1:], at["s"], at["k"], at["d"], strict=True))
    ]
    x = graph.add("ConvTranspose", ins[0], *held, group=at["g"], pads=pads, output_padding=extra, **_window(at))
    return _dressed(graph, at, x)


def _fc(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x = ins[0] if at.flat else graph.add("Flatten", ins[0], axis=1)
    held = [graph.param("weight", at.out.c, at.x.size)]
    held += [graph.param("bias", at.out.c)] if at["bias"] else []
    return _dressed(graph, at, graph.add("Gemm", x, *held, transB=1))


def _linear(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x = ins[0] if at.flat else graph.turned(ins[0], *LAST)
    x = _projected(graph, x, "", at.x.c, at.out.c, bias=at["bias"])
    return _dressed(graph, at, x if at.flat else graph.turned(x, *FIRST))


def _projected(graph: OnnxGraph, x: str, name: str, c_in: int, c: int, *, bias: bool) -> str:
    """Add a product with a learnt matrix over the last axis."""
    x = graph.add("MatMul", x, graph.param(f"{name}weight", c_in, c))
    return graph.add("Add", x, graph.param(f"{name}bias", c)) if bias else x


def _pool(op: str) -> Entry:
    """Return the entry of a pool over windows, or to a size that divides its input."""

    def entry(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
        average = {"count_include_pad": 1} if op == "AveragePool" else {}
        if at["to"]:
            if at.x.h % at.out.h or at.x.w % at.out.w:
                raise at.refused(
                    f"ONNX has no pool of {at.x.h}x{at.x.w} to {at.out.h}x{at.out.w}: choose a size that divides it"
                )
            k = [at.x.h // at.out.h, at.x.w // at.out.w]
            return graph.add(op, ins[0], kernel_shape=k, strides=k, **average)
        top, left, bottom, right = _pads(at)
        window = _window(at)
        if op == "AveragePool":
            del window["dilations"]
        if at["ceil"]:  # what the windows read behind the input, in numbers: rules for rounding up differ
            d = at.layer.args.get("d", (1, 1))
            ends = [
                (out - 1) * s + extent(k, by) for out, s, k, by in zip(at.out[1:], at["s"], at["k"], d, strict=True)
            ]
            bottom, right = max(ends[0] - at.x.h - top, 0), max(ends[1] - at.x.w - left, 0)
        return graph.add(op, ins[0], pads=[top, left, bottom, right], **window, **average)

    return entry


def _one(op: str, **attrs: Any) -> Entry:
    """Return the entry of what is one operator, whatever the layer."""
    return lambda graph, at, ins: graph.add(op, ins[0], **attrs)


def _many(op: str) -> Entry:
    """Return the entry of an operator between two, one after the other."""

    def entry(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
        x = ins[0]
        for other in ins[1:]:
            x = graph.add(op, x, other)
        return _dressed(graph, at, x)

    return entry


def _learnt(op: str) -> Entry:
    """Return the entry of learnt factors or summands."""

    def entry(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
        c, h, w = at.x
        sides = {"channel": (c, 1, 1), "element": (c, h, w), "layer": (1, 1, 1)}[at["per"]]
        return graph.add(op, ins[0], graph.param("learnt", *(sides[:1] if at.flat else sides)))

    return entry


def _sliced(graph: OnnxGraph, x: str, cuts: Mapping[int, tuple[int, int]]) -> str:
    """Add a slice: from and to, by axis."""
    starts, stops = [cut[0] for cut in cuts.values()], [cut[1] for cut in cuts.values()]
    return graph.add("Slice", x, graph.const(starts), graph.const(stops), graph.const([*cuts]))


def _crop(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    top, _, left, _ = at["p"]
    return _sliced(graph, ins[0], {1: (0, at.out.c), 2: (top, top + at.out.h), 3: (left, left + at.out.w)})


def _pad(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    top, bottom, left, right = at["p"]
    return graph.add("Pad", ins[0], graph.const([0, 0, top, left, 0, at.out.c - at.x.c, bottom, right]))


def _shuffle(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    c, h, w = at.x
    x = graph.turned(graph.reshaped(ins[0], 1, at["g"], c // at["g"], h, w), 0, 2, 1, 3, 4)
    return graph.reshaped(x, 1, c, h, w)


def _tokens(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x = graph.reshaped(ins[0], 1, at.x.c, 1, at.x.h * at.x.w)
    return graph.add("Concat", graph.param("extra", 1, at.x.c, 1, at["extra"]), x, axis=3) if at["extra"] else x


def _grid(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    places, kept = at.x.h * at.x.w, at.out.h * at.out.w
    x = graph.reshaped(ins[0], 1, at.x.c, places)
    x = _sliced(graph, x, {2: (places - kept, places)}) if places > kept else x
    return graph.reshaped(x, 1, at.x.c, at.out.h, at.out.w)


def _transpose(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x = graph.turned(graph.reshaped(ins[0], 1, at.x.c, at.x.h * at.x.w), 0, 2, 1)
    return graph.reshaped(x, 1, at.x.h * at.x.w, 1, at.x.c)


def _unshuffle(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    (h, w), (c, down, across) = at["by"], at.x
    x = graph.reshaped(ins[0], 1, c, down // h, h, across // w, w)
    return graph.reshaped(graph.turned(x, 0, 1, 3, 5, 2, 4), 1, *at.out)


def _pixelshuffle(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    (h, w), (c, down, across) = at["by"], at.x
    x = graph.reshaped(ins[0], 1, c // (h * w), h, w, down, across)
    return graph.reshaped(graph.turned(x, 0, 1, 4, 2, 5, 3), 1, *at.out)


def _upsample(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    mode = {"nearest": "nearest", "bilinear": "linear"}[at["mode"]]
    way = "asymmetric" if mode == "nearest" else "half_pixel"
    return graph.add(
        "Resize",
        ins[0],
        "",
        "",
        graph.const([1, *at.out]),
        mode=mode,
        coordinate_transformation_mode=way,
        nearest_mode="floor",
    )


def _matmul(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    x, y = at.layer.ins
    rows = graph.turned(graph.reshaped(ins[0], 1, x.c, x.h * x.w), 0, 2, 1)
    columns = graph.turned(graph.reshaped(ins[1], 1, y.c, y.h * y.w), 0, 2, 1)
    return graph.reshaped(graph.turned(graph.add("MatMul", rows, columns), 0, 2, 1), 1, *at.out)


def _attention(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
    shapes, names = at.layer.ins, [*ins]
    step = at.step()
    shapes, names = (shapes * 3, names * 3) if len(ins) == 1 else (shapes, names)
    chosen = (0, 1, len(names[:3]) - 1)
    heads, shared = at["heads"], at["kv_heads"] or at["heads"]
    c = at.x.c if at["qkv"] else shapes[chosen[2]].c * heads // shared
    parts = []
    for index, name in zip(chosen, "qkv", strict=True):
        x = _parted(graph, at, names[index], shapes[index])
        many, made = (heads, at.x.c) if name == "q" else (shared, (c if name == "v" else at.x.c) * shared // heads)
        if at["qkv"]:
            x = _projected(graph, x, f"{name}.", shapes[index].c, made, bias=at["bias"])
        parts.append(_headed(graph, at, x, (many, made // many), shapes[index]))
    q, k, v = parts
    if at["cosine"]:
        q, k = (graph.add("Div", one, graph.add("ReduceL2", one, graph.const([-1]), keepdims=1)) for one in (q, k))
    else:
        q = graph.add("Mul", q, graph.scalar((at.x.c // at["heads"]) ** -0.5))
    scores = graph.add("MatMul", q, graph.turned(k, 0, 1, 3, 2))
    scores = graph.add("Mul", scores, graph.param("scale", at["heads"], 1, 1)) if at["cosine"] else scores
    if at["relative"]:
        scores = graph.add("Add", scores, _positions(graph, at, step))
    x = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), v)
    number, places = _parts(at, shapes[0])
    x = graph.reshaped(graph.turned(x, 0, 2, 1, 3), number, places, c)
    return _whole(graph, at, _projected(graph, x, "out.", c, c, bias=at["bias"]) if at["qkv"] else x)


def _parts(at: Place, x: Any) -> Pair:
    """Return in how many parts attention sees a map, and the places of each."""
    part = at["window"] or at["grid"]
    return (-(-x.h // part[0]) * -(-x.w // part[1]), part[0] * part[1]) if part else (1, x.h * x.w)


def _parted(graph: OnnxGraph, at: Place, name: str, x: Any) -> str:
    """Add what parts a map: (parts, places, channels)."""
    part = at["window"] or at["grid"]
    if not part:
        return graph.turned(graph.reshaped(name, 1, x.c, x.h * x.w), 0, 2, 1)
    (h, w), down, across = part, -(-x.h // part[0]), -(-x.w // part[1])
    if down * h > x.h or across * w > x.w:
        name = graph.add("Pad", name, graph.const([0, 0, 0, 0, 0, 0, down * h - x.h, across * w - x.w]))
    if at["window"]:
        name = graph.turned(graph.reshaped(name, 1, x.c, down, h, across, w), 0, 2, 4, 3, 5, 1)
    else:
        name = graph.turned(graph.reshaped(name, 1, x.c, h, down, w, across), 0, 3, 5, 2, 4, 1)
    return graph.reshaped(name, down * across, h * w, x.c)


def _headed(graph: OnnxGraph, at: Place, name: str, heads: Pair, x: Any) -> str:
    """Add what parts channels into heads of so many channels: (parts, heads, places, channels of a head)."""
    (number, places), (many, c), all_heads = _parts(at, x), heads, at["heads"]
    name = graph.turned(graph.reshaped(name, number, places, many, c), 0, 2, 1, 3)
    if many == all_heads:
        return name
    name = graph.reshaped(name, number, many, 1, places, c)
    name = graph.add("Expand", name, graph.const([number, many, all_heads // many, places, c]))
    return graph.reshaped(name, number, all_heads, places, c)


def _whole(graph: OnnxGraph, at: Place, name: str) -> str:
    """Add what makes a map of its parts."""
    c, height, width = at.out
    part = at["window"] or at["grid"]
    if not part:
        return graph.reshaped(graph.turned(name, 0, 2, 1), 1, c, height, width)
    (h, w), down, across = part, -(-height // part[0]), -(-width // part[1])
    order = (0, 5, 1, 3, 2, 4) if at["window"] else (0, 5, 3, 1, 4, 2)
    name = graph.turned(graph.reshaped(name, 1, down, across, h, w, c), *order)
    name = graph.reshaped(name, 1, c, down * h, across * w)
    return _sliced(graph, name, {2: (0, height), 3: (0, width)}) if (down * h, across * w) != (height, width) else name


def _positions(graph: OnnxGraph, at: Place, step: int) -> str:
    """Add what relative positions add to the scores: (heads, queries, keys); `step` is from query to query."""
    h, w = at["window"] or at["grid"] or at.layer.ins[min(1, len(at.layer.ins) - 1)][1:]
    asked = [(y, x) for y in range(0, h, step) for x in range(0, w, step)]
    apart = [(y - other_y, x - other_x) for y, x in asked for other_y in range(h) for other_x in range(w)]
    offsets = [(down + h - 1) * (2 * w - 1) + across + w - 1 for down, across in apart]
    number = (2 * h - 1) * (2 * w - 1)
    if at["relative"] == "table":
        table = graph.param("table", number, at["heads"])
    elif at["relative"] == "distance":
        table = graph.param("table", h * w, at["heads"])
        offsets = [abs(down) * w + abs(across) for down, across in apart]
    else:
        sides = [float(side) for y in range(1 - h, h) for x in range(1 - w, w) for side in (y / h, x / w)]
        read = graph.constant(sides, (number, 2), "relative_coords_table")  # as torchvision calls what is not learnt
        hidden = graph.add("Relu", _projected(graph, read, "hidden.", 2, 512, bias=True))
        table = graph.add("Sigmoid", _projected(graph, hidden, "positions.", 512, at["heads"], bias=False))
    added = graph.reshaped(graph.add("Gather", table, graph.const(offsets), axis=0), len(asked), h * w, at["heads"])
    return graph.turned(added, 2, 0, 1)


def _recurrent(op: str, gates: int) -> Entry:
    """Return the entry of a recurrent layer."""

    def entry(graph: OnnxGraph, at: Place, ins: Sequence[str]) -> str:
        if at["biases"] == 1:
            raise at.refused("ONNX has no bias or two a gate: set `biases` to 2 or 0")
        c, both, steps = at["c"], at["directions"], at.x.h * at.x.w
        x, c_in = graph.turned(graph.reshaped(ins[0], 1, at.x.c, steps), 2, 0, 1), at.x.c
        for number in range(at["layers"]):
            held = [
                graph.param(f"weight{number}", both, gates * c, c_in),
                graph.param(f"recurrent{number}", both, gates * c, c),
            ]
            held += [graph.param(f"bias{number}", both, 2 * gates * c)] if at["biases"] else []
            way = "bidirectional" if both == 2 else "forward"
            x, c_in = graph.add(op, x, *held, hidden_size=c, direction=way), both * c
            x = graph.reshaped(graph.turned(x, 0, 2, 1, 3), steps, 1, c_in)
        return graph.reshaped(graph.turned(x, 1, 2, 0), 1, *at.out)

    return entry


TABLE: Mapping[str, Entry] = {
    "conv": _conv,
    "dwconv": _conv,
    "tconv": _tconv,
    "fc": _fc,
    "linear": _linear,
    "maxpool": _pool("MaxPool"),
    "avgpool": _pool("AveragePool"),
    "gap": _one("GlobalAveragePool"),
    "gmp": _one("GlobalMaxPool"),
    **dict.fromkeys(("bn", "ln", "gn", "instance", "rms"), _norm),
    **dict.fromkeys(WORDS, _act),
    **dict.fromkeys(GATES, _gate),
    "lrn": _one("LRN", size=5),
    "dropout": _one("Dropout"),
    "softmax": _one("Softmax", axis=1),
    "flatten": _one("Flatten", axis=1),
    "identity": _one("Identity"),
    "scale": _learnt("Mul"),
    "offset": _learnt("Add"),
    "add": _many("Add"),
    "mul": _many("Mul"),
    "concat": lambda graph, at, ins: _dressed(graph, at, graph.add("Concat", *ins, axis=1)),
    "shuffle": _shuffle,
    "slice": lambda graph, at, ins: _sliced(graph, ins[0], {1: (at["start"], at["start"] + at["c"])}),
    "pad": _pad,
    "crop": _crop,
    "tokens": _tokens,
    "grid": _grid,
    "transpose": _transpose,
    "unshuffle": _unshuffle,
    "pixelshuffle": _pixelshuffle,
    "upsample": _upsample,
    "matmul": _matmul,
    "attention": _attention,
    "lstm": _recurrent("LSTM", 4),
    "gru": _recurrent("GRU", 3),
}
