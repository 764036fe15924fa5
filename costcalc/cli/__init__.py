"""The command line: the one room that knows click. A command is a file here and its line in COMMANDS."""

from importlib import import_module
from typing import Any

import click

from costcalc.cli.boundary import boundary, cleaned, end_on_signals, open_streams
from costcalc.common.version import __version__

GROUPS = {
    "Count": {
        "report": "What a network costs, by kind, layer, stage or block.",
        "memory": "What a network keeps in memory: the peak, the sum of features, training.",
        "sweep": "Every combination of widths, resolutions and other settings, filtered and ranked.",
        "fit": "The largest width, resolution or other setting that stays within a budget.",
        "compress": "What pruning, quantisation and low rank leave of a network.",
    },
    "Compare": {
        "compare": "Networks side by side, and why they differ.",
        "page": "A page whose figures move with sliders, to the last integer.",
        "why": "Why a printed figure differs: the way of counting, or the mistake, that gives it.",
        "verify": "Every printed figure, recomputed, with its verdict.",
    },
    "Explain": {
        "explain": "Where a layer's numbers come from, formula by formula.",
        "layer": "One layer by itself: its formulas, and its cost next to another's.",
    },
    "Hardware": {
        "roofline": "The least time that a device needs for each layer.",
        "latency": "Measured times next to the bound, and the figure that ranks them best.",
        "epoch": "Hours and energy of an epoch of training.",
    },
    "Teach": {
        "check": "Answers graded, with the mistake behind a wrong one.",
        "exercise": "A variant of an assignment for each student, without the key.",
    },
    "Specs": {
        "list": "The bundled specs with their totals and sources.",
        "show": "The YAML of a spec.",
        "schema": "The JSON Schema of a kind of file, for editors.",
        "lint": "Every error and warning in spec files, with its place.",
        "import": "A model of ONNX, PyTorch or Keras, written as a spec.",
        "export": "A network written as code of PyTorch or Keras, as ONNX, or for SCALE-Sim.",
    },
}
ALIASES = {"reconcile": "why"}  # names that go on working, that help does not list, and what they are
COMMANDS = {name: words for group in GROUPS.values() for name, words in group.items()}


class Commands(click.Group):
    """Commands imported when they are asked for; errors of specs end them with exit code 2."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `help COMMAND` as `COMMAND --help`."""
        if args and args[0] == "help":
            args = [*args[1:2], "--help"]
        with cleaned():
            return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return [*COMMANDS]  # the command `list` is a module here, and hides the type

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"costcalc.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, with a did-you-mean for a misspelt one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS and name not in ALIASES:
            from costcalc.common.errors import quote, suggest

            ctx.fail(f"unknown command {quote(name)}{suggest(name, COMMANDS)}")
        return super().resolve_command(ctx, [*(ALIASES.get(arg, arg) for arg in args[:1]), *args[1:]])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by group from the table, so that help imports none of them."""
        wide = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(wide), words) for name, words in commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what is wrong with a spec goes to stderr, without a traceback."""
        from costcalc.common.budget import BUDGET, OverBudgetError
        from costcalc.common.errors import SpecError

        times = ctx.params.get("work") or 1
        BUDGET.begin(len(ctx.args), times, f"`costcalc --work {10 * times} ...` allows ten times as much")
        try:
            with cleaned():
                return super().invoke(ctx)
        except (SpecError, OverBudgetError) as error:
            from costcalc.cli.output import show_error

            show_error(error.told if isinstance(error, OverBudgetError) else error)
            ctx.exit(2)
        finally:
            BUDGET.end()

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the program; as a process of its own it ends with an exit code, whatever happens."""
        if not options.get("standalone_mode", True):
            return super().main(*args, **options)
        open_streams()
        end_on_signals()
        with boundary():
            return super().main(*args, **options)


@click.group(cls=Commands, context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.version_option(__version__, "-V", "--version", prog_name="costcalc")
@click.option(
    "--work",
    type=click.IntRange(1, 10**9),
    metavar="N",
    help="Raise the limit on a command's work to N times the usual one.",
)
def main(work: int | None) -> None:
    """Count what a neural network costs, layer by layer, to the last integer.

    \b
    costcalc report mobilenet_v1 --width 0.5 --res 160
    costcalc help report
    """  # noqa: D301 - click reads \b
