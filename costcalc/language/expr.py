"""The arithmetic of cells: text -> Expr -> value, by a list of what is allowed and never by `eval`."""

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

from costcalc.common.errors import counted, describe, offered, quote, sort_of, suggest
from costcalc.common.rounding import divisible

MAX_CHARS = 500
MAX_DEPTH = 100  # so that a value is found well within Python's own limit on nested calls
MAX_INTEGER = 10**18
MAX_POWER = 64
CONSTANTS: Mapping[str, bool] = {"true": True, "false": False}
NOT_TRUTHS = {"on": "true", "yes": "true", "off": "false", "no": "false"}

_INTEGER = re.compile(r"(0|[1-9][0-9]*(_[0-9]+)*)\Z", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_SIZE = re.compile(r"[0-9]{1,30}(x[0-9]{1,30})+\Z", re.ASCII)
_BASED = re.compile(r"0[xXoObB]")
_THOUSANDS = re.compile(r"[0-9]{1,3}(,[0-9]{3})+\Z", re.ASCII)
_WITH_UNIT = re.compile(
    r"(?<![A-Za-z0-9_.])(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<gap> ?)(?P<unit>[A-Za-z]+)\b(?!\()", re.ASCII
)
_ALLOWED = re.compile(r"[A-Za-z0-9_ .,+\-*/%()<>=!]*\Z", re.ASCII)

Number = int | float
Value = int | float | bool | str | tuple[int, ...]


class ExprError(ValueError):
    """An expression that cannot be read or computed: a sentence, the part at fault and the name to blame."""

    def __init__(self, sentence: str, offset: int = 0, width: int = 0, culprit: str | None = None) -> None:
        super().__init__(sentence)
        self.offset = offset
        self.width = width
        self.culprit = culprit


Function = tuple[Callable[..., Any], int, int]
NO_UNITS: Mapping[str, int] = {}


class Language(NamedTuple):
    """What expressions of one kind may call, and read of a name: functions with their least and most arguments.

    `units` are what a number may be followed by (`300M`), each with what it is for; `where` says what holds such
    expressions.
    """

    attributes: AbstractSet[str]
    functions: Mapping[str, Function]
    units: Mapping[str, int] = NO_UNITS
    where: str = "cell"


class Expr(NamedTuple):
    """One cell's expression: the text as written, and its tree of allowed nodes."""

    text: str
    tree: ast.expr

    @property
    def name(self) -> str | None:
        """The name, where the whole cell is one bare name."""
        return self.tree.id if isinstance(self.tree, ast.Name) else None

    @property
    def constant(self) -> bool:
        """Whether the cell is a bare number, size or truth, which no setting can scale."""
        tree = self.tree.operand if isinstance(self.tree, ast.UnaryOp) else self.tree  # `-1`, `+3`, `not true`
        return isinstance(tree, ast.Constant)


def parse(text: str, language: "Language | None" = None) -> Expr:
    """Return the expression of a cell's text; raise ExprError with the place in the text."""
    text = text.strip()
    if len(text) > MAX_CHARS:
        raise ExprError(f"an expression of {len(text)} characters; at most {MAX_CHARS} are allowed")
    if _INTEGER.match(text):
        return Expr(text, ast.Constant(_bounded(int(text), 0, len(text))))
    if _NAME.match(text) and text not in _KEYWORDS:
        _refuse_not_truth(text)
        return Expr(text, ast.Constant(CONSTANTS[text]) if text in CONSTANTS else _bare(text))
    if _SIZE.match(text):
        sides = tuple(_bounded(int(side), 0, len(text)) for side in text.split("x"))
        return Expr(text, ast.Constant(sides))  # type: ignore[arg-type]
    _refuse_lookalikes(text)
    language = language or CELLS
    hidden, measured = _without_units(text, language.units) if language.units else (text, {})
    tree = _tree(hidden, text)
    if measured:
        tree = _Measured(measured).visit(tree)
    outputs: set[ast.AST] = set()  # `pyramid.p3` of `pyramid.p3.c`
    for node, depth in _nested(tree):
        if depth > MAX_DEPTH:
            raise ExprError(f"an expression nested over {MAX_DEPTH} deep", 0, len(text))
        if language is CELLS and isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            outputs.add(node.value)
        if node not in outputs or not isinstance(node.value, ast.Name):  # type: ignore[attr-defined]
            _check(node, text, language)
    return Expr(text, tree)


def again(text: str) -> Expr:
    """Return the expression of a text that `parse` has taken before, in a language without units."""
    if _NAME.match(text):
        return Expr(text, ast.Constant(CONSTANTS[text]) if text in CONSTANTS else _bare(text))
    plain = _INTEGER.match(text) or _SIZE.match(text)
    return parse(text) if plain else Expr(text, ast.parse(text, mode="eval").body)


def name_of(name: str) -> Expr:
    """Return the expression that is one bare name."""
    return Expr(name, _bare(name))


def literal(text: str) -> Value:
    """Return the value of a text that may hold no names but words: what a command line gives for a setting."""
    expr = parse(text)
    return expr.name or evaluate(expr, {}, frozenset())


def evaluate(expr: Expr, names: Mapping[str, Any], words: frozenset[str], language: "Language | None" = None) -> Value:
    """Return the value of an expression.

    `names` maps the names in scope to values, to things with a `.shape` (rows and inputs: `x.c`, `x.h`, `x.w`), or to
    things with a method `figure`, which gives each attribute of the language;
    a bare name outside it is a word if `words` has it. Raises ExprError, its culprit the name whose value is wrong.
    """
    tree = expr.tree
    if type(tree) is ast.Constant:
        return tree.value  # type: ignore[return-value]
    value: Value = _value(tree, _Scope((language or CELLS).functions, names, words))
    return value


def names_in(expr: Expr) -> Iterator[tuple[str, str | None, int]]:
    """Yield each name that an expression reads, with its attribute (`c` of `x.c`) or None, and its offset."""
    bases = set()
    for node in ast.walk(expr.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            bases.add(node.value)
            yield node.value.id, node.attr, node.col_offset
        elif isinstance(node, ast.Call):
            bases.add(node.func)  # type: ignore[arg-type]
        elif isinstance(node, ast.Name) and node not in bases:
            yield node.id, None, node.col_offset


class _Scope(NamedTuple):
    functions: Mapping[str, Function]
    names: Mapping[str, Any]
    words: frozenset[str]


_KEYWORDS = frozenset({"and", "or", "not", "if", "else", "True", "False", "None", "lambda", "is", "in", "for"})


def _bare(name: str) -> ast.Name:
    return ast.Name(id=name, ctx=ast.Load(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=len(name))


def _bounded(value: Number, offset: int, width: int) -> Any:
    """Return a number that is within what any network needs; raise ExprError for a larger one."""
    if isinstance(value, float):
        if not -math.inf < value < math.inf:  # `isfinite` would ask a symbol of `trace` for its plain value
            raise ExprError("the number is too large to compute with", offset, width)
    elif value > MAX_INTEGER or value < -MAX_INTEGER:
        raise ExprError("an integer over 10^18 is not allowed", offset, width)
    return value


def _refuse_not_truth(text: str) -> None:
    if text in NOT_TRUTHS:
        raise ExprError(f"{quote(text)} is not a truth value here: write `{NOT_TRUTHS[text]}`", 0, len(text))


def _refuse_lookalikes(text: str) -> None:
    """Raise for texts that look like a number but are not one, with the way to write it."""
    if not text:
        raise ExprError("an empty expression")
    if _THOUSANDS.match(text):
        raise ExprError(
            f"{quote(text)} has thousands commas: write `{text.replace(',', '')}` or `{text.replace(',', '_')}`",
            0,
            len(text),
        )
    if re.match(r"0[0-9]+\Z", text):
        raise ExprError(f"{quote(text)} has a leading zero: write `{text.lstrip('0') or 0}`", 0, len(text))
    if not _ALLOWED.match(text):
        at = next(i for i in range(len(text)) if not _ALLOWED.match(text[i]))
        raise ExprError(f"{quote(text[at])} has no meaning in an expression", at, 1)


def _without_units(text: str, units: Mapping[str, int]) -> tuple[str, dict[int, Number]]:
    """Return a text with a name as long in place of each number that has a unit, and those numbers by their offset."""
    from fractions import Fraction  # a spec's cells have no units, and start faster

    found: dict[int, Number] = {}

    def hide(match: re.Match[str]) -> str:
        unit = match["unit"]
        if unit not in units:
            if match["gap"] or unit in _KEYWORDS:  # `2 if`, `2if`
                return match[0]
            start, end = match.span("unit")
            raise ExprError(f"unknown unit {quote(unit)}{offered(unit, units)}", start, end - start)
        value = Fraction(match["number"]) * units[unit]
        found[match.start()] = int(value) if value.denominator == 1 else float(value)
        return "_" * len(match[0])

    return _WITH_UNIT.sub(hide, text), found


class _Measured(ast.NodeTransformer):
    """Puts numbers that have a unit back into a tree, in place of their names."""

    def __init__(self, measured: Mapping[int, Number]) -> None:
        self.measured = measured

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.measured.get(node.col_offset)
        return node if value is None else ast.copy_location(ast.Constant(value), node)


def _tree(hidden: str, text: str) -> ast.expr:
    """Return Python's tree of an expression's text, its units hidden; raise ExprError where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(hidden, mode="eval").body
    except SyntaxError as error:
        offset = min((error.offset or len(text)) - 1, len(text) - 1)  # without one the text ends too early
        single = re.search(r"(?<![<>=!])=(?!=)", hidden)
        if single:
            raise ExprError("`=` does not compare; write `==`", single.start(), 1) from None
        raise ExprError(f"{quote(text)} is not an expression", offset, 1) from None
    except (ValueError, MemoryError, RecursionError):
        raise ExprError("an expression nested too deep", 0, len(text)) from None


def _nested(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    """Yield each node of a tree with its depth, an outer one before those in it."""
    level, depth = [tree], 1
    while level:
        yield from ((node, depth) for node in level)
        level, depth = [child for node in level for child in ast.iter_child_nodes(node)], depth + 1


def _check(node: ast.AST, text: str, language: Language) -> None:
    """Raise ExprError for a node of Python's grammar that cells do not have."""
    start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", len(text))
    where = (start, end - start)
    if isinstance(node, _ALLOWED_NODES):
        if isinstance(node, ast.Constant):
            written = text[start:end]
            if not isinstance(node.value, (int, float)) or _BASED.match(written):
                raise ExprError(f"{quote(written)} is not allowed in a {language.where}", *where)
            _bounded(node.value, *where)
            return
        if isinstance(node, ast.Attribute):
            _check_attribute(node, where, language)
        if isinstance(node, ast.Call):
            _check_call(node, where, language)
        if isinstance(node, ast.Name):
            _refuse_not_truth(node.id)
        return
    raise ExprError(f"{quote(text)} is not an expression that {language.where}s allow", *where)


def _check_attribute(node: ast.Attribute, where: tuple[int, int], language: Language) -> None:
    """Raise ExprError for an attribute that the language does not have."""
    outputs = language is CELLS and isinstance(node.value, ast.Attribute) and isinstance(node.value.value, ast.Name)
    if (isinstance(node.value, ast.Name) or outputs) and node.attr in language.attributes:
        return
    # a known one is wrong for what is before it, such as a number
    found = offered("" if node.attr in language.attributes else node.attr, language.attributes)
    raise ExprError(f"unknown attribute {quote('.' + node.attr)}{found}", *where)


def _check_call(node: ast.Call, where: tuple[int, int], language: Language) -> None:
    """Raise ExprError for a call of anything but a known function with plain arguments."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    functions = language.functions
    if name not in functions:
        what = f"unknown function {quote(name)}" if name else "only a function can be called"
        raise ExprError(f"{what}{offered(name, functions)}", *where)
    least, most = functions[name][1:]
    if node.keywords or any(isinstance(arg, ast.Starred) for arg in node.args):
        raise ExprError(f"`{name}` takes plain values: no `*` and no `name=`", *where)
    if not least <= len(node.args) <= most:
        takes = (
            counted(least, "value") if least == most else f"{least} {'values or more' if most > 2 else 'or 2 values'}"
        )
        raise ExprError(f"`{name}` takes {takes}, not {len(node.args)}", *where)


FUNCTIONS: Mapping[str, Function] = {
    "min": (min, 2, 99),
    "max": (max, 2, 99),
    "int": (math.trunc, 1, 1),
    "round": (round, 1, 1),
    "floor": (math.floor, 1, 1),
    "ceil": (math.ceil, 1, 1),
    "divisible": (divisible, 1, 2),
    "sqrt": (math.sqrt, 1, 1),
    "log": (math.log, 1, 1),
    "log2": (math.log2, 1, 1),
}

CELLS = Language(frozenset({"c", "h", "w"}), FUNCTIONS)

_ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARE: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _value(node: ast.expr, scope: _Scope) -> Any:
    return _EVALUATE[type(node)](node, scope)


def _constant(node: ast.Constant, scope: _Scope) -> Any:
    return node.value


def _name(node: ast.Name, scope: _Scope) -> Any:
    if node.id in scope.names:
        value = scope.names[node.id]
        if type(value) is not int and hasattr(value, "shape"):
            raise _at(node, f"{quote(node.id)} is a layer's output, not a value: read `{node.id}.c`, `.h` or `.w`")
        return value
    if node.id in scope.words:
        return node.id
    if node.id in CONSTANTS:
        return CONSTANTS[node.id]
    raise _at(node, unknown_name(node.id, {*scope.names, *scope.words}))


def unknown_name(name: str, known: set[str]) -> str:
    """Return the sentence for a bare name that is neither in scope nor a word."""
    return f"unknown name {quote(name)}{suggest(name, known)}"


def _attribute(node: ast.Attribute, scope: _Scope) -> Any:
    inner = node.value if isinstance(node.value, ast.Attribute) else None
    base = (inner or node).value.id  # type: ignore[attr-defined]
    if base not in scope.names:
        raise _at(node, f"unknown row or input {quote(base)}{suggest(base, scope.names)}")
    holder = scope.names[base]
    if inner:
        holder = getattr(holder, "outputs", {}).get(inner.attr)
        if holder is None:
            raise _at(node, f"{quote(base)} has no output {quote(inner.attr)}")
    if hasattr(holder, "figure"):
        return holder.figure(node.attr)
    if not hasattr(holder, "shape"):
        raise _at(node, f"{quote(base)} is a value, not a row or input: it has no `.{node.attr}`")
    return getattr(holder.shape, node.attr)


def _binary(node: ast.BinOp, scope: _Scope) -> Any:
    left, right = _number(node.left, scope), _number(node.right, scope)
    if isinstance(node.op, ast.Pow) and abs(right) > MAX_POWER:
        raise _at(node, f"an exponent over {MAX_POWER} is not allowed")
    try:
        value = _ARITHMETIC[type(node.op)](left, right)
    except ZeroDivisionError:
        raise _at(node, "a division by zero") from None
    except OverflowError:
        raise _at(node, "the number is too large to compute with") from None
    if isinstance(value, complex):
        raise _at(node, "the power of a negative number is not a real number")
    return _bounded(value, node.col_offset, (node.end_col_offset or 0) - node.col_offset)


def _unary(node: ast.UnaryOp, scope: _Scope) -> Any:
    if isinstance(node.op, ast.Not):
        return not _truth(node.operand, scope)
    return -_number(node.operand, scope) if isinstance(node.op, ast.USub) else _number(node.operand, scope)


def _boolean(node: ast.BoolOp, scope: _Scope) -> bool:
    stop = isinstance(node.op, ast.Or)
    return stop if any(_truth(value, scope) is stop for value in node.values) else not stop


def _comparison(node: ast.Compare, scope: _Scope) -> bool:
    left_node, left = node.left, _value(node.left, scope)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = _value(right_node, scope)
        if type(left) is not int or type(right) is not int:  # which most are
            _check_sorts(op, (left_node, left), (right_node, right))
        if not _COMPARE[type(op)](left, right):
            return False
        left_node, left = right_node, right
    return True


def _check_sorts(op: ast.cmpop, one: tuple[ast.expr, Any], other: tuple[ast.expr, Any]) -> None:
    """Refuse to compare two values, each with its node, of different sorts, or by an order that they do not have."""
    left, right = sort_of(one[1]), sort_of(other[1])
    if left != right:
        node, value = one if left != "number" else other
        raise _at(node, f"a {left} cannot be compared with a {right}", value)
    if left != "number" and not isinstance(op, (ast.Eq, ast.NotEq)):
        raise _at(one[0], f"a {left} has no order: only `==` and `!=` compare it")


def _choice(node: ast.IfExp, scope: _Scope) -> Any:
    return _value(node.body if _truth(node.test, scope) else node.orelse, scope)


def _call(node: ast.Call, scope: _Scope) -> Any:
    name = node.func.id  # type: ignore[attr-defined]
    args = [_number(arg, scope) for arg in node.args]
    try:
        value = scope.functions[name][0](*args)
    except (ArithmeticError, ValueError) as error:
        raise _at(node, f"`{name}` cannot compute this: {error}") from None
    return _bounded(value, node.col_offset, (node.end_col_offset or 0) - node.col_offset)


def _number(node: ast.expr, scope: _Scope) -> Any:
    value = _value(node, scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _at(node, f"a number is expected, not {describe(value)}", value)
    return value


def _truth(node: ast.expr, scope: _Scope) -> bool:
    value = _value(node, scope)
    if not isinstance(value, bool):
        raise _at(node, f"true or false is expected, not {describe(value)}", value)
    return value


def _at(node: ast.expr, sentence: str, value: object = None) -> ExprError:
    """Return an error at a node; where that is a bare name which means a word, the name is to blame."""
    culprit = node.id if isinstance(node, ast.Name) and isinstance(value, str) else None
    return ExprError(sentence, node.col_offset, (node.end_col_offset or 0) - node.col_offset, culprit)


_EVALUATE: Mapping[type, Callable[[Any, _Scope], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _comparison,
    ast.IfExp: _choice,
    ast.Call: _call,
}
_ALLOWED_NODES = (
    *_EVALUATE,
    *_ARITHMETIC,
    *_COMPARE,
    ast.And,
    ast.Or,
    ast.Not,
    ast.USub,
    ast.UAdd,
    ast.Load,
)
