"""The Margin page in a real browser: it moves, it is steered, and a point can be dragged."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds: torch is imported on two busy cores
COS, SIN = ([turn(math.tau * k / 120) for k in range(120)] for turn in (math.cos, math.sin))

pytestmark = pytest.mark.slow
STILL = """
    const ask = window.matchMedia.bind(window);
    const yes = { matches: true, addEventListener() {}, removeEventListener() {} };
    window.matchMedia = (query) => query.includes("reduced-motion") ? yes : ask(query);
"""


def opened(visit: Open, query: str = "", **how: str) -> "Page":
    page = visit(f"/margin{query}", **how)
    page.locator("canvas.plane").wait_for(timeout=SLOW)
    return page


def number(page: "Page", name: str) -> int:
    return int(page.locator(".lab").get_attribute(f"data-{name}") or -1)


def until(page: "Page", ready: Callable[[], bool], what: str) -> None:
    for _ in range(300):
        if ready():
            return
        page.wait_for_timeout(100)
    pytest.fail(f"Never came: {what}")


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_stands_in_every_size_and_theme(visit: Open, size: str, scheme: str) -> None:
    page = opened(visit, size=size, scheme=scheme)
    page.get_by_text("Predict, then look").wait_for(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # What moves is seen at once: on a phone, where the controls come first, as a small copy.
    moving, lowest = ("canvas.plane", 500) if size == "wide" else (".beside canvas", 844)
    box = page.locator(moving).bounding_box()
    assert box
    assert box["y"] < lowest - (0 if size == "wide" else box["height"])


def test_it_plays_at_twenty_frames_a_second_or_more(visit: Open) -> None:
    page = opened(visit, "?margin_speed=5&margin_people=6&margin_photos=6")
    until(page, lambda: number(page, "frame") > 0, "the first frames")
    page.wait_for_timeout(2000)
    before = number(page, "drawn")
    page.wait_for_timeout(2000)
    assert (number(page, "drawn") - before) / 2 >= 20


def test_pause_step_reset_and_scrub(visit: Open) -> None:
    page = opened(visit, "?margin_speed=15")
    page.get_by_role("button", name="Pause").click()
    at = number(page, "frame")
    page.get_by_role("button", name="One step").click()
    assert number(page, "frame") == at + 1
    page.get_by_role("button", name="Back to the start").click()
    assert number(page, "frame") == 0
    page.get_by_role("slider", name="Step of the run").fill("150")
    assert number(page, "frame") == 150
    page.get_by_role("button", name="Again").click()
    until(page, lambda: 0 < number(page, "frame") < 150, "the second run")


def test_who_wants_no_motion_gets_none(visit: Open) -> None:
    page = opened(visit, script=STILL)
    until(page, lambda: number(page, "frame") == 0, "the first frame")
    page.wait_for_timeout(800)
    assert number(page, "frame") == 0
    assert page.get_by_role("button", name="Play").is_visible()


def test_a_setup_is_a_link(visit: Open) -> None:
    page = opened(visit)
    page.locator(".st-key-margin_setup").get_by_text("Too big", exact=True).click()
    page.wait_for_url(re.compile("margin_margin_triplet=3"))
    page.get_by_text(re.compile("far from zero: more than a third")).wait_for()
    page.reload()
    page.get_by_text(re.compile("far from zero: more than a third")).wait_for(timeout=SLOW)


def test_a_dragged_point_starts_the_run_anew(visit: Open) -> None:
    page = opened(visit, "?margin_norm=true", script=STILL)
    until(page, lambda: number(page, "frame") == 0, "the first frame")
    plane = page.locator("canvas.plane")
    before = plane.get_attribute("aria-label")
    box = plane.bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    radius = box["width"] / 2 / 1.15
    # Somewhere along the circle a point lies under the mouse, which shows a hand.
    for k in range(120):
        x, y = middle[0] + radius * COS[k], middle[1] + radius * SIN[k]
        page.mouse.move(x, y)
        if "over" in (plane.get_attribute("class") or ""):
            break
    page.mouse.down()
    page.mouse.move(2 * middle[0] - x, 2 * middle[1] - y, steps=8)
    page.mouse.up()
    undo = page.get_by_role("button", name="Undo the move")
    undo.wait_for()
    assert plane.get_attribute("aria-label") != before
    undo.click()
    undo.wait_for(state="hidden")
    assert plane.get_attribute("aria-label") == before


def test_run_this_live_trains_on_the_train_page(visit: Open) -> None:
    page = opened(visit, "?margin_margin_triplet=0.6")
    page.get_by_role("link", name=re.compile("Run this live")).click(timeout=SLOW)
    steps = page.get_by_text(re.compile(r"[1-9][\d,]* steps? · [\d,]+ photos a second"))
    steps.first.wait_for(timeout=SLOW)
    page.get_by_role("button", name="Pause", exact=True).click(timeout=SLOW)
    page.get_by_role("button", name="Train on").wait_for(timeout=SLOW)
    margin = page.get_by_role("slider", name=re.compile("^Margin"))
    margin.wait_for()
    assert margin.input_value() == "0.6"
    assert "loss=Triplet" in page.url
