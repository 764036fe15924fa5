"""Devices, the roofline, latencies and epochs: traffic by touching addresses, datasheets re-derived, errors whole."""

import json
import os
import re
from fractions import Fraction
from pathlib import Path
from statistics import correlation
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import CliRunner

from costcalc import load, specfile
from costcalc.cli import main
from costcalc.cli.complete import complete_device
from costcalc.common.errors import Source
from costcalc.hardware.devicefile import load_device
from costcalc.hardware.devices import Device
from costcalc.hardware.latencies import rank_correlation, ranks
from costcalc.hardware.roofline import bound, in_turn
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.traffic import flops, intensity, traffic
from costcalc.output.charts.axes import scale
from costcalc.unfold.interpreter import build

MOBILENET = load("mobilenet_v1").build()
DEVICES = specfile.bundled("devices")
TABLE = json.loads(CliRunner().invoke(main, ["latency", "--format", "json"]).stdout)


def run(*args, code=0, **env):
    result = CliRunner().invoke(main, list(map(str, args)), env=env)
    assert result.exit_code == code, result.output
    return result


def data(*args):
    return json.loads(run(*args, "--format", "json").stdout)


def network(text, size="[3, 6, 5]"):
    return build(specfile.load_source(Source("net.yaml", f"name: n\ninput: {size}\n{text}")))


# devices

# peaks and bandwidths again, from cores, clocks and the width of the memory's bus
DATASHEETS = {
    "k40": (2880 * 2 * 745e6, 384 / 8 * 6.0e9),
    "a100": (6912 * 2 * 1410e6, 5120 / 8 * 2 * 1215e6),
    "snapdragon_820": (4 * 2 * 2.15e9, 2 * 32 / 8 * 2 * 1866e6),
    "raspberry_pi_4": (4 * 4 * 2 * 1.5e9, 32 / 8 * 3200e6),
    "cortex_m7": (1 * 2 * 216e6, 64 / 8 * 216e6),
}


@pytest.mark.parametrize("name", DEVICES)
def test_a_bundled_device_is_its_datasheet(name):
    device = load_device(name)
    peak, bandwidth = DATASHEETS[name]
    assert float(device.flops("fp32")) == pytest.approx(peak, rel=1e-3)
    assert float(device.bandwidth) == pytest.approx(bandwidth, rel=1e-3)
    assert len(device.source) > 20


