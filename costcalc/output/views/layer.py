"""The view of `layer`: one layer by itself, or layers in a row next to others on the same input."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.common.table import Column, Document, Table, Working
from costcalc.common.units import shown_shape
from costcalc.network.metrics import Measure
from costcalc.output.views import worked
from costcalc.output.views.heading import schema
from costcalc.teaching.explain import COUNTED, MEASURES, working
from costcalc.teaching.explain.formula import WrittenNumber
from costcalc.teaching.explain.ratio import Ratio, ratio
from costcalc.teaching.explain.single import Single

UNIT = "MACs of conv and fc, per image"
COLUMNS = (
    Column("side", "side", drop=1),
    Column("layer", "layer"),
    Column("kind", "kind", drop=3),
    Column("out", "output", drop=2),
    Column("params", "parameters", "int"),
    Column("macs", "MACs", "int"),
)
OTHER = "of the formula that it is named by"  # what any other name of a closed form is for
NAMES = {
    "M": "input channels",
    "N": "output channels",
    "h": "input height",
    "w": "input width",
    "h'": "output height",
    "w'": "output width",
}


def alone(layer: Single) -> Document:
    """Return what `layer` shows of one layer: its workings, and what other conventions count."""
    return Document(
        ((worked.columns_of(layer), layer.cost.kind), (worked.shapes(layer), UNIT)),
        worked.conventions(layer),
        worked.notes(layer),
        lambda: {**schema("layer"), "layers": [worked.entries(layer)]},
        workings=worked.workings(layer),
    )


def compared(this: Sequence[Single], versus: Sequence[Single]) -> Document:
    """Return layers in a row with their sum, and how often others on the same input cost as much."""
    found = _ratios(this, versus) if versus else {}
    rows = tuple(
        (
            side,
            worked.columns_of(x),
            x.cost.kind,
            x.cost.out,
            *(worked.default_count(x, key) for key in MEASURES),
        )
        for side, chain in (("this", this), ("versus", versus))
        for x in chain
    )
    names = {name: value for form in found.values() for name, value in form.values.items()}
    ends = {chain[-1].cost.out for chain in (this, versus) if chain}
    title = [" -> ".join(layer.op for layer in chain) for chain in (this, versus)]
    return Document(
        (
            (title[0], f"versus {title[1]}" if versus else ""),
            (f"input {' + '.join(map(shown_shape, this[0].ins))}", UNIT),
        ),
        Table(COLUMNS, rows),
        (
            (
                "names",
                tuple(
                    f"{name} = {value:,} ({NAMES.get(name.partition('_')[0], OTHER)})" for name, value in names.items()
                ),
            ),
            ("outputs", ("they differ: neither can replace the other",) if len(ends) > 1 else ()),
        ),
        lambda: {
            **schema("layer"),
            "layers": list(map(worked.entries, this)),
            "versus": list(map(worked.entries, versus)),
            "ratios": [_data(name, form) for name, form in found.items()],
        },
        workings=(*_chain("this", this), *_chain("versus", versus), *_closed(found)),
    )


def _ratios(this: Sequence[Single], versus: Sequence[Single]) -> dict[str, Ratio]:
    """Return versus / this, for parameters and for MACs; nothing for what one of them does not have."""
    found = {name: ratio(versus, this, getattr(Measure(), key)) for key, name in MEASURES.items()}
    return {name: form for name, form in found.items() if form}


def _chain(side: str, layers: Sequence[Single]) -> Iterator[Working]:
    """Yield what is counted of each layer, and the sums where there are several."""
    for layer in layers:
        counted = (work for work in worked.workings(layer) if work.part == COUNTED)
        yield from (work._replace(part=f"{side}: {worked.columns_of(layer)}") for work in counted)
    for key, name in MEASURES.items() if len(layers) > 1 else ():
        counts = [
            WrittenNumber(worked.default_count(layer, key), "name", f"{name}_{number}")
            for number, layer in enumerate(layers, 1)
        ]
        yield working(name, sum(count for count in counts if count))._replace(part=f"{side}: sum")


def _closed(found: Mapping[str, Ratio]) -> Iterator[Working]:
    """Yield each ratio in closed form, and its limit for many channels."""
    for name, form in found.items():
        grown = f"towards {form.limit[1]} as {form.limit[0]} grows" if form.limit else ""
        yield form.working(f"ratio of {name}")._replace(part="versus / this", remark=grown)


def _data(name: str, form: Ratio) -> dict[str, Any]:
    """Return the JSON of a ratio; `value` is a float, `over` and `by` are exact."""
    return {
        "of": name,
        "over": form.value.numerator,
        "by": form.value.denominator,
        "value": float(form.value),
        "closed": form.closed,
        "tex": form.working(name).tex[1],
        "names": form.values,
    }
