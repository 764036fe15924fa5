"""Grids by column equal the networks built: totals, refusals, order, whatever their axes are made of."""

import pickle
from functools import partial
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from members import MEMBERS
from test_trace import drawn, outcome, plain

import costcalc
from costcalc.analysis import columns, grid
from costcalc.common.errors import Source, SpecError
from costcalc.specfile import load_source
from costcalc.unfold.trace.staged import tabled

QUICK = {"suppress_health_check": list(HealthCheck), "deadline": None, "derandomize": True}


def spec_of(rows, head):
    listed = "\n".join(f"  - {row}" for row in rows)
    definition = load_source(Source("net.yaml", f"name: net\nsource: none\n{head}\nlayers:\n{listed}\n"))
    return costcalc.Spec(definition, "net")


def swept(spec, axes):
    """Return what each point of a grid gives or how it is refused, in order."""
    found = []
    for settings_, totals in costcalc.sweep(spec, axes, refused=lambda at, error: found.append((at, str(error)))):
        found.append((settings_, totals))
    return found


def built(spec, axes):
    points = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    return [(point, outcome(plain, spec, point)) for point in points]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_grid_is_its_points(name):
    spec = costcalc.load(name)
    layers = len(spec.build().layers)

    @settings(max_examples=max(2, min(8, 300 // layers)), **QUICK)
    @given(drawn(spec))
    def same(cases):
        axes = {key: list(dict.fromkeys(case[key] for case in cases if case[key] == case[key])) for key in cases[0]}
        axes = {key: values or [spec.settings[key]] for key, values in axes.items()}
        by_text = sorted(swept(spec, axes), key=repr)
        assert by_text == sorted(built(spec, axes), key=repr)

    same()


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("mobilenet_v2", {"width": [0.35, 1.0, 1.3], "res": [96, 97, 224], "classes": [10, 1000]}),
        ("shufflenet_v1", {"groups": [3, 8], "width": [0.25, 0.31, 1.0], "res": [224, 160]}),
        ("shufflenet_v1", {"width": [0.25, 0.31, 1.0], "res": [224, 160], "groups": [3, 8]}),
        ("vgg16", {"res": [224, 64], "adaptive": [True, False]}),
        ("mobilenet_v1", {"width": [1, 1.0, 0.5, True, "wide"], "res": [128]}),
        ("mobilenet_v1", {"res": [224, 224]}),
        ("mobilenet_v1", {}),
    ],
)
def test_a_grid_is_in_the_order_of_its_axes(name, axes):
    spec = costcalc.load(name)
    refused = []
    rows = list(costcalc.sweep(spec, axes, refused=lambda at, error: refused.append((at, str(error)))))
    expected = built(spec, axes)
    assert rows == [(at, found) for at, found in expected if not isinstance(found, str)]
    assert refused == [(at, found) for at, found in expected if isinstance(found, str)]


def test_an_axis_without_values_gives_nothing():
    assert list(costcalc.sweep(costcalc.load("mobilenet_v1"), {"res": [], "width": [1.0]})) == []


# where inner and outer settings meet in one unknown, points are counted one by one


@pytest.mark.parametrize(
    "row",
    [
        "{op: conv, k: 1, c: (a + b) // 3 + 1}",
        "{op: conv, k: 1, c: a * b}",
        "{op: conv, k: 1, c: 'min(a, b)'}",
        "{op: conv, k: 1, c: 4, when: a > 2}",
        "{op: conv, k: 1, c: 4, when: a > b}",
        "{op: conv, k: 1, c: 4, n: a}",
        "{op: conv, k: 1, c: 12, g: a}",
        "{op: conv, k: 1, c: 'a // (b - 1)'}",
    ],
)
def test_settings_that_meet_are_counted_all_the_same(row):
    spec = spec_of([row, "{op: fc, c: b}"], "settings: {a: 2, b: 3}\ninput: [12, 5, 7]")
    axes = {"a": list(range(1, 8)), "b": list(range(1, 7))}
    found = [(at, tuple(totals) if not isinstance(totals, str) else totals) for at, totals in swept(spec, axes)]
    assert sorted(found, key=repr) == sorted(built(spec, axes), key=repr)


def test_a_claim_that_is_false_where_it_holds_is_refused_there_alone():
    spec = spec_of(
        ["{op: conv, k: 1, c: c}"],
        "settings: {c: 4, res: 8}\ninput: [3, res, res]\ntotals: {params: 17}",
    )
    axes = {"c": [3, 4, 5], "res": [8, 9]}
    found = swept(spec, axes)
    assert [at for at, totals in found if isinstance(totals, str)] == [{"c": 4, "res": 8}]
    with pytest.raises(SpecError, match="`totals` says params 17"):
        list(costcalc.sweep(spec, axes))


# columns


AXES = {"width": [step / 20 for step in range(5, 29)], "res": list(range(64, 264))}


def test_columns_are_the_rows():
    spec = costcalc.load("mobilenet_v2")
    rows = list(costcalc.sweep(spec, AXES))
    blocks = list(costcalc.sweep_columns(spec, AXES))
    assert max(len(block.macs) for block in blocks) <= columns.BLOCK
    for name in AXES:
        assert [value for block in blocks for value in block.settings[name]] == [at[name] for at, _ in rows]
    for name in grid.TOTALS:
        assert [value for block in blocks for value in getattr(block, name)] == [getattr(row, name) for _, row in rows]


def test_columns_leave_out_what_is_refused():
    spec, axes = costcalc.load("shufflenet_v1"), {"groups": [3, 8], "width": [0.31, 0.5, 1.0]}
    refused = []
    blocks = list(costcalc.sweep_columns(spec, axes, refused=lambda at, error: refused.append(at)))
    assert [value for block in blocks for value in block.settings["width"]] == [0.5, 1.0, 0.5, 1.0]
    assert refused == [{"groups": 3, "width": 0.31}, {"groups": 8, "width": 0.31}]
    with pytest.raises(SpecError):
        list(costcalc.sweep_columns(spec, axes))


def test_arrays_are_the_lists():
    numpy = pytest.importorskip("numpy")
    spec = costcalc.load("mobilenet_v2")
    for block, array in zip(
        costcalc.sweep_columns(spec, AXES), costcalc.sweep_columns(spec, AXES, arrays=True), strict=True
    ):
        assert [list(column) for column in array[1:]] == [list(column) for column in block[1:]]
        assert array.macs.dtype == numpy.int64


def test_arrays_hold_what_64_bits_do_not():
    numpy = pytest.importorskip("numpy")
    spec = spec_of(["{op: conv, k: 1, c: c}"], "settings: {c: 4, res: 8}\ninput: [3, res, res]")
    axes = {"c": [4, 2**20], "res": [1, 10, 2**20]}
    found = [value for block in costcalc.sweep_columns(spec, axes, arrays=True) for value in block.macs]
    assert found == [spec.build(c=c, res=res).totals.macs for c, res in product(axes["c"], axes["res"])]
    assert max(found) == 3 * 2**60
    near = {"c": [2**20, 2**20 - 1], "res": [2**20, 2**21]}
    blocks = list(costcalc.sweep_columns(spec, near, arrays=True))
    assert [value for block in blocks for value in block.macs] == [
        spec.build(c=c, res=res).totals.macs for c, res in product(near["c"], near["res"])
    ]
    assert {block.macs.dtype for block in blocks} == {numpy.dtype(object)}


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(-(10**20), 10**20), st.integers(0, 1)), min_size=1),
    factors=st.tuples(*[st.integers(-(10**20), 10**20)] * 5),
)
@settings(**QUICK)
def test_a_table_sums_products(rows, factors):
    sums = [((0, -1),), ((1, 0), (2, 1), (3, -1)), ((4, 2), (0, 0)), (), ((2, 2),)]
    expected = [[sum(factors[k] * (1 if m < 0 else row[m]) for k, m in terms) for row in rows] for terms in sums]
    assert list(tabled(sums, rows)(factors)) == expected
    assert list(tabled(sums, rows * 9)(factors)) == [column * 9 for column in expected]  # what repeats is summed once


# parts of a grid, for as many processes or machines as there are


@pytest.mark.parametrize("size", [1, 2, 5, 7, 60, 1000])
def test_parts_of_a_grid_are_the_grid(size):
    axes = {"a": tuple(range(3)), "b": tuple(range(5)), "c": tuple(range(4))}
    parts = list(costcalc.parts(axes, size))
    assert [point for part in parts for point in product(*part.values())] == list(product(*axes.values()))
    assert all(1 <= len(list(product(*part.values()))) <= size for part in parts)


def macs_of(spec, part):
    return [value for block in costcalc.sweep_columns(spec, part) for value in block.macs]


def test_a_part_can_be_sent_to_a_process():
    spec = costcalc.load("mobilenet_v2")
    call = pickle.loads(pickle.dumps(partial(macs_of, spec)))  # noqa: S301
    found = [macs for part in costcalc.parts(AXES, 1500) for macs in call(part)]
    assert found == macs_of(spec, AXES)
