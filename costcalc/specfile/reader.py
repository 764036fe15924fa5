"""A spec's file: its keys, section by section."""

import keyword
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from costcalc.common.errors import Mark, Problems, SpecError, listing, quote, suggest
from costcalc.language.expr import Value, parse
from costcalc.language.spec import (
    EMPTY,
    MEASURED,
    Arg,
    Block,
    Cell,
    Definition,
    Domain,
    ExactTotals,
    Implementation,
    Reported,
    ReportedFigure,
    Row,
    Rows,
    Setting,
    Variant,
)
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.ops import FIRST, NOTES, OPS, WORDS
from costcalc.ops.elsewhere import no_op
from costcalc.specfile.cells import (
    cell,
    claim,
    entries,
    key_marks,
    keyed,
    name,
    output_names,
    shape,
    shown,
    text,
    values_of,
)
from costcalc.specfile.fields import CELL, CONVENTION, TEXT, TRUTH, Form, Key, Kind, Record, few, mapping, parsed, read
from costcalc.specfile.rows import OWN_COLUMNS, TAKEN_COLUMNS, RowReader, Spread
from costcalc.specfile.tree import Node
from costcalc.unfold.claims import CLAIM_COLUMNS

if TYPE_CHECKING:
    from fractions import Fraction


def read_spec(root: Node) -> tuple[Definition | None, list[SpecError]]:
    """Return the spec of a file's tree, as far as it can be read, and all that is wrong with it."""
    if root.kind == "map":
        return read(root, FORM)
    sentence = f"a spec must be a map with {listing(FORM.required)}, not {shown(root)}"
    return None, [SpecError(sentence, root.mark)]


def _own_name(node: Node, what: str, record: Record) -> str:
    """Return a name that means something in expressions."""
    if name(node, what, record) and (node.text == "input" or keyword.iskeyword(node.text)):
        record.add(f"{quote(node.text)} is a reserved word and cannot name {what}", node.mark)
    return node.text


def _keys(record: Record, section: str) -> Mapping[str, Mark]:
    """Return the names that a section of the file gives, which need not be read yet, and their places."""
    return key_marks(record.file.nodes[section]) if section in record.file.nodes else {}


def _names(node: Node, what: str, record: Record) -> tuple[Node, ...]:
    """Return the entries of a list of names, such as `args:`."""
    if node.kind != "list" and not node.null:
        record.add(f"{what} must be a list of names, such as `[c, s]`, not {shown(node)}", node.mark)
    return few(node, "names", record)


# settings


def _settings(node: Node, what: str, record: Record) -> dict[str, Setting]:
    """Read `settings:`, in order."""
    settings = {}
    few(node, "settings", record)
    for key, value in entries(node, what, None, record):
        _own_name(key, "a setting", record)
        default = cell(value, record)
        if value.null:
            record.add(f"setting {quote(key.text)} needs a default", key.mark)
        if default is None:  # its name is known to the cells that read it, which none can then be built from
            record.values["dropped"].append(key.mark)
            default = Cell(value.mark, parse("1"))
        settings[key.text] = Setting(key.text, key.mark, default)
    return settings


def _choices(node: Node, what: str, record: Record) -> dict[str, tuple[Value, ...]]:
    """Read `choices:`, the only values that some settings have."""
    choices, settings = {}, _keys(record, "settings")
    for key, listed in entries(node, what, None, record):
        if key.text not in settings:
            record.add(f"unknown setting {quote(key.text)}{suggest(key.text, settings)}", key.mark)
        choices[key.text] = values_of(listed, "an entry of `choices`", record)
    return choices


def _presets(node: Node, what: str, record: Record) -> dict[str, Cell]:
    """Read a map of settings to values, such as `set:`."""
    cells, settings = {}, _keys(record, "settings")
    for key, value in entries(node, what, None, record):
        if key.text not in settings:
            record.add(f"unknown setting {quote(key.text)}{suggest(key.text, settings)}", key.mark)
        elif value.null:
            record.add(f"{what} gives {quote(key.text)} no value", key.mark)
        elif found := cell(value, record):
            cells[key.text] = found
    return cells


