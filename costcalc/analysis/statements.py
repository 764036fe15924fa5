"""What a claims file says, as frozen data: networks by name, and statements to recompute. Knows no YAML."""

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.common.errors import Mark
from costcalc.language.expr import FUNCTIONS, Expr, Language, Value
from costcalc.language.spec import EMPTY
from costcalc.network.figures import FIGURES
from costcalc.network.quantities import hours

SIZES = ("in", "out", "filter")
LANGUAGE = Language(FIGURES.keys(), {**FUNCTIONS, "hours": (hours, 2, 2)})
KINDS = ("number", "size", "statement", "formula", "data")


class Reading(NamedTuple):
    """How a printed figure is declared to be read, where that is not the default count rounded half up."""

    convention: str = ""
    unit: str = ""
    cut: bool = False
    within: str = ""
    words: str = ""

    def __str__(self) -> str:
        """Say it in a few words; nothing for the default reading."""
        parts = (
            self.convention,
            f"in {self.unit}" if self.unit else "",
            "digits cut" if self.cut else "",
            f"within {self.within}" if self.within else "",
            self.words,
        )
        return ", ".join(filter(None, parts))


class Statement(NamedTuple):
    """One printed claim and the way to recompute it.

    `printed` is the text; `values` are what it is held against: expressions over the names of `nets`, or over `layers`
    of `net`, or one quantity of `net` or `layer`. `right` is the right text of a declared erratum.
    """

    id: str
    where: str
    mark: Mark
    printed: str
    kind: str = "number"
    net: str = ""
    layer: str = ""
    layers: Mapping[str, str] = EMPTY
    values: tuple[Expr, ...] = ()
    reading: Reading = Reading()
    erratum: str = ""
    right: str = ""
    unresolved: str = ""
    formula: Expr | None = None
    grid: Mapping[str, tuple[Value, ...]] = EMPTY
    note: str = ""

    @property
    def quantity(self) -> str:
        """What is computed, as the file writes it."""
        return ", ".join(value.text for value in self.values)


class ClaimsFile(NamedTuple):
    """A file of statements: the source they are printed in, and the networks they are about."""

    source: str
    nets: Mapping[str, tuple[str, Mark]]
    statements: tuple[Statement, ...]
