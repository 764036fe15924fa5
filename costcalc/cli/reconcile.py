"""`costcalc reconcile`."""

import click

from costcalc.cli.options import output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, usage


@click.command("reconcile")
@spec_options
@click.argument("figure")
@output_options()
@click.pass_context
def command(ctx: click.Context, target: SpecRequest, figure: str, output: Output) -> None:
    """Say which way of counting SPEC gives a printed FIGURE: 727M, 1.2G, 233MB.

    Tried is every combination of a convention, a unit (FLOPs for MACs, MiB for MB, fewer bits), digits rounded or cut,
    and the alternatives that the spec declares. All that coincide are listed, simplest first. Exit code 1 if none fits.

    \b
    costcalc reconcile alexnet 727M
    costcalc reconcile mobilenet_v2 610.1M --width 1.4
    """  # noqa: D301 - click reads \b
    from costcalc.causes.declared import reconcile
    from costcalc.cli.request import build_alternatives
    from costcalc.common.notation import read_figure
    from costcalc.output.views.reconcile import reconciliation

    with usage("FIGURE"):
        read = read_figure(figure.strip())
    if read.dimension not in ("count", "bytes"):
        raise click.BadParameter(
            f"a {read.dimension} cannot be reconciled; give a count or a size", param_hint="FIGURE"
        )
    networks = build_alternatives(target)
    result = reconcile(networks, read)
    emit(reconciliation(networks[()], figure, read, result), output)
    ctx.exit(0 if result.found else 1)
