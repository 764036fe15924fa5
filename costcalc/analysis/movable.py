"""A network that moves: its figures at any values of its settings, as JavaScript that a page runs."""

import operator
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any, NamedTuple

from costcalc.analysis.api import Spec
from costcalc.analysis.runtables import Lines, PageReading, Ready, Tables, shown
from costcalc.analysis.sliders import Axis, among
from costcalc.common.errors import SpecError, quote
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.network.metrics import COUNTS, DTYPE_BITS, Measure
from costcalc.specfile.index import year_of
from costcalc.unfold.claims import claimed_points
from costcalc.unfold.interpreter import build
from costcalc.unfold.trace import Number
from costcalc.unfold.trace.covering import LINE, ReadSpec, Span, SymbolRun, covering
from costcalc.unfold.trace.sizes import EXACT
from costcalc.unfold.trace.vocabulary import UnsayableError

ROOM = 195_000  # characters of one network, past which no further combination of choices is added
MOST = 260_000  # bytes of a page
USUAL = ("width", "res", "classes")  # which are worth a slider whatever it takes
FEW, FEW_NETWORKS = 8, 3  # runs that are worth a slider
STEPS = (1, 2, 4, 8, 16, 32, 64)
TRIED = 1_000  # combinations of choices
PATIENCE = 3  # combinations that found no room, after which no other is tried
POWER = "has a power of a number that is not whole, which a page may get wrong: choose values for its setting"
PRINTED = re.compile(r"\d+(\.\d+)?")
WORDS = {
    "activations": "elements that convolutions and fully connected layers put out, per image",
    "peak": "bytes of the inference peak: the most that is alive while a layer runs, one image",
    "layers": "their number",
}


class TooLargeError(SpecError):
    """Raised where whole numbers may reach 2^53, past which a page does not compute exactly; `axis` can be narrowed."""

    def __init__(self, name: str, axis: Axis | None) -> None:
        self.axis = axis
        more = f": narrow {quote(axis.name)}, such as to {axis.narrowed}" if axis else ""
        super().__init__(f"{quote(name)} has numbers over 2^53, which a page cannot compute to the last integer{more}")


class OverfullError(ValueError):
    """Raised where the choices that are asked for take more room than a page has; `axis` has most values."""

    def __init__(self, axis: Axis | None) -> None:
        super().__init__(f"the page would take more than {MOST:,} bytes")
        self.axis = axis


