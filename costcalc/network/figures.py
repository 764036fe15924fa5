"""Every figure of a network that has a name, one entry each: what every command that takes a figure by name reads."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from costcalc.common.errors import offered, quote
from costcalc.common.units import bytes_of
from costcalc.network.metrics import BY_ATTRIBUTE, CONVENTIONS, COUNTS, DTYPE_BITS, Measure, counted, multiplies
from costcalc.ops import OPS

if TYPE_CHECKING:
    from costcalc.network.model import Network
    from costcalc.network.receptive import ReceptiveField

LESS, MORE = -1, 1
Made = TypeVar("Made")


class Part(NamedTuple):
    """Some layers whose figures are read: under a measure, at so many bits an element, one image.

    `network` is the whole that they are layers of, which sums can do without; `repeats` is how often a row is
    there; `memo` keeps what was made of the whole network for the parts of it that share it; `policy` are the names of
    what holds at a peak.
    """

    layers: Sequence[Any]
    measure: Measure = Measure()
    bits: int = DTYPE_BITS["fp32"]
    network: "Network | None" = None
    repeats: int = 1
    memo: "dict[Callable[[Network], Any], Any] | None" = None
    policy: Sequence[str] = ()

    @property
    def params(self) -> int:
        """Their parameters, by the convention."""
        return self.measure.params.total(self.layers)

    @property
    def macs(self) -> int:
        """Their multiply-accumulates, by the convention."""
        return self.measure.macs.total(self.layers)

    def exact(self, name: str) -> Any:
        """Return a figure of these layers by its name; a ratio as a fraction. Raises KeyError for an unknown name."""
        return FIGURES[name].of(self)

    def figure(self, name: str) -> Any:
        """Return a figure of these layers by its name, as a number."""
        return float(self.exact(name)) if FIGURES[name].kind == "decimal" else self.exact(name)

    def under(self, name: str) -> "Part":
        """Return these layers counted under a convention, by its name; an empty name changes nothing."""
        if not name:
            return self
        return self._replace(measure=self.measure._replace(**{CONVENTIONS[name].measures: CONVENTIONS[name]}))

    def once(self, function: "Callable[[Network], Made]") -> Made:
        """Return what a function makes of the whole network, which is made once for the parts that share a memo."""
        if self.network is None:
            raise ValueError("layers of no network have no such figure")
        memo: dict[Any, Any] = {} if self.memo is None else self.memo
        if function not in memo:
            memo[function] = function(self.network)
        made: Made = memo[function]
        return made


def whole(network: "Network", bits: int = DTYPE_BITS["fp32"]) -> Part:
    """Return all layers of a network, under its own measure."""
    return Part(network.layers, network.measure, bits, network, memo={})


class NamedFigure(NamedTuple):
    """A figure: how it is called, what it is, and the function that returns it for a part of a network.

    `kind` is that of a column: `int`, `bytes`, or `decimal` for a ratio; `better` is LESS, MORE, or 0 where neither is
    known to be. `sums` says that it follows from sums over layers, and has a total; `traced`, that it is made of whole
    numbers throughout, so that sweeps can run it as code. `typed` figures depend on the type of an element, those that
    name what they `follow` on the convention for it; `elements` is the count whose bytes it is. A figure that is not
    `of_network` is one of a layer or a block.
    """

    name: str
    title: str
    words: str
    of: Callable[[Part], Any]
    kind: str = "int"
    better: int = 0
    sums: bool = True
    traced: bool = True
    typed: bool = False
    follows: str = ""
    elements: str = ""
    of_network: bool = True

    @property
    def adds_up(self) -> bool:
        """Whether it is the sum of what each layer has, to the last digit."""
        return self.sums and not self.typed

    def heading(self, dtype: str) -> str:
        """Return the title of a column, with the type where it matters: `int8 peak memory`."""
        return f"{dtype} {self.title}" if self.typed else self.title


def not_of_network(name: str) -> str:
    """Return why a network has no figure of this name, or nothing."""
    figure = FIGURES.get(name)
    return f"{quote(name)} is a figure of a layer, not of a network" if figure and not figure.of_network else ""


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of figures that a network has; raise ValueError for any other."""
    for name in names:
        if name not in FIGURES:
            known = network_figures()
            raise ValueError(f"unknown figure {quote(name)}{offered(name, known)}")
        if not_of_network(name):
            raise ValueError(not_of_network(name))
    return tuple(names)


def network_figures() -> list[str]:
    """Return the names of the figures that a network has."""
    return [name for name, figure in FIGURES.items() if figure.of_network]


# What computes the rest is loaded when one is asked for: `report` knows their names, and starts without.


def _features(part: Part) -> int:
    from costcalc.network.memory import Policy, features, features_under

    if not (part.policy and part.network):
        return bytes_of(features(part.layers).total, part.bits)
    policy = Policy.named(part.policy)
    params = part.params if policy.weights else 0
    return bytes_of(features_under(part.network, policy, part.layers).total + params, part.bits)


def _peak(part: Part) -> int:
    from costcalc.network.memory import timeline
    from costcalc.network.memory.policy import Policy

    if part.policy and part.network:
        live = timeline(part.network, Policy.named(part.policy)).live
    else:
        live = part.once(timeline).live
    return bytes_of(max(live[layer.number] for layer in part.layers), part.bits)


def _traffic(part: Part) -> int:
    from costcalc.network.traffic import traffic

    return sum(traffic(layer, part.bits) for layer in part.layers)


