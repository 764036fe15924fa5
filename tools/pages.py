"""Hold pages to builds: `python tools/pages.py 2000 [NAME...]`, of all bundled families unless some are named.

Needs node. For each family, its page is asked at so many random settings, and what it shows is compared with the
network built there: every layer with its kind, shapes, parameters, MACs, activations and bytes alive, the totals, the
peak, what the spec refuses, and at each setting all formula lines of three layers. One line a family: how many
settings were equal, how many of them the spec refuses, how many the page leaves to the command, the lines compared, the
page's size in bytes, the median time of a move in ms. It ends with exit code 1 where anything differs.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from costcalc.analysis.movable import Movable, fitted
from costcalc.cli.page import model, movables
from costcalc.common.errors import SpecError
from costcalc.common.table import Working
from costcalc.common.units import bytes_of, shown_shape
from costcalc.network.memory import timeline
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.output.formats.moving import whole
from costcalc.output.formats.values import remark_of
from costcalc.output.views.explain import shared_out
from costcalc.output.views.worked import workings
from costcalc.specfile import folder

ASK = """
const fs = require("fs");
const N = MODEL.networks[0];
const points = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const kept = ["path", "op", "kind", "inputs", "in", "out", "params", "macs", "activations", "alive"];
const times = [];
const found = points.map(([settings, picks]) => {
  const begun = process.hrtime.bigint();
  const got = N.at(settings);
  times.push(Number(process.hrtime.bigint() - begun) / 1e6);
  if (got === null || got.refused !== undefined) return got;
  const lines = picks.map((pick) => N.lines(settings, Math.floor(pick * got.layers.length)));
  return { layers: got.layers.map((layer) => kept.map((name) => layer[name])), totals: got.totals, lines };
});
times.sort((a, b) => a - b);
fs.writeFileSync(process.argv[3], JSON.stringify([found, times[times.length >> 1]]));
"""
LINES = 3  # layers of each setting whose formulas are compared


def drawn(movable: Movable, chance: random.Random) -> dict[str, Any]:
    """Return a value for each setting that moves, as a command line would read it: steps, and floats between them."""
    found: dict[str, Any] = {}
    for axis in movable.axes:
        span = axis.span
        if span is None:
            found[axis.name] = chance.choice(axis.values)
            continue
        value = span.at(chance.randint(0, span.steps))
        if not span.whole and chance.random() < 0.3:
            between = round(chance.uniform(span.least, span.most), chance.choice((1, 2, 3, 17)))
            value = min(max(between, span.least), span.most)
        found[axis.name] = int(value) if float(value).is_integer() else value
    return found


def written(works: Sequence[Working]) -> Iterator[str]:
    """Yield workings as `explain` prints them where there is room."""
    for part, members in groupby(works, lambda work: work.part):
        yield part
        for work in members:
            steps = " = ".join(filter(None, (work.formula, work.numbers, f"{work.value:,}")))
            behind = remark_of(work)
            yield f"  {work.name} = {steps}{f'    {behind}' if behind else ''}"


def seen(layer: Layer, live: int, measure: Measure) -> list[Any]:
    """Return what a page is to show of a layer."""
    return [
        layer.path,
        layer.op,
        layer.kind,
        list(layer.inputs),
        " + ".join(map(shown_shape, layer.ins)),
        shown_shape(layer.out),
        measure.params.of(layer),
        measure.macs.of(layer),
        layer.cost.activations,
        bytes_of(live, 32),
    ]


def right(network: Network, picks: Sequence[float]) -> dict[str, Any]:
    """Return what a page is to show of a network."""
    live, measure, totals = timeline(network).live, Measure(), network.totals
    sums = {name: totals.figure(name) for name in ("params", "macs", "activations")}
    picked = [network.layers[int(pick * len(network.layers))] for pick in picks]
    return {
        "layers": [seen(layer, elements, measure) for layer, elements in zip(network.layers, live, strict=True)],
        "totals": {**sums, "peak": bytes_of(max(live), 32), "layers": totals.layers},
        "lines": [list(written([shared_out(totals, work) for work in workings(layer)])) for layer in picked],
    }


def held(name: str, count: int) -> tuple[str, bool]:
    """Return the line of a family, and whether all that its page shows is right."""
    chance = random.Random(name)  # noqa: S311 - the same settings each time
    movable, script = fitted(movables([name], (), (), Measure(), "fp32")[0])
    text = model([script], {"convention": "", "dtype": "", "command": ""})
    points = [(drawn(movable, chance), [chance.random() for _ in range(LINES)]) for _ in range(count)]
    found, median = asked(text, points)
    equal = refused = lines = 0
    for (settings, picks), got in zip(points, found, strict=True):
        if got is None:
            continue
        try:
            wanted = right(movable.spec.build(**settings), picks)
        except SpecError as error:
            wanted = {"refused": error.sentence}
            refused += 1
        if got == wanted:
            equal += 1
            lines += sum(map(len, got.get("lines", ())))
        else:
            print(f"{name}: differs at {settings}")
    left = found.count(None)
    size = len(whole(movable.spec.name, text).encode())
    told = f"{equal:5} equal  {refused:5} refused  {left:5} left  {lines:7} lines  {size:7} bytes  {median:.3f} ms"
    return f"{name:22} {told}", equal + left == count


def asked(text: str, points: Any) -> tuple[list[Any], float]:
    """Return what a model gives at some points, and the median time of one in ms."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        paths = [os.path.join(place, name) for name in ("page.js", "points.json", "found.json")]
        for path, content in zip(paths, (text + ASK, json.dumps(points)), strict=False):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(content)
        subprocess.run(["node", *paths], check=True)  # noqa: S607
        with open(paths[2], encoding="utf-8") as stream:
            found, median = json.load(stream)
    return found, median


def main(count: int, names: Sequence[str]) -> int:
    """Print the line of each family."""
    files = sorted(name.removesuffix(".yaml") for name in os.listdir(folder()) if name.endswith(".yaml"))
    good = True
    for name in names or files:
        line, holds = held(name, count)
        print(line, flush=True)
        good = good and holds
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
