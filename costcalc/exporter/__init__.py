"""Networks as what others read: code of PyTorch and Keras, ONNX, SCALE-Sim's topologies; a door, and its targets."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from costcalc.language.spec import Definition
from costcalc.network.model import Network


class Exported(NamedTuple):
    """What is written, text or bytes, and sentences on what it leaves out or says otherwise."""

    content: str | bytes
    notes: tuple[str, ...] = ()


def _torch(network: Network, definition: Definition) -> Exported:
    from costcalc.exporter.torchcode import torch_code

    return Exported(torch_code(network, definition))


def _onnx(network: Network, definition: Definition) -> Exported:
    from costcalc.exporter.onnxmodel import onnx_model

    return Exported(*onnx_model(network))


def _scalesim(network: Network, definition: Definition) -> Exported:
    from costcalc.exporter.scalesim import scalesim_topology

    return Exported(*scalesim_topology(network))


# By its name, what writes a target.
TARGETS: Mapping[str, Callable[[Network, Definition], Exported]] = {"torch": _torch, "onnx": _onnx, "scalesim": _scalesim}


def export(network: Network, definition: Definition, target: str) -> Exported:
    """Return a network, built from the table `definition`, as a target reads it.

    Raises SpecError for layers that the target cannot have, each by its path and with the reason.
    """
    return TARGETS[target](network, definition)
