"""A real class: exports as forms and courses write them, graded without an edit. Every student is made up."""

import csv
import io
import json
import shutil
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.analysis import api
from costcalc.cli import main
from costcalc.common.errors import Source, SpecError
from costcalc.ops.shape import Shape
from costcalc.specfile import ASSIGNMENTS, bundled
from costcalc.specfile.delimited import records
from costcalc.specfile.tree import foreign_text
from costcalc.teaching.asking import AskedChoice
from costcalc.teaching.assignmentfile import load_assignment
from costcalc.teaching.assignments import Given
from costcalc.teaching.grading import Grader, feedback, shown_right
from costcalc.teaching.late import Late, read_time

DATA = Path(__file__).parent / "data" / "class"
EXPORTS = {
    "forms.csv": ("ada@example.edu", "bob@example.edu", "eve@example.edu"),
    "canvas_quiz.csv": ("ada01", "bob01", "eve01"),
    "moodle.csv": ("ada@example.edu", "bob@example.edu", "eve@example.edu"),
    "gradescope.csv": ("ada@example.edu", "bob@example.edu", "eve@example.edu"),
}
TWO = """title: Homework 8
questions:
  - {id: dw, ask: params, layer: {op: dwconv, k: 5}, in: 3x12x12}
  - {id: macs, text: "How many MACs, for {k}?", ask: macs, layer: {op: dwconv, k: k}, in: 3x12x12, points: 2}
draw: {k: [5]}
given: {k: 5}
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    for path in DATA.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "two.yaml").write_text(TWO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    done = CliRunner().invoke(main, list(args))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def graded(*args):
    done = run("check", *args, "--format", "json")
    return json.loads(done.stdout), done


def verdicts(data):
    return {student["student"]: [answer["verdict"] for answer in student["answers"]] for student in data["students"]}


def points(data):
    return {student["student"]: student["points"] for student in data["students"]}


def told(done):
    """Return the messages without the excerpts below them."""
    levels = (": error: ", ": warning: ", ": note: ")
    return [line for line in done.stderr.splitlines() if any(level in line for level in levels)]


# exports as they come


@pytest.mark.parametrize(("name", "students"), EXPORTS.items(), ids=EXPORTS)
def test_an_export_is_graded_without_an_edit(files, name, students):
    data, done = graded("homework.yaml", name)
    assert (done.exit_code, data["problems"]) == (1, [])
    ada, bob, eve = students
    assert verdicts(data) == {
        ada: ["right", "right", "rounded"],
        bob: ["right", "wrong", "rounded"],
        eve: ["unreadable" if name == "forms.csv" else "wrong", "missing", "wrong"],
    }
    assert points(data) == {ada: 4, bob: 2, eve: 0}


def test_what_was_recognised_is_told_and_can_be_said(files):
    done = run("check", "homework.yaml", "moodle.csv")
    note, warning = told(done)
    assert note == (
        "moodle.csv:1:22: note: the columns are read like this: `Email address` is `student`, `Completed` is `time`, "
        "`Response 1` is `dw_params`, `Response 2` is `dw_macs`, `Response 3` is `pointwise`"
    )
    assert warning == (
        "moodle.csv:1:1: warning: the columns `Last name`, `First name`, `Status`, `Started`, `Duration`, `Grade/4.00` "
        "answer no question"
    )
    said = done.stderr.split("to fix this reading, add to the assignment:\n")[1].split("\nmoodle.csv")[0]
    assert said == "student: Email address\ntime: Completed\ncolumns: {1: dw_params, 2: dw_macs, 3: pointwise}"
    with (files / "homework.yaml").open("a") as stream:
        stream.write(said + "\n")
    again = run("check", "homework.yaml", "moodle.csv")
    assert told(again) == [warning]
    assert again.stdout == done.stdout


# What Moodle's language packs of version 4.4 call the columns of its responses report; the dates as they are written there.
LANGUAGES = {
    "German": ("E-Mail-Adresse", "Begonnen", "Beendet", "Verbrauchte Zeit", "Richtige Antwort", "Antwort", "{}. November 2026, {}"),
    "French": ("Adresse de courriel", "Commencé", "Terminé", "Temps mis", "Réponse correcte", "Réponse", "{} novembre 2026, {}"),
    "Spanish": ("Dirección de correo", "Comenzado", "Finalizado", "Tiempo empleado", "Respuesta correcta", "Respuesta", "{} de noviembre de 2026, {}"),
}  # fmt: skip


@pytest.mark.parametrize("names", LANGUAGES.values(), ids=LANGUAGES)
def test_a_moodle_of_another_language_is_graded_without_an_edit(files, names):
    email, started, completed, taken, right, answer, date = names
    columns = [part for number in (1, 2, 3) for part in (f"{answer} {number}", f"{right} {number}")]
    rows = [
        ["a", email, started, completed, taken, *columns],
        ["x", "ada@example.edu", date.format(19, "22:40"), date.format(19, "23:02"), "22", "75", "75", "10800", "10800", "94,86 %", "94,86 %"],
        ["x", "bob@example.edu", date.format(19, "09:10"), date.format(19, "09:30"), "20", "75", "75", "32400", "10800", "0,9486", "94,86 %"],
    ]  # fmt: skip
    with (files / "moodle.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    data, done = graded("homework.yaml", "moodle.csv")
    note, warning = told(done)
    assert f"`{email}` is `student`, `{completed}` is `time`, `{answer} 1` is `dw_params`" in note
    assert f"`{right} 1`" in warning
    assert verdicts(data) == {
        "ada@example.edu": ["right", "right", "rounded"],
        "bob@example.edu": ["right", "wrong", "rounded"],
    }
    with (files / "homework.yaml").open("a", encoding="utf-8") as stream:
        stream.write(f"time: {completed}\nlate: {{due: 2026-11-19 20:00, off: 50 %}}\n")
    assert points(graded("homework.yaml", "moodle.csv")[0]) == {"ada@example.edu": 2, "bob@example.edu": 2}


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("student,dw,macs", {}),
        ("student,DW,Macs", {"DW": "dw", "Macs": "macs"}),
        ("student,1. weights,2) macs", {"1. weights": "dw", "2) macs": "macs"}),
        ("student,dw: how many?,2 - macs", {"dw: how many?": "dw", "2 - macs": "macs"}),
        ("student,1. dw: ...,2. macs (2 points)", {"1. dw: ...": "dw", "2. macs (2 points)": "macs"}),
        ("student,Q1,Q2", {"Q1": "dw", "Q2": "macs"}),
        ("student,Question 1,Question 2,Response 1,Response 2", {"Response 1": "dw", "Response 2": "macs"}),
        ("student,Question 1.1 Response,Question 1.2 Response", {"Question 1.1 Response": "dw", "Question 1.2 Response": "macs"}),
        ("student,dw,77: <p>How many <b>MACs</b>&nbsp;for 5?</p>", {}),
        ("student,dw,77: How many MACs for 5?", {"77: How many MACs for 5?": "macs"}),
        ("student,dw,1.0,2.0", {}),
        ("student,1: dw (1.0 pts),2. macs", {"2. macs": "macs"}),
        ("student,1. weights,1. weights [Score],2. macs,Points - 2. macs", {"1. weights": "dw", "2. macs": "macs"}),
        ("SID,dw,macs", {"SID": "student"}),
        ("Name;E-mail;dw;macs", {"E-mail": "student"}),
    ],
)  # fmt: skip
def test_headers_are_recognised(files, header, taken):
    (files / "c.csv").write_text(f"{header}\n" + ";".join("abcdefg"[: header.count(";") + 1]) + "\n")
    note = next((line for line in told(run("check", "two.yaml", "c.csv")) if ": note: " in line), "")
    assert [f"`{name}` is `{role}`" in note for name, role in taken.items()] == [True] * len(taken)
    assert note.count(" is `") == len(taken)


COLUMNS = {
    "columns: {Weights: dw, 2: macs}\n": ("student,Weights,2. How many?", ["right", "right"], []),
    "columns: {Weights: dw, macs: ~}\n": ("student,Weights,macs", ["right", "missing"], ["c.csv:1:1: warning: no column answers `macs`: its answers are missing"]),
    "student: Who\n": ("Who,dw,macs", ["right", "right"], []),
    "columns: {Weigths: dw}\n": ("student,Weights,macs", ["missing", "right"], [
        "c.csv:1:1: error: no column `Weigths`, which `columns` of the assignment names; did you mean `Weights`?",
        "c.csv:1:9: warning: the column `Weights` answers no question",
        "c.csv:1:1: warning: no column answers `dw`: its answers are missing",
    ]),
    "": ("student,1. a,1. b,macs", None, []),
}  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), COLUMNS.items())
def test_an_assignment_says_what_the_columns_are(files, words, expected):
    header, found, messages = expected
    (files / "two.yaml").write_text(TWO + words)
    (files / "c.csv").write_text(f"{header}\nada,75,10800\n")
    data, done = graded("two.yaml", "c.csv")
    if found is None:  # no column is taken where two fit
        assert told(done) == [
            "c.csv:1:14: error: columns `1. a`, `1. b` may each answer `dw`: say which in `columns` of the assignment",
            "c.csv:1:1: warning: no column answers `dw`: its answers are missing",
        ]
        assert (done.exit_code, verdicts(data)) == (2, {"ada": ["missing", "missing"]})
        return
    assert verdicts(data) == {"ada": found}
    assert told(done) == messages


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("columns: {Weights: weights}\n", "two.yaml:7:20: error: unknown question `weights`; available: `dw`, `macs`"),
        ("columns: {a: dw, b: dw}\n", "two.yaml:7:21: error: two columns answer `dw`: name one"),
        ("keep: last\n", "two.yaml:7:7: error: `keep`: unknown name `last`; did you mean `latest`? Available: `latest`, `first`, `best`"),
        ("late: {due: 2026-11-20, off: 10 %}\n", "two.yaml:7:7: error: `late` needs `time`, the column that says when the answers came"),
        ("time: T\nlate: {due: soon, off: 10 %}\n", "two.yaml:8:13: error: cannot read `soon` as a time; write it like 2026-11-20 23:59 or 20 November 2026, 11:59 PM"),
        ("time: T\nlate: {due: 2026-11-20, off: 5}\n", "two.yaml:8:30: error: `off` must be a share such as 10 % or 0.1, not `5`"),
    ],
)  # fmt: skip
def test_a_wrong_word_of_the_intake_has_its_place(files, words, message):
    (files / "two.yaml").write_text(TWO + words)
    done = run("lint", "two.yaml")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (2, message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("student: Who\n", "c.csv:1:1: error: no column `Who`, which `student` of the assignment names; available: `student`, `dw`, `macs`"),
        ("time: When\n", "c.csv:1:1: error: no column `When`, which `time` of the assignment names; available: `student`, `dw`, `macs`"),
    ],
)  # fmt: skip
def test_a_column_that_must_be_there_is_asked_for(files, words, message):
    (files / "two.yaml").write_text(TWO + words)
    (files / "c.csv").write_text("student,dw,macs\nada,75,10800\n")
    done = run("check", "two.yaml", "c.csv")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, message)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(files, encoding, delimiter):
    text = 'student,dw,macs\r\nZoë,75,"10,\n800"\r\n'.replace(",", delimiter).replace(f"10{delimiter}\n800", "10,800\n")
    (files / "c.csv").write_bytes(text.encode(encoding))
    data, done = graded("two.yaml", "c.csv")
    assert (done.exit_code, points(data)) == (0, {"Zoë": 3})


def test_a_byte_that_no_encoding_has_is_kept():
    assert foreign_text(b"a\x81\xe9") == "a\x81é"
    assert foreign_text("a\u2028b".encode()) == "a b"
    assert foreign_text(b"") == ""


RECORDS = {
    'a,b\n1,"x\ny,""z"""\n': [(("a", 1, 1), ("b", 1, 3)), (("1", 2, 1), ('x\ny,"z"', 2, 3))],
    "sep=;\na;b\n": [(("a", 2, 1), ("b", 2, 3))],
    'a\n"x\n\ny",z\n,w\n': [(("a", 1, 1),), (("x\n\ny", 2, 1), ("z", 4, 4)), (("", 5, 1), ("w", 5, 2))],
    'a, "b, c"\n': [(("a", 1, 1), ("b, c", 1, 3))],
    'a\n"x\nb\n': [(("a", 1, 1),), "2:1: a quote that does not close", (("b", 3, 1),)],
    'a\n"x"y,"z\nb\n': [(("a", 1, 1),), "2:1: text behind a closing quote: a quote inside a cell is written twice", (("b", 3, 1),)],
    'a\nb,"c\nd,"e\nf\n': [(("a", 1, 1),), "2:3: a quote that does not close", "3:3: a quote that does not close", (("f", 4, 1),)],
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), RECORDS.items())
def test_records_have_places(text, expected):
    found = [
        f"{item.mark.line}:{item.mark.column}: {item.sentence}"
        if isinstance(item, SpecError)
        else tuple((cell.text, cell.mark.line, cell.mark.column) for cell in item)
        for item in records(Source("c.csv", text))
    ]
    assert found == expected


