"""docs/verification.md, from the data that a run of the comparison leaves; imports nothing but the standard library."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .moving import moving

DATA = Path(__file__).parents[2] / "docs" / "verification.json"
MUTANTS = Path(__file__).parent.parent / "mutants.json"
FIGURES = {
    "params": "Trainable parameters",
    "stats": "Running statistics",
    "macs": "MACs",
    "peak": "Peaks",
    "saved": "What training keeps",
}
# Why a figure or an order of layers is another one, by the name that the comparison has for it.
CAUSES = {
    "layers: order": """The implementation runs the branches of a block in another order. Its layers are the same, one
by one, in an order that the table allows too; the peak compared is that of the implementation's order.""",
    "layers: idle": """An adaptive pool gives the map that it gets: AlexNet's to 6x6 and VGG's to 7x7 at the papers'
sizes, those of GoogLeNet's heads. The table has no pool there.""",
    "saved: idle": "That pool saves its input: as many elements more as it has.",
    "saved: dropout": """The implementation drops out before its classifier, of which the table says nothing: the
output of that dropout more.""",
    "saved: relu6": """timm's MobileNet V1 has ReLU6, the paper ReLU: the input of a ReLU6 is saved, of a ReLU the
output. With ReLU6 in the table the figures are equal.""",
    "saved: in place": """timm's leaky ReLU behind a norm is in place and saves its output, as a ReLU does; with ReLU
in its place in the table the figures are equal.""",
    "saved: functions": """SSD's norm is written as functions, which save the quotient too and two values a place: C *
H * W + 2 * H * W more.""",
    "peak: joined": """Each layer of torchvision's and timm's DenseNet joins all maps before it anew, and normalises
what it joined: 3 * C * H * W elements alive at the last layer of a dense block (3 * 224 * 56 * 56 = 2,107,392 in
DenseNet-121). The table joins a layer's output to what was joined before it (1,806,336).""",
    "saved: summed": """timm's MobileViTv2 sums the keys of a row, weighed by their scores. The table has their mean, an
average pool over the row, which keeps its input; the gradient of a sum needs none.""",
}
HEAD = """# Verification

What bundled networks and layer types were held against, and what came of it. `python tools/docs.py` writes this page
from `verification.json`, and `python -m tools.oracle` that: it needs `pip install "costcalc[oracle]"` and runs
implementations on tensors without data (PyTorch's meta tensors), without weights.
"""
NETWORKS = """
## Networks

Each implementation that a spec [declares](spec-format.md#implementations) is built and run at the points of a grid: its
own settings; inputs of {sizes} pixels a side
(members of large families take turns), 480x640 and 320x192, as far as it declares them;
10 and 21,841 classes; of widths, depths, groups and the like eight values between the declared ends,
some crossed with each other and with sizes. Compared are:

* trainable parameters, running statistics, and MACs of convolutions, matrices and products of maps, by PyTorch's own
  formula for each operation that runs;
* every layer that multiplies, normalises, pools, adds or joins maps, in the order of the run: channels and elements of
  its output, its parameters, its statistics, its MACs; an attention as one layer;
* the peak against storages: every tensor that the run makes, alive from the operation that writes it to the last one
  that reads it, where norms after a product and activations are part of the operation before them (here with
  `--policy inplace-act`);
* what training keeps against the tensors that autograd saves, each storage once, at every fourth point; parameters,
  statistics, masks and indices are left out, and padding that is an operation of its own.

Peak and training are not compared for networks with attention, which is one step here ([memory.md](memory.md)).
"""


def page() -> str:
    """Return the page."""
    data = json.loads(DATA.read_text(encoding="utf-8")) | {"mutants": json.loads(MUTANTS.read_text(encoding="utf-8"))}
    parts = [HEAD, *_networks(data["networks"], data["sizes"]), *_left(data), *_causes(data["networks"])]
    for section, write in SECTIONS.items():
        parts += write(data[section]) if data[section] else []
    parts += [*moving(), *_beside(data["beside"]), "", *_versions(data["versions"])]
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], left: int) -> list[str]:
    """Return a table whose first columns are texts and the others numbers."""
    line = ["---"] * left + ["---:"] * (len(head) - left)
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in (head, line, *shown)]


