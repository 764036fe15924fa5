"""Recurrent layers over the places of a row: lstm, gru."""

from collections.abc import Callable
from typing import Annotated

from costcalc.common.errors import Name
from costcalc.ops.cost import Cost, OpError
from costcalc.ops.declare import BOTH, MOVED, NEW, Keeps, Ran, layer_type
from costcalc.ops.schema import Channels, Whole
from costcalc.ops.shape import Shape, called

Number = Annotated[int, Whole(1)]
Biases = Annotated[int, Whole(0)]


def _keeps(gates: int) -> Callable[[Ran], Keeps]:
    """Return what the gradient reads: the input, the output, and each gate of every step."""

    def kept(layer: Ran) -> Keeps:
        return BOTH._replace(own=layer.args["layers"] * (gates + 1) - 1)

    return kept


def _recurrent(x: Shape, c: int, layers: int, directions: int, biases: int, gates: int, acts: int, merged: int) -> Cost:
    """Return the cost of recurrent layers of `gates` matrices; `acts` and `merged` are for each step and unit."""
    if directions > 2:
        raise OpError(f"there are 1 or 2 directions, not {directions}", "directions")
    if biases > 2:
        raise OpError(f"there are 0, 1 or 2 biases a gate, not {biases}", "biases")
    out = Shape(called(directions * c, "c'"), x.h, x.w)
    rows = directions * layers * c  # units of all layers and directions
    weights = directions * gates * c * (x.c + c) + directions * (layers - 1) * gates * c * (directions * c + c)
    steps = x.h * x.w
    return Cost(
        out,
        weights=weights,
        bias=biases * gates * rows,
        fc_macs=weights * steps,
        bias_adds=biases * gates * rows * steps,
        act_elems=acts * rows * steps,
        merge_elems=merged * rows * steps,
        activations=out.size,
    )


@layer_type(Name("lstm", ("rnn", "bilstm", "blstm")), label="LSTM", filter=MOVED, keeps=_keeps(4), memory=NEW)
def lstm(x: Shape, /, *, c: Channels, layers: Number = 1, directions: Number = 1, biases: Biases = 2) -> Cost:
    """LSTM over the places of a row, with four gates; all of its outputs are put out.

    Shapes: (c_in, h, w) -> (directions * c, h, w), a step for each place.
    Counts: weights = 4 * c * (c_in + c) for each direction of the first layer, 4 * c * (directions * c + c) of the
    others; bias = 4 * c for each of `biases` (PyTorch has two a gate, Keras one); fc_macs = weights * h * w; act_elems
    = 5 and merge_elems = 4 for each unit and step.
    Errors: more than two directions or biases. Source: Hochreiter and Schmidhuber 1997; PyTorch, `LSTM`; Keras, `LSTM`.
    """
    return _recurrent(x, c, layers, directions, biases, gates=4, acts=5, merged=4)


@layer_type(Name("gru", ("bigru",)), label="GRU", filter=MOVED, keeps=_keeps(3), memory=NEW)
def gru(x: Shape, /, *, c: Channels, layers: Number = 1, directions: Number = 1, biases: Biases = 2) -> Cost:
    """GRU over the places of a row, with three gates; all of its outputs are put out.

    Shapes: (c_in, h, w) -> (directions * c, h, w), a step for each place.
    Counts: weights = 3 * c * (c_in + c) for each direction of the first layer, 3 * c * (directions * c + c) of the
    others; bias = 3 * c for each of `biases` (PyTorch and Keras with `reset_after` have two a gate); fc_macs = weights
    * h * w; act_elems = 3 and merge_elems = 4 for each unit and step.
    Errors: more than two directions or biases. Source: Cho et al. 2014, arXiv:1406.1078, section 2.3; PyTorch, `GRU`.
    """
    return _recurrent(x, c, layers, directions, biases, gates=3, acts=3, merged=4)
