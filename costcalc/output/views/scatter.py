"""The chart of a sweep: rows as points with names, and the Pareto front through the best of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod
from typing import Any

from costcalc.analysis.search.choose import Front
from costcalc.analysis.search.plan import fixed
from costcalc.analysis.search.points import Plan, Row, name_at
from costcalc.analysis.search.quantity import Quantity
from costcalc.common.table import Chart, Series
from costcalc.common.units import shown_value
from costcalc.language.settings import resolve

FRONT = "Pareto front"
MOST = 8  # series of one network
FAR = 5  # times the least value is the largest, where an axis has powers of ten


def points(plan: Plan, rows: Sequence[Row], x: Quantity, y: Quantity) -> Chart:
    """Return rows as points: a series for each network, and the front where it is known what is better.

    Both are numbers. Rows without one of the two are left out; a line says how many.
    """
    places = plan.keys.index(x.key), plan.keys.index(y.key)
    drawn = [row for row in rows if None not in (row[places[0]], row[places[1]])]
    split, apart = _split(plan)
    names = names_of(plan, apart)
    groups: dict[str, list[Row]] = {}
    for row in drawn:
        groups.setdefault(split(row), []).append(row)
    varying = [values for values in plan.axes.values() if len(values) > 1]
    joined = bool(varying) and (len(varying) == 1 or bool(apart)) and len(groups) <= MOST
    series = [
        _series(name, sorted(own, key=lambda row: row[places[0]]) if joined else own, places, names, joined=joined)
        for name, own in groups.items()
    ]
    front = Front(places, (x.better, y.better))
    for row in drawn if x.better and y.better else ():
        front.add(row)
    left = undrawn(plan, rows, x, y)
    line = [_series(FRONT, sorted(front.rows, key=lambda row: row[places[0]]), places)] if len(front.rows) > 1 else []
    return Chart(
        "points",
        " against ".join(quantity.title.partition(",")[0] for quantity in (y, x)),
        (_networks(plan), *_counted(plan, x, y), *([left] if left else [])),
        (x.title, y.title),
        (),
        (*series, *line),
        _kind(y, drawn, places[1]),
        _kind(x, drawn, places[0]),
    )


def undrawn(plan: Plan, rows: Sequence[Row], x: Quantity, y: Quantity) -> str:
    """Return how many rows have no point, since they lack one of the two figures; nothing where all have one."""
    places = [plan.keys.index(quantity.key) for quantity in (x, y)]
    left = sum(any(row[place] is None for place in places) for row in rows)
    first, second = (quantity.title.partition(",")[0] for quantity in (x, y))
    return f"{left:,} of {len(rows):,} rows have no {first} or no {second}" if left else ""


def _networks(plan: Plan) -> str:
    """Return which networks are drawn; of one alone the settings that are the same at every point, too."""
    names = ", ".join(dict.fromkeys(member.spec.name for member in plan.members))
    same = fixed(plan.members[0], plan.axes) if len(plan.members) == 1 else {}
    settings = ", ".join(f"{name} {shown_value(value)}" for name, value in same.items())
    return f"{names}: {settings}" if settings else names


def _counted(plan: Plan, *shown: Quantity) -> list[str]:
    """Return under which conventions the figures that are shown are counted."""
    keys = {quantity.key for quantity in shown}
    return [measure.words for measure in (plan.measure.macs, plan.measure.params) if measure.measures in keys]


def _kind(quantity: Quantity, rows: Sequence[Row], place: int) -> str:
    """Return the kind of an axis: of powers of ten for counts and sizes that are far apart."""
    values = [row[place] for row in rows]
    far = quantity.kind in ("int", "bytes") and bool(values) and min(values) > 0 and max(values) >= FAR * min(values)
    return f"log {quantity.kind}" if far else str(quantity.kind)


def _split(plan: Plan) -> tuple[Callable[[Row], str], tuple[str, ...]]:
    """Return a function from a row to its series, and the settings that it tells apart.

    A series is a network or, of one with two settings that vary, a value of the second one, unless it has many.
    """
    spec = plan.keys.index("spec")
    varying = [(name, plan.keys.index(name)) for name, values in plan.axes.items() if len(values) > 1]
    if len(plan.members) > 1 or len(varying) < 2 or prod(len(plan.axes[name]) for name, _ in varying[1:]) > MOST:
        return (lambda row: str(row[spec])), ()
    others = varying[1:]
    return (
        lambda row: ", ".join(f"{name} {shown_value(row[place])}" for name, place in others),
        tuple(name for name, _ in others),
    )


def _series(
    name: str,
    rows: Sequence[Row],
    places: tuple[int, int],
    named: Callable[[Row], str] | None = None,
    *,
    joined: bool = False,
) -> Series:
    xs, ys = (tuple(float(row[place]) for row in rows) for place in places)
    return Series(name, ys, tuple(map(named, rows)) if named else (), xs, joined)


def names_of(plan: Plan, apart: Collection[str] = ()) -> Any:
    """Return a function from a row to the name of its point: what tells it from the others of its series.

    Of several networks the network, and what is not its own setting; of one the settings that vary, but for those that
    tell series apart.
    """
    several = len(plan.members) > 1
    own: dict[str, Mapping[str, Any]] = {
        member.label: resolve(member.spec.definition, member.spec.preset).values if several else {}
        for member in plan.members
    }
    spec = plan.keys.index("spec")
    varied = [name for name, values in plan.axes.items() if len(values) > 1 and name not in apart]
    varying = [(name, plan.keys.index(name)) for name in varied]

    def name_of(row: Row) -> str:
        label = row[spec]
        riding = [(name, row[place]) for name, place in varying if row[place] != own[label].get(name)]
        named = name_at(label if several else "", riding)
        return named.removeprefix(":") or label

    return name_of
