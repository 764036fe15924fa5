"""YAML text -> a tree of nodes with marks, bounded before anything is built from it."""

import re
from contextlib import suppress
from typing import NamedTuple

import yaml

from costcalc.common.budget import BUDGET, NODE
from costcalc.common.errors import LINE_END, Mark, Source, SpecError, clean, quote
from costcalc.specfile.tree import SPEC, FileKind, Node, hidden_in

MAX_NESTING = 64
MAX_NODES = 100_000  # after aliases are written out
MAX_ALIASED = 64 * 1024  # characters of text that aliases write out
ITEMS = ("-{", "-[")  # rows without the space that makes them rows
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(source: Source, kind: FileKind = SPEC) -> Node:
    """Return the tree of a source's one YAML document; raise SpecError with the place of any fault."""
    builder = _Builder(source, kind)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):  # the event stream nests nothing, so it cannot overflow
            builder.take(event)
    except (yaml.YAMLError, ValueError) as error:  # which PyYAML's own parser raises for a character over U+10FFFF
        for mark in (error.problem_mark, error.context_mark) if isinstance(error, yaml.MarkedYAMLError) else ():
            _refuse_depth(source, kind, mark.index if mark else 0)
        raise _wrapped(source, error) from None
    if builder.root is None or builder.root.null:
        raise SpecError(f"the file is empty: {kind.needs}", Mark(source, 1, 1))
    return builder.root


def _refuse_depth(source: Source, kind: FileKind, end: int) -> None:
    """Raise SpecError where the text before an offset is nested too deep.

    A scanner reads ahead of its events: it may stop at a fault, or at a bound of its own, before an event tells of
    brackets that it has read. The text up to there has no such fault, and so gives those events.
    """
    text, depth = source.text[:end], 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_NESTING:
                break
    if depth > MAX_NESTING:
        builder = _Builder(source, kind)
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)


