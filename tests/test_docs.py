"""The pages run: every YAML block of README.md and docs/, every command line, and each table that restates the code.

How a page says what its blocks do:

* A block marked ```yaml is a spec and must load and unfold. `name:` and `input: [3, 8, 8]` are added below it where it
  leaves them out, so its line numbers stay those of the page. Another word on the fence (```yaml answers) makes it
  another kind of file, which only the commands of its page read.
* Comment lines in it say what it comes to: `# gives: params 228, out 8x8x4`, or `# gives at width=0.5: ...`.
* A ```text block right below it is the whole error that it gives, at the defaults or as `# fails at width=0.5` says.
* A first line `# NAME.yaml` saves the block under that name for the commands of the page; so does a name on the fence
  of a ```csv block.
* Lines of a ```sh block run in order, in one empty folder a page, and exit 0 unless they end in `# exit 1`.
* A ```python block runs as a script of its own, and prints what a ```text block right below it shows.
* A ```console block is a transcript at 100 columns: `$ command`, then its output; `...` alone stands for more lines.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from running import CliRunner

from costcalc.analysis import claimfile
from costcalc.analysis.statements import SIZES
from costcalc.analysis.verify import VERDICTS
from costcalc.causes import answers
from costcalc.cli import main
from costcalc.common.errors import Source, SpecError
from costcalc.language import expr
from costcalc.language.expr import FUNCTIONS, literal
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import BY_ATTRIBUTE, COUNTS
from costcalc.ops import NOTES, OPS
from costcalc.ops.schema import OneOf, Truth
from costcalc.specfile import cells, composer, fields, load_source, reader, tree
from costcalc.specfile.rows import OWN_COLUMNS
from costcalc.teaching import questionfile
from costcalc.unfold import interpreter, scope
from costcalc.unfold.claims import CLAIM_COLUMNS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGE = ROOT / "docs" / "spec-format.md"
WIDTH = 100
SKIPPED = ("pip", "python", "python3", "git", "source", ".")  # they install, or run these tests again
LEFT_OUT = {"name": "name: example", "input": "input: [3, 8, 8]"}


class Block(NamedTuple):
    """One fenced block of a page: what its fence says, its first line's number, its text, and the block right below."""

    page: Path
    info: str
    line: int
    text: str
    below: "Block | None" = None

    @property
    def place(self):
        return f"{self.page.name}:{self.line}"


