"""`memory`: lifetimes against a simulation that allocates and frees, policies by hand, sums against other programs."""

import csv
import io
import json
import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from members import MEMBERS
from running import CliRunner

from costcalc import specfile
from costcalc.analysis.api import load
from costcalc.cli import main
from costcalc.cli.memory import command as memory_command
from costcalc.common.errors import Source
from costcalc.network.figures import FIGURES, whole
from costcalc.network.memory import OPTIMIZERS, POLICIES, Policy, features, peak, timeline, training
from costcalc.network.memory.training import kept
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import INPUT
from costcalc.ops import OPS
from costcalc.ops.activation import ACTIVATIONS
from costcalc.ops.declare import Keeps
from costcalc.specfile import load_source
from costcalc.unfold.interpreter import build

SIZES = [*(name for name, figure in FIGURES.items() if figure.typed), "kept"]


def size_of(name, network, dtype):
    return whole(network, DTYPE_BITS[dtype]).figure(name)


IN_PLACE = ("inplace-act", "inplace-add", "inplace-depthwise", "no-concat-copy")


def run(*args, code=0, env=None):
    result = CliRunner().invoke(main, ["memory", *args], env=env or {})
    assert result.exit_code == code, result.output
    return result


def data(*args, code=0):
    return json.loads(run(*args, "--format", "json", code=code).stdout)


def net(text, shape="[4, 8, 8]"):
    """Return the network of some rows on an input of 4x8x8, whose sizes below are in units of its 256 elements."""
    rows = dedent(text).strip("\n")
    return build(load_source(Source("net.yaml", f"name: example\ninput: {shape}\nlayers:\n{rows}\n")))


def live(network, *policies):
    """Return what is alive while each layer runs, in units of the input."""
    return [elements / network.input.size for elements in timeline(network, Policy.named(policies)).live]


# a second way: run the layers, allocate what each writes, free what nothing will read any more


# What moves nothing: it looks at a buffer that is there already; tokens that nothing is put before do so too.
LOOKS = ("flatten", "identity", "dropout", "slice", "crop", "grid", "transpose")


class Arena:
    """Memory by hand: real buffers of a byte an element, each freed when its last reader has run."""

    def __init__(self, network):
        self.network = network
        inputs = list(network.inputs.values()) or [network.input]
        self.buffers = {INPUT - place: bytearray(shape.c * shape.h * shape.w) for place, shape in enumerate(inputs)}
        self.looks_at = {value: value for value in self.buffers}
        self.readers = dict.fromkeys((*self.buffers, *range(len(network.layers))), 0)
        for layer in network.layers:
            for value in layer.inputs:
                self.readers[value] += 1
        self.results = {value for value, count in self.readers.items() if not count}

    def run(self):
        """Return the bytes allocated while each layer runs."""
        taken = []
        for layer in self.network.layers:
            looks = layer.op in LOOKS or (layer.op == "tokens" and not layer.args["extra"])
            if looks:
                self.looks_at[layer.number] = self.looks_at[layer.inputs[0]]
            else:
                self.looks_at[layer.number] = layer.number
                self.buffers[layer.number] = bytearray(layer.out.c * layer.out.h * layer.out.w)
            taken.append(sum(map(len, self.buffers.values())))
            for value in layer.inputs:
                self.readers[value] -= 1
            wanted = {self.looks_at[v] for v in self.looks_at if self.readers[v] or v in self.results}
            self.buffers = {value: buffer for value, buffer in self.buffers.items() if value in wanted}
        return taken


@pytest.mark.parametrize("name", MEMBERS)
def test_lifetimes_are_those_of_a_run_that_allocates_and_frees(name):
    network = load(name).build()
    assert list(timeline(network).live) == Arena(network).run()


@pytest.mark.parametrize("name", MEMBERS)
def test_the_peak_is_within_its_bounds(name):
    network = load(name).build()
    most = timeline(network).peak
    needs = [
        sum(x.size for x in layer.ins) + layer.out.size
        for layer in network.layers
        if not OPS[layer.op].stored(layer).view
    ]
    assert max(needs) <= most <= network.input.size + features(network.layers).outputs
    for policies in ((), *((name,) for name in POLICIES)):
        line = timeline(network, Policy.named(policies))
        for number in range(len(network.layers)):
            alive = [tensor for tensor in line.alive(number) if tensor.counted_from <= number]
            assert sum(tensor.elements for tensor in alive) == line.live[number]


