"""The only reader of files and of YAML: names and paths -> specs."""

import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from costcalc.common.budget import BUDGET, BYTE
from costcalc.common.errors import Source, SpecError, listing, offered, quote, suggest
from costcalc.language.spec import Definition
from costcalc.specfile.tree import NAME, SPEC, FileKind, Node, encoding_of, read_text

if TYPE_CHECKING:
    from costcalc.specfile.fields import Form
    from costcalc.specfile.index import Glance, Listed

T = TypeVar("T")
STDIN = "-"
CLAIMS = "claims"
ASSIGNMENTS = "assignments"
DEVICES = "devices"
LATENCIES = "latencies"
ANSWERS = "answers"
ENDINGS = (".yaml", ".yml")
# Every kind of file but specs, by the folder of the bundled ones: the top-level keys that mark one, should others be
# misspelt, and the module that has its form as `FORM`: it is above this one, and imported when a file needs it.
KINDS: dict[str, tuple[tuple[str, ...], str]] = {
    CLAIMS: (("sections",), "costcalc.analysis.claimfile"),
    DEVICES: (("peak", "bandwidth"), "costcalc.hardware.devicefile"),
    ASSIGNMENTS: (("questions",), "costcalc.teaching.assignmentfile"),
    LATENCIES: (("milliseconds", "baseline"), "costcalc.hardware.latencyfile"),
    ANSWERS: (("student", "answers"), "costcalc.teaching.answerfile"),
}


