"""Two photos in a real browser: files, the camera, a slider; the distance follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import film
import numpy as np
import pytest
from conftest import Launch, Open
from PIL import Image

from siamese.rendering import random_identity, random_scene, render

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SLOW = 90_000  # ms; the first look imports torch
ROW = ".verdicts tbody tr"
FOR_WHOM = "public figures in press photos"  # said of real photos: on whom errors were measured


@pytest.fixture(scope="module")
def browser(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One whose camera shows somebody who does not exist."""
    path = film.shoot(tmp_path_factory.mktemp("film") / "one.mjpeg", [person(5)], 2)
    browser = launch(*film.flags(path))
    yield browser
    browser.close()


def person(seed: int, size: int = 224) -> np.ndarray:
    return np.asarray(render(random_identity(seed), random_scene(seed), size))


def file_of(picture: Image.Image, name: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": film.jpeg(picture)}


def opened(visit: Open, path: str = "/photos", **how: str) -> Page:
    page = visit(path, **how)
    page.locator(ROW).nth(3).wait_for(timeout=SLOW)
    return page


def told(page: Page, net: str = "Shipped net") -> Locator:
    """Where the verdict of a net stands."""
    return page.locator(ROW, has_text=net).locator(".verdict b")


def verdict(page: Page) -> str:
    return told(page).inner_text()


def changed(page: Page, before: str) -> str:
    """The verdict, once it is another one."""
    told(page).filter(has_not_text=before).wait_for(timeout=SLOW)
    return verdict(page)


def upload(page: Page, side: str, *files: dict[str, object]) -> None:
    page.locator(f".st-key-photos_{side}_from").get_by_text("File", exact=True).click()
    chooser = page.locator(f".st-key-photos_{side}_file input[type=file]")
    chooser.wait_for(state="attached", timeout=SLOW)
    chooser.set_input_files(list(files))


def test_two_files_one_distance(visit: Open) -> None:
    page = opened(visit)
    built_in = verdict(page)
    assert re.fullmatch(r"\d\.\d\d is (not )?below \d\.\d\d: counts as (one person|two people)",
                        built_in)  # fmt: skip
    one = Image.fromarray(person(5))
    upload(page, "a", file_of(one, "one.jpg"))
    page.get_by_text(FOR_WHOM).wait_for(timeout=SLOW)
    upload(page, "b", file_of(one, "two.jpg"))
    told(page).filter(has_text="0.00 is below").wait_for(timeout=SLOW)
    # Somebody else in photo B, and beside them a third: the wall of pairs opens.
    page.get_by_text("All pairs", exact=True).click()
    wall = Image.new("RGB", (560, 400), (120, 130, 140))
    wall.paste(Image.fromarray(person(3, 256)), (240, 60))
    wall.paste(Image.fromarray(person(1, 128)), (20, 60))
    page.locator(".st-key-photos_b_file input[type=file]").set_input_files(
        [file_of(wall, "wall.jpg")]
    )
    page.get_by_text("2 faces are in this picture").wait_for(timeout=SLOW)
    page.get_by_text("of 3 pairs").wait_for(timeout=SLOW)
    largest = changed(page, "0.00 is below")
    page.locator(".st-key-photos_b_which").get_by_text("2", exact=True).click()
    assert changed(page, largest) != largest


def test_no_face_is_said_and_the_page_goes_on(visit: Open) -> None:
    page = opened(visit)
    upload(page, "a", file_of(Image.new("RGB", (320, 240), (90, 90, 90)), "wall.jpg"))
    page.get_by_text("No face was found in wall.jpg: come closer").wait_for(timeout=SLOW)
    page.locator(".st-key-photos_a_from").get_by_text("Built-in people").click()
    page.locator(ROW).nth(3).wait_for(timeout=SLOW)


def test_a_shot_with_the_camera(visit: Open) -> None:
    page = opened(visit)
    before = verdict(page)
    page.locator(".st-key-photos_a_from").get_by_text("Camera", exact=True).click()
    page.wait_for_function(film.LIVE, timeout=SLOW)
    page.get_by_role("button", name="Take Photo").click(timeout=SLOW)
    page.get_by_text(FOR_WHOM).wait_for(timeout=SLOW)
    shot = changed(page, before)
    # The same person from a file: hardly a distance.
    upload(page, "b", file_of(film.still(person(5)), "same.jpg"))
    near = changed(page, shot)
    assert "counts as one person" in near
    assert float(near.split()[0]) < 0.3


def test_the_distance_glides_and_nothing_is_rebuilt(visit: Open) -> None:
    page = opened(visit, "/photos?photos_blur=2")
    row = page.locator(ROW, has_text="Shipped net").element_handle()
    assert row
    before = verdict(page)
    page.locator(".st-key-photos_b_picture").get_by_role("slider").press("ArrowRight")
    changed(page, before)
    assert row.evaluate("(element) => element.isConnected")
    page.wait_for_url(re.compile("photos_b_picture=5"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_stands_on_a_phone(visit: Open, scheme: str) -> None:
    page = opened(visit, size="narrow", scheme=scheme)
    page.get_by_text("Before you use somebody's photo").wait_for(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(ROW).first.bounding_box()
    assert box
    assert box["width"] <= 390


@pytest.mark.parametrize("size", [(390, 844), (640, 400), (1280, 800)], ids=str)
def test_nothing_stands_out_sideways(visit: Open, size: tuple[int, int]) -> None:
    """Also at 200 % of 1280 pixels."""
    page = opened(visit)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(500)
    for box in ("document.scrollingElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{box}.scrollWidth <= {box}.clientWidth"), box


def test_with_a_real_photo_the_starter_net_is_chosen(visit: Open) -> None:
    page = opened(visit, "/photos?photos_part=Inside+one+net")
    chosen = page.get_by_role("combobox", name="Which net")
    assert "Shipped net" in (chosen.input_value() or chosen.inner_text())
    page.get_by_text("File", exact=True).first.click()
    picture = file_of(Image.fromarray(person(5)), "me.jpg")
    page.locator("input[type=file]").first.set_input_files([picture])
    page.wait_for_function(
        "() => [...document.querySelectorAll('[data-testid=stSelectbox]')].some(box =>"
        " (box.innerText + (box.querySelector('input')?.value ?? '')).includes('Starter net'))",
        timeout=SLOW,
    )
