"""`report`: golden outputs that are re-added, the JSON contract, views, conventions, columns, units."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from running import CliRunner

import costcalc
from costcalc.cli import main
from costcalc.network.metrics import CONVENTIONS, COUNTS
from costcalc.output.views.report import ReportOptions
from costcalc.output.views.report import report as document

GOLDEN = Path(__file__).parent / "golden"


def run(*args, code=0, env=None):
    result = CliRunner().invoke(main, list(args), env=env or {})
    assert result.exit_code == code, result.output
    return result


def report(*args):
    return json.loads(run("report", *args, "--format", "json").stdout)


# totals published by others: the papers, torchvision 0.28 (measured), Keras

TOTALS = [
    ("mobilenet_v1", (), {"params": 4231976, "weights": 4209088, "norm": 21888, "bias": 1000, "stats": 21888}),
    ("mobilenet_v1", (), {"macs": 568740352, "activations": 5043688, "conv_macs": 567716352, "fc_macs": 1024000}),
    ("mobilenet_v1", ("--width", "0.5", "--res", "160"), {"params": 1331592, "macs": 76524800}),
    ("mobilenet_v1", ("--width", "0.75"), {"params": 2585560, "macs": 325400448}),
    ("mobilenet_v1", ("--width", "0.25"), {"params": 470072, "macs": 41030272}),
    ("mobilenet_v2", (), {"params": 3504872, "macs": 300774272, "activations": 6679112, "act_elems": 6105792}),
    ("mobilenet_v2", ("--width", "1.4"), {"params": 6108776, "macs": 582195824}),
    ("mobilenet_v2", ("--width", "0.35", "--res", "96"), {"params": 1677128}),
    ("squeezenet", (), {"params": 1248424, "macs": 832667936, "activations": 4451272, "norm": 0}),
]


@pytest.mark.parametrize(("spec", "options", "totals"), TOTALS, ids=lambda value: str(value)[:40])
def test_totals(spec, options, totals):
    shown = report(spec, *options)["totals"]
    assert {name: shown[name] for name in totals} == totals


def test_json_has_the_keys_of_the_contract():
    data = report("mobilenet_v1", "--width", "0.5", "--res", "160")
    assert data["schema"] == "costcalc/report/1"
    assert data["spec"] == "mobilenet_v1"
    assert data["name"] == "MobileNet V1"
    assert {name: data["settings"][name] for name in ("width", "res", "classes")} == {
        "width": 0.5,
        "res": 160,
        "classes": 1000,
    }
    assert data["convention"] == "conv+fc"
    assert data["input"] == [3, 160, 160]
    assert set(data["totals"]) == {"params", "macs", *COUNTS}
    assert data["groups"]["by"] == "kind"
    first = data["groups"]["rows"][0]
    assert {"kind", "layers", "params", "weights", "macs"} <= set(first)
    layer = data["layers"][0]
    assert {key: layer[key] for key in ("path", "op", "kind", "inputs", "in", "out")} == {
        "path": "0",
        "op": "conv",
        "kind": "Conv 3x3",
        "inputs": ["input"],
        "in": [[3, 160, 160]],
        "out": [16, 80, 80],
    }
    assert layer["args"]["k"] == [3, 3]
    assert {"weights", "bias", "norm", "stats", "params", "macs", "activations"} <= set(layer)


@pytest.mark.parametrize("spec", ["mobilenet_v1", "mobilenet_v2", "squeezenet"])
def test_layers_and_groups_add_up_to_the_totals(spec):
    for by in ("kind", "layer", "stage", "block"):
        data = report(spec, "--by", by)
        for name in ("params", "macs", *(name for name in COUNTS if name != "activations")):
            assert sum(layer[name] for layer in data["layers"]) == data["totals"][name], name
            assert sum(row[name] for row in data["groups"]["rows"]) == data["totals"][name], (by, name)
        multiplying = [layer for layer in data["layers"] if layer["macs"]]
        assert sum(layer["activations"] for layer in multiplying) == data["totals"]["activations"]
        assert sum(row["layers"] for row in data["groups"]["rows"]) == len(data["layers"])


def test_squeezenet_has_the_parameters_of_each_row_of_its_table():
    rows = report("squeezenet", "--by", "block")["groups"]["rows"]
    assert {row["path"]: row["params"] for row in rows if row["params"]} == {
        "conv1": 14208,
        "fire2": 11920,
        "fire3": 12432,
        "fire4": 45344,
        "fire5": 49440,
        "fire6": 104880,
        "fire7": 111024,
        "fire8": 188992,
        "fire9": 197184,
        "conv10": 513000,
    }


def test_one_by_one_convolutions_have_the_published_shares():
    text = run("report", "mobilenet_v1").stdout
    row = next(line for line in text.splitlines() if line.startswith("Conv 1x1"))
    assert "74.59 %" in row
    assert "94.86 %" in row


# golden outputs

GOLDEN_RUNS = {
    "report_mobilenet_v1.txt": ("report", "mobilenet_v1"),
    "report_mobilenet_v1_60.txt": ("report", "mobilenet_v1"),
    "report_mobilenet_v2_layers.txt": ("report", "mobilenet_v2", "--by", "layer"),
    "report_squeezenet_blocks.md": ("report", "squeezenet", "--by", "block", "--format", "md"),
    "report_mobilenet_v1_stages.csv": ("report", "mobilenet_v1", "--by", "stage", "--format", "csv"),
    "report_mobilenet_v1.tex": ("report", "mobilenet_v1", "--format", "latex"),
    "report_mobilenet_v2_layers.tex": ("report", "mobilenet_v2", "--by", "layer", "--format", "latex"),
    "report_mobilenet_v1_stages.html": ("report", "mobilenet_v1", "--by", "stage", "--format", "html"),
}


@pytest.mark.parametrize("name", GOLDEN_RUNS)
def test_golden(name):
    width = "60" if "_60" in name else "120"
    text = run(*GOLDEN_RUNS[name], env={"COLUMNS": width}).stdout
    assert text == (GOLDEN / name).read_text(encoding="utf-8")
    assert all(len(line) <= int(width) for line in text.splitlines()) or not name.endswith(".txt")


def _numbers(line):
    return [int(number.replace(",", "")) for number in re.findall(r"(?<![\w.x])\d[\d,]*(?![\w.x]|\.\d| %)", line)]


def test_golden_kinds_add_up():
    lines = (GOLDEN / "report_mobilenet_v1.txt").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith(("Conv", "FC"))]
    total = next(line for line in lines if line.startswith("total"))
    sums = [sum(column) for column in zip(*(_numbers(row)[-3:] for row in rows), strict=True)]
    assert sums == _numbers(total) == [28, 4209088, 568740352]


def test_golden_layers_add_up():
    lines = (GOLDEN / "report_mobilenet_v2_layers.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if re.match(r"[0-9]+[#/ ]", line)]
    numbers = [[int(cell.replace(",", "")) for cell in row if re.fullmatch(r"[\d,]+", cell)] for row in rows]
    # a row's plain integers are its parameters and MACs, last of them; an index without a name is one too
    assert [sum(column) for column in zip(*(row[-2:] for row in numbers), strict=True)] == [3504872, 300774272]
    assert len(rows) == 64


def test_golden_stages_add_up():
    rows = list(csv.DictReader(io.StringIO((GOLDEN / "report_mobilenet_v1_stages.csv").read_text(encoding="utf-8"))))
    assert sum(int(row["macs"]) for row in rows) == 568740352
    assert sum(int(row["params"]) for row in rows) == 4231976
    assert abs(sum(float(row["macs_share"]) for row in rows) - 1) < 1e-5
    assert float(rows[-1]["macs_cum"]) == 1


@pytest.mark.parametrize(
    ("name", "rows", "sums"),
    [
        ("report_mobilenet_v1.tex", 4, [28, 4209088, 568740352]),
        ("report_mobilenet_v2_layers.tex", 64, [3504872, 300774272]),
    ],
)
def test_golden_latex_adds_up(name, rows, sums):
    lines = (GOLDEN / name).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip(" \\") for cell in line.split(" & ")] for line in lines if " & " in line]
    numbers = [[_numbers(cell)[0] for cell in row[1:] if re.fullmatch(r"[\d,]+", cell)] for row in cells]
    table = [row for row, (label, *_) in zip(numbers, cells, strict=True) if row and label != "total"]
    assert len(table) == rows
    assert [sum(column) for column in zip(*table, strict=True)] == sums
    assert numbers[-1] == sums


def test_golden_html_adds_up():
    text = (GOLDEN / "report_mobilenet_v1_stages.html").read_text(encoding="utf-8")
    rows = re.findall("<tr>(.*?)</tr>", text)[1:]
    exact = [[int(value) for value in re.findall(r'data-v="(\d+)"', row)] for row in rows]
    shown = [_numbers(cell)[0] for row in rows for cell in re.findall(r">([\d,]+)</td>", row)]
    plain = [value for row in exact for value in row[:3]]  # the fourth is bytes, shown with a unit
    assert shown == plain
    assert [sum(column) for column in zip(*(row[:3] for row in exact[:-1]), strict=True)] == exact[-1]
    assert exact[-1] == [30, 4231976, 568740352]


# conventions and units

PARAMS = {"trainable": 4231976, "weights": 4209088, "no-norm": 4210088, "with-stats": 4253864}


@pytest.mark.parametrize(("name", "figure"), PARAMS.items())
def test_parameter_conventions(name, figure):
    data = report("mobilenet_v1", "--convention", name)
    assert data["totals"]["params"] == figure
    assert data["params_convention"] == name
    assert sum(layer["params"] for layer in data["layers"]) == figure


def test_mac_convention_conv_leaves_the_classifier_out():
    data = report("mobilenet_v1", "--convention", "conv")
    assert data["totals"]["macs"] == 567716352
    assert data["convention"] == "conv"
    assert "MACs of conv, per image" in run("report", "mobilenet_v1", "--convention", "conv").stdout


def test_two_conventions_of_one_measure_are_an_error():
    result = run("report", "mobilenet_v1", "--convention", "conv", "--convention", "conv+fc", code=2)
    assert "conventions `conv` and `conv+fc` both say what macs are: give one" in result.stderr
    assert result.stdout == ""


def test_an_unknown_convention_is_answered_with_the_near_one_or_with_the_first():
    stderr = run("report", "mobilenet_v1", "--convention", "with-stat", code=2).stderr
    assert stderr.endswith("unknown convention `with-stat`; did you mean `with-stats`?\n")
    stderr = run("report", "mobilenet_v1", "--convention", "xyzzy", code=2).stderr
    assert all(f"`{name}`" in stderr for name in [*CONVENTIONS][:12])


def test_flops_are_two_for_each_mac():
    data = report("mobilenet_v1", "--flops")
    assert data["totals"]["flops"] == 2 * 568740352
    assert data["totals"]["macs"] == 568740352
    text = run("report", "mobilenet_v1", "--flops").stdout
    assert "1,137,480,704" in text
    assert "FLOPs = 2 x MACs of conv and fc, per image" in text


@pytest.mark.parametrize(
    ("dtype", "size"),
    [
        ("fp32", "16.93 MB, 16.14 MiB"),
        ("fp16", "8.46 MB, 8.07 MiB"),
        ("int8", "4.23 MB, 4.04 MiB"),
        ("int4", "2.12 MB, 2.02 MiB"),
    ],
)
def test_bytes_in_both_units(dtype, size):
    assert f"{size} as {dtype}" in run("report", "mobilenet_v1", "--dtype", dtype).stdout


def test_unknown_dtype():
    assert (
        "--dtype does not know `fp31`; available: `fp64`, `fp32`"
        in run("report", "mobilenet_v1", "--dtype", "fp31", code=2).stderr
    )


# rows and columns


def rows_of(*args):
    return list(csv.DictReader(io.StringIO(run("report", *args, "--format", "csv").stdout)))


def test_sort_and_top():
    rows = rows_of("mobilenet_v1", "--by", "layer", "--sort", "params", "--top", "2")
    assert [(row["path"], row["kind"], row["params"]) for row in rows] == [
        ("17", "Conv 1x1", "1050624"),
        ("19", "FC", "1025000"),
    ]
    assert "28 of 30 rows (--top 2)" in run("report", "mobilenet_v1", "--by", "layer", "--top", "2").stdout


def test_columns_are_the_ones_asked_for():
    rows = rows_of("mobilenet_v2", "--by", "layer", "--columns", "path,op,in,out,weights,bias_adds,activation_bytes")
    assert list(rows[0]) == ["path", "op", "in", "out", "weights", "bias_adds", "activation_bytes"]
    assert rows[0] == {
        "path": "0",
        "op": "conv",
        "in": "3x224x224",
        "out": "32x112x112",
        "weights": "864",
        "bias_adds": "0",
        "activation_bytes": str(32 * 112 * 112 * 4),
    }


def test_an_unknown_column_is_answered_with_the_near_one():
    stderr = run("report", "mobilenet_v1", "--columns", "path,parms", code=2).stderr
    assert stderr.endswith("--columns does not know `parms`; did you mean `params`?\n")


def test_depth_cuts_paths():
    by_block = report("mobilenet_v2", "--depth", "1")["groups"]
    assert by_block["by"] == "block"
    assert [row["path"] for row in by_block["rows"]][:4] == ["0", "1", "2", "2#2"]
    assert len(report("mobilenet_v2", "--depth", "2")["groups"]["rows"]) == 64


def test_stages_are_runs_at_one_size():
    rows = report("mobilenet_v1", "--by", "stage")["groups"]["rows"]
    assert [row["stage"] for row in rows] == ["112x112", "56x56", "28x28", "14x14", "7x7", "1x1"]


def test_input_replaces_that_of_the_spec():
    data = report("mobilenet_v1", "--input", "3x480x640")
    assert data["input"] == [3, 480, 640]
    assert "res" not in data["settings"]
    assert data["layers"][-3]["in"] == [[1024, 15, 20]]


def test_settings_ride_on_the_name():
    assert report("mobilenet_v1:width=0.5,res=160") == report("mobilenet_v1", "--set", "width=0.5", "--set", "res=160")


@pytest.mark.parametrize(
    ("by", "name", "key"),
    [
        ("layer", "MACs", "macs"),
        ("layer", "macs", "macs"),
        ("layer", "PARAMETERS", "params"),
        ("layer", "Layer", "path"),
        ("layer", "fp32 memory", "activation_bytes"),
        ("layer", "memory", "activation_bytes"),
        ("kind", "Kind", "kind"),
        ("stage", "Stage", "stage"),
        ("stage", "output", "out"),
    ],
)
def test_a_column_is_named_by_its_key_or_its_title(by, name, key):
    network = costcalc.load("mobilenet_v1").build()
    assert (
        document(network, ReportOptions(by=by, sort=name)).table
        == document(network, ReportOptions(by=by, sort=key)).table
    )
    assert [column.key for column in document(network, ReportOptions(by=by, columns=(name,))).table.columns] == [key]


def test_flops_are_named_as_they_are_titled():
    network = costcalc.load("mobilenet_v1").build()
    assert document(network, ReportOptions(by="layer", sort="flops", flops=True)).table.rows[0][5] == 2 * 51380224


def test_a_title_of_several_columns_is_an_error():
    reason = "sort: `Share` is the title of several columns; give one of `params_share`, `weights_share`, `macs_share`"
    with pytest.raises(ValueError, match=f"^{reason}$"):
        document(costcalc.load("mobilenet_v1").build(), ReportOptions(sort="Share"))
    refused = CliRunner().invoke(main, ["report", "mobilenet_v1", "--sort", "Share"])
    assert refused.exit_code == 2
    assert refused.stderr.endswith(f"Error: --{reason}\n")


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("resnet50", "ResNet: resnet50"),
        ("conv_mobilenet", "MobileNet V1: conv_mobilenet"),
        ("mobilenet_v1", "MobileNet V1"),
        ("resnet", "ResNet"),
    ],
)
def test_the_heading_names_the_member_of_a_family(name, heading):
    network = costcalc.load(name).build()
    assert document(network, ReportOptions()).heading[0][0] == heading
    assert document(network, ReportOptions()).data()["name"] == network.title


@pytest.mark.parametrize(
    ("args", "note"),
    [
        # those of torchvision's and timm's models at 448
        (("vit_b_16",), "parameters depend on it: 86,567,656 at 224x224, 87,019,240 at 448x448"),
        (("mlp_mixer",), "parameters depend on it: 59,880,472 at 224x224, 65,306,536 at 448x448"),
        (
            ("vgg16", "--set", "adaptive=false"),
            "parameters depend on it: 138,357,544 at 224x224, 446,638,888 at 448x448",
        ),
        (("alexnet", "--input", "3x227x300"), "parameters depend on it: 79,839,592 at 227x300, 268,583,272 at 454x600"),
        (("vit_b_16", "--convention", "weights"), None),
        (("vgg16",), None),
        (("swin_t",), None),
        (("mobilenet_v2",), None),
        (("vgg16", "--set", "adaptive=false", "--format", "csv"), None),
    ],
)
def test_a_note_says_that_parameters_depend_on_the_resolution(args, note):
    lines = [line for line in run("report", *args).stdout.splitlines() if line.startswith("resolution ")]
    assert [line.split(maxsplit=1)[1] for line in lines] == ([note] if note else [])


def test_the_note_on_resolution_holds_where_a_cell_reads_a_size(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "layers:\n  - {op: conv, k: 1, c: x.w}\n"
    (tmp_path / "net.yaml").write_text(f"name: a\ninput: [3, 8, 8]\n{rows}")
    (tmp_path / "signal.yaml").write_text(f"name: a\nsettings: {{long: 9}}\ninput: [1, long]\n{rows}")
    (tmp_path / "odd.yaml").write_text(f"name: a\ninput: [3, 8, 8]\n{rows}  - {{op: avgpool, to: 9 - x.h}}\n")
    assert "resolution   parameters depend on it: 24 at 8x8, 48 at 16x16" in run("report", "net.yaml").stdout
    assert "resolution   parameters depend on it: 9 at 1x9, 18 at 1x18" in run("report", "signal.yaml").stdout
    assert "resolution " not in run("report", "odd.yaml").stdout  # it has no other size
