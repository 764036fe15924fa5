"""What a shell completes: names of specs, devices and tables, settings, conventions, types."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def complete_spec(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Complete the names of bundled specs and their variants, and the settings that ride on them; else files."""
    from costcalc import specfile

    riding = re.match(
        r"(?P<head>(?P<name>.+?):(?:[A-Za-z_]\w*=[^,]*,)*)(?P<last>[A-Za-z_]\w*(?:=[^,]*)?)?\Z", incomplete
    )
    assigned = _assigned(specfile.glanced(riding["name"]).settings, riding["last"] or "") if riding else []
    path, colon, last = incomplete.rpartition(":")
    members = specfile.glanced(path).variants if colon and specfile.is_path(path) else ()
    found = [f"{path}:{name}" for name in members if name.startswith(last)]
    found += [riding["head"] + text for text in assigned if riding]
    if found:
        return _items(found)
    names = [*specfile.bundled(), *(name for name, _ in specfile.variants())]
    return _or_files(sorted(set(names)), incomplete)


def _inside(folder: str) -> Completer:
    """Return what completes the names of bundled files in a folder; where none fits, of files."""

    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        from costcalc.specfile import bundled

        return _or_files(bundled(folder), incomplete)

    return complete


complete_device, complete_latencies, complete_assignment = map(_inside, ("devices", "latencies", "assignments"))


def _or_files(names: Sequence[str], incomplete: str) -> "list[CompletionItem]":
    """Return the names that begin so; where there is none, files."""
    return _items(name for name in names if name.startswith(incomplete)) or _items([incomplete], type="file")


def _items(values: Iterable[str], **more: str) -> "list[CompletionItem]":
    """Return what a shell completes; click's module for it is imported when a shell asks."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(value, **more) for value in values]


def complete_setting(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the settings of the spec that is already on the line, and the values of those with choices."""
    return _assigned(settings_on(ctx), incomplete)


def complete_setting_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last name of a comma-separated list of settings of the spec that is already on the line."""
    head, comma, last = incomplete.rpartition(",")
    return [head + comma + name for name in settings_on(ctx) if name.startswith(last)]


def settings_on(ctx: click.Context) -> dict[str, tuple[str, ...]]:
    """Return the settings of the spec on the line, which click leaves among the rest while an option has no value."""
    from costcalc.specfile import glanced

    specs = [ctx.params.get("spec"), *(ctx.params.get("specs") or ()), *ctx.args]
    return glanced(re.sub(r":[A-Za-z_]\w*=.*\Z", "", next(filter(None, specs), ""))).settings


def _assigned(settings: Mapping[str, Sequence[str]], incomplete: str) -> list[str]:
    """Return KEY= of the settings that begin so; behind an equals sign, the choices of that setting."""
    name, equals, value = incomplete.partition("=")
    if equals:
        return [f"{name}={choice}" for choice in settings.get(name, ()) if choice.startswith(value)]
    return [f"{key}=" for key in settings if key.startswith(name)]


def complete_convention(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Complete the names of conventions, each with its words."""
    from costcalc.network.metrics import CONVENTIONS

    named = {name: row.words for name, row in CONVENTIONS.items() if name.startswith(incomplete)}
    return [item for name, words in named.items() for item in _items([name], help=words)]


def complete_dtype(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of element types."""
    from costcalc.network.metrics import DTYPE_BITS

    return [name for name in DTYPE_BITS if name.startswith(incomplete)]


def complete_figures(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the last name of a comma-separated list of figures."""
    from costcalc.network.figures import network_figures

    head, comma, last = incomplete.rpartition(",")
    return [head + comma + name for name in network_figures() if name.startswith(last)]
