"""Grids and what is chosen of them: ranges, conditions, derived figures, fronts, orders, fits, against plain loops."""

import itertools
import math
import pickle
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.analysis.search import SearchTally, chosen, rows
from costcalc.analysis.search.choose import Choice, Front, arranged
from costcalc.analysis.search.condition import read_condition
from costcalc.analysis.search.fit import BUDGETS, fit, read_limit
from costcalc.analysis.search.plan import planned, reported, swept
from costcalc.analysis.search.points import TASK, name_at
from costcalc.analysis.search.quantity import Quantity
from costcalc.analysis.search.ranges import read_axis
from costcalc.common.errors import Source, SpecError
from costcalc.language.settings import overrides
from costcalc.language.spec import MEASURED
from costcalc.network.figures import FIGURES, LESS, MORE, whole
from costcalc.network.memory import timeline
from costcalc.network.metrics import BY_ATTRIBUTE, CONVENTIONS, COUNTS, DTYPE_BITS, Measure

SIZES = [*(name for name, figure in FIGURES.items() if figure.typed), "kept"]


def size_of(name, network, dtype):
    return whole(network, DTYPE_BITS[dtype]).figure(name)


DEFAULT = Measure()


# axes


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1", (1,)),
        ("1,0.75,0.5", (1, 0.75, 0.5)),
        (" 1 , 2 ", (1, 2)),
        ("0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("0.25:1.4:0.05", tuple(step / 20 for step in range(5, 29))),
        ("96:224:32", (96, 128, 160, 192, 224)),
        ("96:230:32", (96, 128, 160, 192, 224)),
        ("1:0.25:-0.25", (1.0, 0.75, 0.5, 0.25)),
        ("3:3:1", (3,)),
        ("32,96:160:32,224", (32, 96, 128, 160, 224)),
        ("bn,none", ("bn", "none")),
        ("true,false", (True, False)),
        ("3x5", ((3, 5),)),
        ("0:1:.5", (0.0, 0.5, 1.0)),
    ],
)
def test_an_axis(text, values):
    found = read_axis(Source("--width", text))
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


@given(st.integers(0, 300), st.integers(1, 100), st.integers(0, 40))
def test_a_range_has_the_float_that_is_written(first, step, count):
    first, step = Decimal(first) / 100, Decimal(step) / 100
    last = first + step * count
    assert read_axis(Source("x", f"{first:.2f}:{last:.2f}:{step:.2f}")) == tuple(
        float(str(first + step * number)) for number in range(count + 1)
    )


AXIS_ERRORS = [
    ("0.25:1.4", "--width:1:1: error: a range must be first:last:step, such as 0.25:1.4:0.05, not `0.25:1.4`\n  0.25:1.4\n  ^^^^^^^^"),
    ("1,2:x:3", "--width:1:5: error: cannot read `x` as a number; a range is written first:last:step, such as 0.25:1.4:0.05\n  1,2:x:3\n      ^"),
    ("1:2:0", "--width:1:5: error: a step of 0 does not lead from 1 to 2\n  1:2:0\n      ^"),
    ("1:2:-0.5", "--width:1:5: error: steps of -0.5 do not lead from 1 to 2\n  1:2:-0.5\n      ^^^^"),
    ("1,,2", "--width:1:3: error: a value is expected: one, a list such as 1,0.75, or a range first:last:step, such as 0.25:1.4:0.05\n  1,,2\n    ^"),
    ("1,2 +", "--width:1:5: error: `2 +` is not an expression\n  1,2 +\n      ^"),
    ("0:1:0.0000001", "--width:1:1: error: 10,000,001 values; at most 1,000,000 are allowed on one axis\n  0:1:0.0000001\n  ^^^^^^^^^^^^^"),
    ("0:900000:1,0:900000:1", "--width:1:1: error: more than 1,000,000 values on one axis\n  0:900000:1,0:900000:1\n  ^^^^^^^^^^^^^^^^^^^^^"),
    ("1:2:1e-9", "--width:1:5: error: cannot read `1e-9` as a number; a range is written first:last:step, such as 0.25:1.4:0.05\n  1:2:1e-9\n      ^^^^"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), AXIS_ERRORS)