@pytest.mark.parametrize("line", ['b","', 'x,"5', 'x,"a"b', '"', '""","', "x,5", '"a\n'])
def test_broken_rows_take_linear_time(line):
    """Lines run, counted from outside: twice the rows take at most 2.5 times as many."""

    def lines_for(rows):
        count = 0

        def trace(frame, event, arg):
            nonlocal count
            count += event == "line"
            return trace

        sys.settrace(trace)
        try:
            for _ in records(Source("c.csv", f"{line}\n" * rows)):
                pass
        finally:
            sys.settrace(None)
        return count

    assert lines_for(800) <= 2.5 * lines_for(400)


def test_nothing_of_a_broken_class_is_lost(files):
    rows = ["ada,75,10800", 'bob,"75,10800', ",75,10800", "cy,75,10800,7,8", "ada,75,1", "dan,75,10800"]
    (files / "c.csv").write_text("\n".join(["student,dw,macs", *rows, ""]))
    data, done = graded("two.yaml", "c.csv")
    assert (done.exit_code, points(data)) == (2, {"ada": 3, "dan": 3})
    assert [problem["place"] for problem in data["problems"]] == ["c.csv:3:5", "c.csv:4:1", "c.csv:5:13", "c.csv:6:1"]


# several rows, and late ones

