"""What the tests of the look share: every page, and when one has come to rest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sources import SCRIPTS

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLOW = 120_000  # milliseconds: torch is imported and workers are born on two busy cores
QUIET = 6  # looks in a row at which nothing moves

# Every page of the menu, and what else of it a choice brings to the screen.
PAGES = list(SCRIPTS)
CHOICES = (
    "?start_a=bao-1&start_b=bao-4",
    "losses?losses_loss=Triplet&losses_own=true",
    "losses?losses_loss=Circle",
    "losses?losses_loss=BCE",
    "map?map_view=Over+time&map_method=PCA",
    "map?map_view=How+honest%3F&map_method=PCA",
    "pairs?pairs_part=The+worst+pairs",
    "pairs?pairs_part=Margin+and+threshold",
    "pairs?pairs_part=The+trap",
)
ADDRESSES = [*("" if page == "start" else page for page in PAGES), *CHOICES]

RESTS = """() =>
    document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning"
    && !document.querySelector("[data-testid=stSkeleton], [data-testid=stSpinner]")
    && !document.querySelector("[data-stale=true]")"""


def script(name: str) -> str:
    """A script for the browser that lies beside this file."""
    return Path(__file__).with_name(name).read_text()


def rest(page: Page) -> None:
    """Wait until the script has run, and what it waited for has come."""
    page.locator(".st-key-opening h1").wait_for(timeout=SLOW)  # a server's first visit loads twice
    quiet = 0
    for _ in range(SLOW // 200):
        quiet = quiet + 1 if page.evaluate(RESTS) else 0
        if quiet == QUIET:
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{page.url} does not come to rest.")


def unfold(page: Page) -> None:
    """Open what is folded away, such as *More*."""
    folded = page.locator("details:not([open]) > summary:visible")
    for _ in range(folded.count()):
        folded.first.click()
        rest(page)
