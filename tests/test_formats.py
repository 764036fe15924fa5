"""Formats meet hostile names: what a spec is called stays text in LaTeX, Markdown, HTML and SVG; pages in a browser."""

import json
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from browsing import Browser, needs_browser
from running import CliRunner

from costcalc.cli import COMMANDS, main
from costcalc.common.colours import DARK, LIGHT, sort_of
from costcalc.common.table import Chart, Column, Document, Series, Table
from costcalc.output.charts import FORMS, to_svg
from costcalc.output.charts.axes import scale
from costcalc.output.charts.page import fitted, width_of
from costcalc.output.formats import FORMATS, SUFFIXES, Screen
from costcalc.output.views.plot import PLOTS as PLOTTED

ROOT = Path(__file__).parent.parent
HOSTILE = "<script>alert(1)</script> & 100% of_a {\\b} $x^2~ #1 `'\" -- <!-- ]]>"


def hostile():
    columns = (
        Column("name", HOSTILE),
        Column("count", "count", "int"),
        Column("part", "share", "share"),
        Column("change", "change", "change"),
    )
    rows = ((HOSTILE, 9, 0.9, 3), ("*[x]", 10, 0.1, -3), (None, None, None, None))
    notes = (("", (HOSTILE,)), (HOSTILE, (HOSTILE,)))
    return Document(
        ((HOSTILE, HOSTILE),), Table(columns, rows, ("total", 19, None, 0)), notes, lambda: {"name": HOSTILE}
    )


def run(*args):
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == 0, result.output
    return result.stdout


# LaTeX


def test_latex_prints_the_marks_of_its_language():
    text = FORMATS["latex"](hostile(), Screen())
    row = next(line for line in text.splitlines() if re.search(r" & +9 & ", line))
    assert (
        r"\textless{}script\textgreater{}alert(1)\textless{}/\allowbreak{}script\textgreater{} \& 100\% of\_\allowbreak{}a "
        r"\{\textbackslash{}b\} \$x\textasciicircum{}2\textasciitilde{} \#1 \textasciigrave{}'" + '"'
        r" -{}- \textless{}!-{}- ]]\textgreater{}"
    ) in row
    assert re.search(r"& +\$-\$3 \\\\$", text, re.MULTILINE)
    assert "    {*}{[}x]" in text  # at the start of a row, the one before would take them as arguments


