"""The program as a process: exit codes, stdout and stderr apart, pipes, encodings, files, completion."""

import copy
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from rich.console import Console
from rich.theme import Theme
from running import CliRunner

import costcalc
from costcalc import specfile
from costcalc.cli import ALIASES, COMMANDS, GROUPS, main, output
from costcalc.common.errors import quote
from costcalc.common.table import Column, Document, Table
from costcalc.common.units import shown_value
from costcalc.output.formats import SUFFIXES, Screen
from costcalc.output.formats.text import to_table
from costcalc.output.formats.theme import Drawing, theme
from costcalc.output.views.report import ReportOptions, report

ROOT = Path(__file__).parent.parent
BAD = "name: N\ninput: [3, 8, 8]\nlayers:\n  - {op: conv, k: 3, c: 8, g: 2}\n"
GOOD = "name: N\nsource: nobody 1999\ninput: [4, 8, 8]\nlayers:\n  - {op: conv, k: 3, c: 8, g: 2}\n"


def process(*args, stdin=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "costcalc", *args],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=ROOT.parent,
        env={**{key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}, **env},
    )


def test_a_pipe_gets_plain_whole_lines():
    done = process("report", "mobilenet_v1", "--by", "layer")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout
    assert "…" not in done.stdout.decode()
    assert max(map(len, done.stdout.decode().splitlines())) > 80


def test_the_same_input_gives_the_same_bytes():
    assert process("report", "mobilenet_v2").stdout == process("report", "mobilenet_v2", PYTHONHASHSEED="7").stdout


def test_head_closes_the_pipe_in_peace():
    script = f"{sys.executable} -m costcalc report mobilenet_v2 --by layer | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert done.stdout.startswith(b"MobileNet V2")
    assert done.stderr == b""


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_is_wider_than_the_columns_and_no_number_is_cut(width):
    text = CliRunner().invoke(main, ["report", "mobilenet_v1"], env={"COLUMNS": str(width)}).stdout
    assert max(map(len, text.splitlines())) <= width
    assert "539,492,352" in text
    assert "4,231,976" in text
    assert ("not shown at this width" in text) == (width < 100)


@pytest.mark.parametrize("args", ["report mobilenet_v1", "explain alexnet conv1", "compare alexnet vgg16"])
def test_a_terminal_too_narrow_for_words_gets_lines_that_are_wider(args):
    shown = [CliRunner().invoke(main, args.split(), env={"COLUMNS": width}) for width in ("1", "2", "20")]
    assert [done.exit_code for done in shown] == [0, 0, 0]
    assert len({done.stdout for done in shown}) == 1


