"""Why a stated figure of a spec differs from its count."""

from collections.abc import Mapping

from costcalc.analysis.api import Spec
from costcalc.causes.declared import alternatives_of
from costcalc.causes.stated import Stated, why
from costcalc.language.expr import Value
from costcalc.language.spec import Fed
from costcalc.network.model import Network


def explained_figure(
    spec: Spec, settings: Mapping[str, Value], text: str, shape: Fed | None = None
) -> tuple[Network, Stated]:
    """Return the network that a figure is of, and why the figure differs; raise ValueError for anything but a figure.

    `shape` is the input, where another one than the spec's is given.
    """
    networks = alternatives_of(spec.alternatives, settings, lambda chosen: spec.build(input=shape, **chosen))
    return networks[()], why(networks, spec.definition, {**spec.preset, **settings}, text, shape)
