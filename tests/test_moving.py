"""The page that moves, in a browser: its look and its hands, on a model of a few lines; test_page.py has real ones."""

import json
import re

import pytest
from browsing import BROWSER, Browser

from costcalc.common.colours import SORTS
from costcalc.output.formats.moving import whole
from costcalc.output.formats.sheet import part

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome on PATH to open pages with")
DASH = "\u2013"
HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \"quoted\" 'it' ${1} \\ \u2028 ]]>"


def text(value):
    return json.dumps(value).replace("<", "\\u003c")


def network(name="Net", key="net"):
    """A network of 4 layers whose figures follow from `width` by hand: MACs 1000 * width + 120, no figures at 1.5."""
    settings = [
        {"name": "width", "sort": "number", "value": 1, "from": 0.25, "to": 2, "step": 0.25, "meaning": name},
        {"name": "res", "sort": "number", "value": 224, "from": 32, "to": 512, "step": 1, "whole": True, "meaning": ""},
        {"name": "deep", "sort": "bool", "value": False, "values": [False, True], "meaning": ""},
        {"name": "groups", "sort": "choice", "value": 3, "values": [1, 3], "meaning": ""},
    ]
    data = {
        "key": key,
        "name": name,
        "source": name,
        "year": 2020,
        "settings": settings,
        "presets": [{"name": name, "settings": {"width": 2}}],
        "kinds": [],
        "accuracy": [
            {"settings": {}, "top1": 70.6, "source": name},
            {"settings": {"width": 0.5}, "top1": 63.7, "source": "Table 6"},
        ],
        "columns": ["params", "macs", "activations", "alive"],
        "counts": {"macs": name, "params": "trainable"},
    }
    return f"""Object.assign({text(data)}, {{
  at(settings) {{
    if (settings.width === 1.5) return null;
    if (settings.groups === 1) return {{refused: {text(name)}}};
    const layer = (path, kind, block, inputs, macs) => ({{name: path, path, op: "conv", kind, block, inputs, in: "3x8x8",
      out: "8x8x8", params: macs / 10, macs, products: 64, activations: 64, alive: 4 * macs}});
    const layers = [layer({text(name)}, "Conv 3x3", "", [-1], 100), layer("b/0", "Conv 1x1", "b", [0], 1000 * settings.width),
      layer("b/join", "Add", "b", [0, 1], 0), layer("fc", {text(name)}, "", [2], 20)];
    const macs = 120 + 1000 * settings.width;
    return {{layers, totals: {{params: macs / 10, macs, activations: 256, peak: 4 * macs, layers: 4}}}};
  }},
  lines: (settings, i) => ["what is counted", `  MACs = ${{settings.width}} * ${{i}}`, {text(name)}],
}})"""


def page(*networks, title="Net: what it costs", **rest):
    names = "".join(
        f", {key}: {text(value)}" for key, value in {"convention": "", "dtype": "", "command": "x", **rest}.items()
    )
    return whole(title, f"const MODEL = {{networks: [{', '.join(networks or [network()])}]{names}}};")


@pytest.fixture(scope="module")
def browser():
    with Browser() as one:
        yield one


FIGURES = """
const texts = name => [...document.querySelectorAll(`[${name}]`)].map(node => [node.getAttribute(name), node.textContent]);
return Object.fromEntries(texts("data-count"));
"""
# the page draws in the next frame, and writes the address 300 ms later: timers of one page keep their order under any load
REST = """
await new Promise(done => setTimeout(done));
await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
await new Promise(done => setTimeout(done, 400));
"""


def clean(page):
    assert page.problems == []
    assert page.requests == []


def test_a_page_is_small_and_its_model_cannot_end_its_script():
    sheets = sum(len(part(name)) for name in ("look.css", "moving.css", "sort.js", "moving.js"))
    assert sheets <= 40 * 1024
    for wrong in ("const a = '</script>'", "const a = '</SCRIPT '", "a = '<!--'", "'<script'"):
        with pytest.raises(ValueError, match="must not hold a tag of a script"):
            whole("t", wrong)


def test_keys_move_figures_and_the_address_and_nothing_is_stale(browser):
    page_ = browser.open(page())
    first = page_.run(FIGURES)
    assert first == {
        "params": "112",
        "macs": "1,120",
        "activations": "256",
        "peak": "4,480",
        "layers": "4",
        "top1": "70.6",
    }
    page_.run("document.querySelector('input[type=range]').focus()")
    page_.press("ArrowRight")
    assert page_.run(FIGURES) == {**first, "params": "137", "macs": "1,370", "peak": "5,480", "top1": DASH}
    assert page_.run(REST + "return location.hash") == "#width=1.25"
    page_.press("ArrowRight")
    shown = page_.run(
        "return [document.querySelector('.told').textContent, document.body.innerText.match(/1,[0-9]{3}/g)]"
    )
    assert shown[0] == "This page has no figures for these settings. The command below may."
    assert set(page_.run(FIGURES).values()) == {DASH}
    assert set(shown[1]) == {"1,120"}  # of the table's own settings, under their heading
    page_.run("document.querySelector('.choices input').focus()")
    page_.press(" ")  # the variant
    assert page_.run("return document.querySelector('pre').textContent") == "costcalc report net:width=2"
    page_.run("document.querySelectorAll('.choices input')[1].focus()")
    page_.press("ArrowRight")  # of buttons the arrows choose
    assert page_.run("return document.querySelector('pre').textContent") == "costcalc report net:width=2,deep=true"
    clean(page_)


