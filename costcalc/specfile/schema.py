"""JSON Schema of every kind of file, made from the declarations that read it: what an editor completes and checks."""

from collections.abc import Callable, Mapping
from inspect import cleandoc
from typing import Any

from costcalc.ops import NOTES, OPS
from costcalc.ops.schema import ColumnType, OneOf, Padded, Sides, Truth, Whole
from costcalc.specfile import form_of
from costcalc.specfile.fields import Form, Kind
from costcalc.specfile.reader import FIGURE
from costcalc.specfile.rows import BRANCH_KEYS, GROUP_KEYS, OWN_COLUMNS
from costcalc.unfold.claims import CLAIM_COLUMNS

DRAFT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
CELL: Schema = {"type": ["string", "number", "boolean", "array", "object", "null"]}
TEXTS: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "object"]}}]}
OWN: Mapping[str, str] = {
    "op": "the layer type, a block of the file, or a setting that names one",
    "name": "what other rows call this one",
    "from": "the rows that it reads; the row above unless said",
    "when": "the condition under which the row is there",
    "n": "how often the row is repeated; the stride holds for the first",
    "stage": "the stage that it is counted to",
    "shares": "the row whose weights it has",
    "repeat": "how often the rows are repeated",
    "as": "a name for the number of the repeat, from 0",
    "layers": "rows one after the other",
    "branches": "lists of rows that each start at the same input",
    "join": "how the branches meet; concat unless said",
}


def schema(kind: str) -> Schema:
    """Return the JSON Schema of a kind of file, by its name in `KINDS`; of a spec for an empty string.

    It takes whatever the reader takes. It refuses unknown keys, but not columns: blocks and `data` bring their own.
    """
    form = form_of(kind)
    made = {"$schema": DRAFT, "title": f"costcalc: {form.noun}", **_form(form)}
    used = "#/$defs/" in repr(made)
    shared = {name: make() for name, make in SHARED.items()} if used else {}
    return {**made, "$defs": shared} if shared else made


def _form(form: Form) -> Schema:
    """Return the schema of a map of known keys."""
    keys = {key.name: {"description": key.doc, **_value(key.kind)} for key in form.keys}
    made = {"type": "object", "properties": keys, "additionalProperties": False}
    needed = [key.name for key in form.keys if key.required and not key.instead]
    either = [{"required": [name]} for key in form.keys if key.instead for name in (key.name, key.instead)]
    return {**made, **({"required": needed} if needed else {}), **({"oneOf": either} if either else {})}


def _value(kind: Kind | Form) -> Schema:
    """Return the schema of a value; one of which nothing is known here may be anything."""
    if isinstance(kind, Form):
        return _form(kind)
    if kind.words and kind.name == "word":
        return {"enum": list(kind.words)}
    return KINDS[kind.name](kind) if kind.name in KINDS else {}


def _each(kind: Kind) -> Schema:
    return {} if kind.of is None else _value(kind.of)


def _map(kind: Kind) -> Schema:
    """Return the schema of a map, from known names or from any."""
    known = {"propertyNames": {"enum": list(kind.words)}} if kind.words else {}
    return {"type": "object", "additionalProperties": _each(kind), **known}


def _choices(kind: Kind) -> Schema:
    """Return the schema of answers to choose from: a text or a map by its key."""
    return {"type": "object", "additionalProperties": {"anyOf": [SCALAR, _each(kind)]}}


def _questions(kind: Kind) -> Schema:
    """Return the schema of questions: what one with `parts` asks may be said in each part."""
    whole = _each(kind)
    return {"type": "array", "items": {"anyOf": [whole, {**whole, "required": ["id", "parts"]}]}}


def _fixed(made: Schema) -> Callable[[Kind], Schema]:
    return lambda kind: made


