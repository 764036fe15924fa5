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
    "layers: sums": """The implementation adds the outputs of branches up in another order. All layers are the same, and
those that are not sums are in an order that the table allows too.""",
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
    "saved: shuffled": """The release shuffles after the depthwise convolution, not before it, and keeps no shuffled
map; and it activates the new part of a join alone: shuffled maps less, those parts more.""",
    "saved: copied": "The implementation copies the map from which it goes on to a finer one, and keeps the copy too.",
    "peak: joined": """Each layer of torchvision's and timm's DenseNet joins all maps before it anew, and normalises
what it joined: 3 * C * H * W elements alive at the last layer of a dense block (3 * 224 * 56 * 56 = 2,107,392 in
DenseNet-121). The table joins a layer's output to what was joined before it (1,806,336).""",
    "saved: summed": """timm's MobileViTv2 sums the keys of a row, weighed by their scores. The table has their mean, an
average pool over the row, which keeps its input; the gradient of a sum needs none.""",
}
# What a program counts otherwise than its convention, by the name that the comparison has for it.
UNCOUNTED = {
    "norms": "norms are not counted: timm's are modules of its own, of which the program knows nothing",
    "activations": "activations are not counted, which timm writes as functions or as modules of its own",
    "pools": "the last pool is not counted, since it is a mean over the map there",
    "gates": "the pools of gates are not counted, since they are means over the map there",
    "upsampling": "upsampling is not counted",
    "attention": "the products of queries, keys and values are not counted",
    "idle": "a pool is counted that gives the map that it gets",
    "pool module": "the last pool is counted, a module there and a mean in the spec",
    "bias": "the bias of a matrix over a map is counted too",
}
SYMBOLIC = ("keras", "mlcommons")
HEAD = """# Verification

What bundled networks and layer types were held against, and what came of it. `python tools/docs.py` writes this page
from `verification.json`. `python -m tools.oracle --log FILE` compares and adds a line for each implementation;
it goes on where it ended, `--share 1/2` and `--share 2/2` divide the work. With `--layers 20000` it compares random
layers instead, with `--counters` other programs, and with `--gather` it makes `verification.json` of the logs. It needs
`pip install "costcalc[oracle]" keras` and runs implementations on tensors without data (PyTorch's meta tensors),
without weights. Code that no package has (`jvanvugt`, `megvii`, `eriklindernoren`, `pytorch_examples`, `mlcommons`) is
read from clones in the folder that `COSTCALC_ORACLE_CLONES` names; `tools/oracle/clones.py` says which.
"""
NETWORKS = """
## Networks

Each implementation that a spec [declares](spec-format.md#implementations) is built and run at the points of a grid: its
own settings; inputs of {sizes} pixels a side
(the members of a family take turns), as far as it declares them; for one of four members 480x640 and 320x192 and 10 and
21,841 classes too; of widths, depths, groups and the like six values between the declared ends, some crossed with each
other and with sizes. Members that take long, and those of Keras, have two points. Compared are:

* trainable parameters, running statistics, and MACs of convolutions, matrices and products of maps, by PyTorch's own
  formula for each operation that runs;
* every layer that multiplies, normalises, pools, adds or joins maps, in the order of the run: channels and elements of
  its output, its parameters, its statistics, its MACs; an attention as one layer;
* the peak against storages: every tensor that the run makes, alive from the operation that writes it to the last one
  that reads it, where norms after a product and activations are part of the operation before them (here with
  `--policy inplace-act`);
* what training keeps against the tensors that autograd saves, each storage once, at every fourth point; parameters,
  statistics, masks and indices are left out, and padding that is an operation of its own.

A model of Keras (`keras`, `mlcommons`) is built and not run: its layers are compared in the order of its code, with the
shapes of its symbolic graph, and MACs are the weights of each kernel times the places of its output. Peak and training
are not compared there. The mean and variance that EfficientNet subtracts from images are left out. Peak and
training are not compared for networks with attention either, which is one step here ([memory.md](memory.md)):
{attention}.
{before}
"""
BEFORE = """
Families marked with * are those that the last run did not reach. Their figures are of the run before it, which had
more points a member, and an older version of the comparison: it counted layers as equal too where it found no order.
"""
# Why `over` of a spec ends where it ends, where an implementation goes on.
NARROW = {
    "mobilenet_v3_large": """torchvision and Keras at other widths: torchvision scales the printed expansion, Keras
makes the last convolution six times as wide as the last block; the spec scales as the authors' release does.""",
    "mobilenet_v1": "Keras at sizes that 32 does not divide: it pads an odd side at one end, and gives a pixel less.",
    "rexnet": """timm where 1280 times the width is not a whole number: it rounds the channels of the last convolution,
the spec cuts them.""",
    "shufflenet_v1": "The release at other sizes than 224: its last pool is one of 7x7.",
    "yolo_v3": "The implementation where 32 does not divide the size: its maps do not fit each other.",
}


