"""Bundled specs as data that an installation writes, so that a start parses no YAML: specs <-> JSON."""

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from costcalc.common.errors import Mark, Source
from costcalc.language import spec as language
from costcalc.language.expr import Expr, again
from costcalc.ops import OPS, WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = "compiled"  # inside the package
READERS = ("common", "language", "ops", "network", "unfold", "specfile")  # the rooms that say what a spec's text means
TUPLE, SET, FRACTION, MARK, EXPR, *_ = range(10)
CLASSES = (
    *("Definition", "Setting", "Variant", "Block", "Arg", "Group", "Row", "Cell", "VariantCell", "Ref", "Claim"),
    *("Misprint", "ExactTotals", "Reported", "ReportedFigure", "Implementation", "Domain"),
)
FIRST = 10  # the number of the first class
BROKEN = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)  # of what nobody wrote


def find(source: Source, name: str) -> language.Definition | None:
    """Return the compiled spec of a bundled file by its name; None where none is whole and of this text and code."""
    try:
        with open(os.path.join(PACKAGE, FOLDER, f"{name}.json"), encoding="utf-8") as stream:
            text, code, data = json.load(stream)
        if text == source.text and code in (None, stamp()):
            return _decoded(data, source)
    except (OSError, *BROKEN):
        pass
    return None


def written(spec: language.Definition, code: list[int] | None) -> str:
    """Return the text of a compiled spec; `code` is the stamp of the code that read it, where that may change."""
    plain = spec._replace(text="", words=frozenset(spec.words - OPS.keys() - WORDS))
    return json.dumps([spec.text, code, _encoded(plain)], separators=(",", ":"))


def write(folder: str, code: list[int] | None) -> None:
    """Write the compiled form of every bundled spec without an error into a folder."""
    from costcalc import specfile

    os.makedirs(folder, exist_ok=True)
    for name in specfile.bundled():
        spec, problems = specfile.examine(specfile.source_of(specfile.path_of(name)))
        if spec and not problems:
            with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as stream:
                stream.write(written(spec, code))


@cache
def stamp() -> list[int]:
    """Return what tells that the code which reads specs has changed: its files, their bytes, the newest of them."""
    walks = (os.walk(os.path.join(PACKAGE, room)) for room in READERS)
    paths = [os.path.join(top, name) for walk in walks for top, _, names in walk for name in names]
    found = [os.stat(path) for path in paths if path.endswith(".py")]
    return [len(found), sum(one.st_size for one in found), max(one.st_mtime_ns for one in found)]


def _encoded(value: Any) -> Any:
    """Return a value of a spec as JSON has it: a list begins with the number of its kind."""
    if isinstance(value, dict):
        return {key: _encoded(item) for key, item in value.items()}
    if value is None or type(value) in (bool, int, float, str):
        return value
    kind, items = _parts(value)
    return [kind, *map(_encoded, items)]


def _parts(value: Any) -> tuple[int, "Iterable[Any]"]:
    """Return the kind of a value and what it is made of, without the source of marks and the tree of expressions."""
    if isinstance(value, Mark):
        return MARK, value[1:]
    if isinstance(value, Expr):
        return EXPR, value[:1]
    if isinstance(value, frozenset):
        return SET, sorted(value)
    if hasattr(value, "_fields"):
        return FIRST + CLASSES.index(type(value).__name__), _said(value)
    return (TUPLE, value) if isinstance(value, tuple) else (FRACTION, value.as_integer_ratio())


def _said(value: Any) -> list[Any]:
    """Return the fields of a record without those at the end that have their defaults."""
    kept, defaults = list(value), value._field_defaults
    while value._fields[len(kept) - 1] in defaults and repr(kept[-1]) == repr(defaults[value._fields[len(kept) - 1]]):
        kept.pop()
    return kept


def _decoded(data: Any, source: Source) -> language.Definition:
    """Return the spec that `_encoded` was given, its marks in a source."""
    exprs: dict[str, Expr] = {}

    def expr(text: str) -> Expr:
        found = exprs.get(text)
        if found is None:
            found = exprs[text] = again(text)
        return found

    def ratio(numerator: int, denominator: int) -> Any:
        from fractions import Fraction  # a spec that states no ratio loads faster

        return Fraction(numerator, denominator)

    makers: list[Callable[..., Any]] = [
        lambda *items: items,
        lambda *items: frozenset(items),
        ratio,
        lambda line, column, width: Mark(source, line, column, width),
        expr,
    ]
    makers += [makers[0]] * (FIRST - len(makers))
    makers += [getattr(language, name) for name in CLASSES]

    def made(value: Any) -> Any:
        if type(value) is list:
            kind, *fields = value
            return makers[kind](*[made(item) if type(item) in (list, dict) else item for item in fields])
        return {key: made(item) for key, item in value.items()} if type(value) is dict else value

    spec: language.Definition = made(data)
    return spec._replace(text=source.text, words=spec.words | OPS.keys() | WORDS)
