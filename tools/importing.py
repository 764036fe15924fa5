"""Import many models, and hold each to what PyTorch counts: `python tools/importing.py torchvision`, `timm` or a NAME.

Needs PyTorch, torchvision and timm; `--form onnx-old` and `onnx-new` (PyTorch's exporters) need onnx and onnxscript,
`--form keras` needs Keras on PyTorch. A NAME is a factory (`torchvision.models:resnet18`), a model of timm
(`timm:resnet50d`) or of keras.applications (`keras:MobileNetV2`). One line a model, at its own resolution: whether the
parameters that its outputs depend on and the MACs are those of a run on tensors without data, the same at a second
resolution, whether that is the setting `res` of the spec, and its lines; or why it was refused. Exporters fold norms:
of ONNX files weights are compared, not parameters. At the end the line of the table in docs/importing.md.

`--keep FILE` adds each result to a file and skips what is there; `--files FOLDER` keeps ONNX files that were written;
`--tables` is that of `costcalc import`.
"""

# ruff: noqa: SIM905 - names are read more easily without quotes

import argparse
import json
import logging
import math
import os
import statistics
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import timm
import torch
import torchvision.models
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from costcalc import importer
from costcalc.analysis.api import Spec
from costcalc.common.errors import Source, SpecError
from costcalc.specfile import load_source

SIDE = 224  # of a model of Keras that takes any
STEP = 32  # pixels to the second resolution
MULTIPLIES = (nn.modules.conv._ConvNd, nn.Linear, nn.MultiheadAttention)  # noqa: SLF001 - the class has no other name
TIMM = """
    mobilenetv1_100 mobilenetv2_100 mobilenetv3_large_100 mobilenetv3_small_100 mobilenetv4_conv_small efficientnet_b0
    efficientnet_lite0 efficientnetv2_s tf_efficientnet_b0 tf_efficientnetv2_b0 tf_mobilenetv3_large_100 mnasnet_100
    semnasnet_100 fbnetc_100 fbnetv3_b spnasnet_100 hardcorenas_a tinynet_a lcnet_100 ghostnet_100 ghostnetv2_100
    mixnet_s rexnet_100 resnet50 resnet50d resnet10t seresnet50 resnext50_32x4d wide_resnet50_2 res2net50_26w_4s
    regnetx_002 regnety_002 repvgg_a0 mobileone_s0 densenet121 dla34 dpn68 hrnet_w18_small inception_v3 inception_v4
    inception_resnet_v2 xception41 legacy_xception cspresnet50 cspdarknet53 darknet53 ese_vovnet39b vovnet39a selecsls42
    skresnet18 ecaresnet50d gcresnet50t nasnetalarge vgg16 convnext_atto convnextv2_atto convmixer_768_32 mixer_s32_224
    vit_tiny_patch16_224 deit_tiny_patch16_224 poolformer_s12 starnet_s1 repvit_m1 resmlp_12_224
    swin_tiny_patch4_window7_224
""".split()


class Counts(NamedTuple):
    """What a framework counts: parameters that the outputs depend on, those that multiply, and MACs."""

    params: int
    weights: int | None
    macs: int


class Model(NamedTuple):
    """A model of a framework: its name, the function that builds the module, and the side of its input."""

    name: str
    make: Any
    side: int


def named(asked: list[str]) -> list[str]:
    """Return the models of what was asked for: families, or models by their names."""
    families = {
        "torchvision": [f"torchvision.models:{name}" for name in torchvision.models.list_models(torchvision.models)],
        "timm": [f"timm:{name}" for name in TIMM],
    }
    if "keras" in asked:
        import keras

        families["keras"] = [f"keras:{name}" for name in dir(keras.applications) if name[0].isupper()]
    return [name for word in asked or families for name in families.get(word, [word])]


def model(name: str) -> Model:
    """Return a model by its name."""
    module, _, called = name.partition(":")
    if module == "timm":
        side = timm.get_pretrained_cfg(called).input_size[1]
        return Model(name, lambda: timm.create_model(called), side)
    weights = list(torchvision.models.get_model_weights(called))
    first = next((entry for entry in weights if entry.name == "IMAGENET1K_V1"), weights[0])
    side = min(first.transforms().crop_size[0], limit(called))
    return Model(name, getattr(torchvision.models, called), side)


def limit(model: str) -> int:
    """Return the largest input that a model takes as it is built: one of torchvision has weights for a larger one."""
    return 224 if model.startswith("vit_") else 10_000


def built(make: Any) -> Any:
    """Return a module without weights: built so, or moved there where its code reads tensors while it builds."""
    try:
        with torch.device("meta"):
            return make().eval()
    except (NotImplementedError, RuntimeError):
        return make().eval().to("meta")


