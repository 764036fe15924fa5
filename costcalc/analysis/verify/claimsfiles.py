"""Verdicts on the statements of a claims file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from costcalc.analysis.api import bundled
from costcalc.analysis.statements import LANGUAGE, ClaimsFile, Statement
from costcalc.analysis.verify.explained import Claimed, explained, of_path
from costcalc.analysis.verify.verdict import Verdict, decided, shown
from costcalc.causes.asked import Side, every
from costcalc.common.errors import SpecError
from costcalc.common.notation import read_figure, read_printed
from costcalc.language.expr import Value, evaluate, names_in
from costcalc.network.figures import FIGURES, Part
from costcalc.network.model import Network
from costcalc.network.parts import part_of, size_of
from costcalc.unfold.interpreter import attempt


def verify_claims(
    claims: ClaimsFile, networks: Callable[..., Network], only: frozenset[str] = frozenset()
) -> Iterator[Verdict]:
    """Yield a verdict for each statement; with `only`, for those about networks of those names.

    `networks` gives the network of a name with its riding settings and others.
    """
    for statement in claims.statements:
        used = _used(statement, claims)
        if only and not only & {claims.nets[name][0].partition(":")[0] for name in used}:
            continue
        try:
            nets = {name: networks(claims.nets[name][0]) for name in used}
            yield _judged(claims, statement, nets, networks)
        except (SpecError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # what a stranger's file asks for and cannot be computed has failed; it stops none of the rest
            told = isinstance(error, (SpecError, ValueError))
            sentence = getattr(error, "sentence", str(error)) if told else f"cannot be computed: {error!r}"
            yield _verdict(statement, {}, "", "failed", sentence)


def _used(statement: Statement, claims: ClaimsFile) -> list[str]:
    """Return the names of the networks that a statement is about."""
    read = [name for value in statement.values for name, _, _ in names_in(value)]
    return list(dict.fromkeys(name for name in (statement.net, *read) if name in claims.nets))


def _judged(
    claims: ClaimsFile,
    statement: Statement,
    nets: Mapping[str, Network],
    networks: Callable[..., Network],
) -> Verdict:
    """Return the verdict on one statement."""
    if statement.kind == "formula":
        computed, holds = _formula(statement, lambda point: networks(claims.nets[statement.net][0], point))
        return _verdict(statement, nets, computed, *decided(statement, holds, right=True))
    if not statement.values:
        verdict = "unresolved" if statement.unresolved else "data"
        return _verdict(statement, nets, "", verdict, statement.unresolved)
    if statement.kind == "size":
        text = size_of(_part(nets[statement.net], statement), statement.quantity)
        holds = _same_size(statement.printed, text)
        return _verdict(statement, nets, text, *decided(statement, holds, right=_same_size(statement.right, text)))
    values = _values(statement, nets)
    computed = ", ".join(map(shown, values))
    if statement.kind == "statement":
        return _verdict(statement, nets, computed, *decided(statement, all(values), right=True))
    found = _verdict(statement, nets, computed, *decided(statement, *_compared(statement, values)))
    return explained(found, _claimed(statement, claims)) if found.verdict == "failed" else found


def _claimed(statement: Statement, claims: ClaimsFile) -> Claimed | None:
    """Return what a claim of one figure of one network is of; None where it is of more, or of an expression."""
    net, _, name = statement.values[0].text.rpartition(".")
    if len(statement.values) != 1 or (net or statement.net) not in claims.nets or name not in FIGURES:
        return None
    spec, given, key = bundled(claims.nets[net or statement.net][0])
    network, _ = attempt(spec, given, key)
    if network is None:
        return None
    side = Side(network, network.layers, every, spec, given)
    path = "" if net else statement.layer
    return Claimed(name, of_path(side, path) if path else side, statement.reading.convention)


def _compared(statement: Statement, values: Sequence[Any]) -> tuple[bool, bool]:
    """Return whether the printed figure holds under its declared reading, and whether the right one does."""
    reading = statement.reading
    within = read_figure(reading.within).value if reading.within else None
    numbers = tuple(Fraction(value) for value in values)
    printed = read_printed(statement.printed, reading.unit)
    holds = printed.holds(numbers, cut=reading.cut, within=within)
    right = bool(statement.right) and read_printed(statement.right, reading.unit).holds(numbers, cut=reading.cut)
    return holds, right


def _values(statement: Statement, nets: Mapping[str, Network]) -> list[Any]:
    """Return the computed values of a statement."""
    convention = statement.reading.convention
    names: dict[str, Any] = {name: part_of(network, "").under(convention) for name, network in nets.items()}
    if statement.net:
        network = nets[statement.net]
        names |= {name: part_of(network, path).under(convention) for name, path in statement.layers.items()}
    values: list[Any] = []
    for value in statement.values:
        if value.name and value.name not in names and statement.net:
            values.append(_part(nets[statement.net], statement).under(convention).exact(value.name))
        else:
            values.append(evaluate(value, names, frozenset(), LANGUAGE))
    return values


def _part(network: Network, statement: Statement) -> Part:
    return part_of(network, statement.layer)


def _same_size(claimed: str, right: str) -> bool:
    """Compare sizes as papers print them; the claim may leave out the channels."""
    plain = claimed.replace(" ", "").lower()
    whole = right.replace(" ", "").lower()
    return bool(plain) and (plain == whole or (plain.count("x") == 1 and whole.startswith(plain + "x")))


def _formula(statement: Statement, at: Callable[[Mapping[str, Value]], Network]) -> tuple[str, bool]:
    """Return a formula and whether it gives what the engine counts, at every point of its grid."""
    if statement.formula is None:
        raise ValueError("a formula is expected")
    for point in product(*statement.grid.values()):
        settings = dict(zip(statement.grid, point, strict=True))
        network = at(settings)
        names: dict[str, Any] = {name: part_of(network, path) for name, path in statement.layers.items()}
        wanted = evaluate(statement.formula, settings, frozenset(), LANGUAGE)
        value = statement.values[0]
        if value.name and value.name not in names:
            given: Any = _part(network, statement).figure(value.name)
        else:
            given = evaluate(value, {**settings, **names}, frozenset(), LANGUAGE)
        if given != wanted:
            return f"{shown(given)} at {settings}, not {shown(wanted)}", False
    return statement.formula.text, True


def _verdict(statement: Statement, nets: Mapping[str, Network], computed: str, verdict: str, why: str = "") -> Verdict:
    """Return the record of a verdict."""
    settings = dict(next(iter(nets.values())).settings) if len(nets) == 1 else {}
    return Verdict(
        id=statement.id,
        where=statement.where,
        spec=", ".join(network.key for network in nets.values()),
        settings=settings,
        quantity=statement.quantity + (f" of {statement.layer}" if statement.layer else ""),
        claimed=statement.printed,
        computed=computed,
        convention=str(statement.reading),
        verdict=verdict,
        note="; ".join(filter(None, (why, statement.note))),
        kind=statement.kind,
    )
