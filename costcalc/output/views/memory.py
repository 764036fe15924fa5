"""The view of `memory`: a timeline of what is alive, the peak and its tensors, the sum of features, training."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.common.budget import ALIVE, BUDGET
from costcalc.common.table import Chart, Column, Document, Notes, Series, Table
from costcalc.common.units import bytes_of, decimal_bytes, exact_bytes, shown_shape
from costcalc.network.memory import DEFAULT_POLICY, OPTIMIZERS, POLICIES, Policy, Timeline, features, timeline, training
from costcalc.network.memory.lifetimes import Tensor
from costcalc.network.memory.timeline import resident
from costcalc.network.memory.training import Training
from costcalc.network.metrics import DTYPE_BITS
from costcalc.network.model import INPUT, Layer, Network
from costcalc.output.views.heading import about, caption, titled
from costcalc.output.views.report import ReportOptions, checked

COLUMNS = (
    Column("path", "layer"),
    Column("kind", "kind", "text", 4),
    Column("at", "most at", "text", 3),
    Column("out", "output", "text", 2),
    Column("tensors", "tensors", "int", 3),
    Column("live_bytes", "alive", "bytes"),
    Column("live_bar", "", "bar", 1),
)
BLANK = {"layer": "at", "stage": "kind"}  # columns that say nothing there


class MemoryOptions(NamedTuple):
    """How memory is counted and shown.

    `budget` is in bytes; an empty `optimizer` means each of them; `training` shows what training holds in the text.
    """

    dtype: str = "fp32"
    batch: int = 1
    policy: Policy = DEFAULT_POLICY
    by: str = "block"
    optimizer: str = ""
    training: bool = False
    budget: Fraction | None = None
    more: str = ""

    @property
    def bits(self) -> int:
        """The bits of an element."""
        return DTYPE_BITS[self.dtype]

    @property
    def trained_as(self) -> str:
        """What an element is while a network trains: fp32 where inference runs on integers, which have no gradients."""
        return "fp32" if self.dtype.startswith("int") else self.dtype

    @property
    def words(self) -> str:
        """What a size is of."""
        return f"elements of {self.dtype}, {'one image' if self.batch == 1 else f'a batch of {self.batch:,} images'}"


class Run(NamedTuple):
    """A network's run in memory at some options."""

    network: Network
    options: MemoryOptions
    line: Timeline

    def size(self, elements: int) -> int:
        """Return the bytes of some elements of each image."""
        return bytes_of(self.options.batch * elements, self.options.bits)

    def live(self, number: int) -> int:
        """Return the bytes in use while a layer runs, parameters with them where they count."""
        return bytes_of(self.options.batch * self.line.live[number] + self.resident, self.options.bits)

    @property
    def resident(self) -> int:
        """Parameters that count all the time."""
        return resident(self.network, self.options.policy)

    @property
    def over(self) -> tuple[Layer, ...]:
        """The layers that take more than the budget."""
        budget = self.options.budget
        return tuple(x for x in self.network.layers if budget is not None and self.live(x.number) > budget)

    def source(self, number: int) -> str:
        """Return the path of the layer that makes a tensor, or the name of an input."""
        return self.network.called(number)

    def shape(self, tensor: Tensor) -> tuple[int, ...]:
        """Return the shape of a tensor: (channels, height, width); of what concat still copies, (elements,)."""
        whole = self.network.fed[tensor.source] if tensor.source <= INPUT else self.network.layers[tensor.source].out
        if tensor.scratch:
            return (1, whole.h, whole.w)
        return whole if whole.size == tensor.elements else (tensor.elements,)


def run_of(network: Network, options: MemoryOptions) -> Run:
    """Return a network's run; raise ValueError for a type that there is not."""
    checked(ReportOptions(dtype=options.dtype))
    return Run(network, options, timeline(network, options.policy))


