"""The Python door: load a spec by name or path, build it at some settings."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from costcalc import importer, specfile
from costcalc.common.errors import Source, SpecError, quote
from costcalc.language import spec as tables
from costcalc.language.expr import ExprError, Value, literal
from costcalc.language.settings import overrides, resolve
from costcalc.network.model import Network
from costcalc.unfold import interpreter

if TYPE_CHECKING:
    from costcalc.unfold.aspython import Told

RIDING = re.compile(r"(?P<spec>.+):(?P<settings>[A-Za-z_][A-Za-z0-9_]*=.*)\Z", re.DOTALL)


class Spec(NamedTuple):
    """A loaded spec with the settings that its name brought (those of a variant).

    `key` is the name it was asked for by; `definition` is the table itself, as frozen data.
    """

    definition: tables.Definition
    key: str
    preset: Mapping[str, Value] = tables.EMPTY

    def __repr__(self) -> str:
        """Return the name and the settings; `definition` is the whole table."""
        settings = ", ".join(f"{key}={value}" for key, value in self.settings.items())
        return f"<Spec {self.key}: {self.name}, {settings}>"

    @property
    def name(self) -> str:
        """The network's own name, as its source calls it."""
        return self.definition.name

    @property
    def source(self) -> str:
        """The paper or code that the table is from."""
        return self.definition.source

    @property
    def settings(self) -> Mapping[str, Value]:
        """Every setting with its value unless `build` gets another one."""
        return resolve(self.definition, self.preset).values

    @property
    def blocks(self) -> Mapping[str, "Told"]:
        """Its blocks as code says them, for what writes code."""
        from costcalc.unfold.aspython import blocks_of  # a report starts faster

        return blocks_of(self.definition)

    @property
    def alternatives(self) -> Mapping[str, Mapping[str, Value]]:
        """Other ways to read the table that its file declares: words for each, and the settings that make it."""
        return {name: overrides(self.definition, "", cells) for name, cells in self.definition.alternatives.items()}

    def build(self, *, input: tables.Fed | None = None, **settings: Value) -> Network:  # noqa: A002
        """Return the network at some settings, such as `build(width=0.5, res=160)`.

        `input` replaces the spec's input: (channels, height, width) in elements, (channels, length) of a signal, or a
        map of names to such for some of several inputs; a variant's own size gives way to it. Raises
        `costcalc.SpecError` for a setting that the spec does not have, and for a table that does not fit together at
        these settings.
        """
        preset = self.preset if input is None else interpreter.without_sizes(self.definition, self.preset, input)
        return interpreter.build(self.definition, {**preset, **settings}, self.key, input)


def load(
    name: str,
    *,
    input: tables.Fed | None = None,  # noqa: A002 - what it is called everywhere
    models: bool = True,
    step: importer.Step = importer.unwatched,
) -> Spec:
    """Return a bundled spec by its name or a variant's (`mobilenet_v1`), or the spec of a file by its path.

    A model of another framework (`model.onnx`; `torch:torchvision.models:resnet18`, whose code it runs) is imported,
    at `input` (channels, height, width) where it is given; not so without `models`. Each step of an import calls `step`
    with what it does, and the share of the work that is usually done when it begins.

    Raises `costcalc.SpecError` with the place of the first error in the file.
    """
    if models and importer.is_model(str(name)):
        definition = specfile.load_source(Source(str(name), importer.load(str(name), input, step=step).text))
        return Spec(definition, definition.name)
    importer.refuse(str(name))
    definition, variant, key = specfile.load(str(name))
    return Spec(definition, key, overrides(definition, variant, {}))


def split_name(text: str) -> tuple[str, list[str]]:
    """Return the spec's name and the KEY=VALUE texts that ride on it: `mobilenet_v1:width=0.5,res=160`.

    Only a last `:` that `key=` follows begins settings.
    """
    riding = RIDING.match(text)
    return (riding["spec"], riding["settings"].split(",")) if riding else (text, [])


def split_settings(pairs: Iterable[str], form: str = "KEY=VALUE") -> dict[str, str]:
    """Return texts of such a form as texts by key; raise ValueError for one that is malformed or given twice."""
    given: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not key:
            raise ValueError(f"{quote(pair)} must be written {form}")
        if key in given:
            raise ValueError(f"setting {quote(key)} is given twice")
        given[key] = value
    return given


def parse_settings(pairs: Iterable[str]) -> dict[str, Value]:
    """Return the settings of KEY=VALUE texts; raise ValueError for one that is malformed or given twice."""
    return {key: _value(key, text) for key, text in split_settings(pairs).items()}


def _value(key: str, text: str) -> Value:
    try:
        return literal(text)
    except ExprError as error:
        raise ValueError(f"setting {quote(key)}: {error}") from None


def bundled(text: str, files: str | None = None) -> tuple[tables.Definition, dict[str, Value], str]:
    """Return (table, settings, name) of a bundled `name:settings`, or of a file's in the folder `files`.

    Raises SpecError or ValueError where there is none.
    """
    name, pairs = split_name(text)
    definition, variant, label = specfile.load_bundled(name, files)
    return definition, {**overrides(definition, variant, {}), **parse_settings(pairs)}, label


class Bundle:
    """Networks of the bundled specs by name, each unfolded once; a false claim of a table does not stop it.

    `names` are those that will be asked for: a network of theirs that is attempted before is kept.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.found: dict[tuple[str, tuple[tuple[str, Value], ...]], Network] = {}
        self.names: dict[tuple[int, str], list[str]] = {}  # by the spec and its settings, 1 apart from 1.0
        for name in names:
            with suppress(SpecError, ValueError):  # which is raised when it is asked for
                definition, given, _ = bundled(name)
                self.names.setdefault(_settled(definition, given), []).append(name)

    def attempt(
        self, definition: tables.Definition, given: Mapping[str, Value], key: str
    ) -> tuple[Network | None, list[SpecError]]:
        """Return the network of a spec at some settings, or None, and all that is wrong with it."""
        network, problems = interpreter.attempt(definition, given, key)
        for name in self.names.get(_settled(definition, given), ()) if network else ():
            label = bundled(name)[2]
            variant = label if label in definition.variants else ""
            self.found[name, ()] = network._replace(key=label, variant=variant)  # type: ignore[union-attr]
        return network, problems

    def __call__(self, text: str, settings: Mapping[str, Value] = tables.EMPTY) -> Network:
        """Return the network of `name:settings` with more settings; raise SpecError or ValueError where it has none."""
        key = (text, tuple(settings.items()))
        if key not in self.found:
            definition, given, label = bundled(text)
            network, problems = interpreter.attempt(definition, {**given, **settings}, label)
            if network is None:
                raise problems[-1]
            self.found[key] = network
        return self.found[key]


def _settled(definition: tables.Definition, given: Mapping[str, Value]) -> tuple[int, str]:
    """Return what tells a spec at some settings from others: 1 from 1.0."""
    return id(definition), repr(resolve(definition, given).values)