def test_a_malformed_axis_has_its_place(text, message):
    with pytest.raises(SpecError) as error:
        read_axis(Source("--width", text))
    assert str(error.value) == message


# conditions

KNOWN = {name: Quantity(name, "total", name) for name in ("macs", "params", "top1", "width", "norm")}


def condition(text):
    return read_condition(Source("--where", text), KNOWN, frozenset({"bn", "none"}))


@pytest.mark.parametrize(
    ("text", "row", "holds"),
    [
        ("macs <= 300M", {"macs": 300_000_000}, True),
        ("macs <= 300M", {"macs": 300_000_001}, False),
        ("macs <= 300 M and params < 3.4M", {"macs": 1, "params": 3_399_999}, True),
        ("params < 3.4M", {"params": 3_400_000}, False),
        ("params * 4 <= 320KiB", {"params": 81_920}, True),
        ("params * 4 <= 320KiB", {"params": 81_921}, False),
        ("0.3k == macs", {"macs": 300}, True),
        ("100M < macs < 200M", {"macs": 150_000_000}, True),
        ("not (macs > 1G or params > 1T)", {"macs": 5, "params": 5}, True),
        ("macs // params == 2 if width > 0.5 else true", {"macs": 5, "params": 2, "width": 1.0}, True),
        ("max(macs, params) > 2k", {"macs": 2001, "params": 0}, True),
        ("norm == bn", {"norm": "bn"}, True),
        ("top1 > 70", {"top1": None}, None),
        ("top1 > 70 or macs < 3", {"macs": 1}, None),
        ("2 < 3", {}, True),
    ],
)
def test_a_condition(text, row, holds):
    assert condition(text).holds(row) is holds


WHERE_ERRORS = [
    ("macs <= 300MM", "--where:1:12: error: unknown unit `MM`; did you mean `M`?\n  macs <= 300MM\n             ^^"),
    ("macs < 3 and mac > 2", "--where:1:14: error: unknown name `mac`; did you mean `macs`?\n  macs < 3 and mac > 2\n               ^^^"),
    ("macs <=", "--where:1:7: error: `macs <=` is not an expression\n  macs <=\n        ^"),
    ("macs <= 300M )", "--where:1:14: error: `macs <= 300M )` is not an expression\n  macs <= 300M )\n               ^"),
    ("300M params", "--where:1:6: error: `300M params` is not an expression\n  300M params\n       ^"),
    ("macs.c < 3M", "--where:1:1: error: unknown attribute `.c`\n  macs.c < 3M\n  ^^^^^^"),
    ("macs < 3M, 4", "--where:1:1: error: `macs < 3M, 4` is not an expression that conditions allow\n  macs < 3M, 4\n  ^^^^^^^^^^^^"),
    ("open(macs)", "--where:1:1: error: unknown function `open`; available: `min`, `max`, `int`, `round`, `floor`, `ceil`, `divisible`, `sqrt`, `log`, `log2`\n  open(macs)\n  ^^^^^^^^^^"),
    ("macs < 2000000000G", "--where:1:8: error: an integer over 10^18 is not allowed\n  macs < 2000000000G\n         ^^^^^^^^^^^"),
    ("", "--where:1:1: error: an empty expression"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WHERE_ERRORS)
def test_a_malformed_condition_has_its_place(text, message):
    with pytest.raises(SpecError) as error:
        condition(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("macs", "--where:1:1: error: a condition must be true or false, not 5\n  macs\n  ^^^^"),
        (
            "macs / (params - 5) > 1",
            "--where:1:1: error: a division by zero\n  macs / (params - 5) > 1\n  ^^^^^^^^^^^^^^^^^^^",
        ),
        ("norm > 3", "--where:1:1: error: a word cannot be compared with a number\n  norm > 3\n  ^^^^"),
    ],
)
def test_a_condition_that_cannot_be_computed_has_its_place(text, message):
    with pytest.raises(SpecError) as error:
        condition(text).holds({"macs": 5, "params": 5, "norm": "bn"})
    assert str(error.value) == message