def test_the_peak_of_mobilenet_v2_is_its_first_depthwise_at_56x56():
    shown = data("mobilenet_v2", "--dtype", "int8")["peak"]
    assert (shown["bytes"], shown["layer"], shown["kind"]) == (96 * 112 * 112 + 96 * 56 * 56, "2/1", "Conv DW 3x3")
    assert [(one["source"], one["shape"], one["bytes"]) for one in shown["alive"]] == [
        ("2/0", [96, 112, 112], 1204224),
        ("2/1", [96, 56, 56], 301056),
    ]
    assert max(Arena(load("mobilenet_v2").build()).run()) == shown["bytes"] == 1505280


def test_a_live_shortcut_is_a_third_tensor():
    shown = data("resnet50")["peak"]
    assert [(one["source"], one["shape"]) for one in shown["alive"]] == [
        ("conv2_x/0/2", [256, 56, 56]),
        ("conv2_x/1/0", [256, 56, 56]),
        ("conv2_x/join", [256, 56, 56]),
    ]
    inside = next(layer for layer in data("resnet50")["layers"] if layer["path"] == "conv2_x#2/0/1")
    assert inside["alive"] == ["conv2_x/join", "conv2_x#2/0/0", "conv2_x#2/0/1"]


# what lives how long, by hand: sizes in units of the input


@pytest.mark.parametrize(
    ("rows", "policies", "expected"),
    [
        # conv and relu; a norm and an act that a row carries itself are no tensors
        ("- {op: conv, k: 1, c: 8, norm: bn, act: relu}\n- {op: relu}\n- {op: conv, k: 1, c: 4}", (), [3, 4, 3]),
        ("- {op: conv, k: 1, c: 8}\n- {op: relu}\n- {op: conv, k: 1, c: 4}", ("inplace-act",), [3, 2, 3]),
        # the relu's input is read again: not in place
        ("- {op: relu}\n- {op: add, from: [-1, input]}", ("inplace-act",), [2, 3]),
        # an addition over one of its inputs, but not over one that is read later
        ("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: add, from: [-1, a]}", (), [2, 3, 3]),
        ("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: add, from: [-1, a]}", ("inplace-add",), [2, 3, 2]),
        ("- {op: add, from: [input, input]}\n- {op: add, from: [-1, input]}", ("inplace-add",), [2, 2]),
        ("- {op: add, from: [input, input]}", ("inplace-add",), [1]),
        # depthwise: in place but for one channel of four, or of sixteen times fewer pixels; never with a multiplier
        ("- {op: dwconv, k: 3}", (), [2]),
        ("- {op: dwconv, k: 3}", ("inplace-depthwise",), [1.25]),
        ("- {op: conv, k: 3, c: 4, g: 4}", ("inplace-depthwise",), [1.25]),
        ("- {op: dwconv, k: 3, s: 4}\n- {op: relu}", ("inplace-depthwise",), [1 + 1 / 64, 2 / 16]),
        ("- {op: dwconv, k: 3, c: 8}", ("inplace-depthwise",), [3]),
        ("- {op: dwconv, k: 3, c: 8, s: 2}", ("inplace-depthwise",), [1.5]),
        ("- {op: conv, k: 3, c: 2, g: 2}", ("inplace-depthwise",), [1.5]),
        ("- {op: dwconv, k: 1, p: 2}", ("inplace-depthwise",), [1 + 144 / 64]),
        ("- {op: conv, k: 3, c: 4}", ("inplace-depthwise",), [2]),
        # concat: the parts and what holds them; without a copy the parts are where it has them
        ("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: concat, from: [a, -1]}", (), [2, 3, 4]),
        ("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: concat, from: [a, -1]}\n- {op: relu}",
         ("no-concat-copy",), [2, 3, 2, 4]),
        # ... but a part that is read later, one that stands there twice, a slice (beside its whole), the input are copied
        ("- {op: relu, name: a}\n- {op: relu}\n- {op: concat, from: [a, -1]}\n- {op: concat, from: [-1, a]}",
         ("no-concat-copy",), [2, 2, 3, 3]),
        ("- {op: relu}\n- {op: concat, from: [-1, -1]}", ("no-concat-copy",), [2, 2]),
        ("- {op: relu, name: a}\n- {op: slice, c: 2}\n- {op: concat, from: [a, -1]}", ("no-concat-copy",), [2, 1, 1.5]),
        ("- {op: relu}\n- {op: slice, c: 2}\n- {op: concat, from: [-1, input]}", ("no-concat-copy",), [2, 2, 3.5]),
        ("- {op: slice, c: 2}\n- {op: relu}", ("inplace-act",), [1, 1.5]),
        ("- {op: relu}\n- {op: concat, from: [-1, input]}", ("no-concat-copy",), [2, 3]),
        ("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: concat, from: [a, -1], act: relu}",
         ("no-concat-copy",), [2, 3, 4]),
        # a concat in a concat, written over where it ends
        (("- {op: relu, name: a}\n- {op: relu, from: input}\n- {op: concat, from: [a, -1], name: ab}\n"
         "- {op: relu, from: input}\n- {op: concat, from: [ab, -1]}\n- {op: relu}"),
         ("no-concat-copy", "inplace-act"), [2, 3, 3, 3, 3, 3]),
        # views take nothing and keep what they look at
        (("- {op: relu, name: a}\n- {op: slice, c: 1, from: a}\n- {op: conv, k: 1, c: 4, from: input}\n"
         "- {op: conv, k: 1, c: 1}\n- {op: add, from: [-1, -3]}"), (), [2, 2, 3, 2.25, 1.5]),
        ("- {op: identity}\n- {op: dropout}\n- {op: flatten}\n- {op: fc, c: 64}", (), [1, 1, 1, 1.25]),
        ("- {op: identity, name: a}\n- {op: relu}\n- {op: add, from: [-1, a]}", ("inplace-act",), [1, 2, 3]),
        # what nothing reads is a result, and stays
        ("- {op: conv, k: 1, c: 8}\n- {op: conv, k: 1, c: 4, from: input}\n- {op: gap}", (), [3, 4, 3 + 4 / 256]),
        # ... and is never written over, nor made where a concat will have it, not even by the last layer
        ("- {op: relu, name: a}\n- {op: identity}\n- {op: relu, from: a}", ("inplace-act",), [1, 1, 2]),
        ("- {op: relu, name: a}\n- {op: identity}\n- {op: relu, from: input, name: b}\n- {op: concat, from: [a, b]}",
         ("no-concat-copy",), [2, 2, 3, 3]),
        # the input is its caller's: it can be left out, and is then not written over
        ("- {op: conv, k: 1, c: 8}\n- {op: gap}", ("no-input",), [2, 2 + 8 / 256]),
        ("- {op: relu}\n- {op: conv, k: 1, c: 8}", ("no-input", "inplace-act"), [1, 3]),
        ("- {op: relu}\n- {op: conv, k: 1, c: 8}", ("inplace-act",), [1, 3]),
    ],
)  # fmt: skip
def test_what_is_alive(rows, policies, expected):
    assert live(net(rows), *policies) == expected


