"""`costcalc report`."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.options import LateChoice, NamedChoice, convention_option, dtype_option, output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, build_of, input_of, measure_of, usage

if TYPE_CHECKING:
    from costcalc.analysis.api import Spec
    from costcalc.network.model import Network


def complete_columns(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last column of a comma-separated list."""
    from costcalc.output.views.report import columns_known

    head, comma, last = incomplete.rpartition(",")
    return [head + comma + name for name in columns_known() if name.startswith(last)]


def plots() -> Iterable[str]:
    """Return the names of the plots."""
    from costcalc.output.views.plot import PLOTS

    return PLOTS


@click.command("report")
@spec_options
@click.option("--by", type=NamedChoice(["kind", "layer", "stage", "block"]), help="What a row is.  [default: kind]")
@click.option(
    "--depth", type=click.IntRange(1, 64), help="How many parts of a layer's path name a block; implies --by block."
)
@click.option(
    "--sort",
    metavar="COLUMN",
    default="",
    shell_complete=complete_columns,
    help="Order of the rows: numbers from the largest.",
)
@click.option("--top", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
@click.option(
    "--columns", metavar="A,B,...", default="", shell_complete=complete_columns, help="The columns, by their keys."
)
@convention_option(
    "What counts as MACs (conv+fc, conv, fvcore, ...) or parameters (trainable, weights, ...): docs/counting.md."
)
@click.option("--flops", is_flag=True, help="Show FLOPs, two for each MAC.")
@dtype_option
@click.option(
    "--plot",
    type=LateChoice(plots),
    is_flag=False,
    flag_value="shares",
    help="Draw a chart, in the terminal or with -o FILE.svg or FILE.html: shares by kind (a bare --plot), cumulative "
    "costs or memory by layer.",
)
@output_options("svg")
def command(
    target: SpecRequest, output: Output, conventions: tuple[str, ...], columns: str, plot: str | None, **chosen: Any
) -> None:
    """Show what a network costs: parameters, multiply-accumulates, activation memory.

    SPEC is a bundled name (`costcalc list`), a path, or - for standard input; settings can follow it:
    mobilenet_v1:width=0.5,res=160.

    \b
    costcalc report mobilenet_v1 --width 0.5 --res 160
    costcalc report squeezenet --by layer --sort macs --top 5
    costcalc report resnet50 --plot memory -o memory.svg
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.resolution import resolution
    from costcalc.output.views.report import ReportOptions, report

    measure = measure_of(conventions)
    if plot:
        from costcalc.output.views.plot import plot as draw

        _refuse_rows({**chosen, "columns": columns})
    network, loaded, settings = build_of(target)
    network = network._replace(measure=measure)
    chosen["resolution"] = "" if plot else resolution(loaded, settings, input_of(target, loaded), network)
    chosen["verification"] = "" if plot or not loaded.definition.matches else _outside(loaded, network)
    if chosen["by"] is None:
        chosen["by"] = "block" if chosen["depth"] else "kind"
        chosen["more"] = _more(target.spec, plot, network)
    chosen["depth"] = chosen["depth"] or 1
    cut = f"--top {chosen['top']}" if chosen["top"] else ""
    names = tuple(filter(None, map(str.strip, columns.split(","))))
    options = ReportOptions(columns=names, cut=cut, **chosen)
    with usage():
        document = draw(network, options, plot) if plot else report(network, options)
    emit(document, output)


def _outside(loaded: "Spec", network: "Network") -> str:
    """Return what lies outside of what the spec was held against; what tells it is imported only where it may."""
    from costcalc.analysis.held import outside

    return outside(loaded, network)


def _refuse_rows(chosen: Mapping[str, Any]) -> None:
    """Refuse the options that choose rows and columns: each plot has its own."""
    for name in ("by", "depth", "sort", "top", "columns"):
        if chosen[name]:
            raise click.UsageError(f"--plot chooses its own rows and columns: leave --{name} out")


def _more(spec: str, plot: str | None, network: "Network") -> str:
    """Return what else there is to see."""
    if plot:
        return f"costcalc report {spec} {', '.join(f'--plot {name}' for name in plots())}, -o chart.svg, -o chart.html"
    from costcalc.output.views.report import largest

    return f"--by layer, --by stage, --by block, --format json, costcalc explain {spec} {largest(network).path}"
