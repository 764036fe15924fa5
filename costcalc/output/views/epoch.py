"""The view of `epoch`: what a pass over the training images takes, in one row."""

from typing import Any

from costcalc.common.table import Column, Document, Table
from costcalc.common.units import percent, scaled
from costcalc.hardware.devices import Device
from costcalc.hardware.epoch import Epoch
from costcalc.network.model import Network
from costcalc.output.views.heading import about, heading

COLUMNS = (
    Column("images", "images", "int"),
    Column("forward_flops", "FLOPs forward", "int", 2),
    Column("training_flops", "FLOPs training", "int", 1),
    Column("images_per_second", "images/s", "decimal"),
    Column("hours", "hours", "decimal"),
    Column("kilowatt_hours", "kWh", "decimal"),
)


def training(network: Network, epoch: Epoch, device: Device | None, dtype: str, efficiency: float | None) -> Document:
    """Return what an epoch takes; `efficiency` is the share of the device's peak that was asked for, if it was."""
    (title, source), words = heading(network)
    figures, passes = _figures(epoch), float(1 + epoch.backward)
    table = Table.of(COLUMNS, [figures])
    hours = "a rate that was given" if efficiency is None else f"{100 * efficiency:g} % of the peak"
    achieved = float(epoch.flops_per_second / device.flops(dtype)) if device else 0.0
    of_peak = f", {percent(achieved)} of {scaled(float(device.flops(dtype)), 'FLOP/s')} as {dtype}" if device else ""
    return Document(
        ((title, source), words[:-1], *([(device.name, device.source)] if device else [])),
        table.only(table.filled),
        (
            ("training", (f"forward + backward = {passes:g} forward, each 2 x MACs of conv and fc",)),
            ("hours", ("images / rate", hours)),
            ("arithmetic", (scaled(float(epoch.flops_per_second), "FLOP/s") + of_peak,)),
            ("energy", () if epoch.watts is None else (f"at {float(epoch.watts):g} W throughout",)),
        ),
        lambda: {
            **about(network, "epoch"),
            **figures,
            "backward": float(epoch.backward),
            "flops_per_second": float(epoch.flops_per_second),
            **({"device": device.key, "dtype": dtype, "achieved": achieved} if device else {}),
        },
    )


def _figures(epoch: Epoch) -> dict[str, Any]:
    """Return the figures of an epoch by key; FLOPs are of one image."""
    energy = epoch.kilowatt_hours
    return {
        "images": epoch.images,
        "forward_flops": epoch.flops,
        "training_flops": round(epoch.image_flops),
        "images_per_second": float(epoch.rate),
        "hours": float(epoch.hours),
        "kilowatt_hours": None if energy is None else float(energy),
    }
