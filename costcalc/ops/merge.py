"""Layers with several inputs: add, mul, concat."""

from costcalc.common.errors import Name
from costcalc.ops.activation import Activation
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import INPUT, NEITHER, NEW, NO_FILTER, Memory, layer_type
from costcalc.ops.dress import dress, slopes
from costcalc.ops.shape import Shape, called


@layer_type(Name("add", ()), label="Add", filter=NO_FILTER, keeps=NEITHER, memory=Memory(over="inplace_add"))
def add(*xs: Shape, act: Activation = None) -> Cost:
    """Element-wise sum, as of a residual connection; a side of 1 is spread over the others', as PyTorch broadcasts.

    Shapes: (c, h, w) each, any side of them 1 instead -> (c, h, w). Counts: merge_elems = (inputs - 1) * c * h * w.
    Errors: sides that differ and are not 1. Source: He et al. 2015, arXiv:1512.03385, equation 1; NumPy,
    "Broadcasting".
    """
    out = _spread("add", xs)
    merged = (len(xs) - 1) * out.size
    return Cost(out, weights=slopes(out, act), merge_elems=merged, **dress(out, act=act))


@layer_type(Name("mul", ()), label="Mul", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def mul(*xs: Shape, act: Activation = None) -> Cost:
    """Element-wise product; a side of 1 is spread over the others', as PyTorch broadcasts.

    Shapes: (c, h, w) each, any side of them 1 instead -> (c, h, w). Counts: merge_elems = (inputs - 1) * c * h * w.
    Errors: sides that differ and are not 1. Source: Hu et al. 2018, arXiv:1709.01507, equation 4; NumPy,
    "Broadcasting".
    """
    out = _spread("mul", xs)
    merged = (len(xs) - 1) * out.size
    return Cost(out, weights=slopes(out, act), merge_elems=merged, **dress(out, act=act))


@layer_type(Name("concat", ("cat",)), label="Concat", filter=NO_FILTER, keeps=NEITHER, memory=Memory(joins=True))
def concat(*xs: Shape, act: Activation = None) -> Cost:
    """Concatenation along the channels.

    Shapes: (c_i, h, w) -> (sum of c_i, h, w). Counts: moved_elems = c * h * w.
    Errors: heights or widths that differ. Source: Szegedy et al. 2015, arXiv:1409.4842, figure 2.
    """
    c = xs[0].c
    for x in xs[1:]:
        if x[1:] != xs[0][1:]:
            raise OpError(f"`concat` needs equal heights and widths, not {_shapes(xs)}", "from")
        c = c + x.c
    out = Shape(called(c, "c_out"), xs[0].h, xs[0].w)
    return Cost(out, weights=slopes(out, act), moved_elems=out.size, **dress(out, act=act))


def _spread(op: str, xs: tuple[Shape, ...]) -> Shape:
    """Return the shape that all inputs have once each side of 1 is spread over the others'."""
    sides = list(xs[0])
    for x in xs[1:]:
        for index, side in enumerate(x):
            if sides[index] == side or side == 1:
                continue
            if sides[index] != 1:
                raise OpError(f"`{op}` needs sides that are equal or 1, not {_shapes(xs)}", "from")
            sides[index] = side
    return Shape(*sides)


def _shapes(xs: tuple[Shape, ...]) -> str:
    """Return the shapes that do not fit together, as an error lists them."""
    return " and ".join(map(str, xs))
