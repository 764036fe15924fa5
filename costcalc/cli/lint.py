"""`costcalc lint`."""

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit, write


@click.command("lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_spec)
@output_options()
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], output: Output) -> None:
    """Find every error in specs and in files of claims, devices, latencies and homework, and warn of oddities.

    FILE is a path, the name of a bundled spec, or - for standard input. Exit code 2 if there is an error, 0 if there
    are warnings alone.

    \b
    costcalc lint my_net.yaml
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.lint import lint_source, summary
    from costcalc.common.errors import SpecError, counted, in_order
    from costcalc.output.views.lint import problems
    from costcalc.specfile import examine, problems_of, source_named

    def findings(path: str) -> list[SpecError]:
        try:
            source = source_named(path)
            found = problems_of(source)
            return lint_source(*examine(source)) if found is None else in_order(found)
        except SpecError as error:
            return [error]

    found = [finding for path in files for finding in findings(path)]
    errors, warnings = summary(found)
    if output.form in (None, "table") and output.path is None:
        write("".join(f"{problem}\n" for problem in found))
        write(f"{counted(len(files), 'file')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}\n")
    else:
        emit(problems(found), output)
    ctx.exit(2 if errors else 0)
