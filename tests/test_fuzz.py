"""The fuzzer: what once broke stays mended, chance can be had again, and what no input may do is noticed."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import guide, harness, inputs
from fuzz.inputs import Case
from fuzz.mutate import Mutator

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(signal, "setitimer", lambda *args: None)  # a slow machine is no fault here
    for name, text in inputs.BESIDE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("path", sorted(inputs.CORPUS.iterdir()), ids=lambda path: path.name)
def test_what_once_broke_stays_mended(path, folder):
    kind = path.name.partition("-")[0]
    for args in inputs.commands_of(kind):
        found = harness.run(Case(kind, path.read_bytes(), args), folder)
        assert found.wrong == "", args


@pytest.mark.parametrize("kind", inputs.STARTS)
def test_the_files_to_start_from_are_taken(kind, folder):
    codes = [
        harness.run(Case(kind, data, args), folder).code
        for data in inputs.STARTS[kind]
        for args in inputs.commands_of(kind)
    ]
    assert codes.count(2) <= len(codes) // 4, codes  # a network without a variant, for one


@pytest.mark.parametrize("line", inputs.OPTIONS)
def test_the_options_to_start_from_are_taken(line, folder):
    found = harness.run(Case("options", line.encode(), ()), folder)
    assert (found.wrong, found.code in (0, 1)) == ("", line != "latency times.yaml --device k40"), found.said


def test_one_seed_gives_one_course():
    pool = [data for _, data in inputs.starts()]
    first, second = (
        [Mutator(random.Random(7))(data, pool[0]) for data in pool]  # noqa: S311
        for _ in range(2)
    )
    assert first == second
    assert sum(one != other for one, other in zip(first, pool, strict=True)) > len(pool) * 0.9


@pytest.mark.parametrize(
    ("code", "out", "err", "args", "wrong"),
    [
        (70, "", "", ["report"], "exit code 70"),
        (0, "a\x9bb", "", ["report"], "character U+009B is printed"),
        (0, "", "\u202e", ["report"], "character U+202E is printed"),
        (2, "", "", ["report"], "a refusal without a word"),
        (2, "", "error: no place", ["report"], "a refusal without a place: error: no place"),
        (2, "", "f.yaml:1:1: error: a place", ["report"], ""),
        (
            0,
            "{",
            "",
            ["report", "--format", "json"],
            "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (0, "fine", "", ["report"], ""),
    ],
)
def test_what_no_input_may_do_is_noticed(code, out, err, args, wrong):
    assert (
        harness.misbehaviour(Case("spec", b"", ()), args, code, out, err).partition(" (char")[0]
        == wrong.partition(" (char")[0]
    )


def test_a_traceback_and_an_endless_run_are_noticed(folder, monkeypatch):
    def fault(*args, **options):
        raise error

    monkeypatch.setattr(harness, "main", fault)
    error = KeyError("x")
    assert "KeyError: 'x'" in harness.run(Case("spec", b"", ("lint", "F")), folder).wrong
    error = harness.TooLongError()
    assert harness.run(Case("spec", b"", ("lint", "F")), folder).wrong == "more than 20 seconds"


def test_new_messages_are_new_once():
    seen = guide.Guide()
    assert seen.is_new("lint", "f.yaml:1:1: error: unknown key `a`")
    assert not seen.is_new("lint", "f.yaml:9:3: error: unknown key `b`")
    assert seen.is_new("report", "f.yaml:9:3: error: unknown key `b`")


def test_it_runs_from_a_shell(tmp_path):
    command = [sys.executable, "-m", "tests.fuzz", "--inputs", "150", "--seed", "1", "--failures", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.startswith("seed 1: 150 inputs, ")
    assert [*tmp_path.iterdir()] == []
