"""Figures by hand at the places where a formula with one thing changed in it would give the same elsewhere."""

import re
from fractions import Fraction

import pytest

from costcalc.common.errors import Source, SpecError
from costcalc.hardware.devices import Device
from costcalc.hardware.roofline import bound
from costcalc.network.compress import LAYOUTS, Scheme, compress, rank_for
from costcalc.network.figures import FIGURES, Part, whole
from costcalc.network.memory import Policy, timeline
from costcalc.network.memory.timeline import layer_of
from costcalc.network.memory.training import kept
from costcalc.network.metrics import CONVENTIONS, DTYPE_BITS
from costcalc.network.quantities import depth
from costcalc.network.receptive import receptive_fields
from costcalc.network.traffic import intensity, traffic
from costcalc.ops import OPS
from costcalc.ops.conv import tconv_pads
from costcalc.ops.schema import DATA
from costcalc.ops.shape import Shape
from costcalc.specfile import load_source
from costcalc.unfold import interpreter
from costcalc.unfold.claims import _sides, claimed_points
from costcalc.unfold.interpreter import build


def net(rows, size="[4, 3, 5]", head=""):
    """Return the network of some rows, on a map that is not square unless another size is given."""
    return build(load_source(Source("net.yaml", f"name: n\ninput: {size}\n{head}layers:\n{rows}\n")))


def cost_of(op, *shapes, **cells):
    columns = OPS[op].columns
    return OPS[op].run(shapes, {column: columns[column].read(cell) for column, cell in cells.items()})


# ops, on maps, kernels, strides and paddings whose two sides differ


@pytest.mark.parametrize(
    ("op", "shape", "cells", "counts"),
    [
        ("tconv", (2, 3, 4), {"k": 3, "c": 1, "s": 2, "p": (0, 1, 2, 0)}, {"out": (1, 6, 7)}),
        ("tconv", (2, 3, 4), {"k": (2, 3), "c": 5, "p": 0}, {"out": (5, 4, 6), "weights": 2 * 3 * 2 * 5}),
        ("tconv", (1, 1, 1), {"k": 3, "c": 1, "p": 1}, {"out": (1, 1, 1)}),
        ("tconv", (1, 3, 5), {"k": 4, "c": 1, "s": 2, "p": "same"}, {"out": (1, 6, 10)}),
        ("tconv", (1, 3, 5), {"k": 6, "c": 1, "s": 2, "p": "same"}, {"out": (1, 6, 10)}),
        ("tconv", (1, 3, 5), {"k": 2, "c": 1, "s": 3, "p": "same"}, {"out": (1, 9, 15)}),
        ("tconv", (1, 3, 5), {"k": 2, "c": 1, "s": 2, "p": "same"}, {"out": (1, 6, 10)}),
        ("tconv", (1, 3, 5), {"k": (2, 4), "c": 1, "s": 2}, {"out": (1, 6, 10)}),
        ("pixelshuffle", (12, 2, 2), {"by": (2, 3)}, {"out": (2, 4, 6), "moved_elems": 48}),
        ("unshuffle", (2, 4, 6), {"by": (2, 3)}, {"out": (12, 2, 2), "moved_elems": 48}),
        ("upsample", (2, 3, 4), {"by": (2, 3)}, {"out": (2, 6, 12)}),
        ("attention", (4, 2, 3), {"heads": 2, "qkv": True, "relative": "table"}, {"other": 3 * 5 * 2}),
    ],
)
def test_sides_that_differ(op, shape, cells, counts):
    cost = cost_of(op, Shape(*shape), **cells)
    assert {name: getattr(cost, name) for name in counts} == counts


