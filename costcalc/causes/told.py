"""Right values and what tells causes apart, in words."""

from costcalc.causes.answers import Key
from costcalc.causes.diagnosis import Probe
from costcalc.ops.shape import Shape

PROBE_WORDS = {
    "out": "your output size",
    "weights": "your weights",
    "params": "your parameters",
    "macs": "your MACs",
    "digits": "more digits",
}


def told_apart(probe: Probe | None) -> str:
    """Return the next figure to ask for, with what it is after each of the causes."""
    if probe is None:
        return "Here they give the same result: no intermediate figure tells them apart"
    name = PROBE_WORDS[probe.name] + (f" of layer {probe.path}" if probe.path else "")
    values = " or ".join(shown_key(value, "count") for value in probe.values)
    return f"To tell which one, look at {name}: {values}, in this order"


def shown_key(key: Key, dimension: str) -> str:
    """Return a right value as a person reads it."""
    if isinstance(key, Shape):
        return str(key)
    if dimension == "share":
        return f"{float(100 * key):.6g} %"
    if dimension == "ratio":
        return f"{float(key):.6g}x"
    number = f"{int(key):,}" if key == int(key) else f"{float(key):,g}"
    return f"{number} B" if dimension == "bytes" else number
