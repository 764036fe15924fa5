"""`costcalc list`."""

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit
from costcalc.common.errors import listing


@click.command("list")
@click.argument("words", nargs=-1)
@output_options()
def command(words: tuple[str, ...], output: Output) -> None:
    """List the bundled networks by family, with their totals, years and sources.

    WORDS filter them: each must be part of a network's name, family, year or source, in upper or lower case.

    \b
    costcalc list
    costcalc list regnet
    costcalc list "tan and le" 2021 --format csv
    """  # noqa: D301 - click reads \b
    from costcalc import specfile
    from costcalc.output.views.list import catalog

    rows = []
    for member in specfile.members():
        text = f"{member.name} {member.family} {member.year} {member.source}".lower()
        if all(word.lower() in text for word in words):
            rows.append((member.family, member.name, member.params, member.macs, member.year, member.source))
    if not rows:
        raise click.UsageError(f"no bundled network has {listing(words)}; `costcalc list` shows them all")
    emit(catalog(rows), output)
