"""What pages share: their one look, the colours of kinds of layers, a head whose policy runs their own script alone."""

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from html import escape
from pkgutil import get_data

from costcalc.common.colours import DARK, LIGHT, SORTS
from costcalc.common.errors import clean

# The borders of controls and what has no sort, 3 to 1 on a page at least.
GREYS = {"control": ("#7d8590", "#7d8590"), "other": ("#7d8590", "#848d97")}


def escaped(text: str, limit: int | None = 2000) -> str:
    """Return text that HTML shows as it is, in an element or in quotes."""
    return escape(clean(text, limit))


@cache
def part(name: str) -> str:
    """Return a style sheet or a script of the folder `pages`, without indents and what only says why it is so."""
    data = get_data("costcalc.output.formats", f"pages/{name}")
    assert data is not None
    return re.sub(r"^ *(//.*\n|/\*.*\*/\n)?|^\n|  // .*$", "", data.decode("utf-8"), flags=re.MULTILINE)


@cache
def colours() -> str:
    """Return the colours of kinds of layers in light and in dark, as rules of a style sheet."""
    names = ("first", "peak")
    light = {**{name: LIGHT[name] for name in names}, **{name: pair[0] for name, pair in GREYS.items()}}
    dark = {**{name: DARK[name] for name in names}, **{name: pair[1] for name, pair in GREYS.items()}}
    return (
        _variables(light)
        + "".join(f".{sort.name} {{ --sort: {sort.light} }}\n" for sort in SORTS)
        + "@media screen and (prefers-color-scheme: dark) {\n"
        + f"  {_variables(dark)}"
        + "".join(f"  .{sort.name} {{ --sort: {sort.dark} }}\n" for sort in SORTS)
        + "}\n"
    )


def _variables(values: Mapping[str, str]) -> str:
    """Return a rule that sets variables for the whole page."""
    return ":root { " + "; ".join(f"--{name}: {value}" for name, value in values.items()) + " }\n"


def page(title: str, style: str, body: str, script: str, *, attributes: bool = False) -> str:
    """Return a page as text: the title is plain text, the rest is HTML, CSS and JavaScript.

    The policy lets it run this script, use this style sheet, and load nothing, whatever a spec wrote into it. With
    `attributes`, styles may be in attributes too.
    """
    style, script = f"\n{style}", f"\n{script}"
    styles = "'unsafe-inline'" if attributes else _hash(style)
    policy = (
        f"default-src 'none'; style-src {styles}; script-src {_hash(script)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{escaped(title)}</title>
<style>{style}</style>
</head>
<body>
{body}<script>{script}</script>
</body>
</html>
"""


def _hash(text: str) -> str:
    """Return what a policy knows a script or a style sheet by."""
    return f"'sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
