"""Hold bundled networks against their implementations: `python -m tools.oracle [SPEC ...]`."""

import argparse
import json
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import torch

from costcalc import specfile
from costcalc.common.errors import SpecError
from costcalc.language.spec import Definition, Match
from costcalc.unfold.interpreter import build as unfold

from . import grid, models, ours, run
from .held import BATCH, Held, held

warnings.filterwarnings("ignore")
TRAINED = 4  # at each of so many points what training saves is compared too
DATA = Path(__file__).parents[2] / "docs" / "verification.json"


def at(
    spec: Definition, match: Match, name: str, point: grid.Point, made: dict[str, models.Built], *, train: bool
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


def entry(spec: Definition, file: str, match: Match, variant: str, name: str) -> dict[str, Any]:
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


def main() -> None:
    """Compare what was asked for, and write the data from which the page is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="*", help="bundled files; all of them unless said")
    parser.add_argument("--data", type=Path, default=DATA)
    asked = parser.parse_args()
    for file in asked.specs or specfile.bundled():
        spec = specfile.load(file)[0]
        found = []
        for match in spec.matches:
            for variant, name in match.models.items():
                start = time.time()
                found.append(entry(spec, file, match, variant, name))
                print(f"{time.time() - start:.1f}s {json.dumps(found[-1])}", flush=True)
        kept = json.loads(asked.data.read_text(encoding="utf-8")) if asked.data.exists() else []
        kept = sorted(
            [*(e for e in kept if e["spec"] != file), *found], key=lambda e: (e["spec"], e["model"], e["variant"])
        )
        rows = ",\n".join(json.dumps(e) for e in kept)
        asked.data.write_text(f"[\n{rows}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
