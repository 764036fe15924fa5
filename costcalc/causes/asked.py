"""What is asked of layers, as data that a mistake can change, and the value that it gives."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.causes.atsettings import Elsewhere
from costcalc.common.units import bytes_of
from costcalc.language.expr import CELLS, Language, Value
from costcalc.language.spec import EMPTY, Definition, Fed
from costcalc.network.figures import FIGURES, Part
from costcalc.network.metrics import Measure
from costcalc.network.model import Layer, Network
from costcalc.ops.shape import Shape
from costcalc.unfold.interpreter import attempt

Change = Callable[[Layer], Layer | None]  # None: it does not apply to this layer

BY_CONVENTION = ("macs", "params")  # what a measure has a convention for
MAC_COUNTS = ("macs", "flops", "conv_macs", "fc_macs", "matmul_macs")


class Side(NamedTuple):
    """Some layers of a network, and where they come from: the spec, its settings, and which layers are meant.

    `shape` is the input that is given in place of the spec's own; `made` holds what was built at other settings, for
    every question about this side.
    """

    network: Network
    layers: tuple[Layer, ...]
    pick: Callable[[Network], tuple[Layer, ...]]
    spec: Definition
    given: Mapping[str, Value] = EMPTY
    elsewhere: Elsewhere | None = None  # the spec at other settings, where somebody keeps it
    shape: Fed | None = None  # an input that is given in place of the spec's own

    def at(self, settings: Mapping[str, Value], language: Language = CELLS) -> Network | None:
        """Return the network at other settings; None where it cannot be built. Raises SpecError for a wrong setting."""
        given = {**self.given, **settings}
        if self.elsewhere and not self.shape:
            return self.elsewhere.network(given, self.network.key, language)
        return attempt(self.spec, given, self.network.key, self.shape, language)[0]


class Asked(NamedTuple):
    """A figure that is asked for: a quantity summed over layers, in bytes where `bits` says so, or the quotient of two.

    `quantity` is the name of a figure, or `out` (the last layer's output size). `changes` are made to every layer
    before it is counted, `factor` to the result; only an answer in one of `units`, or with its digits `cut`, is meant.
    `known` is the value where a mistake gives it without other layers; `read` builds those that it is of, if any.
    `tally` keeps what was counted of such layers before; `policy` are the names of what holds at a peak.
    """

    quantity: str
    sides: tuple[Side, ...]
    measure: Measure = Measure()
    bits: int = 0
    changes: tuple[Change, ...] = ()
    factor: Fraction = Fraction(1)
    units: tuple[str, ...] = ()
    cut: bool = False
    known: Fraction | None = None
    read: "Callable[[], Asked] | None" = None
    tally: "LayerTally | None" = None
    policy: tuple[str, ...] = ()

    @property
    def built(self) -> "Asked":
        """The same with the layers that it is of, where its value was known without them."""
        return self.read() if self.read else self

    @property
    def settings(self) -> Mapping[str, Value]:
        """The settings of the network that is asked about."""
        return self.sides[0].network.settings

    @property
    def adds_up(self) -> bool:
        """Whether what is asked is a sum of what each layer has; only then a mistake in a layer is one in the whole."""
        return self.quantity == "out" or FIGURES[self.quantity].adds_up

    @property
    def in_bytes(self) -> int:
        """The bits of an element where a size in bytes is asked for, else 0."""
        return 0 if self.quantity != "out" and FIGURES[self.quantity].kind == "decimal" else self.bits

    def over(self, change: Callable[[Side], tuple[Layer, ...]]) -> "Asked":
        """Return this with other layers on each side."""
        return self.of_layers(map(change, self.sides))

    def of_layers(self, found: Iterable[tuple[Layer, ...]]) -> "Asked":
        """Return this with these layers, those of each side in turn."""
        pairs = zip(self.sides, found, strict=True)
        return self._replace(sides=tuple(side._replace(layers=layers) for side, layers in pairs))


def every(network: Network) -> tuple[Layer, ...]:
    """Return all layers of a network."""
    return network.layers


class LayerTally:
    """Counts layers; equal ones, and what equal changes make of them, once."""

    def __init__(self) -> None:
        self.known: dict[Hashable, Layer] = {}
        self.alike: dict[int, tuple[Layer, Layer]] = {}  # by id, what has it and the layer of `known` that is like it
        self.groups: dict[int, tuple[tuple[Layer, ...], list[tuple[Layer, int]]]] = {}
        self.counts: dict[Hashable, dict[int, tuple[Layer, int]]] = {}  # by id, what has it and its count
        self.totals: dict[tuple[int, int], int] = {}
        self.made: dict[Hashable, Layer] = {}
        self.memo: dict[Hashable, Any] = {}  # of what is made of the layers of a side, by what it is

    def value(self, asked: Asked) -> Fraction | Shape:
        """Return what is asked for; a quotient whose divisor is 0 is 0."""
        if asked.known is not None:
            return asked.known
        if asked.quantity == "out":
            return changed(asked.sides[0].layers[-1], asked.changes).out
        figure = FIGURES[asked.quantity]
        if figure.adds_up:
            sums = [Fraction(self.total(side.layers, asked)) for side in asked.sides]
        else:
            bits = asked.bits or 8  # an element is a byte then, where elements are taken for bytes
            parts = [Part(side.layers, asked.measure, bits, side.network, policy=asked.policy) for side in asked.sides]
            sums = [Fraction(part.exact(asked.quantity)) for part in parts]
        return finished(asked, sums)

    def total(self, layers: tuple[Layer, ...], asked: Asked) -> int:
        """Return the count over some layers, after the changes."""
        if asked.quantity == "flops":  # which are counted as MACs, so that both are counted once
            return 2 * self.total(layers, asked._replace(quantity="macs"))
        counts = self.counts_of(asked)
        at = id(counts), id(layers)
        if at not in self.totals:
            self.totals[at] = self.after(layers, asked) if asked.changes[1:] else self.sum(layers, asked)
        return self.totals[at]

    def sum(self, layers: tuple[Layer, ...], asked: Asked) -> int:
        """Return the sum of the counts of some layers, after the changes."""
        counts, total = self.counts_of(asked), 0
        for layer, times in self.grouped(layers):  # which keeps the layers, so that no id comes again
            known = counts.get(id(layer))
            total += times * (known[1] if known else self.count(layer, asked))
        return total

    def after(self, layers: tuple[Layer, ...], asked: Asked) -> int:
        """Return the same by the last change alone: only the layers that those before it touch count otherwise."""
        alone = asked._replace(changes=asked.changes[-1:])
        total = self.total(layers, alone)
        for layer, times in self.touched(layers, asked.changes[:-1]):
            total += times * (self.count(layer, asked) - self.count(layer, alone))
        return total

    def touched(self, layers: tuple[Layer, ...], changes: tuple[Change, ...]) -> list[tuple[Layer, int]]:
        """Return the layers that some changes do not leave as they are, each with how often it is there."""
        key = id(layers), changes
        if key not in self.memo:
            groups = self.grouped(layers)
            self.memo[key] = [(layer, times) for layer, times in groups if self.changed(layer, changes) is not layer]
        found: list[tuple[Layer, int]] = self.memo[key]
        return found

    def grouped(self, layers: tuple[Layer, ...]) -> list[tuple[Layer, int]]:
        """Return layers that count differently, each with how often it is there."""
        if id(layers) not in self.groups:
            found: dict[int, tuple[Layer, int]] = {}
            for layer in layers:
                alike = self.like(layer)
                found[id(alike)] = alike, found.get(id(alike), (alike, 0))[1] + 1
            self.groups[id(layers)] = layers, list(found.values())
        return self.groups[id(layers)][1]

    def like(self, layer: Layer) -> Layer:
        """Return the first layer that counts as this one does."""
        if id(layer) not in self.alike:
            self.alike[id(layer)] = layer, self.known.setdefault(content(layer), layer)
        return self.alike[id(layer)][1]

    def counts_of(self, asked: Asked) -> dict[int, tuple[Layer, int]]:
        """Return the counts so far of what is asked for, after the changes."""
        key = asked.quantity, asked.changes, asked.measure.macs.name, asked.measure.params.name
        return self.counts.setdefault(key, {})

    def count(self, layer: Layer, asked: Asked) -> int:
        """Return the count of one layer, after the changes."""
        counts = self.counts_of(asked)
        if id(layer) not in counts:
            counts[id(layer)] = layer, counted(self.changed(layer, asked.changes), asked)
        return counts[id(layer)][1]

    def changed(self, layer: Layer, changes: tuple[Change, ...]) -> Layer:
        """Return a layer after some changes, which is kept: pairs begin with one, and other counts are of the same."""
        if not changes:
            return layer
        key = id(layer), changes
        if key not in self.made:
            before = self.changed(layer, changes[:-1])
            made = changed(before, changes[-1:])
            self.made[key] = before if self.same(made, before) else made
        return self.made[key]

    def same(self, one: Layer, other: Layer) -> bool:
        """Return whether a change left a layer as it was."""
        return one == other


def counted(layer: Layer, asked: Asked) -> int:
    """Return the count of one layer as it is."""
    if asked.quantity in BY_CONVENTION:  # at once: most counts are these
        number: int = getattr(asked.measure, asked.quantity).of(layer)
    else:
        number = Part((layer,), asked.measure).exact(asked.quantity)
    return number


def finished(asked: Asked, sums: Sequence[Fraction]) -> Fraction:
    """Return the value that sums over the layers of each side make; a quotient whose divisor is 0 is 0."""
    if asked.bits and not FIGURES[asked.quantity].typed:
        sums = [Fraction(bytes_of(int(number), asked.bits)) for number in sums]
    if len(sums) == 1:
        return sums[0] if asked.factor == 1 else sums[0] * asked.factor
    return sums[0] / sums[1] * asked.factor if sums[1] else Fraction(0)


def changed(layer: Layer, changes: tuple[Change, ...]) -> Layer:
    """Return a layer after some changes, of which those that do not apply leave it as it is."""
    for change in changes:
        layer = change(layer) or layer
    return layer


def content(layer: Layer) -> Hashable:
    """Return what a layer's counts, and those of its changes, depend on."""
    return layer.op, layer.coding, layer.ins, layer.cost, tuple(layer.args.items()), tuple(layer.data.items())
