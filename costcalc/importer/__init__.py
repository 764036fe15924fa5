"""Models of others -> a neutral graph -> rows -> a spec: what a SOURCE is, and the reader that it needs."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from costcalc import specfile
from costcalc.common.errors import SpecError, quote
from costcalc.common.units import shown_shape

if TYPE_CHECKING:
    from costcalc.importer.assemble import Imported
    from costcalc.importer.graph import Graph

TORCH = "torch:"
SHAPE = (3, 224, 224)
MOST_KERAS = 2 * 1024**3  # bytes of an archive, whose weights are not read
LOOKED_AT = 64 * 1024  # bytes of a JSON file, to tell a model from a spec
TRACED = 0.7  # of an import's time goes to the first trace, which imports the framework too
STEP = 32  # pixels between the two resolutions that a module is traced at


Step = Callable[[str, float], None]


def unwatched(doing: str, done: float) -> None:
    """Let a step of an import pass: what it does, and which share of the work is usually done when it begins."""


class Wanted(NamedTuple):
    """What is asked of a source: the input (channels, height, width) if it is given, and rows without blocks.

    `step` is called at the beginning of each step.
    """

    name: str
    shape: Sequence[int] | None = None
    flat: bool = False
    step: Step = unwatched


def is_model(name: str) -> bool:
    """Return whether a name is a source of a model, not a spec: by its prefix or its ending."""
    ending = os.path.splitext(name)[1].lower()
    return runs_code(name) or (ending in READERS and (ending != ".json" or _is_keras(name)))


def runs_code(name: str) -> bool:
    """Return whether reading a source runs code of somebody's."""
    return name.startswith(TORCH)


def load(name: str, shape: Sequence[int] | None = None, *, flat: bool = False, step: Step = unwatched) -> "Imported":
    """Return the spec of a source; `shape` is (channels, height, width). Raises SpecError.

    Sources: `torch:package.module:factory`, whose code runs, and files with an ending of READERS.
    """
    asked = Wanted(name, shape, flat, step)
    return _torch(asked) if runs_code(name) else READERS[os.path.splitext(name)[1].lower()](asked)


def refuse(name: str) -> None:
    """Raise SpecError for a file that is known to be something else than a spec."""
    if os.path.isfile(name):
        from costcalc.importer import foreign

        foreign.refuse(name)


def _torch(asked: Wanted) -> "Imported":
    """Trace a module at two resolutions, so that `res` is a setting where it is true."""
    from costcalc.importer.assemble import assemble
    from costcalc.importer.aten import graph_of
    from costcalc.importer.torchreader import program_of

    factory, shape = asked.name.removeprefix(TORCH), tuple(asked.shape or SHAPE)
    title, source = factory.rpartition(":")[2], f"{factory} through torch.export"
    asked.step(f"tracing {title} at {shown_shape(shape)}", 0.0)
    graph = graph_of(program_of(factory, (1, *shape)), title, source)
    others = []
    if shape[1] == shape[2]:
        larger = (shape[0], shape[1] + STEP, shape[2] + STEP)
        asked.step(f"tracing {title} at {shown_shape(larger)}", TRACED)
        try:
            others.append(graph_of(program_of(factory, (1, *larger)), title, source))
        except SpecError:
            others = []  # a module of one resolution: the receipt says so
    asked.step(f"writing the spec of {title}", 0.95)
    return assemble(graph, others, flat=asked.flat)


def _onnx(wanted: Wanted) -> "Imported":
    """Read an ONNX file."""
    from costcalc.importer.onnxreader import MOST_BYTES, graph_of

    return _assembled(wanted, graph_of, MOST_BYTES)


def _assembled(wanted: Wanted, graph_of: Callable[..., "Graph"], most: int) -> "Imported":
    """Read a file of at most so many bytes as a graph, and write that as a spec."""
    from costcalc.importer.assemble import assemble
    from costcalc.importer.recognise import recognise

    wanted.step(f"reading {os.path.basename(wanted.name)}", 0.0)
    graph = recognise(graph_of(_bytes(wanted.name, most), wanted.name, wanted.shape))
    wanted.step(f"writing the spec of {os.path.basename(wanted.name)}", 0.5)
    return assemble(graph, flat=wanted.flat)


def _bytes(name: str, most: int) -> bytes:
    """Return what a file holds; raise SpecError where it cannot be read, or holds more than a model can."""
    try:
        specfile.refuse_pipe(name)
        with open(name, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if size > most:
                raise SpecError(f"{quote(name)} has {size:,} bytes; at most {most:,} are read")
            return stream.read(most + 1)
    except OSError as error:
        raise SpecError(f"cannot read {quote(name)}: {(error.strerror or str(error)).lower()}") from None


def _keras(wanted: Wanted) -> "Imported":
    """Read a Keras model's configuration."""
    from costcalc.importer.kerasreader import graph_of

    return _assembled(wanted, graph_of, MOST_KERAS)


def _is_keras(name: str) -> bool:
    """Return whether a JSON file is a Keras model's; a spec may be written as JSON too."""
    try:
        with open(name, "rb") as stream:
            return b'"class_name"' in stream.read(LOOKED_AT)
    except OSError:
        return False


READERS: dict[str, Callable[[Wanted], "Imported"]] = {".onnx": _onnx, ".keras": _keras, ".json": _keras}
