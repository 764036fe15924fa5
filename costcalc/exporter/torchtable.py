"""Every layer type as PyTorch has it: an entry each, and the classes of its own that code needs for some."""

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.exporter.forms import Formula, Piece, Place
from costcalc.exporter.nodes import Call, Code, Leaf, leaf
from costcalc.ops import OPS
from costcalc.ops.shape import extent

ACTS: Mapping[str, str] = {
    "relu": "nn.ReLU",
    "relu6": "nn.ReLU6",
    "leaky_relu": "nn.LeakyReLU",
    "silu": "nn.SiLU",
    "swish": "nn.SiLU",
    "hswish": "nn.Hardswish",
    "sigmoid": "nn.Sigmoid",
    "hsigmoid": "nn.Hardsigmoid",
    "tanh": "nn.Tanh",
    "gelu": "nn.GELU",
    "elu": "nn.ELU",
    "selu": "nn.SELU",
    "mish": "nn.Mish",
    "softplus": "nn.Softplus",
}
GATES: Mapping[str, str] = {"geglu": "nn.GELU", "reglu": "nn.ReLU", "swiglu": "nn.SiLU"}
WORDS: Mapping[str, Call] = {word: Call(Leaf(Code(name), "act")) for word, name in {**ACTS, "none": "nn.Identity"}.items()}
LABELS: Mapping[str, str] = {
    "nn.Conv2d": "conv",
    "nn.ConvTranspose2d": "tconv",
    "nn.BatchNorm2d": "bn",
    "nn.BatchNorm1d": "bn",
    "nn.Linear": "linear",
    "PlaceLinear": "linear",
    "PlaceNorm": "ln",
    "nn.LayerNorm": "ln",
    "nn.GroupNorm": "gn",
    "nn.InstanceNorm2d": "instance",
    "nn.ZeroPad2d": "pad",
}
LOWEST = Leaf(Code('float("-inf")'))


def _pads(at: Place) -> tuple[int, int, int, int]:
    """Return the padding of a window in pixels: top, bottom, left, right."""
    window = OPS[at.layer.op].filter.pads
    assert window
    rows, columns = window(at.x, at["k"], at["s"], at["p"], at.layer.args.get("d", (1, 1)))
    return (*rows, *columns)


def _padding(top: int, bottom: int, left: int, right: int) -> tuple[Leaf, tuple[Call, ...]]:
    """Return symmetric padding as a leaf, and other padding as a module before."""
    if (top, left) == (bottom, right):
        return leaf((top, left), "p"), ()
    return Leaf(0, "p"), (Call("nn.ZeroPad2d", (Leaf((left, right, top, bottom), "pads"),)),)


def _dress(at: Place) -> tuple[Call, ...]:
    """Return the norm and the activation that a layer carries."""
    found = []
    if at.layer.args.get("norm"):
        found.append(_norm(at, at["norm"], at.out.c))
    if act := at.layer.args.get("act"):
        found.append(_act(act, at.out.c))
    return tuple(found)


def _act(word: str, c: int) -> Call:
    """Return an activation."""
    return Call("nn.PReLU", (Leaf(c, "c"),)) if word == "prelu" else WORDS[word]


def _norm(at: Place, norm: str, c: int) -> Call:
    """Return a normalisation, with or without gamma and beta, trained or not."""
    gamma, beta, flat = at.layer.args.get("gamma", True), at.layer.args.get("beta", True), at.flat or at.layer.op == "fc"
    beta = beta and norm != "rms"
    channels = Leaf(c, "c")
    affine = (("affine", Leaf(gamma or beta), True),)
    elementwise = (("elementwise_affine", Leaf(gamma or beta), True),)
    call = {
        "bn": Call("nn.BatchNorm1d" if flat else "nn.BatchNorm2d", (channels,), affine),
        "ln": Call("nn.LayerNorm" if flat else "PlaceNorm", (channels,), elementwise),
        "gn": Call("nn.GroupNorm", (at_groups(at), channels), affine),
        "instance": Call("nn.InstanceNorm2d", (channels,), (("affine", Leaf(gamma or beta), False),)),
        "rms": Call("nn.RMSNorm" if flat else "PlaceRMSNorm", (channels,), elementwise),
    }[norm]
    if norm != "rms" and gamma != beta:
        call = Call("without", (call, Leaf("bias" if gamma else "weight")))
    return Call("frozen", (call,)) if at.layer.args.get("frozen") and (gamma or beta) else call


