"""A tree of nodes -> Spec: the sections of a spec file, one function each; what is wrong is collected."""

from collections.abc import Mapping

from costcalc.errors import SpecError, listing, quote, suggest
from costcalc.expr import NOT_TRUTHS, Value
from costcalc.metrics import TOTAL_NAMES
from costcalc.ops import OPS, WORDS
from costcalc.spec import Arg, Block, Cell, ExactTotals, Figure, Reported, Row, Rows, Setting, Spec, Variant
from costcalc.specfile.cells import Problems, cell, cell_map, keyed, name, shown, text, truth
from costcalc.specfile.rows import GROUP_KEYS, OWN_COLUMNS, RowReader
from costcalc.specfile.tree import Node

KEYS = (
    "name",
    "source",
    "settings",
    "printed",
    "input",
    "data",
    "defaults",
    "blocks",
    "columns",
    "layers",
    "variants",
    "totals",
    "reported",
)
BLOCK_KEYS = ("args", "inputs", "columns", "layers", "branches", "join")
FIGURE_KEYS = ("is", "convention", "cut", "erratum", "note")
ENTRY_KEYS = ("where", "variant", "set", "note")


def read_spec(root: Node, source_text: str) -> tuple[Spec | None, list[SpecError]]:
    """Return the spec of a file's tree, as far as it can be read, and all that is wrong with it."""
    problems = Problems()
    if root.kind != "map":
        problems.add(f"a spec is a map with {listing(('name', 'input', 'layers'))}, not {shown(root)}", root.mark)
        return None, problems.found
    found = keyed(root, "a spec", KEYS, problems)
    for key in ("name", "input", "layers"):
        if key not in found:
            problems.add(f"a spec needs {quote(key)}", root.mark)
    if problems.found and not {"name", "input", "layers"} <= set(found):
        return None, problems.found
    return _Reader(found, problems).spec(root, source_text), problems.found


