"""What commands share: the SPEC argument and its settings, output options, writing, errors."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from costcalc.errors import SpecError, quote

if TYPE_CHECKING:
    from costcalc.api import Spec
    from costcalc.expr import Value
    from costcalc.formats import Screen
    from costcalc.network import Network
    from costcalc.table import Document

Command = TypeVar("Command", bound=Callable[..., Any])
RIDING = re.compile(r"(?P<spec>.+):(?P<settings>[A-Za-z_][A-Za-z0-9_]*=.*)\Z", re.DOTALL)


def spec_options(function: Command) -> Command:
    """Add SPEC and the options that set it."""
    for decorate in reversed(
        (
            click.argument("spec", shell_complete=complete_spec),
            click.option("--width", metavar="W", help="Width multiplier: the spec's setting `width`."),
            click.option("--res", metavar="R", help="Input resolution: the spec's setting `res`."),
            click.option(
                "--set",
                "sets",
                metavar="KEY=VALUE",
                multiple=True,
                shell_complete=complete_setting,
                help="Any setting of the spec; may be repeated.",
            ),
            click.option("--input", "shape", metavar="CxHxW", help="Replace the spec's input, such as 3x480x640."),
        )
    ):
        function = decorate(function)
    return function


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Add --format, -o and --force."""

    def decorate(function: Command) -> Command:
        for option in (
            click.option("--force", is_flag=True, help="Let -o replace a file that exists."),
            click.option("-o", "output", metavar="FILE", help="Write to a file, in the format of its suffix."),
            click.option("--format", "form", type=click.Choice(formats), help="Output format.  [default: table]"),
        ):
            function = option(function)
        return function

    return decorate


def load_spec(text: str) -> tuple["Spec", dict[str, "Value"]]:
    """Return the spec that an argument names and the settings that ride on it (`name:width=0.5,res=160`)."""
    from costcalc.api import load

    riding = RIDING.match(text)
    name = riding["spec"] if riding else text
    pairs = riding["settings"].split(",") if riding else []
    return load(name), settings_of(pairs, {})


def settings_of(pairs: "tuple[str, ...] | list[str]", named: Mapping[str, str | None]) -> dict[str, "Value"]:
    """Return settings from KEY=VALUE texts and from options of their own; one given twice is an error."""
    from costcalc.expr import ExprError, literal

    given: dict[str, Value] = {}
    texts = [(key, value) for key, value in named.items() if value is not None]
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise click.UsageError(f"{quote(pair)} is no KEY=VALUE")
        texts.append((key.strip(), value))
    for key, value in texts:
        if key in given:
            raise click.UsageError(f"setting {quote(key)} is given twice")
        try:
            given[key] = literal(value)
        except ExprError as error:
            raise click.UsageError(f"setting {quote(key)}: {error}") from None
    return given


def build(
    spec: str, width: str | None, res: str | None, sets: tuple[str, ...], shape: str | None
) -> tuple["Spec", "Network"]:
    """Return the spec and the network that the options of `spec_options` ask for."""
    loaded, riding = load_spec(spec)
    chosen = settings_of(sets, {"width": width, "res": res})
    twice = riding.keys() & chosen.keys()
    if twice:
        raise click.UsageError(f"setting {quote(min(twice))} is given twice")
    return loaded, loaded.build(input=parse_shape(shape), **{**riding, **chosen})


def parse_shape(text: str | None) -> tuple[int, int, int] | None:
    """Return `3x480x640` as (channels, height, width)."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})x([1-9]\d{0,8})x([1-9]\d{0,8})", text, re.ASCII)
    if not match:
        raise click.UsageError(f"--input is channels x height x width, such as 3x480x640, not {quote(text)}")
    return int(match[1]), int(match[2]), int(match[3])


def emit(document: "Document", form: str | None, output: str | None, force: bool) -> None:
    """Write a document to stdout or to a file, in the format asked for or that of the file's suffix."""
    from costcalc.formats import FORMATS, SUFFIXES, Screen

    if output is None:
        write(FORMATS[form or "table"](document, screen()))
        return
    form = form or SUFFIXES.get(os.path.splitext(output)[1])
    if form is None:
        raise click.UsageError(
            f"no format for {quote(output)}: its suffix is none of {', '.join(SUFFIXES)}; say --format"
        )
    save(output, FORMATS[form](document, Screen()), force)


def screen() -> "Screen":
    """Return what stdout is: COLUMNS or the terminal's width, without end in a pipe."""
    from costcalc.formats import Screen

    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and 0 < int(columns) < 10_000 else None
    terminal = sys.stdout.isatty()
    if width is None and terminal:
        import shutil

        width = shutil.get_terminal_size().columns
    dumb = os.environ.get("TERM", "") in ("dumb", "unknown")
    colour = terminal and not dumb and not os.environ.get("NO_COLOR")
    return Screen(width, colour, (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16"))


def write(text: str) -> None:
    """Write data to stdout; characters that its encoding lacks are replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding), nl=False, color=True)


def save(path: str, text: str, force: bool) -> None:
    """Write a file whole or not at all; one that exists is replaced only when forced."""
    import tempfile
    from pathlib import Path

    target = Path(path)
    if target.exists() and not force:
        raise click.UsageError(f"{quote(path)} exists: --force replaces it")
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=target.parent, delete=False) as stream:
            stream.write(text)
        written = Path(stream.name)
        written.chmod(0o666 & ~_umask())
        written.replace(target)
    except OSError as error:
        raise click.UsageError(f"cannot write {quote(path)}: {(error.strerror or str(error)).lower()}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def show_error(error: SpecError) -> None:
    """Print an error to stderr, after the layers that were counted before it."""
    if error.layers:
        click.echo(
            f"the {len(error.layers)} layers before the error:"
            if len(error.layers) > 1
            else "the layer before the error:",
            err=True,
        )
        width = max(len(layer.path) for layer in error.layers)
        for layer in error.layers:
            ins = " ".join(map(str, layer.ins))
            click.echo(f"  {layer.path:<{width}}  {layer.kind:<15}  {ins} -> {layer.out}", err=True)
    click.echo(str(error), err=True)


def complete_spec(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of bundled specs and their variants."""
    from costcalc import specfile

    names = [*specfile.bundled(), *(name for name, _ in specfile.variants())]
    return sorted({name for name in names if name.startswith(incomplete)})


def complete_setting(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the settings of the spec that is already on the line."""
    try:
        settings = load_spec(ctx.params.get("spec") or "")[0].settings
    except (SpecError, click.UsageError):
        return []
    return [f"{name}=" for name in settings if name.startswith(incomplete)]
