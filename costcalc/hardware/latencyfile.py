"""A tree of nodes -> Latencies: measured times of networks, a row for each network and a column for each input."""

import re
from contextlib import suppress
from fractions import Fraction

from costcalc.common.errors import Problems, SpecError, TooManyError, counted, quote, suggest
from costcalc.common.printed import read_figure
from costcalc.hardware.latencies import Input, Latencies, Measured
from costcalc.specfile import LATENCIES, beside, sound
from costcalc.specfile.cells import key_marks, keyed, shown, text
from costcalc.specfile.tree import Node, compose

DUE = ("name", "source", "device", "baseline", "inputs", "milliseconds")
KEYS = (*DUE, "dtype")
SHAPE = re.compile(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8})x([1-9][0-9]{0,8})\Z", re.ASCII)


def load_latencies(name: str) -> Latencies:
    """Return a bundled table of measured times by its name, or that of a file; raise the first SpecError in it."""
    return sound(read_latencies(compose(beside(name, LATENCIES, "table of latencies"))))


def read_latencies(root: Node) -> tuple[Latencies | None, list[SpecError]]:
    """Return the measured times of a file's tree, or None where it lacks what is due, and all that is wrong."""
    problems = Problems()
    found = None
    with suppress(TooManyError):
        found = _read(root, problems)
    return found, problems.found


def _read(root: Node, problems: Problems) -> Latencies | None:
    found = keyed(root, "a file of latencies", KEYS, problems)
    for name in DUE:
        if name not in found:
            problems.add(f"a file of latencies needs {quote(name)}", root.mark)
    if not found.keys() >= set(DUE):
        return None
    rows = keyed(found["milliseconds"], "`milliseconds`", None, problems)
    marks = key_marks(found["milliseconds"])
    inputs = _inputs(found["inputs"], problems)
    times = []
    for net, node in rows.items():
        if node.kind != "list" or len(node.items) != len(inputs):
            given = counted(len(node.items), "time") if node.kind == "list" else shown(node)
            problems.add(f"{quote(net)} has a time for each of {counted(len(inputs), 'input')}, not {given}", node.mark)
            continue
        cells = zip(inputs, node.items, strict=True)
        times += [Measured(net, shape, _seconds(item, problems), marks[net]) for shape, item in cells]
    texts = {name: text(found[name], quote(name), problems) for name in ("name", "source", "device", "baseline")}
    if texts["baseline"] not in rows:
        near = suggest(texts["baseline"], rows)
        problems.add(f"`baseline` {quote(texts['baseline'])} is none of the networks{near}", found["baseline"].mark)
    dtype = text(found["dtype"], "`dtype`", problems) if "dtype" in found else None
    if not times and not problems.found:
        problems.add("a file of latencies needs `inputs` and a row of `milliseconds`", root.mark)
    marks = {name: found[name].mark for name in ("device", "dtype") if name in found}
    return Latencies(dtype=dtype, times=tuple(times), marks=marks, **texts)


def _inputs(node: Node, problems: Problems) -> list[Input]:
    """Read the inputs, each of them once."""
    if node.kind != "list":
        problems.add(f"`inputs` is a list, such as [3x224x224, 3x480x640], not {shown(node)}", node.mark)
    for number, item in enumerate(node.items):
        if item.text in [other.text for other in node.items[:number]]:
            problems.add(f"{shown(item)} is an input already", item.mark)
    return [_input(item, problems) for item in node.items]


def _input(node: Node, problems: Problems) -> Input:
    """Read channels x height x width; note an error and return a pixel for anything else."""
    match = SHAPE.match(node.text)
    if not match:
        problems.add(f"an input is channels x height x width, such as 3x480x640, not {shown(node)}", node.mark)
        return 1, 1, 1
    return int(match[1]), int(match[2]), int(match[3])


def _seconds(node: Node, problems: Problems) -> Fraction:
    """Read a number of milliseconds above 0."""
    with suppress(ValueError):
        figure = read_figure(node.text)
        if not figure.unit and figure.value > 0:
            return figure.value / 1000
    problems.add(f"a time is a number of milliseconds above 0, such as 15.2, not {shown(node)}", node.mark)
    return Fraction(1)
