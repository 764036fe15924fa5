"""Every error of a spec at once, at each of its variants, and warnings of what is legal and seldom meant."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from costcalc.analysis.held import misfits
from costcalc.analysis.reported import unreadable
from costcalc.common.budget import OverBudgetError
from costcalc.common.errors import Mark, SpecError, in_order, quote
from costcalc.language.settings import overrides
from costcalc.language.spec import Definition, Group, Row, Rows
from costcalc.network.model import Layer, Network
from costcalc.ops import FIRST, OPS
from costcalc.ops.shape import Pair, extent
from costcalc.unfold.interpreter import attempt
from costcalc.unfold.static import columns_of

BY_CHANNEL = ("bn", "instance")  # norms whose mean takes a bias of the channel away
ONCE = ("biased",)  # rules that warn once for a file, as what they find is a habit
LARGE = 10**7  # weights of one matrix
MAX_LAYERS = 100_000  # of all members together: a few seconds


def lint_spec(spec: Definition) -> list[SpecError]:
    """Return the errors and warnings of a spec that could be read, each once, in the order of the file.

    It is built at its defaults, at each variant and at each entry of `totals`; a warning is given once for a row.
    """
    found: dict[tuple[Mark | None, str], SpecError] = {
        (problem.mark, problem.sentence): problem for problem in (*unreadable(spec), *misfits(spec), *shadowed(spec))
    }
    places = [
        ("", {}),
        *((name, {}) for name in spec.variants),
        *((entry.variant, entry.settings) for entry in spec.totals if entry.variant in {"", *spec.variants}),
    ]
    layers = 0
    for number, (variant, settings) in enumerate(places):
        if layers > MAX_LAYERS:
            sentence = f"lint checked {number} of {len(places)} members, {layers:,} layers in total, and stopped there"
            return [*in_order(found.values()), SpecError(sentence, spec.mark, level="warning")]
        try:
            network, problems = attempt(spec, overrides(spec, variant, settings), variant)
        except OverBudgetError as error:
            sentence = f"lint checked {number} of {len(places)} members: {error.told.sentence}"
            return [*in_order(found.values()), SpecError(sentence, spec.mark, error.told.notes, level="warning")]
        except SpecError as error:
            network, problems = None, [error]
        layers += len(network.layers) if network else len(problems[-1].layers)
        for problem in problems:
            found.setdefault((problem.mark, problem.sentence), problem)
        for cells, shape in zip(spec.starts.values(), network.fed.values() if network else (), strict=False):
            if shape.doubt:
                found.setdefault((cells[0].mark, "input"), SpecError(shape.doubt, cells[0].mark, level="warning"))
        for rule, warning in warnings(network) if network else ():
            if rule in ONCE and settings:
                continue  # who asks for it by a setting means it
            found.setdefault((None if rule in ONCE else warning.mark, rule), warning)
    return in_order(found.values())


def warnings(network: Network) -> Iterator[tuple[str, SpecError]]:
    """Yield (rule, warning) for what is legal in a network and seldom meant."""
    readers: dict[int, list[Layer]] = {}
    for layer in network.layers:
        for number in layer.inputs:
            readers.setdefault(number, []).append(layer)
    for layer in network.layers:
        for rule, find in RULES.items():
            sentence = find(layer, readers.get(layer.number, []), network)
            if sentence:
                told = rule == "unread" and network.outputs  # who names outputs, names them all
                yield rule, SpecError(sentence, layer.mark, level="error" if told else "warning")


def _biased(layer: Layer, readers: Sequence[Layer], network: Network) -> str:
    """Return a sentence on a bias whose sums a normalisation reads alone."""
    folded = len(readers) == 1 and readers[0].op in BY_CHANNEL and not layer.args.get("act")
    redundant = layer.cost.bias and (layer.args.get("norm") in BY_CHANNEL or folded)
    return "a bias before a normalisation: its beta makes the bias redundant" if redundant else ""


def _unread(layer: Layer, readers: Sequence[Layer], network: Network) -> str:
    """Return a sentence on an output that no layer reads and that is not the network's."""
    named = network.outputs
    wanted = layer.number in named if named else layer.number == len(network.layers) - 1
    more = ", and `outputs` does not name it" if named else ""
    return "" if readers or wanted else f"nothing reads the output of {quote(layer.path)}{more}"


def _dropped(layer: Layer, readers: Sequence[Layer], network: Network) -> str:
    """Return a sentence on the input rows and columns that no window of a layer reads.

    A 1x1 window with a stride is taken to mean it: sampling is all that it can do.
    """
    filters = OPS[layer.op].filter
    if not (filters.pads and filters.reads_windows) or layer.args["k"] in (None, (1, 1)):
        return ""
    x, k, s, p = layer.ins[0], *(layer.args[column] for column in ("k", "s", "p"))
    d = layer.args.get("d", (1, 1))  # avgpool has none
    pads = filters.pads(x, k, s, p, d)
    lost = [
        f"{count} of {size} {side}"
        for side, size, count in (
            ("rows", x.h, _missed(x.h, layer.out.h, k[0], s[0], d[0], pads[0])),
            ("columns", x.w, _missed(x.w, layer.out.w, k[1], s[1], d[1], pads[1])),
        )
        if count
    ]
    return f"stride {s[0]}x{s[1]} drops {' and '.join(lost)} of the input to {quote(layer.path)}" if lost else ""


