"""The view of `epoch`: what a pass over the training images takes, line by line."""

from typing import Any

from costcalc.devices import Device
from costcalc.epoch import Epoch
from costcalc.network import Network
from costcalc.table import Column, Document, Table
from costcalc.units import scaled
from costcalc.views.report import Options, about, heading

SCHEMA = "costcalc/epoch/1"
COLUMNS = (Column("quantity", "quantity"), Column("value", "value"), Column("how", "how", drop=1))


def training(network: Network, epoch: Epoch, device: Device | None, dtype: str, efficiency: float | None) -> Document:
    """Return what an epoch takes; `efficiency` is the share of the device's peak that was asked for, if it was."""
    (title, source), words = heading(network, Options())
    factor = float(1 + epoch.backward)
    made = "given" if efficiency is None else f"{100 * efficiency:g} % of the peak"
    rows = [
        ("images", f"{epoch.images:,}", ""),
        ("forward", f"{scaled(epoch.flops, 'FLOP')} an image", "2 x MACs of conv and fc"),
        (
            "training",
            f"{scaled(float(epoch.image_flops), 'FLOP')} an image",
            f"forward + backward = {factor:g} forward",
        ),
        ("rate", f"{float(epoch.rate):,.2f} images/s", made),
        ("epoch", f"{float(epoch.hours):,.2f} h", "images / rate"),
        ("arithmetic", scaled(float(epoch.flops_per_second), "FLOP/s"), _achieved(epoch, device, dtype)),
    ]
    if epoch.kilowatt_hours is not None and epoch.watts is not None:
        rows.append(("energy", f"{float(epoch.kilowatt_hours):,.2f} kWh", f"at {float(epoch.watts):g} W throughout"))
    return Document(
        ((title, source), words[:-1], *([(device.name, device.source)] if device else [])),
        Table(COLUMNS, tuple(rows)),
        (),
        lambda: document(network, epoch, device, dtype),
    )


def _achieved(epoch: Epoch, device: Device | None, dtype: str) -> str:
    """Return what share of a device's peak a rate comes to."""
    if device is None:
        return ""
    peak = device.flops(dtype)
    share = f"{float(100 * epoch.flops_per_second / peak):.2f} %"
    return f"{share} of {scaled(float(peak), 'FLOP/s')} as {dtype}"


def document(network: Network, epoch: Epoch, device: Device | None, dtype: str) -> dict[str, Any]:
    """Return the JSON of `epoch` (schema costcalc/epoch/1); keys are only ever added."""
    energy = epoch.kilowatt_hours
    data: dict[str, Any] = {
        **about(network, SCHEMA),
        "images": epoch.images,
        "forward_flops": epoch.flops,
        "backward": float(epoch.backward),
        "images_per_second": float(epoch.rate),
        "hours": float(epoch.hours),
        "flops_per_second": float(epoch.flops_per_second),
        "kilowatt_hours": None if energy is None else float(energy),
    }
    if device:
        data |= {"device": device.key, "dtype": dtype, "achieved": float(epoch.flops_per_second / device.flops(dtype))}
    return data
