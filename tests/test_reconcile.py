"""`reconcile`: the ways of counting that give a figure, and what it says where none does."""

import json

import pytest
from running import CliRunner

from costcalc.causes.declared import MAX_COMBINED, combined
from costcalc.cli import main


def run(*args):
    result = CliRunner().invoke(main, ["reconcile", *args, "--format", "json"])
    return result.exit_code, json.loads(result.stdout)


def found(*args):
    code, data = run(*args)
    assert code == 0
    return [
        (way["value"], way["convention"], way["unit"], way["rounding"], way["alternative"]) for way in data["found"]
    ]


def test_the_published_alexnet_figure_is_the_reports_own_count_at_227():
    ways = found("alexnet", "727M")
    assert (727362344, "burden", "", "rounded", "as asked for") in ways
    code, data = run("alexnet", "727M")
    assert (code, data["settings"]["res"]) == (0, 227)


def test_two_readings_of_one_figure_are_both_told():
    ways = found("mobilenet_v2", "314M")
    assert (314193216, "fvcore", "", "rounded", "as asked for") in ways  # batch norm counted
    assert (313619328, "conv+fc", "", "rounded", "an expansion convolution where t = 1") in ways
    text = CliRunner().invoke(main, ["reconcile", "mobilenet_v2", "314M"]).stdout
    assert "the figure alone does not say which of them was meant" in text


def test_the_simplest_way_stands_first():
    assert found("mobilenet_v1", "569M")[0] == (568740352, "conv+fc", "", "rounded", "as asked for")
    steps = [way["steps"] for way in run("mobilenet_v2", "314M")[1]["found"]]
    assert steps == sorted(steps)


@pytest.mark.parametrize(
    ("args", "way"),
    [
        (("mobilenet_v2", "300M"), (300774272, "conv+fc", "", "cut", "as asked for")),
        (("mobilenet_v2", "3.4M"), (3470760, "no-norm", "", "cut", "as asked for")),
        (("mobilenet_v2", "601.5M"), (601548544, "conv+fc", "x2", "rounded", "as asked for")),
        (("alexnet", "233MB"), (243860896, "trainable", "MiB at 32 bits", "rounded", "as asked for")),
        (("alexnet", "244 MB"), (243860896, "trainable", "MB at 32 bits", "rounded", "as asked for")),
        (("googlenet", "51MB"), (53513120, "trainable", "MiB at 32 bits", "rounded", "both auxiliary heads counted")),
        (("densenet121", "31MB"), (32250016, "with-stats", "MiB at 32 bits", "rounded", "as asked for")),
        (("vgg16", "16G"), (15523175400, "burden", "", "rounded", "as asked for")),
        (("mobilenet_v2", "610.1M", "--width", "1.4"), (610186408, "ptflops", "", "cut", "as asked for")),
    ],
)
def test_a_published_figure_finds_its_way(args, way):
    assert way in found(*args)


def test_alternatives_are_tried_in_combination():
    way = (13004888, "trainable", "", "rounded", "both auxiliary heads counted + batch norm and 3x3, as in torchvision")
    assert found("googlenet", "13004888") == [way]  # torchvision's googlenet with its heads
    assert run("googlenet", "13004888")[1]["found"][0]["steps"] == 2


def test_an_alternative_that_changes_nothing_is_counted_and_not_shown():
    both = "an expansion convolution where t = 1 + 1001 classes"
    assert (313620608, "conv+fc", "", "rounded", both) in found("mobilenet_v2", "314M")
    text = CliRunner().invoke(main, ["reconcile", "mobilenet_v2", "314M"]).stdout
    assert both not in text
    assert "not shown  6 longer ways: one of these plus an alternative\n" in text


def test_a_setting_that_is_asked_for_stays():
    assert any(way[-1] == "input 224" for way in found("alexnet", "724M"))
    assert all(way[-1] != "input 224" for way in found("alexnet", "724M", "--res", "227"))
    assert run("alexnet", "720608384")[1]["found"][0]["alternative"] == "input 224"
    code, data = run("alexnet", "720608384", "--res", "227")
    assert (code, data["found"]) == (0, [])
    assert [cause["cause"] for cause in data["causes"]] == ["read the network's table otherwise (input 224)"]


def test_combinations_hold_together_and_stand_once():
    declared = {"a": {"x": 1}, "b": {"x": 2}, "c": {"y": 1}, "d": {"x": 1, "y": 1}}
    assert list(combined(declared)) == [("a",), ("b",), ("c",), ("d",), ("b", "c")]
    assert combined(declared)["b", "c"] == {"x": 2, "y": 1}
    many = {str(number): {str(number): True} for number in range(40)}
    assert len(combined(many)) == MAX_COMBINED


def test_a_figure_that_nothing_gives_ends_with_1_and_the_nearest_three():
    code, data = run("mobilenet_v1", "575M")
    assert (code, data["found"]) == (1, [])
    assert [way["value"] for way in data["nearest"]] == [573785088, 573784064, 578825728]
    assert data["nearest"][0]["distance"] == pytest.approx(1 - 573785088 / 575e6)
    result = CliRunner().invoke(main, ["reconcile", "mobilenet_v1", "575M"])
    assert result.exit_code == 1
    assert "no declared way of counting gives 575M; these are the nearest" in result.stdout


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ("lots", "cannot read `lots` as a number; write it like 727 M"),
        ("3 parsecs", "unknown unit `parsecs`; available: k, K, M"),
        ("95 %", "a share cannot be explained; give a count or a size in bytes"),
    ],
)
def test_bad_figures_are_told_what_is_accepted(figure, message):
    result = CliRunner().invoke(main, ["reconcile", "alexnet", figure])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
