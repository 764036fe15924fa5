"""Templates with names: each value that varies as an argument of the block, as its cell says, or as a new parameter."""

import ast
import keyword
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from costcalc.importer.export.nodes import NEEDED, Bit, Code, Make, Varying, act_of, changed, leaf, leaves, same
from costcalc.importer.export.shapes import Expression, Piece, Ref
from costcalc.importer.export.templates import Joined, Template
from costcalc.unfold.aspython import Told, value_of

MISSING = object()  # what a form has for a row that it lacks
C_IN = "c_in"
TURNS = re.compile(r"#\d+")
FACTORS = range(2, 65)
OWN = frozenset({"self", "nn", "torch", "F", "keras", "layers", "ops", "i", "name"})
# Names that a module of PyTorch has for itself, and those of the code around.
TAKEN = frozenset(
    [
        "add_module",
        "apply",
        "bfloat16",
        "buffers",
        "call_super_init",
        "children",
        "compile",
        "cpu",
        "cuda",
        "double",
        "dump_patches",
        "eval",
        "extra_repr",
        "float",
        "forward",
        "get_buffer",
        "get_extra_state",
        "get_parameter",
        "get_submodule",
        "half",
        "ipu",
        "load_state_dict",
        "modules",
        "mtia",
        "named_buffers",
        "named_children",
        "named_modules",
        "named_parameters",
        "parameters",
        "register_buffer",
        "register_module",
        "register_parameter",
        "requires_grad_",
        "set_extra_state",
        "set_submodule",
        "share_memory",
        "state_dict",
        "to",
        "to_empty",
        "train",
        "training",
        "type",
        "xpu",
        "zero_grad",
    ]
)


class Made(NamedTuple):
    """A template as code: `params` in order; expressions that several rows read as `locals`; `when` by a row's key."""

    name: str
    block: str
    inputs: tuple[str, ...]
    params: tuple[tuple[str, Any], ...]  # with their defaults
    locals: tuple[tuple[str, str], ...]
    rows: tuple[Joined, ...]
    attributes: Mapping[str, str]
    when: Mapping[str, str]
    outputs: tuple[Ref, ...]
    calls: tuple[Make, ...]  # one for each form
    branches: bool = False  # whether the block is branches


def python_name(text: str, taken: frozenset[str] = frozenset()) -> str:
    """Return a name of Python's that is not taken."""
    name = re.sub(r"\W", "_", text, flags=re.ASCII).strip("_") or "layer"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) or name in OWN or name in taken else name


