"""What assignments may ask beside figures, what a wrong answer still gets, and lint that poses every question."""

import json
import os
import re

import pytest
from running import CliRunner

from costcalc.cli import main
from costcalc.specfile import folder
from costcalc.teaching.grading import keys, posing

OWN = "name: Mine\ninput: [3, 8, 8]\nlayers:\n  - {op: conv, k: 3, c: 4, name: first}\n  - {op: dwconv, k: 3, name: second}\n"


@pytest.fixture
def files(tmp_path, monkeypatch):
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "mine.yaml").write_text(OWN)
    (tmp_path / "secret.yaml").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args):
    done = CliRunner().invoke(main, list(args))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def homework(files, questions, **more):
    lines = ["title: T", *(f"{key}: {value}" for key, value in more.items()), "questions:"]
    (files / "hw.yaml").write_text("\n".join([*lines, *(f"  - {question}" for question in questions), ""]))


def grade(files, answers, *args):
    (files / "ada.yaml").write_text(f"student: ada\nanswers: {json.dumps(answers)}\n")
    done = run("check", "hw.yaml", "ada.yaml", "--format", "json", *args)
    assert done.exit_code in (0, 1), done.stderr
    return {answer["question"]: answer for answer in json.loads(done.stdout)["students"][0]["answers"]}


# what may be asked; every right value here is by hand or from a paper, never from this program

