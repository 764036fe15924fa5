"""Implementations by the names that specs give them, built on tensors without data and without weights."""

import inspect
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import wraps
from typing import Any, NamedTuple
from unittest import mock

import torch
from torch import nn

from . import clones, run, symbolic, theirs
from .theirs import Measured

Forward = Callable[..., Any]


class Built(NamedTuple):
    """A module, and what runs it on its input."""

    module: nn.Module
    forward: Forward


def build(name: str, args: Mapping[str, Any]) -> Built:
    """Return an implementation by its library and name, built by some keywords; in inference mode.

    Keywords that the builder itself fixes (`alpha` of mnasnet1_0) are put into the private function that it calls.
    `reparameterized` puts the branches of each layer together, as nets of timm are deployed.
    """
    library, _, model = name.partition(".")
    given = dict(args)
    fused = given.pop("reparameterized", False)
    builder, given = LIBRARIES[library](model, given)
    device = "cpu" if fused else "meta"
    try:
        module = _made(lambda: builder(**given), device)
    except TypeError:
        module = _made(lambda: _insisted(builder, given), device)
    if fused:
        from timm.utils.model import reparameterize_model

        module = reparameterize_model(module).to("meta").requires_grad_()
    module.eval()
    for part in module.modules():  # which only drop whole branches while they train
        for rate in ("p",) if type(part).__name__ == "StochasticDepth" else ("drop_prob",):
            if hasattr(part, rate):
                setattr(part, rate, 0.0)
    return Built(module, _forward(model, given))


def measured(
    name: str, args: Mapping[str, Any], sides: tuple[int, ...], made: dict[str, Built], *, train: bool
) -> Measured:
    """Return what is compared of an implementation on an input (c, h, w); `made` is the last one that was built.

    Where it is to `train`, what training saves is compared too. A model of Keras is built for its size and not run.
    """
    library, _, model = name.partition(".")
    if library in SYMBOLIC:
        return symbolic.measured(lambda: SYMBOLIC[library](model, dict(args), (*sides[1:], sides[0])))
    key = json.dumps(args, sort_keys=True, default=str)
    if key not in made:
        made.clear()
        made[key] = build(name, args)
    module, forward = made[key]
    module.eval()
    found = run.run(module, (torch.empty(1, *sides, device="meta"),), forward)
    module.train()
    inputs = (torch.empty(BATCH, *sides, device="meta"),)
    return theirs.measured(module, found, run.saved(module, inputs, forward) if train else None)


BATCH = 2  # of a training step: batch norm needs two values
COMMON = {"num_classes", "weights", "weights_backbone", "pretrained", "init_weights"}


def _insisted(builder: Callable[..., Any], given: Mapping[str, Any]) -> nn.Module:
    """Return what a builder makes, with some keywords put into the private functions of its module that fix them."""
    fixed = {key: value for key, value in given.items() if key not in COMMON}
    module = sys.modules[inspect.unwrap(builder).__module__]
    used: set[str] = set()
    with ExitStack() as stack:
        for label, function in list(vars(module).items()):
            if label.startswith("_") and inspect.isfunction(function) and function.__module__ == module.__name__:
                stack.enter_context(mock.patch.object(module, label, _with(function, fixed, used)))
        made: nn.Module = builder(**{key: value for key, value in given.items() if key in COMMON})
    if fixed.keys() - used:
        raise TypeError(f"no function of {module.__name__} takes {', '.join(fixed.keys() - used)}")
    return made


def _with(function: Callable[..., Any], fixed: Mapping[str, Any], used: set[str]) -> Callable[..., Any]:
    """Return a function that takes some arguments as they are fixed here, if it gets or has them; `used` are those."""
    signature = inspect.signature(function)

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        hands_on = bound.arguments.get("kwargs", {})
        for key, value in fixed.items():
            at = hands_on if key in hands_on else bound.arguments if key in signature.parameters else None
            if at is not None:
                at[key] = value
                used.add(key)
        return function(*bound.args, **bound.kwargs)

    return call


def _made(make: Callable[[], nn.Module], device: str) -> nn.Module:
    """Return a module without data: built so, or moved there where its code reads tensors while it builds."""
    try:
        with torch.device(device):
            return make()
    except (NotImplementedError, RuntimeError):
        return make().to("meta")