def test_latex_says_which_packages_it_needs():
    assert run("report", "mobilenet_v1", "--format", "latex").startswith("% needs \\usepackage{booktabs}\n")
    long = run("report", "mobilenet_v2", "--by", "layer", "--format", "latex")
    assert long.startswith("% needs \\usepackage{booktabs,longtable}\n")
    assert r"\begin{longtable}{lllrrrrr}" in long
    assert "columns: not shown at this width: macs\\_cum" in long


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on PATH to set tables with")
def test_latex_sets(tmp_path):
    tables = [
        FORMATS["latex"](hostile(), Screen()),
        run("report", "mobilenet_v2", "--by", "layer", "--format", "latex"),
    ]
    page = ["\\documentclass{article}\\usepackage{booktabs,longtable}\\begin{document}", *tables, "\\end{document}\n"]
    (tmp_path / "t.tex").write_text("\n".join(page), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on PATH to set tables with")
def test_latex_fits_the_page(tmp_path):
    commands = (
        ("report", "mobilenet_v1"),
        ("report", "mobilenet_v2", "--by", "layer"),
        ("compare", "mobilenet_v1", "mobilenet_v2"),
        ("memory", "mobilenet_v2"),
        ("list",),
        ("roofline", "mobilenet_v2", "--device", "a100"),
        ("sweep", "mobilenet_v1", "mobilenet_v2", "--width", "0.5,1", "--res", "160,224"),
        ("compress", "resnet50", "--density", "0.5", "--bits", "8"),
    )
    tables = [run(*command, "--format", "latex", *turned) for command in commands for turned in ((), ("--landscape",))]
    packages = "\\usepackage{booktabs,longtable,pdflscape}"
    page = [f"\\documentclass{{article}}{packages}\\begin{{document}}", *tables, "\\end{document}\n"]
    (tmp_path / "t.tex").write_text("\n".join(page), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "t.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0, log[-2000:]
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) in", log)]
    assert [points for points in wide if points > 1] == []


def test_a_turned_page_of_latex_has_more_columns():
    whole = run("report", "mobilenet_v2", "--by", "layer", "--format", "latex")
    turned = run("report", "mobilenet_v2", "--by", "layer", "--format", "latex", "--landscape")
    assert turned.startswith("% needs \\usepackage{booktabs,longtable,pdflscape}\n\\begin{landscape}\n")
    assert turned.endswith("\\end{landscape}\n")
    header = next(line for line in turned.splitlines() if line.startswith("    layer "))
    assert header.count("&") > next(line for line in whole.splitlines() if line.startswith("    layer ")).count("&")
    short = run("report", "mobilenet_v1", "--format", "latex", "--landscape").splitlines()
    assert short[:3] == ["% needs \\usepackage{booktabs,pdflscape}", "\\begin{landscape}", "\\begin{table}"]


@pytest.mark.parametrize("args", [(), ("--format", "csv"), ("-o", "x.html")])
def test_a_turned_page_is_of_latex(args, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in (("report", "mobilenet_v1"), ("sweep", "mobilenet_v1", "--res", "96,128")):
        done = CliRunner().invoke(main, [*command, *args, "--landscape"])
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.endswith("Error: --landscape turns a page of LaTeX; add --format latex\n")


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


def test_a_chart_on_a_page_repeats_nothing_of_its_heading():
    page = run("report", "mobilenet_v1", "--plot", "--format", "html")
    for words in ("Howard et al. 2017", "width 1.0, res 224", "MACs of conv and fc, per image", "<h1>MobileNet V1"):
        assert page.count(words) == 1, words
    assert ">Shares of MACs and of parameters by kind of layer</text>" in page
    alone = run("report", "mobilenet_v1", "--plot", "--format", "svg")
    assert ">MobileNet V1</text>" in alone


def test_a_page_breaks_no_line_within_an_arrow_or_before_a_unit():
    page = run("compare", "mobilenet_v1", "mobilenet_v2", "--format", "html")
    notes = page.partition("<dl>")[2]
    assert '41.50\u00a0M <span class="arrow">-&gt;</span> 34' in notes
    assert notes.count("-&gt;") == notes.count('<span class="arrow">-&gt;</span>')


def test_a_page_of_lint_says_how_much_it_found():
    assert "<p>1\u00a0file: 0\u00a0errors, 0\u00a0warnings</p>" in run("lint", "mobilenet_v1", "--format", "html")


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


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


def dom(browser, text, check):
    """Return what a browser makes of a page: errors that it reports, and what a script returns."""
    page = browser.open(text)
    return {"value": page.run(check), "problems": page.problems}


SORTING = """
const body = document.querySelector('tbody'), heads = [...document.querySelectorAll('th')];
const column = i => [...body.rows].map(row => row.cells[i].textContent);
const click = i => { heads[i].querySelector('button').click(); return [column(0), heads[i].ariaSort] };
return {before: column(0), number: [click(4), click(4), click(4)], text: [click(0), click(0)],
        foot: document.querySelector('tfoot').textContent.includes('568,740,352')};
"""


@needs_browser
def test_a_table_sorts_by_a_click_on_its_header(browser):
    found = dom(browser, run("report", "mobilenet_v1", "--format", "html"), SORTING)
    assert found["problems"] == []
    value = found["value"]
    shown = ["Conv 1x1", "Conv DW 3x3", "Conv 3x3", "FC"]
    assert value["before"] == shown
    assert value["number"] == [[shown, "descending"], [shown[::-1], "ascending"], [shown, None]]
    by_name = ["Conv 1x1", "Conv 3x3", "Conv DW 3x3", "FC"]
    assert value["text"] == [[by_name, "ascending"], [by_name[::-1], "descending"]]
    assert value["foot"]


WIDE = (
    "path,kind,in,out,params,params_share,params_cum,macs,macs_share,macs_cum,activation_bytes,weights,bias,norm,stats"
)
NARROW = """
const page = document.querySelector('iframe').contentDocument, root = page.documentElement;
const wide = [...page.querySelectorAll('.wide')].map(box => [box.scrollWidth > box.clientWidth, box.tabIndex === 0]);
const texts = [...page.querySelectorAll('svg text')].map(text => text.getBoundingClientRect().height);
return [root.scrollWidth <= root.clientWidth, wide, Math.min(...texts, 99)];
"""


@needs_browser
@pytest.mark.parametrize(
    ("width", "command", "scrolls"),
    [
        (390, ("report", "mobilenet_v2", "--by", "layer"), True),
        (390, ("report", "mobilenet_v1", "--plot"), True),
        (1200, ("report", "mobilenet_v2", "--by", "layer", "--columns", WIDE), True),
        (1200, ("report", "mobilenet_v1"), False),
    ],
)
def test_a_wide_table_scrolls_and_not_the_page(browser, width, command, scrolls):
    page = escape(run(*command, "--format", "html"))
    frame = f"<iframe style='width: {width}px; height: 800px; border: 0' srcdoc=\"{page}\"></iframe>"
    fits, wide, least = dom(browser, inline(frame), NARROW)["value"]
    assert fits
    assert wide == [[scrolls, scrolls]]
    assert least > 11  # the height of a line of text


def test_every_page_has_a_title():
    commands = (
        ("list",),
        ("verify", "squeezenet"),
        ("lint", str(ROOT / "specs" / "bottleneck.yaml")),
        ("latency",),
        ("compare", "mobilenet_v1", "mobilenet_v2"),
        ("check", "mobilenet_v2", "--macs", "300774272"),
    )
    for command in commands:
        text = run(*command, "--format", "html")
        title = re.search("<title>(.*)</title>", text)[1]
        assert title not in ("", "costcalc"), command
        assert f"<h1>{title}</h1>" in text


def test_a_note_of_several_lines_is_one_note():
    notes = (("why", ("first", "of it")), ("", ("second",)), ("", ("third",)), ("other", ("x",)))
    document = Document((("Net",),), Table((Column("a", "a"),), (("b",),)), notes, dict)
    assert "<dt>why</dt><dd>first; of it<br>second<br>third</dd>\n<dt>other" in FORMATS["html"](document, Screen())
    assert "- why:\n  - first; of it\n  - second\n  - third\n- other: x\n" in FORMATS["md"](document, Screen())
    assert r"why: first; of it\newline second\newline third\par" in FORMATS["latex"](document, Screen())
    assert "why    first    of it\n       second\n       third\nother  x\n" in FORMATS["table"](document, Screen())


@needs_browser
def test_a_hostile_page_runs_nothing_of_the_spec(browser):
    check = "return [document.querySelectorAll('script').length, document.querySelector('h1').textContent]"
    found = dom(browser, FORMATS["html"](hostile(), Screen()), check)
    assert found["problems"] == []
    assert found["value"] == [1, HOSTILE]


# every format


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "svg"])
def test_every_format_is_written_and_ends_its_last_line(name):
    text = FORMATS[name](hostile(), Screen())
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize(("name", "times"), [("table", 2), ("md", 2), ("latex", 2), ("html", 2), ("csv", 0)])
def test_tables_below_the_first_are_shown_but_for_rows_alone(name, times):
    document = hostile()._replace(below=(Table((Column("other", "other", "int"),), ((123456,),), (123456,)),))
    assert re.sub(",", "", FORMATS[name](document, Screen())).count(">123456<" if name == "html" else "123456") == times


