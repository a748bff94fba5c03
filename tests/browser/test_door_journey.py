"""The door in a real browser, whose camera shows two people who do not exist, in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import film
import pytest
from conftest import Launch, Open

from siamese import checkpoints, detection
from siamese.datasets import load
from siamese.detection import LONGEST
from siamese.enrolment import Enrolled, verify
from siamese.faces import split_by_person
from siamese.images import open_picture
from siamese.verifiers import of_checkpoint

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SLOW = 90_000  # ms
SECONDS = 10  # that each of the two stands before the camera
OWNER, STRANGER = 3, 9  # of the people who are new to the shipped net
REFUSED = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(
  new DOMException('no', 'NotAllowedError'));
"""
NO_HTTPS = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });"


def portrait(which: int, picture: int = 6):
    unseen = split_by_person(load("sample_faces")).unseen
    return unseen.pictures[(unseen.labels == which).nonzero()[0][picture]]


def name(which: int) -> str:
    return split_by_person(load("sample_faces")).unseen.people[which].title()


@pytest.fixture(scope="module")
def browser(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    people = [portrait(OWNER), portrait(STRANGER)]
    path = film.shoot(tmp_path_factory.mktemp("film") / "two.mjpeg", people, SECONDS)
    browser = launch(*film.flags(path))
    yield browser
    browser.close()


def opened(visit: Open, link: str = "", **how: str) -> Page:
    page = visit(f"/door?{link}", **how)
    page.get_by_text("Enrol somebody first").or_(page.locator(".door .go:visible")).first.wait_for(
        timeout=SLOW
    )
    return page


def enrol(page: Page, who: str) -> None:
    field = page.get_by_role("combobox", name=re.compile("Who\\?"))
    field.click()
    field.fill(who)
    page.get_by_role("option", name=who, exact=True).click()
    page.get_by_role("button", name=f"Enrol {who}").click(timeout=SLOW)
    page.get_by_text(f"{who}, 5 pictures").wait_for(timeout=SLOW)


def test_the_film_is_one_of_an_owner_and_a_stranger() -> None:
    """Without a browser: what the door has to say of the two."""
    verifier = of_checkpoint(checkpoints.load(checkpoints.shipped()), "", "")
    unseen = split_by_person(load("sample_faces")).unseen
    owner = Enrolled("owner", unseen.pictures[unseen.labels == OWNER][:5])
    for who, opens in ((OWNER, True), (STRANGER, False)):
        picture = open_picture(film.jpeg(film.still(portrait(who))), side=LONGEST)
        crop = detection.portrait(picture, detection.detect(picture)[0])
        (verdict,) = verify(crop, [owner], verifier, verifier.threshold, 0.5)
        assert verdict.opens is opens


def test_the_live_door_opens_for_its_owner_and_shuts_for_a_stranger(visit: Open) -> None:
    # Before a camera it is the starter net, to which drawn people look alike: a strict threshold.
    page = opened(visit, "door_detection_starter-net=0.27")
    enrol(page, name(OWNER))
    page.locator(".st-key-door_mode").get_by_text("Live camera").click()
    page.get_by_role("button", name="Start the camera").click(timeout=SLOW)
    page.locator(".door.live.open").wait_for(timeout=SLOW)
    assert f"The door opens for {name(OWNER)}." in page.locator(".door .said").inner_text()
    assert page.locator(".door .bar").count() == 5
    assert page.locator(".door .marks rect").count() == 1
    page.locator(".door.live.shut").wait_for(timeout=SLOW)
    page.locator(".door.live.open").wait_for(timeout=SLOW)  # the film begins anew
    verdicts = page.locator(".door .strip i")
    assert verdicts.count() >= 3
    assert {"yes", "no"} <= set(page.locator(".door .strip").evaluate(
        "(strip) => [...strip.children].map((one) => one.className)"))  # fmt: skip
    assert re.fullmatch(r"\d+\.\d checks a second", page.locator(".door .pace").inner_text())
    page.get_by_role("button", name="Stop the camera").click()
    page.get_by_text("The camera is off.").wait_for()


def test_a_threshold_is_moved_while_somebody_stands_there(visit: Open) -> None:
    page = opened(visit, f"door_rings={name(OWNER)}")
    enrol(page, name(OWNER))
    page.locator(".door.open").wait_for(timeout=SLOW)
    slider = page.get_by_role("slider", name=re.compile("^Detection"))
    slider.press("Home")
    page.locator(".door.shut").wait_for(timeout=SLOW)
    page.wait_for_url(re.compile("door_detection_shipped-net=0"))


@pytest.mark.parametrize(
    ("script", "words"), [(REFUSED, "The camera was refused."), (NO_HTTPS, "with https only")]
)
def test_no_camera_is_said_and_single_pictures_are_offered(
    visit: Open, script: str, words: str
) -> None:
    page = opened(visit, "door_mode=Live%20camera", script=script)
    page.get_by_role("button", name="Start the camera").click(timeout=SLOW)
    page.get_by_text(words).wait_for()
    assert "Single picture above" in page.locator(".door .hint").inner_text()
    assert page.locator(".st-key-door_mode").get_by_text("Single picture").is_visible()


def test_it_stands_on_a_phone(visit: Open) -> None:
    page = opened(visit, size="narrow", scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
