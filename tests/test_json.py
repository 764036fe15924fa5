"""The JSON of every command: what was written down once stays, whatever is added; its rows are those of the table."""

import csv
import io
import json
import shlex
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import CliRunner

from costcalc.cli import ALIASES, COMMANDS, main
from costcalc.output.formats.json import indented

GOLDEN = Path(__file__).parent / "golden" / "json"
WORDS = ("message", "output", "version")  # sentences, which may be put better, and what wrote them
CASES = {
    "report": "report tiny.yaml",
    "report_layer": "report tiny.yaml --by layer",
    "report_stage": "report tiny.yaml --by stage",
    "report_block": "report tiny.yaml --by block",
    "report_depth": "report tiny.yaml --depth 2",
    "report_sorted": "report tiny.yaml --by layer --sort macs --top 2 --columns path,peak",
    "report_columns": "report tiny.yaml --columns kind,out,macs_cum,traffic,bar",
    "report_top": "report tiny.yaml --top 2",
    "report_by_params": "report tiny.yaml --by stage --sort params",
    "report_flops": "report tiny.yaml --by layer --flops",
    "report_conventions": "report tiny.yaml --convention fvcore --convention weights --dtype int8",
    "report_settings": "report shufflenet_unit --set s=2 --input 240x14x14",
    "plot_shares": "report tiny.yaml --plot",
    "plot_cumulative": "report tiny.yaml --plot cumulative --flops",
    "plot_memory": "report tiny.yaml --plot memory --dtype fp16",
    "explain": "explain tiny.yaml sep/0",
    "explain_part": "explain tiny.yaml fork",
    "explain_fc": "explain alexnet fc8",
    "layer": "layer dwconv --k 5 --in 3x12x12",
    "layer_then": "layer dwconv --k 3 --in 64x56x56 --then 'conv --k 1 --c 128'",
    "layer_versus": "layer dwconv --k 3 --in 64x56x56 --then 'conv --k 1 --c 128' --versus 'conv --k 3 --c 128'",
    "layer_answer": "layer dwconv --k 5 --in 3x12x12 --answer 10800",
    "compare": "compare tiny.yaml wide.yaml",
    "compare_three": "compare classic_bottleneck resnext_bottleneck shufflenet_unit --convention conv",
    "compare_kind": "compare tiny.yaml wide.yaml --by kind",
    "compare_stage": "compare tiny.yaml wide.yaml --by stage",
    "compare_layer": "compare tiny.yaml wide.yaml --by layer",
    "sweep": "sweep mobilenet_v1 --width 1,0.75,0.5,0.25 --res 160,224",
    "sweep_chosen": "sweep mobilenet_v1 --width 1,0.75,0.5 --where 'macs <= 400M' --sort -macs --limit 1 --columns width,peak",
    "sweep_pareto": "sweep mobilenet_v1 tiny.yaml --reported --pareto macs,top1",
    "sweep_blank": "sweep wide.yaml tiny.yaml --columns spec,macs,top1,bytes --dtype int8",
    "fit": "fit tiny.yaml --macs 200k --params 5k",
    "fit_none": "fit tiny.yaml --macs 1k",
    "fit_memory": "fit tiny.yaml --memory 8KiB --dtype int8 --over width,res",
    "memory": "memory tiny.yaml",
    "memory_layer": "memory tiny.yaml --by layer --dtype int8 --batch 4 --policy inplace-act",
    "memory_stage": "memory tiny.yaml --by stage --optimizer adam --policy weights --budget 10KiB",
    "compress": "compress tiny.yaml",
    "compress_block": "compress squeezenet --by block",
    "compress_svd": "compress tiny.yaml --svd 2 --by kind",
    "compress_layout": "compress tiny.yaml --layout deep-compression --bits 5 --density 1/3",
    "roofline": "roofline tiny.yaml --device cortex_m7",
    "roofline_measured": "roofline tiny.yaml --device a100 --dtype fp16 --batch 32 --measured 1 --plot",
    "latency": "latency",
    "latency_device": "latency --device raspberry_pi_4",
    "epoch": "epoch inception_v3 --images 1281167 --rate 9.5 --device k40",
    "epoch_rate": "epoch tiny.yaml --images 1.2M --rate 100",
    "epoch_efficiency": "epoch tiny.yaml --images 50000 --device cortex_m7 --efficiency 0.3 --backward 0",
    "list": "list",
    "verify": "verify tiny.yaml claims.yaml",
    "verify_all": "verify tiny.yaml claims.yaml --all",
    "why": "why tiny.yaml 18.7kB",
    "reconcile": "reconcile alexnet 727M",
    "reconcile_none": "reconcile tiny.yaml 999M",
    "reconcile_bytes": "reconcile tiny.yaml 18.7kB",
    "check_spot": "check tiny.yaml --macs 314k --params 5k",
    "check_part": "check mobilenet_v1 --macs 3612672 --part 1",
    "check": "check hw.yaml bob.yaml",
    "check_class": "check hw.yaml class.csv ada.yaml",
    "check_summary": "check hw.yaml class.csv --summary",
    "check_before": "check hw.yaml class.csv --before hw_before.yaml",
    "check_gradescope": "check hw.yaml bob.yaml --format gradescope",
    "lint": "lint tiny.yaml bad.yaml",
}
CHOSEN = {"report_sorted", "report_columns", "report_top", "report_by_params"}  # whose rows the options choose
NONE = {
    "page",
    "show",
    "export",
    "exercise",
    "import",
    "schema",
}  # commands that write no JSON: a spec's text, sheets, a spec that was read
FILES = sorted(GOLDEN.glob("*.json"))


