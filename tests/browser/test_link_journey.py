"""The address of a page, on its way to others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_a_camera_reads_the_page_from_the_screen(
    visit: Open, size: str, scheme: str, tmp_path: Path
) -> None:
    page = visit("/losses?losses_margin=0.8", size=size, scheme=scheme)
    page.get_by_role("button", name="QR code").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("img").wait_for()
    page.wait_for_timeout(800)  # it opens with a movement
    assert "on this computer alone" in dialog.inner_text()  # these tests run on localhost
    page.screenshot(path=tmp_path / "screen.png")
    seen = cv2.imread(str(tmp_path / "screen.png"))
    assert seen is not None
    found, _, _ = cv2.QRCodeDetector().detectAndDecode(seen)
    assert found == page.url
    assert "losses_margin=0.8" in found
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")


@pytest.mark.parametrize("address", ["/", "/people", "/train", "/pairs", "/map", "/door"])
def test_each_page_offers_it(visit: Open, address: str) -> None:
    page = visit(address)
    page.get_by_role("button", name="QR code").click()
    page.get_by_role("dialog").locator("img").wait_for()