DEVICE = "name: d\nsource: s\ncounts: flops\npeak: {fp32: 1 G}\nbandwidth: 1 GB\n"
WRONG = [
    ("source: s\n", "", "d.yaml:1:1: error: a device needs `source`\n  name: d\n  ^"),
    (
        "source: s",
        "source:",
        "d.yaml:2:8: error: `source` must be a text, not nothing\n  source:\n         ^",
    ),
    (
        "fp32: 1 G",
        "fp32: -1 G",
        (
            "d.yaml:4:14: error: the peak of `fp32` must be a figure above 0, at most 10^24, such as `4.29 T`, not `-1 G`\n"
            "  peak: {fp32: -1 G}\n               ^^^^"
        ),
    ),
    (
        "fp32: 1 G",
        "fp32: 0",
        (
            "d.yaml:4:14: error: the peak of `fp32` must be a figure above 0, at most 10^24, such as `4.29 T`, not `0`\n"
            "  peak: {fp32: 0}\n               ^"
        ),
    ),
    (
        "fp32: 1 G",
        "fp32: 1e99",
        (
            "d.yaml:4:14: error: the peak of `fp32` must be a figure above 0, at most 10^24, such as `4.29 T`, not `1e99`\n"
            "  peak: {fp32: 1e99}\n               ^^^^"
        ),
    ),
    (
        "fp32",
        "fp33",
        (
            "d.yaml:4:8: error: `peak` has no key `fp33`; available: `fp64`, `fp32`, `tf32`, `fp16`, "
            "`bf16`, `fp8`, `int32`, `int16`, `int8`, `int4`, `int1`\n  peak: {fp33: 1 G}\n         ^^^^"
        ),
    ),
    (
        "bandwidth: 1 GB",
        "bandwidth: 1 G",
        (
            "d.yaml:5:12: error: `bandwidth` must be a figure above 0, at most 10^24, such as `288 GB`, not `1 G`\n"
            "  bandwidth: 1 G\n             ^^^"
        ),
    ),
    (
        "counts: flops",
        "counts: flop",
        (
            "d.yaml:3:9: error: `counts`: unknown name `flop`; did you mean `flops`? Available: `flops`, `macs`\n"
            "  counts: flop\n          ^^^^"
        ),
    ),
    (
        "bandwidth",
        "bandwith",
        (
            "d.yaml:5:1: error: a device has no key `bandwith`; did you mean `bandwidth`? "
            "Available: `name`, `source`, `counts`, `peak`, `bandwidth`, `watts`, `note`\n  bandwith: 1 GB\n  ^^^^^^^^"
        ),
    ),
    (
        "{fp32: 1 G}",
        "{}",
        "d.yaml:4:7: error: `peak` gives operations a second by dtype, such as `{fp32: 4.29 T}`\n  peak: {}\n        ^",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_wrong_device_file_has_its_place(old, new, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.yaml").write_text(DEVICE.replace(old, new), encoding="utf-8")
    result = run("roofline", "vgg16", "--device", "d.yaml", code=2)
    assert (result.stdout, result.stderr) == ("", message + "\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["roofline", "vgg16", "--device", "k41"],
            (
                "error: no device `k41` and no such file; available: "
                "`a100`, `cortex_m7`, `k40`, `raspberry_pi_4`, `snapdragon_820`"
            ),
        ),
        (
            ["roofline", "vgg16", "--device", "k40", "--dtype", "int8"],
            "Error: Invalid value for --dtype: device `k40` has no peak for `int8`; available: `fp32`, `fp64`",
        ),
        (
            ["roofline", "vgg16", "--device", "k40", "--measured", "0"],
            "Error: Invalid value for '--measured': a number above 0 is expected, not `0`",
        ),
        (
            ["roofline", "vgg16", "--device", "/nowhere.yaml"],
            "error: cannot read `/nowhere.yaml`: no such file or directory",
        ),
        (["epoch", "vgg16", "--images", "9"], "Error: give either --rate, or --device and --efficiency"),
        (
            ["epoch", "vgg16", "--images", "9", "--rate", "1", "--efficiency", "0.1", "--device", "k40"],
            "Error: give either --rate, or --device and --efficiency",
        ),
        (["epoch", "vgg16", "--images", "9", "--efficiency", "0.1"], "Error: --efficiency needs --device"),
        (
            ["epoch", "vgg16", "--images", "0.5", "--rate", "1"],
            "Error: Invalid value for '--images': a whole number from 1 to 10^18 is expected, such as 1281167 or 1.2M, not `0.5`",
        ),
        (
            ["epoch", "vgg16", "--images", "many", "--rate", "1"],
            "Error: Invalid value for '--images': cannot read `many` as a number; write it like 727 M, 4.8 MB, 94.86 %, 1.5e9 or 14,208",
        ),
        (
            ["epoch", "vgg16", "--images", "9", "--device", "k40", "--efficiency", "1.1"],
            "Error: Invalid value for '--efficiency': a number above 0 and up to 1 is expected, not `1.1`",
        ),
        (
            ["latency", "shuflenet_v1"],
            (
                "error: no table of latencies `shuflenet_v1` and no such file; "
                "did you mean `shufflenet_v1`? Available: `shufflenet_v1`"
            ),
        ),
    ],
)
def test_bad_input(args, message):
    result = run(*args, code=2)
    assert (result.stdout, result.stderr.splitlines()[-1]) == ("", message)


def test_devices_are_completed():
    assert [item.value for item in complete_device(None, None, "c")] == ["cortex_m7"]
    assert [item.type for item in complete_device(None, None, "./")] == ["file"]


# traffic and bounds


@pytest.mark.parametrize("batch", [1, 3])
def test_a_convolution_touches_as_many_elements(batch):
    layer = network("layers: [{op: conv, k: 3, c: 4, s: 2, bias: true, norm: bn, act: relu}]").layers[0]
    touched, out = set(), layer.out
    for image in range(batch):
        for c, y, x in ((c, y, x) for c in range(out.c) for y in range(out.h) for x in range(out.w)):
            touched |= {("out", image, c, y, x), ("bias", c), ("gamma", c), ("beta", c)}
            for d, i, j in ((d, i, j) for d in range(3) for i in range(3) for j in range(3)):
                touched.add(("weight", c, d, i, j))
                row, column = 2 * y + i - 1, 2 * x + j - 1
                if 0 <= row < 6 and 0 <= column < 5:
                    touched.add(("in", image, d, row, column))
    assert traffic(layer, 32, batch) == 4 * len(touched)
    assert traffic(layer, 8, batch) == len(touched)


def test_what_moves_and_what_does_not():
    layers = network("""
layers:
  - {op: conv, k: 1, c: 3, name: a}
  - {op: dropout}
  - {op: relu}
  - {op: add, from: [a, -1]}
  - {op: flatten}
  - {op: fc, c: 2}
""").layers
    size = 3 * 6 * 5
    assert [traffic(layer, 8) for layer in layers] == [2 * size + 9, 0, 2 * size, 3 * size, 0, size + 2 + 2 * size + 2]
    assert [flops(layer) for layer in layers] == [2 * 9 * 30, 0, 0, 0, 0, 2 * 2 * size]


@pytest.mark.parametrize(
    ("rows", "elements"),
    [
        ("{op: add, from: [a, a]}", 3 * 30 + 3 * 30),
        ("{op: mul, from: [a, a, input]}", 3 * 30 + 30 + 3 * 30),
        ("{op: concat, from: [a, a, a]}", 3 * 30 + 9 * 30),
    ],
)
def test_what_a_layer_reads_twice_moves_once(rows, elements):
    last = network(f"layers: [{{op: conv, k: 1, c: 3, name: a}}, {rows}]", "[1, 6, 5]").layers[-1]
    assert traffic(last, 32) == 4 * elements


@given(st.integers(1, 10**15), st.integers(1, 10**15), st.sampled_from(["macs", "flops"]), st.sampled_from([8, 16, 32]))
def test_the_time_is_that_of_the_lower_roof(peak, bandwidth, counts, bits):
    dtype = next(name for name, width in DTYPE_BITS.items() if width == bits)
    device = Device("d", "d", "s", counts, {dtype: Fraction(peak)}, Fraction(bandwidth))
    rows = [bound(layer, device, dtype) for layer in MOBILENET.layers]
    for row in rows:
        roof = min(device.flops(dtype), intensity(row.flops, row.traffic) * bandwidth)  # FLOPs a second, attainable
        assert row.seconds == (row.flops / roof if row.flops else Fraction(row.traffic, bandwidth))
        assert row.limit == ("compute" if roof == device.flops(dtype) else "memory")
    whole = in_turn(rows)
    assert max(whole.compute, whole.memory) <= whole.seconds <= whole.compute + whole.memory


def test_a_batch_reads_its_weights_once():
    layers, device = load("alexnet").build().layers, load_device("k40")
    one, many = (in_turn(bound(layer, device, "fp32", batch) for layer in layers) for batch in (1, 32))
    assert many.flops == 32 * one.flops
    assert 32 * one.traffic - many.traffic == 31 * 4 * 60_965_224
    assert one.seconds < many.seconds < 32 * one.seconds


def test_the_rows_add_up_and_a_measured_time_is_held_to_them():
    found = data("roofline", "mobilenet_v1", "--device", "snapdragon_820", "--measured", "110")
    for key in ("flops", "traffic"):
        assert sum(layer[key] for layer in found["layers"]) == found["totals"][key]
    assert sum(layer["seconds"] for layer in found["layers"]) == pytest.approx(found["totals"]["seconds"])
    assert found["totals"]["flops"] == 2 * 568_740_352
    assert found["measured"]["achieved"] == pytest.approx(found["totals"]["seconds"] / 0.11)
    text = run("roofline", "mobilenet_v1", "--device", "snapdragon_820", "--measured", "110").stdout
    assert "measured    110.00 ms    60.14 % of the bound achieved    10.34 GFLOP/s\n" in text
    assert "a bound, not a latency" in text
    assert "faster than the bound" in run("roofline", "vgg16", "--device", "k40", "--measured", "1").stdout


def test_the_area_of_a_point_is_its_share_of_the_time():
    args = ("roofline", "mobilenet_v1", "--device", "a100")
    text = CliRunner().invoke(main, [*args, "--format", "svg", "--plot"]).stdout
    data = json.loads(CliRunner().invoke(main, [*args, "--format", "json"]).stdout)
    shares = sorted((row["share"] for row in data["layers"] if row["flops"]), reverse=True)
    found = re.findall(r'<polygon points="([^"]+)" class="area', text)[-len(shares) :]
    across = [[float(spot.split(",")[0]) for spot in spots.split()] for spots in found]
    areas = [(max(xs) - min(xs)) ** 2 for xs in across]
    assert [area / areas[0] for area in areas[:8]] == pytest.approx([s / shares[0] for s in shares[:8]], rel=0.02)


def test_a_plot_in_the_terminal_has_the_roof_and_fits():
    result = run("roofline", "mobilenet_v1", "--device", "k40", "--measured", "5", "--plot", COLUMNS="60")
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 60
    drawn = lines[lines.index("FLOP/s") + 1 :][:20]
    assert [line.split("|")[0].strip() for line in drawn if not line.startswith(" " * 6)] == [
        "10 T",
        "1 T",
        "100 G",
        "10 G",
    ]
    assert sum(line.count("x") for line in drawn) >= 10
    assert sum(line.count("+") for line in drawn) == 1
    assert "... the device's roof   x a layer, at best" in lines


def test_the_picture_has_a_point_for_each_layer_that_multiplies(tmp_path):
    path = tmp_path / "roof.svg"
    run("roofline", "mobilenet_v1", "--device", "k40", "--measured", "5", "-o", path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - of our own making
    told = [title.text for title in root.findall(".//{*}polygon/{*}title")]
    points = {name: tuple(float(number.replace(",", "")) for number in at.split(", ")) for name, at in map(split, told)}
    assert len(points) == 28 + 1
    x, y = points.pop("MobileNet V1")
    assert y == pytest.approx(2 * 568_740_352 / 0.005)
    assert y < min(4.29e12, x * 288e9)
    for x, y in points.values():  # each on the roof
        assert y == pytest.approx(min(4.29e12, x * 288e9))
    fc = next(layer for layer in MOBILENET.layers if layer.op == "fc")
    assert points["19"][0] == pytest.approx(2 * 1_024_000 / traffic(fc, 32))


def split(words):
    return words.split(": ")


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0.33, 83, ["0.1", "1", "10", "100"]),
        (1, 10, ["1", "2", "5", "10"]),
        (5, 5, ["5", "10"]),
        (2e-9, 3e13, ["1e-9", "0.001", "1 k", "1 G", "1 P"]),
    ],
)
def test_an_axis_of_powers_of_ten(low, high, labels):
    axis = scale(high, "log", 0, 100, 4, low)
    assert [label for _, label in axis.ticks] == labels
    assert axis.ticks[0][0] <= low <= high <= axis.ticks[-1][0]
    assert axis.at((axis.ticks[0][0] * axis.ticks[-1][0]) ** 0.5) == pytest.approx(50)


