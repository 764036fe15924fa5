"""One-step mutations of every bundled spec: each is an error with a place, or it leaves every count as it was.

What is compared are the raw counts of each layer at the defaults, at each variant and at each entry of `totals`. Names,
paths, sources, notes and printed figures are in no count, so that a mutant which changes them alone passes; no cell is
exempt. A number that changes no count there, as one that a rule rounds away, makes `verify` fail all the same. The order of layers is: two branches that read equal shapes can change places at the same cost. A spec has more mutants than there is time for: a fixed share of each kind is
tried, as many as MUTATION_SECONDS of work allow (`MUTATION_SECONDS=1000 pytest tests/test_mutation.py -s` tries all).
"""

import os
import random
import re
from collections import Counter
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import pytest

from costcalc.analysis.api import parse_settings, split_name
from costcalc.analysis.claimfile import load_claims
from costcalc.analysis.verify import verify_claims, verify_spec
from costcalc.common.errors import Source, SpecError
from costcalc.language.settings import constant, overrides
from costcalc.language.spec import EMPTY
from costcalc.specfile import claims_files, compose, examine, load_bundled
from costcalc.unfold.interpreter import attempt

SPECS = sorted((Path(__file__).parent.parent / "specs").glob("*.yaml"))
SECONDS = float(os.environ.get("MUTATION_SECONDS", 30 / len(SPECS)))  # for one spec, by the measure of work below
SECONDS_A_CHARACTER, SECONDS_A_LAYER = 2e-6, 60e-6  # what reading and building take: a fixed measure, not a clock
ROWS = ("layers", "branches")
SETTINGS = ("settings", "variants", "input")
NAMES = ("free text", "label", "name with a number")  # in which a number counts nothing
FREE = (
    "name",
    "source",
    "where",
    "erratum",
    "note",
    "printed",
    "reported",
    "matches",
)  # texts, and what builds nothing
TURNS = {
    "settings": 9,
    "key dropped": 5,
    "cell dropped": 3,
    "neighbours swapped": 2,
    "number off by one": 2,
}  # the others have 1
REFERENCE = re.compile(r": -\d+ -> ")  # which may name another row of the same shape
CLAIMS = [claims for source in claims_files() if (claims := load_claims(source))]
SECONDS_TO_VERIFY = 0.1
FATES = ("read", "built", "same", "changed")


# where a piece of a text begins and ends


class Piece(NamedTuple):
    """A node with its span in the text, its key if it is a value of a map, and the pieces in it."""

    start: int
    end: int
    kind: str
    flow: bool = False
    key: "Piece | None" = None
    parts: "tuple[Piece, ...]" = ()

    @property
    def begin(self):
        return self.key.start if self.key else self.start


class Spans:
    """Finds the spans of a text's nodes: marks say where one starts, its last part or its bracket where it ends."""

    def __init__(self, text):
        self.text = text
        self.lines = [0]
        for line in text.split("\n"):
            self.lines.append(self.lines[-1] + len(line) + 1)

    def piece(self, node, at=0, key=None):
        """Return the piece of a node that begins at `at` or behind."""
        start = self.lines[node.mark.line - 1] + node.mark.column - 1
        if start < at:  # the node of an alias, whose mark is that of its anchor
            start = self.text.index("*", at)
            return Piece(start, re.compile(r"\*\w+").match(self.text, start).end(), "scalar", key=key)
        if node.kind == "scalar":
            quoted = not node.plain and self.text[start - 1] in "'\""
            return Piece(start - quoted, start + node.mark.width + quoted, "scalar", key=key)
        parts, end = [], start
        for name, item in node.pairs or [(None, item) for item in node.items]:
            named = self.piece(name, end) if name else None
            parts.append(self.piece(item, named.end if named else end, named))
            end = parts[-1].end
        if node.flow:
            end = self.text.index("]" if node.kind == "list" else "}", max(end, start + 1)) + 1
        return Piece(start, end, node.kind, node.flow, key, tuple(parts))


# mutants


