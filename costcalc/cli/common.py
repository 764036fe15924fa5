"""What commands share: the SPEC argument and its settings, output options, writing, errors."""

import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

import click
from click.shell_completion import CompletionItem

from costcalc.errors import SpecError, quote

if TYPE_CHECKING:
    from pathlib import Path

    from costcalc.api import Spec
    from costcalc.expr import Value
    from costcalc.formats import Screen
    from costcalc.metrics import Measure
    from costcalc.network import Network
    from costcalc.reconcile import Alternatives
    from costcalc.table import Column, Document

LAYERS_SHOWN = 60  # before an error: more than a screen helps nobody

PATIENCE = 1.0  # seconds before a terminal is told that work goes on
REFRESH = 0.1  # seconds between two such lines

TABLE_FORMATS = ("table", "json", "csv", "md", "latex", "html")  # of every table

Command = TypeVar("Command", bound=Callable[..., Any])
Item = TypeVar("Item")


class Target(NamedTuple):
    """What SPEC and its options ask for: a spec, its settings, perhaps another input."""

    spec: str
    width: str | None
    res: str | None
    sets: tuple[str, ...]
    shape: str | None


class Output(NamedTuple):
    """Where a command writes, and in which format (None: a table, or the suffix of the file)."""

    form: str | None
    path: str | None
    force: bool


def spec_options(function: Command) -> Command:
    """Add SPEC and the options that set it; the command gets them as `target`."""
    options = (
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
    return _gathered(function, "target", Target, options)


def output_options(*formats: str) -> Callable[[Command], Command]:
    """Add --format, -o and --force; the command gets them as `output`."""
    options = (
        click.option("--format", "form", type=click.Choice(formats), help="Output format.  [default: table]"),
        click.option("-o", "path", metavar="FILE", help="Write to a file, in the format of its suffix."),
        click.option("--force", is_flag=True, help="Let -o replace a file that exists."),
    )
    return lambda function: _gathered(function, "output", Output, options)


def convention_option(words: str = "What counts as MACs or parameters.") -> Callable[[Command], Command]:
    """Add --convention, which may be repeated; the command gets the names as `conventions`, for `measure_of`."""
    option: Callable[[Command], Command] = click.option(
        "--convention",
        "conventions",
        metavar="NAME",
        multiple=True,
        shell_complete=complete_convention,
        help=words,
    )
    return option


def dtype_option(function: Command) -> Command:
    """Add --dtype, for what elements of parameters and activations are stored as."""
    option: Callable[[Command], Command] = click.option(
        "--dtype",
        default="fp32",
        show_default=True,
        metavar="TYPE",
        shell_complete=complete_dtype,
        help="What an element is stored as: fp32, fp16, int8, ...",
    )
    return option(function)


def _gathered(function: Command, name: str, record: Any, options: Sequence[Callable[[Any], Any]]) -> Command:
    """Return a command with more options, whose values it gets as one record."""

    @wraps(function)
    def gather(*args: Any, **kwargs: Any) -> Any:
        kwargs[name] = record(**{field: kwargs.pop(field) for field in record._fields})
        return function(*args, **kwargs)

    decorated: Any = gather
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


def load_spec(text: str) -> tuple["Spec", dict[str, "Value"]]:
    """Return the spec that an argument names and the settings that ride on it (`name:width=0.5,res=160`)."""
    from costcalc.api import load, split_name

    name, pairs = split_name(text)
    return load(name), settings_of(pairs)


def load_specs(texts: Sequence[str]) -> list[tuple["Spec", dict[str, "Value"]]]:
    """Return the specs that several arguments name, each with its settings; standard input can be read but once."""
    from costcalc.api import split_name

    if [split_name(text)[0] for text in texts].count("-") > 1:
        raise click.UsageError("standard input is one spec: `-` stands for it once")
    return [load_spec(text) for text in texts]


def settings_of(pairs: Sequence[str]) -> dict[str, "Value"]:
    """Return the settings of KEY=VALUE texts; a malformed one, or one given twice, is bad usage."""
    from costcalc.api import parse_settings

    try:
        return parse_settings(pairs)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def build(target: Target) -> "Network":
    """Return the network that SPEC and its options ask for."""
    loaded, chosen = chosen_settings(target)
    return loaded.build(input=parse_shape(target.shape), **chosen)


def build_alternatives(target: Target) -> dict["Alternatives", "Network"]:
    """Return the network asked for, and those of the alternatives that SPEC declares, alone and in combination.

    A setting that is asked for stays; what does not fit together is left out.
    """
    from costcalc.reconcile import combined

    loaded, chosen = chosen_settings(target)
    shape = parse_shape(target.shape)
    networks: dict[Alternatives, Network] = {(): loaded.build(input=shape, **chosen)}
    free = {name: values for name, values in loaded.alternatives.items() if not values.keys() & chosen.keys()}
    for names, settings in combined(free).items():
        with suppress(SpecError):
            network = loaded.build(input=shape, **{**chosen, **settings})
            if all(network.settings != other.settings for other in networks.values()):
                networks[names] = network
    return networks


def chosen_settings(target: Target) -> tuple["Spec", dict[str, "Value"]]:
    """Return the spec of SPEC, and the settings that ride on it or that options give."""
    loaded, riding = load_spec(target.spec)
    named = [f"{key}={value}" for key, value in (("width", target.width), ("res", target.res)) if value is not None]
    chosen = settings_of([*named, *target.sets])
    twice = riding.keys() & chosen.keys()
    if twice:
        raise click.UsageError(f"setting {quote(min(twice))} is given twice")
    return loaded, {**riding, **chosen}


def parse_shape(text: str | None, option: str = "--input") -> tuple[int, int, int] | None:
    """Return `3x480x640` as (channels, height, width)."""
    if text is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})x([1-9]\d{0,8})x([1-9]\d{0,8})", text, re.ASCII)
    if not match:
        raise click.UsageError(f"{option} is channels x height x width, such as 3x480x640, not {quote(text)}")
    return int(match[1]), int(match[2]), int(match[3])


