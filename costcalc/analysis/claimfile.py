"""A claims file: its keys, sections of statements, which are list rows under `columns:` or maps."""

from collections.abc import Iterator
from math import prod

from costcalc.analysis.statements import KINDS, LANGUAGE, SIZES, ClaimsFile, Reading, Statement
from costcalc.common.budget import BUDGET, STATEMENT
from costcalc.common.errors import Source, counted, offered, quote, suggest
from costcalc.common.notation import read_printed
from costcalc.language.expr import Expr, ExprError, Value, evaluate, name_of, names_in, parse
from costcalc.language.spec import EMPTY
from costcalc.network.figures import FIGURES
from costcalc.ops import WORDS
from costcalc.specfile import claims_of
from costcalc.specfile.cells import text
from costcalc.specfile.fields import CONVENTION, TEXT, TRUTH, Form, Key, Kind, Record, mapping, one_of, several, unique
from costcalc.specfile.tree import Node

MAX_POINTS = 1_000  # of a formula's grid: each is a network to unfold


def load_claims(source: Source) -> ClaimsFile | None:
    """Return the claims of a text, or None where it is a spec; raise the first SpecError in it."""
    found: ClaimsFile | None = claims_of(source)
    return found


# a claim


def _expression(node: Node, what: str, record: Record) -> Expr | None:
    """Read an expression of the claims' language; `in` is a size here, not Python's word."""
    if node.text in SIZES:
        return name_of(node.text)
    try:
        return parse(node.text, LANGUAGE)
    except ExprError as error:
        record.add(str(error), node.mark.part(error.offset, error.width) if error.width else node.mark)
        return None


def _expressions(node: Node, what: str, record: Record) -> tuple[Expr, ...]:
    """Read what a claim is held against: one expression or a list of them."""
    items = node.items if node.kind == "list" else () if node.null else (node,)
    return tuple(expr for item in items if (expr := _expression(item, what, record)))


def _values(node: Node, what: str, record: Record) -> tuple[Value, ...]:
    """Read the values that a name of a formula runs over."""
    found = []
    for item in node.items:
        expr = _expression(item, what, record)
        try:
            found += [evaluate(expr, {}, WORDS)] if expr else []
        except ExprError as error:
            record.add(str(error), item.mark)
    return tuple(found)


def _claim(record: Record) -> Statement:
    """Return one statement, checked as far as the file says what it is about."""
    found, section = record.values, record.outer.values
    values = found.get("holds") or found.get("value", ())
    reading = {"words" if key == "reading" else key: found[key] for key in READING_KEYS if key in found}
    size = len(values) == 1 and values[0].name in SIZES
    fields: dict[str, object] = {
        "kind": next((kind for key, kind in SHOWN if key in record.nodes), "size" if size else "number"),
        "net": section.get("net", ""),
        **record.shared(Statement),
        "mark": record.nodes["is"].mark,
        "printed": found["is"],
        "values": values,
        "reading": Reading(**reading),
    }
    statement = Statement(**fields)  # type: ignore[arg-type]
    _check(statement, record)
    return statement


EXPRESSIONS = Kind("expressions", _expressions, of=Kind("expression", _expression))
READING = (
    Key("convention", "the convention that the figure counts by", CONVENTION),
    Key("unit", "what the figure's unit means, such as MiB"),
    Key("cut", "whether the digits are cut, not rounded", TRUTH),
    Key("within", "how far the figure may be off, such as 1 %"),
    Key("reading", "in words, any other way in which the figure is read"),
)
SHOWN = (("holds", "statement"), ("formula", "formula"))  # the kind of a claim with such a key
READING_KEYS = tuple(key.name for key in READING)
CLAIM = Form(
    "a claim",
    (
        Key("id", "what the claim is called", required=True),
        Key("where", "the place within the section's that prints it", default=""),
        Key("net", "the network that bare quantities are of; the section's unless said"),
        Key("layer", "the layer that they are of, by its path"),
        Key("is", "what is printed", required=True),
        Key("kind", "what sort of claim it is, where that does not show", one_of(KINDS)),
        Key("erratum", "why what is printed is wrong"),
        Key("right", "what should be printed in its place"),
        Key("unresolved", "why nothing gives what is printed"),
        Key("note", "words for the reader"),
        *READING,
        Key("value", "what the claim is held against", EXPRESSIONS),
        Key("layers", "names for parts of the network, by path", mapping(TEXT, "a layer's path")),
        Key("holds", "a condition that is true where the claim is", EXPRESSIONS),
        Key("formula", "an expression that equals the value all over the grid", Kind("expression", _expression)),
        Key("grid", "the values that the names of the formula run over", mapping(Kind("list", _values))),
    ),
    _claim,
)


# sections


def _columns(node: Node, what: str, section: Record) -> tuple[str, ...]:
    """Read the keys that the cells of a section's rows have."""
    for item in node.items:
        if item.text not in CLAIM.names:
            section.add(f"a claim has no key {quote(item.text)}{offered(item.text, CLAIM.names)}", item.mark)
    return tuple(item.text for item in node.items)


