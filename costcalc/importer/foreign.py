"""Files that people bring and that are no specs and no models that can be read: what each one is, and what to do."""

import json
import os
import re
from collections.abc import Callable, Mapping
from math import prod

from costcalc.common.errors import SpecError, quote

LOOKED_AT = 64 * 1024
MOST_HEADER = 100 * 1024**2  # bytes of a safetensors header, as its own library has it
EXPORT = "export the model to ONNX, or import its code as `torch:package.module:factory`"
PICKLE = f"is a pickle of PyTorch, which is not opened, since it can run code: {EXPORT}"
CAFFE = "is a Caffe network: convert it to ONNX"
BY_ENDING: Mapping[str, str] = {
    ".pt": PICKLE,
    ".pth": PICKLE,
    ".ckpt": PICKLE,
    ".pkl": PICKLE,
    ".pickle": PICKLE,
    ".prototxt": CAFFE,
    ".caffemodel": CAFFE,
    ".tflite": "is a TensorFlow Lite model: import the Keras model that it was made from, or convert it to ONNX",
    ".pb": "is a TensorFlow graph: save the model as `.keras`, or convert it to ONNX",
    ".h5": "is an HDF5 file: save the model as `.keras`, or its `to_json()` as config.json",
    ".hdf5": "is an HDF5 file: save the model as `.keras`, or its `to_json()` as config.json",
    ".gguf": f"is a GGUF file, which holds tensors and no layers: {EXPORT}",
}


def refuse(name: str) -> None:
    """Raise SpecError for a file that is known to be something else than a spec; nothing in it is run."""
    ending = os.path.splitext(name)[1].lower()
    if not os.path.isfile(name):
        return
    if ending in BY_ENDING:
        raise SpecError(f"{quote(name)} {BY_ENDING[ending]}")
    if ending == ".safetensors":
        raise SpecError(f"{quote(name)} {_tensors(name)}, and no layers: {EXPORT}")
    with open(name, "rb") as stream:
        head = stream.read(LOOKED_AT).decode("utf-8", "replace")
    for known, words in BY_TEXT:
        if known(ending, head):
            raise SpecError(f"{quote(name)} {words}")


def _tensors(name: str) -> str:
    """Return what the header of a safetensors file says that it holds."""
    with open(name, "rb") as stream:
        size = int.from_bytes(stream.read(8), "little")
        header = stream.read(size) if size <= MOST_HEADER else b""
    try:
        shapes = [entry["shape"] for key, entry in json.loads(header).items() if key != "__metadata__"]
        return f"holds {sum(map(prod, shapes)):,} numbers in {len(shapes):,} tensors"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SpecError(f"{quote(name)} is not a safetensors file, or it is cut off") from None


def _ultralytics(ending: str, head: str) -> bool:
    keys = ("backbone", "head")
    return ending in (".yaml", ".yml") and all(re.search(rf"^{key}:", head, re.MULTILINE) for key in keys)


def _scale_sim(ending: str, head: str) -> bool:
    return ending == ".csv" and bool(re.match(r"\s*layer(?: name)?\s*,\s*ifmap height", head, re.IGNORECASE))


BY_TEXT: tuple[tuple[Callable[[str, str], bool], str], ...] = (
    (_ultralytics, "is a model file of ultralytics: export that model to ONNX, and import it"),
    (_scale_sim, "is a topology of SCALE-Sim, which lists layers without what they read: write its rows as a spec"),
)
