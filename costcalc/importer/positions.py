"""What attention learnt of positions, where an exporter wrote out what follows from it: by its class, or as asked."""

from array import array
from collections.abc import Mapping, Sequence

from costcalc.importer.graph import Sizes
from costcalc.importer.lower import Lowering, RefusedError, Scores

# Classes of attention -> what their scores learn of positions: as `relative` of the language has it.
CLASSES: Mapping[str, str] = {
    "torchvision.models.swin_transformer.ShiftedWindowAttention": "table",
    "torchvision.models.swin_transformer.ShiftedWindowAttentionV2": "mlp",
    "torchvision.models.maxvit.RelativePositionalMultiHeadAttention": "table",
    "timm.models.swin_transformer.WindowAttention": "table",
}
UNITS = 512  # of the network of positions
BY_CLASS = "positions that the exporter wrote out count as the class of the module has them"
AS_ASKED = "numbers for each pair of places count as a table of relative positions, as asked"
OTHER = "its numbers differ between pairs of one offset, so they are not a table of relative positions"


def learnt(low: Lowering, scores: Scores, sides: tuple[int, int], heads: int) -> Scores:
    """Return scores with what they learnt of positions in its own sizes, where it is known; else as they are.

    Exporters look tables up for each pair of places, and multiply positions by the first matrix of a network. What a
    known class adds besides is a mask.
    """
    kind = next((CLASSES[kind] for _, kind in reversed(low.node.scope) if kind in CLASSES), None)
    held = (*scores.tables, *scores.network)
    parts = _parts(kind or "table", sides, heads)
    if kind is None:
        held = tuple(name for name in held if not _masks(low, name))
        if not low.graph.tables or len(held) != 1 or low.param(held[0]).size != parts[0][1][1]:
            return scores
        _hold(low, held[0], sides, heads)
    found: list[str] = []
    for shape, sizes in parts:
        fit = [name for name in held if name not in found and low.param(name).size in sizes]
        if not fit or (kind != "mlp" and len(fit) > 1):
            return scores
        found.append(fit[0])
        if low.param(fit[0]).size != sizes[0]:
            low.sized[fit[0]] = low.param(fit[0])._replace(shape=shape)
            low.note(BY_CLASS if kind else AS_ASKED)
    if kind == "mlp":
        return scores._replace(tables=(), network=tuple(found))
    return scores._replace(tables=tuple(found), network=())


def _parts(kind: str, sides: tuple[int, int], heads: int) -> Sequence[tuple[Sizes, Sizes]]:
    """Return the tensors of positions: the shape of each, and the elements that a file may have, its own first."""
    h, w = sides
    offsets = (2 * h - 1) * (2 * w - 1)
    if kind == "table":
        return [((offsets, heads), (offsets * heads, (h * w) ** 2 * heads))]
    return [
        ((2, UNITS), (2 * UNITS, offsets * UNITS)),
        ((UNITS,), (UNITS,)),
        ((UNITS, heads), (UNITS * heads,)),
    ]


def _masks(low: Lowering, name: str) -> bool:
    """Return whether numbers that are in the file are those of a mask: 0, and one that is below."""
    found = {*array("f", low.graph.written.get(name, b""))}
    return len(found) == 2 and max(found) == 0


def _hold(low: Lowering, name: str, sides: tuple[int, int], heads: int) -> None:
    """Refuse numbers that are in the file and are not the same for all pairs of one offset."""
    h, w = sides
    raw = low.graph.written.get(name, b"")
    if len(raw) != 4 * heads * (h * w) ** 2:
        return
    values = iter(array("f", raw))
    for _ in range(heads):
        known: dict[tuple[int, int], float] = {}
        for query in range(h * w):
            for key in range(h * w):
                offset = query // w - key // w, query % w - key % w
                value = next(values)
                if known.setdefault(offset, value) != value:
                    raise RefusedError(OTHER)
