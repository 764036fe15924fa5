"""A tree of nodes -> ClaimsFile: sections of statements, list rows under `columns:` or maps."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import prod

from costcalc.analysis.statements import KINDS, LANGUAGE, SIZES, ClaimsFile, Reading, Statement
from costcalc.common.errors import Mark, Problems, Source, SpecError, TooManyError, counted, listing, quote, suggest
from costcalc.common.figures import read_printed
from costcalc.language.expr import Expr, ExprError, Value, evaluate, name_of, names_in, parse
from costcalc.network.figures import FIGURES
from costcalc.network.metrics import CONVENTIONS
from costcalc.ops import WORDS
from costcalc.specfile import CLAIMS, kind_of, sound
from costcalc.specfile.cells import keyed, text, truth
from costcalc.specfile.tree import Node, compose

KEYS = ("source", "nets", "sections")
MAX_POINTS = 1_000  # of a formula's grid: each is a network to unfold
SECTION_KEYS = ("where", "places", "net", "columns", "claims")
TEXT_KEYS = ("id", "where", "net", "layer", "is", "kind", "erratum", "right", "unresolved", "note")
READING_KEYS = ("convention", "unit", "cut", "within", "reading")
CLAIM_KEYS = (*TEXT_KEYS, *READING_KEYS, "value", "layers", "holds", "formula", "grid")


def load_claims(source: Source) -> ClaimsFile | None:
    """Return the claims of a text, or None where it is a spec; raise the first SpecError in it."""
    root = compose(source)
    return sound(read_claims(root)) if kind_of(root) == CLAIMS else None


def read_claims(root: Node) -> tuple[ClaimsFile, list[SpecError]]:
    """Return the claims of a file's tree, and all that is wrong with it."""
    problems = Problems()
    claims = ClaimsFile("", {}, ())
    with suppress(TooManyError):
        claims = _read(root, problems)
    return claims, problems.found


def _read(root: Node, problems: Problems) -> ClaimsFile:
    """Read the sections of a claims file."""
    found = keyed(root, "a claims file", KEYS, problems)
    named = keyed(found["nets"], "`nets`", None, problems) if "nets" in found else {}
    nets = {name: (text(node, "a net", problems), node.mark) for name, node in named.items()}
    reader = _ClaimsReader(problems, set(nets))
    statements = tuple(statement for node in found["sections"].items for statement in reader.section(node))
    if not statements:
        problems.add("a claims file needs `sections` with claims", root.mark)
    seen: set[str] = set()
    for statement in statements:
        if statement.id in seen:
            problems.add(f"id {quote(statement.id)} stands twice", statement.mark)
        seen.add(statement.id)
    return ClaimsFile(text(found["source"], "`source`", problems) if "source" in found else "", nets, statements)


