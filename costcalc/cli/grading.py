"""Gradebooks of course systems: what `check` writes into their own files, or for their imports."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from costcalc.cli.options import LateChoice, gathered
from costcalc.cli.output import Output, show_error, write
from costcalc.cli.saving import save
from costcalc.common.errors import Mark, SpecError

if TYPE_CHECKING:
    from costcalc.specfile.delimited import Datum
    from costcalc.teaching.assignments import Assignment
    from costcalc.teaching.grading import Graded

GRADEBOOKS = ("canvas", "moodle", "blackboard", "nbgrader")  # in a file of the system's, or in one of their own
FILES = GRADEBOOKS[:3]
UTF_8 = "utf-8"
FOR_STUDENTS = ("gradescope", *GRADEBOOKS)  # they hint unless more is asked for by name


class Telling(NamedTuple):
    """What a class's gradebook is to be: how much students see, the system's file, the column in it.

    Or `before`, the assignment before it was corrected, or a `summary` of the class.
    """

    feedback: str | None
    into: str | None
    column: str
    before: str | None
    summary: bool

    def level(self, form: str | None) -> str:
        """Return how much a format tells."""
        return self.feedback or ("hint" if form in FOR_STUDENTS else "key")


def _levels() -> Any:
    from costcalc.teaching.grading import FEEDBACK

    return FEEDBACK


def class_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of gradebooks; the command gets them as `wanted`."""
    options = (
        click.option(
            "--feedback",
            type=LateChoice(_levels),
            help="What comments say of an answer: where to look, the mistake, the key.  [default: hint for students]",
        ),
        click.option("--into", metavar="FILE", help="The file that a course system exported, for its gradebook."),
        click.option("--column", metavar="NAME", default="", help="The column of --into.  [default: the title]"),
        click.option(
            "--before",
            metavar="ASSIGNMENT",
            help="Grade by an older ASSIGNMENT too, and show whose points differ.",
        ),
        click.option("--summary", is_flag=True, help="Show how many of a class made which mistake."),
    )
    return gathered(function, "wanted", Telling, options)


def gradebook(
    assignment: "Assignment", students: "Sequence[Graded]", output: Output, wanted: Telling
) -> list[SpecError]:
    """Write a gradebook, whole or not at all; return what is wrong with it, which goes to stderr too."""
    from costcalc.output.gradebooks import NEW

    name = str(output.form)
    if wanted.into is not None and name in FILES:
        return _filled(name, assignment, students, output, wanted)
    if name not in NEW or wanted.into is not None:
        needs = "needs --into FILE, the gradebook that it exported" if wanted.into is None else "takes no --into"
        raise click.UsageError(f"--format {name} {needs}")
    _put(NEW[name](assignment, students, wanted.level(name)), output, UTF_8)
    return []


def _filled(
    name: str, assignment: "Assignment", students: "Sequence[Graded]", output: Output, wanted: Telling
) -> list[SpecError]:
    """Write a system's own file with the grades filled in, in its encoding, with its delimiter and ends of lines."""
    from costcalc.output.gradebooks import fill, written
    from costcalc.specfile import encoding_of_file, refuse_pipe, source_of
    from costcalc.specfile.delimited import MAX_CELLS, delimiter_of, records
    from costcalc.specfile.tree import FileKind

    into = str(wanted.into)
    refuse_pipe(into)
    source = source_of(into, FileKind("a gradebook", "", 16 * 1024 * 1024, hidden=True, foreign=True))
    rows: list[tuple[Datum, ...]] = []
    header = Mark(source, 1, 1)
    for record in records(source, exact=True):
        if isinstance(record, SpecError):  # a row that is lost here would be a grade that is lost
            raise record
        if len(record) == MAX_CELLS:
            raise SpecError(f"more than {MAX_CELLS - 1:,} columns", record[0].mark)
        header = header if rows else record[0].mark
        rows.append(record)
    if not rows:
        raise SpecError(f"the file is empty: --into takes the file that {name.capitalize()} exported", header)
    try:
        found = fill(name, rows, assignment, students, column=wanted.column, level=wanted.level(name))
    except SpecError as error:
        raise error.reached(header, "the header") from None
    for problem in found.problems:
        show_error(problem)
    encoding, end = encoding_of_file(into), "\r\n" if "\r\n" in source.text else "\n"
    quoted = source.text.lstrip().startswith('"')
    _put(written(found.rows, delimiter_of(source.text), end, quoted=quoted), output, encoding)
    return [problem for problem in found.problems if problem.level == "error"]


def _put(text: str, output: Output, encoding: str) -> None:
    if output.path is None:
        write(text)
    else:
        save(output.path, [text], force=output.force, encoding=encoding)