def test_a_refusal_is_told_in_the_words_of_the_spec(browser):
    words = page(network("`c` must be a whole number, not 28.75"))
    page_ = browser.open(words, hash="#groups=1")
    assert page_.run("return document.querySelector('.told').textContent") == "`c` must be a whole number, not 28.75"
    assert set(page_.run(FIGURES).values()) == {DASH}
    clean(page_)


HASHES = {
    "#width=0.5": ("620", "0.5", "costcalc report net:width=0.5"),
    "#width=0.5&res=160&deep=true": ("620", "0.5", "costcalc report net:width=0.5,res=160,deep=true"),
    "#width=9": (DASH, "9", "costcalc report net:width=9"),
    "#res=1.5": (DASH, "1", "costcalc report net:res=1.5"),
    "#width=x&other=1": (DASH, "", "costcalc report 'net:width=?'"),
    "#groups=2": (DASH, "1", "costcalc report net:groups=2"),
}


def test_settings_of_the_address_are_shown_and_what_the_page_does_not_cover_is_not(browser):
    page_ = browser.open(page())
    for hash_, (macs, width, command) in HASHES.items():
        page_.run(f"location.hash = '{hash_}'; {REST}")
        script = (
            "return [document.querySelector('input[type=number]').value, document.querySelector('pre').textContent]"
        )
        assert page_.run(FIGURES)["macs"] == macs, hash_
        assert page_.run(script) == [width, command]
    clean(page_)


def test_what_is_held_and_a_budget_go_with_the_address(browser):
    page_ = browser.open(page(), hash="#width=0.5&.held=&held.width=2&.budget=1k&.of=macs")
    script = """return [...document.querySelectorAll('tr')].find(row => row.innerText.startsWith('MACs')).innerText
      .replace(/\\s+/g, ' ') + '; ' + [...document.querySelectorAll('.read')].at(-1).innerText;"""
    assert page_.run(script) == "MACs Net 620 2,120 3.42x fewer; 620 MACs: 62.00 % of 1,000"
    page_.run(
        "[...document.querySelectorAll('button')].find(one => one.textContent === 'Let go of what is held').click()"
    )
    assert page_.run(REST + "return location.hash") == "#width=0.5&.budget=1k&.of=macs"
    clean(page_)


def test_a_layer_shows_its_lines_and_the_table_sorts(browser):
    page_ = browser.open(page())
    page_.run("document.querySelectorAll('.layers td > button')[1].focus()")
    page_.press("Enter")
    lines = "return [...document.querySelectorAll('.lines p')].map(line => line.textContent)"
    assert page_.run(lines) == ["what is counted", "MACs = 1 * 1", "Net"]
    page_.run("location.hash = '#width=2'; " + REST)
    assert page_.run(lines)[1] == "MACs = 2 * 1"
    order = """document.querySelectorAll('.layers th button')[5].click();
      return [...document.querySelectorAll('.layers tbody tr')].map(row => row.className.split(' ').at(-1) + row.cells.length)"""
    assert page_.run(order) == ["pointwise9", "detail1", "spatial9", "9", "9"]
    clean(page_)


def test_two_networks_are_on_one_scale_and_share_what_is_one(browser):
    page_ = browser.open(page(network(), network("Other", "other")), hash="#res=64&2.width=2")
    script = """return [...document.querySelectorAll('.bars svg')].map(svg =>
      Math.max(...[...svg.querySelectorAll('rect')].map(rect => Number(rect.getAttribute('height')))))"""
    low, high = page_.run(script)
    assert low * 2 == pytest.approx(high)
    page_.run("const one = document.querySelector('input[type=range]:nth-of-type(1)'); one.focus()")
    page_.press("ArrowLeft")
    command = "costcalc compare net:width=0.75,res=64 other:width=2 --figures layers,params,macs,activations,peak"
    assert page_.run("return document.querySelector('pre').textContent") == command
    clean(page_)


SPILLS = """
const root = document.documentElement, box = root.getBoundingClientRect();
return [root.scrollWidth <= root.clientWidth, document.querySelectorAll('script').length, document.querySelector('img') === null,
  document.body.innerText.split(arguments_.slice(0, 40)).length > 8, typeof window.hit];
"""


@pytest.mark.parametrize(("width", "dark"), [(390, True), (320, False)])
def test_hostile_names_stay_text_on_a_telephone(browser, width, dark):
    words = page(network(HOSTILE, HOSTILE), title=HOSTILE, command=HOSTILE)
    for hash_ in ("#width=0.5", "#groups=1"):
        page_ = browser.open(words, width=width, height=844, dark=dark, hash=hash_)
        page_.run("document.querySelectorAll('.layers td > button').forEach(one => one.click())")
        assert page_.run(SPILLS.replace("arguments_", text(HOSTILE))) == [True, 1, True, True, "undefined"]
        clean(page_)


def test_every_control_has_a_name_and_every_colour_a_kind(browser):
    page_ = browser.open(page())
    script = """return [...document.querySelectorAll('input, select, button, svg[role], [role=region]')].filter(one =>
      !(one.getAttribute('aria-label') || one.labels?.length || one.textContent)).map(one => one.outerHTML)"""
    assert page_.run(script) == []
    for sort in SORTS:  # JavaScript reads the patterns of Python
        assert re.fullmatch(r"[\w \\b]+", sort.kinds)
    clean(page_)