@pytest.mark.parametrize(
    ("k", "s", "p", "pads"),
    [
        ((4, 4), (2, 2), "same", ((1, 1), (1, 1))),
        ((5, 4), (2, 2), "same", ((1, 2), (1, 1))),
        ((2, 3), (3, 3), "same", ((0, 0), (0, 0))),
        ((4, 3), (2, 3), None, ((1, 1), (0, 0))),
        ((3, 3), (2, 2), (0, 1, 2, 3), ((0, 1), (2, 3))),
    ],
)
def test_what_a_transposed_kernel_cuts_off(k, s, p, pads):
    assert tconv_pads(Shape(1, 3, 5), k, s, p, (1, 1)) == pads


@pytest.mark.parametrize(
    ("shape", "doubtful"), [((16, 16, 3), True), ((20, 16, 4), True), ((15, 16, 3), False), ((20, 15, 3), False)]
)
def test_an_input_that_looks_like_height_width_channels(shape, doubtful):
    assert bool(Shape(*shape).doubt) == doubtful


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ("- {op: gap}", "Pool 3x5"),
        ("- {op: gmp}", "Pool 3x5"),
        ("- {op: tconv, k: [2, 4], c: 6, g: 2, s: 2}", "2x4x2x6"),
    ],
)
def test_what_a_layer_slides_over_its_map(rows, shown):
    layer = net(rows).layers[0]
    assert OPS[layer.op].filter.shown(layer) == shown


@pytest.mark.parametrize(
    ("name", "least", "most", "beyond"),
    [("density", 0, 1, (-0.001, 1.001)), ("bits", 1, 64, (0, 65))],
)
def test_data_take_their_ends_and_nothing_beyond(name, least, most, beyond):
    assert [DATA[name].read(value) for value in (least, most)] == [least, most]
    for value in beyond:
        with pytest.raises(ValueError, match=r"must be"):
            DATA[name].read(value)


# what training keeps


@pytest.mark.parametrize(
    ("rows", "elements"),
    [
        ("- {op: geglu}", 60 + 30),  # its input, and the gate behind its activation
        ("- {op: glu}", 60),
        ("- {op: lstm, c: 2}", 60 + 5 * 30),  # its input, its output and four gates of every step
        ("- {op: lstm, c: 2, layers: 2}", 60 + 30 + 9 * 30),
        ("- {op: gru, c: 2}", 60 + 4 * 30),
    ],
)
def test_what_gates_keep(rows, elements):
    assert kept(net(rows)) == elements


# memory


def test_a_depthwise_in_place_needs_one_channel_of_a_map_that_is_not_square():
    found = timeline(net("- {op: conv, k: 1, c: 4}\n- {op: dwconv, k: 3}\n- {op: gap}"), Policy(inplace_depthwise=True))
    assert [tensor.elements for tensor in found.tensors if tensor.scratch] == [3 * 5]
    assert found.live == (120, 75, 64)


def test_a_timeline_counts_what_is_alive():
    found = timeline(net("- {op: conv, k: 1, c: 4, name: a}\n- {op: relu}\n- {op: gap}\n- {op: mul, from: [a, -1]}"))
    assert found.counts() == tuple(len(found.alive(number)) for number in range(4)) == (2, 2, 3, 3)


def test_what_nobody_wants_is_gone_at_once():
    rows = "- {op: conv, k: 1, c: 3, name: a}\n- {op: relu, name: b}\n- {op: conv, k: 1, c: 2, from: a}\n- {op: gap, from: b}"
    network = net(rows, "[4, 3, 5]\noutputs: [b]")
    found = timeline(network)
    assert [(tensor.first, tensor.last) for tensor in found.tensors] == [(0, 0), (0, 2), (1, 4), (2, 2), (3, 3)]
    assert [layer_of(network, tensor) for tensor in found.tensors] == [None, *network.layers]


def test_an_input_that_no_row_reads_takes_nothing():
    head = "settings: {v: 1}\ninputs: {a: [4, 3, 5], b: [4, 3, 5]}\noutputs: [one]\n"
    rows = "- {op: conv, k: 1, c: 3, from: a, name: one}\n- {op: relu, from: b, when: v > 1}\n- {op: relu}"
    found = timeline(build(load_source(Source("net.yaml", f"name: n\n{head}layers:\n{rows}\n"))))
    assert [(tensor.source, tensor.first, tensor.last) for tensor in found.tensors[:2]] == [(-1, 0, 0), (-2, 0, -1)]
    assert found.live == (60 + 45, 45 + 45)


