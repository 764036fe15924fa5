"""A tree of nodes -> Spec: the sections of a spec file, one function each; what is wrong is collected."""

import keyword
from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING

from costcalc.common.errors import Mark, Problems, SpecError, TooManyError, listing, quote, suggest
from costcalc.language.expr import Value
from costcalc.language.spec import (
    MEASURED,
    Arg,
    Block,
    Cell,
    Definition,
    ExactTotals,
    Reported,
    ReportedFigure,
    Row,
    Rows,
    Setting,
    Variant,
)
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.network.metrics import CONVENTIONS
from costcalc.ops import NOTES, OPS, WORDS
from costcalc.specfile.cells import cell, claim, key_marks, keyed, name, shape, shown, text, truth, values_of
from costcalc.specfile.rows import GROUP_KEYS, OP_COLUMNS, OWN_COLUMNS, RowReader, Spread
from costcalc.specfile.tree import Node
from costcalc.unfold.claims import CLAIM_COLUMNS

if TYPE_CHECKING:
    from fractions import Fraction

KEYS = (
    "name",
    "source",
    "settings",
    "choices",
    "printed",
    "input",
    "data",
    "defaults",
    "blocks",
    "columns",
    "layers",
    "variants",
    "alternatives",
    "totals",
    "reported",
)
BLOCK_KEYS = ("args", "inputs", "columns", "layers", "branches", "join")
FIGURE_KEYS = ("is", "printed", "convention", "cut", "erratum", "note")
ENTRY_KEYS = ("where", "variant", "set", "note")
MAX_ENTRIES = 100  # settings, arguments of a block, variants, exact totals: each is looked at again for many others


def read_spec(root: Node, source_text: str) -> tuple[Definition | None, list[SpecError]]:
    """Return the spec of a file's tree, as far as it can be read, and all that is wrong with it."""
    problems = Problems()
    try:
        return _read(root, source_text, problems), problems.found
    except TooManyError:
        return None, problems.found


def _read(root: Node, source_text: str, problems: Problems) -> Definition | None:
    """Return the spec of a file's tree, or None where it lacks what every spec has."""
    due = ("name", "input", "layers")
    if root.kind != "map":
        problems.add(f"a spec is a map with {listing(due)}, not {shown(root)}", root.mark)
        return None
    found = keyed(root, "a spec", KEYS, problems)
    for key in due:
        if key not in found:
            problems.add(f"a spec needs {quote(key)}", root.mark)
    return _Reader(found, problems).spec(root, source_text) if found.keys() >= set(due) else None


