"""Single: a layer that stands in no network, read from the cells of its columns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from costcalc.common.errors import counted, listing, not_taken, quote, suggest
from costcalc.ops import NOTES, OPS, Cost, OpError
from costcalc.ops.shape import Shape, WindowError


class Single(NamedTuple):
    """One layer by itself: its op, the shapes that it reads, its columns, its cost, how a program writes it."""

    op: str
    ins: tuple[Shape, ...]
    args: Mapping[str, Any]
    cost: Cost
    coding: str = "module"


def single(op: str, ins: Sequence[Shape], cells: Mapping[str, Any]) -> Single:
    """Return the layer of an op on input shapes (channels, height, width), with columns as a row writes them.

    Raises ValueError with a whole sentence where the op does not take these columns, inputs or shapes.
    """
    if op not in OPS:
        raise ValueError(f"{quote(op)} is no op; there are {listing(OPS)}{suggest(op, OPS)}")
    known = OPS[op]
    args = {column: _read(op, column, cell) for column, cell in cells.items()}
    missing = [column for column in known.columns if column in known.required and column not in args]
    if missing:
        raise ValueError(f"{quote(op)} needs {listing(missing)}")
    if (len(ins) < 2) if known.inputs is None else (len(ins) != known.inputs):
        due = "two inputs or more" if known.inputs is None else counted(known.inputs, "input")
        raise ValueError(f"{quote(op)} reads {due}, not {len(ins)}")
    coding = args.pop("coding", None) or "module"
    try:
        cost = known.function(*ins, **args)
    except (OpError, WindowError) as error:
        raise ValueError(str(error)) from None
    return Single(op, tuple(ins), MappingProxyType(args), cost, coding)


def _read(op: str, column: str, cell: Any) -> Any:
    """Return a cell as its column takes it."""
    columns = OPS[op].columns
    kind = columns.get(column) or NOTES.get(column)
    if kind is None:
        raise ValueError(not_taken(quote(op), column, list(columns)))
    try:
        return kind.read(cell)
    except ValueError as error:
        raise ValueError(f"{quote(column)} {error}") from None
