"""Scopes as forms: each row with the code that a target has for it, and where what it reads comes from."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

from costcalc.common.errors import SpecError, quote
from costcalc.importer.export.nodes import Bit, Make, Step, Times, changed, leaf, leaves, unify
from costcalc.importer.export.scopes import Chain, Scope, ScopeRow, gives, layers_in, reads
from costcalc.network.model import INPUT, PARAMETERS, Layer, Network
from costcalc.ops import Cost
from costcalc.ops.shape import Shape

Ref = tuple[str, int]  # the key of a row and which of its outputs; an empty key is the scope's inputs
SEQUENCE = "nn.Sequential"
HELD = tuple(Cost._fields.index(name) for name in PARAMETERS)  # counts of what a layer holds
LONG = 3  # repeats that are written as a loop


class Expression(NamedTuple):
    """An expression over what a row reads, `{0}`, `{1}`, and over leaves by their hints, `{start}`."""

    text: str
    leaves: tuple[Any, ...] = ()


class Piece(NamedTuple):
    """What a target has for a layer: an expression, and the modules that its value goes through; or one of the two."""

    modules: tuple[Make, ...] = ()
    formula: Expression | None = None


class Place:
    """A layer as the entry of a table sees it; `flat` says that its input is a vector, without height and width."""

    def __init__(self, layer: Layer, *, flat: bool) -> None:
        self.layer = layer
        self.flat = flat

    @property
    def x(self) -> Shape:
        """The first input."""
        return self.layer.ins[0]

    @property
    def out(self) -> Shape:
        """The output."""
        return self.layer.out

    def __getitem__(self, column: str) -> Any:
        """Return the value of a column."""
        return self.layer.args[column]

    def leaf(self, column: str) -> Bit:
        """Return the value of a column as a leaf of that name."""
        return leaf(self.layer.args[column], column)

    def refused(self, what: str) -> SpecError:
        """Return the error for a layer that a target cannot have."""
        return SpecError(f"{quote(self.layer.path)} ({self.layer.op}): {what}", self.layer.mark)

    def step(self) -> int:
        """Return how far apart the queries of attention with `relative` are on the map of the keys.

        Raises SpecError where they are on no such grid, or where the order of offsets would be another.
        """
        if not self["relative"]:
            return 1
        ins = self.layer.ins
        q, k = ins[0], ins[1 if len(ins) > 1 else 0]
        step = -(-k.h // q.h)
        placed = (-(-k.h // step), -(-k.w // step)) == (q.h, q.w)
        if not placed or (step > 1 and self["relative"] != "distance"):
            raise self.refused("relative positions between maps of two sizes have no one order: leave `relative` out")
        return step


class FormRow(NamedTuple):
    """A row of a form: what it is called for, its code, what it reads (`lifted`: a vector that must be a map)."""

    key: str
    op: str
    piece: Piece
    reads: tuple[Ref, ...]
    lifted: tuple[bool, ...]
    channels: tuple[int, ...]
    shares: str = ""
    note: str = ""


class BlockForm(NamedTuple):
    """A block as it is called once: its rows, the channels that it reads, what it gives, and its arguments' values."""

    name: str
    rows: tuple[FormRow, ...]
    channels: tuple[int, ...]
    outputs: tuple[Ref, ...]
    args: Mapping[str, Any]

    @property
    def identity(self) -> tuple[Any, ...]:
        """What two equal forms have in common."""
        return (
            tuple(row._replace(note="") for row in self.rows),
            self.channels,
            self.outputs,
            tuple(self.args.items()),
        )


# Ops that make vectors of vectors, besides activations.
KEEPS_RANK = frozenset(
    {"add", "mul", "concat", "dropout", "softmax", "identity", "linear", "scale", "offset", "bn", "ln", "gn", "rms"}
)


def flat_layers(layers: Sequence[Layer], elementwise: frozenset[str]) -> frozenset[int]:
    """Return the numbers of the layers that give a vector, without height and width; all others give a map."""
    flat: set[int] = set()
    for layer in layers:
        kept = layer.op in KEEPS_RANK or layer.op in elementwise
        if layer.op in ("fc", "flatten") or (kept and flat.issuperset(layer.inputs)):
            flat.add(layer.number)
    return frozenset(flat)


