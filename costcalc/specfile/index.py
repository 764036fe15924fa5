"""The index of the bundled networks, a line for each: read where parsing every family would take too long."""

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from costcalc.common.units import shown_shape
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import Definition, Reported

FILE = "index.csv"
FIGURES = ("params", "macs")


class Listed(NamedTuple):
    """A bundled network: its name, the file that it is in, its family, its totals, the year and the source.

    `input` is the size of its input, or those of several. `top1` is the accuracy in percent as it was printed for these
    very settings, and `top1_from` the place that prints it. `unit` is `unit` for a part of networks. What is unknown is
    empty.
    """

    name: str
    file: str
    family: str
    params: int | None
    macs: int | None
    year: str
    source: str
    input: str = ""
    top1: str = ""
    top1_from: str = ""
    unit: str = ""


def members_of(file: str, spec: Definition) -> Iterator[Listed]:
    """Yield the members of one file: its own name, unless that is one of its variants, then their names."""
    from costcalc.unfold.interpreter import input_shapes

    exact = [(resolve(spec, overrides(spec, entry.variant, entry.settings)).values, entry) for entry in spec.totals]
    places = {name: resolve(spec, overrides(spec, name, {})).values for name in spec.variants}
    measured = [
        (resolve(spec, overrides(spec, entry.variant, entry.settings)).values, entry)
        for entry in spec.reported
        if "top1" in entry.figures
    ]
    plain = resolve(spec, {}).values
    if plain not in places.values():
        places = {file: plain, **places}
    for name, values in places.items():
        entry = next((entry for settings, entry in exact if settings == values), None)
        params, macs = (int(entry.figures[key][0]) if entry and key in entry.figures else None for key in FIGURES)
        shapes = input_shapes(spec, resolve(spec, values), None).values()
        size = " ".join(shown_shape(getattr(shape, "shown", shape)) for shape in shapes)
        top1 = next((_accuracy(entry) for at, entry in measured if at == values), ("", ""))
        unit = "unit" * spec.unit
        yield Listed(name, file, spec.name, params, macs, year_of(spec.source), spec.source, size, *top1, unit)


def _accuracy(entry: Reported) -> tuple[str, str]:
    """Return the accuracy that an entry reports, in percent, and the place that prints it."""
    text = entry.figures["top1"].text.strip(" ~%")
    return (text, entry.where) if re.fullmatch(r"\d+(\.\d+)?", text) else ("", "")


def year_of(source: str) -> str:
    """Return the year of a source: the first number of four digits that can be one."""
    found = re.search(r"\b(19|20)\d\d\b", source)
    return found[0] if found else ""


def written(members: Iterable[Listed]) -> str:
    """Return the text of an index."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([Listed._fields, *members])
    return stream.getvalue()


def read(folder: str) -> list[Listed]:
    """Return the members that the index of a folder has; none without an index."""
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", newline="") as stream:
        rows = [*csv.reader(stream)][1:]
    return [
        Listed(name, file, family, int(params) if params else None, int(macs) if macs else None, *others)
        for name, file, family, params, macs, *others in rows
    ]


class Glance(NamedTuple):
    """What a shell completes of a spec: its settings with their choices, and its variants."""

    settings: dict[str, tuple[str, ...]]
    variants: tuple[str, ...]


def glance(text: str) -> Glance:
    """Return the settings and the variants of a spec's text, as a shell completes them: no YAML is parsed."""
    choices = {
        name: tuple(re.split(r",\s*", values.strip())) for name, values in _LISTS.findall(_section(text, "choices"))
    }
    section = _section(text, "settings")
    names = (_FLOW if section.lstrip().startswith("{") else _LINES).findall(section)
    settings = {name: choices.get(name, ()) for name in names}
    return Glance(settings, tuple(_MAPS.findall(_section(text, "variants"))))


def mentions(text: str, name: str) -> bool:
    """Return whether a spec's text may have a variant of a name: no YAML is parsed."""
    return re.search(rf"\b{re.escape(name)}\b", _section(text, "variants")) is not None


_MAPS = re.compile(r"(\w+):\s*\{")
_FLOW = re.compile(r"[{,]\s*(\w+):")
_LINES = re.compile(r"^\s+(\w+):", re.MULTILINE)
_LISTS = re.compile(r"(\w+):\s*\[([^\]]*)\]")


def _section(text: str, key: str) -> str:
    """Return what is written behind a key of the first level, comments left out."""
    found = re.search(rf"^{key}:(.*(?:\n[ \t}}#].*)*)", text, re.MULTILINE)
    return re.sub(r"#.*", "", found[1]) if found else ""
