"""What a spec's table claims of its rows, compared with what the rows give."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from costcalc.common.errors import Mark, SpecError, quote
from costcalc.common.units import shown_value
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve, totals_at
from costcalc.language.spec import Claim, Definition, Row, VariantCell
from costcalc.network.figures import Part, whole
from costcalc.network.filters import filter_of
from costcalc.network.metrics import Measure, total
from costcalc.network.model import Checked, Layer, Network
from costcalc.ops.shape import Shape

if TYPE_CHECKING:
    from fractions import Fraction


class Figures(NamedTuple):
    """What a row gives: what its first repeat reads, what its last one gives, and all of its layers."""

    inputs: Sequence[Shape]
    out: Shape
    layers: Sequence[Layer]


def chosen_claims(row: Row, settings: Mapping[str, Value], *, spread_only: bool) -> dict[str, Claim]:
    """Return the claims of a row at some settings, by column; those outside variant columns only where they hold."""
    chosen = {}
    for column, cell in row.claims.items():
        if isinstance(cell, VariantCell):
            claim = next((claim for value, claim in cell.cells if value == settings[cell.setting]), None)
        else:
            claim = None if spread_only else cell
        if claim is not None:
            chosen[column] = claim
    return chosen


def check_claims(claims: Mapping[str, Claim], path: str, figures: Figures) -> list[Checked]:
    """Return the claims of one row, each with what the layers give."""
    checked = []
    for column, claim in claims.items():
        compute, same = CLAIMS[column]
        right = compute(figures)
        printed = claim.misprint is not None and same(claim.misprint.printed, right)
        holds = same(claim.text, right)
        checked.append(Checked(path, column, claim.text, right, holds, claim.misprint, printed, claim.mark))
    return checked


def check_totals(spec: Definition, network: Network) -> list[Checked]:
    """Return the exact totals that a spec states for the settings of a network, each with what the layers give."""
    checked = []
    part = whole(network)._replace(measure=Measure())
    for entry, at in zip(spec.totals, totals_at(spec), strict=True):
        if at != network.settings:
            continue
        if entry.input:
            size, shape = entry.input.text, str(network.input)
            checked.append(_total("in", size, shape, _whole_size(size, shape), entry.input.mark))
        for name, given in overrides(spec, "", entry.at).items():
            claimed, there = shown_value(given), shown_value(network.settings[name])
            checked.append(_total(f"at.{name}", claimed, there, claimed == there, entry.at[name].mark))
        for name, (figure, mark) in entry.figures.items():
            right = part.exact(name)
            checked.append(_total(name, _exact(figure), _exact(right), figure == right, mark))
    return checked


def _exact(number: "int | Fraction") -> str:
    return f"{number:,}" if isinstance(number, int) else str(number)


def _total(name: str, claimed: str, computed: str, holds: bool, mark: Mark) -> Checked:
    return Checked("", name, claimed, computed, holds, misprint=None, printed_holds=False, mark=mark)


def claimed_points(spec: Definition, pinned: Mapping[str, Value], free: Sequence[str]) -> set[tuple[Value, ...]]:
    """Return the values of the `free` settings at which some claim or total of a spec may hold; none holds elsewhere.

    `pinned` are the other settings given; those with variant columns must follow from them alone.
    """
    known = resolve(spec, pinned).values
    spread = {name: known[name] for name in spec.spread if known[name] in spec.spread[name]}
    chosen = [
        {**spread, **overrides(spec, "", spec.printed)},
        *(overrides(spec, name, {}) for name in spec.variants),
        *(overrides(spec, entry.variant, entry.settings) for entry in spec.totals),
    ]
    points = [resolve(spec, settings).values for settings in chosen]
    return {
        tuple(point[name] for name in free)
        for point in points
        if all(point[name] == value for name, value in pinned.items())
    }


def problem(checked: Checked) -> SpecError | None:
    """Return what is wrong with a claim, or None: it is false, or its declared misprint is right after all."""
    claimed, right = checked.claimed, checked.computed
    if not checked.holds and not checked.path:
        _, at, setting = checked.column.partition("at.")
        given = f"the settings have {setting}" if at else "the layers give"
        return SpecError(f"`totals` says {setting or checked.column} {claimed}; {given} {right}", checked.mark)
    if not checked.holds:
        sentence = f"{quote(checked.column)} says {quote(claimed)}; the layers give {right}{_claim_hint(checked)}"
        return SpecError(sentence, checked.mark)
    if checked.misprint and checked.printed_holds:
        sentence = f"this is not an erratum: the printed value {quote(checked.misprint.printed)} is right"
        return SpecError(sentence, checked.misprint.mark)
    return None


def _claim_hint(checked: Checked) -> str:
    """Return what a false claim may have meant: another order of sides, or a figure that was rounded."""
    if checked.column in ("in", "out"):
        claimed, right = _sides(checked.claimed), _sides(checked.computed)
        turned = len(claimed) == 3 and claimed == right[2:] + right[:2]
        return " (height x width x channels)" if turned else ""
    plain = checked.claimed.replace(",", "").replace("_", "").isdigit()
    return "" if plain or checked.column == "filter" else " (a claim is exact; rounded figures go in `reported`)"


def _sides(text: str) -> tuple[int, ...]:
    """Return the numbers of a size as papers print it, `112x112x32`; nothing for another text."""
    parts = text.replace("\u00d7", "x").replace(" ", "").split("x")
    plain = all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts)
    return tuple(map(int, parts)) if plain else ()


def _whole_size(claimed: str, right: str) -> bool:
    return bool(_sides(claimed)) and _sides(claimed) == _sides(right)


def _size(claimed: str, right: str) -> bool:
    """Compare a size whose channels may be left out."""
    sides = _sides(claimed)
    return len(sides) in (2, 3) and sides == _sides(right)[: len(sides)]


def _number(claimed: str, right: str) -> bool:
    return claimed.replace(",", "").replace("_", "") == right.replace(",", "")


def _label(claimed: str, right: str) -> bool:
    return " ".join(claimed.split()).lower() == right.lower()


CLAIMS: Mapping[str, tuple[Callable[[Figures], str], Callable[[str, str], bool]]] = {
    "in": (lambda row: " and ".join(map(str, row.inputs)), _whole_size),
    "out": (lambda row: str(row.out), _size),
    "filter": (lambda row: filter_of(row.layers), _label),
    "params": (lambda row: f"{total(row.layers).params:,}", _number),
    "macs": (lambda row: f"{total(row.layers).macs:,}", _number),
    "kept": (lambda row: f"{Part(row.layers).exact('kept'):,}", _number),
}
CLAIM_COLUMNS = tuple(CLAIMS)
