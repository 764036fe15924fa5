"""The questions of an assignment's file: what each asks, of which layers, and how far an answer may be off."""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from costcalc.causes.answers import StatedSize, Tolerance, read_answer
from costcalc.causes.catalogue import CATALOGUE
from costcalc.common.errors import listing, offered, quote, suggest
from costcalc.common.notation import read_figure
from costcalc.common.units import shown_value
from costcalc.language.expr import Value, parse
from costcalc.language.spec import EMPTY, Cell, Definition, Rows, Setting
from costcalc.network.compress import LAYOUTS
from costcalc.network.figures import FIGURES, not_of_network
from costcalc.network.memory.policy import POLICIES
from costcalc.network.metrics import CONVENTIONS, DTYPE_BITS
from costcalc.ops import OPS, WORDS
from costcalc.ops.shape import Shape
from costcalc.specfile.cells import cell, entries, key_marks, name, shown, text
from costcalc.specfile.fields import CELL, SHAPE, TRUTH, Form, Key, Kind, Record, mapping, one_of, parsed
from costcalc.specfile.rows import RowReader
from costcalc.specfile.tree import Node
from costcalc.teaching.asking import (
    ASKS,
    OF_LAYERS,
    AskedChoice,
    AskedFit,
    AskedHours,
    AskedNothing,
    AskedStorage,
    AskedValue,
    Asking,
    Option,
)
from costcalc.teaching.assignments import Credit, Follows, Question, Target

MOST_DIGITS = 1_000  # of how far an answer may be off: any answer is right then
TOLERANCES = ("rel", "abs", "digits")
ELEMENTS = ("params", "weights", "bias", "norm", "stats", "activations")  # what takes memory, if its bytes are asked
WITH_POLICY = ("peak", "features")  # what a policy of `memory` changes
MAX_QUESTIONS = 200
MAX_PARTS = 26  # of one question, a letter each
MAX_TRIED = 200  # values of a setting that is solved for
MAX_DIGITS = 15
HOW_MANY = "{} must be a number such as 2 or 0.5"
NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?\Z", re.ASCII)


# the layers that a question is about


def _layer(node: Node, what: str, record: Record) -> Rows:
    """Read the layers that a question gives itself: one, or a list where each reads the one before."""
    rows = node if node.kind == "list" else node._replace(kind="list", items=(node,), pairs=())
    return RowReader(record, frozenset(), frozenset()).rows(rows, what)


def _target(record: Record) -> Target | None:
    """Return which layers are meant: `layer` and `in`, or `spec`, perhaps a part of it."""
    nodes, found = record.nodes, record.values
    if ("layer" in nodes) == ("spec" in nodes):
        sentence = "a question is about a `layer` with its input `in`, or about a `spec`: give one of them"
        record.add(sentence, record.mark)
        return None
    if "layer" in nodes and "in" not in nodes:
        sentence = "a `layer` needs `in`, its input: [channels, height, width]"
        record.add(sentence, nodes["layer"].mark)
        return None
    other = "at" if "layer" in nodes else "in"
    if other in nodes:
        record.add(
            f"{quote(other)} is only allowed with {quote('spec' if other == 'at' else 'layer')}", nodes[other].mark
        )
    picks: dict[str, Any] = {key: found.get(key, "") for key in ("part", "kind")}
    if all(picks.values()):
        record.add(f"{listing(picks)} each say which layers are meant: give one", record.mark)
    picks["places"] = {key: node.mark for key, node in nodes.items()}
    if "layer" in nodes:
        return Target(record.mark, _own(record), **picks)
    return Target(nodes["spec"].mark, None, found["spec"], found.get("at", EMPTY), **picks)


