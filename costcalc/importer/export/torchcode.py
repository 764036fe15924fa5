"""A network as a PyTorch file: a module for each block, its forward pass as the table reads."""

import re
from collections.abc import Iterator, Mapping, Sequence

from costcalc.importer.export.forward import Action, statements
from costcalc.importer.export.helpers import Helper
from costcalc.importer.export.naming import Made
from costcalc.importer.export.nodes import Bit, Code, Make, signature, text_of, wrapped
from costcalc.importer.export.program import Framework, docstring, parts_used, program_of
from costcalc.importer.export.torchparts import PARTS
from costcalc.importer.export.torchtable import LABELS, TABLE, WORDS
from costcalc.network.model import Network
from costcalc.unfold.aspython import Told

TORCH = Framework("torch", TABLE, WORDS, LABELS)
LIFT = "[:, :, None, None]"  # a vector as a map of one place


def torch_code(network: Network, blocks: Mapping[str, Told]) -> str:
    """Return the code of a network; raise SpecError for a layer that PyTorch does not have."""
    program = program_of(network, blocks, TORCH)
    body = [line for helper in program.helpers for line in (*_helper(helper), "", "")]
    for block in program.blocks:
        body += [*_class(block, f"The block `{block.block}` of the table."), "", ""]
    body += _class(program.whole, f"{network.heading}.")
    text = "\n".join(body)
    parts = parts_used(text, PARTS)
    used = "\n".join([*parts, text])
    head = [*docstring(network), "", "import torch", "from torch import nn"]
    head += ["from torch.nn import functional as F"] if re.search(r"\bF\.", used) else []
    return "\n".join([*head, "", "", *parts, *body, "", "", *_main(network, program.name)]) + "\n"


def _main(network: Network, name: str) -> list[str]:
    """Return what a file does as a program: its parameters and the shape that comes out."""
    zeros = ", ".join(f"torch.zeros(1, {', '.join(map(str, shape))})" for shape in network.fed.values())
    return [
        'if __name__ == "__main__":',
        f"    model = {name}().eval()",
        '    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")',
        f"    out = model({zeros})",
        "    print([tuple(x.shape) for x in (out if isinstance(out, tuple) else (out,))])",
    ]


def _helper(helper: Helper) -> list[str]:
    """Return a function that makes the modules of a row."""
    modules = helper.modules[0] if len(helper.modules) == 1 else Make("nn.Sequential", helper.modules)
    lines = wrapped("return ", modules, indent=4)
    return [f"def {helper.name}({', '.join(helper.params)}):", *(f"    {line}" for line in lines)]


def _class(made: Made, words: str) -> list[str]:
    """Return the class of a template."""
    steps, returned = statements(made)
    forward = [line for step in steps for line in _forward(made, step)]
    init = [f"{name} = {text}" for name, text in made.locals]
    init += [line for row in steps for line in _init(made, row)]
    if not steps:
        init = init or ["pass"]
    if len(returned) == 1 and forward and forward[-1].startswith(f"{returned[0]} = "):
        forward[-1] = "return " + forward[-1].partition(" = ")[2]
    else:
        forward.append(f"return {', '.join(returned)}")
    return [
        f"class {made.name}(nn.Module):",
        f'    """{words}"""',
        "",
        f"    def __init__({', '.join(('self', *signature(made.params)))}):",
        "        super().__init__()",
        *(f"        {line}" for line in init),
        "",
        f"    def forward({', '.join(('self', *made.inputs))}):",
        *(f"        {line}" for line in forward),
    ]


def _sequence(modules: Sequence[Make]) -> Make:
    return modules[0] if len(modules) == 1 else Make("nn.Sequential", tuple(modules))


def _init(made: Made, step: Action) -> Iterator[str]:
    """Yield the lines that make the modules of a row."""
    row, name, when = step.row, made.attributes[step.row.key], made.when.get(step.row.key)
    if row.shares:
        return
    note = f"  # {row.note}" if row.note and not made.block else ""
    formula = row.piece.formula
    for one in formula.leaves if formula else ():
        if formula and f"{{{one.hint}}}" in formula.text and isinstance(one.value, Code) and not one.value.isdigit():
            yield f"self.{name}_{one.hint} = {one.value}"
    if row.piece.modules:
        call = _sequence(row.piece.modules)
        simple = len(row.reads) == 1 and not row.piece.formula
        other = "nn.Identity()" if simple else "None"
        lines = wrapped(f"self.{name} = ", call, f" if {when} else {other}" if when else "")
        lines[-1] += note
        if when and len(lines) > 1:
            yield f"self.{name} = {other}"
            yield f"if {when}:"
            lines = [f"    {line}" for line in wrapped(f"self.{name} = ", call, "", 12)]
        yield from lines
    elif when:
        yield f"self.{name} = {when}"


def _forward(made: Made, step: Action) -> Iterator[str]:
    """Yield the lines that compute what a row gives."""
    row = step.row
    name = made.attributes[row.shares or row.key]
    reads = [f"{x}{LIFT}" if lifted else x for x, lifted in zip(step.reads, row.lifted, strict=True)]
    value = ", ".join(reads)
    if row.piece.formula:
        given = {one.hint: _in_forward(name, one) for one in row.piece.formula.leaves}
        value = row.piece.formula.text.format(*reads, **given)
    if row.piece.modules:
        value = f"self.{name}({value})"
    when = row.key in made.when
    simple = len(row.reads) == 1 and not row.piece.formula
    if when and not simple:
        test = f"self.{name}" + (" is not None" if row.piece.modules else "")
        value = f"{value} if {test} else {step.kept}"
    target = ", ".join(step.gives)
    if value != target:
        yield f"{target} = {value}"


def _in_forward(name: str, one: Bit) -> str:
    """Return a value in a forward pass: what the constructor was given is kept in the module."""
    return f"self.{name}_{one.hint}" if isinstance(one.value, Code) and not one.value.isdigit() else text_of(one.value)