# latencies


def test_every_measured_time_is_above_its_bound():
    assert len(TABLE["rows"]) == 15
    assert all(0 < row["achieved"] < 1 for row in TABLE["rows"])


def test_the_speed_ups_that_shufflenets_paper_speaks_of():
    rows = [row for row in TABLE["rows"] if row["net"] == "shufflenet_v1:width=0.5"]
    assert [f"{row['speedup']:.3f}" for row in rows] == ["12.105", "13.235", "13.971"]
    assert [row["input"] for row in rows] == ["3x224x224", "3x480x640", "3x720x1280"]
    assert [row["macs"] for row in TABLE["rows"] if row["input"] == "3x224x224"] == [
        *(37_589_856, 137_460_672, 524_045_184, 720_608_384, 568_740_352)
    ]


def test_what_ranks_the_times_by_another_formula():
    def rho(rows, key):
        places = [[sorted(row[of] for row in rows).index(row[of]) for row in rows] for of in (key, "measured_seconds")]
        return 1 - 6 * sum((a - b) ** 2 for a, b in zip(*places, strict=True)) / (len(rows) ** 3 - len(rows))

    for where, found in TABLE["rank_correlation"].items():
        rows = [row for row in TABLE["rows"] if where in ("all", row["input"])]
        assert found["MACs"] == pytest.approx(rho(rows, "macs"))
        assert found["bound"] == pytest.approx(rho(rows, "bound_seconds"))
        assert found["traffic"] == pytest.approx(rho(rows, "traffic"))
        assert found["MACs"] >= found["traffic"]
    assert TABLE["rank_correlation"]["3x224x224"]["MACs"] == 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12))
