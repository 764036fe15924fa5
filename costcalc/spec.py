"""A network as its table says it: Spec, Block, Row, Cell as frozen data with marks. Knows no YAML and no shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from costcalc.errors import Mark
from costcalc.expr import Expr, Value


@dataclass(frozen=True, slots=True)
class Misprint:
    """What a source prints where the spec holds the right value, and why that is an erratum."""

    printed: str
    reason: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Cell:
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


T = TypeVar("T")


@dataclass(frozen=True)
class Choice(Generic[T]):
    """The cells of a variant column: one for each value of a setting. `mark` is the header's."""

    mark: Mark
    setting: str
    cells: tuple[tuple[Value, T | None], ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """What `from` names: a row, an input, or a number of rows back."""

    mark: Mark
    name: str = ""
    back: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A figure that the source prints beside a row: text to be checked, never read."""

    mark: Mark
    text: str
    misprint: Misprint | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row: an op or a block, its cells, what it reads, and what the source claims about it."""

    mark: Mark
    op: Cell
    cells: Mapping[str, Cell | Choice[Cell]] = field(default_factory=dict)
    name: str = ""
    name_mark: Mark | None = None
    refs: tuple[Ref, ...] = ()
    repeat: Cell | Choice[Cell] | None = None
    when: Cell | None = None
    stage: str = ""
    claims: Mapping[str, Claim | Choice[Claim]] = field(default_factory=dict)
    data: Mapping[str, Claim] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that stand for `repeat` copies of themselves, one after the other."""

    mark: Mark
    rows: tuple["Row | Group", ...]
    repeat: Cell | None = None
    name: str = ""
    name_mark: Mark | None = None
    when: Cell | None = None
    stage: str = ""


Rows = tuple[Row | Group, ...]


@dataclass(frozen=True, slots=True)
class Arg:
    """A block's argument, with its default if it has one."""

    name: str
    mark: Mark
    default: Cell | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Rows under a name, with arguments and inputs of their own; `branches` each start at the first input."""

    name: str
    mark: Mark
    args: tuple[Arg, ...] = ()
    inputs: tuple[str, ...] = ("x",)
    rows: Rows = ()
    branches: tuple[Rows, ...] = ()
    join: Row | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting and its default, which may read the settings above it."""

    name: str
    mark: Mark
    default: Cell


@dataclass(frozen=True, slots=True)
class Variant:
    """A named member of a family: some settings."""

    name: str
    mark: Mark
    settings: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class ExactTotals:
    """Exact totals at some settings, checked whenever the spec is used there."""

    mark: Mark
    figures: Mapping[str, tuple[int, Mark]]
    settings: Mapping[str, Cell] = field(default_factory=dict)
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure as text, and how it is to be read: under which convention, cut or rounded, misprinted."""

    mark: Mark
    text: str
    convention: str = ""
    cut: bool = False
    erratum: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """Figures that one place prints, at some settings."""

    mark: Mark
    where: str
    figures: Mapping[str, Figure]
    settings: Mapping[str, Cell] = field(default_factory=dict)
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """A network, or a family of them, as its file says it.

    `words` is the closed vocabulary of bare names; `spread` are the settings that variant columns stand for, with the
    values that the headers name.
    """

    name: str
    mark: Mark
    input: tuple[Cell, ...]
    rows: Rows
    source: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    printed: Mapping[str, Cell] = field(default_factory=dict)
    defaults: Mapping[str, Mapping[str, Cell]] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    totals: tuple[ExactTotals, ...] = ()
    reported: tuple[Reported, ...] = ()
    words: frozenset[str] = field(default_factory=frozenset)
    spread: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    text: str = ""
