"""Implementations from repositories that no package index has: read from clones in a folder, which `CLONES` names."""

import ast
import itertools
import os
import types
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

FOLDER = "COSTCALC_ORACLE_CLONES"  # the environment variable that says where clones are
CLONES = {
    "jvanvugt": "jvanvugt/pytorch-unet",
    "megvii": "megvii-model/ShuffleNet-Series",
    "eriklindernoren": "eriklindernoren/PyTorch-YOLOv3",
    "pytorch_examples": "pytorch/examples",
    "mlcommons": "mlcommons/tiny",
}
TORCH = {
    "torch": torch,
    "nn": nn,
    "F": nn.functional,
    "np": np,
    "OrderedDict": OrderedDict,
    "chain": itertools.chain,
    "List": list,
    "Tuple": tuple,
    "os": os,
}


def there(library: str) -> bool:
    """Return whether the clone of a library is there; libraries that need none are."""
    return library not in CLONES or (FOLDER in os.environ and _clone(library).is_dir())


def _clone(library: str) -> Path:
    return Path(os.environ[FOLDER]) / CLONES[library].partition("/")[2]


def defined(library: str, files: tuple[str, ...], **known: Any) -> types.SimpleNamespace:
    """Return the classes and functions of some files, without what else the files do; `known` is what they name."""
    names = dict(known)
    for file in files:
        tree = ast.parse((_clone(library) / file).read_text(encoding="utf-8"))
        body = [node for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
        exec(compile(ast.Module(body, []), file, "exec"), names)  # noqa: S102 - the code that is compared
    return types.SimpleNamespace(**{key: value for key, value in names.items() if key.isidentifier()})


def _unet(_: str, given: dict[str, Any]) -> nn.Module:
    factor = given.pop("width").bit_length() - 1  # the logarithm of the first layer's filters
    module: nn.Module = defined("jvanvugt", ("unet.py",), **TORCH).UNet(**given, wf=factor)
    return module


def _shufflenet(_: str, given: dict[str, Any]) -> nn.Module:
    files = ("ShuffleNetV1/blocks.py", "ShuffleNetV1/network.py")
    size = f"{float(given.pop('width'))}x"
    code = defined("megvii", files, print=lambda *_: None, **TORCH)
    module: nn.Module = code.ShuffleNetV1(model_size=size, **given)
    return module


def _darknet(_: str, given: dict[str, Any]) -> nn.Module:
    """Return YOLOv3 of its configuration; its boxes are not decoded."""
    files = ("pytorchyolo/utils/parse_config.py", "pytorchyolo/models.py")
    code = defined("eriklindernoren", files, **TORCH)
    read, boxes = code.parse_model_config, 3 * (5 + given["classes"])

    def parsed(path: str) -> list[dict[str, Any]]:
        blocks: list[dict[str, Any]] = read(path)
        for block, after in itertools.pairwise(blocks):
            if after["type"] == "yolo":
                block["filters"] = str(boxes)
        return blocks

    code.Darknet.__init__.__globals__["parse_model_config"] = parsed
    module: nn.Module = code.Darknet(str(_clone("eriklindernoren") / "config/yolov3.cfg"))
    for part in module.modules():
        if type(part).__name__ == "YOLOLayer":
            part.forward = lambda x, _: x  # type: ignore[method-assign, assignment]
    return module


def _dcgan(model: str, given: dict[str, Any]) -> nn.Module:
    module: nn.Module = getattr(defined("pytorch_examples", ("dcgan/main.py",), nc=3, **given, **TORCH), model)(ngpu=0)
    return module


def _tiny(model: str, given: dict[str, Any]) -> Any:
    """Return a Keras model of MLPerf Tiny's references."""
    import keras

    def depthwise(**given: Any) -> Any:  # whose `kernel_` keywords, gone from Keras, say how weights start
        return keras.layers.DepthwiseConv2D(
            **{k: v for k, v in given.items() if not k.startswith(("kernel_i", "kernel_r"))}
        )

    layers = {name: getattr(keras.layers, name) for name in dir(keras.layers) if name[0].isupper()}
    layers["DepthwiseConv2D"] = depthwise
    tf = types.SimpleNamespace(keras=keras)
    known = {**layers, "tf": tf, "np": np, "keras": keras, "Model": keras.Model, "l2": keras.regularizers.l2}
    known["print"] = lambda *_: None
    code = defined("mlcommons", (f"benchmark/training/{TINY[model][0]}/{TINY[model][1]}.py",), **known)
    if model != "ds_cnn":
        return getattr(code, TINY[model][2])(**given)
    sound = {"sample_rate": 16000, "clip_duration_ms": 1000, "window_size_ms": 30, "window_stride_ms": 20}
    features = {"feature_type": "mfcc", "dct_coefficient_count": 10, "num_classes": 12, "model_architecture": model}
    features["learning_rate"] = 0.001
    return code.get_model(types.SimpleNamespace(**sound, **features))


TINY = {
    "resnet8": ("image_classification", "keras_model", "resnet_v1_eembc"),
    "mobilenet": ("visual_wake_words", "vww_model", "mobilenet_v1"),
    "autoencoder": ("anomaly_detection", "keras_model", "get_model"),
    "ds_cnn": ("keyword_spotting", "keras_model", "get_model"),
}
BUILDERS: Mapping[str, Callable[[str, dict[str, Any]], Any]] = {
    "jvanvugt": _unet,
    "megvii": _shufflenet,
    "eriklindernoren": _darknet,
    "pytorch_examples": _dcgan,
    "mlcommons": _tiny,
}
