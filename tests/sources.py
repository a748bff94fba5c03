"""The sources of the app and of the library, read as trees: who imports whom."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
UI = ROOT / "pages" / "ui"
LIBRARY = sorted((ROOT / "siamese").rglob("*.py"))
PAGES = sorted((ROOT / "pages").rglob("*.py"))
APP = ROOT / "app.py"
SOURCES = [APP, *PAGES, *LIBRARY]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def named(path: Path) -> str:
    """As a test is told from the others: 'siamese/losses'."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def dotted(path: Path) -> str:
    """As it is imported: 'siamese.losses'."""
    return named(path).removesuffix("/__init__").replace("/", ".")


MODULES = {dotted(path): path for path in SOURCES}


@cache
def imports(path: Path, at_top: bool = False) -> frozenset[str]:
    """Dotted names that a file imports: modules, and what it takes out of them. With `at_top` only
    what happens when it is imported itself, without what functions and type checkers import."""
    names: set[str] = set()
    for node in tree(path).body if at_top else ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


@cache
def modules_in(path: Path, at_top: bool = False) -> frozenset[str]:
    """Modules of ours that a file imports."""
    found = set()
    for name in imports(path, at_top):
        inner = name if name in MODULES else name.rpartition(".")[0]
        found |= {inner} & MODULES.keys()
    return frozenset(found)


def reached(module: str, at_top: bool = False, closed: frozenset[str] = frozenset()) -> set[str]:
    """All modules of ours that one of them leads to, itself only where it comes back; what lies
    behind the `closed` ones is not followed."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        for name in modules_in(MODULES[waiting.pop()], at_top) - found:
            found.add(name)
            if name not in closed:
                waiting.append(name)
    return found


def addresses() -> dict[str, Path]:
    """Address of each page → its script, as the menu lists them."""
    found = {}
    for call in ast.walk(tree(ROOT / "pages" / "ui" / "menu.py")):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "script":
            path, _, address = map(ast.literal_eval, call.args)
            found[address or "start"] = ROOT / path
    return found


SCRIPTS = addresses()
