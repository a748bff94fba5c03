"""The main journey in a real browser: train, pause, change, leave, return, download, reload."""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from siamese.checkpoints import load

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
SLOW = 120_000  # milliseconds: torch is imported and workers are born on two busy cores

pytestmark = pytest.mark.slow


def button(page: "Page", name: str) -> "Locator":
    return page.get_by_role("button", name=name, exact=True)


PACE = re.compile(r"[\d,]+ steps? · [\d,]+ photos a second")


def number(line: "Locator") -> int:
    """What it begins with: '1,234 steps · …'; −1 where there is no such line."""
    return int(line.inner_text().split()[0].replace(",", "")) if line.count() else -1


def steps(page: "Page") -> int:
    """As the page tells them."""
    return number(page.get_by_text(PACE))


def until(page: "Page", line: "Locator", least: int) -> int:
    """Wait until a line tells so many steps at least."""
    end = time.monotonic() + SLOW / 1000
    while number(line) < least:
        assert time.monotonic() < end, f"{least} steps do not come"
        page.wait_for_timeout(50)
    return number(line)


def until_steps(page: "Page", least: int) -> int:
    return until(page, page.get_by_text(PACE), least)


def listed(page: "Page", least: int) -> None:
    """The list of runs tells so many steps at least: it keeps up while a net trains."""
    until(page, page.locator("[class*=st-key-train-run-] .told"), least)


def until_idle(page: "Page") -> None:
    """The slice that was under way has come back: the sidebar speaks of no run any more."""
    page.get_by_text(re.compile(r"(trains|waits) · step")).wait_for(state="detached", timeout=SLOW)


def opened(visit: Open, size: str = "wide", scheme: str = "light") -> "Page":
    page = visit("/train", size=size, scheme=scheme)
    page.get_by_role("button", name="Train", exact=True).wait_for(timeout=SLOW)
    page.get_by_text("photos a second").wait_for(timeout=SLOW)
    return page


def test_the_whole_journey(visit: Open) -> None:
    page = opened(visit)
    canvas = page.locator("canvas").first.element_handle()
    button(page, "Train").click()
    listed(page, until_steps(page, 3))
    assert canvas.evaluate("canvas => canvas.isConnected")  # the map is drawn on, not drawn anew

    button(page, "Pause").click()
    button(page, "Train on").wait_for(timeout=SLOW)
    until_idle(page)
    at_rest = steps(page)
    page.wait_for_timeout(2500)
    assert steps(page) == at_rest

    slider = page.get_by_role("slider", name=re.compile("^Margin"))
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_url(re.compile(r"margin_contrastive=1\.05"))
    button(page, "Train on").click()
    until_steps(page, at_rest + 2)

    page.get_by_role("link", name="People").first.click()
    page.get_by_text(re.compile(r"trains · step")).wait_for()
    page.wait_for_timeout(3000)
    page.get_by_role("link", name="Train a net").first.click()
    later = until_steps(page, at_rest + 3)
    button(page, "Pause").click()
    button(page, "Train on").wait_for(timeout=SLOW)
    until_idle(page)

    with page.expect_download(timeout=SLOW) as download:
        button(page, "Download").click()
    saved = load(download.value.path())
    assert saved.step >= later
    assert saved.state is not None
    assert saved.state.column("margin")[0] == pytest.approx(1.0)
    assert saved.state.column("margin")[-1] == pytest.approx(1.05)

    page.reload()  # a new session, with the settings of the link
    button(page, "Train").wait_for(timeout=SLOW)
    assert "margin_contrastive=1.05" in page.url


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_stands_in_every_size_and_theme(visit: Open, size: str, scheme: str) -> None:
    page = opened(visit, size, scheme)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    button(page, "Step").click()
    until_steps(page, 1)
    assert page.locator("canvas").first.is_visible()


LINES = """lines => lines.map(line => {
    const end = line.getPointAtLength(line.getTotalLength());
    return [Math.round(end.x), Math.round(end.y), line.getAttribute("stroke"),
            line.getAttribute("stroke-dasharray")].join(" ");
})"""


def lines(page: "Page") -> list[str]:
    """Where each line of the race ends, its colour and its dashes."""
    found: list[str] = page.locator(".curves .race path.run").evaluate_all(LINES)
    return found


def told(page: "Page") -> str:
    """The race in words."""
    return str(page.locator(".curves .race > svg").get_attribute("aria-label"))


def names(page: "Page") -> str:
    """At the ends of the lines, or in the key where only numbers find room there."""
    key = page.locator(".curves .key").inner_text()
    ends = " ".join(page.locator(".curves .race > svg .end").all_text_contents())
    return key if re.fullmatch(r"[\d ]+", ends) else ends


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
def test_two_losses_race(visit: Open, size: str, scheme: str) -> None:
    """The second one by a press; the line of the one that trains grows without the script."""
    page = opened(visit, size, scheme)
    button(page, "Train").click()
    until_steps(page, 3)
    margin = page.get_by_role("slider", name=re.compile("^Margin"))
    margin.focus()
    margin.press("ArrowRight")
    page.wait_for_url(re.compile("margin_contrastive"))
    until_steps(page, steps(page) + 4)
    page.locator(".st-key-train_rival_triplet button").click()
    page.locator(".curves svg[aria-label*='Triplet: ']").wait_for(timeout=SLOW)
    at = until_steps(page, 2)
    before = lines(page)
    until_steps(page, at + 4)
    assert lines(page) != before
    button(page, "Pause").click()
    button(page, "Train on").wait_for(timeout=SLOW)
    until_idle(page)
    drawn = lines(page)
    assert len(drawn) == len({" ".join(line.split()[:2]) for line in drawn}) == 2  # ends
    assert len({line.split()[2] for line in drawn}) == 2  # colours
    assert len({line.split(maxsplit=3)[3] for line in drawn}) == 2  # and dashes
    assert "Contrastive" in names(page)
    assert "Triplet" in names(page)
    page.locator(".curves .mark").first.hover()
    hint = page.locator(".curves .hint")
    assert re.fullmatch(r"Contrastive, step \d+: margin from 1 to 1\.05", hint.inner_text())

    assert told(page).startswith("Equal error rates by steps.")
    page.get_by_text("Seconds", exact=True).click()
    page.wait_for_url(re.compile("train_against=Seconds"))
    page.locator(".curves svg[aria-label^='Equal error rates by seconds']").wait_for()
    assert lines(page) != drawn
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.get_by_role("button", name=re.compile("Rename")).locator("visible=true").last.click()
    field = page.get_by_label("Name of this run").locator("visible=true")
    field.fill("The first of us")
    field.press("Enter")
    page.locator(".curves svg[aria-label*='The first of us']").wait_for()
    field.wait_for(state="detached")
    assert "The first of us" in names(page)


def test_two_visitors_do_not_meet(visit: Open) -> None:
    first, second = opened(visit), opened(visit)
    button(first, "Step").click()
    until_steps(first, 1)
    assert steps(second) == 0
