"""`compare`: totals side by side, layers aligned by what they do, differences put down to causes that add up."""

import json
import os
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import CliRunner

import costcalc
from costcalc import specfile
from costcalc.analysis.compare import Cause, aligned, by_label, causes, level
from costcalc.analysis.why import ratio, why
from costcalc.cli import main
from costcalc.cli.request import load_spec
from costcalc.network.parts import part_of
from costcalc.output.formats import Screen
from costcalc.output.formats.text import lines_of, to_table
from costcalc.output.views.compare import _lines, comparison, short

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
    "shufflenet_unit",
]


@cache
def network_of(name):
    return costcalc.load(name).build()


def run(*args, code=0):
    result = CliRunner().invoke(main, ["compare", *args], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result


# golden outputs

GOLDEN = Path(__file__).parent / "golden"
FORMATS = {"txt": "table", "json": "json", "csv": "csv", "md": "md", "tex": "latex", "html": "html"}
KINDS = ("Conv 3x3", "FC", "Conv DW 3x3", "Conv 1x1")
BY_KIND = ("conv_mobilenet", "mobilenet_v1", "--by", "kind")


@pytest.mark.parametrize("suffix", FORMATS)
def test_golden(suffix):
    args = ["compare", *BY_KIND, "--format", FORMATS[suffix]]
    text = CliRunner().invoke(main, args, env={"COLUMNS": "100"}).stdout
    assert text == (GOLDEN / f"compare_kinds.{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", [suffix for suffix in FORMATS if suffix != "txt"])
def test_golden_rows_add_up(suffix):
    text = (GOLDEN / f"compare_kinds.{suffix}").read_text(encoding="utf-8")
    if suffix == "json":
        rows = [
            [value for value in row.values() if isinstance(value, int)] for row in json.loads(text)["pairs"]["rows"]
        ]
    else:
        plain = re.sub("<[^>]*>", "|", text.replace("</tr>", "\n")).replace("$-$", "-")
        cells = [re.split("[|&]" if suffix != "csv" else ",", line.rstrip("\\ ")) for line in plain.splitlines()]
        texts = [[cell.strip().replace(",", "") for cell in row] for row in cells]
        named = [row for row in texts if any(cell in KINDS for cell in row)]
        rows = [[int(cell) for cell in row if re.fullmatch(r"[+-]?\d+", cell)][-6:] for row in named]
    sums = [sum(column) for column in zip(*rows, strict=True)]
    assert len(rows) == len(KINDS)
    whole = [4867293184, 568740352, 568740352 - 4867293184, 29294088, 4231976, 4231976 - 29294088]
    assert sums == (whole if suffix != "tex" else [*whole[:3], whole[5]])  # a page has room for so many columns


def test_golden_table_adds_up():
    lines = (GOLDEN / "compare_kinds.txt").read_text(encoding="utf-8").splitlines()
    cells = {row[0]: row[1:] for row in (re.split(" {2,}", line) for line in lines)}
    rows = [[int(cells[kind][place].replace(",", "")) for place in (0, 2, 4)] for kind in KINDS]
    assert [sum(column) for column in zip(*rows, strict=True)] == [int(x.replace(",", "")) for x in cells["total"]]


def test_the_lectures_example_reads_well():
    text = run("conv_mobilenet", "mobilenet_v1").stdout
    assert "mobilenet_v1  8.56x fewer MACs, 6.92x fewer parameters" in text
    assert (
        "why           13 times Conv 3x3 became Conv DW 3x3 + Conv 1x1, 8.72x fewer MACs there: -4.3 G MACs, "
        "all that is saved; -25.1 M parameters\n"
    ) in text


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
@settings(max_examples=25)
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
    ("before", "after", "expected"),
    [
        ("resnet18", "resnet34", ["Conv 3x3 added"]),
        ("vgg16", "vgg19", ["Conv 3x3 added"]),
        ("resnet50", "resnet50:version=1", ["other sizes of Conv 1x1"]),
        ("depthwise_bottleneck", "shufflenet_unit", ["GConv 1x1 in place of Conv 1x1"]),
        ("classic_bottleneck", "depthwise_bottleneck", ["Conv DW 3x3 in place of Conv 3x3"]),
        ("mobilenet_v2", "mobilenet_v2:res=112", [f"other sizes of Conv {kind}" for kind in ("1x1", "DW 3x3", "3x3")]),
        (
            "densenet121",  # in a stage that is longer the same rows begin elsewhere: one cause, not two
            "densenet169",
            ["Conv 3x3 + Conv 1x1 added", *(f"other sizes of {kind}" for kind in ("Conv 1x1", "FC", "Batch norm"))],
        ),
    ],
)
def test_a_difference_has_as_few_causes_as_tell_it(before, after, expected):
    networks = [load_spec(name) for name in (before, after)]
    assert [cause.words for cause in causes(*(spec.build(**given) for spec, given in networks))] == expected


