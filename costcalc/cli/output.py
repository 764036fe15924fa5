"""How a command ends: documents written to stdout or to files, progress, errors."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from costcalc.cli.saving import save
from costcalc.common.errors import SpecError, quote

if TYPE_CHECKING:
    from threading import Event

    from rich.console import Console
    from rich.progress import Progress, ProgressColumn
    from rich.text import Text

    from costcalc.common.table import Column, Document
    from costcalc.output.formats import Screen

NARROWEST = 20  # columns that texts are laid out for: in fewer there is no room for words and their indents
LAYERS_SHOWN = 60  # before an error: more than a screen helps nobody
PATIENCE = 1.0  # seconds before a terminal shows that work goes on
REFRESH = 0.1  # seconds between two such lines
LEVELS = {"warning": "costcalc.warning"}  # the styles of levels that are not errors
Item = TypeVar("Item")


class Output(NamedTuple):
    """Where a command writes, and in which format (None: a table, or the suffix of the file); a page may be turned."""

    form: str | None
    path: str | None
    force: bool
    landscape: bool = False


def emit(document: "Document", output: Output) -> None:
    """Write a document to stdout or to a file, in the format asked for or that of the file's suffix."""
    from costcalc.output.formats import FORMATS, Screen

    form = form_of(output)
    if form == "svg" and document.chart is None:
        raise click.UsageError(
            "there is no chart to write as SVG; available from `report --plot`, `sweep --plot`, `memory`, `compare` of "
            "two specs, `check --summary`, and `roofline` if a layer has FLOPs"
        )
    if output.path is None:
        shown = screen()._replace(landscape=output.landscape)
        if form == "table" and shown.colour:
            draw(document, shown)
        else:
            write(FORMATS[form](document, shown))
        return
    save(output.path, [FORMATS[form](document, Screen(landscape=output.landscape))], force=output.force)


def form_of(output: Output) -> str:
    """Return the format asked for, or that of the file's suffix."""
    from costcalc.output.formats import SUFFIXES

    suffix = os.path.splitext(output.path or "")[1].lower()
    form = output.form or (SUFFIXES.get(suffix) if output.path is not None else "table")
    if form is None:
        known = ", ".join(SUFFIXES)
        raise click.UsageError(f"{quote(output.path)} has an unknown suffix; use one of {known}, or --format")
    if output.landscape and form != "latex":
        raise click.UsageError("--landscape turns a page of LaTeX; add --format latex")
    return form