# traffic and the roofline

FLAT = Device("d", "d", "s", "macs", {"int4": Fraction(120), "fp32": Fraction(120)}, Fraction(1))


@pytest.mark.parametrize("view", ["slice, c: 2", "flatten", "identity", "dropout"])
def test_a_view_moves_nothing_and_takes_no_time(view):
    layer = net(f"- {{op: {view}}}\n- {{op: conv, k: 1, c: 2}}").layers[0]
    assert (traffic(layer, 32), intensity(0, 0)) == (0, 0)
    found = bound(layer, FLAT, "fp32")
    assert (found.traffic, found.intensity, found.seconds, found.limit) == (0, 0, 0, "")


def test_activations_and_parameters_are_rounded_to_bytes_together():
    layer = net("- {op: conv, k: 1, c: 1}", "[1, 1, 1]").layers[0]
    assert traffic(layer, 4) == 2  # three values of half a byte: 1.5 bytes, not 1 and 0.5 apart
    assert traffic(layer, 4, 2) == 3  # four activations and a weight


@pytest.mark.parametrize(("peak", "limit"), [(29, "compute"), (30, "compute"), (31, "memory")])
def test_a_layer_at_the_ridge_is_bound_by_compute(peak, limit):
    layer = net("- {op: conv, k: 1, c: 1}", "[1, 3, 5]").layers[0]
    moved = 15 + 15 + 1
    device = FLAT._replace(peak={"int8": Fraction(15 * peak, 30)}, bandwidth=Fraction(moved))
    assert bound(layer, device, "int8").limit == limit


# compression


@pytest.mark.parametrize(
    ("rows", "columns", "factor", "rank"),
    [(2, 2, 1, None), (6, 3, 1, None), (4, 4, 1, None), (4, 3, 1, 1), (4, 4, 2, 1), (4, 4, 3, None)],
)
def test_a_rank_leaves_fewer_weights_than_the_matrix(rows, columns, factor, rank):
    assert rank_for(rows, columns, Fraction(factor)) == rank


@pytest.mark.parametrize(
    ("density", "weights", "indices"), [("1", 9, 0), ("999/1000", 9, 0), ("8/9", 8, 4), ("8001/9000", 9, 0)]
)
def test_a_layer_that_rounding_leaves_whole_has_no_indices(density, weights, indices):
    (layer,) = compress(
        net("- {op: conv, k: 3, c: 1}", "[1, 3, 5]").layers, Scheme(density=Fraction(density), factor=None)
    )
    assert (layer.sizes.kept_weights, layer.sizes.index_bytes) == (weights, indices)


def test_a_matrix_without_a_rank_keeps_its_weights():
    layers = net("- {op: fc, c: 3}", "[4, 1, 1]").layers
    found = [compress(layers, Scheme(factor=Fraction(factor)))[0] for factor in (1, 9)]
    assert [(layer.rank, layer.sizes.kept_weights) for layer in found] == [(1, 7), (None, 12)]


def test_only_a_layer_with_weights_has_a_code_book():
    layers = net("- {op: conv, k: 1, c: 2}\n- {op: bn}\n- {op: prelu}\n- {op: fc, c: 2}").layers
    found = compress(layers, Scheme(LAYOUTS["deep-compression"]))
    assert [layer.sizes.table_bytes for layer in found] == [4 + 4 * 2**8, 0, 0, 4 + 4 * 2**8]


# conventions


