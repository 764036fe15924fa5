"""Every layer type, by the name it has in a spec: a new one is a function in a file here and its name below."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from costcalc.ops.conv import conv, dwconv, fc
from costcalc.ops.cost import COUNT_NAMES, Cost, OpError
from costcalc.ops.elementwise import ACTIVATION_OPS, bn, dropout, ln, lrn, softmax
from costcalc.ops.merge import add, concat, mul
from costcalc.ops.move import flatten, identity, shuffle, slice_
from costcalc.ops.pool import avgpool, gap, gmp, maxpool
from costcalc.ops.schema import CODINGS, DATA, NOTES, Op, op_of, words_of

__all__ = ["COUNT_NAMES", "DATA", "NOTES", "OPS", "WORDS", "Cost", "Op", "OpError"]

_FUNCTIONS: Mapping[str, Callable[..., Cost]] = {
    "conv": conv,
    "dwconv": dwconv,
    "fc": fc,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "gap": gap,
    "gmp": gmp,
    "bn": bn,
    "ln": ln,
    "lrn": lrn,
    "dropout": dropout,
    "softmax": softmax,
    "flatten": flatten,
    "add": add,
    "mul": mul,
    "concat": concat,
    "shuffle": shuffle,
    "slice": slice_,
    "identity": identity,
    **ACTIVATION_OPS,
}

OPS = MappingProxyType({name: op_of(name, function) for name, function in _FUNCTIONS.items()})
WORDS = words_of(OPS) | set(CODINGS)
