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
    from costcalc.causes import stated
    from costcalc.cli.request import build_alternatives, chosen_settings, parse_shape
    from costcalc.output.views.why import why

    networks = build_alternatives(target)
    spec, chosen = chosen_settings(target)
    with usage("FIGURE"):
        given, shape = {**spec.preset, **chosen}, parse_shape(target.shape)
        found = stated.why(networks, spec.definition, given, " ".join(figure), shape)
    emit(why(networks[()], found), output)
    ctx.exit(0 if found.declared.found or found.reasons.found else 1)
