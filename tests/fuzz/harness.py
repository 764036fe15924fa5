"""Runs one input in this process, and says what no input may do."""

import io
import json
import re
import resource
import shlex
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import click

from costcalc.cli import main
from tests.fuzz import models
from tests.fuzz.inputs import BESIDE, Case

SECONDS = 20.0  # of the processor: what takes longer is stopped, and has failed
MEGABYTES = 300
WARM = 1_000  # runs until the program is loaded: until then, what they keep counts
OPTION = re.compile(r"^error: setting `| has no (setting|variant|layer) `")  # which an option gave, or the spec's name
PLACELESS = ("options", *models.KINDS)  # what is read has no lines
NAMES = {"class": "f.csv", "keras": "f.keras", "config": "f.json", "onnx": "f.onnx", "graph": "f.onnx"}


class Outcome(NamedTuple):
    """How a run ended: its exit code, the first line of stderr, what is wrong with that, and what it used."""

    code: int
    said: str
    wrong: str
    seconds: float = 0.0


class TooLongError(BaseException):
    """Raised in a run that uses more of the processor than any may."""


_STREAMS: dict[str, io.TextIOWrapper] = {}  # click remembers each that it has seen for ever


def _stream(name: str) -> io.TextIOWrapper:
    """Return a stream in memory by its name, at its start: empty, but for what standard input has."""
    found = _STREAMS.get(name)
    if found is None or found.closed:
        found = _STREAMS[name] = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    found.seek(0)
    found.truncate()
    if name == "stdin":
        found.write(BESIDE["n.yaml"])
        found.seek(0)
    return found


@contextmanager
def streams() -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    """Put memory in the place of the standard streams."""
    kept = sys.stdin, sys.stdout, sys.stderr
    sys.stdin, sys.stdout, sys.stderr = map(_stream, ("stdin", "stdout", "stderr"))
    out, err = sys.stdout.buffer, sys.stderr.buffer
    try:
        yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = kept


def arguments(case: Case, folder: Path) -> list[str] | None:
    """Write the file of a case, and return its arguments; None for options that no shell passes on, and text that is no graph."""
    if case.kind == "options":
        with suppress(ValueError, UnicodeDecodeError):
            args = shlex.split(case.data.decode())
            safe = (
                not any("\0" in arg or arg.startswith(("torch:", "-o", "/")) for arg in args) and "import" not in args
            )
            return args if safe and "-" not in args and not any(arg.endswith("-o") for arg in args) else None
        return None
    path = folder / NAMES.get(case.kind, "f.yaml")
    data = models.binary(case.data) if case.kind == "graph" else case.data
    if data is None:
        return None
    path.write_bytes(data)
    named = {"F": path.name, "OUT": "out.yaml", "F:small": f"{path.name}:small"}
    return [named.get(arg, arg) for arg in case.args]


def run(case: Case, folder: Path, then: Callable[[], None] = lambda: None) -> Outcome:
    """Run a case in a folder, which is the current one and has the files that go with it."""
    args = arguments(case, folder)
    if args is None:
        return Outcome(0, "", "")
    before, code, fault = time.process_time(), 0, ""
    with streams() as (out, err):
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            code = main(args, prog_name="costcalc", standalone_mode=False) or 0
        except click.exceptions.Exit as error:
            code = error.exit_code
        except click.ClickException as error:
            code = error.exit_code
            error.show()
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except TooLongError:
            fault = f"more than {SECONDS:g} seconds"
        except BaseException:  # noqa: BLE001 - that is what is looked for
            fault = "traceback: " + traceback.format_exc()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            then()
    seconds = time.process_time() - before
    texts = [buffer.getvalue().decode("utf-8", "replace") for buffer in (out, err)]
    wrong = fault or misbehaviour(case, args, int(code), *texts)
    return Outcome(int(code), texts[1].partition("\n")[0], wrong, seconds)


def misbehaviour(case: Case, args: list[str], code: int, out: str, err: str) -> str:
    """Return what is wrong with what a run printed, if anything is."""
    if code not in (0, 1, 2):
        return f"exit code {code}"
    hidden = next((ch for ch in out + err if not (ch.isprintable() or ch in "\n\t\xa0")), None)
    form = args[args.index("--format") + 1] if "--format" in args[:-1] else ""
    if hidden is not None and not (case.kind == "class" and form == "csv") and args[:1] != ["show"]:
        return f"character U+{ord(hidden):04X} is printed"
    if code == 2 and not err and args[:1] != ["lint"]:
        return "a refusal without a word"
    if case.kind not in PLACELESS:
        for line in (*err.split("\n"), *(out.split("\n") if args[:1] == ["lint"] and not form else ())):
            if line.startswith("error: ") and not OPTION.search(line):
                return f"a refusal without a place: {line}"
    if form == "json" and out:
        try:
            json.loads(out)
        except ValueError as error:
            return f"not JSON: {error}"
    return ""


class Memory:
    """The megabytes of single runs: a process that runs many keeps some of each, such as the names in code it makes."""

    def __init__(self) -> None:
        self.runs = self.loaded = self.kept = self.most = 0

    def begin(self) -> None:
        """Forget what was used at most until now."""
        self.kept = _megabytes("VmRSS")
        self.loaded = self.kept if self.runs < WARM else self.loaded
        self.runs += 1
        with suppress(OSError):  # where no such file is, all runs are one
            Path("/proc/self/clear_refs").write_bytes(b"5")

    def end(self) -> int:
        """Return what a process of this run alone would have had at most, with all of the program loaded."""
        used = _megabytes("VmHWM") - self.kept + self.loaded
        self.most = max(self.most, used)
        return used


def _megabytes(field: str) -> int:
    """Return what this process has (VmRSS) or has had at most (VmHWM), not the process that it was forked from."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(rf"{field}:\s*(\d+) kB", status.read_text(encoding="ascii"))[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 if field == "VmHWM" else 0


def stop(_number: int, _frame: object) -> None:
    """Stop a run."""
    raise TooLongError
