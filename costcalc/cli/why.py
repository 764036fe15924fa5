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
    from costcalc.causes.answers import StatedSize, read_answers, read_as
    from costcalc.causes.declared import reconcile
    from costcalc.causes.stated import causes_of
    from costcalc.cli.request import build_alternatives, chosen_settings
    from costcalc.output.views.why import why

    text = " ".join(figure)
    with usage("FIGURE"):
        read = [found for found in read_answers(text) if not isinstance(found, StatedSize)]
        counts = [found for found in read if found.dimension in ("count", "bytes") and found.what != "rate"]
        if not counts:
            raise ValueError("a count or a size in bytes is expected")
    networks = build_alternatives(target)
    spec, chosen = chosen_settings(target)
    stated = next((one for one in counts if reconcile(networks, one).found), counts[0])
    result = reconcile(networks, stated)
    causes = () if result.found else causes_of(networks.values(), spec.definition, {**spec.preset, **chosen}, stated)
    emit(why(networks[()], text, stated, result, causes, read_as(stated)), output)
    ctx.exit(0 if result.found or causes else 1)
