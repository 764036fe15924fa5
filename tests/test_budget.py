"""The budget of work: what files make grow ends at one place, what the caller asks for does not."""

import pytest
from running import CliRunner

from costcalc import load
from costcalc.cli import main
from costcalc.common import budget
from costcalc.common.budget import BUDGET, BUNDLED, COMMAND, SETTING, OverBudgetError

LONG = " or ".join(["v < 0"] * 24)
GROWN = "the networks to build take more work than this command may do for files of this size"
HINT = "`costcalc --work 10 ...` allows ten times as much"


@pytest.fixture
def variants(tmp_path, monkeypatch):
    """A small file of 100 members, each of which reads a long condition in 6,000 rows."""
    monkeypatch.chdir(tmp_path)
    members = ", ".join(f"v{number}: {{v: {number}}}" for number in range(2, 101))
    (tmp_path / "f.yaml").write_text(
        f"name: n\ninput: [3, 8, 8]\nsettings: {{v: 1}}\nvariants: {{{members}}}\nlayers:\n  - {{op: conv, k: 1, c: v}}\n"
        f"  - {{repeat: 6000, layers: [{{op: relu, when: {LONG}}}]}}\n",
        encoding="utf-8",
    )


def run(*args):
    done = CliRunner().invoke(main, args)
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.usefixtures("variants")
def test_members_of_a_file_end_at_one_place():
    first = run("lint", "f.yaml")
    assert first[0] == 0
    assert f"of 100 members: {GROWN}\n" in first[1]
    assert HINT in first[1]
    assert run("lint", "f.yaml") == first


@pytest.mark.usefixtures("variants")
def test_a_refusal_says_what_grew_and_what_allows_more():
    code, stdout, stderr = run("verify", "f.yaml")
    assert (code, stdout) == (2, "")
    assert stderr == f"f.yaml:1:1: error: {GROWN}\n  name: n\n  ^\n{HINT}\n"


def test_more_is_allowed_when_asked_for(monkeypatch):
    granted, end = [], budget.Budget.end
    monkeypatch.setattr(budget.Budget, "end", lambda self: (granted.append(self.granted), end(self)))
    for times in (1, 10):
        run("--work", str(times), "list", "alexnet")
    assert granted[1] == 10 * granted[0] > COMMAND


def spent_by(monkeypatch, *args):
    spent, end = [], budget.Budget.end
    monkeypatch.setattr(budget.Budget, "end", lambda self: (spent.append(self.spent), end(self)))
    run(*args)
    return spent[0]


def test_what_is_read_compared_shown_and_tried_is_spent(tmp_path, monkeypatch):
    def written(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    head = "name: n\ninput: [3, 8, 8]\n"
    few, many = (written(f"{n}.yaml", f"{head}layers:\n" + "  - {op: relu}\n" * n) for n in (10, 110))
    assert spent_by(monkeypatch, "show", many) - spent_by(monkeypatch, "show", few) >= 100 * 3 * budget.NODE
    right, wrong = (
        written(f"{name}.yaml", f"{head}layers:\n" + f"  - {{op: {name}}}\n" * 50) for name in ("relu", "rleu")
    )
    assert spent_by(monkeypatch, "lint", wrong) >= 50 * (budget.EXCERPT + 10 * budget.NAME)
    assert spent_by(monkeypatch, "lint", right) < spent_by(monkeypatch, "lint", wrong)


def test_a_cause_that_is_tried_is_spent(monkeypatch):
    spent = []
    for units in (0, 0, 100):  # the first run reads files
        monkeypatch.setattr("costcalc.causes.diagnosis.WAY", units)
        spent.append(spent_by(monkeypatch, "check", "alexnet", "--macs", "12345"))
    assert spent[2] >= spent[1] + 10 * 100


def test_each_setting_of_a_sweep_is_granted(monkeypatch):
    granted = []
    monkeypatch.setattr("costcalc.analysis.search.points.Plan.tasks", lambda plan: granted.append(BUDGET.granted) or [])
    run("sweep", "mobilenet_v1", "--width", "0.1:10:0.01", "--res", "32:1031:1", "--format", "csv")
    assert granted[0] >= 10**6 * 0.99 * SETTING


def test_the_runs_of_a_page_are_spent(monkeypatch):
    monkeypatch.setattr("costcalc.unfold.trace.covering.TRACED", BUNDLED)
    code, stdout, stderr = run("page", "squeezenet")
    assert (code, stdout) == (2, "")
    assert "error: the runs of the page take more work than this command may do for files of this size\n" in stderr
    assert stderr.endswith(f"{HINT}\n")


def test_without_a_command_nothing_is_counted_out():
    run("report", "alexnet")
    BUDGET.affords(10**15)
    assert load("alexnet").build().totals.params == 60_965_224


def test_who_runs_out_gets_no_part_of_it():
    spent = budget.Budget()
    spent.begin(0, 1, "more")
    spent.spend(COMMAND, "the things")
    with pytest.raises(OverBudgetError, match="the things take more work"):
        spent.spend(1, "the things")
    spent.grant(10)
    spent.spend(5, "the things")
    spent.end()
    spent.spend(10**18, "the things")


def test_a_file_of_many_alternatives_has_an_answer(tmp_path):
    path = tmp_path / "f.yaml"
    ways = "".join(f"  a{number}: {{v: {number}}}\n" for number in range(2, 31))
    path.write_text(
        f"name: n\ninput: [3, 8, 8]\nsettings: {{v: 1}}\nalternatives:\n{ways}layers:\n  - {{op: conv, k: 1, c: v}}\n",
        encoding="utf-8",
    )
    code, stdout, _ = run("reconcile", str(path), "123456")
    assert code == 1
    assert "123456" in stdout


def test_lists_whose_product_grows_are_refused_before_they_are_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [f"r{number}" for number in range(500)]
    layers = "".join(f"  - {{op: relu, name: {name}}}\n" for name in names)
    kept = f"name: n\ninput: [3, 8, 8]\noutputs: [{', '.join(names)}]\nlayers:\n{layers}  - {{repeat: 15000, layers: [{{op: relu}}]}}\n"
    (tmp_path / "f.yaml").write_text(kept, encoding="utf-8")
    assert run("memory", "f.yaml", "--format", "json")[2].startswith(
        "f.yaml:505:30: error: the tensors alive while each layer runs take more work"
    )
    places, claims = (
        ", ".join(f"p{number}: x" for number in range(800)),
        "".join(f"      - {{id: c{number}, is: 60 M, value: params}}\n" for number in range(800)),
    )
    text = f"nets: {{v: alexnet}}\nsections:\n  - where: w\n    net: v\n    places: {{{places}}}\n    claims:\n{claims}"
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    assert run("verify", "c.yaml")[2].startswith("c.yaml:3:5: error: the claims at each of their places take more work")
