"""An ONNX file -> a neutral graph: its protobuf alone is read, no weight is looked at, no other file is opened."""

import ast
import os
import re
import struct
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import Any

from costcalc.common.errors import SpecError, quote
from costcalc.importer.constants import MOST
from costcalc.importer.graph import NONE, Asked, ByValue, Call, Graph, Param, Scope, Sizes, times
from costcalc.importer.onnxops import DOMAINS, WEIGHTS, FileNode, From, number_of

NEEDED = "needs the package `onnx`: `pip install costcalc[onnx]`"
MOST_BYTES = 2 * 1024**3  # what a protobuf can have
MOST_NODES = 100_000
INTS = {6: "i", 7: "q", 9: "?", 12: "I", 13: "Q"}  # data types whose values shapes are made of, with their codes
FLOATS = {1: "f", 11: "d"}
OWN = ("", "ai.onnx")
MOST_TEXT = 2000  # characters of a name that says in which modules a node is
DEEPEST = 32  # modules in each other
MOST_FLOATS = 4096  # elements of a tensor of fractions that is taken by value
# What Swin V2 calls the coordinates that its network of positions reads, and Swin of timm its masks.
BUFFERS = (".relative_coords_table", ".attn_mask")
ARITHMETIC = frozenset({"add", "sub", "mul", "div", "pow", "maximum", "minimum", "where"})


def graph_of(data: bytes, name: str, shape: Asked | None = None, *, tables: bool = False) -> Graph:
    """Return the neutral graph of a file's bytes; `shape` (channels, height, width), or by name, is asked for.

    `tables`: numbers for each pair of places that are added to scores count as tables of relative positions.
    Raises SpecError for what is not an ONNX model, for dynamic shapes without `shape`, and without the package.
    """
    model = _model(data, name)
    versions = {entry.domain: entry.version for entry in model.opset_import}
    version = next((versions[domain] for domain in OWN if domain in versions), 0)
    reader = Reader(model.graph, version)
    held = {tensor.name for tensor in model.graph.initializer}
    inputs = _inputs([value for value in model.graph.input if value.name not in held], shape, name)
    title = os.path.splitext(os.path.basename(name))[0]
    source = " ".join(
        filter(None, ("ONNX", model.producer_name and f"of {model.producer_name}", model.producer_version))
    )
    stated = {} if shape else reader.stated()
    calls = tuple(call._replace(shapes=tuple(stated.get(output) for output in call.outputs)) for call in reader.calls())
    reader.numbers(calls)
    return Graph(
        title,
        source,
        inputs,
        reader.params(calls),
        calls,
        tuple(v.name for v in model.graph.output),
        (),
        reader.constants,
        merges=True,
        tables=tables,
        written=_pairs(model.graph) if tables else {},
    )


def _model(data: bytes, name: str) -> Any:
    """Return the parsed file, functions of its own written out."""
    try:
        proto = _messages().ModelProto
    except (ImportError, AttributeError):  # none, or a folder of that name
        raise SpecError(f"{quote(name)} {NEEDED}") from None
    try:
        model = proto.FromString(data)
    except Exception:  # noqa: BLE001 - of the protobuf package, whichever it is
        raise SpecError(f"{quote(name)} is not an ONNX file, or it is cut off") from None
    if not model.graph.node or not model.ir_version:
        raise SpecError(f"{quote(name)} is not an ONNX file: it has no graph")
    if len(model.graph.node) > MOST_NODES:
        raise SpecError(f"{quote(name)} has {len(model.graph.node):,} nodes; at most {MOST_NODES:,} are read")
    if not all(isinstance(text, str) for text in _texts(model.graph)):
        raise SpecError(f"{quote(name)} is not an ONNX file: a name in it is not UTF-8")
    if len(model.functions):
        try:
            model = import_module("onnx.inliner").inline_local_functions(model)
        except Exception:  # noqa: BLE001
            raise SpecError(f"{quote(name)} has functions of its own that cannot be written out") from None
    return model


def _messages() -> Any:
    """Return the module of ONNX's messages; the package around it, which takes longer, stays unread where it can."""
    name = "onnx.onnx_ml_pb2"
    found = sys.modules.get("onnx") or sys.modules.get(name)
    spec = None if found else find_spec("onnx")
    for folder in (spec and spec.submodule_search_locations) or ():
        inner = spec_from_file_location(name, os.path.join(folder, "onnx_ml_pb2.py"))
        if inner and inner.loader and os.path.isfile(inner.origin or ""):
            sys.modules[name] = module = module_from_spec(inner)
            inner.loader.exec_module(module)
            return module
    return found or import_module("onnx")


