"""The view of `sweep`: a row for each point, what was left out, the Pareto front as a chart."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from costcalc.analysis.search import SearchTally
from costcalc.analysis.search.choose import Choice
from costcalc.analysis.search.plan import fixed
from costcalc.analysis.search.points import Plan, Row
from costcalc.analysis.search.quantity import Quantity
from costcalc.common.table import Column, Document, Notes, Table
from costcalc.network.figures import LESS
from costcalc.network.memory import DEFAULT_POLICY
from costcalc.output.views.heading import counted_by, schema, settings_line, unit
from costcalc.output.views.scatter import points, undrawn

DROPS = {"activations": 5, "params": 2, "square_law": 4, "effective_width": 3}
TITLES_SHOWN = 4  # of more networks the rest is counted


class Swept(NamedTuple):
    """What a sweep has found: the plan, what was kept of its rows, what became of the others.

    `chosen` says that a user chose the names that are shown.
    """

    plan: Plan
    choice: Choice
    shown: tuple[str, ...]
    rows: Sequence[Row]
    tally: SearchTally
    chosen: bool = False


def columns(plan: Plan, shown: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of some of the names that rows hold."""
    return tuple(column(quantity, plan) for quantity in plan.names if quantity.key in shown)


def column(quantity: Quantity, plan: Plan) -> Column:
    """Return the column of a quantity; swept settings and what is chosen by never go."""
    kept = quantity.key in plan.axes or quantity.source in ("spec", "reported") or quantity.key == "macs"
    return Column(quantity.key, quantity.title, quantity.kind, 0 if kept else DROPS.get(quantity.key, 1))


def picked(plan: Plan, shown: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with the names that are shown alone."""
    places = [place for place, key in enumerate(plan.keys) if key in shown]
    return iter(rows) if len(places) == len(plan.keys) else (tuple(row[place] for place in places) for row in rows)


def sweep(found: Swept, plot: Sequence[str] = ()) -> Document:
    """Return what a sweep has found; with `plot`, two names, its rows as points too."""
    plan = found.plan
    drawn = [plan.known[name] for name in plot]
    left = undrawn(plan, found.rows, *drawn) if drawn else ""
    table = Table(columns(plan, found.shown), tuple(picked(plan, found.shown, found.rows)))
    measured = {quantity.key for quantity in plan.names if quantity.source == "reported" and not found.chosen}
    blank = measured - {*table.filled}  # by others, at points that are not among the rows
    return Document(
        heading(plan),
        table.only(column.key for column in table.columns if column.key not in blank),
        (("not drawn", (left,)), *notes(plan, found.choice, found.tally, len(found.rows))),
        lambda: {**_data(found), "rows": table},
        points(plan, found.rows, *drawn) if drawn else None,
    )


def heading(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """Return the heading: the networks, the settings that are the same at every point, the convention."""
    specs = list(dict.fromkeys((member.spec.name, member.spec.source) for member in plan.members))
    names = [name for name, _ in specs]
    more = len(names) - TITLES_SHOWN
    title = ", ".join(names[:TITLES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    settings = settings_line(fixed(plan.members[0], plan.axes)) if len(plan.members) == 1 else ""
    return (title, specs[0][1] if len(specs) == 1 else ""), tuple(filter(None, (settings, unit(plan.measure))))


def notes(plan: Plan, choice: Choice, tally: SearchTally, kept: int | None) -> Notes:
    """Return what became of the points that are not among the rows; `kept` is their number where it is known."""
    words = ", ".join(f"{_better(quantity)} {quantity.title.partition(',')[0]}" for quantity in choice.pareto)
    front = f"{words}; {tally.front:,} of {tally.ranked:,} rows"
    return (
        ("front", (front,) if words else ()),
        ("not ranked", (f"{tally.unranked:,} without one of these figures",) if words and tally.unranked else ()),
        ("result", ("no row meets the condition",) if kept == 0 and not words else ()),
        ("left out", (f"{tally.lacking:,} without a figure that the condition reads",) if tally.lacking else ()),
        *policy(plan),
        *refusals(tally),
    )


def _better(quantity: Quantity) -> str:
    return ("fewer" if quantity.kind == "int" else "less") if quantity.better == LESS else "higher"


def policy(plan: Plan) -> Notes:
    """Return under which policies peaks are, where a plan reads them."""
    peaks = any(quantity.source == "figure" and quantity.key == "peak" for quantity in plan.read)
    return (("policy", (", ".join(DEFAULT_POLICY.words),) if peaks else ()),)


def refusals(tally: SearchTally) -> Notes:
    """Return how many points the specs refused, and why the first."""
    if not tally.first:
        return ()
    where, error = tally.first
    return (("refused", (f"{tally.refused:,} of {tally.asked:,} settings; the first, {where}: {error.sentence}",)),)


def _data(found: Swept) -> dict[str, Any]:
    """Return the JSON of `sweep` (schema costcalc/sweep/1) but for its rows."""
    plan, tally = found.plan, found.tally
    return {
        **schema("sweep"),
        "specs": [
            {"spec": member.label, "name": member.spec.name, "settings": fixed(member, plan.axes)}
            for member in plan.members
        ],
        "axes": plan.axes,
        **counted_by(plan.measure),
        "dtype": plan.dtype,
        "where": plan.where.expr.text if plan.where else None,
        "pareto": [quantity.key for quantity in found.choice.pareto],
        **{key: getattr(tally, key) for key in ("asked", "refused", "lacking", "unranked")},
    }