def _intensity(part: Part) -> Any:
    from costcalc.network.traffic import flops, intensity

    return intensity(sum(map(flops, part.layers)), _traffic(part))


def _from_data(name: str) -> Callable[[Part], int]:
    def of(part: Part) -> int:
        from costcalc.network import quantities

        found: int = getattr(quantities, name)(part.layers)
        return found

    return of


def field_of(part: Part) -> "ReceptiveField | None":
    """Return the receptive field of the last layer of a part; None where no rule gives it."""
    from costcalc.network.receptive import receptive_fields

    field: ReceptiveField | None = part.once(receptive_fields)[part.layers[-1].number]
    return field


def _field_size(part: Part) -> int:
    field = field_of(part)
    if field is None:
        raise ValueError(
            f"the receptive field of {quote(part.layers[-1].path)} is unknown: it follows an upsampling layer"
        )
    return field.size


def _column(name: str, choose: Callable[[list[int]], int]) -> Callable[[Part], int]:
    """Return a function to the height of a column such as a kernel, 1 where no layer has it."""
    return lambda part: choose([int(layer.args[name][0]) for layer in part.layers if layer.args.get(name)] or [1])


def _side(end: str, side: str) -> Callable[[Part], int]:
    if end == "in":
        return lambda part: getattr(part.layers[0].ins[0], side)
    return lambda part: getattr(part.layers[-1].out, side)


def _by_convention(attribute: str) -> NamedFigure:
    convention = CONVENTIONS[BY_ATTRIBUTE[attribute]]
    return NamedFigure(attribute, attribute, convention.words, lambda part: convention.total(part.layers), better=LESS)


def _argument(name: str, words: str, of: Callable[[Part], int]) -> NamedFigure:
    return NamedFigure(name, name, words, of, sums=False, of_network=False)


def _table(*rows: NamedFigure) -> dict[str, NamedFigure]:
    return {row.name: row for row in rows}


def _costs(name: str, title: str, words: str, of: Callable[[Part], Any], **more: Any) -> NamedFigure:
    return NamedFigure(name, title, words, of, better=LESS, **more)


def _size(name: str, title: str, words: str, of: Callable[[Part], int], **more: Any) -> NamedFigure:
    return _costs(name, title, words, of, kind="bytes", typed=True, **more)


# One entry is all that a figure needs: columns, conditions, fronts, budgets, totals, claims and questions take it.
FIGURES: dict[str, NamedFigure] = _table(
    _costs("layers", "layers", "their number", lambda part: len(part.layers)),
    _costs("params", "parameters", "parameters, by the convention", lambda part: part.params, follows="params"),
    _costs("macs", "MACs", "multiply-accumulates, by the convention", lambda part: part.macs, follows="macs"),
    _costs("flops", "FLOPs", "2 for each of the MACs", lambda part: 2 * part.macs, follows="macs"),
    *(_costs(name, name, words, lambda part, name=name: counted(part.layers, name)) for name, words in COUNTS.items()),  # type: ignore[misc]
    _size(
        "bytes",
        "parameter memory",
        "bytes of the parameters, by the convention",
        lambda part: bytes_of(part.params, part.bits),
        follows="params",
        elements="params",
    ),
    _size("features", "sum of features", "bytes of all outputs of a forward pass that reuses no memory", _features),
    _size("peak", "peak memory", "bytes of the inference peak, under the default policy", _peak, sums=False),
    _size(
        "largest",
        "largest output",
        "bytes of the largest output of a layer: what a buffer must hold",
        lambda part: bytes_of(max(layer.cost.activations for layer in part.layers), part.bits),
        sums=False,
    ),
    _size("traffic", "traffic", "bytes that the layers move: inputs and parameters read, outputs written", _traffic),
    NamedFigure(
        "intensity",
        "FLOPs/byte",
        "FLOPs of conv and fc for each byte of traffic",
        _intensity,
        "decimal",
        traced=False,
        typed=True,
    ),
    _costs("kept", "kept parameters", "parameters that pruning leaves", _from_data("kept"), traced=False),
    _costs("kept_bits", "kept bits", "bits of the kept parameters", _from_data("kept_bits"), traced=False),
    NamedFigure(
        "rf",
        "receptive field",
        "rows or columns of the input that one output sees",
        _field_size,
        sums=False,
        traced=False,
    ),
    NamedFigure("depth", "depth", "layers that multiply on the longest chain", _from_data("depth"), sums=False),
    NamedFigure("weighted", "weighted", "layers that multiply", lambda part: sum(map(multiplies, part.layers))),
    NamedFigure(
        "channels",
        "channels",
        "output channels of all convolutions, depthwise ones too",
        lambda part: sum(layer.cost.out.c for layer in part.layers if OPS[layer.op].filter.convolves),
    ),
    *(
        NamedFigure(f"{end}_{side}", f"{end}_{side}", f"{what} of the {place}", _side(end, side), sums=False)
        for end, place in (("in", "input"), ("out", "output"))
        for side, what in (("c", "channels"), ("h", "height"), ("w", "width"))
    ),
    _argument("n", "how often a row or block is repeated", lambda part: part.repeats),
    _argument("k", "height of the first kernel", _column("k", lambda found: found[0])),
    _argument("s", "largest stride downwards", _column("s", max)),
    *(_by_convention(attribute) for attribute in BY_ATTRIBUTE if attribute not in COUNTS),
)