def test_ranks_with_ties(pairs):
    one, other = ([Fraction(value) for value in side] for side in zip(*pairs, strict=True))
    for side in (one, other):
        places = [sum(b < a for b in side) + (sum(b == a for b in side) + 1) / 2 for a in side]
        assert [float(rank) for rank in ranks(side)] == places
    found = rank_correlation(one, other)
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(correlation([*map(float, ranks(one))], [*map(float, ranks(other))]))


def test_the_files_of_the_page_are_read(tmp_path):
    page = (Path(__file__).parent.parent / "docs" / "hardware.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml (device|latencies)\n# (.+)\n([^`]*)^```", page, re.MULTILINE)
    assert [kind for kind, _, _ in blocks] == ["device", "latencies"]
    for _, name, text in blocks:
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = data("latency", tmp_path / "my_times.yaml", "--device", tmp_path / "my_phone.yaml")
    assert (found["device"], len(found["rows"])) == ("my_phone", 2)


HINT = "a table names bundled networks and devices; --files DIR adds the files of DIR"
TIMES = "name: t\nsource: s\ndevice: k40\nbaseline: vgg16\ninputs: [3x64x64]\nmilliseconds: {vgg16: [9]}\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[9]", "[-9]", "t.yaml:6:24: error: a time must be a number of milliseconds above 0, such as 15.2, not `-9`"),
        ("[9]", "[9, 9]", "t.yaml:6:23: error: `vgg16` has a time for each of 1 input, not 2 times"),
        (
            "3x64x64",
            "64x64",
            "t.yaml:5:10: error: an input must be channels x height x width, such as 3x480x640, not `64x64`",
        ),
        (
            "e: vgg16",
            "e: vg16",
            "t.yaml:4:11: error: `baseline` must be one of the networks, not `vg16`; did you mean `vgg16`?",
        ),
        ("source: s\n", "", "t.yaml:1:1: error: a file of latencies needs `source`"),
        (
            "vgg16",
            "vgg61",
            "t.yaml:6:16: error: no bundled spec `vgg61`\n",
        ),
        ("3x64x64", "3x4x4", "t.yaml:6:16: error: `vgg16` at 3x4x4: "),
        (
            "[3x64x64]",
            "3x64x64",
            "t.yaml:5:9: error: `inputs` must be a list, such as [3x224x224, 3x480x640], not `3x64x64`",
        ),
        ("[3x64x64]", "[3x64x64, 3x64x64]", "t.yaml:5:19: error: `3x64x64` is an input already"),
        (
            "k40",
            "k40\ndtype: int8",
            "t.yaml:4:8: error: device `k40` has no peak for `int8`; available: `fp32`, `fp64`",
        ),
    ],
)
def test_a_wrong_table_of_latencies_has_its_place(old, new, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TIMES.replace(old, new), encoding="utf-8")
    result = run("latency", "t.yaml", code=2)
    assert result.stdout == ""
    assert message in result.stderr


