"""The format `json`: the document's own data, keys in their own order."""

import json

from costcalc.formats.values import Screen
from costcalc.table import Document


def to_json(document: Document, screen: Screen) -> str:
    """Return the document's data as JSON, keys in their own order."""
    return json.dumps(document.data(), indent=1, ensure_ascii=False) + "\n"
