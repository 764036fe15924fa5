"""Every layer type as Keras 3 has it, channels last: an entry each, which makes the code of a layer."""

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.importer.export.helpers import DIVISIBLE
from costcalc.importer.export.nodes import Bit, Code, Make, leaf
from costcalc.importer.export.shapes import Expression, Piece, Place
from costcalc.ops import OPS
from costcalc.ops.schema import NORMS
from costcalc.ops.shape import extent

SAME = ("relu", "relu6", "leaky_relu", "silu", "sigmoid", "tanh", "gelu", "elu", "selu", "mish", "softplus")
ACTS: Mapping[str, str] = {
    **dict(zip(SAME, SAME, strict=True)),
    "swish": "silu",
    "hswish": "hard_silu",
    "hsigmoid": "hard_sigmoid",
}
GATES: Mapping[str, str] = {"glu": "sigmoid", "geglu": "gelu", "reglu": "relu", "swiglu": "silu"}
WORDS: Mapping[str, Make] = {
    word: Make("layers.Activation", (Bit(name, "act"),)) for word, name in {**ACTS, "none": "linear"}.items()
}
LABELS: Mapping[str, str] = {
    "padded": "",
    "layers.Conv2D": "conv",
    "layers.DepthwiseConv2D": "dwconv",
    "layers.Conv2DTranspose": "tconv",
    "layers.BatchNormalization": "bn",
    "layers.LayerNormalization": "ln",
    "layers.GroupNormalization": "gn",
    "layers.Flatten": "",
}
OTHER = "export it to torch, or write the row with other ops"


def _dress(at: Place) -> tuple[Make, ...]:
    """Return the norm and the activation that a layer carries."""
    found = [_norm(at, at["norm"])] if at.layer.args.get("norm") else []
    if act := at.layer.args.get("act"):
        found.append(_act(at, act))
    return tuple(found)


def _act(at: Place, word: str) -> Make:
    """Return an activation."""
    if word != "prelu":
        return WORDS[word]
    one = at.layer.args.get("slopes") == 1
    return Make(
        "layers.PReLU", (), (("shared_axes", Bit([1] if at.flat and one else [1, 2, 3] if one else [1, 2]), None),)
    )


def _norm(at: Place, norm: str) -> Make:
    """Return a normalisation, with or without gamma and beta, trained or not."""
    gamma, beta = at.layer.args.get("gamma", True), at.layer.args.get("beta", True)
    if norm == "rms":
        if not gamma:
            raise at.refused(f"Keras has no RMS norm without gamma: {OTHER}")
        return Make("layers.RMSNormalization", (), (("trainable", Bit(not at.layer.args.get("frozen")), True),))
    number = {"gn": at.layer.args.get("groups"), "instance": -1}.get(norm)
    name = {"bn": "Batch", "ln": "Layer", "gn": "Group", "instance": "Group"}[norm]
    named = (
        *((("groups", Bit(number, "groups"), None),) if number else ()),
        ("scale", Bit(gamma), True),
        ("center", Bit(beta), True),
        ("trainable", Bit(not at.layer.args.get("frozen")), True),
    )
    return Make(f"layers.{name}Normalization", (), named)


def pads_of(at: Place) -> tuple[int, int, int, int]:
    """Return the padding of a window in pixels: top, bottom, left, right."""
    window = OPS[at.layer.op].filter.pads
    assert window
    rows, columns = window(at.x, at["k"], at["s"], at["p"], at.layer.args.get("d", (1, 1)))
    return (*rows, *columns)


def _padded(top: int, bottom: int, left: int, right: int) -> Make:
    """Return padding as a call of its own: a number, two, or pairs of sides."""
    sides = leaf((top, left), "p") if (top, left) == (bottom, right) else Bit(((top, bottom), (left, right)), "p")
    return Make("padded", (sides,))