def test_weights_that_count_are_there_all_the_time():
    network = net("- {op: conv, k: 3, c: 4, bias: true}\n- {op: relu}")
    assert peak(network, "int8") == 512
    assert peak(network, "int8", policy=Policy(weights=True)) == 512 + 3 * 3 * 4 * 4 + 4
    assert peak(network, "fp16", 3, Policy(weights=True)) == 2 * (3 * 512 + 148)


def test_a_cell_after_a_reduction_of_nasnet_large_reads_one_row_further_back():
    # TF-slim, nasnet.py: `skip_reduction_layer_input` is 1 for large alone
    for name, cells, reads in (("nasnet_mobile", "normal2", "normal1#4"), ("nasnet_large", "skip2", "normal1#5")):
        network = load(name).build()
        first = next(layer for layer in network.layers if layer.path.startswith(cells))
        assert network.reads(first)[0].startswith(f"{reads}/"), name
        assert network.reads(first)[0].split("/")[0] != "normal1#6"


# properties


@st.composite
def graphs(draw):
    """Return rows of a random network: chains, shortcuts, joins and views, every one of which fits."""
    channels = [4]
    rows = []
    for number in range(draw(st.integers(1, 9))):
        from_ = draw(st.integers(0, number))
        name = ["input", *(f"r{i}" for i in range(number))]
        same = [i for i in range(number + 1) if channels[i] == channels[from_]]
        op = draw(st.sampled_from(["conv", "relu", "dwconv", "add", "concat", "identity", "slice", "shuffle"]))
        c, more, reads = channels[from_], "", [from_]
        if op in ("conv", "slice"):
            c = draw(st.integers(1, c if op == "slice" else 6))
            more = f", c: {c}" + (", k: 1" if op == "conv" else "")
        elif op == "dwconv":
            more = ", k: 3"
        elif op == "shuffle":
            more = f", g: {c}"
        elif op == "add":
            reads.append(draw(st.sampled_from(same)))
        elif op == "concat":
            reads += draw(st.lists(st.integers(0, number), min_size=1, max_size=2))
            c = sum(channels[i] for i in reads)
        channels.append(c)
        rows.append(f"- {{op: {op}{more}, name: r{number}, from: [{', '.join(name[i] for i in reads)}]}}")
    return "\n".join(rows)


@given(graphs())
def test_random_networks_live_as_they_run(rows):
    network = net(rows, "[4, 4, 4]")
    assert list(timeline(network).live) == Arena(network).run()


