"""`costcalc compare`."""

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import NamedChoice, convention_option, figures_of, figures_option, output_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import load_specs, measure_of


@click.command("compare")
@click.argument("specs", nargs=-1, required=True, metavar="A B [C...]", shell_complete=complete_spec)
@click.option("--by", type=NamedChoice(["kind", "stage", "block", "layer"]), help="Show A and B in pairs of these.")
@figures_option
@convention_option()
@click.option("--exit-code", is_flag=True, help="Exit code 1 if their costs differ.")
@output_options("svg")
@click.pass_context
def command(
    ctx: click.Context,
    specs: tuple[str, ...],
    by: str | None,
    figures: str | None,
    conventions: tuple[str, ...],
    output: Output,
    *,
    exit_code: bool,
) -> None:
    """Show what networks cost side by side: totals, kinds of layers, and why they differ.

    Settings follow the names: mobilenet_v1:width=0.5,res=160. With -o FILE.svg or FILE.html, kinds of two networks are
    drawn.

    \b
    costcalc compare conv_mobilenet mobilenet_v1
    costcalc compare mobilenet_v1 mobilenet_v1:width=0.75 --by stage
    costcalc compare mobilenet_v1 mobilenet_v2 --figures macs,peak,traffic,intensity
    """  # noqa: D301 - click reads \b
    from costcalc.output.views.compare import comparison

    if len(specs) < 2:
        raise click.UsageError("compare takes two specs or more")
    if by and len(specs) > 2:
        raise click.UsageError("--by compares two specs, not more")
    shown, measure = figures_of(figures), measure_of(conventions)
    networks = []
    for loaded, settings in load_specs(specs):
        networks.append(loaded.build(input=None, **settings)._replace(measure=measure))
    emit(comparison(networks, specs, by or "", shown), output)
    costs = {tuple(layer.cost[2:] for layer in network.layers) for network in networks}
    ctx.exit(1 if exit_code and len(costs) > 1 else 0)
