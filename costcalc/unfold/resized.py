"""A network at another size of its input: its layers run again, where nothing but sizes can differ."""

from collections.abc import Mapping
from typing import Any

from costcalc.common.budget import BUDGET, LAYER
from costcalc.language.settings import Resolved
from costcalc.language.spec import Definition
from costcalc.network.model import Layer, Network
from costcalc.ops import OPS, Cost, OpError
from costcalc.ops.schema import LARGEST
from costcalc.ops.shape import Shape, WindowError
from costcalc.unfold.interpreter import input_shapes
from costcalc.unfold.static import sizing_settings


class Resizing:
    """A network as it was unfolded, to be run at settings that size its input alone."""

    def __init__(self, spec: Definition, network: Network) -> None:
        self.spec = spec
        self.network = network
        plain = not spec.signal and not any(layer.shares for layer in network.layers)
        self.sizing = sizing_settings(spec) if plain else frozenset()

    def fits(self, settings: Mapping[str, Any]) -> bool:
        """Return whether some settings differ from the network's in those alone that size its input."""
        own = self.network.settings
        if not self.sizing or settings.keys() != own.keys():
            return False
        return all(_told(own[name]) == _told(value) for name, value in settings.items() if name not in self.sizing)

    def at(self, settings: Resolved) -> Network | None:
        """Return the network at settings that fit, no claim checked; None where a layer refuses its input.

        Raises SpecError for an input that is not allowed.
        """
        network = self.network
        BUDGET.affords(len(network.layers) * LAYER)
        inputs = input_shapes(self.spec, settings, None)
        start = next(iter(inputs.values()))
        empty = network._replace(
            settings=settings.values, input=start, inputs=inputs if self.spec.inputs else network.inputs, claims=()
        )
        found = run_again(network.layers, empty.fed)
        return None if found is None else empty._replace(layers=found)


def run_again(layers: tuple[Layer, ...], fed: Mapping[int, Shape]) -> tuple[Layer, ...] | None:
    """Return layers with the inputs of the first ones replaced, by the numbers that these are read by.

    Returns None where one refuses what it reads, or puts out a side over 10^18.
    """
    outs: dict[int, Shape] = dict(fed)
    known: dict[tuple[Any, ...], Cost] = {}
    made: list[Layer] = []
    for layer in layers:
        ins = tuple([outs[number] for number in layer.inputs])
        key = layer.op, id(layer.args), ins
        cost = known.get(key)
        if cost is None:
            try:
                cost = known[key] = OPS[layer.op].run(ins, layer.args)
            except (OpError, WindowError):
                return None
            if max(cost.out) > LARGEST:
                return None
        outs[layer.number] = cost.out
        made.append(layer._replace(ins=ins, cost=cost))
    return tuple(made)


def _told(value: Any) -> Any:
    return type(value), value
