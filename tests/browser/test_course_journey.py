"""The guided course, walked from end to end on a laptop and on a phone."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from looking import SLOW, rest, script
from test_accessibility import axe, violations
from test_layout import WIDER

from pages.ui.course.stops import Stop
from pages.ui.course.way import Course

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]

pytestmark = pytest.mark.slow
__all__ = ["axe"]  # a fixture

SIZES = {"wide": (1280, 800, "light"), "narrow": (390, 844, "dark")}
HEADER = 60  # pixels of Streamlit's header, which hides what scrolls below it
ANSWERS = {  # what shows what the control does: where, and how much of its height has to be seen
    "": (".st-key-start_guess .photos", 0.9),
    "faces": (".st-key-faces_studio", 0.4),
    "losses": (".stVegaLiteChart", 0.9),
    "margin": ("canvas.plane", 0.9),
    "train": (".st-key-train_map, [class*=st-key-train-map] canvas", 0.5),
    "map": ("[class*=st-key-map_map] canvas", 0.5),
    "pairs": (".st-key-pairs_slider canvas", 0.9),
    "photos": (".st-key-photos_verdicts", 0.3),
}


def heading(page: "Page", words: str) -> None:
    page.locator(".st-key-opening h1", has_text=words).wait_for(timeout=SLOW)
    rest(page)


def control(page: "Page", stop: Stop) -> "Locator":
    return page.locator(f"[class*=st-key-{stop.control}]").first


def seen(page: "Page", it: "Locator") -> float:
    """Which share of an element's height lies in the window, below the header."""
    box = it.bounding_box()
    assert box
    size = page.viewport_size
    assert size
    inside = min(box["y"] + box["height"], size["height"]) - max(box["y"], HEADER)
    return max(0.0, inside) / box["height"]
