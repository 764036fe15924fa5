"""`why`: the figures that people ask about, as tools and papers print them, each with its cause; the first is a sentence."""

import json

import pytest
from running import CliRunner

from costcalc.cli import main


def why(*args):
    result = CliRunner().invoke(main, ["why", *args, "--format", "json"])
    return result.exit_code, json.loads(result.stdout)


# (arguments, the exact value, the convention or the mistake that gives it); values of the tools themselves
WAYS = [
    (("resnet50", "4.13", "GMac"), 4_133_742_592, "thop"),
    (("resnet50", "8.18 GFLOPs"), 8_178_368_512, "conv+fc"),
    (("resnet50", "25.56M", "params"), 25_557_032, "trainable"),
    (("resnet50", "4.09B"), 4_089_184_256, "conv+fc"),
]
CAUSES = [
    (("resnet50", "9.74G", "--res", "256"), 9_741_172_736, "shortcut-forgotten"),
    # which no setting is given for: it is found among the usual ones
    (("resnet50", "9.74G"), 9_741_172_736, "usual-setting + shortcut-forgotten"),
    (("mobilenet_v1", "186M"), 186_400_768, "usual-setting"),
    (("resnet50", "5.34G"), 5_340_348_416, "usual-setting"),
    (("resnet50", "8.2111G"), 8_211_108_352, "tool"),  # calflops 0.3.2
    (("alexnet", "4.2892G"), 4_289_195_904, "other-readings + tool"),
    (("vgg16", "30.93G"), 30_926_971_928, "tool"),  # one addition less for each output
    (
        ("mobilenet_v2", "320190248"),
        320_190_248,
        "other-reading + tool",
    ),  # CondenseNet's counter, an expansion at t = 1
    (("resnet50", "177.83 MB"), 177_831_744, "memory-term"),  # torchinfo 1.8.0
    (("vgg16", "108.45MB"), 108_453_696, "memory-term"),
    # a convolution on the first shortcut too, and a bias in each, as some programs for Keras have it
    (("resnet34", "21,810,472", "params"), 21_810_472, "projection-added + bias-added"),
    (("resnet50", "9.63MB"), 9_633_792, "memory-size"),
    (("resnet50", "7.23MB"), 7_225_344, "memory-size"),
]


@pytest.mark.parametrize(("args", "value", "convention"), WAYS)
def test_a_way_of_counting_is_found(args, value, convention):
    code, data = why(*args)
    assert code == 0
    assert (value, convention) in [(way["value"], way["convention"]) for way in data["found"]]
    assert data["answer"].startswith(f"{' '.join(args)[len(args[0]) + 1 :]} is ")


@pytest.mark.parametrize(("args", "value", "mistake"), CAUSES)
def test_a_cause_is_found(args, value, mistake):
    code, data = why(*args)
    assert (code, data["found"]) == (0, [])
    assert (value, mistake.split(" + ")) in [(cause["value"], cause["mistakes"]) for cause in data["causes"]]


def test_the_answer_begins_with_a_sentence():
    result = CliRunner().invoke(main, ["why", "mobilenet_v1", "186M"])
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "186M is 186,400,768 MACs, if somebody counted at another usual setting (res=128).\n"
    )


def test_the_answer_names_the_resolution():
    result = CliRunner().invoke(main, ["why", "resnet50", "9.74G"])
    assert result.stdout.splitlines()[0] == (
        "9.74G is 9,741,172,736 FLOPs, if somebody counted at another usual setting (res=256),"
        " and left the convolutions of the shortcuts out."
    )


def test_what_nothing_gives_ends_with_1_and_the_nearest():
    code, data = why("mobilenet_v1", "575.123M")
    assert (code, data["found"], data["causes"]) == (1, [], [])
    assert len(data["nearest"]) == 3


# (arguments, what the first sentence ends with)
FAR = [
    (("resnet50", "700G"), ": the nearest gives 1.2 % of it."),
    (("resnet50", "12345"), ": the nearest gives 2,065.8 times as much."),
    (("alexnet", "1e30"), "."),
    (("alexnet", "0"), "."),
]


@pytest.mark.parametrize(("args", "end"), FAR)
def test_what_is_far_from_every_count_is_said_to_be(args, end):
    code, data = why(*args)
    assert (code, len(data["rows"]), len(data["nearest"])) == (1, 1, 3)
    assert data["answer"] == f"No known cause gives {args[1]}, and no way of counting is near it{end}"
    result = CliRunner().invoke(main, ["why", *args])
    assert result.stdout.endswith(f"no declared way of counting gives {args[1]}; the nearest is far away\n")


@pytest.mark.parametrize("figure", ["lots", "95 %", "8 GFLOPs/s"])
def test_what_is_no_count_is_bad_usage(figure):
    result = CliRunner().invoke(main, ["why", "alexnet", figure])
    assert (result.exit_code, result.stdout) == (2, "")


def test_reconcile_goes_on_working_and_is_not_listed():
    assert CliRunner().invoke(main, ["reconcile", "mobilenet_v1", "569M"]).exit_code == 0
    assert "reconcile" not in CliRunner().invoke(main, ["--help"]).stdout


def test_a_slip_of_the_pen_is_said_as_near_and_is_no_cause():
    code, data = why("resnet34", "21797772 params")  # for 21,797,672
    assert (code, data["found"], data["causes"]) == (1, [], [])
    result = CliRunner().invoke(main, ["why", "resnet34", "21797772 params"])
    assert result.stdout.endswith("near    the right value: one digit differs\n")


def test_the_question_that_tells_causes_apart():
    result = CliRunner().invoke(main, ["why", "mobilenet_v1", "568M"])
    assert "which one  look at more digits: 567,716,352 or 568,740,352, in this order\n" in result.stdout
