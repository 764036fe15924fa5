"""`costcalc check` and `exercise`: files of a class, formats, exit codes, and answers from strangers."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
import time
from fractions import Fraction

import pytest
from running import CliRunner

import costcalc
from costcalc.analysis.api import load
from costcalc.causes.answers import Tolerance
from costcalc.cli import main
from costcalc.common.errors import SpecError
from costcalc.network.figures import network_figures, whole
from costcalc.specfile import ASSIGNMENTS, bundled, folder
from costcalc.teaching.assignmentfile import load_assignment

HOMEWORK = """title: Homework 8
questions:
  - {id: macs, ask: macs, layer: {op: dwconv, k: 5}, in: 3x12x12, points: 2}
  - {id: size, ask: out, layer: {op: conv, k: 3, c: 32, s: 2}, in: 3x224x224}
  - {id: share, ask: macs, spec: mobilenet_v1, kind: Conv 1x1, share: true, points: 0.5}
"""
RIGHT = "student: ada\nanswers: {macs: '10,800', size: 112x112x32, share: 94.86 %}\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hw.yaml").write_text(HOMEWORK)
    (tmp_path / "ada.yaml").write_text(RIGHT)
    return tmp_path


def run(*args):
    done = CliRunner().invoke(main, list(args))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def answers(*args):
    """Return the first student's answers of a JSON run, by question."""
    data = json.loads(run("check", *args, "--format", "json").stdout)
    return {answer["question"]: answer for answer in data["students"][0]["answers"]}


# on the spot


