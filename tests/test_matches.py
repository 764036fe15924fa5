"""Implementations that a spec declares: what the file may say, and what `report` says of settings outside."""

import pytest
from running import CliRunner

from costcalc import specfile
from costcalc.analysis.held import shown_span
from costcalc.analysis.lint import lint_source
from costcalc.cli import main
from costcalc.common.errors import Source
from costcalc.specfile import examine

NET = """name: Net
input: [3, res, res]
settings: {res: 32, c: 4, k: 3, deep: false}
choices: {k: [3, 5]}
variants: {wide: {c: 8}, deep: {deep: true}}
layers:
  - {op: conv, k: k, c: c}
  - {op: conv, k: 1, c: c, when: deep}
"""
MATCHES = """matches:
  - {model: torchvision.net, args: {width: c, size: [res, res]}, over: {res: 32:640:32, c: [1, 4]}}
  - {models: {wide: timm.net}, over: {res: 16:40, k: [3, 5]}}
"""


def problems(matches):
    spec, found = examine(Source("net.yaml", NET + matches))
    return [f"{problem.mark.line}:{problem.mark.column}: {problem.sentence}" for problem in lint_source(spec, found)]


@pytest.mark.parametrize(
    ("matches", "told"),
    [
        ("matches: {over: {c: [4]}}", ["9:10: an entry of `matches` needs `model`"]),
        (
            "matches: {model: resnet50}",
            ["9:18: `model` must be a library and a name, such as torchvision.resnet50, not `resnet50`"],
        ),
        (
            "matches: {models: {}}",
            ["9:19: `models` must name variants, such as `{resnet18: torchvision.resnet18}`"],
        ),
        (
            "matches: {models: {wider: a.b}, model: a.b}",
            [
                "9:19: an entry of `matches` has `model` or `models`, not both",
                "9:20: unknown variant `wider`; did you mean `wide`?",
            ],
        ),
        (
            "matches: {models: {wide: a.b}, variant: wide}",
            ["9:41: `models` names variants itself: leave `variant` out"],
        ),
        ("matches: {model: a.b, over: {d: [4]}}", ["9:30: unknown setting `d`"]),
        ("matches: {model: a.b, args: {x: d}}", ["9:33: unknown name `d`"]),
        ("matches: {model: a.b, set: {c: true}}", ["9:32: setting `c` must be a number, such as 4, not true"]),
        (
            "matches: {model: a.b, over: {c: [3, 3]}}",
            ["9:33: an entry of `over` must list different values of its setting, such as `[18, 34]`"],
        ),
        (
            "matches: {model: a.b, set: {c: 8}, over: {c: 4:8}}",
            ["9:46: setting `c` is in `set` and in `over`: leave it out of one"],
        ),
        ("matches: {model: a.b, over: {k: 3:7}}", ["9:33: `over`: setting `k` must be 3 or 5, not 7"]),
    ],
)
def test_what_is_wrong_in_matches_has_its_place(matches, told):
    assert problems(matches) == told


@pytest.mark.parametrize("text", ["8:4", "4", "1:2:3:4", "1:9:0", "1:9:0.5", "a:b", "{a: 1}", "1:1e9", ""])
def test_a_range_is_first_last_or_first_last_step(text):
    (told,) = problems(f"matches: {{model: a.b, over: {{c: {text}}}}}")
    form = "a list of values, first:last of numbers such as 0.5:1.4, or first:last:step of whole numbers"
    assert f"values of a setting must be {form}, not " in told


def test_matches_of_a_spec_are_sound():
    assert problems(MATCHES) == []


