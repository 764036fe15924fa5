"""The registry of figures: every command takes every figure, one from outside too; receptive fields by brute force."""

import csv
import io
import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import CliRunner

from costcalc.analysis.api import load
from costcalc.cli import main
from costcalc.cli.complete import complete_figures
from costcalc.common.errors import Source, SpecError
from costcalc.network.figures import FIGURES, LESS, NamedFigure, network_figures, whole
from costcalc.network.metrics import BY_ATTRIBUTE, COUNTS, DTYPE_BITS
from costcalc.network.receptive import receptive_fields
from costcalc.specfile import load_source
from costcalc.unfold.interpreter import build

ROOT = Path(__file__).parent.parent
SPEC = """\
name: Example
settings: {width: 1, res: 12}
input: [3, res, res]
data: [density, bits]
layers:
  - {op: conv, k: 3, c: 8 * width, s: 2, norm: bn, act: relu, name: a, density: 0.5, bits: 8}
  - {op: dwconv, k: 3, norm: bn, name: b, n: 2}
  - {op: gap, name: pool}
  - {op: fc, c: 4, name: fc}
"""
MADE_UP = "widest"
NAMES = [*FIGURES, MADE_UP]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A spec in a folder of its own, and a figure that was added from outside: that one entry is all."""
    entry = NamedFigure(MADE_UP, "widest layer", "most channels", _widest, better=LESS, sums=False)
    monkeypatch.setitem(FIGURES, MADE_UP, entry)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    return tmp_path


def _widest(part):
    return max(layer.out.c for layer in part.layers)


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args], env={"COLUMNS": "200"})


def rows(*args):
    done = run(*args, "--format", "csv")
    assert done.exit_code == 0, done.stderr
    return list(csv.DictReader(io.StringIO(done.stdout)))


def number(text):
    return float(text) if "." in text else int(text)


def near(text, value):
    """Return whether a cell of a CSV file is a value; only ratios are rounded there."""
    return number(text) == pytest.approx(value, rel=1e-6) if isinstance(value, float) else text == str(value)


def of_network(name, dtype="fp32", **given):
    return whole(load("net.yaml").build(**given), DTYPE_BITS[dtype]).figure(name)


def refused(done, message):
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.strip().endswith(message)
    return True


def layer_alone(name):
    return f"`{name}` is a figure of a layer, not of a network"


def of_layers(name):
    return name not in network_figures()


# each figure in each command


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["fp32", "int8"])
def test_report_has_every_figure_as_a_column(name, dtype):
    network = load("net.yaml").build()
    found = rows("report", "net.yaml", "--by", "layer", "--columns", f"path,{name}", "--dtype", dtype, "--sort", name)
    part = whole(network, DTYPE_BITS[dtype])
    expected = {layer.path: part._replace(layers=(layer,)).figure(name) for layer in network.layers}
    assert {row["path"]: True for row in found} == {
        row["path"]: near(row[name], expected[row["path"]]) for row in found
    }
    assert [expected[row["path"]] for row in found] == sorted(expected.values(), reverse=True)


@pytest.mark.parametrize("name", NAMES)
def test_sweep_has_every_figure_as_a_column_a_condition_and_an_axis(name):
    args = (
        "sweep",
        "net.yaml",
        "--width",
        "1,2",
        "--res",
        "12,16",
        "--columns",
        f"width,res,{name}",
        "--dtype",
        "int8",
    )
    if of_layers(name):
        assert refused(run(*args), f"--columns: {layer_alone(name)}")
        return
    found = rows(*args)
    grid = [(row["width"], row["res"]) for row in found]
    assert grid == [("1", "12"), ("1", "16"), ("2", "12"), ("2", "16")]
    values = [of_network(name, "int8", width=int(width), res=int(res)) for width, res in grid]
    assert all(near(row[name], value) for row, value in zip(found, values, strict=True))
    if name.isidentifier():  # `conv+fc` is a sum in an expression
        kept = rows(*args, "--where", f"{name} < {max(values)}")
        assert len(kept) == sum(value < max(values) for value in values)
    assert rows(*args, "--sort", f"-{name}") == sorted(found, key=lambda row: number(row[name]), reverse=True)
    chart = run(*args, "--plot", f"width,{name}", "--format", "svg")
    assert (chart.exit_code, chart.stdout[:4]) == (0, "<svg")


@pytest.mark.parametrize("name", NAMES)
def test_a_front_takes_every_figure_of_which_less_is_better(name):
    done = run("sweep", "net.yaml", "--width", "1,2", "--pareto", name, "--columns", "width", "--format", "csv")
    if of_layers(name):
        assert refused(done, f"--pareto: {layer_alone(name)}")
    elif not FIGURES[name].better:
        assert refused(done, f"--pareto cannot rank `{name}`: it is neither a cost nor an accuracy")
    else:
        values = [of_network(name, width=width) for width in (1, 2)]
        widths = [width for width, value in zip("12", values, strict=True) if value == min(values)]
        assert done.stdout.split() == ["width", *widths]


@pytest.mark.parametrize("name", NAMES)
def test_fit_takes_a_budget_on_every_figure(name):
    args = ("fit", "net.yaml", "--width", "1:4:1", "--format", "json")
    if of_layers(name):
        assert refused(run(*args, "--budget", f"{name}=3"), layer_alone(name))
        return
    unit = "B" if FIGURES[name].kind == "bytes" else ""
    limit = of_network(name, width=2)
    done = run(
        *args,
        "--budget",
        f"{name}={Fraction(limit) if unit else format(limit, 'f' if type(limit) is float else 'd')}{unit}",
    )
    values = {width: of_network(name, width=width) for width in (1, 2, 3, 4)}
    fitting = [width for width, value in values.items() if value <= float(f"{limit:f}")]
    shown = json.loads(done.stdout)
    assert (done.exit_code, shown["within"]) == (0 if fitting else 1, len(fitting))
    assert [row["width"] for row in shown["best"]] == fitting[::-1]
    assert all(row[name] == values[row["width"]] for row in shown["best"])
    assert shown["budget"] == {name: pytest.approx(limit)}


@pytest.mark.parametrize("name", NAMES)
def test_compare_shows_every_figure(name):
    args = ("compare", "net.yaml", "net.yaml:width=2", "--figures", name)
    if of_layers(name):
        assert refused(run(*args), layer_alone(name))
        return
    one, two = (of_network(name, width=width) for width in (1, 2))
    (row,) = rows(*args)
    assert [number(row["value_0"]), number(row["value_1"])] == [pytest.approx(value, abs=0.005) for value in (one, two)]
    shown = json.loads(run(*args, "--format", "json").stdout)
    assert [network["totals"][name] for network in shown["networks"]] == [one, two]
    pairs = rows(*args, "--by", "kind")
    if FIGURES[name].adds_up:
        assert sum(int(pair[f"{name}_change"]) for pair in pairs) == two - one


@pytest.mark.parametrize("name", list(FIGURES))
def test_totals_hold_every_figure(name, folder):
    def stated(value):
        (folder / "stated.yaml").write_text(f"{SPEC}totals: {{{name}: {value}}}\n")
        return run("report", "stated.yaml")

    if of_layers(name):
        assert stated(1).stderr.splitlines()[0].endswith(f"error: {layer_alone(name)}")
        return
    right = whole(load("net.yaml").build()).exact(name)
    assert stated(right).exit_code == 0
    assert stated(f"{right + 1}").stderr.splitlines()[0].partition("error: ")[2] == (
        f"`totals` says {name} {_written(right + 1)}; the layers give {_written(right)}"
    )
    due = f"`{name}` as an exact fraction such as 3/2" if FIGURES[name].kind == "decimal" else "exact integers"
    assert stated("1.5").stderr.splitlines()[0].endswith(f"error: `totals` has {due}, not `1.5`")


def _written(value):
    return f"{value:,}" if isinstance(value, int) else str(value)


@pytest.mark.parametrize("text", ["3/0", "/3", "3/", "1/2/3", "-1/2", "", "[1]"])
def test_a_fraction_that_is_none_is_refused(text, folder):
    (folder / "stated.yaml").write_text(f"{SPEC}totals: {{intensity: {text}}}\n")
    done = run("report", "stated.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "error: `totals` has `intensity` as an exact fraction such as 3/2, not " in done.stderr


def printed(name, value):
    unit = " B" if FIGURES[name].kind == "bytes" else ""
    return f"{value:.3f}" if isinstance(value, float) else f"{value}{unit}"


@pytest.fixture(scope="module")
def mobilenet():
    return whole(load("mobilenet_v1").build())


@pytest.mark.parametrize("name", NAMES)
def test_a_claims_file_reads_every_figure(name, folder, mobilenet):
    def verdict(value, told):
        claim = f"{{id: x, net: v, value: {value}, is: {told}}}"
        text = f"nets: {{v: mobilenet_v1}}\nsections:\n  - {{where: here, claims: [{claim}]}}\n"
        (folder / "claims.yaml").write_text(text)
        (found,) = json.loads(run("verify", "claims.yaml", "--format", "json").stdout)["claims"]
        return found["verdict"]

    if not name.isidentifier():
        return  # `conv+fc` would be a sum in an expression: there it is `macs`
    value = mobilenet.figure(name)
    assert verdict(name, printed(name, value)) == "exact"
    assert verdict(name, printed(name, value + 1)) == "failed"
    plain = printed(name, value).removesuffix(" B")
    assert [verdict(f"v.{name} + {more}", plain) for more in (0, 1)] == ["exact", "failed"]


@pytest.mark.parametrize("name", list(FIGURES))
def test_a_spec_can_say_what_others_printed_of_every_figure(name, folder):
    (folder / "told.yaml").write_text(
        f"{SPEC}reported:\n  - {{where: there, {name}: {printed(name, of_network(name))}}}\n"
    )
    done = run("verify", "told.yaml", "--format", "json")
    if of_layers(name):
        assert done.stderr.splitlines()[0].endswith(f"error: {layer_alone(name)}")
    else:
        assert [claim["verdict"] for claim in json.loads(done.stdout)["claims"]] == ["exact"]


@pytest.mark.parametrize("name", list(FIGURES))
def test_homework_asks_for_every_figure(name, folder, mobilenet):
    part = "1" if of_layers(name) else ""
    asked = mobilenet._replace(layers=mobilenet.layers[1:2]) if part else mobilenet
    at = f", part: {part}" if part else ""
    (folder / "hw.yaml").write_text(f"title: T\nquestions:\n  - {{id: q, ask: {name}, spec: mobilenet_v1{at}}}\n")
    for more, verdict in ((0, ("right", "rounded")), (1, ("wrong",))):
        (folder / "a.yaml").write_text(f"answers: {{q: {printed(name, asked.figure(name) + more)}}}\n")
        done = run("check", "hw.yaml", "a.yaml", "--format", "json")
        (answer,) = json.loads(done.stdout)["students"][0]["answers"]
        assert (answer["verdict"] in verdict, done.exit_code) == (True, more), done.stdout
    if part:
        (folder / "hw.yaml").write_text(f"title: T\nquestions:\n  - {{id: q, ask: {name}, spec: vgg16}}\n")
        done = run("check", "hw.yaml", "a.yaml")
        assert done.stderr.splitlines()[0] == f"hw.yaml:3:18: error: {layer_alone(name)}; add `part`"


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_can_be_checked_on_the_spot(name):
    part = ("--part", "a") if of_layers(name) else ()
    network = whole(load("net.yaml").build())
    value = (network._replace(layers=network.layers[:1]) if part else network).figure(name)
    done = run("check", "net.yaml", *part, "--ask", name, printed(name, value))
    assert (done.exit_code, done.stderr) == (0, ""), done.stdout
    assert run("check", "net.yaml", *part, "--ask", name, printed(name, value + 1)).exit_code == 1
    if part:
        assert refused(run("check", "net.yaml", "--ask", name, "1"), f"Error: {layer_alone(name)}; give a part of it")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("check", "net.yaml", "--ask", "macks", "1"), "; did you mean `macs`?"),
        (("check", "net.yaml", "--ask", "macs", "1", "--macs", "2"), "Error: `macs` is given twice"),
        (("compare", "net.yaml", "net.yaml", "--figures", "peek"), "; did you mean `peak`?"),
        (("compare", "net.yaml", "net.yaml", "--figures", ","), "--figures takes names with commas between, not `,`"),
        (("fit", "net.yaml", "--budget", "peek=3"), "; did you mean `peak`?"),
        (("fit", "net.yaml", "--budget", "peak=3"), "a size in bytes is expected, such as 320KiB, not 3"),
        (("fit", "net.yaml", "--budget", "rf=3kB"), "a count is expected, such as 5M, not 3kB"),
        (("fit", "net.yaml", "--budget", "intensity=3kB"), "a number is expected, such as 7.5, not 3kB"),
        (("fit", "net.yaml", "--budget", "peak=3kB", "--memory", "3kB"), "Error: `peak` has two limits: give one"),
        (("fit", "resnet18", "--over", "res", "--budget", "depth=3"), "Error: `resnet18` has a setting `depth`, which hides the figure of that name"),
        (("sweep", "net.yaml", "--columns", "k"), "Error: --columns: `k` is a figure of a layer, not of a network"),
    ],
)  # fmt: skip
def test_a_figure_that_does_not_fit_is_told(args, message):
    assert refused(run(*args), message)


def test_what_is_no_sum_has_no_share(folder):
    (folder / "hw.yaml").write_text("title: T\nquestions:\n  - {id: q, ask: rf, spec: vgg16, part: fc8, share: true}\n")
    (folder / "a.yaml").write_text("answers: {q: 1}\n")
    done = run("check", "hw.yaml", "a.yaml")
    assert (
        done.stderr.splitlines()[0]
        == "hw.yaml:3:18: error: `share` is not allowed for `rf`: it is not a sum over layers"
    )


def test_the_working_of_a_figure_says_what_it_is():
    shown = json.loads(run("check", "vgg16", "--ask", "peak", "1GB", "--format", "json").stdout)
    (answer,) = shown["students"][0]["answers"]
    assert answer["message"] == (
        "no known mistake gives this; the working: peak memory (bytes of the inference peak, under the default policy) = "
        "25,690,112 B"
    )
    wrong = run("check", "vgg16", "--ask", "peak", "6422528B", "--format", "json").stdout  # elements
    assert json.loads(wrong)["students"][0]["answers"][0]["mistakes"] == [["elements-for-bytes"]]


def test_figures_are_completed_and_documented():
    assert complete_figures(None, None, "macs,wid") == [f"macs,{MADE_UP}"]
    assert f"| `{MADE_UP}` | most channels | a whole number | yes |" in _documented()


def _documented():
    from importlib.util import module_from_spec, spec_from_file_location

    place = spec_from_file_location("docs_tool", ROOT / "tools" / "docs.py")
    module = module_from_spec(place)
    place.loader.exec_module(module)
    return module.counting_page()


def test_the_page_of_figures_is_that_of_the_registry():
    page = (ROOT / "docs" / "counting.md").read_text(encoding="utf-8").partition("## Figures")[2].partition("\n## ")[0]
    own = [name for name in FIGURES if name not in {*COUNTS, *BY_ATTRIBUTE, MADE_UP}]
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == own


def test_names_are_known_without_what_computes():
    script = (
        "import sys, costcalc.network.figures as f\nassert 'peak' in f.FIGURES and 'rf' in f.network_figures()\n"
        "heavy = ('memory', 'receptive', 'traffic', 'quantities')\n"
        "assert not {'fractions', *(f'costcalc.network.{name}' for name in heavy)} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_entry_is_sound():
    for name, figure in FIGURES.items():
        assert (figure.name, figure.kind in ("int", "bytes", "decimal")) == (name, True)
        assert figure.title
        assert re.match("[a-z0-9]|FLOPs|GMACs|MACs", figure.words), name
        assert not figure.words.endswith(".")
        assert figure.typed or figure.kind != "bytes"


@pytest.mark.parametrize("name", [name for name in FIGURES if FIGURES[name].adds_up])
def test_what_adds_up_is_the_sum_of_its_layers(name, mobilenet):
    parts = [mobilenet._replace(layers=(layer,)).exact(name) for layer in mobilenet.layers]
    assert sum(parts) == mobilenet.exact(name)


# receptive fields


def net(text, shape="[3, 40, 33]"):
    return build(load_source(Source("net.yaml", f"name: n\ninput: {shape}\nlayers:\n{text}\n")))


def seen(network, number, y, side, *, real):
    """Return the pixels that output `y` of a layer depends on along a side: tap by tap, down to the input.

    (those by paths that move, those by paths that see a whole map). With `real`, a tap on padding reads nothing; else
    padding and holes between taps count as seen, and what sees a whole map is cut to the input.
    """
    if number < 0:
        return {y}, set()
    layer, moving, fixed = network.layers[number], set(), set()
    for reads, shape in zip(layer.inputs, layer.ins, strict=True):
        positions, gathers = _positions(layer, shape, y, side)
        for at in positions:
            if real and not 0 <= at < shape[side]:
                continue
            move, fix = seen(network, reads, at, side, real=real)
            fixed |= fix
            (fixed if gathers else moving).update(move)
    if fixed and not real:
        fixed = set(range(max(min(fixed), 0), min(max(fixed) + 1, network.input[side])))
    return moving, fixed


def _positions(layer, shape, y, side):
    """Return the positions of an input that output `y` reads, and whether they are all that it has."""
    axis = side - 1
    if layer.op in ("gap", "gmp", "fc", "flatten") or (shape[1:] != layer.out[1:] and layer.op == "mul"):
        return range(shape[side]), True
    if "k" not in layer.args:
        return [y], False
    k, s, d = (layer.args.get(name, (1, 1))[axis] for name in ("k", "s", "d"))
    p = layer.args["p"]
    if p == "same":
        before = max((-(-shape[side] // s) - 1) * s + d * (k - 1) + 1 - shape[side], 0) // 2
    elif p is None:
        before = d * (k - 1) // 2 if layer.op in ("conv", "dwconv") else 0
    else:
        before = p[0 if axis == 0 else 2]
    return [y * s - before + tap * d for tap in range(k)], False


def extent(pixels):
    return max(pixels) - min(pixels) + 1 if pixels else 0


def by_brute_force(network, number, side, *, real=False):
    outs = [seen(network, number, y, side, real=real) for y in range(network.layers[number].out[side])]
    return max(max(extent(moving), extent(fixed)) for moving, fixed in outs)


def windows(draw, ops, strides):
    op = draw(st.sampled_from(ops))
    k, d = draw(st.tuples(st.integers(1, 4), st.integers(1, 4))), draw(st.integers(1, 2)) if op != "avgpool" else 1
    pads = draw(st.sampled_from(["0", "same", "[1, 0, 0, 1]"])) if min(k) > 1 else "0"
    more = {"conv": ", c: 2", "avgpool": ""}.get(op, "") + (f", d: {d}" if op != "avgpool" else "")
    return f"{{op: {op}, k: [{k[0]}, {k[1]}], s: {draw(st.sampled_from(strides))}, p: {pads}{more}}}"


@st.composite
def chains(draw):
    """Rows of windows, of ops that keep a position, and perhaps a global one with more behind it."""
    rows = [
        windows(draw, ["conv", "dwconv", "maxpool", "avgpool"], [1, 1, 2, 3]) for _ in range(draw(st.integers(1, 3)))
    ]
    rows.insert(
        draw(st.integers(0, len(rows))), draw(st.sampled_from(["{op: bn}", "{op: relu}", "{op: shuffle, g: 1}"]))
    )
    rows += draw(
        st.sampled_from(
            [[], ["{op: gap}"], ["{op: gap}", "{op: conv, k: 1, c: 4}"], ["{op: flatten}", "{op: fc, c: 3}"]]
        )
    )
    return "\n".join(f"  - {row}" for row in rows)


def unfolded(text, shape="[3, 40, 33]"):
    """Return a network, or None where its windows do not fit."""
    try:
        return net(text, shape)
    except SpecError:
        return None


@settings(deadline=None, max_examples=60)
@given(chains(), st.sampled_from(["[3, 40, 33]", "[2, 17, 9]"]))
def test_fields_of_a_chain_are_those_of_brute_force(text, shape):
    network = unfolded(text, shape)
    for layer, field in zip(network.layers, receptive_fields(network), strict=True) if network else ():
        assert field.sides == tuple(by_brute_force(network, layer.number, side) for side in (1, 2)), layer.path


@st.composite
def forks(draw):
    """Two branches to the same size from 24 pixels: strides that differ, and padding that shifts one of them."""
    ways = {
        "{op: conv, k: 2, s: 2, p: 0, c: 4}": 2,
        "{op: maxpool, k: 4, s: 2, p: 1}": 2,
        "{op: conv, k: 13, p: 0, c: 4}": 1,
        "{op: conv, k: 7, d: 2, p: 0, c: 4}": 1,
        "{op: avgpool, k: 2, s: 2}": 2,
        "{op: conv, k: 3, s: 2, p: same, c: 4}": 2,
    }
    pair = draw(st.lists(st.sampled_from(list(ways)), min_size=2, max_size=2))
    rows = [
        "  - {op: conv, k: 3, c: 4, name: x}",
        *(f"  - {{from: x, name: b{n}, {way[1:]}" for n, way in enumerate(pair)),
    ]
    rows += ["  - {op: " + draw(st.sampled_from(["add", "concat"])) + ", from: [b0, b1]}"]
    rows += [
        f"  - {draw(st.sampled_from(['{op: conv, k: 3, c: 2}', '{op: maxpool, k: 2}', '{op: gap}', '{op: relu}']))}"
    ]
    return "\n".join(rows)


@settings(deadline=None, max_examples=60)
@given(forks())
def test_fields_behind_a_fork_are_those_of_brute_force(text):
    network = net(text, "[4, 24, 24]")
    for layer, field in zip(network.layers, receptive_fields(network), strict=True):
        assert field.sides == tuple(by_brute_force(network, layer.number, side) for side in (1, 2)), layer.path
        strides = [set(spans) for spans in field.spans]
        assert field.stride == tuple(min(found) if len(found) == 1 else None for found in strides)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("  - {op: conv, k: 3, s: 2, p: 0, c: 2}\n  - {op: conv, k: [2, 3], d: 2, p: 0, c: 2}\n  - {op: maxpool, k: 3, s: 2}", (11, 15)),
        ("  - {op: conv, k: 1, c: 2, name: x}\n  - {op: conv, from: x, k: 2, s: 2, p: 0, c: 2, name: a}\n  - {op: conv, from: x, k: [21, 18], p: 0, c: 2, name: b}\n  - {op: add, from: [a, b]}", (21, 18)),
    ],
)  # fmt: skip
def test_without_padding_a_field_is_what_an_output_really_depends_on(text, size):
    network = net(text)
    field = receptive_fields(network)[-1]
    last = len(network.layers) - 1
    assert field.sides == size == tuple(by_brute_force(network, last, side, real=True) for side in (1, 2))


def test_a_gate_sees_the_whole_input():
    rows = "  - {op: conv, k: 3, c: 4, s: 2, name: x}\n  - {op: gap}\n  - {op: fc, c: 4, name: gate}\n  - {op: mul, from: [x, gate]}"
    *_, pooled, gate, product = receptive_fields(net(rows))
    assert (pooled.sides, gate.sides, product.sides) == ((40, 33), (40, 33), (40, 33))
    assert (pooled.stride, pooled.offset, product.stride, product.offset) == ((0, 0), (0, 0), (None, None), (-1, -1))


# Araujo et al. 2019, doi:10.23915/distill.00021: size and stride by their table, of nets in TF-Slim with the same windows.
PUBLISHED = [
    ("vgg16", {}, "maxpool1", 6, 2),
    ("vgg16", {}, "maxpool2", 16, 4),
    ("vgg16", {}, "maxpool3", 44, 8),
    ("vgg16", {}, "maxpool4", 100, 16),
    ("vgg16", {}, "maxpool5", 212, 32),
    ("alexnet_one_tower", {}, "conv1", 11, 4),
    ("alexnet_one_tower", {}, "pool5", 195, 32),
    ("mobilenet_v1", {}, "17", 315, 32),
    ("inception_v3", {}, "Mixed_7c/join", 1311, 32),
    ("resnet50", {"version": 1}, "conv2_x#3/join", 35, 4),
    ("resnet50", {"version": 1}, "conv5_x#3/join", 483, 32),
    ("resnet101", {"version": 1}, "conv5_x#3/join", 1027, 32),
]


@pytest.mark.parametrize(("name", "given", "path", "size", "stride"), PUBLISHED)
def test_published_fields(name, given, path, size, stride):
    network = load(name).build(**given)
    (field,) = (f for layer, f in zip(network.layers, receptive_fields(network), strict=True) if layer.path == path)
    assert (field.sides, field.stride) == ((size, size), (stride, stride))


def test_resnet_50_by_the_closed_form():
    """1 + sum of (k - 1) * stride so far, with the stride of a bottleneck in its 3x3: equation 5 of the same source."""
    size, jump = 1, 1
    for k, s in [(7, 2), (3, 2), *[(3, 1)] * 3, (3, 2), *[(3, 1)] * 3, (3, 2), *[(3, 1)] * 5, (3, 2), *[(3, 1)] * 2]:
        size, jump = size + (k - 1) * jump, jump * s
    network = load("resnet50").build()
    part = whole(network)
    assert part._replace(layers=network.layers[:-3]).figure("rf") == size == 427


def test_report_has_fields_in_json():
    layers = json.loads(run("report", "vgg16", "--format", "json").stdout)["layers"]
    fields = {layer["path"]: layer["receptive_field"] for layer in layers}
    assert fields["maxpool5"] == {"size": [212, 212], "stride": [32, 32], "offset": [-90, -90]}
    assert fields["fc6"] == {"size": [224, 224], "stride": [0, 0], "offset": [0, 0]}
