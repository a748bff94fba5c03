"""The loss lab in a real browser: it fits every screen, and a slider moves formula and picture."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
pytestmark = pytest.mark.slow


def opened(visit: Open, link: str = "", **how: str) -> "Page":
    page = visit(f"/losses{link}", **how)
    page.locator(".katex").first.wait_for(timeout=90_000)
    page.locator(
        "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
    ).first.wait_for()
    return page


@pytest.mark.parametrize("loss", ["Contrastive", "Triplet", "Circle", "BCE"])
@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_it_fits(
    visit: Open, loss: str, size: Literal["wide", "narrow"], scheme: Literal["light", "dark"]
) -> None:
    page = opened(visit, f"?losses_loss={loss}", size=size, scheme=scheme)
    page.wait_for_timeout(1000)
    overflow = "m => m.scrollWidth - m.clientWidth"
    assert page.locator("[data-testid=stMain]").evaluate(overflow) <= 1
    assert page.locator(".katex-display").first.evaluate(overflow) <= 0  # the formula is all there


CIRCLE = "?losses_loss=Circle&losses_g=256&losses_sn=-0.9&losses_sp=-0.85&losses_mc=0.55"


@pytest.mark.parametrize("link", ["", CIRCLE], ids=["contrastive", "circle"])
def test_the_formula_fits_its_column_at_every_width(visit: Open, link: str) -> None:
    page = opened(visit, link)
    for width, height in ((1280, 800), (390, 844), (640, 400)):  # the last is 200 % of the first
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        formula, column = (
            page.locator(f".st-key-losses_formula{part}").bounding_box()
            for part in (" .katex-display .base", "")
        )
        assert formula
        assert column
        assert formula["width"] > 200  # it is read, not hidden
        assert formula["x"] >= column["x"] - 0.5
        assert formula["x"] + formula["width"] <= column["x"] + column["width"] + 0.5


def test_a_slider_moves_the_formula_and_the_link(visit: Open) -> None:
    page = opened(visit)
    slider = page.get_by_role("slider", name=re.compile("^Distance D"))
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"losses_d=0\.61"))
    page.locator(".katex", has_text="0.61").first.wait_for()
