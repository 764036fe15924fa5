"""What a shell completes: names of specs, devices and tables, settings, conventions, types."""

from collections.abc import Callable, Sequence

import click
from click.shell_completion import CompletionItem

from costcalc.cli.request import load_spec
from costcalc.common.errors import SpecError

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_spec(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of bundled specs and their variants; where none fits, of files."""
    from costcalc import specfile

    path, colon, _ = incomplete.rpartition(":")
    if colon and specfile.is_path(path):
        try:
            return _or_files([f"{path}:{name}" for name in specfile.load_file(path).variants], incomplete)
        except SpecError:
            return []
    names = [*specfile.bundled(), *(name for name, _ in specfile.variants())]
    return _or_files(sorted(set(names)), incomplete)


def _inside(folder: str) -> Completer:
    """Return what completes the names of bundled files in a folder; where none fits, of files."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from costcalc.specfile import bundled

        return _or_files(bundled(folder), incomplete)

    return complete


complete_device, complete_latencies, complete_assignment = map(_inside, ("devices", "latencies", "assignments"))


def _or_files(names: Sequence[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin so; where there is none, files."""
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def complete_setting(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the settings of the spec that is already on the line."""
    specs = [
        ctx.params.get("spec"),
        *(ctx.params.get("specs") or ()),
        *ctx.args,
    ]  # click leaves it among the rest while `--set` has no value yet
    try:
        settings = load_spec(next(filter(None, specs), ""), models=False)[0].settings
    except (SpecError, click.UsageError):
        return []
    return [f"{name}=" for name in settings if name.startswith(incomplete)]


def complete_convention(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of conventions, each with its words."""
    from costcalc.network.metrics import CONVENTIONS

    return [CompletionItem(name, help=row.words) for name, row in CONVENTIONS.items() if name.startswith(incomplete)]


def complete_dtype(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of element types."""
    from costcalc.network.metrics import DTYPE_BITS

    return [name for name in DTYPE_BITS if name.startswith(incomplete)]


def complete_figures(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last name of a comma-separated list of figures."""
    from costcalc.network.figures import network_figures

    head, comma, last = incomplete.rpartition(",")
    return [head + comma + name for name in network_figures() if name.startswith(last)]
