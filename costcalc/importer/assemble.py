"""A neutral graph -> a spec that says the same: lowered, fused, folded, written, read again and compared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc import specfile
from costcalc.common.errors import Source, SpecError, clean, counted, quote
from costcalc.importer.fold import Folding, fold
from costcalc.importer.fuse import Fused, fuse
from costcalc.importer.graph import Call, Graph, Sizes, needed
from costcalc.importer.lower import COMPUTED, MERGED, NORMED, QUERIES, Lowered, Lowering, Problem
from costcalc.importer.positions import AS_ASKED, BY_CLASS
from costcalc.importer.projections import projected
from costcalc.importer.rules import RULES
from costcalc.importer.write import Head, spec_text
from costcalc.network.model import Network
from costcalc.ops import COUNT_NAMES
from costcalc.ops.schema import LARGEST
from costcalc.unfold import interpreter

TRACED = "another one was traced"
KINDS_SHOWN = 20  # of what cannot be imported
LONGEST = 300  # characters of what a file calls an operator
STEP = 32  # pixels between two resolutions of a model
COUNTED = (MERGED, BY_CLASS, AS_ASKED, NORMED, COMPUTED, QUERIES)  # notes of what counts
TOTALS = ("layers", "params", "macs", "activations", "act_elems")


class Imported(NamedTuple):
    """An imported model: the text of its spec, its network, and the receipt line by line."""

    text: str
    network: Network
    receipt: tuple[str, ...]


def assemble(graph: Graph, others: Sequence[Graph] = (), told: str = TRACED, *, flat: bool = False) -> Imported:
    """Return the spec of a model; `others` are the same model at other resolutions, and `told` how they came about.

    Raises SpecError.
    """
    lowered = lower(graph)
    fused = fuse(lowered)
    settings = _settings(lowered, fused, _others(others))
    folding = Folding(fused.items, ()) if flat else fold(fused)
    receipt = _receipt(lowered, settings, told if others else "")
    tries = [folding] if not folding.blocks else [folding, Folding(fused.items, ())]
    for number, attempt in enumerate(tries):
        again = ("folding changed a count, so the rows are written one by one",) if number else ()
        found = _written(graph, fused, attempt, settings, (*receipt, *again))
        if found is not None:
            return found
    raise SpecError(f"cannot write {quote(graph.title)}: the spec would not say what the model has")


def larger(graph: Graph) -> list[Graph]:
    """Return a model of one square input at a larger one, its operators followed there; else nothing."""
    (shape,) = graph.inputs.values() if len(graph.inputs) == 1 else ((),)
    if len(shape) != 4 or shape[2] != shape[3]:
        return []
    inputs = dict.fromkeys(graph.inputs, (*shape[:2], shape[2] + STEP, shape[3] + STEP))
    return [graph._replace(inputs=inputs, nodes=tuple(node._replace(shapes=()) for node in graph.nodes))]


def _others(graphs: Sequence[Graph]) -> list[Fused | None]:
    """Return the model's rows at other resolutions; None where it cannot be rows there."""
    return [_fused(graph) for graph in graphs]


def _fused(graph: Graph) -> Fused | None:
    try:
        return fuse(lower(graph))
    except SpecError:
        return None


def lower(graph: Graph) -> Lowered:
    """Return the rows of a graph; raise SpecError that tells all that cannot be rows."""
    live = needed(graph)
    if not live.nodes:
        raise SpecError(f"{quote(graph.title)} has no node that its outputs depend on")
    lowered = Lowering(live, _inputs(live)).run(RULES)
    if len(lowered.rows) > interpreter.MAX_LAYERS:
        raise SpecError(f"{quote(graph.title)} has over {interpreter.MAX_LAYERS:,} layers")
    if lowered.problems:
        raise refusal(graph, lowered.problems)
    return projected(lowered)


def _inputs(graph: Graph) -> Mapping[str, Sizes]:
    """Return the shapes of inputs that are read: batch, channels, then length or height and width, if any.

    Raises SpecError for other inputs.
    """
    read = {name for node in graph.nodes for name in node.inputs}
    inputs = {name: shape for name, shape in graph.inputs.items() if name in read}
    if not inputs:
        raise SpecError(f"{quote(graph.title)} has no input that its outputs depend on")
    for name, shape in inputs.items():
        if not 2 <= len(shape) <= 4:
            sides = "batch, channels, height, width"
            raise SpecError(f"input {quote(name)} has {len(shape)} axes; two to four are expected: {sides}")
    for name, shape in inputs.items():
        if not all(type(side) is int and 0 < side <= LARGEST for side in shape):
            raise SpecError(f"the sides of input {quote(name)} must be whole numbers from 1 to 10^18")
    if len({shape[0] for shape in inputs.values()}) != 1:
        raise SpecError(f"the inputs of {quote(graph.title)} have several batches")
    return inputs


