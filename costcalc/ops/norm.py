"""Normalisations: each a layer type, and a word that the column `norm` takes."""

from typing import Any

from costcalc.ops.activation import Activation
from costcalc.ops.cost import Cost
from costcalc.ops.declare import INPUT, NEITHER, NEW, NO_FILTER, Keeps, Ran, layer_type
from costcalc.ops.dress import GROUPS, dress, slopes
from costcalc.ops.schema import NORMS, Flag, Groups
from costcalc.ops.shape import Shape

BN, LN, GN, INSTANCE, RMS = NORMS


def _kept(layer: Ran) -> Keeps:
    """Return what batch norm keeps: a frozen one is a factor and a summand, and its backward pass reads neither map."""
    return NEITHER if layer.args["frozen"] else INPUT


@layer_type(BN, label="Batch norm", filter=NO_FILTER, keeps=_kept, memory=NEW)
def bn(x: Shape, /, *, gamma: Flag = True, beta: Flag = True, frozen: Flag = False, act: Activation = None) -> Cost:
    """Batch normalisation over each channel.

    Shapes: kept. Counts: norm = 2 * c (gamma, beta); stats = 2 * c (running mean, variance); norm_elems = c * h * w.
    What is `frozen` is not trained: norm = 0, and gamma and beta are among the stats.
    Errors: none. Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithms 1 and 2; frozen: torchvision,
    `FrozenBatchNorm2d`.
    """
    return _normed(x, BN, act, gamma=gamma, beta=beta, frozen=frozen)


@layer_type(LN, label="Layer norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def ln(x: Shape, /, *, gamma: Flag = True, beta: Flag = True, frozen: Flag = False, act: Activation = None) -> Cost:
    """Layer normalisation with one gamma and beta per channel, at each position.

    Shapes: kept. Counts: norm = 2 * c; no running statistics; norm_elems = c * h * w.
    Errors: none. Source: Ba et al. 2016, arXiv:1607.06450, section 3; per channel: Liu et al. 2022, arXiv:2201.03545.
    """
    return _normed(x, LN, act, gamma=gamma, beta=beta, frozen=frozen)


@layer_type(GN, label="Group norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def gn(
    x: Shape,
    /,
    *,
    groups: Groups = GROUPS,
    gamma: Flag = True,
    beta: Flag = True,
    frozen: Flag = False,
    act: Activation = None,
) -> Cost:
    """Group normalisation over `groups` groups of channels.

    Shapes: kept. Counts: norm = 2 * c; no running statistics; norm_elems = c * h * w.
    Errors: c that `groups` does not divide. Source: Wu and He 2018, arXiv:1803.08494, section 3.
    """
    return _normed(x, GN, act, gamma=gamma, beta=beta, frozen=frozen, groups=groups)


@layer_type(INSTANCE, label="Instance norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def instance(
    x: Shape, /, *, gamma: Flag = True, beta: Flag = True, frozen: Flag = False, act: Activation = None
) -> Cost:
    """Instance normalisation; PyTorch's has `gamma` and `beta` only where it is called with `affine=True`.

    Shapes: kept. Counts: norm = 2 * c; no running statistics; norm_elems = c * h * w.
    Errors: none. Source: Ulyanov et al. 2016, arXiv:1607.08022, equation 1; PyTorch, `InstanceNorm2d`.
    """
    return _normed(x, INSTANCE, act, gamma=gamma, beta=beta, frozen=frozen)


@layer_type(RMS, label="RMS norm", filter=NO_FILTER, keeps=INPUT, memory=NEW)
def rms(x: Shape, /, *, gamma: Flag = True, frozen: Flag = False, act: Activation = None) -> Cost:
    """Root mean square normalisation over the channels, at each position; it has no beta.

    Shapes: kept. Counts: norm = c; no running statistics; norm_elems = c * h * w.
    Errors: none. Source: Zhang and Sennrich 2019, arXiv:1910.07467, equation 4.
    """
    return _normed(x, RMS, act, gamma=gamma, frozen=frozen)


def _normed(x: Shape, norm: str, act: str | None, **affine: Any) -> Cost:
    return Cost(x, weights=slopes(x, act), **dress(x, norm=norm, act=act, **affine))
