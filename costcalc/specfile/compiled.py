"""Bundled files as data that an installation writes, so that a start parses no YAML: specs and claims <-> JSON."""

import json
import os
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from costcalc.common.errors import Mark, Source
from costcalc.language.expr import Expr, again
from costcalc.language.spec import Definition
from costcalc.ops import OPS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = "compiled"  # inside the package
READERS = ("common", "language", "ops", "network", "unfold", "specfile", "analysis", "hardware")  # who read such files
TUPLE, SET, FRACTION, MARK, EXPR, *_ = range(10)
FIRST = 10  # the number of the first class
MARK_PARTS = len(Mark._fields)  # its kind, and all fields but its source
# The classes that files are made of, by their folder: those of specs in every one.
CLASSES = {
    "": (
        "costcalc.language.spec",
        (
            *("Definition", "Setting", "Variant", "Block", "Arg", "Group", "Row", "Cell", "VariantCell", "Ref"),
            *("Claim", "Misprint", "ExactTotals", "Reported", "ReportedFigure", "Implementation", "Domain"),
        ),
    ),
    "claims": ("costcalc.analysis.statements", ("ClaimsFile", "Statement", "Reading")),
    "devices": ("costcalc.hardware.devices", ("Device",)),
}


BROKEN = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)  # of what nobody wrote


def find(source: Source, name: str) -> Any:
    """Return what a bundled file says by its name, such as `alexnet` or `claims/lecture`.

    Returns None where no compiled form of it is whole and of this text and code.
    """
    try:
        with open(os.path.join(PACKAGE, FOLDER, f"{name}.json"), encoding="utf-8") as stream:
            text, code, data = json.load(stream)
        if text != source.text or code not in (None, stamp()):
            return None
        kind = name.rpartition("/")[0]
        found = _decoded(data, source, kind)
        if isinstance(found, Definition):
            return found._replace(text=source.text, words=found.words | OPS.keys() | WORDS)
        return found if type(found).__name__ == CLASSES[kind][1][0] else None
    except (OSError, *BROKEN):
        return None


def written(found: Any, code: list[int] | None, text: str = "", kind: str = "") -> str:
    """Return the text of what a file says; `code` is the stamp of the code that read it, where that may change."""
    if isinstance(found, Definition):
        text, found = found.text, found._replace(text="", words=frozenset(found.words - OPS.keys() - WORDS))
    return json.dumps([text, code, _encoded(found, _classes(kind))], separators=(",", ":"))


def write(folder: str, code: list[int] | None) -> None:
    """Write the compiled form of every bundled file of these kinds without an error into a folder."""
    from costcalc import specfile

    for kind in CLASSES:
        os.makedirs(os.path.join(folder, kind), exist_ok=True)
        for stem in specfile.bundled(kind):
            name = os.path.join(kind, stem)
            source = specfile.source_of(specfile.path_of(name))
            found, problems = (specfile.read_other(source) or ("", *specfile.examine(source)))[1:]
            if found is not None and not problems:
                with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as stream:
                    stream.write(written(found, code, source.text, kind))


@cache
def _classes(kind: str) -> tuple[type, ...]:
    """Return the classes that a file of a kind is made of, in the order of their numbers."""
    used = [CLASSES[""], *([CLASSES[kind]] if kind else [])]
    return tuple(getattr(import_module(module), name) for module, names in used for name in names)


@cache
def stamp() -> list[int]:
    """Return what tells that the code which reads specs has changed: its files, their bytes, the newest of them."""
    walks = (os.walk(os.path.join(PACKAGE, room)) for room in READERS)
    paths = [os.path.join(top, name) for walk in walks for top, _, names in walk for name in names]
    found = [os.stat(path) for path in paths if path.endswith(".py")]
    return [len(found), sum(one.st_size for one in found), max(one.st_mtime_ns for one in found)]


def _encoded(value: Any, classes: "Sequence[type]") -> Any:
    """Return a value of a file as JSON has it: a list begins with the number of its kind."""
    if isinstance(value, dict):
        return {key: _encoded(item, classes) for key, item in value.items()}
    if value is None or type(value) in (bool, int, float, str):
        return value
    kind, items = _parts(value, classes)
    return [kind, *(_encoded(item, classes) for item in items)]


def _parts(value: Any, classes: "Sequence[type]") -> tuple[int, "Iterable[Any]"]:
    """Return the kind of a value and what it is made of, without the source of marks and the tree of expressions."""
    if isinstance(value, Mark):
        return MARK, value[1:]
    if isinstance(value, Expr):
        return EXPR, value[:1]
    if isinstance(value, frozenset):
        return SET, sorted(value)
    if hasattr(value, "_fields"):
        return FIRST + classes.index(type(value)), _said(value)
    return (TUPLE, value) if isinstance(value, tuple) else (FRACTION, value.as_integer_ratio())


def _said(value: Any) -> list[Any]:
    """Return the fields of a record without those at the end that have their defaults."""
    kept, defaults = list(value), value._field_defaults
    for name in reversed(value._fields):
        if name not in defaults or repr(kept[-1]) != repr(defaults[name]):
            break
        kept.pop()
    return kept


def _bounds(record: Any) -> tuple[int, int, tuple[Any, ...]]:
    """Return how many fields a record needs, how many it has, and their defaults."""
    names, defaults = record._fields, record._field_defaults
    return len(names) - len(defaults), len(names), tuple(map(defaults.get, names))


def _decoded(data: Any, source: Source, kind: str) -> Any:
    """Return what `_encoded` was given, its marks in a source."""
    exprs: dict[str, Expr] = {}

    def expr(text: str) -> Expr:
        found = exprs.get(text)
        if found is None:
            found = exprs[text] = again(text)
        return found

    def ratio(numerator: int, denominator: int) -> Any:
        from fractions import Fraction  # a spec that states no ratio loads faster

        return Fraction(numerator, denominator)

    makers: list[Any] = [lambda *items: items, lambda *items: frozenset(items), ratio, None, expr]
    classes, new = _classes(kind), tuple.__new__
    bounds = [_bounds(one) for one in classes]

    def made(value: Any) -> Any:
        if type(value) is dict:
            return {key: made(item) if type(item) in (list, dict) else item for key, item in value.items()}
        number = value[0]
        if number == MARK and len(value) == MARK_PARTS:
            return new(Mark, (source, *value[1:]))
        fields = [made(item) if type(item) in (list, dict) else item for item in value[1:]]
        if number < FIRST:
            return makers[number](*fields)
        least, most, usual = bounds[number - FIRST]
        if not least <= len(fields) <= most:
            raise ValueError(number)
        return new(classes[number - FIRST], (*fields, *usual[len(fields) :]))

    return made(data)