def _own(record: Record) -> Definition:
    """Return a spec of the layers that a question gives itself, with what is drawn as its settings."""
    node, draws = record.nodes["layer"], record.file.values["draw"]
    marks = key_marks(record.file.nodes["draw"]) if draws else {}
    settings = {
        key: Setting(key, marks[key], Cell(marks[key], parse(shown_value(values[0])))) for key, values in draws.items()
    }
    return Definition(
        name="the layer" if node.kind == "map" else "the layers",
        mark=node.mark,
        input=record.values["in"],
        rows=record.values["layer"],
        settings=settings,
        words=WORDS | OPS.keys() | {value for values in draws.values() for value in values if type(value) is str},
    )


TARGET = (
    Key("layer", "a row of a spec, or a list where each reads the one before", Kind("rows", _layer)),
    Key("in", "the input of the layer: [channels, height, width]", SHAPE),
    Key("spec", "a bundled spec"),
    Key("at", "settings of the spec", mapping(CELL)),
    Key("part", "the layer or block that is meant, by its path"),
    Key("kind", "the kind of layer that is meant, such as FC"),
)
VERSUS = Form("`versus`", TARGET, _target)


# questions


def _amount(node: Node, what: str, record: Record) -> Fraction | None:
    """Read how far an answer may be off."""
    given = text(node, what, record)
    if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS:
        return Fraction(given)
    try:
        return read_figure(given).value
    except ValueError as error:
        record.add(str(error), node.mark)
        return None


def _tolerance(record: Record) -> Tolerance | None:
    """Return how far an answer may be off."""
    kinds = [kind for kind in TOLERANCES if kind in record.nodes]
    if len(kinds) > 1:
        record.add(f"{listing(kinds)} are several tolerances: give one", record.nodes[kinds[0]].mark)
    if not kinds or kinds[0] not in record.values:
        return None
    kind, amount = kinds[0], record.values[kinds[0]]
    if kind == "digits" and not (amount.denominator == 1 and 1 <= amount <= MAX_DIGITS):
        node = record.nodes[kind]
        record.add(f"`digits` must be a whole number from 1 to {MAX_DIGITS}, not {shown(node)}", node.mark)
        return None
    return Tolerance(kind, amount)


def _question(record: Record) -> Question | None:
    """Return one question, which asks for what goes together."""
    nodes, found, ask = record.nodes, record.values, record.values["ask"]
    _check_keys(record)
    asking = _asking(record) if ask in ASKS else None
    if ask in ASKS and asking is None:
        return None
    target = _target(record) if ask not in ASKS or ask in OF_LAYERS else Target(None)
    if target is None:
        return None
    fields = {**record.shared(Question), "mark": nodes["id"].mark, "target": target, "asking": asking}
    fields["printed"] = "as" in found
    fields.pop("bits", None)  # of what is stored, and not of an element
    figure = FIGURES.get(ask)
    bits = DTYPE_BITS.get(found.get("dtype", "fp32" if figure and figure.typed else ""), 0)
    marks = {key: node.mark for key, node in nodes.items()}
    if "follows" in found:
        fields["follows"] = Follows(found["follows"], nodes["follows"].mark, found.get("by"))
    elif "by" in nodes:
        record.add("`by` goes with `follows`", nodes["by"].mark)
    question = Question(**fields, bits=bits, tolerance=_tolerance(record), places=marks)
    if asking is None:
        _check_figure(question, record)
    return question


def _check_keys(record: Record) -> None:
    """Check that a question has the keys that what it asks takes, and those that it needs."""
    nodes, ask = record.nodes, record.values["ask"]
    takes, needed = ASKS.get(ask, ((), 0))
    for key in takes[:needed]:
        if key not in nodes:
            record.add(f"`ask: {ask}` needs {quote(key)}", nodes["ask"].mark)
    others = {key: other for other, (keys, _) in ASKS.items() for key in keys}
    for key in nodes:
        if key in others and key not in takes:
            record.add(f"{quote(key)} goes with `ask: {others[key]}`", nodes[key].mark)
        elif ask in ASKS and key in NOT_TAKEN and key not in _also_taken(ask):
            record.add(f"{quote(key)} is not allowed with `ask: {ask}`", nodes[key].mark)
    if "policy" in nodes and ask not in WITH_POLICY:
        record.add("`policy` goes with `ask: peak` or `ask: features`", nodes["policy"].mark)


