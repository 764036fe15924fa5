"""`costcalc check`."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import click

from costcalc.cli.complete import complete_assignment, complete_figures, complete_spec
from costcalc.cli.grading import FOR_STUDENTS, GRADEBOOKS, Telling, class_options, gradebook
from costcalc.cli.options import files_option, output_options
from costcalc.cli.output import Output, emit, form_of, show_error, watched
from costcalc.cli.request import load_spec
from costcalc.common.errors import SpecError, listing, quote

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from costcalc.common.table import Document
    from costcalc.teaching.assignments import Answers, Assignment
    from costcalc.teaching.grading import Graded, Grader


def complete_what(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Complete the names of bundled assignments and specs."""
    found = [*complete_assignment(ctx, param, incomplete), *complete_spec(ctx, param, incomplete)]
    return [item for item in found if item.type != "file"] or found[:1]


@click.command("check")
@click.argument("what", metavar="ASSIGNMENT|SPEC", shell_complete=complete_what)
@click.argument("answers", nargs=-1, metavar="[ANSWERS...]", type=click.Path(allow_dash=True))
@click.option("--macs", metavar="FIGURE", help="Check multiply-accumulates of SPEC.")
@click.option("--params", metavar="FIGURE", help="Check its parameters.")
@click.option("--flops", metavar="FIGURE", help="Check its FLOPs, two for each MAC.")
@click.option("--bytes", metavar="FIGURE", help="Check the memory of its parameters, as fp32.")
@click.option(
    "--ask",
    "asked",
    nargs=2,
    metavar="NAME FIGURE",
    multiple=True,
    shell_complete=complete_figures,
    help="Check any other figure, by its name: --ask peak 4.8MB; may be repeated.",
)
@click.option("--part", metavar="PATH", default="", help="Check one layer or block of SPEC, by its path.")
@files_option("A folder whose files the assignment may name as specs.")
@class_options
@output_options("gradescope", *GRADEBOOKS)
@click.pass_context
def command(
    ctx: click.Context,
    /,
    what: str,
    answers: tuple[str, ...],
    part: str,
    asked: tuple[tuple[str, str], ...],
    files: str | None,
    output: Output,
    wanted: Telling,
    **named: str | None,
) -> None:
    """Grade answers, and name the mistake behind a wrong one.

    ASSIGNMENT is a bundled name or a YAML file of questions; ANSWERS are a YAML file per student, or a class's CSV file
    as forms and courses export it. Or check figures of a SPEC on the spot. Exit code 1 if an answer is wrong, 2 if a
    file cannot be read; the
    other files are graded all the same.

    \b
    costcalc check mobilenet_v1 --macs 569M --params 4.2M
    costcalc check mobilenet_v1 --ask peak 4.8MB --ask intensity 43.3
    costcalc check single_layers class.csv --format csv -o gradebook.csv
    costcalc check single_layers class.csv --format canvas --into grades.csv -o graded.csv
    """  # noqa: D301 - click reads \b
    figures = [(name, text) for name, text in named.items() if text is not None] + list(asked)
    _check_usage(what, answers, part, output, wanted, spot=bool(figures))
    grader, items, unread = (
        _on_the_spot(what, part, _checked(figures, part)) if figures else _homework(what, answers, files)
    )
    students, problems = _grades(grader, items)
    if _for_a_gradebook(output) and (unread or not students):
        why = f"{listing(unread)} cannot be read" if unread else "no student could be graded"
        show_error(SpecError(f"no gradebook is written: {why}"))
        ctx.exit(2)
    if wanted.summary or wanted.before:
        emit(_of_a_class(grader.assignment, students, problems, wanted, answers, files), output)
    else:
        problems += _put_grades(grader, students, problems, output, wanted, spot=bool(figures))
    ctx.exit(2 if problems else 0 if all(student.right for student in students) else 1)


def _put_grades(
    grader: "Grader",
    students: list["Graded"],
    problems: list[SpecError],
    output: Output,
    wanted: Telling,
    *,
    spot: bool,
) -> list[SpecError]:
    """Write the grades; return what is wrong with the gradebook that they go into."""
    if output.form in GRADEBOOKS:
        return gradebook(grader.assignment, students, output, wanted)
    document = _document(grader, students, problems, output, wanted.level(output.form), spot=spot)
    emit(document, output._replace(form="json") if output.form == "gradescope" else output)  # JSON of its own
    return []


def _check_usage(
    what: str, answers: tuple[str, ...], part: str, output: Output, wanted: Telling, *, spot: bool
) -> None:
    """Raise UsageError for options that do not go together."""
    _refuse_bare(what, answers)
    if spot == bool(answers):
        raise click.UsageError(
            "give either files of ANSWERS to an assignment, or figures of a spec, such as --macs 569M"
        )
    if part and not spot:
        raise click.UsageError("--part goes with figures of a spec, such as --macs")
    if output.form in GRADEBOOKS and spot:
        raise click.UsageError(f"--format {output.form} needs answers to an assignment")
    if (wanted.summary or wanted.before) and (spot or output.form in FOR_STUDENTS):
        raise click.UsageError(
            "--summary and --before need a class's answers to an assignment, and the format of a table"
        )
    if wanted.summary and wanted.before:
        raise click.UsageError("--summary and --before are two tables: give one")


