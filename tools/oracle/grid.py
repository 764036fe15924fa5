"""The points at which a spec is held against an implementation: sizes, widths and classes within what it declares."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from costcalc.language.expr import Value, names_in
from costcalc.language.settings import constant, overrides, resolve
from costcalc.language.spec import Definition, Domain, Implementation

SIZES = (32, 64, 96, 128, 160, 224, 299, 384, 512, 640)
OBLONG = ((480, 640), (320, 192))
CLASSES = (10, 21841)
BETWEEN = 6  # values of a range of widths
FEW = 3  # of which are crossed with sizes
TURNS = 4  # members take turns with the sizes, so that each size comes back with every fourth
MANY = 4  # one of so many members has other classes, and inputs that are not square
SLOW = {  # members that take long: a few points of their grid
    *("timm.hrnet_w40", "timm.hrnet_w44", "timm.hrnet_w48", "timm.hrnet_w64", "timm.nasnetalarge"),
    *("timm.repvgg_b3g4", "timm.deit_base_distilled_patch16_224", "keras.applications.NASNet"),
    *("torchvision.swin_v2_t", "torchvision.swin_v2_s", "torchvision.swin_v2_b"),
}
BUILT_ANEW = "keras."  # implementations that are built for each size: a few points too
POINTS = 2  # of these


class Point(NamedTuple):
    """Settings, the keywords of the implementation, and (height, width) where they are not those of the settings."""

    settings: Mapping[str, Value]
    args: Mapping[str, Any]
    sides: tuple[int, int] | None = None


def points(spec: Definition, match: Implementation, variant: str) -> Iterator[Point]:
    """Yield the points at which a member is held against its implementation."""
    found = list(_points(spec, match, variant))
    name = match.models[variant]
    few = name in SLOW or (name.startswith(BUILT_ANEW) and not match.over.keys() - {"res", "classes"})
    yield from found[:: max(1, len(found) // POINTS)][:POINTS] if few else found


def _points(spec: Definition, match: Implementation, variant: str) -> Iterator[Point]:
    """Yield every point of the grid of a member."""
    fixed = overrides(spec, variant, match.settings)
    own = resolve(spec, fixed).values
    size = next((cell.expr.name for cell in spec.input[1:] if cell.expr and cell.expr.name in match.over), "")
    span = match.over.get(size)
    place = [*match.models].index(variant)
    turns = min(len(match.models), TURNS)
    turn = SIZES[place % turns :: turns]
    sizes = sorted({s for s in (*turn, own[size], *_multiples(span)) if span.holds(s)}) if span else []
    others = {name: _values(span) for name, span in match.over.items() if name not in (size, "classes")}
    asked: list[dict[str, Value]] = [{}, *({size: s} for s in sizes)]
    if "classes" in match.over and place % MANY == 0:
        asked += [{"classes": c} for c in CLASSES if match.over["classes"].holds(c)]
    for name, values in others.items():
        asked += [{name: value} for value in values]
        few = values[:: max(1, len(values) // FEW)]
        asked += [{name: value, size: s} for value in few for s in sizes[1:-1:4]]
        asked += [{name: a, other: b} for other in others if other > name for a in few for b in others[other][1::3]]
    seen: list[Mapping[str, Value]] = []
    for more in asked:
        values = resolve(spec, {**fixed, **more}).values
        if values not in seen:
            seen.append(values)
            yield Point({**fixed, **more}, _args(spec, match, values))
    read = {
        name for cell in match.args.values() for i in (cell, *cell.items) if i.expr for name, _, _ in names_in(i.expr)
    }
    if span and size not in read and len(spec.input) == 3 and place % MANY == 0:
        for sides in OBLONG:
            if all(map(span.holds, sides)):
                yield Point({k: v for k, v in fixed.items() if k != size}, _args(spec, match, own), sides)


def _args(spec: Definition, match: Implementation, values: Mapping[str, Value]) -> dict[str, Any]:
    """Return the keywords of an implementation at some settings."""
    return {name: constant(cell, values, spec.words) for name, cell in match.args.items()}


def _multiples(span: Domain | None) -> list[int]:
    """Return a few values of a range by steps."""
    if span is None or not span.step:
        return []
    values = range(int(span.values[0]), int(span.values[1]) + 1, span.step)
    return list(values[:: max(1, len(values) // BETWEEN)])


def _values(span: Domain) -> list[Value]:
    """Return the values of a list, or some between both ends of a range."""
    if not span.ends or span.step:
        return _multiples(span) or list(span.values)
    first, last = span.values
    found = [first + (last - first) * number / (BETWEEN - 1) for number in range(BETWEEN)]
    return [round(value) for value in found] if isinstance(first, int) else [round(value, 2) for value in found]
