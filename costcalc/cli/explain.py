"""`costcalc explain`."""

import click

from costcalc.cli.options import output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, build, load_spec, usage
from costcalc.common.errors import SpecError


def complete_layer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the paths of the spec's layers, at its defaults."""
    try:
        loaded, settings = load_spec(ctx.params.get("spec") or "", models=False)
        layers = loaded.build(input=None, **settings).layers
    except (SpecError, click.UsageError):
        return []
    return [layer.path for layer in layers if layer.path.startswith(incomplete)]


@click.command("explain")
@spec_options
@click.argument("layer", shell_complete=complete_layer)
@output_options()
def command(target: SpecRequest, layer: str, output: Output) -> None:
    """Show where the numbers of a LAYER come from: each formula, with numbers put in, and the result.

    LAYER is a path as `report --by layer` prints it, a name, or a number in the order of execution, from 0. A block or
    stage is shown as the sum of its layers.

    \b
    costcalc explain mobilenet_v1 2
    costcalc explain mobilenet_v2 7/linear --width 1.4 --format latex
    costcalc explain resnet50 conv3_x
    """  # noqa: D301 - click reads \b
    from costcalc.network.parts import named
    from costcalc.output.views.explain import explained, summed_up

    network = build(target)
    with usage("LAYER"):
        label, layers = named(network, layer)
    emit(explained(network, layers[0]) if len(layers) == 1 else summed_up(network, label, layers), output)
