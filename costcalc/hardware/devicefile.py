"""A device's file: its keys, and the loader."""

from fractions import Fraction

from costcalc.common.errors import quote
from costcalc.common.notation import read_figure
from costcalc.hardware.devices import COUNTS, Device
from costcalc.network.metrics import DTYPE_BITS
from costcalc.specfile import DEVICES, load_beside, load_named, stem
from costcalc.specfile.fields import Form, Key, Kind, mapping, one_of, parsed

LEAST, MOST = Fraction(1, 10**6), 10**24  # of any figure: what is beyond is a slip


def load_device(name: str) -> Device:
    """Return a bundled device by its name, or the device of a file by its path; raise the first SpecError in it."""
    device: Device = load_beside(name, DEVICES)
    return device._replace(key=stem(name))


def device_named(name: str, files: str | None) -> Device:
    """Return the device that another file names: a bundled one, or that of a file in the folder `files`."""
    device: Device = load_named(name, DEVICES, files)
    return device._replace(key=stem(name))


def above_zero(dimension: str, example: str) -> Kind:
    """Return the kind of a figure above 0 of a dimension, such as `288 GB`."""

    def parse(text: str) -> Fraction | None:
        figure = read_figure(text)
        return figure.value if figure.dimension == dimension and LEAST <= figure.value <= MOST else None

    return parsed("figure", parse, f"{{}} must be a figure above 0, at most 10^24, such as {quote(example)}")


NO_PEAK = "`peak` gives operations a second by dtype, such as `{fp32: 4.29 T}`"
PEAK = mapping(above_zero("count", "4.29 T"), "the peak of {}", DTYPE_BITS, empty=NO_PEAK)
FORM = Form(
    "a device",
    (
        Key("name", "what the device is called", required=True),
        Key("source", "the datasheet that the figures are from", required=True),
        Key("counts", "what the peak counts: FLOPs, two for each MAC, or MACs", one_of(COUNTS), required=True),
        Key("peak", "operations a second at most, by dtype", PEAK, required=True),
        Key("bandwidth", "bytes of memory a second at most", above_zero("bytes", "288 GB"), required=True),
        Key("watts", "the power that it takes", above_zero("count", "235")),
        Key("note", "words for the reader"),
    ),
    lambda record: Device("", **record.values),
)