def test_networks_of_any_length_are_compared(tmp_path):
    text = (
        "name: N\ninput: [4, 8, 8]\nlayers: [{repeat: %d, layers: [{op: conv, k: %d, c: 4}, {op: bn}, {op: relu}]}]\n"
    )
    networks = []
    for number, chosen in enumerate([(2000, 3), (2010, 3), (2000, 5)]):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text % chosen)
        networks.append(costcalc.load(path).build())
    first, longer, wider = networks
    assert causes(first, first) == []
    assert [tuple(cause) for cause in causes(first, longer)] == [
        ("Conv 3x3 added", 10 * 9 * 16 * 64, 10 * 9 * 16),
        ("Batch norm added", 0, 10 * 8),
    ]
    assert sum(cause.macs for cause in causes(first, wider)) == 2000 * (25 - 9) * 16 * 64
    pairs = aligned(first, wider)
    assert sorted(layer.number for pair in pairs for layer in pair.before) == list(range(6000))


def test_layers_that_cost_nothing_replace_none_that_do():
    alexnet, squeezenet = costcalc.load("alexnet").build(), costcalc.load("squeezenet").build()
    words = [cause.words for cause in causes(alexnet, squeezenet)]
    assert "FC left out" in words
    assert not [text for text in words if "oncat" in text or "pool" in text]


# why

CASES = {
    "mobilenet_v1 mobilenet_v2": (
        "kind",
        "-271.6 M MACs saved, +3.6 M added: -268.0 M in all",
        (
            "Conv 1x1, 13 layers of 41.50 M -> 34 of 7.88 M MACs on average: -271.6 M MACs, all that is saved; "
            "-1.0 M parameters"
        ),
        (
            "Conv DW 3x3, 13 layers of 1.34 M -> 17 of 1.22 M MACs on average: +3.3 M MACs, 92.86 % of what is added; "
            "+23.9 k parameters"
        ),
        "FC, 1 layer of 1.02 M -> 1.28 M MACs: +256.0 k MACs, 7.14 % of what is added; +256.0 k parameters",
    ),
    "resnet18 resnet34": (
        "kind",
        (
            "Conv 3x3, 16 layers of 104.77 M -> 32 of 110.19 M MACs on average: +1.8 G MACs, all that is added; "
            "+10.1 M parameters"
        ),
    ),
    "classic_bottleneck inverted_bottleneck:c=40": (
        "replacement",
        (
            "Conv 3x3 became Conv DW 3x3, 15.00x fewer MACs there: -23.7 M MACs, 75.90 % of what is saved; "
            "-29.9 k parameters"
        ),
        "Conv 1x1 of other sizes: -7.5 M MACs, 24.10 % of what is saved; -9.6 k parameters",
    ),
    "mobilenet_v1 mobilenet_v1:width=0.75": (
        "setting",
        "width 1.0 -> 0.75, every channel x 0.75: -243.3 M MACs, all that is saved; -1.6 M parameters",
    ),
    "mobilenet_v1 mobilenet_v1:res=160": (
        "setting",
        "input 224 -> 160, positions of every map x 0.51: -278.1 M MACs, all that is saved",
    ),
    "mobilenet_v1 mobilenet_v1:width=0.5,res=160": (
        "setting",
        "input 224 -> 160, positions of every map x 0.51: -278.1 M MACs, 56.49 % of what is saved",
        "width 1.0 -> 0.5, every channel x 0.5: -214.2 M MACs, 43.51 % of what is saved; -2.9 M parameters",
    ),
    "vgg16 vgg16:res=192": (
        "setting",
        "input 224 -> 192, positions of every map x 0.735: -4.1 G MACs, all that is saved",
    ),
    "mobilenet_v1 mobilenet_v1:classes=10": (
        "setting",
        "classes 1000 -> 10: -1.0 M MACs, all that is saved; -1.0 M parameters",
    ),
    "resnet50 resnet50:version=1": (
        "setting",
        "version 1.5 -> 1, positions x 0.25 to 1: -231.2 M MACs, all that is saved",
    ),
    "mobilenet_v1 mobilenet_v1": ("kind",),
}


