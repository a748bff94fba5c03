"""From the hand on the pair slider to the picture, in a real browser.

    python benchmarks/pairs_latency.py [--net "Shipped net"] [--moves 20]

Starts the app, opens the page Pairs and moves each slider by the keyboard. Two times are taken for
each move: until the drawing of the slider itself has changed (pairs, counts, marks: it is done in
the browser), measured from the key to the next painted frame; and until Python has answered and the
address holds the new value, which is when the curves below have moved, too. Prints medians and 90 %
quantiles in milliseconds as a row of the table in `benchmarks/pairs_latency.md`.
"""

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "browser"))

import numpy as np
from playwright.sync_api import Page, sync_playwright
from serving import ROOT, serving

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FRAME = """([name, by]) => new Promise((done) => {
  const inside = (one) => one.shadowRoot?.querySelector(".pairs");
  const root = [...document.querySelectorAll("*")].map(inside).find(Boolean)
    ?? document.querySelector(".pairs");
  const input = root.querySelector(`input.${name}`);
  const began = performance.now();
  input.value = +input.value + by;
  input.dispatchEvent(new Event("input"));
  requestAnimationFrame(() => setTimeout(() => {
    const painted = performance.now() - began;
    input.dispatchEvent(new Event("change"));
    done(painted);
  }));
})"""


def moves(page: Page, slider: str, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds until painted, and until Python has answered, of so many moves."""
    painted, answered = [], []
    by = 3 if slider == "at" else 7
    for _ in range(count):
        before = page.url
        began = time.perf_counter()
        painted.append(page.evaluate(FRAME, [slider, by * (9 if slider == "at" else 1)]))
        page.wait_for_function("before => location.href !== before", arg=before, polling=10)
        answered.append(1000 * (time.perf_counter() - began))
        page.wait_for_timeout(300)
    return painted, answered


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", default="Shipped net")
    parser.add_argument("--moves", type=int, default=20)
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        serving(ROOT / "app.py", Path(home)) as address,
        sync_playwright() as play,
    ):
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(480_000)  # a busy machine takes its time to begin
        page.goto(f"{address}/pairs?{urlencode({'pairs_net': arguments.net, 'pairs_at': 0.2})}")
        page.get_by_text("Predict, then look").wait_for()
        page.wait_for_timeout(3000)
        for slider in ("at", "threshold"):
            for kind, times in zip(
                ("painted", "answered"), moves(page, slider, arguments.moves), strict=True
            ):
                half, most = np.quantile(times, (0.5, 0.9))
                print(f"| {arguments.net} | {slider} | {kind} | {half:.0f} | {most:.0f} |")
        browser.close()


if __name__ == "__main__":
    main()
