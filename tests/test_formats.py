"""Formats meet hostile names: what a spec is called stays text in LaTeX, Markdown, HTML and SVG; pages in a browser."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from costcalc.cli import COMMANDS, main
from costcalc.formats import FORMATS, SUFFIXES, Screen
from costcalc.table import Column, Document, Table

HOSTILE = "<script>alert(1)</script> & 100% of_a {\\b} $x^2~ #1 `'\" -- <!-- ]]>"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome on PATH to open pages with")


def hostile():
    columns = (Column("name", HOSTILE), Column("count", "count", "int"), Column("part", "share", "share"))
    rows = ((HOSTILE, 9, 0.9), ("*[x]", 10, 0.1), (None, None, None))
    notes = (("", (HOSTILE,)), (HOSTILE, (HOSTILE,)))
    return Document(((HOSTILE, HOSTILE),), Table(columns, rows, ("total", 19, None)), notes, lambda: {"name": HOSTILE})


def run(*args):
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == 0, result.output
    return result.stdout


# LaTeX


def test_latex_prints_the_marks_of_its_language():
    text = FORMATS["latex"](hostile(), Screen())
    row = next(line for line in text.splitlines() if re.search(r" & +9 & ", line))
    assert (
        r"\textless{}script\textgreater{}alert(1)\textless{}/script\textgreater{} \& 100\% of\_a "
        r"\{\textbackslash{}b\} \$x\textasciicircum{}2\textasciitilde{} \#1 \textasciigrave{}'" + '"'
        r" -{}- \textless{}!-{}- ]]\textgreater{}"
    ) in row
    assert "    {*}{[}x]" in text  # at the start of a row, the one before would take them as arguments


def test_latex_says_which_packages_it_needs():
    assert run("report", "mobilenet_v1", "--format", "latex").startswith("% needs \\usepackage{booktabs}\n")
    long = run("report", "mobilenet_v2", "--by", "layer", "--format", "latex")
    assert long.startswith("% needs \\usepackage{booktabs,longtable}\n")
    assert r"\begin{longtable}{lllrrrrrr}" in long


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on PATH to set tables with")
def test_latex_sets(tmp_path):
    tables = [
        FORMATS["latex"](hostile(), Screen()),
        run("report", "mobilenet_v2", "--by", "layer", "--format", "latex"),
    ]
    page = ["\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}", *tables, "\\end{document}\n"]
    (tmp_path / "t.tex").write_text("\n".join(page), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


# HTML


class Outline(HTMLParser):
    """What a page is made of: its tags, whether each is closed, and its texts by tag."""

    VOID = ("meta", "link", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.seen, self.texts = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts.append((self.open[-1], data))


def test_html_is_whole_and_shows_names_as_they_are():
    page = Outline(FORMATS["html"](hostile(), Screen()))
    assert page.open == []
    assert [tag for tag, _ in page.seen if tag == "script"] == ["script"]
    for tag in ("title", "h1", "p", "th", "td", "dt", "dd"):
        assert (tag, HOSTILE) in page.texts, tag
    assert ("meta", {"charset": "utf-8"}) in page.seen


@pytest.mark.parametrize("command", [("report", "mobilenet_v2", "--by", "layer"), ("list",), ("verify", "squeezenet")])
def test_html_loads_nothing(command):
    text = run(*command, "--format", "html")
    page = Outline(text)
    assert not [attrs for _, attrs in page.seen if {"src", "srcset", "action", "data"} & set(attrs)]
    assert [attrs["href"] for _, attrs in page.seen if "href" in attrs] == ["data:,"]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp", text)
    assert "default-src 'none'" in text


def dom(tmp_path, text, check):
    """Return what a browser makes of a page: errors it reports, and the value of a script run at its end."""
    probe = (
        "<script>window.problems = [];"
        "addEventListener('error', e => problems.push(e.message));"
        "addEventListener('securitypolicyviolation', e => problems.push(e.violatedDirective));"
        "console.error = console.warn = (...all) => problems.push(all.join(' '));</script>"
    )
    end = (
        "<script>addEventListener('load', () => { let value = null;"
        f"try {{ value = (() => {{ {check} }})() }} catch (e) {{ problems.push(String(e)) }}"
        "const out = document.createElement('output'); out.id = 'probe';"
        "out.textContent = JSON.stringify({problems, value}); document.body.append(out) })</script>"
    )
    path = tmp_path / "page.html"
    path.write_text(text.replace("<title>", f"{probe}<title>", 1).replace("</body>", f"{end}</body>"), encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        path.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    answer = [text for tag, text in Outline(done.stdout.decode()).texts if tag == "output"]
    return json.loads("".join(answer))


SORTING = """
const body = document.querySelector('tbody'), heads = [...document.querySelectorAll('th')];
const column = i => [...body.rows].map(row => row.cells[i].textContent);
const click = i => { heads[i].querySelector('button').click(); return [column(0), heads[i].ariaSort] };
return {before: column(0), number: [click(4), click(4), click(4)], text: [click(0), click(0)],
        foot: document.querySelector('tfoot').textContent.includes('568,740,352')};
"""


@needs_browser
def test_a_table_sorts_by_a_click_on_its_header(tmp_path):
    found = dom(tmp_path, run("report", "mobilenet_v1", "--format", "html"), SORTING)
    assert found["problems"] == []
    value = found["value"]
    shown = ["Conv 1x1", "Conv DW 3x3", "Conv 3x3", "FC"]
    assert value["before"] == shown
    assert value["number"] == [[shown, "descending"], [shown[::-1], "ascending"], [shown, None]]
    by_name = ["Conv 1x1", "Conv 3x3", "Conv DW 3x3", "FC"]
    assert value["text"] == [[by_name, "ascending"], [by_name[::-1], "descending"]]
    assert value["foot"]


@needs_browser
def test_a_hostile_page_runs_nothing_of_the_spec(tmp_path):
    check = "return [document.querySelectorAll('script').length, document.querySelector('h1').textContent]"
    found = dom(tmp_path, FORMATS["html"](hostile(), Screen()), check)
    assert found["problems"] == []
    assert found["value"] == [3, HOSTILE]  # the page's own, and two of this test


# every format


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written_and_ends_its_last_line(name):
    if name == "svg":
        return
    text = FORMATS[name](hostile(), Screen())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_every_suffix_names_a_format():
    assert set(SUFFIXES.values()) == set(FORMATS)


def test_latex_and_html_are_offered_where_a_document_is():
    for command in set(COMMANDS) - {"show"}:
        assert {"latex", "html"} <= set(re.search(r"--format \[(.*?)\]", run(command, "--help"))[1].split("|")), command
