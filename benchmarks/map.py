"""How fast the embedding map is, in a real browser: `python benchmarks/map.py [--points 1000]`.

Starts the app with N faces of noise as its people, and measures

- from the choice of UMAP to the map that is drawn (first map), and from a moved parameter to the
  new one (changed parameter), on a warm server, to the points' first movement on the screen;
- frames a second while one pans, zooms and hovers, from the times of `requestAnimationFrame`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from serving import serving  # noqa: E402

APP = """
import sys
sys.path.insert(0, {root!r})
import numpy as np, streamlit as st
from pages.ui.map import explore, spaces
from pages.ui.session import session
from siamese.datasets import FaceSet
st.set_page_config(layout="wide")
here = session()
if here.source != "noise":
    rng = np.random.default_rng(0)
    people = {points} // 10
    blocks = rng.uniform(40, 215, (people, 1, 8, 1, 8, 1, 3))
    shape = (people, 10, 8, 8, 8, 8, 3)
    noise = rng.normal(0, 30, (people, 10, 8, 1, 8, 1, 3))
    pictures = np.broadcast_to(blocks + noise, shape).reshape(-1, 64, 64, 3)
    labels = np.repeat(np.arange(people), 10)
    here.use(FaceSet(pictures.clip(0, 255).astype(np.uint8), labels,
        tuple(f"p{{n:04}}" for n in range(people)),
        tuple(f"p{{n // 10:04}}/{{n % 10}}.png" for n in range(10 * people))), "noise")
st.html(explore.STYLE)
explore.explore(*spaces.choose_space())
"""
FRAMES = """async (seconds) => {
  const times = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) times.push(await new Promise(requestAnimationFrame));
  return times;
}"""


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=arguments.chromium, args=flags)
        for points in arguments.points:
            with tempfile.TemporaryDirectory() as home:
                script = Path(home) / "app.py"
                script.write_text(APP.format(root=str(ROOT), points=points))
                with serving(script, Path(home)) as address:
                    measure(browser, address, points)
        browser.close()


def measure(browser: "Browser", address: str, points: int) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(300_000)
    page.goto(address)
    page.get_by_text("Drawn by UMAP").last.wait_for()  # now the server is warm
    page.wait_for_timeout(4000)
    first = [timed(page, partial(put, page, "seed", seed)) for seed in ("1", "2", "3")]
    page.wait_for_timeout(1500)
    changed = [timed(page, partial(nudge, page, "n_neighbors")) for _ in range(3)]
    print(f"{points} points: a map with another seed {spoken(first)}; another n_neighbors "
          f"{spoken(changed)}")  # fmt: skip
    canvas = page.locator(".stage > canvas").last
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    moves: dict[str, Callable[[int], None]] = {
        "hover": lambda k: page.mouse.move(x + 8 * (k % 40) - 160, y + 5 * (k % 30) - 75),
        "zoom": lambda k: page.mouse.wheel(0, -60 if k % 20 < 10 else 60),
        "pan": lambda k: page.mouse.move(x + 6 * (k % 40) - 120, y),
    }
    for name, act in moves.items():
        if name == "pan":
            page.mouse.wheel(0, -400)
            page.mouse.down()
        page.evaluate(f"window.__frames = ({FRAMES})(4)")
        end, k = time.monotonic() + 4, 0
        while time.monotonic() < end:
            act(k)
            k += 1
        times = page.evaluate("window.__frames")
        gaps = [b - a for a, b in pairwise(times)]
        if name == "pan":
            page.mouse.up()
        print(f"  {name}: {1000 * len(gaps) / sum(gaps):.0f} frames a second, the slowest tenth "
              f"{1000 / sorted(gaps)[int(0.9 * len(gaps))]:.0f}")  # fmt: skip
    page.close()


def put(page: "Page", label: str, value: str) -> None:
    field = page.get_by_role("spinbutton", name=label).last
    field.fill(value)
    field.press("Enter")


def nudge(page: "Page", label: str) -> None:
    page.get_by_role("slider", name=label).last.press("ArrowRight")


def timed(page: "Page", act: Callable[[], None]) -> float:
    """Seconds from the press of a key to the new map in the browser."""
    expander = page.get_by_text("More: parameters, and the exact call").last
    if not page.get_by_role("spinbutton", name="seed").last.is_visible():
        expander.click()
        page.wait_for_timeout(500)
    page.locator(".map").last.evaluate("""(map) => {
      const asked = performance.now(), before = map.dataset.drawing;
      window.__drawn = new Promise((tell) => {
        const look = () => map.dataset.drawing !== before
          ? tell(performance.now() - asked) : setTimeout(look, 10);
        look();
      });
    }""")
    act()
    return float(page.evaluate("window.__drawn")) / 1000


def spoken(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} s (of {len(times)}: {min(times):.2f}–{max(times):.2f})"


if __name__ == "__main__":
    main()
