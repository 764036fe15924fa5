"""Work that grows no faster than its input: each list of each kind of file doubled, calls counted from outside."""

import sys

import pytest
from fuzz import inputs
from running import CliRunner

from costcalc.cli import main
from costcalc.specfile import KINDS, form_of

MOST = 2.5  # times the work for twice the input
HEAD = "name: n\ninput: [3, 8, 8]\n"
ROW = "  - {op: conv, k: 3, c: 3}\n"


def rows(number, row=ROW):
    return "layers:\n" + row * number


def flow(number, text):
    """Return entries of a flow list or map: `{}` in the text is the number of each."""
    return ", ".join(text.replace("{}", str(index)) for index in range(number))


def spec(more, layers=ROW):
    return f"{HEAD}{more}layers:\n{layers}"


def read(number, name="v"):
    """Return a row that reads so many names."""
    return f"  - {{op: conv, k: 1, c: '1 + {' + '.join(f'{name}{index}' for index in range(number))}'}}\n"


def questions(number, extra=""):
    entry = f"{{id: q{{}}, ask: macs, layer: {{op: conv, k: 3, c: 8}}, in: [3, 8, 8]{extra}}}"
    return f"title: t\nquestions: [{flow(number, entry)}]\n"


def table(names, rows):
    lines = [",".join(["student", *names])]
    return "\n".join([*lines, *(",".join([f"s{row}", *["1"] * len(names)]) for row in range(rows))]) + "\n"


def times(inputs, nets):
    sizes = flow(inputs, "3x8x{}").replace("x0", "x1000")
    return f"name: t\nsource: s\ndevice: k40\nbaseline: n0.yaml\ninputs: [{sizes}]\nmilliseconds:\n" + "".join(
        f"  n{net}.yaml: [{flow(inputs, '9')}]\n" for net in range(nets)
    )


def claims(number, more="", extra="", is_="60 M"):
    return f"nets: {{v: alexnet{more}}}\nsections:\n  - where: w\n    net: v\n    claims: [{flow(number, f'{{id: c{{}}, is: {is_}, value: params{extra}}}')}]\n"


def settings(number, more=""):
    """Return a spec of so many settings, which its one row reads, with something for them."""
    return spec(f"settings: {{{flow(number, 'v{}: 1')}}}\n{more}", read(number))


def block(number, keys, row="{op: b}", layers="[{op: relu}]"):
    return spec(f"blocks:\n  b: {{layers: {layers}, {keys}}}\n", f"  - {row}\n")


def ask(keys):
    """Return an assignment of one question."""
    return f"title: t\nquestions: [{{id: q, {keys}}}]\n"


