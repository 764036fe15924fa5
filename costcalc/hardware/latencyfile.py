"""A file of measured times of networks: its keys, a row for each network and a column for each input."""

import re
from fractions import Fraction

from costcalc.common.errors import counted, quote, suggest
from costcalc.common.notation import read_figure
from costcalc.hardware.latencies import Input, Latencies, Measured
from costcalc.specfile import LATENCIES, load_beside
from costcalc.specfile.cells import entries, key_marks, shown
from costcalc.specfile.fields import Form, Key, Kind, Record, parsed, several
from costcalc.specfile.tree import Node

LEAST, MOST = Fraction(1, 10**12), 10**18  # milliseconds: what is beyond is a slip
SIDES = re.compile(r"[1-9][0-9]{0,8}(x[1-9][0-9]{0,8}){2}\Z", re.ASCII)


def load_latencies(name: str) -> Latencies:
    """Return a bundled table of measured times by its name, or that of a file; raise the first SpecError in it."""
    latencies: Latencies = load_beside(name, LATENCIES)
    return latencies


def _seconds(text: str) -> Fraction | None:
    """Return a number of milliseconds above 0 in seconds."""
    figure = read_figure(text)
    return figure.value / 1000 if not figure.unit and LEAST <= figure.value <= MOST else None


def _inputs(node: Node, what: str, record: Record) -> tuple[Input, ...]:
    """Read the inputs, each of them once."""
    seen: set[str] = set()
    for item in node.items:
        if item.kind == "scalar" and item.text in seen:
            record.add(f"{shown(item)} is an input already", item.mark)
        seen.add(item.text)
    inputs: tuple[Input, ...] = INPUTS.read(node, what, record)
    return inputs


def _times(node: Node, what: str, record: Record) -> tuple[Measured, ...]:
    """Read a row of times for each network, the baseline among them: one for each of the inputs above."""
    times: list[Measured] = []
    inputs, baseline, nets = record.values.get("inputs", ()), record.values.get("baseline"), key_marks(node)
    if baseline and baseline not in nets:
        sentence = f"`baseline` must be one of the networks, not {quote(baseline)}{suggest(baseline, nets)}"
        record.add(sentence, record.nodes["baseline"].mark)
    for key, row in entries(node, what, None, record):
        if inputs and (row.kind != "list" or len(row.items) != len(inputs)):
            given = counted(len(row.items), "time") if row.kind == "list" else shown(row)
            sentence = f"{quote(key.text)} has a time for each of {counted(len(inputs), 'input')}, not {given}"
            record.add(sentence, row.mark)
        else:
            found = zip(inputs, TIMES.read(row, what, record), strict=False)
            times += [Measured(key.text, size, seconds, key.mark) for size, seconds in found]
    return tuple(times)


def _latencies(record: Record) -> Latencies:
    """Return the table, which has a time at least."""
    times = record.values["milliseconds"]
    if not times and not record.found:
        record.add("a file of latencies needs `inputs` and a row of `milliseconds`", record.mark)
    marks = {key: record.nodes[key].mark for key in ("device", "dtype") if key in record.nodes}
    return Latencies(times=times, marks=marks, **{"dtype": None, **record.shared(Latencies)})


INPUT = parsed(
    "size",
    lambda text: tuple(map(int, text.split("x"))) if SIDES.match(text) else None,
    "an input must be channels x height x width, such as 3x480x640",
    instead=(1, 1, 1),
)
INPUTS = several(INPUT, "a list, such as [3x224x224, 3x480x640]")
TIMES = several(parsed("milliseconds", _seconds, "a time must be a number of milliseconds above 0, such as 15.2"))
EACH_ONCE = Kind("list", _inputs, of=INPUT)
ROWS = Kind("map", _times, of=TIMES)
FORM = Form(
    "a file of latencies",
    (
        Key("name", "what the table is called", required=True),
        Key("source", "where the times are printed", required=True),
        Key(
            "device", "the device that they were measured on, by the name that `costcalc roofline` takes", required=True
        ),
        Key("baseline", "the network that speed-ups are against", required=True),
        Key("inputs", "channels x height x width, one for each column", EACH_ONCE, required=True),
        Key("milliseconds", "by network (`name:settings`), a time for each input", ROWS, required=True),
        Key("dtype", "what the networks ran in, if the source says it"),
    ),
    _latencies,
    called="a table of latencies",
)
