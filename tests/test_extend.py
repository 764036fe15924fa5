"""One place for each kind of change: a copy of the house gets one more of each, and everybody finds it.

A row of ADDED is what docs/architecture.md says to do: new files, and at most one file that gets lines. All are made in
one copy; FOUND holds what commands, and the pages that come from the code, then say of each.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
# The layer type that CONTRIBUTING.md adds step by step.
LAYER_TYPE = dedent(
    re.search(
        r"```python costcalc/ops/move.py\n(.*?)\n *```",
        (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )[1]
)
COPIED = ("costcalc", "specs", "tools", "docs")


class Change(NamedTuple):
    """Lines for a file, behind some that it has; without `behind` at its end, or in a new file."""

    path: str
    lines: str
    behind: str = ""

    def make(self, house):
        path = house / self.path
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert text.count(self.behind) == 1 or not self.behind, self
        head, behind, tail = text.partition(self.behind) if self.behind else (text, "", "")
        path.write_text(f"{head}{behind}{self.lines.rstrip()}\n{tail}", encoding="utf-8")


ADDED = {
    "layer type": (
        Change("costcalc/ops/move.py", "from costcalc.ops.schema import Kernel", "from costcalc.ops.shape import Pads, Pair, Shape, called\n"),
        Change("costcalc/ops/move.py", LAYER_TYPE, ""),
        Change("specs/unpooled_net.yaml", dedent("""\
            name: Unpooled net
            source: nobody 2031
            settings: {res: 8}
            input: [3, res, res]
            columns: [op, k, s, c, out]
            layers:
              - [conv, 3, ~, 8, 8x8x8]
              - [unpool, ~, 2, ~, 16x16x8]
            totals: {params: 216, macs: 13824}
        """)),
    ),
    "layer type in an export": (
        Change("costcalc/importer/export/torchtable.py", '    "unpool": lambda at: Piece((Make("nn.MaxUnpool2d", (at.leaf("s"),)),)),', "TABLE: Mapping[str, Callable[[Place], Piece]] = {\n"),
    ),
    "format": (
        Change("costcalc/output/formats/tsv.py", dedent('''\
            """The format `tsv`: tabs between cells."""


            def to_tsv(document, screen):
                rows = [[column.key for column in document.table.columns], *document.table.rows]
                return "".join("\\t".join(map(str, row)) + "\\n" for row in rows)
        ''')),
        Change("costcalc/output/formats/__init__.py", '    "tsv": Format(_later("tsv"), ".tsv"),', "FORMATS: Mapping[str, Format] = {\n"),
    ),
    "figure": (
        Change(
            "costcalc/network/figures.py",
            '    _costs("widest", "widest layer", "most channels", lambda part: max(x.out.c for x in part.layers), sums=False),',
            "FIGURES: dict[str, NamedFigure] = _table(\n",
        ),
        Change("wide.yaml", dedent("""\
            name: Wide
            input: [3, 8, 8]
            layers: [{op: conv, k: 1, c: 7}, {op: conv, k: 1, c: 5}]
            totals: {widest: 7}
            reported: [{where: nowhere, widest: 7}]
        """)),
        Change("widest.yaml", dedent("""\
            title: Widest
            questions: [{id: stem, ask: widest, spec: vgg16}]
        """)),
    ),
    "form of chart": (Change("costcalc/output/charts/forms.py", '    "stacks": bars,', "FORMS: Mapping[str, Callable[[Chart, float], Drawn]] = {\n"),),
    "plot of `report`": (
        Change(
            "costcalc/output/views/plot.py",
            '    "stacked": lambda *at: (*shares(*at)[:2], shares(*at)[2]._replace(form="stacks")),',
            "PLOTS: Mapping[str, Callable[[Network, ReportOptions], Plot]] = {\n",
        ),
    ),
    "command": (
        Change("costcalc/cli/greet.py", dedent('''\
            """`costcalc greet`."""

            import click


            @click.command("greet")
            def command():
                """Say hello."""
                click.echo("hello")
        ''')),
        Change("costcalc/cli/__init__.py", '        "greet": "A greeting.",', '    "Count": {\n'),
    ),
    "convention": (
        Change(
            "costcalc/network/metrics.py",
            '    Convention("fc-alone", "macs", "MACs of fc alone", (Term("fc_macs"),), "nobody"),',
            "CONVENTIONS = _table(\n",
        ),
    ),
    "mistake that people make": (
        Change(
            "costcalc/causes/catalogue.py",
            '    Entry("seventeen", "unit", "multiplied by 17", "17 * MACs", "all", Phase.RESULT,\n'
            '        lambda asked: iter([("", asked._replace(factor=asked.factor * 17))])),',
            "CATALOGUE = _table(\n",
        ),
    ),
    "warning of `lint`": (
        Change(
            "costcalc/analysis/lint.py",
            '    "large": lambda layer, readers, network: "an fc, which is large" if layer.op == "fc" else "",',
            "RULES: Mapping[str, Callable[[Layer, Sequence[Layer], Network], str]] = {\n",
        ),
    ),
    "policy of `memory`": (
        Change("costcalc/network/memory/policy.py", "    no_fuss: bool = False", "    weights: bool = False\n"),
        Change("costcalc/network/memory/policy.py", '    "no-fuss": ("fuss", "no fuss"),', '    "weights": ("weights not counted", "weights counted"),\n'),
    ),
    "optimizer": (Change("costcalc/network/memory/training.py", '    "lamb": 2,', "OPTIMIZERS: Mapping[str, int] = {"),),
    "layout of a compressed file": (Change("costcalc/network/compress.py", '    "loose": Layout("a header of 1 kB a layer", header=1000),', "LAYOUTS: Mapping[str, Layout] = {\n"),),
    "architecture": (
        Change("specs/tiny_net.yaml", dedent("""\
            name: Tiny net
            source: nobody 2031
            settings: {res: 8, classes: 10}
            input: [3, res, res]
            layers:
              - {op: conv, k: 3, c: 8}
              - {op: gap}
              - {op: fc, c: classes}
            totals: {params: 306, macs: 13904}
        """)),
    ),
    "claim of a table": (
        Change("costcalc/unfold/claims.py", '    "acts": (lambda row: f"{total(row.layers).activations:,}", _number),', "CLAIMS: Mapping[str, tuple[Callable[[Figures], str], Callable[[str, str], bool]]] = {\n"),
        Change("specs/claimed_net.yaml", dedent("""\
            name: Claimed net
            source: nobody 2031
            input: [3, 8, 8]
            columns: [op, k, c, acts]
            layers:
              - [conv, 3, 8, 512]
              - [conv, 1, 2, {is: 128, printed: 127, erratum: one less}]
            totals: {params: 232, macs: 14848}
        """)),
    ),
    "device": (Change("specs/devices/abacus.yaml", "{name: Abacus, source: nobody, counts: macs, peak: {fp32: 10}, bandwidth: 1 kB}"),),
    "table of measured times": (
        Change("specs/latencies/fingers.yaml", dedent("""\
            name: Times of fingers
            source: nobody
            device: k40
            dtype: fp32
            baseline: alexnet
            inputs: [3x224x224]
            milliseconds: {alexnet: [184.0], squeezenet: [100.0]}
        """)),
    ),
    "assignment": (
        Change("specs/assignments/quiz.yaml", dedent("""\
            title: A quiz
            questions:
              - {id: stem, text: How many MACs?, ask: macs, layer: {op: fc, c: 7}, in: 3x1x1}
        """)),
    ),
    "printed figure to verify": (
        Change("specs/claims/notice.yaml", dedent("""\
            source: a notice
            nets: {net: vgg16}
            sections:
              - where: board
                columns: [id, net, value, is]
                claims:
                  - [notice.vgg16, net, params, 138 M]
        """)),
    ),
}  # fmt: skip

# What is added, a command or a page, the exit code, and what is said.
FOUND = [
    ("figure", "report wide.yaml --by layer --columns path,widest", 0, "widest layer"),
    ("figure", "report wide.yaml --columns widst", 2, "did you mean `widest`?"),
    ("figure", "sweep vgg16 --res 224 --columns widest --format csv", 0, "4096"),
    ("figure", "fit vgg16 --over res --res 224 --budget widest=4096", 0, "widest layer 4,096"),
    ("figure", "compare vgg16 wide.yaml --figures widest", 0, "4,096"),
    ("figure", "check wide.yaml --ask widest 7", 0, "right"),
    ("figure", "verify wide.yaml --all", 0, "2 exact"),
    ("figure", "check widest.yaml answers.yaml", 1, "4,096"),
    ("figure", "docs/counting.md", 0, "`widest`"),
    ("layer type", "layer unpool --s 2 --in 3x8x8", 0, "3x16x16"),
    ("layer type", "layer maxunpool --s 2 --in 3x8x8", 2, "did you mean `unpool`?"),
    ("layer type", "report unpooled_net --by layer", 0, "Unpool"),
    ("layer type", "explain unpooled_net 1", 0, "h * s_h = 8 * 2 = 16"),
    ("layer type", "memory unpooled_net --by layer", 0, "16x16"),
    ("layer type", "sweep unpooled_net --res 8,16 --columns res,moved_elems --format csv", 0, "16,8192\n"),
    ("layer type", "verify unpooled_net --all", 0, "0 failed"),
    ("layer type in an export", "export unpooled_net --to torch", 0, "nn.MaxUnpool2d(2)"),
    ("layer type in an export", "export unpooled_net --to onnx", 2, "no code of onnx is known for `unpool`"),
    ("layer type in an export", "export unpooled_net --to scalesim", 0, "unpool (1)"),
    ("format", "list --format tsv", 0, "resnet50\t25557032\t"),
    ("format", "list -o list.tsv", 0, ""),
    ("format", "docs/cli.md", 0, "--format [tsv|table|json|csv|md|latex|html]"),
    ("form of chart", "report squeezenet --plot stacked --format svg", 0, "</svg>"),
    ("plot of `report`", "report squeezenet --plot stacked --format json", 0, '"plot": "stacked"'),
    ("plot of `report`", "report squeezenet --plot", 0, "--plot stacked, --plot shares"),
    ("plot of `report`", "docs/cli.md", 0, "--plot [stacked|shares|cumulative|memory]"),
    ("command", "greet", 0, "hello\n"),
    ("command", "gret", 2, "unknown command `gret`; did you mean `greet`?"),
    ("command", "docs/cli.md", 0, "## costcalc greet"),
    ("convention", "report mobilenet_v1 --convention fc-alone", 0, "MACs of fc alone, per image"),
    ("convention", "sweep mobilenet_v1 --res 160,224 --columns res,fc_alone --format csv", 0, "160,1024000\n"),
    ("convention", "reconcile mobilenet_v1 1024000", 0, "fc-alone"),
    ("convention", "layer conv --k 3 --c 8 --in 3x8x8 --format json", 0, '"fc-alone"'),
    ("convention", "docs/counting.md", 0, "| `fc-alone` | MACs | MACs of fc alone | fc_macs | nobody |"),
    ("mistake that people make", "check mobilenet_v1 --macs 9668585984", 1, "you multiplied by 17: 17 * MACs"),
    ("mistake that people make", "docs/mistakes.md", 0, "| `seventeen` | multiplied by 17 | 17 \\* MACs | all |"),
    ("warning of `lint`", "lint vgg16", 0, "warning: an fc, which is large"),
    ("policy of `memory`", "memory squeezenet --policy no-fuss", 0, "no fuss"),
    ("policy of `memory`", "memory squeezenet", 0, "fuss"),
    ("policy of `memory`", "docs/cli.md", 0, "|weights|no-fuss]"),
    ("optimizer", "memory squeezenet --optimizer lamb", 0, "lamb"),
    ("optimizer", "memory squeezenet --training", 0, "lamb"),
    ("layout of a compressed file", "compress squeezenet --layout loose", 0, "a header of 1 kB a layer"),
    ("layout of a compressed file", "docs/cli.md", 0, "--layout [loose|plain|deep-compression]"),
    ("architecture", "report tiny_net", 0, "Tiny net"),
    ("architecture", "report tiny_nt", 2, "did you mean `tiny_net`?"),
    ("architecture", "list", 0, "tiny_net"),
    ("architecture", "verify tiny_net --all", 0, "2 exact"),
    ("architecture", "docs/zoo.md", 0, "## Tiny net"),
    ("claim of a table", "verify claimed_net --all", 0, "1 erratum"),
    ("claim of a table", "report claimed_net --by layer", 0, "Claimed net"),
    ("device", "roofline squeezenet --device abacus", 0, "Abacus"),
    ("device", "roofline squeezenet --device abacs", 2, "did you mean `abacus`?"),
    ("table of measured times", "latency fingers", 0, "Times of fingers"),
    ("assignment", "check quiz answers.yaml", 0, "right"),
    ("printed figure to verify", "verify vgg16 --all", 0, "notice.vgg16"),
]  # fmt: skip
ANSWERS = "student: ada\nanswers: {stem: 21}\n"
DRIVER = """
import json, runpy, sys
from click.testing import CliRunner
from costcalc.cli import main

