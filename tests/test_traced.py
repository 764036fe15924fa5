"""What causes give as code in drawn values is what they give by unfolding, and grades are the same with it."""

import itertools
from fractions import Fraction

import pytest

from costcalc.analysis.api import bundled
from costcalc.causes import traced
from costcalc.causes.answers import read_answer
from costcalc.causes.atsettings import Elsewhere
from costcalc.causes.diagnosis import COMBINED, MIXED, PAIRS
from costcalc.causes.traced import LISTS, SymbolSearch, Traces
from costcalc.common.errors import Mark, Source
from costcalc.network.metrics import Measure
from costcalc.ops.shape import Shape
from costcalc.specfile import ASSIGNMENTS, load_as
from costcalc.teaching.assignments import Answers, Given
from costcalc.teaching.grading import Grader

DRAWS = {"k": (3, 5, 7), "s": (1, 2), "c": (8, 24, 60), "w": (0.35, 0.5, 0.75, 1.0, 1.3)}
CONV = "layer: {op: conv, k: k, c: c, s: s, norm: bn}, in: [16, 20, 24]"
QUESTIONS = {
    "conv": f"ask: macs, {CONV}",
    "flops": f"ask: flops, {CONV}",
    "params": f"ask: params, {CONV}",
    "bytes": f"ask: params, dtype: fp16, {CONV}",
    "few bits": f"ask: params, dtype: int1, {CONV}",
    "outputs": f"ask: activations, {CONV}",
    "groups": "ask: macs, layer: {op: conv, k: k, c: 24, g: 4}, in: [c, 14, 14]",
    "padding": "ask: macs, layer: {op: conv, k: k, c: 8, s: s, p: valid, bias: true}, in: [c, 33, 21]",
    "fc": "ask: params, layer: {op: fc, c: c}, in: [16, k, k]",
    "pair": "ask: macs, layer: [{op: dwconv, k: k, s: s}, {op: conv, k: 1, c: c}], in: [16, 28, 28]",
    "ratio": "ask: macs, layer: {op: conv, k: k, c: c}, in: [16, 28, 28], digits: 3, "
    "versus: {layer: [{op: dwconv, k: k}, {op: conv, k: 1, c: c}], in: [16, 28, 28]}",
    "network": "ask: macs, spec: mobilenet_v1, at: {width: w}",
    "part": "ask: params, spec: mobilenet_v1, at: {width: w}, kind: Conv 1x1",
    "share": "ask: macs, spec: mobilenet_v1, at: {width: w}, kind: Conv DW 3x3, share: true, digits: 3",
    "rounded": "ask: macs, spec: mnasnet, at: {width: w}",
}


def class_of(question):
    """Return a grader of one question for a class in which each student has values of their own, and these values."""
    names = [name for name in DRAWS if f" {name}" in question.replace("{", " ").replace("[", " ").replace(",", " ,")]
    names = [name for name in names if f" {name}," in question or f" {name}}}" in question or f"[{name}," in question]
    drawn = [dict(zip(names, values, strict=True)) for values in itertools.product(*(DRAWS[name] for name in names))]
    students = "".join(f"  s{number}: {values}\n".replace("'", "") for number, values in enumerate(drawn))
    draws = {name: list(DRAWS[name]) for name in names}
    text = f"title: T\ndraw: {draws}\nquestions:\n  - {{id: q, {question}}}\nstudents:\n{students}".replace("'", "")
    return Grader(load_as(Source("hw.yaml", text), ASSIGNMENTS), bundled), drawn


def quotient(value):
    over, by = (*value.over, 1)[:2]
    return float(Fraction(over, by) * value.factor)


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(traced, "WORTH", {True: 0, False: 0})


