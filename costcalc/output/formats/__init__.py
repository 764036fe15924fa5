"""Documents -> text. A format is a function in a file here and its line in FORMATS."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from costcalc.common.table import Column, Document
from costcalc.output.formats.values import Screen as Screen
from costcalc.output.formats.values import rows_table

Writer = Callable[[Document, Screen], str]
Stream = Callable[[Sequence[Column], Iterable[tuple[Any, ...]]], Iterator[str]]


class Format(NamedTuple):
    """A format: what writes a document, and the suffix of its files.

    Without `tables` it is for charts or rows alone. If it `streams`, `NAME_lines` of its file writes rows as they come.
    """

    write: Writer
    suffix: str
    tables: bool = True
    streams: bool = False

    def __call__(self, document: Document, screen: Screen) -> str:
        """Return a document in this format."""
        return self.write(document, screen)


def _later(name: str, file: str = "") -> Writer:
    """Return the function `to_NAME` of a file, imported when it is first called: most runs need one format."""

    def write(document: Document, screen: Screen) -> str:
        function: Writer = getattr(import_module(f"costcalc.output.formats.{file or name}"), f"to_{name}")
        return function(document, screen)

    return write


def _streamed(name: str) -> Writer:
    """Return the format of rows alone whose lines `stream` yields: those of the workings, or else of the table."""
    return lambda document, screen: "".join(stream(name)(*rows_table(document)[:2]))


FORMATS: Mapping[str, Format] = {
    "table": Format(_later("table", "text"), ".txt"),
    "json": Format(_later("json"), ".json"),
    "jsonl": Format(_streamed("jsonl"), ".jsonl", tables=False, streams=True),
    "csv": Format(_streamed("csv"), ".csv", streams=True),
    "md": Format(_later("md"), ".md"),
    "latex": Format(_later("latex"), ".tex"),
    "html": Format(_later("html"), ".html"),
    "svg": Format(_later("svg"), ".svg", tables=False),
}
STREAMS = tuple(name for name, form in FORMATS.items() if form.streams)
SUFFIXES: Mapping[str, str] = {**{form.suffix: name for name, form in FORMATS.items()}, ".htm": "html"}


def stream(name: str) -> Stream:
    """Return the function of a format of STREAMS that yields text row by row."""
    function: Stream = getattr(import_module(f"costcalc.output.formats.{name}"), f"{name}_lines")
    return function
