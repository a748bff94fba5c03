"""The house: where a line of the screen lives, told from the sources themselves.

The six rules of docs/architecture.md, and whether that page still says what is there.
"""

import ast
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sources import (
    APP,
    MODULES,
    PAGES,
    ROOT,
    SCRIPTS,
    SOURCES,
    UI,
    dotted,
    imports,
    named,
    reached,
    tree,
)

LONGEST, MEDIAN = 450, 10  # lines of a file, of a function


ROOM_OF = {dotted(script): room for room, script in SCRIPTS.items()}


def room_of(module: str) -> str:
    """The room that a module, or a name in it, belongs to; '' for the core and the library."""
    parts = module.split(".")
    is_inside = parts[:2] == ["pages", "ui"] and len(parts) > 2 and parts[2] in SCRIPTS
    return parts[2] if is_inside else ROOM_OF.get(module, "")


# Rule 1


def test_each_page_has_one_room() -> None:
    assert set(SCRIPTS.values()) == {path for path in PAGES if UI not in path.parents}
    assert len(SCRIPTS) == 10
    for room, script in SCRIPTS.items():
        entered = {room_of(name) for name in imports(script)} - {""}
        assert entered == {room}, script


def test_what_one_page_uses_lives_in_its_room() -> None:
    """What the frame needs is used by all pages; whatever else a page uses, two of them do."""
    frame = frozenset({"pages.ui.frame"})
    used = {room: reached(dotted(script), closed=frame) for room, script in SCRIPTS.items()}
    framed = reached("app")
    for name in MODULES:
        if name.startswith("pages.ui.") and not room_of(name):
            users = [room for room, names in used.items() if name in names]
            assert len(users) > 1 or name in framed, f"{name} serves {users}"


def test_nothing_in_a_room_is_left_over() -> None:
    for name in MODULES:
        if room := room_of(name):
            script = dotted(SCRIPTS[room])
            assert name == script or name in reached(script), f"{name} is not used"


# Rule 2


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_rooms_never_import_each_other_nor_the_core_a_room(path: Path) -> None:
    own = room_of(dotted(path))
    for name in imports(path):
        assert room_of(name) in {"", own}, name
        assert name not in ROOM_OF, "nobody imports a page"
        assert name.split(".")[0] not in {"app", "importlib"}
    assert "__import__" not in path.read_text("utf-8")


def test_rooms_open_alone() -> None:
    """Each is imported where none of the others is there."""
    rooms = {
        room: [name for name in MODULES if room_of(name) == room and name not in ROOM_OF]
        for room in SCRIPTS
    }
    done = subprocess.run(
        [sys.executable, "-c", ALONE, repr(rooms)], cwd=ROOT, capture_output=True, text=True
    )
    assert not done.returncode, done.stderr[-1500:]


ALONE = """
import ast, importlib, sys
rooms = ast.literal_eval(sys.argv[1])
class Walls:
    def find_spec(self, name, path=None, target=None):
        here = name.split('.')[2:3]
        if name.startswith('pages.ui.') and here[0] in rooms and here[0] != inside:
            raise ImportError(f'{name} is another room than {inside}')
sys.meta_path.insert(0, Walls())
for inside, modules in rooms.items():
    for name in [name for name in sys.modules if name.split('.')[0] == 'pages']:
        del sys.modules[name]
    for name in modules:
        importlib.import_module(name)
"""


# Rule 3


def test_the_files_of_a_component_lie_together() -> None:
    for kind in ("js", "css", "html"):
        for path in UI.rglob(f"*.{kind}"):
            assert path.with_name(f"{path.name.split('.')[0]}.py").exists(), path
    for path in PAGES:
        for call in calls(path):
            if ast.unparse(call.func) == "component":
                assert ast.unparse(call.args[0]) == "__file__", named(path)


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


# Rule 4

STORES = {"st.session_state", "st.query_params", "session().kept"}
READING = {"get", "pop", "setdefault", "get_all"}
LINK = {"remember": 1, "put_in_link": 1, "follow": 1, "forget": 99}  # how many names they take


@cache
def words(path: Path) -> dict[str, str]:
    """How the strings begin that a file has a name for, in it or in a file that it imports, and
    those that a function of it makes: 'WISH' or 'choice.WISH', and 'key_of()'."""
    known: dict[str, str] = {}
    for node in tree(path).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if inner := MODULES.get(f"{node.module}.{alias.name}"):
                    known |= {f"{name}.{word}": text for word, text in own_words(inner).items()}
                elif inner := MODULES.get(str(node.module)):
                    known |= pick(own_words(inner), alias.name, name)
    return known | own_words(path)


def pick(found: dict[str, str], wanted: str, name: str) -> dict[str, str]:
    return {
        name + ending: found[wanted + ending] for ending in ("", "()") if wanted + ending in found
    }


@cache
def own_words(path: Path) -> dict[str, str]:
    known: dict[str, str] = {}
    for node in tree(path).body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names, values = (
                    one.elts if isinstance(one, ast.Tuple) else [one]
                    for one in (target, node.value)
                )
                for name, value in zip(names, values, strict=False):
                    known |= {ast.unparse(name): text for text in beginnings(value, known)}
        elif isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value:
                    known |= {f"{node.name}()": text for text in beginnings(inner.value, known)}
    return known


