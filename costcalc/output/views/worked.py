"""What `explain` and `layer` share: a layer's workings, what other conventions make of it, both as JSON."""

from collections.abc import Mapping
from typing import Any, Protocol

from costcalc.common.table import Column, Notes, Table, Working
from costcalc.common.units import shown_shape, shown_value
from costcalc.network.metrics import CONVENTIONS, COUNTS, Counted, Measure
from costcalc.network.model import PARAMETERS
from costcalc.ops import OPS
from costcalc.ops.shape import Shape
from costcalc.teaching.explain import (
    COUNTED,
    LEFT_OUT,
    MEASURES,
    SHAPE,
    arranged,
    gathered,
    summed,
    symbolic,
    working,
)
from costcalc.teaching.explain.formula import WrittenNumber
from costcalc.teaching.explain.single import Single
from costcalc.teaching.explain.written import formula

COLUMNS = (
    Column("convention", "convention"),
    Column("measures", "of"),
    Column("count", "this layer", "int"),
    Column("change", "to the default", "change"),
    Column("sum", "what it sums", drop=1),
)
PADDING = {  # of a layer that does not give it in pixels
    None: "without `p`, padding keeps the output at ceil(h / s_h) x ceil(w / s_w) = {}x{}",
    "same": "`same`: TensorFlow's, which keeps ceil(h / s_h) x ceil(w / s_w) = {}x{}; an odd pixel goes to the bottom "
    "and to the right",
}


class Explained(Counted, Protocol):
    """What is read of a layer, in a network or by itself."""

    @property
    def ins(self) -> tuple[Shape, ...]: ...  # noqa: D102


def given(layer: Explained) -> Mapping[str, Any]:
    """Return the columns of a layer that its formulas may read: those given of one by itself, else all."""
    return layer.given if isinstance(layer, Single) else layer.args


def workings(layer: Explained) -> tuple[Working, ...]:
    """Return a layer's workings: its output's size, what the default conventions count, and what they leave out."""
    left = PARAMETERS if getattr(layer, "shares", "") else ()  # which are counted at another layer
    cost = symbolic(layer.op, layer.ins, given(layer))
    found: dict[str, list[Working]] = {SHAPE: [], COUNTED: [], LEFT_OUT: []}
    for part, name, value in arranged(layer, cost, Measure(), WrittenNumber, left):
        found[part].append(working(name, value)._replace(part=part, remark=COUNTS[name] if part == LEFT_OUT else ""))
    *steps, output = found[SHAPE]
    return (*gathered(steps), output, *found[COUNTED], *found[LEFT_OUT])


def conventions(layer: Explained) -> Table:
    """Return the conventions that count this layer otherwise than the default does, and by how much."""
    rows = []
    for convention in CONVENTIONS.values():
        count, default = convention.of(layer), default_count(layer, convention.measures)
        if count != default:
            what = formula(summed(convention, layer)) if count else "nothing"
            rows.append((convention.name, MEASURES[convention.measures], count, count - default, what))
    return Table(COLUMNS, tuple(rows))


def notes(layer: Explained) -> Notes:
    """Return what the formulas do not say: whose weights are shared, where padding comes from that is not given."""
    shares = getattr(layer, "shares", "")
    told = (("weights", (f"those of layer {shares}, where they are counted",)),) if shares else ()
    return (*told, *_padding(layer))


def _padding(layer: Explained) -> Notes:
    """Return where padding comes from that a layer does not give."""
    padding = layer.args.get("p", ())
    if not OPS[layer.op].filter.reads_windows or padding not in PADDING:
        return ()
    return (("padding", (PADDING[padding].format(layer.cost.out.h, layer.cost.out.w),)),)


def columns_of(layer: Explained) -> str:
    """Return a layer's op and the columns that are not as they are by default: `conv: k 3x3, c 64, act relu`."""
    op = OPS[layer.op]
    needed = {*op.required, *(column for column in op.either if layer.args[column] is not None)}
    plain = op.filled({column: layer.args[column] for column in needed})
    told = {column: value for column, value in given(layer).items() if column in needed or value != plain[column]}
    texts = [f"{column} {shown_value(value)}" for column, value in told.items()]
    return f"{layer.op}: {', '.join(texts)}" if texts else layer.op


def shapes(layer: Explained) -> str:
    """Return what a layer reads and gives: `64x56x56 -> 128x56x56`, channels first."""
    return f"{' + '.join(map(shown_shape, layer.ins))} -> {shown_shape(layer.cost.out)}"


def entries(layer: Explained) -> dict[str, Any]:
    """Return the JSON of a layer's workings and of the conventions that differ."""
    return {
        "op": layer.op,
        "kind": layer.cost.kind,
        "in": layer.ins,
        "out": layer.cost.out,
        "args": layer.args,
        **{key: default_count(layer, key) for key in MEASURES},
        "workings": [
            {**work._asdict(), "tex": dict(zip(("name", "formula", "numbers"), work.tex, strict=True))}
            for work in workings(layer)
        ],
        "conventions": conventions(layer),
    }


def default_count(layer: Explained, key: str) -> int:
    """Return a layer's parameters or MACs by the default convention."""
    return int(getattr(Measure(), key).of(layer))
