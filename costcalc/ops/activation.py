"""Activations: each a layer type, and a word that the column `act` takes; gated ones are layer types alone."""

from typing import Annotated

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import INPUT, NEW, NO_FILTER, OUTPUT, Keeps, Memory, Op, layer_type
from costcalc.ops.dress import dress
from costcalc.ops.schema import OneOf, Whole
from costcalc.ops.shape import Shape, called

OVER = Memory(over="inplace_act")
Slopes = Annotated[int | None, Whole(1)]


def _activation(name: Name, label: str, keeps: Keeps) -> Op:
    """Return the layer type of one activation; its gradient is computed from its input or its output."""

    def activation(x: Shape, /) -> Cost:
        return Cost(x, **dress(x, act=name))

    activation.__name__ = name
    activation.__doc__ = (
        f"{label} of each element.\n\n"
        "    Shapes: kept. Counts: act_elems = c * h * w. Errors: none. Source: PyTorch, `torch.nn.functional`.\n"
    )
    return layer_type(name, label=label, filter=NO_FILTER, keeps=keeps, memory=OVER)(activation)


@layer_type(Name("prelu", ()), label="PReLU", filter=NO_FILTER, keeps=INPUT, memory=OVER)
def prelu(x: Shape, /, *, slopes: Slopes = None) -> Cost:
    """PReLU of each element, with a learnt slope for each channel, or with one for all.

    Shapes: kept. Counts: weights = c, or 1 where `slopes` is 1; act_elems = c * h * w.
    Errors: `slopes` that are neither 1 nor c. Source: He et al. 2015, arXiv:1502.01852, equation 1; PyTorch, `PReLU`,
    whose default is 1.
    """
    number = x.c if slopes is None else slopes
    if number not in (1, x.c):
        raise OpError(f"`slopes` is 1 or one for each of the {x.c} channels, not {number}", "slopes")
    return Cost(x, weights=number, **dress(x, act="prelu"))


def _gated(name: Name, label: str, act: str) -> Op:
    """Return the layer type of a gate: half of the channels times an activation of the other half."""

    def gate(x: Shape, /) -> Cost:
        if x.c % 2:
            raise OpError(f"`{name}` halves the channels, which {x.c} do not allow", "from")
        out = Shape(called(x.c // 2, "c_out"), x.h, x.w)
        return Cost(out, act_elems=out.size, merge_elems=out.size, activations=out.size)

    gate.__name__ = name
    gate.__doc__ = (
        f"{label}: half of the channels times the {act} of the other half.\n\n"
        "    Shapes: (c, h, w) -> (c / 2, h, w). Counts: act_elems = merge_elems = c / 2 * h * w.\n"
        "    Errors: an odd c.\n"
        "    Source: Dauphin et al. 2017, arXiv:1612.08083; Shazeer 2020, arXiv:2002.05202, section 2.\n"
    )
    own = 0 if act == "sigmoid" else 1  # PyTorch's GLU is one function; of the others the gate is a tensor too
    return layer_type(name, label=label, filter=NO_FILTER, keeps=INPUT._replace(own=own), memory=NEW)(gate)


ACTIVATION_OPS = (
    _activation(Name("relu", ()), "ReLU", OUTPUT),
    _activation(Name("relu6", ()), "ReLU6", INPUT),
    _activation(Name("leaky_relu", ()), "Leaky ReLU", INPUT),
    prelu,
    _activation(Name("silu", ()), "SiLU", INPUT),
    _activation(Name("swish", ()), "SiLU", INPUT),
    _activation(Name("hswish", ("hard_swish", "hardswish")), "Hard swish", INPUT),
    _activation(Name("sigmoid", ()), "Sigmoid", OUTPUT),
    _activation(Name("hsigmoid", ("hardsigmoid",)), "Hard sigmoid", INPUT),
    _activation(Name("tanh", ()), "Tanh", OUTPUT),
    _activation(Name("gelu", ()), "GELU", INPUT),
    _activation(Name("elu", ()), "ELU", INPUT),
    _activation(Name("selu", ()), "SELU", INPUT),
    _activation(Name("mish", ()), "Mish", INPUT),
    _activation(Name("softplus", ()), "Softplus", INPUT),
)
GATE_OPS = (
    _gated(Name("glu", ()), "GLU", "sigmoid"),
    _gated(Name("geglu", ()), "GEGLU", "GELU"),
    _gated(Name("reglu", ()), "ReGLU", "ReLU"),
    _gated(Name("swiglu", ()), "SwiGLU", "SiLU"),
)
ACTIVATIONS = tuple(op.name for op in ACTIVATION_OPS)
Activation = Annotated[str | None, OneOf(ACTIVATIONS)]