def test_every_suffix_names_a_format():
    assert set(SUFFIXES.values()) == set(FORMATS)


def test_latex_and_html_are_offered_where_a_document_is():
    for command in set(COMMANDS) - {
        "show",
        "exercise",
        "import",
        "schema",
        "export",
        "page",
    }:  # texts of their own, not documents
        assert {"latex", "html"} <= set(re.search(r"--format \[(.*?)\]", run(command, "--help"))[1].split("|")), command


# charts

PLOTS = ("shares", "cumulative", "memory")


def pixels(svg, tool, tmp_path):
    """Return how many pixels of each colour a reader of SVG draws."""
    picture = tmp_path / "chart.png"
    if tool == "cairosvg":
        reader = pytest.importorskip("cairosvg")
        reader.svg2png(bytestring=svg.encode(), write_to=str(picture))
    else:
        if shutil.which("rsvg-convert") is None:
            pytest.skip("no rsvg-convert on PATH to draw pictures with")
        subprocess.run(["rsvg-convert", "-o", str(picture)], input=svg.encode(), check=True)
    image = pytest.importorskip("PIL.Image").open(picture).convert("RGB")
    return {"#%02x%02x%02x" % colour: count for count, colour in image.getcolors(1 << 24)}  # noqa: UP031 - three at once