@given(graphs(), st.sets(st.sampled_from([*POLICIES])))
def test_overwriting_only_lowers_and_counting_only_raises(rows, held):
    network = net(rows, "[4, 4, 4]")
    before = timeline(network, Policy.named(held))
    whole = peak(network, policy=Policy.named(held))
    for name in (*IN_PLACE, "no-input"):
        after = timeline(network, Policy.named({*held, name}))
        assert all(x <= y for x, y in zip(after.live, before.live, strict=True)), name
    assert (
        peak(network, policy=Policy.named({*held, "weights"}))
        >= whole
        >= peak(network, policy=Policy.named(held - {"weights"}))
    )


@pytest.mark.parametrize("name", ["mobilenet_v2", "resnet50", "googlenet", "densenet121", "shufflenet_v1"])
def test_the_peak_grows_with_resolution_and_batch(name):
    for policies in ((), IN_PLACE):
        policy = Policy.named(policies)
        sizes = [peak(load(name).build(res=res), "fp16", 2, policy) for res in range(160, 260, 8)]
        assert sizes == sorted(sizes)
    network = load(name).build()
    assert [peak(network, batch=batch) for batch in (1, 2, 32)] == [peak(network) * batch for batch in (1, 2, 32)]


# Live storages of torchvision's densenet121 at 224, in elements: the features of dense block 1 before its last layer, their
# copy and its normalised copy, of 64 + 5 * 32 channels each.
@pytest.mark.parametrize(
    ("unit", "elements"), [("gathered", 3 * 224 * 56 * 56), ("dense", (224 + 224 + 128) * 56 * 56)]
)
def test_a_densenet_that_gathers_its_features_again_needs_more(unit, elements):
    assert timeline(load("densenet121").build(unit=unit)).peak == elements


