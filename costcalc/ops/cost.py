"""Cost: what one layer puts out and what it costs, count by count, as exact integers."""

from typing import NamedTuple

from costcalc.ops.shape import Shape


class Cost(NamedTuple):
    """The output shape, the label and the counts of one layer, per sample (batch 1).

    `Op.run` puts the label in. Every field after it is a count; `costcalc.network.metrics.COUNTS` says in words what
    each one means.
    """

    out: Shape
    kind: str = ""
    weights: int = 0
    bias: int = 0
    norm: int = 0
    stats: int = 0
    other: int = 0
    conv_macs: int = 0
    fc_macs: int = 0
    matmul_macs: int = 0
    spread_taps: int = 0
    bias_adds: int = 0
    norm_elems: int = 0
    act_elems: int = 0
    pool_inputs: int = 0
    pool_outputs: int = 0
    pool_strides: int = 0
    pool_taps: int = 0
    merge_elems: int = 0
    moved_elems: int = 0
    lrn_elems: int = 0
    softmax_elems: int = 0
    interp_elems: int = 0
    inner_elems: int = 0
    activations: int = 0

    def labelled(self, kind: str) -> "Cost":
        """Return the same cost with a label."""
        return Cost(self.out, kind, *self[2:])


COUNT_NAMES = Cost._fields[2:]


class OpError(ValueError):
    """A row that an op refuses: one sentence, and the column at fault if there is one."""

    def __init__(self, sentence: str, column: str | None = None) -> None:
        super().__init__(sentence)
        self.column = column
