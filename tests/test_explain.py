"""Workings: the formula that is shown is the formula that ran; closed forms of ratios; `explain` and `layer`."""

import csv
import io
import json
import math
import re
import shutil
import subprocess
import sys
from fractions import Fraction

import pytest
from click.shell_completion import ShellComplete
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from running import CliRunner

import costcalc
from costcalc import specfile
from costcalc.cli import main
from costcalc.network.metrics import CONVENTIONS, DEFAULT_MACS, DEFAULT_PARAMS
from costcalc.ops import COUNT_NAMES, OPS, OpError
from costcalc.ops.schema import OneOf, Padded, Sides, Truth, Whole
from costcalc.ops.shape import Shape, WindowError
from costcalc.teaching.explain import summed, worked
from costcalc.teaching.explain.formula import WrittenNumber
from costcalc.teaching.explain.ratio import ratio
from costcalc.teaching.explain.single import single
from costcalc.teaching.explain.written import LATEX, formula


def run(*args, columns="", code=0):
    result = CliRunner().invoke(main, list(args), prog_name="costcalc", env={"COLUMNS": str(columns)})
    assert result.exit_code == code, result.output
    return result.stdout if not code else result.stderr


def properties(**changes):
    # the same examples on every run: a gate that fails by chance is no gate
    return settings(**{"max_examples": 200, "database": None, "derandomize": True, **changes})


# Evaluating what is shown: a reader's own arithmetic on the printed text, exact.


def value_of(text, names=None):
    """Return what a printed formula comes to."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)  # thousands; a comma between values has a space behind it
    text = re.sub(r"(?<=\d)(?=[A-Za-z])", "*", text) if names is not None else text  # 9N is 9 * N
    tokens = re.sub(r"(?<![\w.'])\d+", r"F(\g<0>)", text)
    known = {f"v{index}": value for index, value in enumerate((names or {}).values())}
    for index, name in sorted(enumerate(names or {}), key=lambda pair: -len(pair[1])):
        tokens = re.sub(rf"(?<![\w']){re.escape(name)}(?![\w'(])", f"v{index}", tokens)
    scope = {"__builtins__": {}, "F": Fraction, "floor": math.floor, "ceil": math.ceil}
    return eval(tokens, scope, {name: Fraction(value) for name, value in known.items()})  # noqa: S307 - our own text


def braced(text):
    """Return what stands between the braces that a text opens with, and what follows."""
    depth = 0
    for index, mark in enumerate(text):
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if not depth:
            return text[1:index], text[index + 1 :]
    raise AssertionError(text)


def plain_of(tex):
    """Return LaTeX of a formula as plain text that means the same."""
    while (at := tex.find(r"\frac")) >= 0:
        over, rest = braced(tex[at + 5 :])
        by, rest = braced(rest)
        tex = f"{tex[:at]}(({over}) / ({by})){rest}"
    for mark, plain in (
        (r"\left\lfloor", "floor("),
        (r"\left\lceil", "ceil("),
        (r"\right\rfloor", ")"),
        (r"\right\rceil", ")"),
    ):
        tex = tex.replace(mark, plain)
    tex = re.sub(r"\\(?:mathrm|text)\{([^}]*)\}", r"\1", tex.replace("{,}", "").replace(r"\_", "_"))
    return re.sub(r"[{}]", "", tex).replace(r"\cdot", "*")


def check_lines(found):
    """Evaluate every line that is shown of a layer, each with what stands above it."""
    names = dict(found.given)
    for work in (*found.steps, *found.counts):
        shown = [(work.formula, names), (plain_of(work.tex[1]), names)]
        shown += [(work.numbers, {}), (plain_of(work.tex[2]), {})] if work.numbers else []
        for text, known in shown:
            assert value_of(text, known) == work.value, (work.name, text, names)
        assert work in found.counts or work.name not in names, "a name stands for one thing"
        names.update(dict.fromkeys((work.name, *work.also), work.value) if work in found.steps else {})


DRAWN = {
    Whole: lambda kind: st.integers(kind.least, 12),
    Sides: lambda kind: st.tuples(st.integers(1, 4), st.integers(1, 4)),
    Padded: lambda kind: st.sampled_from([None, "same"]) | st.tuples(*[st.integers(0, 3)] * 4),
    Truth: lambda kind: st.booleans(),
    OneOf: lambda kind: st.sampled_from([None, *kind.choices]),
}


@st.composite
def layers(draw, name):
    """Draw an op's inputs and columns, most of which fit."""
    op = OPS[name]
    x = Shape(*(draw(st.sampled_from(sides)) for sides in ((1, 2, 4, 6, 12), (1, 5, 8, 13), (1, 6, 7, 16))))
    chosen = draw(st.sampled_from(op.either)) if op.either else ""
    left = {"s", "p", "d", "ceil"} if chosen == "to" else {"groups"}  # which go with windows, or rarely fit
    args = {
        column: draw(DRAWN[type(kind)](kind))
        for column, kind in op.columns.items()
        if column in op.required or column == chosen or (column not in {*op.either, *left} and draw(st.booleans()))
    }
    if args.get("norm") == "gn":
        del args["norm"]
    if name == "gn":
        args["groups"] = 1
    if name == "attention":
        args |= {"heads": 1, "qkv": True}
    if name == "dwconv" and args.get("c"):
        args["c"] *= x.c
    if args.get("p", ()) is None and name not in {"conv", "dwconv", "tconv"}:
        del args["p"]  # as no cell is read: a pool has padding or it has none
    others = draw(st.integers(1, 3)) if op.inputs is None else 0
    if name == "matmul":
        return (x, Shape(draw(st.integers(1, 9)), x.c, 1)), {}
    return (x, *[x] * others), {column: value for column, value in args.items() if value is not None or column == "p"}


