"""Static checks of a spec: scopes, unused names, columns that an op does not take. Finds all errors, not the first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from costcalc.errors import Mark, SpecError, listing, quote, suggest
from costcalc.expr import CONSTANTS, Expr, names_in, unknown_name
from costcalc.ops import OPS
from costcalc.spec import Block, Cell, Choice, Group, Row, Rows, Spec


def check(spec: Spec) -> list[SpecError]:
    """Return every error of a spec that needs no shapes, in the order of the file."""
    checker = _Checker(spec)
    checker.run()
    return sorted(checker.problems, key=lambda error: (error.mark.line, error.mark.column) if error.mark else (0, 0))


@dataclass(slots=True)
class _Scope:
    """The names that cells see: `values` can stand alone, `tensors` only as `x.c`; `read` are those that something read."""

    values: dict[str, Mark] = field(default_factory=dict)
    tensors: dict[str, Mark] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    where: str = ""

    def all(self) -> dict[str, Mark]:
        """Return every name of the scope with its place."""
        return {**self.values, **self.tensors}


@dataclass(slots=True)
class _Checker:
    spec: Spec
    problems: list[SpecError] = field(default_factory=list)
    read_settings: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Check every section."""
        spec = self.spec
        scope = _Scope()
        for name, setting in spec.settings.items():
            self.cell(setting.default, scope)
            scope.values[name] = setting.mark
            if name in spec.blocks:
                self.add(f"{quote(name)} is a setting and a block: names may not meet", setting.mark)
        self.read_settings |= scope.read
        for cell in spec.input:
            self.cell(cell, self.settings())
        for columns in spec.defaults.values():
            for cell in columns.values():
                self.cell(cell, self.settings())
        self.rows(spec.rows, _Scope(dict(scope.values), {"input": spec.mark}, self.read_settings))
        for block in spec.blocks.values():
            self.block(block)
        self.presets()
        for name, setting in spec.settings.items():
            if name not in self.read_settings | spec.spread.keys():
                self.add(f"nothing reads setting {quote(name)}", setting.mark)

    def add(self, sentence: str, mark: Mark | None) -> None:
        self.problems.append(SpecError(sentence, mark))

    def settings(self) -> _Scope:
        """Return the scope that sees the settings alone."""
        return _Scope({name: setting.mark for name, setting in self.spec.settings.items()}, {}, self.read_settings)

    def presets(self) -> None:
        """Check the names of settings and variants in `printed`, `variants`, `totals`, `reported` and headers."""
        spec = self.spec
        maps = [spec.printed, *(variant.settings for variant in spec.variants.values())]
        maps += [entry.settings for entry in (*spec.totals, *spec.reported)]
        for cells in maps:
            for name, cell in cells.items():
                if name not in spec.settings:
                    self.add(f"{quote(name)} is no setting{suggest(name, spec.settings)}", cell.mark)
                self.cell(cell, _Scope())
        for entry in (*spec.totals, *spec.reported):
            if entry.variant and entry.variant not in spec.variants:
                self.add(f"{quote(entry.variant)} is no variant{suggest(entry.variant, spec.variants)}", entry.mark)

    def block(self, block: Block) -> None:
        """Check a block: it sees settings, arguments, inputs and its own rows."""
        scope = self.settings()
        scope.read = set()
        scope.tensors = dict.fromkeys(block.inputs, block.mark)
        for arg in block.args:
            if arg.default:
                self.cell(arg.default, scope)
            self.declare(arg.name, arg.mark, scope, scope.values)
        for name in block.inputs:
            if name in scope.values:
                self.add(f"input {quote(name)} is also a setting or argument: names may not meet", block.mark)
        for rows in (block.rows, *block.branches):
            self.rows(rows, scope)
        if block.join:
            self.rows((block.join,), scope)
        for arg in block.args:
            if arg.name not in scope.read:
                self.add(f"nothing reads argument {quote(arg.name)} of block {quote(block.name)}", arg.mark)
        for name in block.inputs[1:]:
            if name not in scope.read:
                self.add(f"nothing reads input {quote(name)} of block {quote(block.name)}", block.mark)
        self.read_settings |= scope.read - {arg.name for arg in block.args}

    def declare(self, name: str, mark: Mark, scope: _Scope, into: dict[str, Mark]) -> None:
        """Add a name to a scope; it may not be there yet."""
        if name in scope.all():
            self.add(f"{quote(name)} is already a setting, argument, input or row here: names may not meet", mark)
        into[name] = mark

    def rows(self, rows: Rows, scope: _Scope) -> None:
        """Check rows in order; each name is seen by the rows below it."""
        for row in rows:
            for cell in (row.when, row.repeat):
                self.cells(cell, scope)
            if isinstance(row, Group):
                self.rows(row.rows, scope)
            else:
                self.row(row, scope)
            if row.name:
                self.declare(row.name, row.name_mark or row.mark, scope, scope.tensors)

    def row(self, row: Row, scope: _Scope) -> None:
        """Check one row's op, cells and references."""
        name = row.op.expr.name if row.op.expr else None
        literal = name in OPS or name in self.spec.blocks
        if not literal:
            self.op(row.op, scope)
        for column, cell in row.cells.items():
            self.cells(cell, scope)
            if literal:
                self.column(str(name), column, cell)
        for choice in (*row.cells.values(), row.repeat, *row.claims.values()):
            if isinstance(choice, Choice) and choice.setting not in self.spec.settings:
                self.add(
                    f"{quote(choice.setting)} is no setting{suggest(choice.setting, self.spec.settings)}", choice.mark
                )
        if literal:
            self.required(str(name), row)
        for ref in row.refs:
            if ref.name:
                scope.read.add(ref.name)
                if ref.name not in scope.tensors:
                    self.add(
                        f"{quote(ref.name)} is no row above this one and no input{suggest(ref.name, scope.tensors)}",
                        ref.mark,
                    )
                elif row.repeat is not None:
                    self.add(
                        f"a row with `n` takes only rows back (`-1`, `-2`) in `from`, not {quote(ref.name)}", ref.mark
                    )

    def op(self, cell: Cell, scope: _Scope) -> None:
        """Check an op cell that is an expression; a lone name is a setting, an argument or a misspelt op."""
        name = cell.expr.name if cell.expr else None
        if name and name not in scope.values:
            self.add(
                f"{quote(name)} is no op and no block here{suggest(name, {*OPS, *self.spec.blocks, *scope.values})}",
                cell.mark,
            )
        else:
            self.cell(cell, scope)

    def column(self, op: str, column: str, cell: Cell | Choice[Cell]) -> None:
        """Check that an op or block takes a column."""
        takes = _columns_of(self.spec, op)
        if column not in takes:
            has = f"it takes {listing(takes)}" if takes else "it takes none"
            what = quote(op) if op in OPS else f"block {quote(op)}"
            first = next((item for _, item in cell.cells if item), None) if isinstance(cell, Choice) else cell
            self.add(
                f"{what} takes no {quote(column)}; {has}{suggest(column, takes)}", first.mark if first else cell.mark
            )

    def required(self, op: str, row: Row) -> None:
        """Check that a row gives the columns that its op or block cannot do without."""
        given = {*row.cells, *self.spec.defaults.get(op, {})}
        missing = [column for column in _required_of(self.spec, op) if column not in given]
        if missing:
            self.add(f"{quote(op) if op in OPS else 'block ' + quote(op)} needs {listing(missing)}", row.op.mark)

    def cells(self, cell: Cell | Choice[Cell] | None, scope: _Scope) -> None:
        """Check a plain cell, or each cell of a variant column."""
        for item in [item for _, item in cell.cells] if isinstance(cell, Choice) else [cell]:
            if item is not None:
                self.cell(item, scope)

    def cell(self, cell: Cell, scope: _Scope) -> None:
        """Check the names that a cell reads, and those of its header's rule."""
        for item in cell.items:
            self.cell(item, scope)
        if cell.expr:
            self.names(cell.expr, cell.mark, scope)
        if cell.rule and cell.rule_mark:
            rule = self.settings()
            rule.values[cell.column] = cell.rule_mark
            rule.read = set()
            self.names(cell.rule, cell.rule_mark, rule)
            self.read_settings |= rule.read & self.spec.settings.keys()
            if cell.column not in rule.read:
                self.add(
                    f"the rule of column {quote(cell.column)} does not read {quote(cell.column)}: its cells would be read by nothing",
                    cell.rule_mark,
                )

    def names(self, expr: Expr, mark: Mark, scope: _Scope) -> None:
        """Check each name of an expression: in scope, or a word."""
        for name, attribute, offset in names_in(expr):
            at = mark.part(offset, len(name)) if mark.width == len(expr.text) else mark
            scope.read.add(name)
            if attribute:
                if name not in scope.tensors:
                    self.add(f"{quote(name)} is no row or input here{suggest(name, scope.tensors)}", at)
            elif name in scope.tensors:
                self.add(f"{quote(name)} is a layer's output, not a value: read `{name}.c`, `.h` or `.w`", at)
            elif name not in scope.values and name not in self.spec.words and name not in CONSTANTS:
                self.add(unknown_name(name, {*scope.values, *self.spec.words}), at)


def _columns_of(spec: Spec, op: str) -> list[str]:
    """Return the columns that an op or block takes."""
    return list(OPS[op].columns) if op in OPS else [arg.name for arg in spec.blocks[op].args]


def _required_of(spec: Spec, op: str) -> Iterator[str]:
    """Yield the columns that an op or block has no default for."""
    if op in OPS:
        yield from (column for column in OPS[op].columns if column in OPS[op].required)
    else:
        yield from (arg.name for arg in spec.blocks[op].args if arg.default is None)


Names = Mapping[str, Mark]
