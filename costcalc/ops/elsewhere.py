"""What people try to write that is not an op here: names of other frameworks, each with the row for it."""

import re
from collections.abc import Iterable, Mapping

from costcalc.common.errors import quote, suggest

# By the name in lower case, without its module, `_` and the number of dimensions: the rows that make the layer.
ROWS: Mapping[str, str] = {
    "dense": "`fc`, which flattens its input, or `linear`, at every place",
    "depthwiseconv": "`dwconv`",
    "concatenate": "`concat`",
    "adaptiveavgpool": "`avgpool` with `to`, or `gap` to 1x1",
    "adaptiveaveragepooling": "`avgpool` with `to`, or `gap` to 1x1",
    "adaptivemaxpool": "`maxpool` with `to`, or `gmp` to 1x1",
    "separableconv": "`dwconv` and below it `conv` with `k: 1`",
    "upconv": "`upsample` and below it `conv`, or `tconv`",
    "squeezeexcite": "`gap`, two `linear` rows with `act`, and `mul` with the map",
    "squeezeexcitation": "`gap`, two `linear` rows with `act`, and `mul` with the map",
    "se": "`gap`, two `linear` rows with `act`, and `mul` with the map",
    "residual": "`add` with `from: [x, -1]`",
    "skip": "`add` with `from: [x, -1]`",
    "shortcut": "`add` with `from: [x, -1]`",
    "sequential": "a block, or `{repeat: 1, layers: [...]}`",
    "transformerencoderlayer": "`ln`, `attention` with `qkv: true`, `add`, `ln`, `linear`, `gelu`, `linear` and `add`",
    "transformer": "`ln`, `attention` with `qkv: true`, `add`, `ln`, `linear`, `gelu`, `linear` and `add`",
    "mlp": "`linear`, an activation and `linear`",
    "ffn": "`linear`, an activation and `linear`",
    "einsum": "`matmul`, with `transpose` where places and channels change sides, or `linear` for a learnt matrix",
    "mean": "`gap` over places",
    "sum": "`add` of several rows",
    "sub": "`add`, which has as many additions",
    "div": "`mul`, which has as many products",
    "droppath": "`identity`: it does nothing at inference",
    "stochasticdepth": "`identity`: it does nothing at inference",
    "split": "`slice` for each part",
    "chunk": "`slice` for each part",
    "view": "`flatten`, `tokens` or `grid`",
    "embedding": "`tokens` with `extra`, or `offset` with `per: element` for positions",
    "input": "`input:` of the spec",
    "inputlayer": "`input:` of the spec",
    "globalaveragepooling": "`gap`",
    "globalmaxpooling": "`gmp`",
    "maxpooling": "`maxpool`",
    "averagepooling": "`avgpool`",
    "hardswish": "`hswish`",
    "hardsigmoid": "`hsigmoid`",
    "leakyrelu": "`leaky_relu`",
    "channelshuffle": "`shuffle`",
    "localresponsenorm": "`lrn`",
}
# What is not counted at all, with the nearest row.
UNCOUNTED: Mapping[str, str] = {
    "rnn": "`gru`, which has three gates for its one",
    "simplernn": "`gru`, which has three gates for its one",
    "bilinear": "`linear` on a `concat`, which has another matrix (interpolation is `upsample`, `mode: bilinear`)",
    "deformconv": "`conv`, without its offsets",
    "locallyconnected": "`conv`, which shares its weights between places",
    "roialign": "`avgpool` with `to`, of one region",
    "roipool": "`maxpool` with `to`, of one region",
    "nms": "none: it has no weights and no products",
    "fft": "none",
    "gridsample": "`upsample` with `to`",
    "convlstm": "`conv` for each of its gates",
    "mamba": "`linear` for its projections",
    "ssm": "`linear` for its projections",
    "maxout": "`linear` and `slice`",
    "topk": "none: it has no weights and no products",
    "cumsum": "none: it has no weights and no products",
    "spectralnorm": "none: its weights are those of the layer that it wraps",
    "weightnorm": "none: its weights are those of the layer that it wraps",
    "moe": "`linear` for each expert that runs",
}
DIMENSIONS = re.compile(r"[123]d\Z")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\Z", re.ASCII)  # a framework's name, such as `nn.Linear`


def no_op(name: str, known: Iterable[str], what: str = "op or block", offered: str = "") -> str:
    """Return the sentence for a name that is not an op: with the rows that make such a layer, or a near name.

    `offered` is what is said where none is near.
    """
    last = name.rpartition(".")[2]
    plain = DIMENSIONS.sub("", last.lower().replace("_", ""))
    known = set(known)
    if last.lower().endswith("3d") and last not in known:
        sides = "a map has a height and a width, and no third side; write the layers of one frame"
        return f"costcalc does not count {quote(name)}: {sides}"
    if plain in UNCOUNTED and last not in known:
        return f"costcalc does not count {quote(name)}; nearest way to write it: {UNCOUNTED[plain]}"
    if plain in ROWS and last not in known:
        return f"unknown {what} {quote(name)}: write {ROWS[plain]}"
    near = next(filter(None, (suggest(way, known) for way in (last, plain) if way.lower() in _ways(known))), "")
    return f"unknown {what} {quote(name)}{near or offered or suggest(name, known)}"


def _ways(known: Iterable[str]) -> set[str]:
    """Return what known names are called, here and elsewhere."""
    return {way.lower() for name in known for way in (name, *getattr(name, "elsewhere", ()))}