def blocks_of(page):
    """Return the fenced blocks of a page in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    fences = [number for number, line in enumerate(lines) if line.startswith("```")]
    assert len(fences) % 2 == 0, f"{page.name} has a fence that is not closed"
    blocks: list[Block] = []
    for start, end in reversed(list(zip(fences[::2], fences[1::2], strict=True))):
        between = lines[end + 1 : blocks[-1].line - 2] if blocks else ["prose"]
        below = blocks[-1] if not any(between) else None
        text = "".join(f"{line}\n" for line in lines[start + 1 : end])
        blocks.append(Block(page, lines[start][3:].strip(), start + 2, text, below))
    return blocks[::-1]


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
SPECS = [block for block in BLOCKS if block.info == "yaml"]
FAILING = [block for block in SPECS if block.below and block.below.info == "text"]


def source_of(block):
    """Return a block as the source of a whole spec."""
    added = [line for key, line in LEFT_OUT.items() if not re.search(f"^{key}s?:", block.text, re.MULTILINE)]
    return Source("net.yaml", "\n".join([block.text.rstrip("\n"), *added]) + "\n")


def settings_of(text):
    """Return `width=0.5 res=160` as settings."""
    pairs = (pair.partition("=") for pair in (text or "").split())
    return {key: literal(value) for key, _, value in pairs}


def figure_of(network, what):
    """Return what a network comes to, written as the pages write it."""
    if what == "out":
        return str(network.layers[-1].out)
    if what in ("paths", "stages"):
        groups = [layer.path for layer in network.layers] if what == "paths" else [g.label for g in network.by("stage")]
        return " ".join(groups)
    return f"{network.totals.figure(what):,}"


@pytest.mark.parametrize("block", [block for block in SPECS if block not in FAILING], ids=lambda block: block.place)
def test_a_spec_gives_what_the_page_says(block):
    spec = load_source(source_of(block))
    interpreter.build(spec)
    said = re.findall(r"^# gives(?: at ([^:]+))?: (.+)$", block.text, re.MULTILINE)
    for at, figures in said:
        network = interpreter.build(spec, settings_of(at))
        given = [what.split(" ", 1)[0] for what in figures.split(", ")]
        assert figures == ", ".join(f"{what} {figure_of(network, what)}" for what in given)
    assert said or block.page != PAGE, "each example of the spec format says what it gives"


@pytest.mark.parametrize("block", FAILING, ids=lambda block: block.place)
def test_a_wrong_spec_gives_the_whole_error_that_the_page_shows(block):
    at = re.search(r"^# fails at (.+)$", block.text, re.MULTILINE)
    with pytest.raises(SpecError) as error:
        interpreter.build(load_source(source_of(block)), settings_of(at and at[1]))
    assert f"{error.value}\n" == block.below.text


# commands


class Command(NamedTuple):
    """One command line of a page: how it should end, and the output that a transcript shows."""

    block: Block
    line: str
    code: int
    shown: str | None = None


def commands_of(block):
    """Yield the command lines of a sh or console block."""
    text = block.text
    if block.info == "console":
        # a command goes on behind a backslash; an output may end its lines in one
        text = re.sub(r"^\$ (?:.*\\\n)+", lambda found: found[0].replace("\\\n", " "), text, flags=re.MULTILINE)
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            yield command_of(block, line, shown)
    else:
        for line in text.replace("\\\n", " ").splitlines():
            for part in line.split(" && "):
                if part.strip() and not part.startswith("#"):
                    yield command_of(block, part)


def command_of(block, line, shown=None):
    said = re.search(r"\s+# exit (\d)$", line)
    return Command(block, re.sub(r"\s+# .*$", "", line).strip(), int(said[1]) if said else 0, shown)


def ran(line):
    """Return (exit code, output) of a command line, in this process unless a shell has to read it."""
    unquoted = re.sub("'[^']*'", "", line)
    if line.startswith("costcalc ") and not set(unquoted) & set("|<>;&$*"):
        done = CliRunner().invoke(main, shlex.split(line)[1:], prog_name="costcalc")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    process = subprocess.run(
        ["bash", "-c", line],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={**os.environ, "PATH": path},
    )
    return process.returncode, process.stdout.decode()


def same(shown, output):
    """Return whether a transcript shows an output; `...` alone on a line stands for any lines."""
    pattern = "".join(r"(?:.*\n)*" if line == "..." else re.escape(line) + " *\n" for line in shown.splitlines())
    return re.fullmatch(pattern, output) is not None


RUN = [
    command
    for block in BLOCKS
    if block.info in ("sh", "console")
    for command in commands_of(block)
    if command.line.split()[0] not in SKIPPED
]


@pytest.mark.parametrize("page", sorted({command.block.page for command in RUN}), ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    for block in BLOCKS:
        named = re.match(r"# ([\w.-]+\.yaml)\n", block.text) if block.info.startswith("yaml") else None
        if named and block.page == page:
            text = source_of(block).text if block in SPECS else block.text
            (tmp_path / named[1]).write_text(text, encoding="utf-8")
        if block.info.startswith("csv ") and block.page == page:
            (tmp_path / block.info.split()[1]).write_text(block.text, encoding="utf-8")
    wrong = []
    for command in RUN:
        if command.block.page != page:
            continue
        code, output = ran(command.line)
        if code != command.code:
            wrong.append(f"{command.block.place}: {command.line}: exit {code}, not {command.code}\n{output}")
        elif command.shown is not None and not same(command.shown, output):
            wrong.append(f"{command.block.place}: {command.line}: the output is\n{output}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.info == "python"], ids=lambda block: block.place)
def test_a_script_prints_what_the_page_shows(block, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(block.text, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert not block.below or done.stdout == block.below.text


def test_the_readme_is_short_and_its_table_of_commands_runs(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    monkeypatch.chdir(tmp_path)
    lines = [row[1].strip("`") for row in table_under("What do you want to do?", ROOT / "README.md")]
    assert len(lines) >= 12
    if "costcalc report model.onnx" in lines:
        onnx = pytest.importorskip("onnx")
        assert ran("costcalc export mobilenet_v2 --to onnx -o model.onnx")[0] == 0
        assert onnx.load("model.onnx")
    failed = [line for line in lines if ran(line)[0]]
    assert failed == []


def test_the_index_of_the_pages_has_them_all_and_every_link_leads_somewhere():
    listed = {
        cell
        for row in table_in((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))
        for cell in re.findall(r"\((\S+)\)", row[0])
    }
    assert listed == {page.name for page in PAGES if page.parent.name == "docs"} - {"README.md"}
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)[^)\s]*\)", page.read_text(encoding="utf-8")):
            assert target.startswith("http") or (page.parent / target).exists(), (page.name, target)


def test_the_transcripts_are_compared():
    assert same("a\nb\n", "a  \nb\n")
    assert same("a\n...\nd\n", "a\nb\nc\nd\n")
    assert not same("a\n", "b\n")
    assert not same("a\n", "a\nb\n")


# what the spec format restates of the code


def default(kind, value):
    """Return a column's default as a spec writes it, or an empty string where it follows from other columns."""
    if isinstance(kind, Truth):
        return str(value).lower()
    if value is None:
        return "none" if isinstance(kind, OneOf) else ""
    return str(value[0] if isinstance(value, tuple) else value)


