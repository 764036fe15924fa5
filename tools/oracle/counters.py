"""What other programs count of an implementation, each under the convention that says how it counts."""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from .models import Built


def _fvcore(built: Built, x: torch.Tensor) -> int:
    from fvcore.nn import FlopCountAnalysis

    counted = FlopCountAnalysis(_called(built), x)
    counted.unsupported_ops_warnings(enabled=False).uncalled_modules_warnings(enabled=False)
    return int(counted.total())


def _thop(built: Built, x: torch.Tensor) -> int:
    from thop import profile

    return int(profile(built.module, (x,), verbose=False)[0])


def _torchinfo(built: Built, x: torch.Tensor) -> int:
    from torchinfo import summary

    return int(summary(_called(built), input_data=x, device="meta", verbose=0).total_mult_adds)


def _ptflops(backend: str) -> Callable[[Built, torch.Tensor], int]:
    def count(built: Built, x: torch.Tensor) -> int:
        from ptflops import get_model_complexity_info

        shape = tuple(x.shape[1:])
        more = {"as_strings": False, "print_per_layer_stat": False, "verbose": False, "backend": backend}
        return int(get_model_complexity_info(built.module, shape, input_constructor=lambda _: {"x": x}, **more)[0])

    return count


def _calflops(built: Built, x: torch.Tensor) -> int:
    from calflops import calculate_flops

    found = calculate_flops(built.module, args=[x], print_results=False, output_as_string=False)
    return int(found[1])


def _flopcounter(built: Built, x: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter:
        built.forward(built.module, x)
    return int(counter.get_total_flops())


class _Called(nn.Module):
    def __init__(self, built: Built) -> None:
        super().__init__()
        self.inner, self.run = built.module, built.forward

    def forward(self, x: torch.Tensor) -> object:
        """Run what is inside as the comparison does."""
        return self.run(self.inner, x)


def _called(built: Built) -> nn.Module:
    """Return a module whose call is the run that is compared."""
    return _Called(built)


COUNTERS: Mapping[str, Callable[[Built, torch.Tensor], int]] = {
    "fvcore": _fvcore,
    "thop": _thop,
    "torchinfo": _torchinfo,
    "ptflops": _ptflops("pytorch"),
    "ptflops-aten": _ptflops("aten"),
    "flopcounter": _flopcounter,
    "calflops": _calflops,
}


def counted(name: str, built: Built, x: torch.Tensor) -> int:
    """Return what one program counts, whatever else it prints."""
    with torch.no_grad(), redirect_stdout(io.StringIO()):
        return COUNTERS[name](built, x)
