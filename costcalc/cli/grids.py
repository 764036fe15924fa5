"""What commands over grids share: specs with settings on their names, axes from --width, --res and --set, messages."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from costcalc.cli.output import watched
from costcalc.cli.request import load_specs, usage
from costcalc.common.errors import Source, quote

if TYPE_CHECKING:
    from costcalc.analysis.api import Spec
    from costcalc.analysis.search import SearchTally, Watch
    from costcalc.analysis.search.points import Plan
    from costcalc.common.table import Notes
    from costcalc.language.expr import Value


def named_specs(texts: Sequence[str], swept: Sequence[str] = ()) -> list[tuple[str, "Spec"]]:
    """Return specs under the names that rows show, the settings that ride on them fixed."""
    from costcalc.analysis.api import split_name

    found = []
    for text, (loaded, riding) in zip(texts, load_specs(texts), strict=True):
        twice = sorted(riding.keys() & set(swept))
        if twice:
            raise click.UsageError(f"setting {quote(twice[0])} is given twice")
        label = loaded.key + text[len(split_name(text)[0]) :]
        found.append((label, loaded._replace(preset={**loaded.preset, **riding})))
    return found


def read_axes(width: str | None, res: str | None, sets: Sequence[str]) -> dict[str, tuple["Value", ...]]:
    """Return the values of each setting that options give, in their order: width, res, then --set."""
    from costcalc.analysis.api import split_settings
    from costcalc.analysis.search.ranges import read_axis

    own = {name: text for name, text in (("width", width), ("res", res)) if text is not None}
    with usage():
        others = split_settings(sets)
    twice = sorted(own.keys() & others.keys())
    if twice:
        raise click.UsageError(f"setting {quote(twice[0])} is given twice")
    if width is not None and (comma := re.fullmatch(r"\s*0,(\d+)\s*", width)):
        sentence = f"--width {width.strip()} is the list of 0 and {comma[1]}; did you mean 0.{comma[1]}?"
        raise click.UsageError(f"{sentence} A width of 0 has no channels")
    axes = {name: read_axis(Source(f"--{name}", text)) for name, text in own.items()}
    return axes | {name: read_axis(Source(f"--set {name}", text)) for name, text in others.items()}


def names_of(text: str | None, option: str) -> list[str]:
    """Return the names of a list with commas between; raise ValueError where an option is given and has none."""
    if text is None:
        return []
    names = [name for name in map(str.strip, text.split(",")) if name]
    if not names:
        raise ValueError(f"{option} takes names with commas between, not {quote(text)}")
    return names


def tell(notes: "Notes") -> None:
    """Print to stderr what data alone does not say."""
    for label, parts in notes:
        if any(parts):
            click.echo(f"{label}: {'; '.join(parts)}", err=True)


def watch(doing: str, plan: "Plan", tally: "SearchTally") -> "Watch":
    """Return what shows on a terminal how many of a plan's points are counted, where that takes long."""
    return lambda batches: watched(batches, doing, "settings", plan.size, lambda _: tally.asked)
