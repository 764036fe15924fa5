"""Hold bundled networks and layers against real ones: `python -m tools.oracle [SPEC ...] [--layers N] [--counters]`."""

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from costcalc import specfile
from costcalc.common.errors import SpecError
from costcalc.language.spec import Definition, Implementation
from costcalc.unfold.interpreter import build as unfold

from . import counters, grid, layers, models, ours, page, run
from .held import BATCH, Held, held

warnings.filterwarnings("ignore")
TRAINED = 4  # at each of so many points what training saves is compared too
SEED = 16


def at(
    spec: Definition, match: Implementation, name: str, point: grid.Point, made: dict[str, models.Built], *, train: bool
) -> Held | str:
    """Return how a network compares at one point, or who refused it: both, or one of them with its words.

    Where it is to `train`, what training saves is compared too.
    """
    shape = None if point.sides is None else (3, *point.sides)
    network: Any = None
    try:
        network = ours.plain(unfold(spec, dict(point.settings), spec.name, shape))
    except SpecError as error:
        refused = f"spec: {error.sentence}"
    key = json.dumps(point.args, sort_keys=True, default=str)
    try:
        if key not in made:
            made.clear()
            made[key] = models.build(name, point.args)
        built = made[key]
        sides = network.input if network else (shape or (3, point.settings["res"], point.settings["res"]))
        built.module.eval()
        found = run.run(built.module, (torch.empty(1, *sides, device="meta"),), built.forward)
        built.module.train()
        inputs = (torch.empty(BATCH, *sides, device="meta"),)
        trained = run.saved(built.module, inputs, built.forward) if train else None
    except (RuntimeError, AssertionError, ValueError) as error:
        return "both" if network is None else f"implementation: {str(error)[:200]}"
    return refused if network is None else held(network, built.module, found, trained)


def entry(spec: Definition, file: str, match: Implementation, variant: str, name: str) -> dict[str, Any]:
    """Return what the comparison with one implementation gives, over its grid."""
    told: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    different, made = [], {}
    for number, point in enumerate(grid.points(spec, match, variant)):
        result = at(spec, match, name, point, made, train=number % TRAINED == 0)
        told["points"] += 1
        if isinstance(result, str):
            told["refused"] += result == "both"
            different += [] if result == "both" else [f"{dict(point.settings)} {point.sides or ''}: {result}"]
            continue
        told["layers"] += result.layers
        told["layers equal"] += result.equal
        for key, (a, b) in result.figures.items():
            told[key] += 1
            told[f"{key} equal"] += a == b
        causes.update(f"{key}: {cause}" for key, cause in result.causes.items())
        if result.unexplained:
            words = [f"{k} {a:,} | {b:,}" for k, (a, b) in result.figures.items() if k in result.unexplained]
            more = (
                [f"layers {result.equal} of {result.layers}: {result.first}"] if "layers" in result.unexplained else []
            )
            different.append(f"{dict(point.settings)} {point.sides or ''}: {'; '.join([*words, *more])}")
    label = {"spec": file, "variant": variant, "model": name}
    return {**label, **told, "causes": dict(causes), "different": len(different), "told": different[:3]}


def together(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each spec and library, of the entries of its members."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in entries:
        library = one["model"].partition(".")[0]
        row = found.setdefault((one["spec"], library), {"spec": one["spec"], "library": library, "causes": {}})
        for key, value in {"members": 1, "refused": 0, **one}.items():
            if isinstance(value, int):
                row[key] = row.get(key, 0) + value
        row["causes"] = dict(Counter(row["causes"]) + Counter(one["causes"]))
    return [found[key] for key in sorted(found)]


def versions() -> dict[str, str]:
    """Return the versions of what was compared."""
    from importlib.metadata import version

    return {name: version(name) for name in ("torch", "torchvision", "timm", *counters.PROGRAMS)}


def written(data: Mapping[str, Any], path: Path) -> None:
    """Write the data, a row a line."""
    parts = []
    for key, value in data.items():
        rows = ",\n".join("  " + json.dumps(row) for row in value) if isinstance(value, list) else ""
        parts.append(f" {json.dumps(key)}: " + (f"[\n{rows}\n ]" if rows else json.dumps(value)))
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def networks(files: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield what the comparison of bundled networks gives, an entry for each implementation; each is printed too."""
    for file in files:
        spec = specfile.load(file)[0]
        for match in spec.matches:
            for variant, name in match.models.items():
                found = entry(spec, file, match, variant, name)
                print(json.dumps(found), flush=True)
                yield found


def main() -> None:
    """Compare what was asked for, and write the data from which the page is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="*", help="bundled files; all of them unless said")
    parser.add_argument("--data", type=Path, default=page.DATA)
    parser.add_argument("--layers", type=int, default=0, metavar="N", help="compare so many random layers too")
    parser.add_argument("--counters", action="store_true", help="compare the totals of other programs too")
    asked = parser.parse_args()
    data = json.loads(asked.data.read_text(encoding="utf-8"))
    files = asked.specs or specfile.bundled()
    rows = together(networks(files))
    kept = [row for row in data["networks"] if row["spec"] not in files]
    data["networks"] = sorted([*kept, *rows], key=lambda row: (row["spec"], row["library"]))
    data["declared"] = sum(len(match.models) for file in specfile.bundled() for match in specfile.load(file)[0].matches)
    data["left"] = [name for name in data["left"] if name.partition(":")[0] not in files]
    if asked.layers:
        pairs = {"a walk over every product": layers.walked, "torch.nn": layers.modules}
        data["layers"] = [layers.compared(name, make(asked.layers, SEED))._asdict() for name, make in pairs.items()]
    if asked.counters:
        data["counters"] = counters.compared(files)
    written({**data, "sizes": grid.SIZES, "versions": versions()}, asked.data)


if __name__ == "__main__":
    sys.exit(main())
