"""Files that commands write: whole or not at all, and none that appears meanwhile is lost."""

import os
import stat
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from costcalc.common.errors import quote

if TYPE_CHECKING:
    from pathlib import Path

TEMPORARY: set["Path"] = set()  # files that are being written, which a signal takes away


def save(path: str, texts: Iterable[str] | bytes, *, force: bool, encoding: str = "utf-8") -> None:
    """Write texts, or bytes, to a file, whole or not at all; one that exists is replaced only when forced.

    A link stays one: what it points to is written. A file that is replaced keeps its mode.
    """
    from pathlib import Path  # a tenth of the start of a command that writes no file

    exists = click.UsageError(f"{quote(path)} exists: --force replaces it")
    try:
        target = Path(os.path.realpath(path))
        there = os.path.lexists(target)  # a link that leads to itself too
        if there and not force:
            raise exists
        if not target.parent.is_dir():
            named = target.parent if os.path.islink(path) else os.path.dirname(path)
            raise click.UsageError(f"cannot write {quote(path)}: there is no folder {quote(str(named))}")
        if there and not target.is_file():
            raise click.UsageError(f"cannot write {quote(path)}: it is not a file")
        _put(target, texts, encoding, force=force)
    except FileExistsError:
        raise exists from None
    except (OSError, ValueError) as error:  # a path with a NUL is a wrong value
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise click.UsageError(f"cannot write {quote(path)}: {reason}") from None


def _put(target: "Path", texts: Iterable[str] | bytes, encoding: str, *, force: bool) -> None:
    """Write a new file next to its place, and move it there; whatever happens, nothing else is left behind."""
    from secrets import token_hex

    written = target.with_name(f".costcalc-{os.getpid()}-{token_hex(4)}")
    TEMPORARY.add(written)
    try:
        if isinstance(texts, bytes):
            with open(written, "xb") as stream:
                stream.write(texts)
        else:
            with open(written, "x", encoding=encoding, errors="replace", newline="") as lines:
                lines.writelines(texts)
        if force:
            if target.exists():
                written.chmod(stat.S_IMODE(target.stat().st_mode))
            written.replace(target)
        else:
            _link(written, target)
    finally:
        written.unlink(missing_ok=True)
        TEMPORARY.discard(written)


def _link(written: "Path", target: "Path") -> None:
    """Give a written file its name, if nothing has that name by now; raise FileExistsError otherwise."""
    try:
        os.link(written, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first, and its own file replaced
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        written.replace(target)