WIDE = [
    ("report", "resnet50", "--by", "layer"),
    ("report", "densenet121", "--by", "block"),
    ("report", "alexnet", "--plot", "memory"),
    ("compare", "conv_mobilenet", "mobilenet_v1"),
    ("compare", "mobilenet_v2", "mobilenet_v2:width=0.5", "mobilenet_v2:width=0.5,res=160"),
    *(("compare", "classic_bottleneck", "inverted_bottleneck:c=40", "--by", by) for by in ("kind", "stage", "layer")),
    ("compress", "squeezenet", "--by", "block"),
    ("compress", "resnet50", "--density", "0.5", "--bits", "8"),
    ("compress", "alexnet", "--svd", "5"),
    ("roofline", "mobilenet_v2", "--device", "a100", "--plot", "--measured", "1"),
    ("latency",),
    ("epoch", "vgg16", "--images", "99", "--device", "raspberry_pi_4", "--efficiency", "1/2"),
    ("explain", "mobilenet_v2", "6#2/linear"),
    ("explain", "resnet50", "conv3_x"),
    (
        "layer",
        "dwconv",
        "--k",
        "3",
        "--in",
        "64x56x56",
        "--then",
        "conv --k 1 --c 128",
        "--versus",
        "conv --k 3 --c 128",
    ),
    ("sweep", "mobilenet_v1", "mobilenet_v2", "--width", "0.5,1", "--res", "160,224"),
    ("sweep", "shufflenet_v1", "--set", "groups=1,2,3,4,8", "--columns", "norm,bias,layers,conv_macs"),
    ("fit", "mobilenet_v2", "--macs", "300M", "--over", "width,res"),
    ("memory", "mobilenet_v2", "--dtype", "int8"),
    ("memory", "resnet50", "--by", "layer", "--budget", "2MiB"),
    ("list",),
    ("verify",),
    ("verify", "--all"),
    ("reconcile", "mobilenet_v2", "314M"),
    ("reconcile", "mobilenet_v1", "575M"),
    ("why", "mobilenet_v1", "575.123M"),
    ("lint", "specs/bottleneck.yaml"),
    ("check", "mobilenet_v2", "--macs", "123456789", "--bytes", "16 MB"),
]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_every_command_keeps_to_the_columns_of_a_terminal(width, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert {args[0] for args in WIDE} - ALIASES.keys() == COMMANDS.keys() - {
        "show",
        "exercise",
        "import",
        "export",
        "page",
        "schema",
    }  # which print a file, a sheet, a spec and code, as they are
    for args in WIDE:
        lines = CliRunner().invoke(main, args, env={"COLUMNS": str(width)}).stdout.splitlines()
        assert lines, args
        assert [line for line in lines if len(line) > width] == [], args


def test_what_goes_over_lines_loses_nothing():
    columns = Column("id", "claim"), Column("n", "a title of three words", "int")
    rows = (("mobilenet_v2.reported.1.params", 8), ("x" * 25, 12345678), ("two words and a third", 3))
    text = to_table(Document((), Table(columns, rows), (), dict), Screen(24))
    assert text == (
        "claim         a title of\n"
        "                   three\n"
        "                   words\n"
        "mobilenet_             8\n"
        "v2.reported.\n"
        "1.params\n"
        "xxxxxxxxxxxx  12,345,678\n"
        "xxxxxxxxxxxx\n"
        "x\n"
        "two words              3\n"
        "and a third\n"
    )


def test_an_ascii_locale_gets_ascii_bars():
    done = process("report", "mobilenet_v1", PYTHONIOENCODING="ascii", LANG="C")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"###################" in done.stdout
    assert done.stdout.isascii()


def test_colour_is_for_terminals_alone():
    document = report(costcalc.load("mobilenet_v1").build(), ReportOptions())
    plain = to_table(document, Screen())
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, color_system="standard", theme=theme(), width=200)
    console.print(Drawing(document, Screen(200, colour=True)), crop=False)
    coloured = stream.getvalue()
    assert "\x1b[1mMobileNet V1\x1b[0m" in coloured
    assert "\x1b[36mConv 1x1" in coloured  # and its bar
    assert re.search("\x1b\\[36m *█+\x1b", coloured)
    assert "\x1b[1m94.86 %\x1b[0m" in coloured  # the largest share
    assert "\x1b[1m568,740,352\x1b[0m" in coloured
    assert "\x1b" not in plain
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["", "NO_COLOR", "dumb"],
)
def test_a_terminal_has_colour_unless_it_is_told_not_to(env, coloured):
    # `script` gives the process a terminal of its own
    command = f"{sys.executable} -m costcalc report mobilenet_v1"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"],
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "COLUMNS": "100", **env},
    )
    assert (b"\x1b[" in done.stdout) == coloured
    assert b"539,492,352" in done.stdout


def test_a_pipe_has_colour_when_it_is_forced():
    done = process("report", "mobilenet_v1", FORCE_COLOR="1", COLUMNS="100", TERM="xterm")
    assert b"\x1b[36mConv 1x1" in done.stdout
    plain = process("report", "mobilenet_v1", COLUMNS="100")
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", done.stdout) == plain.stdout


def test_an_error_on_a_terminal_has_colours_and_its_caret():
    done = process("report", "-", stdin=BAD.encode(), FORCE_COLOR="1", TERM="xterm")
    plain = process("report", "-", stdin=BAD.encode())
    assert done.returncode == plain.returncode == 2
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", done.stderr) == plain.stderr
    assert b"\x1b[1;31merror:\x1b[0m" in done.stderr
    assert re.search(rb"\x1b\[1;31m *\^+\x1b", done.stderr)


