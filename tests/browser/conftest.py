"""A real server and a real browser. Skipped, with the reason, where there is no Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from serving import ROOT, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
KNOWN = (  # console errors that are none of ours
    "/_stcore/",  # on a deep link Streamlit first asks for these below the page's own path
    "The page that you have requested",  # said to a server's first visitor; see frame.enter
)
# A picture that a rerun has replaced before the browser fetched it: the browser says 404, Streamlit
# that an image has an error. That no picture stays broken is looked at by itself, see `visit`.
REPLACED = re.compile("(404|Image source error).*/media/", re.DOTALL)
UNBROKEN = "() => [...document.images].every(image => !image.complete || image.naturalWidth)"

Open = Callable[..., "Page"]
Launch = Callable[..., "Browser"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app."""
    with serving(ROOT / "app.py", tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts a Chromium, with further flags if need be."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("There is no Chromium on this machine.")
    with playwright.sync_playwright() as play:
        yield lambda *flags: play.chromium.launch(executable_path=chromium, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def visit(server: str, browser: Browser) -> Iterator[Open]:
    """Opens a path of the app; at the end of the test no page may have reported an error or show a
    broken picture."""
    contexts, problems = [], []

    def hear(message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        known = any(part in text for part in KNOWN) or REPLACED.search(text)
        if message.type == "error" and not known:
            problems.append(text)

    def visit(
        path: str = "/",
        size: Literal["wide", "narrow"] = "wide",
        scheme: Literal["light", "dark"] = "light",
        script: str = "",
        address: str = server,
    ) -> Page:
        """`script` runs in the browser before the page's own."""
        context = browser.new_context(
            viewport=SIZES[size],  # type: ignore[arg-type]
            color_scheme=scheme,
            has_touch=size == "narrow",
            device_scale_factor=2 if size == "narrow" else 1,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(90_000)
        page.on("console", hear)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                request.url.startswith((address, "data:", "blob:"))
                or problems.append(f"asks elsewhere: {request.url}")
            ),
        )
        if script:
            page.add_init_script(script)
        page.goto(address + path)
        return page

    yield visit
    for context in contexts:
        for page in context.pages:
            page.wait_for_function(UNBROKEN)
        context.close()
    assert not problems, "\n".join(problems)
