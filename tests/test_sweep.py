"""`sweep` and `fit`: the lecture's tables, formats and their goldens, streams, messages, plots, completion."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.shell_completion import ShellComplete
from running import CliRunner

import costcalc
from costcalc.cli import main
from costcalc.common.table import Chart, Document, Series, Table
from costcalc.output.charts.places import ABOVE, BELOW, placed
from costcalc.output.formats import FORMATS, STREAMS, Screen

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
TABLE_6 = {1: 568740352, 0.75: 325400448, 0.5: 149497088, 0.25: 41030272}
TABLE_7 = {224: 568740352, 192: 418121728, 160: 290675200, 128: 186400768}
SHUFFLENET = {1: 143078976, 2: 140836512, 3: 137460672, 4: 134339776, 8: 138365952}


def run(*args, code=0, columns="120"):
    result = CliRunner().invoke(main, list(args), env={"COLUMNS": columns})
    assert result.exit_code == code, result.output
    return result


def table(*args):
    return list(csv.DictReader(io.StringIO(run("sweep", *args, "--format", "csv").stdout)))


# what others published


@pytest.mark.parametrize(
    ("args", "key", "macs", "top1"),
    [
        (("mobilenet_v1", "--width", "1,0.75,0.5,0.25"), "width", TABLE_6, [70.6, 68.4, 63.7, 50.6]),
        (("mobilenet_v1", "--res", "224,192,160,128"), "res", TABLE_7, [70.6, 69.1, 67.2, 64.4]),
        (("shufflenet_v1", "--set", "groups=1,2,3,4,8"), "groups", SHUFFLENET, [None, None, 67.4, None, 67.6]),
    ],
)
def test_the_tables_of_the_papers(args, key, macs, top1):
    rows = table(*args)
    assert {float(row[key]): int(row["macs"]) for row in rows} == macs
    assert [float(row["top1"]) if row["top1"] else None for row in rows] == top1


def test_shufflenets_complexity_row_leaves_the_classifier_out():
    rows = table("shufflenet_v1", "--set", "groups=1,2,3,4,8", "--convention", "conv")
    assert [round(int(row["macs"]) / 1e6) for row in rows] == [143, 140, 137, 133, 137]


def test_the_largest_width_under_300_m_and_the_next():
    data = json.loads(run("fit", "mobilenet_v2", "--macs", "300M", "--res", "224", "--format", "json").stdout)
    assert (data["schema"], data["asked"], data["refused"]) == ("costcalc/fit/1", 196, 0)
    assert (data["best"][0]["width"], data["next"]["width"]) == (0.98, 0.99)
    assert data["best"][0]["macs"] <= 300_000_000 < data["next"]["macs"] == 300774272  # that of width 1
    assert data["settings"] == {"res": 224, "classes": 1000, "expand_first": False}


# goldens, added up again

GOLDEN_RUNS = {
    **{
        f"sweep_mobilenet_v1{suffix}": ("sweep", "mobilenet_v1", "--width", "1,0.75,0.5,0.25", "--format", form)
        for form, suffix in (
            ("table", ".txt"),
            ("csv", ".csv"),
            ("jsonl", ".jsonl"),
            ("md", ".md"),
            ("latex", ".tex"),
            ("html", ".html"),
        )
    },
    "sweep_mobilenet_v1_60.txt": ("sweep", "mobilenet_v1", "--width", "1,0.75,0.5,0.25"),
    "sweep_zoo_80.txt": (
        *("sweep", "mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "nasnet", "--reported"),
        *("--where", "macs < 1G and top1 > 0", "--pareto", "macs,top1", "--plot", "macs,top1"),
    ),
    "fit_mobilenet_v2_80.txt": ("fit", "mobilenet_v2", "--macs", "300M", "--res", "224"),
}


@pytest.mark.parametrize("name", GOLDEN_RUNS)
def test_golden(name):
    width = next((width for width in ("60", "80") if f"_{width}." in name), "120")
    text = run(*GOLDEN_RUNS[name], columns=width).stdout
    assert text == (GOLDEN / name).read_text(encoding="utf-8")
    assert all(len(line) <= int(width) for line in text.splitlines()) or not name.endswith(".txt")


@pytest.mark.parametrize("name", [name for name in GOLDEN_RUNS if name.startswith("sweep_mobilenet")])
def test_golden_macs_add_up(name):
    text = (GOLDEN / name).read_text(encoding="utf-8")
    cells = {int(cell.replace(",", "")) for cell in re.findall(r"(?<![\w.,-])\d[\d,]*(?![\w.%]|,\d)", text)}
    cells |= {int(cell) for line in text.splitlines() for cell in re.split(r"[,: }]", line) if cell.isdigit()}
    assert set(TABLE_6.values()) <= cells, cells
    if name.endswith(".csv"):
        assert sum(int(row["macs"]) for row in csv.DictReader(io.StringIO(text))) == sum(TABLE_6.values())
    if name.endswith(".jsonl"):
        assert {row["width"]: row["macs"] for row in map(json.loads, text.splitlines())} == TABLE_6


def test_json_has_the_rows_of_the_lines_and_what_was_asked():
    args = ("sweep", "shufflenet_v1", "--set", "groups=3,8", "--width", "0.31,0.5", "--where", "macs < 40M")
    data = json.loads(run(*args, "--format", "json").stdout)
    assert data["schema"] == "costcalc/sweep/1"
    assert (data["asked"], data["refused"], data["where"], data["pareto"]) == (4, 2, "macs < 40M", [])
    assert data["axes"] == {"width": [0.31, 0.5], "groups": [3, 8]}
    assert data["rows"] == [json.loads(line) for line in run(*args, "--format", "jsonl").stdout.splitlines()]
    assert [(row["groups"], row["macs"]) for row in data["rows"]] == [(3, 37589856)]


# what is kept


def test_a_condition_with_units():
    rows = table(
        "mobilenet_v2", "--width", "0.25:1.4:0.05", "--res", "160,224", "--where", "macs <= 300M and params < 3.4M"
    )
    assert len(rows) == 2 * 15  # widths up to 0.95, which has 3.3 M parameters; that of 1 has 3.5 M
    assert all(int(row["macs"]) <= 300_000_000 and int(row["params"]) < 3_400_000 for row in rows)


def test_the_front_of_the_lectures_networks():
    args = ("mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "nasnet_mobile", "--reported", "--pareto", "macs,top1")
    rows = [(row["spec"], float(row["top1"])) for row in table(*args)]
    assert ("mobilenet_v2", 72.0) in rows
    assert not [row for row in rows if row[0] in ("mobilenet_v1", "nasnet_mobile")]
    said = run("sweep", *args, "--format", "csv").stderr
    assert said == "front: fewer MACs, higher top-1; 9 of 27 rows\nnot ranked: 3 without one of these figures\n"


def test_sort_and_limit():
    widths = ("mobilenet_v1", "--width", "1,0.25,0.75,0.5")
    assert [row["width"] for row in table(*widths, "--sort", "macs", "--limit", "2")] == ["0.25", "0.5"]
    assert [row["width"] for row in table(*widths, "--sort", "-params")] == ["1", "0.75", "0.5", "0.25"]
    assert [row["width"] for row in table(*widths, "--limit", "2")] == ["1", "0.25"]


def test_columns_are_those_asked_for_and_a_spec_column_tells_several_apart():
    assert list(table("mobilenet_v1", "--width", "1", "--columns", "macs,no_norm", "--sort", "params")[0]) == [
        "macs",
        "no_norm",
    ]
    rows = table("mobilenet_v1", "mobilenet_v2:res=160", "--width", "0.5,1", "--columns", "spec,width,macs")
    assert [row["spec"] for row in rows] == ["mobilenet_v1"] * 2 + ["mobilenet_v2:res=160"] * 2


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (("mobilenet_v1", "--width", "1,0.5", "--columns", "macs"), ["width", "macs"]),
        (("mobilenet_v1", "--width", "1,0.5", "--res", "224,128", "--columns", "macs,res"), ["width", "macs", "res"]),
        (("mobilenet_v1", "mobilenet_v2", "--width", "1", "--columns", "macs"), ["spec", "macs"]),
    ],
)
def test_a_row_says_which_settings_it_is_of(args, names):
    assert list(table(*args)[0]) == names


def test_the_square_law_stands_beside_the_exact():
    rows = table("mobilenet_v1", "--width", "0.5", "--res", "112")
    assert [rows[0][key] for key in ("macs", "square_law")] == [
        str(costcalc.load("mobilenet_v1").build(width=0.5, res=112).totals.macs),
        str(568740352 // 16),
    ]


# streams


def test_a_refused_point_is_never_silent():
    args = ("sweep", "shufflenet_v1", "--set", "groups=8", "--width", "0.31,0.5")
    words = "1 of 2 settings; the first, shufflenet_v1:width=0.31,groups=8: `c` must be a whole number, not 29.75"
    for form in STREAMS:
        assert f"refused: {words}" in run(*args, "--format", form).stderr
    for form in ("table", "md", "html", "latex"):
        result = run(*args, "--format", form)
        assert "29.75" in result.stdout
        assert result.stderr == ""
    assert json.loads(run(*args, "--format", "json").stdout)["refused"] == 1


def process(*args, **limits):
    return subprocess.run(
        [sys.executable, "-m", "costcalc", "sweep", *args],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **limits,
    )


def test_jobs_write_the_same_bytes():
    args = ("shufflenet_v1", "--width", "0.05:2:0.005", "--set", "groups=2,3,8", "--format", "csv")
    one, three = process(*args), process(*args, "--jobs", "3")
    assert (one.stdout, one.stderr, one.returncode) == (three.stdout, three.stderr, three.returncode)
    assert b"refused: " in one.stderr


PEAK = """
import resource, sys
from costcalc.cli import main
sys.argv = ["costcalc", "sweep", "mobilenet_v1", "--width", "0.1:1:0.1", "--res", f"32:{31 + int(sys.argv[1])}:1",
            "--format", sys.argv[2], "-o", sys.argv[3], *sys.argv[4:]]
