"""Networks written for others: code that compiles, and that counts as the table does where its framework is there."""

import importlib.util
import math
import os
import re
import sys
from collections import Counter

import pytest
from members import MEMBERS
from running import CliRunner

from costcalc import importer
from costcalc.analysis.api import load
from costcalc.cli import main
from costcalc.common.errors import Source, SpecError
from costcalc.importer import export as exporting
from costcalc.importer.export import kerastable, onnxtable, scalesim, torchtable
from costcalc.importer.export.program import name_of
from costcalc.importer.export.scopes import scope_of
from costcalc.ops import OPS
from costcalc.specfile import load_source
from costcalc.unfold.aspython import blocks_of
from costcalc.unfold.interpreter import build

EVERY_MEMBER = os.environ.get("COSTCALC_MEMBERS") == "all"
# Every layer type, in each of its forms: the rows of a small network on 8x12x10.
FORMS = {
    "conv": "{op: conv, k: 3, c: 16, s: 2, g: 4, bias: true, norm: bn, act: relu6}",
    "conv dilated, lopsided": "{op: conv, k: [3, 5], c: 6, d: [2, 1], p: [1, 2, 3, 0], act: prelu}",
    "conv same": "{op: conv, k: 4, c: 6, s: 3, p: same, norm: gn, groups: 2, act: hswish}",
    "dwconv": "{op: dwconv, k: 5, s: 2, norm: instance, act: silu}",
    "dwconv multiplied": "{op: dwconv, k: 3, c: 24, norm: rms, act: hsigmoid}",
    "tconv": "{op: tconv, k: 3, c: 6, s: 2, g: 2, norm: bn, act: leaky_relu}",
    "tconv lopsided": "{op: tconv, k: 4, c: 6, s: 3, p: same, bias: true, act: elu}",
    "fc": "{op: fc, c: 7, norm: bn, act: tanh}, {op: fc, c: 5, bias: false}, {op: softmax}",
    "linear": "{op: linear, c: 7, norm: ln, act: gelu}, {op: gap}, {op: linear, c: 4}",
    "linear on a vector": "{op: fc, c: 6}, {op: ln}, {op: linear, c: 4, act: relu}, {op: scale}, {op: gap}",
    "pools": "{op: maxpool, k: 3, s: 2, p: 1, ceil: true}, {op: avgpool, k: [2, 3], s: 1}",
    "pools padded": "{op: maxpool, k: 3, s: 2, p: same}, {op: avgpool, k: 3, s: 2, p: [0, 1, 1, 0], ceil: true}",
    "pool dilated": "{op: maxpool, k: 3, s: 2, d: 2, p: 3}",
    "pools to a size": "{op: avgpool, to: [6, 5]}, {op: maxpool, to: [3, 1]}, {op: gmp}",
    "norms": "{op: bn, act: mish}, {op: ln}, {op: gn, groups: 4}, {op: instance}, {op: rms, act: softplus}",
    "norms without gamma": "{op: bn, gamma: false}, {op: ln, gamma: false}, {op: conv, k: 1, c: 8, norm: bn, beta: false}",
    "norms without both": "{op: bn, gamma: false, beta: false}, {op: ln, gamma: false, beta: false}, {op: rms, gamma: false}",
    "frozen": "{op: conv, k: 1, c: 8, norm: bn, frozen: true}, {op: bn, frozen: true}",
    "activations": "{op: relu}, {op: relu6}, {op: leaky_relu}, {op: prelu}, {op: silu}, {op: swish}, {op: hswish}, "
    "{op: sigmoid}, {op: hsigmoid}, {op: tanh}, {op: gelu}, {op: elu}, {op: selu}, {op: mish}, {op: softplus}",
    "prelu of one slope": "{op: prelu, slopes: 1}",
    "gates": "{op: glu}, {op: swiglu}, {op: reglu}",
    "geglu": "{op: geglu}",
    "lrn, dropout, identity": "{op: lrn}, {op: dropout}, {op: identity}, {op: flatten}, {op: dropout}",
    "learnt": "{op: scale}, {op: offset, per: element}, {op: scale, per: layer}, {op: offset}",
    "add, mul": "{op: conv, k: 1, c: 8, name: a}, {op: gap, name: g}, {op: mul, from: [a, g]}, "
    "{op: add, from: [-1, a, input], act: relu}",
    "vector and map": "{op: fc, c: 8, name: v}, {op: mul, from: [input, v]}, {op: concat, from: [-1, input], act: relu}",
    "shuffle, slice": "{op: shuffle, g: 2}, {op: slice, c: 3}, {op: slice, c: 4, start: 2, from: input}",
    "pad, crop": "{op: pad, p: [1, 2, 3, 4]}, {op: pad, c: 12}, {op: crop, p: [0, 2, 1, 1], c: 5}",
    "tokens, grid": "{op: tokens, extra: 2}, {op: grid, to: [10, 12]}, {op: tokens}, {op: grid, to: [12, 10]}",
    "transpose": "{op: transpose}, {op: linear, c: 6}, {op: transpose}",
    "unshuffle, upsample": "{op: unshuffle, by: 2}, {op: upsample, by: 2, mode: bilinear}, {op: upsample, to: [7, 9]}",
    "pixelshuffle": "{op: pixelshuffle, by: 2}",
    "pixelshuffle oblong": "{op: pixelshuffle, by: [2, 1]}",
    "unshuffle oblong": "{op: unshuffle, by: [3, 2]}, {op: upsample, by: [1, 2]}",
    "matmul": "{op: transpose, name: t}, {op: matmul, from: [t, input]}",
    "attention": "{op: attention, heads: 2, qkv: true}",
    "attention of three": "{op: conv, k: 1, c: 8, s: 2, name: k}, {op: conv, k: 1, c: 6, s: 2, from: input, name: v}, "
    "{op: attention, heads: 2, from: [input, k, v]}",
    "attention across": "{op: conv, k: 1, c: 6, s: 2, name: m}, {op: attention, heads: 4, qkv: true, bias: false, from: [input, m]}",
    "attention in windows": "{op: attention, heads: 2, qkv: true, window: 5, relative: table}",
    "attention in grids": "{op: attention, heads: 2, qkv: true, grid: [4, 5], relative: table}",
    "attention by cosine": "{op: attention, heads: 2, qkv: true, window: [4, 5], relative: mlp, cosine: true}",
    "attention placed": "{op: attention, heads: 2, qkv: true, relative: table}",
    "attention by distance": "{op: conv, k: 1, c: 4, s: 2, name: q}, {op: conv, k: 1, c: 4, from: input, name: k}, "
    "{op: attention, heads: 2, relative: distance, from: [q, k, input]}, "
    "{op: attention, heads: 4, kv_heads: 2, qkv: true, window: 3, relative: distance}",
    "attention with shared keys": "{op: attention, heads: 4, kv_heads: 1, qkv: true}, {op: conv, k: 1, c: 2, name: k}, "
    "{op: attention, heads: 8, kv_heads: 2, from: [input, k, k]}",
    "lstm": "{op: lstm, c: 5, layers: 2, directions: 2}, {op: gru, c: 3, biases: 0}",
}
MORE_FORMS = {
    "recurrent": "{op: lstm, c: 5, biases: 1}, {op: gru, c: 3, directions: 2, biases: 2}"
}  # what Keras alone has
NO_ATTENTION = (
    "Keras' attention has one input, and no windows, learnt positions, cosines or shared heads: export it to torch, "
    "or write the row with other ops"
)
KERAS_LACKS = {  # forms that Keras has no layer for, and the sentence
    "tconv": "`0` (tconv): Keras has no transposed convolution in groups, or of stride and dilation: export it to torch, "
    "or write the row with other ops",
    "pool dilated": "`0` (maxpool): Keras has no dilated pool: export it to torch, or write the row with other ops",
    "norms without both": "`2` (rms): Keras has no RMS norm without gamma: export it to torch, "
    "or write the row with other ops",
    "attention of three": f"`2` (attention): {NO_ATTENTION}",
    "attention across": f"`1` (attention): {NO_ATTENTION}",
    "attention in windows": f"`0` (attention): {NO_ATTENTION}",
    "attention in grids": f"`0` (attention): {NO_ATTENTION}",
    "attention by cosine": f"`0` (attention): {NO_ATTENTION}",
    "attention placed": f"`0` (attention): {NO_ATTENTION}",
    "attention by distance": f"`2` (attention): {NO_ATTENTION}",
    "attention with shared keys": f"`0` (attention): {NO_ATTENTION}",
    "lstm": "`0` (lstm): Keras' LSTM has 0 or 1 biases a gate, not 2: set `biases`",
}
UNSAID = {  # what a target refuses, and how
    ("onnx", "one bias a gate"): "`0` (lstm): ONNX has no bias or two a gate: set `biases` to 2 or 0",
    (
        "onnx",
        "pool of uneven windows",
    ): "`0` (avgpool): ONNX has no pool of 12x10 to 5x4: choose a size that divides it",
    (
        "torch",
        "one bias a gate",
    ): "`0` (lstm): PyTorch has no bias or two a gate: set `biases` to 2 or 0, or export it to keras",
    ("torch", "relative across"): "`1` (attention): relative positions between maps of two sizes have no one order: "
    "leave `relative` out",
}
ROWS = {
    "one bias a gate": "{op: lstm, c: 5, biases: 1}",
    "pool of uneven windows": "{op: avgpool, to: [5, 4]}",
    "shares": "{op: conv, k: 3, c: 8, n: 2, name: a}, {op: conv, k: 3, c: 8, n: 2, name: b, shares: a}",
    "relative across": "{op: conv, k: 1, c: 8, s: 2}, {op: attention, heads: 2, qkv: true, relative: table, from: [input, -1]}",
}