def run(line, form="json"):
    args = shlex.split(line)
    asked = [] if "--format" in args else ["--format", form]
    done = CliRunner().invoke(main, [*args, *asked])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert done.stdout, done.stderr
    return done.stdout


def kept(before, now, place=""):
    """Yield where JSON of today is not what it was: a key that is gone or moved, a value that differs."""
    if isinstance(before, dict) and isinstance(now, dict):
        if [key for key in now if key in before] != list(before):
            yield place, list(before), list(now)
        for key in before.keys() & now.keys() - {*WORDS}:
            yield from kept(before[key], now[key], f"{place}.{key}")
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, pair in enumerate(zip(before, now, strict=True)):
            yield from kept(*pair, f"{place}[{number}]")
    elif (type(before), before) != (type(now), now):
        yield place, before, now


@pytest.fixture(autouse=True)
def _folder(monkeypatch):
    monkeypatch.chdir(GOLDEN)


def test_every_command_is_written_down():
    assert {line.split()[0] for line in CASES.values()} == {*COMMANDS, *ALIASES} - NONE
    assert [path.stem for path in FILES] == sorted(CASES)


def chosen(before, now):
    """Return JSON as it was, its groups those of today: rows that were asked for, in that order."""
    label, *_ = now["groups"]["rows"][0]
    rows = {row[label]: row for row in before["groups"]["rows"]}
    return before | {"groups": before["groups"] | {"rows": [rows[row[label]] for row in now["groups"]["rows"]]}}


@pytest.mark.parametrize("name", CASES)
def test_keys_are_only_ever_added_and_values_stay(name):
    before, now = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")), json.loads(run(CASES[name]))
    if name == "list":  # which grows
        now["specs"] = [row for row in now["specs"] if row["spec"] in {other["spec"] for other in before["specs"]}]
    assert list(kept(chosen(before, now) if name in CHOSEN else before, now)) == []


# the table and JSON

PLACES = {  # where the rows of the table stand in JSON
    "report": ("groups", "rows"),
    "plot": ("rows",),
    "explain_part": ("layers",),
    "compare_kind": ("pairs", "rows"),
    "compare_stage": ("pairs", "rows"),
    "compare_layer": ("pairs", "rows"),
    "sweep": ("rows",),
    "memory": ("groups", "rows"),
    "compress": ("rows",),
    "roofline": ("layers",),
    "latency": ("rows",),
    "list": ("specs",),
    "verify": ("claims",),
    "reconcile": ("rows",),
    "lint": ("problems",),
    "check_summary": ("summary",),
    "check_before": ("changes",),
}
TABLES = {name: place for name in CASES for place in [PLACES.get(name) or PLACES.get(name.split("_")[0])] if place}
LOOSE = {"verify", "verify_all"} | {name for name in CASES if name.startswith("report") and name not in CHOSEN}
# whose rows a person sees in another order, or without those that say nothing


