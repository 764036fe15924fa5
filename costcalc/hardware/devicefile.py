"""A tree of nodes -> Device, every fault with its place."""

from contextlib import suppress
from fractions import Fraction

from costcalc.common.errors import Problems, SpecError, TooManyError, listing, quote, suggest
from costcalc.common.printed import read_figure
from costcalc.hardware.devices import COUNTS, Device
from costcalc.network.metrics import DTYPE_BITS
from costcalc.specfile import DEVICES, beside, sound, stem
from costcalc.specfile.cells import keyed, shown, text
from costcalc.specfile.tree import Node, compose

DUE = ("name", "source", "counts", "peak", "bandwidth")
KEYS = (*DUE, "watts", "note")
LEAST, MOST = Fraction(1, 10**6), 10**24  # of any figure: what is beyond is a slip


def load_device(name: str) -> Device:
    """Return a bundled device by its name, or the device of a file by its path; raise the first SpecError in it."""
    return sound(read_device(compose(beside(name, DEVICES, "device")), stem(name)))


def read_device(root: Node, key: str) -> tuple[Device | None, list[SpecError]]:
    """Return the device of a file's tree, or None where it lacks what every device has, and all that is wrong."""
    problems = Problems()
    device = None
    with suppress(TooManyError):
        device = _read(root, key, problems)
    return device, problems.found


def _read(root: Node, key: str, problems: Problems) -> Device | None:
    found = keyed(root, "a device", KEYS, problems)
    for name in DUE:
        if name not in found:
            problems.add(f"a device needs {quote(name)}", root.mark)
    texts = {
        key: text(found[key], quote(key), problems) for key in ("name", "source", "counts", "note") if key in found
    }
    counts = texts.get("counts")
    if counts and counts not in COUNTS:
        sentence = f"`counts` is one of {listing(COUNTS)}, not {quote(counts)}{suggest(counts, COUNTS)}"
        problems.add(sentence, found["counts"].mark)
    peak = _peaks(found["peak"], problems) if "peak" in found else {}
    rates = {
        key: _above_zero(found[key], quote(key), dimension, example, problems)
        for key, dimension, example in (("bandwidth", "bytes", "288 GB"), ("watts", "count", "235"))
        if key in found
    }
    return Device(key=key, peak=peak, **texts, **rates) if found.keys() >= set(DUE) else None  # type: ignore[arg-type]


def _peaks(node: Node, problems: Problems) -> dict[str, Fraction]:
    """Read `peak:`, operations a second by dtype."""
    peaks = {
        dtype: _above_zero(item, f"the peak of {quote(dtype)}", "count", "4.29 T", problems)
        for dtype, item in keyed(node, "`peak`", DTYPE_BITS, problems).items()
    }
    if not node.pairs:
        problems.add("`peak` gives operations a second by dtype, such as `{fp32: 4.29 T}`", node.mark)
    return peaks


def _above_zero(node: Node, what: str, dimension: str, example: str, problems: Problems) -> Fraction:
    """Read a figure above 0 of a dimension, such as `288 GB`; note an error and return 1 for anything else."""
    with suppress(ValueError):
        figure = read_figure(node.text)
        if figure.dimension == dimension and LEAST <= figure.value <= MOST:
            return figure.value
    problems.add(f"{what} is a figure above 0, at most 10^24, such as {quote(example)}, not {shown(node)}", node.mark)
    return Fraction(1)
