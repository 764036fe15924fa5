"""Pages of real specs, opened in a browser: their figures are those of builds, and texts of a spec stay texts."""

import importlib.util
import json
from pathlib import Path

import pytest
from browsing import Browser, needs_browser
from running import CliRunner

import costcalc
from costcalc.cli import main

pytestmark = needs_browser
TOOL = Path(__file__).parent.parent / "tools" / "pages.py"
HOSTILE = "</script><script>hit()</script><!-- <img src=x onerror=hit()> & ]]>"
SPEC = """
name: {0}
source: {0}
settings:
  width: 1.0
variants:
  onerror: {{width: 0.5}}
input: [3, 16, 16]
alternatives: {{{0}: {{width: 0.75}}}}
layers:
  - {{name: script, op: conv, k: 3, c: int(8 * width), stage: {0}}}
  - {{op: fc, c: 3}}
reported:
  - {{where: {0}, top1: 70.0}}
"""
FIGURES = """
return Object.fromEntries([...document.querySelectorAll("data[data-count]")].map(one => [one.dataset.count, one.value]));
"""
SAFE = """
const root = document.documentElement;
return [document.querySelectorAll("script").length, document.querySelectorAll("img").length,
  root.scrollWidth <= root.clientWidth];
"""


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


def page_of(*args):
    done = CliRunner().invoke(main, ["page", *args], prog_name="costcalc")
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("name", ["m5", "shufflenet_v2"])
def test_a_page_has_in_a_browser_what_builds_have(name):
    spec = importlib.util.spec_from_file_location("pages_tool", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    found = tool.held(name, 4, tool.in_browser)
    assert (found.equal, found.left, found.good) == (4, 0, True)
    assert found.lines > 0


def test_keys_move_the_figures_of_a_real_page_to_those_of_a_build(browser):
    page = browser.open(page_of("mobilenet_v1"), width=390)
    for width, keys in ((1, ()), (1.05, ("ArrowRight",)), (0.95, ("ArrowLeft", "ArrowLeft"))):
        page.run("document.querySelector('input[type=range]').focus()")
        page.press(*keys)
        totals = costcalc.load("mobilenet_v1").build(width=width).totals
        shown = page.run(FIGURES)
        assert [shown[name] for name in ("params", "macs")] == [str(totals.params), str(totals.macs)], width
    assert (page.problems, page.requests) == ([], [])


@pytest.mark.parametrize("dark", [False, True])
def test_texts_of_a_spec_stay_texts_wherever_they_are(browser, tmp_path, dark):
    path = tmp_path / "own.yaml"
    path.write_text(SPEC.format(json.dumps(HOSTILE)), encoding="utf-8")
    page = browser.open(page_of(str(path)), width=390, dark=dark)
    page.run("document.querySelectorAll('button').forEach(one => one.click())")
    assert page.run(SAFE) == [1, 0, True]
    assert HOSTILE in page.run("return document.body.innerText")
    assert (page.problems, page.requests) == ([], [])
