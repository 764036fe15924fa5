"""Every layer type, by the name it has in a spec: a new one is a function with its declaration in a file here."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from costcalc.ops import conv, elementwise, merge, move, pool
from costcalc.ops.activation import ACTIVATION_OPS
from costcalc.ops.cost import COUNT_NAMES, Cost, OpError
from costcalc.ops.declare import Op
from costcalc.ops.schema import CODINGS, DATA, NOTES

__all__ = ["COUNT_NAMES", "DATA", "NOTES", "OPS", "WORDS", "Cost", "Op", "OpError", "as_ops"]

_DECLARED = [op for file in (conv, pool, elementwise, merge, move) for op in vars(file).values() if isinstance(op, Op)]
_BY_NAME: dict[str, Op] = {op.name: op for op in (*_DECLARED, *ACTIVATION_OPS)}

OPS: Mapping[str, Op] = MappingProxyType(_BY_NAME)
WORDS = frozenset(word for op in OPS.values() for kind in op.columns.values() for word in kind.words) | set(CODINGS)


def as_ops(names: Iterable[str]) -> list[str]:
    """Return names, such as rows have, for errors to suggest: what an op is called elsewhere holds for its name too."""
    return [_BY_NAME[name].name if name in _BY_NAME else name for name in names]
