"""A network as a Keras 3 file: a function for each block, which adds its rows to a functional model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from costcalc.common.errors import SpecError, quote
from costcalc.importer.export.forward import Action, statements
from costcalc.importer.export.helpers import Helper
from costcalc.importer.export.kerastable import LABELS, PARTS, TABLE, WORDS, pads_of
from costcalc.importer.export.naming import Made, python_name
from costcalc.importer.export.nodes import NEEDED, Bit, Code, Make, Times, shown, signature, text_of, wrapped
from costcalc.importer.export.program import Framework, docstring, parts_used, program_of
from costcalc.importer.export.shapes import SEQUENCE, Place
from costcalc.network.model import Network
from costcalc.unfold.aspython import Told

LIFT = "layers.Reshape((1, 1, {0}.shape[-1]))({0})"  # a vector as a map of one place
# What needs no name of its own: functions that add layers without weights, and such layers.
NAMELESS = frozenset(
    ["padded", "shuffled", "unshuffled", "pixelshuffled", "gated"]
    + [f"layers.{name}" for name in ("Activation", "Reshape", "Permute", "Flatten", "Cropping2D", "Identity")]
)


def _function(text: str) -> str:
    """Return the name of a block's function."""
    return python_name(text, frozenset(PARTS))


KERAS = Framework(
    "keras", TABLE, WORDS, LABELS, named=_function, infers=True, called=lambda network: _function(network.key.lower())
)


def keras_code(network: Network, blocks: Mapping[str, Told]) -> str:
    """Return the code of a network; raise SpecError for a layer that Keras does not have."""
    for layer in network.layers:
        if layer.shares:
            raise SpecError(
                f"{quote(layer.path)} shares weights, which a functional row does not: export to torch", layer.mark
            )
    program = program_of(network, blocks, KERAS)
    functions = {helper.name for helper in program.helpers} | {block.name for block in program.blocks}
    body = [line for helper in program.helpers for line in (*_helper(helper), "", "")]
    for block in program.blocks:
        body += [*_block(block, functions), "", ""]
    body += _model(program.whole, network, functions)
    parts = parts_used("\n".join(body), PARTS)
    main = ['if __name__ == "__main__":', f"    {program.name}().summary()"]
    return (
        "\n".join(
            [*docstring(network), "", "import keras", "from keras import layers", "", "", *parts, *body, "", "", *main]
        )
        + "\n"
    )


def keras_notes(network: Network) -> tuple[str, ...]:
    """Return what the code does otherwise than the table: Keras pads a max pool with zeros."""
    pools = [layer for layer in network.layers if layer.op == "maxpool" and layer.args["k"]]
    padded = [layer for layer in pools if any(pads_of(Place(layer, flat=False)))]
    first = f"{quote(padded[0].path)}{f' and {len(padded) - 1} more' if len(padded) > 1 else ''}" if padded else ""
    return (f"max pools read zeros at the edges that they pad, as in Keras' own models: {first}",) if padded else ()


def _helper(helper: Helper) -> list[str]:
    """Return a function that adds the layers of a row."""
    lines: list[str] = []
    for module in helper.modules:
        if not _empty(module):
            label = LABELS.get(module.func, "") or str(module.func).rpartition(".")[2].lower()
            lines += _applied(module, "x", "x", f'f"{{name}}_{label}"', 4)
    return [f"def {helper.name}({', '.join(('x', *helper.params, 'name=None'))}):", *_ended(lines, "x")]


def _ended(lines: Sequence[str], returned: str) -> list[str]:
    """Return the body of a function, the last value returned at once where it is one line."""
    if lines and lines[-1].startswith(f"{returned} = "):
        lines = [*lines[:-1], f"return {lines[-1].partition(' = ')[2]}"]
    else:
        lines = [*lines, f"return {returned}"]
    return [f"    {line}" for line in lines]


