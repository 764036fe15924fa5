"""The Python door: load a spec by name or path, build it at some settings."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from costcalc import spec as tables
from costcalc import specfile, unfold
from costcalc.expr import Value
from costcalc.network import Network
from costcalc.settings import overrides, resolve


class Spec(NamedTuple):
    """A loaded spec with the settings that its name brought (those of a variant).

    `key` is the name it was asked for by; `definition` is the table itself, as frozen data.
    """

    definition: tables.Spec
    key: str
    preset: Mapping[str, Value] = tables.EMPTY

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
        """Every setting with its value unless `build` is told otherwise."""
        return resolve(self.definition, self.preset).values

    def build(self, *, input: Sequence[int] | None = None, **settings: Value) -> Network:  # noqa: A002
        """Return the network at some settings, such as `build(width=0.5, res=160)`.

        `input` replaces the spec's input: (channels, height, width) in elements. Raises `costcalc.SpecError` for a
        setting that the spec does not have, and for a table that does not fit together at these settings.
        """
        return unfold.build(self.definition, {**self.preset, **settings}, self.key, input)


def load(name: str) -> Spec:
    """Return a bundled spec by its name or a variant's (`mobilenet_v1`), or the spec of a file by its path.

    Raises `costcalc.SpecError` with the place of the first error in the file.
    """
    definition, variant, key = specfile.load(str(name))
    return Spec(definition, key, overrides(definition, variant, {}))