@given(st.sampled_from(sorted(DTYPE_BITS)), st.integers(1, 10**6), st.sets(st.sampled_from([*POLICIES])))
def test_bytes_scale_with_bits(dtype, batch, held):
    network, policy = net("- {op: conv, k: 3, c: 5}\n- {op: dwconv, k: 3}\n- {op: gap}"), Policy.named(held)
    bits = peak(network, "int8", batch, policy) * DTYPE_BITS[dtype]
    assert peak(network, dtype, batch, policy) == -(-bits // 8)


# the sum of features and training, as other programs have them


# torch 2.13, torchvision 0.28, every tensor that an operator makes (TorchDispatchMode; ReLUs are in place there):
# mobilenet_v2: conv 6,678,112 + batch norm 6,678,112 + add 216,384 + mean 1,280 + fc 1,000; vgg16 by hooks on
# conv, pool and fc. The last 1,000 of vgg16 are the softmax that torchvision leaves out.
@pytest.mark.parametrize(("name", "outputs", "softmax"), [("mobilenet_v2", 13574888, 0), ("vgg16", 15087080, 1000)])
def test_the_sum_of_features_is_what_torch_makes(name, outputs, softmax):
    assert features(load(name).build().layers).total == outputs + softmax


def test_the_sum_of_features_of_convnet_burden():
    result = CliRunner().invoke(main, ["verify", str(specfile.folder()) + "/claims/burden.yaml", "--format", "json"])
    verdicts = [claim["verdict"] for claim in json.loads(result.stdout)["claims"] if ".features" in claim["id"]]
    assert sorted(verdicts) == ["convention"] * 16 + ["unresolved"]


# Elements that torch 2.13 saves for backward (saved_tensors_hooks, floats of two dimensions and more, parameters and
# statistics left out, each storage once), batch 1; then what stands in one program alone: masks of dropout and the
# input of an adaptive pool that changes nothing, a value a place of each layer norm and a value a query and head of
# attention (torch), the softmax behind the network (specs).
@pytest.mark.parametrize(
    ("name", "saved", "torch_alone", "softmax"),
    [
        ("vgg16", 15278080, 2 * 4096 + 25088, 1000),
        ("resnet18", 5143552, 0, 1000),
        ("resnet50", 21075968, 0, 1000),
        ("densenet121", 32188928, 0, 1000),
        ("mobilenet_v2", 19552384, 1280, 0),
        ("squeezenet:res=224,ceil_mode=true", 7835656, 512 * 13 * 13, 1000),
        ("googlenet_bn", 9207776, 1024, 1000),
        ("inception_v3", 23127883, 2048, 1000),
        ("vit_b_16", 29540170, 50 * 197 + 12 * 12 * 197, 0),
    ],
)
def test_what_the_backward_pass_keeps_is_what_torch_saves(name, saved, torch_alone, softmax):
    spec, _, riding = name.partition(":")
    given = {"res": 224, "ceil_mode": True} if riding else {}
    assert kept(load(spec).build(**given)) == saved - torch_alone + softmax


# torch 2.13: elements saved by conv -> act -> conv, less the inputs of both convs
@pytest.mark.parametrize("act", ACTIVATIONS)
def test_an_activation_keeps_its_output_or_its_input(act):
    extra = 0 if act in ("relu", "sigmoid", "tanh") else 1
    row = net(f"- {{op: conv, k: 1, c: 4, act: {act}}}\n- {{op: conv, k: 1, c: 4}}")
    apart = net(f"- {{op: conv, k: 1, c: 4}}\n- {{op: {act}}}\n- {{op: conv, k: 1, c: 4}}")
    assert kept(row) == kept(apart) == (2 + extra) * 256


def test_every_op_says_what_it_keeps_and_where_it_lives():
    assert set(ACTIVATIONS) <= set(OPS)  # what a row's `act` keeps is what the op of that name does
    assert all(isinstance(op.keeps, Keeps) or callable(op.keeps) for op in OPS.values())
    plain = {name: op.memory for name, op in OPS.items() if not callable(op.memory)}
    assert {memory.over for memory in plain.values()} <= {"", *Policy._fields}
    assert OPS.keys() - plain.keys() == {"tokens"}  # a view, unless there are learnt ones before them
    views = {"flatten", "identity", "dropout", "slice", "crop", "grid", "transpose"}
    assert {name for name, memory in plain.items() if memory.view} == views
    assert {name for name in ACTIVATIONS if OPS[name].keeps.output} == {"relu", "sigmoid", "tanh"}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("- {op: conv, k: 1, c: 8, norm: bn}", 1 + 2),
        ("- {op: conv, k: 1, c: 8, norm: bn, act: relu}\n- {op: gap}", 1 + 2 + 2),
        ("- {op: conv, k: 1, c: 8, norm: bn, act: silu}\n- {op: conv, k: 1, c: 4}", 1 + 2 + 2 + 2),
        ("- {op: bn, act: relu}\n- {op: conv, k: 1, c: 4}", 1 + 1),
        ("- {op: ln}\n- {op: gmp}", 1 + 1),
        # torchvision's FrozenBatchNorm2d is a product with constants: torch saves the conv's input and the ReLU's output
        ("- {op: conv, k: 1, c: 8, norm: bn, frozen: true, act: relu}\n- {op: conv, k: 1, c: 4}", 1 + 2),
        ("- {op: bn, frozen: true}\n- {op: conv, k: 1, c: 4}", 1),
        ("- {op: conv, k: 1, c: 8, norm: ln, frozen: true}", 1 + 2),  # its mean still follows its input
        ("- {op: lrn}", 1 + 1 + 1),
        ("- {op: add, from: [input, input]}\n- {op: concat, from: [-1, input]}\n- {op: shuffle, g: 2}", 0),
        ("- {op: sigmoid, name: a}\n- {op: mul, from: [a, input]}", 1 + 1),
        ("- {op: slice, c: 2}\n- {op: conv, k: 1, c: 2}", 1),  # of a view the whole
        ("- {op: dropout}\n- {op: conv, k: 1, c: 2}", 1),  # a tensor of its own while it trains
        ("- {op: conv, k: 1, c: 4, act: relu, name: a}\n- {op: dropout}\n- {op: conv, k: 1, c: 2}", 1 + 1 + 1),
        ("- {op: maxpool, k: 2}\n- {op: conv, k: 1, c: 4}\n- {op: softmax}", 1 + 1 / 4 + 1 / 4),
        # what torch 2.13 saves of nn.MultiheadAttention, and of scaled_dot_product_attention: no scores
        ("- {op: attention, heads: 2, qkv: true}", 1 + 3 + 1),
        ("- {op: maxpool, k: 2}\n- {op: attention, heads: 2, qkv: true, from: [input, -1]}", 1 + 1 / 4 + 2 + 2 / 4),
        ("- {op: maxpool, k: 2}\n- {op: attention, heads: 2, from: [input, -1, -1]}", 1 + 1 / 4 + 1),
        ("- {op: attention, heads: 2, qkv: true, window: 5}", 1 + 4 * 100 / 64),  # padded to 10x10
    ],
)
def test_what_is_kept_by_hand(rows, expected):
    assert kept(net(rows)) / 256 == expected


@pytest.mark.parametrize(("optimizer", "each"), [("sgd", 2), ("momentum", 3), ("adam", 4)])
def test_training_is_weights_gradients_state_and_what_is_kept(optimizer, each):
    network = load("mobilenet_v1").build()
    held = training(network, optimizer, 32)
    assert held.total == each * 4231976 + 32 * kept(network)
    shown = data("mobilenet_v1", "--optimizer", optimizer, "--batch", "32", "--dtype", "fp16")["training"]
    assert shown == {optimizer: {**held._asdict(), "dtype": "fp16", "bytes": 2 * held.total}}
    shown = data("mobilenet_v1", "--optimizer", optimizer, "--batch", "32", "--dtype", "int8")["training"]
    assert shown == {optimizer: {**held._asdict(), "dtype": "fp32", "bytes": 4 * held.total}}


