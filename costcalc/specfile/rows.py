"""Rows: list rows under `columns:` and mapping rows, both to the one canonical Row."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from costcalc.claims import CLAIM_COLUMNS
from costcalc.errors import Mark, counted, listing, quote, suggest
from costcalc.expr import Expr, Value, evaluate
from costcalc.ops import OPS, WORDS
from costcalc.spec import Cell, Choice, Claim, Group, Row, Rows
from costcalc.specfile.cells import Problems, cell, claim, expression, is_misprint, keyed, name, refs, shown, text
from costcalc.specfile.tree import Node

OWN_COLUMNS = ("op", "name", "from", "when", "n", "stage")  # columns that every row has, whatever its op
GROUP_KEYS = ("repeat", "layers", "name", "when", "stage")
OP_COLUMNS = frozenset(column for op in OPS.values() for column in op.columns)


class Column(NamedTuple):
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


class RowReader:
    """Reads the rows of one table. `args` are the argument names of all blocks, `data` the columns kept for others."""

    def __init__(
        self,
        problems: Problems,
        args: frozenset[str],
        data: frozenset[str],
        spread: dict[str, list[Value]] | None = None,
    ) -> None:
        self.problems = problems
        self.args = args
        self.data = data
        self.spread = {} if spread is None else spread
        self.columns: tuple[Column, ...] = ()

    def known(self) -> list[str]:
        """Return every column that something reads or checks."""
        return [*OWN_COLUMNS, *CLAIM_COLUMNS, *sorted(OP_COLUMNS | self.args | self.data)]

    # the header

    def header(self, node: Node | None) -> None:
        """Read `columns:`."""
        if node is None:
            return
        if node.kind != "list":
            self.problems.add(f"`columns` is a list of column names, not {shown(node)}", node.mark)
            return
        columns = [column for column in map(self.column, node.items) if column]
        seen: set[str] = set()
        for column in columns:
            if column.name in seen:
                self.problems.add(f"column {quote(column.name)} stands twice", column.mark)
            seen.add(column.name)
            if column.name not in self.known():
                self.problems.add(
                    f"nothing reads column {quote(column.name)}: no op or block takes it, and `data:` does not keep it"
                    f"{suggest(column.name, self.known())}",
                    column.mark,
                )
            if column.setting:
                self.spread.setdefault(column.setting, []).extend(column.values)
        self.columns = tuple(columns)

    def column(self, node: Node) -> Column | None:
        """Read one entry of `columns:`: `c`, `{c: rule}`, `{c: rule, setting: [values]}`."""
        if node.kind == "scalar":
            return Column(node.text, node.mark)
        pairs = node.pairs if node.kind == "map" else ()
        if not 1 <= len(pairs) <= 2 or any(key.kind != "scalar" for key, _ in pairs):
            self.problems.add("a column is a name, `{name: rule}` or `{name: rule, setting: [values]}`", node.mark)
            return None
        (key, rule_node), rest = pairs[0], pairs[1:]
        rule = None if rule_node.null else self.rule(rule_node)
        if not rest:
            if rule is None and rule_node.null:
                self.problems.add(f"column {quote(key.text)} has neither a rule nor a setting's values", key.mark)
            return Column(key.text, key.mark, rule)
        values = self.values(rest[0][1])
        return Column(key.text, key.mark, rule, rest[0][0].text, values)

    def rule(self, node: Node) -> Expr | None:
        """Read a column's rule."""
        if node.kind != "scalar":
            self.problems.add(f"a column's rule is an expression, not {shown(node)}", node.mark)
            return None
        return expression(node, self.problems)

    def values(self, node: Node) -> tuple[Value, ...]:
        """Read the values of a setting that a variant column spreads over."""
        values = []
        for item in node.items:
            read = cell(item, self.problems)
            if read and read.expr and (read.expr.constant or read.expr.name):
                values.append(read.expr.name or evaluate(read.expr, {}, WORDS))
        if not values or len(values) != len(node.items) or len(set(values)) != len(values):
            self.problems.add("a variant column lists different values of its setting, such as `[18, 34]`", node.mark)
        return tuple(values)

    # rows

    def rows(self, node: Node, what: str) -> Rows:
        """Read a list of rows."""
        if node.kind != "list":
            self.problems.add(f"{what} is a list of rows, not {shown(node)}", node.mark)
            return ()
        return tuple(row for row in map(self.row, node.items) if row)

    def row(self, node: Node) -> Row | Group | None:
        """Read one row or group."""
        if node.kind == "list":
            return self.list_row(node)
        if node.kind != "map":
            self.problems.add(f"a row is a list under `columns:` or a map, not {shown(node)}", node.mark)
            return None
        if any(key.text == "repeat" for key, _ in node.pairs):
            return self.group(node)
        found = keyed(node, "a row", self.known(), self.problems)
        for column in self.columns:
            self.check_unruled(column, found)
        return self.built(node.mark, {key: [value] for key, value in found.items()}, ())

    def check_unruled(self, column: Column, found: Mapping[str, Node]) -> None:
        """Refuse a bare number in a mapping row where the header has a rule: it would be right at one setting only."""
        node = found.get(column.name)
        if not column.rule or node is None or node.kind != "scalar" or node.null:
            return
        expr = expression(node, Problems())
        if expr and expr.constant:
            self.problems.add(
                f"column {quote(column.name)} has the rule `{column.rule.text}`, which a mapping row stands outside: "
                f"write {quote(node.text)} as an expression of the settings",
                node.mark,
            )

    def group(self, node: Node) -> Group | None:
        """Read `{repeat: 5, layers: [...]}`."""
        found = keyed(node, "a group", GROUP_KEYS, self.problems)
        if "layers" not in found:
            self.problems.add("a group with `repeat` needs `layers`", node.mark)
            return None
        label = found.get("name")
        when, stage = found.get("when"), found.get("stage")
        return Group(
            node.mark,
            self.rows(found["layers"], "`layers`"),
            cell(found["repeat"], self.problems),
            name(label, "a group's name", self.problems) if label else "",
            label.mark if label else None,
            cell(when, self.problems) if when else None,
            text(stage, "`stage`", self.problems) if stage else "",
        )

    def list_row(self, node: Node) -> Row | None:
        """Read a list row: cells in the order of the header, then perhaps a map of what has no column."""
        if not self.columns:
            self.problems.add("a list row needs `columns:` above it to name its cells", node.mark)
            return None
        items = node.items
        extra = items[-1] if items and items[-1].kind == "map" and not is_misprint(items[-1]) else None
        cells = items[:-1] if extra else items
        width = sum(column.width for column in self.columns)
        if len(cells) > width:
            self.problems.add(
                f"a row of {counted(len(cells), 'cell')} under {counted(width, 'column')}: "
                f"the first without a column is {shown(cells[width])}",
                cells[width].mark,
            )
        found = dict(self.spans(cells))
        if extra:
            named = [column.name for column in self.columns]
            for key, value in keyed(extra, "a row", self.known(), self.problems).items():
                if key in named:
                    self.problems.add(f"{quote(key)} is a column of this table: give it there", value.mark)
                found[key] = [value]
        return self.built(node.mark, found, self.columns)

    def spans(self, cells: tuple[Node, ...]) -> Iterator[tuple[str, list[Node]]]:
        """Yield each column's cells of a list row; a variant column has all of its cells or none."""
        at = 0
        for column in self.columns:
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

    def built(self, mark: Mark, found: Mapping[str, list[Node]], columns: tuple[Column, ...]) -> Row | None:
        """Return the canonical row of some columns' nodes."""
        problems, header = self.problems, {column.name: column for column in columns}
        plain = {key: nodes[0] for key, nodes in found.items()}
        if "op" not in plain:
            problems.add(f"a row needs `op`: one of {listing(OPS)} or a block", mark)
            return None
        op = cell(plain["op"], problems)
        cells: dict[str, Cell | Choice] = {}
        claims: dict[str, Claim | Choice] = {}
        for key, nodes in found.items():
            column = header.get(key, Column(key, mark))
            if key in CLAIM_COLUMNS:
                self.keep(claims, column, [claim(node, problems) for node in nodes])
            elif key not in OWN_COLUMNS and key not in self.data:
                self.keep(cells, column, [self.ruled(node, column) for node in nodes])
        repeat: dict[str, Cell | Choice] = {}
        if "n" in found:
            column = header.get("n", Column("n", mark))
            self.keep(repeat, column, [self.ruled(node, column) for node in found["n"]])
        if op is None:
            return None
        label = plain.get("name")
        label = None if label is None or label.null else label
        return Row(
            mark,
            op,
            cells,
            name(label, "`name`", problems) if label else "",
            label.mark if label else None,
            refs(plain["from"], problems) if "from" in plain else (),
            repeat.get("n"),
            cell(plain["when"], problems) if "when" in plain else None,
            text(plain["stage"], "`stage`", problems) if "stage" in plain else "",
            claims,
            {key: kept for key in plain if key in self.data and (kept := claim(plain[key], problems))},
        )

    def ruled(self, node: Node, column: Column) -> Cell | None:
        """Read a cell and lay the header's rule over it."""
        read = cell(node, self.problems)
        if read is None or column.rule is None:
            return read
        return Cell(read.mark, read.expr, read.items, column.name, column.rule, column.mark, read.misprint)

    def keep(self, kept: dict, column: Column, read: list) -> None:  # type: ignore[type-arg]
        """Keep a column's one cell, or its cell for each value of a setting."""
        if column.setting:
            kept[column.name] = Choice(column.mark, column.setting, tuple(zip(column.values, read, strict=False)))
        elif read[0] is not None:
            kept[column.name] = read[0]