def _row(node: Node, what: str, section: Record) -> Statement | None:
    """Read a claim: a map, or a list under the section's columns, what has no column in a map at its end."""
    if node.kind == "list":
        columns = section.nodes["columns"].items if "columns" in section.nodes else ()
        last = [item for item in node.items[-1:] if item.kind == "map"]
        items = node.items[: len(node.items) - len(last)]
        if len(items) > len(columns):
            sentence = f"the claim has {counted(len(items), 'cell')} for {counted(len(columns), 'column')}"
            section.add(sentence, items[len(columns)].mark)
        cells = zip(columns, items, strict=False)
        pairs = [(key, item) for key, item in cells if key.text in CLAIM.names and not item.null]
        node = node._replace(kind="map", items=(), pairs=(*pairs, *(pair for item in last for pair in item.pairs)))
    statement: Statement | None = CLAIM.read(node, what, section)
    return statement


def _section(record: Record) -> Iterator[Statement]:
    """Yield the statements of one section, once for each place that prints it."""
    where = record.values["where"]
    for prefix, place in record.values.get("places", {"": ""}).items():
        BUDGET.spend(STATEMENT * len(record.values["claims"]), "the claims at each of their places", record.mark)
        for claim in record.values["claims"]:
            full = " / ".join(filter(None, (where + (f" ({place})" if place else ""), claim.where)))
            yield claim._replace(id=f"{prefix}.{claim.id}" if prefix else claim.id, where=full)


def _claims_file(record: Record) -> ClaimsFile:
    """Return the statements of all sections, each with an id of its own."""
    statements = tuple(statement for section in record.values["sections"] for statement in section)
    if not statements:
        record.add("a claims file needs `sections` with claims", record.mark)
    unique(statements, record)
    return ClaimsFile(record.values.get("source", ""), record.values["nets"], statements)


SECTION = Form(
    "a section",
    (
        Key(
            "where",
            "the place that prints its claims",
            required=True,
            why=", the place that prints its claims, and `claims`",
        ),
        Key("places", "other places that print them, by a prefix of the ids", mapping(TEXT, "a place")),
        Key("net", "the network of claims that name none"),
        Key("columns", "the keys that the cells of list rows have", Kind("list", _columns, CLAIM.names)),
        Key("claims", "a row or a map for each claim", several(Kind("claim", _row, of=CLAIM)), required=True),
    ),
    _section,
)
NET = Kind("net", lambda node, what, record: (text(node, what, record), node.mark))
FORM = Form(
    "a claims file",
    (
        Key("source", "where the claims are printed"),
        Key("nets", "names for networks, each `name` or `name:setting=value`", mapping(NET, "a net"), default=EMPTY),
        Key("sections", "claims by the place that prints them", several(SECTION), required=True),
    ),
    _claims_file,
)


# what goes together


def _check(statement: Statement, record: Record) -> None:
    """Check what a claim needs, and the names that its values read."""
    nets, called = record.file.values["nets"], f"claim {quote(statement.id)}"
    points = prod(map(len, statement.grid.values()))
    spare = statement.unresolved or statement.kind in ("data", "statement")
    if not statement.values and not spare and not record.broken & {"value", "holds"}:
        record.add(f"{called} needs `value`: what it is held against", record.mark)
    if statement.erratum and not statement.right:
        record.add(f"{called} is an erratum and needs `right`: the right value", record.mark)
    formula = statement.kind == "formula" and not record.broken & {"formula", "grid"}
    if formula and not (statement.formula and statement.grid and 0 < points <= MAX_POINTS):
        record.add(f"{called} needs `formula` and a `grid` of lists, {MAX_POINTS} points at most", record.mark)
        return  # names of its values may be those of the grid
    if statement.kind == "size" and not statement.net:
        record.add(f"{called} is a size and needs `net`", record.mark)
    if statement.net and statement.net not in nets:
        record.add(f"unknown network {quote(statement.net)}{suggest(statement.net, nets)}", record.mark)
    _check_names(statement, record, {*nets, *statement.layers, *statement.grid})
    if statement.kind in ("number", "data") and statement.values:
        _check_figures(statement, record, {*nets, *statement.layers})


def _check_names(statement: Statement, record: Record, known: set[str]) -> None:
    """Check the names that a claim's values read; a quantity without a network has no other value."""
    bare = {*FIGURES, *SIZES} if statement.net else set()
    for value in statement.values:
        for name, _, _ in names_in(value):
            if name not in known and not (name in bare and value.name) and name not in ("true", "false"):
                sentence = f"unknown network, layer or quantity {quote(name)}{suggest(name, known | bare)}"
                if name in bare:
                    sentence = f"write {quote(f'{statement.net}.{name}')} for {quote(name)} in an expression"
                record.add(sentence, record.mark)


def _dimensions(record: Record, key: str, unit: str) -> set[str]:
    """Return what the printed figures under a key measure; note an error for what is not a figure."""
    try:
        return {figure.dimension for figure in read_printed(record.values[key] or "0", unit).figures}
    except ValueError as error:
        record.add(str(error), record.nodes[key].mark)
        return set()


def _check_figures(statement: Statement, record: Record, named: set[str]) -> None:
    """Check that figures can be read, and that one on a total prints one: a count is not a number of bytes or ratio."""
    units = {"is": statement.reading.unit, "right": statement.reading.unit, "within": ""}
    read = {key: _dimensions(record, key, unit) for key, unit in units.items() if key in record.nodes}
    printed = read["is"]
    for value in statement.values if statement.kind == "number" and printed else ():
        net, _, name = value.text.rpartition(".")
        figure = FIGURES.get(name)
        if figure is None or not figure.of_network or (net and net not in named):
            continue
        measures, words = ("bytes", "a size in bytes") if figure.kind == "bytes" else ("count", "a count")
        if printed != {measures}:
            record.add(f"{quote(value.text)} must be {words}, not {quote(statement.printed)}", statement.mark)
