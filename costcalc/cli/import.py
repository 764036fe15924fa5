"""`costcalc import`."""  # noqa: N999 - the name of the command

import click

from costcalc.cli.options import file_option
from costcalc.cli.output import save, stepping, write
from costcalc.cli.request import announce, parse_input
from costcalc.common.errors import quote


@click.command("import")
@click.argument("source")
@file_option("Write the spec to a file.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
@click.option("--input", "shape", metavar="CxHxW", help="The input that the model is read at, such as 3x224x224.")
@click.option("--flat", is_flag=True, help="Write every row by itself, without blocks.")
def command(source: str, path: str | None, shape: str | None, *, force: bool, flat: bool) -> None:
    """Write a model of another framework as a spec, exact in every count.

    SOURCE is an ONNX file, a Keras model (.keras or its JSON), or torch:package.module:factory, which runs that
    code. What was read and what was left out goes to stderr, and into the spec as comments.

    \b
    costcalc import model.onnx -o net.yaml
    costcalc import torch:torchvision.models:mobilenet_v2 -o net.yaml
    """  # noqa: D301 - click reads \b
    from costcalc import importer

    importer.refuse(source)
    if not importer.is_model(source):
        known = ", ".join(f"*{ending}" for ending in importer.READERS)
        raise click.UsageError(f"{quote(source)} cannot be imported: {known} and torch:package.module:factory can")
    announce(source)
    with stepping() as step:
        imported = importer.load(source, parse_input(shape), flat=flat, step=step)
    for line in imported.receipt:
        click.echo(line, err=True)
    if path is None:
        write(imported.text)
    else:
        save(path, [imported.text], force=force)