def _texts(graph: Any) -> Iterable[Any]:
    """Yield every name of a graph; one that is not text is bytes."""
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output, *(a.name for a in node.attribute))
        yield from (text for entry in node.metadata_props for text in (entry.key, entry.value))
    yield from (held.name for part in (graph.initializer, graph.input, graph.output, graph.value_info) for held in part)


def _inputs(values: Sequence[Any], shape: Asked | None, name: str) -> dict[str, Sizes]:
    """Return the inputs' shapes, batch included; those that are asked for go before those that the file states."""
    if isinstance(shape, Mapping):
        strange = [key for key in shape if key not in {value.name for value in values}]
        if strange:
            raise SpecError(f"{quote(name)} has no input {quote(strange[0])}")
    elif shape and len(values) > 1:
        given = f"{values[0].name}={times(shape)},..."
        raise SpecError(f"{quote(name)} has {len(values)} inputs: give each size by its name, such as {given}")
    asked = shape if isinstance(shape, Mapping) else dict.fromkeys((value.name for value in values), shape)
    return {value.name: _input(value, asked.get(value.name), name) for value in values}


def _input(value: Any, shape: Sequence[int] | None, name: str) -> Sizes:
    """Return an input's shape, batch included; a batch that is not stated is 1."""
    if shape:
        return (1, *shape)
    dims = value.type.tensor_type.shape.dim
    stated = [dim.dim_value if dim.HasField("dim_value") and dim.dim_value > 0 else 0 for dim in dims]
    if 0 in stated[1:]:
        words = "x".join(str(side) if side else "?" for side in stated)
        raise SpecError(
            f"input {quote(value.name)} of {quote(name)} is {words}: give its size, such as 3x224x224, as the input"
        )
    return (stated[0] or 1, *stated[1:]) if stated else ()


class Reader:
    """The nodes, parameters and constants of one graph."""

    def __init__(self, graph: Any, version: int) -> None:
        self.graph = graph
        self.version = version
        self.constants: dict[str, Any] = {}
        self.held: dict[str, Param] = {}
        self.whole = {
            node.input[place]
            for node in graph.node
            for place in WEIGHTS.get(node.op_type, ())
            if place < len(node.input)
        }
        for tensor in graph.initializer:
            self.hold(tensor.name, tensor)
        for node in graph.node:
            if node.op_type == "Constant" and node.output:
                self.constant(node)

    def hold(self, name: str, tensor: Any) -> None:
        """Take a tensor by value if it is small and there, else by its size."""
        value = _value(tensor)
        if value is not None:
            self.constants[name] = value
        elif tensor.data_type in INTS:
            self.constants[name] = None
        if tensor.data_type not in INTS or name in self.whole:
            self.held[name] = Param(name, tuple(tensor.dims))

    def constant(self, node: Any) -> None:
        """Take the value of a Constant."""
        for attr in node.attribute:
            value = _value(attr.t) if attr.name == "value" else None
            if value is not None and number_of(value) is not None:
                self.constants[node.output[0]] = value  # one number is not a parameter, whatever its shape
            elif attr.name == "value":
                self.hold(node.output[0], attr.t)
            else:
                self.constants[node.output[0]] = _attribute(attr)

    def stated(self) -> dict[str, Sizes]:
        """Return the shapes that the file states in full."""
        found = {}
        for value in [*self.graph.value_info, *self.graph.output]:
            dims = value.type.tensor_type.shape.dim
            if value.type.tensor_type.HasField("shape") and all(dim.dim_value > 0 for dim in dims):
                found[value.name] = tuple(dim.dim_value for dim in dims)
        return found

    def calls(self) -> list[Call]:
        """Return the nodes, in order, without those that are constant already."""
        found = [self.call(index, node) for index, node in enumerate(self.graph.node) if node.op_type != "Constant"]
        return [call for call in found if call is not None]

    def call(self, index: int, node: Any) -> Call:
        """Return one node as a neutral call."""
        attrs = {attr.name: _attribute(attr) for attr in node.attribute}
        meaning = DOMAINS.get(node.domain, {}).get(node.op_type)
        strange = "" if node.domain in OWN else "other domain"
        every = range(len(node.input))
        try:
            op, reads, given = (
                meaning(FileNode(attrs, len(node.input), self.version)) if meaning else (strange, every, {})
            )
        except (AttributeError, LookupError, TypeError, ValueError):  # of a file that somebody changed
            op, reads, given = "other attributes", every, {}
        inputs = [node.input[i] if 0 <= i < len(node.input) else NONE for i in reads]
        given = {key: self.given(value, node) for key, value in given.items()}
        said = node.op_type if node.domain in OWN else f"{node.domain}.{node.op_type}"
        return Call(
            node.name or f"{node.op_type}_{index}", op, said, tuple(inputs), tuple(node.output), given, (), _scope(node)
        )

    def given(self, value: Any, node: Any) -> Any:
        """Return an attribute by value, or the name of what gives it."""
        if not isinstance(value, From):
            return value
        name = node.input[value.place] if value.place < len(node.input) else NONE
        if name == NONE:
            return value.default
        return ByValue(name) if self.constants.get(name) is None else self.constants[name]

    def numbers(self, calls: Iterable[Call]) -> None:
        """Take a tensor of one element that only arithmetic reads as a number, unless it is called as a parameter is.

        Exporters write numbers of a program as tensors, and equal ones as one that several nodes read.
        """
        readers: dict[str, list[str]] = {}
        for call in calls:
            for name in call.inputs:
                readers.setdefault(name, []).append(call.op)
        for name, param in list(self.held.items()):
            ops, value = readers.get(name, []), number_of(self.constants.get(name))
            learnt = len(ops) == 1 and "." in name and not name.startswith(("onnx::", "/", "val_"))
            if param.size == 1 and ops and value is not None and ARITHMETIC.issuperset(ops) and not learnt:
                self.constants[name] = value
                del self.held[name]

    def params(self, calls: Iterable[Call]) -> dict[str, Param]:
        """Return the parameters; statistics of a batch norm are not trained."""
        norms = [call.inputs for call in calls if call.op == "batch_norm"]
        stats = {name for inputs in norms for name in inputs[3:]} - {name for inputs in norms for name in inputs[1:3]}
        kept = {name for name in self.held if name in stats or name.endswith(BUFFERS)}
        return {name: param._replace(trained=name not in kept) for name, param in self.held.items()}


