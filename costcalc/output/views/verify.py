"""The view of `verify`: claims by verdict, failures first, and a summary."""

from collections.abc import Sequence
from typing import Any

from costcalc.analysis.verify import VERDICTS, Verdict, summary
from costcalc.common.errors import counted
from costcalc.common.table import Column, Document, Table

SCHEMA = "costcalc/verify/1"
ORDER = ("failed", "unresolved", "erratum", "convention", "exact", "data")
COLUMNS = (
    Column("verdict", "verdict"),
    Column("id", "claim"),
    Column("claimed", "printed"),
    Column("computed", "computed"),
    Column("convention", "reading", drop=2),
    Column("note", "note", drop=3),
)


def verification(verdicts: Sequence[Verdict], *, everything: bool, more: str = "") -> Document:
    """Return the verdicts, those that need a word first; exact ones and data are rows only where all are asked for.

    `more` says how they are shown.
    """
    ordered = sorted(verdicts, key=lambda verdict: ORDER.index(verdict.verdict))
    shown = ordered if everything else [row for row in ordered if row.verdict not in ("exact", "data")]
    counts = summary(verdicts)
    parts = [f"{counts[name]} {name}" for name in VERDICTS]
    notes: list[tuple[str, tuple[str, ...]]] = [
        ("summary", (f"{counted(len(verdicts), 'claim')}: {', '.join(parts)}",))
    ]
    apart = [
        counted(counts[key], noun)
        for key, noun in (("formulas", "formula"), ("data", "measured figure"))
        if counts[key]
    ]
    if apart:
        notes.append(("of these", (f"{' and '.join(apart)}, which verify no count",)))
    if len(shown) < len(ordered):
        notes.append(("not shown", ("exact claims and data" + (f" ({more})" if more else ""),)))
    rows = tuple(tuple(getattr(row, column.key) for column in COLUMNS) for row in shown)
    return Document((), Table(COLUMNS, rows), tuple(notes), lambda: document(verdicts))


def document(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the JSON of `verify` (schema costcalc/verify/1); keys are only ever added."""
    return {
        "schema": SCHEMA,
        "claims": [{**verdict._asdict(), "settings": dict(verdict.settings)} for verdict in verdicts],
        "summary": summary(verdicts),
    }
