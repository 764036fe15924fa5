"""What a caller asks for -> a plan: members, axes, the names that rows hold. What does not fit is an error at once."""

from collections.abc import Mapping, Sequence

from costcalc.analysis.api import Spec
from costcalc.analysis.search.condition import read_condition
from costcalc.analysis.search.points import SCALES, Member, Plan, Point, printed
from costcalc.analysis.search.quantity import named, quantities
from costcalc.common.errors import Source, quote, sort_of
from costcalc.language.expr import Value, names_in
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import EMPTY, MEASURED
from costcalc.network.metrics import DTYPE_BITS, Measure

COUNTED = ("macs", "params", "activations")
Axes = Mapping[str, tuple[Value, ...]]


def swept(specs: Sequence[tuple[str, Spec]], axes: Axes) -> tuple[Member, ...]:
    """Return specs, each under its label, as members of a grid.

    Raises SpecError for an axis whose setting one does not have, or that has a value of another sort than it takes.
    """
    for _, spec in specs:
        resolve(spec.definition, spec.preset)
        for name, values in axes.items():
            plain = next((value for value in values if sort_of(value) == "number"), None)
            for value in [plain, *(value for value in values if sort_of(value) != "number")]:
                if value is not None:
                    resolve(spec.definition, {**spec.preset, name: value})
    return tuple(Member(label, spec) for label, spec in specs)


def reported(specs: Sequence[tuple[str, Spec]]) -> tuple[tuple[Member, ...], Axes]:
    """Return the settings at which specs report figures: a member for each spec and variant, and what they vary.

    Raises ValueError for a spec that reports none.
    """
    axes: dict[str, list[Value]] = {}
    for _, spec in specs:
        for entry in spec.definition.reported:
            for name in entry.settings:
                axes.setdefault(name, [])
    members = []
    for label, spec in specs:
        reporting = _reporting(label, spec, tuple(axes))
        if not reporting:
            raise ValueError(f"{quote(label)} reports no figures")
        members += reporting
    for member in members:
        for point in member.points or ():
            for values, value in zip(axes.values(), point, strict=True):
                if value is not None and value not in values:
                    values.append(value)
    return tuple(members), {name: tuple(values) for name, values in axes.items()}


def _reporting(label: str, spec: Spec, axes: tuple[str, ...]) -> list[Member]:
    """Return a spec and its variants, each with the points of its reports at which the caller's settings hold."""
    definition = spec.definition
    found: dict[str, dict[Point, None]] = {}
    for entry in definition.reported:
        values = resolve(definition, overrides(definition, entry.variant, entry.settings)).values
        other = spec.key in definition.variants and spec.key != entry.variant
        if not other and all(values[name] == value for name, value in spec.preset.items()):
            found.setdefault(entry.variant, {})[tuple(values.get(axis) for axis in axes)] = None
    return [
        Member(name or label, spec._replace(preset=overrides(definition, name, {})), tuple(points))
        for name, points in found.items()
    ]


def planned(
    members: Sequence[Member],
    axes: Axes,
    measure: Measure,
    *,
    columns: Sequence[str] = (),
    also: Mapping[str, Sequence[str]] = EMPTY,
    points: bool = False,
    where: Source | None = None,
    dtype: str = "fp32",
) -> Plan:
    """Return the plan of a sweep.

    `columns` are the names that rows hold, the usual ones unless given; `also` names that rows need besides, by the
    argument that needs them; with `points` they hold the spec and the settings of each row too; sizes are
    those of elements of `dtype`. Raises ValueError for a name or a type that is unknown, SpecError for a malformed
    condition.
    """
    named(DTYPE_BITS, dtype, "dtype")
    known = quantities((member.spec for member in members), axes, dtype)
    names = list(columns) or _usual(members, axes)
    wanted = [named(known, name, "columns") for name in names]
    for about, more in also.items():
        wanted += [named(known, name, about) for name in more]
    if points:
        wanted += [known[name] for name in ("spec", *axes)]
    words = frozenset().union(*(member.spec.definition.words for member in members))
    condition = read_condition(where, known, words) if where else None
    return Plan(tuple(members), axes, tuple(dict.fromkeys(wanted)), measure, condition, known, dtype)


def _usual(members: Sequence[Member], axes: Axes) -> list[str]:
    """Return the names of the usual columns: settings, counts, and what others measured at some of the points."""
    whole = all(member.points is None for member in members)
    scaled = [name for name in SCALES if whole and name in axes]
    names = ["spec"] if len(members) > 1 else []
    for name in axes:
        names += [name, "effective_width"] if name == "width" and whole else [name]
    for name in COUNTED:
        names += [name, "square_law"] if name == "macs" and scaled else [name]
    measured = {name for member in members for name in _measured(member, axes)}
    return [*names, *(name for name in MEASURED if name in measured)]


def _measured(member: Member, axes: Axes) -> set[str]:
    """Return what others measured at any point of a member."""
    return {
        name
        for point, figures in printed(member, tuple(axes)).items()
        if (
            all(value in values for value, values in zip(point, axes.values(), strict=True))
            if member.points is None
            else point in member.points
        )
        for name in figures
    }


def fixed(member: Member, axes: Axes) -> dict[str, Value]:
    """Return the settings that are the same at every point: those not swept, nor following from one that is."""
    definition = member.spec.definition
    values = resolve(definition, member.spec.preset).values
    moving = set(axes)
    for name, setting in definition.settings.items():
        expr = setting.default.expr
        if expr and name not in member.spec.preset and moving & {read for read, _, _ in names_in(expr)}:
            moving.add(name)
    return {name: value for name, value in values.items() if name not in moving}
