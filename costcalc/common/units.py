"""How figures are written: thousands, shares, decimal and binary bytes."""

from collections.abc import Iterable

DECIMAL = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
COUNTS = ("", "k", "M", "G", "T", "P", "E")
BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB")


def share(part: int, whole: int) -> float | None:
    """Return part / whole, or None where there is no whole."""
    return part / whole if whole else None


def percent(fraction: float) -> str:
    """Return a fraction as `94.86 %`."""
    return f"{100 * fraction:.2f} %"


def signed(number: int) -> str:
    """Return a difference with its sign, short where it is long: `-4.3 G`, `+512`."""
    for power, unit in ((9, "G"), (6, "M"), (3, "k")):
        if abs(number) >= 10**power:
            return f"{number / 10**power:+.1f} {unit}"
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
    power = 0
    while maximum >= 1000 ** (power + 1) and power < len(names) - 1:
        power += 1
    return float(1000**power), names[power]


def shown_shape(shape: Iterable[int]) -> str:
    """Return a shape as channels x height x width, a kernel as height x width: `3x224x224`, `3x5`."""
    return "x".join(map(str, shape))


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


def _scaled(number: int, base: int, names: tuple[str, ...]) -> str:
    power, last = 0, len(names) - 1
    while number >= base ** (power + 1) and power < last:
        power += 1
    if 0 < power < last and round(number / base**power, 2) >= base:  # 999,999 B are 1.00 MB, not 1,000.00 kB
        power += 1
    if not power:
        return f"{number} B"
    return f"{number / base**power:,.2f} {names[power]}"