def _networks(rows: Sequence[Mapping[str, Any]], sizes: Sequence[int]) -> list[str]:
    """Return the section on networks: totals in words, and a line for each family and library."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update({key: value for key, value in row.items() if isinstance(value, int)})
    words = [
        f"{sums['points']:,} points of {sums['members']:,} implementations; at {sums['refused']:,} both sides refused.",
        f"Layers: {sums['layers equal']:,} of {sums['layers']:,} equal.",
        *(
            f"{words}: {sums[f'{key} equal']:,} of {sums[key]:,} equal; {_explained(rows, key):,} others are explained."
            for key, words in FIGURES.items()
        ),
        f"Neither equal nor explained: {sums['different']:,} points.",
    ]
    head = ["spec", "library", "members", "points", "layers", "equal", "totals", "peak", "training", "explained"]
    table = _table(head, map(_row, rows), 2)
    return [NETWORKS.format(sizes=", ".join(map(str, sizes))), *(f"* {line}" for line in words), "", *table]


def _left(data: Mapping[str, Any]) -> list[str]:
    """Return which declared implementations the data does not have."""
    names = ", ".join(f"`{name}`" for name in data["left"])
    return ["", f"Declared, and not visited yet ({len(data['left'])} of {data['declared']}): {names}."] if names else []


def _explained(rows: Iterable[Mapping[str, Any]], key: str) -> int:
    """Return at how many points a figure differs for a known cause."""
    return sum(count for row in rows for cause, count in row["causes"].items() if cause.startswith(f"{key}: "))


def _row(row: Mapping[str, Any]) -> list[Any]:
    """Return the line of one family in one library."""
    totals = min(row["params equal"], row["stats equal"], row["macs equal"])
    peak, saved = (f"{row[f'{key} equal']:,} of {row[key]:,}" if key in row else "" for key in ("peak", "saved"))
    causes = ", ".join(f"{cause} ({count:,})" for cause, count in sorted(row["causes"].items()))
    first = [f"`{row['spec']}`", row["library"], row["members"], row["points"], row["layers"], row["layers equal"]]
    return [*first, f"{totals:,} of {row['params']:,}", peak, saved, causes]


def _causes(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what explains differences, with how often."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update(row["causes"])
    body = [[cause, CAUSES[cause].replace("\n", " "), count] for cause, count in sorted(sums.items())]
    return [
        "",
        "## Why figures differ",
        "",
        "A difference counts as explained where the arithmetic of its cause gives it to the last element.",
        "",
        *_table(["what: cause", "why", "points"], body, 2),
    ]


def _counters(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the section on other programs."""
    keys = ("program", "convention", "networks", "equal", "explained")
    return [
        "",
        "## Other programs",
        "",
        "The total that each program gives for a network of torchvision, at its own settings, against the convention",
        "of its name ([counting.md](counting.md)). Programs that need data leave large networks out. Explained is",
        "what a program counts for an adaptive pool that gives the map that it gets.",
        "",
        *_table(keys, ([row[key] for key in keys] for row in rows), 2),
    ]


def _layers(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the section on random layers."""
    keys = ("oracle", "kinds", "layers", "equal")
    return [
        "",
        "## Layers",
        "",
        "Random layers, the same on every run: output, parameters, statistics and MACs.",
        "",
        *_table(("against", *keys[1:]), ([row[key] for key in keys] for row in rows), 1),
    ]


def _mutants(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the section on mutants: a line for each part of the program."""
    head = ("part", "mutants", "found by a test", "proven to change nothing", "left")
    keys = ("part", "mutants", "killed", "equivalent", "left")
    return [
        "",
        "## Mutants of the formulas",
        "",
        "A mutant is the program with one operator, number or condition changed; a test must fail for each. A part",
        "of all was made, once; `python tools/mutants.py` makes them, and `tools/mutants.csv` has the proofs.",
        "",
        *_table(head, ([row[key] for key in keys] for row in rows), 1),
    ]


SECTIONS = {"counters": _counters, "layers": _layers, "mutants": _mutants}


def _beside(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the section on what else was compared, each with the command that does it again."""
    return [
        "",
        "## Elsewhere",
        "",
        *(f"* {row['what']} (`{row['by']}`)" for row in rows),
        "* Inputs from strangers, by the hundred thousand: [robustness.md](robustness.md#how-it-is-tested).",
        "* Importers and exporters against the frameworks: [importing.md](importing.md), [exporting.md](exporting.md).",
    ]


def _versions(versions: Mapping[str, str]) -> list[str]:
    """Return a line that says with what the data was made."""
    return ["Made with " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."]
