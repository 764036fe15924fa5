"""Forms of one block -> one template: what is alike in all, what its arguments say, and which rows a `when` takes away."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.exporter.forms import Form, Piece, Ref, Row
from costcalc.exporter.nodes import Varying, unify
from costcalc.language.spec import Block, Cell, Group
from costcalc.language.spec import Row as TableRow
from costcalc.language.spec import Rows as TableRows

MOST_WAYS = 64  # ways in which rows of several inputs that are absent can stand for one of them


class Joined(NamedTuple):
    """A row of a template: its code with what varies, in which forms it is there, and which input it stands for else.

    `reads` are as they are where every row is there.
    """

    key: str
    op: str
    piece: Piece
    reads: tuple[Ref, ...]
    lifted: tuple[bool, ...]
    there: tuple[bool, ...]
    channels: tuple[tuple[int, ...] | None, ...]  # of each form
    shares: str
    note: str
    passes: int = 0


class Template(NamedTuple):
    """What forms of one block have in common."""

    name: str
    forms: tuple[Form, ...]
    rows: tuple[Joined, ...]
    outputs: tuple[Ref, ...]


def templates(forms: Sequence[Form]) -> list[Template]:
    """Return templates that together have all forms of a block; as few as there can be, one after the other."""
    groups: list[Template] = []
    for form in sorted(forms, key=lambda form: -len(form.rows)):
        for index, group in enumerate(groups):
            try:
                groups[index] = joined((*group.forms, form))
                break
            except ValueError:
                continue
        else:
            groups.append(joined((form,)))
    return groups


def joined(forms: Sequence[Form]) -> Template:
    """Return the template of forms; raise ValueError where they have not one."""
    if len({(len(form.channels), len(form.outputs)) for form in forms}) > 1:
        raise ValueError("other inputs or outputs")
    by_key = [{row.key: row for row in form.rows} for form in forms]
    rows = [_joined(key, [rows.get(key) for rows in by_key]) for key in _order(forms)]
    several = [index for index, row in enumerate(rows) if not all(row.there) and len(row.reads) > 1]
    ways = product(*(range(len(rows[index].reads)) for index in several))
    for count, way in enumerate(ways):
        if count == MOST_WAYS:
            break
        for index, passes in zip(several, way, strict=True):
            rows[index] = rows[index]._replace(passes=passes)
        try:
            wired = _wired(rows, by_key, forms)
        except ValueError:
            continue
        return Template(forms[0].name, tuple(forms), *wired)
    raise ValueError("rows that read others")


def _order(forms: Sequence[Form]) -> list[str]:
    """Return the keys of all forms' rows, each form's in its order."""
    order: list[str] = []
    for form in forms:
        at = 0
        for row in form.rows:
            if row.key in order:
                if order.index(row.key) < at:
                    raise ValueError("rows in another order")
                at = order.index(row.key) + 1
            else:
                order.insert(at, row.key)
                at += 1
    return order


def _joined(key: str, rows: Sequence[Row | None]) -> Joined:
    """Return one row of a template, its reads not yet looked at."""
    found = [row for row in rows if row is not None]
    first = found[0]
    for row in found:
        alike = (row.lifted, row.shares, len(row.reads), len(row.piece.modules), bool(row.piece.formula), len(row.channels))
        if alike != (first.lifted, first.shares, len(first.reads), len(first.piece.modules), bool(first.piece.formula), len(first.channels)):  # fmt: skip
            raise ValueError("rows of another form")
    modules = tuple(unify(modules) for modules in zip(*(row.piece.modules for row in found), strict=True))
    formula = first.piece.formula
    if formula:
        formulas = [row.piece.formula for row in found if row.piece.formula]
        if len({(one.text, len(one.leaves)) for one in formulas}) > 1:
            raise ValueError("other expressions")
        formula = formula._replace(
            leaves=tuple(unify(own) for own in zip(*(one.leaves for one in formulas), strict=True))
        )
    return Joined(
        key,
        first.op,
        Piece(modules, formula),
        first.reads,
        first.lifted,
        tuple(row is not None for row in rows),
        tuple(row.channels if row else None for row in rows),
        first.shares,
        first.note if len({row.note for row in found}) == 1 else "",
    )


def _wired(
    rows: Sequence[Joined], by_key: Sequence[Mapping[str, Row]], forms: Sequence[Form]
) -> tuple[tuple[Joined, ...], tuple[Ref, ...]]:
    """Return the rows and the outputs with what they read where every row is there; raise ValueError for no such way."""
    known: dict[str, Joined] = {}

    def seen(ref: Ref, there: Mapping[str, Row]) -> Ref:
        while ref[0] and ref[0] not in there:
            ref = known[ref[0]].reads[known[ref[0]].passes]
        return ref

    def agreed(candidates: Sequence[tuple[Mapping[str, Row], tuple[Ref, ...]]]) -> tuple[Ref, ...]:
        for _, refs in candidates:
            if all(ref[0] in known or not ref[0] for ref in refs) and all(
                tuple(seen(ref, there) for ref in refs) == own for there, own in candidates
            ):
                return refs
        return _latest(candidates, known, seen)

    for row in rows:
        refs = agreed([(there, there[row.key].reads) for there in by_key if row.key in there])
        known[row.key] = row._replace(reads=refs)
        if not all(row.there) and (len(row.channels[row.there.index(True)] or ()) != 1):
            raise ValueError("a row of several outputs that may be absent")
    outputs = agreed([(there, form.outputs) for there, form in zip(by_key, forms, strict=True)])
    return tuple(known.values()), outputs


def _latest(candidates: Any, known: Mapping[str, Joined], seen: Any) -> tuple[Ref, ...]:
    """Return what is read where no form has all of the rows: each read by itself, through the last that can be."""
    refs = []
    for index in range(len(candidates[0][1])):
        for key in reversed([*known, ""]):
            options = [(key, 0)] if key else sorted({own[index] for _, own in candidates})
            fits = [one for one in options if all(seen(one, there) == own[index] for there, own in candidates)]
            if fits:
                refs.append(fits[0])
                break
        else:
            raise ValueError("rows that read others")
    return tuple(refs)


def varying(template: Template) -> Iterator[tuple[Joined, Varying]]:
    """Yield what varies in a template with its row, in the order of the rows."""
    from costcalc.exporter.nodes import leaves

    for row in template.rows:
        for node in (*row.piece.modules, *(row.piece.formula.leaves if row.piece.formula else ())):
            for leaf in leaves(node):
                if isinstance(leaf, Varying):
                    yield row, leaf


def table_rows(block: Block) -> dict[str, TableRow]:
    """Return the rows of a block by their path in it, without the number of a repeat."""
    found: dict[str, TableRow] = {}

    def walk(rows: TableRows, path: str) -> None:
        for index, row in enumerate(rows):
            part = f"{path}{row.name or index}"
            if isinstance(row, TableRow):
                found[part] = row
            elif isinstance(row, Group):
                walk(row.rows, f"{part}/")
                branches(row.branches, row.join, f"{part}/")

    def branches(lists: Sequence[TableRows], join: TableRow | None, path: str) -> None:
        for index, rows in enumerate(lists):
            walk(rows, f"{path}{index}/")
        if join:
            found[f"{path}join"] = join

    walk(block.rows, "")
    branches(block.branches, block.join, "")
    return found


class NoCode(ValueError):
    """A cell that Python cannot say."""


SAFE = {"min", "max", "int", "round", "divisible"}


def code_of(cell: Cell | None, names: Mapping[str, str], channels: Mapping[str, str], settings: Mapping[str, Any]) -> ast.expr:
    """Return a cell as Python's tree: arguments by `names`, `x.c` by `channels`, settings as their values.

    Raises NoCode for what has no such tree.
    """
    if cell is None or cell.expr is None or cell.rule is not None:
        raise NoCode
    tree: ast.expr = _python(cell.expr.tree, names, channels, settings)
    return ast.fix_missing_locations(ast.Expression(tree)).body


def _python(node: ast.AST, names: Mapping[str, str], channels: Mapping[str, str], settings: Mapping[str, Any]) -> Any:
    """Return one node of a cell as Python's."""
    if isinstance(node, ast.Name):
        if node.id in names:
            return ast.Name(names[node.id], ast.Load())
        if isinstance(settings.get(node.id), (int, float, bool)):
            return ast.Constant(settings[node.id])
        raise NoCode
    if isinstance(node, ast.Attribute):
        if isinstance(node.value, ast.Name) and node.attr == "c" and node.value.id in channels:
            return ast.Name(channels[node.value.id], ast.Load())
        raise NoCode
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in SAFE:
            raise NoCode
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
        from costcalc.language.expr import Expr, evaluate

        whole = ast.fix_missing_locations(ast.Expression(node))
        return ast.Constant(evaluate(Expr("", whole.body), {}, frozenset()))
    return node
