"""Hold pages to builds: `python tools/pages.py 2000 [NAME...]`, of all bundled families unless some are named.

Needs node; with `--browser`, each page is opened in Chromium and asked there. A family's page is asked at so many
random settings, and what it shows is compared with the network built there: every layer with its kind, shapes,
parameters, MACs, activations and bytes alive, the totals, the peak, what the spec refuses, and at each setting all
formula lines of three layers. One line a family: how many settings were equal, how many of them the spec refuses, how
many the page leaves to the command, the lines compared, the page's size in bytes, the median time of a move in ms. It
ends with exit code 1 where anything differs. `--keep FILE` puts the counts into a file of JSON, such as
docs/pages.json, of which `python tools/docs.py` makes a table.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

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

ASKED = """
const N = MODEL.networks[0];
const kept = ["path", "op", "kind", "inputs", "in", "out", "params", "macs", "activations", "alive"];
const times = [];
const found = points.map(([settings, picks]) => {
  const begun = performance.now();
  const got = N.at(settings);
  times.push(performance.now() - begun);
  if (got === null || got.refused !== undefined) return got;
  const lines = picks.map((pick) => N.lines(settings, Math.floor(pick * got.layers.length)));
  return { layers: got.layers.map((layer) => kept.map((name) => layer[name])), totals: got.totals, lines };
});
times.sort((a, b) => a - b);
"""
NODE = f"""
const fs = require("fs");
const points = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
{ASKED}
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


class Held(NamedTuple):
    """What came of the comparison of a family, of so many settings: how many were equal, and so on.

    `refused` of the equal ones are refused in the spec's words; `left` have a dash; `size` is of the page, in bytes;
    `time` is that of a move, the median in ms.
    """

    settings: int
    equal: int
    refused: int
    left: int
    lines: int
    size: int
    time: float

    @property
    def good(self) -> bool:
        """Whether nothing differs."""
        return self.equal + self.left == self.settings

    def line(self, name: str) -> str:
        """Return the line of a family."""
        told = f"{self.equal:5} equal  {self.refused:5} refused  {self.left:5} left  {self.lines:7} lines"
        return f"{name:22} {told}  {self.size:7} bytes  {self.time:.3f} ms"


def held(name: str, count: int, ask: Callable[[str, Any], Any]) -> Held:
    """Return what came of the page of a family; say of each setting that differs which it is."""
    chance = random.Random(name)  # noqa: S311 - the same settings each time
    movable, script = fitted(movables([name], (), (), Measure(), "fp32")[0])
    text = model([script], {"convention": "", "dtype": "", "command": ""})
    points = [(drawn(movable, chance), [chance.random() for _ in range(LINES)]) for _ in range(count)]
    found, median = ask(text, points)
    equal = refused = lines = 0
    for (settings, picks), got in zip(points, found, strict=True):
        if got is None:
            continue
        try:
            wanted = right(movable.spec.build(**settings), picks)
        except SpecError as error:
            wanted = {"refused": error.sentence}
        if got != wanted:
            print(f"{name}: differs at {settings}")
            continue
        equal += 1
        refused += "refused" in wanted
        lines += sum(map(len, got.get("lines", ())))
    size = len(whole(movable.spec.name, text).encode())
    return Held(count, equal, refused, found.count(None), lines, size, round(median, 3))


def in_node(text: str, points: Any) -> Any:
    """Return what a model gives at some points, and the median time of one in ms."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as place:
        paths = [os.path.join(place, name) for name in ("page.js", "points.json", "found.json")]
        for path, content in zip(paths, (text + NODE, json.dumps(points)), strict=False):
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(content)
        subprocess.run(["node", *paths], check=True)  # noqa: S607
        return json.loads(Path(paths[2]).read_text(encoding="utf-8"))


def in_browser(text: str, points: Any) -> Any:
    """Return the same of the page of a model, opened in Chromium, which may neither complain nor load."""
    sys.path.append(str(Path(__file__).parent.parent / "tests"))
    from browsing import Browser

    with Browser() as browser:
        page = browser.open(whole("page", text))
        found = page.run(f"const points = {json.dumps(points)};{ASKED} return [found, times[times.length >> 1]];")
        if page.problems or page.requests:
            raise SystemExit(f"{page.problems} {page.requests}")
    return found


def keep(path: str, part: str, name: str, found: Held) -> None:
    """Put what came of a family into a part of a file of JSON, with what is there of others."""
    file = Path(path)
    data = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    data[part] = dict(sorted({**data.get(part, {}), name: found._asdict()}.items()))
    file.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    """Print the line of each family."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("count", type=int, help="settings of each family")
    parser.add_argument("names", nargs="*", help="families; without, all")
    parser.add_argument("--browser", action="store_true", help="ask the page in Chromium, not its model in node")
    parser.add_argument("--keep", metavar="FILE", help="put the counts into a file of JSON")
    given = parser.parse_args()
    files = sorted(name.removesuffix(".yaml") for name in os.listdir(folder()) if name.endswith(".yaml"))
    good = True
    for name in given.names or files:
        found = held(name, given.count, in_browser if given.browser else in_node)
        print(found.line(name), flush=True)
        good = good and found.good
        if given.keep:
            keep(given.keep, "browser" if given.browser else "node", name, found)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
