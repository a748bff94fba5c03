"""The embedding map in a real browser: pick, lasso, play a history, look side by side."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds: torch is imported and workers are born on two busy cores

pytestmark = pytest.mark.slow


def opened(visit: Open, query: str = "", **how: str) -> "Page":
    page = visit(f"/map?map_faces=Unseen+only&map_method=PCA{query}", **how)
    page.locator(".map[data-points]").first.wait_for(timeout=SLOW)
    page.get_by_text("The space in numbers").wait_for(timeout=SLOW)
    return page


def attribute(page: "Page", name: str, place: int = 0) -> int:
    return int(page.locator(".map").nth(place).get_attribute(f"data-{name}") or "-1")


def until(page: "Page", name: str, ready: Callable[[int], bool], place: int = 0) -> None:
    """Waits until the number under the map's data-NAME is as wanted."""
    page.locator(".map").nth(place).wait_for(timeout=SLOW)
    for _ in range(SLOW // 100):
        if ready(attribute(page, name, place)):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"data-{name} never came to be")


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_stands_in_every_size_and_theme(visit: Open, size: str, scheme: str) -> None:
    page = opened(visit, size=size, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box: Any = page.locator(".stage > canvas").bounding_box()
    assert box["width"] > 300


def test_pick_a_face_then_catch_a_group(visit: Open) -> None:
    page = opened(visit)
    canvas = page.locator(".stage > canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    name = page.locator(".card b").inner_text()
    page.keyboard.press("Enter")
    page.get_by_text(re.compile("Nearest in the space itself")).wait_for(timeout=SLOW)
    assert name in page.locator(".picked").inner_text()
    assert page.locator(".near figure.same, .near figure.other").count() == 8
    until(page, "picked", lambda it: it >= 0)

    page.get_by_role("button", name="Lasso").click()
    box: Any = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    r = box["height"] / 3
    page.mouse.move(x - r, y - r)
    page.mouse.down()
    for dx, dy in ((r, -r), (r, r), (-r, r)):
        page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
    page.get_by_text(re.compile(r"^\d+ faces of \d+ people$")).wait_for(timeout=SLOW)
    page.get_by_text(re.compile("In the space they lie")).wait_for()
    page.get_by_role("button", name="Let go").click()
    page.get_by_text("In the space they lie").wait_for(state="detached", timeout=SLOW)


def test_umap_comes_and_a_newcomer_is_seated(visit: Open) -> None:
    page = visit("/map?map_faces=Unseen+only")
    page.get_by_text(re.compile("Drawn by UMAP")).wait_for(timeout=SLOW)
    until(page, "points", lambda it: it == 192)
    page.get_by_text("Drop a face here").click()
    page.get_by_role("button", name="Put it on the map").click()
    until(page, "points", lambda it: it == 193)
    page.get_by_text(re.compile("The nearest face is one of")).wait_for(timeout=SLOW)


def test_maps_side_by_side_point_at_the_same_face(visit: Open) -> None:
    page = opened(visit, "&map_view=Side+by+side")
    until(page, "points", lambda it: it == 192, 1)
    page.locator(".stage > canvas").first.focus()
    page.keyboard.press("ArrowRight")
    until(page, "hovered", lambda it: it >= 0, 1)
    assert attribute(page, "hovered", 0) == attribute(page, "hovered", 1)
    cards = page.locator(".card b")
    assert cards.nth(0).inner_text() == cards.nth(1).inner_text()


def test_a_history_is_played(visit: Open) -> None:
    page = visit("/map?map_view=Over+time&map_method=PCA")
    page.get_by_role("button", name="Train one now").click(timeout=SLOW)
    page.get_by_text(re.compile(r"trains: step [1-9]")).wait_for(timeout=SLOW)
    page.get_by_role("button", name="That is enough").click()
    page.locator(".player").wait_for(timeout=SLOW)
    until(page, "frame", lambda it: it > 0)  # it plays by itself
    page.get_by_role("slider", name="Time").fill("0")
    until(page, "frame", lambda it: it == 0)
    assert page.locator(".now").inner_text().startswith("Step 0 · EER ")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "frame", lambda it: it > 0)