class Maker:
    """Makes the forms of one network: `pieces` by a layer's number, `calls` the code of blocks that are made."""

    def __init__(self, network: Network, flat: frozenset[int], pieces: Mapping[int, Piece]) -> None:
        self.layers = network.layers
        self.fed = network.fed
        self.flat = flat
        self.pieces = pieces
        self.calls: dict[str, Make] = {}

    def form(self, scope: Scope) -> BlockForm:
        """Return the form of a scope whose own blocks are made."""
        places: dict[int, Ref] = {number: ("", index) for index, number in enumerate(scope.inputs)}
        rows = []
        for item in self.expanded(scope.items):
            refs = tuple(places[number] for number in reads(item))
            rows.append(self.row(scope, item, refs))
            places |= {number: (item.key, index) for index, number in enumerate(gives(item))}
        self.check(rows, scope)
        channels = tuple(self.channels(number) for number in scope.inputs)
        return BlockForm(
            scope.name, tuple(rows), channels, tuple(places[number] for number in scope.outputs), scope.args
        )

    def check(self, rows: Sequence[FormRow], scope: Scope) -> None:
        """Raise SpecError for a row that shares the weights of one whose code is another."""
        pieces = {row.key: row.piece.modules for row in rows}
        for row, item in zip(rows, self.expanded(scope.items), strict=True):
            if row.shares and pieces[row.key] != pieces[row.shares]:
                mark = next(iter(layers_in(item))).mark
                raise SpecError(
                    f"{quote(row.key)} shares weights with {quote(row.shares)}, which is laid otherwise", mark
                )

    def expanded(self, items: Sequence[ScopeRow]) -> Iterator[ScopeRow]:
        """Yield the rows of a scope; repeats of a layer that is an expression are rows of their own."""
        for item in items:
            of = item.what.items if isinstance(item.what, Chain) else ()
            formulas = any(isinstance(one.what, Layer) and self.pieces[one.what.number].formula for one in of)
            yield from of if formulas else (item,)

    def channels(self, number: int) -> int:
        """Return the channels that a layer or an input gives."""
        return self.fed[number].c if number <= INPUT else self.layers[number].out.c

    def row(self, scope: Scope, item: ScopeRow, refs: tuple[Ref, ...]) -> FormRow:
        """Return a row of a form."""
        what = item.what
        lifted = tuple(False for _ in refs)
        if isinstance(what, Layer):
            piece, op = self.pieces[what.number], what.op
            kept = what.number in self.flat
            lifted = tuple(not kept and number in self.flat for number in what.inputs)
        elif isinstance(what, Scope):
            piece, op = Piece((self.calls[what.path],)), what.name
        else:
            piece, op = Piece((Make(SEQUENCE, self.run(what)),)), _op(what.items[0])
        outs = tuple(self.channels(number) for number in gives(item))
        note = " and ".join("x".join(map(str, self.layers[number].out)) for number in gives(item))
        return FormRow(item.key, op, piece, refs, lifted, outs, _shared(scope, item), note)

    def modules(self, item: ScopeRow) -> tuple[Make, ...]:
        """Return the modules of a layer, or the block's."""
        what = item.what
        return self.pieces[what.number].modules if isinstance(what, Layer) else (self.calls[what.path],)

    def run(self, run: Chain) -> tuple[Any, ...]:
        """Return the modules of repeats, those that are alike or grow evenly as a loop."""
        calls = [sequence(self.modules(item)) for item in run.items]
        if grown := _grown(calls):
            return (grown,)
        found: list[Any] = []
        for call, group in groupby(calls):
            times = len(list(group))
            found += [Times(call, Bit(times, "n"))] if times >= LONG else [call] * times
        return tuple(found)


def sequence(modules: Sequence[Make]) -> Make:
    """Return modules as one."""
    return modules[0] if len(modules) == 1 else Make(SEQUENCE, tuple(modules))


def _op(item: ScopeRow) -> str:
    return item.what.op if isinstance(item.what, Layer) else item.what.name  # type: ignore[union-attr]


def _grown(calls: Sequence[Make]) -> Times | None:
    """Return calls as one loop where each of their numbers is constant or grows by the same number, or None."""
    if len(calls) < LONG:
        return None
    try:
        together = unify(calls)
    except ValueError:
        return None
    steps: dict[Any, Any] = {}
    for found in leaves(together):
        if isinstance(found, Bit):
            continue
        values = found.values
        if not all(type(value) is int for value in values):
            return None
        by = values[1] - values[0]
        if by < 1 or any(after - before != by for before, after in pairwise(values)):
            return None
        steps[found] = Bit(Step(values[0], by), found.hint)
    return Times(changed(together, lambda found: steps.get(found, found)), Bit(len(calls), "n"))


def _shared(scope: Scope, item: ScopeRow) -> str:
    """Return the key of the row of a scope whose weights a row shares; raise SpecError where it shares a part of them.

    What rows of a block share with those of another one is said in the scope that holds the two blocks.
    """
    sharing = [layer for layer in layers_in(item) if layer.shares]
    if not sharing:
        return ""
    homes = {layer.path: other.key for other in scope.items for layer in layers_in(other)}
    found = {homes.get(layer.shares, "") for layer in sharing} - {item.key}
    if not any(found):
        return ""
    weighted = [layer for layer in layers_in(item) if layer.shares or any(layer.cost[index] for index in HELD)]
    if len(found) > 1 or len(sharing) < len(weighted):
        raise SpecError(
            f"{quote(item.key)} shares some of its weights: code shares all of a row's, or none", sharing[0].mark
        )
    return found.pop()
