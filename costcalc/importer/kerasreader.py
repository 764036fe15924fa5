"""A Keras model's configuration (`.keras`, `config.json`) -> a neutral graph: text alone is read.

Weights are sized by rules. Tensors have their channels first; a layer that sees them last where it matters permutes.
"""

import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from costcalc.common.errors import SpecError, describe, quote
from costcalc.importer.graph import NONE, Asked, Call, Graph, Param, Scope
from costcalc.importer.kerasops import ACTIVATIONS, LAYERS

MOST_BYTES = 64 * 1024**2  # of a configuration
MODELS = ("Functional", "Sequential", "Model")
GROUP = re.compile(r"(.*?(?:block_?|expanded_conv_?|module_?|unit_?|stage_?)\d+[a-z]?(?:_block_?\d+[a-z]?)?)_")
Config = Mapping[str, Any]


def graph_of(data: bytes | BinaryIO, name: str, shape: Asked | None = None) -> Graph:
    """Return the neutral graph of a file; `shape` (channels, height, width), or several by name, is asked for.

    Raises SpecError for what is not a Keras model, or for one that a table of layers cannot say.
    """
    try:
        config = json.loads(_text(data, name))
        if config["class_name"] not in MODELS:
            raise SpecError(f"{quote(name)} is not a Keras model of layers: it is a {quote(config['class_name'])}")
        return LayerReader(config, shape).graph(os.path.splitext(os.path.basename(name))[0])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        raise SpecError(f"cannot read {quote(name)} as a Keras model: {type(error).__name__} at {error}") from None


def _text(data: bytes | BinaryIO, name: str) -> str:
    """Return the configuration: the file itself, or that in the archive, of which nothing else is read."""
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    archived = file.read(2) == b"PK"
    file.seek(0)
    if not archived:
        text = file.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise SpecError(f"{quote(name)} has over {MOST_BYTES:,} bytes; a configuration has fewer")
        return text.decode("utf-8")
    try:
        with zipfile.ZipFile(file) as archive, archive.open("config.json") as stream:
            text = stream.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise SpecError(f"{quote(name)} is not a Keras file, or it is cut off: {error}") from None
    if len(text) > MOST_BYTES:
        raise SpecError(f"the configuration in {quote(name)} has over {MOST_BYTES:,} bytes")
    return text.decode("utf-8")