runs = {args: CliRunner().invoke(main, args.split()) for args in json.loads(sys.argv[1])}
try:
    runpy.run_path("tools/docs.py", run_name="__main__")
except SystemExit:
    pass
print(json.dumps({args: (run.exit_code, run.output) for args, run in runs.items()}))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Return what commands and pages of a copy say once everything is added: (exit code, text) of each."""
    house = tmp_path_factory.mktemp("house")
    for name in COPIED:
        shutil.copytree(ROOT / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    for change in (change for changes in ADDED.values() for change in changes):
        change.make(house)
    (house / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    commands = [where for _, where, _, _ in FOUND if not where.startswith("docs/")]
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, json.dumps(commands)],
        cwd=house,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(house), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    found = {command: tuple(answer) for command, answer in json.loads(done.stdout).items()}
    return found | {f"docs/{path.name}": (0, path.read_text(encoding="utf-8")) for path in (house / "docs").glob("*.md")}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "where", "code", "text"), FOUND, ids=[f"{what}: {where}" for what, where, _, _ in FOUND]
)
def test_what_is_added_is_found(said, what, where, code, text):
    exit_code, output = said[where]
    assert text in output
    assert exit_code == code


@pytest.mark.parametrize("what", ADDED)
def test_one_place_is_touched(what):
    assert len({change.path for change in ADDED[what] if (ROOT / change.path).exists()}) <= 1


def test_the_table_of_changes_is_this_one():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Where a change goes")[2]
    rows = [tuple(map(str.strip, line.strip("|").split("|"))) for line in page.splitlines() if line.startswith("| ")][
        2:
    ]
    assert {what for what, _, test in rows if test == "added"} == {*ADDED} == {what for what, *_ in FOUND}
    for what, place, test in rows:
        named = re.findall(r"`([A-Z]+)`", place)
        files = [ROOT / path for path in re.findall(r"`([a-z]+/[\w/.]+)`", place)]
        assert test, what
        assert all(path.exists() for path in files), what
        sources = [
            path.read_text(encoding="utf-8")
            for file in files
            for path in ([file] if file.is_file() else file.glob("*.py"))
        ]
        assert all(any(name in source for source in sources) for name in named), what


@pytest.mark.parametrize("name", ["architecture.md", "decisions.md"])
def test_the_files_that_a_page_names_are_there(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    paths = re.findall(r"`([a-z]+/[\w/]*(?:\.\w+)?)`", page)
    assert paths
    assert [path for path in paths if not (ROOT / "costcalc" / path).exists() and not (ROOT / path).exists()] == []