def at_groups(at: Place) -> Leaf:
    """Return the groups of a group norm."""
    return Leaf(at.layer.args.get("groups", 1), "groups")


def _conv(at: Place) -> Piece:
    c_in, c, dilation = at.x.c, at.out.c, leaf(at["d"], "d")
    padding, before = _padding(*_pads(at))
    groups = Leaf(at.layer.args.get("g", c_in), "g")
    named = (("stride", at.leaf("s"), 1), ("padding", padding, 0), ("dilation", dilation, 1), ("groups", groups, 1))
    call = Call("nn.Conv2d", (Leaf(c_in, "c_in"), Leaf(c, "c"), at.leaf("k")), (*named, _bias(at)))
    return Piece((*before, call, *_dress(at)))


def _bias(at: Place) -> tuple[str, Leaf, bool]:
    return "bias", Leaf(at["bias"], "bias"), True


def _tconv(at: Place) -> Piece:
    top, bottom, left, right = _pads(at)
    even = (top, left) == (bottom, right)
    cut = (top + bottom, left + right)
    more = tuple(
        out - ((size - 1) * s + extent(k, d) - pads)
        for out, size, s, k, d, pads in zip(at.out[1:], at.x[1:], at["s"], at["k"], at["d"], cut, strict=True)
    )
    named = (
        ("stride", at.leaf("s"), 1),
        ("padding", leaf((top, left) if even else (0, 0), "p"), 0),
        ("output_padding", leaf(more, "extra"), 0),
        ("groups", at.leaf("g"), 1),
        _bias(at),
        ("dilation", at.leaf("d"), 1),
    )
    call = Call("nn.ConvTranspose2d", (Leaf(at.x.c, "c_in"), Leaf(at.out.c, "c"), at.leaf("k")), named)
    after = () if even else (Call("nn.ZeroPad2d", (Leaf((-left, -right, -top, -bottom), "pads"),)),)
    return Piece((call, *after, *_dress(at)))


def _fc(at: Place) -> Piece:
    call = Call("nn.Linear", (Leaf(at.x.size, "c_in"), Leaf(at.out.c, "c")), (_bias(at),))
    return Piece((call, *_dress(at)), None if at.flat else Formula("{0}.flatten(1)"))


def _linear(at: Place) -> Piece:
    call = Call("nn.Linear" if at.flat else "PlaceLinear", (Leaf(at.x.c, "c_in"), Leaf(at.out.c, "c")), (_bias(at),))
    return Piece((call, *_dress(at)))


