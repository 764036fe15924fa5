"""Models of others -> a neutral graph -> rows -> a spec: what a SOURCE is, and the reader that it needs."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from costcalc.common.errors import SpecError, quote
from costcalc.common.units import shown_shape

if TYPE_CHECKING:
    from costcalc.importer.assemble import Imported
    from costcalc.importer.graph import Asked, Graph

TORCH = "torch:"
SHAPE = (3, 224, 224)
LOOKED_AT = 64 * 1024  # bytes of a JSON file, to tell a model from a spec
TRACED = 0.7  # of an import's time goes to the first trace, which imports the framework too
READ = 0.5  # of the time that the import of a file takes
FOLLOWED = "its operators were followed at another one too"


Step = Callable[[str, float], None]


def unwatched(doing: str, done: float) -> None:
    """Let a step of an import pass: what it does, and which share of the work is usually done when it begins."""


class Wanted(NamedTuple):
    """What is asked of a source: the input (channels, height, width), or several by name, and rows without blocks.

    `second` is a file of the same model at another resolution; `step` is called at the beginning of each step.
    `tables`: numbers for each pair of places count as tables of relative positions.
    """

    name: str
    shape: "Asked | None" = None
    flat: bool = False
    second: str | None = None
    step: Step = unwatched
    tables: bool = False

    @property
    def short(self) -> str:
        """What a person calls the model: the factory, or the file without its folders."""
        return self.name.rpartition(":")[2] if runs_code(self.name) else os.path.basename(self.name)


def is_model(name: str) -> bool:
    """Return whether a name is a source of a model, not a spec: by its prefix or its ending."""
    ending = os.path.splitext(name)[1].lower()
    return runs_code(name) or (ending in READERS and (ending != ".json" or _is_keras(name)))


def runs_code(name: str) -> bool:
    """Return whether reading a source runs code of somebody's."""
    return name.startswith(TORCH)


def load(
    name: str,
    shape: "Asked | None" = None,
    *,
    flat: bool = False,
    second: str | None = None,
    tables: bool = False,
    step: Step = unwatched,
) -> "Imported":
    """Return the spec of a source; `shape` is (channels, height, width), by name for several inputs. Raises SpecError.

    Sources: `torch:package.module:factory`, whose code runs, and files with an ending of READERS; an ONNX file may have
    a `second` one of the same model at another input, and numbers that its exporter wrote out, which are `tables`.
    """
    if os.path.splitext(name)[1].lower() != ".onnx" and (second is not None or tables):
        what = "tables of positions are" if second is None else "a second file is"
        raise SpecError(f"{what} allowed only with an ONNX file, not with {quote(name)}")
    for sides in shape.values() if isinstance(shape, Mapping) else () if shape is None else (shape,):
        if not 1 <= len(sides) <= 3:
            raise SpecError("an input of a model must be channels x height x width, channels x length, or features")
    asked = Wanted(name, shape, flat, second, step, tables)
    step(f"{'tracing' if runs_code(name) else 'reading'} {asked.short}", 0.0)
    return _torch(asked) if runs_code(name) else READERS[os.path.splitext(name)[1].lower()](asked)


def refuse(name: str) -> None:
    """Raise SpecError for a file that is known to be something else than a spec."""
    if os.path.isfile(name):
        from costcalc.importer import foreign

        foreign.refuse(name)


def _torch(asked: Wanted) -> "Imported":
    """Trace a module at two resolutions, so that `res` is a setting where it is true."""
    from costcalc.importer.assemble import STEP, assemble
    from costcalc.importer.aten import graph_of
    from costcalc.importer.recognise import recognise
    from costcalc.importer.torchreader import program_of

    factory, shape = asked.name.removeprefix(TORCH), asked.shape or SHAPE
    title, source = asked.short, f"{factory} through torch.export"
    graph = recognise(graph_of(program_of(factory, shape), title, source))
    others = []
    if not isinstance(shape, Mapping) and len(shape) == len(SHAPE) and shape[1] == shape[2]:
        larger = (shape[0], shape[1] + STEP, shape[2] + STEP)
        asked.step(f"tracing {title} at {shown_shape(larger)}", TRACED)
        try:
            others.append(recognise(graph_of(program_of(factory, larger), title, source)))
        except SpecError:
            others = []  # a module of one resolution: the receipt says so
    asked.step(f"writing the spec of {title}", 0.95)
    return assemble(graph, others, flat=asked.flat)


def _onnx(wanted: Wanted) -> "Imported":
    """Read an ONNX file, and a second one that proves that its resolution is a setting."""
    from costcalc.importer.assemble import assemble, larger

    graph = _graph(wanted.name, wanted.shape, tables=wanted.tables)
    wanted.step(f"writing the spec of {wanted.short}", READ)
    if wanted.second is None:
        return assemble(graph, larger(graph), FOLLOWED, flat=wanted.flat)
    second = _graph(wanted.second, None, tables=wanted.tables)
    if [*second.inputs.values()] == [*graph.inputs.values()]:
        raise SpecError(
            f"{quote(wanted.second)} has the input of {quote(wanted.name)}: one of another size is expected"
        )
    return assemble(graph, [second], f"{quote(wanted.second)} has another one", flat=wanted.flat)


def _graph(name: str, shape: "Asked | None", *, tables: bool) -> "Graph":
    """Return the neutral graph of an ONNX file."""
    from costcalc.importer.onnxreader import MOST_BYTES, graph_of
    from costcalc.importer.recognise import recognise

    return recognise(graph_of(_bytes(name, MOST_BYTES), name, shape, tables=tables))


def _bytes(name: str, most: int) -> bytes:
    """Return what a file holds; raise SpecError where it holds more than a model can."""
    with _opened(name) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > most:
            raise SpecError(f"{quote(name)} has {size:,} bytes; at most {most:,} are read")
        return stream.read(most + 1)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Open a file; raise SpecError where it cannot be read, or is a device or a pipe, which may have no end."""
    try:
        if os.path.exists(name) and not os.path.isfile(name) and not os.path.isdir(name):
            raise SpecError(f"cannot read {quote(name)}: it is not a file")
        with open(name, "rb") as stream:
            yield stream
    except OSError as error:
        raise SpecError(f"cannot read {quote(name)}: {(error.strerror or str(error)).lower()}") from None


def _keras(wanted: Wanted) -> "Imported":
    """Read a Keras model's configuration."""
    from costcalc.importer.assemble import assemble, larger
    from costcalc.importer.kerasreader import graph_of
    from costcalc.importer.recognise import recognise

    with _opened(wanted.name) as stream:
        graph = recognise(graph_of(stream, wanted.name, wanted.shape))
    wanted.step(f"writing the spec of {wanted.short}", READ)
    return assemble(graph, larger(graph), FOLLOWED, flat=wanted.flat)


def _is_keras(name: str) -> bool:
    """Return whether a JSON file is a Keras model's; a spec may be written as JSON too, and come through a pipe."""
    if not os.path.isfile(name):
        return False
    try:
        with open(name, "rb") as stream:
            return b'"class_name"' in stream.read(LOOKED_AT)
    except OSError:
        return False


READERS: dict[str, Callable[[Wanted], "Imported"]] = {".onnx": _onnx, ".keras": _keras, ".json": _keras}
