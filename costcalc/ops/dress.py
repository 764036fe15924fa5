"""What a row may carry beside its own op: bias, normalisation and activation, counted in one place."""

from typing import Any

from costcalc.ops.shape import Shape

NORM_STATS = {"bn": 2, "ln": 0}  # running values per channel: mean and variance for batch norm, none for layer norm


def dress(out: Shape, bias: bool = False, norm: str | None = None, act: str | None = None) -> dict[str, Any]:
    """Return the counts that bias, norm and act add to a layer with output `out`.

    bias: one trainable value per channel, one addition per output element. norm: gamma and beta, 2 per channel,
    and for batch norm 2 running values per channel (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2).
    act: one activation per output element; `prelu` alone has weights, one slope per channel (He et al. 2015,
    arXiv:1502.01852, equation 1).
    """
    counts: dict[str, Any] = {"activations": out.size}
    if bias:
        counts |= {"bias": out.c, "bias_adds": out.size}
    if norm:
        counts |= {"norm": 2 * out.c, "stats": NORM_STATS[norm] * out.c, "norm_elems": out.size}
    if act:
        counts |= {"act_elems": out.size}
    return counts


def slopes(out: Shape, act: str | None) -> int:
    """Return the trainable slopes of an activation: one per channel for `prelu`, none for any other."""
    return out.c if act == "prelu" else 0