def _variants(node: Node, what: str, record: Record) -> dict[str, Variant]:
    """Read `variants:`: names of a family's members, each with its settings."""
    few(node, "variants", record)
    return {
        _own_name(key, "a variant", record): Variant(
            key.text, key.mark, _presets(value, f"variant {quote(key.text)}", record)
        )
        for key, value in entries(node, what, None, record)
    }


def _variant(node: Node, what: str, record: Record) -> str:
    """Read the name of a variant."""
    variants = _keys(record, "variants")
    if node.text not in variants:
        record.add(f"unknown variant {quote(node.text)}{suggest(node.text, variants)}", node.mark)
    return text(node, what, record)


def _input(node: Node, what: str, record: Record) -> tuple[Cell, ...]:
    """Read the network's input: the cells of a shape, or those of a signal."""
    if node.kind == "list" and len(node.items) == 4:
        sides = "[channels, height, width]: clips, which have a third side, are not counted; write one frame"
        record.add(f"{what} must be {sides}", node.mark)
        return tuple(read for item in node.items if (read := cell(item, record)))
    items = tuple(read for item in node.items if (read := cell(item, Problems()))) if len(node.items) == 2 else ()
    return items if len(items) == 2 else shape(node, what, record)


def _several(node: Node, what: str, record: Record) -> dict[str, tuple[Cell, ...]] | None:
    """Read the network's inputs by name, all of them maps or all of them signals."""
    found = {}
    few(node, "inputs", record)
    for key, value in entries(node, what, None, record):
        found[_own_name(key, "an input", record)] = _input(value, f"input {quote(key.text)}", record)
    if not found:
        record.add(f"{what} must name the inputs, such as `{{left: [3, 64, 64], right: [3, 64, 64]}}`", node.mark)
    if len({len(cells) == 2 for cells in found.values()}) > 1:
        record.add(f"{what} must be all maps or all signals: write a signal as `[channels, 1, length]`", node.mark)
    return found or None


# rows and blocks


def _table(record: Record) -> RowReader:
    """Return a reader of rows: of those under `columns`, where the map has them."""
    values = record.file.values
    choices = {**dict.fromkeys(_keys(record, "settings"), ()), **values["choices"]}
    table: RowReader = record.values.get("columns") or RowReader(
        record, values["args"], values["data"], choices, values["spread"], values["dropped"]
    )
    return table


def _header(node: Node, what: str, record: Record) -> RowReader:
    """Read `columns:`, and return the reader of the rows under it."""
    table = _table(record)
    table.header(node)
    return table


def _data(node: Node, what: str, record: Record) -> frozenset[str]:
    """Read `data:`, columns kept for other commands, which nothing here may read."""
    names = _names(node, what, record)
    for item in names:
        if item.text in {*OWN_COLUMNS, *CLAIM_COLUMNS, *TAKEN_COLUMNS, *record.values["args"]} - {"shares"}:
            record.add(
                f"column {quote(item.text)} is read by a layer: `data` must list only columns that no layer reads",
                item.mark,
            )
    return frozenset(item.text for item in names)


def _defaults(node: Node, what: str, record: Record) -> dict[str, dict[str, Cell]]:
    """Read `defaults:`: columns by op or block."""
    defaults = {}
    known = {name: {*op.columns, *NOTES, "when"} for name, op in OPS.items()}
    known.update((key, {*args, "when"}) for key, args in _arg_names(record).items() if key not in FIRST)
    for op, value in entries(node, what, None, record):
        if op.text in known:
            cells = keyed(value, f"the entry of {quote(op.text)} in `defaults`", sorted(known[op.text]), record)
            defaults[op.text] = {key: found for key, item in cells.items() if (found := cell(item, record))}
        else:
            record.add(no_op(op.text, {*OPS, *known}), op.mark)
    return defaults


