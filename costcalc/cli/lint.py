"""`costcalc lint`."""

from functools import partial
from typing import TYPE_CHECKING

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import files_option, output_options
from costcalc.cli.output import Output, emit, form_of, watched, write

if TYPE_CHECKING:
    from costcalc.common.errors import SpecError
    from costcalc.teaching.assignments import Assignment


@click.command("lint")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_spec)
@files_option("A folder whose files homework may name.", "named")
@output_options()
@click.pass_context
def command(ctx: click.Context, files: tuple[str, ...], named: str | None, output: Output) -> None:
    """Find every error in specs and in files of claims, devices, latencies and homework, and warn of oddities.

    FILE is a path, the name of a bundled spec, or - for standard input. Each question of homework is checked at values
    that may be drawn for it. Exit code 2 if there is an error, 0 if there are warnings alone.

    \b
    costcalc lint my_net.yaml
    """  # noqa: D301 - click reads \b
    from costcalc import importer
    from costcalc.analysis.lint import lint_source, summary
    from costcalc.common.errors import SpecError, counted, in_order, quote
    from costcalc.output.views.lint import problems
    from costcalc.specfile import ASSIGNMENTS, examine, read_other, source_named

    def findings(path: str) -> list[SpecError]:
        try:
            importer.refuse(path)
            if importer.is_model(path):
                return [SpecError(f"{quote(path)} is a model: write its spec first, with `costcalc import`")]
            source = source_named(path)
            found = read_other(source)
            if found is None:
                return lint_source(*examine(source))
            kind, read, problems = found
            return in_order(problems or (_unposed(read, named) if kind == ASSIGNMENTS else []))
        except SpecError as error:
            return [error]

    found = [finding for path in files for finding in findings(path)]
    errors, warnings = summary(found)
    words = f"{counted(len(files), 'file')}: {counted(errors, 'error')}, {counted(warnings, 'warning')}"
    if form_of(output) == "table" and output.path is None:
        write("".join(f"{problem}\n" for problem in found) + f"{words}\n")
    else:
        emit(problems(found, words), output)
    ctx.exit(2 if errors else 0)


def _unposed(assignment: "Assignment", files: str | None) -> "list[SpecError]":
    """Return what keeps the questions of an assignment from being posed."""
    from costcalc.analysis.api import bundled
    from costcalc.teaching.grading.posing import unposed

    steps = unposed(assignment, partial(bundled, files=files))
    return [error for found in watched(steps, "posing", "questions", len(assignment.questions)) for error in found]