def beginnings(node: ast.expr, known: dict[str, str]) -> Iterator[str]:
    """How a string begins, as far as it can be told without running anything."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from beginnings(node.values[0], known)
    elif isinstance(node, ast.FormattedValue):
        yield from beginnings(node.value, known)
    elif isinstance(node, ast.IfExp):
        yield from beginnings(node.body, known)
        yield from beginnings(node.orelse, known)
    elif isinstance(node, ast.Call):
        yield from filter(None, [known.get(f"{ast.unparse(node.func)}()")])
    else:
        yield from filter(None, [known.get(ast.unparse(node))])


@cache
def takes_a_key() -> dict[str, int]:
    """Functions of ours with an argument called `key`, and its place."""
    return {
        node.name: [one.arg for one in node.args.args].index("key")
        for path in PAGES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and "key" in [one.arg for one in node.args.args]
    }


def keys_in(path: Path) -> Iterator[ast.expr]:
    """What a file calls its widgets, and its values in the session and in the link."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) in STORES:
            yield node.slice
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) in STORES:
            yield node.left
        elif isinstance(node, ast.Call):
            yield from (word.value for word in node.keywords if word.arg == "key")
            yield from keys_of_call(node)


def keys_of_call(call: ast.Call) -> Iterator[ast.expr]:
    owner, _, name = ast.unparse(call.func).rpartition(".")
    if owner in STORES and name in READING:
        yield call.args[0]
    elif owner in STORES and name == "update":
        yield from (ast.Constant(word.arg) for word in call.keywords)
        for inner in call.args:
            yield from filter(None, inner.keys if isinstance(inner, ast.Dict) else [])
    elif owner not in STORES and name in LINK:
        yield from call.args[: LINK[name]]
    elif name in takes_a_key():
        yield from call.args[takes_a_key()[name] :][:1]


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_keys_begin_with_the_room(path: Path) -> None:
    room = room_of(dotted(path))
    keys = {text for node in keys_in(path) for text in beginnings(node, words(path))}
    if room:
        wrong = {key for key in keys if not re.match(rf"{room}(_|-|$)", key)}
    else:
        wrong = {key for key in keys if re.split("[_-]", key)[0] in SCRIPTS}
    assert not wrong - OF_OTHERS.get(dotted(path), set())


# What the core says of a room, so that other pages can lead to it.
OF_OTHERS = {"pages.ui.link": {"train_loss", "train_margin_"}}


def test_keys_are_written_once() -> None:
    """A key that two files need has a name, in one of them or in the core."""
    places = defaultdict(set)
    for path in PAGES:
        for node in keys_in(path):
            for key in beginnings(node, {}):
                if key.strip("_-") not in SCRIPTS:  # the rest is told by a variable
                    places[key].add(named(path))
    assert len(places) > 100
    twice = {key: files for key, files in places.items() if len(files) > 1 and "_" in key}
    assert not twice, "give it a name"


# Rule 5


def test_data_lies_beside_its_reader() -> None:
    """Whatever is no program belongs to a module in its folder, and what `benchmarks/` has measured
    is written there."""
    measured = " ".join(path.read_text("utf-8") for path in (ROOT / "benchmarks").glob("*.py"))
    for path in UI.rglob("*.*"):
        if path.suffix in {".py", ".pyc", ".js", ".css", ".html"}:
            continue
        readers = (
            [APP, *path.parent.glob("*.py")] if path.parent == UI else path.parent.glob("*.py")
        )
        assert any(f'"{path.name}"' in reader.read_text("utf-8") for reader in readers), path
        if path.suffix == ".csv":
            assert path.relative_to(ROOT).as_posix() in measured, path


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_source_reads_what_lies_elsewhere(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not re.search(r"benchmarks(?!/\w+\.(py|md)\b)", node.value), node.value


# Rule 6


def test_no_circles() -> None:
    """Whoever imports is not imported, by whatever way, also in functions and for types alone."""
    for name in MODULES:
        assert name not in reached(name), f"{name} comes back to itself"


# Size


DRAWN = [path for kind in ("js", "css", "html") for path in UI.rglob(f"*.{kind}")]


@pytest.mark.parametrize("path", [*SOURCES, *DRAWN], ids=named)
def test_no_file_is_a_warehouse(path: Path) -> None:
    assert path.read_text("utf-8").count("\n") <= LONGEST


def test_functions_are_small() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert len(lengths) > 1000
    assert statistics.median(lengths) <= MEDIAN


# docs/architecture.md

PLAN = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def test_the_floor_plan_shows_every_room_and_file() -> None:
    for name in MODULES:
        if name.startswith("pages.ui."):
            line = next(
                (it for it in PLAN.splitlines() if it.startswith(f"- `{room_of(name)}/`")), ""
            )
            shown = line if room_of(name) else PLAN
            assert f"`{name.rpartition('.')[2]}`" in shown, f"{name} is missing"
    for room in re.findall(r"^- `(\w+)/`", PLAN, re.M):
        assert room in SCRIPTS, f"{room} is gone"


def test_what_the_plan_names_is_there() -> None:
    for file in re.findall(r"`((?:pages|siamese|tests|benchmarks)/[\w/]+\.\w+)`", PLAN):
        assert (ROOT / file).is_file(), file
    names = {
        f"{name.rpartition('.')[2]}.{node.name}"
        for name, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    names |= {
        f"{node.name}.{inner.name}"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, ast.FunctionDef)
    }
    for said in re.findall(r"`(\w+\.\w+)`", PLAN):
        is_file = re.search(r"\.(py|js|csv|md)$", said)
        places = [UI, ROOT / "docs"] if said != APP.name else [ROOT]
        assert said in names or (is_file and any(list(it.rglob(said)) for it in places)), said
    here = Path(__file__).read_text("utf-8")
    for test in re.findall(r"`(test_\w+)`", PLAN):
        assert f"def {test}(" in here, test
