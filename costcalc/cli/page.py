"""`costcalc page`."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from costcalc.cli.complete import complete_spec
from costcalc.cli.options import convention_option, dtype_option, file_option
from costcalc.cli.output import write
from costcalc.cli.request import load_specs, measure_of, usage
from costcalc.cli.saving import save
from costcalc.common.budget import BUDGET, BUNDLED, PAGE
from costcalc.common.errors import quote, unknown

if TYPE_CHECKING:
    from costcalc.analysis.movable import Movable, OverfullError
    from costcalc.network.metrics import Measure


@click.command("page")
@click.argument("specs", nargs=-1, metavar="A [B]", shell_complete=complete_spec)
@click.option(
    "--over",
    multiple=True,
    metavar="NAME=FIRST..LAST:STEP",
    help="A setting that moves within a range; may be repeated.",
)
@click.option(
    "--choose", multiple=True, metavar="NAME=A,B,...", help="A setting that moves among values; may be repeated."
)
@convention_option()
@dtype_option
@click.option("--all", "every", is_flag=True, help="Write a page for each bundled family, and an index, into a folder.")
@file_option("Write to a file; - is standard output. With --all, a folder.")
@click.option("--force", is_flag=True, help="Let -o replace a file that exists.")
def command(
    specs: tuple[str, ...],
    over: tuple[str, ...],
    choose: tuple[str, ...],
    conventions: tuple[str, ...],
    dtype: str,
    path: str | None,
    *,
    every: bool,
    force: bool,
) -> None:
    """Write a page that moves: a network's exact figures under sliders, in a single file.

    With two networks, both are on one scale. Numbers are computed in the page, equal to those of `report` to the last
    integer; where they cannot be, the page shows a dash and the command to run.

    \b
    costcalc page mobilenet_v1 -o page.html
    costcalc page mobilenet_v1 squeezenet --over width=0.25..1.4:0.05 -o page.html
    costcalc page resnet --choose depth=18,34 --over res=128..512:32 -o page.html
    costcalc page --all -o site
    """  # noqa: D301 - click reads \b
    if every:
        from costcalc.cli.gallery import build

        if specs or over or choose:
            raise click.UsageError("--all writes every bundled family; leave out specs, --over and --choose")
        if path in (None, "-"):
            raise click.UsageError("--all needs a folder to write to; add -o FOLDER")
        build(path or "", lambda spec: written([spec], (), (), conventions, dtype), force=force)
        return
    if not specs:
        raise click.UsageError("a page needs a spec, or --all")
    text = written(specs, over, choose, conventions, dtype)
    if path is None:
        write(text)
    else:
        save(path, [text], force=force)


def written(
    specs: Sequence[str], over: Sequence[str], choose: Sequence[str], conventions: Sequence[str], dtype: str
) -> str:
    """Return the page of one network, or of two."""
    from costcalc.output.formats.moving import whole

    if len(specs) > 2:
        raise click.UsageError("a page shows one network or two")
    found = movables(specs, over, choose, measure_of(conventions), dtype)
    scripts = narrowing(found)
    names = " and ".join(dict.fromkeys(movable.spec.name for movable in found))
    again = [
        "costcalc page",
        *map(shlex.quote, specs),
        *(f"--over {shlex.quote(text)}" for text in over),
        *(f"--choose {shlex.quote(text)}" for text in choose),
        *(f"--convention {name}" for name in conventions),
        *([f"--dtype {dtype}"] if dtype != "fp32" else []),
    ]
    told = {
        "convention": " --convention ".join(conventions),
        "dtype": dtype if dtype != "fp32" else "",
        "command": " ".join(again),
    }
    title = f"{names}: what {'each' if len(found) > 1 else 'it'} costs"
    return sized(whole(title, model(scripts, told)), found)


def narrowing(found: "Sequence[Movable]") -> list[str]:
    """Return the scripts of networks; what is too large for a page names the setting to narrow."""
    from costcalc.analysis.movable import OverfullError, TooLargeError, fitted

    try:
        return [fitted(movable)[1] for movable in found]
    except TooLargeError as error:
        error.noted("`--over` narrows a setting")
        raise
    except OverfullError as error:
        raise overfull(error) from None


def overfull(error: "OverfullError") -> click.UsageError:
    """Return the error of a page that is too large, with the setting to narrow."""
    option = "--choose" if error.axis and error.axis.values else "--over"
    more = f": narrow {quote(error.axis.name)} with {option}" if error.axis else ""
    return click.UsageError(f"{error}{more}")


def sized(text: str, found: "Sequence[Movable]") -> str:
    """Return the text of a page; one that is too large is bad usage."""
    from costcalc.analysis.movable import MOST, OverfullError

    if len(text.encode()) > MOST:
        raise overfull(OverfullError(max(found, key=lambda movable: len(movable.combinations())).most_values))
    return text


def movables(
    specs: Sequence[str], over: Sequence[str], choose: Sequence[str], measure: "Measure", dtype: str
) -> "list[Movable]":
    """Return the networks of a page with the settings that move; an option holds for each network that has it."""
    from costcalc.analysis.api import split_name
    from costcalc.analysis.movable import ROOM, Movable
    from costcalc.analysis.sliders import asked
    from costcalc.network.metrics import DTYPE_BITS
    from costcalc.specfile import folder
    from costcalc.teaching.explain.inletters import lines_of

    if dtype not in DTYPE_BITS:
        raise click.UsageError(str(unknown("--dtype", dtype, DTYPE_BITS)))
    found = []
    loaded = [
        spec._replace(preset={**spec.preset, **riding}, key=split_name(text)[0])
        for text, (spec, riding) in zip(specs, load_specs(specs), strict=True)
    ]
    for spec in loaded:
        others = {name for other in loaded if other is not spec for name in other.settings} - spec.settings.keys()
        bundled = spec.definition.mark.source.name.startswith(folder())
        BUDGET.grant(BUNDLED if bundled else PAGE)
        own = [[text for text in texts if text.partition("=")[0].strip() not in others] for texts in (over, choose)]
        with usage():
            axes = asked(spec, *own)
        found.append(Movable(spec, axes, lines_of, measure, dtype, ROOM // len(loaded)))
    return found


def model(scripts: Sequence[str], told: Mapping[str, str]) -> str:
    """Return the JavaScript that defines the model of a page: its networks, and what holds for all of them."""
    from costcalc.analysis.runtables import shown
    from costcalc.output.formats.sheet import part

    parts = "".join(f",{name}:{shown(text)}" for name, text in told.items())
    return f"const MODEL = (() => {{\n{part('engine.js')}\nreturn {{networks:[{','.join(scripts)}]{parts}}};\n}})();\n"
