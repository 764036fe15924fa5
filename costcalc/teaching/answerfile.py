"""Files of answers, which come from strangers: YAML of one student, or a class's table."""

from collections.abc import Iterator

from costcalc.common.errors import SpecError
from costcalc.specfile import ANSWERS, load_as, refuse_pipe, source_of, stem
from costcalc.specfile.cells import shown
from costcalc.specfile.fields import Form, Key, Kind, Record, mapping
from costcalc.specfile.tree import Node
from costcalc.teaching.assignments import Answers, Assignment, Given
from costcalc.teaching.classfile import CLASS, read_class

TABLES = (".csv", ".tsv", ".txt")  # how the names of a class's files end


def answers_of(name: str, assignment: Assignment | None = None, who: str = "") -> Iterator[Answers | SpecError]:
    """Yield the answers in a file: those of a class from a table, else one student's; what is wrong takes their place.

    A table's columns are read as the assignment says, or as its questions are recognised in them; without one it is a
    list of students, which a column called `who` names if there is one.
    """
    try:
        refuse_pipe(name)
        if name.lower().endswith(TABLES):
            yield from read_class(source_of(name, CLASS), assignment, who)
        else:
            answers = load_as(source_of(name, FORM.file), ANSWERS)
            yield answers._replace(student=answers.student or stem(name))
    except SpecError as error:
        yield error


def _answer(node: Node, what: str, record: Record) -> Given:
    """Read an answer as it is written; `[32, 112, 112]` is a size."""
    if node.kind == "list" and all(item.kind == "scalar" for item in node.items):
        return Given("x".join(item.text for item in node.items), node.mark)
    return Given("" if node.null else node.text if node.kind == "scalar" else shown(node), node.mark)


FORM = Form(
    "a file of answers",
    (
        Key("student", "whose answers these are; the file's name unless said"),
        Key("answers", "the questions' ids with an answer each", mapping(Kind("answer", _answer)), required=True),
    ),
    lambda record: Answers(
        record.values.get("student", ""),
        record.nodes.get("student", record).mark,
        record.values["answers"],
    ),
)
