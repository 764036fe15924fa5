"""Random layers of the ops that PyTorch has, by shape and count: a committed table, and 2,000 more where torch is installed.

`python tests/test_torch_layers.py` writes the table anew.
"""

import csv
import json
import random
import sys
from pathlib import Path

import pytest

from costcalc.ops import OPS
from costcalc.ops.shape import Shape

TABLE = Path(__file__).parent / "golden" / "torch_layers.csv"
NUMBER, SEED = 2000, 12
TURNS = 6  # layers of each kind in the committed table


def sides(draw, most=9):
    return draw.randint(1, most), draw.randint(1, most)


def drawn(number, seed):
    """Yield (op, inputs, cells, the torch layer's name and arguments) of random layers that fit."""
    draw = random.Random(seed)  # noqa: S311 - the same layers on every run
    kinds = list(KINDS.items())
    for index in range(number):
        op, make = kinds[index % len(kinds)]
        yield op.partition(" ")[0], *make(draw)


def conv(draw, transposed=False):
    g = draw.randint(1, 3)
    c_in, c, k, s, d = (
        g * draw.randint(1, 4),
        g * draw.randint(1, 4),
        draw.randint(1, 4),
        draw.randint(1, 3),
        draw.randint(1, 2),
    )
    p, bias = draw.randint(0, 2), draw.random() < 0.5
    x = (c_in, draw.randint(9, 14), draw.randint(9, 14))
    cells = {"k": k, "c": c, "s": s, "p": p, "d": d, "g": g, "bias": bias}
    more = {"stride": s, "padding": p, "dilation": d, "groups": g, "bias": bias}
    if not transposed:
        return [x], cells, ("Conv2d", [c_in, c, k], more)
    extra = draw.randint(0, max(s, d) - 1)
    return [x], {**cells, "extra": extra}, ("ConvTranspose2d", [c_in, c, k], {**more, "output_padding": extra})


def kept(draw):
    """A transposed convolution without `p`: its output is `s` times its input."""
    s = draw.randint(1, 3)
    k, (c_in, c) = draw.randint(s, 5), sides(draw)
    x = (c_in, *sides(draw))
    p, extra = (k - s + 1) // 2, (k - s) % 2
    return (
        [x],
        {"k": k, "c": c, "s": s},
        ("ConvTranspose2d", [c_in, c, k], {"stride": s, "padding": p, "output_padding": extra, "bias": False}),
    )


def pool(name):
    def make(draw):
        x, to = (draw.randint(1, 4), *sides(draw, 20)), sides(draw, 12)
        return [x], {"to": to}, (name, [list(to)], {})

    return make


def upsample(draw):
    x, mode, by = (draw.randint(1, 4), *sides(draw)), draw.choice(["nearest", "bilinear"]), draw.randint(1, 4)
    return [x], {"by": by, "mode": mode}, ("Upsample", [], {"scale_factor": by, "mode": mode})


def linear(draw):
    c_in, c = sides(draw)
    bias = draw.random() < 0.5
    return [(c_in, *sides(draw))], {"c": c, "bias": bias}, ("Linear", [c_in, c], {"bias": bias})


def norm(name, groups=False):
    def make(draw):
        g = draw.randint(1, 4)
        c = g * draw.randint(1, 4)
        cells, args = ({"groups": g}, [g, c]) if groups else ({}, [c])
        more = {"affine": True} if name == "InstanceNorm2d" else {}
        return [(c, draw.randint(2, 9), draw.randint(2, 9))], cells, (name, args, more)

    return make


def attention(draw):
    heads = draw.randint(1, 4)
    d, n, bias = heads * draw.randint(1, 5), draw.randint(1, 12), draw.random() < 0.5
    return (
        [(d, 1, n)],
        {"heads": heads, "qkv": True, "bias": bias},
        ("MultiheadAttention", [d, heads], {"bias": bias, "batch_first": True}),
    )


def recurrent(name):
    def make(draw):
        (c_in, c), steps, layers, both = sides(draw), draw.randint(1, 9), draw.randint(1, 3), draw.random() < 0.5
        bias = draw.random() < 0.5
        cells = {"c": c, "layers": layers, "directions": 1 + both, "biases": 2 * bias}
        more = {"num_layers": layers, "bidirectional": both, "bias": bias, "batch_first": True}
        return [(c_in, 1, steps)], cells, (name, [c_in, c], more)

    return make


def act(name, **more):
    return lambda draw: ([(2 * draw.randint(1, 6), *sides(draw))], {}, (name, [], more))


def padded(draw):
    p = [draw.randint(0, 3) for _ in range(4)]
    return [(draw.randint(1, 4), *sides(draw))], {"p": tuple(p)}, ("ZeroPad2d", [[p[2], p[3], p[0], p[1]]], {})