# rows against networks that are built one by one


def search(names, axes, **given):
    members = swept([(name, costcalc.load(name)) for name in names], axes)
    plan = planned(members, axes, given.pop("measure", DEFAULT), **given)
    return plan, SearchTally()


def found(plan, tally, **given):
    return [dict(zip(plan.keys, row, strict=True)) for row in rows(plan, tally, **given)]


def channels(network):
    return sum(layer.out.c for layer in network.layers if layer.op in ("conv", "dwconv"))


@pytest.mark.parametrize("name", ["mobilenet_v1", "mobilenet_v2", "shufflenet_v1"])
def test_rows_are_what_networks_come_to(name):
    axes = {"width": (0.25, 0.5, 1, 1.5, 2.0), "res": (96, 160, 224)}
    plan, tally = search([name], axes)
    spec = costcalc.load(name)
    own = spec.build()
    table = found(plan, tally)
    assert [(row["width"], row["res"]) for row in table] == list(itertools.product(*axes.values()))
    for row in table:
        network = spec.build(width=row["width"], res=row["res"])
        assert (row["macs"], row["params"], row["activations"]) == (
            network.totals.macs,
            network.totals.params,
            network.totals.activations,
        )
        assert row["effective_width"] == pytest.approx(channels(network) / channels(own), abs=5e-5)
        law = Fraction(own.totals.macs) * Fraction(row["width"]) ** 2 * Fraction(row["res"], 224) ** 2
        assert abs(row["square_law"] - law) <= 1
    assert (tally.asked, tally.refused, tally.lacking) == (15, 0, 0)


def test_widths_that_divide_are_effective_as_asked_and_rounding_shows():
    plan, tally = search(["mobilenet_v1"], {"width": (0.25, 0.5, 0.75, 1.0)})
    assert [row["effective_width"] for row in found(plan, tally)] == [0.25, 0.5, 0.75, 1.0]
    plan, tally = search(["mobilenet_v2"], {"width": (0.35,)})
    assert found(plan, tally)[0]["effective_width"] > 0.4  # multiples of 8, and 1280 channels that stay


@pytest.mark.parametrize("dtype", ["fp32", "int8", "int4"])
@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("mobilenet_v2", {"width": (0.35, 0.5, 0.77, 1, 1.4), "res": (32, 97, 224)}),
        ("shufflenet_v1", {"groups": (1, 3, 8), "width": (0.5, 1.5)}),
        ("googlenet", {"norm": ("bn", "none"), "res": (96, 224)}),
        ("squeezenet", {"classes": (10, 1000)}),
        ("resnet", {"depth": (18, 50)}),
        ("densenet", {"res": (64, 224)}),
    ],
)
def test_every_size_is_that_of_the_network_built(name, axes, dtype):
    plan, tally = search([name], axes, columns=[*axes, *SIZES], dtype=dtype)
    table, spec = found(plan, tally), costcalc.load(name)
    for row, values in zip(table, itertools.product(*axes.values()), strict=True):
        network = spec.build(**dict(zip(axes, values, strict=True)))
        assert {key: row[key] for key in SIZES} == {key: size_of(key, network, dtype) for key in SIZES}
    assert tally.refused == 0


def test_parameter_memory_is_that_of_the_convention():
    plan, tally = search(["mobilenet_v1"], {"width": (0.5, 1)}, columns=["bytes"], measure=Measure.named(["weights"]))
    networks = [costcalc.load("mobilenet_v1").build(width=width) for width in (0.5, 1)]
    assert [row["bytes"] for row in found(plan, tally)] == [4 * network.totals.weights for network in networks]