@pytest.mark.parametrize("names", CASES)
def test_why_reads_as_sentences(names):
    by, *sentences = CASES[names]
    notes = run(*names.split()).stdout.split("\n\n")[3].splitlines()
    indent = len(names.split()[1]) + 2
    lines = [line for line in notes[1:] if not line.startswith(("inputs", "outputs"))]
    assert [line[:indent].strip() for line in lines] == ["why", *[""] * (len(lines) - 1)][: len(lines)]
    assert [line[indent:] for line in lines] == sentences
    assert json.loads(run(*names.split(), "--format", "json").stdout)["networks"][1]["why"]["by"] == by


def test_a_figure_that_a_network_does_not_have_is_unknown():
    args = ("vgg16", "vgg16:res=192", "--figures", "macs,rf")
    line = run(*args).stdout.split("\n\n")[1].splitlines()[-1]
    assert re.fullmatch(r"receptive field +224 +unknown", line)
    rf = [network["totals"]["rf"] for network in json.loads(run(*args, "--format", "json").stdout)["networks"]]
    assert rf == [224, None]


def test_maps_and_channels_make_what_the_networks_between_make():
    """The input's part is the difference that the input alone makes, and the width's what it makes on top of that."""
    whole, smaller, both = (costcalc.load("mobilenet_v1").build(**given) for given in ({}, {"res": 160}, BOTH))
    found = {cause.words.split()[0]: cause[1:] for cause in why(whole, both).causes}
    assert found["input"] == (smaller.totals.macs - whole.totals.macs, 0)
    assert found["width"] == (both.totals.macs - smaller.totals.macs, both.totals.params - smaller.totals.params)


BOTH = {"res": 160, "width": 0.5}


def test_small_causes_are_told_together():
    found = [Cause(*cause) for cause in (("a", -9000, -9000), ("b", 5, 3), ("c", -3, 1), ("d", 0, -900))]
    assert list(_lines(found)) == [
        "-9.0 k MACs saved, +5 added: -9.0 k in all",
        "a: -9.0 k MACs, 99.97 % of what is saved; -9.0 k parameters",
        "d: -900 parameters",
        "2 smaller causes: +5 and -3 MACs; +4 parameters",
    ]


def families():
    """Return one bundled network of each family or, where the gate asks for it, every one."""
    found = {}
    for member in specfile.members():
        found.setdefault(member.name if os.environ.get("EVERY_PAIR") else member.file, member.name)
    return list(found.values())


FAMILIES = families()


def pairs_of(before, after):
    yield aligned(before, after)
    yield from (by_label(before, after, what) for what in ("kind", "stage", "block"))


def sums_of(found):
    return sum(cause.macs for cause in found), sum(cause.params for cause in found)


@cache
def both_of(name):
    totals = network_of(name).totals
    return totals.macs, totals.params


def change_of(name, other):
    return tuple(after - before for before, after in zip(both_of(name), both_of(other), strict=True))


def percents(text):
    return [float(number) for number in re.findall(r"([\d.]+) %", text)]


@pytest.mark.parametrize("name", FAMILIES)
def test_any_two_networks_have_causes_that_add_up_and_no_share_above_all(name):
    before = network_of(name)
    for other in FAMILIES[FAMILIES.index(name) :]:
        found = why(before, network_of(other)).causes
        assert sums_of(found) == change_of(name, other), (name, other)
        assert max(percents("".join(_lines(found))), default=0) <= 100, (name, other)


MANY = [
    ("mobilenet_v1", "mobilenet_v2"),
    ("resnet50", "mobilenet_v2"),  # names of long runs
    ("resnet50", "densenet121"),  # long numbers
    ("resnet18", "resnet34"),
]


@pytest.mark.parametrize("by", ["block", "layer"])
@pytest.mark.parametrize(("name", "other"), MANY)
def test_rows_of_blocks_and_layers_have_their_bars_in_80_columns(name, other, by):
    result = CliRunner().invoke(main, ["compare", name, other, "--by", by], env={"COLUMNS": "80"})
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert any(line.endswith(("first on", "first on top")) for line in lines)
    assert max(map(len, lines)) <= 80
    assert all(line.count("█") + line.count("▀") + line.count("▄") <= 20 for line in lines)
    assert any("▀" in line or "▄" in line for line in lines)