# The kinds of values by the names that declarations give them.
KINDS: Mapping[str, Callable[[Kind], Schema]] = {
    "text": _fixed(SCALAR),
    "name": _fixed(SCALAR),
    "truth": _fixed({"type": ["boolean", "string"]}),
    "shape": _fixed({"type": ["array", "string", "object"]}),
    "shapes": _fixed({"type": "object", "additionalProperties": {"type": ["array", "string", "object"]}}),
    "cell": _fixed(CELL),
    "integer": _fixed({"type": ["integer", "string"]}),
    "fraction": _fixed({"type": ["number", "string"]}),
    "figure": lambda kind: {"anyOf": [SCALAR, {"$ref": "#/$defs/printed"}]} if kind.of else SCALAR,
    "map": _map,
    "choices": _choices,
    "questions": _questions,
    "settings": _fixed({"type": "object", "additionalProperties": CELL}),
    "spans": _fixed(
        {"type": "object", "additionalProperties": {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}}
    ),
    "list": lambda kind: {"type": "array", "items": _each(kind)},
    "entries": lambda kind: {"anyOf": [_each(kind), {"type": "array", "items": _each(kind)}, {"type": "null"}]},
    "names": _fixed(TEXTS),
    "columns": _fixed({"type": "array", "items": {"type": ["string", "object"]}}),
    "rows": _fixed({"anyOf": [{"$ref": "#/$defs/rows"}, {"$ref": "#/$defs/row"}]}),
    "branches": _fixed({"type": "array", "items": {"$ref": "#/$defs/rows"}}),
    "row": _fixed({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/row"}]}),
}


# rows


def _rows() -> Schema:
    """Return the schema of a table's rows: lists of cells, or maps."""
    return {"type": "array", "items": {"anyOf": [{"type": "array", "items": CELL}, {"$ref": "#/$defs/row"}]}}


def _row() -> Schema:
    """Return the schema of a mapping row: every column of every op, each with the ops that take it."""
    found: dict[str, list[str]] = {}
    types: dict[str, list[ColumnType]] = {}
    for name, op in OPS.items():
        for column, of in {**op.columns, **NOTES}.items():
            found.setdefault(column, []).append(str(name))
            types.setdefault(column, []).append(of)
    columns = {column: _column(types[column], found[column]) for column in found}
    claims = {column: {**CELL, "description": "what the source prints, which is checked"} for column in CLAIM_COLUMNS}
    own: Schema = {key: {"description": OWN[key]} for key in dict.fromkeys((*OWN_COLUMNS, *GROUP_KEYS, *BRANCH_KEYS))}
    own["layers"] |= {"$ref": "#/$defs/rows"}
    own["op"] |= {"anyOf": [{"oneOf": [_op(name) for name in OPS]}, {"type": "string"}]}
    return {"type": "object", "properties": {**columns, **claims, **own}}


def _op(name: str) -> Schema:
    """Return a layer type as a choice, with its docstring to read."""
    return {"const": str(name), "description": cleandoc(OPS[name].function.__doc__ or "")}


def _column(types: list[ColumnType], ops: list[str]) -> Schema:
    """Return the schema of a column: its words to complete, a number or size with its bounds, or an expression."""
    words = dict.fromkeys(str(word) for of in types for word in of.words)
    least = [of.least for of in types if isinstance(of, (Whole, Sides))]
    numbers = [{"type": "number", "minimum": min(least)}] if least else []
    plain = [] if all(isinstance(of, OneOf) for of in types) else numbers or [{"type": "number"}]
    truths = [{"type": "boolean"}] if any(isinstance(of, (Truth, OneOf, Padded)) for of in types) else []
    given = [{"enum": list(words)}] if words else []
    shapes = [{"type": ["string", "array", "object", "null"]}]
    what = dict.fromkeys((type(of).__doc__ or "").partition(".")[0] for of in types)
    return {"description": f"{'; or: '.join(what)}. Of {', '.join(ops)}.", "anyOf": [*given, *plain, *truths, *shapes]}


# What several places of a schema refer to.
SHARED: Mapping[str, Callable[[], Schema]] = {
    "rows": _rows,
    "row": _row,
    "printed": lambda: _form(FIGURE),
}
