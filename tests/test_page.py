"""`costcalc page`: what it writes, and what it refuses."""

from pathlib import Path

import pytest
from running import CliRunner

from costcalc.analysis import movable
from costcalc.cli import main
from costcalc.network.metrics import DTYPE_BITS

LARGE = "has numbers over 2^53, which a page cannot compute to the last integer"
USAGE = "Usage: costcalc page [OPTIONS] A [B]\nTry 'costcalc page --help' for help.\n\nError: "


def run(*args):
    """Return (exit code, stdout, stderr) of the command."""
    done = CliRunner().invoke(main, ["page", *args], prog_name="costcalc")
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["mobilenet_v1", "--over", "size=1..9"],
            "`MobileNet V1` has no setting `size`; available: `width`, `res`, `classes`, `separable`",
        ),
        (
            ["mobilenet_v1", "--over", "width=1-2"],
            "setting `width`: a range is written FIRST..LAST:STEP, such as 0.1..2:0.05, not 1-2",
        ),
        (["mobilenet_v1", "--over", "width=1..0.5"], "setting `width`: the range 1..0.5 has no values"),
        (["mobilenet_v1", "--over", "width=1.1..2"], "setting `width`: the range 1.1..2 must hold its value, 1.0"),
        (
            ["mobilenet_v1", "--over", "separable=0..1"],
            "setting `separable` has no range; choose values for it: separable=A,B",
        ),
        (["mobilenet_v1", "--over", "width=0.5..1", "--choose", "width=1,2"], "setting `width` is given twice"),
        (["mobilenet_v1", "--over", "width"], "`width` must be written NAME=FIRST..LAST:STEP"),
        (["mobilenet_v1", "mobilenet_v2", "resnet50"], "a page shows one network or two"),
        (
            ["mobilenet_v1", "--dtype", "fp99"],
            f"--dtype does not know `fp99`; available: {', '.join(f'`{name}`' for name in DTYPE_BITS)}",
        ),
    ],
)
def test_what_a_page_cannot_be_is_refused(args, sentence):
    assert run(*args) == (2, "", f"{USAGE}{sentence}\n")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["mobilenet_v1", "--over", "res=1..999999999"],
            f"error: `mobilenet_v1` {LARGE}: narrow `res`, such as to 1..500000000\n`--over` narrows a setting\n",
        ),
        (
            ["mobilenet_v1", "--choose", "width=0.5,x"],
            "error: setting `width` must be a number, such as 1.0, not the word `x`\n",
        ),
    ],
)
def test_what_a_page_cannot_compute_is_refused_with_the_setting(args, sentence):
    assert run(*args) == (2, "", sentence)


@pytest.mark.parametrize("specs", [["mobilenet_v1"], ["resnet50"], ["squeezenet"], ["mobilenet_v1", "squeezenet"]])
def test_a_page_is_small(specs):
    code, page, errors = run(*specs)
    assert (code, errors) == (0, "")
    assert len(page.encode()) <= 150_000


def test_a_page_that_gets_too_large_names_the_setting_to_narrow(monkeypatch):
    monkeypatch.setattr(movable, "MOST", 10_000)
    code, page, errors = run("resnet", "--choose", "depth=18,34,50", "--over", "res=224..256")
    assert (code, page) == (2, "")
    assert errors == f"{USAGE}the page would take more than 10,000 bytes: narrow `depth` with --choose\n"


def test_a_page_says_how_it_was_written():
    args = ["squeezenet", "--over", "res=100..300:20", "--convention", "conv", "--dtype", "int8"]
    code, page, errors = run(*args)
    assert (code, errors) == (0, "")
    assert f'command:"costcalc page {" ".join(args)}"' in page
    assert 'convention:"conv",dtype:"int8"' in page
    assert '"from":100,"to":300,"step":20,"whole":true' in page


def test_the_command_that_writes_a_page_again_is_one_that_a_shell_takes():
    code, page, _ = run("mobilenet_v1", "--choose", "res=160, 224")
    assert code == 0
    assert "command:\"costcalc page mobilenet_v1 --choose 'res=160, 224'\"" in page


def test_a_page_goes_to_a_file_that_is_not_replaced_unless_forced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("squeezenet", "-o", "page.html") == (0, "", "")
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert run("squeezenet", "-o", "page.html") == (2, "", f"{USAGE}`page.html` exists: --force replaces it\n")
    assert run("squeezenet", "-o", "page.html", "--force") == (0, "", "")