@pytest.mark.parametrize(("name", "other"), [*zip(FAMILIES[::2], FAMILIES[1::2], strict=False)])
def test_two_networks_are_shown_whole_in_80_columns(name, other):
    """Each layer is in one pair, and those add up; no share is above 100 %; no line is longer than the screen."""
    before, after = network_of(name), network_of(other)
    assert sums_of(causes(before, after)) == change_of(name, other)
    for pairs in pairs_of(before, after):
        assert sorted(layer.number for pair in pairs for layer in pair.before) == [*range(len(before.layers))]
        assert sorted(layer.number for pair in pairs for layer in pair.after) == [*range(len(after.layers))]
    text = to_table(comparison((before, after), (name, other), ""), Screen(80))
    assert max(percents(text)) <= 100
    assert max(map(len, text.splitlines())) <= 80
    assert "  first on top\n" in text
    assert {*"█▀▄"} & {*text}


def test_four_networks_are_shown_with_their_causes():
    names = ("resnet18", "resnet34", "resnet50", "mobilenet_v1")
    text = to_table(comparison([network_of(name) for name in names], names, ""), Screen(120))
    assert max(percents(text)) <= 100
    assert [line.split()[:2] for line in text.splitlines() if line.startswith("why ")] == [
        ["why", x] for x in names[1:]
    ]
    rows = json.loads(run(*names, "--format", "json").stdout)["kinds"]
    for number, name in enumerate(names):
        assert sum(row[f"macs_{number}"] for row in rows) == network_of(name).totals.macs
        assert sum(row[f"macs_share_{number}"] for row in rows) == pytest.approx(1)


@pytest.mark.parametrize(("name", "other"), [("mobilenet_v1", "mobilenet_v2"), ("resnet50", "mobilenet_v2")])
def test_a_layer_is_paired_within_its_reduction(name, other):
    before, after = network_of(name), network_of(other)
    for pair in aligned(before, after):
        sides = ((before, pair.before), (after, pair.after))
        assert len({level(network, layer.out) for network, layers in sides for layer in layers}) == 1


def test_stages_pair_by_their_reduction():
    pairs = by_label(network_of("mobilenet_v1"), costcalc.load("mobilenet_v1").build(res=160), "stage")
    assert [(pair.label, pair.reduction) for pair in pairs] == [
        ("112x112 / 80x80", 2),
        ("56x56 / 40x40", 4),
        ("28x28 / 20x20", 8),
        ("14x14 / 10x10", 16),
        ("7x7 / 5x5", 32),
        ("1x1", None),
    ]


def test_blocks_pair_in_turn_within_a_reduction():
    pairs = by_label(network_of("resnet18"), network_of("resnet50"), "block")
    assert [(pair.label, pair.reduction) for pair in pairs][:6] == [
        ("Conv 7x7", 2),
        ("Max pool", 4),
        ("basic -> bottleneck", 4),
        ("basic -> bottleneck", 4),
        ("bottleneck", 4),
        ("basic -> bottleneck", 8),
    ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("resnet18", "resnet34"), ["resnet18", "resnet34"]),
        (("shufflenet_v1:width=1.5", "mobilenet_v2"), ["shufflenet_v1", "mobilenet_v2"]),
        (("mobilenet_v1", "mobilenet_v1:width=0.5,res=160"), ["mobilenet_v1", "width=0.5,res=160"]),
        (("nets/a.yaml", "torch:torchvision.models:resnet18"), ["a", "resnet18"]),
        (("a/net.yaml", "b/net.yaml"), ["a/net.yaml", "b/net.yaml"]),
        (("vgg16", "vgg16"), ["vgg16", "vgg16"]),
    ],
)
def test_heads_of_columns_are_short(labels, names):
    assert short(labels) == names


def test_bars_of_both_networks_are_on_one_scale():
    table = json.loads(run("mobilenet_v1", "mobilenet_v2", "--format", "json").stdout)["kinds"]
    assert [row["label"] for row in table] == ["Conv 1x1", "Conv DW 3x3", "Conv 3x3", "FC"]
    line = next(line for line in run("mobilenet_v1", "mobilenet_v2").stdout.splitlines() if "Conv 1x1  " in line)
    assert re.search("[█▀▄]+", line)[0] == "█" * round(20 * 267939840 / 539492352) + "▀" * 10


def test_a_kind_keeps_its_colour_side_by_side():
    document = comparison((network_of("mobilenet_v1"), network_of("mobilenet_v2")), ("one", "two"), "")
    shown = {text.strip(): style for line in lines_of(document, Screen(120, colour=True)) for text, style in line}
    assert [shown[kind] for kind in ("Conv 1x1", "Conv DW 3x3", "FC")] == ["pointwise", "depthwise", "dense"]
    assert [shown[part] for part in ("94.86 %", "89.08 %")] == ["largest", "largest"]
    assert [series.kinds for series in document.chart.series] == [document.chart.names] * 2