class Movable(NamedTuple):
    """What a page shows of a network: the settings that move, what is counted, and as which type memory is.

    `lines` gives the formulas of a layer.
    """

    spec: Spec
    axes: tuple[Axis, ...]
    lines: Lines
    measure: Measure = Measure()
    dtype: str = "fp32"
    room: int = ROOM

    def script(self) -> str:
        """Return the network as JavaScript; raise SpecError for numbers that are too large for it.

        Combinations of choices that find no room are left out, the first and those that were asked for excepted.
        """
        tables, runs, taken, spilt = Tables(self.bits), list[str](), 0, 0
        shown_at: list[tuple[Value, ...]] = []
        for number, values in enumerate(self.combinations()):
            if spilt > PATIENCE and not self.is_asked(values):
                continue
            mark, texts = tables.mark(), self.written(values, tables)
            more = sum(map(len, texts))
            if taken + more + tables.size > self.room and number and not self.is_asked(values):
                tables.undo(mark)
                spilt += 1
                continue
            if taken + more + tables.size > MOST:
                raise OverfullError(self.most_values)
            shown_at.append(values)
            runs += texts
            taken += more
        parts = {**self.about(shown_at), **tables.data(len(self.spans)), "runs": Ready("[" + ",\n".join(runs) + "]")}
        return "moving({" + ",\n".join(f"{name}:{shown(value)}" for name, value in parts.items()) + "})"

    def written(self, values: Sequence[Value], tables: Tables) -> list[str]:
        """Return the runs at one combination of choices as JavaScript."""
        texts = []
        for run in self.covering(values):
            try:
                text, largest = tables.run(run, shown(values), self.spans)
            except UnsayableError:
                raise SpecError(f"{quote(self.spec.key)} {POWER}") from None
            if largest >= EXACT:
                raise TooLargeError(self.spec.key, self.widest(run, tables))
            texts.append(text)
        return texts

    def smooth(self) -> bool:
        """Return whether the only setting that moves is worth a slider: few runs, and most values not refused."""
        runs = self.covering([axis.value for axis in self.choices])
        networks = [run for run in runs if run.network]
        values = [(value,) for value in self.spans[0].values(LINE)]
        held = sum(any(run.covers(value) for run in networks) for value in values)
        return len(runs) <= FEW and len(networks) <= FEW_NETWORKS and 2 * held > len(values)

    def stepped(self, axis: Axis) -> "Movable":
        """Return this with a whole setting in the smallest of the usual steps that its spec takes."""
        span, value = axis.span, axis.value
        if not (span and span.whole and isinstance(value, int)):
            return self
        step = next((step for step in STEPS if self.takes({axis.name: value + step})), 1)
        fewer = axis._replace(span=span._replace(step=step, least=span.least + (value - span.least) % step))
        return self._replace(axes=tuple(fewer if other is axis else other for other in self.axes))

    def takes(self, settings: Mapping[str, Value]) -> bool:
        """Return whether the spec has a network at some settings."""
        try:
            build(self.spec.definition, {**self.spec.preset, **settings})
        except SpecError:
            return False
        return True

    @property
    def bits(self) -> int:
        """The bits of an element."""
        return DTYPE_BITS[self.dtype]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The settings that move within a span."""
        return tuple(axis.span for axis in self.axes if axis.span)

    @property
    def start(self) -> tuple[Number, ...]:
        """Their values in the table."""
        values = [(axis.span, axis.value) for axis in self.axes if axis.span]
        return tuple(int(value) if span.whole else float(value) for span, value in values)  # type: ignore[arg-type]

    @property
    def choices(self) -> tuple[Axis, ...]:
        """The settings that move among values."""
        return tuple(axis for axis in self.axes if not axis.span)

    def combinations(self) -> list[tuple[Value, ...]]:
        """Return the combinations of choices: the table's, those of variants, those that differ in one, the rest."""
        start = tuple(axis.value for axis in self.choices)
        named = [tuple(preset.get(axis.name, axis.value) for axis in self.choices) for preset in self.presets.values()]
        there = [values for values in named if all(map(operator.contains, self.lists, values))]
        near = (
            (*start[:place], value, *start[place + 1 :]) for place, values in enumerate(self.lists) for value in values
        )
        wanted = product(*(axis.values if axis.asked else (axis.value,) for axis in self.choices))
        every = product(*self.lists)
        return list(dict.fromkeys((start, *there, *near, *islice(wanted, TRIED), *islice(every, TRIED))))

    @property
    def lists(self) -> tuple[tuple[Value, ...], ...]:
        """The values of each of those."""
        return tuple(axis.values for axis in self.choices)

    @property
    def most_values(self) -> Axis | None:
        """The setting that has most values to choose from, or one that has a range."""
        return max(self.axes, key=lambda axis: len(axis.values), default=None)

    def is_asked(self, values: Sequence[Value]) -> bool:
        """Return whether a combination is asked for: it differs from the table in settings that are."""
        return any(axis.asked for axis in self.choices) and all(
            axis.asked or axis.value == value for axis, value in zip(self.choices, values, strict=True)
        )

    @property
    def presets(self) -> dict[str, dict[str, Value]]:
        """The variants of a family that settings which move can reach, with the values of those."""
        table, moved = self.spec.definition, {axis.name for axis in self.axes}
        if self.spec.preset:
            return {}
        plain = {name: value for name, value in self.spec.settings.items() if name in moved}
        members = {name: overrides(table, name, {}) for name in table.variants}
        return {name: {**plain, **given} for name, given in members.items() if given.keys() <= moved}

    def covering(self, values: Sequence[Value]) -> list[SymbolRun]:
        """Return the runs at one combination of choices; raise SpecError for a claim of the table that is false."""
        moved = {axis.name for axis in self.axes}
        still = {name: value for name, value in self.spec.preset.items() if name not in moved}
        pinned = {**still, **dict(zip((axis.name for axis in self.choices), values, strict=True))}
        free = [span.name for span in self.spans]
        for point in claimed_points(self.spec.definition, pinned, free):
            if all(span.has(value) for span, value in zip(self.spans, point, strict=True)):
                build(self.spec.definition, {**pinned, **dict(zip(free, point, strict=True))})
        reading = PageReading(self.measure, self.lines)
        return covering(ReadSpec(self.spec.definition, reading.of), pinned, self.spans, self.start)

    def widest(self, run: SymbolRun, tables: Tables) -> Axis | None:
        """Return the setting that makes the numbers of a run smallest where its span is narrowed."""
        sizes = {}
        for axis in self.axes:
            if axis.span and axis.narrower != axis.span:
                spans = tuple(axis.narrower if span is axis.span else span for span in run.spans)
                sizes[axis] = tables.run(run._replace(spans=spans), "", spans)[1]
        return min(sizes, key=sizes.__getitem__, default=None)

    def without(self, axis: Axis) -> "Movable":
        """Return this with a setting among the values that its spec names, or still where that is one."""
        fewer = among(self.spec, axis.name, axis.value)
        kept = [fewer if other is axis else other for other in self.axes]
        return self._replace(axes=tuple(other for other in kept if other.span or len(other.values) > 1))

    def narrowed(self, axis: Axis) -> "Movable":
        """Return this with a setting within the lower half of its span."""
        fewer = axis._replace(span=axis.narrower)
        return self._replace(axes=tuple(fewer if other is axis else other for other in self.axes))

    def about(self, shown_at: Sequence[tuple[Value, ...]]) -> dict[str, Any]:
        """Return what a page says of the network and its settings."""
        network = self.spec.build()
        there = dict(zip((axis.name for axis in self.choices), zip(*shown_at, strict=True), strict=False))
        return {
            "key": self.spec.key,
            "name": network.heading,
            "source": self.spec.source,
            "year": year_of(self.spec.source),
            "settings": [setting(axis, there.get(axis.name, ())) for axis in self.axes],
            "presets": [{"name": name, "settings": settings} for name, settings in self.presets.items()],
            "kinds": list(dict.fromkeys(layer.kind for layer in network.layers)),
            "accuracy": list(accuracy(self.spec)),
            "columns": ["params", "macs", "activations", "alive"],
            "counts": {"params": self.measure.params.words, "macs": self.measure.macs.words, **WORDS},
            "spans": [[span.name, span.least, span.most, span.whole] for span in self.spans],
            "chosen": [axis.name for axis in self.choices],
            "bits": self.bits,
            "signal": self.spec.definition.signal,
            "remarks": dict(COUNTS),
        }


