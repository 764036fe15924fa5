"""Sheets: the questions of an assignment without the key, as Markdown or LaTeX; and the assignment with its values."""

import re
from collections.abc import Mapping, Sequence

from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.output.formats.latex import escaped as tex
from costcalc.output.formats.md import escaped as md
from costcalc.teaching.asked import AskedChoice
from costcalc.teaching.assignments import Assignment
from costcalc.teaching.grading import Posed

LABEL = re.compile(r"([0-9]*)([a-z]?)\Z")  # of a question: its number, and the letter of a part


def points(posed: Posed) -> str:
    """Return what a question is worth."""
    most = posed.question.points
    return f"{float(most):g} point{'' if most == 1 else 's'}"


def options(posed: Posed) -> list[tuple[str, str]]:
    """Return the answers that a question lets choose, by their keys."""
    asking = posed.question.asking
    return [(key, option.text) for key, option in asking.options.items()] if isinstance(asking, AskedChoice) else []


def markdown(assignment: Assignment, student: str, questions: Sequence[Posed]) -> str:
    """Return the sheet of one student as Markdown."""
    lines = [f"# {md(assignment.title)}", "", *([md(student), ""] if student else [])]
    before = ""
    for posed in questions:
        number, letter = LABEL.match(posed.question.label).groups("")  # type: ignore[union-attr]
        if letter and number != before:
            lines.append(f"{number}. {md(posed.stem)}")
        indent, mark = ("   ", f"({letter})") if letter else ("", f"{number}.")
        lines.append(f"{indent}{mark} `{posed.question.id}` ({points(posed)}): {md(posed.text)}")
        lines += [f"{indent}   - {md(key)}: {md(option)}" for key, option in options(posed)]
        before = number
    return "\n".join(lines) + "\n"


def latex(assignment: Assignment, student: str, questions: Sequence[Posed]) -> str:
    """Return the sheet of one student as LaTeX, to be put into a document."""
    lines = [rf"\section*{{{tex(assignment.title)}}}", *([rf"\noindent {tex(student)}", ""] if student else [])]
    items = []
    for posed in questions:
        stem = f"{tex(posed.stem)} " if posed.question.label.endswith("a") else ""
        words = "; ".join(f"{tex(key)}: {tex(option)}" for key, option in options(posed))
        label = f"[{tex(posed.question.label)}.]" if not posed.question.label.isdigit() else ""
        text = f"{stem}{tex(posed.text)}{f' {words}' if words else ''}"
        items.append(rf"  \item{label} \texttt{{{tex(posed.question.id)}}} ({points(posed)}): {text}")
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
