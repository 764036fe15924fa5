"""costcalc: what a convolutional network costs, layer by layer, to the last integer."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costcalc.api import Spec as Spec
    from costcalc.api import load as load
    from costcalc.errors import SpecError as SpecError
    from costcalc.grid import Evaluation as Evaluation
    from costcalc.grid import evaluate as evaluate
    from costcalc.grid import sweep as sweep
    from costcalc.network import Layer as Layer
    from costcalc.network import Network as Network

__version__ = "0.1.0"
__all__ = ["Evaluation", "Layer", "Network", "Spec", "SpecError", "__version__", "evaluate", "load", "sweep"]

_HOMES = {
    "Evaluation": "costcalc.grid",
    "Layer": "costcalc.network",
    "Network": "costcalc.network",
    "Spec": "costcalc.api",
    "SpecError": "costcalc.errors",
    "evaluate": "costcalc.grid",
    "load": "costcalc.api",
    "sweep": "costcalc.grid",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `costcalc --help` pays for none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'costcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
