"""Cells as Python says them: what a row of a block says of the block's arguments, for what writes code."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.language.expr import Expr, ExprError, evaluate
from costcalc.language.spec import Block, Cell, Definition, Group, Row, Rows


class Told(NamedTuple):
    """A block as its table has it: its inputs, constant defaults of its arguments, its rows by their path in it."""

    inputs: tuple[str, ...]
    defaults: Mapping[str, Any]
    rows: Mapping[str, Row]
    branches: bool

    def code(
        self, path: str, column: str, names: Mapping[str, str], channels: Mapping[str, str], settings: Mapping[str, Any]
    ) -> ast.expr | None:
        """Return a cell of a row as Python's tree, its `when` too; None for what Python cannot say, or a constant.

        `names` are what arguments are called in the code, `channels` what `x.c` of each input is; settings are numbers.
        """
        row = self.rows.get(path)
        cell = (row.when if column == "when" else row.cells.get(column)) if row else None
        if not isinstance(cell, Cell):
            return None
        try:
            tree = _code_of(cell, names, channels, settings)
        except NoCodeError:
            return None
        return None if isinstance(tree, ast.Constant) else tree


def blocks_of(definition: Definition) -> dict[str, Told]:
    """Return the blocks of a spec by their names."""
    return {name: _told(block) for name, block in definition.blocks.items()}


def _told(block: Block) -> Told:
    """Return a block as its table has it."""
    trees = {arg.name: arg.default.expr.tree for arg in block.args if arg.default and arg.default.expr}
    defaults = {name: tree.value for name, tree in trees.items() if isinstance(tree, ast.Constant)}
    return Told(block.inputs, defaults, _rows_of(block), bool(block.branches))


def value_of(tree: ast.expr, names: Mapping[str, Any]) -> Any:
    """Return what an expression gives where names have values, or None."""
    try:
        return evaluate(Expr("", tree), names, frozenset())
    except ExprError:
        return None


def _rows_of(block: Block) -> dict[str, Row]:
    """Return the rows of a block by their path in it, without the number of a repeat."""
    found: dict[str, Row] = {}

    def walk(rows: Rows, path: str) -> None:
        for index, row in enumerate(rows):
            part = f"{path}{row.name or index}"
            if isinstance(row, Row):
                found[part] = row
            elif isinstance(row, Group):
                walk(row.rows, f"{part}/")
                branches(row.branches, row.join, f"{part}/")

    def branches(lists: Sequence[Rows], join: Row | None, path: str) -> None:
        for index, rows in enumerate(lists):
            walk(rows, f"{path}{index}/")
        if join:
            found[f"{path}join"] = join

    walk(block.rows, "")
    branches(block.branches, block.join, "")
    return found


class NoCodeError(ValueError):
    """A cell that Python cannot say."""


SAFE = {"min", "max", "int", "round", "divisible"}


def _code_of(
    cell: Cell | None, names: Mapping[str, str], channels: Mapping[str, str], settings: Mapping[str, Any]
) -> ast.expr:
    """Return a cell as Python's tree: arguments by `names`, `x.c` by `channels`, settings as their values.

    Raises NoCodeError for what has no such tree.
    """
    if cell is None or cell.expr is None or cell.rule is not None:
        raise NoCodeError
    tree: ast.expr = _python(cell.expr.tree, names, channels, settings)
    return ast.fix_missing_locations(ast.Expression(tree)).body


def _python(node: ast.AST, names: Mapping[str, str], channels: Mapping[str, str], settings: Mapping[str, Any]) -> Any:
    """Return one node of a cell as Python's."""
    if isinstance(node, ast.Name):
        if node.id in names:
            return ast.Name(names[node.id], ast.Load())
        if isinstance(settings.get(node.id), (int, float, bool)):
            return ast.Constant(settings[node.id])
        raise NoCodeError
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.attr == "c" and node.value.id in channels:
            return ast.Name(channels[node.value.id], ast.Load())
        raise NoCodeError
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in SAFE:
            raise NoCodeError
        return ast.Call(node.func, [_python(arg, names, channels, settings) for arg in node.args], [])
    values = {
        field: [_python(one, names, channels, settings) for one in value]
        if isinstance(value, list)
        else _python(value, names, channels, settings)
        if isinstance(value, ast.AST)
        else value
        for field, value in ast.iter_fields(node)
    }
    return _simpler(type(node)(**values))


def _simpler(node: Any) -> Any:
    """Return a node without what its constants decide."""
    if isinstance(node, ast.BoolOp):
        stop = isinstance(node.op, ast.Or)
        values = [value for value in node.values if not (isinstance(value, ast.Constant) and value.value is not stop)]
        if any(isinstance(value, ast.Constant) and value.value is stop for value in values):
            return ast.Constant(stop)
        return ast.Constant(not stop) if not values else values[0] if len(values) == 1 else ast.BoolOp(node.op, values)
    if isinstance(node, ast.IfExp) and isinstance(node.test, ast.Constant):
        return node.body if node.test.value else node.orelse
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) and isinstance(node.operand, ast.Constant):
        return ast.Constant(not node.operand.value)
    if isinstance(node, ast.Compare) and all(isinstance(side, ast.Constant) for side in (node.left, *node.comparators)):
        whole = ast.fix_missing_locations(ast.Expression(node))
        return ast.Constant(bool(evaluate(Expr("", whole.body), {}, frozenset())))
    return node
