"""What other programs count of an implementation, each under the convention that says how it counts."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from costcalc import specfile
from costcalc.network.metrics import CONVENTIONS, Measure
from costcalc.network.model import Network
from costcalc.unfold.interpreter import build as unfold

from . import grid, models, run, theirs
from .models import Built

PROGRAMS = ("fvcore", "thop", "torchinfo", "ptflops", "calflops")
SMALL = 4 * 10**9  # MACs of the networks that programs run which need data
NEED_DATA = ("fvcore", "ptflops")  # which count other operations on tensors without
ON_IDLE = {"fvcore": 1, "thop": 2, "ptflops": 2}  # what one counts for an input of an adaptive pool


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


class Total(NamedTuple):
    """A program's total of one network, and what it is here; `idle` are inputs of pools that change nothing."""

    program: str
    own: int
    other: int
    idle: int


def compared(files: Iterable[str]) -> list[dict[str, Any]]:
    """Return a line for each program: networks of torchvision, at their own settings, and how many totals are equal."""
    found: dict[str, dict[str, Any]] = {}
    for file in files:
        for total in _totals(file):
            convention = _convention(total.program)
            start = {"program": total.program, "convention": convention, "networks": 0, "equal": 0, "explained": 0}
            row = found.setdefault(total.program, {**start, "different": []})
            more = total.other - total.own
            idle = more == total.idle * ON_IDLE.get(total.program, 0)
            row["networks"] += 1
            row["equal"] += not more
            row["explained"] += bool(more and idle)
            row["different"] += [f"{file}: {total}"] if more and not idle else []
            print(file, total, flush=True)
    return list(found.values())


def _convention(program: str) -> str:
    return program if program in CONVENTIONS else "conv+fc"


def _totals(file: str) -> Iterator[Total]:
    """Yield every program's total of each member that torchvision has."""
    spec = specfile.load(file)[0]
    for match in spec.matches:
        for variant, name in match.models.items():
            if name.startswith("torchvision."):
                point = next(grid.points(spec, match, variant))
                yield from _of_one(unfold(spec, dict(point.settings)), name, point.args)


def _of_one(network: Network, name: str, args: Mapping[str, Any]) -> Iterator[Total]:
    """Yield every program's total of one network; those that need data leave large ones out."""
    built = models.build(name, args)
    x = torch.empty(1, *network.input, device="meta")
    idle = sum(theirs.events(run.run(built.module, (x,), built.forward))[1])
    for program in COUNTERS:
        own = network._replace(measure=Measure(macs=CONVENTIONS[_convention(program)])).totals.macs
        needs = program in NEED_DATA
        if needs and network.totals.macs > SMALL:
            continue
        fresh = models.build(name, args)  # since programs leave hooks behind
        if needs:
            fresh = fresh._replace(module=fresh.module.to_empty(device="cpu"))
        given = torch.zeros(1, *network.input) if needs else x
        yield Total(program, own, counted(program, fresh, given), idle)