@pytest.mark.parametrize(
    ("rows", "operations"),
    [
        ("- {op: gap}", 60),
        ("- {op: gmp}", 60),  # one for each input element, as of an average
        ("- {op: maxpool, k: 2, p: 0}", 2 * 4 * 1 * 2 * 2 * 2),
        ("- {op: avgpool, k: 3, s: 2, p: 1}", 2 * 4 * 2 * 3 * 2 * 2),
        ("- {op: conv, k: 1, c: 2, bias: true, act: relu}", 8 * 15 + 30 + 2 * 30),
        ("- {op: add, from: [input, input]}", 60),
    ],
)
def test_operations_as_burden_counts_them(rows, operations):
    network = net(rows)
    assert sum(map(CONVENTIONS["burden"].of, network.layers)) == operations


# figures of parts


def test_the_longest_chain_is_counted_by_what_multiplies():
    rows = """
- {op: conv, k: 1, c: 2, name: a}
- {op: conv, k: 1, c: 2, name: b}
- {op: relu}
- {op: conv, k: 1, c: 2, from: input, name: c}
- {op: add, from: [b, c]}
- {op: gap}
- {op: fc, c: 2}
- {op: conv, k: 1, c: 1, from: a}
"""
    layers = net(rows).layers
    assert [depth(layers[:end]) for end in range(9)] == [0, 1, 2, 2, 2, 2, 2, 3, 3]
    assert depth(layers[1:4]) == 1  # a part of it reads nothing that is left out


@pytest.mark.parametrize(
    ("figure", "value"),
    [("k", 3), ("s", 2), ("in_c", 4), ("in_h", 3), ("in_w", 5), ("out_c", 6), ("out_h", 2), ("out_w", 5)],
)
def test_sides_and_columns_of_a_layer(figure, value):
    layer = net("- {op: conv, k: [3, 1], s: [2, 1], c: 6}").layers
    assert FIGURES[figure].of(Part(layer)) == value


def test_rows_without_a_kernel_have_the_kernel_1():
    part = whole(net("- {op: relu}\n- {op: gap}"))
    assert (FIGURES["k"].of(part), FIGURES["s"].of(part)) == (1, 1)


def field(rows, size, number=-1):
    found = receptive_fields(net(rows, size))[number]
    return found.sides, found.stride, found.offset


@pytest.mark.parametrize(
    ("rows", "sides", "stride", "offset"),
    [
        ("- {op: conv, k: [3, 1], c: 1, s: [2, 1]}", (3, 1), (2, 1), (-1, 0)),
        ("- {op: conv, k: [1, 5], c: 1, s: [1, 3]}", (1, 5), (1, 3), (0, -2)),
        ("- {op: avgpool, k: 3, s: 2}", (3, 3), (2, 2), (0, 0)),
        ("- {op: conv, k: 3, c: 1, d: [1, 2]}", (3, 5), (1, 1), (-1, -2)),
        ("- {op: gap}", (7, 9), (0, 0), (0, 0)),
        ("- {op: conv, k: 3, c: 1}\n- {op: gap}", (7, 9), (0, 0), (0, 0)),
        ("- {op: maxpool, k: 2}\n- {op: fc, c: 1}", (6, 8), (0, 0), (0, 0)),
        (
            """
- {op: conv, k: 3, c: 1, name: a}
- {op: conv, k: 1, c: 1, s: 2, from: input}
- {op: maxpool, k: 1, s: 2, from: a}
- {op: add, from: [-1, -2]}""",
            (3, 3),
            (2, 2),
            (-1, -1),
        ),
        ("- {op: conv, k: 1, c: 2, name: a}\n- {op: gap}\n- {op: mul, from: [a, -1]}", (7, 9), (None, None), (0, 0)),
    ],
)
def test_the_field_of_a_last_output(rows, sides, stride, offset):
    assert field(rows, "[1, 7, 9]") == (sides, stride, offset)


# groups

STAGED = """
- {op: conv, k: 1, c: 4, stage: one}
- {op: maxpool, k: [1, 2], stage: one}
- {op: conv, k: 1, c: 4}
- {op: conv, k: 1, c: 2, s: [2, 1]}
"""


