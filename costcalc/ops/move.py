"""Layers that move elements and compute nothing: shuffle, slice, identity."""

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import NEITHER, NEW, NO_FILTER, PART, WHOLE, layer_type
from costcalc.ops.schema import Channels, Groups, Start
from costcalc.ops.shape import Shape


@layer_type(Name("shuffle", ()), label="Channel shuffle", filter=NO_FILTER, keeps=NEITHER, memory=NEW)
def shuffle(x: Shape, /, *, g: Groups) -> Cost:
    """Channel shuffle over `g` groups.

    Shapes: kept. Counts: moved_elems = c * h * w. Errors: c that `g` does not divide.
    Source: Zhang et al. 2018, arXiv:1707.01083, section 3.1.
    """
    if x.c % g:
        raise OpError(f"groups of {g} do not divide the {x.c} input channels", "g")
    return Cost(x, moved_elems=x.size, activations=x.size)


@layer_type(Name("slice", ()), label="Slice", filter=NO_FILTER, keeps=NEITHER, memory=PART)
def slice_(x: Shape, /, *, c: Channels, start: Start = 0) -> Cost:
    """Slice: `c` channels, the first ones or those from `start` on (from 0).

    Shapes: (c_in, h, w) -> (c, h, w). Counts: moved_elems = c * h * w. Errors: a slice that ends past the last channel.
    Source: Ma et al. 2018, arXiv:1807.11164, section 3, "Channel Split and ShuffleNet V2".
    """
    if start + c > x.c:
        raise OpError(f"channels {start} to {start + c - 1} end past the last of {x.c} input channels", "c")
    out = Shape(c, x.h, x.w)
    return Cost(out, moved_elems=out.size, activations=out.size)


@layer_type(Name("identity", ()), label="Identity", filter=NO_FILTER, keeps=NEITHER, memory=WHOLE)
def identity(x: Shape, /) -> Cost:
    """Identity: the input as it is.

    Shapes: kept. Counts: activations only. Errors: none. Source: He et al. 2016, arXiv:1603.05027, section 2.
    """
    return Cost(x, activations=x.size)