def _arg_names(record: Record) -> dict[str, list[str]]:
    """Return the names in each block's `args:`, before a block is read."""
    args = {}
    for label, block in record.nodes["blocks"].pairs if "blocks" in record.nodes else ():
        items = next((value.items for key, value in block.pairs if key.text == "args"), ())
        args[label.text] = [item.text.partition("=")[0].strip() for item in items]
    return args


def _blocks(node: Node, what: str, record: Record) -> dict[str, Block]:
    """Read `blocks:`, rows under names."""
    blocks = {}
    for key, value in entries(node, what, None, record):
        called = f"block {quote(_own_name(key, 'a block', record))}"
        if key.text in FIRST:
            record.add(f"{called} has the name of an op; choose another name", key.mark)
        block: Block = BLOCK.read(value, called, record)
        if len({"layers", "branches"} & key_marks(value).keys()) == 1:
            blocks[key.text] = block._replace(name=key.text, mark=key.mark)
        else:
            record.add(f"{called} must have either `layers` or `branches`", key.mark)
    return blocks


def _block(record: Record) -> Block:
    """Return a block, whose branches meet in a concat unless said."""
    nodes, found = record.nodes, record.values
    branches, join = found.get("branches", ()), found.get("join")
    if "join" in nodes and "branches" not in nodes:
        record.add("`join` needs `branches`, and this block has `layers`", nodes["join"].mark)
    if branches and join is None:
        join = _join(Node(nodes["branches"].mark, "scalar", "concat"), "`join`", record)
    rows, inputs = found.get("layers", ()), found.get("inputs") or ("x",)
    return Block("", record.mark, found.get("args", ()), inputs, rows, branches, join, found.get("outputs", ()))


def _arg(node: Node, record: Record) -> Arg | None:
    """Read one entry of `args:`: `name` or `name=default`."""
    if node.kind != "scalar":
        record.add(f"an argument must be `name` or `name=default`, not {shown(node)}", node.mark)
        return None
    label, equals, default = node.text.partition("=")
    label = label.strip()
    _own_name(node._replace(text=label), "an argument", record)
    if label in (*OWN_COLUMNS, *CLAIM_COLUMNS) and label != "shares":
        record.add(f"{quote(label)} is a column of every row, whatever its op: it cannot name an argument", node.mark)
    if not equals:
        return Arg(label, node.mark)
    start = len(node.text) - len(default.lstrip())
    value = Node(node.mark.part(start, len(default.strip())), "scalar", default.strip())
    if value.null:
        record.add(f"argument {quote(label)} has no default after `=`", node.mark)
    return Arg(label, node.mark, cell(value, record))


def _args(node: Node, what: str, record: Record) -> tuple[Arg, ...]:
    """Read `args:`."""
    return tuple(arg for item in _names(node, what, record) if (arg := _arg(item, record)))


def _inputs(node: Node, what: str, record: Record) -> tuple[str, ...]:
    """Read the names of a block's inputs."""
    found: list[str] = []
    for item in _names(node, what, record):
        label = name(item, "an input", record)
        if label in found:
            record.add(f"input {quote(label)} is listed twice; choose another name", item.mark)
        found.append(label)
    return tuple(found)


def _branches(node: Node, what: str, record: Record) -> tuple[Rows, ...]:
    """Read the branches of a block."""
    if node.kind != "list" or len(node.items) < 2:
        record.add(f"{what} must be a list of two branches or more, each a list of rows", node.mark)
    return tuple(_table(record).rows(branch, "a branch") for branch in node.items)


def _join(node: Node, what: str, record: Record) -> Row | None:
    """Read `join:`: an op by name, or a map with `op` and its columns."""
    values = record.file.values
    return RowReader(record, values["args"], values["data"]).join(node, what)