def _window(at: Place) -> tuple[tuple[str, Bit, Any], ...]:
    """Return the arguments that convolutions have in common."""
    strides = ("strides", at.leaf("s"), 1)
    return (strides, ("dilation_rate", leaf(at["d"], "d"), 1), ("use_bias", Bit(at["bias"], "bias"), True))


def _conv(at: Place) -> Piece:
    c = Bit(at.out.c, "c")
    groups = ("groups", Bit(at.layer.args.get("g", 1), "g"), 1)
    call = Make("layers.Conv2D", (c, at.leaf("k")), (*_window(at)[:2], groups, _window(at)[2]))
    return Piece((_padded(*pads_of(at)), call, *_dress(at)))


def _dwconv(at: Place) -> Piece:
    many = ("depth_multiplier", Bit(at.out.c // at.x.c, "many"), 1)
    call = Make("layers.DepthwiseConv2D", (at.leaf("k"),), (*_window(at)[:2], many, _window(at)[2]))
    return Piece((_padded(*pads_of(at)), call, *_dress(at)))


def _tconv(at: Place) -> Piece:
    if at["g"] > 1 or (at["d"] != (1, 1) and at["s"] != (1, 1)):
        raise at.refused(f"Keras has no transposed convolution in groups, or of stride and dilation: {OTHER}")
    top, _, left, _ = pads_of(at)
    whole = [
        size * s + max(extent(k, d) - s, 0) for size, s, k, d in zip(at.x[1:], at["s"], at["k"], at["d"], strict=True)
    ]
    bottom, right = whole[0] - top - at.out.h, whole[1] - left - at.out.w
    if min(bottom, right) < 0:
        raise at.refused(f"Keras adds no rows behind a transposed convolution: {OTHER}")
    call = Make("layers.Conv2DTranspose", (Bit(at.out.c, "c"), at.leaf("k")), _window(at))
    return Piece((call, *_cropped(top, bottom, left, right), *_dress(at)))


def _cropped(top: int, bottom: int, left: int, right: int) -> tuple[Make, ...]:
    """Return a crop, where there is one."""
    sides = Bit(((top, bottom), (left, right)), "p")
    return (Make("layers.Cropping2D", (sides,)),) if any((top, bottom, left, right)) else ()


def _fc(at: Place) -> Piece:
    call = Make("layers.Dense", (Bit(at.out.c, "c"),), (("use_bias", Bit(at["bias"], "bias"), True),))
    return Piece((*(() if at.flat else (Make("layers.Flatten"),)), call, *_dress(at)))


def _linear(at: Place) -> Piece:
    call = Make("layers.Dense", (Bit(at.out.c, "c"),), (("use_bias", Bit(at["bias"], "bias"), True),))
    return Piece((call, *_dress(at)))


def _pool(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a pool over windows, or to a size that divides its input."""

    def entry(at: Place) -> Piece:
        if at["to"]:
            if at.x.h % at.out.h or at.x.w % at.out.w:
                raise at.refused(f"a pool to a size that does not divide its input has no layer of Keras: {OTHER}")
            k = leaf((at.x.h // at.out.h, at.x.w // at.out.w), "k")
            return Piece((Make(f"layers.{name}Pooling2D", (k,)),))
        if at.layer.args.get("d", (1, 1)) != (1, 1):
            raise at.refused(f"Keras has no dilated pool: {OTHER}")
        top, bottom, left, right = pads_of(at)
        if at["ceil"]:
            bottom, right = (
                max((out - 1) * s + k - size - before, 0)
                for out, s, k, size, before in zip(at.out[1:], at["s"], at["k"], at.x[1:], (top, left), strict=True)
            )
        call = Make(f"layers.{name}Pooling2D", (at.leaf("k"),), (("strides", at.leaf("s"), at.leaf("k").value),))
        return Piece((_padded(top, bottom, left, right), call))

    return entry


def _global(name: str) -> Callable[[Place], Piece]:
    kept = ("keepdims", Bit(value=True), False)
    return lambda at: Piece((Make(f"layers.Global{name}Pooling2D", (), (kept,)),))


def _module(name: str, *args: Any) -> Callable[[Place], Piece]:
    """Return the entry of what is one layer or function, whatever the row."""
    return lambda at: Piece((Make(name, tuple(map(Bit, args))),))


def _many(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a layer that joins all inputs."""

    def entry(at: Place) -> Piece:
        inputs = ", ".join(f"{{{index}}}" for index in range(len(at.layer.ins)))
        return Piece(_dress(at), Expression(f"layers.{name}()([{inputs}])"))

    return entry


def _learnt(name: str) -> Callable[[Place], Piece]:
    return lambda at: Piece((Make(name, (), (("per", Bit(at["per"]), "channel"),)),))


def _slice(at: Place) -> Piece:
    start, stop = Bit(at["start"], "start"), Bit(at["start"] + at["c"], "stop")
    if not at["start"]:
        return Piece((), Expression("{0}[..., :{c}]", (Bit(at["c"], "c"),)))
    return Piece(
        (), Expression("{0}[..., {start}:]" if stop.value == at.x.c else "{0}[..., {start}:{stop}]", (start, stop))
    )


def _pad(at: Place) -> Piece:
    if at.out.c == at.x.c:
        return Piece((_padded(*at["p"]),))
    top, bottom, left, right = at["p"]
    sides = Bit(((0, 0), (top, bottom), (left, right), (0, at.out.c - at.x.c)), "pads")
    return Piece((), Expression("keras.ops.pad({0}, {pads})", (sides,)))


def _crop(at: Place) -> Piece:
    cut = None if at.out.c == at.x.c else Expression("{0}[..., :{c}]", (Bit(at.out.c, "c"),))
    return Piece(_cropped(*at["p"]) or (() if cut else (Make("layers.Identity"),)), cut)


def _reshape(*sides: tuple[str, int]) -> Make:
    return Make("layers.Reshape", (Bit(tuple(side for _, side in sides), "size"),))


def _tokens(at: Place) -> Piece:
    places = _reshape(("h", 1), ("w", at.x.h * at.x.w), ("c", at.x.c))
    return Piece((places, Make("Tokens", (at.leaf("extra"),))) if at["extra"] else (places,))


def _grid(at: Place) -> Piece:
    extra = at.x.h * at.x.w - at.out.h * at.out.w
    row = _reshape(("h", 1), ("w", at.x.h * at.x.w), ("c", at.x.c))
    whole = _reshape(("h", at.out.h), ("w", at.out.w), ("c", at.x.c))
    cut = Make("layers.Cropping2D", (Bit(((0, 0), (extra, 0)), "p"),))
    return Piece((row, cut, whole) if extra else (whole,))


def _transpose(at: Place) -> Piece:
    places = at.x.h * at.x.w
    turned = Make("layers.Permute", (Bit((2, 1)),))
    return Piece((_reshape(("w", places), ("c", at.x.c)), turned, _reshape(("h", 1), ("w", at.x.c), ("c", places))))


def _upsample(at: Place) -> Piece:
    mode = ("interpolation", Bit(at["mode"], "mode"), "nearest" if at["by"] else "bilinear")
    if at["by"]:
        return Piece((Make("layers.UpSampling2D", (at.leaf("by"),), (mode,)),))
    return Piece((Make("layers.Resizing", (Bit(at.out.h, "h"), Bit(at.out.w, "w")), (mode,)),))


def _matmul(at: Place) -> Piece:
    x, y = at.layer.ins
    left = f"layers.Reshape(({x.h * x.w}, {x.c}))({{0}})"
    right = f"layers.Reshape(({y.h * y.w}, {y.c}))({{1}})"
    return Piece(
        (), Expression(f"layers.Reshape(({at.out.h}, {at.out.w}, {at.out.c}))(keras.ops.matmul({left}, {right}))")
    )


KERAS_LACKS = ("window", "grid", "relative", "cosine", "kv_heads")  # of the columns of attention


def _attention(at: Place) -> Piece:
    if len(at.layer.ins) > 1 or not at["qkv"] or any(at[name] for name in KERAS_LACKS):
        raise at.refused(
            f"Keras' attention has one input, and no windows, learnt positions, cosines or shared heads: {OTHER}"
        )
    named = (("bias", Bit(at["bias"], "bias"), True),)
    return Piece((Make("self_attention", (at.leaf("heads"),), named),))


def _recurrent(name: str, biases: tuple[int, ...]) -> Callable[[Place], Piece]:
    """Return the entry of a recurrent layer, which has no bias or so many a gate."""

    def entry(at: Place) -> Piece:
        if at["biases"] not in biases:
            listed = " or ".join(map(str, biases))
            raise at.refused(f"Keras' {name} has {listed} biases a gate, not {at['biases']}: set `biases`")
        named = (
            ("layers_", at.leaf("layers"), 1),
            ("directions", at.leaf("directions"), 1),
            ("biases", at.leaf("biases"), 1),
        )
        return Piece((Make("recurrent", (Bit(Code(f"layers.{name}")), at.leaf("c")), named),))

    return entry


TABLE: Mapping[str, Callable[[Place], Piece]] = {
    "conv": _conv,
    "dwconv": _dwconv,
    "tconv": _tconv,
    "fc": _fc,
    "linear": _linear,
    "maxpool": _pool("Max"),
    "avgpool": _pool("Average"),
    "gap": _global("Average"),
    "gmp": _global("Max"),
    **dict.fromkeys(NORMS, lambda at: Piece((_norm(at, at.layer.op), *_dress(at)))),
    **dict.fromkeys((*ACTS, "prelu"), lambda at: Piece((_act(at, at.layer.op),))),
    **{word: _module("gated", act) for word, act in GATES.items()},
    "lrn": _module("LRN"),
    "dropout": _module("layers.Dropout", 0.5),
    "softmax": _module("layers.Softmax"),
    "flatten": lambda at: Piece((Make("layers.Identity" if at.flat else "layers.Flatten"),)),
    "identity": _module("layers.Identity"),
    "scale": _learnt("Scale"),
    "offset": _learnt("Offset"),
    "add": _many("Add"),
    "mul": _many("Multiply"),
    "concat": _many("Concatenate"),
    "shuffle": lambda at: Piece((Make("shuffled", (at.leaf("g"),)),)),
    "slice": _slice,
    "pad": _pad,
    "crop": _crop,
    "tokens": _tokens,
    "grid": _grid,
    "transpose": _transpose,
    "unshuffle": lambda at: Piece((Make("unshuffled", tuple(map(Bit, at["by"]))),)),
    "pixelshuffle": lambda at: Piece((Make("pixelshuffled", tuple(map(Bit, at["by"]))),)),
    "upsample": _upsample,
    "matmul": _matmul,
    "attention": _attention,
    "lstm": _recurrent("LSTM", (0, 1)),
    "gru": _recurrent("GRU", (0, 1, 2)),
}

# Functions and classes of a file that uses them, by their names.
PARTS: Mapping[str, str] = {
    "divisible": DIVISIBLE,
    "padded": '''
def padded(x, p):
    """Return a map with zeros around it."""
    return layers.ZeroPadding2D(p)(x) if p else x
''',
    "shuffled": '''
def shuffled(x, g):
    """Return a map whose channels are shuffled over groups."""
    _, h, w, c = x.shape
    x = layers.Reshape((h, w, g, c // g))(x)
    return layers.Reshape((h, w, c))(layers.Permute((1, 2, 4, 3))(x))
''',
    "unshuffled": '''
def unshuffled(x, down, across):
    """Return the places of each cell as channels of one place."""
    _, h, w, c = x.shape
    x = layers.Reshape((h // down, down, w // across, across, c))(x)
    return layers.Reshape((h // down, w // across, down * across * c))(layers.Permute((1, 3, 2, 4, 5))(x))
''',
    "pixelshuffled": '''
def pixelshuffled(x, down, across):
    """Return the channels of each place as places of a cell."""
    _, h, w, c = x.shape
    c = c // (down * across)
    x = layers.Permute((1, 4, 2, 5, 3))(layers.Reshape((h, w, c, down, across))(x))
    return layers.Reshape((h * down, w * across, c))(x)
''',
    "gated": '''
def gated(x, act):
    """Return half of the channels times an activation of the other half."""
    half = x.shape[-1] // 2
    return layers.Multiply()([x[..., :half], layers.Activation(act)(x[..., half:])])
''',
    "self_attention": '''
def self_attention(x, heads, bias=True, name=None):
    """Return multi-head attention between the places of a map."""
    _, h, w, c = x.shape
    x = layers.Reshape((h * w, c))(x)
    x = layers.MultiHeadAttention(heads, c // heads, use_bias=bias, name=name)(x, x)
    return layers.Reshape((h, w, c))(x)
''',
    "recurrent": '''
def recurrent(x, kind, c, layers_=1, directions=1, biases=1, name=None):
    """Return recurrent layers over the places of a map."""
    _, h, w, c_in = x.shape
    more = {"reset_after": biases == 2} if kind is layers.GRU else {}
    x = layers.Reshape((h * w, c_in))(x)
    for number in range(layers_):
        layer = kind(c, return_sequences=True, use_bias=biases > 0, name=f"{name}_{number}", **more)
        x = layers.Bidirectional(layer)(x) if directions == 2 else layer(x)
    return layers.Reshape((h, w, directions * c))(x)
''',
    "LRN": '''
@keras.saving.register_keras_serializable("costcalc")
class LRN(layers.Layer):
    """Local response normalisation over five channels."""

    def call(self, x):
        squares = keras.ops.pad(x * x, [[0, 0]] * (len(x.shape) - 1) + [[2, 2]])
        c = x.shape[-1]
        return x / (1 + 1e-4 / 5 * sum(squares[..., i : i + c] for i in range(5))) ** 0.75
''',
    "Scale": '''
@keras.saving.register_keras_serializable("costcalc")
class Scale(layers.Layer):
    """Learnt factors: for each channel, each element, or one for the layer."""

    def __init__(self, per="channel", **more):
        super().__init__(**more)
        self.per = per

    def build(self, shape):
        sides = {"channel": shape[-1:], "element": shape[1:], "layer": (1,)}[self.per]
        self.learnt = self.add_weight(shape=sides, initializer="ones")

    def call(self, x):
        return x * self.learnt

    def get_config(self):
        return {**super().get_config(), "per": self.per}
''',
    "Offset": '''
@keras.saving.register_keras_serializable("costcalc")
class Offset(layers.Layer):
    """Learnt summands: for each channel, each element, or one for the layer."""

    def __init__(self, per="channel", **more):
        super().__init__(**more)
        self.per = per

    def build(self, shape):
        sides = {"channel": shape[-1:], "element": shape[1:], "layer": (1,)}[self.per]
        self.learnt = self.add_weight(shape=sides, initializer="zeros")

    def call(self, x):
        return x + self.learnt

    def get_config(self):
        return {**super().get_config(), "per": self.per}
''',
    "Tokens": '''
@keras.saving.register_keras_serializable("costcalc")
class Tokens(layers.Layer):
    """Learnt tokens before those of a map in one row."""

    def __init__(self, extra, **more):
        super().__init__(**more)
        self.extra = extra

    def build(self, shape):
        self.learnt = self.add_weight(shape=(1, 1, self.extra, shape[-1]), initializer="zeros")

    def call(self, x):
        return keras.ops.concatenate([keras.ops.repeat(self.learnt, keras.ops.shape(x)[0], 0), x], 2)

    def get_config(self):
        return {**super().get_config(), "extra": self.extra}
''',
}
