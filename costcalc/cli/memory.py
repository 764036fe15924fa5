"""`costcalc memory`."""

from fractions import Fraction
from typing import Any

import click

from costcalc.cli.options import NamedChoice, convention_option, dtype_option, output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, build, measure_of, usage
from costcalc.network.memory import OPTIMIZERS, POLICIES, Policy

LONGEST = 40  # characters of a budget; what is cut off with its unit is not a size


@click.command("memory")
@spec_options
@dtype_option
@click.option(
    "--batch", type=click.IntRange(1, 10**9), default=1, show_default=True, metavar="N", help="Images at once."
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=NamedChoice(POLICIES),
    help="How the inference peak is counted; may be repeated. By default nothing is in place, concat copies, and the "
    "input counts while weights do not.",
)
@convention_option("What counts as parameters: trainable, weights, no-norm, with-stats.")
@click.option("--training", is_flag=True, help="Also show what training holds, for each optimizer.")
@click.option("--optimizer", type=NamedChoice(OPTIMIZERS), help="Show training with this optimizer alone.")
@click.option(
    "--budget", metavar="SIZE", help="The memory there is, such as 320KiB: exit code 1 if a layer needs more."
)
@click.option("--by", type=NamedChoice(["layer", "block", "stage"]), help="What a row is.  [default: block]")
@output_options("svg")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    target: SpecRequest,
    output: Output,
    policies: tuple[str, ...],
    conventions: tuple[str, ...],
    budget: str | None,
    **chosen: Any,
) -> None:
    """Show what a network keeps in memory: while each layer runs, at the peak, and in sum.

    A tensor lives from the layer that makes it to the last that reads it, in the order of the table. The timeline is
    drawn by layer with -o FILE.svg or FILE.html. --training adds what training holds.

    \b
    costcalc memory mobilenet_v2 --dtype int8
    costcalc memory resnet50 --batch 32 --optimizer adam
    costcalc memory mobilenet_v1 --dtype int8 --policy inplace-depthwise --budget 640KiB
    """  # noqa: D301 - click reads \b
    from costcalc.network.metrics import DEFAULT_MACS
    from costcalc.output.views.memory import MemoryOptions, memory, over_budget, run_of

    limit = parse_budget(budget)
    measure = measure_of(conventions)
    if measure.macs is not DEFAULT_MACS:
        raise click.UsageError(f"memory counts no MACs: leave --convention {measure.macs.name} out")
    network = build(target)._replace(measure=measure)
    chosen = {key: value for key, value in chosen.items() if value is not None}
    chosen["training"] = chosen["training"] or "optimizer" in chosen
    more = "" if chosen.get("by") else f"costcalc memory {target.spec} --by layer, -o memory.svg, --format json"
    with usage():
        run = run_of(network, MemoryOptions(policy=Policy.named(policies), budget=limit, more=more, **chosen))
    emit(memory(run), output)
    if run.over:
        click.echo(over_budget(run), err=True)
        ctx.exit(1)


def parse_budget(text: str | None) -> Fraction | None:
    """Return a size such as `320KiB` in bytes; any other text is bad usage."""
    from costcalc.common.errors import quote
    from costcalc.common.notation import read_figure
    from costcalc.common.printed import BYTE_UNITS

    if text is None:
        return None
    try:
        figure = read_figure(text[:LONGEST])
    except ValueError:
        figure = None
    if figure is None or figure.dimension != "bytes":
        units = ", ".join(BYTE_UNITS)
        raise click.UsageError(f"--budget must be a size, such as 320KiB, not {quote(text)}; units: {units}")
    return figure.value
