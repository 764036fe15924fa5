"""A network as an ONNX model with weights of zeros or random ones: the table of operators, and the package `onnx`."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from costcalc.common.errors import SpecError
from costcalc.importer.export.onnxtable import TABLE, OnnxGraph
from costcalc.importer.export.program import ELEMENTWISE, missing, refusals
from costcalc.importer.export.shapes import Place, flat_layers
from costcalc.network.model import Layer, Network

OPSET = 21
IR_VERSION = 10
BYTES = 4  # of a weight
MOST_WEIGHTS = 500_000_000  # one file of ONNX has 2 GB at most


def onnx_model(network: Network, seed: int | None = None) -> tuple[bytes, tuple[str, ...]]:
    """Return a model, and sentences on what it does not say; raise SpecError where it cannot be, or without `onnx`.

    Weights are zeros, or random from a `seed`: matrices with a mean of 0 and a variance of 2 over their inputs, as He
    et al. 2015 have it, vectors (factors, biases, means and variances) evenly between 0.5 and 1.5.
    """
    graph, flat = graph_of(network)
    weights = sum(_size(sides) for sides in graph.held.values())
    if weights > MOST_WEIGHTS:
        raise SpecError(f"the network holds {weights:,} values; one ONNX file of at most 2 GB holds {MOST_WEIGHTS:,}")
    notes = ["the weights are zeros" if seed is None else f"the weights are random, from the seed {seed}"]
    if any(layer.args.get("frozen") for layer in network.layers):
        notes.append("ONNX does not say which norms are frozen")
    return _serialized(network, graph, flat, seed), tuple(notes)


def _onnx() -> Any:
    """Return the package, or raise SpecError that says what to install."""
    try:
        return import_module("onnx")
    except ImportError:
        raise SpecError("to write ONNX needs its package: `pip install costcalc[onnx]`") from None


def graph_of(network: Network) -> tuple[OnnxGraph, frozenset[int]]:
    """Return a network's nodes and parameters, and the layers that give vectors; SpecError: what ONNX lacks."""
    graph, flat = OnnxGraph(), flat_layers(network.layers, ELEMENTWISE)
    names = {number: network.called(number) for number in network.fed}
    refused = []
    for layer in network.layers:
        graph.at(layer.path, layer.shares)
        at = Place(layer, flat=layer.number in flat and flat.issuperset(layer.inputs))
        ins = [_lifted(graph, network, number, names, flat, layer) for number in layer.inputs]
        names[layer.number] = names[layer.inputs[0]]
        try:
            if layer.op not in TABLE:
                raise at.refused(missing(layer.op, "onnx"))
            names[layer.number] = TABLE[layer.op](graph, at, ins)
        except SpecError as error:
            refused.append(error)
    if refused:
        raise refusals(refused)
    for number in outputs_of(network):
        graph.at(f"{network.layers[number].path}/output", "")
        names[number] = graph.add("Identity", names[number])
        graph.outputs.append((names[number], number))
    return graph, flat


def outputs_of(network: Network) -> tuple[int, ...]:
    """Return the layers that a model gives: those that the spec names, and all that nothing reads."""
    read = {number for layer in network.layers for number in layer.inputs}
    ends = (layer.number for layer in network.layers if layer.number not in read)
    return tuple(dict.fromkeys((*network.outputs, *ends)))


def _lifted(
    graph: OnnxGraph, network: Network, number: int, names: dict[int, str], flat: frozenset[int], reader: Layer
) -> str:
    """Return the name of what a layer reads; a vector is made a map for a layer of maps."""
    keeps = reader.number in flat
    if number in flat and not keeps:
        return graph.reshaped(names[number], 1, *network.layers[number].out)
    return names[number]


def _size(sides: tuple[int, ...]) -> int:
    """Return the elements of a tensor."""
    size = 1
    for side in sides:
        size *= side
    return size


def _filled(seed: int | None) -> Callable[[tuple[int, ...]], bytes]:
    """Return what gives the values of a tensor of some shape, little-endian: zeros, or random ones, in NumPy."""
    if seed is None:
        return lambda sides: bytes(BYTES * _size(sides))
    draw = import_module("numpy").random.default_rng(seed)

    def filled(sides: tuple[int, ...]) -> bytes:
        random = draw.random(sides) + 0.5
        if len(sides) > 1:
            random = draw.standard_normal(sides) * (2 / max(_size(sides[1:]), 1)) ** 0.5
        data: bytes = random.astype("<f4").tobytes()
        return data

    return filled


def _serialized(network: Network, graph: OnnxGraph, flat: frozenset[int], seed: int | None) -> bytes:
    """Return the bytes of a model."""
    onnx = _onnx()
    helper, floats, ints = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    filled = _filled(seed)
    held = [helper.make_tensor(name, floats, sides, filled(sides), raw=True) for name, sides in graph.held.items()]
    fixed = {
        name: helper.make_tensor(name, floats if isinstance(values[0], float) else ints, sides, values)
        for name, (sides, values) in graph.constants.items()
    }
    held += [tensor for tensor in fixed.values() if tensor.data_type == ints]  # sizes and places, which nobody trains
    nodes = [
        helper.make_node("Constant", [], [name], name=name, value=tensor)
        for name, tensor in fixed.items()
        if tensor.data_type == floats
    ]
    nodes += [
        helper.make_node(op, inputs, outputs, name=name, **attrs) for op, name, inputs, outputs, attrs in graph.nodes
    ]
    outputs = []
    for name, number in graph.outputs:
        out = network.layers[number].out
        outputs.append(helper.make_tensor_value_info(name, floats, [1, out.c] if number in flat else [1, *out]))
    inputs = [
        helper.make_tensor_value_info(network.called(number), floats, [1, *shape])
        for number, shape in network.fed.items()
    ]
    made = helper.make_graph(nodes, network.key or "network", inputs, outputs, held)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="costcalc")
    model.ir_version = IR_VERSION
    data: bytes = model.SerializeToString()
    return data
