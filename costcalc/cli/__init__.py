"""The command line: the one room that knows click. A command is a file here and its line in COMMANDS."""

import errno
from importlib import import_module
from typing import Any

import click

from costcalc.common.version import __version__

COMMANDS = {
    "report": "What a network costs, by kind, layer, stage or block.",
    "explain": "Where a layer's numbers come from, formula by formula.",
    "layer": "One layer by itself: its formulas, and its cost beside another's.",
    "compare": "Networks side by side, and what the difference comes from.",
    "sweep": "Every combination of widths, resolutions and other settings, filtered and ranked.",
    "fit": "The largest width, resolution or other setting that stays within a budget.",
    "memory": "What a network keeps in memory: the peak, the sum of features, training.",
    "compress": "What pruning, quantisation and low rank leave of a network.",
    "roofline": "The least time that a device needs for each layer.",
    "latency": "Measured times beside the bound, and what ranks them best.",
    "epoch": "Hours and energy of an epoch of training.",
    "list": "The bundled specs with their totals and sources.",
    "verify": "Every printed figure, recomputed, with its verdict.",
    "reconcile": "Why a printed figure differs: the ways of counting that give it.",
    "check": "Answers graded, with the mistake behind a wrong one.",
    "exercise": "A variant of an assignment for each student, without the key.",
    "show": "The YAML of a spec.",
    "import": "A model of ONNX or PyTorch, written as a spec.",
    "lint": "Every error in spec files, with its place, and warnings.",
}


class Commands(click.Group):
    """Commands imported when they are asked for; errors of specs end them with exit code 2."""

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
        if name and not name.startswith("-") and name not in COMMANDS:
            from costcalc.common.errors import quote, suggest

            ctx.fail(f"no command {quote(name)}{suggest(name, COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what is wrong with a spec goes to stderr, without a traceback."""
        from costcalc.common.errors import SpecError

        try:
            return super().invoke(ctx)
        except SpecError as error:
            from costcalc.cli.output import show_error

            show_error(error)
            ctx.exit(2)
        except OSError as error:
            if error.errno == errno.EPIPE:  # a reader that has seen enough, such as `head`, which click ends in peace
                raise
            from costcalc.cli.output import give_up

            give_up(error)


@click.group(cls=Commands, context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.version_option(__version__, prog_name="costcalc")
def main() -> None:
    """Count what a convolutional network costs, layer by layer, to the last integer.

    \b
    costcalc report mobilenet_v1 --width 0.5 --res 160
    """  # noqa: D301 - click reads \b