def test_a_stage_is_a_run_under_a_name_or_at_a_size():
    found = net(STAGED, "[4, 4, 6]").by("stage")
    assert [(group.label, len(group.layers)) for group in found] == [("one", 2), ("4x3", 1), ("2x3", 1)]


def test_a_group_of_rows_is_named_after_its_first():
    head = "blocks: {b: {layers: [{op: conv, k: 1, c: 4}, {op: relu}]}}\n"
    rows = "- {repeat: 1, layers: [{op: conv, k: 1, c: 4}, {op: b}]}\n- {op: b}"
    found = net(rows, head=head).by("block")
    assert [(group.label, group.what) for group in found] == [("0", "Conv 1x1"), ("1", "b")]


def test_four_bits_are_half_a_byte_and_no_less_than_one():
    assert whole(net("- {op: conv, k: 1, c: 1}", "[1, 1, 1]"), DTYPE_BITS["int4"]).figure("bytes") == 1


VALUE = "settings: {v: gelu}\n"
SMALL = "name: n\ninput: [1, 2, 2]\nlayers: [{op: relu}]\n"

# unfolding: what bounds it, at the bound and one beyond


WORK = [  # rows; steps: a row and each entry of its `from`, at every turn, and each turn of a group; characters of cells
    ("- {op: relu}", 1, 0),
    ("- {op: relu, n: 3}", 3, 4 + 1),
    ("- {op: relu}\n- {op: add, from: [-1, input]}", 1 + 3, 0),
    ("- {repeat: 4, layers: [{op: relu}]}", 4 * (1 + 1), 4 + 1),
    ("- {op: conv, k: 3, c: 4 * 25}", 1, 4 + 1 + 4 + 6),
    ("- {op: relu}\n- {repeat: 4, when: 1 > 2, layers: [{op: relu}]}", 1 + 1 + 1, 4 + 5),  # looked at once
]


@pytest.mark.parametrize(("rows", "steps", "characters"), WORK)
def test_work_is_steps_characters_and_layers(rows, steps, characters, monkeypatch):
    monkeypatch.setattr(interpreter, "STEP", 10**6)
    monkeypatch.setattr(interpreter, "LAYER", 10**3)
    monkeypatch.setattr(interpreter.BUDGET, "spent", 0)
    spec = load_source(Source("net.yaml", f"name: n\ninput: [4, 3, 5]\nlayers:\n{rows}\n"))
    read = interpreter.BUDGET.spent
    layers = len(build(spec).layers)
    assert interpreter.BUDGET.spent - read == steps * 10**6 + (1 + layers) * 10**3 + characters  # one for the network
    monkeypatch.setattr(interpreter, "MAX_STEPS", steps)
    assert net(rows).layers
    monkeypatch.setattr(interpreter, "MAX_STEPS", steps - 1)
    with pytest.raises(SpecError, match=f"unfolding takes more than {steps - 1} steps"):
        net(rows)


@pytest.mark.parametrize(
    ("bound", "most", "rows", "beyond"),
    [
        ("MAX_LAYERS", 3, "- {op: relu, n: 3}", "- {op: relu, n: 4}"),
        ("MAX_NESTING", 2, "- {op: b}", "- {op: c}"),
        (
            "MAX_PARTS",
            2,
            "- {repeat: 1, layers: [{repeat: 1, layers: [{op: relu}]}]}",
            "- {repeat: 1, layers: [{repeat: 1, layers: [{repeat: 1, layers: [{op: relu}]}]}]}",
        ),
    ],
)
def test_a_bound_is_the_most_that_is_allowed(bound, most, rows, beyond, monkeypatch):
    blocks = "blocks: {a: {layers: [{op: relu}]}, b: {layers: [{op: a}]}"
    heads = (blocks + "}\n", blocks + ", c: {layers: [{op: b}]}}\n") if bound == "MAX_NESTING" else ("", "")
    monkeypatch.setattr(interpreter, bound, most)
    assert net(rows, head=heads[0]).layers
    with pytest.raises(SpecError, match=rf"\b{most}\b"):
        net(beyond, head=heads[1])


