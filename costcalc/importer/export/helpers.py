"""Rows that carry a norm or an activation, as calls of functions that are written once: `conv_bn(32, 64, 3, s=2)`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from costcalc.importer.export.nodes import NEEDED, Bit, Code, Make, Varying, act_of, changed, same, shown, unify
from costcalc.importer.export.shapes import Piece

CHANNELS = ("c_in", "c", "g")  # hints of values that are channels, which may be one parameter
PADDING = "padded"
# The rounding of channels, as both frameworks' files have it.
DIVISIBLE = '''
def divisible(value, by=8):
    """Return the nearest multiple of `by`, the next one where that loses over 10 %."""
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded
'''
MANY = 2  # rows that make a function worth it


class Helper(NamedTuple):
    """A function of a file: its parameters as they are written, and the modules that it returns."""

    name: str
    params: tuple[str, ...]
    modules: tuple[Make, ...]


def extracted(
    pieces: Mapping[int, Piece], labels: Mapping[str, str], bare: Make
) -> tuple[dict[int, Piece], list[Helper]]:
    """Return pieces with calls of helpers in place of modules in a row, and the helpers.

    `labels` are short names of modules; an activation may be a parameter, but not `bare`.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, piece in pieces.items():
        if not piece.formula and piece.modules:
            groups.setdefault(_signature(piece.modules), []).append(number)
    found: list[Helper] = []
    changed_pieces = dict(pieces)
    for signature, numbers in groups.items():
        rows = [pieces[number].modules for number in numbers]
        if not signature or sum(len(modules) > 1 for modules in rows) < MANY:
            continue
        names = [labels.get(func, func.rpartition(".")[2].lower()) for func in signature]
        helper, calls = _helper("_".join(filter(None, names)), _filled(rows, bare), {one.name for one in found})
        found.append(helper)
        changed_pieces |= {number: Piece((call,)) for number, call in zip(numbers, calls, strict=True)}
    return changed_pieces, found


def _is_act(module: Make) -> bool:
    return act_of(module) is not None


def _signature(modules: Sequence[Make]) -> tuple[str, ...]:
    """Return the modules that a row has, whatever its activation."""
    return tuple(module.func for module in modules if not _is_act(module))


def _filled(rows: Sequence[tuple[Make, ...]], bare: Make) -> list[tuple[Make, ...]]:
    """Return rows with an activation each, where any has one."""
    acts = any(_is_act(module) for modules in rows for module in modules)
    return [(*modules, bare) if acts and not _is_act(modules[-1]) else modules for modules in rows]


def _helper(label: str, rows: Sequence[tuple[Make, ...]], taken: set[str]) -> tuple[Helper, list[Make]]:
    """Return the function for rows of one signature, and the call of each."""
    together = [unify(modules) for modules in zip(*rows, strict=True)]
    if act := act_of(together[-1]):
        label += f"_{act.rpartition('.')[2].lower()}"
    params = _Params(len(rows))
    late = sorted(range(len(together)), key=lambda index: together[index].func == PADDING)  # from a kernel
    bodies = {index: changed(together[index], params.name) for index in late}
    body = tuple(bodies[index] for index in range(len(together)))
    name = label if label not in taken else f"{label}{len(taken) + 1}"
    defaults = params.defaults(_defaults(together))
    order = [*(one for one in params.values if one not in defaults), *defaults]
    calls = []
    for index in range(len(rows)):
        by_place = tuple(Bit(params.values[one][index], params.hints[one]) for one in order if one not in defaults)
        named = tuple(
            (one, Bit(params.values[one][index], params.hints[one]), default) for one, default in defaults.items()
        )
        calls.append(Make(name, by_place, named))
    shown_params = tuple(one if one not in defaults else f"{one}={shown(Bit(defaults[one]))}" for one in order)
    return Helper(name, shown_params, body), calls


def _defaults(modules: Sequence[Make]) -> dict[str, Any]:
    """Return the defaults of arguments by the hints of what varies in them."""
    found = {}
    for module in modules:
        for _, value, default in module.named:
            if isinstance(value, Varying) and default is not NEEDED:
                found[value.hint] = default
    return found


class _Params:
    """The parameters of a helper, with their values in each of its calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.values: dict[str, tuple[Any, ...]] = {}
        self.hints: dict[str, str] = {}

    def name(self, found: Any) -> Any:
        """Return what is in a helper's body in the place of a leaf."""
        if not isinstance(found, Varying):
            return found
        if found.hint == "p" and "k" in self.values and _halves(found.values, self.values["k"]):
            return Bit(Code("k // 2"))
        for name, values in self.values.items():
            alike = {self.hints[name], found.hint} <= {*CHANNELS} or self.hints[name] == found.hint
            if alike and values == found.values:
                return Bit(Code(name))
        number, name = 1, found.hint
        while name in self.values:
            number += 1
            name = f"{found.hint}{number}"
        self.values[name], self.hints[name] = found.values, found.hint
        return Bit(Code(name))

    def defaults(self, usual: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters that most calls may leave out, with their defaults."""
        found = {}
        for name, values in self.values.items():
            if name in usual and any(same((value, usual[name])) for value in values):
                found[name] = usual[name]
            elif name == "act" or all(isinstance(value, bool) for value in values):
                found[name] = Counter(values).most_common(1)[0][0]
        return found


def _halves(p: Sequence[Any], k: Sequence[Any]) -> bool:
    return all(type(one) is int and type(other) is int and one == other // 2 for one, other in zip(p, k, strict=True))