class _Builder:
    """Takes parser events one by one and builds nodes, within the bounds."""

    def __init__(self, source: Source, kind: FileKind) -> None:
        self.source = source
        self.kind = kind
        self.root: Node | None = None
        self.open: list[tuple[yaml.SequenceStartEvent | yaml.MappingStartEvent, list[Node]]] = []
        self.anchors: dict[str, Node] = {}
        self.documents = 0
        self.nodes = 0
        self.aliased = 0

    def take(self, event: yaml.Event) -> None:
        """Add one event to the tree."""
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                what = self.kind.what.partition(" ")[2]
                raise SpecError(f"a second YAML document: a file holds one {what}", self.mark(event))
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self.check_tag(event)
            self.scalar(event)
        elif isinstance(event, (yaml.SequenceStartEvent, yaml.MappingStartEvent)):
            self.check_tag(event)
            if len(self.open) >= MAX_NESTING:
                raise SpecError(f"nested over {MAX_NESTING} deep", self.mark(event))
            self.open.append((event, []))
        elif isinstance(event, (yaml.SequenceEndEvent, yaml.MappingEndEvent)):
            start, nodes = self.open.pop()
            self.close(start, self.collection(start, nodes))

    def scalar(self, event: yaml.ScalarEvent) -> None:
        """Add a scalar, which shows all that it says."""
        mark, plain = self.scalar_mark(event), event.style in (None, "")
        if plain and event.value[:2] in ITEMS:
            raise SpecError("not YAML: a space is expected after this `-`", self.mark(event))
        hidden = hidden_in(event.value)  # an escape such as "\x1b" can write one
        if hidden is not None:
            character = ord(event.value[hidden])
            raise SpecError(f"the text contains the invisible character U+{character:04X}", mark)
        if event.anchor and plain and not event.value:
            sentence = f"{quote(f'&{event.anchor}')} is an empty YAML anchor; quote a text that starts with `&`"
            raise SpecError(sentence, self.mark(event))
        self.close(event, Node(mark, "scalar", event.value, plain, length=len(event.value)))

    def alias(self, event: yaml.AliasEvent) -> None:
        """Add the node that an alias is for."""
        node = self.anchors.get(event.anchor or "")
        if node is None:
            raise SpecError(
                f"{quote(f'*{event.anchor}')} is an unknown YAML alias; quote an expression that starts with `*`",
                self.mark(event),
            )
        self.count(node.size, event)
        self.aliased += node.length
        if self.aliased > MAX_ALIASED:
            raise SpecError(f"aliases write out more than {MAX_ALIASED:,} characters", self.mark(event))
        self.add(node)

    def check_tag(self, event: yaml.NodeEvent) -> None:
        """Refuse YAML tags, which nothing here has a use for."""
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            raise SpecError(
                f"{quote('!' + tag.lstrip('!'))} is a YAML tag, of which {self.kind.what} has none: "
                "quote a text that starts with `!`",
                self.mark(event),
            )

    def collection(self, start: yaml.SequenceStartEvent | yaml.MappingStartEvent, nodes: list[Node]) -> Node:
        """Return the node of a finished list or map."""
        size, length = 1 + sum(node.size for node in nodes), sum(node.length for node in nodes)
        flow = bool(start.flow_style)
        if isinstance(start, yaml.SequenceStartEvent):
            return Node(self.mark(start), "list", flow=flow, items=tuple(nodes), size=size, length=length)
        pairs = tuple(zip(nodes[::2], nodes[1::2], strict=True))
        return Node(self.mark(start), "map", flow=flow, pairs=pairs, size=size, length=length)

    def close(self, event: yaml.NodeEvent, node: Node) -> None:
        """Add a finished node, and remember it under its anchor."""
        self.count(1, event)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node)

    def add(self, node: Node) -> None:
        """Join a node to the collection that is open, or make it the root."""
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = node

    def count(self, nodes: int, event: yaml.Event) -> None:
        """Count nodes as if aliases were written out, within the bound."""
        self.nodes += nodes
        BUDGET.spend(nodes * NODE, "the nodes of files", self.mark(event))
        if self.nodes > MAX_NODES:
            raise SpecError(f"more than {MAX_NODES:,} nodes once aliases are written out", self.mark(event))

    def mark(self, event: yaml.Event) -> Mark:
        """Return the place where an event starts, one character wide."""
        start = event.start_mark
        assert start is not None
        return Mark(self.source, start.line + 1, start.column + 1)

    def scalar_mark(self, event: yaml.ScalarEvent) -> Mark:
        """Return the place of a scalar's text: inside the quotes, where it is there as it is."""
        start, end = event.start_mark, event.end_mark
        assert start is not None
        assert end is not None
        raw = end.column - start.column if start.line == end.line else 1
        inside = event.style in ("'", '"') and raw - 2 == len(event.value)
        return Mark(self.source, start.line + 1, start.column + 1 + inside, raw - 2 * inside)


class _Saying(NamedTuple):
    """What a YAML parser says, in our words: the first row of the table that fits is meant.

    `said` is found in the parser's words; `before` in the text up to the fault, `here` at the fault. The caret is at
    the fault; with `at`, where the part begins that is not right, or at the last such character before the fault.
    """

    said: str
    sentence: str
    at: str = ""
    here: str = ""
    before: str = ""


