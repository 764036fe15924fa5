"""Activations: each a layer type, and a word that the column `act` takes."""

from typing import Annotated

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost
from costcalc.ops.declare import INPUT, NO_FILTER, OUTPUT, Keeps, Memory, Op, layer_type
from costcalc.ops.dress import dress, slopes
from costcalc.ops.schema import OneOf
from costcalc.ops.shape import Shape


def _activation(name: Name, label: str, keeps: Keeps) -> Op:
    """Return the layer type of one activation; its gradient is computed from its input or its output."""

    def activation(x: Shape, /) -> Cost:
        return Cost(x, weights=slopes(x, name), **dress(x, act=name))

    activation.__name__ = name
    activation.__doc__ = (
        f"{label} of each element.\n\n"
        "    Shapes: kept. Counts: act_elems = c * h * w; `prelu` has one slope per channel in weights. Errors: none.\n"
        "    Source: He et al. 2015, arXiv:1502.01852, equation 1 (slopes).\n"
    )
    return layer_type(name, label=label, filter=NO_FILTER, keeps=keeps, memory=Memory(over="inplace_act"))(activation)


ACTIVATION_OPS = (
    _activation(Name("relu", ()), "ReLU", OUTPUT),
    _activation(Name("relu6", ()), "ReLU6", INPUT),
    _activation(Name("leaky_relu", ()), "Leaky ReLU", INPUT),
    _activation(Name("prelu", ()), "PReLU", INPUT),
    _activation(Name("silu", ()), "SiLU", INPUT),
    _activation(Name("swish", ()), "SiLU", INPUT),
    _activation(Name("hswish", ("hard_swish", "hardswish")), "Hard swish", INPUT),
    _activation(Name("sigmoid", ()), "Sigmoid", OUTPUT),
    _activation(Name("hsigmoid", ("hardsigmoid",)), "Hard sigmoid", INPUT),
    _activation(Name("tanh", ()), "Tanh", OUTPUT),
    _activation(Name("gelu", ()), "GELU", INPUT),
)
ACTIVATIONS = tuple(op.name for op in ACTIVATION_OPS)
Activation = Annotated[str | None, OneOf(ACTIVATIONS)]
