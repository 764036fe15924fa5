"""`costcalc layer`."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import parse_shape, usage
from costcalc.common.errors import not_taken, quote
from costcalc.ops import NOTES, OPS
from costcalc.ops.schema import ColumnType, OneOf, Padded, Sides, Truth

if TYPE_CHECKING:
    from costcalc.language.expr import Value
    from costcalc.ops.shape import Shape
    from costcalc.teaching.explain.single import Single

WORDS = {
    "k": "Kernel.",
    "c": "Output channels.",
    "s": "Stride.",
    "p": "Padding; four sides are TOPxBOTTOMxLEFTxRIGHT.",
    "d": "Dilation.",
    "g": "Groups of channels.",
    "bias": "A bias for each channel.",
    "norm": "Normalisation.",
    "act": "Activation.",
    "ceil": "Round a pool's output size up.",
    "start": "The first channel of a slice, from 0.",
    "gamma": "Learnt factors of a normalisation.",
    "beta": "Learnt offsets of a normalisation.",
    "frozen": "A normalisation that is not trained.",
    "groups": "Groups of group norm.",
    "to": "The output size.",
    "by": "How many times as large the output is.",
    "mode": "Interpolation.",
    "extra": "Rows and columns added to a transposed convolution's output, or tokens before the others.",
    "per": "What each learnt value belongs to.",
    "heads": "Number of heads of attention.",
    "qkv": "Attention that projects queries, keys and values itself.",
    "window": "Size of the windows of attention.",
    "grid": "Size of the grid of attention.",
    "relative": "Learnt positions.",
    "cosine": "Cosine attention.",
    "kv_heads": "Number of heads of keys and values, where heads of queries share them.",
    "layers": "Number of recurrent layers, stacked.",
    "directions": "Directions of a recurrent layer: 1 or 2.",
    "biases": "Biases of each gate: 2 as in PyTorch, 1 as in Keras.",
    "slopes": "Slopes of a PReLU: 1, or one for each channel.",
}


class OpCommand(click.Command):
    """A command whose options are columns: for one that no op has, the error lists what there is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, with a sentence of its own for an option that there is not."""
        op = next((arg for arg in args if arg in OPS), None)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            name = error.option_name.lstrip("-")
            near = {option.lstrip("-").removeprefix("no-") for option in error.possibilities or ()}
            if op is None or near - (COLUMNS.keys() - OPS[op].columns.keys()):
                raise
            if name in OPS[op].columns:
                raise click.UsageError(
                    f"no option {quote(error.option_name)}: a column is written `--{name}`", ctx
                ) from None
            raise click.UsageError(not_taken(quote(op), name, list(OPS[op].columns)), ctx) from None


def complete_op(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of ops."""
    return [name for name in OPS if name.startswith(incomplete)]


def column_option(column: str, kind: ColumnType) -> click.Option:
    """Return the option of a column, by its type."""
    words = WORDS.get(column, "")
    if isinstance(kind, Truth):
        return click.Option([f"--{column}/--no-{column}"], default=None, help=words)
    sort = "N or HxW" if isinstance(kind, Sides) else "N, HxW, same" if isinstance(kind, Padded) else "N"
    choices = kind.words if isinstance(kind, OneOf) else ()
    return click.Option(
        [f"--{column}"],
        metavar="NAME" if choices else sort,
        help=f"{words[:-1]}: {', '.join(choices)}." if choices else words,
        shell_complete=lambda ctx, param, incomplete: [word for word in choices if word.startswith(incomplete)],
    )


COLUMNS = {column: kind for op in OPS.values() for column, kind in op.columns.items()}
PARAMS: tuple[click.Parameter, ...] = (
    click.Argument(["op"], shell_complete=complete_op),
    *(column_option(column, kind) for column, kind in COLUMNS.items()),
    click.Option(
        ["--set", "sets"],
        metavar="COLUMN=VALUE",
        multiple=True,
        help=f"Any column by its name, such as {', '.join(NOTES)}; may be repeated.",
    ),
)
PART = OpCommand("layer", params=list(PARAMS), add_help_option=False)  # what --then and --versus hold


