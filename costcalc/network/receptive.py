"""Receptive fields: the rows and columns of the network's input that each output of a layer sees."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from costcalc.network.model import Layer, Network
from costcalc.ops import OPS
from costcalc.ops.declare import MAP, POINT, WINDOW
from costcalc.ops.shape import Pair, Shape, extent

# Along one side: by the stride of a path, the first and the last pixel that output 0 sees by it, those of padding
# included; output y sees them y strides further. Stride 0 is of paths by which each output sees the same pixels.
Spans = Mapping[int, Pair]


class ReceptiveField(NamedTuple):
    """What the outputs of one layer see of the network's input, along its height and its width.

    A window may reach into padding, and past the edges of the input; what looks at a whole map sees the input alone.
    """

    out: Shape
    spans: tuple[Spans, Spans]

    @property
    def sides(self) -> Pair:
        """The most rows and columns, from the first to the last, that one output sees by any of its paths."""
        (rows, columns), (_, h, w) = self.spans, self.out
        return _most(rows, h), _most(columns, w)

    @property
    def size(self) -> int:
        """The larger of both."""
        return max(self.sides)

    @property
    def stride(self) -> "tuple[int | None, int | None]":
        """How far the field moves from one output to the next, down and to the right; None where paths differ."""
        rows, columns = (next(iter(spans)) if len(spans) == 1 else None for spans in self.spans)
        return rows, columns

    @property
    def offset(self) -> Pair:
        """The first row and column that the first output sees, below 0 where that is padding."""
        rows, columns = (min(first for first, _ in spans.values()) for spans in self.spans)
        return rows, columns


def receptive_fields(network: Network) -> tuple[ReceptiveField | None, ...]:
    """Return the receptive field of each layer, in the order of execution; None behind an op that spreads its input.

    Padding, dilation and holes between taps count as pixels seen. Branches are taken together; a global pool, an fc and
    a flatten see the input by all positions of their own. Several inputs are taken as one where they have the height
    and width of the first; what reads another has no field.
    Source: Araujo et al. 2019, doi:10.23915/distill.00021, equations for size, stride and start.
    """
    start: Spans = {1: (0, 0)}
    found: dict[int, ReceptiveField | None] = {
        number: ReceptiveField(shape, (start, start)) if shape[1:] == network.input[1:] else None
        for number, shape in network.fed.items()
    }
    for layer in network.layers:
        rule, fields = _rule(layer), [field for number in layer.inputs if (field := found[number])]
        if rule is None or len(fields) < len(layer.inputs):
            found[layer.number] = None
            continue
        rows, columns = zip(*(rule(layer, field, network.input) for field in fields), strict=True)
        found[layer.number] = ReceptiveField(layer.out, (_joined(rows), _joined(columns)))
    return tuple(found[layer.number] for layer in network.layers)


def _ends(spans: Spans, out: int) -> Iterable[Pair]:
    """Yield the first and the last pixel that the first and the last output see by paths that move."""
    moving = [(stride, *span) for stride, span in spans.items() if stride]
    for y in (0, out - 1) if moving else ():
        yield (
            min(y * stride + first for stride, first, _ in moving),
            max(y * stride + last for stride, _, last in moving),
        )


def _most(spans: Spans, out: int) -> int:
    """Return the most pixels that one output sees: paths of several strides part most at an end of the map."""
    return max(last - first + 1 for first, last in (*_ends(spans, out), *([spans[0]] if 0 in spans else [])))


def _joined(spans: Iterable[Spans]) -> Spans:
    """Return what is seen by several paths together."""
    found: dict[int, Pair] = {}
    for stride, (first, last) in (item for one in spans for item in one.items()):
        least, most = found.get(stride, (first, last))
        found[stride] = min(least, first), max(most, last)
    return found


def _gathered(spans: Spans, out: int, size: int) -> Spans:
    """Return what all positions of a map see of an input side together, padding left out."""
    ends = [(max(first, 0), min(last, size - 1)) for first, last in _ends(spans, out)]
    return _joined([*({0: end} for end in ends), *([{0: spans[0]}] if 0 in spans else [])])


def _slid(spans: Spans, size: int, stride: int, before: int) -> Spans:
    """Return what a window of a size sees, given what each position of its input does."""
    return {
        jump * stride: (first - jump * before, last + jump * (size - 1 - before))
        for jump, (first, last) in spans.items()
    }


Rule = Callable[[Layer, ReceptiveField, Shape], tuple[Spans, Spans]]


def _window(layer: Layer, read: ReceptiveField, start: Shape) -> tuple[Spans, Spans]:
    """Return the field of an op whose window slides over its input."""
    k, s, d, pads = layer.args["k"], layer.args["s"], layer.args.get("d", (1, 1)), OPS[layer.op].filter.pads
    assert pads is not None
    (top, _), (left, _) = pads(read.out, k, s, layer.args["p"], d)
    rows, columns = read.spans
    return _slid(rows, extent(k[0], d[0]), s[0], top), _slid(columns, extent(k[1], d[1]), s[1], left)


def _map(layer: Layer, read: ReceptiveField, start: Shape) -> tuple[Spans, Spans]:
    """Return the field of an op that looks at the whole map."""
    rows, columns = read.spans
    return _gathered(rows, read.out.h, start.h), _gathered(columns, read.out.w, start.w)


def _point(layer: Layer, read: ReceptiveField, start: Shape) -> tuple[Spans, Spans]:
    """Return the field of an op that reads the same position of its input; a side of 1 is read by all."""
    rows, columns = (
        spans if side == made else _gathered(spans, side, size)
        for spans, side, made, size in zip(read.spans, read.out[1:], layer.out[1:], start[1:], strict=True)
    )
    return rows, columns


RULES: Mapping[str, Rule] = {WINDOW: _window, POINT: _point, MAP: _map}


def _rule(layer: Layer) -> Rule | None:
    """Return the rule of a layer by what its op sees; a kernel that spreads its input, or moves it, has none yet."""
    filter_ = OPS[layer.op].filter
    if filter_.sees == WINDOW and not (filter_.reads_windows and layer.args["k"]):
        return None
    return RULES.get(filter_.sees)