@cache
def folder() -> str:
    """Return where the bundled specs are: inside the installed package, or next to it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def path_of(stem: str) -> str:
    """Return the path of a bundled spec."""
    return os.path.join(folder(), f"{stem}.yaml")


def bundled(inside: str = "") -> list[str]:
    """Return the names of the bundled spec files, or of those in a folder next to them, without their ending."""
    path = os.path.join(folder(), inside)
    files = os.listdir(path) if os.path.isdir(path) else ()
    return sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml"))


def members() -> "Iterator[Listed]":
    """Yield every member of the bundled families: from the index, or from a file that the index does not have."""
    from costcalc.specfile import index

    known: dict[str, list[Listed]] = {}
    for member in index.read(folder()):
        known.setdefault(member.file, []).append(member)
    for file in bundled():
        yield from known.get(file) or index.members_of(file, load_file(path_of(file)))


def variants() -> Iterator[tuple[str, str]]:
    """Yield (name, file's name) of each variant of the bundled families."""
    return ((member.name, member.file) for member in members() if member.name != member.file)


def compose(source: Source, kind: FileKind = SPEC) -> Node:
    """Return the tree of a source's one YAML document; raise SpecError with the place of any fault."""
    from costcalc.specfile import composer  # YAML is imported where a file is parsed: completion parses none

    return composer.compose(source, kind)


def kind_of(root: Node) -> str:
    """Return which kind of file a tree is, by its top-level keys; an empty string for a spec."""
    keys = {key.text for key, _ in root.pairs}
    return next((kind for kind, (marks, _) in KINDS.items() if keys.intersection(marks)), "")


def form_of(kind: str) -> "Form":
    """Return the form of a kind of file: of a spec for an empty string."""
    found: Form = import_module(KINDS[kind][1] if kind else "costcalc.specfile.reader").FORM
    return found


def load_as(source: Source, kind: str) -> Any:
    """Return what a text says, read as a kind of file; raise its first SpecError."""
    known = _compiled(source)
    if known is not None and not isinstance(known, Definition):
        return known
    form, marks = form_of(kind), KINDS[kind][0]
    root = compose(source, form.file)
    if not any(key.text in marks for key, _ in root.pairs):
        raise SpecError(f"{quote(source.name)} is not a valid {form.noun}: it has no {listing(marks)}", root.mark)
    return sound(_read(root, form))


def _read(root: Node, form: "Form") -> tuple[Any, list[SpecError]]:
    """Return what a file's tree says, and all that is wrong with it."""
    from costcalc.specfile.fields import read

    return read(root, form)


def load_named(name: str, kind: str, files: str | None) -> Any:
    """Return what a file of a kind says that another file names: a bundled one, or one of the folder `files`.

    Raises its first SpecError, and one for a name that leads anywhere else, before anything there is looked at.
    """
    known, form = bundled(kind), form_of(kind)
    if name in known and not is_path(name):
        return load_as(source_of(path_of(f"{kind}/{name}"), form.file), kind)
    return load_as(source_of(_inside(name, files, form.noun, known), form.file), kind)


def _inside(name: str, files: str | None, noun: str, known: Sequence[str]) -> str:
    """Return the path of a plain file that another file names, in a folder that the caller gave for such names."""
    if files is None:
        raise SpecError(f"no bundled {noun} {quote(name)}{offered(name, known)}")
    root = os.path.realpath(files)
    try:
        path = os.path.realpath(os.path.join(root, name))
        if os.path.commonpath([root, path]) != root:
            raise SpecError(f"{quote(name)} is outside the folder {quote(files)}, whose files alone may be named")
        if not os.path.isfile(path):
            raise SpecError(f"no bundled {noun} and no file {quote(name)} in {quote(files)}{offered(name, known)}")
    except ValueError as error:  # such as a NUL
        raise SpecError(f"{quote(name)} is not a file name: {error}") from None
    return path


def load_beside(name: str, kind: str) -> Any:
    """Return what a bundled file of a kind says by its name, or a file by its path; raise its first SpecError."""
    known, form = bundled(kind), form_of(kind)
    path = path_of(f"{kind}/{name}") if not is_path(name) and name in known else name
    if path == name and not is_path(name) and not os.path.exists(name):
        raise SpecError(f"no {form.noun} {quote(name)} and no such file{offered(name, known)}")
    return load_as(source_of(path, form.file), kind)


def load(name: str) -> tuple[Definition, str, str]:
    """Return (spec, variant, key) of a bundled name, a variant's name, a path, or `-` for standard input.

    `key` is what the spec is called from then on. Raises the first SpecError of the file.
    """
    path, variant = split_variant(name)
    if variant:
        return _member(load_file(path), path, variant)
    if is_path(name):
        return load_file(name), "", stem(name)
    found = find_bundled(name)
    if found:
        return found
    if os.path.exists(name):
        return load_file(name), "", stem(name)
    raise _unknown(name)


def _member(spec: Definition, path: str, variant: str) -> tuple[Definition, str, str]:
    """Return (spec, variant, key) of a variant of a file's spec."""
    if variant not in spec.variants:
        has = f"it has {listing(spec.variants)}" if spec.variants else "it has none"
        raise SpecError(f"{quote(path)} has no variant {quote(variant)}; {has}{suggest(variant, spec.variants)}")
    return spec, variant, variant


def split_variant(name: str) -> tuple[str, str]:
    """Return a path and the variant that rides on it: `my.yaml:small`; an empty variant where there is none."""
    path, colon, variant = name.rpartition(":")
    rides = colon and NAME.match(variant) and is_path(path) and not os.path.exists(name)
    return (path, variant) if rides else (name, "")


def _unknown(name: str) -> SpecError:
    """Return the error for a name that is not a bundled spec's and no file's."""
    files = [name + ending for ending in ENDINGS if os.path.isfile(name + ending)]
    near = f"; did you mean the file {quote(files[0])}?" if files else suggest(name, _known())
    return SpecError(f"no bundled spec {quote(name)} and no such file{near} (`costcalc list` shows the bundled ones)")


def _known() -> list[str]:
    """Return every name of a bundled network."""
    return [*bundled(), *(variant for variant, _ in variants())]


def source_named(name: str) -> Source:
    """Return the text that a bundled name, a variant's name, a path or `-` is for, whatever is wrong in it."""
    path, variant = split_variant(name)
    if variant or is_path(name):
        return source_of(path)
    found = find_bundled(name)
    if not found and not os.path.exists(name):
        raise _unknown(name)
    return found[0].mark.source if found else source_of(name)


def stem_of(spec: Definition) -> str:
    """Return the name of the file that a spec was read from, without its ending."""
    return stem(spec.mark.source.name)


def stem(path: str) -> str:
    """Return the name of a file without its folder and its ending."""
    return os.path.splitext(os.path.basename(path))[0]


def is_path(name: str) -> bool:
    """Return whether a name is a path by its looks: it has a folder or a YAML ending, or is standard input."""
    return name == STDIN or os.path.splitext(name)[1] in ENDINGS or bool(os.path.dirname(name))


def find_bundled(name: str) -> tuple[Definition, str, str] | None:
    """Return (spec, variant, key) of a bundled spec or of a variant in one, or None."""
    if name in bundled():
        return load_file(path_of(name)), "", name
    known = bundled()
    from costcalc.specfile import index

    likely = [member.file for member in index.read(folder()) if member.name == name and member.file in known]
    for family in (*likely, *known):  # all of them, since an index may be older than a file
        source = source_of(path_of(family))
        if index.mentions(source.text, name):  # a cheap look before the whole file is read
            spec = load_source(source)
            if name in spec.variants:
                return spec, name, name
    return None


def glanced(name: str) -> "Glance":
    """Return the settings and the variants of a spec, from its text alone; none where no such file is found."""
    from costcalc.specfile import index

    files = {member.name: member.file for member in index.read(folder())}
    known = name if name in bundled() else files.get(name, "")
    path = path_of(known) if known and not is_path(name) else name
    if not os.path.isfile(path) or os.path.getsize(path) > SPEC.most:
        return index.Glance({}, ())
    with open(path, encoding="utf-8", errors="replace") as stream:
        return index.glance(stream.read())


def load_bundled(name: str, files: str | None = None) -> tuple[Definition, str, str]:
    """Return what `load` does, for bundled names, `claims/NAME` and files of the folder `files` alone.

    No other path leads out of the folder of the bundled ones.
    """
    small = re.fullmatch(rf"{CLAIMS}/([a-z0-9_]+)", name)
    if small and os.path.isfile(path_of(name)):
        return load_file(path_of(name)), "", small[1]
    found = None if is_path(name) else find_bundled(name)
    if found:
        return found
    if files is None:
        raise SpecError(f"no bundled spec {quote(name)}{'' if is_path(name) else suggest(name, _known())}")
    path, colon, variant = name.rpartition(":")
    if not (colon and NAME.match(variant)):
        path, variant = name, ""
    spec = load_file(_inside(path, files, "spec", ()))
    return _member(spec, path, variant) if variant else (spec, "", stem(path))


def claims_files() -> Iterator[Source]:
    """Yield the text of each bundled file in the folder of claims."""
    return (source_of(path_of(f"{CLAIMS}/{name}")) for name in bundled(CLAIMS))


def refuse_pipe(name: str) -> None:
    """Raise SpecError for a pipe among files of strangers, which nobody may ever write to; a shell's own is allowed."""
    if not name.startswith("/dev/") and os.path.exists(name) and stat.S_ISFIFO(os.stat(name).st_mode):
        raise SpecError(f"cannot read {quote(name)}: a pipe, which may never end")


def sound(read: tuple[T | None, list[SpecError]]) -> T:
    """Return what was read, or raise the first error in it."""
    found, problems = read
    if problems:
        raise problems[0]
    assert found is not None
    return found


def load_file(path: str) -> Definition:
    """Return the spec of a file; raise its first SpecError."""
    return load_source(source_of(path))


def source_of(name: str, kind: FileKind = SPEC) -> Source:
    """Return the text of a file, or of standard input for `-`; raise SpecError where it cannot be read as one."""
    try:
        if name == STDIN:
            if sys.stdin is None:
                raise SpecError("cannot read standard input: it is closed")
            return read_text("<stdin>", sys.stdin.buffer.read(kind.most + 1), kind)
        with open(name, "rb") as stream:
            kind.check_size(name, os.fstat(stream.fileno()).st_size)  # so that a huge file is not read at all
            data = stream.read(kind.most + 1)
            BUDGET.grant(0 if name.startswith(folder()) else len(data) * BYTE)
            return read_text(name, data, kind)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise SpecError(f"cannot read {quote(name)}: {reason}") from None


def encoding_of_file(name: str) -> str:
    """Return the encoding of a file that another program wrote and `source_of` has read."""
    with open(name, "rb") as stream:
        return encoding_of(stream.read())


def load_source(source: Source) -> Definition:
    """Return the spec of a text; raise its first SpecError."""
    return _bundled(source) if source.name == path_of(stem(source.name)) else _spec_of(source)


@lru_cache(maxsize=128)
def _bundled(source: Source) -> Definition:
    """Return the spec of a bundled file, which a command may ask for many times."""
    return _spec_of(source)


def _spec_of(source: Source) -> Definition:
    """Return the spec of a text, the compiled one if it is bundled; raise its first SpecError."""
    known = _compiled(source)
    return known if isinstance(known, Definition) else sound(examine(source))


def _compiled(source: Source) -> Any:
    """Return what a bundled file says, if it was compiled and that is of this text, or None."""
    if not source.name.startswith(folder()):
        return None
    from costcalc.specfile import compiled

    names = (f"{kind}/{stem(source.name)}".lstrip("/") for kind in compiled.CLASSES)
    return next((compiled.find(source, name) for name in names if path_of(name) == source.name), None)


def claims_of(source: Source) -> Any:
    """Return what a claims file says, or None where the text is a spec; raise the first SpecError in it."""
    known = _compiled(source)
    if known is not None:
        return None if isinstance(known, Definition) else known
    return load_as(source, CLAIMS) if kind_of(compose(source)) == CLAIMS else None


def examine(source: Source) -> tuple[Definition | None, list[SpecError]]:
    """Return the spec of a text as far as it can be read, and every error that shows before it is unfolded."""
    from costcalc.specfile.reader import read_spec
    from costcalc.unfold.static import static_problems

    try:
        root = compose(source)
    except SpecError as error:
        return None, [error]
    spec, problems = read_spec(root)
    if problems and kind_of(root) == CLAIMS:
        return None, [SpecError("a claims file, no spec: `costcalc verify` reads it", root.mark)]
    if not problems or spec is None:
        return spec, problems or (static_problems(spec) if spec else [])
    return spec, [*problems, *static_problems(spec, problems)]


def read_other(source: Source) -> tuple[str, Any, list[SpecError]] | None:
    """Return the kind of a text that is not a spec, what it says, and all that is wrong with it; None of a spec.

    Raises SpecError where it is not YAML.
    """
    root = compose(source)
    kind = kind_of(root)
    return (kind, *_read(root, form_of(kind))) if kind else None
