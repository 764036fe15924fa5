"""Rows as YAML: maps of one line each, or a table under its columns, in the style of the bundled specs."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
FIRST = ("out", "op")
COLUMNS = ("k", "t", "c", "s")  # of layer types, that a table may have
LAST = "n"
MIDDLE = 3
ORDER = {"k": 0, "t": 1, "c": 2, "s": 4}  # of columns and arguments, whose others are in the middle
APART = {"op", "name", "from", "when", "shares", LAST}
FEWEST = 4  # rows of a table
MOST_EMPTY = 2  # cells of a row of a table in a run


def top_lines(rows: Sequence[Row], blocks: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the rows of a network: as a table where most of them share columns, else as maps.

    `blocks` are the arguments of each block; a row's `out` is what the row claims to give.
    """
    columns = _columns(rows, blocks)
    if not columns:
        plain = [{key: value for key, value in row.items() if key != "out"} for row in rows]
        return ["layers:", *map_lines(plain, "  ")]
    cells = [_listed(row, columns) for row in rows]
    widths = [
        max((len(row[at]) + 1 for row in cells if row and at < len(row) - 1), default=0)
        for at in range(len(columns) + 1)
    ]
    lines = []
    for row, listed in zip(rows, cells, strict=True):
        if listed is None:
            lines.append(f"  - {flow(row)}")
        else:
            padded = [f"{cell},".ljust(widths[at]) for at, cell in enumerate(listed[:-1])]
            lines.append(f"  - [{' '.join([*padded, listed[-1]])}]")
    return [f"columns: [{', '.join(columns)}]", "layers:", *lines]


def _columns(rows: Sequence[Row], blocks: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the columns of a table: what blocks and several rows have; nothing where a table does not pay."""
    wired = sum("from" in row or "name" in row for row in rows)
    calls = [row for row in rows if row["op"] in blocks]
    if len(rows) < FEWEST or 3 * wired > len(rows):
        return []
    order = list(dict.fromkeys(arg for row in calls for arg in blocks[row["op"]]))
    times = Counter(key for row in rows for key in row)
    chosen = [*order, *(key for key in COLUMNS if key not in order and 2 * times[key] >= len(rows))]
    chosen.sort(key=lambda key: ORDER.get(key.rstrip("0123456789"), MIDDLE))
    found = [*chosen, *([LAST] if times[LAST] else [])]
    return [*FIRST, *found] if found else []


def _listed(row: Row, columns: Sequence[str]) -> list[str] | None:
    """Return the cells of a row under columns, what has none in a map behind them; None where a map says it better."""
    cells = [cell(row[column]) if column in row else "~" for column in columns]
    while cells[-1] == "~":
        cells.pop()
    rest = {key: value for key, value in row.items() if key not in columns}
    longest = max((len(run) for run in re.findall(r"(?:~ )*~", " ".join(cells))), default=0)
    if (longest + 1) // 2 > MOST_EMPTY:
        return None
    return [*cells, *([flow(rest)] if rest else [])]


def map_lines(rows: Sequence[Mapping[str, Any]], indent: str) -> list[str]:
    """Return rows as maps of one line each, ops and further cells aligned."""
    width = max((len(str(row["op"])) for row in rows if len(row) > 1), default=0) + 1
    lines = []
    for row in rows:
        rest = [f"{key}: {cell(value)}" for key, value in row.items() if key != "op"]
        op = f"{row['op']},".ljust(width) if rest else str(row["op"])
        lines.append(f"{indent}- {{op: {' '.join([op, ', '.join(rest)]).rstrip()}}}")
    return lines


def flow(items: Mapping[str, Any]) -> str:
    """Return a map in one line."""
    return "{" + ", ".join(f"{key}: {cell(value)}" for key, value in items.items()) + "}"


def cell(value: Any) -> str:
    """Return a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (tuple, list)):
        if len(value) == 1:
            return cell(value[0])
        if len(value) == 2 and all(isinstance(side, int) and side for side in value):
            return "x".join(map(str, value))
        return "[" + ", ".join(map(cell, value)) + "]"
    text = str(value)
    return f'"{text}"' if "," in text else text


def scalar(text: str) -> str:
    """Return a text as a YAML scalar."""
    return (
        text
        if re.fullmatch(r"[A-Za-z][\w .,/()-]*[\w.)]", text)
        and text.lower() not in {"true", "false", "null", "yes", "no", "on", "off"}
        else json.dumps(text)
    )
