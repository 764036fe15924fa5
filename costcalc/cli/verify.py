"""`costcalc verify`."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import output_options
from costcalc.cli.output import Output, emit, watched

if TYPE_CHECKING:
    from costcalc.analysis.verify import Verdict


@click.command("verify")
@click.argument("specs", nargs=-1, metavar="[SPEC...]", shell_complete=complete_spec)
@click.option("--all", "everything", is_flag=True, help="Show exact claims and data too.")
@output_options()
@click.pass_context
def command(ctx: click.Context, specs: tuple[str, ...], output: Output, *, everything: bool) -> None:
    """Recompute every printed figure: those of specs, and those of the lecture's claims file.

    SPEC is a bundled name, a path of a spec, or a path of a claims file; without any, everything bundled is verified.
    Exit code 1 if a claim is wrong and not declared as an erratum. The same if a declared erratum is right after all.

    \b
    costcalc verify
    costcalc verify squeezenet --all
    """  # noqa: D301 - click reads \b
    from costcalc import specfile
    from costcalc.common.budget import BUDGET, COMMAND
    from costcalc.output.views.verify import verification

    begun: list[str] = []
    BUDGET.grant(0 if specs else len(specfile.bundled()) * COMMAND)
    files = len(specs) or len(specfile.bundled()) + len(list(specfile.claims_files()))
    verdicts = list(watched(_verdicts(specs, begun), "verifying", "files", files, lambda _: len(begun)))
    emit(verification(verdicts, everything=everything, more="--all shows them"), output)
    ctx.exit(1 if any(verdict.verdict == "failed" for verdict in verdicts) else 0)


def _verdicts(specs: tuple[str, ...], begun: list[str]) -> Iterator["Verdict"]:
    """Yield the verdicts on what is named, or on everything; `begun` gets the names of what was read."""
    from costcalc import specfile
    from costcalc.analysis.api import Bundle
    from costcalc.analysis.verify import verify_claims, verify_spec

    bundled = cache(lambda: [claims for source in specfile.claims_files() if (claims := specfile.claims_of(source))])
    networks = Bundle(net for claims in (() if specs else bundled()) for net, _ in claims.nets.values())
    if not specs:
        for name in specfile.bundled():
            begun.append(name)
            yield from verify_spec(specfile.load(name)[0], name, networks.attempt)
        for claims in bundled():
            begun.append("claims")
            yield from verify_claims(claims, networks)
    for name in specs:
        begun.append(name)
        found = specfile.find_bundled(name)
        if found:
            family = specfile.stem_of(found[0])
            yield from verify_spec(found[0], family)
            for claims in bundled():
                yield from verify_claims(claims, networks, only=frozenset({family, *found[0].variants}))
            continue
        if not specfile.is_path(name):
            yield from verify_spec(*specfile.load(name)[::2])
            continue
        source = specfile.source_of(name)  # read once: it may be standard input
        own = specfile.claims_of(source)
        if own:
            yield from verify_claims(own, networks)
        else:
            spec = specfile.load_source(source)
            yield from verify_spec(spec, specfile.stem_of(spec))
