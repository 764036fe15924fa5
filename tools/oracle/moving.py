"""The section of docs/verification.md on pages that move, from the counts that tools/pages.py keeps."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "docs" / "pages.json"
HEAD = (
    "family",
    "settings in node",
    "equal",
    "of these refused",
    "a dash",
    "formula lines equal",
    "in Chromium",
    "equal",
    "a dash",
)
WORDS = """
## Pages that move

The [page](pages.md) of each family, its widest, at random settings against `build` there: every layer with its kind,
shapes, parameters, MACs, activations and bytes alive, the totals, the peak, refusals word for word, and all formula
lines of three layers. In node the model of the page runs; in Chromium the page itself, opened once, without an error
or a request. A dash is a setting at which the page has no figures. `python tools/pages.py 2000 --keep
docs/pages.json` counts again, with `--browser` in Chromium; both take names of families.
"""


def moving() -> list[str]:
    """Return the section as lines."""
    data = json.loads(DATA.read_text(encoding="utf-8"))
    node, browser = data["node"], data["browser"]
    rows = [row_of(name, node.get(name, {}), browser.get(name, {})) for name in sorted({*node, *browser})]
    sums = [sum(cells) for cells in zip(*rows, strict=True)]
    named = [*zip(sorted({*node, *browser}), rows, strict=True), ("all", sums)]
    lines = [f"| {' | '.join((name, *(f'{cell:,}' for cell in cells)))} |" for name, cells in named]
    return [WORDS.rstrip("\n"), "", f"| {' | '.join(HEAD)} |", f"| --- |{' ---: |' * (len(HEAD) - 1)}", *lines]


def row_of(name: str, node: Mapping[str, Any], browser: Mapping[str, Any]) -> list[int]:
    """Return the counts of a family; a difference has no column, so it is an error."""
    for found in (node, browser):
        if found and found["equal"] + found["left"] != found["settings"]:
            raise ValueError(f"the page of {name} differs from `build`")
    keys = ("settings", "equal", "refused", "left", "lines")
    return [*(node.get(key, 0) for key in keys), *(browser.get(key, 0) for key in ("settings", "equal", "left"))]
