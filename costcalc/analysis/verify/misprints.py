"""Verdicts on numbers that no count shows: misprints of cells, rules that round, alternatives without totals."""

from collections.abc import Iterator, Mapping
from typing import Any

from costcalc.analysis.verify.verdict import Verdict, shown
from costcalc.common.errors import Mark
from costcalc.language.expr import CELLS, ExprError, Value, evaluate
from costcalc.language.settings import constant, overrides, resolve
from costcalc.language.spec import Cell, Definition, Group, Rows, VariantCell


def _same(value: Any, *_: Any) -> Any:
    return value


ROUNDING = ("int", "round", "floor", "ceil", "divisible")
UNROUNDED = CELLS._replace(
    functions={
        name: (_same, least, most) if name in ROUNDING else (function, least, most)
        for name, (function, least, most) in CELLS.functions.items()
    }
)


def verify_cells(spec: Definition, key: str) -> Iterator[Verdict]:
    """Yield a verdict for each misprint that a cell declares, and a failure for each number that hides.

    A header's rule may not round at the printed settings, where the cells are the source's own numbers; where a spec
    has exact totals, one of them holds at each alternative's settings.
    """
    values = resolve(spec, overrides(spec, "", spec.printed)).values
    every = (spec.rows, *(rows for block in spec.blocks.values() for rows in (block.rows, *block.branches)))
    for column, cell in (found for rows in every for found in _cells(rows)):
        if cell.misprint and cell.expr:
            record = _record(key, column, cell.mark, cell.misprint.printed, cell.expr.text)
            yield record._replace(verdict="erratum", note=cell.misprint.reason, settings=values)
        if cell.rule and cell.expr and cell.expr.constant:
            yield from _rounded(spec, key, column, cell, values)
    yield from _alternatives(spec, key)


def _cells(rows: Rows) -> Iterator[tuple[str, Cell]]:
    """Yield (column, cell) for every cell of rows that something reads."""
    for row in rows:
        if isinstance(row, Group):
            yield from _cells(row.rows)
        else:
            for column, cell in (("op", row.op), ("n", row.repeat), *row.cells.items(), *row.data.items()):
                spread = (item for _, item in cell.cells if item) if isinstance(cell, VariantCell) else (cell,)
                yield from ((column, item) for item in spread if item)


def _rounded(spec: Definition, key: str, column: str, cell: Cell, values: Mapping[str, Value]) -> Iterator[Verdict]:
    """Yield a failure where the rule of a cell rounds its number at the printed settings."""
    assert cell.expr
    assert cell.rule
    own = evaluate(cell.expr, {}, spec.words)
    names = {**values, cell.column: own}
    try:
        given = evaluate(cell.rule, names, spec.words)
        exact = evaluate(cell.rule, names, spec.words, UNROUNDED)
    except ExprError:
        return
    if given != exact:
        note = f"the rule `{cell.rule.text}` rounds it at the printed settings: it cannot be the source's number"
        yield _record(key, column, cell.mark, shown(own), shown(given))._replace(note=note, settings=values)


def _alternatives(spec: Definition, key: str) -> Iterator[Verdict]:
    """Yield a failure for each alternative that changes nothing, or at whose settings no exact totals are stated.

    A spec without any totals states none for its alternatives either.
    """
    constants = {
        name: constant(setting.default, {}, spec.words)
        for name, setting in spec.settings.items()
        if setting.default.expr and setting.default.expr.constant
    }
    stated = [resolve(spec, overrides(spec, entry.variant, entry.settings)).values for entry in spec.totals]
    for name, cells in spec.alternatives.items() if stated else ():
        wanted = overrides(spec, "", cells)
        note = ""
        if wanted.items() <= constants.items():
            note = "its settings are the defaults"
        elif not any(wanted.items() <= values.items() for values in stated):
            note = "no `totals` hold at its settings"
        if note:
            mark = next((cell.mark for cell in cells.values()), spec.mark)
            yield _record(key, name, mark, "", "")._replace(note=note, settings=wanted)


def _record(key: str, column: str, mark: Mark, claimed: str, computed: str) -> Verdict:
    """Return the record of a failure at a place of a spec."""
    where = f"{mark.source.name.rpartition('/')[2]}:{mark.line}"
    ident = f"{key}.{mark.line}.{column}"
    return Verdict(ident, where, key, {}, column, claimed, computed, "", "failed", "", "statement")