def spec(rows, name="net", **more):
    text = f"name: {name}\ninput: [8, 12, 10]\nlayers: [{rows}]\n" + "".join(
        f"{key}: {value}\n" for key, value in more.items()
    )
    return load_source(Source("net.yaml", text))


def written(rows, target, **more):
    definition = spec(rows, **more)
    network = build(definition)
    return network, exporting.export(network, blocks_of(definition), target).content


def events(network):
    """Count what holds parameters or multiplies: norms, and each projection of attention, by themselves."""
    found = Counter()
    for layer in network.layers:
        cost = layer.cost
        parts = 4 if layer.op == "attention" and layer.args["qkv"] else 1
        if cost.norm or cost.stats:
            found["norm", layer.out.c, cost.norm, cost.stats] += 1
        if cost.weights or cost.bias:
            found["matrix", cost.weights // parts, cost.bias // parts, (cost.conv_macs + cost.fc_macs) // parts] += (
                parts
            )
        if cost.matmul_macs or cost.other:
            found["product", cost.matmul_macs, cost.other] += 1
    return found


def module_of(code, name, tmp_path, monkeypatch):
    """Import code as a module of its own."""
    path = tmp_path / f"{name}.py"
    path.write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop(name, None)
    made = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("target", "table"), [("torch", torchtable.TABLE), ("keras", kerastable.TABLE), ("onnx", onnxtable.TABLE)]
)
def test_a_table_has_every_layer_type(target, table):
    assert {*table} == {*OPS}, target


