"""The only reader of files and of YAML: names and paths -> specs."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from costcalc.check import check
from costcalc.errors import Source, SpecError, listing, quote, suggest
from costcalc.spec import Spec
from costcalc.specfile.reader import read_spec
from costcalc.specfile.tree import SPEC, FileKind, Node, compose, read_text

if TYPE_CHECKING:
    from costcalc.devices import Device
    from costcalc.homework import Answers, Assignment
    from costcalc.latency import Latencies
    from costcalc.statements import ClaimsFile

T = TypeVar("T")
STDIN = "-"
CLAIMS = "claims"
ASSIGNMENTS = "assignments"
DEVICES = "devices"
LATENCIES = "latencies"
ENDINGS = (".yaml", ".yml")


@cache
def folder() -> str:
    """Return where the bundled specs are: inside the installed package, or beside it in a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def path_of(stem: str) -> str:
    """Return the path of a bundled spec."""
    return os.path.join(folder(), f"{stem}.yaml")


def bundled(inside: str = "") -> list[str]:
    """Return the names of the bundled spec files, or of those in a folder beside them, without their ending."""
    files = os.listdir(os.path.join(folder(), inside))
    return sorted(name.removesuffix(".yaml") for name in files if name.endswith(".yaml"))


def variants() -> Iterator[tuple[str, str]]:
    """Yield (name, file's name) of each variant of the bundled families."""
    for stem in bundled():
        yield from ((name, stem) for name in load_file(path_of(stem)).variants)


def load(name: str) -> tuple[Spec, str, str]:
    """Return (spec, variant, key) of a bundled name, a variant's name, a path, or `-` for standard input.

    `key` is what the spec is called from then on. Raises the first SpecError of the file.
    """
    if is_path(name):
        return load_file(name), "", stem(name)
    found = find_bundled(name)
    if found:
        return found
    if os.path.exists(name):
        return load_file(name), "", stem(name)
    raise _unknown(name)


def _unknown(name: str) -> SpecError:
    """Return the error for a name that is no bundled spec's and no file's."""
    files = [name + ending for ending in ENDINGS if os.path.isfile(name + ending)]
    if files:
        near = f"; did you mean the file {quote(files[0])}?"
    else:
        near = suggest(name, [*bundled(), *(variant for variant, _ in variants())])
    return SpecError(f"no bundled spec {quote(name)} and no such file{near} (`costcalc list` shows the bundled ones)")


def source_named(name: str) -> Source:
    """Return the text that a bundled name, a variant's name, a path or `-` stands for, whatever is wrong in it."""
    if is_path(name):
        return source_of(name)
    found = find_bundled(name)
    if not found and not os.path.exists(name):
        raise _unknown(name)
    return found[0].mark.source if found else source_of(name)


def stem_of(spec: Spec) -> str:
    """Return the name of the file that a spec was read from, without its ending."""
    return stem(spec.mark.source.name)


def stem(path: str) -> str:
    """Return the name of a file without its folder and its ending."""
    return os.path.splitext(os.path.basename(path))[0]


def is_path(name: str) -> bool:
    """Return whether a name is a path by its looks: it has a folder or a YAML ending, or is standard input."""
    return name == STDIN or os.path.splitext(name)[1] in ENDINGS or bool(os.path.dirname(name))


def find_bundled(name: str) -> tuple[Spec, str, str] | None:
    """Return (spec, variant, key) of a bundled spec or of a variant in one, or None."""
    if name in bundled():
        return load_file(path_of(name)), "", name
    for family in bundled():
        source = source_of(path_of(family))
        if name in source.text:  # a cheap look before the whole file is read
            spec = load_source(source)
            if name in spec.variants:
                return spec, name, name
    return None


def load_bundled(name: str) -> tuple[Spec, str, str]:
    """Return what `load` does, for bundled names and `claims/NAME` alone: no path leads out of the folder."""
    small = re.fullmatch(rf"{CLAIMS}/([a-z0-9_]+)", name)
    if small and os.path.isfile(path_of(name)):
        return load_file(path_of(name)), "", small[1]
    found = find_bundled(name)
    if not found:
        raise SpecError(f"no bundled spec {quote(name)}")
    return found


def claims_files() -> Iterator[Source]:
    """Yield the text of each bundled file in the folder of claims."""
    inside = os.path.join(folder(), CLAIMS)
    for name in sorted(os.listdir(inside)) if os.path.isdir(inside) else ():
        if name.endswith(".yaml"):
            yield source_of(os.path.join(inside, name))


def load_claims(source: Source) -> "ClaimsFile | None":
    """Return the claims of a text, or None where it is a spec; raise the first SpecError in it."""
    claims, problems = _claims(source)
    if problems:
        raise problems[0]
    return claims


