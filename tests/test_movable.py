"""A page that moves: what JavaScript computes of a spec is what Python builds, to the last integer."""

import json
import math
import random
import shutil
import subprocess
from pathlib import Path

import pytest

import costcalc
from costcalc.analysis.movable import Movable, fitted
from costcalc.analysis.sliders import axes_of
from costcalc.common.errors import SpecError
from costcalc.common.units import shown_shape
from costcalc.network.memory import timeline
from costcalc.network.metrics import Measure
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
