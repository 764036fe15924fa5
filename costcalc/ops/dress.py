"""What a row may carry besides its own op: bias, normalisation and activation, counted in one place."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from costcalc.ops.cost import OpError
from costcalc.ops.shape import Shape


class NormTraits(NamedTuple):
    """Running values that a normalisation keeps for each channel, and whether it can have a beta."""

    stats: int = 0
    beta: bool = True


# Mean and variance of batch norm (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2); RMS norm has no beta
# (Zhang and Sennrich 2019, arXiv:1910.07467, equation 4).
NORM_TRAITS: Mapping[str, NormTraits] = {
    "bn": NormTraits(stats=2),
    "ln": NormTraits(),
    "gn": NormTraits(),
    "instance": NormTraits(),
    "rms": NormTraits(beta=False),
}
GROUPS = 32  # of group norm: Wu and He 2018, arXiv:1803.08494, section 3.1


def dress(
    out: Shape, bias: bool = False, norm: str | None = None, act: str | None = None, **affine: Any
) -> dict[str, Any]:
    """Return the counts that bias, norm and act add to a layer with output `out`.

    bias: one trainable value per channel, one addition per output element. norm: as `normed` counts it, by `gamma`,
    `beta`, `frozen` and `groups`. act: one activation per output element; `prelu` alone has weights, one slope per
    channel (He et al. 2015, arXiv:1502.01852, equation 1).
    """
    counts: dict[str, Any] = {"activations": out.size}
    if bias:
        counts |= {"bias": out.c, "bias_adds": out.size}
    if norm:
        counts |= normed(out, norm, **affine)
    if act:
        counts |= {"act_elems": out.size}
    return counts


def normed(
    out: Shape, norm: str, *, gamma: bool = True, beta: bool = True, frozen: bool = False, groups: int = GROUPS
) -> dict[str, Any]:
    """Return the counts of a normalisation: a gamma and a beta per channel, running values, elements.

    `frozen` ones are kept and not trained: they count among the stats. Raises OpError for groups of `gn` that do not
    divide the channels.
    """
    if norm == "gn" and out.c % groups:
        raise OpError(f"groups of {groups} do not divide the {out.c} channels", "groups")
    traits = NORM_TRAITS[norm]
    affine = (gamma + (beta and traits.beta)) * out.c
    kept = traits.stats * out.c
    return {"norm": 0 if frozen else affine, "stats": kept + affine if frozen else kept, "norm_elems": out.size}


def slopes(out: Shape, act: str | None) -> int:
    """Return the trainable slopes of an activation: one per channel for `prelu`, none for any other."""
    return out.c if act == "prelu" else 0
