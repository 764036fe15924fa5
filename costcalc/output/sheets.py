"""Sheets: the questions of an assignment without the key, as Markdown or LaTeX."""

import re
from collections.abc import Sequence

from costcalc.output.formats.latex import escaped as tex
from costcalc.output.formats.md import escaped as md
from costcalc.teaching.asking import AskedChoice
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