def _missed(size: int, out: int, k: int, s: int, d: int, pads: Pair) -> int:
    """Return how many pixels of one side no window reads: those between windows, and those after the last.

    Pixels are counted from the start of the padding, where the first window starts, up to `end`.
    """
    before, last = pads[0], (out - 1) * s
    end = max(before, min(size + before, last + extent(k, d)))
    if d > 1:  # taps of neighbouring windows fall between each other; only the rest after the last window is certain
        return size + before - end

    def read(pixels: int) -> int:
        return pixels // s * min(k, s) + min(pixels % s, k)

    return size - (read(end) - read(before))


def _flattened(layer: Layer, readers: Sequence[Layer], network: Network) -> str:
    """Return a sentence on a fully connected layer that flattens a map into a very large matrix."""
    x = layer.ins[0]
    if layer.op != "fc" or x.h * x.w == 1 or layer.cost.weights <= LARGE:
        return ""
    what = f"`fc` flattens its input of {x}, which makes {layer.cost.weights:,} weights"
    return f"{what}: `linear` and `conv` with `k: 1` have a matrix for all places"


def shadowed(spec: Definition) -> Iterator[SpecError]:
    """Yield a warning for each block, setting or argument that rows mean by the name of a later op."""
    for name, block in spec.blocks.items():
        if name in OPS:
            yield _meant("block", name, block.mark)
    for name, mark in _ops(spec.rows).items():
        if name in spec.settings.keys() - FIRST:
            yield _meant("setting", name, mark)
    for block in spec.blocks.values():
        args = {arg.name for arg in block.args}
        for name, mark in _ops((*block.rows, *(row for rows in block.branches for row in rows))).items():
            if name in (args | spec.settings.keys()) - FIRST:
                yield _meant("argument" if name in args else "setting", name, mark)


def _meant(what: str, name: str, mark: Mark) -> SpecError:
    return SpecError(f"{what} {quote(name)} has the name of an op: rows mean the {what}", mark, level="warning")


def _ops(rows: Rows) -> dict[str, Mark]:
    """Return the bare names of ops in some rows, those of groups too, each where it comes first."""
    found: dict[str, Mark] = {}
    for row in reversed(rows):
        if isinstance(row, Group):
            inner = (*row.rows, *(inside for branch in row.branches for inside in branch))
            found.update(_ops(inner))
        elif row.op.expr and row.op.expr.name in OPS:
            found[row.op.expr.name] = row.op.mark
    return found


RULES: Mapping[str, Callable[[Layer, Sequence[Layer], Network], str]] = {
    "dropped": _dropped,
    "biased": _biased,
    "flattened": _flattened,
    "unread": _unread,
}


def taken(spec: Definition) -> Definition:
    """Return a spec without the columns that its ops and blocks do not take, which are errors of their own."""
    blocks = {
        name: block._replace(rows=_taken(spec, block.rows), branches=tuple(_taken(spec, b) for b in block.branches))
        for name, block in spec.blocks.items()
    }
    return spec._replace(rows=_taken(spec, spec.rows), blocks=blocks)


def _taken(spec: Definition, rows: Rows) -> Rows:
    found: list[Row | Group] = []
    for row in rows:
        if isinstance(row, Group):
            branches = tuple(_taken(spec, branch) for branch in row.branches)
            found.append(row._replace(rows=_taken(spec, row.rows), branches=branches))
            continue
        takes = columns_of(spec, (row.op.expr and row.op.expr.name) or "")
        cells = {column: cell for column, cell in row.cells.items() if takes is None or column in takes}
        found.append(row._replace(cells=cells))
    return tuple(found)


def summary(problems: list[SpecError]) -> tuple[int, int]:
    """Return how many errors and warnings there are."""
    errors = sum(problem.level == "error" for problem in problems)
    return errors, len(problems) - errors


def lint_source(spec: Definition | None, problems: list[SpecError]) -> list[SpecError]:
    """Return all findings of a file: those of reading it, and those of unfolding it as far as all rows could be read.

    Of a file with errors no warnings are given, and no second error in a line, which may follow from the first.
    """
    if spec is None or not (problems or spec.whole):
        return in_order(problems)
    if not problems:
        return lint_spec(spec)
    lines = {problem.mark.line for problem in problems if problem.mark}
    sides = 2 if spec.signal else 3  # a wrong `input` is among the problems
    whole = spec.whole and all(len(cells) == sides for cells in spec.starts.values())
    found = [] if not whole else [error for error in lint_spec(taken(spec)) if error.level == "error"]
    return in_order([*problems, *(error for error in found if not error.mark or error.mark.line not in lines)])
