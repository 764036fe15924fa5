"""`costcalc list`."""

import click

from costcalc.cli.common import TABLE_FORMATS, Output, emit, output_options


@click.command("list")
@output_options(*TABLE_FORMATS)
def command(output: Output) -> None:
    """List the bundled specs with their totals, years and sources.

    \b
    costcalc list
    costcalc list --format csv
    """  # noqa: D301 - click reads \b
    from costcalc import specfile
    from costcalc.views.catalog import catalog

    specs = [(name, specfile.load(name)[0]) for name in specfile.bundled()]
    emit(catalog(specs), output)