# the command


def test_options_of_the_command_are_what_the_room_has():
    choices = {option.name: option.type for option in memory_command.params}
    assert list(choices["policies"].choices) == list(POLICIES)
    assert [name.replace("-", "_") for name in POLICIES] == list(Policy._fields)
    assert list(choices["optimizer"].choices) == list(OPTIMIZERS)


def test_json_has_the_keys_of_the_contract():
    shown = data("vgg16", "--policy", "inplace-act", "--policy", "no-input", "--convention", "with-stats")
    assert shown["schema"] == "costcalc/memory/1"
    assert shown["params"] == {"elements": 138357544, "bytes": 553430176}
    assert shown["policy"] == {name: name in ("inplace-act", "no-input") for name in POLICIES}
    assert {"spec", "name", "settings", "input", "dtype", "bits", "batch", "params_convention"} <= set(shown)
    assert set(shown["training"]) == {"sgd", "momentum", "adam"}
    assert shown["features"]["bytes"] == 4 * (shown["features"]["outputs"] + shown["features"]["before_norm"])
    assert max(layer["bytes"] for layer in shown["layers"]) == shown["peak"]["bytes"]
    assert sum(one["bytes"] for one in shown["peak"]["alive"]) == shown["peak"]["bytes"]
    assert "budget" not in shown


def test_a_tensor_that_is_written_over_another_takes_no_bytes_of_its_own():
    shown = data("mobilenet_v2:width=0.35", "--dtype", "int8", "--policy", "inplace-depthwise")
    layers = {layer["path"]: layer for layer in shown["layers"]}
    assert layers["2/1"]["alive"] == ["2/0", "2/1", "2/1"]
    assert layers["2/1"]["bytes"] == 48 * 112 * 112 + 56 * 56
    text = run("mobilenet_v2:width=0.35", "--dtype", "int8", "--policy", "inplace-depthwise").stdout
    assert "depthwise in place" in text


def test_the_table_shows_three_numbers_each_with_its_formula():
    lines = run("vgg16", "--training").stdout.splitlines()
    assert lines[2] == "peak 25.69 MB at layer conv1#2 (Conv 3x3)"
    notes = {line[:19].strip(): line[19:].strip() for line in lines[lines.index("", 4) :] if line}
    assert notes["parameters"] == "553,430,176 bytes (553.43 MB, 527.79 MiB) = 138,357,544 x 32 bits / 8"
    assert notes["inference peak"] == (
        "25,690,112 bytes (25.69 MB, 24.50 MiB) = 6,422,528 elements alive x 32 bits / 8    "
        "while layer conv1#2 runs (Conv 3x3)"
    )
    assert notes["sum of features"].endswith("= (15,088,080 outputs of layers + 0 before norms) x 32 bits / 8")
    assert notes["training, adam"].endswith(
        "= (138,357,544 weights + 138,357,544 gradients + 276,715,088 state + 15,245,800 kept) x 32 bits / 8"
    )
    weighty = run("vgg16", "--policy", "weights", "--batch", "2").stdout
    assert "= (6,422,528 elements alive x 2 images + 138,357,544 parameters) x 32 bits / 8    while" in weighty
    assert notes["policy"] == (
        "activation not in place, add not in place, depthwise not in place, concat copies, input counted, "
        "weights not counted"
    )


