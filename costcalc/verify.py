"""Printed claims recomputed: each gets a verdict; nothing is searched, only what is declared is tried."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple

from costcalc.claims import filter_of
from costcalc.errors import SpecError
from costcalc.expr import ExprError, Value, evaluate, names_in
from costcalc.figures import Printed, read_figure, read_printed
from costcalc.metrics import CONVENTIONS, DEFAULT_MACS, DEFAULT_PARAMS, Convention, multiplies, total
from costcalc.network import Checked, Layer, Network
from costcalc.quantities import depth, kept, parameter_bytes
from costcalc.settings import overrides, resolve
from costcalc.spec import Cell, Figure, Reported, Spec
from costcalc.statements import BY_CONVENTION, LANGUAGE, SIZES, ClaimsFile, Reading, Statement
from costcalc.unfold import attempt

VERDICTS = ("exact", "convention", "erratum", "unresolved", "failed")
MEASURED = ("params", "macs", "bytes", "activations", "weights")


class Verdict(NamedTuple):
    """One claim beside its recomputation. `verdict` is one of VERDICTS, or `data` where nothing can be computed."""

    id: str
    where: str
    spec: str
    settings: Mapping[str, Value]
    quantity: str
    claimed: str
    computed: str
    convention: str
    verdict: str
    note: str
    kind: str = "number"


class Part(NamedTuple):
    """Some layers of a network under a name, whose figures values read."""

    layers: Sequence[Layer]
    macs: Convention = DEFAULT_MACS
    params: Convention = DEFAULT_PARAMS
    repeats: int = 1

    def under(self, name: str) -> "Part":
        """Return these layers counted under a convention, by its name; an empty name changes nothing."""
        if not name:
            return self
        convention = CONVENTIONS[name]
        return self._replace(macs=convention) if convention.measures == "macs" else self._replace(params=convention)

    def figure(self, name: str) -> int:
        """Return a figure of these layers: a total, a convention's, a size, or an argument."""
        if name in PARTS:
            return PARTS[name](self)
        if name in BY_CONVENTION:
            return sum(map(CONVENTIONS[BY_CONVENTION[name]].of, self.layers))
        if name in ("params", "macs"):
            return sum(map(self.params.of if name == "params" else self.macs.of, self.layers))
        return total(self.layers).figure(name)

    def text(self, name: str) -> str:
        """Return a size as papers print it."""
        if name == "in":
            return str(self.layers[0].ins[0])
        return str(self.layers[-1].out) if name == "out" else filter_of(self.layers)


def _argument(name: str) -> Callable[[Part], int]:
    """Return a reader of the first layer's argument that is there: the height of a kernel or stride."""

    def read(part: Part) -> int:
        found = next((layer.args[name] for layer in part.layers if name in layer.args), (1, 1))
        return int(found[0])

    return read


PARTS: Mapping[str, Callable[[Part], int]] = {
    "bytes": lambda part: parameter_bytes(part.layers, part.params),
    "kept": lambda part: kept(part.layers),
    "depth": lambda part: depth(part.layers),
    "weighted": lambda part: sum(map(multiplies, part.layers)),
    "n": lambda part: part.repeats,
    "k": _argument("k"),
    "s": _argument("s"),
    "in_c": lambda part: part.layers[0].ins[0].c,
    "in_h": lambda part: part.layers[0].ins[0].h,
    "in_w": lambda part: part.layers[0].ins[0].w,
    "out_c": lambda part: part.layers[-1].out.c,
    "out_h": lambda part: part.layers[-1].out.h,
    "out_w": lambda part: part.layers[-1].out.w,
}


def part_of(network: Network, path: str) -> Part:
    """Return the layers at a path, under it, and of its repeats; all of them for an empty path.

    Raises ValueError where the network has no such path.
    """
    if not path:
        return Part(network.layers)
    wanted = path.split("/")
    found = []
    for layer in network.layers:
        parts = layer.path.split("/")
        same = parts[: len(wanted) - 1] == wanted[:-1] and len(parts) >= len(wanted)
        if same and parts[len(wanted) - 1].partition("#")[0] == wanted[-1].partition("#")[0]:
            found.append((parts[len(wanted) - 1], layer))
    if "#" in wanted[-1]:
        found = [(name, layer) for name, layer in found if name == wanted[-1]]
    if not found:
        raise ValueError(f"{network.key} has no layer `{path}`")
    return Part([layer for _, layer in found], repeats=len({name for name, _ in found}))


# statements of a claims file


def verify_claims(claims: ClaimsFile, networks: Callable[..., Network], only: str = "") -> Iterator[Verdict]:
    """Yield a verdict for each statement; with `only`, for those about networks of that title.

    `networks` gives the network of a name with its riding settings, and of settings beside them.
    """
    for statement in claims.statements:
        used = _used(statement, claims)
        try:
            nets = {name: networks(claims.nets[name][0]) for name in used}
            if only and only not in {network.title for network in nets.values()}:
                continue
            yield _judged(statement, nets, lambda settings, s=statement: networks(claims.nets[s.net][0], settings))  # type: ignore[misc]
        except (SpecError, ExprError, ValueError) as error:
            if not only:
                sentence = error.sentence if isinstance(error, SpecError) else str(error)
                yield _verdict(statement, {}, "", "failed", sentence)


def _used(statement: Statement, claims: ClaimsFile) -> list[str]:
    """Return the names of the networks that a statement is about."""
    read = [name for value in statement.values for name, _, _ in names_in(value)]
    return list(dict.fromkeys(name for name in (statement.net, *read) if name in claims.nets))