def test_any_count_and_any_convention_is_a_column():
    names = [*COUNTS, "layers", "macs", "params", *BY_ATTRIBUTE]
    plan, tally = search(["googlenet"], {"res": (96, 224)}, columns=list(dict.fromkeys(names)))
    for row, res in zip(found(plan, tally), (96, 224), strict=True):
        network = costcalc.load("googlenet").build(res=res)
        for name in COUNTS:
            assert row[name] == network.totals.figure(name), name
        for name, convention in BY_ATTRIBUTE.items():
            assert row[name] == sum(map(CONVENTIONS[convention].of, network.layers)), name


def test_a_convention_is_what_macs_are():
    plan, tally = search(["shufflenet_v1"], {"groups": (1, 2, 3, 4, 8)}, measure=Measure.named(["conv"]))
    assert [round(row["macs"] / 1e6) for row in found(plan, tally)] == [143, 140, 137, 133, 137]


def test_a_swept_setting_hides_a_count_of_its_name():
    plan, tally = search(["googlenet"], {"norm": ("bn", "none")})
    assert [(row["norm"], row["params"]) for row in found(plan, tally)] == [("bn", 7005832), ("none", 6998552)]


def test_settings_that_are_not_swept_can_be_read():
    plan, tally = search(
        ["shufflenet_v1"],
        {"width": (0.5, 2.0)},
        columns=["stem", "classes", "shuffle"],
        where=Source("--where", "stem > 20"),
    )
    assert found(plan, tally) == [{"stem": 48, "classes": 1000, "shuffle": True}]


def test_what_is_refused_is_counted_and_said():
    plan, tally = search(["shufflenet_v1"], {"groups": (3, 8), "width": (0.31, 0.5, 1.0)})
    assert [(row["groups"], row["width"]) for row in found(plan, tally)] == [(3, 0.5), (3, 1.0), (8, 0.5), (8, 1.0)]
    where, error = tally.first
    assert (tally.asked, tally.refused, where) == (6, 2, "shufflenet_v1:groups=3,width=0.31")
    with pytest.raises(SpecError) as plain:
        costcalc.load("shufflenet_v1").build(groups=3, width=0.31)
    assert str(error) == str(plain.value)


def test_where_all_is_refused_the_first_error_is_raised():
    plan, tally = search(["mobilenet_v1"], {"res": (0, -1)})
    with pytest.raises(SpecError, match="the input's height must be at least 1, not 0"):
        found(plan, tally)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"depth": (18,)}, "`MobileNet V1` has no setting `depth`; available: `width`, `res`, `classes`, `separable`"),
        ({"width": (1, "wide")}, "setting `width` must be a number, such as 1.0, not the word `wide`"),
    ],
)
def test_an_axis_that_a_spec_lacks_is_an_error(axes, message):
    with pytest.raises(SpecError, match=message):
        search(["resnet18", "mobilenet_v1"] if "depth" in axes else ["mobilenet_v1"], axes)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_jobs_give_the_same_rows_in_the_same_order(jobs):
    widths = tuple(step / 1000 for step in range(250, 1500))
    plan, tally = search(["mobilenet_v2", "shufflenet_v1"], {"width": widths}, where=Source("--where", "macs < 200M"))
    assert len(widths) > 2 * TASK
    once, first = found(plan, tally), (tally.asked, tally.refused, str(tally.first[1]))
    again = SearchTally()
    assert found(plan, again, jobs=jobs) == once
    assert (again.asked, again.refused, str(again.first[1])) == first


def test_a_plan_can_be_sent_to_a_process():
    plan, tally = search(
        ["mobilenet_v2"], {"width": (0.5, 1)}, where=Source("--where", "macs <= 300M and params < 3.4M or width == 1")
    )
    sent = pickle.loads(pickle.dumps(plan))  # noqa: S301
    assert found(sent, SearchTally()) == found(plan, tally)
    assert len(found(plan, tally)) == 2