@click.command("layer", cls=OpCommand, params=list(PARAMS))
@click.option(
    "--in",
    "ins",
    metavar="CxHxW",
    multiple=True,
    required=True,
    help="Input; repeat it if OP reads several.",
)
@click.option("--then", metavar="'OP ...'", multiple=True, help="A layer that reads the one before; may be repeated.")
@click.option(
    "--versus",
    metavar="'OP ...'",
    multiple=True,
    help="Compare with a layer on the same input; where repeated, each reads the one before.",
)
@click.option("--answer", metavar="FIGURE", help="Check an answer: MACs, parameters, their memory, the output size.")
@output_options()
@click.pass_context
def command(
    ctx: click.Context,
    /,
    op: str,
    ins: tuple[str, ...],
    then: tuple[str, ...],
    versus: tuple[str, ...],
    answer: str | None,
    output: Output,
    **columns: Any,
) -> None:
    """Show where the numbers of one layer come from, without a spec: OP is conv, dwconv, fc, maxpool and so on.

    --versus shows how many times as much another layer costs, as a number and as a formula: M and N are the input and
    output channels, h and w the input's size. --answer grades a figure as `costcalc check` does; exit code 1 if it is
    wrong.

    \b
    costcalc layer dwconv --k 5 --in 3x12x12
    costcalc layer dwconv --k 5 --in 3x12x12 --answer 10800
    costcalc layer dwconv --k 3 --in 64x56x56 --then "conv --k 1 --c 128" --versus "conv --k 3 --c 128"
    """  # noqa: D301 - click reads \b
    from costcalc.ops.shape import Shape
    from costcalc.output.views.layer import alone, compared

    inputs = [Shape(*shape) for text in ins if (shape := parse_shape(text, "--in"))]
    with usage():
        first = layer_of(op, columns, inputs)
    layers = chain(then, "--then", [first])
    if answer is not None:
        if versus:
            raise click.UsageError("--answer checks one side: leave --versus out")
        ctx.exit(grade(layers, answer, output))
    if len(layers) == 1 and not versus:
        emit(alone(first), output)
        return
    if versus and len(inputs) > 1:
        raise click.UsageError("--versus compares layers that read one input")
    emit(compared(layers, chain(versus, "--versus", [], inputs)), output)


def grade(layers: "Sequence[Single]", answer: str, output: Output) -> int:
    """Show what an answer about layers is worth; return the exit code."""
    from costcalc.output.views.check import one
    from costcalc.output.views.worked import columns_of
    from costcalc.teaching.grading.onthespot import answered

    assignment, graded = answered(" -> ".join(map(columns_of, layers)), layers, answer)
    emit(one(assignment, graded, {}), output)
    return 0 if graded.right else 1


def chain(
    texts: Sequence[str], option: str, layers: "list[Single]", ins: "Sequence[Shape]" = ()
) -> "tuple[Single, ...]":
    """Return layers with those that texts such as `conv --k 1 --c 64` describe behind them, each reading the last."""
    for text in texts:
        layers = [*layers, part(text, option, [layers[-1].cost.out] if layers else ins)]
    return tuple(layers)


def part(text: str, option: str, ins: "Sequence[Shape]") -> "Single":
    """Return the layer that the text of an option describes; what is wrong with it is bad usage of the option."""
    try:
        columns = PART.make_context("layer", shlex.split(text)).params
        return layer_of(columns.pop("op"), columns, ins)
    except click.UsageError as error:
        raise click.UsageError(f"{option} {quote(text)}: {error.format_message()}") from None
    except ValueError as error:
        raise click.UsageError(f"{option} {quote(text)}: {error}") from None


def layer_of(op: str, columns: dict[str, Any], ins: "Sequence[Shape]") -> "Single":
    """Return the layer of an op, the options given and `--set`; raise ValueError for what does not fit."""
    from costcalc.teaching.explain.single import single

    given = {name: value for name, value in columns.items() if value is not None and name != "sets"}
    for pair in columns["sets"]:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise ValueError(f"--set {quote(pair)} must be written COLUMN=VALUE")
        if name in given:
            raise ValueError(f"column {quote(name)} is given twice")
        given[name] = value
    return single(op, ins, {name: cell_of(name, value) for name, value in given.items()})


def cell_of(name: str, text: Any) -> "Value":
    """Return the value of a column's text as a cell has it; a flag is one already."""
    from costcalc.language.expr import ExprError, literal

    try:
        return literal(text) if isinstance(text, str) else bool(text)
    except ExprError as error:
        raise ValueError(f"{quote(name)}: {error}") from None