@pytest.mark.parametrize(
    ("values", "inside", "outside", "words"),
    [
        ("[1, 4]", [1, 4], [2, "x"], "1, 4"),
        ("16:40", [16, 17, 40, 16.5], [15, 41, True, "x"], "16 to 40"),
        ("0.25:2.0", [0.25, 1, 2], [0.2, 2.1], "0.25 to 2.0"),
        ("32:640:32", [32, 96, 640], [33, 0, 672], "32 to 640 by 32"),
    ],
)
def test_a_range_holds_its_values(values, inside, outside, words):
    spec, _ = examine(Source("net.yaml", f"{NET}matches: {{model: a.b, over: {{c: {values}}}}}"))
    span = spec.matches[0].over["c"]
    assert [span.holds(value) for value in [*inside, *outside]] == [True] * len(inside) + [False] * len(outside)
    assert shown_span(span) == words


@pytest.mark.parametrize(
    ("args", "note"),
    [
        ("net.yaml", ""),
        ("net.yaml:deep", ""),  # a member as it is, though no implementation has it
        ("net.yaml --set c=1 --res 64", ""),
        ("net.yaml --set c=7", "none at c 7: torchvision.net was compared at c 1, 4"),
        ("net.yaml --res 33", "none at res 33: torchvision.net was compared at res 32 to 640 by 32"),
        ("net.yaml:wide --res 33", ""),
        ("net.yaml:wide --set k=5 --res 41", "none at res 41: timm.net was compared at res 16 to 40"),
        ("net.yaml --input 3x64x96", "none at input 3x64x96: torchvision.net was compared at other sizes"),
        ("net.yaml --set c=8 --input 3x20x40", ""),
        ("net.yaml --set c=8 --input 1x20x40", "none at input 1x20x40: timm.net was compared at other sizes"),
        ("net.yaml --set c=8 --input 3x20x41", "none at input 3x20x41: timm.net was compared at other sizes"),
        (
            "net.yaml --set c=6,deep=true",
            "none at c 6, deep true: torchvision.net was compared at c 1, 4, deep false",
        ),
    ],
)
def test_report_says_which_settings_lie_outside(args, note, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(NET + MATCHES, encoding="utf-8")
    first, _, pairs = args.partition(" --set ")
    words = [*first.split(), *(f"--set={pair}" for pair in pairs.split(" ")[0].split(",") if pair), *pairs.split()[1:]]
    result = CliRunner().invoke(main, ["report", *words])
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split(maxsplit=1)[1] for line in result.stdout.splitlines() if line.startswith("verification ")]
    assert lines == [note] * bool(note)


@pytest.mark.parametrize("file", ["alexnet", "squeezenet", "mobilenet_v2"])
def test_a_few_points_are_equal_where_torch_and_torchvision_are_installed(file):
    pytest.importorskip("torchvision")
    from tools.oracle import grid
    from tools.oracle.__main__ import at

    spec = specfile.load(file)[0]
    ((variant, model),) = spec.matches[0].models.items()
    for point in [*grid.points(spec, spec.matches[0], variant)][:5:2]:
        held = at(spec, spec.matches[0], model, point, {}, train=True)
        assert held == "both" or held.unexplained == [], point


def test_every_family_says_what_it_was_held_against():
    alone = {"m5"}
    assert {name for name in specfile.bundled() if not specfile.load(name)[0].matches} == alone


@pytest.mark.parametrize(
    ("args", "note"),
    [
        ("mobilenet_v2 --width 0.9 --res 321", []),
        ("mobilenet_v2 --width 3", ["torchvision.mobilenet_v2 was compared at width 0.25 to 2.0"]),
        ("squeezenet --res 224", ["torchvision.squeezenet1_0 was compared at ceil_mode true"]),
        ("resnet50 --input 3x480x640", []),
        ("efficientnet_b1 --input 3x480x940", ["torchvision.efficientnet_b1 was compared at other sizes"]),
        ("vit_b_16 --input 3x224x448", ["torchvision.vit_b_16 was compared at other sizes"]),
    ],
)
def test_bundled_members_have_theirs(args, note):
    shown = CliRunner().invoke(main, ["report", *args.split()], env={"COLUMNS": "200"}).stdout.splitlines()
    assert [line.partition(": ")[2] for line in shown if line.startswith("verification ")] == note
