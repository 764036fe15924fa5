"""The outer boundary: faults, closed streams, signals, and files that appear while others are written."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import main, saving
from costcalc.cli.saving import save
from costcalc.common.errors import quote

COSTCALC = f"{sys.executable} -m costcalc"
posix = pytest.mark.skipif(not Path("/dev/full").exists(), reason="a shell with /dev/full")


def shell(script):
    """Return (exit code, stdout, stderr) of a script."""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


FULL, CLOSED = "error: cannot write: no space left on device\n", "error: cannot write: standard output is closed\n"


@posix
@pytest.mark.parametrize(
    ("script", "code", "stderr"),
    [
        ("--help > /dev/full", 2, FULL),
        ("list > /dev/full", 2, FULL),
        ("--help >&-", 2, CLOSED),
        ("report alexnet >&-", 2, CLOSED),
        ("sweep alexnet --format csv >&-", 2, CLOSED),
        ("report - <&-", 2, "error: cannot read standard input: it is closed\n"),
        ("report nope 2>&-", 2, ""),
        ("report nope 2> /dev/full", 2, ""),
        ("report alexnet > /dev/full 2> /dev/full", 2, ""),
        ("report alexnet <&- >&- 2>&-", 2, ""),
    ],
)
def test_streams_that_are_closed_or_full_are_refused(script, code, stderr):
    assert shell(f"{COSTCALC} {script}") == (code, "", stderr)


def test_a_closed_stdout_is_nothing_to_a_command_that_writes_a_file(tmp_path):
    assert shell(f"{COSTCALC} report alexnet -o {tmp_path}/x.md >&-") == (0, "", "")
    assert (tmp_path / "x.md").read_text(encoding="utf-8").startswith("## AlexNet")


def test_what_nobody_foresaw_is_one_line_to_report(monkeypatch):
    def fault(*args):
        raise KeyError("x\n\x1b")

    monkeypatch.setattr("costcalc.output.views.lint.problems", fault)
    done = CliRunner().invoke(main, ["lint", "alexnet", "--format", "json"])
    assert (done.exit_code, done.stdout) == (70, "")
    told = (
        f"error: a fault of costcalc: KeyError: 'x\\\\n\\\\x1b' (test_boundary.py:{fault.__code__.co_firstlineno + 1})"
    )
    assert done.stderr == f"{told}; please report this line with the command and its files\n"
    with pytest.raises(KeyError):
        main(["lint", "alexnet", "--format", "json"], standalone_mode=False)


@posix
def test_a_file_name_that_is_not_utf_8(tmp_path):
    name = os.fsdecode(b"\xff.yaml")
    (tmp_path / name).write_text("name: n\ninput: [3, 8, 8]\nlayers: [{op: relu}]\n", encoding="utf-8")
    for number, command in enumerate(("report", "lint", "memory")):
        for form in ("table", "json", "html", "csv", "md", "latex"):
            path = tmp_path / f"{number}.{form}"
            done = CliRunner().invoke(main, [command, str(tmp_path / name), "--format", form, "-o", str(path)])
            assert (done.exit_code, done.stdout) == (0, ""), (command, form, done.stderr)
            path.read_text(encoding="utf-8")


# files


def texts(then=lambda: None):
    yield "new\n"
    then()
    yield "more\n"


def test_a_file_that_appears_meanwhile_stays(tmp_path):
    target = tmp_path / "x.md"
    with pytest.raises(saving.click.UsageError, match="exists: --force replaces it"):
        save(str(target), texts(lambda: target.write_text("another's", encoding="utf-8")), force=False)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.md", "another's")]


@pytest.mark.parametrize("linked", [True, False])
def test_a_file_system_without_links_does_it_too(linked, tmp_path, monkeypatch):
    def link(source, target):
        raise PermissionError("no links")

    if not linked:
        monkeypatch.setattr(os, "link", link)
    target = tmp_path / "x.md"
    save(str(target), texts(), force=False)
    assert target.read_text() == "new\nmore\n"
    with pytest.raises(saving.click.UsageError, match="exists: --force replaces it"):
        save(str(target), texts(), force=False)
    other = tmp_path / "y.md"
    with pytest.raises(saving.click.UsageError, match="exists: --force replaces it"):
        save(str(other), texts(other.touch), force=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.md", "y.md"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_a_replaced_file_keeps_its_mode(mode, tmp_path):
    target = tmp_path / "x.md"
    target.touch()
    target.chmod(mode)
    save(str(target), texts(), force=True)
    assert (target.stat().st_mode & 0o777, target.read_text()) == (mode, "new\nmore\n")


def test_a_new_file_has_the_mode_that_the_shell_gives(tmp_path):
    before = os.umask(0o027)
    try:
        save(str(tmp_path / "x.md"), texts(), force=False)
    finally:
        os.umask(before)
    assert (tmp_path / "x.md").stat().st_mode & 0o777 == 0o640


def test_a_fault_while_writing_leaves_everything_as_it_was(tmp_path):
    def fault():
        raise RuntimeError

    target = tmp_path / "x.md"
    target.write_text("old", encoding="utf-8")
    for force in (True, False):
        with pytest.raises(RuntimeError):
            save(str(target if force else tmp_path / "y.md"), texts(fault), force=force)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.md", "old")]


def test_a_link_that_leads_nowhere_names_where_it_leads(tmp_path):
    (tmp_path / "x.md").symlink_to(tmp_path / "no" / "y.md")
    with pytest.raises(saving.click.UsageError, match=re.escape(f"there is no folder {quote(tmp_path / 'no')}")):
        save(str(tmp_path / "x.md"), texts(), force=True)
    (tmp_path / "z.md").symlink_to("z.md")
    for force, why in ((False, "exists: --force replaces it"), (True, "it is not a file")):
        with pytest.raises(saving.click.UsageError, match=why):
            save(str(tmp_path / "z.md"), texts(), force=force)
    assert sorted(path.is_symlink() for path in tmp_path.iterdir()) == [True, True]


@posix
def test_models_that_have_no_end_are_refused_and_a_spec_may_come_through_a_pipe(tmp_path):
    for ending in (".onnx", ".keras"):
        (tmp_path / f"x{ending}").symlink_to("/dev/zero")
        done = CliRunner().invoke(main, ["import", str(tmp_path / f"x{ending}")])
        assert (done.exit_code, done.stderr) == (
            2,
            f"error: cannot read {quote(tmp_path / f'x{ending}')}: it is not a file\n",
        )
    os.mkfifo(tmp_path / "x.json")
    spec = '{"name": "n", "input": [3, 8, 8], "layers": [{"op": "relu"}]}'
    code, stdout, _ = shell(f"echo '{spec}' > {tmp_path}/x.json & {COSTCALC} report {tmp_path}/x.json; wait")
    assert (code, stdout.split()[0]) == (0, "n")


def test_a_path_with_a_nul_is_an_error(tmp_path):
    with pytest.raises(saving.click.UsageError, match=r"cannot write `a\\x00b\.md`: "):
        save("a\0b.md", texts(), force=True)


# signals

LONG = ["sweep", "mobilenet_v2", "--width", "0.1:9:0.01", "--res", "96:1000:1", "--format", "csv"]


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()


def until(condition):
    """Wait for what is bound to come."""
    while not condition():
        time.sleep(0.02)


@pytest.mark.skipif(not Path(f"/proc/{os.getpid()}/task").exists(), reason="processes are seen in /proc")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_temporary_file_and_no_worker(name, tmp_path):
    if name == "SIGHUP" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        pytest.skip("whoever started the tests has it ignored")
    command = [sys.executable, "-m", "costcalc", *LONG, "--jobs", "2", "-o", str(tmp_path / "x.csv")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        until(lambda: [*tmp_path.iterdir()] and len(children(process.pid)) >= 2)
        workers = children(process.pid)
        process.send_signal(getattr(signal, name))
        stderr = process.communicate(timeout=120)[1]
    assert (process.returncode, stderr) == (-getattr(signal, name), "")
    assert [*tmp_path.iterdir()] == []
    until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))
