"""The view of `list`: the bundled specs and their variants with totals, year and source."""

import re
from collections.abc import Iterable
from typing import Any

from costcalc.common.table import Column, Document, Table
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import Definition
from costcalc.output.views.heading import schema

COLUMNS = (
    Column("spec", "spec"),
    Column("params", "parameters", "int"),
    Column("macs", "MACs", "int"),
    Column("year", "year", "text", 2),
    Column("source", "source", "text", 3),
)


def catalog(specs: Iterable[tuple[str, Definition]]) -> Document:
    """Return the list of specs: one row for each file, or for each variant of a family."""
    rows = [row for key, spec in specs for row in _rows(key, spec)]
    table = Table(COLUMNS, tuple(rows))
    notes = (("counted", ("MACs of conv and fc, trainable parameters, at the settings of each source",)),)
    return Document((), table, notes, lambda: {**schema("list"), "specs": table})


def _rows(key: str, spec: Definition) -> list[tuple[Any, ...]]:
    """Return the rows of one file: its own name, unless that is one of its variants, then their names."""
    exact = [(resolve(spec, overrides(spec, entry.variant, entry.settings)).values, entry) for entry in spec.totals]
    places = {name: resolve(spec, overrides(spec, name, {})).values for name in spec.variants}
    plain = resolve(spec, {}).values
    places = places if plain in places.values() else {key: plain, **places}
    rows = []
    for name, values in places.items():
        entry = next((entry for settings, entry in exact if settings == values), None)
        figures = [int(entry.figures[key][0]) if entry and key in entry.figures else None for key in ("params", "macs")]
        rows.append((name, *figures, year(spec.source), spec.source))
    return rows


def year(source: str) -> str:
    """Return the year of a source: the first number of four digits that can be one."""
    found = re.search(r"\b(19|20)\d\d\b", source)
    return found[0] if found else ""
