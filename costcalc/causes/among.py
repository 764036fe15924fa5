"""Mistakes in one layer of several, or in those of one place in each block: left out, twice, with other sides."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from costcalc.causes import slips
from costcalc.causes.asked import Asked, LayerTally, Side, changed, counted
from costcalc.causes.layers import as_full, rerun, with_kernel, without_groups, without_norm
from costcalc.causes.networks import passed_on
from costcalc.causes.sums import Counts, OtherSums, kept, summing
from costcalc.network.model import Layer, Network
from costcalc.network.quantities import kernel
from costcalc.ops import OPS

Ways = Iterator[tuple[str, Asked]]
Others = Callable[[Layer, "Around"], Iterator[tuple[str, Layer | None]]]

KERNELS = (1, 3, 5, 7)
MOST_CARRIED = 90  # layers of a network through which a stride is carried
MOST_CHANGED = 350  # layers of a part in which some are changed
FEW_CARRIED = 12  # layers that another width is carried through
WITHOUT_MAPS = ("params", "weights", "bias", "norm", "stats")  # counts that no stride changes, but of fc on a map
FEW_LAYERS = 60  # in a part whose layers are changed one by one


class Around:
    """What is around the layers of a part: the channels and the maps that a layer of it may be mistaken to have."""

    def __init__(self, side: Side) -> None:
        self.first = side.layers[0].ins[0]
        self.network: Network = side.network
        layers = side.layers
        self.few = len(layers) <= FEW_LAYERS
        shapes = [shape for layer in layers[: None if self.few else 1] for shape in (*layer.ins, layer.out)]
        self.channels = sorted({shape.c for shape in shapes})
        whole = [shape for layer in side.network.layers for shape in (*layer.ins, layer.out)]
        self.maps = sorted({(shape.h, shape.w) for shape in whole if shape.h > 1})[:40]


Place = tuple[int, str, str, int]  # of a layer: its number, its path, its kind, the first layer that it reads


def selections(layers: tuple[Layer, ...]) -> dict[str, tuple[Layer, ...]]:
    """Return layers that may be mistaken together, by words for them: one, a block, a place in every block, a kind."""
    by_number = {layer.number: layer for layer in layers}
    places = tuple((layer.number, layer.path, layer.kind, layer.inputs[0]) for layer in layers)
    return {words: tuple(map(by_number.__getitem__, numbers)) for words, numbers in _selected(places).items()}


@lru_cache(maxsize=32)
def _selected(places: tuple[Place, ...]) -> dict[str, tuple[int, ...]]:
    """Return the same by the numbers of layers: it follows from their places, whatever their sizes."""
    found: dict[str, list[Place]] = {}
    known = {number: (kind, read) for number, _, kind, read in places}
    for place in places:
        _, path, kind, read = place
        parts = path.split("/")
        names = [path, *("/".join(parts[:end]) for end in range(1, len(parts)))]
        names.append(f"every {kind}")
        family = parts[0].partition("#")[0].rstrip("0123456789")
        names += [f"every {family}"] if family and len(parts) > 1 else []
        names += [f"every {part}" for part in parts[1:][-1:]]
        names += [f"the row {parts[0].partition('#')[0]}", f"what reads {read}"]
        while known.get(read, ("", 0))[0].endswith(("pool", "Dropout")):  # which leave channels as they are
            read = known[read][1]
        names += ["every reader of joined branches"] if known.get(read, ("", 0))[0] == "Concat" else []
        for name in dict.fromkeys(names):
            found.setdefault(name, []).append(place)
    sets: dict[tuple[int, ...], str] = {}
    for name, chosen in found.items():
        sets.setdefault(tuple(number for number, _, _, _ in chosen), name)
    return {_named(name, found[name]): numbers for numbers, name in sets.items()}


def _named(name: str, chosen: list[Place]) -> str:
    return " and ".join(path for _, path, _, _ in chosen[:3]) if name.startswith("what reads") else name


def _whole(asked: Asked) -> tuple[Side, LayerTally] | None:
    """Return the one side that is asked about, where that is a sum over several layers."""
    side = asked.sides[0]
    if len(asked.sides) != 1 or asked.quantity == "out" or not asked.adds_up or len(side.layers) < 2:
        return None
    return side, asked.tally or LayerTally()


def _chosen(asked: Asked) -> dict[str, tuple[Layer, ...]]:
    """Return the layers of the one side that may be mistaken together, by words for them."""
    return kept(asked._replace(quantity="", changes=()), selections, lambda: selections(asked.sides[0].layers))


def _shares(asked: Asked) -> tuple[int, list[tuple[str, int]]]:
    """Return the whole sum, and the share in it of those layers that have one: not nothing, and not all of it."""
    found = _whole(asked)
    if not found:
        return 0, []
    side, tally = found
    whole = tally.total(side.layers, asked)
    counts = {layer.number: tally.count(tally.like(layer), asked) for layer in side.layers}
    shares = ((words, sum([counts[layer.number] for layer in chosen])) for words, chosen in _chosen(asked).items())
    return whole, [(words, share) for words, share in shares if 0 < share < whole]


def _sums(asked: Asked, of: Callable[[int, int], int]) -> Counts:
    """Yield the sum where the share of some layers in it becomes another: of (the rest, that share)."""
    whole, shares = kept(asked, _shares, lambda: _shares(asked))
    for words, share in shares:
        yield (words,), of(whole - share, share)


@OtherSums
def left_out(asked: Asked) -> Counts:
    """Yield the sum without a layer, a block, or what is at one place in every block."""
    yield from _sums(asked, lambda rest, _: rest)


@OtherSums
def counted_twice(asked: Asked) -> Counts:
    """Yield the sum with one of them twice."""
    yield from _sums(asked, lambda rest, share: rest + 2 * share)


@OtherSums
def alone(asked: Asked) -> Counts:
    """Yield one of them alone."""
    yield from _sums(asked, lambda _, share: share)


@OtherSums
def repeats_ignored(asked: Asked) -> Counts:
    """Yield the sum with each repeated row once, for each row and for all."""
    found = _whole(asked)
    if not found:
        return
    side, tally = found
    rows = dict.fromkeys(layer.path.partition("#")[0] for layer in side.layers if "#" in layer.path.split("/")[0])
    for row in ("", *rows):
        rest = tuple(x for x in side.layers if not _repeat(x.path.split("/")[0], row))
        if rest and len(rest) < len(side.layers):
            yield (row or "all rows",), tally.total(rest, asked)


def _repeat(first: str, row: str) -> bool:
    name, _, number = first.partition("#")
    return bool(number) and (not row or name == row)


def _changed(asked: Asked, others: Others) -> Counts:
    """Yield the sum where layers that belong together are counted otherwise, each as `others` has it."""
    found = _whole(asked)
    if not found or len(found[0].layers) > MOST_CHANGED:
        return
    side, tally = found
    around, whole = Around(side), tally.total(side.layers, asked)
    gains: dict[int, dict[str, int]] = {}
    for layer in side.layers:
        alike = tally.like(layer)
        if id(alike) not in gains:
            gains[id(alike)] = _gains(alike, others(alike, around), asked, tally)
        gains[layer.number] = gains[id(alike)]
    for words, chosen in _chosen(asked).items():
        summed = gains[chosen[0].number]
        if len(chosen) > 1:
            summed = dict(summed)
            for layer in chosen[1:]:
                for change, gain in gains[layer.number].items():
                    summed[change] = summed.get(change, 0) + gain
        for change, gain in summed.items():
            if gain:
                yield (words, change), whole + gain


def _gains(layer: Layer, others: Iterator[tuple[str, Layer | None]], asked: Asked, tally: LayerTally) -> dict[str, int]:
    """Return what a layer counts more as each of some others, which are counted here alone: nothing keeps them."""
    before = tally.count(layer, asked)
    pairs = ((words, other) for words, other in others if other is not None)
    return {words: counted(changed(other, asked.changes), asked) - before for words, other in pairs}


def _inputs(layer: Layer, around: Around) -> Iterator[tuple[str, Layer | None]]:
    first = layer.ins[0]
    for c in dict.fromkeys((*around.channels, around.first.c, first.c // 2, first.c * 2)):
        if c != first.c and c and len(layer.ins) == 1 and layer.cost.weights:
            words = "half of its channels" if 2 * c == first.c else f"{c} channels"
            yield words, _reading(layer, c)
    if first.c // 2 not in around.channels:
        yield "half of its channels", _reading(layer, first.c // 2)


def _reading(layer: Layer, c: int) -> Layer | None:
    if not c or not layer.cost.weights:
        return None
    if OPS[layer.op].filter.depthwise(layer):
        columns: dict[str, Any] = {"g": c, "c": c} if "g" in layer.args else {}
        return rerun(layer._replace(ins=(layer.ins[0]._replace(c=c),)), **columns)
    return rerun(layer._replace(ins=(layer.ins[0]._replace(c=c),)))


def _outputs(layer: Layer, around: Around) -> Iterator[tuple[str, Layer | None]]:
    if layer.args.get("c") and layer.cost.weights:
        for c in dict.fromkeys((*around.channels, layer.ins[0].c, layer.out.c // 2, layer.out.c * 2)):
            if c and c != layer.out.c:
                yield f"{c} channels", rerun(layer, c=c)


def _kernels(layer: Layer, around: Around) -> Iterator[tuple[str, Layer | None]]:
    k = layer.args.get("k")
    if k and layer.cost.weights:
        for size in KERNELS:
            if k != (size, size):
                yield f"{size}x{size}", with_kernel(layer, kernel(layer) // (k[0] * k[1]) * size * size)


def _maps(layer: Layer, around: Around) -> Iterator[tuple[str, Layer | None]]:
    here = layer.out.h, layer.out.w
    if layer.cost.conv_macs:
        for h, w in (
            *around.maps,
            (layer.ins[0].h, layer.ins[0].w),
            (here[0] + 1, here[1] + 1),
            (-(-here[0] // 2), -(-here[1] // 2)),
            (1, 1),
        ):
            if (h, w) != here:
                yield f"{h}x{w}", slips.at_size(layer, h, w)


def _dress(layer: Layer, around: Around) -> Iterator[tuple[str, Layer | None]]:
    yield "no norm", without_norm(layer)
    yield "a bias", slips.conv_bias(layer) or slips.fc_bias(layer)
    yield "no groups", without_groups(layer)
    yield "full, not depthwise", as_full(layer)
    yield "groups on both sides", slips.groups_on_both_sides(layer)
    yield "depthwise", slips.as_depthwise(layer)
    yield "its map lost in flattening", slips.map_lost(layer)
    yield "height for height x width", slips.one_side_of_map(layer)
    for rows in (2, 3, 7):
        if (layer.cost.fc_macs and layer.ins[0].h not in (rows, 1)) or (layer.cost.fc_macs and rows == 2):
            yield f"a map of {rows}x{rows}", rerun(layer._replace(ins=(layer.ins[0]._replace(h=rows, w=rows),)))


@OtherSums
def other_inputs(asked: Asked) -> Counts:
    """Yield the sum where layers read other channels."""
    yield from _changed(asked, _inputs)


@OtherSums
def other_outputs(asked: Asked) -> Counts:
    """Yield the sum where layers put out other channels, which the layers behind do not see."""
    yield from _changed(asked, _outputs)


@OtherSums
def other_kernels(asked: Asked) -> Counts:
    """Yield the sum where layers have another kernel."""
    yield from _changed(asked, _kernels)


@OtherSums
def other_maps(asked: Asked) -> Counts:
    """Yield the sum where layers have another map: that before a pool, that behind a stride."""
    yield from _changed(asked, _maps)
    found = _whole(asked)
    if found and found[0].layers[0].cost.conv_macs and len(found[0].layers) <= FEW_LAYERS:
        side, tally = found
        for h, w in Around(side).maps:
            layers = tuple(slips.at_size(layer, h, w) or layer for layer in side.layers)
            yield (f"all at {h}x{w}",), tally.total(layers, asked)


@OtherSums
def other_dress(asked: Asked) -> Counts:
    """Yield the sum where some layers alone lack a norm, have a bias, or other groups."""
    yield from _changed(asked, _dress)


@OtherSums
def other_strides(asked: Asked) -> Counts:
    """Yield the sum with another stride in one layer, or a row's stride in each of its repeats, carried on."""
    found = _whole(asked)
    if not found or len(found[0].network.layers) > MOST_CARRIED or asked.quantity in WITHOUT_MAPS:
        return
    side, tally = found
    for words, chosen, stride in _strides(side):
        layers = passed_on(
            side.network.layers,
            lambda layer, chosen=chosen, stride=stride: rerun(layer, s=stride) if layer.number in chosen else None,  # type: ignore[misc]
        )
        meant = {layer.number for layer in side.layers}
        part = tuple(layer for layer in layers if layer.number in meant)
        yield (words,), tally.total(part, asked)


