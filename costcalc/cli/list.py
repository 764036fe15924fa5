"""`costcalc list`."""

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit


@click.command("list")
@output_options()
def command(output: Output) -> None:
    """List the bundled specs with their totals, years and sources.

    \b
    costcalc list
    costcalc list --format csv
    """  # noqa: D301 - click reads \b
    from costcalc import specfile
    from costcalc.output.views.list import catalog

    specs = [(name, specfile.load(name)[0]) for name in specfile.bundled()]
    emit(catalog(specs), output)
