"""The interpreter of rows on symbols: every way through an op, a cell and, for sums, a `when` is walked and joined."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from costcalc.common.errors import SpecError
from costcalc.language.expr import Expr, Value
from costcalc.language.settings import Claims, Resolved
from costcalc.language.spec import Definition, Row
from costcalc.network.metrics import COUNTS
from costcalc.network.model import Layer
from costcalc.ops import OPS, Cost, Op
from costcalc.unfold.again import keyed
from costcalc.unfold.interpreter import Site, Unfolder
from costcalc.unfold.scope import Absent, Cells, Frame, RowValue
from costcalc.unfold.trace.forks import ManyWaysError, forked, walked
from costcalc.unfold.trace.recorder import Path, Recorder

SUMS = frozenset({"params", "macs", "flops", *COUNTS})  # figures that ask of a layer its counts alone


class _NoWayError(ValueError):
    """What a row says on a way where it is refused."""


class TracingCells(Cells):
    """Cells, walked as a whole where a function in them gives an int on one way and a float on another."""

    def __init__(self, spec: Definition, settings: Resolved, recorder: Recorder) -> None:
        super().__init__(spec, settings)
        self.recorder = recorder

    def evaluated(self, expr: Expr, names: Mapping[str, Any]) -> Value:
        """Return the value of an expression, joined over all its ways where a function in it cannot be."""
        recorder, usual = self.recorder, super().evaluated
        if recorder.path is not None:
            return usual(expr, names)
        recorder.strict = True
        try:
            return usual(expr, names)
        except ManyWaysError:
            with suppress(ManyWaysError):
                value: Value = walked(recorder, None, lambda: usual(expr, names))
                return value
        finally:
            recorder.strict = False
        return usual(expr, names)


class Tracing(Unfolder):
    """The interpreter of rows with every way through an op walked; layers have their labels only if they are wanted.

    Where only sums of counts are wanted, a row that changes no size is there on all ways: its counts are chosen, 0
    where its `when` is false.
    """

    def __init__(
        self, spec: Definition, settings: Resolved, recorder: Recorder, *, labelled: bool = False, summed: bool = False
    ) -> None:
        super().__init__(spec, settings, Claims.NONE)
        self.cells = TracingCells(spec, settings, recorder)
        self.recorder, self.labelled, self.summed = recorder, labelled, summed
        self.walking: dict[str, Op] = {}  # each op with its function's ways walked

    def layer(self, op: Op, site: Site) -> RowValue:
        """Count one layer and return its output."""
        if op.name not in self.walking:
            label = op.label if self.labelled else ""
            self.walking[op.name] = op._replace(function=forked(self.recorder, op.function), label=label)
        return super().layer(self.walking[op.name], site)

    def row(self, row: Row, frame: Frame, part: str, *, absent: bool) -> None:
        """Unfold one row: with its counts chosen, if its `when` is open and nothing but counts follows from it."""
        simple = self.summed and not absent and not (row.name or row.repeat or row.shares or row.data)
        made = self.chosen(row, frame, part) if simple and self.open(row, frame) else None
        if made is None:
            super().row(row, frame, part, absent=absent)
        else:
            self.layers.append(made)
            frame.history.append(frame.history[-1]._replace(layer=made.number))

    def chosen(self, row: Row, frame: Frame, part: str) -> Layer | None:
        """Return the layer of a row with counts that are 0 on the ways that lack it; None if that can't be."""
        inputs = self.inputs(row, frame)
        op = self.cells.op(row, frame)
        if op not in OPS or any(isinstance(tensor, Absent) for tensor in inputs):
            return None
        above = frame.history[-1].shape
        made: list[Layer] = []

        def cost() -> Cost:
            if not self.cells.present_row(row, op, frame):
                return Cost(above)
            try:
                self.layer(OPS[op], Site(row, self.there(row, inputs), frame, part))
            except SpecError as error:
                raise _NoWayError from error
            made.append(self.layers.pop())
            return made[0].cost if len(made) == 1 else made.pop().cost

        try:
            joined = walked(self.recorder, None, cost)
        except (ManyWaysError, _NoWayError):
            return None
        same = made and keyed(tuple(joined.out)) == keyed(tuple(above))
        return made[0]._replace(cost=joined._replace(out=above)) if same else None

    def open(self, row: Row, frame: Frame) -> bool:
        """Return whether symbols decide if a row is there; what is met on the way is forgotten."""
        recorder = self.recorder
        if row.when is None or recorder.path is not None:
            return False
        path, mark = Path(()), recorder.mark()
        recorder.path = path
        try:
            self.cells.present(row.when, frame)
        except SpecError:
            return False
        finally:
            recorder.undo(mark)
            recorder.path = None
        return bool(path.taken)
