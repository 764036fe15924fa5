"""`costcalc latency`."""

import click

from costcalc.cli.complete import complete_latencies
from costcalc.cli.options import device_option, output_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import load_spec


@click.command("latency")
@click.argument("table", default="shufflenet_v1", metavar="[TABLE]", shell_complete=complete_latencies)
@device_option("Another device than the table's own.")
@output_options()
def command(table: str, device: str | None, output: Output) -> None:
    """Show measured times of networks next to their bound, the speed-ups, and which figure ranks the times.

    TABLE is a bundled name or a file: networks, inputs and milliseconds; without one, the table of ShuffleNet's paper.

    \b
    costcalc latency
    costcalc latency my_phone.yaml --device my_phone_cpu.yaml
    """  # noqa: D301 - click reads \b
    from costcalc.common.errors import SpecError
    from costcalc.hardware.devicefile import load_device
    from costcalc.hardware.latencyfile import load_latencies
    from costcalc.hardware.roofline import bound, in_turn
    from costcalc.output.views.latency import Timed, latency

    found = load_latencies(table)
    try:
        hardware = load_device(found.device if device is None else device)
    except SpecError as error:
        raise error if device is not None else error.noted(f"`device` in {found.marks['device']}") from None
    try:
        dtype = hardware.dtype(found.dtype)
    except ValueError as error:
        raise SpecError(str(error), found.marks["dtype"]) from None
    rows = []
    for measured in found.times:
        try:
            loaded, settings = load_spec(measured.net, models=False)
            layers = loaded.build(input=measured.input, **settings).layers
        except SpecError as error:
            raise error.noted(f"{measured.net} in {measured.mark}") from None
        rows.append(Timed(measured, in_turn(bound(layer, hardware, dtype) for layer in layers)))
    emit(latency(found, hardware, dtype, rows), output)
