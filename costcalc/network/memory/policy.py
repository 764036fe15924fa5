"""Policies: what an inference runtime overwrites instead of copying, and what counts besides the activations."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from costcalc.common.errors import offered, quote


class Policy(NamedTuple):
    """What holds while a network runs; the defaults reuse nothing but memory that is free.

    An output is written over an input of a layer only where nothing reads that input later.
    """

    inplace_act: bool = False
    inplace_add: bool = False
    inplace_depthwise: bool = False
    no_concat_copy: bool = False
    no_input: bool = False
    weights: bool = False

    @classmethod
    def named(cls, names: Iterable[str]) -> "Policy":
        """Return the policy of these names (those of POLICIES); raise ValueError for an unknown one."""
        chosen = {}
        for name in names:
            if name not in POLICIES:
                raise ValueError(f"unknown policy {quote(name)}{offered(name, POLICIES)}")
            chosen[name.replace("-", "_")] = True
        return cls(**chosen)

    @property
    def words(self) -> tuple[str, ...]:
        """Say of each policy in a few words which way it was."""
        return tuple(words[held] for words, held in zip(POLICIES.values(), self, strict=True))


DEFAULT_POLICY = Policy()
# Each by its name: what is said where it does not hold, and where it does.
POLICIES: Mapping[str, tuple[str, str]] = {
    "inplace-act": ("activation not in place", "activation in place"),
    "inplace-add": ("add not in place", "add in place"),
    "inplace-depthwise": ("depthwise not in place", "depthwise in place"),
    "no-concat-copy": ("concat copies", "concat without a copy"),
    "no-input": ("input counted", "input not counted"),
    "weights": ("weights not counted", "weights counted"),
}