def table_under(heading, page=PAGE):
    """Return the cells of the table under a heading of a page, the spec format's unless said, without its header."""
    return table_in(page.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0])


def table_in(section):
    """Return the cells of the table in a text, without its header."""
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def op_row(name):
    """Return an op's row of the table: name, what it is, inputs, the columns it needs, the others with their defaults."""
    op = OPS[name]
    defaults = op.function.__kwdefaults__ or {}
    others = []
    for column, kind in op.columns.items():
        if column in op.required or column in op.either:
            continue
        value = default(kind, defaults[column])
        others.append(f"`{column}: {value}`" if value else f"`{column}`")
    needs = [f"`{column}`" for column in op.columns if column in op.required]
    either = [" or ".join(f"`{column}`" for column in op.either)] if op.either else []
    inputs = {None: "two or more", (1, 2, 3): "1, 2, 3"}.get(op.inputs, str(op.inputs))
    what = op.function.__doc__.splitlines()[0].rstrip(".")
    return [f"`{name}`", what, inputs, ", ".join([*needs, *either]), ", ".join(others)]


def test_the_table_of_ops_is_that_of_the_code():
    assert table_under("Ops") == [op_row(name) for name in OPS]


NAMES = {
    "The file": reader.FORM.names,
    "Columns that every row has": OWN_COLUMNS,
    "Claims": CLAIM_COLUMNS,
    "Functions": tuple(FUNCTIONS),
}


@pytest.mark.parametrize("heading", NAMES)
def test_the_tables_of_names_are_those_of_the_code(heading):
    named = [re.match(r"`(\w+)", row[0])[1] for row in table_under(heading)]
    assert sorted(named) == sorted(NAMES[heading])


def test_the_table_of_a_claims_keys_is_that_of_the_code():
    named = [row[0].strip("`") for row in table_under("A claim", ROOT / "docs" / "claims.md")]
    assert sorted(named) == sorted(claimfile.CLAIM.names)
    own = {*FIGURES} - {*COUNTS, *BY_ATTRIBUTE, "layers", "params", "macs"}
    assert own | {*SIZES} <= set(re.findall(r"`(\w+)`", (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")))
    verdicts = [row[0].strip("`") for row in table_under("Verdicts", ROOT / "docs" / "claims.md")]
    assert sorted(verdicts) == sorted([*VERDICTS, "data"])


def test_the_table_of_a_question_is_that_of_the_code():
    rows = table_under("Assignments", ROOT / "docs" / "teaching.md")
    named = [name.strip("`") for row in rows for name in row[0].split(", ")]
    assert sorted(named) == sorted(questionfile.QUESTION.names)


def test_the_table_of_verdicts_is_that_of_the_code():
    rows = table_under("Answers", ROOT / "docs" / "teaching.md")
    assert [row[0].strip("`") for row in rows] == list(answers.VERDICTS)


def test_every_total_and_note_is_named():
    text = PAGE.read_text(encoding="utf-8")
    assert not [name for name in ("layers", "params", "macs", *COUNTS, *NOTES) if f"`{name}`" not in text]


def test_the_bounds_are_those_of_the_code():
    bounds = [
        f"{tree.MAX_BYTES // 1024} KiB",
        f"{composer.MAX_NESTING}",
        f"{composer.MAX_ALIASED // 1024} KiB",
        f"{fields.MAX_ENTRIES}",
        f"{cells.MAX_REFS:,}",
        f"{expr.MAX_CHARS}",
        f"{expr.MAX_DEPTH}",
        f"{expr.MAX_POWER}",
        f"10^{len(str(expr.MAX_INTEGER)) - 1}",
        f"{interpreter.MAX_NESTING}",
        f"{interpreter.MAX_PARTS}",
        f"{interpreter.MAX_LAYERS:,}",
        f"{interpreter.MAX_STEPS:,}",
        f"{scope.MAX_WORK:,}",
    ]
    assert [row[1] for row in table_under("Bounds")] == bounds
