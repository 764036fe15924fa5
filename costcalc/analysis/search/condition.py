"""Conditions on rows: `macs <= 300M and params < 3.4M`, in the safe arithmetic of cells, with units."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.analysis.search.quantity import Quantity
from costcalc.common.errors import Mark, Source, SpecError, describe, quote, suggest
from costcalc.common.printed import BYTE_UNITS, COUNT_UNITS
from costcalc.language.expr import CONSTANTS, FUNCTIONS, Expr, ExprError, Language, evaluate, names_in, parse

UNITS = {name: scale for name, scale in {**COUNT_UNITS, **BYTE_UNITS}.items() if name}
LANGUAGE = Language(frozenset(), FUNCTIONS, UNITS, "condition")


class Condition(NamedTuple):
    """A condition, the names that it reads of a row, and the words that it may use."""

    expr: Expr
    mark: Mark
    names: tuple[str, ...]
    words: frozenset[str]

    def holds(self, row: Mapping[str, Any]) -> bool | None:
        """Return whether a row meets it, None where the row lacks a figure that it reads; raise SpecError."""
        if any(row.get(name) is None for name in self.names):
            return None
        try:
            value = evaluate(self.expr, row, self.words, LANGUAGE)
        except ExprError as error:
            raise _located(error, self.mark) from None
        if not isinstance(value, bool):
            raise SpecError(f"a condition must be true or false, not {describe(value)}", self.mark)
        return value


def read_condition(source: Source, known: Mapping[str, Quantity], words: frozenset[str]) -> Condition:
    """Return the condition of a text over known names; raise SpecError with the place in the text."""
    text = source.text.strip()
    mark = Mark(source._replace(text=text), 1, 1, max(1, len(text)))
    try:
        expr = parse(text, LANGUAGE)
    except ExprError as error:
        raise _located(error, mark) from None
    read = [found for found in names_in(expr) if found[0] not in CONSTANTS]
    for name, _, offset in read:
        if name not in known and name not in words:
            sentence = f"unknown name {quote(name)}{suggest(name, {*known, *words})}"
            raise SpecError(sentence, mark.part(offset, len(name)))
    return Condition(expr, mark, tuple(dict.fromkeys(name for name, _, _ in read if name in known)), words)


def _located(error: ExprError, mark: Mark) -> SpecError:
    return SpecError(str(error), mark.part(error.offset, error.width) if error.width else mark)