ROWS = """student,Timestamp,dw,macs
ada,2026-11-20 10:00,75,1
bob,2026-11-21 00:30,75,10800
ada,2026-11-22 10:00,1,10800
ada,2026-11-19 10:00,1,1
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("keep: latest\n", {"ada": 2, "bob": 3}),
        ("keep: first\n", {"ada": 0, "bob": 3}),
        ("keep: best\n", {"ada": 2, "bob": 3}),
        ("keep: best\ntime: Timestamp\nlate: {due: 2026-11-20, off: 10 %, per: day}\n", {"ada": 1.6, "bob": 2.7}),
        ("keep: best\ntime: Timestamp\nlate: {due: 2026-11-20, off: 60 %, per: day}\n", {"ada": 1, "bob": 1.2}),
        ("keep: latest\ntime: Timestamp\nlate: {due: 2026-11-20 12:00, off: 0.1, per: hour, most: 50 %}\n", {"ada": 1, "bob": 1.5}),
        ("keep: latest\ntime: Timestamp\nlate: {due: 2026-11-20, off: 25 %}\n", {"ada": 1.5, "bob": 2.25}),
    ],
)  # fmt: skip
def test_which_of_several_rows_counts(files, words, expected):
    (files / "two.yaml").write_text(TWO + words)
    (files / "c.csv").write_text(ROWS)
    data, done = graded("two.yaml", "c.csv")
    assert (done.exit_code, points(data)) == (1, expected)


def test_without_a_word_the_first_row_counts_and_another_is_an_error(files):
    (files / "c.csv").write_text(ROWS)
    data, done = graded("two.yaml", "c.csv")
    assert (done.exit_code, points(data)) == (2, {"ada": 1, "bob": 3})
    assert "c.csv:4:1: error: student `ada` appears twice: the answers at c.csv:2:1 are graded" in told(done)


def test_a_time_that_cannot_be_read_takes_nothing_off_and_is_told(files):
    (files / "two.yaml").write_text(TWO + "keep: latest\ntime: T\nlate: {due: 2026-11-20, off: 10 %}\n")
    (files / "c.csv").write_text("student,T,dw,macs\nada,soon,75,10800\nbob,,75,10800\neve,3/4/2026 10:00,75,10800\n")
    data, done = graded("two.yaml", "c.csv")
    assert (done.exit_code, points(data)) == (2, {"ada": 3, "bob": 3, "eve": 3})
    nothing, orders = "; nothing is taken off for being late", "day-first or month-first"
    assert [line.partition(": error: ")[2] for line in told(done)] == [
        f"cannot read `soon` as a time; write it like 2026-11-20 23:59 or 20 November 2026, 11:59 PM{nothing}",
        "no time, so nothing is taken off for being late",
        f"day and month of `3/4/2026 10:00` may be exchanged: `dates` says which is first, {orders}{nothing}",
    ]


TIMES = {
    "2026-11-20 23:59": "2026-11-20 23:59:00",
    "2026/11/20 11:59:00 PM GMT+1": "2026-11-20 23:59:00 +0100",
    "11/20/2026 0:05:10": "2026-11-20 00:05:10",
    "20.11.2026 12:30": "2026-11-20 12:30:00",
    "11/19/26 9:40:00": "2026-11-19 09:40:00",
    "20 November 2026  12:05 AM": "2026-11-20 00:05:00",
    "Thursday, 19 November 2026, 9:30 AM": "2026-11-19 09:30:00",
    "Nov 20, 2026 at 11:59pm": "2026-11-20 23:59:00",
    "2026-11-20 22:02:41 UTC": "2026-11-20 22:02:41 +0000",
    "2022-06-25 13:16:26 -0600": "2022-06-25 13:16:26 -0600",
    "2026-11-20T23:59:59.123Z": "2026-11-20 23:59:59 +0000",
    "2026-11-20": "2026-11-20 23:59:59",
    "2026-13-20 23:59": None,
    "2026-11-20 13:00 PM": None,
    "2026-11-20 13:00 EST": None,
    "20 Foo 2026": None,
    "3/5/2026": None,
    "": None,
}


@pytest.mark.parametrize(("text", "expected"), TIMES.items())
def test_times_are_read_as_exports_write_them(text, expected):
    if expected is None:
        with pytest.raises(ValueError, match=r"."):
            read_time(text)
        return
    moment = read_time(text)
    zone = f"{moment.clock.replace(tzinfo=moment.zone):%z}"
    assert " ".join(filter(None, (f"{moment.clock:%Y-%m-%d %H:%M:%S}", zone))) == expected


def test_day_and_month_are_exchanged_where_it_is_said():
    assert read_time("3/5/2026", "day-first").clock.month == 5
    assert read_time("3/5/2026", "month-first").clock.month == 3


def test_zones_are_compared_or_refused():
    due = read_time("2026-11-20 23:00 +01:00")
    late = Late(due, Fraction(1, 10))
    assert late.taken(read_time("2026-11-20 22:00 UTC")) == (0, "")
    assert late.taken(read_time("2026-11-20 22:01 UTC")) == (Fraction(1, 10), "late, after the due time: 10 % off")
    assert late.taken(read_time("2026-11-20 23:00")) == (0, "")
    with pytest.raises(ValueError, match="add one to `due`"):
        Late(read_time("2026-11-20 23:00"), Fraction(1, 10)).taken(read_time("2026-11-20 22:00 UTC"))


# gradebooks

BOOKS = {
    "canvas": ("canvas_gradebook.csv", "canvas_quiz.csv", 6, {2: "4", 3: "2", 4: "0"}),
    "moodle": ("moodle_worksheet.csv", "moodle.csv", 4, {1: "4", 2: "2", 3: "0"}),
    "blackboard": ("blackboard.csv", "canvas_quiz.csv", 6, {1: "4", 2: "2", 3: "0"}),
}
COLUMNS_HINT = "the layer's kernel, stride, padding, groups and channels, and what size they give"
COUNTS_HINT = "what is counted: the factors of each layer, biases, norm"
SHARE_HINT = "look at the part and the whole"
REMARKS = [  # of Moodle's worksheet
    "dw_params (1 of 1): right. dw_macs (2 of 2): right. pointwise (1 of 1): right",
    f"dw_params (1 of 1): right. dw_macs (0 of 2): wrong: look at {COLUMNS_HINT}. pointwise (1 of 1): right",
    f"dw_params (0 of 1): wrong: look at {COUNTS_HINT}. dw_macs (0 of 2): no answer. pointwise (0 of 1): wrong: {SHARE_HINT}",
]


@pytest.mark.parametrize(("system", "expected"), BOOKS.items(), ids=BOOKS)
def test_a_systems_own_file_comes_back_with_one_column_filled(files, system, expected):
    into, export, place, grades = expected
    done = run("check", "homework.yaml", export, "--format", system, "--into", into, "-o", "back.csv")
    assert done.exit_code == 1
    before, after = ((files / name).read_bytes() for name in (into, "back.csv"))
    assert before[:2] == after[:2]  # a mark of the encoding stays
    encoding = "utf-16" if system == "blackboard" else "utf-8-sig"
    delimiter = "\t" if system == "blackboard" else ","
    old, new = (list(csv.reader(io.StringIO(text.decode(encoding)), delimiter=delimiter)) for text in (before, after))
    assert {number: row[place] for number, row in enumerate(new) if row[place] != old[number][place]} == grades
    remark = 9 if system == "moodle" else place
    kept = [[cell for at, cell in enumerate(row) if at not in (place, remark)] for row in old]
    assert [[cell for at, cell in enumerate(row) if at not in (place, remark)] for row in new] == kept
    if system == "moodle":
        assert [row[9] for row in new[1:]] == REMARKS


def test_a_gradebook_with_nothing_to_fill_in_is_the_same_to_the_byte(files):
    assert run("check", "homework.yaml", "canvas_quiz.csv", "--format", "canvas", "--into", "canvas_gradebook.csv", "-o", "1.csv").exit_code == 1  # fmt: skip
    assert run("check", "homework.yaml", "canvas_quiz.csv", "--format", "canvas", "--into", "1.csv", "-o", "2.csv").exit_code == 1  # fmt: skip
    assert (files / "1.csv").read_bytes() == (files / "2.csv").read_bytes()
    changed = [
        number
        for number, lines in enumerate(zip((files / "canvas_gradebook.csv").read_text().splitlines(), (files / "1.csv").read_text().splitlines(), strict=True))
        if lines[0] != lines[1]
    ]  # fmt: skip
    assert changed == [2, 3, 4]


WRONG_BOOKS = [
    (("--format", "canvas"), "Error: --format canvas needs --into FILE, the gradebook that it exported"),
    (("--format", "nbgrader", "--into", "moodle_worksheet.csv"), "Error: --format nbgrader takes no --into"),
    (("--format", "canvas", "--into", "none.csv"), "error: cannot read `none.csv`: no such file or directory"),
    (("--format", "canvas", "--into", "empty.csv"), "empty.csv:1:1: error: the file is empty: --into takes the file that Canvas exported"),
    (("--format", "canvas", "--into", "moodle_worksheet.csv"), "moodle_worksheet.csv:1:1: error: not a file of Canvas's: it has no column `Student`, `ID`; it has `Identifier`, "),
    (("--format", "canvas", "--into", "canvas_gradebook.csv", "--column", "Homework 9"), "canvas_gradebook.csv:1:1: error: no column `Homework 9` in the gradebook: name the assignment's; available: `Homework 7 (8801)`, `Homework 8 (8802)`"),
    (("--format", "canvas", "--into", "broken.csv"), "broken.csv:2:1: error: a quote that does not close"),
    (("--format", "canvas", "--into", "others.csv"), "others.csv:1:1: error: none of the 3 students is in the gradebook, by `ID`, `Student`"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "message"), WRONG_BOOKS)
def test_a_gradebook_that_cannot_be_filled_is_not_written(files, args, message):
    (files / "empty.csv").write_text("\n")
    (files / "broken.csv").write_text('Student,ID,Homework 8 (1)\n"Example, Ada,5001,\n')
    (files / "others.csv").write_text("Student,ID,Homework 8 (1)\nYou,1,\n")
    done = run("check", "homework.yaml", "canvas_quiz.csv", *args, "-o", "back.csv")
    assert done.exit_code == 2
    assert any(line.startswith(message) for line in done.stderr.splitlines()), done.stderr
    assert not (files / "back.csv").exists()
    assert not [path for path in files.iterdir() if path.name.startswith("tmp")]


def test_a_student_without_a_row_is_told_and_the_rest_is_written(files):
    book = (files / "canvas_gradebook.csv").read_text().replace("4.00,(read", "10.00,(read").replace("bob01", "rob01")
    (files / "book.csv").write_text(book)
    done = run(
        "check", "homework.yaml", "canvas_quiz.csv", "--format", "canvas", "--into", "book.csv", "-o", "back.csv"
    )
    assert done.exit_code == 2
    assert told(done)[2:] == [
        "canvas_quiz.csv:3:18: error: student `bob01` is not in the gradebook: no grade is written for them",
        "book.csv:2:31: warning: the gradebook has 10.00 points possible, and the assignment 4",
    ]
    assert done.stderr.endswith(f"""
      Points Possible,,,,,10.00,10.00,(read only),(read only),(read only)
{" " * 32}^^^^^
""")
    assert "9.00,4,90.00" in (files / "back.csv").read_text()


@pytest.mark.parametrize("form", ["csv", "moodle", "nbgrader", "md", "canvas"])
def test_a_gradebook_is_written_whole_or_not_at_all(files, form):
    into = ("--into", "canvas_gradebook.csv") if form == "canvas" else ()
    done = run("check", "homework.yaml", "moodle.csv", "gone.csv", "--format", form, *into, "-o", "book.out")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1] == "error: no gradebook is written: `gone.csv` cannot be read"
    assert (done.stdout, (files / "book.out").exists()) == ("", False)
    (files / "nobody.csv").write_text('student,dw_macs\n"x,1\n')
    done = run("check", "homework.yaml", "nobody.csv", "--format", form, *into, "-o", "book.out")
    assert (done.exit_code, done.stdout, (files / "book.out").exists()) == (2, "", False)


def test_moodles_import_and_nbgraders_points(files):
    rows = list(csv.reader(io.StringIO(run("check", "homework.yaml", "forms.csv", "--format", "moodle").stdout)))
    assert rows[0] == ["Email address", "Homework 8", "Homework 8 (feedback)"]
    assert [row[:2] for row in rows[1:]] == [
        ["ada@example.edu", "4"],
        ["bob@example.edu", "2"],
        ["eve@example.edu", "0"],
    ]
    done = run("check", "homework.yaml", "canvas_quiz.csv", "--format", "nbgrader", "--feedback", "cause")
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["student_id", "cell", "score", "max_score", "comment"]
    assert rows[1] == ["ada01", "dw_params", "1", "1", "right"]
    assert rows[5] == ["bob01", "dw_macs", "0", "2", "you took a depthwise convolution as a full one"]


@pytest.mark.parametrize(
    ("level", "output", "visibility"),
    [
        (None, "32400: wrong: look at the layer's kernel, stride, padding, groups and channels, and what size they give", "visible"),
        ("cause", "32400: you took a depthwise convolution as a full one", "visible"),
        ("key", "32400: you took a depthwise convolution as a full one: weights = k * k * c_in * c_out in place of k * k * c_out; the right value is 10,800", "after_published"),
    ],
)  # fmt: skip
def test_gradescope_shows_the_key_when_grades_are_published_alone(files, level, output, visibility):
    (files / "bob.yaml").write_text("answers: {dw_params: 75, dw_macs: 32400, pointwise: 94.86 %}\n")
    more = ("--feedback", level) if level else ()
    data = json.loads(run("check", "homework.yaml", "bob.yaml", "--format", "gradescope", *more).stdout)
    assert (data["tests"][1]["output"], data["tests"][1]["visibility"]) == (output, visibility)


def test_below_the_key_no_screen_shows_it_either(files):
    (files / "bob.yaml").write_text("answers: {dw_params: 75, dw_macs: 1, pointwise: 17 %}\n")
    done = run("check", "homework.yaml", "bob.yaml", "--feedback", "hint")
    assert "10,800" not in done.stdout
    assert "right value" not in done.stdout
    data, _ = graded("homework.yaml", "bob.yaml", "--feedback", "hint")
    assert [answer["right"] for answer in data["students"][0]["answers"]] == [None] * 3


@pytest.mark.parametrize("name", bundled(ASSIGNMENTS))
def test_no_hint_has_a_figure_of_the_key(name):
    """Nor of anything else: answers of every known mistake, of near hits, without a unit, rounded, unreadable."""
    grader = Grader(load_assignment(name), api.bundled)
    for posed in grader.questions({}):
        for text in wrong_answers(posed):
            grade = grader.answer(posed, Given(text, posed.question.mark))
            told = feedback(grade, posed.question, "hint")
            assert not any(character.isdigit() for character in told), (posed.question.id, text, told)
            cause = feedback(grade, posed.question, "cause")
            assert shown_right(grade, posed.question) not in cause, (posed.question.id, text, cause)


def wrong_answers(posed):
    asking = posed.question.asking
    if isinstance(asking, AskedChoice):
        yield from (*asking.options, "none of these", "")
        return
    yield from ("", "-", "many", "1", "7 MB", "12 %", "3x3x3", "3*3*7", "8.5x", "1 GFLOPs", "2 MMAC", "94.9 apples")
    if isinstance(posed.key, Shape):
        yield from (f"{posed.key.h}x{posed.key.w}", f"{posed.key.c}x{posed.key.h}x7", "224x224x32", "113x113x32")
        return
    key = posed.key
    yield from (f"{float(key):.{digits}g}" for digits in (1, 2, 3, 6))
    yield from (
        f"{float(key * factor):.9g}"
        for factor in (2, Fraction(1, 2), 4, 8, 1000, Fraction(1, 1000), Fraction(1, 10**6))
    )
    yield from (str(int(key) + step) for step in (-1000, -100, -1, 1, 100, 1000))
    ways = posed.search.all_singles().ways if posed.search else ()
    yield from (f"{float(way.value):.12g}" for way in ways if not isinstance(way.value, Shape))