PART, LOOKED_AT = "part", 1_000  # characters before a fault
AFTER = "block mapping|block collection|document start"
INDENTED = "this line is indented too little or too far"
# libyaml's sentences and those of PyYAML's own parser; `{}` is the character at the caret
SAYINGS = (
    _Saying("nesting", f"nested over {MAX_NESTING} deep"),
    _Saying("", "a tab is not allowed here: use spaces", here=r"\t"),
    _Saying(f"mapping values|{AFTER}", "a tab is not allowed here: use spaces", "\t", before=r"(?m)^ *\t.*\Z"),
    _Saying(r"expected ',' or '[]}]'.* below", "this `{}` is not closed", PART),
    _Saying("expected ',' or '}'", "a `,` or a `}}` is expected"),
    _Saying("expected ',' or ']'", "a `,` or a `]` is expected"),
    _Saying("quoted scalar.* unexpected", "this quote is not closed", PART),
    _Saying("quoted scalar", r"a `\` in double quotes begins an escape: write `\\`, or use single quotes", "\\"),
    _Saying("directive|incompatible|duplicate", "quote a text that starts with `%`", "%"),
    _Saying("document start", "quote a text that starts with `%`", before=r"(?m)^%.*\n\Z"),
    _Saying("an alias", "quote an expression that starts with `*`", PART),
    _Saying("an anchor|a tag|block scalar|parsing a node", "quote a text that starts with `{}`", PART),
    _Saying("start any token", "quote a text that starts with a backtick", here="`"),
    _Saying("start any token", "quote a text that starts with `{}`"),
    _Saying("simple key", "a `: ` is expected after this key", PART),
    _Saying("sequence entries", "a `-` is not allowed here: begin the list on the next line, or quote the text"),
    _Saying("mapping keys", "a `?` is not allowed here: quote a text that starts with `?`"),
    _Saying("mapping values", "quote a text that has `: ` in it", before=r": .*\Z"),
    _Saying("mapping values", INDENTED, before=r"(?m)^( *)[^ \n].*\n(?: *\n)*\1 +[^ \n].*\Z"),
    _Saying("mapping values", "a key is not allowed here: the text before it has no `: `"),
    _Saying("unexpected ':'", "quote a text that has `:` in it"),
    _Saying(f"{AFTER}|node", "this `{}` closes nothing", here=r"[]}]"),
    _Saying("node", "a value is missing before this `,`", here=","),
    _Saying("node", "a value is expected here"),
    _Saying("document start", "quote a text that starts with `{}`", here="[*&!]"),
    _Saying(AFTER, "this `,` is not allowed here", here=","),
    _Saying(AFTER, "a space is expected after this `-`", here=r"-\S"),
    _Saying(AFTER, "a key is expected before this `:`", here=":"),
    _Saying(
        AFTER, "a text ends at its closing quote: quote all of it, with each quote in it twice", before=r"['\"] *\Z"
    ),
    _Saying(AFTER, "a list or map ends at its closing bracket: quote a text that starts with one", before="[]}] *\\Z"),
    _Saying("document start", "a file ends at `...`", before=r"(?m)^\.\.\."),
    _Saying("document start", "a file ends with its one list or map"),
    _Saying("block mapping", INDENTED),
    _Saying("block collection", INDENTED, here="- "),
    _Saying("block collection", "a `- ` is expected here, or another indentation"),
    _Saying("", "the file cannot be read as YAML from here on"),
)


def _wrapped(source: Source, error: Exception) -> SpecError:
    """Return a YAML parser's error as one of ours."""
    fault, part = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    text, index = source.text, fault.index if fault else 0
    below = " below" if part and (fault is None or fault.line != part.line) else ""
    said = f"{getattr(error, 'context', None)} {getattr(error, 'problem', None)}{below}"
    before, here = text[max(0, index - LOOKED_AT) : index], text[index : index + 2]
    saying = next(
        saying
        for saying in SAYINGS
        if re.search(saying.said, said) and re.match(saying.here, here) and re.search(saying.before, before)
    )
    place = part if saying.at == PART and part else fault
    where = Mark(source, place.line + 1, place.column + 1) if place else Mark(source, 1, 1)
    line = source.line(where.line)
    if not line.strip() and saying.at != "\t":
        lines = LINE_END.split(text.rstrip())
        where = Mark(source, len(lines), max(1, len(lines[-1])))
    elif saying.at not in ("", PART):
        where = where._replace(column=max(line.rfind(saying.at, 0, where.column), 0) + 1)
    shown = source.line(where.line)[where.column - 1 :][:1]
    return SpecError(f"not YAML: {saying.sentence.format(clean(shown))}", where)
