"""`compare`: totals side by side, layers aligned by what they do, differences put down to causes that add up."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import costcalc
from costcalc.cli import main
from costcalc.compare import aligned, by_label, causes
from costcalc.views.compare import ratio

NAMES = [
    "alexnet",
    "googlenet",
    "nasnet_mobile",
    "conv_mobilenet",
    "mobilenet_v1",
    "mobilenet_v2",
    "resnet18",
    "resnet34",
    "shufflenet_v1",
    "vgg16",
]


def run(*args, code=0):
    result = CliRunner().invoke(main, ["compare", *args], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result


def test_the_lectures_example_reads_well():
    text = run("conv_mobilenet", "mobilenet_v1").stdout
    assert "mobilenet_v1  8.56x fewer MACs, 6.92x fewer parameters" in text
    assert "why           Conv DW 3x3 + Conv 1x1 in place of Conv 3x3: -4.3 G MACs, 100.00 % of the saving" in text


def test_json_has_totals_ratios_and_causes():
    data = json.loads(run("conv_mobilenet", "mobilenet_v1", "--by", "layer", "--format", "json").stdout)
    assert data["schema"] == "costcalc/compare/1"
    assert [network["totals"]["macs"] for network in data["networks"]] == [4867293184, 568740352]
    assert data["networks"][1]["ratio"]["macs"] == pytest.approx(1 / 8.558, rel=1e-3)
    assert data["networks"][1]["causes"] == [
        {
            "words": "Conv DW 3x3 + Conv 1x1 in place of Conv 3x3",
            "macs": 568740352 - 4867293184,
            "params": 4231976 - 29294088,
        }
    ]
    assert sum(row["macs_change"] for row in data["pairs"]["rows"]) == 568740352 - 4867293184


def test_an_inserted_layer_shifts_nothing(tmp_path):
    rows = ["{op: conv, k: 3, c: 8}", "{op: conv, k: 5, c: 8}", "{op: gap}", "{op: fc, c: 10}"]
    for name, lines in (("a", rows), ("b", [rows[0], "{op: dwconv, k: 3}", *rows[1:]])):
        text = "name: N\ninput: [3, 8, 8]\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)
        (tmp_path / f"{name}.yaml").write_text(text)
    before, after = (costcalc.load(str(tmp_path / f"{name}.yaml")).build() for name in "ab")
    pairs = [
        ([layer.number for layer in pair.before], [layer.number for layer in pair.after])
        for pair in aligned(before, after)
    ]
    assert pairs == [([0], [0]), ([], [1]), ([1], [2]), ([2], [3]), ([3], [4])]
    assert [cause.words for cause in causes(before, after)] == ["Conv DW 3x3 added"]


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_causes_pairs_and_groups_add_up_to_the_difference(left, right):
    before, after = costcalc.load(left).build(), costcalc.load(right).build()
    change = after.totals.macs - before.totals.macs, after.totals.params - before.totals.params
    found = causes(before, after)
    assert (sum(cause.macs for cause in found), sum(cause.params for cause in found)) == change
    for pairs in (aligned(before, after), by_label(before, after, "kind"), by_label(before, after, "stage")):
        totals = [pair.totals(before.measure) for pair in pairs]
        assert sum(b.macs - a.macs for a, b in totals) == change[0]
        assert [layer for pair in pairs for layer in pair.before] != [] or left == right


@pytest.mark.parametrize(
    ("first", "other", "words"),
    [
        (856, 100, "8.56x fewer MACs"),
        (100, 856, "8.56x more MACs"),
        (5, 5, "as many MACs"),
        (5, 0, "no MACs"),
        (0, 5, "only here MACs"),
    ],
)
def test_a_ratio_says_its_direction(first, other, words):
    assert ratio(first, other, "MACs") == words


def test_stages_of_one_size_are_taken_together():
    before, after = costcalc.load("googlenet").build(), costcalc.load("googlenet").build(aux=True)
    totals = [pair.totals(before.measure) for pair in by_label(before, after, "stage")]
    assert sum(b.macs for _, b in totals) == 1591044096
    assert sum(b.params - a.params for a, b in totals) == 13378280 - 6998552


def test_more_than_two_each_against_the_first():
    lines = run("mobilenet_v1", "mobilenet_v1:width=0.75", "mobilenet_v1:width=0.5").stdout.splitlines()
    assert any(line.startswith("mobilenet_v1:width=0.75") and "1.75x fewer MACs" in line for line in lines)
    assert any(line.startswith("mobilenet_v1:width=0.5") and "3.80x fewer MACs" in line for line in lines)


def test_exit_code_tells_whether_costs_differ():
    assert run("mobilenet_v1", "mobilenet_v1:width=0.5", "--exit-code", code=1).stdout
    run("mobilenet_v1", "mobilenet_v1:width=1.0", "--exit-code")
    run("mobilenet_v1", "mobilenet_v1:width=0.5")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("mobilenet_v1",), "compare takes two specs or more"),
        (("alexnet", "vgg16", "vgg19", "--by", "kind"), "--by shows two specs in pairs, not more"),
        (("alexnet", "vgg16", "--convention", "no"), "no convention `no`; there are `conv+fc`"),
    ],
)
def test_bad_usage(args, message):
    result = run(*args, code=2)
    assert (result.stdout, message in result.stderr) == ("", True)
