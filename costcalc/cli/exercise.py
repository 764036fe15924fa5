"""`costcalc exercise`."""

from functools import partial

import click

from costcalc.cli.complete import complete_assignment
from costcalc.cli.options import files_option, output_options
from costcalc.cli.output import Output, form_of, watched, write
from costcalc.cli.saving import save
from costcalc.common.errors import SpecError, quote
from costcalc.output.sheets import SHEETS


@click.command("exercise")
@click.argument("template", shell_complete=complete_assignment)
@click.option("--seed", type=click.IntRange(0), required=True, metavar="N", help="The seed of the draw.")
@click.option("--for", "students", metavar="FILE.csv", help="One variant for each row of the column `student`.")
@click.option("--assignment", "target", metavar="FILE", help="Write the assignment for `check`, with the drawn values.")
@files_option("A folder whose files the template may name as specs.")
@output_options(*SHEETS, tables=False)
def command(
    template: str, seed: int, students: str | None, target: str | None, files: str | None, output: Output
) -> None:
    """Draw the values of TEMPLATE and print the sheet, without the key.

    TEMPLATE is an assignment with `draw:`, the values or ranges of each name that its questions read. The same seed
    draws the same values.

    \b
    costcalc exercise homework.yaml --seed 7 --assignment drawn.yaml
    costcalc exercise homework.yaml --seed 7 --for students.csv --format latex -o sheets.tex --assignment drawn.yaml
    """  # noqa: D301 - click reads \b
    from costcalc.analysis.api import bundled
    from costcalc.teaching.assignmentfile import load_assignment
    from costcalc.teaching.drawnfile import with_values
    from costcalc.teaching.exercise import drawn
    from costcalc.teaching.grading import Grader

    form = "md" if output.form is None and output.path is None else form_of(output)
    if form not in SHEETS:
        raise click.UsageError("a sheet is Markdown or LaTeX: --format md, --format latex")
    assignment = load_assignment(template)
    if assignment.given or assignment.students:
        raise SpecError("the values are already drawn; a template must not have `given` or `students`", assignment.mark)
    grader = Grader(assignment, partial(bundled, files=files))
    names = _names(students, assignment.intake.student)
    drawing = ((name, drawn(assignment, seed, name, grader.questions)) for name in names)
    values = dict(watched(drawing, "drawing", "students", len(names)))
    sheet, between = SHEETS[form]
    text = between.join(sheet(assignment, name, grader.questions(given)) for name, given in values.items())
    if target:
        save(target, [with_values(assignment.mark.source, values)], force=output.force)
    if output.path is None:
        write(text)
    else:
        save(output.path, [text], force=output.force)


def _names(path: str | None, who: str) -> list[str]:
    """Return the students of a CSV file, or nobody in particular; raise the first SpecError in it."""
    from costcalc.specfile.tree import hidden_in
    from costcalc.teaching.answerfile import answers_of

    if path is None:
        return [""]
    names = []
    for item in answers_of(path, who=who):
        if isinstance(item, SpecError):
            raise item
        if hidden_in(item.student) is not None:  # no assignment can hold it
            raise SpecError(f"student {quote(item.student)} contains an invisible character", item.mark)
        if item.student in names:
            raise SpecError(f"student {quote(item.student)} appears twice", item.mark)
        names.append(item.student)
    if not names:
        raise click.UsageError("--for has no students")
    return names
