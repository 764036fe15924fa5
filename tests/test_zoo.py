"""The bundled networks: exact at three resolutions against real implementations, and fit for every command."""

import csv
import json
import re
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from members import MEMBERS
from running import CliRunner

import costcalc
from costcalc import specfile
from costcalc.analysis.api import parse_settings, split_name
from costcalc.cli import main
from costcalc.specfile.index import FILE, members_of, read, written

DATA = Path(__file__).parent / "data"
SPECS = Path(specfile.folder())
# name, res (or another setting of the input's size), params, stats, macs, activations, and whose model was counted by hooks;
# products of two maps, of which hooks see nothing, by half of what FlopCounterMode counts beyond them, where that was done
ROWS = [*csv.DictReader((DATA / "zoo.csv").read_text(encoding="utf-8").splitlines())]
BY_NAME = {name: [*rows] for name, rows in groupby(ROWS, lambda row: row["name"])}
FIGURES = ("params", "stats", "macs", "matmul_macs", "activations")
# Members that no framework has: layers out of a paper's figure, and nets that were never released.
ALONE = {
    "classic_bottleneck",
    "resnext_bottleneck",
    "depthwise_bottleneck",
    "shufflenet_unit",
    "inverted_bottleneck",
    "alexnet",  # of two towers
    "googlenet",  # without batch norm, as its paper prints it
    "conv_mobilenet",  # its paper's baseline of full convolutions
    "densenet264",
    "nasnet_mobile",
    "shufflenet_v1",
    "squeezenet",  # at its paper's 227; torchvision's pools round up, and are among the rows as `ceil_mode`
}
CLASSIFIERS = (DATA / "torchvision_classifiers.txt").read_text(encoding="utf-8").split()
ONE_SIZE = {"deep_autoencoder"}  # whose dense layers fix its input


def spec_of(name):
    """Return a spec and the settings that ride on its name: `mobilenet_v2:width=0.35`."""
    name, riding = split_name(name)
    return costcalc.load(name), parse_settings(riding)


def sized(row):
    """Return the setting that sets the input's size of a row."""
    key, _, value = row["res"].rpartition("=")
    return {key or "res": int(value)}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_member_is_its_framework_s_to_the_last_integer(name):
    spec, given = spec_of(name)
    for row in BY_NAME[name]:
        totals = spec.build(**given, **sized(row)).totals
        known = {key: int(row[key]) for key in FIGURES if row[key]}
        assert {key: totals.figure(key) for key in known} == known, row
        assert known.keys() | {"matmul_macs"} == {*FIGURES}


def test_products_of_attention_are_those_of_flopcountermode():
    rows = {row["name"]: row["matmul_macs"] for row in ROWS if row["res"] == "224"}
    assert (rows["vit_b_16"], rows["swin_t"]) == ("715327488", "140141568")


def test_no_member_with_attention_is_without_its_products():
    counted = {row["name"] for row in ROWS if row["matmul_macs"]}
    for name in BY_NAME:
        if name not in counted:
            spec, given = spec_of(name)
            assert spec.build(**given).totals.figure("matmul_macs") == 0, name


def test_every_member_is_there_at_its_own_resolution_and_two_others():
    for member in specfile.members():
        if member.name in ALONE:
            continue
        sizes = [sized(row) for row in BY_NAME[member.name]]
        assert len(sizes) >= 3 or member.name in ONE_SIZE, member.name
        own = costcalc.load(member.name).build().settings
        assert any(size.items() <= own.items() for size in sizes), member.name


def test_every_classifier_of_torchvision_is_there():
    assert len(CLASSIFIERS) == 80
    counted = Counter(row["source"].removeprefix("torchvision ").partition("-")[0] for row in ROWS)
    assert [name for name in CLASSIFIERS if counted[name] < 3] == []


def test_a_family_s_table_is_at_most_60_lines():
    sizes = {}
    for path in SPECS.glob("*.yaml"):
        table, _, _ = path.read_text(encoding="utf-8").partition("\ntotals:")
        sizes[path.stem] = table.count("\n")
    assert {name for name, lines in sizes.items() if lines > 60} <= {"googlenet", "inception_v3", "nasnet"}


# every command on a member of each family


COMMANDS = [
    "report NAME --by layer --format json",
    "memory NAME --format json",
    "roofline NAME --device k40 --format json",
    "explain NAME FIRST --format json",
    "compare NAME mobilenet_v1 --format json",
    "sweep NAME --set SIZES --format json",
    "compress NAME --density 0.5 --format json",
]
# `lint` is of a whole file, whichever of its members is named
ON_MEMBERS = [
    (name, command) for name in MEMBERS for command in (*COMMANDS, *["lint NAME"] * (name in specfile.bundled()))
]