# libraries: (model, keywords) -> its builder, and the keywords without weights


def _torchvision(model: str, given: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return a builder of torchvision."""
    from torchvision import models

    if model in PARTS:
        return PARTS[model], given
    builder = models.get_model_builder(model)
    given = {"weights": None, **given}
    if "weights_backbone" in inspect.signature(builder).parameters:
        given["weights_backbone"] = None
    if model in ("googlenet", "inception_v3"):
        given["init_weights"] = False
    return builder, given


def _timm(model: str, given: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Return a builder of timm."""
    import timm

    return timm.model_entrypoint(model), given


def _cloned(library: str) -> Callable[[str, dict[str, Any]], tuple[Callable[..., Any], dict[str, Any]]]:
    """Return what gives builders of code that is in a clone."""
    return lambda model, given: (lambda **keywords: clones.BUILDERS[library](model, keywords), given)


LIBRARIES = {"torchvision": _torchvision, "timm": _timm, **{library: _cloned(library) for library in clones.CLONES}}
# whose models are of Keras: (model, keywords, (h, w, c)) -> it
SYMBOLIC = {"keras": symbolic.applied, "mlcommons": lambda model, given, _: clones.BUILDERS["mlcommons"](model, given)}


def _retinanet(num_classes: int, *, frozen: bool) -> nn.Module:
    """Return torchvision's RetinaNet on ResNet-50 with its batch norm frozen, as it is built with weights, or not."""
    from torchvision.models import resnet50
    from torchvision.models.detection import RetinaNet
    from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
    from torchvision.models.detection.retinanet import LastLevelP6P7
    from torchvision.ops.misc import FrozenBatchNorm2d

    body = resnet50(weights=None, norm_layer=FrozenBatchNorm2d if frozen else nn.BatchNorm2d)
    fpn = _resnet_fpn_extractor(body, 5, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(256, 256))
    return RetinaNet(fpn, num_classes)


def _bottleneck(c: int, c_out: int, m: int, s: int, groups: int) -> nn.Module:
    """Return torchvision's bottleneck of ResNet and ResNeXt, which has four times as many channels at its end."""
    from torchvision.models.resnet import Bottleneck

    planes, width = c_out // Bottleneck.expansion, m // groups
    assert planes * Bottleneck.expansion == c_out
    shape = [nn.Conv2d(c, c_out, 1, s, bias=False), nn.BatchNorm2d(c_out)]
    shortcut = nn.Sequential(*shape) if s != 1 or c != c_out else None
    module = Bottleneck(c, planes, s, shortcut, groups, (width + 0.5) * 64 / planes)  # which is cut
    assert module.conv2.in_channels == m
    return module


def _inverted(c: int, c_out: int, m: int, s: int) -> nn.Module:
    """Return torchvision's inverted residual of MobileNet V2."""
    from torchvision.models.mobilenetv2 import InvertedResidual

    assert m % c == 0
    return InvertedResidual(c, c_out, s, m // c)


PARTS = {"RetinaNet": _retinanet, "Bottleneck": _bottleneck, "InvertedResidual": _inverted}


# what runs them


def _forward(model: str, given: Mapping[str, Any]) -> Forward:
    """Return what runs a model: of detectors the backbone and the heads, which take a tensor; of YOLOv3 its maps."""
    if model.startswith(("ssd", "RetinaNet")):
        return _backbone_and_head
    return _with_heads if given.get("aux_logits") or model == "Darknet" else _whole


def _whole(module: nn.Module, x: torch.Tensor) -> Any:
    """Run a module on its input."""
    return module(x)


def _with_heads(module: nn.Module, x: torch.Tensor) -> Any:
    """Run a module whose auxiliary heads run, or whose maps stay apart, only while the outermost module trains."""
    before, module.training = module.training, True
    try:
        return module(x)
    finally:
        module.training = before


def _backbone_and_head(module: nn.Module, x: torch.Tensor) -> Any:
    """Run a detector on a batch of one size: no transform, no anchors, no decoding."""
    features = module.backbone(x)
    return module.head(list(features.values()) if isinstance(features, dict) else [features])
