"""Single: a layer that is in no network, read from the cells of its columns."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from costcalc.common.errors import offered, quote
from costcalc.ops import OPS, Cost
from costcalc.ops.declare import inputs_problem
from costcalc.ops.elsewhere import no_op
from costcalc.ops.schema import ColumnType
from costcalc.ops.shape import Shape


class Single(NamedTuple):
    """One layer by itself: its op, the shapes that it reads, the columns given, its cost, how a program writes it."""

    op: str
    ins: tuple[Shape, ...]
    given: Mapping[str, Any]
    cost: Cost
    coding: str = "module"

    @property
    def args(self) -> Mapping[str, Any]:
        """All columns of its op."""
        return OPS[self.op].filled(self.given)

    @property
    def apart(self) -> Mapping[str, Any]:
        """All columns but those that were not given and follow another, whose workings then say that they do."""
        return {
            name: value for name, value in self.args.items() if name in self.given or name not in OPS[self.op].alike
        }


def single(op: str, ins: Sequence[Shape], cells: Mapping[str, Any]) -> Single:
    """Return the layer of an op on input shapes (channels, height, width), with columns as a row writes them.

    Raises ValueError with a whole sentence where the op does not take these columns, inputs or shapes.
    """
    if op not in OPS:
        raise ValueError(no_op(op, OPS, "op", offered(op, OPS)))
    given = OPS[op].read(cells.items(), _typed)
    problem = inputs_problem(op, OPS[op].inputs, len(ins))
    if problem:
        raise ValueError(problem)
    coding = given.pop("coding", None) or "module"
    return Single(op, tuple(ins), MappingProxyType(given), OPS[op].run(ins, given), coding)


def _typed(column: str, cell: Any, kind: ColumnType) -> Any:
    """Return a cell as its column takes it."""
    try:
        return kind.read(cell)
    except ValueError as error:
        raise ValueError(f"{quote(column)} {error}") from None