@cache
def words_of(name):
    """Return what stands for a member in a command."""
    network = costcalc.load(name).build()
    key = next(key for key in ("res", "side", "frames") if key in network.settings)
    return {"NAME": name, "FIRST": network.layers[0].path, "SIZES": f"{key}={network.settings[key]},320"}


@pytest.mark.parametrize(("name", "command"), ON_MEMBERS, ids=lambda text: text.split()[0])
def test_every_command_works_on_a_member_of_each_family(name, command):
    words = words_of(name)
    result = CliRunner().invoke(main, [words.get(word, word) for word in command.split()])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 file: 0 errors, " in result.stdout if "lint" in command else json.loads(result.stdout)


# the list and its index


def listed(*words):
    result = CliRunner().invoke(main, ["list", *words, "--format", "json"])
    assert result.exit_code == 0
    return json.loads(result.stdout)["specs"]


def test_list_filters_by_name_family_year_and_source():
    assert [row["spec"] for row in listed("GHOSTNET", "1911")] == ["ghostnet_050", "ghostnet_100", "ghostnet_130"]
    assert {row["family"] for row in listed("radosavovic")} == {"RegNetX", "RegNetY"}
    assert [row["spec"] for row in listed("resnet50", "2016")] == ["wide_resnet50_2"]
    assert {row["family"] for row in listed("2022")} == {
        *("ConvMixer", "ConvNeXt", "EfficientFormer", "GhostNetV2", "MaxViT", "MobileOne", "MobileViTv2", "RepGhost")
    }


def test_list_without_a_match_says_so():
    result = CliRunner().invoke(main, ["list", "regnet", "2031"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("Error: no bundled network has `regnet`, `2031`; `costcalc list` shows them all\n")


def test_list_names_a_family_once():
    lines = CliRunner().invoke(main, ["list", "shufflenet_v2"], env={"COLUMNS": "90"}).stdout.splitlines()
    assert lines[0].split() == ["family", "year", "spec", "parameters", "MACs", "input", "top-1"]
    assert [line.startswith("ShuffleNet V2  2018  ") for line in lines[1:5]] == [True, False, False, False]


def test_list_names_a_family_above_its_members_where_there_is_no_room_for_its_column():
    lines = CliRunner().invoke(main, ["list"], env={"COLUMNS": "80"}).stdout.splitlines()
    assert lines[0].split() == ["spec", "parameters", "MACs", "input", "top-1"]
    families = {row["family"] for row in listed()}
    heads = [line for line in lines if re.fullmatch(r"\S.*  \d{4}", line)]
    assert {head[:-6] for head in heads} == families - {"Bottleneck unit"}
    assert len(heads) == len(families) - 1
    assert max(map(len, lines)) <= 80


def test_list_shows_units_apart_and_an_accuracy_where_its_source_is_known():
    lines = CliRunner().invoke(main, ["list"], env={"COLUMNS": "120"}).stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.split()[2:3] == ["unit"])
    assert lines[first - 1] == ""
    units = {row["spec"] for row in listed() if row["what"] == "unit"}
    assert {*listed_units(lines[first:])} == units
    assert not {*listed_units(lines[:first])} & units
    for row in listed():
        assert (row["top1"] is None) == (row["top1_source"] == ""), row
        if row["top1"] is not None:
            sources = [
                (e.where, e.figures["top1"].text) for e in specfile.load(row["spec"])[0].reported if "top1" in e.figures
            ]
            assert (row["top1_source"], str(row["top1"])) in sources
        assert row["input"] == list(costcalc.load(row["spec"]).build().input)


def listed_units(lines):
    """Return what looks like the name of a bottleneck in some lines."""
    return re.findall(r"\S+_bottleneck|shufflenet_unit", "\n".join(lines))


def test_the_index_is_that_of_the_files():
    every = [member for file in specfile.bundled() for member in members_of(file, specfile.load(file)[0])]
    assert (SPECS / FILE).read_text(encoding="utf-8") == written(every), "run python tools/docs.py"
    assert read(str(SPECS)) == every == [*specfile.members()]
    assert len({member.name for member in every}) == len(every)


def test_names_are_found_where_there_is_no_index_or_an_old_one(tmp_path, monkeypatch):
    for file in ("resnet", "vgg"):
        (tmp_path / f"{file}.yaml").write_text((SPECS / f"{file}.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(specfile, "folder", lambda: str(tmp_path))
    assert specfile.load("vgg19")[1] == "vgg19"
    assert {member.file for member in specfile.members()} == {"resnet", "vgg"}
    old = [member for member in read(str(SPECS)) if member.file in ("resnet", "alexnet")]
    moved = [member._replace(file="vgg") if member.name == "resnet18" else member for member in old]
    (tmp_path / FILE).write_text(written(moved), encoding="utf-8")
    assert specfile.load("vgg19")[1] == "vgg19"
    assert specfile.load("resnet18")[0].name == "ResNet"
    assert "alexnet" not in {member.file for member in specfile.members()}
