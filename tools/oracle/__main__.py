"""Hold bundled networks and layers against real ones: `python -m tools.oracle [SPEC ...] --log FILE`."""

import argparse
import json
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from costcalc import specfile
from costcalc.common.errors import SpecError
from costcalc.language.settings import constant, resolve
from costcalc.language.spec import Definition, Implementation
from costcalc.unfold.interpreter import build as unfold

from . import clones, counters, grid, layers, models, ours, page
from .held import Held, held

warnings.filterwarnings("ignore")
TRAINED = 4  # at each of so many points what training saves is compared too
SEED = 16


def at(
    spec: Definition, match: Implementation, name: str, point: grid.Point, made: dict[str, models.Built], *, train: bool
) -> Held | str:
    """Return how a network compares at one point, or who refused it: both, or one of them with its words.

    Where it is to `train`, what training saves is compared too.
    """
    shape = None if point.sides is None else (_sides(spec, point)[0], *point.sides)
    network: Any = None
    try:
        network = ours.plain(unfold(spec, dict(point.settings), spec.name, shape))
    except SpecError as error:
        refused = f"spec: {error.sentence}"
    sides = network.input if network else (shape or _sides(spec, point))
    try:
        found = models.measured(name, point.args, sides, made, train=train)
    except (RuntimeError, AssertionError, ValueError) as error:
        return "both" if network is None else f"implementation: {str(error)[:200]}"
    return refused if network is None else held(network, found)


def _sides(spec: Definition, point: grid.Point) -> tuple[int, ...]:
    """Return the input that a point asks for."""
    values = resolve(spec, point.settings).values
    return tuple(int(constant(cell, values, spec.words)) for cell in spec.input)


def entry(spec: Definition, match: Implementation, variant: str, name: str) -> dict[str, Any]:
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
    return {**told, "causes": dict(causes), "different": len(different), "told": different[:3]}


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

    return {name: version(name) for name in ("torch", "torchvision", "timm", "keras", *counters.PROGRAMS)}


def written(data: Mapping[str, Any], path: Path) -> None:
    """Write the data, a row a line."""
    parts = []
    for key, value in data.items():
        rows = ",\n".join("  " + json.dumps(row) for row in value) if isinstance(value, list) else ""
        parts.append(f" {json.dumps(key)}: " + (f"[\n{rows}\n ]" if rows else json.dumps(value)))
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def declared(files: Iterable[str]) -> Iterator[tuple[Definition, str, Implementation, str, str]]:
    """Yield every implementation that specs declare: the spec, its file, the entry, the variant, the name."""
    for file in files:
        spec = specfile.load(file)[0]
        for match in spec.matches:
            for variant, name in match.models.items():
                yield spec, file, match, variant, name


def networks(files: Iterable[str], logs: Sequence[Path], share: tuple[int, int], library: str) -> None:
    """Compare a share of bundled networks: add an entry to the first log for each implementation that none has."""
    done = {(row["spec"], row["variant"], row["model"], row["set"]) for row in read(logs)}
    for number, (spec, file, match, variant, name) in enumerate(declared(files)):
        row = {"spec": file, "variant": variant, "model": name, "set": str(sorted(match.over))}
        here = clones.there(name.partition(".")[0]) and number % share[1] == share[0] and name.startswith(library)
        if here and tuple(row.values()) not in done:
            note(logs[0], {**row, **entry(spec, match, variant, name)})


def programs(files: Iterable[str], log: Path) -> None:
    """Compare the totals of other programs, those of networks that the log does not have."""
    done = {row["spec"] for row in read([log])}
    for file in files:
        for total in counters.totals(file) if file not in done else ():
            note(log, total)


def note(log: Path, row: Mapping[str, Any]) -> None:
    """Add a line to a log, and print it."""
    line = json.dumps(row)
    print(line, flush=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def read(logs: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the lines of some logs, those that are there."""
    return [json.loads(line) for log in logs if log.exists() for line in log.read_text(encoding="utf-8").splitlines()]


def gathered(logs: Iterable[Path], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the page from the logs of a run; families that it did not end are as they were `before`."""
    rows = read(logs)
    wanted = [(file, name, variant) for _, file, _, variant, name in declared(specfile.bundled())]
    whole = Counter((file, name.partition(".")[0]) for file, name, _ in wanted)
    new = {(row["spec"], row["library"]): row for row in together(row for row in rows if "points" in row)}
    found = {key: row for key, row in new.items() if row["members"] == whole[key]}
    old = {(row["spec"], row["library"]): {**row, "before": True} for row in before["networks"]}
    found = new | {key: row for key, row in old.items() if key in whole} | found
    left = {key: count - found.get(key, {"members": 0})["members"] for key, count in sorted(whole.items())}
    return {
        "networks": [found[key] for key in sorted(found)],
        "declared": len(wanted),
        "alone": [file for file in specfile.bundled() if not specfile.load(file)[0].matches],
        "left": [f"{file} ({library}): {count}" for (file, library), count in left.items() if count],
        "layers": [row for row in rows if "oracle" in row] or before["layers"],
        "counters": counters.compared(row for row in rows if "total" in row) or before["counters"],
        "sizes": grid.SIZES,
        "versions": versions(),
    }


def main() -> None:
    """Compare what was asked for into a log, or make the data of the page from logs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="*", help="bundled files; all of them unless said")
    parser.add_argument(
        "--log", type=Path, required=True, action="append", help="where results are added, line by line"
    )
    parser.add_argument("--share", default="1/1", metavar="I/N", help="the I-th of N shares of the implementations")
    parser.add_argument("--library", default="", metavar="NAME", help="only implementations whose name starts so")
    parser.add_argument("--layers", type=int, default=0, metavar="N", help="compare so many random layers instead")
    parser.add_argument("--counters", action="store_true", help="compare the totals of other programs instead")
    parser.add_argument(
        "--gather", action="store_true", help="compare nothing: write the data of the page from the logs"
    )
    asked = parser.parse_args()
    files, log = asked.specs or specfile.bundled(), asked.log[0]
    if asked.gather:
        written(gathered(asked.log, json.loads(page.DATA.read_text(encoding="utf-8"))), page.DATA)
    elif asked.layers:
        for name, make in {"a walk over every product": layers.walked, "torch.nn": layers.modules}.items():
            note(log, layers.compared(name, make(asked.layers, SEED))._asdict())
    elif asked.counters:
        programs(files, log)
    else:
        share, shares = map(int, asked.share.split("/"))
        networks(files, asked.log, (share - 1, shares), asked.library)


if __name__ == "__main__":
    sys.exit(main())
