"""What SPEC and its options ask for: a spec, its settings, a network, what is counted."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

import click

from costcalc.cli.output import stepping
from costcalc.common.errors import ArgumentError, SpecError, clean, quote

if TYPE_CHECKING:
    from costcalc.analysis.api import Spec
    from costcalc.language.expr import Value
    from costcalc.language.spec import Fed
    from costcalc.network.metrics import Measure
    from costcalc.network.model import Network


class SpecRequest(NamedTuple):
    """What SPEC and its options ask for: a spec, its settings, perhaps another input."""

    spec: str
    width: str | None
    res: str | None
    sets: tuple[str, ...]
    shape: str | None


@contextmanager
def usage(hint: str = "", more: str = "") -> Iterator[None]:
    """Tell a ValueError as bad usage: it gives the reason; which option is meant, and what helps, is added here."""
    try:
        yield
    except ValueError as error:
        sentence = f"{'--' if isinstance(error, ArgumentError) else ''}{error}{more}"
        raise click.BadParameter(sentence, param_hint=hint) if hint else click.UsageError(sentence) from None


def load_spec(text: str, shape: str | None = None, *, models: bool = True) -> tuple["Spec", dict[str, "Value"]]:
    """Return the spec that an argument names and the settings that ride on it (`name:width=0.5,res=160`).

    A model is imported, at an input if one is given; not one that a file names, since to read a model may run code.
    """
    from costcalc.analysis.api import load, split_name
    from costcalc.importer import is_model

    name, pairs = split_name(text)
    if models:
        announce(name)
    with stepping() as step:
        loaded = load(name, input=parse_input(shape, model=is_model(name)), models=models, step=step)
    return loaded, settings_of(pairs)


def announce(name: str) -> None:
    """Say on stderr that a source runs code, before it does."""
    if name.startswith("torch:"):
        click.echo(f"running the code of {quote(name.removeprefix('torch:'))}", err=True)


def load_specs(texts: Sequence[str]) -> list[tuple["Spec", dict[str, "Value"]]]:
    """Return the specs that several arguments name, each with its settings; standard input can be read but once."""
    from costcalc.analysis.api import split_name

    if [split_name(text)[0] for text in texts].count("-") > 1:
        raise click.UsageError("standard input holds one spec: give `-` only once")
    return [load_spec(text) for text in texts]


def settings_of(pairs: Sequence[str]) -> dict[str, "Value"]:
    """Return the settings of KEY=VALUE texts; a malformed one, or one given twice, is bad usage."""
    from costcalc.analysis.api import parse_settings

    with usage():
        return parse_settings(pairs)


def build(target: SpecRequest) -> "Network":
    """Return the network that SPEC and its options ask for."""
    return build_of(target)[0]


def build_of(target: SpecRequest) -> tuple["Network", "Spec", dict[str, "Value"]]:
    """Return the network that SPEC and its options ask for, with the spec and the settings."""
    loaded, chosen = chosen_settings(target)
    try:
        network = loaded.build(input=input_of(target, loaded), **chosen)
    except SpecError as error:
        raise _blamed(error, target, loaded, chosen) from None
    for doubt in filter(None, (shape.doubt for shape in network.fed.values())):
        click.echo(f"warning: {doubt}", err=True)
    return network, loaded, chosen


def _blamed(error: SpecError, target: SpecRequest, loaded: "Spec", chosen: Mapping[str, "Value"]) -> SpecError:
    """Return an error in a bundled spec as that of the option without which there is none, if there is one."""
    from costcalc.specfile import folder

    if error.mark is None or not error.mark.source.name.startswith(folder()):
        return error
    plain = {name: getattr(target, name) for name in ("width", "res")}
    without = {
        name: (f"--{name} {plain[name]}" if plain.get(name) else f"setting {quote(name)}", target.shape, {**chosen})
        for name in chosen
    }
    for name, (_, _, left) in without.items():
        del left[name]
    if target.shape:
        without["--input"] = (f"--input {clean(target.shape)}", None, {**chosen})
    for told, shape, left in without.values():
        with suppress(SpecError):
            loaded.build(input=parse_input(shape), **left)
            blamed = SpecError(f"{told} does not fit {quote(loaded.key)}: {error.sentence}", None, [f"at {error.mark}"])
            blamed.layers = error.layers
            return blamed
    return error


def chosen_settings(target: SpecRequest) -> tuple["Spec", dict[str, "Value"]]:
    """Return the spec of SPEC, and the settings that ride on it or that options give."""
    loaded, riding = load_spec(target.spec, target.shape)
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
        raise click.UsageError(f"{option} must be channels x height x width, such as 3x480x640, not {quote(text)}")
    return int(match[1]), int(match[2]), int(match[3])


def parse_sides(text: str, *, model: bool = False) -> tuple[int, ...]:
    """Return `3x480x640` as (channels, height, width), `1x16000` as two sides; of a model, `784` as features."""
    match = re.fullmatch(r"([1-9]\d{0,8})(?:x([1-9]\d{0,8}))?(?:x([1-9]\d{0,8}))?", text, re.ASCII)
    if not match or (match[2] is None and not model):
        form = "channels x height x width, such as 3x480x640"
        raise click.UsageError(f"--input must be {form}, not {quote(text)}")
    return tuple(int(side) for side in match.groups() if side)


def parse_input(text: str | None, *, model: bool = False) -> "Fed | None":
    """Return the sides of an input, or of some of several as a map by name: `left=3x64x64,right=1x64x64`."""
    if text is None or "=" not in text:
        return None if text is None else parse_sides(text, model=model)
    named: dict[str, Sequence[int]] = {}
    for part in text.split(","):
        name, _, sides = (piece.strip() for piece in part.partition("="))
        if name in named:
            raise click.UsageError(f"--input gives {quote(name)} twice")
        named[name] = parse_sides(sides, model=model)
    return named


def input_of(target: SpecRequest, loaded: "Spec") -> "Fed | None":
    """Return the input that is asked for; one of two sides is a signal's alone, and features are read with a model."""
    from costcalc.analysis.api import split_name
    from costcalc.importer import is_model

    shape = parse_input(target.shape, model=is_model(split_name(target.spec)[0]))
    if isinstance(shape, tuple) and len(shape) == 1:
        return None
    if isinstance(shape, tuple) and len(shape) == 2 and not (loaded.definition.signal or loaded.definition.inputs):
        parse_shape(target.shape)
    return shape


def measure_of(conventions: Sequence[str]) -> "Measure":
    """Return the measure that --convention asks for; an unknown name, or two for one thing, is bad usage."""
    from costcalc.network.metrics import Measure

    with usage("--convention"):
        return Measure.named(conventions)