def test_a_topology_has_what_multiplies():
    made = [build(spec(rows)) for rows in FORMS.values()]
    multiplying = {
        layer.op
        for network in made
        for layer in network.layers
        if any((layer.cost.conv_macs, layer.cost.fc_macs, layer.cost.matmul_macs))
    }
    assert multiplying == {*scalesim.TABLE}


# attention in windows, by distance or with shared keys; weights that heads share
KERAS_FAMILIES = ("efficientformer", "levit", "maxvit", "mobilenet_v4_hybrid", "mobilevit", "retinanet", "swin")
KERAS_WRITES = ("mobilevit_v2",)


def by_keras(member):
    """Return whether Keras has every layer of a bundled network."""
    return member.startswith(KERAS_WRITES) or not member.startswith(KERAS_FAMILIES)


@pytest.mark.parametrize("member", MEMBERS)
def test_keras_code_of_every_bundled_network_compiles_or_is_refused(member):
    loaded = load(member)
    if not by_keras(member):
        with pytest.raises(SpecError, match=r"export (it )?to torch"):
            exporting.export(loaded.build(), loaded.blocks, "keras")
        return
    code = exporting.export(loaded.build(), loaded.blocks, "keras").content
    compile(code, member, "exec")
    assert code.count("\n    return keras.Model(") == 1