def memory(run: Run) -> Document:
    """Return what `memory` shows of a run."""
    network, options = run.network, run.options
    peak = run.live(run.line.at)
    words = f"{options.words}, {network.measure.params.words}"
    names = tuple(layer.path for layer in network.layers)
    sizes = tuple(float(run.live(layer.number)) for layer in network.layers)
    heading = titled(network, words)
    told = f"Alive while each layer runs; peak {exact_bytes(peak)} at layer {names[run.line.at]}, in red"
    kinds = tuple(layer.kind for layer in network.layers)
    budget = None if options.budget is None else int(options.budget)
    limit = None if budget is None else (float(budget), f"budget {exact_bytes(budget)}")
    top = f"peak {decimal_bytes(peak)} at layer {names[run.line.at]} ({kinds[run.line.at]})"
    under = () if budget is None else (f"budget {decimal_bytes(budget)}",)
    table = _table(run)
    return Document(
        (*heading, (top, *under)),
        table.only(column.key for column in COLUMNS if column.key != BLANK.get(options.by)),
        _notes(run),
        lambda: {**_document(run), "groups": {"by": options.by, "rows": table}},
        Chart(
            "columns",
            network.title,
            (told, caption(heading[1]), ", ".join(options.policy.words)),
            ("layer, in order of execution", "size"),
            names,
            (Series("alive", sizes, kinds=kinds, peak=run.line.at),),
            "bytes",
            limit=limit,
        ),
    )


def _table(run: Run) -> Table:
    """Return the timeline: for each layer, or the one of a group that needs most, what is alive while it runs."""
    peak, alive, rows = run.live(run.line.at), run.line.counts(), []
    for row in run.network.by(run.options.by):
        top = max((layer for layer in row.layers if isinstance(layer, Layer)), key=lambda x: run.line.live[x.number])
        live, at = run.live(top.number), top.path if len(row.layers) > 1 else ""
        rows.append((row.label, row.what, at, row.out, alive[top.number], live, live / peak if peak else 0.0))
    return Table((Column("path", run.options.by), *COLUMNS[1:]), tuple(rows))


def _notes(run: Run) -> Notes:
    """Return the three numbers, each with its formula, what held, and the budget."""
    network, options = run.network, run.options
    at, found, params = network.layers[run.line.at], features(network.layers), network.totals.params
    alive = [_tensor(run, tensor) for tensor in run.line.alive(at.number)]
    alive += [f"parameters: {bytes_of(run.resident, options.bits):,} bytes"] if run.resident else []
    images = "" if options.batch == 1 else f" x {options.batch:,} images"
    made = f"({found.outputs:,} outputs of layers + {found.before_norm:,} before norms){images}"
    peak = f"{run.line.peak:,} elements alive{images}"
    peak = f"({peak} + {run.resident:,} parameters)" if run.resident else peak
    return (
        ("inference peak", (_equals(run, run.live(at.number), peak), f"while layer {at.path} runs ({at.kind})")),
        *_budget(run),
        ("alive there", tuple(alive) or ("nothing",)),
        ("sum of features", (_equals(run, run.size(found.total), made),)),
        ("parameters", (_equals(run, bytes_of(params, options.bits), f"{params:,}"),)),
        *((f"training, {name}", (_trained(run, name),)) for name in _optimizers(options) if options.training),
        ("policy", (", ".join(options.policy.words),)),
        ("more", (options.more,)),
    )


def _equals(run: Run, size: int, elements: str) -> str:
    """Return a size in bytes and the formula that gives it from elements."""
    return f"{exact_bytes(size)} = {elements} x {run.options.bits} bits / 8"


def _trained(run: Run, optimizer: str) -> str:
    """Return training memory and its terms."""
    held = _training(run, optimizer)
    terms, bits = " + ".join(f"{held[key]:,} {key}" for key in Training._fields), DTYPE_BITS[held["dtype"]]
    told = f"{exact_bytes(held['bytes'])} = ({terms}) x {bits} bits / 8"
    return told + f", as {held['dtype']}" * (bits != run.options.bits)


