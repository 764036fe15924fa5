"""The outer boundary: what a process starts with, and how whatever a command did not foresee ends."""

import errno
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

import click

from costcalc.cli.saving import TEMPORARY
from costcalc.common.errors import clean

FAULT = 70  # the exit code of a fault of the program itself, as in sysexits.h


class Closed(io.TextIOBase):
    """Standard output where a shell has closed it: it can be asked about, and not be written."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        """Raise OSError, as writing to a closed descriptor does."""
        raise OSError(errno.EBADF, "standard output is closed")


def open_streams() -> None:
    """Put something in the place of standard streams that are closed, so that no other file gets their numbers."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdout is None:
        sys.stdout = Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is open as long as the process


def end_on_signals() -> None:
    """Let a signal that ends the process take temporary files with it; workers end when their parent does.

    The handler itself does so: an exception that it raised could be lost, as in a callback of the garbage collector.
    """
    own = os.getpid()

    def stop(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        if os.getpid() == own:  # a worker that was just forked has its parent's handler
            for path in TEMPORARY:
                path.unlink(missing_ok=True)
        os.kill(os.getpid(), number)

    with suppress(ValueError):  # not the main thread: its owner handles signals
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, stop)


@contextmanager
def cleaned() -> Iterator[None]:
    """Let what click tells of an argument show every character of it."""
    try:
        yield
    except click.ClickException as error:
        error.message = "\n".join(clean(line, None) for line in error.message.split("\n"))  # type: ignore[misc, unused-ignore]
        raise


@contextmanager
def boundary() -> Iterator[None]:
    """Let nothing but an exit out: what cannot be written ends with 2, a fault of the program in a line with 70."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        _end(2, f"error: cannot write: {(error.strerror or str(error)).lower()}")
    except Exception as error:  # noqa: BLE001 - that is what a boundary is for
        import traceback

        where = traceback.extract_tb(error.__traceback__)[-1]
        what = f"{type(error).__name__}: {ascii(str(error))[1:-1][:200]}"
        place = f"{os.path.basename(where.filename)}:{where.lineno}"
        _end(
            FAULT,
            f"error: a fault of costcalc: {what} ({place}); please report this line with the command and its files",
        )


def _end(code: int, sentence: str) -> NoReturn:
    """End with a sentence on stderr, if it can be written; what is still buffered for a stream is let go."""
    with suppress(OSError):
        click.echo(sentence, err=True)
    _let_go(sys.stdout)
    _let_go(sys.stderr)
    sys.exit(code)


def _let_go(stream: TextIO) -> None:
    """Empty a stream, into nothing if it cannot be written: Python would try once more at its end."""
    try:
        stream.flush()
    except OSError:
        with suppress(OSError, ValueError):  # a stream without a descriptor has nothing buffered
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
