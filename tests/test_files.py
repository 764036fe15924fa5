"""The kinds of files: each declared key by key, and read by one walker that finds every fault with its place."""

import re
from fractions import Fraction

import pytest
from running import CliRunner

from costcalc.cli import main
from costcalc.common.errors import Source, SpecError, listing
from costcalc.network.metrics import DTYPE_BITS
from costcalc.specfile import KINDS, form_of, load_as, load_beside
from costcalc.specfile.fields import Form, Key, mapping, one_of, parsed, several

# Of each kind of file one with faults of several kinds, and all that `lint` says of it, the lists of names left out.
FAULTS = {
    "claims": (
        """\
nets: {v1: [a]}
sections:
  - places: {x: y}
    claims: []
  - where: here
    net: v2
    columns: [id, valu, is]
    colour: red
    claims:
      - [a, macs, many, {cut: perhaps, value: 3}]
      - [b, macs, 3 M, 4, {value: macs +, kind: numbr}]
      - {id: c, is: 3 M, value: mcas, net: v1, convention: burdn, within: some}
      - {id: c, is: [1], net: v1, erratum: misprinted}
      - {is: 3 M, value: macs}
  - where: there
    claims: [{id: g, is: x, formula: k, value: k, grid: {k: [1/0]}}, {id: h, is: x, formula: k, value: k}]
""",
        [
            "1:12: a net must be a text, not a list",
            "3:5: a section needs `where`, the place that prints its claims, and `claims`",
            "7:19: a claim has no key `valu`; did you mean `value`?",
            "8:5: a section has no key `colour`",
            "10:9: unknown network `v2`",
            "10:19: cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208",
            "10:31: `cut` must be true or false, not `perhaps`",
            "11:9: unknown network `v2`",
            "11:24: the claim has 4 cells for 3 columns",
            "11:40: `macs +` is not an expression",
            "11:49: `kind`: unknown name `numbr`; did you mean `number`?",
            "12:9: unknown network, layer or quantity `mcas`; did you mean `macs`?",
            "12:60: unknown convention `burdn`; did you mean `burden`?",
            "12:75: cannot read `some` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208",
            "13:9: claim `c` needs `value`: what it is held against",
            "13:9: claim `c` is an erratum and needs `right`: the right value",
            "13:21: `is` must be a text, not a list",
            "13:21: id `c` is used twice",
            "14:9: a claim needs `id`",
            "16:62: a division by zero",
            "16:70: claim `h` needs `formula` and a `grid` of lists, 1000 points at most",
        ],
    ),
    "devices": (
        """\
name: [d]
counts: flop
peak: {fp33: 1 G, fp32: -1, fp16: 2 T, fp16: 2 T}
bandwidth: 1 G
watts:
colour: red
""",
        [
            "1:1: a device needs `source`",
            "1:7: `name` must be a text, not a list",
            "2:9: `counts`: unknown name `flop`; did you mean `flops`?",
            "3:8: `peak` has no key `fp33`",
            "3:25: the peak of `fp32` must be a figure above 0, at most 10^24, such as `4.29 T`, not `-1`",
            "3:40: duplicate key `fp16`",
            "4:12: `bandwidth` must be a figure above 0, at most 10^24, such as `288 GB`, not `1 G`",
            "5:7: `watts` must be a figure above 0, at most 10^24, such as `235`, not nothing",
            "6:1: a device has no key `colour`",
        ],
    ),
    "assignments": (
        """\
title:
draw: {k: [3, 5 +], c: 8, 9b: [1], kk: [1, 2]}
given: {k: 3, d: 4}
questions:
  - {id: a, ask: mac, spec: vgg16, points: many}
  - {id: a, ask: macs, share: perhaps}
  - {ask: out, layer: {op: conv, stride: 2}, in: 8x8, digits: 3}
  - {id: b-c, ask: params, spec: vgg16, rel: 1 %, digits: 0, dtype: fp31}
  - {id: d, ask: params, spec: vgg16, versus: {part: fc6, in: 3x8x8}, convention: conv}
""",
        [
            "1:7: `title` must be a text, not nothing",
            "2:11: `k` needs a list of 1 to 1,000 values, or `{from: .., to: .., by: ..}`",
            "2:15: `5 +` is not an expression",
            "2:24: `c` needs a list of 1 to 1,000 values, or `{from: .., to: .., by: ..}`",
            "2:27: a drawn value must have a name of letters, digits and `_`, not `9b`",
            "2:27: nothing reads the drawn value `9b`",
            "2:36: nothing reads the drawn value `kk`",
            "3:8: `given` lacks `9b`, `kk`",
            "3:9: `given` has no key `k`; did you mean `kk`?",
            "3:15: `given` has no key `d`",
            "5:18: `ask`: unknown name `mac`; did you mean `macs`?",
            "5:44: `points` must be a number such as 2 or 0.5, not `many`",
            "6:5: a question is about a `layer` with its input `in`, or about a `spec`: give one of them",
            "6:31: `share` must be true or false, not `perhaps`",
            "7:5: a question needs `id`",
            "7:34: a row has no key `stride`; did you mean `s`?",
            "7:50: `in` must be [channels, height, width]",
            "8:10: a question must have a name of letters, digits and `_`, not `b-c`",
            "8:46: `rel`, `digits` are several tolerances: give one",
            "8:69: `dtype`: unknown name `fp31`",
            "9:47: a question is about a `layer` with its input `in`, or about a `spec`: give one of them",
            "9:83: unknown convention `conv` for `params`",
        ],
    ),
    "latencies": (
        """\
name: t
source:
baseline: vg16
inputs: [3x64x64, 64, 3x64x64]
milliseconds: {vgg16: [9, 0, 1], vgg19: [9], vgg11: 3}
speed: 3
""",
        [
            "1:1: a file of latencies needs `device`",
            "2:8: `source` must be a text, not nothing",
            "3:11: `baseline` must be one of the networks, not `vg16`; did you mean `vgg16`?",
            "4:19: an input must be channels x height x width, such as 3x480x640, not `64`",
            "4:23: `3x64x64` is an input already",
            "5:27: a time must be a number of milliseconds above 0, such as 15.2, not `0`",
            "5:41: `vgg19` has a time for each of 3 inputs, not 1 time",
            "5:53: `vgg11` has a time for each of 3 inputs, not `3`",
            "6:1: a file of latencies has no key `speed`",
        ],
    ),
    "answers": (
        """\
student: [ada]
answers: [1, 2]
grade: 5
""",
        [
            "1:10: `student` must be a text, not a list",
            "2:10: `answers` must be a map (`key: value`), not a list",
            "3:1: a file of answers has no key `grade`",
        ],
    ),
    "spec": (
        """\
name:
settings: {width: 1, class: 2, depth: , deep: 1 +}
choices: {widht: [1, 1]}
input: [3, 8, 8, 8]
defaults: {cnv: {k: 3}, conv: {kk: 3}}
blocks:
  b: {args: [c, op], layers: [{op: conv, k: 3, c: c +}], branches: []}
  conv: {layers: 3}
layers:
  - {op: conv, stride: 2, c: deep, k: depth}
variants: {big: {widht: 2}}
totals: {params: 1.5, set: {width: }, variant: bigg}
reported: {macs: {printed: 3 M, convention: burdn}, tops: 3}
layrs: []
""",
        [
            "1:6: `name` must be a text, not nothing",
            "2:22: `class` is a reserved word and cannot name a setting",
            "2:32: setting `depth` needs a default",
            "2:49: `1 +` is not an expression",
            "3:11: unknown setting `widht`; did you mean `width`?",
            "3:18: an entry of `choices` must list different values of its setting, such as `[18, 34]`",
            "4:8: `input` must be [channels, height, width]: clips, which have a third side, are not counted; write one frame",
            "5:12: unknown op or block `cnv`; did you mean `conv`?",
            "5:32: the entry of `conv` in `defaults` has no key `kk`; did you mean `k`?",
            "7:3: block `b` must have either `layers` or `branches`",
            "7:17: `op` is a column of every row, whatever its op: it cannot name an argument",
            "7:53: `c +` is not an expression",
            "7:68: `branches` must be a list of two branches or more, each a list of rows",
            "8:3: block `conv` has the name of an op; choose another name",
            "8:18: `layers` must be a list of rows, not `3`",
            "10:16: a row has no key `stride`; did you mean `s`?",
            "11:18: unknown setting `widht`; did you mean `width`?",
            "12:18: `totals` has exact integers, not `1.5`",
            "12:29: `set` gives `width` no value",
            "12:48: unknown variant `bigg`; did you mean `big`?",
            "13:11: an entry of `reported` needs `where`: the place that prints it",
            "13:18: a figure needs `is`: what is printed",
            "13:45: unknown convention `burdn`; did you mean `burden`?",
            "13:53: an entry of `reported` has no key `tops`; did you mean `top5`?",
            "14:1: a spec has no key `layrs`; did you mean `layers`?",
        ],
    ),
}