def _optimizers(options: MemoryOptions) -> Sequence[str]:
    return (options.optimizer,) if options.optimizer else tuple(OPTIMIZERS)


def _tensor(run: Run, tensor: Tensor) -> str:
    """Return a tensor in a few words: whose, its shape, its bytes."""
    words = f"{run.source(tensor.source)}{' (one channel)' if tensor.scratch else ''} {shown_shape(run.shape(tensor))}"
    over = f" over {', '.join(map(run.source, tensor.over))}" if tensor.over and tensor.first == run.line.at else ""
    return f"{words}{over}" if over else f"{words}: {run.size(tensor.elements):,} bytes"


def _budget(run: Run) -> Notes:
    """Return whether the peak is within the budget, and the layers above it."""
    if run.options.budget is None:
        return ()
    budget, over = int(run.options.budget), ", ".join(layer.path for layer in run.over)
    left = f"{budget - run.live(run.line.at):,} bytes left at the peak"
    layers = f"{len(run.over)} of {len(run.network.layers)} layers take more: {over}"
    return (("over budget" if over else "budget", (exact_bytes(budget), layers if over else left)),)


def over_budget(run: Run) -> str:
    """Return why a run is over its budget, in a sentence."""
    budget, peak = int(run.options.budget or 0), run.live(run.line.at)
    return (
        f"over budget: the peak of {exact_bytes(peak)}, at layer {run.network.layers[run.line.at].path}, is "
        f"{peak - budget:,} bytes above {exact_bytes(budget)}"
    )


def _document(run: Run) -> dict[str, Any]:
    """Return the JSON of `memory` (schema costcalc/memory/1) but for its groups."""
    network, options, line = run.network, run.options, run.line
    BUDGET.spend(ALIVE * sum(line.counts()), "the tensors alive while each layer runs", network.layers[line.at].mark)
    found, at, params = features(network.layers), network.layers[line.at], network.totals.params
    budget = {"bytes": int(options.budget or 0), "over": [layer.path for layer in run.over]}
    return {
        **about(network, "memory"),
        "params_convention": network.measure.params.name,
        "dtype": options.dtype,
        "bits": options.bits,
        "batch": options.batch,
        "policy": dict(zip(POLICIES, options.policy, strict=True)),
        "params": {"elements": params, "bytes": bytes_of(params, options.bits)},
        "features": {**found._asdict(), "elements": found.total, "bytes": run.size(found.total)},
        "peak": {
            "elements": line.peak,
            "bytes": run.live(line.at),
            "layer": at.path,
            "kind": at.kind,
            "alive": [_alive(run, tensor) for tensor in line.alive(line.at)],
        },
        "training": {name: _training(run, name) for name in _optimizers(options)},
        "layers": [
            {
                "path": layer.path,
                "kind": layer.kind,
                "out": layer.out,
                "elements": line.live[layer.number],
                "bytes": run.live(layer.number),
                "alive": [run.source(tensor.source) for tensor in alive],
            }
            for layer, alive in zip(network.layers, line.by_layer(), strict=True)
        ],
        **({} if options.budget is None else {"budget": budget}),
    }


def _alive(run: Run, tensor: Tensor) -> dict[str, Any]:
    """Return a tensor alive at the peak; one that is written over others there takes no bytes of its own."""
    takes = tensor.counted_from <= run.line.at
    return {
        "source": run.source(tensor.source),
        "shape": run.shape(tensor),
        "elements": tensor.elements,
        "bytes": run.size(tensor.elements) if takes else 0,
        "scratch": tensor.scratch,
        "over": [] if takes else [run.source(source) for source in tensor.over],
    }


def _training(run: Run, optimizer: str) -> dict[str, Any]:
    """Return the terms of training memory (elements) and their bytes."""
    held = training(run.network, optimizer, run.options.batch)
    dtype = run.options.trained_as
    return {**held._asdict(), "dtype": dtype, "bytes": bytes_of(held.total, DTYPE_BITS[dtype])}
