"""A PyTorch module through `torch.export` -> its program as plain data; nothing here needs weights."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any
from warnings import catch_warnings, simplefilter

from costcalc.common.errors import SpecError, quote
from costcalc.importer.graph import Asked

NEEDED = "needs PyTorch: `pip install costcalc[torch]`"
PLAIN = (int, float, bool, str, type(None))


def program_of(factory: str, shape: Asked) -> dict[str, Any]:
    """Return the program that `package.module:factory` runs on one sample of `shape`, as plain data.

    `shape` is (channels, height, width), or several by the names that `forward` gives its arguments.

    `inputs`, `params`, `buffers` and `nodes` are lists of maps, in the order of the program; a node's argument that
    is a value is written as `{"value": name}`. The module is built on `meta`: no weights are made.
    Raises SpecError where PyTorch is missing, and where the factory or the export fails.
    """
    torch = _torch()
    make = _factory(factory)
    module = _built(torch, make, factory)
    given = {name: torch.empty((1, *sides), device="meta") for name, sides in _named(shape).items()}
    args, kwargs = (tuple(given.values()), {}) if "" in given else ((), given)
    try:
        program = _exported(torch, module, args, kwargs)
    except Exception as error:
        size = ", ".join("x".join(map(str, sides)) for sides in _named(shape).values())
        raise SpecError(f"`torch.export` cannot trace {quote(factory)} at {size}: {_reason(error)}") from error
    return _plain_program(program, module)


def _exported(torch: Any, module: Any, args: Any, kwargs: Any) -> Any:
    """Return the program of a module; where its own tensors are elsewhere, those that it makes are on `meta` too."""

    def exported(around: AbstractContextManager[Any]) -> Any:
        with torch.no_grad(), catch_warnings(), around:
            simplefilter("ignore")  # of PyTorch about its own modules
            return torch.export.export(module, args, kwargs, strict=False)

    try:
        return exported(nullcontext())
    except RuntimeError as error:
        if "same device" not in str(error):
            raise
        return exported(torch.device("meta"))


def _named(shape: Asked) -> Mapping[str, Sequence[int]]:
    """Return inputs by name; a single one has none."""
    return shape if isinstance(shape, Mapping) else {"": shape}


def _torch() -> Any:
    """Return the package, or raise SpecError that says what to install."""
    try:
        return import_module("torch")
    except ImportError:
        raise SpecError(f"a source `torch:...` {NEEDED}") from None


def _built(torch: Any, make: Callable[[], Any], factory: str) -> Any:
    """Return the module on `meta`, built there or, where its own code reads tensors while it builds, moved there."""
    try:
        with torch.device("meta"):
            return make().eval()
    except NotImplementedError:
        pass
    except Exception as error:
        raise SpecError(f"cannot build {quote(factory)}: {_reason(error)}") from error
    try:
        return make().eval().to("meta")
    except Exception as error:
        raise SpecError(f"cannot build {quote(factory)}: {_reason(error)}") from error


def _factory(text: str) -> Callable[[], Any]:
    """Return the function or class that `package.module:factory` names."""
    module, colon, name = text.partition(":")
    if not (colon and module and name):
        raise SpecError(f"a source is `torch:package.module:factory`, not {quote('torch:' + text)}")
    try:
        found = import_module(module)
    except ImportError as error:
        raise SpecError(f"cannot import {quote(module)}: {_reason(error)}") from None
    if not callable(getattr(found, name, None)):
        raise SpecError(f"module {quote(module)} has no function or class {quote(name)}")
    made: Callable[[], Any] = getattr(found, name)
    return made


def _reason(error: Exception) -> str:
    """Return the first line of what a framework says."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"{type(error).__name__}: {lines[0][:200]}"


def _plain_program(program: Any, module: Any) -> dict[str, Any]:
    """Return an exported program as plain data."""
    found: dict[str, Any] = {"inputs": [], "params": [], "buffers": [], "nodes": [], "outputs": []}
    specs = {spec.arg.name: spec for spec in program.graph_signature.input_specs}
    owned = {name: (value, "params") for name, value in module.named_parameters(remove_duplicate=False)}
    owned |= {name: (value, "buffers") for name, value in module.named_buffers(remove_duplicate=False)}
    first: dict[int, str] = {}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            entry = {"name": node.name, "shape": _shape(node.meta.get("val"))}
            target = specs[node.name].target
            value, kind = owned.get(target, (None, "buffers" if target else "inputs"))
            if target:
                entry |= {"target": target, "trained": bool(getattr(value, "requires_grad", False))}
                entry["same"] = first.setdefault(id(value), node.name) if value is not None else node.name
            found[kind].append(entry)
        elif node.op == "output":
            found["outputs"] = [value.name for value in _flat(node.args) if hasattr(value, "name")]
        else:
            found["nodes"].append(_plain_node(node))
    targets = {entry.get("target") for kind in ("params", "buffers") for entry in found[kind]}
    placed = {id(value) for name, (value, _) in owned.items() if name in targets}
    found["unplaced"] = [
        {"target": name, "shape": list(value.shape), "trained": bool(value.requires_grad)}
        for name, value in module.named_parameters()
        if id(value) not in placed
    ]
    return found


def _plain_node(node: Any) -> dict[str, Any]:
    """Return one call of the program: its operator, arguments, the shapes it gives, and the modules around it."""
    stack = [[path, kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"]
             for path, kind in (node.meta.get("nn_module_stack") or {}).values()]  # fmt: skip
    value = node.meta.get("val")
    many = isinstance(value, (list, tuple))
    return {
        "name": node.name,
        "op": getattr(node.target, "__name__", str(node.target))
        if not hasattr(node.target, "_schema")
        else str(node.target),
        "args": [_plain(arg) for arg in node.args],
        "kwargs": {key: _plain(arg) for key, arg in node.kwargs.items()},
        "shapes": [_shape(item) for item in value] if many else [_shape(value)],
        "floats": bool(getattr(getattr(value, "dtype", None), "is_floating_point", True)),
        "scope": stack,
    }


def _plain(arg: Any) -> Any:
    """Return an argument as plain data; dtypes, devices and the like as their text."""
    if isinstance(arg, PLAIN):
        return arg
    if isinstance(arg, Mapping):
        return {key: _plain(item) for key, item in arg.items()}
    if isinstance(arg, (list, tuple)):
        return [_plain(item) for item in arg]
    return {"value": arg.name} if hasattr(arg, "meta") and hasattr(arg, "users") else str(arg)


def _shape(value: Any) -> list[int] | None:
    """Return a tensor's shape; None for what is not one."""
    shape = getattr(value, "shape", None)
    return None if shape is None else [int(side) for side in shape]


def _flat(items: Any) -> list[Any]:
    """Return what nested lists, tuples and maps hold, in order."""
    if isinstance(items, Mapping):
        return [found for item in items.values() for found in _flat(item)]
    if isinstance(items, (list, tuple)):
        return [found for item in items for found in _flat(item)]
    return [items]
