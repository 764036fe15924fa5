"""What a file may hold, declared key by key, and the one walker that reads it and collects what is wrong."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from costcalc.common.errors import (
    Mark,
    Problems,
    SpecError,
    TooManyError,
    listing,
    offered,
    quote,
)
from costcalc.network.metrics import CONVENTIONS
from costcalc.specfile.cells import cell, entries, keyed, name, shape, shown, text, truth
from costcalc.specfile.tree import MAX_BYTES, FileKind, Node

MAX_ENTRIES = 100  # settings, arguments of a block, variants, exact totals: each is looked at again for many others


class Record(Problems):
    """A map that is being read: its nodes by key, the values of its keys so far, and the maps around it.

    What is wrong is added to it; `outer` is the map that holds it, `file` the one that holds them all.
    """

    def __init__(self, mark: Mark, outer: Problems) -> None:
        self.found = outer.found
        self.outer = outer if isinstance(outer, Record) else self
        self.file: Record = self if self.outer is self else self.outer.file
        self.mark = mark
        self.nodes: Mapping[str, Node] = {}
        self.values: dict[str, Any] = {}
        self.broken: set[str] = set()  # keys with a fault in what they hold: what is missing may follow from it

    def shared(self, built: Any) -> dict[str, Any]:
        """Return the values of the keys that a NamedTuple has under the same names."""
        return {key: value for key, value in self.values.items() if key in built._fields}


Reader = Callable[[Node, str, Record], Any]  # (node, what errors call it, the map that holds it) -> value or None


class Kind(NamedTuple):
    """A kind of value: what it is called, and its reader, which notes what is wrong and returns a stand-in or None.

    `words` are the only values that there are; `of` is the kind of each entry of a list or a map.
    """

    name: str
    read: Reader
    words: Collection[str] = ()
    of: "Kind | Form | None" = None


TEXT = Kind("text", text)
TRUTH = Kind("truth", truth)
SHAPE = Kind("shape", shape)
CELL = Kind("cell", lambda node, what, record: cell(node, record))


class Key(NamedTuple):
    """One key of a map: what it is for, the kind of its value, whether a file needs it, and its value unless said.

    `why` follows the key in the sentence that says that it is missing; `instead` is another key that a file may have in
    place of this one, and not with it.
    """

    name: str
    doc: str
    kind: "Kind | Form" = TEXT
    required: bool = False
    default: Any = None
    why: str = ""
    instead: str = ""


class Form(NamedTuple):
    """A map of known keys: what errors call it, its keys in the order of reading, and what is built of their values.

    `start` returns values that hold before a key is read. Nothing is built where a required value is missing. `called`
    is what errors call a whole file, if that differs, and `most` how many bytes it may have.
    """

    what: str
    keys: tuple[Key, ...]
    build: Callable[[Record], Any]
    start: Callable[[Record], Mapping[str, Any]] = lambda record: {}
    called: str = ""
    most: int = MAX_BYTES
    name: str = "map"

    @property
    def file(self) -> FileKind:
        """What a file of this form is, before it is read."""
        return FileKind(self.called or self.what, f"{self.what} needs {listing(self.required)}", self.most)

    @property
    def noun(self) -> str:
        """What errors call a file, without its article."""
        return self.file.what.partition(" ")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the keys."""
        return tuple(key.name for key in self.keys)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the keys that a file needs."""
        return tuple(key.name for key in self.keys if key.required)

    def read(self, node: Node, what: str, outer: Problems) -> Any:
        """Return what is built of a map, or None where it lacks what every one has."""
        record, what = Record(node.mark, outer), self.what or what
        record.nodes = keyed(node, what, self.names, record)
        record.values = {key.name: key.default for key in self.keys if key.default is not None}
        record.values.update(self.start(record))
        for key in self.keys:
            found = record.nodes.get(key.name)
            other = record.nodes.get(key.instead)
            if found and other:
                record.add(f"{what} has {quote(key.name)} or {quote(key.instead)}, not both", other.mark)
            if found is None and other is None and key.required:
                record.add(f"{what} needs {quote(key.name)}{key.why}", node.mark)
            faults = len(record.found)
            value = None if found is None else key.kind.read(found, quote(key.name), record)
            if len(record.found) > faults:
                record.broken.add(key.name)
            if value is not None:
                record.values[key.name] = value
        missing = [
            key for key in self.keys if key.required and not {key.name, key.instead or key.name} & record.values.keys()
        ]
        return None if missing else self.build(record)


def read(root: Node, form: Form) -> tuple[Any, list[SpecError]]:
    """Return what a file's tree says, or None where it lacks what every such file has, and all that is wrong."""
    problems = Problems()
    with suppress(TooManyError):
        return form.read(root, "", problems), problems.found
    return None, problems.found