# what is printed elsewhere


def _entries(form: Form) -> Kind:
    """Return the kind of a section that is one map or a list of them."""

    def read(node: Node, what: str, record: Record) -> tuple[Any, ...]:
        nodes = few(node, f"entries of {what}", record) if node.kind == "list" else () if node.null else (node,)
        return tuple(entry for item in nodes if (entry := form.read(item, what, record)))

    return Kind("entries", read, of=form)


def _exact(key: str) -> Kind:
    """Return the kind of a figure's exact value: an integer, or of a ratio a fraction such as 3/2."""
    wrong, ratio = not_of_network(key), FIGURES[key].kind == "decimal"
    form = f"{quote(key)} as an exact fraction such as 3/2" if ratio else "exact integers"

    def value(text: str) -> "int | Fraction | None":
        match = re.fullmatch(r"([0-9]{1,30})(?:/(0*[1-9][0-9]{0,29}))?", text.replace("_", ""), re.ASCII)
        if not match or (match[2] and not ratio):
            return None
        if not ratio:
            return int(match[1])
        from fractions import Fraction  # a spec that states no ratio loads faster

        return Fraction(int(match[1]), int(match[2] or 1))

    return (
        Kind("figure", _refused(wrong))
        if wrong
        else parsed("fraction" if ratio else "integer", value, f"`totals` has {form}")
    )


def _refused(sentence: str) -> Callable[[Node, str, Record], None]:
    """Return the reader of a key that no file may have, for a reason."""
    return lambda node, what, record: record.add(sentence, node.mark)


def _totals(record: Record) -> ExactTotals:
    """Return exact totals at the defaults, at a variant or at a `set:`."""
    found = record.values
    figures = {key: (found[key], record.nodes[key].mark) for key in FIGURES if key in found}
    where = found.get("set", {}), found.get("variant", ""), found.get("at", {})
    return ExactTotals(record.mark, figures, found.get("in"), *where)


def _reported(record: Record) -> Reported:
    """Return what one place prints, figure by figure."""
    found = record.values
    figures = {key: found[key] for key in record.nodes if key in REPORTED_FIGURES and key in found}
    return Reported(record.mark, found["where"], figures, found.get("set", {}), found.get("variant", ""))


def _printed(record: Record) -> ReportedFigure:
    """Return a printed figure: with `printed`, as in a cell, that is what is printed and `is` the right value."""
    found = {key: value for key, value in record.values.items() if key not in ("is", "printed")}
    if "printed" in record.values:
        found["right"] = record.values["is"]
        if "erratum" not in found:
            record.add("a figure with `printed` needs `erratum`: why it is wrong", record.mark)
    return ReportedFigure(record.nodes["is"].mark, record.values.get("printed", record.values["is"]), **found)


def _figure(node: Node, what: str, record: Record) -> Any:
    """Read one printed figure: its text, or a map that says how it is to be read."""
    return ReportedFigure(node.mark, node.text) if node.kind == "scalar" else FIGURE.read(node, what, record)


# implementations


def _model(node: Node, what: str, record: Record) -> str:
    """Read what a library calls an implementation."""
    if node.kind != "scalar" or not MODEL.match(node.text):
        record.add(f"{what} must be a library and a name, such as torchvision.resnet50, not {shown(node)}", node.mark)
    return node.text


def _models(node: Node, what: str, record: Record) -> dict[str, str]:
    """Read implementations by the variants that they are."""
    found = entries(node, what, None, record)
    if not found:
        record.add(f"{what} must name variants, such as `{{resnet18: torchvision.resnet18}}`", node.mark)
    return {_variant(key, "a variant", record): _model(value, "an implementation", record) for key, value in found}