def test_the_timeline_is_the_same_in_every_format(tmp_path):
    rows = list(csv.DictReader(io.StringIO(run("resnet18", "--by", "layer", "--format", "csv").stdout)))
    network = load("resnet18").build()
    assert [int(row["live_bytes"]) for row in rows] == [4 * elements for elements in timeline(network).live]
    assert [row["path"] for row in rows] == [layer.path for layer in network.layers]
    for form in ("md", "latex", "html"):
        assert "conv2\\_x\\#2" in (text := run("resnet18", "--format", form).stdout) or "conv2_x#2" in text
    for suffix in ("svg", "html"):
        run("resnet18", "-o", str(tmp_path / f"m.{suffix}"))
        text = (tmp_path / f"m.{suffix}").read_text(encoding="utf-8")
        assert text.count('class="s0 ') == len(network.layers)
    ET.fromstring((tmp_path / "m.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own


def test_a_row_of_blocks_is_its_layer_that_needs_most():
    layers = {layer["path"]: layer["bytes"] for layer in data("squeezenet")["layers"]}
    for row in csv.DictReader(io.StringIO(run("squeezenet", "--format", "csv").stdout)):
        within = [size for path, size in layers.items() if path.split("/")[0] == row["path"]]
        assert int(row["live_bytes"]) == max(within) == layers[row["at"] or row["path"]]


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_terminal_cuts_nothing(width):
    shown = run("densenet121", "--batch", "64", env={"COLUMNS": str(width)}).stdout
    assert all(len(line) <= width for line in shown.splitlines())


# budgets


def test_a_budget_that_holds():
    shown = run("mobilenet_v2", "--dtype", "int8", "--budget", "1505280 B").stdout
    assert "budget           1,505,280 bytes (1.51 MB, 1.44 MiB)    0 bytes left at the peak\n" in shown
    assert "peak 1.51 MB at layer 2/1 (Conv DW 3x3)    budget 1.51 MB\n" in shown


def test_training_is_shown_when_it_is_asked_for():
    assert "training" not in run("mobilenet_v1").stdout
    assert run("mobilenet_v1", "--training").stdout.count("\ntraining, ") == 3
    assert run("mobilenet_v1", "--optimizer", "adam").stdout.count("\ntraining, ") == 1


def test_a_chart_marks_the_peak_and_the_budget():
    text = run("mobilenet_v1", "--budget", "4MB", "--format", "svg", code=1).stdout
    assert text.count('class="s0 peak"') == 1
    assert text.count('class="limit"') == 1
    assert ">budget 4,000,000 bytes (4.00 MB, 3.81 MiB)</text>" in text


def test_a_budget_names_the_layers_above_it():
    result = run("mobilenet_v2", "--dtype", "int8", "--budget", "1.4MB", code=1)
    assert "1,400,000 bytes (1.40 MB, 1.34 MiB)    2 of 64 layers take more: 2/0, 2/1\n" in result.stdout
    assert result.stderr == (
        "over budget: the peak of 1,505,280 bytes (1.51 MB, 1.44 MiB), at layer 2/1, is 105,280 bytes above "
        "1,400,000 bytes (1.40 MB, 1.34 MiB)\n"
    )
    shown = data("mobilenet_v2", "--dtype", "int8", "--budget", "1505279 B", code=1)
    assert shown["budget"] == {"bytes": 1505279, "over": ["2/1"]}
    for form in ("table", "md", "latex", "html"):
        text = run("nasnet_large", "--budget", "1 B", "--format", form, code=1).stdout.replace("\\#", "#")
        listed = re.search(r"take more[^:]*: ([^<\n]*)", text)[1].removesuffix("\\par").split(", ")
        paths = [
            layer.path.replace("_", "\\_") if form in ("md", "latex") else layer.path
            for layer in load("nasnet_large").build().layers
        ]
        assert listed == paths  # every one, however many
    assert run("mobilenet_v1", "--budget", "320KiB", "--format", "csv", code=1).stdout.startswith("path,kind")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ("--dtype", "fp31"),
            (
                "--dtype does not know `fp31`; available: `fp64`, `fp32`, `tf32`, `fp16`, `bf16`, `fp8`, `int32`, `int16`, `int8`, "
                "`int4`, `int1`"
            ),
        ),
        (
            ("--dtype", ""),
            (
                "--dtype does not know ``; available: `fp64`, `fp32`, `tf32`, `fp16`, `bf16`, `fp8`, `int32`, `int16`, `int8`, "
                "`int4`, `int1`"
            ),
        ),
        *(
            (
                ("--budget", text),
                f"--budget must be a size, such as 320KiB, not `{text}`; units: B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB",
            )
            for text in ("320", "30%", "-1KiB", "320kib", "9e400GB")
        ),
        (("--convention", "conv"), "memory counts no MACs: leave --convention conv out"),
        (("--batch", "0"), "Invalid value for '--batch': 0 is not in the range 1<=x<=1000000000."),
        (
            ("--policy", "in-place"),
            (
                "Invalid value for '--policy': unknown name `in-place`; did you mean `inplace-add`? Available: `inplace-act`, "
                "`inplace-add`, `inplace-depthwise`, `no-concat-copy`, `no-input`, `weights`"
            ),
        ),
    ],
)
def test_bad_usage(options, sentence):
    result = run("mobilenet_v1", *options, code=2)
    assert result.stderr.splitlines()[-1] == f"Error: {sentence}"
    assert result.stdout == ""


def test_an_unknown_policy_is_named():
    with pytest.raises(ValueError, match=r"unknown policy `inplace-actt`; did you mean `inplace-act`\? Available: "):
        Policy.named(["inplace-actt"])


