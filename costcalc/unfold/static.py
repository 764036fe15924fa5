"""Static checks of a spec: scopes, unused names, columns that an op does not take. Finds all errors, not the first."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from costcalc.common.errors import Mark, Problems, SpecError, TooManyError, in_order, listing, not_taken, quote, suggest
from costcalc.language.expr import CONSTANTS, Expr, names_in, unknown_name
from costcalc.language.settings import overrides
from costcalc.language.spec import (
    Block,
    Cell,
    Definition,
    ExactTotals,
    Group,
    Implementation,
    Ref,
    Reported,
    Row,
    Rows,
    VariantCell,
)
from costcalc.ops import FIRST, NOTES, OPS, WORDS, as_ops
from costcalc.ops.elsewhere import no_op
from costcalc.ops.schema import Sides


def static_problems(spec: Definition, read: Sequence[SpecError] = ()) -> list[SpecError]:
    """Return every error of a spec that needs no shapes, in the order of the file.

    `read` is what was wrong with reading it. What may follow from that is left out: names that nothing reads, what a
    row lacks whose line has an error; and unless such lines are all of rows, all else in them, and unknown names.
    """
    checker = _checked(spec, frozenset(error.mark.line if error.mark else 0 for error in read))
    found = checker.problems.found
    if checker.broken <= checker.lines:
        told = {(error.mark.line, error.mark.column) for error in read if error.mark}
        return in_order(
            error
            for error in (*found, *checker.unknown)
            if not error.mark or (error.mark.line, error.mark.column) not in told
        )
    return in_order(error for error in found if not error.mark or error.mark.line not in checker.broken)


def input_settings(spec: Definition, replaced: Collection[str] = ("input",)) -> set[str]:
    """Return the settings that nothing but some of the spec's inputs reads: those of the names given."""
    if not spec.settings:
        return set()
    kept = {name: cells for name, cells in spec.inputs.items() if name not in replaced}
    checker = _checked(spec._replace(input=(), inputs=kept))
    return spec.settings.keys() - checker.read_settings - spec.spread.keys()


def sizing_settings(spec: Definition) -> frozenset[str]:
    """Return the settings that size the spec's inputs, where nothing else hangs on a size: no cell reads one."""
    checker = _checked(spec._replace(input=(), inputs=dict.fromkeys(spec.inputs, ())))
    free = spec.settings.keys() - checker.read_settings - spec.spread.keys()
    return frozenset() if checker.sized else frozenset(free)


def _checked(spec: Definition, broken: frozenset[int] = frozenset()) -> "_Checker":
    """Return a checker that has walked over a spec, or over what comes before too many errors."""
    checker = _Checker(spec, broken)
    with suppress(TooManyError):
        checker.run()
    return checker


class _StaticScope:
    """The names that cells see: `values` by name, `tensors` only as `x.c`; `read` are those that something read."""

    def __init__(
        self,
        values: dict[str, Mark] | None = None,
        tensors: dict[str, Mark] | None = None,
        read: set[str] | None = None,
    ) -> None:
        self.values = {} if values is None else values
        self.tensors = {} if tensors is None else tensors
        self.read = set() if read is None else read
        self.implied = {"above"} if tensors else set()  # what a name means where nothing else has it
        self.optional: set[str] = set()  # names of rows that all have a `when`