def _over(node: Node, what: str, record: Record) -> dict[str, Domain]:
    """Read the values of settings at which an implementation has the same counts."""
    spans, settings = {}, _keys(record, "settings")
    for key, value in entries(node, what, None, record):
        if key.text not in settings:
            record.add(f"unknown setting {quote(key.text)}{suggest(key.text, settings)}", key.mark)
        spans[key.text] = _span(value, record)
    return spans


def _span(node: Node, record: Record) -> Domain:
    """Read a list of values, or `first:last` or `first:last:step` of numbers."""
    if node.kind == "list":
        return Domain(node.mark, values_of(node, "an entry of `over`", record))
    pieces = node.text.split(":") if node.kind == "scalar" else []
    numbers = [float(piece) if "." in piece else int(piece) for piece in pieces if NUMBER.match(piece)]
    stepped = len(numbers) == 3 and all(isinstance(number, int) for number in numbers) and numbers[2] > 0
    if len(numbers) != len(pieces) or not (stepped or len(numbers) == 2) or numbers[0] > numbers[1]:
        form = "a list of values, first:last of numbers such as 0.5:1.4, or first:last:step of whole numbers"
        record.add(f"values of a setting must be {form}, not {shown(node)}", node.mark)
        return Domain(node.mark, ())
    return Domain(node.mark, tuple(numbers[:2]), ends=True, step=int(numbers[2]) if stepped else 0)


def _matched(record: Record) -> Implementation:
    """Return implementations: of the variants that `models` names, or of the spec or one variant of it."""
    found = record.values
    models = found.get("models") or {found.get("variant", ""): found.get("model", "")}
    if "models" in record.nodes and "variant" in record.nodes:
        record.add("`models` names variants itself: leave `variant` out", record.nodes["variant"].mark)
    return Implementation(record.mark, models, found.get("set", {}), found.get("args", {}), found.get("over", {}))


# the keys

MODEL = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\Z", re.ASCII)
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?\Z", re.ASCII)
PRESETS = Kind("settings", _presets)
HEADER = Kind("columns", _header)
INPUT = Kind("shape", _input)
OUTPUTS = Kind("names", output_names)
ROWS = Kind("rows", lambda node, what, record: _table(record).rows(node, what))
REPORTED_FIGURES = (*FIGURES, *MEASURED)
BLOCK = Form(
    "",
    (
        Key("args", "names that its rows read: `name` or `name=default`", Kind("names", _args)),
        Key("inputs", "names of what it reads; `x` unless said", Kind("names", _inputs)),
        Key("columns", "the columns for the cells of list rows", HEADER),
        Key("layers", "its rows", ROWS),
        Key("branches", "lists of rows that each start at the first input", Kind("branches", _branches, of=ROWS)),
        Key("join", "how the branches meet; concat unless said", Kind("row", _join)),
        Key("outputs", "rows whose values it gives by their names", OUTPUTS),
    ),
    _block,
)
VARIANT = Key("variant", "the variant that the figures are of", Kind("name", _variant))
SET = Key("set", "the settings that they hold at", PRESETS)
TOTALS = Form(
    "`totals`",
    (
        VARIANT,
        SET,
        Key("at", "what settings are there, as a claim", PRESETS),
        Key("in", "the size of the input", Kind("size", lambda node, what, record: claim(node, record))),
        *(Key(key, "an exact total", _exact(key)) for key in FIGURES),
    ),
    _totals,
)
VARIANTS = Kind("map", _variants, of=PRESETS)
ALTERNATIVES = mapping(PRESETS, "alternative {}", noun="alternatives")
FIGURE = Form(
    "a figure",
    (
        Key("is", "what is printed, or the right value of a misprint", required=True, why=": what is printed"),
        Key("printed", "what is printed, where that is wrong"),
        Key("convention", "the convention that it counts by", CONVENTION),
        Key("cut", "whether the digits are cut, not rounded", TRUTH),
        Key("erratum", "why what is printed is wrong"),
        Key("note", "words for the reader"),
    ),
    _printed,
)
PRINTED = Kind("figure", _figure, of=FIGURE)
REPORTED = Form(
    "an entry of `reported`",
    (
        Key("where", "the place that prints the figures", required=True, why=": the place that prints it"),
        VARIANT,
        SET,
        Key("note", "words for the reader"),
        *(Key(key, "a printed figure", PRINTED) for key in REPORTED_FIGURES),
    ),
    _reported,
)
MATCH = Form(
    "an entry of `matches`",
    (
        Key(
            "model",
            "what a library calls the network, such as torchvision.resnet50",
            Kind("text", _model),
            required=True,
            instead="models",
        ),
        Key("models", "variants, each with what a library calls it", Kind("map", _models, of=TEXT)),
        VARIANT,
        SET,
        Key("args", "keywords that build it, each with an expression of the settings", mapping(CELL, noun="arguments")),
        Key(
            "over",
            "values of settings at which the counts are the same: a list, first:last or first:last:step",
            Kind("spans", _over),
        ),
    ),
    _matched,
)


