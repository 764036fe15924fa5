"""Every layer type, by the name it has in a spec: a new one is a function with its declaration in a file here."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from costcalc.ops import attention, conv, elementwise, merge, move, norm, pool, recurrent
from costcalc.ops.activation import ACTIVATION_OPS, GATE_OPS
from costcalc.ops.cost import COUNT_NAMES, Cost, OpError
from costcalc.ops.declare import Op
from costcalc.ops.schema import CODINGS, DATA, NOTES

__all__ = ["COUNT_NAMES", "DATA", "FIRST", "FIRST_COLUMNS", "NOTES", "OPS", "WORDS", "Cost", "Op", "OpError", "as_ops"]

_FILES = (conv, pool, norm, elementwise, merge, move, attention, recurrent)
_DECLARED = [op for file in _FILES for op in vars(file).values() if isinstance(op, Op)]
_BY_NAME: dict[str, Op] = {op.name: op for op in (*_DECLARED, *ACTIVATION_OPS, *GATE_OPS)}

OPS: Mapping[str, Op] = MappingProxyType(_BY_NAME)
WORDS = frozenset(word for op in OPS.values() for kind in op.columns.values() for word in kind.words) | set(CODINGS)

# Ops, and columns of theirs, whose names no spec can give to what is its own; what has come since gives way to a spec's
# own blocks, settings, arguments and data, so that specs that worked go on working.
FIRST = frozenset(
    [
        "conv",
        "dwconv",
        "fc",
        "maxpool",
        "avgpool",
        "gap",
        "gmp",
        "bn",
        "ln",
        "lrn",
        "dropout",
        "softmax",
        "flatten",
        "add",
        "mul",
        "concat",
        "shuffle",
        "slice",
        "identity",
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "silu",
        "swish",
        "hswish",
        "sigmoid",
        "hsigmoid",
        "tanh",
        "gelu",
    ]
)
FIRST_COLUMNS = frozenset(["k", "c", "s", "p", "d", "g", "bias", "norm", "act", "ceil", "start", "coding"])


def as_ops(names: Iterable[str]) -> list[str]:
    """Return names, such as rows have, for errors to suggest: what an op is called elsewhere holds for its name too."""
    return [_BY_NAME[name].name if name in _BY_NAME else name for name in names]