def lint(folder, text):
    """Return (exit code, what `lint` prints) of a file."""
    path = folder / "f.yaml"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["lint", str(path)])
    return done.exit_code, done.stdout.replace(str(path), "f.yaml")


def sentences(printed):
    """Return the place and the sentence of each error, the lists of names left out."""
    lines = [line.replace("f.yaml:", "").replace(" error:", "") for line in printed.splitlines() if ": error:" in line]
    return [re.sub(r"; available: .*|(?<=\?) Available: .*", "", line) for line in lines]


@pytest.mark.parametrize("kind", FAULTS)
def test_lint_finds_every_fault_of_every_kind_of_file(kind, tmp_path):
    text, faults = FAULTS[kind]
    code, printed = lint(tmp_path, text)
    assert (code, sentences(printed)) == (2, faults)
    assert printed.endswith(f"1 file: {len(faults)} errors, 0 warnings\n")


def test_every_kind_of_file_is_here():
    assert set(FAULTS) == {*KINDS, "spec"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_loader_raises_the_first_fault(kind):
    text, faults = FAULTS[kind]
    with pytest.raises(SpecError) as raised:
        load_as(Source("f.yaml", text), kind)
    assert sentences(str(raised.value))[0] in faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_refused(kind):
    with pytest.raises(
        SpecError, match=rf"^f\.yaml:1:1: error: `f\.yaml` is not a valid {form_of(kind).noun}: it has no `"
    ):
        load_as(Source("f.yaml", "name: n\ninput: 3x8x8\nlayers: []\n"), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_file_says_what_is_needed(kind):
    form = form_of(kind)
    with pytest.raises(SpecError) as raised:
        load_as(Source("f.yaml", "# nothing\n"), kind)
    needs = f"{form.what} needs {listing(form.required)}"
    assert str(raised.value) == f"f.yaml:1:1: error: the file is empty: {needs}\n  # nothing\n  ^"


# a kind of file from outside: one declaration

DISH = Form("a dish", (Key("of", "what it is made of", required=True),), lambda record: record.values["of"])
FORM = Form(
    "a kitchen",
    (
        Key("cook", "who stands in it", required=True),
        Key("fuel", "what the ovens burn", one_of(("gas", "wood"))),
        Key("ovens", "degrees at most, by name", mapping(parsed("number", Fraction, "{} has degrees"), "oven {}")),
        Key("dishes", "what is cooked", several(DISH)),
    ),
    lambda record: record.values,
)


@pytest.fixture
def kitchens(monkeypatch):
    monkeypatch.setitem(KINDS, "kitchens", (("ovens", "dishes"), __name__))


@pytest.mark.usefixtures("kitchens")
def test_a_kind_of_file_is_one_declaration(tmp_path):
    text = "cook: ada\nfuel: wood\novens: {left: 200, right: 250}\ndishes: [{of: rice}, {of: beans}]\n"
    assert lint(tmp_path, text) == (0, "1 file: 0 errors, 0 warnings\n")
    read = {"cook": "ada", "fuel": "wood", "ovens": {"left": 200, "right": 250}, "dishes": ("rice", "beans")}
    assert load_beside(str(tmp_path / "f.yaml"), "kitchens") == read


@pytest.mark.usefixtures("kitchens")
def test_its_faults_are_found_too(tmp_path):
    text = "fuel: wod\novens: {left: hot, left: 3}\ndishes: [{off: rice}, beans]\nname: k\n"
    code, printed = lint(tmp_path, text)
    assert code == 2
    assert sentences(printed) == [
        "1:1: a kitchen needs `cook`",
        "1:7: `fuel`: unknown name `wod`; did you mean `wood`?",
        "2:20: duplicate key `left`",
        "3:10: a dish needs `of`",
        "3:11: a dish has no key `off`; did you mean `of`?",
        "3:23: a dish must be a map (`key: value`), not `beans`",
        "3:23: a dish needs `of`",
        "4:1: a kitchen has no key `name`",
    ]


# what a declaration says of itself


def keys_of(form):
    """Yield each key of a form and of all that its values are made of, once."""
    seen, left = set(), [form]
    while left:
        item = left.pop()
        if item is None or id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, Form):
            yield from item.keys
            left += [key.kind for key in item.keys]
        else:
            left.append(item.of)


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_every_key_says_its_name_its_kind_and_what_it_is_for(kind):
    for key in keys_of(form_of(kind)):
        assert key.name.replace("+", "_").isidentifier()  # `conv+fc` is a convention's name
        assert key.kind.name
        assert key.doc
        assert not key.doc.endswith(".")
        assert isinstance(key.required, bool)


def test_a_key_says_which_words_it_takes_and_whether_it_is_needed():
    keys = {key.name: key for key in form_of("devices").keys}
    assert tuple(keys["counts"].kind.words) == ("flops", "macs")
    assert tuple(keys["peak"].kind.words) == tuple(DTYPE_BITS)
    assert keys["peak"].kind.of.name == "figure"
    assert form_of("devices").required == ("name", "source", "counts", "peak", "bandwidth")
