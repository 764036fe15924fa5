"""The view of `reconcile`: the ways of counting that give a figure, or the nearest ones."""

from collections.abc import Sequence
from typing import Any

from costcalc.causes.declared import Candidate, Reconciled
from costcalc.common.errors import counted
from costcalc.common.printed import Figure
from costcalc.common.table import Column, Document, Table
from costcalc.network.model import Network
from costcalc.output.views.heading import schema, settings_line

COLUMNS = (
    Column("value", "exact value", "int"),
    Column("quantity", "quantity"),
    Column("convention", "convention"),
    Column("unit", "unit", drop=1),
    Column("rounding", "printed digits", drop=1),
    Column("alternative", "of the network"),
    Column("same", "the same figure as", drop=3),
    Column("words", "which counts", drop=2),
    Column("distance", "distance", "share"),
)


def reconciliation(network: Network, text: str, figure: Figure, result: Reconciled) -> Document:
    """Return the ways that give a figure; where none does, the nearest with their distance."""
    rows = [_entry(way, figure, *others) for way, *others in _equal(result.minimal or result.nearest)]
    table = Table.of(COLUMNS, rows)
    if result.found:
        verdict = f"{counted(len(rows), 'way')} of counting {'gives' if len(rows) == 1 else 'give'} {text}"
        if len(rows) > 1:
            verdict += "; the figure alone does not say which of them was meant"
    else:
        verdict = f"no declared way of counting gives {text}; these are the nearest"
    more = len(result.found) - len(result.minimal)
    hidden = f"{counted(more, 'way')} that {'adds' if more == 1 else 'add'} an alternative to one of these"
    return Document(
        ((network.heading, f"{text}, read as {figure.dimension}"), (settings_line(network.settings),)),
        table.only(key for key in table.filled if key != "distance" or not result.found),
        (("result", (verdict,)), ("not shown", (hidden,) if more else ())),
        lambda: {
            **schema("reconcile"),
            "spec": network.key,
            "settings": network.settings,
            "figure": text,
            "dimension": figure.dimension,
            "found": [_entry(way, figure) for way in result.found],
            "nearest": [_entry(way, figure) for way in result.nearest],
            "rows": rows,
        },
    )


def _equal(ways: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return the ways in groups of one value, unit and rounding, the simplest first in each."""
    groups: dict[tuple[str, int, str, str], list[Candidate]] = {}
    for way in ways:
        groups.setdefault((way.quantity, way.value, way.unit, way.rounding), []).append(way)
    return list(groups.values())


def _entry(way: Candidate, figure: Figure, *others: Candidate) -> dict[str, Any]:
    """Return a way, with the others that cannot be told from it by their value."""
    names = [other.convention.name for other in others if other.alternatives == way.alternatives]
    places = [_of(other) for other in others if other.alternatives != way.alternatives]
    return {
        "value": way.value,
        "quantity": way.quantity,
        "convention": way.convention.name,
        "unit": way.unit,
        "rounding": way.rounding,
        "alternative": _of(way),
        "same": ", ".join(dict.fromkeys([*names, *places])),
        "words": way.convention.words,
        "source": way.convention.source,
        "steps": way.steps,
        "distance": float(way.distance(figure)),
    }


def _of(way: Candidate) -> str:
    """Return in words which network a way counts."""
    return " + ".join(way.alternatives) or "as asked for"
