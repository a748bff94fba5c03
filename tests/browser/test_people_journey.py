"""One's own people in a real browser: a zip, the camera, the way home, and all deleted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import film
import pytest
from conftest import Launch, Open

from siamese.datasets import load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SLOW = 120_000  # ms
OWN = ("Ann", "Ben", "Chloé", "Dan")
WALL = "Ann/wall.jpg"
FIVE = re.compile("Your people so far: 5, with (9|10) pictures")  # of one still, two shots are one


def portraits(person: int):
    faces = load("sample_faces")
    return faces.pictures[faces.labels == person]


def a_class() -> bytes:
    """Photos of four people in folders, and one of a wall."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for person, name in enumerate(OWN):
            for number, portrait in enumerate(portraits(person)[:2]):
                archive.writestr(f"{name}/{number}.jpg", film.jpeg(film.still(portrait)))
        wall = film.still(portraits(0)[0]).resize((640, 480)).crop((0, 0, 120, 120))
        archive.writestr(WALL, film.jpeg(wall))
    return stream.getvalue()


@pytest.fixture(scope="module")
def browser(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = film.shoot(tmp_path_factory.mktemp("film") / "eve.mjpeg", portraits(9)[:3], 1)
    browser = launch(*film.flags(path))
    yield browser
    browser.close()


def own(visit: Open, **how: str) -> Page:
    page = visit("/people", **how)
    page.set_default_timeout(SLOW)
    page.get_by_role("heading", name="Unseen").wait_for()
    page.get_by_text("My own people").click()
    page.get_by_text("Nobody yet").wait_for()
    return page


@pytest.mark.slow
def test_the_whole_journey(visit: Open) -> None:
    page = own(visit)
    page.locator("input[type=file]").set_input_files(
        {"name": "class.zip", "mimeType": "application/zip", "buffer": a_class()}
    )
    page.get_by_text("Your people so far: 4, with 8 pictures").wait_for()
    page.get_by_text("1 file was left out").click()
    page.get_by_text(f"{WALL}: No face was found").wait_for()

    page.locator(".st-key-people_add").get_by_text("Camera").click()
    name = page.get_by_label("Who is it?")
    name.fill("Eve")
    name.press("Enter")
    for number in (1, 2):
        page.wait_for_function(film.LIVE)  # before that a click takes nothing
        page.get_by_role("button", name="Take Photo").click()
        page.get_by_text(f"{number} of 5 pictures of Eve").wait_for()
    page.get_by_text(FIVE).wait_for()

    with page.expect_download(timeout=SLOW) as download:
        page.get_by_role("button", name="Download as zip").click()
    faces = load(download.value.path())
    assert faces.people == (*OWN, "Eve")
    assert faces.counts.tolist()[:4] == [2] * 4
    assert faces.counts[4] in (1, 2)
    assert faces.pictures.shape[1:] == (112, 112, 3)

    page.get_by_role("link", name="Train a net").first.click()
    page.get_by_role("button", name="Train", exact=True).wait_for()
    page.get_by_role("link", name="People").first.click()
    page.get_by_text(FIVE).wait_for()

    page.get_by_role("button", name="Delete everything of this session").click()
    page.get_by_role("button", name="Yes, delete everything").click()
    told = page.get_by_text(re.compile("^Deleted: 8 pictures from files, 1 person of your own"))
    told.wait_for()
    page.get_by_text("Built-in people").first.wait_for()


@pytest.mark.parametrize(("size", "scheme"), [("narrow", "dark"), ("wide", "light")])
def test_it_stands_in_every_size_and_theme(visit: Open, size: str, scheme: str) -> None:
    page = own(visit, size=size, scheme=scheme)
    page.get_by_text("More: mix in strangers").click()
    page.get_by_text("How many strangers").or_(page.get_by_text("Find the face")).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
