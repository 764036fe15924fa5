"""Every command on a terminal: golden screens at four widths, in colour and without.

A file of `golden/screens` has a command at each width, styles as readable marks: `<36:Conv 1x1>` is cyan. Without the
marks it is what a pipe gets. `python tests/test_screens.py` writes the files anew, to be read line by line.
"""

import re
import sys
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent
SCREENS = Path(__file__).parent / "golden" / "screens"
WIDTHS = ("60", "80", "120", "200")
CODE = re.compile("\x1b\\[([0-9;]*)m")
RUNS = {
    "report": "report mobilenet_v1",
    "report_layers": "report squeezenet --by layer",
    "report_blocks": "report mobilenet_v2 --by block",
    "report_plot": "report mobilenet_v1 --plot",
    "explain": "explain mobilenet_v2 6#2/linear",
    "layer": "layer dwconv --k 3 --in 64x56x56",
    "compare": "compare mobilenet_v1 mobilenet_v2",
    "compare_stages": "compare mobilenet_v1 mobilenet_v2 --by stage",
    "sweep": "sweep mobilenet_v1 --width 0.5,1 --res 160,224",
    "sweep_plot": "sweep mobilenet_v1 mobilenet_v2 --width 0.5,1 --res 160,224 --plot macs,params",
    "fit": "fit mobilenet_v2 --macs 300M --over width,res",
    "memory": "memory mobilenet_v2 --dtype int8",
    "memory_budget": "memory mobilenet_v1 --by stage --budget 4MB --training",
    "compress": "compress squeezenet --by block",
    "roofline": "roofline alexnet --device a100 --plot --measured 1",
    "latency": "latency",
    "epoch": "epoch vgg16 --images 99 --device raspberry_pi_4 --efficiency 1/2",
    "list": "list krizhevsky",
    "verify": "verify squeezenet --all",
    "why": "why mobilenet_v2 314M",
    "check": "check mobilenet_v2 --macs 123456789 --bytes 16MB",
    "lint": "lint specs/bottleneck.yaml",
    "error": "report mobilenet_v1 --width 0",
    "show": "show tests/data/shown.yaml",
    "exercise": "exercise tests/data/sheet.yaml --seed 7",
    "import": "import tests/keras/keras_small.json",
    "export": "export squeezenet --to scalesim",
    "schema": "schema answers",
    "page": "page squeezenet --over res=1..9",
}
AS_THEY_ARE = {
    "show",
    "exercise",
    "export",
    "import",
    "page",
    "schema",
    "error",
    "memory_budget",
}  # lines of files and of errors are whole


def run(command, width, **env):
    """Return what a command writes: stdout, then stderr."""
    env = {"COLUMNS": width, "TERM": "xterm", "COLORTERM": "", **env}
    done = CliRunner().invoke(main, command.split(), env=env, prog_name="costcalc")
    assert done.exit_code in (0, 1, 2), done.output
    return (done.stdout + done.stderr).replace(f"{ROOT}/", "")


def marked(text):
    """Return a text with its codes of styles as marks."""
    return CODE.sub(lambda code: f"<{code[1]}:" if code[1] != "0" else ">", text)


def screens(command):
    """Return a command at each width, in marks."""
    found = {
        width: marked(run(command, width, **({"FORCE_COLOR": "1"} if not command.startswith("show") else {})))
        for width in WIDTHS
    }
    return "".join(f"=== {width}\n{text}" for width, text in found.items())


def test_every_command_has_a_screen():
    assert {command.split()[0] for command in RUNS.values()} == {*COMMANDS}
    assert {path.stem for path in SCREENS.glob("*.txt")} == {*RUNS}


@pytest.mark.parametrize("name", RUNS)
def test_a_screen_is_as_it_was(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert screens(RUNS[name]) == (SCREENS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RUNS)
def test_colour_changes_no_letter_and_every_line_fits(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    for width in WIDTHS:
        plain = run(RUNS[name], width)
        assert "\x1b" not in plain
        assert CODE.sub("", run(RUNS[name], width, FORCE_COLOR="1")) == plain
        if name not in AS_THEY_ARE:
            assert max(map(len, plain.splitlines())) <= int(width)


if __name__ == "__main__":
    SCREENS.mkdir(exist_ok=True)
    for stem, line in RUNS.items():
        (SCREENS / f"{stem}.txt").write_text(screens(line), encoding="utf-8")
    sys.exit(0)
