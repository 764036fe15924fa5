"""The JSON of every command: what was written down once stays, whatever is added; its rows are those of the table."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from costcalc.cli import COMMANDS, main

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
    "reconcile": "reconcile alexnet 727M",
    "reconcile_none": "reconcile tiny.yaml 999M",
    "reconcile_bytes": "reconcile tiny.yaml 18.7kB",
    "check_spot": "check tiny.yaml --macs 314k --params 5k",
    "check_part": "check mobilenet_v1 --macs 3612672 --part 1",
    "check": "check hw.yaml bob.yaml",
    "check_class": "check hw.yaml class.csv ada.yaml",
    "check_gradescope": "check hw.yaml bob.yaml --format gradescope",
    "lint": "lint tiny.yaml bad.yaml",
}
CHOSEN = {"report_sorted", "report_columns", "report_top", "report_by_params"}  # whose rows the options choose
NONE = {"show", "exercise"}  # commands that write no JSON: a spec's text, and sheets
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
    assert {line.split()[0] for line in CASES.values()} == COMMANDS.keys() - NONE
    assert [path.stem for path in FILES] == sorted(CASES)


def chosen(before, now):
    """Return JSON as it was, its groups those of today: rows that were asked for, in that order."""
    label, *_ = now["groups"]["rows"][0]
    rows = {row[label]: row for row in before["groups"]["rows"]}
    return before | {"groups": before["groups"] | {"rows": [rows[row[label]] for row in now["groups"]["rows"]]}}


@pytest.mark.parametrize("name", CASES)
def test_keys_are_only_ever_added_and_values_stay(name):
    before, now = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")), json.loads(run(CASES[name]))
    assert list(kept(chosen(before, now) if name in CHOSEN else before, now)) == []


if __name__ == "__main__":
    import os

    os.chdir(GOLDEN)
    for name in sys.argv[1:]:
        data = json.loads(run(CASES[name]))
        data.pop("version", None)
        (GOLDEN / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
