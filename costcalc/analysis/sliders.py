"""The settings of a spec that a page moves: between which values, or among which."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from costcalc.analysis.api import Spec, split_settings
from costcalc.analysis.search.ranges import read_axis
from costcalc.common.errors import Source, offered, quote
from costcalc.language.expr import Value, names_in
from costcalc.language.settings import overrides, resolve
from costcalc.unfold.trace import pinned_settings
from costcalc.unfold.trace.covering import Span

LOWEST, HIGHEST, STEP = 0.1, 2.0, 0.05  # of a factor such as the width multiplier
RES = (32, 512)
CLASSES = 1000
RANGE = re.compile(
    r"(?P<first>\d{1,9}(\.\d{1,9})?)\.\.(?P<last>\d{1,9}(\.\d{1,9})?)(:(?P<step>\d{1,9}(\.\d{1,9})?))?", re.ASCII
)


class Axis(NamedTuple):
    """A setting that moves: within a span, or among values; `sort` is how a page lets one choose.

    It is `asked` for where somebody says how it moves.
    """

    name: str
    sort: str
    value: Value
    span: Span | None = None
    values: tuple[Value, ...] = ()
    asked: bool = False

    @property
    def narrower(self) -> Span:
        """The lower half of its span, and its own value."""
        span, value = self.span, self.value
        assert span is not None
        assert isinstance(value, (int, float))
        half = span.least + (span.most - span.least) / 2
        return span._replace(most=max(int(half) if span.whole else round(half, 3), value))

    @property
    def narrowed(self) -> str:
        """That, as an option says it."""
        return f"{self.narrower.least}..{self.narrower.most}"


def axes_of(spec: Spec) -> tuple[Axis, ...]:
    """Return the settings of a spec that move where nobody says which: those with more than one value.

    One that follows from others is left to follow them, but for the resolution.
    """
    pinned = pinned_settings(spec.definition)
    found = []
    for name, value in spec.settings.items():
        default = spec.definition.settings[name].default.expr
        read = {read for read, _, _ in names_in(default)} if default else set()
        if name not in spec.preset and name != "res" and read & spec.settings.keys():
            continue
        axis = axis_of(spec, name, value, free=name not in pinned)
        if axis.span or len(axis.values) > 1:
            found.append(axis)
    return tuple(found)


def axis_of(spec: Spec, name: str, value: Value, *, free: bool) -> Axis:
    """Return how a setting moves."""
    if isinstance(value, bool):
        return Axis(name, "bool", value, values=(False, True))
    if free and isinstance(value, (int, float)):
        return Axis(name, "number", value, span=span_of(name, value))
    if name in spec.preset:
        return Axis(name, "choice", value, values=(value,))
    return among(spec, name, value)


def among(spec: Spec, name: str, value: Value) -> Axis:
    """Return a setting that moves among the values that its spec names for it."""
    listed = spec.definition.choices.get(name) or spec.definition.spread.get(name) or seen(spec, name)
    return Axis(name, "variant" if name in spec.definition.spread else "choice", value, values=unique((*listed, value)))


def seen(spec: Spec, name: str) -> tuple[Value, ...]:
    """Return the values that a setting has in the variants of a spec."""
    members = (overrides(spec.definition, variant, {}) for variant in spec.definition.variants)
    return tuple(settings[name] for settings in members if name in settings)


def unique(values: Sequence[Value]) -> tuple[Value, ...]:
    """Return values in their order, each once."""
    return tuple(value for place, value in enumerate(values) if value not in values[:place])


def span_of(name: str, value: float) -> Span:
    """Return between which values a number moves, its own among them."""
    if isinstance(value, float):
        return Span(name, min(LOWEST, value), max(HIGHEST, value), STEP, whole=False)
    if name == "res":
        return Span(name, min(RES[0], value), max(RES[1], -(-value * 3 // 2)), 1, whole=True)
    return Span(name, 1, max(2 * value if name != "classes" else CLASSES, value), 1, whole=True)


def asked(spec: Spec, over: Sequence[str], choose: Sequence[str]) -> tuple[Axis, ...]:
    """Return the settings that move, with those of `over` (NAME=FIRST..LAST:STEP) and `choose` (NAME=A,B,...) as said.

    Raises ValueError for a text that is malformed, or a setting that cannot move so; SpecError for a wrong value.
    """
    axes = {axis.name: axis for axis in axes_of(spec)}
    spans, lists = split_settings(over, "NAME=FIRST..LAST:STEP"), split_settings(choose, "NAME=A,B,...")
    for name in (*spans, *lists):
        if name not in spec.settings:
            raise ValueError(f"{quote(spec.name)} has no setting {quote(name)}{offered(name, spec.settings)}")
    for name in spans.keys() & lists.keys():
        raise ValueError(f"setting {quote(name)} is given twice")
    for name, text in spans.items():
        axes[name] = _spanned(spec, name, text)
    for name, text in lists.items():
        axes[name] = _listed(spec, name, text)
    return tuple(axes[name] for name in spec.settings if name in axes)


def _spanned(spec: Spec, name: str, text: str) -> Axis:
    """Return a setting that moves within FIRST..LAST in steps."""
    value = spec.settings[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or name in pinned_settings(spec.definition):
        raise ValueError(f"setting {quote(name)} has no range; choose values for it: {name}=A,B")
    match = RANGE.fullmatch(text)
    if not match:
        raise ValueError(f"setting {quote(name)}: a range is written FIRST..LAST:STEP, such as 0.1..2:0.05, not {text}")
    least, most = (float(match[part]) for part in ("first", "last"))
    whole = isinstance(value, int) and "." not in text.replace("..", " ")
    step = float(match["step"] or (1 if whole else STEP))
    if not least <= most or step <= 0:
        raise ValueError(f"setting {quote(name)}: the range {text} has no values")
    if not least <= value <= most:
        raise ValueError(f"setting {quote(name)}: the range {text} must hold its value, {value}")
    kind = int if whole else float
    return Axis(name, "number", value, Span(name, kind(least), kind(most), kind(step), whole), asked=True)


def _listed(spec: Spec, name: str, text: str) -> Axis:
    """Return a setting that moves among values."""
    value, values = spec.settings[name], read_axis(Source(f"choose {name}", text))
    for one in values:
        resolve(spec.definition, {**spec.preset, name: one})
    own = value if value in values else values[0]
    return Axis(name, "bool" if isinstance(value, bool) else "choice", own, values=unique(values), asked=True)