class LayerReader:
    """Layers as neutral calls; `made` gives the value of each tensor by (layer, call)."""

    def __init__(self, config: Config, shape: Asked | None) -> None:
        self.config = config
        self.given = shape
        self.inputs: dict[str, tuple[int, ...]] = {}
        self.params: dict[str, Param] = {}
        self.calls: list[Call] = []
        self.prefix = ""
        self.scope: Scope = ()
        self.layer: Config = {}
        self.node: Any = None
        self.stated: tuple[int, ...] | None = None

    def graph(self, title: str) -> Graph:
        """Return the graph."""
        config = self.config["config"]
        layers, last = config["layers"], NONE
        for layer in layers:
            last = self.read(layer, last)
        outputs = self.ends(config, last)
        return Graph(
            title,
            f"Keras, {self.config['class_name']} {config.get('name', '')}".strip(),
            self.inputs,
            self.params,
            tuple(self.calls),
            outputs,
        )

    def ends(self, config: Config, last: str) -> tuple[str, ...]:
        """Return the values that a model gives."""
        ends = config.get("output_layers") or []
        ends = [ends] if ends and isinstance(ends[0], str) else ends
        return tuple(self.value(end[0], end[1]) for end in ends) or (last,)

    def nested(self, name: str, inputs: list[Any], out: str) -> None:
        """Read a model that is a layer of another one."""
        config, around, outer = self.layer["config"], self.prefix, self.layer
        self.prefix, last, given = f"{around}{name}/", str(inputs[0]), iter(inputs)
        for layer in config["layers"]:
            if layer["class_name"] == "InputLayer":
                self.layer = layer
                last = self.add("same", [next(given)], self.value(layer["config"]["name"], 0))
            else:
                last = self.read(layer, last)
        (end,) = self.ends(config, last)
        self.prefix, self.layer = around, outer
        self.add("same", [end], out)

    def value(self, layer: str, call: int) -> str:
        """Return the name of a layer's output."""
        return f"{self.prefix}{layer}:{call}" if call else f"{self.prefix}{layer}"

    def read(self, layer: Config, above: str) -> str:
        """Read one layer with all its calls; return the value that it gives last."""
        kind, config = layer["class_name"], layer.get("config") or {}
        name = layer.get("name") or config["name"]
        self.layer, self.stated = layer, None
        nodes = layer.get("inbound_nodes") or [None]
        match = GROUP.match(name)
        self.scope = ((match[1], re.sub(r"[\d_]+[a-z]?", "", match[1]) or "block"),) if match else ()
        if kind == "InputLayer":
            return self.input(name, config)
        if not self.inputs:
            self.input("input", config)
            above = "input"
        found = above
        for number, reads in enumerate(_nodes(layer) or [[above]]):
            self.node = nodes[number]
            inputs = [item if not isinstance(item, tuple) else self.value(*item) for item in reads]
            found = self.call(kind, name, inputs, self.value(name, number))
        return found

    def input(self, name: str, config: Config) -> str:
        """Read an input: batch, height, width and channels."""
        sides = (
            config.get("batch_shape") or config.get("batch_input_shape") or self.layer["build_config"]["input_shape"]
        )[1:]
        given = self.given.get(name) if isinstance(self.given, Mapping) else self.given
        if given:
            sides = [*given[1:], given[0]]
        for side in sides:
            if side is not None and (type(side) is not int or side < 1):
                raise SpecError(f"input {quote(name)} has a side {describe(side)}; a whole number is expected")
        if None in sides:
            words = "x".join("?" if side is None else str(side) for side in sides)
            raise SpecError(f"input {quote(name)} is {words}: give its size, such as 3x224x224, as the input")
        self.inputs[name] = (1, *sides[-1:], *sides[:-1])
        return name

    def call(self, kind: str, name: str, inputs: list[Any], out: str) -> str:
        """Append the calls of one call of a layer."""
        config = self.layer["config"]
        rule = LAYERS.get(kind)
        if config.get("data_format") == "channels_first":
            self.add("", inputs, out, said=f"{kind} with channels first")
        elif kind in MODELS:
            self.nested(name, inputs, out)
        elif rule is None:
            self.add("", inputs, out, said=kind)
        else:
            rule(self, config, inputs, out)
        return out

    def add(self, op: str, inputs: Sequence[Any], out: str, said: str = "", **attrs: Any) -> str:
        """Append one call."""
        said = said or str(self.layer["class_name"])
        self.calls.append(Call(out, op, said, tuple(map(str, inputs)), (out,), attrs, (None,), self.scope))
        return out

    def held(self, what: str, *shape: int, trained: bool = True) -> str:
        """Return the value of a weight; -m in its shape means m times the channels that are read."""
        config = self.layer["config"]
        name = f"{self.prefix}{config['name']}/{what}"
        self.params[name] = Param(name, shape, trained and config.get("trainable", True) is not False)
        return name

    def shapes(self) -> list[Sequence[int]]:
        """Return the shapes that are stated for the tensors that the call at hand reads."""
        return [part["shape"] for part in _found(self.node) if isinstance(part, Mapping) and "shape" in part]

    def act(self, config: Config, value: str, out: str) -> str:
        """Append an activation where there is one; its value is `out`."""
        said = config.get("activation") or "linear"
        if isinstance(said, Mapping):
            said = (said.get("config") or {}).get("name") or said.get("class_name")
        name = str(said)
        if name == "linear":
            return self.add("same", [value], out)
        if name == "softmax":
            return self.add("softmax", [value], out, axis=1)
        return self.add(
            "act" if name in ACTIVATIONS else "", [value], out, said=f"activation {name}", name=ACTIVATIONS.get(name)
        )

    def last(self, inner: str, inputs: Sequence[str], out: str, **attrs: Any) -> str:
        """Append a call that sees the channels last, if it reads a map."""
        return self.add("channels_last", inputs, out, inner=inner, attrs=attrs)


def _nodes(layer: Config) -> list[list[Any]]:
    """Return what each call of a layer reads: (layer, call) or a number, by the format of Keras 3 or of Keras 2."""
    found = []
    for node in layer.get("inbound_nodes") or []:
        if isinstance(node, Mapping):
            found.append(_tensors([node.get("args"), node.get("kwargs")]))
        else:
            entries = node if isinstance(node[0], list) else [node]
            found.append([(str(entry[0]), int(entry[1])) for entry in entries])
    return found


def _tensors(item: Any) -> list[Any]:
    """Return the tensors and numbers in the arguments of a call, in order."""
    found: list[Any] = []
    for part in _found(item):
        if isinstance(part, Mapping):
            layer, call, _ = part["keras_history"]
            found.append((str(layer), int(call)))
        else:
            found.append(part)
    return found


def _found(item: Any) -> list[Any]:
    """Return the configurations of tensors and the numbers in the arguments of a call, in order."""
    if isinstance(item, Mapping):
        if item.get("class_name") == "__keras_tensor__":
            return [item["config"]]
        return [found for part in item.values() for found in _found(part)]
    if isinstance(item, list):
        return [found for part in item for found in _found(part)]
    return [item] if isinstance(item, (int, float)) and not isinstance(item, bool) else []
