"""A Keras model as the same events, by its layers and the shapes of its symbolic graph; nothing of it runs."""

from collections.abc import Callable, Iterator
from math import prod
from typing import Any
from unittest import mock

from .ours import Event
from .theirs import Measured

QUIET = {
    *("InputLayer", "ZeroPadding2D", "Cropping2D", "Activation", "ReLU", "Dropout", "Reshape", "Flatten", "Rescaling"),
    *("Normalization", "LayerScale", "StochasticDepth", "Permute", "LeakyReLU", "Softmax"),
}  # what neither multiplies, normalises, pools nor joins maps; `Normalization` and `LayerScale` are of the totals alone


def _shape(layer: Any) -> tuple[int, ...]:
    """Return the shape of what a layer gives, without the batch."""
    return tuple(layer.output.shape[1:])


def _event(kind: str, layer: Any, *weights: Any) -> Event:
    """Return what a layer does with some weights: those trained are parameters, the others statistics."""
    out = _shape(layer)
    params, stats = (sum(prod(w.shape) for w in weights if w.trainable is trained) for trained in (True, False))
    return Event(kind, out[-1], prod(out), params, stats)


def _product(layer: Any) -> Iterator[Event]:
    """Yield the product of a kernel: as many MACs at each place as it has weights."""
    bias = [layer.bias] if layer.bias is not None else []
    event = _event("product", layer, layer.kernel, *bias)
    yield event._replace(macs=prod(layer.kernel.shape) * prod(_shape(layer)[:-1]))


def _separable(layer: Any) -> Iterator[Event]:
    """Yield both products of a separable convolution; the bias is in the second one."""
    deep, point = layer.depthwise_kernel, layer.pointwise_kernel
    places, c = prod(_shape(layer)[:-1]), deep.shape[2] * deep.shape[3]
    yield Event("product", c, c * places, prod(deep.shape), 0, prod(deep.shape) * places)
    second = _event("product", layer, point, *([layer.bias] if layer.use_bias else []))
    yield second._replace(macs=prod(point.shape) * places)


def _norm(layer: Any) -> Iterator[Event]:
    yield _event("norm", layer, *layer.weights)


def _pool(layer: Any) -> Iterator[Event]:
    yield _event("pool", layer)


def _joined(kind: str, *, pairs: bool) -> Callable[[Any], Iterator[Event]]:
    """Return what yields the event of a join, or one for each pair that it joins."""

    def join(layer: Any) -> Iterator[Event]:
        joined = layer.input if isinstance(layer.input, list) else [layer.input]  # one map, and a number
        yield from [_event(kind, layer)] * (len(joined) - 1 if pairs else 1)

    return join


LAYERS: dict[str, Callable[[Any], Iterator[Event]]] = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2D", "Dense"), _product),
    "SeparableConv2D": _separable,
    **dict.fromkeys(("BatchNormalization", "LayerNormalization"), _norm),
    **dict.fromkeys(
        ("MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"),
        _pool,
    ),
    **dict.fromkeys(("Add", "CustomScaleLayer"), _joined("add", pairs=True)),  # the second one of Inception-ResNet
    "Multiply": _joined("mul", pairs=True),
    "Concatenate": _joined("concat", pairs=False),
}


def _flat(model: Any) -> Iterator[Any]:
    """Yield the layers of a model and of the models in it."""
    for layer in getattr(model, "operations", model.layers):  # which has sums too that are written as such
        yield from _flat(layer) if hasattr(layer, "layers") else (layer,)


def _built(build: Callable[[], Any]) -> tuple[Any, list[Any]]:
    """Return a model without data, and its layers in the order in which its code calls them."""
    import keras
    from keras.src.ops.node import Node

    called: dict[int, int] = {}

    def noted(self: Any, operation: Any, **given: Any) -> None:
        called.setdefault(id(operation), len(called))
        init(self, operation, **given)

    init = Node.__init__
    with keras.device("meta"), mock.patch.object(Node, "__init__", noted):
        model = build()
    return model, sorted(_flat(model), key=lambda layer: called[id(layer)])


def applied(model: str, given: dict[str, Any], shape: tuple[int, ...]) -> Any:
    """Return a model of `keras.applications` for an input (h, w, c), without weights and the softmax at its end."""
    import keras
    from keras.src.applications import nasnet

    name = model.partition(".")[2]
    builder = nasnet.NASNet if name == "NASNet" else getattr(keras.applications, name)
    return builder(weights=None, input_shape=shape, classifier_activation=None, **given)


def measured(build: Callable[[], Any]) -> Measured:
    """Return what is compared of a Keras model.

    Raises NotImplementedError for a layer that has no entry here, which might multiply.
    """
    model, layers = _built(build)
    events: list[Event] = []
    for layer in layers:
        kind = type(layer).__name__
        if kind not in LAYERS and kind not in QUIET:
            raise NotImplementedError(f"nothing counts a layer {kind} of Keras")
        events += LAYERS[kind](layer) if kind in LAYERS else ()
    params = sum(prod(w.shape) for w in model.trainable_weights)
    stats = sum(event.stats for event in events)
    return Measured(events, [], {"params": params, "stats": stats, "macs": sum(event.macs for event in events)})
