"""Fast evaluation: one run of the interpreter on symbols, written out as straight-line code for the totals."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from costcalc.common.errors import SpecError
from costcalc.language.expr import CELLS, MAX_INTEGER, Language, Value, names_in
from costcalc.language.settings import resolve
from costcalc.language.spec import Definition
from costcalc.network.figures import whole
from costcalc.network.metrics import Measure
from costcalc.network.model import Network
from costcalc.unfold.again import keyed as tells
from costcalc.unfold.claims import claimed_points
from costcalc.unfold.interpreter import build, input_shapes
from costcalc.unfold.trace.emit import PLAIN, Code, compiled
from costcalc.unfold.trace.forks import forked
from costcalc.unfold.trace.recorder import Recorded, Recorder, TooLongError
from costcalc.unfold.trace.staged import Staged, staged
from costcalc.unfold.trace.symbols import Integer, lone, operand_of
from costcalc.unfold.trace.symbols import given as symbol
from costcalc.unfold.trace.terms import Poly
from costcalc.unfold.trace.tracing import SUMS, Tracing

MAX_TRACES = 200  # of one family: past it, what no trace covers is unfolded the plain way

Number = int | float
Figures = tuple[int, ...]
Box = tuple[tuple[Number, Number], ...]  # the least and largest value of each free setting

# What inputs are first taken to lie in: wide enough for any network, and so close that most checks need no guard.
NEAR: Mapping[type, tuple[Number, Number]] = {int: (1, 2**20), float: (2.0**-10, 2.0**10)}
FAR: Mapping[type, tuple[Number, Number]] = {int: (-MAX_INTEGER, MAX_INTEGER), float: (-1e18, 1e18)}


class Traceable(Protocol):
    """What can be run on symbols: whole numbers that follow from settings, of which those of `free` vary."""

    @property
    def pinned(self) -> Mapping[str, Value]: ...
    @property
    def free(self) -> tuple[str, ...]: ...

    def claimed(self) -> set[tuple[Any, ...]]:
        """Return the values of the free settings at which claims are to be checked, by the plain way."""

    def plain(self, values: tuple[Number, ...]) -> Figures:
        """Return the figures by unfolding; raise SpecError where the settings are refused."""

    def symbolic(self, given: Mapping[str, Any], recorder: Recorder) -> tuple[Any, ...]:
        """Return the figures at settings of which the free ones are symbols; raise as the plain way does."""


class Family(NamedTuple):
    """What one trace can hold for: a spec with the values of some settings, and the names and types of free ones.

    `names` are the figures wanted, of elements of so many `bits`.
    """

    spec: Definition
    pinned: Mapping[str, Value]
    free: tuple[str, ...]
    names: tuple[str, ...]
    measure: Measure
    bits: int = 32

    def figures(self, network: Network) -> tuple[Any, ...]:
        """Return the figures of a network, whose sizes may be symbols."""
        part = whole(network, self.bits)._replace(measure=self.measure)
        return tuple(map(part.exact, self.names))

    def claimed(self) -> set[tuple[Any, ...]]:
        """Return the values of the free settings at which the table's claims hold."""
        return claimed_points(self.spec, self.pinned, self.free)

    def plain(self, values: tuple[Number, ...]) -> Figures:
        """Return the figures by unfolding; raise SpecError where the settings are refused."""
        return self.figures(build(self.spec, {**self.pinned, **dict(zip(self.free, values, strict=True))}))

    def symbolic(self, given: Mapping[str, Any], recorder: Recorder) -> tuple[Any, ...]:
        """Return the figures at settings of which the free ones are symbols."""
        return self.figures(unfolded(self.spec, given, recorder, summed=SUMS.issuperset(self.names)))


class Trace:
    """A run that holds where its guards do, and the traces that go on from each guard that failed.

    `outputs` are None where the run ended in an error. Its code is written when it is first needed.
    """

    def __init__(self, run: Recorded, outputs: Sequence[Poly] | None, inputs: int) -> None:
        self.recorded = run
        self.outputs = outputs
        self.inputs = inputs
        self.sides: dict[int, Trace] = {}
        self.halves: dict[int, Staged | None] = {}

    @cached_property
    def code(self) -> Code:
        """The run as a function of its inputs."""
        return compiled(self.recorded, self.inputs, self.outputs)

    def run(self, values: tuple[Number, ...]) -> Figures | int:
        """Return the figures, the number of the guard that failed, or `PLAIN`."""
        found: Figures | int = attempted(self.code, values)
        return found

    def staged(self, inner: int) -> Staged | None:
        """Return the run in two halves, the second of the inputs whose bits are in `inner`; None if there are none."""
        if inner not in self.halves:
            self.halves[inner] = (
                None if self.outputs is None else staged(self.recorded, self.outputs, self.inputs, inner)
            )
        return self.halves[inner]


def attempted(code: Code, values: tuple[Number, ...]) -> Any:
    """Return what code returns, `PLAIN` where an operation has no result."""
    try:
        return code(*values)
    except (ArithmeticError, ValueError):
        return PLAIN


def _nothing(*values: Number) -> int:
    """Stand for the code of a trace where there is none yet."""
    return PLAIN


