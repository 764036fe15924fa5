"""Printed figures: what a text says, and which values it stands for."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.common.notation import read_figure, read_printed, readings
from costcalc.common.units import binary_bytes, decimal_bytes


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        ("727M", 727_000_000, "count"),
        ("727 M", 727_000_000, "count"),
        ("14,208", 14208, "count"),
        ("1.5e9", 1_500_000_000, "count"),
        ("3.6 G", 3_600_000_000, "count"),
        ("4.8 MB", 4_800_000, "bytes"),
        ("1 MiB", 2**20, "bytes"),
        ("94.86 %", Fraction(9486, 10000), "share"),
        ("8.56x", Fraction(856, 100), "ratio"),
        ("35 h", 35, "hours"),
    ],
)
def test_a_figure_is_read_exactly(text, value, dimension):
    figure = read_figure(text)
    assert (figure.value, figure.dimension) == (value, dimension)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("many", "cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("12 furlongs", "unknown unit `furlongs`; available: k, K, M, G, T, B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB, %, x, h"),
        ("-5 M", "cannot read `-5 M` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("", "cannot read `` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
    ],
)  # fmt: skip
def test_what_is_no_figure_is_told_what_is(text, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared
        read_figure(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "value", "unit", "what"),
    [
        ("Total params: 25.56M", 25_560_000, "M", "params"),
        ("Trainable params: 25,557,032", 25_557_032, "", "params"),
        ("Total params: 25,557,032 (97.49 MB)", 25_557_032, "", "params"),
        ("params 25,557,032", 25_557_032, "", "params"),
        ("Params(M): 25.6", 25_600_000, "M", "params"),
        ("#params = 25.6M", 25_600_000, "M", "params"),
        ("Number of parameters: 25.56 M", 25_560_000, "M", "params"),
        ("Params size (MB): 97.49", 97_490_000, "MB", ""),
        ("Model size: 97.8 MB", 97_800_000, "MB", ""),
        ("13.2 MB int4", 13_200_000, "MB", ""),
        ("13.2 MB (int4)", 13_200_000, "MB", ""),
        ("Flops: 4.13 GMac", 4_130_000_000, "G", "macs"),
        ("Computational complexity: 4.12 GMac", 4_120_000_000, "G", "macs"),
        ("MACs=4.11G", 4_110_000_000, "G", "macs"),
        ("MACs: 4.11 G", 4_110_000_000, "G", "macs"),
        ("Total mult-adds (M): 568.74", 568_740_000, "M", "macs"),
        ("4.1 (GMACs)", 4_100_000_000, "G", "macs"),
        ("~ 4.1 BMACs", 4_100_000_000, "G", "macs"),
        ("4.12 GFLOPs (ptflops)", 4_120_000_000, "G", "flops"),
        ("Total FLOPs: 8.18 GFLOPS", 8_180_000_000, "G", "flops"),
        ("fwd FLOPs: 8.18 G", 8_180_000_000, "G", "flops"),
        ("GFLOPs: 4.1", 4_100_000_000, "G", "flops"),
        ("FLOPs(G) 4.1", 4_100_000_000, "G", "flops"),
        ("65.86 BFLOPS", 65_860_000_000, "G", "flops"),
        ("25.6 (M)", 25_600_000, "M", ""),
    ],
)
def test_a_line_of_a_tool_is_read_with_what_its_label_says(text, value, unit, what):
    figure = readings(text)[0]
    assert (figure.value, figure.unit, figure.what) == (value, unit, what)


@pytest.mark.parametrize(
    "text",
    [
        "conv 3 M",
        "epochs: 90",
        "params: many",
        "params: 94 %",
        "Model size: 97.8",
        "MACs: 4.1G of 8.2G",
        "75 (see above)",
        "params (MB)",
    ],
)
def test_a_line_that_does_not_say_what_it_counts_is_refused(text):
    with pytest.raises(ValueError, match="cannot read"):
        readings(text)


@given(st.integers(0, 10**15 - 10**10), st.sampled_from([decimal_bytes, binary_bytes]))
def test_what_is_written_is_read_back(number, write):
    figure = read_figure(write(number).replace(",", ""))
    assert abs(figure.value - number) <= figure.step / 2


@pytest.mark.parametrize(
    ("text", "value", "rounded", "cut"),
    [
        ("569 M", 568_740_352, True, False),
        ("300 M", 300_774_272, False, True),
        ("301 M", 300_774_272, True, False),
        ("3.4 M", 3_470_760, False, True),
        ("3.5 M", 3_470_760, True, False),
        ("363x", 363.636364, False, True),
        ("2 G", 1_582_671_872, True, False),
        ("2 G", 1_500_000_000, True, False),  # half goes up
        ("2 G", 1_499_999_999, False, False),
        ("14,208", 14208, True, True),
        ("14,208", 14209, False, False),
    ],
)
def test_a_value_is_a_figure_rounded_half_up_or_cut(text, value, rounded, cut):
    figure = read_figure(text)
    assert (figure.rounds(value), figure.rounds(value, cut=True)) == (rounded, cut)


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("~9x", (8.92,), True),
        ("~9x", (8.4,), False),
        ("<0.5 MB", (470_000,), True),
        ("<0.5 MB", (500_000,), False),
        (">2 M", (2_000_001,), True),
        ("133 M to 143 M", (133_251_776, 142_502_976), True),
        ("133 to 143 M", (133_251_776, 142_502_976), True),
        ("133 M to 143 M", (134_339_776, 143_078_976), False),
        ("6, 24, 2, 2", (6, 24, 2, 2), True),
        ("6, 24, 2, 2", (6, 24, 2, 1), False),
        ("6, 24, 2, 2", (6, 24, 2), False),
    ],
)
def test_signs_ranges_and_lists(text, values, holds):
    assert read_printed(text).holds(values) == holds


def test_a_declared_tolerance_is_a_share_of_the_figure():
    printed = read_printed("140 M")
    assert printed.holds((138_365_952,), within=Fraction(2, 100))
    assert not printed.holds((136_829_952,), within=Fraction(2, 100))


def test_a_unit_can_be_other_than_printed():
    assert read_printed("233 MB", "MiB").holds((243_860_896,))
    assert not read_printed("233 MB").holds((243_860_896,))


@given(st.integers(0, 10**15), st.integers(0, 6))
def test_a_number_rounded_by_the_language_is_found(value, decimals):
    # half up is not what Python's formatting does: a neighbour of half a step is left out
    steps = Fraction(value, 10**6) * 10**decimals
    if steps % 1 == Fraction(1, 2):
        return
    whole, rest = divmod(round(steps), 10**decimals)
    shown = f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
    assert read_figure(f"{shown} M").rounds(value)
