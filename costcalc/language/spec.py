"""A network as its table says it: Spec, Block, Row, Cell as frozen data with marks. Knows no YAML and no shape."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.common.errors import Mark
from costcalc.language.expr import Expr, Value

if TYPE_CHECKING:
    from fractions import Fraction

EMPTY: Mapping[str, Any] = {}
Fed = Sequence[int] | Mapping[str, Sequence[int]]  # the input that a caller gives, or some inputs by name
# What others measure of a network, which nothing here computes: 1 where more is better, -1 where less is.
MEASURED: Mapping[str, int] = {"top1": 1, "top5": 1, "map": 1, "latency": -1}


class Misprint(NamedTuple):
    """What a source prints where the spec holds the right value, and why that is an erratum."""

    printed: str
    reason: str
    mark: Mark


class Cell(NamedTuple):
    """One cell: an expression, or a list of them (`[3, 5]`), with its place and the header's rule for it.

    `rule` scales the cell's own value, which it sees under the name `column`.
    """

    mark: Mark
    expr: Expr | None
    items: tuple["Cell", ...] = ()
    column: str = ""
    rule: Expr | None = None
    rule_mark: Mark | None = None
    misprint: Misprint | None = None


class VariantCell(NamedTuple):
    """The cells or claims of a variant column: one, or None, for each value of a setting. `mark` is the header's."""

    mark: Mark
    setting: str
    cells: tuple[tuple[Value, Any], ...]


class Ref(NamedTuple):
    """What `from` names: a row, an input, or a number of rows back; `output` is one of several that a block gives."""

    mark: Mark
    name: str = ""
    back: int = 0
    output: str = ""


class Claim(NamedTuple):
    """A figure that the source prints for a row: text to be checked, never read."""

    mark: Mark
    text: str
    misprint: Misprint | None = None


class Row(NamedTuple):
    """One row: an op or a block, its cells, what it reads, and what the source claims about it."""

    mark: Mark
    op: Cell
    cells: Mapping[str, Cell | VariantCell] = EMPTY
    name: str = ""
    name_mark: Mark | None = None
    refs: tuple[Ref, ...] = ()
    repeat: Cell | VariantCell | None = None
    when: Cell | None = None
    stage: str = ""
    claims: Mapping[str, Claim | VariantCell] = EMPTY
    data: Mapping[str, Cell | VariantCell] = EMPTY
    shares: Ref | None = None


class Group(NamedTuple):
    """Rows that stand for `repeat` copies of themselves, one after the other, or branches that a row joins.

    `counter` is the name by which its rows read the number of the copy, from 0.
    """

    mark: Mark
    rows: tuple["Row | Group", ...]
    repeat: Cell | None = None
    name: str = ""
    name_mark: Mark | None = None
    when: Cell | None = None
    stage: str = ""
    counter: str = ""
    counter_mark: Mark | None = None
    branches: tuple[tuple["Row | Group", ...], ...] = ()
    join: Row | None = None


Rows = tuple[Row | Group, ...]


class Arg(NamedTuple):
    """A block's argument, with its default if it has one."""

    name: str
    mark: Mark
    default: Cell | None = None


class Block(NamedTuple):
    """Rows under a name, with arguments and inputs of their own; `branches` each start at the first input."""

    name: str
    mark: Mark
    args: tuple[Arg, ...] = ()
    inputs: tuple[str, ...] = ("x",)
    rows: Rows = ()
    branches: tuple[Rows, ...] = ()
    join: Row | None = None
    outputs: tuple[Ref, ...] = ()


class Setting(NamedTuple):
    """A setting and its default, which may read the settings above it."""

    name: str
    mark: Mark
    default: Cell


class Variant(NamedTuple):
    """A named member of a family: some settings."""

    name: str
    mark: Mark
    settings: Mapping[str, Cell]


class ExactTotals(NamedTuple):
    """Exact totals at some settings, checked whenever the spec is used there.

    `input` is the input's size there, and `at` what settings are there: claims too.
    """

    mark: Mark
    figures: Mapping[str, tuple["int | Fraction", Mark]]
    input: Claim | None = None
    settings: Mapping[str, Cell] = EMPTY
    variant: str = ""
    at: Mapping[str, Cell] = EMPTY


class ReportedFigure(NamedTuple):
    """A printed figure as text, and how it is to be read: under which convention, cut or rounded, misprinted.

    `right` is the right value of a declared misprint, where the spec states it.
    """

    mark: Mark
    text: str
    convention: str = ""
    cut: bool = False
    erratum: str = ""
    note: str = ""
    right: str = ""


class Reported(NamedTuple):
    """Figures that one place prints, at some settings."""

    mark: Mark
    where: str
    figures: Mapping[str, ReportedFigure]
    settings: Mapping[str, Cell] = EMPTY
    variant: str = ""


class Domain(NamedTuple):
    """Values of a setting: those listed; where they are `ends`, the numbers between both, perhaps by whole steps."""

    mark: Mark
    values: tuple[Value, ...]
    ends: bool = False
    step: int = 0

    def holds(self, value: Value) -> bool:
        """Return whether a value is among them."""
        if not self.ends:
            return value in self.values
        first, last = self.values
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and first <= value <= last and not (self.step and (value - first) % self.step)  # type: ignore[operator]


class Implementation(NamedTuple):
    """Implementations that give a network's counts: by the names of variants, that of the spec itself by none.

    They do so at `settings` and over the values of others; `args` are the keywords by which each is built.
    """

    mark: Mark
    models: Mapping[str, str]
    settings: Mapping[str, Cell] = EMPTY
    args: Mapping[str, Cell] = EMPTY
    over: Mapping[str, Domain] = EMPTY


class Definition(NamedTuple):
    """A network, or a family of them, as its file says it.

    `input` is the first of the `inputs`, which are empty where it has no name. `words` is the closed vocabulary of bare
    names; `choices` are the settings that have only the values listed;
    `spread` those that variant columns stand for, with the values that the headers name.
    """

    name: str
    mark: Mark
    input: tuple[Cell, ...]
    rows: Rows
    source: str = ""
    settings: Mapping[str, Setting] = EMPTY
    choices: Mapping[str, tuple[Value, ...]] = EMPTY
    printed: Mapping[str, Cell] = EMPTY
    defaults: Mapping[str, Mapping[str, Cell]] = EMPTY
    blocks: Mapping[str, Block] = EMPTY
    variants: Mapping[str, Variant] = EMPTY
    alternatives: Mapping[str, Mapping[str, Cell]] = EMPTY
    totals: tuple[ExactTotals, ...] = ()
    reported: tuple[Reported, ...] = ()
    matches: tuple[Implementation, ...] = ()
    words: frozenset[str] = frozenset()
    spread: Mapping[str, tuple[Value, ...]] = EMPTY
    outputs: tuple[Ref, ...] = ()
    unit: bool = False
    inputs: Mapping[str, tuple[Cell, ...]] = EMPTY
    text: str = ""
    whole: bool = True  # whether every row of the file could be read

    @property
    def signal(self) -> bool:
        """Whether the input is a signal: channels and a length."""
        return len(self.input) == 2

    @property
    def starts(self) -> Mapping[str, tuple[Cell, ...]]:
        """The inputs by the names that rows read them by, the first one first; an only one is `input`."""
        return self.inputs or {"input": self.input}