def other_problems(source: Source) -> list[SpecError] | None:
    """Return what is wrong with a file of claims, a device, latencies or homework; None where the text is none of them.

    Each has sections that no other has; one of them may be misspelt.
    """
    root = compose(source)
    sections = {key.text for key, _ in root.pairs}
    if "sections" in sections:
        return _claims(source)[1]
    if sections & {"peak", "bandwidth"}:
        return _device(root, "")[1]
    if "questions" in sections:
        from costcalc.specfile.homeworkfile import read_assignment

        return read_assignment(root)[1]
    return _latencies(root)[1] if sections & {"milliseconds", "baseline"} else None


def _claims(source: Source) -> "tuple[ClaimsFile | None, list[SpecError]]":
    from costcalc.specfile.claimfile import is_claims, read_claims  # no other command needs them

    root = compose(source)
    return read_claims(root) if is_claims(root) else (None, [])


def load_assignment(name: str) -> "Assignment":
    """Return a bundled assignment by its name, or that of a file; raise its first SpecError."""
    from costcalc.specfile.homeworkfile import ASSIGNMENT, is_assignment, read_assignment

    root = compose(beside(name, ASSIGNMENTS, "assignment", ASSIGNMENT), ASSIGNMENT)
    if not is_assignment(root):
        raise SpecError(f"{quote(name)} is no assignment: it has no `questions`", root.mark)
    return _sound(read_assignment(root))


def answers_of(name: str) -> "Iterator[Answers | SpecError]":
    """Yield the answers in a file: those of a class from CSV, else one student's; what is wrong takes their place."""
    from costcalc.specfile.answerfile import ANSWERS, CLASS, read_answers, read_class

    try:
        refuse_pipe(name)
        if os.path.splitext(name)[1].lower() == ".csv":
            yield from read_class(source_of(name, CLASS))
        else:
            yield read_answers(compose(source_of(name, ANSWERS), ANSWERS), name)
    except SpecError as error:
        yield error


def refuse_pipe(name: str) -> None:
    """Raise SpecError for a pipe among files of strangers, which nobody may ever write to; a shell's own is none."""
    if not name.startswith("/dev/") and os.path.exists(name) and stat.S_ISFIFO(os.stat(name).st_mode):
        raise SpecError(f"cannot read {quote(name)}: a pipe, which may never end")


def load_device(name: str) -> "Device":
    """Return a bundled device by its name, or the device of a file by its path; raise the first SpecError in it."""
    return _sound(_device(compose(beside(name, DEVICES, "device")), stem(name)))


def load_latencies(name: str) -> "Latencies":
    """Return a bundled table of measured times by its name, or that of a file; raise the first SpecError in it."""
    return _sound(_latencies(compose(beside(name, LATENCIES, "table of latencies"))))


def _device(root: Node, key: str) -> "tuple[Device | None, list[SpecError]]":
    from costcalc.specfile.devicefile import read_device  # imported by the commands that need it alone

    return read_device(root, key)


def _latencies(root: Node) -> "tuple[Latencies | None, list[SpecError]]":
    from costcalc.specfile.latencyfile import read_latencies

    return read_latencies(root)


def _sound(read: tuple[T | None, list[SpecError]]) -> T:
    """Return what was read, or raise the first error in it."""
    found, problems = read
    if problems:
        raise problems[0]
    assert found is not None
    return found


def beside(name: str, inside: str, what: str, kind: FileKind = SPEC) -> Source:
    """Return the text of a bundled file in a folder beside the specs by its name, or of a file by its path."""
    known = bundled(inside)
    if not is_path(name) and name in known:
        return source_of(path_of(f"{inside}/{name}"), kind)
    if is_path(name) or os.path.exists(name):
        return source_of(name, kind)
    raise SpecError(f"no {what} {quote(name)} and no such file; there are {listing(known)}{suggest(name, known)}")


def load_file(path: str) -> Spec:
    """Return the spec of a file; raise its first SpecError."""
    return load_source(source_of(path))


def source_of(name: str, kind: FileKind = SPEC) -> Source:
    """Return the text of a file, or of standard input for `-`; raise SpecError where it cannot be read as one."""
    if name == STDIN:
        return read_text("<stdin>", sys.stdin.buffer.read(kind.most + 1), kind)
    try:
        with open(name, "rb") as stream:
            kind.check_size(name, os.fstat(stream.fileno()).st_size)  # so that a huge file is not read at all
            return read_text(name, stream.read(kind.most + 1), kind)
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
        root = compose(source)
    except SpecError as error:
        return None, [error]
    spec, problems = read_spec(root, source.text)
    if problems:
        from costcalc.specfile.claimfile import is_claims

        if is_claims(root):
            return None, [SpecError("a claims file, no spec: `costcalc verify` reads it", root.mark)]
    return spec, problems or (check(spec) if spec else [])
