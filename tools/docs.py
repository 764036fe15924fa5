"""Write the pages of docs/ that come from the code; with --check, say which have drifted and exit 1."""

import sys
from pathlib import Path

import click

from costcalc.cli import COMMANDS, main

DOCS = Path(__file__).parent.parent / "docs"
WIDTH = 100


def cli_page() -> str:
    """Return docs/cli.md: the help of every command, word for word."""
    parts = [
        "# Command line",
        "",
        "Every command's help, as `--help` prints it. stdout is data, stderr is messages. Exit code 0: done; 1: a",
        "well-formed no; 2: bad usage, a bad spec or a missing file.",
        "",
        *_help("costcalc", main),
    ]
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        parts += ["", f"## costcalc {name}", "", *_help(f"costcalc {name}", command)]
    return "\n".join(parts) + "\n"


def _help(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=name, terminal_width=WIDTH, max_content_width=WIDTH)
    context.help_option_names = ["-h", "--help"]
    return ["```text", command.get_help(context), "```"]


PAGES = {"cli.md": cli_page}


def run(check: bool) -> int:
    """Write the pages, or compare them; return the exit code."""
    drifted = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            drifted.append(name)
    for name in drifted:
        print(f"docs/{name} has drifted: run python tools/docs.py", file=sys.stderr)
    return 1 if drifted else 0


if __name__ == "__main__":
    sys.exit(run(check="--check" in sys.argv[1:]))