def _also_taken(ask: str) -> tuple[str, ...]:
    """Return the keys of layers and tolerances that an `ask` besides figures takes too."""
    tolerances = () if ask in ("choice", "text") else TOLERANCES
    return (*tolerances, *LAYER_KEYS) if ask in OF_LAYERS else tolerances


def _asking(record: Record) -> Asking | None:
    """Return what is asked besides a figure of layers; None where it cannot be read, which is noted."""
    found, (takes, needed) = record.values, ASKS[record.values["ask"]]
    if any(key not in found for key in takes[:needed]):
        return None
    made: Asking | None = _MADE[found["ask"]](record)
    return made


def _choice(record: Record) -> AskedChoice | None:
    """Return a choice, whose right answer is one of its answers."""
    options, right = record.values["choices"], record.values["right"]
    if right not in options:
        record.add(f"`right` must be one of {listing(options)}, not {quote(right)}", record.nodes["right"].mark)
        return None
    return AskedChoice(options, right)


def _fit(record: Record) -> AskedFit:
    """Return a setting that is solved for."""
    ((over, values),) = record.values["over"].items()
    return AskedFit(over, values, record.values["budget"], record.nodes["over"].mark)


_MADE: Mapping[str, Callable[[Record], Asking | None]] = {
    "choice": _choice,
    "value": lambda record: record.values["is"],
    "text": lambda record: AskedNothing(),
    "hours": lambda record: AskedHours(record.values["images"], record.values["rate"]),
    "fit": _fit,
    "compressed": lambda record: AskedStorage(**record.shared(AskedStorage)),
}


def _check_figure(question: Question, record: Record) -> None:
    """Check that a figure is asked of what has it."""
    nodes, figure = record.nodes, FIGURES.get(question.ask)
    if question.target.name and not question.target.part and not_of_network(question.ask):
        record.add(f"{not_of_network(question.ask)}; add `part`", nodes["ask"].mark)
    if question.share and figure and (not figure.sums or figure.kind == "decimal"):
        record.add(f"`share` is not allowed for {quote(question.ask)}: it is not a sum over layers", nodes["ask"].mark)
    if question.share and question.versus:
        record.add("a question asks for a `share` or for a ratio (`versus`), not for both", nodes["ask"].mark)
    if question.ask == "out" and (question.share or question.versus or question.tolerance):
        record.add("an output size has no share, no ratio and no tolerance", nodes["ask"].mark)
    typed = [name for name, other in FIGURES.items() if other.typed]
    plain = question.ask not in ELEMENTS or question.share or question.versus
    if "dtype" in nodes and question.ask not in typed and plain:
        sentence = f"`dtype` asks for the bytes of elements: {listing(ELEMENTS)}; it goes with {listing(typed)} too"
        record.add(sentence, nodes["dtype"].mark)
    if question.convention:
        _check_convention(question, record)


def _check_convention(question: Question, record: Record) -> None:
    """Check that a convention counts what is asked."""
    counts = FIGURES[question.ask].follows if question.ask in FIGURES else ""
    known = [key for key, convention in CONVENTIONS.items() if convention.measures == counts]
    if question.convention not in known:
        there = offered(question.convention, known) if known else f"; {quote(question.ask)} has none"
        sentence = f"unknown convention {quote(question.convention)} for {quote(question.ask)}{there}"
        record.add(sentence, record.nodes["convention"].mark)


def _policy(node: Node, what: str, record: Record) -> tuple[str, ...]:
    """Read names of policies: one, or a list."""
    names = [text(item, what, record) for item in (node.items if node.kind == "list" else (node,))]
    for item in names:
        if item and item not in POLICIES:
            record.add(f"unknown policy {quote(item)}{offered(item, POLICIES)}", node.mark)
    return tuple(item for item in names if item in POLICIES)


