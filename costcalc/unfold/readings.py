"""What the cells of a row give, by the values of the names that they read: rows of a spec say it many times."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.language.expr import Expr, names_in
from costcalc.language.settings import once
from costcalc.language.spec import Cell, Definition, Row, VariantCell
from costcalc.ops import Cost
from costcalc.ops.shape import Shape
from costcalc.unfold.again import PLAIN, keyed
from costcalc.unfold.scope import Frame, RowValue

ROOM = 50_000  # readings and costs of a spec that are kept, before all are forgotten


class RowRead(NamedTuple):
    """The columns of a layer, how a program writes it, what reading them took, and its costs by the shapes it reads."""

    args: Mapping[str, Any]
    coding: str
    work: int
    costs: dict[tuple[Shape, ...], Cost]


class Names(NamedTuple):
    """The names that the cells of a row read, and the settings that its headers' rules and its op's defaults read."""

    cells: tuple[str, ...]
    settings: tuple[str, ...]


class Readings:
    """What the rows of one spec came to, at whatever settings: of plain values alone, for which 1 is not 1.0."""

    def __init__(self, spec: Definition) -> None:
        self.defaults = spec.defaults
        self.names: dict[tuple[int, str], Names] = {}
        self.known: dict[Any, RowRead] = {}
        self.left = ROOM

    def key_of(
        self, row: Row, op: str, frame: Frame, settings: Mapping[str, Any], *, again: bool
    ) -> tuple[Any, ...] | None:
        """Return all that the columns of a row in this frame depend on; None where that cannot be compared.

        `again` is whether it is a repeat after the first.
        """
        place = id(row), op
        names = self.names.get(place) or self.names.setdefault(place, self._names(row, op))
        found = [frame.names.get(name) for name in names.cells]
        if "above" in names.cells and "above" not in frame.names:
            found.append(frame.history[-1])
        found += [settings.get(name) for name in names.settings]
        kinds = tuple(map(type, found))
        if PLAIN.issuperset(kinds):
            return place, again, kinds, *found
        if not SEEN.issuperset(kinds) or any(isinstance(value, RowValue) and value.outputs for value in found):
            return None
        plain = (value.shape if isinstance(value, RowValue) else keyed(value) for value in found)
        return place, again, kinds, *plain

    def _names(self, row: Row, op: str) -> Names:
        """Return the names that a row for an op reads; what only the rule of a column reads is a setting."""
        own, usual = _spread(row.cells.values()), _spread(self.defaults.get(op, {}).values())
        ruled = [cell.rule for cell in own if cell.rule] + [cell.expr for cell in usual if cell.expr]
        ruled += [cell.rule for cell in usual if cell.rule]
        settings = [name for expr in ruled for name in _read(expr)]
        settings += [cell.setting for cell in row.cells.values() if isinstance(cell, VariantCell)]
        return Names(
            tuple(dict.fromkeys(name for cell in own if cell.expr for name in _read(cell.expr))),
            tuple(dict.fromkeys(settings)),
        )

    def keep(self, key: Any, reading: RowRead) -> None:
        """Keep a reading from now on."""
        self._make_room()
        self.known[key] = reading

    def cost(self, reading: RowRead, ins: tuple[Shape, ...], cost: Cost) -> Cost:
        """Return the cost of a reading at some shapes, which is kept from now on."""
        self._make_room()
        reading.costs[ins] = cost
        return cost

    def _make_room(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.known.clear()
            self.left = ROOM


SEEN = PLAIN | {RowValue, tuple}


@once
def readings_of(spec: Definition) -> Readings:
    """Return what is known of the rows of a spec."""
    return Readings(spec)


def _read(expr: Expr) -> Iterable[str]:
    """Return the names that an expression reads: of most cells none, or the one that they are."""
    if expr.constant:
        return ()
    return (expr.name,) if expr.name else (name for name, _, _ in names_in(expr))


def _spread(cells: Iterable[Cell | VariantCell]) -> list[Cell]:
    """Return every cell that may be chosen, and those within a size."""
    return list(_each(cells))


def _each(cells: Iterable[Cell | VariantCell | None]) -> Iterator[Cell]:
    for cell in cells:
        if isinstance(cell, VariantCell):
            yield from _each(item for _, item in cell.cells)
        elif cell is not None:
            yield cell
            yield from _each(cell.items)