def page() -> str:
    """Return the page."""
    data = json.loads(DATA.read_text(encoding="utf-8")) | {"mutants": json.loads(MUTANTS.read_text(encoding="utf-8"))}
    parts = [HEAD, *_networks(data), *_left(data), *_causes(data["networks"]), *_narrow()]
    for section, write in SECTIONS.items():
        parts += write(data[section]) if data[section] else []
    parts += [*moving(), *ELSEWHERE, "", *_versions(data["versions"])]
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], left: int) -> list[str]:
    """Return a table whose first columns are texts and the others numbers."""
    line = ["---"] * left + ["---:"] * (len(head) - left)
    shown = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in (head, line, *shown)]


def _networks(data: Mapping[str, Any]) -> list[str]:
    """Return the section on networks: totals in words, and a line for each family and library."""
    rows = data["networks"]
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
    attention = sorted({f"`{row['spec']}`" for row in rows if "peak" not in row and row["library"] not in SYMBOLIC})
    told = {"sizes": ", ".join(map(str, data["sizes"])), "attention": ", ".join(attention)}
    head_text = NETWORKS.format(**told, before=BEFORE if any(row.get("before") for row in rows) else "")
    return [head_text, *(f"* {line}" for line in words), "", *table]


def _left(data: Mapping[str, Any]) -> list[str]:
    """Return which declared implementations the data does not have, and which specs declare none."""
    alone = ", ".join(f"`{name}`" for name in data["alone"])
    lines = [f"Held by published totals alone, since nothing at hand has the same layers: {alone}."] if alone else []
    if data["left"]:
        lines += ["", f"Declared, and not visited yet, of {data['declared']}: {', '.join(data['left'])}."]
    return ["", *lines]


def _explained(rows: Iterable[Mapping[str, Any]], key: str) -> int:
    """Return at how many points a figure differs for a known cause."""
    return sum(count for row in rows for cause, count in row["causes"].items() if cause.startswith(f"{key}: "))


def _row(row: Mapping[str, Any]) -> list[Any]:
    """Return the line of one family in one library."""
    totals = min(row["params equal"], row["stats equal"], row["macs equal"])
    peak, saved = (f"{row[f'{key} equal']:,} of {row[key]:,}" if key in row else "" for key in ("peak", "saved"))
    causes = ", ".join(f"{cause} ({count:,})" for cause, count in sorted(row["causes"].items()))
    first = [
        f"`{row['spec']}`" + " *" * row.get("before", False),
        row["library"],
        row["members"],
        row["points"],
        row["layers"],
        row["layers equal"],
    ]
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


def _narrow() -> list[str]:
    """Return where a declared range ends before that of the implementation, and why."""
    lines = (f"* `{name}`: {words}".replace("\n", " ") for name, words in NARROW.items())
    return ["", "Where a declared range ends and an implementation goes on:", "", *lines]


def _counters(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the section on other programs."""
    keys = ("program", "convention", "library", "networks", "equal", "explained")
    causes = sorted({cause for row in rows for cause in row.get("causes", ("idle",))})
    left = [f"* {row['program']}: {', '.join(row['different'])}." for row in rows if row["different"]]
    words = (f"* {cause}: {UNCOUNTED[cause]}".replace("\n", " ") for cause in causes)
    return [
        "",
        "## Other programs",
        "",
        "The total that each program gives for a network, at its own settings, against the convention of its name",
        "([counting.md](counting.md)). Programs that need data leave large networks out, and detectors are left out.",
        "Explained is a difference that counts of the table make to the last one:",
        "",
        *words,
        "",
        *_table(keys, ([row.get(key, "torchvision") for key in keys] for row in rows), 3),
        *(["", "Not explained:", "", *left] if left else []),
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


ELSEWHERE = (
    "",
    "## Elsewhere",
    "",
    "* Inputs from strangers, by the hundred thousand: [robustness.md](robustness.md#how-it-is-tested).",
    "* Importers and exporters against the frameworks: [importing.md](importing.md), [exporting.md](exporting.md).",
)


def _versions(versions: Mapping[str, str]) -> list[str]:
    """Return a line that says with what the data was made."""
    return ["Made with " + ", ".join(f"{name} {version}" for name, version in versions.items()) + "."]
