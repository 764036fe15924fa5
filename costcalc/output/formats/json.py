"""The format `json`: the document's own data, keys in their own order, stamped with the version that wrote it."""

import json

from costcalc.common.table import Document
from costcalc.common.version import __version__
from costcalc.output.formats.values import Screen


def to_json(document: Document, screen: Screen) -> str:
    """Return the document's data as JSON, keys in their own order; the version follows a schema of our own."""
    data = document.data()
    if "schema" in data:
        data = {"schema": data["schema"], "version": __version__, **data}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