def listed(name):
    return list(csv.DictReader(io.StringIO(run(CASES[name], "csv"))))


def shows(text, value):
    """Return whether a cell of CSV shows a value of JSON."""
    if isinstance(value, float):
        return float(text) == pytest.approx(value, rel=1e-5, abs=1e-6)
    if isinstance(value, list) and value[1:2] == [1] and text == f"{value[0]}x{value[-1]}":
        return True  # a signal, as channels x length
    if isinstance(value, list):
        return text == " ".join(
            "x".join(map(str, shape)) for shape in (value if isinstance(value[0], list) else [value])
        )
    return text == ("" if value is None else str(value))


def agree(row, record, renamed):
    return all(shows(text, record[renamed.get(key, key)]) for key, text in row.items())


@pytest.mark.parametrize("name", TABLES)
def test_json_has_the_rows_of_the_table_with_all_of_its_columns(name):
    rows, records = listed(name), json.loads(run(CASES[name]))
    for key in TABLES[name]:
        records = records[key]
    renamed = {"macs": "flops"} if "--flops" in CASES[name] and name.startswith("report") else {}
    if name in LOOSE:
        orderly = {key for key in rows[0] if key.endswith("_cum")}  # along the rows, in whichever order they are
        rows = [{key: text for key, text in row.items() if key not in orderly} for row in rows]
        assert all(any(agree(row, record, renamed) for record in records) for row in rows)
    else:
        assert len(rows) == len(records)
        assert all(agree(row, record, renamed) for row, record in zip(rows, records, strict=True))


@pytest.mark.parametrize("name", ["fit", "fit_none", "fit_memory"])
def test_json_of_a_fit_has_the_rows_of_the_table_under_their_ranks(name):
    data = json.loads(run(CASES[name]))
    records = [*data["best"], *filter(None, [data["next"]])] or [data["smallest"]]
    assert len(records) == len(listed(name))
    assert all(agree(row, record, {}) for row, record in zip(listed(name), records, strict=True))


@pytest.mark.parametrize("name", ["compare", "compare_three"])
def test_json_of_networks_has_the_totals_of_the_table_and_their_ratios(name):
    keys = ["layers", "macs", "params", "activations", "peak"]
    networks = json.loads(run(CASES[name]))["networks"]
    for key, row in zip(keys, listed(name), strict=True):
        for number, network in enumerate(networks):
            assert int(row[f"value_{number}"]) == network["totals"][key]
            assert network["ratio"][key] == network["totals"][key] / networks[0]["totals"][key]


@pytest.mark.parametrize("name", ["epoch", "epoch_rate", "epoch_efficiency"])
def test_json_of_an_epoch_has_the_row_of_the_table(name):
    (row,) = listed(name)
    assert agree(row, json.loads(run(CASES[name])), {})


def test_the_rows_that_were_chosen_stand_in_their_order_with_the_columns_that_were_asked_for():
    data = json.loads(run(CASES["report_sorted"]))
    whole = json.loads((GOLDEN / "report_sorted.json").read_text(encoding="utf-8"))
    before = {row["path"]: row for row in whole["groups"]["rows"]}
    assert [row["path"] for row in data["groups"]["rows"]] == ["fork/0/0", "stem"]
    for row in data["groups"]["rows"]:
        expected = [*before[row["path"]], "peak"]
        assert [key for key in row if key in expected] == expected
    assert [row["peak"] for row in data["groups"]["rows"]] == [10240, 20480]
    assert [layer["path"] for layer in data["layers"]] == list(before)


if __name__ == "__main__":
    import os

    os.chdir(GOLDEN)
    for name in sys.argv[1:]:
        data = json.loads(run(CASES[name]))
        data.pop("version", None)
        (GOLDEN / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
DATA = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner), st.dictionaries(st.text(), inner), st.dictionaries(st.integers(), inner), st.tuples(inner)
    ),
)


@given(DATA)
def test_data_is_written_as_json_writes_it(data):
    assert indented(data) == json.dumps(data, indent=1, ensure_ascii=False)
