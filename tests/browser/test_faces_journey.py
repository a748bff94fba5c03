"""The face studio in a real browser: it fits, it answers a slider, and the face can be turned."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds: torch is imported, all built-in photos are looked at
pytestmark = pytest.mark.slow


def opened(visit: Open, query: str = "", **how: str) -> "Page":
    page = visit(f"/faces{query}", **how)
    page.locator(".studio .nearest img").nth(9).wait_for(timeout=SLOW)
    return page


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_it_fits(
    visit: Open, size: Literal["wide", "narrow"], scheme: Literal["light", "dark"]
) -> None:
    page = opened(visit, size=size, scheme=scheme)
    page.get_by_text("Predict, then look").wait_for(timeout=SLOW)
    overflow = "m => m.scrollWidth - m.clientWidth"
    assert page.locator("[data-testid=stMain]").evaluate(overflow) <= 1
    live = page.locator(".studio .live img").bounding_box()
    assert live
    assert live["y"] < 900  # to be seen without scrolling far
    sliders = page.get_by_role("slider", name=re.compile("^Turn"))
    if size == "narrow":  # below the picture there, with a small one beside the thumb
        sliders.scroll_into_view_if_needed()
        page.locator(".studio .beside img").wait_for()
    else:
        box = sliders.bounding_box()
        assert box
        assert box["x"] > live["x"] + live["width"]


def test_a_slider_changes_picture_distance_and_link(visit: Open) -> None:
    page = opened(visit)
    live = page.locator(".studio .live img")
    before, verdict = live.get_attribute("src"), page.locator(".judge .head span").first
    assert "0.00" in verdict.inner_text()
    slider = page.get_by_role("slider", name=re.compile("^Turn"))
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile("faces_yaw=1"))
    page.locator(".truth", has_text="the same person").wait_for()
    page.locator(".judge .head span", has_not_text="0.00").first.wait_for()
    assert live.get_attribute("src") != before
    slider = page.get_by_role("slider", name=re.compile("^Width of the nose"))
    slider.focus()
    slider.press("End")  # a tenth would make nobody else
    page.wait_for_url(re.compile(r"faces_36_nose_width="))
    page.locator(".truth", has_text="somebody else").wait_for()


def test_dragging_the_face_turns_it_and_moves_the_slider(visit: Open) -> None:
    page = opened(visit)
    box = page.locator(".studio .live img").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + box["width"] / 3, y, steps=6)
    page.mouse.up()
    page.wait_for_url(re.compile(r"faces_yaw=(2\d|3\d)"))
    page.locator(".studio .live").press("ArrowUp")
    page.wait_for_url(re.compile(r"faces_pitch=-5"))


def test_a_kept_person_waits_at_the_door(visit: Open) -> None:
    page = opened(visit)
    page.get_by_label(re.compile("^Keep this person")).fill("Ada")
    page.get_by_role("button", name="Keep", exact=False).last.click()
    page.get_by_text("Ada, 8 photos").wait_for(timeout=SLOW)
    page.get_by_test_id("stSidebarNavItems").get_by_role("link", name="The door").click()
    box = page.get_by_role("combobox", name="Who?", exact=False).first
    box.wait_for(timeout=SLOW)
    box.click()
    box.fill("Ada")
    page.get_by_role("option", name="Ada").click()
    page.get_by_role("button", name="Enrol Ada").click()
    page.get_by_text("Ada, 5 pictures").wait_for(timeout=SLOW)
