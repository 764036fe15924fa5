"""Import many models, and hold each to what its framework counts: `python tools/importing.py NAME ...`.

Needs PyTorch, torchvision and timm. A NAME is a factory (`torchvision.models:resnet18`) or a model of timm
(`timm:resnet50d`); without one, all classifiers of torchvision. One line a model: its parameters and MACs against those
that PyTorch counts on a run without weights, the lines of its spec, or why it was refused.
"""

import sys
from types import ModuleType
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from costcalc import importer
from costcalc.common.errors import SpecError


def factory(name: str) -> tuple[str, Any]:
    """Return what the importer is asked for, and the function that builds the module."""
    module, _, model = name.partition(":")
    if module == "timm":
        import timm

        here = ModuleType("models_of_timm")
        sys.modules[here.__name__] = here
        setattr(here, model, lambda: timm.create_model(model))
        return f"torch:{here.__name__}:{model}", getattr(here, model)
    return f"torch:{name}", getattr(__import__(module, fromlist=[model]), model)


def counted(make: Any) -> tuple[int, int]:
    """Return (parameters, MACs) as PyTorch has them."""
    torch.backends.mha.set_fastpath_enabled(False)
    net = make().eval().to("meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        net(torch.empty(1, 3, 224, 224, device="meta"))
    return sum(parameter.numel() for parameter in net.parameters()), counter.get_total_flops() // 2


def main() -> None:
    """Print a line for each model."""
    import torchvision.models

    names = sys.argv[1:] or [
        f"torchvision.models:{name}" for name in torchvision.models.list_models(torchvision.models)
    ]
    for name in names:
        source, make = factory(name)
        try:
            found = importer.load(source)
        except SpecError as error:
            print(f"{name}: refused: {error.notes[0] if error.notes else error.sentence}")
            continue
        totals = found.network.totals
        lines = sum(1 for line in found.text.splitlines() if line and not line.startswith("#"))
        verdict = "exact" if (totals.params, totals.macs) == counted(make) else "differs (parameters that do not run?)"
        print(f"{name}: {verdict}, {totals.params:,} parameters, {totals.macs:,} MACs, {lines} lines")


if __name__ == "__main__":
    main()