class _Checker:
    """One walk over a spec that collects what is wrong, and which settings something reads."""

    def __init__(self, spec: Definition, broken: frozenset[int]) -> None:
        self.spec = spec
        self.broken = broken  # lines that could not be read
        self.problems = Problems()
        self.unknown: list[SpecError] = []  # names that nothing defines, of a spec that could not be read whole
        self.lines: set[int] = set()  # of rows
        self.read_settings: set[str] = set()
        self.used: set[str] = set()
        self.sized = False  # whether a cell reads the size of a row or input

    def run(self) -> None:
        """Check every section."""
        spec = self.spec
        scope = _StaticScope()
        for name, setting in spec.settings.items():
            self.cell(setting.default, scope)
            scope.values[name] = setting.mark
            if name in spec.blocks:
                self.add(
                    f"{quote(name)} is both a setting and a block; choose another name for one of them", setting.mark
                )
        self.read_settings |= scope.read
        for cells in spec.starts.values():
            for cell in cells:
                self.cell(cell, self.settings())
        for columns in spec.defaults.values():
            for cell in columns.values():
                self.cell(cell, self.settings())
        self.top(_StaticScope(dict(scope.values), {}, self.read_settings))
        for block in spec.blocks.values():
            self.block(block)
        self.presets()
        self.unused()

    def top(self, scope: _StaticScope) -> None:
        """Check the network's own rows, which see its inputs; each but the first has to be read."""
        spec = self.spec
        for name, cells in spec.starts.items():
            self.declare(name, cells[0].mark if cells else spec.mark, scope, scope.tensors)
        scope.implied = {"above", *(set() if spec.inputs else {"x"} - scope.values.keys() - spec.words)}
        self.rows(spec.rows, scope)
        self.outputs(spec.outputs, scope)
        for name, cells in list(spec.inputs.items())[1:]:
            if name not in scope.read:
                self.missed(f"nothing reads input {quote(name)}", cells[0].mark if cells else spec.mark)

    def unused(self) -> None:
        """Find blocks and settings that nothing reads."""
        spec = self.spec
        named = {value for values in spec.choices.values() for value in values}
        for name, block in spec.blocks.items():
            if name not in self.used | named:
                self.missed(f"nothing uses block {quote(name)}", block.mark)
        for name, setting in spec.settings.items():
            if name not in self.read_settings | spec.spread.keys():
                self.missed(f"nothing reads setting {quote(name)}", setting.mark)

    def add(self, sentence: str, mark: Mark | None) -> None:
        self.problems.add(sentence, mark)

    def missed(self, sentence: str, mark: Mark | None) -> None:
        """Note a name that is unknown, or that nothing reads, where all of the spec could be read."""
        if not self.broken:
            self.problems.add(sentence, mark)

    def settings(self) -> _StaticScope:
        """Return the scope that sees the settings alone."""
        return _StaticScope(
            {name: setting.mark for name, setting in self.spec.settings.items()}, {}, self.read_settings
        )

    def presets(self) -> None:
        """Check the values of settings in `printed`, `variants`, `alternatives`, `totals`, `reported`, `matches`."""
        spec = self.spec
        entries: tuple[ExactTotals | Reported | Implementation, ...] = (*spec.totals, *spec.reported, *spec.matches)
        maps = [spec.printed, *(variant.settings for variant in spec.variants.values()), *spec.alternatives.values()]
        claims = (entry.at for entry in spec.totals)
        for cells in (*maps, *(entry.settings for entry in entries), *claims):
            for cell in cells.values():
                self.constant(cell)
            self.fitting(cells)
        scope = self.settings()
        scope.read = set()  # an implementation's argument does not use a setting
        for cell in (cell for match in spec.matches for cell in match.args.values()):
            self.cell(cell, scope)

    def fitting(self, cells: Mapping[str, Cell]) -> None:
        """Check that settings take the values that one preset gives them."""
        try:
            overrides(self.spec, "", cells)
        except SpecError as error:
            told = {problem.mark for problem in self.problems.found}
            if error.mark in {cell.mark for cell in cells.values()} - told:
                self.add(error.sentence, error.mark)

    def constant(self, cell: Cell) -> None:
        """Check a cell that may read nothing."""
        read = [name for name, _, _ in names_in(cell.expr)] if cell.expr else []
        known = [name for name in read if name in self.spec.settings]
        if known:
            self.add(f"a constant is expected here, not an expression of {listing(known)}", cell.mark)
        else:
            self.cell(cell, _StaticScope())

    def block(self, block: Block) -> None:
        """Check a block: it sees settings, arguments, inputs and its own rows."""
        scope = self.settings()
        scope.read = set()
        scope.tensors = dict.fromkeys(block.inputs, block.mark)
        scope.implied = {"above"}
        for arg in block.args:
            if arg.default:
                self.cell(arg.default, scope)
            self.declare(arg.name, arg.mark, scope, scope.values)
        for name in scope.values.keys() & set(block.inputs):
            self.add(f"input {quote(name)} is also a setting or argument; choose another name", block.mark)
        for rows in (block.rows, *block.branches, (block.join,) if block.join else ()):
            self.rows(rows, scope)
        self.outputs(block.outputs, scope)
        due = [("argument", arg.name, arg.mark) for arg in block.args]
        due += [("input", name, block.mark) for name in block.inputs[1:]]
        for what, name, mark in due:
            if name not in scope.read:
                self.missed(f"nothing reads {what} {quote(name)} of block {quote(block.name)}", mark)
        self.read_settings |= scope.read - {arg.name for arg in block.args}

    def declare(self, name: str, mark: Mark, scope: _StaticScope, into: dict[str, Mark]) -> None:
        """Add a name to a scope; it may not be there yet."""
        if name in scope.values or name in scope.tensors:
            self.add(f"{quote(name)} is already defined here; choose another name", mark)
        into[name] = mark

    def rows(self, rows: Rows, scope: _StaticScope) -> None:
        """Check rows in order; each name is seen by the rows below it."""
        for row in rows:
            for cell in (row.when, row.repeat):
                self.cells(cell, scope)
            if isinstance(row, Group):
                self.group(row, scope)
            else:
                self.row(row, scope)
            if row.name:
                self.declare_row(row, scope)

    def outputs(self, outputs: tuple[Ref, ...], scope: _StaticScope) -> None:
        """Check that outputs are rows, each named once."""
        seen: set[str] = set()
        for ref in outputs:
            called = ref.output or ref.name
            if called in seen:
                self.add(f"output {quote(called)} is listed twice", ref.mark)
            seen.add(called)
            scope.read.add(ref.name)
            if ref.name not in scope.tensors:
                self.missed(f"unknown row {quote(ref.name)}{_near(ref.name, scope)}", ref.mark)

    def group(self, group: Group, scope: _StaticScope) -> None:
        """Check a group's rows, which may read the number of the copy, and its branches."""
        if group.counter:
            self.declare(group.counter, group.counter_mark or group.mark, scope, scope.values)
        for rows in (group.rows, *group.branches, (group.join,) if group.join else ()):
            self.rows(rows, scope)
        if group.counter:
            if group.counter not in scope.read:
                self.missed(f"nothing reads index {quote(group.counter)}", group.counter_mark)
            scope.values.pop(group.counter, None)
            scope.read.discard(group.counter)

    def declare_row(self, row: Row | Group, scope: _StaticScope) -> None:
        """Add a row's name to a scope; rows that all have a `when` may share one, since at most one is there."""
        if row.name in scope.optional and row.when and isinstance(row, Row):
            return
        if row.when and isinstance(row, Row) and row.name not in scope.tensors:
            scope.optional.add(row.name)
        else:
            scope.optional.discard(row.name)
        self.declare(row.name, row.name_mark or row.mark, scope, scope.tensors)

    def row(self, row: Row, scope: _StaticScope) -> None:
        """Check one row's op, cells and references."""
        self.lines.add(row.mark.line)
        name = row.op.expr.name if row.op.expr else None
        own = name in scope.values and name not in FIRST  # a setting or argument by the name of a later op
        literal = name in self.spec.blocks or (name in OPS and not own)
        self.used.add(name or "")
        if not literal:
            self.op(row.op, scope)
        for column, cell in row.cells.items():
            if not (literal and self.of_row(str(name), column, cell, scope)):
                self.cells(cell, scope)
            if literal:
                self.column(str(name), column, cell)
        for cell in row.data.values():
            self.cells(cell, scope)
        for choice in (*row.cells.values(), row.repeat, *row.claims.values(), *row.data.values()):
            if isinstance(choice, VariantCell):
                self.known(choice.setting, choice.mark)
        if literal and row.mark.line not in self.broken:
            self.required(str(name), row)
        self.reads(row, scope)

    def reads(self, row: Row, scope: _StaticScope) -> None:
        """Check what a row reads, and whose weights it shares."""
        for ref in row.refs:
            self.ref(ref, row, scope)
        if row.shares:
            scope.read.add(row.shares.name)
            if row.shares.name not in scope.tensors:
                self.add(
                    f"no row named {quote(row.shares.name)} above this one{_near(row.shares.name, scope)}",
                    row.shares.mark,
                )

    def known(self, setting: str, mark: Mark) -> None:
        """Check that a setting is one of the spec's."""
        if setting not in self.spec.settings:
            self.add(f"unknown setting {quote(setting)}{suggest(setting, self.spec.settings)}", mark)

    def ref(self, ref: Ref, row: Row, scope: _StaticScope) -> None:
        """Check one entry of `from`: a row above, an input, or rows back; a repeated row takes the last alone."""
        if not ref.name:
            return
        scope.read.add(ref.name)
        if ref.name not in scope.tensors and not (ref.name == "x" and "x" in scope.implied):
            near = _near(ref.name, scope)
            self.missed(f"no row or input named {quote(ref.name)} above this row{near}", ref.mark)
        elif (
            isinstance(row.repeat, Cell)
            and row.repeat.expr
            and row.repeat.expr.constant
            and row.repeat.expr.text != "1"
        ):
            self.add(only_back(ref), ref.mark)

    def op(self, cell: Cell, scope: _StaticScope) -> None:
        """Check an op cell that must be an expression; a lone name is a setting, an argument or a misspelt op."""
        name = cell.expr.name if cell.expr else None
        if name and name not in scope.values:
            self.add(no_op(name, {*OPS, *self.spec.blocks, *scope.values}), cell.mark)
        else:
            self.cell(cell, scope)

    def column(self, op: str, column: str, cell: Cell | VariantCell) -> None:
        """Check that an op or block takes a column."""
        takes = _columns_of(self.spec, op)
        if column not in takes and not (op not in self.spec.blocks and column in NOTES):
            cells = [item for _, item in cell.cells if item] if isinstance(cell, VariantCell) else [cell]
            self.add(not_taken(_called(self.spec, op), column, takes), cells[0].mark if cells else cell.mark)

    def of_row(self, op: str, column: str, cell: Cell | VariantCell, scope: _StaticScope) -> bool:
        """Return whether a cell is the bare name of a row, in a column that takes its size; such a name is read."""
        name = cell.expr.name if isinstance(cell, Cell) and cell.expr else None
        kind = OPS[op].columns.get(column) if op not in self.spec.blocks else None
        found = name in scope.tensors and isinstance(kind, Sides) and kind.of_rows
        if found:
            scope.read.add(str(name))
            self.sized = True
        return found

    def required(self, op: str, row: Row) -> None:
        """Check that a row gives the columns that its op or block cannot do without."""
        given = {*row.cells, *self.spec.defaults.get(op, {})}
        needed = [arg.name for arg in self.spec.blocks[op].args if not arg.default] if op in self.spec.blocks else ()
        missing = [name for name in needed if name not in given]
        needs = f"{_called(self.spec, op)} needs {listing(missing)}" if missing else ""
        if problem := needs if op in self.spec.blocks else OPS[op].unfit(given):
            self.add(problem, row.op.mark)

    def cells(self, cell: Cell | VariantCell | None, scope: _StaticScope) -> None:
        """Check a plain cell, or each cell of a variant column."""
        for item in [item for _, item in cell.cells] if isinstance(cell, VariantCell) else [cell]:
            if item is not None:
                self.cell(item, scope)

    def cell(self, cell: Cell, scope: _StaticScope) -> None:
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
                    f"the rule of column {quote(cell.column)} must use the value of its cells",
                    cell.rule_mark,
                )

    def names(self, expr: Expr, mark: Mark, scope: _StaticScope) -> None:
        """Check each name of an expression: in scope, or a word."""
        for name, attribute, offset in names_in(expr):
            at = mark.part(offset, len(name)) if mark.width == len(expr.text) else mark
            scope.read.add(name)
            self.used.add(name)
            if attribute:
                self.sized |= attribute != "c"
                if name not in scope.tensors and (name not in scope.implied or name in scope.values):
                    self.missed(f"unknown row or input {quote(name)}{_near(name, scope)}", at)
            elif name in scope.tensors:
                self.add(f"{quote(name)} is a layer's output, not a value: read `{name}.c`, `.h` or `.w`", at)
            elif name not in scope.values and name not in self.spec.words and name not in CONSTANTS:
                ops = OPS.keys() - WORDS - self.spec.blocks.keys()  # which no cell but `op` takes
                sentence = unknown_name(name, {*scope.values, *(self.spec.words - ops)})
                if self.broken:
                    self.unknown.append(SpecError(sentence, at))
                else:
                    self.add(sentence, at)


def only_back(ref: Ref) -> str:
    """Return the sentence for a name in `from` of a row that is repeated."""
    return f"`from` of a row with `n` must be a number of rows back, such as `-1`, not {quote(ref.name)}"


def _near(name: str, scope: _StaticScope) -> str:
    """Return what may have been meant by a name that is not a row and no input."""
    if name == "input":
        return f": a block reads inputs of its own, here {quote(next(iter(scope.tensors)))}"
    return suggest(name, as_ops(scope.tensors))


def _called(spec: Definition, op: str) -> str:
    """Return an op or block as errors name it."""
    return f"block {quote(op)}" if op in spec.blocks else quote(op)


def columns_of(spec: Definition, op: str) -> list[str] | None:
    """Return the columns that an op or block takes, notes too; None for a name that is neither."""
    if op in spec.blocks:
        return _columns_of(spec, op)
    return [*OPS[op].columns, *NOTES] if op in OPS else None


def _columns_of(spec: Definition, op: str) -> list[str]:
    """Return the columns that an op or block takes."""
    return [arg.name for arg in spec.blocks[op].args] if op in spec.blocks else list(OPS[op].columns)