def test_grids_of_several_specs_come_one_after_the_other():
    plan, tally = search(["mobilenet_v1", "mobilenet_v2"], {"res": (96, 224)})
    assert [(row["spec"], row["res"]) for row in found(plan, tally)] == [
        (spec, res) for spec in ("mobilenet_v1", "mobilenet_v2") for res in (96, 224)
    ]
    assert plan.size == 4


# what others measured


def test_measured_figures_stand_at_just_their_settings():
    plan, tally = search(["mobilenet_v1"], {"width": (1, 0.75, 0.6), "res": (224, 192)})
    assert [row["top1"] for row in found(plan, tally)] == [70.6, 69.1, 68.4, None, None, None]
    plan, _ = search(["mobilenet_v1"], {"width": (0.6,)})
    assert "top1" not in plan.keys


def test_measured_figures_know_variants_and_settings_that_follow():
    plan, tally = search(["conv_mobilenet"], {"res": (224,)})
    assert found(plan, tally)[0]["top1"] == 71.7
    plan, tally = search(["shufflenet_v1"], {"width": (0.5, 2.0), "se": (False, True)})
    assert [row["top1"] for row in found(plan, tally)] == [56.8, None, 73.7, 75.3]


@pytest.mark.parametrize("name", ["mobilenet_v1", "shufflenet_v1", "nasnet", "squeezenet", "nasnet_mobile"])
def test_reported_settings_are_those_of_the_spec(name):
    spec = costcalc.load(name)
    members, axes = reported([(name, spec)])
    plan = planned(members, axes, DEFAULT)
    tally = SearchTally()
    table = found(plan, tally)
    entries = [entry for entry in spec.definition.reported if name != "nasnet_mobile" or entry.variant == name]
    wanted = {spec.build(**overrides(spec.definition, entry.variant, entry.settings)).totals.macs for entry in entries}
    assert {row["macs"] for row in table} == wanted
    measured = [entry.figures["top1"].text for entry in entries if "top1" in entry.figures]
    assert sorted(row["top1"] for row in table if row["top1"] is not None) == sorted(map(float, measured))


def test_measured_figures_may_have_their_unit(tmp_path):
    net = "name: N\nsettings: {width: 1}\ninput: [1, 4, 4]\nlayers:\n  - {op: conv, k: 1, c: 8 * width}\nreported:\n"
    (tmp_path / "net.yaml").write_text(net + "  - {where: a log, top1: ~91.3 %, latency: 12 ms}\n")
    plan, tally = search([str(tmp_path / "net.yaml")], {"width": (1, 2)})
    assert [(row["top1"], row["latency"]) for row in found(plan, tally)] == [(91.3, 12.0), (None, None)]
    (tmp_path / "net.yaml").write_text(net + "  - {where: a log, top1: good}\n")
    plan, tally = search([str(tmp_path / "net.yaml")], {"width": (1, 2)})
    with pytest.raises(SpecError, match=r"net.yaml:7:26: error: cannot read `good` as a number"):
        found(plan, tally)


def test_every_measured_name_has_a_direction_and_a_title():
    plan, _ = search(["mobilenet_v1"], {"res": (224,)})
    assert {plan.known[name].better for name in MEASURED} == {LESS, MORE}
    assert all(plan.known[name].title != name for name in MEASURED)


@pytest.mark.parametrize(
    ("label", "settings", "name"),
    [
        ("a", [], "a"),
        ("a", [("width", 0.5), ("k", (3, 5)), ("se", True)], "a:width=0.5,k=3x5,se=true"),
        ("a:res=9", [("width", 0.5), ("depth", None)], "a:res=9,width=0.5"),
    ],
)
def test_a_point_is_named_as_commands_take_it(label, settings, name):
    assert name_at(label, settings) == name


# fronts and orders, by brute force