@pytest.mark.parametrize(
    ("args", "code", "line"),
    [
        (("--macs", "569M", "--params", "4.2M"), 0, "macs    right to 3 digits"),
        (("--macs", "568,740,352"), 0, "macs      568,740,352  568,740,352  right"),
        (("--macs", "1.14G"), 1, "macs  you counted two operations for each multiply-accumulate: 2 * MACs"),
        (("--flops", "568740352"), 1, "flops  you counted a multiply-accumulate as one operation, and it is two: FLOPs / 2"),
        (("--params", "4.25M"), 1, "params  you counted the running statistics of batch norm, which are not trained: parameters = weights + 4 * c_out in place of weights + 2 * c_out"),
        (("--bytes", "16.93 MB"), 0, "bytes  right to 4 digits"),
        (("--bytes", "4231976"), 1, "bytes  you gave elements where bytes are asked for: bytes * 8 / bits of an element"),
        (("--macs", "16 MB"), 1, "macs  `MB` does not fit: a count is expected"),
        (("--macs", "many"), 1, "macs  cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        (("--macs", "3612672", "--part", "1"), 0, "macs      3612672  3,612,672    right"),
    ],
)  # fmt: skip
def test_figures_are_checked_on_the_spot(args, code, line):
    done = run("check", "mobilenet_v1", *args)
    assert (done.exit_code, done.stderr) == (code, "")
    assert line in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("layer", "answer", "code", "line"),
    [
        ("dwconv --k 5 --in 3x12x12", "10800", 0, "macs      10800   10,800       right"),
        ("dwconv --k 5 --in 3x12x12", "75", 0, "params    75      75           right"),
        ("dwconv --k 5 --in 3x12x12", "12x12x3", 0, "out       12x12x3  12x12x3      right"),
        ("dwconv --k 5 --in 3x12x12", "300 B", 0, "bytes     300 B   300 B        right"),
        ("dwconv --k 5 --in 3x12x12", "225", 1, "params  you took a depthwise convolution as a full one: weights = k * k * c_in * c_out in place of k * k * c_out"),
        ("dwconv --k 5 --in 3x12x12", "8x8x3", 1, "out  you left the padding out: h' = floor((h - k) / s) + 1"),
        ("dwconv --k 5 --in 3x12x12", "many", 1, "macs  cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("dwconv --k 5 --in 3x12x12", "77", 1, "params  no known mistake gives this; the working: weights = k_h * k_w * (c_in / g) * c_out = 5 * 5 * 1 * 3 = 75; parameters = weights = 75"),
        ("add --in 8x4x4 --in 8x4x4", "8x4x4", 0, "out       8x4x4   4x4x8        right"),
        ("dwconv --k 3 --in 64x56x56 --then 'conv --k 1 --c 128'", "25690112", 1, "macs  you counted the pointwise half alone: c_in * c_out without k * k * c_in"),
    ],
)  # fmt: skip
def test_an_answer_about_a_layer_is_graded(layer, answer, code, line):
    done = run("layer", *shlex.split(layer), "--answer", answer)
    assert (done.exit_code, done.stderr) == (code, "")
    assert line in done.stdout.splitlines()


def test_an_answer_is_about_one_side():
    done = run("layer", "dwconv", "--k", "5", "--in", "3x12x12", "--versus", "conv --k 3 --c 3", "--answer", "75")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: --answer checks one side: leave --versus out\n")


def test_settings_ride_on_the_name():
    assert run("check", "mobilenet_v1:width=0.5", "--macs", "149,497,088").exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("mobilenet_v1",), "Error: give either files of ANSWERS to an assignment, or figures of a spec, such as --macs 569M"),
        (("mobilenet_v1", "a.yaml", "--macs", "1"), "Error: give either files of ANSWERS to an assignment, or figures of a spec, such as --macs 569M"),
        (("single_layers", "a.yaml", "--part", "1"), "Error: --part goes with figures of a spec, such as --macs"),
        (("single_layer", "a.yaml"), "error: no assignment `single_layer` and no such file; did you mean `single_layers`? Available: `compact_architectures`, `single_layers`, `whole_networks`"),
        (("mobilnet_v1", "--macs", "1"), "error: no bundled spec `mobilnet_v1` and no such file; did you mean `mobilenet_v1`? (`costcalc list` shows the bundled ones)"),
        (("mobilenet_v1", "--macs", "1", "--part", "99"), "error: `mobilenet_v1` has no layer, block or stage `99` (paths are `0`, `1`, `2`, `3`, `4`, `5` and so on; numbers are 0 to 29)"),
    ],
)  # fmt: skip
def test_bad_usage_is_told(args, message):
    done = run("check", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith(message + "\n")


def test_every_quantity_that_can_be_asked_has_a_key(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = {name: f"q_{number}" for number, name in enumerate((*network_figures(), "out"))}
    lines = [f"  - {{id: {number}, ask: {name}, spec: resnet18}}" for name, number in asked.items()]
    (tmp_path / "hw.yaml").write_text("\n".join(["title: T", "questions:", *lines]) + "\n")
    (tmp_path / "a.yaml").write_text("answers: {}\n")
    part = whole(load("resnet18").build())
    found = answers("hw.yaml", "a.yaml")
    for name in network_figures():
        assert found[asked[name]]["right"] == part.figure(name), name
    assert found[asked["out"]]["right"] == [1000, 1, 1]


# one student


def test_all_right_ends_with_0(files):
    done = run("check", "hw.yaml", "ada.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == (
        "Homework 8    ada\n\n"
        "question  answer      right value  verdict  points\n"
        "macs      10,800      10,800       right    2 of 2\n"
        "size      112x112x32  112x112x32   right    1 of 1\n"
        "share     94.86 %     94.8574 %    rounded  0.5 of 0.5\n"
        "total                                       3.5 of 3.5\n\n"
        "share  right to 4 digits\n"
    )


def test_missing_and_unreadable_are_told_apart_with_their_place(files):
    (files / "bob.yaml").write_text("answers:\n  macs: 10.800,0\n  size:\n")
    done = run("check", "hw.yaml", "bob.yaml")
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout.startswith("Homework 8    bob\n")
    assert done.stdout.splitlines()[-3:] == [
        "macs   bob.yaml:2:9: cannot read `10.800,0` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208",
        "size   bob.yaml:3:8: no answer",
        "share  no answer",
    ]
    found = answers("hw.yaml", "bob.yaml")
    assert {name: answer["verdict"] for name, answer in found.items()} == {
        "macs": "unreadable",
        "size": "missing",
        "share": "missing",
    }
    assert (found["macs"]["file"], found["macs"]["line"], found["macs"]["column"]) == ("bob.yaml", 2, 9)


def test_sizes_may_be_lists(files):
    (files / "bob.yaml").write_text("answers: {size: [32, 112, 112]}\n")
    assert answers("hw.yaml", "bob.yaml")["size"]["verdict"] == "right"


def test_an_answer_to_no_question_is_a_warning(files):
    (files / "ada.yaml").write_text(RIGHT.replace("}", ", shares: 1}"))
    done = run("check", "hw.yaml", "ada.yaml")
    assert done.exit_code == 0
    assert done.stderr.startswith("ada.yaml:2:69: warning: unknown question `shares`; did you mean `share`?\n")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_columns(files, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    (files / "bob.yaml").write_text("answers: {macs: 32400, size: 224x224x32, share: 17 %}\n")
    for names in (("bob.yaml",), ("ada.yaml", "bob.yaml")):
        text = run("check", "hw.yaml", *names).stdout
        assert max(map(len, text.splitlines())) <= width


def test_a_tolerance_of_any_size_is_one(files):
    question = "{id: a, ask: macs, layer: {op: conv, k: 3, c: 8}, in: [3, 8, 8], rel: %s}" % ("9" * 400)
    (files / "hw.yaml").write_text(f"title: t\nquestions: [{question}]\n")
    (files / "ada.yaml").write_text("answers: {a: 14 k}\n")
    assert run("check", "hw.yaml", "ada.yaml").exit_code == 0
    (files / "hw.yaml").write_text(f"title: t\nquestions: [{question}]\n".replace("conv, k: 3, c: 8", "relu"))
    assert run("check", "hw.yaml", "ada.yaml").exit_code == 1  # any share of 0 is 0
    assert str(Tolerance("rel", Fraction(10**400))) == "over 10^401 % off at most"
    assert str(Tolerance("abs", Fraction(10**400))) == "over 10^399 off at most"


# a class

NOBODY = "no column says whose the answers are: name one `student`, or give its name as `student` in the assignment"
NOTHING = "no column answers a question; `columns` of the assignment says which do"
CLASS = """student,section,macs,size,share
ada,1,"10,800",112x112x32,94.86 %
bob,1,32400,224x224x32,0.9486
"O'Neil, Eve",2,32400,,"94,8,6 %"
"""


def test_a_class_has_a_table_and_what_it_did_in_each_question(files):
    (files / "class.csv").write_text(CLASS)
    done = run("check", "hw.yaml", "class.csv")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[0] == "class.csv:1:9: warning: the column `section` answers no question"
    assert done.stdout == (
        "Homework 8    3 students\n\n"
        "student      macs  size  share  points   of\n"
        "ada             2     1    0.5     3.5  3.5\n"
        "bob             0     0    0.5     0.5  3.5\n"
        "O'Neil, Eve     0     0      0       0  3.5\n\n"
        "macs   1 of 3 right    2 of 3 took a depthwise convolution as a full one\n"
        "size   1 of 3 right    1 of 3 used the input's size in place of the output's or left the stride out"
        "    1 of 3 missing (class.csv:4:23)\n"
        "share  2 of 3 right    1 of 3 unreadable (class.csv:4:24)\n"
    )


def test_a_gradebook_is_what_the_table_holds(files):
    (files / "class.csv").write_text(CLASS)
    rows = list(csv.reader(io.StringIO(run("check", "hw.yaml", "class.csv", "--format", "csv").stdout)))
    assert rows[0] == ["student", "macs", "size", "share", "points", "max"]
    assert rows[3] == ["O'Neil, Eve", "0", "0", "0", "0", "3.500000"]
    for row in rows[1:]:
        assert sum(map(float, row[1:4])) == float(row[4])
    one = list(csv.reader(io.StringIO(run("check", "hw.yaml", "ada.yaml", "--format", "csv").stdout)))
    assert one[0] == rows[0]  # one student's gradebook has the same columns


def test_json_counts_the_mistakes(files):
    (files / "class.csv").write_text(CLASS)
    data = json.loads(run("check", "hw.yaml", "class.csv", "--format", "json").stdout)
    assert data["schema"] == "costcalc/check/1"
    assert (data["title"], data["max_points"]) == ("Homework 8", 3.5)
    assert [student["points"] for student in data["students"]] == [3.5, 0.5, 0]
    assert data["questions"][0] == {
        "question": "macs",
        "accepted": 1,
        "verdicts": {"right": 1, "wrong": 2},
        "mistakes": [{"mistakes": [["depthwise-as-full"]], "students": 2}],
    }


@pytest.mark.parametrize("form", ["md", "latex", "html"])
def test_the_other_formats(files, form):
    (files / "class.csv").write_text(CLASS)
    assert "Homework 8" in run("check", "hw.yaml", "class.csv", "--format", form).stdout


def test_semicolons_and_a_mark_of_the_encoding_are_read(files):
    text = "\ufeffstudent;macs;size;share\nada;10,800;112x112x32;94.86 %\n"
    (files / "class.csv").write_text(text, encoding="utf-8")
    assert run("check", "hw.yaml", "class.csv").exit_code == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("bob,10,800,112x112x32,94.86 %", "class.csv:3:23: error: a row of more than the header's 4 cells: an answer with a comma needs quotes"),
        ('bob,"10,800', "class.csv:3:5: error: a quote that does not close"),
        (",75", "class.csv:3:1: error: a row without a student"),
        ("ada,75", "class.csv:3:1: error: student `ada` appears twice: the answers at class.csv:2:1 are graded"),
    ],
)  # fmt: skip
def test_a_broken_row_stops_none_of_the_rest(files, row, message):
    (files / "class.csv").write_text(f"student,macs,size,share\nada,1,1,1\n{row}\neve,10800,,\n")
    done = run("check", "hw.yaml", "class.csv")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[0] == message
    assert "eve         2     0      0       2  3.5" in done.stdout
    assert "not graded  1 file or row: the messages say why" in done.stdout


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "who,macs",
            f"class.csv:1:1: error: {NOBODY}; the header has `who`, `macs`",
        ),
        ("student,macs,macs", "class.csv:1:14: error: column `macs` is listed twice"),
        ("student,macs,student", "class.csv:1:14: error: column `student` is listed twice"),
        (
            "student,makz",
            f"class.csv:1:1: error: {NOTHING}. The header has `student`, `makz`",
        ),
        (
            "",
            f"class.csv:2:1: error: {NOBODY}; the header has `ada`, `75`",
        ),
    ],
)
def test_a_class_needs_its_header(files, header, message):
    (files / "class.csv").write_text(f"{header}\nada,75\n")
    done = run("check", "hw.yaml", "class.csv")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, message)


