"""Answers: what a text says, and the verdict on it beside the right value."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costcalc.causes.answers import EXACT, StatedSize, Tolerance, judge, last_place, read_answer
from costcalc.ops.shape import Shape

MACS = Fraction(568_740_352)
SHAPE = Shape(32, 112, 96)


def verdict(text, key=MACS, dimension="count", tolerance=EXACT):
    return judge(read_answer(text), key, dimension, tolerance)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("75", 75),
        (" 10,800 ", 10_800),
        ("568.7M", 568_700_000),
        ("5.687e8", 568_700_000),
        ("5.687E+08", 568_700_000),  # as spreadsheets write it
        ("0.5687 G", 568_700_000),
        ("16.8 MB", 16_800_000),
        ("16 MiB", 16 * 2**20),
        ("94.86 %", Fraction(9486, 10_000)),
        ("8.41x", Fraction(841, 100)),
    ],
)
def test_the_readable_forms(text, value):
    assert read_answer(text).value == value


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("112x112x32", (112, 112, 32)),
        ("32x112x112", (32, 112, 112)),
        ("112 x 112 x 32", (112, 112, 32)),
        ("112×112×32", (112, 112, 32)),  # noqa: RUF001
        ("112x112", (112, 112)),
    ],
)
def test_sizes(text, sides):
    assert read_answer(text) == StatedSize(sides)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,08,00", "cannot read `1,08,00` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("\x1b[31m75", "cannot read `\\x1b[31m75` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("\u0667", "cannot read `\u0667` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("1e999", "cannot read `1e999` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208"),
        ("9" * 101, "an answer of 101 characters cannot be read as a number"),
        ("12 parsecs", "unknown unit `parsecs`; available: k, K, M, G, T, B, kB, KB, MB, GB, TB, KiB, MiB, GiB, TiB, %, x, h"),
    ],
)  # fmt: skip
def test_unreadable_answers_are_told_what_can_be_read(text, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole message is compared
        read_answer(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("text", "expected", "told"),
    [
        ("568,740,352", ("right", True), ""),
        ("568.740352 M", ("right", True), ""),
        ("568.7M", ("rounded", False), "right to 4 digits, the exact count was asked"),
        ("569M", ("rounded", False), "right to 3 digits, the exact count was asked"),
        ("0.6 G", ("rounded", False), "right to 1 digit, the exact count was asked"),
        ("0 G", ("wrong", False), ""),
        ("0 T", ("wrong", False), ""),  # its own digits are none
        ("568M", ("wrong", False), ""),  # cut, not rounded
        ("568,700,000", ("wrong", False), ""),  # it claims all of its digits
        ("16.8 MB", ("unit", False), "`MB` does not fit: a count is expected"),
        ("94 %", ("unit", False), "`%` does not fit: a count is expected"),
        ("112x112", ("unit", False), "a count is expected"),
    ],
)
def test_a_count_is_exact_unless_said(text, expected, told):
    assert verdict(text) == (*expected, told)


@pytest.mark.parametrize(
    ("text", "tolerance", "expected"),
    [
        ("569M", ("digits", 3), ("rounded", True)),
        ("569M", ("digits", 4), ("rounded", False)),
        ("568,740,000", ("digits", 5), ("right", True)),
        ("568,745,352", ("digits", 5), ("right", True)),  # half of the fifth digit is 5,000: the bound is included
        ("568,745,353", ("digits", 5), ("wrong", False)),
        ("568,735,352", ("digits", 5), ("right", True)),
        ("568,735,351", ("digits", 5), ("wrong", False)),
        ("568,740,452", ("abs", 100), ("right", True)),
        ("568,740,453", ("abs", 100), ("wrong", False)),
        ("511,866,316.8", ("rel", Fraction(1, 10)), ("right", True)),  # exactly 10 % off
        ("511,866,316.7", ("rel", Fraction(1, 10)), ("wrong", False)),
        ("569M", ("own", 0), ("rounded", True)),
        ("568,740,351", ("own", 0), ("wrong", False)),
    ],
)
def test_tolerances_include_their_bounds(text, tolerance, expected):
    kind, amount = tolerance
    assert verdict(text, tolerance=Tolerance(kind, Fraction(amount)))[:2] == expected


@pytest.mark.parametrize(
    ("text", "dimension", "key", "expected"),
    [
        ("16927904", "bytes", 16_927_904, ("right", True, "")),
        ("16927904 B", "bytes", 16_927_904, ("right", True, "")),
        ("16.93 MB", "bytes", 16_927_904, ("rounded", False, "right to 4 digits, the exact count was asked")),
        ("4.2M", "bytes", 16_927_904, ("unit", False, "`M` does not fit: a size in bytes (B, kB, MB, KiB, MiB) is expected")),
        ("94.86 %", "share", Fraction(9486, 10_000), ("right", True, "")),
        ("0.9486", "share", Fraction(9486, 10_000), ("right", True, "")),
        ("94.86", "share", Fraction(9486, 10_000), ("right", True, "read as 94.86 %")),
        ("9 MB", "share", Fraction(9486, 10_000), ("unit", False, "`MB` does not fit: a share is expected")),
        ("8.5x", "ratio", Fraction(17, 2), ("right", True, "")),
        ("850 %", "ratio", Fraction(17, 2), ("right", True, "")),
    ],
)  # fmt: skip
def test_a_bare_number_fits_any_dimension_and_a_unit_its_own(text, dimension, key, expected):
    assert verdict(text, Fraction(key), dimension) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("112x96x32", ("right", True, "")),
        ("32x112x96", ("right", True, "")),
        ("96x112x32", ("wrong", False, "the order is height x width x channels, or channels first")),
        ("112x96", ("wrong", False, "the channels are missing")),
        ("75", ("unit", False, "an output size such as 112x112x32 is expected")),
    ],
)
def test_an_output_size_is_written_either_way(text, expected):
    assert verdict(text, SHAPE, "size") == expected


def test_a_vector_is_a_size_by_its_channels():
    assert verdict("1000", Shape(1000, 1, 1), "size") == ("right", True, "")
    assert verdict("1x1x1000", Shape(1000, 1, 1), "size").accepted
    assert not verdict("999", Shape(1000, 1, 1), "size").accepted


@given(st.integers(1, 10**15), st.integers(1, 12))
def test_a_value_printed_to_so_many_digits_is_right_to_them(value, digits):
    printed = f"{value:.{digits - 1}e}"
    if Fraction(printed) % 1 or abs(Fraction(printed) - value) == last_place(Fraction(value), digits) / 2:
        return  # Python rounds a half to even, papers up
    assert verdict(printed, Fraction(value), tolerance=Tolerance("digits", Fraction(digits))).accepted
    assert verdict(printed, Fraction(value)).verdict == ("right" if Fraction(printed) == value else "rounded")


@pytest.mark.parametrize(
    ("value", "digits", "place"),
    [
        ("568740352", 3, 10**6),
        ("0.5", 1, Fraction(1, 10)),
        ("0.00512", 2, Fraction(1, 10_000)),
        ("9", 1, 1),
        ("0", 3, 0),
    ],
)
def test_the_last_place(value, digits, place):
    assert last_place(Fraction(value), digits) == place
