"""Activations and products that are written out as arithmetic -> the one call that they are."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from math import isclose, sqrt
from typing import Any

from costcalc.importer.graph import NONE, Call, Graph

Calls = dict[str, Call]
BETWEEN = ("scalar", "mul", "reshape", "squeeze", "unsqueeze", "pad", "pad_onnx", "avgpool")  # in a local response norm
TYPES = ("same", "quantised")  # what changes the type of a value alone
END = 2**63 - 1  # of an axis, as exporters write it
MOST_STEPS = 64  # back from a value, which a file may say to be computed from itself


def recognise(graph: Graph) -> Graph:
    """Return the graph with activations, local response norms and the bias of a product as one call each."""
    numbers = {name: value for name, value in graph.constants.items() if isinstance(value, (int, float))}
    uses = Counter(name for call in graph.nodes for name in call.inputs) + Counter(graph.outputs)
    made: Calls = {}
    data = {*graph.inputs}  # what is computed from an input, and not from its shape alone
    for call in graph.nodes:
        found = _scalar(_clamp(call), numbers)
        if data.isdisjoint(call.inputs):
            found = _overwritten(found, made, graph.params)
        elif call.op != "shape":
            data.update(call.outputs)
        for rule in (_product, _biased, _gated, _hard, _gelu, _response, _rolled):
            found = rule(found, made, uses, graph.params)
        for name in call.outputs:
            made[name] = found
    kept = {call.outputs: call for call in made.values()}
    return graph._replace(nodes=tuple(kept[call.outputs] for call in graph.nodes if call.outputs in kept))


Rule = Callable[[Call, Calls, Mapping[str, int], Mapping[str, Any]], Call]


def _clamp(call: Call) -> Call:
    """Return a clamp from 0 to 6 as what it is called, and one from 0 up too."""
    if call.op != "clamp":
        return call
    low, high = (
        bound[0] if isinstance(bound, list) and bound else bound
        for bound in (call.attrs.get("min"), call.attrs.get("max"))
    )
    named: dict[Any, str] = {(0, 6): "relu6", (0, None): "relu"}
    name = named.get((low, high))
    return call._replace(op="act", attrs={"name": name}) if name else call


def _scalar(call: Call, numbers: Mapping[str, Any]) -> Call:
    """Return arithmetic with a constant number as such."""
    if call.op not in ("add", "sub", "mul", "div", "pow") or len(call.inputs) != 2:
        return call
    for index in (0, 1):
        if call.inputs[index] in numbers and call.inputs[1 - index] not in numbers:
            attrs = {"kind": call.op, "value": numbers[call.inputs[index]], "left": index == 0}
            return call._replace(op="scalar", inputs=(call.inputs[1 - index],), attrs=attrs)
    return call


def _source(name: str, made: Calls) -> tuple[str, tuple[str, ...]]:
    """Return what a value is, but for its type, and what else is read to have it in another one."""
    more: tuple[str, ...] = ()
    for step in _back(name, made, TYPES):
        name, more = step.inputs[0], (*more, *step.inputs[1:])
    return name, more


def _back(name: str, made: Calls, ops: Collection[str]) -> Iterator[Call]:
    """Yield the calls that a value comes from by its first inputs, while they are such."""
    before = made.get(name)
    for _ in range(MOST_STEPS):
        if before is None or before.op not in ops:
            return
        yield before
        before = made.get(before.inputs[0])


def _overwritten(call: Call, made: Calls, params: Mapping[str, Any]) -> Call:
    """Return a parameter that is replaced in part as that parameter: Swin V2's bias, that of keys being zeros."""
    held = call.op == "scatter" and _source(call.inputs[0], made)[0] in params
    return call._replace(op="same", inputs=call.inputs[:1], attrs={}) if held else call