NET = "name: n\ninput: [3, 8, 8]\nsettings: {c: 4}\nvariants: {small: {c: 2}}\nlayers: [{op: conv, k: 1, c: c}]\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a device and a network, a link in it that leads out, a pipe, and a secret beside it."""
    inside = tmp_path / "mine"
    inside.mkdir()
    (inside / "d.yaml").write_text(DEVICE, encoding="utf-8")
    (inside / "n.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "secret.yaml").write_text("the secret\n", encoding="utf-8")
    (inside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    os.mkfifo(inside / "pipe.yaml")
    monkeypatch.chdir(tmp_path)
    return inside


def named(device="k40", net="vgg16"):
    text = TIMES.replace("k40", json.dumps(device)).replace("e: vgg16", f"e: {json.dumps(net)}")
    Path("t.yaml").write_text(text.replace("{vgg16", f"{{{json.dumps(net)}"), encoding="utf-8")


@pytest.mark.parametrize("net", ["n.yaml", "n.yaml:small", "n.yaml:c=8", "./n.yaml", "vgg16"])
def test_a_table_names_the_files_of_the_folder_that_the_caller_gives(net, folder):
    named("d.yaml", net)
    assert data("latency", "t.yaml", "--files", "mine")["rows"][0]["net"] == net
    named("k40", net)
    assert data("latency", "t.yaml", "--files", folder, "--device", "mine/d.yaml")["device"] == "d"


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "/dev/zero",
        "secret.yaml",
        "../secret.yaml",
        "mine/d.yaml",
        "mine/pipe.yaml",
        "t.yaml",
        "\u00e4.yaml",
    ],
)
def test_a_table_names_no_other_file(name, folder):
    for device, net, line in ((name, "vgg16", "3:"), ("k40", name, "6:1")):
        named(device, net)
        stderr = run("latency", "t.yaml", code=2).stderr
        assert stderr.startswith(f"t.yaml:{line}")
        assert f"error: no bundled {'spec' if net == name else 'device'} `{name}`" in stderr
        assert stderr.endswith(f"{HINT}\n")
        assert "secret\n" not in stderr


