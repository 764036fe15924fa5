"""The view of `fit`: the largest networks within a budget, and the next one up that is not."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.analysis.search import SearchTally
from costcalc.analysis.search.fit import Fit, limited
from costcalc.analysis.search.plan import fixed
from costcalc.analysis.search.points import Plan, Row
from costcalc.analysis.search.quantity import Quantity
from costcalc.common.table import Column, Document, Table
from costcalc.common.units import decimal_bytes, exact_bytes, shown_value
from costcalc.output.views.heading import counted_by, schema
from costcalc.output.views.sweep import column, heading, policy, refusals

LARGEST, NEXT, SMALLEST = "largest", "next up", "smallest"


def fitted(plan: Plan, limits: Mapping[str, Fraction], found: Fit, tally: SearchTally) -> Document:
    """Return the largest networks within limits; where there are none, the smallest that there is."""
    rows = [(LARGEST if not number else str(number + 1), row) for number, row in enumerate(found.best)]
    rows += [(NEXT, found.next)] if found.next else []
    rows += [(SMALLEST, found.smallest)] if found.smallest and not found.best else []
    columns = (Column("rank", ""), *(column(quantity, plan) for quantity in plan.names), Column("over", "over budget"))
    member = plan.members[0]

    def entry(label: str, row: Row) -> dict[str, Any]:
        return {"rank": label, "over": _over(plan, limits, row)} | dict(zip(plan.keys, row, strict=True))

    return Document(
        heading(plan),
        Table(columns, tuple((label, *row, _over(plan, limits, row)) for label, row in rows)),
        (
            ("budget", tuple(_limit(_quantity(plan, name), limit) for name, limit in limits.items())),
            ("grid", (", ".join(_grid(name, values) for name, values in plan.axes.items()),)),
            ("result", (_result(plan, found),)),
            *policy(plan),
            *refusals(tally),
        ),
        lambda: {
            **schema("fit"),
            "spec": member.label,
            "name": member.spec.name,
            "settings": fixed(member, plan.axes),
            **counted_by(plan.measure),
            "dtype": plan.dtype,
            "budget": {name: exact(_quantity(plan, name), limit) for name, limit in limits.items()},
            "over": plan.axes,
            "asked": tally.asked,
            "refused": tally.refused,
            "within": found.within,
            "best": [entry(*row) for row in rows[: len(found.best)]],
            "next": found.next and entry(NEXT, found.next),
            "smallest": found.smallest and entry(SMALLEST, found.smallest),
        },
    )


def _quantity(plan: Plan, name: str) -> Quantity:
    return plan.known[limited(name)]


def _limit(quantity: Quantity, limit: Fraction) -> str:
    number = exact(quantity, limit)
    return f"{quantity.title} {exact_bytes(int(number)) if quantity.kind == 'bytes' else f'{number:,}'}"


def exact(quantity: Quantity, limit: Fraction) -> int | float:
    """Return what a figure is held against: of a whole one the whole part alone."""
    return float(limit) if quantity.kind == "decimal" else int(limit)


def _grid(name: str, values: tuple[Any, ...]) -> str:
    if len(values) <= 3:
        return f"{name} {' '.join(map(shown_value, values))}"
    return f"{name} {shown_value(values[0])} to {shown_value(values[-1])}, {len(values):,} values"


def _over(plan: Plan, limits: Mapping[str, Fraction], row: Row) -> str:
    """Return by how much a row exceeds the limits that it does."""
    words = []
    for name, limit in limits.items():
        quantity = _quantity(plan, name)
        more = row[plan.keys.index(quantity.key)] - exact(quantity, limit)
        if more > 0:
            number = {"bytes": decimal_bytes, "decimal": "{:,.4g}".format}.get(quantity.kind, "{:,}".format)(more)
            words.append(f"{number} {quantity.title}")
    return ", ".join(words)


def _at(plan: Plan, row: Row) -> str:
    """Return the settings of a row: `width 0.98, res 224`."""
    return ", ".join(f"{name} {shown_value(row[plan.keys.index(name)])}" for name in plan.axes)


def _result(plan: Plan, found: Fit) -> str:
    """Return the answer in a line."""
    if not found.best:
        return f"nothing fits: 0 of {found.counted:,} settings are within the budget"
    largest = f"{_at(plan, found.best[0])} is the largest: {found.within:,} of {found.counted:,} settings fit"
    after = f"{_at(plan, found.next)} is the next larger" if found.next else "the grid has none that is larger"
    return f"{largest}; {after}"
