"""The pair slider in a real browser: it follows the hand, and the rest of the page follows it."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import pytest

from siamese import checkpoints
from siamese.datasets import load
from siamese.faces import split_by_person
from siamese.pairs import all_pairs
from siamese.verifiers import of_checkpoint

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds: torch is imported on two busy cores

pytestmark = pytest.mark.slow


def opened(visit: Open, query: str = "", **how: str) -> "Page":
    page = visit(f"/pairs{query}", **how)
    page.get_by_text("Predict, then look").wait_for(timeout=SLOW)
    page.locator(".pair").first.wait_for(timeout=SLOW)
    return page


@pytest.mark.parametrize(("size", "scheme"), [("wide", "dark"), ("narrow", "light")])
def test_it_fits(
    visit: Open, size: Literal["wide", "narrow"], scheme: Literal["light", "dark"]
) -> None:
    page = opened(visit, size=size, scheme=scheme)
    overflow = "m => m.scrollWidth - m.clientWidth"
    assert page.locator("[data-testid=stMain]").evaluate(overflow) <= 1
    box = page.locator(".plot").bounding_box()
    assert box
    assert box["y"] < 680  # what moves is seen without scrolling


def test_the_sliders_move_pairs_counts_curves_and_link(visit: Open) -> None:
    page = opened(visit, "?pairs_threshold=0.5&pairs_at=0.2")
    at = page.get_by_role("slider", name=re.compile("How far apart"))
    before = page.locator(".pair").first.get_attribute("aria-label")
    at.focus()
    for _ in range(30):
        at.press("ArrowRight")  # nothing waits for Python here
    assert page.locator(".pair").first.get_attribute("aria-label") != before
    page.wait_for_url(re.compile(r"pairs_at=0\.4\d"), timeout=SLOW)

    threshold = page.get_by_role("slider", name=re.compile("^Threshold"))
    threshold.fill("700")
    verifier = of_checkpoint(checkpoints.load(checkpoints.shipped()), "", "")
    unseen = split_by_person(load("sample_faces")).unseen
    e = verifier.embed(unseen.pictures)
    pairs = all_pairs(verifier.matrix(e, e), unseen.labels)
    tally, rates = pairs.tally(0.7), pairs.rates(0.7)
    shown = [text.replace(",", "") for text in page.locator(".judged td b").all_inner_texts()]
    counts = (
        *(tally.accepted_same, tally.accepted_different),
        *(tally.rejected_same, tally.rejected_different),
    )
    assert [int(text) for text in shown] == pytest.approx(counts, abs=2)  # one thread or two
    words = page.locator(".judged dl").inner_text()
    far = re.search(r"FAR\s+([\d.]+) %", words)
    assert far
    assert float(far[1]) == pytest.approx(100 * rates.far, abs=0.06)
    page.wait_for_url(re.compile(r"pairs_threshold=0\.7(&|$)"), timeout=SLOW)
    page.get_by_text(re.compile(r"A threshold of 0\.700 accepts")).wait_for(timeout=SLOW)


def test_a_wish_moves_the_slider_and_a_click_opens_the_pair(visit: Open) -> None:
    page = opened(visit)
    threshold = page.get_by_role("slider", name=re.compile("^Threshold"))
    equal = threshold.input_value()
    page.get_by_role("radio", name="1 in 1,000").or_(
        page.get_by_role("button", name="1 in 1,000")
    ).first.click()
    page.get_by_text("For 1 in 1,000, the threshold is").wait_for(timeout=SLOW)
    page.wait_for_function(
        """equal => [...document.querySelectorAll("*")].some((one) =>
          (one.shadowRoot ?? one).querySelector?.("input.slide.threshold")?.value < +equal)""",
        arg=equal,
        timeout=SLOW,
    )
    card = page.locator(".strip.different .pair").first
    named = (card.get_attribute("aria-label") or "").partition(",")[0]
    card.click()
    page.wait_for_url(re.compile("pairs_a="), timeout=SLOW)
    one, other = re.findall(r"([A-Z]\w+) \d", named)
    page.get_by_text(re.compile(f"these are ({one} and {other}|{other} and {one})")).wait_for(
        timeout=SLOW
    )
