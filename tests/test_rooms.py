"""The house: where a line of the screen lives, told from the sources themselves.

The six rules of docs/architecture.md, one test each.
"""

import ast
import re
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UI = ROOT / "pages" / "ui"
ADDRESSES = re.findall(r'url_path="(\w+)"', (ROOT / "app.py").read_text("utf-8"))
ROOMS = [UI / address for address in ADDRESSES]
SCRIPTS = sorted(path for path in (ROOT / "pages").rglob("*.py") if UI not in path.parents)
SOURCES = [
    ROOT / "app.py",
    *(path for top in ("pages", "siamese") for path in sorted((ROOT / top).rglob("*.py"))),
]
LONGEST, MEDIAN = 450, 10  # lines of a file, of a function


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {dotted(path): path for path in SOURCES}


def imported(path: Path) -> set[str]:
    """Modules of ours that a file imports, wherever in it, also for its types alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & MODULES.keys() or {node.module}
    return found & MODULES.keys()


def room_of(module: str) -> str:
    """The page whose room a module stands in; nothing for the core and the library."""
    parts = module.split(".")
    return (
        parts[2]
        if parts[:2] == ["pages", "ui"] and len(parts) > 2 and parts[2] in ADDRESSES
        else ""
    )


GRAPH = {name: imported(path) for name, path in MODULES.items()}


def reached(module: str) -> set[str]:
    found, waiting = set(), [module]
    while waiting:
        for name in GRAPH[waiting.pop()] - found:
            found.add(name)
            waiting.append(name)
    return found


def page_of(script: Path) -> str:
    """The address of a page script, by the rooms that it enters."""
    rooms = {room_of(name) for name in GRAPH[dotted(script)]} - {""}
    assert len(rooms) <= 1, f"{script.name} enters {sorted(rooms)}"
    return rooms.pop() if rooms else script.stem


def test_each_page_has_one_room() -> None:
    assert sorted(page_of(script) for script in SCRIPTS) == sorted(ADDRESSES)
    assert all(room.is_dir() for room in ROOMS)


def test_what_one_page_uses_lives_in_its_room() -> None:
    """Rule 1. The core is what two pages reach, or all of them through the frame."""
    users = Counter[str]()
    for script in SCRIPTS:
        users.update(reached(dotted(script)))
    for name in MODULES:
        if name.startswith("pages.ui.") and not room_of(name) and name not in reached("app"):
            assert users[name] >= 2, f"{name} serves {users[name]} page"


def test_rooms_never_import_each_other_nor_the_core_a_room() -> None:
    """Rule 2."""
    for name, others in GRAPH.items():
        if not name.startswith("pages.ui"):
            continue
        for other in others:
            assert room_of(other) in {"", room_of(name)}, f"{name} imports {other}"


def test_the_files_of_a_component_lie_together() -> None:
    """Rule 3."""
    for kind in ("js", "css", "html"):
        for path in UI.rglob(f"*.{kind}"):
            assert path.with_suffix(".py").exists(), path


def keys_of(path: Path) -> Iterator[str]:
    """What a module calls its widgets, and its values in the session and in the link; the
    beginning, where the rest is told later."""

    def beginning(node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            first = node.values[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)

    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "key":
            yield from beginning(node.value)
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in STORES:
            yield from beginning(node.slice)
        elif isinstance(node, ast.Call) and node.args and store_of(node.func) in STORES:
            yield from beginning(node.args[0])


def store_of(call: ast.expr) -> str:
    """What a method is called of, as `st.session_state` in `st.session_state.get`."""
    return ast.unparse(call.value) if isinstance(call, ast.Attribute) else ""


STORES = {"st.session_state", "st.query_params"}


def test_keys_begin_with_the_room_and_are_written_once() -> None:
    """Rule 4."""
    places = Counter[str]()
    for path in (*SCRIPTS, *sorted(UI.rglob("*.py"))):
        found = set(keys_of(path))
        places.update(key for key in found if "_" in key)
        room = page_of(path) if path in SCRIPTS else room_of(dotted(path))
        if room:
            wrong = {key for key in found if not re.match(rf"{room}(_|-|$)", key)}
            assert not wrong, f"{path.relative_to(ROOT)}: {sorted(wrong)}"
    twice = {key: count for key, count in places.items() if count > 1}
    assert not twice, f"a name of its own for {twice}"


def test_data_lies_beside_its_reader() -> None:
    """Rule 5."""
    for path in UI.rglob("*.csv"):
        readers = [
            each for each in path.parent.glob("*.py") if path.name in each.read_text("utf-8")
        ]
        assert readers, path
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        told = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        assert "benchmarks" not in told, path


def test_no_circles() -> None:
    """Rule 6. Whoever imports may not be imported, by whatever way."""
    for name in MODULES:
        assert name not in reached(name), f"{name} comes back to itself"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_opens_alone(room: Path) -> None:
    """All of it can be imported where the other rooms are not there."""
    others = [f"pages.ui.{name}" for name in ADDRESSES if name != room.name]
    modules = [dotted(path) for path in sorted(room.glob("*.py"))]
    program = f"""
import importlib, sys
class Walls:
    def find_spec(self, name, path=None, target=None):
        if any(name == other or name.startswith(other + '.') for other in {others}):
            raise ImportError(f'{{name}} is another room')
sys.meta_path.insert(0, Walls())
for module in {modules}:
    importlib.import_module(module)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-1500:]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_a_warehouse(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


def test_functions_are_small() -> None:
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    assert statistics.median(lengths) <= MEDIAN
