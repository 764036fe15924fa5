"""Documents -> text. A format is a function in a file here and its line in FORMATS."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

from costcalc.common.table import Column, Document
from costcalc.output.formats.text import to_table as to_table
from costcalc.output.formats.values import Screen as Screen
from costcalc.output.formats.values import rows_table

Format = Callable[[Document, Screen], str]
Stream = Callable[[Sequence[Column], Iterable[tuple[Any, ...]]], Iterator[str]]


def _later(name: str) -> Format:
    """Return the function `to_NAME` of the file NAME, imported when it is first called: most runs need one format."""

    def write(document: Document, screen: Screen) -> str:
        function: Format = getattr(import_module(f"costcalc.output.formats.{name}"), f"to_{name}")
        return function(document, screen)

    return write


def _streamed(name: str) -> Format:
    """Return the format of rows alone whose lines `stream` yields: those of the workings, or else of the table."""
    return lambda document, screen: "".join(stream(name)(*rows_table(document)[:2]))


STREAMS = ("csv", "jsonl")  # formats whose lines are written as rows come
FORMATS: Mapping[str, Format] = {
    "table": to_table,
    "json": _later("json"),
    **{name: _streamed(name) for name in STREAMS},
    "md": _later("md"),
    "latex": _later("latex"),
    "html": _later("html"),
    "svg": _later("svg"),
}
SUFFIXES: Mapping[str, str] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".md": "md",
    ".tex": "latex",
    ".html": "html",
    ".svg": "svg",
    ".txt": "table",
}


def stream(name: str) -> Stream:
    """Return the function of a format of STREAMS that yields text row by row."""
    function: Stream = getattr(import_module(f"costcalc.output.formats.{name}"), f"{name}_lines")
    return function