def class_name(text: str) -> str:
    """Return the name of a class: `squeeze_excite` is `SqueezeExcite`."""
    return python_name("".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", text) if part))


def attribute_names(rows: Sequence[Joined]) -> dict[str, str]:
    """Return a name for each row of a template: its own, or its op and its place in the table."""
    found: dict[str, str] = {}
    for row in rows:
        *before, last = row.key.replace("#", "_").split("/")
        named = not last.partition("_")[0].isdigit()
        tail = "_".join(before if named else (*before, last))
        name = python_name(
            f"{last if named else row.op}{'_' if named and tail else ''}{tail}", TAKEN.union(found.values())
        )
        found[row.key] = name
    return found


class Namer:
    """Gives one template its names; `words` are what words of cells are in code, `inputs` those of a whole network."""

    def __init__(
        self,
        template: Template,
        block: Told | None,
        settings: Mapping[str, Any],
        words: Mapping[str, Make],
        inputs: tuple[str, ...] = ("x",),
    ) -> None:
        self.template = template
        self.block = block
        self.settings = settings
        self.words = words
        forms = template.forms
        inputs = block.inputs if block else inputs
        self.inputs = tuple(python_name(name) for name in inputs[: len(forms[0].channels)])
        self.inputs += tuple(f"x{index}" for index in range(len(self.inputs), len(forms[0].channels)))
        self.channels = {
            name: f"c_{own}" if index else C_IN
            for index, (name, own) in enumerate(zip(inputs, self.inputs, strict=False))
        }
        self.names = {name: python_name(name, frozenset({C_IN, *self.inputs})) for name in forms[0].args}
        self.env: dict[str, tuple[Any, ...]] = {}
        for index, name in enumerate(self.inputs):
            self.env[C_IN if not index else f"c_{name}"] = tuple(form.channels[index] for form in forms)
        for name, own in self.names.items():
            self.env[own] = tuple(form.args[name] for form in forms)
        self.sums: list[tuple[str, tuple[Any, ...]]] = []  # channels that rows give, as expressions
        self.given: dict[str, str] = {}  # by a row's key, the channels that it gives, as an expression
        self.uses: Counter[str] = Counter()
        self.coded: set[str] = set()  # arguments that are words, which calls give as code

    # values

    def resolve(self, row: Joined, found: Varying) -> Bit:
        """Return what is written for a value that varies."""
        values = self.aligned(row.there, found.values)
        text = self.expression(row, found.hint, values) or self.parameter(found.hint, values)
        return self.used(text, found.hint, values)

    def used(self, text: str, hint: str, values: tuple[Any, ...]) -> Bit:
        """Return an expression as a leaf, and note that it is used, and what channels it gives in every form."""
        self.uses[text] += 1
        if hint in ("c", C_IN) and text not in dict(self.sums):
            whole = self.computed(ast.parse(text, mode="eval").body, values)
            self.sums.append((text, whole if fits(values, whole) else values))
        return Bit(Code(text), hint)

    def fixed(self, row: Joined, found: Bit) -> Bit:
        """Return what is written for a value that is one in every form: what its cell says of arguments."""
        values = self.aligned(row.there, [found.value] * sum(row.there))
        text = self.read_channels(row, values) if found.hint == C_IN else self.celled(row, found.hint, values)
        return self.used(text, found.hint, values) if text else found

    def celled(self, row: Joined, column: str, values: Sequence[Any]) -> str:
        """Return what the cell of a row's own column says, where it has these values, or nothing."""
        path = TURNS.sub("", row.key)
        tree = self.block.code(path, column, self.names, self.channels, self.settings) if self.block else None
        return ast.unparse(tree) if tree and fits(values, self.computed(tree, values)) else ""

    def read_channels(self, row: Joined, values: tuple[Any, ...]) -> str:
        """Return the channels of what a row reads, as an expression, where they are these values, or nothing."""
        if not self.block:  # of a whole network, whose numbers are its table's
            return ""
        key, index = row.reads[0]
        text = self.given.get(key, "") if key else C_IN if not index else f"c_{self.inputs[index]}"
        return text if text and fits(values, self.computed(ast.parse(text, mode="eval").body, values)) else ""

    def aligned(self, there: Sequence[bool], values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the values of all forms."""
        left = iter(values)
        return tuple(next(left) if present else MISSING for present in there)

    def expression(self, row: Joined, hint: str, values: tuple[Any, ...]) -> str:
        """Return an expression of arguments that has these values, or nothing."""
        for text in self.candidates(row, hint, values):
            return text
        return ""

    def candidates(self, row: Joined, hint: str, values: tuple[Any, ...]) -> Iterator[str]:
        """Yield expressions with these values, the likeliest first."""
        text = self.read_channels(row, values) if hint == C_IN else self.celled(row, hint, values)
        if text:
            yield text
        known = self.names.get(hint, hint)
        order = sorted(self.env, key=lambda name: (name != known, (name == C_IN) != (hint == C_IN)))
        for name in order:
            if fits(values, self.env[name]):
                yield name
            elif fits(values, self.in_code(name)):
                self.coded.add(name)
                yield name
        yield from (text for text, sums in self.sums if fits(values, sums))
        yield from self.derived(hint, values)

    def in_code(self, name: str) -> tuple[Any, ...]:
        """Return the values of an argument that is a word, as code has it."""
        found = (self.words.get(value if isinstance(value, str) else "none") for value in self.env[name])
        return tuple(act_of(call) if call else None for call in found)

    def computed(self, tree: ast.expr, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return what an expression gives in each form; None where it gives nothing."""
        envs = [{name: own[index] for name, own in self.env.items()} for index in range(len(values))]
        return tuple(value_of(tree, env) for env in envs)

    def derived(self, hint: str, values: tuple[Any, ...]) -> Iterator[str]:
        """Yield multiples, parts and sums of what is known."""
        whole = all(type(value) is int for value in values if value is not MISSING)
        atoms = [(name, own) for name, own in self.env.items() if all(type(value) is int for value in own)]
        if whole and hint == "p" and "k" in dict(atoms) and fits(values, [one // 2 for one in self.env["k"]]):
            yield "k // 2"
        if not whole or hint not in ("c", C_IN, "g", "start", "stop"):
            return
        for name, own in sorted(atoms, key=lambda atom: (atom[0] != "c", atom[0] != C_IN)):
            for factor in FACTORS:
                if fits(values, [factor * one for one in own]):
                    yield f"{factor} * {name}"
                if fits([factor * one if one is not MISSING else MISSING for one in values], own):
                    yield f"{name} // {factor}"
        for (text, own), (other, more) in product([*atoms, *self.sums], repeat=2):
            if fits(values, [a + b if MISSING not in (a, b) else None for a, b in zip(own, more, strict=True)]):
                yield f"{text} + {other}"

    def default(self, name: str) -> Any:
        """Return the default of a parameter: that of the block's argument, or None where a form has no value."""
        given = {self.names[arg]: value for arg, value in (self.block.defaults if self.block else {}).items()}
        if name in given and name not in self.coded:
            return given[name]
        return None if name not in self.names.values() and None in self.env[name] else NEEDED

    def parameter(self, hint: str, values: tuple[Any, ...]) -> str:
        """Return the name of a parameter that is added for these values."""
        hint = python_name(hint or "value")
        number, name = 1, hint
        while name in self.env:
            number += 1
            name = f"{hint}{number}"
        self.env[name] = tuple(None if value is MISSING else value for value in values)
        return name

    # rows

    def condition(self, row: Joined, attribute: str) -> str:
        """Return when a row is there, as an expression; a parameter says it where nothing else does."""
        if text := self.celled(row, "when", row.there):
            return text
        known = [name for name, values in self.env.items() if fits(row.there, values)]
        if known:
            return known[0]
        for text, values in self.comparisons():
            if fits(row.there, values):
                return text
        return self.parameter(f"has_{attribute}", row.there)

    def comparisons(self) -> Iterator[tuple[str, tuple[bool, ...]]]:
        """Yield comparisons of arguments with each other and with 1."""
        atoms = [(name, own) for name, own in self.env.items() if all(type(value) is int for value in own)]
        for name, own in atoms:
            yield f"{name} != 1", tuple(value != 1 for value in own)
            yield f"{name} == 1", tuple(value == 1 for value in own)
            for other, more in atoms:
                yield f"{name} != {other}", tuple(a != b for a, b in zip(own, more, strict=True))
                yield f"{name} == {other}", tuple(a == b for a, b in zip(own, more, strict=True))

    def row(self, row: Joined) -> Joined:
        """Return a row with its values resolved."""

        def change(found: Any) -> Any:
            return self.resolve(row, found) if isinstance(found, Varying) else self.fixed(row, found)

        formula = row.piece.formula
        if formula:
            formula = Expression(formula.text, tuple(changed(one, change) for one in formula.leaves))
        modules = tuple(changed(module, change) for module in row.piece.modules)
        row = row._replace(piece=Piece(modules, formula))
        self.channels_of(row)
        return row

    def channels_of(self, row: Joined) -> None:
        """Note what channels a concatenation gives, as the sum of what it reads."""
        values = tuple(own[0] if own else MISSING for own in row.channels)
        texts = [
            str(one.value)
            for node in row.piece.modules
            for one in leaves(node)
            if one.hint == "c" and isinstance(one.value, Code)
        ]
        for text in (*texts[-1:], self.read_channels(row, values)):
            if text and fits(values, self.computed(ast.parse(text, mode="eval").body, values)):
                self.given.setdefault(row.key, text)
        there = [value for value in values if value is not MISSING]
        if row.op == "concat" and not same(there) and not any(fits(values, own) for own in self.env.values()):
            if any(fits(values, own) for _, own in self.sums):
                return
            self.sums += [(text, values) for text in list(self.derived("c", values))[:1]]


def fits(wanted: Sequence[Any], given: Sequence[Any]) -> bool:
    """Return whether values are those that are wanted, where any are."""
    return all(
        want is MISSING or (want == got and type(want) is type(got)) for want, got in zip(wanted, given, strict=True)
    )


def made(namer: Namer, name: str, *, infers: bool = False) -> Made:
    """Return a template with its names; where code `infers` channels from `x`, they are not parameters."""
    attributes = attribute_names(namer.template.rows)
    when, rows = {}, []
    for row in namer.template.rows:
        if not all(row.there):
            when[row.key] = namer.condition(row, attributes[row.key])
            namer.uses[when[row.key]] += 1
        rows.append(namer.row(row))
    texts = [*namer.uses]
    used = {node.id for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    channels = _channels(namer)
    first = [*channels, "c"]
    order = [*(one for one in first if one in namer.env), *(one for one in namer.env if one not in first)]
    known = [one for one in order if one in used and not (infers and one in channels)]
    defaults = {one: namer.default(one) for one in known}
    params = tuple(sorted(defaults.items(), key=lambda entry: entry[1] is not NEEDED))
    locals_ = dict(_locals(namer, used))
    rows = [row._replace(piece=_swapped(row.piece, locals_)) for row in rows]
    when = {key: _shorter(text, locals_) for key, text in when.items()}
    taken = [(one, f"{_input(namer, one)}.shape[-1]") for one in channels if infers and one in used]
    block = namer.template.name
    kept = (*taken, *((hidden, text) for text, hidden in locals_.items()))
    calls = tuple(_call(namer, name, params, index) for index in range(len(namer.template.forms)))
    return Made(
        name,
        block,
        namer.inputs,
        params,
        kept,
        tuple(rows),
        attributes,
        when,
        namer.template.outputs,
        calls,
        bool(namer.block and namer.block.branches),
    )


def _channels(namer: Namer) -> list[str]:
    """Return the names of the channels that a template reads."""
    return [C_IN, *(f"c_{other}" for other in namer.inputs[1:])]


def _input(namer: Namer, channels: str) -> str:
    """Return the input whose channels a name is for."""
    return namer.inputs[0] if channels == C_IN else channels.removeprefix("c_")


class _Shorter(ast.NodeTransformer):
    """Puts names in the place of expressions that have one."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit(self, node: ast.AST) -> Any:
        name = self.names.get(ast.unparse(node)) if isinstance(node, ast.expr) else None
        return ast.Name(name, ast.Load()) if name else self.generic_visit(node)


def _shorter(text: str, names: Mapping[str, str]) -> str:
    """Return an expression with the names of those in it that have one."""
    return ast.unparse(_Shorter(names).visit(ast.parse(text, mode="eval")))


def _swapped(piece: Piece, names: Mapping[str, str]) -> Piece:
    """Return code with the names of expressions that have one."""

    def swap(found: Any) -> Any:
        code = isinstance(found.value, Code) and found.value in names
        return Bit(Code(names[found.value]), found.hint) if code else found

    formula = piece.formula and Expression(
        piece.formula.text, tuple(changed(one, swap) for one in piece.formula.leaves)
    )
    return Piece(tuple(changed(module, swap) for module in piece.modules), formula)


def _locals(namer: Namer, used: set[str]) -> Iterator[tuple[str, str]]:
    """Yield expressions that several places have, each with a name for it."""
    for number, text in enumerate(text for text, times in namer.uses.items() if times > 1 and not text.isidentifier()):
        if text in {text for text, _ in namer.sums}:
            yield text, f"mid{number + 1 if number else ''}"


def _call(namer: Namer, name: str, params: Sequence[tuple[str, Any]], index: int) -> Make:
    """Return the call that makes a form of its template: channels by place, all else by name."""
    by_place = {*_channels(namer), "c"}
    args, named = [], []
    for one, default in params:
        value = leaf((namer.in_code(one) if one in namer.coded else namer.env[one])[index], _hint(namer, one))
        if one in by_place and default is NEEDED:
            args.append(value)
        else:
            named.append((one, value, default))
    return Make(name, tuple(args), tuple(named))


def _hint(namer: Namer, name: str) -> str:
    """Return what a parameter is called in the table."""
    return next((own for own, code in namer.names.items() if code == name), name)
