"""Layers that work element by element: norms, dropout, softmax, flatten."""

from costcalc.common.errors import Name
from costcalc.ops.activation import Activation
from costcalc.ops.cost import Cost
from costcalc.ops.declare import BOTH, INPUT, MAP, NEITHER, NEW, NO_FILTER, OUTPUT, WHOLE, layer_type
from costcalc.ops.dress import dress, slopes
from costcalc.ops.schema import NORMS
from costcalc.ops.shape import Shape, called


@layer_type(NORMS[0], label="Batch norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def bn(x: Shape, /, *, act: Activation = None) -> Cost:
    """Batch normalisation over each channel.

    Shapes: kept. Counts: norm = 2 * c (gamma, beta); stats = 2 * c (running mean, variance); norm_elems = c * h * w.
    Errors: none. Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    """
    return Cost(x, weights=slopes(x, act), **dress(x, norm="bn", act=act))


@layer_type(NORMS[1], label="Layer norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def ln(x: Shape, /, *, act: Activation = None) -> Cost:
    """Layer normalisation with one gamma and beta per channel, at each position.

    Shapes: kept. Counts: norm = 2 * c; no running statistics; norm_elems = c * h * w.
    Errors: none. Source: Ba et al. 2016, arXiv:1607.06450, section 3; per channel: Liu et al. 2022, arXiv:2201.03545.
    """
    return Cost(x, weights=slopes(x, act), **dress(x, norm="ln", act=act))


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
