"""Build the playground: a folder that any static server serves, with costcalc in the browser and an editor for specs.

python tools/playground.py FOLDER [--check]

The package is the one of this checkout, unchanged, with its dependencies as they are installed here; Python for the
browser is the npm package `pyodide`, which `npm` fetches. Nothing of the folder is committed. With --check, Chromium
opens the folder: a spec is edited, and what the page then shows must be what the package prints here.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYODIDE = "pyodide@0.28.3"
OF_PYODIDE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
WAITED = """
while (!document.body.dataset.done) await new Promise(done => setTimeout(done, 50));
return [Number(document.body.dataset.done), document.getElementById("out").textContent];
"""
EDITED = """
delete document.body.dataset.done;
document.getElementById("line").value = LINE;
document.getElementById("spec").value = SPEC;
document.getElementById("spec").dispatchEvent(new Event("input"));
"""
OWN = ("index.html", "play.js", "worker.js", "play.py")


def main() -> None:
    """Build the folder and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--check", action="store_true", help="edit a spec in Chromium")
    asked = parser.parse_args()
    folder = asked.folder
    (folder / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in OWN:
        shutil.copy(ROOT / "tools" / "playground" / name, folder)
    fetched(folder / "pyodide")
    with zipfile.ZipFile(folder / "packages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in sorted(set(packed())):
            archive.write(path, name)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB; serve it with: python -m http.server -d {folder}")
    if asked.check:
        check(folder)


def check(folder: Path) -> None:
    """Serve the folder, edit a spec in it, and compare what it shows with what the package prints here."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools" / "playground")]
    import play
    from browsing import Browser

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing of a request."""

    spec = (ROOT / "specs" / "squeezenet.yaml").read_text(encoding="utf-8")
    edits = {spec: "report spec.yaml", spec.replace("op: conv", "op: cnov"): "report spec.yaml --by layer"}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server, Browser() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started = time.monotonic()
        page = browser.visit(f"http://127.0.0.1:{server.server_port}/")
        page.run(WAITED)
        print(f"starts in {time.monotonic() - started:.1f} s")
        for text, line in edits.items():
            started = time.monotonic()
            shown = page.run(EDITED.replace("SPEC", json.dumps(text)).replace("LINE", json.dumps(line)) + WAITED)
            took = time.monotonic() - started
            if shown != json.loads(play.ran(text, line)):
                raise SystemExit(f"costcalc {line} shows something else in the browser:\n{shown[1]}")
            print(f"costcalc {line}: the same {len(shown[1])} characters, exit code {shown[0]}, in {took:.1f} s")
        server.shutdown()


def fetched(folder: Path) -> None:
    """Put Python for the browser into a folder."""
    if all((folder / name).exists() for name in OF_PYODIDE):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm must be on PATH to fetch pyodide")
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([npm, "pack", PYODIDE, "--silent"], cwd=scratch, check=True)
        with tarfile.open(next(Path(scratch).glob("*.tgz"))) as archive:
            for name in OF_PYODIDE:
                member = archive.extractfile(f"package/{name}")
                assert member is not None
                (folder / name).write_bytes(member.read())


def packed() -> Iterator[tuple[Path, str]]:
    """Yield the files of the package and of what it needs, each with its name in the archive."""
    for path in (ROOT / "costcalc").rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path, path.relative_to(ROOT).as_posix()
    for path in (ROOT / "specs").rglob("*"):
        if path.is_file():
            yield path, f"costcalc/{path.relative_to(ROOT).as_posix()}"
    for name in needed("costcalc"):
        for file in distribution(name).files or ():
            if file.suffix not in (".so", ".pyd", ".pyc") and ".." not in file.parts:
                yield Path(str(file.locate())), file.as_posix()


def needed(name: str) -> set[str]:
    """Return the distributions that one needs, with what they need, without extras."""
    found: set[str] = set()
    for line in requires(name) or ():
        words, _, marker = line.partition(";")
        if marker:  # of an extra, of another system or of an older Python
            continue
        short = words.strip().split(" ")[0].split("[")[0]
        short = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in short).split()[0]
        found |= {short, *needed(short)}
    return found


if __name__ == "__main__":
    main()
