"""The view of `verify`: claims by verdict, failures first, and a summary."""

from collections.abc import Sequence

from costcalc.analysis.verify import VERDICTS, Verdict, summary
from costcalc.common.errors import counted
from costcalc.common.table import Column, Document, Table
from costcalc.output.views.heading import schema

ORDER = ("failed", "unresolved", "erratum", "convention", "exact", "data")
COLUMNS = (
    Column("verdict", "verdict"),
    Column("id", "claim"),
    Column("claimed", "printed"),
    Column("computed", "computed"),
    Column("convention", "reading", drop=2),
    Column("note", "note", drop=3),
)
APART = {"formulas": "formula", "data": "measured figure"}


def verification(verdicts: Sequence[Verdict], *, everything: bool, more: str = "") -> Document:
    """Return the verdicts, those that need a word first; exact ones and data are rows only where all are asked for.

    JSON has all of them in the order of their files. `more` says how they are shown.
    """
    ordered = sorted(verdicts, key=lambda verdict: ORDER.index(verdict.verdict))
    shown = ordered if everything else [row for row in ordered if row.verdict not in ("exact", "data")]
    counts = summary(verdicts)
    apart = [counted(counts[key], noun) for key, noun in APART.items() if counts[key]]
    heading = ((f"{counted(len(verdicts), 'claim')}: {', '.join(f'{counts[name]} {name}' for name in VERDICTS)}",),)
    notes = (
        ("of these", (f"{' and '.join(apart)}, which verify no count",) if apart else ()),
        ("not shown", ("exact claims and data" + (f" ({more})" if more else ""),) if len(shown) < len(ordered) else ()),
    )
    return Document(
        heading,
        Table.of(COLUMNS, [row._asdict() for row in shown]),
        notes,
        lambda: {**schema("verify"), "claims": [row._asdict() for row in verdicts], "summary": counts},
        title="Printed figures, computed again",
    )
