"""`costcalc schema`."""

import click

from costcalc.cli.options import LateChoice, file_option
from costcalc.cli.output import write
from costcalc.cli.saving import save


def _kinds() -> list[str]:
    from costcalc.specfile import KINDS

    return ["spec", *KINDS]


@click.command("schema")
@click.argument("kind", type=LateChoice(_kinds), default="spec", metavar="[KIND]")
@file_option("Write the schema to a file.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
def command(kind: str, path: str | None, *, force: bool) -> None:
    """Print the JSON Schema of a kind of file, for editors and checkers.

    KIND is spec (the default), assignments, answers, claims, devices or latencies. An editor that knows YAML uses it
    to complete columns and words, and to show what each layer type counts.

    \b
    costcalc schema
    costcalc schema assignments -o assignments.json
    """  # noqa: D301 - click reads \b
    import json

    from costcalc.specfile.schema import schema

    text = json.dumps(schema("" if kind == "spec" else kind), indent=1, ensure_ascii=False) + "\n"
    if path is None:
        write(text)
    else:
        save(path, [text], force=force)