def test_rich_prints_networks_and_answers():
    networks = [costcalc.load(name).build() for name in ("mobilenet_v1", "mobilenet_v2")]
    answer = costcalc.compare(*networks)
    for renderable, args in (
        (networks[0], ("report", "mobilenet_v1")),
        (answer, ("compare", *("mobilenet_v1", "mobilenet_v2"))),
    ):
        stream = io.StringIO()
        Console(file=stream, width=100).print(renderable)
        shown = CliRunner().invoke(main, args, env={"COLUMNS": "100"}).stdout
        drawn = stream.getvalue().splitlines()
        assert drawn[0] == shown.splitlines()[0]
        assert {line for line in drawn if not line.startswith(("more ", "columns "))} <= {*shown.splitlines(), ""}
    assert json.loads(json.dumps(answer)) == answer
    assert type(copy.deepcopy(answer)) is dict


def test_a_theme_of_ones_own_is_used():
    document = report(costcalc.load("mobilenet_v1").build(), ReportOptions())
    stream = io.StringIO()
    own = Theme({"costcalc.pointwise": "blue"})
    console = Console(file=stream, force_terminal=True, color_system="standard", theme=own, width=100)
    console.print(Drawing(document))
    assert "\x1b[34mConv 1x1" in stream.getvalue()


@pytest.mark.parametrize(("terminal", "env"), [(True, {}), (False, {}), (True, {"NO_COLOR": "1"})])
def test_a_paper_is_a_link_on_a_terminal_alone(monkeypatch, terminal, env):
    stream = type("Tty", (io.StringIO,), {"isatty": lambda self: terminal})()
    for key, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", **env}.items():
        monkeypatch.setenv(key, value)
    page = output.console(stream, 100)
    page.print(Drawing(report(costcalc.load("mobilenet_v1").build(), ReportOptions())), crop=False)
    link = "\x1b]8;;https://arxiv.org/abs/1704.04861\x1b\\"
    text = stream.getvalue()
    assert (text.count(link), text.count("\x1b]8;;\x1b\\")) == ((1, 1) if terminal and not env else (0, 0))
    plain = CODES.sub("", text)
    assert plain.splitlines()[0] == "MobileNet V1    Howard et al. 2017, arXiv:1704.04861, Table 1"
    assert "\x1b" not in plain


CODES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


def test_standard_input_is_a_spec():
    done = process("report", "-", "--format", "json", stdin=GOOD.encode())
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert (data["spec"], data["totals"]["macs"]) == ("-", 3 * 3 * 2 * 8 * 64)


def test_a_bad_spec_ends_with_2_and_says_where(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    done = process("report", str(path))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == (
        f"{path}:4:31: error: groups of 2 do not divide the 3 input channels\n"
        "    - {op: conv, k: 3, c: 8, g: 2}\n"
        "                                ^\n"
    )


def test_an_error_shows_the_layers_before_it(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD.replace("layers:\n", "layers:\n  - {op: conv, k: 1, c: 5, name: first}\n"))
    done = CliRunner().invoke(main, ["report", str(path)])
    assert done.stderr.startswith(
        f"the layer before the error:\n  first  Conv 1x1         8x8x3 -> 8x8x5\n{path}:5:31: error: "
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("report",), "Missing argument 'SPEC'."),
        (("reprot",), "unknown command `reprot`; did you mean `report`?"),
        (("report", "mobilenet_v1", "--set", "depth"), "`depth` must be written KEY=VALUE"),
        (("report", "mobilenet_v1:width=0.5", "--width", "0.5"), "setting `width` is given twice"),
        (("report", "mobilenet_v1", "--width", "0.5", "--set", "width=1"), "setting `width` is given twice"),
        (("report", "mobilenet_v1", "--width", "wide!"), "setting `width`: `wide!` is not an expression"),
        (("report", "mobilenet_v1", "--input", "224"), "--input must be channels x height x width, such as 3x480x640, not `224`"),
        (("report", "mobilenet_v1", "--top", "0"), "0 is not in the range x>=1"),
        (("report", "mobilenet_v1", "-o", "x.pdf"), f"`x.pdf` has an unknown suffix; use one of {', '.join(SUFFIXES)}, or --format"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_bad_usage_ends_with_2(args, message):
    result = CliRunner().invoke(main, args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--width", "wide"), "error: setting `width` must be a number, such as 1.0, not the word `wide`\n"),
        (("--set", "widht=1"), "error: `MobileNet V1` has no setting `widht`; did you mean `width`? Available: `width`, `res`, `classes`, `separable`"),
        (("--input", "3x8x8", "--res", "9"), "error: setting `res` sizes the input alone, which another input replaces: give one of them\n"),
    ],
)  # fmt: skip
def test_bad_settings_end_with_2(args, message):
    result = CliRunner().invoke(main, ["report", "mobilenet_v1", *args])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)


