"""The only reader of files and of YAML: names and paths -> specs."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from costcalc.check import check
from costcalc.errors import Source, SpecError, quote, suggest
from costcalc.spec import Spec
from costcalc.specfile.reader import read_spec
from costcalc.specfile.tree import MAX_BYTES, compose, read_text

STDIN = "-"


@cache
def folder() -> Path:
    """Return where the bundled specs are: inside the installed package, or beside it in a checkout."""
    inside = Path(__file__).parent.parent / "specs"
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / "specs"


def bundled() -> list[str]:
    """Return the names of the bundled spec files, without their ending."""
    return sorted(path.stem for path in folder().glob("*.yaml"))


def variants() -> Iterator[tuple[str, str]]:
    """Yield (name, file's name) of each variant of the bundled families."""
    for stem in bundled():
        yield from ((name, stem) for name in load_file(folder() / f"{stem}.yaml").variants)


def load(name: str) -> tuple[Spec, str, str]:
    """Return (spec, variant, key) of a bundled name, a variant's name, a path, or `-` for standard input.

    `key` is what the spec is called from then on. Raises the first SpecError of the file.
    """
    if name == STDIN:
        return load_source(source_of(STDIN)), "", STDIN
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or "/" in name or "\\" in name:
        return load_file(path), "", path.stem
    if name in bundled():
        return load_file(folder() / f"{name}.yaml"), "", name
    for stem in bundled():
        candidate = folder() / f"{stem}.yaml"
        if name in candidate.read_text(encoding="utf-8"):  # a cheap look before the whole file is read
            spec = load_file(candidate)
            if name in spec.variants:
                return spec, name, name
    if path.is_file():
        return load_file(path), "", path.stem
    known = [*bundled(), *(variant for variant, _ in variants())]
    raise SpecError(
        f"no bundled spec {quote(name)} and no such file{suggest(name, known)} (`costcalc list` shows the bundled ones)"
    )


def load_file(path: Path) -> Spec:
    """Return the spec of a file; raise its first SpecError."""
    return load_source(source_of(str(path)))


def source_of(name: str) -> Source:
    """Return the text of a file, or of standard input for `-`; raise SpecError where it cannot be read as one."""
    if name == STDIN:
        return read_text("<stdin>", sys.stdin.buffer.read(MAX_BYTES + 1))
    try:
        with Path(name).open("rb") as stream:
            return read_text(name, stream.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SpecError(f"cannot read {quote(name)}: {reason}") from None


def load_source(source: Source) -> Spec:
    """Return the spec of a text; raise its first SpecError."""
    spec, problems = examine(source)
    if problems:
        raise problems[0]
    assert spec is not None
    return spec


def examine(source: Source) -> tuple[Spec | None, list[SpecError]]:
    """Return the spec of a text as far as it can be read, and every error that shows before it is unfolded."""
    try:
        spec, problems = read_spec(compose(source), source.text)
    except SpecError as error:
        return None, [error]
    return spec, problems or (check(spec) if spec else [])
