"""Import many models, and hold each to what PyTorch counts: `python tools/importing.py torchvision`, `timm` or a NAME.

Needs PyTorch, torchvision and timm. A NAME is a factory (`torchvision.models:resnet18`) or a model of timm
(`timm:resnet50d`). One line a model, at its own resolution: whether the parameters that its outputs depend on and the
MACs are those of a run on tensors without data, the same at a second resolution where the spec has one as its setting,
and the lines of the spec; or why it was refused. At the end the line of the table in docs/importing.md.
"""

# ruff: noqa: SIM905 - names are read more easily without quotes

import statistics
import sys
from types import ModuleType
from typing import Any

import timm
import torch
import torchvision.models
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from costcalc import importer
from costcalc.analysis.api import Spec
from costcalc.common.errors import Source, SpecError
from costcalc.specfile import load_source

STEP = 32  # pixels to the second resolution
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


def named(asked: list[str]) -> list[str]:
    """Return the models of what was asked for: families, or models by their names."""
    families = {
        "torchvision": [f"torchvision.models:{name}" for name in torchvision.models.list_models(torchvision.models)],
        "timm": [f"timm:{name}" for name in TIMM],
    }
    return [name for word in asked or families for name in families.get(word, [word])]


def factory(name: str) -> tuple[str, Any, int]:
    """Return what the importer is asked for, the function that builds the module, and the side of its input."""
    module, _, model = name.partition(":")
    if module == "timm":
        here = sys.modules.setdefault("models_of_timm", ModuleType("models_of_timm"))
        setattr(here, model, lambda: timm.create_model(model))
        return f"torch:models_of_timm:{model}", getattr(here, model), timm.get_pretrained_cfg(model).input_size[1]
    weights = list(torchvision.models.get_model_weights(model))
    first = next((entry for entry in weights if entry.name == "IMAGENET1K_V1"), weights[0])
    return f"torch:{name}", getattr(torchvision.models, model), min(first.transforms().crop_size[0], limit(model))


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


def counted(make: Any, side: int) -> tuple[int, int]:
    """Return the parameters that the outputs depend on, and the MACs, of a run at one resolution."""
    torch.backends.mha.set_fastpath_enabled(False)
    net = built(make)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        out = net(torch.empty(1, 3, side, side, device="meta"))
    out.sum().backward()
    return sum(p.numel() for p in net.parameters() if p.grad is not None), counter.get_total_flops() // 2


def tried(name: str) -> dict[str, Any]:
    """Return what came of one model."""
    source, make, side = factory(name)
    try:
        found = importer.load(source, (3, side, side))
    except SpecError as error:
        return {"refused": error.notes[0] if error.notes else error.sentence}
    totals = found.network.totals
    told = {"exact": (totals.params, totals.macs) == counted(make, side), "params": totals.params, "macs": totals.macs}
    told["lines"] = sum(1 for line in found.text.splitlines() if line and not line.startswith("#"))
    if "settings: {res: " in found.text:
        other = Spec(load_source(Source(name, found.text)), name).build(res=side + STEP).totals
        told["second"] = (other.params, other.macs) == counted(make, side + STEP)
    return told


def main() -> None:
    """Print a line for each model, and what they are together."""
    found = {}
    for name in named(sys.argv[1:]):
        told = found[name] = tried(name)
        print(f"{name}: {', '.join(f'{key} {value}' for key, value in told.items())}", flush=True)
    lines = [told["lines"] for told in found.values() if "lines" in told]
    columns = (
        len(found),
        sum(told.get("exact") is True for told in found.values()),
        sum(told.get("second") is True for told in found.values()),
        sum(False in (told.get("exact"), told.get("second")) for told in found.values()),
        sum("refused" in told for told in found.values()),
    )
    print(f"| tried, exact, exact at a second resolution, other counts, refused | {' | '.join(map(str, columns))} |")
    print(f"median lines: {statistics.median(lines) if lines else 'none'}")


if __name__ == "__main__":
    main()