class _ClaimsReader:
    """Reads sections; `nets` are the names that values may read."""

    def __init__(self, problems: Problems, nets: set[str]) -> None:
        self.problems = problems
        self.nets = nets

    def section(self, node: Node) -> Iterator[Statement]:
        """Yield the statements of one section, once for each place that prints it."""
        found = keyed(node, "a section", SECTION_KEYS, self.problems)
        if "where" not in found or "claims" not in found:
            self.problems.add("a section needs `where`, the place that prints its claims, and `claims`", node.mark)
            return
        where = text(found["where"], "`where`", self.problems)
        net = text(found["net"], "`net`", self.problems) if "net" in found else ""
        columns = [item.text for item in found["columns"].items] if "columns" in found else []
        places = {"": ""}
        if "places" in found:
            places = {
                key: text(value, "a place", self.problems)
                for key, value in keyed(found["places"], "`places`", None, self.problems).items()
            }
        claims = [statement for item in found["claims"].items if (statement := self.claim(item, columns, net))]
        for prefix, place in places.items():
            for claim in claims:
                full = " / ".join(filter(None, (where + (f" ({place})" if place else ""), claim.where)))
                yield claim._replace(id=f"{prefix}.{claim.id}" if prefix else claim.id, where=full)

    def claim(self, node: Node, columns: list[str], net: str) -> Statement | None:
        """Read one statement."""
        found = self.cells(node, columns)
        for key in ("id", "is"):
            if key not in found:
                self.problems.add(f"a claim needs {quote(key)}", node.mark)
                return None
        texts = {key: text(found[key], quote(key), self.problems) for key in TEXT_KEYS if key in found}
        values, layers = self.values(found), self.layers(found)
        statement = Statement(
            id=texts["id"],
            where=texts.get("where", ""),
            mark=found["is"].mark,
            printed=texts["is"],
            kind=texts.get("kind") or self.kind(found, values),
            net=texts.get("net") or net,
            layer=texts.get("layer", ""),
            layers=layers,
            values=values,
            reading=self.reading(found),
            erratum=texts.get("erratum", ""),
            right=texts.get("right", ""),
            unresolved=texts.get("unresolved", ""),
            formula=self.expression(found["formula"]) if "formula" in found else None,
            grid=self.grid(found),
            note=texts.get("note", ""),
        )
        self.check(statement, node)
        return statement

    def cells(self, node: Node, columns: list[str]) -> dict[str, Node]:
        """Return a claim's nodes by key: a list row's under the columns, a trailing map's under its own keys."""
        if node.kind == "map":
            return keyed(node, "a claim", CLAIM_KEYS, self.problems)
        items = list(node.items)
        extra = keyed(items.pop(), "a claim", CLAIM_KEYS, self.problems) if items and items[-1].kind == "map" else {}
        if len(items) > len(columns):
            sentence = f"a claim of {counted(len(items), 'cell')} under {counted(len(columns), 'column')}"
            self.problems.add(sentence, items[len(columns)].mark)
        row = {key: item for key, item in zip(columns, items, strict=False) if not item.null}
        for key in [key for key in row if key not in CLAIM_KEYS]:
            self.problems.add(f"a claim has no key {quote(key)}{suggest(key, CLAIM_KEYS)}", row.pop(key).mark)
        return {**row, **extra}

    def kind(self, found: Mapping[str, Node], values: tuple[Expr, ...]) -> str:
        """Return what kind a claim is where it does not say so."""
        if "holds" in found or "formula" in found:
            return "statement" if "holds" in found else "formula"
        return "size" if len(values) == 1 and values[0].name in SIZES else "number"

    def values(self, found: Mapping[str, Node]) -> tuple[Expr, ...]:
        """Read what a claim is held against: `holds`, one `value`, or a list of them."""
        node = found.get("holds") or found.get("value")
        if node is None or node.null:
            return ()
        items = node.items if node.kind == "list" else (node,)
        return tuple(expr for item in items if (expr := self.expression(item)))

    def expression(self, node: Node) -> Expr | None:
        """Read an expression of the claims' language; `in` is a size here, not Python's word."""
        if node.text in SIZES:
            return name_of(node.text)
        try:
            return parse(node.text, LANGUAGE)
        except ExprError as error:
            self.problems.add(str(error), node.mark.part(error.offset, error.width) if error.width else node.mark)
            return None

    def layers(self, found: Mapping[str, Node]) -> dict[str, str]:
        """Read `layers:`, names for parts of the net."""
        if "layers" not in found:
            return {}
        read = keyed(found["layers"], "`layers`", None, self.problems)
        return {name: text(node, "a layer's path", self.problems) for name, node in read.items()}

    def reading(self, found: Mapping[str, Node]) -> Reading:
        """Read how the printed figure is declared to be read."""
        texts = {
            key: text(found[key], quote(key), self.problems) for key in READING_KEYS if key in found and key != "cut"
        }
        name = texts.get("convention", "")
        if name and name not in CONVENTIONS:
            near = suggest(name, CONVENTIONS)
            self.problems.add(
                f"no convention {quote(name)}; there are {listing(CONVENTIONS)}{near}", found["convention"].mark
            )
        cut = truth(found["cut"], "`cut`", self.problems) if "cut" in found else False
        return Reading(name, texts.get("unit", ""), cut, texts.get("within", ""), texts.get("reading", ""))

    def grid(self, found: Mapping[str, Node]) -> dict[str, tuple[Value, ...]]:
        """Read `grid:`, the values that a formula's names run over."""
        if "grid" not in found:
            return {}
        read = keyed(found["grid"], "`grid`", None, self.problems)
        exprs = {name: [self.expression(item) for item in node.items] for name, node in read.items()}
        return {name: tuple(evaluate(expr, {}, WORDS) for expr in row if expr) for name, row in exprs.items()}

    def check(self, statement: Statement, node: Node) -> None:
        """Check what a claim needs, and the names that its values read."""
        problems = self.problems
        if statement.kind not in KINDS:
            problems.add(f"`kind` is one of {listing(KINDS)}, not {quote(statement.kind)}", node.mark)
        if not statement.values and not statement.unresolved and statement.kind not in ("data", "statement"):
            problems.add(f"claim {quote(statement.id)} needs `value`: what it is held against", node.mark)
        if statement.erratum and not statement.right:
            problems.add(f"claim {quote(statement.id)} is an erratum and needs `right`: the right value", node.mark)
        points = prod(map(len, statement.grid.values()))
        if statement.kind == "formula" and not (statement.formula and statement.grid and 0 < points <= MAX_POINTS):
            sentence = f"claim {quote(statement.id)} needs `formula` and a `grid` of lists, {MAX_POINTS} points at most"
            problems.add(sentence, node.mark)
        if statement.kind == "size" and not statement.net:
            problems.add(f"claim {quote(statement.id)} is a size and needs `net`", node.mark)
        if statement.net and statement.net not in self.nets:
            problems.add(f"{quote(statement.net)} is none of `nets`{suggest(statement.net, self.nets)}", node.mark)
        known = {*self.nets, *statement.layers, *statement.grid}
        bare = {*FIGURES, *SIZES} if statement.net else set()
        for value in statement.values:
            for name, _, _ in names_in(value):
                if name not in known and not (name in bare and value.name) and name not in ("true", "false"):
                    problems.add(
                        f"{quote(name)} is no net, layer or quantity here{suggest(name, known | bare)}", node.mark
                    )
        self.figures(statement, node)

    def figures(self, statement: Statement, node: Node) -> None:
        """Check that the figures of a claim can be read."""
        if statement.kind not in ("number", "data") or not statement.values:
            return
        reading = statement.reading
        self.figure(statement.printed, reading.unit, statement.mark)
        self.figure(statement.right, reading.unit, node.mark)
        self.figure(reading.within, "", node.mark)
        self.dimension(statement)

    def dimension(self, statement: Statement) -> None:
        """Check that a claim on one total or size prints one: a count is no number of bytes and no ratio."""
        try:
            printed = {figure.dimension for figure in read_printed(statement.printed, statement.reading.unit).figures}
        except ValueError:  # as is told already
            return
        for value in statement.values if statement.kind == "number" else ():
            net, _, name = value.text.rpartition(".")
            if (
                name not in FIGURES
                or not FIGURES[name].of_network
                or (net and net not in {*self.nets, *statement.layers})
            ):
                continue
            due, words = ("bytes", "a size in bytes") if FIGURES[name].kind == "bytes" else ("count", "a count")
            if printed != {due}:
                sentence = f"{quote(value.text)} is {words}; {quote(statement.printed)} is none"
                self.problems.add(sentence, statement.mark)

    def figure(self, printed: str, unit: str, mark: Mark) -> None:
        """Check that one printed figure, if it is there, can be read."""
        try:
            read_printed(printed or "0", unit)
        except ValueError as error:
            self.problems.add(str(error), mark)