class _Reader:
    """Reads the sections of one file; `args` and `data` are known before any row is read."""

    def __init__(self, found: dict[str, Node], problems: Problems) -> None:
        self.found = found
        self.problems = problems
        self.block_nodes = keyed(found["blocks"], "`blocks`", None, problems) if "blocks" in found else {}
        self.args = frozenset(arg for node in self.block_nodes.values() for arg in _arg_names(node))
        self.data = self.data_columns()
        self.setting_names = tuple(key_marks(found["settings"])) if "settings" in found else ()
        self.choices = self.read_choices()
        self.variant_names = tuple(key_marks(found["variants"])) if "variants" in found else ()
        self.spread = Spread()

    def data_columns(self) -> frozenset[str]:
        """Read `data:`, columns kept for other commands, which nothing here may read."""
        names = self.names(self.found.get("data"), "`data`")
        for item in names:
            if item.text in {*OWN_COLUMNS, *CLAIM_COLUMNS} | OP_COLUMNS | self.args:
                self.problems.add(f"column {quote(item.text)} is read here: `data` keeps those that are not", item.mark)
        return frozenset(item.text for item in names)

    def names(self, node: Node | None, what: str) -> tuple[Node, ...]:
        """Return the entries of a list of names, such as `args:`."""
        if node is None or node.null:
            return ()
        if node.kind != "list":
            self.problems.add(f"{what} is a list of names, such as `[c, s]`, not {shown(node)}", node.mark)
        self.few(node.items, "names", node.mark)
        return node.items

    def few(self, entries: Sized, noun: str, mark: Mark) -> None:
        """Refuse more entries than any spec has use for."""
        if len(entries) > MAX_ENTRIES:
            self.problems.add(f"{len(entries):,} {noun}; at most {MAX_ENTRIES} are allowed", mark)
            raise TooManyError

    def table(self, columns: Node | None) -> RowReader:
        """Return the reader of one table's rows."""
        reader = RowReader(self.problems, self.args, self.data, self.choices, self.spread)
        reader.header(columns)
        return reader

    def spec(self, root: Node, source_text: str) -> Definition:
        """Read every section."""
        found, problems = self.found, self.problems
        marks = key_marks(found["blocks"]) if "blocks" in found else {}
        blocks = {key: block for key, node in self.block_nodes.items() if (block := self.block(key, node, marks[key]))}
        settings, variants, defaults = self.settings(), self.variants(), self.defaults(blocks)
        return Definition(
            name=text(found["name"], "`name`", problems),
            mark=root.mark,
            input=shape(found["input"], "`input`", problems),
            rows=self.table(found.get("columns")).rows(found["layers"], "`layers`"),
            source=text(found["source"], "`source`", problems) if "source" in found else "",
            settings=settings,
            choices={name: values for name, values in self.choices.items() if values},
            printed=self.presets(found.get("printed"), "`printed`"),
            defaults=defaults,
            blocks=blocks,
            variants=variants,
            alternatives=self.alternatives(),
            totals=self.totals(),
            reported=self.reported(),
            words=WORDS | OPS.keys() | blocks.keys() | _new_words(settings, variants, defaults, blocks),
            text=source_text,
            spread={key: tuple(values) for key, values in self.spread.items()},
        )

    def settings(self) -> dict[str, Setting]:
        """Read `settings:`, in order."""
        if "settings" not in self.found:
            return {}
        settings, marks = {}, key_marks(self.found["settings"])
        self.few(marks, "settings", self.found["settings"].mark)
        for key, node in keyed(self.found["settings"], "`settings`", None, self.problems).items():
            self.check_name(key, marks[key], "a setting")
            default = cell(node, self.problems)
            if default is not None:
                settings[key] = Setting(key, marks[key], default)
            elif node.null:
                self.problems.add(f"setting {quote(key)} needs a default", marks[key])
        return settings

    def read_choices(self) -> dict[str, tuple[Value, ...]]:
        """Read `choices:`, the only values that some settings have; return them for every setting, mostly none."""
        choices: dict[str, tuple[Value, ...]] = dict.fromkeys(self.setting_names, ())
        node = self.found.get("choices")
        if node is not None:
            marks = key_marks(node)
            for key, listed in keyed(node, "`choices`", None, self.problems).items():
                if key not in choices:
                    self.problems.add(f"{quote(key)} is no setting{suggest(key, choices)}", marks[key])
                choices[key] = values_of(listed, "an entry of `choices`", self.problems)
        return choices

    def check_name(self, key: str, mark: Mark, what: str) -> None:
        """Refuse a name that cannot stand in an expression."""
        if name(Node(mark, "scalar", key), what, self.problems) and (key == "input" or keyword.iskeyword(key)):
            self.problems.add(f"{quote(key)} has a meaning of its own and cannot name {what}", mark)

    def defaults(self, blocks: Mapping[str, Block]) -> dict[str, dict[str, Cell]]:
        """Read `defaults:`: columns by op or block."""
        if "defaults" not in self.found:
            return {}
        defaults, marks = {}, key_marks(self.found["defaults"])
        for op, node in keyed(self.found["defaults"], "`defaults`", None, self.problems).items():
            if op in OPS:
                known = set(OPS[op].columns)
            elif op in blocks:
                known = {arg.name for arg in blocks[op].args}
            else:
                self.problems.add(f"{quote(op)} is no op and no block here{suggest(op, {*OPS, *blocks})}", marks[op])
                continue
            cells = keyed(
                node,
                f"the defaults of {quote(op)}",
                sorted({*known, "when", *(NOTES if op in OPS else ())}),
                self.problems,
            )
            defaults[op] = {key: read for key, value in cells.items() if (read := cell(value, self.problems))}
        return defaults

    def block(self, key: str, node: Node, mark: Mark) -> Block | None:
        """Read one block."""
        self.check_name(key, mark, "a block")
        if key in OPS:
            self.problems.add(f"block {quote(key)} has the name of an op", mark)
        found = keyed(node, f"block {quote(key)}", BLOCK_KEYS, self.problems)
        if ("layers" in found) == ("branches" in found):
            self.problems.add(f"block {quote(key)} has either `layers` or `branches`", mark)
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
            mark,
            tuple(arg for item in self.names(found.get("args"), "`args`") if (arg := self.arg(item))),
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
        self.check_name(label, node.mark, "an argument")
        if label in (*OWN_COLUMNS, *CLAIM_COLUMNS):
            self.problems.add(
                f"{quote(label)} is a column of every row, whatever its op: it cannot name an argument", node.mark
            )
        if not equals:
            return Arg(label, node.mark)
        start = len(node.text) - len(default.lstrip())
        value = Node(node.mark.part(start, len(default.strip())), "scalar", default.strip())
        if value.null:
            self.problems.add(f"argument {quote(label)} has no default after `=`", node.mark)
        return Arg(label, node.mark, cell(value, self.problems))

    def inputs(self, node: Node | None) -> tuple[str, ...]:
        """Read `inputs:`; one input `x` unless said."""
        found: list[str] = []
        for item in self.names(node, "`inputs`"):
            label = name(item, "an input", self.problems)
            if label in found:
                self.problems.add(f"input {quote(label)} stands twice: names may not meet", item.mark)
            found.append(label)
        return tuple(found) or ("x",)

    def join(self, node: Node | None, branches: Node) -> Row | None:
        """Read `join:`: an op by name, or a map with `op` and its columns; concat unless said."""
        if node is None or node.null:
            node = Node(branches.mark, "scalar", "concat")
        if node.kind == "scalar":
            op = cell(node, self.problems)
            return Row(node.mark, op) if op else None
        for key, _ in node.pairs:
            if key.text in {*GROUP_KEYS, *OWN_COLUMNS, *CLAIM_COLUMNS, *self.data} - {"op"}:
                self.problems.add(f"`join` takes `op` and that op's columns, not {quote(key.text)}", key.mark)
        row = RowReader(self.problems, self.args, self.data).row(node)
        return row if isinstance(row, Row) else None

    def variants(self) -> dict[str, Variant]:
        """Read `variants:`: names of a family's members, each with its settings."""
        if "variants" not in self.found:
            return {}
        variants, marks = {}, key_marks(self.found["variants"])
        self.few(marks, "variants", self.found["variants"].mark)
        for key, node in keyed(self.found["variants"], "`variants`", None, self.problems).items():
            self.check_name(key, marks[key], "a variant")
            variants[key] = Variant(key, marks[key], self.presets(node, f"variant {quote(key)}"))
        return variants

    def presets(self, node: Node | None, what: str) -> Mapping[str, Cell]:
        """Read a map of settings to values, such as `set:`."""
        if node is None:
            return {}
        cells, marks = {}, key_marks(node)
        for key, value in keyed(node, what, None, self.problems).items():
            if key not in self.setting_names:
                self.problems.add(f"{quote(key)} is no setting{suggest(key, self.setting_names)}", marks[key])
            elif value.null:
                self.problems.add(f"{what} gives {quote(key)} no value", marks[key])
            elif read := cell(value, self.problems):
                cells[key] = read
        return cells

    def alternatives(self) -> dict[str, Mapping[str, Cell]]:
        """Read `alternatives:`: other ways to read the table, in words, each with its settings."""
        if "alternatives" not in self.found:
            return {}
        read = keyed(self.found["alternatives"], "`alternatives`", None, self.problems)
        self.few(read, "alternatives", self.found["alternatives"].mark)
        return {key: self.presets(node, f"alternative {quote(key)}") for key, node in read.items()}

    def entries(self, key: str) -> tuple[Node, ...]:
        """Return the maps of a section that is one map or a list of them."""
        node = self.found.get(key)
        if node is None or node.null:
            return ()
        self.few(node.items, f"entries of {quote(key)}", node.mark)
        return node.items if node.kind == "list" else (node,)

    def totals(self) -> tuple[ExactTotals, ...]:
        """Read `totals:`: exact integers at the defaults, at a variant or at a `set:`."""
        totals = []
        for node in self.entries("totals"):
            found = keyed(node, "`totals`", ("variant", "set", "in", *FIGURES), self.problems)
            figures = {
                key: (number, found[key].mark)
                for key in FIGURES
                if key in found and (number := self.exact(key, found[key])) is not None
            }
            size = claim(found["in"], self.problems) if "in" in found else None
            totals.append(ExactTotals(node.mark, figures, size, *self.at(found)))
        return tuple(totals)

    def exact(self, key: str, node: Node) -> "int | Fraction | None":
        """Read the exact value of a figure: an integer, or a ratio such as 3/2."""
        whole = FIGURES[key].kind != "decimal"
        parts = node.text.replace("_", "").split("/")[: 1 if whole else 2] if node.kind == "scalar" else []
        plain = all(part.isascii() and part.isdigit() and len(part) <= 30 for part in parts)
        wrong = not_of_network(key)
        if not wrong and (
            not parts or not plain or "/".join(parts) != node.text.replace("_", "") or parts[1:] == ["0"]
        ):
            due = "exact integers" if whole else f"{quote(key)} as an exact fraction such as 3/2"
            wrong = f"`totals` has {due}, not {shown(node)}"
        if wrong:
            self.problems.add(wrong, node.mark)
            return None
        if whole:
            return int(parts[0])
        from fractions import Fraction  # a spec that states no ratio loads faster

        return Fraction("/".join(parts))

    def at(self, found: dict[str, Node]) -> tuple[dict[str, Cell], str]:
        """Return the settings and the variant that an entry holds at."""
        if "variant" in found and found["variant"].text not in self.variant_names:
            near = suggest(found["variant"].text, self.variant_names)
            self.problems.add(f"{quote(found['variant'].text)} is no variant{near}", found["variant"].mark)
        return dict(self.presets(found.get("set"), "`set`")), text(
            found["variant"], "`variant`", self.problems
        ) if "variant" in found else ""

    def reported(self) -> tuple[Reported, ...]:
        """Read `reported:`: what others printed, figure by figure."""
        reported = []
        for node in self.entries("reported"):
            found = keyed(node, "an entry of `reported`", (*ENTRY_KEYS, *FIGURES, *MEASURED), self.problems)
            if "where" not in found:
                self.problems.add("an entry of `reported` needs `where`: the place that prints it", node.mark)
            figures = {key: self.figure(value) for key, value in found.items() if key not in ENTRY_KEYS}
            where = text(found["where"], "`where`", self.problems) if "where" in found else ""
            reported.append(Reported(node.mark, where, figures, *self.at(found)))
        return tuple(reported)

    def figure(self, node: Node) -> ReportedFigure:
        """Read one printed figure: its text, or `{is: .., convention: .., cut: .., erratum: ..}`.

        With `printed`, as in a cell, that is what is printed and `is` the right value.
        """
        if node.kind == "scalar":
            return ReportedFigure(node.mark, node.text)
        found = keyed(node, "a figure", FIGURE_KEYS, self.problems)
        if "is" not in found:
            self.problems.add("a figure needs `is`: what is printed", node.mark)
            return ReportedFigure(node.mark, "")
        texts: dict[str, str] = {
            key: text(found[key], quote(key), self.problems)
            for key in ("is", "convention", "erratum", "note")
            if key in found
        }
        cut = truth(found["cut"], "`cut`", self.problems) if "cut" in found else False
        name = texts.get("convention", "")
        if name and name not in CONVENTIONS:
            near = suggest(name, CONVENTIONS)
            self.problems.add(
                f"no convention {quote(name)}; there are {listing(CONVENTIONS)}{near}", found["convention"].mark
            )
        if "printed" in found:
            texts |= {"right": texts["is"], "is": text(found["printed"], "`printed`", self.problems)}
            if "erratum" not in texts:
                self.problems.add("a figure with `printed` needs `erratum`: why it is wrong", node.mark)
        return ReportedFigure(found["is"].mark, texts.pop("is"), cut=cut, **texts)


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