class Traced:
    """The traces of one family, made as they are needed.

    Single points find theirs by `root`; what a grid has made and no single point has asked for is in `loose`.
    """

    def __init__(self, family: Traceable, most: int | None = None) -> None:
        self.family = family
        self.root: Trace | None = None
        self.known: list[Trace] = []
        self.loose: list[Trace] = []
        self.recent: Code = _nothing
        self.box: tuple[tuple[Number, Number], ...] = ()  # of a grid, around the values of each free setting
        try:
            self.claimed = family.claimed()
            self.most = MAX_TRACES if most is None else most
        except SpecError:  # what is in the way of that is what the plain way says
            self.claimed, self.most = set(), 0

    def __call__(self, values: tuple[Number, ...]) -> Figures:
        """Return the figures at the values of the free settings; raise what the plain way raises."""
        if values in self.claimed:
            figures = self.family.plain(values)
            self.claimed.discard(values)  # the table's claims hold there
            return figures
        # a sweep varies its last setting fastest, so that one trace often holds for many in a row
        try:
            found: Any = self.recent(*values)
        except (ArithmeticError, ValueError):
            found = PLAIN
        if found.__class__ is not tuple:
            found = self.search(values)
        return self.family.plain(values) if found == PLAIN else found

    def search(self, values: tuple[Number, ...], *, new: bool = True) -> Figures | int | None:
        """Return the figures by the trace that holds here, a new one if there is none, or `PLAIN` where none can say.

        Return None where there is none and it should not be `new`.
        """
        trace, last, failed = self.root, None, PLAIN
        while trace is not None:
            found = trace.run(values)
            if isinstance(found, tuple):
                self.recent = trace.code
                return found
            if found == PLAIN:
                return PLAIN
            last, failed, trace = trace, found, trace.sides.get(found)
        made = next((loose for loose in self.loose if _holds(loose.run(values))), None)
        made = made or (self.grow(values) if new else None)
        if made is None:
            return PLAIN if new else None
        self.loose.remove(made)
        if last is None:
            self.root = made
        else:
            last.sides[failed] = made
        return made.run(values)

    def within(self, spans: Mapping[str, tuple[Number, Number]]) -> None:
        """Make the next trace for values within these, one span a free setting, unless other spans were asked for."""
        box = tuple(spans[name] for name in self.family.free)
        self.box = box if not self.known or box == self.box else ()

    def grow(self, values: tuple[Number, ...]) -> Trace | None:
        """Return a trace of these values, unless there are enough, or it would be too long."""
        if len(self.known) >= self.most or not _within(_far(values), values):
            return None
        box = next(box for box in (self.box or _near(values), _near(values), _far(values)) if _within(box, values))
        try:
            made = traced(self.family, values, box)
        except TooLongError:
            self.most = 0
            return None
        self.known.append(made)
        self.loose.append(made)
        return made


def pinned_settings(spec: Definition) -> frozenset[str]:
    """Return the settings that select variant columns or have few choices, and those that their defaults read."""
    pinned = {*spec.spread, *spec.choices}
    for name in reversed(list(spec.settings)):  # a default reads settings above it alone
        expr = spec.settings[name].default.expr
        if name in pinned and expr is not None:
            pinned |= {read for read, _, _ in names_in(expr)} & spec.settings.keys()
    return frozenset(pinned)


def traced(family: Traceable, values: Sequence[Number], box: Box) -> Trace:
    """Return the trace of one run at these values, which lie in `box`."""
    recorder = Recorder()
    given: dict[str, Any] = dict(family.pinned)
    for index, (name, value) in enumerate(zip(family.free, values, strict=True)):
        number = recorder.atom("input", (index,), whole=type(value) is int)
        given[name] = symbol(recorder, value, number)
        recorder.enclose(number, box[index])
    outputs = None
    try:
        with unswept():
            figures = family.symbolic(given, recorder)
    except (SpecError, ArithmeticError):
        pass
    else:
        outputs = [output for output in map(operand_of, figures) if isinstance(output, Poly)]
    return Trace(Recorded(recorder.atoms, recorder.guards), outputs, len(values))


@contextmanager
def unswept() -> Iterator[None]:
    """Keep the collector of cycles from a run on symbols, whose many objects all live until its end."""
    awake = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if awake:
            gc.enable()


def unfolded(
    spec: Definition,
    given: Mapping[str, Any],
    recorder: Recorder,
    language: Language = CELLS,
    *,
    labelled: bool = False,
    summed: bool = False,
) -> Network:
    """Return the network of a spec at settings that may be symbols; no claim is checked, and it has no name.

    With `summed`, only sums of its layers' counts are what they should be: rows that add nothing may be there.
    """
    functions = {
        name: (forked(recorder, function), least, most) for name, (function, least, most) in language.functions.items()
    }
    settings = resolve(spec, given, language=language._replace(functions=functions))
    unfolder = Tracing(spec, settings, recorder, labelled=labelled, summed=summed)
    starts = input_shapes(spec, settings, None)
    try:
        unfolder.start(starts)
    finally:
        recorder.layers = len(unfolder.layers)
    made = Network("", "", "", settings.values, next(iter(starts.values())), tuple(unfolder.layers))
    return made._replace(inputs=starts, outputs=unfolder.outputs)


def named_sum(number: Any) -> Any:
    """Return a whole number, symbolic or not, as one unknown where it is a sum or a product: it is computed once."""
    if type(number) is not Integer or (len(number.terms) == 1 and max(map(len, number.terms)) == 1):
        return number
    return Integer(number.recorder, number.value, lone(number.recorder, number.terms))


def _holds(found: Figures | int) -> bool:
    """Return whether the guards of a trace hold where it gave this."""
    return isinstance(found, tuple) or found == PLAIN


def _near(values: Sequence[Number]) -> Box:
    return tuple(NEAR[type(value)] for value in values)


def _far(values: Sequence[Number]) -> Box:
    return tuple(FAR[type(value)] for value in values)


def _within(box: Box, values: Sequence[Number]) -> bool:
    return all(least <= value <= most for (least, most), value in zip(box, values, strict=True))


__all__ = [
    "Family",
    "Figures",
    "Number",
    "Recorder",
    "Trace",
    "Traced",
    "attempted",
    "named_sum",
    "pinned_settings",
    "tells",
    "unfolded",
]