def emit_rows(columns: Sequence["Column"], rows: Iterable[tuple[Any, ...]], output: Output) -> None:
    """Write rows as they come, in a format that has no need of them all."""
    from costcalc.output.formats import stream

    lines = stream(form_of(output))(columns, rows)
    if output.path is not None:
        save(output.path, lines, force=output.force)
        return
    encoding = sys.stdout.encoding or "utf-8"
    for line in lines:
        sys.stdout.write(line if line.isascii() else line.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def watched(
    items: Iterable[Item], doing: str, what: str, total: int | None = None, done: Callable[[int], int] | None = None
) -> Iterator[Item]:
    """Yield items as they come; a terminal that waits sees how far the work is and how long it may still take.

    `done` gives, of so many items, how much of the `total` is done: their number unless it is given.
    """
    started = shown = time.monotonic()
    waiting = sys.stderr.isatty()
    progress: Progress | None = None
    for number, item in enumerate(items):
        now = time.monotonic()
        if waiting and now - started > PATIENCE and now - shown > REFRESH:
            if progress is None:
                progress = _counting(what)
                progress.add_task(doing, total=total)
                progress.start()
            shown = now
            progress.update(progress.task_ids[0], completed=done(number) if done else number, refresh=True)
        yield item
    if progress is not None:
        progress.stop()


@contextmanager
def stepping() -> "Iterator[Callable[[str, float], None]]":
    """Yield what is called as a step begins: with what it does, and the share of the work that is done by then.

    A step is one long call, so it is a thread that shows a terminal that waits the step and the time that is left.
    """
    from threading import Event, Thread

    begun: list[_Begun] = []
    over = Event()
    shower = Thread(target=_show_steps, args=(begun, over), daemon=True)
    waiting = sys.stderr.isatty()

    def step(doing: str, done: float) -> None:
        begun.append(_Begun(doing, done, time.monotonic()))
        if waiting and len(begun) == 1:
            shower.start()

    try:
        yield step
    finally:
        over.set()
        if waiting and begun:
            shower.join()


class _Begun(NamedTuple):
    """A step that has begun: what it does, the share of the work that was done by then, and when that was."""

    doing: str
    done: float
    moment: float

    def left(self, started: float) -> str:
        """Return how long all may still take, where the steps before this one tell."""
        if not self.done:
            return ""
        seconds = (self.moment - started) / self.done - (time.monotonic() - started)
        return f"about {max(1, round(seconds))} s left"


def _show_steps(begun: Sequence[_Begun], over: "Event") -> None:
    """Show the step that began last until all are over, if that takes long."""
    if over.wait(max(PATIENCE, 0)):
        return
    from rich.progress import BarColumn, TextColumn

    with _progress(TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[left]}")) as progress:
        task = progress.add_task(begun[-1].doing, total=1.0, left="")
        while True:
            last = begun[-1]
            progress.update(
                task, description=last.doing, completed=last.done, left=last.left(begun[0].moment), refresh=True
            )
            if over.wait(max(REFRESH, 0.01)):
                return


def _progress(*columns: "ProgressColumn") -> "Progress":
    """Return rich's progress on stderr, which vanishes when the work ends; what else is printed goes its own way."""
    from rich.progress import Progress

    return Progress(
        *columns,
        console=console(sys.stderr),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def _counting(what: str) -> "Progress":
    """Return a progress that shows how many of all are done."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    return _progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn()
    )


def screen() -> "Screen":
    """Return what stdout is: COLUMNS or the terminal's width, without end in a pipe."""
    from costcalc.output.formats import Screen

    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and 0 < int(columns) < 10_000 else None
    terminal = sys.stdout.isatty()
    if width is None and terminal:
        import shutil

        width = shutil.get_terminal_size().columns
    width = width and max(NARROWEST, width)
    colour = terminal or bool(os.environ.get("FORCE_COLOR"))  # rich knows what such a terminal shows
    blocks = (sys.stdout.encoding or "").lower().replace("-", "") in ("utf8", "utf16")
    return Screen(width, colour, blocks, "--format csv has them")


def console(stream: IO[str], width: int | None = None) -> "Console":
    """Return rich's console for a stream, with the theme; rich reads what the terminal and the environment allow."""
    from rich.console import Console

    from costcalc.output.formats.theme import theme

    plain = bool(os.environ.get("NO_COLOR"))  # not only without colour: without any code
    return Console(file=stream, theme=theme(), width=width, color_system=None if plain else "auto", highlight=False)


def draw(document: "Document", shown: "Screen") -> None:
    """Draw a document on a terminal."""
    from costcalc.output.formats.theme import Drawing

    page = console(sys.stdout, shown.width)
    with page.capture() as drawn:
        page.print(Drawing(document, shown), crop=False)
    write(drawn.get())


def write(text: str) -> None:
    """Write data to stdout; characters that its encoding lacks are replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding), nl=False, color=True)
    sys.stdout.flush()


def show_error(error: SpecError) -> None:
    """Print an error to stderr, after the layers that were counted before it."""
    if error.layers:
        before = f"{len(error.layers)} layers" if len(error.layers) > 1 else "layer"
        click.echo(f"the {before} before the error:", err=True)
        shown = error.layers[-LAYERS_SHOWN:]
        if len(shown) < len(error.layers):
            click.echo(f"  ... {len(error.layers) - len(shown):,} more", err=True)
        width = max(len(layer.path) for layer in shown)
        for layer in shown:
            ins = " ".join(map(str, layer.ins))
            click.echo(f"  {layer.path:<{width}}  {layer.kind:<15}  {ins} -> {layer.out}", err=True)
    if sys.stderr.isatty() or os.environ.get("FORCE_COLOR"):
        console(sys.stderr).print(_painted(error), soft_wrap=True)
    else:
        click.echo(str(error), err=True)


def _painted(error: SpecError) -> "Text":
    """Return an error in colour: its place, its level, the caret below the line, the notes."""
    from rich.text import Text

    place = f"{error.mark}: " if error.mark else ""
    first, *more = str(error).split("\n")
    painted = Text.assemble((place, "costcalc.place"), (f"{error.level}:", LEVELS.get(error.level, "costcalc.bad")))
    painted.append(first.removeprefix(f"{place}{error.level}:"))
    for line in more:
        style = "costcalc.caret" if set(line.strip()) == {"^"} else "" if line.startswith("  ") else "costcalc.note"
        painted.append(f"\n{line}", style)
    return painted
