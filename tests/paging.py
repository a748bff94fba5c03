"""Pages of the app, opened without a browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent


def opened(page: str, **link: str | list[str]) -> AppTest:
    """A page as its first visitor sees it who follows a link with these values."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    app.switch_page(page)
    for name, value in link.items():
        app.query_params[name] = value
    return sound(app.run())


def sound(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


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
