"""The house: which room imports which, how long a function is, what a file opens with."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from costcalc.cli import ALIASES, COMMANDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "costcalc"

# Each wing, and the wings below it that it may import. The face and `__main__` are the program's two doors.
BASE = {"common", "language", "ops"}
ROOMS = {
    "common": set(),
    "language": {"common"},
    "ops": {"common"},
    "network": BASE,
    "unfold": BASE | {"network"},
    "specfile": BASE | {"network", "unfold"},
    "importer": BASE | {"network", "unfold", "specfile"},
    "hardware": BASE | {"network", "unfold", "specfile"},
    "causes": BASE | {"network", "unfold"},
    "analysis": BASE | {"network", "unfold", "specfile", "causes", "importer"},
    "teaching": BASE | {"network", "unfold", "specfile", "causes"},
    "output": BASE | {"network", "causes", "hardware", "analysis", "teaching"},
    "cli": BASE | {"network", "unfold", "specfile", "importer", "hardware", "causes", "analysis", "teaching", "output"},
    "__main__": {"cli"},
    "": {"common", "network", "analysis", "output"},
}
# Rooms within a wing that know less than it does.
NARROW = {"output/formats": {"common"}, "output/charts": {"common"}}
CORE = set(ROOMS) - {"specfile", "importer", "cli", "__main__", ""}
# Files of the core that may call what the core may not, each with its reason.
ALLOWED = {
    "unfold/trace/emit.py": {
        "exec",
        "compile",
    },  # of code that it writes itself, from numbers and names of its own making
}
STYLED = {"html.py", "sheet.py", "page.py"}  # their style sheets have variables, which are written as options are
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
    assert set(rooms_imported(path)) - {room_of(path)} <= ROOMS[room_of(path)]


@pytest.mark.parametrize(("inner", "below"), NARROW.items(), ids=NARROW)
def test_a_room_within_a_wing_knows_less(inner, below):
    for path in (PACKAGE / inner).rglob("*.py"):
        others = {
            name.split(".")[1]
            for name in imports_of(path)
            if name.startswith("costcalc.") and not name.startswith("costcalc.output.")
        }
        assert others <= below, path
        assert {
            "/".join(name.split(".")[1:3]) for name in imports_of(path) if name.startswith("costcalc.output.")
        } <= set(NARROW), path


def test_no_circle_and_few_arrows():
    order, left = [], {room: set(below) - {""} for room, below in ROOMS.items() if room}
    while left:
        free = [room for room, below in left.items() if below <= set(order)]
        assert free, left
        order += free
        left = {room: below for room, below in left.items() if room not in free}
    arrows = {(room_of(path), room) for path in FILES for room in rooms_imported(path)} - {
        (room, room) for room in ROOMS
    }
    assert len(ROOMS) <= 16
    assert len(arrows) <= 65


def test_no_two_classes_share_a_name():
    homes = {}
    for path in FILES:
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(path.name)
    assert not {name: places for name, places in homes.items() if len(places) > 1}


def test_files_of_one_name_serve_the_command_of_that_name():
    names = [path.stem for path in FILES if path.stem != "__init__"]
    assert {name for name in names if names.count(name) > 1} <= {*COMMANDS, *ALIASES}


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if room_of(path) in CORE and "output/formats" not in path.as_posix()],
    ids=lambda path: path.name,
)
def test_the_core_knows_no_screen_no_yaml_and_no_file(path):
    assert not {name.split(".")[0] for name in imports_of(path)} & {"click", "yaml", "rich", "os", "pathlib", "sys"}
    called = {node.func.id for node in nodes_of(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    allowed = ALLOWED.get(path.relative_to(PACKAGE).as_posix(), set())
    assert not called & {"print", "open", "eval", "exec", "compile", "input"} - allowed


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if room_of(path) != "cli" and path.name not in STYLED],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_options_are_named_by_the_command_line_alone(path):
    texts = [node.value for node in nodes_of(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert not [text for text in texts if re.search(r"(?<![\w-])--[a-z]", text)]


def test_click_and_yaml_stay_in_their_rooms():
    for library, room in (("click", "cli"), ("yaml", "specfile")):
        assert {room_of(path) for path in FILES if library in {name.split(".")[0] for name in imports_of(path)}} == {
            room
        }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short_and_files_say_what_lives_there(path):
    assert ast.get_docstring(nodes_of(path)[0])
    for node in nodes_of(path):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno - node.lineno + 1 <= 40, f"{node.name} in {path}"
