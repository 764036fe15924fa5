"""How figures are written: prefixes, which `figures` reads too, shares, decimal and binary bytes.

Apart from `figures`, since most runs read none: fractions and re would be a tenth of their start.
"""

from collections.abc import Iterable

PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")  # each means a power of 1,000, or of 1,024
COUNTS = PREFIXES[:7]
DECIMAL = tuple(f"{prefix}B" for prefix in PREFIXES)
BINARY = tuple(f"{prefix.upper()}iB" if prefix else "B" for prefix in PREFIXES)


def share(part: int, whole: int) -> float | None:
    """Return part / whole, or None without a whole."""
    return part / whole if whole else None


def percent(fraction: float) -> str:
    """Return a fraction as `94.86 %`."""
    return f"{100 * fraction:.2f} %"


def signed(number: int) -> str:
    """Return a difference with its sign, short where it is long: `-4.3 G`, `+512`."""
    for power in (3, 2, 1):
        if abs(number) >= 1000**power:
            return f"{number / 1000**power:+.1f} {COUNTS[power]}"
    return f"{number:+d}"


def bytes_of(elements: int, bits: int) -> int:
    """Return the bytes that elements of some bits take, the last one filled up."""
    return -(-elements * bits // 8)


def decimal_bytes(number: int) -> str:
    """Return bytes in decimal units: `16.93 MB`."""
    return _scaled(number, 1000, DECIMAL)


def binary_bytes(number: int) -> str:
    """Return bytes in binary units: `16.14 MiB`."""
    return _scaled(number, 1024, BINARY)


def both_bytes(number: int) -> str:
    """Return bytes in decimal and in binary units: `16.93 MB, 16.14 MiB`."""
    return f"{decimal_bytes(number)}, {binary_bytes(number)}" if number >= 1000 else f"{number} B"


def scaled(number: float, unit: str) -> str:
    """Return a figure with the prefix that leaves one to three digits before the point: `4.29 TFLOP/s`."""
    factor, prefix = axis_unit(round(number, 2), "int")
    return f"{number / factor:,.2f} {prefix}{unit}"


def seconds(number: float) -> str:
    """Return a time in the unit that suits it: `15.20 ms`, `1.30 us`, `2.50 s`."""
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if number >= factor:
            return f"{number / factor:,.2f} {unit}"
    return f"{number / 1e-9:,.2f} ns" if number else "0 s"


def axis_unit(maximum: float, kind: str) -> tuple[float, str]:
    """Return what an axis up to a maximum counts in: a factor and its name, such as (1e6, `MB`)."""
    if kind in ("share", "number"):
        return (0.01, "%") if kind == "share" else (1.0, "")
    names = DECIMAL if kind == "bytes" else COUNTS
    power = _power(maximum, 1000, names)
    return float(1000**power), names[power]


def shown_shape(shape: Iterable[int]) -> str:
    """Return a shape as channels x height x width, a kernel as height x width, a signal as channels x length."""
    return "x".join(map(str, getattr(shape, "shown", shape)))


def shown_value(value: object) -> str:
    """Return a setting's or a column's value as a cell writes it: `true`, `none`, `3x5`, `0.75`; shapes with spaces."""
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(map(shown_shape, value)) if value and isinstance(value[0], tuple) else shown_shape(value)
    return str(value)


def exact_bytes(number: int) -> str:
    """Return bytes to the last one, and in decimal and in binary units: `1,505,280 bytes (1.51 MB, 1.44 MiB)`."""
    return f"{number:,} bytes ({both_bytes(number)})" if number >= 1000 else f"{number} bytes"


def _power(number: float, base: int, names: tuple[str, ...]) -> int:
    """Return the largest power of a base, among those that have a name, that a number reaches."""
    return max((power for power in range(len(names)) if number >= base**power), default=0)


def _scaled(number: int, base: int, names: tuple[str, ...]) -> str:
    power = _power(number, base, names)
    if 0 < power < len(names) - 1 and round(number / base**power, 2) >= base:  # 999,999 B are 1.00 MB, not 1,000.00 kB
        power += 1
    if not power:
        return f"{number} B"
    return f"{number / base**power:,.2f} {names[power]}"
