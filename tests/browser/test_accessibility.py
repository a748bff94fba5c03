"""Every page, light and dark, before axe-core: names, labels, contrast, keyboard."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from looking import ADDRESSES, SLOW, rest, script, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

# What Streamlit draws by itself and no setting of ours reaches.
EXCEPTIONS = {
    "[data-testid=stSidebarNavItems]": "its list holds sections that hold the items",
    "[data-testid=stToast]": "an alert that has no name",
}
RUN = """async (exceptions) => {
    const found = await axe.run({ exclude: exceptions }, { resultTypes: ["violations"] });
    return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
        .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 200)} `
            + node.any.map((check) => check.message).join(" ")));
}"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, as a package of PyPI brings it."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed.")
    return Path(package.__file__).with_name("axe.min.js").read_text()


def violations(page: "Page", axe: str, scheme: str) -> list[str]:
    """What is wrong in one of the two themes, in words."""
    page.evaluate("window.written = []")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function(
        "scheme => getComputedStyle(document.querySelector('.stApp')).colorScheme === scheme",
        arg=scheme,
    )
    rest(page)
    page.evaluate(axe)
    said = page.evaluate(RUN, [[selector] for selector in EXCEPTIONS])
    said += [f"pale word in a drawing: {word}" for word in page.evaluate(script("contrast.js"))]
    return [f"{scheme}: {one}" for one in said]


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_barrier_of_ours(visit: Open, axe: str, address: str) -> None:
    page = visit(f"/{address}", script=script("written.js"))
    rest(page)
    unfold(page)
    said = [one for scheme in ("light", "dark") for one in violations(page, axe, scheme)]
    assert not said, "\n".join(said)


def test_no_barrier_while_it_trains_and_after_an_answer(visit: Open, axe: str) -> None:
    page = visit("/train", script=script("written.js"))
    rest(page)
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text(re.compile(r"^[1-9][\d,]* steps · ")).first.wait_for(timeout=SLOW)
    page.evaluate(axe)
    running = page.evaluate(RUN, [[selector] for selector in EXCEPTIONS])
    page.get_by_role("button", name="Pause", exact=True).click()
    rest(page)
    page.get_by_role("link", name="Losses").click()
    page.locator("h1", has_text="punished").wait_for(timeout=SLOW)
    rest(page)
    page.get_by_text("Nothing", exact=True).click()
    page.get_by_test_id("stAlert").first.wait_for(timeout=SLOW)
    said = [one for scheme in ("light", "dark") for one in violations(page, axe, scheme)]
    assert not running + said, "\n".join(running + said)


def test_no_barrier_in_a_game_and_at_its_end(visit: Open, axe: str) -> None:
    page = visit("/", script=script("written.js"))
    page.get_by_text("Pair 1 of 10").wait_for(timeout=SLOW)
    said = []
    for guess in "1212121212":
        page.keyboard.press(guess)
        if "Pair 1 of" in page.locator(".progress b").inner_text():
            said += [one for scheme in ("light", "dark") for one in violations(page, axe, scheme)]
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Ten new pairs").wait_for()
    said += [one for scheme in ("light", "dark") for one in violations(page, axe, scheme)]
    assert not said, "\n".join(said)


def test_the_rings_of_choices_are_seen(visit: Open) -> None:
    """WCAG 2.2, 1.4.11: what tells a control from its ground has a contrast of 3."""
    page = visit("/door")
    rest(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        assert page.evaluate(script("rings.js")) >= 3
