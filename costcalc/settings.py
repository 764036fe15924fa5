"""Settings: what a caller gives, laid over a spec's defaults, printed settings and variants."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from costcalc.errors import Mark, SpecError, describe, listing, quote, sort_of, suggest
from costcalc.expr import ExprError, Value, evaluate
from costcalc.spec import Cell, Spec


class Resolved(NamedTuple):
    """Every setting's value in the order of the spec, and where those that the spec wrote stand."""

    values: Mapping[str, Value]
    origins: Mapping[str, Mark]


class Claims(Enum):
    """Which claims of a table hold: none, those in variant columns, or all."""

    NONE = 0
    SPREAD = 1
    ALL = 2


def resolve(spec: Spec, given: Mapping[str, Value]) -> Resolved:
    """Return the settings of a spec with `given` in place of defaults; raise SpecError for one it does not have."""
    for name in given:
        if name not in spec.settings:
            has = f"it has {listing(spec.settings)}" if spec.settings else "it has none"
            raise SpecError(f"{quote(spec.name)} has no setting {quote(name)}; {has}{suggest(name, spec.settings)}")
    values: dict[str, Value] = {}
    origins: dict[str, Mark] = {}
    for name, setting in spec.settings.items():
        default = constant(setting.default, values, spec.words)
        if name in given:
            values[name] = _fitting(spec, name, given[name], default)
        else:
            values[name] = default
            origins[name] = setting.default.mark
    return Resolved(values, origins)


def constant(cell: Cell, names: Mapping[str, Value], words: frozenset[str]) -> Value:
    """Return the value of a cell that sees settings alone; raise SpecError at its place."""
    if cell.expr is None:
        return tuple(_number(constant(item, names, words), item) for item in cell.items)
    try:
        return evaluate(cell.expr, names, words)
    except ExprError as error:
        raise SpecError(str(error), place(cell, error)) from None


def place(cell: Cell, error: ExprError) -> Mark:
    """Return the part of a cell that an expression's error is about."""
    plain = cell.expr is not None and cell.mark.width == len(cell.expr.text)
    return cell.mark.part(error.offset, error.width) if plain and error.width else cell.mark


def overrides(spec: Spec, variant: str, cells: Mapping[str, Cell]) -> dict[str, Value]:
    """Return the settings that a variant's name and a `set:` give."""
    chosen = {**(spec.variants[variant].settings if variant else {}), **cells}
    return {name: constant(cell, {}, spec.words) for name, cell in chosen.items()}


def claims_at(spec: Spec, values: Mapping[str, Value]) -> Claims:
    """Return which claims of a spec's table hold at these settings.

    All do where every setting has its printed value, or its default; a setting that the table has columns for may
    have any value that a header names, unless `printed` pins it. At a variant's own settings those that stand in
    variant columns do.
    """
    printed = overrides(spec, "", spec.printed)
    free = {name: values[name] for name, known in spec.spread.items() if values[name] in known}
    if resolve(spec, {**free, **printed}).values == values:
        return Claims.ALL
    if any(resolve(spec, overrides(spec, name, {})).values == values for name in spec.variants):
        return Claims.SPREAD
    return Claims.NONE


def _fitting(spec: Spec, name: str, value: Value, default: Value) -> Value:
    """Return a given value, if it is of the same sort as the setting's default."""
    if sort_of(value) != sort_of(default):
        raise SpecError(
            f"setting {quote(name)} takes a {sort_of(default)}, such as {_shown(default)}, not {describe(value)}"
        )
    if isinstance(value, str) and value not in spec.words:
        raise SpecError(f"setting {quote(name)}: {quote(value)} is no word of this spec{suggest(value, spec.words)}")
    return value


def _shown(value: Value) -> str:
    return quote(value) if isinstance(value, str) else describe(value)


def _number(value: Value, item: Cell) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"a size has whole numbers, not {describe(value)}", item.mark)
    return value
