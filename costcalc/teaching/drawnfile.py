"""An assignment's file written from a template and the values that were drawn, such that it reads back."""

import re
from collections.abc import Iterator, Mapping

from costcalc.common.errors import Source, SpecError
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.specfile import compose
from costcalc.specfile.fields import read
from costcalc.teaching.assignmentfile import FORM

MOST_BRACES = 20  # at the end of a template that is one flow map: one of them closes it

Drawn = Mapping[str, Mapping[str, Value]]  # by student; those of the student `` are for everybody


def with_values(template: Source, drawn: Drawn) -> str:
    """Return a template's text with the values that were drawn; raise SpecError where it would not read back."""
    problem = None
    for text in _written(template, drawn):
        try:
            found, problems = read(compose(Source(template.name, text), FORM.file), FORM)
        except SpecError as error:
            problem = problem or error
            continue
        held = {"": found.given} if found and "" in drawn else found.students if found else {}
        if not problems and held == drawn:
            return text
        problem = problem or next(iter(problems), None)
    why = f": {problem.sentence}" if problem else ""
    raise SpecError(f"the drawn values cannot be written into {template.name}{why}")


def _written(template: Source, drawn: Drawn) -> Iterator[str]:
    """Yield the text with the values below it; of one flow map, with the values before what may be its last brace."""
    root, text = compose(template, FORM.file), template.text
    if root.flow:
        entry = f"given: {_flow(drawn[''])}" if "" in drawn else f"students: {{{', '.join(_students(drawn))}}}"
        if "" in drawn and not drawn[""]:
            yield text
            return
        braces = [place for place, character in enumerate(text) if character == "}"][: -MOST_BRACES - 1 : -1]
        for place in braces:
            before = text[:place].rstrip().removesuffix(",")
            yield f"{before},\n{entry}{text[place:]}"
        return
    lines = re.split(r"^\.\.\.(?=\s|\Z)", text, maxsplit=1, flags=re.MULTILINE)[0].rstrip("\n")
    if "" in drawn:
        yield f"{lines}\n" + (f"given: {_flow(drawn[''])}\n" if drawn[""] else "")
    else:
        yield "\n".join([lines, "students:", *(f"  {student}" for student in _students(drawn))]) + "\n"


def _students(drawn: Drawn) -> list[str]:
    return [f"{_quoted(student)}: {_flow(values)}" for student, values in drawn.items()]


def _quoted(student: str) -> str:
    """Return a name as a YAML string, whatever is in it; JSON's escapes will not do: it halves an emoji."""
    written = (c if c.isprintable() and c not in '\\"' else f"\\U{ord(c):08x}" for c in student)
    return f'"{"".join(written)}"'


def _flow(values: Mapping[str, Value]) -> str:
    return f"{{{', '.join(f'{name}: {shown_value(value)}' for name, value in values.items())}}}"