NO_HEADER = "the header is empty: the first row names the columns, one of them `student`"


@pytest.mark.parametrize(
    ("text", "place", "sentence", "shown"),
    [
        ("", "1:1", NO_HEADER, "\n  ^"),
        ("  \n\n", "1:1", NO_HEADER, "\n  ^"),
        (",;,\nada,75\n", "1:1", f"{NOBODY}; the header has ``, `;`, ``", "  ,;,\n  ^"),
        (",,\nada,75\n", "1:1", NO_HEADER, "  ,,\n  ^"),
        ("sep=;\nwho;macs\n", "2:1", f"{NOBODY}; the header has `who`, `macs`", "  who;macs\n  ^^^"),
        ('student,"macs\nada,75\n', "1:9", "a quote that does not close", '  student,"macs\n          ^'),
        (
            '"student"s,macs\nada,75\n',
            "1:1",
            "text behind a closing quote: a quote inside a cell is written twice",
            '  "student"s,macs\n  ^',
        ),
        ("student" + ",a" * 1000 + "\n", "1:1", "more than 1,000 columns", f"  student{',a' * 76},\n  ^^^^^^^"),
        ("\nstudent,macs\n", "2:1", "no student below the header", "  student,macs\n  ^^^^^^^"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_each_refusal_of_a_header_has_a_place_and_a_caret(files, text, place, sentence, shown):
    (files / "class.csv").write_text(text)
    done = run("check", "hw.yaml", "class.csv")
    assert (done.exit_code, done.stderr) == (2, f"class.csv:{place}: error: {sentence}\n{shown}\n")


def test_a_class_of_nobody_is_not_all_right(files):
    (files / "class.csv").write_text("student,macs\n\n")
    done = run("check", "hw.yaml", "class.csv")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (2, "class.csv:1:1: error: no student below the header")


# gradescope


def test_gradescope_gets_a_score_and_a_message_for_each_test(files):
    (files / "bob.yaml").write_text("answers: {macs: 32400, size: 112x112x32}\n")
    done = run("check", "hw.yaml", "bob.yaml", "--format", "gradescope", "-o", "results.json")
    assert (done.exit_code, done.stdout) == (1, "")
    data = json.loads((files / "results.json").read_text())
    assert data["score"] == sum(test["score"] for test in data["tests"]) == 1
    assert data["tests"][0] == {
        "name": "macs",
        "score": 0,  # there, not left out: a zero is a zero
        "max_score": 2,
        "status": "failed",
        "output": "32400: wrong: look at the layer's kernel, stride, padding, groups and channels, and what size they give",
        "visibility": "visible",
    }
    assert [test["status"] for test in data["tests"]] == ["failed", "passed", "failed"]
    assert data["tests"][2]["output"] == "no answer: no answer"


def test_gradescope_gets_a_zero_for_a_broken_file(files):
    (files / "bob.yaml").write_text("answers: [\n")
    done = run("check", "hw.yaml", "bob.yaml", "--format", "gradescope")
    assert done.exit_code == 2
    data = json.loads(done.stdout)
    assert (data["score"], data["tests"]) == (0, [])
    assert data["output"].startswith("bob.yaml:")


def test_gradescope_takes_one_student(files):
    (files / "class.csv").write_text(CLASS)
    done = run("check", "hw.yaml", "class.csv", "--format", "gradescope")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.endswith("Error: gradescope takes the answers of one student\n")


# answers from strangers


# each runs in some spreadsheet: after a blank of any kind too, and with a full-width sign
RUN = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=cmd|"/c calc"!A1', " =1+1", "\u3000+1", "\xa0@SUM(A1)"]
WIDE = ["\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(A1)", " \uff1d1+1", "x;\uff1d1"]


@pytest.mark.parametrize("name", [*RUN, *WIDE])
def test_a_spreadsheet_runs_no_formula(files, name):
    quoted = name.replace('"', '""')
    (files / "class.csv").write_text(f'student,macs\n"{quoted}","=HYPERLINK(""http://x"")"\nada,1\n')
    done = run("check", "hw.yaml", "class.csv", "--format", "csv")
    assert done.exit_code == 1
    for row in csv.reader(io.StringIO(done.stdout)):
        for cell in row:
            assert not re.search(r"(\A|;)\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell)


@pytest.mark.parametrize("hidden", ["\u202e", "\u009b", "\u200b", "\u2066", "\x1b[31m"])
@pytest.mark.parametrize("form", ["json", "csv", "md", None])
def test_hostile_text_of_answers_is_written_as_escapes(files, hidden, form):
    (files / "class.csv").write_text(f"student,macs{hidden},size\nada{hidden}x,1,7{hidden}6\nbob,3 {hidden}k,\n")
    done = run("check", "hw.yaml", "class.csv", *(("--format", form) if form else ()))
    assert done.exit_code in (1, 2)
    for text in (done.stdout, done.stderr):
        assert hidden[0] not in text
        assert not [character for character in text if not (character.isprintable() or character in "\n\xa0")]
    if form == "json":
        assert json.loads(done.stdout)["students"][0]["student"] == f"ada{hidden}x"  # as JSON escapes it


def test_nor_one_that_parts_cells_by_semicolons(files):
    (files / "class.csv").write_text('student,macs\n"x;=cmd()",1\n')
    assert (
        run("check", "hw.yaml", "class.csv", "--format", "csv").stdout.splitlines()[1] == "x;'=cmd(),0,0,0,0,3.500000"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_among_the_answers_is_not_waited_for(files):
    os.mkfifo(files / "bob.yaml")
    done = run("check", "hw.yaml", "bob.yaml", "ada.yaml")
    assert (done.exit_code, done.stderr) == (2, "error: cannot read `bob.yaml`: a pipe, which may never end\n")
    assert "ada" in done.stdout


@pytest.mark.parametrize("form", ["table", "md", "latex", "html", "csv", "gradescope"])
def test_nothing_prints_an_escape(files, form):
    (files / "class.csv").write_text("student,macs,size\n\x1b]0;owned\x07eve,\x1b[31m75\x1b[0m,[red]1[/red]\n")
    done = run("check", "hw.yaml", "class.csv", "--format", form)
    assert done.exit_code == 1
    assert not set(done.output) & {"\x1b", "\x07"}


def test_a_yaml_of_a_stranger_is_bounded(files):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n"
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    (files / "bomb.yaml").write_text(bomb + "answers: *i\n")
    (files / "tag.yaml").write_text("answers: !!python/object/apply:os.system ['touch owned']\n")
    (files / "dup.yaml").write_text("answers: {macs: 1, macs: 10800}\n")
    done = run("check", "hw.yaml", "bomb.yaml", "tag.yaml", "dup.yaml", "ada.yaml", "nobody.yaml")
    assert done.exit_code == 2
    assert "error: aliases write out more than 65,536 characters" in done.stderr
    assert "is a YAML tag, of which a file of answers has none" in done.stderr
    assert "dup.yaml:1:20: error: duplicate key `macs`" in done.stderr
    assert "error: cannot read `nobody.yaml`: no such file or directory" in done.stderr
    assert "ada         2     1    0.5     3.5  3.5" in done.stdout  # the rest is graded
    assert not (files / "owned").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("big.yaml", "error: `big.yaml` has 104,857,600 bytes; a file of answers has at most 262,144 (256 KiB)\n"),
        ("big.csv", "error: `big.csv` has 104,857,600 bytes; a class's answers has at most 4,194,304 (4,096 KiB)\n"),
    ],
)
def test_a_huge_file_is_refused_before_it_is_read(files, name, message):
    with open(files / name, "wb") as stream:
        stream.truncate(100 * 1024 * 1024)  # a hole: reading it would take memory, not disk
    done = run("check", "hw.yaml", name)
    assert (done.exit_code, done.stderr) == (2, message)


def test_nothing_in_a_file_of_answers_names_a_spec_or_opens_a_file(files):
    for text in ("{name}", "{0.__class__}", "{macs}", "/etc/passwd", "!include x", "`id`"):
        (files / "eve.yaml").write_text(f"student: '{text}'\nanswers: {{macs: '{text}'}}\n")
        assert answers("hw.yaml", "eve.yaml")["macs"]["verdict"] == "unreadable"


def test_a_row_of_commas_and_a_class_of_many_are_bounded(files):
    (files / "class.csv").write_text("student,macs\n" + "," * 1_000_000 + "\n")
    assert "a row of more than the header's 2 cells" in run("check", "hw.yaml", "class.csv").stderr
    (files / "class.csv").write_text("student,macs\n" + "".join(f"s{n},1\n" for n in range(5_001)))
    assert "error: more than 5,000 students" in run("check", "hw.yaml", "class.csv").stderr


def test_progress_is_for_terminals_alone(files):
    (files / "class.csv").write_text(CLASS)
    done = subprocess.run(
        [sys.executable, "-m", "costcalc", "check", "hw.yaml", "class.csv"],
        capture_output=True,
        check=False,
    )
    assert b"grading" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals here")
def test_a_terminal_that_waits_is_told(files, monkeypatch):
    from costcalc.cli import output

    monkeypatch.setattr(output, "PATIENCE", -1.0)
    monkeypatch.setattr(output.sys, "stderr", type("Tty", (io.StringIO,), {"isatty": lambda self: True})())
    monkeypatch.setattr(output, "REFRESH", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    assert list(output.watched(iter("ab"), "grading", "students", 2)) == ["a", "b"]
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.sys.stderr.getvalue())
    assert {"0/2", "1/2"} <= {*re.findall(r"grading .*?(\d/2) students", text)}
    assert list(output.watched(iter("ab"), "sweeping", "settings", 9, lambda number: 7 + number)) == ["a", "b"]
    assert "8/9 settings" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.sys.stderr.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_that_waits_for_an_import_sees_its_steps(monkeypatch, terminal):
    from costcalc import importer
    from costcalc.cli import output

    monkeypatch.setattr(output, "PATIENCE", 0.0)
    monkeypatch.setattr(output, "REFRESH", 0.01)
    monkeypatch.setattr(output.sys, "stderr", type("Tty", (io.StringIO,), {"isatty": lambda self: terminal})())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    shown = output.sys.stderr

    def seen(text):
        for _ in range(3000 if terminal else 0):
            if re.search(text, shown.getvalue()):
                return
            time.sleep(0.01)
        assert not terminal, shown.getvalue()

    def read(wanted):
        wanted.step("reading net.onnx", 0.0)
        seen("reading net.onnx")
        wanted.step("writing the spec of net.onnx", 0.5)
        seen(r"writing the spec of net.onnx.*about [1-9]\d* s left")
        raise SpecError("enough")

    monkeypatch.setitem(importer.READERS, ".onnx", read)
    for args in (["import", "net.onnx"], ["report", "net.onnx"]):
        shown.truncate(0)
        command = main.get_command(None, args[0])
        with pytest.raises(SpecError, match="enough"):
            command.main(args[1:], standalone_mode=False)
        assert bool(shown.getvalue()) == terminal


# assignments


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("{ask: macs}", "hw.yaml:3:5: error: a question needs `id`"),
        ("{id: q, ask: mac, spec: vgg16}", "hw.yaml:3:18: error: `ask`: unknown name `mac`; did you mean `macs`?"),
        ("{id: q, ask: macs}", "hw.yaml:3:5: error: a question is about a `layer` with its input `in`, or about a `spec`: give one of them"),
        ("{id: q, ask: macs, layer: {op: conv, k: 3, c: 8}}", "hw.yaml:3:31: error: a `layer` needs `in`, its input: [channels, height, width]"),
        ("{id: q, ask: macs, spec: vgg16, in: 3x8x8}", "hw.yaml:3:41: error: `in` is only allowed with `layer`"),
        ("{id: q, ask: macs, spec: vgg61}", "hw.yaml:3:30: error: no bundled spec `vgg61`"),
        ("{id: q, ask: macs, spec: vgg16, part: nope}", "hw.yaml:3:43: error: `vgg16` has no layer, block or stage `nope` (paths are `conv1`, `conv1#2`, `maxpool1`, `conv2`, `conv2#2`, `maxpool2` and so on; numbers are 0 to 23)"),
        ("{id: q, ask: macs, spec: vgg16, kind: Conv 3x4}", "hw.yaml:3:43: error: vgg16 has no kind `Conv 3x4`; available: `Conv 3x3`, `Max pool`, `FC`, `Dropout`, `Softmax`"),
        ("{id: q, ask: macs, spec: vgg16, rel: 1 %, digits: 3}", "hw.yaml:3:42: error: `rel`, `digits` are several tolerances: give one"),
        ("{id: q, ask: macs, spec: vgg16, digits: 0}", "hw.yaml:3:45: error: `digits` must be a whole number from 1 to 15, not `0`"),
        ("{id: q, ask: macs, spec: vgg16, points: many}", "hw.yaml:3:45: error: `points` must be a number such as 2 or 0.5, not `many`"),
        ("{id: q, ask: macs, spec: vgg16, dtype: fp32}", "hw.yaml:3:44: error: `dtype` asks for the bytes of elements: `params`, `weights`, `bias`, `norm`, `stats`, `activations`; it goes with `bytes`, `features`, `peak`, `largest`, `traffic`, `intensity` too"),
        ("{id: q, ask: macs, spec: vgg16, convention: trainable}", "hw.yaml:3:49: error: unknown convention `trainable` for `macs`; available: `conv+fc`, `conv`, `burden`, `fvcore`, `torchprofile`, `thop`, `torchinfo`, `ptflops`, `ptflops-aten`, `flopcounter`, `timm`"),
        ("{id: q, text: 'with {k}', ask: macs, spec: vgg16}", "hw.yaml:3:20: error: no value `k` to fill in: nothing is drawn here"),
        ("{id: q, ask: macs, spec: vgg16, kind: FC, versus: {spec: vgg16, kind: Dropout}}", "hw.yaml:3:10: error: what question `q` divides by is 0"),
    ],
)  # fmt: skip
def test_a_wrong_assignment_is_told_where(files, question, message):
    (files / "hw.yaml").write_text(f"title: T\nquestions:\n  - {question}\n")
    done = run("check", "hw.yaml", "ada.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == message


def test_a_drawn_value_that_nothing_reads_is_told(files):
    text = "title: T\ndraw: {k: [3, 5], c: [8], kk: [1, 2]}\nquestions:\n"
    text += "  - {id: q, text: 'on {c} channels', ask: macs, layer: {op: dwconv, k: k}, in: [c, 8, 8]}\n"
    (files / "hw.yaml").write_text(text)
    done = run("exercise", "hw.yaml", "--seed", "1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "hw.yaml:2:27: error: nothing reads the drawn value `kk`"


def test_lint_finds_every_error_of_an_assignment(files):
    (files / "hw.yaml").write_text("title: T\nquestions:\n  - {id: a, ask: mac, spec: vgg16}\n  - {id: a, ask: macs}\n")
    done = run("lint", "hw.yaml")
    assert done.exit_code == 2
    assert [line.split(": ")[0] for line in done.stdout.splitlines() if "error: " in line] == [
        "hw.yaml:3:18",
        "hw.yaml:4:5",
    ]


def test_the_bundled_assignments_are_right():
    assert bundled(ASSIGNMENTS) == ["compact_architectures", "single_layers", "whole_networks"]
    assert run("lint", *(f"{folder()}/assignments/{name}.yaml" for name in bundled(ASSIGNMENTS))).exit_code == 0
    for name in bundled(ASSIGNMENTS):
        assignment = load_assignment(name)
        assert all(question.text for question in assignment.questions)


# by hand, and from the lecture's construction rules: never from this program
KEYS = {
    "dw_params": 75,
    "dw_macs": 10_800,
    "stem_macs": 3 * 3 * 3 * 32 * 112 * 112,
    "valid_macs": 7 * 7 * 3 * 96 * 109 * 109,
    "separable": (3 * 3 * 64 + 64 * 128) * 56 * 56,
    "speedup": 9 * 128 / (9 + 128),
    "grouped": 240 * 240 // 3,
    "fc": 1024 * 1000 + 1000,
    "v1_macs": 568_740_352,
    "v1_params": 4_231_976,
    "pointwise": 0.948574,
    "full": 4_867_293_184 / 568_740_352,
    "half": 149_497_088,
    "v2_macs": 300_774_272,
    "squeezenet": 4 * 1_248_424,
    "nine_times": 9 * 512 / (9 + 512),
    "pointwise_macs": 0.948574,
    "pointwise_weights": 0.745906,
    "fire2": 16 * (96 + 1) + 64 * (16 + 1) + 64 * (9 * 16 + 1),
    "shuffle": 28 * 28 * (240 * 60 // 3 + 9 * 60 + 60 * 240 // 3),
    "compressed": 473_044,
    "epoch": 1_281_167 / 9.5 / 3600,
    "resnet_stage": 2 * 9 * 512 * 512 + 9 * 256 * 512 + 9 * 512 * 512 + 256 * 512 + 10 * 512,
}


def test_the_keys_of_the_bundled_assignments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nobody.yaml").write_text("answers: {}\n")
    found = {
        question: answer["right"]
        for name in bundled(ASSIGNMENTS)
        for question, answer in answers(name, "nobody.yaml").items()
    }
    assert found.pop("stem_out") == [32, 112, 112]
    assert [found.pop(name) for name in ("resolution", "groups", "budget")] == ["b", 3, 0.5]
    assert found == pytest.approx(KEYS, rel=1e-6)


# exercises

TEMPLATE = """title: A layer of your own
draw:
  k: [3, 5, 7]
  c: {from: 16, to: 64, by: 16}
  g: [2, 3, 4]
  net: [mobilenet_v1, squeezenet]
questions:
  - {id: macs, text: "A {k}x{k} conv of {c} filters, {g} groups, on 24x56x56?", ask: macs, layer: {op: conv, k: k, c: c, g: g}, in: 24x56x56}
  - {id: net, text: "Parameters of {net}?", ask: params, spec: "{net}"}
"""  # fmt: skip


@pytest.fixture
def template(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "students.csv").write_text('student,mail\nada,a@x\n"Lovelace, B.",b@x\n')
    return tmp_path


def test_the_same_seed_draws_the_same_values(template):
    sheet = run("exercise", "t.yaml", "--seed", "7").stdout
    assert sheet == run("exercise", "t.yaml", "--seed", "7").stdout
    assert sheet == (
        "# A layer of your own\n\n"
        "1. `macs` (1 point): A 5x5 conv of 16 filters, 4 groups, on 24x56x56?\n"
        "2. `net` (1 point): Parameters of squeezenet?\n"
    )
    assert len({run("exercise", "t.yaml", "--seed", str(seed)).stdout for seed in range(20)}) > 10


def test_the_draw_is_the_one_that_is_documented(template):
    from hashlib import sha256

    drawn = int(sha256(b"7//0/k").hexdigest(), 16) % 3
    assert (3, 5, 7)[drawn] == 5


def test_values_that_do_not_fit_are_drawn_again(template):
    for seed in range(30):
        sheet = run("exercise", "t.yaml", "--seed", str(seed)).stdout
        c, g = map(int, re.search(r"conv of (\d+) filters, (\d+) groups", sheet).groups())
        assert c % g == 0
    (template / "t.yaml").write_text(TEMPLATE.replace("g: [2, 3, 4]", "g: [5]"))
    done = run("exercise", "t.yaml", "--seed", "1")
    assert done.exit_code == 2
    assert "error: groups of 5 do not divide the 24 input channels" in done.stderr


def test_a_drawn_assignment_grades_each_student_by_their_own_values(template):
    done = run("exercise", "t.yaml", "--seed", "7", "--for", "students.csv", "--assignment", "d.yaml")
    assert done.exit_code == 0
    assert done.stdout.count("# A layer of your own") == 2
    assert "Lovelace, B." in done.stdout
    text = (template / "d.yaml").read_text()
    assert text.startswith(TEMPLATE)
    values = re.findall(r"k: (\d+), c: (\d+), g: (\d+)", text)
    macs = [int(k) ** 2 * 24 // int(g) * int(c) * 56 * 56 for k, c, g in values]
    (template / "class.csv").write_text(f'student,macs\nada,{macs[0]}\n"Lovelace, B.",{macs[1]}\ncid,1\n')
    checked = run("check", "d.yaml", "class.csv")
    assert checked.exit_code == 2
    assert "class.csv:4:1: error: the assignment has no values for student `cid`" in checked.stderr
    assert [line.split()[-4] for line in checked.stdout.splitlines()[3:5]] == ["1", "1"]


@pytest.mark.parametrize("name", ["José 😀", "🇨🇭", 'quo"te', "back\\slash", "{k: 1}", "# hash", "null", "1e3"])
def test_whatever_a_student_is_called_their_values_are_found(template, name):
    quoted = name.replace('"', '""')
    (template / "students.csv").write_text(f'student\n"{quoted}"\n')
    assert run("exercise", "t.yaml", "--seed", "7", "--for", "students.csv", "--assignment", "d.yaml").exit_code == 0
    done = run("check", "d.yaml", "students.csv")
    assert (done.exit_code, done.stderr) == (1, "")


def test_a_name_that_no_assignment_can_hold_is_refused(template):
    (template / "students.csv").write_text("student\nada\na\x1b[31mb\n")
    done = run("exercise", "t.yaml", "--seed", "7", "--for", "students.csv", "--assignment", "d.yaml")
    assert done.exit_code == 2
    told = "students.csv:3:1: error: student `a\\x1b[31mb` contains an invisible character"
    assert done.stderr.splitlines()[0] == told
    assert not (template / "d.yaml").exists()


def test_no_sheet_holds_a_key(template):
    for form in ("md", "latex"):
        sheet = run("exercise", "whole_networks", "--seed", "1", "--format", form).stdout
        for key in KEYS.values():
            assert str(key) not in sheet
            assert not isinstance(key, int) or f"{key:,}" not in sheet


def test_a_template_is_not_graded_and_a_drawn_one_not_drawn_again(template):
    (template / "ada.yaml").write_text("answers: {macs: 1}\n")
    done = run("check", "t.yaml", "ada.yaml")
    assert done.exit_code == 2
    assert (
        done.stderr.splitlines()[0]
        == "t.yaml:1:1: error: the assignment is a template: `costcalc exercise` draws its values"
    )
    run("exercise", "t.yaml", "--seed", "7", "--assignment", "d.yaml")
    assert run("check", "d.yaml", "ada.yaml").exit_code == 1
    again = run("exercise", "d.yaml", "--seed", "7")
    assert again.exit_code == 2
    assert "the values are already drawn; a template must not have `given` or `students`" in again.stderr
    assert "exists: --force replaces it" in run("exercise", "t.yaml", "--seed", "7", "--assignment", "d.yaml").stderr


def test_a_sheet_in_latex_escapes_what_it_prints(template):
    (template / "t.yaml").write_text(
        "title: 100% of_it\nquestions:\n  - {id: q_1, text: 'a & b?', ask: macs, spec: vgg16}\n"
    )
    done = run("exercise", "t.yaml", "--seed", "1", "-o", "sheet.tex")
    assert done.exit_code == 0
    assert (template / "sheet.tex").read_text() == (
        "\\section*{100\\% of\\_it}\n\\begin{enumerate}\n  \\item \\texttt{q\\_1} (1 point): a \\& b?\n\\end{enumerate}\n"
    )


@pytest.mark.parametrize(
    ("spec", "text", "verdict"),
    [
        ("resnet50", "8.18 GFLOPs", "rounded"),
        ("mobilenet_v1", "1.14 GFLOPs", "rounded"),
        ("mobilenet_v1", "1137480704 FLOPs", "right"),
        ("mobilenet_v1", "1.15 GFLOPs", "wrong"),
        ("mobilenet_v1", "1.13 GFLOPs", "wrong"),
    ],
)
def test_operations_are_held_against_multiply_accumulates_in_their_own_digits(spec, text, verdict):
    (answer,) = costcalc.check(spec, macs=text)["students"][0]["answers"]
    assert (answer["verdict"], answer["accepted"]) == (verdict, verdict != "wrong")
