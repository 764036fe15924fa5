"""Build the playground: a folder that any static server serves, with costcalc in the browser and an editor for specs.

python tools/playground.py FOLDER

The package is the one of this checkout, unchanged, with its dependencies as they are installed here; Python for the
browser is the npm package `pyodide`, which `npm` fetches. Nothing of the folder is committed.
"""

import argparse
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution, requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYODIDE = "pyodide@0.28.3"
OF_PYODIDE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
OWN = ("index.html", "play.js", "worker.js", "play.py")


def main() -> None:
    """Build the folder and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    (folder / "pyodide").mkdir(parents=True, exist_ok=True)
    for name in OWN:
        shutil.copy(ROOT / "tools" / "playground" / name, folder)
    fetched(folder / "pyodide")
    with zipfile.ZipFile(folder / "packages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in sorted(set(packed())):
            archive.write(path, name)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.1f} MB; serve it with: python -m http.server -d {folder}")


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
        if "extra" in marker or "python_version" in marker:
            continue
        short = words.strip().split(" ")[0].split("[")[0]
        short = "".join(letter if letter.isalnum() or letter in "-_." else " " for letter in short).split()[0]
        found |= {short, *needed(short)}
    return found


if __name__ == "__main__":
    main()
