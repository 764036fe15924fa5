"""What compression leaves: the paper's table, the released file's bytes, loops over tiny matrices, errors."""

import json
import re
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import CliRunner

from costcalc import load, specfile
from costcalc.cli import main
from costcalc.common.errors import Source, SpecError
from costcalc.network.compress import LAYOUTS, Scheme, compress, rank_for, stored, summed
from costcalc.unfold.interpreter import build

NETWORK = load("squeezenet").build()
ROOT = Path(__file__).parent.parent
SQUEEZENET = ROOT / "specs" / "squeezenet.yaml"

# Iandola et al. 2016, Table 1, "parameters after pruning"
AFTER = {
    "conv1": 14208,
    "fire2": 5746,
    "fire3": 6258,
    "fire4": 20646,
    "fire5": 24742,
    "fire6": 44700,
    "fire7": 46236,
    "fire8": 77581,
    "fire9": 77581,
    "conv10": 103400,
}
# The counts that open the released file (675,763 bytes), compressed_SqueezeNet.net of
# github.com/songhan/SqueezeNet-Deep-Compression: what each layer's stream holds, fillers included
RELEASED = (
    *(13902, 1528, 1020, 3073, 2038, 1023, 3081, 4085, 4071, 12288, 8160, 4067, 12343),
    *(12161, 4602, 27558, 9205, 9132, 27564, 24388, 8190, 44919, 16371, 16303, 45038, 105973),
)


def run(*args, code=0):
    result = CliRunner().invoke(main, ["compress", *map(str, args)])
    assert result.exit_code == code, result.output
    return result


def data(*args):
    return json.loads(run(*args, "--format", "json").stdout)


def totals(spec, *args):
    return data(spec, *args)["totals"]


# SqueezeNet's table


def test_each_row_of_squeezenets_table_after_pruning():
    found = data("squeezenet", "--by", "block")
    assert {row["path"]: row["kept"] for row in found["rows"]} == AFTER
    assert found["totals"]["kept"] == sum(AFTER.values()) == 421_098
    assert found["totals"]["params"] == 1_248_424
    assert "1,248,424 -> 421,098" in run("squeezenet").stdout


def test_the_printed_density_of_fire8_gives_another_count(tmp_path):
    text = SQUEEZENET.read_text(encoding="utf-8")
    cell = re.search(r"\{is: 0\.30, printed: 0\.33, [^}]*\}", text)[0]
    copy = tmp_path / "squeezenet.yaml"
    copy.write_text(text.replace(cell, "0.33"), encoding="utf-8")
    result = run(copy, code=2)
    assert "error: `kept` says `77581`; the layers give 82,005\n" in result.stderr


def numbers_of_data():
    """Yield the marks of each density and each width in SqueezeNet's rows."""
    root = {key.text: value for key, value in specfile.compose(specfile.source_of(str(SQUEEZENET))).pairs}
    columns = [item.text for item in root["columns"].items]
    wanted = {"d_s1", "d_e1", "d_e3", "bits", "density"}
    for row in root["layers"].items:
        cells = [*zip(columns, row.items, strict=False)]
        cells += [(key.text, value) for item in row.items if item.kind == "map" for key, value in item.pairs]
        for name, node in cells:
            node = next((value for key, value in node.pairs if key.text == "is"), node)  # noqa: PLW2901
            if name in wanted and node.kind == "scalar" and not node.null:
                yield name, node.mark


def test_any_changed_density_or_width_fails_verification(tmp_path):
    lines = SQUEEZENET.read_text(encoding="utf-8").split("\n")
    copy, seen = tmp_path / "squeezenet.yaml", set()
    for name, mark in numbers_of_data():
        line, start = lines[mark.line - 1], mark.column - 1
        old = line[start : start + mark.width]
        step = Fraction(1, 100) if name != "bits" else 1
        new = Fraction(old) - step
        changed = [*lines]
        changed[mark.line - 1] = f"{line[:start]}{float(new):g}{line[start + mark.width :]}"
        copy.write_text("\n".join(changed), encoding="utf-8")
        result = CliRunner().invoke(main, ["verify", str(copy)])
        assert result.exit_code == 1, f"{name} {old} in line {mark.line}"
        seen.add((name, mark.line))
    assert len(seen) == 8 * 3 + 10 + 2  # three densities a fire module, a width a row, densities of conv1 and conv10


# the released file


def test_the_released_file_has_its_bytes_by_its_layout():
    layers = [layer for layer in load("squeezenet").build().layers if layer.cost.weights]
    assert len(layers) == len(RELEASED) == 26
    assert sum(RELEASED) == 422_083
    layout = LAYOUTS["deep-compression"]
    parts = [
        stored(count, layer.cost.bias, 8, layout, indexed=True) for count, layer in zip(RELEASED, layers, strict=True)
    ]
    values, indices, tables = map(sum, zip(*parts, strict=True))
    assert tables == 26 * 4 + 26 * 256 * 4
    assert values == 422_083 + 4 * sum(layer.cost.bias for layer in layers)
    assert indices == (422_083 + sum(count % 2 for count in RELEASED)) // 2  # two to a byte, an odd one alone
    assert values + indices + tables == 675_763  # the file's size
    assert f"{675_763 / 1024:.1f}" == "659.9"