def dwconv(draw):
    (c, m), (k, s, d) = (draw.randint(1, 5), draw.randint(1, 3)), (draw.randint(1, 4) for _ in range(3))
    p, bias = draw.randint(0, 2), draw.random() < 0.5
    more = {"stride": s, "padding": p, "dilation": d, "groups": c, "bias": bias}
    cells = {"k": k, "c": c * m, "s": s, "p": p, "d": d, "bias": bias}
    return [(c, draw.randint(13, 16), draw.randint(13, 16))], cells, ("Conv2d", [c, c * m, k], more)


def windows(name):
    def make(draw):
        k = draw.randint(1, 4)
        cells = {"k": k, "s": draw.randint(1, 4), "p": draw.randint(0, k // 2), "ceil": draw.random() < 0.5}
        more = {"stride": cells["s"], "padding": cells["p"], "ceil_mode": cells["ceil"]}
        return [(draw.randint(1, 4), draw.randint(4, 15), draw.randint(4, 15))], cells, (name, [k], more)

    return make


def parted(draw):
    heads, part = draw.randint(1, 3), sides(draw, 4)
    d, how = heads * draw.randint(1, 4), draw.choice(["window", "grid"])
    more = {"relative": draw.choice([None, "table", "mlp"]), "cosine": draw.random() < 0.5, "bias": draw.random() < 0.5}
    cells = {"heads": heads, "qkv": True, how: part, **more, "relative": more["relative"] or "none"}
    return [(d, *sides(draw))], cells, ("Windows", [d, heads, list(part)], {"grid": how == "grid", **more})


def crossed(draw):
    heads, c, bias = draw.randint(1, 3), draw.randint(1, 6), draw.random() < 0.5
    d = heads * draw.randint(1, 4)
    cells = {"heads": heads, "qkv": True, "bias": bias}
    return [(d, *sides(draw)), (c, *sides(draw))], cells, ("Cross", [d, heads, c], {"bias": bias})


def given(draw):
    heads = draw.randint(1, 3)
    d, c, size = heads * draw.randint(1, 4), heads * draw.randint(1, 4), sides(draw)
    return [(d, *sides(draw)), (d, *size), (c, *size)], {"heads": heads}, ("Attention", [heads], {})


def product(draw):
    h, w = sides(draw)
    return [(h * w, *sides(draw)), (draw.randint(1, 9), h, w)], {}, ("Apply", ["matmul"], {})


def spread(name):
    def make(draw):
        x = (draw.randint(1, 6), *sides(draw))
        y = tuple(draw.choice([1, side]) for side in x)
        return [x, y] if draw.random() < 0.5 else [y, x], {}, ("Apply", [name], {})

    return make


def joined(draw):
    size = sides(draw)
    return [(draw.randint(1, 5), *size) for _ in range(draw.randint(2, 4))], {}, ("Apply", ["concat"], {})


def learnt(name):
    def make(draw):
        x, per = (draw.randint(1, 6), *sides(draw)), draw.choice(["channel", "element", "layer"])
        shape = {"channel": [1, x[0], 1, 1], "element": [1, *x], "layer": [1]}[per]
        return [x], {"per": per}, ("Apply", [name], {"shape": shape})

    return make


def tokens(draw):
    x, extra = (draw.randint(1, 6), *sides(draw)), draw.randint(0, 3)
    return [x], {"extra": extra}, ("Apply", ["tokens"], {"shape": [1, extra, x[0]]})


def grid(draw):
    to = sides(draw)
    return [(draw.randint(1, 6), 1, to[0] * to[1] + draw.randint(0, 3))], {"to": to}, ("Apply", ["grid", *to], {})


def cropped(draw):
    p, x = [draw.randint(0, 3) for _ in range(4)], (draw.randint(1, 6), draw.randint(7, 9), draw.randint(7, 9))
    c = draw.randint(1, x[0])
    return [x], {"p": tuple(p), "c": c}, ("Apply", ["crop", c, *p], {})


def sliced(draw):
    c, start = draw.randint(1, 5), draw.randint(0, 4)
    return (
        [(c + start + draw.randint(0, 2), *sides(draw))],
        {"c": c, "start": start},
        ("Apply", ["slice", c, start], {}),
    )


def unshuffled(draw):
    by, (h, w) = draw.randint(1, 3), sides(draw, 4)
    return [(draw.randint(1, 4), h * by, w * by)], {"by": by}, ("PixelUnshuffle", [by], {})


def pixelshuffled(draw):
    by = draw.randint(1, 3)
    return [(draw.randint(1, 4) * by * by, *sides(draw, 4))], {"by": by}, ("PixelShuffle", [by], {})


def resized(draw):
    to, mode = sides(draw), draw.choice(["nearest", "bilinear"])
    return [(draw.randint(1, 4), *sides(draw))], {"to": to, "mode": mode}, ("Upsample", [list(to)], {"mode": mode})


KINDS = {
    "conv": conv,
    "dwconv": dwconv,
    "tconv": lambda draw: conv(draw, transposed=True),
    "tconv kept": kept,
    "maxpool": pool("AdaptiveMaxPool2d"),
    "avgpool": pool("AdaptiveAvgPool2d"),
    "maxpool windows": windows("MaxPool2d"),
    "avgpool windows": windows("AvgPool2d"),
    "upsample": upsample,
    "upsample to": resized,
    "linear": linear,
    "bn": norm("BatchNorm2d"),
    "gn": norm("GroupNorm", groups=True),
    "instance": norm("InstanceNorm2d"),
    "ln": norm("LayerNorm"),
    "rms": norm("RMSNorm"),
    "attention": attention,
    "attention parted": parted,
    "attention crossed": crossed,
    "attention given": given,
    "matmul": product,
    "transpose": lambda draw: ([(draw.randint(1, 9), *sides(draw))], {}, ("Apply", ["transpose"], {})),
    "tokens": tokens,
    "grid": grid,
    "scale": learnt("scale"),
    "offset": learnt("offset"),
    "add": spread("add"),
    "mul": spread("mul"),
    "concat": joined,
    "slice": sliced,
    "crop": cropped,
    "unshuffle": unshuffled,
    "pixelshuffle": pixelshuffled,
    "lstm": recurrent("LSTM"),
    "gru": recurrent("GRU"),
    "prelu": lambda draw: ([(draw.randint(1, 9), *sides(draw))], {"slopes": 1}, ("PReLU", [], {})),
    "glu": act("GLU", dim=1),
    "elu": act("ELU"),
    "selu": act("SELU"),
    "softplus": act("Softplus"),
    "mish": act("Mish"),
    "pad": padded,
}


def counted(op, ins, cells):
    """Return what costcalc says: output, trainable parameters, statistics, multiply-accumulates."""
    columns = OPS[op].columns
    cost = OPS[op].run(
        [Shape(*x) for x in ins], OPS[op].filled({name: columns[name].read(cell) for name, cell in cells.items()})
    )
    macs = cost.conv_macs + cost.fc_macs + cost.matmul_macs
    return [*cost.out], cost.weights + cost.bias + cost.norm + cost.other, cost.stats, macs


def measured(ins, layer):
    """Return what torch says of a layer: it is built and run without memory, its products seen one by one."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode
    from torch_modules import MODULES

    torch.backends.mha.set_fastpath_enabled(value=False)
    name, args, more = layer
    (c, h, w), last = ins[0], name in ("Linear", "LayerNorm", "RMSNorm")
    tokens = name in ("MultiheadAttention", "LSTM", "GRU")
    with torch.device("meta"):
        module = (MODULES.get(name) or getattr(torch.nn, name))(*args, **more).eval()
        x = torch.empty(1, h * w, c) if tokens else torch.empty(1, h, w, c) if last else torch.empty(1, c, h, w)
        others = [torch.empty(1, *other) for other in ins[1:]]
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as flops:
        out = module(x, x, x, need_weights=False) if name == "MultiheadAttention" else module(x, *others)
    out = out[0] if isinstance(out, tuple) else out
    shape = list(out.shape[1:])
    out_shape = [shape[1], 1, shape[0]] if tokens else [shape[2], shape[0], shape[1]] if last else shape
    stats = sum(buffer.numel() for key, buffer in module.named_buffers() if "running" in key)
    return out_shape, sum(p.numel() for p in module.parameters()), stats, flops.get_total_flops() // 2


def rows():
    with TABLE.open(encoding="utf-8") as file:
        return [[json.loads(cell) if column else cell for column, cell in enumerate(row)] for row in csv.reader(file)]


def test_the_table_has_every_kind():
    assert [row[0] for row in rows()] == [op for op, *_ in drawn(TURNS * len(KINDS), SEED)]


@pytest.mark.parametrize("op", sorted({kind.partition(" ")[0] for kind in KINDS}))
def test_a_layer_is_what_torch_measured(op):
    for name, ins, cells, figures in rows():
        if name == op:
            read = {column: tuple(cell) if isinstance(cell, list) else cell for column, cell in cells.items()}
            assert list(counted(op, ins, read)) == figures, (op, ins, cells)


def test_two_thousand_layers_are_what_torch_has():
    pytest.importorskip("torch")
    for op, ins, cells, layer in drawn(NUMBER, SEED + 1):
        assert list(counted(op, ins, cells)) == list(measured(ins, layer)), (op, ins, cells, layer)


if __name__ == "__main__":
    with TABLE.open("w", encoding="utf-8", newline="") as written:
        writer = csv.writer(written, lineterminator="\n")
        for op, ins, cells, layer in drawn(TURNS * len(KINDS), SEED):
            writer.writerow([op, *map(json.dumps, (ins, cells, measured(ins, layer)))])
    sys.exit(0)
