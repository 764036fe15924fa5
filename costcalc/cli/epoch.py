"""`costcalc epoch`."""

from fractions import Fraction

import click

from costcalc.cli.options import Count, Number, device_option, output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, build, usage


@click.command("epoch")
@spec_options
@click.option("--images", type=Count(), metavar="N", required=True, help="Images of an epoch: 1281167, 1.2M.")
@click.option("--rate", type=Number(above=0), metavar="R", help="Images a second, as measured in training.")
@device_option("A bundled device or a device's file: its peak, its power.")
@click.option(
    "--efficiency",
    type=Number(above=0, most=1),
    metavar="E",
    help="Share of the device's peak that is achieved, 0 to 1.",
)
@click.option(
    "--dtype", metavar="TYPE", help="The type whose peak counts.  [default: fp32, or the device's first type]"
)
@click.option(
    "--backward",
    type=Number(least=0),
    metavar="F",
    default="2",
    show_default=True,
    help="The cost of the backward pass, in forward passes; 0 counts the forward pass alone.",
)
@output_options()
def command(
    target: SpecRequest,
    output: Output,
    images: int,
    rate: Fraction | None,
    device: str | None,
    efficiency: Fraction | None,
    dtype: str | None,
    backward: Fraction,
) -> None:
    """Show the hours of an epoch of training, from a rate or from a share of a device's peak, and its energy.

    Forward and backward pass count as 3 forward passes unless --backward says otherwise.

    \b
    costcalc epoch inception_v3 --images 1281167 --rate 9.5 --device k40
    costcalc epoch googlenet --images 1281167 --device k40 --efficiency 0.3
    """  # noqa: D301 - click reads \b
    from costcalc.hardware.devicefile import load_device
    from costcalc.hardware.epoch import Epoch, rate_of
    from costcalc.output.views.epoch import training

    if (rate is None) == (efficiency is None):
        raise click.UsageError("give either --rate, or --device and --efficiency")
    if device is None and (efficiency is not None or dtype is not None):
        raise click.UsageError(f"--{'efficiency' if efficiency is not None else 'dtype'} needs --device")
    hardware = load_device(device) if device else None
    with usage("--dtype"):
        chosen = hardware.dtype(dtype) if hardware else ""
    network = build(target)
    epoch = Epoch(images, 2 * network.totals.macs, backward, rate or Fraction(0), hardware.watts if hardware else None)
    if hardware and efficiency is not None:
        if not epoch.flops:
            raise click.UsageError(f"{network.key} has no MACs of conv and fc: its rate does not follow from a peak")
        epoch = epoch._replace(rate=rate_of(epoch.image_flops, hardware.flops(chosen), efficiency))
    emit(training(network, epoch, hardware, chosen, None if efficiency is None else float(efficiency)), output)
