"""Fast evaluation equals the plain way: totals, refusals and their messages, over settings drawn at random."""

import itertools
import math
import multiprocessing
import pickle
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from members import MEMBERS

import costcalc
from costcalc.analysis import grid
from costcalc.analysis.api import Spec
from costcalc.common.errors import Source, SpecError
from costcalc.network.metrics import COUNTS, Measure
from costcalc.specfile import load_source
from costcalc.unfold import trace
from costcalc.unfold.trace import forks
from costcalc.unfold.trace.emit import compiled
from costcalc.unfold.trace.recorder import Recorder
from costcalc.unfold.trace.symbols import given as given_symbol
from costcalc.unfold.trace.symbols import operand_of

ROOT = Path(__file__).parent.parent
QUICK = {"suppress_health_check": list(HealthCheck)}

WHOLE = {
    "res": st.integers(1, 400) | st.integers(32, 320),
    "classes": st.integers(0, 2000),
    "groups": st.sampled_from([0, 1, 2, 3, 4, 5, 8]),
    "stem": st.integers(1, 96),
    "growth": st.integers(1, 64),
    "filters": st.integers(1, 200).map(lambda x: 24 * x) | st.integers(1, 4032),
    "cells": st.integers(0, 3),
    "towers": st.sampled_from([1, 2, 3]),
    "k5": st.integers(1, 9),
    "kpool4": st.integers(1, 9),
    "c": st.integers(1, 60).map(lambda x: 4 * x),
    "c_out": st.integers(1, 60).map(lambda x: 4 * x),
    "m": st.integers(1, 240),
    "g": st.sampled_from([0, 1, 2, 3, 4, 8]),
    "s": st.sampled_from([1, 2, 3]),
}
FRACTIONS = {
    "width": st.integers(1, 40).map(lambda x: x / 20) | st.floats(0.01, 3) | st.integers(0, 3),
    "version": st.sampled_from([1, 1.0, 1.1, 1.5, 2]),
}
WORDS = {"norm": st.sampled_from(["bn", "ln", "none"])}


def value_of(name, default):
    """Return what a setting may be drawn from."""
    if isinstance(default, bool):
        return st.booleans()
    if name in WORDS or isinstance(default, str):
        return WORDS.get(name, st.just(default))
    if name == "depth":
        return st.just(default)
    near = st.integers(0, 2 * default) if isinstance(default, int) else st.floats(0, 2 * default)
    found = {**FRACTIONS, **WHOLE}.get(name, near | st.just(default))
    wild = st.sampled_from([0, -1, 0.5, 10**18, 10**18 + 1, 1e300, float("nan"), 2**20 + 1, "relu", True])
    return st.one_of(*[found] * 12, wild)


def drawn(spec):
    """Return a strategy of lists of settings, each with the same names."""
    values = {name: value_of(name, default) for name, default in spec.settings.items()}
    return st.sets(st.sampled_from(sorted(values)), min_size=1, max_size=3).flatmap(
        lambda names: st.lists(st.fixed_dictionaries({name: values[name] for name in names}), min_size=1, max_size=6)
    )


def outcome(function, *args):
    """Return what a function returns, or the whole text of its error."""
    try:
        return function(*args)
    except SpecError as error:
        return str(error)


def plain(spec, values, measure=None):
    totals = spec.build(**values)._replace(measure=measure or Measure()).totals
    return totals.params, totals.macs, totals.activations


