"""JSON Schemas: every key of every kind of file is there; bundled files pass and misspelt keys do not."""

import json
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import main
from costcalc.ops import OPS
from costcalc.specfile import KINDS, form_of
from costcalc.specfile.schema import schema

ROOT = Path(__file__).parent.parent
NET = "name: N\ninput: [3, 8, 8]\nlayers: [{op: conv, k: 3, c: 8}]\n"
DEVICE = "name: D\nsource: S\ncounts: macs\npeak: {fp32: 1 T}\nbandwidth: 1 GB\n"
MISSPELT = [  # kind, a file with one key that nothing reads, that key
    ("", NET + "sources: paper\n", "sources"),
    ("", NET.replace("layers", "layer"), "layer"),
    ("", NET + "totals: {parms: 224}\n", "parms"),
    ("", NET + "totals: [{params: 224}, {macss: 1}]\n", "macss"),
    ("", NET + "reported: {where: table, macs: {is: 1 M, conventions: conv}}\n", "conventions"),
    ("", NET + "blocks: {b: {arg: [c], layers: [[conv, 1, c]]}}\n", "arg"),
    ("devices", DEVICE + "watt: 7\n", "watt"),
    ("devices", DEVICE.replace("fp32", "fp33"), "fp33"),
    ("assignments", "title: T\nquestions: [{id: q, ask: macs, spec: vgg16, point: 2}]\n", "point"),
    ("assignments", "title: T\nquestions: [{id: q, ask: mac, spec: vgg16}]\n", "mac"),
    ("latencies", "name: N\nsource: S\ndevice: d\nbaseline: a\ninput: [3x8x8]\nmilliseconds: {a: [1]}\n", "input"),
    ("claims", "sections: [{where: w, claim: []}]\n", "claim"),
    ("answers", "students: ada\nanswers: {q: 1}\n", "students"),
]


@pytest.mark.parametrize("kind", ["", *KINDS])
def test_a_schema_has_every_key_with_its_words(kind):
    form, made = form_of(kind), schema(kind)
    assert list(made["properties"]) == list(form.names)
    either = [{key.name, key.instead} for key in form.keys if key.instead]
    assert made.get("required", []) == [name for name in form.required if not any(name in two for two in either)]
    assert either == ([{name for one in made["oneOf"] for name in one["required"]}] if "oneOf" in made else [])
    assert made["additionalProperties"] is False
    for key in form.keys:
        assert made["properties"][key.name]["description"] == key.doc


def test_a_row_completes_every_op_with_its_docstring_and_every_column():
    row = schema("")["$defs"]["row"]["properties"]
    choices = row["op"]["anyOf"][0]["oneOf"]
    assert [choice["const"] for choice in choices] == [str(name) for name in OPS]
    assert all("Shapes:" in choice["description"] for choice in choices if choice["const"] in ("conv", "dwconv", "fc"))
    assert set().union(*(op.columns for op in OPS.values())) <= set(row)
    assert {"bn", "ln"} <= set(row["norm"]["anyOf"][0]["enum"])


@pytest.mark.parametrize("kind", ["spec", *KINDS])
def test_the_command_prints_what_is_bundled(kind):
    done = CliRunner().invoke(main, ["schema", kind])
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == schema("" if kind == "spec" else kind)
    assert done.stdout == (ROOT / "specs" / "schema" / f"{kind}.json").read_text(encoding="utf-8")


def test_an_unknown_kind_is_bad_usage():
    done = CliRunner().invoke(main, ["schema", "specs"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "unknown name `specs`; did you mean `spec`? Available: `spec`, `claims`, " in done.stderr


@pytest.mark.parametrize(("kind", "text", "key"), MISSPELT, ids=[key for _, _, key in MISSPELT])
def test_a_misspelt_key_is_refused(kind, text, key):
    jsonschema = pytest.importorskip("jsonschema")
    yaml = pytest.importorskip("yaml")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema(kind))


FILES = sorted((ROOT / "specs").rglob("*.yaml"))
LINE = "# yaml-language-server: $schema="


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bundled_file_ends_in_a_reference_to_its_schema(path):
    *_, before, last = path.read_text(encoding="utf-8").splitlines()
    assert last.startswith(LINE)
    assert " #" not in before  # an editor would take both comments for one
    target = (path.parent / last.removeprefix(LINE)).resolve()
    kind = "spec" if path.parent.name == "specs" or path.stem == "separable" else path.parent.name
    assert target == (ROOT / "specs" / "schema" / f"{kind}.json").resolve()
    assert target.is_file()


def test_a_schema_beside_a_copy_is_what_its_last_line_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schema").mkdir()
    for args in (["show", "vgg16", "-o", "net.yaml"], ["schema", "-o", "schema/spec.json"]):
        assert CliRunner().invoke(main, args).exit_code == 0
    last = (tmp_path / "net.yaml").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads((tmp_path / last.removeprefix(LINE)).read_text(encoding="utf-8")) == schema("")
