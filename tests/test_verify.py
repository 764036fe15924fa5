"""`verify`: every printed figure recomputed, and every way in which a claim can fail."""

import json
import random
import re
from pathlib import Path

import pytest
from running import CliRunner

from costcalc import load
from costcalc.analysis.claimfile import load_claims
from costcalc.cli import main
from costcalc.network.compress import Scheme, compress
from costcalc.specfile import claims_files, compose, source_of

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "specs").glob("*.yaml"))
LECTURE = ROOT / "specs" / "claims" / "lecture.yaml"
NOTES = ROOT / "tests" / "data" / "notes.yaml"


def verify(*args):
    result = CliRunner().invoke(main, ["verify", *map(str, args), "--format", "json"])
    assert result.exit_code in (0, 1), result.stderr
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture(scope="module")
def everything():
    code, data = verify()
    assert code == 0
    return data


def test_every_claim_of_the_lecture_has_its_verdict():
    code, data = verify(LECTURE)
    assert code == 0
    counts = {key: data["summary"][key] for key in ("exact", "convention", "erratum", "unresolved", "failed")}
    assert counts == {"exact": 429, "convention": 69, "erratum": 16, "unresolved": 3, "failed": 0}
    assert sum(claim["verdict"] == "data" for claim in data["claims"]) == 111  # cells that somebody measured
    assert len({claim["id"] for claim in data["claims"]}) == len(data["claims"]) == 628


FIGURE = re.compile(r"\d[\d,.x]*\d")  # of two digits and more
SAID = {"1x1", "3x3", "1.2", "1.4", "1.5", "4x4", "299x299"}  # kernels, widths, rounded images, maps of a computed side


def test_every_figure_in_the_words_of_a_claim_is_computed():
    code, found = verify(NOTES)
    assert code == 0
    assert found["summary"]["failed"] == found["summary"]["unresolved"] == 0
    computed = {figure for claim in found["claims"] for figure in FIGURE.findall(claim["claimed"])}
    sizes = compress(load("squeezenet").build().layers, Scheme())
    computed.add(f"{sum(layer.sizes.bytes for layer in sizes):,}")  # of the claim on the 6-bit file
    texts = [claim for claims in filter(None, map(load_claims, claims_files())) for claim in claims.statements]
    computed |= {figure for claim in texts for figure in FIGURE.findall(f"{claim.printed} {claim.right}")}
    left = {
        (claim.id, figure)
        for claim in texts
        for words in (claim.note, claim.reading.words, claim.erratum, claim.unresolved)
        for figure in FIGURE.findall(words)
        if figure not in computed | SAID
    }
    assert left == set()


def test_everything_bundled_is_verified_and_nothing_fails(everything):
    assert everything["schema"] == "costcalc/verify/1"
    assert everything["summary"]["failed"] == 0
    assert len(everything["claims"]) > 628
    ids = [claim["id"] for claim in everything["claims"]]
    assert len(set(ids)) == len(ids)
    for claim in everything["claims"]:
        assert {
            "id",
            "where",
            "spec",
            "settings",
            "quantity",
            "claimed",
            "computed",
            "convention",
            "verdict",
            "note",
        } <= set(claim)
        assert claim["where"], claim["id"]


def test_the_lectures_own_statements(everything):
    claims = {claim["id"]: claim for claim in everything["claims"]}
    expected = {
        "dw.params": ("75", "exact"),
        "dw.macs": ("10,800", "exact"),
        "mb.share.macs": ("0.948574", "exact"),
        "mb.share.params": ("0.745906", "convention"),
        "res1.alexnet.macs": ("727,362,344", "convention"),
        "res1.mobilenet.macs": ("568,740,352", "erratum"),
        "sqz.total.after": ("421,098", "exact"),
        "lat.12x": ("12.105263", "convention"),
        "train.hours": ("35.087719", "convention"),
        "t2.sqz8.ratio": ("363.636364", "convention"),
        "t2.sqz6.size": ("", "unresolved"),
    }
    shown = {key: (claims[key]["computed"], claims[key]["verdict"]) for key in expected}
    shown["t2.sqz6.size"] = ("", shown["t2.sqz6.size"][1])
    assert shown == expected


