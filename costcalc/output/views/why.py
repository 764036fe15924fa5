"""The view of `why`: one sentence first, then the ways of counting or the causes that give a figure."""

from collections.abc import Sequence
from fractions import Fraction

from costcalc.causes.declared import Reconciled
from costcalc.causes.stated import Reason
from costcalc.common.printed import Figure
from costcalc.common.table import Column, Document, Table
from costcalc.network.model import Network
from costcalc.output.views.heading import schema, settings_line
from costcalc.output.views.reconcile import reconciliation

COLUMNS = (
    Column("value", "exact value", "int"),
    Column("quantity", "quantity"),
    Column("cause", "cause"),
)


def why(
    network: Network, text: str, figure: Figure, result: Reconciled, causes: Sequence[Reason], read: str
) -> Document:
    """Return the ways of counting that give a figure; where there are none, the causes, else the nearest ways."""
    base = reconciliation(network, text, figure, result)
    rows = [{"value": _whole(cause.value), "quantity": cause.quantity, "cause": cause.words} for cause in causes]
    sentence = _sentence(text, result, causes)
    table = Table.of(COLUMNS, rows) if causes else base.table
    notes = [note for note in base.notes if note[0] != "result"] if not causes else []
    heading = ((sentence,), (network.heading, f"{text}, read as {read}"), (settings_line(network.settings),))
    return Document(
        heading,
        table,
        notes,
        lambda: {
            **schema("why"),
            "spec": network.key,
            "settings": network.settings,
            "figure": text,
            "read": read,
            "answer": sentence,
            "found": base.data()["found"],
            "nearest": base.data()["nearest"],
            "causes": [{**row, "mistakes": list(cause.names)} for row, cause in zip(rows, causes, strict=True)],
        },
    )


def _sentence(text: str, result: Reconciled, causes: Sequence[Reason]) -> str:
    """Return the answer in one sentence."""
    if result.found:
        way = result.minimal[0]
        of = f", with {' + '.join(way.alternatives)}" if way.alternatives else ""
        unit = f" ({way.unit})" if way.unit else ""
        more = len(result.minimal) - 1
        others = f"; {more} other way{'s' if more > 1 else ''} of counting would give it too" if more else ""
        return f"{text} is {way.value:,} {way.quantity}: {way.convention.words}{unit}{of}{others}."
    if causes:
        first, more = causes[0], len(causes) - 1
        others = f"; {more} other cause{'s' if more > 1 else ''} would give it too" if more else ""
        return f"{text} is {float(first.value):,.15g} {first.quantity}, if somebody {first.words}{others}."
    return f"No known cause gives {text}; the nearest ways of counting are listed."


def _whole(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