CONV = "layer: {op: conv, k: 3, c: 8}, in: [3, 8, 8]"
TWO = "title: t\nquestions: [{id: q, ask: macs, layer: {op: conv, k: 3, c: 8}, in: [3, 8, 8]}]\n"
# each: what grows, how many of it at first, the command, and the files as they are with so many
LISTS = [
    ("spec.layers", 60, "report f.yaml", lambda n: {"f.yaml": HEAD + rows(n)}),
    ("spec.layers, in memory", 60, "memory f.yaml", lambda n: {"f.yaml": HEAD + rows(n)}),
    ("spec.layers, in memory as JSON", 60, "memory f.yaml --format json", lambda n: {"f.yaml": HEAD + rows(n)}),
    (
        "spec.layers, explained together",
        60,
        "explain f.yaml 0",
        lambda n: {"f.yaml": spec("", f"  - {{repeat: {n}, layers: [{{op: relu}}]}}\n")},
    ),
    (
        "spec.layers, repeated",
        60,
        "lint f.yaml",
        lambda n: {"f.yaml": spec("", f"  - {{repeat: {n}, layers: [{{op: relu}}]}}\n")},
    ),
    (
        "spec.layers, not there",
        60,
        "report f.yaml",
        lambda n: {"f.yaml": HEAD + "settings: {v: 1}\n" + rows(1) + "  - {op: relu, when: v < 0}\n" * n},
    ),
    ("spec.layers, broken", 30, "lint f.yaml", lambda n: {"f.yaml": HEAD + rows(n, "  - {op: cnv, k: 3}\n")}),
    ("spec.settings", 40, "lint f.yaml", lambda n: {"f.yaml": spec(f"settings: {{{flow(n, 'v{}: 1')}}}\n", read(n))}),
    (
        "spec.choices",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 1}}\nchoices: {{v: [1, {flow(n, '1{}')}]}}\n", "  - {op: conv, k: 1, c: v}\n"
            )
        },
    ),
    (
        "spec.variants",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 1}}\nvariants: {{{flow(n, 'm{}: {v: 1{}}')}}}\n", "  - {op: conv, k: 1, c: v}\n"
            )
        },
    ),
    (
        "spec.alternatives",
        20,
        "reconcile f.yaml 12345",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 1}}\nalternatives: {{{flow(n, 'm{}: {v: 1{}}')}}}\n", "  - {op: conv, k: 1, c: v}\n"
            )
        },
    ),
    (
        "spec.blocks",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                "blocks:\n" + "".join(f"  b{i}: {{layers: [{{op: relu}}]}}\n" for i in range(n)),
                "".join(f"  - {{op: b{i}}}\n" for i in range(n)),
            )
        },
    ),
    (
        "spec.blocks.args",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"blocks:\n  b:\n    args: [{flow(n, 'v{}=1')}]\n    layers:\n    {read(n)}", "  - {op: b}\n"
            )
        },
    ),
    (
        "spec.blocks.branches",
        40,
        "report f.yaml",
        lambda n: {"f.yaml": spec("", f"  - {{branches: [{flow(n + 1, '[{op: relu}]')}]}}\n")},
    ),
    (
        "spec.layers, reading many",
        40,
        "report f.yaml",
        lambda n: {"f.yaml": spec("", f"  - {{op: relu}}\n  - {{op: concat, from: [-1, {flow(n, '-1')}]}}\n")},
    ),
    (
        "spec.outputs",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": f"{HEAD}outputs: [{flow(n, 'r{}')}]\nlayers:\n"
            + "".join(f"  - {{op: relu, name: r{i}}}\n" for i in range(n))
        },
    ),
    (
        "spec.totals",
        40,
        "verify f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 1}}\ntotals: [{flow(n, '{layers: 1, set: {v: 1{}}}')}]\n",
                "  - {op: conv, k: 1, c: v}\n",
            )
        },
    ),
    (
        "spec.reported",
        40,
        "verify f.yaml",
        lambda n: {"f.yaml": spec(f"reported: [{flow(n, '{where: w{}, params: 84}')}]\n")},
    ),
    (
        "spec.layers, terms of a cell",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": spec("", f"  - {{op: conv, k: 1, c: {' + '.join('1' * n)}}}\n")},
    ),
    (
        "spec.printed",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": settings(n, f"printed: {{{flow(n, 'v{}: 2')}}}\n")},
    ),
    (
        "spec.inputs",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": f"name: n\ninputs: {{{flow(n, 'i{}: [3, 8, 8]')}}}\nlayers:\n  - {{op: concat, from: [{flow(n, 'i{}')}]}}\n"
        },
    ),
    (
        "spec.data",
        40,
        "report f.yaml",
        lambda n: {"f.yaml": spec(f"data: [{flow(n, 'd{}')}]\n", f"  - {{op: relu, {flow(n, 'd{}: 1')}}}\n")},
    ),
    (
        "spec.columns",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"data: [{flow(n, 'd{}')}]\ncolumns: [op, {flow(n, 'd{}')}]\n", f"  - [relu, {flow(n, '1')}]\n"
            )
        },
    ),
    (
        "spec.columns, values",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 10}}\nchoices: {{v: [{flow(n, '1{}')}]}}\ncolumns: [op, k, {{c, v: [{flow(n, '1{}')}]}}]\n",
                f"  - [conv, 3, {flow(n, '8')}]\n",
            )
        },
    ),
    (
        "spec.defaults",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"defaults: {{{flow(n, 'b{}: {k: 1}')}}}\nblocks: {{{flow(n, 'b{}: {args: [k], layers: [{op: relu, when: k > 0}]}')}}}\n",
                "".join(f"  - {{op: b{i}}}\n" for i in range(n)),
            )
        },
    ),
    (
        "spec.blocks.inputs",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": block(
                n,
                f"inputs: [{flow(n, 'i{}')}]",
                f"{{op: b, from: [{flow(n, '-1')}]}}",
                f"[{{op: concat, from: [{flow(n, 'i{}')}]}}]",
            )
        },
    ),
    (
        "spec.blocks.columns",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"data: [{flow(n, 'd{}')}]\nblocks:\n  b: {{columns: [op, {flow(n, 'd{}')}], layers: [[relu, {flow(n, '1')}]]}}\n",
                "  - {op: b}\n",
            )
        },
    ),
    (
        "spec.blocks.layers",
        40,
        "report f.yaml",
        lambda n: {"f.yaml": block(n, "args: []", layers=f"[{flow(n, '{op: relu}')}]")},
    ),
    (
        "spec.blocks.outputs",
        40,
        "report f.yaml",
        lambda n: {
            "f.yaml": block(n, f"outputs: [{flow(n, 'r{}')}]", layers=f"[{flow(n, '{op: relu, name: r{}}')}]"),
        },
    ),
    (
        "spec.totals.set",
        40,
        "verify f.yaml",
        lambda n: {"f.yaml": settings(n, f"totals: {{layers: 1, set: {{{flow(n, 'v{}: 1')}}}}}\n")},
    ),
    (
        "spec.totals.at",
        40,
        "verify f.yaml",
        lambda n: {"f.yaml": settings(n, f"totals: {{layers: 1, at: {{{flow(n, 'v{}: 1')}}}}}\n")},
    ),
    (
        "spec.reported.set",
        40,
        "verify f.yaml",
        lambda n: {"f.yaml": settings(n, f"reported: {{where: w, layers: 1, set: {{{flow(n, 'v{}: 1')}}}}}\n")},
    ),
    (
        "spec.matches",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": spec(f"matches: [{flow(n, '{model: torchvision.m{}}')}]\n")},
    ),
    (
        "spec.matches.models",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": spec(
                f"settings: {{v: 1}}\nvariants: {{{flow(n, 'm{}: {v: 1{}}')}}}\nmatches: {{models: {{{flow(n, 'm{}: torchvision.m{}')}}}}}\n",
                "  - {op: conv, k: 1, c: v}\n",
            )
        },
    ),
    (
        "spec.matches.set",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": settings(n, f"matches: {{model: timm.m, set: {{{flow(n, 'v{}: 1')}}}}}\n")},
    ),
    (
        "spec.matches.args",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": settings(n, f"matches: {{model: timm.m, args: {{{flow(n, 'a{}: v{}')}}}}}\n")},
    ),
    (
        "spec.matches.over",
        40,
        "lint f.yaml",
        lambda n: {"f.yaml": settings(n, f"matches: {{model: timm.m, over: {{{flow(n, 'v{}: 1:9')}}}}}\n")},
    ),
    ("spec, unknown keys", 30, "lint f.yaml", lambda n: {"f.yaml": spec("".join(f"key{i}: 1\n" for i in range(n)))}),
    (
        "claims.nets",
        30,
        "verify f.yaml",
        lambda n: {"f.yaml": claims(1, "".join(f", v{i}: alexnet" for i in range(n)))},
    ),
    ("claims.sections.claims", 60, "lint f.yaml", lambda n: {"f.yaml": claims(n)}),
    ("claims.sections.claims, right", 60, "verify f.yaml", lambda n: {"f.yaml": claims(n, is_="60965224")}),
    ("claims.sections.claims, wrong", 4, "verify f.yaml", lambda n: {"f.yaml": claims(n)}),
    (
        "claims.sections.places",
        30,
        "verify f.yaml",
        lambda n: {
            "f.yaml": claims(1, is_="60965224").replace(
                "where: w\n", f"where: w\n    places: {{{flow(n, 'p{}: x')}}}\n"
            )
        },
    ),
    (
        "claims.sections.claims.value",
        30,
        "verify f.yaml",
        lambda n: {"f.yaml": claims(1, "", f"}}, {{id: d, is: 3, value: [{flow(n, 'params')}]")},
    ),
    (
        "claims.sections.claims.grid",
        30,
        "verify f.yaml",
        lambda n: {
            "f.yaml": claims(1, "", f"}}, {{id: d, is: x, formula: k, value: k, grid: {{k: [{flow(n, '1{}')}]}}")
        },
    ),
    (
        "claims.sections",
        30,
        "verify f.yaml",
        lambda n: {
            "f.yaml": f"nets: {{v: alexnet}}\nsections: [{flow(n, '{where: w, net: v, claims: [{id: c{}, is: 60965224, value: params}]}')}]\n"
        },
    ),
    (
        "claims.sections.columns",
        30,
        "lint f.yaml",
        lambda n: {"f.yaml": claims(1).replace("    net: v\n", f"    net: v\n    columns: [{flow(n, 'k{}')}]\n")},
    ),
    (
        "claims.sections.claims.layers",
        30,
        "verify f.yaml",
        lambda n: {"f.yaml": claims(1, "", f", layers: {{{flow(n, 'p{}: conv1')}}}", "60965224")},
    ),
    (
        "claims.sections.claims.holds",
        30,
        "verify f.yaml",
        lambda n: {"f.yaml": claims(1, "", f"}}, {{id: d, is: more, holds: [{flow(n, 'v.params > 1')}]", "60965224")},
    ),
    (
        "latencies.inputs",
        20,
        "latency f.yaml --files .",
        lambda n: {
            "n0.yaml": inputs.NET.replace("settings: {width: 1, res: 8}\n", "")
            .replace("variants: {small: {width: 0.5}}\n", "")
            .replace("res", "8")
            .replace("8 * width", "8"),
            "f.yaml": times(n, 1),
        },
    ),
    (
        "latencies.milliseconds",
        20,
        "latency f.yaml --files .",
        lambda n: {**{f"n{i}.yaml": spec("") for i in range(n)}, "f.yaml": times(1, n)},
    ),
    (
        "devices, unknown keys",
        20,
        "lint f.yaml",
        lambda n: {"f.yaml": inputs.DEVICE + "".join(f"key{i}: 1\n" for i in range(n))},
    ),
    ("assignments.questions", 30, "lint f.yaml", lambda n: {"f.yaml": questions(n)}),
    (
        "assignments.questions, graded",
        20,
        "check f.yaml a.yaml",
        lambda n: {"f.yaml": questions(n), "a.yaml": f"answers: {{{flow(n, 'q{}: 1')}}}\n"},
    ),
    (
        "assignments.draw, values",
        40,
        "lint f.yaml",
        lambda n: {
            "f.yaml": f"title: t\ndraw: {{k: [{flow(n, '1{}')}]}}\nquestions: [{{id: q, ask: macs, layer: {{op: conv, k: 3, c: k}}, in: [3, 8, 8]}}]\n"
        },
    ),
    (
        "assignments.draw",
        20,
        "exercise f.yaml --seed 1",
        lambda n: {
            "f.yaml": f"title: t\ndraw: {{{flow(n, 'v{}: [1, 2]')}}}\nquestions: [{{id: q, ask: macs, layer: {{op: conv, k: 3, c: {' + '.join(f'v{i}' for i in range(n))}}}, in: [3, 8, 8]}}]\n"
        },
    ),
    (
        "assignments.given",
        20,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": f"title: t\ndraw: {{{flow(n, 'v{}: [1, 2]')}}}\ngiven: {{{flow(n, 'v{}: 1')}}}\nquestions: [{{id: q, ask: macs, layer: {{op: conv, k: 3, c: {' + '.join(f'v{i}' for i in range(n))}}}, in: [3, 8, 8]}}]\n",
            "a.yaml": "answers: {q: 1}\n",
        },
    ),
    (
        "assignments.students",
        20,
        "check f.yaml a.csv",
        lambda n: {
            "f.yaml": f"title: t\ndraw: {{k: [3]}}\nstudents: {{{flow(n, 's{}: {k: 3}')}}}\nquestions: [{{id: q, ask: macs, layer: {{op: conv, k: k, c: 8}}, in: [3, 8, 8]}}]\n",
            "a.csv": table(["q"], n),
        },
    ),
    (
        "assignments.columns",
        20,
        "check f.yaml a.csv",
        lambda n: {
            "f.yaml": questions(n) + f"columns: {{{flow(n, 'c{}: q{}')}}}\n",
            "a.csv": table([f"c{i}" for i in range(n)], 2),
        },
    ),
    (
        "assignments.questions.layer",
        20,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": ask(f"ask: macs, layer: [{flow(n, '{op: conv, k: 3, c: 8}')}], in: [3, 8, 8]"),
            "a.yaml": "answers: {q: 1}\n",
        },
    ),
    (
        "assignments.questions.at",
        20,
        "check f.yaml a.yaml --files .",
        lambda n: {
            "f.yaml": ask(f"ask: macs, spec: f0.yaml, at: {{{flow(n, 'v{}: 1')}}}"),
            "f0.yaml": settings(n),
            "a.yaml": "answers: {q: 3}\n",
        },
    ),
    (
        "assignments.questions.versus.layer",
        20,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": ask(
                f"ask: macs, {CONV}, versus: {{layer: [{flow(n, '{op: conv, k: 3, c: 8}')}], in: [3, 8, 8]}}"
            ),
            "a.yaml": "answers: {q: 1}\n",
        },
    ),
    (
        "assignments.questions.versus.at",
        20,
        "check f.yaml a.yaml --files .",
        lambda n: {
            "f.yaml": ask(f"ask: macs, {CONV}, versus: {{spec: f0.yaml, at: {{{flow(n, 'v{}: 1')}}}}}"),
            "f0.yaml": settings(n),
            "a.yaml": "answers: {q: 3}\n",
        },
    ),
    (
        "assignments.questions.choices",
        20,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": ask(f"ask: choice, choices: {{{flow(n, 'c{}: {text: t{}, why: w}')}}}, right: c1"),
            "a.yaml": "answers: {q: c0}\n",
        },
    ),
    (
        "assignments.questions.over",
        20,
        "check f.yaml a.yaml --files .",
        lambda n: {
            "f.yaml": ask(f"ask: fit, spec: f0.yaml, over: {{v: [{flow(n, '1{}')}]}}, budget: {{macs: 1 M}}"),
            "f0.yaml": spec("settings: {v: 1}\n", "  - {op: conv, k: 1, c: v}\n"),
            "a.yaml": "answers: {q: 3}\n",
        },
    ),
    (
        "assignments.questions.credit",
        20,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": ask(f"ask: macs, {CONV}, credit: {{{flow(n, 'within 1{}: 0.5')}}}"),
            "a.yaml": "answers: {q: 13825}\n",
        },
    ),
    (
        "assignments.questions.parts",
        12,
        "check f.yaml a.yaml",
        lambda n: {
            "f.yaml": ask(f"{CONV}, parts: [{flow(n, '{id: p{}, ask: macs}')}]"),
            "a.yaml": f"answers: {{{flow(n, 'p{}: 13824')}}}\n",
        },
    ),
    (
        "answers.answers, unknown",
        20,
        "check f.yaml a.yaml",
        lambda n: {"f.yaml": TWO, "a.yaml": f"answers: {{{flow(n, 'x{}: 1')}}}\n"},
    ),
    (
        "answers.answers, unknown against questions",
        15,
        "check f.yaml a.yaml",
        lambda n: {"f.yaml": questions(40), "a.yaml": f"answers: {{{flow(n, 'x{}: 1')}}}\n"},
    ),
    ("class, students", 20, "check f.yaml a.csv", lambda n: {"f.yaml": TWO, "a.csv": table(["q"], n)}),
    (
        "class, columns",
        20,
        "check f.yaml a.csv",
        lambda n: {"f.yaml": TWO, "a.csv": table(["q", *(f"x{i}" for i in range(n))], 2)},
    ),
    (
        "class, broken rows",
        60,
        "check f.yaml a.csv",
        lambda n: {"f.yaml": TWO, "a.csv": table(["q"], 1) + 's,"1\n' * n},
    ),
    (
        "class, students with sheets",
        20,
        "exercise f.yaml --seed 1 --for a.csv",
        lambda n: {"f.yaml": inputs.HOMEWORK, "a.csv": table(["q"], n)},
    ),
]


