"""Arithmetic of small constants, from which exporters compute shapes and masks, in NumPy, which `onnx` brings along."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from math import prod
from typing import Any

MOST = 65_536  # elements of a constant
Arrays = Sequence[Any]
Attrs = Mapping[str, Any]
Rule = Callable[[Any, Arrays, Attrs], Any]


def computed(op: str, values: Sequence[Any], attrs: Attrs) -> Any:
    """Return what an operator gives for constants: a number, or lists in lists; None where it has too many elements.

    Raises an ordinary error of Python or NumPy where the constants do not fit the operator.
    """
    np = import_module("numpy")
    arrays = [np.asarray(value, np.int64 if value == [] else None) for value in values]  # none of a shape's sides
    with np.errstate(all="ignore"):
        found = CONSTANT[op](np, arrays, attrs)
    return None if found is None or found.size > MOST else found.tolist()


def size_of(value: Any) -> int:
    """Return how many numbers a constant has."""
    return sum(map(size_of, value)) if isinstance(value, list) else 1


def _spread(np: Any, arrays: Arrays) -> bool:
    """Return whether arrays, spread over each other, have few elements enough."""
    shape: Sequence[int] = np.broadcast_shapes(*(array.shape for array in arrays))
    return prod(shape) <= MOST


def _pairs(name: str) -> Rule:
    return lambda np, a, attrs: getattr(np, name)(a[0], a[1]) if _spread(np, a) else None


def _divided(np: Any, a: Arrays, attrs: Attrs) -> Any:
    """Return a quotient; that of whole numbers is cut, as ONNX has it."""
    if not _spread(np, a):
        return None
    if a[0].dtype.kind in "iu" and a[1].dtype.kind in "iu":
        return np.trunc(a[0] / a[1]).astype(np.int64)
    return a[0] / a[1]


def _power(np: Any, a: Arrays, attrs: Attrs) -> Any:
    """Return a power; that of whole numbers is one where no exponent is negative."""
    if not _spread(np, a):
        return None
    whole = a[1].dtype.kind in "iu" and not (a[1] < 0).any()
    return np.power(a[0] if whole else a[0].astype(np.float64), a[1])


def _same(np: Any, a: Arrays, attrs: Attrs) -> Any:
    """Return a cast to whole numbers or truths; other casts change no value that shapes are made of."""
    to = attrs.get("to")
    return a[0].astype(np.int64) if to in (6, 7) else a[0].astype(bool) if to == 9 else a[0]


def _sized(np: Any, shape: Any, value: Any) -> Any:
    sides = [int(side) for side in np.atleast_1d(shape)]
    return None if prod(sides) > MOST else np.full(sides, value)


def _expanded(np: Any, a: Arrays, attrs: Attrs) -> Any:
    shape = np.broadcast_shapes(a[0].shape, tuple(int(side) for side in np.atleast_1d(a[1])))
    return None if prod(shape) > MOST else np.broadcast_to(a[0], shape)


def _range(np: Any, a: Arrays, attrs: Attrs) -> Any:
    start, stop, step = (value.item() for value in a)
    return None if (stop - start) / step > MOST else np.arange(start, stop, step)


def _slices(np: Any, a: Arrays, attrs: Attrs) -> Any:
    starts, stops = np.atleast_1d(attrs["start"]), np.atleast_1d(attrs["stop"])
    axes = range(len(starts)) if attrs.get("axes") is None else np.atleast_1d(attrs["axes"])
    steps = [1] * len(starts) if attrs.get("step") is None else np.atleast_1d(attrs["step"])
    at = [slice(None)] * a[0].ndim
    for axis, start, stop, step in zip(axes, starts, stops, steps, strict=True):
        size = a[0].shape[axis]
        ends = int(start), int(stop)
        at[axis] = slice(ends[0], None if step < 0 and ends[1] < -size else ends[1], int(step))
    return a[0][tuple(at)]


def _gathered(np: Any, a: Arrays, attrs: Attrs) -> Any:
    around = a[0].size // max(a[0].shape[attrs["axis"]], 1)
    return None if around * a[1].size > MOST else np.take(a[0], a[1].astype(np.int64), attrs["axis"])


def _scattered(np: Any, a: Arrays, attrs: Attrs) -> Any:
    """Return data with updates at indices (ScatterND)."""
    out = a[0].copy()
    for at in np.ndindex(a[1].shape[:-1]):
        out[tuple(a[1][at])] = a[2][at]
    return out


def _reshaped(np: Any, a: Arrays, attrs: Attrs) -> Any:
    shape = [a[0].shape[index] if side == 0 else side for index, side in enumerate(np.atleast_1d(attrs["shape"]))]
    return a[0].reshape(shape)


def _acted(np: Any, a: Arrays, attrs: Attrs) -> Any:
    """Return a clamp that is called an activation; None for the other activations."""
    return {"relu": lambda: np.maximum(a[0], 0), "relu6": lambda: np.clip(a[0], 0, 6)}.get(
        attrs["name"], lambda: None
    )()


def _axes(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


CONSTANT: Mapping[str, Rule] = {
    "add": _pairs("add"),
    "sub": _pairs("subtract"),
    "mul": _pairs("multiply"),
    "div": _divided,
    "pow": _power,
    "mod": _pairs("mod"),
    "equal": _pairs("equal"),
    "greater": _pairs("greater"),
    "less": _pairs("less"),
    "both": _pairs("logical_and"),
    "either": _pairs("logical_or"),
    "maximum": _pairs("maximum"),
    "minimum": _pairs("minimum"),
    "ceil": lambda np, a, attrs: np.ceil(a[0]),
    "floor": lambda np, a, attrs: np.floor(a[0]),
    "negative": lambda np, a, attrs: -a[0],
    "not": lambda np, a, attrs: ~a[0].astype(bool),
    "where": lambda np, a, attrs: np.where(a[0], a[1], a[2]) if _spread(np, a) else None,
    "prod": lambda np, a, attrs: np.prod(a[0], _axes(attrs["axes"]), keepdims=attrs["keep"]),
    "scalar": lambda np, a, attrs: CONSTANT[attrs["kind"]](
        np, [np.asarray(attrs["value"]), a[0]] if attrs["left"] else [a[0], np.asarray(attrs["value"])], attrs
    ),
    "concat": lambda np, a, attrs: np.concatenate([np.atleast_1d(part) for part in a], attrs["axis"]),
    "gather": _gathered,
    "slices": _slices,
    "permute": lambda np, a, attrs: np.transpose(a[0], attrs["order"]),
    "range": _range,
    "same": _same,
    "reshape": _reshaped,
    "flatten_onnx": lambda np, a, attrs: a[0].reshape(prod(a[0].shape[: attrs["axis"]]), -1),
    "unsqueeze": lambda np, a, attrs: np.expand_dims(a[0], _axes(attrs["axes"])),
    "squeeze": lambda np, a, attrs: np.squeeze(a[0], _axes(attrs["axes"])),
    "filled": lambda np, a, attrs: _sized(np, a[0], attrs.get("value") or 0),
    "expand": _expanded,
    "scatter": _scattered,
    "clamp": lambda np, a, attrs: np.clip(a[0], attrs.get("min"), attrs.get("max")),
    "act": _acted,
    "shape": lambda np, a, attrs: np.asarray(a[0].shape),
}