def _choices(node: Node, what: str, record: Record) -> dict[str, Option]:
    """Read the answers to choose from, by their keys."""
    found = {}
    for key, value in entries(node, what, None, record):
        option = OPTION.read(value, "", record) if value.kind == "map" else Option(text(value, quote(key.text), record))
        if option:
            found[key.text] = option
    if len({key.casefold() for key in found}) < 2:
        record.add(f"{what} must be a map of two answers or more", node.mark)
    return found


def _stated(node: Node, what: str, record: Record) -> AskedValue | None:
    """Read a right value as it is written, or an expression over what is drawn."""
    written, draws = text(node, what, record), record.file.values["draw"]
    if set(words_of(node)) & draws.keys():
        found = cell(node, record)
        return AskedValue(None, found) if found else None
    try:
        answer = read_answer(written)
    except ValueError as error:
        record.add(str(error), node.mark)
        return None
    if isinstance(answer, StatedSize):
        if len(answer.sides) != 3:
            record.add(f"{what} must be a size of height x width x channels, not {shown(node)}", node.mark)
            return None
        height, width, channels = answer.sides
        return AskedValue(Shape(channels, height, width), None, "size")
    known = answer.dimension if answer.unit and answer.dimension in ("bytes", "share", "ratio") else ""
    return AskedValue(answer.value, None, known or ("count" if answer.value.denominator == 1 else "number"))


def _over(node: Node, what: str, record: Record) -> dict[str, tuple[Value, ...]] | None:
    """Read the setting that is solved for, with the values to try."""
    found = {}
    for key, value in entries(node, what, None, record):
        values = _steps(value, record) if value.kind == "map" else tuple(_number(item, record) for item in value.items)
        if not values or None in values or len(values) > MAX_TRIED:
            sentence = f"{quote(key.text)} needs 1 to {MAX_TRIED} numbers, or `{{from: .., to: .., by: ..}}`"
            record.add(sentence, value.mark)
            return None
        found[key.text] = values
    if len(found) != 1:
        record.add(f"{what} must be a map of one setting to its values", node.mark)
        return None
    return found  # type: ignore[return-value]


def _number(node: Node, record: Record) -> float | None:
    """Return a number of the values to try: whole ones as integers."""
    amount = _amount(node, "a value", record)
    return None if amount is None else int(amount) if amount.denominator == 1 else float(amount)