def test_huge_sizes_are_exact():
    shape = 3 * (10**8) ** 2
    shown = data("vgg16:classes=10", "--input", "3x32x32", "--batch", "1000000000")
    assert shown["peak"]["bytes"] == 4 * 10**9 * 2 * 64 * 32 * 32
    one = data("mobilenet_v1", "--input", f"3x{10**8}x{10**8}", "--dtype", "fp64")
    assert one["layers"][0]["bytes"] == 8 * (shape + 32 * (10**8 // 2) ** 2)
    text = run("mobilenet_v1", "--input", f"3x{10**8}x{10**8}", "--batch", "1000000000").stdout
    assert "YB" in text


# sizes by name, in other commands


def test_sizes_by_name():
    network = load("mobilenet_v2").build()
    sizes = {name: size_of(name, network, "int8") for name in SIZES}
    moved = [layer for layer in network.layers if layer.op not in ("flatten", "identity", "dropout", "slice")]
    traffic = sum(sum(x.size for x in layer.ins) + layer.out.size for layer in moved) + 3504872
    assert sizes == {
        "bytes": 3504872,
        "features": 13574888,
        "peak": 1505280,
        "largest": 96 * 112 * 112,
        "traffic": traffic,
        "intensity": 2 * 300774272 / traffic,
        "kept": 3504872,
    }


@pytest.mark.parametrize("by", ["layer", "block", "stage", "kind"])
def test_peak_is_a_column_of_report(by):
    args = ["report", "mobilenet_v2", "--by", by, "--columns", "path,peak", "--dtype", "int8", "--format", "csv"]
    rows = list(csv.DictReader(io.StringIO(CliRunner().invoke(main, args).stdout)))
    assert max(int(row["peak"]) for row in rows if row["peak"]) == 1505280
    ordered = CliRunner().invoke(main, ["report", "mobilenet_v2", "--by", "layer", "--sort", "peak", "--top", "1"])
    assert "\n2/1 " in ordered.stdout


@pytest.mark.parametrize("by", ["layer", "block", "stage", "kind"])
def test_every_size_is_a_column_of_report_that_adds_up(by):
    text = "report", "squeezenet", "--by", by, "--columns", f"path,{','.join(SIZES)}", "--dtype", "int8"
    lines = list(csv.DictReader(io.StringIO(CliRunner().invoke(main, [*text, "--format", "csv"]).stdout)))
    network = load("squeezenet").build()
    for name in ("bytes", "features", "traffic", "kept"):
        assert sum(int(row[name]) for row in lines) == size_of(name, network, "int8"), name
    assert max(int(row["peak"]) for row in lines) == size_of("peak", network, "int8")
    parts = {group.label: group.layers for group in network.by(by)}
    for row in lines:
        macs = sum(layer.cost.conv_macs + layer.cost.fc_macs for layer in parts[row["path"]])
        moved = int(row["traffic"])
        assert float(row["intensity"]) == pytest.approx(2 * macs / moved if moved else 0, rel=1e-4)
    whole = CliRunner().invoke(main, list(text), env={"COLUMNS": "200"}).stdout
    words = re.search(r"^total +(.*)$", whole, re.MULTILINE)[1]
    assert words.split() == ["1.25", "MB", "7.77", "MB", "17.29", "MB", "96.32", "421,098"]


def test_the_names_of_sizes_are_those_of_the_page():
    page = (Path(__file__).parent.parent / "docs" / "memory.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page.partition("## Sizes by name")[2], re.MULTILINE) == SIZES[:-1]


def test_a_report_that_names_no_size_loads_nothing_that_computes_one():
    script = (
        "import sys, costcalc.cli as c\nc.main(['report', 'mobilenet_v1'], standalone_mode=False)\n"
        "assert not {'costcalc.network.memory', 'costcalc.hardware.roofline', 'fractions'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_compare_has_the_sizes():
    args = ["compare", "mobilenet_v2", "vgg16", "--format", "json"]
    totals = [one["totals"] for one in json.loads(CliRunner().invoke(main, args).stdout)["networks"]]
    for name, shown in zip(("mobilenet_v2", "vgg16"), totals, strict=True):
        network = load(name).build()
        assert {key: shown[key] for key in SIZES} == {key: size_of(key, network, "fp32") for key in SIZES}
    text = CliRunner().invoke(main, args[:-2]).stdout
    assert re.search(r"^peak, fp32 bytes +6,021,120 +25,690,112 +4.27x more$", text, re.MULTILINE)


def test_policies_stand_alone_or_together():
    network = load("nasnet_mobile").build()
    peaks = {held: peak(network, policy=Policy(*held)) for held in product((False, True), repeat=4)}
    assert all(peaks[held] >= peaks[True, True, True, True] for held in peaks)