def counted(made: Model, side: int) -> Counts:
    """Return the counts of a run at one resolution."""
    torch.backends.mha.set_fastpath_enabled(False)
    net = built(made.make)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        out = net(torch.empty(1, 3, side, side, device="meta"))
    out.sum().backward()
    run = [p for p in net.parameters() if p.grad is not None]
    holders = [module for module in net.modules() if isinstance(module, MULTIPLIES)]
    own = {id(p): p for module in holders for p in module.parameters(recurse=False) if p.grad is not None}
    weights = sum(p.numel() for p in own.values() if p.dim() > 1)
    return Counts(sum(p.numel() for p in run), weights, counter.get_total_flops() // 2)


def alike(network: Any, counts: Counts, form: str) -> bool:
    """Return whether a network has what a framework counts; weights alone where norms are folded."""
    totals = network.totals
    mine = sum(layer.cost.weights for layer in network.layers) if form.startswith("onnx") else totals.params
    return (mine, totals.macs) == (counts.weights if form.startswith("onnx") else counts.params, counts.macs)


def of_torch(made: Model) -> Any:
    """Import a module that `torch.export` traces."""
    module, _, called = made.name.partition(":")
    if module == "timm":
        setattr(sys.modules.setdefault("models_of_timm", ModuleType("models_of_timm")), called, made.make)
        module = "models_of_timm"
    return importer.load(f"torch:{module}:{called}", (3, made.side, made.side))


def of_onnx(made: Model, form: str, folder: Path, *, tables: bool = False) -> Any:
    """Import the ONNX file of a module, written first where it is missing."""
    module, _, called = made.name.partition(":")
    path = folder / form / module.partition(".")[0] / f"{called}@{made.side}.onnx"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        x, net = torch.zeros(1, 3, made.side, made.side), made.make().eval()
        newer = {"dynamo": True, "verbose": False} if form == "onnx-new" else {"dynamo": False}
        torch.onnx.export(net, (x,), str(path), **newer)
    return importer.load(str(path), tables=tables)


def of_keras(name: str) -> dict[str, Any]:
    """Return what came of a model of keras.applications, whose configuration is read."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    try:
        with torch.device("meta"):
            net = getattr(keras.applications, name.partition(":")[2])(weights=None)
    except ValueError as error:  # Keras builds NASNet on other frameworks alone
        return {"not built": str(error)}
    sides = [side or SIDE for side in net.input_shape[1:3]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_text(net.to_json())
        found = importer.load(str(path), (3, *sides))
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(torch.empty(1, *sides, 3, device="meta"))
    params = sum(math.prod(weight.shape) for weight in net.trainable_weights)
    counts = Counts(params, None, counter.get_total_flops() // 2)
    return told(found) | {"exact": alike(found.network, counts, "keras")}


def told(found: Any) -> dict[str, Any]:
    """Return the figures of an imported model."""
    lines = sum(1 for line in found.text.splitlines() if line and not line.startswith("#"))
    return {"params": found.network.totals.params, "macs": found.network.totals.macs, "lines": lines}


def tried(name: str, form: str, folder: Path, *, tables: bool = False) -> dict[str, Any]:
    """Return what came of one model."""
    try:
        if name.startswith("keras:"):
            return of_keras(name)
        made = model(name)
        found = of_torch(made) if form == "torch" else of_onnx(made, form, folder, tables=tables)
    except SpecError as error:
        return {"refused": error.notes[0] if error.notes else error.sentence}
    result = {"exact": alike(found.network, counted(made, made.side), form), **told(found)}
    second, result["res"] = None, "settings: {res: " in found.text
    if result["res"]:
        second = Spec(load_source(Source(name, found.text)), name).build(res=made.side + STEP)
    elif form == "torch":
        second = imported_at(made._replace(side=made.side + STEP))
    if second is not None:
        result["second"] = alike(second, counted(made, made.side + STEP), form)
    return result


def imported_at(made: Model) -> Any:
    """Return the network of a module at another resolution; None where the module takes one alone."""
    try:
        return of_torch(made).network
    except SpecError:
        return None


def main() -> None:
    """Print a line for each model, and what they are together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--form", default="torch", choices=("torch", "onnx-old", "onnx-new", "keras"))
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--files", type=Path, default=Path(tempfile.gettempdir()) / "importing")
    parser.add_argument("--tables", action="store_true")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    kept = asked.keep.read_text().splitlines() if asked.keep and asked.keep.exists() else []
    found = dict(json.loads(line) for line in kept)
    names = named(["keras"] if asked.form == "keras" else asked.names)
    for name in names:
        if name not in found:
            found[name] = tried(name, asked.form, asked.files, tables=asked.tables)
            if asked.keep:
                with asked.keep.open("a") as stream:
                    stream.write(json.dumps([name, found[name]]) + "\n")
        print(f"{name}: {', '.join(f'{key} {value}' for key, value in found[name].items())}", flush=True)
    print(summary([found[name] for name in names]))


def summary(results: list[dict[str, Any]]) -> str:
    """Return the line of the table, and the median of lines."""
    lines = [told["lines"] for told in results if "lines" in told]
    columns = (
        len(results),
        sum(told.get("exact") is True for told in results),
        sum(told.get("second") is True for told in results),
        sum(told.get("res") is True for told in results),
        sum(False in (told.get("exact"), told.get("second")) for told in results),
        sum("refused" in told for told in results),
    )
    first = "| tried, exact, exact at a second resolution, `res`, other counts, refused | "
    median = statistics.median(lines) if lines else "none"
    return f"{first}{' | '.join(map(str, columns))} |\nmedian lines: {median}"


if __name__ == "__main__":
    main()
