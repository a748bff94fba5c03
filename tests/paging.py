"""Pages of the app, opened without a browser."""

import re
from collections.abc import Iterator
from typing import Any

from sources import ROOT, SCRIPTS
from streamlit.testing.v1 import AppTest

# What pages have in common in the session.
CORE = r"session|page_shown|copy_link|under_way|(task_|atlas-|course_).+"


def opened(page: str, **link: str | list[str]) -> AppTest:
    """A page as its first visitor sees it who follows a link with these values."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page(page)
    for name, value in link.items():
        app.query_params[name] = value
    sound(app.run())
    room = next(room for room, script in SCRIPTS.items() if script == ROOT / page)
    names = re.compile(rf"({room}|start)([_-].+)?|{CORE}")  # the first page comes first
    assert not {key for key in app.session_state if not names.fullmatch(key)}
    return app


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def walked(block: Any) -> Iterator[Any]:
    """All elements of a part of a page, in their order."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from walked(child)
        else:
            yield child


def in_sight(app: AppTest) -> set[str]:
    """Keys of all that a page shows: without what a lesson hides, with what is folded away."""
    found: set[str] = set()

    def walk(node: object) -> None:
        key = str(getattr(node, "key", "") or "")
        identity = getattr(getattr(node, "proto", None), "id", "")
        if not key and identity.startswith("$$"):  # of a component of our own
            key = identity.split("-", 2)[-1]
        if not key.startswith("not_in_a_lesson"):
            found.add(key)
            for child in getattr(node, "children", {}).values():
                walk(child)

    walk(app._tree)
    return found - {""}
