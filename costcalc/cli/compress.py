"""`costcalc compress`."""

from fractions import Fraction

import click

from costcalc.cli.options import NamedChoice, Number, output_options, spec_options
from costcalc.cli.output import Output, emit
from costcalc.cli.request import SpecRequest, build, usage
from costcalc.network.compress import LAYOUTS, Scheme

BITS = click.IntRange(1, 64)


@click.command("compress")
@spec_options
@click.option(
    "--density",
    type=Number(least=0, most=1),
    metavar="D",
    help="Share of the weights that is kept, 0 to 1, such as 0.3 or 1/9, in place of the spec's `density` data.",
)
@click.option("--bits", type=BITS, metavar="N", help="Bits of a kept weight, in place of the spec's `bits` data.")
@click.option("--act-bits", type=BITS, metavar="N", default=32, show_default=True, help="Bits of an activation.")
@click.option(
    "--index-bits",
    type=click.IntRange(0, 64),
    metavar="N",
    help="Bits of the index of a kept weight.  [default: 4]",
)
@click.option("--codebook", is_flag=True, help="Store a code book of 2^bits values of 4 bytes for each layer.")
@click.option(
    "--layout",
    type=NamedChoice(LAYOUTS),
    default="plain",
    show_default=True,
    help="What a file holds besides the weights.",
)
@click.option(
    "--svd",
    type=Number(above=0),
    metavar="FACTOR",
    help="Replace each fc layer by two of the largest rank with FACTOR times fewer weights.",
)
@click.option(
    "--by",
    type=NamedChoice(["layer", "kind", "stage", "block"]),
    default="layer",
    show_default=True,
    help="What a row is.",
)
@output_options()
def command(
    target: SpecRequest,
    output: Output,
    density: Fraction | None,
    bits: int | None,
    act_bits: int,
    index_bits: int | None,
    layout: str,
    svd: Fraction | None,
    by: str,
    *,
    codebook: bool,
) -> None:
    """Show what pruning, quantisation and low rank leave of a network, and what is stored of it.

    Densities and bits are those of the spec's `data` columns, or 1 and 32, unless options give them for every layer.
    With --svd the spec's data are not used.

    \b
    costcalc compress squeezenet --by block
    costcalc compress squeezenet --layout deep-compression
    costcalc compress mobilenet_v2 --density 0.5 --bits 8
    costcalc compress alexnet --svd 5
    """  # noqa: D301 - click reads \b
    from costcalc.output.views.compress import compression

    chosen = LAYOUTS[layout]
    chosen = chosen._replace(
        bits=bits or chosen.bits,
        index_bits=chosen.index_bits if index_bits is None else index_bits,
        codebook=codebook or chosen.codebook,
    )
    network = build(target)
    with usage(more="; add --bits"):
        document = compression(network, Scheme(chosen, density, svd, act_bits), by)
    emit(document, output)