DRAWN = {
    ("report", "mobilenet_v1", "--plot"): ("pointwise", "depthwise", "spatial", "dense"),
    ("report", "mobilenet_v1", "--plot", "cumulative"): ("first", "second"),
    ("report", "mobilenet_v1", "--plot", "memory"): ("pointwise", "depthwise", "spatial"),
    ("memory", "mobilenet_v1"): ("pointwise", "peak"),
    ("roofline", "mobilenet_v1", "--device", "a100"): ("faint",),
    ("sweep", "mobilenet_v1", "mobilenet_v2", "--width", "0.5,1", "--plot", "macs,params"): ("pointwise", "depthwise"),
}


@pytest.mark.parametrize("tool", ["rsvg-convert", "cairosvg"])
@pytest.mark.parametrize("command", DRAWN, ids=" ".join)
def test_a_chart_has_its_colours_in_readers_that_know_no_variable(tmp_path, command, tool):
    svg = run(*command, "--format", "svg")
    assert "var(" not in svg
    found = pixels(svg, tool, tmp_path)
    assert found[LIGHT["paper"]] > 0.6 * sum(found.values())
    assert found.get("#000000", 0) == 0
    for name in DRAWN[command]:
        assert found.get(LIGHT[name], 0) > 10, name


def test_one_kind_has_one_colour():
    names = [sort_of(kind) for kind in ("Conv 1x1", "Conv 3x3", "Conv DW 3x3", "Conv DW 5x5", "GConv 1x1", "FC")]
    assert names == ["pointwise", "spatial", "depthwise", "depthwise", "grouped", "dense"]
    assert [sort_of(kind) for kind in ("Add", "bottleneck", "Convolution", "")] == [""] * 4
    assert LIGHT.keys() == DARK.keys()
    text = run("report", "mobilenet_v1", "--plot", "--format", "svg")
    assert re.findall(r'class="s0 (\w+)"', text)[1:] == ["pointwise", "depthwise", "spatial", "dense"]


@pytest.mark.parametrize(
    ("words", "room", "shorter"),
    [
        ("mobilenet_v1:width=0.5", 500, "mobilenet_v1:width=0.5"),
        ("shufflenet_v1:width=0.5,groups=4,shuffle=false", 230, "…shuffle=false"),
        ("two words and a few more of them", 170, "two words…of them"),
        ("W" * 60, 60, "W…WW"),
    ],
)
def test_a_name_is_cut_between_words(words, room, shorter):
    assert fitted(words, room) == shorter
    assert width_of(shorter) <= room


CHARTED = [
    (spec, name)
    for spec in ("mobilenet_v1", "googlenet", "nasnet", "densenet121", "squeezenet:classes=10", "alexnet")
    for name in PLOTS
]
LABELS = """
const svg = document.querySelector('svg'), page = svg.getBoundingClientRect();
const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
const met = [], out = [];
boxes.forEach(([a, p], i) => {
  if (p.left < page.left || p.right > page.right || p.top < page.top || p.bottom > page.bottom) out.push(a);
  boxes.slice(i + 1).forEach(([b, q]) => {
    // half a pixel of the line boxes, not of the letters, may meet
    if (p.left < q.right - .5 && q.left < p.right - .5 && p.top < q.bottom - .5 && q.top < p.bottom - .5) met.push([a, b]);
  });
});
const bars = ['s0', 's1'].map(s => [...svg.querySelectorAll('rect.' + s)].length);
return {met, out, bars, marks: svg.querySelectorAll('polygon').length, texts: boxes.map(([words]) => words)};
"""


def inline(svg):
    return f"<!doctype html><html><head><meta charset='utf-8'><title>t</title></head><body>{svg}</body></html>"


@needs_browser
@pytest.mark.parametrize(("spec", "name"), CHARTED)
def test_no_label_of_a_chart_meets_another(browser, spec, name):
    found = dom(browser, inline(run("report", spec, "--plot", name, "--format", "svg")), LABELS)
    assert found["problems"] == []
    assert found["value"]["met"] == []
    assert found["value"]["out"] == []
    assert len(found["value"]["texts"]) > 10


