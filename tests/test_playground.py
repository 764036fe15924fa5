"""The playground without a browser: what runs beside the package there, and what is packed for it."""

import importlib.util
import json
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import main

ROOT = Path(__file__).parent.parent


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("report spec.yaml", 2, "spec.yaml:4:10: error: unknown op or block `cnov`; did you mean `conv`?\n"),
        ("report squeezenet", 0, "MACs of conv and fc, per image\n"),
        ("report 'squeezenet", 2, "Error: No closing quotation\n"),
        ("--help", 0, "Usage: costcalc"),
    ],
)
def test_a_line_is_run_on_the_text(line, code, said, tmp_path, monkeypatch):
    play = loaded(ROOT / "tools" / "playground" / "play.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(play, "FOLDER", tmp_path / "play")
    monkeypatch.setenv("COLUMNS", "80")
    spec = "name: a\ninput: [3, 8, 8]\nlayers:\n  - {op: cnov, k: 3, c: 4}\n"
    found = json.loads(play.ran(spec, line))
    assert found[0] == code
    assert said in found[1]


def test_it_prints_what_a_shell_does(tmp_path, monkeypatch):
    play = loaded(ROOT / "tools" / "playground" / "play.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(play, "FOLDER", tmp_path / "play")
    monkeypatch.setenv("COLUMNS", "80")
    done = CliRunner().invoke(main, ["report", "squeezenet"], env={"COLUMNS": play.WIDTH})
    assert json.loads(play.ran("", "report squeezenet")) == [0, done.stdout]


def test_the_archive_holds_the_package_its_specs_and_what_it_needs():
    names = {name for _, name in loaded(ROOT / "tools" / "playground.py").packed()}
    for name in ("costcalc/cli/report.py", "costcalc/specs/squeezenet.yaml", "click/__init__.py", "yaml/__init__.py"):
        assert name in names
    assert not [name for name in names if name.endswith((".so", ".pyc"))]
