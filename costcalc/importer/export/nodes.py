"""Code as data: calls whose arguments are values; several of one form as one, with what varies between them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

WIDE = 100  # characters of a line of code


class Code(str):
    """A value that is code itself, such as the name of a class."""

    __slots__ = ()


class Bit(NamedTuple):
    """A value in a call; `hint` is what a parameter in its place is called."""

    value: Any
    hint: str = ""


class Varying(NamedTuple):
    """A value in each of several calls of one form."""

    values: tuple[Any, ...]
    hint: str = ""


class Make(NamedTuple):
    """A call: a function's name (or a leaf that has it), arguments by place, and those by name with their defaults."""

    func: Any
    args: tuple["Node", ...] = ()
    named: tuple[tuple[str, "Node", Any], ...] = ()


class Times(NamedTuple):
    """A call so many times over, as the arguments of a sequence; `i` counts them in what a leaf has as a `Step`."""

    call: "Node"
    times: "Node"


class Step(NamedTuple):
    """A value that grows: `first`, and `by` more each time."""

    first: int
    by: int


Node = Bit | Varying | Make | Times
NEEDED = object()  # the default of what has none


def leaf(value: Any, hint: str = "") -> Bit:
    """Return a leaf; two equal sides are one number."""
    both = isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int) and value[0] == value[1]
    return Bit(value[0] if both else value, hint)


def same(values: Sequence[Any]) -> bool:
    """Return whether all values are equal, and of one type: 1 is not True, nor 1.0."""
    return all(value == values[0] and type(value) is type(values[0]) for value in values)


def unify(nodes: Sequence[Any]) -> Any:
    """Return what nodes have in common, each value that differs as `Varying`; raise ValueError for another form."""
    first = nodes[0]
    kinds = {type(node) for node in nodes}
    if kinds <= {Bit, Varying}:
        values = tuple(node.value for node in nodes)
        return first if same(values) else Varying(values, first.hint)
    if len(kinds) > 1:
        raise ValueError("nodes of several kinds")
    if isinstance(first, Times):
        return Times(unify([node.call for node in nodes]), unify([node.times for node in nodes]))
    if len({len(node.args) for node in nodes}) > 1:
        raise ValueError("calls with other arguments")
    return Make(
        _function(nodes),
        tuple(unify(args) for args in zip(*(node.args for node in nodes), strict=True)),
        tuple(_named(name, nodes) for name in dict.fromkeys(name for node in nodes for name, *_ in node.named)),
    )


def _function(nodes: Sequence[Make]) -> Any:
    """Return the function of calls of one form."""
    funcs = [node.func for node in nodes]
    if all(isinstance(func, Bit) for func in funcs):
        return unify(funcs)
    if not same(funcs):
        raise ValueError("calls of several functions")
    return funcs[0]


def _named(name: str, nodes: Sequence[Make]) -> tuple[str, Any, Any]:
    """Return an argument by name of several calls; one that leaves it out has its default."""
    found = [next((entry for entry in node.named if entry[0] == name), None) for node in nodes]
    _, value, default = next(filter(None, found))
    if default is NEEDED and None in found:
        raise ValueError(f"calls without {name}")
    hint = getattr(value, "hint", "")
    return name, unify([entry[1] if entry else Bit(default, hint) for entry in found]), default


def leaves(node: Any) -> Iterator[Any]:
    """Yield the leaves of a node, in the order of its text."""
    if isinstance(node, (Bit, Varying)):
        yield node
    elif isinstance(node, Times):
        yield from leaves(node.call)
        yield from leaves(node.times)
    elif isinstance(node, Make):
        for part in (node.func, *node.args, *(value for _, value, _ in node.named)):
            yield from leaves(part)


def act_of(node: Any) -> Any:
    """Return the activation in a call, a name or a class; None where there is none."""
    return next((one.value for one in leaves(node) if one.hint == "act" and isinstance(one, Bit)), None)


def changed(node: Any, change: Callable[[Any], Any]) -> Any:
    """Return a node with each of its leaves changed."""
    if isinstance(node, (Bit, Varying)):
        return change(node)
    if isinstance(node, Times):
        return Times(changed(node.call, change), changed(node.times, change))
    if isinstance(node, Make):
        func, args = changed(node.func, change), tuple(changed(arg, change) for arg in node.args)
        return Make(func, args, tuple((name, changed(value, change), default) for name, value, default in node.named))
    return node


def text_of(value: Any) -> str:
    """Return a value as code."""
    if isinstance(value, Step):
        return f"{value.first} + {value.by} * i" if value.by != 1 else f"{value.first} + i"
    return str(value) if isinstance(value, Code) else f'"{value}"' if isinstance(value, str) else repr(value)


def parts_of(node: Make) -> list[str]:
    """Return the arguments of a call as code; those that are their defaults are left out."""
    texts = [shown(arg) for arg in node.args]
    for name, value, default in node.named:
        plain = isinstance(value, Bit) and same((value.value, default))
        if not plain:
            texts.append(f"{name}={shown(value)}")
    return texts


def shown(node: Any) -> str:
    """Return a node as code on one line."""
    if isinstance(node, Bit):
        return text_of(node.value)
    if isinstance(node, Times):
        counter = "i" if any(isinstance(leaf.value, Step) for leaf in leaves(node.call)) else "_"
        return f"*({shown(node.call)} for {counter} in range({shown(node.times)}))"
    func = shown(node.func) if isinstance(node.func, Bit) else node.func
    return f"{func}({', '.join(parts_of(node))})"


def signature(params: Sequence[tuple[str, Any]]) -> list[str]:
    """Return parameters as a function lists them, with their defaults."""
    return [name if default is NEEDED else f"{name}={text_of(default)}" for name, default in params]


def wrapped(head: str, node: Any, tail: str = "", indent: int = 8) -> list[str]:
    """Return a line of code, or several where it is too wide: an argument a line, those in them after that."""
    line = f"{head}{shown(node)}{tail}"
    if indent + len(line) <= WIDE or not isinstance(node, Make) or not node.args:
        return [line]
    func = shown(node.func) if isinstance(node.func, Bit) else node.func
    parts = ", ".join(parts_of(node))
    if not any(isinstance(arg, (Make, Times)) for arg in node.args) and indent + 4 + len(parts) <= WIDE:
        return [f"{head}{func}(", f"    {parts}", f"){tail}"]
    inner = [wrapped("", arg, ",", indent + 4) for arg in node.args]
    inner += [[f"{part},"] for part in parts_of(node._replace(args=()))]
    return [f"{head}{func}(", *(f"    {line}" for lines in inner for line in lines), f"){tail}"]