def few(node: Node, noun: str, record: Record) -> tuple[Node, ...]:
    """Return the entries of a list; refuse more of them, or keys of a map, than any file has use for."""
    count = len(node.items) + len(node.pairs)
    if noun and count > MAX_ENTRIES:
        record.add(f"{count:,} {noun}; at most {MAX_ENTRIES} are allowed", node.mark)
        raise TooManyError
    return node.items


def parsed(kind: str, parse: Callable[[str], Any], otherwise: str, instead: Any = None) -> Kind:
    """Return the kind of a text that `parse` reads.

    Where that raises ValueError or returns None, the error is `otherwise` and the value `instead`.
    """

    def read(node: Node, what: str, record: Record) -> Any:
        with suppress(ValueError):
            value = parse(node.text) if node.kind == "scalar" else None
            if value is not None:
                return value
        record.add(f"{otherwise.format(what)}, not {shown(node)}", node.mark)
        return instead

    return Kind(kind, read)


def one_of(words: Collection[str]) -> Kind:
    """Return the kind of one of some words."""

    def read(node: Node, what: str, record: Record) -> str:
        word = text(node, what, record)
        if word and word not in words:
            record.add(f"{what}: unknown name {quote(word)}{offered(word, words)}", node.mark)
        return word

    return Kind("word", read, words)


def mapping(
    of: "Kind | Form",
    called: str = "{}",
    known: Collection[str] | None = None,
    names: str = "",
    noun: str = "",
    empty: str = "",
) -> Kind:
    """Return the kind of a map from names, or from `known` ones, to values; `called` is what errors call a value.

    `names` is what a key names, if it must look like a name; `noun` counts the entries, if few are allowed;
    `empty` refuses a map without any.
    """

    def read(node: Node, what: str, record: Record) -> dict[str, Any]:
        found = {}
        few(node, noun, record)
        if empty and not node.pairs:
            record.add(empty, node.mark)
        for key, entry in entries(node, what, known, record):
            if names:
                name(key, names, record)
            value = of.read(entry, called.format(quote(key.text)), record)
            if value is not None:
                found[key.text] = value
        return found

    return Kind("map", read, known or (), of)


def several(of: "Kind | Form", is_list: str = "", most: int | None = None) -> Kind:
    """Return the kind of a list of values; `is_list` says what errors call a list that must be one, of 1 to `most`."""

    def read(node: Node, what: str, record: Record) -> tuple[Any, ...]:
        if is_list and (node.kind != "list" or (most and not 0 < len(node.items) <= most)):
            record.add(f"{what} must be {is_list}, not {shown(node)}", node.mark)
            return ()
        found = (of.read(item, what, record) for item in node.items)
        return tuple(value for value in found if value is not None)

    return Kind("list", read, of=of)


def _convention(node: Node, what: str, record: Record) -> str:
    label = text(node, what, record)
    if label and label not in CONVENTIONS:
        record.add(f"unknown convention {quote(label)}{offered(label, CONVENTIONS)}", node.mark)
    return label


CONVENTION = Kind("word", _convention, CONVENTIONS)


def unique(items: Iterable[Any], problems: Problems) -> None:
    """Refuse an `id` that several entries of a file have."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            problems.add(f"id {quote(item.id)} is used twice", item.mark)
        seen.add(item.id)