def _refuse_bare(what: str, answers: tuple[str, ...]) -> None:
    """Raise UsageError for figures without an option: `check mobilenet_v1 569M`."""
    from costcalc.common.notation import read_figure
    from costcalc.specfile import bundled, is_path

    if is_path(what) or what in bundled("assignments"):
        return
    for text in answers:
        with suppress(ValueError):
            read_figure(text)
            raise click.UsageError(f"{quote(text)} needs an option that says what it is, such as --macs {text}")


def _checked(figures: list[tuple[str, str]], part: str) -> dict[str, str]:
    """Return figures by their names; raise UsageError for one that cannot be asked, or is given twice."""
    from costcalc.teaching.grading.onthespot import wrong_figure

    for place, (name, _) in enumerate(figures):
        sentence = wrong_figure(name, part)
        if sentence:
            raise click.UsageError(sentence)
        if name in [other for other, _ in figures[:place]]:
            raise click.UsageError(f"{quote(name)} is given twice")
    return dict(figures)


def _for_a_gradebook(output: Output) -> bool:
    """Return whether a table of a class is written to a file, which is written whole or not at all."""
    return output.form in GRADEBOOKS or (output.path is not None and form_of(output) not in ("json", "gradescope"))


def _homework(
    name: str, paths: tuple[str, ...], files: str | None
) -> tuple["Grader", "Iterator[Answers | SpecError]", list[str]]:
    """Return the grader of an assignment, the answers in some files, and the files without any."""
    from costcalc.analysis.api import bundled
    from costcalc.teaching.answerfile import answers_of
    from costcalc.teaching.assignmentfile import load_assignment
    from costcalc.teaching.grading import Grader

    assignment = load_assignment(name)
    grader = Grader(assignment, partial(bundled, files=files))
    if not assignment.students:  # what is wrong with the assignment is reported once, not for each student
        try:
            grader.questions(assignment.drawn(""))
        except ValueError as error:
            raise SpecError(str(error), assignment.mark) from None
    found = {path: list(answers_of(path, assignment)) for path in paths}
    unread = [path for path, items in found.items() if all(isinstance(item, SpecError) for item in items)]
    return grader, (item for path in paths for item in found[path]), unread


def _on_the_spot(
    name: str, part: str, figures: Mapping[str, str]
) -> tuple["Grader", "Iterator[Answers | SpecError]", list[str]]:
    """Return a grader of figures of one spec, and the figures given, of no file."""
    from costcalc.teaching.grading import Grader
    from costcalc.teaching.grading.onthespot import posed_on

    loaded, settings = load_spec(name)
    assignment, answers = posed_on(loaded.name, name, part, figures)
    grader = Grader(assignment, lambda text: (loaded.definition, {**loaded.preset, **settings}, loaded.key))
    grader.questions({})  # a part that there is not is bad usage
    return grader, iter([answers]), []


def _grades(grader: "Grader", items: "Iterator[Answers | SpecError]") -> tuple[list["Graded"], list[SpecError]]:
    """Return the grades, and what could not be graded, which goes to stderr as it comes."""
    from costcalc.teaching.grading import graded

    students: list[Graded] = []
    problems: list[SpecError] = []
    waiting = list(items)
    for item in watched(graded(grader, iter(waiting)), "grading", "students", len(waiting)):
        if isinstance(item, SpecError):
            show_error(item)
            problems += [item] if item.level == "error" else []
        else:
            students.append(item)
    return students, problems


def _of_a_class(
    assignment: "Assignment",
    students: list["Graded"],
    problems: list[SpecError],
    wanted: Telling,
    answers: tuple[str, ...],
    files: str | None,
) -> "Document":
    """Return what a class got wrong, or whose points have changed since an assignment was corrected."""
    from costcalc.output.views.classes import regraded, summary
    from costcalc.teaching.grading import Graded, graded

    if wanted.before is None:
        return summary(assignment, students, problems)
    grader, items, _ = _homework(wanted.before, answers, files)
    found = watched(graded(grader, items), "grading", "students", len(students))
    return regraded(assignment, [item for item in found if isinstance(item, Graded)], students)


def _document(
    grader: "Grader", students: list["Graded"], problems: list[SpecError], output: Output, level: str, *, spot: bool
) -> "Document":
    """Return what is shown: results for Gradescope, one student's answers, or a class."""
    from costcalc.output.views.check import gradescope, one, roll

    assignment = grader.assignment
    if output.form == "gradescope":
        if len(students) + len(problems) != 1:
            raise click.UsageError("gradescope takes the answers of one student")
        return gradescope(assignment, students[0] if students else None, problems, level)
    if len(students) != 1 or problems or form_of(output) == "csv":
        return roll(assignment, students, problems, level)
    return one(assignment, students[0], grader.questions({})[0].settings if spot else None, level)
