"""costcalc from Python: the door, short reprs, records, the answers of the commands as data, the notebook."""

import ast
import json
from pathlib import Path

import pytest
from running import CliRunner

import costcalc
from costcalc.cli import main
from costcalc.network.metrics import COUNTS

ROOT = Path(__file__).parent.parent
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"


def said(*args):
    """Return the JSON of a command."""
    return json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).stdout)


@pytest.fixture(scope="module")
def network():
    return costcalc.load("mobilenet_v1").build(width=0.5)


def test_the_door_is_seen():
    assert dir(costcalc) == sorted(costcalc.__all__)
    assert {"load", "sweep", "evaluate", "compare", "memory", "explain", "check", "why"} <= {*dir(costcalc)}
    assert "load" in costcalc.__doc__
    assert all(getattr(costcalc, name).__doc__ for name in costcalc.__all__ if name != "__version__")


def test_a_repr_is_one_short_line(network):
    assert repr(network) == (
        "<Network mobilenet_v1(width=0.5, res=224, classes=1000, separable=True): "
        "1,331,592 parameters, 149,497,088 MACs>"
    )
    assert repr(network.layers[2]) == "<Layer 2: Conv 1x1, 112x112x16 -> 112x112x32>"
    assert repr(costcalc.load("mobilenet_v1")) == (
        "<Spec mobilenet_v1: MobileNet V1, width=1.0, res=224, classes=1000, separable=True>"
    )


def test_a_notebook_shows_the_report_in_a_frame(network):
    page = network._repr_html_()
    assert page.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert page.endswith('border: 0"></iframe>')
    assert "Conv DW 3x3" in page
    assert "<" not in page.split('"')[1]


def test_records_are_flat_and_add_up(network):
    rows = network.records()
    assert len(rows) == len(network.layers)
    assert {type(value) for row in rows for value in row.values()} <= {int, str}
    assert len({tuple(row) for row in rows}) == 1, "each row has the same columns"
    for name in ("params", "macs", "activations", *COUNTS):
        assert sum(row[name] for row in rows) == network.totals.figure(name), name
    first = rows[0]
    assert (first["path"], first["op"], first["in_c"], first["in_h"], first["in_w"]) == ("0", "conv", 3, 224, 224)
    assert (first["out_c"], first["out_h"], first["out_w"]) == (16, 112, 112)


def test_records_make_a_data_frame(network):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(network.records())
    assert int(frame["macs"].sum()) == network.totals.macs
    sums = {group.label: group.totals.params for group in network.by("kind")}
    assert frame.groupby("kind")["params"].sum().to_dict() == sums


def test_the_answers_are_the_json_of_the_commands(network):
    whole = costcalc.load("mobilenet_v1").build()
    both = ("mobilenet_v1:width=0.5", "mobilenet_v1")
    assert costcalc.compare(network, whole, names=both) == said("compare", *both)
    assert costcalc.memory(network, dtype="int8") == said("memory", "mobilenet_v1", "--width", "0.5", "--dtype", "int8")
    assert costcalc.explain(network, 2) == said("explain", "mobilenet_v1", "2", "--width", "0.5")
    assert costcalc.explain(network, "3")["layer"]["path"] == "3"
    assert costcalc.check("mobilenet_v1", macs="1.14G") == said("check", "mobilenet_v1", "--macs", "1.14G")
    small = costcalc.check("mobilenet_v1", settings={"width": 0.5}, macs="149M", params="1.33M")
    assert [answer["verdict"] for answer in small["students"][0]["answers"]] == ["rounded", "rounded"]
    assert costcalc.why("mobilenet_v2", "314M") == said("why", "mobilenet_v2", "314M")
    assert costcalc.why(costcalc.load("mobilenet_v2"), "582M", width=1.4)["found"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (costcalc.compare, "compare takes two networks or more"),
        (lambda network: costcalc.memory(network, dtype="int9"), "does not know `int9`; available: `fp64`"),
        (lambda network: costcalc.explain(network, "nope"), "has no layer, block or stage `nope`"),
        (lambda _: costcalc.check("mobilenet_v1"), "check needs a figure, such as macs='569M'"),
        (lambda _: costcalc.check("mobilenet_v1", mcas="569M"), "unknown figure `mcas`; did you mean `macs`"),
        (lambda _: costcalc.check("mobilenet_v1", "nope", macs="569M"), "nope"),
        (lambda _: costcalc.why("mobilenet_v2", "95 %"), "a share cannot be explained"),
    ],
)
def test_wrong_arguments_are_answered_with_what_is_accepted(network, call, message):
    with pytest.raises((ValueError, costcalc.SpecError), match=message):
        call(network)


def test_the_notebook_runs():
    book = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    names, shown = {}, []
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            body = ast.parse(cell["source"]).body
            last = body.pop()
            assert isinstance(last, ast.Expr), "each cell ends with what it shows"
            exec(compile(ast.Module(body, []), "cell", "exec"), names)  # noqa: S102 - our own page
            shown.append(eval(compile(ast.Expression(last.value), "cell", "eval"), names))  # noqa: S307 - our own page
    assert shown[1] == (4231976, 568740352, 5043688)
    assert shown[2] == ("6", "Conv 1x1", 51380224)
    assert shown[3] == [568740352, 149497088]
    assert shown[4] == 1204224
    assert ("MACs", 25690112) in shown[5]
    assert shown[6] == "you counted two operations for each multiply-accumulate: 2 * MACs"
    assert "timm" in shown[7]
    assert shown[8] == [(0.25, 41030272), (0.5, 149497088), (0.75, 325400448), (1.0, 568740352)]
