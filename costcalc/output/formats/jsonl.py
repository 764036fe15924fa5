"""The format `jsonl`: one JSON object a line, a row of the table each, under the keys of the JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from costcalc.common.table import Column, records
from costcalc.output.formats.json import visible


def jsonl_lines(columns: Sequence[Column], rows: Iterable[tuple[Any, ...]]) -> Iterator[str]:
    """Yield the rows of a table as JSON lines, each when it comes."""
    for record in records(columns, rows):
        yield visible(json.dumps(record, ensure_ascii=False)) + "\n"
