"""The house: which room imports which, how long a function is, what a file opens with."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "costcalc"

# Each room, and the rooms below it that it may import; a folder stands for all of its files.
ROOMS = {
    "errors": set(),
    "shape": set(),
    "table": set(),
    "units": set(),
    "expr": {"errors"},
    "ops": {"errors", "shape"},
    "spec": {"errors", "expr"},
    "metrics": {"errors", "ops"},
    "grouping": {"errors", "metrics", "shape"},
    "network": {"errors", "expr", "grouping", "metrics", "ops", "shape", "spec"},
    "settings": {"errors", "expr", "spec"},
    "scope": {"errors", "expr", "ops", "settings", "shape", "spec"},
    "check": {"errors", "expr", "ops", "settings", "spec"},
    "claims": {"errors", "expr", "metrics", "network", "quantities", "settings", "shape", "spec"},
    "unfold": {"check", "claims", "errors", "expr", "network", "ops", "scope", "settings", "shape", "spec"},
    "trace": {
        "claims",
        "errors",
        "expr",
        "metrics",
        "network",
        "ops",
        "scope",
        "settings",
        "shape",
        "sizes",
        "spec",
        "unfold",
    },
    "explain": {"errors", "metrics", "ops", "shape", "table"},
    "figures": {"errors"},
    "answers": {"errors", "figures", "shape"},
    "mistakes": {
        "answers",
        "errors",
        "expr",
        "figures",
        "metrics",
        "network",
        "ops",
        "settings",
        "shape",
        "spec",
        "unfold",
        "units",
    },
    "homework": {"answers", "errors", "expr", "metrics", "spec"},
    "exercise": {"errors", "expr", "homework"},
    "grading": {
        "answers",
        "errors",
        "explain",
        "expr",
        "homework",
        "metrics",
        "mistakes",
        "network",
        "parts",
        "settings",
        "shape",
        "spec",
        "table",
        "unfold",
    },
    "sheets": {"expr", "formats", "grading", "homework", "units"},
    "quantities": {"metrics", "network", "ops"},
    "statements": {"errors", "expr", "metrics", "quantities", "spec"},
    "memory": {"errors", "metrics", "network", "ops", "units"},
    "sizes": {"memory", "metrics", "network", "quantities", "roofline", "units"},
    "parts": {"claims", "errors", "memory", "metrics", "network", "quantities", "units"},
    "verify": {
        "errors",
        "expr",
        "figures",
        "metrics",
        "network",
        "parts",
        "reported",
        "settings",
        "spec",
        "statements",
        "unfold",
    },
    "devices": {"errors"},
    "latency": {"errors"},
    "roofline": {"devices", "memory", "metrics", "network", "units"},
    "epoch": {"quantities"},
    "compress": {"errors", "metrics", "network", "quantities", "units"},
    "compare": {"metrics", "network"},
    "reconcile": {"expr", "figures", "metrics", "network", "units"},
    "reported": {"errors", "figures", "spec", "statements"},
    "lint": {"errors", "network", "ops", "reported", "settings", "shape", "spec", "unfold"},
    "specfile": {
        "answers",
        "check",
        "claims",
        "devices",
        "errors",
        "expr",
        "figures",
        "homework",
        "latency",
        "metrics",
        "ops",
        "spec",
        "statements",
        "units",
    },
    "api": {"errors", "expr", "network", "settings", "spec", "specfile", "unfold"},
    "grid": {"api", "errors", "expr", "metrics", "sizes", "spec", "trace"},
    "search": {"api", "errors", "expr", "figures", "grid", "metrics", "settings", "sizes", "spec", "units"},
    "views": {
        "compare",
        "compress",
        "devices",
        "epoch",
        "latency",
        "",
        "errors",
        "grading",
        "explain",
        "grouping",
        "homework",
        "memory",
        "metrics",
        "network",
        "ops",
        "figures",
        "quantities",
        "reconcile",
        "roofline",
        "search",
        "settings",
        "shape",
        "sizes",
        "spec",
        "table",
        "units",
        "verify",
    },
    "charts": {"errors", "table", "units"},
    "formats": {"charts", "errors", "table", "units"},
    "cli": {
        "",
        "answers",
        "api",
        "compress",
        "epoch",
        "roofline",
        "errors",
        "exercise",
        "explain",
        "expr",
        "formats",
        "grading",
        "homework",
        "lint",
        "memory",
        "metrics",
        "network",
        "sheets",
        "ops",
        "parts",
        "shape",
        "specfile",
        "table",
        "search",
        "verify",
        "views",
        "figures",
        "reconcile",
    },
    "__main__": {"cli"},
    "": {"api", "errors", "grid", "network"},
}
CORE = set(ROOMS) - {"specfile", "formats", "cli", "__main__", "api", "grid", ""}
# Files of the core that may call what the core may not, each with its reason.
ALLOWED = {
    "trace/emit.py": {"exec", "compile"},  # of code that it writes itself, from numbers and names of its own making
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path):
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


@cache
def nodes_of(path):
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path):
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (
                f"{node.module}.{alias.name}" if node.module == "costcalc" else node.module for alias in node.names
            )


def rooms_imported(path):
    for name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "costcalc":
            yield parts[1] if len(parts) > 1 and parts[1] in ROOMS else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_below_it(path):
    room = room_of(path)
    assert set(rooms_imported(path)) - {room} <= ROOMS[room]


def test_no_circle():
    order, left = [], {room: set(below) - {""} for room, below in ROOMS.items() if room}
    while left:
        free = [room for room, below in left.items() if below <= set(order)]
        assert free, left
        order += free
        left = {room: below for room, below in left.items() if room not in free}


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in CORE], ids=lambda path: path.name)
def test_the_core_knows_no_screen_no_yaml_and_no_file(path):
    assert not {name.split(".")[0] for name in imports_of(path)} & {"click", "yaml", "rich", "os", "pathlib", "sys"}
    called = {node.func.id for node in nodes_of(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    allowed = ALLOWED.get(path.relative_to(PACKAGE).as_posix(), set())
    assert not called & {"print", "open", "eval", "exec", "compile", "input"} - allowed


def test_click_stays_in_its_room():
    assert {room_of(path) for path in FILES if "click" in {name.split(".")[0] for name in imports_of(path)}} == {"cli"}
    assert {room_of(path) for path in FILES if "yaml" in {name.split(".")[0] for name in imports_of(path)}} == {
        "specfile"
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short_and_files_say_what_lives_there(path):
    assert ast.get_docstring(nodes_of(path)[0])
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno + 1 <= 40, f"{node.name} in {path}"
