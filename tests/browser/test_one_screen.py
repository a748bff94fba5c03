"""The question, the control that acts and the picture that answers stand on one screen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from looking import SLOW, rest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
WIDE, PHONE, ENLARGED = (1280, 800), (390, 844), (640, 400)  # CSS pixels
QUESTION = ".st-key-opening h1"
LEAST = 90  # pixels of a picture each way, where it cannot be seen whole
SIDEWAYS = "(main) => main.scrollWidth - main.clientWidth"
COVERED = """(node) => { // by something else, in its middle
    const box = node.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    for (let one = node; one; one = one.parentNode ?? one.host) if (one === top) return false;
    return !node.contains(top);
}"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Screen:
    """An address, and by CSS what acts there and what answers; on a phone it may be another."""

    address: str
    control: str
    picture: str
    phone_control: str = ""
    phone_picture: str = ""
    together: bool = True  # control and picture, even where a page is enlarged

    def on(self, size: tuple[int, int]) -> tuple[str, str]:
        if size == WIDE:
            return self.control, self.picture
        return self.phone_control or self.control, self.phone_picture or self.picture


SCREENS = {
    "start": Screen("", ".says button >> nth=1", ".board figure >> nth=1", together=False),
    "train": Screen("train", ".st-key-train_go button", ".st-key-train_in_sight canvas >> nth=0"),
    "margin": Screen(
        "margin", ".st-key-margin_margin_triplet", ".plane", phone_picture=".beside"
    ),
    "losses": Screen("losses", ".st-key-losses_m", ".st-key-losses_in_sight svg.marks"),
    "map": Screen("map", ".st-key-map_view", ".st-key-map_map", together=False),
    "how honest": Screen(
        "map?map_view=How+honest%3F", ".st-key-map_trick_Pack-tight button", ".st-key-map_honest",
        phone_control=".st-key-map_view", together=False,
    ),
    "photos": Screen(
        "photos", ".st-key-photos_a_picture", ".verdicts tbody tr >> nth=0",
        phone_picture=".st-key-photos_in_sight p", together=False,
    ),
    "people": Screen(
        "people", ".st-key-people_unseen", ".st-key-people_counts_unseen",
        phone_picture=".st-key-people_in_sight p", together=False,
    ),
    "faces": Screen(
        "faces", ".st-key-faces_yaw", ".studio .live",
        phone_control=".st-key-faces_person input", together=False,
    ),
    "door": Screen(
        "door", "[class*=st-key-door_detection]", ".door .view",
        phone_control=".st-key-door_enrol button", phone_picture=".beside",
    ),
    "pairs": Screen("pairs", "input.slide.at", ".plot svg", together=False),
}  # fmt: skip


def opened(visit: Open, address: str, size: tuple[int, int], scheme: str = "light") -> Page:
    page = visit(f"/{address}", scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    rest(page)
    page.wait_for_timeout(400)
    return page


def outside(found: Locator, size: tuple[int, int]) -> float:
    """How many pixels of it lie beyond the screen."""
    box = found.bounding_box()
    assert box is not None, "It is not drawn."
    below, right = box["y"] + box["height"] - size[1], box["x"] + box["width"] - size[0]
    return max(0, -box["y"], -box["x"], below, right)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280x800", "390x844"])
@pytest.mark.parametrize("name", SCREENS)
def test_question_control_and_picture_stand_on_one_screen(
    visit: Open, name: str, size: tuple[int, int]
) -> None:
    screen = SCREENS[name]
    page = opened(visit, screen.address, size, "dark" if size == PHONE else "light")
    page.locator(screen.on(size)[1]).first.wait_for(timeout=SLOW)
    far = {one: outside(page.locator(one), size) for one in (QUESTION, *screen.on(size))}
    assert all(beyond <= 1 for beyond in far.values()), far
    assert not page.locator(screen.on(size)[0]).evaluate(COVERED)
    assert page.locator(".stMain").evaluate(SIDEWAYS) == 0


@pytest.mark.parametrize("name", SCREENS)
def test_enlarged_to_200_percent_control_and_picture_are_reached(visit: Open, name: str) -> None:
    screen = SCREENS[name]
    page = opened(visit, screen.address, ENLARGED)
    control, picture = (page.locator(one) for one in screen.on(ENLARGED))
    if not screen.together:
        picture.scroll_into_view_if_needed()
        assert seen(picture) >= 20
    control.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    assert outside(control, ENLARGED) <= 1
    assert not control.evaluate(COVERED)
    if screen.together:
        assert seen(picture) >= min(LEAST, whole(picture))
    assert page.locator(".stMain").evaluate(SIDEWAYS) == 0


def whole(found: Locator) -> float:
    """Its height; a small copy of a picture is seen whole."""
    box = found.bounding_box()
    assert box is not None, "It is not drawn."
    return box["height"]


def seen(found: Locator) -> float:
    """Pixels of its height that are on the enlarged screen."""
    box = found.bounding_box()
    assert box is not None, "It is not drawn."
    return min(box["y"] + box["height"], ENLARGED[1]) - max(box["y"], 0)


def test_the_race_and_the_loss_stand_with_the_map(visit: Open) -> None:
    page = opened(visit, "train", WIDE)
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text(re.compile("^[1-9] steps? · ")).first.wait_for(timeout=SLOW)
    rest(page)
    parts = [".st-key-train_in_sight canvas >> nth=0", ".st-key-train_now"]
    parts += [".curves .race > svg", ".curves .loss > svg", QUESTION, ".st-key-train_go"]
    far = {one: outside(page.locator(one), WIDE) for one in parts}
    assert all(beyond <= 1 for beyond in far.values()), far


@pytest.mark.parametrize("name", ["train", "losses"])
def test_the_picture_waits_while_one_scrolls_through_the_controls(visit: Open, name: str) -> None:
    screen = SCREENS[name]
    page = opened(visit, screen.address, PHONE)
    last = ".st-key-train_lr" if name == "train" else ".st-key-losses_pair"
    page.locator(last).scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    far = {one: outside(page.locator(one), PHONE) for one in (last, screen.picture)}
    assert all(beyond <= 1 for beyond in far.values()), far