@pytest.mark.parametrize("name", OPS)
def test_every_line_that_is_shown_evaluates_to_what_the_op_counts(name):
    reached = []

    @properties(max_examples=200)  # of which a shuffle takes a fifth: its groups divide the channels
    @given(layers(name))
    def hold(drawn):
        ins, args = drawn
        try:
            cost = OPS[name].run(ins, args)
        except (OpError, WindowError) as error:
            with pytest.raises(type(error), match=f"^{re.escape(str(error))}$"):
                worked(name, ins, args)
            return
        found = worked(name, ins, args)
        assert found.cost == cost
        assert {work.name: work.value for work in found.counts} == {
            count: getattr(cost, count) for count in COUNT_NAMES if getattr(cost, count)
        }
        check_lines(found)
        reached.append(found)

    hold()
    assert len(reached) >= 30 or not OPS[name].columns


def test_a_line_that_lies_is_caught():
    found = worked("fc", [Shape(2, 3, 4)], {"c": 5})
    first, *others = found.counts
    with pytest.raises(AssertionError):
        check_lines(found._replace(counts=(first._replace(formula="c_in * h * w"), *others)))


def test_every_layer_of_the_bundled_networks_works_out():
    seen = set()
    for name in specfile.bundled():
        for layer in costcalc.load(name).build().layers:
            key = (layer.op, layer.ins, tuple(sorted(layer.args.items(), key=str)))
            if key not in seen:
                found = worked(layer.op, layer.ins, layer.args)
                assert found.cost == layer.cost._replace(**layer.shared)
                check_lines(found)
            seen.add(key)
    assert len(seen) > 300


def lines_of(op, ins, **args):
    found = worked(op, [Shape(*x) for x in ins], args)
    return {
        work.name: " = ".join(filter(None, (work.formula, work.numbers, f"{work.value:,}")))
        for work in (*found.steps, *found.counts)
    }


def test_formulas_read_as_textbooks_write_them():
    lines = lines_of("dwconv", [(3, 12, 12)], k=(5, 5))
    assert lines["weights"] == "k_h * k_w * (c_in / g) * c_out = 5 * 5 * 1 * 3 = 75"
    assert lines["conv_macs"] == "k_h * k_w * (c_in / g) * c_out * h' * w' = 5 * 5 * 1 * 3 * 12 * 12 = 10,800"
    assert lines["p_top"] == "d_h * (k_h - 1) / 2 = 1 * (5 - 1) / 2 = 2"
    assert lines["h'"] == (
        "floor((h + p_top + p_bottom - d_h * (k_h - 1) - 1) / s_h) + 1 = floor((12 + 2 + 2 - 1 * (5 - 1) - 1) / 1) + 1 = 12"
    )
    assert lines["g"] == "c_in = 3"
    grouped = lines_of("conv", [(64, 14, 14)], k=(3, 3), c=128, g=2, act="prelu")
    assert grouped["weights"] == "k_h * k_w * (c_in / g) * c_out + c_out = 3 * 3 * (64 / 2) * 128 + 128 = 36,992"
    pooled = lines_of("maxpool", [(64, 55, 55)], k=(3, 3), s=(2, 2), ceil=True)
    assert pooled["h'"].startswith("ceil((h + p_top + p_bottom - d_h * (k_h - 1) - 1) / s_h) + 1 = ceil((55 + 0 + 0 - ")
    assert lines_of("add", [(6, 7, 8)] * 3)["merge_elems"] == "2 * c_1 * h_1 * w_1 = 2 * 6 * 7 * 8 = 672"
    assert lines_of("concat", [(6, 7, 8), (4, 7, 8)])["c_out"] == "c_1 + c_2 = 6 + 4 = 10"
    assert lines_of("fc", [(1024, 1, 1)], c=1000)["weights"].endswith("= 1,024 * 1 * 1 * 1,000 = 1,024,000")