def dominated(row, others, better):
    return any(
        other != row and all(o * b >= r * b for o, r, b in zip(other, row, better, strict=True)) for other in others
    )


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))),
    st.tuples(*[st.sampled_from([LESS, MORE])] * 3),
)
def test_a_front_is_what_no_other_row_beats(table, better):
    front = Front((0, 1, 2), better)
    for row in table:
        front.add(row)
    assert front.rows == [row for row in table if not dominated(row, table, better)]


def test_a_front_leaves_out_rows_without_the_figure_and_counts_them():
    cost, gain = Quantity("macs", "total", "MACs", better=LESS), Quantity("top1", "reported", "top-1", better=MORE)
    tally = SearchTally()
    table = [(5, None), (5, 60.0), (6, 60.0), (4, 50.0), (4, 50.0)]
    assert list(chosen(iter(table), ("macs", "top1"), Choice((cost, gain)), tally)) == [(5, 60.0), (4, 50.0), (4, 50.0)]
    assert (tally.ranked, tally.unranked, tally.front) == (4, 1, 3)


@given(
    st.lists(st.tuples(st.none() | st.integers(0, 5) | st.sampled_from(["bn", "none"]), st.integers())),
    st.booleans(),
    st.none() | st.integers(1, 9),
)
def test_an_order_keeps_equal_rows_as_they_came_and_puts_nothing_last(table, descending, limit):
    numbered = [(value, number) for number, (value, _) in enumerate(table)]
    found = arranged(iter(numbered), 0, limit, descending=descending)
    whole = arranged(numbered, 0, None, descending=descending)
    assert found == whole[:limit]
    assert sorted(whole, key=lambda row: row[1]) == numbered
    blank = [row for row in whole if row[0] is None]
    assert not blank or whole[-len(blank) :] == blank
    for one, other in itertools.pairwise(row for row in whole if row[0] is not None):
        if isinstance(one[0], str) == isinstance(other[0], str):
            assert one[1] < other[1] if one[0] == other[0] else (one[0] > other[0]) == descending


def test_a_limit_ends_the_count():
    plan, tally = search(["mobilenet_v1"], {"res": tuple(range(32, 32 + 3 * TASK))})
    assert len(list(chosen(rows(plan, tally), plan.keys, Choice(limit=3), tally))) == 3
    assert tally.asked == TASK


# fits, by brute force


def built(spec, values):
    try:
        return spec.build(**values).totals
    except SpecError:
        return None


def solved(name, axes, **limits):
    plan, tally = search([name], axes, columns=[*axes, "macs", "params", "activations"])
    return plan, fit(plan, limits, lambda: rows(plan, tally)), tally


@pytest.mark.parametrize(
    ("name", "axes", "limits"),
    [
        ("mobilenet_v2", {"width": tuple(step / 100 for step in range(5, 201))}, {"macs": 300_000_000}),
        ("mobilenet_v2", {"width": tuple(step / 20 for step in range(1, 41)), "res": tuple(range(32, 289, 32))}, {"macs": 150_000_000, "params": 3_400_000}),
        ("shufflenet_v1", {"width": tuple(step / 100 for step in range(5, 201)), "groups": (1, 3, 8)}, {"activations": 2_000_000}),
        ("mobilenet_v1", {"res": tuple(range(32, 513, 32))}, {"params": 1_000}),
        ("mobilenet_v1", {"res": (96, 128)}, {"macs": 10**12}),
    ],
)  # fmt: skip
def test_a_fit_is_the_largest_that_a_loop_finds(name, axes, limits):
    plan, answer, tally = solved(name, axes, **limits)
    spec, table, refused = costcalc.load(name), [], 0
    for values in itertools.product(*axes.values()):
        totals = built(spec, dict(zip(axes, values, strict=True)))
        refused += totals is None
        if totals:
            table.append((totals.macs, totals.params, *values, totals))
    fits = [row for row in table if all(getattr(row[-1], key) <= limit for key, limit in limits.items())]
    fits.sort(key=lambda row: row[:-1], reverse=True)

    def shown(row):
        return (*row[2:-1], *row[-1][:3]) if row else None

    def plain(row):
        found = dict(zip(plan.keys, row, strict=True)) if row else None
        return found and (*(found[key] for key in axes), found["params"], found["macs"], found["activations"])

    assert list(map(plain, answer.best)) == list(map(shown, fits[:5]))
    over = [row for row in table if row not in fits and fits and row[:-1] > fits[0][:-1]]
    assert plain(answer.next) == shown(min(over, key=lambda row: row[:-1], default=None))
    assert (answer.within, answer.counted, tally.refused / 2) == (len(fits), len(table), refused)
    assert plain(answer.smallest) == shown(min(table, key=lambda row: row[:-1]))


