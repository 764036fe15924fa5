"""One catalogue of causes: `check`, `why` and `verify` give the same ones for the same figure, whichever it holds."""

import re

import pytest
from running import CliRunner
from test_mistakes import STUDENTS

import costcalc
from costcalc.analysis.api import Bundle
from costcalc.analysis.claimfile import load_claims
from costcalc.analysis.verify import verify_claims
from costcalc.causes import CATALOGUE
from costcalc.causes.declared import PARAMS
from costcalc.cli import main
from costcalc.common.errors import Source

WHOLE = re.compile(r"ask: (\w+),(?: dtype: fp32,)? spec: (\w+)(?:, at: \{(.*?)\})?(?:, digits: \d)?\Z")
KIND = {"macs": " MACs", "params": " params", "flops": " FLOPs"}
CLAIMS = (
    "source: a test\nnets: {n: '%s'}\nsections:\n  - {where: here, net: n, claims: [{id: a, value: %s, is: '%s'}]}\n"
)


def asked(question, figure):
    """Return the figure, spec, settings and text of a question about a whole network."""
    name, spec, settings = WHOLE.match(question).groups()
    pairs = [pair.split(": ") for pair in (settings or "").split(", ") if pair]
    name = "bytes" if "dtype" in question else name
    return name, spec, {key: float(value) if "." in value else int(value) for key, value in pairs}, str(figure)


# those of whole networks, whose figures a claim and `why` can be about
FIGURES = [
    (name, *asked(question, figure))
    for name, question, figure in STUDENTS
    if WHOLE.match(question) and asked(question, figure)[0] in (*KIND, "bytes")
]


def checked(name, spec, settings, text):
    (answer,) = costcalc.check(spec, settings=settings, **{name: text})["students"][0]["answers"]
    return {tuple(names) for names in answer["mistakes"]}


def why(name, spec, settings, text):
    found = costcalc.why(spec, text + KIND.get(name, ""), **settings)["causes"]
    return {tuple(cause["mistakes"]) for cause in found if not cause["quantity"].endswith("outputs of conv and fc")}


def verified(name, spec, settings, text):
    riding = ",".join(f"{key}={value}" for key, value in settings.items())
    source = Source("c.yaml", CLAIMS % (f"{spec}:{riding}" if riding else spec, name, text))
    (verdict,) = verify_claims(load_claims(source), Bundle())
    assert verdict.verdict == "failed", verdict
    return set(verdict.mistakes)


@pytest.mark.parametrize(("cause", "name", "spec", "settings", "text"), FIGURES, ids=[f"{x[0]}-{n}" for n, x in enumerate(FIGURES)])  # fmt: skip
def test_check_why_and_verify_give_the_same_causes(cause, name, spec, settings, text):
    found = checked(name, spec, settings, text)
    assert (cause,) in found
    assert why(name, spec, settings, text) == found
    if name in costcalc.network.figures.FIGURES:
        assert verified(name, spec, settings, text) == found


def test_most_kinds_are_among_them():
    assert len({cause for cause, *_ in FIGURES}) >= 28


@pytest.mark.parametrize("form", ["table", "json", "csv", "md", "no such"])
@pytest.mark.parametrize("figure", ["314M", "320.19M", "lots"])
def test_reconcile_is_why_byte_for_byte(figure, form):
    old, new = (
        CliRunner().invoke(main, [name, "mobilenet_v2", figure, "--format", form]) for name in ("reconcile", "why")
    )
    assert (old.exit_code, old.stdout, old.stderr) == (new.exit_code, new.stdout, new.stderr)


def test_declared_ways_depart_by_entries_of_the_catalogue():
    ways = costcalc.why("mobilenet_v2", "314M")["found"]
    assert {name for way in ways for name in way["mistakes"]} == {"tool", "other-reading"}
    assert all(len(way["mistakes"]) == way["steps"] for way in ways)
    assert {*PARAMS.values(), "stats-counted", "tool", "flops-for-macs", "digits-cut"} <= CATALOGUE.keys()
