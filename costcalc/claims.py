"""What a spec's table claims beside its rows, held against what the rows come to."""

import re
from collections.abc import Callable, Mapping, Sequence

from costcalc.errors import SpecError, quote
from costcalc.expr import Value
from costcalc.metrics import TOTAL_NAMES, total
from costcalc.network import Layer, Network
from costcalc.settings import overrides, resolve
from costcalc.shape import Shape
from costcalc.spec import Choice, Claim, Row, Spec


def chosen_claims(row: Row, settings: Mapping[str, Value], *, spread_only: bool) -> dict[str, Claim]:
    """Return the claims of a row at some settings, by column; those outside variant columns only where they hold."""
    chosen = {}
    for column, cell in row.claims.items():
        if isinstance(cell, Choice):
            claim = next((claim for value, claim in cell.cells if value == settings[cell.setting]), None)
        else:
            claim = None if spread_only else cell
        if claim is not None:
            chosen[column] = claim
    return chosen


def check_claims(
    claims: Mapping[str, Claim], inputs: Sequence[Shape], out: Shape, layers: Sequence[Layer]
) -> list[SpecError]:
    """Return what is wrong with the claims of one row.

    `inputs` are what its first repeat reads, `out` is what its last one gives, `layers` are all of its layers.
    """
    problems = []
    for column, claim in claims.items():
        right = CLAIMS[column](claim.text, inputs, out, layers)
        if right is not None:
            problems.append(SpecError(f"{quote(column)} says {quote(claim.text)}; the layers give {right}", claim.mark))
        elif claim.misprint and CLAIMS[column](claim.misprint.printed, inputs, out, layers) is None:
            sentence = f"the declared erratum is none: what was printed, {quote(claim.misprint.printed)}, is right"
            problems.append(SpecError(sentence, claim.misprint.mark))
    return problems


def check_totals(spec: Spec, network: Network) -> list[SpecError]:
    """Return what is wrong with the exact totals that a spec states for the settings of a network."""
    problems = []
    for entry in spec.totals:
        if resolve(spec, overrides(spec, entry.variant, entry.settings)).values != network.settings:
            continue
        totals = total(network.layers)
        for name, (figure, mark) in entry.figures.items():
            if totals.figure(name) != figure:
                problems.append(
                    SpecError(f"`totals` says {name} {figure:,}; the layers give {totals.figure(name):,}", mark)
                )
    return problems


def _sides(text: str) -> tuple[int, ...] | None:
    """Return the numbers of a size as papers print it, `112x112x32`, or None for another text."""
    return tuple(map(int, text.split("x"))) if re.fullmatch(r"\d{1,9}(x\d{1,9}){0,3}", text) else None


def _check_in(text: str, inputs: Sequence[Shape], out: Shape, layers: Sequence[Layer]) -> str | None:
    right = " and ".join(map(str, inputs))
    return None if len(inputs) == 1 and _sides(text) == (inputs[0].h, inputs[0].w, inputs[0].c) else right


def _check_out(text: str, inputs: Sequence[Shape], out: Shape, layers: Sequence[Layer]) -> str | None:
    return None if _sides(text) in ((out.h, out.w, out.c), (out.h, out.w)) else str(out)


def _check_figure(name: str) -> Callable[[str, Sequence[Shape], Shape, Sequence[Layer]], str | None]:
    def check(text: str, inputs: Sequence[Shape], out: Shape, layers: Sequence[Layer]) -> str | None:
        right = total(layers).figure(name)
        digits = text.replace(",", "").replace("_", "")
        return None if digits.isascii() and digits.isdigit() and int(digits[:30]) == right else f"{right:,}"

    return check


def _check_filter(text: str, inputs: Sequence[Shape], out: Shape, layers: Sequence[Layer]) -> str | None:
    """Compare a filter shape as papers print it: `3x3x3x32`, `3x3x32 dw`, `Pool 7x7`, `1024x1000`."""
    read = FILTERS.get(layers[0].op, _no_filter)
    right = read(layers[0]) if len(layers) == 1 else f"{len(layers)} layers"
    return None if " ".join(text.split()).lower() == right.lower() else right


def _no_filter(layer: Layer) -> str:
    return "no filter"


def _kernel(layer: Layer) -> str:
    k = layer.args["k"]
    return f"{k[0]}x{k[1]}"


FILTERS: Mapping[str, Callable[[Layer], str]] = {
    "conv": lambda layer: f"{_kernel(layer)}x{layer.ins[0].c // layer.args.get('g', 1)}x{layer.out.c}",
    "dwconv": lambda layer: f"{_kernel(layer)}x{layer.out.c} dw",
    "fc": lambda layer: f"{layer.ins[0].size}x{layer.out.c}",
    "maxpool": lambda layer: f"Pool {_kernel(layer)}",
    "avgpool": lambda layer: f"Pool {_kernel(layer)}",
    "gap": lambda layer: f"Pool {layer.ins[0].h}x{layer.ins[0].w}",
    "gmp": lambda layer: f"Pool {layer.ins[0].h}x{layer.ins[0].w}",
}

CLAIMS: Mapping[str, Callable[[str, Sequence[Shape], Shape, Sequence[Layer]], str | None]] = {
    "in": _check_in,
    "out": _check_out,
    "filter": _check_filter,
    "params": _check_figure("params"),
    "macs": _check_figure("macs"),
}
CLAIM_COLUMNS = tuple(CLAIMS)
FIGURE_NAMES = TOTAL_NAMES
