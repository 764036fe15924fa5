"""The index of a folder of pages that move: a table of families, each with a link to its page."""

from collections.abc import Sequence
from typing import NamedTuple

from costcalc.output.formats.sheet import colours, escaped, page, part

STYLE = "body { max-width: 75rem; margin: 0 auto; padding: 1.5rem }\ntd { padding: .35rem .5rem }\n"


class Linked(NamedTuple):
    """A family in the index: its page's file, or an empty text and why it has none; its networks, the totals of one."""

    name: str
    source: str
    file: str
    networks: str
    params: int
    macs: int
    why: str = ""


def gallery(entries: Sequence[Linked], title: str = "What networks cost") -> str:
    """Return the index of pages as a page: families with their networks, and the totals of the first of each."""
    heads = (("family", ""), ("parameters", "n"), ("MACs", "n"), ("networks", ""), ("source", ""))
    head = "".join(f'<th scope="col"{_side(side)}>{title}</th>' for title, side in heads)
    body = "".join(f"<tr>{_row(entry)}</tr>\n" for entry in entries)
    script = part("sort.js") + part("report.js")
    about = (
        f"{sum(bool(entry.file) for entry in entries)} pages, each one file that moves without a server and shows "
        "exact figures or none. Counted are MACs of conv and fc, for one image, and trainable parameters, at the "
        "settings of the first network of a family."
    )
    table = f"<table>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    box = f'<div class="wide" role="region" aria-label="families" tabindex="0">\n{table}</div>\n'
    return page(
        title,
        part("look.css") + STYLE + colours(),
        f"<main>\n<h1>{escaped(title)}</h1>\n<p>{about}</p>\n{box}</main>\n",
        script,
    )


def _side(side: str) -> str:
    return f' class="{side}"' if side else ""


def _row(entry: Linked) -> str:
    """Return the cells of a family; one without a page has no link, and says why."""
    name = escaped(entry.name)
    link = f'<a href="{escaped(entry.file)}">{name}</a>' if entry.file else name
    counts = "".join(f'<td class="n" data-v="{count}">{count:,}</td>' for count in (entry.params, entry.macs))
    words = "".join(f'<td class="long">{escaped(text)}</td>' for text in (entry.why or entry.networks, entry.source))
    return f"<td>{link}</td>{counts}{words}"