def _block(made: Made, functions: set[str]) -> list[str]:
    """Return the function of a block."""
    steps, returned = statements(made, [*functions, "name"])
    lines = [f"{name} = {text}" for name, text in made.locals]
    lines += [line for step in steps for line in _lines(made, step, 'f"{{name}}_{0}"')]
    params = ", ".join((*made.inputs, *signature(made.params), "name=None"))
    head = [f"def {made.name}({params}):", f'    """Add the block `{made.block}` of the table."""']
    return [*head, *_ended(lines, ", ".join(returned))]


def _model(made: Made, network: Network, functions: set[str]) -> list[str]:
    """Return the function that makes the model."""
    steps, returned = statements(made, [*functions, "inputs"])
    starts = dict(zip(made.inputs, network.fed.values(), strict=True))
    lines = [f"{name} = keras.Input(({h}, {w}, {c}))" for name, (c, h, w) in starts.items()]
    inputs = f"[{', '.join(starts)}]" if len(starts) > 1 else next(iter(starts))
    lines.append(f"inputs = {inputs}")
    lines += [line for step in steps for line in _lines(made, step, '"{0}"')]
    outputs = f"[{', '.join(returned)}]" if len(returned) > 1 else returned[0]
    lines.append(f'return keras.Model(inputs, {outputs}, name="{made.name}")')
    return [
        f"def {made.name}():",
        f'    """Return the model: {network.heading}."""',
        *(f"    {line}" for line in lines),
    ]


def _empty(module: Make) -> bool:
    """Return whether a call changes nothing: padding by nothing."""
    return module.func == "padded" and module.args == (Bit(0, "p"),)


def _lines(made: Made, step: Action, named: str) -> Iterator[str]:
    """Yield the lines that add a row."""
    row, target = step.row, ", ".join(step.gives)
    own = made.attributes[row.key]
    reads = [LIFT.format(x) if lifted else x for x, lifted in zip(step.reads, row.lifted, strict=True)]
    value = ", ".join(reads)
    if row.piece.formula:
        value = row.piece.formula.text.format(
            *reads, **{one.hint: text_of(one.value) for one in row.piece.formula.leaves}
        )
    lines: list[str] = []
    for module in row.piece.modules:
        if not _empty(module):
            lines += _applied(module, value, target, named.format(own))
            own = own if module.func in NAMELESS else f"{own}_{LABELS.get(module.func, 'next')}"
            value = target
    if not lines and value != target:
        lines = [f"{target} = {value}"]
    note = f"  # {row.note}" if row.note and not made.block and lines else ""
    when = made.when.get(row.key)
    if when and len(lines) == 1:
        yield f"{lines[0]} if {when} else {step.kept}"
        return
    if when:
        if target != step.kept:
            yield f"{target} = {step.kept}"
        yield f"if {when}:"
    yield from (f"{'    ' if when else ''}{line}{note if line is lines[-1] else ''}" for line in lines)


def _applied(module: Any, value: str, target: str, name: str, indent: int = 4) -> list[str]:
    """Return the lines that apply a layer, a function, or several of them one after the other."""
    if module.func == SEQUENCE:
        return _sequence(module, value, target, name)
    named = module.named if module.func in NAMELESS else (*module.named, ("name", Bit(Code(name)), NEEDED))
    if module.func.startswith("layers.") or (module.func in PARTS and module.func[:1].isupper()):
        return wrapped(f"{target} = ", module._replace(named=named), f"({value})", indent)
    return wrapped(f"{target} = ", Make(module.func, (Bit(Code(value)), *module.args), named), "", indent)


def _sequence(sequence: Make, value: str, target: str, name: str) -> list[str]:
    """Return the lines of repeats: one after the other, those that are alike in a loop."""
    lines: list[str] = []
    for number, part in enumerate(sequence.args):
        if isinstance(part, Times):
            if value != target:
                lines.append(f"{target} = {value}")
            first = number
            lines.append(f"for i in range({shown(part.times)}):")
            inside = f'{name[:-1]}_{{i{f" + {first}" if first else ""}}}"'
            inside = inside if inside.startswith("f") else f"f{inside}"
            lines += [f"    {line}" for line in _applied(part.call, target, target, inside, 8)]
        else:
            lines += _applied(part, value, target, f'{name[:-1]}_{number}"')
        value = target
    return lines
