"""`costcalc show`."""

import sys

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import file_option
from costcalc.cli.output import console, screen, write
from costcalc.cli.request import load_spec
from costcalc.cli.saving import save


@click.command("show")
@click.argument("spec", shell_complete=complete_spec)
@file_option("Write the YAML to a file: a start for a spec of your own.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
def command(spec: str, path: str | None, *, force: bool) -> None:
    """Print the YAML of a spec, highlighted on a terminal.

    \b
    costcalc show mobilenet_v2
    costcalc show mobilenet_v2 -o my_net.yaml
    """  # noqa: D301 - click reads \b
    text = load_spec(spec)[0].definition.text
    if path is not None:
        save(path, [text], force=force)
    elif screen().colour:
        from rich.syntax import Syntax

        width = max(map(len, text.splitlines()), default=1)  # the terminal wraps long lines; nothing is cut
        syntax = Syntax(text.removesuffix("\n"), "yaml", theme="ansi_dark", background_color="default")
        console(sys.stdout, width).print(syntax, crop=False)
    else:
        write(text)