@pytest.mark.parametrize(
    "name", ["../secret.yaml", "/etc/passwd", "/dev/zero", "link.yaml", "pipe.yaml", "gone.yaml", "."]
)
def test_no_name_leads_out_of_that_folder(name, folder):
    says = "outside the folder" if name in ("../secret.yaml", "/etc/passwd", "/dev/zero", "link.yaml") else "no file"
    for device, net, kind in ((name, "vgg16", "device"), ("k40", name, "spec")):
        named(device, net)
        stderr = run("latency", "t.yaml", "--files", "mine", code=2).stderr
        assert "the secret" not in stderr
        assert stderr.startswith("t.yaml:")
        assert {
            "outside the folder": f"error: `{name}` is outside the folder `mine`, whose files alone may be named\n",
            "no file": f"error: no bundled {kind} and no file `{name}` in `mine`",
        }[says] in stderr


def test_a_table_of_ones_own(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(TIMES, encoding="utf-8")
    found = data("latency", path, "--device", "a100")
    assert "faster than the bound" not in run("latency", path, "--device", "a100").stdout
    assert "faster than the bound" in run("latency", path, "--device", "cortex_m7").stdout
    assert found["device"] == "a100"
    assert found["rank_correlation"] == {"3x64x64": {"MACs": None, "bound": None, "traffic": None}}
    assert found["rows"][0]["speedup"] == 1


# epochs


def test_the_hours_of_the_log():
    found = data("epoch", "inception_v3", "--images", "1281167", "--rate", "9.5", "--device", "k40")
    assert f"{found['hours']:.2f}" == "37.46"
    assert f"{data('epoch', 'inception_v3', '--images', '1.2M', '--rate', '9.5')['hours']:.1f}" == "35.1"
    assert found["kilowatt_hours"] == pytest.approx(found["hours"] * 0.235)
    assert found["flops_per_second"] == 9.5 * 3 * 2 * 5_713_216_096
    assert found["achieved"] == pytest.approx(9.5 * 6 * 5_713_216_096 / 4.29e12)
    assert data("epoch", "inception_v3", "--images", "9", "--rate", "9.5")["kilowatt_hours"] is None


@pytest.mark.parametrize(("options", "passes"), [([], 3), (["--backward", "0"], 1), (["--backward", "1.5"], 2.5)])
def test_the_hours_of_a_devices_peak(options, passes):
    args = ["--images", "1281167", "--device", "k40", "--efficiency", "0.3", *options]
    found = data("epoch", "googlenet", *args)
    macs = load("googlenet").build().totals.macs
    assert found["hours"] == pytest.approx(1281167 * passes * 2 * macs / (4.29e12 * 0.3) / 3600)
    assert found["achieved"] == pytest.approx(0.3)
    text = run("epoch", "googlenet", *args).stdout
    assert f"forward + backward = {passes:g} forward" in text
    assert "30 % of the peak" in text
    assert "at 235 W throughout" in text
    row = dict(
        zip(
            *(line.split(",") for line in run("epoch", "googlenet", *args, "--format", "csv").stdout.split()),
            strict=True,
        )
    )
    assert row["training_flops"] == f"{passes * 2 * macs:.0f}"
    assert float(row["kilowatt_hours"]) == pytest.approx(found["hours"] * 0.235)


def test_a_network_without_macs_has_no_rate_of_its_own(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text("name: n\ninput: [3, 8, 8]\nlayers: [{op: relu}]\n", encoding="utf-8")
    result = run("epoch", path, "--images", "9", "--device", "k40", "--efficiency", "1", code=2)
    assert "n has no MACs of conv and fc: its rate does not follow from a peak" in result.stderr
    assert run("roofline", path, "--device", "k40", "--plot").stdout.count("memory") >= 2
    assert "no chart to write as SVG" in run("roofline", path, "--device", "k40", "--format", "svg", code=2).stderr


def test_a_device_that_a_table_names_and_nobody_knows_has_the_tables_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.yaml").write_text(TIMES.replace("k40", "k41"), encoding="utf-8")
    assert run("latency", "t.yaml", code=2).stderr.endswith(f"`snapdragon_820`\n  device: k41\n          ^^^\n{HINT}\n")
    assert "t.yaml" not in run("latency", "t.yaml", "--device", "k41", code=2).stderr


def test_lint_tells_every_error_of_these_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.yaml").write_text(DEVICE.replace("source: s\n", "watts: -5\n"), encoding="utf-8")
    (tmp_path / "t.yaml").write_text(TIMES.replace("[9]", "[0]").replace("3x64x64", "64"), encoding="utf-8")
    found = data_of(run("lint", "d.yaml", "t.yaml", code=2).stdout)
    assert found == [
        "d.yaml:1:1: error: a device needs `source`",
        "d.yaml:2:8: error: `watts` must be a figure above 0, at most 10^24, such as `235`, not `-5`",
        "t.yaml:5:10: error: an input must be channels x height x width, such as 3x480x640, not `64`",
        "t.yaml:6:24: error: a time must be a number of milliseconds above 0, such as 15.2, not `0`",
    ]
    (tmp_path / "d.yaml").write_text(DEVICE.replace("peak:", "peaks:"), encoding="utf-8")
    (tmp_path / "t.yaml").write_text(TIMES.replace("milliseconds:", "ms:"), encoding="utf-8")
    found = data_of(run("lint", "d.yaml", "t.yaml", code=2).stdout)
    assert [line.partition(";")[0] for line in found] == [
        "d.yaml:1:1: error: a device needs `peak`",
        "d.yaml:4:1: error: a device has no key `peaks`",
        "t.yaml:1:1: error: a file of latencies needs `milliseconds`",
        "t.yaml:6:1: error: a file of latencies has no key `ms`",
    ]
    folder = specfile.folder()
    files = [
        f"{folder}/{inside}/{name}.yaml" for inside in ("devices", "latencies") for name in specfile.bundled(inside)
    ]
    assert run("lint", *files).stdout == "6 files: 0 errors, 0 warnings\n"


def data_of(text):
    """Return the first line of each error."""
    return [line for line in text.splitlines() if ": error: " in line]
