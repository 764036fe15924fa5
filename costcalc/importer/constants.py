"""Arithmetic of small constants, from which exporters compute shapes: lists of numbers, or one number."""

from collections.abc import Callable, Mapping
from math import ceil, prod
from typing import Any

MOST = 4096  # elements of a constant


def _pairs(function: Callable[[Any, Any], Any]) -> Callable[[list[Any], Mapping[str, Any]], Any]:
    """Return element-wise arithmetic of two constants, one of which may be a single number."""

    def pairs(values: list[Any], attrs: Mapping[str, Any]) -> Any:
        a, b = values
        if not isinstance(a, list) and not isinstance(b, list):
            return function(a, b)
        size = max(len(v) for v in (a, b) if isinstance(v, list))
        left, right = (v if len(v) == size else v * size for v in (_listed(a), _listed(b)))
        return [function(p, q) for p, q in zip(left, right, strict=True)]

    return pairs


def _divided(a: Any, b: Any) -> Any:
    return a // b if isinstance(a, int) and isinstance(b, int) else a / b


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _ceil(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    return [ceil(value) for value in values[0]] if isinstance(values[0], list) else ceil(values[0])


def _concat(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    return [item for value in values for item in _listed(value)]


def _gather(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    index, items = attrs["index"], _listed(values[0])
    return [items[i] for i in index] if isinstance(index, list) else items[index]


def _slices(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    ends = [None if attrs.get(key) is None else _listed(attrs[key])[0] for key in ("start", "stop", "step")]
    return _listed(values[0])[slice(*ends)]


def _range(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    start, stop, step = values
    return list(range(start, min(stop, start + MOST), step))


def _scalar(values: list[Any], attrs: Mapping[str, Any]) -> Any:
    pair = [attrs["value"], values[0]] if attrs["left"] else [values[0], attrs["value"]]
    return CONSTANT[attrs["kind"]](pair, attrs)


CONSTANT: Mapping[str, Callable[[list[Any], Mapping[str, Any]], Any]] = {
    "add": _pairs(lambda a, b: a + b),
    "sub": _pairs(lambda a, b: a - b),
    "mul": _pairs(lambda a, b: a * b),
    "div": _pairs(_divided),
    "mod": _pairs(lambda a, b: a % b),
    "ceil": _ceil,
    "maximum": _pairs(max),
    "minimum": _pairs(min),
    "scalar": _scalar,
    "concat": _concat,
    "gather": _gather,
    "slices": _slices,
    "range": _range,
    "same": lambda values, attrs: values[0],
    "reshape": lambda values, attrs: _listed(values[0]),
    "unsqueeze": lambda values, attrs: _listed(values[0]),
    "squeeze": lambda values, attrs: values[0][0] if isinstance(values[0], list) and len(values[0]) == 1 else values[0],
    "filled": lambda values, attrs: [0] * min(MOST, prod(_listed(values[0]))),
}