# files


def test_output_goes_to_a_file_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report.json"
    done = process("report", "mobilenet_v1", "-o", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert json.loads(target.read_text())["totals"]["macs"] == 568740352
    again = ["report", "mobilenet_v1", "-o", str(target), "--width", "0.5"]
    refused = CliRunner().invoke(main, again)
    assert refused.exit_code == 2
    assert "exists: --force replaces it" in refused.stderr
    assert json.loads(target.read_text())["totals"]["macs"] == 568740352
    assert CliRunner().invoke(main, [*again, "--force"]).exit_code == 0
    assert json.loads(target.read_text())["totals"]["macs"] == 149497088
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("path", "folder"), [("no/x.md", "no"), ("no/more/x.md", "no/more"), ("file.md/x.md", "file.md"), ("folder.md", "")]
)
def test_a_path_that_cannot_be_written_is_an_error(tmp_path, path, folder):
    why = f"there is no folder {quote(tmp_path / folder)}" if folder else "it is not a file"
    (tmp_path / "file.md").touch()
    (tmp_path / "folder.md").mkdir()
    for command in ("report", "show"):
        done = CliRunner().invoke(main, [command, "mobilenet_v1", "-o", str(tmp_path / path), "--force"])
        assert (done.exit_code, done.stdout) == (2, "")
        told = done.stderr.splitlines()[-1]
        assert told == f"Error: cannot write {quote(tmp_path / path)}: {why}"
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["file.md", "folder.md"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    target = tmp_path / "list.txt"
    target.write_text("old")
    script = f"ulimit -f 0; {sys.executable} -m costcalc list -o {target} --force"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"Error: cannot write {quote(target)}: file too large\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("list.txt", "old")]


@pytest.mark.parametrize("there", [True, False], ids=["", "dangling"])
def test_a_link_stays_one_and_what_it_points_to_is_written(tmp_path, there):
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "real.yaml", tmp_path / "link.yaml"
    if there:
        target.write_text("old")
    link.symlink_to(Path("folder") / "real.yaml")
    args = ["show", "alexnet", "-o", str(link), *(["--force"] if there else [])]
    assert CliRunner().invoke(main, args).exit_code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == (ROOT / "specs" / "alexnet.yaml").read_text(encoding="utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["real.yaml"]


# the other commands


def test_list_has_every_bundled_file():
    data = json.loads(CliRunner().invoke(main, ["list", "--format", "json"]).stdout)
    assert data["schema"] == "costcalc/list/1"
    rows = {row["spec"]: row for row in data["specs"]}
    assert {key: rows["mobilenet_v2"][key] for key in ("params", "macs", "year")} == {
        "params": 3504872,
        "macs": 300774272,
        "year": "2018",
    }
    for row in data["specs"]:
        totals = costcalc.load(row["spec"]).build().totals
        assert (totals.params, totals.macs) == (row["params"], row["macs"]), row["spec"]


def test_show_prints_the_file_as_it_is(tmp_path):
    text = (ROOT / "specs" / "squeezenet.yaml").read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["show", "squeezenet"]).stdout == text
    copy = tmp_path / "mine.yaml"
    assert CliRunner().invoke(main, ["show", "squeezenet", "-o", str(copy)]).exit_code == 0
    assert copy.read_text(encoding="utf-8") == text


def test_lint_tells_all_errors_of_a_file_and_ends_with_2(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("k: 3", "kernel: 3").replace("op: conv", "op: cnov") + "colour: red\n")
    result = CliRunner().invoke(main, ["lint", str(path)])
    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout == (
        f"{path}:5:16: error: a row has no key `kernel`; did you mean `k`?\n"
        "    - {op: cnov, kernel: 3, c: 8, g: 2}\n"
        "                 ^^^^^^\n"
        f"{path}:6:1: error: a spec has no key `colour`; available: `source`, `unit`, `choices`, `input`, `inputs`, "
        "`blocks`, `columns`, `layers`, `outputs`, `alternatives`, `totals`, `reported` and 7 more\n"
        "  colour: red\n"
        "  ^^^^^^\n"
        "1 file: 2 errors, 0 warnings\n"
    )


@pytest.mark.parametrize(
    ("rows", "warning"),
    [
        ("{op: maxpool, k: 2}\n  - {op: maxpool, k: 2, s: 3}", "stride 3x3 drops 2 of 4 rows and 2 of 4 columns of the input to `1`"),
        ("{op: conv, k: 3, c: 4, s: 2, p: 0}", "stride 2x2 drops 1 of 8 rows and 1 of 8 columns of the input to `0`"),
        ("{op: conv, k: 3, c: 4, bias: true, norm: bn}", "a bias before a normalisation: its beta makes the bias redundant"),
        ("{op: conv, k: 3, c: 4, bias: true}\n  - {op: bn}", "a bias before a normalisation: its beta makes the bias redundant"),
        ("{op: conv, k: 3, c: 4}\n  - {op: conv, k: 1, c: 2, from: input}", "nothing reads the output of `0`"),
    ],
)  # fmt: skip
def test_lint_warns_and_ends_with_0(tmp_path, rows, warning):
    path = tmp_path / "net.yaml"
    path.write_text(f"name: N\ninput: [4, 8, 8]\nlayers:\n  - {rows}\n")
    result = CliRunner().invoke(main, ["lint", str(path), "--format", "json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [(problem["level"], problem["message"]) for problem in found["problems"]] == [("warning", warning)]


def test_lint_has_no_errors_for_the_bundled_specs():
    result = CliRunner().invoke(main, ["lint", *map(str, sorted((ROOT / "specs").glob("*.yaml")))])
    assert result.exit_code == 0, result.stdout


def test_lint_takes_bundled_names_as_other_commands_do():
    result = CliRunner().invoke(main, ["lint", "resnet50", "mobilenet_v1"])
    assert (result.exit_code, result.stdout) == (0, "2 files: 0 errors, 0 warnings\n")
    result = CliRunner().invoke(main, ["lint", "resnet5O"])
    message = (
        "no bundled spec `resnet5O` and no such file; did you mean `resnet50`? (`costcalc list` shows the bundled ones)"
    )
    assert (result.exit_code, result.stdout) == (2, f"error: {message}\n1 file: 1 error, 0 warnings\n")


@pytest.mark.parametrize("command", ["report", "lint"])
def test_a_name_without_the_ending_of_its_file_gets_a_hint(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lenet5.yaml").write_text(GOOD)
    result = CliRunner().invoke(main, [command, "lenet5"])
    assert result.exit_code == 2
    assert result.output.startswith(
        "error: no bundled spec `lenet5` and no such file; did you mean the file `lenet5.yaml`? (`costcalc list` shows"
    )


def test_a_claims_file_is_no_spec_and_says_so():
    path = ROOT / "specs" / "claims" / "lecture.yaml"
    result = CliRunner().invoke(main, ["report", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{path}:3:1: error: a claims file, no spec: `costcalc verify` reads it\n")


# help, version, completion


def test_version():
    assert CliRunner().invoke(main, ["--version"]).stdout == f"costcalc, version {costcalc.__version__}\n"


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_an_example(command):
    result = CliRunner().invoke(main, [*command.split(), "--help"], prog_name="costcalc")
    assert result.exit_code == 0
    assert f"  costcalc {command or 'report'}" in result.stdout


def test_no_help_imports_rich_or_yaml():
    script = (
        "import sys\nfrom costcalc.cli import main\n"
        f"for command in {[[], *([name] for name in COMMANDS)]!r}:\n"
        "    try: main([*command, '--help'], prog_name='costcalc')\n"
        "    except SystemExit: pass\n"
        "    assert not {'rich', 'yaml'} & set(sys.modules), command"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Usage: costcalc") == len(COMMANDS) + 1


@pytest.mark.parametrize("form", ["json", "csv", "table"])
def test_what_goes_into_a_pipe_does_not_import_rich(form):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "costcalc", "report", "mobilenet_v1", "--format", form],
        capture_output=True,
        text=True,
        check=True,
    )
    assert " rich" not in done.stderr
    assert " costcalc.unfold.interpreter" in done.stderr


@pytest.mark.parametrize(
    ("args", "incomplete", "expected"),
    [
        (["report"], "mobilenet_v3_l", [f"mobilenet_v3_large{end}" for end in ("", "_075", "_minimal")]),
        (["report"], "mobilenet_v2", ["mobilenet_v2"]),
        (["report", "mobilenet_v1", "--set"], "w", ["width="]),
        (["report", "resnet50", "--set"], "version=1.", ["version=1.5"]),
        (["report"], "mobilenet_v1:", [f"mobilenet_v1:{name}=" for name in ("width", "res", "classes", "separable")]),
        (["compare", "vgg16"], "mobilenet_v1:width=0.5,r", ["mobilenet_v1:width=0.5,res="]),
        (["report"], "resnet18:version=", ["resnet18:version=1", "resnet18:version=1.5"]),
        (["fit", "resnet50", "--over"], "res,de", ["res,depth"]),
        (["sweep", "resnet50:version=1", "--sort"], "dep", ["depth"]),
        (["sweep", "mobilenet_v1", "--plot"], "width,top", ["width,top1", "width,top5"]),
        (["report", "mobilenet_v1", "--columns"], "path,macs", ["path,macs", "path,macs_share", "path,macs_cum"]),
        (["report", "mobilenet_v1", "--by"], "b", ["block"]),
        (["report", "mobilenet_v1", "--convention"], "con", ["conv+fc", "conv"]),
        (["compare", "vgg16", "vgg19", "--convention"], "no", ["no-norm"]),
        (["sweep", "vgg16", "--convention"], "no", ["no-norm"]),
        (["report", "mobilenet_v1", "--dtype"], "fp1", ["fp16"]),
        (["memory", "mobilenet_v1", "--dtype"], "fp1", ["fp16"]),
        (["lint"], "resnet1", ["resnet101", "resnet152", "resnet18"]),
    ],
    ids=[
        "spec",
        "one spec",
        "setting",
        "choice of a setting",
        "riding setting",
        "second riding setting",
        "choice of a riding setting",
        "setting to solve for",
        "order of a sweep",
        "plot of a sweep",
        "column",
        "choice",
        "convention",
        "comparing",
        "sweeping",
        "dtype",
        "type in memory",
        "lint",
    ],
)
def test_completion(args, incomplete, expected):
    found = ShellComplete(main, {}, "costcalc", "_COSTCALC_COMPLETE").get_completions(args, incomplete)
    assert [item.value for item in found] == expected


def examples_of(command):
    """Yield the command lines in the help of a command."""
    text = CliRunner().invoke(main, [command, "--help"], prog_name="costcalc", env={"COLUMNS": "200"}).stdout
    yield from re.findall(rf"^  costcalc ({command}\b.*)$", text, re.MULTILINE)


NEEDS_MORE = ("import",)  # a model of another framework, and that framework


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in NEEDS_MORE])
def test_the_examples_in_help_run_as_printed(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {
        "my_net.yaml": (ROOT / "specs" / "mobilenet_v2.yaml").read_text(encoding="utf-8"),
        "my_phone.yaml": (ROOT / "specs" / "latencies" / "shufflenet_v1.yaml").read_text(encoding="utf-8"),
        "my_phone_cpu.yaml": (ROOT / "specs" / "devices" / "k40.yaml").read_text(encoding="utf-8"),
        "class.csv": "student\nada\n",
        "grades.csv": "Student,ID,What a layer costs (7)\nada,1,\n",
        "students.csv": "student\nada\n",
        "homework.yaml": "title: t\ndraw: {k: [3, 5]}\nquestions:\n  - {id: q, ask: macs, layer: {op: conv, k: k, c: 8}, in: [3, 8, 8]}\n",
    }
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    lines = [*examples_of(command)]
    assert lines
    for line in lines:
        args = [part for part in shlex.split(line) if part != "#"]
        done = CliRunner().invoke(main, [*args, "--force"] if "-o" in args else args, prog_name="costcalc")
        answers = command in ("check", "layer", "memory")  # whose exit code is part of the answer
        assert done.exit_code in ((0, 1) if answers else (0,)), (line, done.output)


def test_completion_knows_every_bundled_spec_without_parsing_it():
    for name in specfile.bundled():
        spec = specfile.load(name)[0]
        choices = {key: tuple(map(shown_value, spec.choices.get(key, ()))) for key in spec.settings}
        assert specfile.glanced(name) == (choices, tuple(spec.variants)), name


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("costcalc report resnet50 --set de", "depth="),
        ("costcalc report resnet18:version=", "resnet18:version=1"),
        ("costcalc fit resnet50 --over res,de", "res,depth"),
        (f"costcalc report {ROOT}/specs/resnet.yaml:resnet1", f"{ROOT}/specs/resnet.yaml:resnet18"),
        (f"costcalc report {ROOT}/specs/resnet.yaml:", f"{ROOT}/specs/resnet.yaml:resnet18"),
        (f"costcalc report {ROOT}/specs/resnet.yaml:v", f"{ROOT}/specs/resnet.yaml:version="),
        ("costcalc sweep mobilenet_v1 --sort mac", "macs"),
        ("costcalc sweep mobilenet_v1 --plot width,top", "width,top1"),
        ("costcalc check sing", "single_layers"),
        ("costcalc lint resnet1", "resnet101"),
    ],
)
def test_a_shell_completes_without_yaml_and_rich(words, first):
    script = "import sys\nfrom costcalc.cli import main\ntry: main(prog_name='costcalc')\nexcept SystemExit: pass\n"
    script += "print({'rich', 'yaml'} & {*sys.modules}, file=sys.stderr)"
    asked = {"_COSTCALC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env={**os.environ, **asked}
    )
    assert (done.stdout.split("\n")[0], done.stderr) == (f"plain,{first}", "set()\n")


@pytest.mark.parametrize(
    ("asked", "same"), [(["help"], ["--help"]), (["help", "fit"], ["fit", "--help"]), (["-V"], ["--version"])]
)
def test_help_of_a_command_and_a_short_version(asked, same):
    first, second = (CliRunner().invoke(main, args, prog_name="costcalc") for args in (asked, same))
    assert (first.exit_code, first.stdout) == (0, second.stdout)


def test_every_command_is_in_one_group():
    assert sorted(COMMANDS) == sorted(name for group in GROUPS.values() for name in group)
    files = {path.stem for path in (ROOT / "costcalc" / "cli").glob("*.py") if "\ndef command(" in path.read_text()}
    assert {*COMMANDS, *ALIASES} >= files


def test_output_that_cannot_be_written_is_an_error_without_a_traceback(tmp_path):
    script = f"ulimit -f 0; {sys.executable} -m costcalc list > {tmp_path}/full"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "error: cannot write: file too large\n")
