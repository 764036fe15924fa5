"""The view of `epoch`: what a pass over the training images takes, in one row."""

from typing import Any

from costcalc.common.table import Column, Document, Table
from costcalc.common.units import percent, scaled
from costcalc.hardware.devices import Device
from costcalc.hardware.epoch import Epoch
from costcalc.network.model import Network
from costcalc.output.views.heading import about, heading

SCHEMA = "costcalc/epoch/1"
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
    figures = _figures(epoch)
    columns = [column for column in COLUMNS if figures[column.key] is not None]
    notes = [
        ("training", (f"forward + backward = {float(1 + epoch.backward):g} forward, each 2 x MACs of conv and fc",)),
        (
            "hours",
            ("images / rate", "a rate that was given" if efficiency is None else f"{100 * efficiency:g} % of the peak"),
        ),
        ("arithmetic", (f"{scaled(float(epoch.flops_per_second), 'FLOP/s')}{_achieved(epoch, device, dtype)}",)),
    ]
    if epoch.watts is not None:
        notes.append(("energy", (f"at {float(epoch.watts):g} W throughout",)))
    return Document(
        ((title, source), words[:-1], *([(device.name, device.source)] if device else [])),
        Table(tuple(columns), (tuple(figures[column.key] for column in columns),)),
        tuple(notes),
        lambda: document(network, epoch, device, dtype),
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


def _achieved(epoch: Epoch, device: Device | None, dtype: str) -> str:
    """Return what share of a device's peak a rate comes to."""
    if device is None:
        return ""
    peak = device.flops(dtype)
    return f", {percent(float(epoch.flops_per_second / peak))} of {scaled(float(peak), 'FLOP/s')} as {dtype}"


def document(network: Network, epoch: Epoch, device: Device | None, dtype: str) -> dict[str, Any]:
    """Return the JSON of `epoch` (schema costcalc/epoch/1); keys are only ever added."""
    data: dict[str, Any] = {
        **about(network, SCHEMA),
        **_figures(epoch),
        "backward": float(epoch.backward),
        "flops_per_second": float(epoch.flops_per_second),
    }
    if device:
        data |= {"device": device.key, "dtype": dtype, "achieved": float(epoch.flops_per_second / device.flops(dtype))}
    return data