def test_the_tables_densities_come_within_a_percent_of_the_released_file():
    found = totals("squeezenet", "--layout", "deep-compression")
    weights = sum(AFTER.values()) - 3976  # but for the biases
    assert found["value_bytes"] == weights + 3976 * 4
    assert found["bytes"] == 668_316
    assert f"{1 - found['bytes'] / 675_763:.1%}" == "1.1%"
    assert "668,316 bytes = 668.32 kB, 652.65 KiB" in run("squeezenet", "--layout", "deep-compression").stdout


def test_six_bits_with_indices_where_weights_are_gone_is_what_the_paper_prints():
    assert f"{totals('squeezenet')['bytes'] / 1e6:.2f} MB" == "0.47 MB"
    assert totals("squeezenet", "--index-bits", 0)["bytes"] == totals("squeezenet")["value_bytes"]


# AlexNet's rows


def test_alexnets_rows_of_the_comparison():
    pruned = totals("alexnet", "--bits", 32, "--index-bits", 0)
    assert pruned["params"] * 4 == 243_860_896
    assert f"{pruned['params'] / pruned['kept']:.0f}x" == "9x"
    assert f"{pruned['bytes'] / 1e6:.0f} MB" == "27 MB"
    assert abs(pruned["kept"] / 6.7e6 - 1) < 0.02  # 6.7 M, Han et al. 2015, by densities to the percent
    assert f"{totals('alexnet', '--svd', 6)['bytes'] / 1e6:.0f} MB" == "48 MB"
    uniform = totals("alexnet", "--density", "1/9", "--bits", 32, "--index-bits", 0)
    assert f"{uniform['bytes'] / 1e6:.0f} MB" == "27 MB"
    both = totals("alexnet")
    assert 27 < pruned["params"] * 4 / both["bytes"] < 35  # 27x with the fillers of real gaps, 35x after Huffman coding


def test_the_ranks_that_give_alexnets_fc_layers_a_fifth():
    found = data("alexnet", "--svd", "5")
    ranks = {row["path"]: row["rank"] for row in found["rows"] if row["rank"]}
    assert ranks == {"fc6": 567, "fc7": 409, "fc8": 160}
    for path, rows, columns in (("fc6", 9216, 4096), ("fc7", 4096, 4096), ("fc8", 4096, 1000)):
        row = next(row for row in found["rows"] if row["path"] == path)
        assert row["kept_weights"] == ranks[path] * (rows + columns) == row["kept_macs"]
        assert row["kept_weights"] * 5 <= rows * columns < (ranks[path] + 1) * (rows + columns) * 5
    assert all(row["density"] == 1 and row["bits"] == 32 for row in found["rows"])


@given(st.integers(1, 60), st.integers(1, 60), st.fractions(Fraction(1, 4), 9))
def test_the_rank_is_the_largest_that_is_small_enough(rows, columns, factor):
    fits = [
        r
        for r in range(1, 61)
        if r * (rows + columns) * factor <= rows * columns and r * (rows + columns) < rows * columns
    ]
    best = max((r for r in range(1, 121) if r * (rows + columns) * factor <= rows * columns), default=None)
    found = rank_for(rows, columns, factor)
    assert found == (best if best in fits else None)


# loops


def spec(text):
    return specfile.load_source(Source("net.yaml", f"name: n\ninput: [3, 5, 4]\n{text}"))