def test_a_side_may_be_as_large_as_the_largest(monkeypatch):
    monkeypatch.setattr(interpreter, "LARGEST", 10)
    assert net("- {op: upsample, by: 2}\n- {op: conv, k: 1, c: 10}", "[10, 5, 5]").layers
    for rows in ("- {op: conv, k: 1, c: 11}", "- {op: upsample, to: [11, 5]}", "- {op: upsample, to: [5, 11]}"):
        with pytest.raises(SpecError, match="an output side over"):
            net(rows, "[10, 5, 5]")


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        (
            "- {op: conv, k: 1, c: 4, name: a}\n- {op: conv, k: 1, c: 4, from: a, n: v}",
            "settings: {v: 2}\n",
            "must be a number of rows back",
        ),
        ("- {op: add}", "", "^net.yaml:4:8: error: `add` reads two inputs"),
        (
            "- {op: conv, k: 1, c: 3, name: a}\n- {op: add, from: [a, input]}",
            "",
            "^net.yaml:5:20: error: `add` needs sides that are equal or 1",
        ),
        ("- {op: conv, k: 1, c: 3, g: 4}", "", "^net.yaml:4:29: error: groups of 4 do not divide the 3 output"),
        ("- {op: v}", "settings: {v: same}\n", "^net.yaml:3:15: error: unknown op or block the word `same`"),
        ("- {op: v}", "settings: {v: 3}\n", "^net.yaml:3:15: error: unknown op or block 3"),
        (
            "- {op: tconv, k: 3, c: 1, p: 0, d: 2, extra: 2}",
            "",
            "`extra` of 2 must be smaller than the stride or the dilation",
        ),
        ("- {op: upsample, by: 2, to: 4}", "", "`upsample` takes `by` or `to`, not both"),
        ("- {op: upsample, mode: nearest}", "", "`upsample` needs `by` or `to`"),
        ("- {op: add, from: input}", "", "`add` reads two inputs or more, not 1"),
        (
            "- {op: relu, name: a}\n- {op: conv, k: 1, c: 2, from: [a, input]}",
            "",
            r"net.yaml:5:33: .*`conv` reads 1 input, not 2",
        ),
        (
            "- {op: relu, name: a, when: v > 0}\n- {op: relu, name: a, when: v < 3}",
            "settings: {v: 2}\n",
            "two rows of the name `a` are there",
        ),
        (
            "- {op: conv, k: 1, c: wide}\n- {op: relu, from: wid}",
            "settings: {wide: 2}\n",
            "(?s)^net.yaml:6:20: error: no row or input named `wid` above this row\n",
        ),
        ("- {op: b, m: 0.5}", "blocks: {b: {args: [m], layers: [{op: conv, k: 1, c: m}]}}\n", "(?s)read at net.yaml:"),
        ("- {op: conv, k: 1, c: 0.5}", "", "(?s)^(?!.*read at net.yaml).*$"),
    ],
)
def test_what_unfolding_refuses(rows, head, message):
    with pytest.raises(SpecError) as caught:
        net(rows, head=head)
    assert re.search(message, str(caught.value)), str(caught.value)


def test_of_rows_of_one_name_the_one_that_is_there_is_meant():
    rows = (
        "- {op: conv, k: 1, c: 2, name: a, when: v > 5}\n- {op: conv, k: 1, c: 3, name: a, when: v < 5}\n"
        "- {op: gap}\n- {op: conv, k: 1, c: 7, from: a}"
    )
    for value, read in ((9, 2), (2, 3)):
        assert net(rows, head=f"settings: {{v: {value}}}\n").layers[-1].ins[0].c == read