@settings(max_examples=15)
@given(
    name=st.sampled_from(["mobilenet_v1", "mobilenet_v2", "shufflenet_v1"]),
    widths=st.lists(st.integers(5, 60), min_size=1, max_size=4, unique=True),
    sides=st.lists(st.integers(32, 200), min_size=1, max_size=4, unique=True),
    limit=st.integers(10_000, 2_000_000),
    dtype=st.sampled_from(["fp32", "int8", "int4"]),
)
def test_a_fit_of_memory_is_what_a_loop_over_built_networks_finds(name, widths, sides, limit, dtype):
    axes = {"width": tuple(width / 20 for width in widths), "res": tuple(sides)}
    table = []
    for width, res in itertools.product(*axes.values()):
        with suppress(SpecError):
            network = costcalc.load(name).build(width=width, res=res)
            most = -(-max(timeline(network).live) * DTYPE_BITS[dtype] // 8)
            table.append((network.totals.macs, network.totals.params, width, res, most))
    assume(table)
    inside = sorted((row for row in table if row[-1] <= limit), reverse=True)
    above = sorted(row for row in table if row[-1] > limit and inside and row > inside[0])
    plan, tally = search([name], axes, columns=["macs", "params", *axes, "peak"], dtype=dtype)
    answer = fit(plan, {"memory": limit}, lambda: rows(plan, tally))
    assert (list(answer.best), answer.next) == (inside[:5], next(iter(above), None))
    assert (answer.within, answer.counted) == (len(inside), len(table))


def test_a_fit_looks_past_what_does_not_fit(tmp_path):
    net = "name: N\nsettings: {width: 1}\ninput: [1, 4, 4]\nlayers:\n  - {op: conv, k: 1, c: width % 7 + 1}\n"
    (tmp_path / "net.yaml").write_text(net)
    plan, answer, _ = solved(str(tmp_path / "net.yaml"), {"width": tuple(range(1, 20))}, macs=5 * 16)
    assert [dict(zip(plan.keys, row, strict=True))["width"] for row in (*answer.best, answer.next)] == [
        18,
        11,
        4,
        17,
        10,
        5,
    ]


@pytest.mark.parametrize(("text", "limit"), [("300M", 300_000_000), ("3.4 M", 3_400_000), ("1e6", 10**6), ("140", 140)])
def test_a_limit(text, limit):
    assert {read_limit(name, text) for name in BUDGETS if name != "memory"} == {limit}


@pytest.mark.parametrize(("text", "limit"), [("320KiB", 327_680), ("1.5 MB", 1_500_000), ("140B", 140)])
def test_a_limit_of_memory(text, limit):
    assert read_limit("memory", text) == limit


@pytest.mark.parametrize("text", ["300MB", "x", "3 %", ""])
def test_a_limit_that_is_no_count(text):
    with pytest.raises(ValueError, match=r"count is expected|cannot read"):
        read_limit("macs", text)


def test_a_width_of_a_float_that_is_near_is_not_taken_for_another():
    third = read_axis(Source("x", "0.1:0.3:0.1"))[2]
    assert (third, int(10 * third)) == (0.3, 3)
    assert math.isclose(0.1 + 0.2, third)
    assert third != 0.1 + 0.2