class Mutator:
    """Yields (kind, what, text) for each one-step mutation of a text."""

    def __init__(self, text):
        self.text = text

    def mutants(self):
        root = Spans(self.text).piece(compose(Source("spec", self.text)))
        yield from self.inside(root, "")

    def inside(self, piece, under):
        """Mutate what is in a list or map; `under` is the key that it stands under."""
        for index, part in enumerate(piece.parts):
            key = self.text[part.key.start : part.key.end] if part.key else ""
            inner = key or ("layers" if under == "branches" else "")  # each branch must be a list of rows
            found = [*self.steps(piece, index, under), *self.scalars(part), *self.inside(part, inner)]
            about = "free text" if key in FREE else "settings" if key in SETTINGS and not under else ""
            yield from ((about or kind, what, text) for kind, what, text in found)

    def steps(self, piece, index, under):
        """Drop, double or swap one part of a list or map."""
        part, gone = piece.parts[index], self.without(piece, index)
        if piece.kind == "map":
            yield self.change("key dropped", part, *gone)
            label = "label" if under == "alternatives" else ""
            yield from ((label or kind, what, text) for kind, what, text in self.scalars(part.key))
        elif under in ROWS:
            copy = self.between(piece, index) + self.text[part.start : part.end]
            yield self.change("row dropped", part, *gone)
            yield self.change("row doubled", part, part.end, part.end, copy)
        else:
            yield self.change("cell dropped", part, *gone)
        if piece.kind == "list" and piece.flow and index:
            yield self.swapped(piece.parts[index - 1], part)

    def change(self, kind, part, start, end, new):
        line, old = self.text.count("\n", 0, part.begin) + 1, self.text[part.begin : part.end].split("\n")[0]
        shown = f" -> {new}" if kind in ("number off by one", "one letter off") else ""
        return kind, f"line {line}: {kind}: {old}{shown}", self.text[:start] + new + self.text[end:]

    def without(self, piece, index):
        """Return what takes the place of a part that goes, its comma or line with it."""
        part, last = piece.parts[index], len(piece.parts) - 1
        if index < last:
            return part.begin, piece.parts[index + 1].begin, ""
        if index:
            return piece.parts[index - 1].end, part.end, ""
        dash = not piece.flow and piece.kind == "list"
        start = self.text.rindex("-", 0, part.begin) if dash else piece.start
        return start, piece.end, "[]" if piece.kind == "list" else "{}"

    def between(self, piece, index):
        """Return what stands between the parts of a list."""
        if piece.flow:
            return ", "
        begin = piece.parts[index].begin
        dash = self.text.rindex("-", 0, begin)
        return "\n" + " " * (dash - self.text.rindex("\n", 0, dash) - 1) + self.text[dash:begin]

    def swapped(self, one, other):
        first, between, second = (
            self.text[start:end]
            for start, end in ((one.begin, one.end), (one.end, other.begin), (other.begin, other.end))
        )
        return self.change("neighbours swapped", one, one.begin, other.end, second + between + first)

    def scalars(self, piece):
        """Mutate a scalar: each of its numbers one up and one down, each of its names by one letter."""
        if piece.kind == "scalar":
            for word in re.compile(r"\w+").finditer(self.text, piece.start, piece.end):
                for kind, new in [*numbers(word[0]), *misspelt(word[0])]:
                    yield self.change(kind, piece, word.start(), word.end(), new)


def numbers(word):
    """Yield a word with each number in it one up and one down: `3`, `13x13`, `sep5`."""
    for number in re.finditer(r"\d+", word):
        for new in (int(number[0]) + 1, int(number[0]) - 1):
            if new >= 0:
                kind = "number off by one" if word[0].isdigit() else "name with a number"
            yield kind, f"{word[: number.start()]}{new}{word[number.end() :]}"


def misspelt(word):
    """Yield a name with its first letter twice, with its last one gone, and with its last two swapped."""
    if word[0].isalpha():
        changed = {word[0] + word, word[:-1], word[:-2] + word[:-3:-1]}
        yield from (("one letter off", new) for new in sorted(changed - {word, ""}))


def mutants_of(text):
    """Return the mutants of a spec, each text once, in a fixed random order: some of each kind, more of each, ..."""
    found = {}
    for kind, what, mutant in Mutator(text).mutants():
        if mutant != text:
            found.setdefault(mutant, (kind, what))
    kinds = {}
    for mutant, (kind, what) in found.items():
        kinds.setdefault(kind, []).append((kind, what, mutant))
    turns = []
    for kind, members in kinds.items():
        random.Random(0).shuffle(members)  # noqa: S311
        turns += [members[first :: TURNS[kind]] for first in range(TURNS[kind])] if kind in TURNS else [members]
    return [mutant for turn in zip_longest(*turns) for mutant in turn if mutant]


# what becomes of them


