"""What runs next to the package in the playground: a command line on a text, as JSON for JavaScript."""

import contextlib
import io
import json
import os
import shlex
from pathlib import Path

from costcalc.cli import main

FOLDER = Path("/tmp/play")  # noqa: S108 - of the browser's own memory
WIDTH = "110"


def bundled() -> str:
    """Return the bundled specs by name, as JSON."""
    from costcalc import specfile

    folder = Path(specfile.folder())
    return json.dumps({path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))})


def ran(spec: str, line: str) -> str:
    """Return the exit code of `costcalc LINE` and what it prints, as JSON; `spec.yaml` holds the spec."""
    FOLDER.mkdir(exist_ok=True)
    os.chdir(FOLDER)
    Path("spec.yaml").write_text(spec, encoding="utf-8")
    os.environ["COLUMNS"] = WIDTH
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)  # of an encoding that has blocks for bars
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(shlex.split(line), prog_name="costcalc")
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        except ValueError as error:  # of the shell's words: a quote that is not closed
            code = 2
            out.write(f"Error: {error}\n")
    out.seek(0)
    return json.dumps([code, out.read()])
