"""*Start* in a real browser: it draws, follows clicks, keys and links, and holds still."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import ROOT, serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
READY = ".twins:not(.waiting)"


def told(page: "Page") -> str:
    return page.locator(".told").inner_text()


def looking(visit: Open, **how: str) -> "Page":
    """The page of a visitor who does not want to guess."""
    page = visit("/", **how)
    page.get_by_role("button", name="Just show me").click()
    page.wait_for_selector(READY)
    return page


def link(page: "Page") -> dict[str, str]:
    return dict(re.findall(r"[?&](start_a|start_b)=([^&]+)", page.url))


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_stands_in_every_size_and_theme(visit: Open, size: str, scheme: str) -> None:
    page = looking(visit, size=size, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    light = page.evaluate(
        "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
        ".match(/[\\d.]+/g).slice(0, 3).every((c) => c > 128)"
    )
    assert light is (scheme == "light")
    assert re.search(r"^\d\.\d\d is (below|above) the threshold of \d\.\d\d", told(page))
    assert page.locator(".code.a .bars i").count() == page.locator(".code.gap .bars i").count() > 9


def test_on_a_projector_all_is_on_one_screen(visit: Open) -> None:
    page = looking(visit)
    box = page.locator(".ruler").bounding_box()
    assert box
    assert box["y"] + box["height"] <= 900


def test_the_two_towers_are_one_drawing(visit: Open) -> None:
    page = looking(visit)
    first, second = (page.locator(f".net.{side}").inner_html() for side in "ab")
    assert first == second
    assert page.get_by_text("one net, the same weights").is_visible()


def test_choosing_faces_by_hand(visit: Open) -> None:
    page = looking(visit)
    page.locator(".face.a [aria-label='next picture']").click()
    page.wait_for_url(re.compile(r"a=[a-z-]+-2"))
    page.locator(".face.b .photo").click()
    faces = page.locator("dialog .grid button")
    assert faces.count() == 96
    faces.nth(1).click()
    page.wait_for_url(re.compile("b="))
    page.wait_for_function("!document.querySelector('dialog[open]')")
    page.get_by_role("button", name="Same person").click()
    page.wait_for_function("/start_a=([a-z-]+)-\\d+&start_b=\\1-\\d+/.test(location.search)")
    page.get_by_role("button", name="Two people").click()
    page.wait_for_function("!/start_a=([a-z-]+)-\\d+&start_b=\\1-\\d+/.test(location.search)")
    again = visit("/?" + page.url.partition("?")[2])
    again.wait_for_selector(READY)
    page.wait_for_timeout(300)
    assert told(again) == told(page)


def test_choosing_by_keyboard_and_leaving_with_escape(visit: Open) -> None:
    page = looking(visit)
    page.locator(".face.a .photo").focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert not link(page)


def test_nothing_is_rebuilt_and_nothing_jumps(visit: Open) -> None:
    page = looking(visit)
    page.evaluate("() => { window.kept = true; }")
    twins = page.locator(".twins").element_handle()
    assert twins
    before: Any = page.locator(".ruler").bounding_box()
    for label in ["Same person", "Two people"] * 2:
        url = page.url
        page.get_by_role("button", name=label).click()
        page.wait_for_function("(url) => location.href !== url", arg=url)
        page.wait_for_timeout(300)
        assert twins.evaluate("(element) => element.isConnected")
        assert page.locator(".ruler").bounding_box() == before


def test_the_first_visitor_of_a_server_may_come_by_a_link(visit: Open, tmp_path: Path) -> None:
    with serving(ROOT / "app.py", tmp_path) as address:
        page = visit("/people?lesson=1", address=address)
        page.locator(".st-key-opening h1", has_text="people").wait_for()
        page.wait_for_timeout(1000)
        assert page.get_by_role("dialog").count() == 0
        assert page.url.endswith("/people?lesson=1")
        page.wait_for_load_state("networkidle")  # all is fetched before the server goes


def test_a_wrong_link_is_said(visit: Open) -> None:
    page = visit("/?start_a=nobody-7")
    page.get_by_text("The link names a face that is not here.").wait_for()
