"""Random layers against two oracles: the modules of torch.nn, and a walk that counts each product of a convolution."""

import random
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from costcalc.ops import OPS
from costcalc.ops.cost import OpError
from costcalc.ops.shape import Shape

TESTS = Path(__file__).parents[2] / "tests"  # where random layers, modules and the walk are written down


class Counted(NamedTuple):
    """Layers compared with one oracle, by layer type, and how many were equal."""

    oracle: str
    kinds: int
    layers: int
    equal: int
    first: str


def _tests(module: str) -> Any:
    """Return a module of the tests."""
    sys.path.insert(0, str(TESTS))
    return __import__(module)


def compared(oracle: str, pairs: Iterator[tuple[str, Any, Any]]) -> Counted:
    """Return how many of (kind, ours, theirs) are equal."""
    kinds: set[str] = set()
    layers = equal = 0
    first = ""
    for kind, own, other in pairs:
        kinds.add(kind)
        layers += 1
        equal += own == other
        first = first or ("" if own == other else f"{kind}: {own} | {other}")
    return Counted(oracle, len(kinds), layers, equal, first)


def modules(number: int, seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Yield random layers of every type as they are counted here, and as torch.nn has them on tensors without data."""
    known = _tests("test_torch_layers")
    kinds = list(known.KINDS)
    for index, (op, ins, cells, layer) in enumerate(known.drawn(number, seed)):
        yield kinds[index % len(kinds)], list(known.counted(op, ins, cells)), list(known.measured(ins, layer))


def walked(number: int, seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Yield random convolutions as they are counted here, and as a walk over every product counts them."""
    walk: Callable[..., Any] = _tests("test_ops").walk
    yield from islice(_walked(random.Random(seed), walk), number)  # noqa: S311 - the same layers on every run


def _walked(draw: random.Random, walk: Callable[..., Any]) -> Iterator[tuple[str, Any, Any]]:
    while True:
        g, k, s, d = draw.randint(1, 3), *((draw.randint(1, 3), draw.randint(1, most)) for most in (3, 3, 2))
        x = Shape(g * draw.randint(1, 3), draw.randint(1, 9), draw.randint(1, 9))
        depthwise = draw.random() < 1 / 3
        c = x.c * draw.randint(1, 3) if depthwise else g * draw.randint(1, 3)
        pads = tuple(draw.randint(0, 3) for _ in range(4))
        if any(side + sum(pad) < e for side, pad, e in zip(x[1:], (pads[:2], pads[2:]), _extents(k, d), strict=True)):
            continue  # a window that does not fit, which is refused
        op, groups = ("dwconv", x.c) if depthwise else ("conv", g)
        cells = {"k": k, "c": c, "s": s, "d": d, "p": pads, **({} if depthwise else {"g": g})}
        yield op, _cost(op, x, cells), walk(x, c, groups, k, s, d, pads)


def _extents(k: tuple[int, int], d: tuple[int, int]) -> tuple[int, ...]:
    return tuple(step * (size - 1) + 1 for size, step in zip(k, d, strict=True))


def _cost(op: str, x: Shape, cells: dict[str, Any]) -> Any:
    """Return what a walk counts, as it is counted here; or the words of a refusal."""
    columns = OPS[op].columns
    try:
        cost = OPS[op].run([x], OPS[op].filled({name: columns[name].read(cell) for name, cell in cells.items()}))
    except OpError as error:
        return str(error)
    return cost.out, cost.weights, cost.conv_macs, cost.activations
