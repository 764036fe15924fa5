"""The format `json`: the document's own data, keys in their own order, stamped with the version that wrote it."""

import json
from collections.abc import Iterable, Mapping
from json.encoder import encode_basestring
from typing import Any

from costcalc.common.table import Document, Table
from costcalc.common.version import __version__
from costcalc.output.formats.values import Screen

TEXT = {str}
LEAVES = (str, int, float, bool, type(None))


def to_json(document: Document, screen: Screen) -> str:
    """Return the document's data as JSON, keys in their own order; the version follows a schema of our own."""
    return visible(indented(data_of(document))) + "\n"


def indented(value: Any, around: str = "\n") -> str:
    """Return plain data as `json.dumps` does at an indent of 1, characters as they are, in a third of its time."""
    inner = f"{around} "
    if value and isinstance(value, dict) and {*map(type, value)} == TEXT:
        parts = [f"{encode_basestring(key)}: {indented(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(parts)}{around}}}"
    if value and isinstance(value, list):
        return f"[{inner}{f',{inner}'.join([indented(item, inner) for item in value])}{around}]"
    if type(value) is str:
        return encode_basestring(value)
    if type(value) is int:
        return str(value)
    return json.dumps(value, indent=1, ensure_ascii=False).replace("\n", around)


def visible(text: str) -> str:
    """Return JSON in which escapes stand for characters that show nothing and do something, as marks of direction."""
    if text.replace("\n", "").isprintable():  # nearly every text
        return text
    return "".join(ch if ch.isprintable() or ch == "\n" else json.dumps(ch)[1:-1] for ch in text)


def data_of(document: Document) -> Any:
    """Return the document's data as dictionaries and lists, stamped with the version."""
    data = document.data()
    stamp = {"schema": data["schema"], "version": __version__} if "schema" in data else {}
    return _plain({**stamp, **data})


def _plain(value: Any) -> Any:
    """Return what JSON has for a value: an object for each row of a table, lists for all else that holds several."""
    if type(value) in LEAVES:
        return value
    if isinstance(value, Table):
        value = value.records
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, Iterable) and not isinstance(value, str) else value
