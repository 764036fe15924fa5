"""What other programs count of an implementation, each under the convention that says how it counts."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout, suppress
from itertools import combinations
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
MOST = 3  # causes of one difference
PARTS = {  # which count may be left out, by the name of the cause
    "norm_elems": "norms",
    "norm": "norms",
    "act_elems": "activations",
    "interp_elems": "upsampling",
    "pool_inputs": "pools",
    "pool_outputs": "pools",
    "matmul_macs": "attention",
}
LIBRARIES = {"torchvision": (*PROGRAMS, "ptflops-aten", "flopcounter"), "timm": PROGRAMS[:4]}


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
    """A program's total of one network, what it is here, and what the program may count otherwise, by its name."""

    program: str
    own: int
    other: int
    parts: Mapping[str, int]

    @property
    def causes(self) -> tuple[str, ...] | None:
        """The fewest parts that make the difference, to the last one counted; None where none do."""
        sets = (names for size in range(MOST + 1) for names in combinations(self.parts, size))
        return next((names for names in sets if sum(map(self.parts.get, names)) == self.other - self.own), None)


def compared(totals: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each program and library: how many totals are the same, or explained, by what."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in totals:
        total, library = Total(**one["total"]), one["model"].partition(".")[0]
        start = {"program": total.program, "convention": _convention(total.program), "library": library}
        start |= {"networks": 0, "equal": 0, "explained": 0, "causes": Counter(), "different": []}
        row = found.setdefault((total.program, library), start)
        row["networks"] += 1
        row["equal"] += total.causes == ()
        row["explained"] += bool(total.causes)
        row["causes"].update(total.causes or ())
        row["different"] += [one["model"]] if total.causes is None else []
    return [found[key] for key in sorted(found)]


def _parts(network: Network, program: str, idle: int) -> dict[str, int]:
    """Return what a program may count otherwise than its convention, by the name of the cause."""
    found: Counter[str] = Counter()
    pools = [layer for layer in network.layers if layer.op == "gap"]
    for term in CONVENTIONS[_convention(program)].terms:
        for layer in network.layers:
            name = PARTS.get(term.what, "")
            name = "gates" if name == "pools" and layer in pools[:-1] else name
            found[name] -= term.of(layer) if name and (name != "attention" or layer.op == name) else 0
    found["idle"] = idle * ON_IDLE.get(program, 0)
    found["pool module"] = sum(layer.cost.pool_inputs + layer.out.size * (program == "thop") for layer in pools[-1:])
    found["bias"] = sum(layer.cost.bias_adds for layer in network.layers if layer.op == "linear")
    return {name: value for name, value in found.items() if name and value}


def _convention(program: str) -> str:
    return program if program in CONVENTIONS else "conv+fc"


def totals(file: str) -> Iterator[dict[str, Any]]:
    """Yield every program's total of one member that torchvision has, and of one that timm has."""
    spec = specfile.load(file)[0]
    members = [(match, *member) for match in spec.matches for member in match.models.items()]
    for library, programs in LIBRARIES.items():
        for match, variant, name in [one for one in members if one[2].startswith(f"{library}.")][:1]:
            point = next(grid.points(spec, match, variant))
            for total in _of_one(unfold(spec, dict(point.settings)), name, point.args, programs):
                yield {"spec": file, "model": name, "total": total._asdict()}


def _of_one(network: Network, name: str, args: Mapping[str, Any], programs: Iterable[str]) -> Iterator[Total]:
    """Yield the total of programs of one network; those that need data leave large ones out, and detectors all."""
    built = models.build(name, args)
    x = torch.empty(1, *network.input, device="meta")
    idle = sum(theirs.events(run.run(built.module, (x,), built.forward))[1])
    for program in programs:
        own = network._replace(measure=Measure(macs=CONVENTIONS[_convention(program)])).totals.macs
        needs = program in NEED_DATA
        if needs and network.totals.macs > SMALL:
            continue
        fresh = models.build(name, args)  # since programs leave hooks behind
        if needs:
            fresh = fresh._replace(module=fresh.module.to_empty(device="cpu"))
        given = torch.zeros(1, *network.input) if needs else x
        with suppress(NotImplementedError):  # of detectors, which call what needs data
            yield Total(program, own, counted(program, fresh, given), _parts(network, program, idle))
