"""Verdicts on what a spec claims itself: of its rows, of its totals, and as reported figures."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

from costcalc.analysis.reported import unreadable
from costcalc.analysis.statements import SIZES, Reading, Statement
from costcalc.analysis.verify.explained import Claimed, explained, of_path
from costcalc.analysis.verify.misprints import verify_cells
from costcalc.analysis.verify.verdict import Verdict, decided, shown
from costcalc.causes.asked import Side, every
from costcalc.causes.atsettings import Elsewhere
from costcalc.causes.wider import USUAL
from costcalc.common.errors import SpecError
from costcalc.common.notation import read_printed
from costcalc.language.expr import Value
from costcalc.language.settings import overrides, resolve
from costcalc.language.spec import Cell, Definition, Reported, ReportedFigure
from costcalc.network.figures import FIGURES
from costcalc.network.model import Checked, Network
from costcalc.network.parts import part_of
from costcalc.unfold.interpreter import attempt

Attempt = Callable[[Definition, Mapping[str, Value], str], tuple[Network | None, list[SpecError]]]
EXPLAINED = 2  # claims that fail: one wrong cell makes many others fail, and the totals


def verify_spec(spec: Definition, key: str, attempt: Attempt = attempt) -> Iterator[Verdict]:
    """Yield a verdict for each claim of a spec's table, its totals and its reported figures, each once."""
    for problem in unreadable(spec):
        raise problem
    seen, failed = set(), 0
    networks: dict[str, tuple[Network | None, list[SpecError]]] = {}  # by the settings, each unfolded once
    for name, values in _places(spec, key):
        network, problems = networks[_settled(spec, values)] = attempt(spec, values, name)
        if network is None:
            yield _broken(name, values, problems[-1])
            continue
        broken = any(checked.path and not checked.holds for checked in network.claims)  # then the totals say no more
        for checked in network.claims:
            if checked.mark not in seen or not checked.holds:
                seen.add(checked.mark)
                says = not checked.holds and bool(checked.path or not broken)
                failed += says
                claimed = _claimed(spec, values, network, checked) if says and failed <= EXPLAINED else None
                yield explained(_table_verdict(name, network, checked), claimed)
    yield from verify_cells(spec, key)
    for number, reported in enumerate(spec.reported):
        yield from _reported(spec, key, number, reported, networks)


def _settled(spec: Definition, given: Mapping[str, Value]) -> str:
    """Return what tells settings apart: 1 from 1.0."""
    return repr(resolve(spec, given).values)


def _claimed(spec: Definition, given: Mapping[str, Value], network: Network, checked: Checked) -> Claimed:
    """Return what a claim of a table or its totals is of."""
    elsewhere = None if checked.path else Elsewhere(spec, every, USUAL, len(network.layers))
    side = Side(network, network.layers, every, spec, given, elsewhere)
    return Claimed(checked.column, of_path(side, checked.path) if checked.path else side)


def _places(spec: Definition, key: str) -> list[tuple[str, dict[str, Value]]]:
    """Return each (name, settings) at which a spec claims something: its defaults, variants and totals."""
    entries: list[tuple[str, Mapping[str, Cell]]] = [("", {}), *((name, {}) for name in spec.variants)]
    entries += [(entry.variant, entry.settings) for entry in spec.totals]
    places: list[tuple[str, dict[str, Value]]] = []
    values = []
    for variant, settings in entries:
        given = overrides(spec, variant, settings)
        resolved = resolve(spec, given).values
        if resolved not in values:
            values.append(resolved)
            riding = ",".join(f"{name}={shown(given[name])}" for name in settings)
            places.append((f"{variant or key}:{riding}" if riding else variant or key, given))
    return places


def _broken(name: str, values: Mapping[str, Value], error: SpecError) -> Verdict:
    """Return the failure of everything that a spec claims at settings where it cannot be unfolded."""
    where = str(error.mark or "")
    return Verdict(f"{name}.unfolds", where, name, values, "layers", "", "", "", "failed", error.sentence, "statement")


def _table_verdict(name: str, network: Network, checked: Checked) -> Verdict:
    """Return the verdict on a claim that is in a spec's table or totals."""
    verdict, note = "exact" if checked.holds else "failed", ""
    if not checked.holds:
        note = "the table and its claim disagree"
    elif checked.misprint:
        verdict, note = ("failed" if checked.printed_holds else "erratum"), checked.misprint.reason
    return Verdict(
        id=".".join(filter(None, (name, checked.path or "totals", checked.column))),
        where=f"{checked.mark.source.name.rpartition('/')[2]}:{checked.mark.line}",
        spec=name,
        settings=network.settings,
        quantity=checked.column,
        claimed=checked.misprint.printed if checked.misprint else checked.claimed,
        computed=checked.computed,
        convention="",
        verdict=verdict,
        note=note,
        kind="size" if checked.column in SIZES else "number",
    )


def _reported(
    spec: Definition,
    key: str,
    number: int,
    reported: Reported,
    networks: Mapping[str, tuple[Network | None, list[SpecError]]],
) -> Iterator[Verdict]:
    """Yield the verdicts on one entry of `reported:`; of the settings in `networks` they are known."""
    given, called = overrides(spec, reported.variant, reported.settings), reported.variant or key
    network, _ = networks.get(_settled(spec, given)) or attempt(spec, given, called)
    network = network and network._replace(key=called, variant=reported.variant)
    for name, figure in reported.figures.items():
        record = Verdict(
            id=f"{called}.reported.{number}.{name}",
            where=reported.where,
            spec=called,
            settings=network.settings if network else given,
            quantity=name,
            claimed=figure.text,
            computed="",
            convention=", ".join(filter(None, (figure.convention, "digits cut" if figure.cut else ""))),
            verdict="data",
            note=figure.note,
            kind="number" if name in FIGURES else "data",
        )
        measured = _measured(record, figure, network) if name in FIGURES else record
        side = Side(network, network.layers, every, spec, given) if network else None
        yield explained(measured, Claimed(name, side, figure.convention) if side else None)


def _measured(record: Verdict, figure: ReportedFigure, network: Network | None) -> Verdict:
    """Return the verdict on a reported figure that the engine can count."""
    if network is None:
        return record._replace(verdict="failed", note="the network cannot be unfolded")
    value = part_of(network, "").under(figure.convention).exact(record.quantity)
    try:
        printed = read_printed(figure.text)
        right = not figure.right or read_printed(figure.right).holds((Fraction(value),))
    except ValueError as error:
        return record._replace(verdict="failed", note=str(error))
    statement = Statement(
        "",
        "",
        figure.mark,
        figure.text,
        reading=Reading(figure.convention, cut=figure.cut),
        erratum=figure.erratum,
        right=figure.right,
    )
    verdict, why = decided(statement, printed.holds((Fraction(value),), cut=figure.cut), right)
    return record._replace(computed=shown(value), verdict=verdict, note="; ".join(filter(None, (why, figure.note))))