def test_what_comes_about_alike_is_said_once():
    steps = {work.name: work.also for work in worked("conv", [Shape(3, 9, 9)], {"k": (3, 3), "c": 4}).steps}
    assert steps == {"p_top": ("p_bottom", "p_left", "p_right"), "h'": ("w'",)}
    # another width, another line
    steps = [work.name for work in worked("conv", [Shape(3, 9, 8)], {"k": (3, 5), "c": 4}).steps]
    assert steps == ["p_top", "h'", "p_left", "w'"]


def test_symbols_keep_the_way_a_formula_is_written():
    a, b, c = (WrittenNumber(value, "name", name) for name, value in (("a", 7), ("b", 2), ("c", 3)))
    for value, text, number in [
        (a - (b + c), "a - (b + c)", 2),
        (a - (b - c), "a - (b - c)", 8),
        ((a + b) * c, "(a + b) * c", 27),
        (a * (b * c), "a * b * c", 42),
        (2 * a - 1, "2 * a - 1", 13),
        (1 - a, "1 - a", -6),
        ((a - b) // c, "floor((a - b) / c)", 1),
        (a // (b * c), "floor(a / (b * c))", 1),
        (-(-a // b), "ceil(a / b)", 4),
        (a * (9 // b), "a * floor(9 / b)", 28),
        (-a + 9, "-a + 9", 2),
        (0 + a * 1, "a", 7),
        (a + 1000 * b, "a + 1,000 * b", 2007),
    ]:
        names = {"a": 7, "b": 2, "c": 3}
        assert (formula(value), int(value)) == (text, number)
        assert value_of(text, names) == number
        assert value_of(plain_of(formula(value, LATEX)), names) == number
    assert a * 0 == 0
    assert formula(a * 0) == "0"


@pytest.mark.parametrize("name", CONVENTIONS)
def test_a_convention_is_shown_as_the_sum_that_it_is(name):
    x = Shape(8, 14, 14)
    for op, cells in (("conv", {"k": 3, "c": 4, "bias": True, "norm": "bn", "act": "relu"}), ("gap", {}), ("add", {})):
        layer = single(op, [x, x] if op == "add" else [x], cells)
        shown = summed(CONVENTIONS[name], layer)
        counts = {count: getattr(layer.cost, count) for count in COUNT_NAMES}
        assert value_of(formula(shown), counts) == CONVENTIONS[name].of(layer) == shown


# Ratios in closed form


def chain_of(x, *rows):
    found = []
    for op, cells in rows:
        found.append(single(op, [found[-1].cost.out if found else Shape(*x)], cells))
    return found


def separable(c, **cells):
    return (("dwconv", {"k": 3, **cells}), ("conv", {"k": 1, "c": c}))


# the speedup of a separable convolution by its number of output channels, as a lecture's check of it has them
SPEEDUPS = {32: 7.0244, 64: 7.8904, 128: 8.4088, 256: 8.6943, 512: 8.8445, 1024: 8.9216}


@pytest.mark.parametrize(("n", "speedup"), SPEEDUPS.items())
@pytest.mark.parametrize("convention", [DEFAULT_MACS, DEFAULT_PARAMS], ids=lambda convention: convention.measures)
def test_a_separable_convolution_has_the_published_ratio(n, speedup, convention):
    for stride in (1, 2):
        full = chain_of((48, 57, 57), ("conv", {"k": 3, "c": n, "s": stride}))
        form = ratio(full, chain_of((48, 57, 57), *separable(n, s=stride)), convention)
        assert form.working("r").formula == "9N / (9 + N)"
        assert form.working("r").tex[1] == r"\frac{9N}{9 + N}"
        assert form.values == {"N": n}
        assert round(float(form.value), 4) == speedup
        assert form.limit == ("N", 9)


def test_a_closed_form_holds_at_other_channels():
    def both(m, n):
        x = (m, 28, 28)
        return chain_of(x, ("conv", {"k": 5, "c": n, "norm": "bn"})), chain_of(x, *separable(n, norm="bn"))

    form = ratio(*both(16, 24), DEFAULT_PARAMS)
    assert set(form.values) == {"M", "N"}
    for m, n in ((16, 24), (3, 5), (100, 7)):
        over, by = (sum(map(DEFAULT_PARAMS.of, chain)) for chain in both(m, n))
        assert value_of(form.working("r").formula, {"M": m, "N": n}) == Fraction(over, by)


COMPARED = [
    ((3, 9, 9), [("conv", {"k": 3, "c": 8})], [("conv", {"k": 3, "c": 8, "bias": True})]),
    ((3, 17, 16), [("conv", {"k": 3, "c": 8, "s": 2, "p": "same"})], [("conv", {"k": 3, "c": 8})]),
    ((3, 17, 16), [("conv", {"k": 3, "c": 8, "s": 2, "p": "same"})], [("conv", {"k": 3, "c": 8, "s": 2})]),
    ((4, 9, 9), [("conv", {"k": 3, "c": 8, "g": 4})], [("conv", {"k": 5, "c": 8})]),
    ((4, 9, 9), [("conv", {"k": 3, "c": 8, "p": 0}), ("conv", {"k": 3, "c": 8, "p": 0})], [("conv", {"k": 5, "c": 8})]),
    ((4, 9, 9), [("conv", {"k": 1, "c": 2}), ("conv", {"k": 3, "c": 4})], [("conv", {"k": 3, "c": 4, "bias": True})]),
    ((4, 9, 9), [("maxpool", {"k": 2, "ceil": True}), ("fc", {"c": 10})], [("gap", {}), ("fc", {"c": 10})]),
    ((6, 8, 8), [("dwconv", {"k": 3, "c": 12, "act": "prelu"})], [("conv", {"k": 3, "c": 12})]),
    ((6, 8, 8), [("flatten", {}), ("fc", {"c": 7})], [("slice", {"c": 3}), ("fc", {"c": 7, "norm": "ln"})]),
]


@pytest.mark.parametrize("convention", [DEFAULT_MACS, DEFAULT_PARAMS], ids=lambda convention: convention.measures)
@pytest.mark.parametrize(("x", "this", "other"), COMPARED)
def test_a_closed_form_is_the_exact_ratio(x, this, other, convention):
    this, other = chain_of(x, *this), chain_of(x, *other)
    form = ratio(other, this, convention)
    exact = Fraction(sum(map(convention.of, other)), sum(map(convention.of, this)))
    shown = form.working("r")
    assert form.value == exact
    assert value_of(form.closed, form.values) == exact
    assert not shown.numbers or value_of(shown.numbers) == exact


@properties(max_examples=60)
@given(st.sampled_from([1, 3, 5]), st.sampled_from([1, 2]), st.sampled_from([2, 4, 8]), st.sampled_from([6, 7, 12]))
def test_ratios_of_drawn_chains_are_exact(k, s, c, side):
    x = (4, side, side + 1)
    this = chain_of(x, ("conv", {"k": k, "c": c, "s": s, "g": 2}), ("conv", {"k": 3, "c": 2 * c, "p": "same"}))
    other = chain_of(x, ("conv", {"k": 3, "c": 2 * c, "s": s, "bias": True}))
    for convention in (DEFAULT_MACS, DEFAULT_PARAMS):
        form = ratio(other, this, convention)
        assume(form is not None)
        assert form.value == Fraction(sum(map(convention.of, other)), sum(map(convention.of, this)))
        assert value_of(form.working("r").formula, form.values) == form.value


def test_what_is_left_of_a_ratio_has_no_common_factor():
    x = (6, 9, 9)
    for other, closed, shown in [
        (("conv", {"k": 3, "c": 12, "g": 3}), "3", ("", "", 3)),
        (("conv", {"k": 6, "c": 12, "p": "same"}), "1 / 4", ("1 / 4", "", 0.25)),
        (
            ("conv", {"k": 3, "c": 12, "bias": True, "norm": "bn"}),
            "3M / (1 + 3M)",
            ("3M / (1 + 3M)", "3 * 6 / (1 + 3 * 6)", 0.9474),
        ),
        (("conv", {"k": 3, "c": 12, "p": 0}), "1", ("", "", 1)),
        (("fc", {"c": 12, "bias": False}), "9 / (h * w)", ("9 / (h * w)", "9 / (9 * 9)", 0.1111)),
        (("conv", {"k": 3, "c": 1200}), "N_1 / N_2", ("N_1 / N_2", "12 / 1,200", 0.01)),
    ]:
        form = ratio(chain_of(x, ("conv", {"k": 3, "c": 12})), chain_of(x, other), DEFAULT_PARAMS)
        work = form.working("r")
        assert (form.closed, (work.formula, work.numbers, work.value)) == (closed, shown)


def test_there_is_no_ratio_to_nothing():
    conv, pool = chain_of((3, 8, 8), ("conv", {"k": 3, "c": 4})), chain_of((3, 8, 8), ("gap", {}))
    assert ratio(conv, pool, DEFAULT_MACS) is None
    assert ratio(pool, conv, DEFAULT_MACS) is None


# `costcalc layer`

SEPARABLE = ("layer", "dwconv", "--k", "3", "--in", "64x56x56", "--then", "conv --k 1 --c 128")
VERSUS = (*SEPARABLE, "--versus", "conv --k 3 --c 128")


def test_the_lectures_depthwise_layer():
    assert run("layer", "dwconv", "--k", "5", "--in", "3x12x12", columns=80) == (
        "dwconv: k 5x5    Conv DW 5x5\n"
        "3x12x12 -> 3x12x12    MACs of conv and fc, per image\n"
        "\n"
        "output size\n"
        "  c_out = c_in = 3\n"
        "  p_top = d_h * (k_h - 1) / 2 = 1 * (5 - 1) / 2 = 2\n"
        "          p_bottom, p_left, p_right likewise\n"
        "  h' = floor((h + p_top + p_bottom - d_h * (k_h - 1) - 1) / s_h) + 1\n"
        "     = floor((12 + 2 + 2 - 1 * (5 - 1) - 1) / 1) + 1\n"
        "     = 12    w' likewise\n"
        "  g = c_in = 3\n"
        "  activations = c_out * h' * w' = 3 * 12 * 12 = 432\n"
        "\n"
        "what is counted\n"
        "  weights = k_h * k_w * (c_in / g) * c_out = 5 * 5 * 1 * 3 = 75\n"
        "  parameters = weights = 75\n"
        "  conv_macs = k_h * k_w * (c_in / g) * c_out * h' * w'\n"
        "            = 5 * 5 * 1 * 3 * 12 * 12\n"
        "            = 10,800\n"
        "  MACs = conv_macs = 10,800\n"
        "\n"
        "convention   of    this layer  to the default  what it sums\n"
        "flopcounter  MACs      21,600         +10,800  2 * conv_macs\n"
        "\n"
        "padding  without `p`, padding keeps the output at ceil(h / s_h) x ceil(w / s_w)\n"
        "         = 12x12\n"
    )


def test_layers_beside_another():
    text = run(*VERSUS)
    ratios = [line for line in text.splitlines() if line.startswith("  ratio of")]
    assert ratios == [
        f"  ratio of {name} = 9N / (9 + N) = 9 * 128 / (9 + 128) = 8.4088    towards 9 as N grows"
        for name in ("parameters", "MACs")
    ]
    assert "  MACs = MACs_1 + MACs_2 = 1,806,336 + 25,690,112 = 27,496,448\n" in text
    assert "\nnames  N = 128 (output channels)\n" in text
    data = json.loads(run(*VERSUS, "--format", "json"))
    assert data["schema"] == "costcalc/layer/1"
    assert [entry["macs"] for entry in data["layers"]] == [1806336, 25690112]
    assert [entry["macs"] for entry in data["versus"]] == [231211008]
    assert [(entry["of"], entry["over"], entry["by"], entry["closed"]) for entry in data["ratios"]] == [
        (name, 1152, 137, "9N / (9 + N)") for name in ("parameters", "MACs")
    ]


def test_outputs_that_differ_are_told():
    text = run("layer", "conv", "--k", "3", "--c", "8", "--in", "3x9x9", "--versus", "conv --k 3 --c 8 --s 2")
    assert text.endswith("\noutputs  they differ: neither can replace the other\n")
    assert "outputs" not in run(*VERSUS)


def numbers_of(inputs):
    return inputs if isinstance(inputs, tuple) else (inputs or 2,)


def test_every_column_of_every_op_is_an_option():
    from costcalc.cli.layer import COLUMNS, WORDS

    assert set(COLUMNS) == set(WORDS) == {column for op in OPS.values() for column in op.columns}
    for name, op in OPS.items():
        given = {"k": "2", "c": "4", "g": "2", "p": "same", "act": "relu", "norm": "bn"}
        given |= {"by": "2", "heads": "2", "groups": "2", **({"to": "4"} if "to" in op.required else {})}
        given |= {"p": "1"} if name in ("pad", "crop") else {}
        options = [part for column in op.columns if column in given for part in (f"--{column}", given[column])]
        ins = ["--in", "4x2x2" if name == "matmul" else "4x8x8"] * max(numbers_of(op.inputs))
        data = json.loads(run("layer", name, *options, *ins, "--format", "json"))
        assert data["layers"][0]["op"] == name


def test_flags_sets_and_sizes():
    def entry(*args):
        return json.loads(run("layer", *args, "--format", "json"))["layers"][0]

    assert entry("fc", "--c", "10", "--in", "8x1x1")["params"] == 90
    assert entry("fc", "--c", "10", "--no-bias", "--in", "8x1x1")["params"] == 80
    assert entry("conv", "--k", "1x7", "--c", "4", "--s", "2x1", "--p", "0x0x3x3", "--in", "3x9x9")["out"] == [4, 5, 9]
    assert entry("conv", "--set", "k=3", "--set", "c=4", "--in", "3x9x9")["macs"] == 27 * 4 * 81
    counted = {row["convention"] for row in entry("gap", "--in", "3x9x9")["conventions"]}
    plain = {row["convention"] for row in entry("gap", "--set", "coding=mean", "--in", "3x9x9")["conventions"]}
    assert counted - plain == {"fvcore", "thop", "ptflops"}


CONV = ("conv", "--k", "3", "--c", "4")
TAKES = "available: `k`, `c`, `s`, `p`, `d`, `g`, `bias`, `norm`, `act`, `gamma`, `beta`, `frozen` and 1 more"
ERRORS = [
    ((*CONV, "--in", "3x7x7", "--g", "3"), "groups of 3 do not divide the 4 output channels"),
    (("fc", "--k", "3", "--c", "4", "--in", "3x7x7"), "`fc` has no column `k`; available: `c`, `bias`, `norm`, `act`, `gamma`, `beta`, `frozen`, `groups`"),
    (("gap", "--k", "3", "--in", "3x7x7"), "`gap` has no column `k`; it takes no columns"),
    (("conv", "--k", "3", "--in", "3x7x7"), "`conv` needs `c`"),
    (("conv", "--in", "3x7x7"), "`conv` needs `k`, `c`"),
    (("conv", "--k", "0", "--c", "1", "--in", "3x7x7"), "`k` must be at least 1, not 0"),
    (("conv", "--k", "a", "--c", "1", "--in", "3x7x7"), "`k` must be a whole number, not the word `a`"),
    (("conv", "--k", "3 +", "--c", "1", "--in", "3x7x7"), "`k`: `3 +` is not an expression"),
    ((*CONV, "--kernel", "3", "--in", "3x7x7"), "`conv` has no column `kernel`; did you mean `k`?"),
    (("conv", "-k", "3", "--c", "4", "--in", "3x7x7"), "no option `-k`: a column is written `--k`"),
    ((*CONV, "--norm", "bm", "--in", "3x7x7"), "`norm` cannot be `bm`; available: `bn`, `ln`, `gn`, `instance`, `rms`, `none`"),
    ((*CONV, "--in", "3x7"), "--in must be channels x height x width, such as 3x480x640, not `3x7`"),
    ((*CONV, "--in", "3x7x7", "--in", "3x7x7"), "`conv` reads 1 input, not 2"),
    (("add", "--in", "3x7x7"), "`add` reads two inputs or more, not 1"),
    (("add", "--in", "3x7x7", "--in", "3x7x8"), "`add` needs sides that are equal or 1, not 7x7x3 and 7x8x3"),
    ((*CONV,), "Missing option '--in'."),
    ((*CONV, "--in", "3x7x7", "--set", "k=3"), "column `k` is given twice"),
    ((*CONV, "--in", "3x7x7", "--set", "k"), "--set `k` must be written COLUMN=VALUE"),
    ((*CONV, "--in", "3x7x7", "--set", "n=3"), f"`conv` has no column `n`; {TAKES}"),
    ((*CONV, "--in", "3x7x7", "--then", "fc --k 1"), "--then `fc --k 1`: `fc` has no column `k`; available: `c`, `bias`, `norm`, `act`, `gamma`, `beta`, `frozen`, `groups`"),
    ((*CONV, "--in", "3x7x7", "--versus", "conv --k 'a"), "--versus `conv --k 'a`: No closing quotation"),
    ((*CONV, "--in", "3x7x7", "--versus", ""), "--versus ``: Missing argument 'OP'."),
    (
        ("add", "--in", "3x7x7", "--in", "3x7x7", "--versus", "gap"),
        "--versus compares layers that read one input",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "sentence"), ERRORS, ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_what_layer_refuses(args, sentence):
    usage = "Usage: costcalc layer [OPTIONS] OP\nTry 'costcalc layer --help' for help.\n\n"
    assert run("layer", *args, code=2) == f"{usage}Error: {sentence}\n"


def test_an_op_that_is_not_there_is_told_what_there_is():
    message = run("layer", "convv", "--in", "3x7x7", code=2)
    assert message.endswith("Error: unknown op `convv`; did you mean `conv`?\n")


# `costcalc explain`


def explained(*args):
    return json.loads(run("explain", *args, "--format", "json"))


def test_a_layer_adds_up_to_its_share():
    data = explained("mobilenet_v1", "2")
    assert (data["schema"], data["spec"], data["layer"]["path"]) == ("costcalc/explain/1", "mobilenet_v1", "2")
    values = {work["name"]: work["value"] for work in data["workings"]}
    assert (values["parameters"], values["MACs"]) == (data["params"], data["macs"]) == (2176, 25690112)
    assert data["shares"] == {"params": 2176 / 4231976, "macs": 25690112 / 568740352}
    changed = {row["convention"]: row["change"] for row in data["conventions"]}
    elements = 64 * 112 * 112  # what the tools add for its batch norm and ReLU, by rules that were measured on them
    assert {name: changed[name] for name in ("fvcore", "torchprofile", "thop", "timm", "torchinfo", "ptflops")} == {
        "fvcore": 2 * elements,
        "torchprofile": elements,
        "thop": 4 * elements,
        "timm": 2 * elements,
        "torchinfo": 2 * 64,
        "ptflops": 4 * elements,
    }
    assert "ptflops-aten" not in changed  # it differs for a bias alone, and there is none


def test_explain_says_where_a_layer_stands():
    text = run("explain", "mobilenet_v2", "6#2/linear", "--width", "1.4")
    assert text.startswith("MobileNet V2, layer 6#2/linear    Conv 1x1    Sandler et al. 2018")
    assert "\nwidth 1.4  res 224" in text
    row = r"\nplace    number \d+, counted from 0 to 63    in bottleneck\nrow      mobilenet_v2.yaml, line \d+    {op: conv, "
    assert re.search(row, text)
    assert re.search(r"\nreads    layer 6#2/1 \(1344x7x7\)\n", text)


NAMED = {
    ("mobilenet_v1", "2"): ["2"],
    ("mobilenet_v1", "29"): ["20"],  # a number, since no row is called so
    ("mobilenet_v1", "13#2"): ["13#2/0", "13#2/1"],
    ("mobilenet_v1", "13"): [f"13{turn}/{row}" for turn in ("", "#2", "#3", "#4", "#5") for row in "01"],
    ("mobilenet_v1", "7x7"): ["14", "15", "16", "17"],
    ("squeezenet", "conv1"): ["conv1"],
    ("squeezenet", "fire2"): ["fire2/squeeze", "fire2/expand1x1", "fire2/expand3x3", "fire2/3"],
    ("squeezenet", "13x13"): [
        "maxpool8",
        "fire9/squeeze",
        "fire9/expand1x1",
        "fire9/expand3x3",
        "fire9/3",
        "dropout9",
        "conv10",
    ],
}


@pytest.mark.parametrize(("spec", "name"), NAMED)
def test_what_a_layer_can_be_called(spec, name):
    from costcalc.network.parts import named

    found = [layer.path for layer in named(costcalc.load(spec).build(), name)[1]]
    assert found == NAMED[spec, name]


@pytest.mark.parametrize("form", ["table", "json", "csv", "md", "latex", "html"])
@pytest.mark.parametrize(
    "args",
    [
        ("explain", "mobilenet_v1", "2"),
        ("explain", "mobilenet_v1", "13"),
        ("layer", "identity", "--in", "3x8x8"),
        VERSUS,
    ],
    ids=["layer", "block", "nothing to count", "versus"],
)
def test_every_format_has_the_figures(args, form):
    text = run(*args, "--format", form)
    figure = {"explain": "25690112" if args[-1] == "2" else "51380224", "layer": "192"}[args[0]]
    figure = "231211008" if args is VERSUS else figure
    assert figure in re.sub(r"\{,\}|(?<=\d),(?=\d{3})", "", text)


def test_a_block_is_the_sum_of_its_layers():
    data = explained("mobilenet_v1", "13")
    assert data["totals"]["macs"] == sum(layer["macs"] for layer in data["layers"]) == 5 * (903168 + 51380224)
    rows = list(csv.DictReader(io.StringIO(run("explain", "mobilenet_v1", "13", "--format", "csv"))))
    assert sum(int(row["macs"]) for row in rows) == 261416960
    assert sum(int(row["params"]) for row in rows) == data["totals"]["params"]
    assert re.search(r"\nsum +1,344,000 +31.76 % +261,416,960 +45.96 %\n", run("explain", "mobilenet_v1", "13"))


def test_csv_has_a_row_for_each_formula():
    rows = list(csv.DictReader(io.StringIO(run("explain", "mobilenet_v1", "2", "--format", "csv"))))
    assert {row["name"]: row["value"] for row in rows}["conv_macs"] == "25690112"
    assert {row["part"] for row in rows} == {"output size", "what is counted", "what the default leaves out"}


def test_a_layer_that_is_not_there():
    usage = "Usage: costcalc explain [OPTIONS] SPEC LAYER\nTry 'costcalc explain --help' for help.\n\n"
    assert run("explain", "squeezenet", "fire10", code=2) == (
        f"{usage}Error: Invalid value for LAYER: `squeezenet` has no layer, block or stage `fire10` "
        "(paths are `conv1`, `maxpool1`, `fire2`, `fire3`, `fire4`, `maxpool4` and so on; numbers are 0 to 39)\n"
    )
    message = run("explain", "mobilenet_v2", "linear", code=2)
    assert (
        "`linear` matches 17 parts of `mobilenet_v2`; give a longer path, such as `1/linear`, `2/linear`, `2#2/linear`"
        in message
    )


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize(
    "args", [("explain", "mobilenet_v1", "2"), ("explain", "resnet50", "conv3_x"), VERSUS], ids=" ".join
)
def test_no_line_is_wider_than_the_columns(args, width):
    text = run(*args, columns=width)
    assert max(map(len, text.splitlines())) <= width


def test_a_pipe_gets_each_formula_on_one_line():
    text = run("explain", "mobilenet_v1", "2")
    assert re.search(r"^  h' = floor\(.*\) \+ 1 = floor\(.*\) \+ 1 = 112    w' likewise$", text, re.MULTILINE)


def test_what_a_strangers_spec_says_stays_text(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text(
        'name: "[red]x[/] $a_b$ <b>"\ninput: [3, 8, 8]\nlayers:\n  - {op: conv, k: 3, c: 4, name: a_b} # <i>$\n'
    )
    assert run("explain", str(path), "a_b").startswith("[red]x[/] $a_b$ <b>, layer a_b    Conv 3x3\n")
    assert "{op: conv, k: 3, c: 4, name: a_b} # <i>$" in run("explain", str(path), "a_b")
    assert "<i>" not in run("explain", str(path), "a_b", "--format", "html")
    assert r"\$a\_b\$" in run("explain", str(path), "a_b", "--format", "latex")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex on PATH to set equations with")
def test_equations_set(tmp_path):
    texts = [
        run("explain", "mobilenet_v1", "2", "--format", "latex"),
        run("layer", "identity", "--in", "3x8x8", "--format", "latex"),
        run("layer", "conv", "--k", "3", "--c", "8", "--s", "2", "--p", "same", "--in", "3x8x9", "--format", "latex"),
        run(*VERSUS, "--format", "latex"),
    ]
    page = ["\\documentclass{article}\\usepackage{amsmath,booktabs}\\begin{document}", *texts, "\\end{document}\n"]
    (tmp_path / "t.tex").write_text("\n".join(page), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


@pytest.mark.parametrize("args", [("explain", "mobilenet_v1", "2"), VERSUS], ids=["explain", "layer"])
def test_neither_starts_rich(args):
    script = f"import sys, costcalc.cli as c\nc.main({list(args)!r}, standalone_mode=False)\nassert 'rich' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_layers_and_ops_complete():
    def complete(*args, incomplete):
        return [
            item.value for item in ShellComplete(main, {}, "costcalc", "_X").get_completions(list(args), incomplete)
        ]

    assert complete("explain", "squeezenet", incomplete="fire9/e") == ["fire9/expand1x1", "fire9/expand3x3"]
    assert complete("explain", "nothing_here", incomplete="") == []
    assert complete("layer", incomplete="dw") == ["dwconv"]
    assert complete("layer", "conv", "--norm", incomplete="b") == ["bn"]


def test_the_report_points_to_explain():
    hint = run("report", "mobilenet_v1").splitlines()[-1]
    assert hint == "more         --by layer, --by stage, --by block, --format json, costcalc explain mobilenet_v1 2"
    run(*hint.partition("costcalc ")[2].split())
