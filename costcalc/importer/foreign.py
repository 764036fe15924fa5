"""Files that people bring and that are neither specs nor readable models: what each one is, and what to do."""

import json
import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from typing import BinaryIO

from costcalc.common.errors import SpecError, quote

LOOKED_AT = 64 * 1024
MOST_HEADER = 100 * 1024**2  # bytes of a safetensors header, as its own library has it
MOST_TEXT = 1024**2  # bytes of one text in a GGUF header
TEXT, ARRAY = 8, 9  # types of values there; the others have a size
GGUF_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "I", 7: "B", 10: "Q", 11: "q", 12: "Q"}
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
}


def refuse(name: str) -> None:
    """Raise SpecError for a file that is known to be something else than a spec; nothing in it is run."""
    ending = os.path.splitext(name)[1].lower()
    if not os.path.isfile(name):
        return
    if ending in BY_ENDING:
        raise SpecError(f"{quote(name)} {BY_ENDING[ending]}")
    if ending == ".gguf":
        raise SpecError(f"{quote(name)} {_blocks(name)}: {EXPORT}")
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


def _blocks(name: str) -> str:
    """Return what the header of a GGUF file says that it holds."""
    try:
        with open(name, "rb") as stream:
            shapes = list(GgufHeader(stream).shapes())
        return f"holds {sum(map(prod, shapes)):,} numbers in {len(shapes):,} tensors, and no layers"
    except (struct.error, ValueError, KeyError, OverflowError, MemoryError, RecursionError):
        return "is a GGUF file, which holds tensors and no layers"


class GgufHeader:
    """The header of a GGUF file, read value by value. Source: ggml, docs/gguf.md."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def number(self, code: str) -> int:
        """Return the next number of a size."""
        return int(struct.unpack(f"<{code}", self.stream.read(struct.calcsize(code)))[0])

    def text(self) -> None:
        """Pass the next text."""
        length = self.number("Q")
        if length > MOST_TEXT or len(self.stream.read(length)) < length:
            raise ValueError(length)

    def value(self, kind: int) -> None:
        """Pass the next value."""
        if kind == ARRAY:
            inner, length = self.number("I"), self.number("Q")
            for _ in range(length):
                self.value(inner)
        elif kind == TEXT:
            self.text()
        else:
            self.number(GGUF_CODES[kind])

    def shapes(self) -> Iterator[Sequence[int]]:
        """Yield the shape of each tensor."""
        if self.stream.read(4) != b"GGUF" or self.number("I") not in (2, 3):
            raise ValueError(self.stream.name)
        tensors, entries = self.number("Q"), self.number("Q")
        for _ in range(entries):
            self.text()
            self.value(self.number("I"))
        for _ in range(tensors):
            self.text()
            yield [self.number("Q") for _ in range(self.number("I"))]
            self.number("I")
            self.number("Q")


def _ultralytics(ending: str, head: str) -> bool:
    keys = ("backbone", "head")
    return ending in (".yaml", ".yml") and all(re.search(rf"^{key}:", head, re.MULTILINE) for key in keys)


def _scale_sim(ending: str, head: str) -> bool:
    return ending == ".csv" and bool(re.match(r"\s*layer(?: name)?\s*,\s*ifmap height", head, re.IGNORECASE))


BY_TEXT: tuple[tuple[Callable[[str, str], bool], str], ...] = (
    (_ultralytics, "is a model file of ultralytics: export that model to ONNX, and import it"),
    (_scale_sim, "is a topology of SCALE-Sim, which lists layers without what they read: write its rows as a spec"),
)