@pytest.mark.parametrize("member", MEMBERS)
def test_code_of_every_bundled_network_compiles(member):
    loaded = load(member)
    network = loaded.build()
    code = exporting.export(network, loaded.blocks, "torch").content
    compile(code, member, "exec")
    assert f"\nclass {name_of(network)}(nn.Module):\n" in code
    assert max(map(len, code.splitlines())) <= 130


def scalesim_macs(text):
    """Add up the MACs of a topology as SCALE-Sim's `topology_utils.py` does, its depthwise layers channel by channel."""
    macs = 0
    for line in text.splitlines()[1:]:
        name, *numbers = line.split(",")[:-1]
        h, w, k_h, k_w, c, filters, s_h, s_w = map(int, numbers)
        assert k_h <= h
        assert k_w <= w
        channels = [1] * c if "DP" in name else [c]
        macs += sum(
            -(-(h - k_h + s_h) // s_h) * -(-(w - k_w + s_w) // s_w) * k_h * k_w * one * filters for one in channels
        )
    return macs


@pytest.mark.parametrize("member", MEMBERS)
def test_a_topology_has_the_macs_of_the_network(member):
    network = load(member).build()
    text, notes = scalesim.scalesim_topology(network)
    assert scalesim_macs(text) == network.totals.macs
    assert all(len(line.split(",")) == 10 for line in text.splitlines())
    assert notes


@pytest.mark.parametrize("form", FORMS)
def test_a_topology_has_the_macs_of_each_form(form):
    network, text = written(FORMS[form], "scalesim")
    assert scalesim_macs(text) == network.totals.macs


def test_a_topology_says_what_it_leaves_out():
    network = build(
        spec(
            "{op: conv, k: 3, c: 8, d: 2, g: 2, norm: bn, name: DP1}, {op: maxpool, k: 2}, {op: tconv, k: 2, s: 2, c: 4}"
        )
    )
    text, notes = scalesim.scalesim_topology(network)
    assert text == (
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Stride Height, Stride Width,\n"
        "D_P1_group0, 14, 12, 3, 3, 4, 4, 1, 1,\n"
        "D_P1_group1, 14, 12, 3, 3, 4, 4, 1, 1,\n"
        "2, 6, 5, 1, 1, 8, 16, 1, 1,\n"
    )
    assert notes == (
        "padding is part of the input's size: `DP1`",
        "dilated kernels are written without their gaps: `DP1`",
        "a transposed convolution is written as its product: `2`",
        "groups are written one by one: `DP1`",
        "left out, as they have no matrix products: maxpool (1), norm",
    )


@pytest.mark.parametrize(("target", "what"), UNSAID)
def test_what_a_target_cannot_have_is_refused_by_name(target, what):
    with pytest.raises(SpecError) as error:
        written(ROWS[what], target)
    assert error.value.sentence == UNSAID[target, what]


def test_all_refusals_are_told_at_once():
    with pytest.raises(SpecError) as error:
        written(f"{ROWS['one bias a gate']}, {{op: gru, c: 3, biases: 1}}", "torch")
    assert len(error.value.notes) == 1


TABLE = """
name: Tiny net
source: nobody 2031
settings: {res: 16, classes: 10}
input: [3, res, res]
defaults:
  conv: {norm: bn, act: relu6}
  dwconv: {norm: bn, act: relu6}
blocks:
  bottleneck:
    args: [t, c, s=1]
    layers:
      - {op: conv, k: 1, c: t * x.c, when: t != 1}
      - {op: dwconv, k: 3, s: s}
      - {op: conv, k: 1, c: c, act: none, name: linear}
      - {op: add, from: [x, linear], when: s == 1 and x.c == c}
layers:
  - {op: conv, k: 3, c: 8, s: 2}
  - {op: bottleneck, t: 1, c: 8}
  - {op: bottleneck, t: 6, c: 12, s: 2, n: 4}
  - {op: gap}
  - {op: fc, c: classes}
"""


def test_code_reads_as_the_table():
    definition = load_source(Source("tiny.yaml", TABLE))
    code = exporting.export(build(definition), blocks_of(definition), "torch").content
    assert code == TORCH


TORCH = '''\
"""Tiny net, written by costcalc from its table.

Source: nobody 2031
Settings: res 16, classes 10
10,202 parameters; 177,400 MACs for one input of 3x16x16
"""

import torch
from torch import nn


def conv_bn(c_in, c, k, s=1, g=1, act=nn.ReLU6):
    return nn.Sequential(
        nn.Conv2d(c_in, c, k, stride=s, padding=k // 2, groups=g, bias=False),
        nn.BatchNorm2d(c),
        act(),
    )


class Bottleneck(nn.Module):
    """The block `bottleneck` of the table."""

    def __init__(self, c_in, c, t, s=1):
        super().__init__()
        mid = t * c_in
        self.conv0 = conv_bn(c_in, mid, 1) if t != 1 else nn.Identity()
        self.dwconv1 = conv_bn(mid, mid, 3, s=s, g=mid)
        self.linear = conv_bn(mid, c, 1, act=nn.Identity)
        self.add3 = s == 1 and c_in == c

    def forward(self, x):
        y = self.conv0(x)
        y = self.dwconv1(y)
        y = self.linear(y)
        return x + y if self.add3 else y


class TinyNet(nn.Module):
    """Tiny net."""

    def __init__(self):
        super().__init__()
        self.conv0 = conv_bn(3, 8, 3, s=2)  # 8x8x8
        self.bottleneck1 = Bottleneck(8, 8, t=1)  # 8x8x8
        self.bottleneck2 = nn.Sequential(
            Bottleneck(8, 12, t=6, s=2),
            *(Bottleneck(12, 12, t=6) for _ in range(3)),
        )  # 12x4x4
        self.gap3 = nn.AdaptiveAvgPool2d(1)  # 12x1x1
        self.fc4 = nn.Linear(12, 10)  # 10x1x1

    def forward(self, x):
        x = self.conv0(x)
        x = self.bottleneck1(x)
        x = self.bottleneck2(x)
        x = self.gap3(x)
        return self.fc4(x.flatten(1))


if __name__ == "__main__":
    model = TinyNet().eval()
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
    out = model(torch.zeros(1, 3, 16, 16))
    print([tuple(x.shape) for x in (out if isinstance(out, tuple) else (out,))])
'''


SHARED = TABLE.replace(
    "  - {op: gap}",
    "  - {op: bottleneck, t: 2, c: 12, name: a}\n  - {op: bottleneck, t: 2, c: 12, name: b, from: a, shares: a}\n  - {op: gap}",
)
SEVERAL = """
name: Two ways
inputs: {left: [4, 8, 8], right: [6, 4, 4]}
outputs: [sum, low]
layers:
  - {op: upsample, to: left, from: right}
  - {op: conv, k: 1, c: 4}
  - {op: add, from: [left, -1], name: sum}
  - {op: gap, from: right, name: low}
  - {op: fc, c: 3, from: sum, name: class}
"""


def counted(network, made):
    """Hold a module of PyTorch to a network: parameters, multiply-accumulates, shapes of what it gives."""
    torch = pytest.importorskip("torch")
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"):  # where no kernel hides what it multiplies
        module = made().eval()
        with FlopCounterMode(display=False) as flops, torch.no_grad():
            module(*(torch.zeros(1, *shape) for shape in network.fed.values()))
    trained = sum(one.numel() for one in module.parameters() if one.requires_grad)
    assert (trained, flops.get_total_flops()) == (network.totals.params, 2 * network.totals.macs)
    module = made()
    out = module(*(torch.rand(2, *shape, requires_grad=True) for shape in network.fed.values()))
    sum(one.sum() for one in (out if isinstance(out, tuple) else [out])).backward()
    assert all(one.grad is not None for one in module.parameters() if one.requires_grad)
    for value, number in zip(out if isinstance(out, tuple) else [out], scope_of(network).outputs, strict=True):
        assert (*value.shape[1:], 1, 1)[:3] == network.layers[number].out


@pytest.mark.parametrize("form", FORMS)
def test_pytorch_counts_each_form_as_the_table_does(form, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    network, code = written(FORMS[form], "torch")
    counted(network, module_of(code, "form", tmp_path, monkeypatch).Net)


@pytest.mark.parametrize("text", [TABLE, SHARED, SEVERAL], ids=["table", "shared", "several"])
def test_pytorch_counts_whole_tables(text, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    definition = load_source(Source("net.yaml", text))
    network = build(definition)
    module = module_of(
        exporting.export(network, blocks_of(definition), "torch").content, "whole", tmp_path, monkeypatch
    )
    counted(network, getattr(module, name_of(network)))


def keras_model(code):
    """Return the model that Keras code makes."""
    names = {}
    exec(compile(code, "keras code", "exec"), names)  # noqa: S102 - what a student runs
    return names[re.search(r"^    (\w+)\(\)\.summary", code, re.MULTILINE)[1]]()


@pytest.mark.parametrize("form", FORMS)
def test_keras_has_each_form_as_the_table_does(form):
    definition = spec(FORMS[form])
    network = build(definition)
    if form in KERAS_LACKS:
        with pytest.raises(SpecError) as error:
            exporting.export(network, blocks_of(definition), "keras")
        assert error.value.sentence == KERAS_LACKS[form]
        return
    code = exporting.export(network, blocks_of(definition), "keras").content
    pytest.importorskip("keras.layers")
    model = keras_model(code)
    trained = sum(math.prod(one.shape) for one in model.trainable_weights)
    kept = sum(math.prod(one.shape) for one in model.non_trainable_weights if "seed" not in one.path)
    assert (trained, kept) == (network.totals.params, sum(layer.cost.stats for layer in network.layers))
    for value, number in zip(model.outputs, scope_of(network).outputs, strict=True):
        c, h, w = network.layers[number].out
        assert tuple(value.shape[1:]) in ((h, w, c), (c,))


@pytest.mark.parametrize(
    "member",
    [*filter(by_keras, MEMBERS)] if EVERY_MEMBER else ["mobilenet_v2", "se_resnet"],
)
def test_a_round_trip_by_keras(member, tmp_path):
    pytest.importorskip("keras.layers")
    loaded = load(member)
    network = loaded.build()
    path = tmp_path / "net.json"
    path.write_text(keras_model(exporting.export(network, loaded.blocks, "keras").content).to_json(), encoding="utf-8")
    round_trip(network, str(path))


def test_keras_says_where_a_max_pool_reads_zeros():
    network = build(spec("{op: maxpool, k: 3, s: 2, p: 1}, {op: maxpool, k: 2}"))
    assert exporting.export(network, {}, "keras").notes == (
        "max pools read zeros at the edges that they pad, as in Keras' own models: `0`",
    )


def round_trip(network, source, monkeypatch=None):
    """Import what was written, and hold it to the network: what holds parameters and multiplies, one by one."""
    found = importer.load(source, network.input).network
    assert events(found) == events(network)
    assert (found.totals.params, found.totals.macs) == (network.totals.params, network.totals.macs)


ROUND = ["mobilenet_v2", "resnet", "shufflenet_v2", "mobilenet_v3_small", "alexnet"]
# An ONNX file does not say which parameters are frozen.
ONNX_UNREAD = ("retinanet",)


@pytest.mark.parametrize("member", MEMBERS if EVERY_MEMBER else ROUND)
def test_a_round_trip_by_pytorch(member, tmp_path, monkeypatch):
    pytest.importorskip("torch")
    loaded = load(member)
    network = loaded.build()
    module_of(exporting.export(network, loaded.blocks, "torch").content, f"t_{member}", tmp_path, monkeypatch)
    round_trip(network, f"torch:t_{member}:{name_of(network)}")


@pytest.mark.parametrize(
    "member",
    [one for one in MEMBERS if not one.startswith(ONNX_UNREAD)] if EVERY_MEMBER else ["mobilenet_v2", "shufflenet_v2"],
)
def test_a_round_trip_by_onnx(member, tmp_path):
    onnx = pytest.importorskip("onnx")
    loaded = load(member)
    network = loaded.build()
    path = tmp_path / "net.onnx"
    path.write_bytes(exporting.export(network, loaded.blocks, "onnx").content)
    onnx.checker.check_model(str(path), full_check=True)
    round_trip(network, str(path))


@pytest.mark.parametrize("form", FORMS)
def test_onnx_takes_each_form(form):
    onnx = pytest.importorskip("onnx")
    network, data = written(FORMS[form], "onnx")
    model = onnx.load_from_string(data)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    given = [[side.dim_value for side in value.type.tensor_type.shape.dim] for value in inferred.graph.output]
    assert [(*sides[1:], 1, 1)[:3] for sides in given] == [
        network.layers[number].out for number in scope_of(network).outputs
    ]


def test_the_command_writes_code_and_says_what_is_left_out(tmp_path):
    path = tmp_path / "tiny_net.yaml"
    path.write_text(TABLE, encoding="utf-8")
    result = CliRunner().invoke(main, ["export", str(path), "--to", "torch"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, TORCH, "")
    result = CliRunner().invoke(
        main, ["export", str(path), "--res", "32", "--to", "scalesim", "-o", str(tmp_path / "net.csv")]
    )
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "padding is part of the input's size: `0` and 5 more\n"
        "left out, as they have no matrix products: add (4), gap (1), bias, norm, act\n"
    )
    assert (tmp_path / "net.csv").read_text(encoding="utf-8").splitlines()[1] == "0, 33, 33, 3, 3, 3, 8, 2, 2,"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--to", "onnx"], "error: to write ONNX needs its package: `pip install costcalc[onnx]`\n"),
        (["--to", "caffe"], "'caffe' is not one of 'torch', 'keras', 'onnx', 'scalesim'"),
        ([], "Missing option '--to'"),
    ],
)
def test_what_the_command_refuses(args, message, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    result = CliRunner().invoke(main, ["export", "squeezenet", *args])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_bytes_are_written_to_a_file_alone(tmp_path):
    pytest.importorskip("onnx")
    path = tmp_path / "tiny_net.yaml"
    path.write_text(TABLE, encoding="utf-8")
    result = CliRunner().invoke(main, ["export", str(path), "--to", "onnx"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Error: `--to onnx` writes a binary file: add `-o FILE`\n")
    result = CliRunner().invoke(main, ["export", str(path), "--to", "onnx", "-o", str(tmp_path / "net.onnx")])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "the weights are zeros\n")
    assert (tmp_path / "net.onnx").stat().st_size > 40_000


def test_random_weights_are_those_of_a_seed():
    onnx = pytest.importorskip("onnx")
    network = load("mobilenet_v1").build(width=0.25)
    first, again, other = (exporting.export(network, {}, "onnx", seed).content for seed in (3, 3, 4))
    assert first == again != other
    held = {
        tensor.name: onnx.numpy_helper.to_array(tensor)
        for tensor in onnx.ModelProto.FromString(first).graph.initializer
    }
    matrices = [values for values in held.values() if values.ndim > 1 and values.dtype == "float32"]
    assert sum(values.size for values in matrices) == sum(layer.cost.weights for layer in network.layers)
    assert all(0.5 < abs(values).max() * (values[0].size / 2) ** 0.5 < 8 for values in matrices)
    vectors = [values for values in held.values() if values.ndim == 1 and values.dtype == "float32"]
    assert all(0.5 <= values.min() <= values.max() < 1.5 for values in vectors)


def test_weights_are_for_onnx_alone(tmp_path):
    path = tmp_path / "net.onnx"
    asked = ["export", "mobilenet_v1", "--width", "0.25", "--weights", "random", "--seed", "7"]
    result = CliRunner().invoke(main, [*asked, "--to", "onnx", "-o", str(path)])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "the weights are random, from the seed 7\n")
    assert importer.load(str(path)).network.totals.macs == load("mobilenet_v1").build(width=0.25).totals.macs
    result = CliRunner().invoke(main, [*asked, "--to", "torch"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "Error: `--weights random` is allowed only with `--to onnx`: other targets have no weights\n" in result.stderr
    )