def calls(args):
    """Return how many calls a command makes, of Python's functions and of those in C, and its exit code."""
    counted = 0

    def profile(frame, event, arg):
        nonlocal counted
        counted += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        done = CliRunner().invoke(main, args.split())
    finally:
        sys.setprofile(None)
    return counted, done


@pytest.mark.parametrize(("number", "args", "files"), [case[1:] for case in LISTS], ids=[case[0] for case in LISTS])
def test_twice_the_input_is_at_most_so_much_more_work(number, args, files, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = []
    for size in (number, number, 2 * number):  # the first run imports
        for name, text in files(size).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        found.append(calls(args))
    assert found[-1][1].exit_code in (0, 1, 2), found[-1][1].stderr
    assert "not YAML" not in found[-1][1].output
    assert found[2][0] <= MOST * found[1][0], [count for count, _ in found]


# what a key has is one, or one of a few known names
LISTED = {
    *("answer", "branches", "choices", "columns", "entries", "expressions", "list", "map", "names", "questions"),
    *("rows", "settings", "shapes", "spans", "values"),
}
FEW = {
    *("devices.peak", "assignments.late", "assignments.questions.policy", "assignments.questions.budget"),
    *("assignments.questions.follows", "assignments.questions.versus"),
}


def listed(form, path):
    """Yield the path of each key of a kind of file that has a list, or a map of any names."""
    for key in form.keys:
        place, kind = f"{path}.{key.name}", key.kind
        if getattr(kind, "name", "") in LISTED:
            yield place
        while kind is not None and not hasattr(kind, "keys"):
            kind = kind.of
        if kind is not None and not place.startswith("spec.reported."):
            yield from listed(kind, place)


def test_each_list_of_each_kind_of_file_is_doubled():
    lists = {path for kind in ("", *KINDS) for path in listed(form_of(kind), kind or "spec")}
    assert len(lists) > 40
    assert lists - FEW - {case[0].partition(",")[0] for case in LISTS} == set()