def refusal(graph: Graph, problems: Sequence[Problem]) -> SpecError:
    """Return the error for nodes that cannot be rows: what, how often, where first."""
    kinds = Counter((problem.node.said, problem.why) for problem in problems)
    first: dict[tuple[str, str], Call] = {}
    for problem in problems:
        first.setdefault((problem.node.said, problem.why), problem.node)
    lines = []
    for (said, why), times in kinds.most_common(KINDS_SHOWN):
        node = first[said, why]
        place = node.scope[-1][0] if node.scope else ""
        where = f"first {quote(node.name)}{' in ' + quote(place) if place else ''}"
        lines.append(f"{clean(said, LONGEST)} ({times}, {where}): {clean(why, LONGEST)}")
    if len(kinds) > KINDS_SHOWN:
        lines.append(f"... ({len(kinds) - KINDS_SHOWN} more)")
    nodes = f"{len(problems):,} of its {counted(len(graph.nodes), 'node')}"
    return SpecError(f"cannot import {quote(graph.title)}: {nodes} cannot be written as rows", notes=lines)


def _settings(lowered: Lowered, fused: Fused, others: Sequence[Fused | None]) -> dict[str, int]:
    """Return the settings that are true: `res` where other resolutions give the same rows, `classes` of a last fc."""
    settings: dict[str, int] = {}
    sides = {side for shape in lowered.inputs.values() for side in shape[1:]}
    alike = [
        other for other in others if other and [item[:3] for item in other.items] == [item[:3] for item in fused.items]
    ]
    if len(sides) == 1 and others and len(alike) == len(others):
        settings["res"] = min(sides)
    last = fused.items[-1] if fused.items[-1].op != "softmax" else fused.items[-2]
    if last.op == "fc" and fused.outputs == (fused.items[-1].last,):
        settings["classes"] = last.cells["c"]
    return settings


def _receipt(lowered: Lowered, settings: Mapping[str, int], told: str) -> tuple[str, ...]:
    """Return what was read and what was left out, line by line."""
    graph = lowered.graph
    shared = [row for row in lowered.rows if row.shares is not None]
    every = [name for row in lowered.rows if row.shares is None for name in row.held]
    held = [name for name in every if graph.params[name].trained]
    kept = [graph.params[name] for name in every if not graph.params[name].trained]
    size = sum(graph.params[name].size for name in held)
    lines = [f"parameters: {size:,} in {counted(len(held), 'tensor')}, each {'counted' if shared else 'read'} once"]
    if kept:
        what = f"{sum(param.size for param in kept):,} in {counted(len(kept), 'tensor')}, which are not trained"
        lines.append(f"frozen: {what}, first {quote(kept[0].name)}")
    if shared:
        what = f"{counted(len(shared), 'row')} whose parameters are counted at another one"
        lines.append(f"shared: {what}, first {quote(shared[0].where)}")
    read = {*held, *(graph.params[name].same for name in held)}
    used = {name for node in needed(graph).nodes for name in node.inputs}
    idle = [graph.params[name] for name in graph.params if name not in read | used and _learnt(graph, name)]
    idle += [param for param in graph.unread if param.trained]
    if idle:
        what = f"{sum(param.size for param in idle):,} parameters in {counted(len(idle), 'tensor')}"
        lines.append(f"left out: {what} that the outputs do not depend on, first {quote(idle[0].name)}")
    lines.append(f"nodes: {len(graph.nodes):,}, all of them mapped; {lowered.agreed:,} stated shapes agree")
    for what, times in Counter(what for what, _ in lowered.notes).items():
        lines.append(f"{'' if what in COUNTED else 'not counted: '}{what} ({times})")
    lines += [f"not read: input {quote(name)}" for name in graph.inputs if name not in lowered.inputs]
    if lowered.batch > 1:
        lines.append(f"batch: {lowered.batch}; counted per sample")
    fixed = f"since {told} and gives other rows" if told else "since one alone was read"
    setting = f"`res`, since {told} and gives the same rows"
    lines.append(f"resolution: {setting if 'res' in settings else 'fixed, ' + fixed}")
    return tuple(lines)


def _learnt(graph: Graph, name: str) -> bool:
    """Return whether a parameter is one that training changes, and not a number that shapes are computed from."""
    param = graph.params[name]
    return param.trained and not param.same and name not in graph.constants


def _written(
    graph: Graph, fused: Fused, folding: Folding, settings: Mapping[str, int], receipt: tuple[str, ...]
) -> Imported | None:
    """Return the spec of a folding with its totals; None where reading it gives other layers than the rows."""
    head = Head(graph.title, graph.source, receipt, settings)
    try:
        network = build(spec_text(head, fused, folding, {}), graph.title)
    except SpecError:
        return None
    if not _equal(network, fused):
        return None
    totals = network.totals
    figures = {name: totals.figure(name) for name in TOTALS}
    text = spec_text(head, fused, folding, figures)
    return Imported(text, build(text, graph.title), receipt)


def build(text: str, title: str) -> Network:
    """Return the network of a text."""
    return interpreter.build(specfile.load_source(Source(title, text)), {}, title)


def _equal(network: Network, fused: Fused) -> bool:
    """Return whether a network is the rows: wiring, shapes and, in sum, every count but the outputs of fused rows."""
    if len(network.layers) != len(fused.shapes):
        return False
    mine = [(layer.inputs, layer.out) for layer in network.layers]
    theirs = [(item.reads, shape) for item, shape in zip(fused.items, fused.shapes, strict=True)]
    if [(sorted(reads), shape[:3]) for reads, shape in mine] != [(sorted(reads), shape[:3]) for reads, shape in theirs]:
        return False
    return all(
        sum(getattr(layer.cost, name) for layer in network.layers) == fused.counts[name]
        for name in COUNT_NAMES
        if name != "activations"
    )