def _start(record: Record) -> dict[str, Any]:
    """Return what is known of a spec before its sections are read."""
    args = frozenset(arg for names in _arg_names(record).values() for arg in names)
    return {"args": args, "spread": Spread(), "dropped": []}


def _spec(record: Record) -> Definition:
    """Return the spec, with the words that it adds to the vocabulary."""
    found = record.values
    listed = {value for values in found["choices"].values() for value in values if isinstance(value, str)}
    new = _new_words(found["settings"], found["variants"], found["defaults"], found["blocks"])
    fields = {
        **record.shared(Definition),
        "choices": {key: values for key, values in found["choices"].items() if values},
        "spread": {key: tuple(values) for key, values in found["spread"].items()},
        "words": WORDS | OPS.keys() | found["blocks"].keys() | new | listed,
    }
    if found.get("inputs"):
        fields["input"] = next(iter(found["inputs"].values()))
    text, whole = record.mark.source.text, not found["dropped"]
    return Definition(mark=record.mark, rows=found["layers"], text=text, whole=whole, **fields)


FORM = Form(
    "a spec",
    (
        Key("name", "what the network is called", required=True),
        Key("source", "where its table is printed"),
        Key("unit", "whether this is a part of networks, which lists show apart", TRUTH, default=False),
        Key("settings", "names that cells read, each with its default", Kind("settings", _settings), default=EMPTY),
        Key("choices", "the only values that a setting has", Kind("map", _choices), default=EMPTY),
        Key("printed", "the settings at which the source prints its figures", PRESETS),
        Key(
            "input",
            "the input: [channels, height, width], or [channels, length] of a signal",
            INPUT,
            required=True,
            instead="inputs",
        ),
        Key("inputs", "several inputs, each by its name", Kind("shapes", _several)),
        Key("data", "columns that are kept for other commands", Kind("names", _data), default=frozenset()),
        Key("defaults", "columns by op or block, for every row", Kind("map", _defaults), default=EMPTY),
        Key("blocks", "rows under a name, with arguments", Kind("map", _blocks, of=BLOCK), default=EMPTY),
        Key("columns", "the columns for the cells of list rows", HEADER),
        Key("layers", "the rows", ROWS, required=True),
        Key("outputs", "rows whose values the network gives; what no row reads unless said", OUTPUTS, default=()),
        Key(
            "variants",
            "members of the family, each with its settings",
            Kind("map", _variants, of=PRESETS),
            default=EMPTY,
        ),
        Key("alternatives", "other ways to read the table", ALTERNATIVES),
        Key("totals", "exact totals, checked whenever the spec is used", _entries(TOTALS)),
        Key("reported", "what others print", _entries(REPORTED)),
        Key("matches", "implementations that the counts were held against, and where", _entries(MATCH)),
    ),
    _spec,
    _start,
)


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