def _judged(statement: Statement, nets: Mapping[str, Network], at: Callable[[Mapping[str, Value]], Network]) -> Verdict:
    """Return the verdict on one statement."""
    if statement.kind == "formula":
        computed, holds = _formula(statement, at)
        return _verdict(statement, nets, computed, *_decided(statement, holds, right=True))
    if not statement.values:
        verdict = "unresolved" if statement.unresolved else "data"
        return _verdict(statement, nets, "", verdict, statement.unresolved)
    if statement.kind == "size":
        text = _part(nets[statement.net], statement).text(statement.quantity)
        holds = _same_size(statement.printed, text)
        return _verdict(statement, nets, text, *_decided(statement, holds, right=_same_size(statement.right, text)))
    values = _values(statement, nets)
    computed = ", ".join(map(_shown, values))
    if statement.kind == "statement":
        return _verdict(statement, nets, computed, *_decided(statement, all(values), right=True))
    return _verdict(statement, nets, computed, *_decided(statement, *_compared(statement, values)))


def _compared(statement: Statement, values: Sequence[Any]) -> tuple[bool, bool]:
    """Return whether the printed figure holds under its declared reading, and whether the right one does."""
    reading = statement.reading
    within = read_figure(reading.within).value if reading.within else None
    numbers = tuple(Fraction(value) for value in values)
    printed = read_printed(statement.printed, reading.unit)
    holds = printed.holds(numbers, cut=reading.cut, within=within)
    right = bool(statement.right) and read_printed(statement.right, reading.unit).holds(numbers, cut=reading.cut)
    return holds, right


def _decided(statement: Statement, holds: bool, right: bool) -> tuple[str, str]:
    """Return the verdict that follows, and why where it is a failure."""
    if statement.unresolved:
        return "unresolved", statement.unresolved
    if statement.erratum:
        if holds:
            return "failed", "a declared erratum, and it holds after all"
        return ("erratum", statement.erratum) if right else ("failed", f"the right value is not {statement.right}")
    if not holds:
        return "failed", "no declared reading gives it"
    return ("convention" if str(statement.reading) else "exact"), ""


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
            values.append(_part(nets[statement.net], statement).under(convention).figure(value.name))
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
    assert statement.formula is not None
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
            return f"{_shown(given)} at {settings}, not {_shown(wanted)}", False
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


def _shown(value: Any) -> str:
    """Return a computed value: integers whole, others to six digits after the point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{float(value):.6f}".rstrip("0").rstrip(".")


# what a spec claims itself


def verify_spec(spec: Spec, key: str) -> Iterator[Verdict]:
    """Yield a verdict for each claim of a spec's table, its totals and its reported figures, each once."""
    seen = set()
    for name, values in _places(spec, key):
        network, problems = attempt(spec, values, name)
        if network is None:
            yield _broken(name, values, problems[-1])
            continue
        for checked in network.claims:
            if checked.mark not in seen or not checked.holds:
                seen.add(checked.mark)
                yield _table_verdict(name, network, checked)
    for number, reported in enumerate(spec.reported):
        yield from _reported(spec, key, number, reported)


def _places(spec: Spec, key: str) -> list[tuple[str, dict[str, Value]]]:
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
            riding = ",".join(f"{name}={_shown(given[name])}" for name in settings)
            places.append((f"{variant or key}:{riding}" if riding else variant or key, given))
    return places


def _broken(name: str, values: Mapping[str, Value], error: SpecError) -> Verdict:
    """Return the failure of everything that a spec claims at settings where it cannot be unfolded."""
    where = str(error.mark or "")
    return Verdict(f"{name}.unfolds", where, name, values, "layers", "", "", "", "failed", error.sentence, "statement")


def _table_verdict(name: str, network: Network, checked: Checked) -> Verdict:
    """Return the verdict on a claim that stands in a spec's table or totals."""
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


def _reported(spec: Spec, key: str, number: int, reported: Reported) -> Iterator[Verdict]:
    """Yield the verdicts on one entry of `reported:`."""
    given = overrides(spec, reported.variant, reported.settings)
    network, _ = attempt(spec, given, reported.variant or key)
    for name, figure in reported.figures.items():
        record = Verdict(
            id=f"{reported.variant or key}.reported.{number}.{name}",
            where=reported.where,
            spec=reported.variant or key,
            settings=network.settings if network else given,
            quantity=name,
            claimed=figure.text,
            computed="",
            convention=", ".join(filter(None, (figure.convention, "digits cut" if figure.cut else ""))),
            verdict="data",
            note=figure.note,
            kind="number" if name in MEASURED else "data",
        )
        yield _measured(record, figure, network) if name in MEASURED else record


def _measured(record: Verdict, figure: Figure, network: Network | None) -> Verdict:
    """Return the verdict on a reported figure that the engine can count."""
    if network is None:
        return record._replace(verdict="failed", note="the network cannot be unfolded")
    if figure.convention and figure.convention not in CONVENTIONS:
        return record._replace(verdict="failed", note=f"no convention {figure.convention}")
    value = part_of(network, "").under(figure.convention).figure(record.quantity)
    try:
        printed: Printed = read_printed(figure.text)
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
    right = not figure.right or read_printed(figure.right).holds((Fraction(value),))
    verdict, why = _decided(statement, printed.holds((Fraction(value),), cut=figure.cut), right)
    return record._replace(computed=_shown(value), verdict=verdict, note="; ".join(filter(None, (why, figure.note))))


def summary(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Return how many claims have each verdict, and how many of them are formulas and data, which verify no count."""
    counts = {name: sum(verdict.verdict == name for verdict in verdicts) for name in VERDICTS}
    return counts | {
        "formulas": sum(verdict.kind == "formula" for verdict in verdicts),
        "data": sum(verdict.kind == "data" for verdict in verdicts),
    }
