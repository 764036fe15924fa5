"""`costcalc page --all`: a folder with a page for each bundled family, and an index of them."""

import os
from collections.abc import Callable
from itertools import groupby

import click

from costcalc.cli.saving import save
from costcalc.common.budget import BUDGET, COMMAND
from costcalc.common.errors import SpecError, quote


def build(folder: str, page: Callable[[str], str], *, force: bool) -> None:
    """Write the pages and their index into a folder; say of each how large it is, or why there is none."""
    from costcalc import specfile
    from costcalc.output.formats.linked import Linked, gallery

    try:
        os.makedirs(folder, exist_ok=True)
    except FileExistsError:
        raise click.UsageError(f"cannot write {quote(folder)}: it is not a folder") from None
    except (OSError, ValueError) as error:  # a path with a NUL is a wrong value
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise click.UsageError(f"cannot write {quote(folder)}: {reason}") from None
    for name in () if force else (*dict.fromkeys(member.file for member in specfile.members()), "index"):
        if os.path.lexists(path := os.path.join(folder, f"{name}.html")):
            raise click.UsageError(f"{quote(path)} exists: --force replaces it")
    entries = []
    for file, listed in groupby(specfile.members(), lambda member: member.file):
        BUDGET.grant(2 * COMMAND)  # what a command of its own would have, with one spec
        members = list(listed)
        first, text, why = members[0], "", ""
        try:
            text = page(file)
        except (click.UsageError, SpecError) as error:
            why = f"no page: {str(error).splitlines()[0].removeprefix('error: ')}"
        else:
            save(os.path.join(folder, f"{file}.html"), [text], force=force)
        click.echo(f"{file}: {why or f'{len(text.encode()):,} bytes'}", err=True)
        names = ", ".join(member.name for member in members) if len(members) > 1 else ""
        about = (first.family, first.source, f"{file}.html" if text else "", names)
        entries.append(Linked(*about, first.params or 0, first.macs or 0, why))
    entries.sort(key=lambda entry: entry.name.casefold())
    save(os.path.join(folder, "index.html"), [gallery(entries)], force=force)