ZOO = ("mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "nasnet_mobile", "squeezenet", "alexnet")
SWEPT = {
    "the lecture's networks": (*ZOO, "--reported", "--where", "macs < 1G", "--plot", "macs,top1"),
    "the zoo": (*ZOO, "vgg16", "resnet18", "resnet50", "densenet121", "googlenet", "--plot", "params,macs"),
    "a grid": ("mobilenet_v2", "--width", "0.25:1.4:0.05", "--res", "96,160,224", "--plot", "macs,params"),
    "points on each other": (
        "mobilenet_v1",
        "mobilenet_v1:res=128",
        "--width",
        "0.5:0.52:0.0005",
        "--plot",
        "macs,params",
    ),
    "one point": ("mobilenet_v1", "--plot", "width,macs"),
    "many points": ("mobilenet_v1", "--width", "0.1:2:0.01", "--res", "96,128", "--plot", "macs,activations"),
}


@needs_browser
@pytest.mark.parametrize("form", ["svg", "html"])
@pytest.mark.parametrize("name", SWEPT)
def test_no_name_of_a_point_meets_another(browser, name, form):
    text = run("sweep", *SWEPT[name], "--format", form)
    found = dom(browser, inline(text) if form == "svg" else text, LABELS)
    assert found["problems"] == []
    assert found["value"]["met"] == []
    assert found["value"]["out"] == []
    assert found["value"]["marks"] >= 2


@needs_browser
def test_a_chart_of_long_and_hostile_names_keeps_its_labels_apart(browser):
    name = "W<b>&" * 60
    for form, kind in (("bars", "share"), ("lines", "share"), ("columns", "bytes"), ("points", "share")):
        at = ((0.25, 0.3), (0.2, 0.9)) if form == "points" else ((), ())
        series = (
            Series(name, (0.25, 0.75), ("a", "b"), at[0]),
            Series(name, (0.0, 1.0), (name[:30], name if at[0] else ""), at[1]),
        )
        chart = Chart(form, name, (name, f"{name} {name}"), ("name", "value"), (name, f"{name}2"), series, kind, kind)
        found = dom(browser, inline(to_svg(chart)), LABELS)
        assert (found["problems"], found["value"]["met"], found["value"]["out"]) == ([], [], []), form


@pytest.mark.parametrize("name", PLOTS)
def test_a_chart_is_xml_and_names_network_settings_and_convention(name):
    text = run("report", "mobilenet_v1", "--width", "0.5", "--plot", name, "--format", "svg")
    root = ET.fromstring(text)  # noqa: S314 - of our own making
    words = " ".join(element.text for element in root.iter("{http://www.w3.org/2000/svg}text"))
    assert "MobileNet V1" in words
    assert "width 0.5, res 224" in words
    assert "MACs of conv and fc" in words
    assert {"shares": "total, %", "cumulative": "total, %", "memory": "activations, MB"}[name] in words
    assert not re.search(r"(href|src)=|@import|NaN|inf", text)


def test_a_hostile_chart_is_xml():
    chart = Chart("bars", HOSTILE, (HOSTILE,), (HOSTILE, HOSTILE), (HOSTILE,), (Series(HOSTILE, (1.0,)),), "share")
    root = ET.fromstring(to_svg(chart))  # noqa: S314 - of our own making
    texts = [element.text for element in root.iter() if element.text]
    assert HOSTILE in texts


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("values", [(0.0,), (0.0, 0.0), (1e18, 1.0), (1e-9, 0.0)])
def test_a_chart_of_any_values_stands(form, values):
    names = tuple("ab"[: len(values)])
    line = (Series("t", values, (), values),) if form == "points" else ()
    chart = Chart(form, "t", (), ("x", "y"), names, (Series("s", values, names, values), *line), "int", "int")
    text = to_svg(chart)
    numbers = re.findall(r' (?:x|y|x1|y1|width|height)="([^"]+)"', text)
    numbers += [number for spots in re.findall(r' points="([^"]+)"', text) for number in re.split("[ ,]", spots)]
    assert all(-1 <= float(number) <= 961 for number in numbers)


@pytest.mark.parametrize(
    ("maximum", "kind", "ticks"),
    [
        (0.9486, "share", ["0", "20", "40", "60", "80", "100"]),
        (0.3, "share", ["0", "10", "20", "30"]),
        (3211264, "bytes", ["0", "1", "2", "3", "4"]),
        (1_200, "bytes", ["0.00", "0.25", "0.50", "0.75", "1.00", "1.25"]),
        (0, "int", ["0", "1"]),
        (411e6, "bytes", ["0", "100", "200", "300", "400", "500"]),
    ],
)
def test_ticks_read_well(maximum, kind, ticks):
    axis = scale(maximum, kind, 0, 100, 5)
    assert [label for _, label in axis.ticks] == ticks
    assert axis.ticks[-1][0] >= maximum


@pytest.mark.parametrize(
    ("minimum", "maximum", "kind", "ticks"),
    [
        (50.6, 75.3, "number", ["50", "55", "60", "65", "70", "75", "80"]),
        (69.0, 69.1, "number", ["69.00", "69.02", "69.04", "69.06", "69.08", "69.10"]),
        (70.6, 70.6, "number", ["70", "71"]),
        (41e6, 569e6, "int", ["0", "200", "400", "600"]),
        (300e6, 569e6, "int", ["300", "400", "500", "600"]),
    ],
)
def test_an_axis_may_start_far_from_0(minimum, maximum, kind, ticks):
    axis = scale(maximum, kind, 0, 100, 5, minimum)
    assert [label for _, label in axis.ticks] == ticks
    assert 0 <= axis.at(minimum) <= axis.at(maximum) <= 100


def test_a_page_with_a_chart_holds_it_and_its_table():
    page = Outline(run("report", "mobilenet_v1", "--plot", "--format", "html"))
    tags = [tag for tag, _ in page.seen]
    assert tags.count("svg") == 1
    assert tags.index("svg") < tags.index("table")
    assert ("td", "539,492,352") in page.texts


def test_plots_have_the_figures_of_the_report():
    data = json.loads(run("report", "mobilenet_v2", "--format", "json"))
    plots = {name: json.loads(run("report", "mobilenet_v2", "--plot", name, "--format", "json")) for name in PLOTS}
    assert {plot["schema"] for plot in plots.values()} == {"costcalc/plot/1"}
    for name in ("shares", "cumulative"):
        assert sum(row["macs"] for row in plots[name]["rows"]) == data["totals"]["macs"]
        assert sum(row["params"] for row in plots[name]["rows"]) == data["totals"]["params"]
    assert plots["cumulative"]["rows"][-1]["macs_cum"] == 1
    sizes = [(4 * layer["activations"], 4 * layer["params"]) for layer in data["layers"]]
    assert [(row["activation_bytes"], row["param_bytes"]) for row in plots["memory"]["rows"]] == sizes


def test_a_plot_in_the_terminal_has_bars_and_fits():
    text = CliRunner().invoke(main, ["report", "mobilenet_v1", "--plot"], env={"COLUMNS": "80"}).stdout
    row = next(line for line in text.splitlines() if line.startswith("Conv 1x1"))
    assert [len(bar) for bar in re.findall("[█▏▎▍▌▋▊▉]+", row)] == [19, 15]
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    "option", [("--by", "layer"), ("--depth", "2"), ("--sort", "macs"), ("--top", "3"), ("--columns", "kind")]
)
def test_a_plot_refuses_what_chooses_rows(option):
    result = CliRunner().invoke(main, ["report", "mobilenet_v1", *option, "--plot", "memory"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--plot chooses its own rows and columns: leave {option[0]} out" in result.stderr


@pytest.mark.parametrize("command", [("report", "mobilenet_v1", "--format", "svg"), ("list", "-o", "no.svg")])
def test_a_document_without_a_chart_is_no_svg(command):
    result = CliRunner().invoke(main, command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert (
        "there is no chart to write as SVG; available from `report --plot`, `sweep --plot`, `memory`, `compare` of two specs, `check --summary`, and `roofline` if a layer has FLOPs"
        in result.stderr
    )


def test_the_option_offers_the_plots_there_are():
    assert re.search(r"--plot \[(.*?)\]", run("report", "--help"))[1].split("|") == list(PLOTTED) == list(PLOTS)