def fitted(movable: Movable) -> tuple[Movable, str]:
    """Return what fits a page, and its script; raise SpecError where nothing does.

    A setting that nobody asked for moves among fewer values where it parts many runs, or where numbers get too large.
    """
    for axis in movable.axes:
        if axis.span and not axis.asked:
            alone = movable._replace(axes=(axis,))
            movable = (
                movable.stepped(axis) if axis.name in USUAL else movable if alone.smooth() else movable.without(axis)
            )
    return _narrowed(movable)


def _narrowed(movable: Movable) -> tuple[Movable, str]:
    try:
        return movable, movable.script()
    except TooLargeError as error:
        if error.axis is None or error.axis.asked:
            raise
        return _narrowed(movable.narrowed(error.axis))


def setting(axis: Axis, among: Sequence[Value]) -> dict[str, Any]:
    """Return a setting that moves as a page has it, with the values that it has there."""
    span = axis.span
    between = {"from": span.least, "to": span.most, "step": span.step, "whole": span.whole} if span else {}
    values = {"values": [value for value in axis.values if value in among]} if axis.values else {}
    return {"name": axis.name, "sort": axis.sort, "value": axis.value, **between, **values, "meaning": ""}


def accuracy(spec: Spec) -> Iterator[dict[str, Any]]:
    """Yield the accuracies that a spec reports, each with all of its settings."""
    table = spec.definition
    for entry in table.reported:
        settings = resolve(table, overrides(table, entry.variant, entry.settings)).values
        found = {
            name: float(entry.figures[name].text)
            for name in ("top1", "top5", "map")
            if name in entry.figures and PRINTED.fullmatch(entry.figures[name].text)
        }
        if found:
            yield {"settings": dict(settings), **found, "source": entry.where}
