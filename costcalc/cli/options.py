"""Options that commands share, each stated once with its completion."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

import click

from costcalc.cli.complete import (
    complete_convention,
    complete_device,
    complete_dtype,
    complete_figures,
    complete_setting,
    complete_spec,
)
from costcalc.cli.output import Output
from costcalc.cli.request import SpecRequest
from costcalc.common.errors import offered, quote
from costcalc.output.formats import FORMATS

LARGEST_COUNT = 10**18
Command = TypeVar("Command", bound=Callable[..., Any])


def spec_options(function: Command) -> Command:
    """Add SPEC and the options that set it; the command gets them as `target`."""
    options = (
        click.argument("spec", shell_complete=complete_spec),
        click.option("--width", metavar="W", help="Width multiplier: the spec's setting `width`."),
        click.option("--res", metavar="R", help="Input resolution: the spec's setting `res`."),
        set_option("KEY=VALUE", "Any setting of the spec; may be repeated."),
        click.option(
            "--input",
            "shape",
            metavar="CxHxW",
            help="Replace the spec's input, such as 3x480x640, or one by its name: left=3x64x64.",
        ),
    )
    return gathered(function, "target", SpecRequest, options)


def set_option(metavar: str, words: str) -> Callable[[Command], Command]:
    """Add --set, which may be repeated; the command gets the texts as `sets`."""
    return click.option("--set", "sets", metavar=metavar, multiple=True, shell_complete=complete_setting, help=words)


def files_option(words: str, name: str = "files") -> Callable[[Command], Command]:
    """Add --files; the command gets the folder that a file may name files of."""
    return click.option("--files", name, metavar="DIR", type=click.Path(exists=True, file_okay=False), help=words)


def device_option(words: str, *, required: bool = False) -> Callable[[Command], Command]:
    """Add --device; the command gets its name or its file's path."""
    return click.option("--device", metavar="NAME|FILE", required=required, shell_complete=complete_device, help=words)


def output_options(*more: str, tables: bool = True) -> Callable[[Command], Command]:
    """Add --format, -o and --force; the command gets them as `output`.

    Every table can be written in the formats of tables; `more` are formats besides those, or, if not `tables`, all.
    """
    formats = [*(name for name, form in FORMATS.items() if form.tables and tables), *more]
    words = f"Output format.  [default: {formats[0]}]"
    options = (
        click.option("--format", "form", type=NamedChoice(formats), help=words),
        file_option("Write to a file, in the format of its suffix; - is standard output."),
        click.option("--force", is_flag=True, help="Let -o replace a file that exists."),
        *([click.option("--landscape", is_flag=True, help="Turn the page of a LaTeX table.")] if tables else []),
    )
    return lambda function: gathered(function, "output", Output, options)


def file_option(words: str) -> Callable[[Command], Command]:
    """Add -o; the command gets the path of a file as `path`, or None for standard output, which `-` names too."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
        return None if value == "-" else value

    return click.option("-o", "path", metavar="FILE", callback=read, help=words)


def convention_option(words: str = "What counts as MACs or parameters.") -> Callable[[Command], Command]:
    """Add --convention, which may be repeated; the command gets the names as `conventions`, for `measure_of`."""
    return click.option(
        "--convention",
        "conventions",
        metavar="NAME",
        multiple=True,
        shell_complete=complete_convention,
        help=words,
    )


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


figures_option = click.option(
    "--figures",
    metavar="A,B,...",
    shell_complete=complete_figures,
    help="The figures to compare: macs, params, peak, rf and others of docs/counting.md.",
)


def figures_of(text: str | None) -> tuple[str, ...]:
    """Return the names that --figures gives; one that there is not is bad usage."""
    from costcalc.cli.grids import names_of
    from costcalc.cli.request import usage
    from costcalc.network.figures import chosen

    with usage("--figures"):
        return chosen(names_of(text, "--figures"))


def gathered(function: Command, name: str, record: Any, options: Sequence[Callable[[Any], Any]]) -> Command:
    """Return a command with more options, whose values it gets as one record."""

    @wraps(function)
    def gather(*args: Any, **kwargs: Any) -> Any:
        kwargs[name] = record(**{field: kwargs.pop(field) for field in record._fields if field in kwargs})
        return function(*args, **kwargs)

    decorated: Any = gather
    for option in reversed(options):
        decorated = option(decorated)
    return decorated  # type: ignore[no-any-return]


class NamedChoice(click.Choice):  # type: ignore[type-arg]
    """One of some names; the error for an unknown one has the name that was meant, if one is near."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            error.message = f"unknown name {quote(value)}{offered(str(value), map(str, self.choices))}"  # type: ignore[misc, unused-ignore]
            raise


class LateChoice(NamedChoice):
    """One of the names in a table that is imported when one is asked for."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        self.names = names
        self.case_sensitive = True

    @property
    def choices(self) -> tuple[str, ...]:  # type: ignore[override]
        """The names."""
        return tuple(self.names())


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
            self.fail(f"cannot read {quote(text)} as a number; write it like 0.3, 1/9 or 30 %", param, ctx)
        number = Fraction(match[1]) / int(match[2] or 1) / (100 if match[3] else 1)
        if (
            (self.above is not None and number <= self.above)
            or (self.least is not None and number < self.least)
            or (self.most is not None and number > self.most)
        ):
            self.fail(f"{self.bounds} is expected, not {quote(text)}", param, ctx)
        return number

    @property
    def bounds(self) -> str:
        """What is allowed, in words."""
        if self.above is not None:
            return f"a number above {self.above}" + (f" and up to {self.most}" if self.most is not None else "")
        return (
            f"a number of {self.least} or more" if self.most is None else f"a number from {self.least} to {self.most}"
        )


class Count(click.ParamType):  # type: ignore[type-arg]
    """A whole number of at least 1, in digits or with a unit: `1281167`, `1.2M`."""

    name = "count"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number; anything else is bad usage."""
        from costcalc.common.notation import read_figure

        text = str(value).strip()
        try:
            figure = read_figure(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if figure.dimension != "count" or figure.value.denominator != 1 or not 1 <= figure.value <= LARGEST_COUNT:
            self.fail(
                f"a whole number from 1 to 10^18 is expected, such as 1281167 or 1.2M, not {quote(text)}", param, ctx
            )
        return int(figure.value)
