"""Verdicts, and how one follows from what is printed, computed and declared."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.analysis.statements import Statement
from costcalc.language.expr import Value

VERDICTS = ("exact", "convention", "erratum", "unresolved", "failed")


class Verdict(NamedTuple):
    """One claim and its recomputation. `verdict` is one of VERDICTS, or `data` where nothing can be computed.

    `mistakes` are the names of the causes that give a figure which fails, of each way in turn.
    """

    id: str
    where: str
    spec: str
    settings: Mapping[str, Value]
    quantity: str
    claimed: str
    computed: str
    convention: str
    verdict: str
    note: str
    kind: str = "number"
    mistakes: tuple[tuple[str, ...], ...] = ()


def decided(statement: Statement, holds: bool, right: bool) -> tuple[str, str]:
    """Return the verdict that follows, and why where it is a failure."""
    if statement.unresolved:
        return ("failed", "declared unresolved, and it holds") if holds else ("unresolved", statement.unresolved)
    if statement.erratum:
        if holds:
            return "failed", "a declared erratum, and it holds after all"
        return ("erratum", statement.erratum) if right else ("failed", f"the right value is not {statement.right}")
    if not holds:
        return "failed", "no declared reading gives it"
    return ("convention" if str(statement.reading) else "exact"), ""


def shown(value: Any) -> str:
    """Return a computed value: integers whole, others to six digits after the point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{float(value):.6f}".rstrip("0").rstrip(".")


def summary(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Return how many claims have each verdict, and how many of them are formulas and data, which verify no count."""
    counts = {name: sum(verdict.verdict == name for verdict in verdicts) for name in VERDICTS}
    return counts | {
        "formulas": sum(verdict.kind == "formula" for verdict in verdicts),
        "data": sum(verdict.kind == "data" for verdict in verdicts),
    }