def test_a_bundled_name_verifies_its_own_claims_and_the_lectures_about_it():
    _, data = verify("squeezenet")
    ids = {claim["id"] for claim in data["claims"]}
    assert {"squeezenet.fire2.params", "squeezenet.totals.macs", "sqz.fire2.after"} <= ids
    assert not any(claim.startswith("mbt1") for claim in ids)


# a number changed


def test_a_changed_squeeze_names_the_claims_that_broke(tmp_path):
    text = (ROOT / "specs" / "squeezenet.yaml").read_text(encoding="utf-8")
    copy = tmp_path / "squeezenet.yaml"
    copy.write_text(
        text.replace(
            "~, ~, ~,  32, 128, 128, 1,   1,   0.33, 6, 45344", "~, ~, ~,  33, 128, 128, 1,   1,   0.33, 6, 45344"
        ),
        encoding="utf-8",
    )
    code, data = verify(copy)
    assert code == 1
    failed = {claim["id"]: claim["computed"] for claim in data["claims"] if claim["verdict"] == "failed"}
    # one more squeezed channel: 128 + 1 for itself, and 128 + 9 * 128 for what reads it
    assert failed["squeezenet.fire4.params"] == f"{45344 + 128 + 1 + 10 * 128:,}"
    assert failed["squeezenet.totals.params"] == f"{1248424 + 129 + 1280:,}"
    assert "squeezenet.fire3.params" not in failed
    result = CliRunner().invoke(main, ["verify", str(copy)])
    assert result.stdout.splitlines()[3].startswith("failed")


TOTAL = """\
name: net
input: [3, 32, 32]
layers:
  - {op: conv, k: 3, c: 32, bias: true%s}
  - {op: gap}
  - {op: flatten}
  - {op: fc, c: 10}
totals:
  - {params: 1184}
"""
# (a claim beside the first row, the causes that verify gives): 1,184 is 1,226 without the 32 + 10 biases
TOTALS = [
    ("", {"net.totals.params": [["bias-forgotten"]]}),
    (", params: 864", {"net.0.params": [["bias-forgotten"]], "net.totals.params": []}),
]


@pytest.mark.parametrize(("claim", "causes"), TOTALS)
def test_a_total_that_differs_has_its_causes_where_no_row_has_them(tmp_path, claim, causes):
    path = tmp_path / "net.yaml"
    path.write_text(TOTAL % claim, encoding="utf-8")
    code, data = verify(path)
    assert (code, {claim["id"]: claim["mistakes"] for claim in data["claims"]}) == (1, causes)


def numbers_of_layers(path):
    """Return the marks of the plain integers in a spec's rows and blocks, those of declared misprints left out."""
    found = []

    def walk(node):
        if node.kind == "scalar" and re.fullmatch(r"[1-9][0-9]*", node.text):
            found.append(node.mark)
        for item in node.items:
            walk(item)
        for key, value in node.pairs:
            if key.text != "printed":
                walk(value)

    root = compose(source_of(str(path)))
    for key, value in root.pairs:
        if key.text in ("layers", "blocks"):
            walk(value)
    return found


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_one_changed_number_in_a_table_never_ends_with_0(path, tmp_path):
    lines = path.read_text(encoding="utf-8").split("\n")
    marks = numbers_of_layers(path)
    for mark in random.Random(1).sample(marks, min(6, len(marks))):  # noqa: S311
        changed = [*lines]
        line, start = changed[mark.line - 1], mark.column - 1
        more = int(line[start : start + mark.width]) + 1
        changed[mark.line - 1] = f"{line[:start]}{more}{line[start + mark.width :]}"
        copy = tmp_path / path.name
        copy.write_text("\n".join(changed), encoding="utf-8")
        assert CliRunner().invoke(main, ["verify", str(copy)]).exit_code in (1, 2), changed[mark.line - 1]


