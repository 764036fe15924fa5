"""`costcalc list`."""

from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit, form_of
from costcalc.common.errors import listing

if TYPE_CHECKING:
    from costcalc.specfile.index import Listed


@click.command("list")
@click.argument("words", nargs=-1)
@output_options()
def command(words: tuple[str, ...], output: Output) -> None:
    """List the bundled networks by family, with their totals, inputs, years, accuracies and sources; then units.

    WORDS filter them: each must be part of a network's name, family, year or source, in upper or lower case. Top-1 is
    the accuracy that a paper prints for these settings.

    \b
    costcalc list
    costcalc list regnet
    costcalc list "tan and le" 2021 --format csv
    """  # noqa: D301 - click reads \b
    from costcalc import specfile
    from costcalc.output.formats import STREAMS
    from costcalc.output.views.list import catalog

    rows = []
    for member in specfile.members():
        text = f"{member.name} {member.family} {member.year} {member.source}".lower()
        if all(word.lower() in text for word in words):
            rows.append(_row(member))
    if not rows:
        raise click.UsageError(f"no bundled network has {listing(words)}; `costcalc list` shows them all")
    emit(catalog(rows, apart=form_of(output) not in STREAMS), output)


def _shape(size: str) -> tuple[int, ...]:
    """Return the size of an input; that of a signal, `1x16000`, has a height of 1 which no text shows."""
    sides = tuple(map(int, size.split("x")))
    if len(sides) > 2:
        return sides
    from costcalc.ops.shape import Signal

    return Signal(sides[0], 1, sides[1])


def _row(member: "Listed") -> tuple[Any, ...]:
    """Return a member in the order of the columns."""
    top1 = float(member.top1) if member.top1 else None
    sizes = list(map(_shape, member.input.split()))
    figures = (member.params, member.macs, member.year, member.source, sizes[0] if len(sizes) == 1 else tuple(sizes))
    return member.family, member.name, *figures, top1, member.top1_from, member.unit or "network"