ASKED = [
    ("ask: choice, choices: {a: yes, b: {text: no, why: because}}, right: a", {"a": "right", "(A)": "right", "a: yes": "right", "Yes": "right", "b": "wrong", "c": "unreadable", "": "missing"}),
    ("ask: value, is: 75", {"75": "right", "76": "wrong", "7 MB": "unit"}),
    ("ask: value, is: 4.8 MB", {"4.8 MB": "right", "4,800,000": "right", "4.9 MB": "wrong", "5M": "unit"}),
    ("ask: value, is: 4.8 MB, digits: 1", {"5 MB": "rounded", "6 MB": "wrong"}),
    ("ask: value, is: 94.86 %", {"94.86 %": "right", "0.9486": "right", "90 %": "wrong"}),
    ("ask: value, is: 112x112x32", {"112x112x32": "right", "32x112x112": "right", "112x32": "wrong", "5": "unit"}),
    ("ask: hours, images: 1281167, rate: 9.5, digits: 4", {"37.46 h": "rounded", "37.46": "rounded", "37.46 hours": "rounded", "40 h": "wrong"}),
    ("ask: fit, spec: mobilenet_v1, over: {width: [0.25, 0.5, 0.75, 1]}, budget: {macs: 200M}", {"0.5": "right", "0.75": "wrong"}),
    ("ask: fit, spec: mobilenet_v1, over: {width: {from: 0.25, to: 1, by: 0.25}}, budget: {macs: 326M, params: 1.5M}", {"0.5": "right"}),
    ("ask: fit, spec: mobilenet_v1, over: {res: [128, 160, 192, 224]}, budget: {macs: 418.7M}", {"192": "right"}),
    ("ask: compressed, spec: squeezenet", {"473,044": "right", "0.47 MB": "rounded", "315,826": "wrong"}),
    ("ask: compressed, spec: squeezenet, layout: deep-compression, digits: 2", {"0.67 MB": "rounded", "0.47 MB": "wrong"}),
    ("ask: compressed, layer: {op: fc, c: 10, bias: false}, in: 16x1x1, bits: 8, density: 0.5", {str(80 + 40): "right"}),
    ("ask: peak, layer: [{op: conv, k: 1, c: 4}, {op: relu}], in: 4x2x2, dtype: int8", {"32": "right"}),
    ("ask: peak, policy: no-input, layer: [{op: conv, k: 1, c: 4}, {op: relu}], in: 8x2x2, dtype: int8", {"32": "right", "48": "wrong"}),
    ("ask: features, layer: [{op: conv, k: 1, c: 4}, {op: conv, k: 1, c: 2}], in: 8x2x2, dtype: int8", {"24": "right"}),
    # in place the relu writes nothing; the 32 weights count beside; in place a depthwise convolution takes a channel
    ("ask: features, layer: [{op: conv, k: 1, c: 4}, {op: relu}], in: 8x2x2, dtype: int8", {"32": "right", "16": "wrong"}),
    ("ask: features, policy: inplace-act, layer: [{op: conv, k: 1, c: 4}, {op: relu}], in: 8x2x2, dtype: int8", {"16": "right", "32": "wrong"}),
    ("ask: features, policy: [inplace-act, weights], layer: [{op: conv, k: 1, c: 4}, {op: relu}], in: 8x2x2, dtype: int8", {"48": "right"}),
    ("ask: features, policy: inplace-depthwise, layer: [{op: conv, k: 1, c: 4}, {op: dwconv, k: 3}], in: 8x2x2, dtype: int8", {"20": "right", "32": "wrong"}),
    ("ask: features, policy: no-input, layer: [{op: conv, k: 1, c: 4}], in: 8x2x2, dtype: int8", {"16": "right"}),
    ("ask: text", {"anything": "collected", "": "missing"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answers"), ASKED)
def test_what_may_be_asked(files, question, answers):
    homework(files, [f"{{id: q, {question}}}"])
    assert {text: grade(files, {"q": text})["q"]["verdict"] for text in answers} == answers


def test_a_wrong_choice_has_its_reason_and_a_text_costs_nothing(files):
    homework(
        files, ["{id: q, ask: choice, choices: {a: yes, b: {text: no, why: because}}, right: a}", "{id: t, ask: text}"]
    )
    found = grade(files, {"q": "b", "t": "hm"})
    assert (found["q"]["message"], found["q"]["right"]) == ("because; the right answer is a: yes", "a")
    assert (found["t"]["points"], found["t"]["accepted"], found["t"]["right"]) == (0, True, None)
    assert grade(files, {"q": "b"}, "--feedback", "cause")["q"]["message"] == "wrong; because"
    assert grade(files, {"q": "b"}, "--feedback", "hint")["q"]["message"] == "wrong; another answer is right"


def test_parts_share_what_stands_beside_them(files):
    question = (
        "{id: fire, text: Of fire2, spec: squeezenet, part: fire2, parts: [{id: a, text: 'how many?', ask: params}, "
        "{id: b, ask: weights, points: 2}, {id: c, ask: params, layer: {op: fc, c: 2}, in: 3x1x1}]}"
    )
    homework(files, [question, "{id: last, text: 'And?', ask: params, spec: squeezenet}"])
    found = grade(files, {"fire_a": "11,920", "fire_b": "11,776", "fire_c": "8", "last": "1,248,424"})
    assert [(name, answer["verdict"], answer["points"]) for name, answer in found.items()] == [
        ("fire_a", "right", 1), ("fire_b", "right", 2), ("fire_c", "right", 1), ("last", "right", 1),
    ]  # fmt: skip
    assert run("exercise", "hw.yaml", "--seed", "1").stdout == (
        "# T\n\n1. Of fire2\n   (a) `fire_a` (1 point): how many?\n   (b) `fire_b` (2 points): \n"
        "   (c) `fire_c` (1 point): \n2. `last` (1 point): And?\n"
    )
    assert (
        r"\item[1a.] \texttt{fire\_a} (1 point): Of fire2 how many?"
        in run("exercise", "hw.yaml", "--seed", "1", "--format", "latex").stdout
    )


def test_part_kind_and_spec_may_be_drawn_and_values_print_as_answers_write_them(files):
    questions = [
        '{id: a, text: "{part} of {net}, {size} {flag}", ask: params, spec: "{net}", part: "{part}"}',
        '{id: b, ask: weights, spec: vgg16, kind: "Conv {side}x{side}"}',
        "{id: c, ask: value, is: 2 * k}",
        '{id: d, text: "{k}", ask: macs, layer: {op: conv, k: size, c: k}, in: 3x9x9}',
    ]
    draw = "{net: [squeezenet], part: [fire2], side: [3], size: [3x5], flag: [true], k: [4]}"
    homework(files, questions, draw=draw, given="{net: squeezenet, part: fire2, side: 3, size: 3x5, flag: true, k: 4}")
    found = grade(files, {"a": "11,920", "b": "14,710,464", "c": "8", "d": str(3 * 5 * 3 * 4 * 81)})
    assert [answer["verdict"] for answer in found.values()] == ["right"] * 4
    homework(files, questions, draw=draw)
    assert "`a` (1 point): fire2 of squeezenet, 3x5 true" in run("exercise", "hw.yaml", "--seed", "1").stdout


def test_a_folder_is_given_on_the_command_line_alone(files):
    homework(files, ["{id: q, ask: weights, spec: mine.yaml, part: second}"])
    assert grade(files, {"q": "36"}, "--files", "nets")["q"]["verdict"] == "right"
    assert run("exercise", "hw.yaml", "--seed", "1", "--files", "nets").exit_code == 0
    assert run("lint", "hw.yaml", "--files", "nets").exit_code == 0
    assert run("lint", "hw.yaml").stdout.splitlines()[0] == "hw.yaml:3:33: error: no bundled spec `mine.yaml`"
    os.symlink(files / "secret.yaml", files / "nets" / "link.yaml")
    for name in ("../secret.yaml", "link.yaml", "/etc/passwd", "../nets/../secret.yaml"):
        homework(files, [f"{{id: q, ask: weights, spec: {name}}}"])
        first = run("lint", "hw.yaml", "--files", "nets").stdout.splitlines()[0]
        assert first == f"hw.yaml:3:33: error: `{name}` is outside the folder `nets`, whose files alone may be named"


# credit

CREDIT = "{{id: q, ask: params, layer: {{op: conv, k: 3, c: 16, bias: true}}, in: 8x14x14, points: 4, credit: {{{}}}}}"


@pytest.mark.parametrize(
    ("credit", "answer", "points"),
    [
        ("bias-forgotten: 0.5", "1168", 4),
        ("bias-forgotten: 0.5", "1152", 2),
        ("bias-forgotten: 25 %", "1152", 1),
        ("bias-forgotten: 0.5", "1153", 0),
        ("2 digits: 0.5", "1200", 2),  # 1168 is 1200 to two digits; a half of the second digit is 50
        ("2 digits: 0.5", "1218", 2),
        ("2 digits: 0.5", "1219", 0),
        ("within 10 %: 0.25", "1284.8", 1),
        ("within 10 %: 0.25", "1284.9", 0),
        ("within 5: 0.25", "1173", 1),
        ("within 5: 0.25", "1174", 0),
        ("within 10 %: 0.25, bias-forgotten: 0.5, 3 digits: 0.75", "1152", 2),
        ("within 10 %: 0.25, bias-forgotten: 0.5", "1.2 MB", 0),
    ],
)
def test_credit(files, credit, answer, points):
    homework(files, [CREDIT.format(credit)])
    found = grade(files, {"q": answer})["q"]
    assert (found["points"], found["accepted"]) == (points, points == 4)


STEPS = [
    "{id: w, ask: weights, layer: {op: conv, k: 3, c: 16}, in: 8x14x14}",
    "{id: m, ask: macs, layer: {op: conv, k: 3, c: 16}, in: 8x14x14, follows: w}",
    "{id: f, ask: flops, layer: {op: conv, k: 3, c: 16}, in: 8x14x14, follows: m, by: m * 2}",
    "{id: o, ask: out, layer: {op: conv, k: 3, c: 16}, in: 8x14x14}",
    "{id: n, ask: macs, layer: {op: conv, k: 3, c: 16}, in: 8x14x14, follows: o}",
    "{id: r, ask: macs, layer: {op: conv, k: 3, c: 16}, in: 8x14x14, versus: {layer: {op: conv, k: 1, c: 16}, in: 8x14x14}, follows: [v, p]}",
    "{id: p, ask: macs, layer: {op: conv, k: 1, c: 16}, in: 8x14x14}",
    "{id: v, ask: macs, layer: {op: conv, k: 3, c: 16}, in: 8x14x14}",
]


@pytest.mark.parametrize(
    ("answers", "verdicts"),
    [
        ({"w": 1152, "m": 225792, "f": 451584}, ["right", "right", "right"]),
        ({"w": 1150, "m": 225400, "f": 450800}, ["wrong", "carried", "carried"]),
        ({"w": 1150, "m": 225401, "f": 450802}, ["wrong", "wrong", "carried"]),
        ({"w": 1150, "m": 225792, "f": 1}, ["wrong", "right", "wrong"]),
        ({"w": "many", "m": 225400, "f": 450800}, ["unreadable", "wrong", "carried"]),
        ({"w": 1152, "m": 225400, "f": 450800}, ["right", "wrong", "carried"]),
        ({"o": "7x7x16", "n": 56448}, ["wrong", "carried"]),
        ({"p": 25088, "v": 100000, "r": "3.99x"}, ["right", "wrong", "carried"]),
        ({"p": 25088, "v": 225792, "r": "9x"}, ["right", "right", "right"]),
    ],
)
def test_the_right_method_on_a_wrong_value_has_its_points(files, answers, verdicts):
    order = [step for step in STEPS if step[5] in answers]
    order.sort(key=lambda step: list(answers).index(step[5]))
    homework(files, order)
    found = grade(files, answers)
    assert [found[name]["verdict"] for name in answers] == verdicts
    assert [found[name]["points"] for name in answers] == [int(verdict in ("right", "carried")) for verdict in verdicts]


# lint poses

WRONG = [
    ("{id: q, ask: macs, spec: /etc/passwd}", "hw.yaml:3:30: error: no bundled spec `/etc/passwd`"),
    ("{id: q, ask: macs, spec: vgg16, at: {widht: 1}}", "hw.yaml:3:49: error: `vgg16` has no setting `widht`; available: `depth`, `norm`, `res`, `classes`, `adaptive`"),
    ("{id: q, ask: macs, spec: vgg16, part: nope}", "hw.yaml:3:43: error: `vgg16` has no layer, block or stage `nope` (paths are"),
    ("{id: q, ask: macs, spec: vgg16, kind: Conv 3x4}", "hw.yaml:3:43: error: vgg16 has no kind `Conv 3x4`"),
    ("{id: q, text: 'on {c}', ask: macs, spec: vgg16}", "hw.yaml:3:20: error: no value `c` to fill in: nothing is drawn here"),
    ("{id: q, ask: macs, layer: {op: conv, k: 9, c: 3, p: valid}, in: 3x8x8}", "hw.yaml:3:45: error: a window of 9 is larger than its input of 8"),
    ("{id: q, ask: fit, spec: mobilenet_v1, over: {width: [1]}, budget: {macs: 1}}", "hw.yaml:3:49: error: no value of `width` stays within the budget"),
    ("{id: q, ask: fit, spec: mobilenet_v1, over: {width: []}, budget: {macs: 1}}", "hw.yaml:3:57: error: `width` needs 1 to 200 numbers, or `{from: .., to: .., by: ..}`"),
    ("{id: q, ask: fit, spec: mobilenet_v1, over: {width: [1]}, budget: {mac: 1}}", "hw.yaml:3:72: error: `budget` has no key `mac`; did you mean `macs`?"),
    ("{id: q, ask: choice, choices: {a: 1, b: 2}, right: c}", "hw.yaml:3:56: error: `right` must be one of `a`, `b`, not `c`"),
    ("{id: q, ask: choice, choices: {a: 1}, right: a}", "hw.yaml:3:35: error: `choices` must be a map of two answers or more"),
    ("{id: q, ask: value}", "hw.yaml:3:18: error: `ask: value` needs `is`"),
    ("{id: q, ask: value, is: many}", "hw.yaml:3:29: error: cannot read `many` as a number"),
    ("{id: q, ask: value, is: 3, spec: vgg16}", "hw.yaml:3:38: error: `spec` is not allowed with `ask: value`"),
    ("{id: q, ask: macs, spec: vgg16, is: 3}", "hw.yaml:3:41: error: `is` goes with `ask: value`"),
    ("{id: q, ask: macs, spec: vgg16, policy: weights}", "hw.yaml:3:45: error: `policy` goes with `ask: peak` or `ask: features`"),
    ("{id: q, ask: peak, spec: vgg16, policy: weihgts}", "hw.yaml:3:45: error: unknown policy `weihgts`; did you mean `weights`?"),
    ("{id: q, ask: hours, images: 10, rate: 0}", "hw.yaml:3:43: error: a number above 0 is expected"),
    ("{id: q, ask: macs, spec: vgg16, credit: {no-bias: 0.5}}", "hw.yaml:3:46: error: unknown mistake `no-bias`"),
    ("{id: q, ask: macs, spec: vgg16, credit: {2 digits: 2}}", "hw.yaml:3:56: error: `2 digits` must be a share such as 30 % or 0.3, not `2`"),
    ("{id: q, ask: macs, spec: vgg16, follows: p}", "hw.yaml:3:46: error: `follows` must name a question before `q`, not `p`"),
    ("{id: q, ask: macs, spec: vgg16, by: 2 * p}", "hw.yaml:3:41: error: `by` goes with `follows`"),
    ("{id: q, parts: []}", "hw.yaml:3:20: error: `parts` must be a list of 1 to 26 questions, not a list"),
    ("{id: q, spec: vgg16, parts: [{id: a, ask: macs, parts: []}]}", "hw.yaml:3:60: error: a part has no `parts` of its own"),
    ("{id: q, spec: vgg16, parts: [{id: a, ask: macs, part: no}]}", "hw.yaml:3:59: error: `vgg16` has no layer, block or stage `no` (paths are"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "message"), WRONG)
def test_lint_poses_every_question(files, question, message):
    homework(files, [question])
    done = run("lint", "hw.yaml")
    assert done.exit_code == 2
    assert done.stdout.splitlines()[0].startswith(message)


DRAWS = [
    ("{k: [3, 0, 5]}", "{id: q, ask: macs, layer: {op: conv, k: k, c: 8}, in: 3x8x8}", ["hw.yaml:4:45: error: `k` must be at least 1, not 0", "at k 0"]),
    ("{w: [0.5, -1]}", "{id: q, ask: macs, spec: mobilenet_v1, at: {width: w}}", ["hw.yaml:4:30: error: `mobilenet_v1`: `c` must be at least 1, not -32", "at w -1"]),
    ("{p: [fire2, fire20]}", '{id: q, ask: params, spec: squeezenet, part: "{p}"}', ["hw.yaml:4:51: error: `squeezenet` has no layer, block or stage `fire20`", "at p fire20"]),
    ("{n: [vgg16, vgg61]}", '{id: q, ask: params, spec: "{n}"}', ["hw.yaml:4:33: error: no bundled spec `vgg61`", "at n vgg61"]),
    ("{k: {from: 1, to: 400}, c: {from: 1, to: 400}, g: [7]}", "{id: q, ask: macs, layer: {op: conv, k: 3, c: c, g: g, p: k}, in: 3x8x8}", ["hw.yaml:4:", "at c 1, g 7, k 1"]),
    ("{g: [2, 3], c: [6, 9]}", "{id: q, ask: macs, layer: {op: conv, k: 1, c: c, g: g}, in: 6x8x8}", []),  # 9 fits with 3 alone, which will do
]  # fmt: skip


@pytest.mark.parametrize(("draw", "question", "expected"), DRAWS)
def test_lint_poses_what_may_be_drawn(files, draw, question, expected):
    homework(files, [question], draw=draw)
    done = run("lint", "hw.yaml")
    assert done.exit_code == (2 if expected else 0), done.stdout
    lines = done.stdout.splitlines()
    assert not expected or (lines[0].startswith(expected[0]) and expected[1] in lines)


def test_what_lint_poses_is_bounded(files, monkeypatch):
    built = []
    attempt = keys.attempt
    monkeypatch.setattr(keys, "attempt", lambda *args: built.append(1) or attempt(*args))
    questions = [
        f"{{id: q{number}, ask: macs, layer: {{op: conv, k: 3, c: c, p: k}}, in: 3x8x8}}" for number in range(20)
    ]
    homework(files, questions, draw="{k: {from: 1, to: 900}, c: {from: 1, to: 900}}")
    assert run("lint", "hw.yaml").exit_code == 0
    assert len(built) <= posing.MOST + len(questions) * 2


def test_lint_poses_what_was_drawn_for_each_student(files):
    students = "{ada: {k: 3}, bob: {k: 0}, eve: {k: 0}}"
    homework(
        files, ["{id: q, ask: macs, layer: {op: conv, k: k, c: 8}, in: 3x8x8}"], draw="{k: [3, 5]}", students=students
    )
    lines = run("lint", "hw.yaml").stdout.splitlines()
    assert (lines[0], lines[-1]) == (
        "hw.yaml:5:45: error: `k` must be at least 1, not 0",
        "1 file: 1 error, 0 warnings",
    )


def test_lint_compares_a_method_with_the_right_value(files):
    homework(files, [*STEPS[:1], STEPS[2].replace("follows: m, by: m * 2", "follows: w, by: w * 2")])
    assert run("lint", "hw.yaml").stdout.splitlines()[0] == (
        "hw.yaml:4:86: error: `by` gives 2,304 on the right values of `w`, and the right value is 451,584"
    )
    homework(files, [STEPS[6], "{id: q, ask: params, spec: vgg16, follows: p}"])
    assert run("lint", "hw.yaml").stdout.splitlines()[0] == (
        "hw.yaml:4:48: error: how `q` follows from `p` is not known: add `by`, such as `by: p * 2`"
    )


# exercises read back

QUESTION = "{id: q, text: 'k {k}', ask: macs, layer: {op: conv, k: k, c: 8}, in: [3, 8, 8]}"


@pytest.mark.parametrize(
    "template",
    [
        f"title: T\ndraw: {{k: [3, 5]}}\nquestions:\n  - {QUESTION}\n",
        f"title: T\ndraw: {{k: [3, 5]}}\nquestions:\n  - {QUESTION}\n...\n",
        f"---\ntitle: T\ndraw: {{k: [3, 5]}}\nquestions:\n  - {QUESTION}\n... # the end\n# more\n",
        f"title: T\ndraw: {{k: [3, 5]}}\nquestions:\n  - {QUESTION}",
        f"{{title: T, draw: {{k: [3, 5]}}, questions: [{QUESTION}]}}\n",
        f"{{title: T, draw: {{k: [3, 5]}}, questions: [{QUESTION}],}} # a map {{of all}}\n",
        f"{{title: T, draw: {{k: [3, 5]}}, questions: [{QUESTION}]\n}}\n...\n",
    ],
)
@pytest.mark.parametrize("students", [(), ("--for", "class.csv")])
def test_what_exercise_writes_reads_back(files, template, students):
    (files / "t.yaml").write_text(template)
    (files / "class.csv").write_text("student\nada\n'b: {c}'\n")
    done = run("exercise", "t.yaml", "--seed", "1", *students, "--assignment", "d.yaml")
    assert (done.exit_code, done.stderr) == (0, "")
    (files / "ada.yaml").write_text("student: ada\nanswers: {q: 13824}\n")  # 3 * 3 * 3 * 8 * 64
    lint = run("lint", "d.yaml")
    assert (lint.exit_code, lint.stdout) == (0, "1 file: 0 errors, 0 warnings\n")
    data = json.loads(run("check", "d.yaml", "ada.yaml", "--format", "json").stdout)
    k = 3 if "k 3" in done.stdout.partition("`q`")[2][:20] else 5
    assert data["students"][0]["answers"][0]["right"] == k * k * 3 * 8 * 64


# what a class got wrong, and what changes


def test_a_summary_counts_mistakes_as_a_table_and_as_bars(files):
    homework(
        files,
        [
            CREDIT.format("2 digits: 0.5"),
            "{id: c, ask: choice, choices: {a: 1, b: {text: 2, why: it is not}}, right: a}",
        ],
    )
    (files / "class.csv").write_text("student,q,c\nada,1168,a\nbob,1152,b\ncy,1152,b\neve,,\n")
    done = run("check", "hw.yaml", "class.csv", "--summary")
    assert (done.exit_code, done.stderr) == (1, "")
    rows = [
        [cell for cell in re.split(" {2,}", line.strip()) if "█" not in cell] for line in done.stdout.splitlines()[3:]
    ]
    assert rows == [
        ["q", "1", "25.00 %", "right"],
        ["2", "50.00 %", "left the biases out"],
        ["1", "25.00 %", "missing"],
        ["c", "1", "25.00 %", "right"],
        ["2", "50.00 %", "wrong: it is not"],
        ["1", "25.00 %", "missing"],
    ]
    data = json.loads(run("check", "hw.yaml", "class.csv", "--summary", "--format", "json").stdout)
    assert (data["size"], data["summary"][1]) == (
        4,
        {"question": "q", "students": 2, "share": 0.5, "what": "left the biases out"},
    )
    svg = run("check", "hw.yaml", "class.csv", "--summary", "-o", "s.svg")
    assert (svg.exit_code, (files / "s.svg").read_text().startswith("<svg")) == (1, True)


def test_whose_points_a_corrected_assignment_changes(files):
    homework(files, [CREDIT.format("2 digits: 0.5"), "{id: c, ask: value, is: 3}"])
    (files / "old.yaml").write_text((files / "hw.yaml").read_text())
    homework(files, [CREDIT.format("bias-forgotten: 0.75"), "{id: c, ask: value, is: 3}"])
    (files / "class.csv").write_text("student,q,c\nada,1168,3\nbob,1152,3\neve,1180,3\n")
    data = json.loads(run("check", "hw.yaml", "class.csv", "--before", "old.yaml", "--format", "json").stdout)
    assert [tuple(change.values()) for change in data["changes"]] == [
        ("bob", "q", "1152", 2, 3, 3, 4),
        ("eve", "q", "1180", 2, 0, 3, 1),
    ]
    assert "changed  2 of 3 students" in run("check", "hw.yaml", "class.csv", "--before", "old.yaml").stdout
    assert run("check", "hw.yaml", "class.csv", "--before", "old.yaml", "--summary").exit_code == 2
    assert run("check", "vgg16", "--macs", "1G", "--summary").exit_code == 2


# whose working it is


def test_the_working_is_that_of_the_part(files):
    homework(
        files,
        [
            "{id: q, ask: params, spec: squeezenet, part: fire2}",
            "{id: g, ask: macs, layer: {op: conv, k: 1, c: 240, g: 3}, in: 240x28x28}",
        ],
    )
    found = grade(files, {"q": 11000, "g": 123})
    assert found["q"]["message"].endswith(
        "fire2/squeeze 1 * 1 * 96 * 16 + 16 = 1,552; fire2/expand1x1 1 * 1 * 16 * 64 + 64 = 1,088; "
        "fire2/expand3x3 3 * 3 * 16 * 64 + 64 = 9,280; in all 11,920"
    )
    assert "1 * 1 * (240 / 3) * 240 * 28 * 28 = 15,052,800" in found["g"]["message"]


@pytest.mark.parametrize(
    ("answer", "layers"),
    [
        ("10832", ["expand1x1: weights = k_h * k_w * (c_in / g) * c_out = 1 * 1 * 16 * 64 = 1,024"]),  # left out
        ("13472", ["squeeze: weights = k_h * k_w * (c_in / g) * c_out = 1 * 1 * 96 * 16 = 1,536"]),  # counted twice
    ],
)
def test_the_working_of_the_layer_that_is_wrong_is_shown(files, answer, layers):
    homework(files, ["{id: q, ask: params, spec: squeezenet, part: fire2}"])
    message = grade(files, {"q": answer})["q"]["message"]
    assert all(f"fire2/{layer}" in message for layer in layers)
    assert "3 * 3 * 16 * 64" not in message


def test_a_block_is_explained_with_all_its_formulas():
    text = run("explain", "squeezenet", "fire2").stdout
    for numbers in ("1 * 1 * 96 * 16 ", "1 * 1 * 16 * 64 ", "3 * 3 * 16 * 64 ", "3 * 3 * 16 * 64 * 55 * 55"):
        assert numbers in text
    data = run("explain", "squeezenet", "fire2", "--format", "csv").stdout
    assert data.splitlines()[0].startswith("path,kind,in,out,params")


def test_the_lectures_questions_are_asked_and_right(files):
    answers = {
        "dw_params": "75", "dw_macs": "10,800", "nine_times": "9x", "pointwise_macs": "94.86 %", "pointwise_weights": "74.59 %",
        "groups": "3x", "fire2": "11,920", "budget": "0.5", "resolution": "b", "shuffle": "7,949,760", "compressed": "0.47 MB",
        "epoch": "37.46 h",
    }  # fmt: skip
    path = os.path.join(folder(), "assignments", "compact_architectures.yaml")
    assert run("lint", path).exit_code == 0
    cells = ",".join(f'"{text}"' for text in answers.values())
    (files / "class.csv").write_text(f"student,{','.join(answers)}\nada,{cells}\n")
    done = run("check", "compact_architectures", "class.csv", "--format", "json")
    assert done.exit_code == 0
    assert len(json.loads(done.stdout)["students"][0]["answers"]) == 12


def test_a_list_of_students_may_be_an_export(files):
    homework(files, [QUESTION], draw="{k: [3, 5]}", student="Email Address")
    (files / "roster.csv").write_text("Name,SIS Login ID,Email Address\nAda,ada01,ada@x\nBob,bob01,bob@x\n")
    run("exercise", "hw.yaml", "--seed", "1", "--for", "roster.csv", "--assignment", "d.yaml")
    assert '  "ada@x": {k: ' in (files / "d.yaml").read_text()
    (files / "roster.csv").write_text("Name,SIS Login ID\nAda,ada01\nBob,bob01\n")
    run("exercise", "hw.yaml", "--seed", "1", "--for", "roster.csv", "--assignment", "d.yaml", "--force")
    assert '  "ada01": {k: ' in (files / "d.yaml").read_text()