def test_a_loop_over_kept_weights_multiplies_as_often():
    network = build(spec("data: [density]\nlayers: [{op: conv, k: 3, c: 4, bias: true, act: prelu, density: 0.3}]"))
    row = compress(network.layers, Scheme())[0]
    weights = list(product(range(4), range(3), range(3), range(3)))
    kept = weights[: -(-len(weights) * 3 // 10)]
    multiplied = sum(1 for _ in product(kept, range(5), range(4)))
    assert (row.sizes.kept_weights, row.sizes.kept_macs) == (len(kept), multiplied)
    assert row.sizes.kept == len(kept) + 4 + 4  # biases and slopes stay
    assert row.sizes.bit_ops == sum(32 * 32 for _ in range(multiplied))


@given(st.integers(0, 40), st.integers(0, 9), st.integers(1, 16), st.integers(0, 8), st.booleans())
def test_bits_written_one_by_one_take_as_many_bytes(count, rest, bits, index_bits, codebook):
    layout = LAYOUTS["plain"]._replace(index_bits=index_bits, rest_bits=32, codebook=codebook)

    def written(numbers, width):
        stream = "".join("1" * width for _ in range(numbers))
        return len([stream[at : at + 8] for at in range(0, len(stream), 8)])

    values, indices, tables = stored(count, rest, bits, layout, indexed=True)
    assert values == written(count, bits) + written(rest, 32)
    assert indices == written(count, index_bits)
    assert tables == (len(range(2**bits)) * 4 if codebook else 0)


@given(st.fractions(0, 1), st.fractions(0, 1), st.integers(1, 15), st.integers(0, 8))
def test_fewer_and_narrower_weights_never_take_more(density, other, bits, index_bits):
    layers = NETWORK.layers
    low, high = sorted((density, other))
    layout = LAYOUTS["deep-compression"]._replace(index_bits=index_bits, bits=bits)

    def sums(density, layout):
        return summed(row.sizes for row in compress(layers, Scheme(layout, density)))

    small, large = sums(low, layout), sums(high, layout)
    assert all(one <= two for one, two in zip(small, large, strict=True))
    wider = sums(low, layout._replace(bits=bits + 1))
    assert small.bytes <= wider.bytes
    assert sums(Fraction(1), layout).kept == 1_248_424
    nothing = sums(Fraction(0), layout)
    assert (nothing.kept, nothing.kept_macs, nothing.index_bytes) == (3976, 0, 0)


@pytest.mark.parametrize("name", specfile.bundled())
def test_without_data_and_options_nothing_is_lost(name):
    network = load(name).build()
    sums = summed(row.sizes for row in compress(network.layers, Scheme(density=Fraction(1))))
    assert (sums.params, sums.kept) == (network.totals.params,) * 2
    assert (sums.macs, sums.kept_macs) == (network.totals.macs,) * 2


def test_sizes_beyond_every_prefix_stay_exact():
    side = 10**17
    text = f"layers: [{{op: fc, c: {side}}}, {{op: fc, c: {side}}}]"
    sums = summed(row.sizes for row in compress(build(spec(text)).layers, Scheme()))
    assert sums.bytes == (60 * side + side * side + 2 * side) * 4


# bad input


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--density", "1.5"], "Invalid value for '--density': a number from 0 to 1 is expected, not `1.5`"),
        (["--density", "-0.1"], "Invalid value for '--density': a number from 0 to 1 is expected, not `-0.1`"),
        (
            ["--density", "nan"],
            "Invalid value for '--density': cannot read `nan` as a number; write it like 0.3, 1/9 or 30 %",
        ),
        (
            ["--density", "1/0"],
            "Invalid value for '--density': cannot read `1/0` as a number; write it like 0.3, 1/9 or 30 %",
        ),
        (["--svd", "0"], "Invalid value for '--svd': a number above 0 is expected, not `0`"),
        (["--bits", "65"], "Invalid value for '--bits': 65 is not in the range 1<=x<=64."),
        (
            ["--bits", "32", "--codebook"],
            "a code book takes at most 16 bits, not the 32 of layer `conv1`; add --bits",
        ),
        (
            ["--bits", "17", "--layout", "deep-compression"],
            "a code book takes at most 16 bits, not the 17 of layer `conv1`; add --bits",
        ),
    ],
)
def test_bad_options(args, message):
    result = run("squeezenet", *args, code=2)
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1] == f"Error: {message}"


def test_a_code_book_of_weights_that_nothing_narrows_is_an_error():
    result = CliRunner().invoke(main, ["compress", "vgg16", "--codebook"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a code book takes at most 16 bits, not the 32 of layer `conv1`; add --bits" in result.stderr


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("density: 1.01", "net.yaml:4:53: error: `density` must be from 0 to 1, not 1.01"),
        ("density: -1", "net.yaml:4:53: error: `density` must be from 0 to 1, not -1"),
        ("density: relu", "net.yaml:4:53: error: `density` must be a number from 0 to 1, not the word `relu`"),
        ("bits: 0", "net.yaml:4:50: error: `bits` must be at least 1, not 0"),
        ("bits: 65", "net.yaml:4:50: error: `bits` must be from 1 to 64, not 65"),
        (
            "bits: 2.5",
            "net.yaml:4:50: error: `bits` must be a whole number, not 2.5 (say how to round: `int`, `round`, `divisible`)",
        ),
    ],
)
def test_a_wrong_datum_has_its_place(cell, message):
    with pytest.raises(SpecError) as error:
        build(spec(f"data: [density, bits]\nlayers: [{{op: conv, k: 3, c: 4, act: relu, {cell}}}]"))
    assert str(error.value).splitlines()[0] == message


def test_a_blocks_argument_that_is_no_density_is_blamed_where_it_was_written():
    text = "data: [density]\nblocks: {b: {args: [d], layers: [{op: fc, c: 2, density: d}]}}\nlayers: [{op: b, d: 3}]"
    with pytest.raises(SpecError) as error:
        build(spec(text))
    assert str(error.value).startswith("net.yaml:5:21: error: `density` must be from 0 to 1, not 3\n")
