"""`costcalc fit`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from costcalc.cli.complete import complete_figures, complete_setting_names, complete_spec
from costcalc.cli.grids import named_specs, names_of, read_axes, tell, watch
from costcalc.cli.options import convention_option, dtype_option, output_options, set_option
from costcalc.cli.output import Output, emit, form_of
from costcalc.cli.request import measure_of, usage
from costcalc.common.errors import listing, quote

if TYPE_CHECKING:
    from fractions import Fraction

    from costcalc.analysis.search.points import Plan, Row
    from costcalc.network.metrics import Measure

GRIDS = {"width": "0.05:2:0.01", "res": "32:512:32"}  # of what is solved for, unless said


def complete_budget(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a figure."""
    return [f"{name}=" for name in complete_figures(ctx, param, incomplete)]


@click.command("fit")
@click.argument("spec", shell_complete=complete_spec)
@click.option("--macs", metavar="N", help="The most multiply-accumulates: 300M.")
@click.option("--params", metavar="N", help="The most parameters: 3.4M.")
@click.option("--activations", metavar="N", help="The most conv and fc outputs: 5M.")
@click.option("--memory", metavar="SIZE", help="The most memory at the inference peak: 320KiB.")
@click.option(
    "--budget",
    "budgets",
    metavar="NAME=N",
    multiple=True,
    shell_complete=complete_budget,
    help="The most of any figure: traffic=20MB, rf=200; may be repeated.",
)
@click.option(
    "--over",
    metavar="A,B,...",
    default="width",
    show_default=True,
    shell_complete=complete_setting_names,
    help="The settings to solve for.",
)
@click.option("--width", metavar="VALUES", help=f"Width multipliers.  [default over width: {GRIDS['width']}]")
@click.option("--res", metavar="VALUES", help=f"Input resolutions.  [default over res: {GRIDS['res']}]")
@set_option("KEY=VALUES", "Any other setting: a value, or those to try; may be repeated.")
@convention_option()
@dtype_option
@output_options()
@click.pass_context
def command(
    ctx: click.Context, /, spec: str, sets: tuple[str, ...], conventions: tuple[str, ...], output: Output, **chosen: Any
) -> None:
    """Find the largest network that stays within a budget: every point of a grid is counted, exactly.

    The largest has the most MACs, then the most parameters, then the largest settings. Points that the spec refuses
    are left out, and a note says how many. The next larger point, which no longer fits, is shown too. Exit code 1 if
    nothing fits.

    \b
    costcalc fit mobilenet_v2 --macs 300M --over width --res 224
    costcalc fit mobilenet_v2 --macs 150M --params 3.4M --over width,res --res 96:224:32
    costcalc fit mobilenet_v2 --memory 320KiB --dtype int8 --over width,res
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.search import SearchTally, rows
    from costcalc.analysis.search.fit import fit
    from costcalc.output.views.fit import fitted
    from costcalc.output.views.sweep import refusals

    limits = _limits(chosen)
    with usage():
        plan = _planned(spec, chosen, sets, measure_of(conventions), limits)
    tallies: list[SearchTally] = []

    def counted() -> "Iterator[Row]":
        tallies.append(SearchTally())
        return rows(plan, tallies[-1], watch=watch("fitting", plan, tallies[-1]))

    found = fit(plan, limits, counted)
    emit(fitted(plan, limits, found, tallies[0]), output)
    if form_of(output) == "csv":
        tell(refusals(tallies[0]))
    ctx.exit(0 if found.best else 1)


def _limits(chosen: Mapping[str, Any]) -> dict[str, "Fraction"]:
    """Return the limits that options give; none at all is bad usage."""
    from costcalc.analysis.search.fit import BUDGETS, limited, read_limit

    asked = [(f"--{name}", name, chosen[name]) for name in BUDGETS if chosen[name] is not None]
    for text in chosen["budgets"]:
        name, equals, limit = text.partition("=")
        if not equals:
            raise click.UsageError(f"--budget {quote(text)} must be written NAME=N")
        asked.append(("--budget", name.strip(), limit))
    limits: dict[str, Fraction] = {}
    for option, name, text in asked:
        with usage(option):
            number = read_limit(name, text)
        if limited(name) in map(limited, limits):
            raise click.UsageError(f"{quote(name)} has two limits: give one")
        limits[name] = number
    if not limits:
        known = ", ".join(f"--{name} {example}" for name, (_, example) in BUDGETS.items())
        raise click.UsageError(f"a budget is required: {known}, or several")
    return limits


def _refuse_default(label: str, settings: Sequence[str]) -> None:
    """Raise UsageError where the setting that a spec lacks is the default of --over."""
    if click.get_current_context().get_parameter_source("over") == ParameterSource.DEFAULT:
        raise click.UsageError(
            f"{quote(label)} has no setting `width`, the default of --over; add --over with one of its settings: "
            f"{listing(settings)}"
        )


def _planned(
    spec: str, chosen: Mapping[str, Any], sets: Sequence[str], measure: "Measure", limits: Iterable[str]
) -> "Plan":
    """Return the plan of a grid over the settings to solve for, the others fixed; raise ValueError for a wrong name."""
    from costcalc.analysis.search.fit import limited
    from costcalc.analysis.search.plan import planned, swept

    over = names_of(chosen["over"], "--over")
    width, res = (GRIDS[name] if chosen[name] is None and name in over else chosen[name] for name in ("width", "res"))
    given = read_axes(width, res, sets)
    for name, values in given.items():
        if name not in over and len(values) > 1:
            raise click.UsageError(f"{quote(name)} has {len(values):,} values; use --over {','.join([*over, name])}")
    ((label, loaded),) = named_specs([spec], tuple(given))
    for name in over:
        if name not in loaded.settings:
            _refuse_default(label, [key for key in loaded.settings if key not in given])
            swept([(label, loaded)], {name: (0,)})  # which says that there is no such setting
        if name not in given:
            raise click.UsageError(f"--over {name} needs values, such as --set {name}=1,2,4")
    fixed = {name: values[0] for name, values in given.items() if name not in over}
    loaded = loaded._replace(preset={**loaded.preset, **fixed})
    axes = {name: given[name] for name in dict.fromkeys(over)}
    columns = [key for name in axes for key in (name, "effective_width") if name in (key, "width")]
    figures = list(dict.fromkeys(["macs", "params", "activations", *map(limited, limits)]))
    for name in axes.keys() & {*figures}:
        raise click.UsageError(f"--over {name}: this setting has the name of what fit counts")
    members = swept([(label, loaded)], axes)
    plan = planned(members, axes, measure, columns=[*columns, *figures], dtype=chosen["dtype"])
    for name in figures:
        if plan.known[name].source != "figure":
            raise click.UsageError(f"{quote(label)} has a setting {quote(name)}, which hides the figure of that name")
    return plan
