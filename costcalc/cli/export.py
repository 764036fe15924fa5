"""`costcalc export`."""

import click

from costcalc.cli.options import file_option, spec_options
from costcalc.cli.output import write
from costcalc.cli.request import SpecRequest, build_of
from costcalc.cli.saving import save
from costcalc.importer import export as exporting


@click.command("export")
@spec_options
@click.option("--to", "kind", required=True, type=click.Choice([*exporting.TARGETS]), help="What to write.")
@click.option(
    "--weights",
    type=click.Choice(["zeros", "random"]),
    default="zeros",
    show_default=True,
    help="What the weights of an ONNX model are: random ones are those of --seed.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Where random weights begin.")
@file_option("Write to a file; - is standard output.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
def command(target: SpecRequest, kind: str, weights: str, seed: int, path: str | None, *, force: bool) -> None:
    """Write a network as code of PyTorch or Keras, as ONNX, or for SCALE-Sim.

    \b
    costcalc export resnet18 --to torch -o resnet18.py
    costcalc export mobilenet_v2 --width 0.5 --to scalesim
    """  # noqa: D301 - click reads \b
    if weights == "random" and kind != "onnx":
        raise click.UsageError("`--weights random` is allowed only with `--to onnx`: other targets have no weights")
    network, loaded, _ = build_of(target)
    exported = exporting.export(network, loaded.blocks, kind, seed if weights == "random" else None)
    for note in exported.notes:
        click.echo(note, err=True)
    if path is not None:
        save(path, [exported.content] if isinstance(exported.content, str) else exported.content, force=force)
    elif isinstance(exported.content, str):
        write(exported.content)
    else:
        raise click.UsageError(f"`--to {kind}` writes a binary file: add `-o FILE`")
