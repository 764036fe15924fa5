"""Settings: what a caller gives, laid over a spec's defaults, printed settings and variants."""

from collections.abc import Callable, Mapping
from enum import Enum
from operator import index
from typing import NamedTuple, TypeVar

from costcalc.common.errors import Mark, SpecError, describe, offered, quote, sort_of, suggest
from costcalc.language.expr import CELLS, MAX_INTEGER, ExprError, Language, Value, evaluate
from costcalc.language.spec import EMPTY, Cell, Definition

MAX_KNOWN = 16  # specs of which something is remembered


class Resolved(NamedTuple):
    """Every setting's value in the order of the spec, and the places of those that the spec wrote.

    `language` is what the cells that see them may call.
    """

    values: Mapping[str, Value]
    origins: Mapping[str, Mark]
    language: Language = CELLS


class Claims(Enum):
    """Which claims of a table hold: none, those in variant columns, or all."""

    NONE = 0
    SPREAD = 1
    ALL = 2


def resolve(
    spec: Definition,
    given: Mapping[str, Value],
    marks: Mapping[str, Mark] = EMPTY,
    language: Language = CELLS,
) -> Resolved:
    """Return the settings of a spec with `given` in place of defaults; raise SpecError for one it does not have.

    `marks` are the places of those that the spec gives itself.
    """
    for name in given:
        if name not in spec.settings:
            has = offered(name, spec.settings) if spec.settings else "; it has none"
            raise SpecError(f"{quote(spec.name)} has no setting {quote(name)}{has}")
    values: dict[str, Value] = {}
    origins: dict[str, Mark] = {}
    for name, setting in spec.settings.items():
        default = constant(setting.default, values, spec.words, language)
        mark = marks.get(name) if name in given else setting.default.mark
        try:
            value = _fitting(spec, given[name], default) if name in given else default
            values[name] = _chosen(spec, name, value)
        except ValueError as error:
            raise SpecError(f"setting {quote(name)} {error}", mark) from None
        if name not in given:
            origins[name] = setting.default.mark
    return Resolved(values, origins, language)


def constant(cell: Cell, names: Mapping[str, Value], words: frozenset[str], language: Language = CELLS) -> Value:
    """Return the value of a cell that sees settings alone; raise SpecError at its place."""
    if cell.expr is None:
        return tuple(_number(constant(item, names, words, language), item) for item in cell.items)
    try:
        return evaluate(cell.expr, names, words, language)
    except ExprError as error:
        raise SpecError(str(error), place(cell, error)) from None


def place(cell: Cell, error: ExprError) -> Mark:
    """Return the part of a cell that an expression's error is about."""
    plain = cell.expr is not None and cell.mark.width == len(cell.expr.text)
    return cell.mark.part(error.offset, error.width) if plain and error.width else cell.mark


def overrides(spec: Definition, variant: str, cells: Mapping[str, Cell]) -> dict[str, Value]:
    """Return the settings that a variant's name and a `set:` give; raise SpecError where one of them does not fit."""
    chosen = {**(spec.variants[variant].settings if variant in spec.variants else {}), **cells}
    values = {name: constant(cell, {}, spec.words) for name, cell in chosen.items()}
    resolve(spec, values, {name: cell.mark for name, cell in chosen.items()})
    return values


def claims_at(spec: Definition, values: Mapping[str, Value]) -> Claims:
    """Return which claims of a spec's table hold at these settings.

    All do where every setting has its printed value, or its default; a setting that the table has columns for may
    have any value that a header names, unless `printed` pins it. At a variant's own settings those in
    variant columns do.
    """
    printed = overrides(spec, "", spec.printed)
    free = {name: values[name] for name, known in spec.spread.items() if values.get(name) in known}
    if resolve(spec, {**free, **printed}).values == values:
        return Claims.ALL
    return Claims.SPREAD if tuple(values.items()) in _places(spec) else Claims.NONE


T = TypeVar("T")


def once(work: Callable[[Definition], T]) -> Callable[[Definition], T]:
    """Return a function of a spec that does its work once for each: a network is built at many settings."""
    known: dict[int, tuple[Definition, T]] = {}

    def found(spec: Definition) -> T:
        if id(spec) not in known:
            made = work(spec)
            while len(known) >= MAX_KNOWN:
                del known[next(iter(known))]
            known[id(spec)] = spec, made  # which keeps the spec, so that its id stays its own
        return known[id(spec)][1]

    return found


@once
def _places(spec: Definition) -> frozenset[tuple[tuple[str, Value], ...]]:
    """Return the settings of each variant."""
    at = (resolve(spec, overrides(spec, name, {})).values for name in spec.variants)
    return frozenset(tuple(values.items()) for values in at)


@once
def totals_at(spec: Definition) -> tuple[Mapping[str, Value], ...]:
    """Return the settings that each entry of `totals` is about."""
    return tuple(resolve(spec, overrides(spec, entry.variant, entry.settings)).values for entry in spec.totals)


def _fitting(spec: Definition, value: object, default: Value) -> Value:
    """Return a given value, if it is of the same sort as the setting's default; raise ValueError with the reason."""
    value = _plain(value)
    sides = value if isinstance(value, tuple) else (value,)
    if any(isinstance(side, (int, float)) and not abs(side) <= MAX_INTEGER for side in sides):  # nor is `nan`
        raise ValueError("must be a number of at most 10^18")
    if not isinstance(value, (bool, int, float, str, tuple)):
        raise ValueError(f"must be {_example(default)}, not a value of type {quote(type(value).__name__)}")
    if sort_of(value) != sort_of(default):
        raise ValueError(f"must be {_example(default)}, not {describe(value)}")
    if isinstance(value, tuple) and not all(type(side) is int for side in value):
        raise ValueError("must be a size of whole numbers")
    if isinstance(value, str) and value not in spec.words:
        raise ValueError(f"must be a word of this spec, not {quote(value)}{suggest(value, spec.words)}")
    return value


def _chosen(spec: Definition, name: str, value: Value) -> Value:
    """Return a value that is among the choices of its setting, if it has any; raise ValueError with those."""
    choices = spec.choices.get(name, ())
    if choices and value not in choices:
        raise ValueError(f"must be {' or '.join(map(describe, choices))}, not {describe(value)}")
    return value


def _plain(value: object) -> object:
    """Return what a Python caller gives as a value of cells: a list as a size, an integer of NumPy's as an integer."""
    if isinstance(value, list):
        return tuple(map(_plain, value))
    return index(value) if hasattr(value, "__index__") and not isinstance(value, int) else value


def _example(default: Value) -> str:
    """Return what a setting takes, by its default."""
    return f"a {sort_of(default)}, such as {quote(default) if isinstance(default, str) else describe(default)}"


def _number(value: Value, item: Cell) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SpecError(f"a size must have whole numbers, not {describe(value)}", item.mark)
    return value
