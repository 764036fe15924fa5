"""`costcalc roofline`."""

from fractions import Fraction

import click

from costcalc.cli.options import Number, device_option, output_options, spec_options
from costcalc.cli.output import Output, emit, form_of
from costcalc.cli.request import SpecRequest, build, usage


@click.command("roofline")
@spec_options
@device_option("A bundled device or a device's file.", required=True)
@click.option("--dtype", metavar="TYPE", help="The type of an element.  [default: fp32, or the device's first type]")
@click.option(
    "--batch", type=click.IntRange(1, 10**9), metavar="N", default=1, show_default=True, help="Images at a time."
)
@click.option("--measured", type=Number(above=0), metavar="MS", help="A measured time in milliseconds, for the batch.")
@click.option("--plot", is_flag=True, help="Draw the layers on the device's roof, in the terminal too.")
@output_options("svg")
def command(
    target: SpecRequest,
    output: Output,
    device: str,
    dtype: str | None,
    batch: int,
    measured: Fraction | None,
    *,
    plot: bool,
) -> None:
    """Show the least time that a device needs for each layer: the longer of its arithmetic and its memory traffic.

    It is a bound, not a latency: each layer moves its inputs, parameters and output once, at the device's peak rates.

    \b
    costcalc roofline mobilenet_v1 --device k40
    costcalc roofline vgg16 --device a100 --dtype fp16 --batch 32
    costcalc roofline mobilenet_v1 --device snapdragon_820 --measured 110 --plot
    costcalc roofline resnet50 --device raspberry_pi_4 -o roofline.svg
    """  # noqa: D301 - click reads \b
    from costcalc.hardware.devicefile import load_device
    from costcalc.output.views.roofline import RooflineOptions, roofline

    found = load_device(device)
    with usage("--dtype"):
        asked = RooflineOptions(found, found.dtype(dtype), batch, None if measured is None else measured / 1000)
    emit(roofline(build(target), asked, plot=plot or form_of(output) == "svg"), output)
