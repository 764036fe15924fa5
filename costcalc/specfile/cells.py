"""Nodes -> cells, claims, names and references: the smallest readers, which collect what is wrong."""

import re
from collections.abc import Collection

from costcalc.common.errors import Mark, Problems, listing, offered, quote
from costcalc.language.expr import NOT_TRUTHS, Expr, ExprError, Value, evaluate, parse
from costcalc.language.spec import Cell, Claim, Misprint, Ref
from costcalc.ops import WORDS
from costcalc.specfile.tree import NAME, Node

ROW_NAME = re.compile(r"(?!([0-9_]+([eE][0-9_]+)?|[0-9]+(x[0-9]+)+|0[xXoObB][0-9a-fA-F_]*)\Z)[A-Za-z0-9_]+\Z", re.ASCII)
MISPRINT_KEYS = ("is", "printed", "erratum")
MAX_REFS = 1_000


def entries(
    node: Node, what: str, known: Collection[str] | None, problems: Problems, listed: Collection[str] = ()
) -> list[tuple[Node, Node]]:
    """Return a map's keys and values; duplicate keys, and keys outside `known`, are errors that list them or `listed`.

    Of a key that is twice the first place is kept, with the last value.
    """
    if node.kind != "map":
        if not node.null:
            problems.add(f"{what} must be a map (`key: value`), not {shown(node)}", node.mark)
        return []
    seen: set[str] = set()
    found: dict[str, tuple[Node, Node]] = {}
    for key, value in node.pairs:
        if key.text in seen:
            problems.add(f"duplicate key {quote(key.text)}", key.mark)
        seen.add(key.text)
        if key.kind != "scalar":
            problems.add("a key is a plain name", key.mark)
        elif known is not None and key.text not in known:
            problems.add(_unknown_key(key, value, what, known, listed or known), key.mark)
        else:
            found[key.text] = (found.get(key.text, (key,))[0], value)
    return list(found.values())


def keyed(
    node: Node, what: str, known: Collection[str] | None, problems: Problems, listed: Collection[str] = ()
) -> dict[str, Node]:
    """Return a map's values by key, as `entries` reads it."""
    return {key.text: value for key, value in entries(node, what, known, problems, listed)}


def key_marks(node: Node) -> dict[str, Mark]:
    """Return the place of each key of a map."""
    return {key.text: key.mark for key, _ in reversed(node.pairs)}


def _unknown_key(key: Node, value: Node, what: str, known: Collection[str], listed: Collection[str]) -> str:
    """Return the sentence for a key that is not known, with a hint where YAML read it otherwise than it looks."""
    if value.null and ":" in key.text:
        name, _, rest = key.text.partition(":")
        return f"{quote(key.text)} is a key with no value: write {quote(f'{name}: {rest}')}, with a space"
    if value.null and comma_hint(key):
        return f"{quote(key.text)} is a key with no value{comma_hint(key)}"
    if value.null and key.text.replace(",", "").isdigit():
        return f"{quote(key.text)} is a key with no value: a number has no thousands commas here"
    if value.null and known is MISPRINT_KEYS:
        return f"{quote(key.text)} is a key with no value: quote a text that has a comma"
    if "=" in key.text and value.null:
        name, _, rest = key.text.partition("=")
        return f"{quote(key.text)} is a key with no value: write {quote(f'{name}: {rest}')}"
    return f"{what} has no key {quote(key.text)}{offered(key.text, listed)}"


def values_of(node: Node, what: str, problems: Problems) -> tuple[Value, ...]:
    """Read the values of a setting that a list names, such as `[18, 34]`."""
    values = []
    for item in node.items:
        read = cell(item, problems)
        if read and read.expr and (read.expr.constant or read.expr.name):
            values.append(read.expr.name or evaluate(read.expr, {}, WORDS))
    if not values or len(values) != len(node.items) or len(set(values)) != len(values):
        problems.add(f"{what} must list different values of its setting, such as `[18, 34]`", node.mark)
    return tuple(values)


def shown(node: Node) -> str:
    """Return a node as an error names it."""
    if node.null or node.blank:
        return "nothing"
    return {"scalar": quote(node.text), "list": "a list", "map": "a map"}[node.kind]


def expression(node: Node, problems: Problems) -> Expr | None:
    """Return a scalar's expression, or None with the reason noted."""
    text = node.text.strip()
    try:
        return parse(text)
    except ExprError as error:
        mark = node.mark.part(error.offset, error.width) if error.width and node.mark.width == len(text) else node.mark
        problems.add(f"{error}{comma_hint(node)}", mark)
        return None


def comma_hint(node: Node) -> str:
    """Return the hint for an expression that a flow row cut at its comma."""
    if node.plain and node.text.count("(") != node.text.count(")"):
        return ": in a [ ] or { } row an expression with a comma needs quotes"
    return ""


def cell(node: Node, problems: Problems) -> Cell | None:
    """Return a cell, or None where it is empty or wrong."""
    if node.null:
        return None
    if node.kind == "map":
        misprint, inner = (None, node.pairs[0][1]) if is_fixed(node) else misprinted(node, problems)
        read = cell(inner, problems) if inner else None
        return Cell(read.mark, read.expr, read.items, misprint=misprint) if read else None
    if node.kind == "list":
        items = [cell(item, problems) for item in node.items]
        kept = tuple(item for item in items if item is not None and item.expr is not None)
        if len(kept) != len(items) or len(kept) not in (1, 2, 4):
            clip = ": clips, which have a third side, are not counted; write [height, width]" * (len(node.items) == 3)
            problems.add(f"a size is a list of one, two or four numbers{clip}", node.mark)
            return None
        return Cell(node.mark, None, kept)
    expr = expression(node, problems)
    return Cell(node.mark, expr) if expr else None