def test_a_page_has_the_bars_and_keeps_causes_together():
    text = run("mobilenet_v1", "mobilenet_v2", "--format", "html").stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "<svg" in text
    assert "<h1>mobilenet_v1 against mobilenet_v2</h1>" in text
    assert re.search(r"<dt>why</dt><dd>-271.6 M MACs saved[^<]*<br>Conv 1x1, 13 layers", text)


def test_inputs_and_outputs_that_differ_are_named():
    args = "classic_bottleneck", "inverted_bottleneck:c=40"
    assert run(*args).stdout.splitlines()[-2:] == [
        "inputs differ             240x28x28 classic_bottleneck    40x28x28 inverted_bottleneck:c=40",
        "outputs differ            240x28x28 classic_bottleneck    40x28x28 inverted_bottleneck:c=40",
    ]
    networks = json.loads(run(*args, "--format", "json").stdout)["networks"]
    assert [(network["input"], network["output"]) for network in networks] == [
        ([240, 28, 28],) * 2,
        ([40, 28, 28],) * 2,
    ]
    assert "differ" not in run("classic_bottleneck", "shufflenet_unit").stdout


# blocks, against the formulas of Zhang et al. 2017, arXiv:1707.01083, section 3.2


def built(name, **given):
    return costcalc.load(name).build(**given)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("classic_bottleneck", lambda c, m, g, hw: hw * (2 * c * m + 9 * m**2)),
        ("resnext_bottleneck", lambda c, m, g, hw: hw * (2 * c * m + 9 * m**2 // g)),
        ("depthwise_bottleneck", lambda c, m, g, hw: hw * (2 * c * m + 9 * m)),
        ("shufflenet_unit", lambda c, m, g, hw: hw * (2 * c * m // g + 9 * m)),
        ("inverted_bottleneck", lambda c, m, g, hw: hw * (2 * c * m + 9 * m)),
    ],
)
@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from([1, 2, 3, 4, 8]), st.integers(1, 60))
@settings(max_examples=30)
def test_a_unit_costs_what_the_papers_formula_says(name, formula, c, m, g, res):
    network = built(name, c=c * g, m=m * g, g=g, res=res)
    assert network.totals.macs == formula(c * g, m * g, g, res * res)
    assert network.layers[-1].out == (c * g, res, res)


@pytest.mark.parametrize("groups", [2, 3, 4, 8])
@pytest.mark.parametrize(("stage", "s"), [("Stage3", 2), ("Stage4", 2)])
def test_a_shufflenet_unit_is_the_networks_own(groups, stage, s):
    network = built("shufflenet_v1", groups=groups)
    whole = part_of(network, stage)
    c = whole.layers[0].ins[0].c
    unit = built("shufflenet_unit", c=c, s=s, g=groups, res=whole.layers[0].ins[0].h)
    assert [layer.cost for layer in unit.layers] == [layer.cost for layer in whole.layers]


def test_a_classic_bottleneck_is_resnets_own():
    network = built("resnet50")
    for path, chosen in (("conv2_x#2", {"c": 256, "res": 56}), ("conv3_x", {"c": 256, "s": 2, "res": 56})):
        layers = [layer for layer in network.layers if layer.path.split("/")[0] == path]
        assert [layer.cost for layer in built("classic_bottleneck", **chosen).layers] == [
            layer.cost for layer in layers
        ]


def test_an_inverted_bottleneck_is_mobilenet_v2s_own():
    layers = [layer for layer in built("mobilenet_v2").layers if layer.path.split("/")[0] == "4#2"]
    unit = built("inverted_bottleneck", c=64, res=14)
    assert [layer.cost for layer in unit.layers] == [layer.cost for layer in layers]


@pytest.mark.parametrize(
    ("first", "other", "words"),
    [
        (856, 100, "8.56x fewer MACs"),
        (100, 856, "8.56x more MACs"),
        (5, 5, "as many MACs"),
        (1000, 1001, "0.1 % more MACs"),
        (10**9, 10**9 - 1, "1e-07 % fewer MACs"),
        (5, 0, "no MACs"),
        (0, 5, "MACs only here"),
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
        (("alexnet", "vgg16", "vgg19", "--by", "kind"), "--by compares two specs, not more"),
        (("alexnet", "vgg16", "--convention", "no"), "unknown convention `no`; available: `conv+fc`"),
    ],
)
def test_bad_usage(args, message):
    result = run(*args, code=2)
    assert (result.stdout, message in result.stderr) == ("", True)
