"""What Back goes to, and what a link opens, in a real browser."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds

pytestmark = pytest.mark.slow


def go_to(page: "Page", name: str, path: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(re.compile(f"/{path}([?]|$)"), timeout=SLOW)
    at_rest(page)


def at_rest(page: "Page") -> None:
    page.wait_for_timeout(1500)
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=SLOW)
    page.wait_for_timeout(500)


def opened(visit: Open, path: str) -> "Page":
    page = visit(path)
    page.locator(".st-key-opening h1").wait_for(timeout=SLOW)
    at_rest(page)
    return page


def test_back_goes_from_page_to_page(visit: Open) -> None:
    """*Pairs* writes its sliders to its address by itself."""
    page = opened(visit, "/losses")
    before = page.evaluate("history.length")
    go_to(page, "Pairs", "pairs")
    assert page.evaluate("history.length") == before + 1
    assert "pairs_at=" in page.url
    page.go_back()
    page.wait_for_url(re.compile("/losses$"))


def test_back_to_the_margin_keeps_the_margin(visit: Open) -> None:
    page = opened(visit, "/margin")
    slider = page.get_by_role("slider", name=re.compile("^Margin")).first
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile("margin_margin_triplet=0.55"))
    at_rest(page)
    go_to(page, "Losses", "losses")
    page.go_back()
    page.wait_for_url(re.compile("/margin[?]margin_margin_triplet=0.55"))
    at_rest(page)
    assert float(slider.input_value()) == pytest.approx(0.55)


@pytest.mark.parametrize("path", ["/start?start_a=bao-3&start_b=bao-4", "/start", "/start/"])
def test_start_is_a_name_of_the_first_page(visit: Open, path: str) -> None:
    page = visit(path)
    page.wait_for_selector(".twins, .guess", timeout=SLOW)
    at_rest(page)
    assert page.get_by_role("dialog").count() == 0
    asked = path.partition("?")[2]
    assert page.url.endswith(f"/?{asked}" if asked else "/")


def test_a_link_of_before_the_rooms_still_works(visit: Open) -> None:
    page = visit("/losses?l_loss=Circle")
    page.wait_for_url(re.compile("/losses[?]losses_loss=Circle"), timeout=SLOW)
    chosen = page.locator(
        ".st-key-losses_loss [aria-checked=true], .st-key-losses_loss [kind$=Active]"
    )
    chosen.get_by_text("Circle").wait_for(timeout=SLOW)
