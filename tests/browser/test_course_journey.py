"""The guided course, walked from end to end on a laptop and on a phone."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest
from looking import SLOW, rest, script
from test_accessibility import axe, violations
from test_layout import WIDER

from pages.ui.course.stops import STOPS, Stop

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
Size = Literal["wide", "narrow"]

pytestmark = pytest.mark.slow
__all__ = ["axe"]  # a fixture

WINDOWS = {"wide": (1280, 800), "narrow": (390, 844)}
SCHEMES = {"wide": "light", "narrow": "dark"}
HEADER = 44  # pixels at the top, where Streamlit's header hides what scrolls below it
SHOWN = 0.5  # of the height of a picture that answers
ANSWERS = {  # by page: what shows what the control does, or its copy at the edge of a phone
    "": ".st-key-start_guess img",
    "faces": ".st-key-faces_studio img, .st-key-faces_studio .beside",
    "losses": ".stVegaLiteChart",
    "margin": "canvas.plane, .st-key-margin_lab .beside",
    "train": "[class*=st-key-train-map] canvas",
    "map": ".st-key-map_map canvas",
    "pairs": ".st-key-pairs_slider canvas, .st-key-pairs_slider svg",
    "photos": ".st-key-photos_in_sight, .st-key-photos_verdicts tr, .st-key-photos_verdicts h3",
}
ACTS = {  # where the key of the control is that of all that moves with it
    "": ".st-key-start_guess .says button",
    "pairs": ".st-key-pairs_slider input.threshold",
}


def heading(page: "Page", words: str) -> None:
    page.locator(".st-key-opening h1", has_text=words).wait_for(timeout=SLOW)
    rest(page)


def seen(page: "Page", it: "Locator") -> float:
    """Which share of an element's height lies in the window, below the header."""
    box, window = it.bounding_box(), page.viewport_size
    if not box or not window or not box["height"]:
        return 0.0
    inside = min(box["y"] + box["height"], window["height"]) - max(box["y"], HEADER)
    return max(0.0, inside) / box["height"]


def both_in_view(page: "Page", stop: Stop, size: Size) -> str:
    """What is wrong, in words, with the control and the picture that answers. A laptop shows both
    as one arrives; on a phone one scrolls to the control."""
    acts = page.locator(ACTS.get(stop.page, f"[class*=st-key-{stop.control}]")).first
    if size == "narrow":
        acts.scroll_into_view_if_needed()
        page.wait_for_timeout(600)
    answers = page.locator(ANSWERS[stop.page])
    best = max(
        [seen(page, answers.nth(n)) for n in range(answers.count()) if answers.nth(n).is_visible()],
        default=0.0,
    )
    control = seen(page, acts)
    if control > 0.95 and best >= SHOWN:
        return ""
    return f"{stop.title}: {control:.0%} of the control and {best:.0%} of the answer are in view"


def faults(page: "Page", stop: Stop) -> list[str]:
    """What is cut off or lies beside the window."""
    said = [f"{stop.title}: cut off: {word!r}" for word in page.evaluate(script("cut.js"))]
    wider = page.evaluate(WIDER)
    return [*said, f"{stop.title}: {wider} px too wide"] if wider > 0 else said


def walked(page: "Page", stop: Stop, size: Size, axe: str) -> list[str]:
    """A stop from its prediction to its sentence, and what is wrong there."""
    heading(page, stop.title)
    said = faults(page, stop)
    if stop.task:
        page.locator(".st-key-course_step [data-testid=stRadioOption]").first.click()
        rest(page)
    if stop.page == "train":
        page.locator("[class*=st-key-train-map] canvas").first.wait_for(timeout=SLOW)
    said += [*faults(page, stop), *filter(None, [both_in_view(page, stop, size)])]
    page.get_by_role("button", name="I have seen it").click()
    page.get_by_text(stop.keep).first.wait_for(timeout=SLOW)
    rest(page)
    page.evaluate("window.written = []")
    broken = violations(page, axe, SCHEMES[size])
    return said + faults(page, stop) + [f"{stop.title}: {one}" for one in broken]


@pytest.mark.parametrize("size", ["wide", "narrow"])
def test_the_whole_course(visit: Open, axe: str, size: Size) -> None:
    page = visit("/", size, SCHEMES[size], script=script("written.js"))
    width, height = WINDOWS[size]
    page.set_viewport_size({"width": width, "height": height})
    heading(page, "Are these two photos")
    assert "course" not in page.url
    page.locator(".st-key-course_invite").get_by_text("45 minutes").click()
    said = []
    for number, stop in enumerate(STOPS):
        said += walked(page, stop, size, axe)
        assert f"course=45&stop={number}" in page.url
        assert page.get_by_text(f"Stop {number} of 7" if number else "The opening").is_visible()
        page.locator(".st-key-course_onward").locator("a, button").click()
    heading(page, "That was the course")
    assert not said, "\n".join(said)
    for stop in STOPS:
        assert page.get_by_text(stop.keep).last.is_visible()
    count = page.locator(".st-key-course_ways").inner_text()
    assert re.search(r"7 of \d+ predicted, [0-7] seen coming", count)
    page.reload()  # the address alone says what was predicted
    heading(page, STOPS[-1].title)
    assert re.search(r"7 of \d+ predicted", page.locator(".st-key-course_ways").inner_text())
    page.get_by_role("button", name="Leave", exact=True).click()
    heading(page, "How far apart are two photos of yours?")
    assert "course" not in page.url


def folded(page: "Page") -> bool:
    box = page.get_by_test_id("stSidebar").bounding_box()
    return not box or box["x"] + box["width"] <= 0


def test_back_is_the_stop_before_and_the_menu_leads_over_the_course(visit: Open) -> None:
    page = visit("/losses?course=45&stop=2")
    heading(page, "What a loss punishes")
    assert folded(page)
    page.locator(".st-key-course_step [data-testid=stRadioOption]").first.click()
    page.get_by_role("button", name="I have seen it").wait_for()
    page.get_by_role("link", name="Next").click()
    heading(page, "The margin")
    page.go_back()
    heading(page, "What a loss punishes")
    assert page.get_by_role("button", name="I have seen it").is_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Pairs").click()
    heading(page, "Threshold and price")
    assert "stop=6" in page.url


def test_the_lesson_is_switched_on_and_seen(visit: Open) -> None:
    page = visit("/margin")
    heading(page, "How far apart is far enough?")
    assert not folded(page)
    page.get_by_test_id("stSidebar").get_by_text("Lesson", exact=True).click()
    page.locator(".st-key-opening").get_by_text("Lesson").wait_for()
    rest(page)
    assert "lesson=1" in page.url
    page.reload()
    heading(page, "How far apart is far enough?")
    assert folded(page)
    page.get_by_test_id("stExpandSidebarButton").click()
    side = page.get_by_test_id("stSidebar")
    assert (
        side.get_by_role("switch", name="Lesson")
        .or_(side.get_by_role("checkbox", name="Lesson"))
        .first.is_checked()
    )
    side.get_by_text("Teacher's notes").click()
    page.get_by_text("They will say").wait_for()
