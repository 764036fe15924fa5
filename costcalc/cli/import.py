"""`costcalc import`."""  # noqa: N999 - the name of the command

from typing import TYPE_CHECKING

import click

from costcalc.cli.options import file_option
from costcalc.cli.output import stepping, write
from costcalc.cli.request import announce, parse_input
from costcalc.cli.saving import save
from costcalc.common.errors import quote

if TYPE_CHECKING:
    from costcalc.network.model import Network


@click.command("import")
@click.argument("source")
@file_option("Write the spec to a file.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
@click.option("--input", "shape", metavar="CxHxW", help="The input that the model is read at, such as 3x224x224.")
@click.option(
    "--second", metavar="FILE", help="The same ONNX model at another input size: it proves that `res` may change."
)
@click.option(
    "--tables",
    is_flag=True,
    help="Count numbers for each pair of places of an ONNX file's attention as tables of relative positions.",
)
@click.option("--flat", is_flag=True, help="Write every row by itself, without blocks.")
def command(
    source: str, path: str | None, shape: str | None, second: str | None, *, force: bool, tables: bool, flat: bool
) -> None:
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
        raise click.UsageError(f"cannot import {quote(source)}; SOURCE must be {known} or torch:package.module:factory")
    announce(source)
    with stepping() as step:
        size = parse_input(shape, model=True)
        imported = importer.load(source, size, flat=flat, second=second, tables=tables, step=step)
        beside = _nearest(imported.network)
    for line in (*imported.receipt, *beside):
        click.echo(line, err=True)
    text = "".join(f"# {line}\n" for line in beside) + imported.text
    if path is None:
        write(text)
    else:
        save(path, [text], force=force)


def _nearest(network: "Network") -> list[str]:
    """Return what the receipt says of the nearest bundled network, in the words of `compare`."""
    from costcalc.analysis.nearest import nearest
    from costcalc.output.views.compare import difference

    found = nearest(network)
    if found is None:
        return ["nearest bundled network: none is near"]
    name, bundled = found
    return [f"nearest bundled network: {name}", *(f"to {name}: {line}" for line in difference(bundled, network))]
