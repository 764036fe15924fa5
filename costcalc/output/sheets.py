"""Sheets: the questions of an assignment without the key, as Markdown or LaTeX; and the assignment with its values."""

from collections.abc import Mapping, Sequence

from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.output.formats.latex import escaped as tex
from costcalc.output.formats.md import escaped as md
from costcalc.teaching.assignments import Assignment
from costcalc.teaching.grading import Posed


def points(posed: Posed) -> str:
    """Return what a question is worth."""
    most = posed.question.points
    return f"{float(most):g} point{'' if most == 1 else 's'}"


def markdown(assignment: Assignment, student: str, questions: Sequence[Posed]) -> str:
    """Return the sheet of one student as Markdown."""
    lines = [f"# {md(assignment.title)}", "", *([md(student), ""] if student else [])]
    lines += [
        f"{index}. `{posed.question.id}` ({points(posed)}): {md(posed.text)}"
        for index, posed in enumerate(questions, 1)
    ]
    return "\n".join(lines) + "\n"


def latex(assignment: Assignment, student: str, questions: Sequence[Posed]) -> str:
    """Return the sheet of one student as LaTeX, to be put into a document."""
    lines = [rf"\section*{{{tex(assignment.title)}}}", *([rf"\noindent {tex(student)}", ""] if student else [])]
    items = [
        rf"  \item \texttt{{{tex(posed.question.id)}}} ({points(posed)}): {tex(posed.text)}" for posed in questions
    ]
    return "\n".join([*lines, r"\begin{enumerate}", *items, r"\end{enumerate}"]) + "\n"


SHEETS = {"md": (markdown, "\n---\n\n"), "latex": (latex, "\\clearpage\n")}  # each with what is between two sheets


def assignment_text(template: str, students: Mapping[str, Mapping[str, Value]]) -> str:
    """Return a template's text with the values that were drawn below it; those of the student `` are for everybody."""
    lines = [template.rstrip("\n"), ""]
    if set(students) == {""}:
        lines += [f"given: {_flow(students[''])}"] if students[""] else []
    else:
        lines += ["students:", *(f"  {_quoted(student)}: {_flow(values)}" for student, values in students.items())]
    return "\n".join(lines) + "\n"


def _quoted(student: str) -> str:
    """Return a name as a YAML string, whatever is in it; JSON's escapes will not do: it halves an emoji."""
    written = (c if c.isprintable() and c not in '\\"' else f"\\U{ord(c):08x}" for c in student)
    return f'"{"".join(written)}"'


def _flow(values: Mapping[str, Value]) -> str:
    return f"{{{', '.join(f'{name}: {shown_value(value)}' for name, value in values.items())}}}"
