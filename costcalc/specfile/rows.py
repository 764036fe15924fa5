"""Rows: list rows under `columns:` and mapping rows, both to the one canonical Row."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from costcalc.common.errors import Mark, Problems, counted, describe, quote, suggest
from costcalc.language.expr import Expr, Value
from costcalc.language.spec import EMPTY, Cell, Claim, Group, Row, Rows, VariantCell
from costcalc.ops import FIRST_COLUMNS, NOTES, OPS
from costcalc.ops.elsewhere import DOTTED, no_op
from costcalc.specfile.cells import (
    cell,
    claim,
    comma_hint,
    expression,
    is_fixed,
    is_misprint,
    key_marks,
    keyed,
    name,
    refs,
    row_name,
    shown,
    text,
    values_of,
)
from costcalc.specfile.tree import Node
from costcalc.unfold.claims import CLAIM_COLUMNS

OWN_COLUMNS = ("op", "name", "from", "when", "n", "stage", "shares")  # columns that every row has, whatever its op
GROUP_KEYS = ("repeat", "as", "layers", "name", "when", "stage")
BRANCH_KEYS = ("branches", "join", "name", "when", "stage")
Spread = dict[str, list[Value]]  # the settings that variant columns stand for, with the values of the headers
THOUSANDS = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}\Z")
OP_COLUMNS = frozenset({*NOTES, *(column for op in OPS.values() for column in op.columns)})
TAKEN_COLUMNS = OP_COLUMNS & FIRST_COLUMNS  # which `data` cannot keep


class HeaderColumn(NamedTuple):
    """One entry of `columns:`: a name, the rule of its cells, and the setting whose values it spreads over."""

    name: str
    mark: Mark
    rule: Expr | None = None
    setting: str = ""
    values: tuple[Value, ...] = ()

    @property
    def width(self) -> int:
        """How many cells of a list row belong to it."""
        return len(self.values) or 1


@lru_cache(maxsize=1)
def _known(args: frozenset[str], data: frozenset[str]) -> Mapping[str, None]:
    """Return every column that something reads or checks, in the order that errors list them."""
    return dict.fromkeys([*OWN_COLUMNS, *CLAIM_COLUMNS, *sorted(OP_COLUMNS | args | data)])


def _listed(node: Node) -> Sequence[str]:
    """Return the columns that an error lists for a row: those of its op, or all where it has none."""
    op = next((value.text for key, value in node.pairs if key.text == "op"), "")
    return (*OPS[op].columns, *OWN_COLUMNS) if op in OPS else ()


class RowReader:
    """Reads the rows of one table. `args` are the argument names of all blocks, `data` the columns kept for others.

    `known` are all columns that something reads or checks; `settings` have the values that `choices` lists for each.
    """

    def __init__(
        self,
        problems: Problems,
        args: frozenset[str],
        data: frozenset[str],
        settings: Mapping[str, Sequence[Value]] = EMPTY,
        spread: Spread | None = None,
        dropped: list[Mark] | None = None,
    ) -> None:
        self.problems = problems
        self.known = _known(args, data)
        self.dropped = [] if dropped is None else dropped  # places of rows that could not be read
        self.named = "shares" in args | data  # a column of the spec's own goes before that of every row
        self.data = data
        self.settings = settings
        self.spread = Spread() if spread is None else spread
        self.columns: Mapping[str, HeaderColumn] = {}
        self.width = 0

    # the header

    def header(self, node: Node | None) -> None:
        """Read `columns:`."""
        if node is None:
            return
        if node.kind != "list":
            self.problems.add(f"`columns` must be a list of column names, not {shown(node)}", node.mark)
            return
        columns: dict[str, HeaderColumn] = {}
        for column in filter(None, map(self.column, node.items)):
            if column.name in columns:
                self.problems.add(f"column {quote(column.name)} is listed twice", column.mark)
            columns[column.name] = column
            self.check_column(column)
            if column.setting:
                self.spread.setdefault(column.setting, []).extend(column.values)
        self.columns, self.width = columns, sum(column.width for column in columns.values())

    def check_column(self, column: HeaderColumn) -> None:
        """Refuse a column that nothing reads, and a rule that nothing would apply."""
        shown = quote(column.name)
        if column.name not in self.known:
            self.problems.add(
                f"nothing reads column {shown}: no op or block takes it, and `data:` does not keep it"
                f"{suggest(column.name, self.known)}",
                column.mark,
            )
        elif column.name in CLAIM_COLUMNS and column.rule:
            self.problems.add(f"column {shown} must not have a rule: it is checked, not read", column.mark)
        elif column.name in OWN_COLUMNS and column.name != "n" and (column.rule or column.setting):
            self.problems.add(
                f"column {shown} takes neither a rule nor a cell for each value of a setting", column.mark
            )

    def column(self, node: Node) -> HeaderColumn | None:
        """Read one entry of `columns:`: `c`, `{c: rule}`, `{c: rule, setting: [values]}`."""
        if node.kind == "scalar":
            return HeaderColumn(node.text, node.mark)
        pairs = node.pairs if node.kind == "map" else ()
        if not 1 <= len(pairs) <= 2 or any(key.kind != "scalar" for key, _ in pairs):
            self.problems.add("a column must be a name, `{name: rule}` or `{name: rule, setting: [values]}`", node.mark)
            return None
        (key, rule_node), rest = pairs[0], pairs[1:]
        rule = None if rule_node.null else self.rule(rule_node)
        if not rest:
            if rule is None and rule_node.null:
                self.problems.add(f"column {quote(key.text)} has neither a rule nor a setting's values", key.mark)
            return HeaderColumn(key.text, key.mark, rule)
        setting, listed = rest[0]
        if setting.text not in self.settings:
            near = suggest(setting.text, self.settings)
            self.problems.add(f"unknown setting {quote(setting.text)}{near}", setting.mark)
            self.dropped.append(setting.mark)  # no row could choose among such a column's cells
        values = values_of(listed, "a variant column", self.problems)
        choices = self.settings.get(setting.text, ())
        allowed = set(choices or values)
        for value in values:
            if value not in allowed:
                has = ", ".join(map(describe, choices))
                self.problems.add(
                    f"{quote(setting.text)} cannot be {describe(value)}; its choices are {has}", listed.mark
                )
        return HeaderColumn(key.text, key.mark, rule, setting.text, values)

    def rule(self, node: Node) -> Expr | None:
        """Read a column's rule."""
        if node.kind != "scalar":
            self.problems.add(f"a column's rule must be an expression, not {shown(node)}", node.mark)
            return None
        return expression(node, self.problems)

    # rows

    def rows(self, node: Node, what: str) -> Rows:
        """Read a list of rows."""
        if node.kind != "list":
            self.problems.add(f"{what} must be a list of rows, not {shown(node)}", node.mark)
            return ()
        read = [(item, self.row(item)) for item in node.items]
        self.dropped += [item.mark for item, row in read if row is None]
        return tuple(row for _, row in read if row)

    def row(self, node: Node) -> Row | Group | None:
        """Read one row or group."""
        if node.kind == "list":
            return self.list_row(node)
        if node.kind != "map":
            self.problems.add(f"a row must be a list under `columns:` or a map, not {shown(node)}", node.mark)
            return None
        keys = {key.text: key.mark for key, _ in node.pairs}
        if {"repeat", "op"} <= keys.keys() and "layers" not in keys:
            self.problems.add("`repeat` repeats a group of `layers`; write `n` to repeat one row", keys["repeat"])
            return None
        if "repeat" in keys or ("layers" in keys and "op" not in keys):
            return self.group(node)
        if "branches" in keys and "op" not in keys:
            return self.branching(node)
        found = keyed(node, "a row", self.known, self.problems, _listed(node))
        for key, value in found.items():
            if key in self.columns:
                self.check_unruled(self.columns[key], value)
        return self.built(node.mark, {key: [value] for key, value in found.items()}, {})

    def check_unruled(self, column: HeaderColumn, node: Node) -> None:
        """Refuse a bare number in a mapping row where the header has a rule: it would be right at one setting only."""
        if not column.rule or is_fixed(node):
            return
        read = cell(node, Problems())
        if read and all(item.expr and item.expr.constant for item in read.items or (read,)):
            what = quote(node.text) if node.kind == "scalar" else "it"
            self.problems.add(
                f"the rule {quote(column.rule.text)} of column {quote(column.name)} does not apply to a row written as "
                f"a map: write {what} as an expression of the settings",
                node.mark,
            )

    def group(self, node: Node) -> Group | None:
        """Read `{repeat: 5, layers: [...]}`, or `{when: ..., layers: [...]}`."""
        found = keyed(node, "a group", GROUP_KEYS, self.problems)
        if "layers" not in found:
            self.problems.add("a group with `repeat` needs `layers`", node.mark)
            return None
        if "repeat" in found and found["repeat"].null:
            self.problems.add("`repeat` needs a number, such as 3", node.mark)
        given = {key: value for key, value in found.items() if not value.null}
        group = self.around(node, given, "a group")._replace(rows=self.rows(found["layers"], "`layers`"))
        if "as" in given:
            group = group._replace(counter=name(given["as"], "an index", self.problems), counter_mark=given["as"].mark)
        return group._replace(repeat=cell(given["repeat"], self.problems)) if "repeat" in given else group

    def branching(self, node: Node) -> Group:
        """Read `{branches: [[...], [...]], join: add}`: rows side by side, each branch from the row above."""
        found = keyed(node, "a row of branches", BRANCH_KEYS, self.problems)
        given = {key: value for key, value in found.items() if not value.null}
        listed = found["branches"]
        if listed.kind != "list" or len(listed.items) < 2:
            self.problems.add("`branches` must be a list of two branches or more, each a list of rows", listed.mark)
        branches = tuple(self.rows(branch, "a branch") for branch in listed.items)
        join = self.join(given.get("join") or Node(listed.mark, "scalar", "concat"), "`join`")
        return self.around(node, given, "a row of branches")._replace(branches=branches, join=join)

    def around(self, node: Node, given: Mapping[str, Node], what: str) -> Group:
        """Return a group without rows: its name, `when` and stage."""
        return Group(
            node.mark,
            (),
            name=row_name(given["name"], what, self.problems) if "name" in given else "",
            name_mark=given["name"].mark if "name" in given else None,
            when=cell(given["when"], self.problems) if "when" in given else None,
            stage=text(given["stage"], "`stage`", self.problems) if "stage" in given else "",
        )

    def join(self, node: Node, what: str) -> Row | None:
        """Read `join:`: an op by name, or a map with `op` and its columns."""
        if node.kind == "scalar":
            op = cell(node, self.problems)
            return Row(node.mark, op) if op else None
        for key, _ in node.pairs:
            if key.text in {*GROUP_KEYS, *OWN_COLUMNS, *CLAIM_COLUMNS, *self.data} - {"op"}:
                self.problems.add(f"{what} takes `op` and that op's columns, not {quote(key.text)}", key.mark)
        columns, self.columns = self.columns, {}  # the header's rules are those of the rows
        row = self.row(node)
        self.columns = columns
        return row if isinstance(row, Row) else None

    def list_row(self, node: Node) -> Row | None:
        """Read a list row: cells in the order of the header, then perhaps a map of what has no column."""
        if not self.columns:
            self.problems.add("a list row needs `columns:` above it to name its cells", node.mark)
            return None
        items = node.items
        last = items[-1] if items and items[-1].kind == "map" else None
        extra = last if last and not is_misprint(last) and ("fixed" in self.known or not is_fixed(last)) else None
        cells = items[:-1] if extra else items
        self.check_cells(cells)
        found = dict(self.spans(cells))
        if extra:
            marks = key_marks(extra)
            for key, value in keyed(extra, "a row", self.known, self.problems).items():
                if key in self.columns:
                    self.problems.add(f"{quote(key)} is a column of this table: write it in that column", marks[key])
                found[key] = [value]
        return self.built(node.mark, found, self.columns)

    def check_cells(self, cells: tuple[Node, ...]) -> None:
        """Refuse more cells than the header names, and cells that a comma in one of them has made."""
        for one, other in pairwise(cells):
            end = one.mark.part(len(one.text) + 1, 1)
            both = f"{one.text},{other.text}"
            if (end.line, end.column) == (other.mark.line, other.mark.column) and THOUSANDS.match(both):
                self.problems.add(
                    f"{quote(both)} has thousands commas: write {quote(one.text + other.text)}, "
                    "or a space after the comma between two cells",
                    one.mark._replace(width=len(both)),
                )
        if len(cells) > self.width:
            hint = next(filter(None, map(comma_hint, cells)), "")
            self.problems.add(
                f"the row has {counted(len(cells), 'cell')} for {counted(self.width, 'column')}; "
                f"{shown(cells[self.width])} has no column{hint}",
                cells[self.width].mark,
            )

    def spans(self, cells: tuple[Node, ...]) -> Iterator[tuple[str, list[Node]]]:
        """Yield each column's cells of a list row; a variant column has all of its cells or none."""
        at = 0
        for column in self.columns.values():
            if at >= len(cells):
                break
            span = list(cells[at : at + column.width])
            at += column.width
            filled = [node for node in span if not node.null]
            if column.setting and filled and len(filled) < column.width:
                self.problems.add(
                    f"column {quote(column.name)} has a cell for each of {counted(column.width, 'value')} of "
                    f"{quote(column.setting)}; this row fills {len(filled)}",
                    filled[0].mark,
                )
            elif filled:
                yield column.name, span

    def built(self, mark: Mark, found: Mapping[str, list[Node]], header: Mapping[str, HeaderColumn]) -> Row | None:
        """Return the canonical row of some columns' nodes."""
        problems = self.problems
        plain = {key: nodes[0] for key, nodes in found.items() if not nodes[0].null}
        if "op" not in plain:
            problems.add("a row needs `op`: a layer type, such as `conv`, or a block", mark)
            return None
        written = plain["op"]
        if written.kind == "scalar" and DOTTED.match(written.text):  # no expression that could be one
            problems.add(no_op(written.text, OPS), written.mark)
            return None
        op = cell(written, problems)
        cells, claims, data = self.sorted(mark, found, header)
        if op is None:
            return None
        label = plain.get("name")
        return Row(
            mark,
            op,
            {key: value for key, value in cells.items() if key != "n"},
            row_name(label, "a row", problems) if label else "",
            label.mark if label else None,
            refs(plain["from"], problems) if "from" in plain else (),
            cells.get("n"),
            cell(plain["when"], problems) if "when" in plain else None,
            text(plain["stage"], "`stage`", problems) if "stage" in plain else "",
            claims,
            data,
            next(iter(refs(plain["shares"], problems)), None) if "shares" in plain and not self.named else None,
        )

    def sorted(
        self, mark: Mark, found: Mapping[str, list[Node]], header: Mapping[str, HeaderColumn]
    ) -> tuple[dict[str, Cell | VariantCell], dict[str, Claim | VariantCell], dict[str, Cell | VariantCell]]:
        """Return a row's cells (`n` among them), claims and data, each by column."""
        cells: dict[str, Cell | VariantCell] = {}
        claims: dict[str, Claim | VariantCell] = {}
        data: dict[str, Cell | VariantCell] = {}
        for key, nodes in found.items():
            column = header.get(key, HeaderColumn(key, mark))
            if key in CLAIM_COLUMNS:
                self.keep(claims, column, [claim(node, self.problems) for node in nodes])
            elif key in self.data:
                self.keep(data, column, [self.ruled(node, column) for node in nodes])
            elif key == "n" or key not in OWN_COLUMNS or (key == "shares" and self.named):
                self.keep(cells, column, [self.ruled(node, column) for node in nodes])
        return cells, claims, data

    def ruled(self, node: Node, column: HeaderColumn) -> Cell | None:
        """Read a cell and lay the header's rule over it."""
        read = cell(node, self.problems)
        if read is None or column.rule is None or is_fixed(node):
            return read
        return Cell(read.mark, read.expr, read.items, column.name, column.rule, column.mark, read.misprint)

    def keep(self, kept: dict, column: HeaderColumn, read: list) -> None:  # type: ignore[type-arg]
        """Keep a column's one cell, or its cell for each value of a setting."""
        if column.setting:
            kept[column.name] = VariantCell(column.mark, column.setting, tuple(zip(column.values, read, strict=False)))
        elif read[0] is not None:
            kept[column.name] = read[0]
