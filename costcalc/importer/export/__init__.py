"""Networks as what others read: code of PyTorch and Keras, ONNX, SCALE-Sim's topologies; a door, and its targets."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from costcalc.network.model import Network
from costcalc.unfold.aspython import Told


class Exported(NamedTuple):
    """What is written, text or bytes, and sentences on what it leaves out or says otherwise."""

    content: str | bytes
    notes: tuple[str, ...] = ()


def _torch(network: Network, blocks: Mapping[str, Told], seed: int | None) -> Exported:
    from costcalc.importer.export.torchcode import torch_code

    return Exported(torch_code(network, blocks))


def _keras(network: Network, blocks: Mapping[str, Told], seed: int | None) -> Exported:
    from costcalc.importer.export.kerascode import keras_code, keras_notes

    return Exported(keras_code(network, blocks), keras_notes(network))


def _onnx(network: Network, blocks: Mapping[str, Told], seed: int | None) -> Exported:
    from costcalc.importer.export.onnxmodel import onnx_model

    return Exported(*onnx_model(network, seed))


def _scalesim(network: Network, blocks: Mapping[str, Told], seed: int | None) -> Exported:
    from costcalc.importer.export.scalesim import scalesim_topology

    return Exported(*scalesim_topology(network))


# By its name, what writes a target.
TARGETS: Mapping[str, Callable[[Network, Mapping[str, Told], int | None], Exported]] = {
    "torch": _torch,
    "keras": _keras,
    "onnx": _onnx,
    "scalesim": _scalesim,
}


def export(network: Network, blocks: Mapping[str, Told], target: str, seed: int | None = None) -> Exported:
    """Return a network, whose table has these `blocks`, as a target reads it.

    The weights of an ONNX model are zeros, or random from a `seed`. Other targets have none.
    Raises SpecError for layers that the target cannot have, each by its path and with the reason.
    """
    return TARGETS[target](network, blocks, seed)