def shape(node: Node, what: str, problems: Problems) -> tuple[Cell, ...]:
    """Return the cells of a shape, `[channels, height, width]`; `3x224x224` is the same."""
    if node.kind == "scalar" and node.text.count("x") == 2:
        sides = node.text.split("x")
        node = node._replace(kind="list", items=tuple(Node(node.mark, "scalar", side) for side in sides))
    items = tuple(read for item in node.items if (read := cell(item, problems)))
    if node.kind != "list" or len(node.items) != 3 or any(item.null for item in node.items):
        problems.add(f"{what} must be [channels, height, width]", node.mark)
    return items


def claim(node: Node, problems: Problems) -> Claim | None:
    """Return a claim: the text as it is written."""
    if node.null:
        return None
    misprint = None
    if node.kind == "map":
        misprint, inner = misprinted(node, problems)
        if inner is None:
            return None
        node = inner
    if node.kind != "scalar":
        problems.add(f"a claim must be one figure or size, not {shown(node)}", node.mark)
        return None
    return Claim(node.mark, node.text.strip(), misprint)


def is_misprint(node: Node) -> bool:
    """Return whether a map is a cell with a declared misprint, not keys of a row."""
    return node.kind == "map" and any(key.text == "is" for key, _ in node.pairs)


def is_fixed(node: Node) -> bool:
    """Return whether a map is a cell that its column's rule leaves as it is: `{fixed: 1280}`."""
    return node.kind == "map" and [key.text for key, _ in node.pairs] == ["fixed"]


def misprinted(node: Node, problems: Problems) -> tuple[Misprint | None, Node | None]:
    """Return what `{is: .., printed: .., erratum: ..}` declares, and the node of the right value."""
    found = keyed(node, "a cell", MISPRINT_KEYS if is_misprint(node) else None, problems)
    missing = [key for key in MISPRINT_KEYS if key not in found]
    if missing:
        if "is" in found:
            sentence = f"a misprint is `{{is: .., printed: .., erratum: ..}}`; {listing(missing)} is missing"
        else:
            sentence = (
                "a cell must be an expression, a list or `{is: .., printed: .., erratum: ..}`, not another map; "
                "a value for each value of a setting needs a column of `columns`"
            )
        problems.add(sentence, node.mark)
        return None, None
    if found["is"].null:
        problems.add("`is` holds the right value: it cannot be empty", node.mark)
    printed, mark = text(found["printed"], "`printed`", problems), found["printed"].mark
    if printed and printed == found["is"].text:
        problems.add(f"this is not an erratum: `is` and `printed` are both {quote(printed)}", mark)
    return Misprint(printed, text(found["erratum"], "`erratum`", problems), mark), found["is"]


def row_name(node: Node, what: str, problems: Problems) -> str:
    """Return a row's name, which may begin with a digit, as `3a`, where it does not read as a number or a size."""
    plain = node.kind == "scalar" and len(node.text) <= 60 and ROW_NAME.match(node.text)
    return node.text if plain and node.text[0].isdigit() else name(node, what, problems)


def name(node: Node, what: str, problems: Problems) -> str:
    """Return a name: letters, digits and `_`, no digit first; an empty string where it is not a name."""
    if node.kind == "scalar" and (node.text in NOT_TRUTHS or node.text in ("true", "false", "none")):
        problems.add(f"{quote(node.text)} is a reserved word and cannot name {what}", node.mark)
        return ""
    if node.kind == "scalar" and NAME.match(node.text) and len(node.text) <= 60:
        return node.text
    problems.add(f"{what} must have a name of letters, digits and `_`, not {shown(node)}", node.mark)
    return ""


def text(node: Node, what: str, problems: Problems) -> str:
    """Return a free text of one line."""
    if node.kind != "scalar" or node.null or node.blank:
        problems.add(f"{what} must be a text, not {shown(node)}", node.mark)
        return ""
    return node.text


def truth(node: Node, what: str, problems: Problems) -> bool:
    """Return `true` or `false`."""
    if node.kind != "scalar" or node.text not in ("true", "false"):
        problems.add(f"{what} must be true or false, not {shown(node)}", node.mark)
    return node.text == "true"


def refs(node: Node, problems: Problems) -> tuple[Ref, ...]:
    """Return what `from` names: names of rows and inputs, or -1, -2 for rows back."""
    if node.null:
        return ()
    nodes = node.items if node.kind == "list" else (node,)
    if not nodes or len(nodes) > MAX_REFS:
        problems.add(f"`from` must name 1 to {MAX_REFS:,} rows, not {len(nodes)}", node.mark)
        return ()
    return tuple(ref for ref in (_ref(item, problems) for item in nodes) if ref)


def output_names(node: Node, what: str, problems: Problems) -> tuple[Ref, ...]:
    """Return the rows whose values a network or block gives, by their names."""
    found = refs(node._replace(kind="list", items=(node,)) if node.kind == "scalar" else node, problems)
    for ref in found:
        called = ref.output or ref.name
        if not called or called in ("c", "h", "w"):
            problems.add(f"{what} has names of rows; `c`, `h` and `w` are read of a size", ref.mark)
    return found


def _ref(node: Node, problems: Problems) -> Ref | None:
    back = re.fullmatch(r"-([1-9][0-9]{0,5})", node.text) if node.kind == "scalar" else None
    if back:
        return Ref(node.mark, back=int(back[1]))
    text, dot, output = node.text.partition(".") if node.kind == "scalar" else ("", "", "")
    if (NAME.match(text) or ROW_NAME.match(text)) and bool(dot) == bool(NAME.match(output)):
        return Ref(node.mark, text, output=output)
    problems.add(f"`from` takes names of rows and inputs, or -1, -2 for rows back, not {shown(node)}", node.mark)
    return None