try: main()
except SystemExit as end: assert not end.code
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize(
    ("form", "more"),
    [("csv", ()), ("jsonl", ()), ("csv", ("--pareto", "macs,params")), ("csv", ("--sort", "-macs", "--limit", "9"))],
)
def test_memory_stays_flat(tmp_path, form, more):
    def peak(count):
        command = [sys.executable, "-c", PEAK, str(count), form, str(tmp_path / f"{count}.{form}"), *more]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    few, many = peak(200), peak(10_000)
    lines = len((tmp_path / f"10000.{form}").read_text().splitlines())
    assert lines == 100_000 + (form == "csv") if not more else lines <= 200
    assert many - few < 6 * 1024  # KiB: as a list, the rows would take forty times that


def test_a_reader_that_has_seen_enough_ends_it_in_peace():
    script = f"{sys.executable} -m costcalc sweep mobilenet_v1 --res 32:9000:1 --format csv | head -2"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stdout.startswith(b"res,macs,square_law,params,activations,top1\n32,")
    assert done.stderr == b""


def test_a_file_is_whole_or_not_there(tmp_path):
    target = tmp_path / "rows.csv"
    condition = "macs / (res - 40) > 0"
    result = run("sweep", "mobilenet_v1", "--res", "32:64:1", "--where", condition, "-o", str(target), code=2)
    assert result.stderr == f"--where:1:1: error: a division by zero\n  {condition}\n  ^^^^^^^^^^^^^^^^^\n"
    assert list(tmp_path.iterdir()) == []
    run("sweep", "mobilenet_v1", "--res", "32:64:1", "-o", str(target))
    assert len(target.read_text().splitlines()) == 34
    assert "exists: --force replaces it" in run("sweep", "mobilenet_v1", "-o", str(target), code=2).stderr


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_that_waits_is_told_how_far_it_is(tmp_path, terminal):
    command = f"{sys.executable} -m costcalc sweep nasnet --res 32:900:1 --jobs 1 --format csv -o {tmp_path}/x.csv"
    start = ["script", "-qec", command, "/dev/null"] if terminal else ["bash", "-c", command]
    script = "import costcalc.cli.output as c; c.PATIENCE = c.REFRESH = -1"
    (tmp_path / "sitecustomize.py").write_text(script)
    env = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"}
    done = subprocess.run(start, capture_output=True, check=True, env=env)
    said = (done.stdout + done.stderr).decode()
    assert ("500/869" in said and "sweeping" in said) == terminal


