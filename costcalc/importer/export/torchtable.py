"""Every layer type as PyTorch has it: an entry each, which makes the code of a layer."""

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.importer.export.nodes import Bit, Code, Make, leaf
from costcalc.importer.export.shapes import Expression, Piece, Place
from costcalc.ops import OPS
from costcalc.ops.schema import NORMS
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
WORDS: Mapping[str, Make] = {
    word: Make(Bit(Code(name), "act")) for word, name in {**ACTS, "none": "nn.Identity"}.items()
}
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
LOWEST = Bit(Code('float("-inf")'))


def _pads(at: Place) -> tuple[int, int, int, int]:
    """Return the padding of a window in pixels: top, bottom, left, right."""
    window = OPS[at.layer.op].filter.pads
    assert window
    rows, columns = window(at.x, at["k"], at["s"], at["p"], at.layer.args.get("d", (1, 1)))
    return (*rows, *columns)


def _padding(top: int, bottom: int, left: int, right: int) -> tuple[Bit, tuple[Make, ...]]:
    """Return symmetric padding as a leaf, and other padding as a module before."""
    if (top, left) == (bottom, right):
        return leaf((top, left), "p"), ()
    return Bit(0, "p"), (Make("nn.ZeroPad2d", (Bit((left, right, top, bottom), "pads"),)),)


def _dress(at: Place) -> tuple[Make, ...]:
    """Return the norm and the activation that a layer carries."""
    found = []
    if at.layer.args.get("norm"):
        found.append(_norm(at, at["norm"], at.out.c))
    if act := at.layer.args.get("act"):
        found.append(_act(act, at.out.c))
    return tuple(found)


def _act(word: str, c: int) -> Make:
    """Return an activation."""
    return Make("nn.PReLU", (Bit(c, "c"),)) if word == "prelu" else WORDS[word]


def _norm(at: Place, norm: str, c: int) -> Make:
    """Return a normalisation, with or without gamma and beta, trained or not."""
    gamma, beta, flat = (
        at.layer.args.get("gamma", True),
        at.layer.args.get("beta", True),
        at.flat or at.layer.op == "fc",
    )
    beta = beta and norm != "rms"
    channels = Bit(c, "c")
    affine = (("affine", Bit(gamma or beta), True),)
    elementwise = (("elementwise_affine", Bit(gamma or beta), True),)
    call = {
        "bn": Make("nn.BatchNorm1d" if flat else "nn.BatchNorm2d", (channels,), affine),
        "ln": Make("nn.LayerNorm" if flat else "PlaceNorm", (channels,), elementwise),
        "gn": Make("nn.GroupNorm", (at_groups(at), channels), affine),
        "instance": Make("nn.InstanceNorm2d", (channels,), (("affine", Bit(gamma or beta), False),)),
        "rms": Make("nn.RMSNorm" if flat else "PlaceRMSNorm", (channels,), elementwise),
    }[norm]
    if norm != "rms" and gamma != beta:
        call = Make("without", (call, Bit("bias" if gamma else "weight")))
    return Make("frozen", (call,)) if at.layer.args.get("frozen") and (gamma or beta) else call


def at_groups(at: Place) -> Bit:
    """Return the groups of a group norm."""
    return Bit(at.layer.args.get("groups", 1), "groups")


def _conv(at: Place) -> Piece:
    c_in, c, dilation = at.x.c, at.out.c, leaf(at["d"], "d")
    padding, before = _padding(*_pads(at))
    groups = Bit(at.layer.args.get("g", c_in), "g")
    named = (("stride", at.leaf("s"), 1), ("padding", padding, 0), ("dilation", dilation, 1), ("groups", groups, 1))
    call = Make("nn.Conv2d", (Bit(c_in, "c_in"), Bit(c, "c"), at.leaf("k")), (*named, _bias(at)))
    return Piece((*before, call, *_dress(at)))


def _bias(at: Place) -> tuple[str, Bit, bool]:
    return "bias", Bit(at["bias"], "bias"), True


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
    call = Make("nn.ConvTranspose2d", (Bit(at.x.c, "c_in"), Bit(at.out.c, "c"), at.leaf("k")), named)
    after = () if even else (Make("nn.ZeroPad2d", (Bit((-left, -right, -top, -bottom), "pads"),)),)
    return Piece((call, *after, *_dress(at)))


def _fc(at: Place) -> Piece:
    call = Make("nn.Linear", (Bit(at.x.size, "c_in"), Bit(at.out.c, "c")), (_bias(at),))
    return Piece((call, *_dress(at)), None if at.flat else Expression("{0}.flatten(1)"))


def _linear(at: Place) -> Piece:
    call = Make("nn.Linear" if at.flat else "PlaceLinear", (Bit(at.x.c, "c_in"), Bit(at.out.c, "c")), (_bias(at),))
    return Piece((call, *_dress(at)))


