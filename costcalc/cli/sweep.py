"""`costcalc sweep`."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.complete import complete_spec, settings_on
from costcalc.cli.grids import named_specs, names_of, read_axes, tell, watch
from costcalc.cli.options import convention_option, dtype_option, output_options, set_option
from costcalc.cli.output import Output, emit, emit_rows, form_of
from costcalc.cli.request import measure_of, usage
from costcalc.common.errors import Source, listing

if TYPE_CHECKING:
    from costcalc.analysis.search.choose import Choice
    from costcalc.analysis.search.points import Plan
    from costcalc.network.metrics import Measure


def complete_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last name of a comma-separated list: a setting or a figure."""
    from costcalc.analysis.search.quantity import quantities

    head, comma, name = incomplete.rpartition(",")
    return [
        head + comma + known
        for known in dict.fromkeys((*settings_on(ctx), *quantities((), {})))
        if known.startswith(name)
    ]


@click.command("sweep")
@click.argument("specs", nargs=-1, required=True, metavar="SPEC...", shell_complete=complete_spec)
@click.option("--width", metavar="VALUES", help="Width multipliers: 0.25:1.4:0.05, or 1,0.75,0.5.")
@click.option("--res", metavar="VALUES", help="Input resolutions: 96:224:32, or 160,224.")
@set_option("KEY=VALUES", "Values of any other setting; may be repeated.")
@click.option(
    "--reported", is_flag=True, help="The settings at which the specs' sources report figures, in place of a grid."
)
@click.option("--where", metavar="CONDITION", help="Keep rows that meet it: 'macs <= 300M and top1 > 65'.")
@click.option(
    "--pareto",
    metavar="A,B,...",
    shell_complete=complete_names,
    help="Keep the rows that no other row beats: lower costs, higher accuracies.",
)
@click.option(
    "--sort", metavar="NAME", shell_complete=complete_names, help="Order of the rows; -NAME is from the largest."
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the first N rows.")
@click.option(
    "--columns",
    metavar="A,B,...",
    shell_complete=complete_names,
    help="The columns: settings, any figure (macs, peak, no_norm, ...), top1, square_law, ...",
)
@dtype_option
@convention_option()
@click.option(
    "--plot",
    metavar="X,Y",
    shell_complete=complete_names,
    help="Draw the rows as points: macs,top1; also -o FILE.svg, FILE.html.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, metavar="N", help="How many processes count.  [default: 1]"
)
@output_options("jsonl", "svg")
def command(
    specs: tuple[str, ...], conventions: tuple[str, ...], output: Output, *, jobs: int, plot: str | None, **chosen: Any
) -> None:
    """Count networks at every combination of settings: a row for each.

    Ranges are FIRST:LAST:STEP, both ends included. Combinations that a spec refuses are left out, and a note says how
    many. CSV and JSON lines are written row by row, so that memory stays small, unless --pareto or --sort needs all
    rows.

    \b
    costcalc sweep mobilenet_v1 --width 1,0.75,0.5,0.25
    costcalc sweep mobilenet_v2 --width 0.25:1.4:0.05 --res 96,160,224 --where 'macs <= 300M' --sort -macs
    costcalc sweep mobilenet_v1 mobilenet_v2 shufflenet_v1 --reported --plot macs,top1 -o zoo.svg
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.search import SearchTally, rows
    from costcalc.analysis.search import chosen as kept
    from costcalc.output.formats import STREAMS
    from costcalc.output.views.sweep import Swept, columns, notes, picked, sweep

    form, tally = form_of(output), SearchTally()
    if form == "svg" and plot is None:
        raise click.UsageError("--format svg writes a chart; add --plot X,Y")
    with usage():
        drawn = names_of(plot, "--plot")
        plan, choice, shown = _planned(specs, measure_of(conventions), chosen, drawn)
    shows = form in STREAMS and output.path is None and sys.stdout.isatty()  # rows tell how far the work is
    seen = iter if shows else watch("sweeping", plan, tally)
    found = kept(rows(plan, tally, jobs=jobs, watch=seen), plan.keys, choice, tally)
    if form in STREAMS:
        emit_rows(columns(plan, shown), picked(plan, shown, found), output)
    else:
        emit(sweep(Swept(plan, choice, shown, list(found), tally, chosen["columns"] is not None), drawn), output)
    if form in (*STREAMS, "svg"):
        tell(notes(plan, choice, tally, None))


def _columns(wanted: Sequence[str], several: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the names of columns, such that a row says which settings it is of; nothing for the usual ones."""
    return [*(name for name in several if wanted and len(several[name]) > 1 and name not in wanted), *wanted]


def _planned(
    specs: Sequence[str], measure: "Measure", chosen: Mapping[str, Any], plot: Sequence[str]
) -> tuple["Plan", "Choice", tuple[str, ...]]:
    """Return the plan of what is asked, which rows are kept, and the names that are shown."""
    from costcalc.analysis.search.choose import Choice
    from costcalc.analysis.search.plan import planned, reported, swept
    from costcalc.analysis.search.quantity import numeric, ranked

    given = read_axes(chosen["width"], chosen["res"], chosen["sets"])
    named = named_specs(specs, tuple(given))
    if chosen["reported"] and given:
        raise ValueError(f"--reported has its own values for settings; leave {listing(given)} out")
    with usage(more=": leave it, or --reported, out"):
        members, axes = reported(named) if chosen["reported"] else (swept(named, given), given)
    pareto = names_of(chosen["pareto"], "--pareto")
    wanted = _columns(names_of(chosen["columns"], "--columns"), {"spec": members, **axes})
    sort = None if chosen["sort"] is None else chosen["sort"].strip()
    descending, by = (sort or "").startswith("-"), None if sort is None else sort.removeprefix("-")
    if plot and len(plot) != 2:
        raise ValueError("--plot takes two names: X,Y, such as macs,top1")
    plan = planned(
        members,
        axes,
        measure,
        columns=wanted,
        also={"pareto": pareto, "sort": [] if by is None else [by], "plot": plot},
        points=bool(plot),
        where=Source("--where", chosen["where"]) if chosen["where"] is not None else None,
        dtype=chosen["dtype"],
    )
    numeric([plan.known[name] for name in plot])
    ranks = ranked([plan.known[name] for name in pareto])
    choice = Choice(ranks, None if by is None else plan.known[by], descending, chosen["limit"])
    told = plan.keys if len(members) > 1 else tuple(key for key in plan.keys if key != "spec")
    return plan, choice, tuple(wanted) or told