def test_a_group_of_a_name_is_its_last_row():
    rows = "- {repeat: 1, name: a, layers: [{op: conv, k: 1, c: 2}, {op: conv, k: 1, c: 3}]}\n- {op: gap}\n- {op: relu, from: a}"
    assert net(rows).layers[-1].ins[0].c == 3


def test_what_has_a_height_of_1_is_a_signal_only_where_the_input_is_one():
    assert str(net("- {op: conv, k: 1, c: 2}", "[4, 1, 5]").layers[0].out.__class__.__name__) == "Shape"
    signal = net("- {op: conv, k: 1, c: 2}", "[4, 5]")
    assert [shape.__class__.__name__ for shape in (signal.input, signal.layers[0].out)] == ["Signal", "Signal"]
    taller = net("- {op: upsample, by: [2, 1]}", "[4, 5]").layers[0].out
    assert (taller, taller.__class__.__name__) == ((4, 2, 5), "Shape")


@pytest.mark.parametrize(
    ("rows", "channels"),
    [
        ("- {op: conv, k: 1, c: 2 * x.c}", 8),
        ("- {op: conv, k: 1, c: 2}\n- {op: conv, k: 1, c: above.c + 1}", 3),
        ("- {op: conv, k: 1, c: 2, name: above}\n- {op: conv, k: 1, c: 5}\n- {op: conv, k: 1, c: above.c}", 2),
    ],
)
def test_names_that_a_cell_reads(rows, channels):
    assert net(rows).layers[-1].out.c == channels


def test_a_stage_holds_for_all_that_is_in_its_group():
    rows = "- {stage: one, layers: [{op: relu}, {repeat: 2, layers: [{op: relu}]}]}\n- {op: relu}"
    assert [layer.stage for layer in net(rows).layers] == ["one", "one", "one", ""]


def test_a_rows_own_condition_stands_in_place_of_the_defaults():
    head = "settings: {v: 2}\ndefaults: {relu: {when: v > 5}}\n"
    rows = "- {op: relu, when: v < 5}\n- {op: relu}\n- {op: gap}"
    assert [layer.path for layer in net(rows, head=head).layers] == ["0", "2"]


# claims


@pytest.mark.parametrize(
    ("claim", "hint"),
    [("4x3x5", True), ("5x4x3", False), ("3x4x5", False), ("4x3", False), ("4x3x5x1", False)],
)
def test_a_size_in_another_order_has_a_hint(claim, hint):
    with pytest.raises(SpecError) as caught:
        net(f"- {{op: relu, in: {claim}}}")
    assert ("(height x width x channels)" in str(caught.value)) == hint


def test_a_side_of_a_printed_size_has_up_to_nine_digits():
    assert [_sides(text) for text in ("999999999x1x2", "1234567890x1x2", "1x-1x2", "1 \u00d7 2")] == [
        (999999999, 1, 2),
        (),
        (),
        (1, 2),
    ]


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ("params: 1234", "`totals` says params 1,234; the layers give 1,235"),
        ("at: {v: 3}, params: 1235", "`totals` says v 3; the settings have v 2"),
        ("in: 65x19x1", "`totals` says in 65x19x1; the layers give 19x65x1"),
    ],
)
def test_a_wrong_total_says_what_is_right(totals, sentence):
    head = f"settings: {{v: 2, w: v}}\ntotals: [{{{totals}}}]\n"
    right = net(
        "- {op: fc, c: w - 1, bias: false}",
        "[1, 19, 65]",
        head.replace("1234", "1235").replace("v: 3", "v: 2").replace("65x19", "19x65"),
    )
    assert all(checked.holds and not checked.printed_holds for checked in right.claims)
    with pytest.raises(SpecError) as caught:
        net("- {op: fc, c: w - 1, bias: false}", "[1, 19, 65]", head)
    assert sentence in str(caught.value)


