"""`costcalc why`."""

import click

from costcalc.cli.options import output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, usage


@click.command("why")
@spec_options
@click.argument("figure", nargs=-1, required=True)
@output_options()
@click.pass_context
def command(ctx: click.Context, target: SpecRequest, figure: tuple[str, ...], output: Output) -> None:
    """Say why a printed FIGURE of SPEC differs from its count: 9.74G, 4.13 GMac, 25.56M params, 178 MB.

    First come the ways of counting: a convention, a unit, the alternatives that the spec declares. Where none gives the
    figure, the catalogue of causes is tried: another resolution, a tool's version, a part left out. Exit code 1 if
    nothing fits.

    \b
    costcalc why resnet50 9.74G --res 256
    costcalc why mobilenet_v1 186M
    costcalc why resnet50 177.83 MB
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.figure import explained_figure
    from costcalc.cli.request import chosen_settings, input_of
    from costcalc.output.views.why import why

    spec, chosen = chosen_settings(target)
    shape = input_of(target, spec)
    with usage("FIGURE"):
        network, found = explained_figure(spec, chosen, " ".join(figure), shape)
    emit(why(network, found), output)
    ctx.exit(0 if found.declared.found or found.reasons.found else 1)
