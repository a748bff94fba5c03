"""The frame around the pages: what Streamlit demands of folders, and what must not be imported."""

import ast
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from paging import in_sight, opened
from sources import SCRIPTS

from pages.ui import frame, link
from siamese.lessons import Task

ROOT = Path(__file__).parent.parent
PAGES = sorted(path for path in (ROOT / "pages").glob("*/*.py") if path.parent.name != "ui")


def imported(source: str) -> set[str]:
    """Top-level names of all modules that a source file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_no_python_file_lies_directly_in_pages() -> None:
    # Streamlit would take it for a page of its older layout and run it instead of app.py.
    assert not list((ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_is_in_the_list_and_short(page: Path) -> None:
    assert page in SCRIPTS.values()
    assert len(page.read_text("utf-8").splitlines()) < 80


@pytest.mark.parametrize("module", sorted((ROOT / "siamese").rglob("*.py")), ids=lambda m: m.stem)
def test_the_library_knows_no_screen(module: Path) -> None:
    assert not imported(module.read_text("utf-8")) & {"streamlit", "pages", "app", "altair"}


@pytest.mark.parametrize("file", sorted((ROOT / "pages").rglob("*.py")), ids=lambda m: m.stem)
def test_pages_never_reach_back_to_the_app(file: Path) -> None:
    assert "app" not in imported(file.read_text("utf-8"))


def test_nothing_is_fetched_from_elsewhere() -> None:
    ours = [ROOT / "app.py", ROOT / ".streamlit" / "config.toml"]
    ours += [
        path
        for path in (ROOT / "pages").rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html", ".svg"}
    ]
    addresses = {
        address
        for path in ours
        for address in re.findall(r"https?://[^\s\"'<>)]+", path.read_text("utf-8"))
    }
    assert addresses <= {"http://www.w3.org/2000/svg"}  # a name, not an address
    # A Material icon as page icon would be fetched from Google's servers.
    assert 'page_icon=":material' not in (ROOT / "pages/ui/menu.py").read_text("utf-8")


def test_start_is_light() -> None:
    """What stands before the first picture on the screen: no torch, scikit-learn, UMAP."""
    program = """
import sys
from streamlit.testing.v1 import AppTest
import pages.ui.shipped as shipped
shipped.ready = lambda: False
shipped.net = lambda: (_ for _ in ()).throw(SystemExit)  # all before this is the first screen
AppTest.from_file("app.py", default_timeout=60).run()
heavy = {"torch", "sklearn", "umap", "numba", "torchvision"} & set(sys.modules)
assert not heavy, heavy
assert "pages.ui.start.twins" in sys.modules
print("light")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.strip().endswith("light"), done.stderr[-2000:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_lesson_shows_the_controls_of_its_tasks(
    page: Path, fresh: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, str] = {}

    def predict(tasks: Sequence[Task]) -> None:
        asked.clear()  # of the page before
        asked.update({task.question: task.controls for task in tasks})

    def try_this(tasks: Mapping[str, str]) -> None:
        assert all(tasks.values())  # each says what it is done with
        asked.clear()
        asked.update(tasks)

    monkeypatch.setattr(frame, "predict", predict)
    monkeypatch.setattr(frame, "try_this", try_this)
    app = opened(page.relative_to(ROOT).as_posix(), lesson="1")
    shown = in_sight(app)
    assert asked
    for task, controls in asked.items():
        for control in controls.split():
            named = [key for key in shown if key == control or key.startswith(f"{control}_")]
            assert named, f"{control}, for: {task}"


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("losses", "l_loss", "losses_loss"),
        ("pairs", "p_at", "pairs_at"),
        ("photos", "p_base", "photos_base"),
        ("train", "margin_triplet", "train_margin_triplet"),
        ("train", "P", "train_P"),
        ("start", "a", "start_a"),
        ("people", "unseen", "people_unseen"),
    ],
)
def test_old_links_still_say_what_they_ask_for(page: str, old: str, new: str) -> None:
    kept = {"lesson": ["1"], "run": ["1"], "utm_source": ["mail"]}
    assert link.renewed(page, {old: ["x", "y"]} | kept) == {new: ["x", "y"]} | kept
    assert link.renewed(page, {new: ["x"]}) == {new: ["x"]}
    elsewhere = "door" if page != "door" else "losses"
    assert link.renewed(elsewhere, {old: ["x"]}) == {old: ["x"]}