def _product(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return a product with a held matrix as a linear layer."""
    if call.op != "matmul":
        return call
    name, more = _source(call.inputs[1], made)
    before, turned = made.get(name), True
    if before is not None and before.op == "permute":
        name, further = _source(before.inputs[0], made)
        more, turned = (*more, *further), False
    held = params.get(name)
    if held is None or len(held.shape) != 2:
        return call
    inputs = (call.inputs[0], name, NONE, *more, *call.inputs[2:])
    return call._replace(op="linear", inputs=inputs, attrs={"turned": turned})


def _biased(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return a linear layer with the vector that is added to it."""
    if call.op != "add":
        return call
    for product, vector in (call.inputs, call.inputs[::-1]):
        before = made.get(product)
        if before is None or before.op != "linear" or before.inputs[2] != NONE or uses[product] != 1:
            continue
        name, more = _source(vector, made)
        held = params.get(name)
        if held is not None and len(held.shape) == 1:
            _forget(made, before)
            inputs = (*before.inputs[:2], name, *before.inputs[3:], *more)
            return before._replace(inputs=inputs, outputs=call.outputs, shapes=call.shapes)
    return call


def _gated(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return x * sigmoid(x) as silu, and with the hard sigmoid as hard swish."""
    names = {"sigmoid": "silu", "hsigmoid": "hswish"}
    if call.op != "mul" or len(call.inputs) != 2:
        return call
    for gate, x in (call.inputs, call.inputs[::-1]):
        before = made.get(gate)
        if before is not None and before.op == "act" and before.inputs == (x,) and uses[gate] == 1:
            name = names.get(before.attrs["name"])
            if name and before.attrs.get("sixth", True):
                _forget(made, before)
                return _acts(call, x, name)
            if before.attrs["name"] == "relu6" and before.attrs.get("shifted"):
                _forget(made, before)
                return _acts(call, x, "hswish", scaled=True)
    return call


def _hard(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return relu6(x + 3) / 6 as the hard sigmoid, step by step."""
    before = made.get(call.inputs[0]) if call.inputs else None
    if before is None or uses[call.inputs[0]] != 1:
        return call
    if call.op == "act" and call.attrs["name"] == "relu6" and _is(before, "add", 3):
        _forget(made, before)
        return _acts(call, before.inputs[0], "relu6", shifted=True)
    sixth = _is(call, "div", 6) or _is(call, "mul", 1 / 6)
    if sixth and before.op == "act" and (before.attrs.get("shifted") or before.attrs.get("scaled")):
        _forget(made, before)
        return _acts(call, before.inputs[0], "hsigmoid" if before.attrs.get("shifted") else "hswish")
    return call


def _gelu(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return x / 2 * (1 + erf(x / sqrt(2))) as gelu, in either order."""
    before = made.get(call.inputs[0]) if call.inputs else None
    if before is not None and uses[call.inputs[0]] == 1:
        if (
            call.op == "act"
            and call.attrs["name"] == "erf"
            and (_is(before, "div", sqrt(2)) or _is(before, "mul", sqrt(0.5)))
        ):
            _forget(made, before)
            return _acts(call, before.inputs[0], "erf", root=True)
        if _is(call, "add", 1) and before.op == "act" and before.attrs.get("root"):
            _forget(made, before)
            return _acts(call, before.inputs[0], "erf", one=True)
        if _is(call, "mul", 0.5) and before.op == "act" and before.attrs.get("half"):
            _forget(made, before)
            return _acts(call, before.inputs[0], "gelu")
    if call.op == "mul" and len(call.inputs) == 2:
        for gate, other in (call.inputs, call.inputs[::-1]):
            found, y = made.get(gate), made.get(other)
            if found is None or found.op != "act" or not found.attrs.get("one") or uses[gate] != 1:
                continue
            x = found.inputs[0]
            if other == x:
                _forget(made, found)
                return _acts(call, x, "erf", half=True)
            if y is not None and _is(y, "mul", 0.5) and y.inputs == (x,):
                _forget(made, found)
                _forget(made, y)
                return _acts(call, x, "gelu")
    return call


def _response(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return x / (k + a * mean) ** b, the mean of squares of neighbouring channels, as a local response norm."""
    if call.op != "div" or len(call.inputs) != 2:
        return call
    (x, name), pooled = call.inputs, False
    for step in _back(name, made, BETWEEN):
        if step.inputs in ((x,), (x, x)) and (step.op == "mul" or _is(step, "pow", 2)):
            return _acts(call, x, "lrn") if pooled else call
        pooled = pooled or (step.op == "avgpool" and step.attrs["k"][:1] != (1,) == step.attrs["k"][1:2])
    return call


def _rolled(call: Call, made: Calls, uses: Mapping[str, int], params: Mapping[str, Any]) -> Call:
    """Return the parts of an axis from a place on and up to it, put together in that order, as a roll."""
    parts = [made.get(name) for name in call.inputs] if call.op == "concat" else []
    if len(parts) != 2 or any(part is None or part.op != "slices" for part in parts):
        return call
    (x, late), (y, early) = ((part.inputs, part.attrs) for part in parts if part)
    ends = [[END], [END - 1], _side(made.get(x[0]), call.attrs["axis"])]
    whole = early["start"] == [0] and late["stop"] in ends
    alike = late["start"] == early["stop"] and late["axes"] == early["axes"] == [call.attrs["axis"]]
    plain = {str(part.get("step")) for part in (late, early)} <= {"None", "[1]"}
    return call._replace(op="roll", inputs=x, attrs={}) if x == y and whole and alike and plain else call


def _side(call: Call | None, axis: int) -> list[int] | None:
    """Return the size of an axis of what a call gives, as the source states it, or None."""
    stated = call.shapes[0] if call and call.shapes else None
    return [stated[axis]] if stated and -len(stated) <= axis < len(stated) else None


def _is(call: Call, kind: str, value: float) -> bool:
    """Return whether a call is arithmetic with a number."""
    if call.op != "scalar" or call.attrs["kind"] != kind:
        return False
    try:
        return isclose(call.attrs["value"], value, rel_tol=1e-3)
    except (OverflowError, TypeError):  # a number of a file that somebody changed
        return False


def _acts(call: Call, x: str, name: str, **marks: bool) -> Call:
    """Return an activation in place of a call."""
    return call._replace(op="act", inputs=(x,), attrs={"name": name, **marks})


def _forget(made: Calls, call: Call) -> None:
    """Take away a call that another one has taken in."""
    for name in call.outputs:
        made.pop(name, None)
