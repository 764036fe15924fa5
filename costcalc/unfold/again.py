"""A block that is called again at the same shapes and arguments: its layers, moved to their new places."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.language.spec import Block
from costcalc.network.model import Called, Layer
from costcalc.ops.shape import Shape
from costcalc.unfold.scope import Frame, RowValue

PLAIN = frozenset({int, str, float, bool, type(None)})
WHOLE = {int}


class Unfolded(NamedTuple):
    """What one call of a block gave: its layers, of which `first` is the number of the first one, and its value.

    `path` is that of the rows in it, `inputs` are the layers that it reads; `steps` and `work` are what it took.
    """

    layers: Sequence[Layer]
    first: int
    path: str
    inputs: tuple[int, ...]
    value: RowValue
    steps: int
    work: int

    @property
    def apart(self) -> bool:
        """Whether only its numbers and paths say where it is: no other outputs, no shared weights."""
        return not self.value.outputs and not any(layer.shares for layer in self.layers)

    def moved(self, first: int, frame: Frame, inputs: Sequence[RowValue]) -> tuple[Iterator[Layer], RowValue]:
        """Return the layers and the value of such a call whose rows are unfolded in `frame`."""
        numbers = dict(zip(self.inputs, (tensor.layer for tensor in inputs), strict=True))
        numbers.update((layer.number, first + place) for place, layer in enumerate(self.layers))
        return self._layers(numbers, frame), self.value._replace(layer=numbers[self.value.layer])

    def _layers(self, numbers: Mapping[int, int], frame: Frame) -> Iterator[Layer]:
        cut, around, path = len(self.path), len(frame.calls), frame.path
        calls: dict[int, tuple[Called, ...]] = {}
        for layer in self.layers:
            if id(layer.calls) not in calls:
                inner = (
                    call._replace(path=frame.path + call.path[cut:], inputs=tuple(numbers[at] for at in call.inputs))
                    for call in layer.calls[around:]
                )
                calls[id(layer.calls)] = (*frame.calls, *inner)
            read = tuple([numbers[at] for at in layer.inputs])
            within = calls[id(layer.calls)]
            yield Layer(numbers[layer.number], path + layer.path[cut:], layer.op, read, *layer[4:-1], within)


def key_of(block: Block, inputs: Sequence[RowValue], frame: Frame) -> tuple[Any, ...] | None:
    """Return all that the layers of a block in this frame depend on; None where that is more than can be compared.

    Besides shapes and arguments: the blocks around it, how deep it is, its stage, and which inputs are the same.
    """
    if frame.data or any(tensor.outputs for tensor in inputs):
        return None
    numbers = [tensor.layer for tensor in inputs]
    shapes = tuple([_sized(tensor.shape) for tensor in inputs])
    args = tuple([keyed(frame.names[arg.name]) for arg in block.args])
    same = tuple(map(numbers.index, numbers)) if len(numbers) > 1 else ()
    return frame.blocks, frame.path.count("/"), frame.stage, shapes, same, args


def _sized(shape: Shape) -> tuple[Any, ...]:
    """Return what tells a shape from others, as `keyed` does of its sides."""
    plain = {*map(type, shape)} == WHOLE
    return (type(shape), shape) if plain else (type(shape), *map(keyed, shape))


def keyed(value: Any) -> Any:
    """Return what tells a value from others: a symbol's expression, 1 from 1.0 and from true."""
    if type(value) in PLAIN:
        return type(value), value
    if isinstance(value, tuple):
        return tuple(map(keyed, value))
    return value.operand() if hasattr(value, "operand") else (type(value), value)