def emit(document: "Document", output: Output) -> None:
    """Write a document to stdout or to a file, in the format asked for or that of the file's suffix."""
    from costcalc.formats import FORMATS, Screen

    form = form_of(output)
    if form == "svg" and document.chart is None:
        raise click.UsageError(
            "no chart to write as SVG: `report --plot`, `sweep --plot`, `memory` and, of layers with FLOPs, "
            "`roofline` draw one"
        )
    if output.path is None:
        write(FORMATS[form](document, screen()))
        return
    save(output.path, [FORMATS[form](document, Screen())], force=output.force)


def form_of(output: Output) -> str:
    """Return the format asked for, or that of the file's suffix."""
    from costcalc.formats import SUFFIXES

    form = output.form or (SUFFIXES.get(os.path.splitext(output.path)[1]) if output.path else "table")
    if form is None:
        known = ", ".join(SUFFIXES)
        raise click.UsageError(f"no format for {quote(output.path)}: its suffix is none of {known}; say --format")
    return form


def emit_rows(columns: Sequence["Column"], rows: Iterable[tuple[Any, ...]], output: Output) -> None:
    """Write rows as they come, in a format that has no need of them all."""
    from costcalc.formats import stream

    lines = stream(form_of(output))(columns, rows)
    if output.path is not None:
        save(output.path, lines, force=output.force)
        return
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        sys.stdout.write(line.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def measure_of(conventions: Sequence[str]) -> "Measure":
    """Return the measure that --convention asks for; an unknown name, or two for one thing, is bad usage."""
    from costcalc.metrics import Measure

    try:
        return Measure.named(conventions)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--convention") from None


def watched(items: Iterable[Item], words: Callable[[int], str]) -> Iterator[Item]:
    """Yield items as they come; a terminal that waits is told how far the work is, in words for so many items."""
    started = shown = time.monotonic()
    waiting = sys.stderr.isatty()
    told = ""
    for number, item in enumerate(items):
        now = time.monotonic()
        if waiting and now - started > PATIENCE and now - shown > REFRESH:
            told = f"\r{words(number)} "
            shown = now
            click.echo(told, nl=False, err=True)
        yield item
    if told:
        click.echo("\r" + " " * (len(told) + 8) + "\r", nl=False, err=True)


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
    sys.stdout.flush()


def give_up(error: OSError) -> NoReturn:
    """End with 2 where stdout cannot be written; what is still buffered for it is let go."""
    click.echo(f"error: cannot write: {(error.strerror or str(error)).lower()}", err=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(2)


def save(path: str, texts: Iterable[str], *, force: bool) -> None:
    """Write texts to a file, whole or not at all; one that exists is replaced only when forced, a link stays one."""
    from pathlib import Path

    target = Path(os.path.realpath(path))
    if target.exists() and not force:
        raise click.UsageError(f"{quote(path)} exists: --force replaces it")
    if not target.parent.is_dir():
        raise click.UsageError(f"cannot write {quote(path)}: there is no folder {quote(os.path.dirname(path))}")
    if target.exists() and not target.is_file():
        raise click.UsageError(f"cannot write {quote(path)}: it is no file")
    try:
        _replace(target, texts)
    except OSError as error:
        raise click.UsageError(f"cannot write {quote(path)}: {(error.strerror or str(error)).lower()}") from None


def _replace(target: "Path", texts: Iterable[str]) -> None:
    """Put a new file in the place of one, or leave everything as it was."""
    import tempfile
    from pathlib import Path

    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", dir=target.parent, delete=False) as stream:
        written = Path(stream.name)
        try:
            stream.writelines(texts)
            stream.close()
            written.chmod(0o666 & ~_umask())
            written.replace(target)
        except BaseException:
            written.unlink()
            raise


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
        shown = error.layers[-LAYERS_SHOWN:]
        if len(shown) < len(error.layers):
            click.echo(f"  ... {len(error.layers) - len(shown):,} more", err=True)
        width = max(len(layer.path) for layer in shown)
        for layer in shown:
            ins = " ".join(map(str, layer.ins))
            click.echo(f"  {layer.path:<{width}}  {layer.kind:<15}  {ins} -> {layer.out}", err=True)
    click.echo(str(error), err=True)


class Number(click.ParamType):  # type: ignore[type-arg]
    """An exact number between bounds: `0.3`, `1/9`, `30 %`; `above` is a bound that is not allowed itself."""

    name = "number"

    def __init__(self, *, above: int | None = None, least: int | None = None, most: int | None = None) -> None:
        self.above = above
        self.least = least
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number as a fraction; anything else is bad usage."""
        from fractions import Fraction

        text = str(value).strip()
        match = re.fullmatch(r"(-?\d{1,30}(?:\.\d{1,30})?|-?\.\d{1,30})(?:/(\d{1,30}))?( ?%)?", text, re.ASCII)
        if not match or (match[2] and not int(match[2])):
            self.fail(f"{quote(text)} is no number, such as 0.3, 1/9 or 30 %", param, ctx)
        number = Fraction(match[1]) / int(match[2] or 1) / (100 if match[3] else 1)
        if (
            (self.above is not None and number <= self.above)
            or (self.least is not None and number < self.least)
            or (self.most is not None and number > self.most)
        ):
            self.fail(f"{quote(text)} is out of bounds: {self.bounds}", param, ctx)
        return number

    @property
    def bounds(self) -> str:
        """What is allowed, in words."""
        low = f"above {self.above}" if self.above is not None else f"from {self.least}"
        return f"a number {low}" + (f" to {self.most}" if self.most is not None else "") + " is due"


def complete_spec(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of bundled specs and their variants; where none fits, of files."""
    from costcalc import specfile

    names = [*specfile.bundled(), *(name for name, _ in specfile.variants())]
    return _or_files(sorted(set(names)), incomplete)


def complete_device(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of bundled devices; where none fits, of files."""
    from costcalc.specfile import DEVICES, bundled

    return _or_files(bundled(DEVICES), incomplete)


def complete_latencies(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of bundled tables of latencies; where none fits, of files."""
    from costcalc.specfile import LATENCIES, bundled

    return _or_files(bundled(LATENCIES), incomplete)


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
        settings = load_spec(next(filter(None, specs), ""))[0].settings
    except (SpecError, click.UsageError):
        return []
    return [f"{name}=" for name in settings if name.startswith(incomplete)]


def complete_convention(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the names of conventions, each with its words."""
    from costcalc.metrics import CONVENTIONS

    return [CompletionItem(name, help=row.words) for name, row in CONVENTIONS.items() if name.startswith(incomplete)]


def complete_dtype(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names of element types."""
    from costcalc.metrics import DTYPE_BITS

    return [name for name in DTYPE_BITS if name.startswith(incomplete)]
