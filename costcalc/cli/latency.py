"""`costcalc latency`."""

from functools import cache, partial
from typing import TYPE_CHECKING

import click

from costcalc.cli.complete import complete_latencies
from costcalc.cli.options import device_option, files_option, output_options
from costcalc.cli.output import Output, emit
from costcalc.common.errors import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costcalc.common.errors import SpecError
    from costcalc.hardware.devices import Device
    from costcalc.hardware.latencies import Latencies
    from costcalc.output.views.latency import Timed


@click.command("latency")
@click.argument("table", default="shufflenet_v1", metavar="[TABLE]", shell_complete=complete_latencies)
@device_option("Another device than the table's own.")
@files_option("A folder whose files the table may name, as its device or as networks.")
@output_options()
def command(table: str, device: str | None, files: str | None, output: Output) -> None:
    """Show measured times of networks next to their bound, the speed-ups, and which figure ranks the times best.

    TABLE is a bundled name or a file: networks, inputs and milliseconds; without one, the table of ShuffleNet's paper.
    The device and the networks that it names are bundled, or files in the folder of --files.

    \b
    costcalc latency
    costcalc latency my_phone.yaml --device my_phone_cpu.yaml
    costcalc latency my_phone.yaml --files .
    """  # noqa: D301 - click reads \b
    from costcalc.common.errors import SpecError
    from costcalc.hardware.devicefile import device_named, load_device
    from costcalc.hardware.latencyfile import load_latencies
    from costcalc.output.views.latency import latency

    found = load_latencies(table)
    try:
        hardware = load_device(device) if device is not None else device_named(found.device, files)
    except SpecError as error:
        raise error if device is not None else _named(error.reached(found.marks["device"], "`device`"), files) from None
    try:
        dtype = hardware.dtype(found.dtype)
    except ValueError as error:
        raise SpecError(str(error), found.marks["dtype"]) from None
    emit(latency(found, hardware, dtype, list(_timed(found, hardware, dtype, files))), output)


def _timed(table: "Latencies", device: "Device", dtype: str, files: str | None) -> "Iterator[Timed]":
    """Yield the bound of each time's network at its input."""
    from costcalc.analysis.api import Spec, bundled
    from costcalc.common.errors import SpecError
    from costcalc.common.units import shown_shape
    from costcalc.hardware.roofline import bound, in_turn
    from costcalc.output.views.latency import Timed

    loaded = cache(partial(bundled, files=files))
    for measured in table.times:
        try:
            definition, settings, key = loaded(measured.net)
        except SpecError as error:
            raise _named(error.reached(measured.mark, quote(measured.net)), files) from None
        except ValueError as error:
            raise SpecError(str(error), measured.mark) from None
        try:
            layers = Spec(definition, key, settings).build(input=measured.input).layers
        except SpecError as error:
            where = f"{quote(measured.net)} at {shown_shape(measured.input)}"
            within = [f"in {error.mark}"] if error.mark else []
            raise SpecError(f"{where}: {error.sentence}", measured.mark, within) from None
        yield Timed(measured, in_turn(bound(layer, device, dtype) for layer in layers))


def _named(error: "SpecError", files: str | None) -> "SpecError":
    """Return an error about what a table names, with the option that lets it name files."""
    return (
        error if files else error.noted("a table names bundled networks and devices; --files DIR adds the files of DIR")
    )
