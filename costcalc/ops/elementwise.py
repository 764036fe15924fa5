"""Layers that work element by element: LRN, dropout, softmax, flatten, learnt factors and summands."""

from typing import Annotated

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost
from costcalc.ops.declare import BOTH, INPUT, MAP, NEITHER, NEW, NO_FILTER, OUTPUT, WHOLE, Memory, layer_type
from costcalc.ops.schema import OneOf
from costcalc.ops.shape import Shape, called


@layer_type(Name("lrn", ()), label="LRN", filter=NO_FILTER, keeps=BOTH._replace(own=1), memory=NEW)
def lrn(x: Shape, /) -> Cost:
    """Local response normalisation, which has no parameters.

    Shapes: kept. Counts: lrn_elems = c * h * w. Errors: none. Source: Krizhevsky et al. 2012, section 3.3;
    what training keeps, its scale too: Caffe, `lrn_layer.cpp`.
    """
    return Cost(x, lrn_elems=x.size, activations=x.size)


@layer_type(Name("dropout", ()), label="Dropout", filter=NO_FILTER, keeps=NEITHER, memory=WHOLE._replace(trained=False))
def dropout(x: Shape, /) -> Cost:
    """Dropout, which does nothing at inference, and makes a tensor of its own while it trains.

    Shapes: kept. Counts: activations only. Errors: none. Source: Srivastava et al. 2014, section 4.
    """
    return Cost(x, activations=x.size)


@layer_type(Name("softmax", ()), label="Softmax", filter=NO_FILTER, keeps=OUTPUT, memory=NEW)
def softmax(x: Shape, /) -> Cost:
    """Softmax over the channels.

    Shapes: kept. Counts: softmax_elems = c * h * w. Errors: none. Source: Goodfellow et al. 2016, section 6.2.2.3.
    """
    return Cost(x, softmax_elems=x.size, activations=x.size)


@layer_type(Name("flatten", ()), label="Flatten", filter=NO_FILTER._replace(sees=MAP), keeps=NEITHER, memory=WHOLE)
def flatten(x: Shape, /) -> Cost:
    """Flatten the map into one vector.

    Shapes: (c, h, w) -> (c * h * w, 1, 1). Counts: activations only. Errors: none. Source: PyTorch, `Flatten`.
    """
    return Cost(Shape(called(x.size, "c_out"), 1, 1), activations=x.size)


Per = Annotated[str, OneOf(("channel", "element", "layer"), off=False)]


@layer_type(Name("scale", ("layerscale", "layer_scale")), label="Scale", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def scale(x: Shape, /, *, per: Per = "channel") -> Cost:
    """Learnt factors: one for each channel, for each element, or one for the whole layer.

    Shapes: kept. Counts: other = c, c * h * w or 1; merge_elems = c * h * w. Errors: none.
    Source: Touvron et al. 2021, arXiv:2103.17239, equation 2 (layer scale).
    """
    return Cost(x, other=_learnt(x, per), merge_elems=x.size, activations=x.size)


@layer_type(
    Name("offset", ("bias_add", "biasadd", "position_embedding", "positional_encoding", "pos_embed")),
    label="Offset",
    filter=NO_FILTER,
    keeps=NEITHER,
    memory=Memory(over="inplace_add"),
)
def offset(x: Shape, /, *, per: Per = "channel") -> Cost:
    """Learnt summands: one for each channel, for each element (as of position embeddings), or one for the whole layer.

    Shapes: kept. Counts: other = c, c * h * w or 1; merge_elems = c * h * w. Errors: none.
    Source: Dosovitskiy et al. 2021, arXiv:2010.11929, equation 1 (position embeddings).
    """
    return Cost(x, other=_learnt(x, per), merge_elems=x.size, activations=x.size)


def _learnt(x: Shape, per: str) -> int:
    """Return the learnt values of a layer."""
    return {"channel": x.c, "element": x.size, "layer": 1}[per]
