"""costcalc: what a neural network costs, layer by layer, to the last integer.

    network = costcalc.load("mobilenet_v1").build(width=0.5, res=160)
    network.totals.macs

`load` reads a spec, `build` unfolds it, `evaluate` and `sweep` give totals of many settings; `compare`, `memory`,
`explain`, `check` and `why` return the answers of the commands as dictionaries.
"""

from typing import TYPE_CHECKING, Any

from costcalc.common.version import __version__ as __version__

if TYPE_CHECKING:
    from costcalc.analysis.api import Spec as Spec
    from costcalc.analysis.api import load as load
    from costcalc.analysis.columns import Columns as Columns
    from costcalc.analysis.columns import parts as parts
    from costcalc.analysis.columns import sweep as sweep
    from costcalc.analysis.columns import sweep_columns as sweep_columns
    from costcalc.analysis.grid import Evaluation as Evaluation
    from costcalc.analysis.grid import evaluate as evaluate
    from costcalc.common.errors import SpecError as SpecError
    from costcalc.network.model import Layer as Layer
    from costcalc.network.model import Network as Network
    from costcalc.output.data import check as check
    from costcalc.output.data import compare as compare
    from costcalc.output.data import explain as explain
    from costcalc.output.data import memory as memory
    from costcalc.output.data import why as why

__all__ = [
    "Columns",
    "Evaluation",
    "Layer",
    "Network",
    "Spec",
    "SpecError",
    "__version__",
    "check",
    "compare",
    "evaluate",
    "explain",
    "load",
    "memory",
    "parts",
    "sweep",
    "sweep_columns",
    "why",
]

_HOMES = {
    "Evaluation": "costcalc.analysis.grid",
    "Layer": "costcalc.network.model",
    "Network": "costcalc.network.model",
    "Spec": "costcalc.analysis.api",
    "SpecError": "costcalc.common.errors",
    "evaluate": "costcalc.analysis.grid",
    "load": "costcalc.analysis.api",
    **dict.fromkeys(("Columns", "parts", "sweep", "sweep_columns"), "costcalc.analysis.columns"),
    **dict.fromkeys(("check", "compare", "explain", "memory", "why"), "costcalc.output.data"),
}


def __dir__() -> list[str]:
    """Return the public names, those that are not imported yet too."""
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that help pays for none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'costcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
