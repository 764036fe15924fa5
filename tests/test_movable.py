"""A page that moves: what JavaScript computes of a spec is what Python builds, to the last integer."""

import json
import math
import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import costcalc
from costcalc.analysis.movable import POWER, Movable, fitted
from costcalc.analysis.sliders import asked, axes_of
from costcalc.common.errors import SpecError
from costcalc.common.units import shown_shape
from costcalc.network.memory import timeline
from costcalc.network.metrics import Measure
from costcalc.output.formats.text import to_table
from costcalc.output.formats.values import Screen
from costcalc.output.views.explain import explained
from costcalc.teaching.explain.inletters import lines_of

NODE = shutil.which("node") or shutil.which("nodejs")
ENGINE = Path(costcalc.__file__).parent / "output/formats/pages/engine.js"
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


def run_script(text, data):
    """Return what a script prints as JSON, given data under the name `data`."""
    script = f"{ENGINE.read_text(encoding='utf-8')}\nconst data={json.dumps(data)};\n{text}"
    done = subprocess.run([NODE, "-"], input=script, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def built(spec, settings):
    """Return what a page is to show at some settings."""
    try:
        network = spec.build(**settings)
    except SpecError as error:
        return {"refused": error.sentence}
    live, measure, totals = timeline(network).live, Measure(), network.totals
    layers = [
        {
            "path": layer.path,
            "op": layer.op,
            "kind": layer.kind,
            "inputs": list(layer.inputs),
            "in": " + ".join(map(shown_shape, layer.ins)),
            "out": shown_shape(layer.out),
            "params": measure.params.of(layer),
            "macs": measure.macs.of(layer),
            "activations": layer.cost.activations,
            "alive": 4 * live[layer.number],
        }
        for layer in network.layers
    ]
    sums = {name: totals.figure(name) for name in ("params", "macs", "activations", "layers")}
    return {"layers": layers, "totals": {**sums, "peak": 4 * max(live)}}


SHOW = """
const network = %s;
const kept = ["path", "op", "kind", "inputs", "in", "out", "params", "macs", "activations", "alive"];
const shown = (found) => found === null || found.refused !== undefined ? found : {
  layers: found.layers.map((layer) => Object.fromEntries(kept.map((name) => [name, layer[name]]))),
  totals: found.totals,
};
console.log(JSON.stringify(data.map((settings) => shown(network.at(settings)))));
"""


def drawn(axis, chance):
    """Return a value of a setting that moves, as a command would read it."""
    if axis.span is None:
        return chance.choice(axis.values)
    value = axis.span.at(chance.randint(0, axis.span.steps))
    return int(value) if float(value).is_integer() else value


@needs_node
@pytest.mark.parametrize("name", ["mobilenet_v1", "squeezenet", "resnet50"])
def test_a_page_has_the_integers_of_single_builds(name):
    spec, chance = costcalc.load(name), random.Random(name)  # noqa: S311 - the same points each time
    movable, script = fitted(Movable(spec, axes_of(spec), lines_of))
    data = [{axis.name: drawn(axis, chance) for axis in movable.axes} for _ in range(6)]
    found = run_script(SHOW % script, data)
    assert found == [built(spec, settings) for settings in data]


EDGE = 2**53 - 1
WHOLES = [(a, b) for a in (0, 1, 7, 8, 9, 1000, EDGE, EDGE - 1, EDGE - 2) for b in (1, 2, 3, 7, 8, 1000, EDGE)]
PAIRS = [(a * left, b * right) for a, b in WHOLES for left in (1, -1) for right in (1, -1)]
FLOATS = [(float(a) + x, b * y) for a, b in PAIRS[:24] for x in (0.0, 0.1, 0.5) for y in (0.1, 0.3, 1.5)]


@needs_node
@pytest.mark.parametrize(
    ("text", "data", "right"),
    [
        ("data.map(([a, b]) => quotient(a, b) + 0)", PAIRS, lambda a, b: a // b),
        ("data.map(([a, b]) => remainder(a, b) + 0)", PAIRS, lambda a, b: a % b),
        ("data.map(([a, b]) => over(a, b) + 0)", FLOATS, lambda a, b: a // b),
        ("data.map(([a, b]) => rest(a, b) + 0)", FLOATS, lambda a, b: a % b),
    ],
    ids=["whole //", "whole %", "float //", "float %"],
)
def test_division_is_that_of_python(text, data, right):
    assert run_script(f"console.log(JSON.stringify({text}))", data) == [right(a, b) for a, b in data]


@needs_node
def test_rounding_is_that_of_python():
    halves = [
        sign * (number + part) for number in (0, 1, 2, 3, 2**51) for part in (0.5, 0.25, 0.75) for sign in (1, -1)
    ]
    data = [*halves, 0.49999999999999994, math.nextafter(2.5, 3), 4503599627370497.5, 2.0**52]
    found = run_script("console.log(JSON.stringify(data.map((x) => even(x) + 0)))", data)
    assert found == [round(x) for x in data]


@needs_node
def test_floats_are_written_as_python_writes_them_or_not_at_all():
    data = [0.1, 0.30000000000000004, 1.0, -2.0, 1e15, 0.0001, 123456789.125, 1e16, 1e-5]
    found = run_script("console.log(JSON.stringify(data.map(written)))", data)
    assert found == [*map(repr, data[:-2]), None, None]


WIDE = """
name: Wide
settings: {width: 1.0, k: 3, res: 16}
input: [3, res, res]
layers:
  - {op: conv, k: k, c: 10 * width, s: 2, norm: bn, act: relu}
  - {op: maxpool, k: 3, s: 2, p: valid}
  - {op: tconv, k: 3, c: 8, s: 2, p: same}
  - {op: conv, k: 5, c: 8, p: same, d: 2, g: 2, bias: true}
  - {op: avgpool, k: 2, s: 2, ceil: true}
  - {op: fc, c: 7}
"""


def movable_of(text, folder, **more):
    """Return what a page has of a spec's text, its axes those asked for, and the spec."""
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    spec = costcalc.load(str(path))
    over = [f"{name}={span}" for name, span in more.items()]
    return Movable(spec, asked(spec, over, ()), lines_of), spec


def explained_lines(network, layer):
    """Return the lines of a layer's workings that `explain` prints."""
    text = to_table(explained(network, layer), Screen()).split("\n\n")
    return [line for part in text[1:] for line in part.split("\n") if re.match(r"  \S+ = |(output|what) ", line)]


@needs_node
def test_a_page_says_what_a_spec_refuses_and_how_numbers_come_about(tmp_path):
    movable, spec = movable_of(WIDE, tmp_path, width="0.1..2:0.05", k="3..9:2", res="4..64")
    widths = [0.1, 0.15, 0.25, 1, 1.2, 1.25, 2]
    data = [{"width": width, "k": k, "res": res} for width in widths for k in (3, 5, 4) for res in (4, 15, 64)]
    script = movable.script()
    found = run_script(SHOW % script, data)
    assert found == [built(spec, point) for point in data]
    assert {"refused": "`c` must be a whole number, not 2.5 (say how to round: `int`, `round`, `divisible`)"} in found
    assert {"refused": "a window of 3 is larger than its input of 2"} in found
    point = {"width": 1, "k": 5, "res": 33}
    network = spec.build(**point)
    lines = run_script(
        f"const network = {script};\nconsole.log(JSON.stringify(data.map((number) => network.lines({json.dumps(point)}, number))));",
        list(range(len(network.layers))),
    )
    assert lines == [explained_lines(network, layer) for layer in network.layers]


@needs_node
def test_a_point_outside_has_no_figures(tmp_path):
    movable, _ = movable_of(WIDE, tmp_path, width="0.5..1:0.5", res="16..32")
    own = {"width": 1, "k": 3, "res": 16}
    data = [
        {**own, **given}
        for given in (
            {"width": 1.5},
            {"width": 0.9000000000000001},
            {"width": "1"},
            {"res": 16.5},
            {"res": 33},
            {"res": None},
        )
    ]
    assert run_script(SHOW % movable.script(), data) == [None] * len(data)


@needs_node
@pytest.mark.parametrize("name", ["'</script><!--'", "'\u2e280\u2e28'", '"\\u2e280\\u2e28"', "'a\"b'"])
def test_a_text_of_a_spec_stays_a_text(tmp_path, name):
    text = WIDE.replace("{op: fc, c: 7}", f"{{op: fc, c: 7, name: last, stage: {name}}}").replace(
        "name: Wide", f"name: {name}"
    )
    movable, spec = movable_of(text, tmp_path, width="0.1..2:0.1")
    script = movable.script()
    assert "</script" not in script
    data = [{"width": width, "k": 3, "res": 16} for width in (0.1, 0.15, 1)]
    assert run_script(SHOW % script, data) == [built(spec, point) for point in data]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("int(10 * width ** 2)", f"`own` {POWER}"),
        (
            "1000000000 * res + int(width)",
            "`own` has numbers over 2^53, which a page cannot compute to the last integer: narrow `res`, such as to 1..32",
        ),
    ],
)
def test_what_a_page_may_get_wrong_is_refused(tmp_path, cell, sentence):
    text = WIDE.replace("c: 10 * width", f"c: {cell}")
    with pytest.raises(SpecError) as error:
        movable_of(text, tmp_path, width="0.1..2:0.1", res="1..64")[0].script()
    assert error.value.sentence == sentence
