"""Plain words: no sentence that a user reads has a wording that must be read twice."""

import ast
import json
import re
from pathlib import Path

import pytest
from running import CliRunner

from costcalc.cli import main

ROOT = Path(__file__).parent.parent
CODE = sorted(path for folder in ("costcalc", "tools", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# What is not written, and what is written in its place.
WORDS = {
    r"(?<!there) (?:is|are) no (?!such|more\b|longer\b|less\b|fewer\b)\w": "is not, has no, unknown, must be",
    r"(?<!there )\b(?:is|are) (?-i:none)\b": "is not, is unknown",
    r"\b(?:is|are) due\b": "is expected, must be",
    r"\bstands?\b(?! (?:in )?for|-in)": "is, is shown, is listed",
    r"\b(?:is|are) told\b(?! apart)": "is shown",
    r"\bmay not meet\b": "choose another name",
    r"\bcomes? to\b(?! \w+ (?:end|stop))": "is, gives, amounts to",
    r"\bbeside\b": "next to, besides",
    r"nothing that can be read": "unknown attribute",
    r"\bgives up\b": "stops",
    r"\bis not there\b": "is left out, is missing",
    r"\bthere are (?:`|\{)": "available:",
    r": say `?--": "; add --, use --",
}


def texts(path):
    """Yield (line number, text) of each string in a module that is more than a name; docstrings are strings too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part != node
    }
    for node in ast.walk(tree):
        if node in inner:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value


def wrong(text):
    """Return the wordings of a text that are not plain, each with what to write."""
    flat = " ".join(text.split())
    return [(found[0], words) for form, words in WORDS.items() for found in re.finditer(form, flat, re.IGNORECASE)]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_strings_of_a_module_are_plain(path):
    assert [(line, *found) for line, text in texts(path) for found in wrong(text)] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_plain(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = enumerate(zip(lines, [*lines[1:], ""], strict=True), 1)
    assert [(number, *found) for number, pair in pairs for found in wrong(" ".join(pair))] == []


@pytest.mark.parametrize(
    "text",
    ["`x` is no op", "a number is due", "names may not meet", "a name that stands twice", "`.x` is nothing that can be read of a name", "what it comes to", "the times beside the bound"],
)  # fmt: skip
def test_a_wording_that_must_be_read_twice_is_found(text):
    assert wrong(text)


def ran(*args):
    done = CliRunner().invoke(main, args, prog_name="costcalc")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ("fit resnet50 --macs 1G", "`resnet50` has no setting `width`, the default of --over; add --over with one of its settings: `depth`, `unit`, `version`, `bias`, `res`, `classes`"),
        ("fit resnet50 --macs 1G --over dept", "error: `ResNet` has no setting `dept`; did you mean `depth`? Available: `depth`, `unit`, `version`, `bias`, `res`, `classes`"),
        ("check mobilenet_v1 569M", "`569M` needs an option that says what it is, such as --macs 569M"),
        ("check mobilenet_v1", "give either files of ANSWERS to an assignment, or figures of a spec, such as --macs 569M"),
        ("explain mobilenet_v2 linear", "`linear` matches 17 parts of `mobilenet_v2`; give a longer path, such as `1/linear`, `2/linear`, `2#2/linear`"),
        ("report mobilenet_v1 --sort mcas", "--sort does not know `mcas`; did you mean `macs`?"),
        ("sweep mobilenet_v1 --where macs=300M", "--where:1:5: error: `=` does not compare; write `==`\n  macs=300M\n      ^"),
        ("sweep mobilenet_v1 --pareto width", "--pareto cannot rank `width`: it is neither a cost nor an accuracy"),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_with_what_to_write(args, sentence):
    done = ran(*args.split())
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_an_exact_path_wins_then_a_number_then_the_end_of_a_path():
    for text, path in (("conv2_x/0/1", "conv2_x/0/1"), ("1", "pool1"), ("conv1", "conv1")):
        layer = json.loads(ran("explain", "resnet50", text, "--format", "json").stdout)["layer"]
        assert layer["path"] == path
    block = json.loads(ran("explain", "mobilenet_v2", "2", "--format", "json").stdout)
    assert block["part"] == "2"  # where a path is a number, the path is meant


def test_an_input_that_looks_like_an_image_with_channels_last_is_answered_with_a_warning(tmp_path):
    warning = "warning: the input is read as 224 channels, height 224, width 3; for an image write 3x224x224"
    done = ran("report", "mobilenet_v1", "--input", "224x224x3")
    assert (done.exit_code, done.stderr) == (0, f"{warning}\n")
    spec = tmp_path / "net.yaml"
    spec.write_text("name: net\ninput: [224, 224, 3]\nlayers: [{op: gap}]\n")
    assert ran("lint", str(spec)).stdout.startswith(f"{spec}:2:9: {warning}\n  input: [224, 224, 3]\n")
    assert ran("report", "mobilenet_v1", "--input", "3x224x224").stderr == ""


def test_a_minus_is_standard_output_and_a_suffix_has_any_case(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ran("report", "mobilenet_v1", "-o", "-").stdout == ran("report", "mobilenet_v1").stdout
    assert ran("show", "mobilenet_v1", "-o", "-").stdout == ran("show", "mobilenet_v1").stdout
    page = ran("report", "mobilenet_v1", "--format", "html").stdout
    for name in ("a.HTML", "b.htm", "c.Htm"):
        assert ran("report", "mobilenet_v1", "-o", name).exit_code == 0
        assert (tmp_path / name).read_text(encoding="utf-8") == page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.HTML", "b.htm", "c.Htm"]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-16", "net.yaml:1:1: error: UTF-16 text; save the file as UTF-8\n  name: café\n  ^"),
        (
            "utf-16-be",
            "net.yaml:1:20: error: not UTF-8 text (byte 19); save the file as UTF-8\n   n a m e :   c a f � \n                     ^",
        ),
        ("cp1252", "net.yaml:1:10: error: not UTF-8 text (byte 9); save the file as UTF-8\n  name: caf�\n           ^"),
    ],
)
def test_a_file_of_another_encoding_is_answered_with_how_to_save_it(tmp_path, monkeypatch, encoding, found):
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_bytes("name: café\ninput: [3, 8, 8]\nlayers: []\n".encode(encoding))
    assert ran("report", "net.yaml").stderr == f"{found}\n"
