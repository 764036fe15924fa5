"""A tree of nodes -> Device, every fault with its place."""

from contextlib import suppress
from fractions import Fraction

from costcalc.devices import COUNTS, Device
from costcalc.errors import Problems, SpecError, TooManyError, listing, quote, suggest
from costcalc.figures import read_figure
from costcalc.metrics import DTYPE_BITS
from costcalc.specfile.cells import keyed, text
from costcalc.specfile.tree import Node

DUE = ("name", "source", "counts", "peak", "bandwidth")
KEYS = (*DUE, "watts", "note")


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
    if not found.keys() >= set(DUE):
        return None
    texts = {name: text(found[name], quote(name), problems) for name in ("name", "source", "counts")}
    if texts["counts"] and texts["counts"] not in COUNTS:
        near = suggest(texts["counts"], COUNTS)
        problems.add(f"`counts` is one of {listing(COUNTS)}, not {quote(texts['counts'])}{near}", found["counts"].mark)
    return Device(
        key,
        texts["name"],
        texts["source"],
        texts["counts"],
        _peaks(found["peak"], problems),
        _above_zero(found["bandwidth"], "`bandwidth`", "bytes", "288 GB", problems),
        _above_zero(found["watts"], "`watts`", "count", "235", problems) if "watts" in found else None,
        text(found["note"], "`note`", problems) if "note" in found else "",
    )


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
        if figure.dimension == dimension and figure.value > 0:
            return figure.value
    problems.add(f"{what} is a figure above 0, such as {quote(example)}, not {quote(node.text)}", node.mark)
    return Fraction(1)
