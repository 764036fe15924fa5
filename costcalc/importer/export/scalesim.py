"""A network as a topology of SCALE-Sim: the products of its layers as convolutions, in the CSV that version 2 reads.

Source: scalesim-project/scale-sim-v2, `topology_utils.py`: a first line that is skipped, then a name and eight whole
numbers with a comma after each; out = ceil((ifmap - filter + stride) / stride), MACs = out_h * out_w * filter_h *
filter_w * channels * filters; a name with `DP` in it means as many layers of one channel as it has channels.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from costcalc.common.errors import quote
from costcalc.network.model import Layer, Network

HEADER = (
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Stride Height, "
    "Stride Width,"
)
DEPTHWISE = "DP"


class Line(NamedTuple):
    """A convolution without padding: what it reads, its filters, its strides; `part` ends its name."""

    ifmap: tuple[int, int]
    filter: tuple[int, int]
    channels: int
    filters: int
    stride: tuple[int, int] = (1, 1)
    part: str = ""

    @property
    def macs(self) -> int:
        """Multiply-accumulates, by SCALE-Sim's own formula; a line of depthwise channels means each of them."""
        out = [-(-(size - k + s) // s) for size, k, s in zip(self.ifmap, self.filter, self.stride, strict=True)]
        return out[0] * out[1] * self.filter[0] * self.filter[1] * self.channels * self.filters


def _window(layer: Layer, columns: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Return the height and width of what a convolution's windows read, padding included and dilation not."""
    h, w = layer.out[1:]
    return (h - 1) * columns["s"][0] + columns["k"][0], (w - 1) * columns["s"][1] + columns["k"][1]


def _conv(layer: Layer) -> Iterator[Line]:
    args, x, c = layer.args, layer.ins[0], layer.out.c
    groups = args.get("g", x.c)
    line = Line(_window(layer, args), args["k"], x.c // groups, c // groups, args["s"])
    if groups > 1 and x.c == groups:
        yield line._replace(channels=x.c, part=DEPTHWISE)
    else:
        yield from (line._replace(part=f"group{group}" if groups > 1 else "") for group in range(groups))


def _tconv(layer: Layer) -> Iterator[Line]:
    """Yield a transposed convolution as the product that it is: each input place by all taps of the kernel."""
    args, x = layer.args, layer.ins[0]
    taps = args["k"][0] * args["k"][1] * layer.out.c // args["g"]
    yield from (
        Line(x[1:], (1, 1), x.c // args["g"], taps, part=f"group{group}" if args["g"] > 1 else "")
        for group in range(args["g"])
    )


def _fc(layer: Layer) -> Iterator[Line]:
    yield Line((1, 1), (1, 1), layer.ins[0].size, layer.out.c)


def _linear(layer: Layer) -> Iterator[Line]:
    yield Line(layer.out[1:], (1, 1), layer.ins[0].c, layer.out.c)


def _matmul(layer: Layer) -> Iterator[Line]:
    x, y = layer.ins
    yield Line(x[1:], (1, 1), x.c, y.c)


def _attention(layer: Layer) -> Iterator[Line]:
    """Yield the projections, and for each head of each part of the map the scores and what they weigh."""
    args, ins = layer.args, layer.ins
    q, k, v = (ins * 3)[:3] if len(ins) == 1 else (ins[0], ins[1], ins[-1])
    part = args["window"] or args["grid"]
    parts = -(-q.h // part[0]) * -(-q.w // part[1]) if part else 1
    n, m = (part[0] * part[1],) * 2 if part else (q.h * q.w, k.h * k.w)
    heads, shared = args["heads"], args["kv_heads"] or args["heads"]
    c = q.c if args["qkv"] else v.c * heads // shared
    if args["qkv"]:
        kept = q.c * shared // heads
        yield from (
            Line((places * parts, 1), (1, 1), x.c, made, part=name)
            for name, x, places, made in (("q", q, n, q.c), ("k", k, m, kept), ("v", v, m, kept))
        )
    for number in range(parts * heads):
        yield Line((n, 1), (1, 1), q.c // heads, m, part=f"scores{number}")
        yield Line((n, 1), (1, 1), m, c // heads, part=f"weighed{number}")
    if args["qkv"]:
        yield Line((n * parts, 1), (1, 1), q.c, q.c, part="out")
    if args["relative"] == "mlp":
        offsets = (2 * (part or q[1:])[0] - 1) * (2 * (part or q[1:])[1] - 1)
        yield Line((offsets, 1), (1, 1), 2, 512, part="positions")
        yield Line((offsets, 1), (1, 1), 512, heads, part="positions_out")


def _recurrent(gates: int) -> Callable[[Layer], Iterator[Line]]:
    """Return the entry of a recurrent layer: its gates' products, those of all steps together."""

    def entry(layer: Layer) -> Iterator[Line]:
        c, both, x = layer.args["c"], layer.args["directions"], layer.ins[0]
        for number in range(layer.args["layers"]):
            for way in range(both):
                name = f"{number}_{way}"
                yield Line((x.h * x.w, 1), (1, 1), both * c if number else x.c, gates * c, part=f"in{name}")
                yield Line((x.h * x.w, 1), (1, 1), c, gates * c, part=f"steps{name}")

    return entry


TABLE: Mapping[str, Callable[[Layer], Iterator[Line]]] = {
    "conv": _conv,
    "dwconv": _conv,
    "tconv": _tconv,
    "fc": _fc,
    "linear": _linear,
    "matmul": _matmul,
    "attention": _attention,
    "lstm": _recurrent(4),
    "gru": _recurrent(3),
}
# What a topology says in another way than the layer has it.
OTHERWISE: Mapping[str, Callable[[Layer], bool]] = {
    "padding is part of the input's size": lambda layer: (
        layer.op in ("conv", "dwconv") and _window(layer, layer.args) != layer.ins[0][1:]
    ),
    "dilated kernels are written without their gaps": lambda layer: layer.args.get("d", (1, 1)) != (1, 1),
    "a transposed convolution is written as its product": lambda layer: layer.op == "tconv",
    "groups are written one by one": lambda layer: 1 < layer.args.get("g", 1) < layer.ins[0].c,
    "attention is written as a product for each head": lambda layer: layer.op == "attention",
    "the steps of a recurrent layer are written together": lambda layer: layer.op in ("lstm", "gru"),
}


def scalesim_topology(network: Network) -> tuple[str, tuple[str, ...]]:
    """Return the CSV of a network, and sentences on what it says otherwise and what it leaves out."""
    lines = [HEADER]
    for layer in network.layers:
        for line in TABLE[layer.op](layer) if layer.op in TABLE else ():
            numbers = (*line.ifmap, *line.filter, line.channels, line.filters, *line.stride)
            lines.append(f"{_name(layer, line.part)}, {', '.join(map(str, numbers))},")
    notes = [_told(words, of) for words, holds in OTHERWISE.items() if (of := [*filter(holds, network.layers)])]
    left = Counter(layer.op for layer in network.layers if layer.op not in TABLE)
    carried = [word for word in ("bias", "norm", "act") if any(layer.args.get(word) for layer in network.layers)]
    rest = [*(f"{op} ({times})" for op, times in left.items()), *carried]
    if rest:
        notes.append(f"left out, as they have no matrix products: {', '.join(rest)}")
    return "\n".join(lines) + "\n", tuple(notes)


def _told(words: str, layers: Sequence[Layer]) -> str:
    """Return a sentence about layers, with the first of them."""
    return f"{words}: {quote(layers[0].path)}{f' and {len(layers) - 1} more' if len(layers) > 1 else ''}"


def _name(layer: Layer, part: str) -> str:
    """Return the name of a line: a layer's path, without commas, and without `DP` unless channels are separate."""
    name = re.sub(r"[,\s]+", "_", layer.path)
    name = name if part == DEPTHWISE else name.replace(DEPTHWISE, "D_P")
    return f"{name}_{part}" if part else name