@pytest.mark.parametrize("name", QUESTIONS)
def test_traced_figures_are_those_that_unfolding_gives(name, always):
    grader, drawn = class_of(QUESTIONS[name])
    (question,) = grader.assignment.questions
    found = 0
    for values in drawn:
        search = grader.question(question, values).search
        numbers = search.numbers
        if numbers is None:  # of the first values it is not known that they vary
            continue
        plain = SymbolSearch(search.asked._replace(tally=None)).lists()
        for key in LISTS:
            expected = [quotient(way.value) for way in plain[key] if way.value.over[1:] != (0,)]
            assert numbers.lists[key] == pytest.approx(expected, rel=1e-12)
            found += len(expected)
    assert found > 100


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_way_is_missed_by_the_traced_figures(name, always):
    grader, drawn = class_of(QUESTIONS[name])
    (question,) = grader.assignment.questions
    for values in drawn[1:]:
        search = grader.question(question, values).search
        for unit in ("", "M"):
            stages = {1: search.all_singles(1), 2: search.all_singles(2), PAIRS: search.all_pairs(unit)}
            if search.may_combine(read_answer("123456789")):
                stages[COMBINED] = search.all_combined(unit)
            if search.may_mix(read_answer("123456789")):
                stages[MIXED] = search.all_mixed(unit)
            for stage, index in stages.items():
                for way in index.ways:
                    answer = read_answer(f"{float(way.value):.12g}")._replace(unit=unit)
                    answer = answer._replace(number=answer.number / answer.scale)
                    assert search.may_give(stage, answer), (way.did, values)


@pytest.mark.parametrize("name", ["conv", "bytes", "pair", "ratio", "network"])
def test_grades_are_the_same_with_code_and_without(name, monkeypatch):
    def graded(*, code):
        monkeypatch.setattr(traced, "WORTH", dict.fromkeys((True, False), 0 if code else 10**9))
        grader, _ = class_of(QUESTIONS[name])
        return [grader.grade(answers).grades for answers in papers]

    grader, drawn = class_of(QUESTIONS[name])
    (question,) = grader.assignment.questions
    mark, papers = Mark(Source("a.csv", ""), 1, 1), []
    for number, values in enumerate(drawn):
        search = grader.question(question, values).search
        wrong = [*search.all_singles(1).ways, *search.all_singles(2).ways, *search.all_pairs().ways]
        way = wrong[number * 7 % len(wrong)]
        figure = float(way.value)
        text = [f"{figure:.12g}", f"{figure:.3g}" if figure < 1000 else f"{figure / 1e6:.4g}M", str(int(figure) + 100)]
        text.append(str(10**6 + number * 7919))
        papers.append(Answers(f"s{number}", mark, {"q": Given(text[number % len(text)], mark)}))
    assert graded(code=True) == graded(code=False)


def test_code_is_made_once_for_values_that_take_the_same_way(always):
    grader, drawn = class_of(QUESTIONS["conv"])
    (question,) = grader.assignment.questions
    for values in drawn:
        assert grader.question(question, values).search.numbers is not None or values == drawn[0]
    widest = max(grader.traces["q"].traced.values(), key=lambda code: len(code.family.free))
    assert len(widest.known) <= len(DRAWS["s"])


def test_a_class_with_few_sets_of_values_is_searched_without_code():
    grader, drawn = class_of("ask: macs, layer: {op: conv, k: k, c: 8}, in: [16, 20, 24]")
    (question,) = grader.assignment.questions
    assert all(grader.question(question, values).search.numbers is None for values in drawn)
    assert Traces(1).traced == {}


@pytest.mark.parametrize(
    ("spec", "given"),
    [
        ("mobilenet_v2", {"res": 160}),
        ("mobilenet_v2", {"width": 0.5, "res": 192}),
        ("mobilenet_v2", {"classes": 10}),
        ("mobilenet_v2", {"res": 32}),
    ],
)
def test_a_count_at_other_settings_is_that_of_the_network_there(spec, given):
    definition, preset, _ = bundled(spec)
    kept = Elsewhere(definition, lambda network: network.layers, ("res", "width", "classes"), 60)
    network = kept.network({**preset, **given}, spec)
    for _ in range(3):  # by unfolding, then by code
        assert kept.count({**preset, **given}, "macs", Measure()) == network.totals.macs
    assert kept.count({**preset, "res": 0}, "macs", Measure()) is None
    assert network.layers[0].ins[0] == Shape(3, *[given.get("res", 224)] * 2)
