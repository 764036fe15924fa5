"""The view of `reconcile`: the ways of counting that give a figure, or the nearest ones."""

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.reconcile import Candidate, Reconciled
from costcalc.common.errors import counted
from costcalc.common.printed import Figure
from costcalc.common.table import Column, Document, Table
from costcalc.network.model import Network
from costcalc.output.views.heading import settings_line

SCHEMA = "costcalc/reconcile/1"
COLUMNS = (
    Column("value", "exact value", "int"),
    Column("quantity", "quantity"),
    Column("convention", "convention"),
    Column("unit", "unit", drop=1),
    Column("rounding", "printed digits", drop=1),
    Column("alternative", "of the network"),
    Column("same", "the same figure as", drop=3),
    Column("words", "which counts", drop=2),
)


def reconciliation(network: Network, text: str, figure: Figure, result: Reconciled) -> Document:
    """Return the ways that give a figure; where none does, the nearest with their distance."""
    shown = result.minimal or result.nearest
    distance = () if result.found else (Column("distance", "distance", "share"),)
    rows = tuple(
        _row(way, others) + (() if result.found else (float(way.distance(figure)),)) for way, *others in _equal(shown)
    )
    notes = []
    if result.found:
        verdict = f"{counted(len(rows), 'way')} of counting {'gives' if len(rows) == 1 else 'give'} {text}"
        if len(rows) > 1:
            verdict += "; which of them was meant, the figure alone does not say"
        more = len(result.found) - len(result.minimal)
        if more:
            told = "adds" if more == 1 else "add"
            notes.append(("not shown", (f"{counted(more, 'way')} that {told} an alternative to one of these",)))
    else:
        verdict = f"no declared way of counting gives {text}; these are the nearest"
    return Document(
        ((network.heading, f"{text}, read as {figure.dimension}"), (settings_line(network.settings),)),
        _without_blanks((*COLUMNS, *distance), rows),
        (("result", (verdict,)), *notes),
        lambda: _document(network, text, result, figure),
    )


def _without_blanks(columns: tuple[Column, ...], rows: tuple[tuple[Any, ...], ...]) -> Table:
    """Return a table without the columns that are blank in every row."""
    keep = [index for index in range(len(columns)) if any(row[index] not in ("", None) for row in rows)]
    return Table(tuple(columns[index] for index in keep), tuple(tuple(row[index] for index in keep) for row in rows))


def _equal(ways: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return the ways in groups of one value, unit and rounding, the simplest first in each."""
    groups: dict[tuple[str, int, str, str], list[Candidate]] = {}
    for way in ways:
        groups.setdefault((way.quantity, way.value, way.unit, way.rounding), []).append(way)
    return list(groups.values())


def _row(way: Candidate, others: Sequence[Candidate] = ()) -> tuple[Any, ...]:
    """Return one row: a way, and the others that cannot be told from it by their value."""
    names = [other.convention.name for other in others if other.alternatives == way.alternatives]
    places = [_of(other) for other in others if other.alternatives != way.alternatives]
    return (
        way.value,
        way.quantity,
        way.convention.name,
        way.unit,
        way.rounding,
        _of(way),
        ", ".join(dict.fromkeys([*names, *places])),
        way.convention.words,
    )


def _of(way: Candidate) -> str:
    """Return in words which network a way counts."""
    return " + ".join(way.alternatives) or "as asked for"


def _document(network: Network, text: str, result: Reconciled, figure: Figure) -> dict[str, Any]:
    """Return the JSON of `reconcile` (schema costcalc/reconcile/1)."""
    return {
        "schema": SCHEMA,
        "spec": network.key,
        "settings": dict(network.settings),
        "figure": text,
        "dimension": figure.dimension,
        "found": [_entry(way) for way in result.found],
        "nearest": [{**_entry(way), "distance": float(way.distance(figure))} for way in result.nearest],
    }


def _entry(way: Candidate) -> dict[str, Any]:
    row = dict(zip([column.key for column in COLUMNS], _row(way), strict=True))
    return {**row, "source": way.convention.source, "steps": way.steps}
