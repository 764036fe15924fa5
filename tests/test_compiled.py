"""Bundled files as data: equal to their YAML, and never in the place of a file, or of code, that has changed."""

import ast
import json
import subprocess
import sys

import pytest

from costcalc import specfile
from costcalc.common.errors import Source
from costcalc.language.expr import Expr
from costcalc.specfile import compiled


def told(value):
    """Return all that a spec says, with the types of it and the trees of its expressions."""
    kind = type(value).__name__
    if isinstance(value, Source):
        return kind, value.name, value.text
    if isinstance(value, Expr):
        return kind, value.text, ast.dump(value.tree, include_attributes=True)
    if isinstance(value, dict):
        return kind, [(key, told(item)) for key, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return kind, sorted(value)
    return (kind, [told(item) for item in value]) if isinstance(value, tuple) else (kind, value)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of compiled specs of its own, in the place of the package's."""
    monkeypatch.setattr(compiled, "FOLDER", str(tmp_path))
    specfile._bundled.cache_clear()
    yield tmp_path
    specfile._bundled.cache_clear()


@pytest.mark.parametrize("name", specfile.bundled())
def test_a_compiled_spec_is_what_its_yaml_says(name, folder):
    source = specfile.source_of(specfile.path_of(name))
    spec, problems = specfile.examine(source)
    assert not problems
    (folder / f"{name}.json").write_text(compiled.written(spec, None), encoding="utf-8")
    assert told(compiled.find(source, name)) == told(spec)


@pytest.mark.parametrize(
    "name", [f"{kind}/{name}" for kind in ("claims", "devices") for name in specfile.bundled(kind)]
)
def test_a_compiled_file_of_another_kind_is_what_its_yaml_says(name, folder):
    source, kind = specfile.source_of(specfile.path_of(name)), name.partition("/")[0]
    found, problems = (specfile.read_other(source) or ("", *specfile.examine(source)))[1:]
    assert not problems
    (folder / kind).mkdir()
    (folder / f"{name}.json").write_text(compiled.written(found, None, source.text, kind), encoding="utf-8")
    assert told(compiled.find(source, name)) == told(found)


@pytest.mark.parametrize(
    ("text", "code", "taken"),
    [
        ("", None, True),
        ("", "this", True),
        ("\n# a comment", None, False),
        ("", [1, 2, 3], False),
    ],
    ids=["of a wheel", "of this code", "of another text", "of other code"],
)
def test_a_compiled_spec_is_of_this_text_and_this_code(text, code, taken, folder):
    source = specfile.source_of(specfile.path_of("alexnet"))
    spec, _ = specfile.examine(source)
    stamp = compiled.stamp() if code == "this" else code
    (folder / "alexnet.json").write_text(compiled.written(spec, stamp), encoding="utf-8")
    changed = Source(source.name, source.text + text)
    assert bool(compiled.find(changed, "alexnet")) == taken
    assert specfile.load_source(changed).name == spec.name


BROKEN = {
    "empty": "",
    "cut": "{",
    "no parts": "[]",
    "null": "null",
    "nested too deeply": "[" * 100_000,
    **dict.fromkeys(("no spec", "of no kind", "with too few parts", "with too many"), "[TEXT, null, DATA]"),
}
DATA = {"of no kind": "[99]", "with too few parts": "[10]", "with too many": "[3, 1, 2, 3, 4, 5]"}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_not_taken(what, folder):
    source = specfile.source_of(specfile.path_of("alexnet"))
    text = BROKEN[what].replace("TEXT", json.dumps(source.text)).replace("DATA", DATA.get(what, "7"))
    (folder / "alexnet.json").write_text(text, encoding="utf-8")
    assert compiled.find(source, "alexnet") is None


def test_a_file_of_ones_own_is_read_from_its_yaml(folder, tmp_path):
    source = specfile.source_of(specfile.path_of("alexnet"))
    changed = json.loads(compiled.written(specfile.examine(source)[0], None))
    changed[2][1] = "another name"
    (folder / "alexnet.json").write_text(json.dumps(changed), encoding="utf-8")
    own = tmp_path / "alexnet.yaml"
    own.write_text(source.text, encoding="utf-8")
    assert [specfile.load(name)[0].name for name in ("alexnet", str(own))] == ["another name", "AlexNet"]


def test_a_report_of_a_bundled_network_imports_no_yaml(tmp_path):
    spec, _ = specfile.examine(specfile.source_of(specfile.path_of("mobilenet_v1")))
    (tmp_path / "mobilenet_v1.json").write_text(compiled.written(spec, None), encoding="utf-8")
    program = f"""
import sys
from costcalc.cli import main
from costcalc.specfile import compiled
compiled.FOLDER = {str(tmp_path)!r}
main(["report", "mobilenet_v1"], standalone_mode=False)
print({{"yaml", "costcalc.specfile.reader", "rich", "pathlib"}} & {{*sys.modules}}, file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stderr == "set()\n"
    assert "MobileNet V1" in run.stdout


def test_the_hook_writes_every_sound_file(tmp_path):
    compiled.write(str(tmp_path / "new"), None)
    for kind in compiled.CLASSES:
        assert sorted(path.stem for path in (tmp_path / "new" / kind).glob("*.json")) == specfile.bundled(kind)