def _strides(side: Side) -> Iterator[tuple[str, set[int], tuple[int, int]]]:
    """Yield the layers that may have another stride, in words and by number, and that stride."""
    repeats: dict[str, set[int]] = {}
    wide = {layer.path: layer.args["s"] for layer in side.layers if (layer.args.get("s") or (1, 1)) != (1, 1)}
    for layer in side.layers:
        if "s" in layer.args and layer.cost.weights and max(layer.args.get("k") or (1,)) > 1:
            yield layer.path, {layer.number}, (1, 1) if layer.path in wide else (2, 2)
        first, _, rest = layer.path.partition("/")
        row = first.partition("#")[0] + (f"/{rest}" if rest else "")
        if "#" in first and row in wide and "s" in layer.args:
            repeats.setdefault(row, set()).add(layer.number)
    for row, numbers in repeats.items():
        yield f"each repeat of {row}", numbers, wide[row]
    if len(repeats) > 1:
        yield "each repeat", set().union(*repeats.values()), (2, 2)


@OtherSums
def widths_carried(asked: Asked) -> Counts:
    """Yield the sum of a few layers where those of one width have another, which the layers behind see."""
    found = _whole(asked)
    if not found or len(found[0].layers) > FEW_CARRIED:
        return
    side, tally = found
    own = sorted({layer.out.c for layer in side.layers[:-1] if layer.args.get("c") and layer.cost.weights})
    first, last = side.layers[0].ins[0].c, side.layers[-1].out.c
    ratios = {Fraction(width, first) for width in own}
    others = {*own, first, *(int(ratio * last) for ratio in ratios if (ratio * last).denominator == 1)}
    for width, other in ((width, other) for width in own for other in sorted(others) if other != width):
        layers = passed_on(
            side.layers,
            lambda layer, width=width, other=other: rerun(layer, c=other) if layer.args.get("c") == width else None,  # type: ignore[misc]
        )
        yield (f"{other} for {width}",), tally.total(layers, asked)


def pairs_mixed(asked: Asked) -> Ways:
    """Yield a depthwise convolution and the 1x1 behind it as one product, as one convolution, or with a wrong side."""
    side = asked.sides[0]
    found = _whole(asked)
    if not found or len(side.layers) != 2:
        return
    first, second = side.layers
    if not OPS[first.op].filter.depthwise(first) or not OPS[second.op].filter.convolves:
        return
    tally, both = found[1], (kernel(first), kernel(second))
    made = {
        "the product of the two": with_kernel(second, both[0] * both[1]),
        "one full convolution": with_kernel(second, both[0] * second.out.c),
        "both at the stride of the second": None,
    }
    for words, layer in made.items():
        if layer is not None:
            yield words, summing(asked, tally.count(layer, asked))
    wide = _reading(first, second.out.c)
    if wide is not None:
        number = tally.count(wide, asked) + tally.count(second, asked)
        yield "the depthwise one on the output's channels", summing(asked, number)
    full = with_kernel(second, both[1] * (both[0] // first.out.c))
    if full is not None:
        number = tally.count(first, asked) + tally.count(full, asked)
        yield "the 1x1 with the other's kernel", summing(asked, number)
