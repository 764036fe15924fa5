"""Documents -> text. A format is a function in a file here and its line in FORMATS."""

from collections.abc import Callable, Mapping
from importlib import import_module

from costcalc.formats.text import to_table as to_table
from costcalc.formats.values import Screen as Screen
from costcalc.table import Document

Format = Callable[[Document, Screen], str]


def _later(name: str) -> Format:
    """Return the function `to_NAME` of the file NAME, imported when it is first called: most runs need one format."""

    def write(document: Document, screen: Screen) -> str:
        function: Format = getattr(import_module(f"costcalc.formats.{name}"), f"to_{name}")
        return function(document, screen)

    return write


FORMATS: Mapping[str, Format] = {
    "table": to_table,
    "json": _later("json"),
    "csv": _later("csv"),
    "md": _later("md"),
    "latex": _later("latex"),
    "html": _later("html"),
    "svg": _later("svg"),
}
SUFFIXES: Mapping[str, str] = {
    ".json": "json",
    ".csv": "csv",
    ".md": "md",
    ".tex": "latex",
    ".html": "html",
    ".svg": "svg",
    ".txt": "table",
}
