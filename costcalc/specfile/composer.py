"""YAML text -> a tree of nodes with marks, bounded before anything is built from it."""

from contextlib import suppress

import yaml

from costcalc.common.errors import LINE_END, Mark, Source, SpecError, clean, quote
from costcalc.specfile.tree import SPEC, FileKind, Node, hidden_in

MAX_NESTING = 64
MAX_NODES = 100_000  # after aliases are written out
MAX_ALIASED = 64 * 1024  # characters of text that aliases write out
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def compose(source: Source, kind: FileKind = SPEC) -> Node:
    """Return the tree of a source's one YAML document; raise SpecError with the place of any fault."""
    builder = _Builder(source, kind)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):  # the event stream nests nothing, so it cannot overflow
            builder.take(event)
    except yaml.YAMLError as error:
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
        hidden = hidden_in(event.value)  # an escape such as "\x1b" can write one
        if hidden is not None:
            character = ord(event.value[hidden])
            raise SpecError(f"the text contains the invisible character U+{character:04X}", mark)
        if event.anchor and plain and not event.value:
            sentence = f"{quote(f'&{event.anchor}')} is a YAML anchor of nothing: quote a text that starts with `&`"
            raise SpecError(sentence, self.mark(event))
        self.close(event, Node(mark, "scalar", event.value, plain, length=len(event.value)))

    def alias(self, event: yaml.AliasEvent) -> None:
        """Add the node that an alias is for."""
        node = self.anchors.get(event.anchor or "")
        if node is None:
            raise SpecError(
                f"{quote(f'*{event.anchor}')} is a YAML alias of nothing: quote an expression that starts with `*`",
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


BRACKETS = {"{": "}", "[": "]"}


def _wrapped(source: Source, error: yaml.YAMLError) -> SpecError:
    """Return a YAML parser's error as one of ours."""
    mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error).split("\n")[0]
    for sign, closing in BRACKETS.items():
        if context and f"expected ',' or '{closing}'" in problem:
            if mark is None or mark.line != context.line:
                return SpecError(
                    f"not YAML: this `{sign}` is not closed", Mark(source, context.line + 1, context.column + 1)
                )
            problem = f"a `,` or a `{closing}` is expected"
    if context and (mark is None or not source.line(mark.line + 1).strip()):
        mark = context  # such as where a quote begins that the end of the file leaves open
    where = Mark(source, mark.line + 1, mark.column + 1) if mark else Mark(source, 1, 1)
    if not source.line(where.line).strip():
        lines = LINE_END.split(source.text.rstrip())
        where = Mark(source, len(lines), max(1, len(lines[-1])))
    begins = Mark(source, context.line + 1, context.column + 1) if context else where
    open_part = clean(getattr(error, "context", None) or "")
    notes = [f"{open_part} that begins at {begins}"] if open_part and begins.line != where.line else []
    return SpecError(f"not YAML: {clean(problem)}{_hint(source.line(where.line))}", where, notes)


def _hint(line: str) -> str:
    """Return what most often is behind a YAML error on such a line."""
    hints = {
        "*": "an expression that starts with `*`",
        "!": "a text that starts with `!`",
        "&": "a text that starts with `&`",
        "%": "a text that starts with `%`",
        "@": "a text that starts with `@`",
        "`": "a text that starts with a backtick",
    }
    if ": " in line.partition(": ")[2] and not set("[{") & set(line):
        return ": quote a text that has `: ` in it"
    for cell in line.replace("[", ",").replace("{", ",").replace(":", ",").split(","):
        start = cell.strip()[:1]
        if start in hints:
            return f": quote {hints[start]}"
    return ""