def _pairs(graph: Any) -> dict[str, bytes]:
    """Return the numbers of tensors that have one for each pair of places, as the file has them."""
    constants = [node for node in graph.node if node.op_type == "Constant" and node.output]
    tensors = [(tensor.name, tensor) for tensor in graph.initializer]
    tensors += [(node.output[0], attr.t) for node in constants for attr in node.attribute]
    square = [(name, t) for name, t in tensors if len(t.dims) > 2 and t.dims[-1] == t.dims[-2]]
    return {name: tensor.raw_data for name, tensor in square if tensor.data_type == 1 and tensor.raw_data}


def _value(tensor: Any) -> Any:
    """Return a small tensor's numbers, a scalar as a number; None for a large one, and for data in another file."""
    size = 1
    for dim in tensor.dims:
        size *= dim
    code = (INTS | FLOATS).get(tensor.data_type)
    if size > (MOST if tensor.data_type in INTS else MOST_FLOATS) or code is None or tensor.data_location:
        return None
    values: Sequence[Any] = tensor.int64_data or tensor.int32_data or tensor.float_data or tensor.double_data
    if tensor.raw_data:
        try:
            values = struct.unpack(f"<{size}{code}", tensor.raw_data)
        except struct.error:
            return None
    found = list(values)
    if len(found) != size:
        return None
    for side in list(tensor.dims)[:0:-1]:
        found = [found[start : start + side] for start in range(0, len(found), side)] if side else found
    return found[0] if not len(tensor.dims) else found


def _attribute(attr: Any) -> Any:
    """Return an attribute's value: a number, a text, or a list of numbers."""
    by_type: dict[int, Callable[[], Any]] = {
        1: lambda: attr.f,
        2: lambda: attr.i,
        3: lambda: attr.s.decode("utf-8", "replace"),
        4: lambda: _value(attr.t),
        6: lambda: list(attr.floats),
        7: lambda: list(attr.ints),
    }
    read = by_type.get(attr.type)
    return read() if read else None


def _scope(node: Any) -> Scope:
    """Return the modules around a node: as its exporter says, or by the parts of its name."""
    said = {entry.key.rpartition(".")[2]: entry.value for entry in node.metadata_props}
    longest = max(map(len, said.values()), default=0)
    if "name_scopes" in said and "class_hierarchy" in said and longest <= MOST_TEXT:
        try:
            paths, kinds = ast.literal_eval(said["name_scopes"]), ast.literal_eval(said["class_hierarchy"])
            pairs = [(str(path), str(kind)) for path, kind in zip(paths[:-1], kinds[:-1], strict=False)]
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            pairs = []
        return tuple(pairs)
    parts = [part for part in node.name[:MOST_TEXT].split("/")[:-1] if part][:DEEPEST]
    return tuple(("/".join(parts[: index + 1]), _kind(part)) for index, part in enumerate(parts))


def _kind(part: str) -> str:
    """Return the class that a part of a name is for: what it is called, if it is one of several."""
    match = re.fullmatch(r"(.*)[._]\d+", part)
    return match[1].rstrip("0123456789") or "block" if match else "torch.nn." + part