class _Reader:
    """Reads the sections of one file; `args` and `data` are known before any row is read."""

    def __init__(self, found: dict[str, Node], problems: Problems) -> None:
        self.found = found
        self.problems = problems
        self.block_nodes = keyed(found["blocks"], "`blocks`", None, problems) if "blocks" in found else {}
        self.args = frozenset(arg for node in self.block_nodes.values() for arg in _arg_names(node))
        self.data = frozenset(item.text for item in found["data"].items) if "data" in found else frozenset()
        self.spread: dict[str, list[Value]] = {}

    def table(self, columns: Node | None) -> RowReader:
        """Return the reader of one table's rows."""
        reader = RowReader(self.problems, self.args, self.data, spread=self.spread)
        reader.header(columns)
        return reader

    def spec(self, root: Node, source_text: str) -> Spec:
        """Read every section."""
        found, problems = self.found, self.problems
        blocks = {key: block for key, node in self.block_nodes.items() if (block := self.block(key, node))}
        settings, variants, defaults = self.settings(), self.variants(), self.defaults(blocks)
        return Spec(
            name=text(found["name"], "`name`", problems),
            mark=root.mark,
            input=self.input(),
            rows=self.table(found.get("columns")).rows(found["layers"], "`layers`"),
            source=text(found["source"], "`source`", problems) if "source" in found else "",
            settings=settings,
            printed=cell_map(found["printed"], "`printed`", problems) if "printed" in found else {},
            defaults=defaults,
            blocks=blocks,
            variants=variants,
            totals=self.totals(),
            reported=self.reported(),
            words=WORDS | OPS.keys() | blocks.keys() | _new_words(settings, variants, defaults, blocks),
            text=source_text,
            spread={key: tuple(values) for key, values in self.spread.items()},
        )

    def input(self) -> tuple[Cell, ...]:
        """Read `input: [channels, height, width]`."""
        node = self.found["input"]
        items = tuple(read for item in node.items if (read := cell(item, self.problems)))
        if node.kind != "list" or len(node.items) != 3:
            self.problems.add("`input` is [channels, height, width]", node.mark)
        return items

    def settings(self) -> dict[str, Setting]:
        """Read `settings:`, in order."""
        if "settings" not in self.found:
            return {}
        settings = {}
        for key, node in keyed(self.found["settings"], "`settings`", None, self.problems).items():
            self.check_name(key, node, "a setting")
            default = cell(node, self.problems)
            if default is not None:
                settings[key] = Setting(key, node.mark, default)
            elif node.null:
                self.problems.add(f"setting {quote(key)} needs a default", node.mark)
        return settings

    def check_name(self, key: str, node: Node, what: str) -> None:
        """Refuse a name that cannot stand in an expression."""
        name(Node(node.mark, "scalar", key), what, self.problems)
        if key in NOT_TRUTHS or key in ("true", "false", "none", "input"):
            self.problems.add(f"{quote(key)} has a meaning of its own and cannot name {what}", node.mark)

    def defaults(self, blocks: Mapping[str, Block]) -> dict[str, dict[str, Cell]]:
        """Read `defaults:`: columns by op or block."""
        if "defaults" not in self.found:
            return {}
        defaults = {}
        for op, node in keyed(self.found["defaults"], "`defaults`", None, self.problems).items():
            if op in OPS:
                known = set(OPS[op].columns)
            elif op in blocks:
                known = {arg.name for arg in blocks[op].args}
            else:
                self.problems.add(f"{quote(op)} is no op and no block here{suggest(op, {*OPS, *blocks})}", node.mark)
                continue
            cells = keyed(node, f"the defaults of {quote(op)}", sorted({*known, "when"}), self.problems)
            defaults[op] = {key: read for key, value in cells.items() if (read := cell(value, self.problems))}
        return defaults

    def block(self, key: str, node: Node) -> Block | None:
        """Read one block."""
        self.check_name(key, node, "a block")
        if key in OPS:
            self.problems.add(f"block {quote(key)} has the name of an op", node.mark)
        found = keyed(node, f"block {quote(key)}", BLOCK_KEYS, self.problems)
        if ("layers" in found) == ("branches" in found):
            self.problems.add(f"block {quote(key)} has either `layers` or `branches`", node.mark)
            return None
        if "join" in found and "branches" not in found:
            self.problems.add("`join` says how `branches` meet; this block has `layers`", found["join"].mark)
        table = self.table(found.get("columns"))
        branches: tuple[Rows, ...] = ()
        if "branches" in found:
            if found["branches"].kind != "list" or len(found["branches"].items) < 2:
                self.problems.add(
                    "`branches` is a list of two branches or more, each a list of rows", found["branches"].mark
                )
            branches = tuple(table.rows(branch, "a branch") for branch in found["branches"].items)
        return Block(
            key,
            node.mark,
            tuple(arg for item in found["args"].items if (arg := self.arg(item))) if "args" in found else (),
            self.inputs(found.get("inputs")),
            table.rows(found["layers"], "`layers`") if "layers" in found else (),
            branches,
            self.join(found.get("join"), found["branches"]) if branches else None,
        )

    def arg(self, node: Node) -> Arg | None:
        """Read one entry of `args:`: `name` or `name=default`."""
        if node.kind != "scalar":
            self.problems.add(f"an argument is `name` or `name=default`, not {shown(node)}", node.mark)
            return None
        label, equals, default = node.text.partition("=")
        label = label.strip()
        self.check_name(label, node, "an argument")
        if not equals:
            return Arg(label, node.mark)
        start = len(node.text) - len(default.lstrip())
        mark = node.mark.part(start, len(default.strip()))
        return Arg(label, node.mark, cell(Node(mark, "scalar", default.strip()), self.problems))

    def inputs(self, node: Node | None) -> tuple[str, ...]:
        """Read `inputs:`; one input `x` unless said."""
        if node is None:
            return ("x",)
        if node.kind != "list" or not node.items:
            self.problems.add("`inputs` is a list of names, such as `[x, skip]`", node.mark)
            return ("x",)
        return tuple(name(item, "an input", self.problems) for item in node.items)

    def join(self, node: Node | None, branches: Node) -> Row | None:
        """Read `join:`: an op by name, or a map with `op` and its columns; concat unless said."""
        if node is None:
            node = Node(branches.mark, "scalar", "concat")
        if node.kind == "scalar":
            op = cell(node, self.problems)
            return Row(node.mark, op) if op else None
        for key, value in node.pairs:
            if key.text in (*GROUP_KEYS, *OWN_COLUMNS) and key.text != "op":
                self.problems.add(f"`join` takes `op` and that op's columns, not {quote(key.text)}", value.mark)
        row = RowReader(self.problems, self.args, self.data).row(node)
        return row if isinstance(row, Row) else None

    def variants(self) -> dict[str, Variant]:
        """Read `variants:`: names of a family's members, each with its settings."""
        if "variants" not in self.found:
            return {}
        variants = {}
        for key, node in keyed(self.found["variants"], "`variants`", None, self.problems).items():
            self.check_name(key, node, "a variant")
            variants[key] = Variant(key, node.mark, cell_map(node, f"variant {quote(key)}", self.problems))
        return variants

    def entries(self, key: str) -> tuple[Node, ...]:
        """Return the maps of a section that is one map or a list of them."""
        node = self.found.get(key)
        if node is None or node.null:
            return ()
        return node.items if node.kind == "list" else (node,)

    def totals(self) -> tuple[ExactTotals, ...]:
        """Read `totals:`: exact integers at the defaults, at a variant or at a `set:`."""
        totals = []
        for node in self.entries("totals"):
            found = keyed(node, "`totals`", ("variant", "set", *TOTAL_NAMES), self.problems)
            figures = {}
            for figure in TOTAL_NAMES:
                if figure in found:
                    value = found[figure].text.replace("_", "")
                    if value.isascii() and value.isdigit() and len(value) <= 30:
                        figures[figure] = (int(value), found[figure].mark)
                    else:
                        self.problems.add(
                            f"`totals` has exact integers, not {shown(found[figure])}", found[figure].mark
                        )
            totals.append(ExactTotals(node.mark, figures, *self.at(found)))
        return tuple(totals)

    def at(self, found: dict[str, Node]) -> tuple[dict[str, Cell], str]:
        """Return the settings and the variant that an entry holds at."""
        settings = dict(cell_map(found["set"], "`set`", self.problems)) if "set" in found else {}
        return settings, text(found["variant"], "`variant`", self.problems) if "variant" in found else ""

    def reported(self) -> tuple[Reported, ...]:
        """Read `reported:`: what others printed, figure by figure."""
        reported = []
        for node in self.entries("reported"):
            found = keyed(node, "an entry of `reported`", None, self.problems)
            if "where" not in found:
                self.problems.add("an entry of `reported` needs `where`: the place that prints it", node.mark)
            figures = {key: self.figure(value) for key, value in found.items() if key not in ENTRY_KEYS}
            where = text(found["where"], "`where`", self.problems) if "where" in found else ""
            reported.append(Reported(node.mark, where, figures, *self.at(found)))
        return tuple(reported)

    def figure(self, node: Node) -> Figure:
        """Read one printed figure: its text, or `{is: .., convention: .., cut: .., erratum: ..}`."""
        if node.kind == "scalar":
            return Figure(node.mark, node.text)
        found = keyed(node, "a figure", FIGURE_KEYS, self.problems)
        if "is" not in found:
            self.problems.add("a figure needs `is`: what is printed", node.mark)
            return Figure(node.mark, "")
        texts = {
            key: text(found[key], quote(key), self.problems)
            for key in ("is", "convention", "erratum", "note")
            if key in found
        }
        cut = truth(found["cut"], "`cut`", self.problems) if "cut" in found else False
        return Figure(found["is"].mark, texts.pop("is"), cut=cut, **texts)


def _arg_names(node: Node) -> list[str]:
    """Return the names in a block's `args:`, before the block is read."""
    args = next((value for key, value in node.pairs if key.text == "args"), None)
    return [item.text.partition("=")[0].strip() for item in args.items] if args else []


def _new_words(
    settings: Mapping[str, Setting],
    variants: Mapping[str, Variant],
    defaults: Mapping[str, Mapping[str, Cell]],
    blocks: Mapping[str, Block],
) -> frozenset[str]:
    """Return the words that settings and defaults bring in: whole cells that are one bare name, of nothing in scope."""
    cells = [setting.default for setting in settings.values()]
    cells += [item for variant in variants.values() for item in variant.settings.values()]
    cells += [item for columns in defaults.values() for item in columns.values()]
    cells += [arg.default for block in blocks.values() for arg in block.args if arg.default]
    scope = {*settings, *(arg.name for block in blocks.values() for arg in block.args)}
    return frozenset(item.expr.name for item in cells if item.expr and item.expr.name and item.expr.name not in scope)