class Original:
    """A spec with its counts at the defaults, at each variant and at each entry of `totals`."""

    def __init__(self, text):
        self.spec, problems = examine(Source("spec", text))
        assert not problems, str(problems[0])
        self.work = 0.0  # seconds
        self.places = [("", {}), *((name, {}) for name in self.spec.variants)]
        for entry in self.spec.totals:
            settings = {name: constant(cell, {}, self.spec.words) for name, cell in entry.settings.items()}
            if (entry.variant, settings) not in self.places:
                self.places.append((entry.variant, settings))
        self.counts = [self.counts_at(self.spec, place) for place in self.places]

    def counts_at(self, spec, place):
        """Return every raw count of every layer at a variant and some settings; raise SpecError for what is wrong."""
        variant, settings = place
        network, problems = attempt(spec, {**overrides(spec, variant, {}), **settings})
        if problems:
            raise problems[0]
        self.work += SECONDS_A_LAYER * len(network.layers)
        return sorted(layer.cost[2:] for layer in network.layers)

    def fate(self, text):
        """Return what becomes of a mutant: an error when it is read or built, the same counts, or other ones."""
        self.work += SECONDS_A_CHARACTER * len(text)
        spec, problems = examine(Source("spec", text))
        if problems:
            return "read"
        try:
            # who asks for a variant that is gone is told so
            places = [place for place in self.places if not place[0] or place[0] in spec.variants]
            same = [self.counts_at(spec, place) == self.counts[self.places.index(place)] for place in places]
            for entry in spec.totals:  # whose settings may be what was changed
                place = (entry.variant, overrides(spec, "", entry.settings))
                if place not in places:
                    self.counts_at(spec, place)
        except SpecError:
            return "built"
        return "same" if all(same) else "changed"

    def told(self, text, family):
        """Return whether `verify` fails for a mutant that changed no count at these places."""
        spec, _ = examine(Source("spec", text))
        members = {name: (spec, name, name) for name in spec.variants} | {family: (spec, "", family)}
        self.work += SECONDS_TO_VERIFY

        def networks(name, settings=EMPTY):
            bare, pairs = split_name(name)
            definition, variant, key = members.get(bare) or load_bundled(bare)
            given = {**overrides(definition, variant, {}), **parse_settings(pairs), **settings}
            network, problems = attempt(definition, given, key)
            if network is None:
                raise problems[-1]
            return network

        try:
            verdicts = [*verify_spec(spec, family)]
            for claims in CLAIMS:
                verdicts += verify_claims(claims, networks, frozenset(members))
        except SpecError:
            return True
        return any(verdict.verdict == "failed" for verdict in verdicts)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_one_step_off_is_an_error_or_changes_no_count(path):
    text = path.read_text(encoding="utf-8")
    original, everything = Original(text), mutants_of(text)
    fates, survivors, hidden, original.work = Counter(), [], [], 0.0
    for kind, what, mutant in everything:
        if original.work > SECONDS:
            break
        fate = original.fate(mutant)
        fates[kind, fate] += 1
        if fate == "changed":
            survivors.append(what)
        number = "number off by one" in what and kind not in NAMES and not REFERENCE.search(what)
        if fate == "same" and number and not original.told(mutant, path.stem):
            hidden.append(what)
    lines = [f"{path.stem}: {sum(fates.values())} of {len(everything)} mutants"]
    lines += [
        f"  {kind:<20}" + "".join(f"{fate:>8} {fates[kind, fate]:>4}" for fate in FATES)
        for kind in dict.fromkeys(kind for kind, _, _ in everything)
    ]
    print("", *lines, sep="\n")  # noqa: T201
    assert survivors == [], f"{len(survivors)} mutants change a count in silence: say more in `totals`"
    assert hidden == [], f"{len(hidden)} numbers can change and `verify` says nothing"


def test_mutants_are_what_they_are_called():
    text = "name: n\nlayers:\n  - [conv, 3, {c: '64'}]  # first\n  - {op: add, from: [x, y]}\n  - - gap\n"
    found = {(what, mutant) for _, what, mutant in mutants_of(text)}
    for what, old, new in (
        ("line 3: cell dropped: 3", "conv, 3, {", "conv, {"),
        ("line 3: cell dropped: {c: '64'}", "3, {c: '64'}]", "3]"),
        ("line 3: neighbours swapped: conv", "conv, 3", "3, conv"),
        ("line 3: number off by one: c: '64' -> 63", "64", "63"),
        ("line 3: one letter off: conv -> covn", "conv", "covn"),
        ("line 3: row dropped: [conv, 3, {c: '64'}]", "[conv, 3, {c: '64'}]  # first\n  - ", ""),
        ("line 3: row doubled: [conv, 3, {c: '64'}]", "'64'}]", "'64'}]\n  - [conv, 3, {c: '64'}]"),
        ("line 4: key dropped: op: add", "op: add, ", ""),
        ("line 4: key dropped: from: [x, y]", ", from: [x, y]", ""),
        ("line 5: row dropped: - gap", "\n  - - gap", ""),
        ("line 5: cell dropped: gap", "- - gap", "- []"),
    ):
        assert (what, text.replace(old, new, 1)) in found, what