def _steps(node: Node, record: Record) -> tuple[float, ...]:
    """Return the values of a range of decimal steps, both ends included."""
    pairs = {key.text: _amount(value, quote(key.text), record) for key, value in node.pairs}
    start, end, by = (pairs.get(key) for key in ("from", "to", "by"))
    if start is None or end is None or by is None or by <= 0 or len(pairs) != 3:
        return ()
    steps = min(int((end - start) // by), MAX_TRIED) + 1
    values = (start + by * step for step in range(steps))
    return tuple(int(value) if value.denominator == 1 else float(value) for value in values)


def _budget(node: Node, what: str, record: Record) -> dict[str, Fraction] | None:
    """Read the limits of a budget, by the names of figures."""
    known = [name for name in FIGURES if not not_of_network(name)]
    pairs = entries(node, what, known, record)
    found = {
        key.text: amount for key, value in pairs if (amount := _amount(value, quote(key.text), record)) is not None
    }
    if not node.pairs:
        record.add(f"{what} must be a map of figures to limits, such as `{{macs: 300M}}`", node.mark)
    return found or None


def _share(node: Node, what: str, record: Record) -> Fraction | None:
    """Read a share, such as `30 %` or 0.3."""
    amount = _amount(node, what, record)
    if amount is not None and not 0 <= amount <= 1:
        record.add(f"{what} must be a share such as 30 % or 0.3, not {shown(node)}", node.mark)
        return None
    return amount


def _refused_parts(node: Node, what: str, record: Record) -> None:
    """Refuse parts of a part."""
    record.add("a part has no `parts` of its own", node.mark)


def _credit(node: Node, what: str, record: Record) -> Credit:
    """Read what a wrong answer gets: by the name of a mistake, `2 digits`, `within 5 %` or `within 1000`."""
    mistakes: dict[str, Fraction] = {}
    near: list[tuple[Tolerance, Fraction]] = []
    for key, value in entries(node, what, None, record):
        share, found = _share(value, quote(key.text), record), NEAR.match(key.text)
        if share is None:
            continue
        if key.text in CATALOGUE:
            mistakes[key.text] = share
        elif found and found["digits"]:
            near.append((Tolerance("digits", Fraction(found["digits"])), share))
        elif found:
            amount = _amount(key._replace(text=found["within"]), what, record)
            kind = "rel" if "%" in found["within"] else "abs"
            near += [(Tolerance(kind, amount), share)] if amount is not None else []
        else:
            sentence = f"unknown mistake {quote(key.text)}{offered(key.text, CATALOGUE)}"
            record.add(f"{sentence}; or write `2 digits` or `within 5 %`", key.mark)
    return Credit(mistakes, tuple(near))


def _names(node: Node, what: str, record: Record) -> tuple[str, ...]:
    """Read one id or two."""
    items = node.items if node.kind == "list" else (node,)
    if not 1 <= len(items) <= 2:
        record.add(f"{what} must be the id of a question before, or two of them", node.mark)
    return tuple(name(item, "a question", record) for item in items)


NEAR = re.compile(r"(?P<digits>[1-9]|1[0-5]) digits?\Z|within (?P<within>.+)\Z")
CREDIT = Kind("map", _credit)
FOLLOWS = Kind("names", _names)
SHARE = Kind("figure", _share)
BITS = parsed(
    "integer", lambda bits: int(bits) if bits.isdigit() and 1 <= int(bits) <= 64 else None, "{} must be 1 to 64"
)
OPTION = Form(
    "an answer to choose",
    (Key("text", "the answer in words", required=True), Key("why", "why it is wrong")),
    lambda record: Option(**record.shared(Option)),
)
CHOICES = Kind("choices", _choices, of=OPTION)
POLICY = Kind("names", _policy)
OVER = Kind("map", _over)
BUDGET = Kind("map", _budget)
LAYER_KEYS = tuple(key.name for key in TARGET)
NOT_TAKEN = (*LAYER_KEYS, "share", "versus", "convention", "dtype", "as", *TOLERANCES)
POINTS = parsed("number", lambda points: Fraction(points) if NUMBER.match(points) else None, HOW_MANY, Fraction(1))
ID = Kind("name", lambda node, what, record: name(node, "a question", record))
AMOUNT = Kind("figure", _amount)
QUESTION = Form(
    "a question",
    (
        Key("id", "what answers call the question", ID, required=True),
        Key("text", "the question in words; `{name}` is replaced by a drawn value", default=""),
        Key("points", "what the right answer is worth; 1 unless said", POINTS, default=Fraction(1)),
        Key("ask", "the figure that is asked for", one_of((*FIGURES, "out", *ASKS)), required=True),
        *TARGET,
        Key("share", "whether the part of the whole network is asked for", TRUTH),
        Key("versus", "other layers, which the figure is divided by", VERSUS),
        Key("convention", "the convention that the figure counts by"),
        Key("dtype", "the type of the elements whose bytes are asked for", one_of(DTYPE_BITS)),
        Key("rel", "how far an answer may be off, as a part of it", AMOUNT),
        Key("abs", "how far an answer may be off", AMOUNT),
        Key("digits", "to how many digits an answer must be right", AMOUNT),
        Key("as", "`printed`: the figure that the spec reports at these settings is right too", one_of(("printed",))),
        Key("policy", "what holds of `peak` or `features`: names of policies of `memory`", POLICY),
        Key("choices", "of `ask: choice`: the answers by their keys, each a text or `{text: .., why: ..}`", CHOICES),
        Key("right", "of `ask: choice`: the key of the right one"),
        Key("is", "of `ask: value`: the right value, or an expression over what is drawn", Kind("text", _stated)),
        Key("images", "of `ask: hours`: the images of an epoch", CELL),
        Key("rate", "of `ask: hours`: the images a second", CELL),
        Key("over", "of `ask: fit`: the setting that is solved for, and its values", OVER),
        Key("budget", "of `ask: fit`: at most so much of each figure", BUDGET),
        Key("layout", "of `ask: compressed`: a layout of `compress`", one_of(LAYOUTS)),
        Key("density", "of `ask: compressed`: the share of the weights that is kept", SHARE),
        Key("bits", "of `ask: compressed`: the bits of a kept weight", BITS),
        Key("credit", "the share of the points for a mistake, for `2 digits`, for `within 5 %`", CREDIT),
        Key("follows", "the questions before that this one goes on from: a wrong value there is carried on", FOLLOWS),
        Key("by", "how it follows, as an expression over their ids", CELL),
        Key("parts", "questions about the same, with the keys next to `parts`", Kind("list", _refused_parts)),
    ),
    _question,
)


def words_of(node: Node) -> Iterator[str]:
    """Yield the words of every text and cell of a question."""
    yield from re.findall(r"\w+", node.text)
    for item in node.items + tuple(value for _, value in node.pairs):  # unpacked, they overflow the stack of mypy
        yield from words_of(item)


def _questions(node: Node, what: str, record: Record) -> tuple[Question, ...]:
    """Read the questions, those with `parts` as one for each part, numbered as a sheet prints them."""
    if node.kind != "list" or not 0 < len(node.items) <= MAX_QUESTIONS:
        record.add(f"{what} must be a list of 1 to {MAX_QUESTIONS} questions, not {shown(node)}", node.mark)
        return ()
    found: list[Question] = []
    for number, item in enumerate(node.items, 1):
        if any(key.text == "parts" for key, _ in item.pairs):
            found += _in_parts(item, str(number), record)
        else:
            found += _read(item, str(number), record)
    before: list[str] = []
    for question in found:
        for other in question.follows.names if question.follows else ():
            if other and other not in before:
                sentence = f"`follows` must name a question before {quote(question.id)}, not {quote(other)}"
                record.add(f"{sentence}{suggest(other, before)}", question.places["follows"])
        before.append(question.id)
    if len(found) > MAX_QUESTIONS:
        record.add(f"{len(found)} questions with their parts; at most {MAX_QUESTIONS} are allowed", node.mark)
    return tuple(found)


def _read(item: Node, label: str, record: Record, stem: str = "") -> list[Question]:
    """Return one question in a list, or none where it cannot be read."""
    question: Question | None = QUESTION.read(item, "", record)
    draws = frozenset(record.file.values["draw"])
    reads = draws & {word for key, value in item.pairs if key.text != "id" for word in words_of(value)}
    return [question._replace(label=label, reads=reads, stem=stem)] if question else []


def _in_parts(item: Node, label: str, record: Record) -> list[Question]:
    """Return the parts of a question, each with what is next to `parts` where it has no such key itself."""
    own = {key.text: (key, value) for key, value in item.pairs}
    parts = own.pop("parts")[1]
    if parts.kind != "list" or not 0 < len(parts.items) <= MAX_PARTS:
        record.add(f"`parts` must be a list of 1 to {MAX_PARTS} questions, not {shown(parts)}", parts.mark)
        return []
    if "id" not in own:
        record.add("a question needs `id`", item.mark)
        return []
    first = name(own.pop("id")[1], "a question", record)
    stem = text(own.pop("text")[1], "`text`", record) if "text" in own else ""
    found: list[Question] = []
    for place, part in enumerate(parts.items):
        keys = {key.text for key, _ in part.pairs}
        gone = set(LAYER_KEYS) if keys & {"layer", "spec"} else set()
        more = tuple(pair for key, pair in own.items() if key not in keys and key not in gone)
        whole = part._replace(pairs=part.pairs + more)
        read = _read(whole, label + chr(ord("a") + place), record, stem=stem)
        found += (question._replace(id=f"{first}_{question.id}") for question in read)
    return found


QUESTIONS = Kind("questions", _questions, of=QUESTION)