def _pool(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a pool over windows, or to a size."""
    lowest = Call("nn.ConstantPad2d", (Leaf((), "pads"), LOWEST)) if name == "Max" else Call("nn.ZeroPad2d", (Leaf((), "pads"),))

    def entry(at: Place) -> Piece:
        if at["to"]:
            return Piece((Call(f"nn.Adaptive{name}Pool2d", (at.leaf("to"),)),))
        top, bottom, left, right = _pads(at)
        k, s, d = at["k"], at["s"], at.layer.args.get("d", (1, 1))
        half = all(pad <= extent(one, by) // 2 for pad, one, by in zip((top, left), k, d, strict=True))
        even = (top, left) == (bottom, right) and half
        before = ()
        if not even:
            ends = [(out - 1) * step + extent(one, by) for out, step, one, by in zip(at.out[1:], s, k, d, strict=True)]
            pads = (left, ends[1] - at.x.w - left, top, ends[0] - at.x.h - top)
            before = (lowest._replace(args=(Leaf(pads, "pads"), *lowest.args[1:])),)
        named = (
            ("stride", at.leaf("s"), at.leaf("k").value),
            ("padding", leaf((top, left) if even else (0, 0), "p"), 0),
            ("dilation", leaf(d, "d"), 1),
            ("ceil_mode", Leaf(bool(at["ceil"]) and even, "ceil"), False),
        )
        return Piece((*before, Call(f"nn.{name}Pool2d", (at.leaf("k"),), named)))

    return entry


def _module(name: str, *args: Any) -> Callable[[Place], Piece]:
    """Return the entry of what is one module, whatever the layer."""
    return lambda at: Piece((Call(name, tuple(map(Leaf, args))),))


def _many(infix: str) -> Callable[[Place], Piece]:
    """Return the entry of an operator between all inputs."""
    return lambda at: Piece(_dress(at), Formula(infix.join(f"{{{index}}}" for index in range(len(at.layer.ins)))))


def _concat(at: Place) -> Piece:
    inputs = ", ".join(f"{{{index}}}" for index in range(len(at.layer.ins)))
    return Piece(_dress(at), Formula(f"torch.cat([{inputs}], 1)"))


def _learnt(name: str) -> Callable[[Place], Piece]:
    """Return the entry of learnt factors or summands, in a tensor that is spread over the map."""

    def entry(at: Place) -> Piece:
        c, h, w = at.x
        sides = {"channel": (c, 1, 1), "element": (c, h, w), "layer": (1, 1, 1)}[at["per"]]
        hints = ("c", "h", "w")
        return Piece((Call(name, tuple(Leaf(side, hint) for side, hint in zip(sides, hints, strict=True))[: 1 if at.flat else 3]),))

    return entry


def _slice(at: Place) -> Piece:
    start, stop = Leaf(at["start"], "start"), Leaf(at["start"] + at["c"], "stop")
    if not at["start"]:
        return Piece((), Formula("{0}[:, :{c}]", (Leaf(at["c"], "c"),)))
    return Piece((), Formula("{0}[:, {start}:]" if stop.value == at.x.c else "{0}[:, {start}:{stop}]", (start, stop)))


def _pad(at: Place) -> Piece:
    top, bottom, left, right = at["p"]
    if at.out.c == at.x.c:
        return Piece((Call("nn.ZeroPad2d", (Leaf((left, right, top, bottom), "pads"),)),))
    return Piece((), Formula("F.pad({0}, {pads})", (Leaf((left, right, top, bottom, 0, at.out.c - at.x.c), "pads"),)))


def _crop(at: Place) -> Piece:
    top, _, left, _ = at["p"]
    sides = (Leaf(at.out.c, "c"), Leaf(top, "top"), Leaf(top + at.out.h, "bottom"), Leaf(left, "left"), Leaf(left + at.out.w, "right"))
    return Piece((), Formula("{0}[:, :{c}, {top}:{bottom}, {left}:{right}]", sides))


def _tokens(at: Place) -> Piece:
    if not at["extra"]:
        return Piece((), Formula("{0}.flatten(2).unsqueeze(2)"))
    return Piece((Call("Tokens", (Leaf(at.x.c, "c"), Leaf(at["extra"], "extra"))),))


def _grid(at: Place) -> Piece:
    sides = (Leaf(at.out.h, "h"), Leaf(at.out.w, "w"))
    extra = at.x.h * at.x.w - at.out.h * at.out.w
    if not extra:
        return Piece((), Formula("{0}.flatten(2).unflatten(2, ({h}, {w}))", sides))
    return Piece((), Formula("{0}.flatten(2)[:, :, {extra}:].unflatten(2, ({h}, {w}))", (*sides, Leaf(extra, "extra"))))


def _unshuffle(at: Place) -> Piece:
    h, w = at["by"]
    if h == w:
        return Piece((Call("nn.PixelUnshuffle", (Leaf(h, "by"),)),))
    return Piece((Call("Unshuffle", (Leaf(h), Leaf(w))),))


def _upsample(at: Place) -> Piece:
    sizes = ("scale_factor", at.leaf("by"), None) if at["by"] else ("size", leaf(at["to"], "size"), None)
    return Piece((Call("nn.Upsample", (), (sizes, ("mode", Leaf(at["mode"], "mode"), "nearest"))),))


def _matmul(at: Place) -> Piece:
    return Piece((), Formula("({1}.flatten(2) @ {0}.flatten(2)).unflatten(2, ({h}, {w}))", (Leaf(at.out.h, "h"), Leaf(at.out.w, "w"))))


def _attention(at: Place) -> Piece:
    ins = at.layer.ins
    q, k, v = (ins * 3)[:3] if len(ins) == 1 else (ins[0], ins[1], ins[-1])
    if at["relative"] and q[1:] != k[1:]:
        raise at.refused("relative positions between maps of two sizes have no one order: leave `relative` out")
    part = at["window"] or at["grid"] or (q.h, q.w)
    named = (
        ("c_k", Leaf(k.c if k.c != q.c else None, "c_k"), None),
        ("c_v", Leaf(v.c if v.c != k.c else None, "c_v"), None),
        ("project", Leaf(at["qkv"]), True),
        ("bias", Leaf(at["bias"]), True),
        ("window", at.leaf("window"), None),
        ("grid", at.leaf("grid"), None),
        ("relative", Leaf(at["relative"]), None),
        ("size", leaf(part, "size") if at["relative"] and not (at["window"] or at["grid"]) else Leaf(None, "size"), None),
        ("cosine", Leaf(at["cosine"]), False),
    )
    return Piece((Call("Attention", (Leaf(q.c, "c"), at.leaf("heads")), named),))


def _recurrent(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a recurrent layer."""

    def entry(at: Place) -> Piece:
        if at["biases"] == 1:
            raise at.refused("PyTorch has no bias or two a gate: set `biases` to 2 or 0, or export it to keras")
        named = (
            ("layers", at.leaf("layers"), 1),
            ("directions", at.leaf("directions"), 1),
            ("bias", Leaf(at["biases"] == 2), True),
        )
        return Piece((Call("Recurrent", (Leaf(Code(name)), Leaf(at.x.c, "c_in"), at.leaf("c")), named),))

    return entry


TABLE: Mapping[str, Callable[[Place], Piece]] = {
    "conv": _conv,
    "dwconv": _conv,
    "tconv": _tconv,
    "fc": _fc,
    "linear": _linear,
    "maxpool": _pool("Max"),
    "avgpool": _pool("Avg"),
    "gap": _module("nn.AdaptiveAvgPool2d", 1),
    "gmp": _module("nn.AdaptiveMaxPool2d", 1),
    **{norm: lambda at: Piece((_norm(at, at.layer.op, at.x.c), *_dress(at))) for norm in ("bn", "ln", "gn", "instance", "rms")},
    **{word: lambda at: Piece((_act(at.layer.op, at.layer.args.get("slopes") or at.x.c),)) for word in (*ACTS, "prelu")},
    "glu": _module("nn.GLU", 1),
    **{word: _module("Gate", Code(act)) for word, act in GATES.items()},
    "lrn": _module("nn.LocalResponseNorm", 5),
    "dropout": _module("nn.Dropout"),
    "softmax": _module("nn.Softmax", 1),
    "flatten": lambda at: Piece((), Formula("{0}" if at.flat else "{0}.flatten(1)")),
    "identity": _module("nn.Identity"),
    "scale": _learnt("Scale"),
    "offset": _learnt("Offset"),
    "add": _many(" + "),
    "mul": _many(" * "),
    "concat": _concat,
    "shuffle": lambda at: Piece((Call("nn.ChannelShuffle", (at.leaf("g"),)),)),
    "slice": _slice,
    "pad": _pad,
    "crop": _crop,
    "tokens": _tokens,
    "grid": _grid,
    "transpose": lambda at: Piece((), Formula("{0}.flatten(2).transpose(1, 2).unsqueeze(2)")),
    "unshuffle": _unshuffle,
    "upsample": _upsample,
    "matmul": _matmul,
    "attention": _attention,
    "lstm": _recurrent("nn.LSTM"),
    "gru": _recurrent("nn.GRU"),
}  # fmt: skip

# Classes and functions of a file that uses them, by their names.
PARTS: Mapping[str, str] = {
    "divisible": '''
def divisible(value, by=8):
    """Return the nearest multiple of `by`, the next one where that loses over 10 %."""
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded
''',
    "without": '''
def without(norm, name):
    """Return a normalisation without its gamma (`weight`) or its beta (`bias`)."""
    norm.register_parameter(name, None)
    return norm
''',
    "frozen": '''
def frozen(norm):
    """Return a normalisation whose gamma and beta are not trained."""
    return norm.requires_grad_(False)
''',
    "PlaceLinear": '''
class PlaceLinear(nn.Linear):
    """A linear layer over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "PlaceNorm": '''
class PlaceNorm(nn.LayerNorm):
    """Layer norm over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "PlaceRMSNorm": '''
class PlaceRMSNorm(nn.RMSNorm):
    """RMS norm over the channels, at every place of a map."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
''',
    "Scale": '''
class Scale(nn.Module):
    """Learnt factors."""

    def __init__(self, *sides):
        super().__init__()
        self.factors = nn.Parameter(torch.ones(sides))

    def forward(self, x):
        return x * self.factors
''',
    "Offset": '''
class Offset(nn.Module):
    """Learnt summands."""

    def __init__(self, *sides):
        super().__init__()
        self.summands = nn.Parameter(torch.zeros(sides))

    def forward(self, x):
        return x + self.summands
''',
    "Gate": '''
class Gate(nn.Module):
    """Half of the channels times an activation of the other half."""

    def __init__(self, act):
        super().__init__()
        self.act = act()

    def forward(self, x):
        kept, gate = x.chunk(2, 1)
        return kept * self.act(gate)
''',
    "Tokens": '''
class Tokens(nn.Module):
    """The places of a map in one row, behind learnt tokens."""

    def __init__(self, c, extra):
        super().__init__()
        self.extra = nn.Parameter(torch.zeros(1, c, extra))

    def forward(self, x):
        return torch.cat([self.extra.expand(x.shape[0], -1, -1), x.flatten(2)], 2).unsqueeze(2)
''',
    "Unshuffle": '''
class Unshuffle(nn.Module):
    """The places of each cell as channels of one place."""

    def __init__(self, h, w):
        super().__init__()
        self.h, self.w = h, w

    def forward(self, x):
        cells = x.unflatten(3, (-1, self.w)).unflatten(2, (-1, self.h))
        return cells.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
''',
    "Recurrent": '''
class Recurrent(nn.Module):
    """An LSTM or a GRU over the places of a map."""

    def __init__(self, kind, c_in, c, layers=1, directions=1, bias=True):
        super().__init__()
        self.rnn = kind(c_in, c, layers, bias=bias, batch_first=True, bidirectional=directions == 2)

    def forward(self, x):
        steps, _ = self.rnn(x.flatten(2).transpose(1, 2))
        return steps.transpose(1, 2).unflatten(2, x.shape[2:])
''',
    "Attention": '''
class Attention(nn.Module):
    """Multi-head attention over the places of maps; `window` or `grid` parts them, `relative` learns positions."""

    def __init__(self, c, heads, c_k=None, c_v=None, project=True, bias=True, window=None, grid=None, relative=None, size=None, cosine=False):
        super().__init__()
        self.heads, self.project = heads, project
        self.window, self.grid = pair(window), pair(grid)
        self.relative, self.cosine = relative, cosine
        if project:
            self.q = nn.Linear(c, c, bias)
            self.k = nn.Linear(c_k or c, c, bias)
            self.v = nn.Linear(c_v or c_k or c, c, bias)
            self.out = nn.Linear(c, c, bias)
        if relative:
            h, w = self.size = self.window or self.grid or pair(size)
            y, x = torch.arange(h).repeat_interleave(w), torch.arange(w).repeat(h)
            offsets = (y[:, None] - y + h - 1) * (2 * w - 1) + x[:, None] - x + w - 1
            self.register_buffer("offsets", offsets, persistent=False)
        if relative == "table":
            self.table = nn.Parameter(torch.zeros((2 * h - 1) * (2 * w - 1), heads))
        if relative == "mlp":
            self.mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), nn.Linear(512, heads, bias=False), nn.Sigmoid())
        if cosine:
            self.scale = nn.Parameter(torch.ones(heads, 1, 1))

    def forward(self, q, k=None, v=None):
        k = q if k is None else k
        v = k if v is None else v
        size = q.shape[2:]
        q, k, v = self.parted(q), self.parted(k), self.parted(v)
        if self.project:
            q, k, v = self.q(q), self.k(k), self.v(v)
        q, k, v = (x.unflatten(2, (self.heads, -1)).transpose(1, 2) for x in (q, k, v))
        scale = None
        if self.cosine:
            q, k, scale = F.normalize(q, dim=-1) * self.scale, F.normalize(k, dim=-1), 1.0
        x = F.scaled_dot_product_attention(q, k, v, attn_mask=self.positions(), scale=scale)
        x = x.transpose(1, 2).flatten(2)
        return self.whole(self.out(x) if self.project else x, *size)

    def positions(self):
        """Return what is added to the scores: (heads, queries, keys)."""
        if not self.relative:
            return None
        table = self.table if self.relative == "table" else 16 * self.mlp(self.coordinates())
        return table[self.offsets].permute(2, 0, 1)

    def coordinates(self):
        """Return each offset between two places, as the network of positions reads them."""
        h, w = self.size
        y = torch.arange(1 - h, h, device=self.offsets.device).repeat_interleave(2 * w - 1)
        x = torch.arange(1 - w, w, device=self.offsets.device).repeat(2 * h - 1)
        return torch.stack([y / h, x / w], 1)

    def parted(self, x):
        """Return the places of a map, or of each of its parts: (batch * parts, places, channels)."""
        part = self.window or self.grid
        if not part:
            return x.flatten(2).transpose(1, 2)
        h, w = part
        if x.shape[3] % w or x.shape[2] % h:
            x = F.pad(x, (0, -x.shape[3] % w, 0, -x.shape[2] % h))
        if self.window:
            x = x.unflatten(3, (-1, w)).unflatten(2, (-1, h)).permute(0, 2, 4, 3, 5, 1)
        else:
            x = x.unflatten(3, (w, -1)).unflatten(2, (h, -1)).permute(0, 3, 5, 2, 4, 1)
        return x.flatten(3, 4).flatten(0, 2)

    def whole(self, x, height, width):
        """Return the map again, of what `parted` made of it."""
        part = self.window or self.grid
        if not part:
            return x.transpose(1, 2).unflatten(2, (height, width))
        h, w = part
        down, across = -(-height // h), -(-width // w)
        x = x.unflatten(1, (h, w)).unflatten(0, (-1, down, across))
        order = (0, 5, 1, 3, 2, 4) if self.window else (0, 5, 3, 1, 4, 2)
        return x.permute(order).flatten(4, 5).flatten(2, 3)[:, :, :height, :width]
''',
    "pair": '''
def pair(size):
    """Return a height and a width of one number or two."""
    return (size, size) if isinstance(size, int) else size
''',
}
