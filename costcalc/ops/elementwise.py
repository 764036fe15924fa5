"""Layers that work element by element and keep the shape: norms, activations, dropout, softmax."""

from collections.abc import Callable

from costcalc.ops.cost import Cost
from costcalc.ops.dress import dress, slopes
from costcalc.ops.schema import ACTIVATIONS, Activation
from costcalc.ops.shape import Shape

ACTIVATION_TITLES = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "Leaky ReLU",
    "prelu": "PReLU",
    "silu": "SiLU",
    "swish": "SiLU",
    "hswish": "Hard swish",
    "sigmoid": "Sigmoid",
    "hsigmoid": "Hard sigmoid",
    "tanh": "Tanh",
    "gelu": "GELU",
}


def bn(x: Shape, /, *, act: Activation = None) -> Cost:
    """Batch normalisation over each channel.

    Shapes: kept. Counts: norm = 2 * c (gamma, beta); stats = 2 * c (running mean, variance); norm_elems = c * h * w.
    Errors: none. Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2.
    """
    return Cost(x, "Batch norm", weights=slopes(x, act), **dress(x, norm="bn", act=act))


def ln(x: Shape, /, *, act: Activation = None) -> Cost:
    """Layer normalisation with one gamma and beta per channel, at each position.

    Shapes: kept. Counts: norm = 2 * c; no running statistics; norm_elems = c * h * w.
    Errors: none. Source: Ba et al. 2016, arXiv:1607.06450, section 3; per channel: Liu et al. 2022, arXiv:2201.03545.
    """
    return Cost(x, "Layer norm", weights=slopes(x, act), **dress(x, norm="ln", act=act))


def lrn(x: Shape, /) -> Cost:
    """Local response normalisation, which has no parameters.

    Shapes: kept. Counts: lrn_elems = c * h * w. Errors: none. Source: Krizhevsky et al. 2012, section 3.3.
    """
    return Cost(x, "LRN", lrn_elems=x.size, activations=x.size)


def dropout(x: Shape, /) -> Cost:
    """Dropout, which does nothing at inference.

    Shapes: kept. Counts: activations only. Errors: none. Source: Srivastava et al. 2014, section 4.
    """
    return Cost(x, "Dropout", activations=x.size)


def softmax(x: Shape, /) -> Cost:
    """Softmax over the channels.

    Shapes: kept. Counts: softmax_elems = c * h * w. Errors: none. Source: Goodfellow et al. 2016, section 6.2.2.3.
    """
    return Cost(x, "Softmax", softmax_elems=x.size, activations=x.size)


def _activation(name: str) -> Callable[[Shape], Cost]:
    """Return the layer type of one activation."""

    def activation(x: Shape, /) -> Cost:
        return Cost(x, ACTIVATION_TITLES[name], weights=slopes(x, name), **dress(x, act=name))

    activation.__name__ = name
    activation.__doc__ = (
        f"{ACTIVATION_TITLES[name]} of each element.\n\n"
        "    Shapes: kept. Counts: act_elems = c * h * w; `prelu` has one slope per channel in weights. Errors: none.\n"
        "    Source: He et al. 2015, arXiv:1502.01852, equation 1 (slopes).\n"
    )
    return activation


ACTIVATION_OPS = {name: _activation(name) for name in ACTIVATIONS}