@pytest.mark.parametrize("name", MEMBERS)
def test_fast_is_plain_on_every_spec(name):
    spec = costcalc.load(name)
    layers = len(spec.build().layers)

    @settings(max_examples=max(4, min(30, 2000 // layers)), derandomize=True, **QUICK)
    @given(drawn(spec))
    def same(cases):
        for values in cases:
            fast = outcome(costcalc.evaluate, spec, values)
            assert fast == outcome(plain, spec, values), values
            assert isinstance(fast, str) or all(type(figure) is int for figure in fast)

    same()


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "resnet50"])
def test_fast_is_plain_on_a_grid_of_width_and_size(name):
    spec = costcalc.load(name)
    widths = [step / 20 for step in range(1, 41)] if "width" in spec.settings else [None]
    for width, res in itertools.product(widths, [32, 97, 224, 320]):
        values = {"res": res} if width is None else {"width": width, "res": res}
        assert outcome(costcalc.evaluate, spec, values) == outcome(plain, spec, values), values


@pytest.mark.parametrize("groups", [1, 2, 3, 4, 8])
def test_groups_that_do_not_divide_are_refused_alike(groups):
    spec = costcalc.load("shufflenet_v1")
    cases = [{"width": step / 100, "groups": groups} for step in range(5, 205, 5)]
    fast = [outcome(costcalc.evaluate, spec, values) for values in cases]
    assert fast == [outcome(plain, spec, values) for values in cases]
    assert any(isinstance(found, tuple) for found in fast)
    assert any(isinstance(found, str) for found in fast) or groups == 3


# what may go wrong: guards, ways that are joined, bounds, integers and floats


def spec_of(layers, head="settings: {width: 1.0, res: 32, k: 3, g: 1}\ninput: [3, res, res]"):
    text = f"name: t\n{head}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)
    return Spec(load_source(Source("t.yaml", text)), "t")


HEAD = "settings: {width: 1.0, res: 32}\ninput: [3, res, res]"
USED = ["{op: conv, k: k, c: int(12 * width), g: 1}", "{op: identity, when: g > 100}"]
SHAPES = {
    "a shortcut that flips with the width": [
        *USED,
        "{op: conv, k: 1, c: ceil(width * 16), name: a}",
        "{op: conv, k: 1, c: 8}",
        "{op: conv, k: 1, c: 8, when: a.c == 16}",
        "{op: add, from: [a, -1], when: a.c == 8}",
    ],
    "pools that round up": [*USED, "{op: maxpool, k: 3, s: 2, ceil: true}", "{op: maxpool, k: 2, s: 2, p: 1, ceil: true}"],
    "padding as TensorFlow has it": [*USED, "{op: maxpool, k: 3, s: 2, p: same}", "{op: conv, k: 4, s: 3, p: same, c: 5}"],
    "groups": [*USED, "{op: conv, k: 1, c: 8 * g, g: g}", "{op: shuffle, g: g}", "{op: dwconv, k: 3, c: 2 * 8 * g}"],
    "every function": [
        *USED,
        "{op: conv, k: 1, c: 'max(4, round(9 * width), min(res, floor(31.5 * width)))'}",
        "{op: conv, k: 1, c: 'divisible(17 * width, 4) + divisible(res * width)'}",
        "{op: conv, k: 1, c: 8 if width < 0.5 or res > 50 and not res == 60 else 9 * k}",
    ],
    "arithmetic": [
        *USED,
        "{op: conv, k: 1, c: (res * res - 5) // 7 + res % 5 + 1}",
        "{op: conv, k: 1, c: int(width ** 2 * 8) + res ** 2 + 2 ** k}",
        "{op: conv, k: 1, c: int(-(-res // 4) * 1.5 + width % 0.3 + 7 // (width + 1) + -width)}",
        "{op: conv, k: 1, c: 100 - res / 2}",
    ],
    "fractions": [*USED, "{op: conv, k: 1, c: res / 4}", "{op: conv, k: 1, c: 24 * width}"],
    "divisions by zero": [*USED, "{op: conv, k: 1, c: int(8 / (width - 1)) + 9 if res > 40 else 8 // (res - 32) + 9}"],
    "a value that is not used": [*USED, "{op: conv, k: 1, c: 8 + 0 * int(1 / (res - 33))}"],
    "repeats": [*USED, "{repeat: k, layers: [{op: conv, k: 3, c: 8, s: 2, n: 2}]}"],
    "a squeeze": [*USED, "{op: gap}", "{op: fc, c: 4, act: relu}", "{op: conv, k: 1, c: int(12 * width)}", "{op: mul, from: [0, -1]}"],
    "slices": ["{op: conv, k: k, c: 24, name: a}", "{op: slice, c: int(8 * width), start: g}", "{op: flatten}", "{op: fc, c: res}"],
    "rows that add nothing": [
        *USED,
        "{op: conv, k: 1, c: int(10 * width), name: a}",
        "{op: conv, k: 1, c: 8}",
        "{op: relu, when: a.c > 6}",
        "{op: conv, k: 1, c: 8, when: a.c > 9}",
        "{op: add, from: [a, -1], when: a.c == 8 and k != 2}",
        "{op: maxpool, k: 3, s: 2, when: a.c < 12}",
    ],
    "an int or a float": [
        *USED,
        "{op: conv, k: 1, c: 'divisible(20 * max(1, width))'}",
        "{op: conv, k: 1, c: 'int(min(width, 1) * 20)', when: 'max(1, width) < 2'}",
        "{op: conv, k: 1, c: '8 * max(width, 2) if k < 4 else 8'}",
    ],
    "windows too large": [*USED, "{op: conv, k: 2 * k + 1, p: 0, c: 4}", "{op: avgpool, k: k, p: k - 2}", "{op: maxpool, k: k, ceil: true}"],
    "numbers over the bounds": [*USED, "{op: conv, k: 1, c: res * 10 ** 15}", "{op: fc, c: int(width * 1e15)}"],
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_fast_is_plain_whatever_decides(case):
    layers = [layer.replace("from: [0, -1]", "from: [first, -1]") for layer in SHAPES[case]]
    layers[0] = layers[0].replace("{op", "{name: first, op") if "name" not in layers[0] else layers[0]
    spec = spec_of(layers)

    @settings(max_examples=60, derandomize=True, **QUICK)
    @given(
        st.lists(
            st.fixed_dictionaries(
                {
                    "width": st.integers(1, 60).map(lambda x: x / 20) | st.floats(allow_nan=True) | st.integers(-3, 3),
                    "res": st.integers(1, 70) | st.integers(-(10**18), 10**18),
                },
                optional={"k": st.integers(-1, 6), "g": st.integers(-1, 6)},
            ),
            min_size=2,
            max_size=12,
        )
    )
    def same(cases):
        for values in cases:
            assert outcome(costcalc.evaluate, spec, values) == outcome(plain, spec, values), values

    same()


def test_a_claim_that_is_false_where_it_holds_is_refused_there_alone():
    spec = spec_of(["{op: conv, k: 3, c: int(8 * width), out: 9x9x9}"], HEAD)
    for values in ({"width": 0.5}, {"width": 1.0}, {"width": 1}, {"width": 0.75}, {"width": 1.0}, {}):
        assert outcome(costcalc.evaluate, spec, values) == outcome(plain, spec, values)
    assert "says `9x9x9`" in outcome(costcalc.evaluate, spec, {"width": 1.0})


def test_a_setting_with_columns_may_follow_from_another():
    head = "settings: {size: 2, groups: size + 1, res: 8}\ninput: [3, res, res]\ncolumns: [op, k, {c, groups: [3, 4]}]"
    spec = spec_of(["[conv, 3, 10, 20, {act: none}]", "{op: fc, c: size}"], head)
    for size, res in itertools.product([2, 3, 4, 2.0], [8, 9]):
        values = {"size": size, "res": res}
        assert outcome(costcalc.evaluate, spec, values) == outcome(plain, spec, values)


def test_a_setting_that_is_not_there_is_refused_with_the_same_words():
    spec = costcalc.load("mobilenet_v2")
    for values in ({"widht": 1.0}, {"width": "relu"}, {"width": True}, {"res": (1, 2)}, {"res": {}}, {"res": None}):
        assert outcome(costcalc.evaluate, spec, values) == outcome(plain, spec, values)
        assert isinstance(outcome(costcalc.evaluate, spec, values), str)


@pytest.mark.parametrize("convention", ["burden", "conv", "fvcore", "ptflops", "thop", "no-norm", "with-stats"])
def test_any_convention_and_any_count(convention):
    measure = Measure.named([convention])
    for name in ("googlenet", "mobilenet_v2", "shufflenet_v1"):
        spec = costcalc.load(name)
        wanted = ("params", "macs", "layers", *COUNTS)
        for res in (96, 131, 160, 320):
            network = spec.build(res=res)._replace(measure=measure)
            totals = network.totals
            found = grid.figures(spec, {"res": res}, (*wanted, "channels"), measure)
            channels = sum(layer.out.c for layer in network.layers if layer.op in ("conv", "dwconv"))
            assert found == (*(totals.figure(name) for name in wanted), channels)
            assert costcalc.evaluate(spec, {"res": res}, measure=measure).macs == totals.macs


def test_a_row_that_is_there_on_one_side_alone_is_counted_there():
    spec = spec_of(
        [
            "{op: conv, k: 1, c: int(8 * width), name: a}",
            "{op: conv, k: 1, c: 8}",
            "{op: add, from: [a, -1], when: a.c == 8}",
        ],
        HEAD,
    )
    grid.forget()
    for values in ({"width": 0.5}, {"width": 1.0}, {"width": 1.1}, {"width": 1.5}):
        totals = spec.build(**values).totals
        found = grid.figures(spec, values, ("merge_elems", "macs", "params"))
        assert found == (totals.merge_elems, totals.macs, totals.params)
    assert traces_of(spec) == 1
    for values in ({"width": 0.5}, {"width": 1.0}):
        assert grid.figures(spec, values, ("layers",)) == (len(spec.build(**values).layers),)


@pytest.mark.parametrize(
    "when", ["res < 20", "res <= 20", "20 < res", "20 <= res", "res == 20", "40 != 2 * res", "-res < -20"]
)
@pytest.mark.parametrize("then", ["res < 19", "res > 21", "3 * res > 60", "res * res <= 400", "2 * res == 41"])
def test_guards_are_exact_at_their_bounds(when, then):
    layers = [f"{{op: conv, k: 1, c: 2, when: {when}}}", f"{{op: conv, k: 1, c: 3, when: {then}}}", "{op: gap}"]
    sizes = [22, 10, 19, 20, 21, 18, 30, 23]
    for start in range(len(sizes)):  # each may be the one that is traced first
        grid.forget()
        spec = spec_of(layers, "settings: {res: 8}\ninput: [3, res, res]")
        for res in sizes[start:] + sizes[:start]:
            assert costcalc.evaluate(spec, {"res": res}) == plain(spec, {"res": res}), (res, sizes[start])


def code_of(function, value, ends=(-50, 50)):
    """Return the code of a function of one whole number, recorded at a value, and its record."""
    recorder = Recorder()
    number = recorder.atom("input", (0,), whole=True)
    recorder.enclose(number, ends)
    result = forks.forked(recorder, function)(given_symbol(recorder, value, number))
    return compiled(recorder, 1, [operand_of(result)]), recorder


WAYS = {
    "two copies": lambda x: (1 if x + 0 < 5 and x < 7 else 2) if x < 5 else 3 if x < 7 else 4,
    "a copy met first where more is known": lambda x, *, y=None: 1 if x < 5 and (x - 1) < 6 else 2 if (x - 1) < 6 else 3,
    "arithmetic": lambda x: max(x, 3) * min(x, 9) - abs(x) // 3 + x % 7 + (-x) // 4 - -x % 4 + (6 * x + 5) // 3 + x**2,
    "divisors": lambda x: 100 // (x * x + 1) + 100 % (x * x + 3) + x * 6 // (3 * abs(x) + 1) + 4 * x * x // (x * x + 1),
    "floats": lambda x: round(x * 1.5) + int(x / 3) - math.floor(0.7 * x) + math.ceil(x / 7 - 0.1) + int(abs(-x * 0.5)),
    "float signs": lambda x: int(x * 0.5 // 1 + x / 4 % 3 + (x / 2) ** 2) + (1 if x * 0.5 >= 1.5 else 2 if 0.25 * x else 3),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value", [-9, 0, 2, 5, 6, 8, 40])
def test_every_way_through_a_function_gives_what_it_gives(way, value):
    run, _ = code_of(WAYS[way], value)
    found = [run(x) for x in range(-50, 51)]
    assert run(value) == (WAYS[way](value),)
    assert all(
        isinstance(figures, int) or figures == (WAYS[way](x),) for x, figures in zip(range(-50, 51), found, strict=True)
    )
    assert [run(-51), run(51)] == [0, 1]


def test_what_is_known_on_one_way_is_forgotten_on_the_next():
    recorder = Recorder()
    number = recorder.atom("input", (0,), whole=True)
    recorder.enclose(number, (0, 50))
    first, second = (given_symbol(recorder, 2, number) for _ in range(2))
    result = forks.forked(recorder, lambda a, b: (1 if b < 7 else 5) if a < 5 else 2 if b < 7 else 3)(first, second)
    run = compiled(recorder, 1, [operand_of(result)])
    assert [run(x)[0] for x in (0, 4, 5, 6, 7, 50)] == [1, 1, 2, 2, 3, 3]


def test_a_divisor_may_be_zero_where_the_quotient_is_not_used():
    def unused(x):
        _ = (8 // x, 8 / (x - 1))
        return x + 1

    run, recorder = code_of(unused, 3)
    assert len(recorder.guards) == 4  # two of them for the bounds of the input
    assert (run(3), run(-3), run(0), run(1)) == ((4,), (-2,), 2, 3)


def test_what_needs_the_plain_value_pins_it():
    for function in (range, float, hash, str, "{:d}".format, lambda x: [0] * x):

        def used(x, function=function):
            _ = function(x)
            return x + 1

        run, _ = code_of(used, 3)
        assert (run(3), run(4)) == ((4,), 2)


# one trace serves many settings, and there are never many


def traces_of(spec):
    return sum(len(family.known) for family in grid._families.values() if family.family.spec is spec.definition)


def test_a_trace_serves_many_settings_and_memory_stays_flat():
    spec = costcalc.load("mobilenet_v2")
    grid.forget()  # what earlier tests of this process traced
    made = [next(costcalc.sweep(spec, {"width": [0.5], "res": [64]}))]
    made += costcalc.sweep(spec, {"width": [x / 100 for x in range(30, 140)], "res": range(32, 320, 8)})
    assert len(made) == 1 + 110 * 36
    assert traces_of(spec) <= 6
    for values in range(300):
        costcalc.evaluate(spec, {"classes": 10, "expand_first": bool(values % 2), "res": 32 + values})
    assert traces_of(spec) <= 8


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "mnasnet", "resnet50"])
def test_a_grid_takes_one_trace(name):
    spec = costcalc.load(name)
    axes = {"width": [0.25, 0.5, 0.75, 1.0, 1.25], "res": range(64, 256, 37)}
    grid.forget()
    found = [*costcalc.sweep(spec, {key: values for key, values in axes.items() if key in spec.settings})]
    assert [tuple(totals) for _, totals in found[::9]] == [plain(spec, values) for values, _ in found[::9]]
    assert traces_of(spec) == 1


def test_traces_are_bounded(monkeypatch):
    monkeypatch.setattr(trace, "MAX_TRACES", 5)
    spec = spec_of(["{op: conv, k: 1, c: res, n: res}"], "settings: {res: 4}\ninput: [3, res, res]")
    for res in range(2, 40):  # each number of repeats needs a trace of its own
        assert costcalc.evaluate(spec, {"res": res}) == plain(spec, {"res": res})
    assert traces_of(spec) == 5


def test_tables_of_plans_and_families_are_bounded():
    spec = costcalc.load("googlenet")
    for classes in range(3 * grid.MAX_FAMILIES):
        copy = Spec(spec.definition._replace(name=f"net {classes}"), "net")
        costcalc.evaluate(copy, {"res": 224})
    assert len(grid._families) <= grid.MAX_FAMILIES
    assert len(grid._plans) <= grid.MAX_PLANS


def test_a_network_that_is_too_long_to_trace_is_unfolded(monkeypatch):
    monkeypatch.setattr("costcalc.unfold.trace.recorder.MAX_ATOMS", 10)
    spec = spec_of(["{op: conv, k: 3, c: 8, s: 2}"] * 20, "settings: {res: 4}\ninput: [3, res, res]")
    assert costcalc.evaluate(spec, {"res": 512}) == plain(spec, {"res": 512})


# the door


def test_evaluations_are_plain_integers():
    found = costcalc.evaluate(costcalc.load("mobilenet_v1"), {"width": 0.5, "res": 160})
    assert found == (1331592, 76524800, 1287400)
    assert (found.params, found.macs, found.activations) == tuple(found)
    assert costcalc.evaluate(costcalc.load("conv_mobilenet")).macs == 4867293184


def test_a_variant_keeps_its_settings():
    assert costcalc.evaluate(costcalc.load("resnet50"), {"res": 224}).params == 25557032
    assert costcalc.evaluate(costcalc.load("resnet50"), {"depth": 18}) == costcalc.evaluate(costcalc.load("resnet"))


def test_sweep_goes_over_the_product_and_the_last_setting_varies_fastest():
    spec = costcalc.load("mobilenet_v1")
    rows = list(costcalc.sweep(spec, {"width": [0.5, 1], "res": (160, 224)}))
    assert [values for values, _ in rows] == [
        {"width": 0.5, "res": 160},
        {"width": 0.5, "res": 224},
        {"width": 1, "res": 160},
        {"width": 1, "res": 224},
    ]
    assert [totals.macs for _, totals in rows] == [76524800, 149497088, 290675200, 568740352]
    assert list(costcalc.sweep(spec, {})) == [({}, costcalc.evaluate(spec))]
    assert list(costcalc.sweep(spec, {"width": []})) == []


def test_sweep_raises_what_is_refused_or_hands_it_over():
    spec = costcalc.load("shufflenet_v1")
    widths = {"groups": [3, 8], "width": [0.31, 1.0]}
    with pytest.raises(SpecError):
        list(costcalc.sweep(spec, widths))
    refused = []
    rows = list(costcalc.sweep(spec, widths, refused=lambda values, error: refused.append((values, str(error)))))
    assert [values for values, _ in rows] == [{"groups": 3, "width": 1.0}, {"groups": 8, "width": 1.0}]
    assert refused == [(values, outcome(plain, spec, values)) for values, _ in refused]
    assert len(refused) == 2


class Real(float):
    """A float as NumPy's are: a kind of float."""


class Index:
    """An integer as NumPy's are: no kind of int."""

    def __init__(self, value):
        self.value = value

    def __index__(self):
        return self.value


def test_other_kinds_of_numbers_are_numbers():
    spec = costcalc.load("mobilenet_v1")
    found = costcalc.evaluate(spec, {"width": Real(0.5), "res": Index(160)})
    assert found == (1331592, 76524800, 1287400)
    assert all(type(figure) is int for figure in found)


def test_a_pool_maps_it_without_glue():
    spec = costcalc.load("mobilenet_v2")
    cases = [{"width": width, "res": res} for width in (0.35, 0.5, 1.0, 1.4) for res in (96, 128, 224)]
    work = partial(costcalc.evaluate, spec)
    assert pickle.loads(pickle.dumps(work))(cases[0]) == work(cases[0])  # noqa: S301
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(work, cases) == [plain(spec, values) for values in cases]


def test_a_copy_from_another_process_finds_the_same_traces():
    spec = costcalc.load("mobilenet_v2")
    costcalc.evaluate(spec, {"res": 100})
    copy = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(spec))))  # noqa: S301
    costcalc.evaluate(copy, {"res": 100})
    again = pickle.loads(pickle.dumps(copy))  # noqa: S301
    before = len(grid._families)
    assert costcalc.evaluate(again, {"res": 101}) == plain(spec, {"res": 101})
    assert len(grid._families) == before