# messages


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("sweep", "nasnet", "mobilenet_v1", "--width", "1"), "error: `NASNet-A` has no setting `width`; available: `cells`, `filters`, `stem`, `skip`, `res`, `classes`\n"),
        (("sweep", "mobilenet_v1", "--width", "0.1:1"), "--width:1:1: error: a range must be first:last:step, such as 0.25:1.4:0.05, not `0.1:1`\n  0.1:1\n  ^^^^^\n"),
        (("sweep", "mobilenet_v1", "--set", "classes=1:x:2"), "--set classes:1:3: error: cannot read `x` as a number; a range is written first:last:step, such as 0.25:1.4:0.05\n  1:x:2\n    ^\n"),
        (("sweep", "mobilenet_v1", "--where", "mac < 3M"), "--where:1:1: error: unknown name `mac`; did you mean `macs`?\n  mac < 3M\n  ^^^\n"),
        (("sweep", "mobilenet_v1", "--where", ""), "--where:1:1: error: an empty expression\n"),
        (("fit", "mobilenet_v1", "--macs", "1M", "--width", ""), "--width:1:1: error: a value is expected: one, a list such as 1,0.75, or a range first:last:step, such as 0.25:1.4:0.05\n"),
        (("fit", "mobilenet_v1", "--macs", "1M", "--over", "widht"), "error: `MobileNet V1` has no setting `widht`; did you mean `width`? Available: `width`, `res`, `classes`, `separable`\n"),
        (("sweep", "mobilenet_v1:width=wide"), "error: setting `width` must be a number, such as 1.0, not the word `wide`\n"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_an_error(args, message):
    result = run(*args, code=2)
    assert (result.stdout, result.stderr) == ("", message)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("sweep",), "Missing argument 'SPEC...'."),
        (("sweep", "-", "-"), "standard input holds one spec: give `-` only once"),
        (("compare", "-", "mobilenet_v1", "-"), "standard input holds one spec: give `-` only once"),
        (("sweep", "mobilenet_v1:width=1", "--width", "1"), "setting `width` is given twice"),
        (("sweep", "mobilenet_v1", "--set", "width=1", "--width", "1"), "setting `width` is given twice"),
        (("sweep", "mobilenet_v1", "--set", "width"), "`width` must be written KEY=VALUE"),
        *((("sweep", "mobilenet_v1", option, " , "), f"{option} takes names with commas between, not ` , `") for option in ("--pareto", "--columns", "--plot")),
        (("sweep", "mobilenet_v1", "--sort", "-"), "--sort does not know ``; available: `width`, `res`, "),
        (("fit", "mobilenet_v1", "--macs", "1M", "--over", ""), "--over takes names with commas between, not ``"),
        (("sweep", "mobilenet_v1", "--sort", "mcas"), "--sort does not know `mcas`; did you mean `macs`?"),
        (("sweep", "mobilenet_v1", "--columns", "a"), "--columns does not know `a`; available: `classes`, `map`, `latency`, `layers`, `params`, `macs`, `bias`, `stats`, `fc_macs`, `peak`, `largest`, `keras` and 59 more\n"),
        (("sweep", "mobilenet_v1", "--pareto", "macs,res"), "--pareto cannot rank `res`: it is neither a cost nor an accuracy"),
        (("sweep", "mobilenet_v1", "--plot", "macs"), "--plot takes two names: X,Y, such as macs,top1"),
        (("sweep", "mobilenet_v1", "--plot", "macs,separable"), "--plot needs numbers: `separable` is not a number"),
        (("sweep", "mobilenet_v1", "--format", "svg"), "--format svg writes a chart; add --plot X,Y"),
        (("sweep", "googlenet", "--reported"), "`googlenet` reports no figures: leave it, or --reported, out"),
        (("sweep", "mobilenet_v1", "--reported", "--res", "9"), "--reported has its own values for settings; leave `res` out"),
        (("sweep", "mobilenet_v1", "--convention", "no"), "unknown convention `no`; available: `conv+fc`"),
        (("fit", "mobilenet_v1"), "a budget is required: --macs 300M, --params 3.4M, --activations 5M, --memory 320KiB, or several"),
        (("fit", "mobilenet_v1", "--budget", "macs"), "--budget `macs` must be written NAME=N"),
        (("fit", "mobilenet_v1", "--macs", "300MB"), "Invalid value for --macs: a count is expected, such as 300M, not 300MB"),
        (("fit", "mobilenet_v1", "--memory", "320"), "Invalid value for --memory: a size in bytes is expected, such as 320KiB, not 320"),
        (("fit", "mobilenet_v1", "--memory", "1MiB", "--dtype", "int9"), "Error: --dtype does not know `int9`; available: `fp64`, `fp32`, "),
        (("sweep", "mobilenet_v1", "--columns", "peak", "--dtype", "int9"), "--dtype does not know `int9`; available: "),
        (("sweep", "mobilenet_v1", "--pareto", "macs,intensity"), "--pareto cannot rank `intensity`: it is neither a cost nor an accuracy"),
        (("fit", "mobilenet_v1", "--macs", "many"), "Invalid value for --macs: cannot read `many` as a number"),
        (("fit", "mobilenet_v1", "--macs", "1M", "--over", "classes"), "--over classes needs values, such as --set classes=1,2,4"),
        (("fit", "mobilenet_v1", "--macs", "1M", "--res", "96,128"), "`res` has 2 values; use --over width,res"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_bad_usage_ends_with_2(args, message):
    result = run(*args, code=2)
    assert result.stdout == ""
    assert message in result.stderr


def test_nothing_that_meets_the_condition_is_an_answer():
    result = run("sweep", "mobilenet_v1", "--width", "1", "--where", "macs < 1k")
    assert "result  no row meets the condition" in result.stdout


def test_a_column_that_is_asked_for_is_shown_though_nothing_is_known():
    told = run("sweep", "mobilenet_v1", "--width", "0.3").stdout
    asked = run("sweep", "mobilenet_v1", "--width", "0.3", "--columns", "width,top1").stdout
    assert "top-1" not in told
    assert asked.splitlines()[-2:] == ["width  top-1, %", "  0.3"]


def test_a_plot_says_in_a_terminal_too_which_rows_it_lacks():
    args = ("sweep", "mobilenet_v1", "--width", "0.3,1", "--plot", "macs,top1")
    assert "not drawn  1 of 2 rows have no MACs or no top-1\n" in run(*args).stdout
    assert "1 of 2 rows have no MACs or no top-1" in run(*args, "--format", "svg").stdout
    assert "not drawn" not in run("sweep", "mobilenet_v1", "--width", "1", "--plot", "macs,top1").stdout


def test_where_nothing_fits_it_says_so_and_ends_with_1():
    result = run("fit", "shufflenet_v1", "--macs", "1M", code=1)
    assert "nothing fits: 0 of 40 settings are within the budget" in result.stdout
    assert re.search(r"refused +156 of 196 settings; the first, shufflenet_v1:width=0.06: ", result.stdout)
    assert re.search(r"smallest +0.05 +0.05 +1,581,504 .* 581,504 MACs", result.stdout)


def test_a_fit_of_memory_says_its_type_its_limit_and_its_policy():
    args = ("fit", "mobilenet_v2", "--memory", "320KiB", "--dtype", "int8", "--over", "width,res")
    data = json.loads(run(*args, "--format", "json").stdout)
    assert (data["dtype"], data["budget"]) == ("int8", {"memory": 327_680})
    assert all(row["peak"] <= 327_680 < data["next"]["peak"] for row in data["best"])
    text = run(*args).stdout
    assert "budget  int8 peak memory 327,680 bytes (327.68 kB, 320.00 KiB)\n" in text
    assert (
        "policy  activation not in place, add not in place, depthwise not in place, concat copies, input counted"
        in text
    )
    assert re.search(r"next up +0.74 .* 440.32 kB int8 peak memory\n", text)
    assert "policy" not in run("fit", "mobilenet_v2", "--macs", "300M").stdout


def test_a_fit_never_takes_a_setting_for_what_it_limits(tmp_path):
    net = "name: N\nsettings: {peak: 1}\ninput: [1, 4, 4]\nlayers:\n  - {op: conv, k: 1, c: peak}\n"
    (tmp_path / "net.yaml").write_text(net)
    args = (str(tmp_path / "net.yaml"), "--over", "peak", "--set", "peak=1,2,3")
    data = json.loads(run("fit", *args, "--macs", "32", "--format", "json").stdout)
    assert [row["peak"] for row in data["best"]] == [2, 1]
    result = run("fit", *args, "--memory", "128B", code=2)
    assert "--over peak: this setting has the name of what fit counts" in result.stderr


def test_sizes_are_conditions_and_fronts():
    args = ("sweep", "mobilenet_v1", "mobilenet_v2", "squeezenet", "--dtype", "int8", "--columns", "spec,bytes,peak")
    data = json.loads(run(*args, "--where", "peak <= 1.5 MiB", "--sort", "-peak", "--format", "json").stdout)
    names = [row["spec"] for row in data["rows"]]
    assert (data["dtype"], names) == ("int8", ["squeezenet", "mobilenet_v2", "mobilenet_v1"])
    result = run(*args, "vgg16", "--pareto", "peak,bytes", "--format", "csv")
    assert [row["spec"] for row in csv.DictReader(io.StringIO(result.stdout))] == [*reversed(names)]
    assert result.stderr.startswith("front: less int8 peak memory, less int8 parameter memory; 3 of 4 rows\npolicy: ")


def test_a_fit_over_another_setting():
    args = ("fit", "shufflenet_v1", "--macs", "140M", "--over", "groups", "--set", "groups=1,2,3,4,8")
    data = json.loads(run(*args, "--format", "json").stdout)
    assert [row["groups"] for row in data["best"]] == [8, 3, 4]
    assert data["next"]["groups"] == 2


@pytest.mark.parametrize(
    ("args", "incomplete", "expected"),
    [
        (["sweep"], "mobilenet_", ["mobilenet_v1", "mobilenet_v1_025_96", "mobilenet_v2", *(f"mobilenet_v3_{size}" for size in ("large", "large_075", "large_minimal", "small", "small_050", "small_075", "small_minimal")), "mobilenet_v4", *(f"mobilenet_v4_conv_{size}" for size in ("large", "medium", "small", "small_035", "small_050")), "mobilenet_v4_hybrid", *(f"mobilenet_v4_hybrid_{size}" for size in ("large", "large_075", "medium", "medium_075"))]),
        (["sweep", "mobilenet_v1"], "mobilenet_v2", ["mobilenet_v2"]),
        (["sweep", "shufflenet_v1", "--set"], "g", ["groups="]),
        (["sweep", "mobilenet_v1", "--pareto"], "macs,top", ["macs,top1", "macs,top5"]),
        (["sweep", "mobilenet_v1", "--columns"], "res,pea", ["res,peak"]),
        (["fit", "mobilenet_v1", "--dtype"], "int8", ["int8"]),
        (["fit", "mobilenet_v1", "--set"], "cl", ["classes="]),
    ],
)  # fmt: skip
def test_completion(args, incomplete, expected):
    found = ShellComplete(main, {}, "costcalc", "_COSTCALC_COMPLETE").get_completions(args, incomplete)
    assert [item.value for item in found] == expected


# plots

ZOO = ("sweep", "mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "nasnet_mobile", "squeezenet", "alexnet", "--reported")


def test_a_plot_is_xml_with_names_units_and_the_front():
    text = run(*ZOO, "--where", "macs < 1G", "--plot", "macs,top1", "--format", "svg").stdout
    root = ET.fromstring(text)  # noqa: S314 - of our own making
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for name in (
        "top-1 against MACs",
        "MACs",
        "100 M",
        "top-1, %",
        "Pareto front",
        "mobilenet_v1",
        "mobilenet_v2:width=1.4",
    ):
        assert name in words
    assert text.count("<polygon") == 28 + 6  # the points with an accuracy, and the legend's
    assert text.count("<title>mobilenet_v2: 300,774,272, 72</title>") == 1
    assert len(re.search(r'<polyline points="([^"]+)" class="front"', text)[1].split()) > 5


@pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
def test_a_plot_in_the_terminal_fits_and_has_a_mark_for_each_network(columns):
    text = run(*ZOO, "--where", "macs < 1G", "--plot", "macs,top1", columns=columns).stdout
    plot = text.split("\n\n")[1].splitlines()
    assert max(map(len, plot)) <= max(int(columns), 46)
    assert plot[0] == "top-1, %"
    assert re.search(r"^ +MACs$", text, re.MULTILINE)
    assert "100 M " in text
    for mark, name in zip("ox+#%@", ZOO[1:-1], strict=True):
        assert re.search(rf"{re.escape(mark)} {name}", text)


def test_a_second_swept_setting_is_a_series_with_a_line():
    args = ("sweep", "mobilenet_v2", "--width", "0.5,1,1.4", "--res", "96,160,224", "--plot", "macs,params")
    text = run(*args, "--format", "svg").stdout
    for number, name in enumerate(("res 96", "res 160", "res 224")):
        assert f">{name}</text>" in text
        assert len(re.findall(rf'<polyline points="([^"]+)" class="joined j{number}"', text)) == 2  # and the legend's
    assert ">width=0.5</text>" in text
    many = run(*args[:5], "96:320:16", *args[6:], "--format", "svg").stdout
    assert 'class="joined' not in many.partition("</style>")[2]


def test_a_plot_has_the_columns_of_the_table():
    args = ("sweep", "mobilenet_v1", "--width", "0.5,1", "--format", "csv")
    assert run(*args, "--plot", "macs,top1").stdout == run(*args).stdout


def test_a_plot_of_one_point_and_of_none():
    assert "o mobilenet_v1" in run("sweep", "mobilenet_v1", "--plot", "macs,params").stdout
    text = run("sweep", "mobilenet_v1", "--where", "macs < 1", "--plot", "macs,params").stdout
    assert "no row meets the condition" in text
    svg = run("sweep", "mobilenet_v1", "--where", "macs < 1", "--plot", "macs,params", "--format", "svg").stdout
    assert ET.fromstring(svg) is not None  # noqa: S314 - of our own making


def test_names_of_many_points_do_not_meet():
    marks = [(80 + 7.0 * (number % 100), 100 + 11.0 * (number // 10)) for number in range(150)]
    texts = placed([(spot, f"net:width={i}") for i, spot in enumerate(marks)], marks, [marks[:9]], (76, 90, 944, 560))
    boxes = []
    for x, y, anchor, words in (
        re.match(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)".*>(.*)</text>', text).groups() for text in texts
    ):
        wide = 4 * len(words)  # well below what it is
        left = float(x) - {"start": 0, "middle": 0.5, "end": 1}[anchor] * wide
        boxes.append((left, float(y) - ABOVE, left + wide, float(y) + BELOW))
    assert len(boxes) > 10
    for number, (left, top, right, bottom) in enumerate(boxes):
        for x, y, r, b in boxes[number + 1 :]:
            assert not (left < r and x < right and top < b and y < bottom)


@pytest.mark.parametrize("name", ["table", "svg", "html"])
def test_a_hostile_name_stays_text_in_a_plot(name):
    words = "<script>alert(1)</script>\x1b[31m & \"'" * 3
    points = (Series(words, (1.0, 2.0), (words, words), (5.0, 6.0)), Series(words, (1.0, 2.0), (), (5.0, 6.0)))
    chart = Chart("points", words, (words,), (words, words), (), points, "number", "int")
    text = FORMATS[name](Document(((words,),), Table((), ()), (), dict, chart), Screen(80))
    assert "\x1b" not in text
    assert "<script>alert" not in text or name == "table"