def _pool(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a pool over windows, or to a size."""
    lowest = (
        Make("nn.ConstantPad2d", (Bit((), "pads"), LOWEST))
        if name == "Max"
        else Make("nn.ZeroPad2d", (Bit((), "pads"),))
    )

    def entry(at: Place) -> Piece:
        if at["to"]:
            return Piece((Make(f"nn.Adaptive{name}Pool2d", (at.leaf("to"),)),))
        top, bottom, left, right = _pads(at)
        k, s, d = at["k"], at["s"], at.layer.args.get("d", (1, 1))
        half = all(pad <= extent(one, by) // 2 for pad, one, by in zip((top, left), k, d, strict=True))
        even = (top, left) == (bottom, right) and half
        before: tuple[Make, ...] = ()
        if not even:
            ends = [(out - 1) * step + extent(one, by) for out, step, one, by in zip(at.out[1:], s, k, d, strict=True)]
            pads = (left, ends[1] - at.x.w - left, top, ends[0] - at.x.h - top)
            before = (lowest._replace(args=(Bit(pads, "pads"), *lowest.args[1:])),)
        named = (
            ("stride", at.leaf("s"), at.leaf("k").value),
            ("padding", leaf((top, left) if even else (0, 0), "p"), 0),
            ("dilation", leaf(d, "d"), 1),
            ("ceil_mode", Bit(bool(at["ceil"]) and even, "ceil"), False),
        )
        return Piece((*before, Make(f"nn.{name}Pool2d", (at.leaf("k"),), named)))

    return entry


def _module(name: str, *args: Any) -> Callable[[Place], Piece]:
    """Return the entry of what is one module, whatever the layer."""
    return lambda at: Piece((Make(name, tuple(map(Bit, args))),))


def _many(infix: str) -> Callable[[Place], Piece]:
    """Return the entry of an operator between all inputs."""
    return lambda at: Piece(_dress(at), Expression(infix.join(f"{{{index}}}" for index in range(len(at.layer.ins)))))


def _concat(at: Place) -> Piece:
    inputs = ", ".join(f"{{{index}}}" for index in range(len(at.layer.ins)))
    return Piece(_dress(at), Expression(f"torch.cat([{inputs}], 1)"))


def _learnt(name: str) -> Callable[[Place], Piece]:
    """Return the entry of learnt factors or summands, in a tensor that is spread over the map."""

    def entry(at: Place) -> Piece:
        c, h, w = at.x
        sides = {"channel": (c, 1, 1), "element": (c, h, w), "layer": (1, 1, 1)}[at["per"]]
        hints = ("c", "h", "w")
        return Piece(
            (
                Make(
                    name,
                    tuple(Bit(side, hint) for side, hint in zip(sides, hints, strict=True))[: 1 if at.flat else 3],
                ),
            )
        )

    return entry


def _slice(at: Place) -> Piece:
    start, stop = Bit(at["start"], "start"), Bit(at["start"] + at["c"], "stop")
    if not at["start"]:
        return Piece((), Expression("{0}[:, :{c}]", (Bit(at["c"], "c"),)))
    return Piece(
        (), Expression("{0}[:, {start}:]" if stop.value == at.x.c else "{0}[:, {start}:{stop}]", (start, stop))
    )


def _pad(at: Place) -> Piece:
    top, bottom, left, right = at["p"]
    if at.out.c == at.x.c:
        return Piece((Make("nn.ZeroPad2d", (Bit((left, right, top, bottom), "pads"),)),))
    return Piece((), Expression("F.pad({0}, {pads})", (Bit((left, right, top, bottom, 0, at.out.c - at.x.c), "pads"),)))


def _crop(at: Place) -> Piece:
    top, _, left, _ = at["p"]
    cuts = {"c": (0, at.out.c, at.x.c), "h": (top, top + at.out.h, at.x.h), "w": (left, left + at.out.w, at.x.w)}
    kept = ", ".join(
        ":" if stop - start == whole else f"{{{side}0}}:{{{side}1}}" for side, (start, stop, whole) in cuts.items()
    )
    ends = (Bit(end, f"{side}{index}") for side, cut in cuts.items() for index, end in enumerate(cut[:2]))
    return Piece((), Expression(f"{{0}}[:, {kept}]", tuple(ends)))


def _tokens(at: Place) -> Piece:
    if not at["extra"]:
        return Piece((), Expression("{0}.flatten(2).unsqueeze(2)"))
    return Piece((Make("Tokens", (Bit(at.x.c, "c"), Bit(at["extra"], "extra"))),))


def _grid(at: Place) -> Piece:
    sides = (Bit(at.out.h, "h"), Bit(at.out.w, "w"))
    extra = at.x.h * at.x.w - at.out.h * at.out.w
    if not extra:
        return Piece((), Expression("{0}.flatten(2).unflatten(2, ({h}, {w}))", sides))
    return Piece(
        (), Expression("{0}.flatten(2)[:, :, {extra}:].unflatten(2, ({h}, {w}))", (*sides, Bit(extra, "extra")))
    )


def _unshuffle(at: Place) -> Piece:
    return Piece((Make("Unshuffle", tuple(map(Bit, at["by"]))),))


def _upsample(at: Place) -> Piece:
    sizes = ("scale_factor", at.leaf("by"), None) if at["by"] else ("size", leaf(at["to"], "size"), None)
    return Piece((Make("nn.Upsample", (), (sizes, ("mode", Bit(at["mode"], "mode"), "nearest"))),))


def _matmul(at: Place) -> Piece:
    return Piece(
        (),
        Expression(
            "({1}.flatten(2) @ {0}.flatten(2)).unflatten(2, ({h}, {w}))", (Bit(at.out.h, "h"), Bit(at.out.w, "w"))
        ),
    )


def _attention(at: Place) -> Piece:
    ins = at.layer.ins
    q, k, v = (ins * 3)[:3] if len(ins) == 1 else (ins[0], ins[1], ins[-1])
    step = at.step()
    parted = at["window"] or at["grid"]
    named: list[tuple[str, Bit, Any]] = [("bias", Bit(at["bias"]), True)]
    shared = at["kv_heads"] not in (None, at["heads"])
    if len(ins) == 1 and at["qkv"] and not (parted or at["relative"] or at["cosine"] or shared):
        return Piece((Make("SelfAttention", (Bit(q.c, "c"), at.leaf("heads")), tuple(named)),))
    named += [
        ("c_k", Bit(k.c if k.c != q.c else None, "c_k"), None),
        ("c_v", Bit(v.c if v.c != k.c else None, "c_v"), None),
        ("project", Bit(at["qkv"]), True),
        ("window", at.leaf("window"), None),
        ("grid", at.leaf("grid"), None),
        ("relative", Bit(at["relative"]), None),
        ("size", leaf(k[1:] if at["relative"] and not parted else None, "size"), None),
        ("cosine", Bit(at["cosine"]), False),
        ("kv_heads", at.leaf("kv_heads") if shared else Bit(None), None),
        ("step", Bit(step), 1),
    ]
    return Piece((Make("Attention", (Bit(q.c, "c"), at.leaf("heads")), tuple(named)),))


def _recurrent(name: str) -> Callable[[Place], Piece]:
    """Return the entry of a recurrent layer."""

    def entry(at: Place) -> Piece:
        if at["biases"] == 1:
            raise at.refused("PyTorch has no bias or two a gate: set `biases` to 2 or 0, or export it to keras")
        named = (
            ("layers", at.leaf("layers"), 1),
            ("directions", at.leaf("directions"), 1),
            ("bias", Bit(at["biases"] == 2), True),
        )
        return Piece((Make("Recurrent", (Bit(Code(name)), Bit(at.x.c, "c_in"), at.leaf("c")), named),))

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
    **dict.fromkeys(NORMS, lambda at: Piece((_norm(at, at.layer.op, at.x.c), *_dress(at)))),
    **dict.fromkeys((*ACTS, "prelu"), lambda at: Piece((_act(at.layer.op, at.layer.args.get("slopes") or at.x.c),))),
    "glu": _module("nn.GLU", 1),
    **{word: _module("Gate", Code(act)) for word, act in GATES.items()},
    "lrn": _module("nn.LocalResponseNorm", 5),
    "dropout": _module("nn.Dropout"),
    "softmax": _module("nn.Softmax", 1),
    "flatten": lambda at: Piece((), Expression("{0}" if at.flat else "{0}.flatten(1)")),
    "identity": _module("nn.Identity"),
    "scale": _learnt("Scale"),
    "offset": _learnt("Offset"),
    "add": _many(" + "),
    "mul": _many(" * "),
    "concat": _concat,
    "shuffle": lambda at: Piece((Make("nn.ChannelShuffle", (at.leaf("g"),)),)),
    "slice": _slice,
    "pad": _pad,
    "crop": _crop,
    "tokens": _tokens,
    "grid": _grid,
    "transpose": lambda at: Piece((), Expression("{0}.flatten(2).transpose(1, 2).unsqueeze(2)")),
    "unshuffle": _unshuffle,
    "pixelshuffle": lambda at: Piece((Make("PixelShuffle", tuple(map(Bit, at["by"]))),)),
    "upsample": _upsample,
    "matmul": _matmul,
    "attention": _attention,
    "lstm": _recurrent("nn.LSTM"),
    "gru": _recurrent("nn.GRU"),
}  # fmt: skip
