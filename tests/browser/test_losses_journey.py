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
    assert page.locator(".katex-display").first.evaluate(overflow) <= 3  # the formula is all there


def test_a_slider_moves_the_formula_and_the_link(visit: Open) -> None:
    page = opened(visit)
    slider = page.get_by_role("slider", name=re.compile("^Distance D"))
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"losses_d=0\.61"))
    page.locator(".katex", has_text="0.61").first.wait_for()
