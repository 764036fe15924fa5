"""The view of `why`: a sentence, then the ways of counting and the causes that give a figure, or what is near."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.causes.answers import read_as
from costcalc.causes.declared import Candidate
from costcalc.causes.stated import Reason, Stated
from costcalc.causes.told import told_apart
from costcalc.common.errors import counted
from costcalc.common.printed import Figure
from costcalc.common.table import Column, Document, Table
from costcalc.network.model import Network
from costcalc.output.views.heading import schema, settings_line

COLUMNS = (
    Column("value", "exact value", "int"),
    Column("quantity", "quantity"),
    Column("cause", "cause"),
    Column("convention", "convention"),
    Column("unit", "unit", drop=1),
    Column("rounding", "printed digits", drop=1),
    Column("alternative", "network"),
    Column("same", "the same figure as", drop=3),
    Column("words", "what counts", drop=2),
    Column("distance", "distance", "share"),
)

TINY = Fraction(1, 1000)  # of a figure
LONGEST = 130  # letters of a cause in the first sentence; the table has it whole


def why(network: Network, stated: Stated) -> Document:
    """Return the ways of counting and the causes that give a figure; where there are none, the nearest ways."""
    figure, (found, nearest) = stated.figure, stated.declared
    rows = [_entry(way, figure, *others) for way, *others in _equal(stated.declared.minimal)]
    causes = [_cause(cause) for cause in stated.reasons.found]
    shown = rows + [cause for cause in causes if not found or cause["value"] not in [row["value"] for row in rows]]
    near = stated.declared.within(figure)
    shown = shown or [_entry(way, figure, *others) for way, *others in _equal(near or nearest[:1])]
    table, sentence = Table.of(COLUMNS, shown), _sentence(stated)
    heading = (
        (sentence,),
        (network.heading, f"{stated.text}, read as {read_as(figure)}"),
        (settings_line(network.settings),),
    )
    return Document(
        heading,
        table.only(key for key in table.filled if key != "distance" or (near and not causes)),
        _notes(stated, len(rows)),
        lambda: {
            **schema("reconcile"),
            "spec": network.key,
            "settings": network.settings,
            "figure": stated.text,
            "dimension": figure.dimension,
            "read": read_as(figure),
            "answer": sentence,
            "found": [_entry(way, figure) for way in found],
            "nearest": [] if causes else [_entry(way, figure) for way in nearest],
            "causes": causes,
            "rows": shown,
        },
    )


def _notes(stated: Stated, rows: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return what there is to say below the table."""
    text, (found, _), causes = stated.text, stated.declared, stated.reasons.found
    if found:
        verdict = f"{counted(rows, 'way')} of counting {'gives' if rows == 1 else 'give'} {text}"
        if rows > 1:
            verdict += "; the figure alone does not say which of them was meant"
    else:
        close = "these are the nearest" if stated.declared.within(stated.figure) else "the nearest is far away"
        verdict = "" if causes else f"no declared way of counting gives {text}; {close}"
    apart = told_apart(stated.reasons.probe).removeprefix("To tell which one, ") if len(causes) > 1 else ""
    more = len(found) - len(stated.declared.minimal)
    hidden = f"{counted(more, 'longer way')}: one of these plus an alternative"
    notes = (
        ("result", verdict),
        ("which one", apart),
        ("near", stated.reasons.near.removeprefix("near ")),
        ("not shown", hidden if more else ""),
    )
    return tuple((name, (words,)) for name, words in notes if words)


def _sentence(stated: Stated) -> str:
    """Return the answer in one sentence."""
    text, ways, causes = stated.text, stated.declared.minimal, stated.reasons.found
    if ways and (not causes or ways[0].steps <= len(causes[0].names)):
        way, more = ways[0], len(ways) - 1
        of = f", with {' + '.join(way.alternatives)}" if way.alternatives else ""
        counts = f"2 x {way.convention.words}" if way.unit == "x2" else way.convention.words
        unit = f" bytes, in {way.unit}" if way.quantity == "bytes" else ""
        others = f"; {more} other way{'s' if more > 1 else ''} of counting would give it too" if more else ""
        return f"{text} is {way.value:,}{unit}: {counts}{of}{others}."
    if causes:
        more = len(causes) - 1
        others = f"; {more} other cause{'s' if more > 1 else ''} would give it too" if more else ""
        told = str(causes[0])
        return f"{text} is {told if len(told) <= LONGEST else causes[0].brief}{others}."
    if stated.declared.within(stated.figure):
        return f"No known cause gives {text}; the nearest ways of counting are listed."
    far = _times(stated.declared.nearest[0].times(stated.figure))
    return f"No known cause gives {text}, and no way of counting is near it{far and ': the nearest gives '}{far}."


def _times(times: Fraction) -> str:
    """Return in words how many times a figure a count is, where that says something."""
    if times > 1:
        return f"{float(times):,.1f} times as much"
    return f"{float(100 * times):.1f} % of it" if times > TINY else ""


def _cause(cause: Reason) -> dict[str, Any]:
    """Return a cause as a row."""
    value = int(cause.value) if cause.value.denominator == 1 else float(cause.value)
    return {"value": value, "quantity": cause.quantity, "cause": cause.words, "mistakes": list(cause.names)}


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
        "mistakes": list(way.causes),
    }


def _of(way: Candidate) -> str:
    """Return in words which network a way counts."""
    return " + ".join(way.alternatives) or "as asked for"
