"""Nothing is cut off: every page with its sidebar on a small laptop, on a phone, and enlarged."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from looking import ADDRESSES, SLOW, rest, script, unfold

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Open = Callable[..., "Page"]
SIZES = {  # CSS pixels
    "with the sidebar": (1280, 800),
    "a phone": (390, 844),
    "enlarged to 200 %": (640, 400),  # of the first
}

OUTSIDE = "window.written.filter((word) => !word.fits).map((word) => word.text)"
WIDER = """() => {
    const boxes = [document.documentElement, document.querySelector("[data-testid=stMain]")];
    return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
}"""

pytestmark = pytest.mark.slow


def faults(page: "Page", size: str) -> list[str]:
    """What does not fit at a size, in words."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("window.written = []")
    page.wait_for_timeout(300)
    rest(page)
    said = [f"{size}: cut off: {word!r}" for word in page.evaluate(script("cut.js"))]
    said += [f"{size}: outside its canvas: {word!r}" for word in page.evaluate(OUTSIDE)]
    wider = page.evaluate(WIDER)
    return [*said, f"{size}: {wider} px wider than the window"] if wider > 0 else said


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_cut_off(visit: Open, address: str) -> None:
    page = visit(f"/{address}", script=script("written.js"))
    page.set_viewport_size({"width": 1280, "height": 800})
    rest(page)
    unfold(page)
    said = [fault for size in SIZES for fault in faults(page, size)]
    assert not said, "\n".join(said)


def test_nothing_is_cut_off_while_it_trains(visit: Open) -> None:
    page = visit("/train", script=script("written.js"))
    page.set_viewport_size({"width": 1280, "height": 800})
    rest(page)
    page.get_by_role("button", name="Step", exact=True).click()
    page.get_by_text(re.compile("^[1-9] steps? · ")).first.wait_for(timeout=SLOW)
    said = [fault for size in SIZES for fault in faults(page, size)]
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<div style='width:4rem'>two words</div>", False),
        ("<div style='width:4rem; white-space:nowrap'>spilt over the edge</div>", True),
        ("<div style='width:4rem; overflow:auto'><p style='width:9rem'>words in line</div>", True),
        ("<svg width=60 height=20><text x=30 y=12>beyond the drawing</text></svg>", True),
        ("<b style='display:contents'><p style='width:2rem; white-space:nowrap'>too long</p></b>",
         True),
        ("<svg width=200 height=20><text x=3 y=12>inside</text></svg>", False),
        ("<p style='position:absolute; width:1px; overflow:hidden'>for ears only</p>", False),
    ],
)  # fmt: skip
def test_the_measure_finds_what_it_is_for(browser: "Browser", html: str, expected: bool) -> None:
    page = browser.new_page()
    page.set_content(html)
    assert bool(page.evaluate(script("cut.js"))) is expected
    page.close()