SPEC = """
name: n
settings: {width: 1, last: 2}
alternatives: {narrow: {width: 0.5}}
input: [3, 8, 8]
columns: [op, k, {c: divisible(c * width)}]
layers:
  - [conv, 1, 16]
  - [conv, {is: 3, printed: 1, erratum: it reads nine}, 32]
  - {op: fc, c: last}
totals:
  - {params: 8754}
  - {set: {width: 0.5}, params: 3226}
"""

HIDDEN = [
    ("{is: 3, printed: 1", "{is: 3, printed: 1", "erratum", ("net.9.k", "1", "3", "it reads nine")),
    ("1, 16]", "1, 17]", "failed", (
        "net.8.c", "17", "16", "the rule `divisible(c * width)` rounds it at the printed settings: it cannot be the source's number",
    )),
    ("narrow: {width: 0.5}", "narrow: {width: 0.53}", "failed", ("net.4.narrow", "", "", "no `totals` hold at its settings")),
    ("narrow: {width: 0.5}", "narrow: {last: 2}", "failed", ("net.4.narrow", "", "", "its settings are the defaults")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "verdict", "told"), HIDDEN, ids=[case[1] for case in HIDDEN])
def test_a_number_that_no_count_shows_has_a_verdict(old, new, verdict, told, tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(SPEC.replace(old, new, 1))
    code, data = verify(path)
    found = [
        tuple(claim[key] for key in ("id", "claimed", "computed", "note"))
        for claim in data["claims"]
        if claim["verdict"] == verdict
    ]
    assert found == [told]
    assert code == (verdict == "failed")


def test_claims_and_specs_come_from_standard_input():
    claims = FILE.replace("CLAIM", "[a, macs, 568 M]")
    result = CliRunner().invoke(main, ["verify", "-"], input=claims)
    assert (result.exit_code, result.stderr) == (1, "")
    result = CliRunner().invoke(main, ["verify", "-", "--format", "json"], input=SPEC)
    assert json.loads(result.stdout)["summary"]["failed"] == 0


# what a claims file can say wrong

FILE = """
source: a test
nets: {v1: mobilenet_v1, half: "mobilenet_v1:width=0.5"}
sections:
  - where: here
    net: v1
    columns: [id, value, is]
    claims:
      - CLAIM
"""

VERDICTS = [
    ("[a, macs, 569 M]", "exact", ""),
    (
        "[a, macs, 568 M]",
        "failed",
        (
            "no declared reading gives it; it would be 567,716,352 MACs, if somebody left the fully connected layers out; "
            "or 568,740,352 MACs, if somebody cut the last digits off instead of rounding"
        ),
    ),
    ("[a, macs, 568 M, {cut: true}]", "convention", ""),
    ("[a, macs, 568 M, {within: 1 %}]", "convention", ""),
    (
        "[a, macs, 575 M, {erratum: misquoted, right: 568,740,352}]".replace("568,740,352", '"568,740,352"'),
        "erratum",
        "misquoted",
    ),
    ("[a, macs, 569 M, {erratum: misquoted, right: 569 M}]", "failed", "a declared erratum, and it holds after all"),
    ("[a, macs, 575 M, {erratum: misquoted, right: 570 M}]", "failed", "the right value is not 570 M"),
    ("[a, macs, 567.7 M, {convention: conv}]", "convention", ""),
    (
        "[a, bytes, 16.1 MB]",
        "failed",
        (
            "no declared reading gives it; it would be 16,927,904 bytes of the parameters, if somebody divided by 1,024s "
            "where the unit takes 1,000s (`MB` for `MiB`)"
        ),
    ),
    ("[a, bytes, 16.1 MB, {unit: MiB}]", "convention", ""),
    ("[a, half.macs / v1.macs, 26.29 %]", "exact", ""),
    ("[a, ~, 3 ms, {kind: data}]", "data", ""),
    ("[a, ~, 3 M, {unresolved: nothing says which}]", "unresolved", "nothing says which"),
    ("[a, macs, 569 M, {unresolved: nothing says which}]", "failed", "declared unresolved, and it holds"),
    ("[a, out, 112x112x32, {layer: 0}]", "exact", ""),
    ("[a, out, 112x112, {layer: 0}]", "exact", ""),
    ("[a, out, 56x56x32, {layer: 0}]", "failed", "no declared reading gives it"),
    ("[a, out, 56x56x32, {layer: seven}]", "failed", "mobilenet_v1 has no layer `seven`"),
    ("{id: a, is: deeper than half, holds: v1.weighted > half.weighted}", "failed", "no declared reading gives it"),
    ("{id: a, is: as deep as half, holds: v1.weighted == half.weighted}", "exact", ""),
]


@pytest.mark.parametrize(("claim", "verdict", "note"), VERDICTS, ids=lambda value: value[:50])
def test_verdicts(claim, verdict, note, tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(FILE.replace("CLAIM", claim))
    code, data = verify(path)
    assert [(entry["verdict"], entry["note"]) for entry in data["claims"]] == [(verdict, note)]
    assert code == (verdict == "failed")


ERRORS = [
    ("[a, macs, many]", "cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
    ("[a, macs, 3 quires]", "unknown unit `quires`; available: k, K, M"),
    ("[a, mac, 3 M]", "unknown network, layer or quantity `mac`; did you mean `macs`?"),
    ("[a, 2 * macs, 3 M]", "write `v1.macs` for `macs` in an expression"),
    ("[a, macs, 3 M, {convention: burdn}]", "unknown convention `burdn`; did you mean `burden`?"),
    ("[a, macs, 3 M, {erratum: wrong}]", "claim `a` is an erratum and needs `right`: the right value"),
    ("[a, macs, 3 M, {colour: red}]", "a claim has no key `colour`"),
    ("[a, macs]", "a claim needs `is`"),
    ("[a, macs, 3 MB]", "`macs` must be a count, not `3 MB`"),
    ("[a, v1.bytes, 3 M]", "`v1.bytes` must be a size in bytes, not `3 M`"),
    ("[a, v1.macs, 8x]", "`v1.macs` must be a count, not `8x`"),
    ("[a, v1.mcas, 3 M]", "unknown attribute `.mcas`; did you mean `macs`?"),
    ("[a, macs, 3 M, 4, {layer: 0}]", "the claim has 4 cells for 3 columns"),
]


@pytest.mark.parametrize(("claim", "message"), ERRORS, ids=lambda value: value[:40])
def test_errors_of_a_claims_file(claim, message, tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(FILE.replace("CLAIM", claim))
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.match(rf"{re.escape(str(path))}:\d+:\d+: error: {re.escape(message)}", result.stderr), result.stderr


def test_a_section_needs_a_place(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(FILE.replace("where: here", "places: {x: y}").replace("CLAIM", "[a, macs, 569 M]"))
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert result.exit_code == 2
    assert "a section needs `where`, the place that prints its claims, and `claims`" in result.stderr


def test_a_claims_file_reaches_bundled_networks_alone(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text(FILE.replace("v1: mobilenet_v1", "v1: ../../etc/passwd").replace("CLAIM", "[a, macs, 569 M]"))
    _, data = verify(path)
    assert [claim["note"] for claim in data["claims"]] == ["no bundled spec `../../etc/passwd`"]


def test_the_claims_folder_is_found():
    assert [Path(source.name).name for source in claims_files()] == ["burden.yaml", "lecture.yaml", "separable.yaml"]