def test_the_points_at_which_claims_may_hold():
    text = """name: n
settings: {depth: 18, width: 1, res: 4}
variants: {a: {width: 3}, b: {width: 2}}
input: [3, res, res]
columns: [op, {n, depth: [18, 34]}]
layers: [[relu, 1, 2], {op: conv, k: 1, c: width}]
totals: [{set: {res: 8}, params: 3}]
"""
    spec = load_source(Source("net.yaml", text))
    assert claimed_points(spec, {"depth": 18}, ("width", "res")) == {(1, 4), (2, 4), (3, 4), (1, 8)}
    assert claimed_points(spec, {"depth": 34}, ("width", "res")) == {(1, 4)}
    assert claimed_points(spec, {"depth": 50}, ("width", "res")) == set()
    assert claimed_points(spec, {"depth": 18, "res": 8}, ("width",)) == {(1,)}


def test_rows_that_share_weights_may_lie_otherwise():
    rows = "- {op: conv, k: 3, c: 4, name: a}\n- {op: conv, k: 3, c: 4, s: 2, p: 0, act: relu, shares: a}"
    network = net(rows)
    assert (network.totals.params, network.layers[1].shares) == (144, "a")


def test_turns_have_paths_and_a_stride_of_1_but_for_the_first():
    network = net(
        "- {repeat: 2, layers: [{op: conv, k: 1, c: 4, s: 2, n: 3}, {op: bn}]}\n- {op: v}", "[4, 8, 8]", VALUE
    )
    assert [layer.path for layer in network.layers] == [
        *("0/0", "0/0#2", "0/0#3", "0/1", "0#2/0", "0#2/0#2", "0#2/0#3", "0#2/1"),
        "1",
    ]
    assert [layer.out.h for layer in network.layers] == [4, 4, 4, 4, 2, 2, 2, 2, 2]
    assert network.layers[-1].op == "gelu"
    assert (network.key, build(load_source(Source("net.yaml", SMALL)), {}, "called").key) == ("n", "called")


def test_data_are_those_of_the_rows_that_have_them():
    head = "data: [bits]\ndefaults: {conv: {k: 1, c: 2}}\ncolumns: [op, bits]\n"
    assert [dict(layer.data) for layer in net("- [conv, 8]\n- [conv, ~]", head=head).layers] == [{"bits": 8}, {}]


def test_a_group_counts_its_turns_and_branches_meet():
    rows = """
- {repeat: 2, as: i, layers: [{op: conv, k: 1, c: 4 + i}]}
- branches: [[{op: conv, k: 1, c: 5}], [{op: conv, k: 3, c: 6}]]
  join: {op: concat}
- {op: relu}
"""
    layers = net(rows).layers
    assert [layer.out.c for layer in layers] == [4, 5, 5, 6, 11, 11]
    assert [layer.ins[0].c for layer in layers] == [4, 4, 5, 5, 5, 11]


def test_a_block_gives_its_outputs_by_name_and_its_last_row():
    head = "blocks:\n  b: {outputs: [one, two], layers: [{op: conv, k: 1, c: 2, name: one}, {op: conv, k: 1, c: 3, name: two}]}\n"
    rows = "- {op: b, name: x}\n- {op: conv, k: 1, c: 7, from: x.one}\n- {op: conv, k: 1, c: 7, from: x.two}\n- {op: relu, from: x}"
    assert [layer.ins[0].c for layer in net(rows, head=head).layers[2:]] == [2, 3, 3]


def test_a_map_takes_the_size_of_a_row():
    rows = "- {op: conv, k: 1, c: 2, name: a}\n- {op: maxpool, k: 2}\n- {op: upsample, to: a}"
    assert net(rows).layers[-1].out == (2, 3, 5)


def test_attention_says_how_many_inputs_it_reads():
    rows = "- {op: attention, heads: 2, from: [input, input, input, input]}"
    with pytest.raises(SpecError, match="`attention` reads 1, 2 or 3 inputs, not 4"):
        net(rows)
